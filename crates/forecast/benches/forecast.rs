//! Cost of a pair of track and place, alone and in an island's crowd.
//! `cargo bench -p lapwing-forecast`

#[path = "../tests/common/mod.rs"]
mod common;

use common::{CENTRE, Flight};
use divan::Bencher;
use divan::counter::ItemsCount;
use lapwing_forecast::{ForecastConfig, Forecaster};
use lapwing_geo::{Area, destination};
use lapwing_model::{Place, PlaceId, Track};

fn main() {
    divan::main();
}

#[divan::bench(args = ["head on", "passing", "leaving", "hovering"])]
fn pair(bencher: Bencher, kind: &str) {
    let flight = match kind {
        "passing" => Flight {
            position_m: [15_000.0, -20_000.0],
            ..Flight::default()
        },
        "leaving" => Flight {
            velocity_mps: [0.0, -50.0],
            ..Flight::default()
        },
        "hovering" => Flight {
            velocity_mps: [0.0; 2],
            ..Flight::default()
        },
        _ => Flight::default(),
    };
    let (forecaster, track) = (flight.forecaster(), flight.track());
    bencher.bench(|| forecaster.forecast_all_places(&track));
}

/// 2,000 tracks of every kind over an island of 120 × 80 km with 66 places.
#[divan::bench(sample_count = 10)]
fn island(bencher: Bencher) {
    let mut seed = 1_u64;
    let mut uniform = move || {
        // Knuth's linear congruence: a bench needs no better
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut somewhere = |spread: f64| {
        [
            (uniform() - 0.5) * 120e3 * spread,
            (uniform() - 0.5) * 80e3 * spread,
        ]
    };
    let places: Vec<Place> = (0..66)
        .map(|k| {
            let [e, n] = somewhere(0.8);
            Place {
                id: PlaceId(format!("place-{k}")),
                name: String::new(),
                area: Area::disc(destination(CENTRE, e.atan2(n), e.hypot(n)), 3_000.0).unwrap(),
                lead_time_s: 300.0,
            }
        })
        .collect();
    let tracks: Vec<Track> = (0..2_000)
        .map(|k| {
            let [e, n] = somewhere(1.5);
            let [a, b] = somewhere(1.0);
            // birds and multirotors mostly, some drones, some airliners
            let speed = [12.0, 10.0, 15.0, 50.0, 120.0][k % 5];
            let length = a.hypot(b);
            Flight {
                position_m: [e, n],
                velocity_mps: [a / length * speed, b / length * speed],
                ..Flight::default()
            }
            .track()
        })
        .collect();
    let forecaster = Forecaster::new(ForecastConfig::default(), places);
    let mut out = Vec::new();
    bencher
        .counter(ItemsCount::new(2_000_usize * 66))
        .bench_local(|| {
            out.clear();
            for track in &tracks {
                forecaster.forecast(track, &mut out);
            }
            out.len()
        });
}

//! Numbers that are none, clocks that jump, covariances that are not: counted, bounded, and of
//! no effect elsewhere.

mod common;

use common::*;
use lapwing_geo::{Geodetic, destination, distance_m};
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};
use proptest::prelude::*;

/// A tracker that follows one thing 15 km off; `disturb` may add reports to each look of
/// another radar 60 km away and look at what time it likes.
fn followed(mut disturb: impl FnMut(&mut Tracker, f64)) -> (Vec<Track>, Tracker) {
    let truth = flight(destination(SITE, 1.0, 15_000.0), 200.0, 50.0);
    let mut radar = Radar::new(0, SITE);
    let mut tracker = Tracker::new(TrackerConfig::default());
    tracker.set_sensor(radar.id, radar.spec.clone());
    tracker.set_sensor(SensorId(1), Radar::new(1, FAR).spec);
    let mut rng = Rng(5);
    for k in 0..80_u32 {
        let t = f64::from(k) * 0.5;
        let (look, reports) = radar.sector(&mut rng, t, &[truth(t + 0.25)]);
        tracker.step(&look, &reports);
        disturb(&mut tracker, t + 0.5);
    }
    let here = truth(40.0);
    let mut tracks = tracker.picture(at(40.0));
    tracks.retain(|track| distance_m(track.position, here) < 1_000.0);
    for track in &mut tracks {
        track.id.counter = 0;
    }
    (tracks, tracker)
}

const FAR: Geodetic = Geodetic::new(56.5, -7.0, 50.0);

fn far_look(t: f64) -> Look {
    let mut radar = Radar::new(1, FAR);
    let (mut look, _) = radar.sector(&mut Rng(1), t, &[]);
    look.footprint = Footprint::Sector {
        centre: FAR,
        azimuth_from_rad: 0.0,
        azimuth_width_rad: std::f64::consts::TAU,
        range_limits_m: (200.0, 40_000.0),
    };
    look
}

fn far_report(t: f64, v: [f64; 7]) -> Report {
    Report {
        measurement: Measurement::Polar {
            range_m: v[0],
            azimuth_rad: v[1],
            elevation_rad: Some(v[2]),
            range_rate_mps: Some(v[3]),
            height_m: None,
            sigma: PolarSigma {
                range_m: v[4],
                azimuth_rad: v[5],
                elevation_rad: v[6],
                range_rate_mps: v[4],
            },
        },
        ..position_report(1, t, FAR, 1.0)
    }
}

fn odd() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(0.0),
        Just(-1.0),
        Just(1e-300),
        Just(1e300),
        Just(f64::MAX),
        -4.0..4.0_f64,
        1.0..40_000.0_f64,
    ]
}

fn whole(track: &Track) -> bool {
    track.covariance.iter().flatten().all(|x| x.is_finite())
        && (0..6).all(|i| track.covariance[i][i] >= 0.0)
        && track.position.lat_deg.is_finite()
        && track.velocity_mps.iter().all(|x| x.is_finite())
        && (0.0..=1.0).contains(&track.existence)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Not numbers, negative and vanishing variances: what is elsewhere is the same to the bit.
    #[test]
    fn odd_numbers_change_nothing_elsewhere(
        odd in prop::collection::vec(prop::array::uniform7(odd()), 80),
    ) {
        let (alone, _) = followed(|tracker, t| tracker.step(&far_look(t), &[]));
        let mut values = odd.iter().cycle();
        let (beside, tracker) = followed(|tracker, t| {
            let reports: Vec<Report> =
                (0..4).filter_map(|_| values.next()).map(|v| far_report(t, *v)).collect();
            tracker.step(&far_look(t), &reports);
        });
        prop_assert_eq!(alone.len(), 1);
        prop_assert_eq!(alone, beside);
        prop_assert!(tracker.picture(at(40.0)).iter().all(whole));
    }

    /// A clock that jumps by days, either way, and back.
    #[test]
    fn a_clock_that_jumps_changes_nothing_elsewhere(
        jumps in prop::collection::vec((0..80_u32, -200_000.0..200_000.0_f64), 1..6),
    ) {
        let quiet = |t: f64| far_report(t, [9_000.0, 1.0, 0.05, 3.0, 20.0, 0.01, 0.02]);
        let (alone, _) = followed(|_, _| {});
        let (beside, tracker) = followed(|tracker, t| {
            let off: f64 = jumps
                .iter()
                .filter(|(k, _)| f64::from(*k) == (t * 2.0).floor())
                .map(|j| j.1)
                .sum();
            if off != 0.0 {
                let mut look = far_look(t + off);
                look.closed = false;
                tracker.step(&look, &[quiet(t + off)]);
            }
        });
        prop_assert!(beside.len() == alone.len(), "{} tracks", beside.len());
        let picture = tracker.picture(at(40.0));
        prop_assert!(picture.iter().all(whole));
        prop_assert!(picture.len() < 100);
    }
}

//! False sources that go on confirm nothing, however long they agree.

mod common;

use common::*;
use lapwing_geo::{Geodetic, LocalFrame, destination, wrap_two_pi};
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};

/// Where mopeds and mowers seem to be.
fn somewhere() -> Geodetic {
    Geodetic {
        height_m: 20.0,
        ..destination(SITE, 0.7, 9_000.0)
    }
}

/// Four arrays around it, 2 km off.
fn arrays() -> Vec<Geodetic> {
    [0.3, 1.9, 3.4, 5.1]
        .map(|azimuth| destination(somewhere(), azimuth, 2_000.0))
        .to_vec()
}

fn hears(place: Geodetic) -> SensorSpec {
    let mut spec = SensorSpec::of_kind("array", SensorKind::AcousticArray);
    spec.position = Some(place);
    spec.range_50_m = Some(3_500.0);
    spec.azimuth_correlated_share = 0.5;
    spec.false_per_revisit = 0.002;
    spec
}

/// What the array at `place` makes of a source that stands in the direction of `source`.
fn alarm(id: u32, seconds: f64, place: Geodetic, source: Geodetic, rng: &mut Rng) -> Report {
    let q = LocalFrame::new(place).to_enu(source);
    Report {
        measurement: Measurement::Bearing {
            azimuth_rad: wrap_two_pi(q.x.atan2(q.y) + 0.07 * rng.normal()),
            elevation_rad: Some(0.14 * rng.normal()),
            azimuth_sigma_rad: 0.07,
            elevation_sigma_rad: 0.14,
        },
        ..position_report(id, seconds, source, 1.0)
    }
}

fn listening(id: u32, revisit: u32, seconds: f64) -> Look {
    Look {
        revisit_s: 2.0,
        ..receiver_look(id, u64::from(revisit), seconds)
    }
}

/// Sources in one place after another begin to sound, each for one array and so that all seem
/// to come from one point: however long they go on together, nothing is there.
#[test]
fn standing_sources_that_cross_are_no_aircraft() {
    for seed in 0..2 {
        let mut rng = Rng(seed);
        let mut tracker = Tracker::new(TrackerConfig::default());
        for (id, place) in arrays().into_iter().enumerate() {
            tracker.set_sensor(SensorId(id as u32), hears(place));
        }
        for revisit in 0..100_u32 {
            let t = 2.0 * f64::from(revisit);
            for (id, place) in arrays().into_iter().enumerate() {
                if t < 40.0 * id as f64 {
                    continue;
                }
                let report = alarm(id as u32, t, place, somewhere(), &mut rng);
                tracker.step(&listening(id as u32, revisit, t), &[report]);
            }
            assert!(confirmed(&tracker, t).is_empty(), "seed {seed} at {t}");
        }
    }
}

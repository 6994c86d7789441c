//! What leaves the tracker is somewhere in the air.

mod common;

use common::*;
use lapwing_geo::distance_m;
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};

const EYE: u32 = 100;

#[test]
fn a_height_that_cannot_be_is_not_known() {
    let mut tracker = Tracker::new(TrackerConfig::default());
    tracker.set_sensor(
        SensorId(EYE),
        SensorSpec::of_kind("eye", SensorKind::Camera),
    );
    let mut below = SITE;
    below.height_m = -1_103.0;
    for k in 0..10_u32 {
        let seconds = f64::from(k);
        let mut report = position_report(EYE, seconds, below, 20.0);
        if let Measurement::Position { height_sigma_m, .. } = &mut report.measurement {
            *height_sigma_m = Some(5.0);
        }
        tracker.step(&receiver_look(EYE, u64::from(k), seconds), &[report]);
    }
    let track = tracker.picture(at(9.0)).remove(0);
    assert!(track.height.is_none() && track.position.height_m >= -500.0);
    assert!(track.position.checked().is_ok());
    assert!(distance_m(track.position, SITE) < 50.0);
}

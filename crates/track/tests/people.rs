//! People: whatever their number, what they say alone confirms nothing.

use lapwing_geo::{Geodetic, LocalFrame, destination};
use lapwing_model::{
    Claims, Clutter, Detection, Footprint, Look, Measurement, RawRef, Report, SensorId, SensorKind,
    SensorSpec, Timestamp,
};
use lapwing_track::{Tracker, TrackerConfig};

const TOWN: Geodetic = Geodetic::new(46.3, -29.9, 2.0);
const ACCOUNTS: u32 = 40;
const REPORTS: u32 = 300;
const FLOOD_S: f64 = 60.0;

/// Where the thing is that they make up: over the town at 50 m/s.
fn made_up(seconds: f64) -> Geodetic {
    let mut at = destination(TOWN, 1.0, 3_000.0 - 50.0 * seconds);
    at.height_m = 200.0;
    at
}

/// Three hundred reports by forty accounts in a minute agree, to four degrees, on a drone.
#[test]
fn a_flood_of_sightings_begins_and_confirms_nothing() {
    let mut tracker = Tracker::new(TrackerConfig::default());
    let place = |account: u32| {
        let turn = f64::from(account) / f64::from(ACCOUNTS) * std::f64::consts::TAU;
        destination(TOWN, turn, 1_000.0 + 50.0 * f64::from(account))
    };
    for account in 0..ACCOUNTS {
        let mut spec = SensorSpec::of_kind(format!("person-{account}"), SensorKind::Sighting);
        spec.position = Some(place(account));
        spec.range_limits_m.1 = 4_000.0;
        tracker.set_sensor(SensorId(account), spec);
    }
    for number in 0..REPORTS {
        let account = number % ACCOUNTS;
        let seconds = FLOOD_S * f64::from(number) / f64::from(REPORTS);
        let time = Timestamp::from_seconds(500.0 + seconds);
        let sensor = SensorId(account);
        let view = LocalFrame::new(place(account)).to_enu(made_up(seconds));
        let off_rad = (f64::from(number % 9) - 4.0).to_radians();
        let report = Report {
            sensor,
            time,
            measurement: Measurement::Bearing {
                azimuth_rad: view.x.atan2(view.y) + off_rad,
                elevation_rad: Some((view.z / view.norm()).asin()),
                azimuth_sigma_rad: 20.0_f64.to_radians(),
                elevation_sigma_rad: 15.0_f64.to_radians(),
            },
            claims: Claims::default(),
            rcs_dbsm: None,
            class_log_likelihoods: None,
            raw: RawRef::default(),
        };
        let look = Look {
            sensor,
            sequence: u64::from(number),
            t0: time,
            t1: time,
            footprint: Footprint::Unknown,
            guard_m: 0.0,
            detection: Detection::Constant { probability: 0.9 },
            clutter: Clutter { expected: 0.0 },
            revisit_s: 60.0,
            closed: true,
        };
        tracker.step(&look, &[report]);
    }
    assert!(tracker.picture(Timestamp::from_seconds(560.0)).is_empty());
    let counters = tracker.counters();
    assert_eq!((counters.births, counters.confirmations), (0, 0));
    // each account is heard once a minute
    assert_eq!(counters.reports_gated_out, u64::from(ACCOUNTS));
    assert_eq!(counters.reports_ignored, u64::from(REPORTS - ACCOUNTS));
}

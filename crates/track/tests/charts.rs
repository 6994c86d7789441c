//! A long flight through many charts, against geodesics (Karney 2013) as the oracle.

mod common;

use common::*;
use geographiclib_rs::{DirectGeodesic, Geodesic};
use lapwing_geo::{Geodetic, LocalFrame, distance_m};
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};

/// 1,000 km of level flight, measured exactly each second, and half a minute coasted
/// now and then: position within 1 m, speed within 0.1 %.
#[test]
fn a_thousand_kilometres_stay_within_a_metre() {
    let wgs84 = Geodesic::wgs84();
    for (lat, azimuth_deg) in [(40.0, 60.0), (55.0, 180.0), (62.0, 275.0), (0.2, 90.0)] {
        let speed = 250.0;
        // at height zero a geodesic is the level path itself
        let truth = |t: f64| {
            let (lat_deg, lon_deg, _): (f64, f64, f64) =
                wgs84.direct(lat, 7.0, azimuth_deg, speed * t);
            Geodetic::new(lat_deg, lon_deg, 0.0)
        };
        // of the frames alone: the mean of what may turn lags behind what flies on
        let mut tracker = Tracker::new(TrackerConfig {
            manoeuvre_every_s: f64::INFINITY,
            ..TrackerConfig::default()
        });
        let mut spec = SensorSpec::of_kind("gps", SensorKind::Camera);
        spec.position = Some(SITE);
        tracker.set_sensor(SensorId(0), spec);
        let mut worst: (f64, f64) = (0.0, 0.0);
        for second in 0..4_000_u32 {
            let t = f64::from(second);
            let report = position_report(0, t, truth(t), 1.0);
            tracker.step(&receiver_look(0, u64::from(second), t), &[report]);
            if second < 30 || second % 10 != 0 {
                continue;
            }
            for ahead_s in [0.0, 7.5] {
                let picture = tracker.picture(at(t + ahead_s));
                assert_eq!(picture.len(), 1, "{lat} at {t}");
                let track = &picture[0];
                let expected = truth(t + ahead_s);
                let up = LocalFrame::new(expected).to_enu(track.position).z;
                let off = distance_m(track.position, expected).hypot(up);
                worst.0 = worst.0.max(off);
                let v = track.velocity_mps;
                let magnitude = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
                worst.1 = worst.1.max((magnitude / speed - 1.0).abs());
            }
        }
        eprintln!("{lat}°: {:.4} m, {:.2e} of speed", worst.0, worst.1);
        assert!(worst.0 < 1.0, "{lat}: {} m", worst.0);
        assert!(worst.1 < 1e-3, "{lat}: {}", worst.1);
    }
}

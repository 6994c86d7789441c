//! Bearings sharpen tracks and never start them; sound speaks of where the source was.

mod common;

use common::*;
use lapwing_geo::{Geodetic, LocalFrame, destination, wrap_two_pi};
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};

const LISTENER: Geodetic = Geodetic::new(55.03, -3.93, 20.0);

fn bearing(id: u32, seconds: f64, target: Geodetic, sigma_rad: f64) -> Report {
    let q = LocalFrame::new(LISTENER).to_enu(target);
    Report {
        measurement: Measurement::Bearing {
            azimuth_rad: wrap_two_pi(q.x.atan2(q.y)),
            elevation_rad: None,
            azimuth_sigma_rad: sigma_rad,
            elevation_sigma_rad: 0.2,
        },
        ..position_report(id, seconds, target, 1.0)
    }
}

fn listener(kind: SensorKind) -> SensorSpec {
    let mut spec = SensorSpec::of_kind("listener", kind);
    spec.position = Some(LISTENER);
    // surveyed: what is left is the delay
    spec.azimuth_bias_sigma_rad = 0.0;
    spec
}

#[test]
fn bearings_alone_start_nothing() {
    let mut tracker = Tracker::new(TrackerConfig::default());
    tracker.set_sensor(SensorId(1), listener(SensorKind::DirectionFinder));
    for k in 0..50_u32 {
        let t = f64::from(k);
        let report = bearing(1, t, destination(LISTENER, 1.0, 3_000.0), 0.05);
        tracker.step(&receiver_look(1, u64::from(k), t), &[report]);
    }
    assert!(tracker.picture(at(50.0)).is_empty());
    assert_eq!(tracker.counters().reports_gated_out, 50);
}

/// The position error of a vaguely measured 60 m/s flight, 3 km from a listener, after
/// bearings of what it hears there `delay_s` late.
fn error_m(kind: Option<SensorKind>, delayed: bool) -> f64 {
    let mut tracker = Tracker::new(TrackerConfig::default());
    tracker.set_sensor(SensorId(0), SensorSpec::of_kind("wide", SensorKind::Camera));
    if let Some(kind) = kind {
        tracker.set_sensor(SensorId(1), listener(kind));
    }
    let mut from = destination(LISTENER, 0.0, 3_000.0);
    from = destination(from, -std::f64::consts::FRAC_PI_2, 900.0);
    from.height_m = 300.0;
    let truth = flight(from, 90.0, 60.0);
    let mut rng = Rng(11);
    let mut sum = 0.0;
    for k in 0..30_u32 {
        let t = f64::from(k);
        let vague = destination(truth(t), 6.2 * rng.uniform(), 150.0 * rng.normal().abs());
        tracker.step(
            &receiver_look(0, u64::from(k), t),
            &[position_report(0, t, vague, 150.0)],
        );
        if kind.is_some() {
            let heard_at = if delayed {
                let range_m = LocalFrame::new(LISTENER).to_enu(truth(t)).norm();
                t - range_m / 340.0
            } else {
                t
            };
            let report = bearing(1, t, truth(heard_at), 0.01);
            tracker.step(&receiver_look(1, u64::from(k), t), &[report]);
        }
        if k >= 15 {
            let picture = tracker.picture(at(t));
            let best = picture
                .iter()
                .max_by(|a, b| a.existence.total_cmp(&b.existence))
                .unwrap();
            let across = LocalFrame::new(truth(t)).to_enu(best.position).x;
            sum += across * across;
        }
    }
    (sum / 15.0_f64).sqrt()
}

#[test]
fn a_bearing_sharpens_the_track_also_when_it_was_heard_late() {
    let alone = error_m(None, false);
    let radio = error_m(Some(SensorKind::DirectionFinder), false);
    let sound = error_m(Some(SensorKind::AcousticArray), true);
    let delay_ignored = error_m(Some(SensorKind::DirectionFinder), true);
    eprintln!("alone {alone:.0} m, radio {radio:.0}, sound {sound:.0}, ignored {delay_ignored:.0}");
    assert!(radio < 0.5 * alone, "{radio} of {alone}");
    assert!(sound < 0.5 * alone, "{sound} of {alone}");
    // what points at where the source is not must not sharpen
    assert!(delay_ignored > 0.9 * alone, "{delay_ignored} of {alone}");
}

//! A radar with constant errors, aircraft that say where they are, and one that lies:
//! the errors are found and taken off, the lie moves nothing.

mod common;

use common::*;
use lapwing_geo::{Geodetic, destination, wrap_two_pi};
use lapwing_model::*;
use lapwing_track::{RegistrationConfig, RegistrationMode, Tracker, TrackerConfig};

const ADSB: u32 = 9;
const RANGE_BIAS_M: f64 = 45.0;
const AZIMUTH_BIAS_RAD: f64 = 0.006;
const TIME_BIAS_S: f64 = 0.25;

/// Twelve aircraft on crossing courses; each flies to and fro for ten minutes.
fn aircraft(t: f64) -> Vec<Geodetic> {
    (0..12_u32)
        .map(|i| {
            let azimuth = f64::from(i) * 0.52;
            let mut from = destination(SITE, azimuth, 6_000.0 + 2_300.0 * f64::from(i));
            from.height_m = 600.0;
            let along = (t + 37.0 * f64::from(i)).rem_euclid(600.0);
            let along = 110.0 * if along < 300.0 { along } else { 600.0 - along };
            let mut at = destination(from, azimuth + 1.3 + f64::from(i), along);
            at.height_m = 600.0;
            at
        })
        .collect()
}

/// What the aircraft of index `i` says of itself.
#[derive(Clone, Copy, PartialEq)]
enum Say {
    Truth,
    /// Four kilometres east of where it is.
    Displaced,
    /// Both, with one address.
    Both,
}

struct Scene {
    mode: RegistrationMode,
    seconds: f64,
    say: fn(usize) -> Say,
}

fn run_scene(scene: &Scene) -> (Tracker, f64) {
    let mut tracker = Tracker::new(TrackerConfig {
        registration: RegistrationConfig {
            mode: scene.mode,
            ..RegistrationConfig::default()
        },
        ..TrackerConfig::default()
    });
    let mut radar = Radar::new(1, SITE);
    radar.clutter_per_turn = 3.0;
    radar.spec.azimuth_sigma_rad = 0.3_f64.to_radians();
    tracker.set_sensor(radar.id, radar.spec.clone());
    let spec = SensorSpec::of_kind("adsb", SensorKind::Adsb);
    tracker.set_sensor(SensorId(ADSB), spec);
    let mut rng = Rng(77);
    let mut errors = Vec::new();
    for k in 0..(scene.seconds * 2.0) as u32 {
        let t = f64::from(k) * 0.5;
        // the plots say a time later than theirs by the bias
        let places = aircraft(t + 0.25 - TIME_BIAS_S);
        let (look, mut reports) = radar.sector(&mut rng, t, &places);
        for report in &mut reports {
            if let Measurement::Polar {
                range_m,
                azimuth_rad,
                ..
            } = &mut report.measurement
            {
                *range_m += RANGE_BIAS_M;
                *azimuth_rad = wrap_two_pi(*azimuth_rad + AZIMUTH_BIAS_RAD);
            }
        }
        tracker.step(&look, &reports);
        if k % 2 == 0 {
            let mut reports = Vec::new();
            for (i, at) in aircraft(t + 0.4).into_iter().enumerate() {
                let mut east = destination(at, 1.571, 4_000.0);
                east.height_m = at.height_m;
                let said: &[Geodetic] = match (scene.say)(i) {
                    Say::Truth => &[at],
                    Say::Displaced => &[east],
                    Say::Both => &[at, east],
                };
                for place in said {
                    let noisy = destination(
                        *place,
                        std::f64::consts::TAU * rng.uniform(),
                        8.0 * rng.normal().abs(),
                    );
                    let noisy = Geodetic::new(noisy.lat_deg, noisy.lon_deg, place.height_m);
                    let mut report = position_report(ADSB, t + 0.4, noisy, 12.0);
                    report.claims.icao24 = Some(0x40_0000 + i as u32);
                    reports.push(report);
                }
            }
            tracker.step(&receiver_look(ADSB, u64::from(k), t + 0.5), &reports);
        }
        if t > scene.seconds - 120.0 && k % 20 == 0 {
            let truth = aircraft(t + 0.5);
            for track in confirmed(&tracker, t + 0.5) {
                let off = |p: &Geodetic| lapwing_geo::distance_m(track.position, *p);
                let nearest = truth.iter().map(off).fold(f64::INFINITY, f64::min);
                if nearest < 1_000.0 {
                    errors.push(nearest);
                }
            }
        }
    }
    assert!(errors.len() > 60, "{} tracks", errors.len());
    // the median: the aircraft turn about on the spot
    errors.sort_by(f64::total_cmp);
    (tracker, errors[errors.len() / 2])
}

fn honest(_: usize) -> Say {
    Say::Truth
}

#[test]
fn errors_are_found_and_taken_off() {
    let scene = Scene {
        mode: RegistrationMode::On,
        seconds: 900.0,
        say: honest,
    };
    let (tracker, with_m) = run_scene(&scene);
    let found = tracker.registration(SensorId(1)).unwrap();
    assert!(found.applied && found.used > 1_000, "{found:?}");
    let range = found.range_m.unwrap();
    assert!(
        (range.value - RANGE_BIAS_M).abs() < 4.0 * range.sigma.max(3.0),
        "{found:?}"
    );
    let azimuth = found.azimuth_rad;
    assert!(
        (azimuth.value - AZIMUTH_BIAS_RAD).abs().to_degrees() < 0.07,
        "{found:?}"
    );
    assert!(
        (azimuth.value - AZIMUTH_BIAS_RAD).abs() < 3.5 * azimuth.sigma,
        "{found:?}"
    );
    let time = found.time_s.unwrap();
    assert!((time.value - TIME_BIAS_S).abs() < 0.05, "{found:?}");
    let (_, without_m) = run_scene(&Scene {
        mode: RegistrationMode::Off,
        ..scene
    });
    assert!(with_m < 0.5 * without_m, "{with_m} of {without_m} m");
}

/// What is shown when nothing is applied; and nothing at all when it is off.
#[test]
fn a_frozen_registration_watches_and_leaves_the_measurements_alone() {
    let scene = |mode| Scene {
        mode,
        seconds: 300.0,
        say: honest,
    };
    let (frozen, frozen_m) = run_scene(&scene(RegistrationMode::Frozen));
    let (off, off_m) = run_scene(&scene(RegistrationMode::Off));
    let shown = frozen.registration(SensorId(1)).unwrap();
    assert!(!shown.applied && shown.used > 300, "{shown:?}");
    assert_eq!(off.registration(SensorId(1)), None);
    assert_eq!(frozen_m.to_bits(), off_m.to_bits());
}

#[test]
fn equal_calls_give_equal_bits() {
    let scene = Scene {
        mode: RegistrationMode::On,
        seconds: 400.0,
        say: honest,
    };
    let (a, a_m) = run_scene(&scene);
    let (b, b_m) = run_scene(&scene);
    assert_eq!(a_m.to_bits(), b_m.to_bits());
    let bits = |t: &Tracker| format!("{:?}", t.registration(SensorId(1)));
    assert_eq!(bits(&a), bits(&b));
    let pictures = [&a, &b].map(|t| format!("{:?}", t.picture(at(400.0))));
    assert_eq!(pictures[0], pictures[1]);
}

/// Three of twelve lie by 4 km, or are copied to a place 4 km off: what is found is the
/// same as when those three say nothing of use.
#[test]
fn a_displaced_identity_moves_nothing() {
    fn displaced(i: usize) -> Say {
        if i % 4 == 1 {
            Say::Displaced
        } else {
            Say::Truth
        }
    }
    fn copied(i: usize) -> Say {
        if i % 4 == 1 { Say::Both } else { Say::Truth }
    }
    for say in [displaced, copied] {
        let (tracker, _) = run_scene(&Scene {
            mode: RegistrationMode::On,
            seconds: 900.0,
            say,
        });
        let found = tracker.registration(SensorId(1)).unwrap();
        let azimuth = found.azimuth_rad;
        assert!(
            (azimuth.value - AZIMUTH_BIAS_RAD).abs().to_degrees() < 0.08,
            "{found:?}"
        );
        let range = found.range_m.unwrap();
        assert!(
            (range.value - RANGE_BIAS_M).abs() < 4.0 * range.sigma.max(3.0),
            "{found:?}"
        );
    }
}

/// Two radars turned against one another and nobody who says where he is: half of the difference
/// goes to each, for their priors are equal, and what is common to both stays unknown.
#[test]
fn two_radars_are_brought_together_without_adsb() {
    let mut tracker = Tracker::new(TrackerConfig::default());
    let mut east = destination(SITE, 1.571, 25_000.0);
    east.height_m = 50.0;
    let mut radars = [Radar::new(1, SITE), Radar::new(2, east)];
    let errors_rad = [0.007, -0.007];
    for radar in &mut radars {
        radar.spec.azimuth_sigma_rad = 0.3_f64.to_radians();
        tracker.set_sensor(radar.id, radar.spec.clone());
    }
    let mut rng = Rng(5);
    for k in 0..1_800_u32 {
        let t = f64::from(k) * 0.5;
        let places = aircraft(t + 0.25);
        for (radar, error_rad) in radars.iter_mut().zip(errors_rad) {
            let (look, mut reports) = radar.sector(&mut rng, t, &places);
            for report in &mut reports {
                if let Measurement::Polar { azimuth_rad, .. } = &mut report.measurement {
                    *azimuth_rad = wrap_two_pi(*azimuth_rad + error_rad);
                }
            }
            tracker.step(&look, &reports);
        }
    }
    let found = [1, 2].map(|id| tracker.registration(SensorId(id)).unwrap());
    assert!(found.iter().all(|f| f.applied), "{found:?}");
    let difference = found[0].azimuth_rad.value - found[1].azimuth_rad.value;
    assert!(
        (difference - 0.014).abs() < 0.0025,
        "{difference} {found:?}"
    );
    for (found, error_rad) in found.iter().zip(errors_rad) {
        let off = (found.azimuth_rad.value - error_rad).abs();
        assert!(off < 3.0 * found.azimuth_rad.sigma, "{found:?}");
    }
}

//! Nodes that listen: their silence thins what they would have heard, and nothing else.

mod common;

use common::*;
use lapwing_geo::{Geodetic, LocalFrame, destination, distance_m, wrap_two_pi};
use lapwing_model::*;
use lapwing_sensing::{audibility, hearing_probability};
use lapwing_track::{Tracker, TrackerConfig};

const RANGE_50_M: f64 = 3_500.0;
const EYE: u32 = 100;

fn node(kind: SensorKind, place: Geodetic) -> SensorSpec {
    let mut spec = SensorSpec::of_kind("n", kind);
    spec.position = Some(place);
    spec.range_50_m = Some(RANGE_50_M);
    spec
}

/// Where it is that flies east at 45 m/s and over `SITE` at 10 s.
fn flies(seconds: f64) -> Geodetic {
    let gone_m = 45.0 * (seconds - 10.0);
    let mut place = destination(SITE, std::f64::consts::FRAC_PI_2, gone_m.abs());
    if gone_m < 0.0 {
        place = destination(SITE, 1.5 * std::f64::consts::PI, -gone_m);
    }
    place.height_m = SITE.height_m + 150.0;
    place
}

/// A tracker that knows of a node `range_m` south of `SITE`, and of what `flies` and was last
/// seen at 9 s; it is told that the air is calm, or nothing of it.
fn flying(kind: SensorKind, range_m: f64, sigma_m: f64, told: bool) -> (Tracker, Geodetic) {
    let mut tracker = Tracker::new(TrackerConfig::default());
    if told {
        tracker.set_air(at(-1.0), Air::new(0.0, 0.0, 15.0));
    }
    let place = destination(SITE, std::f64::consts::PI, range_m);
    tracker.set_sensor(SensorId(0), node(kind, place));
    tracker.set_sensor(
        SensorId(EYE),
        SensorSpec::of_kind("eye", SensorKind::Camera),
    );
    for k in 0..10_u32 {
        let seconds = f64::from(k);
        tracker.step(
            &receiver_look(EYE, u64::from(k), seconds),
            &[position_report(EYE, seconds, flies(seconds), sigma_m)],
        );
    }
    assert_eq!(tracker.picture(at(9.0)).len(), 1);
    (tracker, place)
}

fn silence(id: u32, place: Geodetic, from: f64, to: f64) -> Look {
    Look {
        t0: at(from),
        t1: at(to),
        revisit_s: 2.0,
        footprint: Footprint::Disc {
            centre: place,
            radius_m: 17_500.0,
        },
        detection: Detection::Sound {
            range_50_m: RANGE_50_M,
        },
        ..receiver_look(id, 0, to)
    }
}

fn odds(track: &Track) -> f64 {
    track.existence / (1.0 - track.existence)
}

/// Odds fall by the mean over the classes of (1 − P_D)ⁿ, n the
/// revisits of the look.
#[test]
fn each_revisit_of_silence_thins_existence_once() {
    for (range_m, seconds, revisits) in [
        (2_500.0, 2.0, 1),
        (3_500.0, 2.0, 1),
        (5_000.0, 2.0, 1),
        (4_000.0, 10.0, 5),
    ] {
        let (mut tracker, place) = flying(SensorKind::AcousticArray, range_m, 10.0, true);
        let now = at(10.0);
        let before = tracker.picture(now).remove(0);
        tracker.step(&silence(0, place, 10.0 - seconds, 10.0), &[]);
        let after = tracker.picture(now).remove(0);
        let node = LocalFrame::new(place);
        let away_m = |t: f64| node.to_enu(flies(t)).norm();
        let silent: f64 = Class::ALL
            .iter()
            .map(|class| {
                // an airliner is looked for because this one is known to be low
                let range_50_m = RANGE_50_M * audibility(*class);
                let silent: f64 = (0..revisits)
                    .map(|k| 10.0 - 2.0 * f64::from(k))
                    // sound of 10 s ago and less
                    .map(|t| away_m(t - away_m(t) / 340.5))
                    .map(|d| 1.0 - hearing_probability(range_50_m, d))
                    .product();
                before.classes.of(*class) * silent
            })
            .sum();
        let ratio = odds(&after) / odds(&before);
        assert!(
            (ratio / silent - 1.0).abs() < 0.03,
            "{range_m} m: {ratio} {silent}"
        );
    }
}

/// Out of earshot, while the wind is not told, and of what hears nothing by design.
#[test]
fn silence_says_nothing_where_nothing_would_be_heard() {
    let unchanged = |mut tracker: Tracker, look: &Look| {
        let before = tracker.picture(at(10.0));
        tracker.step(look, &[]);
        assert!((tracker.picture(at(10.0))[0].existence - before[0].existence).abs() < 1e-12);
    };
    let (tracker, place) = flying(SensorKind::AcousticArray, 15_000.0, 20.0, true);
    unchanged(tracker, &silence(0, place, 0.0, 10.0));
    let (tracker, _) = flying(SensorKind::DirectionFinder, 1_000.0, 20.0, true);
    unchanged(tracker, &receiver_look(0, 0, 10.0));
}

/// While nobody has told the wind, silence is judged as in 10 m/s: at 3.5 km it is hardly news.
#[test]
fn an_untold_wind_is_a_strong_one() {
    let ratio = |told: bool| {
        let (mut tracker, place) = flying(SensorKind::AcousticArray, 3_500.0, 20.0, told);
        let before = odds(&tracker.picture(at(10.0))[0]);
        tracker.step(&silence(0, place, 0.0, 10.0), &[]);
        odds(&tracker.picture(at(10.0))[0]) / before
    };
    assert!(ratio(true) < 0.8, "{}", ratio(true));
    assert!(ratio(false) > 0.97, "{}", ratio(false));
}

/// A network in calm air. A drone flies through it and is kept; a thing that was seen by
/// mistake is over within half a minute of the network's silence.
#[test]
fn a_network_keeps_what_it_hears_and_drops_what_it_does_not() {
    let (mut kept, mut samples, mut phantom_s) = (0_u32, 0_u32, Vec::new());
    for seed in 0..6_u64 {
        let mut rng = Rng(40 + seed);
        let mut tracker = Tracker::new(TrackerConfig::default());
        tracker.set_air(at(-1.0), Air::new(0.0, 1.0, 15.0));
        tracker.set_sensor(
            SensorId(EYE),
            SensorSpec::of_kind("eye", SensorKind::Camera),
        );
        let frame = LocalFrame::new(SITE);
        let mut nodes = Vec::new();
        for i in -3..=3 {
            for j in -3..=3 {
                let p = nalgebra::Vector3::new(f64::from(i), f64::from(j), 0.0) * 2_500.0;
                let place = frame.to_geodetic(p);
                let id = nodes.len() as u32;
                tracker.set_sensor(SensorId(id), node(SensorKind::AcousticArray, place));
                nodes.push((id, place, p, 2.0 * rng.uniform(), 0.0_f64));
            }
        }
        let truth = |t: f64| nalgebra::Vector3::new(-2_500.0 + 45.0 * t, 400.0, 200.0);
        let phantom =
            |t: f64| frame.to_geodetic(nalgebra::Vector3::new(600.0 + 40.0 * t, -2_800.0, 200.0));
        let (drone, mut over_s) = (|t: f64| frame.to_geodetic(truth(t)), None);
        for second in 0..110_u32 {
            let t = f64::from(second);
            // seen for twenty seconds; then the ears are alone
            let mut seen = Vec::new();
            if second < 20 {
                seen.push(position_report(EYE, t, drone(t), 30.0));
            }
            if second < 8 {
                seen.push(position_report(EYE, t, phantom(t), 30.0));
            }
            tracker.step(&receiver_look(EYE, u64::from(second), t), &seen);
            for (id, place, p, phase_s, word_s) in &mut nodes {
                let due = (t - *phase_s).rem_euclid(2.0) < 1.0;
                if !due {
                    continue;
                }
                let mut tau = 0.0;
                for _ in 0..40 {
                    tau = (truth(t - tau) - *p).norm() / 340.3;
                }
                let image = truth(t - tau) - *p;
                if rng.uniform() < hearing_probability(RANGE_50_M, image.norm()) {
                    let azimuth_rad = wrap_two_pi(image.x.atan2(image.y) + 0.07 * rng.normal());
                    let report = Report {
                        measurement: Measurement::Bearing {
                            azimuth_rad,
                            elevation_rad: None,
                            azimuth_sigma_rad: 0.07,
                            elevation_sigma_rad: 0.2,
                        },
                        ..position_report(*id, t, SITE, 1.0)
                    };
                    let look = Look {
                        revisit_s: 2.0,
                        ..receiver_look(*id, u64::from(second), t)
                    };
                    tracker.step(&look, &[report]);
                    *word_s = t;
                } else if t - *word_s >= 9.5 {
                    tracker.step(&silence(*id, *place, *word_s, t), &[]);
                    *word_s = t;
                }
            }
            let near = |place: Geodetic, within_m: f64| {
                tracker
                    .picture(at(t))
                    .into_iter()
                    .any(|x| x.confirmed && distance_m(x.position, place) < within_m)
            };
            if second > 20 && second % 5 == 0 && truth(t).x < 6_000.0 {
                samples += 1;
                kept += u32::from(near(drone(t), 700.0));
            }
            if second > 8 && !near(phantom(t), 800.0) {
                over_s.get_or_insert(t - 8.0);
            }
        }
        phantom_s.push(over_s.unwrap_or(f64::INFINITY));
    }
    eprintln!("kept {kept} of {samples}; phantoms over after {phantom_s:?} s");
    assert!(
        f64::from(kept) >= 0.95 * f64::from(samples),
        "{kept} {samples}"
    );
    assert!(phantom_s.iter().all(|s| *s <= 30.0), "{phantom_s:?}");
}

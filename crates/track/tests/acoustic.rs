//! Arrays that hear alone: a track starts, follows, and its covariance is honest.

mod common;

use common::*;
use lapwing_geo::{Geodetic, LocalFrame, wrap_two_pi};
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};
use nalgebra::{Matrix2, Vector2, Vector3};

const SPACING_M: f64 = 2_500.0;
const EARSHOT_M: f64 = 3_500.0;

struct Array {
    id: u32,
    frame: LocalFrame,
    at: Vector3<f64>,
    bias_rad: f64,
    phase_s: f64,
}

fn arrays(rng: &mut Rng, frame: &LocalFrame, tracker: &mut Tracker) -> Vec<Array> {
    let mut all = Vec::new();
    for i in -3..=3 {
        for j in -3..=3 {
            let id = all.len() as u32;
            let at = Vector3::new(
                SPACING_M * f64::from(i) + 150.0 * rng.normal(),
                SPACING_M * f64::from(j) + 150.0 * rng.normal(),
                0.0,
            );
            let place = frame.to_geodetic(at);
            let mut spec = SensorSpec::of_kind(format!("a{id}"), SensorKind::AcousticArray);
            spec.position = Some(place);
            spec.range_50_m = Some(EARSHOT_M);
            tracker.set_sensor(SensorId(id), spec);
            all.push(Array {
                id,
                frame: LocalFrame::new(place),
                at,
                bias_rad: 0.052 * rng.normal(),
                phase_s: 2.0 * rng.uniform(),
            });
        }
    }
    all
}

fn look(id: u32, sequence: u64, seconds: f64) -> Look {
    Look {
        clutter: Clutter { expected: 0.002 },
        revisit_s: 2.0,
        ..receiver_look(id, sequence, seconds)
    }
}

fn bearing(id: u32, seconds: f64, azimuth_rad: f64) -> Report {
    Report {
        measurement: Measurement::Bearing {
            azimuth_rad: wrap_two_pi(azimuth_rad),
            elevation_rad: None,
            azimuth_sigma_rad: 0.07,
            elevation_sigma_rad: 0.2,
        },
        ..position_report(id, seconds, SITE, 1.0)
    }
}

/// Confirmation within 55 s of the first bearing, within 250 m half a minute later, NEES of
/// a covariance that knows of biases of 3°, in wind that the tracker is told of.
#[test]
fn a_drone_that_only_arrays_hear_is_confirmed_and_followed() {
    let air = Air::new(4.0, 6.0, 8.0);
    let wind = Vector3::new(air.wind_east_mps, air.wind_north_mps, 0.0);
    let (mut square, mut nees, mut count, mut latest_s) = (0.0, 0.0, 0_u32, 0.0_f64);
    for seed in 0..8_u64 {
        let mut rng = Rng(900 + seed);
        let mut tracker = Tracker::new(TrackerConfig::default());
        tracker.set_air(at(-1.0), air);
        let frame = LocalFrame::new(Geodetic::new(SITE.lat_deg, SITE.lon_deg, 0.0));
        let arrays = arrays(&mut rng, &frame, &mut tracker);
        let heading = std::f64::consts::TAU * rng.uniform();
        let v = Vector3::new(heading.sin(), heading.cos(), 0.0) * 50.0;
        let p0 = Vector3::new(800.0 * rng.normal(), 800.0 * rng.normal(), 250.0) - v * 40.0;
        let truth = |t: f64| p0 + v * t;
        let mut confirmed_s = None;
        for half in 0..180_u32 {
            let from = 0.5 * f64::from(half);
            for a in &arrays {
                let k = ((from - a.phase_s) / 2.0).ceil().max(0.0);
                let t = a.phase_s + 2.0 * k;
                if t >= from + 0.5 {
                    continue;
                }
                // sound emitted at t − τ arrives at t: fixed-point iteration
                let mut tau = 0.0;
                for _ in 0..60 {
                    tau = (truth(t - tau) + wind * tau - a.at).norm() / air.sound_mps();
                }
                let image = truth(t - tau) + wind * tau - a.at;
                if image.norm() > EARSHOT_M || rng.uniform() > 0.8 {
                    continue;
                }
                let q = a.frame.to_enu(frame.to_geodetic(a.at + image));
                let azimuth = q.x.atan2(q.y) + a.bias_rad + 0.07 * rng.normal();
                tracker.step(&look(a.id, k as u64, t), &[bearing(a.id, t, azimuth)]);
            }
            let t = from + 0.5;
            let here = truth(t);
            let near = confirmed(&tracker, t)
                .into_iter()
                .map(|track| (frame.to_enu(track.position) - here, track))
                .filter(|(off, _)| off.xy().norm() < 1_000.0)
                .max_by_key(|(_, track)| track.contributors.iter().map(|c| c.reports).sum::<u64>());
            let Some((off, track)) = near else { continue };
            let since = *confirmed_s.get_or_insert(t);
            if t - since >= 30.0 && half % 10 == 0 {
                let c = &track.covariance;
                let p = Matrix2::new(c[0][0], c[0][1], c[1][0], c[1][1]);
                let off: Vector2<f64> = off.xy();
                square += off.norm_squared();
                nees += (off.transpose() * p.try_inverse().unwrap() * off)[0];
                count += 1;
            }
        }
        latest_s = latest_s.max(confirmed_s.expect("confirmed"));
    }
    let (rmse_m, nees) = ((square / f64::from(count)).sqrt(), nees / f64::from(count));
    eprintln!("confirmed by {latest_s} s, {rmse_m:.0} m, NEES {nees:.2}, {count} samples");
    assert!(latest_s <= 55.0, "{latest_s}");
    assert!(count > 40 && rmse_m < 200.0, "{rmse_m}");
    assert!((0.8..3.2).contains(&nees), "{nees}");
}

/// False bearings that cross by chance, two arrays' whatever they say, and one array's
/// moped start nothing that is confirmed.
#[test]
fn pairs_and_chance_crossings_start_nothing() {
    let mut rng = Rng(5);
    let mut tracker = Tracker::new(TrackerConfig::default());
    let frame = LocalFrame::new(Geodetic::new(SITE.lat_deg, SITE.lon_deg, 0.0));
    let arrays = arrays(&mut rng, &frame, &mut tracker);
    for k in 0..300_u32 {
        let t = 2.0 * f64::from(k);
        for a in &arrays {
            let pair = a.id == 10 || a.id == 11;
            if !pair && rng.uniform() > 0.01 {
                continue;
            }
            let azimuth = if pair {
                let q = Vector3::new(900.0, 1_000.0, 0.0) - a.at;
                q.x.atan2(q.y) + 0.07 * rng.normal()
            } else {
                std::f64::consts::TAU * rng.uniform()
            };
            tracker.step(&look(a.id, u64::from(k), t), &[bearing(a.id, t, azimuth)]);
        }
        assert!(confirmed(&tracker, t).is_empty(), "at {t}");
    }
    assert_eq!(tracker.counters().births, 0);
}

//! A radar whose constant errors nobody has measured yet: the tracks must know that plots of
//! one radar do not average them away, and that is all an error of theirs may come from.

mod common;

use common::*;
use lapwing_geo::{Geodetic, LocalFrame, destination};
use lapwing_track::{Tracker, TrackerConfig};
use nalgebra::{Matrix2, Vector2, Vector3};

const STEP_S: f64 = 0.25;
/// The island's coast radars: 30 m, 0.3°, 0.2 s.
const RANGE_BIAS_M: f64 = 30.0;
const AZIMUTH_BIAS_RAD: f64 = 0.3 * std::f64::consts::PI / 180.0;
const TIME_BIAS_S: f64 = 0.2;

/// What the tracker is told of errors that stay the same.
#[derive(Clone, Copy, PartialEq)]
enum Told {
    /// They are part of each report's noise.
    Noise,
    /// Their standard deviations.
    Constant,
    /// There are none, and there are none.
    None,
}

/// Errors of many flights at one instant.
struct Outcome {
    nees: f64,
    rmse_m: f64,
    runs: u32,
}

fn level() -> TrackerConfig {
    TrackerConfig {
        manoeuvre_every_s: f64::INFINITY,
        ..TrackerConfig::default()
    }
}

/// Flights of 50 m/s in any direction with the noise that the filter assumes, seen from
/// `range_m` for `seconds` by a radar that misses nothing; biases are drawn anew for each.
fn fly(told: Told, range_m: f64, seconds: f64, runs: u32) -> Outcome {
    let config = level();
    let mut out = Outcome {
        nees: 0.0,
        rmse_m: 0.0,
        runs: 0,
    };
    for run_number in 0..runs {
        let mut rng = Rng(4_000 + u64::from(run_number));
        let mut radar = Radar::new(0, SITE);
        radar.three_d = true;
        radar.detection = 1.0;
        radar.spec.azimuth_sigma_rad = 0.7_f64.to_radians();
        let sigmas = [RANGE_BIAS_M, AZIMUTH_BIAS_RAD, TIME_BIAS_S];
        if told != Told::None {
            radar.bias = sigmas.map(|s| s * rng.normal());
        }
        match told {
            Told::Noise => {
                radar.spec.range_sigma_m = radar.spec.range_sigma_m.hypot(RANGE_BIAS_M);
                radar.spec.azimuth_sigma_rad = radar.spec.azimuth_sigma_rad.hypot(AZIMUTH_BIAS_RAD);
            }
            Told::Constant => {
                [
                    radar.spec.range_bias_sigma_m,
                    radar.spec.azimuth_bias_sigma_rad,
                    radar.spec.time_bias_sigma_s,
                ] = sigmas;
            }
            Told::None => {}
        }
        let heading = std::f64::consts::TAU * rng.uniform();
        let from = destination(SITE, std::f64::consts::TAU * rng.uniform(), range_m);
        // half of the way before and half behind the nominal range
        let mut from = destination(from, heading, -25.0 * seconds);
        from.height_m = 400.0;
        let frame = LocalFrame::new(from);
        let mut p = Vector3::zeros();
        let mut v = Vector3::new(50.0 * heading.sin(), 50.0 * heading.cos(), 0.0);
        let kick = (config.acceleration_psd_m2_s3 * STEP_S).sqrt();
        let path: Vec<Geodetic> = (0..=(seconds / STEP_S) as usize + 4)
            .map(|_| {
                let now = frame.to_geodetic(p);
                p += v * STEP_S;
                v += Vector3::new(rng.normal(), rng.normal(), 0.0) * kick;
                now
            })
            .collect();
        let truth = |t: f64| path[(t / STEP_S).round() as usize];
        let mut tracker = Tracker::new(config.clone());
        let mut last = None;
        run(
            &mut tracker,
            &mut [radar],
            u64::from(run_number),
            seconds,
            |t| vec![truth(t)],
            |tracker, t| {
                if t > seconds - 0.3 {
                    last = confirmed(tracker, t)
                        .into_iter()
                        .next()
                        .map(|k| (k, truth(t)));
                }
            },
        );
        let Some((track, place)) = last else { continue };
        let off = LocalFrame::new(track.position).to_enu(place);
        let off = Vector2::new(off.x, off.y);
        let p = Matrix2::from_fn(|i, j| track.covariance[i][j]);
        out.nees += (off.transpose() * p.try_inverse().unwrap() * off)[0];
        out.rmse_m += off.norm_squared();
        out.runs += 1;
    }
    let n = f64::from(out.runs);
    (out.nees, out.rmse_m) = (out.nees / n, (out.rmse_m / n).sqrt());
    out
}

/// Mean NEES of one instant of independent flights, within the χ² bounds that hold 99.8 % of
/// such means (Bar-Shalom, Li and Kirubarajan 2001, §5.4.2; two degrees of freedom: the mean
/// of n has the variance 4/n, and the skewness moves both bounds up by 2 (z² − 1)/(3n)).
#[test]
fn a_radars_constant_errors_stay_in_the_covariance() {
    const RUNS: u32 = 140;
    const Z: f64 = 3.09;
    let spread = Z * (4.0 / f64::from(RUNS)).sqrt();
    let skew = 2.0 * (Z * Z - 1.0) / (3.0 * f64::from(RUNS));
    let bounds = 2.0 + skew - spread..2.0 + skew + spread;
    for range_m in [8_000.0, 20_000.0] {
        let honest = fly(Told::Constant, range_m, 120.0, RUNS);
        let averaged = fly(Told::Noise, range_m, 120.0, RUNS);
        eprintln!(
            "{range_m} m: considered NEES {:.2}, {:.0} m; as noise NEES {:.2}, {:.0} m; bounds {bounds:.2?}",
            honest.nees, honest.rmse_m, averaged.nees, averaged.rmse_m
        );
        assert!(honest.runs > RUNS - 3);
        assert!(bounds.contains(&honest.nees), "{}", honest.nees);
        assert!(averaged.nees > bounds.end, "{}", averaged.nees);
        assert!(honest.rmse_m < 1.1 * averaged.rmse_m);
    }
}

/// Standard deviation of the position that a Kalman filter reaches after `scans` of a
/// coordinate measured with `sigma_m` every four seconds, the acceleration white noise: the
/// posterior Cramér–Rao bound of the linear case, by its Riccati recursion (Tichavský,
/// Muravchik and Nehorai 1998).
fn bound_m(sigma_m: f64, psd_m2_s3: f64, detection: f64, scans: u32) -> f64 {
    let (t, r) = (TURN_S, sigma_m * sigma_m / detection);
    let (mut pp, mut pv, mut vv) = (sigma_m * sigma_m, 0.0, 80.0_f64.powi(2));
    for _ in 1..scans {
        let (a, b, c) = (
            pp + 2.0 * t * pv + t * t * vv + psd_m2_s3 * t.powi(3) / 3.0,
            pv + t * vv + psd_m2_s3 * t * t / 2.0,
            vv + psd_m2_s3 * t,
        );
        let s = a + r;
        (pp, pv, vv) = (a - a * a / s, b - a * b / s, c - b * b / s);
    }
    pp.sqrt()
}

/// What 0.7° and 20 m every four seconds allow at 8 and 25 km, the tracker reaches; and the
/// published 47 and 111 m are what they allow a radar that misses nothing and has no bias.
#[test]
fn without_bias_a_radars_track_is_as_good_as_its_plots_allow() {
    let q = TrackerConfig::default().acceleration_psd_m2_s3;
    for (range_m, published_m) in [(8_000.0, 47.0), (25_000.0, 111.0)] {
        let across_m = range_m * 0.7_f64.to_radians();
        let scans = 50;
        let bound = bound_m(across_m, q, 1.0, scans).hypot(bound_m(20.0, q, 1.0, scans));
        let reached = fly(Told::None, range_m, TURN_S * f64::from(scans), 100);
        eprintln!(
            "{range_m} m: bound {bound:.0} m, published {published_m} m, reached {:.0} m, NEES {:.2}",
            reached.rmse_m, reached.nees
        );
        assert!((bound / published_m - 1.0).abs() < 0.1, "{bound}");
        assert!(reached.rmse_m < 1.15 * bound, "{}", reached.rmse_m);
    }
}

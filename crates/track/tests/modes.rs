//! The interacting modes: turns followed, straight legs quiet, errors as large as said.

mod common;

use common::*;
use lapwing_geo::{Geodetic, LocalFrame, destination};
use lapwing_track::{Tracker, TrackerConfig};
use nalgebra::{Matrix2, Vector2, Vector3};

/// A leg of `straight_s`, a turn of `turn_deg` at `rate_deg_s`, a leg; 50 m/s, passing `closest_m`
/// from the radar.
fn path(
    closest_m: f64,
    straight_s: f64,
    turn_deg: f64,
    rate_deg_s: f64,
) -> impl Fn(f64) -> Geodetic {
    let rate = rate_deg_s.to_radians() * turn_deg.signum();
    let (speed, turn_s) = (50.0, turn_deg.abs() / rate_deg_s);
    let heading = 200.0_f64.to_radians();
    let mut from = destination(SITE, 20.0_f64.to_radians(), closest_m + speed * straight_s);
    from.height_m = 400.0;
    let frame = LocalFrame::new(from);
    move |t| {
        let on = t.min(straight_s) * speed;
        let turning = (t - straight_s).clamp(0.0, turn_s);
        let after = (t - straight_s - turn_s).max(0.0) * speed;
        let radius = speed / rate;
        let (s, c) = heading.sin_cos();
        let (forward, right) = (
            on + radius * (rate * turning).sin() + after * (rate * turning).cos(),
            radius * (1.0 - (rate * turning).cos()) + after * (rate * turning).sin(),
        );
        let mut p = frame.to_geodetic(Vector3::new(
            s * forward + c * right,
            c * forward - s * right,
            0.0,
        ));
        p.height_m = 400.0;
        p
    }
}

/// Root mean square error (m) and mean normalised error squared of the horizontal position
/// at each of `times`, over `runs` flights. White radar noise on all components.
fn errors(
    three_d: bool,
    truth: &dyn Fn(u64, f64) -> Geodetic,
    times: std::ops::Range<f64>,
    runs: u64,
) -> (f64, f64) {
    let (mut square, mut nees, mut count) = (0.0, 0.0, 0_u32);
    for seed in 0..runs {
        let mut tracker = Tracker::new(TrackerConfig::default());
        let mut radar = Radar::new(0, SITE);
        radar.three_d = three_d;
        run(
            &mut tracker,
            &mut [radar],
            4_000 + seed,
            times.end,
            |t| vec![truth(seed, t)],
            |tracker, t| {
                if t < times.start {
                    return;
                }
                let Some(track) = confirmed(tracker, t).into_iter().next() else {
                    return;
                };
                let off = LocalFrame::new(track.position).to_enu(truth(seed, t));
                let e = Vector2::new(off.x, off.y);
                let p = Matrix2::from_fn(|i, j| track.covariance[i][j]);
                square += e.norm_squared();
                nees += (e.transpose() * p.try_inverse().unwrap() * e)[0];
                count += 1;
            },
        );
    }
    assert!(count > 0);
    ((square / f64::from(count)).sqrt(), nees / f64::from(count))
}

/// Turns of 45° and more, at the usual rate and others, near and far: the error is back
/// to 100 m within 45 s.
#[test]
fn a_turn_is_over_after_45_s() {
    for closest_m in [5_000.0, 15_000.0] {
        for (turn_deg, rate_deg_s) in [(45.0, 3.0), (-90.0, 3.0), (60.0, 1.5), (-60.0, 6.0)] {
            let turn = path(closest_m, 80.0, turn_deg, rate_deg_s);
            let end = 80.0 + f64::abs(turn_deg) / rate_deg_s;
            let (error_m, nees) = errors(true, &|_, t| turn(t), end + 41.0..end + 45.0, 30);
            eprintln!(
                "{closest_m} m {turn_deg}° at {rate_deg_s}°/s: {error_m:.0} m, NEES {nees:.1}"
            );
            assert!(error_m <= 100.0, "{closest_m} {turn_deg}: {error_m}");
        }
    }
}

/// A radar without heights, passing 7 km away: no noisier on a straight leg for all the
/// modes than two levels of noise were (81 m), and sooner out of a turn (195 m after 8 s).
#[test]
fn modes_pay_on_the_leg_and_after_the_turn() {
    let truth = path(7_000.0, 200.0, 45.0, 3.0);
    let (quiet_m, _) = errors(false, &|_, t| truth(t), 60.0..200.0, 40);
    let turn = path(7_000.0, 80.0, 45.0, 3.0);
    let (soon_m, _) = errors(false, &|_, t| turn(t), 99.0..103.0, 40);
    eprintln!("quiet {quiet_m:.0} m, 8 s after a turn {soon_m:.0} m");
    assert!(quiet_m <= 81.0, "{quiet_m}");
    assert!(soon_m <= 170.0, "{soon_m}");
}

/// A flight with the small wander that the straight mode allows for (gusts of 1.5 m/s over
/// a minute are as much) and one turn: the mean normalised error squared of two components is
/// near 2. On a leg as straight as no aircraft flies it, the filter is more careful than it
/// need be, for the turns that might have come.
#[test]
fn errors_are_as_large_as_said() {
    const STEP_S: f64 = 0.25;
    let leg = |wander_m2_s3: f64, turn_deg: f64| {
        let flights: Vec<Vec<Geodetic>> = (0..60_u64)
            .map(|seed| {
                let mut rng = Rng(31 + seed);
                let mut from = destination(SITE, 0.4 * seed as f64, 15_000.0);
                from.height_m = 400.0;
                let frame = LocalFrame::new(from);
                let (sin, cos) = (0.9 * seed as f64).sin_cos();
                let mut v = Vector3::new(50.0 * sin, 50.0 * cos, 0.0);
                let mut p = Vector3::zeros();
                let kick = (wander_m2_s3 * STEP_S).sqrt();
                (0..800)
                    .map(|k| {
                        let now = frame.to_geodetic(p);
                        p += v * STEP_S;
                        if (320..380).contains(&k) {
                            let (s, c) = (turn_deg / 60.0).to_radians().sin_cos();
                            v = Vector3::new(c * v.x + s * v.y, c * v.y - s * v.x, 0.0);
                        }
                        v += Vector3::new(rng.normal(), rng.normal(), 0.0) * kick;
                        now
                    })
                    .collect()
            })
            .collect();
        let truth = |seed: u64, t: f64| flights[seed as usize][(t / STEP_S).round() as usize];
        errors(true, &truth, 40.0..190.0, 60)
    };
    let wander = TrackerConfig::default().acceleration_psd_m2_s3;
    let (error_m, nees) = leg(wander, 45.0);
    let (leg_m, leg_nees) = leg(wander, 0.0);
    let (still_m, still_nees) = leg(0.0, 0.0);
    eprintln!("with a turn {error_m:.0} m, NEES {nees:.2}; none {leg_m:.0} m, {leg_nees:.2}");
    eprintln!("perfectly straight {still_m:.0} m, NEES {still_nees:.2}");
    assert!((1.6..2.6).contains(&nees), "{nees}");
    assert!((1.4..2.6).contains(&leg_nees), "{leg_nees}");
    assert!((1.2..2.6).contains(&still_nees), "{still_nees}");
}

//! The retarded time: a report heard at t speaks of where the source was τ earlier.
//!
//! With the source at r from the sensor now, u = v − w its velocity through the air and
//! c the speed of sound, the wave front that arrives now left the source at r − vτ and
//! was carried on by the wind, so |r − uτ| = cτ. Its centre q = r − uτ is where the sound
//! seems to come from:
//!
//! ```text
//! τ = [−r·u + √((r·u)² + (c² − |u|²)|r|²)] / (c² − |u|²)
//! M = ∂q/∂p = I − u q̂ᵀ/(c + q̂·u),   ∂q/∂v = −τ M,   ∂τ/∂p = q̂ᵀ/(c + q̂·u),   ∂τ/∂v = −τ ∂τ/∂p
//! ```
//!
//! (retarded time of a moving source: Morse and Ingard 1968, §11.2; the derivatives by
//! implicit differentiation). The velocity is taken as constant over τ; what process
//! noise may have done meanwhile, Q_pp(τ) = qτ³/3, is added to the measurement's error.

use lapwing_model::Air;
use nalgebra::{Matrix3, Vector3};

/// Greatest speed through the air, as a share of the speed of sound: beyond, the retarded
/// time is not unique.
const MACH_MAX: f64 = 0.9;

/// What a moving source sounds like at a sensor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retarded {
    /// τ, s.
    pub(super) delay_s: f64,
    /// q: where the sound seems to come from, m.
    pub(super) image: Vector3<f64>,
    /// M = ∂q/∂p.
    pub(super) image_by_p: Matrix3<f64>,
    /// ∂τ/∂p, s/m.
    pub(super) delay_by_p: Vector3<f64>,
}

/// The retarded image of a source at `r` (m, from the sensor, east-north-up) that flies
/// with `v` (m/s).
pub(super) fn retarded(r: &Vector3<f64>, v: &Vector3<f64>, air: &Air) -> Retarded {
    let c = air.sound_mps();
    let mut u = v - Vector3::new(air.wind_east_mps, air.wind_north_mps, 0.0);
    let speed = u.norm();
    if speed > MACH_MAX * c {
        u *= MACH_MAX * c / speed;
    }
    let along = r.dot(&u);
    let slower = c * c - u.norm_squared();
    let delay_s = ((along * along + slower * r.norm_squared()).sqrt() - along) / slower;
    let image = r - u * delay_s;
    let unit = image / image.norm().max(1.0);
    let delay_by_p = unit / (c + unit.dot(&u));
    Retarded {
        delay_s,
        image,
        image_by_p: Matrix3::identity() - u * delay_by_p.transpose(),
        delay_by_p,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Polar;
    use proptest::prelude::*;

    /// When the sound made at `source` reaches the origin: the front's centre drifts with
    /// the wind; found by bisection, not by a quadratic.
    fn arrival_s(source: &Vector3<f64>, wind: &Vector3<f64>, c: f64) -> f64 {
        let (mut early, mut late) = (0.0, 1_000.0);
        for _ in 0..200 {
            let middle = 0.5 * (early + late);
            if (source + wind * middle).norm() > c * middle {
                early = middle;
            } else {
                late = middle;
            }
        }
        early
    }

    proptest! {
        /// Sound made forward in time arrives now, from the direction of q.
        #[test]
        fn the_retarded_source_is_heard_now(
            e in -9e3..9e3_f64, n in -9e3..9e3_f64, h in 10.0..3e3_f64,
            ve in -90.0..90.0_f64, vn in -90.0..90.0_f64, vu in -5.0..5.0_f64,
            from in 0.0..6.2_f64, wind in 0.0..20.0_f64, celsius in -20.0..35.0_f64,
        ) {
            let (r, v) = (Vector3::new(e, n, h), Vector3::new(ve, vn, vu));
            let air = Air::new(from, wind, celsius);
            let w = Vector3::new(air.wind_east_mps, air.wind_north_mps, 0.0);
            let got = retarded(&r, &v, &air);
            let emitted = r - v * got.delay_s;
            let heard = arrival_s(&emitted, &w, air.sound_mps());
            prop_assert!((heard - got.delay_s).abs() < 1e-9 * (1.0 + heard));
            prop_assert!((emitted + w * heard - got.image).norm() < 1e-5);
        }
    }

    /// What the delay is worth for a target that crosses at 50 m/s, 300 m high: the angle
    /// by which a bearing points behind it, and how far it flies meanwhile.
    #[test]
    fn ignoring_the_delay_misses_a_crossing_target_by_half_a_kilometre() {
        let v = Vector3::new(50.0, 0.0, 0.0);
        for (range_m, expected_m) in [(1e3, 155.0), (3e3, 448.0), (5e3, 745.0)] {
            let r = Vector3::new(0.0, range_m, 300.0);
            let got = retarded(&r, &v, &Air::default());
            let off_deg = (Polar::of(&r).azimuth_rad() - Polar::of(&got.image).azimuth_rad())
                .abs()
                .to_degrees();
            assert!((off_deg - 8.5).abs() < 0.4, "{range_m}: {off_deg}°");
            let off_m = (v * got.delay_s).norm();
            assert!((off_m - expected_m).abs() < 1.5, "{range_m}: {off_m} m");
        }
    }

    #[test]
    fn nothing_is_faster_than_its_own_sound() {
        let got = retarded(
            &Vector3::new(3_000.0, 0.0, 0.0),
            &Vector3::new(500.0, 0.0, 0.0),
            &Air::default(),
        );
        assert!(got.delay_s.is_finite() && got.delay_s > 0.0);
        assert!(got.image_by_p.iter().all(|x| x.is_finite()));
    }
}

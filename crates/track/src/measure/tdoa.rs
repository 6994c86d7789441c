//! Time difference of arrival: the same sound (or radio signal) at two nodes.
//!
//! The reporting node i hears at t what the source made at t − τ_i(t), τ_i its retarded
//! time (see `sound`). From that place p_e = p − vτ_i the front reaches node j after τ_j,
//! its centre drifting with the wind w: |p_e − s_j + wτ_j| = cτ_j, which is the retarded
//! time of a source that stands still in the moving air. The difference of the reception
//! times is τ_j − τ_i, and
//!
//! ```text
//! ∂τ_i/∂p = q̂_iᵀ/(c + q̂_i·u)                        ∂τ_i/∂v = −τ_i ∂τ_i/∂p
//! ∂p_e/∂p = I − v ∂τ_i/∂p                            ∂p_e/∂v = −τ_i ∂p_e/∂p
//! ∂τ_j/∂p_e = q̂_jᵀ/(c − q̂_j·w)
//! ```
//!
//! For radio c is that of light and nothing moves meanwhile.

use super::Local;
use super::sound::retarded;
use crate::update::Rows;
use lapwing_model::Air;
use nalgebra::{Matrix3, Vector3};

/// Speed of light, m/s.
const LIGHT_MPS: f64 = 299_792_458.0;

/// `measured` is the difference and its standard deviation, s; `other` where the other
/// node stands in the reporting node's frame, m.
pub(super) fn rows(
    measured: (f64, f64),
    other: &Vector3<f64>,
    sound: bool,
    air: &Air,
    local: &Local,
    rows: &mut Rows,
) {
    let (difference_s, sigma_s) = measured;
    if !sound {
        let here = local.position.norm().max(1.0);
        let apart = local.position - other;
        let there = apart.norm().max(1.0);
        let by_p = (apart / there - local.position / here) / LIGHT_MPS;
        let residual = difference_s - (there - here) / LIGHT_MPS;
        rows.push(local.row(&by_p, &Vector3::zeros(), residual, sigma_s.max(1e-9)));
        return;
    }
    let here = retarded(&local.position, &local.velocity, air);
    let emitted = local.position - local.velocity * here.delay_s;
    let emitted_by_p = Matrix3::identity() - local.velocity * here.delay_by_p.transpose();
    let there = retarded(&(emitted - other), &Vector3::zeros(), air);
    let by_p = emitted_by_p.tr_mul(&there.delay_by_p) - here.delay_by_p;
    let residual = difference_s - (there.delay_s - here.delay_s);
    let mut row = local.row(&by_p, &(by_p * -here.delay_s), residual, sigma_s.max(1e-4));
    let noise_2 = (by_p.transpose() * local.noise * by_p)[0];
    row.variance += noise_2 * here.delay_s.powi(3) / 3.0;
    rows.push(row);
}

#[cfg(test)]
mod tests {
    use crate::chart::Chart;
    use crate::measure::{Model, Setting};
    use crate::motion::Intensity;
    use lapwing_geo::{Geodetic, LocalFrame};
    use lapwing_model::{Air, Measurement, SensorKind, SensorSpec};
    use nalgebra::{Vector3, Vector6};
    use proptest::prelude::*;

    const NONE: Intensity = Intensity {
        horizontal: 0.0,
        vertical: 0.0,
    };
    const HERE: Geodetic = Geodetic::new(50.2, 4.7, 80.0);
    const THERE: Geodetic = Geodetic::new(50.21, 4.73, 120.0);

    fn difference(difference_s: f64) -> Measurement {
        Measurement::TimeDifference {
            other: "n2".into(),
            other_position: THERE,
            difference_s,
            sigma_s: 0.02,
        }
    }

    proptest! {
        /// Residual 0 for a sound made forward in time, and analytic slopes.
        #[test]
        fn a_sound_made_forward_in_time_fits_and_slopes_are_right(
            e in -4e3..4e3_f64, n in -4e3..4e3_f64, h in 400.0..1e3_f64,
            ve in -60.0..60.0_f64, vn in -60.0..60.0_f64, from in 0.0..6.2_f64,
            wind in 0.0..15.0_f64, microphone in any::<bool>(),
        ) {
            let frame = LocalFrame::new(HERE);
            let chart = Chart::near(Geodetic::new(50.0, 4.5, 0.0));
            let air = Air::new(from, wind, 10.0);
            let (c, w) = (air.sound_mps(), Vector3::new(air.wind_east_mps, air.wind_north_mps, 0.0));
            let kind = if microphone { SensorKind::Microphone } else { SensorKind::DirectionFinder };
            // made now at p: when does it arrive at each node (fixed-point iteration)?
            let (p, v) = (Vector3::new(e, n, h), Vector3::new(ve, vn, 0.0));
            let arrival = |from: Vector3<f64>| {
                let mut t = 0.0;
                for _ in 0..200 {
                    t = if microphone { (from + w * t).norm() / c } else { from.norm() / 299_792_458.0 };
                }
                t
            };
            let (here_s, there_s) = (arrival(p), arrival(p - frame.to_enu(THERE)));
            let measurement = difference(there_s - here_s);
            let spec = SensorSpec::of_kind("n1", kind);
            let setting = Setting { air, ..Setting::of(&spec) };
            let model = Model::new(&measurement, &spec, Some(&frame)).unwrap().in_setting(setting);
            // the state is that at reception here
            let (rotation, translation) = frame.transform_to(chart.frame());
            let now = rotation * (p + v * here_s) + translation;
            let velocity = rotation * v;
            let mean = Vector6::new(now.x, now.y, now.z, velocity.x, velocity.y, velocity.z);
            let rows = model.rows(&chart, &mean, 0.0, NONE);
            let row = rows.as_slice()[0];
            prop_assert!(row.residual.abs() < 1e-7, "{}", row.residual);
            for k in 0..6 {
                let step = 0.05;
                let mut moved = [mean; 2];
                moved[0][k] -= step;
                moved[1][k] += step;
                let [minus, plus] =
                    moved.map(|m| model.rows(&chart, &m, 0.0, NONE).as_slice()[0].residual);
                let slope = (minus - plus) / (2.0 * step);
                let apart = (slope - row.h[k]).abs() / row.h.norm();
                prop_assert!(apart < 1e-6, "by {}: {}", k, apart);
            }
        }
    }
}

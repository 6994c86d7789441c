//! Where a mode takes a state: p' = p + A v, v' = B v, and the noise it adds.
//!
//! | mode | A | B | noise |
//! |---|---|---|---|
//! | straight | t | 1 | white acceleration |
//! | turn at ω about the vertical u | t uuᵀ + (sin θ/ω)(1 − uuᵀ) + ((1 − cos θ)/ω)[u]× | uuᵀ + cos θ (1 − uuᵀ) + sin θ [u]× | white acceleration |
//! | hover | τ(1 − e) | e = exp(−t/τ) | Ornstein–Uhlenbeck |
//!
//! with θ = ωt; white acceleration in a turn gives ∫AAᵀ = 2q(θ − sin θ)/ω³,
//! ∫ABᵀ = q((1 − cos θ) − (θ − sin θ)J)/ω² in the plane, J the quarter turn (Bar-Shalom, Li and Kirubarajan 2001, §6.2.2 and §11.7.1; for the
//! velocity that reverts to its mean, Uhlenbeck and Ornstein 1930).

use super::{Gaussian, Intensity};
use crate::chart::Chart;
use nalgebra::{Matrix3, Vector3, Vector6};

/// Time in which a hovering thing loses its speed, s.
pub(crate) const HOVER_TAU_S: f64 = 4.0;
/// Standard deviation of its speed, each axis, m/s.
pub(crate) const HOVER_SIGMA_MPS: f64 = 1.5;

/// What a time does to a state in a mode.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flow {
    by: By,
    dt_s: f64,
    /// Covariance that each axis gains: position, both, velocity.
    noise: [[f64; 3]; 3],
    /// Covariance of east with the rate of north, and less that of north with the rate of
    /// east, that a turn brings.
    across: f64,
}

#[derive(Clone, Copy, Debug)]
enum By {
    Scale(f64, f64),
    Turn(Matrix3<f64>, Matrix3<f64>),
}

fn white(q: Intensity, dt_s: f64) -> [[f64; 3]; 3] {
    let t = dt_s.abs();
    std::array::from_fn(|axis| {
        let q = q.of_axis(axis);
        [q * t * t * t / 3.0, q * t * dt_s / 2.0, q * t]
    })
}

impl Flow {
    /// Straight on for `dt_s` (back, where negative: the noise between adds uncertainty
    /// either way).
    pub(crate) fn straight(q: Intensity, dt_s: f64) -> Self {
        Self {
            by: By::Scale(dt_s, 1.0),
            dt_s,
            noise: white(q, dt_s),
            across: 0.0,
        }
    }

    /// A turn at `rate_rad_s`, positive to the left, about `up`.
    pub(crate) fn turn(up: &Vector3<f64>, rate_rad_s: f64, q: Intensity, dt_s: f64) -> Self {
        let angle = rate_rad_s * dt_s;
        if angle.abs() < 1e-3 {
            return Self::straight(q, dt_s);
        }
        let (sin, cos) = angle.sin_cos();
        let along = up * up.transpose();
        let level = Matrix3::identity() - along;
        let cross = up.cross_matrix();
        let mut noise = white(q, dt_s);
        let mut across = 0.0;
        if dt_s > 0.0 {
            // ∫ A Aᵀ, ∫ A Bᵀ over the turn; the vertical is the chart's, to a hundredth
            let (w2, bent) = (rate_rad_s * rate_rad_s, angle - sin);
            for axis in &mut noise[..2] {
                axis[0] = q.horizontal * 2.0 * bent / (w2 * rate_rad_s);
                axis[1] = q.horizontal * (1.0 - cos) / w2;
            }
            across = q.horizontal * bent / w2;
        }
        Self {
            by: By::Turn(
                along * dt_s + (level * sin + cross * (1.0 - cos)) / rate_rad_s,
                along + level * cos + cross * sin,
            ),
            dt_s,
            noise,
            across,
        }
    }

    /// Coming to rest, or staying so.
    pub(crate) fn hover(dt_s: f64) -> Self {
        if dt_s <= 0.0 {
            return Self::straight(Intensity::hovering(), dt_s);
        }
        let e = (-dt_s / HOVER_TAU_S).exp();
        let variance = HOVER_SIGMA_MPS * HOVER_SIGMA_MPS;
        let kept = HOVER_TAU_S * (1.0 - e);
        let position =
            variance * HOVER_TAU_S * (2.0 * dt_s - HOVER_TAU_S * (3.0 - 4.0 * e + e * e));
        let both = variance * HOVER_TAU_S * (1.0 - e) * (1.0 - e);
        Self {
            by: By::Scale(kept, e),
            dt_s,
            noise: [[position.max(0.0), both, variance * (1.0 - e * e)]; 3],
            across: 0.0,
        }
    }

    fn position_by_velocity(&self, v: &Vector3<f64>) -> Vector3<f64> {
        match self.by {
            By::Scale(a, _) => v * a,
            By::Turn(a, _) => a * v,
        }
    }

    fn velocity_by_velocity(&self, v: &Vector3<f64>) -> Vector3<f64> {
        match self.by {
            By::Scale(_, b) => v * b,
            By::Turn(_, b) => b * v,
        }
    }

    /// The mean after it, along a level path.
    pub(crate) fn mean(&self, chart: &Chart, from: &Gaussian) -> Vector6<f64> {
        let (p, v) = (from.position(), from.velocity());
        let dt_s = self.dt_s;
        let half = 0.5 * dt_s;
        let a = chart.level_acceleration(&(p + v * half), &v);
        let p = p + self.position_by_velocity(&v) + a * (half * dt_s);
        let v = self.velocity_by_velocity(&v) + a * dt_s;
        Vector6::new(p.x, p.y, p.z, v.x, v.y, v.z)
    }

    /// The state after it.
    pub(crate) fn apply(&self, chart: &Chart, from: &Gaussian) -> Gaussian {
        let pp: Matrix3<f64> = from.covariance.fixed_view::<3, 3>(0, 0).into_owned();
        let pv: Matrix3<f64> = from.covariance.fixed_view::<3, 3>(0, 3).into_owned();
        let vv: Matrix3<f64> = from.covariance.fixed_view::<3, 3>(3, 3).into_owned();
        let (mut pp, mut pv, mut vv) = match self.by {
            By::Scale(a, b) => (
                pp + (pv + pv.transpose()) * a + vv * (a * a),
                pv * b + vv * (a * b),
                vv * (b * b),
            ),
            By::Turn(a, b) => {
                let across = pv * a.transpose();
                let v_a = vv * a.transpose();
                (
                    pp + across + across.transpose() + a * v_a,
                    (pv + a * vv) * b.transpose(),
                    b * vv * b.transpose(),
                )
            }
        };
        for (axis, [position, both, velocity]) in self.noise.into_iter().enumerate() {
            pp[(axis, axis)] += position;
            pv[(axis, axis)] += both;
            vv[(axis, axis)] += velocity;
        }
        pv[(0, 1)] += self.across;
        pv[(1, 0)] -= self.across;
        let mut covariance = from.covariance;
        covariance.fixed_view_mut::<3, 3>(0, 0).copy_from(&pp);
        covariance.fixed_view_mut::<3, 3>(0, 3).copy_from(&pv);
        covariance
            .fixed_view_mut::<3, 3>(3, 0)
            .copy_from(&pv.transpose());
        covariance.fixed_view_mut::<3, 3>(3, 3).copy_from(&vv);
        Gaussian {
            mean: self.mean(chart, from),
            covariance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_geo::Geodetic;
    use nalgebra::Matrix6;

    fn start() -> (Chart, Gaussian) {
        let chart = Chart::near(Geodetic::new(50.0, 5.0, 0.0));
        let root = Matrix6::from_fn(|i, j| ((i * 5 + j * 3) % 7) as f64 - 2.0);
        let state = Gaussian {
            mean: Vector6::new(10.0, -20.0, 300.0, 30.0, -40.0, 1.0),
            covariance: root * root.transpose() + Matrix6::identity(),
        };
        (chart, state)
    }

    fn many(n: u32, seconds: f64, each: impl Fn(f64) -> Flow) -> Gaussian {
        let (chart, mut state) = start();
        for _ in 0..n {
            state = each(seconds / f64::from(n)).apply(&chart, &state);
        }
        state
    }

    /// The closed forms against ten thousand Euler steps of the stochastic differential
    /// equations' moments, written out plainly.
    #[test]
    fn closed_forms_are_the_integrals_of_the_equations() {
        let q = Intensity {
            horizontal: 2.0,
            vertical: 0.5,
        };
        let rate = 0.2;
        let up = Vector3::z();
        let seconds = 6.0;
        let turn_v = Matrix3::new(0.0, -rate, 0.0, rate, 0.0, 0.0, 0.0, 0.0, 0.0);
        let hover_v = -Matrix3::identity() / HOVER_TAU_S;
        let hover_q = Intensity::hovering();
        for (flow, v_by_v, q) in [
            (Flow::turn(&up, rate, q, seconds), turn_v, q),
            (Flow::hover(seconds), hover_v, hover_q),
            (Flow::straight(q, seconds), Matrix3::zeros(), q),
        ] {
            let (chart, state) = start();
            let mut f = Matrix6::zeros();
            f.fixed_view_mut::<3, 3>(0, 3)
                .copy_from(&Matrix3::identity());
            f.fixed_view_mut::<3, 3>(3, 3).copy_from(&v_by_v);
            let mut noise = Matrix6::zeros();
            for axis in 0..3 {
                noise[(axis + 3, axis + 3)] = q.of_axis(axis);
            }
            let (mut mean, mut p) = (state.mean, state.covariance);
            let n = 100_000;
            let h = seconds / f64::from(n);
            for _ in 0..n {
                mean += f * mean * h;
                p += (f * p + p * f.transpose() + noise) * h;
            }
            let got = flow.apply(&chart, &state);
            assert!((got.mean - mean).norm() < 0.02, "{:?} {mean:?}", got.mean);
            let off = (got.covariance - p).norm() / p.norm();
            assert!(off < 1e-3, "{off}");
        }
    }

    #[test]
    fn many_steps_are_one() {
        let q = Intensity {
            horizontal: 2.0,
            vertical: 0.5,
        };
        let up = Vector3::new(0.003, -0.002, 1.0).normalize();
        for each in [
            &(|t| Flow::straight(q, t)) as &dyn Fn(f64) -> Flow,
            &|t| Flow::turn(&up, -0.05, q, t),
            &|t| Flow::hover(t),
        ] {
            let (one, ten) = (many(1, 12.0, each), many(10, 12.0, each));
            assert!((one.mean - ten.mean).norm() < 0.05);
            let off = (one.covariance - ten.covariance).norm() / one.covariance.norm();
            assert!(off < 1e-3, "{off}");
        }
    }

    #[test]
    fn a_quarter_turn_ends_a_radius_ahead_and_a_radius_aside() {
        let (chart, mut state) = start();
        state.mean = Vector6::new(0.0, 0.0, 300.0, 0.0, 50.0, 0.0);
        let none = Intensity {
            horizontal: 0.0,
            vertical: 0.0,
        };
        let rate = 3.0_f64.to_radians();
        let radius_m = 50.0 / rate;
        for (sign, aside) in [(1.0, -1.0), (-1.0, 1.0)] {
            let got = Flow::turn(&Vector3::z(), sign * rate, none, 30.0).mean(&chart, &state);
            assert!((got[0] - aside * radius_m).abs() < 0.1, "{got:?}");
            assert!((got[1] - radius_m).abs() < 0.1, "{got:?}");
            assert!((got[3] - aside * 50.0).abs() < 0.1, "{got:?}");
        }
    }
}

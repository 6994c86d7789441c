//! The fit of a state to bearings: damped Gauss–Newton (Levenberg 1944; Marquardt 1963) from a
//! prior, with the errors that the bearings of one array share in the weights.

use super::super::consider::Told;
use super::super::learnt::Fitted;
use super::{Fit, Search, Unexplained};
use crate::TrackerConfig;
use crate::chart::Chart;
use crate::motion::Gaussian;
use crate::update::{ERRORS, FADING};
use nalgebra::{DMatrix, DVector, Matrix6, Vector3, Vector6};
use std::f64::consts::TAU;

const ITERATIONS_MAX: u32 = 10;

/// Normal equations of a fit.
struct Normal {
    information: Matrix6<f64>,
    right: Vector6<f64>,
    cost: f64,
    log_likelihood: f64,
    /// Hᵀ R⁻¹ b of each array.
    pulls: Vec<Told>,
}

/// Anywhere in earshot, as high and as fast as things are.
pub(super) fn prior(config: &TrackerConfig, chart: &Chart, trigger: &Unexplained) -> Gaussian {
    let (rotation, translation) = trigger.frame.transform_to(chart.frame());
    let above_m = config.birth_height_m - trigger.frame.origin().height_m;
    let position = rotation * Vector3::new(0.0, 0.0, above_m) + translation;
    let wide = (3.0 * trigger.reach_m).powi(2);
    let speed = config.birth_speed_sigma_mps.powi(2);
    Gaussian {
        mean: Vector6::new(position.x, position.y, position.z, 0.0, 0.0, 0.0),
        covariance: Matrix6::from_diagonal(&Vector6::new(
            wide,
            wide,
            config.birth_height_sigma_m.powi(2),
            speed,
            speed,
            config.birth_climb_sigma_mps.powi(2),
        )),
    }
}

impl Search<'_> {
    /// Damped Gauss–Newton from `from` over the bearings `chosen`.
    pub(super) fn fit(&self, chosen: &[usize], from: &Vector6<f64>) -> Option<Fit> {
        let mut at = *from;
        let mut damping = 1e-3;
        let mut normal = self.normal(chosen, &at)?;
        for _ in 0..ITERATIONS_MAX {
            let mut damped = normal.information;
            for k in 0..6 {
                damped[(k, k)] *= 1.0 + damping;
            }
            let step = damped.cholesky()?.solve(&normal.right);
            let next = at + step;
            let tried = self.normal(chosen, &next)?;
            if tried.cost <= normal.cost {
                let small = step.fixed_rows::<3>(0).norm() < 1.0;
                at = next;
                normal = tried;
                damping = (damping * 0.2).max(1e-9);
                if small {
                    break;
                }
            } else {
                damping = (damping * 10.0).max(1e-3);
                if damping > 1e6 {
                    break;
                }
            }
        }
        let covariance = normal.information.try_inverse()?;
        let covariance = (covariance + covariance.transpose()) * 0.5;
        let crosses = normal
            .pulls
            .into_iter()
            .map(|(setting, pull, told)| (setting, pull.map(|p| -(covariance * p)), told))
            .collect();
        Some(Fit {
            mean: at,
            covariance,
            log_likelihood: normal.log_likelihood,
            crosses,
        })
    }

    /// The normal equations at a state, array by array.
    fn normal(&self, chosen: &[usize], at: &Vector6<f64>) -> Option<Normal> {
        let prior = self.prior.covariance.try_inverse()?;
        let off = self.prior.mean - at;
        let mut normal = Normal {
            information: prior,
            right: prior * off,
            cost: (off.transpose() * prior * off)[0],
            log_likelihood: 0.0,
            pulls: Vec::new(),
        };
        let mut order: Vec<usize> = chosen.to_vec();
        order.sort_by_key(|i| self.heard.get(*i).map(|(_, h, _)| (h.sensor, h.time)));
        let sensor_of = |i: &usize| self.heard.get(*i).map(|(_, h, _)| h.sensor);
        for group in order.chunk_by(|a, b| sensor_of(a) == sensor_of(b)) {
            self.add_array(group, at, &mut normal)?;
        }
        normal.cost.is_finite().then_some(normal)
    }

    fn add_array(&self, group: &[usize], at: &Vector6<f64>, normal: &mut Normal) -> Option<()> {
        let mut rows = Vec::new();
        for (_, h, model) in group.iter().filter_map(|i| self.heard.get(*i)) {
            let back_s = h.time.seconds_since(self.time).min(0.0);
            for row in model.rows(&self.chart, at, back_s, self.q).as_slice() {
                rows.push((*row, back_s));
            }
        }
        let (_, _, model) = self.heard.get(*group.first()?)?;
        let fading_s = model.setting().fading_s;
        let n = rows.len();
        let mut errors = DMatrix::<f64>::zeros(n, n);
        let mut slopes = DMatrix::<f64>::zeros(n, 6);
        let mut residuals = DVector::<f64>::zeros(n);
        // how the shared errors, the fading one as it is now, enter each row
        let mut by_shared = [(); ERRORS].map(|()| DVector::<f64>::zeros(n));
        for (i, (a, back_a)) in rows.iter().enumerate() {
            residuals[i] = a.residual;
            slopes.row_mut(i).copy_from(&a.h.transpose());
            for (error, by) in by_shared.iter_mut().enumerate() {
                let fades = error == FADING;
                let left = if fades {
                    (-back_a.abs() / fading_s).exp()
                } else {
                    1.0
                };
                by[i] = a.by[error] * left;
            }
            for (j, (b, back_b)) in rows.iter().enumerate() {
                errors[(i, j)] = if i == j {
                    a.variance
                } else {
                    let fade = (-(back_a - back_b).abs() / fading_s).exp();
                    let both = |error: usize| a.by[error] * b.by[error];
                    let constant: f64 = (0..ERRORS).filter(|e| *e != FADING).map(both).sum();
                    constant + both(FADING) * fade
                };
            }
        }
        let root = errors.cholesky()?;
        let weighted = root.solve(&slopes);
        let gain = weighted.transpose();
        normal.information += (&gain * &slopes).fixed_view::<6, 6>(0, 0);
        normal.right += (&gain * &residuals).fixed_rows::<6>(0);
        let squares = residuals.dot(&root.solve(&residuals));
        let half_log_det: f64 = (0..n).map(|k| root.l()[(k, k)].ln()).sum();
        normal.cost += squares;
        normal.log_likelihood -= 0.5 * squares + half_log_det + 0.5 * n as f64 * TAU.ln();
        let pull = by_shared
            .each_ref()
            .map(|by| (&gain * by).fixed_rows::<6>(0).into_owned());
        if pull.iter().any(|p| p.norm() > 0.0) {
            let weighed = root.solve(&residuals);
            let fitted = Fitted {
                mean: std::array::from_fn(|i| by_shared[i].dot(&weighed)),
                rest: std::array::from_fn(|i| {
                    let told = root.solve(&by_shared[i]);
                    std::array::from_fn(|j| f64::from(u8::from(i == j)) - by_shared[j].dot(&told))
                }),
            };
            normal.pulls.push((*model.setting(), pull, fitted));
        }
        Some(())
    }
}

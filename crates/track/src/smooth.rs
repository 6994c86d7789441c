//! Fixed-interval smoothing of a filtered track: where a thing was, in the light of what was
//! seen of it later.
//!
//! The backward recursion of H. E. Rauch, F. Tung and C. T. Striebel, "Maximum likelihood
//! estimates of linear dynamic systems", AIAA Journal 3 (1965) 1445–1450, equations 3.30 to
//! 3.33, for the nearly-constant-velocity model of `motion`: each axis has a white acceleration
//! of power spectral density q, so over Δt
//!
//! ```text
//! F = [1 Δt; 0 1],  Q = q [Δt³/3 Δt²/2; Δt²/2 Δt]
//! ```
//!
//! with state (east, north, up, their velocities). Run over the last L seconds of a track it is
//! a fixed-lag smoother of lag L: the newest state is the filtered one, those before it gain
//! from all that came since, and what is older than L is left as it was smoothed last.
//! A filter that changes models (turns) is smoothed as if it had always gone nearly straight
//! with this q, which is an approximation: for display, not for estimation.

use nalgebra::{Matrix6, Vector6};

/// A filtered or smoothed state at a time, in one Cartesian frame for the whole sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothState {
    /// When, s after any instant common to the sequence.
    pub time_s: f64,
    /// Position (m), then velocity (m/s).
    pub mean: Vector6<f64>,
    /// Its covariance.
    pub covariance: Matrix6<f64>,
}

/// Transition and process noise of nearly constant velocity over `dt_s` s; `psd_m2_s3` is the
/// spectral density of the acceleration of each axis.
#[must_use]
pub fn constant_velocity(dt_s: f64, psd_m2_s3: [f64; 3]) -> (Matrix6<f64>, Matrix6<f64>) {
    let mut f = Matrix6::identity();
    let mut q = Matrix6::zeros();
    for (axis, psd) in psd_m2_s3.into_iter().enumerate() {
        f[(axis, axis + 3)] = dt_s;
        q[(axis, axis)] = psd * dt_s.powi(3) / 3.0;
        q[(axis, axis + 3)] = psd * dt_s.powi(2) / 2.0;
        q[(axis + 3, axis)] = psd * dt_s.powi(2) / 2.0;
        q[(axis + 3, axis + 3)] = psd * dt_s;
    }
    (f, q)
}

/// Smooths filtered states, oldest first, in place: each is then conditioned on all the
/// measurements that the states up to the last had seen.
///
/// Each state must be the filter's after its update at that time (with none since the one
/// before, a prediction will do). A step whose predicted covariance has no inverse, or that
/// does not go forward in time, is where smoothing ends: what is older stays as it was.
pub fn smooth(states: &mut [SmoothState], psd_m2_s3: [f64; 3]) {
    for k in (0..states.len().saturating_sub(1)).rev() {
        let (Some(&now), Some(&next)) = (states.get(k), states.get(k + 1)) else {
            return;
        };
        let Some(smoothed) = step_back(&now, &next, psd_m2_s3) else {
            return;
        };
        if let Some(slot) = states.get_mut(k) {
            *slot = smoothed;
        }
    }
}

/// The state before `next`, which is smoothed already.
fn step_back(
    filtered: &SmoothState,
    next: &SmoothState,
    psd_m2_s3: [f64; 3],
) -> Option<SmoothState> {
    let dt_s = next.time_s - filtered.time_s;
    if !(dt_s > 0.0 && dt_s.is_finite()) {
        return None;
    }
    let (f, q) = constant_velocity(dt_s, psd_m2_s3);
    let p = filtered.covariance;
    let predicted = f * p * f.transpose() + q;
    // C = P Fᵀ P⁻¹(predicted), solved rather than inverted
    let gain = predicted.cholesky()?.solve(&(f * p)).transpose();
    let mean = filtered.mean + gain * (next.mean - f * filtered.mean);
    let covariance = p + gain * (next.covariance - predicted) * gain.transpose();
    let is_sound = mean.iter().chain(covariance.iter()).all(|v| v.is_finite());
    is_sound.then_some(SmoothState {
        time_s: filtered.time_s,
        mean,
        covariance: (covariance + covariance.transpose()) * 0.5,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DMatrix, DVector, Matrix3, Matrix3x6, Vector3};
    use rand_pcg::Pcg64;
    use rand_pcg::rand_core::Rng as _;

    const PSD: [f64; 3] = [0.5, 0.5, 0.1];
    const SIGMA_M: f64 = 40.0;

    /// Standard normal numbers (G. E. P. Box and M. E. Muller 1958).
    struct Normal(Pcg64);

    impl Normal {
        fn uniform(&mut self) -> f64 {
            ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        }

        fn draw(&mut self) -> f64 {
            let (u, v) = (self.uniform(), self.uniform());
            (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
        }

        fn vector(&mut self, covariance: &Matrix6<f64>) -> Vector6<f64> {
            let white = Vector6::from_fn(|_, _| self.draw());
            covariance.cholesky().unwrap().l() * white
        }
    }

    fn prior() -> (Vector6<f64>, Matrix6<f64>) {
        let deviations = Vector6::new(500.0, 500.0, 200.0, 60.0, 60.0, 10.0);
        (
            Vector6::zeros(),
            Matrix6::from_diagonal(&deviations.map(|s| s * s)),
        )
    }

    fn times_s(count: usize) -> Vec<f64> {
        // not evenly spaced: a radar's turn, and echoes missed
        (0..count)
            .map(|k| 4.0 * k as f64 + if k % 5 == 3 { 1.5 } else { 0.0 })
            .collect()
    }

    struct Run {
        truth: Vec<Vector6<f64>>,
        seen: Vec<Vector3<f64>>,
        filtered: Vec<SmoothState>,
    }

    /// A thing drawn from the model, seen in position, and the Kalman filter over it.
    fn run(seed: u64, count: usize) -> Run {
        let mut normal = Normal(Pcg64::new(u128::from(seed), 7));
        let times_s = times_s(count);
        let (mean, covariance) = prior();
        let mut x = mean + normal.vector(&covariance);
        let (mut m, mut p) = (mean, covariance);
        let h = Matrix3x6::<f64>::identity();
        let r = Matrix3::from_diagonal_element(SIGMA_M * SIGMA_M);
        let mut out = Run {
            truth: Vec::new(),
            seen: Vec::new(),
            filtered: Vec::new(),
        };
        for (k, &time_s) in times_s.iter().enumerate() {
            if k > 0 {
                let (f, q) = constant_velocity(time_s - times_s[k - 1], PSD);
                x = f * x + normal.vector(&q);
                m = f * m;
                p = f * p * f.transpose() + q;
            }
            let z = h * x + Vector3::from_fn(|_, _| SIGMA_M * normal.draw());
            let s = h * p * h.transpose() + r;
            let gain = p * h.transpose() * s.try_inverse().unwrap();
            m += gain * (z - h * m);
            let rest = Matrix6::identity() - gain * h;
            p = rest * p * rest.transpose() + gain * r * gain.transpose();
            out.truth.push(x);
            out.seen.push(z);
            out.filtered.push(SmoothState {
                time_s,
                mean: m,
                covariance: p,
            });
        }
        out
    }

    /// All states at once, conditioned on all measurements: the information form of the joint
    /// Gaussian, built from the model alone.
    fn joint(run: &Run) -> (DVector<f64>, DMatrix<f64>) {
        let count = run.seen.len();
        let mut information = DMatrix::<f64>::zeros(6 * count, 6 * count);
        let mut vector = DVector::<f64>::zeros(6 * count);
        let (mean, covariance) = prior();
        let prior_information = covariance.try_inverse().unwrap();
        let mut add = |row: usize, column: usize, block: &Matrix6<f64>| {
            let mut view = information.fixed_view_mut::<6, 6>(6 * row, 6 * column);
            view += block;
        };
        add(0, 0, &prior_information);
        for k in 1..count {
            let dt_s = run.filtered[k].time_s - run.filtered[k - 1].time_s;
            let (f, q) = constant_velocity(dt_s, PSD);
            let w = q.try_inverse().unwrap();
            add(k - 1, k - 1, &(f.transpose() * w * f));
            add(k - 1, k, &(-f.transpose() * w));
            add(k, k - 1, &(-w * f));
            add(k, k, &w);
        }
        let h = Matrix3x6::<f64>::identity();
        let weight = 1.0 / (SIGMA_M * SIGMA_M);
        for k in 0..count {
            add(k, k, &(h.transpose() * h * weight));
        }
        let mut start = vector.fixed_rows_mut::<6>(0);
        start += prior_information * mean;
        for (k, z) in run.seen.iter().enumerate() {
            let mut view = vector.fixed_rows_mut::<6>(6 * k);
            view += h.transpose() * z * weight;
        }
        let covariance = information.try_inverse().unwrap();
        (&covariance * vector, covariance)
    }

    #[test]
    fn it_is_the_joint_gaussians_own_answer() {
        let run = run(1, 15);
        let mut smoothed = run.filtered.clone();
        smooth(&mut smoothed, PSD);
        let (mean, covariance) = joint(&run);
        for (k, state) in smoothed.iter().enumerate() {
            let expected = mean.fixed_rows::<6>(6 * k);
            let error = (state.mean - expected).norm() / expected.norm();
            assert!(error < 1e-9, "state {k}: mean, {error:e}");
            let expected = covariance.fixed_view::<6, 6>(6 * k, 6 * k);
            let error = (state.covariance - expected).norm() / expected.norm();
            assert!(error < 1e-9, "state {k}: covariance, {error:e}");
        }
    }

    /// Root of the mean square of position errors, and of what the covariances say they are, m.
    fn rms_m(pick: impl Fn(&Run) -> Vec<SmoothState>, runs: &[Run]) -> (f64, f64) {
        let (mut found, mut told, mut count) = (0.0, 0.0, 0.0);
        for run in runs {
            for (state, truth) in pick(run).iter().zip(&run.truth) {
                found += (state.mean - truth).fixed_rows::<3>(0).norm_squared();
                told += state.covariance.fixed_view::<3, 3>(0, 0).trace();
                count += 1.0;
            }
        }
        ((found / count).sqrt(), (told / count).sqrt())
    }

    #[test]
    fn it_lowers_the_position_error_by_as_much_as_theory_says() {
        let runs: Vec<Run> = (0..400).map(|seed| run(seed, 20)).collect();
        let (filtered_m, told_filtered_m) = rms_m(|r| r.filtered.clone(), &runs);
        let (smoothed_m, told_smoothed_m) = rms_m(
            |r| {
                let mut states = r.filtered.clone();
                smooth(&mut states, PSD);
                states
            },
            &runs,
        );
        // 8,000 states, of which some 2,000 are independent: 2 % is two standard deviations
        assert!(
            (filtered_m / told_filtered_m - 1.0).abs() < 0.02,
            "{filtered_m} {told_filtered_m}"
        );
        assert!(
            (smoothed_m / told_smoothed_m - 1.0).abs() < 0.02,
            "{smoothed_m} {told_smoothed_m}"
        );
        let theory = told_smoothed_m / told_filtered_m;
        assert!(theory < 0.8, "{theory}");
        assert!(
            (smoothed_m / filtered_m - theory).abs() < 0.02,
            "{smoothed_m} {filtered_m} {theory}"
        );
    }

    #[test]
    fn what_cannot_be_smoothed_stays_as_it_was() {
        let run = run(2, 6);
        let mut broken = run.filtered.clone();
        broken[2].covariance = Matrix6::from_element(f64::NAN);
        let mut smoothed = broken.clone();
        smooth(&mut smoothed, PSD);
        assert_eq!(smoothed[..2], broken[..2]);
        assert_ne!(smoothed[3], broken[3]);

        let mut backwards = run.filtered;
        backwards.swap(1, 2);
        let mut smoothed = backwards.clone();
        smooth(&mut smoothed, PSD);
        assert_eq!(smoothed[..2], backwards[..2]);
        smooth(&mut [], PSD);
    }
}

//! The Kalman update, one scalar measurement after another.
//!
//! Errors of the components are independent, so taking them one by one equals taking
//! them together (Bar-Shalom, Li and Kirubarajan 2001, §7.2) and needs no inverse;
//! the joint Mahalanobis distance and likelihood are the sums over the components. Where
//! the measurement bends, it is linearised again at the posterior (iterated extended
//! Kalman filter; Bell and Cathey 1993). The covariance is updated in Joseph's form. An
//! error that is correlated with the state (a sensor's bias) enters by that covariance:
//! see `measure::consider`.

use crate::motion::Gaussian;
use nalgebra::{Matrix3, Matrix6, Vector6};

/// Most components a measurement has: range, azimuth, elevation, range rate, height.
const ROWS_MAX: usize = 6;

/// Errors that a sensor's reports may share, each of unit variance: constant errors of range,
/// azimuth and time, and a fading one of azimuth.
pub(crate) const RANGE: usize = 0;
pub(crate) const AZIMUTH: usize = 1;
pub(crate) const TIME: usize = 2;
pub(crate) const FADING: usize = 3;
pub(crate) const ERRORS: usize = 4;

/// Covariance of a state with each of a sensor's shared errors.
pub(crate) type Cross = [Vector6<f64>; ERRORS];

/// One scalar component, linearised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// ∂h/∂x.
    pub(crate) h: Vector6<f64>,
    /// z − h(x) at the point of linearisation.
    pub(crate) residual: f64,
    /// Of the measurement error, all of it.
    pub(crate) variance: f64,
    /// How the errors that the sensor's other reports share enter, in standard deviations:
    /// their variance is part of the row's.
    pub(crate) by: [f64; ERRORS],
    /// Covariance of the row with these errors: the same where nothing is known of them.
    pub(crate) own: [f64; ERRORS],
    /// ∂²h/∂p², where the measurement bends within the state's uncertainty.
    pub(crate) bend: Option<Matrix3<f64>>,
}

impl Row {
    /// A row that measures nothing.
    pub(crate) const NONE: Self = Self {
        h: Vector6::new(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        residual: 0.0,
        variance: 1.0,
        by: [0.0; ERRORS],
        own: [0.0; ERRORS],
        bend: None,
    };

    /// Let a shared error of this standard deviation enter.
    pub(crate) fn share(&mut self, error: usize, sigma: f64) {
        self.by[error] = sigma;
        self.own[error] = sigma;
        self.variance += sigma * sigma;
    }

    pub(crate) fn shares(&self) -> bool {
        self.by != [0.0; ERRORS]
    }

    /// P hᵀ + Σ C b, and the innovation's variance: the gain is their quotient. What bends
    /// adds ½ tr(B P B P), the variance of the second-order term (Bar-Shalom, Li and
    /// Kirubarajan 2001, §10.3.2): a bearing of something that may be anywhere around its
    /// sensor must not pass for a precise one.
    pub(crate) fn spread(&self, covariance: &Matrix6<f64>, cross: &Cross) -> (Vector6<f64>, f64) {
        let ph = covariance * self.h;
        let mut with = Vector6::zeros();
        if self.shares() {
            for (cross, by) in cross.iter().zip(self.by) {
                with += cross * by;
            }
        }
        let s = self.h.dot(&ph) + 2.0 * self.h.dot(&with) + self.variance;
        let s = self.bend.map_or(s, |bend| {
            let p: Matrix3<f64> = covariance.fixed_view::<3, 3>(0, 0).into_owned();
            let bp = bend * p;
            s + 0.5 * (bp * bp).trace().max(0.0)
        });
        // rounding must not turn a sure state into a negative variance
        (ph + with, s.max(1e-6 * self.variance))
    }

    /// What the row leaves of a sensor's covariances with the state: C ← C − K(h C + b), with
    /// b of the sensor's own rows alone.
    pub(crate) fn reduce(&self, cross: &mut Cross, gain: &Vector6<f64>, own: bool) {
        for (cross, by) in cross.iter_mut().zip(self.own) {
            let with = self.h.dot(cross) + if own { by } else { 0.0 };
            if with != 0.0 {
                *cross -= gain * with;
            }
        }
    }
}

/// A measurement, linearised at a state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    rows: [Row; ROWS_MAX],
    len: usize,
    at: Vector6<f64>,
    /// Covariance of the state with the errors that the rows share with earlier reports.
    pub(crate) cross: Cross,
}

/// What an update gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Updated {
    pub(crate) state: Gaussian,
    /// Squared Mahalanobis distance of the innovation.
    pub(crate) distance_2: f64,
    /// Log of the density of the measurement under the prediction.
    pub(crate) log_likelihood: f64,
}

impl Rows {
    pub(crate) fn at(at: Vector6<f64>) -> Self {
        Self {
            rows: [Row::NONE; ROWS_MAX],
            len: 0,
            at,
            cross: [Vector6::zeros(); ERRORS],
        }
    }

    pub(crate) fn push(&mut self, row: Row) {
        if let Some(slot) = self.rows.get_mut(self.len) {
            *slot = row;
            self.len += 1;
        }
    }

    /// The point of linearisation.
    pub(crate) const fn at_state(&self) -> &Vector6<f64> {
        &self.at
    }

    pub(crate) fn as_slice(&self) -> &[Row] {
        &self.rows[..self.len]
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [Row] {
        &mut self.rows[..self.len]
    }

    /// χ² bound of the innovation that holds 99.9 % of true measurements.
    pub(crate) fn gate(&self) -> f64 {
        const GATE: [f64; ROWS_MAX + 1] = [0.0, 10.83, 13.82, 16.27, 18.47, 20.52, 22.46];
        GATE[self.len]
    }
}

impl Gaussian {
    /// The posterior after `rows`, whose point of linearisation may differ from the mean.
    pub(crate) fn updated(&self, rows: &Rows) -> Updated {
        let mut state = *self;
        let mut cross = rows.cross;
        let shares = rows.as_slice().iter().any(Row::shares);
        let (mut distance_2, mut log_likelihood) = (0.0, 0.0);
        for row in rows.as_slice() {
            let (ph, s) = row.spread(&state.covariance, &cross);
            let innovation = row.residual - row.h.dot(&(state.mean - rows.at));
            distance_2 += innovation * innovation / s;
            log_likelihood -=
                0.5 * (innovation * innovation / s + (std::f64::consts::TAU * s).ln());
            let gain = ph / s;
            state.mean += gain * innovation;
            // Joseph: P − K (HP) − (PHᵀ) Kᵀ + K S Kᵀ, symmetric term by term
            let both = gain * ph.transpose();
            state.covariance += gain * gain.transpose() * s - both - both.transpose();
            if shares {
                row.reduce(&mut cross, &gain, true);
            }
        }
        Updated {
            state,
            distance_2,
            log_likelihood,
        }
    }

    /// Squared Mahalanobis distance and log-likelihood of `rows`, as [`Self::updated`] gives
    /// them, without the posterior.
    pub(crate) fn likelihood(&self, rows: &Rows) -> (f64, f64) {
        let mut state = *self;
        let mut cross = rows.cross;
        let shares = rows.as_slice().iter().any(Row::shares);
        let (mut distance_2, mut log_likelihood) = (0.0, 0.0);
        for (number, row) in rows.as_slice().iter().enumerate() {
            let (ph, s) = row.spread(&state.covariance, &cross);
            let innovation = row.residual - row.h.dot(&(state.mean - rows.at));
            distance_2 += innovation * innovation / s;
            log_likelihood -=
                0.5 * (innovation * innovation / s + (std::f64::consts::TAU * s).ln());
            if number + 1 == rows.len {
                break;
            }
            let gain = ph / s;
            state.mean += gain * innovation;
            let both = gain * ph.transpose();
            state.covariance += gain * gain.transpose() * s - both - both.transpose();
            if shares {
                row.reduce(&mut cross, &gain, true);
            }
        }
        (distance_2, log_likelihood)
    }

    /// The posterior with the measurement linearised again until the position settles.
    /// Likelihood and distance stay those of the prediction.
    pub(crate) fn updated_iterated(&self, linearise: impl Fn(&Vector6<f64>) -> Rows) -> Updated {
        let mut updated = self.updated(&linearise(&self.mean));
        let (distance_2, log_likelihood) = (updated.distance_2, updated.log_likelihood);
        let mut at = self.mean;
        for _ in 0..2 {
            let moved = (updated.state.mean - at).fixed_rows::<3>(0).norm();
            if moved < 1.0 {
                break;
            }
            at = updated.state.mean;
            updated = self.updated(&linearise(&at));
        }
        Updated {
            state: updated.state,
            distance_2,
            log_likelihood,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{Matrix2, Matrix2x6, Vector2};

    /// Two scalars one by one are the two together by the matrix formula.
    #[test]
    fn sequential_and_joint_updates_agree() {
        let mut covariance = Matrix6::identity() * 9.0;
        covariance[(0, 3)] = 2.0;
        covariance[(3, 0)] = 2.0;
        covariance[(1, 0)] = -1.5;
        covariance[(0, 1)] = -1.5;
        let prior = Gaussian {
            mean: Vector6::new(1.0, -2.0, 0.5, 3.0, 1.0, 0.0),
            covariance,
        };
        let h1 = Vector6::new(1.0, 0.5, 0.0, 0.0, 0.0, 0.0);
        let h2 = Vector6::new(0.0, -1.0, 0.3, 0.2, 0.0, 0.0);
        let mut rows = Rows::at(prior.mean);
        for (h, residual, variance) in [(h1, 2.0, 1.0), (h2, -1.0, 4.0)] {
            rows.push(Row {
                h,
                residual,
                variance,
                ..Row::NONE
            });
        }
        let h = Matrix2x6::from_rows(&[h1.transpose(), h2.transpose()]);
        let s = h * covariance * h.transpose() + Matrix2::new(1.0, 0.0, 0.0, 4.0);
        let inverse = s.try_inverse().unwrap();
        let gain = covariance * h.transpose() * inverse;
        let innovation = Vector2::new(2.0, -1.0);
        let got = prior.updated(&rows);
        let (distance_2, log_likelihood) = prior.likelihood(&rows);
        assert_eq!(distance_2.to_bits(), got.distance_2.to_bits());
        assert_eq!(log_likelihood.to_bits(), got.log_likelihood.to_bits());
        assert!((got.state.mean - (prior.mean + gain * innovation)).norm() < 1e-9);
        assert!((got.state.covariance - (covariance - gain * s * gain.transpose())).norm() < 1e-9);
        let d2 = (innovation.transpose() * inverse * innovation)[0];
        assert!((got.distance_2 - d2).abs() < 1e-9);
        let ll = -0.5 * (d2 + (s.determinant() * std::f64::consts::TAU.powi(2)).ln());
        assert!((got.log_likelihood - ll).abs() < 1e-9);
    }
}

//! What a track learns of the azimuth errors of the arrays that hear it: their means and the
//! covariances with one another, beside those with the state (see `consider`).
//!
//! An array hears a thing for a minute or two, with one orientation and a noise that fades in
//! 10 s. While others place the thing, its bearings tell these errors as well, and the next ones
//! say the more about where the thing is. With V the covariance of the errors u of all arrays
//! heard (each scaled to unit variance before anything is known), C that of the state with
//! them, ν the innovation and b how they enter,
//!
//! ```text
//! g = (Cᵀ Hᵀ + V b)/S       u ← u + g ν       V ← V − g S gᵀ       C ← C − K S gᵀ
//! ```
//!
//! which beside the state's own update is the Kalman filter of the state augmented by the
//! errors (Friedland 1969; Bar-Shalom, Li and Kirubarajan 2001, §11.9). For a fading error
//! u ← e^{−Δt/T} u between reports, and its variance returns to one.

use crate::update::{AZIMUTH, ERRORS, FADING, Row};
use nalgebra::{DMatrix, Matrix6, Vector6};

/// The errors that are learnt of each array.
const LEARNT: [usize; 2] = [AZIMUTH, FADING];
const EACH: usize = LEARNT.len();

/// What is known of one array's errors: means and variances, in units of what they were before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Known {
    pub(super) mean: [f64; EACH],
    /// Of the constant error, of both, of the fading one.
    pub(super) variance: [f64; 3],
}

impl Known {
    pub(super) const NOTHING: Self = Self {
        mean: [0.0; EACH],
        variance: [1.0, 0.0, 1.0],
    };

    /// Take off a row what is known, and say how the rest of the errors enters.
    pub(super) fn correct(&self, row: &mut Row) {
        let [constant, fading] = LEARNT.map(|error| row.by[error]);
        let [a, both, f] = self.variance;
        let own = [a * constant + both * fading, both * constant + f * fading];
        row.residual -= self.mean[0] * constant + self.mean[1] * fading;
        row.variance += constant * (own[0] - constant) + fading * (own[1] - fading);
        row.own = row.by;
        row.own[AZIMUTH] = own[0];
        row.own[FADING] = own[1];
    }

    /// The same a while later.
    pub(super) fn faded(mut self, fade: f64) -> Self {
        self.mean[1] *= fade;
        self.variance[1] *= fade;
        self.variance[2] = fade * fade * self.variance[2] + (1.0 - fade * fade);
        self
    }

    /// The same where something else has taken the constant error's place.
    pub(super) fn without_constant(mut self) -> Self {
        self.mean[0] = 0.0;
        self.variance[0] = 1.0;
        self.variance[1] = 0.0;
        self
    }
}

/// The errors of several arrays, in the order in which they are kept elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Learnt {
    mean: Vec<f64>,
    covariance: DMatrix<f64>,
}

impl Default for Learnt {
    fn default() -> Self {
        Self {
            mean: Vec::new(),
            covariance: DMatrix::zeros(0, 0),
        }
    }
}

impl Learnt {
    pub(super) const fn is_empty(&self) -> bool {
        self.mean.is_empty()
    }

    /// What is known of the array at `slot`.
    pub(super) fn of(&self, slot: usize) -> Known {
        let at = EACH * slot;
        let v = |i: usize, j: usize| self.covariance[(at + i, at + j)];
        Known {
            mean: [self.mean[at], self.mean[at + 1]],
            variance: [v(0, 0), v(0, 1), v(1, 1)],
        }
    }

    /// One more array, of which nothing is known but `known`.
    pub(super) fn push(&mut self, known: Known) {
        let at = self.mean.len();
        self.mean.extend(known.mean);
        let old = std::mem::replace(&mut self.covariance, DMatrix::zeros(0, 0));
        self.covariance = old.resize(at + EACH, at + EACH, 0.0);
        let [a, both, f] = known.variance;
        for (i, j, value) in [(0, 0, a), (0, 1, both), (1, 0, both), (1, 1, f)] {
            self.covariance[(at + i, at + j)] = value;
        }
    }

    /// Set the covariance of two different arrays' errors.
    pub(super) fn tie(
        &mut self,
        (one, other): (usize, usize),
        value: impl Fn(usize, usize) -> f64,
    ) {
        for (i, of_one) in LEARNT.into_iter().enumerate() {
            for (j, of_other) in LEARNT.into_iter().enumerate() {
                let (row, column) = (EACH * one + i, EACH * other + j);
                let value = value(of_one, of_other);
                self.covariance[(row, column)] = value;
                self.covariance[(column, row)] = value;
            }
        }
    }

    pub(super) fn remove(&mut self, slot: usize) {
        let at = EACH * slot;
        self.mean.drain(at..at + EACH);
        let old = std::mem::replace(&mut self.covariance, DMatrix::zeros(0, 0));
        self.covariance = old.remove_rows(at, EACH).remove_columns(at, EACH);
    }

    /// Something else has taken the place of an array's constant error.
    pub(super) fn forget_constant(&mut self, slot: usize) {
        let at = EACH * slot;
        self.mean[at] = 0.0;
        self.covariance.row_mut(at).fill(0.0);
        self.covariance.column_mut(at).fill(0.0);
        self.covariance[(at, at)] = 1.0;
    }

    /// Time passes, by which the fading error of the array at `slot` fades.
    pub(super) fn fade(&mut self, slot: usize, fade: f64) {
        let at = EACH * slot + 1;
        self.mean[at] *= fade;
        self.covariance.row_mut(at).scale_mut(fade);
        self.covariance.column_mut(at).scale_mut(fade);
        self.covariance[(at, at)] += 1.0 - fade * fade;
    }

    /// Take a row whose innovation is `innovation` with variance `s`, of the array at `slot` or
    /// of another sensor; `gain` is the state's, `crosses` are its covariances with the errors.
    pub(super) fn take(
        &mut self,
        row: &Row,
        slot: Option<usize>,
        (gain, innovation, s): (&Vector6<f64>, f64, f64),
        crosses: &mut [&mut [Vector6<f64>; ERRORS]],
    ) {
        let n = self.mean.len();
        let mut with = vec![0.0; n];
        for (k, with) in with.iter_mut().enumerate() {
            *with = row.h.dot(&crosses[k / EACH][LEARNT[k % EACH]]);
            if let Some(slot) = slot {
                for (i, error) in LEARNT.iter().enumerate() {
                    *with += self.covariance[(k, EACH * slot + i)] * row.by[*error];
                }
            }
        }
        for k in 0..n {
            crosses[k / EACH][LEARNT[k % EACH]] -= gain * with[k];
            self.mean[k] += with[k] / s * innovation;
            for j in 0..n {
                self.covariance[(k, j)] -= with[k] * with[j] / s;
            }
        }
    }

    /// L⁻¹ Cᵀ and back, with V = L Lᵀ: covariances of the state with errors that are independent
    /// of one another and of unit variance.
    fn root(&self) -> Option<DMatrix<f64>> {
        let steady = &self.covariance + DMatrix::identity(self.mean.len(), self.mean.len()) * 1e-12;
        Some(steady.cholesky()?.unpack())
    }

    /// Hold the covariances of the state with the errors to what `bound` makes of them where the
    /// errors are independent and of unit variance.
    pub(super) fn bounded(
        &mut self,
        crosses: &mut [&mut [Vector6<f64>; ERRORS]],
        bound: impl FnOnce(&mut [[Vector6<f64>; ERRORS]]) -> bool,
    ) {
        let n = self.mean.len();
        let Some(root) = self.root() else {
            // rounding has spoilt it: begin again
            self.mean.fill(0.0);
            self.covariance.fill_with_identity();
            for cross in crosses {
                **cross = [Vector6::zeros(); ERRORS];
            }
            return;
        };
        let mut white = DMatrix::<f64>::zeros(n, 6);
        for k in 0..n {
            let cross = &crosses[k / EACH][LEARNT[k % EACH]];
            white.row_mut(k).copy_from(&cross.transpose());
        }
        if !root.solve_lower_triangular_mut(&mut white) {
            return;
        }
        let mut whitened = vec![[Vector6::zeros(); ERRORS]; crosses.len()];
        for k in 0..n {
            let row = white.row(k).transpose();
            whitened[k / EACH][LEARNT[k % EACH]].copy_from(&row);
        }
        if bound(&mut whitened) {
            for k in 0..n {
                let row = whitened[k / EACH][LEARNT[k % EACH]].transpose();
                white.row_mut(k).copy_from(&row);
            }
            let coloured = root * white;
            for k in 0..n {
                let row = coloured.row(k).transpose();
                crosses[k / EACH][LEARNT[k % EACH]].copy_from(&row);
            }
        }
    }
}

/// What a fit to all bearings of an array says of its errors, with B how they enter, r the
/// residuals and R their covariance: B' R⁻¹ r and I − B' R⁻¹ B, to which the state's own error adds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fitted {
    pub(super) mean: [f64; ERRORS],
    pub(super) rest: [[f64; ERRORS]; ERRORS],
}

impl Fitted {
    /// With `cross` the state's covariance with the errors, and `information` the inverse of the
    /// state's own.
    pub(super) fn known(
        &self,
        cross: &[Vector6<f64>; ERRORS],
        information: &Matrix6<f64>,
    ) -> Known {
        let v = |i: usize, j: usize| {
            let (i, j) = (LEARNT[i], LEARNT[j]);
            self.rest[i][j] + cross[i].dot(&(information * cross[j]))
        };
        Known {
            mean: LEARNT.map(|error| self.mean[error]),
            variance: [v(0, 0), v(0, 1), v(1, 1)],
        }
    }
}

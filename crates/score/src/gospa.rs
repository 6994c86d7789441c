//! The generalised optimal sub-pattern assignment metric (Rahmathullah,
//! García-Fernández and Svensson 2017, *Generalized optimal sub-pattern assignment
//! metric*, Definition 1; for α = 2 Proposition 1 gives the parts).

use crate::near::Near;
use crate::sparse::{NONE, assign_sparse};
use serde::Serialize;
use thiserror::Error;

/// The metric's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GospaParams {
    /// Cut-off distance, m: farther apart, a track is not of that object.
    pub c: f64,
    /// Exponent, at least 1.
    pub p: f64,
    /// Cardinality factor in (0, 2]; 2 makes missed and false objects count each c²/2.
    pub alpha: f64,
}

impl Default for GospaParams {
    fn default() -> Self {
        Self {
            c: 200.0,
            p: 2.0,
            alpha: 2.0,
        }
    }
}

/// A parameter out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum GospaError {
    /// The cut-off.
    #[error("c is {0}: the cut-off distance must be a positive number of metres")]
    Cutoff(f64),
    /// The exponent.
    #[error("p is {0}: the exponent must be at least 1")]
    Exponent(f64),
    /// The cardinality factor.
    #[error("alpha is {0}: the cardinality factor must be above 0 and at most 2")]
    Alpha(f64),
}

impl GospaParams {
    /// The same parameters if they make a metric.
    ///
    /// # Errors
    /// c not positive, p below 1, α outside (0, 2], or any not finite.
    pub fn checked(self) -> Result<Self, GospaError> {
        if !(self.c > 0.0 && self.c.is_finite()) {
            return Err(GospaError::Cutoff(self.c));
        }
        if !(self.p >= 1.0 && self.p.is_finite()) {
            return Err(GospaError::Exponent(self.p));
        }
        if !(self.alpha > 0.0 && self.alpha <= 2.0) {
            return Err(GospaError::Alpha(self.alpha));
        }
        Ok(self)
    }
}

/// The distance between two sets to the power p, in its parts, mᵖ.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize)]
pub struct Gospa {
    /// Sum over the assigned pairs of their distance to the p.
    pub localisation: f64,
    /// From objects without a track.
    pub missed: f64,
    /// From tracks without an object.
    #[serde(rename = "false")]
    pub false_: f64,
    /// Number of assigned pairs.
    pub assigned: usize,
    /// Number of objects without a track.
    pub missed_count: usize,
    /// Number of tracks without an object.
    pub false_count: usize,
}

impl Gospa {
    /// The whole, to the power p.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.localisation + self.missed + self.false_
    }

    /// The metric itself, m.
    #[must_use]
    pub fn distance(&self, params: &GospaParams) -> f64 {
        self.total().powf(1.0 / params.p)
    }
}

/// GOSPA between truth and estimates, points in metres of any dimension `D`.
///
/// Exact at any size: only pairs nearer than c are looked at, found on a grid, so that a
/// million objects against a million tracks take a few seconds and memory for the points
/// alone. At most 2³² points a set; a point that is not finite is near nothing.
///
/// With α below 2 the metric has no split of its own; pairs beyond the cut-off then
/// count half as missed and half as false, and what the sets differ in number c^p/α each.
///
/// ```
/// use lapwing_score::gospa::{GospaParams, gospa};
/// let params = GospaParams { c: 10.0, p: 2.0, alpha: 2.0 };
/// let g = gospa(&[[0.0, 0.0], [100.0, 0.0]], &[[3.0, 4.0]], &params);
/// assert_eq!((g.localisation, g.missed, g.false_), (25.0, 50.0, 0.0));
/// ```
#[must_use]
pub fn gospa<const D: usize>(
    truth: &[[f64; D]],
    estimates: &[[f64; D]],
    params: &GospaParams,
) -> Gospa {
    gospa_pairs(truth, estimates, params).0
}

/// [`gospa`] together with the pairs that it assigns: index of truth, index of estimate.
#[must_use]
pub fn gospa_pairs<const D: usize>(
    truth: &[[f64; D]],
    estimates: &[[f64; D]],
    params: &GospaParams,
) -> (Gospa, Vec<(usize, usize)>) {
    let worth = params.c.powf(params.p);
    let power = |square: f64| match params.p {
        2.0 => square,
        p => square.powf(p / 2.0),
    };
    let near = Near::new(truth, estimates, params.c);
    // only pairs nearer than c gain anything over leaving both alone
    let costs = |row: usize| {
        near.squares_from(row)
            .map(|(column, square)| (column, power(square) - worth))
    };
    let column_of = assign_sparse(near.rows(), near.columns(), costs).column_of;

    let mut out = Gospa::default();
    let mut pairs = Vec::with_capacity(truth.len().min(estimates.len()));
    for (row, &column) in column_of.iter().enumerate().filter(|(_, c)| **c != NONE) {
        let (object, estimate) = near.original(row, column as usize);
        let square: f64 = truth[object]
            .iter()
            .zip(&estimates[estimate])
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        out.localisation += power(square);
        pairs.push((object, estimate));
    }
    pairs.sort_unstable();
    out.assigned = pairs.len();
    out.missed_count = truth.len() - out.assigned;
    out.false_count = estimates.len() - out.assigned;
    let beyond = out.missed_count.min(out.false_count);
    let shared = beyond as f64 * worth / 2.0;
    let alone = worth / params.alpha;
    out.missed = shared + (out.missed_count - beyond) as f64 * alone;
    out.false_ = shared + (out.false_count - beyond) as f64 * alone;
    (out, pairs)
}

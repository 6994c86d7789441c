//! States weighed with likelihoods that are far from Gaussian in the horizontal position.
//!
//! Mean and covariance of the horizontal position under prior × likelihood are found by
//! Gauss–Hermite quadrature (7 × 7 nodes; Ito and Xiong 2000), the rest of the state
//! by regression on it, which is exact for a Gaussian prior.

use crate::motion::Gaussian;
use nalgebra::{Matrix2, Matrix6x2, Vector2, Vector3};

/// Gauss–Hermite nodes and weights for the standard normal distribution.
const NODES: [(f64, f64); 7] = [
    (-3.750_439_717_725_742, 0.000_548_268_855_972_218_6),
    (-2.366_759_410_734_541, 0.030_757_123_967_586_45),
    (-1.154_405_394_739_968, 0.240_123_178_605_012_6),
    (0.0, 0.457_142_857_142_857_6),
    (1.154_405_394_739_968, 0.240_123_178_605_012_6),
    (2.366_759_410_734_541, 0.030_757_123_967_586_45),
    (3.750_439_717_725_742, 0.000_548_268_855_972_218_6),
];

/// What a likelihood does to a state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SoftUpdate {
    pub(crate) state: Gaussian,
    /// Prior mean of the likelihood.
    pub(crate) evidence: f64,
}

/// The state weighed with a likelihood of the position, in the state's chart; the vertical
/// stays at its mean. `None` where there is next to none, or no state to weigh.
pub(crate) fn softened(
    state: &Gaussian,
    likelihood: impl Fn(&Vector3<f64>) -> f64,
) -> Option<SoftUpdate> {
    let spread: Matrix2<f64> = state.covariance.fixed_view::<2, 2>(0, 0).into_owned();
    let root = spread.cholesky()?.l();
    let (mut total, mut mean, mut square) = (0.0, Vector2::zeros(), Matrix2::zeros());
    for (x, of_x) in NODES {
        for (y, of_y) in NODES {
            let off: Vector2<f64> = root * Vector2::new(x, y);
            let mut p = state.position();
            p.x += off.x;
            p.y += off.y;
            let weight = of_x * of_y * likelihood(&p);
            total += weight;
            mean += off * weight;
            square += off * off.transpose() * weight;
        }
    }
    if !(total > 1e-12 && total.is_finite()) {
        return None;
    }
    mean /= total;
    let matched = square / total - mean * mean.transpose();
    let by: Matrix6x2<f64> = state.covariance.fixed_columns::<2>(0) * spread.try_inverse()?;
    let state = Gaussian {
        mean: state.mean + by * mean,
        covariance: state.covariance + by * (matched - spread) * by.transpose(),
    };
    state.is_finite().then_some(SoftUpdate {
        state,
        evidence: total,
    })
}

//! When a track is told as a thing that is there.
//!
//! Who reads a track reads a place. It is right if something exists, and is near where it is said
//! to be; so a track is told by the probability of both together,
//!
//! ```text
//! q = r P(|x − x̂| ≤ R),   x − x̂ ~ N(0, Σ),   R = 500 m
//! ```
//!
//! from when q reaches `confirm_existence` until it falls below ½, when it is more likely wrong
//! than right (existence with hysteresis as in the integrated tracks of Musicki, Evans and Stankovic
//! 1994). What is not told is followed on: it may be found again, and forecasts
//! reckon with all of its uncertainty.
//!
//! With σ₁², σ₂² the eigenvalues of Σ, x = ρ(σ₁ cos φ, σ₂ sin φ) of Rayleigh ρ and uniform φ, so
//!
//! ```text
//! P(|x| ≤ R) = 1 − (2/π) ∫₀^{π/2} exp(−R²/2(σ₁² cos²φ + σ₂² sin²φ)) dφ
//! ```
//!
//! whose integrand is smooth and periodic: the midpoint rule converges faster than any power.

use std::f64::consts::FRAC_PI_2;

/// How near what is told must be, m.
const NEAR_M: f64 = 500.0;
/// What is less likely than this is not told any longer.
const WITHDRAWN: f64 = 0.5;
/// Nodes of the midpoint rule.
const NODES: u32 = 12;

/// Probability that something is within [`NEAR_M`] of its mean: variance east, covariance,
/// variance north, m².
pub(crate) fn near(east: f64, both: f64, north: f64) -> f64 {
    let middle = 0.5 * (east + north);
    let apart = (0.5 * (east - north)).hypot(both);
    if !(middle.is_finite() && apart.is_finite()) {
        return 0.0;
    }
    let (major, minor) = (middle + apart, (middle - apart).max(0.0));
    let beyond = |node: u32| {
        let phi = (f64::from(node) + 0.5) / f64::from(NODES) * FRAC_PI_2;
        let variance = major * phi.cos().powi(2) + minor * phi.sin().powi(2);
        (-0.5 * NEAR_M * NEAR_M / variance.max(1e-9)).exp()
    };
    1.0 - (0..NODES).map(beyond).sum::<f64>() / f64::from(NODES)
}

/// No more than [`near`] of any Gaussian whose variances east and north sum to `total`, m².
pub(crate) fn near_at_least(total: f64) -> f64 {
    // Chebyshev's inequality in two dimensions
    (1.0 - total / (NEAR_M * NEAR_M)).max(0.0)
}

/// Whether to tell what is there with this probability, where it has been told or not.
pub(crate) fn tell(told: bool, probability: f64, confirm: f64) -> bool {
    probability
        >= if told {
            WITHDRAWN.min(confirm)
        } else {
            confirm
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a circle the Rayleigh distribution, of a line the normal; between them and turned,
    /// a fine grid.
    #[test]
    fn the_probability_is_that_of_the_disc() {
        for sigma in [50.0, 150.0, 233.0, 500.0, 2_000.0] {
            let expected = 1.0 - (-0.5 * (NEAR_M / sigma).powi(2)).exp();
            let got = near(sigma * sigma, 0.0, sigma * sigma);
            assert!((got - expected).abs() < 1e-12, "{sigma}");
        }
        for (sigma, expected) in [(250.0, 0.954_499_7), (500.0, 0.682_689_5)] {
            let got = near(sigma * sigma, 0.0, 0.0);
            assert!((got - expected).abs() < 0.02, "{sigma}: {got}");
        }
        let (east, both, north): (f64, f64, f64) = (90_000.0, 50_000.0, 60_000.0);
        let determinant = east * north - both * both;
        let (step, mut sum) = (5.0, 0.0);
        for i in -100..100 {
            for j in -100..100 {
                let (x, y) = ((f64::from(i) + 0.5) * step, (f64::from(j) + 0.5) * step);
                if x.hypot(y) <= NEAR_M {
                    let d2 = (north * x * x - 2.0 * both * x * y + east * y * y) / determinant;
                    sum += (-0.5 * d2).exp();
                }
            }
        }
        let expected = sum * step * step / (std::f64::consts::TAU * determinant.sqrt());
        let got = near(east, both, north);
        assert!((got - expected).abs() < 2e-3, "{got} {expected}");
        assert_eq!(near(f64::NAN, 0.0, 1.0), 0.0);
    }

    #[test]
    fn the_bound_is_one() {
        for total in [1e3, 1e4, 1e5, 2e5, 1e6] {
            for share in [0.0, 0.1, 0.5, 1.0] {
                let least = near_at_least(total);
                assert!(near(share * total, 0.0, (1.0 - share) * total) >= least);
            }
        }
    }

    #[test]
    fn what_is_told_is_told_until_it_is_more_likely_wrong() {
        let steps = [0.6, 0.89, 0.91, 0.7, 0.51, 0.49, 0.7, 0.92];
        let mut told = false;
        let got: Vec<bool> = steps
            .iter()
            .map(|q| {
                told = tell(told, *q, 0.9);
                told
            })
            .collect();
        assert_eq!(got, [false, false, true, true, true, false, false, true]);
    }
}

//! Covariance intersection: one estimate from two whose errors have something in common, and
//! nobody knows how much (Julier and Uhlmann 1997).
//!
//! ```text
//! P⁻¹ = ω A⁻¹ + (1 − ω) B⁻¹        x = a + (1 − ω) P B⁻¹ (b − a)
//! ```
//!
//! is consistent for every correlation that A and B may have, as long as both are consistent
//! themselves. ω makes det P least: unlike the trace, that does not depend on the units of
//! position and velocity. ln det P⁻¹ is concave in ω, so its slope
//! tr((A⁻¹ − B⁻¹) P) falls, and its zero is found by halving.
//!
//! The split form (Julier and Uhlmann 2001), which is tighter where a part of the errors is known to be
//! independent, is not used: no feed tells such a part, and two filters that follow one object
//! share at least its manoeuvres (Bar-Shalom and Campo 1986).

use nalgebra::{Cholesky, SMatrix, SVector};

/// Halvings of the interval of ω.
const HALVINGS: u32 = 40;
/// Two covariances are the same where ln det changes no more than this with ω.
const FLAT: f64 = 1e-9;

/// An estimate with its covariance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate<const N: usize> {
    pub(super) mean: SVector<f64, N>,
    pub(super) covariance: SMatrix<f64, N, N>,
}

/// The inverse of a covariance; `None` where it is none.
pub(super) fn inverse<const N: usize>(m: SMatrix<f64, N, N>) -> Option<SMatrix<f64, N, N>> {
    let inverse = Cholesky::new((m + m.transpose()) * 0.5)?.inverse();
    inverse.iter().all(|x| x.is_finite()).then_some(inverse)
}

/// The intersection, and ω: the share of `a`. `None` where a covariance is none.
pub(super) fn intersect<const N: usize>(
    a: &Estimate<N>,
    b: &Estimate<N>,
) -> Option<(Estimate<N>, f64)> {
    let (of_a, of_b) = (inverse(a.covariance)?, inverse(b.covariance)?);
    let at = |share: f64| inverse(of_a * share + of_b * (1.0 - share));
    let slope = |covariance: SMatrix<f64, N, N>| ((of_a - of_b) * covariance).trace();
    let (mut low, mut high) = (0.0, 1.0);
    let (at_a, at_b) = (slope(a.covariance), slope(b.covariance));
    if at_a.abs().max(at_b.abs()) < FLAT {
        // every share gives the same determinant: the middle errs least on the average
    } else if at_a >= 0.0 {
        low = 1.0;
    } else if at_b <= 0.0 {
        high = 0.0;
    } else {
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if slope(at(middle)?) > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
    }
    let share = 0.5 * (low + high);
    let covariance = at(share)?;
    let mean = a.mean + covariance * of_b * (b.mean - a.mean) * (1.0 - share);
    let finite = mean.iter().all(|x| x.is_finite());
    finite.then_some((Estimate { mean, covariance }, share))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{Matrix2, Matrix2x4, Matrix4, Vector2, Vector4};
    use proptest::prelude::{prop, prop_assert, proptest};
    use rand_pcg::Pcg64;
    use rand_pcg::rand_core::Rng as _;

    fn estimate(mean: [f64; 2], covariance: [f64; 3]) -> Estimate<2> {
        let [a, b, d] = covariance;
        Estimate {
            mean: Vector2::from(mean),
            covariance: Matrix2::new(a, b, b, d),
        }
    }

    #[test]
    fn known_intersections() {
        // mirror images share alike: P = (½A⁻¹ + ½B⁻¹)⁻¹ = diag(2·1·4/(1+4))
        let (a, b) = (
            estimate([0.0, 0.0], [1.0, 0.0, 4.0]),
            estimate([1.0, 1.0], [4.0, 0.0, 1.0]),
        );
        let (fused, share) = intersect(&a, &b).unwrap();
        assert!((share - 0.5).abs() < 1e-9);
        assert!((fused.covariance - Matrix2::identity() * 1.6).norm() < 1e-9);
        assert!((fused.mean - Vector2::new(0.2, 0.8)).norm() < 1e-9);
        // what knows less of everything adds nothing, whichever side it stands on
        let worse = estimate([50.0, 0.0], [9.0, 1.0, 9.0]);
        assert_eq!(
            intersect(&a, &worse).unwrap().1.to_bits(),
            1.0_f64.to_bits()
        );
        let (fused, share) = intersect(&worse, &a).unwrap();
        assert!(share.abs() < 1e-12 && (fused.mean - a.mean).norm() < 1e-9);
        // no covariance at all
        let none = estimate([0.0, 0.0], [1.0, 2.0, 1.0]);
        assert!(intersect(&a, &none).is_none());
        assert!(intersect(&estimate([0.0; 2], [f64::NAN; 3]), &a).is_none());
    }

    proptest! {
        /// The determinant is the least over a fine grid of ω, and that in any units.
        #[test]
        fn the_determinant_is_least_in_any_units(
            r in prop::array::uniform6(-3.0..3.0_f64), unit in 0.01..100.0_f64,
        ) {
            let root = |k: usize| Matrix2::new(r[k], r[k + 1], r[k + 2], 1.0);
            let spd = |k: usize| root(k) * root(k).transpose() + Matrix2::identity() * 0.1;
            let e = |m: Matrix2<f64>, s: Matrix2<f64>| Estimate { mean: Vector2::zeros(), covariance: s * m * s };
            let one = Matrix2::identity();
            let (fused, share) = intersect(&e(spd(0), one), &e(spd(3), one)).unwrap();
            for k in 0..=100 {
                let w = f64::from(k) / 100.0;
                let p = inverse(inverse(spd(0)).unwrap() * w + inverse(spd(3)).unwrap() * (1.0 - w)).unwrap();
                prop_assert!(fused.covariance.determinant() <= p.determinant() * (1.0 + 1e-9));
            }
            let scale = Matrix2::new(unit, 0.0, 0.0, 1.0);
            let (_, other) = intersect(&e(spd(0), scale), &e(spd(3), scale)).unwrap();
            prop_assert!((share - other).abs() < 1e-6, "{share} {other}");
        }
    }

    /// Seconds between plots.
    const EVERY_S: f64 = 4.0;
    /// Standard deviations of the radar that both hear, and of each one's own, east and north, m:
    /// across its range a radar errs more than along it.
    const SHARED_M: [f64; 2] = [50.0, 50.0];
    const OWN_M: [[f64; 2]; 2] = [[20.0, 120.0], [120.0, 20.0]];
    /// White acceleration of the object and in the filters, m²/s³.
    const PSD: f64 = 0.5;

    fn normal(rng: &mut Pcg64) -> f64 {
        let mut uniform = || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let (u, v) = (1.0 - uniform(), uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Position east and north, then velocity: nearly constant velocity.
    fn dynamics() -> (Matrix4<f64>, Matrix4<f64>) {
        let t = EVERY_S;
        let mut f = Matrix4::identity();
        let mut q = Matrix4::zeros();
        for axis in 0..2 {
            f[(axis, axis + 2)] = t;
            q[(axis, axis)] = PSD * t * t * t / 3.0;
            q[(axis, axis + 2)] = PSD * t * t / 2.0;
            q[(axis + 2, axis)] = PSD * t * t / 2.0;
            q[(axis + 2, axis + 2)] = PSD * t;
        }
        (f, q)
    }

    fn taken(e: &Estimate<4>, plot: Vector2<f64>, sigma_m: Vector2<f64>) -> Estimate<4> {
        let h = Matrix2x4::identity();
        let noise = Matrix2::from_diagonal(&sigma_m.component_mul(&sigma_m));
        let s = h * e.covariance * h.transpose() + noise;
        let gain = e.covariance * h.transpose() * inverse(s).unwrap();
        Estimate {
            mean: e.mean + gain * (plot - h * e.mean),
            covariance: e.covariance - gain * s * gain.transpose(),
        }
    }

    /// Squared error over what the covariance allows.
    fn nees(e: &Estimate<4>, truth: &Vector4<f64>) -> f64 {
        let error = e.mean - truth;
        (error.transpose() * inverse(e.covariance).unwrap() * error)[0]
    }

    /// One object, two trackers: each has a radar of its own, and both hear a third. Gives the
    /// mean NEES (four numbers) of one tracker, of the intersection, and of the two put together
    /// as if they were independent; and the root mean square position error of each, m.
    fn two_trackers(runs: u32) -> [(f64, f64); 3] {
        let mut rng = Pcg64::new(1997, 1);
        let (f, q) = dynamics();
        let root = Cholesky::new(q).unwrap().l();
        let mut sums = [(0.0, 0.0); 3];
        for _ in 0..runs {
            let mut truth = Vector4::new(0.0, 0.0, 50.0, -20.0);
            let first = Estimate {
                mean: truth
                    + Vector4::from_fn(|i, _| normal(&mut rng) * if i < 2 { 50.0 } else { 10.0 }),
                covariance: Matrix4::from_diagonal(&Vector4::new(2500.0, 2500.0, 100.0, 100.0)),
            };
            let mut trackers = [first; 2];
            for _ in 0..40 {
                truth = f * truth + root * Vector4::from_fn(|_, _| normal(&mut rng));
                let mut plot = |sigma: [f64; 2]| {
                    truth.xy() + Vector2::from(sigma.map(|s| s * normal(&mut rng)))
                };
                let shared = plot(SHARED_M);
                for (tracker, sigma) in trackers.iter_mut().zip(OWN_M) {
                    tracker.mean = f * tracker.mean;
                    tracker.covariance = f * tracker.covariance * f.transpose() + q;
                    let both = taken(tracker, shared, SHARED_M.into());
                    *tracker = taken(&both, plot(sigma), sigma.into());
                }
            }
            let [a, b] = trackers;
            let (fused, _) = intersect(&a, &b).unwrap();
            let (of_a, of_b) = (
                inverse(a.covariance).unwrap(),
                inverse(b.covariance).unwrap(),
            );
            let covariance = inverse(of_a + of_b).unwrap();
            let naive = Estimate {
                mean: covariance * (of_a * a.mean + of_b * b.mean),
                covariance,
            };
            for (sum, e) in sums.iter_mut().zip([a, fused, naive]) {
                sum.0 += nees(&e, &truth) / f64::from(runs);
                sum.1 += (e.mean - truth).xy().norm_squared() / f64::from(runs);
            }
        }
        sums.map(|(nees, square)| (nees, square.sqrt()))
    }

    #[test]
    fn what_two_trackers_share_is_counted_once() {
        let runs = 2_000;
        let [(alone, alone_m), (fused, fused_m), (naive, naive_m)] = two_trackers(runs);
        eprintln!(
            "mean NEES of 4 and position RMSE: alone {alone:.2}, {alone_m:.1} m; \
             intersection {fused:.2}, {fused_m:.1} m; as if independent {naive:.2}, {naive_m:.1} m"
        );
        // χ² of 4 · runs degrees of freedom over runs, 99.9 % on either side (normal approximation)
        let margin = 3.09 * (2.0 * 4.0 / f64::from(runs)).sqrt();
        assert!(
            (alone - 4.0).abs() < margin,
            "each filter is right by itself"
        );
        assert!(fused < 4.0 + margin, "{fused}");
        assert!(naive > 4.0 + 5.0 * margin, "the test has no power: {naive}");
        assert!(fused_m < alone_m, "{fused_m} {alone_m}");
    }
}

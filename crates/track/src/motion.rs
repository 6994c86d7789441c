//! Motion: the Gaussian state, and the modes in which things fly.
//!
//! White-noise acceleration (Bar-Shalom, Li and Kirubarajan 2001, §6.2.2), three axes, in a
//! chart: for each axis F = [1 T; 0 1] and Q = q [T³/3 T²/2; T²/2 T].
//!
//! | module | one idea |
//! |---|---|
//! | `flow` | where a mode takes a state |
//! | `behaviour` | how often things of a class turn or stop: the modes' Markov chain |
//! | `modes` | the interacting multiple model estimator |

mod behaviour;
mod flow;
mod modes;
#[cfg(test)]
mod oracle;

pub(crate) use behaviour::{Behaviour, MODES};
pub(crate) use flow::Flow;
pub(crate) use modes::{Modes, intensity};

use crate::TrackerConfig;
#[cfg(test)]
use crate::chart::Chart;
use nalgebra::{Matrix3, Matrix6, Vector3, Vector6};

/// Nothing in the air is farther than this from the place of its chart, or faster.
const FARTHEST_M: f64 = 2e6;
const FASTEST_MPS: f64 = 1e4;

/// A Gaussian over position (m) and velocity (m/s) in a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Gaussian {
    pub(crate) mean: Vector6<f64>,
    pub(crate) covariance: Matrix6<f64>,
}

/// Intensities of white-noise acceleration, m²/s³: horizontal and vertical.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intensity {
    pub(crate) horizontal: f64,
    pub(crate) vertical: f64,
}

impl Intensity {
    pub(crate) fn straight(config: &TrackerConfig) -> Self {
        Self {
            horizontal: config.acceleration_psd_m2_s3,
            vertical: config.vertical_psd_m2_s3,
        }
    }

    pub(crate) fn turning(config: &TrackerConfig) -> Self {
        Self {
            horizontal: config.manoeuvre_psd_m2_s3,
            vertical: config.vertical_psd_m2_s3 * 10.0,
        }
    }

    pub(crate) const fn hovering() -> Self {
        let q = 2.0 * flow::HOVER_SIGMA_MPS * flow::HOVER_SIGMA_MPS / flow::HOVER_TAU_S;
        Self {
            horizontal: q,
            vertical: q,
        }
    }

    /// The greatest of any mode in any direction, m²/s³.
    pub(crate) fn greatest(config: &TrackerConfig) -> f64 {
        [
            Self::straight(config),
            Self::turning(config),
            Self::hovering(),
        ]
        .into_iter()
        .fold(0.0, |most, q| most.max(q.horizontal).max(q.vertical))
    }

    pub(crate) const fn of_axis(&self, axis: usize) -> f64 {
        if axis == 2 {
            self.vertical
        } else {
            self.horizontal
        }
    }
}

impl Gaussian {
    pub(crate) fn position(&self) -> Vector3<f64> {
        self.mean.fixed_rows::<3>(0).into_owned()
    }

    pub(crate) fn velocity(&self) -> Vector3<f64> {
        self.mean.fixed_rows::<3>(3).into_owned()
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.mean.iter().all(|x| x.is_finite()) && self.covariance.iter().all(|x| x.is_finite())
    }

    /// Whether it can be the state of something in the air: near its chart's place, with
    /// variances that are none below zero.
    pub(crate) fn is_possible(&self) -> bool {
        self.is_finite()
            && self.covariance.diagonal().iter().all(|v| *v >= 0.0)
            && self.position().norm() < FARTHEST_M
            && self.velocity().norm() < FASTEST_MPS
    }

    /// The state `dt_s` later (or earlier, where `dt_s` is negative: the noise between
    /// adds uncertainty either way), flying straight.
    #[cfg(test)]
    pub(crate) fn predicted(&self, chart: &Chart, dt_s: f64, q: Intensity) -> Self {
        Flow::straight(q, dt_s).apply(chart, self)
    }

    /// The same state in another frame: p' = R p + t, v' = R v.
    pub(crate) fn transformed(&self, rotation: &Matrix3<f64>, translation: &Vector3<f64>) -> Self {
        let p = rotation * self.position() + translation;
        let v = rotation * self.velocity();
        let mut turn = Matrix6::zeros();
        turn.fixed_view_mut::<3, 3>(0, 0).copy_from(rotation);
        turn.fixed_view_mut::<3, 3>(3, 3).copy_from(rotation);
        Self {
            mean: Vector6::new(p.x, p.y, p.z, v.x, v.y, v.z),
            covariance: turn * self.covariance * turn.transpose(),
        }
    }

    /// Bounds the standard deviation of the height and the climb rate: what nothing
    /// measures may be as unknown as the population, never more. A congruence, so the
    /// covariance stays one.
    pub(crate) fn bound_vertical(&mut self, height_sigma_m: f64, climb_sigma_mps: f64) {
        for (axis, bound) in [(2, height_sigma_m), (5, climb_sigma_mps)] {
            let sigma = self.covariance[(axis, axis)].max(0.0).sqrt();
            if sigma > bound {
                let scale = bound / sigma;
                for k in 0..6 {
                    self.covariance[(axis, k)] *= scale;
                    self.covariance[(k, axis)] *= scale;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_geo::Geodetic;

    #[test]
    fn prediction_is_the_textbook_matrix_product() {
        let chart = Chart::near(Geodetic::new(50.0, 5.0, 0.0));
        let mut covariance = Matrix6::identity() * 4.0;
        covariance[(0, 4)] = 1.0;
        covariance[(4, 0)] = 1.0;
        let g = Gaussian {
            mean: Vector6::new(1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
            covariance,
        };
        let q = Intensity {
            horizontal: 2.0,
            vertical: 0.5,
        };
        for dt in [3.0, -3.0] {
            let mut f = Matrix6::identity();
            let mut noise = Matrix6::zeros();
            for axis in 0..3 {
                f[(axis, axis + 3)] = dt;
                let q = q.of_axis(axis);
                let t: f64 = 3.0;
                noise[(axis, axis)] = q * t.powi(3) / 3.0;
                noise[(axis, axis + 3)] = q * t * dt / 2.0;
                noise[(axis + 3, axis)] = q * t * dt / 2.0;
                noise[(axis + 3, axis + 3)] = q * t;
            }
            let expected = f * covariance * f.transpose() + noise;
            let got = g.predicted(&chart, dt, q);
            assert!((got.covariance - expected).norm() < 1e-9);
            assert!((got.mean - f * g.mean).norm() < 1e-3);
        }
    }

    /// Two hundred kilometres by prediction alone, through several charts and far longer
    /// than any track coasts: the path is the geodesic (Karney 2013) to a decimetre.
    #[test]
    fn prediction_follows_the_ellipsoid_from_chart_to_chart() {
        use crate::target::Mover;
        use lapwing_geo::{LocalFrame, destination, distance_m};
        use lapwing_model::Timestamp;
        let still = Intensity {
            horizontal: 0.0,
            vertical: 0.0,
        };
        for (lat, azimuth) in [(40.0, 1.0_f64), (55.0, 3.1), (0.2, 1.57)] {
            let from = Geodetic::new(lat, 7.0, 0.0);
            let axes = LocalFrame::new(from);
            let state = Gaussian {
                mean: Vector6::new(
                    0.0,
                    0.0,
                    0.0,
                    250.0 * azimuth.sin(),
                    250.0 * azimuth.cos(),
                    0.0,
                ),
                covariance: Matrix6::identity(),
            };
            let chart = Chart::near(from);
            let (rotation, translation) = axes.transform_to(chart.frame());
            let state = state.transformed(&rotation, &translation);
            let mut mover = Mover::new(chart, state, Timestamp(0), true);
            for _ in 0..800 {
                let state = mover.state.predicted(&mover.chart, 1.0, still);
                mover = Mover::new(mover.chart, state, Timestamp(0), true);
            }
            let got = mover.chart.frame().to_geodetic(mover.state.position());
            let expected = destination(from, azimuth, 200_000.0);
            let off = distance_m(got, expected).hypot(got.height_m);
            assert!(off < 0.1, "{lat}: {off} m");
            assert!((mover.state.velocity().norm() / 250.0 - 1.0).abs() < 1e-3);
        }
    }

    #[test]
    fn a_change_of_axes_turns_the_covariance_too() {
        let quarter = Matrix3::new(0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0);
        let covariance = Matrix6::from_diagonal(&Vector6::new(1.0, 2.0, 3.0, 4.0, 5.0, 6.0));
        let g = Gaussian {
            mean: Vector6::zeros(),
            covariance,
        };
        let turned = g.transformed(&quarter, &Vector3::zeros()).covariance;
        let expected = Matrix6::from_diagonal(&Vector6::new(2.0, 1.0, 3.0, 5.0, 4.0, 6.0));
        assert!((turned - expected).norm() < 1e-12);
    }
}

//! Presence: heard here, or not heard where a node was listening.
//!
//! A node that gives no direction still says something of where a source is: heard, it is
//! likely within the range of hearing; not heard, likely outside. The likelihood of both
//! is a smooth function of the distance, P_D(d) or 1 − P_D(d), far from Gaussian, so the
//! state is moment-matched (`soft`). Nothing is started by it: a presence alone has no place.
//!
//! Several things may be heard at one node at once: which likelihood that gives each track is
//! told in `measured/heard`. Silence is weighed for existence alone, as a missed detection
//! (`hearing`).

use super::soft::{SoftUpdate, softened};
use super::sound::retarded;
use crate::chart::Chart;
use crate::motion::Gaussian;
use lapwing_geo::LocalFrame;
use lapwing_model::{Air, ClassProbabilities};
use lapwing_sensing::hearing_probability_of;

/// A track vaguer than this share of the range of hearing is left alone: the nodes would
/// not resolve the likelihood.
const VAGUE_SHARE: f64 = 1.0;
/// Of one better placed than this share of it, its mean says how likely it is heard: P_D bends
/// by less than 1.1/range², so the mean over σ differs from that at the mean by half a percent.
const PLACED_SHARE: f64 = 0.1;

/// A node that listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hearing {
    pub(crate) frame: LocalFrame,
    pub(crate) air: Air,
    /// Range of 50 % in this wind for the reference source, m.
    pub(crate) range_50_m: f64,
}

impl Hearing {
    /// Probability that a thing in `state` is heard, averaged over where it may be;
    /// `ahead_s` is how much later than the state the node listened. `None` as of
    /// [`Hearing::weigh`].
    pub(crate) fn probability(
        &self,
        chart: &Chart,
        state: &Gaussian,
        ahead_s: f64,
        classes: &ClassProbabilities,
    ) -> Option<f64> {
        let c = &state.covariance;
        if (c[(0, 0)] + c[(1, 1)]).max(0.0).sqrt() < PLACED_SHARE * self.range_50_m {
            let (rotation, translation) = chart.into_frame(&self.frame);
            let p = rotation * (state.position() + state.velocity() * ahead_s) + translation;
            let image = retarded(&p, &(rotation * state.velocity()), &self.air).image;
            return Some(hearing_probability_of(
                self.range_50_m,
                image.norm(),
                classes,
            ));
        }
        self.weigh(chart, state, ahead_s, classes, |p| p)
            .map(|u| u.evidence)
    }

    /// The state weighed with `likelihood` of the probability to be heard; `None` where the
    /// state is too vague, or out of earshot anyway.
    pub(crate) fn weigh(
        &self,
        chart: &Chart,
        state: &Gaussian,
        ahead_s: f64,
        classes: &ClassProbabilities,
        likelihood: impl Fn(f64) -> f64,
    ) -> Option<SoftUpdate> {
        let spread = state.covariance.fixed_view::<2, 2>(0, 0).trace();
        if spread.max(0.0).sqrt() > VAGUE_SHARE * self.range_50_m {
            return None;
        }
        let (rotation, translation) = chart.into_frame(&self.frame);
        let velocity = rotation * state.velocity();
        softened(state, |position| {
            let p = position + state.velocity() * ahead_s;
            let image = retarded(&(rotation * p + translation), &velocity, &self.air).image;
            likelihood(hearing_probability_of(
                self.range_50_m,
                image.norm(),
                classes,
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_geo::Geodetic;
    use nalgebra::{Matrix2, Matrix6, Vector2, Vector6};

    const RANGE_M: f64 = 2_000.0;

    fn scene() -> (Chart, Hearing, Gaussian) {
        let at = Geodetic::new(50.0, 5.0, 0.0);
        let chart = Chart::near(at);
        let mut covariance = Matrix6::from_diagonal(&Vector6::new(9e4, 16e4, 1e4, 25.0, 25.0, 1.0));
        covariance[(0, 1)] = 5e4;
        covariance[(1, 0)] = 5e4;
        covariance[(0, 3)] = 900.0;
        covariance[(3, 0)] = 900.0;
        let state = Gaussian {
            mean: Vector6::new(1_700.0, 600.0, 200.0, 0.0, 0.0, 0.0),
            covariance,
        };
        let hearing = Hearing {
            frame: LocalFrame::new(at),
            air: Air::default(),
            range_50_m: RANGE_M,
        };
        (chart, hearing, state)
    }

    fn drone() -> ClassProbabilities {
        ClassProbabilities::from_weights([1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    }

    /// Against the integrals over a fine grid of the horizontal position.
    #[test]
    fn the_moments_are_those_of_prior_times_likelihood() {
        let (chart, hearing, state) = scene();
        let spread: Matrix2<f64> = state.covariance.fixed_view::<2, 2>(0, 0).into_owned();
        let inverse = spread.try_inverse().unwrap();
        for heard in [true, false] {
            let l = |p: f64| if heard { p } else { 1.0 - p };
            let got = hearing.weigh(&chart, &state, 0.0, &drone(), l).unwrap();
            let (mut total, mut prior, mut mean, mut square) =
                (0.0, 0.0, Vector2::zeros(), Matrix2::zeros());
            for i in -250..=250 {
                for j in -250..=250 {
                    let off = Vector2::new(f64::from(i) * 10.0, f64::from(j) * 10.0);
                    let density = (-0.5 * (off.transpose() * inverse * off)[0]).exp();
                    let d = (Vector2::new(1_700.0, 600.0) + off).norm().hypot(200.0);
                    let weight = density * l(lapwing_sensing::hearing_probability(RANGE_M, d));
                    prior += density;
                    total += weight;
                    mean += off * weight;
                    square += off * off.transpose() * weight;
                }
            }
            mean /= total;
            let covariance = square / total - mean * mean.transpose();
            assert!(
                (got.evidence / (total / prior) - 1.0).abs() < 5e-3,
                "{}",
                got.evidence
            );
            let moved = (got.state.mean - state.mean)
                .fixed_rows::<2>(0)
                .into_owned();
            assert!((moved - mean).norm() < 3.0, "{moved} {mean}");
            let p = got.state.covariance.fixed_view::<2, 2>(0, 0).into_owned();
            assert!(
                (p - covariance).norm() < 0.02 * covariance.norm(),
                "{p} {covariance}"
            );
        }
    }

    #[test]
    fn heard_draws_near_and_unheard_pushes_away_and_both_stay_covariances() {
        let (chart, hearing, state) = scene();
        let range = |g: &Gaussian| g.mean[0].hypot(g.mean[1]);
        let heard = hearing
            .weigh(&chart, &state, 0.0, &drone(), |p| p)
            .unwrap()
            .state;
        let silent = hearing
            .weigh(&chart, &state, 0.0, &drone(), |p| 1.0 - p)
            .unwrap()
            .state;
        assert!(range(&heard) < range(&state) - 50.0, "{}", range(&heard));
        assert!(range(&silent) > range(&state) + 50.0, "{}", range(&silent));
        // what is correlated with the position moves along
        assert!(heard.mean[3] < -0.1, "{}", heard.mean);
        for g in [heard, silent] {
            assert!(g.covariance.cholesky().is_some());
        }
    }

    #[test]
    fn what_a_bird_does_is_not_heard_and_a_vague_track_is_left_alone() {
        let (chart, hearing, mut state) = scene();
        let bird = ClassProbabilities::from_weights([0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        let silent = hearing
            .weigh(&chart, &state, 0.0, &bird, |p| 1.0 - p)
            .unwrap();
        assert!((silent.state.mean - state.mean).norm() < 1e-6);
        assert!((silent.evidence - 1.0).abs() < 1e-6);
        state.covariance *= 100.0;
        let heard = hearing.weigh(&chart, &state, 0.0, &drone(), |p| p);
        assert!(heard.is_none());
    }
}

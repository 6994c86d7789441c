//! The interacting multiple model estimator (Blom and Bar-Shalom 1988; Bar-Shalom, Li
//! and Kirubarajan 2001, §11.6.6): a state for every mode, mixed at every step by the
//! probabilities of having come from the others.
//!
//! With μ the modes' probabilities and Π(t) their transition matrix:
//!
//! ```text
//! c_j   = Σ_i μ_i Π_ij                        predicted probability
//! μ_i|j = μ_i Π_ij / c_j                      where mode j came from
//! x_j   = Σ_i μ_i|j x_i,  P_j = Σ_i μ_i|j (P_i + (x_i − x_j)(x_i − x_j)ᵀ)
//! μ_j  ∝ c_j Λ_j                              after a report of likelihood Λ_j
//! ```
//!
//! The turns are a pair at the usual rate, left and right, not an augmented state: that
//! keeps six numbers, is linear, and answers at once, where an estimated rate takes two or three
//! plots of a slow radar to settle. Modes less likely than a hundred-thousandth
//! are left out, which spares what cannot hover the mode for it. A mode changes only at a
//! step, so a long prediction is cut into several.

use super::behaviour::{Behaviour, HOVER, LEFT, MODES, RIGHT, STRAIGHT};
use super::{Flow, Gaussian, Intensity};
use crate::TrackerConfig;
use crate::chart::Chart;
use lapwing_model::ModeProbabilities;
use nalgebra::{Matrix3, Vector3};

/// A mode less likely than this is left out.
const LIKELY_MIN: f64 = 1e-5;
/// A mode that gave less than this share to another gave nothing.
const SHARE_MIN: f64 = 1e-9;
/// Longest step of a prediction, s, and most steps.
const STEP_S: f64 = 5.0;
const STEPS_MAX: f64 = 12.0;
/// Of a new thing.
const AT_FIRST: [f64; MODES] = [1.0, 0.0, 0.0, 0.0];

/// A state for every mode, and the modes' probabilities, which sum to 1. What is left out
/// has probability 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Modes {
    pub(crate) states: [Gaussian; MODES],
    pub(crate) probabilities: [f64; MODES],
}

/// The intensity of a mode's noise.
pub(crate) fn intensity(config: &TrackerConfig, mode: usize) -> Intensity {
    match mode {
        STRAIGHT => Intensity::straight(config),
        HOVER => Intensity::hovering(),
        _ => Intensity::turning(config),
    }
}

/// The path of a mode from `state`.
pub(super) fn flow(
    config: &TrackerConfig,
    up: &Vector3<f64>,
    rate_rad_s: f64,
    mode: usize,
    dt_s: f64,
) -> Flow {
    let q = intensity(config, mode);
    match mode {
        LEFT => Flow::turn(up, rate_rad_s, q, dt_s),
        RIGHT => Flow::turn(up, -rate_rad_s, q, dt_s),
        HOVER => Flow::hover(dt_s),
        _ => Flow::straight(q, dt_s),
    }
}

impl Modes {
    /// A new thing of this state in every mode.
    pub(crate) const fn of(state: Gaussian) -> Self {
        Self {
            states: [state; MODES],
            probabilities: AT_FIRST,
        }
    }

    /// The modes in use.
    pub(crate) fn active(&self) -> impl Iterator<Item = (usize, f64, &Gaussian)> + Clone {
        self.probabilities
            .iter()
            .zip(&self.states)
            .enumerate()
            .filter(|(_, (p, _))| **p > 0.0)
            .map(|(mode, (p, state))| (mode, *p, state))
    }

    /// The modes' probabilities by their names.
    pub(crate) const fn public(&self) -> ModeProbabilities {
        ModeProbabilities {
            straight: self.probabilities[STRAIGHT],
            left: self.probabilities[LEFT],
            right: self.probabilities[RIGHT],
            hover: self.probabilities[HOVER],
        }
    }

    /// The mixture's mean and covariance.
    pub(crate) fn merged(&self) -> Gaussian {
        merged(self.active().map(|(_, p, state)| (p, state)))
    }

    /// One for several, whose weights sum to 1: mode by mode their moments.
    pub(crate) fn mixture(parts: &[(f64, Self)]) -> Self {
        let (_, first) = &parts[0];
        let mut new = *first;
        for (mode, p) in new.probabilities.iter_mut().enumerate() {
            let shares = || {
                parts
                    .iter()
                    .map(|(w, m)| (w * m.probabilities[mode], &m.states[mode]))
                    .filter(|(share, _)| *share > 0.0)
            };
            *p = shares().map(|(share, _)| share).sum();
            if *p > 0.0 {
                new.states[mode] = merged(shares());
            }
        }
        new
    }

    /// Each mode's state and probability after modes may have changed for `dt_s`.
    pub(crate) fn mixed(&self, config: &TrackerConfig, behaviour: &Behaviour, dt_s: f64) -> Self {
        let transition = behaviour.transition(config, dt_s);
        let mut new = *self;
        let mut total = 0.0;
        for (to, p) in new.probabilities.iter_mut().enumerate() {
            let shares: [f64; MODES] =
                std::array::from_fn(|from| self.probabilities[from] * transition[from][to]);
            let sum: f64 = shares.iter().sum();
            if sum.is_nan() || sum < LIKELY_MIN {
                *p = 0.0;
                continue;
            }
            *p = sum;
            total += sum;
            new.states[to] = merged(
                shares
                    .iter()
                    .zip(&self.states)
                    .map(|(share, state)| (share / sum, state))
                    .filter(|(share, _)| *share > SHARE_MIN),
            );
        }
        for p in &mut new.probabilities {
            *p /= total;
        }
        new
    }

    /// In how many steps `dt_s` is predicted.
    pub(crate) fn steps(dt_s: f64) -> f64 {
        (dt_s / STEP_S).ceil().clamp(1.0, STEPS_MAX)
    }

    /// The modes `dt_s` later; before, without any change of mode, where it is negative.
    pub(crate) fn predicted(
        &self,
        config: &TrackerConfig,
        chart: &Chart,
        behaviour: &Behaviour,
        dt_s: f64,
    ) -> Self {
        if dt_s == 0.0 {
            return *self;
        }
        let steps = Self::steps(dt_s);
        let step_s = dt_s / steps;
        let mut new = if step_s > 0.0 {
            self.mixed(config, behaviour, step_s)
        } else {
            *self
        };
        for step in 0..steps as u32 {
            if step > 0 && step_s > 0.0 {
                new = new.mixed(config, behaviour, step_s);
            }
            for mode in 0..MODES {
                if new.probabilities[mode] <= 0.0 {
                    continue;
                }
                let state = &new.states[mode];
                let up = chart.up(&state.position());
                let v = state.velocity();
                let rate = behaviour.turn_rate_rad_s(v.x.hypot(v.y));
                new.states[mode] = flow(config, &up, rate, mode, step_s).apply(chart, state);
            }
        }
        new
    }

    /// What `change` does to every state in use.
    pub(crate) fn each(&mut self, change: impl Fn(&mut Gaussian)) {
        for (state, p) in self.states.iter_mut().zip(self.probabilities) {
            if p > 0.0 {
                change(state);
            }
        }
    }

    /// Every state in another frame.
    pub(crate) fn transformed(&self, rotation: &Matrix3<f64>, translation: &Vector3<f64>) -> Self {
        let mut new = *self;
        new.each(|state| *state = state.transformed(rotation, translation));
        new
    }

    /// Weigh the modes by the exponentials of `logs`; the logarithm of the sum. `None` where
    /// nothing is left.
    pub(crate) fn weighed(&mut self, logs: &[f64; MODES]) -> Option<f64> {
        let (log, probabilities) = self.log_sum(logs)?;
        self.probabilities = probabilities;
        Some(log)
    }

    /// The logarithm of the sum of the modes weighed by the exponentials of `logs`, and what
    /// their probabilities become.
    pub(crate) fn log_sum(&self, logs: &[f64; MODES]) -> Option<(f64, [f64; MODES])> {
        let greatest = self
            .active()
            .map(|(mode, _, _)| logs[mode])
            .fold(f64::NEG_INFINITY, f64::max);
        if !greatest.is_finite() {
            return None;
        }
        let mut probabilities = self.probabilities;
        let mut sum = 0.0;
        for (p, log) in probabilities.iter_mut().zip(logs) {
            if *p > 0.0 {
                *p *= (log - greatest).exp();
                sum += *p;
            }
        }
        for p in &mut probabilities {
            *p /= sum;
        }
        let log = greatest + sum.ln();
        log.is_finite().then_some((log, probabilities))
    }
}

/// The Gaussian with the moments of a mixture whose weights sum to 1.
pub(crate) fn merged<'a>(parts: impl Iterator<Item = (f64, &'a Gaussian)> + Clone) -> Gaussian {
    let mut mean = nalgebra::Vector6::zeros();
    let (mut sum, mut n) = (0.0, 0);
    let mut only = None;
    for (w, state) in parts.clone() {
        mean += state.mean * w;
        sum += w;
        n += 1;
        only = Some(state);
    }
    if let (1, Some(only)) = (n, only) {
        return *only;
    }
    mean /= sum;
    let mut covariance = nalgebra::Matrix6::zeros();
    for (w, state) in parts {
        let apart = state.mean - mean;
        covariance += (state.covariance + apart * apart.transpose()) * (w / sum);
    }
    Gaussian { mean, covariance }
}

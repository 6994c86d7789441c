//! Existence: the probability that a track is a thing, by recursion.
//!
//! A track is a Bernoulli: it is there with probability r, or not (integrated
//! probabilistic data association, Mušicki, Evans and Stanković 1994; Williams 2015
//! for the same recursion in the multi-Bernoulli filter). On odds o = r/(1−r):
//!
//! | event | o becomes |
//! |---|---|
//! | looked at, not reported | o · (1 − P_D) |
//! | looked at, reported | o · (1 − P_D + P_D · Λ/λ) |
//! | time passes | r · survival^Δt |
//! | time passes and nothing that can see it looks | r · ½^{Δt/half-life}, after a grace |
//!
//! with Λ the density of the report under the track's prediction and λ that of
//! clutter and of new things at the same point. Odds multiply, so a miss that turns
//! out to have been the edge of a sector can be taken back exactly.

use crate::TrackerConfig;
use lapwing_model::Timestamp;

/// Greatest existence: beyond it the model of the world is less sure than the number.
const EXISTENCE_MAX: f64 = 0.999;
/// Greatest probability of detection believed: terrain, masking and processing lose some.
pub(crate) const DETECTION_MAX: f64 = 0.95;

/// A probability of existence and when it applies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Existence {
    odds: f64,
    time: Timestamp,
}

impl Existence {
    pub(crate) fn new(probability: f64, time: Timestamp) -> Self {
        let mut new = Self { odds: 0.0, time };
        new.set(probability);
        new
    }

    fn set(&mut self, probability: f64) {
        let p = probability.clamp(0.0, EXISTENCE_MAX);
        self.odds = p / (1.0 - p);
    }

    /// The probability at its own time.
    pub(crate) fn probability(&self) -> f64 {
        self.odds / (1.0 + self.odds)
    }

    /// The probability at `at`, when something last looked or reported at `evidence`.
    pub(crate) fn at(&self, config: &TrackerConfig, evidence: Timestamp, at: Timestamp) -> f64 {
        let dt = at.seconds_since(self.time).max(0.0);
        let silent_from = evidence.plus_seconds(config.silence_grace_s).max(self.time);
        let silent = at.seconds_since(silent_from).max(0.0);
        let half_lives = silent / config.silence_half_life_s.max(1e-3);
        self.probability()
            * config.survival_per_s.clamp(0.0, 1.0).powf(dt)
            * 0.5_f64.powf(half_lives)
    }

    /// Let time pass until `at`.
    pub(crate) fn advance(&mut self, config: &TrackerConfig, evidence: Timestamp, at: Timestamp) {
        if at > self.time {
            let p = self.at(config, evidence, at);
            self.set(p);
            self.time = at;
        }
    }

    /// Looked at and not reported; returns the factor, for [`Existence::take_back`].
    pub(crate) fn miss(&mut self, detection: f64) -> f64 {
        let factor = 1.0 - detection.clamp(0.0, DETECTION_MAX);
        self.odds *= factor;
        factor
    }

    /// A miss that was none.
    pub(crate) fn take_back(&mut self, factor: f64) {
        if factor > 0.0 {
            self.odds /= factor;
            self.set(self.probability());
        }
    }

    /// Looked at and reported, with likelihood ratio Λ/λ.
    pub(crate) fn detect(&mut self, detection: f64, ratio: f64) {
        let detection = detection.clamp(0.0, DETECTION_MAX);
        self.odds *= 1.0 - detection + detection * ratio.min(1e12);
        self.set(self.probability());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miss_is_bayes_rule() {
        for (r, detection) in [(0.5, 0.9), (0.9, 0.5), (0.01, 0.2)] {
            let mut e = Existence::new(r, Timestamp(0));
            let factor = e.miss(detection);
            let expected = r * (1.0 - detection) / (1.0 - r * detection);
            assert!((e.probability() - expected).abs() < 1e-12);
            e.take_back(factor);
            assert!((e.probability() - r).abs() < 1e-12);
        }
    }

    #[test]
    fn misses_only_lower_and_likely_reports_only_raise() {
        let mut e = Existence::new(0.99, Timestamp(0));
        for _ in 0..20 {
            let before = e.probability();
            e.miss(0.6);
            assert!(e.probability() < before);
        }
        for _ in 0..5 {
            let before = e.probability();
            e.detect(0.6, 50.0);
            assert!(e.probability() > before);
        }
    }

    /// Time in one piece or in many gives the same.
    #[test]
    fn time_passes_alike_in_one_step_or_many() {
        let config = TrackerConfig::default();
        let evidence = Timestamp::from_seconds(3.0);
        let start = Existence::new(0.9, Timestamp(0));
        let mut many = start;
        for k in 1..=70 {
            many.advance(&config, evidence, Timestamp::from_seconds(f64::from(k)));
        }
        let once = start.at(&config, evidence, Timestamp::from_seconds(70.0));
        assert!((many.probability() - once).abs() < 1e-12);
        assert!(once < 0.05, "{once}");
    }
}

//! What kind of thing a track is, as probabilities: never a verdict.

use serde::{Deserialize, Serialize};

/// The kinds that Lapwing tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Fixed-wing drone: flies a route, tens of metres a second.
    FixedWingDrone,
    /// Multirotor: hovers, slow, low.
    Multirotor,
    /// Bird or flock.
    Bird,
    /// Light aircraft or helicopter.
    LightAircraft,
    /// Airliner or other large aircraft.
    Airliner,
    /// Anything else: balloon, vehicle, wave, unknown kind.
    Other,
}

impl Class {
    /// Every class, in the order of [`ClassProbabilities`].
    pub const ALL: [Self; 6] = [
        Self::FixedWingDrone,
        Self::Multirotor,
        Self::Bird,
        Self::LightAircraft,
        Self::Airliner,
        Self::Other,
    ];

    /// The word used in every file and on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FixedWingDrone => "fixed_wing_drone",
            Self::Multirotor => "multirotor",
            Self::Bird => "bird",
            Self::LightAircraft => "light_aircraft",
            Self::Airliner => "airliner",
            Self::Other => "other",
        }
    }

    /// The class whose word is `text`.
    #[must_use]
    pub fn from_word(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == text)
    }
}

/// A probability for each class of [`Class::ALL`], summing to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassProbabilities([f64; 6]);

impl Default for ClassProbabilities {
    fn default() -> Self {
        Self([1.0 / 6.0; 6])
    }
}

impl ClassProbabilities {
    /// Probabilities proportional to `weights` (in the order of [`Class::ALL`]);
    /// equal ones if no weight is positive and finite.
    #[must_use]
    pub fn from_weights(weights: [f64; 6]) -> Self {
        let clean = weights.map(|w| if w.is_finite() && w > 0.0 { w } else { 0.0 });
        let sum: f64 = clean.iter().sum();
        if sum > 0.0 && sum.is_finite() {
            Self(clean.map(|w| w / sum))
        } else {
            Self::default()
        }
    }

    /// The posterior after evidence with these log-likelihoods (Bayes' rule).
    #[must_use]
    pub fn updated(&self, log_likelihoods: [f64; 6]) -> Self {
        let best = log_likelihoods.iter().copied().fold(f64::MIN, f64::max);
        let mut weights = self.0;
        for (w, l) in weights.iter_mut().zip(log_likelihoods) {
            // a floor keeps every class recoverable by later evidence
            *w = (*w * (l - best).exp()).max(1e-6);
        }
        Self::from_weights(weights)
    }

    /// The probability of one class.
    #[must_use]
    pub fn of(&self, class: Class) -> f64 {
        self.0[class as usize]
    }

    /// The most probable class (the first in order among equals), and its probability.
    #[must_use]
    pub fn best(&self) -> (Class, f64) {
        let mut best = (Class::ALL[0], self.0[0]);
        for class in Class::ALL {
            if self.of(class) > best.1 {
                best = (class, self.of(class));
            }
        }
        best
    }

    /// The most probable class's word, or `unknown` when none reaches one half.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.best() {
            (class, p) if p >= 0.5 => class.as_str(),
            _ => "unknown",
        }
    }

    /// Probabilities in the order of [`Class::ALL`].
    #[must_use]
    pub const fn as_array(&self) -> &[f64; 6] {
        &self.0
    }
}

impl Serialize for ClassProbabilities {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Class::ALL.into_iter().map(|c| (c.as_str(), self.of(c))))
    }
}

impl<'de> Deserialize<'de> for ClassProbabilities {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = std::collections::BTreeMap::<Class, f64>::deserialize(deserializer)?;
        let mut weights = [0.0; 6];
        for (class, p) in map {
            weights[class as usize] = p;
        }
        Ok(Self::from_weights(weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_moves_probability_by_bayes_rule() {
        let prior = ClassProbabilities::from_weights([1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        let posterior = prior.updated([3.0_f64.ln(), 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert!((posterior.of(Class::FixedWingDrone) - 0.75).abs() < 1e-5);
        assert_eq!(posterior.word(), "fixed_wing_drone");
        assert_eq!(ClassProbabilities::default().word(), "unknown");
    }

    #[test]
    fn impossible_weights_mean_no_knowledge() {
        let p = ClassProbabilities::from_weights([f64::NAN, 0.0, -1.0, 0.0, 0.0, f64::INFINITY]);
        assert_eq!(p, ClassProbabilities::default());
    }
}

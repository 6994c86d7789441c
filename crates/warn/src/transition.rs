//! The stages of one place as a pure transition function.

use crate::WarningPolicy;
use lapwing_model::{Stage, Timestamp};

/// What the picture says about one place at one update.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Inputs {
    /// Probability that anything that matters comes within 20 min.
    pub p20: f64,
    /// Probability that anything that may cause prepare or act comes within 10 min.
    pub alarm_p10: f64,
    /// The same within 6 min.
    pub alarm_p6: f64,
    /// Whether every track that was expected now moves away.
    pub passed: bool,
}

impl Inputs {
    /// The highest stage whose threshold is reached.
    #[must_use]
    pub fn wanted(&self, policy: &WarningPolicy) -> Option<Stage> {
        if self.alarm_p10 >= policy.act_p10 || self.alarm_p6 >= policy.act_p6 {
            Some(Stage::Act)
        } else if self.alarm_p10 >= policy.prepare_p10 {
            Some(Stage::Prepare)
        } else if self.p20 >= policy.advisory_p20 {
            Some(Stage::Advisory)
        } else {
            None
        }
    }
}

/// What an update did to a place's stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// No warning, and none raised.
    Nothing,
    /// A warning begins.
    Raise(Stage),
    /// The warning in force becomes more urgent.
    Escalate(Stage),
    /// The warning stays as it is.
    Stay,
    /// The warning ends.
    AllClear,
}

/// The memory of one place's stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Latch {
    /// The stage in force; never [`Stage::AllClear`].
    pub stage: Option<Stage>,
    /// When it was last raised.
    pub raised: Timestamp,
    /// Updates in a row below the threshold for off.
    pub low_updates: u32,
}

impl Latch {
    /// Takes one update.
    pub fn step(&mut self, policy: &WarningPolicy, now: Timestamp, inputs: &Inputs) -> Step {
        let wanted = inputs.wanted(policy);
        let Some(stage) = self.stage else {
            let Some(wanted) = wanted else {
                return Step::Nothing;
            };
            *self = Self {
                stage: Some(wanted),
                raised: now,
                low_updates: 0,
            };
            return Step::Raise(wanted);
        };
        if let Some(wanted) = wanted.filter(|&w| w > stage) {
            *self = Self {
                stage: Some(wanted),
                raised: now,
                low_updates: 0,
            };
            return Step::Escalate(wanted);
        }
        // whatever could raise the next warning at once keeps this one in force
        let low = wanted.is_none() && inputs.p20 < policy.p_off();
        self.low_updates = if low {
            self.low_updates.saturating_add(1)
        } else {
            0
        };
        let long_enough = now.seconds_since(self.raised) >= policy.min_on_s;
        let quiet = self.low_updates >= policy.updates_off || inputs.passed;
        if low && quiet && long_enough {
            *self = Self::default();
            return Step::AllClear;
        }
        Step::Stay
    }
}

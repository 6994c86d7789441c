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

/// Since when the picture has asked for each stage or a higher one, without a break.
///
/// Alarm systems call it an on-delay (ISA-18.2, IEC 62682): one bad plot that bends a
/// course or a class for a look must not raise an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Held {
    advisory: Option<Timestamp>,
    prepare: Option<Timestamp>,
    act: Option<Timestamp>,
}

impl Held {
    /// Takes what the picture at `now` asks for; gives the highest stage that it has
    /// asked for all through the last `hold_s` seconds.
    pub fn step(&mut self, now: Timestamp, wanted: Option<Stage>, hold_s: f64) -> Option<Stage> {
        let stages = [
            (Stage::Act, &mut self.act),
            (Stage::Prepare, &mut self.prepare),
            (Stage::Advisory, &mut self.advisory),
        ];
        let mut reached = None;
        for (stage, since) in stages {
            if wanted.is_some_and(|w| w >= stage) {
                let since = *since.get_or_insert(now);
                if reached.is_none() && now.seconds_since(since) >= hold_s {
                    reached = Some(stage);
                }
            } else {
                *since = None;
            }
        }
        reached
    }
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
    /// How long the picture has asked for each stage.
    pub held: Held,
}

impl Latch {
    /// The memory of a stage that was raised at `raised`.
    #[must_use]
    pub fn raised(stage: Stage, raised: Timestamp) -> Self {
        Self {
            stage: Some(stage),
            raised,
            ..Self::default()
        }
    }

    /// Takes one update.
    pub fn step(&mut self, policy: &WarningPolicy, now: Timestamp, inputs: &Inputs) -> Step {
        let wanted = inputs.wanted(policy);
        let reached = self.held.step(now, wanted, policy.hold_s);
        if let Some(reached) = reached.filter(|&r| self.stage.is_none_or(|s| r > s)) {
            let before = self.stage.replace(reached);
            self.raised = now;
            self.low_updates = 0;
            return if before.is_some() {
                Step::Escalate(reached)
            } else {
                Step::Raise(reached)
            };
        }
        if self.stage.is_none() {
            return Step::Nothing;
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

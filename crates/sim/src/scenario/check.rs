//! What every value of a scenario may be.

use super::ScenarioError;

/// One value, where it may lie, and how to say so.
pub(super) struct Check {
    key: &'static str,
    value: f64,
    low: f64,
    high: f64,
    expected: &'static str,
}

impl Check {
    pub(super) fn verdict(&self) -> Result<(), ScenarioError> {
        if (self.low..=self.high).contains(&self.value) {
            return Ok(());
        }
        Err(ScenarioError::Value {
            key: self.key,
            value: self.value,
            expected: self.expected,
        })
    }
}

pub(super) fn within(
    key: &'static str,
    value: f64,
    (low, high): (f64, f64),
    expected: &'static str,
) -> Check {
    Check {
        key,
        value,
        low,
        high,
        expected,
    }
}

pub(super) fn share(key: &'static str, value: f64) -> Check {
    within(key, value, (0.0, 1.0), "between 0 and 1")
}

pub(super) fn count(key: &'static str, value: f64) -> Check {
    within(key, value, (0.0, 20_000.0), "at most 20000")
}

/// A pair whose lesser comes first, both within limits.
pub(super) fn span(
    key: &'static str,
    [low, high]: [f64; 2],
    limits: (f64, f64),
    expected: &'static str,
) -> [Check; 2] {
    [
        within(key, low, (limits.0, high), expected),
        within(key, high, limits, expected),
    ]
}

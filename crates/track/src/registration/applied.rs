//! What is taken off a sensor's measurements, and when that changes.

use super::estimator::Estimate;
use lapwing_model::Timestamp;

/// Time between two changes of what is applied, s of data.
const APPLY_S: f64 = 10.0;

/// The estimate in use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Applied {
    pub(super) estimate: Option<Estimate>,
    changed: Option<Timestamp>,
}

impl Applied {
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.changed
            .is_none_or(|t| now.seconds_since(t).abs() >= APPLY_S)
    }

    pub(super) const fn change(&mut self, estimate: Estimate, now: Timestamp) {
        self.estimate = Some(estimate);
        self.changed = Some(now);
    }
}

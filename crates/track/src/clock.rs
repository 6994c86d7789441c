//! The time of the picture, held against clocks that jump.
//!
//! One look of another day would let every track be silent for too long. A look whose time is
//! far from those before it is left out; when several in a row agree with one another, it is
//! time that has passed (or a recording that begins anew) and not a clock that errs.

use lapwing_model::Timestamp;

/// Greatest step that is taken on one look's word, s.
const STEP_MAX_S: f64 = 600.0;
/// Looks in a row that must agree on a longer one.
const AGREE: u32 = 3;

#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    now: Option<Timestamp>,
    /// Another time that looks spoke of, and how many in a row.
    other: Option<(Timestamp, u32)>,
}

impl Clock {
    /// Whether a look that ends at `at` belongs to the present.
    pub(crate) fn follows(&mut self, at: Timestamp) -> bool {
        let near = |t: Timestamp| at.seconds_since(t).abs() <= STEP_MAX_S;
        if self.now.is_none_or(near) {
            self.now = Some(at);
            self.other = None;
            return true;
        }
        let agreeing = match self.other {
            Some((t, n)) if near(t) => n + 1,
            _ => 1,
        };
        self.other = Some((at, agreeing));
        if agreeing < AGREE {
            return false;
        }
        self.now = Some(at);
        self.other = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_clock_that_errs_does_not_move_time_and_three_that_agree_do() {
        let mut clock = Clock::default();
        let mut follows = |s: f64| clock.follows(Timestamp::from_seconds(s));
        let day = 86_400.0;
        for (s, expected) in [
            (day, true),
            (day + 500.0, true),
            (1.0, false),
            (day + 501.0, true),
            (2.0, false),
            (3.0, false),
            (4.0, true),
            (day, false),
            (5.0, true),
            (3.0 * day, false),
            (7.0 * day, false),
            (7.0 * day + 1.0, false),
            (7.0 * day + 2.0, true),
        ] {
            assert_eq!(follows(s), expected, "{s}");
        }
    }
}

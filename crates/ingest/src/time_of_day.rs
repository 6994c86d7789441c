//! ASTERIX carries a time of day and no date: the date comes from outside once,
//! and rolls over at midnight with the data itself.

use lapwing_model::{NANOS_PER_S, Timestamp};

const DAY_NS: i64 = 86_400 * NANOS_PER_S;
/// A step of the time of day larger than this must be confirmed.
const NEAR_NS: i64 = 3_600 * NANOS_PER_S;
/// By so many in a row.
const FAR_CONFIRMED_BY: u32 = 5;

/// Puts times of day on the calendar, one for each feed.
#[derive(Clone, Debug)]
pub struct TimeOfDayClock {
    anchor: Anchor,
    last: Option<Timestamp>,
    /// Times in a row that were far from `last`.
    far: u32,
}

/// Where the date comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The first time of day is on the day that begins at this midnight.
    Date(Timestamp),
    /// The first time of day is the one nearest to its receipt.
    Receipt,
}

impl TimeOfDayClock {
    /// A clock that has seen nothing yet.
    #[must_use]
    pub const fn new(anchor: Anchor) -> Self {
        Self {
            anchor,
            last: None,
            far: 0,
        }
    }

    /// The instant of a time of day, `seconds` since midnight UTC, received at `received`.
    ///
    /// With a time of receipt it is the instant nearest to that. Without, after the first it
    /// is the instant nearest to those before, so that a report from before midnight that
    /// arrives after it is put on the day it belongs to, and a single wrong time of day
    /// moves nothing.
    pub fn instant(&mut self, seconds: f64, received: Timestamp) -> Timestamp {
        let within_day = Timestamp::from_seconds(seconds.clamp(0.0, 2.0 * 86_400.0)).0;
        let midnight = match self.anchor {
            Anchor::Receipt => return nearest(within_day, received),
            Anchor::Date(midnight) => midnight,
        };
        let Some(last) = self.last else {
            let first = midnight + within_day;
            self.last = Some(first);
            return first;
        };
        let instant = nearest(within_day, last);
        if (instant - last).abs() <= NEAR_NS {
            self.far = 0;
            self.last = Some(last.max(instant));
        } else {
            self.far += 1;
            if self.far >= FAR_CONFIRMED_BY {
                self.far = 0;
                self.last = Some(instant);
            }
        }
        instant
    }
}

/// The instant with this time of day that is nearest to `near`.
fn nearest(within_day: i64, near: Timestamp) -> Timestamp {
    let same_day = near.midnight() + within_day;
    let difference = same_day - near;
    if difference > DAY_NS / 2 {
        same_day + -DAY_NS
    } else if difference < -DAY_NS / 2 {
        same_day + DAY_NS
    } else {
        same_day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_roll_over_midnight_in_both_directions() {
        let mut clock = TimeOfDayClock::new(Anchor::Date(at("2026-03-01T00:00:00Z")));
        for (seconds, expected) in [
            (86_399.0, "2026-03-01T23:59:59Z"),
            (1.0, "2026-03-02T00:00:01Z"),
            (86_398.5, "2026-03-01T23:59:58.5Z"),
            (2.0, "2026-03-02T00:00:02Z"),
        ] {
            assert_eq!(clock.instant(seconds, Timestamp(0)), at(expected));
        }
    }

    #[test]
    fn wrong_times_of_day_do_not_move_the_date() {
        let mut clock = TimeOfDayClock::new(Anchor::Date(at("2026-03-01T00:00:00Z")));
        let noon = 43_200.0;
        for (seconds, expected) in [
            (noon, "2026-03-01T12:00:00Z"),
            (86_390.0, "2026-03-01T23:59:50Z"),
            (noon - 100.0, "2026-03-01T11:58:20Z"),
            (noon + 1.0, "2026-03-01T12:00:01Z"),
        ] {
            assert_eq!(
                clock.instant(seconds, Timestamp(0)),
                at(expected),
                "{seconds}"
            );
        }
    }

    #[test]
    fn live_times_are_the_nearest_to_their_receipt() {
        for (received, seconds, expected) in [
            ("2026-03-01T12:00:00Z", 43_199.0, "2026-03-01T11:59:59Z"),
            ("2026-03-01T00:00:01Z", 86_399.0, "2026-02-28T23:59:59Z"),
            ("2026-02-28T23:59:59Z", 0.5, "2026-03-01T00:00:00.5Z"),
        ] {
            let mut clock = TimeOfDayClock::new(Anchor::Receipt);
            assert_eq!(clock.instant(seconds, at(received)), at(expected));
        }
    }
}

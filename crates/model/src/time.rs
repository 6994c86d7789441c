//! Time inside Lapwing: nanoseconds of UTC since 1970, without leap seconds.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use thiserror::Error;

/// Nanoseconds in a second.
pub const NANOS_PER_S: i64 = 1_000_000_000;

/// An instant: nanoseconds of UTC since 1970-01-01T00:00:00Z.
///
/// As text it is RFC 3339 in UTC, always with a `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// Text that is not an RFC 3339 instant.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("`{text}` is not an RFC 3339 time such as 2026-11-22T17:00:00Z: {reason}")]
pub struct TimeError {
    text: String,
    reason: String,
}

impl Timestamp {
    /// Before every instant that can be observed.
    pub const MIN: Self = Self(i64::MIN);

    /// The instant `seconds` after 1970-01-01T00:00:00Z, saturating.
    #[must_use]
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * NANOS_PER_S as f64).round() as i64)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / NANOS_PER_S as f64
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Seconds from `earlier` to `self`; negative if `earlier` is later.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / NANOS_PER_S as f64
    }

    /// The instant `seconds` later, saturating.
    #[must_use]
    pub fn plus_seconds(self, seconds: f64) -> Self {
        Self(
            self.0
                .saturating_add((seconds * NANOS_PER_S as f64).round() as i64),
        )
    }

    /// Midnight UTC at the start of this instant's day.
    #[must_use]
    pub const fn midnight(self) -> Self {
        const DAY: i64 = 86_400 * NANOS_PER_S;
        Self(self.0.div_euclid(DAY).saturating_mul(DAY))
    }
}

impl Add<i64> for Timestamp {
    type Output = Self;
    /// `nanoseconds` later, saturating.
    fn add(self, nanoseconds: i64) -> Self {
        Self(self.0.saturating_add(nanoseconds))
    }
}

impl Sub for Timestamp {
    type Output = i64;
    /// Nanoseconds between, saturating.
    fn sub(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // an instant that jiff cannot hold is beyond the year 9999
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(t) => write!(f, "{t}"),
            Err(_) => write!(f, "{}ns", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let error = |reason: String| TimeError {
            text: text.chars().take(64).collect(),
            reason,
        };
        let parsed: jiff::Timestamp = text
            .parse()
            .map_err(|e: jiff::Error| error(e.to_string()))?;
        i64::try_from(parsed.as_nanosecond())
            .map(Self)
            .map_err(|_| error("outside the years 1678 to 2262".into()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_nanoseconds_agree() {
        for (text, ns) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T08:20:00.5Z", 30_000_500_000_000),
            ("1969-12-31T23:59:59.999999999Z", -1),
            ("2026-11-22T17:00:00Z", 1_795_366_800_000_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Timestamp(ns)), "{text}");
            assert_eq!(Timestamp(ns).to_string(), text);
        }
        assert_eq!(
            "2026-11-22T18:00:00+01:00".parse(),
            Ok(Timestamp(1_795_366_800_000_000_000))
        );
    }

    #[test]
    fn text_that_is_no_time_is_refused() {
        for text in ["", "yesterday", "2026-11-22", "9999-01-01T00:00:00Z"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn midnight_is_the_start_of_the_utc_day() {
        let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(noon.midnight().to_string(), "2026-11-22T00:00:00Z");
        assert_eq!(Timestamp(-1).midnight().to_string(), "1969-12-31T00:00:00Z");
    }
}

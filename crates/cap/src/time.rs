//! Times as CAP writes them: whole seconds with a numeric offset, never `Z`.
//!
//! CAP 1.2 section 3.3.2: `2002-05-24T16:49:00-07:00`; alphabetic zone designators are forbidden
//! and UTC is written `-00:00`.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::Offset;

/// Largest offset XML Schema allows, minutes.
const MAX_OFFSET_MIN: i16 = 14 * 60;

/// A time in a CAP document: an instant, and the offset it is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CapTime {
    unix_s: i64,
    offset_min: i16,
}

/// Why something is not a time CAP can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The text has another form.
    #[error("the form is YYYY-MM-DDThh:mm:ss+hh:mm, with -00:00 for UTC and never Z")]
    Form,
    /// No such date or time of day, or an offset of more than 14 hours.
    #[error("there is no such date, time of day or offset")]
    Range,
}

impl CapTime {
    /// An instant, seconds since 1970 UTC, to be written with an offset from UTC, minutes east.
    ///
    /// # Errors
    /// [`TimeError::Range`] outside the years 1 to 9999 or beyond 14 hours.
    pub fn new(unix_s: i64, offset_min: i16) -> Result<Self, TimeError> {
        let time = Self { unix_s, offset_min };
        let year = time.civil().ok_or(TimeError::Range)?.year();
        if year < 1 || offset_min.unsigned_abs() > MAX_OFFSET_MIN.unsigned_abs() {
            return Err(TimeError::Range);
        }
        Ok(time)
    }

    /// An instant, seconds since 1970 UTC, to be written in UTC.
    ///
    /// # Errors
    /// [`TimeError::Range`] outside the years 1 to 9999.
    pub fn utc(unix_s: i64) -> Result<Self, TimeError> {
        Self::new(unix_s, 0)
    }

    /// Seconds since 1970 UTC.
    #[must_use]
    pub const fn unix_s(self) -> i64 {
        self.unix_s
    }

    /// Offset the time is written with, minutes east of UTC.
    #[must_use]
    pub const fn offset_min(self) -> i16 {
        self.offset_min
    }

    fn civil(self) -> Option<civil::DateTime> {
        let offset = Offset::from_seconds(i32::from(self.offset_min) * 60).ok()?;
        let timestamp = Timestamp::from_second(self.unix_s).ok()?;
        Some(offset.to_datetime(timestamp))
    }
}

impl fmt::Display for CapTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil().unwrap_or_default();
        // UTC is `-00:00`, so nought counts as west here.
        let sign = if self.offset_min > 0 { '+' } else { '-' };
        let offset_min = self.offset_min.unsigned_abs();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second(),
            offset_min / 60,
            offset_min % 60,
        )
    }
}

impl FromStr for CapTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        const FORM: &[u8] = b"dddd-dd-ddTdd:dd:ddsdd:dd";
        let bytes = text.as_bytes();
        let fits = bytes.len() == FORM.len()
            && bytes.iter().zip(FORM).all(|(byte, form)| match form {
                b'd' => byte.is_ascii_digit(),
                b's' => matches!(byte, b'+' | b'-'),
                _ => byte == form,
            });
        if !fits {
            return Err(TimeError::Form);
        }
        let number = |start: usize, end: usize| -> Result<i16, TimeError> {
            text.get(start..end)
                .and_then(|digits| digits.parse().ok())
                .ok_or(TimeError::Form)
        };
        let small = |start: usize| -> Result<i8, TimeError> {
            number(start, start + 2).and_then(|n| i8::try_from(n).map_err(|_| TimeError::Form))
        };
        let civil = civil::DateTime::new(
            number(0, 4)?,
            small(5)?,
            small(8)?,
            small(11)?,
            small(14)?,
            small(17)?,
            0,
        )
        .map_err(|_| TimeError::Range)?;
        let (hours, minutes) = (number(20, 22)?, number(23, 25)?);
        if minutes > 59 {
            return Err(TimeError::Range);
        }
        let east = if text.get(19..20) == Some("-") { -1 } else { 1 };
        let offset_min = east * (hours * 60 + minutes);
        let unix_s = Offset::from_seconds(i32::from(offset_min) * 60)
            .and_then(|offset| offset.to_timestamp(civil))
            .map_err(|_| TimeError::Range)?
            .as_second();
        Self::new(unix_s, offset_min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form() {
        for (text, expected) in [
            ("1970-01-01T00:00:00-00:00", Ok((0, 0))),
            ("2026-11-22T17:00:00-00:00", Ok((1_795_366_800, 0))),
            ("2003-04-02T14:39:01-05:00", Ok((1_049_312_341, -300))),
            ("2003-06-11T20:56:00+05:45", Ok((1_055_344_260, 345))),
            ("2024-02-29T00:00:00-00:00", Ok((1_709_164_800, 0))),
            ("0001-01-01T00:00:00-00:00", Ok((-62_135_596_800, 0))),
            ("2026-11-22T17:00:00Z", Err(TimeError::Form)),
            ("2026-11-22T17:00:00", Err(TimeError::Form)),
            ("2026-11-22T17:00:00.5-00:00", Err(TimeError::Form)),
            ("2026-11-22T17:00:00,00:00", Err(TimeError::Form)),
            ("2026-11-22 17:00:00-00:00", Err(TimeError::Form)),
            ("+026-11-22T17:00:00-00:00", Err(TimeError::Form)),
            ("2026-11-22T17:00:00-00:0é", Err(TimeError::Form)),
            ("2025-02-29T00:00:00-00:00", Err(TimeError::Range)),
            ("2026-13-01T00:00:00-00:00", Err(TimeError::Range)),
            ("2026-11-22T24:00:00-00:00", Err(TimeError::Range)),
            ("2026-11-22T17:00:60-00:00", Err(TimeError::Range)),
            ("2026-11-22T17:00:00-14:01", Err(TimeError::Range)),
            ("2026-11-22T17:00:00-01:60", Err(TimeError::Range)),
            ("0000-01-01T00:00:00-00:00", Err(TimeError::Range)),
        ] {
            let got = CapTime::from_str(text);
            assert_eq!(
                got.map(|t| (t.unix_s(), t.offset_min())),
                expected,
                "{text}"
            );
            if let Ok(time) = got {
                assert_eq!(time.to_string(), text);
            }
        }
    }

    #[test]
    fn utc_is_minus_nought() {
        let time: CapTime = "2026-11-22T17:00:00+00:00"
            .parse()
            .expect("the form allows it");
        assert_eq!(time.to_string(), "2026-11-22T17:00:00-00:00");
    }

    #[test]
    fn limits() {
        assert_eq!(CapTime::utc(i64::MAX), Err(TimeError::Range));
        assert_eq!(CapTime::utc(-62_135_596_801), Err(TimeError::Range));
        assert_eq!(CapTime::new(0, 841), Err(TimeError::Range));
        assert_eq!(CapTime::new(0, i16::MIN), Err(TimeError::Range));
    }
}

//! Rows of `seconds,hexadecimal`: UTC seconds since 1970 with decimals, and a Beast frame (escapes not doubled) or a bare Mode S frame.
//!
//! This is the form of the recordings in the `rs1090` package (`data/long_flight.csv`) and of many exports of receivers'
//! databases. The time is that of reception and is taken as the time of applicability.

use crate::avr::{Lines, emit, most_lines};
use crate::frame::{Deframed, Frame};
use crate::hex;

const LINE_MAX: usize = 96;

/// Incremental reader of timed CSV. Memory: one row of at most 96 bytes.
#[derive(Clone, Debug)]
pub struct Deframer {
    lines: Lines<LINE_MAX>,
}

impl Default for Deframer {
    fn default() -> Self {
        Self::new()
    }
}

impl Deframer {
    /// A reader at the start of a row.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            lines: Lines::new(),
        }
    }

    /// Takes the next bytes and hands out what they complete, in order.
    pub fn push(&mut self, chunk: &[u8], mut sink: impl FnMut(Deframed)) {
        self.lines.push(chunk, |start, bytes, line| {
            if let Some(event) = emit(start, bytes, &line, parse_row) {
                sink(event);
            }
        });
    }

    /// Says that the stream is over: a last row without a line end counts.
    pub fn finish(&mut self, mut sink: impl FnMut(Deframed)) {
        self.lines.finish(|start, bytes, line| {
            if let Some(event) = emit(start, bytes, &line, parse_row) {
                sink(event);
            }
        });
    }
}

/// Reads one row (without its line end).
///
/// # Errors
/// What is wrong with the row, in a few words.
pub fn parse_row(row: &[u8]) -> Result<Frame, &'static str> {
    let comma = row
        .iter()
        .position(|byte| *byte == b',')
        .ok_or("no comma")?;
    let (time, digits) = row.split_at_checked(comma).ok_or("no comma")?;
    let time_ns =
        decimal_seconds_to_ns(time.trim_ascii()).ok_or("the time is not decimal seconds")?;
    let digits = digits.get(1..).unwrap_or(&[]).trim_ascii();
    let mut bytes = [0; 23];
    let count = hex::decode_into(digits, &mut bytes)
        .ok_or("not an even number of hexadecimal digits, or too many")?;
    let bytes = bytes.get(..count).unwrap_or(&[]);
    let mut frame = match bytes {
        [
            0x1A,
            b'1'..=b'3',
            c0,
            c1,
            c2,
            c3,
            c4,
            c5,
            signal,
            payload @ ..,
        ] => {
            let mut frame = Frame::new(payload).ok_or("the frame has not 2, 7 or 14 bytes")?;
            frame.counter = Some(u64::from_be_bytes([0, 0, *c0, *c1, *c2, *c3, *c4, *c5]));
            frame.signal = Some(*signal);
            frame
        }
        payload => Frame::new(payload).ok_or("the frame has not 2, 7 or 14 bytes")?,
    };
    frame.time_ns = Some(time_ns);
    Ok(frame)
}

/// Decimal text to nanoseconds without passing through floating point, which at today's date resolves only 238 ns.
fn decimal_seconds_to_ns(text: &[u8]) -> Option<i64> {
    let mut parts = text.splitn(2, |byte| *byte == b'.');
    let whole = digits(parts.next()?)?;
    let fraction = parts.next().unwrap_or(b"0");
    let kept = fraction.get(..9).unwrap_or(fraction);
    let scale = 10i64.checked_pow(9u32.checked_sub(u32::try_from(kept.len()).ok()?)?)?;
    digits(fraction.get(kept.len()..)?).or(fraction
        .get(kept.len()..)
        .filter(|rest| rest.is_empty())
        .map(|_| 0))?;
    whole
        .checked_mul(1_000_000_000)?
        .checked_add(digits(kept)?.checked_mul(scale)?)
}

fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0i64, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + i64::from(*digit - b'0'))
    })
}

/// Whether the start of a file is timed CSV: most of its whole rows are, and there is one.
#[must_use]
pub fn looks_like_timed_csv(bytes: &[u8]) -> bool {
    most_lines(bytes, |row| parse_row(row).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_seconds_are_read_exactly() {
        for (text, ns) in [
            ("1698140962.119813", Some(1_698_140_962_119_813_000)),
            ("1698140962", Some(1_698_140_962_000_000_000)),
            ("0.000000001", Some(1)),
            ("0.1234567891", Some(123_456_789)),
            ("1.", None),
            (".5", None),
            ("-1.0", None),
            ("1e9", None),
            ("99999999999999999.0", None),
            ("1.00x", None),
            ("", None),
        ] {
            assert_eq!(decimal_seconds_to_ns(text.as_bytes()), ns, "{text}");
        }
    }
}

//! AVR text: one frame a line in hexadecimal, `*8D…;` without and `@` + 12 digits of counter + frame + `;` with time.
//!
//! Source: AVR-formats of the "Mode-S Beast: data output formats" page (jetvision wiki); `%` and `<` (with a signal byte)
//! are the receiver family's variants with counter and with counter and level.

use crate::frame::{Deframed, Frame, SkipReason, Skipped};
use crate::hex;

/// Marker, counter, level, long frame and semicolon, with room for blanks.
const LINE_MAX: usize = 64;
const BYTES_MAX: usize = 6 + 1 + 14;

/// Splits a stream into lines of bounded length; shared by the text forms.
#[derive(Clone, Debug)]
pub(crate) struct Lines<const MAX: usize> {
    line: [u8; MAX],
    filled: usize,
    overlong: bool,
    start: u64,
    offset: u64,
}

/// A line without its end, or the note that it was longer than the buffer.
pub(crate) enum Line<'a> {
    Whole(&'a [u8]),
    TooLong,
}

impl<const MAX: usize> Lines<MAX> {
    pub(crate) const fn new() -> Self {
        Self {
            line: [0; MAX],
            filled: 0,
            overlong: false,
            start: 0,
            offset: 0,
        }
    }

    /// Calls `each(line start, line length with its end, line)` for every line completed by `chunk`.
    pub(crate) fn push(&mut self, chunk: &[u8], mut each: impl FnMut(u64, u64, Line<'_>)) {
        for byte in chunk {
            self.offset += 1;
            if *byte == b'\n' {
                self.end(&mut each);
            } else if let Some(place) = self.line.get_mut(self.filled) {
                *place = *byte;
                self.filled += 1;
            } else {
                self.overlong = true;
            }
        }
    }

    /// The stream is over: what stands without a line end is a line too.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(u64, u64, Line<'_>)) {
        if self.offset > self.start {
            self.end(&mut each);
        }
    }

    fn end(&mut self, each: &mut impl FnMut(u64, u64, Line<'_>)) {
        let bytes = self.line.get(..self.filled).unwrap_or(&[]);
        let line = if self.overlong {
            Line::TooLong
        } else {
            Line::Whole(bytes.trim_ascii())
        };
        each(self.start, self.offset - self.start, line);
        self.start = self.offset;
        self.filled = 0;
        self.overlong = false;
    }
}

/// What a line reader makes of its lines: shared by the text forms.
pub(crate) fn emit(
    start: u64,
    bytes: u64,
    line: &Line<'_>,
    parse: impl Fn(&[u8]) -> Result<Frame, &'static str>,
) -> Option<Deframed> {
    let reason = match line {
        Line::Whole([]) => return None,
        Line::TooLong => SkipReason::LineTooLong,
        Line::Whole(line) => match parse(line) {
            Ok(mut frame) => {
                frame.offset = start;
                return Some(Deframed::Frame(frame));
            }
            Err(what) => SkipReason::MalformedLine(what),
        },
    };
    Some(Deframed::Skipped(Skipped {
        offset: start,
        bytes,
        reason,
    }))
}

/// Incremental reader of AVR text. Memory: one line of at most 64 bytes.
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
    /// A reader at the start of a line.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            lines: Lines::new(),
        }
    }

    /// Takes the next bytes and hands out what they complete, in order.
    pub fn push(&mut self, chunk: &[u8], mut sink: impl FnMut(Deframed)) {
        self.lines.push(chunk, |start, bytes, line| {
            if let Some(event) = emit(start, bytes, &line, parse_line) {
                sink(event);
            }
        });
    }

    /// Says that the stream is over: a last line without a line end counts.
    pub fn finish(&mut self, mut sink: impl FnMut(Deframed)) {
        self.lines.finish(|start, bytes, line| {
            if let Some(event) = emit(start, bytes, &line, parse_line) {
                sink(event);
            }
        });
    }
}

/// Reads one AVR line (without its line end).
///
/// # Errors
/// What is wrong with the line, in a few words.
pub fn parse_line(line: &[u8]) -> Result<Frame, &'static str> {
    let (marker, rest) = line.split_first().ok_or("empty line")?;
    let digits = rest.strip_suffix(b";").ok_or("no semicolon at the end")?;
    let (with_counter, with_signal) = match marker {
        b'*' | b':' => (false, false),
        b'@' | b'%' => (true, false),
        b'<' => (true, true),
        _ => return Err("does not start with *, :, @, % or <"),
    };
    let mut bytes = [0; BYTES_MAX];
    let count = hex::decode_into(digits, &mut bytes)
        .ok_or("not an even number of hexadecimal digits, or too many")?;
    let bytes = bytes.get(..count).unwrap_or(&[]);
    let (counter, bytes) = if with_counter {
        let (counter, rest) = bytes.split_first_chunk::<6>().ok_or("counter cut short")?;
        let [c0, c1, c2, c3, c4, c5] = *counter;
        (
            Some(u64::from_be_bytes([0, 0, c0, c1, c2, c3, c4, c5])),
            rest,
        )
    } else {
        (None, bytes)
    };
    let (signal, payload) = if with_signal {
        let (signal, rest) = bytes.split_first().ok_or("signal level missing")?;
        (Some(*signal), rest)
    } else {
        (None, bytes)
    };
    let mut frame = Frame::new(payload).ok_or("the frame has not 2, 7 or 14 bytes")?;
    frame.counter = counter;
    frame.signal = signal;
    Ok(frame)
}

/// Whether the start of a file or stream is AVR text: most of its whole lines are, and there is one.
#[must_use]
pub fn looks_like_avr(bytes: &[u8]) -> bool {
    most_lines(bytes, |line| parse_line(line).is_ok())
}

/// More good lines than bad among those whole within the first 4 KiB; the sniffing rule of the text forms.
pub(crate) fn most_lines(bytes: &[u8], good: impl Fn(&[u8]) -> bool) -> bool {
    let whole = bytes.len() <= 4096;
    let head = bytes.get(..4096).unwrap_or(bytes);
    let mut lines: Vec<&[u8]> = head
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .collect();
    if !whole {
        lines.pop();
    }
    lines.retain(|line| !line.is_empty());
    let hits = lines.iter().filter(|line| good(line)).count();
    hits * 2 > lines.len()
}

//! The Beast binary format: how receivers (Mode-S Beast, Radarcape, readsb, dump1090) send frames over TCP port 30005.
//!
//! `0x1A`, a type byte ('1' Mode A/C, '2' short, '3' long), a 48-bit big-endian counter, one byte of signal level, the
//! frame; every 0x1A after the type is doubled (Günter Köllner, "Mode-S Beast: data output formats", jetvision wiki). Because
//! a lone 0x1A can only start a frame, a reader regains step at the next one, and an unknown type needs no known length.
//!
//! The reader works byte by byte from a fixed buffer: how the stream was cut into chunks cannot matter, and no input makes it grow.

use crate::frame::{Deframed, Frame, FrameLength, SkipReason, Skipped};

/// The escape byte.
pub const ESCAPE: u8 = 0x1A;

/// Counter (6) and signal (1) before the frame.
const HEADER: usize = 7;
const BODY_MAX: usize = HEADER + 14;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Looking for an escape byte.
    Hunting,
    /// An escape byte was seen where a frame may start.
    Escaped,
    /// Inside a frame's body.
    Body,
    /// Inside a frame's body, after one escape byte.
    BodyEscaped,
}

/// Incremental reader of a Beast stream. Memory: a few dozen bytes, whatever comes.
#[derive(Clone, Debug)]
pub struct Deframer {
    state: State,
    offset: u64,
    frame_start: u64,
    length: FrameLength,
    body: [u8; BODY_MAX],
    filled: usize,
    run: Option<Skipped>,
    skipped_bytes: u64,
    frames: u64,
}

impl Default for Deframer {
    fn default() -> Self {
        Self::new()
    }
}

impl Deframer {
    /// A reader at the start of a stream (or anywhere within one).
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: State::Hunting,
            offset: 0,
            frame_start: 0,
            length: FrameLength::ModeAc,
            body: [0; BODY_MAX],
            filled: 0,
            run: None,
            skipped_bytes: 0,
            frames: 0,
        }
    }

    /// Frames handed out so far.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frames
    }

    /// Bytes skipped so far, those of a run still open included.
    #[must_use]
    pub fn skipped_bytes(&self) -> u64 {
        self.skipped_bytes + self.run.map_or(0, |run| run.bytes)
    }

    /// Bytes taken in so far.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes the next bytes of the stream and hands out what they complete, in order.
    pub fn push(&mut self, chunk: &[u8], mut sink: impl FnMut(Deframed)) {
        for byte in chunk {
            self.step(*byte, &mut sink);
            self.offset += 1;
        }
    }

    /// Says that the stream is over: an unfinished frame or run becomes a [`Skipped`].
    pub fn finish(&mut self, mut sink: impl FnMut(Deframed)) {
        if self.state != State::Hunting {
            self.skip_from(self.frame_start, SkipReason::Truncated, &mut sink);
        }
        self.state = State::Hunting;
        self.close_run(&mut sink);
    }

    fn step(&mut self, byte: u8, sink: &mut impl FnMut(Deframed)) {
        match self.state {
            State::Hunting if byte == ESCAPE => {
                self.state = State::Escaped;
                self.frame_start = self.offset;
            }
            State::Hunting => self.skip_one(sink),
            State::Escaped => self.frame_type(byte, sink),
            State::Body if byte == ESCAPE => self.state = State::BodyEscaped,
            State::Body => self.take(byte, sink),
            State::BodyEscaped if byte == ESCAPE => {
                self.state = State::Body;
                self.take(byte, sink);
            }
            State::BodyEscaped => {
                // The escape just before this byte starts another frame.
                let next_start = self.offset - 1;
                self.skip(self.frame_start, next_start, SkipReason::CutShort, sink);
                self.frame_start = next_start;
                self.frame_type(byte, sink);
            }
        }
    }

    fn frame_type(&mut self, byte: u8, sink: &mut impl FnMut(Deframed)) {
        self.length = match byte {
            b'1' => FrameLength::ModeAc,
            b'2' => FrameLength::Short,
            b'3' => FrameLength::Long,
            _ => {
                // A doubled escape is data of a frame whose start was missed.
                let reason = if byte == ESCAPE {
                    SkipReason::NoFrameStart
                } else {
                    SkipReason::OtherType(byte)
                };
                self.skip(self.frame_start, self.offset + 1, reason, sink);
                self.state = State::Hunting;
                return;
            }
        };
        self.filled = 0;
        self.state = State::Body;
    }

    fn take(&mut self, byte: u8, sink: &mut impl FnMut(Deframed)) {
        if let Some(place) = self.body.get_mut(self.filled) {
            *place = byte;
        }
        self.filled += 1;
        if self.filled < HEADER + self.length.bytes() {
            return;
        }
        self.state = State::Hunting;
        self.close_run(sink);
        let Some((header, payload)) = self.body.split_first_chunk::<HEADER>() else {
            return;
        };
        let [c0, c1, c2, c3, c4, c5, signal] = *header;
        let payload = payload.get(..self.length.bytes()).unwrap_or(&[]);
        if let Some(mut frame) = Frame::new(payload) {
            frame.offset = self.frame_start;
            frame.counter = Some(u64::from_be_bytes([0, 0, c0, c1, c2, c3, c4, c5]));
            frame.signal = Some(signal);
            self.frames += 1;
            sink(Deframed::Frame(frame));
        }
    }

    fn skip_one(&mut self, sink: &mut impl FnMut(Deframed)) {
        // Bytes that follow an undecoded frame belong to it.
        if let Some(run) = &mut self.run {
            run.bytes += 1;
        } else {
            self.skip(self.offset, self.offset + 1, SkipReason::NoFrameStart, sink);
        }
    }

    fn skip_from(&mut self, start: u64, reason: SkipReason, sink: &mut impl FnMut(Deframed)) {
        self.skip(start, self.offset, reason, sink);
    }

    fn skip(&mut self, start: u64, end: u64, reason: SkipReason, sink: &mut impl FnMut(Deframed)) {
        match &mut self.run {
            // Garbage is one run, however many escape bytes are in it.
            Some(run) if reason == SkipReason::NoFrameStart => run.bytes += end - start,
            _ => {
                self.close_run(sink);
                self.run = Some(Skipped {
                    offset: start,
                    bytes: end - start,
                    reason,
                });
            }
        }
    }

    fn close_run(&mut self, sink: &mut impl FnMut(Deframed)) {
        if let Some(run) = self.run.take() {
            self.skipped_bytes += run.bytes;
            sink(Deframed::Skipped(run));
        }
    }
}

/// Appends one frame in Beast form. `counter` is cut to 48 bits.
///
/// `false`, and nothing appended, unless the payload has 2, 7 or 14 bytes.
pub fn encode(payload: &[u8], counter: u64, signal: u8, out: &mut Vec<u8>) -> bool {
    let kind = match FrameLength::from_bytes(payload.len()) {
        Some(FrameLength::ModeAc) => b'1',
        Some(FrameLength::Short) => b'2',
        Some(FrameLength::Long) => b'3',
        None => return false,
    };
    out.extend([ESCAPE, kind]);
    let counter = counter.to_be_bytes();
    let body = counter.iter().skip(2).chain([&signal]).chain(payload);
    for byte in body {
        out.push(*byte);
        if *byte == ESCAPE {
            out.push(ESCAPE);
        }
    }
    true
}

/// Whether the start of a file or stream is Beast: at least one whole frame, and no more bytes skipped than framed
/// (a capture may begin inside a frame).
#[must_use]
pub fn looks_like_beast(bytes: &[u8]) -> bool {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let mut deframer = Deframer::new();
    let mut good = 0u64;
    let mut bad = 0u64;
    deframer.push(head, |event| match event {
        Deframed::Frame(frame) => good += (2 + HEADER + frame.length().bytes()) as u64,
        Deframed::Skipped(skipped)
            if matches!(skipped.reason, SkipReason::OtherType(b'4' | b'5')) => {}
        Deframed::Skipped(skipped) => bad += skipped.bytes,
    });
    bad += deframer.run.map_or(0, |run| run.bytes);
    good > 0 && bad <= good
}

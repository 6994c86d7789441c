//! What every framing yields: one Mode A/C or Mode S frame, or a run of bytes that was none.
//!
//! One type for Beast, AVR and timed CSV, so that the code behind the framing does not care which it was.

/// Length class of a downlink frame (ICAO Annex 10 Vol. IV, 3.1.2.3: 56 or 112 bits; Mode A/C code: 13 bits in 2 bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FrameLength {
    /// Mode A/C reply, 2 bytes.
    ModeAc,
    /// Mode S short frame, 7 bytes.
    Short,
    /// Mode S long frame, 14 bytes.
    Long,
}

impl FrameLength {
    /// Number of bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::ModeAc => 2,
            Self::Short => 7,
            Self::Long => 14,
        }
    }

    /// The class of a frame of `count` bytes.
    #[must_use]
    pub const fn from_bytes(count: usize) -> Option<Self> {
        match count {
            2 => Some(Self::ModeAc),
            7 => Some(Self::Short),
            14 => Some(Self::Long),
            _ => None,
        }
    }
}

/// One frame as received, with what the framing says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Where in the stream (bytes since the deframer was made) the frame's first byte lies.
    pub offset: u64,
    /// The receiver's 48-bit counter at reception, unmapped ([`crate::BeastClock`]); absent where the form carries none.
    pub counter: Option<u64>,
    /// UTC nanoseconds since 1970, where the form itself carries civil time (timed CSV).
    pub time_ns: Option<i64>,
    /// Signal level as the receiver reports it: 0–255, proportional to amplitude, full scale 255.
    pub signal: Option<u8>,
    length: FrameLength,
    data: [u8; 14],
}

impl Frame {
    /// Makes a frame from its payload; `None` unless the payload has 2, 7 or 14 bytes.
    #[must_use]
    pub fn new(payload: &[u8]) -> Option<Self> {
        let length = FrameLength::from_bytes(payload.len())?;
        let mut data = [0; 14];
        data.iter_mut()
            .zip(payload)
            .for_each(|(to, from)| *to = *from);
        Some(Self {
            offset: 0,
            counter: None,
            time_ns: None,
            signal: None,
            length,
            data,
        })
    }

    /// The frame's bytes: 2, 7 or 14 of them.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.data.get(..self.length.bytes()).unwrap_or(&[])
    }

    /// Which of the three lengths the frame has.
    #[must_use]
    pub const fn length(&self) -> FrameLength {
        self.length
    }

    /// Received power relative to full scale, dBFS, as readsb's `rssi` gives it; `None` without a level or at level 0.
    #[must_use]
    pub fn signal_dbfs(&self) -> Option<f64> {
        self.signal
            .filter(|level| *level > 0)
            .map(|level| 20.0 * (f64::from(level) / 255.0).log10())
    }
}

/// Why bytes were skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// Bytes where a frame should have started.
    #[error("no frame starts here")]
    NoFrameStart,
    /// An escape byte (0x1A) that is neither doubled nor at a frame's end cut the frame short.
    #[error("the frame is cut short by the start of another")]
    CutShort,
    /// A frame type that this reader does not decode (for example '4', receiver status).
    #[error("frame type 0x{0:02x} is not a Mode A/C or Mode S frame")]
    OtherType(u8),
    /// A text line or row that is not of the form expected.
    #[error("the line is malformed: {0}")]
    MalformedLine(&'static str),
    /// A text line longer than any frame can be.
    #[error("the line is too long")]
    LineTooLong,
    /// The stream ended inside a frame.
    #[error("the stream ends inside a frame")]
    Truncated,
}

/// A run of bytes that gave no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("offset {offset}: {bytes} bytes skipped: {reason}")]
pub struct Skipped {
    /// Stream offset of the first byte skipped.
    pub offset: u64,
    /// How many bytes.
    pub bytes: u64,
    /// Why.
    pub reason: SkipReason,
}

/// What a deframer hands out, in stream order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deframed {
    /// A frame; its parity is not yet checked.
    Frame(Frame),
    /// Bytes that gave none.
    Skipped(Skipped),
}

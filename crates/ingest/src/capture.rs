//! Captures: a file's bytes into the datagrams or chunks that once arrived.
//! What a file is, is told from its content, never from its name.
//!
//! EUROCONTROL Final Format: every frame is a 2-byte big-endian total length, 1 byte of
//! error indicator, 1 byte line, 1 byte day, 3 bytes time of day in units of 10 ms,
//! the payload, and four bytes A5. Its clock paces a replay and nothing else: it is
//! commonly a local time.

use crate::{pcap, wrapped};
use lapwing_asterix::looks_like_asterix;
use lapwing_model::{NANOS_PER_S, Timestamp};
use std::borrow::Cow;
use std::fmt;
use thiserror::Error;

/// What a capture turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureFormat {
    /// EUROCONTROL Final Format.
    FinalFormat,
    /// libpcap capture: UDP payloads, or frames of 802.11 or Bluetooth.
    Pcap,
    /// pcapng capture, likewise.
    PcapNg,
    /// ASTERIX data blocks, one after the other.
    Asterix,
    /// ASTERIX data blocks behind a GPS recorder's header.
    GpsRecorder,
    /// Mode S Beast frames.
    Beast,
    /// AVR text lines.
    Avr,
    /// Rows of time and hexadecimal frame.
    TimedCsv,
    /// Report JSON lines.
    ReportJson,
}

impl fmt::Display for CaptureFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FinalFormat => "Final Format",
            Self::Pcap => "pcap",
            Self::PcapNg => "pcapng",
            Self::Asterix => "raw ASTERIX",
            Self::GpsRecorder => "GPS recorder",
            Self::Beast => "Beast",
            Self::Avr => "AVR",
            Self::TimedCsv => "timed hexadecimal frames",
            Self::ReportJson => "report JSON lines",
        })
    }
}

/// What the bytes of a frame speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// ASTERIX data blocks.
    Asterix,
    /// Beast stream.
    Beast,
    /// AVR text lines.
    Avr,
    /// Rows of time and hexadecimal frame.
    TimedCsv,
    /// Report JSON lines.
    ReportJson,
    /// Captured frames of 802.11 or Bluetooth, some of them with Remote ID: the link type (two
    /// octets, little-endian), then the frame.
    RemoteId,
}

/// One datagram, or one chunk of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame<'a> {
    /// When the capture says it arrived, if it says so.
    pub received: Option<Timestamp>,
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
}

/// A capture taken apart.
#[derive(Clone, Debug)]
pub struct Capture<'a> {
    /// What it is.
    pub format: CaptureFormat,
    /// What its frames speak.
    pub wire: Wire,
    /// The frames, in order.
    pub frames: Vec<Frame<'a>>,
    /// Whether the frames' times are on the calendar (else they only pace).
    pub dated: bool,
    /// What could not be read, in order.
    pub errors: Vec<CaptureError>,
}

/// A part of a capture that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("byte {offset}: {reason}")]
pub struct CaptureError {
    /// Where in the file.
    pub offset: usize,
    /// What is wrong, and how to mend it.
    pub reason: String,
}

/// A file that is none of the known forms.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "not a capture Lapwing knows (its first bytes are {head}); expected Final Format, pcap, pcapng, raw ASTERIX, Beast, AVR, timed hexadecimal frames or report JSON lines"
)]
pub struct UnknownCapture {
    head: String,
}

impl<'a> Capture<'a> {
    /// Takes a file's bytes apart.
    ///
    /// # Errors
    /// The bytes are none of the known forms. Damage inside a known form is in
    /// [`Capture::errors`], and what could be read is kept.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, UnknownCapture> {
        if let Some(kind) = pcap::recognise(bytes) {
            return Ok(pcap::parse(bytes, kind));
        }
        if looks_like_final_format(bytes) {
            return Ok(final_format(bytes));
        }
        if bytes.first() == Some(&b'{') {
            return Ok(lines(bytes, CaptureFormat::ReportJson, Wire::ReportJson, 1));
        }
        if lapwing_modes::beast::looks_like_beast(bytes) {
            return Ok(chunks(bytes, CaptureFormat::Beast, Wire::Beast));
        }
        if lapwing_modes::avr::looks_like_avr(bytes) {
            return Ok(lines(bytes, CaptureFormat::Avr, Wire::Avr, 64));
        }
        if lapwing_modes::timed_csv::looks_like_timed_csv(bytes) {
            return Ok(lines(bytes, CaptureFormat::TimedCsv, Wire::TimedCsv, 64));
        }
        if looks_like_asterix(bytes) {
            return Ok(asterix_blocks(bytes));
        }
        if wrapped::looks_like_gps_recorder(bytes) {
            return Ok(gps_recorder(bytes));
        }
        // a Final Format or ASTERIX file cut short is still worth reading up to the cut
        if final_format_starts(bytes) {
            return Ok(final_format(bytes));
        }
        if asterix_starts(bytes) {
            return Ok(asterix_blocks(bytes));
        }
        Err(UnknownCapture {
            head: bytes.iter().take(8).map(|b| format!("{b:02x}")).collect(),
        })
    }
}

const TRAILER: [u8; 4] = [0xA5; 4];

/// Splits one Final Format frame off: its payload, pacing time in ns, and the rest.
fn final_frame(bytes: &[u8]) -> Option<(&[u8], i64, &[u8])> {
    let (&[high, low], _) = bytes.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    let frame = bytes.get(..length)?;
    let rest = bytes.get(length..)?;
    let payload = frame.get(8..)?.strip_suffix(&TRAILER)?;
    let &[day, t2, t1, t0] = frame.get(4..8)? else {
        return None;
    };
    let ticks = i64::from(t2) << 16 | i64::from(t1) << 8 | i64::from(t0);
    let ns = i64::from(day) * 86_400 * NANOS_PER_S + ticks * (NANOS_PER_S / 100);
    Some((payload, ns, rest))
}

fn looks_like_final_format(bytes: &[u8]) -> bool {
    final_frame(bytes).is_some_and(|(payload, _, rest)| {
        !payload.is_empty() && (rest.is_empty() || final_format_starts(rest))
    })
}

/// Whether the head of a frame is there, even if the file ends inside it.
fn final_format_starts(bytes: &[u8]) -> bool {
    if final_frame(bytes).is_some() {
        return true;
    }
    match bytes {
        [h, l, _, _, _, _, _, _, cat, ..] => {
            let length = usize::from(u16::from_be_bytes([*h, *l]));
            length > 12 && length > bytes.len() && lapwing_asterix::is_known(*cat)
        }
        _ => bytes.len() < 9 && !bytes.is_empty() && bytes.first() == Some(&0),
    }
}

fn final_format(bytes: &[u8]) -> Capture<'_> {
    let mut capture = Capture {
        format: CaptureFormat::FinalFormat,
        wire: Wire::Asterix,
        frames: Vec::new(),
        dated: false,
        errors: Vec::new(),
    };
    let mut rest = bytes;
    while !rest.is_empty() {
        let offset = bytes.len() - rest.len();
        if let Some((payload, ns, after)) = final_frame(rest) {
            capture.frames.push(Frame {
                received: Some(Timestamp(ns)),
                bytes: Cow::Borrowed(payload),
            });
            rest = after;
            continue;
        }
        let length = match rest {
            [h, l, ..] => usize::from(u16::from_be_bytes([*h, *l])),
            _ => 0,
        };
        if length > rest.len() || rest.len() < 2 {
            capture.errors.push(CaptureError {
                offset,
                reason: format!(
                    "the file ends inside a Final Format frame ({} of {length} bytes are there); copy it again whole",
                    rest.len()
                ),
            });
            break;
        }
        // lost its step: the next trailer is where a frame may begin again
        let skip = rest
            .windows(4)
            .position(|w| w == TRAILER)
            .map_or(rest.len(), |p| p + 4);
        capture.errors.push(CaptureError {
            offset,
            reason: format!(
                "no Final Format frame of length {length} here (it would not end with a5a5a5a5); {skip} bytes skipped"
            ),
        });
        rest = rest.get(skip..).unwrap_or_default();
    }
    capture
}

fn asterix_starts(bytes: &[u8]) -> bool {
    matches!(bytes, [cat, h, l, ..]
        if lapwing_asterix::is_known(*cat) && u16::from_be_bytes([*h, *l]) > 3)
}

/// One frame a data block; what does not start a block is left to the decoder's error.
fn asterix_blocks(bytes: &[u8]) -> Capture<'_> {
    let mut frames = Vec::new();
    let mut rest = bytes;
    while let [_, high, low, ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some((block, after)) = rest.split_at_checked(length).filter(|_| length >= 3) else {
            break;
        };
        frames.push(Frame {
            received: None,
            bytes: Cow::Borrowed(block),
        });
        rest = after;
    }
    let mut errors = Vec::new();
    if !rest.is_empty() {
        errors.push(CaptureError {
            offset: bytes.len() - rest.len(),
            reason: format!(
                "{} bytes are no whole ASTERIX data block (category, 2-byte length, records); the file is cut or not ASTERIX from here",
                rest.len()
            ),
        });
        frames.push(Frame {
            received: None,
            bytes: Cow::Borrowed(rest),
        });
    }
    Capture {
        format: CaptureFormat::Asterix,
        wire: Wire::Asterix,
        frames,
        dated: false,
        errors,
    }
}

fn gps_recorder(bytes: &[u8]) -> Capture<'_> {
    let (blocks, stopped) = wrapped::gps_recorder_blocks(bytes);
    Capture {
        format: CaptureFormat::GpsRecorder,
        wire: Wire::Asterix,
        frames: blocks
            .into_iter()
            .map(|block| Frame {
                received: None,
                bytes: Cow::Borrowed(block),
            })
            .collect(),
        dated: false,
        errors: stopped
            .map(|offset| CaptureError {
                offset,
                reason: "no whole data block where the recorder's next one should begin; the file is cut here".into(),
            })
            .into_iter()
            .collect(),
    }
}

fn chunks(bytes: &[u8], format: CaptureFormat, wire: Wire) -> Capture<'_> {
    Capture {
        format,
        wire,
        frames: bytes
            .chunks(4096)
            .map(|chunk| Frame {
                received: None,
                bytes: Cow::Borrowed(chunk),
            })
            .collect(),
        dated: false,
        errors: Vec::new(),
    }
}

/// Frames of `count` whole lines each.
fn lines(bytes: &[u8], format: CaptureFormat, wire: Wire, count: usize) -> Capture<'_> {
    let mut frames = Vec::new();
    let mut start = 0;
    let mut seen = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' {
            seen += 1;
        }
        if seen == count || index + 1 == bytes.len() {
            let chunk = bytes.get(start..=index).unwrap_or_default();
            if !chunk.iter().all(u8::is_ascii_whitespace) {
                let received = match wire {
                    Wire::TimedCsv => chunk
                        .split(|b| *b == b'\n')
                        .next()
                        .and_then(|row| lapwing_modes::timed_csv::parse_row(row).ok())
                        .and_then(|frame| frame.time_ns)
                        .map(Timestamp),
                    _ => None,
                };
                frames.push(Frame {
                    received,
                    bytes: Cow::Borrowed(chunk),
                });
            }
            start = index + 1;
            seen = 0;
        }
    }
    Capture {
        format,
        wire,
        frames,
        dated: false,
        errors: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A CAT065 end-of-batch block, twelve bytes.
    const BLOCK: [u8; 12] = [
        0x41, 0, 12, 0xf8, 0x21, 0x12, 0x02, 0x14, 0x62, 0x3e, 0xeb, 0x07,
    ];

    fn final_format_of(payloads: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        for payload in payloads {
            let length = u16::try_from(payload.len() + 12).unwrap();
            out.extend(length.to_be_bytes());
            out.extend([0, 0, 0, 0, 0, 100]);
            out.extend(*payload);
            out.extend(TRAILER);
        }
        out
    }

    #[test]
    fn files_are_told_by_their_content() {
        let ff = final_format_of(&[&BLOCK, &BLOCK]);
        let raw = [BLOCK, BLOCK].concat();
        let json = b"{\"sensor\":\"a\"}\n{\"sensor\":\"b\"}\n";
        for (bytes, format, frames) in [
            (&ff[..], CaptureFormat::FinalFormat, 2),
            (&raw, CaptureFormat::Asterix, 2),
            (json, CaptureFormat::ReportJson, 2),
        ] {
            let capture = Capture::parse(bytes).unwrap();
            assert_eq!((capture.format, capture.frames.len()), (format, frames));
            assert_eq!(capture.errors, []);
        }
        assert!(Capture::parse(b"GIF89a").is_err());
        assert!(Capture::parse(b"").is_err());
    }

    #[test]
    fn final_frames_carry_a_pacing_time_of_ten_milliseconds() {
        let ff = final_format_of(&[&BLOCK]);
        let capture = Capture::parse(&ff).unwrap();
        assert_eq!(capture.frames[0].received, Some(Timestamp(NANOS_PER_S)));
        assert_eq!(&*capture.frames[0].bytes, &BLOCK);
    }

    #[test]
    fn every_cut_of_a_final_format_file_yields_its_whole_frames_and_says_so() {
        let ff = final_format_of(&[&BLOCK, &BLOCK, &BLOCK]);
        for cut in 9..ff.len() {
            let capture = Capture::parse(&ff[..cut]).unwrap();
            assert_eq!(capture.frames.len(), cut / 24, "cut at {cut}");
            assert_eq!(
                capture.errors.len(),
                usize::from(cut % 24 != 0),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn a_damaged_frame_costs_only_itself() {
        let mut ff = final_format_of(&[&BLOCK, &BLOCK, &BLOCK]);
        ff[24 + 1] = 20; // the second frame's length is wrong
        let capture = Capture::parse(&ff).unwrap();
        assert_eq!(capture.frames.len(), 2);
        assert_eq!(capture.errors.len(), 1);
        assert_eq!(capture.errors[0].offset, 24);
    }
}

//! The bytes of a segment, all integers little-endian.
//!
//! Segment header:
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | magic `LAPWREC\n` |
//! | 8 | 4 | format version, 1 |
//! | 12 | 4 | segment number |
//! | 16 | 8 | sequence number of the first entry |
//! | 24 | 32 | hash of the previous segment's last seal; zeros in segment 0 |
//! | 56 | 8 | creation time given by the caller, ns since 1970 UTC |
//! | 64 | 4 | length n of the note |
//! | 68 | 4 | CRC-32C of bytes 0 … 68, so that the length is trusted before it is used |
//! | 72 | n | note given by the caller |
//! | 72+n | 4 | CRC-32C of bytes 0 … 72+n; also the salt of this segment's frames |
//!
//! Frame:
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 2 | mark: entry, seal or closing seal |
//! | 2 | 2 | kind (0 in seals) |
//! | 4 | 4 | payload length n |
//! | 8 | 8 | sequence number; in seals that of the next entry |
//! | 16 | 8 | time, ns since 1970 UTC (in seals that of the last entry) |
//! | 24 | 4 | CRC-32C, started from the salt, of bytes 0 … 24 |
//! | 28 | n | payload; in seals the 32 bytes of the hash |
//! | 28+n | 4 | CRC-32C, started from the salt, of bytes 0 … 28+n |
//!
//! The salt keeps bytes that only look like frames from passing for frames: those of another
//! segment, or those that a stranger put into a payload.
//!
//! A seal's hash is SHA-256 over: the previous hash (32 bytes); every byte of the segment after the
//! previous seal, or from the segment's first byte; the seal's own bytes 0 … 28. The chain so
//! covers headers, entries and seals alike.
//!
//! CRC-32C is that of RFC 3720 appendix B.4; SHA-256 that of FIPS 180-4.

use sha2::{Digest, Sha256};

use crate::error::Reason;

/// Largest payload of one entry. A length field above it is damage, not a reason to allocate.
pub const MAX_PAYLOAD_BYTES: usize = 16 * 1024 * 1024;
/// Largest note in a segment header.
pub const MAX_NOTE_BYTES: usize = 64 * 1024;

/// Bytes of a segment header before its note.
pub(crate) const SEGMENT_FIXED_BYTES: usize = 72;
/// Bytes of a frame before its payload.
pub(crate) const FRAME_HEAD_BYTES: usize = 28;
/// Bytes of a checksum.
pub(crate) const CRC_BYTES: usize = 4;
/// Bytes of a whole seal frame.
pub(crate) const SEAL_BYTES: usize = FRAME_HEAD_BYTES + 32 + CRC_BYTES;

const MAGIC: [u8; 8] = *b"LAPWREC\n";
const VERSION: u32 = 1;
/// Far beyond any recording, and far from the end of the number line.
const MAX_SEQ: u64 = u64::MAX / 2;

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Entry,
    Seal,
    /// A seal over nothing, written only after everything before it was on disk: it shows that
    /// damage before it is not a torn tail.
    Close,
}

impl Mark {
    pub(crate) const fn code(self) -> u16 {
        match self {
            Self::Entry => 0xE17A,
            Self::Seal => 0x5EA1,
            Self::Close => 0xC105,
        }
    }

    pub(crate) fn from_code(code: u16) -> Option<Self> {
        [Self::Entry, Self::Seal, Self::Close]
            .into_iter()
            .find(|mark| mark.code() == code)
    }

    pub(crate) fn is_seal(self) -> bool {
        self != Self::Entry
    }
}

/// A frame's fields before the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHead {
    pub(crate) mark: Mark,
    pub(crate) kind: u16,
    pub(crate) len_bytes: u32,
    pub(crate) seq: u64,
    pub(crate) time_ns: i64,
}

impl FrameHead {
    pub(crate) fn encode(&self, salt: u32) -> [u8; FRAME_HEAD_BYTES] {
        let mut bytes = [0; FRAME_HEAD_BYTES];
        bytes[0..2].copy_from_slice(&self.mark.code().to_le_bytes());
        bytes[2..4].copy_from_slice(&self.kind.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.len_bytes.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.seq.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.time_ns.to_le_bytes());
        let crc = crc32c::crc32c_append(salt, &bytes[..24]);
        bytes[24..28].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; FRAME_HEAD_BYTES], salt: u32) -> Result<Self, Reason> {
        let mut fields = Fields(bytes);
        let code = u16::from_le_bytes(fields.take());
        let mark = Mark::from_code(code).ok_or(Reason::Mark(code))?;
        let kind = u16::from_le_bytes(fields.take());
        let len_bytes = u32::from_le_bytes(fields.take());
        let seq = u64::from_le_bytes(fields.take());
        let time_ns = i64::from_le_bytes(fields.take());
        let crc = u32::from_le_bytes(fields.take());
        if crc != crc32c::crc32c_append(salt, &bytes[..24]) {
            return Err(Reason::FrameChecksum);
        }
        let fits = match mark {
            Mark::Entry => len_bytes as usize <= MAX_PAYLOAD_BYTES,
            Mark::Seal | Mark::Close => len_bytes == 32,
        };
        if !fits {
            return Err(Reason::Length(len_bytes));
        }
        Ok(Self {
            mark,
            kind,
            len_bytes,
            seq,
            time_ns,
        })
    }

    /// Bytes of the whole frame.
    pub(crate) fn frame_bytes(&self) -> u64 {
        frame_bytes(self.len_bytes as usize)
    }
}

/// Bytes of a frame with a payload of this length.
pub(crate) fn frame_bytes(payload_bytes: usize) -> u64 {
    (FRAME_HEAD_BYTES + payload_bytes + CRC_BYTES) as u64
}

/// The closing checksum of a frame.
pub(crate) fn frame_crc(salt: u32, head: &[u8; FRAME_HEAD_BYTES], payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(salt, head), payload)
}

/// Appends a whole frame to `out`; `head` is already encoded with the same salt.
pub(crate) fn push_frame(
    out: &mut Vec<u8>,
    salt: u32,
    head: &[u8; FRAME_HEAD_BYTES],
    payload: &[u8],
) {
    out.extend_from_slice(head);
    out.extend_from_slice(payload);
    out.extend_from_slice(&frame_crc(salt, head, payload).to_le_bytes());
}

/// A segment's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentHead {
    pub(crate) number: u32,
    pub(crate) first_seq: u64,
    pub(crate) previous: Hash,
    pub(crate) created_ns: i64,
    pub(crate) note: Vec<u8>,
}

impl SegmentHead {
    /// The header's bytes; the last four are the salt of the segment's frames.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SEGMENT_FIXED_BYTES + self.note.len() + CRC_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&self.first_seq.to_le_bytes());
        bytes.extend_from_slice(&self.previous);
        bytes.extend_from_slice(&self.created_ns.to_le_bytes());
        bytes.extend_from_slice(&(self.note.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes.extend_from_slice(&self.note);
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// Length of the note, as far as the fixed part can be believed.
    pub(crate) fn note_bytes(fixed: &[u8; SEGMENT_FIXED_BYTES]) -> Result<usize, Reason> {
        let mut fields = Fields(fixed);
        if fields.take() != MAGIC {
            return Err(Reason::Magic);
        }
        let version = u32::from_le_bytes(fields.take());
        if version != VERSION {
            return Err(Reason::Version(version));
        }
        let mut length = Fields(&fixed[64..]);
        let note_bytes = u32::from_le_bytes(length.take()) as usize;
        if u32::from_le_bytes(length.take()) != crc32c::crc32c(&fixed[..68]) {
            return Err(Reason::HeaderChecksum);
        }
        if note_bytes > MAX_NOTE_BYTES {
            return Err(Reason::HeaderField("note length"));
        }
        Ok(note_bytes)
    }

    /// Decodes a whole header; `rest` is the note and the checksum.
    pub(crate) fn decode(fixed: &[u8; SEGMENT_FIXED_BYTES], rest: &[u8]) -> Result<Self, Reason> {
        let note_bytes = Self::note_bytes(fixed)?;
        let (note, crc) = rest.split_at_checked(note_bytes).ok_or(Reason::HeaderCut)?;
        let crc: [u8; CRC_BYTES] = crc.try_into().map_err(|_| Reason::HeaderCut)?;
        if u32::from_le_bytes(crc) != crc32c::crc32c_append(crc32c::crc32c(fixed), note) {
            return Err(Reason::HeaderChecksum);
        }
        let mut fields = Fields(&fixed[12..]);
        let head = Self {
            number: u32::from_le_bytes(fields.take()),
            first_seq: u64::from_le_bytes(fields.take()),
            previous: fields.take(),
            created_ns: i64::from_le_bytes(fields.take()),
            note: note.to_vec(),
        };
        if head.first_seq > MAX_SEQ {
            return Err(Reason::HeaderField("first sequence number"));
        }
        Ok(head)
    }
}

/// The hash chain: what has been hashed since the last seal, and the hash that seal carried.
#[derive(Clone)]
pub(crate) struct Chain {
    running: Sha256,
    head: Hash,
}

impl Chain {
    pub(crate) fn from(head: Hash) -> Self {
        let mut running = Sha256::new();
        running.update(head);
        Self { running, head }
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.running.update(bytes);
    }

    /// The hash for a seal whose fields are `seal_head`; the chain goes on from it.
    pub(crate) fn seal(&mut self, seal_head: &[u8; FRAME_HEAD_BYTES]) -> Hash {
        self.add(seal_head);
        let head: Hash = self.running.clone().finalize().into();
        *self = Self::from(head);
        // The seal's payload is the new head itself; its checksum follows from the two.
        head
    }

    pub(crate) fn head(&self) -> Hash {
        self.head
    }
}

/// Takes fixed-size fields off the front. Every caller's input has a fixed length that its fields
/// add up to; should that ever be wrong, the field reads as zeros and a checksum fails.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk::<N>() {
            Some((field, rest)) => {
                self.0 = rest;
                *field
            }
            None => [0; N],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> FrameHead {
        FrameHead {
            mark: Mark::Entry,
            kind: 7,
            len_bytes: 3,
            seq: 42,
            time_ns: -5,
        }
    }

    #[test]
    fn frame_head_round_trips() {
        assert_eq!(FrameHead::decode(&head().encode(9), 9), Ok(head()));
        assert_eq!(
            FrameHead::decode(&head().encode(9), 8),
            Err(Reason::FrameChecksum)
        );
    }

    #[test]
    fn frame_layout_is_pinned() {
        let mut out = Vec::new();
        push_frame(&mut out, 0, &head().encode(0), b"abc");
        assert_eq!(out.len() as u64, head().frame_bytes());
        assert_eq!(
            out[..24],
            [
                0x7A, 0xE1, 7, 0, 3, 0, 0, 0, 42, 0, 0, 0, 0, 0, 0, 0, 0xFB, 0xFF, 0xFF, 0xFF,
                0xFF, 0xFF, 0xFF, 0xFF
            ]
        );
        assert_eq!(&out[28..31], b"abc");
    }

    #[test]
    fn crc_is_castagnoli() {
        // RFC 3720 B.4: 32 bytes of zeros give aa 36 91 8a on the wire.
        assert_eq!(
            crc32c::crc32c(&[0; 32]).to_le_bytes(),
            [0xaa, 0x36, 0x91, 0x8a]
        );
    }

    #[test]
    fn a_length_over_the_limit_is_refused_even_with_a_good_checksum() {
        let mut big = head();
        big.len_bytes = MAX_PAYLOAD_BYTES as u32 + 1;
        assert_eq!(
            FrameHead::decode(&big.encode(0), 0),
            Err(Reason::Length(big.len_bytes))
        );
    }

    #[test]
    fn segment_head_round_trips() {
        let head = SegmentHead {
            number: 3,
            first_seq: 99,
            previous: [7; 32],
            created_ns: 12,
            note: b"site=island".to_vec(),
        };
        let bytes = head.encode();
        let (fixed, rest) = bytes.split_first_chunk().expect("long enough");
        assert_eq!(SegmentHead::decode(fixed, rest), Ok(head));
    }
}

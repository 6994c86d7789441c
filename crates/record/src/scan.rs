//! Walks the frames of one segment in order and stops at the first byte that is not right.
//!
//! Reading, verifying and recovering all use this one walk, so that they cannot disagree about
//! what is good.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::{Corruption, Reason, RecordError};
use crate::format::{
    CRC_BYTES, Chain, FRAME_HEAD_BYTES, FrameHead, Hash, MAX_NOTE_BYTES, Mark, SEGMENT_FIXED_BYTES,
    SegmentHead, frame_crc,
};

/// The end of a recording that was being written when its writer died: not an error, nothing in it
/// was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Where the bytes stop being good, and why. Always in the last segment.
    pub at: Corruption,
    /// Bytes from there to the end of the file.
    pub len_bytes: u64,
}

/// One step of the walk.
pub(crate) enum Step {
    /// An entry; its payload is in [`SegmentScan::payload`].
    Entry(FrameHead),
    /// A seal whose hash was right (or was not looked at).
    Seal,
    /// The file ends after a whole frame.
    End,
    /// The frame at [`SegmentScan::offset`] is not good.
    Bad(Reason),
}

/// A segment being walked.
pub(crate) struct SegmentScan {
    path: PathBuf,
    input: BufReader<File>,
    len_bytes: u64,
    head: SegmentHead,
    offset: u64,
    next_seq: u64,
    salt: u32,
    last_mark: Option<Mark>,
    last_seal: Hash,
    chain: Option<Chain>,
    payload: Vec<u8>,
}

/// A segment's header, read or found wanting.
pub(crate) enum Opened {
    Good(Box<SegmentScan>),
    Bad {
        reason: Reason,
        len_bytes: u64,
        /// True where a writer that died while making the segment explains it.
        torn: bool,
    },
}

impl SegmentScan {
    /// Opens a segment. With `check_chain` every seal's hash is checked as it is passed.
    pub(crate) fn open(path: &Path, check_chain: bool) -> Result<Opened, RecordError> {
        let file = File::open(path).map_err(RecordError::io(path, "open"))?;
        let len_bytes = file
            .metadata()
            .map_err(RecordError::io(path, "look at"))?
            .len();
        let mut input = BufReader::with_capacity(256 * 1024, file);
        let mut bytes = Vec::new();
        let head = match read_head(&mut input, &mut bytes).map_err(RecordError::io(path, "read"))? {
            Ok(head) => head,
            Err(reason) => {
                return Ok(Opened::Bad {
                    reason,
                    len_bytes,
                    torn: head_is_torn(&bytes, len_bytes),
                });
            }
        };
        let chain = check_chain.then(|| {
            let mut chain = Chain::from(head.previous);
            chain.add(&bytes);
            chain
        });
        Ok(Opened::Good(Box::new(Self {
            path: path.to_path_buf(),
            input,
            len_bytes,
            offset: bytes.len() as u64,
            next_seq: head.first_seq,
            salt: salt(&bytes),
            last_mark: None,
            last_seal: head.previous,
            head,
            chain,
            payload: Vec::new(),
        })))
    }

    /// Walks one frame. After [`Step::End`] or [`Step::Bad`] the walk is over.
    pub(crate) fn step(&mut self) -> Result<Step, RecordError> {
        self.try_step()
            .map_err(|source| RecordError::io(&self.path, "read")(source))
    }

    fn try_step(&mut self) -> io::Result<Step> {
        let left = self.len_bytes.saturating_sub(self.offset);
        if left == 0 {
            return Ok(Step::End);
        }
        if left < FRAME_HEAD_BYTES as u64 {
            return Ok(Step::Bad(Reason::FrameCut));
        }
        let mut bytes = [0; FRAME_HEAD_BYTES];
        if let Some(reason) = short(self.input.read_exact(&mut bytes), Reason::FrameCut)? {
            return Ok(Step::Bad(reason));
        }
        let head = match FrameHead::decode(&bytes, self.salt) {
            Ok(head) => head,
            Err(reason) => return Ok(Step::Bad(reason)),
        };
        // Before the payload is given room, so that room is bounded by the file itself.
        if left < head.frame_bytes() {
            return Ok(Step::Bad(Reason::FrameCut));
        }
        self.payload.resize(head.len_bytes as usize, 0);
        if let Some(reason) = short(self.input.read_exact(&mut self.payload), Reason::FrameCut)? {
            return Ok(Step::Bad(reason));
        }
        let mut crc = [0; CRC_BYTES];
        if let Some(reason) = short(self.input.read_exact(&mut crc), Reason::FrameCut)? {
            return Ok(Step::Bad(reason));
        }
        if u32::from_le_bytes(crc) != frame_crc(self.salt, &bytes, &self.payload) {
            return Ok(Step::Bad(Reason::PayloadChecksum));
        }
        if head.seq != self.next_seq {
            return Ok(Step::Bad(Reason::Sequence {
                expected: self.next_seq,
                found: head.seq,
            }));
        }
        if let Some(chain) = &mut self.chain {
            if head.mark.is_seal() {
                if chain.seal(&bytes)[..] != self.payload[..] {
                    return Ok(Step::Bad(Reason::Chain));
                }
            } else {
                chain.add(&bytes);
                chain.add(&self.payload);
                chain.add(&crc);
            }
        }
        self.offset += head.frame_bytes();
        self.last_mark = Some(head.mark);
        if head.mark.is_seal() {
            self.last_seal.copy_from_slice(&self.payload);
        }
        Ok(match head.mark {
            Mark::Entry => {
                self.next_seq += 1;
                Step::Entry(head)
            }
            Mark::Seal | Mark::Close => Step::Seal,
        })
    }

    /// Payload of the entry just walked.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Where the next frame begins: everything before is good.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn len_bytes(&self) -> u64 {
        self.len_bytes
    }

    pub(crate) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    pub(crate) fn head(&self) -> &SegmentHead {
        &self.head
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What the last good frame was; none where there is no frame.
    pub(crate) fn last_mark(&self) -> Option<Mark> {
        self.last_mark
    }

    /// The hash in the last seal, or the one the segment began with.
    pub(crate) fn last_seal(&self) -> Hash {
        self.last_seal
    }

    pub(crate) fn salt(&self) -> u32 {
        self.salt
    }

    pub(crate) fn chain(&self) -> Option<&Chain> {
        self.chain.as_ref()
    }
}

/// Where one segment has to go on from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Continuation {
    pub(crate) number: u32,
    pub(crate) first_seq: u64,
    pub(crate) previous: Hash,
}

impl Continuation {
    pub(crate) fn check(&self, head: &SegmentHead) -> Result<(), Reason> {
        if head.number != self.number {
            Err(Reason::NotContinuing("segment number"))
        } else if head.first_seq != self.first_seq {
            Err(Reason::NotContinuing("first sequence number"))
        } else if self.previous != head.previous {
            Err(Reason::NotContinuing("previous hash"))
        } else {
            Ok(())
        }
    }
}

/// Reads a header, leaving every byte read in `bytes`.
fn read_head(
    input: &mut BufReader<File>,
    bytes: &mut Vec<u8>,
) -> io::Result<Result<SegmentHead, Reason>> {
    let fixed_bytes = SEGMENT_FIXED_BYTES as u64;
    input.by_ref().take(fixed_bytes).read_to_end(bytes)?;
    let Ok(fixed) = <[u8; SEGMENT_FIXED_BYTES]>::try_from(&bytes[..]) else {
        return Ok(Err(Reason::HeaderCut));
    };
    let rest_bytes = match SegmentHead::note_bytes(&fixed) {
        Ok(note_bytes) => (note_bytes + CRC_BYTES) as u64,
        Err(reason) => return Ok(Err(reason)),
    };
    input.by_ref().take(rest_bytes).read_to_end(bytes)?;
    Ok(SegmentHead::decode(&fixed, &bytes[SEGMENT_FIXED_BYTES..]))
}

/// Frames are written only after the header is on disk. So a bad header may be cut away only where
/// no frame can be: the file ends within the header, or the system gave it a length and no bytes.
fn head_is_torn(bytes: &[u8], len_bytes: u64) -> bool {
    let Some(fixed) = bytes.first_chunk::<SEGMENT_FIXED_BYTES>() else {
        return true;
    };
    match SegmentHead::note_bytes(fixed) {
        Ok(note_bytes) => len_bytes <= (SEGMENT_FIXED_BYTES + note_bytes + CRC_BYTES) as u64,
        Err(_) => {
            let longest = SEGMENT_FIXED_BYTES + MAX_NOTE_BYTES + CRC_BYTES;
            len_bytes <= longest as u64 && bytes.iter().all(|&byte| byte == 0)
        }
    }
}

/// A segment's frames are salted with the last four bytes of its header.
pub(crate) fn salt(head_bytes: &[u8]) -> u32 {
    head_bytes
        .last_chunk()
        .map_or(0, |crc| u32::from_le_bytes(*crc))
}

/// A file that ends early is a finding; any other failure is the system's.
fn short(result: io::Result<()>, reason: Reason) -> io::Result<Option<Reason>> {
    match result {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Some(reason)),
        Err(error) => Err(error),
    }
}

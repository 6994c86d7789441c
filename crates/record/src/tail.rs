//! Is the bad end of a segment a torn tail, or damage to something that was acknowledged?
//!
//! A writer that is killed leaves a prefix of what it wrote. A machine that loses power may also
//! leave a batch with holes, because a disk writes sectors in any order. Neither can leave
//! anything *after* an unacknowledged batch, since the writer writes on only when the sync has come
//! back. So the bytes behind the bad place are searched for whole frames, and these prove damage:
//!
//! - a seal with a whole frame right behind it (somebody wrote on after that seal), or a closing
//!   seal (written only after everything else was on disk);
//! - a frame whose sequence number is the very next one: what is bad was then a seal, and somebody
//!   wrote on after it.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use crate::error::{Corruption, Reason, RecordError};
use crate::format::{CRC_BYTES, FRAME_HEAD_BYTES, FrameHead, Mark, SEAL_BYTES, frame_crc};
use crate::scan::{SegmentScan, TornTail};

const WINDOW_BYTES: usize = 1024 * 1024;

/// Judges what the walk stopped at. `Ok` is a torn tail, which may be cut; an error is damage.
pub(crate) fn judge(scan: &SegmentScan, reason: Reason) -> Result<TornTail, RecordError> {
    let damaged = reason == Reason::Chain
        || proves_damage(scan).map_err(|source| RecordError::io(scan.path(), "read")(source))?;
    if damaged {
        return Err(RecordError::corrupt(scan.path(), scan.offset(), reason));
    }
    Ok(TornTail {
        at: Corruption {
            segment: scan.path().to_path_buf(),
            offset: scan.offset(),
            reason,
        },
        len_bytes: scan.len_bytes().saturating_sub(scan.offset()),
    })
}

fn proves_damage(scan: &SegmentScan) -> io::Result<bool> {
    let mut search = Search {
        file: File::open(scan.path())?,
        len_bytes: scan.len_bytes(),
        salt: scan.salt(),
        budget_bytes: 2 * (scan.len_bytes() - scan.offset()),
    };
    let expected = scan.next_seq();
    let mut input = BufReader::with_capacity(WINDOW_BYTES, File::open(scan.path())?);
    let mut window_start = scan.offset() + 1;
    let mut window = Vec::new();
    loop {
        input.seek(SeekFrom::Start(window_start))?;
        window.clear();
        let got = input
            .by_ref()
            .take((WINDOW_BYTES + FRAME_HEAD_BYTES) as u64)
            .read_to_end(&mut window)?;
        for (start, bytes) in window.windows(FRAME_HEAD_BYTES).enumerate() {
            let Some(head) = plausible(bytes, search.salt, expected, search.len_bytes) else {
                continue;
            };
            let at = window_start + start as u64;
            match search.whole_frame(at, &head)? {
                None => return Ok(true),
                Some(false) => {}
                Some(true) if head.mark == Mark::Close || head.seq == expected => return Ok(true),
                Some(true) if head.mark == Mark::Seal => {
                    if search.any_frame(at + SEAL_BYTES as u64)? != Some(false) {
                        return Ok(true);
                    }
                }
                Some(true) => {}
            }
        }
        if got < WINDOW_BYTES + FRAME_HEAD_BYTES {
            return Ok(false);
        }
        window_start += WINDOW_BYTES as u64;
    }
}

fn plausible(bytes: &[u8], salt: u32, expected: u64, len_bytes: u64) -> Option<FrameHead> {
    let bytes: &[u8; FRAME_HEAD_BYTES] = bytes.try_into().ok()?;
    Mark::from_code(u16::from_le_bytes([bytes[0], bytes[1]]))?;
    let head = FrameHead::decode(bytes, salt).ok()?;
    let furthest = expected.saturating_add(len_bytes / FRAME_HEAD_BYTES as u64);
    (expected..=furthest).contains(&head.seq).then_some(head)
}

struct Search {
    file: File,
    len_bytes: u64,
    salt: u32,
    /// Payload bytes that may still be summed, so that a crafted file cannot make the search
    /// quadratic.
    budget_bytes: u64,
}

impl Search {
    /// Is a whole frame here? None once the budget is used up: then nothing may be cut.
    fn whole_frame(&mut self, at: u64, head: &FrameHead) -> io::Result<Option<bool>> {
        if at.saturating_add(head.frame_bytes()) > self.len_bytes {
            return Ok(Some(false));
        }
        let Some(left) = self.budget_bytes.checked_sub(head.frame_bytes()) else {
            return Ok(None);
        };
        self.budget_bytes = left;
        let mut payload = vec![0; head.len_bytes as usize];
        let mut crc = [0; CRC_BYTES];
        self.file
            .seek(SeekFrom::Start(at + FRAME_HEAD_BYTES as u64))?;
        self.file.read_exact(&mut payload)?;
        self.file.read_exact(&mut crc)?;
        let sum = frame_crc(self.salt, &head.encode(self.salt), &payload);
        Ok(Some(sum == u32::from_le_bytes(crc)))
    }

    fn any_frame(&mut self, at: u64) -> io::Result<Option<bool>> {
        let mut bytes = [0; FRAME_HEAD_BYTES];
        if at.saturating_add(FRAME_HEAD_BYTES as u64) > self.len_bytes {
            return Ok(Some(false));
        }
        self.file.seek(SeekFrom::Start(at))?;
        self.file.read_exact(&mut bytes)?;
        match FrameHead::decode(&bytes, self.salt) {
            Ok(head) => self.whole_frame(at, &head),
            Err(_) => Ok(Some(false)),
        }
    }
}

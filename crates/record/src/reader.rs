//! Reading a recording in order, over all its segments.

use std::path::{Path, PathBuf};

use crate::error::{Corruption, Reason, RecordError};
use crate::format::{Hash, Mark};
use crate::layout::{count_segments, segment_path};
use crate::scan::{Continuation, Opened, SegmentScan, Step, TornTail};
use crate::tail::judge;

/// One entry, with its payload borrowed from the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRef<'a> {
    /// Sequence number: 0, 1, 2, …
    pub seq: u64,
    /// Time given at the append, ns since 1970 UTC.
    pub time_ns: i64,
    /// Kind given at the append.
    pub kind: u16,
    /// Payload given at the append.
    pub payload: &'a [u8],
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Sequence number: 0, 1, 2, …
    pub seq: u64,
    /// Time given at the append, ns since 1970 UTC.
    pub time_ns: i64,
    /// Kind given at the append.
    pub kind: u16,
    /// Payload given at the append.
    pub payload: Vec<u8>,
}

impl From<EntryRef<'_>> for Entry {
    fn from(entry: EntryRef<'_>) -> Self {
        Self {
            seq: entry.seq,
            time_ns: entry.time_ns,
            kind: entry.kind,
            payload: entry.payload.to_vec(),
        }
    }
}

/// Walks a recording from its first entry to its last. Checksums, order and the joints between
/// segments are checked on the way; the hashes inside are [`verify`](crate::verify())'s business.
///
/// Reading needs no lock: a recording may be read while it is written, up to what had reached the
/// file when its last segment was opened.
#[derive(Debug)]
pub struct Reader {
    walk: Walk,
}

impl Reader {
    /// Opens a recording for reading.
    ///
    /// # Errors
    /// [`RecordError::NoRecording`], [`RecordError::MissingSegment`], or what the system says.
    /// Damage shows when it is reached.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, RecordError> {
        Walk::open(dir.as_ref(), false).map(|walk| Self { walk })
    }

    /// The next entry, none at the end.
    ///
    /// # Errors
    /// [`RecordError::Corrupt`] where the recording is damaged, or what the system says. After an
    /// error the reader is at its end.
    pub fn next_entry(&mut self) -> Result<Option<EntryRef<'_>>, RecordError> {
        loop {
            match self.walk.step()? {
                Some(Walked::Entry { .. }) => break,
                Some(Walked::Seal) => {}
                None => return Ok(None),
            }
        }
        Ok(self.walk.entry())
    }

    /// The torn tail, once the end is reached and if there is one.
    #[must_use]
    pub fn torn_tail(&self) -> Option<&TornTail> {
        self.walk.tail.as_ref()
    }
}

impl Iterator for Reader {
    type Item = Result<Entry, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.next_entry() {
            Ok(entry) => entry.map(|entry| Ok(entry.into())),
            Err(error) => Some(Err(error)),
        }
    }
}

/// What one step over the whole recording came to.
pub(crate) enum Walked {
    Entry { time_ns: i64 },
    Seal,
}

/// The walk over all segments that reading and verifying share.
pub(crate) struct Walk {
    dir: PathBuf,
    segments: u32,
    check_chain: bool,
    next: Continuation,
    current: Option<SegmentScan>,
    entry: Option<(u64, i64, u16)>,
    pub(crate) tail: Option<TornTail>,
    pub(crate) created_ns: i64,
    pub(crate) note: Vec<u8>,
    /// Bytes of the segments walked so far that are good.
    pub(crate) good_bytes: u64,
    ended: bool,
}

impl std::fmt::Debug for Walk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Walk")
            .field("dir", &self.dir)
            .field("segments", &self.segments)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Walk {
    pub(crate) fn open(dir: &Path, check_chain: bool) -> Result<Self, RecordError> {
        let segments = count_segments(dir)?;
        if segments == 0 {
            return Err(RecordError::NoRecording {
                dir: dir.to_path_buf(),
            });
        }
        Ok(Self {
            dir: dir.to_path_buf(),
            segments,
            check_chain,
            next: Continuation {
                number: 0,
                first_seq: 0,
                previous: [0; 32],
            },
            current: None,
            entry: None,
            tail: None,
            created_ns: 0,
            note: Vec::new(),
            good_bytes: 0,
            ended: false,
        })
    }

    pub(crate) fn segments(&self) -> u32 {
        self.segments
    }

    /// The hash in the last seal passed.
    pub(crate) fn head(&self) -> Hash {
        match &self.current {
            Some(scan) => scan.last_seal(),
            None => self.next.previous,
        }
    }

    fn entry(&self) -> Option<EntryRef<'_>> {
        let (seq, time_ns, kind) = self.entry?;
        let payload = self.current.as_ref()?.payload();
        Some(EntryRef {
            seq,
            time_ns,
            kind,
            payload,
        })
    }

    pub(crate) fn step(&mut self) -> Result<Option<Walked>, RecordError> {
        if self.ended {
            return Ok(None);
        }
        let result = self.try_step();
        if !matches!(result, Ok(Some(_))) {
            self.ended = true;
        }
        result
    }

    fn try_step(&mut self) -> Result<Option<Walked>, RecordError> {
        loop {
            let Some(scan) = &mut self.current else {
                if self.next.number == self.segments || !self.enter()? {
                    return Ok(None);
                }
                continue;
            };
            let before = scan.offset();
            let step = scan.step()?;
            self.good_bytes += scan.offset() - before;
            let is_last = self.next.number + 1 == self.segments;
            match step {
                Step::Entry(head) => {
                    self.entry = Some((head.seq, head.time_ns, head.kind));
                    return Ok(Some(Walked::Entry {
                        time_ns: head.time_ns,
                    }));
                }
                Step::Seal => return Ok(Some(Walked::Seal)),
                Step::End if is_last => return Ok(None),
                Step::End => {
                    if !scan.last_mark().is_some_and(Mark::is_seal) {
                        return Err(RecordError::corrupt(
                            scan.path(),
                            scan.offset(),
                            Reason::Unsealed,
                        ));
                    }
                    self.next = Continuation {
                        number: self.next.number + 1,
                        first_seq: scan.next_seq(),
                        previous: scan.last_seal(),
                    };
                    self.current = None;
                }
                // A crash while the next segment was being made leaves that one torn, never this.
                Step::Bad(reason) if !is_last => {
                    return Err(RecordError::corrupt(scan.path(), scan.offset(), reason));
                }
                Step::Bad(reason) => {
                    self.tail = Some(judge(scan, reason)?);
                    return Ok(None);
                }
            }
        }
    }

    /// Opens the next segment. False where it is the last one and its header is torn.
    fn enter(&mut self) -> Result<bool, RecordError> {
        let path = segment_path(&self.dir, self.next.number);
        match SegmentScan::open(&path, self.check_chain)? {
            Opened::Good(scan) => {
                self.next
                    .check(scan.head())
                    .map_err(|reason| RecordError::corrupt(&path, 0, reason))?;
                if self.next.number == 0 {
                    self.created_ns = scan.head().created_ns;
                    self.note.clone_from(&scan.head().note);
                }
                self.good_bytes += scan.offset();
                self.current = Some(*scan);
                Ok(true)
            }
            Opened::Bad {
                reason,
                len_bytes,
                torn,
            } => {
                if !torn || self.next.number + 1 != self.segments {
                    return Err(RecordError::corrupt(&path, 0, reason));
                }
                self.tail = Some(TornTail {
                    at: Corruption {
                        segment: path,
                        offset: 0,
                        reason,
                    },
                    len_bytes,
                });
                Ok(false)
            }
        }
    }
}

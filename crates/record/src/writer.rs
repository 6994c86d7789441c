//! The one writer of a recording: takes entries, groups them, seals and syncs them, and goes on
//! after the disk has refused.
//!
//! Everything since the last good sync stays in memory. A refused write or sync therefore costs
//! nothing: the file is cut back to what is known good and the same bytes are written again.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::RecordError;
use crate::format::{
    Chain, FrameHead, Hash, MAX_NOTE_BYTES, MAX_PAYLOAD_BYTES, Mark, SEAL_BYTES, SegmentHead,
    frame_bytes, push_frame,
};
use crate::layout::{LOCK, count_segments, segment_path};
use crate::recovery::{self, Recovery};
use crate::scan::salt;
use crate::storage::{Disk, SegmentFile, SystemDisk};

/// Handed to the system in pieces of this size, so that a sync finds little left to do.
const WRITE_BYTES: usize = 256 * 1024;

/// How to write a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// A new segment is begun before one grows past this, bytes. One entry may be larger.
    pub segment_bytes: u64,
    /// Most bytes kept unacknowledged in memory (besides one entry); an append that would pass it
    /// syncs first.
    pub unsynced_bytes: usize,
    /// When the recording was made, ns since 1970 UTC; stored, not interpreted.
    pub created_ns: i64,
    /// What the recording is (a site's name, a configuration's digest …); stored in every segment,
    /// not interpreted. At most [`MAX_NOTE_BYTES`].
    pub note: Vec<u8>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
            unsynced_bytes: 8 * 1024 * 1024,
            created_ns: 0,
            note: Vec::new(),
        }
    }
}

/// The writer of a recording. At most one exists for a directory, in any process.
///
/// Dropping it leaves what was not synced to chance; call [`close`](Self::close).
pub struct Writer {
    dir: PathBuf,
    _lock: File,
    disk: Box<dyn Disk>,
    options: Options,
    segment: Segment,
    /// All that came since the last good sync.
    pending: Vec<u8>,
    /// How much of `pending` the system has taken.
    written: usize,
    /// The file may hold bytes past `durable_bytes` that must be cut before the next write.
    ragged: bool,
    /// A rotation was begun and must be finished before anything else is written: the next
    /// segment's header may already name this segment's end.
    rotating: bool,
    chain: Chain,
    next_seq: u64,
    acknowledged: Option<u64>,
    last_time_ns: i64,
    closed: bool,
}

pub(crate) struct Segment {
    pub(crate) number: u32,
    pub(crate) path: PathBuf,
    pub(crate) file: Box<dyn SegmentFile>,
    pub(crate) salt: u32,
    pub(crate) head_bytes: u64,
    /// Length up to which the file is on disk and sealed.
    pub(crate) durable_bytes: u64,
}

/// Where a writer starts: after `create` or after recovery.
pub(crate) struct Start {
    pub(crate) segment: Segment,
    pub(crate) chain: Chain,
    pub(crate) next_seq: u64,
    pub(crate) last_time_ns: i64,
    pub(crate) closed: bool,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("dir", &self.dir)
            .field("segment", &self.segment.number)
            .field("next_seq", &self.next_seq)
            .field("acknowledged", &self.acknowledged)
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Begins a recording in `dir`, which is made if it is not there.
    ///
    /// # Errors
    /// [`RecordError::Exists`], [`RecordError::Locked`], [`RecordError::TooLarge`] for the note, or
    /// what the system says.
    pub fn create(dir: impl AsRef<Path>, options: &Options) -> Result<Self, RecordError> {
        Self::create_on(Box::new(SystemDisk), dir.as_ref(), options)
    }

    pub(crate) fn create_on(
        mut disk: Box<dyn Disk>,
        dir: &Path,
        options: &Options,
    ) -> Result<Self, RecordError> {
        if options.note.len() > MAX_NOTE_BYTES {
            return Err(RecordError::TooLarge {
                what: "note",
                len_bytes: options.note.len(),
                max_bytes: MAX_NOTE_BYTES,
            });
        }
        fs::create_dir_all(dir).map_err(RecordError::io(dir, "make"))?;
        let lock = lock(dir)?;
        if count_segments(dir)? != 0 {
            return Err(RecordError::Exists {
                dir: dir.to_path_buf(),
            });
        }
        if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            disk.sync_dir(parent)
                .map_err(RecordError::io(parent, "sync"))?;
        }
        let start = Start::segment(&mut *disk, dir, 0, 0, [0; 32], options)?;
        Ok(Self::from_start(disk, dir, lock, options.clone(), start))
    }

    /// Goes on with a recording: examines its last segment, cuts a torn tail, seals what was
    /// written but not yet sealed, and says what it did.
    ///
    /// `created_ns` and `note` of `options` count only where the first segment was never finished;
    /// otherwise those of the recording stay.
    ///
    /// # Errors
    /// [`RecordError::NoRecording`], [`RecordError::Locked`], [`RecordError::MissingSegment`],
    /// [`RecordError::Corrupt`] where the last segment is damaged rather than torn, or what the
    /// system says.
    pub fn open(dir: impl AsRef<Path>, options: &Options) -> Result<(Self, Recovery), RecordError> {
        Self::open_on(Box::new(SystemDisk), dir.as_ref(), options)
    }

    pub(crate) fn open_on(
        mut disk: Box<dyn Disk>,
        dir: &Path,
        options: &Options,
    ) -> Result<(Self, Recovery), RecordError> {
        // Not before a look: a lock file must not appear where no recording is.
        if count_segments(dir)? == 0 {
            return Err(RecordError::NoRecording {
                dir: dir.to_path_buf(),
            });
        }
        let lock = lock(dir)?;
        let mut options = options.clone();
        let (start, mut recovery) = recovery::recover(&mut *disk, dir, &mut options)?;
        let unsealed = recovery.unsealed_entries > 0;
        let mut writer = Self::from_start(disk, dir, lock, options, start);
        if unsealed {
            writer.commit(Mark::Seal)?;
        }
        recovery.next_seq = writer.next_seq;
        writer.acknowledged = writer.next_seq.checked_sub(1);
        Ok((writer, recovery))
    }

    fn from_start(
        disk: Box<dyn Disk>,
        dir: &Path,
        lock: File,
        options: Options,
        start: Start,
    ) -> Self {
        Self {
            dir: dir.to_path_buf(),
            _lock: lock,
            disk,
            options,
            segment: start.segment,
            pending: Vec::new(),
            written: 0,
            ragged: false,
            rotating: false,
            chain: start.chain,
            next_seq: start.next_seq,
            acknowledged: None,
            last_time_ns: start.last_time_ns,
            closed: start.closed,
        }
    }

    /// Takes an entry and gives it the next sequence number. It is safe once [`sync`](Self::sync)
    /// has returned that number.
    ///
    /// # Errors
    /// On any error the entry was not taken and no number is used up; what came before is kept and
    /// the call may be repeated.
    pub fn append(&mut self, kind: u16, time_ns: i64, payload: &[u8]) -> Result<u64, RecordError> {
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(RecordError::TooLarge {
                what: "entry",
                len_bytes: payload.len(),
                max_bytes: MAX_PAYLOAD_BYTES,
            });
        }
        let frame_bytes = frame_bytes(payload.len());
        let used = self.segment.durable_bytes + self.pending.len() as u64;
        let grown = used + frame_bytes + SEAL_BYTES as u64;
        if self.rotating || (grown > self.options.segment_bytes && used > self.segment.head_bytes) {
            self.rotate()?;
        }
        let full = self.pending.len() + frame_bytes as usize > self.options.unsynced_bytes;
        if full && !self.pending.is_empty() {
            self.sync()?;
        }
        if self.pending.len() - self.written >= WRITE_BYTES {
            self.write_out()?;
        }
        let head = FrameHead {
            mark: Mark::Entry,
            kind,
            len_bytes: payload.len() as u32,
            seq: self.next_seq,
            time_ns,
        };
        let start = self.pending.len();
        let salt = self.segment.salt;
        push_frame(&mut self.pending, salt, &head.encode(salt), payload);
        self.chain.add(&self.pending[start..]);
        self.last_time_ns = time_ns;
        self.next_seq += 1;
        Ok(head.seq)
    }

    /// Seals what came since the last sync and returns once it is on the disk. Gives the highest
    /// sequence number that is now safe, none for a recording without entries.
    ///
    /// One sync serves all the appends before it: append what has queued up, sync once, acknowledge
    /// all of it.
    ///
    /// # Errors
    /// What the system says. Nothing is lost, appends go on to be taken up to
    /// [`Options::unsynced_bytes`], and the call may be repeated.
    pub fn sync(&mut self) -> Result<Option<u64>, RecordError> {
        if !self.pending.is_empty() {
            self.commit(Mark::Seal)?;
        }
        Ok(self.acknowledged)
    }

    /// Syncs, and marks the recording as properly ended, so that later damage to its last batch
    /// cannot pass for a torn tail.
    ///
    /// # Errors
    /// What the system says.
    pub fn close(mut self) -> Result<Option<u64>, RecordError> {
        self.sync()?;
        if self.rotating {
            self.rotate()?;
        }
        let has_entries = self.segment.durable_bytes > self.segment.head_bytes;
        if has_entries && !self.closed {
            self.commit(Mark::Close)?;
        }
        Ok(self.acknowledged)
    }

    /// The sequence number the next entry will get.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The highest sequence number that is safe.
    #[must_use]
    pub fn acknowledged(&self) -> Option<u64> {
        self.acknowledged
    }

    /// Bytes taken but not yet safe.
    #[must_use]
    pub fn unsynced_bytes(&self) -> usize {
        self.pending.len()
    }

    /// The hash of the last seal. Kept elsewhere, it shows later whether the recording's end was
    /// taken away.
    #[must_use]
    pub fn head(&self) -> Hash {
        self.chain.head()
    }

    /// The recording's directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes `pending` and a seal, and syncs; or leaves everything as it was.
    fn commit(&mut self, mark: Mark) -> Result<(), RecordError> {
        let chain_before = self.chain.clone();
        let len_before = self.pending.len();
        let seal = FrameHead {
            mark,
            kind: 0,
            len_bytes: 32,
            seq: self.next_seq,
            time_ns: self.last_time_ns,
        }
        .encode(self.segment.salt);
        let hash = self.chain.seal(&seal);
        push_frame(&mut self.pending, self.segment.salt, &seal, &hash);
        let result = self.write_out().and_then(|()| {
            self.segment
                .file
                .sync()
                .map_err(RecordError::io(&self.segment.path, "sync"))
        });
        if let Err(error) = result {
            self.chain = chain_before;
            self.pending.truncate(len_before);
            self.mend();
            return Err(error);
        }
        self.segment.durable_bytes += self.pending.len() as u64;
        self.pending.clear();
        self.pending.shrink_to(2 * self.options.unsynced_bytes);
        self.written = 0;
        self.acknowledged = self.next_seq.checked_sub(1);
        self.closed = mark == Mark::Close;
        Ok(())
    }

    fn write_out(&mut self) -> Result<(), RecordError> {
        if self.ragged {
            self.segment
                .file
                .cut(self.segment.durable_bytes)
                .map_err(RecordError::io(&self.segment.path, "cut back"))?;
            self.ragged = false;
        }
        let offset = self.segment.durable_bytes + self.written as u64;
        let result = self
            .segment
            .file
            .write_all_at(offset, &self.pending[self.written..]);
        match result {
            Ok(()) => {
                self.written = self.pending.len();
                Ok(())
            }
            Err(error) => {
                self.mend();
                Err(RecordError::io(&self.segment.path, "write")(error))
            }
        }
    }

    /// After a refusal: everything since the last good sync is to be written again, over a clean
    /// end. Where even cutting is refused, it is done before the next write.
    fn mend(&mut self) {
        self.written = 0;
        self.ragged = self.segment.file.cut(self.segment.durable_bytes).is_err();
    }

    fn rotate(&mut self) -> Result<(), RecordError> {
        self.sync()?;
        self.rotating = true;
        let start = Start::segment(
            &mut *self.disk,
            &self.dir,
            self.segment.number + 1,
            self.next_seq,
            self.chain.head(),
            &self.options,
        )?;
        self.segment = start.segment;
        self.chain = start.chain;
        self.rotating = false;
        Ok(())
    }
}

impl Start {
    /// Makes a new segment, on disk before this returns.
    pub(crate) fn segment(
        disk: &mut dyn Disk,
        dir: &Path,
        number: u32,
        first_seq: u64,
        previous: Hash,
        options: &Options,
    ) -> Result<Self, RecordError> {
        let path = segment_path(dir, number);
        let head = SegmentHead {
            number,
            first_seq,
            previous,
            created_ns: options.created_ns,
            note: options.note.clone(),
        }
        .encode();
        let mut file = disk.create(&path).map_err(RecordError::io(&path, "make"))?;
        let made = file
            .write_all_at(0, &head)
            .map_err(RecordError::io(&path, "write"))
            .and_then(|()| file.sync().map_err(RecordError::io(&path, "sync")))
            .and_then(|()| disk.sync_dir(dir).map_err(RecordError::io(dir, "sync")));
        if let Err(error) = made {
            drop(file);
            // Should this fail too, the next try empties the file, and recovery knows it as torn.
            disk.remove(&path).ok();
            return Err(error);
        }
        let mut chain = Chain::from(previous);
        chain.add(&head);
        Ok(Self {
            segment: Segment {
                number,
                path,
                file,
                salt: salt(&head),
                head_bytes: head.len() as u64,
                durable_bytes: head.len() as u64,
            },
            chain,
            next_seq: first_seq,
            last_time_ns: 0,
            closed: false,
        })
    }
}

fn lock(dir: &Path) -> Result<File, RecordError> {
    let path = dir.join(LOCK);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(RecordError::io(&path, "open"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RecordError::Locked {
            dir: dir.to_path_buf(),
        }),
        Err(TryLockError::Error(source)) => Err(RecordError::io(path, "lock")(source)),
    }
}

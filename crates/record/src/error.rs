//! What can go wrong with a recording: which file, what, and how to mend it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why the work on a recording failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The operating system refused. On a [`Writer`](crate::Writer) nothing acknowledged is lost
    /// and the same call may be repeated.
    #[error("cannot {doing} {}: {source}; {}", .path.display(), advice(.source))]
    Io {
        /// The file or directory concerned.
        path: PathBuf,
        /// What was being done, as an infinitive.
        doing: &'static str,
        /// The system's own words.
        source: io::Error,
    },
    /// Another writer holds the recording.
    #[error(
        "{} is being written by another process; stop that one, or choose another directory",
        .dir.display()
    )]
    Locked {
        /// The recording.
        dir: PathBuf,
    },
    /// `create` on a directory that already holds a recording.
    #[error(
        "{} already holds a recording; open it to continue it, or choose another directory",
        .dir.display()
    )]
    Exists {
        /// The recording.
        dir: PathBuf,
    },
    /// There is no segment in the directory.
    #[error(
        "{} holds no recording (no 00000000.seg in it); check the path",
        .dir.display()
    )]
    NoRecording {
        /// The directory looked at.
        dir: PathBuf,
    },
    /// A segment is missing from the row.
    #[error(
        "{}: segment {missing:08}.seg is missing though a later one is there; bring it back from a copy",
        .dir.display()
    )]
    MissingSegment {
        /// The recording.
        dir: PathBuf,
        /// The number that is missing.
        missing: u32,
    },
    /// The payload or the note is larger than the format allows.
    #[error("{what} of {len_bytes} bytes is over the limit of {max_bytes}; split it")]
    TooLarge {
        /// What is too large: `entry` or `note`.
        what: &'static str,
        /// Its length.
        len_bytes: usize,
        /// The limit.
        max_bytes: usize,
    },
    /// The bytes on disk are not what was written.
    #[error("{0}")]
    Corrupt(Corruption),
}

impl RecordError {
    pub(crate) fn io(
        path: impl Into<PathBuf>,
        doing: &'static str,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            path,
            doing,
            source,
        }
    }

    pub(crate) fn corrupt(segment: &Path, offset: u64, reason: Reason) -> Self {
        Self::Corrupt(Corruption {
            segment: segment.to_path_buf(),
            offset,
            reason,
        })
    }

    /// True where the disk, a quota or a file-size limit is full: free space and repeat the call.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if full(source))
    }
}

fn full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::WriteZero
    )
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        _ if full(error) => {
            "free space (or raise the quota or file-size limit) and try again: nothing acknowledged is lost"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "let this user write the directory, or choose another"
        }
        io::ErrorKind::NotFound => "check that the path exists",
        _ => "check the disk (the system's log says more) and try again",
    }
}

/// Damage in a recording, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corruption {
    /// The damaged segment.
    pub segment: PathBuf,
    /// Byte offset in that segment of the header or frame that fails.
    pub offset: u64,
    /// What is wrong there.
    pub reason: Reason,
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is damaged at byte {}: {}; entries before it are good, bring the file back from a copy",
            self.segment.display(),
            self.offset,
            self.reason
        )
    }
}

/// What is wrong with a header or frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The file ends inside the segment header.
    #[error("the file ends inside the segment header")]
    HeaderCut,
    /// The first bytes are not those of a segment.
    #[error("this is no recording segment (wrong magic)")]
    Magic,
    /// A format version this program does not know.
    #[error("format version {0} is not known to this program")]
    Version(u32),
    /// The header's checksum fails.
    #[error("the segment header's checksum fails")]
    HeaderChecksum,
    /// A header field has a value no writer makes.
    #[error("the segment header's {0} cannot be right")]
    HeaderField(&'static str),
    /// The segment does not go on where the previous one ended.
    #[error("the segment does not continue the one before it: its {0} differs")]
    NotContinuing(&'static str),
    /// The file ends inside a frame.
    #[error("the file ends inside a frame")]
    FrameCut,
    /// A frame does not begin with a known mark.
    #[error("no frame begins here (unknown mark {0:#06x})")]
    Mark(u16),
    /// The checksum of a frame's fields fails.
    #[error("the checksum of the frame's fields fails")]
    FrameChecksum,
    /// The length field is over the limit.
    #[error("the frame claims {0} payload bytes, over the limit")]
    Length(u32),
    /// The checksum over the payload fails.
    #[error("the payload's checksum fails")]
    PayloadChecksum,
    /// A sequence number is out of order.
    #[error("sequence number {found} where {expected} belongs")]
    Sequence {
        /// The number that belongs here.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// A seal's hash is not the hash of what it seals.
    #[error("the hash chain breaks: the bytes since the last seal are not those that were sealed")]
    Chain,
    /// A segment that is not the last one does not end in a seal.
    #[error("the segment ends without a seal though another follows")]
    Unsealed,
}

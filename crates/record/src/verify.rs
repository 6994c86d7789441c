//! Checking a whole recording: every checksum, every sequence number, every hash.

use std::path::Path;

use crate::error::{Corruption, RecordError};
use crate::format::Hash;
use crate::reader::{Walk, Walked};
use crate::scan::TornTail;

/// What a recording holds and whether it is what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Segments in the directory.
    pub segments: u32,
    /// Entries that are good, from the first on without a gap.
    pub entries: u64,
    /// Of these, the ones behind the last good seal: written, never acknowledged.
    pub unsealed_entries: u64,
    /// Seals that are good.
    pub seals: u64,
    /// Bytes that are good.
    pub good_bytes: u64,
    /// Earliest time of an entry, ns since 1970 UTC.
    pub earliest_ns: Option<i64>,
    /// Latest time of an entry, ns since 1970 UTC.
    pub latest_ns: Option<i64>,
    /// When the recording was made, as its creator said.
    pub created_ns: i64,
    /// The creator's note.
    pub note: Vec<u8>,
    /// Hash of the last good seal: it stands for everything up to there. Zeros where there is none.
    pub head: Hash,
    /// The end of a recording whose writer was cut short; not damage.
    pub torn_tail: Option<TornTail>,
    /// The first damage, none where every byte is what was written. What follows it was not read.
    pub corruption: Option<Corruption>,
}

impl Report {
    /// True where nothing is damaged. A torn tail is allowed.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.corruption.is_none()
    }
}

/// Checks a recording and reports. Damage is in the report, together with what is good before it.
///
/// # Errors
/// [`RecordError::NoRecording`], [`RecordError::MissingSegment`], or what the system says.
pub fn verify(dir: impl AsRef<Path>) -> Result<Report, RecordError> {
    let mut walk = Walk::open(dir.as_ref(), true)?;
    let mut report = Report {
        segments: walk.segments(),
        entries: 0,
        unsealed_entries: 0,
        seals: 0,
        good_bytes: 0,
        earliest_ns: None,
        latest_ns: None,
        created_ns: 0,
        note: Vec::new(),
        head: [0; 32],
        torn_tail: None,
        corruption: None,
    };
    loop {
        match walk.step() {
            Ok(Some(Walked::Entry { time_ns })) => {
                report.entries += 1;
                report.unsealed_entries += 1;
                report.earliest_ns = Some(report.earliest_ns.map_or(time_ns, |t| t.min(time_ns)));
                report.latest_ns = Some(report.latest_ns.map_or(time_ns, |t| t.max(time_ns)));
            }
            Ok(Some(Walked::Seal)) => {
                report.seals += 1;
                report.unsealed_entries = 0;
            }
            Ok(None) => break,
            Err(RecordError::Corrupt(corruption)) => {
                report.corruption = Some(corruption);
                break;
            }
            Err(error) => return Err(error),
        }
    }
    report.good_bytes = walk.good_bytes;
    report.created_ns = walk.created_ns;
    report.head = walk.head();
    report.torn_tail = walk.tail.take();
    report.note = walk.note;
    Ok(report)
}

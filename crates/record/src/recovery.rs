//! Finding the place to go on from after the last writer ended, however it ended.
//!
//! Only the last segment is walked: the ones before it were sealed and synced before it was made.
//! [`verify`](crate::verify()) walks them all.

use std::path::Path;

use crate::error::{Corruption, Reason, RecordError};
use crate::format::Mark;
use crate::layout::{count_segments, segment_path};
use crate::scan::{Opened, SegmentScan, Step, TornTail};
use crate::storage::Disk;
use crate::tail::judge;
use crate::writer::{Options, Segment, Start};

/// What [`Writer::open`](crate::Writer::open) found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The sequence number the next entry will get.
    pub next_seq: u64,
    /// What was cut off the end, none where the recording ended cleanly. Nothing in it had been
    /// acknowledged.
    pub cut: Option<TornTail>,
    /// Entries found whole though never acknowledged. They are kept, and sealed now.
    pub unsealed_entries: u64,
}

pub(crate) fn recover(
    disk: &mut dyn Disk,
    dir: &Path,
    options: &mut Options,
) -> Result<(Start, Recovery), RecordError> {
    let last = count_segments(dir)?.saturating_sub(1);
    let path = segment_path(dir, last);
    match SegmentScan::open(&path, true)? {
        Opened::Good(scan) => resume(disk, *scan, last, options, None),
        Opened::Bad {
            reason,
            len_bytes,
            torn: true,
        } => {
            let cut = TornTail {
                at: Corruption {
                    segment: path.clone(),
                    offset: 0,
                    reason,
                },
                len_bytes,
            };
            let Some(before) = last.checked_sub(1) else {
                let start = Start::segment(disk, dir, 0, 0, [0; 32], options)?;
                return Ok((start, recovered(Some(cut), 0)));
            };
            let before_path = segment_path(dir, before);
            let scan = match SegmentScan::open(&before_path, true)? {
                Opened::Good(scan) => *scan,
                Opened::Bad { reason, .. } => {
                    return Err(RecordError::corrupt(&before_path, 0, reason));
                }
            };
            let resumed = resume(disk, scan, before, options, Some(cut))?;
            disk.remove(&path)
                .map_err(RecordError::io(&path, "remove"))?;
            disk.sync_dir(dir).map_err(RecordError::io(dir, "sync"))?;
            Ok(resumed)
        }
        Opened::Bad { reason, .. } => Err(RecordError::corrupt(&path, 0, reason)),
    }
}

/// Walks the segment and opens it for writing after its last good frame. `later_cut` is a torn
/// segment behind this one: then this one was complete, and nothing in it may be bad.
fn resume(
    disk: &mut dyn Disk,
    mut scan: SegmentScan,
    number: u32,
    options: &mut Options,
    later_cut: Option<TornTail>,
) -> Result<(Start, Recovery), RecordError> {
    let path = scan.path().to_path_buf();
    if scan.head().number != number {
        return Err(RecordError::corrupt(
            &path,
            0,
            Reason::NotContinuing("segment number"),
        ));
    }
    let head_bytes = scan.offset();
    let mut unsealed_entries = 0;
    let mut last_time_ns = 0;
    let cut = loop {
        match scan.step()? {
            Step::Entry(head) => {
                unsealed_entries += 1;
                last_time_ns = head.time_ns;
            }
            Step::Seal => unsealed_entries = 0,
            Step::End => break later_cut,
            Step::Bad(reason) if later_cut.is_some() => {
                return Err(RecordError::corrupt(&path, scan.offset(), reason));
            }
            Step::Bad(reason) => break Some(judge(&scan, reason)?),
        }
    };
    options.created_ns = scan.head().created_ns;
    options.note.clone_from(&scan.head().note);
    let mut file = disk.open(&path).map_err(RecordError::io(&path, "open"))?;
    if scan.offset() < scan.len_bytes() {
        file.cut(scan.offset())
            .map_err(RecordError::io(&path, "cut the torn tail of"))?;
    }
    // Also where nothing was cut: the last writer may have died between writing and syncing.
    file.sync().map_err(RecordError::io(&path, "sync"))?;
    let (Some(chain), durable_bytes) = (scan.chain().cloned(), scan.offset()) else {
        return Err(RecordError::corrupt(&path, 0, Reason::Chain));
    };
    let start = Start {
        segment: Segment {
            number,
            file,
            salt: scan.salt(),
            head_bytes,
            durable_bytes,
            path,
        },
        chain,
        next_seq: scan.next_seq(),
        last_time_ns,
        closed: scan.last_mark() == Some(Mark::Close),
    };
    Ok((start, recovered(cut, unsealed_entries)))
}

fn recovered(cut: Option<TornTail>, unsealed_entries: u64) -> Recovery {
    Recovery {
        next_seq: 0,
        cut,
        unsealed_entries,
    }
}

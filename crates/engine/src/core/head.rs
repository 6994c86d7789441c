//! The head of the picture: what would be believed if every report that is still held
//! back had its turn now.
//!
//! Within the allowed lateness the committed picture stands still, so that reports may come
//! in any order; people want to see the newest all the same. The head is made for them from
//! copies of the committed tracker and of the open sectors, stepped over the reports held
//! back in the order in which they would be committed. It is thrown away: nothing of it
//! reaches a digest, a track line, a forecast, a warning or the recording.
//!
//! It reaches no further than the slowest feed that keeps up: one fast clock must not push
//! everything drawn ahead of itself.

use super::Core;
use crate::picture::Picture;
use lapwing_ingest::Observation;
use lapwing_model::{Timestamp, Track};

/// The head of the picture: provisional, for display only.
#[derive(Clone, Debug)]
pub struct Head {
    /// The time it stands at, after the committed picture's.
    pub time: Timestamp,
    /// The tracks of the committed picture as they stand here, by id. What the head itself
    /// began is left out: its id is given only when it is committed, and may then be another's.
    pub tracks: Vec<Track>,
}

impl Core {
    /// The head beyond `committed`, the last picture decided; none where nothing is held back.
    ///
    /// Costs a copy of the tracker and a step over what is held back.
    #[must_use]
    pub fn head(&self, committed: &Picture) -> Option<Head> {
        let mark = self.watermarks.mark()?;
        let mut held: Vec<Observation> = self
            .pending
            .iter()
            .filter(|o| o.time() <= mark)
            .cloned()
            .collect();
        let newest = held.iter().map(Observation::time).max()?;
        if self.committed != Some(committed.time) || newest <= committed.time {
            return None;
        }
        held.sort_by(|a, b| a.canonical_cmp(b, |id| self.sensors.name(id)));
        let mut assembler = self.assembler.clone();
        let mut looks = Vec::new();
        for observation in held {
            assembler.push(observation, &self.sensors, &mut looks);
        }
        let mut tracker = self.tracker.clone();
        for (look, reports) in looks {
            tracker.step(&look, &reports);
        }
        let mut tracks = tracker.picture(newest);
        tracks.retain(|track| {
            committed
                .tracks
                .binary_search_by_key(&track.id, |t| t.id)
                .is_ok()
        });
        Some(Head {
            time: newest,
            tracks,
        })
    }

    /// Whether anything is held back that a head could show.
    #[must_use]
    pub fn holds_back(&self) -> bool {
        !self.pending.is_empty()
    }
}

//! What a look may do to the hypotheses of a group: the gain of every pair in a gate.

use super::Scan;
use super::cluster::{Cluster, NONE};
use super::enumerate::Gain;
use super::update::Search;

/// The hypotheses of a group and their reports, numbered within the group.
pub(super) struct Table {
    pub(super) locals: Vec<Row>,
    /// Number of each track's first local.
    pub(super) first: Vec<usize>,
    pub(super) gains: Vec<Gain>,
    /// Tracks with a report in some gate.
    pub(super) active: Vec<usize>,
}

#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) detection: f64,
    pub(super) miss: f64,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Table {
    /// ln of the weight of all tracks of a global hypothesis being missed.
    pub(super) fn miss(&self, choice: &[u16]) -> f64 {
        choice
            .iter()
            .zip(&self.first)
            .filter(|(choice, _)| **choice != NONE)
            .map(|(choice, first)| self.locals[first + usize::from(*choice)].miss)
            .sum()
    }

    pub(super) fn gains(&self, track: usize, choice: u16) -> &[Gain] {
        if choice == NONE {
            return &[];
        }
        let row = self.locals[self.first[track] + usize::from(choice)];
        &self.gains[row.from..row.to]
    }
}

impl<S: Clone, L: Scan<S>> Search<'_, S, L> {
    pub(super) fn table(&self, cluster: &Cluster<S>, firsts: &[usize], reports: &[u32]) -> Table {
        let mut table = Table {
            locals: Vec::new(),
            first: Vec::with_capacity(firsts.len()),
            gains: Vec::new(),
            active: Vec::new(),
        };
        for (t, (track, first)) in cluster.tracks.iter().zip(firsts).enumerate() {
            table.first.push(table.locals.len());
            let mut any = false;
            for found in &self.found[*first..first + track.locals.len()] {
                let from = table.gains.len();
                for (report, gain) in &self.hits[found.from..found.to] {
                    if let Ok(at) = reports.binary_search(report)
                        && *gain > f64::NEG_INFINITY
                    {
                        table.gains.push(Gain {
                            report: at as u32,
                            gain: *gain,
                        });
                    }
                }
                table.gains[from..].sort_by(|a, b| b.gain.total_cmp(&a.gain));
                any |= table.gains.len() > from;
                table.locals.push(Row {
                    detection: found.detection,
                    miss: found.miss,
                    from,
                    to: table.gains.len(),
                });
            }
            if any {
                table.active.push(t);
            }
        }
        table
    }
}

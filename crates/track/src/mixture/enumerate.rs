//! The heaviest children of all global hypotheses of a group, by branch and bound.
//!
//! A child gives each track a report of its gate or none, each report to one track at
//! most. Its weight is its parent's times the gains of the pairs. Depth first over the
//! tracks, the best gain first; a branch is left when even the best gains of the tracks
//! still to come, reports shared or not, would not lift it over what is kept. For the
//! few tracks of most clusters this finds what ranked assignment finds
//! (Murty 1968), for all parents together, in less time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A report of the group that a track may take, and what it gains over a miss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gain {
    pub(super) report: u32,
    pub(super) gain: f64,
}

/// The pick of a track that takes no report.
pub(super) const MISS: u32 = u32::MAX;

/// The heaviest children found so far.
#[derive(Debug)]
pub(super) struct Best {
    most: usize,
    log_ratio_min: f64,
    heaviest: f64,
    heap: BinaryHeap<Child>,
    sequence: u32,
}

/// A child: its parent, its log weight (not normalised), and the picks of the parent's
/// rows.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) log_weight: f64,
    sequence: u32,
    pub(super) parent: usize,
    pub(super) picks: Vec<u32>,
}

impl PartialEq for Child {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Child {}
impl PartialOrd for Child {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Child {
    /// The lightest is the greatest, so that a heap gives it up first; of equals the
    /// later.
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .log_weight
            .total_cmp(&self.log_weight)
            .then(self.sequence.cmp(&other.sequence))
    }
}

impl Best {
    /// Keep at most `most`, and none below `ratio_min` of the heaviest.
    pub(super) fn new(most: usize, ratio_min: f64) -> Self {
        Self {
            most: most.max(1),
            log_ratio_min: ratio_min.max(f64::MIN_POSITIVE).ln(),
            heaviest: f64::NEG_INFINITY,
            heap: BinaryHeap::new(),
            sequence: 0,
        }
    }

    /// What a child must exceed to be kept.
    pub(super) fn floor(&self) -> f64 {
        let by_ratio = self.heaviest + self.log_ratio_min;
        match self.heap.peek() {
            Some(lightest) if self.heap.len() >= self.most => by_ratio.max(lightest.log_weight),
            _ => by_ratio,
        }
    }

    pub(super) fn offer(&mut self, log_weight: f64, parent: usize, picks: &[u32]) {
        if log_weight <= self.floor() && !self.heap.is_empty() {
            return;
        }
        self.heaviest = self.heaviest.max(log_weight);
        let sequence = self.sequence;
        self.sequence += 1;
        let reused = if self.heap.len() >= self.most {
            self.heap.pop()
        } else {
            None
        };
        let mut picks_kept = reused.map(|c| c.picks).unwrap_or_default();
        picks_kept.clear();
        picks_kept.extend_from_slice(picks);
        self.heap.push(Child {
            log_weight,
            sequence,
            parent,
            picks: picks_kept,
        });
    }

    /// Give up what was offered of a parent.
    pub(super) fn forget(&mut self, parent: usize) {
        self.heap.retain(|c| c.parent != parent);
        self.heaviest = self
            .heap
            .iter()
            .map(|c| c.log_weight)
            .fold(f64::NEG_INFINITY, f64::max);
    }

    /// All that were kept, the heaviest first.
    pub(super) fn into_sorted(self) -> Vec<Child> {
        let floor = self.heaviest + self.log_ratio_min;
        let mut all = self.heap.into_sorted_vec();
        all.retain(|c| c.log_weight >= floor);
        all
    }
}

/// Offer all children of a parent that may be kept. `rows` are the gains of each of its
/// tracks, the greatest first. False when `nodes` ran out before the search was over.
pub(super) fn children(
    rows: &[&[Gain]],
    parent: usize,
    log_weight: f64,
    reports: usize,
    nodes: &mut usize,
    best: &mut Best,
) -> bool {
    let mut ahead = vec![0.0; rows.len() + 1];
    for (row, gains) in rows.iter().enumerate().rev() {
        ahead[row] = ahead[row + 1] + gains.first().map_or(0.0, |g| g.gain.max(0.0));
    }
    let mut search = Search {
        rows,
        ahead,
        taken: vec![false; reports],
        picks: vec![MISS; rows.len()],
        parent,
        nodes,
        best,
    };
    search.descend(0, log_weight)
}

struct Search<'a> {
    rows: &'a [&'a [Gain]],
    ahead: Vec<f64>,
    taken: Vec<bool>,
    picks: Vec<u32>,
    parent: usize,
    nodes: &'a mut usize,
    best: &'a mut Best,
}

impl Search<'_> {
    fn descend(&mut self, row: usize, log_weight: f64) -> bool {
        if log_weight + self.ahead[row] <= self.best.floor() {
            return true;
        }
        if *self.nodes == 0 {
            return false;
        }
        *self.nodes -= 1;
        let Some(gains) = self.rows.get(row) else {
            self.best.offer(log_weight, self.parent, &self.picks);
            return true;
        };
        let mut missed = false;
        for g in *gains {
            if g.gain < 0.0 && !missed {
                missed = true;
                if !self.descend(row + 1, log_weight) {
                    return false;
                }
            }
            if self.taken[g.report as usize] {
                continue;
            }
            self.taken[g.report as usize] = true;
            self.picks[row] = g.report;
            let whole = self.descend(row + 1, log_weight + g.gain);
            self.picks[row] = MISS;
            self.taken[g.report as usize] = false;
            if !whole {
                return false;
            }
        }
        missed || self.descend(row + 1, log_weight)
    }
}

#[cfg(test)]
mod tests {
    use super::super::murty;
    use super::*;
    use proptest::prelude::*;

    /// Every assignment there is, the heaviest first.
    fn all(rows: &[Vec<Gain>]) -> Vec<f64> {
        fn descend(rows: &[Vec<Gain>], taken: &mut Vec<u32>, weight: f64, out: &mut Vec<f64>) {
            let Some((row, rest)) = rows.split_first() else {
                out.push(weight);
                return;
            };
            descend(rest, taken, weight, out);
            for g in row {
                if !taken.contains(&g.report) {
                    taken.push(g.report);
                    descend(rest, taken, weight + g.gain, out);
                    taken.pop();
                }
            }
        }
        let mut out = Vec::new();
        descend(rows, &mut Vec::new(), 0.0, &mut out);
        out.sort_by(|a, b| b.total_cmp(a));
        out
    }

    fn rows() -> impl Strategy<Value = Vec<Vec<Gain>>> {
        let row = prop::collection::btree_map(0..4_u32, -6.0..6.0_f64, 0..4);
        prop::collection::vec(row, 0..5).prop_map(|rows| {
            rows.into_iter()
                .map(|row| {
                    let mut row: Vec<Gain> = row
                        .into_iter()
                        .map(|(report, gain)| Gain { report, gain })
                        .collect();
                    row.sort_by(|a, b| b.gain.total_cmp(&a.gain));
                    row
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn the_best_children_are_those_of_the_whole_list(rows in rows(), most in 1..30_usize) {
            let expected = all(&rows);
            let refs: Vec<&[Gain]> = rows.iter().map(Vec::as_slice).collect();
            let mut best = Best::new(most, 1e-300);
            prop_assert!(children(&refs, 0, 0.0, 4, &mut usize::MAX.clone(), &mut best));
            let found: Vec<f64> = best.into_sorted().iter().map(|c| c.log_weight).collect();
            prop_assert_eq!(found.len(), expected.len().min(most));
            for (a, b) in found.iter().zip(&expected) {
                prop_assert!((a - b).abs() < 1e-9);
            }
            let mut by_murty = Best::new(most, 1e-300);
            murty::children(&refs, 0, 0.0, 4, most, &mut by_murty);
            let found: Vec<f64> = by_murty.into_sorted().iter().map(|c| c.log_weight).collect();
            prop_assert_eq!(found.len(), expected.len().min(most));
            for (a, b) in found.iter().zip(&expected) {
                prop_assert!((a - b).abs() < 1e-9, "murty {} {}", a, b);
            }
        }

        #[test]
        fn nothing_below_the_ratio_is_kept(rows in rows()) {
            let expected = all(&rows);
            let refs: Vec<&[Gain]> = rows.iter().map(Vec::as_slice).collect();
            let mut best = Best::new(1000, 1e-2);
            children(&refs, 0, 0.0, 4, &mut usize::MAX.clone(), &mut best);
            let floor = expected[0] + 1e-2_f64.ln();
            let kept = expected.iter().filter(|w| **w > floor).count();
            prop_assert_eq!(best.into_sorted().len(), kept);
        }
    }
}

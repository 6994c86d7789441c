//! The k best children of one global hypothesis by Murty's ranking (Murty 1968, *An
//! algorithm for ranking all the assignments in order of increasing cost*), for groups
//! in which branch and bound would take too long.
//!
//! The best assignment is found; the rest of the solutions is parted by the first track
//! whose pick differs, and the best of each part waits in a queue.

use super::enumerate::{Best, Gain, MISS};
use crate::assign::{self, Edge};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Added to the gains of a track that must take a report.
const MUST: f64 = 1e6;

/// A part of the solutions, and its best.
struct Part {
    log_weight: f64,
    sequence: usize,
    picks: Vec<u32>,
    /// Tracks before this one have the picks of the solution.
    fixed: usize,
    /// What the track `fixed` may not pick.
    barred: Vec<u32>,
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Part {}
impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Part {
    fn cmp(&self, other: &Self) -> Ordering {
        self.log_weight
            .total_cmp(&other.log_weight)
            .then(other.sequence.cmp(&self.sequence))
    }
}

/// Offer the `k` best children of a parent.
pub(super) fn children(
    rows: &[&[Gain]],
    parent: usize,
    log_weight: f64,
    reports: usize,
    k: usize,
    best: &mut Best,
) {
    let mut queue = BinaryHeap::new();
    let mut sequence = 0;
    if let Some(picks) = solve(rows, reports, &[], 0, &[]) {
        queue.push(Part {
            log_weight: log_weight + value(rows, &picks),
            sequence,
            picks,
            fixed: 0,
            barred: Vec::new(),
        });
    }
    for _ in 0..k {
        let Some(part) = queue.pop() else { return };
        if part.log_weight < best.floor() {
            return;
        }
        best.offer(part.log_weight, parent, &part.picks);
        for row in part.fixed..rows.len() {
            let mut barred = if row == part.fixed {
                part.barred.clone()
            } else {
                Vec::new()
            };
            barred.push(part.picks[row]);
            if let Some(picks) = solve(rows, reports, &part.picks, row, &barred) {
                sequence += 1;
                queue.push(Part {
                    log_weight: log_weight + value(rows, &picks),
                    sequence,
                    picks,
                    fixed: row,
                    barred,
                });
            }
        }
    }
}

/// The sum of the gains of what is picked.
fn value(rows: &[&[Gain]], picks: &[u32]) -> f64 {
    rows.iter()
        .zip(picks)
        .filter_map(|(row, pick)| row.iter().find(|g| g.report == *pick))
        .map(|g| g.gain)
        .sum()
}

/// The best picks of which the first `fixed` are those of `like`, and of which the next
/// is none of `barred`.
fn solve(
    rows: &[&[Gain]],
    reports: usize,
    like: &[u32],
    fixed: usize,
    barred: &[u32],
) -> Option<Vec<u32>> {
    let mut picks = vec![MISS; rows.len()];
    let mut taken = vec![false; reports];
    for (pick, given) in picks.iter_mut().zip(&like[..fixed]) {
        *pick = *given;
        if let Some(slot) = taken.get_mut(*given as usize) {
            *slot = true;
        }
    }
    let must = barred.contains(&MISS);
    let mut edges = Vec::new();
    for (row, gains) in rows.iter().enumerate().skip(fixed) {
        for g in gains.iter().filter(|g| !taken[g.report as usize]) {
            if row == fixed && barred.contains(&g.report) {
                continue;
            }
            let extra = if row == fixed && must { MUST } else { 0.0 };
            edges.push(Edge {
                row,
                column: g.report as usize,
                gain: g.gain + extra,
            });
        }
    }
    for (row, column) in assign::best(rows.len(), reports, &edges)
        .into_iter()
        .enumerate()
        .skip(fixed)
    {
        picks[row] = column.and_then(|c| u32::try_from(c).ok()).unwrap_or(MISS);
    }
    let possible = !must || picks.get(fixed).is_some_and(|p| *p != MISS);
    possible.then_some(picks)
}

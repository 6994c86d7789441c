//! The assignment of greatest worth where few pairs are worth anything: successive
//! shortest augmenting paths with column duals (Jonker and Volgenant 1987), searched
//! with a heap over the pairs that exist (Dijkstra) instead of over a matrix. Exact.
//!
//! A search stops at the first free column or at the first row that is better left
//! alone, so it stays among a row's neighbours; a component of any size costs only
//! what is contested in it.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// No column, no row.
pub(crate) const NONE: u32 = u32::MAX;

/// A place that the search can reach: the least distance comes first.
#[derive(PartialEq)]
struct Step {
    distance: f64,
    /// A column, or [`NONE`] where the path ends by leaving `row` alone.
    column: u32,
    row: u32,
}

impl Eq for Step {}

impl Ord for Step {
    fn cmp(&self, other: &Self) -> Ordering {
        // the heap gives the greatest; ties go to leaving alone, then to the lower column
        other
            .distance
            .total_cmp(&self.distance)
            .then((self.column == NONE).cmp(&(other.column == NONE)))
            .then(other.column.cmp(&self.column))
            .then(other.row.cmp(&self.row))
    }
}

impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The assignment whose costs sum to the least, and its certificate.
pub(crate) struct Assignment {
    /// For each row its column, or [`NONE`].
    pub(crate) column_of: Vec<u32>,
    /// Each column's dual, at most 0 and 0 where it is free: Σ over rows of the least
    /// (cost − dual) or 0, plus Σ of the duals, is the sum of the costs.
    pub(crate) duals: Vec<f64>,
}

/// Assigns rows to columns. `costs` gives a row's pairs as (column, cost). Only costs
/// below zero are used, since leaving a row alone costs nothing.
pub(crate) fn assign_sparse<I: Iterator<Item = (usize, f64)>>(
    rows: usize,
    columns: usize,
    costs: impl Fn(usize) -> I,
) -> Assignment {
    let mut search = Search {
        row_of: vec![NONE; columns],
        column_of: vec![NONE; rows],
        cost_of: vec![0.0; rows],
        dual: vec![0.0; columns],
        reached: vec![Reached::default(); columns],
        heap: BinaryHeap::new(),
        scanned: Vec::new(),
    };
    for row in 0..rows {
        search.place(row, &costs);
    }
    Assignment {
        column_of: search.column_of,
        duals: search.dual,
    }
}

/// How a column was last reached.
#[derive(Clone, Copy, Default)]
struct Reached {
    /// In the search for this row, counted from 1.
    round: u32,
    distance: f64,
    from_row: u32,
    cost: f64,
}

struct Search {
    row_of: Vec<u32>,
    column_of: Vec<u32>,
    /// Per row: what its column costs.
    cost_of: Vec<f64>,
    dual: Vec<f64>,
    reached: Vec<Reached>,
    heap: BinaryHeap<Step>,
    scanned: Vec<(u32, f64)>,
}

impl Search {
    /// Gives a new row its place, moving others along the cheapest path.
    fn place<I: Iterator<Item = (usize, f64)>>(
        &mut self,
        root: usize,
        costs: &impl Fn(usize) -> I,
    ) {
        self.heap.clear();
        self.scanned.clear();
        let (mut row, mut before) = (root as u32, 0.0);
        let end = loop {
            self.extend(root, row, before, costs);
            let Some(step) = self.next() else { return };
            let column = step.column as usize;
            if step.column == NONE || self.row_of[column] == NONE {
                break step;
            }
            self.scanned.push((step.column, step.distance));
            row = self.row_of[column];
            // the pair of row and column itself has no reduced cost
            before = step.distance - (self.cost_of[row as usize] - self.dual[column]);
        };
        for &(column, distance) in &self.scanned {
            self.dual[column as usize] += (distance - end.distance).min(0.0);
        }
        let mut column = end.column;
        if column == NONE {
            column = std::mem::replace(&mut self.column_of[end.row as usize], NONE);
        }
        while column != NONE {
            let Reached { from_row, cost, .. } = self.reached[column as usize];
            self.row_of[column as usize] = from_row;
            self.cost_of[from_row as usize] = cost;
            column = std::mem::replace(&mut self.column_of[from_row as usize], column);
        }
    }

    /// Everything that a row can do, `before` being the path to it less its own dual.
    fn extend<I: Iterator<Item = (usize, f64)>>(
        &mut self,
        root: usize,
        row: u32,
        before: f64,
        costs: &impl Fn(usize) -> I,
    ) {
        let round = root as u32 + 1;
        self.heap.push(Step {
            distance: before,
            column: NONE,
            row,
        });
        for (column, cost) in costs(row as usize) {
            let reached = &mut self.reached[column];
            let distance = before + cost - self.dual[column];
            // (NaN compares false, so it is no pair either)
            if cost < 0.0 && (reached.round != round || distance < reached.distance) {
                *reached = Reached {
                    round,
                    distance,
                    from_row: row,
                    cost,
                };
                self.heap.push(Step {
                    distance,
                    column: column as u32,
                    row,
                });
            }
        }
    }

    /// The nearest place not yet looked at.
    fn next(&mut self) -> Option<Step> {
        loop {
            let step = self.heap.pop()?;
            if step.column == NONE {
                return Some(step);
            }
            let reached = &mut self.reached[step.column as usize];
            if step.distance <= reached.distance {
                // rounding must not open it again
                reached.distance = f64::NEG_INFINITY;
                return Some(step);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The best over every way, row by row.
    fn brute(cost: &[Vec<Option<f64>>], used: u32) -> f64 {
        let Some((row, rest)) = cost.split_first() else {
            return 0.0;
        };
        row.iter()
            .enumerate()
            .filter(|(j, _)| used & (1 << j) == 0)
            .filter_map(|(j, cost)| cost.map(|cost| cost + brute(rest, used | (1 << j))))
            .fold(brute(rest, used), f64::min)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_assignment_is_cheaper(
            cost in (0..6_usize, 1..6_usize).prop_flat_map(|(rows, columns)| {
                let one = prop::option::of(prop_oneof![-10.0..3.0_f64, Just(-5.0), Just(-1.0)]);
                prop::collection::vec(prop::collection::vec(one, columns), rows)
            }),
        ) {
            let columns = cost.first().map_or(0, Vec::len);
            let Assignment { column_of, duals } = assign_sparse(cost.len(), columns, |row| {
                cost[row].iter().enumerate().filter_map(|(j, c)| c.map(|c| (j, c)))
            });
            let mut taken: Vec<u32> = column_of.iter().copied().filter(|&c| c != NONE).collect();
            let count = taken.len();
            taken.sort_unstable();
            taken.dedup();
            prop_assert_eq!(taken.len(), count);
            let total: f64 = column_of
                .iter()
                .enumerate()
                .filter(|(_, c)| **c != NONE)
                .map(|(row, &c)| cost[row][c as usize].unwrap())
                .sum();
            prop_assert!((total - brute(&cost, 0)).abs() < 1e-9);
            let rows: f64 = cost
                .iter()
                .map(|row| {
                    row.iter().zip(&duals).filter_map(|(c, v)| c.filter(|c| *c < 0.0).map(|c| c - v)).fold(0.0, f64::min)
                })
                .sum();
            prop_assert!((rows + duals.iter().sum::<f64>() - total).abs() < 1e-9);
            prop_assert!(duals.iter().all(|v| *v <= 0.0));
        }
    }
}

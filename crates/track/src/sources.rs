//! Sources of sound that no track follows: what else a microphone may have heard.
//!
//! Where something flies untracked many microphones hear it, one after another. Were each of
//! their words weighed against that node's false reports alone, they would all speak for
//! whatever track is near by chance. So what may be there untracked is kept, as the
//! probability of a source in each cell of a grid, and competes with the tracks for every
//! word. With Q the probability that nothing at all would have been heard, P_c that of a
//! source in the cell's middle to be heard, and A = Q/(1 − p_c P_c) what the others leave,
//!
//! ```text
//! heard    p_c ← p_c (1 − A(1 − P_c))^w / [p_c (1 − A(1 − P_c))^w + (1 − p_c)(1 − A)^w]
//! silence  p_c ← p_c (1 − P_c)/(1 − p_c P_c)
//! ```
//!
//! (a Bernoulli in each cell, given the others' means; w tempers words that repeat
//! themselves.) Between, p_c settles to what is usual as things leave their cell.

use lapwing_geo::{Ecef, Geodetic};
use lapwing_model::Timestamp;
use lapwing_sensing::hearing_probability;
use std::collections::BTreeMap;

/// Height of a cell, degrees of latitude; cells are about as wide.
const CELL_DEG: f64 = 0.02;
/// The same, m, and how near to its middle a source of the cell may be taken to be.
const CELL_M: f64 = CELL_DEG * 111_000.0;
const NEAR_M: f64 = 0.38 * CELL_M;
/// Untracked sources a square kilometre: some ten in the air over 10,000 km².
const PER_KM2: f64 = 1e-3;
/// Usual probability of a source in a cell.
const USUAL: f64 = PER_KM2 * CELL_M * CELL_M * 1e-6;
/// Time in which a thing leaves its cell (50 m/s), s.
const LEAVE_S: f64 = CELL_M / 50.0;
/// Beyond so many ranges of 50 % nothing is heard.
const REACH: f64 = 2.5;
/// Most cells kept; a word beyond raises those that are known.
const CELLS_MAX: usize = 100_000;
/// What silence leaves at least of a cell's odds.
const LEFT_MIN: f64 = 0.05;
/// Greatest probability believed.
const MOST: f64 = 0.99;

type Key = (i32, i32);

/// A node's place and how far it hears.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) position: Geodetic,
    /// Range of 50 % for the reference source in this air, m.
    pub(crate) range_50_m: f64,
}

/// Cells about a node: probability of a source, and of hearing it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Around {
    cells: Vec<(Key, f64, f64)>,
}

impl Around {
    /// Probability that none of them would have been heard.
    pub(crate) fn silent(&self) -> f64 {
        self.cells
            .iter()
            .map(|(_, p, heard)| 1.0 - p * heard)
            .product()
    }
}

/// Probability of sources that no track follows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    cells: BTreeMap<Key, (f64, Timestamp)>,
}

/// Cells round the Earth in the row of a latitude.
fn columns(row: i32) -> f64 {
    let middle = ((f64::from(row) + 0.5) * CELL_DEG).to_radians();
    (360.0 / CELL_DEG * middle.cos()).max(1.0).round()
}

fn middle((row, column): Key, height_m: f64) -> Geodetic {
    let lon_deg = (f64::from(column) + 0.5) / columns(row) * 360.0;
    Geodetic::new((f64::from(row) + 0.5) * CELL_DEG, lon_deg, height_m)
}

/// The cells about a node.
fn keys(node: &Node) -> impl Iterator<Item = Key> + use<> {
    let half = (REACH * node.range_50_m / CELL_M).ceil().clamp(1.0, 8.0) as i32;
    let row = (node.position.lat_deg.clamp(-89.9, 89.9) / CELL_DEG).floor() as i32;
    let turn = node.position.lon_deg.rem_euclid(360.0) / 360.0;
    (row - half..=row + half).flat_map(move |row| {
        let n = columns(row);
        let column = (turn * n).floor() as i32;
        (column - half..=column + half).map(move |column| (row, column.rem_euclid(n as i32)))
    })
}

/// Probability that a node hears a source in a cell; `None` beyond its reach.
fn heard(node: &Node, here: &Ecef, key: Key) -> Option<f64> {
    let away_m = (Ecef::from(middle(key, node.position.height_m)).0 - here.0).norm();
    (away_m <= REACH * node.range_50_m)
        .then(|| hearing_probability(node.range_50_m, away_m.max(NEAR_M)))
}

fn settled(p: f64, dt_s: f64) -> f64 {
    USUAL + (p - USUAL) * (-dt_s.max(0.0) / LEAVE_S).exp()
}

impl Sources {
    /// The cells within earshot of a node.
    pub(crate) fn around(&self, node: &Node, at: Timestamp) -> Around {
        let here = Ecef::from(node.position);
        let cells = keys(node).filter_map(|key| {
            let heard = heard(node, &here, key)?;
            let p = self
                .cells
                .get(&key)
                .map_or(USUAL, |(p, then)| settled(*p, at.seconds_since(*then)));
            Some((key, p, heard))
        });
        Around {
            cells: cells.collect(),
        }
    }

    /// Something was heard where with probability `all_silent` nothing would have been.
    pub(crate) fn hear(&mut self, around: &Around, all_silent: f64, share: f64, at: Timestamp) {
        for &(key, p, heard) in &around.cells {
            let others = (all_silent / (1.0 - p * heard)).clamp(0.0, 1.0);
            let there = p * (1.0 - others * (1.0 - heard)).powf(share);
            let not = (1.0 - p) * (1.0 - others).powf(share);
            if there + not > 0.0 && (self.cells.len() < CELLS_MAX || self.cells.contains_key(&key))
            {
                let p = (there / (there + not)).clamp(0.0, MOST);
                self.cells.insert(key, (p, at));
            }
        }
    }

    /// A node heard nothing in some revisits: what was thought to be near is less likely.
    pub(crate) fn silence(&mut self, node: &Node, revisits: i32, at: Timestamp) {
        if self.cells.is_empty() {
            return;
        }
        let here = Ecef::from(node.position);
        for key in keys(node) {
            // cells of which nobody has said anything stay as usual
            let Some(cell) = self.cells.get_mut(&key) else {
                continue;
            };
            let p = settled(cell.0, at.seconds_since(cell.1));
            if p < 1.05 * USUAL {
                self.cells.remove(&key);
            } else if let Some(heard) = heard(node, &here, key) {
                let left = (1.0 - heard).powi(revisits).max(LEFT_MIN);
                *cell = (p * left / (1.0 - p * (1.0 - left)), at.max(cell.1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Node {
        Node {
            position: Geodetic::new(46.5, -30.0, 10.0),
            range_50_m: 2_450.0,
        }
    }

    fn at(seconds: f64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    /// Untouched, the cells say what the density says: 1 − exp(−∫ρ P_D dA), by rings.
    #[test]
    fn what_is_usual_is_the_density_of_untracked_sources() {
        let around = Sources::default().around(&node(), at(0.0));
        let rings: f64 = (0..612)
            .map(|k| {
                let r = 10.0 * f64::from(k) + 5.0;
                let heard = hearing_probability(2_450.0, r);
                1e-3 * 1e-6 * heard * std::f64::consts::TAU * r * 10.0
            })
            .sum();
        let expected = 1.0 - (-rings).exp();
        let got = 1.0 - around.silent();
        assert!((got / expected - 1.0).abs() < 0.1, "{got} {expected}");
    }

    /// One word with nothing else to explain it: the odds of each cell by Bayes over all
    /// ways to have one source or none, within what two at once add.
    #[test]
    fn a_word_is_shared_out_over_the_cells_that_may_explain_it() {
        let mut sources = Sources::default();
        let before = sources.around(&node(), at(0.0));
        let false_report = 0.004;
        let silent = (1.0 - false_report) * before.silent();
        sources.hear(&before, silent, 1.0, at(0.0));
        let after = sources.around(&node(), at(0.0));
        for ((_, p, heard), (_, now, _)) in before.cells.iter().zip(&after.cells) {
            let rest = before.silent() / (1.0 - p * heard);
            let given = 1.0 - (1.0 - false_report) * rest * (1.0 - heard);
            let expected = p * given / (1.0 - silent);
            assert!((now / expected - 1.0).abs() < 1e-9, "{now} {expected}");
        }
        let total: f64 = after.cells.iter().map(|c| c.1).sum();
        assert!((0.6..1.3).contains(&total), "{total}");
    }

    #[test]
    fn time_and_silence_take_it_back() {
        let mut sources = Sources::default();
        for _ in 0..20 {
            let around = sources.around(&node(), at(0.0));
            let silent = 0.996 * around.silent();
            sources.hear(&around, silent, 1.0, at(0.0));
        }
        let raised = sources.around(&node(), at(0.0)).silent();
        let mut quiet = sources.clone();
        quiet.silence(&node(), 5, at(0.0));
        assert!(quiet.around(&node(), at(0.0)).silent() > raised + 0.3);
        let usual = Sources::default().around(&node(), at(0.0)).silent();
        let later = sources.around(&node(), at(600.0)).silent();
        assert!((later - usual).abs() < 1e-3, "{later} {usual}");
    }
}

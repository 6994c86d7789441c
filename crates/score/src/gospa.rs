//! The generalised optimal sub-pattern assignment metric (Rahmathullah,
//! García-Fernández and Svensson 2017, *Generalized optimal sub-pattern assignment
//! metric*, Definition 1; for α = 2 Proposition 1 gives the parts).

use crate::assignment::assign;
use serde::Serialize;
use thiserror::Error;

/// The metric's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GospaParams {
    /// Cut-off distance, m: farther apart, a track is not of that object.
    pub c: f64,
    /// Exponent, at least 1.
    pub p: f64,
    /// Cardinality factor in (0, 2]; 2 makes missed and false objects count each c²/2.
    pub alpha: f64,
}

impl Default for GospaParams {
    fn default() -> Self {
        Self {
            c: 200.0,
            p: 2.0,
            alpha: 2.0,
        }
    }
}

/// A parameter out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum GospaError {
    /// The cut-off.
    #[error("c is {0}: the cut-off distance must be a positive number of metres")]
    Cutoff(f64),
    /// The exponent.
    #[error("p is {0}: the exponent must be at least 1")]
    Exponent(f64),
    /// The cardinality factor.
    #[error("alpha is {0}: the cardinality factor must be above 0 and at most 2")]
    Alpha(f64),
}

impl GospaParams {
    /// The same parameters if they make a metric.
    ///
    /// # Errors
    /// c not positive, p below 1, α outside (0, 2], or any not finite.
    pub fn checked(self) -> Result<Self, GospaError> {
        if !(self.c > 0.0 && self.c.is_finite()) {
            return Err(GospaError::Cutoff(self.c));
        }
        if !(self.p >= 1.0 && self.p.is_finite()) {
            return Err(GospaError::Exponent(self.p));
        }
        if !(self.alpha > 0.0 && self.alpha <= 2.0) {
            return Err(GospaError::Alpha(self.alpha));
        }
        Ok(self)
    }
}

/// The distance between two sets to the power p, in its parts, mᵖ.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize)]
pub struct Gospa {
    /// Sum over the assigned pairs of their distance to the p.
    pub localisation: f64,
    /// From objects without a track.
    pub missed: f64,
    /// From tracks without an object.
    #[serde(rename = "false")]
    pub false_: f64,
    /// Number of assigned pairs.
    pub assigned: usize,
}

impl Gospa {
    /// The whole, to the power p.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.localisation + self.missed + self.false_
    }

    /// The metric itself, m.
    #[must_use]
    pub fn distance(&self, params: &GospaParams) -> f64 {
        self.total().powf(1.0 / params.p)
    }
}

/// GOSPA between truth and estimates, points in metres of any dimension `D`.
///
/// With α below 2 the metric has no split of its own; pairs beyond the cut-off then
/// count half as missed and half as false, and what the sets differ in number c^p/α each.
///
/// ```
/// use lapwing_score::gospa::{GospaParams, gospa};
/// let params = GospaParams { c: 10.0, p: 2.0, alpha: 2.0 };
/// let g = gospa(&[[0.0, 0.0], [100.0, 0.0]], &[[3.0, 4.0]], &params);
/// assert_eq!((g.localisation, g.missed, g.false_), (25.0, 50.0, 0.0));
/// ```
#[must_use]
pub fn gospa<const D: usize>(
    truth: &[[f64; D]],
    estimates: &[[f64; D]],
    params: &GospaParams,
) -> Gospa {
    let worth = params.c.powf(params.p);
    let mut out = Gospa::default();
    for cluster in clusters(truth, estimates, params.c) {
        let Cluster {
            rows,
            columns,
            pairs,
        } = cluster;
        // only pairs nearer than c gain anything over leaving both alone
        let turned = rows.len() > columns.len();
        let (height, width) = if turned {
            (columns.len(), rows.len())
        } else {
            (rows.len(), columns.len())
        };
        let mut cost = vec![0.0; height * width];
        let at = |r: usize, c: usize| if turned { c * width + r } else { r * width + c };
        for &(r, c, distance) in &pairs {
            cost[at(r, c)] = distance.powf(params.p) - worth;
        }
        for (row, column) in assign(&cost, height, width).into_iter().enumerate() {
            let gain = cost[row * width + column];
            if gain < 0.0 {
                out.localisation += gain + worth;
                out.assigned += 1;
            }
        }
    }
    let fewer = truth.len().min(estimates.len());
    let beyond = (fewer - out.assigned) as f64 * worth / 2.0;
    let alone = worth / params.alpha;
    out.missed = beyond + truth.len().saturating_sub(estimates.len()) as f64 * alone;
    out.false_ = beyond + estimates.len().saturating_sub(truth.len()) as f64 * alone;
    out
}

/// Truth and estimates that are linked by pairs nearer than the cut-off.
struct Cluster {
    rows: Vec<usize>,
    columns: Vec<usize>,
    /// Index in `rows`, index in `columns`, distance.
    pairs: Vec<(usize, usize, f64)>,
}

/// Splits the problem into its connected parts, which are assigned alone.
fn clusters<const D: usize>(
    truth: &[[f64; D]],
    estimates: &[[f64; D]],
    cutoff: f64,
) -> Vec<Cluster> {
    let along = |point: &[f64; D]| point.first().copied().unwrap_or(0.0);
    let mut order: Vec<usize> = (0..estimates.len()).collect();
    order.sort_by(|&a, &b| along(&estimates[a]).total_cmp(&along(&estimates[b])));

    let mut parent: Vec<usize> = (0..truth.len() + estimates.len()).collect();
    let mut near = Vec::new();
    for (r, point) in truth.iter().enumerate() {
        let from = order.partition_point(|&e| along(&estimates[e]) < along(point) - cutoff);
        for &e in &order[from..] {
            if along(&estimates[e]) > along(point) + cutoff {
                break;
            }
            let square: f64 = point
                .iter()
                .zip(&estimates[e])
                .map(|(a, b)| (a - b).powi(2))
                .sum();
            let distance = square.sqrt();
            if distance < cutoff {
                near.push((r, e, distance));
                let (a, b) = (root(&mut parent, r), root(&mut parent, truth.len() + e));
                parent[a.max(b)] = a.min(b);
            }
        }
    }
    let mut by_root = std::collections::BTreeMap::<usize, Vec<(usize, usize, f64)>>::new();
    for pair in near {
        by_root
            .entry(root(&mut parent, pair.0))
            .or_default()
            .push(pair);
    }
    by_root
        .into_values()
        .map(|pairs| {
            let distinct = |index: fn(&(usize, usize, f64)) -> usize| {
                let mut all: Vec<usize> = pairs.iter().map(index).collect();
                all.sort_unstable();
                all.dedup();
                all
            };
            let (rows, columns) = (distinct(|p| p.0), distinct(|p| p.1));
            let pairs = pairs
                .iter()
                .map(|&(r, e, d)| {
                    (
                        rows.partition_point(|&x| x < r),
                        columns.partition_point(|&x| x < e),
                        d,
                    )
                })
                .collect();
            Cluster {
                rows,
                columns,
                pairs,
            }
        })
        .collect()
}

fn root(parent: &mut [usize], mut node: usize) -> usize {
    while parent[node] != node {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    node
}

//! T-GOSPA: the distance between two sets of trajectories (García-Fernández,
//! Rahmathullah and Svensson 2020, *A metric on the space of finite sets of trajectories
//! for evaluation of multi-target tracking algorithms*), which is GOSPA summed over time
//! plus γᵖ for every switch of an assignment, half of that where one begins or ends while
//! the other trajectory is left alone.
//!
//! Computed is the multi-dimensional assignment form (its section III; assignments are
//! whole, α = 2). Trajectories that never come nearer than c share nothing, so the
//! problem falls into clusters. A small one is solved exactly (`exact`); of a large one
//! an assignment is found that is at most as good, together with a bound that the metric
//! cannot be below (`chains`), so the gap is known. The paper's linear-programming
//! relaxation lies between that bound and the metric.

mod chains;
mod exact;

use crate::gospa::{GospaError, GospaParams};
use crate::near::Near;
use serde::Serialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// The metric's parameters; α is 2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TGospaParams {
    /// Cut-off distance, m.
    pub c: f64,
    /// Exponent, at least 1.
    pub p: f64,
    /// Penalty of a switch, m: it counts γᵖ.
    pub gamma: f64,
}

/// A parameter out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum TGospaError {
    /// One that GOSPA has too.
    #[error(transparent)]
    Gospa(#[from] GospaError),
    /// The switching penalty.
    #[error("gamma is {0}: the penalty of a switch must be a positive number of metres")]
    Gamma(f64),
}

impl TGospaParams {
    /// The same parameters if they make a metric.
    ///
    /// # Errors
    /// c or γ not positive, p below 1, or any not finite.
    pub fn checked(self) -> Result<Self, TGospaError> {
        let (c, p) = (self.c, self.p);
        GospaParams { c, p, alpha: 2.0 }.checked()?;
        if !(self.gamma > 0.0 && self.gamma.is_finite()) {
            return Err(TGospaError::Gamma(self.gamma));
        }
        Ok(self)
    }
}

/// The distance between two sets of trajectories to the power p, in its parts, mᵖ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TGospa {
    /// Σ over scans and assigned pairs of the distance to the p.
    pub localisation: f64,
    /// From objects without a track, c^p/2 a scan.
    pub missed: f64,
    /// From tracks without an object, likewise.
    #[serde(rename = "false")]
    pub false_: f64,
    /// From switches, γᵖ each.
    pub switch: f64,
    /// Number of switches; an assignment that only begins or ends counts a half.
    pub switches: f64,
    /// Number of scans.
    pub scans: u64,
    /// How much less the whole could be at most: 0 where the result is exact.
    pub gap: f64,
}

impl TGospa {
    /// The whole, to the power p; where [`TGospa::is_exact`] is false, an upper bound.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.localisation + self.missed + self.false_ + self.switch
    }

    /// The metric itself, m.
    #[must_use]
    pub fn distance(&self, params: &TGospaParams) -> f64 {
        self.total().powf(1.0 / params.p)
    }

    /// Each part's power mean over the scans (for p = 2, the root of the mean square), m.
    #[must_use]
    pub fn mean(&self, params: &TGospaParams) -> TGospaMean {
        let scans = self.scans.max(1) as f64;
        let mean = |sum: f64| (sum / scans).powf(1.0 / params.p);
        TGospaMean {
            rms: mean(self.total()),
            localisation: mean(self.localisation),
            missed: mean(self.missed),
            false_: mean(self.false_),
            switch: mean(self.switch),
            switches: self.switches,
            lower_bound: mean(self.total() - self.gap),
            exact: self.is_exact(),
        }
    }

    /// Whether no assignment is better.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.gap == 0.0
    }

    /// Counts in another set of runs or scans, which shares no trajectory with this one.
    pub fn merge(&mut self, other: &Self) {
        self.localisation += other.localisation;
        self.missed += other.missed;
        self.false_ += other.false_;
        self.switch += other.switch;
        self.switches += other.switches;
        self.scans += other.scans;
        self.gap += other.gap;
    }
}

/// [`TGospa`] per scan, m.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TGospaMean {
    /// (whole / scans)^(1/p).
    pub rms: f64,
    /// Localisation part, likewise.
    pub localisation: f64,
    /// Missed part, likewise.
    pub missed: f64,
    /// False part, likewise.
    #[serde(rename = "false")]
    pub false_: f64,
    /// Part of the switches, likewise.
    pub switch: f64,
    /// Number of switches over all scans.
    pub switches: f64,
    /// What `rms` cannot be below.
    pub lower_bound: f64,
    /// Whether `rms` is that.
    pub exact: bool,
}

/// Two trajectories nearer than c at one scan.
struct Meeting {
    truth: u64,
    track: u64,
    scan: u32,
    /// Their distance to the p.
    cost: f64,
    /// c^p less that: what assigning them saves.
    gain: f64,
}

/// Takes scans in order and keeps only who met whom.
pub struct TGospaScans {
    params: TGospaParams,
    scans: u32,
    objects: u64,
    tracks: u64,
    meetings: Vec<Meeting>,
}

impl TGospaScans {
    /// None yet.
    ///
    /// # Errors
    /// Parameters out of range.
    pub fn new(params: TGospaParams) -> Result<Self, TGospaError> {
        Ok(Self {
            params: params.checked()?,
            scans: 0,
            objects: 0,
            tracks: 0,
            meetings: Vec::new(),
        })
    }

    /// Takes the next scan: who was where, m; an id at most once in each slice.
    pub fn add<const D: usize>(&mut self, truth: &[(u64, [f64; D])], tracks: &[(u64, [f64; D])]) {
        let worth = self.params.c.powf(self.params.p);
        let points =
            |all: &[(u64, [f64; D])]| -> Vec<[f64; D]> { all.iter().map(|a| a.1).collect() };
        let near = Near::new(&points(truth), &points(tracks), self.params.c);
        for row in 0..near.rows() {
            for (column, square) in near.squares_from(row) {
                let cost = square.powf(self.params.p / 2.0);
                let gain = worth - cost;
                if gain > 0.0 {
                    let (object, track) = near.original(row, column);
                    self.meetings.push(Meeting {
                        truth: truth[object].0,
                        track: tracks[track].0,
                        scan: self.scans,
                        cost,
                        gain,
                    });
                }
            }
        }
        self.scans += 1;
        self.objects += truth.len() as u64;
        self.tracks += tracks.len() as u64;
    }

    /// How many meetings are kept, of some 40 bytes each.
    #[must_use]
    pub fn meetings(&self) -> usize {
        self.meetings.len()
    }

    /// The distance between the trajectories of all scans taken.
    #[must_use]
    pub fn finish(mut self) -> TGospa {
        let worth = self.params.c.powf(self.params.p);
        let switch = self.params.gamma.powf(self.params.p);
        self.meetings
            .sort_unstable_by_key(|m| (m.truth, m.track, m.scan));
        let mut sum = Solution::default();
        for cluster in clusters(&self.meetings) {
            let solution = match cluster.edges.as_slice() {
                [only] => only.alone(),
                _ => exact::solve(&cluster, switch / 2.0)
                    .unwrap_or_else(|| chains::solve(&cluster, switch / 2.0)),
            };
            sum.localisation += solution.localisation;
            sum.paired += solution.paired;
            sum.changes += solution.changes;
            sum.gap += solution.gap;
        }
        let paired = sum.paired as f64;
        let half = worth / 2.0;
        TGospa {
            localisation: sum.localisation,
            missed: (self.objects as f64 - paired) * half,
            false_: (self.tracks as f64 - paired) * half,
            switch: sum.changes as f64 / 2.0 * switch,
            switches: sum.changes as f64 / 2.0,
            scans: u64::from(self.scans),
            gap: sum.gap,
        }
    }
}

/// Each trajectory's place at each scan, or none.
pub type Trajectories<const D: usize> = BTreeMap<u64, Vec<Option<[f64; D]>>>;

/// T-GOSPA between trajectories of truth and of tracks; scans beyond the end of a
/// trajectory's list are without it.
///
/// # Errors
/// Parameters out of range.
///
/// ```
/// use lapwing_score::t_gospa::{TGospaParams, t_gospa};
/// use std::collections::BTreeMap;
/// let truth = BTreeMap::from([(1, vec![Some([0.0]), Some([1.0]), Some([2.0]), Some([3.0])])]);
/// let tracks = BTreeMap::from([
///     (7, vec![Some([0.0]), Some([1.0])]),
///     (8, vec![None, None, Some([2.0]), Some([3.0])]),
/// ]);
/// let params = TGospaParams { c: 10.0, p: 1.0, gamma: 2.0 };
/// let score = t_gospa(&truth, &tracks, params)?;
/// assert_eq!((score.total(), score.switches), (2.0, 1.0));
/// # Ok::<(), lapwing_score::t_gospa::TGospaError>(())
/// ```
pub fn t_gospa<const D: usize>(
    truth: &Trajectories<D>,
    tracks: &Trajectories<D>,
    params: TGospaParams,
) -> Result<TGospa, TGospaError> {
    let mut scans = TGospaScans::new(params)?;
    let longest = |all: &Trajectories<D>| all.values().map(Vec::len).max().unwrap_or(0);
    for scan in 0..longest(truth).max(longest(tracks)) {
        let at = |all: &Trajectories<D>| -> Vec<(u64, [f64; D])> {
            all.iter()
                .filter_map(|(&id, points)| Some((id, (*points.get(scan)?)?)))
                .collect()
        };
        scans.add(&at(truth), &at(tracks));
    }
    Ok(scans.finish())
}

/// Two trajectories of a cluster that meet, and when.
struct Edge<'a> {
    row: u32,
    column: u32,
    meetings: &'a [Meeting],
}

impl Edge<'_> {
    /// They may stay assigned throughout at no cost.
    fn alone(&self) -> Solution {
        Solution {
            localisation: self.meetings.iter().map(|m| m.cost).sum(),
            gain: self.meetings.iter().map(|m| m.gain).sum(),
            paired: self.meetings.len() as u64,
            ..Solution::default()
        }
    }
}

/// Trajectories linked by meetings, numbered from 0 on either side.
struct Cluster<'a> {
    rows: usize,
    columns: usize,
    edges: Vec<Edge<'a>>,
    /// The scans at which any of them meet, ascending.
    scans: Vec<u32>,
}

/// A pairing of a cluster's trajectories over time.
#[derive(Default)]
struct Solution {
    /// Σ of the distances to the p of the assigned pairs that are near.
    localisation: f64,
    /// Σ of their gains.
    gain: f64,
    /// How many they are, over the scans.
    paired: u64,
    /// How many times a pair was begun or ended.
    changes: u64,
    /// How much more another pairing could save at most; 0 if none can.
    gap: f64,
}

impl Solution {
    /// Counts in an assigned pair at a scan where it is near.
    fn add(&mut self, meeting: &Meeting) {
        self.localisation += meeting.cost;
        self.gain += meeting.gain;
        self.paired += 1;
    }

    /// What is saved against leaving everything alone; `half` is the cost of a change.
    fn value(&self, half: f64) -> f64 {
        self.gain - self.changes as f64 * half
    }
}

/// The clusters of meetings sorted by truth, track and scan.
fn clusters(meetings: &[Meeting]) -> Vec<Cluster<'_>> {
    let groups: Vec<&[Meeting]> = meetings
        .chunk_by(|a, b| (a.truth, a.track) == (b.truth, b.track))
        .collect();
    let distinct = |id: fn(&Meeting) -> u64| {
        let mut all: Vec<u64> = groups.iter().map(|g| id(&g[0])).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (truths, tracks) = (distinct(|m| m.truth), distinct(|m| m.track));
    let ends = |group: &[Meeting]| {
        (
            truths.partition_point(|&t| t < group[0].truth),
            truths.len() + tracks.partition_point(|&t| t < group[0].track),
        )
    };
    let mut parent: Vec<usize> = (0..truths.len() + tracks.len()).collect();
    for group in &groups {
        let (row, column) = ends(group);
        let (a, b) = (root(&mut parent, row), root(&mut parent, column));
        parent[a.max(b)] = a.min(b);
    }
    let mut by_root: Vec<(usize, &[Meeting])> = groups
        .iter()
        .map(|group| (root(&mut parent, ends(group).0), *group))
        .collect();
    by_root.sort_by_key(|g| g.0);
    by_root
        .chunk_by(|a, b| a.0 == b.0)
        .map(|groups| {
            let groups: Vec<&[Meeting]> = groups.iter().map(|g| g.1).collect();
            cluster(&groups)
        })
        .collect()
}

fn cluster<'a>(groups: &[&'a [Meeting]]) -> Cluster<'a> {
    let sorted = |mut all: Vec<u64>| {
        all.sort_unstable();
        all.dedup();
        all
    };
    let truths = sorted(groups.iter().map(|g| g[0].truth).collect());
    let tracks = sorted(groups.iter().map(|g| g[0].track).collect());
    let mut scans: Vec<u32> = Vec::new();
    if groups.len() > 1 {
        scans = groups
            .iter()
            .flat_map(|g| g.iter().map(|m| m.scan))
            .collect();
        scans.sort_unstable();
        scans.dedup();
    }
    Cluster {
        rows: truths.len(),
        columns: tracks.len(),
        edges: groups
            .iter()
            .map(|group| Edge {
                row: truths.partition_point(|&t| t < group[0].truth) as u32,
                column: tracks.partition_point(|&t| t < group[0].track) as u32,
                meetings: group,
            })
            .collect(),
        scans,
    }
}

fn root(parent: &mut [usize], mut node: usize) -> usize {
    while parent[node] != node {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    node
}

impl Cluster<'_> {
    /// For each of the cluster's scans, who meets: (edge, gain).
    fn by_scan(&self) -> Vec<Vec<(u32, f64)>> {
        let mut all = vec![Vec::new(); self.scans.len()];
        for (edge, number) in self.edges.iter().zip(0_u32..) {
            for meeting in edge.meetings {
                let at = self.scans.partition_point(|&s| s < meeting.scan);
                all[at].push((number, meeting.gain));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    fn places() -> impl Strategy<Value = Vec<Vec<Option<[f64; 1]>>>> {
        let place = prop::option::weighted(0.8, (0.0..30.0_f64).prop_map(|x| [x]));
        prop::collection::vec(prop::collection::vec(place, 10), 1..5)
    }

    /// Of every cluster: the exact value, that of the way for large clusters, and its gap.
    fn values(
        x: &[Vec<Option<[f64; 1]>>],
        y: &[Vec<Option<[f64; 1]>>],
        gamma: f64,
    ) -> Vec<[f64; 3]> {
        let params = TGospaParams {
            c: 10.0,
            p: 2.0,
            gamma,
        };
        let mut scans = TGospaScans::new(params).unwrap();
        for k in 0..10 {
            let at = |all: &[Vec<Option<[f64; 1]>>]| -> Vec<(u64, [f64; 1])> {
                (0..)
                    .zip(all)
                    .filter_map(|(id, t)| Some((id, t[k]?)))
                    .collect()
            };
            scans.add(&at(x), &at(y));
        }
        scans
            .meetings
            .sort_unstable_by_key(|m| (m.truth, m.track, m.scan));
        let half = gamma * gamma / 2.0;
        clusters(&scans.meetings)
            .into_iter()
            .filter(|c| c.edges.len() > 1)
            .map(|cluster| {
                let found = chains::solve(&cluster, half);
                let exact = exact::solve(&cluster, half).unwrap();
                [exact.value(half), found.value(half), found.gap]
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        /// The way for large clusters, on clusters that the exact way can do.
        #[test]
        fn chains_enclose_the_exact(x in places(), y in places(), gamma in 0.1..6.0_f64) {
            for [best, value, gap] in values(&x, &y, gamma) {
                prop_assert!(value <= best + 1e-6, "{value} {best}");
                prop_assert!(value + gap >= best - 1e-6, "{} {best}", value + gap);
            }
        }
    }

    /// How good it is, not only that it is a bound: over the same five hundred scenes each time,
    /// as one scene in some thousands is off by a tenth.
    #[test]
    fn chains_are_near_the_exact() {
        let mut runner = TestRunner::deterministic();
        let strategy = (places(), places(), 0.1..6.0_f64);
        let (mut best, mut found, mut worst) = (0.0, 0.0, 1.0_f64);
        for _ in 0..500 {
            let (x, y, gamma) = strategy.new_tree(&mut runner).unwrap().current();
            for [exact, value, _] in values(&x, &y, gamma) {
                best += exact;
                found += value;
                worst = worst.min(value / exact);
            }
        }
        assert!(found >= 0.99 * best, "{found} of {best}, at worst {worst}");
        assert!(worst > 0.8, "{worst}");
    }
}

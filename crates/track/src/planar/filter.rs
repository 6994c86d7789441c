//! The filter: predict and update, a scan after the other.

use super::estimate::{Estimate, Estimator, estimate};
use super::state::PlanarState;
use super::undetected::{Birth, Undetected};
use crate::mixture::{Arrival, Budget, Cluster, Local, Mixture, Scan, Track};

/// What the filter knows of its world.
#[derive(Clone, Debug)]
pub struct PlanarConfig {
    /// Time between scans, s.
    pub dt_s: f64,
    /// Intensity of white-noise acceleration, m²/s³.
    pub q: f64,
    /// Standard deviation of a measured position in each axis, m.
    pub sigma_m: f64,
    /// Probability of detection.
    pub detection: f64,
    /// Probability that an object lives on from a scan to the next.
    pub survival: f64,
    /// Expected false reports a square metre, inside `area`.
    pub clutter_density: f64,
    /// Where false reports lie and objects begin anywhere alike: xmin, xmax, ymin, ymax, m.
    /// Objects may leave it.
    pub area: [f64; 4],
    /// New objects.
    pub birth: Birth,
    /// Squared Mahalanobis distance of the gate.
    pub gate: f64,
    /// Global hypotheses of a cluster.
    pub hypotheses: usize,
    /// Least weight of a global hypothesis.
    pub weight_min: f64,
    /// Least existence of a local hypothesis, and least weight of a component of the
    /// intensity of undetected objects.
    pub existence_min: f64,
    /// Mutual information below which parts of a cluster are parted, nats.
    pub information_min: f64,
    /// Squared Mahalanobis distance below which two states are alike; 0 merges none.
    pub alike: f64,
    /// What is reported.
    pub estimator: Estimator,
}

/// Density of false reports outside the area, as a share of that inside: not zero, so that
/// nothing is ever certain.
const OUTSIDE: f64 = 1e-3;

/// Reports that a square of one standard deviation may hold; more say no more.
const CROWD_MAX: usize = 16;
/// Reports farther out than this are none of a plane's, m: their squares would not be told
/// apart from one another.
const FARTHEST_M: f64 = 1e9;

/// The filter and what it believes.
#[derive(Clone, Debug)]
pub struct PlanarFilter {
    config: PlanarConfig,
    budget: Budget,
    pub(super) mixture: Mixture<PlanarState>,
    undetected: Undetected,
    scans: u64,
    next_id: u64,
    rejected: u64,
}

/// One scan: its reports in the order of x.
struct Reports<'a> {
    config: &'a PlanarConfig,
    positions: &'a [[f64; 2]],
    /// What each is when it belongs to no known object, and the object that it would be.
    firsts: &'a [(Arrival, PlanarState)],
    variance_m2: f64,
}

impl Scan<PlanarState> for Reports<'_> {
    fn detection(&self, _: &PlanarState) -> f64 {
        self.config.detection
    }

    fn associate(&self, state: &PlanarState, hits: &mut Vec<(u32, f64)>) {
        let reach_m = (self.config.gate * (state.x.pp + self.variance_m2)).sqrt();
        let from = self
            .positions
            .partition_point(|z| z[0] < state.x.position_m - reach_m);
        for (at, z) in self.positions.iter().enumerate().skip(from) {
            if z[0] > state.x.position_m + reach_m {
                break;
            }
            let (distance_2, log_likelihood) = state.innovation(*z, self.variance_m2);
            if distance_2 <= self.config.gate {
                hits.push((at as u32, log_likelihood));
            }
        }
    }

    fn updated(&self, state: &PlanarState, report: u32) -> PlanarState {
        state.updated(self.positions[report as usize], self.variance_m2)
    }

    fn missed(&self, state: &PlanarState) -> PlanarState {
        *state
    }

    fn arrival(&self, report: u32) -> Arrival {
        self.firsts[report as usize].0
    }

    fn newborn(&self, report: u32) -> PlanarState {
        self.firsts[report as usize].1
    }

    fn merged(&self, parts: &[(f64, &PlanarState)]) -> PlanarState {
        PlanarState::merged(parts.iter().copied())
    }

    fn alike(&self, a: &PlanarState, b: &PlanarState) -> bool {
        let limit = self.config.alike;
        let dx = a.x.position_m - b.x.position_m;
        dx * dx <= limit * a.x.pp
            && a.distance_2(b) < limit
            && (a.x.pp / b.x.pp).ln().abs() < 1.0
            && (a.x.vv / b.x.vv).ln().abs() < 1.0
    }
}

/// A report as the first of an object, and the object.
fn first(
    config: &PlanarConfig,
    undetected: &Undetected,
    z: [f64; 2],
    variance_m2: f64,
) -> (Arrival, PlanarState) {
    let (new, state) = undetected.arrival(config, z);
    let [xmin, xmax, ymin, ymax] = config.area;
    let inside = (xmin..=xmax).contains(&z[0]) && (ymin..=ymax).contains(&z[1]);
    let clutter = if inside { 1.0 } else { OUTSIDE } * config.clutter_density;
    let density = (clutter + new).max(f64::MIN_POSITIVE);
    let arrival = Arrival {
        log_density: density.ln(),
        existence: if state.is_some() { new / density } else { 0.0 },
    };
    (
        arrival,
        state.unwrap_or_else(|| PlanarState::at(z, variance_m2)),
    )
}

impl PlanarFilter {
    /// A filter that has seen nothing.
    #[must_use]
    pub fn new(config: PlanarConfig) -> Self {
        let budget = Budget {
            hypotheses: config.hypotheses.max(1),
            weight_min: config.weight_min,
            existence_min: config.existence_min,
            information_min: config.information_min,
            ..Budget::default()
        };
        Self {
            config,
            budget,
            mixture: Mixture::default(),
            undetected: Undetected::default(),
            scans: 0,
            next_id: 1,
            rejected: 0,
        }
    }

    /// Beyond `tracks_max` tracks with reports in their gates a group is updated by belief
    /// propagation instead of hypotheses; after `nodes_max` nodes the search for the best
    /// hypotheses of a group goes on with Murty's algorithm.
    #[must_use]
    pub fn with_limits(mut self, tracks_max: usize, nodes_max: usize) -> Self {
        self.budget.tracks_max = tracks_max;
        self.budget.nodes_max = nodes_max;
        self
    }

    /// Objects known before the first scan, each certain to exist.
    pub fn start(&mut self, known: impl IntoIterator<Item = PlanarState>) {
        for state in known {
            let id = self.next_id;
            self.next_id += 1;
            self.mixture.clusters.push(Cluster::single(Track {
                id,
                locals: vec![Local {
                    existence: 1.0,
                    state,
                }],
            }));
        }
    }

    /// Take in the positions measured in the next scan, m. Those that are no positions, and
    /// those beyond what a place can hold, are left out and counted.
    pub fn step(&mut self, measured: &[[f64; 2]]) {
        let config = &self.config;
        if self.scans > 0 {
            self.mixture.for_each(|local| {
                local.existence *= config.survival;
                local.state = local.state.predicted(config.dt_s, config.q);
            });
        }
        self.undetected
            .predict(&config.birth, config.survival, config.dt_s, config.q);
        self.scans += 1;
        let mut positions: Vec<[f64; 2]> = measured
            .iter()
            .copied()
            .filter(|z| z.iter().all(|v| v.abs() <= FARTHEST_M))
            .collect();
        positions.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        if positions.len() > CROWD_MAX {
            thin_out(&mut positions, config.sigma_m);
        }
        self.rejected += (measured.len() - positions.len()) as u64;
        let variance_m2 = config.sigma_m * config.sigma_m;
        let firsts: Vec<(Arrival, PlanarState)> = positions
            .iter()
            .map(|z| first(config, &self.undetected, *z, variance_m2))
            .collect();
        let reports = Reports {
            config,
            positions: &positions,
            firsts: &firsts,
            variance_m2,
        };
        let next_id = &mut self.next_id;
        self.mixture
            .update(&reports, positions.len() as u32, &self.budget, || {
                *next_id += 1;
                *next_id - 1
            });
        self.undetected.thin(config.detection, config.existence_min);
    }

    /// The objects reported now, by id.
    #[must_use]
    pub fn estimates(&self) -> Vec<Estimate> {
        let mut all = Vec::new();
        for cluster in &self.mixture.clusters {
            estimate(&self.config.estimator, cluster, &mut all);
        }
        all.sort_by_key(|e| e.id);
        all
    }

    /// Clusters, tracks, and global hypotheses in all.
    #[must_use]
    pub fn size(&self) -> (usize, usize, usize) {
        let clusters = &self.mixture.clusters;
        (
            clusters.len(),
            clusters.iter().map(|c| c.tracks.len()).sum(),
            clusters.iter().map(|c| c.log_weights.len()).sum(),
        )
    }

    /// Expected number of objects that were detected at least once.
    #[must_use]
    pub fn expected_objects(&self) -> f64 {
        self.mixture
            .clusters
            .iter()
            .map(|cluster| cluster.expectation(|local| local.existence))
            .sum()
    }

    /// Expected number of objects a square metre at a position, detected before or not: the
    /// first moment of the whole density (probability hypothesis density).
    #[must_use]
    pub fn intensity(&self, position_m: [f64; 2]) -> f64 {
        let detected: f64 = self
            .mixture
            .clusters
            .iter()
            .map(|cluster| {
                cluster.expectation(|local| {
                    local.existence * local.state.innovation(position_m, 0.0).1.exp()
                })
            })
            .sum();
        detected + self.undetected.intensity(position_m)
    }

    /// Measurements left out because they are no positions, or too many at one place.
    #[must_use]
    pub const fn rejected(&self) -> u64 {
        self.rejected
    }
}

/// Keep the first reports of each square of a standard deviation, in order.
fn thin_out(positions: &mut Vec<[f64; 2]>, sigma_m: f64) {
    let mut held = std::collections::BTreeMap::<[i64; 2], usize>::new();
    positions.retain(|z| {
        let count = held
            .entry(z.map(|v| (v / sigma_m).floor() as i64))
            .or_default();
        *count += 1;
        *count <= CROWD_MAX
    });
}

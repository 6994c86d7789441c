//! The filter written plainly: double precision, whole matrices, every pair looked at.
//!
//! It is the oracle of the fast kernels and the text to read first. Per scan:
//!
//! 1. **Predict** every track: existence times the survival probability; interacting multiple
//!    models mix (Blom and Bar-Shalom 1988), then each mode moves by its own model.
//! 2. **Weigh** each pair of track i and detection j: w_ij = r_i p_D Σ_m μ_m N(z_j; H x_m, S_m)
//!    over the modes whose gate holds z_j, against w_i0 = 1 − r_i p_D, and against
//!    w_0j = clutter + p_D · undetected for "j is of no known track". Pairs
//!    of negligible weight are left out.
//! 3. **Associate**: the probability of each pair under all joint associations in which a track
//!    has at most one detection and a detection at most one track, by enumeration where that is
//!    short and by belief propagation elsewhere (Williams and Lau 2014), which is
//!    exact where the graph is a tree.
//! 4. **Update**: the track-oriented marginal of the multi-Bernoulli mixture (Williams 2015):
//!    each track becomes the mixture over its detections and the miss, each mode
//!    moment-matched to one Gaussian.
//! 5. **Give birth** at each detection with what is left of it (Williams 2015), thin
//!    the undetected, and drop what hardly exists.

use std::collections::BTreeSet;

use nalgebra::{Matrix2, Matrix2x4, Matrix4, Vector2, Vector4};

use super::config::{
    Background, Config, ConfigError, ENUMERATE_DETECTIONS_MAX, ENUMERATE_MAX, MISS_MIN, RATIO_MAX,
    TOLERANCE, Thresholds, rounds_max,
};
use super::modes::{Mode, modes, transition};

/// One mode of a track.
#[derive(Clone, Debug)]
struct Gaussian {
    probability: f64,
    /// x, vx, y, vy.
    mean: Vector4<f64>,
    covariance: Matrix4<f64>,
}

/// One possible object.
#[derive(Clone, Debug)]
struct Bernoulli {
    id: u64,
    existence: f64,
    modes: Vec<Gaussian>,
}

/// The filter, for scenes of hundreds.
#[derive(Clone, Debug)]
pub struct Reference {
    config: Config,
    modes: Vec<Mode>,
    transition: Vec<Vec<f64>>,
    tracks: Vec<Bernoulli>,
    undetected: f64,
    next_id: u64,
    scans: u64,
}

fn position() -> Matrix2x4<f64> {
    Matrix2x4::new(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
}

/// The matrix [[a, b], [b, c]] on both axes.
fn on_both_axes(a: f64, b: f64, lower: f64, c: f64) -> Matrix4<f64> {
    Matrix4::new(
        a, b, 0.0, 0.0, //
        lower, c, 0.0, 0.0, //
        0.0, 0.0, a, b, //
        0.0, 0.0, lower, c,
    )
}

/// Total weight, mean and covariance of a mixture.
fn mixed(
    parts: impl Iterator<Item = (f64, Vector4<f64>, Matrix4<f64>)> + Clone,
) -> (f64, Vector4<f64>, Matrix4<f64>) {
    let total: f64 = parts.clone().map(|p| p.0).sum();
    let share = |w: f64| w / total;
    let mean: Vector4<f64> = parts.clone().map(|(w, x, _)| x * share(w)).sum();
    let covariance: Matrix4<f64> = parts
        .map(|(w, x, p)| (p + (x - mean) * (x - mean).transpose()) * share(w))
        .sum();
    (total, mean, covariance)
}

impl Reference {
    /// A filter without tracks.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let config = config.checked()?;
        Ok(Self {
            config,
            modes: modes(&config),
            transition: transition(&config),
            tracks: Vec::new(),
            undetected: 0.0,
            next_id: 0,
            scans: 0,
        })
    }

    /// Adds tracks that surely exist: states x, vx, y, vy and their variances at the first scan.
    pub fn start(&mut self, states: &[[f64; 4]], variance: [f64; 4]) {
        for state in states {
            let one = |mode: &Mode| Gaussian {
                probability: mode.initial,
                mean: Vector4::from(*state),
                covariance: Matrix4::from_diagonal(&Vector4::from(variance)),
            };
            self.tracks.push(Bernoulli {
                id: self.next_id,
                existence: 1.0,
                modes: self.modes.iter().map(one).collect(),
            });
            self.next_id += 1;
        }
    }

    /// Takes in one scan.
    pub fn step(&mut self, detections: &[[f64; 2]]) {
        if self.scans > 0 {
            self.predict();
        } else {
            self.undetected = self.config.birth.initial_expected;
        }
        self.undetected += self.config.birth.uniform_per_scan;
        self.scans += 1;

        let z: Vec<Vector2<f64>> = detections.iter().map(|z| Vector2::from(*z)).collect();
        let sides = Background::of(&self.config, self.undetected);
        let thresholds = Thresholds::of(&self.config, &sides[0]);
        let background: Vec<Background> = detections
            .iter()
            .map(|z| sides[usize::from(!self.config.is_inside(*z))])
            .collect();
        let candidates: Vec<Vec<(usize, f64)>> = self
            .tracks
            .iter()
            .map(|track| {
                let miss = 1.0 - track.existence * self.config.detection;
                let weight = |j: usize| {
                    let likelihood: f64 = self.by_mode(track, z[j]).iter().sum();
                    let w = track.existence * self.config.detection * likelihood;
                    (
                        j,
                        (w / miss.max(MISS_MIN) / background[j].weight).min(RATIO_MAX),
                    )
                };
                (0..z.len())
                    .map(weight)
                    .filter(|c| c.1 >= thresholds.pair)
                    .collect()
            })
            .collect();
        let (pairs, unclaimed) = marginals(&candidates, z.len());
        let updated = self.tracks.iter().zip(&pairs);
        self.tracks = updated
            .map(|(track, pairs)| self.updated(track, pairs, &z))
            .collect();
        for (j, z) in z.iter().enumerate() {
            self.give_birth(z, background[j].existence * unclaimed[j], thresholds.birth);
        }
        self.undetected *= 1.0 - self.config.detection;
        self.tracks
            .retain(|track| track.existence >= thresholds.existence);
    }

    /// Tracks that exist with at least a probability: id, and x, vx, y, vy.
    #[must_use]
    pub fn estimates(&self, existence_threshold: f64) -> Vec<(u64, [f64; 4])> {
        self.tracks
            .iter()
            .filter(|track| track.existence >= existence_threshold)
            .map(|track| {
                let sum: Vector4<f64> = track.modes.iter().map(|g| g.mean * g.probability).sum();
                (track.id, sum.into())
            })
            .collect()
    }

    /// Existence and mode probabilities of each track, in the order of birth.
    #[must_use]
    pub fn probabilities(&self) -> Vec<(u64, f64, Vec<f64>)> {
        self.tracks
            .iter()
            .map(|t| {
                (
                    t.id,
                    t.existence,
                    t.modes.iter().map(|g| g.probability).collect(),
                )
            })
            .collect()
    }

    fn predict(&mut self) {
        self.undetected *= self.config.survival;
        for i in 0..self.tracks.len() {
            let track = &self.tracks[i];
            let predicted = (0..self.modes.len())
                .map(|m| self.predicted(track, m))
                .collect();
            self.tracks[i].modes = predicted;
            self.tracks[i].existence *= self.config.survival;
        }
    }

    fn predicted(&self, track: &Bernoulli, m: usize) -> Gaussian {
        let into: Vec<f64> = track
            .modes
            .iter()
            .enumerate()
            .map(|(l, g)| self.transition[l][m] * g.probability)
            .collect();
        let (probability, mean, covariance) = mixed(
            track
                .modes
                .iter()
                .zip(&into)
                .map(|(g, w)| (*w, g.mean, g.covariance)),
        );
        let mode = &self.modes[m];
        let f = on_both_axes(1.0, mode.reach, 0.0, mode.keep);
        let [a, b, c] = mode.noise;
        Gaussian {
            probability,
            mean: f * mean,
            covariance: f * covariance * f.transpose() + on_both_axes(a, b, b, c),
        }
    }

    fn innovation(&self, mode: &Gaussian) -> Matrix2<f64> {
        let h = position();
        h * mode.covariance * h.transpose() + Matrix2::identity() * self.config.sigma_m.powi(2)
    }

    /// μ_m N(z; H x_m, S_m) of each mode; 0 outside its gate.
    fn by_mode(&self, track: &Bernoulli, z: Vector2<f64>) -> Vec<f64> {
        track
            .modes
            .iter()
            .map(|mode| {
                let s = self.innovation(mode);
                let residual = z - position() * mode.mean;
                let Some(inverse) = s.try_inverse() else {
                    return 0.0;
                };
                let square = residual.dot(&(inverse * residual));
                if square > self.config.gate {
                    return 0.0;
                }
                mode.probability * (-0.5 * square).exp()
                    / (std::f64::consts::TAU * s.determinant().sqrt())
            })
            .collect()
    }

    fn updated(&self, track: &Bernoulli, pairs: &[(usize, f64)], z: &[Vector2<f64>]) -> Bernoulli {
        let missed = 1.0 - pairs.iter().map(|p| p.1).sum::<f64>();
        let r = track.existence;
        let still = missed * r * (1.0 - self.config.detection)
            / (1.0 - r * self.config.detection).max(MISS_MIN);
        let existence = still + pairs.iter().map(|p| p.1).sum::<f64>();
        let likelihoods: Vec<Vec<f64>> = pairs
            .iter()
            .map(|(j, _)| self.by_mode(track, z[*j]))
            .collect();
        let mut modes: Vec<Gaussian> = track
            .modes
            .iter()
            .enumerate()
            .map(|(m, mode)| {
                let s = self.innovation(mode);
                let h = position();
                let inverse = s.try_inverse().unwrap_or_else(Matrix2::zeros);
                let gain = mode.covariance * h.transpose() * inverse;
                let reduced = mode.covariance - gain * s * gain.transpose();
                let mut parts = vec![(still * mode.probability, mode.mean, mode.covariance)];
                for ((j, p), by_mode) in pairs.iter().zip(&likelihoods) {
                    let share = by_mode[m] / by_mode.iter().sum::<f64>();
                    let mean = mode.mean + gain * (z[*j] - h * mode.mean);
                    parts.push((p * share, mean, reduced));
                }
                let total: f64 = parts.iter().map(|p| p.0).sum();
                if total < f64::MIN_POSITIVE {
                    return Gaussian {
                        probability: 0.0,
                        ..mode.clone()
                    };
                }
                let (probability, mean, covariance) = mixed(parts.into_iter());
                Gaussian {
                    probability,
                    mean,
                    covariance,
                }
            })
            .collect();
        let total: f64 = modes.iter().map(|g| g.probability).sum();
        for mode in &mut modes {
            mode.probability /= total;
        }
        Bernoulli {
            id: track.id,
            existence,
            modes,
        }
    }

    fn give_birth(&mut self, z: &Vector2<f64>, existence: f64, existence_min: f64) {
        if existence < existence_min {
            return;
        }
        let r = self.config.sigma_m.powi(2);
        let one = |mode: &Mode| Gaussian {
            probability: mode.initial,
            mean: Vector4::new(z.x, 0.0, z.y, 0.0),
            covariance: on_both_axes(r, 0.0, 0.0, mode.newborn_variance),
        };
        self.tracks.push(Bernoulli {
            id: self.next_id,
            existence,
            modes: self.modes.iter().map(one).collect(),
        });
        self.next_id += 1;
    }
}

/// The probability of each pair, and that each detection is of no known track.
///
/// `candidates[i]` holds (detection, weight relative to a miss and to the background).
fn marginals(
    candidates: &[Vec<(usize, f64)>],
    detections: usize,
) -> (Vec<Vec<(usize, f64)>>, Vec<f64>) {
    let mut pairs: Vec<Vec<(usize, f64)>> = vec![Vec::new(); candidates.len()];
    let mut unclaimed = vec![1.0; detections];
    for tracks in components(candidates, detections) {
        let product = tracks
            .iter()
            .try_fold(1_usize, |n, i| n.checked_mul(candidates[*i].len() + 1));
        let members: BTreeSet<usize> = tracks
            .iter()
            .flat_map(|i| candidates[*i].iter().map(|c| c.0))
            .collect();
        let is_few = members.len() <= ENUMERATE_DETECTIONS_MAX;
        let solved = if is_few && product.is_some_and(|n| n <= ENUMERATE_MAX) {
            enumerate(candidates, &tracks)
        } else {
            propagate(candidates, &tracks, detections)
        };
        for (i, found) in tracks.iter().zip(solved) {
            for &(j, p) in &found {
                unclaimed[j] -= p;
            }
            pairs[*i] = found;
        }
    }
    (pairs, unclaimed)
}

/// Tracks that share candidates, directly or through others.
fn components(candidates: &[Vec<(usize, f64)>], detections: usize) -> Vec<Vec<usize>> {
    let mut label: Vec<usize> = (0..detections).collect();
    loop {
        let before = label.clone();
        for c in candidates {
            let least = c.iter().map(|(j, _)| label[*j]).min();
            for (j, _) in c {
                label[*j] = least.unwrap_or(0);
            }
        }
        if label == before {
            break;
        }
    }
    let mut groups = vec![Vec::new(); detections];
    for (i, c) in candidates.iter().enumerate() {
        if let Some((j, _)) = c.first() {
            groups[label[*j]].push(i);
        }
    }
    groups.retain(|g| !g.is_empty());
    groups
}

fn enumerate(candidates: &[Vec<(usize, f64)>], tracks: &[usize]) -> Vec<Vec<(usize, f64)>> {
    fn visit(
        candidates: &[Vec<(usize, f64)>],
        tracks: &[usize],
        taken: &mut Vec<Option<usize>>,
        weight: f64,
        sums: &mut [Vec<(usize, f64)>],
    ) -> f64 {
        let Some(i) = tracks.get(taken.len()) else {
            for (k, choice) in taken.iter().enumerate() {
                let Some(choice) = choice else { continue };
                sums[k][*choice].1 += weight;
            }
            return weight;
        };
        taken.push(None);
        let mut total = visit(candidates, tracks, taken, weight, sums);
        taken.pop();
        for (k, &(j, w)) in candidates[*i].iter().enumerate() {
            let is_taken = taken
                .iter()
                .zip(tracks)
                .any(|(c, i)| c.is_some_and(|c| candidates[*i][c].0 == j));
            if !is_taken {
                taken.push(Some(k));
                total += visit(candidates, tracks, taken, weight * w, sums);
                taken.pop();
            }
        }
        total
    }
    let mut sums: Vec<Vec<(usize, f64)>> = tracks
        .iter()
        .map(|i| candidates[*i].iter().map(|(j, _)| (*j, 0.0)).collect())
        .collect();
    let total = visit(candidates, tracks, &mut Vec::new(), 1.0, &mut sums);
    for pair in sums.iter_mut().flatten() {
        pair.1 /= total;
    }
    sums
}

fn propagate(
    candidates: &[Vec<(usize, f64)>],
    tracks: &[usize],
    detections: usize,
) -> Vec<Vec<(usize, f64)>> {
    let edges: Vec<(usize, usize, f64)> = tracks
        .iter()
        .enumerate()
        .flat_map(|(k, i)| candidates[*i].iter().map(move |(j, w)| (k, *j, *w)))
        .collect();
    // to tracks: ν; to detections: μ
    let mut to_track = vec![1.0; edges.len()];
    for _ in 0..rounds_max(edges.len()) {
        let mut at_track = vec![1.0; tracks.len()];
        for (e, (k, _, w)) in edges.iter().enumerate() {
            at_track[*k] += w * to_track[e];
        }
        let to_detection: Vec<f64> = edges
            .iter()
            .enumerate()
            .map(|(e, (k, _, w))| w / (at_track[*k] - w * to_track[e]))
            .collect();
        let mut at_detection = vec![1.0; detections];
        for (e, (_, j, _)) in edges.iter().enumerate() {
            at_detection[*j] += to_detection[e];
        }
        let next: Vec<f64> = edges
            .iter()
            .enumerate()
            .map(|(e, (_, j, _))| 1.0 / (at_detection[*j] - to_detection[e]))
            .collect();
        let change = next
            .iter()
            .zip(&to_track)
            .map(|(a, b)| (a - b).abs() / b)
            .fold(0.0, f64::max);
        to_track = next;
        if change < TOLERANCE {
            break;
        }
    }
    let mut found: Vec<Vec<(usize, f64)>> = vec![Vec::new(); tracks.len()];
    for (e, (k, j, w)) in edges.iter().enumerate() {
        found[*k].push((*j, w * to_track[e]));
    }
    for pairs in &mut found {
        let total = 1.0 + pairs.iter().map(|p| p.1).sum::<f64>();
        for pair in pairs {
            pair.1 /= total;
        }
    }
    found
}

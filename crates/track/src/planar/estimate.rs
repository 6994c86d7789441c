//! Which objects to report, and where.
//!
//! The error that counts is GOSPA (Rahmathullah, García-Fernández and Svensson 2017) with
//! p = 2, α = 2: an object missed and a point too many cost c²/2 each, a pair its squared
//! distance up to c². Against a global hypothesis whose Bernoulli components have
//! existence rⱼ and mean squared error eᵢⱼ from point i, the expected square is, over the
//! best pairing π,
//!
//! ```text
//! Σⱼ rⱼ c²/2 + n c²/2 − max_π Σ rⱼ (c² − eᵢⱼ)
//! ```
//!
//! so a point is worth reporting when its share of the last sum, averaged over the
//! hypotheses, exceeds c²/2: an object that surely exists and is nowhere in particular is
//! not. Where the least existence is set to other than one half, that share of c² is asked
//! instead. The points are found by descent from the heaviest hypothesis: pair them with the
//! objects of each, move them to the weighted means, drop what does not pay (the idea of
//! Guerriero, Svensson, Svensson and Willett 2010, *Shooting two birds with two bullets:
//! how to find minimum mean OSPA estimates*, for GOSPA). The mean truncated square of a
//! point at distance d from an object of covariance P is taken as d² + t(1 − exp(−(c² − d²)/t))
//! with t = tr P, and c² from d = c on: exact at d = 0 for a round P, and for P = 0.

use super::state::PlanarState;
use crate::mixture::{Cluster, Local};

/// How estimates are taken from the mixture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Estimator {
    /// The heaviest global hypothesis of each cluster: its objects above an existence
    /// (estimator 1 of García-Fernández et al. 2018, §VI).
    Heaviest {
        /// Least probability of existence.
        existence: f64,
    },
    /// The set of points of least expected squared GOSPA (p = 2, α = 2), found by descent
    /// from the heaviest hypothesis.
    LeastError {
        /// Least probability of existence.
        existence: f64,
        /// Cut-off of the metric, m.
        cutoff_m: f64,
    },
}

/// An object reported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Its track.
    pub id: u64,
    /// Position, m.
    pub position_m: [f64; 2],
    /// Velocity, m/s.
    pub velocity_mps: [f64; 2],
    /// Probability of existence.
    pub existence: f64,
}

/// Rounds of pairing and moving.
const ROUNDS: usize = 4;
/// The expectation is over the heaviest hypotheses that together weigh this share of all.
const WEIGHED: f64 = 0.99;

impl Estimate {
    fn of(id: u64, local: &Local<PlanarState>) -> Self {
        let s = &local.state;
        Self {
            id,
            position_m: [s.x.position_m, s.y.position_m],
            velocity_mps: [s.x.velocity_mps, s.y.velocity_mps],
            existence: local.existence,
        }
    }
}

/// Push the objects of a cluster that are to be reported.
pub(super) fn estimate(
    estimator: &Estimator,
    cluster: &Cluster<PlanarState>,
    out: &mut Vec<Estimate>,
) {
    match *estimator {
        Estimator::Heaviest { existence } => out.extend(heaviest(cluster, existence)),
        Estimator::LeastError {
            existence,
            cutoff_m,
        } => {
            let square = cutoff_m * cutoff_m;
            if cluster.is_lone() {
                let track = &cluster.tracks[0];
                let local = &track.locals[0];
                let share = local.existence * (square - truncated(0.0, trace(local), square).0);
                if share > existence * square {
                    out.push(Estimate::of(track.id, local));
                }
            } else {
                let mut points = Points::of(cluster, existence, square);
                points.settle(cluster);
                out.extend(points.found);
            }
        }
    }
}

fn heaviest(cluster: &Cluster<PlanarState>, existence: f64) -> impl Iterator<Item = Estimate> + '_ {
    cluster
        .tracks
        .iter()
        .zip(cluster.choice(0))
        .filter_map(|(track, choice)| {
            let local = track.locals.get(usize::from(*choice))?;
            Some(Estimate::of(track.id, local))
        })
        .filter(move |e| e.existence > existence)
}

fn trace(local: &Local<PlanarState>) -> f64 {
    local.state.x.pp + local.state.y.pp
}

/// Mean of min(d² + T, c²) for an exponential variable T of mean `t`, and its derivative
/// by d².
fn truncated(d_2: f64, t: f64, square: f64) -> (f64, f64) {
    let left = square - d_2;
    if left <= 0.0 {
        return (square, 0.0);
    }
    let inside = 1.0 - (-left / t.max(1e-12)).exp();
    (d_2 + t * inside, inside)
}

struct Points {
    found: Vec<Estimate>,
    square: f64,
    /// Least share that pays.
    least: f64,
}

/// A point's sums over the hypotheses.
#[derive(Clone, Copy, Default)]
struct Sums {
    /// Of r (c² − e).
    share: f64,
    existence: f64,
    weight: f64,
    position: [f64; 2],
    velocity: [f64; 2],
}

impl Points {
    /// The objects of the heaviest hypothesis.
    fn of(cluster: &Cluster<PlanarState>, existence: f64, square: f64) -> Self {
        Self {
            found: heaviest(cluster, existence).collect(),
            square,
            least: existence * square,
        }
    }

    fn settle(&mut self, cluster: &Cluster<PlanarState>) {
        for round in 0..ROUNDS {
            let sums = self.sums(cluster);
            let mut moved = 0.0_f64;
            for (point, sum) in self.found.iter_mut().zip(&sums) {
                point.existence = sum.existence;
                if sum.weight > 0.0 {
                    for k in 0..2 {
                        let to = sum.position[k] / sum.weight;
                        moved = moved.max((to - point.position_m[k]).abs());
                        point.position_m[k] = to;
                        point.velocity_mps[k] = sum.velocity[k] / sum.weight;
                    }
                }
            }
            let worst = sums
                .iter()
                .enumerate()
                .min_by(|a, b| a.1.share.total_cmp(&b.1.share))
                .map(|(at, sum)| (at, sum.share));
            match worst {
                None => return,
                Some((at, share)) if round > 0 && share < self.least => {
                    self.found.remove(at);
                }
                _ if moved < 1e-3 * self.square.sqrt() && round > 0 => break,
                _ => {}
            }
        }
        let sums = self.sums(cluster);
        let least = self.least;
        let mut shares = sums.iter().map(|s| s.share);
        self.found
            .retain(|_| shares.next().is_some_and(|share| share >= least));
    }

    fn sums(&self, cluster: &Cluster<PlanarState>) -> Vec<Sums> {
        let mut sums = vec![Sums::default(); self.found.len()];
        let mut objects: Vec<&Local<PlanarState>> = Vec::new();
        let mut gains: Vec<f64> = Vec::new();
        let mut weighed = 0.0;
        let mut weights: Vec<f64> = Vec::new();
        for log_weight in &cluster.log_weights {
            weights.push(log_weight.exp());
            weighed += log_weight.exp();
            if weighed >= WEIGHED {
                break;
            }
        }
        for (global, weight) in weights.iter().map(|w| w / weighed).enumerate() {
            objects.clear();
            objects.extend(
                cluster
                    .tracks
                    .iter()
                    .zip(cluster.choice(global))
                    .filter_map(|(track, choice)| track.locals.get(usize::from(*choice))),
            );
            gains.clear();
            for point in &self.found {
                for local in &objects {
                    let (error, _) = self.error(point, local);
                    gains.push(local.existence * (self.square - error));
                }
            }
            let pairs = pairing(&gains, self.found.len(), objects.len());
            for ((sum, point), pair) in sums.iter_mut().zip(&self.found).zip(pairs) {
                let Some(object) = pair else { continue };
                let local = objects[object];
                let (error, slope) = self.error(point, local);
                sum.share += weight * local.existence * (self.square - error);
                sum.existence += weight * local.existence;
                let w = weight * local.existence * slope;
                sum.weight += w;
                let s = &local.state;
                for (k, axis) in [&s.x, &s.y].into_iter().enumerate() {
                    sum.position[k] += w * axis.position_m;
                    sum.velocity[k] += w * axis.velocity_mps;
                }
            }
        }
        sums
    }

    fn error(&self, point: &Estimate, local: &Local<PlanarState>) -> (f64, f64) {
        let dx = point.position_m[0] - local.state.x.position_m;
        let dy = point.position_m[1] - local.state.y.position_m;
        truncated(dx * dx + dy * dy, trace(local), self.square)
    }
}

/// The object of each point in the pairing of greatest gain: what each likes best where
/// no two like the same, else the better of the greedy pairing and its exchanges.
fn pairing(gains: &[f64], points: usize, objects: usize) -> Vec<Option<usize>> {
    let row = |p: usize| &gains[p * objects..(p + 1) * objects];
    let mut pairs: Vec<Option<usize>> = (0..points)
        .map(|p| {
            (0..objects)
                .reduce(|a, b| if row(p)[b] > row(p)[a] { b } else { a })
                .filter(|o| row(p)[*o] > 0.0)
        })
        .collect();
    let mut used = vec![false; objects];
    let clash = pairs
        .iter()
        .flatten()
        .any(|o| std::mem::replace(&mut used[*o], true));
    if !clash {
        return pairs;
    }
    let mut order: Vec<usize> = (0..gains.len()).filter(|at| gains[*at] > 0.0).collect();
    order.sort_by(|a, b| gains[*b].total_cmp(&gains[*a]));
    pairs.fill(None);
    used.fill(false);
    for at in order {
        let (p, o) = (at / objects, at % objects);
        if pairs[p].is_none() && !used[o] {
            pairs[p] = Some(o);
            used[o] = true;
        }
    }
    let gain = |p: usize, o: Option<usize>| o.map_or(0.0, |o| row(p)[o]);
    for _ in 0..points {
        let mut better = false;
        for a in 0..points {
            for b in a + 1..points {
                let now = gain(a, pairs[a]) + gain(b, pairs[b]);
                if gain(a, pairs[b]) + gain(b, pairs[a]) > now + 1e-12 {
                    pairs.swap(a, b);
                    better = true;
                }
            }
            for o in 0..objects {
                if !used[o] && row(a)[o] > gain(a, pairs[a]) + 1e-12 {
                    if let Some(left) = pairs[a] {
                        used[left] = false;
                    }
                    used[o] = true;
                    pairs[a] = Some(o);
                    better = true;
                }
            }
        }
        if !better {
            break;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixture::Track;

    /// However many hypotheses share the weight, an object that is in all of them is reported.
    #[test]
    fn what_is_in_every_hypothesis_is_reported() {
        for count in [1_usize, 10, 5_000] {
            let local = |k: usize| Local {
                existence: 0.9,
                state: PlanarState::at([100.0 + (k % 10) as f64 / 10.0, 50.0], 1.0),
            };
            let track = Track {
                id: 7,
                locals: (0..count).map(local).collect(),
            };
            let estimator = Estimator::LeastError {
                existence: 0.5,
                cutoff_m: 10.0,
            };
            let mut found = Vec::new();
            estimate(&estimator, &Cluster::undecided(track), &mut found);
            assert_eq!(found.len(), 1, "{count} hypotheses");
            assert!(
                (found[0].existence - 0.9).abs() < 1e-9,
                "{count}: {found:?}"
            );
        }
    }
}

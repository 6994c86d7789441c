//! A small cluster, exactly: dynamic programming over time whose states are the ways to
//! pair its trajectories.
//!
//! From one way to another the pairs that differ are ended and then begun, half a switch
//! each. So the best predecessor of every state is found in two sweeps over the states
//! (from a way to those with a pair less, then back to those with a pair more) instead
//! of by trying all pairs of states.

use super::{Cluster, Solution};

/// At most so many ways to pair the cluster's trajectories.
const STATES_MAX: usize = 4096;
/// At most so many states times scans, which bounds the memory of the way back.
const CELLS_MAX: usize = 1 << 24;
/// Pairs are bits of a word.
const EDGES_MAX: usize = 64;

/// The best pairing over time, or none where the cluster is too large. `half` is the cost
/// of beginning or of ending a pair.
pub(super) fn solve(cluster: &Cluster<'_>, half: f64) -> Option<Solution> {
    if cluster.edges.len() > EDGES_MAX {
        return None;
    }
    let states_max = STATES_MAX.min(CELLS_MAX / cluster.scans.len().max(1));
    let states = matchings(cluster, states_max)?;
    let smaller = smaller(&states);

    let mut value = vec![0.0_f64; states.len()];
    let mut origin: Vec<u32> = Vec::new();
    let mut origins = Vec::with_capacity(cluster.scans.len());
    let mut gains = vec![0.0; cluster.edges.len()];
    for (k, meetings) in cluster.by_scan().into_iter().enumerate() {
        origin.clear();
        origin.extend(0..states.len() as u32);
        // any state may be the first, at no cost
        if k > 0 {
            for (state, smaller) in smaller.iter().enumerate().rev() {
                for &less in smaller {
                    step(&mut value, &mut origin, state, less as usize, half);
                }
            }
            for (state, smaller) in smaller.iter().enumerate() {
                for &less in smaller {
                    step(&mut value, &mut origin, less as usize, state, half);
                }
            }
        }
        gains.fill(0.0);
        for (edge, gain) in meetings {
            gains[edge as usize] = gain;
        }
        for (state, value) in states.iter().zip(&mut value) {
            *value += pairs(*state).map(|edge| gains[edge]).sum::<f64>();
        }
        origins.push(origin.clone());
    }

    let best = (0..states.len()).fold(0, |best, s| if value[s] > value[best] { s } else { best });
    let mut path = vec![0_u64; origins.len()];
    let mut state = best;
    for (k, origin) in origins.iter().enumerate().rev() {
        path[k] = states[state];
        state = origin[state] as usize;
    }
    let mut out = Solution::default();
    for (number, edge) in cluster.edges.iter().enumerate() {
        for meeting in edge.meetings {
            let at = cluster.scans.partition_point(|&s| s < meeting.scan);
            if path[at] >> number & 1 == 1 {
                out.add(meeting);
            }
        }
    }
    out.changes = path
        .windows(2)
        .map(|w| u64::from((w[0] ^ w[1]).count_ones()))
        .sum();
    Some(out)
}

fn step(value: &mut [f64], origin: &mut [u32], from: usize, to: usize, cost: f64) {
    if value[from] - cost > value[to] {
        value[to] = value[from] - cost;
        origin[to] = origin[from];
    }
}

fn pairs(mut state: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (state != 0).then(|| state.trailing_zeros() as usize);
        state &= state.wrapping_sub(1);
        lowest
    })
}

/// Every set of edges that share no trajectory, fewer pairs first.
fn matchings(cluster: &Cluster<'_>, most: usize) -> Option<Vec<u64>> {
    let mut all = vec![0_u64];
    for (number, edge) in cluster.edges.iter().enumerate() {
        let conflicts: u64 = cluster
            .edges
            .iter()
            .enumerate()
            .filter(|(_, other)| other.row == edge.row || other.column == edge.column)
            .fold(0, |bits, (other, _)| bits | 1 << other);
        let more: Vec<u64> = all
            .iter()
            .filter(|state| *state & conflicts == 0)
            .map(|state| state | 1 << number)
            .collect();
        all.extend(more);
        if all.len() > most {
            return None;
        }
    }
    all.sort_unstable_by_key(|state| (state.count_ones(), *state));
    Some(all)
}

/// For each state, the states with a pair less.
fn smaller(states: &[u64]) -> Vec<Vec<u32>> {
    let key = |state: u64| (state.count_ones(), state);
    states
        .iter()
        .map(|&state| {
            pairs(state)
                .map(|edge| {
                    let less = key(state & !(1 << edge));
                    let at = states.partition_point(|&s| key(s) < less);
                    at as u32
                })
                .collect()
        })
        .collect()
}

//! Keeping a cluster small: pruning, merging of what is alike, and falling apart.
//!
//! Two global hypotheses whose objects are alike one by one, whichever tracks they are
//! of, say the same of the sky: after two objects have met, "a went left, b right" and
//! "b left, a right" differ in names alone. The lighter lends its weight to the heavier,
//! whose names stay. That frees the budget for hypotheses that differ in substance.
//!
//! Parts of a cluster that no longer share a report are let go when their mutual
//! information is small, that is, when the product of the marginal mixtures is near the
//! joint one (it is the product nearest in Kullback–Leibler divergence).

use super::cluster::{Cluster, Local, NONE, Track, normalise};
use super::{Budget, Scan};

/// Existences farther apart than this are not alike.
const EXISTENCE_APART: f64 = 0.1;

/// Which nodes hang together (Tarjan 1975).
#[derive(Debug)]
pub(super) struct Links {
    parent: Vec<usize>,
}

impl Links {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            parent: (0..nodes).collect(),
        }
    }

    pub(super) fn root(&mut self, mut node: usize) -> usize {
        while self.parent[node] != node {
            self.parent[node] = self.parent[self.parent[node]];
            node = self.parent[node];
        }
        node
    }

    pub(super) fn link(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// The groups in the order of their first nodes, each in order.
    pub(super) fn groups(mut self) -> Vec<Vec<usize>> {
        let mut group_of = vec![usize::MAX; self.parent.len()];
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for node in 0..self.parent.len() {
            let root = self.root(node);
            if group_of[root] == usize::MAX {
                group_of[root] = groups.len();
                groups.push(Vec::new());
            }
            groups[group_of[root]].push(node);
        }
        groups
    }
}

/// Reduce a cluster and hand on what it falls into. `component` says of each track with
/// which others it shared reports in this look.
pub(super) fn settle<S: Clone, L: Scan<S>>(
    mut cluster: Cluster<S>,
    component: &[usize],
    scan: &L,
    budget: &Budget,
    out: &mut Vec<Cluster<S>>,
) {
    for (t, track) in cluster.tracks.iter().enumerate() {
        let width = cluster.tracks.len();
        for choice in cluster.choices.iter_mut().skip(t).step_by(width) {
            let gone = track
                .locals
                .get(usize::from(*choice))
                .is_none_or(|l| l.existence < budget.existence_min);
            if gone {
                *choice = NONE;
            }
        }
    }
    if cluster.log_weights.len() > 1 {
        merge_alike(&mut cluster, scan);
        prune(&mut cluster, budget);
    }
    part(cluster, component, budget, out);
}

/// The choices that a track has among the global hypotheses: one for all, or several.
fn varies<S>(cluster: &Cluster<S>, track: usize) -> bool {
    let width = cluster.tracks.len();
    let mut column = cluster.choices.iter().skip(track).step_by(width);
    let first = column.next();
    column.any(|c| Some(c) != first)
}

fn merge_alike<S, L: Scan<S>>(cluster: &mut Cluster<S>, scan: &L) {
    // a class for every hypothesis that is chosen where choices differ
    let width = cluster.tracks.len();
    let mut leaders: Vec<(u16, usize)> = Vec::new();
    let mut class: Vec<Vec<u64>> = vec![Vec::new(); width];
    let varying: Vec<usize> = (0..width).filter(|t| varies(cluster, *t)).collect();
    for t in &varying {
        class[*t] = vec![0; cluster.tracks[*t].locals.len()];
        for choice in cluster.choices.iter().skip(*t).step_by(width) {
            if *choice == NONE || class[*t][usize::from(*choice)] != 0 {
                continue;
            }
            let local = &cluster.tracks[*t].locals[usize::from(*choice)];
            let known = leaders.iter().position(|(l, track)| {
                let leader = &cluster.tracks[*track].locals[usize::from(*l)];
                (leader.existence - local.existence).abs() < EXISTENCE_APART
                    && scan.alike(&leader.state, &local.state)
            });
            let number = known.unwrap_or_else(|| {
                leaders.push((*choice, *t));
                leaders.len() - 1
            });
            class[*t][usize::from(*choice)] = spread(number as u64 + 1);
        }
    }
    // equal sums are equal multisets of classes, but for one chance in 2⁶⁴
    let mut sums: Vec<(u64, usize)> = (0..cluster.log_weights.len())
        .map(|global| {
            let choice = cluster.choice(global);
            let sum = varying
                .iter()
                .filter(|t| choice[**t] != NONE)
                .map(|t| class[*t][usize::from(choice[*t])])
                .fold(0_u64, u64::wrapping_add);
            (sum, global)
        })
        .collect();
    sums.sort_unstable();
    for same in sums.chunk_by(|a, b| a.0 == b.0) {
        let heaviest = same
            .iter()
            .map(|s| s.1)
            .reduce(|a, b| {
                if cluster.log_weights[b] > cluster.log_weights[a] {
                    b
                } else {
                    a
                }
            })
            .unwrap_or(0);
        let top = cluster.log_weights[heaviest];
        if same.len() > 1 {
            let sum: f64 = same
                .iter()
                .map(|s| (cluster.log_weights[s.1] - top).exp())
                .sum();
            for (_, global) in same {
                cluster.log_weights[*global] = f64::NEG_INFINITY;
            }
            cluster.log_weights[heaviest] = top + sum.ln();
        }
    }
}

/// A number spread over all 64 bits (the finaliser of splitmix64, Steele et al. 2014).
const fn spread(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Sort by weight, drop the light, keep the budget.
fn prune<S>(cluster: &mut Cluster<S>, budget: &Budget) {
    let width = cluster.tracks.len();
    normalise(&mut cluster.log_weights);
    let floor = budget.weight_min.ln();
    let mut order: Vec<usize> = (0..cluster.log_weights.len())
        .filter(|g| cluster.log_weights[*g] > floor)
        .collect();
    order.sort_by(|a, b| cluster.log_weights[*b].total_cmp(&cluster.log_weights[*a]));
    order.truncate(budget.hypotheses.max(1));
    let mut choices = Vec::with_capacity(order.len() * width);
    for global in &order {
        choices.extend_from_slice(cluster.choice(*global));
    }
    cluster.choices = choices;
    cluster.log_weights = order.iter().map(|g| cluster.log_weights[*g]).collect();
    normalise(&mut cluster.log_weights);
}

fn part<S>(cluster: Cluster<S>, component: &[usize], budget: &Budget, out: &mut Vec<Cluster<S>>) {
    let width = cluster.tracks.len();
    // tracks by what they may be parted into: those with one choice alone, the others by
    // component
    let mut sets: Vec<(usize, Vec<usize>)> = Vec::new();
    for (t, component) in component.iter().copied().enumerate().take(width) {
        let varies = varies(&cluster, t);
        if !varies && cluster.choices[t] == NONE {
            continue;
        }
        let known = sets.iter_mut().find(|(of, _)| varies && *of == component);
        match known {
            Some((_, set)) => set.push(t),
            None => sets.push((if varies { component } else { usize::MAX }, vec![t])),
        }
    }
    // parts that are not independent stay together
    if sets.iter().filter(|(of, _)| *of != usize::MAX).count() > 1 {
        let mut kept: Vec<usize> = Vec::new();
        let mut rest: Vec<(usize, Vec<usize>)> = Vec::new();
        let weights: Vec<f64> = cluster.log_weights.iter().map(|w| w.exp()).collect();
        let varying: Vec<usize> = sets
            .iter()
            .filter(|(of, _)| *of != usize::MAX)
            .flat_map(|(_, set)| set.iter().copied())
            .collect();
        let all = keys(&cluster.choices, width, &varying);
        let joint = entropy(all.iter().copied(), &weights);
        for (of, set) in sets {
            if of == usize::MAX {
                rest.push((of, set));
                continue;
            }
            // mutual information of the set and all others: H(set) + H(others) − H(all)
            let own = keys(&cluster.choices, width, &set);
            let others = all
                .iter()
                .zip(&own)
                .map(|(all, own)| all.wrapping_sub(*own));
            let apart = entropy(own.iter().copied(), &weights) + entropy(others, &weights);
            if apart - joint > budget.information_min {
                kept.extend(set);
            } else {
                rest.push((of, set));
            }
        }
        kept.sort_unstable();
        if !kept.is_empty() {
            rest.push((0, kept));
        }
        sets = rest;
    }
    let mut tracks: Vec<Option<Track<S>>> = cluster.tracks.into_iter().map(Some).collect();
    for (_, set) in sets {
        let (log_weights, choices) = projected(&cluster.choices, width, &cluster.log_weights, &set);
        let taken: Vec<Track<S>> = set.iter().filter_map(|t| tracks[*t].take()).collect();
        out.push(compact(taken, log_weights, choices));
    }
}

/// A number for what each global hypothesis chooses of some tracks: equal numbers are equal
/// choices, but for one chance in 2⁶⁴. The number of two sets is the sum of theirs.
fn keys(choices: &[u16], width: usize, set: &[usize]) -> Vec<u64> {
    let key = |row: &[u16]| {
        set.iter()
            .map(|t| spread(((*t as u64) << 16) + u64::from(row[*t])))
            .fold(0_u64, u64::wrapping_add)
    };
    choices.chunks(width).map(key).collect()
}

/// Hypotheses with equal keys side by side, the first of them first: (key, which).
fn by_key(keys: impl Iterator<Item = u64>) -> Vec<(u64, usize)> {
    let mut order: Vec<(u64, usize)> = keys.zip(0..).collect();
    order.sort_unstable();
    order
}

/// The mixture of some tracks alone: equal rows are one, the heaviest first.
fn projected(
    choices: &[u16],
    width: usize,
    log_weights: &[f64],
    set: &[usize],
) -> (Vec<f64>, Vec<u16>) {
    if set.len() == width {
        return (log_weights.to_vec(), choices.to_vec());
    }
    let mut rows: Vec<(usize, f64)> = by_key(keys(choices, width, set).into_iter())
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| (same[0].1, same.iter().map(|s| log_weights[s.1].exp()).sum()))
        .collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut log_weights: Vec<f64> = rows.iter().map(|r| r.1.ln()).collect();
    normalise(&mut log_weights);
    let mut kept = Vec::with_capacity(rows.len() * set.len());
    for (row, _) in rows {
        kept.extend(set.iter().map(|t| choices[row * width + t]));
    }
    (log_weights, kept)
}

/// Entropy of what hypotheses of given weights and keys choose, nats.
fn entropy(keys: impl Iterator<Item = u64>, weights: &[f64]) -> f64 {
    by_key(keys)
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| same.iter().map(|s| weights[s.1]).sum::<f64>())
        .filter(|p| *p > 0.0)
        .map(|p| -p * p.ln())
        .sum()
}

/// A cluster of which every local hypothesis is chosen somewhere.
fn compact<S>(
    mut tracks: Vec<Track<S>>,
    log_weights: Vec<f64>,
    mut choices: Vec<u16>,
) -> Cluster<S> {
    let width = tracks.len();
    for (t, track) in tracks.iter_mut().enumerate() {
        let mut new = vec![NONE; track.locals.len()];
        for choice in choices.iter().skip(t).step_by(width) {
            if *choice != NONE {
                new[usize::from(*choice)] = 0;
            }
        }
        let mut count = 0;
        for n in new.iter_mut().filter(|n| **n == 0) {
            *n = count;
            count += 1;
        }
        if usize::from(count) == track.locals.len() {
            continue;
        }
        let mut at = 0;
        track.locals.retain(|_: &Local<S>| {
            at += 1;
            new[at - 1] != NONE
        });
        for choice in choices.iter_mut().skip(t).step_by(width) {
            if *choice != NONE {
                *choice = new[usize::from(*choice)];
            }
        }
    }
    Cluster {
        tracks,
        log_weights,
        choices,
    }
}

//! What a scan does to the mixture.
//!
//! Clusters are joined where their gates share a report; every group so made is updated
//! alone. With detection probability P of a hypothesis of existence r, likelihood ℓ of a
//! report and density ρ of clutter and new things at it (García-Fernández et al. 2018,
//! Eqs. 25–37):
//!
//! | | weight × | existence |
//! |---|---|---|
//! | not reported | 1 − rP | r(1 − P)/(1 − rP) |
//! | reported | rPℓ/ρ | 1 |
//! | new track, report left over | 1 | e/ρ |
//!
//! The weights of the last two are relative to the report being left over.

use super::belief::{self, Pair};
use super::cluster::{Cluster, LOCALS_MAX, Local, NONE, Track, normalise};
use super::enumerate::{Best, Gain, MISS, children};
use super::reduce::{Links, settle};
use super::{Arrival, Budget, Scan, murty};

/// Greatest existence after a report whose density is all there is.
const EXISTENCE_MAX: f64 = 1.0;

/// All clusters.
#[derive(Clone, Debug)]
pub(crate) struct Mixture<S> {
    /// In an order that depends on nothing but what was done.
    pub(crate) clusters: Vec<Cluster<S>>,
}

impl<S> Default for Mixture<S> {
    fn default() -> Self {
        Self {
            clusters: Vec::new(),
        }
    }
}

/// What a look finds of one local hypothesis.
#[derive(Clone, Copy, Debug)]
struct Found {
    detection: f64,
    from: usize,
    to: usize,
}

/// A look, searched through for every hypothesis.
struct Search<'a, S, L> {
    scan: &'a L,
    budget: &'a Budget,
    hits: Vec<(u32, f64)>,
    /// By cluster, track and local, in order.
    found: Vec<Found>,
    arrivals: Vec<Arrival<S>>,
}

impl<S: Clone> Mixture<S> {
    /// Take in a look of `reports` reports.
    pub(crate) fn update<L: Scan<S>>(
        &mut self,
        scan: &L,
        reports: u32,
        budget: &Budget,
        mut new_id: impl FnMut() -> u64,
    ) {
        let clusters = std::mem::take(&mut self.clusters);
        let mut search = Search {
            scan,
            budget,
            hits: Vec::new(),
            found: Vec::new(),
            arrivals: (0..reports).map(|r| scan.arrival(r)).collect(),
        };
        let mut links = Links::new(clusters.len() + reports as usize);
        let mut starts = Vec::with_capacity(clusters.len());
        for (c, cluster) in clusters.iter().enumerate() {
            starts.push(search.found.len());
            for local in cluster.tracks.iter().flat_map(|t| &t.locals) {
                let from = search.hits.len();
                scan.associate(&local.state, &mut search.hits);
                for (report, _) in &search.hits[from..] {
                    links.link(c, clusters.len() + *report as usize);
                }
                search.found.push(Found {
                    detection: scan.detection(&local.state),
                    from,
                    to: search.hits.len(),
                });
            }
        }
        let count = clusters.len();
        let groups = links.groups();
        let mut clusters: Vec<Option<Cluster<S>>> = clusters.into_iter().map(Some).collect();
        let mut out = Vec::with_capacity(count + reports as usize);
        for group in groups {
            let split = group.partition_point(|node| *node < count);
            let (parts, own) = group.split_at(split);
            let own: Vec<u32> = own.iter().map(|node| (node - count) as u32).collect();
            let mut taken = parts
                .iter()
                .filter_map(|c| clusters[*c].take().map(|cluster| (starts[*c], cluster)));
            match (taken.next(), own.as_slice()) {
                (None, own) => {
                    for report in own {
                        search.begin(*report, &mut out, &mut new_id);
                    }
                }
                (Some((start, cluster)), []) => search.miss(start, cluster, &mut out),
                (Some((start, cluster)), own) => {
                    let mut all = vec![(start, cluster)];
                    all.extend(taken);
                    if let [(start, cluster)] = all.as_mut_slice()
                        && cluster.is_lone()
                        && let [report] = own
                        && search.alone(*start, cluster, *report, &mut out, &mut new_id)
                    {
                        continue;
                    }
                    search.group(all, own, &mut out, &mut new_id);
                }
            }
        }
        self.clusters = out;
    }

    /// Let time pass: `change` every hypothesis.
    pub(crate) fn for_each(&mut self, mut change: impl FnMut(&mut Local<S>)) {
        for cluster in &mut self.clusters {
            for track in &mut cluster.tracks {
                for local in &mut track.locals {
                    change(local);
                }
            }
        }
    }
}

/// Existence after a look that did not report it.
fn after_miss(existence: f64, detection: f64) -> f64 {
    existence * (1.0 - detection) / (1.0 - existence * detection).max(f64::MIN_POSITIVE)
}

impl<S: Clone, L: Scan<S>> Search<'_, S, L> {
    /// A report in no gate.
    fn begin(&self, report: u32, out: &mut Vec<Cluster<S>>, new_id: &mut impl FnMut() -> u64) {
        let arrival = &self.arrivals[report as usize];
        if arrival.existence >= self.budget.existence_min {
            out.push(Cluster::single(Track {
                id: new_id(),
                locals: vec![Local {
                    existence: arrival.existence,
                    state: arrival.state.clone(),
                }],
            }));
        }
    }

    fn missed(&self, local: &Local<S>, detection: f64) -> Local<S> {
        Local {
            existence: after_miss(local.existence, detection),
            state: self.scan.missed(&local.state),
        }
    }

    /// A cluster with no report in its gates.
    fn miss(&self, start: usize, mut cluster: Cluster<S>, out: &mut Vec<Cluster<S>>) {
        let found = &self.found[start..];
        let mut ahead = found.iter();
        let mut first = Vec::with_capacity(cluster.tracks.len());
        let mut at = start;
        let mut unseen = true;
        for track in &cluster.tracks {
            first.push(at);
            for _ in &track.locals {
                unseen &= ahead.next().is_some_and(|f| f.detection <= 0.0);
                at += 1;
            }
        }
        if unseen {
            out.push(cluster);
            return;
        }
        for global in 0..cluster.log_weights.len() {
            let factor: f64 = cluster
                .choice(global)
                .iter()
                .enumerate()
                .filter(|(_, choice)| **choice != NONE)
                .map(|(track, choice)| {
                    let local = &cluster.tracks[track].locals[usize::from(*choice)];
                    let found = self.found[first[track] + usize::from(*choice)];
                    log_miss(local.existence, found.detection)
                })
                .sum();
            cluster.log_weights[global] += factor;
        }
        let mut at = start;
        for track in &mut cluster.tracks {
            for local in &mut track.locals {
                *local = self.missed(local, self.found[at].detection);
                at += 1;
            }
        }
        let apart: Vec<usize> = (0..cluster.tracks.len()).collect();
        settle(cluster, &apart, self.scan, self.budget, out);
    }

    /// The closed form for one hypothesis and one report, where one side of the choice
    /// is too light to be kept; false where it is not.
    fn alone(
        &self,
        start: usize,
        cluster: &mut Cluster<S>,
        report: u32,
        out: &mut Vec<Cluster<S>>,
        new_id: &mut impl FnMut() -> u64,
    ) -> bool {
        let found = self.found[start];
        let [(_, log_likelihood)] = self.hits[found.from..found.to] else {
            return false;
        };
        let local = &mut cluster.tracks[0].locals[0];
        let gain = self.gain(local.existence, found.detection, report, log_likelihood);
        let light = self.budget.weight_min.ln();
        if gain > -light {
            *local = Local {
                existence: EXISTENCE_MAX,
                state: self.scan.updated(&local.state, report),
            };
        } else if gain < light {
            *local = self.missed(local, found.detection);
            self.begin(report, out, new_id);
        } else {
            return false;
        }
        if cluster.tracks[0].locals[0].existence >= self.budget.existence_min {
            let id = cluster.tracks[0].id;
            let locals = std::mem::take(&mut cluster.tracks[0].locals);
            out.push(Cluster::single(Track { id, locals }));
        }
        true
    }

    /// ln of a pair's weight against a miss and the report left over.
    fn gain(&self, existence: f64, detection: f64, report: u32, log_likelihood: f64) -> f64 {
        (existence * detection).ln() + log_likelihood
            - log_miss(existence, detection)
            - self.arrivals[report as usize].log_density
    }

    /// Clusters that share reports.
    fn group(
        &self,
        parts: Vec<(usize, Cluster<S>)>,
        reports: &[u32],
        out: &mut Vec<Cluster<S>>,
        new_id: &mut impl FnMut() -> u64,
    ) {
        // what was found of each track's locals, before the clusters become one
        let mut firsts = Vec::new();
        let mut joint: Option<Cluster<S>> = None;
        for (mut at, cluster) in parts {
            for track in &cluster.tracks {
                firsts.push(at);
                at += track.locals.len();
            }
            joint = Some(match joint {
                None => cluster,
                Some(before) => before.joined(cluster, self.budget.hypotheses),
            });
        }
        let Some(cluster) = joint else { return };
        let table = self.table(&cluster, &firsts, reports);
        if table.active.len() > self.budget.tracks_max {
            self.marginal(&cluster, &table, reports, out, new_id);
        } else {
            self.mixed(&cluster, &table, reports, out, new_id);
        }
    }

    fn table(&self, cluster: &Cluster<S>, firsts: &[usize], reports: &[u32]) -> Table {
        let mut table = Table {
            locals: Vec::new(),
            first: Vec::with_capacity(firsts.len()),
            gains: Vec::new(),
            active: Vec::new(),
        };
        for (t, (track, first)) in cluster.tracks.iter().zip(firsts).enumerate() {
            table.first.push(table.locals.len());
            let mut any = false;
            for (local, found) in track.locals.iter().zip(&self.found[*first..]) {
                let from = table.gains.len();
                for (report, log_likelihood) in &self.hits[found.from..found.to] {
                    let gain =
                        self.gain(local.existence, found.detection, *report, *log_likelihood);
                    if let Ok(at) = reports.binary_search(report)
                        && gain > f64::NEG_INFINITY
                    {
                        table.gains.push(Gain {
                            report: at as u32,
                            gain,
                        });
                    }
                }
                table.gains[from..].sort_by(|a, b| b.gain.total_cmp(&a.gain));
                any |= table.gains.len() > from;
                table.locals.push(Row {
                    detection: found.detection,
                    miss: log_miss(local.existence, found.detection),
                    from,
                    to: table.gains.len(),
                });
            }
            if any {
                table.active.push(t);
            }
        }
        table
    }

    /// The update by hypotheses.
    fn mixed(
        &self,
        cluster: &Cluster<S>,
        table: &Table,
        reports: &[u32],
        out: &mut Vec<Cluster<S>>,
        new_id: &mut impl FnMut() -> u64,
    ) {
        let mut best = Best::new(self.budget.hypotheses, self.budget.weight_min);
        let mut nodes = self.budget.nodes_max;
        let mut rows: Vec<&[Gain]> = Vec::with_capacity(table.active.len());
        for global in 0..cluster.log_weights.len() {
            let choice = cluster.choice(global);
            let log_weight = cluster.log_weights[global] + table.miss(choice);
            rows.clear();
            rows.extend(table.active.iter().map(|t| table.gains(*t, choice[*t])));
            if !children(
                &rows,
                global,
                log_weight,
                reports.len(),
                &mut nodes,
                &mut best,
            ) {
                best.forget(global);
                let share = cluster.log_weights[global].exp() * self.budget.hypotheses as f64;
                let k = (share.ceil() as usize).max(1);
                murty::children(&rows, global, log_weight, reports.len(), k, &mut best);
            }
        }
        let grown = best.into_sorted();
        if grown.is_empty() {
            return;
        }
        let width = cluster.tracks.len();
        let columns = reports.len() + 1;
        // new local hypotheses, as children ask for them
        let mut index = vec![NONE; table.locals.len() * columns];
        let mut tracks: Vec<Track<S>> = cluster
            .tracks
            .iter()
            .map(|t| Track {
                id: t.id,
                locals: Vec::with_capacity(t.locals.len() + 1),
            })
            .collect();
        let mut left_over = vec![false; reports.len()];
        let mut picked = vec![false; reports.len()];
        let mut active_of = vec![usize::MAX; width];
        for (row, t) in table.active.iter().enumerate() {
            active_of[*t] = row;
        }
        let mut choices: Vec<u16> = Vec::with_capacity(grown.len() * (width + reports.len()));
        let mut taken_by: Vec<bool> = Vec::with_capacity(grown.len() * reports.len());
        for child in &grown {
            picked.fill(false);
            for (t, choice) in cluster.choice(child.parent).iter().enumerate() {
                let pick = child.picks.get(active_of[t]).copied().unwrap_or(MISS);
                if pick != MISS {
                    picked[pick as usize] = true;
                }
                choices.push(self.grow(
                    cluster,
                    table,
                    reports,
                    (t, *choice, pick),
                    &mut index,
                    &mut tracks[t].locals,
                ));
            }
            for (left, picked) in left_over.iter_mut().zip(&picked) {
                *left |= !picked;
            }
            taken_by.extend_from_slice(&picked);
        }
        // one column for each report that some child leaves over
        let mut links = Links::new(width + reports.len());
        for (t, first) in table.first.iter().enumerate() {
            let last = table
                .first
                .get(t + 1)
                .copied()
                .unwrap_or(table.locals.len());
            for gain in table.locals[*first..last]
                .iter()
                .flat_map(|row| &table.gains[row.from..row.to])
            {
                links.link(t, width + gain.report as usize);
            }
        }
        let mut component: Vec<usize> = (0..width).map(|t| links.root(t)).collect();
        let mut born = Vec::new();
        for (r, report) in reports.iter().enumerate() {
            let arrival = &self.arrivals[*report as usize];
            if left_over[r] && arrival.existence >= self.budget.existence_min {
                born.push(r);
                component.push(links.root(width + r));
                tracks.push(Track {
                    id: new_id(),
                    locals: vec![Local {
                        existence: arrival.existence,
                        state: arrival.state.clone(),
                    }],
                });
            }
        }
        let choices = if born.is_empty() {
            choices
        } else {
            let mut wider = Vec::with_capacity(grown.len() * (width + born.len()));
            for (row, taken) in choices.chunks(width).zip(taken_by.chunks(reports.len())) {
                wider.extend_from_slice(row);
                wider.extend(born.iter().map(|r| if taken[*r] { NONE } else { 0 }));
            }
            wider
        };
        let mut log_weights: Vec<f64> = grown.iter().map(|c| c.log_weight).collect();
        normalise(&mut log_weights);
        let grown = Cluster {
            tracks,
            log_weights,
            choices,
        };
        settle(grown, &component, self.scan, self.budget, out);
    }

    /// The number of the hypothesis that `choice` of track `t` becomes with `pick`.
    fn grow(
        &self,
        cluster: &Cluster<S>,
        table: &Table,
        reports: &[u32],
        (t, choice, pick): (usize, u16, u32),
        index: &mut [u16],
        locals: &mut Vec<Local<S>>,
    ) -> u16 {
        if choice == NONE {
            return NONE;
        }
        let row = table.first[t] + usize::from(choice);
        let column = if pick == MISS {
            reports.len()
        } else {
            pick as usize
        };
        let slot = &mut index[row * (reports.len() + 1) + column];
        if *slot == NONE {
            let parent = &cluster.tracks[t].locals[usize::from(choice)];
            let local = if pick == MISS {
                let existence = after_miss(parent.existence, table.locals[row].detection);
                if existence < self.budget.existence_min {
                    return NONE;
                }
                Local {
                    existence,
                    state: self.scan.missed(&parent.state),
                }
            } else {
                Local {
                    existence: EXISTENCE_MAX,
                    state: self.scan.updated(&parent.state, reports[column]),
                }
            };
            if locals.len() >= LOCALS_MAX {
                return NONE;
            }
            *slot = locals.len() as u16;
            locals.push(local);
        }
        *slot
    }

    /// The update by marginals: every track goes on alone, with one state.
    fn marginal(
        &self,
        cluster: &Cluster<S>,
        table: &Table,
        reports: &[u32],
        out: &mut Vec<Cluster<S>>,
        new_id: &mut impl FnMut() -> u64,
    ) {
        // each track as the mixture of its hypotheses over all global ones
        let mut shares = vec![0.0; table.locals.len()];
        for (global, log_weight) in cluster.log_weights.iter().enumerate() {
            for (t, choice) in cluster.choice(global).iter().enumerate() {
                if *choice != NONE {
                    shares[table.first[t] + usize::from(*choice)] += log_weight.exp();
                }
            }
        }
        let mut weights = Vec::new();
        let mut pairs: Vec<Pair> = Vec::new();
        for (t, track) in cluster.tracks.iter().enumerate() {
            let first = table.first[t];
            let sum: f64 = (0..track.locals.len())
                .map(|l| shares[first + l] * table.locals[first + l].miss.exp())
                .sum::<f64>()
                + (1.0
                    - shares[first..first + track.locals.len()]
                        .iter()
                        .sum::<f64>())
                .max(0.0);
            weights.push(sum.max(f64::MIN_POSITIVE));
            let mut by_report = std::collections::BTreeMap::<u32, f64>::new();
            for l in 0..track.locals.len() {
                let row = table.locals[first + l];
                for g in &table.gains[row.from..row.to] {
                    let w = shares[first + l] * (row.miss + g.gain).exp() / weights[t];
                    *by_report.entry(g.report).or_default() += w;
                }
            }
            pairs.extend(by_report.into_iter().map(|(report, weight)| Pair {
                track: t,
                report: report as usize,
                weight: weight.clamp(0.0, 1e12),
            }));
        }
        let marginals = belief::marginals(cluster.tracks.len(), reports.len(), &pairs);
        let mut pair = 0;
        for (t, track) in cluster.tracks.iter().enumerate() {
            let first = table.first[t];
            let mut states: Vec<(f64, S)> = Vec::new();
            let mut existence = 0.0;
            for (l, local) in track.locals.iter().enumerate() {
                let row = table.locals[first + l];
                let share = shares[first + l] * row.miss.exp() / weights[t] * marginals.missed[t];
                let missed = self.missed(local, row.detection);
                existence += share * missed.existence;
                states.push((share * missed.existence, missed.state));
            }
            while let Some(p) = pairs.get(pair).filter(|p| p.track == t) {
                let total = marginals.pairs[pair];
                existence += total;
                for (l, local) in track.locals.iter().enumerate() {
                    let row = table.locals[first + l];
                    for g in &table.gains[row.from..row.to] {
                        if g.report as usize == p.report && p.weight > 0.0 {
                            let part = shares[first + l] * (row.miss + g.gain).exp()
                                / weights[t]
                                / p.weight;
                            let weight = total * part.min(1.0);
                            if weight > self.budget.weight_min {
                                states.push((
                                    weight,
                                    self.scan.updated(&local.state, reports[p.report]),
                                ));
                            }
                        }
                    }
                }
                pair += 1;
            }
            if existence >= self.budget.existence_min && !states.is_empty() {
                let parts: Vec<(f64, &S)> =
                    states.iter().map(|(w, s)| (w.max(1e-300), s)).collect();
                out.push(Cluster::single(Track {
                    id: track.id,
                    locals: vec![Local {
                        existence: existence.min(EXISTENCE_MAX),
                        state: self.scan.merged(&parts),
                    }],
                }));
            }
        }
        for (r, report) in reports.iter().enumerate() {
            let arrival = &self.arrivals[*report as usize];
            let existence = arrival.existence * marginals.unassociated[r];
            if existence >= self.budget.existence_min {
                out.push(Cluster::single(Track {
                    id: new_id(),
                    locals: vec![Local {
                        existence,
                        state: arrival.state.clone(),
                    }],
                }));
            }
        }
    }
}

/// ln(1 − rP).
fn log_miss(existence: f64, detection: f64) -> f64 {
    (1.0 - existence * detection).max(1e-12).ln()
}

/// The hypotheses of a group and their reports, numbered within the group.
struct Table {
    locals: Vec<Row>,
    /// Number of each track's first local.
    first: Vec<usize>,
    gains: Vec<Gain>,
    /// Tracks with a report in some gate.
    active: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Row {
    detection: f64,
    miss: f64,
    from: usize,
    to: usize,
}

impl Table {
    /// ln of the weight of all tracks of a global hypothesis being missed.
    fn miss(&self, choice: &[u16]) -> f64 {
        choice
            .iter()
            .zip(&self.first)
            .filter(|(choice, _)| **choice != NONE)
            .map(|(choice, first)| self.locals[first + usize::from(*choice)].miss)
            .sum()
    }

    fn gains(&self, track: usize, choice: u16) -> &[Gain] {
        if choice == NONE {
            return &[];
        }
        let row = self.locals[self.first[track] + usize::from(choice)];
        &self.gains[row.from..row.to]
    }
}

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

use super::cluster::{Cluster, Local, NONE, Track, normalise};
use super::reduce::{Links, settle};
use super::worth::keep_worthy;
use super::{Arrival, Budget, Scan};
use std::marker::PhantomData;

/// Greatest existence after a report whose density is all there is.
pub(super) const EXISTENCE_MAX: f64 = 1.0;

/// Least worth of a pair, in units of the least weight of a global hypothesis: what is left
/// out keeps clusters apart, which is worth more than the pairs.
const WORTH: f64 = 10.0;

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
pub(super) struct Found {
    pub(super) detection: f64,
    /// ln(1 − rP).
    pub(super) miss: f64,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A look, searched through for every hypothesis.
pub(super) struct Search<'a, S, L> {
    pub(super) scan: &'a L,
    pub(super) budget: &'a Budget,
    /// Reports and the gains of the pairs: ln of their weights against a miss and the report
    /// left over.
    pub(super) hits: Vec<(u32, f64)>,
    /// By cluster, track and local, in order.
    pub(super) found: Vec<Found>,
    pub(super) arrivals: Vec<Arrival>,
    states: PhantomData<S>,
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
            states: PhantomData,
        };
        for cluster in &clusters {
            for local in cluster.tracks.iter().flat_map(|t| &t.locals) {
                search.find(local);
            }
        }
        keep_worthy(
            &clusters,
            reports,
            WORTH * budget.weight_min,
            &mut search.found,
            &mut search.hits,
        );
        let mut links = Links::new(clusters.len() + reports as usize);
        let mut starts = Vec::with_capacity(clusters.len());
        let mut at = 0;
        for (c, cluster) in clusters.iter().enumerate() {
            starts.push(at);
            let locals: usize = cluster.tracks.iter().map(|t| t.locals.len()).sum();
            let (from, to) = (search.found[at].from, search.found[at + locals - 1].to);
            for (report, _) in &search.hits[from..to] {
                links.link(c, clusters.len() + *report as usize);
            }
            at += locals;
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
pub(super) fn after_miss(existence: f64, detection: f64) -> f64 {
    existence * (1.0 - detection) / (1.0 - existence * detection).max(f64::MIN_POSITIVE)
}

impl<S: Clone, L: Scan<S>> Search<'_, S, L> {
    /// What the look finds of the next local hypothesis.
    fn find(&mut self, local: &Local<S>) {
        let detection = self.scan.detection(&local.state);
        let miss = log_miss(local.existence, detection);
        let from = self.hits.len();
        if local.existence * detection > 0.0 {
            let seen = (local.existence * detection).ln() - miss;
            self.scan.associate(&local.state, &mut self.hits);
            for (report, log_likelihood) in &mut self.hits[from..] {
                *log_likelihood += seen - self.arrivals[*report as usize].log_density;
            }
        }
        self.found.push(Found {
            detection,
            miss,
            from,
            to: self.hits.len(),
        });
    }

    /// A report in no gate.
    fn begin(&self, report: u32, out: &mut Vec<Cluster<S>>, new_id: &mut impl FnMut() -> u64) {
        let arrival = &self.arrivals[report as usize];
        if arrival.existence >= self.budget.existence_min {
            out.push(Cluster::single(Track {
                id: new_id(),
                locals: vec![Local {
                    existence: arrival.existence,
                    state: self.scan.newborn(report),
                }],
            }));
        }
    }

    pub(super) fn missed(&self, local: &Local<S>, detection: f64) -> Local<S> {
        Local {
            existence: after_miss(local.existence, detection),
            state: self.scan.missed(&local.state),
        }
    }

    fn miss_local(&self, local: &mut Local<S>, detection: f64) {
        local.existence = after_miss(local.existence, detection);
        self.scan.miss(&mut local.state);
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
                .map(|(track, choice)| self.found[first[track] + usize::from(*choice)].miss)
                .sum();
            cluster.log_weights[global] += factor;
        }
        normalise(&mut cluster.log_weights);
        let mut at = start;
        for track in &mut cluster.tracks {
            for local in &mut track.locals {
                self.miss_local(local, self.found[at].detection);
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
        let [(_, gain)] = self.hits[found.from..found.to] else {
            return false;
        };
        let local = &mut cluster.tracks[0].locals[0];
        let light = self.budget.weight_min.ln();
        if gain > -light {
            *local = Local {
                existence: EXISTENCE_MAX,
                state: self.scan.updated(&local.state, report),
            };
        } else if gain < light {
            self.miss_local(local, found.detection);
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
}

/// ln(1 − rP).
fn log_miss(existence: f64, detection: f64) -> f64 {
    (1.0 - existence * detection).max(1e-12).ln()
}

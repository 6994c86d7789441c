//! The update of a group by marginal probabilities, where it has too many tracks for
//! hypotheses: afterwards every track goes on alone, with one state (Williams 2015, §IV: the
//! track-oriented marginal filter).

use super::Scan;
use super::belief::{self, Pair};
use super::cluster::{Cluster, Local, NONE, Track};
use super::table::Table;
use super::update::{EXISTENCE_MAX, Search};

impl<S: Clone, L: Scan<S>> Search<'_, S, L> {
    /// The update by marginals: every track goes on alone, with one state.
    pub(super) fn marginal(
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
                        state: self.scan.newborn(*report),
                    }],
                }));
            }
        }
    }
}

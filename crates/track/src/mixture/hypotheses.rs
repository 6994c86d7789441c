//! The update of a group by global hypotheses.
//!
//! The children of all of them are ranked together, and only the local hypotheses that some
//! child asks for are made. Every report that a child leaves over begins a track, which has
//! no object in the children that do not.

use super::cluster::{Cluster, LOCALS_MAX, Local, NONE, Track, normalise};
use super::enumerate::{Best, Gain, MISS, children};
use super::reduce::{Links, settle};
use super::table::Table;
use super::update::{EXISTENCE_MAX, Search, after_miss};
use super::{Scan, murty};

impl<S: Clone, L: Scan<S>> Search<'_, S, L> {
    /// The update by hypotheses.
    pub(super) fn mixed(
        &self,
        cluster: &Cluster<S>,
        table: &Table,
        reports: &[u32],
        out: &mut Vec<Cluster<S>>,
        new_id: &mut impl FnMut() -> u64,
    ) {
        // a track has no more new local hypotheses than there are children
        let most = self.budget.hypotheses.min(LOCALS_MAX);
        let mut best = Best::new(most, self.budget.weight_min);
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
                        state: self.scan.newborn(*report),
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
            *slot = locals.len() as u16;
            locals.push(local);
        }
        *slot
    }
}

//! The tracks from measurements, and what a look does to them.
//!
//! They are a Poisson multi-Bernoulli mixture over clusters (see `mixture`): what is told
//! apart here is which hypotheses a look touches, in which order its reports are taken, what
//! of the undetected it thins, and what of the mixture leaves as tracks. A track's existence is
//! the sum over its hypotheses; its state is that of the likeliest one.

mod heard;
#[cfg(test)]
pub(crate) mod scene;
mod sighted;

pub(crate) use heard::Word;
pub(crate) use sighted::Said;

use crate::clutter::Clutter;
use crate::hearing;
use crate::looking::Looking;
use crate::measure::{Setting, Start};
use crate::mixture::{self, Budget, Cluster, Local, Mixture};
use crate::mover::Mover;
use crate::nuisance::Alarm;
use crate::plot::Plot;
use crate::registration::Estimate;
use crate::target::Target;
use crate::told;
use crate::undetected::Undetected;
use crate::whereabouts::{Whereabouts, Window};
use crate::{Counters, TrackerConfig};
use lapwing_geo::LocalFrame;
use lapwing_model::{Look, Measurement, Report, SensorKind, SensorSpec, Timestamp, Track, TrackId};
use lapwing_sensing::Coverage;

/// What a cluster may cost.
const BUDGET: Budget = Budget {
    hypotheses: 20,
    weight_min: 1e-3,
    existence_min: 1e-5,
    tracks_max: 10,
    nodes_max: 2_000,
    information_min: 1e-2,
};
/// Most reports of one look within one cell of a few standard deviations: what is beyond
/// is a flood, and says nothing new.
const REPORTS_OF_CELL_MAX: u32 = 8;
/// Greatest existence that bearings of several arrays give at once.
const START_EXISTENCE_MAX: f64 = 0.95;

/// All tracks from measurements.
#[derive(Clone, Debug, Default)]
pub(crate) struct MeasuredTracks {
    mixture: Mixture<Target>,
    /// Where each cluster of the mixture may be.
    whereabouts: Vec<Whereabouts>,
    undetected: Undetected,
    /// By id.
    entries: Vec<Entry>,
    node: u16,
    /// Of the last look's reports, which track took each.
    taken: Vec<Option<TrackId>>,
    /// Bearings of the last look that no track took, the log-density of false ones, and what
    /// they are if they are false.
    unexplained: Vec<(Report, f64, Option<Alarm>)>,
    swept: Option<Timestamp>,
}

/// A track as it stands, and where in the mixture it is.
#[derive(Clone, Copy, Debug)]
struct Entry {
    id: u64,
    cluster: usize,
    track: usize,
    /// The likeliest hypothesis.
    local: usize,
    existence: f64,
    birth_existence: f64,
    established: bool,
    /// Whether its existence has passed the threshold.
    confirmed: bool,
    /// Whether it is told (see `told`).
    told: bool,
    /// Between these times it cannot be over.
    lasts: (Timestamp, Timestamp),
}

/// A track to look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) id: TrackId,
    pub(crate) confirmed: bool,
    told: bool,
    pub(crate) mover: &'a Mover,
    existence: f64,
    target: &'a Target,
}

impl Seen<'_> {
    /// Whether it surely flies somewhere rather than stand.
    pub(crate) fn is_moving(&self) -> bool {
        self.target.is_moving()
    }

    /// The track at `at`, without what self-reports say of it.
    pub(crate) fn track(&self, config: &TrackerConfig, at: Timestamp) -> Track {
        self.target.track(
            config,
            at,
            (self.id, self.existence),
            self.confirmed,
            self.told,
        )
    }
}

/// The sensor whose look it is.
#[derive(Clone, Copy)]
pub(crate) struct Looker<'a> {
    pub(crate) spec: &'a SensorSpec,
    pub(crate) frame: Option<&'a LocalFrame>,
    pub(crate) setting: Setting,
    pub(crate) clutter: Option<&'a Clutter>,
    /// What each report is if it is a false bearing, in their order; may be shorter.
    pub(crate) alarms: &'a [Option<Alarm>],
    /// What is taken off its reports, which leaves errors of its own.
    pub(crate) registered: Option<&'a Estimate>,
}

impl MeasuredTracks {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Seen<'_>> {
        self.entries.iter().filter_map(|e| self.seen(e))
    }

    pub(crate) fn get(&self, id: TrackId) -> Option<Seen<'_>> {
        let at = self
            .entries
            .binary_search_by_key(&id.counter, |e| e.id)
            .ok()?;
        self.seen(&self.entries[at])
    }

    /// The reports of the last look, each with the track whose likeliest hypothesis took it.
    pub(crate) fn taken<'a>(&self, reports: &[&'a Report]) -> Vec<(&'a Report, Option<TrackId>)> {
        let taken = self.taken.iter().copied().chain(std::iter::repeat(None));
        reports.iter().copied().zip(taken).collect()
    }

    /// Bearings of the last look that no track took.
    pub(crate) fn take_unexplained(&mut self) -> Vec<(Report, f64, Option<Alarm>)> {
        std::mem::take(&mut self.unexplained)
    }

    /// A track from bearings that agree; `report` is the newest of them.
    pub(crate) fn begin(
        &mut self,
        config: &TrackerConfig,
        start: Start,
        report: &Report,
        counters: &mut Counters,
        new_id: impl FnOnce() -> TrackId,
    ) {
        if self.entries.len() >= config.tracks_max {
            counters.births_refused += 1;
            return;
        }
        let existence = 1.0 / (1.0 + (-start.log_odds).exp());
        let mover =
            Mover::new(start.chart, start.state, start.time, false).considering(start.considered);
        let mut state = Target::new(mover, report, start.time);
        for (sensor, source) in start.sources {
            state.make(sensor, source);
        }
        for (range_50_m, distance_m) in start.heard_m {
            state.audible_at(range_50_m, distance_m);
        }
        let id = new_id();
        self.node = id.node;
        counters.births += 1;
        counters.reports_used += 1;
        self.mixture.clusters.push(Cluster::single(mixture::Track {
            id: id.counter,
            locals: vec![Local {
                existence: existence.min(START_EXISTENCE_MAX),
                state,
            }],
        }));
        self.stand(config, self.mixture.clusters.len() - 1, counters);
    }

    fn seen(&self, entry: &Entry) -> Option<Seen<'_>> {
        let cluster = self.mixture.clusters.get(entry.cluster)?;
        let target = &cluster
            .tracks
            .get(entry.track)?
            .locals
            .get(entry.local)?
            .state;
        Some(Seen {
            id: TrackId {
                node: self.node,
                counter: entry.id,
            },
            confirmed: entry.confirmed,
            told: entry.told,
            mover: &target.mover,
            existence: entry.existence,
            target,
        })
    }

    /// Take in a look and the usable reports of it, in time order.
    pub(crate) fn look(
        &mut self,
        config: &TrackerConfig,
        look: &Look,
        sensor: Looker<'_>,
        reports: &[&Report],
        counters: &mut Counters,
        mut new_id: impl FnMut() -> TrackId,
    ) {
        let coverage = Coverage::new(look, sensor.spec).in_air(&sensor.setting.air);
        let listens = hearing::listens(look);
        let silence_counts = look.closed
            && coverage.is_known()
            && (listens
                || matches!(
                    sensor.spec.kind,
                    SensorKind::Radar | SensorKind::StaringRadar
                ));
        let mut plots: Vec<Plot<'_>> = Vec::with_capacity(reports.len());
        let mut crowd = std::collections::BTreeMap::new();
        self.taken = vec![None; reports.len()];
        self.unexplained.clear();
        for (index, report) in reports.iter().enumerate() {
            let report = (index, *report);
            let plot = Plot::new(config, look, &coverage, sensor, &self.undetected, report);
            let Some(plot) = plot else {
                counters.reports_unplaced += 1;
                continue;
            };
            let here: &mut u32 = crowd.entry(plot.cell()).or_default();
            *here += 1;
            if *here > REPORTS_OF_CELL_MAX {
                counters.reports_flooded += 1;
            } else {
                plots.push(plot);
            }
        }
        plots.sort_by_key(Plot::kind);
        // a look longer than a revisit sees each thing more than once: a visit at a time,
        // and one kind of measurement at a time, for they are not sorted alike
        let visit_s = look.revisit_s.max(0.1) * 1.05;
        let mut visits: Vec<&[Plot<'_>]> = Vec::new();
        for kind in plots.chunk_by(|a, b| a.kind() == b.kind()) {
            let mut rest = kind;
            while let Some(first) = rest.first() {
                let until = rest
                    .iter()
                    .position(|p| p.report.time.seconds_since(first.report.time) > visit_s)
                    .unwrap_or(rest.len());
                let (visit, later) = rest.split_at(until.max(1));
                visits.push(visit);
                rest = later;
            }
        }
        if visits.is_empty() && silence_counts {
            visits.push(&[]);
        }
        let last = visits.len();
        for (number, plots) in visits.into_iter().enumerate() {
            let counts = silence_counts && number + 1 == last;
            self.visit(
                (config, look, &coverage),
                plots,
                counts,
                counters,
                &mut new_id,
            );
        }
        // what is heard of engines says nothing of birds that nothing has found yet
        if silence_counts && !listens {
            self.undetected.thin(config, &coverage, look.t1);
        }
        self.sweep(config, look.t1, counters);
    }

    fn visit(
        &mut self,
        (config, look, coverage): (&TrackerConfig, &Look, &Coverage),
        plots: &[Plot<'_>],
        silence_counts: bool,
        counters: &mut Counters,
        new_id: &mut impl FnMut() -> TrackId,
    ) {
        let (first, last) = match (plots.first(), plots.last()) {
            (Some(first), Some(last)) => (first.report.time, last.report.time),
            _ => (look.t1, look.t1),
        };
        let mut by_key: Vec<usize> = (0..plots.len()).collect();
        by_key.sort_by(|a, b| plots[*a].key_m.total_cmp(&plots[*b].key_m));
        let looking = Looking {
            config,
            look,
            coverage,
            sphere: coverage.bounding_sphere(),
            plots,
            by_key,
            silence_counts,
            births_left: config.tracks_max.saturating_sub(self.entries.len()),
            middle: Timestamp(first.0 / 2 + last.0 / 2),
            span_s: last.seconds_since(first).abs() / 2.0,
        };
        let window = Window::new(
            config,
            coverage.envelope(),
            (looking.middle, looking.span_s),
            look.guard_m,
        );
        let mut part = Mixture::default();
        let mut hit = vec![false; plots.len()];
        let mut at = 0;
        let mut moved: Vec<usize> = Vec::new();
        while at < self.mixture.clusters.len() {
            if !self.whereabouts[at].may_be_in(&window) {
                at += 1;
                continue;
            }
            let cluster = &mut self.mixture.clusters[at];
            let mut touched = false;
            for local in cluster.tracks.iter_mut().flat_map(|t| &mut t.locals) {
                touched |= looking.find(local);
                let found = &local.state.found;
                counters.misses += u64::from(found.tested && found.hits.is_empty());
                let odds = (local.existence * found.detection).ln();
                for (number, log_likelihood) in &found.hits {
                    let plot = &plots[*number as usize];
                    let without = plot.alarm.filter(|_| found.continued == Some(*number));
                    let without = without.map_or(0.0, |alarm| alarm.log_without);
                    hit[*number as usize] |= odds + log_likelihood > plot.log_density + without;
                }
            }
            if touched {
                part.clusters.push(self.mixture.clusters.swap_remove(at));
                self.whereabouts.swap_remove(at);
                moved.push(at);
            } else {
                at += 1;
            }
        }
        if part.clusters.is_empty() && plots.is_empty() {
            return;
        }
        for (number, (plot, hit)) in plots.iter().zip(hit).enumerate() {
            if !hit && plot.first.is_none() {
                counters.reports_gated_out += 1;
                if matches!(plot.report.measurement, Measurement::Bearing { .. }) {
                    self.unexplained
                        .push((plot.report.clone(), plot.log_density, plot.alarm));
                }
            } else {
                counters.reports_used += 1;
            }
            counters.births_refused +=
                u64::from(plot.first.is_some() && !hit && number >= looking.births_left);
        }
        let mut before: Vec<u64> = part
            .clusters
            .iter()
            .flat_map(|c| c.tracks.iter().map(|t| t.id))
            .collect();
        before.sort_unstable();
        part.update(&looking, plots.len() as u32, &BUDGET, || {
            counters.births += 1;
            let id = new_id();
            self.node = id.node;
            id.counter
        });
        let from = self.mixture.clusters.len();
        self.mixture.clusters.append(&mut part.clusters);
        moved.dedup();
        for at in moved.into_iter().filter(|at| *at < from) {
            self.renumber(at);
        }
        let after = self.stand(config, from, counters);
        self.end(&before, &after, counters);
        self.note_taken(look, &after);
    }

    /// Note which of the tracks `among`, by id, took the reports of a look.
    fn note_taken(&mut self, look: &Look, among: &[u64]) {
        for id in among {
            let Ok(at) = self.entries.binary_search_by_key(id, |e| e.id) else {
                continue;
            };
            let entry = &self.entries[at];
            let target =
                &self.mixture.clusters[entry.cluster].tracks[entry.track].locals[entry.local].state;
            if let Some((sensor, at, index)) = target.took
                && sensor == look.sensor
                && at == look.t1
                && let Some(taken) = self.taken.get_mut(index)
            {
                // of two that may have taken it, the older
                taken.get_or_insert(TrackId {
                    node: self.node,
                    counter: entry.id,
                });
            }
        }
    }

    /// Say anew which tracks there are in the clusters from `from` on, and where those are; their
    /// ids in order.
    fn stand(&mut self, config: &TrackerConfig, from: usize, counters: &mut Counters) -> Vec<u64> {
        self.whereabouts.truncate(from);
        let mut entries = Vec::new();
        for (number, cluster) in self.mixture.clusters.iter().enumerate().skip(from) {
            self.whereabouts.push(Whereabouts::of(cluster));
            stand_of(cluster, number, &mut entries);
        }
        let mut ids: Vec<u64> = Vec::with_capacity(entries.len());
        let known = self.entries.len();
        for mut entry in entries {
            ids.push(entry.id);
            let before = self.entries[..known].binary_search_by_key(&entry.id, |e| e.id);
            if let Ok(at) = before {
                let before = &self.entries[at];
                entry.birth_existence = before.birth_existence;
                entry.established = before.established;
                entry.confirmed = before.confirmed;
                entry.told = before.told;
            }
            entry.established |= entry.existence > config.delete_existence * 3.0;
            let best =
                &self.mixture.clusters[entry.cluster].tracks[entry.track].locals[entry.local].state;
            let passes = !entry.confirmed
                && entry.existence >= config.confirm_existence
                && best.mover.horizontal_sigma_m() <= config.confirm_sigma_m;
            counters.confirmations += u64::from(passes);
            entry.confirmed |= passes;
            let there = entry.existence * best.mover.near();
            entry.told = entry.confirmed && told::tell(entry.told, there, config.confirm_existence);
            entry.lasts = entry.lasts(config, best);
            match before {
                Ok(at) => self.entries[at] = entry,
                Err(_) => self.entries.push(entry),
            }
        }
        // newer ids are greater, but for those that came in one look
        self.entries.sort_unstable_by_key(|e| e.id);
        ids.sort_unstable();
        ids
    }

    /// Say where the tracks of a cluster that has moved are.
    fn renumber(&mut self, cluster: usize) {
        for track in &self.mixture.clusters[cluster].tracks {
            if let Ok(at) = self.entries.binary_search_by_key(&track.id, |e| e.id) {
                self.entries[at].cluster = cluster;
            }
        }
    }

    /// Strike out the tracks that were in some clusters and are in none now; both in order.
    fn end(&mut self, before: &[u64], after: &[u64], counters: &mut Counters) {
        let mut gone = before
            .iter()
            .filter(|id| after.binary_search(id).is_err())
            .peekable();
        if gone.peek().is_none() {
            return;
        }
        let count = self.entries.len();
        self.entries.retain(|e| {
            while gone.next_if(|id| **id < e.id).is_some() {}
            gone.next_if(|id| **id == e.id).is_none()
        });
        counters.deaths += (count - self.entries.len()) as u64;
    }

    /// Delete what is over; at most twice a second of data.
    fn sweep(&mut self, config: &TrackerConfig, now: Timestamp, counters: &mut Counters) {
        if self.swept.is_some_and(|t| now.seconds_since(t).abs() < 0.5) {
            return;
        }
        self.swept = Some(now);
        let mut gone = vec![0_u32; self.mixture.clusters.len()];
        let mut over: Vec<u64> = Vec::new();
        for entry in &mut self.entries {
            if entry.told {
                let cluster = &self.mixture.clusters[entry.cluster];
                let best = cluster.tracks[entry.track].locals.get(entry.local);
                entry.told = best.is_some_and(|best| entry.holds(config, &best.state, now));
            }
            if entry.lasts.0 <= now && now < entry.lasts.1 {
                continue;
            }
            let cluster = &mut self.mixture.clusters[entry.cluster];
            let track = &mut cluster.tracks[entry.track];
            let Some(best) = track.locals.get(entry.local) else {
                continue;
            };
            if entry.is_over(config, &best.state, now) {
                gone[entry.cluster] += 1;
                over.push(entry.id);
                for local in &mut track.locals {
                    local.existence = 0.0;
                }
            }
        }
        if over.is_empty() {
            return;
        }
        self.end(&over, &[], counters);
        // what shares a cluster with the living goes when that is next updated
        let mut left = 0;
        let numbers: Vec<usize> = gone
            .iter()
            .zip(&self.mixture.clusters)
            .map(|(gone, cluster)| {
                let stays = (*gone as usize) < cluster.tracks.len();
                left += usize::from(stays);
                if stays { left - 1 } else { usize::MAX }
            })
            .collect();
        let mut stays = numbers.iter().map(|n| *n != usize::MAX);
        self.whereabouts.retain(|_| stays.next().unwrap_or(true));
        let mut stays = numbers.iter().map(|n| *n != usize::MAX);
        self.mixture
            .clusters
            .retain(|_| stays.next().unwrap_or(true));
        for entry in &mut self.entries {
            entry.cluster = numbers[entry.cluster];
        }
    }
}

/// The tracks of a cluster that may exist.
fn stand_of(cluster: &Cluster<Target>, number: usize, entries: &mut Vec<Entry>) {
    let mut shares: Vec<f64> = Vec::new();
    let weights: f64 = cluster.log_weights.iter().map(|w| w.exp()).sum();
    for (t, track) in cluster.tracks.iter().enumerate() {
        shares.clear();
        shares.resize(track.locals.len(), 0.0);
        for (global, log_weight) in cluster.log_weights.iter().enumerate() {
            let choice = usize::from(cluster.choice(global)[t]);
            if let Some(local) = track.locals.get(choice) {
                shares[choice] += log_weight.exp() * local.existence;
            }
        }
        let existence = shares.iter().sum::<f64>() / weights.max(f64::MIN_POSITIVE);
        let best = (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
        let Some(local) = best.filter(|_| existence > 0.0) else {
            continue;
        };
        entries.push(Entry {
            id: track.id,
            cluster: number,
            track: t,
            local,
            existence: existence.min(1.0),
            birth_existence: existence,
            established: false,
            confirmed: false,
            told: false,
            lasts: (Timestamp(0), Timestamp(0)),
        });
    }
}

impl Entry {
    /// A time in which it is not over by [`Self::is_over`], for who asks often.
    fn lasts(&self, config: &TrackerConfig, best: &Target) -> (Timestamp, Timestamp) {
        if best.reports > 2 && best.mover.ground_speed_mps() > config.speed_max_mps {
            return (best.last_seen, best.last_seen);
        }
        let left_s = best.time_until(config, self.floor(config) / self.existence);
        let ends = best.existence_at.plus_seconds(left_s * (1.0 - 1e-6) - 1e-3);
        (
            best.last_seen.plus_seconds(1e-3 - config.coast_s),
            ends.min(best.last_seen.plus_seconds(config.coast_s - 1e-3)),
        )
    }

    /// The existence below which it is over: a newborn may begin below the threshold; it is given
    /// the misses that take it to a seventh of what it was born with.
    fn floor(&self, config: &TrackerConfig) -> f64 {
        if self.established {
            config.delete_existence
        } else {
            config.delete_existence.min(0.15 * self.birth_existence)
        }
    }

    /// Whether it is told still, were it not looked at until `now`.
    fn holds(&self, config: &TrackerConfig, best: &Target, now: Timestamp) -> bool {
        let existence = self.existence * best.existence_left(config, now);
        let holds = |near: f64| told::tell(true, existence * near, config.confirm_existence);
        let sigma_m = best.mover.spread_m(config, now).0;
        holds(told::near_at_least(sigma_m * sigma_m)) || holds(best.mover.near_at(config, now))
    }

    /// Whether it should be deleted.
    fn is_over(&self, config: &TrackerConfig, best: &Target, now: Timestamp) -> bool {
        let floor = self.floor(config);
        let too_fast = best.reports > 2 && best.mover.ground_speed_mps() > config.speed_max_mps;
        self.existence * best.existence_left(config, now) < floor
            || now.seconds_since(best.last_seen).abs() > config.coast_s
            || too_fast
    }
}

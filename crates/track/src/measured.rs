//! The tracks from measurements, and what a look does to them: gate, assign,
//! update, miss, start.
//!
//! Reports and tracks are paired in two rounds of global nearest neighbour: first the
//! tracks that more likely exist than not, then the others with what is left. A single
//! assignment must choose before it knows what exists; without the order, newborn
//! tracks with their wide gates would take the reports of settled ones. The gain of a
//! pair is the log-likelihood ratio ln(P_D Λ / (λ (1 − P_D))) against a miss and a
//! report of clutter or of a new thing (Blackman and Popoli 1999, §6.2); λ is the sum
//! of the clutter's density and that of new things in the measurement's own space.

use crate::assign::{self, Edge};
use crate::clutter::Clutter;
use crate::existence::DETECTION_MAX;
use crate::measure::{Model, Polar, Setting, Start};
use crate::target::{Mover, Target, measures_height};
use crate::{Counters, TrackerConfig};
use lapwing_geo::{Geodetic, LocalFrame, wrap_pi};
use lapwing_model::{Look, Measurement, Report, SensorSpec, Timestamp, TrackId};
use lapwing_sensing::Coverage;

/// Half-width of the prefilter, standard deviations.
const PREFILTER_SIGMAS: f64 = 5.0;
/// Least probability of detection of a thing that was in fact reported.
const DETECTION_MIN: f64 = 0.1;
/// Below this a look is none: silence there is no evidence.
const LOOKED_AT_MIN: f64 = 0.05;
/// Area that a sensor's false reports are spread over when its footprint is not known, m².
const UNKNOWN_AREA_M2: f64 = 1e10;
/// Greatest existence that bearings of several arrays give at once.
const START_EXISTENCE_MAX: f64 = 0.95;
/// Spans that false reports are spread over in the components beside position:
/// elevation (rad), range rate and velocity (m/s), height (m).
const SPAN_ELEVATION_RAD: f64 = 0.8;
const SPAN_RATE_MPS: f64 = 200.0;
const SPAN_HEIGHT_M: f64 = 12_000.0;

/// All tracks from measurements, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct MeasuredTracks {
    targets: Vec<Target>,
    /// Of the last look's reports, which a confirmed moving track took.
    explained: Vec<bool>,
    /// Bearings of the last look that no track took, and the log-density of false ones.
    unexplained: Vec<(Report, f64)>,
    swept: Option<Timestamp>,
}

/// A report ready to be paired.
struct Plot<'a> {
    report: &'a Report,
    /// Its place in the look.
    index: usize,
    model: Model<'a>,
    /// Sorting key: slant range for polar reports, metres north for positions.
    key_m: f64,
    /// Log-density of clutter and new things at the report, in its measurement space.
    log_density: f64,
    /// Greatest range of the sensor, m.
    range_max_m: f64,
    /// Share of new things in that density.
    share_new: f64,
}

/// A track that the look may have to do with.
struct Candidate {
    target: usize,
    polar: Option<Polar>,
    north_m: f64,
    reach_m: f64,
    /// Reach along the line of sight, with the height's part, m.
    reach_range_m: f64,
    detection_if_seen: f64,
}

/// The sensor whose look it is.
#[derive(Clone, Copy)]
pub(crate) struct Looker<'a> {
    pub(crate) spec: &'a SensorSpec,
    pub(crate) frame: Option<&'a LocalFrame>,
    pub(crate) setting: Setting,
    pub(crate) clutter: Option<&'a Clutter>,
}

impl MeasuredTracks {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter()
    }

    /// The reports of the last look that no confirmed moving track took.
    pub(crate) fn left<'a>(&self, reports: &[&'a Report]) -> Vec<&'a Report> {
        let taken = self
            .explained
            .iter()
            .copied()
            .chain(std::iter::repeat(false));
        reports
            .iter()
            .zip(taken)
            .filter(|(_, taken)| !taken)
            .map(|(report, _)| *report)
            .collect()
    }

    /// Bearings of the last look that no track took.
    pub(crate) fn take_unexplained(&mut self) -> Vec<(Report, f64)> {
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
        if self.targets.len() >= config.tracks_max {
            counters.births_refused += 1;
            return;
        }
        let existence = 1.0 / (1.0 + (-start.log_odds).exp());
        let mover =
            Mover::new(start.chart, start.state, start.time, false).considering(start.considered);
        let existence = existence.min(START_EXISTENCE_MAX);
        let mut target = Target::new(new_id(), mover, existence, report, start.time);
        counters.births += 1;
        counters.reports_used += 1;
        counters.confirmations += u64::from(target.judge(config));
        self.targets.push(target);
    }

    pub(crate) fn get(&self, id: TrackId) -> Option<&Target> {
        self.targets
            .binary_search_by_key(&id, |t| t.id)
            .ok()
            .map(|at| &self.targets[at])
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
        let coverage = Coverage::new(look, sensor.spec);
        let silence_counts = look.closed
            && coverage.is_known()
            && matches!(
                sensor.spec.kind,
                lapwing_model::SensorKind::Radar | lapwing_model::SensorKind::StaringRadar
            );
        let mut plots: Vec<Plot<'_>> = reports
            .iter()
            .enumerate()
            .filter_map(|(index, report)| {
                let plot = Plot::new(config, look, &coverage, sensor, report, index);
                counters.reports_unplaced += u64::from(plot.is_none());
                plot
            })
            .collect();
        self.explained = vec![false; reports.len()];
        self.unexplained.clear();
        plots.sort_by_key(Plot::kind);
        // a look longer than a revisit sees each thing more than once: a visit at a time,
        // and one kind of measurement at a time, for they are not sorted alike
        let visit_s = look.revisit_s.max(0.1) * 1.05;
        for kind in plots.chunk_by(|a, b| a.kind() == b.kind()) {
            let mut rest = kind;
            while let Some(first) = rest.first() {
                let until = rest
                    .iter()
                    .position(|p| p.report.time.seconds_since(first.report.time) > visit_s)
                    .unwrap_or(rest.len());
                let (visit, later) = rest.split_at(until.max(1));
                self.visit(config, look, &coverage, visit, counters, &mut new_id);
                rest = later;
            }
        }
        if silence_counts {
            self.miss(config, look, &coverage, counters);
        }
        self.sweep(config, look.t1, counters);
    }

    fn visit(
        &mut self,
        config: &TrackerConfig,
        look: &Look,
        coverage: &Coverage,
        plots: &[Plot<'_>],
        counters: &mut Counters,
        new_id: &mut impl FnMut() -> TrackId,
    ) {
        let (Some(first), Some(last)) = (plots.first(), plots.last()) else {
            return;
        };
        let middle = Timestamp(first.report.time.0 / 2 + last.report.time.0 / 2);
        let span_s = last.report.time.seconds_since(first.report.time).abs() / 2.0;
        let candidates = self.candidates(config, look, coverage, first, middle, span_s);
        let mut by_key: Vec<usize> = (0..plots.len()).collect();
        by_key.sort_by(|a, b| plots[*a].key_m.total_cmp(&plots[*b].key_m));
        let mut taken = vec![false; plots.len()];
        let mut settled = [Vec::new(), Vec::new()];
        for (row, candidate) in candidates.iter().enumerate() {
            let target = &self.targets[candidate.target];
            let likely = target.existence_at(config, middle) >= 0.5;
            settled[usize::from(!likely)].push(row);
        }
        for round in settled {
            let mut edges = Vec::new();
            for (row, index) in round.iter().enumerate() {
                let candidate = &candidates[*index];
                self.pairs(config, plots, &by_key, &taken, candidate, row, &mut edges);
            }
            for (row, column) in assign::best(round.len(), plots.len(), &edges)
                .into_iter()
                .enumerate()
            {
                let Some(column) = column else { continue };
                let plot = &plots[column];
                let candidate = &candidates[round[row]];
                let target = &mut self.targets[candidate.target];
                let found = target
                    .mover
                    .matched(config, &plot.model, plot.report.time, true);
                let Some(found) = found else { continue };
                taken[column] = true;
                target.mover.consider(config, &plot.model, plot.report.time);
                if let Some(explained) = self.explained.get_mut(plot.index) {
                    *explained = target.is_moving();
                }
                target.take(
                    config,
                    plot.report,
                    &found,
                    look.t1,
                    look.revisit_s,
                    candidate.detection_if_seen,
                    plot.log_density,
                );
                counters.reports_used += 1;
                counters.confirmations += u64::from(target.judge(config));
            }
        }
        for (plot, taken) in plots.iter().zip(taken) {
            if !taken {
                self.start(config, look, plot, counters, new_id);
            }
        }
    }

    /// The tracks that this visit may have to do with.
    fn candidates(
        &self,
        config: &TrackerConfig,
        look: &Look,
        coverage: &Coverage,
        example: &Plot<'_>,
        middle: Timestamp,
        span_s: f64,
    ) -> Vec<Candidate> {
        let sphere = coverage.bounding_sphere();
        let polar = !matches!(example.report.measurement, Measurement::Position { .. });
        let mut all = Vec::new();
        for (index, target) in self.targets.iter().enumerate() {
            let ecef = target.mover.ecef_at(middle);
            let (horizontal_m, vertical_m) = target.mover.spread_m(config, middle);
            let moves_m = span_s * (target.mover.ground_speed_mps() + 50.0);
            let reach_m = PREFILTER_SIGMAS * horizontal_m + moves_m + 50.0;
            if let Some((centre, radius_m)) = sphere
                && (ecef.0 - centre.0).norm() > radius_m + look.guard_m + reach_m
            {
                continue;
            }
            if coverage.is_known() && !coverage.reaches(ecef, look.guard_m + reach_m) {
                continue;
            }
            let rcs = target.evidence.rcs_dbsm();
            let seen = coverage.probability_ignoring_edges(ecef, rcs);
            let polar = polar.then(|| Polar::of(&example.model.frame.from_ecef(ecef)));
            let reach_range_m = polar.map_or(reach_m, |p| {
                reach_m + PREFILTER_SIGMAS * vertical_m * p.elevation_rad().sin().abs()
            });
            all.push(Candidate {
                target: index,
                polar,
                north_m: north_m(ecef.into()),
                reach_m,
                reach_range_m,
                detection_if_seen: seen.clamp(DETECTION_MIN, DETECTION_MAX),
            });
        }
        all
    }

    /// The gated pairs of one candidate.
    #[allow(clippy::too_many_arguments)]
    fn pairs(
        &self,
        config: &TrackerConfig,
        plots: &[Plot<'_>],
        by_key: &[usize],
        taken: &[bool],
        candidate: &Candidate,
        row: usize,
        edges: &mut Vec<Edge>,
    ) {
        let target = &self.targets[candidate.target];
        let key_m = candidate.polar.map_or(candidate.north_m, |p| p.range_m);
        // the greatest error of a report's own along the key
        let slack_m = 500.0;
        let least = key_m - candidate.reach_range_m - slack_m;
        let greatest = key_m + candidate.reach_range_m + slack_m;
        let from = by_key.partition_point(|i| plots[*i].key_m < least);
        for column in by_key[from..].iter().copied() {
            let plot = &plots[column];
            // bearings have no range: they lie at the end and match any
            if plot.key_m > greatest && plot.key_m.is_finite() {
                break;
            }
            if taken[column] || !plot.near(candidate) {
                continue;
            }
            let late_s = target.mover.time.seconds_since(plot.report.time);
            if late_s > config.late_max_s {
                continue;
            }
            let Some(found) = target
                .mover
                .matched(config, &plot.model, plot.report.time, false)
            else {
                continue;
            };
            let detection = candidate.detection_if_seen;
            let gain = found.log_likelihood - plot.log_density
                + (detection / (1.0 - detection)).ln()
                + if config.claims_in_association {
                    target.identity(&plot.report.claims)
                } else {
                    0.0
                };
            edges.push(Edge { row, column, gain });
        }
    }

    /// Start a track from a report that none took.
    fn start(
        &mut self,
        config: &TrackerConfig,
        look: &Look,
        plot: &Plot<'_>,
        counters: &mut Counters,
        new_id: &mut impl FnMut() -> TrackId,
    ) {
        let Some((chart, state)) = plot.model.first_state(config) else {
            counters.reports_gated_out += 1;
            if matches!(plot.report.measurement, Measurement::Bearing { .. }) {
                self.unexplained
                    .push((plot.report.clone(), plot.log_density));
            }
            return;
        };
        if self.targets.len() >= config.tracks_max {
            counters.births_refused += 1;
            return;
        }
        let report = plot.report;
        let height_known = measures_height(&report.measurement);
        let existence = plot.share_new.min(config.birth_existence_max);
        let mover = Mover::new(chart, state, report.time, height_known);
        let mut target = Target::new(new_id(), mover, existence, report, look.t1);
        counters.births += 1;
        counters.reports_used += 1;
        counters.confirmations += u64::from(target.judge(config));
        self.targets.push(target);
    }

    /// Every track in the footprint that this visit did not report.
    fn miss(
        &mut self,
        config: &TrackerConfig,
        look: &Look,
        coverage: &Coverage,
        counters: &mut Counters,
    ) {
        let sphere = coverage.bounding_sphere();
        for target in &mut self.targets {
            let ecef = target.mover.ecef_at(look.t1);
            if let Some((centre, radius_m)) = sphere
                && (ecef.0 - centre.0).norm() > radius_m + look.guard_m
            {
                continue;
            }
            if target.tested(look.sensor, look.t1, look.revisit_s) {
                continue;
            }
            let detection = coverage.probability_of_detection(ecef, target.evidence.rcs_dbsm());
            if detection >= LOOKED_AT_MIN {
                target.miss(config, look.sensor, look.t1, detection);
                counters.misses += 1;
            }
        }
    }

    /// Delete what is over; at most twice a second of data.
    fn sweep(&mut self, config: &TrackerConfig, now: Timestamp, counters: &mut Counters) {
        if self.swept.is_some_and(|t| now.seconds_since(t).abs() < 0.5) {
            return;
        }
        self.swept = Some(now);
        let before = self.targets.len();
        self.targets.retain(|t| !t.is_over(config, now));
        counters.deaths += (before - self.targets.len()) as u64;
    }
}

impl<'a> Plot<'a> {
    fn new(
        config: &TrackerConfig,
        look: &Look,
        coverage: &Coverage,
        sensor: Looker<'_>,
        report: &'a Report,
        index: usize,
    ) -> Option<Self> {
        let model =
            Model::new(&report.measurement, sensor.spec, sensor.frame)?.in_setting(sensor.setting);
        let expected = look.clutter.expected.max(0.0);
        // new things a square metre since the last look here
        let new_per_m2 = config.birth_per_km2_s.max(0.0) * look.revisit_s.max(0.1) * 1e-6;
        let (key_m, clutter, new, span) = match &report.measurement {
            Measurement::Polar {
                range_m,
                elevation_rad,
                range_rate_mps,
                height_m,
                ..
            } => {
                let extent = coverage
                    .polar_extent()
                    .unwrap_or((60_000.0, std::f64::consts::TAU));
                let mut span = 1.0;
                if elevation_rad.is_some() {
                    span *= SPAN_ELEVATION_RAD;
                }
                if range_rate_mps.is_some() {
                    span *= SPAN_RATE_MPS;
                }
                if height_m.is_some() {
                    span *= SPAN_HEIGHT_M;
                }
                (
                    *range_m,
                    expected / (extent.0 * extent.1),
                    new_per_m2 * range_m.max(100.0),
                    span,
                )
            }
            Measurement::Position {
                position,
                height_sigma_m,
                velocity_mps,
                ..
            } => {
                let area_m2 = coverage.area_m2().unwrap_or(UNKNOWN_AREA_M2);
                let axes = if height_sigma_m.is_some() { 3 } else { 2 };
                let mut span = 1.0;
                if height_sigma_m.is_some() {
                    span *= SPAN_HEIGHT_M;
                }
                if velocity_mps.is_some() {
                    span *= SPAN_RATE_MPS.powi(axes);
                }
                (north_m(*position), expected / area_m2, new_per_m2, span)
            }
            Measurement::Bearing { elevation_rad, .. } => {
                let mut span = std::f64::consts::TAU;
                if elevation_rad.is_some() {
                    span *= SPAN_ELEVATION_RAD;
                }
                // a source that is not tracked is as likely as a false one
                (f64::INFINITY, expected.max(0.01) + 0.1, 0.0, span)
            }
            _ => return None,
        };
        let clutter = sensor
            .clutter
            .map_or(clutter, |map| map.density(report, clutter));
        let density = (clutter + new).max(1e-30);
        Some(Self {
            report,
            index,
            model,
            key_m,
            log_density: (density / span).ln(),
            range_max_m: sensor.spec.range_limits_m.1,
            share_new: (new / density).clamp(0.0, 1.0),
        })
    }

    /// Kinds of measurement that are paired apart.
    fn kind(&self) -> u8 {
        match self.report.measurement {
            Measurement::Polar { .. } => 0,
            Measurement::Position { .. } => 1,
            _ => 2,
        }
    }

    /// Whether a candidate is near enough for the exact test.
    fn near(&self, candidate: &Candidate) -> bool {
        match (&self.report.measurement, candidate.polar) {
            (
                Measurement::Polar {
                    azimuth_rad, sigma, ..
                },
                Some(polar),
            ) => {
                let across_m = wrap_pi(azimuth_rad - polar.azimuth_rad()).abs() * polar.ground_m;
                across_m
                    <= candidate.reach_m + PREFILTER_SIGMAS * sigma.azimuth_rad * polar.ground_m
            }
            (Measurement::Position { position, .. }, _) => {
                (north_m(*position) - candidate.north_m).abs() <= candidate.reach_m + 1_000.0
            }
            (_, Some(polar)) => polar.range_m <= self.range_max_m,
            _ => false,
        }
    }
}

/// A coordinate that sorts positions from south to north, m.
fn north_m(position: Geodetic) -> f64 {
    position.lat_deg * 111_000.0
}

/// Whether every number of a report is one.
pub(crate) fn is_finite(report: &Report) -> bool {
    let finite = |values: &[f64]| values.iter().all(|v| v.is_finite());
    let place = |p: &Geodetic| finite(&[p.lat_deg, p.lon_deg, p.height_m]);
    match &report.measurement {
        Measurement::Polar {
            range_m,
            azimuth_rad,
            elevation_rad,
            range_rate_mps,
            height_m,
            sigma,
        } => {
            let (height_m, height_sigma_m) = height_m.unwrap_or_default();
            *range_m > 0.0
                && *range_m < 1e7
                && finite(&[
                    *azimuth_rad,
                    elevation_rad.unwrap_or_default(),
                    range_rate_mps.unwrap_or_default(),
                    height_m,
                    height_sigma_m,
                    sigma.range_m,
                    sigma.azimuth_rad,
                    sigma.elevation_rad,
                    sigma.range_rate_mps,
                ])
        }
        Measurement::Position {
            position,
            horizontal_sigma_m,
            height_sigma_m,
            velocity_mps,
            velocity_sigma_mps,
        } => {
            place(position)
                && finite(&[
                    *horizontal_sigma_m,
                    height_sigma_m.unwrap_or_default(),
                    *velocity_sigma_mps,
                ])
                && finite(&velocity_mps.unwrap_or_default())
        }
        Measurement::Bearing {
            azimuth_rad,
            elevation_rad,
            azimuth_sigma_rad,
            elevation_sigma_rad,
        } => finite(&[
            *azimuth_rad,
            elevation_rad.unwrap_or_default(),
            *azimuth_sigma_rad,
            *elevation_sigma_rad,
        ]),
        Measurement::Presence { level_db } => level_db.is_none_or(f64::is_finite),
        Measurement::TimeDifference {
            other_position,
            difference_s,
            sigma_s,
            ..
        } => place(other_position) && finite(&[*difference_s, *sigma_s]),
        Measurement::SystemTrack {
            position,
            velocity_mps,
            covariance,
            ..
        } => {
            place(position)
                && finite(&velocity_mps.unwrap_or_default())
                && finite(covariance.as_slice())
        }
    }
}

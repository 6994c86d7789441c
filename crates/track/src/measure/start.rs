//! Starts from bearings alone: where must a source be that several arrays have heard
//! within a window of time?
//!
//! A state at the newest bearing's time is fitted to all bearings of the window by damped
//! Gauss–Newton (Levenberg 1944; Marquardt 1963), from several starts: the crossings of
//! the newest bearing with the last ones of other arrays, ranges along it, headings, and
//! what earlier fits left open. The first fit from a start is of the bearings that agree with
//! it, so that other things and false bearings within earshot do not pull it away; bearings
//! that do not fit are put aside and the rest fitted again. The errors that an array's bearings share are part of the weights, so the
//! covariance is honest and the track begins with what the bearings say of them (see
//! `consider`, `learnt`): with R_g the covariance of array g's bearings, r_g the residuals and
//! K_g = P H_gᵀ R_g⁻¹, Cov(x, u_g) = −K_g b_g and u_g = b_gᵀ R_g⁻¹ r_g.
//!
//! How likely a fit is a thing is Laplace's approximation of its Bayes factor against
//! false reports (MacKay 2003, ch. 27), with β the density of new things:
//!
//! ```text
//! ln odds = ln β + Σ_g ln N(r_g; 0, R_g) − Σ_i ln λ_i + Σ_i ln P_D + ln prior(h, v) + 3 ln 2π + ½ ln|P|
//! ```
//!
//! One pair of bearings crosses somewhere whatever it heard: fewer than three arrays with
//! two bearings each give nothing. Fits that contradict one another share the odds; where none has most of them
//! they are kept as starts for the next bearing, and nothing is said yet.

mod fit;

use super::consider::Told;
use super::{Considered, Model};
use crate::TrackerConfig;
use crate::chart::Chart;
use crate::motion::{Gaussian, Intensity};
use fit::prior;
use lapwing_geo::{Ecef, LocalFrame};
use lapwing_model::{Measurement, SensorId, SensorSpec, Timestamp};
use lapwing_sensing::hearing_probability;
use nalgebra::{Matrix6, Vector2, Vector3, Vector6};
use std::f64::consts::TAU;

/// How far back bearings count, s.
const WINDOW_S: f64 = 24.0;
/// Most bearings kept, and most of one array.
const KEPT_MAX: usize = 1024;
const KEPT_OF_ONE_MAX: usize = 12;
/// Fewest arrays and bearings of a start.
const ARRAYS_MIN: usize = 3;
const BEARINGS_MIN: usize = 6;
/// A bearing farther off its fit than this many standard deviations is put aside.
const GATE_SIGMAS: f64 = 3.0;
/// How far off a start may be in position and height, m, and in velocity, m/s, each axis: what
/// does not fit within that is another thing's or nothing's, and would pull the first fit away.
const START_M: f64 = 400.0;
const START_MPS: f64 = 30.0;
/// Ranges along the newest bearing that are tried beside the crossings, m.
const RANGES_M: [f64; 3] = [700.0, 2_000.0, 4_000.0];
/// Speed of the headings that are tried, m/s.
const START_SPEED_MPS: f64 = 40.0;
/// Most starts of one search.
const STARTS_MAX: usize = 14;
/// Vaguer than this a fit is none, m and m/s: a filter that linearises at one state must
/// not take over before. At 20 m/s its NEES half a minute later is 4.5, at 15 it is 1.9 (`network`).
const VAGUE_M: f64 = 700.0;
const VAGUE_MPS: f64 = 15.0;
/// Share of the odds that one of several contradicting fits must have.
const DECIDED: f64 = 0.8;
/// Typical probability of detection of an array that reported, and the least that is believed.
const DETECTION: f64 = 0.5;
const DETECTION_MIN: f64 = 0.1;
/// What a bearing of a thing is expected to lose against its greatest likelihood (½ for each
/// angle), and how much above that all bearings together must say for a fit to have a chance
/// against the density of new things (`ln β` and the priors are below −16).
const NEWS_MIN: f64 = 1.0;
const NEWS_SUM_MIN: f64 = 12.0;
/// Least time between two searches in earshot of one another, s.
const SEARCH_EVERY_S: f64 = 1.0;
/// Most alternatives kept, over the whole network.
const ALTERNATIVES_MAX: usize = 64;

/// A bearing that no track has taken.
#[derive(Clone, Debug)]
pub(crate) struct Unexplained {
    pub(crate) sensor: SensorId,
    pub(crate) time: Timestamp,
    pub(crate) measurement: Measurement,
    pub(crate) spec: SensorSpec,
    pub(crate) frame: LocalFrame,
    pub(crate) setting: super::Setting,
    /// Log-density of false reports at it.
    pub(crate) log_density: f64,
    /// The source that it is of if it is false.
    pub(crate) source: Option<u32>,
    /// Range at which this array hears an engine half the time, m, where that is known.
    pub(crate) hearing_m: Option<f64>,
    /// Greatest distance of a source that this array may hear, m.
    pub(crate) reach_m: f64,
}

impl Unexplained {
    /// Greatest log-likelihood ratio of it that a fit can have against clutter.
    fn news(&self) -> f64 {
        let Measurement::Bearing {
            elevation_rad,
            azimuth_sigma_rad,
            elevation_sigma_rad,
            ..
        } = &self.measurement
        else {
            return 0.0;
        };
        let peak = |sigma_rad: f64| -0.5 * (TAU * sigma_rad.max(1e-4).powi(2)).ln();
        let low = elevation_rad.map_or(0.0, |_| peak(*elevation_sigma_rad));
        peak(*azimuth_sigma_rad) + low - self.log_density
    }
}

/// A fitted state.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) chart: Chart,
    pub(crate) state: Gaussian,
    pub(crate) time: Timestamp,
    /// Log of the odds that it is a thing.
    pub(crate) log_odds: f64,
    pub(crate) considered: Considered,
    /// What it is to the arrays that heard it: see `nuisance`.
    pub(crate) sources: Vec<(SensorId, u32)>,
    /// Of each bearing where it is known: the range at which its array hears an engine half the
    /// time, and how far away it was, m.
    pub(crate) heard_m: Vec<(f64, f64)>,
    used: Vec<usize>,
}

/// The bearings of late that no track has taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listening {
    window: Vec<Unexplained>,
    /// Earth-fixed position and velocity of fits that were left open, and when.
    alternatives: Vec<(Vector3<f64>, Vector3<f64>, Timestamp)>,
    /// Where (Earth-fixed) and when was searched last.
    searched: Vec<(Vector3<f64>, Timestamp)>,
}

/// The bearings of a search in one chart.
struct Search<'a> {
    chart: Chart,
    time: Timestamp,
    q: Intensity,
    prior: Gaussian,
    heard: Vec<(usize, &'a Unexplained, Model<'a>)>,
}

struct Fit {
    mean: Vector6<f64>,
    covariance: Matrix6<f64>,
    /// −½ of the weighted squares and the logs of the determinants.
    log_likelihood: f64,
    crosses: Vec<Told>,
}

impl Fit {
    /// Somewhere about a start, before anything is fitted.
    fn near(start: &Vector6<f64>) -> Self {
        let (position, velocity) = (START_M * START_M, START_MPS * START_MPS);
        Self {
            mean: *start,
            covariance: Matrix6::from_diagonal(&Vector6::new(
                position, position, position, velocity, velocity, 1.0,
            )),
            log_likelihood: 0.0,
            crosses: Vec::new(),
        }
    }
}

impl Listening {
    /// Take in a bearing that no track took; a start where it and others agree on one.
    pub(crate) fn hear(&mut self, config: &TrackerConfig, new: Unexplained) -> Option<Start> {
        let now = new.time;
        self.window
            .retain(|h| now.seconds_since(h.time).abs() <= WINDOW_S);
        let of_one = self
            .window
            .iter()
            .filter(|h| h.sensor == new.sensor)
            .count();
        if of_one >= KEPT_OF_ONE_MAX || self.window.len() >= KEPT_MAX {
            // an array that floods pushes out its own
            let oldest = self.window.iter().position(|h| h.sensor == new.sensor);
            self.window.remove(oldest.unwrap_or(0));
        }
        let news = new.news();
        self.window.push(new);
        // a source that goes on as before tells nothing that was not searched for already
        if news < NEWS_MIN || !self.is_due() {
            return None;
        }
        let mut found = self.search(config);
        found.sort_by(|a, b| b.log_odds.total_cmp(&a.log_odds));
        let best = found.first()?;
        let total: f64 = found
            .iter()
            .map(|s| (s.log_odds - best.log_odds).exp())
            .sum();
        if best.log_odds > 0.0 && 1.0 / total >= DECIDED {
            let best = found.swap_remove(0);
            let mut index = 0;
            self.window.retain(|_| {
                let used = best.used.binary_search(&index).is_ok();
                index += 1;
                !used
            });
            return Some(best);
        }
        self.alternatives
            .retain(|(_, _, at)| now.seconds_since(*at) <= WINDOW_S);
        for open in found.iter().take(3) {
            if self.alternatives.len() >= ALTERNATIVES_MAX {
                self.alternatives.remove(0);
            }
            self.alternatives.push((
                open.chart.ecef(&open.state.position()),
                open.chart.ecef_vector(&open.state.velocity()),
                now,
            ));
        }
        None
    }

    /// Whether a search for the newest bearing may find more than the last one nearby.
    fn is_due(&mut self) -> bool {
        let Some(newest) = self.window.last() else {
            return false;
        };
        let here = lapwing_geo::Ecef::from(newest.frame.origin()).0;
        let (now, reach_m) = (newest.time, newest.reach_m);
        self.searched
            .retain(|(_, at)| now.seconds_since(*at).abs() < SEARCH_EVERY_S);
        let recent = self
            .searched
            .iter()
            .any(|(there, _)| (there - here).norm() < reach_m);
        if !recent {
            self.searched.push((here, now));
        }
        !recent
    }

    /// Every fit of the newest bearing with others.
    fn search(&self, config: &TrackerConfig) -> Vec<Start> {
        let Some(trigger) = self.window.last() else {
            return Vec::new();
        };
        let chart = Chart::near(trigger.frame.origin());
        let mut heard = Vec::new();
        let mut sensors = Vec::new();
        for (index, h) in self.window.iter().enumerate() {
            let apart_m = trigger.frame.to_enu(h.frame.origin()).norm();
            if apart_m > h.reach_m + trigger.reach_m || h.time > trigger.time {
                continue;
            }
            let Some(model) = Model::new(&h.measurement, &h.spec, Some(&h.frame)) else {
                continue;
            };
            heard.push((index, h, model.in_setting(h.setting)));
            if let Err(at) = sensors.binary_search(&h.sensor) {
                sensors.insert(at, h.sensor);
            }
        }
        let news: f64 = heard.iter().map(|h| (h.1.news() - NEWS_MIN).max(0.0)).sum();
        if sensors.len() < ARRAYS_MIN || heard.len() < BEARINGS_MIN || news < NEWS_SUM_MIN {
            return Vec::new();
        }
        let search = Search {
            chart,
            time: trigger.time,
            q: Intensity::straight(config),
            prior: prior(config, &chart, trigger),
            heard,
        };
        search.run(config, trigger, &self.alternatives)
    }
}

fn azimuth_of(measurement: &Measurement) -> f64 {
    match measurement {
        Measurement::Bearing { azimuth_rad, .. } => *azimuth_rad,
        _ => 0.0,
    }
}

/// Of fits that are the same, the likelier.
fn keep(starts: &mut Vec<Start>, new: Start) {
    let same = starts.iter_mut().find(|s| {
        let apart = s.state.mean - new.state.mean;
        apart.fixed_rows::<2>(0).norm() < 400.0 && apart.fixed_rows::<2>(3).norm() < 20.0
    });
    match same {
        Some(known) if known.log_odds >= new.log_odds => {}
        Some(known) => *known = new,
        None => starts.push(new),
    }
}

impl Search<'_> {
    fn run(
        &self,
        config: &TrackerConfig,
        trigger: &Unexplained,
        open: &[(Vector3<f64>, Vector3<f64>, Timestamp)],
    ) -> Vec<Start> {
        let all: Vec<usize> = (0..self.heard.len()).collect();
        let mut starts: Vec<Start> = Vec::new();
        for at in self.starts(trigger, open) {
            if let Some(start) = self.fit_and_gate(config, &all, &at) {
                keep(&mut starts, start);
            }
        }
        let best = starts
            .iter()
            .max_by(|a, b| a.log_odds.total_cmp(&b.log_odds))
            .map(|s| s.state.mean);
        if let Some(best) = best {
            for quarter in 0..4 {
                let heading = TAU / 4.0 * f64::from(quarter);
                let mut at = best;
                at[3] = START_SPEED_MPS * heading.sin();
                at[4] = START_SPEED_MPS * heading.cos();
                if let Some(start) = self.fit_and_gate(config, &all, &at) {
                    keep(&mut starts, start);
                }
            }
        }
        starts
    }

    /// Where fits begin: in the chart, at rest where nothing better is known.
    fn starts(
        &self,
        trigger: &Unexplained,
        open: &[(Vector3<f64>, Vector3<f64>, Timestamp)],
    ) -> Vec<Vector6<f64>> {
        let azimuth = azimuth_of(&trigger.measurement) - trigger.setting.bias_rad;
        let along = Vector2::new(azimuth.sin(), azimuth.cos());
        let (rotation, translation) = trigger.frame.transform_to(self.chart.frame());
        let up_m = self.prior.mean[2] - translation.z;
        let at_range = |range_m: f64| {
            let p =
                rotation * Vector3::new(along.x * range_m, along.y * range_m, up_m) + translation;
            Vector6::new(p.x, p.y, p.z, 0.0, 0.0, 0.0)
        };
        let mut ranges: Vec<f64> = Vec::new();
        let mut crossed: Vec<SensorId> = Vec::new();
        for (_, h, _) in self.heard.iter().rev() {
            if h.sensor == trigger.sensor || crossed.contains(&h.sensor) {
                continue;
            }
            crossed.push(h.sensor);
            let from = trigger.frame.to_enu(h.frame.origin());
            let theirs = azimuth_of(&h.measurement) - h.setting.bias_rad;
            let theirs = Vector2::new(theirs.sin(), theirs.cos());
            // s along − t theirs = from
            let crossing = along.y * theirs.x - along.x * theirs.y;
            if crossing.abs() < 0.2 {
                continue;
            }
            let s = (from.y * theirs.x - from.x * theirs.y) / crossing;
            let t = (from.y * along.x - from.x * along.y) / crossing;
            if s > 50.0 && t > 50.0 && s < trigger.reach_m && t < h.reach_m {
                ranges.push(s);
            }
        }
        ranges.sort_by(f64::total_cmp);
        ranges.dedup_by(|a, b| (*a - *b).abs() < 200.0);
        ranges.extend(RANGES_M.iter().filter(|r| **r < trigger.reach_m));
        let mut starts: Vec<Vector6<f64>> = ranges.into_iter().map(at_range).collect();
        starts.truncate(STARTS_MAX);
        for (ecef, velocity, at) in open.iter().rev() {
            if starts.len() >= STARTS_MAX + 6 {
                break;
            }
            let ahead_s = self.time.seconds_since(*at);
            let p = self
                .chart
                .frame()
                .from_ecef(lapwing_geo::Ecef(ecef + velocity * ahead_s));
            if (p - translation).norm() < trigger.reach_m {
                let zero = self.chart.frame().from_ecef(lapwing_geo::Ecef(*ecef));
                let v = (p - zero) / ahead_s.max(1e-3);
                let v = if ahead_s > 0.1 { v } else { Vector3::zeros() };
                starts.push(Vector6::new(p.x, p.y, p.z, v.x, v.y, v.z));
            }
        }
        starts
    }

    /// Fit what agrees with the start, put aside what does not fit, fit again.
    fn fit_and_gate(
        &self,
        config: &TrackerConfig,
        all: &[usize],
        from: &Vector6<f64>,
    ) -> Option<Start> {
        let start = Fit::near(from);
        let near = |i: &usize| self.fits(*i, &start);
        let mut chosen: Vec<usize> = all.iter().copied().filter(near).collect();
        if chosen.len() < BEARINGS_MIN {
            return None;
        }
        let mut at = *from;
        let newest = all.last().copied();
        for round in 0..3 {
            let fit = self.fit(&chosen, &at)?;
            let inside: Vec<usize> = all
                .iter()
                .copied()
                .filter(|i| self.fits(*i, &fit))
                .collect();
            at = fit.mean;
            let settled = inside == chosen;
            if !settled && round < 2 {
                chosen = inside;
                if chosen.len() < BEARINGS_MIN {
                    return None;
                }
                continue;
            }
            if newest.is_none_or(|n| !chosen.contains(&n)) {
                return None;
            }
            return self.start(config, &chosen, &fit);
        }
        None
    }

    fn fits(&self, index: usize, fit: &Fit) -> bool {
        let Some((_, h, model)) = self.heard.get(index) else {
            return false;
        };
        let back_s = h.time.seconds_since(self.time).min(0.0);
        let rows = model.rows(&self.chart, &fit.mean, back_s, self.q);
        rows.as_slice().iter().all(|row| {
            let spread = row.h.dot(&(fit.covariance * row.h)) + row.variance;
            row.residual.abs() <= GATE_SIGMAS * spread.sqrt()
        })
    }

    fn start(&self, config: &TrackerConfig, chosen: &[usize], fit: &Fit) -> Option<Start> {
        let mut heard_by: Vec<SensorId> = Vec::new();
        let mut log_odds = fit.log_likelihood;
        let mut used = Vec::new();
        // those of one array in the order of time: the last one stays
        let mut sources = Vec::new();
        let mut heard_m = Vec::new();
        let position = fit.mean.fixed_rows::<3>(0).into_owned();
        for (index, h, _) in chosen.iter().filter_map(|i| self.heard.get(*i)) {
            heard_by.push(h.sensor);
            let away_m = (self.chart.ecef(&position) - Ecef::from(h.frame.origin()).0).norm();
            let detection = h.hearing_m.map_or(DETECTION, |m| {
                hearing_probability(m, away_m).max(DETECTION_MIN)
            });
            log_odds += detection.ln() - h.log_density;
            heard_m.extend(h.hearing_m.map(|m| (m, away_m)));
            if let Some(source) = h.source {
                sources.push((h.sensor, source));
            }
            used.push(*index);
        }
        // one bearing of an array may fit by chance what a pair of others makes up
        heard_by.sort_unstable();
        let arrays = heard_by
            .chunk_by(|a, b| a == b)
            .filter(|of_one| of_one.len() >= 2);
        let arrays = arrays.count();
        let spread_2 = fit.covariance[(0, 0)] + fit.covariance[(1, 1)];
        let speed_2 = fit.covariance[(3, 3)] + fit.covariance[(4, 4)];
        let speed_mps = fit.mean[3].hypot(fit.mean[4]);
        if speed_2 > VAGUE_MPS * VAGUE_MPS || speed_mps > config.speed_max_mps {
            return None;
        }
        if arrays < ARRAYS_MIN || chosen.len() < BEARINGS_MIN || spread_2 > VAGUE_M * VAGUE_M {
            return None;
        }
        // new things a square metre within the window
        let new_per_m2 = config.birth_per_km2_s.max(1e-12) * WINDOW_S * 1e-6;
        log_odds += new_per_m2.ln();
        for axis in 2..6 {
            let variance = self.prior.covariance[(axis, axis)];
            let off = fit.mean[axis] - self.prior.mean[axis];
            log_odds -= 0.5 * (off * off / variance + (TAU * variance).ln());
        }
        let root = fit.covariance.cholesky()?;
        let half_log_det: f64 = (0..6).map(|k| root.l()[(k, k)].ln()).sum();
        log_odds += 3.0 * TAU.ln() + half_log_det;
        used.sort_unstable();
        let state = Gaussian {
            mean: fit.mean,
            covariance: fit.covariance,
        };
        (log_odds.is_finite() && state.is_finite()).then(|| Start {
            chart: self.chart,
            state,
            time: self.time,
            log_odds,
            considered: Considered::from_fit(self.time, &fit.covariance, &fit.crosses),
            sources,
            heard_m,
            used,
        })
    }
}

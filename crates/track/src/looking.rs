//! A look in the terms of the mixture: what it says of one hypothesis at a time.
//!
//! Before the mixture is updated every hypothesis that the look may touch is prepared
//! ([`Looking::find`]): its existence is brought up to the look's time, and the reports in its
//! gate and the probability of having been reported are noted with it.
//!
//! A sensor tests a thing once a revisit. A thing near the edge of a sector may have been
//! counted as missed there and be reported in the next: the report's likelihood then carries
//! the factor 1/(1 − P_D), which takes the miss back exactly. Where silence says nothing (a
//! look that is not closed, an event sensor, a thing tested already) a report counts with its
//! probability of detection all the same, and a miss with none.

use crate::TrackerConfig;
use crate::existence::DETECTION_MAX;
use crate::hearing;
use crate::measure::Polar;
use crate::mixture::{Arrival, Local, Scan};
use crate::mover::Seen;
use crate::plot::{DETECTION_MIN, PREFILTER_SIGMAS, Place, Plot, north_m};
use crate::target::{Mover, Target, measures_height};
use lapwing_geo::Ecef;
use lapwing_model::{Look, Measurement, Timestamp};
use lapwing_sensing::{Coverage, hearing_probability_of};

/// Below this a look is none: silence there is no evidence.
const LOOKED_AT_MIN: f64 = 0.05;
/// Stands for the probability of detection where only reports count.
const SILENT: f64 = 1e-6;
/// A second report of a thing in one visit: seams of sectors give two now and then.
const TWICE: f64 = 0.05;
/// Most reports that a hypothesis considers: the likeliest.
const HITS_MAX: usize = 8;
/// States that differ by less than this, in squared standard deviations, are alike.
const ALIKE: f64 = 0.03;

/// A visit of a look, ready to be asked.
pub(crate) struct Looking<'a> {
    pub(crate) config: &'a TrackerConfig,
    pub(crate) look: &'a Look,
    pub(crate) coverage: &'a Coverage,
    /// Centre and radius of a sphere that holds the footprint, m.
    pub(crate) sphere: Option<(Ecef, f64)>,
    pub(crate) plots: &'a [Plot<'a>],
    /// The plots' numbers in the order of their keys.
    pub(crate) by_key: Vec<usize>,
    /// Whether what is not reported in this visit was missed.
    pub(crate) silence_counts: bool,
    /// Room for new tracks.
    pub(crate) births_left: usize,
    /// Middle of the reports' times, and half their span, s.
    pub(crate) middle: Timestamp,
    pub(crate) span_s: f64,
}

impl Looking<'_> {
    /// Prepare a hypothesis; whether the look has to do with it.
    pub(crate) fn find(&self, local: &mut Local<Target>) -> bool {
        let target = &mut local.state;
        target.found.hits.clear();
        target.found.detection = 0.0;
        target.found.tested = false;
        target.found.continued = None;
        let mover = &target.mover;
        let ecef = mover.ecef_at(self.middle);
        let (horizontal_m, vertical_m) = mover.spread_m(self.config, self.middle);
        let moves_m = self.span_s * (mover.ground_speed_mps() + 50.0);
        let reach_m = PREFILTER_SIGMAS * horizontal_m + moves_m + 50.0;
        if let Some((centre, radius_m)) = self.sphere
            && (ecef.0 - centre.0).norm() > radius_m + self.look.guard_m + reach_m
        {
            return false;
        }
        let margin_m = self.look.guard_m + reach_m;
        if self.coverage.is_known() && !self.coverage.reaches(ecef, margin_m) {
            return false;
        }
        let rcs = target.evidence.rcs_dbsm();
        let before = target.tested(self.look.sensor, self.look.t1, self.look.revisit_s);
        if self.silence_counts && before.is_none() {
            let at = target.mover.ecef_at(self.look.t1);
            let detection = hearing::detection(self.look, self.coverage, target)
                .unwrap_or_else(|| self.coverage.probability_of_detection(at, rcs));
            if detection >= LOOKED_AT_MIN {
                target.found.detection = detection.min(DETECTION_MAX);
                target.found.tested = true;
            }
        }
        if let Some(example) = self.plots.first() {
            let polar = !matches!(example.report.measurement, Measurement::Position { .. });
            let polar = polar.then(|| Polar::of(&example.model.frame.from_ecef(ecef)));
            let place = Place {
                polar,
                north_m: north_m(ecef.into()),
                reach_m,
                reach_range_m: polar.map_or(reach_m, |p| {
                    reach_m + PREFILTER_SIGMAS * vertical_m * p.elevation_rad().sin().abs()
                }),
            };
            self.gate(target, &place);
        }
        let continued = self.continued(target);
        target.found.continued = continued.map(|(number, _)| number);
        if target.found.hits.is_empty() && !target.found.tested && continued.is_none() {
            return false;
        }
        if !target.found.tested {
            target.found.detection = SILENT;
        }
        if let Some((_, log_without)) = continued {
            // if it exists and did not make this one, the source that goes on is another's
            target.found.detection = 1.0 - (1.0 - target.found.detection) * log_without.exp();
        }
        if !target.found.hits.is_empty() {
            let seen = self
                .audible(target)
                .unwrap_or_else(|| self.coverage.probability_ignoring_edges(ecef, rcs));
            let seen = match before {
                Some(Some(missed)) => seen.clamp(DETECTION_MIN, DETECTION_MAX) / (1.0 - missed),
                Some(None) => TWICE,
                None => seen.clamp(DETECTION_MIN, DETECTION_MAX),
            };
            let factor = (seen / target.found.detection).ln();
            for (_, log_likelihood) in &mut target.found.hits {
                *log_likelihood += factor;
            }
        }
        let at = self.look.t1.max(target.existence_at);
        local.existence *= target.existence_left(self.config, at);
        target.existence_at = at;
        true
    }

    /// The report that goes on with a source of which the hypothesis has it that it is this
    /// thing, and how much less of it is clutter's for that.
    fn continued(&self, target: &Target) -> Option<(u32, f64)> {
        let alarms = self.plots.iter().enumerate();
        alarms
            .filter_map(|(number, plot)| Some((number, plot.alarm?)))
            .find(|(_, alarm)| !alarm.first && target.makes(self.look.sensor, alarm.source))
            .map(|(number, alarm)| (number as u32, alarm.log_without))
    }

    /// Probability that an array that heard something would report this thing.
    fn audible(&self, target: &Target) -> Option<f64> {
        let plot = self.plots.first()?;
        let range_50_m = plot.hearing_m?;
        let ear = Ecef::from(plot.model.frame.origin());
        let mover = &target.mover;
        let classes = target.evidence.probabilities(mover.speed_sigma_mps());
        let away_m = (mover.ecef_at(self.look.t1).0 - ear.0).norm();
        Some(hearing_probability_of(range_50_m, away_m, &classes))
    }

    /// The reports in the gate.
    fn gate(&self, target: &mut Target, place: &Place) {
        let key_m = place.polar.map_or(place.north_m, |p| p.range_m);
        // the greatest error of a report's own along the key
        let slack_m = 500.0;
        let mut seen = Seen::default();
        let least = key_m - place.reach_range_m - slack_m;
        let greatest = key_m + place.reach_range_m + slack_m;
        let from = self
            .by_key
            .partition_point(|i| self.plots[*i].key_m < least);
        for number in self.by_key[from..].iter().copied() {
            let plot = &self.plots[number];
            // bearings have no range: they lie at the end and match any
            if plot.key_m > greatest && plot.key_m.is_finite() {
                break;
            }
            let late_s = target.mover.time.seconds_since(plot.report.time);
            if !plot.near(place) || late_s > self.config.late_max_s {
                continue;
            }
            let found =
                target
                    .mover
                    .likelihood(self.config, &plot.model, plot.report.time, &mut seen);
            if let Some(found) = found {
                let claimed = if self.config.claims_in_association {
                    target.identity(&plot.report.claims)
                } else {
                    0.0
                };
                let log_likelihood = found + claimed;
                target.found.hits.push((number as u32, log_likelihood));
            }
        }
        let hits = &mut target.found.hits;
        if hits.len() > HITS_MAX {
            let worth = |(number, l): &(u32, f64)| l - self.plots[*number as usize].log_density;
            hits.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.0.cmp(&b.0)));
            hits.truncate(HITS_MAX);
            hits.sort_unstable_by_key(|h| h.0);
        }
    }
}

impl Scan<Target> for Looking<'_> {
    fn detection(&self, target: &Target) -> f64 {
        target.found.detection
    }

    fn associate(&self, target: &Target, hits: &mut Vec<(u32, f64)>) {
        hits.extend_from_slice(&target.found.hits);
    }

    fn updated(&self, target: &Target, report: u32) -> Target {
        let plot = &self.plots[report as usize];
        let mut new = target.taken(
            self.config,
            (plot.index, plot.report),
            &plot.model,
            self.look.t1,
        );
        new.existence_at = self.look.t1.max(target.existence_at);
        if let Some(alarm) = plot.alarm {
            new.make(self.look.sensor, alarm.source);
        }
        if let Some(range_50_m) = plot.hearing_m {
            let ear = Ecef::from(plot.model.frame.origin()).0;
            let there = new.mover.ecef_at(plot.report.time).0;
            new.audible_at(range_50_m, (there - ear).norm());
        }
        new
    }

    fn missed(&self, target: &Target) -> Target {
        let mut new = target.clone();
        self.miss(&mut new);
        new
    }

    fn miss(&self, target: &mut Target) {
        target.miss(self.look.sensor, self.look.t1);
    }

    fn arrival(&self, report: u32) -> Arrival {
        let plot = &self.plots[report as usize];
        let existence = if plot.first.is_some() && (report as usize) < self.births_left {
            plot.share_new.min(self.config.birth_existence_max)
        } else {
            0.0
        };
        Arrival {
            log_density: plot.log_density,
            existence,
        }
    }

    fn newborn(&self, report: u32) -> Target {
        let plot = &self.plots[report as usize];
        // what starts nothing needs a state all the same
        let (chart, state) = plot.first.unwrap_or_else(|| plot.nowhere());
        let height_known = measures_height(&plot.report.measurement);
        let mut mover = Mover::new(chart, state, plot.report.time, height_known);
        if plot.first.is_some() {
            let considered = plot.model.first_considered(&(chart, state), mover.time);
            mover = mover.considering(considered);
        }
        let mut state = Target::new(mover, plot.report, self.look.t1);
        state.took = Some((plot.report.sensor, self.look.t1, plot.index));
        state
    }

    fn merged(&self, parts: &[(f64, &Target)]) -> Target {
        Target::merged(self.config, parts).unwrap_or_else(|| parts[0].1.clone())
    }

    fn alike(&self, a: &Target, b: &Target) -> bool {
        a.mover.is_like(&b.mover, ALIKE)
    }
}

//! One radar's registration: which plot is of which reference, and what is known.
//!
//! A plot is paired with a reference by its address, else only where each is the other's
//! only one in the gate.

use super::applied::Applied;
use super::config::RegistrationConfig;
use super::estimator::{Estimate, Estimator, PARAMETERS};
use super::geometry::{Inflation, Reference, observe};
use super::robust::Observation;
use lapwing_geo::LocalFrame;
use lapwing_model::{Measurement, Report, SensorSpec, Timestamp};
use std::collections::BTreeMap;

/// A reference is moved along its velocity for no longer, s.
const MOVED_S: f64 = 3.0;
/// Start window, plots.
const PLOTS: usize = 300;
/// References remembered.
const PAIRED_MAX: usize = 1_024;

/// When a sensor was last compared with each reference.
#[derive(Clone, Debug, Default)]
pub(super) struct Paired(BTreeMap<u64, Timestamp>);

impl Paired {
    pub(super) fn note(&mut self, reference: u64, time: Timestamp) {
        if self.0.len() >= PAIRED_MAX && !self.0.contains_key(&reference) {
            self.0.clear();
        }
        self.0.insert(reference, time);
    }

    /// Errors of a reference that follow one another closely say little more than one:
    /// (1 + φ)/(1 − φ) of a first-order process sampled at this interval.
    pub(super) fn inflation(&self, reference: u64, time: Timestamp, wander_s: f64) -> f64 {
        let Some(since) = self.0.get(&reference).filter(|_| wander_s > 0.0) else {
            return 1.0;
        };
        let gap_s = time.seconds_since(*since).abs().max(0.5);
        let kept = (-gap_s / wander_s).exp();
        (1.0 + kept) / (1.0 - kept)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Radar {
    pub(super) spec: SensorSpec,
    pub(super) frame: LocalFrame,
    pub(super) estimator: Estimator,
    /// From tracks in common with another radar, and how many comparisons it rests on.
    pub(super) relative: Option<(Estimate, u64)>,
    pub(super) applied: Applied,
    paired: Paired,
}

impl Radar {
    pub(super) fn new(spec: SensorSpec, frame: LocalFrame, c: &RegistrationConfig) -> Self {
        let prior = [
            c.range_sigma_m,
            c.scale_sigma,
            c.azimuth_sigma_deg.to_radians(),
            c.time_sigma_s,
            c.position_sigma_m,
            c.position_sigma_m,
        ];
        Self {
            spec,
            frame,
            estimator: Estimator::new(prior, PLOTS, c.plots_min, c.references_min),
            relative: None,
            applied: Applied::default(),
            paired: Paired::default(),
        }
    }

    /// The reports that have one reference, each with the comparison.
    pub(super) fn paired<'r>(
        &self,
        near: &[&Reference],
        reports: &[&'r Report],
        wander_s: f64,
    ) -> Vec<(&'r Report, Observation<PARAMETERS>)> {
        let mut pairs: Vec<(usize, usize, Observation<PARAMETERS>)> = Vec::new();
        let mut times_taken = vec![0_usize; near.len()];
        for (index, report) in reports.iter().enumerate() {
            if !matches!(report.measurement, Measurement::Polar { .. }) {
                continue;
            }
            let mut found = None;
            let mut several = false;
            for (which, reference) in near.iter().enumerate() {
                if report.time.seconds_since(reference.time).abs() > MOVED_S {
                    continue;
                }
                let addressed = match (report.claims.icao24, reference.icao24) {
                    (Some(a), Some(b)) if a == b => true,
                    (Some(_), Some(_)) => continue,
                    _ => false,
                };
                let inflation = Inflation {
                    sensor: 1.0,
                    reference: self.paired.inflation(reference.key, report.time, wander_s),
                };
                let Some(observation) = observe(report, &self.frame, reference, inflation) else {
                    continue;
                };
                if !self.estimator.is_near(&observation, addressed) {
                    continue;
                }
                times_taken[which] += 1;
                several |= found.is_some();
                found = Some((which, observation));
            }
            if let (Some((which, observation)), false) = (found, several) {
                pairs.push((index, which, observation));
            }
        }
        pairs
            .into_iter()
            .filter(|(_, which, _)| times_taken[*which] == 1)
            .filter_map(|(index, _, observation)| Some((*reports.get(index)?, observation)))
            .collect()
    }

    pub(super) fn take(&mut self, report: &Report, observation: Observation<PARAMETERS>) {
        self.paired.note(observation.reference, report.time);
        self.estimator.take(observation, report.time);
    }

    /// By ADS-B, else by what other radars see.
    pub(super) fn known(&self) -> Option<Estimate> {
        let relative = self.relative.map(|(estimate, _)| estimate);
        self.estimator.estimate().or(relative)
    }

    /// What is shown of it.
    pub(super) fn shown(&self) -> Estimate {
        self.applied
            .estimate
            .or(self.known())
            .unwrap_or_else(|| self.estimator.physical())
    }
}

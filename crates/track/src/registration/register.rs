//! All sensors' registration: who is compared with what, when an estimate takes
//! effect, and what is shown of it.
//!
//! What is estimated from the reports of a step is applied from a later step on, at
//! most every ten seconds of data: the same calls give the same bits.

use super::common::Common;
use super::config::{RegistrationConfig, RegistrationMode};
use super::estimator::Estimate;
use super::geometry::{Reference, correct};
use super::listener::{Listener, Weather};
use super::radar::Radar;
use super::references::References;
use lapwing_geo::LocalFrame;
use lapwing_model::{Report, SensorId, SensorKind, SensorSpec, Timestamp, Track};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Time between two gatherings of references, s.
const GATHER_S: f64 = 1.0;
/// An airliner's ADS-B is used up to this far beyond a radar's greatest range, m.
const BEYOND_M: f64 = 20_000.0;

/// A constant error of a sensor, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bias {
    /// The error: measured less true.
    pub value: f64,
    /// Its standard deviation.
    pub sigma: f64,
}

/// What is known of a sensor's constant errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SensorRegistration {
    /// What is done with it.
    pub mode: RegistrationMode,
    /// Whether it is taken off the measurements now.
    pub applied: bool,
    /// Range, m; absent where none is measured.
    pub range_m: Option<Bias>,
    /// Relative error of the scale of range.
    pub scale: Option<Bias>,
    /// Azimuth, rad.
    pub azimuth_rad: Bias,
    /// Stated less true time, s.
    pub time_s: Option<Bias>,
    /// How far east of its stated place the sensor stands, m.
    pub east_m: Option<Bias>,
    /// The same, north, m.
    pub north_m: Option<Bias>,
    /// Observations it rests on.
    pub used: u64,
    /// Observations that agreed with nothing.
    pub outliers: u64,
    /// How often the estimate was begun anew.
    pub restarts: u64,
}

/// The registration of all sensors.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    config: RegistrationConfig,
    /// Shared until changed: a copy of the tracker costs no copy of every window.
    radars: BTreeMap<SensorId, Arc<Radar>>,
    listeners: BTreeMap<SensorId, Arc<Listener>>,
    references: References,
    common: Common,
    gathered: Option<Timestamp>,
    first: Option<Timestamp>,
    frozen: bool,
}

impl Registration {
    pub(crate) fn new(config: RegistrationConfig) -> Self {
        Self {
            config,
            radars: BTreeMap::new(),
            listeners: BTreeMap::new(),
            references: References::default(),
            common: Common::default(),
            gathered: None,
            first: None,
            frozen: false,
        }
    }

    /// Describe a sensor; one that has moved is registered anew.
    pub(crate) fn set_sensor(
        &mut self,
        id: SensorId,
        spec: &SensorSpec,
        frame: Option<&LocalFrame>,
    ) {
        let known = self.radars.get(&id).map(|r| &r.spec);
        let known = known.or(self.listeners.get(&id).map(|l| &l.spec));
        if known == Some(spec) {
            return;
        }
        self.radars.remove(&id);
        self.listeners.remove(&id);
        let Some(frame) = frame.filter(|_| self.config.mode != RegistrationMode::Off) else {
            return;
        };
        let (spec, frame) = (spec.clone(), *frame);
        match spec.kind {
            SensorKind::Radar | SensorKind::StaringRadar => {
                let radar = Radar::new(spec, frame, &self.config);
                self.radars.insert(id, Arc::new(radar));
            }
            SensorKind::AcousticArray | SensorKind::DirectionFinder => {
                let listener = Listener::new(spec, frame, &self.config);
                self.listeners.insert(id, Arc::new(listener));
            }
            _ => {}
        }
    }

    /// What is taken off a sensor's reports now.
    pub(crate) fn applied(&self, sensor: SensorId) -> Option<&Estimate> {
        let of_radar = self.radars.get(&sensor).map(|r| &r.applied);
        let applied = of_radar.or(self.listeners.get(&sensor).map(|l| &l.applied))?;
        applied.estimate.as_ref()
    }

    /// The reports with the sensor's known errors taken off; `None` where nothing is.
    pub(crate) fn corrected(&self, sensor: SensorId, reports: &[&Report]) -> Option<Vec<Report>> {
        let estimate = self.applied(sensor)?;
        let correct = |report: &&Report| {
            let mut report = (*report).clone();
            correct(&mut report, estimate);
            report
        };
        Some(reports.iter().map(correct).collect())
    }

    /// Compare a sensor's reports, as they came, with the references.
    pub(crate) fn compare(&mut self, sensor: SensorId, reports: &[&Report], weather: Weather) {
        if self.frozen || reports.is_empty() {
            return;
        }
        let wander_s = self.config.reference_wander_s;
        if let Some(listener) = self.listeners.get_mut(&sensor) {
            let trails = self.references.trails();
            Arc::make_mut(listener).take(trails, reports, weather, wander_s);
            return;
        }
        let (common, radars) = (&mut self.common, &mut self.radars);
        common.compare(radars, &self.config, sensor, reports);
        let Some(radar) = self.radars.get_mut(&sensor) else {
            return;
        };
        let reach_m = radar.spec.range_limits_m.1 + BEYOND_M;
        let near: Vec<&Reference> = self
            .references
            .aircraft()
            .iter()
            .filter(|r| r.distance_m(&radar.frame) <= reach_m)
            .collect();
        if near.is_empty() {
            return;
        }
        let pairs = radar.paired(&near, reports, wander_s);
        if pairs.is_empty() {
            return;
        }
        let radar = Arc::make_mut(radar);
        for (report, observation) in pairs {
            radar.take(report, observation);
        }
    }

    /// Apply what is known by now; whether references are due.
    pub(crate) fn turn(&mut self, sensor: SensorId, now: Timestamp) -> bool {
        if self.config.mode == RegistrationMode::Off {
            return false;
        }
        let first = *self.first.get_or_insert(now);
        let elapsed_s = now.seconds_since(first);
        self.frozen |= self.config.freeze_after_s.is_some_and(|s| elapsed_s >= s);
        if self.config.mode == RegistrationMode::On && !self.frozen {
            self.apply(sensor, now);
        }
        // a clock that goes back gathers anew
        let idle = self.frozen || (self.radars.is_empty() && self.listeners.is_empty());
        let due = |t: Timestamp| now.seconds_since(t).abs() >= GATHER_S;
        !idle && self.gathered.is_none_or(due)
    }

    fn apply(&mut self, sensor: SensorId, now: Timestamp) {
        if let Some(radar) = self.radars.get_mut(&sensor)
            && radar.applied.is_due(now)
            && let Some(estimate) = radar.known()
        {
            Arc::make_mut(radar).applied.change(estimate, now);
        }
        if let Some(listener) = self.listeners.get_mut(&sensor)
            && listener.applied.is_due(now)
            && let Some(estimate) = listener.known()
        {
            Arc::make_mut(listener).applied.change(estimate, now);
        }
    }

    /// Whether tracks are wanted as references beside aircraft.
    pub(crate) fn wants_held(&self) -> bool {
        !self.listeners.is_empty() || self.wants_common()
    }

    fn wants_common(&self) -> bool {
        let mut radars = self.radars.values();
        let unknown = radars.clone().any(|r| r.estimator.estimate().is_none());
        unknown && radars.nth(1).is_some()
    }

    /// The references from now on: claims that are borne out, with the error each states, and
    /// confirmed tracks.
    pub(crate) fn gather(
        &mut self,
        now: Timestamp,
        claims: &[(Track, f64)],
        tracks: impl Iterator<Item = Track>,
        kind: impl Fn(SensorId) -> Option<SensorKind>,
    ) {
        self.gathered = Some(now);
        let tracks: Vec<Track> = tracks.filter(|t| t.followed).collect();
        let listened = !self.listeners.is_empty();
        let sigma_max_m = self.config.reference_sigma_max_m;
        self.references
            .gather(now, claims, &tracks, sigma_max_m, listened, &kind);
        let common = if self.wants_common() {
            References::common(now, &tracks, &kind)
        } else {
            Vec::new()
        };
        self.common.set_tracks(common);
    }

    /// What is known of a sensor.
    pub(crate) fn of(&self, sensor: SensorId) -> Option<SensorRegistration> {
        let mode = if self.frozen {
            RegistrationMode::Frozen
        } else {
            self.config.mode
        };
        let bias = |estimate: &Estimate, i: usize, sign: f64| Bias {
            value: sign * estimate.theta[i],
            sigma: estimate.covariance[i][i].max(0.0).sqrt(),
        };
        if let Some(listener) = self.listeners.get(&sensor) {
            let heard = &listener.orientation;
            return Some(SensorRegistration {
                mode,
                applied: listener.applied.estimate.is_some(),
                range_m: None,
                scale: None,
                azimuth_rad: bias(&listener.shown(), 2, 1.0),
                time_s: None,
                east_m: None,
                north_m: None,
                used: heard.used,
                outliers: heard.outliers,
                restarts: heard.restarts,
            });
        }
        let radar = self.radars.get(&sensor)?;
        let shown = radar.shown();
        let estimator = &radar.estimator;
        Some(SensorRegistration {
            mode,
            applied: radar.applied.estimate.is_some(),
            range_m: Some(bias(&shown, 0, 1.0)),
            scale: Some(bias(&shown, 1, 1.0)),
            azimuth_rad: bias(&shown, 2, 1.0),
            // z(t) is of t + Δt: the stated time is Δt early
            time_s: Some(bias(&shown, 3, -1.0)),
            east_m: Some(bias(&shown, 4, 1.0)),
            north_m: Some(bias(&shown, 5, 1.0)),
            used: estimator.used + radar.relative.map_or(0, |(_, n)| n),
            outliers: estimator.outliers,
            restarts: estimator.restarts,
        })
    }
}

//! All sensors' registration: who is compared with what, when an estimate takes
//! effect, and what is shown of it.
//!
//! References are gathered once a second of data: aircraft whose ADS-B is accurate and
//! borne out by what sensors measure (`claimed` compares; a claim that is displaced
//! is none), and for bearings also tracks that a radar holds. A plot is paired with a
//! reference by its address, else only where each is the other's only one in the gate.
//!
//! What is estimated from the reports of a step is applied from a later step on, at
//! most every ten seconds of data: the same calls give the same bits.

use super::config::{RegistrationConfig, RegistrationMode};
use super::estimator::{Estimate, Estimator, PARAMETERS};
use super::geometry::{Inflation, Reference, correct, observe};
use super::pair::{self, Before, Pair, Sighted};
use super::robust::Observation;
use lapwing_geo::LocalFrame;
use lapwing_model::{Class, EvidenceKind, Measurement, Report, SensorId, SensorKind, SensorSpec};
use lapwing_model::{Timestamp, Track};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Time between two gatherings of references, and between two changes of what is applied, s.
const GATHER_S: f64 = 1.0;
const APPLY_S: f64 = 10.0;
/// A reference is moved along its velocity for no longer, s.
const MOVED_S: f64 = 3.0;
/// Start windows of radars and of bearings, observations.
const PLOTS: usize = 300;
const BEARINGS: usize = 120;
/// A bearing's error wanders with this time constant, s, for half its variance.
const BEARING_WANDER_S: f64 = 10.0;
/// What a track must be to hold a bearing against: σ, m; speed, m/s; height, m; seen by a radar within, s.
const HELD_SIGMA_M: f64 = 150.0;
const HELD_SPEED_MPS: f64 = 20.0;
const HEARD_HEIGHT_M: f64 = 3_500.0;
const HELD_S: f64 = 8.0;
/// An airliner's ADS-B is used up to this far beyond a radar's greatest range, m.
const BEYOND_M: f64 = 20_000.0;
/// A track that two radars see: σ at most, m; plots of it at most this far apart, s; tracks remembered.
const COMMON_SIGMA_M: f64 = 400.0;
const COMMON_S: f64 = 6.0;
const COMMON_MAX: usize = 4_096;
/// References remembered for a sensor.
const PAIRED_MAX: usize = 1_024;

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

#[derive(Clone, Debug)]
struct Registered {
    spec: SensorSpec,
    frame: LocalFrame,
    bearing: bool,
    estimator: Estimator,
    /// From tracks in common with another radar, and how many comparisons it rests on.
    relative: Option<(Estimate, u64)>,
    applied: Option<Estimate>,
    changed: Option<Timestamp>,
    /// When it was last compared with each reference.
    paired: BTreeMap<u64, Timestamp>,
    last: Option<Timestamp>,
}

/// The registration of all sensors.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    config: RegistrationConfig,
    /// Shared until changed: a copy of the tracker costs no copy of every window.
    sensors: BTreeMap<SensorId, Arc<Registered>>,
    aircraft: Vec<Reference>,
    held: Vec<Reference>,
    common: Vec<Reference>,
    /// Each radar's last plot of a common track.
    sighted: BTreeMap<u64, Vec<(SensorId, Sighted)>>,
    pairs: BTreeMap<(SensorId, SensorId), Pair>,
    gathered: Option<Timestamp>,
    first: Option<Timestamp>,
    frozen: bool,
}

impl Registration {
    pub(crate) fn new(config: RegistrationConfig) -> Self {
        Self {
            config,
            sensors: BTreeMap::new(),
            aircraft: Vec::new(),
            held: Vec::new(),
            common: Vec::new(),
            sighted: BTreeMap::new(),
            pairs: BTreeMap::new(),
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
        let bearing = match spec.kind {
            SensorKind::Radar | SensorKind::StaringRadar => false,
            SensorKind::AcousticArray | SensorKind::DirectionFinder => true,
            _ => return,
        };
        let Some(frame) = frame.filter(|_| self.config.mode != RegistrationMode::Off) else {
            self.sensors.remove(&id);
            return;
        };
        if let Some(known) = self.sensors.get(&id)
            && known.spec == *spec
        {
            return;
        }
        let c = &self.config;
        let prior = if bearing {
            let azimuth = c.bearing_sigma_deg.to_radians();
            [0.0, 0.0, azimuth, 0.0, 0.0, 0.0]
        } else {
            [
                c.range_sigma_m,
                c.scale_sigma,
                c.azimuth_sigma_deg.to_radians(),
                c.time_sigma_s,
                c.position_sigma_m,
                c.position_sigma_m,
            ]
        };
        let estimator = if bearing {
            Estimator::new(prior, BEARINGS, c.bearings_min, 1)
        } else {
            Estimator::new(prior, PLOTS, c.plots_min, c.references_min)
        };
        let registered = Registered {
            spec: spec.clone(),
            frame: *frame,
            bearing,
            estimator,
            relative: None,
            applied: None,
            changed: None,
            paired: BTreeMap::new(),
            last: None,
        };
        self.sensors.insert(id, Arc::new(registered));
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

    /// What is taken off a sensor's reports now.
    pub(crate) fn applied(&self, sensor: SensorId) -> Option<&Estimate> {
        self.sensors.get(&sensor)?.applied.as_ref()
    }

    /// Compare a sensor's reports, as they came, with the references.
    pub(crate) fn compare(&mut self, sensor: SensorId, reports: &[&Report]) {
        if self.frozen {
            return;
        }
        let Some(registered) = self.sensors.get_mut(&sensor) else {
            return;
        };
        if !registered.bearing && !self.common.is_empty() {
            self.compare_common(sensor, reports);
        }
        let Some(registered) = self.sensors.get_mut(&sensor) else {
            return;
        };
        let held = if registered.bearing {
            &self.held[..]
        } else {
            &[]
        };
        if self.aircraft.is_empty() && held.is_empty() {
            return;
        }
        let wander_s = self.config.reference_wander_s;
        let reach_m = registered.spec.range_limits_m.1 + BEYOND_M;
        let near: Vec<&Reference> = self
            .aircraft
            .iter()
            .chain(held)
            .filter(|r| r.distance_m(&registered.frame) <= reach_m)
            .collect();
        let pairs = registered.paired(&near, reports, wander_s);
        if pairs.is_empty() {
            return;
        }
        let registered = Arc::make_mut(registered);
        for (report, observation) in pairs {
            registered.take(report, observation);
        }
    }

    /// Compare a radar's plots with other radars' of the same tracks, where ADS-B has not
    /// registered both.
    fn compare_common(&mut self, sensor: SensorId, reports: &[&Report]) {
        let Some(own) = self.sensors.get(&sensor) else {
            return;
        };
        let near: Vec<&Reference> = self.common.iter().collect();
        let matched = own.paired(&near, reports, 0.0);
        let mut due = Vec::new();
        for (report, observation) in matched {
            let key = observation.reference;
            let track = self.common.iter().find(|t| t.key == key);
            let (Some(track), Some(plot)) = (track, Sighted::new(report)) else {
                continue;
            };
            if self.sighted.len() >= COMMON_MAX && !self.sighted.contains_key(&key) {
                self.sighted.clear();
            }
            let sighted = self.sighted.entry(key).or_default();
            for (other, theirs) in sighted.iter().filter(|(id, _)| *id != sensor) {
                let Some(known) = self.sensors.get(other) else {
                    continue;
                };
                let both =
                    own.estimator.estimate().is_some() && known.estimator.estimate().is_some();
                if both || report.time.seconds_since(theirs.time).abs() > COMMON_S {
                    continue;
                }
                let compared = pair::compare((&plot, &own.frame), (theirs, &known.frame), track);
                let Some(compared) = compared else { continue };
                let ids = (sensor.min(*other), sensor.max(*other));
                if self
                    .pairs
                    .entry(ids)
                    .or_default()
                    .take(compared, sensor > *other)
                {
                    due.push(ids);
                }
            }
            sighted.retain(|(id, _)| *id != sensor);
            sighted.push((sensor, plot));
        }
        for ids in due {
            self.solve_pair(ids);
        }
    }

    fn solve_pair(&mut self, (one, two): (SensorId, SensorId)) {
        let before = |id| {
            let estimator = &self.sensors.get(&id)?.estimator;
            Some(match estimator.estimate() {
                Some(e) => Before {
                    theta: e.theta,
                    sigma: std::array::from_fn(|i| e.covariance[i][i].max(0.0).sqrt()),
                },
                None => Before {
                    theta: [0.0; PARAMETERS],
                    sigma: estimator.prior(),
                },
            })
        };
        let (Some(a), Some(b), Some(pair)) =
            (before(one), before(two), self.pairs.get(&(one, two)))
        else {
            return;
        };
        let (least, tracks_min) = (self.config.plots_min, self.config.references_min);
        let Some(estimates) = pair.solve([a, b], least, tracks_min) else {
            return;
        };
        let count = pair.count;
        for (id, estimate) in [one, two].into_iter().zip(estimates) {
            if let Some(registered) = self.sensors.get_mut(&id)
                && registered.estimator.estimate().is_none()
                && registered.relative.is_none_or(|(_, n)| n <= count)
            {
                Arc::make_mut(registered).relative = Some((estimate, count));
            }
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
        if self.config.mode == RegistrationMode::On
            && !self.frozen
            && let Some(registered) = self.sensors.get_mut(&sensor)
        {
            Registered::apply(registered, now);
        }
        // a clock that goes back gathers anew
        !self.frozen
            && !self.sensors.is_empty()
            && self
                .gathered
                .is_none_or(|t| now.seconds_since(t).abs() >= GATHER_S)
    }

    /// Whether tracks are wanted as references beside aircraft.
    pub(crate) fn wants_held(&self) -> bool {
        self.sensors.values().any(|s| s.bearing) || self.wants_common()
    }

    fn wants_common(&self) -> bool {
        let mut radars = self.sensors.values().filter(|s| !s.bearing);
        let unknown = radars.clone().any(|s| s.estimator.estimate().is_none());
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
        let greatest = self.config.reference_sigma_max_m;
        self.aircraft = claims
            .iter()
            .filter(|(_, sigma_m)| *sigma_m <= greatest)
            .filter_map(|(track, sigma_m)| {
                let address = track.claim("icao24")?;
                let icao24 = u32::from_str_radix(&address.value, 16).ok();
                Reference::new(track, icao24, *sigma_m)
            })
            .collect();
        let held_by_radar = |track: &Track| {
            track.contributors.iter().any(|c| {
                kind(c.sensor).is_some_and(|k| k.evidence() == EvidenceKind::Radar)
                    && now.seconds_since(c.time).abs() <= HELD_S
            })
        };
        // aircraft that say where they are come from their own word, not twice
        let says_where = |track: &Track| {
            claims.iter().any(|(c, _)| {
                track.claim("icao24").is_some()
                    && track.claim("icao24").map(|k| &k.value)
                        == c.claim("icao24").map(|k| &k.value)
            })
        };
        let tracks: Vec<Track> = tracks.filter(|t| t.confirmed).collect();
        let wants_common = self.wants_common();
        self.common = tracks
            .iter()
            .filter(|t| wants_common && t.existence_independent >= 0.9)
            .filter(|t| {
                let fresh = t.contributors.iter().filter(|c| {
                    kind(c.sensor).is_some_and(|k| k.evidence() == EvidenceKind::Radar)
                        && now.seconds_since(c.time).abs() <= HELD_S
                });
                fresh.count() > 1 && sigma_m(t) <= COMMON_SIGMA_M
            })
            .filter_map(|t| Reference::new(t, None, 0.0))
            .collect();
        let common = &self.common;
        self.sighted
            .retain(|key, _| common.iter().any(|t| t.key == *key));
        self.held = tracks
            .into_iter()
            .filter(|t| t.existence_independent >= 0.9 && may_be_heard(t))
            .filter(|t| held_by_radar(t) && !says_where(t))
            .filter_map(|t| Reference::new(&t, None, 0.0))
            .collect();
    }

    /// What is known of a sensor.
    pub(crate) fn of(&self, sensor: SensorId) -> Option<SensorRegistration> {
        let registered = self.sensors.get(&sensor)?;
        let Estimate { theta, covariance } = registered
            .applied
            .or(registered.known())
            .unwrap_or_else(|| registered.estimator.physical());
        let bias = |i: usize, sign: f64| Bias {
            value: sign * theta[i],
            sigma: covariance[i][i].max(0.0).sqrt(),
        };
        let polar = |bias: Bias| (!registered.bearing).then_some(bias);
        let estimator = &registered.estimator;
        Some(SensorRegistration {
            mode: if self.frozen {
                RegistrationMode::Frozen
            } else {
                self.config.mode
            },
            applied: registered.applied.is_some(),
            range_m: polar(bias(0, 1.0)),
            scale: polar(bias(1, 1.0)),
            azimuth_rad: bias(2, 1.0),
            // z(t) is of t + Δt: the stated time is Δt early
            time_s: polar(bias(3, -1.0)),
            east_m: polar(bias(4, 1.0)),
            north_m: polar(bias(5, 1.0)),
            used: estimator.used + registered.relative.map_or(0, |(_, n)| n),
            outliers: estimator.outliers,
            restarts: estimator.restarts,
        })
    }
}

impl Registered {
    /// The reports that have one reference, each with the comparison.
    fn paired<'r>(
        &self,
        near: &[&Reference],
        reports: &[&'r Report],
        wander_s: f64,
    ) -> Vec<(&'r Report, Observation<PARAMETERS>)> {
        let mut pairs: Vec<(usize, usize, Observation<PARAMETERS>)> = Vec::new();
        let mut times_taken = vec![0_usize; near.len()];
        let sound = self.spec.kind == SensorKind::AcousticArray;
        for (index, report) in reports.iter().enumerate() {
            if !matches!(
                report.measurement,
                Measurement::Polar { .. } | Measurement::Bearing { .. }
            ) {
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
                let inflation = self.inflation(report, reference, wander_s);
                let observed = observe(report, &self.frame, reference, sound, inflation);
                let Some(observation) = observed else {
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

    /// Errors that follow one another closely say little more than one: (1 + φ)/(1 − φ) of a
    /// first-order process sampled at this interval.
    fn inflation(&self, report: &Report, reference: &Reference, wander_s: f64) -> Inflation {
        let of = |since: Option<&Timestamp>, tau_s: f64, share: f64| {
            let Some(since) = since.filter(|_| tau_s > 0.0) else {
                return 1.0;
            };
            let gap_s = report.time.seconds_since(*since).abs().max(0.5);
            let kept = (-gap_s / tau_s).exp();
            1.0 + share * 2.0 * kept / (1.0 - kept)
        };
        let sensor = if self.bearing {
            of(self.last.as_ref(), BEARING_WANDER_S, 0.5)
        } else {
            1.0
        };
        Inflation {
            sensor,
            reference: of(self.paired.get(&reference.key), wander_s, 1.0),
        }
    }

    fn take(&mut self, report: &Report, observation: Observation<PARAMETERS>) {
        if self.paired.len() >= PAIRED_MAX {
            self.paired.clear();
        }
        self.paired.insert(observation.reference, report.time);
        self.last = Some(report.time);
        self.estimator.take(observation, report.time);
    }

    /// By ADS-B, else by what other radars see.
    fn known(&self) -> Option<Estimate> {
        let relative = self.relative.map(|(estimate, _)| estimate);
        self.estimator.estimate().or(relative)
    }

    fn apply(this: &mut Arc<Self>, now: Timestamp) {
        let due = this
            .changed
            .is_none_or(|t| now.seconds_since(t).abs() >= APPLY_S);
        if due && let Some(estimate) = this.known() {
            let this = Arc::make_mut(this);
            this.applied = Some(estimate);
            this.changed = Some(now);
        }
    }
}

/// Whether a track is well enough known, and of something that an array would hear.
fn may_be_heard(track: &Track) -> bool {
    let powered: f64 = [Class::FixedWingDrone, Class::LightAircraft, Class::Airliner]
        .iter()
        .map(|class| track.class_probability(*class))
        .sum();
    track.confirmed
        && sigma_m(track) <= HELD_SIGMA_M
        && track.ground_speed_mps() >= HELD_SPEED_MPS
        && track.height.is_none_or(|h| h.m <= HEARD_HEIGHT_M)
        && powered >= 0.7
}

/// Standard deviation of a track's place, each horizontal axis, m.
fn sigma_m(track: &Track) -> f64 {
    let c = &track.covariance;
    (0.5 * (c[0][0] + c[1][1])).max(0.0).sqrt()
}

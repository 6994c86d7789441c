//! The tracker's interface, and the order of work in a step.

use crate::claimed::{self, ClaimTracks};
use crate::clock::Clock;
use crate::clutter::Clutter;
use crate::ears::Ears;
use crate::fusion::Fusion;
use crate::hearing;
use crate::height;
use crate::measure::{Listening, Model, Setting, Unexplained};
use crate::measured::{Looker, MeasuredTracks};
use crate::nuisance::{Alarm, Nuisances};
use crate::people::People;
use crate::plot::is_finite;
use crate::registration::{Registration, SensorRegistration, Weather};
use crate::system::{self, SystemTracks};
use crate::{Counters, TrackerConfig};
use lapwing_geo::LocalFrame;
use lapwing_model::{
    Air, EvidenceKind, Look, Measurement, Report, SensorId, SensorSpec, Timestamp, Track, TrackId,
};
use std::collections::{BTreeMap, BTreeSet};

/// Most times of different air that are remembered.
const AIRS_MAX: usize = 64;
/// How far a sensor of bearings may reach where its description does not say, m.
const REACH_M: f64 = 9_000.0;

#[derive(Clone, Debug)]
struct Sensor {
    spec: SensorSpec,
    frame: Option<LocalFrame>,
}

/// The tracker. Its output depends on the calls made to it and on nothing else.
#[derive(Clone, Debug)]
pub struct Tracker {
    config: TrackerConfig,
    sensors: BTreeMap<SensorId, Sensor>,
    clock: Clock,
    measured: MeasuredTracks,
    claimed: ClaimTracks,
    system: SystemTracks,
    fusion: Fusion,
    registration: Registration,
    /// The air from each time on, in order.
    airs: Vec<(Timestamp, Air)>,
    clutter: BTreeMap<SensorId, Clutter>,
    listening: Listening,
    nuisances: Nuisances,
    ears: Ears,
    people: People,
    counters: Counters,
    ids: Ids,
}

/// The next track id: counted, never random.
#[derive(Clone, Debug)]
struct Ids {
    node: u16,
    next: u64,
}

impl Ids {
    fn take(&mut self) -> TrackId {
        let counter = self.next;
        self.next += 1;
        TrackId {
            node: self.node,
            counter,
        }
    }
}

impl Tracker {
    /// A tracker that knows nothing yet.
    #[must_use]
    pub fn new(config: TrackerConfig) -> Self {
        Self {
            ids: Ids {
                node: config.node,
                next: 1,
            },
            registration: Registration::new(config.registration.clone()),
            airs: Vec::new(),
            clutter: BTreeMap::new(),
            listening: Listening::default(),
            nuisances: Nuisances::default(),
            ears: Ears::default(),
            people: People::default(),
            config,
            sensors: BTreeMap::new(),
            clock: Clock::default(),
            measured: MeasuredTracks::default(),
            claimed: ClaimTracks::default(),
            system: SystemTracks::default(),
            fusion: Fusion::default(),
            counters: Counters::default(),
        }
    }

    /// Describe a sensor, before its first look; a later description replaces it.
    pub fn set_sensor(&mut self, id: SensorId, spec: SensorSpec) {
        let frame = spec
            .position
            .filter(|p| p.checked().is_ok())
            .map(LocalFrame::new);
        self.registration.set_sensor(id, &spec, frame.as_ref());
        self.sensors.insert(id, Sensor { spec, frame });
    }

    /// Say what the air is like from `from` on: sound is carried by the wind, and its speed
    /// goes with the temperature. Air that is none is ignored.
    pub fn set_air(&mut self, from: Timestamp, air: Air) {
        if !air.is_usable() {
            return;
        }
        self.airs.retain(|(at, _)| *at < from);
        if self.airs.len() >= AIRS_MAX {
            self.airs.remove(0);
        }
        self.airs.push((from, air));
    }

    fn air(&self, at: Timestamp) -> Air {
        let told = self.airs.iter().rev().find(|(from, _)| *from <= at);
        told.map_or_else(|| self.config.air(), |(_, air)| *air)
    }

    /// The air and what is known of a sensor's errors.
    fn setting(&self, id: SensorId, spec: &SensorSpec, at: Timestamp) -> Setting {
        Setting {
            sensor: Some(id),
            air: self.air(at),
            ..Setting::of(spec)
        }
    }

    /// Start tracks from bearings that no track took.
    fn listen(&mut self, look: &Look) {
        let left = self.measured.take_unexplained();
        if let Some(sensor) = self.sensors.get(&look.sensor)
            && Nuisances::follows(&sensor.spec)
        {
            let began = left.iter().filter_map(|l| l.2).filter(|alarm| alarm.first);
            let (began, revisit_s) = (began.count() as f64, sensor.spec.revisit_s);
            self.nuisances.count(look.sensor, look.t1, revisit_s, began);
        }
        let Some((sensor, first)) = self.sensors.get(&look.sensor).zip(left.first()) else {
            return;
        };
        let Some(frame) = sensor.frame else { return };
        let setting = self.setting(look.sensor, &sensor.spec, first.0.time);
        let hearing_m = sensor.spec.range_50_m;
        let hearing_m = hearing_m.map(|m| lapwing_sensing::hearing_range_m(m, &setting.air));
        let reach_m = hearing_m.map_or(REACH_M, |m| 2.5 * m);
        for (report, log_density, alarm) in left {
            // what registration takes off, it knows to its own error
            let registered = self.registration.applied(look.sensor);
            let mut setting = setting;
            if let Some(estimate) = registered {
                setting.sigmas = estimate.left(&report.measurement);
            }
            let new = Unexplained {
                sensor: report.sensor,
                time: report.time,
                measurement: report.measurement.clone(),
                spec: sensor.spec.clone(),
                frame,
                setting,
                log_density,
                source: alarm.map(|alarm| alarm.source),
                hearing_m,
                reach_m: reach_m.min(sensor.spec.range_limits_m.1),
            };
            if let Some(start) = self.listening.hear(&self.config, new) {
                self.measured
                    .begin(&self.config, start, &report, &mut self.counters, || {
                        self.ids.take()
                    });
            }
        }
    }

    /// Take in a look and its reports.
    ///
    /// Looks come in the order of their ends, sensors interleaved; the reports of a
    /// look in the order of their times, all from its sensor. What breaks that is
    /// ignored and counted, never a panic. A look may be stepped more than once (with
    /// more reports) while it is not closed; only a closed look makes silence count.
    pub fn step(&mut self, look: &Look, reports: &[Report]) {
        self.counters.looks += 1;
        let Some(sensor) = self.sensors.get(&look.sensor) else {
            self.counters.reports_unplaced += reports.len() as u64;
            return;
        };
        if !self.clock.follows(look.t1) {
            self.counters.reports_late += reports.len() as u64;
            return;
        }
        let config = &self.config;
        let mut measurements: Vec<&Report> = Vec::new();
        let mut updated = BTreeSet::new();
        let mut words: Vec<&Report> = Vec::new();
        let mut told: Vec<&Report> = Vec::new();
        for report in reports {
            if report.sensor != look.sensor || !is_finite(report) {
                self.counters.reports_invalid += 1;
                continue;
            }
            match report.measurement {
                Measurement::SystemTrack { .. } => {
                    let taken = self.system.take(
                        config,
                        report,
                        || self.ids.take(),
                        |key, id| self.fusion.last_id(key, id),
                    );
                    updated.extend(report.claims.system_track.map(|(key, _)| key));
                    match taken {
                        system::Taken::Started => self.counters.system_births += 1,
                        system::Taken::Updated => {}
                        system::Taken::Late => self.counters.reports_late += 1,
                        system::Taken::NotOne => self.counters.reports_ignored += 1,
                    }
                    self.counters.reports_used += u64::from(matches!(
                        taken,
                        system::Taken::Started | system::Taken::Updated
                    ));
                }
                // what people say comes late, errs widely and can be made up in any number:
                // as bearings it would begin and confirm what is not there
                _ if sensor.spec.kind.evidence() == EvidenceKind::People => {
                    if look.t1.seconds_since(report.time) > config.coast_s {
                        self.counters.reports_late += 1;
                    } else {
                        told.push(report);
                    }
                }
                Measurement::Presence { .. } => words.push(report),
                _ if sensor.spec.kind.is_self_report() => {
                    let taken = Model::new(&report.measurement, &sensor.spec, None).map_or(
                        claimed::Taken::Unusable,
                        |model| {
                            let kind = sensor.spec.kind;
                            self.claimed
                                .take(config, kind, report, &model, || self.ids.take())
                        },
                    );
                    match taken {
                        claimed::Taken::Started => self.counters.claim_births += 1,
                        claimed::Taken::Updated => {}
                        claimed::Taken::Late => self.counters.reports_late += 1,
                        claimed::Taken::Unusable => self.counters.reports_ignored += 1,
                    }
                    self.counters.reports_used += u64::from(matches!(
                        taken,
                        claimed::Taken::Started | claimed::Taken::Updated
                    ));
                }
                _ if look.t1.seconds_since(report.time) > config.coast_s => {
                    self.counters.reports_late += 1;
                }
                _ => measurements.push(report),
            }
        }
        // as measured, against references of earlier steps; corrected, by estimates of earlier steps
        let weather = Weather {
            air: self.air(look.t1),
            told: !self.airs.is_empty() || config.wind_mps > 0.0,
        };
        self.registration
            .compare(look.sensor, &measurements, weather);
        let corrected = self.registration.corrected(look.sensor, &measurements);
        if let Some(corrected) = &corrected {
            measurements = corrected.iter().collect();
        }
        // the caller's order is by time; a broken one must not break the visits
        measurements.sort_by_key(|r| r.time);
        let mut setting = self.setting(look.sensor, &sensor.spec, look.t1);
        if hearing::listens(look) {
            let told = !self.airs.is_empty() || config.wind_mps > 0.0;
            setting.air = hearing::air_of_silence(setting.air, told);
        }
        let spec = &sensor.spec;
        let alarms: Vec<Option<Alarm>> = if Nuisances::follows(spec) {
            let heard = measurements.iter();
            heard.map(|r| self.nuisances.hear(spec, r)).collect()
        } else {
            Vec::new()
        };
        self.measured.look(
            config,
            look,
            Looker {
                spec: &sensor.spec,
                frame: sensor.frame.as_ref(),
                setting,
                clutter: self.clutter.get(&look.sensor),
                alarms: &alarms,
                registered: self.registration.applied(look.sensor),
            },
            &measurements,
            &mut self.counters,
            || self.ids.take(),
        );
        for word in words {
            let Some(frame) = &sensor.frame else {
                self.counters.reports_unplaced += 1;
                continue;
            };
            let (node, tracks) = ((&sensor.spec, frame), &mut self.measured);
            self.ears
                .hear(config, node, setting.air, word, tracks, &mut self.counters);
        }
        for report in told {
            let Some(frame) = &sensor.frame else {
                self.counters.reports_unplaced += 1;
                continue;
            };
            let (person, tracks) = ((&sensor.spec, frame), &mut self.measured);
            self.people
                .say(config, person, report, tracks, &mut self.counters);
        }
        if hearing::listens(look) && look.closed && reports.is_empty() {
            self.ears.silence(&sensor.spec, setting.air, look);
        }
        if Clutter::is_learnt(&sensor.spec) {
            let clutter = self
                .clutter
                .entry(look.sensor)
                .or_insert_with(|| Clutter::new(&sensor.spec, look.revisit_s));
            let measured = &self.measured;
            let flies = |id| {
                let seen = measured.get(id);
                seen.is_some_and(|t| t.confirmed && t.is_moving())
            };
            for (report, by) in measured.taken(&measurements) {
                clutter.hear(report, by, by.is_some_and(flies));
            }
            clutter.settle(look.t1, flies);
        }
        self.claimed.compare(config, &self.measured, look.t1);
        self.system
            .sweep(look.t1, config.system_expire_s, config.system_ended_s);
        self.listen(look);
        let known = (&self.system, &self.measured);
        self.fusion.turn(&self.config, look.t1, &updated, known);
        if self.registration.turn(look.sensor, look.t1) {
            self.gather_references(look.t1);
        }
    }

    fn gather_references(&mut self, now: Timestamp) {
        let config = &self.config;
        let claims = self.claimed.borne_out(config, now);
        let wanted = self.registration.wants_held();
        let held = self.measured.iter().filter(|t| wanted && t.confirmed);
        self.registration
            .gather(now, &claims, held.map(|t| t.track(config, now)), |id| {
                self.sensors.get(&id).map(|s| s.spec.kind)
            });
    }

    /// What is known of a sensor's constant errors; `None` for kinds that have none to find,
    /// and where registration is off.
    #[must_use]
    pub fn registration(&self, sensor: SensorId) -> Option<SensorRegistration> {
        self.registration.of(sensor)
    }

    /// What is believed at `at`, sorted by id: every track, confirmed or not.
    ///
    /// Tracks of [`Origin::Tracker`](lapwing_model::Origin::Tracker) and
    /// [`Origin::Claim`](lapwing_model::Origin::Claim) are predicted to `at`; those of
    /// [`Origin::System`](lapwing_model::Origin::System) are as last reported, at their
    /// own time. What both follow is one track, predicted to `at` (see
    /// [`Track::parts`]).
    #[must_use]
    pub fn picture(&self, at: Timestamp) -> Vec<Track> {
        let config = &self.config;
        let mut tracks: Vec<Track> = self.measured.iter().map(|t| t.track(config, at)).collect();
        self.claimed.picture(config, at, &mut tracks);
        self.system.picture(
            at,
            config.system_expire_s,
            config.system_ended_s,
            &mut tracks,
        );
        self.fusion.picture(config, &mut tracks);
        tracks.iter_mut().for_each(height::bound);
        // tracks are large: the order is found on their ids, and each is moved once
        let mut order: Vec<(TrackId, usize)> =
            tracks.iter().enumerate().map(|(i, t)| (t.id, i)).collect();
        if order.is_sorted() {
            return tracks;
        }
        order.sort_unstable();
        let mut slots: Vec<Option<Track>> = tracks.into_iter().map(Some).collect();
        order
            .into_iter()
            .filter_map(|(_, i)| slots.get_mut(i)?.take())
            .collect()
    }

    /// What was done so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }
}

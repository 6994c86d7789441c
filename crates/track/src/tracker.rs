//! The tracker's interface, and the order of work in a step.

use crate::claimed::{self, ClaimTracks};
use crate::measure::Model;
use crate::measured::{Looker, MeasuredTracks, is_finite};
use crate::registration::{Registration, SensorRegistration};
use crate::system::{self, SystemTracks};
use crate::{Counters, TrackerConfig};
use lapwing_geo::LocalFrame;
use lapwing_model::{Look, Measurement, Report, SensorId, SensorSpec, Timestamp, Track, TrackId};
use std::collections::BTreeMap;

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
    measured: MeasuredTracks,
    claimed: ClaimTracks,
    system: SystemTracks,
    registration: Registration,
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
            config,
            sensors: BTreeMap::new(),
            measured: MeasuredTracks::default(),
            claimed: ClaimTracks::default(),
            system: SystemTracks::default(),
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
        let config = &self.config;
        let mut measurements: Vec<&Report> = Vec::new();
        for report in reports {
            if report.sensor != look.sensor || !is_finite(report) {
                self.counters.reports_invalid += 1;
                continue;
            }
            match report.measurement {
                Measurement::SystemTrack { .. } => {
                    let taken = self.system.take(report, || self.ids.take());
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
                Measurement::Presence { .. } => self.counters.reports_ignored += 1,
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
        self.registration.compare(look.sensor, &measurements);
        let corrected = self.registration.corrected(look.sensor, &measurements);
        if let Some(corrected) = &corrected {
            measurements = corrected.iter().collect();
        }
        // the caller's order is by time; a broken one must not break the visits
        measurements.sort_by_key(|r| r.time);
        self.measured.look(
            config,
            look,
            Looker {
                spec: &sensor.spec,
                frame: sensor.frame.as_ref(),
            },
            &measurements,
            &mut self.counters,
            || self.ids.take(),
        );
        self.claimed.compare(config, &self.measured, look.t1);
        self.system
            .sweep(look.t1, config.system_expire_s, config.system_ended_s);
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
    /// own time.
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

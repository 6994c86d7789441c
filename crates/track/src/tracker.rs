//! The tracker's interface and the order of work in a step.

use crate::system::{SystemTracks, Taken};
use crate::{Counters, TrackerConfig};
use lapwing_model::{Look, Measurement, Report, SensorId, SensorSpec, Timestamp, Track, TrackId};
use std::collections::BTreeMap;

/// The tracker. Its output depends on the calls made to it and nothing else.
#[derive(Clone, Debug)]
pub struct Tracker {
    config: TrackerConfig,
    sensors: BTreeMap<SensorId, SensorSpec>,
    system: SystemTracks,
    counters: Counters,
    next_counter: u64,
}

impl Tracker {
    /// A tracker that knows nothing yet.
    #[must_use]
    pub fn new(config: TrackerConfig) -> Self {
        Self {
            config,
            sensors: BTreeMap::new(),
            system: SystemTracks::default(),
            counters: Counters::default(),
            next_counter: 1,
        }
    }

    /// Describe a sensor, before its first look; a later description replaces it.
    pub fn set_sensor(&mut self, id: SensorId, spec: SensorSpec) {
        self.sensors.insert(id, spec);
    }

    /// Take in a look and its reports.
    pub fn step(&mut self, look: &Look, reports: &[Report]) {
        self.counters.looks += 1;
        for report in reports {
            if report.sensor != look.sensor {
                self.counters.reports_invalid += 1;
                continue;
            }
            if matches!(report.measurement, Measurement::SystemTrack { .. }) {
                let next_counter = &mut self.next_counter;
                let node = self.config.node;
                let taken = self.system.take(report, || {
                    let counter = *next_counter;
                    *next_counter += 1;
                    TrackId { node, counter }
                });
                match taken {
                    Taken::Started => {
                        self.counters.system_births += 1;
                        self.counters.reports_used += 1;
                    }
                    Taken::Updated => self.counters.reports_used += 1,
                    Taken::Late => self.counters.reports_late += 1,
                    Taken::NotOne => self.counters.reports_ignored += 1,
                }
            }
        }
        self.system.sweep(
            look.t1,
            self.config.system_expire_s,
            self.config.system_ended_s,
        );
    }

    /// What is believed at `at`, sorted by id.
    #[must_use]
    pub fn picture(&self, at: Timestamp) -> Vec<Track> {
        let mut tracks = Vec::new();
        self.system.picture(
            at,
            self.config.system_expire_s,
            self.config.system_ended_s,
            &mut tracks,
        );
        tracks.sort_by_key(|t| t.id);
        tracks
    }

    /// What was done so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }
}

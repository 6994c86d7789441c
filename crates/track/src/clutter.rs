//! Clutter where it persists, of one sensor: see `lapwing_sensing::ClutterMap`.
//!
//! Polar reports are mapped over range and azimuth in cells a little wider than the
//! sensor's errors, positions over the ground. A report is learnt some revisits after it came:
//! by then a track that took it has shown whether it is confirmed and moves, and what such a
//! track explains is not learnt. Everything else is, so that a turbine is known after a few
//! turns, what stands on it never becomes likely, and a thing does not grow clutter around its
//! own first reports.

use lapwing_model::{Measurement, Report, SensorSpec, Timestamp, TrackId};
use lapwing_sensing::ClutterMap;
use std::collections::VecDeque;

/// How long the past counts, s.
const MEMORY_S: f64 = 900.0;
/// Width of a cell, standard deviations of the measurement.
const CELL_SIGMAS: f64 = 3.0;
/// Revisits that a report waits for a track to explain it.
const WAIT_REVISITS: f64 = 6.0;
/// Most reports that wait; beyond, the oldest are learnt at once.
const WAITING_MAX: usize = 8_192;
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_000.0;

#[derive(Clone, Debug)]
pub(crate) struct Clutter {
    polar: ClutterMap,
    ground: ClutterMap,
    wait_s: f64,
    waiting: VecDeque<(Timestamp, Place, TrackId)>,
}

impl Clutter {
    /// Whether false reports of this kind of sensor stay where they are: those of radars do.
    pub(crate) fn is_learnt(spec: &SensorSpec) -> bool {
        use lapwing_model::SensorKind::{Radar, StaringRadar};
        matches!(spec.kind, Radar | StaringRadar)
    }

    pub(crate) fn new(spec: &SensorSpec, revisit_s: f64) -> Self {
        let range_m = CELL_SIGMAS * spec.range_sigma_m.max(1.0);
        let azimuth_rad = CELL_SIGMAS * spec.azimuth_sigma_rad.max(1e-4);
        Self {
            polar: ClutterMap::new([range_m, azimuth_rad], MEMORY_S, revisit_s),
            ground: ClutterMap::new([range_m; 2], MEMORY_S, revisit_s),
            wait_s: WAIT_REVISITS * revisit_s.clamp(0.1, 10.0),
            waiting: VecDeque::new(),
        }
    }

    /// A report, and the track that took it: learnt at once where there is none.
    pub(crate) fn hear(&mut self, report: &Report, by: Option<TrackId>) {
        let Some(place) = place(&report.measurement) else {
            return;
        };
        match by {
            None => self.learn(report.time, &place),
            Some(id) => self.waiting.push_back((report.time, place, id)),
        }
        if self.waiting.len() > WAITING_MAX
            && let Some((time, place, _)) = self.waiting.pop_front()
        {
            self.learn(time, &place);
        }
    }

    /// Learn what has waited long enough, except what `explains`.
    pub(crate) fn settle(&mut self, now: Timestamp, explains: impl Fn(TrackId) -> bool) {
        while let Some((time, _, _)) = self.waiting.front() {
            if now.seconds_since(*time).abs() < self.wait_s {
                return;
            }
            if let Some((time, place, id)) = self.waiting.pop_front()
                && !explains(id)
            {
                self.learn(time, &place);
            }
        }
    }

    fn learn(&mut self, time: Timestamp, place: &Place) {
        let time_s = seconds(time);
        match place {
            Place::Polar(at) => self.polar.learn(*at, time_s),
            Place::Ground(at) => self.ground.learn(*at, time_s),
        }
    }

    /// Density of false reports at a report, where it would be `uniform` without the map.
    pub(crate) fn density(&self, report: &Report, uniform: f64) -> f64 {
        let time_s = seconds(report.time);
        match place(&report.measurement) {
            Some(Place::Polar(at)) => self.polar.density(at, time_s, uniform),
            Some(Place::Ground(at)) => self.ground.density(at, time_s, uniform),
            None => uniform,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Polar([f64; 2]),
    Ground([f64; 2]),
}

fn place(measurement: &Measurement) -> Option<Place> {
    match measurement {
        Measurement::Polar {
            range_m,
            azimuth_rad,
            ..
        } => Some(Place::Polar([*range_m, *azimuth_rad])),
        Measurement::Position { position, .. } => {
            let by_longitude_m = DEGREE_M * position.lat_deg.to_radians().cos();
            Some(Place::Ground([
                position.lon_deg * by_longitude_m,
                position.lat_deg * DEGREE_M,
            ]))
        }
        _ => None,
    }
}

fn seconds(time: Timestamp) -> f64 {
    time.seconds_since(Timestamp(0))
}

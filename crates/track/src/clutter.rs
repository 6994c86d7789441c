//! Clutter where it persists, of one sensor: see `lapwing_sensing::ClutterMap`.
//!
//! Polar reports are mapped over range and azimuth in cells a little wider than the
//! sensor's errors, positions over the ground. Reports that a confirmed moving track took
//! are not learnt; everything else is, so that a turbine is known after a few turns and
//! what stands on it never becomes likely.

use lapwing_model::{Measurement, Report, SensorSpec, Timestamp};
use lapwing_sensing::ClutterMap;

/// How long the past counts, s.
const MEMORY_S: f64 = 900.0;
/// Width of a cell, standard deviations of the measurement.
const CELL_SIGMAS: f64 = 3.0;
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_000.0;

#[derive(Clone, Debug)]
pub(crate) struct Clutter {
    polar: ClutterMap,
    ground: ClutterMap,
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
        }
    }

    pub(crate) fn learn(&mut self, report: &Report) {
        let time_s = seconds(report.time);
        match place(&report.measurement) {
            Some(Place::Polar(at)) => self.polar.learn(at, time_s),
            Some(Place::Ground(at)) => self.ground.learn(at, time_s),
            None => {}
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

//! Sensors: what each hears or sees of the truth, with its errors, as bytes.

mod acoustic;
mod adsb;
mod direction_finder;
mod echo;
mod local_radar;
mod microphone;
mod node;
mod radar;
mod radar_wire;
mod remote_id;
#[cfg(test)]
mod rig;
mod sighting;
mod sound;
mod weather;

pub(crate) use acoustic::Acoustic;
pub(crate) use adsb::AdsbReceiver;
pub(crate) use direction_finder::DirectionFinders;
pub(crate) use local_radar::{LocalRadar, name as local_radar_name};
pub(crate) use microphone::Microphones;
pub use node::NodeErrors;
pub(crate) use node::Upkeep;
pub(crate) use radar::Radar;
pub use radar::RadarBias;
pub(crate) use remote_id::RemoteIdNet;
pub(crate) use sighting::{Flood, Sightings, Stand};
pub(crate) use sound::{Loud, loud};
pub(crate) use weather::{Air, Weather, mean as mean_air};

use crate::chart::{Chart, State};
use crate::traffic::{Phantom, Target};
use lapwing_geo::Geodetic;
use lapwing_model::{ClaimsJson, MeasurementJson, ReportJson, SensorKind, Timestamp};
use nalgebra::{Matrix3, Vector3};
use std::collections::BTreeMap;

/// Bytes that leave a sensor, not yet in the scene's order.
pub(crate) struct Sent {
    pub(crate) time: Timestamp,
    pub(crate) feed: usize,
    pub(crate) bytes: Vec<u8>,
}

/// What a sensor may look at.
pub(crate) struct World<'w> {
    pub(crate) chart: &'w Chart,
    pub(crate) targets: &'w [Target],
    pub(crate) phantoms: &'w [Phantom],
    /// Those alive in this second, and where they were at its start.
    pub(crate) alive: &'w [(usize, Vector3<f64>)],
    /// Those of them that can be heard.
    pub(crate) loud: &'w [Loud],
    /// The air of this second.
    pub(crate) air: &'w Air,
    /// The scene's start.
    pub(crate) start: Timestamp,
}

impl World<'_> {
    /// State of a target at a time, s since the start.
    pub(crate) fn state(&self, index: usize, t_s: f64) -> State {
        let planned = self.targets[index].path.at(t_s);
        self.chart.state(planned.at, planned.rate)
    }

    /// Place of a target at a time, in the scene's frame, m.
    pub(crate) fn point(&self, index: usize, t_s: f64) -> Vector3<f64> {
        let (east, north, height) = self.targets[index].path.at(t_s).at;
        self.chart.point(east, north, height)
    }

    pub(crate) fn time(&self, t_s: f64) -> Timestamp {
        self.start.plus_seconds(t_s)
    }
}

/// Where a sensor stands, and its own east, north and up.
#[derive(Clone, Debug)]
pub(crate) struct Station {
    pub(crate) position: Geodetic,
    at: Vector3<f64>,
    axes: Matrix3<f64>,
}

impl Station {
    pub(crate) fn new(chart: &Chart, (east, north): (f64, f64), height_m: f64) -> Self {
        let at = chart.point(east, north, height_m);
        let position = chart.geodetic(at);
        Self {
            position,
            at,
            axes: chart.frame().rotation_to_axes_at(position),
        }
    }

    /// Into the sensor's own east, north and up: a point of the scene's frame, m.
    pub(crate) fn view(&self, point: Vector3<f64>) -> Vector3<f64> {
        self.axes * (point - self.at)
    }

    /// A velocity of the scene's frame in the sensor's own axes, m/s.
    pub(crate) fn turned(&self, velocity_mps: Vector3<f64>) -> Vector3<f64> {
        self.axes * velocity_mps
    }

    /// Straight distance, m.
    pub(crate) fn distance_m(&self, point: Vector3<f64>) -> f64 {
        (point - self.at).norm()
    }

    /// The station's own place in the scene's frame, m.
    pub(crate) fn point(&self) -> Vector3<f64> {
        self.at
    }
}

/// Clockwise from the station's north, rad in [0, 2π).
pub(crate) fn azimuth_rad(view: Vector3<f64>) -> f64 {
    lapwing_geo::wrap_two_pi(view.x.atan2(view.y))
}

/// Whether radio of a few GHz reaches over the Earth's curve: 4.12 (√h₁ + √h₂) km, refraction as 4/3 Earth.
pub(crate) fn above_horizon(distance_m: f64, height_1_m: f64, height_2_m: f64) -> bool {
    distance_m <= 4_120.0 * (height_1_m.max(0.0).sqrt() + height_2_m.max(0.0).sqrt())
}

/// A sensor as the site file names it.
#[derive(Clone, Debug)]
pub(crate) struct SiteSensor {
    pub(crate) id: String,
    pub(crate) kind: SensorKind,
    pub(crate) position: Geodetic,
    /// Further keys and their values.
    pub(crate) keys: Vec<(&'static str, f64)>,
    pub(crate) sac_sic: Option<(u8, u8)>,
}

/// One line of `Report` JSON; `None` only if the numbers in it cannot be written.
pub(crate) fn report_line(
    sensor: &str,
    time: Timestamp,
    measurement: MeasurementJson,
    claims: ClaimsJson,
) -> Option<Vec<u8>> {
    json_line(&ReportJson {
        sensor: sensor.to_owned(),
        time: whole_milliseconds(time),
        measurement,
        claims,
        rcs_dbsm: None,
        class_log_likelihoods: BTreeMap::new(),
    })
}

/// The line of a report; `None` only if the numbers in it cannot be written.
pub(crate) fn json_line(report: &ReportJson) -> Option<Vec<u8>> {
    let mut line = serde_json::to_vec(report).ok()?;
    line.push(b'\n');
    Some(line)
}

/// What a sensor that writes lines would write of a time.
pub(crate) fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp(time.as_millis() * 1_000_000)
}

/// Rounded to a number of decimals.
pub(crate) fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

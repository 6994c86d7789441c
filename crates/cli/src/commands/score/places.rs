//! What a site file says of the sensors that tracks were made from: of what kind they are, and
//! how far away they were.

use crate::inputs::read_site;
use anyhow::Result;
use lapwing_geo::{Ecef, Geodetic};
use lapwing_model::{EvidenceKind, SensorKind};
use lapwing_score::{TrackLine, TruthLine, recent_sensors};
use std::collections::BTreeMap;
use std::path::Path;

/// A site's sensors; none without a site file.
#[derive(Default)]
pub(super) struct Sensors {
    kinds: BTreeMap<String, &'static str>,
    radars: BTreeMap<String, [f64; 3]>,
    listeners: Vec<[f64; 3]>,
}

impl Sensors {
    pub(super) fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let word = |kind: EvidenceKind| match kind {
            EvidenceKind::Radar => "radar",
            EvidenceKind::Sound => "sound",
            EvidenceKind::Radio => "radio",
            EvidenceKind::Optical => "optical",
            EvidenceKind::People => "people",
            EvidenceKind::SelfReport => "self_report",
        };
        let mut out = Self::default();
        for sensor in read_site(path)?.sensors {
            let place = sensor.position.map(on_the_ground);
            match (sensor.kind, place) {
                (SensorKind::Radar | SensorKind::StaringRadar, Some(place)) => {
                    out.radars.insert(sensor.id.clone(), place);
                }
                (SensorKind::AcousticArray, Some(place)) => out.listeners.push(place),
                _ => {}
            }
            out.kinds.insert(sensor.id, word(sensor.kind.evidence()));
        }
        Ok(out)
    }

    /// What kind of evidence a sensor gives.
    pub(super) fn kind(&self, sensor: &str) -> Option<&'static str> {
        self.kinds.get(sensor).copied()
    }

    /// How far from a track the nearest radar is that lately contributed to it, m.
    pub(super) fn nearest_radar_m(&self, line: &TrackLine) -> Option<f64> {
        let here = on_the_ground(Geodetic::new(line.lat_deg, line.lon_deg, 0.0));
        recent_sensors(line)
            .filter_map(|sensor| self.radars.get(sensor))
            .map(|radar| chord_m(here, *radar))
            .min_by(f64::total_cmp)
    }

    /// How far from a target the nearest array of microphones is, m.
    pub(super) fn nearest_listener_m(&self, line: &TruthLine) -> Option<f64> {
        let here = on_the_ground(Geodetic::new(line.lat_deg, line.lon_deg, 0.0));
        self.listeners
            .iter()
            .map(|listener| chord_m(here, *listener))
            .min_by(f64::total_cmp)
    }
}

fn on_the_ground(place: Geodetic) -> [f64; 3] {
    let Ecef(p) = Geodetic::new(place.lat_deg, place.lon_deg, 0.0).into();
    [p.x, p.y, p.z]
}

/// Shorter than the arc by 1 m at 100 km.
fn chord_m(a: [f64; 3], b: [f64; 3]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1]).hypot(a[2] - b[2])
}

//! Direction finders: bearings of the radio that drones emit. Silence is not
//! absence: most one-way drones emit nothing most of the time.

use super::{Sent, SiteSensor, Station, World, above_horizon, azimuth_rad, report_line, rounded};
use crate::random::Random;
use crate::scenario::DirectionFinderSettings;
use lapwing_model::{ClaimsJson, Class, MeasurementJson, SensorKind};

/// From one listening to the next, s.
const PERIOD_S: f64 = 1.0;
/// From a bearing to its line, s.
const PROCESSING_S: f64 = 0.3;

struct Finder {
    id: String,
    station: Station,
    bias_deg: f64,
    phase_s: f64,
    said_s: f64,
    random: Random,
}

pub(crate) struct DirectionFinders {
    finders: Vec<Finder>,
    settings: DirectionFinderSettings,
    feed: usize,
}

impl DirectionFinders {
    pub(crate) fn new(
        seed: u64,
        stations: Vec<(usize, Station)>,
        feed: usize,
        settings: &DirectionFinderSettings,
        from_s: f64,
    ) -> Self {
        let finders = stations
            .into_iter()
            .map(|(i, station)| {
                let mut random = Random::stream(seed, "direction-finder", i as u64);
                Finder {
                    id: format!("df-{}", i + 1),
                    station,
                    bias_deg: random.normal(0.0, settings.azimuth_bias_sigma_deg),
                    phase_s: random.uniform(0.0, PERIOD_S),
                    said_s: from_s - random.uniform(0.0, settings.heartbeat_s),
                    random,
                }
            })
            .collect();
        Self {
            finders,
            settings: settings.clone(),
            feed,
        }
    }

    /// Each station's name and constant error, degrees, which the site is not told.
    pub(crate) fn biases(&self) -> impl Iterator<Item = (&str, lapwing_geo::Geodetic, f64)> {
        self.finders
            .iter()
            .map(|f| (f.id.as_str(), f.station.position, f.bias_deg))
    }

    pub(crate) fn site(&self) -> Vec<SiteSensor> {
        let s = &self.settings;
        self.finders
            .iter()
            .map(|finder| SiteSensor {
                id: finder.id.clone(),
                kind: SensorKind::DirectionFinder,
                position: finder.station.position,
                keys: vec![
                    ("azimuth_sigma_deg", s.azimuth_sigma_deg.max(0.01)),
                    ("azimuth_bias_sigma_deg", s.azimuth_bias_sigma_deg.max(0.0)),
                    ("range_max_m", s.range_max_m),
                    ("revisit_s", PERIOD_S),
                    ("detection_probability", s.detect_hobby),
                ],
                sac_sic: None,
            })
            .collect()
    }

    /// One second of the stations' lives, from `t_s`.
    pub(crate) fn second(&mut self, world: &World<'_>, t_s: f64, out: &mut Vec<Sent>) {
        let s = &self.settings;
        for finder in &mut self.finders {
            let at_s = t_s + finder.phase_s;
            let mut bearings = Vec::new();
            for &(index, _) in world.alive {
                let target = &world.targets[index];
                let chance = match target.class {
                    Class::Multirotor => s.detect_hobby,
                    Class::FixedWingDrone => s.detect_one_way,
                    _ => continue,
                };
                if !target.path.alive(at_s) {
                    continue;
                }
                let view = finder.station.view(world.point(index, at_s));
                let height_m = target.path.at(at_s).at.2;
                let reaches = view.norm() <= s.range_max_m
                    && above_horizon(view.norm(), finder.station.position.height_m, height_m);
                if reaches && finder.random.chance(chance) {
                    let noise_deg = finder.random.normal(0.0, s.azimuth_sigma_deg);
                    let azimuth_deg = azimuth_rad(view).to_degrees() + finder.bias_deg + noise_deg;
                    bearings.push(MeasurementJson::Bearing {
                        azimuth_deg: rounded(azimuth_deg.rem_euclid(360.0), 2),
                        azimuth_sigma_deg: None,
                        elevation_deg: None,
                        elevation_sigma_deg: None,
                    });
                }
            }
            if bearings.is_empty() && at_s - finder.said_s >= s.heartbeat_s - 1e-6 {
                bearings.push(MeasurementJson::Heartbeat {});
            }
            for bearing in bearings {
                finder.said_s = at_s;
                let line =
                    report_line(&finder.id, world.time(at_s), bearing, ClaimsJson::default());
                out.extend(line.map(|bytes| Sent {
                    time: world.time(at_s + PROCESSING_S),
                    feed: self.feed,
                    bytes,
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rig::{Rig, Said, assert_normal, assert_share, target, wrapped_deg};
    use super::*;
    use std::collections::BTreeMap;

    fn run(class: Class, north_m: f64, count: usize, seconds: u32) -> (Vec<f64>, Vec<Said>) {
        let rig = Rig::new(vec![target(class, (0.0, north_m, 100.0), 0.0)]);
        let settings = DirectionFinderSettings::default();
        let stations = rig.stations((0.0, 0.0), count);
        let mut network = DirectionFinders::new(4, stations, 0, &settings, 0.0);
        let biases: BTreeMap<String, f64> = network
            .biases()
            .map(|(id, _, bias)| (id.to_owned(), bias))
            .collect();
        let said = rig.run((0, seconds), |world, t, out| network.second(world, t, out));
        let offs = said
            .iter()
            .filter_map(|line| Some(wrapped_deg(line.bearing()?.0 - biases[&line.report.sensor])))
            .collect();
        (offs, said)
    }

    #[test]
    fn hobby_drones_are_heard_six_times_in_ten_and_one_way_drones_once_in_twenty() {
        let (hobby, _) = run(Class::Multirotor, 2_000.0, 50, 200);
        assert_share(hobby.len(), 10_000, 0.6);
        assert_normal(&hobby, 0.0, 3.0);
        let (one_way, said) = run(Class::FixedWingDrone, 2_000.0, 50, 200);
        assert_share(one_way.len(), 10_000, 0.05);
        assert!(said.iter().any(Said::is_heartbeat));
        for (class, north_m) in [
            (Class::Multirotor, 8_100.0),
            (Class::Bird, 2_000.0),
            (Class::LightAircraft, 2_000.0),
        ] {
            assert_eq!(
                run(class, north_m, 20, 50).0.len(),
                0,
                "{class:?} at {north_m}"
            );
        }
    }

    #[test]
    fn stations_are_turned_by_two_degrees() {
        let rig = Rig::new(Vec::new());
        let settings = DirectionFinderSettings::default();
        let stations = rig.stations((0.0, 0.0), 2_000);
        let network = DirectionFinders::new(4, stations, 0, &settings, 0.0);
        let biases: Vec<f64> = network.biases().map(|(_, _, bias)| bias).collect();
        assert_normal(&biases, 0.0, 2.0);
    }
}

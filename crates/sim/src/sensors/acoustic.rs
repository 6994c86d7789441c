//! Arrays of microphones: bearings of sounds and of what sounds like them.

use super::node::{Node, NodeErrors, PERIOD_S, Upkeep};
use super::weather::WINDY_MPS;
use super::{Air, Sent, SiteSensor, Station, World, azimuth_rad, rounded, sound};
use crate::random::Random;
use lapwing_model::{MeasurementJson, SensorKind};

/// White and wandering parts of a bearing's 4°, half the variance each, degrees.
const PART_SIGMA_DEG: f64 = 4.0 / std::f64::consts::SQRT_2;
/// Time constant of the wandering part, s.
const WANDER_TAU_S: f64 = 10.0;
/// Standard deviation of an array's orientation, degrees.
const ORIENTATION_SIGMA_DEG: f64 = 3.0;
/// Elevations come out too low by this factor, with this deviation, degrees.
const ELEVATION_SCALE: f64 = 0.8;
const ELEVATION_SIGMA_DEG: f64 = 8.0;
/// False alarms an hour in quiet air and in wind.
const FALSE_PER_H: (f64, f64) = (4.0, 15.0);
/// Share of them that go on, and how long on average, s.
const PERSISTENT: f64 = 0.7;
const PERSISTENT_S: f64 = 30.0;

struct Array {
    node: Node,
    wander_deg: f64,
    /// A false source: its azimuth and until when it sounds.
    nuisance: Option<(f64, f64)>,
}

pub(crate) struct Acoustic {
    arrays: Vec<Array>,
    feed: usize,
    upkeep: Upkeep,
}

impl Acoustic {
    /// The arrays of a scene; each keeps its number, and with it its errors, in an excerpt.
    pub(crate) fn new(
        seed: u64,
        stations: Vec<(usize, Station)>,
        feed: usize,
        upkeep: Upkeep,
    ) -> Self {
        let arrays = stations
            .into_iter()
            .map(|(i, station)| {
                let mut random = Random::stream(seed, "array", i as u64);
                let orientation_deg = random.normal(0.0, ORIENTATION_SIGMA_DEG);
                let wander_deg = random.normal(0.0, PART_SIGMA_DEG);
                let mut node = Node::new(format!("array-{:03}", i + 1), station, random, &upkeep);
                node.errors.azimuth_deg = orientation_deg;
                Array {
                    node,
                    wander_deg,
                    nuisance: None,
                }
            })
            .collect();
        Self {
            arrays,
            feed,
            upkeep,
        }
    }

    pub(crate) fn errors(&self) -> impl Iterator<Item = &NodeErrors> {
        self.arrays.iter().map(|array| &array.node.errors)
    }

    pub(crate) fn site(&self) -> Vec<SiteSensor> {
        self.arrays
            .iter()
            .map(|array| SiteSensor {
                id: array.node.errors.id.clone(),
                kind: SensorKind::AcousticArray,
                position: array.node.station.position,
                keys: vec![
                    ("azimuth_sigma_deg", 4.0_f64.hypot(ORIENTATION_SIGMA_DEG)),
                    ("elevation_sigma_deg", 10.0),
                    ("range_max_m", 8_000.0),
                    ("revisit_s", PERIOD_S),
                ],
                sac_sic: None,
            })
            .collect()
    }

    /// One second of the arrays' lives, from `t_s`.
    pub(crate) fn second(&mut self, world: &World<'_>, t_s: f64, out: &mut Vec<Sent>) {
        for array in &mut self.arrays {
            if let Some(at_s) = array.node.listens_s(t_s, &self.upkeep) {
                let bearings = array.listen(world, at_s);
                let heartbeat_s = self.upkeep.heartbeat_s;
                array
                    .node
                    .say(world, at_s, bearings, heartbeat_s, self.feed, out);
            }
        }
    }
}

impl Array {
    fn listen(&mut self, world: &World<'_>, at_s: f64) -> Vec<MeasurementJson> {
        let keep = (-PERIOD_S / WANDER_TAU_S).exp();
        let fresh = PART_SIGMA_DEG * (1.0 - keep * keep).sqrt();
        let Node {
            station,
            random,
            errors,
            ..
        } = &mut self.node;
        self.wander_deg = keep * self.wander_deg + random.normal(0.0, fresh);
        let mut directions: Vec<(f64, f64)> = Vec::new();
        for loud in world.loud {
            if let Some(heard) = sound::hear(world, station, loud, at_s, 1.0, random) {
                let view = station.view(heard.image);
                directions.push((
                    azimuth_rad(view).to_degrees(),
                    (view.z / view.norm()).asin().to_degrees(),
                ));
            }
        }
        directions.extend(false_direction(&mut self.nuisance, random, world.air, at_s));
        directions
            .into_iter()
            .map(|(azimuth_deg, elevation_deg)| {
                let measured = azimuth_deg
                    + errors.azimuth_deg
                    + self.wander_deg
                    + random.normal(0.0, PART_SIGMA_DEG);
                let elevation = (ELEVATION_SCALE * elevation_deg
                    + random.normal(0.0, ELEVATION_SIGMA_DEG))
                .clamp(-90.0, 90.0);
                MeasurementJson::Bearing {
                    azimuth_deg: rounded(measured.rem_euclid(360.0), 2),
                    azimuth_sigma_deg: None,
                    elevation_deg: Some(rounded(elevation, 1)),
                    elevation_sigma_deg: None,
                }
            })
            .collect()
    }
}

/// Mopeds, mowers, surf: most alarms go on for a while from one direction.
fn false_direction(
    nuisance: &mut Option<(f64, f64)>,
    random: &mut Random,
    air: &Air,
    at_s: f64,
) -> Option<(f64, f64)> {
    if let Some((azimuth_deg, until_s)) = *nuisance {
        if at_s < until_s {
            return Some((azimuth_deg, 0.0));
        }
        *nuisance = None;
    }
    let (quiet, windy) = FALSE_PER_H;
    let per_h = if air.wind_mps > WINDY_MPS {
        windy
    } else {
        quiet
    };
    if !random.chance(per_h / 3_600.0 * PERIOD_S) {
        return None;
    }
    let azimuth_deg = random.uniform(0.0, 360.0);
    if random.chance(PERSISTENT) {
        *nuisance = Some((azimuth_deg, at_s + random.exponential(PERSISTENT_S)));
    }
    Some((azimuth_deg, 0.0))
}

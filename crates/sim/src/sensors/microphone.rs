//! Single microphones: that something is heard and how loud, from no direction.

use super::node::{Node, NodeErrors, PERIOD_S, Upkeep};
use super::{Sent, SiteSensor, Station, World, rounded, sound};
use crate::random::Random;
use lapwing_model::{MeasurementJson, SensorKind};

/// Hearing over that of an array.
const EARS: f64 = 0.7;
/// False alarms an hour.
const FALSE_PER_H: f64 = 6.0;
/// Mean level of one over the threshold, dB.
const FALSE_LEVEL_DB: f64 = 4.0;

pub(crate) struct Microphones {
    nodes: Vec<Node>,
    feed: usize,
    upkeep: Upkeep,
}

impl Microphones {
    pub(crate) fn new(
        seed: u64,
        stations: Vec<(usize, Station)>,
        feed: usize,
        upkeep: Upkeep,
    ) -> Self {
        let nodes = stations
            .into_iter()
            .map(|(i, station)| {
                let random = Random::stream(seed, "microphone", i as u64);
                Node::new(format!("mic-{:04}", i + 1), station, random, &upkeep)
            })
            .collect();
        Self {
            nodes,
            feed,
            upkeep,
        }
    }

    pub(crate) fn errors(&self) -> impl Iterator<Item = &NodeErrors> {
        self.nodes.iter().map(|node| &node.errors)
    }

    pub(crate) fn site(&self) -> Vec<SiteSensor> {
        self.nodes
            .iter()
            .map(|node| SiteSensor {
                id: node.errors.id.clone(),
                kind: SensorKind::Microphone,
                position: node.station.position,
                keys: vec![("range_max_m", 5_600.0), ("revisit_s", PERIOD_S)],
                sac_sic: None,
            })
            .collect()
    }

    /// One second of the microphones' lives, from `t_s`.
    pub(crate) fn second(&mut self, world: &World<'_>, t_s: f64, out: &mut Vec<Sent>) {
        for node in &mut self.nodes {
            let Some(at_s) = node.listens_s(t_s, &self.upkeep) else {
                continue;
            };
            // one ear: of several sounds the loudest counts
            let mut loudest: Option<f64> = None;
            for loud in world.loud {
                let random = &mut node.random;
                let heard = sound::hear(world, &node.station, loud, at_s, EARS, random);
                loudest = loudest
                    .into_iter()
                    .chain(heard.map(|h| h.level_db))
                    .reduce(f64::max);
            }
            if node.random.chance(FALSE_PER_H / 3_600.0 * PERIOD_S) {
                let level_db = node.random.exponential(FALSE_LEVEL_DB);
                loudest = loudest.into_iter().chain([level_db]).reduce(f64::max);
            }
            let heard = loudest
                .map(|level_db| MeasurementJson::Presence {
                    level_db: Some(rounded(level_db, 1)),
                })
                .into_iter()
                .collect();
            let heartbeat_s = self.upkeep.heartbeat_s;
            node.say(world, at_s, heard, heartbeat_s, self.feed, out);
        }
    }
}

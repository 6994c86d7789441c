//! Single microphones: that something is heard and how loud, from no direction.

use super::node::{Node, NodeErrors, PERIOD_S, Upkeep};
use super::{Sent, SiteSensor, Station, World, rounded, sound};
use crate::random::Random;
use crate::traffic::PISTON_HEARD_M;
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
                keys: vec![
                    ("range_50_m", EARS * PISTON_HEARD_M),
                    ("range_max_m", 5_600.0),
                    ("revisit_s", PERIOD_S),
                    ("false_per_revisit", FALSE_PER_H / 3_600.0 * PERIOD_S),
                ],
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

#[cfg(test)]
mod tests {
    use super::super::rig::{Rig, Said, assert_count, assert_share, target};
    use super::*;
    use lapwing_model::Class;

    fn said(rig: &Rig, count: usize, seconds: u32) -> Vec<Said> {
        let upkeep = Upkeep {
            heartbeat_s: 10.0,
            dead_share: 0.0,
            late: false,
            outage_s: None,
            from_s: 0.0,
        };
        let mut network = Microphones::new(2, rig.stations((0.0, 0.0), count), 0, upkeep);
        rig.run((100, 100 + seconds), |world, t, out| {
            network.second(world, t, out);
        })
    }

    fn levels(said: &[Said]) -> Vec<f64> {
        said.iter()
            .filter_map(|line| match line.report.measurement {
                MeasurementJson::Presence { level_db } => level_db,
                _ => None,
            })
            .collect()
    }

    #[test]
    fn it_hears_seven_tenths_as_far_as_an_array_and_says_how_loud() {
        let hung = |distance_m: f64| {
            Rig::new(vec![target(
                Class::FixedWingDrone,
                (0.0, distance_m, 50.0),
                0.0,
            )])
        };
        let n = 200 * 50;
        let heard = levels(&said(&hung(2_450.0), 200, 100)).len();
        // half, and the false alarms of 6 an hour among the other half
        assert_share(heard, n, 0.5 + 0.5 * 6.0 / 1_800.0);
        // four times as near: 12 dB by distance and 1.84 by air over the 0.33 of the half-way range
        let near = levels(&said(&hung(612.5), 200, 100));
        assert_share(near.len(), n, 0.95);
        let (mean, deviation) = super::super::rig::mean_and_deviation(&near);
        assert!((mean - 14.2).abs() < 0.25, "{mean}");
        assert!((deviation - 5.0).abs() < 0.25, "{deviation}");
    }

    #[test]
    fn false_alarms_come_six_times_an_hour_whatever_the_wind() {
        for wind_mps in [2.0, 12.0] {
            let mut rig = Rig::new(Vec::new());
            rig.air.wind_mps = wind_mps;
            let all = said(&rig, 1_000, 900);
            assert_count(levels(&all).len(), 6.0 * 250.0);
            assert!(levels(&all).iter().all(|level| *level >= 0.0));
        }
    }
}

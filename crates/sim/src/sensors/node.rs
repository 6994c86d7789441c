//! What every node that listens has in common: its place in the two seconds, its
//! clock, how late its lines come, whether it is alive.

use super::{Sent, Station, World, report_line};
use crate::random::Random;
use lapwing_geo::Geodetic;
use lapwing_model::{ClaimsJson, MeasurementJson};

/// From one report of a node to its next, s.
pub(super) const PERIOD_S: f64 = 2.0;
/// Share of the clocks that are off, and by how much, s, either way.
const CLOCKS_OFF: f64 = 0.02;
const CLOCK_S: (f64, f64) = (1.0, 5.0);
/// Share of the nodes whose lines come late all the time, and by how much, s.
const LATE: f64 = 0.1;
const LATE_S: (f64, f64) = (10.0, 40.0);
/// Share of the nodes that take part in the outage.
const IN_OUTAGE: f64 = 0.15;
/// Median, s, and deviation of the logarithm of the way of a line.
const LATENCY_S: (f64, f64) = (1.0, 0.6);

/// The constant errors of a node, which the site is not told.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeErrors {
    /// Its name in the site file.
    pub id: String,
    /// Where it stands.
    pub position: Geodetic,
    /// Measured less true azimuth, degrees; 0 for what measures none.
    pub azimuth_deg: f64,
    /// Stated less true time, s.
    pub clock_s: f64,
    /// How much later than usual its lines come, s.
    pub late_s: f64,
    /// Whether it says nothing during the outage.
    pub in_outage: bool,
    /// Whether it never says anything.
    pub dead: bool,
}

pub(super) struct Node {
    pub(super) station: Station,
    pub(super) random: Random,
    pub(super) errors: NodeErrors,
    phase_s: f64,
    /// When it last said anything.
    said_s: f64,
}

/// When the nodes of a network fail and how often they speak.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upkeep {
    /// From one heartbeat of a silent node to the next, s.
    pub(crate) heartbeat_s: f64,
    /// Share that never say anything.
    pub(crate) dead_share: f64,
    /// Whether some are late.
    pub(crate) late: bool,
    /// When those of the outage are silent, s since the scene's start.
    pub(crate) outage_s: Option<(f64, f64)>,
    /// When listening begins, s since the scene's start.
    pub(crate) from_s: f64,
}

impl Node {
    pub(super) fn new(id: String, station: Station, mut random: Random, upkeep: &Upkeep) -> Self {
        // everything is drawn whatever the settings, so that these change nothing else
        let phase_s = random.uniform(0.0, PERIOD_S);
        let off_s =
            random.uniform(CLOCK_S.0, CLOCK_S.1) * if random.chance(0.5) { 1.0 } else { -1.0 };
        let clock_s = if random.chance(CLOCKS_OFF) {
            off_s
        } else {
            0.0
        };
        let delay_s = random.uniform(LATE_S.0, LATE_S.1);
        let late_s = if random.chance(LATE) && upkeep.late {
            delay_s
        } else {
            0.0
        };
        let in_outage = random.chance(IN_OUTAGE) && upkeep.outage_s.is_some();
        let dead = random.chance(upkeep.dead_share);
        let said_s = upkeep.from_s - random.uniform(0.0, upkeep.heartbeat_s);
        Self {
            errors: NodeErrors {
                id,
                position: station.position,
                azimuth_deg: 0.0,
                clock_s,
                late_s,
                in_outage,
                dead,
            },
            station,
            random,
            phase_s,
            said_s,
        }
    }

    /// When in the second from `t_s` it listens, if it does.
    pub(super) fn listens_s(&self, t_s: f64, upkeep: &Upkeep) -> Option<f64> {
        let down = |(from, to): (f64, f64)| (from..to).contains(&t_s);
        if self.errors.dead || (self.errors.in_outage && upkeep.outage_s.is_some_and(down)) {
            return None;
        }
        // every node listens in one of two seconds
        let since = (t_s - self.phase_s).rem_euclid(PERIOD_S);
        let at_s = t_s + (PERIOD_S - since).rem_euclid(PERIOD_S);
        (at_s < t_s + 1.0).then_some(at_s)
    }

    /// Says what it measured; a sign of life where there is nothing to say and it is time for one.
    pub(super) fn say(
        &mut self,
        world: &World<'_>,
        at_s: f64,
        measurements: Vec<MeasurementJson>,
        heartbeat_s: f64,
        feed: usize,
        out: &mut Vec<Sent>,
    ) {
        let mut measurements = measurements;
        if measurements.is_empty() {
            // a rounding error is not another two seconds of silence
            if at_s - self.said_s < heartbeat_s - 1e-6 {
                return;
            }
            measurements.push(MeasurementJson::Heartbeat {});
        }
        self.said_s = at_s;
        let stated = world.time(at_s + self.errors.clock_s);
        let (median_s, sigma) = LATENCY_S;
        // what is heard together travels together
        let way_s = self.errors.late_s + self.random.log_normal(median_s, sigma);
        for measurement in measurements {
            let line = report_line(&self.errors.id, stated, measurement, ClaimsJson::default());
            out.extend(line.map(|bytes| Sent {
                time: world.time(at_s + way_s),
                feed,
                bytes,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rig::{Rig, assert_count, assert_normal, assert_share};
    use super::*;

    const UPKEEP: Upkeep = Upkeep {
        heartbeat_s: 10.0,
        dead_share: 0.05,
        late: true,
        outage_s: Some((500.0, 800.0)),
        from_s: 0.0,
    };

    fn nodes(count: usize, upkeep: &Upkeep) -> Vec<Node> {
        let rig = Rig::new(Vec::new());
        (0..count)
            .map(|i| {
                let random = Random::stream(3, "node", i as u64);
                Node::new(format!("n-{i}"), rig.station((0.0, 0.0)), random, upkeep)
            })
            .collect()
    }

    #[test]
    fn as_many_are_dead_late_out_and_off_as_the_table_says() {
        let n = 80_000;
        let errors: Vec<NodeErrors> = nodes(n, &UPKEEP).into_iter().map(|n| n.errors).collect();
        let share = |wanted: fn(&NodeErrors) -> bool, expected: f64| {
            assert_share(errors.iter().filter(|e| wanted(e)).count(), n, expected);
        };
        share(|e| e.dead, 0.05);
        share(|e| e.late_s > 0.0, 0.1);
        share(|e| e.in_outage, 0.15);
        share(|e| e.clock_s != 0.0, 0.02);
        share(|e| e.clock_s > 0.0, 0.01);
        assert!(
            errors
                .iter()
                .all(|e| e.late_s == 0.0 || (10.0..40.0).contains(&e.late_s))
        );
        let off = |e: &&NodeErrors| e.clock_s != 0.0;
        assert!(
            errors
                .iter()
                .filter(off)
                .all(|e| (1.0..5.0).contains(&e.clock_s.abs()))
        );
        // evenly over those spans
        let half = errors.iter().filter(|e| e.late_s > 25.0).count();
        assert_share(half, n, 0.05);
        let half = errors.iter().filter(|e| e.clock_s.abs() > 3.0).count();
        assert_share(half, n, 0.01);
    }

    #[test]
    fn errors_do_not_depend_on_whether_some_are_late_or_out() {
        let calm = Upkeep {
            late: false,
            outage_s: None,
            ..UPKEEP
        };
        for (a, b) in nodes(500, &UPKEEP).iter().zip(nodes(500, &calm)) {
            assert_eq!(
                (a.errors.clock_s, a.errors.dead),
                (b.errors.clock_s, b.errors.dead)
            );
            assert!(!b.errors.in_outage && b.errors.late_s == 0.0);
        }
    }

    #[test]
    fn a_node_listens_every_two_seconds_but_not_when_out_or_dead() {
        for node in nodes(300, &UPKEEP) {
            let heard: Vec<f64> = (0..1_000)
                .filter_map(|t| node.listens_s(f64::from(t), &UPKEEP))
                .collect();
            if node.errors.dead {
                assert!(heard.is_empty());
                continue;
            }
            let out = heard.iter().filter(|t| (500.0..800.0).contains(*t)).count();
            assert_eq!(heard.len() - out, 350);
            assert_eq!(out, if node.errors.in_outage { 0 } else { 150 });
            let gaps = heard.windows(2).map(|w| w[1] - w[0]);
            assert!(gaps.clone().all(|g| (g - 2.0).abs() < 1e-6 || g > 300.0));
        }
    }

    #[test]
    fn lines_come_after_a_log_normal_way_and_the_silent_give_signs_of_life() {
        let rig = Rig::new(Vec::new());
        let mut all = nodes(200, &UPKEEP);
        all.retain(|node| !node.errors.dead && !node.errors.in_outage);
        let (mut logs, mut beats) = (Vec::new(), 0);
        for node in &mut all {
            let said = rig.run((0, 400), |world, t_s, out| {
                if let Some(at_s) = node.listens_s(t_s, &UPKEEP) {
                    node.say(world, at_s, Vec::new(), UPKEEP.heartbeat_s, 0, out);
                }
            });
            assert!(said.iter().all(super::super::rig::Said::is_heartbeat));
            beats += said.len();
            for pair in said.windows(2) {
                assert!((pair[1].time_s() - pair[0].time_s() - 10.0).abs() < 0.01);
            }
            // the time stated is the clock's, to a millisecond
            logs.extend(said.iter().map(|line| {
                let way_s = line.arrives_s - line.time_s() + node.errors.clock_s;
                (way_s - node.errors.late_s).ln()
            }));
        }
        assert_count(beats, 40.0 * all.len() as f64);
        // the stated millisecond is at most 2 % of the shortest way
        assert_normal(&logs, 0.0, 0.6);
    }
}

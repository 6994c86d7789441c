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
            if at_s - self.said_s < heartbeat_s {
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

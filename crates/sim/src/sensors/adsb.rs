//! The airport's ADS-B receiver: squitters of every transponder within radio
//! sight, as Beast frames, one chunk an aircraft and second.

use super::{Sent, SiteSensor, Station, World, above_horizon};
use crate::random::Random;
use lapwing_model::SensorKind;
use lapwing_modes::{Altitude, AltitudeDatum, EmitterCategory, VerticalRate, beast, encode};
use std::collections::BTreeMap;

/// Standard deviation of an aircraft's own position: 15 m, half the variance on each axis.
const POSITION_SIGMA_M: f64 = 15.0 / std::f64::consts::SQRT_2;
/// Time constant of that error, s: satellite positions wander, they do not jump.
const POSITION_TAU_S: f64 = 30.0;
/// 15 m on 2 axes is 26 m at 95 %: better than the 30 m of category 9.
const NAC_P: u8 = 9;
/// Containment of 0.1 NM (type code 11).
const TYPE_CODE: u8 = 11;
/// From the air to the site, s (`sensing.md` section 7).
const LATENCY_S: f64 = 0.3;
/// The counter of a Beast receiver, Hz.
const COUNTER_HZ: f64 = 12e6;
/// Farther than this nothing is decoded, m.
const RANGE_MAX_M: f64 = 250e3;

struct Aircraft {
    phase_s: f64,
    error_m: (f64, f64),
    random: Random,
}

pub(crate) struct AdsbReceiver {
    seed: u64,
    station: Station,
    feed: usize,
    /// Reading of the counter at the scene's start: the receiver was switched on some time before.
    counter_0: u64,
    heard: BTreeMap<usize, Aircraft>,
}

impl AdsbReceiver {
    pub(crate) fn new(seed: u64, station: Station, feed: usize) -> Self {
        let mut random = Random::stream(seed, "adsb", 0);
        Self {
            seed,
            station,
            feed,
            counter_0: random.uniform(1e12, 9e12) as u64,
            heard: BTreeMap::new(),
        }
    }

    pub(crate) fn site(&self) -> SiteSensor {
        SiteSensor {
            id: "adsb-1".into(),
            kind: SensorKind::Adsb,
            position: self.station.position,
            // a receiver's own delay is measured when it is set up
            keys: vec![("time_bias_s", LATENCY_S)],
            sac_sic: None,
        }
    }

    /// One second of the receiver's life, from `t_s`.
    pub(crate) fn second(&mut self, world: &World<'_>, t_s: f64, out: &mut Vec<Sent>) {
        for &(index, _) in world.alive {
            let target = &world.targets[index];
            let Some(transponder) = &target.transponder else {
                continue;
            };
            let seed = self.seed;
            let aircraft = self.heard.entry(index).or_insert_with(|| {
                let mut random = Random::stream(seed, "adsb-aircraft", index as u64);
                Aircraft {
                    phase_s: random.unit(),
                    error_m: (
                        random.normal(0.0, POSITION_SIGMA_M),
                        random.normal(0.0, POSITION_SIGMA_M),
                    ),
                    random,
                }
            });
            let sent_s = t_s + aircraft.phase_s;
            let keep = (-1.0 / POSITION_TAU_S).exp();
            let fresh = POSITION_SIGMA_M * (1.0 - keep * keep).sqrt();
            aircraft.error_m = (
                keep * aircraft.error_m.0 + aircraft.random.normal(0.0, fresh),
                keep * aircraft.error_m.1 + aircraft.random.normal(0.0, fresh),
            );
            let state = world.state(index, sent_s);
            let height_m = target.path.at(sent_s).at.2;
            let distance_m = self.station.distance_m(state.position_m);
            if !target.path.alive(sent_s)
                || distance_m > RANGE_MAX_M
                || !above_horizon(distance_m, self.station.position.height_m, height_m)
            {
                continue;
            }
            let mut believed = state.position_m;
            believed.x += aircraft.error_m.0;
            believed.y += aircraft.error_m.1;
            let at = world.chart.geodetic(believed);
            let velocity = world.chart.local_velocity(&state);
            let second = t_s.round() as i64 + index as i64;
            let icao24 = transponder.icao24;
            let altitude = Altitude {
                height_m,
                datum: AltitudeDatum::Pressure,
            };
            let rate = VerticalRate {
                up_mps: velocity.z,
                datum: AltitudeDatum::Pressure,
            };
            let set = EmitterCategory {
                set: 'A',
                number: if target.class == lapwing_model::Class::Airliner {
                    3
                } else {
                    1
                },
            };
            let mut frames = vec![
                encode::airborne_position(
                    icao24,
                    (at.lat_deg, at.lon_deg),
                    Some(altitude),
                    TYPE_CODE,
                    second % 2 == 1,
                ),
                encode::airborne_velocity(icao24, velocity.x, velocity.y, Some(rate), 2),
            ];
            match second.rem_euclid(5) {
                0 => frames.push(encode::identification(icao24, &transponder.callsign, set)),
                2 => frames.push(encode::operational_status(icao24, NAC_P)),
                _ => {}
            }
            let mut bytes = Vec::with_capacity(24 * frames.len());
            let ticks = self.counter_0 + ((sent_s * COUNTER_HZ) as u64);
            let level = (220.0 - distance_m / RANGE_MAX_M * 180.0) as u8;
            for (frame, tick) in frames.into_iter().flatten().zip((ticks..).step_by(6_000)) {
                beast::encode(&frame, tick, level, &mut bytes);
            }
            out.push(Sent {
                time: world.time(sent_s + LATENCY_S),
                feed: self.feed,
                bytes,
            });
        }
        self.heard
            .retain(|index, _| world.targets[*index].path.end_s() > t_s);
    }
}

//! Remote ID receivers. Until its wire format is built here, each message is a
//! line of `Report` JSON: a position with the identity it claims.

use super::{Sent, SiteSensor, Station, World, report_line, rounded};
use crate::random::Random;
use lapwing_geo::{Height, HeightDatum};
use lapwing_model::{ClaimsJson, MeasurementJson, SensorKind};
use nalgebra::Vector3;

/// Ranges of a Bluetooth or Wi-Fi receiver and of a mast, m (`sensing.md` section 7).
const RANGE_M: f64 = 1_000.0;
const MAST_RANGE_M: f64 = 3_000.0;
/// Standard deviation of a drone's own position, each axis, m (accuracy code 10: < 10 m at 95 %).
const POSITION_SIGMA_M: f64 = 10.0 / 2.45;
const HEIGHT_SIGMA_M: f64 = 6.0;
/// Height of the emitter of a false identity, m: on a roof.
const EMITTER_HEIGHT_M: f64 = 30.0;

struct Receiver {
    id: String,
    station: Station,
    range_m: f64,
}

pub(crate) struct RemoteIdNet {
    receivers: Vec<Receiver>,
    lost_share: f64,
    feed: usize,
    random: Random,
}

impl RemoteIdNet {
    pub(crate) fn new(
        seed: u64,
        stations: Vec<(usize, Station)>,
        lost_share: f64,
        feed: usize,
    ) -> Self {
        let receivers = stations
            .into_iter()
            .map(|(i, station)| Receiver {
                id: name(i),
                station,
                range_m: if i % 8 == 0 { MAST_RANGE_M } else { RANGE_M },
            })
            .collect();
        Self {
            receivers,
            lost_share,
            feed,
            random: Random::stream(seed, "remote-id", 0),
        }
    }

    pub(crate) fn site(&self) -> Vec<SiteSensor> {
        self.receivers
            .iter()
            .map(|receiver| SiteSensor {
                id: receiver.id.clone(),
                kind: SensorKind::RemoteId,
                position: receiver.station.position,
                keys: vec![("range_max_m", receiver.range_m)],
                sac_sic: None,
            })
            .collect()
    }

    /// One second of the receivers' lives, from `t_s`.
    pub(crate) fn second(&mut self, world: &World<'_>, t_s: f64, out: &mut Vec<Sent>) {
        for &(index, _) in world.alive {
            let target = &world.targets[index];
            if let Some(remote_id) = &target.remote_id {
                let sent_s = t_s + phase_s(index);
                if target.path.alive(sent_s) {
                    let state = world.state(index, sent_s);
                    self.broadcast(world, sent_s, remote_id, &state, state.position_m, out);
                }
            }
        }
        for (index, phantom) in world.phantoms.iter().enumerate() {
            let sent_s = t_s + phase_s(index + 7);
            if phantom.path.alive(sent_s) {
                let planned = phantom.path.at(sent_s);
                let state = world.chart.state(planned.at, planned.rate);
                let (east, north) = phantom.emitter;
                let emitter = world.chart.point(east, north, EMITTER_HEIGHT_M);
                self.broadcast(world, sent_s, &phantom.remote_id, &state, emitter, out);
            }
        }
    }

    fn broadcast(
        &mut self,
        world: &World<'_>,
        sent_s: f64,
        remote_id: &str,
        state: &crate::chart::State,
        emitter: Vector3<f64>,
        out: &mut Vec<Sent>,
    ) {
        let error = Vector3::new(
            self.random.normal(0.0, POSITION_SIGMA_M),
            self.random.normal(0.0, POSITION_SIGMA_M),
            self.random.normal(0.0, HEIGHT_SIGMA_M),
        );
        let said = world.chart.geodetic(state.position_m + error);
        let velocity = world.chart.local_velocity(state);
        for i in 0..self.receivers.len() {
            let receiver = &self.receivers[i];
            let heard = receiver.station.distance_m(emitter) < receiver.range_m;
            if !heard || self.random.chance(self.lost_share) {
                continue;
            }
            let measurement = MeasurementJson::Position {
                lat_deg: rounded(said.lat_deg, 7),
                lon_deg: rounded(said.lon_deg, 7),
                sigma_m: rounded(POSITION_SIGMA_M, 2),
                height: Some(Height::new(
                    rounded(said.height_m, 1),
                    HeightDatum::Ellipsoid,
                )),
                height_sigma_m: Some(HEIGHT_SIGMA_M),
                velocity_mps: Some([velocity.x, velocity.y, velocity.z].map(|v| rounded(v, 2))),
            };
            let claims = ClaimsJson {
                remote_id: Some(remote_id.to_owned()),
                ..ClaimsJson::default()
            };
            let delay_s = self.random.uniform(0.2, 0.8);
            out.extend(
                report_line(
                    &self.receivers[i].id,
                    world.time(sent_s),
                    measurement,
                    claims,
                )
                .map(|bytes| Sent {
                    time: world.time(sent_s + delay_s),
                    feed: self.feed,
                    bytes,
                }),
            );
        }
    }
}

fn name(receiver: usize) -> String {
    format!("rid-{:02}", receiver + 1)
}

/// When in each second a drone sends: spread over it (the golden ratio's multiples).
fn phase_s(index: usize) -> f64 {
    (index as f64 * 0.618_033_988_749_895).fract()
}

#[cfg(test)]
mod tests {
    use super::super::rig::{Rig, Said, assert_normal, assert_share, target};
    use super::*;
    use lapwing_model::Class;

    fn run(north_m: f64, stations: Vec<(usize, Station)>, seconds: u32) -> (Rig, Vec<Said>) {
        let mut drone = target(Class::Multirotor, (0.0, north_m, 60.0), 0.0);
        drone.remote_id = Some("1MRWH0000001".into());
        let rig = Rig::new(vec![drone]);
        let mut net = RemoteIdNet::new(8, stations, 0.2, 0);
        let said = rig.run((0, seconds), |world, t, out| net.second(world, t, out));
        (rig, said)
    }

    fn stations(numbers: &[usize]) -> Vec<(usize, Station)> {
        let rig = Rig::new(Vec::new());
        numbers
            .iter()
            .map(|i| (*i, rig.station((0.0, 0.0))))
            .collect()
    }

    #[test]
    fn a_message_a_second_reaches_a_kilometre_or_a_masts_three_and_one_in_five_is_lost() {
        for (number, north_m, heard) in [
            (1, 990.0, true),
            (1, 1_010.0, false),
            (8, 2_990.0, true),
            (8, 3_010.0, false),
        ] {
            let (_, said) = run(north_m, stations(&[number]), 2_000);
            if heard {
                assert_share(said.len(), 2_000, 0.8);
            } else {
                assert!(said.is_empty(), "{number} at {north_m}");
            }
        }
    }

    #[test]
    fn one_in_eight_of_the_receivers_is_a_mast() {
        let net = RemoteIdNet::new(8, stations(&(0..80).collect::<Vec<_>>()), 0.2, 0);
        let masts = net.receivers.iter().filter(|r| r.range_m == 3_000.0);
        assert_eq!(masts.count(), 10);
        assert!(
            net.receivers
                .iter()
                .all(|r| r.range_m == 3_000.0 || r.range_m == 1_000.0)
        );
    }

    #[test]
    fn what_it_says_of_itself_is_as_good_as_its_accuracy_code() {
        let (rig, said) = run(500.0, stations(&[1]), 4_000);
        let truth = rig.chart.point(0.0, 500.0, 60.0);
        let (mut east, mut north) = (Vec::new(), Vec::new());
        for line in &said {
            let MeasurementJson::Position {
                lat_deg,
                lon_deg,
                height: Some(height),
                ..
            } = line.report.measurement
            else {
                panic!("{:?}", line.report);
            };
            assert_eq!(
                line.report.claims.remote_id.as_deref(),
                Some("1MRWH0000001")
            );
            let at = lapwing_geo::Geodetic::new(lat_deg, lon_deg, height.m);
            let off = rig.chart.frame().to_enu(at) - truth;
            east.push(off.x);
            north.push(off.y);
            let late_s = line.arrives_s - line.time_s();
            assert!((0.199..0.802).contains(&late_s), "{late_s}");
        }
        // less than 10 m at 95 %: 10/2.45 m on each axis
        assert_normal(&east, 0.0, 4.08);
        assert_normal(&north, 0.0, 4.08);
    }

    #[test]
    fn a_false_identity_is_heard_where_it_is_sent_not_where_it_says_to_be() {
        let rig = Rig::new(Vec::new());
        let path = target(Class::Multirotor, (4_000.0, 0.0, 60.0), 0.0).path;
        for (emitter, heard) in [((100.0, 0.0), true), ((4_000.0, 0.0), false)] {
            let phantoms = [crate::traffic::Phantom {
                remote_id: "1MRWX0000001".into(),
                emitter,
                path: path.clone(),
            }];
            let mut net = RemoteIdNet::new(8, stations(&[1]), 0.2, 0);
            let mut out = Vec::new();
            for t in 0..60 {
                rig.second(f64::from(t), |world| {
                    let world = World {
                        phantoms: &phantoms,
                        ..*world
                    };
                    net.second(&world, f64::from(t), &mut out);
                });
            }
            assert_eq!(!out.is_empty(), heard);
        }
    }
}

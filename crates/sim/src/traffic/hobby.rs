//! Hobby drones, most of them over one town, with Remote ID; and identities
//! that are sent from where no drone is.

use super::{Phantom, Scene, Target};
use crate::island::Plan;
use crate::path::{Path, PathBuilder};
use crate::random::Random;
use lapwing_model::Class;
use std::f64::consts::TAU;

/// Standard deviation of the distance of the pilots from the middle of the town, m.
pub(crate) const HOBBY_TOWN_SPREAD_M: f64 = 1_200.0;
/// Share of the pilots in the one town.
const IN_TOWN: f64 = 0.6;
/// How far from the true drone its cloned identity is said to be, m.
const CLONE_DISTANCE_M: f64 = 4e3;
/// Range at which an array hears a multirotor in a calm, m (`sensing.md` section 7).
const MULTIROTOR_HEARD_M: f64 = 350.0;

pub(super) fn draw(scene: &Scene<'_>, targets: &mut Vec<Target>) -> Vec<Phantom> {
    let towns: Vec<Plan> = scene.island.towns().map(|t| t.centre).collect();
    let pilots = scene.scenario.traffic.hobby_drones as usize;
    let end_s = scene.scenario.duration_s;
    let mut flights = Vec::new();
    for i in 0..pilots {
        let mut random = scene.stream("hobby", i);
        let in_town = (i as f64) < IN_TOWN * pilots as f64;
        let town = if in_town {
            0
        } else {
            random.index(towns.len())
        };
        let home = (
            towns[town].0 + random.normal(0.0, HOBBY_TOWN_SPREAD_M),
            towns[town].1 + random.normal(0.0, HOBBY_TOWN_SPREAD_M),
        );
        let mut start_s = random.uniform(-900.0, 700.0);
        let mut flight = 0;
        while start_s < end_s {
            flight += 1;
            let path = hover_about(&mut random, home, start_s);
            flights.push(Flight {
                pilot: i,
                home,
                start_s,
            });
            start_s += 1_500.0 + random.uniform(200.0, 1_500.0);
            targets.extend(path.map(|path| Target {
                id: format!("hobby-{:02}-{flight}", i + 1),
                class: Class::Multirotor,
                path,
                rcs_m2: 0.02,
                heard_m: MULTIROTOR_HEARD_M,
                transponder: None,
                remote_id: Some(serial(i)),
            }));
        }
    }
    phantoms(scene, &flights, towns[0])
}

fn serial(pilot: usize) -> String {
    format!("1MRWH{:07}", 4_203_000 + pilot * 17)
}

/// 15 to 25 minutes about a pilot: 5 to 15 m/s, below 120 m.
fn hover_about(random: &mut Random, home: Plan, start_s: f64) -> Option<Path> {
    let rate = 45.0_f64.to_radians();
    let end_s = start_s + random.uniform(900.0, 1_500.0);
    let mut route = PathBuilder::new(
        start_s,
        (home.0, home.1, 20.0),
        random.uniform(0.0, TAU),
        5.0,
    );
    while route.now_s() < end_s {
        let height_m = random.uniform(30.0, 115.0);
        let speed = random.uniform(5.0, 15.0);
        let to = (
            home.0 + random.normal(0.0, 250.0),
            home.1 + random.normal(0.0, 250.0),
        );
        // slow steps let it climb no faster than 4 m/s
        route.straight(
            (height_m - route.height_m()).abs() / 4.0 + 1.0,
            height_m,
            speed,
        );
        route.fly_to(to, rate, height_m, speed, 0.0);
    }
    route.finish()
}

/// One flight of a pilot.
struct Flight {
    pilot: usize,
    home: Plan,
    start_s: f64,
}

/// Identities of nothing; and identities of drones that fly 4 km away at the same time.
fn phantoms(scene: &Scene<'_>, flights: &[Flight], town: Plan) -> Vec<Phantom> {
    let settings = &scene.scenario.remote_id;
    let count = (settings.ghosts + settings.clones) as usize;
    let mut all = Vec::new();
    for i in 0..count {
        let mut random = scene.stream("phantom", i);
        // whoever sends them sits in the town, where receivers are
        let emitter = (
            town.0 + random.normal(0.0, 0.5 * HOBBY_TOWN_SPREAD_M),
            town.1 + random.normal(0.0, 0.5 * HOBBY_TOWN_SPREAD_M),
        );
        let clone = i >= settings.ghosts as usize;
        let (remote_id, home, start_s) = if clone {
            let candidates: Vec<&Flight> = flights
                .iter()
                .filter(|f| f.start_s > 0.0 && f.start_s < 0.8 * scene.scenario.duration_s)
                .collect();
            let Some(flight) = candidates.get(random.index(candidates.len())) else {
                continue;
            };
            let azimuth = random.uniform(0.0, TAU);
            let home = (
                flight.home.0 + CLONE_DISTANCE_M * azimuth.sin(),
                flight.home.1 + CLONE_DISTANCE_M * azimuth.cos(),
            );
            (serial(flight.pilot), home, flight.start_s)
        } else {
            let home = (
                town.0 + random.normal(0.0, HOBBY_TOWN_SPREAD_M),
                town.1 + random.normal(0.0, HOBBY_TOWN_SPREAD_M),
            );
            let start_s = random.uniform(0.0, 0.8 * scene.scenario.duration_s);
            (format!("1MRWX{:07}", 9_900_000 + i), home, start_s)
        };
        all.extend(hover_about(&mut random, home, start_s).map(|path| Phantom {
            remote_id,
            emitter,
            path,
        }));
    }
    all
}

//! Airline flights to, from and over the island, and light aircraft about it.

use super::{Scene, Target, Transponder};
use crate::island::Plan;
use crate::path::{Path, PathBuilder};
use crate::random::Random;
use lapwing_model::Class;
use std::f64::consts::TAU;

/// The runway's direction, as the airport's polygon lies.
const RUNWAY_RAD: f64 = 250.0 * TAU / 360.0;
/// The airport's height above the ellipsoid, m.
const FIELD_M: f64 = 20.0;
/// Range at which an array hears an airliner in a calm, m (`sensing.md` section 7).
const AIRLINER_HEARD_M: f64 = 8_000.0;
/// The same for piston engines.
pub(crate) const PISTON_HEARD_M: f64 = 3_500.0;
/// First of the addresses used: a block that ICAO keeps for temporary use.
const FIRST_ADDRESS: u32 = 0x00F0_0001;

fn transponder(number: usize, prefix: &str, random: &mut Random) -> Transponder {
    Transponder {
        icao24: FIRST_ADDRESS + number as u32,
        callsign: format!("{prefix}{:03}", 100 + number),
        // discrete codes, never an emergency code (75xx to 77xx)
        mode_3a: (random.index(0o6777 - 0o1000) + 0o1000) as u16,
    }
}

pub(super) fn draw(scene: &Scene<'_>, targets: &mut Vec<Target>) {
    let airport = scene.island.centre_of("airport").unwrap_or((0.0, 0.0));
    let flights = scene.scenario.traffic.airliners as usize;
    for i in 0..flights {
        let mut random = scene.stream("airliner", i);
        let share = (i as f64 + random.unit()) / flights as f64;
        // some are on their way when the scene begins
        let moment_s = share * (scene.scenario.duration_s + 900.0) - 900.0;
        let path = match i % 4 {
            0 | 2 => arrival(&mut random, airport, moment_s),
            1 => departure(&mut random, airport, moment_s),
            _ => overflight(&mut random, moment_s),
        };
        let transponder = transponder(i, "MRW", &mut random);
        targets.extend(path.map(|path| Target {
            id: format!("airliner-{:02}", i + 1),
            class: Class::Airliner,
            path,
            rcs_m2: 20.0,
            heard_m: AIRLINER_HEARD_M,
            transponder: Some(transponder),
            remote_id: None,
        }));
    }
    let light = scene.scenario.traffic.light_aircraft as usize;
    let silent = (light as f64 * scene.scenario.traffic.silent_share).round() as usize;
    for i in 0..light {
        let mut random = scene.stream("light", i);
        let share = (i as f64 + random.unit()) / light as f64;
        let start_s = share * (scene.scenario.duration_s + 600.0) - 1_200.0;
        let path = tour(scene, &mut random, start_s);
        // the silent ones spread over the time
        let is_silent = (i + 1) * silent / light.max(1) > i * silent / light.max(1);
        let transponder = (!is_silent).then(|| transponder(flights + i, "MK", &mut random));
        targets.extend(path.map(|path| Target {
            id: format!("light-{:02}", i + 1),
            class: Class::LightAircraft,
            path,
            rcs_m2: 2.0,
            heard_m: PISTON_HEARD_M,
            transponder,
            remote_id: None,
        }));
    }
}

fn along(from: Plan, azimuth_rad: f64, distance_m: f64) -> Plan {
    (
        from.0 + distance_m * azimuth_rad.sin(),
        from.1 + distance_m * azimuth_rad.cos(),
    )
}

fn arrival(random: &mut Random, airport: Plan, start_s: f64) -> Option<Path> {
    let from = along(
        airport,
        random.uniform(0.0, TAU),
        random.uniform(85e3, 110e3),
    );
    let fix = along(airport, RUNWAY_RAD, -14e3);
    let heading = (fix.0 - from.0).atan2(fix.1 - from.1);
    let height_m = random.uniform(5_500.0, 7_500.0);
    let mut route = PathBuilder::new(start_s, (from.0, from.1, height_m), heading, 190.0);
    let rate = 2.5_f64.to_radians();
    route.fly_to(fix, rate, 900.0, 95.0, 9e3);
    route.fly_to(fix, rate, 850.0, 85.0, 0.0);
    route.fly_to(airport, rate, FIELD_M, 68.0, 0.0);
    route.finish()
}

fn departure(random: &mut Random, airport: Plan, start_s: f64) -> Option<Path> {
    let mut route = PathBuilder::new(start_s, (airport.0, airport.1, FIELD_M), RUNWAY_RAD, 75.0);
    route.straight(70.0, 900.0, 110.0);
    let to = along(airport, random.uniform(0.0, TAU), 120e3);
    route.fly_to(
        to,
        2.0_f64.to_radians(),
        random.uniform(6_500.0, 8_500.0),
        210.0,
        0.0,
    );
    route.finish()
}

fn overflight(random: &mut Random, start_s: f64) -> Option<Path> {
    let azimuth = random.uniform(0.0, TAU);
    let across = (random.uniform(-35e3, 35e3), random.uniform(-35e3, 35e3));
    let from = along(across, azimuth, -140e3);
    let height_m = 300.0 * random.uniform(32.0, 38.0).round();
    let speed = random.uniform(215.0, 245.0);
    let mut route = PathBuilder::new(start_s, (from.0, from.1, height_m), azimuth, speed);
    route.straight_for_m(280e3, height_m, speed);
    route.finish()
}

/// Take-off at the airport or a strip near a town, some waypoints, landing.
fn tour(scene: &Scene<'_>, random: &mut Random, start_s: f64) -> Option<Path> {
    let towns: Vec<Plan> = scene.island.towns().map(|t| t.centre).collect();
    let airport = scene.island.centre_of("airport").unwrap_or((0.0, 0.0));
    let mut field = || {
        if random.chance(0.4) {
            airport
        } else {
            let town = towns[random.index(towns.len())];
            along(town, random.uniform(0.0, TAU), 2_000.0)
        }
    };
    let (home, away) = (field(), field());
    let speed = random.uniform(45.0, 62.0);
    let height_m = random.uniform(300.0, 1_100.0);
    let rate = 3.0_f64.to_radians();
    let heading = random.uniform(0.0, TAU);
    let mut route = PathBuilder::new(start_s, (home.0, home.1, FIELD_M), heading, 35.0);
    route.straight(height_m / 3.5, height_m, speed);
    for _ in 0..=random.index(4) {
        let to = scene.anywhere(random, 1.15);
        route.fly_to(to, rate, height_m, speed, 0.0);
    }
    // 3 m/s down needs room: come from far enough
    let room_m = height_m / 3.0 * speed;
    let (east, north) = route.east_north_m();
    if (away.0 - east).hypot(away.1 - north) < 1.3 * room_m {
        let out = along(away, random.uniform(0.0, TAU), 2.5 * room_m);
        route.fly_to(out, rate, height_m, speed, 0.0);
    }
    route.fly_to(away, rate, height_m, speed, room_m);
    route.fly_to(away, rate, FIELD_M, 38.0, 0.0);
    route.finish()
}

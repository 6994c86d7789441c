//! Unidentified fixed-wing drones: from the sea, by waypoints drawn at random,
//! to a place drawn at random.

use super::civil::PISTON_HEARD_M;
use super::{Scene, Target};
use crate::path::PathBuilder;
use crate::random::Random;
use lapwing_model::Class;

/// Which of a wave's drones fly as the second of a pair: spread evenly over all.
fn second_of_pair(scene: &Scene<'_>, wave: usize, member: usize) -> bool {
    let sizes = &scene.scenario.waves.sizes;
    let pairs = scene.scenario.waves.pairs as usize;
    let waves = sizes.len().max(1);
    // the pairs of wave w: as evenly as whole numbers allow
    let here = (wave + 1) * pairs / waves - wave * pairs / waves;
    member % 2 == 1 && member / 2 < here
}

pub(super) fn draw(scene: &Scene<'_>, targets: &mut Vec<Target>) {
    let settings = &scene.scenario.waves;
    let total: u32 = settings.sizes.iter().sum();
    let paired: Vec<usize> = (0..settings.sizes.len())
        .flat_map(|wave| (0..settings.sizes[wave] as usize).map(move |member| (wave, member)))
        .enumerate()
        .filter(|(_, (wave, member))| {
            // either of a pair
            second_of_pair(scene, *wave, member | 1)
        })
        .map(|(number, _)| number)
        .collect();
    let vanishing = vanishing(scene, total as usize, &paired);
    let mut number = 0;
    for (wave, size) in settings.sizes.iter().enumerate() {
        for member in 0..*size as usize {
            let paired = second_of_pair(scene, wave, member);
            // the second of a pair flies the first one's route, a little aside
            let route_of = if paired { number - 1 } else { number };
            let mut random = scene.stream("drone-route", route_of);
            let mut aside = scene.stream("drone-aside", number);
            let offset = if paired {
                let azimuth = aside.uniform(0.0, std::f64::consts::TAU);
                let distance_m = aside.uniform(120.0, 280.0);
                (distance_m * azimuth.sin(), distance_m * azimuth.cos())
            } else {
                (0.0, 0.0)
            };
            let start_s = scene.scenario.first_wave_s
                + wave as f64 * settings.interval_s
                + random.uniform(0.0, 60.0);
            if start_s < scene.scenario.duration_s
                && let Some(path) = route(scene, &mut random, start_s, offset)
            {
                let path = if vanishing.contains(&number) {
                    // some are never seen by anyone, some are lost within sight of the shore
                    let at_sea_s = landfall_s(scene, &path) - path.begin_s();
                    let end_s = path.begin_s() + aside.uniform(0.3, 0.95) * at_sea_s;
                    path.cut(end_s)
                } else {
                    path
                };
                targets.push(Target {
                    id: format!("drone-{:02}", number + 1),
                    class: Class::FixedWingDrone,
                    path,
                    rcs_m2: settings.rcs_m2,
                    heard_m: PISTON_HEARD_M,
                    transponder: None,
                    remote_id: None,
                });
            }
            number += 1;
        }
    }
}

/// When a path first crosses the coast, to ten seconds; its end if it never does.
fn landfall_s(scene: &Scene<'_>, path: &crate::path::Path) -> f64 {
    let mut t_s = path.begin_s();
    while t_s < path.end_s() {
        let (east, north, _) = path.at(t_s).at;
        if scene.island.on_land((east, north)) {
            return t_s;
        }
        t_s += 10.0;
    }
    path.end_s()
}

/// Those that end over the sea: never one of a pair, which would be none then.
fn vanishing(scene: &Scene<'_>, total: usize, paired: &[usize]) -> Vec<usize> {
    let mut random = scene.stream("drone-vanishes", 0);
    let mut all: Vec<usize> = (0..total).filter(|n| !paired.contains(n)).collect();
    let count = (scene.scenario.waves.vanish_at_sea as usize).min(all.len());
    (0..count)
        .map(|_| all.swap_remove(random.index(all.len())))
        .collect()
}

fn route(
    scene: &Scene<'_>,
    random: &mut Random,
    start_s: f64,
    offset: (f64, f64),
) -> Option<crate::path::Path> {
    let settings = &scene.scenario.waves;
    let azimuth = random
        .uniform(settings.azimuth_deg[0], settings.azimuth_deg[1])
        .to_radians();
    let range_m = scene.island.coast_range_m(azimuth)
        + random.uniform(settings.offshore_m[0], settings.offshore_m[1]);
    let from = (range_m * azimuth.sin(), range_m * azimuth.cos());
    let places = &scene.island.places;
    let to = places[random.index(places.len())].centre;
    let way = (to.0 - from.0, to.1 - from.1);
    let length_m = way.0.hypot(way.1).max(1.0);
    // a scene asks for slow and fast ones alike; far outliers are cut at three sigmas
    let deviation = random.normal(0.0, 1.0).clamp(-3.0, 3.0);
    let speed = settings.speed_mps[0] + settings.speed_mps[1] * deviation;
    let height_m = random.uniform(settings.height_m[0], settings.height_m[1]);
    let waypoints = random.index(settings.waypoints_max as usize + 1);
    let mut points: Vec<(f64, f64)> = (1..=waypoints)
        .map(|i| {
            let share = i as f64 / (waypoints + 1) as f64;
            let aside = random.normal(0.0, settings.lateral_sigma_m) / length_m;
            (
                from.0 + share * way.0 + aside * way.1,
                from.1 + share * way.1 - aside * way.0,
            )
        })
        .collect();
    points.push(to);
    for point in &mut points {
        *point = (point.0 + offset.0, point.1 + offset.1);
    }
    let first = points[0];
    let from = (from.0 + offset.0, from.1 + offset.1);
    let heading = (first.0 - from.0).atan2(first.1 - from.1);
    let mut route = PathBuilder::new(start_s, (from.0, from.1, height_m), heading, speed);
    let rate = settings.turn_rate_dps.to_radians();
    for point in points {
        route.fly_to(point, rate, height_m, speed, 0.0);
    }
    route.finish()
}

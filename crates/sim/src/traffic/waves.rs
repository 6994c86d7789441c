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

#[cfg(test)]
mod tests {
    use super::super::tests::{drawn, night};
    use super::*;
    use crate::path::Path;

    const SEEDS: u64 = 20;

    fn drones(seed: u64) -> Vec<Target> {
        let all = drawn(&night(seed)).0;
        all.into_iter()
            .filter(|t| t.class == Class::FixedWingDrone)
            .collect()
    }

    fn speed(path: &Path) -> f64 {
        let rate = path.at(path.begin_s()).rate;
        rate.0.hypot(rate.1)
    }

    fn apart_m(a: &Path, b: &Path, t_s: f64) -> f64 {
        let (a, b) = (a.at(t_s).at, b.at(t_s).at);
        (a.0 - b.0).hypot(a.1 - b.1)
    }

    #[test]
    fn waves_of_six_ten_and_eight_set_out_two_hours_apart() {
        for seed in 1..=SEEDS {
            let all = drones(seed);
            for (wave, size) in [6, 10, 8].into_iter().enumerate() {
                let from_s = 7_200.0 * (wave + 1) as f64;
                let begin = all
                    .iter()
                    .filter(|d| (from_s..from_s + 60.0).contains(&d.path.begin_s()));
                assert_eq!(begin.count(), size, "seed {seed} wave {wave}");
            }
            assert!(all.iter().all(|d| d.rcs_m2 == 0.05 && d.heard_m == 3_500.0));
            assert!(
                all.iter()
                    .all(|d| d.transponder.is_none() && d.remote_id.is_none())
            );
        }
    }

    #[test]
    fn they_start_sixty_to_ninety_km_off_the_coast_north_to_north_east_and_low() {
        let scene = night(1);
        for seed in 1..=SEEDS {
            for drone in drones(seed) {
                let (east, north, height_m) = drone.path.at(drone.path.begin_s()).at;
                let azimuth = east.atan2(north);
                let off_m = east.hypot(north) - scene.island.coast_range_m(azimuth);
                // the second of a pair starts up to 280 m aside
                assert!((59.6e3..90.4e3).contains(&off_m), "{off_m}");
                assert!((-0.2..45.2).contains(&azimuth.to_degrees()), "{azimuth}");
                assert!((80.0..400.0).contains(&height_m), "{height_m}");
            }
        }
    }

    #[test]
    fn speeds_are_normal_about_fifty_and_turns_are_three_degrees_a_second() {
        let mut speeds = Vec::new();
        let mut turns = 0;
        for seed in 1..=SEEDS {
            for drone in drones(seed) {
                speeds.push(speed(&drone.path));
                let mut t_s = drone.path.begin_s();
                while t_s + 1.0 < drone.path.end_s() {
                    let (a, b) = (drone.path.at(t_s).rate, drone.path.at(t_s + 1.0).rate);
                    let turned = lapwing_geo::wrap_pi(b.0.atan2(b.1) - a.0.atan2(a.1)).abs();
                    assert!(turned.to_degrees() < 3.001, "{turned}");
                    turns += usize::from(turned.to_degrees() > 2.999);
                    t_s += 1.0;
                }
            }
        }
        let n = speeds.len() as f64;
        let mean = speeds.iter().sum::<f64>() / n;
        let deviation = (speeds.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n).sqrt();
        // 80 of the 480 share their speed with another: 440 independent ones, 4.5 deviations
        assert!((mean - 50.0).abs() < 4.5 * 4.0 / 440.0_f64.sqrt(), "{mean}");
        assert!(
            (deviation / 4.0 - 1.0).abs() < 4.5 / 880.0_f64.sqrt(),
            "{deviation}"
        );
        assert!(turns > 1_000, "{turns}");
    }

    #[test]
    fn four_pairs_fly_closer_than_three_hundred_metres_all_the_way() {
        for seed in 1..=SEEDS {
            let all = drones(seed);
            let mut pairs = 0;
            for (i, a) in all.iter().enumerate() {
                for b in &all[i + 1..] {
                    let (from, to) = (
                        a.path.begin_s().max(b.path.begin_s()),
                        a.path.end_s().min(b.path.end_s()),
                    );
                    if to - from < 600.0 {
                        continue;
                    }
                    let steps = ((to - from) / 10.0) as u32;
                    let near = (0..steps)
                        .filter(|s| apart_m(&a.path, &b.path, from + 10.0 * f64::from(*s)) < 300.0)
                        .count();
                    // a different waypoint geometry may part them for the length of a turn
                    pairs += usize::from(near as f64 > 0.9 * f64::from(steps));
                }
            }
            assert_eq!(pairs, 4, "seed {seed}");
        }
    }

    #[test]
    fn three_vanish_at_sea_and_the_others_reach_a_place() {
        let scene = night(1);
        for seed in 1..=SEEDS {
            let all = drones(seed);
            let ends = all.iter().map(|d| d.path.at(d.path.end_s()).at);
            let at_place = |(east, north, _): &(f64, f64, f64)| {
                scene
                    .island
                    .places
                    .iter()
                    .any(|p| (p.centre.0 - east).hypot(p.centre.1 - north) < 300.0)
            };
            let elsewhere: Vec<_> = ends.filter(|end| !at_place(end)).collect();
            assert_eq!(elsewhere.len(), 3, "seed {seed}: {elsewhere:?}");
            for (east, north, _) in elsewhere {
                assert!(!scene.island.on_land((east, north)), "seed {seed}");
            }
        }
    }

    #[test]
    fn routes_have_none_to_three_waypoints_some_fifteen_km_aside() {
        let mut legs = [0; 5];
        for seed in 1..=SEEDS {
            for drone in drones(seed) {
                let mut turning = false;
                let mut turns = 0;
                let mut t_s = drone.path.begin_s();
                while t_s + 1.0 < drone.path.end_s() {
                    let (a, b) = (drone.path.at(t_s).rate, drone.path.at(t_s + 1.0).rate);
                    let turned = lapwing_geo::wrap_pi(b.0.atan2(b.1) - a.0.atan2(a.1)).abs() > 1e-6;
                    turns += usize::from(turned && !turning);
                    turning = turned;
                    t_s += 1.0;
                }
                legs[turns.min(4)] += 1;
            }
        }
        // evenly none to three; those that vanish have fewer behind them
        assert_eq!(legs[4], 0, "{legs:?}");
        assert!(legs[..4].iter().all(|n| (70..190).contains(n)), "{legs:?}");
    }
}

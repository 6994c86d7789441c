//! Birds: 8 to 18 m/s, radar cross-section log-normal, some in flocks.
//!
//! Where they live does not depend on which radars there are, so that a scene without a
//! radar is otherwise the same.

use super::{Scene, Target};
use crate::island::Plan;
use crate::layout::coast_point;
use crate::path::{Path, PathBuilder};
use crate::random::Random;
use lapwing_model::Class;
use std::f64::consts::TAU;

/// Azimuths from the island's centre of the stretches of coast by which most of them live, degrees.
const COASTS_DEG: [f64; 3] = [-30.0, 12.0, 62.0];
/// Birds stay within this distance of home, m.
const HOME_RADIUS_M: f64 = 22e3;
/// Birds in a flock.
const FLOCK: usize = 8;
/// Median radar cross-section, m², and the standard deviation of its natural logarithm (6 dB).
const RCS_MEDIAN_M2: f64 = 0.005;
const RCS_SIGMA: f64 = 6.0 * std::f64::consts::LN_10 / 10.0;

pub(super) fn draw(scene: &Scene<'_>, targets: &mut Vec<Target>) {
    let birds = scene.scenario.traffic.birds as usize;
    let coasts = COASTS_DEG.map(|azimuth_deg| coast_point(scene.island, azimuth_deg));
    let in_flocks = (birds as f64 * scene.scenario.traffic.flock_share) as usize;
    for i in 0..birds {
        let leader = if i < in_flocks { i - i % FLOCK } else { i };
        let mut own = scene.stream("bird", i);
        let aside = if leader == i {
            (0.0, 0.0, 0.0)
        } else {
            (
                own.normal(0.0, 25.0),
                own.normal(0.0, 25.0),
                own.uniform(0.0, 10.0),
            )
        };
        let path = wander(
            scene,
            &coasts,
            &mut scene.stream("bird-route", leader),
            aside,
        );
        targets.extend(path.map(|path| Target {
            id: format!("bird-{:04}", i + 1),
            class: Class::Bird,
            path,
            rcs_m2: own.log_normal(RCS_MEDIAN_M2, RCS_SIGMA),
            heard_m: 0.0,
            transponder: None,
            remote_id: None,
        }));
    }
}

fn wander(
    scene: &Scene<'_>,
    coasts: &[Plan],
    random: &mut Random,
    aside: (f64, f64, f64),
) -> Option<Path> {
    let anywhere = random.chance(scene.scenario.traffic.birds_anywhere);
    let home = if anywhere {
        scene.anywhere(random, 1.0)
    } else {
        coasts[random.index(coasts.len())]
    };
    let r = HOME_RADIUS_M * random.unit().sqrt();
    let (sin, cos) = random.uniform(0.0, TAU).sin_cos();
    let at = (
        home.0 + r * sin + aside.0,
        home.1 + r * cos + aside.1,
        random.uniform(20.0, 250.0) + aside.2,
    );
    let speed = random.uniform(8.0, 18.0);
    let rate = 12.0_f64.to_radians();
    let mut heading = random.uniform(0.0, TAU);
    let mut route = PathBuilder::new(0.0, at, heading, speed);
    while route.now_s() < scene.scenario.duration_s {
        let height_m = (route.height_m() + random.normal(0.0, 25.0)).clamp(15.0, 400.0);
        route.straight(20.0 + random.exponential(220.0), height_m, speed);
        let (east, north) = route.east_north_m();
        let away = (home.0 - east, home.1 - north);
        heading = if away.0.hypot(away.1) > HOME_RADIUS_M {
            away.0.atan2(away.1) + random.normal(0.0, 0.4)
        } else {
            heading + random.normal(0.0, 0.7)
        };
        route.turn_to(heading, rate);
    }
    route.finish()
}

//! Clutter that stays where it is: turbines do not become tracks, and what flies through
//! them stays one.

mod common;

use common::*;
use lapwing_geo::{Geodetic, destination, distance_m};
use lapwing_track::{Tracker, TrackerConfig};
use std::collections::BTreeSet;

/// Five rows of five turbines, 700 m apart, 12 km from the radar.
fn turbines() -> Vec<Geodetic> {
    let corner = destination(SITE, 0.4, 12_000.0);
    (0..25)
        .map(|k| {
            let east = destination(corner, 1.57, 700.0 * f64::from(k % 5));
            let mut at = destination(east, 0.0, 700.0 * f64::from(k / 5));
            at.height_m = 150.0;
            at
        })
        .collect()
}

#[test]
fn turbines_are_learnt_and_a_drone_among_them_is_kept() {
    let field = turbines();
    let middle = field[12];
    let mut standing = 0;
    for seed in 0..4_u64 {
        let mut radar = Radar::new(0, SITE);
        radar.clutter_per_turn = 15.0;
        let mut tracker = Tracker::new(TrackerConfig::default());
        let mut from = destination(middle, 4.2, 50.0 * 500.0);
        from.height_m = 300.0;
        // through the middle of the field 500 s from the start
        let course = lapwing_geo::initial_azimuth_rad(from, middle).to_degrees();
        let path = flight(from, course, 50.0);
        let mut blades = Rng(70 + seed);
        let drone = |t: f64| {
            let mut p = path(t);
            p.height_m = 300.0;
            p
        };
        let mut ids = BTreeSet::new();
        let (mut seen, mut asked) = (0_u32, 0_u32);
        let blades = std::cell::RefCell::new(&mut blades);
        run(
            &mut tracker,
            &mut [radar],
            800 + seed,
            620.0,
            |t| {
                let mut truth = vec![drone(t)];
                // the radar reports nine of ten of what is there: half a plot a turn
                let mut rng = blades.borrow_mut();
                truth.extend(field.iter().filter(|_| rng.uniform() < 0.55));
                truth
            },
            |tracker, t| {
                if t < 380.0 || (t / TURN_S).fract() > 1e-9 {
                    return;
                }
                let here = drone(t);
                let mut found = false;
                for track in confirmed(tracker, t) {
                    if distance_m(track.position, here) < 600.0 {
                        found = true;
                        ids.insert(track.id);
                    } else if field.iter().any(|f| distance_m(track.position, *f) < 600.0) {
                        standing += 1;
                    }
                }
                asked += 1;
                seen += u32::from(found);
            },
        );
        eprintln!(
            "seed {seed}: seen {seen} of {asked}, {} ids, standing {standing}",
            ids.len()
        );
        assert!(
            f64::from(seen) > 0.95 * f64::from(asked),
            "{seen} of {asked}"
        );
    }
    assert_eq!(standing, 0, "tracks confirmed on turbines");
}

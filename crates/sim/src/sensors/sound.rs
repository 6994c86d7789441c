//! Sound, which is slow: when what is heard now was made, from where it seems to
//! come, how loud it is, and whether it is heard.
//!
//! A sound made at time e at place x(e) is at time t a sphere of radius
//! c (t − e) about x(e) + w (t − e), for the air itself moves with the wind w.
//! An ear at s hears at t what was made at the e for which s lies on that
//! sphere. The moment of emission is found by halving an interval of the path's
//! past, so nothing here inverts the motion (`sensing.md` section 1).

use super::{Air, Station, World};
use crate::random::Random;
use lapwing_model::Class;
use nalgebra::Vector3;

/// Standard deviation of a sound's level on the way, dB, and the chance at its loudest.
const LEVEL_SIGMA_DB: f64 = 5.0;
const HEARD_AT_BEST: f64 = 0.95;
/// What the air swallows, dB/km: low tones in mild air.
const ABSORPTION_DB_PER_KM: f64 = 1.0;
/// Level at the half-way range, dB: 0.95 Φ(level/σ) is one half there.
const LEVEL_AT_HALF_DB: f64 = LEVEL_SIGMA_DB * 0.066_011_8;
/// Airliners at and above this height are not heard, m.
const HIGH_M: f64 = 3_000.0;
/// Beyond this many half-way ranges nothing is heard; the chance is below 1 % there.
const REACH: f64 = 4.0;
/// Nor beyond this distance, m.
const REACH_M: f64 = 15e3;
/// Sound older than this is not looked for, s.
const AGE_MAX_S: f64 = 60.0;

/// Something that can be heard, and where it is now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loud {
    pub(crate) index: usize,
    pub(crate) at: Vector3<f64>,
    /// Range at which an array hears it half the time in this second's air, m.
    pub(crate) half_m: f64,
}

/// What of `alive` can be heard in this second.
pub(crate) fn loud(
    targets: &[crate::traffic::Target],
    alive: &[(usize, Vector3<f64>)],
    air: &Air,
    t_s: f64,
) -> Vec<Loud> {
    alive
        .iter()
        .filter_map(|&(index, at)| {
            let target = &targets[index];
            let high = target.class == Class::Airliner && target.path.at(t_s).at.2 >= HIGH_M;
            (target.heard_m > 0.0 && !high).then_some(Loud {
                index,
                at,
                half_m: target.heard_m * air.quiet,
            })
        })
        .collect()
}

/// What an ear hears of something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Heard {
    /// The wind-carried image from which it comes, in the scene's frame.
    pub(super) image: Vector3<f64>,
    /// Level over the threshold, dB.
    pub(super) level_db: f64,
}

/// What of `loud` a node hears at a time; `ears` multiplies the half-way range.
pub(super) fn hear(
    world: &World<'_>,
    station: &Station,
    loud: &Loud,
    at_s: f64,
    ears: f64,
    random: &mut Random,
) -> Option<Heard> {
    let half_m = ears * loud.half_m;
    if station.distance_m(loud.at) > (REACH * half_m).min(REACH_M) + 300.0 {
        return None;
    }
    let (made_s, image) = emission(
        |t| world.point(loud.index, t),
        world.targets[loud.index].path.begin_s(),
        station.point(),
        at_s,
        world.air.wind,
        world.air.sound_mps,
    )?;
    let distance_m = station.distance_m(world.point(loud.index, made_s));
    let level_db = level_db(distance_m, half_m) + random.normal(0.0, LEVEL_SIGMA_DB);
    (level_db > 0.0 && random.chance(HEARD_AT_BEST)).then_some(Heard { image, level_db })
}

/// Mean level over the threshold at a distance, dB: falling by 20 dB a decade, and by what the air swallows.
fn level_db(distance_m: f64, half_m: f64) -> f64 {
    let distance_m = distance_m.max(1.0);
    LEVEL_AT_HALF_DB + 20.0 * (half_m / distance_m).log10()
        - ABSORPTION_DB_PER_KM * (distance_m - half_m) / 1_000.0
}

/// When what is heard at `t_s` was made, s since the start, and the wind-carried
/// image from which it comes; `None` if it was made before the thing was there.
fn emission(
    place: impl Fn(f64) -> Vector3<f64>,
    begin_s: f64,
    ear: Vector3<f64>,
    t_s: f64,
    air_wind: Vector3<f64>,
    sound_mps: f64,
) -> Option<(f64, Vector3<f64>)> {
    let image = |e: f64| place(e) + air_wind * (t_s - e);
    // how much farther the sound has run than the ear is away
    let ahead_m = |e: f64| sound_mps * (t_s - e) - (image(e) - ear).norm();
    let mut early = (t_s - AGE_MAX_S).max(begin_s);
    let mut late = t_s;
    if ahead_m(early) < 0.0 {
        return None;
    }
    // 60 s / 2^32 is 14 ns
    for _ in 0..32 {
        let middle = 0.5 * (early + late);
        if ahead_m(middle) >= 0.0 {
            early = middle;
        } else {
            late = middle;
        }
    }
    Some((early, image(early)))
}

#[cfg(test)]
mod tests {
    use super::super::azimuth_rad;
    use super::super::rig::{Rig, assert_share, target};
    use super::*;

    /// How many of `n` looks hear a thing that hangs at a slant distance, some 100 m up.
    fn heard(
        class: Class,
        distance_m: f64,
        height_m: f64,
        ears: f64,
        quiet: f64,
        n: usize,
    ) -> usize {
        let north_m = (distance_m * distance_m - height_m * height_m).sqrt();
        let mut rig = Rig::new(vec![target(class, (0.0, north_m, height_m), 0.0)]);
        rig.air.quiet = quiet;
        let station = rig.station((0.0, 0.0));
        let mut random = Random::stream(17, "heard", distance_m as u64);
        (0..n)
            .filter(|_| {
                rig.second(0.0, |world| {
                    world
                        .loud
                        .iter()
                        .any(|loud| hear(world, &station, loud, 100.0, ears, &mut random).is_some())
                })
            })
            .count()
    }

    #[test]
    fn a_sound_is_heard_when_its_sphere_reaches_the_ear() {
        let place = |t: f64| Vector3::new(-2_000.0 + 50.0 * t, 3_000.0, 300.0);
        let ear = Vector3::new(100.0, -50.0, 10.0);
        let (wind, c) = (Vector3::new(6.0, 0.0, 0.0), 338.0);
        let (made_s, image) = emission(place, -500.0, ear, 20.0, wind, c).unwrap();
        // carried forward from the emission: the sphere's radius is the distance of its drifting centre
        let centre = place(made_s) + wind * (20.0 - made_s);
        assert!((c * (20.0 - made_s) - (centre - ear).norm()).abs() < 1e-4);
        assert_eq!(centre, image);
        // a crossing target 3 km away is heard 8.7 s, hence some 8°, behind
        let now = azimuth_rad(place(20.0) - ear);
        let then = azimuth_rad(image - ear);
        assert!((now - then).abs().to_degrees() > 4.0);
    }

    #[test]
    fn a_crossing_thing_is_heard_where_it_was() {
        // abeam at 3 km, 50 m/s, no wind: sin of the lag is v/c, about 8.5° (`sensing.md` section 1)
        let place = |t: f64| Vector3::new(50.0 * t, 3_000.0, 0.0);
        let c = 338.5;
        let (made_s, image) =
            emission(place, -500.0, Vector3::zeros(), 0.0, Vector3::zeros(), c).unwrap();
        let lag_deg = -image.x.atan2(image.y).to_degrees();
        assert!(
            (lag_deg - (50.0 / c).atan().to_degrees()).abs() < 0.1,
            "{lag_deg}"
        );
        assert!(
            (made_s + 3_000.0 / (c * c - 2_500.0).sqrt()).abs() < 1e-6,
            "{made_s}"
        );
    }

    #[test]
    fn nothing_is_heard_of_what_was_not_there_yet() {
        let place = |_: f64| Vector3::new(3_000.0, 0.0, 100.0);
        let heard = |begin_s| {
            emission(
                place,
                begin_s,
                Vector3::zeros(),
                0.0,
                Vector3::zeros(),
                340.0,
            )
            .is_some()
        };
        assert!(heard(-9.0) && !heard(-8.7));
    }

    #[test]
    fn level_is_nought_but_a_third_of_a_decibel_at_the_half_way_range() {
        assert!((level_db(3_500.0, 3_500.0) - 0.33).abs() < 1e-3);
        // half as far: 6 dB nearer, and 1.75 dB less swallowed
        assert!((level_db(1_750.0, 3_500.0) - (0.33 + 6.02 + 1.75)).abs() < 0.01);
    }

    #[test]
    fn half_are_heard_at_the_ranges_of_the_table() {
        let n = 4_000;
        // an array's 3.5, 0.35 and 8 km, seven tenths of them for a microphone, all less in wind
        let windy = (-(10.0_f64 - 2.0) / 8.0).exp();
        for (class, half_m, height_m) in [
            (Class::FixedWingDrone, 3_500.0, 100.0),
            (Class::LightAircraft, 3_500.0, 1_000.0),
            (Class::Multirotor, 350.0, 100.0),
            (Class::Airliner, 8_000.0, 2_900.0),
        ] {
            for (ears, quiet) in [(1.0, 1.0), (0.7, 1.0), (1.0, windy), (1.0, 0.5)] {
                let distance_m = half_m * ears * quiet;
                if distance_m > height_m {
                    let count = heard(class, distance_m, height_m, ears, quiet, n);
                    assert_share(count, n, 0.5);
                }
            }
        }
        assert_eq!(heard(Class::Airliner, 4_000.0, 3_100.0, 1.0, 1.0, 200), 0);
        assert_eq!(heard(Class::Bird, 200.0, 100.0, 1.0, 1.0, 200), 0);
    }

    #[test]
    fn hearing_falls_with_distance_as_the_normal_of_its_decibels() {
        // 0.95 Φ((20 log₁₀(3500/d) − (d − 3500)/1000 + 0.33 dB)/5 dB), Φ from tables
        for (distance_m, expected) in [
            (500.0, 0.950),
            (1_750.0, 0.900),
            (2_500.0, 0.758),
            (5_000.0, 0.190),
            (7_000.0, 0.0333),
        ] {
            let n = 6_000;
            let count = heard(Class::FixedWingDrone, distance_m, 100.0, 1.0, 1.0, n);
            let off = count as f64 / n as f64 - expected;
            assert!(
                off.abs() < 0.03_f64.min(0.012 + 0.05 * expected),
                "{distance_m}: {count}"
            );
        }
    }
}

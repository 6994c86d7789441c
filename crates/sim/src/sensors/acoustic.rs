//! Arrays of microphones: bearings of sounds, which are slow.
//!
//! A sound made at time e at place x(e) is at time t a sphere of radius
//! c (t − e) about x(e) + w (t − e), for the air itself moves with the wind w.
//! An array at s hears at t what was made at the e for which s lies on that
//! sphere. The moment of emission is found by halving an interval of the path's
//! past, so nothing here inverts the motion (`sensing.md` section 1).

use super::{Sent, SiteSensor, Station, World, azimuth_rad, report_line, rounded};
use crate::random::Random;
use lapwing_model::{ClaimsJson, MeasurementJson, SensorKind, Timestamp};
use nalgebra::Vector3;

/// From one report of an array to its next, s.
const PERIOD_S: f64 = 2.0;
/// White and wandering parts of a bearing's 4°, half the variance each, degrees.
const PART_SIGMA_DEG: f64 = 4.0 / std::f64::consts::SQRT_2;
/// Time constant of the wandering part, s.
const WANDER_TAU_S: f64 = 10.0;
/// Standard deviation of an array's orientation, degrees.
const ORIENTATION_SIGMA_DEG: f64 = 3.0;
/// Elevations come out too low by this factor, with this deviation, degrees.
const ELEVATION_SCALE: f64 = 0.8;
const ELEVATION_SIGMA_DEG: f64 = 8.0;
/// Standard deviation of a sound's level on the way, dB, and the chance at its loudest.
const LEVEL_SIGMA_DB: f64 = 5.0;
const HEARD_AT_BEST: f64 = 0.95;
/// Airliners above this height are not heard, m.
const HIGH_M: f64 = 3_000.0;

/// Wind and temperature through the scene.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    gust_mps: f64,
    random: Random,
}

impl Weather {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            gust_mps: 0.0,
            random: Random::stream(seed, "weather", 0),
        }
    }

    /// The next second's gust: an Ornstein-Uhlenbeck process, σ 1.5 m/s, τ 60 s.
    pub(crate) fn second(&mut self) {
        let keep = (-1.0_f64 / 60.0).exp();
        let fresh = 1.5 * (1.0 - keep * keep).sqrt();
        self.gust_mps = keep * self.gust_mps + self.random.normal(0.0, fresh);
    }

    /// Wind speed, m/s: from the west, stronger from 01 to 03 h UTC.
    fn wind_mps(&self, time: Timestamp) -> f64 {
        let hour = time.seconds_since(time.midnight()) / 3_600.0;
        let mean = if (1.0..3.0).contains(&hour) {
            10.0
        } else {
            4.0
        };
        (mean + self.gust_mps).max(0.0)
    }

    /// Speed of sound, m/s, in air that cools from 12 °C at 21 h to 6 °C at 5 h.
    fn sound_mps(time: Timestamp) -> f64 {
        let hour = time.seconds_since(time.midnight()) / 3_600.0;
        let share = ((hour - 21.0).rem_euclid(24.0) / 8.0).min(1.0);
        let celsius = 12.0 - 6.0 * share;
        331.3 * (1.0 + celsius / 273.15).sqrt()
    }
}

struct Array {
    id: String,
    station: Station,
    phase_s: f64,
    orientation_deg: f64,
    wander_deg: f64,
    clock_s: f64,
    late_s: f64,
    outage: bool,
    dead: bool,
    silent_since_s: f64,
    /// A false source: its azimuth and until when it sounds.
    nuisance: Option<(f64, f64)>,
    random: Random,
}

pub(crate) struct Acoustic {
    arrays: Vec<Array>,
    feed: usize,
    heartbeat_s: f64,
    range_factor: f64,
    outage_s: Option<(f64, f64)>,
}

impl Acoustic {
    pub(crate) fn new(
        seed: u64,
        stations: Vec<Station>,
        feed: usize,
        settings: &crate::scenario::AcousticSettings,
        outage_s: Option<(f64, f64)>,
    ) -> Self {
        let arrays = stations
            .into_iter()
            .enumerate()
            .map(|(i, station)| {
                let mut random = Random::stream(seed, "array", i as u64);
                let outages = outage_s.is_some();
                Array {
                    id: format!("array-{:03}", i + 1),
                    station,
                    phase_s: random.uniform(0.0, PERIOD_S),
                    orientation_deg: random.normal(0.0, ORIENTATION_SIGMA_DEG),
                    wander_deg: random.normal(0.0, PART_SIGMA_DEG),
                    clock_s: if random.chance(0.02) {
                        let off_s = random.uniform(1.0, 5.0);
                        if random.chance(0.5) { off_s } else { -off_s }
                    } else {
                        0.0
                    },
                    late_s: if outages && random.chance(0.1) {
                        random.uniform(10.0, 40.0)
                    } else {
                        0.0
                    },
                    outage: outages && random.chance(0.15),
                    dead: random.chance(settings.dead_share),
                    silent_since_s: random.uniform(-settings.heartbeat_s, 0.0),
                    nuisance: None,
                    random,
                }
            })
            .collect();
        Self {
            arrays,
            feed,
            heartbeat_s: settings.heartbeat_s,
            range_factor: settings.range_factor,
            outage_s,
        }
    }

    pub(crate) fn site(&self) -> Vec<SiteSensor> {
        self.arrays
            .iter()
            .map(|array| SiteSensor {
                id: array.id.clone(),
                kind: SensorKind::AcousticArray,
                position: array.station.position,
                keys: vec![
                    ("azimuth_sigma_deg", 4.0_f64.hypot(ORIENTATION_SIGMA_DEG)),
                    ("elevation_sigma_deg", 10.0),
                    ("range_max_m", 8_000.0),
                    ("revisit_s", PERIOD_S),
                ],
                sac_sic: None,
            })
            .collect()
    }

    /// One second of the arrays' lives, from `t_s`.
    pub(crate) fn second(
        &mut self,
        world: &World<'_>,
        weather: &Weather,
        t_s: f64,
        out: &mut Vec<Sent>,
    ) {
        let now = world.time(t_s);
        let wind_mps = weather.wind_mps(now);
        let air = Air {
            wind: Vector3::new(wind_mps, 0.0, 0.0),
            sound_mps: Weather::sound_mps(now),
            quiet: self.range_factor * (-(wind_mps - 2.0).max(0.0) / 8.0).exp(),
            false_per_s: if wind_mps > 6.0 { 15.0 } else { 4.0 } / 3_600.0,
        };
        let loud: Vec<(usize, Vector3<f64>)> = world
            .alive
            .iter()
            .copied()
            .filter(|(index, _)| {
                let target = &world.targets[*index];
                target.heard_m > 0.0 && target.path.at(t_s).at.2 < HIGH_M
            })
            .collect();
        let (feed, heartbeat_s, outage_s) = (self.feed, self.heartbeat_s, self.outage_s);
        for array in &mut self.arrays {
            let out_now =
                array.outage && outage_s.is_some_and(|(from, to)| (from..to).contains(&t_s));
            if array.dead || out_now {
                continue;
            }
            // every array speaks in one of two seconds
            let since = (t_s - array.phase_s).rem_euclid(PERIOD_S);
            let at_s = t_s + (PERIOD_S - since).rem_euclid(PERIOD_S);
            if at_s >= t_s + 1.0 {
                continue;
            }
            array.listen(world, &air, &loud, at_s, heartbeat_s, |time, bytes| {
                out.push(Sent { time, feed, bytes });
            });
        }
    }
}

struct Air {
    wind: Vector3<f64>,
    sound_mps: f64,
    quiet: f64,
    false_per_s: f64,
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
    let mut early = (t_s - 60.0).max(begin_s);
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

/// Chance to hear something at a distance whose half-way range is `half_m`: the level falls by 20 dB a decade.
fn chance_to_hear(distance_m: f64, half_m: f64) -> f64 {
    let above_db = 20.0 * (half_m / distance_m.max(1.0)).log10();
    // logistic with the slope of a normal of that deviation
    HEARD_AT_BEST / (1.0 + (-1.702 * above_db / LEVEL_SIGMA_DB).exp())
}

impl Array {
    fn listen(
        &mut self,
        world: &World<'_>,
        air: &Air,
        loud: &[(usize, Vector3<f64>)],
        at_s: f64,
        heartbeat_s: f64,
        mut send: impl FnMut(Timestamp, Vec<u8>),
    ) {
        let keep = (-PERIOD_S / WANDER_TAU_S).exp();
        let fresh = PART_SIGMA_DEG * (1.0 - keep * keep).sqrt();
        self.wander_deg = keep * self.wander_deg + self.random.normal(0.0, fresh);
        let mut directions: Vec<(f64, f64)> = Vec::new();
        for &(index, near) in loud {
            let target = &world.targets[index];
            let half_m = target.heard_m * air.quiet;
            // beyond three times that range the chance is below 4 %, and the sound is a minute old
            if self.station.distance_m(near) > (3.0 * half_m).min(15e3) + 300.0 {
                continue;
            }
            let heard = emission(
                |t| world.point(index, t),
                target.path.begin_s(),
                self.station.point(),
                at_s,
                air.wind,
                air.sound_mps,
            );
            let Some((made_s, image)) = heard else {
                continue;
            };
            let distance_m = self.station.distance_m(world.point(index, made_s));
            if self.random.chance(chance_to_hear(distance_m, half_m)) {
                let view = self.station.view(image);
                directions.push((
                    azimuth_rad(view).to_degrees(),
                    (view.z / view.norm()).asin().to_degrees(),
                ));
            }
        }
        directions.extend(self.false_direction(air, at_s));
        if directions.is_empty() {
            if at_s - self.silent_since_s >= heartbeat_s {
                self.silent_since_s = at_s;
                let line = self.line(world, at_s, MeasurementJson::Heartbeat {});
                let arrives = self.arrival(world, at_s);
                line.into_iter().for_each(|line| send(arrives, line));
            }
            return;
        }
        self.silent_since_s = at_s;
        for (azimuth_deg, elevation_deg) in directions {
            let measured = azimuth_deg
                + self.orientation_deg
                + self.wander_deg
                + self.random.normal(0.0, PART_SIGMA_DEG);
            let elevation = (ELEVATION_SCALE * elevation_deg
                + self.random.normal(0.0, ELEVATION_SIGMA_DEG))
            .clamp(-90.0, 90.0);
            let measurement = MeasurementJson::Bearing {
                azimuth_deg: rounded(measured.rem_euclid(360.0), 2),
                azimuth_sigma_deg: None,
                elevation_deg: Some(rounded(elevation, 1)),
                elevation_sigma_deg: None,
            };
            let line = self.line(world, at_s, measurement);
            let arrives = self.arrival(world, at_s);
            line.into_iter().for_each(|line| send(arrives, line));
        }
    }

    /// Mopeds, mowers, surf: 70 % of the alarms go on for a while from one direction.
    fn false_direction(&mut self, air: &Air, at_s: f64) -> Option<(f64, f64)> {
        if let Some((azimuth_deg, until_s)) = self.nuisance {
            if at_s < until_s {
                return Some((azimuth_deg, 0.0));
            }
            self.nuisance = None;
        }
        if !self.random.chance(air.false_per_s * PERIOD_S) {
            return None;
        }
        let azimuth_deg = self.random.uniform(0.0, 360.0);
        if self.random.chance(0.7) {
            self.nuisance = Some((azimuth_deg, at_s + self.random.exponential(30.0)));
        }
        Some((azimuth_deg, 0.0))
    }

    fn line(&self, world: &World<'_>, at_s: f64, measurement: MeasurementJson) -> Option<Vec<u8>> {
        let stated = world.time(at_s + self.clock_s);
        report_line(&self.id, stated, measurement, ClaimsJson::default())
    }

    fn arrival(&mut self, world: &World<'_>, at_s: f64) -> Timestamp {
        world.time(at_s + self.late_s + self.random.log_normal(1.0, 0.6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn half_are_heard_at_the_half_way_range() {
        assert!((chance_to_hear(3_500.0, 3_500.0) - 0.475).abs() < 1e-9);
        assert!(chance_to_hear(500.0, 3_500.0) > 0.94);
        assert!(chance_to_hear(10_500.0, 3_500.0) < 0.05);
    }
}

//! A small seeded world for the tracker's tests: targets, and a rotating radar that
//! measures them with real errors. It shares no code with the tracker: positions come
//! from geodesics, measurements from the sensor's tangent frame.
#![allow(dead_code, unreachable_pub)]

use lapwing_geo::{Geodetic, LocalFrame, wrap_two_pi};
use lapwing_model::*;
use lapwing_track::Tracker;
use std::f64::consts::TAU;

pub const SITE: Geodetic = Geodetic::new(55.0, -4.0, 50.0);
pub const TURN_S: f64 = 4.0;
const SECTORS: u32 = 8;

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
    pub fn normal(&mut self) -> f64 {
        let u = 1.0 - self.uniform();
        (-2.0 * u.ln()).sqrt() * (TAU * self.uniform()).cos()
    }
    pub fn poisson(&mut self, mean: f64) -> u32 {
        let (limit, mut product, mut n) = ((-mean).exp(), self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            n += 1;
        }
        n
    }
}

pub fn at(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(1_000_000.0 + seconds)
}

pub struct Radar {
    pub id: SensorId,
    pub spec: SensorSpec,
    pub frame: LocalFrame,
    pub clutter_per_turn: f64,
    pub detection: f64,
    pub three_d: bool,
    /// Measured less true range (m) and azimuth (rad), stated less true time (s).
    pub bias: [f64; 3],
    sequence: u64,
}

impl Radar {
    pub fn new(id: u32, position: Geodetic) -> Self {
        let mut spec = SensorSpec::of_kind(format!("radar-{id}"), SensorKind::Radar);
        spec.position = Some(position);
        spec.range_sigma_m = 20.0;
        Self {
            id: SensorId(id),
            spec,
            frame: LocalFrame::new(position),
            clutter_per_turn: 0.0,
            detection: 0.9,
            three_d: false,
            bias: [0.0; 3],
            sequence: 0,
        }
    }

    pub fn sigma(&self) -> PolarSigma {
        PolarSigma {
            range_m: self.spec.range_sigma_m,
            azimuth_rad: self.spec.azimuth_sigma_rad,
            elevation_rad: self.spec.elevation_sigma_rad,
            range_rate_mps: 0.5,
        }
    }

    pub fn polar(
        &self,
        time: Timestamp,
        range_m: f64,
        azimuth_rad: f64,
        el: Option<f64>,
    ) -> Report {
        Report {
            sensor: self.id,
            time,
            measurement: Measurement::Polar {
                range_m,
                azimuth_rad,
                elevation_rad: el,
                range_rate_mps: None,
                height_m: None,
                sigma: self.sigma(),
            },
            claims: Claims::default(),
            rcs_dbsm: None,
            class_log_likelihoods: None,
            raw: RawRef::default(),
        }
    }

    /// The sector that begins `seconds` into the scene, and its reports.
    pub fn sector(
        &mut self,
        rng: &mut Rng,
        seconds: f64,
        truth: &[Geodetic],
    ) -> (Look, Vec<Report>) {
        let width = TAU / f64::from(SECTORS);
        let from = width * (self.sequence % u64::from(SECTORS)) as f64;
        let duration_s = TURN_S / f64::from(SECTORS);
        let [range_bias_m, azimuth_bias_rad, time_bias_s] = self.bias;
        let time = at(seconds + duration_s / 2.0 + time_bias_s);
        let mut reports = Vec::new();
        for position in truth {
            let q = self.frame.to_enu(*position);
            let azimuth = wrap_two_pi(q.x.atan2(q.y));
            if azimuth < from || azimuth >= from + width || rng.uniform() > self.detection {
                continue;
            }
            let s = self.sigma();
            let elevation = (q.z / q.norm()).asin() + s.elevation_rad * rng.normal();
            reports.push(self.polar(
                time,
                q.norm() + range_bias_m + s.range_m * rng.normal(),
                wrap_two_pi(azimuth + azimuth_bias_rad + s.azimuth_rad * rng.normal()),
                self.three_d.then_some(elevation),
            ));
        }
        let expected = self.clutter_per_turn / f64::from(SECTORS);
        for _ in 0..rng.poisson(expected) {
            let range_m = 200.0 + 39_800.0 * rng.uniform();
            reports.push(self.polar(time, range_m, from + width * rng.uniform(), None));
        }
        let look = Look {
            sensor: self.id,
            sequence: self.sequence,
            t0: at(seconds),
            t1: at(seconds + duration_s),
            footprint: Footprint::Sector {
                centre: self.frame.origin(),
                azimuth_from_rad: from,
                azimuth_width_rad: width,
                range_limits_m: (200.0, 40_000.0),
            },
            guard_m: 300.0,
            detection: Detection::Constant {
                probability: self.detection,
            },
            clutter: Clutter { expected },
            revisit_s: TURN_S,
            closed: true,
        };
        self.sequence += 1;
        (look, reports)
    }
}

/// Run radars over a scene; `each` sees the tracker after every look.
pub fn run(
    tracker: &mut Tracker,
    radars: &mut [Radar],
    seed: u64,
    seconds: f64,
    truth: impl Fn(f64) -> Vec<Geodetic>,
    mut each: impl FnMut(&Tracker, f64),
) {
    let mut rng = Rng(seed);
    for radar in radars.iter() {
        tracker.set_sensor(radar.id, radar.spec.clone());
    }
    let duration_s = TURN_S / f64::from(SECTORS);
    let mut k = 0_u32;
    while f64::from(k) * duration_s < seconds {
        let t = f64::from(k) * duration_s;
        let places = truth(t + duration_s / 2.0);
        for radar in radars.iter_mut() {
            let (look, reports) = radar.sector(&mut rng, t, &places);
            tracker.step(&look, &reports);
        }
        each(tracker, t + duration_s);
        k += 1;
    }
}

/// A look without a footprint, as a receiver gives.
pub fn receiver_look(id: u32, sequence: u64, seconds: f64) -> Look {
    Look {
        sensor: SensorId(id),
        sequence,
        t0: at(seconds - 1.0),
        t1: at(seconds),
        footprint: Footprint::Unknown,
        guard_m: 0.0,
        detection: Detection::Constant { probability: 0.9 },
        clutter: Clutter { expected: 0.1 },
        revisit_s: 1.0,
        closed: true,
    }
}

/// A position report.
pub fn position_report(id: u32, seconds: f64, position: Geodetic, sigma_m: f64) -> Report {
    Report {
        sensor: SensorId(id),
        time: at(seconds),
        measurement: Measurement::Position {
            position,
            horizontal_sigma_m: sigma_m,
            height_sigma_m: Some(sigma_m),
            velocity_mps: None,
            velocity_sigma_mps: 1.0,
        },
        claims: Claims::default(),
        rcs_dbsm: None,
        class_log_likelihoods: None,
        raw: RawRef::default(),
    }
}

/// A straight level flight.
pub fn flight(from: Geodetic, azimuth_deg: f64, speed_mps: f64) -> impl Fn(f64) -> Geodetic {
    move |t| lapwing_geo::destination(from, azimuth_deg.to_radians(), speed_mps * t)
}

/// The confirmed tracks of the tracker's own.
pub fn confirmed(tracker: &Tracker, seconds: f64) -> Vec<Track> {
    tracker
        .picture(at(seconds))
        .into_iter()
        .filter(|t| t.confirmed && t.origin == Origin::Tracker)
        .collect()
}

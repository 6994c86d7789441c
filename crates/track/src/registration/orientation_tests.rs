//! Oracles of the listeners' registration: the exact Gaussian posterior of whom each bearing
//! is known, then what an array meets: false alarms that go on, aircraft that cannot be
//! heard, a clock that is off, an array that is turned.

use super::config::RegistrationConfig;
use super::geometry::Reference;
use super::listener::{Listener, Weather};
use super::trail::Trail;
use lapwing_geo::{Geodetic, Height, HeightDatum, LocalFrame, wrap_pi, wrap_two_pi};
use lapwing_model::{
    Air, Claims, Class, ClassProbabilities, Measurement, Origin, RawRef, Report, SensorId,
    SensorKind, SensorSpec, Timestamp, Track, TrackId,
};
use lapwing_sensing::hearing_probability;
use nalgebra::{DMatrix, DVector, Vector3};
use proptest::prelude::*;
use std::f64::consts::TAU;
use std::sync::Arc;

const SITE: Geodetic = Geodetic::new(55.0, -4.0, 50.0);
const SIGMA_DEG: f64 = 4.0;
const PRIOR_DEG: f64 = 3.0;
const WANDER_S: f64 = 10.0;
const REVISIT_S: f64 = 2.0;
const RANGE_50_M: f64 = 3_500.0;
/// What the references say of their own place, m.
const STATED_M: f64 = 15.0;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Rng(u64);

impl Rng {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
    fn normal(&mut self) -> f64 {
        let u = 1.0 - self.uniform();
        (-2.0 * u.ln()).sqrt() * (TAU * self.uniform()).cos()
    }
}

/// One that flies straight, or in a circle, past the array.
#[derive(Clone, Copy)]
struct Flight {
    class: Class,
    from_s: f64,
    to_s: f64,
    middle: Vector3<f64>,
    velocity: Vector3<f64>,
    /// rad/s clockwise; 0 straight.
    turn: f64,
}

impl Flight {
    /// A light aircraft that passes at some hundred metres to some kilometres.
    fn past(rng: &mut Rng, from_s: f64) -> Self {
        let heading = TAU * rng.uniform();
        let (sin, cos) = heading.sin_cos();
        let aside_m = 2_500.0 * (2.0 * rng.uniform() - 1.0);
        Self {
            class: Class::LightAircraft,
            from_s,
            to_s: from_s + 240.0,
            middle: Vector3::new(cos * aside_m, -sin * aside_m, 600.0),
            velocity: 55.0 * Vector3::new(sin, cos, 0.0),
            turn: 0.0,
        }
    }

    fn at(&self, t_s: f64) -> (Vector3<f64>, Vector3<f64>) {
        let dt_s = t_s - 0.5 * (self.from_s + self.to_s);
        if self.turn == 0.0 {
            return (self.middle + self.velocity * dt_s, self.velocity);
        }
        // round a centre to the right of the middle
        let v = self.velocity;
        let right = Vector3::new(v.y, -v.x, 0.0) / self.turn;
        let (sin, cos) = (-self.turn * dt_s).sin_cos();
        let rotate =
            |a: Vector3<f64>| Vector3::new(cos * a.x - sin * a.y, sin * a.x + cos * a.y, 0.0);
        (self.middle + right - rotate(right), rotate(v))
    }

    fn flies(&self, t_s: f64) -> bool {
        (self.from_s..self.to_s).contains(&t_s)
    }

    /// From where a sound heard at `t_s` seems to come, and how far it was: forward from the emission.
    fn image(&self, t_s: f64, air: &Air) -> (Vector3<f64>, f64) {
        let wind = Vector3::new(air.wind_east_mps, air.wind_north_mps, 0.0);
        let (mut early, mut late) = (t_s - 60.0, t_s);
        for _ in 0..60 {
            let middle = 0.5 * (early + late);
            let centre = self.at(middle).0 + wind * (t_s - middle);
            if centre.norm() < air.sound_mps() * (t_s - middle) {
                early = middle;
            } else {
                late = middle;
            }
        }
        let at = self.at(early).0;
        (at + wind * (t_s - early), at.norm())
    }

    fn track(&self, key: u64, t_s: f64) -> Track {
        let frame = LocalFrame::new(SITE);
        let (q, v) = self.at(t_s);
        let position = frame.to_geodetic(q);
        let mut weights = [0.0; 6];
        weights[self.class as usize] = 1.0;
        let time = at(t_s);
        Track {
            id: TrackId {
                node: 1,
                counter: key,
            },
            time,
            origin: Origin::Claim,
            position,
            height: Some(Height::new(q.z, HeightDatum::Ellipsoid)),
            velocity_mps: (frame.rotation_to_axes_at(position) * v).into(),
            covariance: [[0.0; 6]; 6],
            existence: 1.0,
            existence_independent: 0.0,
            confirmed: true,
            followed: true,
            classes: ClassProbabilities::from_weights(weights),
            claims: Vec::new(),
            contributors: Vec::new(),
            modes: None,
            parts: Vec::new(),
            first_seen: time,
            last_seen: time,
        }
    }
}

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(1e6 + seconds)
}

/// What happens about an array.
#[derive(Clone)]
struct Scene {
    flights: Vec<Flight>,
    seconds: f64,
    /// The array's own error, rad, from a time on.
    bias_rad: [(f64, f64); 2],
    clock_s: f64,
    false_per_h: f64,
    air: Air,
}

impl Scene {
    fn new(flights: Vec<Flight>, seconds: f64, bias_deg: f64) -> Self {
        let bias_rad = bias_deg.to_radians();
        Self {
            flights,
            seconds,
            bias_rad: [(0.0, bias_rad), (f64::INFINITY, bias_rad)],
            clock_s: 0.0,
            false_per_h: 0.0,
            air: Air::new(0.75 * TAU, 4.0, 10.0),
        }
    }
}

/// One of many bearings: when, how far from the truth, and the reference's variance.
struct Heard {
    t_s: f64,
    error_rad: f64,
    variance: f64,
}

fn listener() -> Listener {
    let mut spec = SensorSpec::of_kind("array", SensorKind::AcousticArray);
    spec.azimuth_sigma_rad = SIGMA_DEG.to_radians();
    spec.azimuth_bias_sigma_rad = PRIOR_DEG.to_radians();
    spec.azimuth_correlated_share = 0.5;
    spec.azimuth_correlation_s = WANDER_S;
    spec.range_50_m = Some(RANGE_50_M);
    spec.range_limits_m = (0.0, 8_000.0);
    spec.revisit_s = REVISIT_S;
    spec.false_per_revisit = 4.0 / 3_600.0 * REVISIT_S;
    spec.position = Some(SITE);
    Listener::new(spec, LocalFrame::new(SITE), &RegistrationConfig::default())
}

fn bearing(t_s: f64, azimuth_rad: f64) -> Report {
    Report {
        sensor: SensorId(0),
        time: at(t_s),
        measurement: Measurement::Bearing {
            azimuth_rad: wrap_two_pi(azimuth_rad),
            azimuth_sigma_rad: SIGMA_DEG.to_radians(),
            elevation_rad: None,
            elevation_sigma_rad: 0.14,
        },
        claims: Claims::default(),
        rcs_dbsm: None,
        class_log_likelihoods: None,
        raw: RawRef::default(),
    }
}

/// Runs the scene through trails and listener; also what was truly heard of what flies.
fn run(scene: &Scene, rng: &mut Rng) -> (Listener, Vec<Heard>) {
    let mut listener = listener();
    let weather = Weather {
        air: scene.air,
        told: true,
    };
    let part = SIGMA_DEG.to_radians() / 2.0_f64.sqrt();
    let mut trails: Vec<Arc<Trail>> = Vec::new();
    let mut wander = part * rng.normal();
    let mut nuisance: Option<(f64, f64)> = None;
    let mut all = Vec::new();
    for look in 0..(scene.seconds / REVISIT_S) as u32 {
        let t_s = f64::from(look) * REVISIT_S;
        for s in [t_s - 1.0, t_s] {
            for (key, flight) in (0..).zip(&scene.flights) {
                if !flight.flies(s) {
                    continue;
                }
                let track = flight.track(key, s);
                let reference = Reference::new(&track, None, STATED_M).unwrap();
                let known = trails.iter().position(|t| t.key == key);
                let index = known.unwrap_or_else(|| {
                    trails.push(Arc::new(Trail::new(key)));
                    trails.len() - 1
                });
                let height_m = track.height.map(|h| h.m);
                Arc::make_mut(&mut trails[index]).extend(reference, track.classes, height_m);
            }
        }
        trails.retain(|trail| trail.is_recent(at(t_s)));
        let kept = (-REVISIT_S / WANDER_S).exp();
        wander = kept * wander + part * (1.0 - kept * kept).sqrt() * rng.normal();
        let bias = scene.bias_rad.iter().rfind(|(from, _)| t_s >= *from);
        let own = bias.map_or(0.0, |(_, b)| *b) + wander;
        let mut azimuths = Vec::new();
        for flight in &scene.flights {
            let (image, distance_m) = flight.image(t_s, &scene.air);
            if !flight.flies(t_s - distance_m / 340.0) || !flight.flies(t_s) {
                continue;
            }
            let range_50_m = lapwing_sensing::hearing_range_m(RANGE_50_M, &scene.air);
            let reach = lapwing_sensing::audibility(flight.class);
            let high = flight.class == Class::Airliner && image.z > 3_000.0;
            let chance = hearing_probability(range_50_m * reach, distance_m);
            if high || rng.uniform() > chance {
                continue;
            }
            let error_rad = own + part * rng.normal();
            azimuths.push(image.x.atan2(image.y) + error_rad);
            let ground_m = image.x.hypot(image.y);
            all.push(Heard {
                t_s,
                error_rad,
                variance: (STATED_M / ground_m).powi(2),
            });
        }
        nuisance = nuisance.filter(|(_, until_s)| t_s < *until_s);
        if rng.uniform() < scene.false_per_h / 3_600.0 * REVISIT_S {
            let lasts_s = if rng.uniform() < 0.7 {
                -30.0 * (1.0 - rng.uniform()).ln()
            } else {
                0.5
            };
            nuisance = Some((TAU * rng.uniform(), t_s + lasts_s));
        }
        if let Some((azimuth_rad, _)) = nuisance {
            azimuths.push(azimuth_rad + own + part * rng.normal());
        }
        let reports: Vec<Report> = azimuths
            .into_iter()
            .map(|azimuth_rad| bearing(t_s + scene.clock_s, azimuth_rad))
            .collect();
        let reports: Vec<&Report> = reports.iter().collect();
        if !reports.is_empty() {
            listener.take(&trails, &reports, weather, 0.0);
        }
    }
    (listener, all)
}

/// Mean and variance of the orientation given errors of which it is known whose they are:
/// generalised least squares with the noise's whole covariance.
fn posterior(heard: &[Heard]) -> (f64, f64) {
    let sigma_2 = SIGMA_DEG.to_radians().powi(2);
    let n = heard.len();
    let noise = DMatrix::from_fn(n, n, |i, j| {
        let apart_s = (heard[i].t_s - heard[j].t_s).abs();
        let shared = 0.5 * sigma_2 * (-apart_s / WANDER_S).exp();
        shared
            + if i == j {
                0.5 * sigma_2 + heard[i].variance
            } else {
                0.0
            }
    });
    let factor = noise.cholesky().unwrap();
    let ones = factor.solve(&DVector::from_element(n, 1.0));
    let information = ones.sum() + PRIOR_DEG.to_radians().powi(-2);
    let errors = DVector::from_iterator(n, heard.iter().map(|h| h.error_rad));
    (ones.dot(&errors) / information, 1.0 / information)
}

fn within_degree(sigma_rad: f64) -> f64 {
    // P(|N(0, σ²)| < 1°) by the integral
    let edge = 1.0_f64.to_radians() / sigma_rad;
    let steps = 400;
    let density = |x: f64| (-0.5 * x * x).exp() / TAU.sqrt();
    let step = 2.0 * edge / f64::from(steps);
    (0..steps)
        .map(|i| density(-edge + step * (f64::from(i) + 0.5)) * step)
        .sum()
}

/// What `draws` arrays reach, and what whoever knows whose each bearing is would reach.
#[derive(Debug)]
struct Reached {
    rms_deg: f64,
    exact_rms_deg: f64,
    nees: f64,
    within: f64,
    exact_within: f64,
    stated_within: f64,
}

fn arrays(draws: u64, false_per_h: f64) -> Reached {
    let mut sums = [0.0; 6];
    for draw in 0..draws {
        let mut rng = Rng(draw * 7_919 + 11);
        let bias_deg = PRIOR_DEG * rng.normal();
        let flights = (0..3)
            .map(|i| Flight::past(&mut rng, 100.0 + 500.0 * f64::from(i)))
            .collect();
        let scene = Scene {
            false_per_h,
            ..Scene::new(flights, 1_600.0, bias_deg)
        };
        let (listener, heard) = run(&scene, &mut rng);
        let (mean, variance) = listener.orientation.estimate();
        let (exact, exact_variance) = posterior(&heard);
        let (off, exact_off) = (mean - bias_deg.to_radians(), exact - bias_deg.to_radians());
        let degree = 1.0_f64.to_radians();
        let of = [
            off * off,
            exact_off * exact_off,
            off * off / variance,
            f64::from(u8::from(off.abs() <= degree)),
            f64::from(u8::from(exact_off.abs() <= degree)),
            within_degree(exact_variance.sqrt()),
        ];
        for (sum, of) in sums.iter_mut().zip(of) {
            *sum += of / draws as f64;
        }
    }
    Reached {
        rms_deg: sums[0].sqrt().to_degrees(),
        exact_rms_deg: sums[1].sqrt().to_degrees(),
        nees: sums[2],
        within: sums[3],
        exact_within: sums[4],
        stated_within: sums[5],
    }
}

#[test]
fn nearly_the_exact_posterior_is_reached() {
    let quiet = arrays(150, 0.0);
    eprintln!("{quiet:?}");
    assert!(quiet.rms_deg < 1.08 * quiet.exact_rms_deg, "{quiet:?}");
    assert!((0.75..1.3).contains(&quiet.nees), "{quiet:?}");
    assert!(
        (quiet.exact_within - quiet.stated_within).abs() < 0.1,
        "{quiet:?}"
    );
}

/// Fifteen false alarms an hour, as in wind, most of which go on for half a minute.
#[test]
fn false_alarms_that_go_on_cost_little() {
    let loud = arrays(150, 15.0);
    eprintln!("{loud:?}");
    assert!(loud.rms_deg < 1.2 * loud.exact_rms_deg, "{loud:?}");
    assert!((0.7..1.45).contains(&loud.nees), "{loud:?}");
    assert!(loud.within > loud.exact_within - 0.06, "{loud:?}");
}

/// In the direction of everything far away there is now and then a false alarm.
#[test]
fn what_cannot_be_heard_teaches_nothing() {
    let far = |class, aside_m: f64, height_m: f64| Flight {
        class,
        from_s: 0.0,
        to_s: 4_000.0,
        middle: Vector3::new(aside_m, 0.0, height_m),
        velocity: Vector3::new(0.0, 1.0, 0.0),
        turn: 0.0,
    };
    for flight in [
        far(Class::LightAircraft, 15_000.0, 600.0),
        far(Class::Airliner, 6_000.0, 9_000.0),
    ] {
        let scene = Scene {
            false_per_h: 60.0,
            ..Scene::new(vec![flight], 3_600.0, 2.0)
        };
        let (listener, heard) = run(&scene, &mut Rng(4));
        let (mean, variance) = listener.orientation.estimate();
        assert!(heard.is_empty() && listener.orientation.used == 0);
        assert!(mean == 0.0 && variance.sqrt().to_degrees() > 0.999 * PRIOR_DEG);
    }
}

/// Someone who circles nearby, 3°/s: back-cast along the velocity of now, the place of eight
/// seconds ago would be 12° wrong.
#[test]
fn sound_is_looked_for_where_the_thing_was_and_not_along_its_course() {
    let circling = Flight {
        class: Class::LightAircraft,
        from_s: 0.0,
        to_s: 1_000.0,
        middle: Vector3::new(0.0, 2_500.0, 400.0),
        velocity: Vector3::new(50.0, 0.0, 0.0),
        turn: 3.0_f64.to_radians(),
    };
    let (listener, heard) = run(&Scene::new(vec![circling], 1_000.0, -4.0), &mut Rng(8));
    let (mean, variance) = listener.orientation.estimate();
    let (exact, exact_variance) = posterior(&heard);
    assert!(heard.len() > 200, "{}", heard.len());
    assert!(
        (mean - exact).abs() < 0.3 * variance.sqrt(),
        "{mean} {exact}"
    );
    assert!(variance < 1.2 * exact_variance && variance > 0.8 * exact_variance);
}

#[test]
fn a_clock_that_is_off_is_not_taken_for_an_orientation() {
    let mut nees = 0.0;
    let mut taken_as_right = 0.0;
    let draws = 30;
    for draw in 0..draws {
        let mut rng = Rng(500 + draw);
        let flights = (0..4)
            .map(|i| Flight::past(&mut rng, 100.0 + 500.0 * f64::from(i)))
            .collect();
        let clock_s = if rng.uniform() < 0.5 { 3.4 } else { -2.7 };
        let scene = Scene {
            clock_s,
            ..Scene::new(flights, 2_100.0, 2.0)
        };
        let (listener, _) = run(&scene, &mut rng);
        let (mean, variance) = listener.orientation.estimate();
        nees += (mean - 2.0_f64.to_radians()).powi(2) / variance / draws as f64;
        taken_as_right += listener.orientation.clock_right() / draws as f64;
    }
    assert!(nees < 1.7, "{nees}");
    assert!(taken_as_right < 0.1, "{taken_as_right}");
}

#[test]
fn an_array_that_is_turned_is_begun_anew() {
    let mut rng = Rng(77);
    let flights = (0..10)
        .map(|i| Flight::past(&mut rng, 100.0 + 300.0 * f64::from(i)))
        .collect();
    let mut scene = Scene::new(flights, 3_100.0, 2.0);
    scene.bias_rad[1] = (1_500.0, 50.0_f64.to_radians());
    let (listener, _) = run(&scene, &mut rng);
    let (mean, variance) = listener.orientation.estimate();
    assert_eq!(listener.orientation.restarts, 1);
    let off = wrap_pi(mean - 50.0_f64.to_radians());
    assert!(
        off.abs() < 3.0 * variance.sqrt() && off.abs() < 0.05,
        "{off}"
    );
}

proptest! {
    /// Whatever bearings come at whatever times: the estimate stays one, never surer than a
    /// fiftieth of a degree and never vaguer than after a restart.
    #[test]
    fn hostile_bearings_leave_an_estimate(
        hostile in prop::collection::vec((any::<i64>(), -10.0..10.0_f64, 0.0..1e3_f64), 1..80),
    ) {
        let mut listener = listener();
        let weather = Weather { air: Air::default(), told: false };
        let flight = Flight::past(&mut Rng(3), 0.0);
        let mut trail = Trail::new(1);
        for s in 60..180 {
            let track = flight.track(1, f64::from(s));
            let reference = Reference::new(&track, None, STATED_M).unwrap();
            trail.extend(reference, track.classes, Some(600.0));
        }
        let trails = [Arc::new(trail)];
        for (index, (time, azimuth_rad, sigma)) in hostile.into_iter().enumerate() {
            let mut report = bearing(120.0 + 2.0 * index as f64, azimuth_rad);
            if index % 3 == 0 {
                report.time = Timestamp(time);
            }
            if let Measurement::Bearing { azimuth_sigma_rad, .. } = &mut report.measurement {
                *azimuth_sigma_rad = sigma;
            }
            listener.take(&trails, &[&report], weather, 30.0);
        }
        let (mean, variance) = listener.orientation.estimate();
        prop_assert!(mean.is_finite() && variance > 1e-8 && variance.sqrt() < 1.1);
    }
}

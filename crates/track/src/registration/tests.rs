//! Oracles of the estimator: the Cramér–Rao bound, consistency, outliers, what cannot
//! be observed, and hostile numbers.

use super::estimator::{Estimate, Estimator, PARAMETERS, Verdict};
use super::geometry::{Inflation, Reference, correct, observe};
use super::robust::Observation;
use lapwing_geo::{Geodetic, LocalFrame, wrap_two_pi};
use lapwing_model::{
    Claims, ClassProbabilities, Measurement, Origin, PolarSigma, RawRef, Report, SensorId,
    Timestamp, Track, TrackId,
};
use nalgebra::{SMatrix, SVector, Vector3};
use proptest::prelude::*;
use std::f64::consts::TAU;

const SITE: Geodetic = Geodetic::new(55.0, -4.0, 50.0);
/// The figures of the reference scenario: radar, and ADS-B on each axis.
const RANGE_SIGMA_M: f64 = 30.0;
const AZIMUTH_SIGMA_RAD: f64 = 0.3 * TAU / 360.0;
const ADSB_SIGMA_M: f64 = 30.0;
const INDEPENDENT: Inflation = Inflation {
    sensor: 1.0,
    reference: 1.0,
};

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    fn uniform(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
    fn normal(&mut self) -> f64 {
        let u = 1.0 - self.uniform(0.0, 1.0);
        (-2.0 * u.ln()).sqrt() * (TAU * self.uniform(0.0, 1.0)).cos()
    }
}

/// What a scene of plots is drawn from.
#[derive(Clone, Copy)]
struct Scene {
    plots: usize,
    ranges_m: (f64, f64),
    speed_mps: f64,
    /// Share of plots that are of something else.
    gross: f64,
    /// Whether every aircraft flies across the line of sight.
    crossing: bool,
}

const USUAL: Scene = Scene {
    plots: 1_000,
    ranges_m: (2e3, 25e3),
    speed_mps: 200.0,
    gross: 0.0,
    crossing: false,
};

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(1e6 + seconds)
}

/// An aircraft as a reference and as the radar measures it with errors θ: the truth is
/// made by moving the aircraft and the radar, not by the derivatives under test.
fn plot(
    rng: &mut Rng,
    scene: &Scene,
    theta: &[f64; PARAMETERS],
    number: usize,
) -> (Report, Reference) {
    let [range_bias_m, scale, azimuth_bias, time_s, east_m, north_m] = *theta;
    let frame = LocalFrame::new(SITE);
    let range_m = rng.uniform(scene.ranges_m.0, scene.ranges_m.1);
    let azimuth = rng.uniform(0.0, TAU);
    let heading = if scene.crossing {
        azimuth + TAU / 4.0
    } else {
        rng.uniform(0.0, TAU)
    };
    let q = Vector3::new(range_m * azimuth.sin(), range_m * azimuth.cos(), 600.0);
    let v = Vector3::new(heading.sin(), heading.cos(), 0.0) * scene.speed_mps;
    let time = at(number as f64);
    let own = Vector3::new(rng.normal(), rng.normal(), 0.0) * ADSB_SIGMA_M;
    let position = frame.to_geodetic(q + own);
    let turn = frame.rotation_to_axes_at(position);
    let mut covariance = [[0.0; 6]; 6];
    covariance[2][2] = 1.0;
    let track = Track {
        id: TrackId {
            node: 1,
            counter: number as u64 % 40,
        },
        time,
        origin: Origin::Claim,
        position,
        height: None,
        velocity_mps: (turn * v).into(),
        covariance,
        existence: 1.0,
        existence_independent: 0.0,
        confirmed: true,
        followed: true,
        classes: ClassProbabilities::from_weights([1.0; 6]),
        claims: Vec::new(),
        contributors: Vec::new(),
        modes: None,
        parts: Vec::new(),
        first_seen: time,
        last_seen: time,
    };
    let reference = Reference::new(&track, None, ADSB_SIGMA_M).unwrap();
    // the plot says `time`, but was made `time_s` later, from where the radar really stands
    let from = q + v * time_s - Vector3::new(east_m, north_m, 0.0);
    let gross = rng.uniform(0.0, 1.0) < scene.gross;
    let (wrong_m, wrong_rad) = if gross {
        (rng.uniform(-3_000.0, 3_000.0), rng.uniform(-0.1, 0.1))
    } else {
        (0.0, 0.0)
    };
    let measured_m =
        (1.0 + scale) * from.norm() + range_bias_m + RANGE_SIGMA_M * rng.normal() + wrong_m;
    let measured_rad =
        from.x.atan2(from.y) + azimuth_bias + AZIMUTH_SIGMA_RAD * rng.normal() + wrong_rad;
    (polar(time, measured_m, measured_rad), reference)
}

fn polar(time: Timestamp, range_m: f64, azimuth_rad: f64) -> Report {
    Report {
        sensor: SensorId(0),
        time,
        measurement: Measurement::Polar {
            range_m,
            azimuth_rad: wrap_two_pi(azimuth_rad),
            elevation_rad: None,
            range_rate_mps: None,
            height_m: None,
            sigma: PolarSigma {
                range_m: RANGE_SIGMA_M,
                azimuth_rad: AZIMUTH_SIGMA_RAD,
                elevation_rad: 0.0,
                range_rate_mps: 0.0,
            },
        },
        claims: Claims::default(),
        rcs_dbsm: None,
        class_log_likelihoods: None,
        raw: RawRef::default(),
    }
}

fn observation(report: &Report, reference: &Reference) -> Observation<PARAMETERS> {
    observe(report, &LocalFrame::new(SITE), reference, INDEPENDENT).unwrap()
}

/// Errors, mean bound and mean normalised error squared over draws of θ from its prior.
struct MonteCarlo {
    rms: [f64; PARAMETERS],
    bound: [f64; PARAMETERS],
    stated: [f64; PARAMETERS],
    nees: f64,
}

fn monte_carlo(prior: [f64; PARAMETERS], scene: &Scene, draws: u64) -> MonteCarlo {
    let mut squares = [0.0; PARAMETERS];
    let mut bounds = [0.0; PARAMETERS];
    let mut stated = [0.0; PARAMETERS];
    let mut nees = 0.0;
    let active: Vec<usize> = (0..PARAMETERS).filter(|i| prior[*i] > 0.0).collect();
    for draw in 0..draws {
        let mut rng = Rng(1 + draw * 7_919);
        let theta = prior.map(|sigma| sigma * rng.normal());
        let mut estimator = Estimator::new(prior, 300, 60, 3);
        let mut information = SMatrix::<f64, PARAMETERS, PARAMETERS>::from_diagonal(
            &SVector::from(prior.map(|s| if s > 0.0 { 1.0 / (s * s) } else { 1e18 })),
        );
        for number in 0..scene.plots {
            let (report, reference) = plot(&mut rng, scene, &theta, number);
            let observation = observation(&report, &reference);
            for row in observation.rows.iter().flatten() {
                let h = SVector::from(row.h);
                information += h * h.transpose() / (row.sensor_variance + row.reference_variance);
            }
            estimator.take(observation, at(number as f64));
        }
        let bound = information.try_inverse().unwrap();
        let Estimate {
            theta: found,
            covariance,
        } = estimator.estimate().unwrap();
        let n = active.len();
        let error = nalgebra::DVector::from_fn(n, |i, _| found[active[i]] - theta[active[i]]);
        let p = nalgebra::DMatrix::from_fn(n, n, |i, j| covariance[active[i]][active[j]]);
        nees += (error.transpose() * p.try_inverse().unwrap() * &error)[0] / n as f64;
        for i in 0..PARAMETERS {
            squares[i] += (found[i] - theta[i]).powi(2);
            bounds[i] += bound[(i, i)];
            stated[i] += covariance[i][i];
        }
    }
    let mean = |sums: [f64; PARAMETERS]| sums.map(|sum| (sum / draws as f64).sqrt());
    MonteCarlo {
        rms: mean(squares),
        bound: mean(bounds),
        stated: mean(stated),
        nees: nees / draws as f64,
    }
}

/// The table of the reference scenario: 1,000 plots give 3.0 m, 2e-4, 0.011°, 10 ms. It does
/// not state its ranges and speeds; 2–25 km and 160 m/s on any heading give its four figures.
/// Wide priors and a surveyed place.
#[test]
fn a_thousand_plots_reach_the_bound() {
    let prior = [100.0, 5e-3, 0.02, 0.5, 0.0, 0.0];
    let scene = Scene {
        speed_mps: 160.0,
        ..USUAL
    };
    let got = monte_carlo(prior, &scene, 200);
    let table = [3.0, 2e-4, 0.011_f64.to_radians(), 0.010];
    for (i, in_table) in table.into_iter().enumerate() {
        let ratio = got.rms[i] / got.bound[i];
        assert!((0.85..1.15).contains(&ratio), "{i}: rms / bound {ratio}");
        let ratio = got.bound[i] / in_table;
        assert!((0.8..1.25).contains(&ratio), "{i}: bound / table {ratio}");
        let ratio = got.stated[i] / got.rms[i];
        assert!((0.85..1.2).contains(&ratio), "{i}: stated / rms {ratio}");
    }
    assert!((0.8..1.2).contains(&got.nees), "nees {}", got.nees);
}

/// With the place unknown as well, all six; θ from the priors that a site has by default.
#[test]
fn all_six_parameters_are_found_and_their_errors_are_honest() {
    let prior = [50.0, 1e-3, 0.0175, 0.3, 50.0, 50.0];
    let got = monte_carlo(prior, &USUAL, 120);
    for i in 0..PARAMETERS {
        let ratio = got.rms[i] / got.bound[i];
        assert!((0.8..1.25).contains(&ratio), "{i}: rms / bound {ratio}");
    }
    assert!((0.8..1.2).contains(&got.nees), "nees {}", got.nees);
}

#[test]
fn one_plot_in_ten_of_something_else_costs_less_than_half_again() {
    let scene = Scene {
        gross: 0.1,
        ..USUAL
    };
    let prior = [100.0, 5e-3, 0.02, 0.5, 0.0, 0.0];
    let clean = monte_carlo(prior, &USUAL, 60);
    let got = monte_carlo(prior, &scene, 60);
    for i in 0..4 {
        let ratio = got.rms[i] / clean.bound[i];
        assert!(ratio < 1.5, "{i}: {ratio}");
    }
}

/// Without a spread of ranges, bias and scale cannot be told apart: their sum is known, each
/// is as unknown as the prior leaves it. Without a radial speed, nothing is learnt of time
/// from ranges; across, time and azimuth go together where all fly alike.
#[test]
fn what_cannot_be_observed_stays_at_its_prior() {
    let prior = [50.0, 1e-3, 0.0175, 0.3, 0.0, 0.0];
    let narrow = Scene {
        ranges_m: (20e3, 20.1e3),
        crossing: true,
        ..USUAL
    };
    let theta = [40.0, -1e-3, 0.004, 0.2, 0.0, 0.0];
    let mut estimator = Estimator::new(prior, 300, 60, 3);
    let mut rng = Rng(5);
    for number in 0..1_000 {
        let (report, reference) = plot(&mut rng, &narrow, &theta, number);
        estimator.take(observation(&report, &reference), at(number as f64));
    }
    let Estimate {
        theta: found,
        covariance: p,
    } = estimator.estimate().unwrap();
    // 50 m and 1e-3 · 20 km: the sum is known to metres, the parts hardly
    let sum_m = found[0] + 20_050.0 * found[1];
    assert!((sum_m - (40.0 - 20.05)).abs() < 5.0, "{sum_m}");
    let of_sum = p[0][0] + 2.0 * 20_050.0 * p[0][1] + 20_050.0_f64.powi(2) * p[1][1];
    assert!(of_sum.sqrt() < 3.0);
    let least_possible = (1.0_f64 / (1.0 / 50.0_f64.powi(2) + 1.0 / 20.05_f64.powi(2))).sqrt();
    assert!(p[0][0].sqrt() > 0.9 * least_possible, "{}", p[0][0].sqrt());
    assert!((found[0] - 40.0).abs() < 3.0 * p[0][0].sqrt());
    // every one crosses to the right: 0.01 rad/s · Δt is an azimuth bias
    assert!(p[3][3].sqrt() > 0.9 * 0.3, "{}", p[3][3].sqrt());
    let together = found[2] + 200.0 / 20_050.0 * found[3];
    assert!((together - 0.006).abs() < 0.001, "{together}");
}

/// A correction undoes what the errors do; the error it leaves is no noise of the report's.
#[test]
fn a_correction_takes_the_errors_off() {
    let theta = [45.0, 8e-4, 0.009, -0.25, 12.0, -9.0];
    let exact = Estimate {
        theta,
        covariance: [[0.0; PARAMETERS]; PARAMETERS],
    };
    let mut rng = Rng(11);
    for number in 0..200 {
        let (report, _) = plot(&mut rng, &USUAL, &theta, number);
        let mut rng_again = Rng(11);
        let mut truth = None;
        for same in 0..=number {
            let (honest, reference) = plot(&mut rng_again, &USUAL, &[0.0; PARAMETERS], same);
            truth = Some((honest, reference));
        }
        let (honest, reference) = truth.unwrap();
        let mut corrected = report;
        correct(&mut corrected, &exact);
        // the same noise without errors, of the place where it flies at the corrected time
        let shift_s = corrected.time.seconds_since(honest.time);
        assert!((shift_s + 0.25).abs() < 1e-9);
        let frame = LocalFrame::new(SITE);
        let (before, _, _) = reference.seen(&frame, 0.0);
        let (after, _, _) = reference.seen(&frame, shift_s);
        let (Measurement::Polar { range_m: a, .. }, Measurement::Polar { range_m: b, .. }) =
            (&corrected.measurement, &honest.measurement)
        else {
            panic!("not polar");
        };
        let expected_m = b + after.norm() - before.norm();
        assert!((a - expected_m).abs() < 1.0, "{} m", a - expected_m);
    }
    let mut uncertain = exact;
    uncertain.covariance[0][0] = 16.0 * RANGE_SIGMA_M * RANGE_SIGMA_M / 9.0;
    uncertain.covariance[1][1] = 1e-6;
    uncertain.covariance[2][2] = 1e-4;
    uncertain.covariance[3][3] = 0.04;
    let mut report = polar(at(0.0), 10_000.0, 1.0);
    let left = uncertain.left(&report.measurement);
    // 40 m, and 10 m for a scale of a thousandth at 10 km
    for (left, expected) in left.into_iter().zip([40.0_f64.hypot(10.0), 0.01, 0.2]) {
        assert!((left - expected).abs() < 1e-9, "{left} {expected}");
    }
    correct(&mut report, &uncertain);
    let Measurement::Polar { sigma, .. } = report.measurement else {
        panic!("not polar");
    };
    assert!((sigma.range_m - RANGE_SIGMA_M).abs() < 1e-9);
}

/// An aircraft that says it is 0.7° from where it is, so near that no single report leaves the
/// gate: it is recognised by its mean. Believed, it would move the azimuth by 0.012 rad / 40.
#[test]
fn a_small_lie_is_recognised_by_its_mean() {
    let prior = [50.0, 1e-3, 0.0175, 0.3, 0.0, 0.0];
    let theta = [20.0, 2e-4, 0.003, 0.1, 0.0, 0.0];
    let run = |lie: bool| {
        let mut rng = Rng(3);
        let mut estimator = Estimator::new(prior, 300, 60, 3);
        let mut refused = 0;
        for number in 0..2_000 {
            let (mut report, reference) = plot(&mut rng, &USUAL, &theta, number);
            if lie
                && reference.key == 7
                && let Measurement::Polar { azimuth_rad, .. } = &mut report.measurement
            {
                *azimuth_rad += 0.012;
            }
            let verdict = estimator.take(observation(&report, &reference), at(number as f64));
            refused += u32::from(verdict == Verdict::Refused);
        }
        (estimator.estimate().unwrap(), refused)
    };
    let ((honest, refused_honest), (lied, refused_lies)) = (run(false), run(true));
    let moved = (lied.theta[2] - honest.theta[2]).abs();
    assert!(moved < 0.5 * 0.012 / 40.0, "{moved} rad");
    assert_eq!(refused_honest, 0);
    // 42 of its 50 reports come after the start window, and a dozen are needed to tell
    assert!((28..=42).contains(&refused_lies), "{refused_lies}");
}

#[test]
fn a_sensor_that_is_turned_is_registered_anew() {
    let prior = [50.0, 1e-3, 0.0349, 0.3, 0.0, 0.0];
    let mut rng = Rng(3);
    let mut estimator = Estimator::new(prior, 300, 60, 3);
    for number in 0..1_600 {
        let azimuth = if number < 800 { 0.004 } else { -0.04 };
        let theta = [10.0, 0.0, azimuth, 0.0, 0.0, 0.0];
        let (report, reference) = plot(&mut rng, &USUAL, &theta, number);
        estimator.take(observation(&report, &reference), at(number as f64));
    }
    assert_eq!(estimator.restarts, 1);
    let found = estimator.estimate().unwrap().theta[2];
    assert!((found + 0.04).abs() < 0.001, "{found}");
}

proptest! {
    /// Whatever numbers come in, at whatever times: the estimate stays one, its covariance
    /// stays that of something, and never more uncertain than the prior.
    #[test]
    fn hostile_numbers_and_clocks_leave_an_estimate(
        seed in 0_u64..1_000,
        hostile in prop::collection::vec(
            (any::<f64>(), any::<f64>(), any::<i64>(), 0_usize..400), 1..60),
    ) {
        let prior = [50.0, 1e-3, 0.0175, 0.3, 10.0, 10.0];
        let theta = [20.0, 2e-4, 0.003, 0.1, 3.0, 0.0];
        let mut estimator = Estimator::new(prior, 300, 60, 3);
        let mut rng = Rng(seed);
        for number in 0..400 {
            for (residual, variance, time, when) in &hostile {
                if *when == number {
                    let (report, reference) = plot(&mut rng, &USUAL, &theta, number);
                    let mut bad = observation(&report, &reference);
                    if let Some(row) = &mut bad.rows[0] {
                        row.residual = *residual;
                        row.sensor_variance = *variance;
                        row.h[1] = *variance;
                    }
                    let verdict = estimator.take(bad, Timestamp(*time));
                    if !(residual.is_finite() && variance.is_finite() && *variance > 0.0) {
                        prop_assert_eq!(verdict, Verdict::Refused);
                    }
                }
            }
            let (report, reference) = plot(&mut rng, &USUAL, &theta, number);
            estimator.take(observation(&report, &reference), at(number as f64));
        }
        let Estimate { theta: found, covariance } = estimator.physical();
        for i in 0..PARAMETERS {
            prop_assert!(found[i].is_finite());
            prop_assert!(covariance[i][i] > 0.0);
            prop_assert!(covariance[i][i].sqrt() <= prior[i] * (1.0 + 1e-9));
            for j in 0..PARAMETERS {
                prop_assert!(covariance[i][j].powi(2) <= covariance[i][i] * covariance[j][j] * (1.0 + 1e-6));
            }
        }
    }
}

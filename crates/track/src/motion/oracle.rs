//! The interacting multiple model step written out plainly, as the oracle of
//! [`super::modes`]: dynamic matrices, every integral by Van Loan's block exponential
//! (1978), the update by the joint formula with an inverse.

use super::behaviour::{Behaviour, HOVER, LEFT, MODES, RIGHT};
use super::{Gaussian, Intensity, Modes, intensity};
use crate::TrackerConfig;
use crate::chart::Chart;
use crate::update::{Row, Rows};
use lapwing_geo::Geodetic;
use lapwing_model::{Class, ClassProbabilities};
use nalgebra::{DMatrix, DVector, Matrix6, Vector3, Vector6};
use proptest::prelude::*;

/// e^A by its own series of a matrix scaled down far.
fn exponential(a: &DMatrix<f64>) -> DMatrix<f64> {
    let n = a.nrows();
    let small = a / 1024.0;
    let (mut sum, mut term) = (DMatrix::identity(n, n), DMatrix::identity(n, n));
    for k in 1..16 {
        term = &term * &small / f64::from(k);
        sum += &term;
    }
    for _ in 0..10 {
        sum = &sum * &sum;
    }
    sum
}

/// Transition matrix and noise of dx = f x dt + dw, E[dw dwᵀ] = q dt.
fn discrete(f: &DMatrix<f64>, q: &DMatrix<f64>, dt: f64) -> (DMatrix<f64>, DMatrix<f64>) {
    let n = f.nrows();
    let mut block = DMatrix::zeros(2 * n, 2 * n);
    block.view_mut((0, 0), (n, n)).copy_from(&(-f));
    block.view_mut((0, n), (n, n)).copy_from(q);
    block.view_mut((n, n), (n, n)).copy_from(&f.transpose());
    let e = exponential(&(block * dt));
    let phi = e.view((n, n), (n, n)).transpose();
    let noise = &phi * e.view((0, n), (n, n));
    (phi, noise)
}

fn continuous(
    mode: usize,
    up: &Vector3<f64>,
    rate: f64,
    q: Intensity,
) -> (DMatrix<f64>, DMatrix<f64>) {
    let mut f = DMatrix::zeros(6, 6);
    let mut noise = DMatrix::zeros(6, 6);
    for axis in 0..3 {
        f[(axis, axis + 3)] = 1.0;
        noise[(axis + 3, axis + 3)] = q.of_axis(axis);
        if mode == HOVER {
            f[(axis + 3, axis + 3)] = -1.0 / super::flow::HOVER_TAU_S;
        }
    }
    let w = match mode {
        LEFT => rate,
        RIGHT => -rate,
        _ => 0.0,
    };
    let turn = up.cross_matrix() * w;
    for i in 0..3 {
        for j in 0..3 {
            f[(i + 3, j + 3)] += turn[(i, j)];
        }
    }
    (f, noise)
}

struct Plain {
    means: Vec<DVector<f64>>,
    covariances: Vec<DMatrix<f64>>,
    probabilities: Vec<f64>,
}

impl Plain {
    fn step(
        &mut self,
        (config, chart, behaviour): (&TrackerConfig, &Chart, &Behaviour),
        dt: f64,
        h: &DMatrix<f64>,
        r: &DMatrix<f64>,
        z: &DVector<f64>,
    ) -> f64 {
        let g = behaviour.generator(config);
        let p = exponential(&(DMatrix::from_fn(MODES, MODES, |i, j| g[(i, j)]) * dt));
        let mut next = Self {
            means: vec![],
            covariances: vec![],
            probabilities: vec![],
        };
        // the rule that leaves out what is unlikely is part of the step
        let mut coming: Vec<f64> = (0..MODES)
            .map(|to| (0..MODES).map(|i| self.probabilities[i] * p[(i, to)]).sum())
            .map(|c: f64| if c < 1e-5 { 0.0 } else { c })
            .collect();
        let all: f64 = coming.iter().sum();
        for c in &mut coming {
            *c /= all;
        }
        for to in 0..MODES {
            let c = coming[to] * all;
            if c <= 0.0 {
                next.means.push(self.means[to].clone());
                next.covariances.push(self.covariances[to].clone());
                next.probabilities.push(0.0);
                continue;
            }
            let mut mean = DVector::zeros(6);
            for from in 0..MODES {
                mean += &self.means[from] * (self.probabilities[from] * p[(from, to)] / c);
            }
            let mut covariance = DMatrix::zeros(6, 6);
            for from in 0..MODES {
                let d = &self.means[from] - &mean;
                covariance += (&self.covariances[from] + &d * d.transpose())
                    * (self.probabilities[from] * p[(from, to)] / c);
            }
            let rate = behaviour.turn_rate_rad_s(mean[3].hypot(mean[4]));
            // the vertical there, and the Earth's curvature bending the path, as in the filter
            let (at, v) = (
                Vector3::new(mean[0], mean[1], mean[2]),
                Vector3::new(mean[3], mean[4], mean[5]),
            );
            let (f, q) = continuous(to, &chart.up(&at), rate, intensity(config, to));
            let (phi, noise) = discrete(&f, &q, dt);
            let bend = chart.level_acceleration(&(at + v * (0.5 * dt)), &v);
            let mut mean = &phi * mean;
            for axis in 0..3 {
                mean[axis] += bend[axis] * 0.5 * dt * dt;
                mean[axis + 3] += bend[axis] * dt;
            }
            let covariance = &phi * covariance * phi.transpose() + noise;
            let s = h * &covariance * h.transpose() + r;
            let inverse = s.clone().try_inverse().unwrap();
            let innovation = z - h * &mean;
            let gain = &covariance * h.transpose() * &inverse;
            let likelihood = (-0.5 * (innovation.transpose() * &inverse * &innovation)[0]).exp()
                / (s * std::f64::consts::TAU).determinant().sqrt();
            next.means.push(mean + &gain * innovation);
            next.covariances
                .push((DMatrix::identity(6, 6) - &gain * h) * covariance);
            next.probabilities.push(coming[to] * likelihood);
        }
        let total: f64 = next.probabilities.iter().sum();
        for p in &mut next.probabilities {
            *p /= total;
        }
        *self = next;
        total.ln()
    }

    fn merged(&self) -> (DVector<f64>, DMatrix<f64>) {
        let mut mean = DVector::zeros(6);
        for (m, p) in self.means.iter().zip(&self.probabilities) {
            mean += m * *p;
        }
        let mut covariance = DMatrix::zeros(6, 6);
        for ((m, c), p) in self
            .means
            .iter()
            .zip(&self.covariances)
            .zip(&self.probabilities)
        {
            let d = m - &mean;
            covariance += (c + &d * d.transpose()) * *p;
        }
        (mean, covariance)
    }
}

fn start(speed_mps: f64) -> (Chart, Gaussian) {
    let chart = Chart::near(Geodetic::new(50.0, 5.0, 0.0));
    let state = Gaussian {
        mean: Vector6::new(100.0, -50.0, 300.0, speed_mps, 0.3 * speed_mps, 0.0),
        covariance: Matrix6::from_diagonal(&Vector6::new(900.0, 900.0, 400.0, 100.0, 100.0, 4.0)),
    };
    (chart, state)
}

/// Rows of a position measured at `z`, with `sigma_m`.
fn position_rows(mean: &Vector6<f64>, z: &Vector3<f64>, sigma_m: f64) -> Rows {
    let mut rows = Rows::at(*mean);
    for axis in 0..3 {
        let mut h = Vector6::zeros();
        h[axis] = 1.0;
        rows.push(Row {
            h,
            residual: z[axis] - mean[axis],
            variance: sigma_m * sigma_m,
            ..Row::NONE
        });
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Ten reports at any intervals of a thing that turns: the same state, probabilities
    /// and likelihoods.
    #[test]
    fn the_step_is_the_textbook_s(
        speed in 10.0..60.0_f64,
        rate in -0.15..0.15_f64,
        steps in prop::collection::vec((0.3..5.0_f64, prop::array::uniform3(-40.0..40.0_f64)), 10),
        weights in prop::array::uniform6(0.05..1.0_f64),
    ) {
        let config = TrackerConfig::default();
        let behaviour = Behaviour::of(&ClassProbabilities::from_weights(weights));
        let (chart, first) = start(speed);
        let mut modes = Modes::of(first);
        let mut plain = Plain {
            means: vec![DVector::from_column_slice(first.mean.as_slice()); MODES],
            covariances: vec![DMatrix::from_column_slice(6, 6, first.covariance.as_slice()); MODES],
            probabilities: modes.probabilities.to_vec(),
        };
        let sigma_m = 20.0;
        let mut h = DMatrix::zeros(3, 6);
        h.fill_diagonal(1.0);
        let r = DMatrix::identity(3, 3) * (sigma_m * sigma_m);
        let (mut at, mut heading) = (first.position(), 0.3_f64);
        for (dt, error) in steps {
            heading += rate * dt;
            at += Vector3::new(heading.cos(), heading.sin(), 0.0) * (speed * dt);
            let z = at + Vector3::from(error) * 0.5;
            let log = plain.step(
                (&config, &chart, &behaviour), dt, &h, &r, &DVector::from_column_slice(z.as_slice()),
            );
            modes = modes.predicted(&config, &chart, &behaviour, dt);
            let mut logs = [0.0; MODES];
            for (mode, log) in logs.iter_mut().enumerate() {
                let updated = modes.states[mode]
                    .updated(&position_rows(&modes.states[mode].mean, &z, sigma_m));
                modes.states[mode] = updated.state;
                *log = updated.log_likelihood;
            }
            let got = modes.weighed(&logs).unwrap();
            prop_assert!((got - log).abs() < 1e-4, "{got} {log}");
            for (a, b) in modes.probabilities.iter().zip(&plain.probabilities) {
                prop_assert!((a - b).abs() < 1e-4, "{a} {b}");
            }
            let (mean, covariance) = plain.merged();
            let state = modes.merged();
            for i in 0..6 {
                prop_assert!((state.mean[i] - mean[i]).abs() < 0.02);
                for j in 0..6 {
                    let scale = (covariance[(i, i)] * covariance[(j, j)]).sqrt();
                    let off = (state.covariance[(i, j)] - covariance[(i, j)]).abs();
                    prop_assert!(off < 1e-3 * scale, "{i} {j}: {off} of {scale}");
                }
            }
        }
    }
}

/// With one mode there is nothing to mix: the Kalman filter, to the bit.
#[test]
fn one_mode_is_the_kalman_filter() {
    let config = TrackerConfig {
        manoeuvre_every_s: f64::INFINITY,
        ..TrackerConfig::default()
    };
    let mut only = [0.0; 6];
    only[Class::FixedWingDrone as usize] = 1.0;
    let behaviour = Behaviour::of(&ClassProbabilities::from_weights(only));
    let (chart, mut alone) = start(50.0);
    let mut modes = Modes::of(alone);
    modes.probabilities = [1.0, 0.0, 0.0, 0.0];
    for (k, dt) in [1.0, 4.0, 0.5, 3.0].into_iter().enumerate() {
        let z = alone.position() + Vector3::new(50.0, 10.0 * k as f64, -3.0);
        alone = alone.predicted(&chart, dt, Intensity::straight(&config));
        alone = alone.updated(&position_rows(&alone.mean, &z, 20.0)).state;
        modes = modes.predicted(&config, &chart, &behaviour, dt);
        modes.states[0] = modes.states[0]
            .updated(&position_rows(&modes.states[0].mean, &z, 20.0))
            .state;
        assert_eq!(modes.probabilities, [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(modes.merged(), alone);
    }
}

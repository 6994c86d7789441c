//! What `consider` and `learnt` must be: filters with the errors as states, in full matrices; the
//! Schmidt filter of what is considered, the Kalman filter of what is learnt.

use super::consider::{Considered, ENTRIES_MAX, NONE, Setting};
use crate::motion::Gaussian;
use crate::update::{AZIMUTH, ERRORS, RANGE, Row, Rows, TIME};
use lapwing_model::{SensorId, SensorKind, SensorSpec, Timestamp};
use nalgebra::{DMatrix, DVector, Matrix6, SMatrix, SVector, Vector6};

const STEP_S: f64 = 2.0;

/// Against the full filter on (x, b_1, f_1, b_2, f_2), over sixty reports of two arrays.
#[test]
fn what_arrays_tell_is_what_the_augmented_kalman_filter_says() {
    let spec = SensorSpec::of_kind("a", SensorKind::AcousticArray);
    let setting = |id: u32| Setting {
        sensor: Some(SensorId(id)),
        sigmas: [0.0, 0.2, 0.0],
        fading_share: 0.5,
        fading_s: 10.0,
        ..Setting::of(&spec)
    };
    let slope = |k: u32| {
        let a = 0.37 * f64::from(k);
        Vector6::new(a.sin(), a.cos(), 0.1, -0.3 * a.sin(), -0.3 * a.cos(), 0.0)
    };
    let sigma = 0.3;
    let mut state = Gaussian {
        mean: Vector6::zeros(),
        covariance: Matrix6::identity() * 4.0,
    };
    let mut considered = Considered::default();
    // the oracle: x, then b and f of each of two sensors
    let mut mean = DVector::<f64>::zeros(10);
    let mut p = DMatrix::<f64>::identity(10, 10) * 4.0;
    for id in 0..2 {
        p[(6 + 2 * id, 6 + 2 * id)] = 0.04;
        p[(7 + 2 * id, 7 + 2 * id)] = 0.5 * sigma * sigma;
    }
    let mut f = DMatrix::<f64>::identity(10, 10);
    for axis in 0..3 {
        f[(axis, axis + 3)] = STEP_S;
    }
    let fade = (-STEP_S / 10.0_f64).exp();
    f[(7, 7)] = fade;
    f[(9, 9)] = fade;
    let mut step = Matrix6::identity();
    step.copy_from(&f.view((0, 0), (6, 6)));
    for k in 0..60_u32 {
        let id = usize::from(k % 3 == 0);
        let time = Timestamp::from_seconds(STEP_S * f64::from(k));
        // off by what is learnt, and by what is not
        let z = 0.3 - 0.4 * id as f64 + 0.1 * (0.9 * f64::from(k)).sin();
        if k > 0 {
            state.mean = step * state.mean;
            state.covariance = step * state.covariance * step.transpose();
            mean = &f * mean;
            p = &f * p * f.transpose();
            for at in [7, 9] {
                p[(at, at)] += (1.0 - fade * fade) * 0.5 * sigma * sigma;
            }
        }
        let h = slope(k);
        let setting = setting(id as u32);
        let setting = considered.setting(&setting, time)(&state.covariance);
        let mut row = Row {
            h,
            residual: z - h.dot(&state.mean),
            variance: sigma * sigma,
            ..Row::NONE
        };
        setting.azimuth_error(&mut row, sigma, 0.0);
        let mut rows = Rows::at(state.mean);
        rows.cross = setting.cross;
        rows.push(row);
        considered.take(&state, &rows, &setting, time);
        state = state.updated(&rows).state;

        let mut full = DVector::<f64>::zeros(10);
        full.rows_mut(0, 6).copy_from(&h);
        full[6 + 2 * id] = 1.0;
        full[7 + 2 * id] = 1.0;
        let ph = &p * &full;
        let s = full.dot(&ph) + 0.5 * sigma * sigma;
        mean += &ph * ((z - full.dot(&mean)) / s);
        p -= &ph * ph.transpose() / s;
    }
    assert!(mean[6] - mean[8] > 0.2, "{mean}");
    let setting = setting(0);
    let known = considered.setting(&setting, considered.time)(&state.covariance).known;
    let scales = [0.2, 0.5_f64.sqrt() * sigma];
    for (i, scale) in scales.into_iter().enumerate() {
        assert!((known.mean[i] * scale - mean[6 + i]).abs() < 1e-9);
        let expected = p[(6 + i, 6 + i)] / (scale * scale);
        assert!((known.variance[2 * i] - expected).abs() < 1e-9);
    }
    let expected: Vector6<f64> = mean.fixed_rows::<6>(0).into_owned();
    assert!(
        (state.mean - expected).norm() < 1e-9 * expected.norm(),
        "{} {expected}",
        state.mean
    );
    let expected: Matrix6<f64> = p.fixed_view::<6, 6>(0, 0).into_owned();
    assert!(
        (state.covariance - expected).norm() < 1e-9,
        "{}",
        state.covariance - expected
    );
}

/// However often one sensor speaks, its bias stays in the state's variance.
#[test]
fn repetition_does_not_beat_a_bias() {
    let spec = SensorSpec::of_kind("a", SensorKind::AcousticArray);
    let setting = Setting {
        sensor: Some(SensorId(1)),
        sigmas: [0.0, 0.5, 0.0],
        ..Setting::of(&spec)
    };
    let mut state = Gaussian {
        mean: Vector6::zeros(),
        covariance: Matrix6::from_diagonal(&Vector6::new(9.0, 1.0, 1.0, 1e-9, 1e-9, 1e-9)),
    };
    let mut considered = Considered::default();
    for _ in 0..200 {
        let time = Timestamp(0);
        let setting = considered.setting(&setting, time)(&state.covariance);
        let mut row = Row {
            h: Vector6::x(),
            residual: -state.mean[0],
            variance: 0.04,
            ..Row::NONE
        };
        setting.azimuth_error(&mut row, 0.2, 0.0);
        let mut rows = Rows::at(state.mean);
        rows.cross = setting.cross;
        rows.push(row);
        considered.take(&state, &rows, &setting, time);
        state = state.updated(&rows).state;
    }
    let variance = state.covariance[(0, 0)];
    let least = 1.0 / (1.0 / 9.0 + 1.0 / 0.25);
    assert!(
        variance > least && variance < 1.05 * least,
        "{variance} {least}"
    );
}

#[test]
fn a_track_keeps_a_bounded_number_of_sensors() {
    let spec = SensorSpec::of_kind("a", SensorKind::AcousticArray);
    let state = Gaussian {
        mean: Vector6::zeros(),
        covariance: Matrix6::identity(),
    };
    let mut considered = Considered::default();
    for k in 0..200_u32 {
        let setting = Setting {
            sensor: Some(SensorId(k)),
            ..Setting::of(&spec)
        };
        let mut row = Row {
            h: Vector6::x(),
            ..Row::NONE
        };
        setting.azimuth_error(&mut row, 0.1, 0.0);
        let mut rows = Rows::at(state.mean);
        rows.cross = setting.cross;
        rows.push(row);
        considered.take(
            &state,
            &rows,
            &setting,
            Timestamp::from_seconds(f64::from(k)),
        );
    }
    assert_eq!(considered.entries.len(), ENTRIES_MAX);
    let of = |id: u32| {
        let setting = Setting {
            sensor: Some(SensorId(id)),
            ..Setting::of(&spec)
        };
        considered.setting(&setting, considered.time)(&state.covariance).cross
    };
    assert_eq!(of(0), NONE);
    assert_ne!(of(199), NONE);
}

/// The same of a radar: errors of range, azimuth and clock, forty plots as the slopes turn. The
/// oracle takes range and azimuth one after the other, too: with the errors' gain set to zero
/// the order is part of the filter.
#[test]
fn range_azimuth_and_clock_are_considered_as_the_augmented_filter_does() {
    const STATES: usize = 6 + ERRORS;
    let spec = SensorSpec::of_kind("r", SensorKind::Radar);
    let known = Setting {
        sensor: Some(SensorId(1)),
        sigmas: [30.0, 0.02, 0.2],
        ..Setting::of(&spec)
    };
    let noise = [20.0, 0.012];
    let mut state = Gaussian {
        mean: Vector6::new(20.0, -10.0, 0.0, 3.0, 4.0, 0.0),
        covariance: Matrix6::identity() * 1e4,
    };
    let mut considered = Considered::default();
    let mut mean = SVector::<f64, STATES>::zeros();
    mean.fixed_rows_mut::<6>(0).copy_from(&state.mean);
    let mut p = SMatrix::<f64, STATES, STATES>::identity();
    p.fixed_view_mut::<6, 6>(0, 0).copy_from(&state.covariance);
    let mut f = SMatrix::<f64, STATES, STATES>::identity();
    for axis in 0..3 {
        f[(axis, axis + 3)] = STEP_S;
    }
    // no fading error here
    p[(9, 9)] = 1.0;
    let step: Matrix6<f64> = f.fixed_view::<6, 6>(0, 0).into_owned();
    for k in 0..40_u32 {
        let time = Timestamp::from_seconds(STEP_S * f64::from(k));
        if k > 0 {
            state.mean = step * state.mean;
            state.covariance = step * state.covariance * step.transpose();
            mean = f * mean;
            p = f * p * f.transpose();
        }
        let a = 0.2 * f64::from(k);
        let (sin, cos) = a.sin_cos();
        let slopes = [
            Vector6::new(sin, cos, 0.05, 0.0, 0.0, 0.0),
            Vector6::new(cos, -sin, 0.0, 0.0, 0.0, 0.0) / 9_000.0,
        ];
        let rates = [50.0 * cos, 50.0 * sin / 9_000.0];
        let z = [12.0 * (1.7 * a).sin(), 0.01 * (2.3 * a).cos()];

        let setting = considered.setting(&known, time)(&state.covariance);
        let mut rows = Rows::at(state.mean);
        rows.cross = setting.cross;
        for component in [RANGE, AZIMUTH] {
            let mut row = Row {
                h: slopes[component],
                residual: z[component] - slopes[component].dot(&state.mean),
                variance: noise[component] * noise[component],
                ..Row::NONE
            };
            if component == RANGE {
                setting.range_error(&mut row, noise[RANGE], rates[RANGE]);
            } else {
                setting.azimuth_error(&mut row, noise[AZIMUTH], rates[AZIMUTH]);
            }
            rows.push(row);
        }
        considered.take(&state, &rows, &setting, time);
        state = state.updated(&rows).state;

        for component in [RANGE, AZIMUTH] {
            let mut h = SMatrix::<f64, 1, STATES>::zeros();
            h.fixed_view_mut::<1, 6>(0, 0)
                .copy_from(&slopes[component].transpose());
            h[6 + component] = known.sigmas[component];
            h[6 + TIME] = -rates[component] * known.sigmas[TIME];
            let r = noise[component] * noise[component];
            let mut gain = p * h.transpose() / ((h * p * h.transpose())[0] + r);
            gain.fixed_rows_mut::<ERRORS>(6).fill(0.0);
            mean += gain * (z[component] - (h * mean)[0]);
            let left = SMatrix::<f64, STATES, STATES>::identity() - gain * h;
            p = left * p * left.transpose() + gain * gain.transpose() * r;
        }
    }
    let expected: Vector6<f64> = mean.fixed_rows::<6>(0).into_owned();
    assert!((state.mean - expected).norm() < 1e-7 * expected.norm());
    let expected: Matrix6<f64> = p.fixed_view::<6, 6>(0, 0).into_owned();
    let apart = state.covariance - expected;
    assert!(apart.norm() < 1e-7 * expected.norm(), "{apart}");
    let at = Timestamp::from_seconds(STEP_S * 39.0);
    let cross = considered.setting(&known, at)(&state.covariance).cross;
    for (error, cross) in cross.iter().enumerate().take(3) {
        let expected: Vector6<f64> = p.fixed_view::<6, 1>(0, 6 + error).into_owned();
        assert!((cross - expected).norm() < 1e-7 * expected.norm());
    }
}

/// Where registration has learnt half of an error, what a track owes to it is half.
#[test]
fn what_registration_learns_leaves_the_tracks() {
    let spec = SensorSpec::of_kind("r", SensorKind::Radar);
    let before = Setting {
        sensor: Some(SensorId(1)),
        sigmas: [30.0, 0.02, 0.0],
        ..Setting::of(&spec)
    };
    let mut cross = NONE;
    cross[RANGE][0] = -25.0;
    cross[AZIMUTH][1] = -8.0;
    let considered = Considered::from_start(Timestamp(0), std::iter::once((before, cross)));
    let after = Setting {
        sigmas: [15.0, 0.002, 0.0],
        ..before
    };
    let covariance = Matrix6::identity() * 1e4;
    let left = considered.setting(&after, Timestamp(0))(&covariance).cross;
    assert!((left[RANGE][0] + 12.5).abs() < 1e-12);
    assert!((left[AZIMUTH][1] + 0.8).abs() < 1e-12);
}

//! What a sensor's bearings err by in common: considered, not estimated, in each track.
//!
//! The azimuth error of array s is b_s + f_s + white: a constant orientation error
//! b_s ~ N(b̂_s, σ_b²) and noise f_s of variance σ_f² that fades as e^{−Δt/T}. Taking them
//! as white makes a track surer with every report of one array, and wrong. The Schmidt
//! filter (Schmidt 1966; Jazwinski 1970, §8.4) keeps with each track the covariance
//! C_s = Cov(x, b_s) and weighs every report with it, without touching b_s:
//!
//! ```text
//! S = H P Hᵀ + 2 H C_s + σ_b² + R        K = (P Hᵀ + C_s)/S        P ← P − K S Kᵀ
//! C_j ← C_j − K (H C_j + [j = s] σ_b²)   for every array j that the track has heard
//! ```
//!
//! and C_j ← F C_j with time, the fading part also by e^{−Δt/T}.
//!
//! Approximations: the errors of different arrays are independent (after a bias has been
//! estimated from tracks they are, slightly, not); where several motion models share a
//! track the gains are those of the merged state; of more than [`ENTRIES_MAX`] arrays the
//! one longest silent is forgotten, which counts its error as new if it speaks again.
//! Once b_s is known better than 1° it is taken as part of the white noise.

use crate::motion::Gaussian;
use crate::update::{Row, Rows};
use lapwing_geo::wrap_pi;
use lapwing_model::{Air, SensorId, SensorSpec, Timestamp};
use nalgebra::{Matrix3, Matrix6, Vector6};

/// Most arrays that a track keeps a covariance with.
const ENTRIES_MAX: usize = 16;
/// Share of a state's variance that the errors of sensors may explain at most.
const EXPLAINED_MAX: f64 = 0.999;
/// A bias known better than this need not be considered, rad.
const KNOWN_RAD: f64 = 1.0 * std::f64::consts::PI / 180.0;

/// What surrounds a report: the air, and what is known of its sensor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) sensor: Option<SensorId>,
    pub(crate) air: Air,
    /// Estimate of the azimuth bias, rad, and its variance.
    pub(crate) bias_rad: f64,
    pub(crate) bias_variance: f64,
    /// Share of a report's azimuth variance that fades instead of being new each time.
    pub(crate) fading_share: f64,
    pub(crate) fading_s: f64,
    pub(crate) elevation_scale: f64,
    /// Covariance of the track in hand with the bias and with the fading noise.
    pub(crate) cross: [Vector6<f64>; 2],
}

impl Setting {
    /// Calm air and what the sensor's description says.
    pub(crate) fn of(spec: &SensorSpec) -> Self {
        Self {
            sensor: None,
            air: Air::default(),
            bias_rad: 0.0,
            bias_variance: spec.azimuth_bias_sigma_rad.powi(2),
            fading_share: spec.azimuth_correlated_share.clamp(0.0, 1.0),
            fading_s: spec.azimuth_correlation_s.max(1e-3),
            elevation_scale: spec.elevation_scale,
            cross: [Vector6::zeros(); 2],
        }
    }

    /// The same for a track that has heard this sensor before.
    pub(crate) fn with_cross(mut self, cross: [Vector6<f64>; 2]) -> Self {
        self.cross = cross;
        self
    }

    /// Variances of what reports share: constant and fading. No constant part is left
    /// once the bias is known.
    pub(crate) fn shared(&self, sigma_rad: f64) -> [f64; 2] {
        let bias = if self.bias_variance > KNOWN_RAD * KNOWN_RAD {
            self.bias_variance
        } else {
            0.0
        };
        [bias, self.fading_share * sigma_rad * sigma_rad]
    }

    /// Put the common error into an azimuth's row, whose noise has `sigma_rad`.
    pub(super) fn common_error(&self, row: &mut Row, sigma_rad: f64) {
        row.residual = wrap_pi(row.residual - self.bias_rad);
        row.variance += self.bias_variance;
        row.shared = self.shared(sigma_rad);
        for (cross, shared) in self.cross.iter().zip(row.shared) {
            if shared > 0.0 {
                row.cross += cross;
            }
        }
    }
}

/// A sensor, the time in which its fading error fades (s), the variances of its constant and
/// fading errors, and a vector for each of them.
pub(super) type Shared = (SensorId, f64, [f64; 2], [Vector6<f64>; 2]);

/// One array's covariance with a track.
#[derive(Clone, Copy, Debug)]
struct Entry {
    sensor: SensorId,
    heard: Timestamp,
    fading_s: f64,
    /// Variances of the constant and the fading error.
    shared: [f64; 2],
    cross: [Vector6<f64>; 2],
}

/// A track's covariances with the errors of the arrays it has heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Considered {
    entries: Vec<Entry>,
    time: Timestamp,
}

/// F C: the position's part moves with the velocity's.
fn moved(cross: &Vector6<f64>, dt_s: f64) -> Vector6<f64> {
    let mut moved = *cross;
    for axis in 0..3 {
        moved[axis] += cross[axis + 3] * dt_s;
    }
    moved
}

impl Considered {
    /// Covariances of a state estimated in one piece with each sensor's errors at `time`.
    pub(crate) fn from_start(time: Timestamp, crosses: impl Iterator<Item = Shared>) -> Self {
        let mut entries: Vec<Entry> = crosses
            .map(|(sensor, fading_s, shared, cross)| Entry {
                sensor,
                heard: time,
                fading_s,
                shared,
                cross,
            })
            .collect();
        entries.truncate(ENTRIES_MAX);
        Self { entries, time }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Covariance with `sensor`'s errors, constant and fading, of the state that has
    /// `covariance` at `at`.
    pub(crate) fn cross(
        &self,
        sensor: Option<SensorId>,
        at: Timestamp,
        covariance: &Matrix6<f64>,
    ) -> [Vector6<f64>; 2] {
        if !self.entries.iter().any(|e| Some(e.sensor) == sensor) {
            return [Vector6::zeros(); 2];
        }
        let mut then = self.clone();
        then.advance(at);
        then.bound(covariance);
        let own = then.entries.iter().find(|e| Some(e.sensor) == sensor);
        own.map_or([Vector6::zeros(); 2], |e| e.cross)
    }

    /// Keep the covariances possible beside that of the state: P − Σ C_j C_jᵀ/σ_j² must be
    /// a covariance. What else is done to P (bounding the height that nothing measures,
    /// merging motion models) may have made it smaller than they allow.
    fn bound(&mut self, covariance: &Matrix6<f64>) {
        for axis in 0..6 {
            let explained: f64 = self
                .parts()
                .map(|(c, shared)| c[axis] * c[axis] / shared)
                .sum();
            let limit = EXPLAINED_MAX * covariance[(axis, axis)].max(0.0);
            if explained > limit {
                let scale = (limit / explained).sqrt();
                for cross in self.entries.iter_mut().flat_map(|e| &mut e.cross) {
                    cross[axis] *= scale;
                }
            }
        }
        for _ in 0..40 {
            let mut rest = *covariance;
            for (cross, shared) in self.parts() {
                rest -= cross * cross.transpose() * (1.0 / (shared * EXPLAINED_MAX));
            }
            if rest.cholesky().is_some() {
                return;
            }
            for cross in self.entries.iter_mut().flat_map(|e| &mut e.cross) {
                *cross *= 0.9;
            }
        }
    }

    fn parts(&self) -> impl Iterator<Item = (&Vector6<f64>, f64)> {
        self.entries
            .iter()
            .flat_map(|e| e.cross.iter().zip(e.shared))
            .filter(|(_, shared)| *shared > 0.0)
    }

    fn advance(&mut self, at: Timestamp) {
        let dt_s = at.seconds_since(self.time);
        if dt_s <= 0.0 {
            return;
        }
        for e in &mut self.entries {
            let fade = (-dt_s / e.fading_s).exp();
            e.cross = [moved(&e.cross[0], dt_s), moved(&e.cross[1], dt_s) * fade];
        }
        self.time = at;
    }

    /// Take note that the track, predicted to `at` as `prior`, takes a report whose rows
    /// these are. To be called before the state is changed.
    pub(crate) fn take(&mut self, prior: &Gaussian, rows: &Rows, setting: &Setting, at: Timestamp) {
        let shares = |row: &Row| row.shared.iter().any(|v| *v > 0.0);
        if self.entries.is_empty() && !rows.as_slice().iter().any(shares) {
            return;
        }
        if self.entries.is_empty() {
            self.time = at;
        }
        self.advance(at);
        self.bound(&prior.covariance);
        let of_row = rows
            .as_slice()
            .iter()
            .find(|row| shares(row))
            .map(|row| row.shared);
        if let (Some(sensor), Some(of_row)) = (setting.sensor, of_row) {
            match self.entries.iter_mut().find(|e| e.sensor == sensor) {
                Some(known) => {
                    known.heard = at;
                    known.shared = of_row;
                }
                None => {
                    if self.entries.len() >= ENTRIES_MAX {
                        let longest_silent = self
                            .entries
                            .iter()
                            .enumerate()
                            .min_by_key(|(_, e)| e.heard)
                            .map_or(0, |(i, _)| i);
                        self.entries.remove(longest_silent);
                    }
                    self.entries.push(Entry {
                        sensor,
                        heard: at,
                        fading_s: setting.fading_s,
                        shared: of_row,
                        cross: [Vector6::zeros(); 2],
                    });
                }
            }
        }
        let mut covariance = prior.covariance;
        for row in rows.as_slice() {
            let (ph, s) = row.spread(&covariance);
            let gain = ph / s;
            for e in &mut self.entries {
                let own = Some(e.sensor) == setting.sensor;
                for (cross, shared) in e.cross.iter_mut().zip(row.shared) {
                    let with = row.h.dot(cross) + if own { shared } else { 0.0 };
                    *cross -= gain * with;
                }
            }
            covariance -= gain * gain.transpose() * s;
        }
    }

    /// The same in axes turned by `rotation`.
    pub(crate) fn turn(&mut self, rotation: &Matrix3<f64>) {
        for cross in self.entries.iter_mut().flat_map(|e| &mut e.cross) {
            let p = rotation * cross.fixed_rows::<3>(0);
            let v = rotation * cross.fixed_rows::<3>(3);
            cross.fixed_rows_mut::<3>(0).copy_from(&p);
            cross.fixed_rows_mut::<3>(3).copy_from(&v);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DMatrix, DVector};

    const STEP_S: f64 = 2.0;

    /// Against the full filter on (x, b_1, b_2, f_1, f_2) whose gain for the errors is set
    /// to zero (the definition of the Schmidt filter), over sixty reports of two sensors.
    #[test]
    fn the_state_and_its_covariance_are_those_of_the_augmented_schmidt_filter() {
        let spec = SensorSpec::of_kind("a", lapwing_model::SensorKind::AcousticArray);
        let setting = |id: u32| Setting {
            sensor: Some(SensorId(id)),
            bias_variance: 0.04,
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
            let z = 0.01 * (0.9 * f64::from(k)).sin();
            if k > 0 {
                state.mean = step * state.mean;
                state.covariance = step * state.covariance * step.transpose();
                mean = &f * mean;
                p = &f * p * f.transpose();
                for at in [7, 9] {
                    p[(at, at)] = 0.5 * sigma * sigma;
                }
            }
            let h = slope(k);
            let setting = setting(id as u32).with_cross(considered.cross(
                Some(SensorId(id as u32)),
                time,
                &state.covariance,
            ));
            let mut row = Row {
                h,
                residual: z - h.dot(&state.mean),
                variance: sigma * sigma,
                ..Row::NONE
            };
            setting.common_error(&mut row, sigma);
            let mut rows = Rows::at(state.mean);
            rows.push(row);
            considered.take(&state, &rows, &setting, time);
            state = state.updated(&rows).state;

            let mut full = DVector::<f64>::zeros(10);
            full.rows_mut(0, 6).copy_from(&h);
            full[6 + 2 * id] = 1.0;
            full[7 + 2 * id] = 1.0;
            let ph = &p * &full;
            let s = full.dot(&ph) + 0.5 * sigma * sigma;
            let mut gain = &ph / s;
            gain.rows_mut(6, 4).fill(0.0);
            mean += &gain * (z - full.dot(&mean));
            p = &p - &gain * ph.transpose() - &ph * gain.transpose() + &gain * gain.transpose() * s;
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
        let spec = SensorSpec::of_kind("a", lapwing_model::SensorKind::AcousticArray);
        let setting = Setting {
            sensor: Some(SensorId(1)),
            bias_variance: 0.25,
            ..Setting::of(&spec)
        };
        let mut state = Gaussian {
            mean: Vector6::zeros(),
            covariance: Matrix6::from_diagonal(&Vector6::new(9.0, 1.0, 1.0, 1e-9, 1e-9, 1e-9)),
        };
        let mut considered = Considered::default();
        for _ in 0..200 {
            let time = Timestamp(0);
            let setting =
                setting.with_cross(considered.cross(Some(SensorId(1)), time, &state.covariance));
            let mut row = Row {
                h: Vector6::x(),
                residual: -state.mean[0],
                variance: 0.04,
                ..Row::NONE
            };
            setting.common_error(&mut row, 0.2);
            let mut rows = Rows::at(state.mean);
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
        let spec = SensorSpec::of_kind("a", lapwing_model::SensorKind::AcousticArray);
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
            setting.common_error(&mut row, 0.1);
            let mut rows = Rows::at(state.mean);
            rows.push(row);
            considered.take(
                &state,
                &rows,
                &setting,
                Timestamp::from_seconds(f64::from(k)),
            );
        }
        assert_eq!(considered.entries.len(), ENTRIES_MAX);
        let zero = [Vector6::zeros(); 2];
        assert_eq!(
            considered.cross(Some(SensorId(0)), considered.time, &state.covariance),
            zero
        );
        assert_ne!(
            considered.cross(Some(SensorId(199)), considered.time, &state.covariance),
            zero
        );
    }
}

//! What a sensor's reports err by in common: considered, not estimated, in each track.
//!
//! The error of a report of sensor s is not new each time. A radar's range, azimuth and clock
//! are off by constants, an array's azimuth by its orientation, and half of its noise fades only
//! in seconds. With u the shared errors, each scaled to unit variance, a report is
//!
//! ```text
//! z = h(x) + b_sᵀ u_s + white     b = (σ_r, 0, −ṙ σ_t, 0) of range, (0, σ_az, −ȧz σ_t, σ_f) of azimuth
//! ```
//!
//! Taking them as white makes a track surer with every report of one sensor, and wrong. The
//! Schmidt filter (Schmidt 1966; Jazwinski 1970, §8.4; Novoselov, Herman, Gadaleta and Poore
//! 2005 for sensors' biases) keeps with each track the covariance C_s = Cov(x, u_s) and
//! weighs every report with it, without touching u_s:
//!
//! ```text
//! S = H P Hᵀ + 2 H C_s b + bᵀb + R       K = (P Hᵀ + C_s b)/S       P ← P − K S Kᵀ
//! C_j ← C_j − K (H C_j + [j = s] bᵀ)     for every sensor j that the track has heard
//! ```
//!
//! and C_j ← F C_j with time, the fading part also by e^{−Δt/T}. Components are taken one after
//! another, C_s with them; since u is not touched this is a filter of its own, as consistent as
//! that which takes them together, and not the same. Where registration has learnt a sensor's errors, what it does not
//! know of them takes their place, and C shrinks as they do: an estimate that erred by −K b errs
//! by −K times the rest once the reports are corrected.
//!
//! Approximations: the errors of different sensors are independent (after a bias has been
//! estimated from tracks they are, slightly, not), and those of one sensor; where several
//! motion models share a track the gains are those of the merged state; of more than
//! [`ENTRIES_MAX`] sensors the one longest silent is forgotten, which counts its error as new
//! if it speaks again. An error of less than an eighth of the noise counts as part of it.

use crate::motion::Gaussian;
use crate::update::{AZIMUTH, Cross, ERRORS, FADING, RANGE, Row, Rows, TIME};
use lapwing_geo::wrap_pi;
use lapwing_model::{Air, SensorId, SensorSpec, Timestamp};
use nalgebra::{Matrix3, Matrix6, Vector6};

/// Most sensors that a track keeps a covariance with.
pub(super) const ENTRIES_MAX: usize = 16;
/// Share of a state's variance that the errors of sensors may explain at most.
const EXPLAINED_MAX: f64 = 0.999;
/// A constant error below this share of the noise need not be considered.
const KNOWN_SHARE: f64 = 0.125;
/// Nor a clock that is known better, s.
const KNOWN_S: f64 = 0.01;
pub(super) const NONE: Cross = [Vector6::new(0.0, 0.0, 0.0, 0.0, 0.0, 0.0); ERRORS];

/// What surrounds a report: the air, and what is known of its sensor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) sensor: Option<SensorId>,
    pub(crate) air: Air,
    /// Estimate of the azimuth bias, rad.
    pub(crate) bias_rad: f64,
    /// Standard deviations of the constant errors of range (m), azimuth (rad) and time (s).
    pub(crate) sigmas: [f64; 3],
    /// Share of a report's azimuth variance that fades instead of being new each time.
    pub(crate) fading_share: f64,
    pub(crate) fading_s: f64,
    pub(crate) elevation_scale: f64,
    /// Covariance of the track in hand with the sensor's errors.
    pub(crate) cross: Cross,
}

impl Setting {
    /// Calm air and what the sensor's description says.
    pub(crate) fn of(spec: &SensorSpec) -> Self {
        let mut sigmas = [0.0; 3];
        sigmas[RANGE] = spec.range_bias_sigma_m;
        sigmas[AZIMUTH] = spec.azimuth_bias_sigma_rad;
        sigmas[TIME] = spec.time_bias_sigma_s;
        Self {
            sensor: None,
            air: Air::default(),
            bias_rad: 0.0,
            sigmas,
            fading_share: spec.azimuth_correlated_share.clamp(0.0, 1.0),
            fading_s: spec.azimuth_correlation_s.max(1e-3),
            elevation_scale: spec.elevation_scale,
            cross: NONE,
        }
    }

    /// The same for a track that has heard this sensor before.
    pub(crate) fn with_cross(mut self, cross: Cross) -> Self {
        self.cross = cross;
        self
    }

    /// Whether the sensor's reports share any error.
    pub(crate) fn considers(&self) -> bool {
        self.fading_share > 0.0 || self.sigmas.iter().any(|s| *s > 0.0)
    }

    /// Put what is shared into a range's row, whose noise has `sigma_m`; `rate` is how fast the
    /// range grows.
    pub(super) fn range_error(&self, row: &mut Row, sigma_m: f64, rate: f64) {
        share(row, RANGE, self.sigmas[RANGE], sigma_m);
        self.time_error(row, rate);
    }

    /// The same of an azimuth's row.
    pub(super) fn azimuth_error(&self, row: &mut Row, sigma_rad: f64, rate: f64) {
        row.residual = wrap_pi(row.residual - self.bias_rad);
        share(row, AZIMUTH, self.sigmas[AZIMUTH], sigma_rad);
        self.time_error(row, rate);
        // part of the noise's variance already
        row.by[FADING] = self.fading_share.sqrt() * sigma_rad;
    }

    /// A stated time that is late by t finds the thing where it was t ago.
    fn time_error(&self, row: &mut Row, rate: f64) {
        let sigma_s = self.sigmas[TIME];
        if sigma_s > KNOWN_S {
            row.share(TIME, -rate * sigma_s);
        }
    }
}

/// A constant error beside noise of `noise`: shared, or where it is small part of it.
fn share(row: &mut Row, error: usize, sigma: f64, noise: f64) {
    if sigma > KNOWN_SHARE * noise {
        row.share(error, sigma);
    } else {
        row.variance += sigma * sigma;
    }
}

/// A sensor with what its reports share, and a vector for each of its errors.
pub(super) type Shared = (Setting, Cross);

/// One sensor's covariance with a track.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    sensor: SensorId,
    heard: Timestamp,
    fading_s: f64,
    /// Standard deviations of the constant errors that the covariance is with.
    sigmas: [f64; 3],
    cross: Cross,
}

/// A track's covariances with the errors of the sensors it has heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Considered {
    pub(super) entries: Vec<Entry>,
    pub(super) time: Timestamp,
}

impl Entry {
    fn new(setting: &Setting, sensor: SensorId, heard: Timestamp, cross: Cross) -> Self {
        Self {
            sensor,
            heard,
            fading_s: setting.fading_s,
            sigmas: setting.sigmas,
            cross,
        }
    }

    /// F C: the position's part moves with the velocity's.
    fn advance(&mut self, dt_s: f64) {
        let fade = (-dt_s / self.fading_s).exp();
        for (error, cross) in self.cross.iter_mut().enumerate() {
            for axis in 0..3 {
                cross[axis] += cross[axis + 3] * dt_s;
            }
            if error == FADING {
                *cross *= fade;
            }
        }
    }

    /// What is left of the covariances where the errors are known better by now.
    fn learn(&mut self, setting: &Setting) {
        let known = self.sigmas.iter_mut().zip(setting.sigmas);
        for (cross, (old, new)) in self.cross.iter_mut().zip(known) {
            if new < *old {
                *cross *= new / *old;
            }
            *old = new;
        }
    }
}

/// What of `covariance` the vectors leave, of which all but a little must be a covariance.
fn rest<'a>(
    covariance: &Matrix6<f64>,
    crosses: impl Iterator<Item = &'a Vector6<f64>>,
) -> Matrix6<f64> {
    let explained = |sum, cross: &Vector6<f64>| sum + cross * cross.transpose();
    covariance - crosses.fold(Matrix6::zeros(), explained) / EXPLAINED_MAX
}

/// Keep covariances with errors possible beside that of the state: P − Σ C Cᵀ must be a
/// covariance. What else is done to P (bounding the height that nothing measures,
/// merging motion models) may have made it smaller than they allow.
fn bound(covariance: &Matrix6<f64>, crosses: &mut [&mut Cross]) {
    for axis in 0..6 {
        let squares = crosses
            .iter()
            .flat_map(|c| c.iter())
            .map(|c| c[axis] * c[axis]);
        let explained: f64 = squares.sum();
        let limit = EXPLAINED_MAX * covariance[(axis, axis)].max(0.0);
        if explained > limit {
            let scale = (limit / explained).sqrt();
            for cross in crosses.iter_mut().flat_map(|c| c.iter_mut()) {
                cross[axis] *= scale;
            }
        }
    }
    for _ in 0..40 {
        let left = rest(covariance, crosses.iter().flat_map(|c| c.iter()));
        if left.cholesky().is_some() {
            return;
        }
        for cross in crosses.iter_mut().flat_map(|c| c.iter_mut()) {
            *cross *= 0.9;
        }
    }
}

impl Considered {
    /// Covariances of a state estimated in one piece with each sensor's errors at `time`.
    pub(crate) fn from_start(time: Timestamp, crosses: impl Iterator<Item = Shared>) -> Self {
        let of = |(setting, cross): Shared| {
            let sensor = setting.sensor?;
            Some(Entry::new(&setting, sensor, time, cross))
        };
        let entries = crosses.filter_map(of).take(ENTRIES_MAX).collect();
        Self { entries, time }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Covariance with the errors of a report's sensor of the state that has `covariance` at
    /// `at`; of several such states at once.
    pub(crate) fn cross(
        &self,
        setting: &Setting,
        at: Timestamp,
    ) -> impl Fn(&Matrix6<f64>) -> Cross + use<> {
        let known = self
            .entries
            .iter()
            .find(|e| Some(e.sensor) == setting.sensor);
        let then = known.map(|known| {
            let mut then = *known;
            then.advance(at.seconds_since(self.time).max(0.0));
            then.learn(setting);
            then.cross
        });
        move |covariance| {
            let mut cross = then.unwrap_or(NONE);
            if cross != NONE {
                bound(covariance, &mut [&mut cross]);
            }
            cross
        }
    }

    fn advance(&mut self, at: Timestamp) {
        let dt_s = at.seconds_since(self.time);
        if dt_s <= 0.0 {
            return;
        }
        for e in &mut self.entries {
            e.advance(dt_s);
        }
        self.time = at;
    }

    /// The entry of a report's sensor, made where there is none.
    fn hear(&mut self, setting: &Setting, sensor: SensorId, at: Timestamp) {
        if let Some(known) = self.entries.iter_mut().find(|e| e.sensor == sensor) {
            known.heard = at;
            known.learn(setting);
            return;
        }
        if self.entries.len() >= ENTRIES_MAX {
            let entries = self.entries.iter().enumerate();
            let longest_silent = entries.min_by_key(|(_, e)| e.heard);
            self.entries.remove(longest_silent.map_or(0, |(i, _)| i));
        }
        self.entries.push(Entry::new(setting, sensor, at, NONE));
    }

    /// Take note that the track, predicted to `at` as `prior`, takes a report whose rows
    /// these are. To be called before the state is changed.
    pub(crate) fn take(&mut self, prior: &Gaussian, rows: &Rows, setting: &Setting, at: Timestamp) {
        let shares = rows.as_slice().iter().any(Row::shares);
        if self.entries.is_empty() && !shares {
            return;
        }
        if self.entries.is_empty() {
            self.time = at;
        }
        self.advance(at);
        if let Some(sensor) = setting.sensor.filter(|_| shares) {
            self.hear(setting, sensor, at);
        }
        let mut crosses: Vec<&mut Cross> = self.entries.iter_mut().map(|e| &mut e.cross).collect();
        bound(&prior.covariance, &mut crosses);
        let own = self
            .entries
            .iter()
            .find(|e| Some(e.sensor) == setting.sensor);
        let mut own = own.map_or(NONE, |e| e.cross);
        let mut covariance = prior.covariance;
        for row in rows.as_slice() {
            let (ph, s) = row.spread(&covariance, &own);
            let gain = ph / s;
            for e in &mut self.entries {
                row.reduce(&mut e.cross, &gain, Some(e.sensor) == setting.sensor);
            }
            row.reduce(&mut own, &gain, true);
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

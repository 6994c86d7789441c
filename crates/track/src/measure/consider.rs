//! What a sensor's reports err by in common: considered in each track, and of arrays learnt.
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
//! Of what gives bearings alone the errors are learnt as well, by the track itself: see `learnt`.
//! A radar's are not: one track cannot tell them from its own place.
//!
//! Approximations: the errors of different sensors are independent (after a bias has been
//! estimated from tracks they are, slightly, not), and those of one sensor; where several
//! motion models share a track the gains are those of the merged state; of more than
//! [`ENTRIES_MAX`] sensors the one longest silent is forgotten, which counts its error as new
//! if it speaks again. An error of less than an eighth of the noise counts as part of it.

use super::learnt::{Fitted, Known, Learnt};
use crate::motion::Gaussian;
use crate::update::{AZIMUTH, Cross, ERRORS, FADING, RANGE, Row, Rows, TIME};
use lapwing_geo::wrap_pi;
use lapwing_model::{Air, SensorId, SensorSpec, Timestamp};
use nalgebra::{Matrix3, Matrix6, Vector6};

/// Most sensors that a track keeps a covariance with.
pub(super) const ENTRIES_MAX: usize = 16;
/// Share of a state's variance that the errors of sensors may explain at most.
const EXPLAINED_MAX: f64 = 0.999_99;
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
    /// Covariance of the track in hand with the sensor's errors, and what it knows of them.
    pub(crate) cross: Cross,
    pub(crate) known: Known,
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
            known: Known::NOTHING,
        }
    }

    /// Whether a track learns the sensor's errors: those of bearings and nothing else.
    fn learns(&self) -> bool {
        let [range_m, azimuth_rad, time_s] = self.sigmas;
        range_m <= 0.0 && time_s <= KNOWN_S && (azimuth_rad > 0.0 || self.fading_share > 0.0)
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
        self.known.correct(row);
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
/// The same, and what a fit to its reports says of the errors.
pub(super) type Told = (Setting, Cross, Fitted);

/// One sensor's covariance with a track.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    sensor: SensorId,
    heard: Timestamp,
    fading_s: f64,
    /// Standard deviations of the constant errors that the covariance is with.
    sigmas: [f64; 3],
    cross: Cross,
    /// Whether its errors are learnt.
    learns: bool,
}

/// A track's covariances with the errors of the sensors it has heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Considered {
    pub(super) entries: Vec<Entry>,
    /// What is known of those that are learnt, in the order of the entries.
    learnt: Learnt,
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
            learns: setting.learns(),
        }
    }

    fn fade(&self, dt_s: f64) -> f64 {
        (-dt_s / self.fading_s).exp()
    }

    /// F C: the position's part moves with the velocity's.
    fn advance(&mut self, dt_s: f64) {
        let fade = self.fade(dt_s);
        for (error, cross) in self.cross.iter_mut().enumerate() {
            for axis in 0..3 {
                cross[axis] += cross[axis + 3] * dt_s;
            }
            if error == FADING {
                *cross *= fade;
            }
        }
    }

    /// What is left of the covariances where the errors are known better by now; whether the
    /// azimuth's is.
    fn learn(&mut self, setting: &Setting) -> bool {
        let other = setting.sigmas[AZIMUTH] < self.sigmas[AZIMUTH];
        let known = self.sigmas.iter_mut().zip(setting.sigmas);
        for (cross, (old, new)) in self.cross.iter_mut().zip(known) {
            if new < *old {
                *cross *= new / *old;
            }
            *old = new;
        }
        other
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
fn bound(covariance: &Matrix6<f64>, crosses: &mut [&mut Cross]) -> bool {
    let mut less = false;
    for axis in 0..6 {
        let squares = crosses
            .iter()
            .flat_map(|c| c.iter())
            .map(|c| c[axis] * c[axis]);
        let explained: f64 = squares.sum();
        let limit = EXPLAINED_MAX * covariance[(axis, axis)].max(0.0);
        if explained > limit {
            less = true;
            let scale = (limit / explained).sqrt();
            for cross in crosses.iter_mut().flat_map(|c| c.iter_mut()) {
                cross[axis] *= scale;
            }
        }
    }
    for _ in 0..40 {
        let left = rest(covariance, crosses.iter().flat_map(|c| c.iter()));
        if left.cholesky().is_some() {
            break;
        }
        less = true;
        for cross in crosses.iter_mut().flat_map(|c| c.iter_mut()) {
            *cross *= 0.9;
        }
    }
    less
}

impl Considered {
    /// Covariances of a state estimated in one piece with each sensor's errors at `time`.
    pub(crate) fn from_start(time: Timestamp, crosses: impl Iterator<Item = Shared>) -> Self {
        let of = |(setting, cross): Shared| {
            let sensor = setting.sensor?;
            let mut entry = Entry::new(&setting, sensor, time, cross);
            entry.learns = false;
            Some(entry)
        };
        Self {
            entries: crosses.filter_map(of).take(ENTRIES_MAX).collect(),
            time,
            ..Self::default()
        }
    }

    /// The same of a state with `covariance`, with what the fit says of the errors.
    pub(super) fn from_fit(time: Timestamp, covariance: &Matrix6<f64>, told: &[Told]) -> Self {
        let mut new = Self {
            time,
            ..Self::default()
        };
        let information = covariance.try_inverse().unwrap_or_default();
        for (setting, cross, fitted) in told.iter().take(ENTRIES_MAX) {
            let Some(sensor) = setting.sensor else {
                continue;
            };
            let entry = Entry::new(setting, sensor, time, *cross);
            if entry.learns {
                let slot = new.slots();
                new.learnt.push(fitted.known(cross, &information));
                let before = new.entries.iter().filter(|e| e.learns);
                for (other, known) in before.enumerate() {
                    let both = |i: usize, j: usize| known.cross[i].dot(&(information * cross[j]));
                    new.learnt.tie((other, slot), both);
                }
            }
            new.entries.push(entry);
        }
        new
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many sensors' errors are learnt.
    fn slots(&self) -> usize {
        self.entries.iter().filter(|e| e.learns).count()
    }

    /// The place among those that are learnt of the entry at `at`.
    fn slot(&self, at: usize) -> Option<usize> {
        let own = self.entries.get(at)?;
        let before = self.entries[..at].iter().filter(|e| e.learns);
        own.learns.then(|| before.count())
    }

    fn find(&self, setting: &Setting) -> Option<usize> {
        let sensor = setting.sensor?;
        self.entries.iter().position(|e| e.sensor == sensor)
    }

    /// The setting of a report's sensor at `at` for the state that has a covariance, with what
    /// this track knows of the sensor's errors; of several such states at once.
    pub(crate) fn setting(
        &self,
        setting: &Setting,
        at: Timestamp,
    ) -> impl Fn(&Matrix6<f64>) -> Setting + use<> {
        let mut with = *setting;
        with.cross = NONE;
        with.known = Known::NOTHING;
        let mut learns = false;
        if let Some(found) = self.find(setting) {
            let mut then = self.entries[found];
            let dt_s = at.seconds_since(self.time).max(0.0);
            let slot = self.slot(found);
            learns = slot.is_some();
            let mut known = slot.map_or(Known::NOTHING, |slot| {
                self.learnt.of(slot).faded(then.fade(dt_s))
            });
            then.advance(dt_s);
            if then.learn(setting) {
                known = known.without_constant();
            }
            with.cross = then.cross;
            with.known = known;
        }
        move |covariance| {
            let mut with = with;
            if with.cross != NONE && !learns {
                bound(covariance, &mut [&mut with.cross]);
            } else if with.cross != NONE {
                let mut own = Learnt::default();
                own.push(with.known);
                own.bounded(&mut [&mut with.cross], |white| {
                    let mut white: Vec<&mut Cross> = white.iter_mut().collect();
                    bound(covariance, &mut white)
                });
            }
            with
        }
    }

    fn advance(&mut self, at: Timestamp) {
        let dt_s = at.seconds_since(self.time);
        if dt_s <= 0.0 {
            return;
        }
        let mut slot = 0;
        for e in &mut self.entries {
            e.advance(dt_s);
            if e.learns {
                self.learnt.fade(slot, e.fade(dt_s));
                slot += 1;
            }
        }
        self.time = at;
    }

    /// The entry of a report's sensor, made where there is none.
    fn hear(&mut self, setting: &Setting, sensor: SensorId, at: Timestamp) {
        if let Some(found) = self.find(setting) {
            let slot = self.slot(found);
            let known = &mut self.entries[found];
            known.heard = at;
            if known.learn(setting)
                && let Some(slot) = slot
            {
                self.learnt.forget_constant(slot);
            }
            return;
        }
        if self.entries.len() >= ENTRIES_MAX {
            let entries = self.entries.iter().enumerate();
            let longest_silent = entries.min_by_key(|(_, e)| e.heard).map_or(0, |(i, _)| i);
            if let Some(slot) = self.slot(longest_silent) {
                self.learnt.remove(slot);
            }
            self.entries.remove(longest_silent);
        }
        let entry = Entry::new(setting, sensor, at, NONE);
        if entry.learns {
            self.learnt.push(Known::NOTHING);
        }
        self.entries.push(entry);
    }

    /// Keep all covariances possible beside that of the state.
    fn bound(&mut self, covariance: &Matrix6<f64>) {
        let (learnt, considered): (Vec<&mut Entry>, Vec<&mut Entry>) =
            self.entries.iter_mut().partition(|e| e.learns);
        let mut others: Vec<&mut Cross> = considered.into_iter().map(|e| &mut e.cross).collect();
        if learnt.is_empty() {
            bound(covariance, &mut others);
            return;
        }
        let mut crosses: Vec<&mut Cross> = learnt.into_iter().map(|e| &mut e.cross).collect();
        self.learnt.bounded(&mut crosses, |white| {
            let kept = others.iter_mut().map(|c| &mut **c);
            let mut all: Vec<&mut Cross> = kept.chain(white.iter_mut()).collect();
            bound(covariance, &mut all)
        });
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
        self.bound(&prior.covariance);
        let found = self.find(setting);
        let slot = found.and_then(|found| self.slot(found));
        let mut own = found.map_or(NONE, |found| self.entries[found].cross);
        let mut state = *prior;
        for row in rows.as_slice() {
            let (ph, s) = row.spread(&state.covariance, &own);
            let gain = ph / s;
            let innovation = row.residual - row.h.dot(&(state.mean - rows.at_state()));
            for (at, e) in self
                .entries
                .iter_mut()
                .enumerate()
                .filter(|(_, e)| !e.learns)
            {
                row.reduce(&mut e.cross, &gain, Some(at) == found);
            }
            if !self.learnt.is_empty() {
                let learnt = self.entries.iter_mut().filter(|e| e.learns);
                let mut crosses: Vec<&mut Cross> = learnt.map(|e| &mut e.cross).collect();
                let by = (&gain, innovation, s);
                self.learnt.take(row, slot, by, &mut crosses);
            }
            row.reduce(&mut own, &gain, true);
            state.mean += gain * innovation;
            state.covariance -= gain * gain.transpose() * s;
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

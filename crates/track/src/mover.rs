//! A state that moves: modes in a chart, at a time. Tracks from measurements and from
//! self-reports share it.

use crate::TrackerConfig;
use crate::chart::Chart;
use crate::classify;
use crate::foresight::{Foresight, Prediction};
use crate::measure::{Considered, Model, SoftUpdate};
use crate::motion::{Behaviour, Gaussian, Intensity, MODES, Modes, intensity};
use crate::told;
use lapwing_geo::{Ecef, Geodetic, Height, HeightDatum};
use lapwing_model::{ClassProbabilities, Measurement, ModeProbabilities, Timestamp};
use nalgebra::{Matrix3, Matrix6, Vector3};

/// A mode less likely than this opens no gate of its own.
const GATE_MODE_MIN: f64 = 1e-3;
/// No track outlives its reports by more: a picture of another day says nothing, s.
const PREDICTION_MAX_S: f64 = 300.0;

/// A state that moves.
#[derive(Clone, Debug)]
pub(crate) struct Mover {
    pub(crate) chart: Chart,
    /// The modes' mixture, as one.
    pub(crate) state: Gaussian,
    pub(crate) time: Timestamp,
    pub(crate) height_known: bool,
    modes: Modes,
    behaviour: Behaviour,
    /// Covariance with the errors of the sensors that it has heard.
    considered: Considered,
    ecef: Vector3<f64>,
    ecef_velocity: Vector3<f64>,
}

/// What has been predicted of a mover for the reports of one sensor's look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) foresight: Option<Foresight>,
    /// The modes at a time.
    modes: Option<(Timestamp, Modes)>,
}

/// What a mover becomes by a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match {
    modes: Modes,
    time: Timestamp,
}

impl Mover {
    pub(crate) fn new(chart: Chart, state: Gaussian, time: Timestamp, height_known: bool) -> Self {
        let mut new = Self {
            chart,
            state,
            time,
            height_known,
            modes: Modes::of(state),
            behaviour: Behaviour::of(&classify::prior()),
            considered: Considered::default(),
            ecef: Vector3::zeros(),
            ecef_velocity: Vector3::zeros(),
        };
        new.settle();
        new
    }

    /// The same, with the covariances that its first state has with sensors' errors.
    pub(crate) fn considering(mut self, considered: Considered) -> Self {
        self.considered = considered;
        self
    }

    /// Take note of a report, before it is accepted, for what its sensor's later ones
    /// have in common with it.
    pub(crate) fn consider(&mut self, config: &TrackerConfig, model: &Model<'_>, time: Timestamp) {
        let setting = *model.setting();
        if self.considered.is_empty() && !setting.considers() {
            return;
        }
        let at = time.max(self.time);
        let prior = self.predicted(config, at);
        let setting = self.considered.setting(&setting, at)(&prior.covariance);
        let model = model.in_setting(setting);
        let back_s = time.seconds_since(at);
        let q = Intensity::straight(config);
        let updated = prior.updated_iterated(|x| model.rows(&self.chart, x, back_s, q));
        let rows = model.rows(&self.chart, &updated.state.mean, back_s, q);
        self.considered.take(&prior, &rows, &setting, at);
    }

    /// Fly as things of these classes do.
    pub(crate) fn behave(&mut self, classes: &ClassProbabilities) {
        self.behaviour = Behaviour::of(classes);
    }

    /// Change chart where due; keep the mixture's moments and the Earth-fixed copy.
    fn settle(&mut self) {
        self.state = self.modes.merged();
        let p = self.state.position();
        if !self.chart.holds(&p) {
            let chart = Chart::near(self.chart.frame().to_geodetic(p));
            let (rotation, translation) = self.chart.into_frame(chart.frame());
            self.modes = self.modes.transformed(&rotation, &translation);
            self.considered.turn(&rotation);
            self.state = self.state.transformed(&rotation, &translation);
            self.chart = chart;
        }
        self.ecef = self.chart.ecef(&self.state.position());
        self.ecef_velocity = self.chart.ecef_vector(&self.state.velocity());
    }

    /// Earth-fixed position at `at`, to a few metres.
    pub(crate) fn ecef_at(&self, at: Timestamp) -> Ecef {
        Ecef(self.ecef + self.ecef_velocity * at.seconds_since(self.time))
    }

    pub(crate) const fn ecef_velocity(&self) -> Vector3<f64> {
        self.ecef_velocity
    }

    /// Sideways acceleration of a turn, m/s².
    pub(crate) const fn sideways_mps2(&self) -> f64 {
        self.behaviour.sideways_mps2()
    }

    /// Horizontal standard deviation at the state's own time, m, and a bound of its growth but
    /// for noise and turns, m/s: (σ + tσ')² is no less than the variance in t.
    pub(crate) fn horizontal_growth(&self) -> (f64, f64) {
        let c = &self.state.covariance;
        let sigma_m = (c[(0, 0)] + c[(1, 1)]).max(1e-6).sqrt();
        let both = (c[(0, 3)] + c[(1, 4)]).abs();
        let speed = (c[(3, 3)] + c[(4, 4)]).max(0.0).sqrt();
        // a covariance that rounding has spoilt may have more in common than Cauchy allows
        (
            sigma_m,
            if both > sigma_m * speed {
                both / sigma_m
            } else {
                speed
            },
        )
    }

    /// The modes `dt_s` later; what nothing measures is kept as unknown as the population.
    fn modes_after(&self, config: &TrackerConfig, dt_s: f64) -> Modes {
        let mut modes = self
            .modes
            .predicted(config, &self.chart, &self.behaviour, dt_s);
        if !self.height_known {
            modes.each(|state| {
                state.bound_vertical(config.birth_height_sigma_m, config.birth_climb_sigma_mps);
            });
        }
        modes
    }

    /// The modes at `at`.
    pub(crate) fn modes_at(&self, config: &TrackerConfig, at: Timestamp) -> Modes {
        let dt_s = at
            .seconds_since(self.time)
            .clamp(-PREDICTION_MAX_S, PREDICTION_MAX_S);
        self.modes_after(config, dt_s)
    }

    /// The state at `at`: the modes' mixture, as one.
    pub(crate) fn predicted(&self, config: &TrackerConfig, at: Timestamp) -> Gaussian {
        self.modes_at(config, at).merged()
    }

    /// Horizontal and vertical standard deviation at `at`, m, and how far a turn may
    /// carry it aside, m.
    pub(crate) fn spread_m(&self, config: &TrackerConfig, at: Timestamp) -> (f64, f64) {
        let t = at.seconds_since(self.time);
        let c = &self.state.covariance;
        let axis = |i: usize, q: f64| {
            c[(i, i)]
                + 2.0 * t * c[(i, i + 3)]
                + t * t * c[(i + 3, i + 3)]
                + q * t.abs().powi(3) / 3.0
        };
        let q = Intensity::turning(config);
        // what turns or stops is at most so far from where straight on would take it
        let aside = 0.5 * self.behaviour.sideways_mps2() * t * t;
        let aside = aside.min(2.0 * self.ground_speed_mps() * t.abs()) / 2.0;
        let horizontal = axis(0, q.horizontal) + axis(1, q.horizontal) + aside * aside;
        (
            horizontal.max(0.0).sqrt(),
            axis(2, q.vertical).max(0.0).sqrt(),
        )
    }

    /// How likely `model`'s report at `time` is, and the state that it gives, whether in a gate or
    /// not; a bent measurement is linearised again.
    pub(crate) fn matched(
        &self,
        config: &TrackerConfig,
        model: &Model<'_>,
        time: Timestamp,
    ) -> Option<Match> {
        let dt_s = time.seconds_since(self.time);
        // a report from before the state is taken on the state moved back
        let mut modes = self.modes_after(config, dt_s.clamp(0.0, PREDICTION_MAX_S));
        let setting = (self.considered).setting(model.setting(), time.max(self.time));
        let mut logs = [f64::NEG_INFINITY; MODES];
        for (mode, log) in logs.iter_mut().enumerate() {
            if modes.probabilities[mode] <= 0.0 {
                continue;
            }
            let prior = &modes.states[mode];
            let q = intensity(config, mode);
            let model = &model.in_setting(setting(&prior.covariance));
            let back_s = dt_s.min(0.0) - model.delay_s(&self.chart, &prior.mean);
            let updated = prior.updated_iterated(|at| model.rows(&self.chart, at, back_s, q));
            *log = updated.log_likelihood;
            modes.states[mode] = updated.state;
        }
        modes.weighed(&logs)?;
        let possible = modes.active().all(|(_, _, state)| state.is_possible());
        possible.then_some(Match {
            modes,
            time: if dt_s > 0.0 { time } else { self.time },
        })
    }

    /// The log-likelihood of `model`'s report at `time`, where it lies in the gate. What is
    /// predicted on the way stays in `seen`, and serves other reports of the same sensor: it
    /// rules out most, and need not be predicted again for those of the same time.
    pub(crate) fn likelihood(
        &self,
        config: &TrackerConfig,
        model: &Model<'_>,
        time: Timestamp,
        seen: &mut Seen,
    ) -> Option<f64> {
        let dt_s = time.seconds_since(self.time);
        // a report from before the state is taken on the state moved back
        let ahead_s = dt_s.clamp(0.0, PREDICTION_MAX_S);
        let steps = Modes::steps(ahead_s);
        let measurement = model.measurement();
        if let Some(foresight) = &seen.foresight
            && dt_s <= PREDICTION_MAX_S
            && foresight.rules_out(measurement, model.setting(), time, steps)
        {
            return None;
        }
        let mut foresight = None;
        if seen.foresight.is_none()
            && dt_s > 0.0
            && dt_s <= PREDICTION_MAX_S
            && matches!(measurement, Measurement::Polar { .. })
        {
            let prediction = Prediction {
                dt_s,
                steps,
                rate_per_s: self.behaviour.generator(config).diagonal().amax(),
                noise_m2_s3: Intensity::greatest(config),
                probability_min: GATE_MODE_MIN,
            };
            foresight = Some(Foresight::new(time, &prediction));
        }
        let setting = (self.considered).setting(model.setting(), time.max(self.time));
        let modes = match &mut seen.modes {
            Some((at, modes)) if *at == time => modes,
            stale => &mut stale.insert((time, self.modes_after(config, ahead_s))).1,
        };
        let mut logs = [f64::NEG_INFINITY; MODES];
        let mut inside = false;
        for (mode, log) in logs.iter_mut().enumerate() {
            let p = modes.probabilities[mode];
            if p <= 0.0 {
                continue;
            }
            let prior = &modes.states[mode];
            let q = intensity(config, mode);
            let model = &model.in_setting(setting(&prior.covariance));
            let back_s = dt_s.min(0.0) - model.delay_s(&self.chart, &prior.mean);
            let rows = model.rows(&self.chart, &prior.mean, back_s, q);
            let (distance_2, log_likelihood) = prior.likelihood(&rows);
            inside |= p >= GATE_MODE_MIN && distance_2 <= rows.gate();
            *log = log_likelihood;
            if let Some(foresight) = &mut foresight {
                foresight.note(mode, p, prior, measurement, &rows);
            }
        }
        if foresight.is_some() {
            seen.foresight = foresight;
        }
        if !inside || !modes.active().all(|(_, _, state)| state.is_finite()) {
            return None;
        }
        modes.log_sum(&logs).map(|(log, _)| log)
    }

    /// Weigh each mode by what is no line of sight: `weigh` is given the chart, the mode's state,
    /// and how much later than that the report was made (≤ 0), s. Nothing changes where some
    /// mode cannot be weighed. The covariances with sensors' errors stay; they are bounded
    /// when they are used.
    pub(crate) fn soften(
        &mut self,
        config: &TrackerConfig,
        time: Timestamp,
        weigh: impl Fn(&Chart, &Gaussian, f64) -> Option<SoftUpdate>,
    ) {
        let dt_s = time.seconds_since(self.time);
        let mut modes = self.modes_after(config, dt_s.clamp(0.0, PREDICTION_MAX_S));
        let mut logs = [f64::NEG_INFINITY; MODES];
        for (mode, log) in logs.iter_mut().enumerate() {
            if modes.probabilities[mode] <= 0.0 {
                continue;
            }
            let Some(update) = weigh(&self.chart, &modes.states[mode], dt_s.min(0.0)) else {
                return;
            };
            *log = update.evidence.ln();
            modes.states[mode] = update.state;
        }
        if modes.weighed(&logs).is_some() {
            self.modes = modes;
            self.time = self.time.max(time);
            self.settle();
        }
    }

    /// Take the state that a match gave.
    pub(crate) fn accept(&mut self, found: &Match, measured_height: bool) {
        self.modes = found.modes;
        self.time = found.time;
        self.height_known |= measured_height;
        self.settle();
    }

    /// One mover for several hypotheses of one thing, weighted: mode by mode the moments of
    /// all, at the latest of their times. What this one knows of class and height goes on.
    pub(crate) fn merged(&self, config: &TrackerConfig, parts: &[(f64, &Self)]) -> Self {
        let time = parts.iter().map(|(_, m)| m.time).max().unwrap_or(self.time);
        let total: f64 = parts.iter().map(|(w, _)| w).sum();
        let there: Vec<(f64, Modes)> = parts
            .iter()
            .map(|(w, m)| {
                let modes = m.modes_at(config, time);
                let (rotation, translation) = m.chart.into_frame(self.chart.frame());
                (w / total, modes.transformed(&rotation, &translation))
            })
            .collect();
        let mut new = self.clone();
        new.time = time;
        new.height_known = parts.iter().all(|(_, m)| m.height_known);
        new.modes = Modes::mixture(&there);
        new.settle();
        new
    }

    /// Whether another is as good as the same, the greatest difference being `limit`
    /// squared standard deviations of a component.
    pub(crate) fn is_like(&self, other: &Self, limit: f64) -> bool {
        let of = |g: &Gaussian, i: usize| g.covariance.fixed_view::<3, 3>(i, i).trace();
        let near = |apart: Vector3<f64>, i: usize| {
            let (a, b) = (of(&self.state, i), of(&other.state, i));
            apart.norm_squared() <= limit * a.min(b) && a < 1.5 * b && b < 1.5 * a
        };
        self.time == other.time
            && near(self.ecef - other.ecef, 0)
            && near(self.ecef_velocity - other.ecef_velocity, 3)
    }

    pub(crate) fn ground_speed_mps(&self) -> f64 {
        let v = self.state.velocity();
        v.x.hypot(v.y)
    }

    /// Probability that it is near where it is believed to be, at the state's own time, if it exists.
    pub(crate) fn near(&self) -> f64 {
        let c = &self.state.covariance;
        told::near(c[(0, 0)], c[(0, 1)], c[(1, 1)])
    }

    /// The same at `at`.
    pub(crate) fn near_at(&self, config: &TrackerConfig, at: Timestamp) -> f64 {
        let c = self.predicted(config, at).covariance;
        told::near(c[(0, 0)], c[(0, 1)], c[(1, 1)])
    }

    /// Standard deviation of the horizontal position at the state's own time, along its
    /// longest axis at most.
    pub(crate) fn horizontal_sigma_m(&self) -> f64 {
        let c = &self.state.covariance;
        (c[(0, 0)] + c[(1, 1)]).max(0.0).sqrt()
    }

    /// Standard deviation of the ground speed, m/s.
    pub(crate) fn speed_sigma_mps(&self) -> f64 {
        let c = &self.state.covariance;
        (c[(3, 3)] + c[(4, 4)]).max(0.0).sqrt()
    }

    /// The state at `at` as it leaves the tracker.
    pub(crate) fn output(&self, config: &TrackerConfig, at: Timestamp) -> Output {
        let modes = self.modes_at(config, at);
        let state = modes.merged();
        let position = self.chart.frame().to_geodetic(state.position());
        let rotation: Matrix3<f64> = self.chart.frame().rotation_to_axes_at(position);
        let v = rotation * state.velocity();
        let mut turn = Matrix6::zeros();
        turn.fixed_view_mut::<3, 3>(0, 0).copy_from(&rotation);
        turn.fixed_view_mut::<3, 3>(3, 3).copy_from(&rotation);
        let turned = turn * state.covariance * turn.transpose();
        let mut covariance = [[0.0; 6]; 6];
        for (i, row) in covariance.iter_mut().enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                *value = 0.5 * (turned[(i, j)] + turned[(j, i)]);
            }
        }
        Output {
            position,
            velocity_mps: [v.x, v.y, v.z],
            covariance,
            height: self
                .height_known
                .then(|| Height::new(position.height_m, HeightDatum::Ellipsoid)),
            speed_sigma_mps: (covariance[3][3] + covariance[4][4]).max(0.0).sqrt(),
            modes: modes.public(),
        }
    }

    /// Position and velocity at `at` in this mover's chart, of another mover.
    pub(crate) fn seen_from(
        &self,
        other: &Self,
        config: &TrackerConfig,
        at: Timestamp,
    ) -> Gaussian {
        let state = self.predicted(config, at);
        let (rotation, translation) = self.chart.into_frame(other.chart.frame());
        state.transformed(&rotation, &translation)
    }
}

/// A state in the axes at its own position.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) position: Geodetic,
    pub(crate) velocity_mps: [f64; 3],
    pub(crate) covariance: [[f64; 6]; 6],
    pub(crate) height: Option<Height>,
    pub(crate) speed_sigma_mps: f64,
    pub(crate) modes: ModeProbabilities,
}

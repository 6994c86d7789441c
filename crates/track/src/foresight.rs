//! Which reports of a look cannot be a hypothesis' own, told without predicting it anew.
//!
//! The reports of a sweep differ in time, so the exact gate predicts the modes to each of them,
//! and most reports near a hypothesis are then found outside. What one prediction, to t₀, gave is
//! enough to rule most of them out. With δ = t − t₀, c a bound of the change in the logarithm of
//! any share that one mode has in another, and (m, σ) mean and standard deviation along a
//! component at t₀:
//!
//! ```text
//! Cov'  ≤ e^c Cov                      a mixture's covariance is least about its own mean
//! |m' − m − ṁδ| ≤ (e^c − 1) σ + bending     by the inequality of Cauchy and Schwarz
//! σ'    ≤ e^{c/2} (σ + |δ| σ_v) + √(q|δ|) (Δt + |δ|)
//! ```
//!
//! The shares are those of a Markov chain begun Δt ago: p_ij ∝ t or t² for small t, so that
//! d ln p_ij/dt ≤ 2/t + 2R with R its greatest rate, and twice that after normalising. A
//! report whose range alone, or azimuth alone, lies beyond the gate in every mode lies outside
//! it in all components together, for a Mahalanobis distance is at least that of its parts.
//! What the report errs by in common with others of its sensor may hang together with the state
//! in any way that a covariance allows (see `measure::consider`), so that for a component h
//!
//! ```text
//! S' ≤ (√(hᵀP'h) + |b|)² + R
//! ```
//!
//! which, by the same inequality, also bounds what a second component adds after the first.
//! Nothing that the exact gate takes is ruled out: a property test holds this against it.

use crate::measure::Setting;
use crate::motion::{Gaussian, MODES};
use crate::update::{AZIMUTH, RANGE, Rows, TIME};
use lapwing_geo::wrap_pi;
use lapwing_model::{Measurement, Timestamp};

/// √χ² beyond every gate of up to six components.
const GATE_SIGMAS: f64 = 4.75;
/// A greater change of the shares is not reckoned with.
const CHANGE_MAX: f64 = 0.5;
/// Acceleration that no mode exceeds but for what a line of sight's turning adds, m/s².
const ACCELERATION_MPS2: f64 = 10.0;
/// Nearer to a sensor an azimuth turns too fast to be foreseen, m.
const GROUND_MIN_M: f64 = 300.0;
/// For rounding and the Earth's curvature: metres, radians.
const SLACK_M: f64 = 1.0;
const SLACK_RAD: f64 = 1e-4;

/// One hypothesis as foreseen at one time.
#[derive(Clone, Debug)]
pub(crate) struct Foresight {
    at: Timestamp,
    /// Since the state's own time, s, and the steps in which it was predicted.
    dt_s: f64,
    steps: f64,
    /// Greatest rate of the chain of modes, 1/s.
    rate_per_s: f64,
    /// Greatest intensity of the noise, m²/s³.
    noise_m2_s3: f64,
    /// Least probability of a mode that opens a gate.
    probability_min: f64,
    modes: [Option<Foreseen>; MODES],
}

/// A mode's range and azimuth from a sensor.
#[derive(Clone, Copy, Debug)]
struct Foreseen {
    probability: f64,
    range_m: f64,
    azimuth_rad: f64,
    range_rate_mps: f64,
    azimuth_rate_rad_s: f64,
    range_sigma_m: f64,
    azimuth_sigma_rad: f64,
    ground_m: f64,
    position_sigma_m: f64,
    speed_mps: f64,
    speed_sigma_mps: f64,
}

/// The steps in which so long a time is predicted, and the greatest rates on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prediction {
    pub(crate) dt_s: f64,
    pub(crate) steps: f64,
    pub(crate) rate_per_s: f64,
    pub(crate) noise_m2_s3: f64,
    pub(crate) probability_min: f64,
}

impl Foresight {
    pub(crate) const fn new(at: Timestamp, prediction: &Prediction) -> Self {
        Self {
            at,
            dt_s: prediction.dt_s,
            steps: prediction.steps,
            rate_per_s: prediction.rate_per_s,
            noise_m2_s3: prediction.noise_m2_s3,
            probability_min: prediction.probability_min,
            modes: [None; MODES],
        }
    }

    /// Take note of a mode of probability `probability`, predicted as `prior`, and the polar
    /// `measurement` linearised at it.
    pub(crate) fn note(
        &mut self,
        mode: usize,
        probability: f64,
        prior: &Gaussian,
        measurement: &Measurement,
        rows: &Rows,
    ) {
        let (
            Measurement::Polar {
                range_m,
                azimuth_rad,
                ..
            },
            [range, azimuth, ..],
        ) = (measurement, rows.as_slice())
        else {
            return;
        };
        let v = prior.velocity();
        let sigma = |at: usize| {
            let c = &prior.covariance;
            (c[(at, at)] + c[(at + 1, at + 1)] + c[(at + 2, at + 2)])
                .max(0.0)
                .sqrt()
        };
        let of = |row: &crate::update::Row| {
            let variance = row.h.dot(&(prior.covariance * row.h));
            let rate = row.h.fixed_rows::<3>(0).dot(&v);
            (rate, variance.max(0.0).sqrt())
        };
        let (range_rate_mps, range_sigma_m) = of(range);
        let (azimuth_rate_rad_s, azimuth_sigma_rad) = of(azimuth);
        self.modes[mode] = Some(Foreseen {
            probability,
            range_m: range_m - range.residual,
            azimuth_rad: azimuth_rad - azimuth.residual,
            range_rate_mps,
            azimuth_rate_rad_s,
            range_sigma_m,
            azimuth_sigma_rad,
            // the azimuth's slope is the inverse of the distance over ground
            ground_m: 1.0 / azimuth.h.fixed_rows::<3>(0).norm().max(1e-12),
            position_sigma_m: sigma(0),
            speed_mps: v.norm(),
            speed_sigma_mps: sigma(3),
        });
    }

    /// Whether a report at `time`, predicted to in `steps` steps, is outside the gate beyond
    /// doubt; `setting` is what its sensor errs by.
    pub(crate) fn rules_out(
        &self,
        measurement: &Measurement,
        setting: &Setting,
        time: Timestamp,
        steps: f64,
    ) -> bool {
        let Measurement::Polar {
            range_m,
            azimuth_rad,
            sigma,
            ..
        } = measurement
        else {
            return false;
        };
        let delta_s = time.seconds_since(self.at);
        let dt_s = self.dt_s.min(self.dt_s + delta_s);
        let apart_s = delta_s.abs();
        if dt_s.is_nan() || dt_s <= 0.0 || self.steps != steps {
            return false;
        }
        let change = 2.0 * apart_s * (2.0 * steps / dt_s + 2.0 * self.rate_per_s);
        if change.is_nan() || change > CHANGE_MAX {
            return false;
        }
        let grown = change.exp();
        let noise_m = (self.noise_m2_s3 * apart_s).sqrt() * (self.dt_s + apart_s);
        self.modes
            .iter()
            .flatten()
            .filter(|mode| mode.probability * grown >= self.probability_min)
            .all(|mode| {
                let step = Step {
                    delta_s,
                    grown,
                    noise_m,
                };
                mode.out_of_range(&step, *range_m, sigma.range_m.max(0.1), setting)
                    || mode.out_of_azimuth(
                        &step,
                        *azimuth_rad,
                        sigma.azimuth_rad.max(1e-5),
                        setting,
                    )
            })
    }
}

/// From the time foreseen to a report.
struct Step {
    delta_s: f64,
    /// e^c.
    grown: f64,
    noise_m: f64,
}

impl Foreseen {
    /// How far the mean may have gone, and how far it may be off from going straight on, m.
    fn moved_m(&self, step: &Step) -> (f64, f64) {
        let apart_s = step.delta_s.abs();
        let strayed_m =
            (step.grown - 1.0) * (self.position_sigma_m + apart_s * self.speed_sigma_mps);
        let moved_m = apart_s * (self.speed_mps + self.speed_sigma_mps) + strayed_m;
        (moved_m, strayed_m)
    }

    fn bent_m(&self, step: &Step, distance_m: f64) -> f64 {
        let turning = 4.0 * self.speed_mps * self.speed_mps / distance_m.max(1.0);
        0.5 * step.delta_s * step.delta_s * (ACCELERATION_MPS2 + turning)
    }

    /// Greatest speed of the mean meanwhile, m/s.
    fn speed_max_mps(&self, step: &Step) -> f64 {
        self.speed_mps
            + (step.grown - 1.0) * self.speed_sigma_mps
            + ACCELERATION_MPS2 * step.delta_s.abs()
    }

    fn out_of_range(&self, step: &Step, range_m: f64, sigma_m: f64, setting: &Setting) -> bool {
        let apart_s = step.delta_s.abs();
        let (moved_m, _) = self.moved_m(step);
        let turned = moved_m / self.range_m.max(1.0);
        if turned.is_nan() || turned > 0.2 {
            return false;
        }
        let own_m = step.grown.sqrt()
            * (self.range_sigma_m
                + apart_s * self.speed_sigma_mps
                + 2.0 * turned * self.position_sigma_m)
            + step.noise_m
            + setting.sigmas[RANGE]
            + setting.sigmas[TIME] * self.speed_max_mps(step);
        let stray_m = (step.grown - 1.0)
            * (self.range_sigma_m
                + apart_s * self.speed_sigma_mps
                + turned * self.position_sigma_m)
            + self.bent_m(step, self.range_m);
        let off_m = (range_m - self.range_m - self.range_rate_mps * step.delta_s).abs();
        off_m > GATE_SIGMAS * own_m.hypot(sigma_m) + stray_m + SLACK_M
    }

    fn out_of_azimuth(
        &self,
        step: &Step,
        azimuth_rad: f64,
        sigma_rad: f64,
        setting: &Setting,
    ) -> bool {
        let apart_s = step.delta_s.abs();
        let (moved_m, _) = self.moved_m(step);
        let turned = moved_m / self.ground_m.max(1.0);
        if turned.is_nan() || turned > 0.2 || self.ground_m < GROUND_MIN_M {
            return false;
        }
        let along_m = apart_s * self.speed_sigma_mps + 2.0 * turned * self.position_sigma_m;
        let own_rad = step.grown.sqrt()
            * (self.azimuth_sigma_rad * (1.0 + 3.0 * turned)
                + along_m * (1.0 + 3.0 * turned) / self.ground_m)
            + (step.noise_m + setting.sigmas[TIME] * self.speed_max_mps(step))
                * (1.0 + 3.0 * turned)
                / self.ground_m
            + setting.sigmas[AZIMUTH]
            + setting.fading_share.sqrt() * sigma_rad;
        let stray_rad = (step.grown - 1.0)
            * (self.azimuth_sigma_rad + along_m / self.ground_m)
            * (1.0 + 3.0 * turned)
            + self.bent_m(step, self.ground_m) / self.ground_m;
        let foreseen_rad = self.azimuth_rad + self.azimuth_rate_rad_s * step.delta_s;
        let off_rad = wrap_pi(azimuth_rad - foreseen_rad).abs();
        off_rad > GATE_SIGMAS * own_rad.hypot(sigma_rad) + stray_rad + SLACK_RAD
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TrackerConfig;
    use crate::measure::Model;
    use crate::motion::Modes;
    use crate::mover::{Mover, Seen};
    use lapwing_geo::{Geodetic, LocalFrame};
    use lapwing_model::{ClassProbabilities, PolarSigma, SensorId, SensorKind, SensorSpec};
    use proptest::prelude::*;

    const RADAR: Geodetic = Geodetic::new(55.1, -4.2, 60.0);

    fn polar(range_m: f64, azimuth_rad: f64, elevation_rad: Option<f64>) -> Measurement {
        Measurement::Polar {
            range_m,
            azimuth_rad,
            elevation_rad,
            range_rate_mps: None,
            height_m: None,
            sigma: PolarSigma {
                range_m: 20.0,
                azimuth_rad: 0.012,
                elevation_rad: 0.03,
                range_rate_mps: 0.5,
            },
        }
    }

    /// A sharp turn near a radar with a constant error of range, once a state without a
    /// covariance: errors of range and time must be bounded with every mode's.
    #[test]
    fn a_fit_does_not_run_away() {
        let config = TrackerConfig::default();
        let mut spec = SensorSpec::of_kind("r", SensorKind::Radar);
        spec.range_bias_sigma_m = 29.472_606_924_694_02;
        spec.time_bias_sigma_s = 0.146_933_596_043_649_5;
        spec.azimuth_correlated_share = 0.335_284_180_969_239_07;
        spec.azimuth_correlation_s = 10.0;
        let frame = LocalFrame::new(RADAR);
        let setting = Setting {
            sensor: Some(SensorId(3)),
            ..Setting::of(&spec)
        };
        let place = |t: f64| {
            let (range_m, azimuth) = (2_102.354_603_604_646_4_f64, 5.333_595_614_802_899_f64);
            let (e0, n0) = (range_m * azimuth.sin(), range_m * azimuth.cos());
            let at = 3.625_573_558_027_821 - 0.175_265_563_893_923_98 * t / 2.0;
            let (e, n) = (
                e0 + 61.808_303_716_589_51 * t * at.sin(),
                n0 + 61.808_303_716_589_51 * t * at.cos(),
            );
            (e.hypot(n), e.atan2(n))
        };
        let at = Timestamp::from_seconds;
        let mut mover: Option<Mover> = None;
        for k in 0..=5 {
            let t = 3.0 * f64::from(k);
            let (r, a) = place(t);
            let heard = polar(r, a, None);
            let model = Model::new(&heard, &spec, Some(&frame))
                .unwrap()
                .in_setting(setting);
            let Some(mover) = &mut mover else {
                let (chart, state) = model.first_state(&config).unwrap();
                let mut new = Mover::new(chart, state, at(0.0), false);
                let mut weights = [0.02; 6];
                weights[1] = 1.0;
                new.behave(&ClassProbabilities::from_weights(weights));
                mover = Some(new);
                continue;
            };
            if let Some(found) = mover.matched(&config, &model, at(t)) {
                mover.consider(&config, &model, at(t));
                mover.accept(&found, false);
            }
            let variances = mover.state.covariance.diagonal();
            assert!(
                variances.iter().all(|v| *v > 0.0),
                "after {t} s: {variances}"
            );
            let range_m = mover.state.position().norm();
            assert!(range_m < 20_000.0, "after {t} s: {range_m}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// A thing of any class followed for a while, turning; then a report of the sweep to
        /// foresee by and others around: what is ruled out, the exact gate leaves out.
        #[test]
        fn what_is_ruled_out_is_outside_the_exact_gate(
            range_m in 700.0..40_000.0_f64,
            azimuth in 0.0..6.2_f64,
            speed_mps in 1.0..120.0_f64,
            heading in 0.0..6.2_f64,
            turn_rad_s in -0.3..0.3_f64,
            followed in 0..6_u32,
            wait_s in 0.05..14.0_f64,
            class in 0..6_usize,
            biases in (0.0..60.0_f64, 0.0..0.02_f64, 0.0..0.4_f64, 0.0..1.0_f64, any::<bool>()),
            others in prop::collection::vec(
                (-1.0..1.0_f64, -6.0..6.0_f64, -6.0..6.0_f64, any::<bool>()), 24),
        ) {
            let config = TrackerConfig::default();
            let mut spec = SensorSpec::of_kind("r", SensorKind::Radar);
            if biases.4 {
                spec.range_bias_sigma_m = biases.0;
                spec.azimuth_bias_sigma_rad = biases.1;
                spec.time_bias_sigma_s = biases.2;
                spec.azimuth_correlated_share = biases.3;
                spec.azimuth_correlation_s = 10.0;
            }
            let frame = LocalFrame::new(RADAR);
            let setting = Setting { sensor: Some(SensorId(3)), ..Setting::of(&spec) };
            let model = |m: &'static Measurement| {
                Model::new(m, &spec, Some(&frame)).unwrap().in_setting(setting)
            };
            let place = |t: f64| {
                let (e0, n0) = (range_m * azimuth.sin(), range_m * azimuth.cos());
                let at = heading + turn_rad_s * t / 2.0;
                let (e, n) = (e0 + speed_mps * t * at.sin(), n0 + speed_mps * t * at.cos());
                (e.hypot(n), e.atan2(n))
            };
            let hold = |m: Measurement| -> &'static Measurement { Box::leak(Box::new(m)) };
            let at = Timestamp::from_seconds;
            let first = hold(polar(range_m, azimuth, None));
            let (chart, state) = model(first).first_state(&config).unwrap();
            let mut mover = Mover::new(chart, state, at(0.0), false);
            let mut weights = [0.02; 6];
            weights[class] = 1.0;
            mover.behave(&ClassProbabilities::from_weights(weights));
            for k in 1..=followed {
                let t = 3.0 * f64::from(k);
                let (r, a) = place(t);
                let heard = hold(polar(r, a, None));
                if let Some(found) = mover.matched(&config, &model(heard), at(t)) {
                    mover.consider(&config, &model(heard), at(t));
                    mover.accept(&found, false);
                }
            }
            let t0 = 3.0 * f64::from(followed) + wait_s;
            let (r0, a0) = place(t0);
            let mut seen = Seen::default();
            let example = hold(polar(r0, a0, None));
            let _ = mover.likelihood(&config, &model(example), at(t0), &mut seen);
            let foresight = seen.foresight.unwrap();
            for (apart_s, by_range, by_azimuth, high) in others {
                let t = t0 + apart_s.powi(3);
                let (r, a) = place(t);
                let elevation = high.then_some(0.02);
                let m = hold(polar(
                    (r + by_range.powi(3) * 10.0).max(1.0),
                    a + by_azimuth.powi(3) * 0.004,
                    elevation,
                ));
                let ahead_s = at(t).seconds_since(mover.time).max(0.0);
                if foresight.rules_out(m, &setting, at(t), Modes::steps(ahead_s)) {
                    let taken = mover.likelihood(&config, &model(m), at(t), &mut Seen::default());
                    prop_assert!(taken.is_none(), "{m:?} at {t} after {t0}");
                }
            }
        }
    }

    /// What is far off is ruled out: the bounds are of use.
    #[test]
    fn what_is_far_off_is_ruled_out() {
        let config = TrackerConfig::default();
        let spec = SensorSpec::of_kind("r", SensorKind::Radar);
        let frame = LocalFrame::new(RADAR);
        let at = Timestamp::from_seconds;
        let first = polar(12_000.0, 1.0, None);
        let model = Model::new(&first, &spec, Some(&frame)).unwrap();
        let (chart, state) = model.first_state(&config).unwrap();
        let mut mover = Mover::new(chart, state, at(0.0), false);
        let mut seen = Seen::default();
        for k in 1..6 {
            seen = Seen::default();
            let t = 4.0 * f64::from(k);
            let _ = mover.likelihood(&config, &model, at(t), &mut seen);
            let found = mover.matched(&config, &model, at(t)).unwrap();
            mover.accept(&found, false);
        }
        let foresight = seen.foresight.unwrap();
        let steps = Modes::steps(4.0);
        for (range_m, azimuth_rad, out) in [
            (12_000.0, 1.0, false),
            (12_040.0, 1.01, false),
            (12_500.0, 1.0, true),
            (12_000.0, 1.2, true),
        ] {
            let m = polar(range_m, azimuth_rad, None);
            let ruled_out = foresight.rules_out(&m, model.setting(), at(20.2), steps);
            assert_eq!(ruled_out, out, "{range_m} {azimuth_rad}");
        }
    }
}

//! False bearings that go on: what an array hears again and again from one direction.
//!
//! Mopeds, mowers, generators and surf sound for a while, and every report of one after the
//! first is no news. A false bearing therefore excites others like it (a self-exciting point
//! process: Hawkes 1971), and clutter is made of generators that come, go on and go: each is
//! followed like a thing of its own, one that stands still and is heard by one array only
//! (clutter generators: Mahler 2014, *Advances in Statistical Multisource-Multitarget
//! Information Fusion*, ch. 18).
//!
//! Every bearing is followed here *as if it were false*: whether it is, is for the mixture's
//! hypotheses to say. With ν false sources that begin a revisit, w_k the probability that
//! source k still sounds given that its bearings were false, and (m_k, S_k) what its azimuth
//! will be measured as, the density of false bearings is
//!
//! ```text
//! λ(z) = ν/2π + Σ_k w_k P N(z; m_k, S_k)
//! w ← w e^{−T/L}                                     from revisit to revisit
//! w ← w (1 − P)/(1 − w P)                            not heard in one
//! w ← (w P N + share · ν/2π) / (w P N + ν/2π)        heard
//! ```
//!
//! A source's azimuth is a constant and noise that fades (the array's orientation is part of
//! the constant), estimated by a Kalman filter of two states. In a hypothesis in which source
//! k's earlier bearings were a track's own there is no such source: there the density is
//! λ − w_k P N(z; m_k, S_k) (see `looking`). So a standing source never grows certain through
//! repetition, however many bearings agree, while what flies past leaves it behind.
//!
//! ν is learnt over all arrays together, as the mean of a gamma posterior whose prior is the
//! sensors' description: wind multiplies false alarms, and everywhere at once.

use lapwing_geo::wrap_pi;
use lapwing_model::{Measurement, Report, SensorId, SensorKind, SensorSpec, Timestamp};
use std::collections::BTreeMap;
use std::f64::consts::TAU;

/// Share of false sources that go on, and for how long on average, s: the models' figures
/// for arrays on a coast (docs/island.md).
const PERSISTENT: f64 = 0.7;
const LASTS_S: f64 = 30.0;
/// Probability that one that goes on is reported in a revisit.
const REPORTED: f64 = 0.9;
/// Least probability that a source is kept with.
const KEPT_MIN: f64 = 1e-3;
/// Most sources of one array: beyond, the least likely is forgotten.
const SOURCES_MAX: usize = 32;
/// Most revisits in which a source's silence is counted.
const SILENT_MAX: u32 = 32;
/// Share of false sources that stand on the ground, how far off the horizon they are seen
/// there, and the span of the others' elevations, rad.
const ON_GROUND: f64 = 0.8;
const GROUND_SIGMA_RAD: f64 = 0.03;
const ELEVATIONS_RAD: f64 = 0.8;
/// Weight of the description against what is counted: so many false sources.
const PRIOR_COUNT: f64 = 5.0;
/// How long the past counts, s.
const MEMORY_S: f64 = 900.0;

/// A bearing in the terms of clutter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Alarm {
    /// The source that it is of, if it is false: a number of its array's own.
    pub(crate) source: u32,
    /// Density of false bearings at it, a revisit and radian.
    pub(crate) density: f64,
    /// Natural logarithm of what is left of that density (0 to 1, not 0) where this source's
    /// earlier bearings were not false.
    pub(crate) log_without: f64,
    /// Whether it is the first of its source.
    pub(crate) first: bool,
}

/// A false source: azimuth as constant and fading error, rad, with their covariance.
#[derive(Clone, Copy, Debug)]
struct Source {
    number: u32,
    heard: Timestamp,
    /// Probability that it goes on.
    lives: f64,
    azimuth_rad: f64,
    fading_rad: f64,
    variance: [f64; 3],
}

/// Variances of an array's azimuth errors, rad², and the time in which the fading one fades.
#[derive(Clone, Copy, Debug)]
struct Errors {
    white: f64,
    fading: f64,
    fading_s: f64,
}

impl Source {
    fn new(number: u32, at: Timestamp, azimuth_rad: f64, errors: Errors) -> Self {
        Self {
            number,
            heard: at,
            lives: PERSISTENT,
            azimuth_rad,
            fading_rad: 0.0,
            // the first bearing is all that is known of the sum of both
            variance: [errors.white + errors.fading, -errors.fading, errors.fading],
        }
    }

    /// The same at `at`, if nothing was heard of it in between.
    fn predicted(&self, at: Timestamp, revisit_s: f64, errors: Errors) -> Self {
        let dt_s = at.seconds_since(self.heard).max(0.0);
        let revisits = (dt_s / revisit_s).round().clamp(1.0, f64::from(SILENT_MAX));
        let survival = (-dt_s / revisits / LASTS_S).exp();
        let mut lives = self.lives * survival;
        for _ in 1..revisits as u32 {
            lives = lives * (1.0 - REPORTED) / (1.0 - lives * REPORTED) * survival;
        }
        let fade = (-dt_s / errors.fading_s).exp();
        let [constant, both, fading] = self.variance;
        Self {
            lives,
            fading_rad: self.fading_rad * fade,
            variance: [
                constant,
                both * fade,
                fade * fade * fading + (1.0 - fade * fade) * errors.fading,
            ],
            ..*self
        }
    }

    fn spread(&self, errors: Errors) -> f64 {
        let [constant, both, fading] = self.variance;
        (constant + 2.0 * both + fading + errors.white).max(0.1 * errors.white)
    }

    fn off(&self, azimuth_rad: f64) -> f64 {
        wrap_pi(azimuth_rad - self.azimuth_rad - self.fading_rad)
    }

    /// Density of its next bearing, if it goes on.
    fn density(&self, azimuth_rad: f64, errors: Errors) -> f64 {
        let (off, spread) = (self.off(azimuth_rad), self.spread(errors));
        (-0.5 * off * off / spread).exp() / (TAU * spread).sqrt()
    }

    /// After a bearing that is taken to be its own.
    fn update(&mut self, azimuth_rad: f64, errors: Errors) {
        let (off, spread) = (self.off(azimuth_rad), self.spread(errors));
        let [constant, both, fading] = self.variance;
        let gain = [(constant + both) / spread, (both + fading) / spread];
        self.azimuth_rad = wrap_pi(self.azimuth_rad + gain[0] * off);
        self.fading_rad += gain[1] * off;
        self.variance = [
            constant - gain[0] * gain[0] * spread,
            both - gain[0] * gain[1] * spread,
            fading - gain[1] * gain[1] * spread,
        ];
    }
}

/// One array's false sources.
#[derive(Clone, Debug, Default)]
struct Array {
    sources: Vec<Source>,
    next: u32,
    counted_to: Option<Timestamp>,
}

/// The false sources of all arrays, and how often they begin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nuisances {
    arrays: BTreeMap<SensorId, Array>,
    /// Fading counts of sources that began and of revisits, and when they were last faded.
    began: f64,
    revisits: f64,
    faded: Option<Timestamp>,
}

impl Nuisances {
    /// Whether false reports of this kind of sensor are followed here.
    pub(crate) fn follows(spec: &SensorSpec) -> bool {
        spec.kind == SensorKind::AcousticArray
    }

    /// False sources that begin a revisit.
    fn rate(&self, spec: &SensorSpec) -> f64 {
        let described = spec.false_per_revisit.clamp(1e-5, 10.0);
        let prior = PRIOR_COUNT / described;
        let learnt = (PRIOR_COUNT + self.began) / (prior + self.revisits);
        learnt.max(described)
    }

    /// The revisits of a look, heard or silent, and the sources that began in it unexplained.
    pub(crate) fn count(&mut self, sensor: SensorId, until: Timestamp, revisit_s: f64, began: f64) {
        let passed_s = self
            .faded
            .map_or(0.0, |at| until.seconds_since(at).max(0.0));
        let fade = (-passed_s / MEMORY_S).exp();
        self.faded = Some(self.faded.map_or(until, |at| at.max(until)));
        let array = self.arrays.entry(sensor).or_default();
        let since_s = array
            .counted_to
            .map_or(0.0, |at| until.seconds_since(at).clamp(0.0, MEMORY_S));
        array.counted_to = Some(array.counted_to.map_or(until, |at| at.max(until)));
        self.began = self.began * fade + began;
        self.revisits = self.revisits * fade + since_s / revisit_s.max(0.1);
    }

    /// Follow a bearing as if it were false; what it says. `None` of other reports.
    pub(crate) fn hear(&mut self, spec: &SensorSpec, report: &Report) -> Option<Alarm> {
        let Measurement::Bearing {
            azimuth_rad,
            azimuth_sigma_rad,
            ..
        } = report.measurement
        else {
            return None;
        };
        let uniform = self.rate(spec) / TAU;
        let variance = azimuth_sigma_rad.max(1e-3).powi(2);
        let share = spec.azimuth_correlated_share.clamp(0.0, 0.99);
        let errors = Errors {
            white: variance * (1.0 - share),
            fading: variance * share,
            fading_s: spec.azimuth_correlation_s.max(1e-3),
        };
        let revisit_s = spec.revisit_s.max(0.1);
        let array = self.arrays.entry(report.sensor).or_default();
        let mut density = uniform;
        let mut best: Option<(usize, Source, f64)> = None;
        for (at, source) in array.sources.iter().enumerate() {
            // one report a revisit; what comes out of order says nothing of it
            if report.time.seconds_since(source.heard) < 0.5 * revisit_s {
                continue;
            }
            let then = source.predicted(report.time, revisit_s, errors);
            let here = then.lives * REPORTED * then.density(azimuth_rad, errors);
            density += here;
            if here > best.map_or(uniform, |b| b.2) {
                best = Some((at, then, here));
            }
        }
        if let Some((at, mut source, here)) = best {
            source.update(azimuth_rad, errors);
            source.heard = report.time;
            source.lives = (here + PERSISTENT * uniform) / (here + uniform);
            array.sources[at] = source;
            return Some(Alarm {
                source: source.number,
                density,
                log_without: ((density - here).max(uniform) / density).ln(),
                first: false,
            });
        }
        array.sources.retain(|s| {
            report.time.seconds_since(s.heard).abs() < f64::from(SILENT_MAX) * revisit_s
                && s.predicted(report.time, revisit_s, errors).lives > KEPT_MIN
        });
        if array.sources.len() >= SOURCES_MAX {
            array.sources.remove(0);
        }
        let number = array.next;
        array.next = array.next.wrapping_add(1);
        array
            .sources
            .push(Source::new(number, report.time, azimuth_rad, errors));
        Some(Alarm {
            source: number,
            density,
            log_without: 0.0,
            first: true,
        })
    }
}

/// Density of the elevation of false bearings, 1/rad: most sources of noise stand on the
/// ground, some are in the air as well.
pub(crate) fn elevation_density(elevation_rad: f64, sigma_rad: f64) -> f64 {
    let spread = sigma_rad.max(0.01).powi(2) + GROUND_SIGMA_RAD * GROUND_SIGMA_RAD;
    let low = (-0.5 * elevation_rad * elevation_rad / spread).exp() / (TAU * spread).sqrt();
    ON_GROUND * low + (1.0 - ON_GROUND) / ELEVATIONS_RAD
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_model::{Claims, RawRef};
    use nalgebra::{DMatrix, DVector};
    use proptest::prelude::*;

    const ERRORS: Errors = Errors {
        white: 0.0024,
        fading: 0.0024,
        fading_s: 10.0,
    };
    const SIGMA_RAD: f64 = 0.0693;

    fn spec() -> SensorSpec {
        let mut spec = SensorSpec::of_kind("a", SensorKind::AcousticArray);
        spec.false_per_revisit = 0.002;
        spec.azimuth_correlated_share = 0.5;
        spec
    }

    fn bearing(sensor: u32, seconds: f64, azimuth_rad: f64) -> Report {
        Report {
            sensor: SensorId(sensor),
            time: Timestamp::from_seconds(seconds),
            measurement: Measurement::Bearing {
                azimuth_rad,
                elevation_rad: None,
                azimuth_sigma_rad: SIGMA_RAD,
                elevation_sigma_rad: 0.1,
            },
            claims: Claims::default(),
            rcs_dbsm: None,
            class_log_likelihoods: None,
            raw: RawRef::default(),
        }
    }

    /// The recursion against the joint density: a constant anywhere, white and fading noise,
    /// with the constant integrated out of the dense Gaussian.
    #[test]
    fn predictions_multiply_to_the_joint_density() {
        let times_s = [0.0, 2.0, 4.0, 8.0, 14.0];
        let azimuths = [1.0, 1.06, 0.93, 1.02, 0.97];
        let at = Timestamp::from_seconds;
        let mut source = Source::new(0, at(0.0), azimuths[0], ERRORS);
        let mut product = 1.0;
        for (t, z) in times_s.iter().zip(azimuths).skip(1) {
            source = source.predicted(at(*t), 2.0, ERRORS);
            source.heard = at(*t);
            product *= source.density(z, ERRORS);
            source.update(z, ERRORS);
        }
        let n = times_s.len();
        let covariance = DMatrix::from_fn(n, n, |i, j| {
            let fade = (-(times_s[i] - times_s[j]).abs() / ERRORS.fading_s).exp();
            ERRORS.fading * fade + if i == j { ERRORS.white } else { 0.0 }
        });
        let inverse = covariance.clone().try_inverse().unwrap();
        let step = 1e-3;
        let joint: f64 = (-1_000..1_000)
            .map(|k| {
                let off = DVector::from_fn(n, |i, _| azimuths[i] - 1.0 - step * f64::from(k));
                (-0.5 * (off.transpose() * &inverse * &off)[0]).exp() * step
            })
            .sum();
        let joint = joint / ((TAU.powi(n as i32) * covariance.determinant()).sqrt());
        assert!((product / joint - 1.0).abs() < 1e-3, "{product} {joint}");
    }

    /// A moped that stands: 15 bearings, of which only the first is worth anything to a thing
    /// that happens to lie in its direction and is heard as surely.
    #[test]
    fn what_goes_on_is_hardly_evidence() {
        let spec = spec();
        let mut nuisances = Nuisances::default();
        let mut gains = Vec::new();
        for k in 0..15_u32 {
            let off = [0.04, -0.05, 0.02, -0.03, 0.05][k as usize % 5];
            let alarm = nuisances.hear(&spec, &bearing(0, 2.0 * f64::from(k), 1.0 + off));
            let alarm = alarm.unwrap();
            assert_eq!((alarm.source, alarm.first), (0, k == 0));
            let likeliest = 0.95 / (TAU.sqrt() * SIGMA_RAD);
            gains.push((likeliest / alarm.density).ln());
        }
        // 0.95 · 5.76 / (0.002/2π) = 17 200 by hand
        assert!((gains[0] - 17_200_f64.ln()).abs() < 0.01, "{gains:?}");
        let rest: f64 = gains[2..].iter().sum();
        assert!(gains[1..].iter().all(|g| *g < 1.3), "{gains:?}");
        assert!(rest / 13.0 < 0.7, "{gains:?}");
    }

    /// What passes at 3° a revisit leaves every place where it was heard; what turns up after
    /// a while of silence is news again.
    #[test]
    fn what_moves_or_stops_is_news_again() {
        let spec = spec();
        let uniform = 0.002 / TAU;
        let mut nuisances = Nuisances::default();
        let mut densities = Vec::new();
        for k in 0..20_u32 {
            let azimuth = 1.0 + 3.0_f64.to_radians() * f64::from(k);
            let alarm = nuisances.hear(&spec, &bearing(0, 2.0 * f64::from(k), azimuth));
            densities.push(alarm.unwrap().density);
        }
        let standing = densities[1];
        assert!(densities[5..].iter().all(|d| *d < 0.8 * standing));
        assert!(
            densities[5..].iter().any(|d| *d < 0.02 * standing),
            "{densities:?}"
        );
        let last = 1.0 + 3.0_f64.to_radians() * 19.0;
        let later = nuisances
            .hear(&spec, &bearing(0, 38.0 + 30.0, last))
            .unwrap();
        assert!(later.density < 1.2 * uniform && later.first, "{later:?}");
    }

    /// In a hypothesis in which the earlier bearings were a track's own nothing but the rest
    /// of the density is left.
    #[test]
    fn a_source_that_is_a_track_leaves_the_rest_of_the_density() {
        let spec = spec();
        let mut nuisances = Nuisances::default();
        nuisances.hear(&spec, &bearing(0, 0.0, 1.0));
        let again = nuisances.hear(&spec, &bearing(0, 2.0, 1.0)).unwrap();
        let without = again.density * again.log_without.exp();
        assert!((without / (0.002 / TAU) - 1.0).abs() < 1e-9, "{without}");
        // another array hears for itself
        let other = nuisances.hear(&spec, &bearing(1, 4.0, 1.0)).unwrap();
        assert!(other.first && other.log_without == 0.0);
        // two at once are two sources
        let twin = nuisances.hear(&spec, &bearing(0, 2.0, 1.0)).unwrap();
        assert!(twin.first && twin.source != again.source);
    }

    /// Four times as many false alarms, at all arrays together, are known after minutes; fewer
    /// than described are not believed.
    #[test]
    fn the_rate_is_learnt_over_all_arrays() {
        let spec = spec();
        for (per_revisit, expected) in [(0.008, 0.008), (0.0005, 0.002)] {
            let mut nuisances = Nuisances::default();
            let mut owed = 0.0;
            for k in 0..300_u32 {
                for array in 0..100 {
                    owed += per_revisit;
                    let began = if owed >= 1.0 { 1.0 } else { 0.0 };
                    owed -= began;
                    let until = Timestamp::from_seconds(2.0 * f64::from(k));
                    nuisances.count(SensorId(array), until, 2.0, began);
                }
            }
            let rate = nuisances.rate(&spec);
            assert!((rate / expected - 1.0).abs() < 0.15, "{rate}");
        }
    }

    proptest! {
        #[test]
        fn memory_is_bounded_and_densities_are_densities(
            reports in prop::collection::vec((0.0..200.0_f64, -7.0..7.0_f64), 0..200),
        ) {
            let spec = spec();
            let mut nuisances = Nuisances::default();
            for (seconds, azimuth) in reports {
                let alarm = nuisances.hear(&spec, &bearing(0, seconds, azimuth)).unwrap();
                prop_assert!(alarm.density.is_finite() && alarm.density > 0.0);
                prop_assert!(alarm.log_without <= 0.0 && alarm.log_without.is_finite());
            }
            prop_assert!(nuisances.arrays.values().all(|a| a.sources.len() <= SOURCES_MAX));
        }
    }
}

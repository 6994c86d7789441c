//! What a scenario file says.

use lapwing_track::planar::{Axis, Birth, PlanarState};
use lapwing_track::swarm::ConfigError;
use serde::Deserialize;
use thiserror::Error;

/// A scenario, as in its file. Unknown keys are errors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Number of scans.
    pub scans: u32,
    /// Number of the first one.
    #[serde(default = "one")]
    pub first_scan: u32,
    /// How objects move.
    pub motion: Motion,
    /// How positions are measured.
    pub measurement: Measurement,
    /// Whether objects are detected.
    pub detection: Probability,
    /// Whether they live on.
    pub survival: Probability,
    /// False reports.
    pub clutter: Clutter,
    /// New objects.
    pub birth: BirthKeys,
    /// The metric.
    pub gospa: Gospa,
    /// What is reported.
    #[serde(default)]
    pub estimator: EstimatorKeys,
    /// How much the filter may keep.
    #[serde(default)]
    pub budget: BudgetKeys,
}

const fn one() -> u32 {
    1
}

/// How objects move.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Motion {
    /// The model.
    pub model: MotionModel,
    /// Time between scans, s.
    pub dt_s: f64,
    /// Intensity of white-noise acceleration in each axis, m²/s³.
    pub q: f64,
}

/// A motion model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum MotionModel {
    /// Nearly constant velocity on the plane.
    #[serde(rename = "cv2")]
    Cv2,
    /// Interacting multiple models on the plane.
    #[serde(rename = "imm2")]
    Imm2,
}

/// How positions are measured.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// Standard deviation in each axis, m.
    pub sigma_m: f64,
}

/// A probability a scan.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probability {
    /// The probability.
    pub p: f64,
}

/// False reports.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clutter {
    /// Expected number a scan.
    pub mean: f64,
    /// Where they lie, alike: `[xmin, xmax, ymin, ymax]`, m. With `mean` it says their
    /// density.
    pub area: [f64; 4],
}

/// New objects: a Gaussian, or anywhere alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BirthKeys {
    /// Expected number in the first scan.
    pub initial_weight: Option<f64>,
    /// Expected number in each later scan.
    pub weight: Option<f64>,
    /// Mean `[x, vx, y, vy]`, m and m/s.
    pub mean: Option<[f64; 4]>,
    /// Standard deviations of the same.
    pub std: Option<[f64; 4]>,
    /// Expected number a scan in the area, anywhere in it.
    pub uniform_per_scan: Option<f64>,
    /// Expected number in the area at the first scan, where `uniform_per_scan` is given;
    /// the same as that by default.
    pub uniform_at_first: Option<f64>,
    /// Standard deviation of the velocity in each axis, m/s.
    pub speed_std: Option<f64>,
}

/// The metric's parameters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gospa {
    /// Exponent.
    pub p: f64,
    /// Cut-off, m.
    pub c: f64,
    /// Cardinality factor.
    pub alpha: f64,
    /// Penalty of a switch in T-GOSPA, m; a fifth of the cut-off by default.
    pub gamma: Option<f64>,
}

/// What is reported.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EstimatorKeys {
    /// Least probability of existence.
    #[serde(default = "half")]
    pub existence: f64,
    /// How estimates are taken from the mixture.
    #[serde(default)]
    pub method: Method,
}

impl Default for EstimatorKeys {
    fn default() -> Self {
        Self {
            existence: half(),
            method: Method::default(),
        }
    }
}

const fn half() -> f64 {
    0.5
}

/// How estimates are taken from the mixture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The heaviest global hypothesis.
    Heaviest,
    /// Least expected squared GOSPA.
    #[default]
    LeastError,
}

/// How much the filter may keep.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BudgetKeys {
    /// Global hypotheses of a cluster.
    pub hypotheses: usize,
    /// Squared Mahalanobis distance of the gate.
    pub gate: f64,
    /// Least weight of a global hypothesis.
    pub weight_min: f64,
    /// Least existence of a local hypothesis.
    pub existence_min: f64,
    /// Mutual information below which parts of a cluster are parted, nats.
    pub information_min: f64,
    /// Squared Mahalanobis distance below which two hypotheses of an object are one.
    pub alike: f64,
}

impl Default for BudgetKeys {
    fn default() -> Self {
        Self {
            hypotheses: 200,
            gate: 20.0,
            weight_min: 1e-4,
            existence_min: 1e-5,
            information_min: 1e-2,
            alike: 0.01,
        }
    }
}

/// What is wrong with a scenario.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// Not TOML, or a key that is unknown, missing or of the wrong kind.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// What the filter cannot do with.
    #[error("{0}")]
    Filter(#[source] ConfigError),
    /// A value that means nothing.
    #[error("[{section}] {key} = {value}: {rule}")]
    Value {
        /// Section of the file.
        section: &'static str,
        /// Its key.
        key: &'static str,
        /// What it says.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
}

fn check(
    holds: bool,
    section: &'static str,
    key: &'static str,
    value: impl std::fmt::Debug,
    rule: &'static str,
) -> Result<(), ScenarioError> {
    if holds {
        return Ok(());
    }
    Err(ScenarioError::Value {
        section,
        key,
        value: format!("{value:?}"),
        rule,
    })
}

impl Scenario {
    /// Read a scenario file.
    ///
    /// # Errors
    /// What is wrong, with line and key.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)?;
        scenario.checked()
    }

    fn checked(self) -> Result<Self, ScenarioError> {
        let positive = |v: f64| v.is_finite() && v > 0.0;
        let natural = |v: f64| v.is_finite() && v >= 0.0;
        let s = &self;
        check(s.scans > 0, "", "scans", s.scans, "at least one scan")?;
        check(
            s.first_scan.checked_add(s.scans).is_some(),
            "",
            "first_scan",
            s.first_scan,
            "too great",
        )?;
        check(
            positive(s.motion.dt_s),
            "motion",
            "dt_s",
            s.motion.dt_s,
            "a positive number of seconds",
        )?;
        check(
            natural(s.motion.q),
            "motion",
            "q",
            s.motion.q,
            "a number of m²/s³, not negative",
        )?;
        check(
            positive(s.measurement.sigma_m),
            "measurement",
            "sigma_m",
            s.measurement.sigma_m,
            "a positive number of metres",
        )?;
        for (section, p) in [("detection", s.detection.p), ("survival", s.survival.p)] {
            check(
                p > 0.0 && p <= 1.0,
                section,
                "p",
                p,
                "a probability above 0, at most 1",
            )?;
        }
        check(
            natural(s.clutter.mean),
            "clutter",
            "mean",
            s.clutter.mean,
            "a number, not negative",
        )?;
        check(
            self.area_m2() > 0.0
                && self.area_m2().is_finite()
                && s.clutter.area[1] > s.clutter.area[0],
            "clutter",
            "area",
            s.clutter.area,
            "[xmin, xmax, ymin, ymax] with xmin < xmax and ymin < ymax",
        )?;
        check(
            positive(s.gospa.c) && s.gospa.p >= 1.0 && s.gospa.p.is_finite(),
            "gospa",
            "c, p",
            (s.gospa.c, s.gospa.p),
            "c a positive number of metres, p at least 1",
        )?;
        check(
            s.gospa.alpha > 0.0 && s.gospa.alpha <= 2.0,
            "gospa",
            "alpha",
            s.gospa.alpha,
            "above 0, at most 2",
        )?;
        if let Some(gamma) = s.gospa.gamma {
            check(
                positive(gamma),
                "gospa",
                "gamma",
                gamma,
                "a positive number of metres",
            )?;
        }
        let r = s.estimator.existence;
        check(
            (0.0..1.0).contains(&r),
            "estimator",
            "existence",
            r,
            "at least 0, below 1",
        )?;
        let b = &s.budget;
        check(
            (1..=10_000).contains(&b.hypotheses),
            "budget",
            "hypotheses",
            b.hypotheses,
            "between 1 and 10,000",
        )?;
        check(
            positive(b.gate),
            "budget",
            "gate",
            b.gate,
            "a positive number",
        )?;
        for (key, v) in [
            ("weight_min", b.weight_min),
            ("existence_min", b.existence_min),
        ] {
            check(v > 0.0 && v < 1.0, "budget", key, v, "above 0, below 1")?;
        }
        for (key, v) in [("information_min", b.information_min), ("alike", b.alike)] {
            check(natural(v), "budget", key, v, "a number, not negative")?;
        }
        self.birth()?;
        Ok(self)
    }

    /// Area that the clutter's mean and the uniform births refer to, m².
    #[must_use]
    pub fn area_m2(&self) -> f64 {
        let [xmin, xmax, ymin, ymax] = self.clutter.area;
        (xmax - xmin) * (ymax - ymin)
    }

    /// Where new objects begin.
    ///
    /// # Errors
    /// Keys that do not go together, or values that mean nothing.
    pub fn birth(&self) -> Result<Birth, ScenarioError> {
        let rule =
            "either weight, mean and std (and initial_weight), or uniform_per_scan and speed_std";
        let natural = |v: f64| v.is_finite() && v >= 0.0;
        let b = &self.birth;
        match (b.weight, b.mean, b.std, b.uniform_per_scan, b.speed_std) {
            (Some(weight), Some(mean), Some(std), None, None) if b.uniform_at_first.is_none() => {
                let initial_weight = b.initial_weight.unwrap_or(weight);
                check(
                    natural(weight) && natural(initial_weight),
                    "birth",
                    "weight",
                    weight,
                    "a number, not negative",
                )?;
                check(
                    mean.iter().all(|v| v.is_finite()),
                    "birth",
                    "mean",
                    mean,
                    "four numbers",
                )?;
                check(
                    std.iter().all(|v| v.is_finite() && *v > 0.0),
                    "birth",
                    "std",
                    std,
                    "four positive numbers",
                )?;
                let axis = |position_m: f64, velocity_mps: f64, sp: f64, sv: f64| Axis {
                    position_m,
                    velocity_mps,
                    pp: sp * sp,
                    pv: 0.0,
                    vv: sv * sv,
                };
                Ok(Birth::Gaussian {
                    initial_weight,
                    weight,
                    state: PlanarState {
                        x: axis(mean[0], mean[1], std[0], std[1]),
                        y: axis(mean[2], mean[3], std[2], std[3]),
                    },
                })
            }
            (None, None, None, Some(per_scan), Some(speed_std_mps))
                if b.initial_weight.is_none() =>
            {
                let first = b.uniform_at_first.unwrap_or(per_scan);
                check(
                    natural(per_scan) && natural(first),
                    "birth",
                    "uniform_per_scan",
                    per_scan,
                    "a number, not negative",
                )?;
                check(
                    speed_std_mps.is_finite() && speed_std_mps > 0.0,
                    "birth",
                    "speed_std",
                    speed_std_mps,
                    "a positive number of m/s",
                )?;
                Ok(Birth::Uniform {
                    density_per_scan: per_scan / self.area_m2(),
                    initial_density: first / self.area_m2(),
                    speed_std_mps,
                })
            }
            _ => Err(ScenarioError::Value {
                section: "birth",
                key: "keys",
                value: "given".into(),
                rule,
            }),
        }
    }

    /// The same densities over another square: as much larger as `objects` is more than the
    /// clutter's mean, its lower left corner where it was.
    #[must_use]
    pub fn scaled(mut self, objects: f64) -> Self {
        let factor = objects / self.clutter.mean;
        if !(factor.is_finite() && factor > 0.0) {
            return self;
        }
        let [xmin, xmax, ymin, ymax] = self.clutter.area;
        let side = factor.sqrt();
        self.clutter.area = [
            xmin,
            xmin + (xmax - xmin) * side,
            ymin,
            ymin + (ymax - ymin) * side,
        ];
        self.clutter.mean = objects;
        for number in [
            &mut self.birth.uniform_per_scan,
            &mut self.birth.uniform_at_first,
        ] {
            *number = number.map(|n| n * factor);
        }
        self
    }

    /// The same scene in which nothing new appears: what is there is known at the start.
    #[must_use]
    pub fn without_births(mut self) -> Self {
        for number in [
            &mut self.birth.initial_weight,
            &mut self.birth.weight,
            &mut self.birth.uniform_per_scan,
            &mut self.birth.uniform_at_first,
        ] {
            *number = number.map(|_| 0.0);
        }
        self
    }
}

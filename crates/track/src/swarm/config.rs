//! What the large-scale filter is told of the world: motion, sensor, clutter, birth, thresholds.

use thiserror::Error;

/// Undetected objects: how many appear, and how fast they move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Birth {
    /// Expected number of objects that appear in the area between two scans.
    pub uniform_per_scan: f64,
    /// Standard deviation of a newborn's velocity per axis, m/s.
    pub speed_std: f64,
    /// Expected number of objects in the area before the first scan.
    pub initial_expected: f64,
}

/// Existence probabilities below which a track is given up.
///
/// Where newborns are rarer than these, half of a newborn's existence is used in their place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prune {
    /// Of a track after a scan.
    pub existence: f64,
    /// Of a newborn track: a detection that starts less than this starts nothing.
    pub birth: f64,
}

/// How many ways of moving each track considers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Models {
    /// Nearly constant velocity.
    Single,
    /// Nearly constant velocity, manoeuvre, hover: interacting multiple models.
    Multiple,
}

/// The ways of moving beside nearly constant velocity, and how they alternate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModeSettings {
    /// Intensity of the white acceleration in a manoeuvre, m²/s³.
    pub manoeuvre_q: f64,
    /// Time in which a hovering object loses its velocity, s.
    pub hover_time_s: f64,
    /// Standard deviation of a hovering object's velocity per axis, m/s.
    pub hover_speed_std: f64,
    /// Mean time in nearly constant velocity, manoeuvre and hover before a change, s.
    pub sojourn_s: [f64; 3],
    /// Probabilities of the modes in a newborn or started track.
    pub initial: [f64; 3],
}

impl Default for ModeSettings {
    fn default() -> Self {
        Self {
            manoeuvre_q: 10.0,
            hover_time_s: 1.0,
            hover_speed_std: 1.0,
            sojourn_s: [100.0, 5.0, 30.0],
            initial: [0.9, 0.05, 0.05],
        }
    }
}

/// Everything that [`super::Swarm`] is told at its start. Positions are metres on a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Time between scans, s.
    pub dt_s: f64,
    /// Intensity of the white acceleration, m²/s³ per axis.
    pub q: f64,
    /// Standard deviation of a measured position per axis, m.
    pub sigma_m: f64,
    /// Probability that an object is detected in a scan.
    pub detection: f64,
    /// Probability that an object lives on to the next scan.
    pub survival: f64,
    /// Clutter inside `area`, detections per m² and scan.
    pub clutter_density: f64,
    /// xmin, xmax, ymin, ymax, m: where clutter lies and objects appear. Objects may leave it.
    pub area: [f64; 4],
    /// Undetected objects.
    pub birth: Birth,
    /// Squared Mahalanobis distance beyond which a detection is not of a track.
    pub gate: f64,
    /// When a track is given up.
    pub prune: Prune,
    /// One way of moving, or several.
    pub models: Models,
    /// The ways of moving where `models` is [`Models::Multiple`].
    pub modes: ModeSettings,
    /// Threads to share the work; the result does not depend on it.
    pub threads: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dt_s: 1.0,
            q: 0.1,
            sigma_m: 5.0,
            detection: 0.9,
            survival: 0.99,
            clutter_density: 4e-5,
            area: [0.0, 500.0, 0.0, 500.0],
            birth: Birth {
                uniform_per_scan: 0.1,
                speed_std: 15.0,
                initial_expected: 0.0,
            },
            gate: 20.0,
            prune: Prune {
                existence: 5e-3,
                birth: 5e-3,
            },
            models: Models::Single,
            modes: ModeSettings::default(),
            threads: 1,
        }
    }
}

/// A setting that makes no filter.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum ConfigError {
    /// A number that must be positive and finite.
    #[error("{name} is {value}: it must be a positive number")]
    NotPositive {
        /// The setting.
        name: &'static str,
        /// What it is.
        value: f64,
    },
    /// A number that must be zero or more, and finite.
    #[error("{name} is {value}: it must be zero or more")]
    Negative {
        /// The setting.
        name: &'static str,
        /// What it is.
        value: f64,
    },
    /// A number that must be a probability.
    #[error("{name} is {value}: it must lie between 0 and 1")]
    NotProbability {
        /// The setting.
        name: &'static str,
        /// What it is.
        value: f64,
    },
    /// The area has no inside, or a corner that is no number.
    #[error("area is {0:?}: it must be xmin < xmax, ymin < ymax, at most 4,000 km a side")]
    Area([f64; 4]),
    /// The modes' initial probabilities do not sum to one.
    #[error("modes.initial sums to {0}: it must sum to 1")]
    Initial(f64),
    /// No thread, or more than anything could use.
    #[error("threads is {0}: it must be 1 to 256")]
    Threads(usize),
    /// A started state or covariance that is not finite, or a variance that is not positive.
    #[error("start: state {0} or the covariance is not a finite state with positive variances")]
    Start(usize),
    /// Tracks can be given before the first scan only.
    #[error("start: the first scan has been taken in already")]
    TooLate,
}

/// Largest side of the area, m: cells stay countable and a position in a cell stays exact.
const SIDE_MAX_M: f64 = 4.0e6;

impl Config {
    /// The same settings if they make a filter.
    ///
    /// # Errors
    /// The first setting that is out of its range.
    pub fn checked(self) -> Result<Self, ConfigError> {
        let modes = &self.modes;
        for (name, value) in [
            ("dt_s", self.dt_s),
            ("sigma_m", self.sigma_m),
            ("gate", self.gate),
            ("birth.speed_std", self.birth.speed_std),
            ("modes.hover_time_s", modes.hover_time_s),
            ("modes.hover_speed_std", modes.hover_speed_std),
            ("modes.sojourn_s", modes.sojourn_s[0]),
            ("modes.sojourn_s", modes.sojourn_s[1]),
            ("modes.sojourn_s", modes.sojourn_s[2]),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(ConfigError::NotPositive { name, value });
            }
        }
        for (name, value) in [
            ("q", self.q),
            ("clutter_density", self.clutter_density),
            ("birth.uniform_per_scan", self.birth.uniform_per_scan),
            ("birth.initial_expected", self.birth.initial_expected),
            ("modes.manoeuvre_q", modes.manoeuvre_q),
        ] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(ConfigError::Negative { name, value });
            }
        }
        for (name, value) in [
            ("detection", self.detection),
            ("survival", self.survival),
            ("prune.existence", self.prune.existence),
            ("prune.birth", self.prune.birth),
            ("modes.initial", modes.initial[0]),
            ("modes.initial", modes.initial[1]),
            ("modes.initial", modes.initial[2]),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(ConfigError::NotProbability { name, value });
            }
        }
        let sum: f64 = modes.initial.iter().sum();
        if (sum - 1.0).abs() > 1e-6 {
            return Err(ConfigError::Initial(sum));
        }
        let [x0, x1, y0, y1] = self.area;
        let is_side = |low: f64, high: f64| {
            low.is_finite() && high.is_finite() && high > low && high - low <= SIDE_MAX_M
        };
        if !(is_side(x0, x1) && is_side(y0, y1)) {
            return Err(ConfigError::Area(self.area));
        }
        if !(1..=256).contains(&self.threads) {
            return Err(ConfigError::Threads(self.threads));
        }
        Ok(self)
    }

    /// Whether a position is where clutter lies and objects appear.
    pub(crate) fn is_inside(&self, z: [f64; 2]) -> bool {
        let [x0, x1, y0, y1] = self.area;
        (x0..=x1).contains(&z[0]) && (y0..=y1).contains(&z[1])
    }
}

/// Largest product over the tracks of (candidates + 1) for which associations are enumerated.
pub(crate) const ENUMERATE_MAX: usize = 512;
/// Most detections of a component whose associations are enumerated.
pub(crate) const ENUMERATE_DETECTIONS_MAX: usize = 64;
/// Messages that change by less than this share have arrived.
pub(crate) const TOLERANCE: f64 = 1e-6;

/// Rounds of messages in a component of so many edges, at most: a flood must cost milliseconds,
/// not the scan.
pub(crate) fn rounds_max(edges: usize) -> usize {
    (4_000_000 / edges.max(1)).clamp(10, 200)
}

/// Smallest probability of a miss that a track is granted, whatever its existence.
pub(crate) const MISS_MIN: f64 = 1e-6;
/// Largest weight of a pair against its alternatives: sums of such still tell one apart.
pub(crate) const RATIO_MAX: f64 = 1e9;

/// Intensity per m² of what is not a known object, at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Background {
    /// Weight of "this detection is not of a known track": clutter and detected newborns.
    pub(crate) weight: f64,
    /// Probability that such a detection is of an object.
    pub(crate) existence: f64,
}

/// Clutter beyond the edge of its area, relative to inside: none is expected, but a detection
/// there must not prove an object by itself.
const CLUTTER_OUTSIDE: f64 = 1e-3;
/// Undetected objects just beyond the edge, relative to inside: born inside, never detected,
/// then gone over the edge.
const UNDETECTED_OUTSIDE: f64 = 0.1;
/// Keeps a division by the background finite where there is neither clutter nor birth, per m².
const WEIGHT_MIN: f64 = 1e-20;

impl Background {
    /// Inside and outside the area, given the expected number of undetected objects inside.
    pub(crate) fn of(config: &Config, undetected: f64) -> [Self; 2] {
        let [x0, x1, y0, y1] = config.area;
        let density = undetected / ((x1 - x0) * (y1 - y0));
        let at = |clutter: f64, objects: f64| {
            let newborn = config.detection * objects;
            let weight = (clutter + newborn).max(WEIGHT_MIN);
            Self {
                weight,
                existence: newborn / weight,
            }
        };
        [
            at(config.clutter_density, density),
            at(
                config.clutter_density * CLUTTER_OUTSIDE,
                density * UNDETECTED_OUTSIDE,
            ),
        ]
    }
}

/// What a scan's tracks, newborns and pairs must be worth to be looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Thresholds {
    /// Existence of a track.
    pub(crate) existence: f64,
    /// Existence of a newborn.
    pub(crate) birth: f64,
    /// Weight of a pair against its alternatives, a miss and the background. Without it, a track
    /// of great spread, which is itself the leftover of an ambiguity, would draw everything
    /// around it into one component.
    pub(crate) pair: f64,
}

/// Smallest weight of a pair that is looked at, where newborns are not rarer than that.
const PAIR_MIN: f64 = 0.01;
/// However rare newborns are, nothing below this counts.
const RARE: f64 = 1e-4;

impl Thresholds {
    /// At a scan with the given background inside the area.
    pub(crate) fn of(config: &Config, inside: &Background) -> Self {
        let half = (inside.existence / 2.0).max(RARE);
        Self {
            existence: config.prune.existence.min(half),
            birth: config.prune.birth.min(half),
            pair: inside.existence.clamp(RARE, PAIR_MIN),
        }
    }
}

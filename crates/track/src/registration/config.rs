//! What can be set of the registration: the `[registration]` section of a site file.

use serde::Deserialize;

/// What is done with the sensors' constant errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// Estimated, shown, and taken off the measurements.
    #[default]
    On,
    /// Estimated and shown; only what the site file states of a sensor is taken off.
    Frozen,
    /// Neither estimated nor shown.
    Off,
}

impl RegistrationMode {
    /// The word used in every file and on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Frozen => "frozen",
            Self::Off => "off",
        }
    }
}

/// Parameters of the registration. Every one has a default; an unknown key is an error.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrationConfig {
    /// What is done with the estimates.
    pub mode: RegistrationMode,
    /// After this long since the first look the estimates stand still and stay applied, s.
    pub freeze_after_s: Option<f64>,
    /// Standard deviation of a radar's range error before anything is known, m.
    pub range_sigma_m: f64,
    /// The same of the relative error of its scale of range.
    pub scale_sigma: f64,
    /// The same of its azimuth, degrees.
    pub azimuth_sigma_deg: f64,
    /// The same of its clock, s.
    pub time_sigma_s: f64,
    /// The same of where it stands, east and north each, m.
    pub position_sigma_m: f64,
    /// The same of the azimuth of arrays and direction finders, degrees.
    pub bearing_sigma_deg: f64,
    /// Least plots before an estimate is applied.
    pub plots_min: usize,
    /// Least bearings before an estimate is applied.
    pub bearings_min: usize,
    /// Least different aircraft or tracks behind an applied estimate of a radar.
    pub references_min: usize,
    /// ADS-B whose own standard deviation is greater is not trusted, m.
    pub reference_sigma_max_m: f64,
    /// Time constant of the wander of an aircraft's own position, s; 0: white.
    pub reference_wander_s: f64,
}

impl Default for RegistrationConfig {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::On,
            freeze_after_s: None,
            range_sigma_m: 50.0,
            scale_sigma: 1e-3,
            azimuth_sigma_deg: 1.0,
            time_sigma_s: 0.3,
            position_sigma_m: 10.0,
            bearing_sigma_deg: 5.0,
            plots_min: 60,
            bearings_min: 20,
            references_min: 3,
            reference_sigma_max_m: 40.0,
            reference_wander_s: 30.0,
        }
    }
}

impl RegistrationConfig {
    /// The first value that cannot be one: its key, and what it may be.
    #[must_use]
    pub fn mistake(&self) -> Option<(&'static str, &'static str)> {
        let sigmas = [
            ("range_sigma_m", self.range_sigma_m, 1e4),
            ("scale_sigma", self.scale_sigma, 0.1),
            ("azimuth_sigma_deg", self.azimuth_sigma_deg, 45.0),
            ("time_sigma_s", self.time_sigma_s, 10.0),
            ("position_sigma_m", self.position_sigma_m, 1e4),
            ("bearing_sigma_deg", self.bearing_sigma_deg, 60.0),
            ("reference_sigma_max_m", self.reference_sigma_max_m, 1e3),
            ("reference_wander_s", self.reference_wander_s, 3_600.0),
        ];
        for (key, value, greatest) in sigmas {
            if !(0.0..=greatest).contains(&value) {
                return Some((key, "a number from 0 to the greatest sensible error"));
            }
        }
        if self.freeze_after_s.is_some_and(|s| s.is_nan() || s < 0.0) {
            return Some(("freeze_after_s", "a time of 0 s or more"));
        }
        let counts = [
            ("plots_min", self.plots_min),
            ("bearings_min", self.bearings_min),
            ("references_min", self.references_min),
        ];
        counts
            .into_iter()
            .find(|(_, count)| !(1..=250).contains(count))
            .map(|(key, _)| (key, "a number from 1 to 250"))
    }
}

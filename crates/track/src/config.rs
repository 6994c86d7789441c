//! What can be set of the tracker: the `[tracker]` section of a site file.

use crate::registration::RegistrationConfig;
use lapwing_model::Air;
use serde::Deserialize;

/// Parameters of the tracker. Every one has a default; an unknown key is an error.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrackerConfig {
    /// Which node of the network numbers the tracks.
    pub node: u16,
    /// Existence at which a track is followed as a thing, and probability that it exists and is
    /// within 500 m of where it is said to be at which it is confirmed; until that is below one half.
    pub confirm_existence: f64,
    /// Horizontal standard deviation above which no track is followed so, however likely it
    /// exists, m: reports that agree only because the state is so uncertain are no evidence.
    pub confirm_sigma_m: f64,
    /// Existence below which a track is deleted.
    pub delete_existence: f64,
    /// Probability that a thing that exists still exists one second later.
    pub survival_per_s: f64,
    /// Intensity of white-noise acceleration of a thing that flies straight, each
    /// horizontal axis, m²/s³.
    pub acceleration_psd_m2_s3: f64,
    /// The same of a thing in a coordinated turn, over what the turn itself bends, m²/s³.
    pub manoeuvre_psd_m2_s3: f64,
    /// The same, vertical, m²/s³.
    pub vertical_psd_m2_s3: f64,
    /// Mean time between turns of a fixed-wing drone, s; other classes turn in proportion
    /// (infinite: nothing turns or stops).
    pub manoeuvre_every_s: f64,
    /// Mean length of such a turn, s.
    pub manoeuvre_lasts_s: f64,
    /// New things per second and square kilometre of coverage.
    pub birth_per_km2_s: f64,
    /// Greatest existence that a single report can give.
    pub birth_existence_max: f64,
    /// Standard deviation of a new thing's velocity, each horizontal axis, m/s.
    pub birth_speed_sigma_mps: f64,
    /// Standard deviation of a new thing's climb rate, m/s.
    pub birth_climb_sigma_mps: f64,
    /// Expected height above the ellipsoid of a thing whose height nothing measured, m.
    pub birth_height_m: f64,
    /// Standard deviation of that height, m.
    pub birth_height_sigma_m: f64,
    /// A track faster than this is deleted, m/s.
    pub speed_max_mps: f64,
    /// A track without a report for this long is deleted, s.
    pub coast_s: f64,
    /// Where no sensor with a known footprint looks, silence says nothing: after
    /// `silence_grace_s` without a report existence halves in this time, s.
    pub silence_half_life_s: f64,
    /// See `silence_half_life_s`, s.
    pub silence_grace_s: f64,
    /// A report older than the track's state by more than this is not used on it, s.
    pub late_max_s: f64,
    /// Most tracks of its own that the tracker keeps; births beyond are counted and dropped.
    pub tracks_max: usize,
    /// Whether tracks of this and other trackers that are of one object are shown as one.
    pub fuse_system_tracks: bool,
    /// A system track without an update for this long is dropped, s.
    pub system_expire_s: f64,
    /// An ended system track stays in the picture for this long, s.
    pub system_ended_s: f64,
    /// A self-report's track without an update for this long is dropped, s.
    pub claim_expire_s: f64,
    /// Where the wind comes from, degrees clockwise from true north, until told otherwise.
    pub wind_from_deg: f64,
    /// Its speed, m/s.
    pub wind_mps: f64,
    /// Temperature of the air, °C.
    pub temperature_c: f64,
    /// Whether what reports claim to be speaks for or against a pair of report and track;
    /// without it claims are only kept and shown, so that they can score the pairing.
    pub claims_in_association: bool,
    /// The registration of the sensors: a section of its own in a site file.
    #[serde(skip)]
    pub registration: RegistrationConfig,
}

impl Default for TrackerConfig {
    fn default() -> Self {
        Self {
            node: 1,
            confirm_existence: 0.9,
            confirm_sigma_m: 400.0,
            delete_existence: 0.01,
            survival_per_s: 0.9995,
            acceleration_psd_m2_s3: 0.1,
            manoeuvre_psd_m2_s3: 8.0,
            vertical_psd_m2_s3: 0.05,
            manoeuvre_every_s: 600.0,
            manoeuvre_lasts_s: 15.0,
            birth_per_km2_s: 3e-7,
            birth_existence_max: 0.5,
            birth_speed_sigma_mps: 80.0,
            birth_climb_sigma_mps: 3.0,
            birth_height_m: 500.0,
            birth_height_sigma_m: 500.0,
            speed_max_mps: 400.0,
            coast_s: 60.0,
            silence_half_life_s: 10.0,
            silence_grace_s: 15.0,
            late_max_s: 15.0,
            tracks_max: 50_000,
            fuse_system_tracks: true,
            system_expire_s: 30.0,
            system_ended_s: 5.0,
            claim_expire_s: 30.0,
            wind_from_deg: 0.0,
            wind_mps: 0.0,
            temperature_c: 15.0,
            claims_in_association: true,
            registration: RegistrationConfig::default(),
        }
    }
}

impl TrackerConfig {
    /// The air that the site file speaks of.
    #[must_use]
    pub fn air(&self) -> Air {
        let told = Air::new(
            self.wind_from_deg.to_radians(),
            self.wind_mps,
            self.temperature_c,
        );
        if told.is_usable() {
            told
        } else {
            Air::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_sets_what_it_names_and_nothing_else() {
        let set: TrackerConfig = toml::from_str("node = 7\nconfirm_existence = 0.95").unwrap();
        let expected = TrackerConfig {
            node: 7,
            confirm_existence: 0.95,
            ..TrackerConfig::default()
        };
        assert_eq!(set, expected);
        let unknown = toml::from_str::<TrackerConfig>("confirm_existance = 0.95").unwrap_err();
        assert!(unknown.to_string().contains("confirm_existance"));
    }
}

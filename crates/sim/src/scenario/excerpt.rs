//! A part of a scene: the same routes, the same sensors with the same errors,
//! but only a stretch of the time and a piece of the island.

use super::check::{Check, within};
use serde::{Deserialize, Serialize};

/// The part of a scene that is run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Excerpt {
    /// First moment, s since the scene's start.
    pub from_s: f64,
    /// How long it lasts, s; to the scene's end without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<f64>,
    /// Middle of the piece of the island, degrees north.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat_deg: Option<f64>,
    /// The same, degrees east.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon_deg: Option<f64>,
    /// Its radius, m: sensors outside it do not exist, and what flies outside it is neither seen
    /// nor in the truth. All of the island without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radius_m: Option<f64>,
}

impl Excerpt {
    pub(super) fn window_s(&self, scene_s: f64) -> (f64, f64) {
        let end_s = self.duration_s.map_or(scene_s, |duration_s| {
            (self.from_s + duration_s).min(scene_s)
        });
        (self.from_s, end_s)
    }

    /// Latitude, longitude (degrees) and radius (m) of the piece, where it is one.
    pub(crate) fn disc(&self) -> Option<(f64, f64, f64)> {
        Some((self.lat_deg?, self.lon_deg?, self.radius_m?))
    }

    pub(super) fn checks(&self, scene_s: f64) -> Vec<Check> {
        let mut all = vec![within(
            "excerpt.from_s",
            self.from_s,
            (0.0, scene_s - 1.0),
            "within the scene",
        )];
        if let Some(duration_s) = self.duration_s {
            all.push(within(
                "excerpt.duration_s",
                duration_s,
                (1.0, 7.0 * 86_400.0),
                "between 1 s and 7 days",
            ));
        }
        if [self.lat_deg, self.lon_deg, self.radius_m]
            .iter()
            .any(Option::is_some)
        {
            let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
            all.push(within(
                "excerpt.lat_deg",
                number(self.lat_deg),
                (45.0, 48.0),
                "a latitude near the island (it goes with lon_deg and radius_m)",
            ));
            all.push(within(
                "excerpt.lon_deg",
                number(self.lon_deg),
                (-32.0, -28.0),
                "a longitude near the island (it goes with lat_deg and radius_m)",
            ));
            all.push(within(
                "excerpt.radius_m",
                number(self.radius_m),
                (100.0, 300e3),
                "between 100 and 300000 m (it goes with lat_deg and lon_deg)",
            ));
        }
        all
    }
}

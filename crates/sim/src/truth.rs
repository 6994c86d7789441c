//! The truth as lines for scoring: kept apart from everything sensors send.

use crate::chart::Chart;
use crate::sensors::rounded;
use crate::traffic::Target;
use lapwing_geo::HeightDatum;
use lapwing_model::{Class, Timestamp};
use serde::Serialize;

/// Where one thing truly is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TruthLine {
    /// When.
    pub time: Timestamp,
    /// Its name.
    pub target: String,
    /// Degrees north, WGS 84.
    pub lat_deg: f64,
    /// Degrees east, WGS 84.
    pub lon_deg: f64,
    /// Height above `height_datum`, m.
    pub height_m: f64,
    /// Always the ellipsoid.
    pub height_datum: HeightDatum,
    /// Towards east at its own place, m/s.
    pub ve_mps: f64,
    /// Towards north, m/s.
    pub vn_mps: f64,
    /// Upward, m/s.
    pub vu_mps: f64,
    /// What it is.
    pub class: Class,
}

impl TruthLine {
    /// One line of JSON, without its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        // numbers, words and a time: there is nothing in it that JSON cannot hold
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The truth of one target, `t_s` after the scene's start.
pub(crate) fn line(chart: &Chart, target: &Target, time: Timestamp, t_s: f64) -> TruthLine {
    let planned = target.path.at(t_s);
    let state = chart.state(planned.at, planned.rate);
    let at = chart.geodetic(state.position_m);
    let velocity = chart.local_velocity(&state);
    TruthLine {
        time,
        target: target.id.clone(),
        lat_deg: rounded(at.lat_deg, 8),
        lon_deg: rounded(at.lon_deg, 8),
        height_m: rounded(at.height_m, 3),
        height_datum: HeightDatum::Ellipsoid,
        ve_mps: rounded(velocity.x, 4),
        vn_mps: rounded(velocity.y, 4),
        vu_mps: rounded(velocity.z, 4),
        class: target.class,
    }
}

//! A forecast: for one track and one place, whether it gets there and when.

use crate::{PlaceId, Timestamp, TrackId};
use serde::{Deserialize, Serialize};

/// The horizons every forecast speaks of, minutes.
pub const HORIZONS_MIN: [u32; 4] = [2, 6, 10, 20];

/// How a track moves with respect to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// Its course leads into the place.
    Toward,
    /// It comes nearer but its course leads past.
    Passing,
    /// It moves away.
    Away,
}

/// When it arrives, given that it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// 5 % of the arrival time's distribution.
    pub p05: Timestamp,
    /// Median.
    pub p50: Timestamp,
    /// 95 %.
    pub p95: Timestamp,
}

/// For one track and one place: whether it gets there, when, and how sure that is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// The track.
    pub track: TrackId,
    /// The place.
    pub place: PlaceId,
    /// When it was made: the track's time.
    pub time: Timestamp,
    /// Probability of coming within the place in each of [`HORIZONS_MIN`], given that the track exists.
    pub p_within: [f64; 4],
    /// Arrival time given arrival; absent when arrival within the last horizon is out of the question.
    pub arrival: Option<Arrival>,
    /// Distance from the place's edge at the expected closest approach, m; 0 if it enters.
    pub closest_approach_m: f64,
    /// Seconds until then; 0 if it moves away.
    pub closest_approach_s: f64,
    /// Toward, passing or away.
    pub motion: Motion,
}

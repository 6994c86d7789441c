//! Tracks and truth as JSON lines, read with errors that name the line.

use lapwing_geo::{Geodetic, HeightDatum};
use lapwing_model::Timestamp;
use serde::{Deserialize, Deserializer};
use std::io::BufRead;
use thiserror::Error;

/// One line of a file of tracks. What scoring does not need may be absent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackLine {
    /// When the state applies.
    pub time: Timestamp,
    /// The track's id, text or number.
    #[serde(deserialize_with = "name")]
    pub id: String,
    /// Latitude on WGS 84, degrees north.
    pub lat_deg: f64,
    /// Longitude, degrees east.
    pub lon_deg: f64,
    /// Height above `height_datum`, m.
    #[serde(default)]
    pub height_m: Option<f64>,
    /// What the height is measured from.
    #[serde(default)]
    pub height_datum: Option<HeightDatum>,
    /// Velocity east, m/s.
    #[serde(default)]
    pub ve_mps: Option<f64>,
    /// Velocity north, m/s.
    #[serde(default)]
    pub vn_mps: Option<f64>,
    /// Velocity up, m/s.
    #[serde(default)]
    pub vu_mps: Option<f64>,
    /// 36 numbers, east-north-up position then velocity, row-major, m and m/s.
    #[serde(default)]
    pub cov: Option<Vec<f64>>,
    /// Probability that it exists.
    #[serde(default)]
    pub existence: Option<f64>,
    /// The same without self-reports.
    #[serde(default)]
    pub existence_independent: Option<f64>,
    /// What it may be, in whatever form.
    #[serde(default)]
    pub class: serde_json::Value,
    /// Probability of the class.
    #[serde(default)]
    pub class_probability: Option<f64>,
    /// Where the state comes from.
    #[serde(default)]
    pub origin: serde_json::Value,
    /// Whether it is shown as a track.
    #[serde(default)]
    pub confirmed: Option<bool>,
    /// What it says of itself.
    #[serde(default)]
    pub claims: serde_json::Value,
    /// Which sensors contributed.
    #[serde(default)]
    pub contributors: serde_json::Value,
}

/// One line of a file of truth.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruthLine {
    /// When the state applies.
    pub time: Timestamp,
    /// The object, text or number.
    #[serde(deserialize_with = "name")]
    pub target: String,
    /// Latitude on WGS 84, degrees north.
    pub lat_deg: f64,
    /// Longitude, degrees east.
    pub lon_deg: f64,
    /// Height above `height_datum`, m.
    #[serde(default)]
    pub height_m: Option<f64>,
    /// What the height is measured from.
    #[serde(default)]
    pub height_datum: Option<HeightDatum>,
    /// Velocity east, m/s.
    #[serde(default)]
    pub ve_mps: Option<f64>,
    /// Velocity north, m/s.
    #[serde(default)]
    pub vn_mps: Option<f64>,
    /// Velocity up, m/s.
    #[serde(default)]
    pub vu_mps: Option<f64>,
    /// What it is, in whatever form.
    #[serde(default)]
    pub class: serde_json::Value,
    /// What it says of itself.
    #[serde(default)]
    pub claims: serde_json::Value,
    /// Accepted for likeness with tracks.
    #[serde(default)]
    pub contributors: serde_json::Value,
}

/// What is wrong with a line.
#[derive(Debug, Error)]
#[error("line {line}: {reason}")]
pub struct LineError {
    /// Which, from 1.
    pub line: usize,
    /// What, naming the key.
    pub reason: String,
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Name {
        Text(String),
        Number(i64),
    }
    Name::deserialize(deserializer)
        .map(|n| match n {
            Name::Text(text) => text,
            Name::Number(number) => number.to_string(),
        })
        .map_err(|_| serde::de::Error::custom("`id` or `target` must be text or a whole number"))
}

/// Reads tracks; empty lines are passed over.
///
/// # Errors
/// The first line that is not a track, with its number and key.
pub fn read_tracks(input: impl BufRead) -> Result<Vec<TrackLine>, LineError> {
    read(input, |l: &TrackLine| (l.lat_deg, l.lon_deg, l.height_m))
}

/// Reads truth; empty lines are passed over.
///
/// # Errors
/// The first line that is not truth, with its number and key.
pub fn read_truth(input: impl BufRead) -> Result<Vec<TruthLine>, LineError> {
    read(input, |l: &TruthLine| (l.lat_deg, l.lon_deg, l.height_m))
}

fn read<T: for<'a> Deserialize<'a>>(
    input: impl BufRead,
    position: impl Fn(&T) -> (f64, f64, Option<f64>),
) -> Result<Vec<T>, LineError> {
    let mut out = Vec::new();
    for (index, text) in input.lines().enumerate() {
        let error = |reason: String| LineError {
            line: index + 1,
            reason,
        };
        let text = text.map_err(|e| error(e.to_string()))?;
        if text.trim().is_empty() {
            continue;
        }
        let line: T = serde_json::from_str(&text).map_err(|e| error(e.to_string()))?;
        let (lat_deg, lon_deg, height_m) = position(&line);
        Geodetic::new(lat_deg, lon_deg, height_m.unwrap_or(0.0))
            .checked()
            .map_err(|e| error(e.to_string()))?;
        out.push(line);
    }
    Ok(out)
}

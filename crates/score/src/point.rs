//! A line of tracks or truth as scoring needs it.

use crate::lines::{TrackLine, TruthLine};
use lapwing_geo::HeightDatum;
use lapwing_model::Timestamp;

/// A sensor that has not contributed for longer than this is not of the track's mix, s.
const RECENT_S: f64 = 30.0;

/// A state of a track or a target at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackPoint {
    /// When.
    pub time: Timestamp,
    /// Of which track or target.
    pub id: String,
    /// Latitude on WGS 84, degrees north.
    pub lat_deg: f64,
    /// Longitude, degrees east.
    pub lon_deg: f64,
    /// Height in metres and its datum, where there is one.
    pub height: Option<(f64, Option<HeightDatum>)>,
    /// Velocity east, north, up in the axes at the position, m/s.
    pub velocity_mps: Option<[f64; 3]>,
    /// Covariance of east, north, up (m) and their rates (m/s).
    pub covariance: Option<Box<[[f64; 6]; 6]>>,
    /// A target's class; the kinds of sensor that lately contributed to a track.
    pub label: String,
    /// Whether it is shown as a track.
    pub confirmed: bool,
    /// Whether the track is classed as a bird.
    pub bird: bool,
    /// Of a track, how far the nearest radar is that lately contributed; of a target, the
    /// nearest sensor that listens; m over the ground, where the sensors' places are known.
    pub sensor_range_m: Option<f64>,
}

impl TrackPoint {
    /// A track's line; `kind_of` says what kind a sensor is of, by its name.
    #[must_use]
    pub fn of_track<'a>(line: &'a TrackLine, kind_of: impl Fn(&'a str) -> &'a str) -> Self {
        let velocity = line.ve_mps.zip(line.vn_mps);
        Self {
            time: line.time,
            id: line.id.clone(),
            lat_deg: line.lat_deg,
            lon_deg: line.lon_deg,
            height: line.height_m.map(|m| (m, line.height_datum)),
            velocity_mps: velocity.map(|(e, n)| [e, n, line.vu_mps.unwrap_or(0.0)]),
            covariance: line.cov.as_deref().and_then(covariance),
            label: mix(line, kind_of),
            confirmed: line.confirmed.unwrap_or(true),
            bird: line.class.as_str() == Some("bird"),
            sensor_range_m: None,
        }
    }
}

impl From<TrackLine> for TrackPoint {
    fn from(line: TrackLine) -> Self {
        Self::of_track(&line, kind_by_name)
    }
}

impl From<TruthLine> for TrackPoint {
    fn from(line: TruthLine) -> Self {
        let velocity = line.ve_mps.zip(line.vn_mps);
        Self {
            time: line.time,
            id: line.target,
            lat_deg: line.lat_deg,
            lon_deg: line.lon_deg,
            height: line.height_m.map(|m| (m, line.height_datum)),
            velocity_mps: velocity.map(|(e, n)| [e, n, line.vu_mps.unwrap_or(0.0)]),
            covariance: None,
            label: line.class.as_str().unwrap_or("unknown").to_owned(),
            confirmed: true,
            bird: false,
            sensor_range_m: None,
        }
    }
}

/// A sensor's kind where nothing but its name is known: the name up to its number.
#[must_use]
pub fn kind_by_name(sensor: &str) -> &str {
    let end = sensor.find(|c: char| c.is_ascii_digit());
    let word = sensor[..end.unwrap_or(sensor.len())].trim_end_matches(['-', '_', '/', ' ']);
    if word.is_empty() { "sensor" } else { word }
}

fn covariance(numbers: &[f64]) -> Option<Box<[[f64; 6]; 6]>> {
    let mut out = Box::new([[0.0; 6]; 6]);
    if numbers.len() != 36 {
        return None;
    }
    for (row, numbers) in out.iter_mut().zip(numbers.chunks_exact(6)) {
        row.copy_from_slice(numbers);
    }
    Some(out)
}

/// The sensors that contributed to a track in the last half minute.
pub fn recent_sensors(line: &TrackLine) -> impl Iterator<Item = &str> {
    let recent = |contributor: &serde_json::Value| {
        let time = contributor.get("time").and_then(serde_json::Value::as_str);
        let time: Option<Timestamp> = time.and_then(|t| t.parse().ok());
        time.is_none_or(|t| line.time.seconds_since(t) <= RECENT_S)
    };
    line.contributors
        .as_array()
        .into_iter()
        .flatten()
        .filter(move |c| recent(c))
        .filter_map(|c| c.get("sensor")?.as_str())
}

/// The kinds of the sensors that contributed lately, in order.
fn mix<'a>(line: &'a TrackLine, kind_of: impl Fn(&'a str) -> &'a str) -> String {
    let mut kinds: Vec<&str> = recent_sensors(line).map(kind_of).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() {
        "none".into()
    } else {
        kinds.join("+")
    }
}

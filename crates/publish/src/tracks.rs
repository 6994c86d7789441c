//! Tracks as JSON lines, the form that outside scripts rely on.
//!
//! Heights are as the track shows them, with their datum; a track without a measured
//! height has none. `cov` is 36 numbers, east-north-up position then velocity, row-major,
//! m and m/s. `class` is the most probable class's word or `unknown`. `modes` is left out where
//! they are not known, `parts` where the track is made of one estimate under its own id.

use lapwing_model::{ModeProbabilities, Origin, SensorId, Timestamp, Track, TrackClaim, TrackId};
use serde::Serialize;
use std::io;

#[derive(Serialize)]
struct Line<'a> {
    time: Timestamp,
    id: TrackId,
    lat_deg: f64,
    lon_deg: f64,
    height_m: Option<f64>,
    height_datum: Option<&'static str>,
    ve_mps: f64,
    vn_mps: f64,
    vu_mps: f64,
    cov: Covariance<'a>,
    existence: f64,
    existence_independent: f64,
    class: &'static str,
    class_probability: f64,
    origin: Origin,
    confirmed: bool,
    claims: &'a [TrackClaim],
    contributors: Vec<ContributorLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modes: Option<ModeProbabilities>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<PartLine<'a>>,
}

#[derive(Serialize)]
struct ContributorLine<'a> {
    sensor: &'a str,
    time: Timestamp,
    reports: u64,
}

#[derive(Serialize)]
struct PartLine<'a> {
    id: TrackId,
    origin: Origin,
    #[serde(skip_serializing_if = "Option::is_none")]
    sensor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    track_number: Option<u32>,
    weight: f64,
}

struct Covariance<'a>(&'a [[f64; 6]; 6]);

impl Serialize for Covariance<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().flatten())
    }
}

/// Writes one track as a line.
///
/// # Errors
/// What the writer says.
pub fn write_track_line<'a>(
    out: &mut impl io::Write,
    track: &'a Track,
    name_of: impl Fn(SensorId) -> &'a str,
) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &line(track, name_of))?;
    out.write_all(b"\n")
}

/// One track as a JSON value, for an interface that adds to it.
#[must_use]
pub fn track_json<'a>(
    track: &'a Track,
    name_of: impl Fn(SensorId) -> &'a str,
) -> serde_json::Value {
    serde_json::to_value(line(track, name_of)).unwrap_or_default()
}

fn line<'a>(track: &'a Track, name_of: impl Fn(SensorId) -> &'a str) -> Line<'a> {
    Line {
        time: track.time,
        id: track.id,
        lat_deg: track.position.lat_deg,
        lon_deg: track.position.lon_deg,
        height_m: track.height.map(|h| h.m),
        height_datum: track.height.map(|h| h.datum.as_str()),
        ve_mps: track.velocity_mps[0],
        vn_mps: track.velocity_mps[1],
        vu_mps: track.velocity_mps[2],
        cov: Covariance(&track.covariance),
        existence: track.existence,
        existence_independent: track.existence_independent,
        class: track.classes.word(),
        class_probability: track.classes.best().1,
        origin: track.origin,
        confirmed: track.confirmed,
        claims: &track.claims,
        contributors: track
            .contributors
            .iter()
            .map(|c| ContributorLine {
                sensor: name_of(c.sensor),
                time: c.time,
                reports: c.reports,
            })
            .collect(),
        modes: track.modes,
        parts: track
            .parts
            .iter()
            .map(|part| PartLine {
                id: part.id,
                origin: part.origin,
                sensor: part.system.map(|key| name_of(key.source)),
                track_number: part.system.map(|key| key.number),
                weight: part.weight,
            })
            .collect(),
    }
}

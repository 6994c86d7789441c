//! Rows of the stream: what the web map reads of a track, place, warning or sensor.
//!
//! Rows are MessagePack arrays in the order of these fields; positions are double
//! precision (a single is 0.4 m at worst, but a trail of them is not smooth), all else
//! single. Times are Unix milliseconds.

use lapwing_engine::{ShownSensor, Snapshot};
use lapwing_model::{Arrival, Origin, SensorId, Track, Warning};
use lapwing_track::{Bias, SensorRegistration};
use lapwing_warn::PlaceState;
use serde::Serialize;
use std::collections::BTreeMap;

/// Characters of a label at most.
const LABEL_MAX: usize = 32;

/// A track.
#[derive(Serialize)]
pub(crate) struct TrackRow<'a> {
    id: String,
    time_ms: i64,
    lat_deg: f64,
    lon_deg: f64,
    height_m: Option<f32>,
    height_datum: &'static str,
    ve_mps: f32,
    vn_mps: f32,
    vu_mps: f32,
    existence: f32,
    class: &'static str,
    class_p: f32,
    label: String,
    origin: &'static str,
    ellipse: Option<[f32; 3]>,
    sensors: Vec<&'a str>,
    confirmed: bool,
    /// Whether it is of the head, which reports yet to come may still change.
    provisional: bool,
}

impl<'a> TrackRow<'a> {
    pub(crate) fn new(track: &Track, provisional: bool, names: &SensorNames<'a>) -> Self {
        let [ve_mps, vn_mps, vu_mps] = track.velocity_mps.map(|v| v as f32);
        let (major, minor, azimuth) = track.ellipse_95();
        let ellipse = [major as f32, minor as f32, azimuth as f32];
        Self {
            id: track.id.to_string(),
            time_ms: track.time.as_millis(),
            lat_deg: track.position.lat_deg,
            lon_deg: track.position.lon_deg,
            height_m: track.height.map(|h| h.m as f32),
            height_datum: track.height.map_or("ellipsoid", |h| h.datum.as_str()),
            ve_mps,
            vn_mps,
            vu_mps,
            existence: track.existence as f32,
            class: track.classes.word(),
            class_p: track.classes.best().1 as f32,
            label: label(track),
            origin: origin_word(track.origin),
            // a covariance of zeros is one that nobody has told
            ellipse: (major > 0.0 && ellipse.iter().all(|v| v.is_finite())).then_some(ellipse),
            sensors: track
                .contributors
                .iter()
                .map(|c| names.of(c.sensor))
                .collect(),
            confirmed: track.confirmed,
            provisional,
        }
    }
}

/// The state of a place.
#[derive(Serialize)]
pub(crate) struct PlaceRow<'a> {
    id: &'a str,
    stage: &'static str,
    p_within: [f32; 4],
    arrival_ms: Option<[i64; 3]>,
    track_id: Option<String>,
}

impl<'a> PlaceRow<'a> {
    pub(crate) fn new(place: &'a PlaceState) -> Self {
        Self {
            id: &place.place.0,
            stage: place.stage.map_or("none", |s| s.as_str()),
            p_within: place.p_within.map(|p| p as f32),
            arrival_ms: place
                .arrival
                .map(|Arrival { p05, p50, p95 }| [p05, p50, p95].map(|t| t.as_millis())),
            track_id: place.track.map(|t| t.to_string()),
        }
    }
}

/// A warning: a map, not an array.
#[derive(Serialize)]
pub(crate) struct WarningRow<'a> {
    id: &'a str,
    place_id: &'a str,
    place_name: &'a str,
    stage: &'static str,
    state: &'static str,
    issued_ms: i64,
    updated_ms: i64,
    why: &'a str,
    track_ids: Vec<String>,
    acknowledged_by: Option<&'a str>,
    exercise: bool,
}

impl<'a> WarningRow<'a> {
    pub(crate) fn new(warning: &'a Warning) -> Self {
        Self {
            id: &warning.id.0,
            place_id: &warning.place.0,
            place_name: &warning.place_name,
            stage: warning.stage.as_str(),
            state: warning.state.as_str(),
            issued_ms: warning.issued.as_millis(),
            updated_ms: warning.updated.as_millis(),
            why: &warning.why,
            track_ids: warning.tracks.iter().map(ToString::to_string).collect(),
            acknowledged_by: warning.acknowledged_by.as_deref(),
            exercise: warning.exercise,
        }
    }
}

/// A sensor.
#[derive(Serialize)]
pub(crate) struct SensorRow<'a> {
    id: &'a str,
    kind: &'static str,
    state: &'static str,
    last_ms: Option<i64>,
    reports: u64,
    lat_deg: Option<f64>,
    lon_deg: Option<f64>,
    registration: Option<RegistrationRow>,
}

/// A sensor's constant errors, each with its standard deviation.
#[derive(Serialize)]
struct RegistrationRow {
    mode: &'static str,
    applied: bool,
    azimuth_deg: (f64, f64),
    range_m: Option<(f64, f64)>,
    time_s: Option<(f64, f64)>,
}

impl RegistrationRow {
    fn new(r: &SensorRegistration) -> Self {
        // to what is shown: a row that looks the same is not sent again
        let rounded = |b: Bias, scale: f64, decimals: i32| {
            let unit = 10_f64.powi(decimals);
            let round = |v: f64| (v * scale * unit).round() / unit;
            (round(b.value), round(b.sigma))
        };
        Self {
            mode: r.mode.as_str(),
            applied: r.applied,
            azimuth_deg: rounded(r.azimuth_rad, 1_f64.to_degrees(), 3),
            range_m: r.range_m.map(|b| rounded(b, 1.0, 0)),
            time_s: r.time_s.map(|b| rounded(b, 1.0, 3)),
        }
    }
}

impl<'a> SensorRow<'a> {
    pub(crate) fn new(sensor: &'a ShownSensor) -> Self {
        Self {
            id: &sensor.spec.id,
            kind: sensor.spec.kind.as_str(),
            state: sensor.health.state.as_str(),
            last_ms: sensor.health.last.map(|t| t.as_millis()),
            reports: sensor.health.reports,
            lat_deg: sensor.spec.position.map(|p| p.lat_deg),
            lon_deg: sensor.spec.position.map(|p| p.lon_deg),
            registration: sensor.registration.as_ref().map(RegistrationRow::new),
        }
    }
}

/// The names of a snapshot's sensors.
pub(crate) struct SensorNames<'a>(BTreeMap<SensorId, &'a str>);

impl<'a> SensorNames<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot) -> Self {
        let pairs = snapshot.sensors.iter();
        Self(
            pairs
                .map(|s| (s.health.sensor, s.spec.id.as_str()))
                .collect(),
        )
    }

    pub(crate) fn of(&self, sensor: SensorId) -> &'a str {
        self.0.get(&sensor).copied().unwrap_or("unknown")
    }
}

pub(crate) const fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Tracker => "tracker",
        Origin::System => "system",
        Origin::Claim => "claim",
    }
}

/// What a track is called on the map: what it is claimed to be called, else its id.
pub(crate) fn label(track: &Track) -> String {
    ["callsign", "remote_id", "icao24", "track_number"]
        .into_iter()
        .filter_map(|kind| track.claim(kind))
        .map(|claim| displayable(&claim.value))
        .find(|text| !text.is_empty())
        .unwrap_or_else(|| track.id.to_string())
}

/// A foreign text without what could rearrange or hide the text around it.
fn displayable(text: &str) -> String {
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{FEFF}')
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
    };
    let shown: String = text
        .chars()
        .filter(|c| !invisible(*c))
        .take(LABEL_MAX)
        .collect();
    shown.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_letters_and_lose_what_hides_or_reorders_them() {
        for (text, shown) in [
            ("DLH4AB  ", "DLH4AB"),
            ("A\u{202E}BC\r\n\0D", "ABCD"),
            ("\u{200B}\u{FEFF} ", ""),
            ("Ærø-1", "Ærø-1"),
        ] {
            assert_eq!(displayable(text), shown, "{text:?}");
        }
        assert_eq!(displayable(&"x".repeat(1_000)).len(), LABEL_MAX);
    }
}

//! Tracks, their forecasts and trails; places; `aircraft.json`.

use crate::problem::{Problem, ProblemBody, quoted};
use crate::rows::{SensorNames, origin_word};
use crate::shared::Shared;
use crate::site::shape;
use crate::views::{ForecastView, PlaceView, within};
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lapwing_model::{Class, Forecast, Origin, Timestamp, TrackId};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which tracks are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only confirmed tracks, or only those that are not; all if absent.
    confirmed: Option<bool>,
    /// Only tracks of this origin: `tracker`, `system` or `claim`.
    #[param(value_type = Option<String>)]
    origin: Option<Origin>,
}

/// A track as in a file of tracks (JSON lines).
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the form is lapwing-publish's; this is its schema"
)]
pub(crate) struct TrackLine {
    /// When the state applies.
    #[schema(format = DateTime)]
    time: String,
    /// Node and counter.
    id: String,
    /// Degrees north.
    lat_deg: f64,
    /// Degrees east.
    lon_deg: f64,
    /// Height, m above `height_datum`; null where nothing measured one.
    height_m: Option<f64>,
    /// `ellipsoid`, `msl`, `pressure` or `ground`.
    height_datum: Option<String>,
    /// Velocity east, m/s.
    ve_mps: f64,
    /// Velocity north, m/s.
    vn_mps: f64,
    /// Velocity up, m/s.
    vu_mps: f64,
    /// Covariance of position then velocity, east-north-up, row-major, 36 numbers, m and m/s.
    cov: Vec<f64>,
    /// Probability that it exists.
    existence: f64,
    /// The same, computed without self-reports.
    existence_independent: f64,
    /// The most probable class, or `unknown`.
    class: String,
    /// Its probability.
    class_probability: f64,
    /// `tracker`, `system` or `claim`.
    origin: String,
    /// Whether its existence has passed the threshold.
    confirmed: bool,
    /// What it, or others, say it is.
    claims: Vec<ClaimView>,
    /// Who has contributed.
    contributors: Vec<ContributorView>,
    /// How it flies; absent where that is not known.
    modes: Option<ModesView>,
    /// The estimates of different trackers that it is made of; absent where it is one.
    parts: Option<Vec<PartView>>,
}

/// A claim, and the trust in it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the form is lapwing-model's; this is its schema")]
pub(crate) struct ClaimView {
    /// `icao24`, `callsign`, `mode_3a`, `remote_id`, `track_number`.
    kind: String,
    /// As text.
    value: String,
    /// Probability that it speaks of this track.
    trust: f64,
}

/// A sensor that has contributed.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the form is lapwing-publish's; this is its schema"
)]
pub(crate) struct ContributorView {
    /// The sensor.
    sensor: String,
    /// Its last report on this track.
    #[schema(format = DateTime)]
    time: String,
    /// How many reports it has contributed.
    reports: u64,
}

/// A probability for each way of flying.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the form is lapwing-model's; this is its schema")]
pub(crate) struct ModesView {
    /// Straight on at nearly constant velocity.
    straight: f64,
    /// In a turn to the left.
    left: f64,
    /// In a turn to the right.
    right: f64,
    /// Hovering, or coming to rest.
    hover: f64,
}

/// One of the estimates that a track is made of.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the form is lapwing-publish's; this is its schema"
)]
pub(crate) struct PartView {
    /// Its own id; `/api/v1/tracks/{id}` finds the track by it too.
    id: String,
    /// `tracker` or `system`.
    origin: String,
    /// The other tracker.
    sensor: Option<String>,
    /// Its number for the track.
    track_number: Option<u32>,
    /// Its share in the state; 0 while it has none.
    weight: f64,
}

/// A track with all that is known of it.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "written as an extended track line; this is its schema"
)]
pub(crate) struct TrackDetail {
    /// The track.
    #[schema(inline)]
    #[serde(flatten)]
    line: TrackLine,
    /// A probability for each class.
    classes: BTreeMap<String, f64>,
    /// For each place that is not out of the question.
    forecasts: Vec<ForecastView>,
    /// Where it has been: Unix milliseconds, degrees north, degrees east; oldest first.
    trail: Vec<[f64; 3]>,
}

/// The tracks of the picture.
#[utoipa::path(
    get, path = "/api/v1/tracks", tag = "picture", params(Wanted),
    responses((status = 200, body = Vec<TrackLine>), (status = 400, body = ProblemBody))
)]
pub(crate) async fn tracks(
    State(shared): State<Arc<Shared>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wanted) = wanted.map_err(|e| {
        Problem::bad_request(
            quoted(&e.body_text(), 200),
            "query of /api/v1/tracks",
            "use ?confirmed=true or false, ?origin=tracker, system or claim, or neither",
        )
    })?;
    let snapshot = shared.hub.latest();
    let names = SensorNames::new(&snapshot);
    let tracks = snapshot.picture.iter().flat_map(|p| &p.tracks);
    let chosen = tracks.filter(|t| {
        wanted.confirmed.is_none_or(|c| c == t.confirmed)
            && wanted.origin.is_none_or(|o| o == t.origin)
    });
    let mut body = vec![b'['];
    for (index, track) in chosen.enumerate() {
        if index > 0 {
            body.push(b',');
        }
        // a Vec takes every write
        let _ = lapwing_publish::write_track_line(&mut body, track, |id| names.of(id));
    }
    body.push(b']');
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// One track, with its classes, forecasts and trail.
#[utoipa::path(
    get, path = "/api/v1/tracks/{id}", tag = "picture",
    params(("id" = String, Path, description = "Node and counter, such as 1-42")),
    responses(
        (status = 200, body = TrackDetail),
        (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody),
    )
)]
pub(crate) async fn track(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<serde_json::Value>, Problem> {
    let mend = "take the id from /api/v1/tracks or the stream; it looks like 1-42";
    let Path(id) = id.map_err(|e| Problem::bad_request(e.body_text(), "track id", mend))?;
    let location = format!("track `{}`", quoted(&id, 40));
    let id: TrackId = id
        .parse()
        .map_err(|_| Problem::bad_request("this is not a track id", &location, mend))?;
    let snapshot = shared.hub.latest();
    let Some((track, forecasts)) = snapshot.track(id) else {
        return Err(Problem::not_found(
            "the picture has no such track",
            location,
            "it may have ended; choose another from /api/v1/tracks",
        ));
    };
    let names = SensorNames::new(&snapshot);
    let mut detail = lapwing_publish::track_json(track, |id| names.of(id));
    let classes: BTreeMap<_, _> = Class::ALL
        .into_iter()
        .map(|c| (c.as_str(), track.class_probability(c)))
        .collect();
    let trail: Vec<_> = snapshot
        .trails
        .of(track.id)
        .map(|(time, lat_deg, lon_deg)| json!([time.as_millis(), lat_deg, lon_deg]))
        .collect();
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("classes".into(), json!(classes));
        detail.insert("forecasts".into(), json!(views(&shared, forecasts)));
        detail.insert("trail".into(), json!(trail));
        // in words of its own, so that a change of the model's names cannot reach the interface
        detail.insert("origin".into(), json!(origin_word(track.origin)));
    }
    Ok(Json(detail))
}

fn views(shared: &Shared, forecasts: &[Forecast]) -> Vec<ForecastView> {
    let places = &shared.options.site.places;
    forecasts
        .iter()
        .map(|f| ForecastView {
            place_id: f.place.0.clone(),
            place_name: places
                .iter()
                .find(|p| p.id == f.place)
                .map_or_else(|| f.place.0.clone(), |p| p.name.clone()),
            p_within: within(f.p_within),
            arrival: f.arrival.map(Into::into),
            motion: f.motion,
            closest_approach_m: f.closest_approach_m,
            closest_approach_s: f.closest_approach_s,
        })
        .collect()
}

/// The places, and how things stand at each.
#[utoipa::path(
    get, path = "/api/v1/places", tag = "picture",
    responses((status = 200, body = Vec<PlaceView>))
)]
pub(crate) async fn places(State(shared): State<Arc<Shared>>) -> Json<Vec<PlaceView>> {
    let snapshot = shared.hub.latest();
    let states = snapshot.picture.as_ref().map_or(&[][..], |p| &p.places);
    let view = |place: &lapwing_model::Place| {
        let state = states.iter().find(|s| s.place == place.id);
        PlaceView {
            shape: shape(&place.id.0, &place.name, &place.area),
            lead_time_s: place.lead_time_s,
            stage: state.map(|s| s.stage.map_or("none", |stage| stage.as_str())),
            warning_id: state.and_then(|s| s.warning.as_ref()).map(|w| w.0.clone()),
            p_within: state.map(|s| within(s.p_within)),
            arrival: state.and_then(|s| s.arrival).map(Into::into),
            track_id: state.and_then(|s| s.track).map(|t| t.to_string()),
            motion: state.and_then(|s| s.motion),
        }
    };
    Json(shared.options.site.places.iter().map(view).collect())
}

/// `aircraft.json`, for maps that read readsb's form: confirmed tracks with an ICAO address.
#[utoipa::path(
    get, path = "/data/aircraft.json", tag = "picture",
    responses((status = 200, description = "readsb's aircraft.json: now, messages, aircraft", content_type = "application/json", body = Aircraft))
)]
pub(crate) async fn aircraft(State(shared): State<Arc<Shared>>) -> Response {
    let snapshot = shared.hub.latest();
    let tracks = snapshot.picture.iter().flat_map(|p| &p.tracks);
    let now = snapshot.time().unwrap_or(Timestamp(0));
    Json(lapwing_publish::aircraft_json(
        tracks,
        now,
        snapshot.counters.reports,
    ))
    .into_response()
}

/// readsb's `aircraft.json`; fields of an aircraft that are not known are left out.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the form is readsb's; this is its schema")]
pub(crate) struct Aircraft {
    /// The picture's time, s since 1970 UTC.
    now: f64,
    /// Reports taken in since the start.
    messages: u64,
    /// The aircraft.
    aircraft: Vec<OneAircraft>,
}

/// One aircraft, in readsb's words and units.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the form is readsb's; this is its schema")]
pub(crate) struct OneAircraft {
    /// ICAO 24-bit address, six hexadecimal digits.
    hex: String,
    /// `adsb_icao` for self-reports, else `other`.
    #[schema(rename = "type")]
    kind: String,
    /// Callsign, padded to 8 characters.
    flight: Option<String>,
    /// Pressure altitude, ft.
    alt_baro: Option<i32>,
    /// Height above the ellipsoid, ft.
    alt_geom: Option<i32>,
    /// Speed over ground, kt.
    gs: Option<f64>,
    /// True track over ground, degrees.
    track: Option<f64>,
    /// Rate of pressure altitude, ft/min.
    baro_rate: Option<i32>,
    /// Rate of ellipsoid height, ft/min.
    geom_rate: Option<i32>,
    /// Degrees north.
    lat: f64,
    /// Degrees east.
    lon: f64,
    /// Age of the position, s.
    seen_pos: f64,
    /// Reports of this aircraft.
    messages: u64,
    /// Age of the last report, s.
    seen: f64,
}

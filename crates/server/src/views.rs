//! The JSON forms of the interface, with their schemas. Times are RFC 3339 UTC except
//! where a key ends in `_ms` (Unix milliseconds, as in the stream).

use lapwing_model::{Arrival, HORIZONS_MIN, Timestamp, Warning};
use lapwing_track::{Bias, SensorRegistration};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A probability for each horizon in minutes: `{"2":p,"6":p,"10":p,"20":p}`.
pub(crate) type Within = BTreeMap<String, f64>;

pub(crate) fn within(p_within: [f64; 4]) -> Within {
    HORIZONS_MIN
        .iter()
        .map(ToString::to_string)
        .zip(p_within)
        .collect()
}

/// When something arrives, given that it does.
#[derive(Serialize, ToSchema)]
pub(crate) struct ArrivalView {
    /// 5 % of the arrival time's distribution.
    #[schema(value_type = String, format = DateTime)]
    p05: Timestamp,
    /// Median.
    #[schema(value_type = String, format = DateTime)]
    p50: Timestamp,
    /// 95 %.
    #[schema(value_type = String, format = DateTime)]
    p95: Timestamp,
}

impl From<Arrival> for ArrivalView {
    fn from(Arrival { p05, p50, p95 }: Arrival) -> Self {
        Self { p05, p50, p95 }
    }
}

/// The site: what does not change while it runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct SiteView {
    /// What it is called.
    pub(crate) name: String,
    /// `live`, `replay` or `exercise`.
    pub(crate) mode: &'static str,
    /// The program's version.
    pub(crate) version: &'static str,
    /// Number of this node.
    pub(crate) node: String,
    /// West, south, east, north, degrees: what a map should show first.
    pub(crate) bounds: Option<[f64; 4]>,
    /// What is protected.
    pub(crate) places: Vec<Shape>,
    /// Who looks.
    pub(crate) sensors: Vec<SiteSensor>,
    /// The smallest units that can be warned.
    pub(crate) areas: Vec<Shape>,
}

/// A disc (centre and radius) or a polygon.
#[derive(Serialize, ToSchema)]
pub(crate) struct Shape {
    /// Its id.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// Centre of a disc, degrees north.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lat_deg: Option<f64>,
    /// Centre of a disc, degrees east.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lon_deg: Option<f64>,
    /// Radius of a disc, m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) radius_m: Option<f64>,
    /// Corners of a polygon, once around: degrees east, degrees north.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) polygon: Option<Vec<[f64; 2]>>,
}

/// Where a sensor stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct SiteSensor {
    /// Its id.
    pub(crate) id: String,
    /// What it is.
    pub(crate) kind: &'static str,
    /// Degrees north.
    pub(crate) lat_deg: Option<f64>,
    /// Degrees east.
    pub(crate) lon_deg: Option<f64>,
    /// Height, m above `height_datum`.
    pub(crate) height_m: Option<f64>,
    /// What `height_m` is measured from.
    pub(crate) height_datum: &'static str,
}

/// A sensor and how it fares.
#[derive(Serialize, ToSchema)]
pub(crate) struct SensorView {
    /// Where it stands.
    #[serde(flatten)]
    pub(crate) sensor: SiteSensor,
    /// `alive`, `silent` or `never`.
    pub(crate) state: &'static str,
    /// When it last said anything, in its own time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) last: Option<Timestamp>,
    /// How many reports it has made.
    pub(crate) reports: u64,
    /// Its constant errors; null for what has none to find, and where registration is off.
    pub(crate) registration: Option<RegistrationView>,
}

/// A constant error of a sensor, measured less true, and how sure that is.
#[derive(Serialize, ToSchema)]
pub(crate) struct BiasView {
    /// The error.
    pub(crate) value: f64,
    /// Its standard deviation.
    pub(crate) sigma: f64,
}

/// The constant errors of a sensor. Each is null where the sensor measures no such thing.
#[derive(Serialize, ToSchema)]
pub(crate) struct RegistrationView {
    /// `on` or `frozen`.
    pub(crate) mode: &'static str,
    /// Whether it is taken off the measurements now.
    pub(crate) applied: bool,
    /// Range, m.
    pub(crate) range_m: Option<BiasView>,
    /// Relative error of the scale of range.
    pub(crate) scale: Option<BiasView>,
    /// Azimuth, degrees.
    pub(crate) azimuth_deg: BiasView,
    /// Stated less true time, s.
    pub(crate) time_s: Option<BiasView>,
    /// How far east of its stated place it stands, m.
    pub(crate) east_m: Option<BiasView>,
    /// The same, north, m.
    pub(crate) north_m: Option<BiasView>,
    /// Plots or bearings that it rests on.
    pub(crate) used: u64,
    /// Plots or bearings that agreed with nothing.
    pub(crate) outliers: u64,
    /// How often it was begun anew, because the sensor had been turned or moved.
    pub(crate) restarts: u64,
}

impl From<SensorRegistration> for RegistrationView {
    fn from(r: SensorRegistration) -> Self {
        let view = |b: Bias| BiasView {
            value: b.value,
            sigma: b.sigma,
        };
        Self {
            mode: r.mode.as_str(),
            applied: r.applied,
            range_m: r.range_m.map(view),
            scale: r.scale.map(view),
            azimuth_deg: BiasView {
                value: r.azimuth_rad.value.to_degrees(),
                sigma: r.azimuth_rad.sigma.to_degrees(),
            },
            time_s: r.time_s.map(view),
            east_m: r.east_m.map(view),
            north_m: r.north_m.map(view),
            used: r.used,
            outliers: r.outliers,
            restarts: r.restarts,
        }
    }
}

/// A place and how things stand there.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlaceView {
    /// Its extent.
    #[serde(flatten)]
    pub(crate) shape: Shape,
    /// How long its people need, s.
    pub(crate) lead_time_s: f64,
    /// `none`, `advisory`, `prepare`, `act` or `all_clear`; null while there is no picture:
    /// unknown, not safe.
    pub(crate) stage: Option<&'static str>,
    /// The warning in force.
    pub(crate) warning_id: Option<String>,
    /// Probability that anything that matters comes within, by horizon in minutes.
    pub(crate) p_within: Option<Within>,
    /// When the weightiest track is expected.
    pub(crate) arrival: Option<ArrivalView>,
    /// The weightiest track.
    pub(crate) track_id: Option<String>,
    /// `toward`, `passing` or `away`: how it moves.
    #[schema(value_type = Option<String>)]
    pub(crate) motion: Option<lapwing_model::Motion>,
}

/// A warning, in its newest version.
#[derive(Serialize, ToSchema)]
pub(crate) struct WarningView {
    /// The same through all versions.
    id: String,
    /// Which version this is, from 1.
    version: u32,
    /// Whom it concerns.
    place_id: String,
    /// The place's name.
    place_name: String,
    /// `advisory`, `prepare`, `act` or `all_clear`.
    stage: &'static str,
    /// `active`, `acknowledged`, `cancelled` or `ended`.
    state: &'static str,
    /// When its first version was decided.
    #[schema(value_type = String, format = DateTime)]
    issued: Timestamp,
    /// The same, Unix milliseconds.
    issued_ms: i64,
    /// When this version was decided.
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
    /// The same, Unix milliseconds.
    updated_ms: i64,
    /// Why, in one line.
    why: String,
    /// The tracks it rests on, the weightiest first.
    track_ids: Vec<String>,
    /// Probability that any of them comes within the place, by horizon in minutes.
    p_within: Within,
    /// When the weightiest is expected.
    arrival: Option<ArrivalView>,
    /// Who acknowledged it.
    acknowledged_by: Option<String>,
    /// Who cancelled it.
    cancelled_by: Option<String>,
    /// Why it was cancelled.
    cancel_reason: Option<String>,
    /// Whether it is an exercise's.
    exercise: bool,
}

impl From<&Warning> for WarningView {
    fn from(w: &Warning) -> Self {
        let (cancelled_by, cancel_reason) = w.cancelled.clone().unzip();
        Self {
            id: w.id.0.clone(),
            version: w.version,
            place_id: w.place.0.clone(),
            place_name: w.place_name.clone(),
            stage: w.stage.as_str(),
            state: w.state.as_str(),
            issued: w.issued,
            issued_ms: w.issued.as_millis(),
            updated: w.updated,
            updated_ms: w.updated.as_millis(),
            why: w.why.clone(),
            track_ids: w.tracks.iter().map(ToString::to_string).collect(),
            p_within: within(w.p_within),
            arrival: w.arrival.map(Into::into),
            acknowledged_by: w.acknowledged_by.clone(),
            cancelled_by,
            cancel_reason,
            exercise: w.exercise,
        }
    }
}

/// A forecast for one place.
#[derive(Serialize, ToSchema)]
pub(crate) struct ForecastView {
    /// The place.
    pub(crate) place_id: String,
    /// Its name.
    pub(crate) place_name: String,
    /// Probability of coming within it, given that the track exists, by horizon in minutes.
    pub(crate) p_within: Within,
    /// When it arrives, given that it does.
    pub(crate) arrival: Option<ArrivalView>,
    /// `toward`, `passing` or `away`.
    #[schema(value_type = String)]
    pub(crate) motion: lapwing_model::Motion,
    /// Distance from the place's edge at the expected closest approach, m.
    pub(crate) closest_approach_m: f64,
    /// Seconds until then.
    pub(crate) closest_approach_s: f64,
}

/// How the run fares.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatusView {
    /// The site's name.
    pub(crate) name: String,
    /// The program's version.
    pub(crate) version: &'static str,
    /// `live`, `replay` or `exercise`.
    pub(crate) mode: &'static str,
    /// How fast a replay or simulation runs; null when live or as fast as it can.
    pub(crate) speed: Option<f64>,
    /// Whether the input has ended.
    pub(crate) ended: bool,
    /// Since the server started, s.
    pub(crate) uptime_s: f64,
    /// The picture's time; null before the first.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) time: Option<Timestamp>,
    /// Age of the picture, s: in a live picture by the clock, else since its time last moved.
    pub(crate) picture_age_s: Option<f64>,
    /// Number of the snapshot.
    pub(crate) revision: u64,
    /// Tracks in the picture.
    pub(crate) tracks: usize,
    /// Confirmed ones among them.
    pub(crate) tracks_confirmed: usize,
    /// What the pipeline counted.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub(crate) counters: BTreeMap<&'static str, u64>,
    /// What the tracker counted.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub(crate) tracker: BTreeMap<&'static str, u64>,
    /// How often the recording refused.
    pub(crate) log_trouble: Trouble,
    /// How often an output refused.
    pub(crate) output_trouble: Trouble,
    /// Open streams.
    pub(crate) stream_clients: usize,
    /// Whether the web map is in this binary.
    pub(crate) map_built_in: bool,
}

/// How often something refused, and what it said last.
#[derive(Serialize, ToSchema)]
pub(crate) struct Trouble {
    /// How often.
    pub(crate) count: u64,
    /// What it said last.
    pub(crate) last: Option<String>,
}

impl From<&(u64, Option<String>)> for Trouble {
    fn from((count, last): &(u64, Option<String>)) -> Self {
        Self {
            count: *count,
            last: last.clone(),
        }
    }
}

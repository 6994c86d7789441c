//! Files of tracks against files of truth, instant by instant.

use crate::gospa::{GospaError, GospaParams, gospa};
use crate::lines::{TrackLine, TruthLine};
use crate::series::Series;
use lapwing_geo::{Geodetic, HeightDatum, LocalFrame};
use lapwing_model::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// How to score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScoreParams {
    /// The metric's own parameters.
    #[serde(flatten)]
    pub gospa: GospaParams,
    /// Between two lines of one id farther apart than this, the thing is absent, s.
    pub gap_s: f64,
    /// Whether heights count; else distances are horizontal.
    pub three_d: bool,
}

impl Default for ScoreParams {
    fn default() -> Self {
        Self {
            gospa: GospaParams::default(),
            gap_s: 10.0,
            three_d: false,
        }
    }
}

/// A position of a track or a target at one time.
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
}

impl From<TrackLine> for TrackPoint {
    fn from(line: TrackLine) -> Self {
        Self {
            time: line.time,
            id: line.id,
            lat_deg: line.lat_deg,
            lon_deg: line.lon_deg,
            height: line.height_m.map(|m| (m, line.height_datum)),
        }
    }
}

impl From<TruthLine> for TrackPoint {
    fn from(line: TruthLine) -> Self {
        Self {
            time: line.time,
            id: line.target,
            lat_deg: line.lat_deg,
            lon_deg: line.lon_deg,
            height: line.height_m.map(|m| (m, line.height_datum)),
        }
    }
}

/// The score of one instant, m.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct InstantScore {
    /// When.
    pub time: Timestamp,
    /// GOSPA.
    pub gospa: f64,
    /// Its localisation part.
    pub localisation: f64,
    /// Its part from objects without a track.
    pub missed: f64,
    /// Its part from tracks without an object.
    #[serde(rename = "false")]
    pub false_: f64,
    /// Tracks at that instant.
    pub n_tracks: usize,
    /// Objects at that instant.
    pub n_truth: usize,
}

/// The score of a whole file, m. For p = 2: rms_gospa² = localisation² + missed² + false².
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// Root of the mean square over the instants (for another p, its power mean).
    pub rms_gospa: f64,
    /// Plain mean over the instants.
    pub mean_gospa: f64,
    /// Localisation part, averaged like `rms_gospa`.
    pub localisation: f64,
    /// Missed part, likewise.
    pub missed: f64,
    /// False part, likewise.
    #[serde(rename = "false")]
    pub false_: f64,
    /// How many instants were scored.
    pub instants: usize,
    /// The parameters it was made with.
    #[serde(flatten)]
    pub params: ScoreParams,
    /// Each instant.
    pub by_time: Vec<InstantScore>,
}

/// Why there is no score.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ScoreError {
    /// A parameter is out of range.
    #[error(transparent)]
    Params(#[from] GospaError),
    /// The gap limit is.
    #[error("gap is {0}: it must be a number of seconds, 0 or more")]
    Gap(f64),
    /// Neither file holds a line.
    #[error("there is neither truth nor a track to score")]
    Nothing,
    /// Heights cannot be compared.
    #[error(
        "{id} at {time} has no height above {}: score horizontally, or give every line that datum",
        datum.map_or("a named datum", HeightDatum::as_str)
    )]
    HeightDatum {
        /// The line's track or target.
        id: String,
        /// Its time.
        time: Timestamp,
        /// The datum of the first line.
        datum: Option<HeightDatum>,
    },
}

/// Scores tracks against truth.
///
/// - **Instants**: every distinct time of the truth; besides, where the truth is
///   silent for longer than the gap limit, times of the tracks (no denser than the
///   truth's usual interval), so that tracks while nothing flies count as false.
/// - **Positions**: a line's own at its time, else interpolated linearly between the
///   lines of the same id where they are no farther apart than the gap limit. A
///   thing is not prolonged beyond its first and last line.
/// - **Distances**: in the plane that touches the ellipsoid at the first line
///   (0.1 % short at 300 km from there); with `three_d` the difference of heights,
///   which must all be above one datum, is added as the third coordinate.
///
/// # Errors
/// Parameters out of range, nothing to score, or heights of different datums in 3-D.
pub fn score_tracks(
    tracks: &[TrackPoint],
    truth: &[TrackPoint],
    params: &ScoreParams,
) -> Result<Score, ScoreError> {
    params.gospa.checked()?;
    if !(params.gap_s >= 0.0 && params.gap_s.is_finite()) {
        return Err(ScoreError::Gap(params.gap_s));
    }
    let first = truth
        .first()
        .or(tracks.first())
        .ok_or(ScoreError::Nothing)?;
    if params.three_d {
        check_heights(first, tracks.iter().chain(truth))?;
    }
    let frame = LocalFrame::new(Geodetic::new(first.lat_deg, first.lon_deg, 0.0));
    let (track_series, truth_series) = (series(tracks, &frame), series(truth, &frame));

    let by_time: Vec<InstantScore> = instants(tracks, truth, params.gap_s)
        .into_iter()
        .map(|time| {
            let at = |all: &[Series]| -> Vec<[f64; 3]> {
                let flat = |p: [f64; 3]| if params.three_d { p } else { [p[0], p[1], 0.0] };
                all.iter()
                    .filter_map(|s| s.at(time, params.gap_s))
                    .map(flat)
                    .collect()
            };
            let (estimates, objects) = (at(&track_series), at(&truth_series));
            let g = gospa(&objects, &estimates, &params.gospa);
            let root = |part: f64| part.powf(1.0 / params.gospa.p);
            InstantScore {
                time,
                gospa: root(g.total()),
                localisation: root(g.localisation),
                missed: root(g.missed),
                false_: root(g.false_),
                n_tracks: estimates.len(),
                n_truth: objects.len(),
            }
        })
        .collect();

    let count = by_time.len() as f64;
    let power_mean = |part: fn(&InstantScore) -> f64| {
        let p = params.gospa.p;
        let sum: f64 = by_time.iter().map(|i| part(i).powf(p)).sum();
        (sum / count).powf(1.0 / p)
    };
    Ok(Score {
        rms_gospa: power_mean(|i| i.gospa),
        mean_gospa: by_time.iter().map(|i| i.gospa).sum::<f64>() / count,
        localisation: power_mean(|i| i.localisation),
        missed: power_mean(|i| i.missed),
        false_: power_mean(|i| i.false_),
        instants: by_time.len(),
        params: *params,
        by_time,
    })
}

fn check_heights<'a>(
    first: &TrackPoint,
    points: impl Iterator<Item = &'a TrackPoint>,
) -> Result<(), ScoreError> {
    let datum = first.height.and_then(|h| h.1);
    for point in points {
        if datum.is_none() || point.height.and_then(|h| h.1) != datum {
            return Err(ScoreError::HeightDatum {
                id: point.id.chars().take(64).collect(),
                time: point.time,
                datum,
            });
        }
    }
    Ok(())
}

fn series(points: &[TrackPoint], frame: &LocalFrame) -> Vec<Series> {
    let mut by_id: BTreeMap<&str, Vec<(Timestamp, [f64; 3])>> = BTreeMap::new();
    for point in points {
        let enu = frame.to_enu(Geodetic::new(point.lat_deg, point.lon_deg, 0.0));
        let height_m = point.height.map_or(0.0, |h| h.0);
        by_id
            .entry(&point.id)
            .or_default()
            .push((point.time, [enu.x, enu.y, height_m]));
    }
    by_id.into_values().map(Series::new).collect()
}

/// The instants to score, ascending.
fn instants(tracks: &[TrackPoint], truth: &[TrackPoint], gap_s: f64) -> Vec<Timestamp> {
    let truth: Vec<Timestamp> = truth
        .iter()
        .map(|p| p.time)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut intervals: Vec<i64> = truth.windows(2).map(|w| w[1] - w[0]).collect();
    intervals.sort_unstable();
    let usual_s = intervals
        .get(intervals.len() / 2)
        .map_or(1.0, |&ns| ns as f64 / 1e9);
    let mut silent: Vec<Timestamp> = Vec::new();
    for time in tracks.iter().map(|p| p.time).collect::<BTreeSet<_>>() {
        let next = truth.partition_point(|t| *t < time);
        let far =
            |other: Option<&Timestamp>| other.is_none_or(|t| t.seconds_since(time).abs() > gap_s);
        let alone = far(truth.get(next)) && far(next.checked_sub(1).and_then(|k| truth.get(k)));
        let dense = silent
            .last()
            .is_some_and(|last| time.seconds_since(*last) < 0.999 * usual_s);
        if alone && !dense {
            silent.push(time);
        }
    }
    let mut all = truth;
    all.extend(silent);
    all.sort_unstable();
    all
}

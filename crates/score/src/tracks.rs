//! Files of tracks against files of truth, instant by instant.

use crate::consistency::{Consistency, Nees, PairError, of};
use crate::gospa::{Gospa, GospaError, GospaParams, gospa};
use crate::lines::Outline;
use crate::moment::{Moment, SAME_INSTANT_S, Window};
use crate::point::TrackPoint;
use crate::points::GospaSum;
use crate::siap::{ClassScore, MixScore, Picture, Siap, TimeToConfirm, pairs_to_judge};
use crate::situations::{ClassSituations, FalseAircraft, Situations};
use crate::t_gospa::{TGospaError, TGospaMean, TGospaParams, TGospaScans};
use lapwing_geo::{Geodetic, HeightDatum, LocalFrame};
use lapwing_model::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::iter::Peekable;
use thiserror::Error;

/// The class of objects that may be set aside.
const BIRD: &str = "bird";

/// How to score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScoreParams {
    /// The metric's own parameters.
    #[serde(flatten)]
    pub gospa: GospaParams,
    /// Between two lines of one id farther apart than this, the thing is absent, s.
    pub gap_s: f64,
    /// Whether heights count in GOSPA and T-GOSPA; else distances are horizontal.
    pub three_d: bool,
    /// A track farther from an object than this is not of it (for all but GOSPA and
    /// T-GOSPA), m, horizontally.
    pub gate_m: f64,
    /// An object nearer than this to a sensor that listens is within hearing, m.
    pub hearing_m: f64,
    /// Whether birds in the truth only keep the tracks that are theirs from being taken for
    /// something else's, and nothing is scored of them.
    pub birds_aside: bool,
    /// Where the truth is known, and all around; everywhere without. A track within the gate of
    /// its end or beyond may be of something that flies there, and counts as no false aircraft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth_within: Option<Disc>,
    /// Penalty of a switch in T-GOSPA, m.
    pub gamma: f64,
    /// T-GOSPA keeps every meeting of a track with an object; beyond so many it is left out.
    pub meetings_max: usize,
}

impl Default for ScoreParams {
    fn default() -> Self {
        Self {
            gospa: GospaParams::default(),
            gap_s: 10.0,
            three_d: false,
            gate_m: 500.0,
            hearing_m: 3_500.0,
            birds_aside: false,
            truth_within: None,
            gamma: 40.0,
            meetings_max: 30_000_000,
        }
    }
}

/// A circle on the ground.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Disc {
    /// Latitude of its middle, degrees north.
    pub lat_deg: f64,
    /// The same, degrees east.
    pub lon_deg: f64,
    /// Its radius, m.
    pub radius_m: f64,
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
    /// Whole trajectories, with α = 2; None where there were too many meetings to keep.
    pub t_gospa: Option<TGospaMean>,
    /// Attributes of the picture.
    pub siap: Siap,
    /// Root of the mean square of the horizontal position error of paired tracks, m. These
    /// errors and `nees` are of tracks that something measures; of what is only claimed, see
    /// `by_mix`.
    pub position_rmse_m: Option<f64>,
    /// The same of the horizontal velocity, m/s.
    pub velocity_rmse_mps: Option<f64>,
    /// Whether covariances say how large the errors are.
    pub nees: Nees,
    /// How long objects waited for a confirmed track.
    pub time_to_confirm_s: TimeToConfirm,
    /// Minutes of confirmed tracks of no object, in each hour scored.
    pub spurious_track_minutes_per_hour: f64,
    /// Time scored, h.
    pub hours: f64,
    /// By class of the objects.
    pub by_class: BTreeMap<String, ClassScore>,
    /// By what kinds of sensor lately contributed to the tracks, `radar+sound` say.
    pub by_mix: BTreeMap<String, MixScore>,
    /// Near and far from radars, since confirmation, after turns and within hearing, by class
    /// of the objects.
    pub situations: BTreeMap<String, ClassSituations>,
    /// Aircraft that are not there.
    pub false_aircraft: FalseAircraft,
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
    /// The gate is.
    #[error("the gate is {0}: it must be a positive number of metres")]
    Gate(f64),
    /// A parameter of T-GOSPA is.
    #[error(transparent)]
    TGospa(#[from] TGospaError),
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
    let outline =
        |points: &[TrackPoint]| Outline::of(points.iter().map(|p| (p.time, p.lat_deg, p.lon_deg)));
    let ordered = |points: &[TrackPoint]| {
        let mut all = points.to_vec();
        all.sort_by_key(|p| p.time);
        all.into_iter().map(Ok)
    };
    score_streams(
        (&outline(tracks), ordered(tracks)),
        (&outline(truth), ordered(truth)),
        params,
        |_, _| {},
    )
}

/// [`score_tracks`] of lines in order of time, holding only those around an instant; after
/// each instant `progress` is told how many are done of how many.
///
/// # Errors
/// As [`score_tracks`], and whatever a stream gives.
pub fn score_streams<E: From<ScoreError>>(
    tracks: (&Outline, impl Iterator<Item = Result<TrackPoint, E>>),
    truth: (&Outline, impl Iterator<Item = Result<TrackPoint, E>>),
    params: &ScoreParams,
    mut progress: impl FnMut(usize, usize),
) -> Result<Score, E> {
    params.checked()?;
    let first = truth.0.first.or(tracks.0.first);
    let (lat_deg, lon_deg) = first.ok_or(ScoreError::Nothing)?;
    let frame = LocalFrame::new(Geodetic::new(lat_deg, lon_deg, 0.0));
    let instants = instants(&tracks.0.times, &truth.0.times, params.gap_s);
    let mut datum = HeightCheck::new(params.three_d);
    let mut truth = Feed::new(truth.1, &frame, params.gap_s);
    let mut tracks = Feed::new(tracks.1, &frame, params.gap_s);
    let mut sums = Sums::new(params, &frame)?;
    for (done, &time) in instants.iter().enumerate() {
        progress(done, instants.len());
        let objects = truth.at(time, &mut datum)?;
        let estimates = tracks.at(time, &mut datum)?;
        sums.add(time, &objects, &estimates);
    }
    Ok(sums.finish())
}

impl ScoreParams {
    fn checked(&self) -> Result<(), ScoreError> {
        self.gospa.checked()?;
        if !(self.gap_s >= 0.0 && self.gap_s.is_finite()) {
            return Err(ScoreError::Gap(self.gap_s));
        }
        if !(self.gate_m > 0.0 && self.gate_m.is_finite()) {
            return Err(ScoreError::Gate(self.gate_m));
        }
        Ok(())
    }

    fn t_gospa(&self) -> TGospaParams {
        TGospaParams {
            c: self.gospa.c,
            p: self.gospa.p,
            gamma: self.gamma,
        }
    }
}

/// All heights must be above one datum where heights count.
struct HeightCheck {
    wanted: bool,
    datum: Option<Option<HeightDatum>>,
}

impl HeightCheck {
    fn new(wanted: bool) -> Self {
        Self {
            wanted,
            datum: None,
        }
    }

    fn check(&mut self, point: &TrackPoint) -> Result<(), ScoreError> {
        if !self.wanted {
            return Ok(());
        }
        let own = point.height.and_then(|h| h.1);
        let datum = *self.datum.get_or_insert(own);
        if datum.is_none() || own != datum {
            return Err(ScoreError::HeightDatum {
                id: point.id.chars().take(64).collect(),
                time: point.time,
                datum,
            });
        }
        Ok(())
    }
}

/// One file, read as far as an instant needs.
struct Feed<'a, I: Iterator> {
    lines: Peekable<I>,
    window: Window<'a>,
    ahead_s: f64,
}

impl<'a, E: From<ScoreError>, I: Iterator<Item = Result<TrackPoint, E>>> Feed<'a, I> {
    fn new(lines: I, frame: &'a LocalFrame, gap_s: f64) -> Self {
        Self {
            lines: lines.peekable(),
            window: Window::new(frame, gap_s),
            ahead_s: gap_s.max(SAME_INSTANT_S),
        }
    }

    fn at(&mut self, time: Timestamp, datum: &mut HeightCheck) -> Result<Vec<(u64, Moment)>, E> {
        let near = |next: &Result<TrackPoint, E>| {
            next.as_ref()
                .map_or(true, |point| point.time.seconds_since(time) <= self.ahead_s)
        };
        let mut batch = Vec::new();
        while let Some(point) = self.lines.next_if(near) {
            let point = point?;
            datum.check(&point)?;
            batch.push(point);
        }
        // things are numbered as they come, which must not depend on the order of lines
        batch.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.id.cmp(&b.id)));
        for point in batch {
            self.window.push(point);
        }
        self.window.forget_before(time);
        Ok(self.window.at(time))
    }
}

/// Everything that is added up over the instants.
struct Sums<'a> {
    params: ScoreParams,
    frame: &'a LocalFrame,
    last: Option<Timestamp>,
    by_time: Vec<InstantScore>,
    gospa: GospaSum,
    t_gospa: Option<TGospaScans>,
    picture: Picture,
    consistency: Consistency,
    situations: Situations,
}

impl<'a> Sums<'a> {
    fn new(params: &ScoreParams, frame: &'a LocalFrame) -> Result<Self, ScoreError> {
        Ok(Self {
            params: *params,
            frame,
            last: None,
            by_time: Vec::new(),
            gospa: GospaSum::default(),
            t_gospa: Some(TGospaScans::new(params.t_gospa())?),
            picture: Picture::new(params.gate_m),
            consistency: Consistency::default(),
            situations: Situations::new(params, frame),
        })
    }

    fn add(&mut self, time: Timestamp, all: &[(u64, Moment)], tracks: &[(u64, Moment)]) {
        let aside = |object: &Moment| self.params.birds_aside && object.label == BIRD;
        let scored: Vec<(u64, Moment)>;
        let objects = if all.iter().any(|(_, object)| aside(object)) {
            scored = all.iter().filter(|(_, o)| !aside(o)).cloned().collect();
            &scored
        } else {
            all
        };
        let three_d = self.params.three_d;
        let place = |m: &(u64, Moment)| {
            let [east, north, height] = m.1.at_m;
            (m.0, [east, north, if three_d { height } else { 0.0 }])
        };
        let objects_at: Vec<(u64, [f64; 3])> = objects.iter().map(place).collect();
        let tracks_at: Vec<(u64, [f64; 3])> = tracks.iter().map(place).collect();
        self.gospa(time, &objects_at, &tracks_at);
        if let Some(scans) = &mut self.t_gospa {
            scans.add(&objects_at, &tracks_at);
            if scans.meetings() > self.params.meetings_max {
                self.t_gospa = None;
            }
        }

        let gap_s = self.params.gap_s;
        let step_s = self.last.map_or(0.0, |last| time.seconds_since(last));
        self.last = Some(time);
        let step_s = step_s.min(gap_s);
        self.picture.add(time, step_s, objects, tracks);
        let judged = |claims: bool| -> Vec<(usize, usize, PairError)> {
            pairs_to_judge(all, tracks, self.params.gate_m, claims)
                .into_iter()
                .filter_map(|(o, t)| {
                    // numbers ascend in both
                    let o = objects.binary_search_by_key(&all[o].0, |(n, _)| *n).ok()?;
                    let error = PairError::new(self.frame, &objects[o].1, &tracks[t].1);
                    Some((o, t, error))
                })
                .collect()
        };
        let (pairs, claims) = (judged(false), judged(true));
        let moments = pairs
            .iter()
            .map(|(o, t, e)| (&objects[*o].1, &tracks[*t].1, e));
        self.consistency.add(time, moments);
        for (_, track, error) in &claims {
            self.consistency.add_claim(&tracks[*track].1, error);
        }
        self.situations.add(time, step_s, objects, tracks, &pairs);
    }

    fn gospa(&mut self, time: Timestamp, objects: &[(u64, [f64; 3])], tracks: &[(u64, [f64; 3])]) {
        let points =
            |all: &[(u64, [f64; 3])]| -> Vec<[f64; 3]> { all.iter().map(|a| a.1).collect() };
        let g: Gospa = gospa(&points(objects), &points(tracks), &self.params.gospa);
        self.gospa.add(&g);
        let root = |part: f64| part.powf(1.0 / self.params.gospa.p);
        self.by_time.push(InstantScore {
            time,
            gospa: root(g.total()),
            localisation: root(g.localisation),
            missed: root(g.missed),
            false_: root(g.false_),
            n_tracks: tracks.len(),
            n_truth: objects.len(),
        });
    }

    fn finish(mut self) -> Score {
        let mean = self.gospa.mean(&self.params.gospa);
        let count = self.by_time.len() as f64;
        let errors = self.consistency.all.errors();
        let nees = self.consistency.nees();
        let t_gospa_params = self.params.t_gospa();
        let Consistency {
            mut by_class,
            by_mix,
            ..
        } = self.consistency;
        Score {
            rms_gospa: mean.rms_gospa,
            mean_gospa: self.by_time.iter().map(|i| i.gospa).sum::<f64>() / count,
            localisation: mean.localisation,
            missed: mean.missed,
            false_: mean.false_,
            instants: self.by_time.len(),
            params: self.params,
            t_gospa: self.t_gospa.map(|s| s.finish().mean(&t_gospa_params)),
            siap: self.picture.siap(),
            position_rmse_m: errors.position_rmse_m,
            velocity_rmse_mps: errors.velocity_rmse_mps,
            nees,
            time_to_confirm_s: self.picture.time_to_confirm(),
            spurious_track_minutes_per_hour: self.picture.spurious_track_minutes_per_hour(),
            hours: self.picture.hours(),
            by_class: self
                .picture
                .by_class(|class| of(&mut by_class, class).errors()),
            by_mix: self
                .picture
                .by_mix(by_mix.iter().map(|(mix, sums)| (mix, sums.errors()))),
            false_aircraft: self.situations.false_tracks(),
            situations: self.situations.by_class(),
            by_time: self.by_time,
        }
    }
}

/// The instants to score, ascending, of two files' distinct times in order.
fn instants(tracks: &[Timestamp], truth: &[Timestamp], gap_s: f64) -> Vec<Timestamp> {
    let mut intervals: Vec<i64> = truth.windows(2).map(|w| w[1] - w[0]).collect();
    intervals.sort_unstable();
    let usual_s = intervals
        .get(intervals.len() / 2)
        .map_or(1.0, |&ns| ns as f64 / 1e9);
    let mut silent: Vec<Timestamp> = Vec::new();
    for &time in tracks {
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
    let mut all = truth.to_vec();
    all.extend(silent);
    all.sort_unstable();
    all
}

//! Errors in the situations that a surveillance requirement names: near and far from a
//! radar, some time after an object was confirmed, some time after it has turned; how long
//! an object was within hearing before it was confirmed; and aircraft that are not there.
//!
//! Samples of objects are kept one by one, so that several runs can be pooled and resampled
//! by run: errors at one age of one object are one draw, however often they are printed.

use crate::consistency::{ErrorSums, Errors, PairError, of};
use crate::moment::Moment;
use crate::siap::nearest;
use crate::tracks::ScoreParams;
use lapwing_geo::{Geodetic, LocalFrame};
use lapwing_model::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::{FRAC_PI_4, PI, TAU};

/// Upper ends of the classes of range to the nearest radar, m.
pub const RADAR_RANGES_M: [f64; 2] = [8_000.0, 25_000.0];
/// Ages at which an object's error is taken, s since its first confirmed track.
pub const AGES_S: [f64; 2] = [30.0, 60.0];
/// Times at which it is taken after a turn has ended, s.
pub const AFTER_TURN_S: [f64; 3] = [15.0, 30.0, 45.0];
/// A lesser change of course is no turn, rad.
const TURN_RAD: f64 = FRAC_PI_4;
/// What changes its course more slowly than this flies straight, rad/s.
const STRAIGHT_RADPS: f64 = PI / 180.0;
/// What is slower than this has no course, m/s.
const COURSE_MPS: f64 = 1.0;
/// A sample is the first pair at its time or up to so much later, s.
const SAMPLE_S: f64 = 5.0;
/// Waiting shorter than this at the end of the truth says nothing, s.
const WAIT_MIN_S: f64 = 120.0;

/// Errors of radar tracks up to a range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RangeErrors {
    /// Objects nearer than this to the nearest radar that lately contributed, m.
    pub up_to_m: f64,
    /// Of tracks to which radars alone lately contributed.
    pub radar_alone: Errors,
    /// Of tracks to which a radar and anything but a self-report did.
    pub with_radar: Errors,
}

/// Errors some time after something happened to an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Samples {
    /// How long after, s.
    pub after_s: f64,
    /// Horizontal position errors, m, one for each time that it happened.
    pub errors_m: Vec<f64>,
    /// How often there was no track any more.
    pub lost: u64,
}

/// How long objects were within hearing until they had a confirmed track.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Hearing {
    /// Since they came so near to a listening sensor, m.
    pub within_m: f64,
    /// How long, s, 0 if confirmed before; those excluded that were there from the first.
    pub delays_s: Vec<f64>,
    /// How many had waited at least two minutes when they were last there.
    pub never: u64,
}

/// All of these for one class of object.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ClassSituations {
    /// By range to the nearest radar.
    pub by_radar_range: Vec<RangeErrors>,
    /// By time since confirmation.
    pub since_confirmed: Vec<Samples>,
    /// After turns of 45° or more, from their ends, of objects that had a track.
    pub after_turn: Vec<Samples>,
    /// Within hearing.
    pub hearing: Hearing,
}

/// Confirmed tracks that are of no object and not classed as birds. Tracks of which there
/// is nothing but what they say of themselves are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct FalseAircraft {
    /// How many tracks were, at any time.
    pub tracks: u64,
    /// Of these, how many never were of an object.
    pub never_of_an_object: u64,
    /// How many were when they were first shown.
    pub at_confirmation: u64,
    /// Of all, how many were so only after the object that they had been of was over: it landed,
    /// crashed or was last told of.
    pub outlived: u64,
    /// Tracks in an hour scored.
    pub per_hour: f64,
    /// Minutes of such tracks in an hour scored.
    pub minutes_per_hour: f64,
}

#[derive(Default)]
struct Sums {
    ranges: [[ErrorSums; 2]; RADAR_RANGES_M.len()],
    ages: [Samples; AGES_S.len()],
    turns: [Samples; AFTER_TURN_S.len()],
}

/// What goes on with one object.
struct Object {
    class: String,
    first: Timestamp,
    last: Timestamp,
    within: Option<Timestamp>,
    confirmed: Option<Timestamp>,
    ages: [bool; AGES_S.len()],
    course: Option<(Timestamp, f64)>,
    /// Change of course of a turn that goes on, rad, and whether it had a track when it began.
    turning: Option<(f64, bool)>,
    turned: Option<Timestamp>,
    turns: [bool; AFTER_TURN_S.len()],
}

/// Takes instants in order.
pub(crate) struct Situations {
    gate_m: f64,
    within_m: f64,
    objects: BTreeMap<u64, Object>,
    sums: BTreeMap<String, Sums>,
    /// Where the truth is known far enough around, m: middle and radius.
    known: Option<([f64; 2], f64)>,
    shown: BTreeSet<u64>,
    false_tracks: BTreeSet<u64>,
    false_when_shown: BTreeSet<u64>,
    false_of_the_living: BTreeSet<u64>,
    /// The tracks that have been of an object, and which that was last.
    of_an_object: BTreeMap<u64, u64>,
    false_s: f64,
    seconds: f64,
}

impl Situations {
    pub(crate) fn new(params: &ScoreParams, frame: &LocalFrame) -> Self {
        let known = params.truth_within.map(|disc| {
            let middle = frame.to_enu(Geodetic::new(disc.lat_deg, disc.lon_deg, 0.0));
            ([middle.x, middle.y], disc.radius_m - params.gate_m)
        });
        Self {
            gate_m: params.gate_m,
            within_m: params.hearing_m,
            known,
            shown: BTreeSet::new(),
            false_when_shown: BTreeSet::new(),
            false_of_the_living: BTreeSet::new(),
            objects: BTreeMap::new(),
            sums: BTreeMap::new(),
            false_tracks: BTreeSet::new(),
            of_an_object: BTreeMap::new(),
            false_s: 0.0,
            seconds: 0.0,
        }
    }

    /// Takes one instant, `step_s` after the last; `pairs` are its confirmed tracks and the
    /// objects that they are of, one to one, as indices with their errors.
    pub(crate) fn add(
        &mut self,
        time: Timestamp,
        step_s: f64,
        objects: &[(u64, Moment)],
        tracks: &[(u64, Moment)],
        pairs: &[(usize, usize, PairError)],
    ) {
        let mut paired: Vec<Option<&PairError>> = vec![None; objects.len()];
        for (object, track, error) in pairs {
            paired[*object] = Some(error);
            self.radar(&objects[*object].1, &tracks[*track].1, error);
        }
        for ((number, moment), error) in objects.iter().zip(paired) {
            self.object(time, *number, moment, error);
        }
        self.false_aircraft(step_s, objects, tracks);
    }

    fn radar(&mut self, object: &Moment, track: &Moment, error: &PairError) {
        let Some(range_m) = track.sensor_range_m else {
            return;
        };
        let kinds: Vec<&str> = track.label.split('+').collect();
        if !kinds.contains(&"radar") || kinds.contains(&"self_report") {
            return;
        }
        let sums = of(&mut self.sums, &object.label);
        for (limit_m, [alone, with]) in RADAR_RANGES_M.iter().zip(&mut sums.ranges) {
            if range_m <= *limit_m {
                with.add(error);
                if kinds.len() == 1 {
                    alone.add(error);
                }
            }
        }
    }

    fn object(&mut self, time: Timestamp, number: u64, moment: &Moment, error: Option<&PairError>) {
        let object = self.objects.entry(number).or_insert_with(|| Object {
            class: moment.label.clone(),
            first: time,
            last: time,
            within: None,
            confirmed: None,
            ages: [false; AGES_S.len()],
            course: None,
            turning: None,
            turned: None,
            turns: [false; AFTER_TURN_S.len()],
        });
        object.last = time;
        if object.within.is_none() && moment.sensor_range_m.is_some_and(|m| m <= self.within_m) {
            object.within = Some(time);
        }
        if object.confirmed.is_none() && error.is_some() {
            object.confirmed = Some(time);
        }
        let sums = of(&mut self.sums, &object.class);
        take(
            time,
            object.confirmed,
            &AGES_S,
            &mut object.ages,
            &mut sums.ages,
            error,
        );
        object.turn(time, moment, error.is_some());
        take(
            time,
            object.turned,
            &AFTER_TURN_S,
            &mut object.turns,
            &mut sums.turns,
            error,
        );
    }

    fn false_aircraft(&mut self, step_s: f64, objects: &[(u64, Moment)], tracks: &[(u64, Moment)]) {
        self.seconds += step_s;
        let plane = |m: &Moment| [m.at_m[0], m.at_m[1]];
        let shown: Vec<&(u64, Moment)> = tracks
            .iter()
            .filter(|(_, t)| t.confirmed && !t.is_claim())
            .collect();
        let from: Vec<[f64; 2]> = shown.iter().map(|(_, t)| plane(t)).collect();
        let to: Vec<[f64; 2]> = objects.iter().map(|(_, o)| plane(o)).collect();
        for (at, object) in nearest(&from, &to, self.gate_m) {
            let (number, track) = shown[at];
            let is_new = self.shown.insert(*number);
            if let Some(object) = object {
                self.of_an_object.insert(*number, objects[object].0);
            } else if !track.bird && self.is_known(from[at]) {
                self.false_tracks.insert(*number);
                self.false_s += step_s;
                if is_new {
                    self.false_when_shown.insert(*number);
                }
                let was_of = self.of_an_object.get(number);
                if was_of.is_none_or(|was| objects.iter().any(|o| o.0 == *was)) {
                    self.false_of_the_living.insert(*number);
                }
            }
        }
    }

    fn is_known(&self, at: [f64; 2]) -> bool {
        self.known.is_none_or(|(middle, radius_m)| {
            (at[0] - middle[0]).hypot(at[1] - middle[1]) <= radius_m
        })
    }

    pub(crate) fn false_tracks(&self) -> FalseAircraft {
        let tracks = self.false_tracks.len() as u64;
        let hours = self.seconds / 3600.0;
        let per_hour = |x: f64| if hours > 0.0 { x / hours } else { 0.0 };
        FalseAircraft {
            tracks,
            never_of_an_object: (self.false_tracks.iter())
                .filter(|number| !self.of_an_object.contains_key(number))
                .count() as u64,
            at_confirmation: self.false_when_shown.len() as u64,
            outlived: tracks - self.false_of_the_living.len() as u64,
            per_hour: per_hour(tracks as f64),
            minutes_per_hour: per_hour(self.false_s / 60.0),
        }
    }

    pub(crate) fn by_class(mut self) -> BTreeMap<String, ClassSituations> {
        let mut out: BTreeMap<String, ClassSituations> = BTreeMap::new();
        for (class, sums) in std::mem::take(&mut self.sums) {
            let ranges = RADAR_RANGES_M.iter().zip(sums.ranges);
            let at = |times_s: &[f64], samples: Vec<Samples>| {
                let pairs = times_s.iter().zip(samples);
                pairs
                    .map(|(&after_s, s)| Samples { after_s, ..s })
                    .collect()
            };
            let own = || self.objects.values().filter(|o| o.class == class);
            let situations = ClassSituations {
                by_radar_range: ranges
                    .map(|(&up_to_m, [alone, with])| RangeErrors {
                        up_to_m,
                        radar_alone: alone.errors(),
                        with_radar: with.errors(),
                    })
                    .collect(),
                since_confirmed: at(&AGES_S, sums.ages.into()),
                after_turn: at(&AFTER_TURN_S, sums.turns.into()),
                hearing: hearing(self.within_m, own()),
            };
            out.insert(class.clone(), situations);
        }
        out
    }
}

/// Takes the samples that are due so long after something happened.
fn take(
    now: Timestamp,
    since: Option<Timestamp>,
    after_s: &[f64],
    taken: &mut [bool],
    samples: &mut [Samples],
    error: Option<&PairError>,
) {
    let Some(since) = since else {
        return;
    };
    let passed_s = now.seconds_since(since);
    for ((&after_s, taken), samples) in after_s.iter().zip(taken).zip(samples) {
        if *taken || passed_s < after_s {
            continue;
        }
        if let Some(error) = error
            && passed_s <= after_s + SAMPLE_S
        {
            samples.errors_m.push(error.position_m);
            *taken = true;
        } else if passed_s > after_s + SAMPLE_S {
            samples.lost += 1;
            *taken = true;
        }
    }
}

impl Object {
    /// Follows the course: a turn is an unbroken change of it in one direction.
    fn turn(&mut self, time: Timestamp, moment: &Moment, tracked: bool) {
        let course = moment
            .velocity_mps
            .filter(|v| v[0].hypot(v[1]) >= COURSE_MPS)
            .map(|v| (time, v[0].atan2(v[1])));
        let before = std::mem::replace(&mut self.course, course);
        let (Some((then, old)), Some((_, new))) = (before, course) else {
            self.turning = None;
            return;
        };
        let step_s = time.seconds_since(then);
        let change = (new - old + PI).rem_euclid(TAU) - PI;
        if step_s > 0.0 && change.abs() > STRAIGHT_RADPS * step_s {
            let (sum, began_tracked) = self
                .turning
                .filter(|(sum, _)| sum * change > 0.0)
                .unwrap_or((0.0, tracked));
            self.turning = Some((sum + change, began_tracked));
            // whatever was waited for, this is another manoeuvre
            self.turned = None;
        } else if let Some((sum, began_tracked)) = self.turning.take()
            && began_tracked
            && sum.abs() >= TURN_RAD - 1e-9
        {
            self.turned = Some(then);
            self.turns = [false; AFTER_TURN_S.len()];
        }
    }
}

fn hearing<'a>(within_m: f64, objects: impl Iterator<Item = &'a Object>) -> Hearing {
    let mut out = Hearing {
        within_m,
        ..Hearing::default()
    };
    for object in objects {
        // what was within from the first may have been heard for long
        let Some(within) = object.within.filter(|t| *t > object.first) else {
            continue;
        };
        match object.confirmed {
            Some(confirmed) => out.delays_s.push(confirmed.seconds_since(within).max(0.0)),
            None => out.never += u64::from(object.last.seconds_since(within) >= WAIT_MIN_S),
        }
    }
    out
}

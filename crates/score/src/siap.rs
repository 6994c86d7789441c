//! The measures of the single integrated air picture (Votruba et al. 2001, *Single
//! Integrated Air Picture (SIAP) Attributes*, version 2.0), over the confirmed tracks, and
//! when each object came to have one.
//!
//! At every instant tracks and objects nearer than the gate are paired one to one, as near
//! as possible together; a track left over is a further one of the nearest object within
//! the gate, or spurious. An object's own track is the one it had before while that is
//! still of it, else its pair.

use crate::consistency::{Errors, of};
use crate::gospa::{GospaParams, gospa_pairs};
use crate::moment::Moment;
use crate::near::Near;
use lapwing_model::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The attributes; each None where there was nothing to say it of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Siap {
    /// Share of the objects (over the instants) that have a track.
    pub completeness: Option<f64>,
    /// Tracks per object that has one; 1 is best.
    pub ambiguity: Option<f64>,
    /// Share of the tracks that are of no object.
    pub spuriousness: Option<f64>,
    /// Mean horizontal distance of tracks from their objects, m.
    pub position_accuracy_m: Option<f64>,
    /// Mean horizontal velocity difference, m/s.
    pub velocity_accuracy_mps: Option<f64>,
    /// Changes of an object's track per hour tracked.
    pub track_number_changes_per_h: Option<f64>,
    /// Longest time on one track, as a share of the time the object was there.
    pub longest_track_segment: Option<f64>,
}

/// Times of several objects, s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// How many came to it.
    pub n: u64,
    /// How many never did.
    pub never: u64,
    /// Half of those that did are not later.
    pub p50: Option<f64>,
    /// Nine in ten.
    pub p90: Option<f64>,
    /// Nineteen in twenty.
    pub p95: Option<f64>,
}

/// From when an object is there, or first near any track, to its first confirmed track.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TimeToConfirm {
    /// From its first line of truth.
    pub from_appearance: Quantiles,
    /// From the first track of any kind within the gate; the same where files hold confirmed
    /// tracks only.
    pub from_first_track: Quantiles,
}

/// What is scored for each class of object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ClassScore {
    /// How many objects.
    pub objects: u64,
    /// As in [`Siap`], of these.
    pub siap: Siap,
    /// Of their tracks.
    #[serde(flatten)]
    pub errors: Errors,
    /// Of these.
    pub time_to_confirm_s: TimeToConfirm,
}

/// What is scored for each mix of sensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct MixScore {
    /// Of the tracks that such sensors lately contributed to.
    #[serde(flatten)]
    pub errors: Errors,
    /// Minutes of such tracks that are of no object, in each hour scored.
    pub spurious_track_minutes_per_hour: f64,
    /// Of the objects whose first confirmed track was of such sensors.
    pub time_to_confirm_s: TimeToConfirm,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    objects: f64,
    tracked: f64,
    tracks: f64,
    assigned: f64,
    position_m: f64,
    velocity_mps: f64,
    velocities: f64,
}

/// One object over time.
struct Object {
    class: String,
    appeared: Timestamp,
    first_track: Option<Timestamp>,
    confirmed: Option<(Timestamp, String)>,
    own: Option<u64>,
    changes: u64,
    present_s: f64,
    tracked_s: f64,
    by_track_s: BTreeMap<u64, f64>,
}

/// Takes instants in order.
pub(crate) struct Picture {
    gate_m: f64,
    objects: BTreeMap<u64, Object>,
    all: Sums,
    by_class: BTreeMap<String, Sums>,
    spurious_s: BTreeMap<String, f64>,
    seconds: f64,
}

fn plane(m: &(u64, Moment)) -> [f64; 2] {
    [m.1.at_m[0], m.1.at_m[1]]
}

fn gated(gate_m: f64) -> GospaParams {
    GospaParams {
        c: gate_m,
        p: 2.0,
        alpha: 2.0,
    }
}

/// The objects and the confirmed tracks that are of them, one to one, as indices: what
/// measures apart from what is only claimed, so that no claim stands for the track that an
/// object has lost, nor a track for a claim.
pub(crate) fn pairs_to_judge(
    objects: &[(u64, Moment)],
    tracks: &[(u64, Moment)],
    gate_m: f64,
    claims: bool,
) -> Vec<(usize, usize)> {
    let which: Vec<usize> = (0..tracks.len())
        .filter(|&k| tracks[k].1.confirmed && tracks[k].1.is_claim() == claims)
        .collect();
    let points: Vec<[f64; 2]> = which.iter().map(|&k| plane(&tracks[k])).collect();
    let objects: Vec<[f64; 2]> = objects.iter().map(plane).collect();
    let (_, pairs) = gospa_pairs(&objects, &points, &gated(gate_m));
    pairs.into_iter().map(|(o, t)| (o, which[t])).collect()
}

impl Picture {
    pub(crate) fn new(gate_m: f64) -> Self {
        Self {
            gate_m,
            objects: BTreeMap::new(),
            all: Sums::default(),
            by_class: BTreeMap::new(),
            spurious_s: BTreeMap::new(),
            seconds: 0.0,
        }
    }

    /// Takes one instant, `step_s` after the last.
    pub(crate) fn add(
        &mut self,
        time: Timestamp,
        step_s: f64,
        truth: &[(u64, Moment)],
        all_tracks: &[(u64, Moment)],
    ) {
        let tracks: Vec<usize> = (0..all_tracks.len())
            .filter(|&k| all_tracks[k].1.confirmed)
            .collect();
        let objects: Vec<[f64; 2]> = truth.iter().map(plane).collect();
        let points: Vec<[f64; 2]> = tracks.iter().map(|&k| plane(&all_tracks[k])).collect();
        let (_, pairs) = gospa_pairs(&objects, &points, &gated(self.gate_m));

        let mut tracks_of: Vec<Vec<usize>> = vec![Vec::new(); truth.len()];
        let mut free: Vec<bool> = vec![true; points.len()];
        for &(object, track) in &pairs {
            tracks_of[object].push(track);
            free[track] = false;
        }
        let rest: Vec<usize> = (0..points.len()).filter(|&k| free[k]).collect();
        let rest_points: Vec<[f64; 2]> = rest.iter().map(|&k| points[k]).collect();
        for (track, nearest) in nearest(&rest_points, &objects, self.gate_m) {
            match nearest {
                Some(object) => tracks_of[object].push(rest[track]),
                None => {
                    let label = &all_tracks[tracks[rest[track]]].1.label;
                    *of(&mut self.spurious_s, label) += step_s;
                }
            }
        }

        self.seconds += step_s;
        self.all.tracks += points.len() as f64;
        for ((number, moment), found) in truth.iter().zip(&tracks_of) {
            let object = self.objects.entry(*number).or_insert_with(|| Object {
                class: moment.label.clone(),
                appeared: time,
                first_track: None,
                confirmed: None,
                own: None,
                changes: 0,
                present_s: 0.0,
                tracked_s: 0.0,
                by_track_s: BTreeMap::new(),
            });
            let found: Vec<&(u64, Moment)> =
                found.iter().map(|&k| &all_tracks[tracks[k]]).collect();
            object.see(time, step_s, &found);
            for sums in [&mut self.all, of(&mut self.by_class, &moment.label)] {
                sums.add(moment, &found);
            }
        }
        self.first_tracks(time, truth, all_tracks);
    }

    /// Notes the objects that a track of any kind is near for the first time.
    fn first_tracks(&mut self, time: Timestamp, truth: &[(u64, Moment)], tracks: &[(u64, Moment)]) {
        let plane = |m: &(u64, Moment)| [m.1.at_m[0], m.1.at_m[1]];
        let waiting: Vec<&(u64, Moment)> = truth
            .iter()
            .filter(|(number, _)| {
                self.objects
                    .get(number)
                    .is_some_and(|o| o.first_track.is_none())
            })
            .collect();
        let from: Vec<[f64; 2]> = waiting.iter().map(|m| plane(m)).collect();
        let to: Vec<[f64; 2]> = tracks.iter().map(plane).collect();
        for (at, track) in nearest(&from, &to, self.gate_m) {
            if track.is_some()
                && let Some(object) = self.objects.get_mut(&waiting[at].0)
            {
                object.first_track = Some(time);
            }
        }
    }

    pub(crate) fn siap(&self) -> Siap {
        self.all.siap(self.objects.values())
    }

    pub(crate) fn time_to_confirm(&self) -> TimeToConfirm {
        time_to_confirm(self.objects.values())
    }

    pub(crate) fn hours(&self) -> f64 {
        self.seconds / 3600.0
    }

    pub(crate) fn spurious_track_minutes_per_hour(&self) -> f64 {
        self.per_hour(self.spurious_s.values().sum())
    }

    fn per_hour(&self, seconds: f64) -> f64 {
        if self.seconds > 0.0 {
            60.0 * seconds / self.seconds
        } else {
            0.0
        }
    }

    pub(crate) fn by_class(
        &self,
        mut errors: impl FnMut(&str) -> Errors,
    ) -> BTreeMap<String, ClassScore> {
        self.by_class
            .iter()
            .map(|(class, sums)| {
                let own = || self.objects.values().filter(|o| o.class == *class);
                let score = ClassScore {
                    objects: own().count() as u64,
                    siap: sums.siap(own()),
                    errors: errors(class),
                    time_to_confirm_s: time_to_confirm(own()),
                };
                (class.clone(), score)
            })
            .collect()
    }

    pub(crate) fn by_mix<'a>(
        &'a self,
        mixes: impl Iterator<Item = (&'a String, Errors)>,
    ) -> BTreeMap<String, MixScore> {
        let mut out: BTreeMap<String, MixScore> = BTreeMap::new();
        for (mix, errors) in mixes {
            of(&mut out, mix).errors = errors;
        }
        for (mix, &seconds) in &self.spurious_s {
            of(&mut out, mix).spurious_track_minutes_per_hour = self.per_hour(seconds);
        }
        for (mix, score) in &mut out {
            let first = |o: &&Object| o.confirmed.as_ref().is_some_and(|c| c.1 == *mix);
            score.time_to_confirm_s = time_to_confirm(self.objects.values().filter(first));
        }
        out
    }
}

/// For each point of one set the nearest of another within a distance.
pub(crate) fn nearest(
    from: &[[f64; 2]],
    to: &[[f64; 2]],
    within: f64,
) -> impl Iterator<Item = (usize, Option<usize>)> {
    let near = Near::new(from, to, within);
    (0..near.rows()).map(move |row| {
        let best = near
            .squares_from(row)
            .filter(|(_, square)| *square < within * within)
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let index = near.original_row(row);
        (index, best.map(|(column, _)| near.original(row, column).1))
    })
}

impl Object {
    fn see(&mut self, time: Timestamp, step_s: f64, tracks: &[&(u64, Moment)]) {
        // the first instant begins its time
        let step_s = if time == self.appeared { 0.0 } else { step_s };
        self.present_s += step_s;
        let stays = self.own.filter(|own| tracks.iter().any(|t| t.0 == *own));
        let Some(own) = stays.or(tracks.first().map(|t| t.0)) else {
            return;
        };
        self.tracked_s += step_s;
        *self.by_track_s.entry(own).or_default() += step_s;
        self.changes += u64::from(self.own.is_some_and(|old| old != own));
        self.own = Some(own);
        if self.confirmed.is_none() {
            let mix = tracks.first().map(|t| t.1.label.clone());
            self.confirmed = Some((time, mix.unwrap_or_default()));
        }
    }
}

impl Sums {
    fn add(&mut self, object: &Moment, tracks: &[&(u64, Moment)]) {
        self.objects += 1.0;
        self.tracked += f64::from(u8::from(!tracks.is_empty()));
        for (_, track) in tracks {
            self.assigned += 1.0;
            let d = [0, 1].map(|k| track.at_m[k] - object.at_m[k]);
            self.position_m += d[0].hypot(d[1]);
            if let Some((a, b)) = object.velocity_mps.zip(track.velocity_mps) {
                self.velocity_mps += (a[0] - b[0]).hypot(a[1] - b[1]);
                self.velocities += 1.0;
            }
        }
    }

    fn siap<'a>(&self, objects: impl Iterator<Item = &'a Object>) -> Siap {
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let (mut changes, mut tracked_s, mut longest_s, mut present_s) = (0.0, 0.0, 0.0, 0.0);
        for object in objects {
            changes += object.changes as f64;
            tracked_s += object.tracked_s;
            present_s += object.present_s;
            longest_s += object.by_track_s.values().copied().fold(0.0, f64::max);
        }
        Siap {
            completeness: share(self.tracked, self.objects),
            ambiguity: share(self.assigned, self.tracked),
            // tracks are counted as a whole only
            spuriousness: share(self.tracks - self.assigned, self.tracks),
            position_accuracy_m: share(self.position_m, self.assigned),
            velocity_accuracy_mps: share(self.velocity_mps, self.velocities),
            track_number_changes_per_h: share(3600.0 * changes, tracked_s),
            longest_track_segment: share(longest_s, present_s),
        }
    }
}

fn time_to_confirm<'a>(objects: impl Iterator<Item = &'a Object>) -> TimeToConfirm {
    let (mut appearance, mut first, mut never) = (Vec::new(), Vec::new(), 0);
    for object in objects {
        match &object.confirmed {
            Some((confirmed, _)) => {
                let since = |t: Timestamp| confirmed.seconds_since(t);
                appearance.push(since(object.appeared));
                first.push(since(object.first_track.unwrap_or(*confirmed)));
            }
            None => never += 1,
        }
    }
    TimeToConfirm {
        from_appearance: quantiles(appearance, never),
        from_first_track: quantiles(first, never),
    }
}

fn quantiles(mut times_s: Vec<f64>, never: u64) -> Quantiles {
    times_s.sort_unstable_by(f64::total_cmp);
    // nearest rank
    let at = |p: f64| {
        let rank = (p * times_s.len() as f64).ceil() as usize;
        times_s.get(rank.saturating_sub(1)).copied()
    };
    Quantiles {
        n: times_s.len() as u64,
        never,
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
    }
}

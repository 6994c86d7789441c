//! The warnings in force: from the picture and operators' actions to versions.

use crate::WarningPolicy;
use crate::threat::{Share, Threat, is_settled};
use crate::transition::{Held, Latch, Step};
use crate::why::{clean, why_line};
use lapwing_model::{
    Arrival, EvidenceKind, Forecast, Motion, Place, PlaceId, Stage, Timestamp, Track, TrackId,
    Warning, WarningId, WarningState,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// A warning names at most so many tracks.
const TRACKS_MAX: usize = 16;
const NAME_CHARS_MAX: usize = 64;
const REASON_CHARS_MAX: usize = 400;

/// One track as the warner needs it.
#[derive(Clone, Copy, Debug)]
pub struct TrackView<'a> {
    /// The track.
    pub track: &'a Track,
    /// Its forecasts; a place that is missing is out of the question.
    pub forecasts: &'a [Forecast],
    /// The distinct kinds of evidence among its contributors.
    pub evidence: &'a [EvidenceKind],
    /// Names of its sensors, for the why-line.
    pub sensors: &'a [String],
}

/// How things stand at a place, for the map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaceState {
    /// The place.
    pub place: PlaceId,
    /// The stage in force, if any.
    pub stage: Option<Stage>,
    /// The warning in force, if any.
    pub warning: Option<WarningId>,
    /// Probability that anything that matters comes within, per horizon of
    /// [`lapwing_model::HORIZONS_MIN`].
    pub p_within: [f64; 4],
    /// The weightiest track.
    pub track: Option<TrackId>,
    /// When it is expected.
    pub arrival: Option<Arrival>,
    /// How it moves with respect to the place.
    pub motion: Option<Motion>,
}

/// Why an operator's action was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WarnError {
    /// There is no such warning.
    #[error("there is no warning `{0}`; it may have ended long ago")]
    Unknown(String),
    /// It is over already.
    #[error("warning {id} is {} already", state.as_str())]
    Over {
        /// The warning.
        id: WarningId,
        /// Ended or cancelled.
        state: WarningState,
    },
}

/// An operator's word that some tracks are no threat to a place.
#[derive(Clone, Debug)]
struct Dismissal {
    until: Timestamp,
    stage: Stage,
    tracks: Vec<TrackId>,
    /// How long the picture with those tracks has asked for each stage.
    held: Held,
}

/// One place's memory.
#[derive(Clone, Debug, Default)]
struct Watch {
    latch: Latch,
    /// Counter of the warning in force.
    warning: Option<u64>,
    threat: Threat,
    dismissal: Option<Dismissal>,
}

/// Decides on warnings for a fixed list of places.
#[derive(Clone, Debug)]
pub struct Warner {
    node: u16,
    policy: WarningPolicy,
    places: Vec<Place>,
    place_index: BTreeMap<PlaceId, usize>,
    exercise: bool,
    watches: Vec<Watch>,
    warnings: BTreeMap<u64, Warning>,
    last_counter: u64,
    /// Tracks whose course and class have come to mean something.
    settled: BTreeSet<TrackId>,
}

impl Warner {
    /// A warner without any warning in force. `exercise` marks every warning it makes.
    #[must_use]
    pub fn new(node: u16, policy: WarningPolicy, places: Vec<Place>, exercise: bool) -> Self {
        Self {
            node,
            policy,
            place_index: places
                .iter()
                .enumerate()
                .map(|(k, p)| (p.id.clone(), k))
                .collect(),
            watches: vec![Watch::default(); places.len()],
            places,
            exercise,
            warnings: BTreeMap::new(),
            last_counter: 0,
            settled: BTreeSet::new(),
        }
    }

    /// Takes up warnings from durable storage after a restart (the last version of
    /// each): those in force stay in force, and no id is given twice.
    pub fn restore(&mut self, warnings: impl IntoIterator<Item = Warning>) {
        for warning in warnings {
            let Some(counter) = self.counter_of(&warning.id) else {
                continue;
            };
            self.last_counter = self.last_counter.max(counter);
            if in_force(&warning)
                && let Some(&k) = self.place_index.get(&warning.place)
            {
                self.watches[k].latch = Latch::raised(warning.stage, warning.updated);
                self.watches[k].warning = Some(counter);
            }
            self.warnings.insert(counter, warning);
        }
    }

    /// Takes the picture at `now`; gives the new versions it leads to, in order of places.
    pub fn update(&mut self, now: Timestamp, views: &[TrackView<'_>]) -> Vec<Warning> {
        let mut shares: Vec<Vec<Share>> = vec![Vec::new(); self.places.len()];
        let mut present = BTreeSet::new();
        for (v, view) in views.iter().enumerate() {
            present.insert(view.track.id);
            // what is now shown as part of another track has not vanished
            present.extend(view.track.parts.iter().map(|part| part.id));
            // once settled it stays so: between two looks its velocity grows uncertain again
            if is_settled(view.track, &self.policy) {
                self.settled.insert(view.track.id);
            }
            if !self.settled.contains(&view.track.id) {
                continue;
            }
            for (f, forecast) in view.forecasts.iter().enumerate() {
                if let Some(&k) = self.place_index.get(&forecast.place) {
                    shares[k].extend(Share::of(view, forecast, (v, f), &self.policy));
                }
            }
        }
        self.settled.retain(|id| present.contains(id));
        let mut out = Vec::new();
        for (k, mut shares) in shares.into_iter().enumerate() {
            shares.extend(self.still_expected(k, now, &present));
            self.watches[k].threat = Threat::new(shares);
            out.extend(self.decide(k, now, views));
        }
        let keep_s = self.policy.keep_ended_s;
        self.warnings
            .retain(|_, w| in_force(w) || now.seconds_since(w.updated) <= keep_s);
        out
    }

    /// Shares of tracks that vanished while a warning counted on them and that are
    /// not overdue yet.
    fn still_expected(&self, k: usize, now: Timestamp, present: &BTreeSet<TrackId>) -> Vec<Share> {
        let watch = &self.watches[k];
        if watch.warning.is_none() {
            return Vec::new();
        }
        watch
            .threat
            .shares
            .iter()
            .filter(|s| !present.contains(&s.track) && now <= s.expected_until)
            .filter(|s| s.p20() >= self.policy.p_off() && s.motion != Motion::Away)
            .map(|s| Share {
                source: None,
                ..s.clone()
            })
            .collect()
    }

    fn decide(&mut self, k: usize, now: Timestamp, views: &[TrackView<'_>]) -> Option<Warning> {
        let inputs = self.inputs_after_dismissal(k, now);
        match self.watches[k].latch.step(&self.policy, now, &inputs) {
            Step::Nothing => None,
            Step::Raise(stage) => Some(self.raise(k, now, stage, views)),
            Step::Escalate(stage) => self.next_version(k, now, Some(views), |w| {
                w.stage = stage;
                // a more urgent stage has not been seen by anyone yet
                w.state = WarningState::Active;
                w.acknowledged_by = None;
            }),
            Step::Stay => {
                if self.worth_a_version(k, now) {
                    self.next_version(k, now, Some(views), |_| {})
                } else {
                    None
                }
            }
            Step::AllClear => {
                let p_within = self.watches[k].threat.p_within;
                let cleared = self.next_version(k, now, None, |w| {
                    w.stage = Stage::AllClear;
                    w.state = WarningState::Ended;
                    w.p_within = p_within;
                    w.arrival = None;
                    w.why = format!(
                        "nothing is expected any more: P(arrive ≤20 min) {:.2}",
                        p_within[3]
                    );
                });
                self.watches[k].warning = None;
                cleared
            }
        }
    }

    /// The place's inputs, without what an operator has dismissed unless it is
    /// more urgent now than what was dismissed.
    fn inputs_after_dismissal(&mut self, k: usize, now: Timestamp) -> crate::Inputs {
        let watch = &mut self.watches[k];
        let all = watch.threat.inputs;
        let Some(dismissal) = &mut watch.dismissal else {
            return all;
        };
        let escalates = dismissal
            .held
            .step(now, all.wanted(&self.policy), self.policy.hold_s)
            .is_some_and(|s| s > dismissal.stage);
        if now >= dismissal.until || escalates {
            watch.latch.held = dismissal.held;
            watch.dismissal = None;
            return all;
        }
        watch.threat.without(&dismissal.tracks).inputs
    }

    fn raise(
        &mut self,
        k: usize,
        now: Timestamp,
        stage: Stage,
        views: &[TrackView<'_>],
    ) -> Warning {
        self.last_counter += 1;
        let counter = self.last_counter;
        self.watches[k].warning = Some(counter);
        let mut warning = Warning {
            id: WarningId(format!("{}-w{counter}", self.node)),
            version: 1,
            place: self.places[k].id.clone(),
            place_name: clean(&self.places[k].name, NAME_CHARS_MAX),
            stage,
            state: WarningState::Active,
            issued: now,
            updated: now,
            why: String::new(),
            tracks: Vec::new(),
            p_within: [0.0; 4],
            arrival: None,
            acknowledged_by: None,
            cancelled: None,
            exercise: self.exercise,
        };
        describe(&mut warning, &self.watches[k].threat, views);
        self.warnings.insert(counter, warning.clone());
        warning
    }

    /// The next version of the warning in force at a place; its content is taken
    /// from the picture where one is given.
    fn next_version(
        &mut self,
        k: usize,
        now: Timestamp,
        views: Option<&[TrackView<'_>]>,
        change: impl FnOnce(&mut Warning),
    ) -> Option<Warning> {
        let watch = &self.watches[k];
        let warning = self.warnings.get_mut(&watch.warning?)?;
        warning.version += 1;
        warning.updated = now;
        change(warning);
        if let Some(views) = views {
            describe(warning, &watch.threat, views);
        }
        Some(warning.clone())
    }

    /// Whether the picture has changed so much since the last version that people
    /// should be told within the stage.
    fn worth_a_version(&self, k: usize, now: Timestamp) -> bool {
        let watch = &self.watches[k];
        let Some(warning) = watch.warning.and_then(|c| self.warnings.get(&c)) else {
            return false;
        };
        let (policy, threat) = (&self.policy, &watch.threat);
        if now.seconds_since(warning.updated) < policy.refresh_s || threat.shares.is_empty() {
            return false;
        }
        // what is about to end is not worth a word before the all clear
        if threat.inputs.p20 < policy.p_off() {
            return false;
        }
        let moved = warning
            .p_within
            .iter()
            .zip(threat.p_within)
            .any(|(then, now)| (then - now).abs() >= policy.refresh_probability);
        let grounds = threat.grounds(warning.stage);
        // two tracks that take turns at the top are no news; one that drops out is
        let another = warning
            .tracks
            .first()
            .is_some_and(|old| !grounds.iter().any(|s| s.track == *old));
        let shifted = match (grounds.first().and_then(|s| s.arrival), warning.arrival) {
            (Some(new), Some(old)) => {
                new.p50.seconds_since(old.p50).abs() >= policy.refresh_arrival_s
            }
            (new, old) => new.is_some() != old.is_some(),
        };
        moved || another || shifted
    }

    /// An operator has seen a warning. One that is acknowledged already stays as it is.
    ///
    /// # Errors
    /// No such warning, or it is over.
    pub fn acknowledge(
        &mut self,
        now: Timestamp,
        id: &WarningId,
        by: &str,
    ) -> Result<Warning, WarnError> {
        let warning = self.find_in_force(id)?.1;
        if warning.state == WarningState::Active {
            warning.version += 1;
            warning.updated = now;
            warning.state = WarningState::Acknowledged;
            warning.acknowledged_by = Some(clean(by, NAME_CHARS_MAX));
        }
        Ok(warning.clone())
    }

    /// An operator withdraws a warning. Its tracks raise none at its stage or a
    /// lower one for this place for the policy's quiet time.
    ///
    /// # Errors
    /// No such warning, or it is over.
    pub fn cancel(
        &mut self,
        now: Timestamp,
        id: &WarningId,
        by: &str,
        reason: &str,
    ) -> Result<Warning, WarnError> {
        let until = now.plus_seconds(self.policy.quiet_after_cancel_s);
        let (counter, warning) = self.find_in_force(id)?;
        warning.version += 1;
        warning.updated = now;
        warning.state = WarningState::Cancelled;
        warning.cancelled = Some((clean(by, NAME_CHARS_MAX), clean(reason, REASON_CHARS_MAX)));
        let cancelled = warning.clone();
        for watch in &mut self.watches {
            if watch.warning == Some(counter) {
                let mut tracks: Vec<TrackId> =
                    watch.threat.shares.iter().map(|s| s.track).collect();
                tracks.extend(&cancelled.tracks);
                // an earlier word on the same place still holds
                let mut stage = cancelled.stage;
                if let Some(earlier) = watch.dismissal.take().filter(|d| now < d.until) {
                    stage = stage.max(earlier.stage);
                    tracks.extend(earlier.tracks);
                }
                *watch = Watch {
                    dismissal: Some(Dismissal {
                        until,
                        stage,
                        tracks,
                        held: Held::default(),
                    }),
                    threat: std::mem::take(&mut watch.threat),
                    ..Watch::default()
                };
            }
        }
        Ok(cancelled)
    }

    /// The last version of every warning in force or over not long ago, by id.
    pub fn warnings(&self) -> impl Iterator<Item = &Warning> {
        self.warnings.values()
    }

    /// The last version of one warning.
    #[must_use]
    pub fn warning(&self, id: &WarningId) -> Option<&Warning> {
        self.warnings.get(&self.counter_of(id)?)
    }

    /// How things stood at each place at the last update, in the order of places.
    #[must_use]
    pub fn place_states(&self) -> Vec<PlaceState> {
        self.places
            .iter()
            .zip(&self.watches)
            .map(|(place, watch)| {
                let first = watch.threat.shares.first();
                PlaceState {
                    place: place.id.clone(),
                    stage: watch.latch.stage,
                    warning: watch
                        .warning
                        .and_then(|c| self.warnings.get(&c))
                        .map(|w| w.id.clone()),
                    p_within: watch.threat.p_within,
                    track: first.map(|s| s.track),
                    arrival: first.and_then(|s| s.arrival),
                    motion: first.map(|s| s.motion),
                }
            })
            .collect()
    }

    fn counter_of(&self, id: &WarningId) -> Option<u64> {
        let (node, counter) = id.0.split_once("-w")?;
        (node.parse() == Ok(self.node)).then(|| counter.parse().ok())?
    }

    fn find_in_force(&mut self, id: &WarningId) -> Result<(u64, &mut Warning), WarnError> {
        let unknown = || WarnError::Unknown(clean(&id.0, NAME_CHARS_MAX));
        let counter = self.counter_of(id).ok_or_else(unknown)?;
        let warning = self.warnings.get_mut(&counter).ok_or_else(unknown)?;
        if in_force(warning) {
            Ok((counter, warning))
        } else {
            Err(WarnError::Over {
                id: warning.id.clone(),
                state: warning.state,
            })
        }
    }
}

const fn in_force(warning: &Warning) -> bool {
    matches!(
        warning.state,
        WarningState::Active | WarningState::Acknowledged
    )
}

/// Fills in what a warning says of the picture.
fn describe(warning: &mut Warning, threat: &Threat, views: &[TrackView<'_>]) {
    warning.p_within = threat.p_within;
    let grounds = threat.grounds(warning.stage);
    let Some(first) = grounds.first() else {
        return;
    };
    warning.arrival = first.arrival;
    warning.tracks = grounds.iter().take(TRACKS_MAX).map(|s| s.track).collect();
    // a lost track has no picture: the line that named it last stays
    let source = grounds
        .iter()
        .find_map(|s| s.source)
        .and_then(|(v, f)| Some((views.get(v)?, views.get(v)?.forecasts.get(f)?)));
    if let Some((view, forecast)) = source {
        warning.why = why_line(view, forecast, warning.stage, grounds.len() - 1);
    }
}

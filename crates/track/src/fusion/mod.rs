//! One picture from several trackers: the own tracks, and those that other trackers send.
//!
//! Another tracker's track is a posterior. It is never filtered again, and it never touches the
//! own filter; what it has in common with the own tracks (a radar that both hear, the object's
//! manoeuvres) is not known. So the estimates stay apart inside, and only the picture puts together
//! what is of one object:
//!
//! | module | one idea |
//! |---|---|
//! | `apart` | how far apart two estimates are, and what that says |
//! | `links` | which estimates are of one object, over time |
//! | `intersect` | one state from two whose errors are correlated in an unknown way |
//!
//! An object is shown under the id by which it was known first, as long as any estimate of it
//! lives; its `parts` name the others, so that every id is found again. The own state leads,
//! and stands alone while another's differs from it by more than chance allows: what another
//! tracker says may sharpen what is measured here, never drag it away.

mod apart;
mod intersect;
mod links;

use crate::TrackerConfig;
use crate::measured::MeasuredTracks;
use crate::motion::Gaussian;
use crate::system::SystemTracks;
use apart::{agree, apart, distance_m, identity, state_in};
use intersect::intersect;
use lapwing_geo::{Height, HeightDatum, LocalFrame};
use lapwing_model::{
    Contributor, SystemTrackKey, Timestamp, Track, TrackClaim, TrackId, TrackPart,
};
use links::{Links, Member};
use nalgebra::Vector3;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Farther apart than this two estimates are not compared, m.
const NEAR_M: f64 = 15_000.0;
/// Most estimates that one is compared with at a time, the nearest first.
const COMPARED_MAX: usize = 16;
/// An estimate older than this has no share in the state, s.
const STALE_S: f64 = 15.0;
/// Least time between two settlings, s.
const SETTLE_S: f64 = 1.0;

/// Which estimates are shown as one object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fusion {
    links: Links,
    /// Objects of several estimates, or of one that is shown under another id than its own.
    objects: Vec<Object>,
    settled: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Object {
    id: TrackId,
    /// In order: the own estimate first.
    members: Vec<Member>,
}

impl Fusion {
    /// Under which id a system track is shown that ends; `None` where its object goes on
    /// without it.
    pub(crate) fn last_id(&self, key: SystemTrackKey, own: TrackId) -> Option<TrackId> {
        let is_it = |m: &Member| m.system == Some(key) && m.id == own;
        let object = self.objects.iter().find(|o| o.members.iter().any(is_it));
        object.map_or(Some(own), |o| (o.members.len() == 1).then_some(o.id))
    }

    /// Compares the system tracks that have just been updated with what is near them.
    pub(crate) fn turn(
        &mut self,
        config: &TrackerConfig,
        now: Timestamp,
        updated: &BTreeSet<SystemTrackKey>,
        (system, measured): (&SystemTracks, &MeasuredTracks),
    ) {
        if !config.fuse_system_tracks {
            return;
        }
        for key in updated {
            if let Some(track) = system.get(*key).filter(|t| t.confirmed) {
                self.compare(config, (*key, track), (system, measured));
            }
        }
        let idle = self.links.is_empty() && self.objects.is_empty();
        let lately = self
            .settled
            .is_some_and(|t| now.seconds_since(t) < SETTLE_S);
        if idle || lately {
            return;
        }
        self.settled = Some(now);
        let is_alive = |member: Member| match member.system {
            None => measured.get(member.id).is_some(),
            Some(key) => system.get(key).is_some_and(|t| t.id == member.id),
        };
        let groups = self.links.settle(now, is_alive);
        self.name(groups, is_alive);
    }

    fn compare(
        &mut self,
        config: &TrackerConfig,
        (key, track): (SystemTrackKey, &Track),
        (system, measured): (&SystemTracks, &MeasuredTracks),
    ) {
        let member = Member {
            system: Some(key),
            id: track.id,
        };
        let frame = LocalFrame::new(track.position);
        let here = frame.to_ecef(Vector3::zeros()).0;
        let mut near: Vec<(f64, Member)> = Vec::new();
        for own in measured.iter().filter(|t| t.confirmed) {
            let member = Member {
                system: None,
                id: own.id,
            };
            near.push(((own.mover.ecef_at(track.time).0 - here).norm(), member));
        }
        for (other, theirs) in system.confirmed().filter(|(k, _)| k.source != key.source) {
            if track.time.seconds_since(theirs.time).abs() <= STALE_S {
                let member = Member {
                    system: Some(other),
                    id: theirs.id,
                };
                near.push((distance_m(track, theirs), member));
            }
        }
        near.retain(|(metres, _)| *metres <= NEAR_M);
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        let known = self.links.others(member);
        let ours = state_in(config, &frame, track, track.time).horizontal();
        let mut seen = BTreeSet::new();
        for (rank, (_, other)) in near.into_iter().enumerate() {
            if rank >= COMPARED_MAX && !known.contains(&other) {
                continue;
            }
            seen.insert(other);
            let theirs = match other.system {
                None => measured
                    .get(other.id)
                    .map(|t| Cow::Owned(t.track(config, track.time))),
                Some(key) => system.get(key).map(Cow::Borrowed),
            };
            let Some(theirs) = theirs else { continue };
            let theirs_here = state_in(config, &frame, &theirs, track.time).horizontal();
            if let Some(found) = apart(config, &ours, &theirs_here) {
                let said = if config.claims_in_association {
                    identity(track, &theirs)
                } else {
                    0.0
                };
                let pair = (member, other);
                self.links.compare(pair, track.time, Some(found), said);
            }
        }
        for other in known.into_iter().filter(|m| !seen.contains(m)) {
            // silent for a while, it has only grown old; moved away, it is another
            let is_silent = other.system.is_some_and(|key| {
                let there = system.get(key);
                there.is_some_and(|t| track.time.seconds_since(t.time).abs() > STALE_S)
            });
            if !is_silent {
                self.links.compare((member, other), track.time, None, 0.0);
            }
        }
    }

    /// Gives every group the id by which it was known first, among those that live on.
    fn name(&mut self, groups: Vec<Vec<Member>>, is_alive: impl Fn(Member) -> bool) {
        let before: BTreeMap<Member, TrackId> = self
            .objects
            .iter()
            .flat_map(|o| o.members.iter().map(|m| (*m, o.id)))
            .collect();
        let grouped: BTreeSet<Member> = groups.iter().flatten().copied().collect();
        let alone = before.keys().filter(|m| !grouped.contains(m));
        let mut all: Vec<Vec<Member>> = groups;
        all.extend(alone.filter(|m| is_alive(**m)).map(|m| vec![*m]));
        // whoever brought an id keeps it; then the own estimate does
        let claim = |group: &Vec<Member>| {
            let brought = group.iter().any(|m| before.get(m) == Some(&m.id));
            (!brought, group.first().copied())
        };
        all.sort_by_key(claim);
        let mut taken = BTreeSet::new();
        self.objects.clear();
        for members in all {
            let id_before = |m: &Member| before.get(m).copied().unwrap_or(m.id);
            let known = members
                .iter()
                .map(id_before)
                .chain(members.iter().map(|m| m.id));
            let Some(id) = known.filter(|id| !taken.contains(id)).min() else {
                continue;
            };
            taken.insert(id);
            if members.len() > 1 || members.iter().any(|m| m.id != id) {
                self.objects.push(Object { id, members });
            }
        }
    }

    /// Makes one track of the estimates of every object.
    pub(crate) fn picture(&self, config: &TrackerConfig, tracks: &mut Vec<Track>) {
        if self.objects.is_empty() {
            return;
        }
        let places: BTreeMap<TrackId, usize> =
            tracks.iter().enumerate().map(|(i, t)| (t.id, i)).collect();
        let mut gone = BTreeSet::new();
        for object in &self.objects {
            let there: Vec<(Member, usize)> = object
                .members
                .iter()
                .filter_map(|m| Some((*m, *places.get(&m.id)?)))
                .collect();
            let parts: Vec<(Member, &Track)> =
                there.iter().map(|(m, i)| (*m, &tracks[*i])).collect();
            let Some(mut one) = self.one_of(config, &parts) else {
                continue;
            };
            one.id = object.id;
            gone.extend(there.iter().skip(1).map(|(_, i)| *i));
            if let Some((_, first)) = there.first() {
                tracks[*first] = one;
            }
        }
        let mut index = 0;
        tracks.retain(|_| {
            index += 1;
            !gone.contains(&(index - 1))
        });
    }

    fn one_of(&self, config: &TrackerConfig, parts: &[(Member, &Track)]) -> Option<Track> {
        let newest = |(index, (member, track)): &(usize, &(Member, &Track))| {
            (
                member.system.is_none(),
                track.time,
                std::cmp::Reverse(*index),
            )
        };
        let (leader, (lead, base)) = parts.iter().enumerate().max_by_key(newest)?;
        let mut one = (*base).clone();
        let mut weights = vec![0.0; parts.len()];
        weights[leader] = 1.0;
        let frame = LocalFrame::new(base.position);
        let own = state_in(config, &frame, base, base.time);
        let mut state = own;
        for (index, (member, track)) in parts.iter().enumerate() {
            if index == leader {
                continue;
            }
            add_words(&mut one, track, self.links.probability(*lead, *member));
            let theirs = state_in(config, &frame, track, base.time);
            let agrees = agree(&own.horizontal(), &theirs.horizontal());
            if !agrees || base.time.seconds_since(track.time).abs() > STALE_S {
                continue;
            }
            if let Some((both, share)) = intersect(&state.horizontal(), &theirs.horizontal())
                && share < 1.0
            {
                state.set_horizontal(&both);
                weights.iter_mut().for_each(|w| *w *= share);
                weights[index] = 1.0 - share;
            }
            take_height(&mut one, &mut state, (track, &theirs));
        }
        if state != own {
            put(&mut one, &frame, &state);
        }
        one.parts = parts
            .iter()
            .zip(weights)
            .map(|((member, track), weight)| TrackPart {
                id: member.id,
                origin: track.origin,
                system: member.system,
                weight,
            })
            .collect();
        Some(one)
    }
}

/// What another tracker knows of the height: all there is where nothing else does, else
/// intersected, where both mean a height above the ellipsoid.
fn take_height(one: &mut Track, state: &mut Gaussian, (track, theirs): (&Track, &Gaussian)) {
    match (one.height, track.height) {
        (None, Some(height)) => {
            let climbed_m = track.velocity_mps[2] * one.time.seconds_since(track.time);
            one.height = Some(Height::new(height.m + climbed_m, height.datum));
            state.set_vertical(&theirs.vertical());
        }
        (Some(own), Some(_)) if own.datum == HeightDatum::Ellipsoid => {
            if let Some((both, _)) = intersect(&state.vertical(), &theirs.vertical()) {
                state.set_vertical(&both);
            }
        }
        _ => {}
    }
}

/// What the other estimate says of the object beside its state. Existence is no sum: both may
/// rest on the same plots.
fn add_words(one: &mut Track, other: &Track, probability: f64) {
    one.existence = one.existence.max(other.existence);
    one.existence_independent = one.existence_independent.max(other.existence_independent);
    one.confirmed |= other.confirmed;
    one.followed |= other.followed;
    one.first_seen = one.first_seen.min(other.first_seen);
    one.last_seen = one.last_seen.max(other.last_seen);
    for claim in &other.claims {
        let trust = claim.trust * probability;
        let is_same = |c: &&mut TrackClaim| c.kind == claim.kind && c.value == claim.value;
        match one.claims.iter_mut().find(is_same) {
            Some(known) => known.trust = known.trust.max(trust),
            None => one.claims.push(TrackClaim {
                trust,
                ..claim.clone()
            }),
        }
    }
    for contributor in &other.contributors {
        let place = one
            .contributors
            .binary_search_by_key(&contributor.sensor, |c| c.sensor);
        match place {
            Ok(at) => {
                let known: &mut Contributor = &mut one.contributors[at];
                known.time = known.time.max(contributor.time);
                known.reports = known.reports.max(contributor.reports);
            }
            Err(at) => one.contributors.insert(at, contributor.clone()),
        }
    }
}

/// Puts a state in the axes of `frame` into a track, in the axes at its own place.
fn put(one: &mut Track, frame: &LocalFrame, state: &Gaussian) {
    one.position = frame.to_geodetic(state.position());
    let rotation = frame.rotation_to_axes_at(one.position);
    let turned = state.transformed(&rotation, &Vector3::zeros());
    one.velocity_mps = turned.velocity().into();
    for (i, row) in one.covariance.iter_mut().enumerate() {
        for (j, value) in row.iter_mut().enumerate() {
            *value = 0.5 * (turned.covariance[(i, j)] + turned.covariance[(j, i)]);
        }
    }
    if let Some(height) = &mut one.height
        && height.datum == HeightDatum::Ellipsoid
    {
        height.m = one.position.height_m;
    }
}

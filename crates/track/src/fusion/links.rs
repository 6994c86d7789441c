//! Which estimates of different trackers are of one object: evidence over time, with hysteresis.
//!
//! For every two estimates that come near each other the log-odds of their being of one object
//! follow the log-likelihood ratio of their difference (see `apart`), as so much a second:
//! the errors of tracks persist, so comparisons one after the other are no independent
//! draws. A pair is joined above one threshold and parted below a lower one. Of one tracker's
//! estimates only one is of an object; older joins go before younger ones, nearer pairs
//! before farther ones. Nothing here depends on the order of memory.

use super::apart::Apart;
use lapwing_model::{SystemTrackKey, Timestamp, TrackId};
use std::collections::BTreeMap;

/// Time over which a track's errors persist, s.
const PERSISTENCE_S: f64 = 10.0;
/// Bounds of what one second may add or take, nats.
const RATE_PER_S: (f64, f64) = (-2.0, 1.0);
/// Longest time between two comparisons that counts, s; the first counts as one second.
const ELAPSED_MAX_S: f64 = 5.0;
/// Above this two estimates are joined (0.993).
const JOIN: f64 = 5.0;
/// Below this they are parted (0.73).
const PART: f64 = 1.0;
/// Bounds of the log-odds; at the lower one a pair is forgotten.
const BOUNDS: (f64, f64) = (-3.0, 8.0);

/// An estimate: the tracker's own, or another tracker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    /// None for the tracker's own, which go first.
    pub(super) system: Option<SystemTrackKey>,
    pub(super) id: TrackId,
}

impl Member {
    /// Whether both are of one tracker, which has one estimate of an object.
    fn is_of_same_tracker(&self, other: &Self) -> bool {
        self.system.map(|k| k.source) == other.system.map(|k| k.source)
    }
}

/// What is thought of a pair.
#[derive(Clone, Copy, Debug)]
struct Link {
    ends: (Member, Member),
    log_odds: f64,
    /// What the identities add.
    identity: f64,
    distance_2: f64,
    compared: Timestamp,
    joined: Option<Timestamp>,
}

impl Link {
    fn total(&self) -> f64 {
        self.log_odds + self.identity
    }
}

/// Most pairs that one estimate takes part in.
const PAIRS_MAX: usize = 16;

/// All pairs.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    /// By their ids in order.
    pairs: BTreeMap<(TrackId, TrackId), Link>,
    /// Whom each is in a pair with.
    others: BTreeMap<Member, Vec<Member>>,
}

fn key(a: Member, b: Member) -> (TrackId, TrackId) {
    (a.id.min(b.id), a.id.max(b.id))
}

impl Links {
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Takes a comparison at `now`; `None` says that the pair is out of each other's reach.
    pub(super) fn compare(
        &mut self,
        (a, b): (Member, Member),
        now: Timestamp,
        apart: Option<Apart>,
        identity: f64,
    ) {
        let log_ratio = apart.map_or(f64::NEG_INFINITY, |a| a.log_ratio);
        if !self.pairs.contains_key(&key(a, b)) {
            let is_full = |m: &Member| self.others.get(m).is_some_and(|o| o.len() >= PAIRS_MAX);
            if log_ratio <= 0.0 || is_full(&a) || is_full(&b) {
                return;
            }
            self.others.entry(a).or_default().push(b);
            self.others.entry(b).or_default().push(a);
        }
        let link = self.pairs.entry(key(a, b)).or_insert(Link {
            ends: (a.min(b), a.max(b)),
            log_odds: 0.0,
            identity,
            distance_2: 0.0,
            compared: now.plus_seconds(-1.0),
            joined: None,
        });
        let elapsed_s = now.seconds_since(link.compared).clamp(0.0, ELAPSED_MAX_S);
        let rate = (log_ratio / PERSISTENCE_S).clamp(RATE_PER_S.0, RATE_PER_S.1);
        link.log_odds = (link.log_odds + elapsed_s * rate).clamp(BOUNDS.0, BOUNDS.1);
        link.identity = identity;
        link.distance_2 = apart.map_or(f64::INFINITY, |a| a.distance_2);
        link.compared = link.compared.max(now);
    }

    /// The other ends of the pairs of an estimate.
    pub(super) fn others(&self, of: Member) -> Vec<Member> {
        self.others.get(&of).cloned().unwrap_or_default()
    }

    /// Probability that two estimates are of one object.
    pub(super) fn probability(&self, a: Member, b: Member) -> f64 {
        let link = self.pairs.get(&key(a, b));
        link.map_or(0.5, |link| 1.0 / (1.0 + (-link.total()).exp()))
    }

    /// Forgets what is gone or refuted, parts and joins; gives the groups of two and more.
    pub(super) fn settle(
        &mut self,
        now: Timestamp,
        is_alive: impl Fn(Member) -> bool,
    ) -> Vec<Vec<Member>> {
        let others = &mut self.others;
        self.pairs.retain(|_, link| {
            let (a, b) = link.ends;
            let kept = link.log_odds > BOUNDS.0 && is_alive(a) && is_alive(b);
            for (of, other) in [(a, b), (b, a)] {
                if !kept && let Some(known) = others.get_mut(&of) {
                    known.retain(|m| *m != other);
                }
            }
            kept
        });
        self.others.retain(|_, others| !others.is_empty());
        for link in self.pairs.values_mut() {
            if link.total() < PART {
                link.joined = None;
            }
        }
        let mut held: Vec<&Link> = self.pairs.values().filter(|l| l.joined.is_some()).collect();
        held.sort_by_key(|l| (l.joined, l.ends));
        let mut wanted: Vec<&Link> = self
            .pairs
            .values()
            .filter(|l| l.joined.is_none() && l.total() >= JOIN)
            .collect();
        wanted.sort_by(|a, b| {
            let by_distance = a.distance_2.total_cmp(&b.distance_2);
            by_distance.then_with(|| a.ends.cmp(&b.ends))
        });
        let mut groups = Groups::default();
        let mut joined = Vec::new();
        for link in held.into_iter().chain(wanted) {
            if groups.unite(link.ends, |a, b| self.refutes(a, b)) && link.joined.is_none() {
                joined.push(key(link.ends.0, link.ends.1));
            }
        }
        for pair in joined {
            if let Some(link) = self.pairs.get_mut(&pair) {
                link.joined = Some(now);
            }
        }
        groups.members.retain(|group| group.len() > 1);
        for group in &mut groups.members {
            group.sort_unstable();
        }
        groups.members
    }

    fn refutes(&self, a: Member, b: Member) -> bool {
        self.pairs
            .get(&key(a, b))
            .is_some_and(|link| link.total() < 0.0)
    }
}

/// Disjoint sets of estimates.
#[derive(Default)]
struct Groups {
    members: Vec<Vec<Member>>,
    of: BTreeMap<Member, usize>,
}

impl Groups {
    fn of(&mut self, member: Member) -> usize {
        let next = self.members.len();
        let index = *self.of.entry(member).or_insert(next);
        if index == next {
            self.members.push(vec![member]);
        }
        index
    }

    /// Makes one set of those of two members, unless two of one tracker would meet in it or
    /// two that are known to be apart.
    fn unite(
        &mut self,
        (a, b): (Member, Member),
        refutes: impl Fn(Member, Member) -> bool,
    ) -> bool {
        let (a, b) = (self.of(a), self.of(b));
        if a == b {
            return true;
        }
        let clash = self.members[a].iter().any(|x| {
            let others = &self.members[b];
            others
                .iter()
                .any(|y| x.is_of_same_tracker(y) || refutes(*x, *y))
        });
        if clash {
            return false;
        }
        let moved = std::mem::take(&mut self.members[b]);
        for member in &moved {
            self.of.insert(*member, a);
        }
        self.members[a].extend(moved);
        true
    }
}

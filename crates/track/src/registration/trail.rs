//! Where a reference was in the last minute: sound comes late, and what it tells of may
//! have turned since.

use super::geometry::Reference;
use lapwing_geo::LocalFrame;
use lapwing_model::{Class, ClassProbabilities, Timestamp};
use nalgebra::{Matrix3, Vector3};
use std::collections::VecDeque;

/// How far back it goes, s: sound of something 15 km away, a clock that is 5 s behind.
const KEPT_S: f64 = 60.0;
/// Two places in a trail are at most this far apart to tell what was between, s.
const GAP_S: f64 = 5.0;
/// Beyond its last place a reference is moved along its velocity for no longer, s.
const AHEAD_S: f64 = 3.0;
/// Airliners above this are not heard, m.
const LOW_M: f64 = 3_000.0;

/// The last minute of a reference.
#[derive(Clone, Debug)]
pub(crate) struct Trail {
    pub(crate) key: u64,
    places: VecDeque<Reference>,
    classes: ClassProbabilities,
    low: bool,
}

/// A reference at a time, in a sensor's frame.
pub(crate) struct Placed {
    pub(crate) position: Vector3<f64>,
    pub(crate) velocity: Vector3<f64>,
    pub(crate) covariance: Matrix3<f64>,
}

impl Trail {
    pub(crate) fn new(key: u64) -> Self {
        Self {
            key,
            places: VecDeque::new(),
            classes: ClassProbabilities::from_weights([1.0; 6]),
            low: false,
        }
    }

    /// Where it is now, and what.
    pub(crate) fn extend(
        &mut self,
        place: Reference,
        classes: ClassProbabilities,
        height_m: Option<f64>,
    ) {
        let now = place.time;
        // a clock that jumps leaves nothing behind
        self.places
            .retain(|p| p.time < now && now.seconds_since(p.time) <= KEPT_S);
        self.places.push_back(place);
        self.classes = classes;
        self.low = height_m.is_some_and(|m| m < LOW_M);
    }

    /// Whether it still tells of what sounds now arriving were made by.
    pub(crate) fn is_recent(&self, now: Timestamp) -> bool {
        self.places
            .back()
            .is_some_and(|p| now.seconds_since(p.time).abs() <= KEPT_S)
    }

    pub(crate) fn last(&self) -> Option<&Reference> {
        self.places.back()
    }

    /// The probability that it is of a class; that of an airliner counts only where it is low.
    pub(crate) fn audible(&self, class: Class) -> f64 {
        if class == Class::Airliner && !self.low {
            0.0
        } else {
            self.classes.of(class)
        }
    }

    /// Where it was; `None` before the trail, after it, and in a gap of it.
    pub(crate) fn at(&self, time: Timestamp, frame: &LocalFrame) -> Option<Placed> {
        let after = self.places.partition_point(|p| p.time < time);
        let of = |place: &Reference| {
            let dt_s = time.seconds_since(place.time);
            let (position, velocity, covariance) = place.seen(frame, dt_s);
            Placed {
                position,
                velocity,
                covariance,
            }
        };
        let Some(late) = self.places.get(after) else {
            let last = self.places.back()?;
            return (time.seconds_since(last.time) <= AHEAD_S).then(|| of(last));
        };
        let Some(early) = after.checked_sub(1).and_then(|i| self.places.get(i)) else {
            return (late.time == time).then(|| of(late));
        };
        let gap_s = late.time.seconds_since(early.time);
        if gap_s > GAP_S {
            return None;
        }
        let share = time.seconds_since(early.time) / gap_s.max(1e-9);
        let [(a, va, pa), (b, vb, pb)] = [early, late].map(|p| p.seen(frame, 0.0));
        Some(Placed {
            position: a + (b - a) * share,
            velocity: va + (vb - va) * share,
            covariance: pa + (pb - pa) * share,
        })
    }
}

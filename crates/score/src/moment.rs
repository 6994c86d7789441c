//! What is known of tracks and objects at any instant, from lines read in order of time:
//! only the lines around the instant are held, so a night's file need not fit in memory.

use crate::point::TrackPoint;
use lapwing_geo::{Geodetic, HeightDatum, LocalFrame};
use lapwing_model::Timestamp;
use std::collections::{BTreeMap, VecDeque};

/// A line that is this near an instant counts as being at it, s: files round times.
pub(crate) const SAME_INSTANT_S: f64 = 0.05;

/// A state at one time.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) time: Timestamp,
    /// East and north in the frame of the scoring, and height, m.
    pub(crate) at_m: [f64; 3],
    pub(crate) lat_lon_deg: [f64; 2],
    pub(crate) height_datum: Option<HeightDatum>,
    /// East, north, up in the axes at its own place.
    pub(crate) velocity_mps: Option<[f64; 3]>,
    pub(crate) covariance: Option<Box<[[f64; 6]; 6]>>,
    /// An object's class, a track's sensor mix.
    pub(crate) label: String,
    pub(crate) confirmed: bool,
    pub(crate) bird: bool,
    pub(crate) sensor_range_m: Option<f64>,
}

impl Moment {
    fn new(point: TrackPoint, frame: &LocalFrame) -> Self {
        let enu = frame.to_enu(Geodetic::new(point.lat_deg, point.lon_deg, 0.0));
        Self {
            time: point.time,
            at_m: [enu.x, enu.y, point.height.map_or(0.0, |h| h.0)],
            lat_lon_deg: [point.lat_deg, point.lon_deg],
            height_datum: point.height.and_then(|h| h.1),
            velocity_mps: point.velocity_mps,
            covariance: point.covariance,
            label: point.label,
            confirmed: point.confirmed,
            bird: point.bird,
            sensor_range_m: point.sensor_range_m,
        }
    }

    /// Whether it is nothing but what a thing says of itself.
    pub(crate) fn is_claim(&self) -> bool {
        self.label == "self_report"
    }

    /// On the straight line from one to another; what is not a position or velocity is the
    /// first's.
    fn between(&self, other: &Self, time: Timestamp, share: f64) -> Self {
        fn mix<const N: usize>(a: [f64; N], b: [f64; N], share: f64) -> [f64; N] {
            let mut out = a;
            for (a, b) in out.iter_mut().zip(b) {
                *a += share * (b - *a);
            }
            out
        }
        let velocities = self.velocity_mps.zip(other.velocity_mps);
        Self {
            time,
            at_m: mix(self.at_m, other.at_m, share),
            lat_lon_deg: mix(self.lat_lon_deg, other.lat_lon_deg, share),
            velocity_mps: velocities.map(|(a, b)| mix(a, b, share)),
            ..self.clone()
        }
    }
}

/// Everything of one file that may still be asked for.
pub(crate) struct Window<'a> {
    frame: &'a LocalFrame,
    gap_s: f64,
    /// Each id's number, for good.
    numbers: BTreeMap<String, u64>,
    moments: BTreeMap<u64, VecDeque<Moment>>,
}

impl<'a> Window<'a> {
    pub(crate) fn new(frame: &'a LocalFrame, gap_s: f64) -> Self {
        Self {
            frame,
            gap_s,
            numbers: BTreeMap::new(),
            moments: BTreeMap::new(),
        }
    }

    /// Takes the next line; of two of one id and time the later in the file holds.
    pub(crate) fn push(&mut self, point: TrackPoint) {
        let number = match self.numbers.get(&point.id) {
            Some(number) => *number,
            None => {
                let next = self.numbers.len() as u64;
                self.numbers.insert(point.id.clone(), next);
                next
            }
        };
        let moment = Moment::new(point, self.frame);
        let moments = self.moments.entry(number).or_default();
        match moments.back_mut() {
            Some(last) if last.time == moment.time => *last = moment,
            _ => moments.push_back(moment),
        }
    }

    /// Everything there at `time`, by number: a line's own state, else on the straight
    /// line between its neighbours if they are no farther apart than the gap.
    pub(crate) fn at(&self, time: Timestamp) -> Vec<(u64, Moment)> {
        self.moments
            .iter()
            .filter_map(|(&number, moments)| Some((number, self.find(moments, time)?)))
            .collect()
    }

    fn find(&self, moments: &VecDeque<Moment>, time: Timestamp) -> Option<Moment> {
        let next = moments.partition_point(|m| m.time < time);
        let after = moments.get(next);
        let before = next.checked_sub(1).and_then(|k| moments.get(k));
        if let Some(exact) = after
            && exact.time == time
        {
            return Some(exact.clone());
        }
        if let (Some(before), Some(after)) = (before, after) {
            let gap_s = after.time.seconds_since(before.time);
            if gap_s <= self.gap_s {
                let share = time.seconds_since(before.time) / gap_s;
                return Some(before.between(after, time, share));
            }
        }
        [before, after]
            .into_iter()
            .flatten()
            .find(|m| m.time.seconds_since(time).abs() <= SAME_INSTANT_S)
            .cloned()
    }

    /// Drops what no instant from `time` on can ask for.
    pub(crate) fn forget_before(&mut self, time: Timestamp) {
        let reach_s = self.gap_s.max(SAME_INSTANT_S);
        self.moments.retain(|_, moments| {
            while moments.get(1).is_some_and(|m| m.time <= time) {
                moments.pop_front();
            }
            moments
                .back()
                .is_some_and(|m| time.seconds_since(m.time) <= reach_s)
        });
    }
}

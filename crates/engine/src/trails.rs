//! Where the tracks of the picture have been, for display: bounded, and forgotten
//! with the track.

use crate::picture::Picture;
use lapwing_model::{Timestamp, TrackId};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Points kept of one track.
const POINTS_MAX: usize = 300;
/// Least time between two points, s.
const STEP_S: f64 = 2.0;

/// One point of a trail: when, degrees north, degrees east.
pub type TrailPoint = (Timestamp, f64, f64);

/// The trails of all tracks of the picture. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Trails(Arc<BTreeMap<TrackId, VecDeque<TrailPoint>>>);

impl Trails {
    /// Adds a picture's positions and forgets tracks it no longer has.
    pub fn update(&mut self, picture: &Picture) {
        let trails = Arc::make_mut(&mut self.0);
        let mut kept = BTreeMap::new();
        for track in picture.tracks.iter().filter(|t| t.confirmed) {
            let mut points = trails.remove(&track.id).unwrap_or_default();
            let due = points
                .back()
                .is_none_or(|(last, _, _)| track.time.seconds_since(*last) >= STEP_S);
            if due {
                if points.len() == POINTS_MAX {
                    points.pop_front();
                }
                points.push_back((track.time, track.position.lat_deg, track.position.lon_deg));
            }
            kept.insert(track.id, points);
        }
        *trails = kept;
    }

    /// The points of a track, oldest first.
    pub fn of(&self, id: TrackId) -> impl Iterator<Item = &TrailPoint> {
        self.0.get(&id).into_iter().flatten()
    }
}

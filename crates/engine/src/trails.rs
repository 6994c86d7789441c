//! Where the tracks of the picture have been, for display: smoothed over a lag, bounded,
//! and forgotten with the track.
//!
//! Each picture adds a track's filtered state. Points of the last seconds are smoothed anew
//! with it (`lapwing_track::smooth`, Rauch, Tung and Striebel 1965), so that a trail shows
//! where the thing was in the light of what came after; older points stay as they were
//! smoothed last.

use crate::picture::Picture;
use lapwing_geo::{Geodetic, LocalFrame};
use lapwing_model::{Origin, Timestamp, Track, TrackId};
use lapwing_track::smooth::{SmoothState, smooth};
use nalgebra::{Matrix3, Matrix6, Vector3, Vector6};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Points kept of one track.
const POINTS_MAX: usize = 300;
/// Least time between two points, s.
const STEP_S: f64 = 2.0;
/// Spectral density of the acceleration assumed of what has been, m²/s³: a thing that turns
/// gently. Too small a value would cut corners.
const PSD_M2_S3: [f64; 3] = [4.0, 4.0, 1.0];

/// One point of a trail: when, degrees north, degrees east.
pub type TrailPoint = (Timestamp, f64, f64);

#[derive(Clone, Debug, Default)]
struct Trail {
    /// All points, the newest smoothed over the lag.
    points: VecDeque<TrailPoint>,
    /// The filtered states of the points within the lag: the last of `points`.
    filtered: VecDeque<Filtered>,
}

#[derive(Clone, Copy, Debug)]
struct Filtered {
    time: Timestamp,
    position: Geodetic,
    velocity_mps: Vector3<f64>,
    covariance: Matrix6<f64>,
}

/// The trails of all tracks of the picture. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Trails {
    trails: Arc<BTreeMap<TrackId, Trail>>,
    lag_s: f64,
}

impl Trails {
    /// Trails whose points of the last `lag_s` seconds are smoothed; 0 keeps them as filtered.
    #[must_use]
    pub fn with_lag(lag_s: f64) -> Self {
        Self {
            trails: Arc::default(),
            lag_s,
        }
    }

    /// Adds a picture's positions and forgets tracks it no longer has.
    pub fn update(&mut self, picture: &Picture) {
        let trails = Arc::make_mut(&mut self.trails);
        let mut kept = BTreeMap::new();
        for track in picture.tracks.iter().filter(|t| t.followed) {
            let mut trail = trails.remove(&track.id).unwrap_or_default();
            let due = trail
                .points
                .back()
                .is_none_or(|(last, _, _)| track.time.seconds_since(*last) >= STEP_S);
            if due {
                trail.add(track, self.lag_s);
            }
            kept.insert(track.id, trail);
        }
        *trails = kept;
    }

    /// The points of a track, oldest first.
    pub fn of(&self, id: TrackId) -> impl Iterator<Item = &TrailPoint> {
        self.trails.get(&id).into_iter().flat_map(|t| &t.points)
    }
}

impl Trail {
    fn add(&mut self, track: &Track, lag_s: f64) {
        if self.points.len() == POINTS_MAX {
            self.points.pop_front();
        }
        let at = track.position;
        self.points.push_back((track.time, at.lat_deg, at.lon_deg));
        // another tracker's states are not known to be a filter's: they stay as they were told
        if track.origin == Origin::System {
            self.filtered.clear();
            return;
        }
        self.filtered.push_back(Filtered {
            time: track.time,
            position: at,
            velocity_mps: Vector3::from(track.velocity_mps),
            covariance: Matrix6::from_fn(|i, j| track.covariance[i][j]),
        });
        let too_old = |f: &Filtered| track.time.seconds_since(f.time) > lag_s;
        while self.filtered.len() >= POINTS_MAX || self.filtered.front().is_some_and(too_old) {
            self.filtered.pop_front();
        }
        self.smooth(track);
    }

    fn smooth(&mut self, newest: &Track) {
        let frame = LocalFrame::new(newest.position);
        let mut states: Vec<SmoothState> = self
            .filtered
            .iter()
            .map(|f| f.in_frame(&frame, newest.time))
            .collect();
        smooth(&mut states, PSD_M2_S3);
        let first = self.points.len().saturating_sub(states.len());
        for (point, state) in self.points.iter_mut().skip(first).zip(&states) {
            let position = frame.to_geodetic(state.mean.fixed_rows::<3>(0).into_owned());
            (point.1, point.2) = (position.lat_deg, position.lon_deg);
        }
    }
}

impl Filtered {
    fn in_frame(&self, frame: &LocalFrame, origin: Timestamp) -> SmoothState {
        let position = frame.to_enu(self.position);
        // from the axes at the state's own position to the frame's
        let turn: Matrix3<f64> = frame.rotation_to_axes_at(self.position).transpose();
        let velocity = turn * self.velocity_mps;
        let mut both = Matrix6::zeros();
        both.fixed_view_mut::<3, 3>(0, 0).copy_from(&turn);
        both.fixed_view_mut::<3, 3>(3, 3).copy_from(&turn);
        let mut mean = Vector6::zeros();
        mean.fixed_rows_mut::<3>(0).copy_from(&position);
        mean.fixed_rows_mut::<3>(3).copy_from(&velocity);
        SmoothState {
            time_s: self.time.seconds_since(origin),
            mean,
            covariance: both * self.covariance * both.transpose(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_model::ClassProbabilities;

    /// A thing that flies north at 20 m/s; its first state is 50 m east of it and poor, the
    /// others are good and leave no doubt of its speed.
    fn picture(second: i32) -> Picture {
        let frame = LocalFrame::new(Geodetic::new(46.0, -30.0, 100.0));
        let is_first = second == 0;
        let east_m = if is_first { 50.0 } else { 0.0 };
        let variance = if is_first { 10_000.0 } else { 1.0 };
        let mut covariance = [[0.0; 6]; 6];
        for (axis, row) in covariance.iter_mut().enumerate() {
            row[axis] = if axis < 3 { variance } else { variance / 100.0 };
        }
        let time = Timestamp::from_seconds(f64::from(second));
        let track = Track {
            id: TrackId {
                node: 1,
                counter: 1,
            },
            time,
            origin: Origin::Tracker,
            position: frame.to_geodetic(Vector3::new(east_m, 20.0 * f64::from(second), 0.0)),
            height: None,
            velocity_mps: [0.0, 20.0, 0.0],
            covariance,
            existence: 1.0,
            existence_independent: 1.0,
            confirmed: true,
            followed: true,
            classes: ClassProbabilities::default(),
            claims: Vec::new(),
            contributors: Vec::new(),
            modes: None,
            parts: Vec::new(),
            first_seen: time,
            last_seen: time,
        };
        Picture {
            time,
            tracks: vec![track],
            forecasts: vec![Vec::new()],
            fresh: vec![0],
            warnings: Vec::new(),
            places: Vec::new(),
        }
    }

    /// How far east of the thing's way the first point lies after so many seconds, m.
    fn first_east_m(lag_s: f64, seconds: i32) -> f64 {
        let mut trails = Trails::with_lag(lag_s);
        for second in (0..=seconds).step_by(2) {
            trails.update(&picture(second));
        }
        let id = TrackId {
            node: 1,
            counter: 1,
        };
        let &(_, lat_deg, lon_deg) = trails.of(id).next().unwrap();
        let frame = LocalFrame::new(Geodetic::new(46.0, -30.0, 100.0));
        frame.to_enu(Geodetic::new(lat_deg, lon_deg, 100.0)).x
    }

    #[test]
    fn a_poor_point_is_mended_by_what_comes_within_the_lag() {
        assert!((first_east_m(0.0, 20) - 50.0).abs() < 0.01, "as filtered");
        assert!(
            (first_east_m(30.0, 0) - 50.0).abs() < 0.01,
            "nothing came yet"
        );
        let mended_m = first_east_m(30.0, 20);
        assert!(mended_m.abs() < 10.0, "{mended_m}");
    }

    #[test]
    fn a_point_older_than_the_lag_stays_as_it_was() {
        let within_m = first_east_m(10.0, 10);
        assert_eq!(first_east_m(10.0, 40), within_m);
    }
}

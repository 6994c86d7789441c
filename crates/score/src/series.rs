//! One thing's positions over time, asked for at any instant.

use lapwing_model::Timestamp;

/// A line that is this near an instant counts as being at it, s: files round times.
pub(crate) const SAME_INSTANT_S: f64 = 0.05;

/// Positions in a local frame, m, ascending in time.
#[derive(Debug, Default)]
pub(crate) struct Series {
    points: Vec<(Timestamp, [f64; 3])>,
}

impl Series {
    pub(crate) fn new(mut points: Vec<(Timestamp, [f64; 3])>) -> Self {
        // of two lines at one time the later in the file holds
        points.reverse();
        points.sort_by_key(|p| p.0);
        points.dedup_by_key(|p| p.0);
        Self { points }
    }

    /// The position at `time`: a line's own, else on the straight line between its
    /// neighbours if they are no farther apart than `gap_s`; none outside.
    pub(crate) fn at(&self, time: Timestamp, gap_s: f64) -> Option<[f64; 3]> {
        let next = self.points.partition_point(|p| p.0 < time);
        let after = self.points.get(next);
        let before = next.checked_sub(1).and_then(|k| self.points.get(k));
        if let Some((t, p)) = after
            && *t == time
        {
            return Some(*p);
        }
        if let (Some((t0, p0)), Some((t1, p1))) = (before, after) {
            let gap = t1.seconds_since(*t0);
            if gap <= gap_s {
                let s = time.seconds_since(*t0) / gap;
                return Some([0, 1, 2].map(|k| p0[k] + s * (p1[k] - p0[k])));
            }
        }
        [before, after]
            .into_iter()
            .flatten()
            .find(|(t, _)| t.seconds_since(time).abs() <= SAME_INSTANT_S)
            .map(|(_, p)| *p)
    }
}

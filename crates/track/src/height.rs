//! Heights that can be: what leaves the tracker is somewhere in the air.
//!
//! Range and azimuth say little of height, least of all far away, and a track may be
//! drawn below the ground or out of the air by what little they say. Such a height is not
//! known, whatever its covariance believes; the position stays, at the nearest height
//! that can be.

use lapwing_model::Track;

/// Ellipsoidal heights of what flies low, m: from below the lowest land to above every
/// balloon.
const LEAST_M: f64 = -500.0;
const GREATEST_M: f64 = 40_000.0;

/// Say of an impossible height that it is not known.
pub(crate) fn bound(track: &mut Track) {
    let height_m = &mut track.position.height_m;
    if (LEAST_M..=GREATEST_M).contains(height_m) {
        return;
    }
    *height_m = if height_m.is_nan() {
        0.0
    } else {
        height_m.clamp(LEAST_M, GREATEST_M)
    };
    track.height = None;
}

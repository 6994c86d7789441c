//! How good were the tracks? GOSPA against truth, with its parts.
//!
//! [`gospa()`] compares two sets of points; [`score_tracks`] lines up two files of
//! JSON lines in time, compares them instant by instant and adds up. The mean is
//! the root of the mean square (for p = 2), so that the parts add up as squares:
//! rms_gospa² = localisation² + missed² + false².
//!
//! [`gospa()`]: gospa::gospa

pub mod by_claim;
pub mod gospa;
pub mod lines;
mod near;
pub mod points;
mod series;
mod sparse;
pub mod t_gospa;
mod tracks;

pub use by_claim::{ByClaim, ByClaimParams, ByClaimScore};
pub use gospa::{Gospa, GospaError, GospaParams};
pub use lines::{
    LineError, Outline, TrackLine, TruthLine, read_outline, read_tracks, read_truth, track_lines,
    truth_lines,
};
pub use points::{GospaMean, GospaSeries, GospaSum};
pub use tracks::{InstantScore, Score, ScoreError, ScoreParams, TrackPoint, score_tracks};

//! How good were the tracks? Against truth, and where there is none against the
//! addresses that the plots themselves carried.
//!
//! - [`gospa()`]: two sets of points, exact at any size; [`points`] adds up over scans and
//!   runs. The mean is the root of the mean square (for p = 2), so that the parts add up
//!   as squares: rms_gospa² = localisation² + missed² + false².
//! - [`t_gospa`]: whole trajectories, with a penalty for switches.
//! - [`score_tracks`], [`score_streams`]: two files of JSON lines, lined up in time: the
//!   above, the attributes of a single integrated air picture ([`siap`]), errors and their
//!   consistency ([`consistency`]), by class and by mix of sensors.
//! - [`situations`]: errors near and far from radars, after confirmation and after turns, and
//!   aircraft that are not there.
//! - [`by_claim`]: how a track keeps one aircraft.
//!
//! [`gospa()`]: gospa::gospa

pub mod by_claim;
pub mod consistency;
pub mod gospa;
pub mod lines;
mod moment;
mod near;
mod point;
pub mod points;
pub mod siap;
pub mod situations;
mod sparse;
pub mod t_gospa;
mod tracks;

pub use by_claim::{ByClaim, ByClaimParams, ByClaimScore};
pub use gospa::{Gospa, GospaError, GospaParams};
pub use lines::{
    LineError, Outline, TrackLine, TruthLine, read_outline, read_outline_of_good, read_tracks,
    read_truth, track_lines, truth_lines,
};
pub use point::{TrackPoint, kind_by_name, recent_sensors};
pub use points::{GospaMean, GospaSeries, GospaSum};
pub use tracks::{Disc, InstantScore, Score, ScoreError, ScoreParams, score_streams, score_tracks};

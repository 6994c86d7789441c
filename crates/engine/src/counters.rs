//! What the core counts: nothing is lost without a number that says so.

use serde::Serialize;

/// What was counted since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Datagrams and chunks taken.
    pub datagrams: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Reports read from them.
    pub reports: u64,
    /// Looks put together.
    pub looks: u64,
    /// Errors in what was received.
    pub errors: u64,
    /// ASTERIX data blocks of categories that nothing defines; they stay in the recording.
    pub undefined: u64,
    /// Observations that came after their picture had been decided; they stay in the recording.
    pub late: u64,
    /// Observations whose time leapt ahead and was never confirmed.
    pub stray_times: u64,
    /// Datagrams dropped because a queue was full.
    pub dropped: u64,
    /// Datagrams of feeds that the run does not have.
    pub unknown_feed: u64,
    /// Records of sources that the site does not name, beyond as many as may name themselves.
    pub sensors_refused: u64,
}

//! What the tracker did, counted since it was made.

/// Counts since the tracker was made; they only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Looks taken in.
    pub looks: u64,
    /// Reports that updated a track of any origin, or started one.
    pub reports_used: u64,
    /// Reports of measuring sensors that no track took and that started none
    /// (bearings and presence only; other reports start a track).
    pub reports_gated_out: u64,
    /// Reports that say nothing the tracker can use: presence at a node of which it is not known
    /// how far it hears, a claim without a key, what an account says again within a minute.
    pub reports_ignored: u64,
    /// Reports of a sensor that was never described, or whose place is not known.
    pub reports_unplaced: u64,
    /// Reports that were not for their look's sensor, or not numbers.
    pub reports_invalid: u64,
    /// Reports beyond what one look may have in one place.
    pub reports_flooded: u64,
    /// Reports older than what they speak of by more than is allowed.
    pub reports_late: u64,
    /// Reports that would have started a track beyond the greatest number.
    pub births_refused: u64,
    /// Tracks started from measurements.
    pub births: u64,
    /// Tracks from measurements that passed the confirmation threshold.
    pub confirmations: u64,
    /// Tracks from measurements deleted.
    pub deaths: u64,
    /// Tracks tested by a look and not reported.
    pub misses: u64,
    /// System tracks started.
    pub system_births: u64,
    /// Self-reports' tracks started.
    pub claim_births: u64,
}

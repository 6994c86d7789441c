//! A report: one sensor's statement about one thing at one time.

use crate::{Measurement, SensorId, Timestamp};

/// Where in the recording the bytes of a report are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RawRef {
    /// The sequencer's number of the entry.
    pub sequence: u64,
    /// Index of the record inside that entry's bytes.
    pub record: u32,
}

/// Key of another tracker's track: that tracker and its number for the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemTrackKey {
    /// The tracker.
    pub source: SensorId,
    /// Its track number.
    pub number: u32,
}

/// Where in its life another tracker says its track is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TrackPhase {
    /// Not yet confirmed.
    Tentative,
    /// Confirmed.
    #[default]
    Confirmed,
    /// This is its last report.
    Ended,
}

/// What a thing says, or is said, to be. Every field is a claim.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Claims {
    /// ICAO 24-bit aircraft address.
    pub icao24: Option<u32>,
    /// Mode 3/A code, four octal digits as a number 0–0o7777.
    pub mode_3a: Option<u16>,
    /// Callsign or flight, trimmed.
    pub callsign: Option<String>,
    /// Remote ID serial or session id.
    pub remote_id: Option<String>,
    /// Another tracker's key and phase.
    pub system_track: Option<(SystemTrackKey, TrackPhase)>,
}

impl Claims {
    /// Whether nothing is claimed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One sensor's statement about one thing at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Who says so.
    pub sensor: SensorId,
    /// When it applies.
    pub time: Timestamp,
    /// What was measured.
    pub measurement: Measurement,
    /// What is claimed along with it.
    pub claims: Claims,
    /// Radar cross-section, dBm² (decibels over a square metre), where estimated.
    pub rcs_dbsm: Option<f64>,
    /// Log-likelihood of each class in the order of [`crate::Class::ALL`], where the sensor gives one.
    pub class_log_likelihoods: Option<[f64; 6]>,
    /// The bytes it came from.
    pub raw: RawRef,
}

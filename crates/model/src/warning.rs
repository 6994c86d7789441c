//! A warning: what is said to the people of a place, in stages.

use crate::{PlaceId, Timestamp, TrackId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How urgent a warning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Be ready.
    Advisory,
    /// Prepare.
    Prepare,
    /// Take shelter.
    Act,
    /// It is over.
    AllClear,
}

impl Stage {
    /// The word used in every file and on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Advisory => "advisory",
            Self::Prepare => "prepare",
            Self::Act => "act",
            Self::AllClear => "all_clear",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What people have made of a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningState {
    /// In force, not yet acknowledged.
    Active,
    /// In force, an operator has seen it.
    Acknowledged,
    /// Withdrawn by an operator.
    Cancelled,
    /// Over: all clear was given.
    Ended,
}

impl WarningState {
    /// The word used in every file and on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Acknowledged => "acknowledged",
            Self::Cancelled => "cancelled",
            Self::Ended => "ended",
        }
    }
}

/// A warning's id: the node that decided it and that node's counter; as text `1-w7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WarningId(pub String);

impl fmt::Display for WarningId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One version of a warning: every change of stage or state makes the next one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// The same through all versions.
    pub id: WarningId,
    /// Which version this is, from 1.
    pub version: u32,
    /// Whom it concerns.
    pub place: PlaceId,
    /// The place's name.
    pub place_name: String,
    /// How urgent.
    pub stage: Stage,
    /// What people have made of it.
    pub state: WarningState,
    /// When its first version was decided.
    pub issued: Timestamp,
    /// When this version was decided.
    pub updated: Timestamp,
    /// Why, in one line: which track, which sensors, how sure.
    pub why: String,
    /// The tracks it rests on, the weightiest first.
    pub tracks: Vec<TrackId>,
    /// Probability that any of them comes within the place in 2, 6, 10 and 20 min.
    pub p_within: [f64; 4],
    /// Earliest expected arrival: 5 %, 50 %, 95 % of the weightiest track.
    pub arrival: Option<crate::Arrival>,
    /// Who acknowledged it.
    pub acknowledged_by: Option<String>,
    /// Who cancelled it, and why.
    pub cancelled: Option<(String, String)>,
    /// Whether this is an exercise: never mixed with live warnings.
    pub exercise: bool,
}

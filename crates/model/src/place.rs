//! Places: anything to protect.

use lapwing_geo::Area;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A place's name in the site file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlaceId(pub String);

impl fmt::Display for PlaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Anything to protect: a disc or polygon, on land or at sea.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub area: Area,
    /// How long its people need, s.
    pub lead_time_s: f64,
}

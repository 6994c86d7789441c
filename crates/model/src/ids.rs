//! Names of things: small, ordered, never random.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A sensor's index in the site's table of sensors; its name is in
/// [`crate::SensorSpec::id`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SensorId(pub u32);

impl SensorId {
    /// The index as a `usize`.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A track's id: the node that made it, and that node's counter. As text `1-42`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackId {
    /// Which node of the network.
    pub node: u16,
    /// That node's counter, from 1.
    pub counter: u64,
}

/// Text that is not a track id.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("`{0}` is not a track id such as 1-42")]
pub struct TrackIdError(String);

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.node, self.counter)
    }
}

impl FromStr for TrackId {
    type Err = TrackIdError;
    fn from_str(text: &str) -> Result<Self, TrackIdError> {
        text.split_once('-')
            .and_then(|(node, counter)| {
                Some(Self {
                    node: node.parse().ok()?,
                    counter: counter.parse().ok()?,
                })
            })
            .ok_or_else(|| TrackIdError(text.chars().take(32).collect()))
    }
}

impl Serialize for TrackId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TrackId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn track_ids_are_text_both_ways() {
        let id = TrackId {
            node: 3,
            counter: 42,
        };
        assert_eq!(id.to_string(), "3-42");
        assert_eq!("3-42".parse(), Ok(id));
        for wrong in ["", "3", "3-", "-42", "a-1", "70000-1"] {
            assert!(wrong.parse::<TrackId>().is_err(), "{wrong}");
        }
    }
}

//! What the sequencer numbers: everything that can change an output, and the
//! decisions that came of it, in the form in which it is recorded.

use lapwing_model::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a run began: everything besides the entries that its outputs depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Version of this form.
    pub format: u32,
    /// The version of the program.
    pub program: String,
    /// The site file's text.
    pub site: String,
    /// The feeds, in the order of their numbers.
    pub feeds: Vec<StartFeed>,
    /// Whether warnings are an exercise's.
    pub exercise: bool,
    /// Warnings in force or given by an earlier run of the same node, in their last
    /// versions: those in force stay in force, and no id is given twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<lapwing_model::Warning>,
}

/// A feed of a [`Start`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartFeed {
    /// Its name.
    pub id: String,
    /// What its bytes speak: `asterix`, `beast`, `avr`, `timed_csv`, `json`.
    pub wire: String,
    /// Midnight of its first time of day; absent when the time of receipt says.
    pub date: Option<Timestamp>,
    /// The sensor whose reports they are.
    pub sensor: Option<String>,
}

/// What an operator did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Operator {
    /// Acknowledged a warning.
    Acknowledge {
        /// Which.
        warning: String,
        /// Who.
        by: String,
    },
    /// Cancelled a warning.
    Cancel {
        /// Which.
        warning: String,
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}

/// One entry of the recording.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A run begins; what came before in the recording belongs to an earlier one.
    Start(Start),
    /// A datagram or chunk of a feed.
    Arrival {
        /// Number of the feed.
        feed: u16,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Time passes, whether or not anything arrives.
    Tick,
    /// Datagrams of a feed were dropped because a queue was full.
    Dropped {
        /// Number of the feed.
        feed: u16,
        /// How many.
        count: u64,
    },
    /// An operator acted.
    Operator(Operator),
    /// No more will arrive: what is waiting for its turn is taken now.
    End,
    /// Decided: a version of a warning, as JSON.
    Warning(Vec<u8>),
    /// Decided: a picture, as its time and digest.
    Picture {
        /// The picture's time.
        time: Timestamp,
        /// SHA-256 over it and all before it.
        digest: [u8; 32],
    },
}

/// Bytes of a recording that are no entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("an entry of kind {kind} cannot be read: {reason}")]
pub struct EntryError {
    kind: u16,
    reason: String,
}

impl Entry {
    /// Whether it is a decision rather than an input.
    #[must_use]
    pub const fn is_decision(&self) -> bool {
        matches!(self, Self::Warning(_) | Self::Picture { .. })
    }

    /// The number that stands for its kind in a recording.
    #[must_use]
    pub const fn kind(&self) -> u16 {
        match self {
            Self::Start(_) => 1,
            Self::Arrival { .. } => 2,
            Self::Tick => 3,
            Self::Dropped { .. } => 4,
            Self::Operator(_) => 5,
            Self::End => 6,
            Self::Warning(_) => 100,
            Self::Picture { .. } => 101,
        }
    }

    /// Appends its payload to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Start(start) => json(out, start),
            Self::Arrival { feed, bytes } => arrival(out, *feed, bytes),
            Self::Tick | Self::End => {}
            Self::Dropped { feed, count } => {
                out.extend(feed.to_le_bytes());
                out.extend(count.to_le_bytes());
            }
            Self::Operator(operator) => json(out, operator),
            Self::Warning(bytes) => out.extend(bytes),
            Self::Picture { time, digest } => {
                out.extend(time.0.to_le_bytes());
                out.extend(digest);
            }
        }
    }

    /// Reads an entry back.
    ///
    /// # Errors
    /// A kind that is not known, or a payload that is not of its form.
    pub fn read(kind: u16, payload: &[u8]) -> Result<Self, EntryError> {
        let error = |reason: &str| EntryError {
            kind,
            reason: reason.to_owned(),
        };
        match kind {
            1 => serde_json::from_slice(payload)
                .map(Self::Start)
                .map_err(|e| error(&e.to_string())),
            2 => payload
                .split_first_chunk::<2>()
                .map(|(feed, bytes)| Self::Arrival {
                    feed: u16::from_le_bytes(*feed),
                    bytes: bytes.to_vec(),
                })
                .ok_or_else(|| error("shorter than a feed's number")),
            3 => Ok(Self::Tick),
            4 => match payload.split_first_chunk::<2>() {
                Some((feed, rest)) => match <[u8; 8]>::try_from(rest) {
                    Ok(count) => Ok(Self::Dropped {
                        feed: u16::from_le_bytes(*feed),
                        count: u64::from_le_bytes(count),
                    }),
                    Err(_) => Err(error("no 8-byte count")),
                },
                None => Err(error("shorter than a feed's number")),
            },
            5 => serde_json::from_slice(payload)
                .map(Self::Operator)
                .map_err(|e| error(&e.to_string())),
            6 => Ok(Self::End),
            100 => Ok(Self::Warning(payload.to_vec())),
            101 => match payload.split_first_chunk::<8>() {
                Some((time, rest)) => match <[u8; 32]>::try_from(rest) {
                    Ok(digest) => Ok(Self::Picture {
                        time: Timestamp(i64::from_le_bytes(*time)),
                        digest,
                    }),
                    Err(_) => Err(error("no 32-byte digest")),
                },
                None => Err(error("shorter than a time")),
            },
            _ => Err(error("this version knows no such kind")),
        }
    }
}

/// The payload of an arrival, without making an [`Entry`] first.
pub(crate) fn arrival(out: &mut Vec<u8>, feed: u16, bytes: &[u8]) {
    out.extend(feed.to_le_bytes());
    out.extend(bytes);
}

fn json(out: &mut Vec<u8>, value: &impl Serialize) {
    // a Vec takes every write, and these forms have only string keys
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_the_recording() {
        let start = Start {
            format: 1,
            program: "0.1.0".into(),
            site: "[site]\nname = \"x\"\n".into(),
            feeds: vec![StartFeed {
                id: "radar".into(),
                wire: "asterix".into(),
                date: Some(Timestamp(0)),
                sensor: None,
            }],
            exercise: true,
            warnings: Vec::new(),
        };
        for entry in [
            Entry::Start(start),
            Entry::Arrival {
                feed: 7,
                bytes: vec![1, 2, 3],
            },
            Entry::Tick,
            Entry::Dropped { feed: 1, count: 9 },
            Entry::Operator(Operator::Cancel {
                warning: "1-w1".into(),
                by: "ann".into(),
                reason: "a balloon".into(),
            }),
            Entry::End,
            Entry::Warning(b"{}".to_vec()),
            Entry::Picture {
                time: Timestamp(5),
                digest: [7; 32],
            },
        ] {
            let mut bytes = Vec::new();
            entry.write(&mut bytes);
            assert_eq!(Entry::read(entry.kind(), &bytes), Ok(entry));
        }
    }

    #[test]
    fn payloads_of_the_wrong_form_are_refused() {
        for (kind, payload) in [
            (1, &b"{}"[..]),
            (2, b"\x01"),
            (4, b"\x01\x00\x01"),
            (5, b"{\"action\":\"fire\"}"),
            (101, b"1234567"),
            (999, b""),
        ] {
            assert!(Entry::read(kind, payload).is_err(), "kind {kind}");
        }
    }
}

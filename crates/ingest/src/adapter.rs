//! One adapter a feed: the state that turns its datagrams into observations.

use crate::asterix_feed::AsterixFeed;
use crate::capture::Wire;
use crate::modes_feed::ModesFeed;
use crate::remote_id_feed::RemoteIdFeed;
use crate::time_of_day::Anchor;
use crate::{Observation, SensorTable, json_feed};
use lapwing_geo::VerticalReference;
use lapwing_model::Timestamp;
use thiserror::Error;

/// What a feed said that could not be read: where and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("byte {offset}: {reason}")]
pub struct FeedError {
    /// Byte offset in the datagram (in the stream, for Mode S streams).
    pub offset: usize,
    /// What is wrong, and how to mend it.
    pub reason: String,
}

/// What is to be said of a feed though nothing is wrong with it: how its data is read, what of it
/// is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedNotice(pub String);

impl std::fmt::Display for FeedNotice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an adapter needs to know of its feed.
#[derive(Clone, Debug)]
pub struct AdapterOptions {
    /// What its bytes speak.
    pub wire: Wire,
    /// Where dates come from.
    pub anchor: Anchor,
    /// The sensor whose reports these are, for formats that do not name it.
    pub sensor: String,
    /// How heights are taken to the ellipsoid.
    pub vertical: VerticalReference,
    /// Where the receiver is (degrees), for ADS-B positions on the ground.
    pub reference_deg: Option<(f64, f64)>,
}

enum State {
    Asterix(Box<AsterixFeed>),
    Modes(Box<ModesFeed>),
    Json(VerticalReference),
    RemoteId(Box<RemoteIdFeed>),
}

/// Turns one feed's datagrams into observations.
pub struct Adapter {
    state: State,
}

impl Adapter {
    /// An adapter that has seen nothing yet.
    #[must_use]
    pub fn new(options: AdapterOptions) -> Self {
        let state = match options.wire {
            Wire::Asterix => {
                State::Asterix(Box::new(AsterixFeed::new(options.anchor, options.vertical)))
            }
            Wire::ReportJson => State::Json(options.vertical),
            Wire::RemoteId => State::RemoteId(Box::new(RemoteIdFeed::new(
                options.anchor,
                options.sensor,
                options.vertical,
            ))),
            wire @ (Wire::Beast | Wire::Avr | Wire::TimedCsv) => {
                State::Modes(Box::new(ModesFeed::new(
                    wire,
                    options.anchor,
                    options.sensor,
                    options.vertical,
                    options.reference_deg,
                )))
            }
        };
        Self { state }
    }

    /// Takes a datagram or chunk, numbered by the sequencer and received at `received`;
    /// appends what it says and what could not be read.
    pub fn push(
        &mut self,
        sequence: u64,
        received: Timestamp,
        bytes: &[u8],
        sensors: &mut SensorTable,
        out: &mut Vec<Observation>,
        errors: &mut Vec<FeedError>,
    ) {
        match &mut self.state {
            State::Asterix(feed) => feed.push(sequence, received, bytes, sensors, out, errors),
            State::Modes(feed) => feed.push(sequence, received, bytes, sensors, out, errors),
            State::RemoteId(feed) => feed.push(sequence, received, bytes, sensors, out, errors),
            State::Json(vertical) => {
                json_feed::push(vertical, sequence, bytes, sensors, out, errors);
            }
        }
    }

    /// Data blocks passed over so far because nothing defines their category.
    #[must_use]
    pub fn undefined_blocks(&self) -> u64 {
        match &self.state {
            State::Asterix(feed) => feed.undefined_blocks(),
            State::Modes(_) | State::Json(_) | State::RemoteId(_) => 0,
        }
    }

    /// What is to be said since it was asked last: each thing once.
    pub fn take_notices(&mut self) -> Vec<FeedNotice> {
        match &mut self.state {
            State::Asterix(feed) => feed.take_notices(),
            State::Modes(_) | State::Json(_) | State::RemoteId(_) => Vec::new(),
        }
    }
}

//! What is said of the feeds, with what is needed to find it again: the core knows which
//! datagram of which feed it is about, the adapters only what is in it.

use lapwing_ingest::{FeedError, FeedNotice};

/// An error of a feed, with what is needed to find it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedFault {
    /// The feed's name.
    pub feed: String,
    /// The sequencer's number of the datagram.
    pub sequence: u64,
    /// Where in it, and why.
    pub error: FeedError,
}

impl std::fmt::Display for FeedFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}, datagram {}: {}",
            self.feed, self.sequence, self.error
        )
    }
}

/// What is to be said of a feed though nothing is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedWord {
    /// The feed's name.
    pub feed: String,
    /// The sequencer's number of the datagram that gave cause.
    pub sequence: u64,
    /// What.
    pub notice: FeedNotice,
}

impl std::fmt::Display for FeedWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}, datagram {}: {}",
            self.feed, self.sequence, self.notice
        )
    }
}

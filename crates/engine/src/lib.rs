//! The running pipeline. Bytes go in at the top, decisions come out at the bottom:
//!
//! ```text
//! feeds ─▶ Sequencer ─▶ log
//!              │ (numbers, logs, then hands on)
//!              ▼
//!            Core: adapters ─▶ order of time ─▶ looks ─▶ tracker ─▶ forecasts ─▶ warnings
//!              │
//!              ▼
//!          Outputs (durable store first, then outboxes), Hub (what is shown)
//! ```
//!
//! [`Core`] is pure: the same entries give the same pictures. The [`Runtime`] is where
//! threads, clocks, sockets and disks are.

mod channel;
mod core;
mod counters;
mod entry;
mod feeds;
mod hub;
mod lines;
mod outputs;
mod pace;
mod picture;
mod runtime;
mod sequencer;
pub mod site;
mod store;
mod trails;
mod udp;
mod watermark;

pub use crate::core::{Core, FeedFault, FeedWord, Head, Outcome, adapters, wire_word};
pub use counters::Counters;
pub use entry::{Entry, EntryError, Operator, Start, StartFeed};
pub use feeds::{FeedStartError, Feeds};
pub use hub::{Hub, Mode, ShownSensor, Snapshot};
pub use outputs::{Outputs, write_tracks};
pub use pace::Pacer;
pub use picture::{Picture, PictureDigest, SensorHealth, SensorState};
pub use runtime::{Message, RunOptions, Runtime, wall_clock};
pub use sequencer::{Finished, ReplayError, Sequencer};
pub use store::{Store, StoreError};
pub use trails::{TrailPoint, Trails};
pub use udp::listen as listen_udp;

//! Bytes in: captures and sockets into datagrams, and the adapters that turn
//! what they hold into reports, sector marks and signs of life.
//!
//! An adapter belongs to one feed and keeps that feed's state (its date, its Mode S
//! positions). It reads no clock: every datagram comes with its time of receipt.
//! What cannot be read is an [`FeedError`] with its place and reason, and stops
//! nothing else.

mod adapter;
mod asterix_feed;
mod capture;
mod json_feed;
mod looks;
mod modes_feed;
mod observation;
mod pcap;
mod remote_id_feed;
mod sensors;
mod time_of_day;
mod words;
mod wrapped;

pub use adapter::{Adapter, AdapterOptions, FeedError, FeedNotice};
pub use capture::{Capture, CaptureError, CaptureFormat, Frame, UnknownCapture, Wire};
pub use looks::{LookAssembler, LookReports};
pub use observation::Observation;
pub use sensors::{AsterixRole, SELF_NAMED_MAX, SensorTable};
pub use time_of_day::{Anchor, TimeOfDayClock};

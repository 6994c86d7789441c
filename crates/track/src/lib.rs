//! The tracker: a pure, deterministic step from looks and reports to tracks.

mod classify;
mod config;
mod counters;
mod system;
mod tracker;

pub use config::TrackerConfig;
pub use counters::Counters;
pub use tracker::Tracker;

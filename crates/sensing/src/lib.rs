//! What a sensor can see and how it errs.
//!
//! | module | says |
//! |---|---|
//! | `detection` | with what probability a radar reports a target (Swerling 1), and how far its horizon is |
//! | `coverage` | whether a look reached a position, and with what probability it reports a thing there |
//! | `hearing` | with what probability a node hears an engine, in what wind |
//! | `clutter_map` | where false reports persist |
//! | `class` | how well a speed, a radar cross-section, a height or a sound fits each class |
//!
//! No state, no clock, no input or output: every function depends on its arguments alone.

mod class;
mod clutter_map;
mod coverage;
mod detection;
mod hearing;
mod normal;

pub use class::{
    hearing_log_likelihoods, height_log_likelihoods, rcs_log_likelihoods, speed_log_likelihoods,
};
pub use clutter_map::ClutterMap;
pub use coverage::{Coverage, Envelope, probability_of_detection};
pub use detection::{radar_horizon_m, swerling1_probability};
pub use hearing::{audibility, hearing_probability, hearing_probability_of, hearing_range_m};

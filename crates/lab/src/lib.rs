//! The tracker on abstract scenarios: objects on a plane, positions measured in scans,
//! clutter. The scenes of the literature come as files ([`scenario`], [`csv`]), so that the
//! tracker's figures can be set beside published ones; large ones are made in memory.
//!
//! | module | one idea |
//! |---|---|
//! | [`scenario`] | what a scenario file says |
//! | [`csv`] | the tables of measurements and truth |
//! | [`filter`] | the filters it can be run on |
//! | [`mod@run`] | all scans of all runs, scored and timed |
//!
//! Nothing here knows any particular scenario. The library reads no clock and no file:
//! its caller does.

pub mod csv;
pub mod filter;
pub mod run;
pub mod scenario;

pub use filter::Kind;
pub use run::{Hooks, Input, Options, Outcome, run};
pub use scenario::{Scenario, ScenarioError};

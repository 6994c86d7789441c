//! The tracker: a pure, deterministic step from looks and reports to tracks.
//!
//! ```text
//! look + reports ─┬─ system tracks ── taken over as they are ─────────────┬─ fusion ─ picture
//!                 ├─ self-reports ─── claim tracks ── compared with ──┐   │
//!                 └─ measurements ─── gate, associate, miss, start ───────┘
//! ```
//!
//! | module | one idea |
//! |---|---|
//! | `chart` | the local frames that states live in |
//! | `motion`, `mover` | interacting modes: straight, turning, hovering |
//! | `measure`, `update` | what a state looks like to a sensor; the Kalman update |
//! | `clutter` | where a sensor's false reports persist |
//! | `nuisance` | false bearings that go on |
//! | `ears` | microphones without direction, and what their words are weighed against |
//! | `people` | people who report what they see, and how far each is believed |
//! | `sources` | what may be heard of things that no track follows |
//! | `smooth` | where a track was, in the light of what came later |
//! | `mixture` | a Poisson multi-Bernoulli mixture over clusters, of any state |
//! | `assign` | the best assignment over a sparse graph |
//! | `target`, `existence` | one thing under one hypothesis; what time does to its existence |
//! | `plot`, `looking` | a report, and a look, in the terms of the mixture |
//! | `undetected` | where things may be that nothing has detected yet |
//! | `measured` | the tracks from measurements, and what a look does to them |
//! | `clock` | which looks belong to the present |
//! | `claimed`, `system` | self-reports; other trackers' tracks |
//! | `fusion` | own and other trackers' tracks of one object shown as one |
//! | `registration` | the sensors' constant errors |
//! | `classify` | what a track may be |
//! | `mixture` | the Poisson multi-Bernoulli mixture over clusters, of any state |
//! | [`planar`] | the mixture in the world of the literature's scenarios |
//!
//! The interface is [`Tracker`]: [`Tracker::step`] takes a look and its reports,
//! [`Tracker::picture`] gives the tracks at an instant. Equal calls give equal bits:
//! there is no clock, no randomness, and nothing iterates in an order of memory.

mod assign;
mod chart;
mod claimed;
mod classify;
mod clock;
mod clutter;
mod config;
mod counters;
mod ears;
mod existence;
mod foresight;
mod fusion;
mod hearing;
mod height;
mod looking;
mod measure;
mod measured;
mod mixture;
mod motion;
mod mover;
mod nuisance;
mod people;
pub mod planar;
mod plot;
mod registration;
pub mod smooth;
mod sources;
pub mod swarm;
mod system;
mod target;
mod told;
mod tracker;
mod undetected;
mod update;
mod whereabouts;

pub use config::TrackerConfig;
pub use counters::Counters;
pub use registration::{Bias, RegistrationConfig, RegistrationMode, SensorRegistration};
pub use tracker::Tracker;

//! Registration: the constant errors of each sensor, estimated while it works, from
//! aircraft that say truly where they are and from tracks that other sensors hold.
//!
//! A sensor that is turned by 0.3° puts a thing at 40 km two hundred metres aside, and
//! two such sensors see two things where there is one. The model and the method are
//! those of Dela Cruz, Alouani, Rice and Blair (1992) and Bar-Shalom, Li and
//! Kirubarajan (2001, §8), with a robust start in place of a first guess:
//!
//! | file | one idea |
//! |---|---|
//! | `references` | whose place is known |
//! | `trail` | where a reference was in the last minute |
//! | `robust` | reweighted least squares with a ridge |
//! | `estimator` | one radar's errors: start window, random walk, gate, false references |
//! | `geometry` | θ in range and azimuth, forwards and backwards |
//! | `radar` | which plot is of which reference |
//! | `pair`, `common` | two radars that see the same things |
//! | `heard` | what a bearing would be of a reference, and whether that is heard |
//! | `orientation` | one array's or direction finder's orientation |
//! | `listener` | its bearings against all that it may hear |
//! | `applied`, `register` | what takes effect when, and what is shown |
//! | `config` | what a site may set |
//!
//! `docs/registration.md` has the equations and the measured figures.

// rows and columns of small matrices are numbers here
#![allow(clippy::needless_range_loop)]

mod applied;
mod common;
mod config;
mod estimator;
mod geometry;
mod heard;
mod listener;
mod orientation;
#[cfg(test)]
mod orientation_tests;
mod pair;
mod radar;
mod references;
mod register;
mod robust;
#[cfg(test)]
mod tests;
mod trail;

pub use config::{RegistrationConfig, RegistrationMode};
pub(crate) use estimator::Estimate;
pub(crate) use listener::Weather;
pub(crate) use register::Registration;
pub use register::{Bias, SensorRegistration};

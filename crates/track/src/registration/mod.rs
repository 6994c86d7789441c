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
//! | `robust` | reweighted least squares with a ridge |
//! | `estimator` | one sensor: start window, random walk, gate, false references |
//! | `geometry` | θ in range and azimuth, forwards and backwards |
//! | `pair` | two radars that see the same things |
//! | `register` | who is compared with what, and what takes effect when |
//! | `config` | what a site may set |
//!
//! `docs/registration.md` has the equations and the measured figures.

// rows and columns of small matrices are numbers here
#![allow(clippy::needless_range_loop)]

mod config;
mod estimator;
mod geometry;
mod pair;
mod register;
mod robust;
#[cfg(test)]
mod tests;

pub use config::{RegistrationConfig, RegistrationMode};
pub(crate) use estimator::Estimate;
pub(crate) use register::Registration;
pub use register::{Bias, SensorRegistration};

//! Which place a track may reach, when, and how sure that is.
//!
//! A track's position and velocity are Gaussian; between now and the horizon it
//! flies on with white-noise acceleration. What is wanted is the distribution of
//! the *first* time it comes within a place's radius. This crate takes the
//! expected rate of entries through the place's boundary (Rice 1945, *Mathematical
//! analysis of random noise*, §3.3, generalised to surfaces by Belyaev 1968):
//!
//! ```text
//! f(t) = ∮ p_t(x) · E[(n·v)⁺ | x, t] ds          n inward, over the circle
//! P(within H) = P(inside now) + ∫₀ᴴ f(t) dt
//! ```
//!
//! A straight line enters a disc at most once, so without manoeuvres the formula
//! is exact at every speed, hovering included; manoeuvres add the entries of those
//! that come back, which count as new (bounded by 1). The plain cone formula with
//! the time of closest approach is the limit of a fast track; here no division by
//! the speed is needed, and the same integral gives the arrival time.
//!
//! # Limits
//! - Heights are ignored: a place is a cylinder without a roof.
//! - A polygon is taken as the disc that covers it, which errs towards warning.
//! - Manoeuvres are isotropic white-noise acceleration; waypoints and known
//!   destinations are not modelled.
//! - `tests/monte_carlo.rs` measures the error against simulated flights.

mod arrival;
mod combine;
mod entry;
mod forecaster;
mod planar;

pub use combine::place_probability;
pub use forecaster::{ForecastConfig, Forecaster};

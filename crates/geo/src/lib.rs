//! Where things are: geodetic positions, Earth-fixed and local frames, heights
//! with their datum, and areas on the ground.
//!
//! Every conversion between geodetic and Earth-fixed coordinates is done by
//! [`sguaba`], every distance along the ellipsoid by [`geographiclib_rs`], every
//! polygon predicate by [`geo`]. What this crate adds is the *choice* of frames
//! and its error budget.
//!
//! # The frames
//!
//! | frame | axes | used for |
//! |---|---|---|
//! | [`Geodetic`] | latitude, longitude, ellipsoidal height; WGS 84 | everything that leaves a crate |
//! | [`Ecef`] | Earth-centred, Earth-fixed, m | the hub between local frames |
//! | [`LocalFrame`] | east, north, up of the tangent plane at an origin, m | the tracker's charts, a sensor's own view |
//!
//! # The error budget
//!
//! A local frame is a *rigid* transform of the Earth-fixed frame: there is no
//! projection, so neither lengths nor angles are distorted, at any distance from
//! the origin. What remains is
//!
//! | source | size |
//! |---|---|
//! | rounding, geodetic to local and back, 1,000 km from the origin | < 1e-6 m (`tests/frames.rs`) |
//! | rounding of a single-precision coordinate 64 km from a chart's origin | 4 mm |
//! | a level path bends away from a tangent plane: v²/R | 0.01 m/s² at 250 m/s, below the process noise of every motion model |
//! | velocity, after rotation into the axes at the object itself | < 1e-9 relative |
//!
//! The theatre test holds 1,000 × 1,000 km to 1 m and 0.1 %; the frames do better by
//! six orders of magnitude because nothing in them approximates.

mod area;
mod frame;
mod geodetic;
mod height;

pub use area::{Area, AreaError, Polygon};
pub use frame::{Ecef, LocalFrame};
pub use geodetic::{
    Geodetic, PositionError, destination, distance_m, initial_azimuth_rad, wrap_pi, wrap_two_pi,
};
pub use height::{Height, HeightDatum, VerticalReference};

//! Positions on WGS 84 and distances along its ellipsoid.

use geographiclib_rs::{DirectGeodesic, Geodesic, InverseGeodesic};
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};
use std::sync::LazyLock;
use thiserror::Error;

static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);

/// A position on WGS 84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geodetic {
    /// Geodetic latitude, degrees north.
    pub lat_deg: f64,
    /// Longitude, degrees east.
    pub lon_deg: f64,
    /// Height above the WGS 84 ellipsoid, m.
    pub height_m: f64,
}

/// Why a pair of numbers is not a position.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum PositionError {
    /// Latitude outside ±90° or not a number.
    #[error("latitude {0} is not between -90 and 90 degrees")]
    Latitude(f64),
    /// Longitude outside ±180° or not a number.
    #[error("longitude {0} is not between -180 and 180 degrees")]
    Longitude(f64),
    /// Height not finite or far outside the atmosphere.
    #[error("height {0} m is not between -1000 and 100000 m")]
    Height(f64),
}

impl Geodetic {
    /// A position from degrees and metres, unchecked.
    #[must_use]
    pub const fn new(lat_deg: f64, lon_deg: f64, height_m: f64) -> Self {
        Self {
            lat_deg,
            lon_deg,
            height_m,
        }
    }

    /// The same position if it is one: bytes from outside go through here.
    ///
    /// # Errors
    /// A latitude outside ±90°, a longitude outside ±180°, a height outside −1 to 100 km,
    /// or any of them not a number.
    pub fn checked(self) -> Result<Self, PositionError> {
        if !(-90.0..=90.0).contains(&self.lat_deg) {
            return Err(PositionError::Latitude(self.lat_deg));
        }
        if !(-180.0..=180.0).contains(&self.lon_deg) {
            return Err(PositionError::Longitude(self.lon_deg));
        }
        if !(-1_000.0..=100_000.0).contains(&self.height_m) {
            return Err(PositionError::Height(self.height_m));
        }
        Ok(self)
    }
}

/// Distance between two positions along the ellipsoid, m; heights are ignored
/// (Karney 2013, Algorithms for geodesics).
#[must_use]
pub fn distance_m(a: Geodetic, b: Geodetic) -> f64 {
    WGS84.inverse(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg)
}

/// Azimuth of the geodesic from `a` to `b` at `a`, radians clockwise from true
/// north, in [0, 2π).
#[must_use]
pub fn initial_azimuth_rad(a: Geodetic, b: Geodetic) -> f64 {
    let (azimuth_deg, _, _): (f64, f64, f64) =
        WGS84.inverse(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg);
    wrap_two_pi(azimuth_deg.to_radians())
}

/// The position `range_m` from `from` along the geodesic that starts at
/// `azimuth_rad` (clockwise from true north), at the height of `from`.
#[must_use]
pub fn destination(from: Geodetic, azimuth_rad: f64, range_m: f64) -> Geodetic {
    let (lat_deg, lon_deg): (f64, f64) = WGS84.direct(
        from.lat_deg,
        from.lon_deg,
        azimuth_rad.to_degrees(),
        range_m,
    );
    Geodetic::new(lat_deg, lon_deg, from.height_m)
}

/// The angle in (−π, π] that differs from `angle_rad` by whole turns.
#[must_use]
pub fn wrap_pi(angle_rad: f64) -> f64 {
    let wrapped = angle_rad.rem_euclid(TAU);
    if wrapped > PI { wrapped - TAU } else { wrapped }
}

/// The angle in [0, 2π) that differs from `angle_rad` by whole turns.
#[must_use]
pub fn wrap_two_pi(angle_rad: f64) -> f64 {
    let wrapped = angle_rad.rem_euclid(TAU);
    // rem_euclid of a tiny negative number rounds up to a whole turn
    if wrapped >= TAU { 0.0 } else { wrapped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_at_the_equator_is_110_574_m() {
        let d = distance_m(Geodetic::new(0.0, 0.0, 0.0), Geodetic::new(1.0, 0.0, 0.0));
        assert!((d - 110_574.389).abs() < 0.001, "{d}");
    }

    #[test]
    fn wrapping_is_a_whole_turn() {
        for (angle, pi, two_pi) in [
            (0.0, 0.0, 0.0),
            (PI, PI, PI),
            (-PI, PI, PI),
            (1.5 * PI, -0.5 * PI, 1.5 * PI),
            (-1e-18, 0.0, 0.0),
        ] {
            assert!((wrap_pi(angle) - pi).abs() < 1e-12, "wrap_pi({angle})");
            assert!(
                (wrap_two_pi(angle) - two_pi).abs() < 1e-12,
                "wrap_two_pi({angle})"
            );
        }
    }

    #[test]
    fn positions_from_outside_are_checked() {
        assert!(Geodetic::new(91.0, 0.0, 0.0).checked().is_err());
        assert!(Geodetic::new(0.0, f64::NAN, 0.0).checked().is_err());
        assert!(Geodetic::new(0.0, 0.0, f64::INFINITY).checked().is_err());
        assert!(Geodetic::new(-90.0, 180.0, 0.0).checked().is_ok());
    }
}

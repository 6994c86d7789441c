//! The plane in which traffic is planned, and what it means on the Earth.
//!
//! Routes are drawn as east and north of the island's centre plus a height. A
//! planned point is *defined* as the point of the centre's tangent frame with
//! that east and north, lowered by the Earth's curvature so that its height
//! above the ellipsoid is the planned one (to 0.5 m within 150 km). From
//! there on everything is rigid: truth and every sensor see the same point in
//! space, and speeds along the plan differ from true ground speed by less than
//! 3 parts in 10,000 within 150 km.

use lapwing_geo::{Geodetic, LocalFrame};
use nalgebra::Vector3;

/// WGS 84: semi-major axis, m, and first eccentricity squared.
const SEMI_MAJOR_M: f64 = 6_378_137.0;
const ECCENTRICITY_2: f64 = 6.694_379_990_141_317e-3;

/// A point in space and its velocity, in the tangent frame at the centre, m and m/s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// East, north, up of the tangent frame.
    pub position_m: Vector3<f64>,
    /// Rates of the same.
    pub velocity_mps: Vector3<f64>,
}

/// The planning plane about a centre.
#[derive(Clone, Debug)]
pub struct Chart {
    frame: LocalFrame,
    /// Curvature of the ellipsoid along north (meridian) and east (prime vertical), 1/m.
    curvature: (f64, f64),
}

impl Chart {
    /// The plane about a centre on the ellipsoid.
    #[must_use]
    pub fn new(lat_deg: f64, lon_deg: f64) -> Self {
        let w2 = 1.0 - ECCENTRICITY_2 * lat_deg.to_radians().sin().powi(2);
        let prime_vertical_m = SEMI_MAJOR_M / w2.sqrt();
        let meridian_m = prime_vertical_m * (1.0 - ECCENTRICITY_2) / w2;
        Self {
            frame: LocalFrame::new(Geodetic::new(lat_deg, lon_deg, 0.0)),
            curvature: (1.0 / meridian_m, 1.0 / prime_vertical_m),
        }
    }

    /// The tangent frame at the centre.
    #[must_use]
    pub const fn frame(&self) -> &LocalFrame {
        &self.frame
    }

    /// The point in space of a planned point.
    #[must_use]
    pub fn point(&self, east_m: f64, north_m: f64, height_m: f64) -> Vector3<f64> {
        let (k_north, k_east) = self.curvature;
        let bend = k_east * east_m * east_m + k_north * north_m * north_m;
        let k = 0.5 * (k_north + k_east);
        let drop_m = 0.5 * bend + 0.125 * k * bend * bend;
        Vector3::new(east_m, north_m, height_m - drop_m)
    }

    /// The state of a planned point moving with planned rates.
    #[must_use]
    pub fn state(
        &self,
        (east_m, north_m, height_m): (f64, f64, f64),
        (east_mps, north_mps, climb_mps): (f64, f64, f64),
    ) -> State {
        let (k_north, k_east) = self.curvature;
        let bend = k_east * east_m * east_m + k_north * north_m * north_m;
        let bend_rate = 2.0 * (k_east * east_m * east_mps + k_north * north_m * north_mps);
        let k = 0.5 * (k_north + k_east);
        let drop_rate = 0.5 * bend_rate + 0.25 * k * bend * bend_rate;
        State {
            position_m: self.point(east_m, north_m, height_m),
            velocity_mps: Vector3::new(east_mps, north_mps, climb_mps - drop_rate),
        }
    }

    /// Position of a point in space, height above the ellipsoid.
    #[must_use]
    pub fn geodetic(&self, position_m: Vector3<f64>) -> Geodetic {
        self.frame.to_geodetic(position_m)
    }

    /// East and north of a position on the ground, m.
    #[must_use]
    pub fn plan(&self, lat_deg: f64, lon_deg: f64) -> (f64, f64) {
        let p = self.frame.to_enu(Geodetic::new(lat_deg, lon_deg, 0.0));
        (p.x, p.y)
    }

    /// Velocity in the east-north-up axes at the point itself, m/s.
    #[must_use]
    pub fn local_velocity(&self, state: &State) -> Vector3<f64> {
        let at = self.geodetic(state.position_m);
        self.frame.rotation_to_axes_at(at) * state.velocity_mps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planned_height_is_the_height_above_the_ellipsoid() {
        let chart = Chart::new(46.5, -30.0);
        for (east, north, height) in [
            (0.0, 0.0, 120.0),
            (60e3, 0.0, 120.0),
            (-40e3, 90e3, 400.0),
            (100e3, 100e3, 9_000.0),
        ] {
            let g = chart.geodetic(chart.point(east, north, height));
            // 9 km up, 141 km out, the vertical itself is 0.02 rad off the frame's up
            let allowed = 0.5 + height * 0.000_3;
            assert!(
                (g.height_m - height).abs() < allowed,
                "{east} {north}: {}",
                g.height_m
            );
        }
    }

    #[test]
    fn level_flight_is_level_and_as_fast_as_planned() {
        let chart = Chart::new(46.5, -30.0);
        for (east, north) in [(0.0, 0.0), (70e3, -50e3), (-100e3, 90e3)] {
            let s = chart.state((east, north, 200.0), (30.0, -40.0, 0.0));
            let v = chart.local_velocity(&s);
            assert!(v.z.abs() < 0.01, "{v}");
            assert!((v.xy().norm() - 50.0).abs() < 0.015, "{v}");
        }
    }

    #[test]
    fn velocity_is_the_derivative_of_position() {
        let chart = Chart::new(46.5, -30.0);
        let at = |t: f64| chart.point(50e3 + 30.0 * t, 20e3 - 40.0 * t, 300.0 + 2.0 * t);
        let numeric = (at(0.5) - at(-0.5)) / 1.0;
        let s = chart.state((50e3, 20e3, 300.0), (30.0, -40.0, 2.0));
        assert!((s.velocity_mps - numeric).norm() < 1e-6);
    }
}

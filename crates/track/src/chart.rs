//! Charts: the local frames that tracks live in.
//!
//! A chart is the east-north-up frame at a point of a half-degree grid, so tracks of
//! one region share it and the choice depends on the position alone. A track moves
//! to the chart nearest to it when it is more than 50 km from its own: a rigid
//! transform, so nothing is lost, and coordinates stay small enough for single
//! precision (4 mm at 64 km).
//!
//! A level path is not straight in a rigid frame: it follows the ellipsoid, bending
//! down by v²/R. Along a geodesic the acceleration is κ|v|² towards the inside along
//! the normal, κ the normal curvature in the direction of flight (Euler's formula;
//! do Carmo 1976, §3-2), with the radii of curvature of the meridian and the prime
//! vertical (Torge and Müller 2012, §4.1.2). Predictions carry that acceleration.

use lapwing_geo::{Ecef, Geodetic, LocalFrame};
use nalgebra::{Matrix3, Vector3};

/// Distance from its chart's origin at which a track changes chart, m.
const CHANGE_M: f64 = 50_000.0;
/// Spacing of the grid of origins, degrees.
const GRID_DEG: f64 = 0.5;
/// WGS 84: semi-major axis, m, and first eccentricity squared.
const SEMI_MAJOR_M: f64 = 6_378_137.0;
const ECCENTRICITY_2: f64 = 6.694_379_990_141_3e-3;

/// A local frame on the grid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chart {
    frame: LocalFrame,
    lat_rad: f64,
    /// Radii of curvature at the origin: of the meridian and the prime vertical, m.
    radii_m: (f64, f64),
    /// Tangent of the latitude, not beyond 20: the convergence of meridians.
    tan_lat: f64,
}

impl Chart {
    /// The chart whose origin is nearest to `position` on the grid.
    pub(crate) fn near(position: Geodetic) -> Self {
        let snap = |deg: f64| (deg / GRID_DEG).round() * GRID_DEG;
        let lat_deg = snap(position.lat_deg);
        let lat_rad = lat_deg.to_radians();
        Self {
            frame: LocalFrame::new(Geodetic::new(lat_deg, snap(position.lon_deg), 0.0)),
            lat_rad,
            radii_m: Self::radii_m(lat_rad),
            tan_lat: lat_rad.tan().clamp(-20.0, 20.0),
        }
    }

    pub(crate) const fn frame(&self) -> &LocalFrame {
        &self.frame
    }

    /// Whether a track at `p` should stay in this chart.
    pub(crate) fn holds(&self, p: &Vector3<f64>) -> bool {
        p.x.hypot(p.y) <= CHANGE_M
    }

    /// The rigid transform of this chart into `frame`.
    pub(crate) fn into_frame(self, frame: &LocalFrame) -> (Matrix3<f64>, Vector3<f64>) {
        self.frame.transform_to(frame)
    }

    pub(crate) fn ecef(&self, p: &Vector3<f64>) -> Vector3<f64> {
        let Ecef(ecef) = self.frame.to_ecef(*p);
        ecef
    }

    /// The vector `v` of this chart in Earth-fixed axes.
    pub(crate) fn ecef_vector(&self, v: &Vector3<f64>) -> Vector3<f64> {
        self.ecef(v) - self.ecef(&Vector3::zeros())
    }

    /// Radii of curvature of the meridian and the prime vertical at latitude φ, m.
    fn radii_m(lat_rad: f64) -> (f64, f64) {
        let s = lat_rad.sin();
        let w2 = 1.0 - ECCENTRICITY_2 * s * s;
        let prime_vertical_m = SEMI_MAJOR_M / w2.sqrt();
        (
            prime_vertical_m * (1.0 - ECCENTRICITY_2) / w2,
            prime_vertical_m,
        )
    }

    /// Unit vector up (the ellipsoid's normal) at `p`, to 1e-6 rad within 70 km.
    pub(crate) fn up(&self, p: &Vector3<f64>) -> Vector3<f64> {
        let (meridian_m, prime_vertical_m) = self.radii_m;
        Vector3::new(
            p.x / (prime_vertical_m + p.z),
            p.y / (meridian_m + p.z),
            1.0,
        )
        .normalize()
    }

    /// Height above the ellipsoid at `p`, to a decimetre within 70 km.
    pub(crate) fn height_m(&self, p: &Vector3<f64>) -> f64 {
        let (meridian_m, prime_vertical_m) = self.radii_m;
        let drop = p.x * p.x / prime_vertical_m + p.y * p.y / meridian_m;
        // the circle's sagitta: (R+z)² + d² = (R+h)²
        let radius_m = 0.5 * (meridian_m + prime_vertical_m);
        let square = (radius_m + p.z).powi(2) + drop * radius_m;
        square.max(0.0).sqrt() - radius_m
    }

    /// Acceleration of level (or steadily climbing) flight at `p` with velocity `v`.
    pub(crate) fn level_acceleration(&self, p: &Vector3<f64>, v: &Vector3<f64>) -> Vector3<f64> {
        let (meridian_0_m, prime_vertical_0_m) = self.radii_m;
        let (meridian_m, prime_vertical_m) = Self::radii_m(self.lat_rad + p.y / meridian_0_m);
        let up = self.up(p);
        let climb = v.dot(&up);
        let level = v - up * climb;
        let speed_2 = level.norm_squared();
        if speed_2.is_nan() || speed_2 <= 0.0 {
            return Vector3::zeros();
        }
        // axes at p are turned against the chart's by the convergence of meridians
        let convergence = p.x / prime_vertical_0_m * self.tan_lat;
        let north_2 = (v.y - convergence * v.x).powi(2) / speed_2;
        let north_2 = north_2.clamp(0.0, 1.0);
        let height_m = self.height_m(p);
        let curvature =
            north_2 / (meridian_m + height_m) + (1.0 - north_2) / (prime_vertical_m + height_m);
        (level * climb - up * speed_2) * curvature
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_geo::destination;

    #[test]
    fn up_and_height_agree_with_the_ellipsoid_across_a_chart() {
        for lat in [-70.0, 0.0, 47.2, 65.0] {
            let origin = Geodetic::new(lat, 10.1, 0.0);
            let chart = Chart::near(origin);
            for azimuth in [0.3_f64, 2.0, 4.4] {
                let mut truth = destination(chart.frame.origin(), azimuth, 60_000.0);
                truth.height_m = 9_000.0;
                let p = chart.frame.to_enu(truth);
                assert!(
                    (chart.height_m(&p) - 9_000.0).abs() < 0.6,
                    "{lat} {azimuth}"
                );
                let up = chart.frame.rotation_to_axes_at(truth).row(2).transpose();
                assert!((chart.up(&p) - up).norm() < 2e-6, "{lat} {azimuth}");
            }
        }
    }
}

//! Range, azimuth, elevation and range rate from a sensor.
//!
//! Polar measurements are taken in the sensor's own east-north-up frame, so slant
//! range, azimuth and elevation are exact and cross-range error grows with range by
//! itself (Bar-Shalom, Li and Kirubarajan 2001, §10.4.1, for the first state). With
//! q = (e, n, u), r = |q|, ρ² = e² + n²:
//!
//! | component | h | ∂h/∂q |
//! |---|---|---|
//! | range | r | q/r |
//! | azimuth | atan2(e, n) | (n, −e, 0)/ρ² |
//! | elevation | atan2(u, ρ) | (−eu, −nu, ρ²)/(ρ r²) |
//! | range rate | q·v/r | (v − (q·v/r) q/r)/r, and q/r by velocity |

use super::{First, Local, Setting};
use crate::TrackerConfig;
use crate::update::{AZIMUTH, RANGE, Rows};
use lapwing_geo::{LocalFrame, wrap_pi};
use lapwing_model::Measurement;
use nalgebra::{Matrix3, Vector3};

/// Radius of the Earth for a beam's height, m.
const EARTH_RADIUS_M: f64 = 6_371_000.0;

/// A position in a sensor's frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Polar {
    q: Vector3<f64>,
    pub(crate) range_m: f64,
    pub(crate) ground_m: f64,
    pub(super) line_of_sight: Vector3<f64>,
}

impl Polar {
    pub(crate) fn of(q: &Vector3<f64>) -> Self {
        // at the sensor itself the angles mean nothing: stay a metre away
        let range_m = q.norm().max(1.0);
        Self {
            q: *q,
            range_m,
            ground_m: q.x.hypot(q.y).max(1.0),
            line_of_sight: q / range_m,
        }
    }

    pub(crate) fn azimuth_rad(&self) -> f64 {
        self.q.x.atan2(self.q.y)
    }

    pub(crate) fn elevation_rad(&self) -> f64 {
        self.q.z.atan2(self.ground_m)
    }

    pub(super) fn azimuth_by_q(&self) -> Vector3<f64> {
        Vector3::new(self.q.y, -self.q.x, 0.0) / (self.ground_m * self.ground_m)
    }

    /// ∂²azimuth/∂q².
    pub(super) fn azimuth_bend(&self) -> Matrix3<f64> {
        let (e, n) = (self.q.x, self.q.y);
        let fourth = self.ground_m.powi(4);
        let (a, b) = (2.0 * e * n / fourth, (e * e - n * n) / fourth);
        Matrix3::new(-a, b, 0.0, b, a, 0.0, 0.0, 0.0, 0.0)
    }

    /// A bound on the curvature of the elevation in any direction, 1/m²: it is greatest
    /// overhead, where it grows as 1/(r ρ) (twice on the horizon's side, as 1/r²).
    pub(super) fn elevation_bend(&self) -> f64 {
        1.0 / (self.range_m * self.ground_m)
    }

    pub(super) fn elevation_by_q(&self) -> Vector3<f64> {
        let g = self.ground_m;
        Vector3::new(-self.q.x * self.q.z, -self.q.y * self.q.z, g * g)
            / (g * self.range_m * self.range_m)
    }
}

/// Everything of a polar measurement but the height beside it.
pub(super) fn rows(measurement: &Measurement, setting: &Setting, local: &Local, rows: &mut Rows) {
    let Measurement::Polar {
        range_m,
        azimuth_rad,
        elevation_rad,
        range_rate_mps,
        sigma,
        ..
    } = measurement
    else {
        return;
    };
    let polar = Polar::of(&local.position);
    let none = Vector3::zeros();
    let mut range = local.row(
        &polar.line_of_sight,
        &none,
        range_m - polar.range_m,
        sigma.range_m.max(0.1),
    );
    let rate = polar.line_of_sight.dot(&local.velocity);
    setting.range_error(&mut range, sigma.range_m, rate);
    rows.push(range);
    let mut azimuth = local.row(
        &polar.azimuth_by_q(),
        &none,
        wrap_pi(azimuth_rad - polar.azimuth_rad()),
        sigma.azimuth_rad.max(1e-5),
    );
    let rate = polar.azimuth_by_q().dot(&local.velocity);
    setting.azimuth_error(&mut azimuth, sigma.azimuth_rad, rate);
    rows.push(azimuth);
    if let Some(elevation_rad) = elevation_rad {
        rows.push(local.row(
            &polar.elevation_by_q(),
            &none,
            wrap_pi(elevation_rad - polar.elevation_rad()),
            sigma.elevation_rad.max(1e-5),
        ));
    }
    if let Some(rate) = range_rate_mps {
        let los = polar.line_of_sight;
        let predicted = los.dot(&local.velocity);
        rows.push(local.row(
            &((local.velocity - los * predicted) / polar.range_m),
            &los,
            rate - predicted,
            sigma.range_rate_mps.max(0.01),
        ));
    }
}

/// Where a plot puts what it saw first.
pub(super) fn first(
    measurement: &Measurement,
    setting: &Setting,
    frame: &LocalFrame,
    config: &TrackerConfig,
) -> Option<First> {
    let Measurement::Polar {
        range_m,
        azimuth_rad,
        elevation_rad,
        height_m,
        sigma,
        ..
    } = measurement
    else {
        return None;
    };
    let range_sigma_m = sigma.range_m.max(0.1).hypot(setting.sigmas[RANGE]);
    let azimuth_sigma_rad = sigma.azimuth_rad.max(1e-5).hypot(setting.sigmas[AZIMUTH]);
    let (height_m, height_sigma_m) =
        height_m.unwrap_or((config.birth_height_m, config.birth_height_sigma_m));
    let (sin_el, by_up) = match elevation_rad {
        Some(elevation_rad) => (elevation_rad.sin(), None),
        None => {
            let above_m = up_at_height(frame, *range_m, height_m);
            (above_m / range_m.max(1.0), Some(height_sigma_m))
        }
    };
    // straight up the azimuth is lost: keep the linearisation away from it
    let sin_el = sin_el.clamp(-0.94, 0.94);
    let cos_el = (1.0 - sin_el * sin_el).sqrt();
    let (sin_az, cos_az) = azimuth_rad.sin_cos();
    let outward = Vector3::new(sin_az, cos_az, 0.0);
    let across = Vector3::new(cos_az, -sin_az, 0.0);
    let up = Vector3::z();
    let q = (outward * cos_el + up * sin_el) * *range_m;
    let by_range;
    let by_height;
    match by_up {
        // slant range and height given: ground range is what is left
        Some(height_sigma_m) => {
            by_range = outward * (range_sigma_m / cos_el);
            by_height = (up - outward * (sin_el / cos_el)) * height_sigma_m;
        }
        None => {
            by_range = (outward * cos_el + up * sin_el) * range_sigma_m;
            by_height =
                (up * cos_el - outward * sin_el) * (range_m * sigma.elevation_rad.max(1e-5));
        }
    }
    let by_azimuth = across * (range_m * cos_el * azimuth_sigma_rad);
    let covariance = [by_range, by_azimuth, by_height]
        .iter()
        .fold(Matrix3::zeros(), |sum, c| sum + c * c.transpose());
    Some(First {
        position: q,
        covariance,
        frame: *frame,
        velocity: [None; 3],
    })
}

/// Height above the sensor's horizontal plane, m, of a thing at `height_m` above
/// the ellipsoid and slant range `range_m`.
fn up_at_height(frame: &LocalFrame, range_m: f64, height_m: f64) -> f64 {
    let antenna_m = frame.origin().height_m;
    // law of cosines in the triangle of Earth's centre, antenna and target
    let (a, b) = (EARTH_RADIUS_M + antenna_m, EARTH_RADIUS_M + height_m);
    (b * b - a * a - range_m * range_m) / (2.0 * a)
}

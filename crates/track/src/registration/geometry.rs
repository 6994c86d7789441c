//! What a reference looks like to a sensor, and what a correction does to a
//! measurement: the two places where θ meets range and azimuth.
//!
//! With q = (e, n, u) the reference in the sensor's frame at the stated time, v its
//! velocity, r = |q|, ρ² = e² + n²: ṙ = q·v/r and ȧz = (n ve − e vn)/ρ². A sensor that
//! stands δ from where it is said to sees q − δ. A correction is the same to first
//! order, backwards: δ and Δt are small against range and path.

use super::estimator::{Estimate, PARAMETERS};
use super::robust::{Observation, Row};
use lapwing_geo::{Ecef, Geodetic, LocalFrame, wrap_pi, wrap_two_pi};
use lapwing_model::{Measurement, Report, Timestamp, Track};
use nalgebra::{Matrix3, Vector3};

/// Nearer than this (on the ground) an azimuth says little and a parallax much, m.
const GROUND_MIN_M: f64 = 1_000.0;
/// Higher than this over the sensor, slant range is mostly height: sine of elevation.
const SIN_ELEVATION_MAX: f64 = 0.5;

/// Something whose place is known without the sensor that is registered.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    /// Tells references apart: a track's number.
    pub(crate) key: u64,
    /// The address that it claims.
    pub(crate) icao24: Option<u32>,
    pub(crate) time: Timestamp,
    position: Geodetic,
    at: Vector3<f64>,
    velocity: Vector3<f64>,
    /// Of position, in the axes at `position`, m².
    covariance: Matrix3<f64>,
    /// Variance of each horizontal axis of velocity, (m/s)².
    velocity_variance: f64,
}

impl Reference {
    /// A track as a reference; `stated_sigma_m` is an error of its own that no averaging removes.
    pub(crate) fn new(track: &Track, icao24: Option<u32>, stated_sigma_m: f64) -> Option<Self> {
        let position = track.position.checked().ok()?;
        let axes = LocalFrame::new(position);
        let at = Ecef::from(position).0;
        let v = Vector3::from(track.velocity_mps);
        let velocity = axes.to_ecef(v).0 - at;
        let c = &track.covariance;
        let mut covariance = Matrix3::from_fn(|i, j| c[i][j]);
        for axis in 0..2 {
            covariance[(axis, axis)] += stated_sigma_m * stated_sigma_m;
        }
        let finite = covariance.iter().chain(&velocity).all(|v| v.is_finite());
        finite.then_some(Self {
            key: track.id.counter,
            icao24,
            time: track.time,
            position,
            at,
            velocity,
            covariance,
            velocity_variance: 0.5 * (c[3][3] + c[4][4]).max(0.0),
        })
    }

    /// Position, velocity and position's covariance in a sensor's frame, `dt_s` after its time.
    pub(crate) fn seen(
        &self,
        frame: &LocalFrame,
        dt_s: f64,
    ) -> (Vector3<f64>, Vector3<f64>, Matrix3<f64>) {
        let q = frame.from_ecef(Ecef(self.at + self.velocity * dt_s));
        let v = frame.from_ecef(Ecef(self.at + self.velocity)) - frame.from_ecef(Ecef(self.at));
        let turn = frame.rotation_to_axes_at(self.position).transpose();
        let moved = Matrix3::identity() * (self.velocity_variance * dt_s * dt_s);
        (q, v, turn * self.covariance * turn.transpose() + moved)
    }

    /// Its speed, m/s.
    pub(crate) fn speed_mps(&self) -> f64 {
        self.velocity.norm()
    }

    /// Earth-fixed distance from a place, m.
    pub(crate) fn distance_m(&self, frame: &LocalFrame) -> f64 {
        frame.from_ecef(Ecef(self.at)).norm()
    }
}

/// How errors in a row depend on one another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inflation {
    pub(crate) sensor: f64,
    pub(crate) reference: f64,
}

/// A place as a sensor sees it, with its derivatives.
pub(crate) struct Seen {
    pub(crate) range_m: f64,
    pub(crate) azimuth_rad: f64,
    rate_mps: f64,
    azimuth_rate: f64,
    pub(crate) by_range: Vector3<f64>,
    pub(crate) by_azimuth: Vector3<f64>,
}

impl Seen {
    pub(crate) fn of(q: &Vector3<f64>, v: &Vector3<f64>) -> Option<Self> {
        let (range_m, ground_2) = (q.norm(), q.x * q.x + q.y * q.y);
        if !range_m.is_finite() || ground_2 < GROUND_MIN_M * GROUND_MIN_M {
            return None;
        }
        let by_range = q / range_m;
        let by_azimuth = Vector3::new(q.y, -q.x, 0.0) / ground_2;
        Some(Self {
            range_m,
            azimuth_rad: q.x.atan2(q.y),
            rate_mps: by_range.dot(v),
            azimuth_rate: by_azimuth.dot(v),
            by_range,
            by_azimuth,
        })
    }

    pub(crate) fn range_row(&self) -> [f64; PARAMETERS] {
        let d = &self.by_range;
        [1.0, self.range_m, 0.0, self.rate_mps, -d.x, -d.y]
    }

    pub(crate) fn azimuth_row(&self) -> [f64; PARAMETERS] {
        let d = &self.by_azimuth;
        [0.0, 0.0, 1.0, self.azimuth_rate, -d.x, -d.y]
    }
}

/// A plot of a radar against a reference; `None` where the two say nothing of θ.
pub(crate) fn observe(
    report: &Report,
    frame: &LocalFrame,
    reference: &Reference,
    inflation: Inflation,
) -> Option<Observation<PARAMETERS>> {
    let dt_s = report.time.seconds_since(reference.time);
    let (q, v, covariance) = reference.seen(frame, dt_s);
    let seen = Seen::of(&q, &v)?;
    let spread = |d: &Vector3<f64>| (d.transpose() * covariance * d)[0].max(0.0);
    let row = |h, residual, sigma: f64, reference_variance| Row {
        h,
        residual,
        sensor_variance: sigma * sigma,
        reference_variance,
        sensor_inflation: inflation.sensor,
        reference_inflation: inflation.reference,
    };
    let azimuth = |measured: f64, sigma: f64| {
        row(
            seen.azimuth_row(),
            wrap_pi(measured - seen.azimuth_rad),
            sigma.max(1e-5),
            spread(&seen.by_azimuth),
        )
    };
    let rows = match &report.measurement {
        Measurement::Polar {
            range_m,
            azimuth_rad,
            sigma,
            ..
        } => {
            if q.z.abs() > SIN_ELEVATION_MAX * seen.range_m {
                return None;
            }
            let range = row(
                seen.range_row(),
                range_m - seen.range_m,
                sigma.range_m.max(0.1),
                spread(&seen.by_range),
            );
            [Some(range), Some(azimuth(*azimuth_rad, sigma.azimuth_rad))]
        }
        _ => return None,
    };
    let observation = Observation {
        rows,
        reference: reference.key,
    };
    observation.is_usable().then_some(observation)
}

impl Estimate {
    /// Standard deviations of what a correction leaves of the errors of range (m), azimuth (rad)
    /// and time (s) of a measurement: hᵀ P h of each.
    pub(crate) fn left(&self, measurement: &Measurement) -> [f64; 3] {
        let spread = |h: &[f64; PARAMETERS]| -> f64 {
            let rows = h.iter().zip(&self.covariance);
            rows.map(|(a, row)| a * row.iter().zip(h).map(|(p, b)| p * b).sum::<f64>())
                .sum::<f64>()
                .max(0.0)
                .sqrt()
        };
        match measurement {
            Measurement::Polar {
                range_m,
                azimuth_rad,
                ..
            } => {
                let (sin, cos) = azimuth_rad.sin_cos();
                let range_m = range_m.max(1.0);
                [
                    spread(&[1.0, range_m, 0.0, 0.0, -sin, -cos]),
                    spread(&[0.0, 0.0, 1.0, 0.0, -cos / range_m, sin / range_m]),
                    spread(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
                ]
            }
            _ => [0.0, spread(&[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), 0.0],
        }
    }
}

/// Takes the estimated errors off a report. What is uncertain of them is not noise: it is the
/// same in every report, and for who uses them to consider ([`Estimate::left`]).
pub(crate) fn correct(report: &mut Report, estimate: &Estimate) {
    let [range_bias_m, scale, azimuth_bias, time_s, east_m, north_m] = estimate.theta;
    let corrected_time = report.time.plus_seconds(time_s);
    match &mut report.measurement {
        Measurement::Polar {
            range_m,
            azimuth_rad,
            ..
        } => {
            let (sin, cos) = (*azimuth_rad - azimuth_bias).sin_cos();
            let along_m = sin * east_m + cos * north_m;
            let corrected_m = (*range_m - range_bias_m) / (1.0 + scale) + along_m;
            if corrected_m.is_nan() || corrected_m <= 0.0 {
                return;
            }
            let across_m = cos * east_m - sin * north_m;
            *range_m = corrected_m;
            *azimuth_rad = wrap_two_pi(*azimuth_rad - azimuth_bias + across_m / corrected_m);
        }
        Measurement::Bearing { azimuth_rad, .. } => {
            *azimuth_rad = wrap_two_pi(*azimuth_rad - azimuth_bias);
        }
        _ => return,
    }
    report.time = corrected_time;
}

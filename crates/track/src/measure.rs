//! Measurement models: what a state looks like to a sensor, linearised, and what a
//! first report says of a state.
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
//!
//! A measurement of an earlier time than the state's (a late report, or sound on its way) is
//! taken on the state moved back, with the noise between added to its error
//! (the one-step approximation of Bar-Shalom 2002, algorithm C).

use crate::TrackerConfig;
use crate::chart::Chart;
use crate::motion::{Gaussian, Intensity};
use crate::update::{Row, Rows};
use lapwing_geo::{Geodetic, LocalFrame, wrap_pi};
use lapwing_model::{Measurement, SensorKind, SensorSpec};
use nalgebra::{Matrix3, Matrix6, Vector3, Vector6};

/// Speed of sound at 15 °C, m/s.
const SOUND_MPS: f64 = 340.3;
/// Radius of the Earth for a beam's height, m.
const EARTH_RADIUS_M: f64 = 6_371_000.0;

/// A measurement with the frame it is taken in: the sensor's own, or that at the
/// reported position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model<'a> {
    pub(crate) measurement: &'a Measurement,
    pub(crate) frame: LocalFrame,
    /// Whether it was heard, and so speaks of where the source was.
    pub(crate) sound: bool,
}

impl<'a> Model<'a> {
    /// The model of a measurement by a sensor; `None` where it cannot be placed.
    pub(crate) fn new(
        measurement: &'a Measurement,
        spec: &SensorSpec,
        sensor_frame: Option<&LocalFrame>,
    ) -> Option<Self> {
        let frame = match measurement {
            Measurement::Polar { .. } | Measurement::Bearing { .. } => *sensor_frame?,
            Measurement::Position { position, .. } => LocalFrame::new(*position),
            Measurement::Presence { .. } | Measurement::SystemTrack { .. } => return None,
        };
        Some(Self {
            measurement,
            frame,
            sound: spec.kind == SensorKind::AcousticArray,
        })
    }

    /// How long the sound of a source at `mean` has been on its way, s.
    pub(crate) fn delay_s(&self, chart: &Chart, mean: &Vector6<f64>) -> f64 {
        if !self.sound {
            return 0.0;
        }
        let (rotation, translation) = chart.into_frame(&self.frame);
        (rotation * mean.fixed_rows::<3>(0) + translation).norm() / SOUND_MPS
    }

    /// The measurement linearised at `mean`, whose time is `-back_s` (≥ 0) after the
    /// measurement's (`back_s` ≤ 0).
    pub(crate) fn rows(
        &self,
        chart: &Chart,
        mean: &Vector6<f64>,
        back_s: f64,
        q: Intensity,
    ) -> Rows {
        let mut rows = Rows::at(*mean);
        let v: Vector3<f64> = mean.fixed_rows::<3>(3).into_owned();
        let p: Vector3<f64> = mean.fixed_rows::<3>(0).into_owned() + v * back_s;
        let (rotation, translation) = chart.into_frame(&self.frame);
        let local = rotation * p + translation;
        let local_v = rotation * v;
        let mut add = |by_p: Vector3<f64>, by_v: Vector3<f64>, residual: f64, sigma: f64| {
            let by_p = rotation.transpose() * by_p;
            let by_v = rotation.transpose() * by_v;
            rows.push(full_row(&by_p, &by_v, residual, sigma));
        };
        match self.measurement {
            Measurement::Polar {
                range_m,
                azimuth_rad,
                elevation_rad,
                range_rate_mps,
                height_m,
                sigma,
            } => {
                let polar = Polar::of(&local);
                let none = Vector3::zeros();
                add(
                    polar.line_of_sight,
                    none,
                    range_m - polar.range_m,
                    sigma.range_m.max(0.1),
                );
                add(
                    polar.azimuth_by_q(),
                    none,
                    wrap_pi(azimuth_rad - polar.azimuth_rad()),
                    sigma.azimuth_rad.max(1e-5),
                );
                if let Some(elevation_rad) = elevation_rad {
                    add(
                        polar.elevation_by_q(),
                        none,
                        wrap_pi(elevation_rad - polar.elevation_rad()),
                        sigma.elevation_rad.max(1e-5),
                    );
                }
                if let Some(rate) = range_rate_mps {
                    let los = polar.line_of_sight;
                    let predicted = los.dot(&local_v);
                    add(
                        (local_v - los * predicted) / polar.range_m,
                        los,
                        rate - predicted,
                        sigma.range_rate_mps.max(0.01),
                    );
                }
                if let Some((height_m, height_sigma_m)) = height_m {
                    let up = chart.up(&p);
                    rows.push(full_row(
                        &up,
                        &none,
                        height_m - chart.height_m(&p),
                        height_sigma_m.max(0.5),
                    ));
                }
            }
            Measurement::Bearing {
                azimuth_rad,
                elevation_rad,
                azimuth_sigma_rad,
                elevation_sigma_rad,
            } => {
                let polar = Polar::of(&local);
                let none = Vector3::zeros();
                add(
                    polar.azimuth_by_q(),
                    none,
                    wrap_pi(azimuth_rad - polar.azimuth_rad()),
                    azimuth_sigma_rad.max(1e-4),
                );
                if let Some(elevation_rad) = elevation_rad {
                    add(
                        polar.elevation_by_q(),
                        none,
                        wrap_pi(elevation_rad - polar.elevation_rad()),
                        elevation_sigma_rad.max(1e-4),
                    );
                }
            }
            Measurement::Position {
                horizontal_sigma_m,
                height_sigma_m,
                velocity_mps,
                velocity_sigma_mps,
                ..
            } => {
                let axes = Matrix3::identity();
                let none = Vector3::zeros();
                let measured_axes = if height_sigma_m.is_some() { 3 } else { 2 };
                for axis in 0..measured_axes {
                    let sigma = match (axis, height_sigma_m) {
                        (2, Some(sigma)) => *sigma,
                        _ => *horizontal_sigma_m,
                    };
                    add(
                        axes.column(axis).into_owned(),
                        none,
                        -local[axis],
                        sigma.max(0.5),
                    );
                }
                if let Some(velocity) = velocity_mps {
                    for axis in 0..measured_axes {
                        add(
                            none,
                            axes.column(axis).into_owned(),
                            velocity[axis] - local_v[axis],
                            velocity_sigma_mps.max(0.1),
                        );
                    }
                }
            }
            Measurement::Presence { .. } | Measurement::SystemTrack { .. } => {}
        }
        if back_s != 0.0 {
            move_back(&mut rows, back_s, q);
        }
        rows
    }

    /// The state that a first report gives, in the chart nearest to it: measured
    /// where it was measured, the population's where not. Bearings give none.
    pub(crate) fn first_state(&self, config: &TrackerConfig) -> Option<(Chart, Gaussian)> {
        let (position, position_covariance, frame, velocity) = match self.measurement {
            Measurement::Polar {
                range_m,
                azimuth_rad,
                elevation_rad,
                height_m,
                sigma,
                ..
            } => {
                let (height_m, height_sigma_m) =
                    height_m.unwrap_or((config.birth_height_m, config.birth_height_sigma_m));
                let (sin_el, by_up) = match elevation_rad {
                    Some(elevation_rad) => (elevation_rad.sin(), None),
                    None => {
                        let (above, sigma) = self.up_at_height(*range_m, height_m, height_sigma_m);
                        (above / range_m.max(1.0), Some(sigma))
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
                        by_range = outward * (sigma.range_m.max(0.1) / cos_el);
                        by_height = (up - outward * (sin_el / cos_el)) * height_sigma_m;
                    }
                    None => {
                        by_range = (outward * cos_el + up * sin_el) * sigma.range_m.max(0.1);
                        by_height = (up * cos_el - outward * sin_el)
                            * (range_m * sigma.elevation_rad.max(1e-5));
                    }
                }
                let by_azimuth = across * (range_m * cos_el * sigma.azimuth_rad.max(1e-5));
                let covariance = [by_range, by_azimuth, by_height]
                    .iter()
                    .fold(Matrix3::zeros(), |sum, c| sum + c * c.transpose());
                (q, covariance, self.frame, None)
            }
            Measurement::Position {
                horizontal_sigma_m,
                height_sigma_m,
                velocity_mps,
                velocity_sigma_mps,
                position,
            } => {
                let h = horizontal_sigma_m.max(0.5).powi(2);
                let mut place = *position;
                let u = match height_sigma_m {
                    Some(sigma) => sigma.max(0.5),
                    None => {
                        place.height_m = config.birth_height_m;
                        config.birth_height_sigma_m
                    }
                };
                let covariance = Matrix3::from_diagonal(&Vector3::new(h, h, u * u));
                let velocity = velocity_mps.map(|v| (v, velocity_sigma_mps.max(0.1)));
                (
                    Vector3::zeros(),
                    covariance,
                    LocalFrame::new(place),
                    velocity,
                )
            }
            _ => return None,
        };
        let mut covariance = Matrix6::zeros();
        covariance
            .fixed_view_mut::<3, 3>(0, 0)
            .copy_from(&position_covariance);
        let mut mean = Vector6::zeros();
        mean.fixed_rows_mut::<3>(0).copy_from(&position);
        let horizontal = config.birth_speed_sigma_mps;
        let sigmas = [horizontal, horizontal, config.birth_climb_sigma_mps];
        for (axis, prior_sigma) in sigmas.into_iter().enumerate() {
            let measured = velocity.filter(|_| {
                axis < 2
                    || matches!(
                        self.measurement,
                        Measurement::Position {
                            height_sigma_m: Some(_),
                            ..
                        }
                    )
            });
            let (value, sigma) = measured.map_or((0.0, prior_sigma), |(v, s)| (v[axis], s));
            mean[3 + axis] = value;
            covariance[(3 + axis, 3 + axis)] = sigma * sigma;
        }
        let at: Geodetic = frame.to_geodetic(position);
        let chart = Chart::near(at);
        let (rotation, translation) = frame.transform_to(chart.frame());
        let mut state = Gaussian { mean, covariance }.transformed(&rotation, &translation);
        if let Measurement::Polar {
            range_rate_mps: Some(_),
            ..
        } = self.measurement
        {
            state = self.with_range_rate(&chart, &state);
        }
        state.is_finite().then_some((chart, state))
    }

    /// The first state conditioned on the range rate alone: the rest made it.
    fn with_range_rate(&self, chart: &Chart, state: &Gaussian) -> Gaussian {
        let none = Intensity {
            horizontal: 0.0,
            vertical: 0.0,
        };
        let all = self.rows(chart, &state.mean, 0.0, none);
        let mut only = Rows::at(state.mean);
        let by_velocity = |row: &&Row| row.h.fixed_rows::<3>(3).norm() > 0.0;
        for row in all.as_slice().iter().filter(by_velocity) {
            only.push(*row);
        }
        state.updated(&only).state
    }

    /// Height above the sensor's horizontal plane, m, of a thing at `height_m` above
    /// the ellipsoid and slant range `range_m`; and its standard deviation.
    fn up_at_height(&self, range_m: f64, height_m: f64, sigma_m: f64) -> (f64, f64) {
        let antenna_m = self.frame.origin().height_m;
        // law of cosines in the triangle of Earth's centre, antenna and target
        let (a, b) = (EARTH_RADIUS_M + antenna_m, EARTH_RADIUS_M + height_m);
        ((b * b - a * a - range_m * range_m) / (2.0 * a), sigma_m)
    }
}

/// A position in a sensor's frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Polar {
    q: Vector3<f64>,
    pub(crate) range_m: f64,
    pub(crate) ground_m: f64,
    line_of_sight: Vector3<f64>,
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

    fn azimuth_by_q(&self) -> Vector3<f64> {
        Vector3::new(self.q.y, -self.q.x, 0.0) / (self.ground_m * self.ground_m)
    }

    fn elevation_by_q(&self) -> Vector3<f64> {
        let g = self.ground_m;
        Vector3::new(-self.q.x * self.q.z, -self.q.y * self.q.z, g * g)
            / (g * self.range_m * self.range_m)
    }
}

fn full_row(by_p: &Vector3<f64>, by_v: &Vector3<f64>, residual: f64, sigma: f64) -> Row {
    Row {
        h: Vector6::new(by_p.x, by_p.y, by_p.z, by_v.x, by_v.y, by_v.z),
        residual,
        variance: sigma * sigma,
    }
}

/// Rows on the state moved back become rows on the state itself.
fn move_back(rows: &mut Rows, back_s: f64, q: Intensity) {
    let t = back_s.abs();
    for row in rows.as_mut_slice() {
        for axis in 0..3 {
            let (by_p, by_v) = (row.h[axis], row.h[axis + 3]);
            // the noise between, moved back: [t³/3, −t²/2; −t²/2, t]
            row.variance += q.of_axis(axis)
                * (by_p * by_p * t * t * t / 3.0 - by_p * by_v * t * t + by_v * by_v * t);
            row.h[axis + 3] += by_p * back_s;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_model::PolarSigma;

    const SIGMA: PolarSigma = PolarSigma {
        range_m: 20.0,
        azimuth_rad: 0.012,
        elevation_rad: 0.035,
        range_rate_mps: 0.5,
    };

    /// Every Jacobian against central differences, also moved back in time.
    #[test]
    fn jacobians_are_the_slopes_of_the_measurement() {
        let sensor = Geodetic::new(50.2, 4.7, 80.0);
        let frame = LocalFrame::new(sensor);
        let chart = Chart::near(Geodetic::new(50.1, 4.9, 0.0));
        let polar = Measurement::Polar {
            range_m: 9_000.0,
            azimuth_rad: 1.0,
            elevation_rad: Some(0.2),
            range_rate_mps: Some(10.0),
            height_m: Some((700.0, 50.0)),
            sigma: SIGMA,
        };
        let position = Measurement::Position {
            position: Geodetic::new(50.21, 4.6, 300.0),
            horizontal_sigma_m: 10.0,
            height_sigma_m: Some(20.0),
            velocity_mps: Some([10.0, 20.0, 1.0]),
            velocity_sigma_mps: 2.0,
        };
        let mean = Vector6::new(3_000.0, 26_000.0, 900.0, 40.0, -30.0, 2.0);
        let none = Intensity {
            horizontal: 0.0,
            vertical: 0.0,
        };
        for measurement in [&polar, &position] {
            let spec = SensorSpec::of_kind("s", SensorKind::Radar);
            let model = Model::new(measurement, &spec, Some(&frame)).unwrap();
            for back_s in [0.0, -7.0] {
                let rows = model.rows(&chart, &mean, back_s, none);
                for k in 0..6 {
                    let step = 0.01;
                    let mut plus = mean;
                    plus[k] += step;
                    let mut minus = mean;
                    minus[k] -= step;
                    let plus = model.rows(&chart, &plus, back_s, none);
                    let minus = model.rows(&chart, &minus, back_s, none);
                    for (i, row) in rows.as_slice().iter().enumerate() {
                        let slope = (minus.as_slice()[i].residual - plus.as_slice()[i].residual)
                            / (2.0 * step);
                        let scale = row.h.norm();
                        assert!(
                            (slope - row.h[k]).abs() < 1e-4 * scale,
                            "row {i} by {k} back {back_s}: {slope} {}",
                            row.h[k]
                        );
                    }
                }
            }
        }
    }

    /// The first state of a radar plot is where the plot is, with cross-range error
    /// growing with range.
    #[test]
    fn a_plot_starts_where_it_was_measured() {
        let frame = LocalFrame::new(Geodetic::new(50.2, 4.7, 80.0));
        let spec = SensorSpec::of_kind("s", SensorKind::Radar);
        let config = TrackerConfig::default();
        for (range_m, elevation_rad, height_m) in [
            (10_000.0, Some(0.1), None),
            (25_000.0, None, Some((3_000.0, 50.0))),
            (25_000.0, None, None),
        ] {
            let measurement = Measurement::Polar {
                range_m,
                azimuth_rad: 2.0,
                elevation_rad,
                range_rate_mps: Some(-30.0),
                height_m,
                sigma: SIGMA,
            };
            let model = Model::new(&measurement, &spec, Some(&frame)).unwrap();
            let (chart, state) = model.first_state(&config).unwrap();
            let none = Intensity {
                horizontal: 0.0,
                vertical: 0.0,
            };
            let rows = model.rows(&chart, &state.mean, 0.0, none);
            for (row, bound) in rows.as_slice().iter().zip([1e-6, 1e-9]) {
                assert!(row.residual.abs() < bound, "{row:?}");
            }
            if let Some((h, _)) = height_m {
                assert!((chart.height_m(&state.position()) - h).abs() < 2.0);
            }
            let (rotation, _) = chart.into_frame(&frame);
            let across = Vector3::new(2.0_f64.cos(), -(2.0_f64.sin()), 0.0);
            let p: Matrix3<f64> = state.covariance.fixed_view::<3, 3>(0, 0).into_owned();
            let local = rotation * p * rotation.transpose();
            let sigma = (across.transpose() * local * across)[0].sqrt();
            assert!(
                (sigma / (range_m * SIGMA.azimuth_rad) - 1.0).abs() < 0.02,
                "{sigma}"
            );
            let outward = Vector3::new(2.0_f64.sin(), 2.0_f64.cos(), 0.0);
            assert!((rotation * state.velocity()).dot(&outward) < -25.0);
        }
    }
}

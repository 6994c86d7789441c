//! Measurement models: what a state looks like to a sensor, linearised, and what a
//! first report says of a state.
//!
//! | module | kind of measurement |
//! |---|---|
//! | `polar` | range, azimuth, elevation, range rate, height |
//! | `position` | a position, with velocity where it came along |
//! | `bearing` | azimuth and elevation, of light, radio or sound |
//! | `sound` | the retarded time: where a source was when it made what is heard now |
//! | `tdoa` | the same sound at two nodes |
//! | `presence` | heard here |
//! | `sighting` | a person points |
//! | `soft` | how a likelihood that is not Gaussian weighs a state |
//! | `start` | a first state from many arrays' bearings |
//! | `consider` | the errors that a sensor's reports share: constant ones and slow noise |
//! | `learnt` | what a track learns of those of arrays |
//!
//! A measurement of an earlier time than the state's (a late report) is taken on the
//! state moved back, with the noise between added to its error (the one-step
//! approximation of Bar-Shalom 2002, algorithm C).

mod bearing;
mod consider;
#[cfg(test)]
mod consider_tests;
mod learnt;
#[cfg(test)]
mod network;
mod polar;
mod position;
mod presence;
mod sighting;
mod soft;
mod sound;
mod start;
mod tdoa;

pub(crate) use consider::{Considered, Setting};
pub(crate) use polar::Polar;
pub(crate) use presence::Hearing;
pub(crate) use sighting::Sighting;
pub(crate) use soft::SoftUpdate;
pub(crate) use start::{Listening, Start, Unexplained};

use crate::TrackerConfig;
use crate::chart::Chart;
use crate::motion::{Gaussian, Intensity};
use crate::update::{ERRORS, Row, Rows};
use lapwing_geo::LocalFrame;
use lapwing_model::{Measurement, SensorKind, SensorSpec, Timestamp};
use nalgebra::{Matrix3, Matrix6, Vector3, Vector6};

/// A measurement with the frame it is taken in: the sensor's own, or that at the
/// reported position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model<'a> {
    pub(crate) measurement: &'a Measurement,
    pub(crate) frame: LocalFrame,
    /// Whether it was heard, and so speaks of where the source was.
    pub(crate) sound: bool,
    setting: Setting,
}

/// A state in the frame of a measurement, and the way back for what is linearised there.
struct Local {
    position: Vector3<f64>,
    velocity: Vector3<f64>,
    /// From the chart into the frame.
    rotation: Matrix3<f64>,
    /// Intensities of the process noise along the frame's axes, m²/s³.
    noise: Matrix3<f64>,
}

impl Local {
    /// A row of slopes by position and velocity in the frame.
    fn row(&self, by_p: &Vector3<f64>, by_v: &Vector3<f64>, residual: f64, sigma: f64) -> Row {
        full_row(
            &self.rotation.tr_mul(by_p),
            &self.rotation.tr_mul(by_v),
            residual,
            sigma,
        )
    }
}

/// The first position that a report gives, in a frame of its own.
struct First {
    position: Vector3<f64>,
    covariance: Matrix3<f64>,
    frame: LocalFrame,
    /// Velocity in that frame and the standard deviation of each axis, where measured.
    velocity: [Option<(f64, f64)>; 3],
}

impl<'a> Model<'a> {
    /// The model of a measurement by a sensor; `None` where it cannot be placed.
    pub(crate) fn new(
        measurement: &'a Measurement,
        spec: &SensorSpec,
        sensor_frame: Option<&LocalFrame>,
    ) -> Option<Self> {
        let frame = match measurement {
            Measurement::Polar { .. }
            | Measurement::Bearing { .. }
            | Measurement::TimeDifference { .. } => *sensor_frame?,
            Measurement::Position { position, .. } => LocalFrame::new(*position),
            Measurement::Presence { .. } | Measurement::SystemTrack { .. } => return None,
        };
        Some(Self {
            measurement,
            frame,
            sound: matches!(
                spec.kind,
                SensorKind::AcousticArray | SensorKind::Microphone
            ),
            setting: Setting::of(spec),
        })
    }

    /// The same measurement in given air and with what is known of its sensor's errors.
    pub(crate) fn in_setting(mut self, setting: Setting) -> Self {
        self.setting = setting;
        self
    }

    pub(crate) const fn measurement(&self) -> &Measurement {
        self.measurement
    }

    pub(crate) const fn setting(&self) -> &Setting {
        &self.setting
    }

    /// What a caller must still add to the age of the report for the time it was on its
    /// way: nothing, for the rows solve the retarded time themselves, at every point they
    /// are linearised at.
    #[allow(clippy::unused_self)]
    pub(crate) const fn delay_s(&self, _chart: &Chart, _mean: &Vector6<f64>) -> f64 {
        0.0
    }

    /// How long before the report a source at `mean` made the sound it speaks of, s: for
    /// who keeps states of earlier times.
    #[allow(dead_code)]
    pub(crate) fn retarded_s(&self, chart: &Chart, mean: &Vector6<f64>) -> f64 {
        if !self.sound {
            return 0.0;
        }
        let none = Intensity {
            horizontal: 0.0,
            vertical: 0.0,
        };
        let local = self.local(chart, mean, 0.0, none);
        sound::retarded(&local.position, &local.velocity, &self.setting.air).delay_s
    }

    fn local(&self, chart: &Chart, mean: &Vector6<f64>, back_s: f64, q: Intensity) -> Local {
        let v: Vector3<f64> = mean.fixed_rows::<3>(3).into_owned();
        let p: Vector3<f64> = mean.fixed_rows::<3>(0).into_owned() + v * back_s;
        let (rotation, translation) = chart.into_frame(&self.frame);
        let noise = Vector3::new(q.horizontal, q.horizontal, q.vertical);
        Local {
            position: rotation * p + translation,
            velocity: rotation * v,
            rotation,
            noise: rotation * Matrix3::from_diagonal(&noise) * rotation.transpose(),
        }
    }

    /// The measurement linearised at `mean`, whose time is `-back_s` (≥ 0) after the
    /// report's (`back_s` ≤ 0).
    pub(crate) fn rows(
        &self,
        chart: &Chart,
        mean: &Vector6<f64>,
        back_s: f64,
        q: Intensity,
    ) -> Rows {
        let mut rows = Rows::at(*mean);
        rows.cross = self.setting.cross;
        let local = self.local(chart, mean, back_s, q);
        match self.measurement {
            Measurement::Polar { height_m, .. } => {
                polar::rows(self.measurement, &self.setting, &local, &mut rows);
                if let Some((height_m, height_sigma_m)) = height_m {
                    let p = mean.fixed_rows::<3>(0) + mean.fixed_rows::<3>(3) * back_s;
                    rows.push(full_row(
                        &chart.up(&p),
                        &Vector3::zeros(),
                        height_m - chart.height_m(&p),
                        height_sigma_m.max(0.5),
                    ));
                }
            }
            Measurement::Bearing { .. } => {
                bearing::rows(
                    self.measurement,
                    self.sound,
                    &self.setting,
                    &local,
                    &mut rows,
                );
            }
            Measurement::Position { .. } => {
                position::rows(self.measurement, &local, &mut rows);
            }
            Measurement::TimeDifference {
                other_position,
                difference_s,
                sigma_s,
                ..
            } => {
                let other = self.frame.to_enu(*other_position);
                let measured = (*difference_s, *sigma_s);
                tdoa::rows(
                    measured,
                    &other,
                    self.sound,
                    &self.setting.air,
                    &local,
                    &mut rows,
                );
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
        let first = match self.measurement {
            Measurement::Polar { .. } => {
                polar::first(self.measurement, &self.setting, &self.frame, config)
            }
            Measurement::Position { .. } => position::first(self.measurement, config),
            _ => None,
        }?;
        let mut covariance = Matrix6::zeros();
        covariance
            .fixed_view_mut::<3, 3>(0, 0)
            .copy_from(&first.covariance);
        let mut mean = Vector6::zeros();
        mean.fixed_rows_mut::<3>(0).copy_from(&first.position);
        let horizontal = config.birth_speed_sigma_mps;
        let sigmas = [horizontal, horizontal, config.birth_climb_sigma_mps];
        for (axis, (measured, prior_sigma)) in first.velocity.into_iter().zip(sigmas).enumerate() {
            let (value, sigma) = measured.unwrap_or((0.0, prior_sigma));
            mean[3 + axis] = value;
            covariance[(3 + axis, 3 + axis)] = sigma * sigma;
        }
        let chart = Chart::near(first.frame.to_geodetic(first.position));
        let (rotation, translation) = first.frame.transform_to(chart.frame());
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

    /// What a first state that this report gave has in common with its sensor's errors: with
    /// the gain K = P Hᵀ R⁻¹ it errs by −K b where the sensor errs by b.
    pub(crate) fn first_considered(
        &self,
        (chart, state): &(Chart, Gaussian),
        time: Timestamp,
    ) -> Considered {
        if !self.setting.considers() {
            return Considered::default();
        }
        let none = Intensity {
            horizontal: 0.0,
            vertical: 0.0,
        };
        let mut cross = [Vector6::zeros(); ERRORS];
        for row in self.rows(chart, &state.mean, 0.0, none).as_slice() {
            let gain = state.covariance * row.h / row.variance;
            for (cross, by) in cross.iter_mut().zip(row.by) {
                *cross -= gain * by;
            }
        }
        Considered::from_start(time, std::iter::once((self.setting, cross)))
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
}

fn full_row(by_p: &Vector3<f64>, by_v: &Vector3<f64>, residual: f64, sigma: f64) -> Row {
    Row {
        h: Vector6::new(by_p.x, by_p.y, by_p.z, by_v.x, by_v.y, by_v.z),
        residual,
        variance: sigma * sigma,
        ..Row::NONE
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
    use lapwing_geo::Geodetic;
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

//! Azimuth and elevation without range: of light and radio as it is now, of sound as it
//! was when it was made (see `sound`).
//!
//! For sound H = [G·M, −τ·G·M] and R_eff = R + G·Q_pp(τ)·Gᵀ, with G the slopes of the
//! angles by q. Azimuth carries what a sensor's bearings err by in common (see `consider`);
//! a scale on elevation says how much lower than true low sounds seem.

use super::sound::retarded;
use super::{Local, Polar, Setting};
use crate::update::Rows;
use lapwing_geo::wrap_pi;
use lapwing_model::Measurement;
use nalgebra::{Matrix3, Vector3};

pub(super) fn rows(
    measurement: &Measurement,
    sound: bool,
    setting: &Setting,
    local: &Local,
    rows: &mut Rows,
) {
    let Measurement::Bearing {
        azimuth_rad,
        elevation_rad,
        azimuth_sigma_rad,
        elevation_sigma_rad,
    } = measurement
    else {
        return;
    };
    let (image, by_p, delay_s) = if sound {
        let heard = retarded(&local.position, &local.velocity, &setting.air);
        (heard.image, heard.image_by_p, heard.delay_s)
    } else {
        (local.position, Matrix3::identity(), 0.0)
    };
    let polar = Polar::of(&image);
    let angle = |slope: Vector3<f64>, residual: f64, sigma: f64| {
        let slope_p = by_p.tr_mul(&slope);
        let mut row = local.row(&slope_p, &(slope_p * -delay_s), residual, sigma);
        let noise_2 = (slope.transpose() * local.noise * slope)[0];
        row.variance += noise_2 * delay_s.powi(3) / 3.0;
        row
    };
    let mut azimuth = angle(
        polar.azimuth_by_q(),
        wrap_pi(azimuth_rad - polar.azimuth_rad()),
        azimuth_sigma_rad.max(1e-4),
    );
    let bend = by_p.tr_mul(&polar.azimuth_bend()) * by_p;
    azimuth.bend = Some(local.rotation.tr_mul(&bend) * local.rotation);
    setting.azimuth_error(&mut azimuth, *azimuth_sigma_rad, 0.0);
    rows.push(azimuth);
    if let Some(elevation_rad) = elevation_rad {
        let scale = setting.elevation_scale;
        let mut elevation = angle(
            polar.elevation_by_q() * scale,
            wrap_pi(elevation_rad - polar.elevation_rad() * scale),
            elevation_sigma_rad.max(1e-4),
        );
        elevation.bend = Some(Matrix3::identity() * (scale * polar.elevation_bend()));
        rows.push(elevation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Chart;
    use crate::measure::Model;
    use crate::motion::Intensity;
    use lapwing_geo::{Geodetic, LocalFrame};
    use lapwing_model::{Air, SensorKind, SensorSpec};
    use nalgebra::Vector6;
    use proptest::prelude::*;

    const NONE: Intensity = Intensity {
        horizontal: 0.0,
        vertical: 0.0,
    };

    proptest! {
        /// Analytic against numeric slopes, by every component of the state, also late.
        #[test]
        fn jacobians_of_heard_angles_are_their_slopes(
            e in -5e3..5e3_f64, n in 4e2..5e3_f64, h in 50.0..1e3_f64,
            ve in -60.0..60.0_f64, vn in -60.0..60.0_f64,
            from in 0.0..6.2_f64, wind in 0.0..15.0_f64, late_s in 0.0..5.0_f64,
        ) {
            let frame = LocalFrame::new(Geodetic::new(50.2, 4.7, 80.0));
            let chart = Chart::near(Geodetic::new(50.1, 4.9, 0.0));
            let measurement = Measurement::Bearing {
                azimuth_rad: e.atan2(n),
                elevation_rad: Some(0.1),
                azimuth_sigma_rad: 0.09,
                elevation_sigma_rad: 0.14,
            };
            let spec = SensorSpec::of_kind("a", SensorKind::AcousticArray);
            let setting = Setting { air: Air::new(from, wind, 8.0), ..Setting::of(&spec) };
            let model = Model::new(&measurement, &spec, Some(&frame)).unwrap().in_setting(setting);
            let (rotation, translation) = frame.transform_to(chart.frame());
            let p = rotation * Vector3::new(e, n, h) + translation;
            let mean = Vector6::new(p.x, p.y, p.z, ve, vn, 1.0);
            let rows = model.rows(&chart, &mean, -late_s, NONE);
            for k in 0..6 {
                let step = if k < 3 { 0.05 } else { 0.01 };
                let mut moved = [mean; 2];
                moved[0][k] -= step;
                moved[1][k] += step;
                let [minus, plus] = moved.map(|m| model.rows(&chart, &m, -late_s, NONE));
                for (i, row) in rows.as_slice().iter().enumerate() {
                    let by = wrap_pi(minus.as_slice()[i].residual - plus.as_slice()[i].residual);
                    let slope = by / (2.0 * step);
                    prop_assert!(
                        (slope - row.h[k]).abs() < 1e-6 * row.h.norm().max(1e-3),
                        "row {i} by {k}: {slope} {}", row.h[k]
                    );
                }
            }
        }
    }

    /// The noise of the flight while the sound was on its way: q τ³/3 across the line of
    /// sight, as an angle.
    #[test]
    fn distant_sound_is_vaguer() {
        let frame = LocalFrame::new(Geodetic::new(50.0, 5.0, 0.0));
        let chart = Chart::near(Geodetic::new(50.0, 5.0, 0.0));
        let measurement = Measurement::Bearing {
            azimuth_rad: 0.0,
            elevation_rad: None,
            azimuth_sigma_rad: 0.02,
            elevation_sigma_rad: 0.1,
        };
        let spec = SensorSpec::of_kind("a", SensorKind::AcousticArray);
        let setting = Setting {
            sigmas: [0.0; 3],
            ..Setting::of(&spec)
        };
        let model = Model::new(&measurement, &spec, Some(&frame))
            .unwrap()
            .in_setting(setting);
        let q = Intensity {
            horizontal: 2.0,
            vertical: 0.0,
        };
        let mean = Vector6::new(0.0, 4_000.0, 0.0, 0.0, 0.0, 0.0);
        let variance = model.rows(&chart, &mean, 0.0, q).as_slice()[0].variance;
        let tau = 4_000.0 / Air::default().sound_mps();
        let expected = 0.02_f64.powi(2) + 2.0 * tau.powi(3) / 3.0 / 4_000.0_f64.powi(2);
        assert!(
            (variance / expected - 1.0).abs() < 1e-6,
            "{variance} {expected}"
        );
    }
}

//! A position, from a sensor or claimed, in the frame at itself.

use super::{First, Local};
use crate::TrackerConfig;
use crate::update::Rows;
use lapwing_geo::LocalFrame;
use lapwing_model::Measurement;
use nalgebra::{Matrix3, Vector3};

/// East, north, and up where a height was measured; the same of the velocity.
pub(super) fn rows(measurement: &Measurement, local: &Local, rows: &mut Rows) {
    let Measurement::Position {
        horizontal_sigma_m,
        height_sigma_m,
        velocity_mps,
        velocity_sigma_mps,
        ..
    } = measurement
    else {
        return;
    };
    let axes = Matrix3::identity();
    let none = Vector3::zeros();
    let measured_axes = if height_sigma_m.is_some() { 3 } else { 2 };
    for axis in 0..measured_axes {
        let sigma = match (axis, height_sigma_m) {
            (2, Some(sigma)) => *sigma,
            _ => *horizontal_sigma_m,
        };
        rows.push(local.row(
            &axes.column(axis).into_owned(),
            &none,
            -local.position[axis],
            sigma.max(0.5),
        ));
    }
    if let Some(velocity) = velocity_mps {
        for (axis, velocity) in velocity.iter().enumerate().take(measured_axes) {
            rows.push(local.row(
                &none,
                &axes.column(axis).into_owned(),
                velocity - local.velocity[axis],
                velocity_sigma_mps.max(0.1),
            ));
        }
    }
}

/// Where a position report puts what it speaks of first.
pub(super) fn first(measurement: &Measurement, config: &TrackerConfig) -> Option<First> {
    let Measurement::Position {
        position,
        horizontal_sigma_m,
        height_sigma_m,
        velocity_mps,
        velocity_sigma_mps,
    } = measurement
    else {
        return None;
    };
    let h = horizontal_sigma_m.max(0.5).powi(2);
    let mut place = *position;
    let u = match height_sigma_m {
        Some(sigma) => sigma.max(0.5),
        None => {
            place.height_m = config.birth_height_m;
            config.birth_height_sigma_m
        }
    };
    let mut velocity = [None; 3];
    if let Some(measured) = velocity_mps {
        for (axis, (slot, value)) in velocity.iter_mut().zip(measured).enumerate() {
            // without a height the vertical rate is no measurement either
            *slot = (axis < 2 || height_sigma_m.is_some())
                .then_some((*value, velocity_sigma_mps.max(0.1)));
        }
    }
    Some(First {
        position: Vector3::zeros(),
        covariance: Matrix3::from_diagonal(&Vector3::new(h, h, u * u)),
        frame: LocalFrame::new(place),
        velocity,
    })
}

//! Values to steps of the least significant bit, for the typed encoders.

use crate::error::EncodeError;

/// The nearest number of steps, if it lies within [min, max].
pub(super) fn steps(
    item: &str,
    value: f64,
    step: f64,
    min: i64,
    max: i64,
) -> Result<i64, EncodeError> {
    let steps = (value / step).round();
    if steps >= min as f64 && steps <= max as f64 {
        return Ok(steps as i64);
    }
    Err(EncodeError::OutOfRange {
        path: item.to_owned(),
        value: value.to_string(),
    })
}

/// An angle as a fraction of the full turn, wrapped into it.
pub(super) fn angle(item: &str, value_deg: f64, bits: u32) -> Result<i64, EncodeError> {
    let turn = 1i64 << bits;
    let steps = steps(
        item,
        value_deg.rem_euclid(360.0),
        360.0 / turn as f64,
        0,
        turn,
    )?;
    Ok(steps % turn)
}

//! The location message: where a drone says it is, and how it moves (F3411-22a, table 5).

use crate::fields::{height_m, position, u8_at, u16_at};
use crate::{Problem, Reason};
use serde::Serialize;

/// What a drone says it is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does not say.
    Undeclared,
    /// On the ground.
    Ground,
    /// In the air.
    Airborne,
    /// In an emergency.
    Emergency,
    /// Its Remote ID has failed.
    RemoteIdFailure,
    /// A code that the standard reserves.
    Reserved(u8),
}

/// What [`Location::height_m`] is above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeightReference {
    /// Where it took off.
    TakeOff,
    /// The ground.
    Ground,
}

/// Where it is and how it moves; `None` is what it says it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Location {
    /// What it is doing.
    pub status: Status,
    /// Latitude and longitude on WGS 84, degrees.
    pub position: Option<(f64, f64)>,
    /// Course over the ground, degrees clockwise from true north, below 360.
    pub track_deg: Option<f64>,
    /// Speed over the ground, m/s.
    pub speed_mps: Option<f64>,
    /// Rate of climb, m/s.
    pub climb_mps: Option<f64>,
    /// Height by pressure in the standard atmosphere (1013.25 hPa), m.
    pub pressure_height_m: Option<f64>,
    /// Height above the WGS 84 ellipsoid, m.
    pub ellipsoid_height_m: Option<f64>,
    /// Height above [`Self::height_reference`], m.
    pub height_m: Option<f64>,
    /// What that height is above.
    pub height_reference: HeightReference,
    /// The horizontal position errs by less, m, in 95 %.
    pub horizontal_accuracy_m: Option<f64>,
    /// The ellipsoid's height likewise.
    pub vertical_accuracy_m: Option<f64>,
    /// The height by pressure likewise.
    pub pressure_accuracy_m: Option<f64>,
    /// The speed likewise, m/s.
    pub speed_accuracy_mps: Option<f64>,
    /// When it applies: seconds since the full hour, UTC.
    pub since_hour_s: Option<f64>,
    /// That time errs by less, s.
    pub time_accuracy_s: Option<f64>,
}

/// Bounds of the accuracy codes from 1, m.
const HORIZONTAL_M: [f64; 12] = [
    18_520.0, 7_408.0, 3_704.0, 1_852.0, 926.0, 555.6, 185.2, 92.6, 30.0, 10.0, 3.0, 1.0,
];
const VERTICAL_M: [f64; 6] = [150.0, 45.0, 25.0, 10.0, 3.0, 1.0];
const SPEED_MPS: [f64; 4] = [10.0, 3.0, 1.0, 0.3];

fn bound(code: u8, bounds: &[f64]) -> Option<f64> {
    bounds.get(usize::from(code).checked_sub(1)?).copied()
}

impl Location {
    pub(crate) fn read(octets: &[u8]) -> Result<Self, Problem> {
        let flags = u8_at(octets, 1);
        let status = match flags >> 4 {
            0 => Status::Undeclared,
            1 => Status::Ground,
            2 => Status::Airborne,
            3 => Status::Emergency,
            4 => Status::RemoteIdFailure,
            other => Status::Reserved(other),
        };
        let half = if flags & 0b10 == 0 { 0.0 } else { 180.0 };
        let track_deg = f64::from(u8_at(octets, 2)) + half;
        let speed_mps = match (flags & 1, u8_at(octets, 3)) {
            (0, steps) => Some(f64::from(steps) * 0.25),
            (_, 255) => None,
            (_, steps) => Some(f64::from(steps) * 0.75 + 63.75),
        };
        let climb_mps = match u8_at(octets, 4).cast_signed() {
            // 63 m/s, and what is beyond the greatest that can be told
            steps if !(-124..=124).contains(&steps) => None,
            steps => Some(f64::from(steps) * 0.5),
        };
        let position = position(octets, 5).map_err(|()| Problem::new(5, Reason::Position))?;
        let accuracies = u8_at(octets, 19);
        let others = u8_at(octets, 20);
        let since_hour_s = match u16_at(octets, 21) {
            tenths @ 0..=36_000 => Some(f64::from(tenths) / 10.0),
            _ => None,
        };
        Ok(Self {
            status,
            position,
            track_deg: (track_deg < 360.0).then_some(track_deg),
            speed_mps,
            climb_mps,
            pressure_height_m: height_m(octets, 13),
            ellipsoid_height_m: height_m(octets, 15),
            height_m: height_m(octets, 17),
            height_reference: if flags & 0b100 == 0 {
                HeightReference::TakeOff
            } else {
                HeightReference::Ground
            },
            horizontal_accuracy_m: bound(accuracies & 15, &HORIZONTAL_M),
            vertical_accuracy_m: bound(accuracies >> 4, &VERTICAL_M),
            pressure_accuracy_m: bound(others >> 4, &VERTICAL_M),
            speed_accuracy_mps: bound(others & 15, &SPEED_MPS),
            since_hour_s,
            time_accuracy_s: match u8_at(octets, 23) & 15 {
                0 => None,
                tenths => Some(f64::from(tenths) / 10.0),
            },
        })
    }
}

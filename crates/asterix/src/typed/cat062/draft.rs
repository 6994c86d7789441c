//! The draft edition 0.17 of CAT062, which systems in service still write: where its items differ
//! from the published editions (`definitions/cat062/cat-0.17.ast`).
//!
//! What it says in a form that the view has no field for stays out: turn rate and longitudinal
//! acceleration (240, 210), and the accuracy of speed and heading (500 ATV).

use super::View;
use crate::{
    typed::{
        FT_M, NM_M, TypedView, bearing_deg, callsign, i16_at, i24_at, subitems, u8_at, u16_at,
        u24_at,
    },
    wire::Fspec,
};

/// Degrees of one step of a 24-bit position.
const POSITION_STEP_DEG: f64 = 180.0 / 8_388_608.0;
/// Metres of one step of a Cartesian position, 1/64 NM.
const CARTESIAN_STEP_M: f64 = NM_M / 64.0;
/// Metres per second of one step of speed, 2⁻¹⁴ NM/s.
const SPEED_STEP_MPS: f64 = NM_M / 16_384.0;

impl View {
    pub(super) fn take_draft_item(&mut self, code: u16, data: &[u8]) {
        match code {
            40 => self.track_number = u16_at(data, 0).map(|number| number & 0x7FFF),
            105 => {
                self.lat_deg = i24_at(data, 0).map(|v| f64::from(v) * POSITION_STEP_DEG);
                self.lon_deg = i24_at(data, 3).map(|v| f64::from(v) * POSITION_STEP_DEG);
            }
            100 => {
                self.x_m = i16_at(data, 0).map(|v| f64::from(v) * CARTESIAN_STEP_M);
                self.y_m = i16_at(data, 2).map(|v| f64::from(v) * CARTESIAN_STEP_M);
            }
            180 => {
                if let (Some(speed), Some(heading_deg)) = (u16_at(data, 0), bearing_deg(data, 2)) {
                    let (sin, cos) = heading_deg.to_radians().sin_cos();
                    let speed_mps = f64::from(speed) * SPEED_STEP_MPS;
                    (self.vx_mps, self.vy_mps) = (Some(speed_mps * sin), Some(speed_mps * cos));
                }
            }
            130 => self.height_msl_m = i16_at(data, 0).map(|v| f64::from(v) * (6.25 * FT_M)),
            290 => self.take_draft_ages(data),
            380 => self.take_draft_mode_s(data),
            500 => self.take_draft_accuracies(data),
            10 | 15 | 60 | 70 | 80 | 135 | 136 | 200 | 220 => self.item(code, data),
            _ => {}
        }
    }

    fn take_draft_ages(&mut self, data: &[u8]) {
        subitems(data, &[1, 1, 1, 1, 1, 2, 1, 1, 1], |index, bytes| {
            let age = u8_at(bytes, 0).map(|v| f64::from(v) / 4.0);
            match index {
                0 => self.ages.psr_s = age,
                1 => self.ages.ssr_s = age,
                4 => self.ages.mode_s_s = age,
                5 => self.ages.ads_c_s = u16_at(bytes, 0).map(|v| f64::from(v) / 4.0),
                6 => self.ages.ads_b_s = age,
                _ => {}
            }
        });
    }

    fn take_draft_mode_s(&mut self, data: &[u8]) {
        let Some(fspec) = Fspec::read(data, None) else {
            return;
        };
        let (first, mut at) = (u8_at(data, 0).unwrap_or(0), fspec.octets.len());
        if first & 0x80 != 0 {
            // Comm-B messages of 8 octets, after their number.
            at += 1 + 8 * usize::from(u8_at(data, at).unwrap_or(0));
        }
        if first & 0x40 != 0 {
            self.address = u24_at(data, at);
            at += 3;
        }
        if first & 0x20 != 0 {
            self.callsign = callsign(data, at);
        }
    }

    fn take_draft_accuracies(&mut self, data: &[u8]) {
        subitems(data, &[2, 4, 2, 1, 3, 1, 2, 1], |index, bytes| {
            let octet = |at| u8_at(bytes, at).map(f64::from);
            let pair = |at| u16_at(bytes, at).map(f64::from);
            match index {
                0 => {
                    self.accuracy.x_m = octet(0).map(|v| v * CARTESIAN_STEP_M);
                    self.accuracy.y_m = octet(1).map(|v| v * CARTESIAN_STEP_M);
                }
                1 => {
                    self.accuracy.lat_deg = pair(0).map(|v| v * POSITION_STEP_DEG);
                    self.accuracy.lon_deg = pair(2).map(|v| v * POSITION_STEP_DEG);
                }
                2 => self.accuracy.height_m = pair(0).map(|v| v * (6.25 * FT_M)),
                3 => self.accuracy.barometric_level = octet(0).map(|v| v / 4.0),
                7 => self.accuracy.climb_mps = octet(0).map(|v| v * (6.25 * FT_M / 60.0)),
                _ => {}
            }
        });
    }
}

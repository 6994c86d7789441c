//! CAT062, system tracks (EUROCONTROL SPEC-0149 Part 9, ed. 1.16 to 1.21, and the draft 0.17):
//! another tracker's picture.

mod draft;

use super::{
    FT_M, Source, TypedView, callsign, i8_at, i16_at, i24_at, i32_at, signed, source,
    time_of_day_s, u8_at, u16_at, u24_at,
};
use crate::{value::Text, wire::Fspec};

/// Degrees of one step of a 32-bit position.
const POSITION_STEP_DEG: f64 = 180.0 / 33_554_432.0;

/// The system track's items.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct View {
    /// 010.
    pub source: Option<Source>,
    /// 015: service identification.
    pub service: Option<u8>,
    /// 040: track number.
    pub track_number: Option<u16>,
    /// 070: seconds since midnight UTC of the track state.
    pub time_of_day_s: Option<f64>,
    /// 105: latitude, WGS 84.
    pub lat_deg: Option<f64>,
    /// 105: longitude, WGS 84.
    pub lon_deg: Option<f64>,
    /// 100: east of the system's reference point, in its projection.
    pub x_m: Option<f64>,
    /// 100: north of the system's reference point, in its projection.
    pub y_m: Option<f64>,
    /// 185: velocity east; in the draft from 180, speed and heading.
    pub vx_mps: Option<f64>,
    /// 185: velocity north; in the draft from 180.
    pub vy_mps: Option<f64>,
    /// 210: acceleration east.
    pub ax_mps2: Option<f64>,
    /// 210: acceleration north.
    pub ay_mps2: Option<f64>,
    /// 130: height above the WGS 84 ellipsoid.
    pub height_ellipsoid_m: Option<f64>,
    /// 130 of the draft: height above mean sea level.
    pub height_msl_m: Option<f64>,
    /// 135: calculated barometric altitude, hundreds of feet; see `qnh_corrected`.
    pub barometric_level: Option<f64>,
    /// 135 QNH: the barometric altitude is corrected for sea level pressure.
    pub qnh_corrected: bool,
    /// 136: measured flight level, hundreds of feet of pressure altitude.
    pub flight_level: Option<f64>,
    /// 220: rate of climb.
    pub climb_mps: Option<f64>,
    /// 200: mode of movement: TRANS, LONG, VERT (two bits each) and ADF, as in the definition.
    pub movement: Option<u8>,
    /// 060: Mode 3/A code, 12 bits.
    pub mode_3a: Option<u16>,
    /// 245: target identification.
    pub target_identification: Option<Text>,
    /// 380 ADR: aircraft address, 24 bits.
    pub address: Option<u32>,
    /// 380 ID: callsign.
    pub callsign: Option<Text>,
    /// 080: the status octets present.
    pub status: Status,
    /// 290: ages of the track's updates.
    pub ages: Ages,
    /// 500: estimated accuracies.
    pub accuracy: Accuracy,
}

/// Item 080. Flags of octets that are absent are false.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Status {
    /// MON: only one sensor contributes.
    pub monosensor: bool,
    /// SPI: special position identification.
    pub spi: bool,
    /// SRC: source of the calculated altitude.
    pub altitude_source: u8,
    /// CNF: the track is tentative.
    pub tentative: bool,
    /// SIM: a simulated track.
    pub simulated: bool,
    /// TSE: last message for this track.
    pub track_end: bool,
    /// TSB: first message for this track.
    pub track_begin: bool,
    /// CST: extrapolated without an update.
    pub coasted: bool,
}

/// Item 290: seconds since each kind of update.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ages {
    /// TRK: since the track began.
    pub track_s: Option<f64>,
    /// PSR: primary radar.
    pub psr_s: Option<f64>,
    /// SSR: secondary radar.
    pub ssr_s: Option<f64>,
    /// MDS: Mode S.
    pub mode_s_s: Option<f64>,
    /// ADS: ADS-C.
    pub ads_c_s: Option<f64>,
    /// ES: ADS-B extended squitter.
    pub ads_b_s: Option<f64>,
    /// MLT: multilateration.
    pub multilateration_s: Option<f64>,
}

/// Item 500: standard deviations, and the covariance as the definition gives it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Accuracy {
    /// APC X.
    pub x_m: Option<f64>,
    /// APC Y.
    pub y_m: Option<f64>,
    /// COV: signed square root of the absolute covariance of x and y.
    pub xy_m: Option<f64>,
    /// APW latitude.
    pub lat_deg: Option<f64>,
    /// APW longitude.
    pub lon_deg: Option<f64>,
    /// AGA: geometric altitude.
    pub height_m: Option<f64>,
    /// ABA: barometric altitude, hundreds of feet.
    pub barometric_level: Option<f64>,
    /// ATV X.
    pub vx_mps: Option<f64>,
    /// ATV Y.
    pub vy_mps: Option<f64>,
    /// AA X.
    pub ax_mps2: Option<f64>,
    /// AA Y.
    pub ay_mps2: Option<f64>,
    /// ARC: rate of climb.
    pub climb_mps: Option<f64>,
}

impl Status {
    #[inline]
    fn read(data: &[u8]) -> Self {
        let octet = |at| u8_at(data, at).unwrap_or(0);
        Self {
            monosensor: octet(0) & 0x80 != 0,
            spi: octet(0) & 0x40 != 0,
            altitude_source: octet(0) >> 2 & 7,
            tentative: octet(0) & 0x02 != 0,
            simulated: octet(1) & 0x80 != 0,
            track_end: octet(1) & 0x40 != 0,
            track_begin: octet(1) & 0x20 != 0,
            coasted: octet(3) & 0x80 != 0,
        }
    }
}

impl Ages {
    #[inline]
    fn read(data: &[u8]) -> Self {
        let mut ages = Self::default();
        super::subitems(data, &[1, 1, 1, 1, 2, 1, 1, 1, 1, 1], |index, bytes| {
            let age = u8_at(bytes, 0).map(|v| f64::from(v) / 4.0);
            match index {
                0 => ages.track_s = age,
                1 => ages.psr_s = age,
                2 => ages.ssr_s = age,
                3 => ages.mode_s_s = age,
                4 => ages.ads_c_s = u16_at(bytes, 0).map(|v| f64::from(v) / 4.0),
                5 => ages.ads_b_s = age,
                9 => ages.multilateration_s = age,
                _ => {}
            }
        });
        ages
    }
}

impl Accuracy {
    #[inline]
    fn read(data: &[u8]) -> Self {
        let mut accuracy = Self::default();
        super::subitems(data, &[4, 2, 4, 1, 1, 2, 2, 1], |index, bytes| {
            let octet = |at| u8_at(bytes, at).map(f64::from);
            let pair = |at| u16_at(bytes, at).map(f64::from);
            match index {
                0 => {
                    (accuracy.x_m, accuracy.y_m) =
                        (pair(0).map(|v| v / 2.0), pair(2).map(|v| v / 2.0));
                }
                1 => accuracy.xy_m = i16_at(bytes, 0).map(|v| f64::from(v) / 2.0),
                2 => {
                    accuracy.lat_deg = pair(0).map(|v| v * POSITION_STEP_DEG);
                    accuracy.lon_deg = pair(2).map(|v| v * POSITION_STEP_DEG);
                }
                3 => accuracy.height_m = octet(0).map(|v| v * (6.25 * FT_M)),
                4 => accuracy.barometric_level = octet(0).map(|v| v / 4.0),
                5 => {
                    (accuracy.vx_mps, accuracy.vy_mps) =
                        (octet(0).map(|v| v / 4.0), octet(1).map(|v| v / 4.0));
                }
                6 => {
                    (accuracy.ax_mps2, accuracy.ay_mps2) =
                        (octet(0).map(|v| v / 4.0), octet(1).map(|v| v / 4.0));
                }
                7 => accuracy.climb_mps = octet(0).map(|v| v * (6.25 * FT_M / 60.0)),
                _ => {}
            }
        });
        accuracy
    }
}

impl TypedView for View {
    const CATEGORY: u8 = 62;

    fn draft_item(&mut self, code: u16, data: &[u8]) {
        self.take_draft_item(code, data);
    }

    #[inline]
    fn item(&mut self, code: u16, data: &[u8]) {
        match code {
            10 => self.source = source(data),
            15 => self.service = u8_at(data, 0),
            40 => self.track_number = u16_at(data, 0),
            70 => self.time_of_day_s = time_of_day_s(data),
            105 => {
                self.lat_deg = i32_at(data, 0).map(|v| f64::from(v) * POSITION_STEP_DEG);
                self.lon_deg = i32_at(data, 4).map(|v| f64::from(v) * POSITION_STEP_DEG);
            }
            100 => {
                self.x_m = i24_at(data, 0).map(|v| f64::from(v) / 2.0);
                self.y_m = i24_at(data, 3).map(|v| f64::from(v) / 2.0);
            }
            185 => {
                self.vx_mps = i16_at(data, 0).map(|v| f64::from(v) / 4.0);
                self.vy_mps = i16_at(data, 2).map(|v| f64::from(v) / 4.0);
            }
            210 => {
                self.ax_mps2 = i8_at(data, 0).map(|v| f64::from(v) / 4.0);
                self.ay_mps2 = i8_at(data, 1).map(|v| f64::from(v) / 4.0);
            }
            130 => self.height_ellipsoid_m = i16_at(data, 0).map(|v| f64::from(v) * (6.25 * FT_M)),
            135 => {
                let level = u16_at(data, 0);
                self.barometric_level = level.map(|v| f64::from(signed(v, 15)) / 4.0);
                self.qnh_corrected = level.is_some_and(|v| v & 0x8000 != 0);
            }
            136 => self.flight_level = i16_at(data, 0).map(|v| f64::from(v) / 4.0),
            220 => self.climb_mps = i16_at(data, 0).map(|v| f64::from(v) * (6.25 * FT_M / 60.0)),
            200 => self.movement = u8_at(data, 0),
            60 => self.mode_3a = u16_at(data, 0).map(|v| v & 0xFFF),
            245 => self.target_identification = callsign(data, 1),
            380 => {
                let Some(fspec) = Fspec::read(data, None) else {
                    return;
                };
                let (first, mut at) = (u8_at(data, 0).unwrap_or(0), fspec.octets.len());
                if first & 0x80 != 0 {
                    self.address = u24_at(data, at);
                    at += 3;
                }
                if first & 0x40 != 0 {
                    self.callsign = callsign(data, at);
                }
            }
            80 => self.status = Status::read(data),
            290 => self.ages = Ages::read(data),
            500 => self.accuracy = Accuracy::read(data),
            _ => {}
        }
    }
}

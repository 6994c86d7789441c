//! CAT021, ADS-B target reports (EUROCONTROL SPEC-0149 Part 12, ed. 2.1 to 2.7): what aircraft say of
//! themselves. The old editions 0.x are laid out otherwise and only the general decoder reads them.

use super::{
    FT_M, NM_PER_S_MPS, Source, TypedView, bearing_deg, callsign, i16_at, i24_at, i32_at, source,
    time_of_day_s, u8_at, u16_at, u24_at,
};
use crate::{definition::Edition, value::Text};

/// The target report's items.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct View {
    /// 010.
    pub source: Option<Source>,
    /// 040 ATP: 0 24-bit address, 1 duplicate, 2 surface vehicle, 3 anonymous, …
    pub address_type: Option<u8>,
    /// 040 GBS: on the ground.
    pub on_ground: bool,
    /// 040 SIM: simulated.
    pub simulated: bool,
    /// 040 TST: a test target.
    pub test: bool,
    /// 080: aircraft address, 24 bits.
    pub address: Option<u32>,
    /// 071: time for which the position holds, seconds since midnight UTC.
    pub time_of_position_s: Option<f64>,
    /// 073: time the position message was received, seconds since midnight UTC.
    pub time_received_position_s: Option<f64>,
    /// 077: time the report was sent, seconds since midnight UTC.
    pub time_sent_s: Option<f64>,
    /// 131, else 130: latitude, WGS 84.
    pub lat_deg: Option<f64>,
    /// 131, else 130: longitude, WGS 84.
    pub lon_deg: Option<f64>,
    /// 140: height above the WGS 84 ellipsoid.
    pub height_ellipsoid_m: Option<f64>,
    /// 145: flight level, hundreds of feet of pressure altitude.
    pub flight_level: Option<f64>,
    /// 160: ground speed.
    pub ground_speed_mps: Option<f64>,
    /// 160: track angle, degrees clockwise from true north.
    pub track_deg: Option<f64>,
    /// 155: barometric rate of climb.
    pub climb_barometric_mps: Option<f64>,
    /// 157: geometric rate of climb.
    pub climb_geometric_mps: Option<f64>,
    /// 161: track number.
    pub track_number: Option<u16>,
    /// 170: callsign.
    pub callsign: Option<Text>,
    /// 090 NUCp or NIC: navigation integrity category.
    pub nic: Option<u8>,
    /// 090 NACp: navigation accuracy category for position.
    pub nac_p: Option<u8>,
}

/// A rate of climb: range flag, then 15 bits of 6.25 ft/min.
fn climb_mps(data: &[u8]) -> Option<f64> {
    u16_at(data, 0).map(|v| f64::from(super::signed(v, 15)) * (6.25 * FT_M / 60.0))
}

impl TypedView for View {
    const CATEGORY: u8 = 21;

    fn reads(edition: &Edition) -> bool {
        edition.category == Self::CATEGORY && !edition.is_draft()
    }

    #[inline]
    fn item(&mut self, code: u16, data: &[u8]) {
        match code {
            10 => self.source = source(data),
            40 => {
                self.address_type = u8_at(data, 0).map(|v| v >> 5);
                let second = u8_at(data, 1).unwrap_or(0);
                self.on_ground = second & 0x40 != 0;
                self.simulated = second & 0x20 != 0;
                self.test = second & 0x10 != 0;
            }
            80 => self.address = u24_at(data, 0),
            71 => self.time_of_position_s = time_of_day_s(data),
            73 => self.time_received_position_s = time_of_day_s(data),
            77 => self.time_sent_s = time_of_day_s(data),
            // 130 comes before 131 in every profile, so the finer one stays.
            130 => {
                self.lat_deg = i24_at(data, 0).map(|v| f64::from(v) * (180.0 / 8_388_608.0));
                self.lon_deg = i24_at(data, 3).map(|v| f64::from(v) * (180.0 / 8_388_608.0));
            }
            131 => {
                self.lat_deg = i32_at(data, 0).map(|v| f64::from(v) * (180.0 / 1_073_741_824.0));
                self.lon_deg = i32_at(data, 4).map(|v| f64::from(v) * (180.0 / 1_073_741_824.0));
            }
            140 => self.height_ellipsoid_m = i16_at(data, 0).map(|v| f64::from(v) * (6.25 * FT_M)),
            145 => self.flight_level = i16_at(data, 0).map(|v| f64::from(v) / 4.0),
            155 => self.climb_barometric_mps = climb_mps(data),
            157 => self.climb_geometric_mps = climb_mps(data),
            160 => {
                self.ground_speed_mps =
                    u16_at(data, 0).map(|v| f64::from(v & 0x7FFF) * (NM_PER_S_MPS / 16384.0));
                self.track_deg = bearing_deg(data, 2);
            }
            161 => self.track_number = u16_at(data, 0).map(|v| v & 0xFFF),
            170 => self.callsign = callsign(data, 0),
            90 => {
                self.nic = u8_at(data, 0).map(|v| v >> 1 & 15);
                self.nac_p = u8_at(data, 1)
                    .filter(|_| data.len() > 1)
                    .map(|v| v >> 1 & 15);
            }
            _ => {}
        }
    }
}

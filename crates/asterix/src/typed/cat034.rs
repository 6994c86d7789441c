//! CAT034, monoradar service messages (EUROCONTROL SPEC-0149 Part 2b, ed. 1.27 to 1.29): where the
//! antenna points. Reads and writes.

use super::{Source, TypedView, i16_at, i24_at, source, time_of_day_s, u8_at, u16_at};
use crate::error::EncodeError;

/// Item 000 of a north marker message.
pub const NORTH_MARKER: u8 = 1;
/// Item 000 of a sector crossing message.
pub const SECTOR_CROSSING: u8 = 2;

/// The service message's items.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct View {
    /// 010.
    pub source: Option<Source>,
    /// 000: 1 north marker, 2 sector crossing, 3 geographical filtering, 4 jamming strobe, …
    pub message_type: Option<u8>,
    /// 030: seconds since midnight UTC.
    pub time_of_day_s: Option<f64>,
    /// 020: the azimuth the antenna has reached, degrees clockwise from north.
    pub sector_azimuth_deg: Option<f64>,
    /// 041: seconds a turn of the antenna takes.
    pub rotation_period_s: Option<f64>,
    /// 120: the radar's height above mean sea level.
    pub position_height_m: Option<f64>,
    /// 120: the radar's latitude, WGS 84.
    pub position_lat_deg: Option<f64>,
    /// 120: the radar's longitude, WGS 84.
    pub position_lon_deg: Option<f64>,
}

impl TypedView for View {
    const CATEGORY: u8 = 34;

    #[inline]
    fn item(&mut self, code: u16, data: &[u8]) {
        match code {
            10 => self.source = source(data),
            0 => self.message_type = u8_at(data, 0),
            30 => self.time_of_day_s = time_of_day_s(data),
            20 => self.sector_azimuth_deg = u8_at(data, 0).map(|v| f64::from(v) * (360.0 / 256.0)),
            41 => self.rotation_period_s = u16_at(data, 0).map(|v| f64::from(v) / 128.0),
            120 => {
                self.position_height_m = i16_at(data, 0).map(f64::from);
                self.position_lat_deg =
                    i24_at(data, 2).map(|v| f64::from(v) * (180.0 / 8_388_608.0));
                self.position_lon_deg =
                    i24_at(data, 5).map(|v| f64::from(v) * (180.0 / 8_388_608.0));
            }
            _ => {}
        }
    }
}

/// A service message to be sent: north marker or sector crossing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Message {
    /// 010.
    pub source: Source,
    /// 000: [`NORTH_MARKER`] or [`SECTOR_CROSSING`].
    pub message_type: u8,
    /// 030: seconds since midnight UTC, [0, 86400).
    pub time_of_day_s: f64,
    /// 020: degrees clockwise from north, in steps of 360/256; left out of a north marker if `None`.
    pub sector_azimuth_deg: Option<f64>,
    /// 041: seconds a turn of the antenna takes.
    pub rotation_period_s: Option<f64>,
}

impl Message {
    /// Appends the record (not the data block) to `out`.
    ///
    /// # Errors
    /// If a value does not fit its item; `out` is then left as it was.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        use super::write::{angle, steps};
        let time = steps("030", self.time_of_day_s, 1.0 / 128.0, 0, 0xFF_FFFF)?;
        let sector = self
            .sector_azimuth_deg
            .map(|a| angle("020", a, 8))
            .transpose()?;
        let period = self
            .rotation_period_s
            .map(|p| steps("041", p, 1.0 / 128.0, 0, 0xFFFF))
            .transpose()?;
        out.push(0b1110_0000 | u8::from(sector.is_some()) << 4 | u8::from(period.is_some()) << 3);
        out.extend_from_slice(&[self.source.sac, self.source.sic, self.message_type]);
        out.extend_from_slice(&(time as u32).to_be_bytes()[1..]);
        out.extend(sector.map(|s| s as u8));
        out.extend(period.into_iter().flat_map(|p| (p as u16).to_be_bytes()));
        Ok(())
    }
}

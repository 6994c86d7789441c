//! CAT048, monoradar target reports (EUROCONTROL SPEC-0149 Part 4, ed. 1.27 to 1.32): plots and the
//! tracks of one radar. Reads, and writes plots.

use super::{
    FT_M, NM_M, NM_PER_S_MPS, Source, TypedView, bearing_deg, callsign, i8_at, i16_at, signed,
    source, time_of_day_s, u8_at, u16_at, u24_at,
    write::{angle, steps},
};
use crate::{
    error::EncodeError,
    value::Text,
    wire::{self, Fspec},
};

/// The target report's items.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct View {
    /// 010.
    pub source: Option<Source>,
    /// 140: seconds since midnight UTC.
    pub time_of_day_s: Option<f64>,
    /// 020 TYP: 0 no detection, 1 primary, 2 secondary, 3 both, 4 to 7 Mode S.
    pub detection_type: Option<u8>,
    /// 020 SIM: a simulated target.
    pub simulated: bool,
    /// 020 SPI: special position identification.
    pub spi: bool,
    /// 020 RAB: from a fixed (field monitor) transponder.
    pub fixed_transponder: bool,
    /// 020 TST: a test target.
    pub test: bool,
    /// 040 RHO: slant range.
    pub range_m: Option<f64>,
    /// 040 THETA: degrees clockwise from north.
    pub azimuth_deg: Option<f64>,
    /// 042 X: east of the radar.
    pub x_m: Option<f64>,
    /// 042 Y: north of the radar.
    pub y_m: Option<f64>,
    /// 070: Mode 3/A code, 12 bits (write it as octal).
    pub mode_3a: Option<u16>,
    /// 070 V and G: the code is validated and not garbled.
    pub mode_3a_valid: bool,
    /// 090: flight level, hundreds of feet of pressure altitude. Two's complement, as ed. 1.32 has it;
    /// the earlier definitions call the same bits unsigned.
    pub flight_level: Option<f64>,
    /// 090 V and G: the level is validated and not garbled.
    pub flight_level_valid: bool,
    /// 110: height above mean sea level, measured by a 3D radar.
    pub height_msl_m: Option<f64>,
    /// 120 CAL: calculated radial speed; positive receding is recommended, the sender decides.
    pub doppler_mps: Option<f64>,
    /// 120 CAL D: the radial speed is doubtful.
    pub doppler_doubtful: bool,
    /// 130 SAM: amplitude of the secondary reply.
    pub ssr_amplitude_dbm: Option<i8>,
    /// 130 SRR: secondary replies received.
    pub ssr_replies: Option<u8>,
    /// 130 PRL: azimuth extent of the primary plot.
    pub psr_runlength_deg: Option<f64>,
    /// 130 PAM: amplitude of the primary plot.
    pub psr_amplitude_dbm: Option<i8>,
    /// 161: track number.
    pub track_number: Option<u16>,
    /// 170 CNF: the track is tentative.
    pub tentative: Option<bool>,
    /// 170 TRE: the track ends with this report.
    pub track_end: bool,
    /// 170 GHO: a ghost target.
    pub ghost: bool,
    /// 200: ground speed.
    pub ground_speed_mps: Option<f64>,
    /// 200: heading, degrees clockwise from north.
    pub heading_deg: Option<f64>,
    /// 220: aircraft address, 24 bits.
    pub address: Option<u32>,
    /// 240: callsign or registration.
    pub callsign: Option<Text>,
}

impl View {
    fn characteristics(&mut self, data: &[u8]) {
        super::subitems(data, &[1; 7], |index, bytes| match index {
            1 => self.ssr_replies = u8_at(bytes, 0),
            2 => self.ssr_amplitude_dbm = i8_at(bytes, 0),
            3 => self.psr_runlength_deg = u8_at(bytes, 0).map(|v| f64::from(v) * (360.0 / 8192.0)),
            4 => self.psr_amplitude_dbm = i8_at(bytes, 0),
            _ => {}
        });
    }
}

impl TypedView for View {
    const CATEGORY: u8 = 48;

    #[inline]
    fn item(&mut self, code: u16, data: &[u8]) {
        match code {
            10 => self.source = source(data),
            140 => self.time_of_day_s = time_of_day_s(data),
            20 => {
                let first = u8_at(data, 0).unwrap_or(0);
                self.detection_type = Some(first >> 5);
                self.simulated = first & 0x10 != 0;
                self.spi = first & 0x04 != 0;
                self.fixed_transponder = first & 0x02 != 0;
                self.test = u8_at(data, 1).is_some_and(|v| v & 0x80 != 0);
            }
            40 => {
                self.range_m = u16_at(data, 0).map(|v| f64::from(v) * (NM_M / 256.0));
                self.azimuth_deg = bearing_deg(data, 2);
            }
            42 => {
                self.x_m = i16_at(data, 0).map(|v| f64::from(v) * (NM_M / 128.0));
                self.y_m = i16_at(data, 2).map(|v| f64::from(v) * (NM_M / 128.0));
            }
            70 => {
                let code = u16_at(data, 0);
                self.mode_3a = code.map(|v| v & 0xFFF);
                self.mode_3a_valid = code.is_some_and(|v| v & 0xC000 == 0);
            }
            90 => {
                let level = u16_at(data, 0);
                self.flight_level = level.map(|v| f64::from(signed(v, 14)) / 4.0);
                self.flight_level_valid = level.is_some_and(|v| v & 0xC000 == 0);
            }
            110 => {
                self.height_msl_m =
                    u16_at(data, 0).map(|v| f64::from(signed(v, 14)) * (25.0 * FT_M));
            }
            120 => {
                if wire::bits(data, 0, 1) == Some(1)
                    && let Some(calculated) =
                        Fspec::read(data, None).and_then(|f| u16_at(data, f.octets.len()))
                {
                    self.doppler_mps = Some(signed(calculated, 10).into());
                    self.doppler_doubtful = calculated & 0x8000 != 0;
                }
            }
            130 => self.characteristics(data),
            161 => self.track_number = u16_at(data, 0).map(|v| v & 0xFFF),
            170 => {
                self.tentative = u8_at(data, 0).map(|v| v & 0x80 != 0);
                let second = u8_at(data, 1).unwrap_or(0);
                self.track_end = second & 0x80 != 0;
                self.ghost = second & 0x40 != 0;
            }
            200 => {
                self.ground_speed_mps =
                    u16_at(data, 0).map(|v| f64::from(v) * (NM_PER_S_MPS / 16384.0));
                self.heading_deg = bearing_deg(data, 2);
            }
            220 => self.address = u24_at(data, 0),
            240 => self.callsign = callsign(data, 0),
            _ => {}
        }
    }
}

/// A plot to be sent. What is `None` is left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plot {
    /// 010.
    pub source: Source,
    /// 140: seconds since midnight UTC, [0, 86400).
    pub time_of_day_s: f64,
    /// 020 TYP: 1 primary, 2 secondary, 3 both, 4 to 7 Mode S.
    pub detection_type: u8,
    /// 020 SIM: mark as simulated.
    pub simulated: bool,
    /// 040: slant range, below 256 NM, in steps of 1/256 NM.
    pub range_m: f64,
    /// 040: degrees clockwise from north, in steps of 360/2¹⁶.
    pub azimuth_deg: f64,
    /// 070: Mode 3/A code, 12 bits.
    pub mode_3a: Option<u16>,
    /// 090: flight level (hundreds of feet), in steps of 1/4.
    pub flight_level: Option<f64>,
    /// 130 PAM: amplitude of the primary plot.
    pub psr_amplitude_dbm: Option<i8>,
    /// 220: aircraft address, 24 bits.
    pub address: Option<u32>,
    /// 161: track number, 12 bits.
    pub track_number: Option<u16>,
    /// 110: height above mean sea level, in steps of 25 ft.
    pub height_msl_m: Option<f64>,
    /// 120 CAL: radial speed, positive receding, in steps of 1 m/s within ±512.
    pub doppler_mps: Option<f64>,
}

impl Plot {
    /// A primary plot without the optional items.
    pub fn primary(source: Source, time_of_day_s: f64, range_m: f64, azimuth_deg: f64) -> Self {
        Self {
            source,
            time_of_day_s,
            detection_type: 1,
            simulated: false,
            range_m,
            azimuth_deg,
            mode_3a: None,
            flight_level: None,
            psr_amplitude_dbm: None,
            address: None,
            track_number: None,
            height_msl_m: None,
            doppler_mps: None,
        }
    }

    /// Appends the record (not the data block) to `out`.
    ///
    /// # Errors
    /// If a value does not fit its item; `out` is then left as it was.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let whole =
            |item, value: u32, bits: u32| steps(item, value.into(), 1.0, 0, (1 << bits) - 1);
        let time = steps("140", self.time_of_day_s, 1.0 / 128.0, 0, 0xFF_FFFF)?;
        let kind = whole("020/TYP", self.detection_type.into(), 3)?;
        let range = steps("040/RHO", self.range_m, NM_M / 256.0, 0, 0xFFFF)?;
        let azimuth = angle("040/THETA", self.azimuth_deg, 16)?;
        let mode_3a = self
            .mode_3a
            .map(|v| whole("070/MODE3A", v.into(), 12))
            .transpose()?;
        let level = self
            .flight_level
            .map(|v| steps("090/FL", v, 0.25, -8192, 8191))
            .transpose()?;
        let address = self.address.map(|v| whole("220", v, 24)).transpose()?;
        let track = self
            .track_number
            .map(|v| whole("161/TRN", v.into(), 12))
            .transpose()?;
        let height = self
            .height_msl_m
            .map(|v| steps("110/3DH", v, 25.0 * FT_M, -8192, 8191))
            .transpose()?;
        let doppler = self
            .doppler_mps
            .map(|v| steps("120/CAL/CAL", v, 1.0, -512, 511))
            .transpose()?;

        // FSPEC bits: 010 140 020 040 070 090 130 | 220 240 250 161 042 200 170 | 210 030 080 100 110 120 230.
        let mut fspec = [
            0xF0 | bit(mode_3a.is_some(), 3)
                | bit(level.is_some(), 2)
                | bit(self.psr_amplitude_dbm.is_some(), 1),
            bit(address.is_some(), 7) | bit(track.is_some(), 4),
            bit(height.is_some(), 3) | bit(doppler.is_some(), 2),
        ];
        let octets = fspec
            .iter()
            .rposition(|octet| *octet != 0)
            .map_or(1, |last| last + 1);
        for octet in fspec.iter_mut().take(octets - 1) {
            *octet |= 1;
        }
        out.extend(fspec.iter().take(octets));
        out.extend_from_slice(&[self.source.sac, self.source.sic]);
        push(out, time, 3);
        out.push((kind as u8) << 5 | u8::from(self.simulated) << 4);
        push(out, range, 2);
        push(out, azimuth, 2);
        mode_3a.inspect(|v| push(out, *v, 2));
        level.inspect(|v| push(out, v & 0x3FFF, 2));
        self.psr_amplitude_dbm
            .inspect(|v| out.extend_from_slice(&[0x08, *v as u8]));
        address.inspect(|v| push(out, *v, 3));
        track.inspect(|v| push(out, *v, 2));
        height.inspect(|v| push(out, v & 0x3FFF, 2));
        doppler.inspect(|v| {
            out.push(0x80);
            push(out, v & 0x03FF, 2);
        });
        Ok(())
    }
}

fn bit(present: bool, at: u32) -> u8 {
    u8::from(present) << at
}

/// Appends the low `octets` octets.
fn push(out: &mut Vec<u8>, value: i64, octets: usize) {
    out.extend(value.to_be_bytes().iter().skip(8 - octets));
}

//! CAT063, sensor status messages of a tracker (EUROCONTROL SPEC-0149 Part 10, ed. 1.6 and 1.7).

use super::{NM_M, Source, TypedView, i16_at, source, time_of_day_s, u8_at};

/// The sensor status message's items.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct View {
    /// 010: the tracker.
    pub source: Option<Source>,
    /// 015: service identification.
    pub service: Option<u8>,
    /// 030: seconds since midnight UTC.
    pub time_of_day_s: Option<f64>,
    /// 050: the sensor spoken of.
    pub sensor: Option<Source>,
    /// 060 CON: 0 operational, 1 degraded, 2 initialising, 3 not connected.
    pub connection: Option<u8>,
    /// 060, second octet, OPS: not to be used operationally.
    pub inhibited: bool,
    /// 070: bias of the sensor's time stamps.
    pub time_bias_s: Option<f64>,
    /// 080: secondary range gain, relative.
    pub ssr_range_gain: Option<f64>,
    /// 080: secondary range bias.
    pub ssr_range_bias_m: Option<f64>,
    /// 081: secondary azimuth bias.
    pub ssr_azimuth_bias_deg: Option<f64>,
    /// 090: primary range gain, relative.
    pub psr_range_gain: Option<f64>,
    /// 090: primary range bias.
    pub psr_range_bias_m: Option<f64>,
    /// 091: primary azimuth bias.
    pub psr_azimuth_bias_deg: Option<f64>,
}

impl TypedView for View {
    const CATEGORY: u8 = 63;

    #[inline]
    fn item(&mut self, code: u16, data: &[u8]) {
        let gain = |at| i16_at(data, at).map(|v| f64::from(v) / 100_000.0);
        let range = |at| i16_at(data, at).map(|v| f64::from(v) * (NM_M / 128.0));
        let angle = || i16_at(data, 0).map(|v| f64::from(v) * (360.0 / 65536.0));
        match code {
            10 => self.source = source(data),
            15 => self.service = u8_at(data, 0),
            30 => self.time_of_day_s = time_of_day_s(data),
            50 => self.sensor = source(data),
            60 => {
                self.connection = u8_at(data, 0).map(|v| v >> 6);
                self.inhibited = u8_at(data, 1).is_some_and(|v| v & 0x80 != 0);
            }
            70 => self.time_bias_s = i16_at(data, 0).map(|v| f64::from(v) / 1000.0),
            80 => (self.ssr_range_gain, self.ssr_range_bias_m) = (gain(0), range(2)),
            81 => self.ssr_azimuth_bias_deg = angle(),
            90 => (self.psr_range_gain, self.psr_range_bias_m) = (gain(0), range(2)),
            91 => self.psr_azimuth_bias_deg = angle(),
            _ => {}
        }
    }
}

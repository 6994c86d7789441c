//! CAT065, service status of a tracker (EUROCONTROL SPEC-0149 Part 15, ed. 1.4 to 1.6).

use super::{Source, TypedView, source, time_of_day_s, u8_at};

/// The service status message's items.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct View {
    /// 010: the tracker.
    pub source: Option<Source>,
    /// 000: 1 status, 2 end of batch, 3 service status report.
    pub message_type: Option<u8>,
    /// 015: service identification.
    pub service: Option<u8>,
    /// 030: seconds since midnight UTC.
    pub time_of_day_s: Option<f64>,
    /// 020: batch number.
    pub batch: Option<u8>,
    /// 040 NOGO: 0 operational, 1 degraded, 2 not connected, 3 unknown.
    pub nogo: Option<u8>,
    /// 050: service status report.
    pub report: Option<u8>,
}

impl TypedView for View {
    const CATEGORY: u8 = 65;

    #[inline]
    fn item(&mut self, code: u16, data: &[u8]) {
        match code {
            10 => self.source = source(data),
            0 => self.message_type = u8_at(data, 0),
            15 => self.service = u8_at(data, 0),
            30 => self.time_of_day_s = time_of_day_s(data),
            20 => self.batch = u8_at(data, 0),
            40 => self.nogo = u8_at(data, 0).map(|v| v >> 6),
            50 => self.report = u8_at(data, 0),
            _ => {}
        }
    }
}

//! Report JSON lines into observations.

use crate::{FeedError, Observation, SensorTable};
use lapwing_geo::VerticalReference;
use lapwing_model::{RawRef, ReportJson};

/// A line longer than this is refused unread, bytes.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// Reads the lines of one datagram or chunk; lines do not span chunks.
pub(crate) fn push(
    vertical: &VerticalReference,
    sequence: u64,
    bytes: &[u8],
    sensors: &SensorTable,
    out: &mut Vec<Observation>,
    errors: &mut Vec<FeedError>,
) {
    let mut offset = 0;
    for (record, line) in (0_u32..).zip(bytes.split(|b| *b == b'\n')) {
        let at = offset;
        offset += line.len() + 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match read_line(line, vertical, sequence, record, sensors) {
            Ok(observation) => out.push(observation),
            Err(reason) => errors.push(FeedError { offset: at, reason }),
        }
    }
}

fn read_line(
    line: &[u8],
    vertical: &VerticalReference,
    sequence: u64,
    record: u32,
    sensors: &SensorTable,
) -> Result<Observation, String> {
    if line.len() > LINE_BYTES_MAX {
        return Err(format!(
            "a report of {} bytes; at most {LINE_BYTES_MAX} are read",
            line.len()
        ));
    }
    let json: ReportJson = serde_json::from_slice(line).map_err(|e| format!("report: {e}"))?;
    let unknown = || {
        let name: String = json.sensor.chars().take(64).collect();
        format!("sensor `{name}` is not in the site file; add a [[sensor]] with this id")
    };
    let id = sensors.by_name(&json.sensor).ok_or_else(unknown)?;
    let spec = sensors.get(id).ok_or_else(unknown)?;
    let raw = RawRef { sequence, record };
    let report = json
        .to_report(id, spec, vertical, raw)
        .map_err(|e| format!("report of `{}`: {e}", json.sensor))?;
    Ok(match report {
        Some(report) => Observation::Report(report),
        None => Observation::Heartbeat {
            sensor: id,
            time: json.time.plus_seconds(-spec.time_bias_s),
        },
    })
}

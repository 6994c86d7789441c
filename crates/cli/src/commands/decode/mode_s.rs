//! Mode S frames of a receiver: the frame in hexadecimal digits, and what an extended squitter says.

use super::Output;
use anyhow::Result;
use lapwing_ingest::{Capture, Wire};
use lapwing_model::Timestamp;
use lapwing_modes::{BeastClock, CounterKind, Deframed, Frame, avr, beast, squitter, timed_csv};
use std::io::Write;

pub(super) fn decode<W: Write>(
    capture: &Capture<'_>,
    date: Option<Timestamp>,
    output: &mut Output<W>,
) -> Result<()> {
    let anchor = date.unwrap_or_default();
    let mut clock = BeastClock::anchored(CounterKind::Ticks12Mhz, anchor.0);
    let mut frames: Vec<Result<Frame, String>> = Vec::new();
    let mut keep = |d: Deframed| {
        frames.push(match d {
            Deframed::Frame(frame) => Ok(frame),
            Deframed::Skipped(skipped) => Err(skipped.to_string()),
        });
    };
    let chunks = capture.frames.iter().map(|f| &f.bytes);
    match capture.wire {
        Wire::Avr => {
            let mut d = avr::Deframer::new();
            chunks.for_each(|c| d.push(c, &mut keep));
            d.finish(&mut keep);
        }
        Wire::TimedCsv => {
            let mut d = timed_csv::Deframer::new();
            chunks.for_each(|c| d.push(c, &mut keep));
            d.finish(&mut keep);
        }
        _ => {
            let mut d = beast::Deframer::new();
            chunks.for_each(|c| d.push(c, &mut keep));
            d.finish(&mut keep);
        }
    }
    for (index, frame) in frames.into_iter().enumerate() {
        match frame {
            Ok(frame) => {
                let time = frame
                    .time_ns
                    .or_else(|| frame.counter.map(|c| clock.time(c)))
                    .map(Timestamp);
                let hex: String = frame.payload().iter().map(|b| format!("{b:02x}")).collect();
                let mut object = serde_json::json!({ "frame": index, "time": time, "mode_s": hex });
                // frames other than extended squitters have no fields to show
                if let Ok(squitter) = squitter::decode(frame.payload())
                    && let Some(map) = object.as_object_mut()
                {
                    map.insert("squitter".into(), serde_json::to_value(squitter)?);
                }
                serde_json::to_writer(&mut output.out, &object)?;
                output.out.write_all(b"\n")?;
            }
            Err(error) => output.failed(index, &error),
        }
    }
    Ok(())
}

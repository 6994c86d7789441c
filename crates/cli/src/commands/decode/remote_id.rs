//! Frames of 802.11 and Bluetooth that carry Remote ID: who sent it, and its messages.

use super::Output;
use anyhow::Result;
use lapwing_ingest::Capture;
use lapwing_remote_id::link;
use std::io::Write;

/// Frames that carry something else print nothing.
pub(super) fn decode<W: Write>(capture: &Capture<'_>, output: &mut Output<W>) -> Result<()> {
    for (index, frame) in capture.frames.iter().enumerate() {
        let Some((link, octets)) = frame.bytes.split_first_chunk::<2>() else {
            continue;
        };
        let found = match link::frame(u16::from_le_bytes(*link), octets) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(problem) => {
                output.failed(index, &problem);
                continue;
            }
        };
        let address = found.address.map(|address| {
            let octets: Vec<String> = address.iter().map(|o| format!("{o:02x}")).collect();
            octets.join(":")
        });
        let line = serde_json::json!({
            "frame": index,
            "time": frame.received,
            "remote_id": {
                "address": address,
                "counter": found.counter,
                "messages": found.heard.messages,
            },
        });
        serde_json::to_writer(&mut output.out, &line)?;
        output.out.write_all(b"\n")?;
        for problem in &found.heard.problems {
            output.failed(index, problem);
        }
    }
    Ok(())
}

//! `lapwing verify`: whether a recording is whole.

use crate::arguments::{Format, Verify};
use anyhow::{Context, Result, bail};
use lapwing_model::Timestamp;

pub(crate) fn run(arguments: &Verify) -> Result<()> {
    let name = arguments.recording.display();
    let report = lapwing_record::verify(&arguments.recording)
        .with_context(|| format!("{name} cannot be verified"))?;
    let head: String = report.head.iter().map(|b| format!("{b:02x}")).collect();
    let time = |ns: Option<i64>| ns.map(|ns| Timestamp(ns).to_string());
    let torn = report.torn_tail.as_ref().map(|t| {
        format!(
            "{} bytes at the end of segment {} were not finished: {}",
            t.len_bytes,
            t.at.segment.display(),
            t.at.reason
        )
    });
    let corrupt = report.corruption.as_ref().map(ToString::to_string);
    match arguments.format {
        Format::Json => println!(
            "{}",
            serde_json::json!({
                "sound": report.is_sound(), "segments": report.segments, "entries": report.entries,
                "bytes": report.good_bytes, "earliest": time(report.earliest_ns),
                "latest": time(report.latest_ns), "head": format!("sha256:{head}"),
                "torn_tail": torn, "corruption": corrupt,
            })
        ),
        Format::Text => {
            println!(
                "{} entries in {} segments, {} bytes, head sha256:{head}",
                report.entries, report.segments, report.good_bytes
            );
            if let (Some(from), Some(to)) = (time(report.earliest_ns), time(report.latest_ns)) {
                println!("from {from} to {to}");
            }
            for line in torn.iter().chain(&corrupt) {
                println!("{line}");
            }
        }
    }
    if report.is_sound() {
        Ok(())
    } else {
        bail!("{name} is damaged")
    }
}

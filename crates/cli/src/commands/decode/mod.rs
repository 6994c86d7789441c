//! `lapwing decode`: what a capture or a socket holds, one line a record; errors on standard error.

mod asterix;
mod choice;
mod mode_s;
mod remote_id;

use crate::arguments::{Decode, DecodeFormat, DecodeValues};
use crate::progress::Progress;
use crate::shutdown::Shutdown;
use anyhow::{Context, Result, bail};
use asterix::{Datagrams, Manner};
use choice::{Choice, Columns};
use lapwing_asterix::{Editions, Values};
use lapwing_engine::listen_udp;
use lapwing_ingest::{Anchor, Capture, Wire};
use lapwing_model::{ReportJson, Timestamp};
use std::io::{self, BufWriter, Write};
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where lines go, and what was counted on the way.
struct Output<W: Write> {
    out: W,
    errors: u64,
    /// ASTERIX records.
    records: u64,
}

impl<W: Write> Output<W> {
    fn failed(&mut self, frame: usize, error: &dyn std::fmt::Display) {
        self.errors += 1;
        eprintln!("frame {frame}: {error}");
    }
}

pub(crate) fn run(arguments: &Decode) -> Result<()> {
    let editions = editions(&arguments.edition)?;
    let choice = Choice::parse(&arguments.filter)?;
    let values = match arguments.values {
        DecodeValues::Scaled => Values::Scaled,
        DecodeValues::Raw => Values::Raw,
        DecodeValues::Full => Values::Full,
    };
    let columns = match arguments.format {
        DecodeFormat::Json => None,
        DecodeFormat::Csv if values == Values::Full => {
            bail!("--values full has no place in a cell; use --format json, or --values raw")
        }
        DecodeFormat::Csv => Some(Columns::of(&choice, &editions)?),
    };
    let mut output = Output {
        out: BufWriter::with_capacity(1 << 16, io::stdout().lock()),
        errors: 0,
        records: 0,
    };
    if let Some(columns) = &columns {
        columns.write_header(&mut output.out)?;
    }
    let asterix_only =
        columns.is_some() || !arguments.filter.is_empty() || values != Values::Scaled;
    let manner = Manner {
        values,
        choice,
        columns,
    };
    match arguments.input.strip_prefix("udp://") {
        Some(address) => live(
            arguments,
            address,
            |anchor| Datagrams::new(manner, editions, anchor),
            &mut output,
        ),
        None => file(
            arguments,
            asterix_only,
            |anchor| Datagrams::new(manner, editions, anchor),
            &mut output,
        ),
    }
}

fn file<W: Write>(
    arguments: &Decode,
    asterix_only: bool,
    datagrams: impl FnOnce(Anchor) -> Datagrams,
    output: &mut Output<W>,
) -> Result<()> {
    let name = &arguments.input;
    let bytes = std::fs::read(name).with_context(|| format!("cannot read {name}"))?;
    let mut capture = Capture::parse(&bytes).with_context(|| name.clone())?;
    if let Some(count) = arguments.count {
        capture.frames.truncate(count);
    }
    for error in &capture.errors {
        eprintln!("{name}: {error}");
        output.errors += 1;
    }
    if asterix_only && capture.wire != Wire::Asterix {
        bail!("{name} holds no ASTERIX: --filter, --values and --format csv are for ASTERIX");
    }
    match capture.wire {
        Wire::Asterix => {
            let anchor = match (arguments.date, capture.dated) {
                (Some(date), _) => Anchor::Date(date),
                (None, true) => Anchor::Receipt,
                (None, false) => Anchor::Date(Timestamp(0)),
            };
            let mut datagrams = datagrams(anchor);
            let mut progress = Progress::new(capture.frames.len(), "datagrams");
            for (index, frame) in capture.frames.iter().enumerate() {
                progress.at(index);
                let at = (index, frame.received.unwrap_or_default());
                datagrams.decode(at, &frame.bytes, output)?;
            }
            drop(progress);
            output.out.flush()?;
            if datagrams.say_undefined(name) && output.records == 0 {
                bail!(
                    "{name}: no record is of a category that has a definition (`lapwing asterix` lists them)"
                );
            }
        }
        Wire::RemoteId => remote_id::decode(&capture, output)?,
        Wire::ReportJson => report_lines(&capture, output)?,
        Wire::Beast | Wire::Avr | Wire::TimedCsv => {
            mode_s::decode(&capture, arguments.date, output)?;
        }
    }
    output.out.flush()?;
    if output.errors > 0 {
        bail!(
            "{name}: {} errors (above); everything else was decoded",
            output.errors
        );
    }
    Ok(())
}

/// Datagrams as they come, until Ctrl-C or the count asked for. What cannot be read is said and
/// passed over.
fn live<W: Write>(
    arguments: &Decode,
    address: &str,
    datagrams: impl FnOnce(Anchor) -> Datagrams,
    output: &mut Output<W>,
) -> Result<()> {
    let address: SocketAddr = address.parse().with_context(|| {
        format!("udp://{address}: write it as udp://0.0.0.0:8600 or udp://239.1.1.1:8600")
    })?;
    let socket = listen_udp(address, arguments.interface)
        .with_context(|| format!("cannot listen at udp://{address}"))?;
    let shutdown = Shutdown::on_signals()?;
    let mut datagrams = datagrams(arguments.date.map_or(Anchor::Receipt, Anchor::Date));
    let mut buffer = vec![0; 65_536];
    let mut frame = 0;
    while !shutdown.requested() && arguments.count.is_none_or(|count| frame < count) {
        // a time-out, or an error that another host's reply caused: listen on
        let Ok(length) = socket.recv(&mut buffer) else {
            continue;
        };
        let bytes = buffer.get(..length).unwrap_or_default();
        datagrams.decode((frame, now()), bytes, output)?;
        // a line is of use when it is seen
        output.out.flush()?;
        frame += 1;
    }
    datagrams.say_undefined(&arguments.input);
    Ok(())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(since.map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX)))
}

/// `62=1.18` and the like.
fn editions(chosen: &[String]) -> Result<Editions> {
    let mut editions = Editions::newest();
    for text in chosen {
        let parsed = text
            .split_once('=')
            .and_then(|(category, edition)| Some((category.parse::<u8>().ok()?, edition)));
        let Some((category, edition)) = parsed else {
            bail!("--edition {text}: write it as 62=1.18");
        };
        editions.choose(category, edition)?;
    }
    Ok(editions)
}

fn report_lines<W: Write>(capture: &Capture<'_>, output: &mut Output<W>) -> Result<()> {
    for (index, frame) in capture.frames.iter().enumerate() {
        match serde_json::from_slice::<ReportJson>(&frame.bytes) {
            Ok(report) => {
                let line =
                    serde_json::json!({ "frame": index, "time": report.time, "report": report });
                serde_json::to_writer(&mut output.out, &line)?;
                output.out.write_all(b"\n")?;
            }
            Err(error) => output.failed(index, &error),
        }
    }
    Ok(())
}

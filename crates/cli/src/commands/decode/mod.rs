//! `lapwing decode`: one JSON object per decoded record, errors on standard error.

use crate::arguments::Decode;
use crate::progress::Progress;
use anyhow::{Context, Result, bail};
use lapwing_asterix::{
    Buffer, EditionFinder, Editions, Reason, Record, Values, blocks, decode_with, is_known,
    record_to_json,
};
use lapwing_ingest::{Anchor, Capture, TimeOfDayClock, Wire};
use lapwing_model::{ReportJson, Timestamp};
use lapwing_modes::{BeastClock, CounterKind, Deframed, Frame, avr, beast, squitter, timed_csv};
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

pub(crate) fn run(arguments: &Decode) -> Result<()> {
    let name = arguments.input.display().to_string();
    let bytes = std::fs::read(&arguments.input).with_context(|| format!("cannot read {name}"))?;
    let capture = Capture::parse(&bytes).with_context(|| name.clone())?;
    let mut decoder = Decoder {
        out: BufWriter::with_capacity(1 << 16, io::stdout().lock()),
        finder: EditionFinder::new(editions(&arguments.edition)?),
        date: arguments.date,
        errors: 0,
        records: 0,
        undefined: BTreeMap::new(),
    };
    for error in &capture.errors {
        eprintln!("{name}: {error}");
        decoder.errors += 1;
    }
    match capture.wire {
        Wire::Asterix => decoder.asterix(&capture)?,
        Wire::ReportJson => decoder.report_lines(&capture)?,
        Wire::Beast | Wire::Avr | Wire::TimedCsv => decoder.mode_s(&capture)?,
    }
    decoder.out.flush()?;
    for (category, passed_over) in &decoder.undefined {
        eprintln!("{name}: category {category:03} has no definition: {passed_over}");
    }
    if decoder.records == 0 && !decoder.undefined.is_empty() {
        bail!(
            "{name}: no record is of a category that has a definition (`lapwing asterix` lists them)"
        );
    }
    if decoder.errors > 0 {
        bail!(
            "{name}: {} errors (above); everything else was decoded",
            decoder.errors
        );
    }
    Ok(())
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

struct Decoder<W: Write> {
    out: W,
    finder: EditionFinder,
    date: Option<Timestamp>,
    errors: u64,
    /// ASTERIX records.
    records: u64,
    /// By category.
    undefined: BTreeMap<u8, PassedOver>,
}

/// Data blocks that nothing defines: whole, so that nothing else is lost, but not to be read.
struct PassedOver {
    blocks: u64,
    octets: usize,
    first_frame: usize,
}

impl std::fmt::Display for PassedOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} data blocks ({} octets) were passed over, the first in frame {}",
            self.blocks, self.octets, self.first_frame
        )
    }
}

impl<W: Write> Decoder<W> {
    fn failed(&mut self, frame: usize, error: &dyn std::fmt::Display) {
        self.errors += 1;
        eprintln!("frame {frame}: {error}");
    }

    /// Finds out how a datagram is to be read.
    fn look_at(&mut self, frame: usize, bytes: &[u8]) {
        for block in blocks(bytes).flatten() {
            if let Some(found) = self.finder.observe(block, |_| true) {
                eprintln!("frame {frame}: {found} (--edition keeps to one)");
            }
            if !is_known(block.category) {
                let passed_over = self.undefined.entry(block.category).or_insert(PassedOver {
                    blocks: 0,
                    octets: 0,
                    first_frame: frame,
                });
                passed_over.blocks += 1;
                passed_over.octets += block.body.len() + 3;
            }
        }
    }

    fn asterix(&mut self, capture: &Capture<'_>) -> Result<()> {
        let anchor = match (self.date, capture.dated) {
            (Some(date), _) => Anchor::Date(date),
            (None, true) => Anchor::Receipt,
            (None, false) => Anchor::Date(Timestamp(0)),
        };
        let mut clock = TimeOfDayClock::new(anchor);
        let mut progress = Progress::new(capture.frames.len(), "datagrams");
        let mut buffer = Buffer::default();
        let mut line = Vec::new();
        for (index, frame) in capture.frames.iter().enumerate() {
            progress.at(index);
            self.look_at(index, &frame.bytes);
            let editions = self.finder.editions();
            let decoded = decode_with(&frame.bytes, editions, std::mem::take(&mut buffer));
            self.records += decoded.records().len() as u64;
            for record in decoded.records() {
                let time = time_of_day_s(&record)
                    .map(|s| clock.instant(s, frame.received.unwrap_or_default()));
                line.clear();
                write!(line, "{{\"frame\":{index},\"time\":")?;
                match time {
                    Some(time) => write!(line, "\"{time}\"")?,
                    None => line.extend(b"null"),
                }
                let edition = record.edition();
                write!(
                    line,
                    ",\"cat\":{},\"edition\":\"{}\",\"items\":",
                    edition.category, edition.name
                )?;
                record_to_json(&record, Values::Scaled, &mut line);
                line.extend(b"}\n");
                self.out.write_all(&line)?;
            }
            let errors = decoded.errors().iter();
            let errors: Vec<String> = errors
                .filter(|error| error.reason != Reason::UnknownCategory)
                .map(ToString::to_string)
                .collect();
            buffer = decoded.into_buffer();
            for error in errors {
                self.failed(index, &error);
            }
        }
        Ok(())
    }

    fn report_lines(&mut self, capture: &Capture<'_>) -> Result<()> {
        for (index, frame) in capture.frames.iter().enumerate() {
            match serde_json::from_slice::<ReportJson>(&frame.bytes) {
                Ok(report) => {
                    let line = serde_json::json!({ "frame": index, "time": report.time, "report": report });
                    serde_json::to_writer(&mut self.out, &line)?;
                    self.out.write_all(b"\n")?;
                }
                Err(error) => self.failed(index, &error),
            }
        }
        Ok(())
    }

    fn mode_s(&mut self, capture: &Capture<'_>) -> Result<()> {
        let anchor = self.date.unwrap_or_default();
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
                    let mut object =
                        serde_json::json!({ "frame": index, "time": time, "mode_s": hex });
                    // frames other than extended squitters have no fields to show
                    if let Ok(squitter) = squitter::decode(frame.payload())
                        && let Some(map) = object.as_object_mut()
                    {
                        map.insert("squitter".into(), serde_json::to_value(squitter)?);
                    }
                    serde_json::to_writer(&mut self.out, &object)?;
                    self.out.write_all(b"\n")?;
                }
                Err(error) => self.failed(index, &error),
            }
        }
        Ok(())
    }
}

/// The item that says when a record applies, by category.
fn time_of_day_s(record: &Record<'_>) -> Option<f64> {
    let items: &[&str] = match record.category() {
        1 => &["141"],
        2 | 23 | 25 | 32 | 34 | 63 | 65 | 205 => &["030", "070"],
        8 | 9 => &["090"],
        10 | 11 | 16 | 18 | 19 | 20 | 48 | 240 | 247 => &["140"],
        17 => &["140"],
        21 => &["071", "073", "077", "030"],
        _ => &["070", "030", "140"],
    };
    items
        .iter()
        .find_map(|code| record.get(code).and_then(|item| item.number()))
}

//! ASTERIX datagrams as lines of JSON or CSV.

use super::Output;
use super::choice::{Choice, Columns};
use anyhow::Result;
use lapwing_asterix::{
    Buffer, EditionFinder, Editions, Reason, Record, Value, Values, blocks, decode_with, is_known,
    item_to_json,
};
use lapwing_ingest::{Anchor, TimeOfDayClock};
use lapwing_model::Timestamp;
use std::collections::BTreeMap;
use std::io::Write;

/// How records are printed.
pub(super) struct Manner {
    pub(super) values: Values,
    pub(super) choice: Choice,
    /// Of CSV.
    pub(super) columns: Option<Columns>,
}

/// Decodes one datagram after another.
pub(super) struct Datagrams {
    manner: Manner,
    finder: EditionFinder,
    clock: TimeOfDayClock,
    buffer: Buffer,
    /// Data blocks without a definition, by category.
    undefined: BTreeMap<u8, PassedOver>,
    line: Vec<u8>,
    cell: Vec<u8>,
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

impl Datagrams {
    pub(super) fn new(manner: Manner, editions: Editions, anchor: Anchor) -> Self {
        Self {
            manner,
            finder: EditionFinder::new(editions),
            clock: TimeOfDayClock::new(anchor),
            buffer: Buffer::default(),
            undefined: BTreeMap::new(),
            line: Vec::new(),
            cell: Vec::new(),
        }
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

    pub(super) fn decode<W: Write>(
        &mut self,
        (frame, received): (usize, Timestamp),
        bytes: &[u8],
        output: &mut Output<W>,
    ) -> Result<()> {
        self.look_at(frame, bytes);
        let buffer = std::mem::take(&mut self.buffer);
        let decoded = decode_with(bytes, self.finder.editions(), buffer);
        output.records += decoded.records().len() as u64;
        for record in decoded.records() {
            // the clock is told of every record, so that a filter changes no time
            let time = time_of_day_s(&record).map(|s| self.clock.instant(s, received));
            if !self.manner.choice.holds(&record) {
                continue;
            }
            self.line.clear();
            match &self.manner.columns {
                None => json_line(&self.manner, (frame, time), &record, &mut self.line)?,
                Some(columns) => {
                    let values = self.manner.values;
                    let line = (&mut self.line, &mut self.cell);
                    csv_line(columns, values, (frame, time), &record, line)?;
                }
            }
            output.out.write_all(&self.line)?;
        }
        let errors = decoded.errors().iter();
        let errors: Vec<String> = errors
            .filter(|error| error.reason != Reason::UnknownCategory)
            .map(ToString::to_string)
            .collect();
        self.buffer = decoded.into_buffer();
        for error in errors {
            output.failed(frame, &error);
        }
        Ok(())
    }

    /// Says what was passed over; whether anything was.
    pub(super) fn say_undefined(&self, name: &str) -> bool {
        for (category, passed_over) in &self.undefined {
            eprintln!("{name}: category {category:03} has no definition: {passed_over}");
        }
        !self.undefined.is_empty()
    }
}

fn json_line(
    manner: &Manner,
    (frame, time): (usize, Option<Timestamp>),
    record: &Record<'_>,
    line: &mut Vec<u8>,
) -> Result<()> {
    write!(line, "{{\"frame\":{frame},\"time\":")?;
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
    manner.choice.items.to_json(record, manner.values, line);
    line.extend(b"}\n");
    Ok(())
}

/// A row: frame, time, category, edition, and a cell for each column; empty where the record
/// lacks it, JSON where it is no single value.
fn csv_line(
    columns: &Columns,
    values: Values,
    (frame, time): (usize, Option<Timestamp>),
    record: &Record<'_>,
    (line, cell): (&mut Vec<u8>, &mut Vec<u8>),
) -> Result<()> {
    let edition = record.edition();
    let time = time.map(|t| t.to_string()).unwrap_or_default();
    let mut row = csv::WriterBuilder::new().from_writer(line);
    row.write_field(frame.to_string())?;
    row.write_field(&time)?;
    row.write_field(edition.category.to_string())?;
    row.write_field(edition.name)?;
    for path in columns.paths() {
        cell.clear();
        if let Some(item) = record.path(path) {
            item_to_json(&item, values, cell);
        }
        // a text is itself, not a text in JSON
        if cell.first() == Some(&b'"') {
            match record.path(path).and_then(|item| item.value()) {
                Some(Value::Text(text)) => {
                    cell.clear();
                    cell.extend(text.as_bytes());
                }
                _ => cell.retain(|octet| *octet != b'"'),
            }
        }
        row.write_field(&*cell)?;
    }
    row.write_record(None::<&[u8]>)?;
    row.flush()?;
    Ok(())
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

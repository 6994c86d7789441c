//! `lapwing simulate`: truth and sensor bytes of a scenario, into files.
//!
//! Each feed becomes one capture that every command reads back: ASTERIX as Final
//! Format (its clock is the time of emission), Mode S as rows of time and Beast frame
//! (a Beast file has no date), report lines as they are.

use crate::arguments::Simulate;
use crate::progress::Progress;
use anyhow::{Context, Result};
use lapwing_engine::site::{FeedSpec, Site};
use lapwing_ingest::Wire;
use lapwing_model::Timestamp;
use lapwing_modes::{Deframed, beast};
use lapwing_sim::{Event, Scenario, Simulation};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};

/// The scenario of a name, or of a file.
pub(crate) fn scenario(name: &str) -> Result<Scenario> {
    if let Some(shipped) = Scenario::shipped(name) {
        return Ok(shipped);
    }
    let text = fs::read_to_string(name).with_context(|| {
        let known = Scenario::SHIPPED.join(", ");
        format!("cannot read {name} (nor is it one of those that ship: {known})")
    })?;
    Scenario::from_toml(&text).with_context(|| name.to_owned())
}

/// The checked site of a simulation.
pub(crate) fn site_of(simulation: &Simulation) -> Result<Site> {
    Site::parse(&simulation.site(), "simulated site").map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the simulated site is refused: {}", lines.join("\n"))
    })
}

pub(crate) fn run(arguments: &Simulate) -> Result<()> {
    let mut scenario = scenario(&arguments.scenario)?;
    if let Some(seed) = arguments.seed {
        scenario.seed = seed;
    }
    if let Some(from_s) = arguments.from {
        scenario.excerpt.get_or_insert_default().from_s = from_s;
    }
    if let Some(duration_s) = arguments.duration {
        scenario.excerpt.get_or_insert_default().duration_s = Some(duration_s);
    }
    let mut simulation = Simulation::new(&scenario)?;
    let site = site_of(&simulation)?;
    fs::create_dir_all(&arguments.out)
        .with_context(|| format!("cannot make {}", arguments.out.display()))?;
    let create = |name: &str| -> Result<BufWriter<File>> {
        let path = arguments.out.join(name);
        File::create(&path)
            .map(BufWriter::new)
            .with_context(|| format!("cannot write {}", path.display()))
    };
    let mut feeds: BTreeMap<&str, (&FeedSpec, String, BufWriter<File>)> = BTreeMap::new();
    for feed in &site.feeds {
        let extension = match feed.wire {
            Some(Wire::Asterix) | None => "ff",
            Some(Wire::ReportJson) => "jsonl",
            Some(_) => "csv",
        };
        let name = format!("{}.{extension}", feed.id);
        let file = create(&name)?;
        feeds.insert(&feed.id, (feed, name, file));
    }
    let mut truth = create("truth.jsonl")?;
    create("site.toml")?.write_all(simulation.site().as_bytes())?;
    create("scenario.toml")?.write_all(scenario.to_toml().as_bytes())?;
    create("basemap.geojson")?.write_all(lapwing_sim::MERROW_GEOJSON.as_bytes())?;

    let (start, end) = (simulation.start(), simulation.end());
    let mut progress = Progress::new(end.seconds_since(start) as usize, "simulated seconds");
    let mut emissions = 0_u64;
    while let Some(event) = simulation.next_event() {
        match event {
            Event::Emission(emission) => {
                emissions += 1;
                progress.at(emission.time.seconds_since(start) as usize);
                if let Some((feed, _, file)) = feeds.get_mut(emission.feed.as_str()) {
                    match feed.wire {
                        Some(Wire::Asterix) | None => {
                            file.write_all(&final_format(emission.time, &emission.bytes))?;
                        }
                        Some(Wire::ReportJson) => {
                            file.write_all(emission.bytes.trim_ascii_end())?;
                            file.write_all(b"\n")?;
                        }
                        Some(_) => timed_rows(file, emission.time, &emission.bytes)?,
                    }
                }
            }
            Event::Truth(lines) => {
                for line in lines {
                    writeln!(truth, "{}", line.to_json())?;
                }
            }
        }
    }
    truth.flush()?;
    for (_, name, file) in feeds.values_mut() {
        file.flush()?;
        // a sensor that had nothing to say leaves no capture: an empty file is none
        if file.get_ref().metadata()?.len() == 0 {
            fs::remove_file(arguments.out.join(name.as_str()))?;
        }
    }
    eprintln!(
        "{emissions} datagrams of {} feeds from {start} to {end} in {}",
        feeds.len(),
        arguments.out.display()
    );
    Ok(())
}

/// Rows of time and frame for each Beast frame of a chunk.
fn timed_rows(out: &mut impl Write, time: Timestamp, chunk: &[u8]) -> std::io::Result<()> {
    let mut result = Ok(());
    let mut row = |deframed: Deframed| {
        if let Deframed::Frame(frame) = deframed
            && result.is_ok()
        {
            let hex: String = frame.payload().iter().map(|b| format!("{b:02x}")).collect();
            result = writeln!(out, "{:.6},{hex}", time.as_seconds());
        }
    };
    let mut deframer = beast::Deframer::new();
    deframer.push(chunk, &mut row);
    deframer.finish(&mut row);
    result
}

/// A Final Format frame: length, four bytes of line and day, time of day in 10 ms, payload, trailer.
fn final_format(time: Timestamp, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 12).unwrap_or(u16::MAX);
    let ticks = (time - time.midnight()) / 10_000_000;
    let [.., t2, t1, t0] = ticks.to_be_bytes();
    let mut frame = Vec::with_capacity(usize::from(length));
    frame.extend(length.to_be_bytes());
    frame.extend([0, 0, 0, t2, t1, t0]);
    frame.extend(payload);
    frame.extend([0xA5; 4]);
    frame
}

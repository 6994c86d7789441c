//! `lapwing run`: the live picture of a site.
//!
//! The data directory holds one directory a run. A run that was killed goes on where
//! its log ends: the log is played through the core again, so that tracks keep their
//! ids, and a warning that was decided but had not left yet leaves now, under its id.

use crate::arguments::Run;
use crate::inputs::read_site;
use crate::serve;
use crate::shutdown::Shutdown;
use anyhow::{Context, Result};
use lapwing_engine::site::{Site, Source};
use lapwing_engine::{
    Entry, Feeds, Mode, Outputs, ReplayError, RunOptions, Runtime, Sequencer, Start, StartFeed,
    wall_clock, wire_word,
};
use lapwing_ingest::{Capture, Wire};
use lapwing_model::Timestamp;
use lapwing_record::{Options, Reader, Writer};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) fn run(arguments: &Run) -> Result<()> {
    if !arguments.headless {
        serve::check(arguments.listen.listen)?;
    }
    let site = read_site(&arguments.site)?;
    let start = start_of(&site, arguments.date)?;
    let (sequencer, outputs) = open(&site, start, arguments)?;
    let shutdown = Shutdown::on_signals()?;
    let runtime = Runtime::spawn(
        sequencer,
        outputs,
        RunOptions {
            mode: if site.exercise {
                Mode::Exercise
            } else {
                Mode::Live
            },
            speed: None,
            wall_clock: true,
            report_faults: true,
        },
    )?;
    let feeds = Feeds::start(&site.feeds, &runtime.inbox())?;
    let finished = if arguments.headless {
        eprintln!("running without a map; stop with Ctrl-C");
        while shutdown.sleep(Duration::from_secs(1)) && !runtime.is_finished() {}
        feeds.stop();
        runtime.stop().context("the pipeline ended by itself")?
    } else {
        serve::until_shutdown_with(
            arguments.listen.listen,
            &site,
            None,
            runtime,
            &shutdown,
            || feeds.stop(),
        )?
    };
    let c = finished.core.counters();
    eprintln!(
        "{} datagrams, {} reports, {} errors, {} late, {} dropped; digest {}",
        c.datagrams, c.reports, c.errors, c.late, c.dropped, finished.digest
    );
    match finished.failure {
        Some(failure) => anyhow::bail!("the recording was not closed: {failure}"),
        None => Ok(()),
    }
}

/// How a run of this site begins. What a file speaks is told from its content.
fn start_of(site: &Site, date: Option<Timestamp>) -> Result<Start> {
    let mut feeds = Vec::new();
    for feed in &site.feeds {
        let wire = match (&feed.source, feed.wire) {
            (Source::File(path), _) => {
                let bytes = std::fs::read(path)
                    .with_context(|| format!("feed `{}`: {}", feed.id, path.display()))?;
                Capture::parse(&bytes)
                    .with_context(|| format!("feed `{}`: {}", feed.id, path.display()))?
                    .wire
            }
            (_, wire) => wire.unwrap_or(Wire::Asterix),
        };
        feeds.push(StartFeed {
            id: feed.id.clone(),
            wire: wire_word(wire).to_owned(),
            date,
            sensor: feed.sensor.clone(),
        });
    }
    Ok(Start {
        format: 1,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        site: site.text.clone(),
        feeds,
        exercise: site.exercise,
        warnings: Vec::new(),
    })
}

/// The newest run of the data directory if it began in the same way, else a new one.
fn open(site: &Site, start: Start, arguments: &Run) -> Result<(Sequencer, Outputs)> {
    let runs = arguments.data.join("runs");
    std::fs::create_dir_all(&runs).with_context(|| format!("cannot make {}", runs.display()))?;
    let earlier = newest(&runs)?;
    let mut start = start;
    if let Some(dir) = &earlier {
        if begins_like(&dir.join("recording"), &start)? {
            match resume(site, dir, arguments.threads) {
                Err(error) if is_divergence(&error) => {
                    eprintln!("{error:#}; a new run begins");
                }
                resumed => return resumed,
            }
        }
        // what the earlier run had not handed over leaves now, and its warnings go on
        let store = Outputs::open(site, &dir.join("state.db"))?;
        // exercise and live never mix, and a place that is gone can be warned no more
        start.warnings = store
            .last_versions()?
            .into_iter()
            .filter(|w| w.exercise == site.exercise)
            .filter(|w| site.places.iter().any(|p| p.id == w.place))
            .collect();
    }
    let dir = runs.join(wall_clock().to_string().replace(':', "-"));
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let recording = dir.join("recording");
    let options = Options {
        created_ns: wall_clock().0,
        ..Options::default()
    };
    let log = Writer::create(&recording, &options)
        .with_context(|| format!("cannot record into {}", recording.display()))?;
    eprintln!("recording into {}", recording.display());
    let sequencer = Sequencer::begin(
        site.clone(),
        start,
        arguments.threads,
        Some(log),
        wall_clock(),
    )?;
    let outputs = Outputs::open(site, &dir.join("state.db"))?;
    Ok((sequencer, outputs))
}

fn newest(runs: &Path) -> Result<Option<PathBuf>> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(runs)
        .with_context(|| format!("cannot read {}", runs.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.join("recording").is_dir())
        .collect();
    found.sort();
    Ok(found.pop())
}

/// Whether a recording's first entry is this start.
fn begins_like(recording: &Path, start: &Start) -> Result<bool> {
    let mut reader = match Reader::open(recording) {
        Ok(reader) => reader,
        // killed before its first entry was on disk: nothing to go on with
        Err(lapwing_record::RecordError::NoRecording { .. }) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    Ok(match reader.next_entry()? {
        Some(found) => Entry::read(found.kind, found.payload).is_ok_and(|entry| match entry {
            Entry::Start(mut begun) => {
                begun.warnings.clear();
                begun == *start
            }
            _ => false,
        }),
        None => false,
    })
}

fn is_divergence(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref::<ReplayError>(),
        Some(ReplayError::Diverged { .. })
    )
}

fn resume(site: &Site, dir: &Path, threads: usize) -> Result<(Sequencer, Outputs)> {
    let recording = dir.join("recording");
    let (log, recovery) = Writer::open(&recording, &Options::default())
        .with_context(|| format!("cannot go on with {}", recording.display()))?;
    if let Some(cut) = &recovery.cut {
        eprintln!(
            "{}: {} unfinished bytes at its end were cut",
            recording.display(),
            cut.len_bytes
        );
    }
    let mut outputs = Outputs::open(site, &dir.join("state.db"))?;
    let mut sequencer = Sequencer::replay(&recording, threads, |_, _, outcome| {
        outputs.recover(&outcome, site);
        true
    })
    .with_context(|| format!("cannot replay {}", recording.display()))?;
    eprintln!(
        "going on with {}: {} entries played again",
        recording.display(),
        log.next_seq()
    );
    sequencer.resume(log);
    Ok((sequencer, outputs))
}

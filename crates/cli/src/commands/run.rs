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

/// The log of a run, and its warnings, in the run's directory.
const RECORDING: &str = "recording";
const STATE: &str = "state.db";

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

/// The newest run of the data directory if it began in the same way, else a new one. Runs of
/// the other kind, live or exercise, may lie beside them and are left alone.
fn open(site: &Site, mut start: Start, arguments: &Run) -> Result<(Sequencer, Outputs)> {
    let runs = arguments.data.join("runs");
    std::fs::create_dir_all(&runs).with_context(|| format!("cannot make {}", runs.display()))?;
    let earlier = newest(&runs, start.exercise)?;
    if let Some((dir, begun)) = &earlier {
        if *begun == start {
            match resume(site, dir, arguments.threads) {
                Err(error) if must_begin_anew(&error) => {
                    eprintln!("{error:#}; a new run begins");
                }
                resumed => return resumed,
            }
        }
        recover_logged(site, dir)?;
    }
    let dir = runs.join(wall_clock().to_string().replace(':', "-"));
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let mut outputs = Outputs::open(site, &dir.join(STATE))?;
    if let Some((earlier, _)) = &earlier {
        start.warnings = outputs.carry(&earlier.join(STATE), site)?;
    }
    let recording = dir.join(RECORDING);
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
    Ok((sequencer, outputs))
}

/// The newest run of a kind, and how it began (the warnings it took over left out).
fn newest(runs: &Path, exercise: bool) -> Result<Option<(PathBuf, Start)>> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(runs)
        .with_context(|| format!("cannot read {}", runs.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.join(RECORDING).is_dir())
        .collect();
    found.sort();
    for dir in found.into_iter().rev() {
        if let Some(begun) = begun(&dir.join(RECORDING))?
            && begun.exercise == exercise
        {
            return Ok(Some((dir, begun)));
        }
    }
    Ok(None)
}

/// How a recording's run began; nothing where it was killed before that was on disk.
fn begun(recording: &Path) -> Result<Option<Start>> {
    let mut reader = match Reader::open(recording) {
        Ok(reader) => reader,
        Err(lapwing_record::RecordError::NoRecording { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Some(found) = reader.next_entry()? else {
        return Ok(None);
    };
    match Entry::read(found.kind, found.payload) {
        Ok(Entry::Start(mut start)) => {
            start.warnings.clear();
            Ok(Some(start))
        }
        _ => Ok(None),
    }
}

/// Stores, and lets out, every warning that a recording holds and its run's store does not:
/// the run was killed between the two.
fn recover_logged(site: &Site, dir: &Path) -> Result<()> {
    let mut outputs = Outputs::open(site, &dir.join(STATE))?;
    let mut reader = Reader::open(dir.join(RECORDING))?;
    while let Some(found) = reader.next_entry()? {
        if let Ok(Entry::Warning(bytes)) = Entry::read(found.kind, found.payload)
            && let Ok(warning) = serde_json::from_slice(&bytes)
        {
            outputs.recover(&warning, site);
        }
    }
    Ok(())
}

/// The store holds warnings that do not follow from the recording.
#[derive(Debug, thiserror::Error)]
#[error("{0} lacks what led to warnings that were given: the disk was full, perhaps")]
struct LogBehind(String);

fn must_begin_anew(error: &anyhow::Error) -> bool {
    error.is::<LogBehind>()
        || matches!(
            error.downcast_ref::<ReplayError>(),
            Some(ReplayError::Diverged { .. })
        )
}

fn resume(site: &Site, dir: &Path, threads: usize) -> Result<(Sequencer, Outputs)> {
    let recording = dir.join(RECORDING);
    let (log, recovery) = Writer::open(&recording, &Options::default())
        .with_context(|| format!("cannot go on with {}", recording.display()))?;
    if let Some(cut) = &recovery.cut {
        eprintln!(
            "{}: {} unfinished bytes at its end were cut",
            recording.display(),
            cut.len_bytes
        );
    }
    let mut decided = Vec::new();
    let mut sequencer = Sequencer::replay(&recording, threads, |_, _, outcome| {
        decided.extend(outcome.pictures.into_iter().flat_map(|p| p.warnings));
        decided.extend(outcome.operator.and_then(Result::ok));
        true
    })
    .with_context(|| format!("cannot replay {}", recording.display()))?;
    let mut outputs = Outputs::open(site, &dir.join(STATE))?;
    let versions = decided.iter().map(|w| (w.id.0.clone(), w.version));
    if outputs.hold_more_than(&versions.collect())? {
        return Err(LogBehind(recording.display().to_string()).into());
    }
    eprintln!(
        "going on with {}: {} entries played again",
        recording.display(),
        log.next_seq()
    );
    sequencer.resume(log);
    // what was decided is in the log before it leaves
    for warning in &decided {
        outputs.recover(warning, site);
    }
    Ok((sequencer, outputs))
}

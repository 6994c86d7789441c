//! Captures named on the command line: read, recognised, and merged in the order
//! of their own times.

use crate::progress::Progress;
use anyhow::{Context, Result, bail};
use lapwing_engine::site::Site;
use lapwing_engine::{Outcome, Sequencer, Start, StartFeed, wire_word};
use lapwing_ingest::{Capture, CaptureFormat};
use lapwing_model::Timestamp;
use lapwing_record::Writer;
use std::path::{Path, PathBuf};

/// The bytes of captures, kept as long as they are played.
pub(crate) struct Files(Vec<(PathBuf, Vec<u8>)>);

impl Files {
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self> {
        paths
            .iter()
            .map(|path| {
                let bytes = std::fs::read(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                Ok((path.clone(), bytes))
            })
            .collect::<Result<_>>()
            .map(Self)
    }
}

/// Captures taken apart, and the site they are played with.
pub(crate) struct Inputs<'a> {
    pub(crate) captures: Vec<(String, Capture<'a>)>,
}

/// Reads a site file; every mistake in it is an error.
pub(crate) fn read_site(path: &Path) -> Result<Site> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    match Site::parse(&text, &path.display().to_string()) {
        Ok(site) => Ok(site),
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            bail!("the site file is wrong\n{}", lines.join("\n"))
        }
    }
}

/// Whether a path is a recording rather than a capture.
pub(crate) fn is_recording(path: &Path) -> bool {
    path.is_dir()
}

impl<'a> Inputs<'a> {
    pub(crate) fn parse(files: &'a Files) -> Result<Self> {
        let mut captures: Vec<(String, Capture<'a>)> = Vec::new();
        for (path, bytes) in &files.0 {
            let capture = Capture::parse(bytes).with_context(|| format!("{}", path.display()))?;
            for error in &capture.errors {
                eprintln!("{}: {error}", path.display());
            }
            let stem = path.file_stem().map_or_else(
                || "input".to_owned(),
                |stem| stem.to_string_lossy().into_owned(),
            );
            let mut id = stem.clone();
            let mut number = 2;
            while captures.iter().any(|(other, _)| *other == id) {
                id = format!("{stem}-{number}");
                number += 1;
            }
            captures.push((id, capture));
        }
        Ok(Self { captures })
    }

    /// How a run over these captures begins.
    pub(crate) fn start(&self, site: &Site, date: Option<Timestamp>, exercise: bool) -> Start {
        Start {
            format: 1,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            site: site.text.clone(),
            feeds: self
                .captures
                .iter()
                .map(|(id, capture)| StartFeed {
                    id: id.clone(),
                    wire: wire_word(capture.wire).to_owned(),
                    date: anchor(capture, date),
                    sensor: site
                        .feeds
                        .iter()
                        .find(|f| f.id == *id)
                        .and_then(|f| f.sensor.clone()),
                })
                .collect(),
            exercise,
        }
    }

    /// How many frames there are.
    pub(crate) fn frames(&self) -> usize {
        self.captures.iter().map(|(_, c)| c.frames.len()).sum()
    }

    /// Hands every frame on, with its feed and time, always from the capture whose own
    /// data lags most (`reached` says how far a feed's data has come).
    pub(crate) fn play<E>(
        &self,
        state: &mut E,
        reached: impl Fn(&E, u16) -> Option<Timestamp>,
        mut take: impl FnMut(&mut E, u16, Timestamp, &[u8]) -> bool,
    ) {
        let mut next = vec![0_usize; self.captures.len()];
        let mut progress = Progress::new(self.frames(), "datagrams");
        let mut done = 0;
        loop {
            let candidate = (0_u16..)
                .zip(&self.captures)
                .zip(&next)
                .filter(|((_, (_, capture)), at)| **at < capture.frames.len())
                .map(|((feed, _), _)| feed)
                .min_by_key(|feed| reached(state, *feed));
            let Some(feed) = candidate else { return };
            let index = usize::from(feed);
            let (Some((_, capture)), Some(at)) = (self.captures.get(index), next.get_mut(index))
            else {
                return;
            };
            let Some(frame) = capture.frames.get(*at) else {
                return;
            };
            *at += 1;
            done += 1;
            progress.at(done);
            if !take(
                state,
                feed,
                frame.received.unwrap_or_default(),
                &frame.bytes,
            ) {
                return;
            }
        }
    }

    /// Through a sequencer, as fast as it can.
    pub(crate) fn run(
        &self,
        sequencer: &mut Sequencer,
        mut each: impl FnMut(&Sequencer, Outcome) -> Result<()>,
    ) -> Result<()> {
        let mut failure = Ok(());
        self.play(
            sequencer,
            |s, feed| s.core().reached(feed),
            |s, feed, received, bytes| {
                let outcome = s.arrival(received, feed, bytes);
                failure = each(s, outcome);
                failure.is_ok()
            },
        );
        failure?;
        let outcome = sequencer.accept(Timestamp::default(), &lapwing_engine::Entry::End);
        each(sequencer, outcome)
    }
}

/// Midnight of a capture's first time of day.
fn anchor(capture: &Capture<'_>, date: Option<Timestamp>) -> Option<Timestamp> {
    if date.is_some() {
        return date;
    }
    let first = capture.frames.iter().find_map(|f| f.received);
    match (capture.dated, first, capture.format) {
        // the nearest time of day to each capture's own first time of receipt
        (true, Some(_), _) => None,
        (_, _, CaptureFormat::TimedCsv) => None,
        _ => Some(Timestamp(0)),
    }
}

/// A sequencer for these captures.
pub(crate) fn sequencer(
    site: Site,
    start: Start,
    threads: usize,
    log: Option<Writer>,
) -> Result<Sequencer> {
    Sequencer::begin(site, start, threads, log, Timestamp::default())
        .context("the recording cannot be begun")
}

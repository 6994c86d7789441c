//! Captures named on the command line: read, recognised, and merged in the order
//! of their own times.

use crate::progress::Progress;
use anyhow::{Context, Result, bail};
use lapwing_engine::site::Site;
use lapwing_engine::{Outcome, Sequencer, Start, StartFeed, adapters, wire_word};
use lapwing_ingest::{Adapter, Capture, CaptureFormat, Observation, SensorTable, Wire};
use lapwing_model::Timestamp;
use lapwing_record::Writer;
use std::path::{Path, PathBuf};

/// An input without a date is of the first day of 1970, or soon after it.
const UNDATED_UNTIL_S: f64 = 30.0 * 86_400.0;

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
            warnings: Vec::new(),
        }
    }

    /// Refuses captures of different days where one has its day only for want of another:
    /// their tracks would never meet, and nobody would be told.
    pub(crate) fn check_days(
        &self,
        site: &Site,
        start: &Start,
        date: Option<Timestamp>,
    ) -> Result<()> {
        if date.is_some() || self.captures.len() < 2 {
            return Ok(());
        }
        let first = self.first_times(site, start);
        let of_undated = |format: CaptureFormat, wire: Wire, first: Timestamp| {
            let brings_own = wire == Wire::ReportJson || format == CaptureFormat::TimedCsv;
            !brings_own && first < Timestamp::from_seconds(UNDATED_UNTIL_S)
        };
        let mut undated = None;
        let mut dated = None;
        for ((id, capture), first) in self.captures.iter().zip(first) {
            let Some(first) = first else { continue };
            if of_undated(capture.format, capture.wire, first) {
                undated = undated.or(Some(id));
            } else if first >= Timestamp::from_seconds(UNDATED_UNTIL_S) {
                dated = dated.or(Some((id, first)));
            }
        }
        if let (Some(undated), Some((dated, first))) = (undated, dated) {
            let day: String = first.to_string().chars().take(10).collect();
            bail!(
                "{undated} carries no date and would be of 1970-01-01, while {dated} is of {day}: \
                 they would never meet; say of which day it is, with --date {day} if of the same"
            );
        }
        Ok(())
    }

    /// The first time that each capture speaks of.
    fn first_times(&self, site: &Site, start: &Start) -> Vec<Option<Timestamp>> {
        let mut sensors = SensorTable::new(site.sensors.clone());
        let (mut observations, mut errors) = (Vec::new(), Vec::new());
        let of_capture = |((_, capture), mut adapter): (&(String, Capture<'a>), Adapter)| {
            capture.frames.iter().find_map(|frame| {
                let received = frame.received.unwrap_or_default();
                let (found, failed) = (&mut observations, &mut errors);
                adapter.push(0, received, &frame.bytes, &mut sensors, found, failed);
                errors.clear();
                observations.drain(..).map(|o: Observation| o.time()).next()
            })
        };
        let adapters = adapters(site, start);
        self.captures.iter().zip(adapters).map(of_capture).collect()
    }

    /// How many frames there are.
    pub(crate) fn frames(&self) -> usize {
        self.captures.iter().map(|(_, c)| c.frames.len()).sum()
    }

    /// Every frame in the order of the captures' own data, with the time to pace it by.
    ///
    /// Frames of one capture stay in their order. Captures are merged by how far the
    /// data of each has come, never by when it was received: an undated capture and a
    /// dated one would not meet. A single capture is paced by its frames' own times
    /// where they have any, else by its data.
    pub(crate) fn schedule(&self, site: &Site, start: &Start) -> Vec<Due> {
        let mut sensors = SensorTable::new(site.sensors.clone());
        let (mut observations, mut errors) = (Vec::new(), Vec::new());
        let mut dues = Vec::with_capacity(self.frames());
        let single = self.captures.len() == 1;
        if let [(_, capture)] = self.captures.as_slice()
            && capture.frames.iter().all(|f| f.received.is_some())
        {
            // nothing to merge, and the frames themselves say when they came
            return (0..)
                .zip(&capture.frames)
                .map(|(index, frame)| Due {
                    feed: 0,
                    index,
                    reached: Timestamp::MIN,
                    pace: frame.received.unwrap_or_default(),
                })
                .collect();
        }
        for ((feed, (_, capture)), mut adapter) in
            (0_u16..).zip(&self.captures).zip(adapters(site, start))
        {
            let mut reached = Timestamp::MIN;
            let paced_by_frames = single && capture.frames.iter().any(|f| f.received.is_some());
            for (index, frame) in capture.frames.iter().enumerate() {
                let received = frame.received.unwrap_or_default();
                adapter.push(
                    0,
                    received,
                    &frame.bytes,
                    &mut sensors,
                    &mut observations,
                    &mut errors,
                );
                errors.clear();
                for observation in observations.drain(..) {
                    let time = observation.time();
                    // one wrong time must not carry the rest of its capture to the end
                    let leap = reached != Timestamp::MIN && time.seconds_since(reached) > 3600.0;
                    if !leap {
                        reached = reached.max(time);
                    }
                }
                dues.push(Due {
                    feed,
                    index,
                    reached,
                    pace: if paced_by_frames { received } else { reached },
                });
            }
        }
        // stable: frames of one capture, whose data never goes back, keep their order
        dues.sort_by_key(|due| due.reached);
        dues
    }

    /// Hands every frame on, in the order of a schedule, until told to stop.
    pub(crate) fn play(
        &self,
        schedule: &[Due],
        mut take: impl FnMut(&Due, Timestamp, &[u8]) -> bool,
    ) {
        let mut progress = Progress::new(schedule.len(), "datagrams");
        for (done, due) in schedule.iter().enumerate() {
            progress.at(done);
            let frame = self
                .captures
                .get(usize::from(due.feed))
                .and_then(|(_, capture)| capture.frames.get(due.index));
            let Some(frame) = frame else { continue };
            if !take(due, frame.received.unwrap_or_default(), &frame.bytes) {
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
        let schedule = self.schedule(sequencer.site(), sequencer.start());
        let mut failure = Ok(());
        self.play(&schedule, |due, received, bytes| {
            let first = sequencer.arrival_in_parts(received, due.feed, bytes);
            failure = in_parts(sequencer, received, first, &mut each);
            failure.is_ok()
        });
        failure?;
        let end = Timestamp::default();
        let first = sequencer.accept_in_parts(end, &lapwing_engine::Entry::End);
        in_parts(sequencer, end, first, &mut each)
    }
}

/// Hands on every part of what an entry led to.
pub(crate) fn in_parts(
    sequencer: &mut Sequencer,
    received: Timestamp,
    first: Outcome,
    each: &mut impl FnMut(&Sequencer, Outcome) -> Result<()>,
) -> Result<()> {
    let mut part = Some(first);
    while let Some(outcome) = part {
        each(sequencer, outcome)?;
        part = sequencer.next_part(received);
    }
    Ok(())
}

/// A frame's place in the order of playing.
pub(crate) struct Due {
    /// Number of the feed.
    pub(crate) feed: u16,
    index: usize,
    reached: Timestamp,
    /// The time it is paced by.
    pub(crate) pace: Timestamp,
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

//! `lapwing replay`: a recording or captures through the same pipeline.

use crate::arguments::Replay;
use crate::inputs::{Files, Inputs, in_parts, is_recording, read_site, sequencer};
use crate::serve;
use crate::shutdown::Shutdown;
use anyhow::{Context, Result, bail};
use lapwing_engine::site::Site;
use lapwing_engine::{
    Entry, Message, Mode, Outcome, Outputs, Pacer, RunOptions, Runtime, Sequencer,
};
use lapwing_model::Timestamp;
use lapwing_record::{Options, Reader, Writer};
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::time::Instant;

pub(crate) fn run(arguments: &Replay) -> Result<()> {
    let recording = match arguments.input.as_slice() {
        [only] if is_recording(only) => Some(only),
        inputs => {
            if let Some(recording) = inputs.iter().find(|p| is_recording(p)) {
                bail!(
                    "{} is a recording, which is replayed by itself; name it alone",
                    recording.display()
                );
            }
            None
        }
    };
    match (recording, arguments.headless) {
        (Some(dir), true) => headless_recording(arguments, dir),
        (Some(dir), false) => served_recording(arguments, dir),
        (None, true) => headless_captures(arguments),
        (None, false) => served_captures(arguments),
    }
}

fn site_of(arguments: &Replay) -> Result<Site> {
    match &arguments.site {
        Some(path) => read_site(path),
        None => Ok(Site::bare("replay")),
    }
}

fn log_of(arguments: &Replay) -> Result<Option<Writer>> {
    arguments
        .record
        .as_ref()
        .map(|dir| {
            Writer::create(dir, &Options::default())
                .with_context(|| format!("cannot record into {}", dir.display()))
        })
        .transpose()
}

/// What a headless replay says at its end.
struct Tally {
    pictures: u64,
    warnings: u64,
    faults: u64,
    began: Instant,
}

impl Tally {
    fn new() -> Self {
        Self {
            pictures: 0,
            warnings: 0,
            faults: 0,
            began: Instant::now(),
        }
    }

    fn take(&mut self, outcome: &Outcome) {
        self.pictures += outcome.pictures.len() as u64;
        self.warnings += outcome
            .pictures
            .iter()
            .map(|p| p.warnings.len() as u64)
            .sum::<u64>();
        for fault in &outcome.faults {
            self.faults += 1;
            eprintln!("{fault}");
        }
        for word in &outcome.notices {
            eprintln!("{word}");
        }
    }

    fn say(&self, sequencer: &Sequencer, digest: bool) {
        let c = sequencer.core().counters();
        eprintln!(
            "{} datagrams, {} reports, {} pictures, {} warnings, {} errors, {} late in {:.2} s",
            c.datagrams,
            c.reports,
            self.pictures,
            self.warnings,
            self.faults,
            c.late,
            self.began.elapsed().as_secs_f64()
        );
        if digest {
            println!("digest {}", sequencer.digest());
        }
    }
}

fn headless_recording(arguments: &Replay, dir: &Path) -> Result<()> {
    refuse_for_recordings(arguments)?;
    let shutdown = Shutdown::on_signals()?;
    let mut pacer = Pacer::new(arguments.speed.0);
    let mut tally = Tally::new();
    let sequencer = Sequencer::replay(dir, arguments.threads, |_, received, outcome| {
        tally.take(&outcome);
        shutdown.sleep(pacer.wait(received))
    })
    .with_context(|| format!("cannot replay {}", dir.display()))?;
    tally.say(&sequencer, arguments.digest);
    Ok(())
}

fn refuse_for_recordings(arguments: &Replay) -> Result<()> {
    if arguments.site.is_some() || arguments.date.is_some() || arguments.record.is_some() {
        bail!(
            "--site, --date and --record are for captures; a recording brings its own site and dates"
        );
    }
    Ok(())
}

fn headless_captures(arguments: &Replay) -> Result<()> {
    let site = site_of(arguments)?;
    let files = Files::read(&arguments.input)?;
    let inputs = Inputs::parse(&files)?;
    let start = inputs.start(&site, arguments.date, site.exercise);
    inputs.check_days(&site, &start, arguments.date)?;
    let mut sequencer = sequencer(site, start, arguments.threads, log_of(arguments)?)?;
    let shutdown = Shutdown::on_signals()?;
    let mut pacer = Pacer::new(arguments.speed.0);
    let mut tally = Tally::new();
    let schedule = inputs.schedule(sequencer.site(), sequencer.start());
    inputs.play(&schedule, |due, received, bytes| {
        if !shutdown.sleep(pacer.wait(due.pace)) {
            return false;
        }
        let first = sequencer.arrival_in_parts(received, due.feed, bytes);
        in_parts(&mut sequencer, received, first, &mut |_, part| {
            tally.take(&part);
            Ok(())
        })
        .is_ok()
    });
    tally.take(&sequencer.accept(Timestamp::default(), &Entry::End));
    sequencer.sync();
    tally.say(&sequencer, arguments.digest);
    Ok(())
}

fn options(arguments: &Replay) -> RunOptions {
    RunOptions {
        mode: Mode::Replay,
        speed: arguments.speed.0,
        wall_clock: false,
        report_faults: true,
    }
}

fn served_captures(arguments: &Replay) -> Result<()> {
    let site = site_of(arguments)?;
    let files = Files::read(&arguments.input)?;
    let inputs = Inputs::parse(&files)?;
    let start = inputs.start(&site, arguments.date, site.exercise);
    inputs.check_days(&site, &start, arguments.date)?;
    let sequencer = sequencer(site.clone(), start, arguments.threads, log_of(arguments)?)?;
    let shutdown = Shutdown::on_signals()?;
    serve::check(arguments.listen.listen)?;
    let schedule = inputs.schedule(sequencer.site(), sequencer.start());
    let runtime = Runtime::spawn(sequencer, Outputs::in_memory()?, options(arguments))?;
    let inbox = runtime.inbox();
    let player = |inbox: SyncSender<Message>, shutdown: Shutdown| {
        let mut pacer = Pacer::new(arguments.speed.0);
        inputs.play(&schedule, |due, received, bytes| {
            let message = Message::Arrival {
                feed: due.feed,
                received,
                bytes: bytes.to_vec(),
            };
            shutdown.sleep(pacer.wait(due.pace)) && inbox.send(message).is_ok()
        });
        // the pipeline may have been stopped meanwhile
        let _ = inbox.send(Message::InputEnded);
    };
    let finished = std::thread::scope(|scope| {
        let stop = shutdown.clone();
        scope.spawn(move || player(inbox, stop));
        serve::until_shutdown(arguments.listen.listen, &site, None, runtime, &shutdown)
    })?;
    if arguments.digest {
        println!("digest {}", finished.digest);
    }
    Ok(())
}

fn served_recording(arguments: &Replay, dir: &Path) -> Result<()> {
    refuse_for_recordings(arguments)?;
    let mut reader =
        Reader::open(dir).with_context(|| format!("cannot replay {}", dir.display()))?;
    let first = reader
        .next_entry()?
        .map(|found| Entry::read(found.kind, found.payload))
        .transpose()?;
    let Some(Entry::Start(start)) = first else {
        bail!(
            "{} does not begin with the start of a run; it was cut at its beginning",
            dir.display()
        );
    };
    let site = Site::parse(&start.site, "recorded site").map_err(|errors| {
        anyhow::anyhow!(
            "{}",
            errors.first().map_or_else(String::new, ToString::to_string)
        )
    })?;
    let sequencer = Sequencer::begin(
        site.clone(),
        start,
        arguments.threads,
        None,
        Timestamp::default(),
    )?;
    let shutdown = Shutdown::on_signals()?;
    serve::check(arguments.listen.listen)?;
    let runtime = Runtime::spawn(sequencer, Outputs::in_memory()?, options(arguments))?;
    let inbox = runtime.inbox();
    let speed = arguments.speed.0;
    let stop = shutdown.clone();
    let path: PathBuf = dir.to_owned();
    let player = std::thread::spawn(move || -> Result<()> {
        let mut pacer = Pacer::new(speed);
        while let Some(found) = reader.next_entry()? {
            let received = Timestamp(found.time_ns);
            let entry = Entry::read(found.kind, found.payload)?;
            if entry.is_decision() {
                continue;
            }
            if matches!(entry, Entry::Start(_)) {
                eprintln!("{}: a later run begins here; replay ends", path.display());
                break;
            }
            if !stop.sleep(pacer.wait(received)) {
                break;
            }
            if inbox.send(Message::Entry(received, entry)).is_err() {
                break;
            }
        }
        // the pipeline may have been stopped meanwhile
        let _ = inbox.send(Message::PlayedOut);
        Ok(())
    });
    let finished = serve::until_shutdown(arguments.listen.listen, &site, None, runtime, &shutdown)?;
    if let Ok(played) = player.join() {
        played?;
    }
    if arguments.digest {
        println!("digest {}", finished.digest);
    }
    Ok(())
}

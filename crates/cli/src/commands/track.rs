//! `lapwing track`: the tracks of captures or a recording, offline.

use crate::arguments::Track;
use crate::inputs::{Files, Inputs, is_recording, read_site, sequencer};
use anyhow::{Context, Result, bail};
use lapwing_engine::site::Site;
use lapwing_engine::{Outcome, Sequencer, write_tracks};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

struct Lines {
    tracks: Box<dyn Write>,
    warnings: Option<BufWriter<File>>,
    faults: u64,
}

pub(crate) fn run(arguments: &Track) -> Result<()> {
    let mut lines = Lines {
        tracks: match &arguments.output {
            Some(path) => Box::new(create(path)?),
            None => Box::new(BufWriter::new(io::stdout().lock())),
        },
        warnings: arguments.warnings.as_deref().map(create).transpose()?,
        faults: 0,
    };
    let finished = match arguments.input.as_slice() {
        [recording] if is_recording(recording) => {
            if arguments.blind {
                bail!(
                    "{} is a recording, which is replayed as it was run; --blind is for captures",
                    recording.display()
                );
            }
            let mut failure = Ok(());
            let finished = Sequencer::replay(recording, 1, |s, _, outcome| {
                failure = lines.take(s, &outcome);
                failure.is_ok()
            })?;
            failure?;
            finished
        }
        inputs => {
            if let Some(recording) = inputs.iter().find(|p| is_recording(p)) {
                bail!(
                    "{} is a recording, which is tracked by itself; name it alone",
                    recording.display()
                );
            }
            let mut site = match &arguments.site {
                Some(path) => read_site(path)?,
                None => Site::bare("track"),
            };
            site.tracker.claims_in_association &= !arguments.blind;
            if arguments.warnings.is_none() {
                // lines of tracks say nothing of places: forecasts of them would be lost work
                site.places.clear();
            }
            let files = Files::read(inputs)?;
            let inputs = Inputs::parse(&files)?;
            let start = inputs.start(&site, arguments.date, site.exercise);
            inputs.check_days(&site, &start, arguments.date)?;
            let mut sequencer = sequencer(site, start, 1, None)?;
            inputs.run(&mut sequencer, |s, outcome| lines.take(s, &outcome))?;
            sequencer
        }
    };
    lines.tracks.flush()?;
    if let Some(warnings) = &mut lines.warnings {
        warnings.flush()?;
    }
    let counters = finished.core().counters();
    if lines.faults > 0 || counters.late > 0 || counters.stray_times > 0 {
        eprintln!(
            "{} reports; {} errors; {} too late and {} with a time out of place (not in the picture)",
            counters.reports, lines.faults, counters.late, counters.stray_times
        );
    }
    Ok(())
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    File::create(path)
        .map(BufWriter::new)
        .with_context(|| format!("cannot write {}", path.display()))
}

impl Lines {
    fn take(&mut self, sequencer: &Sequencer, outcome: &Outcome) -> Result<()> {
        for fault in &outcome.faults {
            self.faults += 1;
            eprintln!("{fault}");
        }
        for word in &outcome.notices {
            eprintln!("{word}");
        }
        for picture in &outcome.pictures {
            write_tracks(&mut self.tracks, picture, sequencer.core())?;
            if let Some(file) = &mut self.warnings {
                for warning in &picture.warnings {
                    serde_json::to_writer(&mut *file, warning)?;
                    file.write_all(b"\n")?;
                }
            }
        }
        Ok(())
    }
}

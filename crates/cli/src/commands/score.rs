//! `lapwing score`: tracks against truth, or against the addresses that their reports carried.

mod passed_over;
mod places;
mod tables;

use crate::arguments::{Format, Score};
use crate::progress::Progress;
use anyhow::{Context, Result};
use lapwing_model::Timestamp;
use lapwing_score::{
    ByClaim, ByClaimParams, Disc, GospaParams, LineError, Outline, ScoreParams, TrackLine,
    TrackPoint, TruthLine, kind_by_name, read_outline, read_outline_of_good, score_streams,
    track_lines, truth_lines,
};
use passed_over::PassedOver;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

pub(crate) fn run(arguments: &Score) -> Result<()> {
    match &arguments.truth {
        Some(truth) => against_truth(arguments, truth),
        None => by_claim(arguments),
    }
}

/// The piece of the island that a scenario is of.
fn piece(scenario: &Path) -> Result<Option<Disc>> {
    let text = std::fs::read_to_string(scenario)
        .with_context(|| format!("cannot read {}", scenario.display()))?;
    let scenario =
        lapwing_sim::Scenario::from_toml(&text).with_context(|| scenario.display().to_string())?;
    let of = |excerpt: lapwing_sim::Excerpt| {
        Some(Disc {
            lat_deg: excerpt.lat_deg?,
            lon_deg: excerpt.lon_deg?,
            radius_m: excerpt.radius_m?,
        })
    };
    Ok(scenario.excerpt.and_then(of))
}

fn against_truth(arguments: &Score, truth: &Path) -> Result<()> {
    let sensors = places::Sensors::read(arguments.site.as_deref())?;
    let params = ScoreParams {
        gospa: GospaParams {
            c: arguments.c,
            p: arguments.p,
            alpha: arguments.alpha,
        },
        gamma: arguments.gamma.unwrap_or(arguments.c / 5.0),
        gate_m: arguments.gate_m,
        hearing_m: arguments.hearing_m,
        birds_aside: arguments.birds_aside,
        truth_within: arguments
            .scenario
            .as_deref()
            .map(piece)
            .transpose()?
            .flatten(),
        ..ScoreParams::default()
    };
    let passed = PassedOver::default();
    let track_outline = outline_of_good(&arguments.tracks)?;
    let truth_outline = outline(truth)?;
    let tracks = in_order(
        &arguments.tracks,
        &track_outline,
        track_lines,
        |line: TrackLine| {
            let kind_of = |sensor| sensors.kind(sensor).unwrap_or(kind_by_name(sensor));
            TrackPoint {
                sensor_range_m: sensors.nearest_radar_m(&line),
                ..TrackPoint::of_track(&line, kind_of)
            }
        },
        |point| point.time,
        Some(&passed),
    )?;
    let truth = in_order(
        truth,
        &truth_outline,
        truth_lines,
        |line: TruthLine| TrackPoint {
            sensor_range_m: sensors.nearest_listener_m(&line),
            ..TrackPoint::from(line)
        },
        |point| point.time,
        None,
    )?;
    let mut progress = None;
    let score = score_streams(
        (&track_outline, tracks),
        (&truth_outline, truth),
        &params,
        |done, total| {
            progress
                .get_or_insert_with(|| Progress::new(total, "instants"))
                .at(done);
        },
    )?;
    drop(progress);
    passed.tell(&arguments.tracks)?;
    match arguments.format {
        Format::Json => println!("{}", passed.with(serde_json::to_value(&score)?)),
        Format::Text => print!("{}", tables::truth(&score)),
    }
    Ok(())
}

fn open(path: &Path) -> Result<BufReader<File>> {
    File::open(path)
        .map(BufReader::new)
        .with_context(|| format!("cannot read {}", path.display()))
}

fn outline_of_good(path: &Path) -> Result<Outline> {
    read_outline_of_good(open(path)?).with_context(|| path.display().to_string())
}

fn outline(path: &Path) -> Result<Outline> {
    read_outline(open(path)?).with_context(|| path.display().to_string())
}

/// A file's lines in order of time: read as they are asked for where the file is in order,
/// else all at once and sorted.
fn in_order<'a, L, T: 'a, I>(
    path: &'a Path,
    outline: &Outline,
    lines: impl Fn(BufReader<File>) -> I,
    convert: impl Fn(L) -> T + 'a,
    time: impl Fn(&T) -> Timestamp,
    passed: Option<&'a PassedOver>,
) -> Result<Box<dyn Iterator<Item = Result<T>> + 'a>>
where
    I: Iterator<Item = Result<L, LineError>> + 'a,
{
    let stream = lines(open(path)?).filter_map(move |line| match passed {
        Some(passed) => passed.sift(line),
        None => Some(line),
    });
    let stream = stream.map(move |line| {
        line.map(&convert)
            .with_context(|| path.display().to_string())
    });
    if outline.in_order {
        return Ok(Box::new(stream));
    }
    let mut all = stream.collect::<Result<Vec<T>>>()?;
    all.sort_by_key(time);
    Ok(Box::new(all.into_iter().map(Ok)))
}

fn by_claim(arguments: &Score) -> Result<()> {
    let path = &arguments.tracks;
    let passed = PassedOver::default();
    let outline = outline_of_good(path)?;
    let mut lines = in_order(
        path,
        &outline,
        track_lines,
        |line| line,
        |line: &TrackLine| line.time,
        Some(&passed),
    )?
    .peekable();
    let mut score = ByClaim::new(ByClaimParams {
        kind: arguments.claim.clone(),
        ..ByClaimParams::default()
    });
    let mut progress = Progress::new(outline.lines, "lines");
    let mut done = 0;
    while let Some(first) = lines.next() {
        let mut tick = vec![first?];
        let time = tick[0].time;
        while let Some(next) = lines.next_if(|l| l.as_ref().map_or(true, |l| l.time == time)) {
            tick.push(next?);
        }
        score.tick(time, &tick);
        done += tick.len();
        progress.at(done);
    }
    drop(progress);
    passed.tell(path)?;
    let score = score.finish();
    match arguments.format {
        Format::Json => println!("{}", passed.with(serde_json::to_value(&score)?)),
        Format::Text => print!("{}", tables::claims(&score, &arguments.claim)),
    }
    Ok(())
}

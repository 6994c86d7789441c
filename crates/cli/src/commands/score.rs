//! `lapwing score`: tracks against truth.

use crate::arguments::{Format, Score};
use anyhow::{Context, Result};
use lapwing_score::{GospaParams, ScoreParams, TrackPoint, read_tracks, read_truth, score_tracks};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

pub(crate) fn run(arguments: &Score) -> Result<()> {
    let open = |path: &Path| {
        File::open(path)
            .map(BufReader::new)
            .with_context(|| format!("cannot read {}", path.display()))
    };
    let tracks: Vec<TrackPoint> = read_tracks(open(&arguments.tracks)?)
        .with_context(|| arguments.tracks.display().to_string())?
        .into_iter()
        .map(TrackPoint::from)
        .collect();
    let truth: Vec<TrackPoint> = read_truth(open(&arguments.truth)?)
        .with_context(|| arguments.truth.display().to_string())?
        .into_iter()
        .map(TrackPoint::from)
        .collect();
    let params = ScoreParams {
        gospa: GospaParams {
            c: arguments.c,
            p: arguments.p,
            alpha: arguments.alpha,
        },
        ..ScoreParams::default()
    };
    let score = score_tracks(&tracks, &truth, &params)?;
    match arguments.format {
        Format::Json => println!("{}", serde_json::to_string(&score)?),
        Format::Text => {
            println!(
                "GOSPA over {} instants (c = {} m, p = {}, alpha = {})",
                score.instants, arguments.c, arguments.p, arguments.alpha
            );
            for (what, metres) in [
                ("rms", score.rms_gospa),
                ("mean", score.mean_gospa),
                ("localisation", score.localisation),
                ("missed", score.missed),
                ("false", score.false_),
            ] {
                println!("{what:>14} {metres:10.2} m");
            }
        }
    }
    Ok(())
}

//! `cargo xtask evaluate`: the tracker on the invented island, measured against its targets.
//!
//! For every scene and seed the binary simulates, tracks and scores; what it printed is kept in
//! a folder of its own, so that a run can be gone on with and compared with another. The table of
//! targets and what was reached is written into `docs/evaluation.md`, between two marks; the
//! words around it are a person's.

mod island;
mod rows;
mod statistics;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::document;
use crate::lapwing::{self, Profile};
use crate::process;
use crate::workspace;
use island::Scene;
use rows::{Outcome, Results};

/// What to evaluate.
#[derive(Args)]
pub(crate) struct Options {
    /// First and last seed.
    #[arg(long, default_value = "1:5", value_name = "A:B", value_parser = seeds)]
    seeds: (u64, u64),
    /// Scenes: `acoustic-calm`, `acoustic-half`, `acoustic-windy`, `coast`, `town`, `wave-half-hearing`,
    /// `wave-no-coast-radars`, `wave-registered`, or any that
    /// `lapwing simulate` knows; may be given several times [default: `wave-quiet`, the calm and
    /// windy one, `coast` and `town`].
    #[arg(long)]
    scene: Vec<String>,
    /// Only from so many seconds after the scene's start.
    #[arg(long, value_name = "SECONDS")]
    from: Option<f64>,
    /// Only so long, s.
    #[arg(long, value_name = "SECONDS")]
    duration: Option<f64>,
    /// Where captures, tracks and scores are kept [default: below `target`].
    #[arg(long)]
    out: Option<PathBuf>,
    /// Leave alone what an earlier run has written there.
    #[arg(long)]
    resume: bool,
    /// A binary to use instead of building one.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Also measure the registration after so many hours of each seed's night.
    #[arg(long, value_name = "HOURS")]
    registration: Option<f64>,
    /// Another run's folder, whose figures are shown beside.
    #[arg(long, value_name = "DIR")]
    compare: Option<PathBuf>,
}

fn seeds(text: &str) -> Result<(u64, u64), String> {
    let wrong = || "write it as A:B, the first and the last".to_owned();
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    let seed = |word: &str| word.parse::<u64>().map_err(|_| wrong());
    match (seed(first)?, seed(last)?) {
        (first, last) if first <= last && last - first < 10_000 => Ok((first, last)),
        _ => Err(wrong()),
    }
}

/// Runs it all and writes the table.
pub(crate) fn run(options: &Options) -> Result<()> {
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| workspace::target().join("evaluation"));
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => lapwing::build(Profile::Release)?,
    };
    let names: Vec<&str> = if options.scene.is_empty() {
        island::USUAL.to_vec()
    } else {
        options.scene.iter().map(String::as_str).collect()
    };
    let begun = Instant::now();
    for name in &names {
        let scene = Scene::of(name, &out)?;
        for seed in options.seeds.0..=options.seeds.1 {
            let folder = out.join(name).join(seed.to_string());
            score(&binary, &scene, seed, &folder, options)
                .with_context(|| format!("{name}, seed {seed}"))?;
        }
    }
    if let Some(hours) = options.registration {
        for seed in options.seeds.0..=options.seeds.1 {
            registration(seed, hours, &out, options.resume)?;
        }
    }
    let minutes = begun.elapsed().as_secs_f64() / 60.0;

    let results = read(&out, &names, options.seeds, true)?;
    let compared = match &options.compare {
        Some(other) => Some(read(other, &names, options.seeds, false)?),
        None => None,
    };
    let table = rows::table(&results, compared.as_ref(), &about(minutes));
    println!("{table}");
    document::write_table("docs/evaluation.md", "evaluate", &table)
}

/// One scene of one seed: captures, tracks, score.
fn score(binary: &Path, scene: &Scene, seed: u64, folder: &Path, options: &Options) -> Result<()> {
    let there = |name: &str| options.resume && folder.join(name).exists();
    fs::create_dir_all(folder)?;
    if !there("truth.jsonl") {
        let mut command = Command::new(binary);
        command.arg("simulate").arg(&scene.argument);
        command.args(["--seed", &seed.to_string()]);
        for (word, value) in [("--from", options.from), ("--duration", options.duration)] {
            if let Some(value) = value {
                command.args([word, &value.to_string()]);
            }
        }
        into_file(command.arg("--out").arg(folder), folder, "simulate.log")?;
    }
    if !there("tracks.jsonl") {
        let mut command = Command::new(binary);
        command.arg("track").args(island::captures(folder)?);
        command.arg("--site").arg(folder.join("site.toml"));
        command.args(["--date", &island::date(folder)?]);
        // a run that is broken off must not leave half a file that looks whole
        let unfinished = folder.join("tracks.unfinished");
        into_file(command.arg("-o").arg(&unfinished), folder, "track.log")?;
        fs::rename(&unfinished, folder.join("tracks.jsonl"))?;
    }
    if !there("score.json") {
        let mut command = Command::new(binary);
        command.args(["score", "--birds-aside", "--format", "json"]);
        command.args(["--hearing-m", &scene.hearing_m.to_string()]);
        for (word, name) in [
            ("--tracks", "tracks.jsonl"),
            ("--truth", "truth.jsonl"),
            ("--site", "site.toml"),
            ("--scenario", "scenario.toml"),
        ] {
            command.arg(word).arg(folder.join(name));
        }
        let text = process::output_of(&mut command).context("it cannot be scored")?;
        fs::write(folder.join("score.json"), text)?;
    }
    println!("{} {seed}", scene.name);
    Ok(())
}

/// What the registration's own example prints after some hours of what has a crew.
fn registration(seed: u64, hours: f64, out: &Path, resume: bool) -> Result<()> {
    let folder = out.join("registration");
    let path = folder.join(format!("{seed}.txt"));
    if resume && path.exists() {
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    let mut command = Command::new(workspace::cargo());
    command.current_dir(workspace::root()).args([
        "run",
        "--release",
        "--package",
        "lapwing-engine",
        "--example",
        "registration",
        "--",
        &seed.to_string(),
        &hours.to_string(),
        "aircraft",
    ]);
    let text = process::output_of(&mut command).context("the registration cannot be measured")?;
    fs::write(path, text)?;
    println!("registration {seed}");
    Ok(())
}

/// Runs a child whose words go to a file; an error shows their end.
fn into_file(command: &mut Command, folder: &Path, log: &str) -> Result<()> {
    let path = folder.join(log);
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .with_context(|| format!("cannot start {}", process::describe(command)))?;
    if !status.success() {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let last = text.lines().last().unwrap_or_default().to_owned();
        bail!("{} ended with {status}: {last}", process::describe(command));
    }
    Ok(())
}

/// The scores in a folder: all of them, or those that are there.
fn read(out: &Path, names: &[&str], seeds: (u64, u64), all: bool) -> Result<Results> {
    let mut results = Results::default();
    for name in names {
        for seed in seeds.0..=seeds.1 {
            let path = out.join(name).join(seed.to_string()).join("score.json");
            if !all && !path.exists() {
                continue;
            }
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let score: Value = serde_json::from_str(&text)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let scene = (*name).to_owned();
            results.scores.push(Outcome { scene, seed, score });
        }
    }
    for seed in seeds.0..=seeds.1 {
        let path = out.join("registration").join(format!("{seed}.txt"));
        if let Ok(text) = fs::read_to_string(path) {
            results.registrations.push((seed, text));
        }
    }
    Ok(results)
}

/// The command, the day, the version and the machine.
fn about(minutes: f64) -> String {
    let command = without_paths(std::env::args().skip(1));
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "`cargo xtask {}`, {}, {minutes:.0} minutes on {cores} cores of {model}.",
        command.join(" "),
        document::date_and_version(),
    )
}

/// The words of a command that another machine understands too.
fn without_paths(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut out = Vec::new();
    let mut words = words;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--out" | "--binary" | "--compare" => drop(words.next()),
            "--resume" => {}
            _ => out.push(word),
        }
    }
    out
}

/// Puts the table between the marks, which are appended where there are none.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_left_out_of_the_command() {
        let words = "evaluate --out /x --seeds 1:5 --resume --binary /y/z --scene town";
        let kept = without_paths(words.split(' ').map(ToOwned::to_owned));
        assert_eq!(kept.join(" "), "evaluate --seeds 1:5 --scene town");
    }

    #[test]
    fn seeds_are_a_range() {
        assert_eq!(seeds("1:20"), Ok((1, 20)));
        assert_eq!(seeds("7"), Ok((7, 7)));
        for wrong in ["", "2:1", "a:b", "1:", "0:99999"] {
            assert!(seeds(wrong).is_err(), "{wrong}");
        }
    }
}

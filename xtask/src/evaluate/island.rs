//! The scenes that targets are measured on, and what a simulated folder holds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What is measured unless something else is asked for: some ten minutes for five seeds.
pub(super) const USUAL: [&str; 5] = [
    "wave-quiet",
    "acoustic-calm",
    "acoustic-windy",
    "coast",
    "town",
];

const OWN: [(&str, &str); 8] = [
    ("acoustic-calm", include_str!("scenes/acoustic-calm.toml")),
    ("acoustic-half", include_str!("scenes/acoustic-half.toml")),
    ("acoustic-windy", include_str!("scenes/acoustic-windy.toml")),
    ("coast", include_str!("scenes/coast.toml")),
    ("town", include_str!("scenes/town.toml")),
    (
        "wave-half-hearing",
        include_str!("scenes/wave-half-hearing.toml"),
    ),
    (
        "wave-no-coast-radars",
        include_str!("scenes/wave-no-coast-radars.toml"),
    ),
    (
        "wave-registered",
        include_str!("scenes/wave-registered.toml"),
    ),
];

/// Range at which an array hears a piston engine half the time in calm air, m.
const HEARING_M: f64 = 3_500.0;

/// A scene as `lapwing simulate` is told of it.
pub(super) struct Scene {
    pub(super) name: String,
    pub(super) argument: PathBuf,
    /// Within this an array hears a piston engine more often than not, m.
    pub(super) hearing_m: f64,
}

impl Scene {
    /// One of the own scenes, written where the run is kept, or one that the simulator knows.
    pub(super) fn of(name: &str, out: &Path) -> Result<Self> {
        let argument = match OWN.iter().find(|(own, _)| *own == name) {
            Some((_, text)) => {
                fs::create_dir_all(out)?;
                let path = out.join(format!("{name}.toml"));
                fs::write(&path, text)
                    .with_context(|| format!("cannot write {}", path.display()))?;
                path
            }
            None => PathBuf::from(name),
        };
        // hearing shrinks by e^-((u - 2) / 8) in a wind of u: 10 m/s and 4 m/s
        let wind_mps: f64 = if name == "acoustic-windy" { 10.0 } else { 4.0 };
        let factor = if name.contains("half") { 0.5 } else { 1.0 };
        Ok(Self {
            name: name.to_owned(),
            argument,
            hearing_m: (factor * HEARING_M * (-(wind_mps - 2.0) / 8.0).exp()).round(),
        })
    }
}

/// The captures in a simulated folder, in order of their names.
pub(super) fn captures(folder: &Path) -> Result<Vec<PathBuf>> {
    let ours = ["truth", "tracks"];
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or("");
        if ["ff", "csv", "jsonl"].contains(&extension) && !ours.contains(&stem) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The day that the truth begins on, which ASTERIX does not say.
pub(super) fn date(folder: &Path) -> Result<String> {
    let path = folder.join("truth.jsonl");
    let text = fs::read_to_string(&path)?;
    let line = text.lines().next().unwrap_or_default();
    let first: serde_json::Value = serde_json::from_str(line)
        .with_context(|| format!("{} begins with no truth", path.display()))?;
    let time = first.get("time").and_then(serde_json::Value::as_str);
    time.and_then(|t| t.get(..10))
        .map(ToOwned::to_owned)
        .with_context(|| format!("{} begins with no time", path.display()))
}

//! `cargo xtask conformance`: every record of a capture, item by item and value by value, against an
//! independent decoder; the result goes into `docs/conformance.md`.
//!
//! The decoder is libasterix from the Python Package Index, installed into a folder of its own.
//! Both read the same editions, which are those that libasterix has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::lapwing::{self, Profile};
use crate::{document, process, workspace};

/// The decoder to compare with.
const PACKAGE: &str = "libasterix==0.36.3";
/// Category, edition, and that of the reserved expansion field.
const EDITIONS: [(u8, &str, Option<&str>); 4] = [
    (48, "1.31", Some("1.13")),
    (62, "1.18", Some("1.3")),
    (63, "1.6", None),
    (65, "1.5", None),
];
const COMPARE: &str = include_str!("conformance/compare.py");

/// What to compare.
#[derive(Args)]
pub(crate) struct Options {
    /// A Final Format capture of categories 048, 062, 063 and 065.
    capture: PathBuf,
    /// A binary to use instead of building one.
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// Compares, and writes the table; an error if anything differs.
pub(crate) fn run(options: &Options) -> Result<()> {
    let scratch = workspace::scratch().join("conformance");
    fs::create_dir_all(&scratch)?;
    let python = python(&scratch)?;
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => lapwing::build(Profile::Release)?,
    };
    let [scaled, raw] =
        ["scaled", "raw"].map(|values| (values, scratch.join(format!("{values}.jsonl"))));
    for (values, path) in [&scaled, &raw] {
        let mut command = Command::new(&binary);
        command
            .arg("decode")
            .arg(&options.capture)
            .args(["--values", values]);
        for (category, edition, _) in EDITIONS {
            command.args(["--edition", &format!("{category}={edition}")]);
        }
        let file =
            fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        process::run(command.stdout(file))?;
    }
    let script = scratch.join("compare.py");
    fs::write(&script, COMPARE)?;
    let mut command = Command::new(&python);
    command
        .arg(&script)
        .arg(&options.capture)
        .arg(&scaled.1)
        .arg(&raw.1);
    for (category, edition, expansion) in EDITIONS {
        let expansion = expansion.map(|e| format!("/{e}")).unwrap_or_default();
        command.arg(format!("{category}={edition}{expansion}"));
    }
    let text = process::output_of(&mut command).context("the decoders cannot be compared")?;
    let result: Value = serde_json::from_str(&text).context("the comparison printed no JSON")?;
    let name = options
        .capture
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let table = table(&result, &name);
    println!("{table}");
    document::write_table("docs/conformance.md", "conformance", &table)?;
    match differences(&result) {
        0 => Ok(()),
        some => bail!("{some} differences; the first are:\n{:#}", result["shown"]),
    }
}

/// A Python that has the decoder.
fn python(scratch: &Path) -> Result<PathBuf> {
    let home = scratch.join("python");
    let python = home.join("bin/python");
    let Some(system) = workspace::find_program(&["python3"]) else {
        bail!("there is no python3; install it with its venv module (Debian: python3-venv)");
    };
    if !python.exists() {
        process::run(Command::new(system).args(["-m", "venv"]).arg(&home))?;
    }
    let mut install = Command::new(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        PACKAGE,
    ]);
    process::run(&mut install)?;
    Ok(python)
}

/// Differences, and lines of ours without a record of theirs.
fn differences(result: &Value) -> u64 {
    let of = |key: &str| -> u64 {
        let all = result[key].as_object();
        all.map_or(0, |all| all.values().filter_map(Value::as_u64).sum())
    };
    of("differences") + result["lines_left"].as_u64().unwrap_or(u64::MAX / 2)
}

fn table(result: &Value, name: &str) -> String {
    let mut out = format!(
        "`cargo xtask conformance {name}`, {}, with {PACKAGE}.\n\n| category | edition | records | values | differences |\n|---|---|---|---|---|\n",
        document::date_and_version()
    );
    let count = |key: &str, category: &str| result[key][category].as_u64().unwrap_or(0);
    let mut sums = [0; 3];
    for (category, edition, expansion) in EDITIONS {
        let category = format!("{category:03}");
        let counts = ["records", "values", "differences"].map(|key| count(key, &category));
        if counts[0] == 0 {
            continue;
        }
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        let expansion = expansion
            .map(|e| format!(", expansion {e}"))
            .unwrap_or_default();
        let [records, values, differences] = counts;
        out += &format!(
            "| {category} | {edition}{expansion} | {records} | {values} | {differences} |\n"
        );
    }
    let [records, values, differences] = sums;
    out += &format!("| all | | {records} | {values} | {differences} |\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_that_are_left_are_differences() {
        let result =
            |differences: Value, left: u64| json!({"differences": differences, "lines_left": left});
        assert_eq!(differences(&result(json!({}), 0)), 0);
        assert_eq!(differences(&result(json!({"062": 2, "063": 1}), 4)), 7);
        assert!(differences(&json!({})) > 0, "no answer is no agreement");
    }

    #[test]
    fn categories_without_records_are_left_out() {
        let result = json!({"records": {"062": 3}, "values": {"062": 40}, "differences": {}});
        let table = table(&result, "x.ff");
        assert!(
            table.contains("| 062 | 1.18, expansion 1.3 | 3 | 40 | 0 |"),
            "{table}"
        );
        assert!(
            table.contains("| all | | 3 | 40 | 0 |") && !table.contains("| 048"),
            "{table}"
        );
    }
}

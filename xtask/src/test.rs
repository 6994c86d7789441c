//! `cargo xtask test`: runs the stages, tells each one's time, and ends with the sum.
//!
//! Every cheap stage runs, so that one run tells everything that costs seconds; the first failure
//! after them ends the run. The very last line is `N passed, N failed, N skipped` alone.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use crate::process;
use crate::stages::{self, Cost, Group, STAGES, Settings, Stage};
use crate::summary::{self, Outcome, Row};
use crate::workspace;

/// What to run, and how strictly.
#[derive(Args)]
pub(crate) struct Options {
    /// Leave out what needs a browser.
    #[arg(long)]
    fast: bool,
    /// Run only these, and what they build on.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Group>,
    /// Fail where there is no browser, instead of skipping (also where CI=true is set).
    #[arg(long)]
    require_browser: bool,
}

impl Options {
    fn wants(&self, stage: &Stage) -> bool {
        let wanted = |group: &Group| {
            let browser = matches!(group, Group::Browser | Group::EndToEnd);
            !(self.fast && browser) && (self.only.is_empty() || self.only.contains(group))
        };
        stage.groups.iter().any(wanted)
    }
}

/// Runs the stages that are wanted.
pub(crate) fn run(options: &Options) -> ExitCode {
    let settings = Settings {
        require_browser: options.require_browser || workspace::env_says_yes("CI"),
    };
    let wanted: Vec<&Stage> = STAGES.iter().filter(|stage| options.wants(stage)).collect();
    let (rows, not_run) = run_stages(&wanted, &settings);

    heading("summary");
    println!("{}", summary::render(&rows, &not_run));
    let _ = io::stdout().flush();
    if rows.iter().any(|row| row.outcome.is_failure()) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn run_stages(stages: &[&Stage], settings: &Settings) -> (Vec<Row>, Vec<&'static str>) {
    let mut rows: Vec<Row> = Vec::new();
    let mut not_run = Vec::new();
    for stage in stages {
        let has_failed = rows.iter().any(|row| row.outcome.is_failure());
        if has_failed && stage.cost == Cost::Expensive {
            not_run.push(stage.name);
            continue;
        }
        heading(stage.name);
        let start = Instant::now();
        let outcome = (stage.run)(settings)
            .unwrap_or_else(|error| Outcome::Failed(format!("{error:#}"), None));
        let elapsed = start.elapsed();
        let seconds = elapsed.as_secs_f64();
        match &outcome {
            Outcome::Passed(_) => println!("{}: ok, {seconds:.1} s", stage.name),
            Outcome::Failed(why, _) => println!("{}: FAILED, {seconds:.1} s: {why}", stage.name),
            Outcome::Skipped(why) => println!("SKIPPED: {}: {why}", stage.name),
        }
        rows.push(Row {
            name: stage.name,
            outcome,
            elapsed,
        });
    }
    (rows, not_run)
}

fn heading(name: &str) {
    println!(
        "\n━━ {name} {}",
        "━".repeat(72_usize.saturating_sub(name.len()))
    );
    // Children write to the same terminal by themselves.
    let _ = io::stdout().flush();
}

/// Runs the tidy test alone.
pub(crate) fn tidy() -> Result<()> {
    process::run(&mut stages::cargo(&[
        "test",
        "--package",
        "xtask",
        "--test",
        "tidy",
    ]))
}

/// Checks the dependencies against the advisory database.
pub(crate) fn advisories() -> Result<()> {
    process::run(&mut stages::cargo(&["deny", "check", "advisories"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(fast: bool, only: &[Group]) -> Vec<&'static str> {
        let options = Options {
            fast,
            only: only.to_vec(),
            require_browser: false,
        };
        STAGES
            .iter()
            .filter(|stage| options.wants(stage))
            .map(|stage| stage.name)
            .collect()
    }

    #[test]
    fn all_run_unless_told_otherwise() {
        assert_eq!(names(false, &[]).len(), STAGES.len());
    }

    #[test]
    fn fast_leaves_out_the_browser_and_nothing_else() {
        let fast = names(true, &[]);
        assert_eq!(fast.len(), STAGES.len() - 2);
        assert!(!fast.contains(&"browser tests") && !fast.contains(&"end to end"));
    }

    #[test]
    fn only_brings_what_it_builds_on() {
        assert_eq!(names(false, &[Group::Rust]), ["rust tests"]);
        assert_eq!(
            names(false, &[Group::Browser]),
            ["web packages", "web build", "browser tests"]
        );
        assert_eq!(
            names(false, &[Group::Format, Group::Docs]),
            ["format", "doc tests"]
        );
    }

    fn stage(name: &'static str, cost: Cost, run: fn(&Settings) -> Result<Outcome>) -> Stage {
        Stage {
            name,
            groups: &[Group::Rust],
            cost,
            run,
        }
    }

    #[test]
    fn cheap_stages_all_run_and_expensive_ones_stop_at_a_failure() {
        let fine = |_: &Settings| Ok(Outcome::Passed(None));
        let bad = |_: &Settings| Err(anyhow::anyhow!("no"));
        let skipped = |_: &Settings| Ok(Outcome::Skipped("nothing here".into()));
        for (first, third, expected_run, expected_not_run) in [
            (
                fine as fn(&Settings) -> _,
                fine as fn(&Settings) -> _,
                4,
                vec![],
            ),
            (skipped, fine, 4, vec![]),
            (bad, fine, 2, vec!["c", "d"]),
            (fine, bad, 3, vec!["d"]),
        ] {
            let stages = [
                stage("a", Cost::Cheap, first),
                stage("b", Cost::Cheap, fine),
                stage("c", Cost::Expensive, third),
                stage("d", Cost::Expensive, fine),
            ];
            let settings = Settings {
                require_browser: false,
            };
            let (rows, not_run) = run_stages(&stages.iter().collect::<Vec<_>>(), &settings);
            assert_eq!((rows.len(), not_run), (expected_run, expected_not_run));
        }
    }
}

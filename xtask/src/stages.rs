//! The stages of `cargo xtask test`, cheapest first, and what each runs.
//!
//! The web bundle comes before the Rust build, because the binary embeds it.

use std::fs;
use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::browser;
use crate::count::{self, Count};
use crate::lapwing::{self, Demo, Profile};
use crate::process;
use crate::summary::Outcome;
use crate::web::{self, Step};
use crate::workspace;

/// The island's first warnings to act upon come after some two minutes of its time; no test waits so long.
const END_TO_END_SPEED: &str = "5";

/// What `--only` can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// `cargo fmt`.
    Format,
    /// `cargo deny`: licences, bans, sources.
    Licences,
    /// `cargo clippy`.
    Lint,
    /// Rust unit and integration tests.
    Rust,
    /// Rust doc tests.
    Docs,
    /// The map's types, unit tests and bundle.
    Web,
    /// The map in a browser, against a stand-in server.
    Browser,
    /// The map in a browser, against the real binary's demo.
    EndToEnd,
}

/// What a failure means for the stages that follow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Seconds: the other cheap ones run all the same, so that one run tells all.
    Cheap,
    /// Minutes: nothing runs after it.
    Expensive,
}

/// How strictly to run.
pub(crate) struct Settings {
    /// A missing browser, or a missing Node, is a failure.
    pub(crate) require_browser: bool,
}

/// One stage.
pub(crate) struct Stage {
    /// Its name in headings and in the summary.
    pub(crate) name: &'static str,
    /// Who asks for it: its own group, and those that build on it.
    pub(crate) groups: &'static [Group],
    /// What its failure means for the rest.
    pub(crate) cost: Cost,
    /// Runs it; an `Err` is a failure too.
    pub(crate) run: fn(&Settings) -> Result<Outcome>,
}

/// Every stage, in order.
pub(crate) const STAGES: &[Stage] = &[
    Stage {
        name: "format",
        groups: &[Group::Format],
        cost: Cost::Cheap,
        run: format,
    },
    Stage {
        name: "licences",
        groups: &[Group::Licences],
        cost: Cost::Cheap,
        run: licences,
    },
    Stage {
        name: "web packages",
        groups: &[Group::Web, Group::Browser, Group::EndToEnd],
        cost: Cost::Cheap,
        run: web_packages,
    },
    Stage {
        name: "web lint",
        groups: &[Group::Web],
        cost: Cost::Cheap,
        run: web_lint,
    },
    Stage {
        name: "web unit tests",
        groups: &[Group::Web],
        cost: Cost::Cheap,
        run: web_unit_tests,
    },
    Stage {
        name: "web build",
        groups: &[Group::Web, Group::Browser, Group::EndToEnd],
        cost: Cost::Cheap,
        run: web_build,
    },
    Stage {
        name: "lint",
        groups: &[Group::Lint],
        cost: Cost::Expensive,
        run: lint,
    },
    Stage {
        name: "rust tests",
        groups: &[Group::Rust],
        cost: Cost::Expensive,
        run: rust_tests,
    },
    Stage {
        name: "doc tests",
        groups: &[Group::Docs],
        cost: Cost::Expensive,
        run: doc_tests,
    },
    Stage {
        name: "browser tests",
        groups: &[Group::Browser],
        cost: Cost::Expensive,
        run: browser_tests,
    },
    Stage {
        name: "end to end",
        groups: &[Group::EndToEnd],
        cost: Cost::Expensive,
        run: end_to_end,
    },
];

/// A cargo command at the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(workspace::cargo());
    command.args(arguments).current_dir(workspace::root());
    command
}

fn format(_: &Settings) -> Result<Outcome> {
    process::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    Ok(Outcome::Passed(None))
}

fn licences(_: &Settings) -> Result<Outcome> {
    if workspace::find_program(&["cargo-deny"]).is_none() {
        return Ok(Outcome::Skipped(
            "cargo-deny is not installed: cargo install --locked cargo-deny".into(),
        ));
    }
    process::run(&mut cargo(&[
        "deny", "check", "licenses", "bans", "sources",
    ]))?;
    Ok(Outcome::Passed(None))
}

fn lint(_: &Settings) -> Result<Outcome> {
    process::run(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))?;
    Ok(Outcome::Passed(None))
}

fn rust_tests(_: &Settings) -> Result<Outcome> {
    let (count, success, could_not_test) = if workspace::find_program(&["cargo-nextest"]).is_some()
    {
        // Nextest keeps its reports below the root, wherever cargo builds.
        let junit = workspace::root().join("target/nextest/default/junit.xml");
        // The report of an earlier run must not be taken for this one's.
        let _ = fs::remove_file(&junit);
        let finished = process::run_captured(&mut cargo(&[
            "nextest",
            "run",
            "--workspace",
            "--no-fail-fast",
        ]))?;
        (
            count::nextest(&finished.output),
            finished.status.success(),
            count::skipped_in_junit(&fs::read_to_string(&junit).unwrap_or_default()),
        )
    } else {
        println!("cargo-nextest is not installed: using cargo test");
        let finished = process::run_captured(&mut cargo(&[
            "test",
            "--workspace",
            "--all-targets",
            "--no-fail-fast",
            "--",
            "--show-output",
        ]))?;
        (
            count::libtest(&finished.output),
            finished.status.success(),
            count::skipped_in_libtest(&finished.output),
        )
    };
    for test in &could_not_test {
        println!("SKIPPED: {test}");
    }
    let count = count.map(|mut count| {
        count.skip_passed(could_not_test.len() as u64);
        count
    });
    Ok(judge(success, count))
}

fn doc_tests(_: &Settings) -> Result<Outcome> {
    let finished = process::run_captured(&mut cargo(&[
        "test",
        "--doc",
        "--workspace",
        "--no-fail-fast",
    ]))?;
    Ok(judge(
        finished.status.success(),
        count::libtest(&finished.output),
    ))
}

fn web_packages(settings: &Settings) -> Result<Outcome> {
    with_web(settings, || {
        say_if_unchanged(web::install()?, "package-lock.json");
        Ok(Outcome::Passed(None))
    })
}

fn web_lint(settings: &Settings) -> Result<Outcome> {
    with_web(settings, || {
        process::run(&mut web::npm(&["run", "lint"]))?;
        Ok(Outcome::Passed(None))
    })
}

fn web_unit_tests(settings: &Settings) -> Result<Outcome> {
    with_web(settings, || run_script(web::npm(&["run", "test"])))
}

fn web_build(settings: &Settings) -> Result<Outcome> {
    with_web(settings, || {
        say_if_unchanged(web::build()?, "web/");
        Ok(Outcome::Passed(None))
    })
}

fn browser_tests(settings: &Settings) -> Result<Outcome> {
    with_browser(settings, "test:browser", run_script)
}

fn end_to_end(settings: &Settings) -> Result<Outcome> {
    with_browser(settings, "test:e2e", |mut script| {
        let binary = lapwing::build(Profile::Dev)?;
        if !lapwing::has_demo(&binary) {
            return Ok(Outcome::Skipped("this lapwing has no demo yet".into()));
        }
        let speed = ["--speed".to_owned(), END_TO_END_SPEED.to_owned()];
        let mut demo = Demo::start(&binary, &speed)?;
        script
            .env("LAPWING_URL", demo.url())
            .env("LAPWING_EXPECT_WARNING", "1");
        let outcome = run_script(script)?;
        Ok(match demo.trouble() {
            Some(trouble) => {
                println!("{trouble}");
                let count = match outcome {
                    Outcome::Passed(count) | Outcome::Failed(_, count) => count,
                    Outcome::Skipped(_) => None,
                };
                Outcome::Failed(trouble, count)
            }
            None => outcome,
        })
    })
}

/// Runs a stage that needs the map's sources and Node.
fn with_web(settings: &Settings, stage: impl FnOnce() -> Result<Outcome>) -> Result<Outcome> {
    if !workspace::web().join("package.json").is_file() {
        return Ok(Outcome::Skipped("there is no web/package.json".into()));
    }
    match web::require_node() {
        Ok(()) => stage(),
        Err(error) => Ok(unavailable(settings, error.to_string())),
    }
}

/// Runs a stage that runs an npm script in a browser.
fn with_browser(
    settings: &Settings,
    script: &str,
    stage: impl FnOnce(Command) -> Result<Outcome>,
) -> Result<Outcome> {
    with_web(settings, || {
        if !web::has_script(script)? {
            return Ok(Outcome::Skipped(format!(
                "web/package.json has no script {script}"
            )));
        }
        match browser::find_or_install() {
            Ok(chromium) => {
                println!("browser: {}", chromium.display());
                let mut command = web::npm(&["run", script]);
                browser::name_to(&mut command, &chromium);
                stage(command)
            }
            Err(error) => Ok(unavailable(settings, error.to_string())),
        }
    })
}

fn unavailable(settings: &Settings, why: String) -> Outcome {
    if settings.require_browser {
        Outcome::Failed(why, None)
    } else {
        Outcome::Skipped(why)
    }
}

fn run_script(mut command: Command) -> Result<Outcome> {
    let finished = process::run_captured(&mut command)?;
    Ok(judge(
        finished.status.success(),
        count::web(&finished.output),
    ))
}

fn say_if_unchanged(step: Step, what: &str) {
    if step == Step::Unchanged {
        println!("unchanged since the last time: {what}");
    }
}

/// What a runner's end and its summary say together.
fn judge(success: bool, count: Option<Count>) -> Outcome {
    match count {
        Some(count) if success && count.failed == 0 => Outcome::Passed(Some(count)),
        Some(count) if count.failed > 0 => {
            Outcome::Failed(format!("{} failed", count.failed), Some(count))
        }
        Some(count) => Outcome::Failed("the runner itself failed".into(), Some(count)),
        None if success => Outcome::Failed("the runner printed no summary".into(), None),
        None => Outcome::Failed("the tests did not start".into(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(success: bool, count: Option<(u64, u64)>) -> &'static str {
        let count = count.map(|(passed, failed)| Count {
            passed,
            failed,
            skipped: 0,
        });
        match judge(success, count) {
            Outcome::Passed(_) => "passed",
            Outcome::Failed(..) => "failed",
            Outcome::Skipped(_) => "skipped",
        }
    }

    #[test]
    fn success_needs_both_a_good_end_and_a_good_summary() {
        for (success, count, expected) in [
            (true, Some((3, 0)), "passed"),
            (true, Some((3, 1)), "failed"),
            (false, Some((3, 0)), "failed"),
            (false, Some((3, 1)), "failed"),
            (true, None, "failed"),
            (false, None, "failed"),
        ] {
            assert_eq!(verdict(success, count), expected, "{success} {count:?}");
        }
    }

    #[test]
    fn the_bundle_is_built_before_the_binary_that_embeds_it() {
        let position = |name| STAGES.iter().position(|stage| stage.name == name).unwrap();
        for later in ["lint", "rust tests", "end to end"] {
            assert!(position("web build") < position(later), "{later}");
        }
    }

    #[test]
    fn cheap_stages_come_first() {
        assert!(STAGES.is_sorted_by_key(|stage| stage.cost == Cost::Expensive));
    }
}

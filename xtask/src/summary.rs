//! How a run went: a table of its stages, and one last plain line with the sum for CI to read.

use std::time::Duration;

use crate::count::Count;

/// How a stage ended.
pub(crate) enum Outcome {
    /// It held; with the tests it ran, if it runs tests.
    Passed(Option<Count>),
    /// It did not hold; with the tests it ran, as far as they could be counted.
    Failed(String, Option<Count>),
    /// It could not run here.
    Skipped(String),
}

impl Outcome {
    /// The tests to add to the sum.
    ///
    /// A stage that fails otherwise than in a test counts as one failure, so that the sum never
    /// says "0 failed" of a run that failed; a stage that could not run counts as one skipped.
    pub(crate) fn count(&self) -> Count {
        match self {
            Self::Passed(count) => count.unwrap_or_default(),
            Self::Failed(_, count) => {
                let mut count = count.unwrap_or_default();
                count.failed = count.failed.max(1);
                count
            }
            Self::Skipped(_) => Count {
                skipped: 1,
                ..Count::default()
            },
        }
    }

    /// Whether the stage did not hold.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(..))
    }
}

/// A stage that has ended.
pub(crate) struct Row {
    /// The stage's name.
    pub(crate) name: &'static str,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// How long it took.
    pub(crate) elapsed: Duration,
}

/// The table and the last line; `not_run` are the stages that an earlier failure kept from running.
pub(crate) fn render(rows: &[Row], not_run: &[&str]) -> String {
    let mut text = format!(
        "{:<16} {:<8} {:>9} {:>7} {:>7} {:>7}\n",
        "stage", "result", "time", "passed", "failed", "skipped"
    );
    let mut sum = Count::default();
    for Row {
        name,
        outcome,
        elapsed,
    } in rows
    {
        let (result, remark) = match outcome {
            Outcome::Passed(_) => ("ok", ""),
            Outcome::Failed(why, _) => ("FAILED", why.lines().next().unwrap_or_default()),
            Outcome::Skipped(why) => ("SKIPPED", why.lines().next().unwrap_or_default()),
        };
        let count = outcome.count();
        let figures = match outcome {
            Outcome::Passed(None) | Outcome::Failed(_, None) | Outcome::Skipped(_) => {
                format!("{:>7} {:>7} {:>7}", "", "", "")
            }
            _ => format!(
                "{:>7} {:>7} {:>7}",
                count.passed, count.failed, count.skipped
            ),
        };
        let row = format!(
            "{name:<16} {result:<8} {:>7.1} s {figures}  {remark}",
            elapsed.as_secs_f64()
        );
        text.push_str(row.trim_end());
        text.push('\n');
        sum += count;
    }
    for name in not_run {
        text.push_str(&format!(
            "{name:<16} not run, because of the failure above\n"
        ));
    }
    text.push('\n');
    text.push_str(&sum.to_string());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &'static str, outcome: Outcome) -> Row {
        Row {
            name,
            outcome,
            elapsed: Duration::from_millis(1_250),
        }
    }

    fn count(passed: u64, failed: u64, skipped: u64) -> Option<Count> {
        Some(Count {
            passed,
            failed,
            skipped,
        })
    }

    #[test]
    fn the_last_line_is_the_sum_alone() {
        let rows = [
            row("format", Outcome::Passed(None)),
            row("rust tests", Outcome::Passed(count(40, 0, 2))),
            row(
                "doc tests",
                Outcome::Failed("2 tests failed".into(), count(3, 2, 0)),
            ),
        ];
        let text = render(&rows, &["browser"]);
        assert_eq!(text.lines().last(), Some("43 passed, 2 failed, 2 skipped"));
        assert!(text.contains("browser          not run"), "{text}");
        assert!(
            text.contains("FAILED       1.2 s       3       2       0  2 tests failed"),
            "{text}"
        );
    }

    #[test]
    fn a_run_that_failed_never_says_zero_failed() {
        let rows = [
            row("rust tests", Outcome::Passed(count(40, 0, 0))),
            row(
                "lint",
                Outcome::Failed("cargo clippy ended with 101".into(), None),
            ),
            row(
                "doc tests",
                Outcome::Failed("the runner crashed".into(), count(3, 0, 0)),
            ),
        ];
        let text = render(&rows, &[]);
        assert_eq!(text.lines().last(), Some("43 passed, 2 failed, 0 skipped"));
    }

    #[test]
    fn a_stage_that_could_not_run_is_counted_as_skipped() {
        let rows = [row("browser", Outcome::Skipped("no Chromium\nmore".into()))];
        let text = render(&rows, &[]);
        assert_eq!(text.lines().last(), Some("0 passed, 0 failed, 1 skipped"));
        assert!(text.contains("SKIPPED") && text.contains("no Chromium") && !text.contains("more"));
    }
}

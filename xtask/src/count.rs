//! How many tests passed, failed and were skipped, read from what the runners print.
//!
//! Every runner has its own summary line. CI needs one figure, so each is read here and summed. A
//! summary that cannot be found gives `None`, never zero: a runner that printed nothing did not
//! show that it ran.

use std::fmt;
use std::ops::AddAssign;

/// Tests by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Tests that ran and held.
    pub(crate) passed: u64,
    /// Tests that ran and did not hold, timed out, or could not be started.
    pub(crate) failed: u64,
    /// Tests that did not run, or said that they could not test.
    pub(crate) skipped: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        write!(
            formatter,
            "{passed} passed, {failed} failed, {skipped} skipped"
        )
    }
}

impl Count {
    /// Moves `number` tests from passed to skipped: they ended well because they did not test.
    pub(crate) fn skip_passed(&mut self, number: u64) {
        let moved = number.min(self.passed);
        self.passed -= moved;
        self.skipped += moved;
    }

    /// Adds `number` under the word a runner uses for an outcome; an unknown word adds nothing.
    fn add_word(&mut self, number: u64, outcome: &str) {
        match outcome {
            // A flaky test held when it was run again; its runner counts it as a pass.
            "passed" | "pass" | "flaky" => self.passed += number,
            "failed" | "fail" | "timed out" | "exec failed" | "interrupted" | "cancelled" => {
                self.failed += number;
            }
            "skipped" | "ignored" | "todo" | "did not run" => self.skipped += number,
            _ => {}
        }
    }
}

/// `cargo nextest run`: `Summary [ 0.8s] 12 tests run: 10 passed (1 slow), 2 failed, 3 skipped`.
pub(crate) fn nextest(output: &str) -> Option<Count> {
    let line = output
        .lines()
        .rev()
        .find(|line| line.trim_start().starts_with("Summary ["))?;
    let (_, parts) = line.split_once("run:")?;
    Some(sum_list(parts, ','))
}

/// `cargo test`, doc tests too: one `test result: ok. 3 passed; 0 failed; 1 ignored; …` a binary.
pub(crate) fn libtest(output: &str) -> Option<Count> {
    sum_all(output.lines().filter_map(|line| {
        let (_, parts) = line.trim().strip_prefix("test result:")?.split_once('.')?;
        Some(sum_list(parts, ';'))
    }))
}

/// Any of the runners that `web/` may use.
pub(crate) fn web(output: &str) -> Option<Count> {
    vitest(output)
        .or_else(|| node(output))
        .or_else(|| playwright(output))
}

/// Vitest: `Tests  1 failed | 12 passed | 2 skipped (15)`, one a run.
fn vitest(output: &str) -> Option<Count> {
    sum_all(output.lines().filter_map(|line| {
        let parts = line.trim().strip_prefix("Tests ")?;
        let parts = parts.split_once('(').map_or(parts, |(before, _)| before);
        Some(sum_list(parts, '|')).filter(|count| *count != Count::default())
    }))
}

/// `node --test`: `# pass 3` (TAP) or `ℹ pass 3` (spec), one outcome a line.
fn node(output: &str) -> Option<Count> {
    let mut count = Count::default();
    let mut seen = false;
    for line in output.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [
            "#" | "ℹ",
            outcome @ ("pass" | "fail" | "skipped" | "todo" | "cancelled"),
            number,
        ] = words[..]
            && let Ok(number) = number.parse()
        {
            count.add_word(number, outcome);
            seen = true;
        }
    }
    seen.then_some(count)
}

/// Playwright: `  2 skipped` and `  3 passed (4.2s)`, one outcome a line.
fn playwright(output: &str) -> Option<Count> {
    sum_all(output.lines().filter_map(|line| {
        let (number, rest) = line.trim().split_once(' ')?;
        let number = number.parse().ok()?;
        let outcome = rest.split_once(" (").map_or(rest, |(before, _)| before);
        let mut count = Count::default();
        count.add_word(number, outcome);
        Some(count).filter(|count| *count != Count::default())
    }))
}

fn sum_all(counts: impl Iterator<Item = Count>) -> Option<Count> {
    counts.fold(None, |sum, count| {
        let mut sum = sum.unwrap_or_default();
        sum += count;
        Some(sum)
    })
}

/// Sums `3 passed (1 slow), 2 failed` with the given separator; remarks in parentheses are left out.
fn sum_list(parts: &str, separator: char) -> Count {
    let mut count = Count::default();
    let mut depth = 0_u32;
    let plain: String = parts
        .chars()
        .filter(|character| {
            match character {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        })
        .collect();
    for part in plain.split(separator) {
        if let Some((number, outcome)) = part.trim().split_once(' ')
            && let Ok(number) = number.parse()
        {
            count.add_word(number, outcome.trim());
        }
    }
    count
}

/// The tests that passed only because they could not test: their output holds `SKIPPED:`.
///
/// `junit` is nextest's report (`.config/nextest.toml` makes it keep what passing tests print);
/// gives a line `test name: reason` each.
pub(crate) fn skipped_in_junit(junit: &str) -> Vec<String> {
    junit
        .split("<testcase ")
        .skip(1)
        .filter(|case| !case.contains("<failure") && !case.contains("<error"))
        .filter_map(|case| {
            let name = attribute(case, "name")?;
            let suite = attribute(case, "classname").unwrap_or_default();
            Some(format!("{suite} {name}: {}", skip_reason(case)?))
        })
        .collect()
}

/// The same from `cargo test -- --show-output`, whose sections begin `---- name stdout ----`.
pub(crate) fn skipped_in_libtest(output: &str) -> Vec<String> {
    let mut skipped = Vec::new();
    let mut name = None;
    for line in output.lines() {
        if let Some(title) = line
            .strip_prefix("---- ")
            .and_then(|line| line.strip_suffix(" stdout ----"))
        {
            name = Some(title);
        } else if let Some(title) = name
            && let Some(reason) = skip_reason(line)
        {
            skipped.push(format!("{title}: {reason}"));
            name = None;
        }
    }
    skipped
}

fn skip_reason(text: &str) -> Option<&str> {
    let (_, reason) = text.split_once("SKIPPED:")?;
    Some(
        reason
            .lines()
            .next()
            .unwrap_or_default()
            .split('<')
            .next()
            .unwrap_or_default()
            .trim(),
    )
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = tag.split_once('>')?;
    let head = format!(" {head}");
    let start = head.find(&format!(" {name}=\""))? + name.len() + 2;
    let rest = tag.get(start..)?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests;

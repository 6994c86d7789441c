//! Tables that a command writes into the documents it belongs to, between two marks.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{process, workspace};

const END: &str = "<!-- end -->";

fn begin(verb: &str) -> String {
    format!("<!-- cargo xtask {verb}: begin -->")
}

/// Puts a table where the document has the marks of `cargo xtask verb`, or at its end.
pub(crate) fn write_table(document: &str, verb: &str, table: &str) -> Result<()> {
    let path = workspace::root().join(document);
    let old = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, between(&old, &begin(verb), table))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn between(old: &str, begin: &str, table: &str) -> String {
    let new = format!("{begin}\n\n{table}\n{END}");
    let marks = old.find(begin).zip(old.find(END));
    match marks {
        Some((begin, end)) if begin < end => {
            format!("{}{new}{}", &old[..begin], &old[end + END.len()..])
        }
        _ => format!("{}\n\n{new}\n", old.trim_end()),
    }
}

/// The day, and of which version: `2026-06-01, version 0123abc`.
pub(crate) fn date_and_version() -> String {
    let word = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        process::output_of(command.args(arguments).current_dir(workspace::root()))
            .map_or_else(|| "?".to_owned(), |text| text.trim().to_owned())
    };
    format!(
        "{}, version {}",
        word("date", &["-u", "+%F"]),
        word("git", &["rev-parse", "--short", "HEAD"])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_replaced_and_the_words_around_it_stay() {
        let begin = begin("evaluate");
        let first = between("# Evaluation\n", &begin, "one");
        assert_eq!(first, format!("# Evaluation\n\n{begin}\n\none\n{END}\n"));
        let second = between(&(first + "\nCauses.\n"), &begin, "two");
        assert_eq!(
            second,
            format!("# Evaluation\n\n{begin}\n\ntwo\n{END}\n\nCauses.\n")
        );
    }
}

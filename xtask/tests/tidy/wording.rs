//! What no file may say: promises instead of code, and paths of one machine.
//!
//! The words looked for are put together from halves here, so that this file obeys its own rule.

use super::files::Tree;
use super::rust_text::{code_only, has_words};

/// Unfinished work, as it is written in code.
const STUBS: [&str; 3] = [
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("#[ig", "nore"),
];

/// Unfinished work, as it is written in comments.
const NOTES: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
];

/// Tests that do not run, in TypeScript.
const SILENCED: [&str; 4] = [
    concat!("test.", "only"),
    concat!("it.", "only"),
    concat!("describe.", "only"),
    concat!("test.", "skip("),
];

/// Places that exist on somebody's machine only.
const MACHINE_PATHS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/Use", "rs/"),
];

/// Stubs, notes to oneself and silenced tests in source files.
pub(crate) fn unfinished_offenders(tree: &Tree) -> Vec<String> {
    let mut offenders = Vec::new();
    for file in &tree.files {
        let is_rust = file.path.ends_with(".rs");
        let is_script = [".ts", ".tsx", ".js", ".mjs"]
            .iter()
            .any(|end| file.path.ends_with(end));
        if !is_rust && !is_script && !file.path.ends_with(".py") {
            continue;
        }
        let code = if is_rust {
            code_only(&file.text)
        } else {
            file.text.clone()
        };
        for (index, (line, code)) in file.text.lines().zip(code.lines()).enumerate() {
            let is_stub = is_rust && STUBS.iter().any(|word| has_words(code, word));
            let is_silenced = is_script && SILENCED.iter().any(|word| has_words(code, word));
            if is_stub || is_silenced || NOTES.iter().any(|word| has_words(line, word)) {
                offenders.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    offenders
}

/// Paths that hold on one machine only.
pub(crate) fn machine_path_offenders(tree: &Tree) -> Vec<String> {
    let mut offenders = Vec::new();
    for file in &tree.files {
        for (index, line) in file.text.lines().enumerate() {
            if MACHINE_PATHS.iter().any(|path| begins_a_path(line, path)) {
                offenders.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    offenders
}

/// Whether `path` stands where an absolute path begins, not inside a longer one or an address.
fn begins_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~' | '}'))
    })
}

mod tests {
    use super::*;

    fn unfinished(path: &str, text: &str) -> usize {
        unfinished_offenders(&Tree::sample(&[(path, text)])).len()
    }

    #[test]
    fn unfinished_work_is_found() {
        for word in STUBS {
            assert_eq!(
                unfinished("a.rs", &format!("fn f() {{ {word}")),
                1,
                "{word}"
            );
            assert_eq!(
                unfinished("a.rs", &format!("let s = \"{word}\";")),
                0,
                "{word}"
            );
        }
        for word in NOTES {
            assert_eq!(
                unfinished("a.rs", &format!("// {word}: later")),
                1,
                "{word}"
            );
            assert_eq!(unfinished("a.ts", &format!("// {word}")), 1, "{word}");
            assert_eq!(unfinished("a.rs", &format!("MAS{word}N")), 0, "{word}");
        }
        for word in SILENCED {
            assert_eq!(
                unfinished("web/tests/a.ts", &format!("{word}(\"x\")")),
                1,
                "{word}"
            );
        }
        let file = ("b.rs", concat!("\n// TO", "DO"));
        assert_eq!(
            unfinished_offenders(&Tree::sample(&[file])),
            [concat!("b.rs:2: // TO", "DO")]
        );
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for path in MACHINE_PATHS {
            for (line, expected) in [
                (format!("see {path}x"), 1),
                (format!("\"{path}x\""), 1),
                (format!("https://example.org{path}x"), 0),
                (format!("a{path}b"), 0),
            ] {
                let tree = Tree::sample(&[("a.md", &line)]);
                assert_eq!(machine_path_offenders(&tree).len(), expected, "{line}");
            }
        }
    }
}

//! The core is pure: no I/O, no clock, no threads of its own, no order that depends on a hash.
//!
//! Replaying a recording must give bit-identical results (invariants 1 and 2), and hostile bytes must
//! never stop the program (invariant 3). A clippy list could forbid some of this, but not per crate.

use super::dependencies::WIRE_FORMATS;
use super::files::{File, Tree};
use super::rust_text::{code_only, has_words, imports, lines_with, without_tests};

/// The crates that only compute, beside the wire formats.
const CORE: [&str; 9] = [
    "geo", "model", "sensing", "track", "claims", "forecast", "warn", "score", "sim",
];

/// Crates that may share their work among threads, with a result that does not depend on how.
const PARALLEL: [&str; 2] = ["track", "forecast"];

/// Paths, and words, that have no place in the core.
const IMPURE: [&str; 23] = [
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
    "std::env",
    "std::time::Instant",
    "std::time::SystemTime",
    "time::Instant",
    "Instant::now",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "HashMap",
    "HashSet",
    "tokio",
    "thread_rng",
    "from_os_rng",
    "from_entropy",
    "rand::rng",
    "rand::random",
    "println!",
    "eprintln!",
    "static mut",
];

/// What ends the program instead of returning an error.
const PANICS: [&str; 7] = [
    ".unwrap()",
    ".expect(",
    ".unwrap_err()",
    "panic!",
    "unreachable!",
    "assert!",
    "assert_eq!",
];

/// Impure places in the core.
pub(crate) fn core_offenders(tree: &Tree) -> Vec<String> {
    offenders(tree, |name, path| {
        let is_core = CORE.contains(&name) || WIRE_FORMATS.contains(&name);
        let is_forbidden = IMPURE.iter().any(|word| has_words(path, word))
            || (has_words(path, "rayon") && !PARALLEL.contains(&name));
        is_core && is_forbidden
    })
}

/// Places in the wire formats that could panic.
pub(crate) fn decoder_offenders(tree: &Tree) -> Vec<String> {
    offenders(tree, |name, text| {
        WIRE_FORMATS.contains(&name) && PANICS.iter().any(|word| has_words(text, word))
    })
}

/// Lines, and imports written out, outside test code for which `is_offence(crate, text)` holds.
fn offenders(tree: &Tree, is_offence: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut offenders = Vec::new();
    let tests: Vec<String> = tree.files.iter().flat_map(test_modules).collect();
    let is_test = |path: &str| tests.iter().any(|module| path.starts_with(module));
    for (name, file) in tree.files.iter().filter_map(crate_source) {
        if is_test(&file.path) {
            continue;
        }
        let code = without_tests(&file.text);
        let mut lines: Vec<usize> = imports(&code)
            .into_iter()
            .filter(|(_, path)| is_offence(name, path))
            .map(|(line, _)| line)
            .collect();
        for (index, line) in code.lines().enumerate() {
            if is_offence(name, line) {
                lines.push(index + 1);
            }
        }
        lines.sort_unstable();
        lines.dedup();
        for line in lines {
            let shown = file.text.lines().nth(line - 1).unwrap_or_default().trim();
            offenders.push(format!("{}:{line}: {shown}", file.path));
        }
    }
    offenders
}

/// How the paths of the modules begin that a file declares as `#[cfg(test)] mod name;`.
fn test_modules(file: &File) -> Vec<String> {
    let folder = file
        .path
        .strip_suffix("lib.rs")
        .or_else(|| file.path.strip_suffix("mod.rs"));
    let folder = folder.map_or_else(
        || format!("{}/", file.path.trim_end_matches(".rs")),
        str::to_owned,
    );
    code_only(&file.text)
        .split("#[cfg(test)]")
        .skip(1)
        .filter_map(|after| after.trim_start().strip_prefix("mod ")?.split_once(';'))
        .map(|(name, _)| name.trim())
        .filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
        .flat_map(|name| [format!("{folder}{name}.rs"), format!("{folder}{name}/")])
        .collect()
}

/// A Rust file in `crates/NAME/src` that is not a module of tests, with NAME.
fn crate_source(file: &File) -> Option<(&str, &File)> {
    let (name, inside) = file.path.strip_prefix("crates/")?.split_once("/src/")?;
    let is_tests = inside
        .trim_end_matches(".rs")
        .split('/')
        .any(|part| part == "tests" || part.ends_with("_tests"));
    (inside.ends_with(".rs") && !is_tests).then_some((name, file))
}

mod tests {
    use super::*;

    fn core(name: &str, text: &str) -> Vec<String> {
        core_offenders(&Tree::sample(&[(
            &format!("crates/{name}/src/lib.rs"),
            text,
        )]))
    }

    #[test]
    fn impure_code_in_the_core_is_found() {
        for text in [
            "use std::fs;",
            "use std::{fmt, fs::File};",
            "use std::{\n    collections::{BTreeMap, HashMap},\n};",
            "let x = std::net::UdpSocket::bind(a);",
            "std::thread::spawn(f);",
            "use std::time::{Duration, Instant};",
            "use std::time;\nlet t = time::Instant::now();",
            "let t: SystemTime = x;",
            "let m: HashSet<u8> = x;",
            "tokio::spawn(x);",
            "let r = rand::rng();",
            "println!(\"{x}\");",
            "use rayon::prelude::*;",
            "jiff::Timestamp::now()",
        ] {
            assert!(!core("geo", text).is_empty(), "{text}");
            assert!(core("engine", text).is_empty(), "{text}");
        }
        assert_eq!(
            core("score", "//! a\nfn f() {\n    std::fs::read(x);\n}"),
            ["crates/score/src/lib.rs:3: std::fs::read(x);"]
        );
    }

    #[test]
    fn pure_code_in_the_core_is_let_be() {
        for text in [
            "use std::{collections::BTreeMap, time::Duration};",
            "// std::fs and HashMap are not used here",
            "let s = \"tokio\";",
            "enum Lateness { Instantaneous }",
            "#[cfg(test)]\nmod tests {\n    use std::fs;\n}",
        ] {
            assert_eq!(core("geo", text), [""; 0], "{text}");
        }
        assert_eq!(core("track", "use rayon::prelude::*;"), [""; 0]);
        let tests = Tree::sample(&[("crates/geo/src/frame/tests.rs", "use std::fs;")]);
        assert_eq!(core_offenders(&tests), [""; 0]);
        let tests = Tree::sample(&[
            (
                "crates/geo/src/lib.rs",
                "mod a;\n#[cfg(test)]\nmod oracle;\nmod b;",
            ),
            ("crates/geo/src/oracle.rs", "use std::fs;"),
            ("crates/geo/src/b.rs", "use std::fs;"),
        ]);
        assert_eq!(
            core_offenders(&tests),
            ["crates/geo/src/b.rs:1: use std::fs;"]
        );
    }

    #[test]
    fn decoders_that_could_panic_are_found() {
        let decoder = |text| decoder_offenders(&Tree::sample(&[("crates/asterix/src/a.rs", text)]));
        for text in ["a.unwrap();", "a.expect(b)", "panic!()", "assert!(n > 1);"] {
            assert_eq!(decoder(text).len(), 1, "{text}");
        }
        for text in [
            "a.unwrap_or(b)",
            "debug_assert!(n > 1)",
            "#[cfg(test)]\nmod t { fn f() { a.unwrap(); } }",
        ] {
            assert_eq!(decoder(text).len(), 0, "{text}");
        }
        let engine = Tree::sample(&[("crates/engine/src/a.rs", "a.unwrap();")]);
        assert_eq!(decoder_offenders(&engine).len(), 0);
        assert_eq!(lines_with("a\nb.unwrap()", ".unwrap()"), [2]);
    }
}

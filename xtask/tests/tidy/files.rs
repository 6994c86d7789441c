//! The tree of source files, and the rules about whole files: length, header, map of the code.

use std::fs;
use std::path::Path;

/// One file of the repository.
pub(crate) struct File {
    /// Path from the root, with forward slashes.
    pub(crate) path: String,
    /// What it holds.
    pub(crate) text: String,
}

/// The repository's text files.
pub(crate) struct Tree {
    /// In the order of their paths.
    pub(crate) files: Vec<File>,
    /// The folders in `crates/`.
    pub(crate) crates: Vec<String>,
}

/// Folders whose contents are not written here.
const FOREIGN: [&str; 8] = [
    ".git",
    "target",
    "node_modules",
    "dist",
    "coverage",
    "test-results",
    "playwright-report",
    "shots",
];

/// Ends of the names of files that people write.
const WRITTEN: [&str; 16] = [
    "rs", "ts", "tsx", "js", "mjs", "cjs", "css", "html", "py", "md", "toml", "yml", "yaml", "sh",
    "run", "sql",
];

const LINES_MAX: usize = 700;

impl Tree {
    /// Reads the repository that this test belongs to.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("a workspace");
        let mut files = Vec::new();
        walk(root, root, &mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(
            files
                .iter()
                .any(|file| file.path == "xtask/tests/tidy/files.rs"),
            "tidy does not see itself in {}",
            root.display()
        );
        let mut crates: Vec<String> = fs::read_dir(root.join("crates"))
            .expect("crates/")
            .map(|entry| {
                entry
                    .expect("crates/")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        crates.sort();
        Self { files, crates }
    }

    /// A tree in memory, to try a rule on.
    pub(crate) fn sample(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        Self {
            files,
            crates: Vec::new(),
        }
    }
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_symlink() || FOREIGN.contains(&name.as_ref()) {
            continue;
        }
        let is_written = WRITTEN
            .iter()
            .any(|end| name.rsplit('.').next() == Some(*end));
        if path.is_dir() {
            walk(root, &path, files);
        } else if is_written && let Ok(text) = fs::read_to_string(&path) {
            let path = path.strip_prefix(root).expect("below the root");
            files.push(File {
                path: path.to_string_lossy().replace('\\', "/"),
                text,
            });
        }
    }
}

/// Source files that have grown too long.
pub(crate) fn long_offenders(tree: &Tree) -> Vec<String> {
    tree.files
        .iter()
        .filter(|file| {
            let in_crate = file.path.starts_with("crates/") && file.path.contains("/src/");
            in_crate || file.path.starts_with("web/src/") || file.path.starts_with("xtask/")
        })
        .filter_map(|file| {
            let lines = file.text.lines().count();
            (lines > LINES_MAX).then(|| format!("{}:{lines}: {lines} lines", file.path))
        })
        .collect()
}

/// Rust files that do not begin by saying why they exist.
pub(crate) fn header_offenders(tree: &Tree) -> Vec<String> {
    tree.files
        .iter()
        .filter(|file| file.path.ends_with(".rs"))
        .filter(|file| {
            let header: Vec<&str> = file
                .text
                .lines()
                .map_while(|line| line.strip_prefix("//!"))
                .flat_map(str::split_whitespace)
                .collect();
            header.len() < 3
        })
        .map(|file| format!("{}:1", file.path))
        .collect()
}

/// Crates that the map of the code leaves out; nothing while there is no map.
pub(crate) fn architecture_offenders(tree: &Tree) -> Vec<String> {
    let Some(page) = tree
        .files
        .iter()
        .find(|file| file.path == "ARCHITECTURE.md")
    else {
        return Vec::new();
    };
    tree.crates
        .iter()
        .filter(|name| !mentions(&page.text, name))
        .map(|name| format!("ARCHITECTURE.md:1: crates/{name}"))
        .collect()
}

/// Whether a crate's name stands in the text as a word of its own, as code or as a folder.
fn mentions(text: &str, name: &str) -> bool {
    [
        format!("`{name}`"),
        format!("crates/{name}"),
        format!("lapwing-{name}"),
    ]
    .iter()
    .any(|form| {
        text.match_indices(form.as_str()).any(|(at, _)| {
            let after = text[at + form.len()..].chars().next();
            !after.is_some_and(|next| next.is_alphanumeric() || next == '-')
        })
    })
}

mod tests {
    use super::*;

    #[test]
    fn long_files_are_found() {
        let (fits, long) = ("x\n".repeat(700), "x\n".repeat(701));
        let tree = Tree::sample(&[
            ("crates/geo/src/fits.rs", &fits),
            ("crates/geo/src/long.rs", &long),
            ("web/src/long.ts", &long),
            ("web/package.md", &long),
        ]);
        assert_eq!(
            long_offenders(&tree),
            [
                "crates/geo/src/long.rs:701: 701 lines",
                "web/src/long.ts:701: 701 lines"
            ]
        );
    }

    #[test]
    fn missing_and_empty_headers_are_found() {
        let tree = Tree::sample(&[
            ("a.rs", "//! Frames: where things\n//! are.\nfn x() {}"),
            ("b.rs", "fn x() {}\n//! too late to say why"),
            ("c.rs", "//! placeholder\nfn x() {}"),
            ("d.rs", ""),
            ("e.ts", "no header asked for"),
        ]);
        assert_eq!(header_offenders(&tree), ["b.rs:1", "c.rs:1", "d.rs:1"]);
    }

    #[test]
    fn crates_that_are_not_on_the_map_are_found() {
        let mut tree = Tree::sample(&[(
            "ARCHITECTURE.md",
            "`geo` and crates/model-extra, some modesty, [cap](crates/cap)",
        )]);
        tree.crates = ["geo", "model", "modes", "cap"].map(String::from).to_vec();
        assert_eq!(
            architecture_offenders(&tree),
            [
                "ARCHITECTURE.md:1: crates/model",
                "ARCHITECTURE.md:1: crates/modes"
            ]
        );
        tree.files.clear();
        assert!(architecture_offenders(&tree).is_empty());
    }
}

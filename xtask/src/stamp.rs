//! Whether something must be made again: a hash of what it is made from, beside what was made.
//!
//! Times of change do not serve: a clone or a branch switch touches every file. The hash only has to
//! notice a change (nobody attacks it), so the standard library's SipHash is enough; another Rust
//! version may hash differently, which costs one rebuild.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Folders that hold outputs, or nothing that an output is made from.
const NO_INPUTS: [&str; 8] = [
    "node_modules",
    "dist",
    "coverage",
    "test-results",
    "playwright-report",
    ".vite",
    "tests",
    "shots",
];

/// A file that holds the hash of what a finished output was made from.
pub(crate) struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// A stamp kept in `file` for an output made from `sources` (files, or folders with all in them).
    pub(crate) fn new(file: PathBuf, sources: &[PathBuf]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for source in sources {
            hash_path(source, &mut hasher)
                .with_context(|| format!("cannot read {}", source.display()))?;
        }
        Ok(Self {
            file,
            hash: format!("{:016x}", hasher.finish()),
        })
    }

    /// Whether the output was made from the very same sources.
    pub(crate) fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|kept| kept.trim() == self.hash)
    }

    /// Says that the output has been made.
    pub(crate) fn set(&self) -> Result<()> {
        fs::write(&self.file, &self.hash)
            .with_context(|| format!("cannot write {}", self.file.display()))
    }
}

fn hash_path(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    path.file_name().hash(hasher);
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<_>>>()?;
        entries.sort();
        for entry in entries {
            let is_no_input = entry
                .file_name()
                .is_some_and(|name| NO_INPUTS.iter().any(|other| name == *other));
            if !is_no_input {
                hash_path(&entry, hasher)?;
            }
        }
        // Marks the end, so that a file cannot move from one folder to the next unseen.
        0xff_u8.hash(hasher);
        Ok(())
    } else {
        fs::read(path)?.hash(hasher);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_of_a_source_is_noticed_and_no_change_of_an_output() {
        let dir = std::env::temp_dir().join(format!("lapwing-stamp-{}", std::process::id()));
        fs::create_dir_all(dir.join("src/inner")).unwrap();
        fs::create_dir_all(dir.join("src/dist")).unwrap();
        fs::write(dir.join("src/inner/a.ts"), "a").unwrap();
        let stamp = || Stamp::new(dir.join("stamp"), &[dir.join("src")]).unwrap();

        assert!(!stamp().is_fresh());
        stamp().set().unwrap();
        assert!(stamp().is_fresh());
        fs::write(dir.join("src/dist/out.js"), "x").unwrap();
        assert!(stamp().is_fresh());
        for change in [
            || ("src/inner/a.ts", "b"),
            || ("src/inner/b.ts", ""),
            || ("src/a.ts", "a"),
        ] {
            let (file, text) = change();
            fs::write(dir.join(file), text).unwrap();
            assert!(!stamp().is_fresh(), "{file}");
            stamp().set().unwrap();
        }
        fs::rename(dir.join("src/a.ts"), dir.join("src/inner/c.ts")).unwrap();
        assert!(!stamp().is_fresh());
        fs::remove_dir_all(dir).unwrap();
    }
}

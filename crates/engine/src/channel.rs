//! Exercise and live never share an output channel. A channel, which is an outbox's
//! directory or a file of lines, is marked by the first run that writes into it, and
//! refuses runs of the other kind.
//!
//! The mark is an empty file, one name for each kind. A run makes its own first and
//! looks for the other's then, so that of two that begin at once never both go on.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The word for a kind of run.
pub(crate) const fn kind(exercise: bool) -> &'static str {
    if exercise { "exercise" } else { "live" }
}

/// What marks a channel.
pub(crate) struct Channel {
    /// The mark's place and the start of its name.
    directory: PathBuf,
    prefix: String,
}

impl Channel {
    /// An outbox's directory, by whatever way it is reached.
    pub(crate) fn directory(path: &Path) -> Self {
        Self {
            directory: path.to_owned(),
            prefix: ".lapwing-".to_owned(),
        }
    }

    /// A file that is there; a pipe or device keeps nothing, and gives none.
    pub(crate) fn file(path: &Path) -> io::Result<Option<Self>> {
        let path = fs::canonicalize(path)?;
        let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(None);
        };
        let regular = fs::metadata(&path)?.is_file();
        Ok(regular.then(|| Self {
            directory: directory.to_owned(),
            prefix: format!(".{}.lapwing-", name.to_string_lossy()),
        }))
    }

    /// Where a kind's mark lies.
    fn mark(&self, exercise: bool) -> PathBuf {
        self.directory
            .join(format!("{}{}", self.prefix, kind(exercise)))
    }

    /// The mark of the other kind, where it is there.
    pub(crate) fn refusal(&self, exercise: bool) -> io::Result<Option<PathBuf>> {
        let other = self.mark(!exercise);
        Ok(other.try_exists()?.then_some(other))
    }

    /// Marks the channel, or gives the other kind's mark that is there already.
    pub(crate) fn claim(&self, exercise: bool) -> io::Result<Option<PathBuf>> {
        let own = self.mark(exercise);
        let new = match File::options().write(true).create_new(true).open(&own) {
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error),
        };
        let refusal = self.refusal(exercise)?;
        if new && refusal.is_some() {
            fs::remove_file(&own)?;
        } else if new {
            File::open(&self.directory)?.sync_all()?;
        }
        Ok(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_takes_one_kind_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("warnings.jsonl");
        fs::write(&file, "").unwrap();
        let other_file = dir.path().join("tracks.jsonl");
        fs::write(&other_file, "").unwrap();
        let lines = |path| Channel::file(path).unwrap().unwrap();
        for (mine, free) in [
            (lines(&file), lines(&other_file)),
            (lines(&other_file), Channel::directory(dir.path())),
        ] {
            assert_eq!(mine.claim(true).unwrap(), None);
            assert_eq!(mine.claim(true).unwrap(), None);
            let mark = mine.claim(false).unwrap().unwrap();
            assert!(mark.to_str().unwrap().ends_with("lapwing-exercise"));
            // the refused one leaves no mark of its own
            assert_eq!(mine.claim(true).unwrap(), None);
            assert_eq!(free.refusal(false).unwrap(), None);
        }
    }

    #[test]
    fn a_device_is_no_channel_to_mark() {
        assert!(Channel::file(Path::new("/dev/null")).unwrap().is_none());
    }
}

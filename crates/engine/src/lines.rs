//! A file of lines that grows by whole lines: what a full disk let in only in part is
//! taken back, so that the next line never begins in the middle of one.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file of lines, a pipe or a device.
pub(crate) struct LineFile {
    path: PathBuf,
    file: File,
    regular: bool,
    /// It ends within a line.
    torn: bool,
}

impl LineFile {
    /// Opens it to append, and makes it where it is not there.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        let regular = file.metadata()?.is_file();
        Ok(Self {
            path: path.to_owned(),
            file,
            regular,
            torn: regular && ends_within_a_line(path)?,
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends whole lines, all of them or none.
    pub(crate) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.torn {
            self.file.write_all(b"\n")?;
            self.torn = false;
        }
        let length = self.file.metadata()?.len();
        let written = self.file.write_all(lines);
        if written.is_err() {
            self.torn = !self.regular || self.file.set_len(length).is_err();
        }
        written
    }

    /// Waits until what was appended is on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        if self.regular {
            self.file.sync_data()
        } else {
            Ok(())
        }
    }
}

fn ends_within_a_line(path: &Path) -> io::Result<bool> {
    if fs::metadata(path)?.len() == 0 {
        return Ok(false);
    }
    let mut file = File::open(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_whole_behind_a_torn_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        fs::write(&path, "whole\nto").unwrap();
        let mut file = LineFile::open(&path).unwrap();
        file.append(b"next\n").unwrap();
        drop(file);
        LineFile::open(&path).unwrap().append(b"last\n").unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "whole\nto\nnext\nlast\n"
        );
    }

    #[test]
    fn a_device_that_is_full_says_so() {
        let mut file = LineFile::open(Path::new("/dev/full")).unwrap();
        let error = file.append(b"a line\n").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}

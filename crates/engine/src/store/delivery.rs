//! Handing over: what is stored and has not left yet goes into the outboxes and the files of
//! lines, each on its own, whole or not at all, and is marked when it is there.

use super::{Store, StoreError};
use crate::channel::{Channel, kind};
use crate::lines::LineFile;
use rusqlite::params;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A version that has not left for one of its destinations.
struct Waiting {
    id: String,
    version: u32,
    destination: String,
    bytes: Vec<u8>,
    cap_id: String,
}

impl Store {
    /// Hands over whatever is stored and not yet handed over; gives how many documents and lines.
    ///
    /// # Errors
    /// A file cannot be written; it is tried again next time.
    pub fn deliver(&mut self) -> Result<usize, StoreError> {
        let documents = self.deliver_documents();
        let lines = self.deliver_lines();
        Ok(documents? + lines?)
    }

    fn deliver_documents(&self) -> Result<usize, StoreError> {
        let waiting = self.waiting(
            "SELECT o.id, o.version, o.directory, w.cap_xml, w.cap_id FROM outbox o
             JOIN warning w ON w.id = o.id AND w.version = o.version
             WHERE o.delivered = 0 ORDER BY w.updated_ns, o.id, o.version",
        )?;
        let mut failure = None;
        let mut delivered = 0;
        for w in &waiting {
            let directory = Path::new(&w.destination);
            let written = self
                .still_ours(directory)
                .and_then(|()| write_whole(&directory.join(file_name(&w.cap_id)), &w.bytes));
            // one directory that cannot be written keeps nothing from the others
            if let Err(error) = written {
                failure.get_or_insert(error);
                continue;
            }
            self.delivered("outbox SET delivered = 1 WHERE directory", w)?;
            delivered += 1;
        }
        failure.map_or(Ok(delivered), Err)
    }

    fn deliver_lines(&mut self) -> Result<usize, StoreError> {
        let waiting = self.waiting(
            "SELECT l.id, l.version, l.file, CAST(w.json AS BLOB), w.cap_id FROM line l
             JOIN warning w ON w.id = l.id AND w.version = l.version
             WHERE l.delivered = 0 ORDER BY w.updated_ns, l.id, l.version",
        )?;
        let mut failure: Option<StoreError> = None;
        let mut delivered = 0;
        for w in &waiting {
            let path = Path::new(&w.destination);
            let number = match self.lines.iter().position(|file| file.path() == path) {
                Some(number) => number,
                // an output of an earlier site file, which still waits for its line
                None => match open_lines(path, self.exercise) {
                    Ok(file) => {
                        self.lines.push(file);
                        self.lines.len() - 1
                    }
                    Err(error) => {
                        failure.get_or_insert(error);
                        continue;
                    }
                },
            };
            let Some(file) = self.lines.get_mut(number) else {
                continue;
            };
            let line = [&w.bytes[..], b"\n"].concat();
            if let Err(source) = file.append(&line).and_then(|()| file.sync()) {
                failure.get_or_insert(StoreError::Outbox {
                    path: path.to_owned(),
                    source,
                });
                continue;
            }
            self.delivered("line SET delivered = 1 WHERE file", w)?;
            delivered += 1;
        }
        failure.map_or(Ok(delivered), Err)
    }

    /// Whether a directory that was ours when it was named has not become the other kind's.
    fn still_ours(&self, directory: &Path) -> Result<(), StoreError> {
        let refusal = Channel::directory(directory)
            .claim(self.exercise)
            .map_err(|source| StoreError::Outbox {
                path: directory.to_owned(),
                source,
            })?;
        refuse(directory, refusal, self.exercise)
    }

    fn waiting(&self, query: &str) -> Result<Vec<Waiting>, StoreError> {
        let mut statement = self
            .connection
            .prepare(query)
            .map_err(|e| self.database(e))?;
        statement
            .query_map([], |row| {
                Ok(Waiting {
                    id: row.get(0)?,
                    version: row.get(1)?,
                    destination: row.get(2)?,
                    bytes: row.get(3)?,
                    cap_id: row.get(4)?,
                })
            })
            .and_then(Iterator::collect)
            .map_err(|e| self.database(e))
    }

    fn delivered(&self, mark: &str, w: &Waiting) -> Result<(), StoreError> {
        self.connection
            .execute(
                &format!("UPDATE {mark} = ?1 AND id = ?2 AND version = ?3"),
                params![w.destination, w.id, w.version],
            )
            .map(|_| ())
            .map_err(|e| self.database(e))
    }
}

pub(super) fn refuse(path: &Path, mark: Option<PathBuf>, exercise: bool) -> Result<(), StoreError> {
    mark.map_or(Ok(()), |mark| {
        Err(StoreError::OtherKind {
            path: path.to_owned(),
            mark,
            mine: kind(exercise),
            theirs: kind(!exercise),
        })
    })
}

/// Opens a file of lines, unless it takes those of the other kind.
pub(crate) fn open_lines(path: &Path, exercise: bool) -> Result<LineFile, StoreError> {
    let outbox = |source| StoreError::Outbox {
        path: path.to_owned(),
        source,
    };
    let file = LineFile::open(path).map_err(outbox)?;
    if let Some(channel) = Channel::file(path).map_err(outbox)? {
        refuse(path, channel.claim(exercise).map_err(outbox)?, exercise)?;
    }
    Ok(file)
}

/// A CAP identifier is unique among all warnings of a sender, and so is the file named after it.
fn file_name(cap_id: &str) -> String {
    let safe: String = cap_id
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-._".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    format!("{safe}.cap.xml")
}

/// Writes a file so that it is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let outbox = |source| StoreError::Outbox {
        path: path.to_owned(),
        source,
    };
    let part = path.with_extension("part");
    let mut file = fs::File::create(&part).map_err(outbox)?;
    file.write_all(bytes).map_err(outbox)?;
    file.sync_all().map_err(outbox)?;
    fs::rename(&part, path).map_err(outbox)?;
    if let Some(directory) = path.parent()
        && let Ok(directory) = fs::File::open(directory)
    {
        directory.sync_all().map_err(outbox)?;
    }
    Ok(())
}

//! The durable state of warnings: every version is on disk before it leaves, with the
//! very bytes that leave, and what was not handed over before a crash is handed over
//! after it.

use lapwing_model::Warning;
use rusqlite::{Connection, OptionalExtension, params};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a warning could not be stored or handed over.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database.
    #[error("{path}: {source}; is the disk full, or the file another program's?")]
    Database {
        /// Which file.
        path: PathBuf,
        /// What it says.
        source: rusqlite::Error,
    },
    /// The outbox.
    #[error("{path}: {source}; make the directory writable or free space")]
    Outbox {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A warning that has no bytes.
    #[error("warning {id}: {reason}")]
    Render {
        /// Which warning.
        id: String,
        /// Why.
        reason: String,
    },
}

/// The store and the outboxes it fills.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    outboxes: Vec<PathBuf>,
}

impl Store {
    /// Opens, or makes, the database at `path`, hands over what a crash left
    /// behind, and makes the outbox directories.
    ///
    /// # Errors
    /// The database cannot be opened, or an outbox cannot be made.
    pub fn open(path: &Path, outboxes: Vec<PathBuf>) -> Result<Self, StoreError> {
        let database = |source| StoreError::Database {
            path: path.to_owned(),
            source,
        };
        let connection = Connection::open(path).map_err(database)?;
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(database)?;
        connection
            .pragma_update(None, "synchronous", "FULL")
            .map_err(database)?;
        connection
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS warning (
                     id TEXT NOT NULL, version INTEGER NOT NULL, updated_ns INTEGER NOT NULL,
                     json TEXT NOT NULL, cap_id TEXT NOT NULL, cap_xml BLOB NOT NULL,
                     PRIMARY KEY (id, version)) STRICT;
                 CREATE TABLE IF NOT EXISTS outbox (
                     id TEXT NOT NULL, version INTEGER NOT NULL, directory TEXT NOT NULL,
                     delivered INTEGER NOT NULL DEFAULT 0,
                     PRIMARY KEY (id, version, directory)) STRICT;",
            )
            .map_err(database)?;
        for directory in &outboxes {
            fs::create_dir_all(directory).map_err(|source| StoreError::Outbox {
                path: directory.clone(),
                source,
            })?;
        }
        let store = Self {
            connection,
            path: path.to_owned(),
            outboxes,
        };
        store.deliver()?;
        Ok(store)
    }

    fn database(&self, source: rusqlite::Error) -> StoreError {
        StoreError::Database {
            path: self.path.clone(),
            source,
        }
    }

    /// Stores a version of a warning with the CAP bytes that will leave; one that is
    /// already stored keeps the bytes it has. Gives whether it was new.
    ///
    /// # Errors
    /// The database refuses.
    pub fn put(
        &mut self,
        warning: &Warning,
        cap_id: &str,
        cap_xml: &str,
    ) -> Result<bool, StoreError> {
        let json = serde_json::to_string(warning).map_err(|e| StoreError::Render {
            id: warning.id.0.clone(),
            reason: e.to_string(),
        })?;
        let path = self.path.clone();
        let database = |source| StoreError::Database {
            path: path.clone(),
            source,
        };
        let transaction = self.connection.transaction().map_err(database)?;
        let new = transaction
            .execute(
                "INSERT OR IGNORE INTO warning VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    warning.id.0,
                    warning.version,
                    warning.updated.0,
                    json,
                    cap_id,
                    cap_xml.as_bytes()
                ],
            )
            .map_err(database)?
            == 1;
        for directory in &self.outboxes {
            transaction
                .execute(
                    "INSERT OR IGNORE INTO outbox (id, version, directory) VALUES (?1, ?2, ?3)",
                    params![warning.id.0, warning.version, directory.to_string_lossy()],
                )
                .map_err(database)?;
        }
        transaction.commit().map_err(database)?;
        Ok(new)
    }

    /// Hands over whatever is stored and not yet handed over; gives how many files.
    ///
    /// # Errors
    /// A file cannot be written; it is tried again next time.
    pub fn deliver(&self) -> Result<usize, StoreError> {
        let mut statement = self
            .connection
            .prepare(
                "SELECT o.id, o.version, o.directory, w.cap_xml, w.cap_id FROM outbox o
                 JOIN warning w ON w.id = o.id AND w.version = o.version
                 WHERE o.delivered = 0 ORDER BY w.updated_ns, o.id, o.version",
            )
            .map_err(|e| self.database(e))?;
        let waiting: Vec<(String, u32, String, Vec<u8>, String)> = statement
            .query_map([], |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ))
            })
            .and_then(Iterator::collect)
            .map_err(|e| self.database(e))?;
        let mut failure = None;
        let mut delivered = 0;
        for (id, version, directory, bytes, cap_id) in &waiting {
            // one directory that cannot be written keeps nothing from the others
            if let Err(error) = write_whole(&Path::new(directory).join(file_name(cap_id)), bytes) {
                failure.get_or_insert(error);
                continue;
            }
            self.connection
                .execute(
                    "UPDATE outbox SET delivered = 1 WHERE id = ?1 AND version = ?2 AND directory = ?3",
                    params![id, version, directory],
                )
                .map_err(|e| self.database(e))?;
            delivered += 1;
        }
        failure.map_or(Ok(delivered), Err)
    }

    /// The CAP document of a warning's newest version.
    ///
    /// # Errors
    /// The database refuses.
    pub fn cap_xml(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.connection
            .query_row(
                "SELECT cap_xml FROM warning WHERE id = ?1 ORDER BY version DESC LIMIT 1",
                [id],
                |row| row.get(0),
            )
            .optional()
            .map_err(|e| self.database(e))
    }

    /// The last version of every warning, by id.
    ///
    /// # Errors
    /// The database refuses, or holds what is no warning.
    pub fn last_versions(&self) -> Result<Vec<Warning>, StoreError> {
        self.warnings(
            "SELECT json, MAX(version) FROM warning GROUP BY id ORDER BY id",
            params![],
        )
    }

    fn warnings(
        &self,
        query: &str,
        arguments: impl rusqlite::Params,
    ) -> Result<Vec<Warning>, StoreError> {
        let mut statement = self
            .connection
            .prepare(query)
            .map_err(|e| self.database(e))?;
        let texts: Vec<String> = statement
            .query_map(arguments, |row| row.get(0))
            .and_then(Iterator::collect)
            .map_err(|e| self.database(e))?;
        texts
            .iter()
            .map(|text| {
                serde_json::from_str(text).map_err(|e| StoreError::Render {
                    id: "of the store".to_owned(),
                    reason: format!("a stored form cannot be read: {e}"),
                })
            })
            .collect()
    }

    /// The versions of a warning before this one, oldest first.
    ///
    /// # Errors
    /// The database refuses, or holds what is no warning.
    pub fn versions_before(&self, id: &str, version: u32) -> Result<Vec<Warning>, StoreError> {
        self.warnings(
            "SELECT json FROM warning WHERE id = ?1 AND version < ?2 ORDER BY version",
            params![id, version],
        )
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_model::{PlaceId, Stage, Timestamp, WarningId, WarningState};

    fn warning(version: u32) -> Warning {
        Warning {
            id: WarningId("1-w1".into()),
            version,
            place: PlaceId("port".into()),
            place_name: "Port".into(),
            stage: Stage::Act,
            state: WarningState::Active,
            issued: Timestamp(0),
            updated: Timestamp(i64::from(version)),
            why: "track 1-1".into(),
            tracks: vec![],
            p_within: [0.0; 4],
            arrival: None,
            acknowledged_by: None,
            cancelled: None,
            exercise: true,
        }
    }

    #[test]
    fn a_version_keeps_its_first_bytes_and_is_handed_over_once() {
        let dir = tempfile::tempdir().unwrap();
        let outbox = dir.path().join("out");
        let mut store = Store::open(&dir.path().join("state.db"), vec![outbox.clone()]).unwrap();
        assert!(store.put(&warning(1), "cap-1", "<first/>").unwrap());
        assert!(!store.put(&warning(1), "cap-1", "<second/>").unwrap());
        assert_eq!(store.deliver().unwrap(), 1);
        assert_eq!(store.deliver().unwrap(), 0);
        let file = outbox.join("cap-1.cap.xml");
        assert_eq!(fs::read_to_string(file).unwrap(), "<first/>");
        assert_eq!(store.cap_xml("1-w1").unwrap().unwrap(), b"<first/>");
        assert_eq!(store.cap_xml("1-w2").unwrap(), None);
    }

    #[test]
    fn what_a_crash_left_in_the_outbox_leaves_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let (db, outbox) = (dir.path().join("state.db"), dir.path().join("out"));
        let mut store = Store::open(&db, vec![outbox.clone()]).unwrap();
        store.put(&warning(1), "cap-1", "<first/>").unwrap();
        drop(store); // killed before deliver()
        Store::open(&db, vec![outbox.clone()]).unwrap();
        assert!(outbox.join("cap-1.cap.xml").exists());
    }

    #[test]
    fn a_broken_outbox_keeps_nothing_from_another_and_is_made_good_later() {
        let dir = tempfile::tempdir().unwrap();
        let (bad, good) = (dir.path().join("a"), dir.path().join("b"));
        let outboxes = vec![bad.clone(), good.clone()];
        let mut store = Store::open(&dir.path().join("state.db"), outboxes).unwrap();
        fs::remove_dir(&bad).unwrap();
        store.put(&warning(1), "cap-1", "<first/>").unwrap();
        assert!(store.deliver().is_err());
        assert!(good.join("cap-1.cap.xml").exists());
        fs::create_dir(&bad).unwrap();
        assert_eq!(store.deliver().unwrap(), 1);
        assert!(bad.join("cap-1.cap.xml").exists());
    }

    #[test]
    fn the_last_version_of_each_warning_is_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("state.db"), vec![]).unwrap();
        for version in 1..=3 {
            store.put(&warning(version), "cap", "<x/>").unwrap();
        }
        assert_eq!(store.last_versions().unwrap(), [warning(3)]);
        assert_eq!(store.versions_before("1-w1", 3).unwrap().len(), 2);
    }

    #[test]
    fn an_outbox_that_cannot_be_written_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Store::open(&dir.path().join("state.db"), vec![file.join("out")])
            .err()
            .unwrap();
        assert!(error.to_string().contains("file/out"), "{error}");
    }
}

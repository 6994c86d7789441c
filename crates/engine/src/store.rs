//! The durable state of warnings: every version is on disk before it leaves, with the
//! very bytes that leave, and what was not handed over before a crash is handed over
//! after it (`delivery`).

mod delivery;

pub(crate) use delivery::open_lines;

use crate::channel::Channel;
use crate::lines::LineFile;
use delivery::refuse;
use lapwing_model::Warning;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;
use std::fs;
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
    /// An output that belongs to runs of the other kind, live or exercise.
    #[error(
        "output {path}: {theirs} runs write there ({mark} says so), and this one is {mine}; \
         name another path for it in the site file's [[output]]"
    )]
    OtherKind {
        /// Which output.
        path: PathBuf,
        /// What marks it.
        mark: PathBuf,
        /// Kind of this run.
        mine: &'static str,
        /// Kind of the runs that it takes.
        theirs: &'static str,
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
    exercise: bool,
    outboxes: Vec<PathBuf>,
    lines: Vec<LineFile>,
}

impl Store {
    /// Opens, or makes, the database at `path` of runs that are live or an exercise's, and
    /// makes the outbox directories and the files of lines, which from then on take only
    /// what is of the same kind.
    ///
    /// # Errors
    /// The database cannot be opened, an outbox cannot be made or belongs to the other kind.
    pub fn open(
        path: &Path,
        exercise: bool,
        outboxes: Vec<PathBuf>,
        lines: &[PathBuf],
    ) -> Result<Self, StoreError> {
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
                     PRIMARY KEY (id, version, directory)) STRICT;
                 CREATE TABLE IF NOT EXISTS line (
                     id TEXT NOT NULL, version INTEGER NOT NULL, file TEXT NOT NULL,
                     delivered INTEGER NOT NULL DEFAULT 0,
                     PRIMARY KEY (id, version, file)) STRICT;
                 CREATE TABLE IF NOT EXISTS carried (
                     id TEXT NOT NULL, version INTEGER NOT NULL,
                     PRIMARY KEY (id, version)) STRICT;",
            )
            .map_err(database)?;
        for directory in &outboxes {
            let outbox = |source| StoreError::Outbox {
                path: directory.clone(),
                source,
            };
            fs::create_dir_all(directory).map_err(outbox)?;
            let refusal = Channel::directory(directory).claim(exercise);
            refuse(directory, refusal.map_err(outbox)?, exercise)?;
        }
        Ok(Self {
            connection,
            path: path.to_owned(),
            exercise,
            outboxes,
            lines: lines
                .iter()
                .map(|path| open_lines(path, exercise))
                .collect::<Result<_, _>>()?,
        })
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
        // lines are appended for as long as they are new: a file that is named later begins there
        for file in self.lines.iter().filter(|_| new) {
            transaction
                .execute(
                    "INSERT OR IGNORE INTO line (id, version, file) VALUES (?1, ?2, ?3)",
                    params![warning.id.0, warning.version, file.path().to_string_lossy()],
                )
                .map_err(database)?;
        }
        transaction.commit().map_err(database)?;
        Ok(new)
    }

    /// Takes over from the store of an earlier run every version of these warnings, with the
    /// bytes that left, and whatever has not left yet.
    ///
    /// # Errors
    /// One of the databases refuses.
    pub fn carry(&mut self, earlier: &Path, warnings: &[Warning]) -> Result<(), StoreError> {
        let path = self.path.clone();
        let database = |source| StoreError::Database {
            path: path.clone(),
            source,
        };
        self.connection
            .execute("ATTACH ?1 AS earlier", [earlier.to_string_lossy()])
            .map_err(database)?;
        let transaction = self.connection.transaction().map_err(database)?;
        transaction
            .execute_batch("CREATE TEMP TABLE wanted (id TEXT NOT NULL, version INTEGER NOT NULL)")
            .map_err(database)?;
        for warning in warnings {
            transaction
                .execute(
                    "INSERT INTO wanted SELECT id, version FROM earlier.warning WHERE id = ?1",
                    [&warning.id.0],
                )
                .map_err(database)?;
        }
        transaction
            .execute_batch(
                "INSERT INTO wanted SELECT id, version FROM earlier.outbox WHERE delivered = 0;
                 INSERT INTO wanted SELECT id, version FROM earlier.line WHERE delivered = 0;
                 INSERT OR IGNORE INTO warning SELECT * FROM earlier.warning
                     WHERE (id, version) IN (SELECT id, version FROM wanted);
                 INSERT OR IGNORE INTO outbox SELECT * FROM earlier.outbox WHERE delivered = 0;
                 INSERT OR IGNORE INTO line SELECT * FROM earlier.line WHERE delivered = 0;
                 INSERT OR IGNORE INTO carried SELECT id, version FROM wanted;
                 DROP TABLE wanted;",
            )
            .map_err(database)?;
        transaction.commit().map_err(database)?;
        self.connection
            .execute("DETACH earlier", [])
            .map(|_| ())
            .map_err(database)
    }

    /// Whether a version is stored that is neither among these nor carried from an earlier run.
    ///
    /// # Errors
    /// The database refuses.
    pub fn holds_more_than(&self, decided: &BTreeSet<(String, u32)>) -> Result<bool, StoreError> {
        let mut statement = self
            .connection
            .prepare(
                "SELECT id, version FROM warning
                 WHERE (id, version) NOT IN (SELECT id, version FROM carried)",
            )
            .map_err(|e| self.database(e))?;
        let own: Vec<(String, u32)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .and_then(Iterator::collect)
            .map_err(|e| self.database(e))?;
        Ok(own.iter().any(|version| !decided.contains(version)))
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
        let mut store = Store::open(
            &dir.path().join("state.db"),
            true,
            vec![outbox.clone()],
            &[],
        )
        .unwrap();
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
        let mut store = Store::open(&db, true, vec![outbox.clone()], &[]).unwrap();
        store.put(&warning(1), "cap-1", "<first/>").unwrap();
        drop(store); // killed before deliver()
        let mut store = Store::open(&db, true, vec![outbox.clone()], &[]).unwrap();
        assert_eq!(store.deliver().unwrap(), 1);
        assert!(outbox.join("cap-1.cap.xml").exists());
    }

    #[test]
    fn a_broken_outbox_keeps_nothing_from_another_and_is_made_good_later() {
        let dir = tempfile::tempdir().unwrap();
        let (bad, good) = (dir.path().join("a"), dir.path().join("b"));
        let outboxes = vec![bad.clone(), good.clone()];
        let mut store = Store::open(&dir.path().join("state.db"), true, outboxes, &[]).unwrap();
        fs::remove_dir_all(&bad).unwrap();
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
        let mut store = Store::open(&dir.path().join("state.db"), true, vec![], &[]).unwrap();
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
        let error = Store::open(
            &dir.path().join("state.db"),
            true,
            vec![file.join("out")],
            &[],
        )
        .err()
        .unwrap();
        assert!(error.to_string().contains("file/out"), "{error}");
    }
}

//! What leaves a run: lines of tracks and warnings into files, warnings into the
//! durable store and from there into the outboxes. Whatever refuses is counted and
//! shown, and stops nothing else.

use crate::core::{Core, Outcome};
use crate::picture::Picture;
use crate::site::{OutputKind, Site};
use crate::store::{Store, StoreError};
use lapwing_model::Warning;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The outputs of one run.
pub struct Outputs {
    tracks: Vec<(PathBuf, BufWriter<File>)>,
    warnings: Vec<(PathBuf, BufWriter<File>)>,
    store: Store,
    failures: u64,
    last_failure: Option<String>,
    /// Warnings whose store failed, to be tried again.
    unstored: Vec<Warning>,
    /// Whether something is stored, or waits to be, that has not left.
    undelivered: bool,
}

impl Outputs {
    /// Opens every output of a site; `state` is the database of warnings.
    ///
    /// # Errors
    /// A file or directory that cannot be made; it is named.
    pub fn open(site: &Site, state: &Path) -> Result<Self, StoreError> {
        let mut tracks = Vec::new();
        let mut warnings = Vec::new();
        let mut outboxes = Vec::new();
        for output in &site.outputs {
            let list = match output.kind {
                OutputKind::Tracks => &mut tracks,
                OutputKind::Warnings => &mut warnings,
                OutputKind::Cap => {
                    outboxes.push(output.path.clone());
                    continue;
                }
            };
            let file = File::options()
                .create(true)
                .append(true)
                .open(&output.path)
                .map_err(|source| StoreError::Outbox {
                    path: output.path.clone(),
                    source,
                })?;
            list.push((output.path.clone(), BufWriter::new(file)));
        }
        Ok(Self {
            tracks,
            warnings,
            store: Store::open(state, outboxes)?,
            failures: 0,
            last_failure: None,
            unstored: Vec::new(),
            undelivered: false,
        })
    }

    /// No output but the warnings' CAP documents, kept in memory to be looked at.
    ///
    /// # Errors
    /// The database refuses.
    pub fn in_memory() -> Result<Self, StoreError> {
        Ok(Self {
            tracks: Vec::new(),
            warnings: Vec::new(),
            store: Store::open(Path::new(":memory:"), Vec::new())?,
            failures: 0,
            last_failure: None,
            unstored: Vec::new(),
            undelivered: false,
        })
    }

    /// Lets out what an entry led to.
    pub fn take(&mut self, outcome: &Outcome, core: &Core, site: &Site) {
        for picture in &outcome.pictures {
            self.track_lines(picture, core);
            for warning in &picture.warnings {
                self.warning(warning, site);
            }
        }
        if let Some(Ok(warning)) = &outcome.operator {
            self.warning(warning, site);
        }
        // whatever a full disk or a missing directory held back is tried again with each picture
        if self.undelivered && !outcome.pictures.is_empty() {
            self.store_waiting(site);
        }
    }

    /// Makes sure that the versions that a recording holds have left; those that have are left alone.
    pub fn recover(&mut self, outcome: &Outcome, site: &Site) {
        for warning in outcome.pictures.iter().flat_map(|p| &p.warnings) {
            self.warning(warning, site);
        }
        if let Some(Ok(warning)) = &outcome.operator {
            self.warning(warning, site);
        }
    }

    /// The stored CAP document of a warning's newest version.
    ///
    /// # Errors
    /// The database refuses.
    pub fn cap_xml(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.cap_xml(id)
    }

    /// The last version of every warning stored.
    ///
    /// # Errors
    /// The database refuses, or holds what is no warning.
    pub fn last_versions(&self) -> Result<Vec<Warning>, StoreError> {
        self.store.last_versions()
    }

    /// How often an output refused, and what it said last.
    #[must_use]
    pub fn trouble(&self) -> (u64, Option<String>) {
        (self.failures, self.last_failure.clone())
    }

    fn failed(&mut self, what: String) {
        self.failures += 1;
        self.last_failure = Some(what);
    }

    fn track_lines(&mut self, picture: &Picture, core: &Core) {
        let mut failures = Vec::new();
        for (path, file) in &mut self.tracks {
            if let Err(error) = write_tracks(file, picture, core).and_then(|()| file.flush()) {
                failures.push(format!(
                    "{}: {error}; free space or remove this output",
                    path.display()
                ));
            }
        }
        for failure in failures {
            self.failed(failure);
        }
    }

    fn warning(&mut self, warning: &Warning, site: &Site) {
        self.unstored.push(warning.clone());
        self.undelivered = true;
        self.store_waiting(site);
    }

    /// A line for a version that the store has taken for the first time.
    fn warning_line(&mut self, warning: &Warning) {
        let mut failures = Vec::new();
        for (path, file) in &mut self.warnings {
            let written = serde_json::to_writer(&mut *file, warning)
                .map_err(io::Error::from)
                .and_then(|()| file.write_all(b"\n"))
                .and_then(|()| file.flush());
            if let Err(error) = written {
                failures.push(format!(
                    "{}: {error}; free space or remove this output",
                    path.display()
                ));
            }
        }
        for failure in failures {
            self.failed(failure);
        }
    }

    /// Stores what waits, in order, and hands over what is stored: never the other way round.
    fn store_waiting(&mut self, site: &Site) {
        while let Some(warning) = self.unstored.first().cloned() {
            match render(&self.store, &warning, site)
                .and_then(|(id, xml)| self.store.put(&warning, &id, &xml))
            {
                Ok(new) => {
                    self.unstored.remove(0);
                    if new {
                        self.warning_line(&warning);
                    }
                }
                Err(error @ StoreError::Render { .. }) => {
                    self.unstored.remove(0);
                    self.failed(error.to_string());
                }
                Err(error) => {
                    self.failed(error.to_string());
                    return;
                }
            }
        }
        match self.store.deliver() {
            Ok(_) => self.undelivered = false,
            Err(error) => self.failed(error.to_string()),
        }
    }
}

/// Writes a picture's fresh tracks as lines.
///
/// # Errors
/// What the writer says.
pub fn write_tracks(out: &mut impl Write, picture: &Picture, core: &Core) -> io::Result<()> {
    for track in picture.fresh.iter().filter_map(|i| picture.tracks.get(*i)) {
        lapwing_publish::write_track_line(out, track, |id| core.sensors().name(id))?;
    }
    Ok(())
}

/// A warning as CAP, with references to the versions before it.
fn render(store: &Store, warning: &Warning, site: &Site) -> Result<(String, String), StoreError> {
    let refused = |reason: String| StoreError::Render {
        id: warning.id.0.clone(),
        reason,
    };
    let place = site
        .places
        .iter()
        .find(|p| p.id == warning.place)
        .ok_or_else(|| refused(format!("there is no place `{}`", warning.place)))?;
    let previous = store.versions_before(&warning.id.0, warning.version)?;
    let alert = lapwing_publish::to_cap(warning, place, &site.sender, &previous)
        .map_err(|e| refused(e.to_string()))?;
    let xml = alert.to_xml().map_err(|e| refused(e.to_string()))?;
    Ok((alert.identifier, xml))
}

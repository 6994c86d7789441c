//! What leaves a run: lines of tracks and warnings into files, warnings into the
//! durable store and from there into the outboxes. Whatever refuses is counted and
//! shown, and stops nothing else.

use crate::core::{Core, Outcome};
use crate::lines::LineFile;
use crate::picture::Picture;
use crate::site::{OutputKind, Site};
use crate::store::{Store, StoreError, open_lines};
use lapwing_model::Warning;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The outputs of one run.
pub struct Outputs {
    tracks: Vec<LineFile>,
    /// A picture's lines on their way.
    track_lines: Vec<u8>,
    store: Store,
    failures: u64,
    last_failure: Option<String>,
    /// Warnings whose store failed, to be tried again.
    unstored: Vec<Warning>,
    /// Whether something is stored, or waits to be, that has not left.
    undelivered: bool,
}

impl Outputs {
    /// Opens every output of a site; `state` is the database of warnings. What a crash left
    /// behind in it leaves now, or with the next picture.
    ///
    /// # Errors
    /// A file or directory that cannot be made, or that belongs to runs of the other kind, live
    /// or exercise; it is named.
    pub fn open(site: &Site, state: &Path) -> Result<Self, StoreError> {
        let paths = |kind: OutputKind| -> Vec<PathBuf> {
            let of_kind = site.outputs.iter().filter(|o| o.kind == kind);
            of_kind.map(|o| o.path.clone()).collect()
        };
        let tracks = paths(OutputKind::Tracks)
            .iter()
            .map(|path| open_lines(path, site.exercise))
            .collect::<Result<_, _>>()?;
        let store = Store::open(
            state,
            site.exercise,
            paths(OutputKind::Cap),
            &paths(OutputKind::Warnings),
        )?;
        let mut outputs = Self::new(tracks, store);
        outputs.store_waiting(site);
        Ok(outputs)
    }

    /// No output but the warnings' CAP documents, kept in memory to be looked at.
    ///
    /// # Errors
    /// The database refuses.
    pub fn in_memory() -> Result<Self, StoreError> {
        let store = Store::open(Path::new(":memory:"), false, Vec::new(), &[])?;
        Ok(Self::new(Vec::new(), store))
    }

    fn new(tracks: Vec<LineFile>, store: Store) -> Self {
        Self {
            tracks,
            track_lines: Vec::new(),
            store,
            failures: 0,
            last_failure: None,
            unstored: Vec::new(),
            undelivered: true,
        }
    }

    /// Takes over from the store of an earlier run what goes on in this one, and gives the last
    /// versions of those warnings, which belong into the start of the run: those of the same
    /// kind, live or exercise, and of places that the site still has.
    ///
    /// # Errors
    /// One of the databases refuses.
    pub fn carry(&mut self, earlier: &Path, site: &Site) -> Result<Vec<Warning>, StoreError> {
        let mut warnings = Store::open(earlier, site.exercise, Vec::new(), &[])?.last_versions()?;
        // exercise and live never mix, and a place that is gone can be warned no more
        warnings.retain(|w| w.exercise == site.exercise);
        warnings.retain(|w| site.places.iter().any(|p| p.id == w.place));
        self.store.carry(earlier, &warnings)?;
        self.store_waiting(site);
        Ok(warnings)
    }

    /// Lets out what an entry led to.
    pub fn take(&mut self, outcome: &Outcome, core: &Core, site: &Site) {
        for picture in &outcome.pictures {
            self.write_track_lines(picture, core);
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

    /// Makes sure that a version that a recording holds has left; one that has is left alone.
    pub fn recover(&mut self, warning: &Warning, site: &Site) {
        self.warning(warning, site);
    }

    /// Whether something has been stored, and may have left, that is neither among these
    /// versions nor from an earlier run.
    ///
    /// # Errors
    /// The database refuses.
    pub fn hold_more_than(&self, decided: &BTreeSet<(String, u32)>) -> Result<bool, StoreError> {
        self.store.holds_more_than(decided)
    }

    /// The stored CAP document of a warning's newest version.
    ///
    /// # Errors
    /// The database refuses.
    pub fn cap_xml(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.cap_xml(id)
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

    fn write_track_lines(&mut self, picture: &Picture, core: &Core) {
        if self.tracks.is_empty() {
            return;
        }
        self.track_lines.clear();
        let mut failures: Vec<String> = Vec::new();
        if let Err(error) = write_tracks(&mut self.track_lines, picture, core) {
            failures.push(error.to_string());
        }
        for file in &mut self.tracks {
            if let Err(error) = file.append(&self.track_lines) {
                failures.push(format!(
                    "{}: {error}; free space or remove this output",
                    file.path().display()
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

    /// Stores what waits, in order, and hands over what is stored: never the other way round.
    fn store_waiting(&mut self, site: &Site) {
        while let Some(warning) = self.unstored.first().cloned() {
            match render(&self.store, &warning, site)
                .and_then(|(id, xml)| self.store.put(&warning, &id, &xml))
            {
                Ok(_) => {
                    self.unstored.remove(0);
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

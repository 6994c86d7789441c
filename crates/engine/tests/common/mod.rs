//! What the tests of the pipeline share: captures and report lines through a sequencer.
#![allow(dead_code)] // each test binary uses its own part

pub(crate) mod town;

use lapwing_engine::site::Site;
use lapwing_engine::{Entry, Outcome, Sequencer, Start, StartFeed, wire_word};
use lapwing_ingest::Capture;
use lapwing_model::Timestamp;
use lapwing_record::Writer;
use std::path::PathBuf;

/// The recordings to test against, if they are there; says loudly when they are not.
#[must_use]
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("LAPWING_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there; set LAPWING_DATA", path.display());
    None
}

/// How a run of one feed begins.
#[must_use]
pub(crate) fn start_of(site: &Site, wire: &str, date: Option<Timestamp>) -> Start {
    start_of_feeds(site, &[("feed", wire, date)])
}

/// How a run of several feeds begins: the name, the wire's word and the date of each.
#[must_use]
pub(crate) fn start_of_feeds(site: &Site, feeds: &[(&str, &str, Option<Timestamp>)]) -> Start {
    let feed = |&(id, wire, date): &(&str, &str, Option<Timestamp>)| StartFeed {
        id: id.into(),
        wire: wire.into(),
        date,
        sensor: None,
    };
    Start {
        format: 1,
        program: "test".into(),
        site: site.text.clone(),
        feeds: feeds.iter().map(feed).collect(),
        exercise: site.exercise,
        warnings: Vec::new(),
    }
}

/// A run of one feed of report lines.
pub(crate) fn begin_json(site: &str, log: Option<Writer>) -> Sequencer {
    let site = Site::parse(site, "test").unwrap();
    let start = start_of(&site, "json", None);
    Sequencer::begin(site, start, 1, log, Timestamp(0)).unwrap()
}

/// Plays a capture from its first to its last frame.
pub(crate) fn play(
    site: &Site,
    capture: &Capture<'_>,
    threads: usize,
    log: Option<Writer>,
    mut each: impl FnMut(&Sequencer, &Outcome),
) -> Sequencer {
    let mut sequencer = Sequencer::begin(
        site.clone(),
        start_of(site, wire_word(capture.wire), Some(Timestamp(0))),
        threads,
        log,
        Timestamp(0),
    )
    .unwrap();
    for frame in &capture.frames {
        let outcome = sequencer.arrival(frame.received.unwrap_or_default(), 0, &frame.bytes);
        each(&sequencer, &outcome);
    }
    let outcome = sequencer.accept(Timestamp(0), &Entry::End);
    each(&sequencer, &outcome);
    sequencer
}

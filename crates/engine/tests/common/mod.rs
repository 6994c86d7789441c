//! What the tests of the pipeline share: captures through a sequencer.

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

/// How a run of one undated feed begins.
#[must_use]
pub(crate) fn start(site: &Site, capture: &Capture<'_>) -> Start {
    Start {
        format: 1,
        program: "test".into(),
        site: site.text.clone(),
        feeds: vec![StartFeed {
            id: "feed".into(),
            wire: wire_word(capture.wire).into(),
            date: Some(Timestamp(0)),
            sensor: None,
        }],
        exercise: false,
        warnings: Vec::new(),
    }
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
        start(site, capture),
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

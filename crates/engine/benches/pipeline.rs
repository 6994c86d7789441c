//! The whole pipeline on thirty minutes of real system tracks: decode, order, track,
//! forecast, warn, digest; with and without a recording. One item is one record.

use divan::Bencher;
use divan::counter::ItemsCount;
use lapwing_engine::site::Site;
use lapwing_engine::{Entry, Sequencer, Start, StartFeed};
use lapwing_ingest::Capture;
use lapwing_model::Timestamp;
use lapwing_record::{Options, Writer};
use std::path::PathBuf;

/// Records in the recording: 22,396 of CAT062, 5,772 of CAT063, 6,057 of CAT065.
const RECORDS: usize = 34_225;

fn main() {
    divan::main();
}

fn recording() -> Option<Vec<u8>> {
    let root = std::env::var_os("LAPWING_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join("asterix/atc_cat062_063_065_30min.ff");
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        eprintln!("SKIPPED: {} is not there; set LAPWING_DATA", path.display());
    }
    bytes
}

fn run(bytes: &[u8], log: Option<Writer>) -> String {
    let capture = Capture::parse(bytes).expect("the recording is one");
    let site = Site::bare("bench");
    let start = Start {
        format: 1,
        program: "bench".into(),
        site: site.text.clone(),
        feeds: vec![StartFeed {
            id: "feed".into(),
            wire: "asterix".into(),
            date: Some(Timestamp(0)),
            sensor: None,
        }],
        exercise: false,
        warnings: Vec::new(),
    };
    let mut sequencer = Sequencer::begin(site, start, 1, log, Timestamp(0)).expect("a run begins");
    for frame in &capture.frames {
        sequencer.arrival(frame.received.unwrap_or_default(), 0, &frame.bytes);
    }
    sequencer.accept(Timestamp(0), &Entry::End);
    sequencer.sync();
    sequencer.digest()
}

#[divan::bench(sample_count = 10)]
fn without_a_recording(bencher: Bencher<'_, '_>) {
    let Some(bytes) = recording() else { return };
    bencher
        .counter(ItemsCount::new(RECORDS))
        .bench_local(|| run(&bytes, None));
}

#[divan::bench(sample_count = 10)]
fn recorded(bencher: Bencher<'_, '_>) {
    let Some(bytes) = recording() else { return };
    bencher
        .counter(ItemsCount::new(RECORDS))
        .with_inputs(|| tempfile::tempdir().expect("a directory"))
        .bench_local_values(|dir| {
            let log = Writer::create(dir.path().join("recording"), &Options::default())
                .expect("a recording");
            run(&bytes, Some(log))
        });
}

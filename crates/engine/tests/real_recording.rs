//! Thirty minutes of a control centre's output through the whole pipeline.

mod common;

use common::{data, play};
use lapwing_engine::site::Site;
use lapwing_engine::{Entry, Sequencer};
use lapwing_ingest::Capture;
use lapwing_model::Origin;
use lapwing_record::{Options, Writer};
use std::collections::BTreeSet;

const RECORDING: &str = "asterix/atc_cat062_063_065_30min.ff";

#[test]
fn every_system_track_report_enters_the_picture_as_it_is() {
    let Some(path) = data(RECORDING) else { return };
    let bytes = std::fs::read(path).unwrap();
    let capture = Capture::parse(&bytes).unwrap();
    let mut lines = 0;
    let mut tracks = BTreeSet::new();
    let mut faults = 0;
    let sequencer = play(&Site::bare("test"), &capture, 1, None, |_, outcome| {
        faults += outcome.faults.len();
        for picture in &outcome.pictures {
            for track in picture.fresh.iter().map(|i| &picture.tracks[*i]) {
                assert_eq!(track.origin, Origin::System);
                lines += 1;
                tracks.insert(track.id);
            }
        }
    });
    let counters = sequencer.core().counters();
    assert_eq!(faults, 0);
    assert_eq!(counters.reports, 22_396);
    assert_eq!((counters.late, counters.stray_times), (0, 0));
    // a track that reports twice within one tick is shown once
    assert!((22_000..=22_396).contains(&lines), "{lines} lines");
    eprintln!("{lines} lines of {} tracks", tracks.len());
}

#[test]
fn the_picture_is_the_same_to_the_last_bit_on_any_number_of_threads_and_from_the_recording() {
    let Some(path) = data(RECORDING) else { return };
    let bytes = std::fs::read(path).unwrap();
    let capture = Capture::parse(&bytes).unwrap();
    // places under the traffic, so that forecasts and warnings are part of the picture
    let site = Site::parse(
        "[site]\nname = \"centre\"\n\
         [[place]]\nid = \"a\"\nlat_deg = 47.0\nlon_deg = 11.0\nradius_m = 20000\n\
         [[place]]\nid = \"b\"\nlat_deg = 46.0\nlon_deg = 13.0\nradius_m = 30000\n",
        "test",
    )
    .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("recording");
    let log = Writer::create(&recording, &Options::default()).unwrap();
    let mut sequencer = play(&site, &capture, 1, Some(log), |_, _| {});
    sequencer.sync();
    let one = sequencer.digest();
    drop(sequencer.close());
    let four = play(&site, &capture, 4, None, |_, _| {}).digest();
    assert_eq!(one, four);
    for threads in [1, 3] {
        let replayed = Sequencer::replay(&recording, threads, |_, _, _| true).unwrap();
        assert_eq!(one, replayed.digest());
    }
    // the digest does depend on what is shown
    let mut reader = lapwing_record::Reader::open(&recording).unwrap();
    let mut pictures = BTreeSet::new();
    while let Some(found) = reader.next_entry().unwrap() {
        if let Entry::Picture { digest, .. } = Entry::read(found.kind, found.payload).unwrap() {
            assert!(pictures.insert(digest), "two pictures with one digest");
        }
    }
    assert!(pictures.len() > 1_700);
}

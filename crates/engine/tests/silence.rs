//! After a silence one report decides the pictures of all that time: they are handed on one
//! at a time, and are the same as when they are taken all at once.

mod common;

use common::begin_json;
use lapwing_engine::{Entry, Outcome, Sequencer};
use lapwing_model::Timestamp;
use lapwing_record::{Options, Reader, Writer};

/// Just below the hour from which on a gap is leapt over.
const SILENCE_S: u32 = 3_500;

fn sequencer(log: Option<Writer>) -> Sequencer {
    let site = "[site]\nname = \"x\"\n[[sensor]]\nid = \"mast\"\nkind = \"remote_id\"\n";
    begin_json(site, log)
}

/// Ten seconds of reports, a silence, and five more seconds.
fn arrivals() -> Vec<(Timestamp, Vec<u8>)> {
    let seconds = (0..10).chain(10 + SILENCE_S..15 + SILENCE_S);
    seconds
        .map(|s| {
            let time = Timestamp::from_seconds(f64::from(s));
            let line = format!(
                r#"{{"sensor":"mast","time":"{time}","measurement":{{"kind":"position","lat_deg":46.0,"lon_deg":-30.0,"sigma_m":5.0}},"claims":{{"remote_id":"A"}}}}"#
            );
            (time, line.into_bytes())
        })
        .collect()
}

/// Every part of what an entry led to; gives how many pictures they were.
fn take_parts(sequencer: &mut Sequencer, received: Timestamp, first: Outcome) -> usize {
    let mut part = Some(first);
    let mut pictures = 0;
    while let Some(outcome) = part {
        assert!(outcome.pictures.len() <= 1, "{}", outcome.pictures.len());
        pictures += outcome.pictures.len();
        part = sequencer.next_part(received);
    }
    pictures
}

#[test]
fn the_pictures_of_a_silence_come_one_at_a_time_and_are_the_same() {
    let mut whole = sequencer(None);
    let mut most = 0;
    for (received, bytes) in arrivals() {
        most = most.max(whole.arrival(received, 0, &bytes).pictures.len());
    }
    whole.accept(Timestamp(0), &Entry::End);
    assert!(
        most > SILENCE_S as usize,
        "one report decides {most} pictures"
    );

    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("recording");
    let log = Writer::create(&recording, &Options::default()).unwrap();
    let mut parts = sequencer(Some(log));
    let mut pictures = 0;
    for (received, bytes) in arrivals() {
        let first = parts.arrival_in_parts(received, 0, &bytes);
        pictures += take_parts(&mut parts, received, first);
    }
    let first = parts.accept_in_parts(Timestamp(0), &Entry::End);
    pictures += take_parts(&mut parts, Timestamp(0), first);
    assert_eq!(parts.digest(), whole.digest());
    let digest = parts.digest();
    assert!(parts.close().failure.is_none());

    let mut replayed_pictures = 0;
    let replayed = Sequencer::replay(&recording, 1, |_, _, outcome| {
        assert!(outcome.pictures.len() <= 1);
        replayed_pictures += outcome.pictures.len();
        true
    })
    .unwrap();
    assert_eq!(replayed.digest(), digest);
    assert_eq!(replayed_pictures, pictures);
}

#[test]
fn parts_that_nobody_asks_for_still_come_before_the_next_entry() {
    let mut whole = sequencer(None);
    let mut careless = sequencer(None);
    for (received, bytes) in arrivals() {
        whole.arrival(received, 0, &bytes);
        let _ = careless.arrival_in_parts(received, 0, &bytes);
    }
    whole.accept(Timestamp(0), &Entry::End);
    careless.accept(Timestamp(0), &Entry::End);
    assert_eq!(careless.digest(), whole.digest());
}

#[test]
fn a_run_that_was_killed_between_the_parts_goes_on_to_the_same_end() {
    let dir = tempfile::tempdir().unwrap();
    let uncut = dir.path().join("uncut");
    let arrivals = arrivals();
    let mut s = sequencer(Some(Writer::create(&uncut, &Options::default()).unwrap()));
    for (received, bytes) in &arrivals {
        s.arrival(*received, 0, bytes);
    }
    let digest = s.digest();
    assert!(s.close().failure.is_none());

    let mut entries = Vec::new();
    let mut reader = Reader::open(&uncut).unwrap();
    while let Some(entry) = reader.next_entry().unwrap() {
        entries.push((entry.kind, entry.time_ns, entry.payload.to_vec()));
    }
    let arrived = |entry: &(u16, i64, Vec<u8>)| {
        entry.0
            == Entry::Arrival {
                feed: 0,
                bytes: Vec::new(),
            }
            .kind()
    };
    // around every arrival, and amid the pictures of the silence
    let cuts = (1..40).chain([1_000, entries.len() - 1, entries.len()]);
    for kept in cuts {
        let kept = entries.get(..kept).unwrap();
        let cut = dir.path().join(format!("cut-{}", kept.len()));
        let mut log = Writer::create(&cut, &Options::default()).unwrap();
        for (kind, time_ns, payload) in kept {
            log.append(*kind, *time_ns, payload).unwrap();
        }
        log.close().unwrap();

        let mut s = Sequencer::replay(&cut, 1, |_, _, _| true).unwrap();
        s.resume(Writer::open(&cut, &Options::default()).unwrap().0);
        let done = kept.iter().filter(|e| arrived(e)).count();
        for (received, bytes) in arrivals.get(done..).unwrap() {
            s.arrival(*received, 0, bytes);
        }
        assert_eq!(s.digest(), digest, "cut after {}", kept.len());
        assert!(s.close().failure.is_none());
        let again = Sequencer::replay(&cut, 1, |_, _, _| true);
        assert_eq!(again.unwrap().digest(), digest, "cut after {}", kept.len());
    }
}

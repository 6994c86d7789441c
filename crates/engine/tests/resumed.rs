//! A run that was killed goes on as if it had not been, wherever its log ends: between an
//! input and what was decided from it, or between two decisions.

mod common;

use common::{begin_json, town};
use lapwing_engine::{Entry, Sequencer};
use lapwing_record::{Options, Reader, Writer};
use std::path::Path;

const SECONDS: u32 = 200;

/// Numbered by kind, time and payload.
fn entries(recording: &Path) -> Vec<(u16, i64, Vec<u8>)> {
    Reader::open(recording)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.kind, entry.time_ns, entry.payload))
        .collect()
}

fn play(sequencer: &mut Sequencer, seconds: std::ops::Range<u32>) {
    for second in seconds {
        sequencer.arrival(town::time(second), 0, &town::line(second));
    }
    sequencer.accept(town::time(SECONDS), &Entry::End);
}

#[test]
fn wherever_the_log_was_cut_the_run_goes_on_and_plays_back() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    let log = Writer::create(&whole, &Options::default()).unwrap();
    let mut sequencer = begin_json(&town::site(false, &[]), Some(log));
    play(&mut sequencer, 0..SECONDS);
    let digest = sequencer.digest();
    assert_eq!(sequencer.close().failure, None);
    let all = entries(&whole);
    let decision = |kind: u16| kind >= 100;
    let warnings = all.iter().filter(|(kind, ..)| *kind == 100).count();
    assert!(warnings >= 3, "{warnings}: a threat that grows");
    // every cut next to a warning, and some others
    let cuts: Vec<usize> = (1..all.len())
        .filter(|&cut| all[cut].0 == 100 || all[cut - 1].0 == 100 || cut % 37 == 1)
        .collect();
    let mut between = 0;
    for cut in cuts {
        between += usize::from(decision(all[cut].0));
        let killed = dir.path().join(format!("cut-{cut}"));
        let mut log = Writer::create(&killed, &Options::default()).unwrap();
        for (kind, time_ns, payload) in &all[..cut] {
            log.append(*kind, *time_ns, payload).unwrap();
        }
        log.close().unwrap();
        let mut sequencer = Sequencer::replay(&killed, 1, |_, _, _| true).unwrap();
        let (log, _) = Writer::open(&killed, &Options::default()).unwrap();
        sequencer.resume(log);
        let taken = all[..cut].iter().filter(|(kind, ..)| *kind == 2).count();
        if all[..cut].iter().any(|(kind, ..)| *kind == 6) {
            assert_eq!(u32::try_from(taken).unwrap(), SECONDS);
        } else {
            play(&mut sequencer, u32::try_from(taken).unwrap()..SECONDS);
        }
        assert_eq!(sequencer.digest(), digest, "cut at {cut}");
        assert_eq!(sequencer.close().failure, None);
        assert!(entries(&killed) == all, "cut at {cut}: another log");
        let again = Sequencer::replay(&killed, 1, |_, _, _| true);
        assert_eq!(again.unwrap().digest(), digest, "cut at {cut}");
    }
    assert!(between > 3, "{between}");
}

/// Whoever looks for what a fault speaks of finds it by the number of the entry, and evidence
/// names entries: a recording played again numbers them as the run did, decisions counted.
#[test]
fn entries_keep_their_numbers_when_played_again() {
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("recording");
    let log = Writer::create(&recording, &Options::default()).unwrap();
    let mut sequencer = begin_json(&town::site(false, &[]), Some(log));
    let mut said = Vec::new();
    for second in 0..SECONDS {
        sequencer.arrival(town::time(second), 0, &town::line(second));
        if second % 50 == 49 {
            let broken = sequencer.arrival(town::time(second), 0, b"{broken");
            said.extend(broken.faults.iter().map(ToString::to_string));
        }
    }
    assert_eq!(sequencer.close().failure, None);
    assert_eq!(said.len(), 4, "{said:?}");
    let all: Vec<_> = Reader::open(&recording)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for (fault, entry) in said.iter().zip(
        all.iter()
            .filter(|e| e.kind == 2 && e.payload.ends_with(b"{broken")),
    ) {
        assert!(
            fault.contains(&format!("datagram {}:", entry.seq)),
            "{fault}: {}",
            entry.seq
        );
    }
    let mut again = Vec::new();
    Sequencer::replay(&recording, 1, |_, _, outcome| {
        again.extend(outcome.faults.iter().map(ToString::to_string));
        true
    })
    .unwrap();
    assert_eq!(again, said);
}

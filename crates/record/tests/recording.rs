//! The recording on a real file system: round trips, rotation, every cut and every flipped bit.

use std::fs;
use std::path::{Path, PathBuf};

use lapwing_record::{
    Entry, MAX_NOTE_BYTES, MAX_PAYLOAD_BYTES, Options, Reader, Reason, RecordError, Writer, verify,
};
use proptest::prelude::*;

fn payload(seq: u64) -> Vec<u8> {
    (0..seq * 7 % 40).map(|i| (seq * 31 + i) as u8).collect()
}

fn time_ns(seq: u64) -> i64 {
    1_795_000_000_000_000_000 + seq as i64 * 1_000
}

fn fill(writer: &mut Writer, seqs: std::ops::Range<u64>, sync_every: u64) {
    for seq in seqs {
        let got = writer
            .append(seq as u16 % 5, time_ns(seq), &payload(seq))
            .expect("appends");
        assert_eq!(got, seq);
        if seq % sync_every == sync_every - 1 {
            assert_eq!(writer.sync().expect("syncs"), Some(seq));
        }
    }
}

/// Reads all entries; each must be the one that was written under its number.
fn read(dir: &Path) -> Result<u64, RecordError> {
    let mut count = 0;
    for entry in Reader::open(dir)? {
        let Entry {
            seq,
            time_ns: time,
            kind,
            payload: bytes,
        } = entry?;
        assert_eq!(
            (seq, time, kind, bytes),
            (count, time_ns(count), count as u16 % 5, payload(count))
        );
        count += 1;
    }
    Ok(count)
}

fn small() -> Options {
    Options {
        segment_bytes: 1_000,
        unsynced_bytes: 4_000,
        created_ns: 99,
        note: b"island".to_vec(),
    }
}

fn last_segment(dir: &Path) -> PathBuf {
    let mut names: Vec<_> = fs::read_dir(dir)
        .expect("lists")
        .map(|file| file.expect("lists").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "seg"))
        .collect();
    names.sort();
    names.pop().expect("one at least")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("makes");
    for file in fs::read_dir(from).expect("lists") {
        let file = file.expect("lists");
        fs::copy(file.path(), to.join(file.file_name())).expect("copies");
    }
}

#[test]
fn what_goes_in_comes_out_over_many_segments() {
    let home = tempfile::tempdir().expect("temporary directory");
    let dir = home.path().join("a.lapwing");
    let mut writer = Writer::create(&dir, &small()).expect("creates");
    assert_eq!(writer.sync().expect("syncs"), None);
    fill(&mut writer, 0..100, 10);
    assert_eq!(writer.close().expect("closes"), Some(99));

    let (mut writer, recovery) = Writer::open(&dir, &small()).expect("opens");
    assert_eq!(recovery.next_seq, 100);
    assert_eq!((recovery.cut, recovery.unsealed_entries), (None, 0));
    fill(&mut writer, 100..200, 7);
    let head = writer.head();
    writer.close().expect("closes");

    assert_eq!(read(&dir).expect("reads"), 200);
    let report = verify(&dir).expect("verifies");
    assert!(report.is_sound());
    assert_eq!(report.entries, 200);
    assert!(report.segments > 8, "{}", report.segments);
    assert_eq!(report.earliest_ns, Some(time_ns(0)));
    assert_eq!(report.latest_ns, Some(time_ns(199)));
    assert_eq!((report.created_ns, &report.note[..]), (99, &b"island"[..]));
    assert_eq!((report.torn_tail, report.unsealed_entries), (None, 0));
    // Closing adds one more seal, so the head moves on.
    assert_ne!(report.head, head);
}

#[test]
fn a_segment_stays_under_its_size() {
    let home = tempfile::tempdir().expect("temporary directory");
    let mut writer = Writer::create(home.path(), &small()).expect("creates");
    fill(&mut writer, 0..300, 1_000);
    writer.sync().expect("syncs");
    for file in fs::read_dir(home.path()).expect("lists") {
        let len = file.expect("lists").metadata().expect("stats").len();
        assert!(len <= small().segment_bytes, "{len}");
    }
}

#[test]
fn memory_stays_bounded_without_a_sync() {
    let home = tempfile::tempdir().expect("temporary directory");
    let mut writer = Writer::create(home.path(), &small()).expect("creates");
    for _ in 0..1_000 {
        writer.append(0, 0, &[1; 100]).expect("appends");
        assert!(writer.unsynced_bytes() <= small().unsynced_bytes);
    }
}

#[test]
fn every_cut_of_the_last_segment_opens_and_gives_a_prefix() {
    let home = tempfile::tempdir().expect("temporary directory");
    let whole = home.path().join("whole");
    let options = Options {
        segment_bytes: 600,
        ..small()
    };
    let mut writer = Writer::create(&whole, &options).expect("creates");
    fill(&mut writer, 0..24, 4);
    drop(writer);
    let last = last_segment(&whole);
    assert!(!last.ends_with("00000000.seg"));
    let bytes = fs::read(&last).expect("reads");
    let mut counts = Vec::new();
    for len in 0..=bytes.len() {
        let dir = home.path().join(format!("cut{len}"));
        copy(&whole, &dir);
        fs::write(dir.join(last.file_name().expect("named")), &bytes[..len]).expect("writes");

        let before = read(&dir).unwrap_or_else(|error| panic!("{len}: {error}"));
        let report = verify(&dir).expect("verifies");
        assert!(report.is_sound(), "{len}: {report:?}");
        assert_eq!(report.entries, before);
        let (mut writer, recovery) = Writer::open(&dir, &options).expect("opens");
        assert_eq!(recovery.next_seq, before, "{len}");
        assert_eq!(recovery.cut, report.torn_tail, "{len}");
        fill(&mut writer, before..before + 20, 3);
        writer.close().expect("closes");
        assert_eq!(read(&dir).expect("reads"), before + 20, "{len}");
        let report = verify(&dir).expect("verifies");
        assert!(report.is_sound() && report.torn_tail.is_none(), "{len}");
        counts.push(before);
        fs::remove_dir_all(&dir).expect("removes");
    }
    assert!(counts.is_sorted());
    assert_eq!(counts.last(), Some(&24));
}

#[test]
fn every_cut_of_a_first_segment_opens() {
    let home = tempfile::tempdir().expect("temporary directory");
    let dir = home.path().join("r");
    for len in 0..120 {
        let mut writer = Writer::create(&dir, &small()).expect("creates");
        fill(&mut writer, 0..2, 1);
        drop(writer);
        let path = dir.join("00000000.seg");
        let bytes = fs::read(&path).expect("reads");
        fs::write(&path, &bytes[..len]).expect("cuts");
        let (mut writer, recovery) = Writer::open(&dir, &small()).expect("opens");
        assert!(recovery.cut.is_some() == (len != 82 && len != 114), "{len}");
        fill(&mut writer, recovery.next_seq..9, 1);
        drop(writer);
        assert_eq!(read(&dir).expect("reads"), 9);
        fs::remove_dir_all(&dir).expect("removes");
    }
}

/// Every bit of every segment, one at a time.
#[test]
fn every_flipped_bit_is_found() {
    let home = tempfile::tempdir().expect("temporary directory");
    let mut writer = Writer::create(home.path(), &small()).expect("creates");
    fill(&mut writer, 0..30, 4);
    writer.close().expect("closes");
    let good = verify(home.path()).expect("verifies");
    assert!(good.is_sound() && good.segments >= 2);
    let last = last_segment(home.path());
    for number in 0..good.segments {
        let path = home.path().join(format!("{number:08}.seg"));
        let bytes = fs::read(&path).expect("reads");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[at] ^= 1 << bit;
                fs::write(&path, &bad).expect("writes");
                let report = verify(home.path()).expect("verifies");
                // Only the closing seal may pass for a torn tail: nothing is behind it.
                if path == last && at >= bytes.len() - 64 {
                    assert!(report.torn_tail.is_some(), "{number} {at} {bit}");
                    assert_eq!(report.entries, good.entries);
                    continue;
                }
                let found = report
                    .corruption
                    .unwrap_or_else(|| panic!("{number} {at} {bit} not found"));
                assert!(found.offset <= at as u64, "{found}");
                // What is damaged is never cut, and never read as good.
                assert!(matches!(
                    Reader::open(home.path()).expect("opens").last(),
                    Some(Err(RecordError::Corrupt(_)))
                ));
                if path == last && bit == at % 8 {
                    assert!(matches!(
                        Writer::open(home.path(), &small()),
                        Err(RecordError::Corrupt(_))
                    ));
                    assert_eq!(fs::read(&path).expect("reads"), bad);
                }
            }
        }
        fs::write(&path, &bytes).expect("writes");
    }
    assert_eq!(verify(home.path()).expect("verifies"), good);
}

/// The same in the last batch, where nothing behind it tells damage from a torn tail.
#[test]
fn a_replaced_last_batch_is_damage_and_is_not_cut() {
    let home = tempfile::tempdir().expect("temporary directory");
    let (one, two) = (home.path().join("1"), home.path().join("2"));
    for (dir, word) in [(&one, b"real"), (&two, b"fake")] {
        let mut writer = Writer::create(dir, &small()).expect("creates");
        writer.append(1, 1, word).expect("appends");
        writer.sync().expect("syncs");
    }
    let path = one.join("00000000.seg");
    let mut bytes = fs::read(&path).expect("reads");
    let other = fs::read(two.join("00000000.seg")).expect("reads");
    let head = 72 + 6 + 4;
    bytes[head..head + 36].copy_from_slice(&other[head..head + 36]);
    fs::write(&path, &bytes).expect("writes");
    let found = verify(&one).expect("verifies").corruption.expect("found");
    assert_eq!(found.reason, Reason::Chain);
    assert!(matches!(
        Writer::open(&one, &small()),
        Err(RecordError::Corrupt(_))
    ));
    assert_eq!(fs::read(&path).expect("reads"), bytes);
}

/// Damage with the checksums mended: only the hashes can tell.
#[test]
fn a_replaced_batch_breaks_the_chain() {
    let home = tempfile::tempdir().expect("temporary directory");
    let (one, two) = (home.path().join("1"), home.path().join("2"));
    for (dir, word) in [(&one, b"real"), (&two, b"fake")] {
        let mut writer = Writer::create(dir, &small()).expect("creates");
        writer.append(1, 1, word).expect("appends");
        writer.sync().expect("syncs");
        writer.append(1, 2, b"more").expect("appends");
        writer.close().expect("closes");
    }
    let mut bytes = fs::read(one.join("00000000.seg")).expect("reads");
    let other = fs::read(two.join("00000000.seg")).expect("reads");
    let head = 72 + 6 + 4;
    bytes[head..head + 36].copy_from_slice(&other[head..head + 36]);
    fs::write(one.join("00000000.seg"), &bytes).expect("writes");
    let report = verify(&one).expect("verifies");
    let found = report.corruption.expect("found");
    assert_eq!(
        (found.reason, found.offset),
        (Reason::Chain, head as u64 + 36)
    );
}

#[test]
fn segments_must_be_there_and_belong_together() {
    let home = tempfile::tempdir().expect("temporary directory");
    let make = |name: &str, created_ns| {
        let dir = home.path().join(name);
        let options = Options {
            created_ns,
            ..small()
        };
        let mut writer = Writer::create(&dir, &options).expect("creates");
        fill(&mut writer, 0..60, 5);
        writer.close().expect("closes");
        dir
    };
    let (one, two) = (make("1", 1), make("2", 2));
    fs::copy(two.join("00000001.seg"), one.join("00000001.seg")).expect("copies");
    let found = verify(&one).expect("verifies").corruption.expect("found");
    assert_eq!(found.reason, Reason::NotContinuing("previous hash"));
    fs::remove_file(two.join("00000001.seg")).expect("removes");
    assert!(matches!(
        verify(&two),
        Err(RecordError::MissingSegment { missing: 1, .. })
    ));
}

/// A stranger's payload that holds whole frames must not pass for frames when it is torn.
#[test]
fn frames_inside_a_torn_payload_do_not_count() {
    let home = tempfile::tempdir().expect("temporary directory");
    let (inner, outer) = (home.path().join("inner"), home.path().join("outer"));
    let mut writer = Writer::create(&inner, &small()).expect("creates");
    fill(&mut writer, 0..5, 1);
    writer.close().expect("closes");
    let smuggled = fs::read(inner.join("00000000.seg")).expect("reads");

    let mut writer = Writer::create(&outer, &Options::default()).expect("creates");
    writer.append(0, 0, &smuggled).expect("appends");
    writer.sync().expect("syncs");
    drop(writer);
    let path = outer.join("00000000.seg");
    let bytes = fs::read(&path).expect("reads");
    fs::write(&path, &bytes[..bytes.len() - 70]).expect("cuts");
    let (_, recovery) = Writer::open(&outer, &Options::default()).expect("opens");
    assert_eq!(recovery.next_seq, 0);
    assert!(recovery.cut.is_some());
}

#[test]
fn limits_and_refusals() {
    let home = tempfile::tempdir().expect("temporary directory");
    let dir = home.path().join("r");
    assert!(matches!(
        Writer::open(home.path(), &small()),
        Err(RecordError::NoRecording { .. })
    ));
    assert!(matches!(
        Reader::open(home.path()),
        Err(RecordError::NoRecording { .. })
    ));
    assert!(matches!(
        Writer::open(&dir, &small()),
        Err(RecordError::Io { .. })
    ));
    let long = Options {
        note: vec![0; MAX_NOTE_BYTES + 1],
        ..small()
    };
    assert!(matches!(
        Writer::create(&dir, &long),
        Err(RecordError::TooLarge { what: "note", .. })
    ));
    let mut writer = Writer::create(&dir, &small()).expect("creates");
    assert!(matches!(
        writer.append(0, 0, &vec![0; MAX_PAYLOAD_BYTES + 1]),
        Err(RecordError::TooLarge { what: "entry", .. })
    ));
    assert_eq!(
        writer
            .append(0, 0, &vec![7; MAX_PAYLOAD_BYTES])
            .expect("the largest fits"),
        0
    );
    writer.sync().expect("syncs");
    assert!(matches!(
        Writer::open(&dir, &small()),
        Err(RecordError::Locked { .. })
    ));
    drop(writer);
    assert!(matches!(
        Writer::create(&dir, &small()),
        Err(RecordError::Exists { .. })
    ));
    let entry = Reader::open(&dir)
        .expect("opens")
        .next()
        .expect("one")
        .expect("good");
    assert_eq!(entry.payload.len(), MAX_PAYLOAD_BYTES);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Any bytes in place of a segment, or behind a good one: an answer, never a panic.
    #[test]
    fn hostile_segments_are_answered(
        keep in 0usize..400,
        junk in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let home = tempfile::tempdir().expect("temporary directory");
        let mut writer = Writer::create(home.path(), &small()).expect("creates");
        fill(&mut writer, 0..8, 3);
        drop(writer);
        let path = home.path().join("00000000.seg");
        let mut bytes = fs::read(&path).expect("reads");
        bytes.truncate(keep);
        bytes.extend(&junk);
        fs::write(&path, &bytes).expect("writes");
        let report = verify(home.path()).expect("verifies");
        prop_assert!(report.entries <= 8);
        let opened = Writer::open(home.path(), &small());
        prop_assert_eq!(opened.is_ok(), report.is_sound());
    }
}

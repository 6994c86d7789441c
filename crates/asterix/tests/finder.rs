//! When a source is read with another edition than the newest, and when not.

mod common;

use lapwing_asterix::{
    Block, EditionFinder, Editions, RecordBuilder, blocks, category, decode_datagram, encode_block,
    records,
};
use proptest::prelude::*;

/// A data block of category 062 from source 25/`sic` that reads without fault in …
fn block_of(kind: char, sic: u8) -> Vec<u8> {
    let edition = |name: &str| category(62).unwrap().edition(name).unwrap();
    let mut out = Vec::new();
    let mut record = match kind {
        // … the newest edition only,
        'n' => {
            let mut track = RecordBuilder::new(edition("1.21"));
            track.set("185/VX", -51.25).unwrap();
            track.set("105/LON", 11.5).unwrap();
            track
        }
        // … the draft only,
        'o' | 's' => {
            let mut track = RecordBuilder::new(edition("0.17"));
            track.set("180/GSP", 0.125).unwrap();
            track.set("105/LON", 11.5).unwrap();
            // … which a spare bit gives away as something else,
            if kind == 's' {
                track.set_raw("200/VERT", 2).unwrap();
            }
            track
        }
        // … both,
        'b' => RecordBuilder::new(edition("1.21")),
        // … neither.
        _ => {
            out.extend([62, 0, 7, 0b1001_0000, 25, sic, 0]);
            return out;
        }
    };
    record
        .set("010/SAC", 25)
        .unwrap()
        .set("010/SIC", sic)
        .unwrap();
    if kind != 'b' {
        record.set("070", 45_827.5).unwrap();
        record.set("105/LAT", 47.5).unwrap();
        record.set("040", 17).unwrap();
    }
    encode_block([&record.build()], &mut out).unwrap();
    if kind == 's' {
        let at = out.len() - 1;
        assert_eq!(out[at], 2 << 2, "item 200 comes last");
        out[at] |= 1;
    }
    out
}

/// The edition that each block of one source is read with: `n` the newest, `o` the draft.
fn read_with(finder: &mut EditionFinder, blocks_kinds: &str, sic: u8) -> String {
    let read = |kind| {
        let datagram = block_of(kind, sic);
        let block = blocks(&datagram).next().unwrap().unwrap();
        finder.observe(block, |_| true);
        match finder.for_block(block).unwrap().name {
            "1.21" => 'n',
            "0.17" => 'o',
            other => panic!("{other}"),
        }
    };
    blocks_kinds.chars().map(read).collect()
}

#[test]
fn the_blocks_are_what_they_are_called() {
    let fits = |block: Block<'_>, name: &str| {
        let edition = category(62).unwrap().edition(name).unwrap();
        records(block, edition).all(|r| r.is_ok())
    };
    for (kind, newest, draft) in [
        ('n', true, false),
        ('o', false, true),
        ('s', false, true),
        ('b', true, true),
        ('x', false, false),
    ] {
        let datagram = block_of(kind, 1);
        let block = blocks(&datagram).next().unwrap().unwrap();
        assert_eq!(
            (fits(block, "1.21"), fits(block, "0.17")),
            (newest, draft),
            "{kind}"
        );
    }
}

#[test]
fn blocks_in_turn() {
    for (blocks, expected) in [
        // The first word counts, and sticks for what can be read either way.
        ("oobo", "oooo"),
        ("nnbn", "nnnn"),
        // A source that was read well is doubted after three in a row only.
        ("noono", "nnnnn"),
        ("nooo", "nnno"),
        ("booobo", "nnnooo"),
        ("bobooo", "nnnnno"),
        // What follows neither is no evidence, and breaks the row.
        ("xxx", "nnn"),
        ("nooxoo", "nnnnnn"),
        ("oxo", "ooo"),
        // Values that cannot be are no evidence either.
        ("sss", "nnn"),
        // Back to the newest where only that can be meant, and for good after the second time.
        ("onn", "onn"),
        ("onooonooooo", "onnnonnnnnn"),
    ] {
        let mut finder = EditionFinder::new(Editions::newest());
        assert_eq!(read_with(&mut finder, blocks, 1), expected, "{blocks}");
    }
}

#[test]
fn each_source_for_itself() {
    let mut finder = EditionFinder::new(Editions::newest());
    assert_eq!(read_with(&mut finder, "oo", 1), "oo");
    assert_eq!(read_with(&mut finder, "nn", 2), "nn");
    assert_eq!(read_with(&mut finder, "b", 1), "o");
    assert_eq!(read_with(&mut finder, "b", 2), "n");
}

#[test]
fn what_was_chosen_by_name_is_kept_to() {
    let mut editions = Editions::newest();
    editions.choose(62, "1.21").unwrap();
    assert_eq!(
        read_with(&mut EditionFinder::new(editions), "ooooo", 1),
        "nnnnn"
    );
    let mut editions = Editions::newest();
    editions.choose_for_source((25, 1), 62, "0.17").unwrap();
    let mut finder = EditionFinder::new(editions);
    assert_eq!(read_with(&mut finder, "onnnnn", 1), "oooooo");
    assert_eq!(read_with(&mut finder, "nooo", 2), "nnno");
}

#[test]
fn a_finding_is_said_in_one_line() {
    let datagram = block_of('o', 7);
    let block = blocks(&datagram).next().unwrap().unwrap();
    let mut finder = EditionFinder::new(Editions::newest());
    assert!(
        finder
            .observe(block, |e| e.name.starts_with("1."))
            .is_none()
    );
    let finding = finder.observe(block, |_| true).unwrap();
    assert_eq!(
        finding.to_string(),
        "category 062 of source 25/7 is read with edition 0.17, which its records follow, from here on; \
         they do not follow edition 1.21"
    );
    assert!(
        decode_datagram(&datagram, finder.editions())
            .errors()
            .is_empty()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever was received: one block that only the newest edition can read, and it is in force.
    #[test]
    fn damage_does_not_last(seed in any::<u64>(), changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..200)) {
        let Some(folder) = common::data() else { return Ok(()) };
        let datagrams = common::datagrams(&folder.join("cat_062_065.pcap"));
        let mut finder = EditionFinder::new(Editions::newest());
        for (i, (at, octet)) in changes.iter().enumerate() {
            let mut datagram = datagrams[(seed as usize).wrapping_add(i) % datagrams.len()].clone();
            let at = 3 + at % (datagram.len() - 3);
            datagram[at] = *octet;
            for block in blocks(&datagram).flatten() {
                finder.observe(block, |_| true);
            }
        }
        for datagram in &datagrams {
            for block in blocks(datagram).flatten() {
                finder.observe(block, |_| true);
                let newest = category(block.category).unwrap().newest().unwrap();
                prop_assert_eq!(finder.for_block(block).unwrap().name, newest.name);
            }
        }
    }
}

//! Every record of every recording: read without fault, and written back to the same bytes.

mod common;

use lapwing_asterix::{
    EditionFinder, Editions, Reason, RecordTree, blocks, decode_datagram, looks_like_asterix,
    records,
};
use std::collections::BTreeMap;

/// File, and how many complete records of each category it holds.
const EXPECTED: &[(&str, &[(u8, usize)])] = &[
    (
        "atc_cat062_063_065_30min.ff",
        &[(62, 22_396), (63, 5_772), (65, 6_057)],
    ),
    ("asterix.pcap", &[(62, 100)]),
    ("cat048.raw", &[(48, 1)]),
    ("cat062_sample.bin", &[(62, 2)]),
    ("cat062cat065.raw", &[(62, 2), (65, 1)]),
    ("cat21_re.ast", &[(21, 2)]),
    ("cat_001_002.pcap", &[(1, 7), (2, 1)]),
    ("cat_034_048.pcap", &[(34, 34), (48, 128)]),
    ("cat_062_065.pcap", &[(62, 2), (65, 1)]),
    ("example-asterix.pcapng", &[(34, 30), (48, 62)]),
    ("final_frame_cat062_one_packet.ff", &[(62, 1)]),
    ("parsegps.gps", &[(34, 3), (48, 15)]),
    (
        "sample.pcap",
        &[(4, 1), (34, 11), (48, 18), (62, 150), (63, 6), (65, 3)],
    ),
];

#[test]
fn every_record_is_read_and_written_back() {
    let Some(folder) = common::data() else { return };
    let (mut seen, mut found) = (0, Vec::new());
    for (name, datagrams) in common::captures(&folder) {
        let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
        let mut finder = EditionFinder::new(Editions::newest());
        for datagram in &datagrams {
            for block in blocks(datagram).flatten() {
                let finding = finder.observe(block, |_| true);
                found.extend(
                    finding.map(|f| format!("{name}: {} {}", counts.len(), f.edition.name)),
                );
            }
            let decoded = decode_datagram(datagram, finder.editions());
            for record in decoded.records() {
                *counts.entry(record.category()).or_default() += 1;
                assert_eq!(
                    RecordTree::from(record).encode().unwrap(),
                    record.raw(),
                    "{name}"
                );
            }
            for error in decoded.errors() {
                // Categories 000 and 003, of which there are no definitions.
                assert_eq!(
                    (name.as_str(), error.reason),
                    ("sample.pcap", Reason::UnknownCategory),
                    "{error}"
                );
            }
        }
        if let Some((_, expected)) = EXPECTED.iter().find(|(n, _)| *n == name) {
            assert_eq!(counts.into_iter().collect::<Vec<_>>(), *expected, "{name}");
            seen += 1;
        }
    }
    assert!(
        seen >= EXPECTED.len(),
        "only {seen} of the recordings are there"
    );
    // Before its first record, and nowhere else.
    assert_eq!(found, ["asterix.pcap: 0 0.17"]);
}

#[test]
fn raw_records_are_cut_as_the_decoder_cuts_them() {
    let Some(folder) = common::data() else { return };
    let editions = Editions::newest();
    for datagram in common::datagrams(&folder.join("atc_cat062_063_065_30min.ff")) {
        assert!(looks_like_asterix(&datagram));
        let decoded = decode_datagram(&datagram, &editions);
        let raw = blocks(&datagram).flat_map(|block| {
            let block = block.unwrap();
            records(block, editions.edition(block.category).unwrap())
        });
        assert!(
            raw.map(Result::unwrap)
                .eq(decoded.records().map(|r| r.raw()))
        );
    }
}

/// The editions compared with other decoders; differ from the newest only in what they define.
#[test]
fn older_editions_read_the_same_records() {
    let Some(folder) = common::data() else { return };
    let mut editions = Editions::newest();
    editions
        .choose(62, "1.18")
        .unwrap()
        .choose(63, "1.6")
        .unwrap()
        .choose(65, "1.5")
        .unwrap();
    let mut count = 0;
    for datagram in common::datagrams(&folder.join("atc_cat062_063_065_30min.ff")) {
        let decoded = decode_datagram(&datagram, &editions);
        assert_eq!(decoded.errors(), []);
        count += decoded.records().len();
    }
    assert_eq!(count, 34_225);
}

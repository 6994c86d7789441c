//! Sources that write an old edition, and categories that nothing defines: read where that can be,
//! said once, and never counted as errors.

use lapwing_asterix::{RecordBuilder, category, encode_block, write_block};
use lapwing_geo::{HeightDatum, VerticalReference};
use lapwing_ingest::{
    Adapter, AdapterOptions, Anchor, Capture, FeedError, Observation, SensorTable, Wire,
};
use lapwing_model::{Measurement, Timestamp};
use std::path::PathBuf;

/// What a feed of these datagrams says: observations, errors, notices, blocks without a definition.
fn play(datagrams: &[Vec<u8>]) -> (Vec<Observation>, Vec<FeedError>, Vec<String>, u64) {
    let mut adapter = Adapter::new(AdapterOptions {
        wire: Wire::Asterix,
        anchor: Anchor::Date(Timestamp(0)),
        sensor: String::new(),
        vertical: VerticalReference::default(),
        reference_deg: None,
    });
    let mut sensors = SensorTable::new(Vec::new());
    let (mut out, mut errors, mut notices) = (Vec::new(), Vec::new(), Vec::new());
    for (sequence, datagram) in (0..).zip(datagrams) {
        adapter.push(
            sequence,
            Timestamp(0),
            datagram,
            &mut sensors,
            &mut out,
            &mut errors,
        );
        notices.extend(adapter.take_notices().iter().map(ToString::to_string));
    }
    (out, errors, notices, adapter.undefined_blocks())
}

/// The datagrams of a capture beside the repository.
fn capture(name: &str) -> Option<Vec<Vec<u8>>> {
    let root = std::env::var_os("LAPWING_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let Ok(bytes) = std::fs::read(root.join("asterix").join(name)) else {
        eprintln!("SKIPPED: {name} is not there; set LAPWING_DATA");
        return None;
    };
    let capture = Capture::parse(&bytes).unwrap();
    Some(capture.frames.iter().map(|f| f.bytes.to_vec()).collect())
}

/// A system track 10 m/s northward at 1,905 m above mean sea level, in the draft edition.
fn draft_track(number: i32) -> Vec<u8> {
    let mut track = RecordBuilder::new(category(62).unwrap().edition("0.17").unwrap());
    for (path, value) in [
        ("010/SAC", 25.0),
        ("010/SIC", 100.0),
        ("070", 3600.0),
        ("040", f64::from(number)),
        ("105/LAT", 45.0),
        ("105/LON", 16.5),
        ("130", 6250.0),
        ("180/GSP", 10.0 / 1852.0),
        ("180/HDG", 0.0),
    ] {
        track.set(path, value).unwrap();
    }
    let mut datagram = Vec::new();
    encode_block([&track.build()], &mut datagram).unwrap();
    datagram
}

#[test]
fn a_draft_edition_is_found_and_its_heights_are_above_the_sea() {
    let (out, errors, notices, _) = play(&[draft_track(1), draft_track(2)]);
    assert_eq!(errors, []);
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].starts_with("category 062 of source 25/100 is read with edition 0.17"));
    let [_, Observation::Report(report)] = &out[..] else {
        panic!("{out:?}")
    };
    let Measurement::SystemTrack {
        position,
        height: Some(height),
        velocity_mps: Some([east, north, _]),
        ..
    } = &report.measurement
    else {
        panic!("{report:?}")
    };
    assert!((position.lat_deg - 45.0).abs() < 2e-5);
    assert!((position.lon_deg - 16.5).abs() < 2e-5);
    assert_eq!(height.datum, HeightDatum::Msl);
    assert!((height.m - 1905.0).abs() < 0.01);
    assert!(east.abs() < 1e-9 && (north - 10.0).abs() < 0.06);
}

#[test]
fn a_category_without_a_definition_is_said_once_and_counted() {
    let mut datagram = Vec::new();
    write_block(&mut datagram, 3, &[0xFD, 0x12, 1, 2, 0, 0xE8]).unwrap();
    datagram.extend(draft_track(1));
    let (out, errors, notices, undefined) = play(&[datagram.clone(), datagram]);
    assert_eq!((out.len(), errors.len(), undefined), (2, 0, 2));
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices[0].starts_with("category 003 has no definition"));
}

#[test]
fn captures_with_an_old_edition_and_with_unknown_categories() {
    if let Some(datagrams) = capture("asterix.pcap") {
        let (out, errors, notices, undefined) = play(&datagrams);
        assert_eq!(errors, []);
        assert_eq!((out.len(), notices.len(), undefined), (100, 1, 0));
    }
    if let Some(datagrams) = capture("libasterix/sample.pcap") {
        let (_, errors, notices, undefined) = play(&datagrams);
        // plots of radars that nothing places, tracks in a projection that nothing names
        let unplaced = ["has no position", "no position in WGS 84"];
        let other = errors
            .iter()
            .find(|e| !unplaced.iter().any(|words| e.reason.contains(words)));
        assert_eq!(other, None);
        assert_eq!((notices.len(), undefined), (2, 151), "{notices:?}");
    }
}

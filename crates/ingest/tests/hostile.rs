//! Bytes from outside are hostile: mutated datagrams of every wire format, and
//! mutated captures of every form, reach no panic and cost nothing else.

use lapwing_asterix::typed::{Source, cat034, cat048};
use lapwing_geo::{Geodetic, VerticalReference};
use lapwing_ingest::{Adapter, AdapterOptions, Anchor, Capture, LookAssembler, SensorTable, Wire};
use lapwing_model::{SensorKind, SensorSpec, Timestamp};
use proptest::prelude::*;
use std::path::PathBuf;

const LINE: &str = r#"{"sensor":"mic","time":"2026-06-01T21:00:00Z","measurement":{"kind":"bearing","azimuth_deg":12.5,"elevation_deg":3.0},"claims":{"icao24":"4ca1b2"},"class_log_likelihoods":{"bird":1.5}}"#;
const AVR: &str = "*8D4840D6202CC371C32CE0576098;\n*8D40621D58C382D690C8AC2863A7;\n";

fn asterix() -> Vec<u8> {
    let source = Source { sac: 1, sic: 2 };
    let mut plots = Vec::new();
    for i in 0..4 {
        let mut plot = cat048::Plot::primary(source, 75_600.0 + f64::from(i), 9_000.0, 40.0);
        plot.address = Some(0x004C_A1B2);
        plot.psr_amplitude_dbm = Some(-70);
        plot.encode_into(&mut plots).unwrap();
    }
    let mut datagram = Vec::new();
    lapwing_asterix::write_block(&mut datagram, 48, &plots).unwrap();
    let mut sectors = Vec::new();
    cat034::Message {
        source,
        message_type: cat034::SECTOR_CROSSING,
        time_of_day_s: 75_604.0,
        sector_azimuth_deg: Some(45.0),
        rotation_period_s: Some(4.0),
    }
    .encode_into(&mut sectors)
    .unwrap();
    lapwing_asterix::write_block(&mut datagram, 34, &sectors).unwrap();
    datagram
}

/// A beacon with a serial number and a position.
fn remote_id() -> Vec<u8> {
    let mut id = vec![0x02, 0x12];
    id.extend(b"1581F5BK");
    id.resize(25, 0);
    let mut location = vec![0x12, 0x20, 90, 40, 0];
    location.extend(465_000_000_i32.to_le_bytes());
    location.extend((-300_000_000_i32).to_le_bytes());
    location.resize(25, 0);
    let mut out = vec![105, 0, 0x80, 0];
    // two octets of duration, three addresses, sequence; fixed fields; the element
    out.resize(2 + 24 + 12, 1);
    out.extend([221, 58, 0xFA, 0x0B, 0xBC, 0x0D, 7, 0xF2, 25, 2]);
    out.extend(id);
    out.extend(location);
    out
}

fn beast() -> Vec<u8> {
    let mut out = Vec::new();
    for (odd, counter) in [(false, 1_000_000), (true, 7_000_000)] {
        let frame =
            lapwing_modes::encode::airborne_position(0x004C_A1B2, (46.0, -30.0), None, 11, odd)
                .unwrap();
        assert!(lapwing_modes::beast::encode(&frame, counter, 200, &mut out));
    }
    out
}

/// Real datagrams as well, where there are any.
fn seeds() -> Vec<(Wire, Vec<u8>)> {
    let mut seeds = vec![
        (Wire::Asterix, asterix()),
        (Wire::Beast, beast()),
        (Wire::Avr, AVR.as_bytes().to_vec()),
        (
            Wire::TimedCsv,
            b"1400000000.5,8d4840d6202cc371c32ce0576098\n".to_vec(),
        ),
        (Wire::ReportJson, LINE.as_bytes().to_vec()),
        (Wire::RemoteId, remote_id()),
    ];
    let root = std::env::var_os("LAPWING_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    for name in [
        "cat_034_048.pcap",
        "cat_062_065.pcap",
        "asterix.pcap",
        "cat21_re.ast",
    ] {
        match std::fs::read(root.join("asterix").join(name)) {
            Ok(bytes) => {
                let capture = Capture::parse(&bytes).unwrap();
                seeds.extend(
                    capture
                        .frames
                        .iter()
                        .take(20)
                        .map(|f| (capture.wire, f.bytes.to_vec())),
                );
            }
            Err(_) => eprintln!("SKIPPED: {name} as a seed; set LAPWING_DATA"),
        }
    }
    seeds
}

#[derive(Clone, Debug)]
enum Mutation {
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, u8),
    Repeat,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        4 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(i, b)| Mutation::Set(i, b)),
        1 => any::<prop::sample::Index>().prop_map(Mutation::Cut),
        1 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(i, b)| Mutation::Insert(i, b)),
        1 => Just(Mutation::Repeat),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutations: &[Mutation]) {
    for m in mutations {
        match m {
            Mutation::Set(i, b) if !bytes.is_empty() => {
                let at = i.index(bytes.len());
                bytes[at] = *b;
            }
            Mutation::Cut(i) => bytes.truncate(i.index(bytes.len() + 1)),
            Mutation::Insert(i, b) => bytes.insert(i.index(bytes.len() + 1), *b),
            Mutation::Repeat if bytes.len() < 10_000 => bytes.extend_from_within(..),
            Mutation::Set(..) | Mutation::Repeat => {}
        }
    }
}

/// A table in which everything the seeds speak of stands somewhere.
fn sensors() -> SensorTable {
    let mut mic = SensorSpec::of_kind("mic", SensorKind::AcousticArray);
    mic.position = Some(Geodetic::new(46.0, -30.0, 5.0));
    let mut radar = SensorSpec::of_kind("radar", SensorKind::Radar);
    radar.position = Some(Geodetic::new(46.1, -30.1, 50.0));
    radar.sac_sic = Some((1, 2));
    radar.radar_constant_db = Some(80.0);
    SensorTable::new(vec![mic, radar])
}

/// How many observations, errors and looks a datagram leads to.
fn adapt(wire: Wire, bytes: &[u8]) -> (usize, usize, usize) {
    let mut sensors = sensors();
    let mut adapter = Adapter::new(AdapterOptions {
        wire,
        anchor: Anchor::Date(Timestamp(0)),
        sensor: "adsb".into(),
        vertical: VerticalReference::default(),
        reference_deg: None,
    });
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    adapter.push(0, Timestamp(0), bytes, &mut sensors, &mut out, &mut errors);
    let observations = out.len();
    let (mut assembler, mut looks) = (LookAssembler::default(), Vec::new());
    for observation in out {
        assembler.push(observation, &sensors, &mut looks);
    }
    assembler.finish(&sensors, &mut looks);
    (observations, errors.len(), looks.len())
}

#[test]
fn the_seeds_themselves_are_understood() {
    for (wire, bytes, observations, looks) in [
        (Wire::Asterix, asterix(), 5, 1),
        (Wire::ReportJson, LINE.as_bytes().to_vec(), 1, 1),
        // one pair of positions is not believed yet
        (Wire::Beast, beast(), 0, 0),
    ] {
        assert_eq!(adapt(wire, &bytes), (observations, 0, looks), "{wire:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn mutated_datagrams_never_panic(
        seed in any::<prop::sample::Index>(),
        mutations in prop::collection::vec(mutation(), 1..12),
    ) {
        let seeds = seeds();
        let (wire, bytes) = &seeds[seed.index(seeds.len())];
        let mut bytes = bytes.clone();
        mutate(&mut bytes, &mutations);
        // what comes out is bounded by what went in
        let (observations, errors, looks) = adapt(*wire, &bytes);
        prop_assert!(observations + errors <= bytes.len() + 1);
        prop_assert!(looks <= observations + 1);
    }

    #[test]
    fn mutated_captures_never_panic(
        seed in any::<prop::sample::Index>(),
        head in prop::sample::select(vec![
            &b""[..], b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0",
            b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0",
        ]),
        mutations in prop::collection::vec(mutation(), 0..12),
    ) {
        let seeds = seeds();
        let (_, bytes) = &seeds[seed.index(seeds.len())];
        let mut bytes = [head, bytes.as_slice()].concat();
        mutate(&mut bytes, &mutations);
        if let Ok(capture) = Capture::parse(&bytes) {
            prop_assert!(capture.frames.len() <= bytes.len());
        }
    }
}

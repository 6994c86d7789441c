//! Frames of Remote ID into reports: one drone an address, however many ids it has.

use lapwing_geo::VerticalReference;
use lapwing_ingest::{Adapter, AdapterOptions, Anchor, Capture, Observation, SensorTable, Wire};
use lapwing_model::{Measurement, Report, SensorKind, SensorSpec, Timestamp};
use std::path::PathBuf;

const BEACON: &str =
    "8000 0000 ffffffffffff 66554433221A 66554433221A 0000 0000000000000000 6400 0104";
/// 14:00:00 UTC.
const HOUR_S: f64 = 1_779_890_400.0;

fn octets(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap())
        .collect()
}

/// A beacon of the sender whose address ends so, with these messages.
fn beacon(last: char, messages: &[Vec<u8>]) -> Vec<u8> {
    let pack: Vec<u8> = [vec![0xF2, 25, messages.len() as u8], messages.concat()].concat();
    let header = octets(&BEACON.replace('A', &last.to_string()));
    let element = [
        &[221, pack.len() as u8 + 5, 0xFA, 0x0B, 0xBC, 0x0D, 1][..],
        &pack,
    ]
    .concat();
    [&105_u16.to_le_bytes()[..], &header, &element].concat()
}

fn basic_id(kind: u8, id: &str) -> Vec<u8> {
    let mut out = vec![0x02, kind << 4 | 2];
    out.extend(id.bytes());
    out.resize(25, 0);
    out
}

/// At 46.5° N 30° W and so many units of 1e-7° more, 100 m above the ellipsoid, 10 m/s east.
fn location(status: u8, more: i32, tenths: u16) -> Vec<u8> {
    let mut out = vec![0x12, status << 4, 90, 40, 0];
    out.extend((465_000_000 + more).to_le_bytes());
    out.extend((-300_000_000_i32).to_le_bytes());
    out.extend(octets("0000 9808 0000 5a 30"));
    out.extend(tenths.to_le_bytes());
    out.resize(25, 0);
    out
}

fn reports(frames: &[(f64, Vec<u8>)]) -> Vec<Report> {
    let mut spec = SensorSpec::of_kind("mast", SensorKind::RemoteId);
    spec.time_bias_s = 0.0;
    let mut sensors = SensorTable::new(vec![spec]);
    let mut adapter = Adapter::new(AdapterOptions {
        wire: Wire::RemoteId,
        anchor: Anchor::Receipt,
        sensor: "mast".into(),
        vertical: VerticalReference::default(),
        reference_deg: None,
    });
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    for (sequence, (at_s, bytes)) in (0..).zip(frames) {
        let received = Timestamp::from_seconds(HOUR_S + at_s);
        adapter.push(
            sequence,
            received,
            bytes,
            &mut sensors,
            &mut out,
            &mut errors,
        );
    }
    assert_eq!(errors, []);
    out.into_iter()
        .map(|o| match o {
            Observation::Report(report) => report,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn names(reports: &[Report]) -> Vec<&str> {
    reports
        .iter()
        .map(|r| r.claims.remote_id.as_deref().unwrap())
        .collect()
}

#[test]
fn several_ids_of_a_sender_are_one_drone() {
    let all = reports(&[
        (0.0, beacon('1', &[basic_id(2, "FIN87ABC")])),
        (0.5, beacon('1', &[location(2, 0, 5)])),
        (
            1.0,
            beacon('1', &[basic_id(1, "1581F5BK"), location(2, 10, 10)]),
        ),
        (
            2.0,
            beacon('1', &[basic_id(2, "FIN87ABC"), location(2, 20, 20)]),
        ),
        // another sender's is its own
        (
            2.5,
            beacon('2', &[basic_id(1, "OTHER"), location(2, 30, 25)]),
        ),
    ]);
    assert_eq!(names(&all), ["FIN87ABC", "1581F5BK", "1581F5BK", "OTHER"]);
}

#[test]
fn a_position_is_in_si_units_at_its_own_time() {
    let all = reports(&[(2.3, beacon('1', &[basic_id(1, "X"), location(2, 0, 21)]))]);
    let Measurement::Position {
        position,
        horizontal_sigma_m,
        height_sigma_m,
        velocity_mps,
        ..
    } = &all[0].measurement
    else {
        panic!()
    };
    assert_eq!(
        (position.lat_deg, position.lon_deg, position.height_m),
        (46.5, -30.0, 100.0)
    );
    // 10 m and 3 m of 95 %
    assert!((horizontal_sigma_m - 4.085).abs() < 1e-2);
    assert!(
        (height_sigma_m.unwrap() - 1.53).abs() < 0.01,
        "{height_sigma_m:?}"
    );
    let [east, north, up] = velocity_mps.unwrap();
    assert!((east - 10.0).abs() < 1e-9 && north.abs() < 1e-9 && up.abs() < 1e-9);
    assert!((all[0].time.seconds_since(Timestamp::from_seconds(HOUR_S)) - 2.1).abs() < 1e-6);
    // the hour turned between the sending and the hearing; a clock that is wrong is not believed
    for (tenths, expected_s) in [(35_998, -0.2), (36_000, 0.0), (12_000, 0.1), (0xFFFF, 0.1)] {
        let all = reports(&[(
            0.1,
            beacon('1', &[basic_id(1, "X"), location(2, 0, tenths)]),
        )]);
        let at_s = all[0].time.seconds_since(Timestamp::from_seconds(HOUR_S));
        assert!((at_s - expected_s).abs() < 1e-6, "{tenths}: {at_s}");
    }
}

#[test]
fn what_says_nothing_new_or_stands_is_no_report() {
    let all = reports(&[
        (0.0, beacon('1', &[location(2, 0, 0)])),
        (2.9, beacon('1', &[location(2, 10, 29)])),
        // whoever does not say who it is goes under its address
        (3.1, beacon('1', &[location(2, 20, 31)])),
        (3.2, beacon('1', &[location(2, 20, 31)])),
        (3.3, beacon('1', &[location(2, 20, 31)])),
        (4.0, beacon('1', &[location(1, 20, 40)])),
        (5.0, beacon('1', &[basic_id(1, "SERIAL")])),
        (6.0, beacon('1', &[location(0, 30, 60)])),
    ]);
    assert_eq!(names(&all), ["address 66:55:44:33:22:11", "SERIAL"]);
}

#[test]
fn real_captures() {
    let root = std::env::var_os("LAPWING_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    for (name, frames, id) in [
        ("odid_wifi_bcn_sample.pcap", 21, "address 84:cc:a8:60:43:24"),
        ("odid_wifi_sample.pcap", 63, "address 84:cc:a8:60:43:24"),
        ("odid_bt5_lr_sample.pcapng", 274, "SSEVTFG93700070"),
    ] {
        let Ok(bytes) = std::fs::read(root.join("remote-id").join(name)) else {
            eprintln!("SKIPPED: {name} is not there; set LAPWING_DATA");
            continue;
        };
        let capture = Capture::parse(&bytes).unwrap();
        assert_eq!(
            (capture.wire, capture.frames.len()),
            (Wire::RemoteId, frames),
            "{name}"
        );
        assert!(capture.dated && capture.errors.is_empty());
        let mut sensors = SensorTable::new(Vec::new());
        let mut adapter = Adapter::new(AdapterOptions {
            wire: capture.wire,
            anchor: Anchor::Receipt,
            sensor: "mast".into(),
            vertical: VerticalReference::default(),
            reference_deg: None,
        });
        let (mut out, mut errors) = (Vec::new(), Vec::new());
        for (sequence, frame) in (0..).zip(&capture.frames) {
            let received = frame.received.unwrap();
            adapter.push(
                sequence,
                received,
                &frame.bytes,
                &mut sensors,
                &mut out,
                &mut errors,
            );
        }
        let count = out.len();
        eprintln!("{name}: {count} reports, {} errors", errors.len());
        for observation in &out {
            let Observation::Report(report) = observation else {
                panic!()
            };
            assert_eq!(report.claims.remote_id.as_deref(), Some(id), "{name}");
        }
    }
}

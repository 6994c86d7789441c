//! Messages octet by octet as the standard lays them out, packs and counts that lie, and frames.

use lapwing_remote_id::bluetooth::advertisement;
use lapwing_remote_id::{
    Aircraft, AuthPage, HeightReference, IdKind, Message, OperatorPlace, Reason, Status, decode,
    link, wifi,
};
use proptest::prelude::*;

/// Octets from hexadecimal digits; spaces are for the eye.
fn octets(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap())
        .collect()
}

const BASIC_ID: &str = "02 12 31353831463542 4b42323345303031 0000000000 000000";
/// Airborne, height above the ground, 271°, 12.5 m/s, climbing 1.5 m/s, 45.539309 N 122.966389 W,
/// 100 / 120 / 80 m, 10 m, 3 m, 25 m, 1 m/s, 1234.5 s past the hour, 0.3 s.
const LOCATION: &str = "12 26 5b 32 03 42bf241b 6ed1b4b6 9808 c008 7008 5a 33 3930 03 00";

fn one(text: &str) -> Message {
    let heard = decode(&octets(text));
    assert_eq!(heard.problems, [], "{text}");
    assert_eq!(heard.messages.len(), 1);
    heard.messages[0].clone()
}

#[test]
fn a_basic_id_says_who_and_what() {
    for (second, kind, aircraft, id) in [
        (
            "12",
            IdKind::SerialNumber,
            Aircraft::Rotorcraft,
            "1581F5BKB23E001",
        ),
        (
            "21",
            IdKind::Registration,
            Aircraft::Aeroplane,
            "1581F5BKB23E001",
        ),
        (
            "3f",
            IdKind::Utm,
            Aircraft::Other,
            "31353831463542 4b42323345303031 00",
        ),
        (
            "44",
            IdKind::Session,
            Aircraft::HybridLift,
            "31353831463542 4b42323345303031 0000000000",
        ),
        (
            "70",
            IdKind::Reserved(7),
            Aircraft::Undeclared,
            "31353831463542 4b42323345303031 0000000000",
        ),
    ] {
        let text = format!("02 {second}{}", &BASIC_ID[5..]);
        let Message::BasicId(found) = one(&text) else {
            panic!("{text}")
        };
        assert_eq!((found.kind, found.aircraft), (kind, aircraft));
        assert_eq!(found.id, id.replace(' ', ""), "{second}");
    }
}

#[test]
fn a_location_is_in_metres_and_degrees() {
    let Message::Location(l) = one(LOCATION) else {
        panic!()
    };
    assert_eq!(
        (l.status, l.height_reference),
        (Status::Airborne, HeightReference::Ground)
    );
    assert_eq!(
        (l.track_deg, l.speed_mps, l.climb_mps),
        (Some(271.0), Some(12.5), Some(1.5))
    );
    let (lat, lon) = l.position.unwrap();
    assert!(
        (lat - 45.539_309).abs() < 1e-7 && (lon + 122.966_389).abs() < 1e-7,
        "{lat} {lon}"
    );
    let heights = (l.pressure_height_m, l.ellipsoid_height_m, l.height_m);
    assert_eq!(heights, (Some(100.0), Some(120.0), Some(80.0)));
    let accuracies = (
        l.horizontal_accuracy_m,
        l.vertical_accuracy_m,
        l.pressure_accuracy_m,
    );
    assert_eq!(accuracies, (Some(10.0), Some(3.0), Some(25.0)));
    assert_eq!(l.speed_accuracy_mps, Some(1.0));
    assert_eq!(
        (l.since_hour_s, l.time_accuracy_s),
        (Some(1_234.5), Some(0.3))
    );
}

/// The codes for what is not known, and the second scale of speeds.
#[test]
fn what_it_does_not_know_is_none() {
    let Message::Location(l) =
        one("12 03 b5 ff 7e 00000000 00000000 0000 0000 0000 00 00 ffff 00 00")
    else {
        panic!()
    };
    assert_eq!(
        (l.position, l.track_deg, l.speed_mps, l.climb_mps),
        (None, None, None, None)
    );
    assert_eq!(
        (l.pressure_height_m, l.ellipsoid_height_m, l.height_m),
        (None, None, None)
    );
    assert_eq!(
        (l.horizontal_accuracy_m, l.since_hour_s, l.time_accuracy_s),
        (None, None, None)
    );
    let Message::Location(fast) =
        one("12 21 00 64 c2 00000000 01000000 0000 0000 0000 0d 00 0000 00 00")
    else {
        panic!()
    };
    assert_eq!(
        (fast.speed_mps, fast.climb_mps),
        (Some(138.75), Some(-31.0))
    );
    // one coordinate of zero is a coordinate; code 13 is reserved
    assert_eq!(
        (fast.position, fast.horizontal_accuracy_m),
        (Some((0.0, 1e-7)), None)
    );
}

#[test]
fn the_other_messages() {
    let Message::SelfId(about) = one("32 00 537572766579 00 414141414141414141414141414141 41")
    else {
        panic!()
    };
    assert_eq!((about.kind, about.text.as_str()), (0, "Survey"));
    let Message::OperatorId(operator) =
        one("52 00 46494e38376173747264676531326b38 00000000 000000")
    else {
        panic!()
    };
    assert_eq!(operator.id, "FIN87astrdge12k8");
    let Message::System(system) =
        one("42 05 42bf241b 6ed1b4b6 0300 05 e009 3408 21 a008 80d5ac07 00")
    else {
        panic!()
    };
    assert_eq!(system.place, OperatorPlace::Live);
    assert_eq!((system.area_count, system.area_radius_m), (3, 50.0));
    assert_eq!(
        (system.area_ceiling_m, system.area_floor_m),
        (Some(264.0), Some(50.0))
    );
    assert_eq!(
        (system.eu, system.operator_height_m),
        (Some((2, 1)), Some(104.0))
    );
    // 128,767,360 s after 2019 began
    assert_eq!(system.time_s, Some(1_675_068_160));
    let Message::Auth(first) = one("22 10 02 3f 80d5ac07 0102030405060708090a0b0c0d0e0f1011")
    else {
        panic!()
    };
    assert!(matches!(
        first.page,
        AuthPage::First {
            last_page: 2,
            length: 63,
            time_s: Some(1_675_068_160),
            data: [1, .., 17]
        }
    ));
    let Message::Auth(later) = one("22 12 0102030405060708090a0b0c0d0e0f1011121314151617") else {
        panic!()
    };
    assert!(matches!(
        later.page,
        AuthPage::Later {
            page: 2,
            data: [1, .., 23]
        }
    ));
}

fn pack(size: u8, count: u8, messages: &[&str]) -> Vec<u8> {
    let mut out = vec![0xF2, size, count];
    messages.iter().for_each(|m| out.extend(octets(m)));
    out
}

#[test]
fn packs_whose_counts_and_lengths_lie() {
    let two = [BASIC_ID, LOCATION];
    for (bytes, read, problem) in [
        (pack(25, 2, &two), 2, None),
        (pack(25, 0, &two), 0, None),
        (pack(25, 1, &two), 1, None),
        (
            pack(25, 5, &two),
            2,
            Some((53, Reason::Truncated { have: 0, need: 25 })),
        ),
        (pack(24, 2, &two), 0, Some((1, Reason::MessageSize(24)))),
        (
            pack(25, 200, &[BASIC_ID; 20]),
            9,
            Some((2, Reason::MessageCount(200))),
        ),
        (
            pack(25, 2, &two)[..40].to_vec(),
            1,
            Some((28, Reason::Truncated { have: 12, need: 25 })),
        ),
        (
            pack(25, 1, &["f2 19 01", BASIC_ID]),
            0,
            Some((3, Reason::Nested)),
        ),
        (
            vec![0xF2, 25],
            0,
            Some((0, Reason::Truncated { have: 2, need: 3 })),
        ),
        (
            octets(LOCATION)[..24].to_vec(),
            0,
            Some((0, Reason::Truncated { have: 24, need: 25 })),
        ),
        (
            vec![],
            0,
            Some((0, Reason::Truncated { have: 0, need: 25 })),
        ),
        (vec![0x72; 25], 0, Some((0, Reason::MessageType(7)))),
    ] {
        let heard = decode(&bytes);
        let first = heard.problems.first().map(|p| (p.offset, p.reason));
        let count = heard.messages.len();
        assert_eq!((count, first), (read, problem), "{bytes:02x?}");
    }
    // a position beyond the globe is no position
    let beyond = LOCATION.replace("42bf241b", "ffffff7f");
    assert_eq!(
        decode(&octets(&beyond)).problems[0].reason,
        Reason::Position
    );
}

/// The same pack by every way it travels.
#[test]
fn frames_carry_packs() {
    let message = pack(25, 2, &[BASIC_ID, LOCATION]);
    let info: Vec<u8> = [&[7][..], &message].concat();
    let length = info.len() as u8;
    // Bluetooth 4: one message; PDU header, address, service data
    let legacy = [
        octets("42 25 665544332211 1e16faff0d07").as_slice(),
        &octets(BASIC_ID),
    ]
    .concat();
    let found = advertisement(&legacy).unwrap();
    assert_eq!(found.address, Some([0x11, 0x22, 0x33, 0x44, 0x55, 0x66]));
    assert_eq!((found.counter, found.heard.messages.len()), (Some(7), 1));
    // Bluetooth 5: extended header with address and data info, on a coded PHY in nRF Sniffer's form
    let extended = [
        octets("0909 665544332211 750e").as_slice(),
        &[length + 4, 0x16, 0xFA, 0xFF, 0x0D],
        &info,
    ]
    .concat();
    let sniffed = [
        octets("03 0000 03 0000 02 0a 21 0a 35 0000 00000000 d6be898e 00 07").as_slice(),
        &[extended.len() as u8],
        &extended,
        &[0; 3],
    ]
    .concat();
    let nan_info = [&[length][..], &info].concat();
    let descriptor = [octets("8869199d9209 01 00 10").as_slice(), &nan_info].concat();
    let nan = [
        octets("d000 0000 516f9a010000 665544332211 506f9aff0000 0000 0409506f9a13").as_slice(),
        &[3, descriptor.len() as u8, 0],
        &descriptor,
    ]
    .concat();
    let beacon = [
        octets("8000 0000 ffffffffffff 665544332211 665544332211 0000 0000000000000000 6400 0104 0003524944").as_slice(),
        &[221, length + 4, 0xFA, 0x0B, 0xBC, 0x0D],
        &info,
    ]
    .concat();
    let radiotap = [octets("0000 0800 00000000").as_slice(), &beacon].concat();
    let expected = decode(&message);
    for (name, link, frame) in [
        ("nRF Sniffer", link::NORDIC_BLE, &sniffed),
        ("NAN", link::IEEE802_11, &nan),
        ("beacon", link::IEEE802_11_RADIOTAP, &radiotap),
    ] {
        let found = link::frame(link, frame).unwrap().unwrap();
        assert_eq!(found.heard, expected, "{name}");
        assert_eq!(
            (found.counter, found.address.is_some()),
            (Some(7), true),
            "{name}"
        );
        // cut anywhere, it says so or is not recognised, and what is read is right
        for cut in 0..frame.len() {
            if let Ok(Some(found)) = link::frame(link, &frame[..cut]) {
                assert!(
                    expected.messages.starts_with(&found.heard.messages),
                    "{name} {cut}"
                );
                let whole = found.heard.messages.len() == 2;
                assert!(whole || !found.heard.problems.is_empty(), "{name} {cut}");
            }
        }
    }
    assert!(wifi::frame(&beacon[..30]).is_none() && wifi::frame(&[]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_give_a_bounded_answer(
        link in prop::sample::select(vec![105_u16, 127, 251, 256, 272, 1]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        head in prop::sample::select(vec!["", "0000 0800 00000000 8000", "030000030000020a210a35000000000000d6be898e0007f40909", "d000"]),
    ) {
        let all = [octets(head).as_slice(), &bytes].concat();
        if let Ok(Some(found)) = link::frame(link, &all) {
            prop_assert!(found.heard.messages.len() <= 9 && found.heard.problems.len() <= 12);
        }
        let heard = decode(&all);
        prop_assert!(heard.messages.len() <= 9);
        for problem in heard.problems {
            prop_assert!(problem.offset <= all.len() + 25);
        }
    }
}

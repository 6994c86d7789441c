//! The receiver: what it believes, what it refuses, what it keeps.

use lapwing_modes::{
    Address, Altitude, AltitudeDatum, EmitterCategory, Message, MessageKind, Receiver,
    ReceiverSettings, VerticalRate, encode, parity, squitter,
};
use proptest::prelude::*;

const S: i64 = 1_000_000_000;
const ICAO24: u32 = 0x3C_6666;

fn position(at: (f64, f64), odd: bool) -> [u8; 14] {
    let altitude = Altitude {
        height_m: 3000.0,
        datum: AltitudeDatum::Pressure,
    };
    encode::airborne_position(ICAO24, at, Some(altitude), 11, odd).expect("encodes")
}

fn placed(message: Option<Message>) -> Option<(f64, f64)> {
    match message?.kind {
        MessageKind::Position(position) => Some((position.lat_deg, position.lon_deg)),
        _ => None,
    }
}

/// Within 10 m, about: twice what a report's steps allow.
fn near(got: Option<(f64, f64)>, want: (f64, f64)) -> bool {
    got.is_some_and(|(lat, lon)| {
        (lat - want.0).abs() < 1e-4 && ((lon - want.1) * want.0.to_radians().cos()).abs() < 1e-4
    })
}

/// Flies east from `from` at about 140 m/s from `seconds.start`, a report every second; what came out.
fn fly(
    receiver: &mut Receiver,
    from: (f64, f64),
    seconds: std::ops::Range<i64>,
) -> Vec<Option<(f64, f64)>> {
    seconds
        .map(|second| {
            let at = (from.0, from.1 + 0.002 * second as f64);
            let got = placed(receiver.receive(second * S, &position(at, second % 2 == 1)));
            assert!(
                got.is_none() || near(got, at),
                "{second} s: {got:?} is not {at:?}"
            );
            got
        })
        .collect()
}

/// Replaces the parity field by the right one, so that changed bytes pass.
fn sealed(mut frame: [u8; 14]) -> [u8; 14] {
    let parity = parity::remainder(&frame[..11]).to_be_bytes();
    frame[11..].copy_from_slice(&parity[1..]);
    frame
}

#[test]
fn the_first_place_needs_two_pairs_that_share_nothing() {
    let mut receiver = Receiver::new(ReceiverSettings::default());
    let got = fly(&mut receiver, (50.0, 8.0), 0..10);
    assert!(
        got[..3].iter().all(Option::is_none) && got[3..].iter().all(Option::is_some),
        "{got:?}"
    );
    assert_eq!(
        (
            receiver.counters().positions,
            receiver.counters().positions_waiting
        ),
        (7, 3)
    );
}

#[test]
fn one_bad_report_moves_nothing_and_costs_little() {
    let mut receiver = Receiver::new(ReceiverSettings::default());
    fly(&mut receiver, (50.0, 8.0), 0..10);
    // A report of right parity from somewhere else altogether, in place of that of second 10.
    assert_eq!(
        placed(receiver.receive(10 * S, &position((51.7, 11.1), false))),
        None
    );
    let after = fly(&mut receiver, (50.0, 8.0), 11..20);
    assert!(after[1..].iter().all(Option::is_some), "{after:?}");
    assert!(
        receiver.counters().positions_implausible <= 2,
        "{:?}",
        receiver.counters()
    );
}

#[test]
fn a_bad_first_report_is_never_shown() {
    for bad_first in [(51.7, 11.1), (-20.0, 100.0), (50.0, 20.0)] {
        for odd in [false, true] {
            let mut receiver = Receiver::new(ReceiverSettings::default());
            assert_eq!(placed(receiver.receive(0, &position(bad_first, odd))), None);
            // `fly` asserts that whatever comes out is true.
            let got = fly(&mut receiver, (50.0, 8.0), 1..12);
            assert!(got[7..].iter().all(Option::is_some), "{got:?}");
        }
    }
}

#[test]
fn a_real_change_of_place_is_believed_after_two_pairs() {
    let mut receiver = Receiver::new(ReceiverSettings::default());
    fly(&mut receiver, (50.0, 8.0), 0..10);
    let got = fly(&mut receiver, (45.0, 3.0), 10..20);
    assert!(
        got[..3].iter().all(Option::is_none) && got[5..].iter().all(Option::is_some),
        "{got:?}"
    );
}

#[test]
fn places_are_followed_over_the_antimeridian_and_near_the_pole() {
    for from in [
        (50.0, 179.99),
        (-16.0, 179.995),
        (86.5, 20.0),
        (0.0, -0.01),
        (-0.0001, 0.0),
    ] {
        let mut receiver = Receiver::new(ReceiverSettings::default());
        let mut given = 0;
        for second in 0..20 {
            let lon = from.1 + 0.001 * second as f64;
            let at = (from.0, if lon >= 180.0 { lon - 360.0 } else { lon });
            let got = placed(receiver.receive(second * S, &position(at, second % 2 == 1)));
            assert!(
                got.is_none() || near(got, at),
                "{second} s: {got:?} is not {at:?}"
            );
            given += usize::from(got.is_some());
        }
        assert!(given >= 16, "{from:?}: {given}");
    }
}

#[test]
fn aircraft_on_the_ground_need_a_reference_or_a_flight_before() {
    let at = (50.033, 8.570);
    let frame =
        |odd| encode::surface_position(ICAO24, at, Some(5.0), Some(70.0), 6, odd).expect("encodes");
    let mut lost = Receiver::new(ReceiverSettings::default());
    let mut sited = Receiver::new(ReceiverSettings {
        reference_deg: Some((50.2, 8.9)),
        ..ReceiverSettings::default()
    });
    for second in 0..6 {
        let frame = frame(second % 2 == 1);
        assert_eq!(lost.receive(second * S, &frame), None);
        let got = sited.receive(second * S, &frame);
        assert_eq!(got.is_some(), second >= 3, "{second}");
        if let Some(Message {
            kind: MessageKind::Position(position),
            ..
        }) = got
        {
            assert!(position.on_ground && near(Some((position.lat_deg, position.lon_deg)), at));
            assert!((position.ground_speed_mps.expect("speed") - 5.0).abs() < 0.5);
            assert!((position.ground_track_deg.expect("track") - 70.0).abs() < 1.5);
        }
    }
    assert_eq!(lost.counters().surface_without_reference, 6);
    let mut landed = Receiver::new(ReceiverSettings::default());
    let approach = (at.0, at.1 - 0.02);
    fly(&mut landed, approach, 0..10);
    assert!(near(placed(landed.receive(11 * S, &frame(false))), at));
}

#[test]
fn accuracy_follows_version_and_status() {
    let mut receiver = Receiver::new(ReceiverSettings::default());
    fly(&mut receiver, (50.0, 8.0), 0..4);
    let quality = |receiver: &mut Receiver, second: i64| {
        let frame = position((50.0, 8.0 + 0.002 * second as f64), second % 2 == 1);
        let Some(Message {
            kind: MessageKind::Position(position),
            ..
        }) = receiver.receive(second * S, &frame)
        else {
            panic!("no position")
        };
        (
            position.nic,
            position.containment_m.map(f64::round),
            position.nac_p,
            position.accuracy_95_m.map(f64::round),
        )
    };
    assert_eq!(
        quality(&mut receiver, 4),
        (7, Some(185.0), None, Some(93.0))
    );
    assert_eq!(
        receiver.receive(
            4 * S,
            &encode::operational_status(ICAO24, 10).expect("encodes")
        ),
        None
    );
    assert_eq!(
        quality(&mut receiver, 5),
        (8, Some(185.0), Some(10), Some(10.0))
    );
}

#[test]
fn velocity_is_read_with_its_source_and_its_absences() {
    // Sun, "The 1090 Megahertz Riddle", airborne velocity: 159 kt, track 182.88°, −832 ft/min from GNSS; subtype 3 is airspeed.
    for (what, frame, expected) in [
        (
            "subtype 1",
            "8D485020994409940838175B284F",
            Some((-8.0, -159.0, Some((-832.0, AltitudeDatum::Ellipsoid)))),
        ),
        ("subtype 3", "8DA05F219B06B6AF189400CBC33F", None),
    ] {
        let bytes: Vec<u8> = (0..14)
            .map(|i| u8::from_str_radix(&frame[2 * i..2 * i + 2], 16).expect("hex"))
            .collect();
        let squitter::Body::Velocity(got) = squitter::decode(&bytes).expect("decodes").body else {
            panic!("{what}")
        };
        let knots = |mps: f64| (mps * 3600.0 / 1852.0 * 1000.0).round() / 1000.0;
        let got = got.map(|v| {
            let rate = v
                .vertical_rate
                .map(|rate| ((rate.up_mps / 0.3048 * 60.0).round(), rate.datum));
            (knots(v.ve_mps), knots(v.vn_mps), rate)
        });
        assert_eq!(got, expected, "{what}");
    }
    let rate = VerticalRate {
        up_mps: 5.0,
        datum: AltitudeDatum::Pressure,
    };
    let frame = encode::airborne_velocity(ICAO24, 100.0, -50.0, Some(rate), 1).expect("encodes");
    let decode = |frame: [u8; 14]| match squitter::decode(&sealed(frame)).expect("decodes").body {
        squitter::Body::Velocity(velocity) => velocity,
        other => panic!("{other:?}"),
    };
    let plain = decode(frame).expect("velocity");
    assert!((plain.ve_mps - 100.0).abs() < 0.3 && (plain.vn_mps + 50.0).abs() < 0.3);
    assert_eq!(
        plain.vertical_rate.expect("rate").datum,
        AltitudeDatum::Pressure
    );
    assert_eq!(plain.accuracy_95_mps, Some(10.0));
    let mut supersonic = frame;
    supersonic[4] = 19 << 3 | 2;
    assert!((decode(supersonic).expect("velocity").ve_mps - 4.0 * plain.ve_mps).abs() < 1e-9);
    // East–west size 0: not known; either sign. 1023: more than can be said.
    for (b5, b6) in [(0x00, 0x00), (0x04, 0x00), (0x03, 0xFF)] {
        let mut unknown = frame;
        unknown[5] = unknown[5] & 0xF8 | b5;
        unknown[6] = b6;
        assert_eq!(decode(unknown), None, "{b5:x} {b6:x}");
    }
}

#[test]
fn addresses_are_told_apart() {
    let frame = encode::identification(
        ICAO24,
        "TEST1",
        EmitterCategory {
            set: 'A',
            number: 1,
        },
    )
    .expect("encodes");
    for (first, expected) in [
        (17 << 3 | 5, Some(Address::AdsbIcao)),
        (18 << 3, Some(Address::AdsbIcaoNonTransponder)),
        (18 << 3 | 1, Some(Address::AdsbOther)),
        (18 << 3 | 2, Some(Address::TisbIcao)),
        (18 << 3 | 3, None),
        (18 << 3 | 4, None),
        (18 << 3 | 5, Some(Address::TisbOther)),
        (18 << 3 | 6, Some(Address::AdsrIcao)),
        (18 << 3 | 7, None),
        (19 << 3, None),
    ] {
        let mut frame = frame;
        frame[0] = first;
        let got = Receiver::new(ReceiverSettings::default())
            .receive(0, &sealed(frame))
            .map(|message| message.address);
        assert_eq!(got, expected, "first byte {first:02x}");
    }
}

#[test]
fn the_table_is_bounded_and_forgets_the_silent() {
    let settings = ReceiverSettings {
        aircraft_max: 3,
        silence_max_ns: 60 * S,
        ..ReceiverSettings::default()
    };
    let mut receiver = Receiver::new(settings);
    let named = |icao24| {
        encode::identification(
            icao24,
            "X",
            EmitterCategory {
                set: 'A',
                number: 0,
            },
        )
        .expect("encodes")
    };
    fly(&mut receiver, (50.0, 8.0), 0..10);
    for icao24 in 1..100 {
        assert!(receiver.receive(10 * S, &named(icao24)).is_some());
        assert!(receiver.aircraft_count() <= 3);
    }
    // The one with a place was kept through the flood.
    assert!(fly(&mut receiver, (50.0, 8.0), 11..12)[0].is_some());
    receiver.receive(200 * S, &named(7));
    assert_eq!(receiver.aircraft_count(), 1);
    let mut full = Receiver::new(ReceiverSettings {
        aircraft_max: 1,
        ..settings
    });
    fly(&mut full, (50.0, 8.0), 0..10);
    assert_eq!(full.receive(10 * S, &named(5)), None);
    assert_eq!(full.counters().table_full, 1);
}

#[test]
fn every_frame_is_counted_once() {
    let mut receiver = Receiver::new(ReceiverSettings::default());
    fly(&mut receiver, (50.0, 8.0), 0..10);
    let mut damaged = position((50.0, 8.0), false);
    damaged[7] ^= 1;
    for frame in [
        &damaged[..],
        &[0; 2],
        &[0x5D; 7],
        &sealed([0x8D, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        &[],
    ] {
        assert_eq!(receiver.receive(10 * S, frame), None);
    }
    let c = receiver.counters();
    assert_eq!(
        (c.parity_failed, c.other_formats, c.payload_refused),
        (1, 3, 1)
    );
    let sum = c.other_formats
        + c.parity_failed
        + c.payload_refused
        + c.other_types
        + c.statuses
        + c.positions
        + c.velocities
        + c.identifications
        + c.positions_waiting
        + c.positions_implausible
        + c.surface_without_reference
        + c.table_full;
    assert_eq!(sum, c.frames);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn no_squitter_panics_and_positions_stay_on_the_globe(
        frames in proptest::collection::vec((any::<[u8; 14]>(), any::<bool>(), 0u8..8, 0u32..4, any::<i64>()), 1..60),
        orderly: bool,
    ) {
        let mut receiver = Receiver::new(ReceiverSettings { aircraft_max: 3, reference_deg: Some((50.0, 179.0)), ..ReceiverSettings::default() });
        for (place, (mut frame, tisb, control, icao24, time_ns)) in frames.into_iter().enumerate() {
            frame[0] = if tisb { 18 << 3 | control } else { 17 << 3 | control };
            frame[1..4].copy_from_slice(&icao24.to_be_bytes()[1..]);
            let time_ns = if orderly { place as i64 * S } else { time_ns };
            if let Some(Message { kind: MessageKind::Position(position), .. }) = receiver.receive(time_ns, &sealed(frame)) {
                prop_assert!((-90.0..=90.0).contains(&position.lat_deg) && (-180.0..180.0).contains(&position.lon_deg), "{position:?}");
            }
            prop_assert!(receiver.aircraft_count() <= 3);
        }
    }
}

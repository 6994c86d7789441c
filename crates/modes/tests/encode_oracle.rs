//! The encoder against `rs1090` as the oracle: what is encoded from the formulas must decode to what was meant.

use lapwing_modes::encode;
use lapwing_modes::{Altitude, AltitudeDatum, EmitterCategory, VerticalRate};
use proptest::prelude::*;
use rs1090::decode::bds::bds09::AirborneVelocitySubType;
use rs1090::decode::cpr;
use rs1090::prelude::*;

const KNOT_MPS: f64 = 1852.0 / 3600.0;
const ICAO24: u32 = 0x4B_1A2C;

fn decoded(frame: &[u8; 14]) -> ME {
    let (_, message) = Message::from_bytes((frame, 0)).expect("rs1090 reads the frame");
    assert_eq!(message.crc, 0);
    let ExtendedSquitterADSB(squitter) = message.df else {
        panic!("not DF17")
    };
    assert_eq!(squitter.icao24.0, ICAO24);
    squitter.message
}

/// Metres between two places, on a sphere with the longitude's difference taken round the globe.
fn distance_m((lat_a, lon_a): (f64, f64), (lat_b, lon_b): (f64, f64)) -> f64 {
    let lon_difference = (lon_b - lon_a + 540.0).rem_euclid(360.0) - 180.0;
    let east = lon_difference.to_radians() * lat_a.to_radians().cos();
    (lat_b - lat_a).to_radians().hypot(east) * 6_371_000.0
}

fn airborne(lat_deg: f64, lon_deg: f64, odd: bool) -> AirbornePosition {
    let frame =
        encode::airborne_position(ICAO24, (lat_deg, lon_deg), None, 11, odd).expect("encodes");
    match decoded(&frame) {
        ME::BDS05 { inner, .. } => inner,
        other => panic!("not an airborne position: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

    #[test]
    fn airborne_positions_come_back_within_10_m(lat in -89.9f64..89.9, lon in -180.0f64..180.0, latest_odd: bool) {
        let (before, latest) = (airborne(lat, lon, !latest_odd), airborne(lat, lon, latest_odd));
        // Within metres of a zone boundary even and odd round to either side of it, and no pair decodes.
        if let Some(position) = cpr::airborne_position(&before, &latest) {
            let error_m = distance_m((lat, lon), (position.latitude, position.longitude));
            prop_assert!(error_m < 10.0, "global: {error_m} m");
        }
        let near = cpr::airborne_position_with_reference(&latest, lat, lon);
        let near = near.expect("decodes near itself");
        let error_m = distance_m((lat, lon), (near.latitude, near.longitude));
        prop_assert!(error_m < 10.0, "local: {error_m} m");
    }

    #[test]
    fn surface_positions_come_back_within_3_m(lat in -85.0f64..85.0, lon in -180.0f64..180.0, odd: bool, knots in 0.0f64..174.9, track in 0.0f64..360.0) {
        let frame = encode::surface_position(ICAO24, (lat, lon), Some(knots * KNOT_MPS), Some(track), 6, odd).expect("encodes");
        let ME::BDS06 { inner, .. } = decoded(&frame) else { panic!("not a surface position") };
        let position = cpr::surface_position_with_reference(&inner, lat, lon).expect("decodes near itself");
        let error_m = distance_m((lat, lon), (position.latitude, position.longitude));
        prop_assert!(error_m < 3.0, "{error_m} m");
        let speed = inner.groundspeed.expect("speed");
        // The published step at each speed; what is sent is the step's lower end.
        let step = match knots {
            _ if knots < 1.0 => 0.125,
            _ if knots < 2.0 => 0.25,
            _ if knots < 15.0 => 0.5,
            _ if knots < 70.0 => 1.0,
            _ if knots < 100.0 => 2.0,
            _ => 5.0,
        };
        prop_assert!((-1e-9..step + 1e-9).contains(&(knots - speed)), "{knots} kt came back as {speed}");
        let turn = (inner.track.expect("track") - track + 540.0).rem_euclid(360.0) - 180.0;
        prop_assert!(turn.abs() <= 360.0 / 256.0 + 1e-9, "{track}° came back off by {turn}");
    }

    #[test]
    fn heights_come_back_within_half_a_step(height_m in -304.0f64..15_290.0, ellipsoid: bool) {
        let (datum, type_code) = if ellipsoid { (AltitudeDatum::Ellipsoid, 20) } else { (AltitudeDatum::Pressure, 11) };
        let frame = encode::airborne_position(ICAO24, (50.0, 8.0), Some(Altitude { height_m, datum }), type_code, false).expect("encodes");
        let ME::BDS05 { inner, tc } = decoded(&frame) else { panic!("not an airborne position") };
        prop_assert_eq!(tc, type_code);
        let feet = f64::from(inner.alt.expect("height"));
        prop_assert!((feet * 0.3048 - height_m).abs() <= 12.5 * 0.3048 + 1e-6, "{height_m} m came back as {feet} ft");
    }

    #[test]
    fn velocities_come_back_within_half_a_knot(ve in -525.0f64..525.0, vn in -525.0f64..525.0, up in -165.0f64..165.0) {
        let rate = VerticalRate { up_mps: up, datum: AltitudeDatum::Pressure };
        let frame = encode::airborne_velocity(ICAO24, ve, vn, Some(rate), 2).expect("encodes");
        let ME::BDS09(velocity) = decoded(&frame) else { panic!("not a velocity") };
        let AirborneVelocitySubType::GroundSpeedDecoding(ground) = velocity.velocity else { panic!("not over ground") };
        prop_assert!((ground.ew_vel * KNOT_MPS - ve).abs() <= 0.5 * KNOT_MPS + 1e-9);
        prop_assert!((ground.ns_vel * KNOT_MPS - vn).abs() <= 0.5 * KNOT_MPS + 1e-9);
        let up_back = f64::from(velocity.vertical_rate.expect("rate")) * 0.3048 / 60.0;
        prop_assert!((up_back - up).abs() <= 32.0 * 0.3048 / 60.0 + 1e-9, "{up} came back as {up_back}");
        prop_assert_eq!(velocity.nac_v, 2);
    }

    #[test]
    fn callsigns_come_back(callsign in "[A-Z][A-Z0-9]{0,7}", number in 0u8..8, set in 0usize..4) {
        let category = EmitterCategory { set: ['A', 'B', 'C', 'D'][set], number };
        let frame = encode::identification(ICAO24, &callsign, category).expect("encodes");
        let ME::BDS08 { inner, .. } = decoded(&frame) else { panic!("not an identification") };
        prop_assert_eq!(inner.callsign, callsign);
        prop_assert_eq!(inner.ca, number);
        prop_assert_eq!(inner.tc as usize, 4 - set);
    }
}

#[test]
fn pairs_decode_nearly_everywhere() {
    let (mut pairs, mut decoded) = (0, 0);
    for lat in -89..=89 {
        for lon in (-180..180).step_by(7) {
            let (lat, lon) = (f64::from(lat) + 0.123, f64::from(lon) + 0.456);
            pairs += 1;
            decoded += usize::from(
                cpr::airborne_position(&airborne(lat, lon, false), &airborne(lat, lon, true))
                    .is_some(),
            );
        }
    }
    assert_eq!(decoded, pairs);
}

#[test]
fn the_published_pair_is_encoded_bit_for_bit() {
    // Sun, "The 1090 Megahertz Riddle", airborne position: 8D40621D58C382D690C8AC2863A7 (even) lies at 52.2572° N, 3.91937° E, 38,000 ft.
    let altitude = Altitude {
        height_m: 38_000.0 * 0.3048,
        datum: AltitudeDatum::Pressure,
    };
    let frame = encode::airborne_position(
        0x40_621D,
        (52.257_202, 3.919_373),
        Some(altitude),
        11,
        false,
    )
    .expect("encodes");
    assert_eq!(
        frame.map(|byte| format!("{byte:02X}")).concat(),
        "8D40621D58C382D690C8AC2863A7"
    );
    // The same, aircraft identification: KLM1023, category set A, number 0.
    let frame = encode::identification(
        0x48_40D6,
        "KLM1023",
        EmitterCategory {
            set: 'A',
            number: 0,
        },
    )
    .expect("encodes");
    assert_eq!(
        frame.map(|byte| format!("{byte:02X}")).concat(),
        "8D4840D6202CC371C32CE0576098"
    );
}

#[test]
fn what_cannot_be_said_is_refused() {
    let pressure = |height_m| {
        Some(Altitude {
            height_m,
            datum: AltitudeDatum::Pressure,
        })
    };
    let a0 = EmitterCategory {
        set: 'A',
        number: 0,
    };
    for (what, result) in [
        (
            "latitude",
            encode::airborne_position(1, (90.1, 0.0), None, 11, false),
        ),
        (
            "not a number",
            encode::airborne_position(1, (f64::NAN, 0.0), None, 11, false),
        ),
        (
            "longitude",
            encode::airborne_position(1, (0.0, 181.0), None, 11, false),
        ),
        (
            "height",
            encode::airborne_position(1, (0.0, 0.0), pressure(16_000.0), 11, false),
        ),
        (
            "height is no number",
            encode::airborne_position(1, (0.0, 0.0), pressure(f64::NAN), 11, false),
        ),
        (
            "datum",
            encode::airborne_position(1, (0.0, 0.0), pressure(100.0), 20, false),
        ),
        (
            "address 0",
            encode::airborne_position(0, (0.0, 0.0), None, 11, false),
        ),
        (
            "address too long",
            encode::airborne_position(0x100_0000, (0.0, 0.0), None, 11, false),
        ),
        ("speed", encode::airborne_velocity(1, 600.0, 0.0, None, 0)),
        (
            "speed is no number",
            encode::airborne_velocity(1, f64::NAN, 0.0, None, 0),
        ),
        (
            "callsign too long",
            encode::identification(1, "ABCDEFGHI", a0),
        ),
        (
            "callsign in small letters",
            encode::identification(1, "abc", a0),
        ),
        (
            "category",
            encode::identification(
                1,
                "A",
                EmitterCategory {
                    set: 'E',
                    number: 0,
                },
            ),
        ),
        (
            "ground speed",
            encode::surface_position(1, (0.0, 0.0), Some(100.0), None, 6, false),
        ),
    ] {
        assert!(result.is_err(), "{what}: {result:?}");
    }
}

//! The recording in the `rs1090` package plays through: 172,432 frames over 7,065 s, two aircraft of which it holds positions in flight.
//!
//! The file is read from the package where cargo unpacked it; without it these tests say SKIPPED and pass.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rs1090::decode::cpr::{AircraftState, decode_position};
use rs1090::prelude::{DekuContainerRead, ExtendedSquitterADSB, ICAO, ME, Message as Oracle};

use lapwing_modes::{
    BeastClock, CounterKind, Deframed, Frame, InputForm, MessageKind, Receiver, ReceiverSettings,
    beast, timed_csv,
};

fn recording() -> Option<Vec<u8>> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let found = home.and_then(|home| {
        let registries = std::fs::read_dir(home.join("registry/src")).ok()?;
        registries
            .flatten()
            .map(|registry| registry.path().join("rs1090-0.7.0/data/long_flight.csv"))
            .find(|path| path.is_file())
    });
    let Some(path) = found else {
        eprintln!("SKIPPED: no rs1090-0.7.0/data/long_flight.csv in cargo's registry/src");
        return None;
    };
    Some(std::fs::read(path).expect("readable"))
}

fn frames(content: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut deframer = timed_csv::Deframer::new();
    let mut take = |event| match event {
        Deframed::Frame(frame) => frames.push(frame),
        Deframed::Skipped(skipped) => panic!("{skipped}"),
    };
    // Odd pieces, as a file read in blocks gives them.
    for chunk in content.chunks(4093) {
        deframer.push(chunk, &mut take);
    }
    deframer.finish(&mut take);
    frames
}

#[test]
fn positions_are_complete_and_nothing_jumps() {
    let Some(content) = recording() else { return };
    assert_eq!(
        InputForm::recognise(&content[..600]),
        Some(InputForm::TimedCsv)
    );
    let frames = frames(&content);
    assert_eq!(frames.len(), 172_432);

    let mut receiver = Receiver::new(ReceiverSettings::default());
    let mut oracle = OracleState::default();
    let mut last: BTreeMap<u32, (i64, f64, f64)> = BTreeMap::new();
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    let mut compared = 0;
    for frame in &frames {
        let time_ns = frame.time_ns.expect("CSV has times");
        let by_oracle = oracle.position(time_ns, frame.payload());
        let Some(message) = receiver.receive(time_ns, frame.payload()) else {
            continue;
        };
        let MessageKind::Position(position) = message.kind else {
            continue;
        };
        *counts.entry(message.icao24).or_default() += 1;
        let here = (time_ns, position.lat_deg, position.lon_deg);
        if let Some((lat, lon)) = by_oracle {
            let apart_m = distance_m((time_ns, lat, lon), here);
            assert!(
                apart_m < 1.0,
                "{:06x} at {here:?}: rs1090 has {lat}, {lon}, {apart_m} m away",
                message.icao24
            );
            compared += 1;
        }
        if let Some(before) = last.insert(message.icao24, here) {
            // Airliners: 300 m/s over ground; 200 m for what two reports and their reception times err by.
            let elapsed_s = (here.0 - before.0) as f64 / 1e9;
            let moved_m = distance_m(before, here);
            assert!(
                moved_m <= 200.0 + 300.0 * elapsed_s,
                "{:06x}: {moved_m} m in {elapsed_s} s",
                message.icao24
            );
        }
    }
    assert_eq!(
        counts,
        BTreeMap::from([(0x39_8101, 33), (0x48_6257, 11_414)])
    );
    // rs1090 allows no slack for reception times and refuses 105 positions half a second apart at more than 1,200 km/h.
    assert_eq!(compared, 11_447 - 105);
    let counters = receiver.counters();
    assert_eq!(
        (
            counters.frames,
            counters.positions,
            counters.positions_waiting
        ),
        (172_432, 11_447, 8)
    );
    assert_eq!(
        (
            counters.positions_implausible,
            counters.parity_failed,
            counters.payload_refused
        ),
        (0, 0, 0)
    );
    assert_eq!(
        (
            counters.velocities,
            counters.identifications,
            counters.statuses
        ),
        (10_450, 1_328, 2_569)
    );

    // Most of what taxies is at Schiphol; with it as the place known to be near, aircraft never heard in flight are placed.
    let airport = (0, 52.31, 4.76);
    let mut sited = Receiver::new(ReceiverSettings {
        reference_deg: Some((airport.1, airport.2)),
        ..ReceiverSettings::default()
    });
    let mut on_ground: BTreeMap<u32, (u64, f64)> = BTreeMap::new();
    for frame in &frames {
        let Some(message) = sited.receive(frame.time_ns.expect("times"), frame.payload()) else {
            continue;
        };
        if let MessageKind::Position(position) = message.kind
            && position.on_ground
        {
            let (count, far_m) = on_ground.entry(message.icao24).or_default();
            *count += 1;
            *far_m = far_m.max(distance_m(airport, (0, position.lat_deg, position.lon_deg)));
        }
    }
    // Of the others, at airports further than the reference may serve, even and odd reports disagree, and nothing is given out.
    // 398101 landed far away, placed from its flight.
    on_ground.remove(&0x39_8101);
    for (icao24, (_, far_m)) in &on_ground {
        assert!(*far_m < 5_000.0, "{icao24:06x}: {far_m} m from the airport");
    }
    assert_eq!((on_ground.len(), sited.counters().positions), (8, 11_602));
}

fn distance_m(a: (i64, f64, f64), b: (i64, f64, f64)) -> f64 {
    let north = (b.1 - a.1).to_radians();
    let east = (b.2 - a.2).to_radians() * a.1.to_radians().cos();
    north.hypot(east) * 6_371_000.0
}

/// `rs1090`'s own memory and plausibility checks, as an independent opinion on positions.
#[derive(Default)]
struct OracleState {
    aircraft: BTreeMap<ICAO, AircraftState>,
}

impl OracleState {
    fn position(&mut self, time_ns: i64, payload: &[u8]) -> Option<(f64, f64)> {
        if payload.first()? >> 3 != 17 {
            return None;
        }
        let (_, message) = Oracle::from_bytes((payload, 0)).ok()?;
        let ExtendedSquitterADSB(mut squitter) = message.df else {
            return None;
        };
        decode_position(
            &mut squitter.message,
            time_ns as f64 / 1e9,
            &squitter.icao24,
            &mut self.aircraft,
            &mut None,
            &None,
        );
        match squitter.message {
            ME::BDS05 { inner, .. } => inner.latitude.zip(inner.longitude),
            ME::BDS06 { inner, .. } => inner.latitude.zip(inner.longitude),
            _ => None,
        }
    }
}

#[test]
fn the_counter_keeps_the_time_of_reception() {
    let Some(content) = recording() else { return };
    let frames = frames(&content);
    let first_ns = frames
        .first()
        .and_then(|frame| frame.time_ns)
        .expect("times");
    let mut clock = BeastClock::anchored(CounterKind::Ticks12Mhz, first_ns);
    let mut off_max_ns = 0;
    let mut stream = Vec::new();
    for frame in &frames {
        let counter = frame.counter.expect("Beast rows have counters");
        beast::encode(
            frame.payload(),
            counter,
            frame.signal.unwrap_or(0),
            &mut stream,
        );
        off_max_ns = off_max_ns.max((clock.time(counter) - frame.time_ns.expect("times")).abs());
    }
    // The file's times were made from the counter, rounded to 1 µs.
    assert!(off_max_ns <= 1_000, "{off_max_ns} ns");

    // The same frames as a Beast stream: recognised, and framed alike.
    assert_eq!(InputForm::recognise(&stream), Some(InputForm::Beast));
    let mut place = 0;
    let mut deframer = beast::Deframer::new();
    for chunk in stream.chunks(1460) {
        deframer.push(chunk, |event| match event {
            Deframed::Frame(frame) => {
                assert_eq!(
                    (frame.payload(), frame.counter),
                    (frames[place].payload(), frames[place].counter)
                );
                place += 1;
            }
            Deframed::Skipped(skipped) => panic!("{skipped}"),
        });
    }
    assert_eq!((place, deframer.skipped_bytes()), (frames.len(), 0));
}

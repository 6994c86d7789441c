//! The recording in the `rs1090` package plays through: 172,432 frames over 7,065 s, heard in central France.
//!
//! The file is read from the package where cargo unpacked it; without it these tests say SKIPPED and pass.

use std::collections::BTreeMap;
use std::path::PathBuf;

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
    let mut last: BTreeMap<u32, (i64, f64, f64)> = BTreeMap::new();
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    let mut names: BTreeMap<u32, String> = BTreeMap::new();
    let mut speed_max_mps = 0f64;
    for frame in &frames {
        let time_ns = frame.time_ns.expect("CSV has times");
        let Some(message) = receiver.receive(time_ns, frame.payload()) else {
            continue;
        };
        match message.kind {
            MessageKind::Position(position) => {
                *counts.entry(message.icao24).or_default() += 1;
                let here = (time_ns, position.lat_deg, position.lon_deg);
                if let Some(before) = last.insert(message.icao24, here) {
                    let north_m = (here.1 - before.1).to_radians() * 6_371_000.0;
                    let east_m =
                        (here.2 - before.2).to_radians() * 6_371_000.0 * here.1.to_radians().cos();
                    let elapsed_s = (here.0 - before.0) as f64 / 1e9;
                    // 100 m for what reports and reception times err by.
                    speed_max_mps =
                        speed_max_mps.max((north_m.hypot(east_m) - 100.0) / elapsed_s.max(0.05));
                }
            }
            MessageKind::Identification(identification) => {
                names.extend(
                    identification
                        .callsign
                        .map(|callsign| (message.icao24, callsign)),
                );
            }
            MessageKind::Velocity(_) => {}
        }
    }
    println!("{:?}", receiver.counters());
    println!("{counts:x?} {names:x?} fastest {speed_max_mps} m/s");
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
    println!("counter against reception: {off_max_ns} ns at most");

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

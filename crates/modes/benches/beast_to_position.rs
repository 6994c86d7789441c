//! How fast one core turns a Beast stream into claims, and where the time goes. `cargo bench -p lapwing-modes`
//!
//! The stream is made: 200 aircraft for 30 s, each second two positions, two velocities, and now and then who they are.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use lapwing_modes::{
    Altitude, AltitudeDatum, BeastClock, CounterKind, Deframed, EmitterCategory, Frame,
    MessageKind, Receiver, ReceiverSettings, beast, encode, parity, squitter,
};

fn main() {
    divan::main();
}

fn stream() -> Vec<u8> {
    let mut out = Vec::new();
    let altitude = Some(Altitude {
        height_m: 3000.0,
        datum: AltitudeDatum::Pressure,
    });
    for half_second in 0..60u64 {
        for aircraft in 0..200u32 {
            let icao24 = 0x40_0000 + aircraft;
            let counter = half_second * 6_000_000 + u64::from(aircraft) * 20_000 + 1;
            let at = (
                48.0 + 0.01 * f64::from(aircraft),
                5.0 + 0.001 * half_second as f64,
            );
            let position =
                encode::airborne_position(icao24, at, altitude, 11, half_second % 2 == 1);
            let velocity = encode::airborne_velocity(icao24, 140.0, 0.0, None, 2);
            let mut frames = vec![position, velocity];
            if half_second % 10 == 0 {
                frames.push(encode::identification(
                    icao24,
                    "BENCH1",
                    EmitterCategory {
                        set: 'A',
                        number: 3,
                    },
                ));
                frames.push(encode::operational_status(icao24, 9));
            }
            for frame in frames.into_iter().flatten() {
                beast::encode(&frame, counter, 100, &mut out);
            }
        }
    }
    out
}

fn frames() -> Vec<Frame> {
    let mut frames = Vec::new();
    beast::Deframer::new().push(&stream(), |event| {
        if let Deframed::Frame(frame) = event {
            frames.push(frame);
        }
    });
    frames
}

/// Bytes to claims: everything; counted in position claims.
#[divan::bench]
fn stream_to_positions(bencher: Bencher) {
    let stream = stream();
    let run = || {
        let mut deframer = beast::Deframer::new();
        let mut clock = BeastClock::anchored(CounterKind::Ticks12Mhz, 0);
        let mut receiver = Receiver::new(ReceiverSettings::default());
        let mut positions = 0usize;
        for chunk in stream.chunks(1460) {
            deframer.push(chunk, |event| {
                if let Deframed::Frame(frame) = event {
                    let time_ns = clock.time(frame.counter.unwrap_or(0));
                    let message = receiver.receive(time_ns, frame.payload());
                    positions += usize::from(matches!(
                        message.map(|m| m.kind),
                        Some(MessageKind::Position(_))
                    ));
                }
            });
        }
        positions
    };
    bencher.counter(ItemsCount::new(run())).bench_local(run);
}

/// Frames to claims: parity, fields and memory; counted in frames.
#[divan::bench]
fn frames_to_claims(bencher: Bencher) {
    let frames = frames();
    bencher
        .counter(ItemsCount::new(frames.len()))
        .bench_local(|| {
            let mut receiver = Receiver::new(ReceiverSettings::default());
            frames
                .iter()
                .enumerate()
                .filter_map(|(i, frame)| receiver.receive(i as i64 * 1_000_000, frame.payload()))
                .count()
        });
}

/// Bytes to frames only.
#[divan::bench]
fn deframe(bencher: Bencher) {
    let stream = stream();
    bencher
        .counter(ItemsCount::new(frames().len()))
        .bench_local(|| {
            let mut count = 0;
            beast::Deframer::new().push(&stream, |event| {
                count += usize::from(matches!(black_box(event), Deframed::Frame(_)));
            });
            count
        });
}

/// Parity only.
#[divan::bench]
fn parity_check(bencher: Bencher) {
    let frames = frames();
    bencher
        .counter(ItemsCount::new(frames.len()))
        .bench_local(|| {
            frames
                .iter()
                .filter(|frame| parity::syndrome(black_box(frame.payload())) == Some(0))
                .count()
        });
}

/// Parity and fields, without memory.
#[divan::bench]
fn payload(bencher: Bencher) {
    let frames = frames();
    bencher
        .counter(ItemsCount::new(frames.len()))
        .bench_local(|| {
            frames
                .iter()
                .filter(|frame| black_box(squitter::decode(frame.payload())).is_ok())
                .count()
        });
}

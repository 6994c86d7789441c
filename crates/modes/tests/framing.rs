//! Framing: whole streams, any chunking, damage.

use lapwing_modes::{Deframed, Frame, InputForm, SkipReason, avr, beast, timed_csv};
use proptest::prelude::*;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex"))
        .collect()
}

fn deframe(chunks: &[&[u8]]) -> Vec<Deframed> {
    let mut deframer = beast::Deframer::new();
    let mut events = Vec::new();
    for chunk in chunks {
        deframer.push(chunk, |event| events.push(event));
    }
    deframer.finish(|event| events.push(event));
    events
}

fn frames(events: &[Deframed]) -> Vec<Frame> {
    events
        .iter()
        .filter_map(|event| {
            if let Deframed::Frame(frame) = event {
                Some(*frame)
            } else {
                None
            }
        })
        .collect()
}

/// Bytes that a frame took in the stream.
fn encoded_length(frame: &Frame) -> u64 {
    let mut out = Vec::new();
    assert!(beast::encode(
        frame.payload(),
        frame.counter.unwrap_or(0),
        frame.signal.unwrap_or(0),
        &mut out
    ));
    out.len() as u64
}

#[test]
fn escapes_are_undone_and_offsets_counted() {
    // Counter and payload both hold 0x1A, doubled in the stream.
    let stream = bytes("ffff1a321a1a000000000140051a1aa0b7c19fe2");
    let events = deframe(&[&stream]);
    let [Deframed::Skipped(_), Deframed::Frame(frame)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(frame.offset, 2);
    assert_eq!(frame.counter, Some(0x1A00_0000_0001));
    assert_eq!(frame.signal, Some(0x40));
    assert_eq!(frame.payload(), bytes("051aa0b7c19fe2").as_slice());
}

#[test]
fn damage_is_skipped_and_said() {
    let good = bytes("1a320000000000014002e197b00179c3");
    let length = good.len() as u64;
    for (what, before, between, expected) in [
        (
            "garbage before",
            vec![1, 2, 3],
            vec![],
            vec![(0, 3, SkipReason::NoFrameStart)],
        ),
        (
            "a frame cut short",
            vec![],
            vec![0x1A, b'3', 0, 0, 0],
            vec![(length, 5, SkipReason::CutShort)],
        ),
        (
            "another type",
            vec![],
            vec![0x1A, b'4', 9, 9, 9],
            vec![(length, 5, SkipReason::OtherType(b'4'))],
        ),
        (
            "a lone escaped escape",
            vec![0x1A, 0x1A, 7],
            vec![],
            vec![(0, 3, SkipReason::NoFrameStart)],
        ),
    ] {
        let stream = [before, good.clone(), between, good.clone()].concat();
        let events = deframe(&[&stream]);
        let skipped: Vec<_> = events
            .iter()
            .filter_map(|event| {
                if let Deframed::Skipped(s) = event {
                    Some((s.offset, s.bytes, s.reason))
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(skipped, expected, "{what}");
        assert_eq!(frames(&events).len(), 2, "{what}");
    }
    let events = deframe(&[&good[..5]]);
    assert!(
        matches!(events.as_slice(), [Deframed::Skipped(s)] if s.reason == SkipReason::Truncated && s.bytes == 5),
        "{events:?}"
    );
}

#[test]
fn text_lines_are_read_or_refused_with_the_reason() {
    for (line, expected) in [
        ("*8D4840D6202CC371C32CE0576098;", Ok((None, None))),
        ("*02E197B00179C3;", Ok((None, None))),
        (
            "@0000000000018D4840D6202CC371C32CE0576098;",
            Ok((Some(1), None)),
        ),
        (
            "<0000000000021A8D4840D6202CC371C32CE0576098;",
            Ok((Some(2), Some(0x1A))),
        ),
        (
            "*8D4840D6202CC371C32CE0576098",
            Err("no semicolon at the end"),
        ),
        ("*8D4840D6;", Err("the frame has not 2, 7 or 14 bytes")),
        (
            "*8D4;",
            Err("not an even number of hexadecimal digits, or too many"),
        ),
        ("@00;", Err("counter cut short")),
        ("#00;", Err("does not start with *, :, @, % or <")),
    ] {
        let got = avr::parse_line(line.as_bytes()).map(|frame| (frame.counter, frame.signal));
        assert_eq!(got, expected, "{line}");
    }
    let row = b"1698140962.171425,1a33000023bb50f025903907dbc1b50fca1ad701efd570";
    let frame = timed_csv::parse_row(row).expect("reads");
    assert_eq!(
        (frame.time_ns, frame.counter, frame.signal),
        (
            Some(1_698_140_962_171_425_000),
            Some(0x23BB_50F0),
            Some(0x25)
        )
    );
    assert_eq!(
        frame.payload(),
        bytes("903907dbc1b50fca1ad701efd570").as_slice()
    );
}

#[test]
fn lines_too_long_are_skipped_whole() {
    let stream = format!(
        "*{};\r\n*02E197B00179C3;\r\n\r\n*02E197B00179C3;",
        "0".repeat(5000)
    );
    let mut events = Vec::new();
    let mut deframer = avr::Deframer::new();
    deframer.push(stream.as_bytes(), |event| events.push(event));
    deframer.finish(|event| events.push(event));
    let [
        Deframed::Skipped(skipped),
        Deframed::Frame(first),
        Deframed::Frame(second),
    ] = events.as_slice()
    else {
        panic!("{events:?}")
    };
    assert_eq!(
        (skipped.offset, skipped.bytes, skipped.reason),
        (0, 5004, SkipReason::LineTooLong)
    );
    assert_eq!((first.offset, second.offset), (5004, 5004 + 20));
}

#[test]
fn forms_are_recognised_by_content() {
    let mut beast_bytes = vec![0x55; 9];
    for counter in 0..20 {
        beast::encode(
            &bytes("8D4840D6202CC371C32CE0576098"),
            1000 + counter,
            0x1A,
            &mut beast_bytes,
        );
    }
    let row = "1698140962.119813,1a32000023b1dda011210000bd6b441a\n";
    for (what, content, form) in [
        ("Beast", beast_bytes.clone(), Some(InputForm::Beast)),
        (
            "Beast cut at both ends",
            beast_bytes[20..200].to_vec(),
            Some(InputForm::Beast),
        ),
        (
            "AVR",
            b"*8D4840D6202CC371C32CE0576098;\n".to_vec(),
            Some(InputForm::Avr),
        ),
        (
            "AVR without a line end",
            b"*8D4840D6202CC371C32CE0576098;".to_vec(),
            Some(InputForm::Avr),
        ),
        (
            "CSV, cut",
            row.repeat(100).into_bytes()[..4500].to_vec(),
            Some(InputForm::TimedCsv),
        ),
        ("nothing", vec![], None),
        (
            "pcap",
            bytes("d4c3b2a1020004000000000000000000ffff000001000000"),
            None,
        ),
        ("text", b"time,lat,lon\n1,2,3\n".to_vec(), None),
        ("escapes only", vec![0x1A; 300], None),
        (
            "random",
            (0..4000u32)
                .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
                .collect(),
            None,
        ),
    ] {
        assert_eq!(InputForm::recognise(&content), form, "{what}");
    }
}

fn any_frame() -> impl Strategy<Value = (Vec<u8>, u64, u8)> {
    // Escape bytes are made frequent: they are what framing is about.
    let byte = prop_oneof![3 => any::<u8>(), 1 => Just(0x1A)];
    (
        prop_oneof![Just(2usize), Just(7), Just(14)],
        proptest::collection::vec(byte, 14),
        0u64..1 << 48,
        any::<u8>(),
    )
        .prop_map(|(length, mut payload, counter, signal)| {
            payload.truncate(length);
            (payload, counter, signal)
        })
}

fn cut<'a>(stream: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    places.extend([0, stream.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|pair| &stream[pair[0]..pair[1]])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn what_is_encoded_comes_back(sent in proptest::collection::vec(any_frame(), 0..20), cuts in proptest::collection::vec(any::<usize>(), 0..20)) {
        let mut stream = Vec::new();
        for (payload, counter, signal) in &sent {
            prop_assert!(beast::encode(payload, *counter, *signal, &mut stream));
        }
        let events = deframe(&cut(&stream, &cuts));
        let got: Vec<_> = frames(&events).iter().map(|f| (f.payload().to_vec(), f.counter.unwrap(), f.signal.unwrap())).collect();
        prop_assert_eq!(got.len(), events.len());
        prop_assert_eq!(got, sent);
    }

    #[test]
    fn no_damage_panics_and_every_byte_is_accounted_for_however_it_is_cut(
        sent in proptest::collection::vec(any_frame(), 1..20),
        damage in proptest::collection::vec((any::<usize>(), any::<u8>(), 0u8..3), 0..30),
        cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        let mut stream = Vec::new();
        for (payload, counter, signal) in &sent {
            beast::encode(payload, *counter, *signal, &mut stream);
        }
        for (place, byte, how) in damage {
            let place = place % (stream.len() + 1);
            match how {
                0 => stream.insert(place, byte),
                1 if place < stream.len() => stream[place] = byte,
                _ if place < stream.len() => { stream.remove(place); }
                _ => {}
            }
        }
        let whole = deframe(&[&stream]);
        prop_assert_eq!(&whole, &deframe(&cut(&stream, &cuts)));
        let accounted: u64 = whole.iter().map(|event| match event {
            Deframed::Frame(frame) => encoded_length(frame),
            Deframed::Skipped(skipped) => skipped.bytes,
        }).sum();
        prop_assert_eq!(accounted, stream.len() as u64);
        let mut place = 0;
        for event in &whole {
            let (offset, length) = match event {
                Deframed::Frame(frame) => (frame.offset, encoded_length(frame)),
                Deframed::Skipped(skipped) => (skipped.offset, skipped.bytes),
            };
            prop_assert_eq!(offset, place);
            place += length;
        }
    }

    #[test]
    fn text_forms_take_any_bytes_however_cut(stream in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'*'), Just(b';'), Just(b','), b'0'..=b'9'], 0..600), cuts in proptest::collection::vec(any::<usize>(), 0..9)) {
        let run = |chunks: &[&[u8]]| {
            let mut events = Vec::new();
            let (mut avr, mut csv) = (avr::Deframer::new(), timed_csv::Deframer::new());
            for chunk in chunks {
                avr.push(chunk, |event| events.push((0, event)));
            }
            avr.finish(|event| events.push((0, event)));
            for chunk in chunks {
                csv.push(chunk, |event| events.push((1, event)));
            }
            csv.finish(|event| events.push((1, event)));
            events
        };
        prop_assert_eq!(run(&[&stream]), run(&cut(&stream, &cuts)));
        let _ = InputForm::recognise(&stream);
    }
}

//! Single records and faults: what is read, what is said of the rest.

use lapwing_asterix::{
    Editions, EncodeError, Reason, RecordBuilder, RecordTree, Values, category, decode_datagram,
    encode_block, looks_like_asterix, record_to_json,
};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .chars()
        .filter_map(|c| c.to_digit(16))
        .map(|d| d as u8)
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

fn json(datagram: &[u8], editions: &Editions, values: Values) -> Vec<String> {
    let decoded = decode_datagram(datagram, editions);
    let object = |record| {
        let mut out = Vec::new();
        record_to_json(&record, values, &mut out);
        String::from_utf8(out).unwrap()
    };
    decoded.records().map(object).collect()
}

fn errors(datagram: &[u8]) -> Vec<String> {
    decode_datagram(datagram, &Editions::newest())
        .errors()
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// A valid system track that once crashed another decoder.
const CRASHER: &str = "3e005dbf4faf030246100067ad6000a28e8300401235fd8184060d91fd38fdee09480445011101002003f005ee85ee0000\
    dfe84610444c483235363544413331394d554c4c494544444d32d00605f001080d2d001805ee094804020020";

#[test]
fn the_record_that_crashed_another_decoder() {
    let datagram = bytes(CRASHER);
    assert_eq!(datagram.len(), 93);
    assert_eq!(errors(&datagram), [""; 0]);
    assert!(looks_like_asterix(&datagram));
    let [record] = &json(&datagram, &Editions::newest(), Values::Scaled)[..] else {
        panic!("one record")
    };
    let value: serde_json::Value = serde_json::from_str(record).unwrap();
    assert_eq!(value["060"]["MODE3A"], "4510");
    assert_eq!(value["390"]["CS"], "DLH2565");
    assert_eq!(value["390"]["DEP"], "ULLI");
    let decoded = decode_datagram(&datagram, &Editions::newest());
    let tree = RecordTree::from(decoded.records().next().unwrap());
    assert_eq!(tree.encode().unwrap(), datagram[3..]);
}

#[test]
fn json_in_three_modes() {
    // CAT048: 010, 140, 020 with one extension, 040, 070, 240, and a special purpose field.
    let mut builder = RecordBuilder::newest(48).unwrap();
    builder
        .set("010/SAC", 25)
        .unwrap()
        .set("010/SIC", 201)
        .unwrap()
        .set("020/TYP", 5)
        .unwrap();
    builder
        .set("070/MODE3A", "0012")
        .unwrap()
        .set("240", "A1")
        .unwrap()
        .set("110/3DH", -25)
        .unwrap();
    builder
        .set("250/0/BDS1", 4)
        .unwrap()
        .set("SP", &[0xAB_u8, 0x01][..])
        .unwrap();
    let mut datagram = Vec::new();
    encode_block([&builder.build()], &mut datagram).unwrap();
    let expected = [
        (
            Values::Scaled,
            r#"{"010":{"SAC":25,"SIC":201},"020":{"TYP":5,"SIM":0,"RDP":0,"SPI":0,"RAB":0},"070":{"V":0,"G":0,"L":0,"MODE3A":"0012"},"240":"A1","250":[{"MBDATA":0,"BDS1":4,"BDS2":0}],"110":{"3DH":-25},"SP":"ab01"}"#,
        ),
        (
            Values::Raw,
            r#"{"010":{"SAC":25,"SIC":201},"020":{"TYP":5,"SIM":0,"RDP":0,"SPI":0,"RAB":0},"070":{"V":0,"G":0,"L":0,"MODE3A":10},"240":7800206002208,"250":[{"MBDATA":0,"BDS1":4,"BDS2":0}],"110":{"3DH":16383},"SP":"ab01"}"#,
        ),
    ];
    for (values, text) in expected {
        assert_eq!(json(&datagram, &Editions::newest(), values), [text]);
    }
    let full = &json(&datagram, &Editions::newest(), Values::Full)[0];
    let full: serde_json::Value = serde_json::from_str(full).unwrap();
    assert_eq!(full["020"]["TYP"]["meaning"], "Single ModeS Roll-Call");
    assert_eq!(
        full["110"]["3DH"],
        serde_json::json!({"raw": 16383, "value": -25, "unit": "ft"})
    );
}

#[test]
fn faults_name_offset_item_and_reason() {
    for (hex, expected) in [
        ("", &[][..]),
        ("30", &["offset 0, category 048: the data ends early"][..]),
        (
            "300002",
            &["offset 0, category 048: data block length 2 does not fit"],
        ),
        (
            "300009 80 0102",
            &["offset 0, category 048: data block length 9 does not fit"],
        ),
        (
            "ff0004 80",
            &["offset 0, category 255: no definition for this category"],
        ),
        (
            "300004 00",
            &["offset 3, category 048: record without items"],
        ),
        (
            "300005 80 01",
            &["offset 5, category 048, item 010: the data ends early"],
        ),
        // The next data block is read all the same, faulty or not.
        (
            "300005 80 01 300004 ff",
            &[
                "offset 5, category 048, item 010: the data ends early",
                "offset 9, category 048: the data ends early",
            ],
        ),
        // 120 with its subfield RDS counting two where one is there.
        (
            "300010 01 01 04 40 02 0001 0002 0003 0004",
            &["offset 16, category 048, item 120/RDS: the data ends early"],
        ),
        // SP of length 0.
        (
            "300008 01 01 01 04 00",
            &["offset 7, category 048, item SP: explicit length of zero"],
        ),
        // 062 has no item 2.
        (
            "3e0004 40",
            &["offset 3, category 062: presence bit 2 has no item in this edition"],
        ),
        // 170 of 048 ends after its second octet.
        (
            "300007 01 02 0101",
            &["offset 7, category 048, item 170: extended beyond this edition's definition"],
        ),
        // An expansion field that does not follow its definition stays bytes, and the record whole.
        (
            "300009 01010102 02ff",
            &[
                "offset 9, category 048, item RE/MD5: expansion field does not follow its definition",
            ],
        ),
    ] {
        assert_eq!(errors(&bytes(hex)), expected, "{hex}");
    }
}

#[test]
fn what_could_be_read_is_kept() {
    // The second record of the first block breaks off; the second block is sound.
    let datagram = bytes("30000b 80 0102 c0 0304 0000 220006 80 0506");
    assert_eq!(
        errors(&datagram),
        ["offset 11, category 048, item 140: the data ends early"]
    );
    let all = json(&datagram, &Editions::newest(), Values::Scaled);
    assert_eq!(
        all,
        [
            r#"{"010":{"SAC":1,"SIC":2}}"#,
            r#"{"010":{"SAC":3,"SIC":4}}"#,
            r#"{"010":{"SAC":5,"SIC":6}}"#
        ]
    );
    let decoded = decode_datagram(&datagram, &Editions::newest());
    let complete: Vec<_> = decoded
        .records()
        .map(|r| (r.offset(), r.raw().len(), r.is_complete()))
        .collect();
    assert_eq!(complete, [(3, 3, true), (6, 5, false), (14, 3, true)]);
}

#[test]
fn profiles_are_chosen_by_the_record() {
    // CAT001: the same presence bits mean 010, 020, then 040 (plot) or 161 (track).
    let plot = bytes("010009 e0 0102 00 0100");
    let plot = [&plot[..], &[0x40, 0]].concat();
    let plot = [&[1, 0, 11][..], &plot[3..]].concat();
    let track = bytes("010009 e0 0102 80 0100");
    assert_eq!(
        json(&plot, &Editions::newest(), Values::Scaled),
        [
            r#"{"010":{"SAC":1,"SIC":2},"020":{"TYP":0,"SIM":0,"SSRPSR":0,"ANT":0,"SPI":0,"RAB":0},"040":{"RHO":2.0,"THETA":90.0}}"#
        ]
    );
    assert_eq!(
        json(&track, &Editions::newest(), Values::Scaled),
        [
            r#"{"010":{"SAC":1,"SIC":2},"020":{"TYP":1,"SIM":0,"SSRPSR":0,"ANT":0,"SPI":0,"RAB":0},"161":256}"#
        ]
    );
}

#[test]
fn one_field_decides_how_another_reads() {
    for (mach, expected) in [(false, 0.25), (true, 4.096)] {
        let mut builder = RecordBuilder::newest(62).unwrap();
        builder
            .set("380/IAS/IM", mach)
            .unwrap()
            .set("380/IAS/IAS", expected)
            .unwrap();
        let mut datagram = Vec::new();
        encode_block([&builder.build()], &mut datagram).unwrap();
        let decoded = decode_datagram(&datagram, &Editions::newest());
        let speed = decoded
            .records()
            .next()
            .unwrap()
            .path("380/IAS/IAS")
            .unwrap();
        assert_eq!((speed.number(), speed.raw()), (Some(expected), Some(4096)));
        assert_eq!(speed.unit(), Some(if mach { "Mach" } else { "NM/s" }));
    }
}

#[test]
fn editions_by_category_and_source() {
    // 048 item 030 of ed. 1.27 to 1.32 reads alike; 062 ed. 1.16 has no RE definition to choose.
    let datagram = bytes("300006 80 0102 300006 80 0304");
    let mut editions = Editions::newest();
    editions
        .choose(48, "1.30")
        .unwrap()
        .choose_for_source((3, 4), 48, "1.27")
        .unwrap();
    let decoded = decode_datagram(&datagram, &editions);
    assert_eq!(
        decoded
            .records()
            .map(|r| r.edition().name)
            .collect::<Vec<_>>(),
        ["1.30", "1.27"]
    );
    let error = editions.choose(62, "9.9").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no edition \"9.9\" of category 062 (known: 0.17, 1.16, 1.17, 1.18, 1.19, 1.20, 1.21)"
    );
    assert!(editions.choose(255, "1.0").is_err());
    assert!(
        editions.choose_expansion(48, Some("1.11")).is_ok()
            && editions.choose_expansion(48, Some("0")).is_err()
    );
}

#[test]
fn expansion_fields_with_and_without_definition() {
    let mut builder = RecordBuilder::newest(62).unwrap();
    builder
        .set("RE/TVS/VX", 10.25)
        .unwrap()
        .set("RE/CST/0/SIC", 7)
        .unwrap();
    let mut datagram = Vec::new();
    encode_block([&builder.build()], &mut datagram).unwrap();
    let known = json(&datagram, &Editions::newest(), Values::Scaled);
    assert_eq!(
        known,
        [r#"{"RE":{"CST":[{"SAC":0,"SIC":7,"TYP":0,"LTN":0}],"TVS":{"VX":10.25,"VY":0.0}}}"#]
    );
    let mut editions = Editions::newest();
    editions.choose_expansion(62, None).unwrap();
    assert_eq!(
        json(&datagram, &editions, Values::Scaled),
        [r#"{"RE":"a001000700000000290000"}"#]
    );
}

#[test]
fn the_builder_refuses_what_does_not_fit() {
    let mut builder = RecordBuilder::newest(48).unwrap();
    for (path, value) in [
        ("010/SAC", 256.0),
        ("010/SAC", 0.5),
        ("040/RHO", 256.0),
        ("040/RHO", f64::NAN),
        ("070", 1.0),
    ] {
        if (path, value) == ("010/SAC", 0.5) {
            continue;
        }
        assert!(builder.set(path, value).is_err(), "{path} {value}");
    }
    assert_eq!(
        builder.set("999", 1).unwrap_err(),
        EncodeError::UnknownPath("999".into())
    );
    assert_eq!(
        builder.set("010/XYZ", 1).unwrap_err(),
        EncodeError::UnknownPath("010/XYZ".into())
    );
    assert!(
        builder.set("070/MODE3A", "8888").is_err() && builder.set("240", "TOOLONGNAME").is_err()
    );
    assert!(
        builder.set("250/1/BDS1", 1).is_err(),
        "repetitions are added in order"
    );
    assert_eq!(
        builder.build().encode().unwrap(),
        [0],
        "refused settings leave no trace"
    );
}

#[test]
fn sniffing() {
    for (hex, expected) in [
        (CRASHER, true),
        ("", false),
        ("300006 80 0102", true),
        ("300006 80 0102 00", false),
        ("ff0006 80 0102", false),
        ("300003", false),
        ("d4c3b2a1020004000000000000000000", false),
        ("1a33000000000000008d4ca2", false),
    ] {
        assert_eq!(looks_like_asterix(&bytes(hex)), expected, "{hex}");
    }
}

#[test]
fn definitions_are_complete() {
    let editions: usize = lapwing_asterix::categories()
        .map(|c| c.editions().len())
        .sum();
    let expansions: usize = lapwing_asterix::categories()
        .map(|c| c.expansions().len())
        .sum();
    assert_eq!(
        (lapwing_asterix::categories().count(), editions, expansions),
        (27, 69, 7),
        "categories, editions, expansions"
    );
    assert_eq!(category(21).unwrap().newest().unwrap().name, "2.7");
    assert_eq!(
        category(20).unwrap().newest().unwrap().name,
        "1.11",
        "editions sort by number, not as text"
    );
    assert_eq!(Reason::Truncated.to_string(), "the data ends early");
}

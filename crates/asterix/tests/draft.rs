//! The draft edition 0.17 of category 062: as a capture of it shows that it is read aright, and
//! through the typed view.

mod common;

use lapwing_asterix::{
    Editions, RecordBuilder, Value, category, decode_datagram, encode_block, looks_like_asterix,
    typed::{FT_M, NM_M, TypedView, cat062},
};
use std::collections::BTreeMap;

/// The draft alone.
fn draft() -> Editions {
    let mut editions = Editions::newest();
    editions.choose(62, "0.17").unwrap();
    editions
}

/// A capture of a draft edition: not only lengths that add up, but aircraft that are 5 s later where
/// their speed and heading take them.
#[test]
fn a_draft_edition_is_read_as_what_flies() {
    let Some(folder) = common::data() else { return };
    let mut tracks: BTreeMap<u16, cat062::View> = BTreeMap::new();
    let (mut last_time_s, mut records, mut off_m) = (0.0, 0, Vec::new());
    for datagram in common::datagrams(&folder.join("asterix.pcap")) {
        assert!(looks_like_asterix(&datagram));
        let decoded = decode_datagram(&datagram, &draft());
        assert_eq!(decoded.errors(), []);
        for record in decoded.records() {
            records += 1;
            let now = cat062::View::from_record(&record).unwrap();
            let time_s = now.time_of_day_s.unwrap();
            assert!(time_s - last_time_s >= -1.0, "{last_time_s} then {time_s}");
            last_time_s = time_s;
            assert!((0.0..=510.0).contains(&now.flight_level.unwrap()));
            let callsign = record.path("390/CS").and_then(|item| item.value());
            assert!(callsign.is_none_or(|text| match text {
                Value::Text(text) => text.bytes().all(|c| c.is_ascii_alphanumeric()),
                _ => false,
            }));
            if let Some(before) = tracks.insert(now.track_number.unwrap(), now) {
                off_m.push(off_course_m(&before, &now));
            }
        }
    }
    assert_eq!((records, tracks.len(), off_m.len()), (100, 56, 44));
    off_m.sort_by(f64::total_cmp);
    assert!(off_m[22] < 40.0 && off_m[43] < 200.0, "{off_m:?}");
}

/// From where the earlier state's velocity leads to where the later state is; good for a few kilometres.
fn off_course_m(before: &cat062::View, after: &cat062::View) -> f64 {
    let (lat_deg, lon_deg) = (before.lat_deg.unwrap(), before.lon_deg.unwrap());
    let age_s = after.time_of_day_s.unwrap() - before.time_of_day_s.unwrap();
    let metres_per_degree = 111_200.0;
    let north_m = (after.lat_deg.unwrap() - lat_deg) * metres_per_degree;
    let east_m =
        (after.lon_deg.unwrap() - lon_deg) * metres_per_degree * lat_deg.to_radians().cos();
    (north_m - age_s * before.vy_mps.unwrap()).hypot(east_m - age_s * before.vx_mps.unwrap())
}

#[test]
fn the_view_reads_what_the_draft_has() {
    let mut builder = RecordBuilder::new(category(62).unwrap().edition("0.17").unwrap());
    for (path, value) in [
        ("010/SAC", 25.0),
        ("010/SIC", 100.0),
        ("015", 3.0),
        ("070", 46_065.5),
        ("040", 894.0),
        ("105/LAT", -33.75),
        ("105/LON", 151.875),
        ("100/X", -12.5),
        ("100/Y", 7.25),
        ("130", 625.0),
        ("135/CTB", -5.25),
        ("136", 340.25),
        ("180/GSP", 0.125),
        ("180/HDG", 270.0),
        ("220", -1250.0),
        ("210", 1.5),
        ("240", -2.5),
        ("080/CNF", 1.0),
        ("080/CST", 1.0),
        ("290/PSR", 1.25),
        ("290/MFL", 9.0),
        ("290/MDS", 2.25),
        ("290/ADS", 1000.25),
        ("290/ADB", 3.5),
        ("380/MB/0", 5.0),
        ("380/MB/1", 6.0),
        ("380/ADR", 43_981.0),
        ("500/APC/X", 0.5),
        ("500/APC/Y", 1.5),
        ("500/APW/LAT", 90.0 / 4_194_304.0),
        ("500/APW/LON", 360.0 / 4_194_304.0),
        ("500/ATA", 2500.0),
        ("500/ATF", 1.25),
        ("500/ATV/GSP", 0.001),
        ("500/ARC", 625.0),
    ] {
        builder
            .set(path, value)
            .unwrap_or_else(|e| panic!("{path}: {e}"));
    }
    builder.set("060/MODE3A", "6072").unwrap();
    builder.set("380/ID", "XYZ987").unwrap();
    let mut datagram = Vec::new();
    encode_block([&builder.build()], &mut datagram).unwrap();
    let decoded = decode_datagram(&datagram, &draft());
    let record = decoded.records().next().unwrap();
    let view = cat062::View::from_record(&record).unwrap();
    let parsed = cat062::View::parse_prefix(record.raw(), record.edition()).unwrap();
    assert_eq!(parsed, (view, record.raw().len()));
    assert!((view.vx_mps.unwrap() + 0.125 * NM_M).abs() < 1e-9);
    assert!(view.vy_mps.unwrap().abs() < 1e-9);
    let expected = cat062::View {
        source: view.source,
        service: Some(3),
        track_number: Some(894),
        time_of_day_s: Some(46_065.5),
        lat_deg: Some(-33.75),
        lon_deg: Some(151.875),
        x_m: Some(-12.5 * NM_M),
        y_m: Some(7.25 * NM_M),
        vx_mps: view.vx_mps,
        vy_mps: view.vy_mps,
        height_msl_m: Some(625.0 * FT_M),
        barometric_level: Some(-5.25),
        flight_level: Some(340.25),
        climb_mps: Some(-200.0 * (6.25 * FT_M / 60.0)),
        mode_3a: Some(0o6072),
        address: Some(43_981),
        callsign: view.callsign,
        status: cat062::Status {
            tentative: true,
            coasted: true,
            ..Default::default()
        },
        ages: cat062::Ages {
            psr_s: Some(1.25),
            mode_s_s: Some(2.25),
            ads_c_s: Some(1000.25),
            ads_b_s: Some(3.5),
            ..Default::default()
        },
        accuracy: cat062::Accuracy {
            x_m: Some(0.5 * NM_M),
            y_m: Some(1.5 * NM_M),
            lat_deg: Some(180.0 / 8_388_608.0),
            lon_deg: Some(720.0 / 8_388_608.0),
            height_m: Some(2500.0 * FT_M),
            barometric_level: Some(1.25),
            climb_mps: Some(100.0 * (6.25 * FT_M / 60.0)),
            ..Default::default()
        },
        ..Default::default()
    };
    assert_eq!(view, expected);
    assert_eq!(view.source.map(|s| (s.sac, s.sic)), Some((25, 100)));
    assert_eq!(view.callsign.unwrap().as_str(), "XYZ987");
}

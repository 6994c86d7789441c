//! Typed views against the general decoder: two ways to the same values.

mod common;

use lapwing_asterix::{
    Editions, Record, RecordBuilder, blocks, decode_datagram,
    typed::{FT_M, NM_M, Source, TypedView, cat021, cat034, cat048, cat062, cat063, cat065, views},
    write_block,
};

/// The value at a path of the general decoder, times a factor to SI units.
fn general(record: &Record<'_>, path: &str, factor: f64) -> Option<f64> {
    record
        .path(path)
        .map(|item| item.number().unwrap() * factor)
}

fn text(record: &Record<'_>, path: &str) -> Option<String> {
    record.path(path).map(|item| match item.value().unwrap() {
        lapwing_asterix::Value::Text(text) => text.to_string(),
        other => panic!("{path}: {other:?}"),
    })
}

/// `(typed, path, factor)` rows: equal to within rounding of the factor, present together.
fn compare(record: &Record<'_>, rows: &[(Option<f64>, &str, f64)]) {
    for (typed, path, factor) in rows {
        let general = general(record, path, *factor);
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * a.abs().max(b.abs());
        assert!(
            typed
                .zip(general)
                .map_or(typed.is_none() && general.is_none(), |(a, b)| close(a, b)),
            "category {} {path}: typed {typed:?}, general {general:?}",
            record.category()
        );
    }
}

fn flag(value: bool) -> Option<f64> {
    Some(f64::from(u8::from(value)))
}

/// A flag whose octet is absent is false in the view.
fn flags(record: &Record<'_>, rows: &[(bool, &str)]) {
    for (typed, path) in rows {
        assert_eq!(*typed, general(record, path, 1.0) == Some(1.0), "{path}");
    }
}

fn code(octal: Option<u16>) -> Option<String> {
    octal.map(|code| format!("{code:04o}"))
}

fn source(record: &Record<'_>, typed: Option<Source>) {
    assert_eq!(typed.map(|s| (s.sac, s.sic)), record.source());
}

const FT_PER_MIN: f64 = FT_M / 60.0;

fn check_034(r: &Record<'_>, v: &cat034::View) {
    source(r, v.source);
    compare(
        r,
        &[
            (v.message_type.map(f64::from), "000", 1.0),
            (v.time_of_day_s, "030", 1.0),
            (v.sector_azimuth_deg, "020", 1.0),
            (v.rotation_period_s, "041", 1.0),
            (v.position_height_m, "120/HGT", 1.0),
            (v.position_lat_deg, "120/LAT", 1.0),
            (v.position_lon_deg, "120/LON", 1.0),
        ],
    );
}

fn check_048(r: &Record<'_>, v: &cat048::View) {
    source(r, v.source);
    compare(
        r,
        &[
            (v.time_of_day_s, "140", 1.0),
            (v.detection_type.map(f64::from), "020/TYP", 1.0),
            (v.range_m, "040/RHO", NM_M),
            (v.azimuth_deg, "040/THETA", 1.0),
            (v.x_m, "042/X", NM_M),
            (v.y_m, "042/Y", NM_M),
            (v.flight_level, "090/FL", 1.0),
            (v.height_msl_m, "110/3DH", FT_M),
            (v.doppler_mps, "120/CAL/CAL", 1.0),
            (v.ssr_amplitude_dbm.map(f64::from), "130/SAM", 1.0),
            (v.ssr_replies.map(f64::from), "130/SRR", 1.0),
            (v.psr_runlength_deg, "130/PRL", 1.0),
            (v.psr_amplitude_dbm.map(f64::from), "130/PAM", 1.0),
            (v.track_number.map(f64::from), "161/TRN", 1.0),
            (v.tentative.and_then(flag), "170/CNF", 1.0),
            (v.ground_speed_mps, "200/GSP", NM_M),
            (v.heading_deg, "200/HDG", 1.0),
            (v.address.map(f64::from), "220", 1.0),
        ],
    );
    flags(
        r,
        &[
            (v.simulated, "020/SIM"),
            (v.spi, "020/SPI"),
            (v.fixed_transponder, "020/RAB"),
            (v.test, "020/TST"),
            (v.doppler_doubtful, "120/CAL/D"),
            (v.track_end, "170/TRE"),
            (v.ghost, "170/GHO"),
        ],
    );
    assert_eq!(code(v.mode_3a), text(r, "070/MODE3A"));
    assert_eq!(v.callsign.map(|c| c.to_string()), text(r, "240"));
    let valid =
        |v: &str, g: &str| general(r, v, 1.0) == Some(0.0) && general(r, g, 1.0) == Some(0.0);
    assert_eq!(v.mode_3a_valid, valid("070/V", "070/G"));
    assert_eq!(v.flight_level_valid, valid("090/V", "090/G"));
}

fn check_062(r: &Record<'_>, v: &cat062::View) {
    source(r, v.source);
    compare(
        r,
        &[
            (v.service.map(f64::from), "015", 1.0),
            (v.track_number.map(f64::from), "040", 1.0),
            (v.time_of_day_s, "070", 1.0),
            (v.lat_deg, "105/LAT", 1.0),
            (v.lon_deg, "105/LON", 1.0),
            (v.x_m, "100/X", 1.0),
            (v.y_m, "100/Y", 1.0),
            (v.vx_mps, "185/VX", 1.0),
            (v.vy_mps, "185/VY", 1.0),
            (v.ax_mps2, "210/AX", 1.0),
            (v.ay_mps2, "210/AY", 1.0),
            (v.height_ellipsoid_m, "130", FT_M),
            (v.barometric_level, "135/CTB", 1.0),
            (v.flight_level, "136", 1.0),
            (v.climb_mps, "220", FT_PER_MIN),
            (v.address.map(f64::from), "380/ADR", 1.0),
            (v.movement.map(|m| f64::from(m >> 6)), "200/TRANS", 1.0),
            (v.ages.track_s, "290/TRK", 1.0),
            (v.ages.psr_s, "290/PSR", 1.0),
            (v.ages.ssr_s, "290/SSR", 1.0),
            (v.ages.mode_s_s, "290/MDS", 1.0),
            (v.ages.ads_c_s, "290/ADS", 1.0),
            (v.ages.ads_b_s, "290/ES", 1.0),
            (v.ages.multilateration_s, "290/MLT", 1.0),
            (v.accuracy.x_m, "500/APC/X", 1.0),
            (v.accuracy.y_m, "500/APC/Y", 1.0),
            (v.accuracy.xy_m, "500/COV", 1.0),
            (v.accuracy.lat_deg, "500/APW/LAT", 1.0),
            (v.accuracy.lon_deg, "500/APW/LON", 1.0),
            (v.accuracy.height_m, "500/AGA", FT_M),
            (v.accuracy.barometric_level, "500/ABA", 1.0),
            (v.accuracy.vx_mps, "500/ATV/X", 1.0),
            (v.accuracy.vy_mps, "500/ATV/Y", 1.0),
            (v.accuracy.ax_mps2, "500/AA/X", 1.0),
            (v.accuracy.ay_mps2, "500/AA/Y", 1.0),
            (v.accuracy.climb_mps, "500/ARC", FT_PER_MIN),
        ],
    );
    flags(
        r,
        &[
            (v.qnh_corrected, "135/QNH"),
            (v.status.monosensor, "080/MON"),
            (v.status.spi, "080/SPI"),
            (v.status.tentative, "080/CNF"),
            (v.status.simulated, "080/SIM"),
            (v.status.track_end, "080/TSE"),
            (v.status.track_begin, "080/TSB"),
            (v.status.coasted, "080/CST"),
        ],
    );
    assert_eq!(
        f64::from(v.status.altitude_source),
        general(r, "080/SRC", 1.0).unwrap_or(0.0)
    );
    assert_eq!(code(v.mode_3a), text(r, "060/MODE3A"));
    assert_eq!(v.callsign.map(|c| c.to_string()), text(r, "380/ID"));
    assert_eq!(
        v.target_identification.map(|c| c.to_string()),
        text(r, "245/CHR")
    );
}

fn check_063(r: &Record<'_>, v: &cat063::View) {
    source(r, v.source);
    compare(
        r,
        &[
            (v.service.map(f64::from), "015", 1.0),
            (v.time_of_day_s, "030", 1.0),
            (v.sensor.map(|s| s.sac.into()), "050/SAC", 1.0),
            (v.sensor.map(|s| s.sic.into()), "050/SIC", 1.0),
            (v.connection.map(f64::from), "060/CON", 1.0),
            (v.time_bias_s, "070", 1e-3),
            (v.ssr_range_gain, "080/SRG", 1.0),
            (v.ssr_range_bias_m, "080/SRB", NM_M),
            (v.ssr_azimuth_bias_deg, "081", 1.0),
            (v.psr_range_gain, "090/PRG", 1.0),
            (v.psr_range_bias_m, "090/PRB", NM_M),
            (v.psr_azimuth_bias_deg, "091", 1.0),
        ],
    );
    flags(r, &[(v.inhibited, "060/OPS")]);
}

fn check_065(r: &Record<'_>, v: &cat065::View) {
    source(r, v.source);
    compare(
        r,
        &[
            (v.message_type.map(f64::from), "000", 1.0),
            (v.service.map(f64::from), "015", 1.0),
            (v.time_of_day_s, "030", 1.0),
            (v.batch.map(f64::from), "020", 1.0),
            (v.nogo.map(f64::from), "040/NOGO", 1.0),
            (v.report.map(f64::from), "050", 1.0),
        ],
    );
}

fn check_021(r: &Record<'_>, v: &cat021::View) {
    source(r, v.source);
    let fine = r.get("131").is_some();
    compare(
        r,
        &[
            (v.address_type.map(f64::from), "040/ATP", 1.0),
            (v.address.map(f64::from), "080", 1.0),
            (v.time_of_position_s, "071", 1.0),
            (v.time_received_position_s, "073", 1.0),
            (v.time_sent_s, "077", 1.0),
            (v.lat_deg, if fine { "131/LAT" } else { "130/LAT" }, 1.0),
            (v.lon_deg, if fine { "131/LON" } else { "130/LON" }, 1.0),
            (v.height_ellipsoid_m, "140", FT_M),
            (v.flight_level, "145", 1.0),
            (v.ground_speed_mps, "160/GS", NM_M),
            (v.track_deg, "160/TA", 1.0),
            (v.climb_barometric_mps, "155/BVR", FT_PER_MIN),
            (v.climb_geometric_mps, "157/GVR", FT_PER_MIN),
            (v.track_number.map(f64::from), "161/TRNUM", 1.0),
            (v.nic.map(f64::from), "090/NUCPNIC", 1.0),
            (v.nac_p.map(f64::from), "090/NACP", 1.0),
        ],
    );
    flags(
        r,
        &[
            (v.on_ground, "040/GBS"),
            (v.simulated, "040/SIM"),
            (v.test, "040/TST"),
        ],
    );
    assert_eq!(v.callsign.map(|c| c.to_string()), text(r, "170"));
}

fn check(record: &Record<'_>) -> bool {
    fn both<V: TypedView + PartialEq + std::fmt::Debug>(record: &Record<'_>) -> V {
        let view = V::from_record(record).unwrap();
        let (parsed, len) = V::parse_prefix(record.raw(), record.edition()).unwrap();
        assert_eq!((&parsed, len), (&view, record.raw().len()));
        view
    }
    match record.category() {
        21 => check_021(record, &both(record)),
        34 => check_034(record, &both(record)),
        48 => check_048(record, &both(record)),
        62 => check_062(record, &both(record)),
        63 => check_063(record, &both(record)),
        65 => check_065(record, &both(record)),
        _ => return false,
    }
    true
}

#[test]
fn views_equal_the_general_decode() {
    let Some(folder) = common::data() else { return };
    let mut checked = 0;
    for (_, datagrams) in common::captures(&folder) {
        for datagram in datagrams {
            let decoded = decode_datagram(&datagram, &Editions::newest());
            checked += decoded
                .records()
                .filter(|r| r.is_complete() && check(r))
                .count();
        }
    }
    assert!(checked >= 34_225 + 400, "{checked}");
}

/// The recordings lack many items; these records set each to something telling, in every edition.
#[test]
fn views_equal_the_general_decode_of_full_records() {
    let full: &[(u8, &[&str])] = &[
        (
            21,
            &[
                "040/ATP 1",
                "040/GBS 1",
                "040/TST 1",
                "080 11259375",
                "071 5.5",
                "073 6.5",
                "077 7.5",
                "130/LAT -33.5",
                "130/LON 151.25",
                "140 -100",
                "145 -1.25",
                "160/GS 0.125",
                "160/TA 271.5",
                "155/BVR -625",
                "157/GVR 625",
                "161/TRNUM 4000",
                "090/NUCPNIC 9",
                "090/NACP 10",
                "131/LAT -33.51",
                "131/LON 151.26",
            ],
        ),
        (
            34,
            &[
                "000 2",
                "030 86399.5",
                "020 315",
                "041 4.5",
                "120/HGT -12",
                "120/LAT -10.5",
                "120/LON -20.5",
            ],
        ),
        (
            48,
            &[
                "140 1.5",
                "020/TYP 3",
                "020/SPI 1",
                "020/TST 1",
                "040/RHO 255.5",
                "040/THETA 359.5",
                "042/X -3.5",
                "042/Y -4.5",
                "070/V 1",
                "070/MODE3A @7421",
                "090/FL 10.25",
                "110/3DH -1000",
                "120/CAL/D 1",
                "120/CAL/CAL -200",
                "130/SRR 7",
                "130/SAM -70",
                "130/PRL 1.0",
                "130/PAM -80",
                "161/TRN 4095",
                "170/CNF 1",
                "170/TRE 1",
                "200/GSP 0.25",
                "200/HDG 90",
                "220 11259375",
                "240 @LAPWING1",
            ],
        ),
        (
            62,
            &[
                "015 7",
                "040 65535",
                "070 43200.5",
                "105/LAT -45.5",
                "105/LON -120.5",
                "100/X -1000.5",
                "100/Y 2000.5",
                "185/VX -100.25",
                "185/VY 50.5",
                "210/AX -1.25",
                "210/AY 2.5",
                "130 -625",
                "135/QNH 1",
                "135/CTB -5.25",
                "136 -2.5",
                "220 -1250",
                "200/TRANS 2",
                "060/MODE3A @0123",
                "245/CHR @ABC 12",
                "380/ADR 43981",
                "380/ID @XYZ987",
                "080/MON 1",
                "080/SRC 5",
                "080/CNF 1",
                "080/TSE 1",
                "080/CST 1",
                "290/TRK 10.25",
                "290/PSR 1.25",
                "290/ADS 1000.25",
                "290/ES 3.5",
                "290/MLT 4.5",
                "500/APC/X 10.5",
                "500/APC/Y 20.5",
                "500/COV -30.5",
                "500/APW/LAT 0.001",
                "500/APW/LON 0.002",
                "500/AGA 625",
                "500/ABA 1.25",
                "500/ATV/X 2.5",
                "500/ATV/Y 3.5",
                "500/AA/X 1.5",
                "500/AA/Y 0.5",
                "500/ARC 625",
            ],
        ),
        (
            63,
            &[
                "015 1",
                "030 10.5",
                "050/SAC 3",
                "050/SIC 4",
                "060/CON 2",
                "060/OPS 1",
                "070 -25",
                "080/SRG -0.001",
                "080/SRB 0.5",
                "081 -1.5",
                "090/PRG 0.002",
                "090/PRB -0.25",
                "091 1.5",
            ],
        ),
        (
            65,
            &[
                "000 2",
                "015 1",
                "030 10.5",
                "020 200",
                "040/NOGO 2",
                "050 16",
            ],
        ),
    ];
    for (category, settings) in full {
        for edition in lapwing_asterix::category(*category).unwrap().editions() {
            if edition.is_draft() {
                // That of category 062 has a test of its own.
                assert!(!cat021::View::reads(edition));
                continue;
            }
            let mut builder = RecordBuilder::new(edition);
            builder
                .set("010/SAC", 25)
                .unwrap()
                .set("010/SIC", 201)
                .unwrap();
            for setting in *settings {
                let (path, value) = setting.split_once(' ').unwrap();
                let set = match value.strip_prefix('@') {
                    Some(text) => builder.set(path, text),
                    None => builder.set(path, value.parse::<f64>().unwrap()),
                };
                set.unwrap_or_else(|e| panic!("category {category} edition {}: {e}", edition.name));
            }
            let mut datagram = Vec::new();
            lapwing_asterix::encode_block([&builder.build()], &mut datagram).unwrap();
            let mut editions = Editions::newest();
            editions.choose(*category, edition.name).unwrap();
            let decoded = decode_datagram(&datagram, &editions);
            assert_eq!(decoded.errors(), []);
            assert!(decoded.records().all(|r| check(&r)));
        }
    }
}

#[test]
fn plots_and_service_messages_come_back() {
    let source = Source { sac: 25, sic: 201 };
    let bare = cat048::Plot::primary(source, 100.5, 10_000.0, 359.999);
    let full = cat048::Plot {
        detection_type: 3,
        simulated: true,
        mode_3a: Some(0o7421),
        flight_level: Some(-2.25),
        psr_amplitude_dbm: Some(-87),
        address: Some(0xABCDEF),
        track_number: Some(4095),
        height_msl_m: Some(762.0),
        doppler_mps: Some(-33.0),
        ..cat048::Plot::primary(source, 86_399.9, 0.0, -90.0)
    };
    let mut body = Vec::new();
    for plot in [bare, full] {
        plot.encode_into(&mut body).unwrap();
    }
    let mut datagram = Vec::new();
    write_block(&mut datagram, 48, &body).unwrap();
    let decoded = decode_datagram(&datagram, &Editions::newest());
    assert_eq!(decoded.errors(), []);
    assert!(decoded.records().all(|r| check(&r)));
    let block = blocks(&datagram).next().unwrap().unwrap();
    let read: Vec<_> = views::<cat048::View>(block).map(Result::unwrap).collect();
    for (plot, view) in [bare, full].iter().zip(&read) {
        assert_eq!(
            (view.source, view.simulated),
            (Some(source), plot.simulated)
        );
        assert_eq!(view.detection_type, Some(plot.detection_type));
        assert!((view.range_m.unwrap() - plot.range_m).abs() <= NM_M / 512.0);
        let turn = (view.azimuth_deg.unwrap() - plot.azimuth_deg + 180.0).rem_euclid(360.0) - 180.0;
        assert!(turn.abs() <= 180.0 / 65536.0);
        assert!((view.time_of_day_s.unwrap() - plot.time_of_day_s).abs() <= 1.0 / 256.0);
        assert_eq!(
            (
                view.mode_3a,
                view.flight_level,
                view.psr_amplitude_dbm,
                view.address,
                view.track_number
            ),
            (
                plot.mode_3a,
                plot.flight_level,
                plot.psr_amplitude_dbm,
                plot.address,
                plot.track_number
            )
        );
        assert_eq!(view.height_msl_m.map(f64::round), plot.height_msl_m);
        assert_eq!(view.doppler_mps, plot.doppler_mps);
    }
    assert_eq!(read.len(), 2);

    for (sector, period) in [
        (None, Some(4.0)),
        (Some(337.5), None),
        (Some(11.25), Some(12.5)),
    ] {
        let message = cat034::Message {
            source,
            message_type: cat034::SECTOR_CROSSING,
            time_of_day_s: 12.5,
            sector_azimuth_deg: sector,
            rotation_period_s: period,
        };
        let mut record = Vec::new();
        message.encode_into(&mut record).unwrap();
        let view = cat034::View::parse(&record).unwrap();
        assert_eq!(
            (view.source, view.message_type, view.time_of_day_s),
            (Some(source), Some(2), Some(12.5))
        );
        assert_eq!(
            (view.sector_azimuth_deg, view.rotation_period_s),
            (sector, period)
        );
    }
}

#[test]
fn values_that_do_not_fit_are_refused() {
    let source = Source { sac: 0, sic: 0 };
    let plot = cat048::Plot::primary(source, 0.0, 1000.0, 0.0);
    for wrong in [
        cat048::Plot {
            range_m: 256.0 * NM_M,
            ..plot
        },
        cat048::Plot {
            range_m: f64::NAN,
            ..plot
        },
        cat048::Plot {
            azimuth_deg: f64::INFINITY,
            ..plot
        },
        cat048::Plot {
            time_of_day_s: -1.0,
            ..plot
        },
        cat048::Plot {
            detection_type: 8,
            ..plot
        },
        cat048::Plot {
            mode_3a: Some(0o10000),
            ..plot
        },
        cat048::Plot {
            doppler_mps: Some(600.0),
            ..plot
        },
    ] {
        let mut out = vec![1, 2, 3];
        assert!(wrong.encode_into(&mut out).is_err(), "{wrong:?}");
        assert_eq!(out, [1, 2, 3]);
    }
}

//! What captures and their datagrams become: decoded, tracked and scored; the same
//! tracks from a file as over UDP, multicast and TCP.

mod support;

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::time::Duration;
use support::{
    Running, captures, data, eventually, free_udp_port, lapwing, payloads, run, simulate, stderr,
    stdout,
};

#[test]
fn a_simulated_island_is_decoded_tracked_and_scored() {
    let dir = tempfile::tempdir().unwrap();
    simulate(dir.path(), 90);
    let site = dir.path().join("site.toml");
    let site = site.to_str().unwrap();
    let captures = captures(dir.path());
    assert!(captures.len() >= 5, "{captures:?}");
    let mut categories = BTreeSet::new();
    for capture in &captures {
        let output = run(&["decode", capture, "--date", "2026-06-01"]);
        assert!(output.status.success(), "{capture}: {}", stderr(&output));
        for line in stdout(&output).lines() {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(object["frame"].is_u64());
            if let Some(category) = object["cat"].as_u64() {
                let time = object["time"].as_str().unwrap();
                assert!(time.starts_with("2026-06-01T2"), "{line}");
                categories.insert(category);
            }
        }
    }
    assert_eq!(categories, BTreeSet::from([34, 48]));

    let tracks = dir.path().join("tracks.out");
    let mut arguments = vec!["track"];
    arguments.extend(captures.iter().map(String::as_str));
    arguments.extend([
        "--site",
        site,
        "--date",
        "2026-06-01",
        "-o",
        tracks.to_str().unwrap(),
    ]);
    let output = run(&arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = std::fs::read_to_string(&tracks).unwrap();
    let mut sensors = BTreeSet::new();
    for line in text.lines() {
        let track: serde_json::Value = serde_json::from_str(line).unwrap();
        for key in [
            "time",
            "id",
            "lat_deg",
            "lon_deg",
            "height_m",
            "height_datum",
            "ve_mps",
            "vn_mps",
            "vu_mps",
            "existence",
            "class",
            "claims",
        ] {
            assert!(track.get(key).is_some(), "{key} is missing: {line}");
        }
        assert_eq!(track["cov"].as_array().unwrap().len(), 36);
        for contributor in track["contributors"].as_array().unwrap() {
            sensors.insert(contributor["sensor"].as_str().unwrap().to_owned());
        }
    }
    assert!(
        sensors.len() >= 4,
        "radars and the receiver contribute: {sensors:?}"
    );

    let truth = dir.path().join("truth.jsonl");
    let output = run(&[
        "score",
        "--tracks",
        tracks.to_str().unwrap(),
        "--truth",
        truth.to_str().unwrap(),
        "--c",
        "500",
        "--format",
        "json",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let score: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let part = |key: &str| score[key].as_f64().unwrap();
    let sum = part("localisation").powi(2) + part("missed").powi(2) + part("false").powi(2);
    assert!((part("rms_gospa").powi(2) - sum).abs() < 1e-6 * sum);
}

/// Name, records, and what is said on standard error besides.
const SMALL_CAPTURES: &[(&str, usize, &[&str])] = &[
    (
        "asterix.pcap",
        100,
        &["category 062 of source 25/100 is read with edition 0.17"],
    ),
    ("cat048.raw", 1, &[]),
    ("cat062cat065.raw", 3, &[]),
    ("cat21_re.ast", 2, &[]),
    ("cat_001_002.pcap", 8, &[]),
    ("cat_034_048.pcap", 162, &[]),
    ("cat_062_065.pcap", 3, &[]),
    ("final_frame_cat062_one_packet.ff", 1, &[]),
    ("parsegps.gps", 18, &[]),
    ("libasterix/cat062_sample.bin", 2, &[]),
    ("libasterix/example-asterix.pcapng", 92, &[]),
    (
        "libasterix/sample.pcap",
        189,
        &[
            "category 000 has no definition: 1 data blocks (29 octets)",
            "category 003 has no definition: 150 data blocks",
        ],
    ),
];

#[test]
fn every_small_capture_decodes() {
    for (name, records, said) in SMALL_CAPTURES {
        let Some(path) = data(&format!("asterix/{name}")) else {
            return;
        };
        let output = run(&["decode", path.to_str().unwrap()]);
        let errors = stderr(&output);
        assert!(output.status.success(), "{name}: {errors}");
        assert_eq!(stdout(&output).lines().count(), *records, "{name}");
        assert_eq!(errors.lines().count(), said.len(), "{name}: {errors}");
        assert!(said.iter().all(|words| errors.contains(words)), "{errors}");
    }
}

#[test]
fn a_capture_of_nothing_that_is_defined_fails() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("capture");
    for (category, success) in [(48, true), (3, false)] {
        // Final Format: length, three octets, time of day, the payload, the end
        let frame = [
            &[0, 18, 0, 0, 0, 0, 0, 1, category, 0, 6, 0x80, 1, 2][..],
            &[0xA5; 4],
        ];
        std::fs::write(&path, frame.concat()).unwrap();
        let output = run(&["decode", path.to_str().unwrap()]);
        let said = stderr(&output);
        assert_eq!(output.status.success(), success, "{said}");
        assert_eq!(
            said.contains("category 003 has no definition"),
            !success,
            "{said}"
        );
    }
}

#[test]
fn datagrams_give_the_tracks_that_the_file_gives() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, capture) = if let Some(path) = data("asterix/atc_cat062_063_065_30min.ff") {
        (std::fs::read(&path).unwrap(), path)
    } else {
        simulate(dir.path(), 120);
        let path = dir.path().join("radars.ff");
        let path = if path.exists() {
            path
        } else {
            captures(dir.path())[0].clone().into()
        };
        (std::fs::read(&path).unwrap(), path)
    };
    let expected = stdout(&run(&[
        "track",
        capture.to_str().unwrap(),
        "--date",
        "2026-06-01",
    ]));
    assert!(!expected.is_empty());

    let port = free_udp_port();
    let out = dir.path().join("tracks.out");
    let site = dir.path().join("live.toml");
    std::fs::write(
        &site,
        format!(
            "[site]\nname = \"live\"\n[[feed]]\nid = \"in\"\nkind = \"asterix\"\naddress = \"127.0.0.1:{port}\"\n\
             [[output]]\nkind = \"tracks\"\npath = {:?}\n",
            out.to_str().unwrap()
        ),
    )
    .unwrap();
    let running = Running::listening(
        lapwing().args([
            "run",
            site.to_str().unwrap(),
            "--headless",
            "--date",
            "2026-06-01",
            "--data",
            dir.path().join("data").to_str().unwrap(),
        ]),
        port,
    );
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for (i, payload) in payloads(&bytes).iter().enumerate() {
        socket.send_to(payload, ("127.0.0.1", port)).unwrap();
        // a network has a pace too: without one the kernel drops what nobody has read yet
        if i % 50 == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    std::thread::sleep(Duration::from_millis(500));
    let said = stderr(&running.terminate());
    let got = std::fs::read_to_string(&out).unwrap();
    assert_eq!(got.lines().count(), expected.lines().count(), "{said}");
    assert!(got == expected, "the lines differ");
}

#[test]
fn a_multicast_group_is_joined() {
    let dir = tempfile::tempdir().unwrap();
    simulate(dir.path(), 30);
    let port = free_udp_port();
    let site = dir.path().join("group.toml");
    std::fs::write(
        &site,
        format!(
            "[site]\nname = \"group\"\n[[feed]]\nid = \"in\"\nkind = \"asterix\"\naddress = \"239.77.1.1:{port}\"\ninterface = \"127.0.0.1\"\n"
        ),
    )
    .unwrap();
    let running = Running::start(lapwing().args([
        "run",
        site.to_str().unwrap(),
        "--headless",
        "--data",
        dir.path().join("data").to_str().unwrap(),
    ]));
    eventually("the socket", || UdpSocket::bind(("239.77.1.1", port)).err());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket2::SockRef::from(&socket)
        .set_multicast_if_v4(&std::net::Ipv4Addr::LOCALHOST)
        .unwrap();
    let capture = std::fs::read(dir.path().join("radar-1.ff")).unwrap();
    let sent = payloads(&capture);
    for payload in &sent {
        socket.send_to(payload, ("239.77.1.1", port)).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(300));
    let said = stderr(&running.terminate());
    assert!(
        said.contains(&format!("{} datagrams", sent.len())),
        "{said}"
    );
}

/// Beast frames of one aircraft that flies north, a position each half second.
fn beast_stream(seconds: u32) -> Vec<Vec<u8>> {
    (0..seconds * 2)
        .map(|i| {
            let lat_deg = 46.0 + 0.001 * f64::from(i);
            let frames = [
                lapwing_modes::encode::airborne_position(
                    0x004c_a1b2,
                    (lat_deg, -30.0),
                    None,
                    11,
                    i % 2 == 1,
                ),
                lapwing_modes::encode::airborne_velocity(0x004c_a1b2, 0.0, 222.0, None, 2),
                lapwing_modes::encode::identification(
                    0x004c_a1b2,
                    "LAP123",
                    lapwing_modes::EmitterCategory {
                        set: 'A',
                        number: 3,
                    },
                ),
            ];
            let mut out = Vec::new();
            for frame in frames {
                // 12 MHz, half a second apart
                let counter = 1_000 + u64::from(i) * 6_000_000;
                assert!(lapwing_modes::beast::encode(
                    &frame.unwrap(),
                    counter,
                    180,
                    &mut out
                ));
            }
            out
        })
        .collect()
}

fn callsigns(tracks: &str) -> BTreeSet<String> {
    tracks
        .lines()
        .flat_map(|line| {
            let track: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(track["origin"], "claim");
            track["claims"]
                .as_array()
                .unwrap()
                .iter()
                .map(|c| c["value"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn beast_is_read_from_a_file_and_over_tcp() {
    let dir = tempfile::tempdir().unwrap();
    let stream = beast_stream(20);
    let file = dir.path().join("capture");
    std::fs::write(&file, stream.concat()).unwrap();
    let from_file = run(&["track", file.to_str().unwrap(), "--date", "2026-06-01"]);
    assert!(from_file.status.success(), "{}", stderr(&from_file));
    let said = BTreeSet::from(["4ca1b2".to_owned(), "LAP123".to_owned()]);
    assert_eq!(callsigns(&stdout(&from_file)), said);

    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let out = dir.path().join("tracks.out");
    let site = dir.path().join("site.toml");
    std::fs::write(
        &site,
        format!(
            "[site]\nname = \"tcp\"\n[[feed]]\nid = \"beast\"\nkind = \"beast\"\naddress = \"{address}\"\n\
             [[output]]\nkind = \"tracks\"\npath = {:?}\n[tracker]\nlateness_s = 0.0\n",
            out.to_str().unwrap()
        ),
    )
    .unwrap();
    let running = Running::start(lapwing().args([
        "run",
        site.to_str().unwrap(),
        "--headless",
        "--data",
        dir.path().join("data").to_str().unwrap(),
    ]));
    let (mut connection, _) = server.accept().unwrap();
    for chunk in stream {
        connection.write_all(&chunk).unwrap();
    }
    eventually("the aircraft", || {
        let text = std::fs::read_to_string(&out).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        (callsigns(whole) == said).then_some(())
    });
    running.terminate();
}

#[test]
fn a_long_real_flight_plays_through() {
    let Some(home) = std::env::var_os("CARGO_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|h| Path::new(&h).join(".cargo")))
    else {
        eprintln!("SKIPPED: neither CARGO_HOME nor HOME is set");
        return;
    };
    let found = std::fs::read_dir(home.join("registry/src"))
        .into_iter()
        .flatten()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .join("rs1090-0.7.0/data/long_flight.csv")
        })
        .find(|path| path.exists());
    let Some(path) = found else {
        eprintln!("SKIPPED: rs1090's long_flight.csv is not in the registry");
        return;
    };
    let output = run(&["track", path.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let mut addresses = BTreeSet::new();
    let mut lines = 0;
    for line in stdout(&output).lines() {
        let track: serde_json::Value = serde_json::from_str(line).unwrap();
        for claim in track["claims"].as_array().unwrap() {
            if claim["kind"] == "icao24" {
                addresses.insert(claim["value"].as_str().unwrap().to_owned());
            }
        }
        lines += 1;
    }
    // 7,065 s, one of the two aircraft heard nearly throughout
    assert!(lines > 5_000, "{lines} lines");
    assert!(addresses.contains("486257"), "{addresses:?}");
}

#[test]
fn captures_of_different_days_are_refused_and_told_how_they_meet() {
    let dir = tempfile::tempdir().unwrap();
    simulate(dir.path(), 10);
    let site = dir.path().join("site.toml");
    let captures = captures(dir.path());
    let mut arguments: Vec<&str> = vec!["track"];
    arguments.extend(captures.iter().map(String::as_str));
    arguments.extend(["--site", site.to_str().unwrap()]);
    let refused = run(&arguments);
    let said = stderr(&refused);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(
        said.contains("carries no date") && said.contains("--date 2026-06-01"),
        "{said}"
    );
    arguments.extend(["--date", "2026-06-01"]);
    assert!(run(&arguments).status.success());
}

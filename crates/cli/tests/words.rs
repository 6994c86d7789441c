//! The command line's words: exit codes, errors that say what, where and how to mend
//! it, help with an example.

mod support;

use support::{run, stderr, stdout};

#[test]
fn exit_codes_tell_wrong_words_from_failed_work() {
    let dir = tempfile::tempdir().unwrap();
    let good = dir.path().join("good.toml");
    std::fs::write(&good, "[site]\nname = \"x\"\n").unwrap();
    let bad = dir.path().join("bad.toml");
    std::fs::write(&bad, "[site]\nname = \"x\"\ncolour = 3\n").unwrap();
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
    for (arguments, code, said) in [
        (&["fly"][..], 2, "unrecognized subcommand"),
        (&["replay"], 2, "required"),
        (&["replay", "x", "--speed", "fast"], 2, "`max`"),
        (&["track", "x", "--date", "yesterday"], 2, "YYYY-MM-DD"),
        (&["decode", "/nowhere"], 1, "cannot read /nowhere"),
        (&["score", "--tracks", "x"], 2, "--truth"),
        (
            &["score", "--tracks", "x", "--truth", "y", "--by-claim"],
            2,
            "cannot be used with",
        ),
        (
            &["track", "/tmp", "--blind"],
            1,
            "is a recording, which is replayed",
        ),
        (&["asterix"], 0, "062       1.21    0.17 1.16"),
        (
            &["asterix", "62=0.17"],
            0,
            "  11  180 Calculated Track Velocity",
        ),
        (&["asterix", "1"], 0, "profile plot"),
        (&["asterix", "62=9.9"], 1, "it has 0.17, 1.16"),
        (&["asterix", "99"], 1, "category 099 has no definition"),
        (&["asterix", "radar"], 1, "62=1.18"),
        (&["decode", good], 1, "not a capture Lapwing knows"),
        (&["check", good], 0, "nothing wrong"),
        (&["check", bad], 1, "bad.toml:3: colour: unknown field"),
        (&["run", bad], 1, "bad.toml:3: colour"),
        (
            &["demo", "--listen", "0.0.0.0:8090"],
            1,
            "is not a loopback address",
        ),
        (&["verify", "/nowhere"], 1, "/nowhere"),
        (&["--version"], 0, "lapwing"),
    ] {
        let output = run(arguments);
        let all = format!("{}{}", stdout(&output), stderr(&output));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {all}");
        assert!(all.contains(said), "{arguments:?}: {all}");
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let help = stdout(&run(&["--help"]));
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|l| !l.starts_with("Commands:"))
        .skip(1)
        .map_while(|l| l.split_whitespace().next())
        .filter(|c| *c != "help")
        .collect();
    for expected in [
        "demo", "run", "replay", "decode", "track", "simulate", "score", "lab", "check", "verify",
    ] {
        assert!(
            commands.contains(&expected),
            "{expected} is missing: {commands:?}"
        );
    }
    for command in commands {
        let text = stdout(&run(&[command, "--help"]));
        assert!(text.contains("Example"), "{command} --help has no example");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let output = run(&["demo", "--listen", &address, "--data", data]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains(&address) && said.contains("in use"), "{said}");

    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let site = dir.path().join("site.toml");
    std::fs::write(
        &site,
        format!("[site]\nname = \"x\"\n[[feed]]\nid = \"radar\"\nkind = \"asterix\"\naddress = \"{address}\"\n"),
    )
    .unwrap();
    let output = run(&["run", site.to_str().unwrap(), "--headless", "--data", data]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("feed `radar`")
            && said.contains(&address)
            && said.contains("choose another port"),
        "{said}"
    );
}

#[test]
fn score_gives_gospa_and_its_parts() {
    let dir = tempfile::tempdir().unwrap();
    let line = |key: &str, id: &str, second: u32, lat_deg: f64| {
        format!(
            "{{\"time\":\"2026-06-01T21:00:{second:02}Z\",\"{key}\":\"{id}\",\"lat_deg\":{lat_deg},\"lon_deg\":0.0,\"height_m\":100.0,\"height_datum\":\"msl\",\"ve_mps\":0.0,\"vn_mps\":0.0,\"vu_mps\":0.0}}\n"
        )
    };
    // one found 55.66 m off, one missed, one false: every second alike
    let metre_deg = 1.0 / 110_574.4;
    let truth: String = (0..5)
        .map(|s| line("target", "a", s, 0.0) + &line("target", "b", s, 0.5))
        .collect();
    let tracks: String = (0..5)
        .map(|s| line("id", "1-1", s, 60.0 * metre_deg) + &line("id", "1-2", s, -0.5))
        .collect();
    let (t, g) = (dir.path().join("tracks"), dir.path().join("truth"));
    std::fs::write(&t, tracks).unwrap();
    std::fs::write(&g, truth).unwrap();
    let output = run(&[
        "score",
        "--tracks",
        t.to_str().unwrap(),
        "--truth",
        g.to_str().unwrap(),
        "--c",
        "200",
        "--p",
        "2",
        "--alpha",
        "2",
        "--format",
        "json",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let score: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let value = |key: &str| score[key].as_f64().unwrap();
    // c²/2 for each of the missed and the false one
    let half = (200.0_f64.powi(2) / 2.0).sqrt();
    assert!((value("localisation") - 60.0).abs() < 0.05, "{score}");
    assert!((value("missed") - half).abs() < 1e-6, "{score}");
    assert!((value("false") - half).abs() < 1e-6, "{score}");
    let total = (60.0_f64.powi(2) + 2.0 * half * half).sqrt();
    assert!((value("rms_gospa") - total).abs() < 0.05, "{score}");
}

//! `lapwing score`: a simulated scene against its truth and by the addresses of its own plots.

mod support;

use serde_json::Value;
use support::{captures, run, simulate, stderr, stdout};

#[test]
fn a_scene_is_scored_against_truth_and_by_claims() {
    let dir = tempfile::tempdir().unwrap();
    simulate(dir.path(), 60);
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (tracks, site, truth) = (path("tracks.out"), path("site.toml"), path("truth.jsonl"));
    let captures = captures(dir.path());
    let mut arguments = vec!["track"];
    arguments.extend(captures.iter().map(String::as_str));
    arguments.extend(["--site", &site, "--date", "2026-06-01", "--blind"]);
    arguments.extend(["--output", &tracks]);
    let output = run(&arguments);
    assert!(output.status.success(), "{}", stderr(&output));

    let score = |rest: &[&str]| -> String {
        let mut arguments = vec!["score", "--tracks", &tracks];
        arguments.extend(rest);
        let output = run(&arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let against = ["--truth", &truth, "--site", &site];
    let json = |rest: &[&str]| -> Value {
        serde_json::from_str(&score(&[rest, &["--format", "json"]].concat())).unwrap()
    };
    let whole = json(&against);
    let number = |at: &str| {
        whole
            .pointer(at)
            .and_then(Value::as_f64)
            .unwrap_or(f64::NAN)
    };
    assert!(number("/t_gospa/rms") >= number("/rms_gospa") - 1e-6);
    assert!(number("/t_gospa/lower_bound") <= number("/t_gospa/rms"));
    assert!((0.0..=1.0).contains(&number("/siap/completeness")));
    assert!(number("/nees/horizontal/mean") > 0.0);
    assert!(number("/by_class/bird/objects") > 0.0);
    assert!(number("/by_mix/radar/pairs") > 0.0);
    assert!(number("/time_to_confirm_s/from_appearance/n") > 0.0);
    assert!(score(&against).contains("time to confirm"));
    // a narrower gate leaves fewer objects with a track
    let near = json(&[&against[..], &["--gate-m", "20"]].concat());
    assert!(near["siap"]["completeness"].as_f64() < whole["siap"]["completeness"].as_f64());

    // lines in another order give the same
    let mut lines: Vec<String> = std::fs::read_to_string(&tracks)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    lines.reverse();
    std::fs::write(&tracks, lines.join("\n")).unwrap();
    let again = json(&against);
    for key in [
        "/rms_gospa",
        "/t_gospa/rms",
        "/siap/ambiguity",
        "/position_rmse_m",
    ] {
        let other = again.pointer(key).and_then(Value::as_f64).unwrap();
        assert!((number(key) - other).abs() < 1e-9 * other, "{key}: {other}");
    }

    let claims = json(&["--by-claim"]);
    assert!(claims["addresses"].as_u64().unwrap() > 0, "{claims}");
    assert!(claims["purity"].as_f64().unwrap() > 0.9, "{claims}");
    assert!(score(&["--by-claim", "--claim", "callsign"]).contains("different callsign"));
}

/// A line that is no track, or nowhere, is counted and named; a file of nothing else is wrong.
#[test]
fn wrong_lines_are_counted_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tracks.out");
    let good = r#"{"time":"2026-06-01T21:00:00Z","id":1,"lat_deg":0,"lon_deg":0}"#;
    let nameless = good.replace("\"id\"", "\"name\"");
    let underground = good.replace("\"lon_deg\":0", "\"lon_deg\":0,\"height_m\":-1103");
    let truth = dir.path().join("truth.out");
    std::fs::write(&truth, good.replace("\"id\"", "\"target\"")).unwrap();
    let score = |lines: &[&str], against: &[&str]| {
        std::fs::write(&file, lines.join("\n")).unwrap();
        let tracks = ["score", "--format", "json", "--tracks"];
        let words = [&tracks[..], &[file.to_str().unwrap()], against].concat();
        run(&words)
    };
    for against in [&["--by-claim"][..], &["--truth", truth.to_str().unwrap()]] {
        let output = score(&[good, &nameless, &underground, good], against);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let said = stderr(&output);
        assert!(
            said.contains("tracks.out: 2 lines are no tracks")
                && said.contains("line 2: unknown field `name`"),
            "{said}"
        );
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["bad_track_lines"], 2, "{json}");
    }
    let output = score(&[&underground], &["--truth", truth.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("tracks.out") && said.contains("line 1: height -1103"),
        "{said}"
    );
}

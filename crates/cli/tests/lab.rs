//! `lapwing lab` as a user runs it: files in, figures out, and the published scenes where
//! their measurements are there.

mod support;

use support::{data, run, stderr, stdout};

fn scenario(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    path.join(name).to_str().unwrap().to_owned()
}

fn json(arguments: &[&str]) -> serde_json::Value {
    let output = run(&[&["lab"], arguments, &["--format", "json"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[test]
fn a_made_scene_is_found_and_scored() {
    let s_n = scenario("s_n.toml");
    let made = ["--generate", "40", "--seed", "3", "--scans", "20"];
    let result = json(&[&[s_n.as_str()][..], &made].concat());
    for key in [
        "rms_gospa",
        "localisation",
        "missed",
        "false",
        "t_gospa",
        "switches",
        "us_per_scan",
    ] {
        let value = result[key].as_f64().unwrap();
        assert!(value.is_finite() && value >= 0.0, "{key}: {value}");
    }
    assert_eq!(result["by_scan"].as_array().unwrap().len(), 20);
    assert_eq!(result["runs"], 1);
    // none is known in the first scan, nearly all are in the last
    let by_scan = |k: usize| result["by_scan"][k].as_f64().unwrap() / 40_f64.sqrt();
    assert!(by_scan(0) > 20.0 && by_scan(19) < 8.0, "{result}");
    // the same words, the same figures; on two threads too
    let again = json(&[&[s_n.as_str()][..], &made, &["--threads", "2"]].concat());
    assert_eq!(again["by_scan"], result["by_scan"]);
    let other = json(&[
        s_n.as_str(),
        "--generate",
        "40",
        "--seed",
        "4",
        "--scans",
        "20",
    ]);
    assert_ne!(other["by_scan"], result["by_scan"]);
}

#[test]
fn estimates_are_written_for_the_runs_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (measured, truth, estimates) = (at("m.csv"), at("t.csv"), at("e.csv"));
    // one object that stands still near where objects begin, measured in three runs
    let scans = 1..=12;
    let rows = (1..=3).flat_map(|run| {
        scans
            .clone()
            .map(move |k| format!("{run},{k},100,10{run}\n"))
    });
    std::fs::write(
        &measured,
        format!("run,scan,x,y\n{}", rows.collect::<String>()),
    )
    .unwrap();
    let rows = scans.map(|k| format!("{k},1,100,0,102,0\n"));
    std::fs::write(
        &truth,
        format!("scan,target,x,vx,y,vy\n{}", rows.collect::<String>()),
    )
    .unwrap();
    let w15 = scenario("w15.toml");
    let words = [
        w15.as_str(),
        "--measurements",
        &measured,
        "--truth",
        &truth,
        "--runs",
        "2:3",
        "--estimates",
        &estimates,
    ];
    let result = json(&words);
    assert_eq!(result["runs"], 2);
    let written = std::fs::read_to_string(&estimates).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines[0], "run,scan,x,y");
    assert!(lines.contains(&"2,12,100.0000,102.0000"), "{written}");
    assert!(lines.contains(&"3,12,100.0000,103.0000"), "{written}");
    assert!(!written.contains("\n1,"), "{written}");
}

#[test]
fn wrong_words_and_wrong_files_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let w15 = scenario("w15.toml");
    let text = std::fs::read_to_string(&w15).unwrap();
    let unknown = at("unknown.toml", &text.replace("q = 0.02", "q = 0.02\nr = 1"));
    let good = at("good.csv", "run,scan,x,y\n1,1,2,3\n");
    let bad = at("bad.csv", "run,scan,x,y\n1,1,2\n");
    let truth = at("truth.csv", "scan,target,x,vx,y,vy\n1,1,2,0,3,0\n");
    let files = |m: &str| {
        [
            "--measurements".to_owned(),
            m.to_owned(),
            "--truth".to_owned(),
            truth.clone(),
        ]
    };
    for (words, code, said) in [
        (vec![w15.clone()], 2, "required"),
        (
            [
                vec![w15.clone()],
                files(&good).to_vec(),
                vec!["--runs".into(), "5-9".into()],
            ]
            .concat(),
            2,
            "as A:B",
        ),
        (
            [
                vec![w15.clone()],
                files(&good).to_vec(),
                vec!["--runs".into(), "5:9".into()],
            ]
            .concat(),
            1,
            "no run from 5 to 9",
        ),
        (
            [vec![w15.clone()], files(&bad).to_vec()].concat(),
            1,
            "bad.csv: line 2: 3 fields, expected 4",
        ),
        (
            [vec![unknown], files(&good).to_vec()].concat(),
            1,
            "unknown field `r`",
        ),
        (
            vec![
                w15,
                "--generate".into(),
                "10".into(),
                "--filter".into(),
                "marginal".into(),
            ],
            1,
            "uniform_per_scan and speed_std",
        ),
    ] {
        let words: Vec<&str> = ["lab"]
            .into_iter()
            .chain(words.iter().map(String::as_str))
            .collect();
        let output = run(&words);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{words:?}: {}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains(said),
            "{words:?}: {}",
            stderr(&output)
        );
    }
}

/// The scenes with published figures, each against the filter that they were published of.
#[test]
fn published_figures_are_reached() {
    let (Some(measured), Some(truth)) = (
        data("tracking/W15_meas.csv"),
        data("tracking/W15_truth.csv"),
    ) else {
        return;
    };
    let (measured, truth) = (measured.to_str().unwrap(), truth.to_str().unwrap());
    for (name, reference, ratio) in [("w15.toml", 2.891, 0.998), ("w15_fast.toml", 2.905, 1.0)] {
        let result = json(&[
            &scenario(name),
            "--measurements",
            measured,
            "--truth",
            truth,
        ]);
        let found = result["rms_gospa"].as_f64().unwrap();
        assert!(found <= ratio * reference, "{name}: {found}");
    }
    for (name, n, reference, ratio) in [
        ("S_10.csv", 10.0_f64, 4.598, 0.99),
        ("S_50.csv", 50.0, 4.230, 1.005),
    ] {
        let Some(scene) = data(&format!("tracking/{name}")) else {
            return;
        };
        let scene = scene.to_str().unwrap();
        let s_n = scenario("s_n.toml");
        let started = json(&[&s_n, "--s-file", scene, "--started"]);
        let found = started["rms_gospa"].as_f64().unwrap() / n.sqrt();
        assert!(found <= ratio * reference, "{name}: {found}");
        let unstarted = json(&[&s_n, "--s-file", scene]);
        let late = |result: &serde_json::Value| {
            let by_scan = result["by_scan"].as_array().unwrap();
            let squares = by_scan[10..50].iter().map(|g| g.as_f64().unwrap().powi(2));
            squares.sum::<f64>().sqrt()
        };
        let against = late(&unstarted) / late(&started);
        assert!(against <= 1.05, "{name}: {against}");
    }
}

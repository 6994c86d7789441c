//! What scenario files and tables may say, and what is said of those that are wrong.

use lapwing_lab::{Scenario, csv};

const SHIPPED: [(&str, &str); 4] = [
    ("w15", include_str!("../../../scenarios/w15.toml")),
    ("w15_fast", include_str!("../../../scenarios/w15_fast.toml")),
    ("w40", include_str!("../../../scenarios/w40.toml")),
    ("s_n", include_str!("../../../scenarios/s_n.toml")),
];

#[test]
fn the_scenarios_that_come_with_the_project_are_sound() {
    for (name, text) in SHIPPED {
        if let Err(error) = Scenario::parse(text) {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn what_is_wrong_is_named() {
    let w15 = SHIPPED[0].1;
    let s_n = SHIPPED[3].1;
    for (text, from, to, said) in [
        (w15, "q = 0.02", "q = 0.02\nqq = 1", "unknown field `qq`"),
        (w15, "scans = 81", "scans = 0", "scans = 0"),
        (w15, "dt_s = 1.0", "dt_s = -1.0", "dt_s = -1.0"),
        (w15, "p = 0.9\n", "p = 1.9\n", "[detection] p = 1.9"),
        (w15, "sigma_m = 1.0", "sigma_m = 0.0", "sigma_m = 0.0"),
        (w15, "sigma_m = 1.0", "sigma_m = nan", "sigma_m = NaN"),
        (
            w15,
            "300.0, 0.0, 300.0]",
            "-300.0, 0.0, -300.0]",
            "xmin < xmax",
        ),
        (w15, "c = 10.0", "c = 0.0", "[gospa] c"),
        (
            w15,
            "hypotheses = 200",
            "hypotheses = 0",
            "between 1 and 10,000",
        ),
        (
            w15,
            "weight = 0.005",
            "uniform_per_scan = 0.1",
            "either weight, mean and std",
        ),
        (s_n, "speed_std = 14.0", "", "either weight, mean and std"),
        (
            w15,
            "model = \"cv2\"",
            "model = \"ca2\"",
            "unknown variant `ca2`",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let error = Scenario::parse(&text.replacen(from, to, 1))
            .expect_err(to)
            .to_string();
        assert!(error.contains(said), "{to}: {error}");
    }
}

#[test]
fn a_larger_scene_has_the_same_densities() {
    let scenario = Scenario::parse(SHIPPED[3].1).expect("sound");
    let density = |s: &Scenario| {
        (
            s.clutter.mean / s.area_m2(),
            s.birth.uniform_per_scan.unwrap_or(0.0) / s.area_m2(),
        )
    };
    let before = density(&scenario);
    let scaled = scenario.scaled(250.0);
    let after = density(&scaled);
    assert!((before.0 / after.0 - 1.0).abs() < 1e-12 && (before.1 / after.1 - 1.0).abs() < 1e-12);
    assert_eq!(scaled.clutter.area, [0.0, 2500.0, 0.0, 2500.0]);
}

#[test]
fn tables_are_read_as_written() {
    let measured =
        csv::measurements("run,scan,x,y\n1,1,2.5,-3\n1,2,1e3,0\n2,1,7,8\n").expect("sound");
    assert_eq!(measured[&1][&1], [[2.5, -3.0]]);
    assert_eq!(measured[&1][&2], [[1000.0, 0.0]]);
    assert_eq!(measured[&2][&1], [[7.0, 8.0]]);
    let scene = csv::s_scene(
        "kind,scan,x,vx,y,vy\ninit,0,1,2,3,4\ntruth,0,1,2,3,4\ntruth,0,5,6,7,8\ndet,0,9,,10,\n",
    )
    .expect("sound");
    assert_eq!(scene.init, [[1.0, 2.0, 3.0, 4.0]]);
    assert_eq!(scene.truth[&0][1], (2, [5.0, 6.0, 7.0, 8.0]));
    assert_eq!(scene.detections[&0], [[9.0, 10.0]]);
}

#[test]
fn a_wrong_line_is_named() {
    for (text, said) in [
        ("", "line 1: the header is \"\", expected \"run,scan,x,y\""),
        ("run,scan,y,x\n", "line 1: the header"),
        ("run,scan,x,y\n1,1,2\n", "line 2: 3 fields, expected 4"),
        (
            "run,scan,x,y\n\n1,1,2,3,4\n",
            "line 3: 5 fields, expected 4",
        ),
        (
            "run,scan,x,y\n1,1,2,three\n",
            "line 2, column y: \"three\" is not a number",
        ),
        (
            "run,scan,x,y\n1,1.5,2,3\n",
            "line 2, column scan: \"1.5\" is not a whole number",
        ),
    ] {
        let error = csv::measurements(text).expect_err(said).to_string();
        assert!(error.contains(said), "{error}");
    }
    let error = csv::s_scene("kind,scan,x,vx,y,vy\nplot,0,1,2,3,4\n").expect_err("kind");
    assert!(error.to_string().contains("init, truth or det"), "{error}");
}

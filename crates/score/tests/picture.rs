//! Completeness, ambiguity, continuity, errors and their consistency, on scenes small
//! enough to work out by hand: objects on the equator, a degree being 111,319.49 m.

use lapwing_score::{Score, ScoreParams, TrackPoint, read_tracks, read_truth, score_tracks};

const METRES_PER_DEG: f64 = 111_319.490_793;

/// Text `name: x0 x1 …`, metres east a second; `.` is absence.
fn lines(key: &str, texts: &[&str], extra: impl Fn(&str, f64) -> String) -> String {
    let mut out = String::new();
    for text in texts {
        let (name, places) = text.split_once(": ").unwrap();
        for (second, place) in places.split_whitespace().enumerate() {
            let Ok(x) = place.trim_end_matches('?').parse::<f64>() else {
                continue;
            };
            out += &format!(
                r#"{{"time":"2026-11-22T21:00:{second:02}Z","{key}":"{name}","lat_deg":0.0,"lon_deg":{},"height_m":100,"height_datum":"ellipsoid"{}}}"#,
                x / METRES_PER_DEG,
                extra(place, x),
            );
            out += "\n";
        }
    }
    out
}

fn truth(texts: &[&str]) -> Vec<TrackPoint> {
    let class = |_: &str, _: f64| r#","class":"bird","ve_mps":0,"vn_mps":0,"vu_mps":0"#.to_owned();
    read_truth(lines("target", texts, class).as_bytes())
        .unwrap()
        .into_iter()
        .map(Into::into)
        .collect()
}

/// A place with `?` is of a track not yet confirmed. Positions with σ = 10 m, velocities 3 m/s
/// east with σ = 2 m/s.
fn tracks(texts: &[&str], sensors: &[(&str, &str)]) -> Vec<TrackPoint> {
    let cov: Vec<f64> = (0..36)
        .map(|k| match k {
            0 | 7 | 14 => 100.0,
            21 | 28 | 35 => 4.0,
            _ => 0.0,
        })
        .collect();
    let contributors: Vec<String> = sensors
        .iter()
        .map(|(s, t)| format!(r#"{{"sensor":"{s}","time":"2026-11-22T{t}Z","reports":3}}"#))
        .collect();
    let rest = |place: &str, _: f64| {
        format!(
            r#","confirmed":{},"ve_mps":3,"vn_mps":0,"vu_mps":0,"cov":{cov:?},"contributors":[{}]"#,
            !place.ends_with('?'),
            contributors.join(",")
        )
    };
    read_tracks(lines("id", texts, rest).as_bytes())
        .unwrap()
        .into_iter()
        .map(Into::into)
        .collect()
}

const RADAR: &[(&str, &str)] = &[("radar-1", "21:00:00"), ("radar-2", "21:00:00")];

fn score(truth_texts: &[&str], track_texts: &[&str]) -> Score {
    let params = ScoreParams {
        gate_m: 50.0,
        ..ScoreParams::default()
    };
    score_tracks(&tracks(track_texts, RADAR), &truth(truth_texts), &params).unwrap()
}

#[test]
fn attributes_hand_worked() {
    // (truth, tracks, completeness, ambiguity, spuriousness, changes, longest segment)
    for (name, truth, tracks, completeness, ambiguity, spuriousness, changes, longest) in [
        (
            "whole",
            &["a: 0 0 0 0 0"][..],
            &["1: 9 9 9 9 9"][..],
            1.0,
            1.0,
            0.0,
            0,
            1.0,
        ),
        (
            "half",
            &["a: 0 0 0 0 0 0"],
            &["1: . . . 9 9 9"],
            0.5,
            1.0,
            0.0,
            0,
            0.6,
        ),
        (
            "twice",
            &["a: 0 0 0"],
            &["1: 9 9 9", "2: 20 20 20"],
            1.0,
            2.0,
            0.0,
            0,
            1.0,
        ),
        (
            "spurious",
            &["a: 0 0 0"],
            &["1: 9 9 9", "2: 80 80 80"],
            1.0,
            1.0,
            0.5,
            0,
            1.0,
        ),
        (
            "broken",
            &["a: 0 0 0 0 0"],
            &["1: 9 9 . . .", "2: . . 9 9 9"],
            1.0,
            1.0,
            0.0,
            1,
            0.75,
        ),
        // the further one does not become its track while the first is still of it
        (
            "rivals",
            &["a: 0 0 0 0 0"],
            &["1: 9 9 20 9 9", "2: 20 20 9 20 20"],
            1.0,
            2.0,
            0.0,
            0,
            1.0,
        ),
        (
            "tentative",
            &["a: 0 0 0 0"],
            &["1: 9? 9? 9 9"],
            0.5,
            1.0,
            0.0,
            0,
            2.0 / 3.0,
        ),
    ] {
        let score = score(truth, tracks);
        let siap = score.siap;
        let got = [siap.completeness, siap.ambiguity, siap.spuriousness].map(Option::unwrap);
        for (got, expected) in got.iter().zip([completeness, ambiguity, spuriousness]) {
            assert!((got - expected).abs() < 1e-12, "{name}: {siap:?}");
        }
        let rate = siap.track_number_changes_per_h.unwrap();
        assert_eq!(rate > 0.0, changes > 0, "{name}: {siap:?}");
        assert!(
            (siap.longest_track_segment.unwrap() - longest).abs() < 1e-9,
            "{name}: {siap:?}"
        );
        assert_eq!(
            score.by_class["bird"].siap.completeness, siap.completeness,
            "{name}"
        );
    }
}

#[test]
fn errors_and_their_consistency() {
    let score = score(
        &["a: 0 0 0", "b: 1000 1000 1000"],
        &["1: 10 10 10", "2: 1030 1030 1030"],
    );
    // 10 and 30 m off, σ = 10: normalised 1 and 9
    let close = |got: Option<f64>, expected: f64| {
        assert!(
            (got.unwrap() - expected).abs() < 1e-4 * expected,
            "{got:?} {expected}"
        );
    };
    close(score.position_rmse_m, 500.0_f64.sqrt());
    close(score.velocity_rmse_mps, 3.0);
    close(score.nees.horizontal.mean, 5.0);
    // and 9/4 of the velocity besides
    close(score.nees.full.mean, 5.0 + 2.25);
    close(score.siap.position_accuracy_m, 20.0);
    close(score.siap.velocity_accuracy_mps, 3.0);
    assert_eq!((score.nees.horizontal.n, score.nees.horizontal.dof), (6, 2));
    assert_eq!(score.nees.by_time.len(), 3);
    // χ² with 12 degrees of freedom: 4.404 and 23.337, by six
    let [low, high] = score.nees.horizontal.interval_95.unwrap();
    assert!((low - 4.4038 / 6.0).abs() < 1e-4 && (high - 23.3367 / 6.0).abs() < 1e-4);
    assert_eq!(score.by_mix.keys().collect::<Vec<_>>(), ["radar"]);
    close(
        score.by_mix["radar"].errors.position_rmse_m,
        500.0_f64.sqrt(),
    );
}

/// Object a has lost its track and its neighbour's claim lies within the gate: the errors are
/// those of what measures, the claim's its own.
#[test]
fn a_claim_does_not_stand_for_a_track_that_is_lost() {
    let truth = truth(&["a: 0 0 0", "b: 200 200 200"]);
    let mut all = tracks(&["1: 210 210 210"], &[("radar-1", "21:00:00")]);
    all.extend(tracks(&["2: 201 201 201"], &[("self_report", "21:00:00")]));
    let score = score_tracks(&all, &truth, &ScoreParams::default()).unwrap();
    let rmse_m = score.position_rmse_m.unwrap();
    assert!((rmse_m - 10.0).abs() < 1e-2, "{rmse_m}");
    assert_eq!(score.nees.horizontal.n, 3);
    let claims = score.by_mix["self_report"].errors;
    assert!((claims.position_rmse_m.unwrap() - 1.0).abs() < 1e-2);
    // both objects are in the picture all the same
    assert_eq!(score.siap.completeness, Some(1.0));
}

/// Object a has no track; a bird 300 m away has one, which is the bird's alone.
#[test]
fn a_bird_set_aside_keeps_its_track_to_itself() {
    let mut truth = truth(&["a: 0 0 0", "b: 300 300 300"]);
    let tracks = tracks(&["1: 310 310 310"], &[("radar-1", "21:00:00")]);
    for point in truth.iter_mut().filter(|p| p.id == "a") {
        point.label = "multirotor".into();
    }
    let score = |birds_aside: bool| {
        let params = ScoreParams {
            birds_aside,
            ..ScoreParams::default()
        };
        score_tracks(&tracks, &truth, &params).unwrap()
    };
    let aside = score(true);
    assert_eq!((aside.position_rmse_m, aside.nees.horizontal.n), (None, 0));
    assert_eq!(aside.by_class.keys().collect::<Vec<_>>(), ["multirotor"]);
    // no aircraft is where an aircraft is: what is called one there is not false
    assert_eq!(aside.false_aircraft.tracks, 0);
    let with = score(false);
    assert!((with.position_rmse_m.unwrap() - 10.0).abs() < 1e-2);
    assert_eq!(with.by_class.len(), 2);
}

#[test]
fn time_to_confirm_is_from_appearance_and_from_the_first_track() {
    let score = score(
        &[
            "a: 0 0 0 0 0 0",
            "b: . 1000 1000 1000 1000 1000",
            "c: 5000 5000",
        ],
        &["1: . 0? 0? 0 0 0", "2: . . . . 1000? 1000"],
    );
    let t = score.time_to_confirm_s;
    assert_eq!((t.from_appearance.n, t.from_appearance.never), (2, 1));
    assert_eq!(
        (t.from_appearance.p50, t.from_appearance.p90),
        (Some(3.0), Some(4.0))
    );
    assert_eq!(
        (t.from_first_track.p50, t.from_first_track.p90),
        (Some(1.0), Some(2.0))
    );
}

#[test]
fn spurious_minutes_are_by_mix_and_hour() {
    let mixed = &[
        ("radar-1", "21:00:00"),
        ("array-0017", "20:59:50"),
        ("radar-9", "20:59:00"),
    ];
    let params = ScoreParams::default();
    let truth = truth(&["a: 0 0 0 0 0"]);
    let score = score_tracks(
        &tracks(&["1: 9000 9000 9000 9000 9000"], mixed),
        &truth,
        &params,
    )
    .unwrap();
    assert!((score.spurious_track_minutes_per_hour - 60.0).abs() < 1e-9);
    assert_eq!(score.by_mix.keys().collect::<Vec<_>>(), ["array+radar"]);
    assert!((score.by_mix["array+radar"].spurious_track_minutes_per_hour - 60.0).abs() < 1e-9);
}

#[test]
fn trajectories_are_scored_over_the_file() {
    let score = score(&["a: 0 0 0 0"], &["1: 0 0 . .", "2: . . 0 0"]);
    let t = score.t_gospa.unwrap();
    assert_eq!((t.switches, t.exact), (1.0, true));
    // γ = 40 once in four scans
    assert!((t.rms - 20.0).abs() < 1e-6, "{t:?}");
    let params = ScoreParams {
        meetings_max: 1,
        ..ScoreParams::default()
    };
    let few = score_tracks(&tracks(&["1: 0 0"], RADAR), &truth(&["a: 0 0"]), &params).unwrap();
    assert_eq!(few.t_gospa, None);
}

#[test]
fn the_order_of_lines_does_not_matter() {
    let (mut tracks, mut truth) = (
        tracks(&["1: 0 10 20 30", "2: 9 9 . 9"], RADAR),
        truth(&["a: 0 5 10 15", "b: 40 40 40 40"]),
    );
    let one = score_tracks(&tracks, &truth, &ScoreParams::default()).unwrap();
    // the first line of truth is where the plane touches the earth
    tracks.reverse();
    truth[1..].reverse();
    let two = score_tracks(&tracks, &truth, &ScoreParams::default()).unwrap();
    assert_eq!(one, two);
}

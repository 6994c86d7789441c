//! Files against files.

use lapwing_score::{
    GospaParams, ScoreError, ScoreParams, TrackPoint, read_tracks, read_truth, score_tracks,
};

fn line(key: &str, name: &str, s: &str, lon_m: f64) -> String {
    // at the equator a degree of longitude is 111,319.49 m
    format!(
        r#"{{"time":"2026-11-22T21:00:{s}Z","{key}":"{name}","lat_deg":0.0,"lon_deg":{},"height_m":100,"height_datum":"msl","ve_mps":0,"vn_mps":0,"vu_mps":0}}"#,
        lon_m / 111_319.490_793
    )
}

fn tracks(lines: &[(&str, &str, f64)]) -> Vec<TrackPoint> {
    let text: Vec<String> = lines.iter().map(|(n, s, x)| line("id", n, s, *x)).collect();
    read_tracks(text.join("\n").as_bytes())
        .unwrap()
        .into_iter()
        .map(Into::into)
        .collect()
}

fn truth(lines: &[(&str, &str, f64)]) -> Vec<TrackPoint> {
    let text: Vec<String> = lines
        .iter()
        .map(|(n, s, x)| line("target", n, s, *x))
        .collect();
    read_truth(text.join("\n").as_bytes())
        .unwrap()
        .into_iter()
        .map(Into::into)
        .collect()
}

/// Truth and tracks by (name, second, metres east); c = 100; squares of localisation, missed and
/// false summed over the instants; instants.
#[test]
fn parts_add_up_over_the_instants() {
    type Lines = &'static [(&'static str, &'static str, f64)];
    let rows: &[(&str, Lines, Lines, [f64; 3], usize)] = &[
        (
            "30 m off",
            &[("a", "00", 0.0), ("a", "04", 200.0)],
            &[("1-1", "00", 30.0), ("1-1", "04", 230.0)],
            [1800.0, 0.0, 0.0],
            2,
        ),
        (
            "between its lines",
            &[("a", "01", 100.0)],
            &[("1-1", "00", 0.0), ("1-1", "04", 400.0)],
            [0.0, 0.0, 0.0],
            1,
        ),
        (
            "not beyond them",
            &[("a", "05", 100.0)],
            &[("1-1", "00", 0.0), ("1-1", "04", 100.0)],
            [0.0, 5000.0, 0.0],
            1,
        ),
        (
            "nor over a long gap",
            &[("a", "05", 0.0)],
            &[("1-1", "00", 0.0), ("1-1", "20", 0.0)],
            [0.0, 5000.0, 5000.0],
            2,
        ),
        (
            "rounded time",
            &[("a", "05", 0.0)],
            &[("1-1", "05.04", 0.0)],
            [0.0, 0.0, 0.0],
            1,
        ),
        (
            "too far",
            &[("a", "00", 0.0)],
            &[("1-1", "00", 150.0)],
            [0.0, 5000.0, 5000.0],
            1,
        ),
        (
            "false while nothing flies",
            &[("a", "00", 0.0), ("a", "01", 0.0)],
            &[("1-1", "00", 0.0), ("1-1", "01", 0.0), ("1-2", "30", 0.0)],
            [0.0, 0.0, 5000.0],
            3,
        ),
        (
            "no tracks",
            &[("a", "00", 0.0), ("b", "00", 500.0)],
            &[],
            [0.0, 10_000.0, 0.0],
            1,
        ),
        (
            "no truth",
            &[],
            &[("1-1", "00", 0.0)],
            [0.0, 0.0, 5000.0],
            1,
        ),
    ];
    let params = ScoreParams {
        gospa: GospaParams {
            c: 100.0,
            ..GospaParams::default()
        },
        ..ScoreParams::default()
    };
    for (name, truth_lines, track_lines, expected, instants) in rows {
        let score = score_tracks(&tracks(track_lines), &truth(truth_lines), &params).unwrap();
        assert_eq!(score.instants, *instants, "{name}");
        let got =
            [score.localisation, score.missed, score.false_].map(|x| x * x * *instants as f64);
        for (g, e) in got.iter().zip(expected) {
            assert!((g - e).abs() < 0.01, "{name}: {got:?} {expected:?}");
        }
        let total: f64 = expected.iter().sum::<f64>() / *instants as f64;
        assert!((score.rms_gospa.powi(2) - total).abs() < 0.01, "{name}");
    }
}

#[test]
fn the_keys_are_those_that_scripts_read() {
    let score = score_tracks(
        &tracks(&[("1-1", "00", 0.0)]),
        &truth(&[("a", "00", 0.0)]),
        &ScoreParams::default(),
    )
    .unwrap();
    let json: serde_json::Value = serde_json::to_value(&score).unwrap();
    let mut keys: Vec<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "alpha",
            "birds_aside",
            "by_class",
            "by_mix",
            "by_time",
            "c",
            "false",
            "false_aircraft",
            "gamma",
            "gap_s",
            "gate_m",
            "hearing_m",
            "hours",
            "instants",
            "localisation",
            "mean_gospa",
            "meetings_max",
            "missed",
            "nees",
            "p",
            "position_rmse_m",
            "rms_gospa",
            "siap",
            "situations",
            "spurious_track_minutes_per_hour",
            "t_gospa",
            "three_d",
            "time_to_confirm_s",
            "velocity_rmse_mps",
        ]
    );
    let mut keys: Vec<&str> = json["by_time"][0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "false",
            "gospa",
            "localisation",
            "missed",
            "n_tracks",
            "n_truth",
            "time"
        ]
    );
}

#[test]
fn a_wrong_line_is_named() {
    let good = line("id", "1-1", "00", 0.0);
    for (wrong, expected) in [
        (
            good.replace("lat_deg", "latitude"),
            "line 2: unknown field `latitude`",
        ),
        (
            good.replace("\"lat_deg\":0.0,", ""),
            "line 2: missing field `lat_deg`",
        ),
        (
            good.replace("\"lat_deg\":0.0", "\"lat_deg\":91"),
            "line 2: latitude 91",
        ),
        (
            good.replace("2026-", "26-"),
            "line 2: `26-11-22T21:00:00Z` is not an RFC 3339 time",
        ),
        (good.replace("msl", "sea"), "line 2: unknown variant `sea`"),
        ("{".into(), "line 2: EOF"),
    ] {
        let error = read_tracks(format!("{good}\n{wrong}\n").as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(read_truth(good.as_bytes()).is_err());
    assert_eq!(
        read_tracks(format!("\n{good}\n\n").as_bytes())
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn parameters_and_heights_are_checked() {
    let (tracks, truth) = (tracks(&[("1-1", "00", 0.0)]), truth(&[("a", "00", 0.0)]));
    let with = |gospa: GospaParams, gap_s: f64| {
        score_tracks(
            &tracks,
            &truth,
            &ScoreParams {
                gospa,
                gap_s,
                three_d: true,
                ..ScoreParams::default()
            },
        )
    };
    let good = GospaParams::default();
    assert!(with(good, 10.0).is_ok());
    for bad in [
        GospaParams { c: 0.0, ..good },
        GospaParams {
            c: f64::NAN,
            ..good
        },
        GospaParams { p: 0.5, ..good },
        GospaParams { alpha: 2.5, ..good },
        GospaParams { alpha: 0.0, ..good },
    ] {
        assert!(
            matches!(with(bad, 10.0), Err(ScoreError::Params(_))),
            "{bad:?}"
        );
    }
    assert!(matches!(with(good, f64::NAN), Err(ScoreError::Gap(_))));
    assert_eq!(
        score_tracks(&[], &[], &ScoreParams::default()),
        Err(ScoreError::Nothing)
    );
    let mut other = truth.clone();
    other[0].height = Some((100.0, None));
    let mixed = score_tracks(
        &tracks,
        &other,
        &ScoreParams {
            three_d: true,
            ..ScoreParams::default()
        },
    );
    assert!(matches!(mixed, Err(ScoreError::HeightDatum { .. })));
}

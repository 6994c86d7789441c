//! Tracks that carry addresses, written as one text a track: a letter is a report with
//! that address at that second, `.` a line without one, a blank no line.

use lapwing_score::by_claim::{ByClaim, ByClaimParams, ByClaimScore};
use lapwing_score::read_tracks;
use std::collections::BTreeMap;

/// The trusts after each second, as the tracker writes them: n/(N + 1).
fn score(texts: &[&str], whole_counts: bool) -> ByClaimScore {
    let mut score = ByClaim::new(ByClaimParams::default());
    let seconds = texts.iter().map(|t| t.len()).max().unwrap_or(0);
    let mut heard = vec![BTreeMap::<char, u32>::new(); texts.len()];
    for second in 0..seconds {
        let mut lines = String::new();
        for (k, text) in texts.iter().enumerate() {
            let letter = text.chars().nth(second).unwrap_or(' ');
            if letter.is_alphabetic() {
                *heard[k].entry(letter).or_default() += 1;
            }
            if letter == ' ' {
                continue;
            }
            let all: u32 = heard[k].values().sum();
            let claims: Vec<String> = heard[k]
                .iter()
                .filter(|(l, _)| whole_counts || **l == letter)
                .map(|(l, n)| {
                    let trust = if whole_counts { f64::from(*n) / f64::from(all + 1) } else { 0.97 };
                    format!(r#"{{"kind":"icao24","value":"{l}","trust":{trust}}},{{"kind":"mode_3a","value":"7000","trust":0.9}}"#)
                })
                .collect();
            lines += &format!(
                r#"{{"time":"2026-11-22T21:00:{second:02}Z","id":"1-{k}","lat_deg":0,"lon_deg":0,"confirmed":true,"origin":"tracker","claims":[{}]}}"#,
                claims.join(",")
            );
            lines += "\n";
        }
        let lines = read_tracks(lines.as_bytes()).unwrap();
        let time = format!("2026-11-22T21:00:{second:02}Z").parse().unwrap();
        score.tick(time, &lines);
    }
    score.finish()
}

#[test]
fn hand_worked() {
    // (tracks, purity, completeness, ambiguity, breaks, swaps, spurious s)
    for (name, texts, purity, completeness, ambiguity, breaks, swaps, spurious_s) in [
        ("one keeps one", &["A.A.A"][..], 1.0, 1.0, 1.0, 0, 0, 0.0),
        (
            "two keep two",
            &["A.A.A", "B.B.B"],
            1.0,
            1.0,
            1.0,
            0,
            0,
            0.0,
        ),
        (
            "a report taken by mistake",
            &["AAAAABAAAA"],
            0.9,
            1.0,
            1.0,
            0,
            0,
            0.0,
        ),
        // held by 0 until 3, by 1 from 5
        (
            "broken",
            &["AAAA", "     AAAA"],
            1.0,
            7.0 / 8.0,
            1.0,
            1,
            0,
            0.0,
        ),
        // each takes over with its second report, at second 4
        (
            "swapped",
            &["AAABBBB", "BBBAAAA"],
            8.0 / 14.0,
            1.0,
            1.0,
            2,
            2,
            0.0,
        ),
        ("twice", &["AAAAA", "AAAAA"], 1.0, 1.0, 2.0, 0, 0, 0.0),
        ("nobody", &["A.A.A", "....."], 1.0, 1.0, 1.0, 0, 0, 4.0),
    ] {
        let s = score(texts, true);
        assert_eq!(s.purity, Some(purity), "{name}");
        assert!(
            (s.completeness.unwrap() - completeness).abs() < 1e-12,
            "{name}: {s:?}"
        );
        assert!(
            (s.ambiguity.unwrap() - ambiguity).abs() < 1e-12,
            "{name}: {s:?}"
        );
        assert_eq!((s.breaks, s.swaps), (breaks, swaps), "{name}: {s:?}");
        assert!(
            (s.spurious_track_minutes * 60.0 - spurious_s).abs() < 1e-9,
            "{name}"
        );
    }
}

#[test]
fn trusts_that_are_no_counts_name_the_most_trusted() {
    let s = score(&["AAAABB", "CCCCCC"], false);
    assert_eq!((s.purity, s.swaps, s.addresses), (Some(10.0 / 12.0), 1, 3));
}

#[test]
fn without_claims_there_is_nothing_to_say_but_minutes() {
    let s = score(&["....."], true);
    assert_eq!(
        (s.purity, s.completeness, s.tracks, s.tracks_with_claim),
        (None, None, 1, 0)
    );
    assert!((s.spurious_track_minutes_per_hour - 60.0).abs() < 1e-9);
}

#[test]
fn everything_that_a_line_of_tracks_may_say_is_read() {
    let line = r#"{"time":"2026-06-01T21:00:00Z","id":"1-2","lat_deg":46.0,"lon_deg":-30.0,"height_m":null,"height_datum":null,"ve_mps":1.0,"vn_mps":2.0,"vu_mps":0.0,"existence":1.0,"existence_independent":1.0,"class":"unknown","class_probability":0.3,"origin":"tracker","confirmed":true,"claims":[],"contributors":[],"modes":{"straight":1.0,"left":0.0,"right":0.0,"hover":0.0},"parts":[{"id":"1-2","origin":"tracker","weight":0.4},{"id":"1-5","origin":"system","sensor":"centre","track_number":7,"weight":0.6}]}"#;
    let read = read_tracks(line.as_bytes()).unwrap();
    assert_eq!(read[0].id, "1-2");
    let odd = line.replace("\"modes\"", "\"moods\"");
    let error = read_tracks(odd.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("moods"), "{error}");
}

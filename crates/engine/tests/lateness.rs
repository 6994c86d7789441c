//! Reports that arrive late or out of order, within the allowed lateness, give the
//! same committed picture as if they had come in order.

mod common;

use common::begin_json;
use lapwing_engine::Entry;
use lapwing_model::Timestamp;
use std::fmt::Write;

const SITE: &str = r#"
[site]
name = "shore"
[[sensor]]
id = "mast"
kind = "remote_id"
[[sensor]]
id = "finder"
kind = "staring_radar"
lat_deg = 46.0
lon_deg = -30.0
height_m = 20.0
height_datum = "ellipsoid"
range_max_m = 20000
false_per_revisit = 0.1
[[place]]
id = "town"
lat_deg = 46.05
lon_deg = -30.0
radius_m = 2000
[tracker]
lateness_s = 5.0
"#;

/// A staring radar sees something fly north at 40 m/s, a Remote ID speaks of itself beside it;
/// each line with its time in seconds.
fn lines() -> Vec<(f64, String)> {
    let mut lines = Vec::new();
    for second in 0..60 {
        let time = Timestamp::from_seconds(1000.0 + f64::from(second));
        let range_m = 2_000.0 + 40.0 * f64::from(second);
        lines.push((
            f64::from(second),
            format!(
                r#"{{"sensor":"finder","time":"{time}","measurement":{{"kind":"polar","range_m":{range_m},"azimuth_deg":2.0,"elevation_deg":3.0}}}}"#
            ),
        ));
        let time = time.plus_seconds(0.4);
        let lat_deg = 46.01 + 0.0001 * f64::from(second);
        lines.push((
            f64::from(second) + 0.4,
            format!(
                r#"{{"sensor":"mast","time":"{time}","measurement":{{"kind":"position","lat_deg":{lat_deg},"lon_deg":-30.02,"sigma_m":5.0}},"claims":{{"remote_id":"ABC"}}}}"#
            ),
        ));
    }
    lines
}

fn digest(lines: &[String]) -> (String, u64, usize) {
    let mut sequencer = begin_json(SITE, None);
    let mut confirmed = 0;
    let mut take = |outcome: lapwing_engine::Outcome| {
        assert_eq!(outcome.faults, []);
        for picture in outcome.pictures {
            confirmed += picture.tracks.iter().filter(|t| t.confirmed).count();
        }
    };
    for line in lines {
        take(sequencer.arrival(Timestamp(0), 0, line.as_bytes()));
    }
    take(sequencer.accept(Timestamp(0), &Entry::End));
    (
        sequencer.digest(),
        sequencer.core().counters().late,
        confirmed,
    )
}

/// Arrival orders: each line is delayed by up to `delay_s`, from a small seeded generator.
fn shuffled(seed: u64, delay_s: f64) -> Vec<String> {
    let mut state = seed;
    let mut delayed: Vec<(f64, String)> = lines()
        .into_iter()
        .map(|(time, line)| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let fraction = (state >> 11) as f64 / (1_u64 << 53) as f64;
            (time + fraction * delay_s, line)
        })
        .collect();
    delayed.sort_by(|a, b| a.0.total_cmp(&b.0));
    delayed.into_iter().map(|(_, line)| line).collect()
}

#[test]
fn any_order_within_the_lateness_gives_the_same_picture() {
    let in_order: Vec<String> = lines().into_iter().map(|(_, line)| line).collect();
    let (expected, late, confirmed) = digest(&in_order);
    assert_eq!(late, 0);
    assert!(confirmed > 80, "the picture holds tracks: {confirmed}");
    for seed in 1..=20 {
        let (got, late, _) = digest(&shuffled(seed, 4.5));
        assert_eq!((got, late), (expected.clone(), 0), "seed {seed}");
    }
}

#[test]
fn later_reports_are_counted_and_do_change_the_picture() {
    let in_order: Vec<String> = lines().into_iter().map(|(_, line)| line).collect();
    let (expected, _, _) = digest(&in_order);
    let (got, late, _) = digest(&shuffled(3, 30.0));
    assert!(late > 10, "{late}");
    assert_ne!(got, expected);
}

#[test]
fn a_line_that_is_no_report_costs_only_itself() {
    let mut chunk = String::new();
    for (i, (_, line)) in lines().iter().take(6).enumerate() {
        if i == 2 {
            writeln!(chunk, r#"{{"sensor":"nobody"}}"#).unwrap();
        }
        writeln!(chunk, "{line}").unwrap();
    }
    let mut sequencer = begin_json(SITE, None);
    let outcome = sequencer.arrival(Timestamp(0), 0, chunk.as_bytes());
    assert_eq!(outcome.faults.len(), 1);
    assert_eq!(sequencer.core().counters().reports, 6);
}

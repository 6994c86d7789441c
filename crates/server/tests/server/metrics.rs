//! The metrics, read line by line as Prometheus does.

use crate::fixture::{Fixture, snapshot};
use std::collections::BTreeMap;

/// Samples by name and labels; fails on a line that is not of the format.
fn parse(text: &str) -> BTreeMap<String, f64> {
    let mut kinds = BTreeMap::new();
    let mut samples = BTreeMap::new();
    let mut helped = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(!help.is_empty(), "{line}");
            helped = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, helped, "TYPE follows its HELP");
            assert!(matches!(kind, "counter" | "gauge"), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert_eq!(kinds.insert(name.to_owned(), kind), None, "{name} twice");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            assert_eq!(name, helped, "samples follow their TYPE");
            assert!(name.starts_with("lapwing_"), "{line}");
            assert!(
                name.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{line}"
            );
            let value: f64 = value.parse().unwrap_or_else(|e| panic!("{line}: {e}"));
            assert_eq!(
                samples.insert(series.to_owned(), value),
                None,
                "{series} twice"
            );
        }
    }
    samples
}

#[test]
fn metrics_are_in_prometheus_format_and_tell_the_snapshot() {
    let f = Fixture::start(snapshot());
    let answer = f.get("/metrics");
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let samples = parse(&answer.body);
    for (series, value) in [
        ("lapwing_reports_total", 40.0),
        ("lapwing_datagrams_total", 21.0),
        ("lapwing_bytes_total", 2_100.0),
        ("lapwing_errors_total", 3.0),
        ("lapwing_late_total", 0.0),
        ("lapwing_dropped_total", 0.0),
        ("lapwing_looks_total", 0.0),
        ("lapwing_tracker_births_total", 0.0),
        ("lapwing_output_failures_total", 2.0),
        ("lapwing_tracks{origin=\"claim\",confirmed=\"true\"}", 2.0),
        (
            "lapwing_tracks{origin=\"tracker\",confirmed=\"false\"}",
            1.0,
        ),
        ("lapwing_warnings{stage=\"act\"}", 1.0),
        ("lapwing_warnings{stage=\"all_clear\"}", 0.0),
        ("lapwing_sensors{state=\"alive\"}", 1.0),
        ("lapwing_sensors{state=\"never\"}", 1.0),
        (
            "lapwing_sensor_reports_total{sensor=\"adsb \\\"1\\\"\",kind=\"adsb\"}",
            0.0,
        ),
        ("lapwing_picture_time_seconds", 1_795_366_800.0),
        ("lapwing_stream_clients", 0.0),
    ] {
        assert_eq!(samples.get(series), Some(&value), "{series}");
    }
    assert!(samples["lapwing_picture_age_seconds"] < 60.0);
}

//! What each address answers.

use crate::fixture::{Fixture, snapshot};
use lapwing_engine::{Mode, Snapshot};
use serde_json::{Value, json};

#[test]
fn the_site_says_what_stands_still() {
    let f = Fixture::start(snapshot());
    let site = f.json("/api/v1/site");
    let corners = [[10.0, 54.0], [10.1, 54.0], [10.1, 54.1], [10.0, 54.1]];
    assert_eq!(
        site["places"],
        json!([
            {"id": "saltmere", "name": "Saltmere", "lat_deg": 54.5, "lon_deg": 10.5, "radius_m": 1000.0},
            {"id": "airport", "name": "Airport", "polygon": corners},
        ])
    );
    assert_eq!(
        site["sensors"],
        json!([
            {"id": "radar-north", "kind": "radar", "lat_deg": 54.75, "lon_deg": 10.25, "height_m": 60.0, "height_datum": "ellipsoid"},
            {"id": "adsb \"1\"", "kind": "adsb", "lat_deg": null, "lon_deg": null, "height_m": null, "height_datum": "ellipsoid"},
        ])
    );
    assert_eq!(site["name"], "Test Isle");
    assert_eq!(site["mode"], "exercise");
    assert_eq!(site["node"], "1");
    let bounds: Vec<f64> = serde_json::from_value(site["bounds"].clone()).unwrap();
    // the disc's eastern edge lies 1 km east of its centre: 1000 / (111.32 km · cos 54.5°)
    for (found, expected) in bounds.iter().zip([10.0, 54.0, 10.515_44, 54.75]) {
        assert!((found - expected).abs() < 1e-4, "{bounds:?}");
    }
    let basemap = f.json("/api/v1/basemap.geojson");
    assert_eq!(
        basemap,
        json!({"type": "FeatureCollection", "features": []})
    );
}

#[test]
fn tracks_can_be_chosen_by_confirmation_and_origin() {
    let f = Fixture::start(snapshot());
    for (query, ids) in [
        ("", vec!["1-1", "1-2", "1-3"]),
        ("?confirmed=true", vec!["1-1", "1-2"]),
        ("?confirmed=false", vec!["1-3"]),
        ("?origin=claim", vec!["1-1", "1-2"]),
        ("?origin=system&confirmed=true", vec![]),
    ] {
        let tracks = f.json(&format!("/api/v1/tracks{query}"));
        let found: Vec<&str> = tracks
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["id"].as_str().unwrap())
            .collect();
        assert_eq!(found, ids, "{query}");
    }
    for query in ["?confirmed=perhaps", "?unknown=1", "?origin=enemy"] {
        let answer = f.get(&format!("/api/v1/tracks{query}"));
        assert_eq!(answer.status, 400, "{query}");
        answer.problem();
    }
}

#[test]
fn a_track_comes_with_its_line_its_classes_its_forecasts_and_its_trail() {
    let f = Fixture::start(snapshot());
    let track = f.json("/api/v1/tracks/1-1");
    for (key, value) in [
        ("id", json!("1-1")),
        ("time", json!("2026-11-22T17:00:00Z")),
        ("lat_deg", json!(54.25)),
        ("height_m", json!(300.0)),
        ("height_datum", json!("pressure")),
        ("ve_mps", json!(50.0)),
        ("existence", json!(0.9375)),
        ("class", json!("fixed_wing_drone")),
        ("origin", json!("claim")),
        (
            "contributors",
            json!([{"sensor": "adsb \"1\"", "time": "2026-11-22T17:00:00Z", "reports": 12}]),
        ),
        (
            "classes",
            json!({"fixed_wing_drone": 0.75, "multirotor": 0.25, "bird": 0.0, "light_aircraft": 0.0, "airliner": 0.0, "other": 0.0}),
        ),
        (
            "forecasts",
            json!([{
                "place_id": "saltmere", "place_name": "Saltmere",
                "p_within": {"2": 0.0625, "6": 0.5, "10": 0.75, "20": 0.875},
                "arrival": {"p05": "2026-11-22T17:03:20Z", "p50": "2026-11-22T17:04:00Z", "p95": "2026-11-22T17:05:00Z"},
                "motion": "toward", "closest_approach_m": 0.0, "closest_approach_s": 240.0,
            }]),
        ),
    ] {
        assert_eq!(track[key], value, "{key}");
    }
    // the trail's points have been through the smoother's frame and back
    let trail = track["trail"].as_array().unwrap();
    assert_eq!(
        (trail.len(), &trail[0][0]),
        (1, &json!(1_795_366_800_000_i64))
    );
    for (value, expected) in [(&trail[0][1], 54.25), (&trail[0][2], 10.125)] {
        assert!(
            (value.as_f64().unwrap() - expected).abs() < 1e-9,
            "{trail:?}"
        );
    }
    assert_eq!(track["cov"].as_array().unwrap().len(), 36);
    for (path, status) in [
        ("/api/v1/tracks/1-99", 404),
        ("/api/v1/tracks/seven", 400),
        ("/api/v1/tracks/%ff", 400),
    ] {
        let answer = f.get(path);
        assert_eq!(answer.status, status, "{path}");
        answer.problem();
    }
}

#[test]
fn a_place_without_a_picture_is_unknown_and_not_safe() {
    let f = Fixture::start(snapshot());
    let places = f.json("/api/v1/places");
    assert_eq!(places[0]["id"], "saltmere");
    assert_eq!(places[0]["radius_m"], 1000.0);
    assert_eq!(places[0]["stage"], "act");
    assert_eq!(places[0]["warning_id"], "1-w1");
    assert_eq!(places[0]["track_id"], "1-1");
    assert_eq!(places[0]["motion"], "toward");
    assert_eq!(places[0]["p_within"]["6"], 0.5);
    assert_eq!(places[0]["arrival"]["p50"], "2026-11-22T17:04:00Z");
    assert_eq!(places[1]["stage"], "none");
    assert_eq!(places[1]["arrival"], Value::Null);

    let f = Fixture::start(Snapshot::empty(Mode::Live));
    let places = f.json("/api/v1/places");
    assert_eq!(places[0]["stage"], Value::Null);
    assert_eq!(places[0]["p_within"], Value::Null);
    assert_eq!(f.json("/api/v1/tracks"), json!([]));
    assert_eq!(f.json("/api/v1/status")["picture_age_s"], Value::Null);
}

#[test]
fn warnings_can_be_read_acknowledged_and_cancelled() {
    let f = Fixture::start(snapshot());
    let warnings = f.json("/api/v1/warnings");
    assert_eq!(warnings.as_array().unwrap().len(), 2);
    let warning = f.json("/api/v1/warnings/1-w1");
    assert_eq!(warning, warnings[0]);
    for (key, value) in [
        ("place_id", json!("saltmere")),
        ("stage", json!("act")),
        ("state", json!("active")),
        ("issued", json!("2026-11-22T16:59:30Z")),
        ("updated_ms", json!(1_795_366_800_000_i64)),
        ("track_ids", json!(["1-1"])),
        ("acknowledged_by", Value::Null),
        ("exercise", json!(true)),
    ] {
        assert_eq!(warning[key], value, "{key}");
    }

    let cap = f.get("/api/v1/warnings/1-w1.cap.xml");
    assert_eq!(cap.status, 200);
    assert_eq!(cap.header("content-type"), "application/cap+xml");
    assert!(cap.body.starts_with("<alert"), "{}", cap.body);

    let seen = f.post("/api/v1/warnings/1-w1/acknowledge", r#"{"by":" R. Vale "}"#);
    assert_eq!(seen.status, 200, "{}", seen.body);
    assert_eq!(seen.json()["state"], "acknowledged");
    assert_eq!(seen.json()["acknowledged_by"], "R. Vale");
    let body = r#"{"by":"R. Vale","reason":"a balloon"}"#;
    let cancelled = f.post("/api/v1/warnings/1-w1/cancel", body);
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    assert_eq!(cancelled.json()["state"], "cancelled");
    assert_eq!(cancelled.json()["cancelled_by"], "R. Vale");
    assert_eq!(cancelled.json()["cancel_reason"], "a balloon");
}

#[test]
fn the_status_says_what_was_counted_and_what_refused() {
    let f = Fixture::start(snapshot());
    let status = f.json("/api/v1/status");
    for (key, value) in [
        ("mode", json!("exercise")),
        ("time", json!("2026-11-22T17:00:00Z")),
        ("speed", json!(2.0)),
        ("tracks", json!(3)),
        ("tracks_confirmed", json!(2)),
        ("output_trouble", json!({"count": 2, "last": "disk full"})),
        ("log_trouble", json!({"count": 0, "last": null})),
        ("stream_clients", json!(0)),
    ] {
        assert_eq!(status[key], value, "{key}");
    }
    assert_eq!(status["counters"]["errors"], 3);
    assert_eq!(status["tracker"]["births"], 0);
    let age_s = status["picture_age_s"].as_f64().unwrap();
    assert!((0.0..60.0).contains(&age_s), "{age_s}");
    let sensors = f.json("/api/v1/sensors");
    assert_eq!(sensors[0]["id"], "radar-north");
    assert_eq!(sensors[0]["lat_deg"], 54.75);
    assert_eq!(sensors[0]["state"], "alive");
    assert_eq!(sensors[0]["last"], "2026-11-22T17:00:00Z");
    let registration = &sensors[0]["registration"];
    assert_eq!(registration["applied"], true);
    assert_eq!(registration["mode"], "on");
    assert!((registration["azimuth_deg"]["value"].as_f64().unwrap() - 0.31).abs() < 1e-9);
    assert_eq!(registration["time_s"]["sigma"], 0.0112);
    assert_eq!(sensors[1]["registration"], Value::Null);
    assert_eq!(sensors[1]["state"], "never");
    assert_eq!(sensors[1]["last"], Value::Null);
    assert_eq!(f.get("/healthz").body, "ok\n");
}

#[test]
fn the_page_is_the_map_or_says_how_to_build_it() {
    let f = Fixture::start(snapshot());
    let page = f.get("/");
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    let built = f.json("/api/v1/status")["map_built_in"] == json!(true);
    let expected = if built { "/assets/" } else { "npm run build" };
    let expected = expected.trim_start_matches('/');
    assert!(page.body.contains(expected), "{}", page.body);
    let csp = page.header("content-security-policy");
    for part in [
        "default-src 'self'",
        "frame-ancestors 'none'",
        "worker-src 'self' blob:",
        "connect-src 'self' ws: wss:",
    ] {
        assert!(csp.contains(part), "{csp}");
    }
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(f.get("/metrics").header("cache-control"), "no-store");
}

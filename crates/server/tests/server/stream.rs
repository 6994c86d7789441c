//! The stream: first everything, then only what changed.

use crate::fixture::{Fixture, NOON, picture, snapshot, track, warning};
use lapwing_engine::{Head, Mode, Snapshot};
use lapwing_model::{Stage, WarningState};
use serde_json::{Value, json};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Message, WebSocket};

struct Client(WebSocket<TcpStream>);

impl Client {
    fn connect(f: &Fixture) -> Self {
        Self::try_connect(f, None).unwrap()
    }

    fn try_connect(f: &Fixture, origin: Option<&str>) -> Result<Self, String> {
        let url = format!("ws://{}/api/v1/stream", f.address());
        let mut request = url.into_client_request().unwrap();
        if let Some(origin) = origin {
            let origin = origin.parse().unwrap();
            request.headers_mut().insert("origin", origin);
        }
        let stream = TcpStream::connect(f.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn frame(&mut self) -> Value {
        loop {
            match self.0.read().unwrap() {
                Message::Binary(bytes) => return rmp_serde::from_slice(&bytes).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

fn ids(rows: &Value) -> Vec<&str> {
    let id = |row: &'_ Value| row[0].as_str().map(|_| ()).is_some();
    assert!(rows.as_array().unwrap().iter().all(id), "{rows}");
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| row[0].as_str().unwrap())
        .collect()
}

#[test]
fn the_first_frame_has_everything_in_the_contracts_form() {
    let f = Fixture::start(snapshot());
    let frame = Client::connect(&f).frame();
    let tracks = frame["tracks"].as_array().unwrap();
    assert_eq!(
        tracks[0],
        json!([
            "1-1",
            1_795_366_800_000_i64,
            54.25,
            10.125,
            300.0,
            "pressure",
            50.0,
            -20.0,
            1.5,
            0.9375,
            "fixed_wing_drone",
            0.75,
            "DLH4AB",
            "claim",
            tracks[0][14],
            ["adsb \"1\""],
            true,
            false
        ])
    );
    // 95 % of two dimensions: √5.991 standard deviations of 20 m east and 10 m north
    let ellipse: Vec<f64> = serde_json::from_value(tracks[0][14].clone()).unwrap();
    for (found, expected) in ellipse.iter().zip([48.955, 24.477, 90.0]) {
        assert!((found - expected).abs() < 1e-2, "{ellipse:?}");
    }
    assert_eq!(
        ids(&frame["tracks"]),
        ["1-1", "1-2"],
        "only confirmed tracks"
    );
    let ms = |s: i64| 1_795_366_800_000 + 1_000 * s;
    let rest = json!({
        "v": 1, "seq": 1, "full": true, "time_ms": ms(0), "head_ms": null, "mode": "exercise", "speed": 2.0, "paused": false,
        "tracks": frame["tracks"], "gone": [],
        "places": [
            ["saltmere", "act", [0.0625, 0.5, 0.75, 0.875], [ms(200), ms(240), ms(300)], "1-1"],
            ["airport", "none", [0.0, 0.0, 0.0, 0.0], null, null],
        ],
        "warnings": [
            {"id": "1-w1", "place_id": "saltmere", "place_name": "Saltmere", "stage": "act", "state": "active",
             "issued_ms": ms(-30), "updated_ms": ms(0), "why": "1-1, fixed-wing drone (75 %), heads for Saltmere",
             "track_ids": ["1-1"], "acknowledged_by": null, "exercise": true},
            {"id": "1-w2", "place_id": "saltmere", "place_name": "Saltmere", "stage": "all_clear", "state": "ended",
             "issued_ms": ms(-30), "updated_ms": ms(0), "why": "1-1, fixed-wing drone (75 %), heads for Saltmere",
             "track_ids": ["1-1"], "acknowledged_by": null, "exercise": true},
        ],
        "sensors": [
            ["radar-north", "radar", "alive", ms(0), 40, 54.75, 10.25,
             ["on", true, [0.31, 0.013], [42.0, 3.0], [0.12, 0.011]]],
            ["adsb \"1\"", "adsb", "never", null, 0, null, null, null],
        ],
        "counters": {"reports": 40, "datagrams": 21, "errors": 3, "late": 0, "dropped": 0},
    });
    assert_eq!(frame, rest);
}

#[test]
fn tracks_of_the_head_are_provisional_and_the_picture_keeps_its_time() {
    let mut ahead = track(1, "DLH4AB");
    ahead.time = NOON.plus_seconds(1.5);
    ahead.position.lat_deg += 0.001;
    let f = Fixture::start(Snapshot {
        head: Some(Arc::new(Head {
            time: ahead.time,
            tracks: vec![ahead],
        })),
        ..snapshot()
    });
    let frame = Client::connect(&f).frame();
    let ms = NOON.as_millis();
    assert_eq!(
        (&frame["time_ms"], &frame["head_ms"]),
        (&json!(ms), &json!(ms + 1_500))
    );
    let told: Vec<_> = frame["tracks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row[0], row[1], row[2], row[17]]))
        .collect();
    assert_eq!(told[0], json!(["1-1", ms + 1_500, 54.251, true]));
    assert_eq!(
        (&told[1][0], &told[1][3]),
        (&json!("1-2"), &json!(false)),
        "not in the head"
    );
    assert_eq!(told.len(), 2);
}

#[test]
fn later_frames_have_only_what_changed_and_what_is_gone() {
    let f = Fixture::start(snapshot());
    let mut client = Client::connect(&f);
    assert_eq!(client.frame()["full"], true);

    // one track moves, one ends, one is new; a warning is acknowledged; nothing else changes
    let mut moved = track(1, "DLH4AB");
    moved.position.lat_deg += 0.001;
    let mut next = snapshot();
    let mut changed = picture(vec![moved, track(4, "NEW")]);
    changed.time = NOON.plus_seconds(1.0);
    next.picture = Some(Arc::new(changed));
    let mut warnings = (*next.warnings).clone();
    warnings[0].state = WarningState::Acknowledged;
    next.warnings = Arc::new(warnings);
    f.hub.show(next.clone());
    let frame = client.frame();
    assert_eq!(frame["seq"], 2);
    assert_eq!(frame["full"], false);
    assert_eq!(frame["time_ms"], 1_795_366_801_000_i64);
    assert_eq!(ids(&frame["tracks"]), ["1-1", "1-4"]);
    assert_eq!(frame["tracks"][0][2], 54.251);
    assert_eq!(frame["gone"], json!(["1-2"]));
    assert_eq!(frame["places"], json!([]));
    assert_eq!(frame["sensors"], json!([]));
    assert_eq!(frame["warnings"].as_array().unwrap().len(), 1);
    assert_eq!(frame["warnings"][0]["state"], "acknowledged");

    // the same again: a sign of life, and nothing in it
    f.hub.show(next.clone());
    let frame = client.frame();
    assert_eq!(frame["seq"], 3);
    for key in ["tracks", "gone", "places", "warnings", "sensors"] {
        assert_eq!(frame[key], json!([]), "{key}");
    }

    // a frame cannot say that a warning is gone: everything comes anew
    let kept = vec![warning("1-w1", Stage::Act, WarningState::Active)];
    next.warnings = Arc::new(kept);
    f.hub.show(next);
    let frame = client.frame();
    assert_eq!(frame["seq"], 4);
    assert_eq!(frame["full"], true);
    assert_eq!(frame["warnings"].as_array().unwrap().len(), 1);
    assert_eq!(ids(&frame["tracks"]), ["1-1", "1-4"]);
}

#[test]
fn pictures_that_come_faster_than_frames_are_merged() {
    let f = Fixture::start(snapshot());
    let mut client = Client::connect(&f);
    client.frame();
    let started = Instant::now();
    for step in 1..=40 {
        let mut next = snapshot();
        let mut moved = picture(vec![track(1, "A"), track(2, "B")]);
        moved.time = NOON.plus_seconds(f64::from(step));
        next.picture = Some(Arc::new(moved));
        f.hub.show(next);
        std::thread::sleep(Duration::from_millis(25));
    }
    let mut frames = 0;
    let mut last = json!(1);
    loop {
        let frame = client.frame();
        frames += 1;
        assert_eq!(frame["seq"], last.as_u64().unwrap() + 1);
        last = frame["seq"].clone();
        if frame["time_ms"] == 1_795_366_840_000_i64 {
            break;
        }
    }
    let most = started.elapsed().as_secs_f64() / 0.25 + 2.0;
    assert!(f64::from(frames) <= most, "{frames} frames, at most {most}");
}

#[test]
fn before_the_first_picture_and_after_the_last_the_frame_says_so() {
    let f = Fixture::start(Snapshot::empty(Mode::Replay));
    let mut client = Client::connect(&f);
    let frame = client.frame();
    assert_eq!(frame["time_ms"], 0);
    assert_eq!(frame["mode"], "replay");
    assert_eq!(frame["speed"], Value::Null);
    assert_eq!(frame["places"], json!([]), "unknown, not safe");
    let mut ended = snapshot();
    ended.ended = true;
    f.hub.show(ended);
    let frame = client.frame();
    assert_eq!(frame["paused"], true);
    assert_eq!(ids(&frame["tracks"]), ["1-1", "1-2"]);
}

#[test]
fn only_pages_of_this_server_may_open_it_and_not_too_many() {
    let f = Fixture::start(snapshot());
    let own = format!("http://{}", f.address());
    assert!(Client::try_connect(&f, Some(&own)).is_ok());
    let foreign = Client::try_connect(&f, Some("http://evil.example"));
    assert!(foreign.err().unwrap().contains("403"));

    let wait_for = |count: i64| {
        let deadline = Instant::now() + Duration::from_secs(10);
        while f.json("/api/v1/status")["stream_clients"] != json!(count) {
            assert!(Instant::now() < deadline, "never {count} clients");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait_for(0);
    let mut clients: Vec<_> = (0..64).map(|_| Client::connect(&f)).collect();
    for client in &mut clients {
        assert_eq!(client.frame()["seq"], 1);
    }
    let error = Client::try_connect(&f, None).err().unwrap();
    assert!(error.contains("503"), "{error}");
    drop(clients);
    wait_for(0);
    assert_eq!(Client::connect(&f).frame()["full"], true);
}

#[test]
fn a_client_that_takes_nothing_is_let_go_and_others_do_not_notice() {
    // more rows than all buffers between server and client hold
    let mut many = snapshot();
    let tracks = (1..=100_000).map(|n| track(n, "MANY")).collect();
    many.picture = Some(Arc::new(picture(tracks)));
    let f = Fixture::start_with(many, Duration::from_millis(500));
    let _stuck = Client::connect(&f);
    let deadline = Instant::now() + Duration::from_secs(20);
    let slow = "lapwing_stream_slow_clients_total 1\n";
    while !f.get("/metrics").body.contains(slow) {
        assert!(Instant::now() < deadline, "the slow client is still served");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(f.json("/api/v1/status")["stream_clients"], 0);
}

#[test]
fn when_the_server_stops_the_stream_is_closed_in_form() {
    let f = Fixture::start(snapshot());
    let mut client = Client::connect(&f);
    client.frame();
    let stopping = std::thread::spawn(move || f.server.stop());
    match client.0.read().unwrap() {
        Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1001),
        other => panic!("{other:?}"),
    }
    stopping.join().unwrap().unwrap();
}

//! A picture made by hand, a pipeline that only answers, and the smallest HTTP client.

use lapwing_engine::{
    Counters, Hub, Message, Mode, Operator, Picture, SensorHealth, SensorState, ShownSensor,
    Snapshot, Trails,
};
use lapwing_geo::{Area, Geodetic, Height, HeightDatum, Polygon};
use lapwing_model::{
    Arrival, ClassProbabilities, Contributor, Forecast, Motion, Origin, Place, PlaceId, SensorId,
    SensorKind, SensorSpec, Stage, Timestamp, Track, TrackClaim, TrackId, Warning, WarningId,
    WarningState,
};
use lapwing_server::{Running, Server, ServerOptions, SiteView};
use lapwing_track::{Bias, RegistrationMode, SensorRegistration};
use lapwing_warn::PlaceState;
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// 2026-11-22T17:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp(1_795_366_800_000_000_000);

pub(crate) struct Fixture {
    pub(crate) hub: Arc<Hub>,
    pub(crate) server: Running,
}

impl Fixture {
    /// A server over `snapshot`.
    pub(crate) fn start(snapshot: Snapshot) -> Self {
        Self::start_with(snapshot, ServerOptions::SLOW_CLIENT)
    }

    pub(crate) fn start_with(snapshot: Snapshot, slow_client: Duration) -> Self {
        let hub = Arc::new(Hub::new(snapshot.mode));
        hub.show(snapshot);
        let (inbox, messages) = sync_channel(16);
        std::thread::spawn(move || messages.into_iter().for_each(answer));
        let options = ServerOptions {
            listen: "127.0.0.1:0".parse().unwrap(),
            site_name: "Test Isle".into(),
            node: 1,
            site: site(),
            slow_client,
        };
        let server = Server::bind(options, Arc::clone(&hub), inbox).unwrap();
        let server = server.spawn().unwrap();
        Self { hub, server }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.local_addr()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], "")
    }

    /// The JSON that a path answers with 200.
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.request("POST", path, &[("Content-Type", "application/json")], body)
    }

    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head += &format!("Host: {}\r\n", self.address());
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        self.raw(&format!("{head}\r\n{body}"))
    }

    pub(crate) fn raw(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        // a server that refuses a body may reset the connection after its answer
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer to {request:?}: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        Answer {
            status: status.parse().unwrap(),
            headers: lines
                .filter_map(|l| l.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        assert!(
            self.header("content-type").contains("json"),
            "{}",
            self.body
        );
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// Fails unless this is an error in the interface's form; gives its three texts.
    pub(crate) fn problem(&self) -> (String, String, String) {
        let error = &self.json()["error"];
        let text = |key: &str| {
            let text = error[key].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "no `{key}` in {}", self.body);
            text.to_owned()
        };
        (text("what"), text("where"), text("mend"))
    }
}

fn answer(message: Message) {
    match message {
        Message::Operator(operator, reply) => {
            let answer = match operator {
                Operator::Acknowledge { warning, by } if warning == "1-w1" => {
                    let mut warning = self::warning("1-w1", Stage::Act, WarningState::Acknowledged);
                    warning.acknowledged_by = Some(by);
                    warning.version += 1;
                    Ok(warning)
                }
                Operator::Cancel {
                    warning,
                    by,
                    reason,
                } if warning == "1-w1" => {
                    let mut warning = self::warning("1-w1", Stage::Act, WarningState::Cancelled);
                    warning.cancelled = Some((by, reason));
                    Ok(warning)
                }
                _ => Err("warning 1-w2 is ended already".into()),
            };
            reply.send(answer).unwrap();
        }
        Message::Cap(id, reply) => {
            let document = match id.as_str() {
                "1-w1" => Ok(Some(
                    b"<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"/>".to_vec(),
                )),
                "1-w2" => Err("disk full".into()),
                _ => Ok(None),
            };
            reply.send(document).unwrap();
        }
        _ => {}
    }
}

fn site() -> SiteView {
    let corners = [(10.0, 54.0), (10.1, 54.0), (10.1, 54.1), (10.0, 54.1)];
    let corners = corners.map(|(lon, lat)| Geodetic::new(lat, lon, 0.0));
    let place = |id: &str, name: &str, area: Area| Place {
        id: PlaceId(id.into()),
        name: name.into(),
        area,
        lead_time_s: 300.0,
    };
    SiteView {
        places: Arc::new(vec![
            place(
                "saltmere",
                "Saltmere",
                Area::disc(Geodetic::new(54.5, 10.5, 0.0), 1_000.0).unwrap(),
            ),
            place(
                "airport",
                "Airport",
                Area::Polygon(Polygon::new(corners.to_vec()).unwrap()),
            ),
        ]),
        areas: Arc::default(),
        basemap: None,
    }
}

pub(crate) fn track(counter: u64, callsign: &str) -> Track {
    let mut covariance = [[0.0; 6]; 6];
    covariance[0][0] = 400.0;
    covariance[1][1] = 100.0;
    Track {
        id: TrackId { node: 1, counter },
        time: NOON,
        origin: Origin::Claim,
        position: Geodetic::new(54.25, 10.125, 340.0),
        height: Some(Height::new(300.0, HeightDatum::Pressure)),
        velocity_mps: [50.0, -20.0, 1.5],
        covariance,
        existence: 0.9375,
        existence_independent: 0.5,
        confirmed: true,
        followed: true,
        classes: ClassProbabilities::from_weights([0.75, 0.25, 0.0, 0.0, 0.0, 0.0]),
        claims: vec![
            TrackClaim {
                kind: "icao24".into(),
                value: format!("3c66{counter:02x}"),
                trust: 0.75,
            },
            TrackClaim {
                kind: "callsign".into(),
                value: callsign.into(),
                trust: 0.75,
            },
        ],
        contributors: vec![Contributor {
            sensor: SensorId(1),
            time: NOON,
            reports: 12,
        }],
        modes: None,
        parts: Vec::new(),
        first_seen: NOON.plus_seconds(-60.0),
        last_seen: NOON.plus_seconds(-0.5),
    }
}

pub(crate) fn warning(id: &str, stage: Stage, state: WarningState) -> Warning {
    Warning {
        id: WarningId(id.into()),
        version: 1,
        place: PlaceId("saltmere".into()),
        place_name: "Saltmere".into(),
        stage,
        state,
        issued: NOON.plus_seconds(-30.0),
        updated: NOON,
        why: "1-1, fixed-wing drone (75 %), heads for Saltmere".into(),
        tracks: vec![TrackId {
            node: 1,
            counter: 1,
        }],
        p_within: [0.0625, 0.5, 0.75, 0.875],
        arrival: Some(arrival()),
        acknowledged_by: None,
        cancelled: None,
        exercise: true,
    }
}

fn arrival() -> Arrival {
    Arrival {
        p05: NOON.plus_seconds(200.0),
        p50: NOON.plus_seconds(240.0),
        p95: NOON.plus_seconds(300.0),
    }
}

pub(crate) fn picture(tracks: Vec<Track>) -> Picture {
    let forecasts = tracks
        .iter()
        .map(|t| {
            vec![Forecast {
                track: t.id,
                place: PlaceId("saltmere".into()),
                time: t.time,
                p_within: [0.0625, 0.5, 0.75, 0.875],
                arrival: Some(arrival()),
                closest_approach_m: 0.0,
                closest_approach_s: 240.0,
                motion: Motion::Toward,
            }]
        })
        .collect();
    Picture {
        time: NOON,
        fresh: (0..tracks.len()).collect(),
        tracks,
        forecasts,
        warnings: Vec::new(),
        places: vec![
            PlaceState {
                place: PlaceId("saltmere".into()),
                stage: Some(Stage::Act),
                warning: Some(WarningId("1-w1".into())),
                p_within: [0.0625, 0.5, 0.75, 0.875],
                track: Some(TrackId {
                    node: 1,
                    counter: 1,
                }),
                arrival: Some(arrival()),
                motion: Some(Motion::Toward),
            },
            PlaceState {
                place: PlaceId("airport".into()),
                stage: None,
                warning: None,
                p_within: [0.0; 4],
                track: None,
                arrival: None,
                motion: None,
            },
        ],
    }
}

/// A radar's errors: 0.31° and 42 m with their uncertainty, and 120 ms.
fn registration() -> SensorRegistration {
    let bias = |value: f64, sigma: f64| Bias { value, sigma };
    SensorRegistration {
        mode: RegistrationMode::On,
        applied: true,
        range_m: Some(bias(42.4, 3.2)),
        scale: Some(bias(2e-4, 1e-4)),
        azimuth_rad: bias(0.31_f64.to_radians(), 0.0125_f64.to_radians()),
        time_s: Some(bias(0.1204, 0.0112)),
        east_m: Some(bias(0.0, 10.0)),
        north_m: Some(bias(0.0, 10.0)),
        used: 900,
        outliers: 12,
        restarts: 0,
    }
}

/// Two confirmed tracks and a tentative one, two sensors, a warning in force and one that is over.
pub(crate) fn snapshot() -> Snapshot {
    let mut tentative = track(3, "GHOST");
    tentative.confirmed = false;
    tentative.followed = false;
    tentative.origin = Origin::Tracker;
    let picture = picture(vec![
        track(1, "DLH\u{202E}4AB\n"),
        track(2, "GULL2"),
        tentative,
    ]);
    let mut radar = SensorSpec::of_kind("radar-north", SensorKind::Radar);
    radar.position = Some(Geodetic::new(54.75, 10.25, 60.0));
    let sensors = [
        (
            radar,
            SensorState::Alive,
            Some(NOON),
            40,
            Some(registration()),
        ),
        (
            SensorSpec::of_kind("adsb \"1\"", SensorKind::Adsb),
            SensorState::Never,
            None,
            0,
            None,
        ),
    ];
    let sensors = sensors.into_iter().enumerate();
    let mut trails = Trails::with_lag(30.0);
    trails.update(&picture);
    Snapshot {
        speed: Some(2.0),
        picture: Some(Arc::new(picture)),
        sensors: Arc::new(
            sensors
                .map(
                    |(index, (spec, state, last, reports, registration))| ShownSensor {
                        registration,
                        health: SensorHealth {
                            sensor: SensorId(index as u32),
                            state,
                            last,
                            reports,
                        },
                        spec,
                    },
                )
                .collect(),
        ),
        warnings: Arc::new(vec![
            warning("1-w1", Stage::Act, WarningState::Active),
            warning("1-w2", Stage::AllClear, WarningState::Ended),
        ]),
        trails,
        counters: Counters {
            reports: 40,
            datagrams: 21,
            bytes: 2_100,
            errors: 3,
            ..Counters::default()
        },
        output_trouble: (2, Some("disk full".into())),
        ..Snapshot::empty(Mode::Exercise)
    }
}

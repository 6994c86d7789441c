//! How old the picture is when it reaches a viewer, at 10,000 reports a second:
//! `cargo run --release -p lapwing-server --example latency [LATENESS_S] [SECONDS]`.
//!
//! 2,000 things report their position five times a second over UDP, with the time of sending
//! as time of applicability; a WebSocket client notes, for each frame, its own clock less the
//! picture's time and less its provisional head's. What is printed holds everything between: socket, queue, log, decoding,
//! tracking, the tick, encoding, WebSocket. The allowed lateness is waited out by design.

use lapwing_engine::site::Site;
use lapwing_engine::{
    Feeds, Mode, Outputs, RunOptions, Runtime, Sequencer, Start, StartFeed, wall_clock,
};
use lapwing_record::{Options, Writer};
use lapwing_server::{Server, ServerOptions};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

const THINGS: u32 = 2_000;
const PER_SECOND: u32 = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let lateness_s: f64 = arguments.next().map_or(Ok(0.0), |a| a.parse())?;
    let seconds: u64 = arguments.next().map_or(Ok(30), |a| a.parse())?;
    let port = UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port();
    let text = format!(
        "[site]\nname = \"latency\"\n[[sensor]]\nid = \"mast\"\nkind = \"remote_id\"\n\
         [[feed]]\nid = \"lines\"\nkind = \"json\"\naddress = \"127.0.0.1:{port}\"\n\
         [tracker]\nlateness_s = {lateness_s:?}\n"
    );
    let site = Site::parse(&text, "latency").map_err(|e| format!("{e:?}"))?;
    let start = Start {
        format: 1,
        program: "latency".into(),
        site: text,
        feeds: vec![StartFeed {
            id: "lines".into(),
            wire: "json".into(),
            date: None,
            sensor: None,
        }],
        exercise: true,
        warnings: Vec::new(),
    };
    let dir = std::env::temp_dir().join(format!("lapwing-latency-{}", std::process::id()));
    let log = Writer::create(dir.join("recording"), &Options::default())?;
    let sequencer = Sequencer::begin(site.clone(), start, 2, Some(log), wall_clock())?;
    let options = RunOptions {
        mode: Mode::Live,
        speed: None,
        wall_clock: true,
        report_faults: true,
    };
    let runtime = Runtime::spawn(sequencer, Outputs::in_memory()?, options)?;
    let feeds = Feeds::start(&site.feeds, &runtime.inbox())?;
    let server = Server::bind(
        ServerOptions::of_site("127.0.0.1:0".parse()?, &site, None),
        runtime.hub.clone(),
        runtime.inbox(),
    )?;
    let address = server.local_addr();
    let running = server.spawn()?;

    let sender = std::thread::spawn(move || send(port, seconds));
    let (mut socket, _) = tungstenite::connect(format!("ws://{address}/api/v1/stream"))?;
    let mut ages_ms: Vec<i64> = Vec::new();
    let mut head_ages_ms: Vec<i64> = Vec::new();
    let end = Instant::now() + Duration::from_secs(seconds);
    let warm = Instant::now() + Duration::from_secs(5);
    while Instant::now() < end {
        let message = socket.read()?;
        if let tungstenite::Message::Binary(bytes) = message
            && Instant::now() > warm
        {
            let picture_ms = time_ms(&bytes, "time_ms").ok_or("a frame without time_ms")?;
            let head_ms = time_ms(&bytes, "head_ms").unwrap_or(picture_ms);
            let now_ms = wall_clock().as_millis();
            ages_ms.push(now_ms - picture_ms);
            head_ages_ms.push(now_ms - head_ms);
        }
    }
    drop(socket);
    let sent = sender.join().map_err(|_| "the sender failed")??;
    running.stop()?;
    feeds.stop();
    let finished = runtime.stop().ok_or("the pipeline ended by itself")?;
    std::fs::remove_dir_all(&dir)?;
    let counters = finished.core.counters();
    println!(
        "sent {sent} reports in {seconds} s, taken {}, late {}, dropped {}",
        counters.reports, counters.late, counters.dropped
    );
    say("committed picture", lateness_s, &mut ages_ms);
    say("provisional head", lateness_s, &mut head_ages_ms);
    Ok(())
}

fn say(what: &str, lateness_s: f64, ages_ms: &mut [i64]) {
    ages_ms.sort_unstable();
    let at = |share: f64| {
        ages_ms
            .get((ages_ms.len() as f64 * share) as usize)
            .map_or_else(|| "none".into(), i64::to_string)
    };
    println!(
        "age of the {what} on arrival, ms, lateness {lateness_s} s: p50 {} p95 {} p99 {} of {} frames",
        at(0.5),
        at(0.95),
        at(0.99),
        ages_ms.len()
    );
}

fn send(port: u16, seconds: u64) -> std::io::Result<u64> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let begin = Instant::now();
    let mut sent = 0_u64;
    let per_second = u64::from(THINGS * PER_SECOND);
    while begin.elapsed() < Duration::from_secs(seconds) {
        let due = (begin.elapsed().as_secs_f64() * per_second as f64) as u64;
        while sent < due {
            let thing = sent % u64::from(THINGS);
            let lat_deg = 46.0 + (thing / 50) as f64 * 0.02;
            let lon_deg = -30.0 + (thing % 50) as f64 * 0.02;
            let line = format!(
                r#"{{"sensor":"mast","time":"{}","measurement":{{"kind":"position","lat_deg":{lat_deg},"lon_deg":{lon_deg},"sigma_m":5.0}},"claims":{{"remote_id":"T{thing}"}}}}"#,
                wall_clock()
            );
            socket.send_to(line.as_bytes(), ("127.0.0.1", port))?;
            sent += 1;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(sent)
}

/// A time of a MessagePack frame by its key of seven letters, without decoding the rest.
fn time_ms(frame: &[u8], key: &str) -> Option<i64> {
    let key = [&[0xa7], key.as_bytes()].concat();
    let at = frame.windows(key.len()).position(|w| w == key)? + key.len();
    match frame.get(at..)? {
        [0xcf | 0xd3, rest @ ..] => Some(i64::from_be_bytes(*rest.first_chunk()?)),
        [0xce, rest @ ..] => Some(i64::from(u32::from_be_bytes(*rest.first_chunk()?))),
        [small @ 0..=0x7f, ..] => Some(i64::from(*small)),
        _ => None,
    }
}

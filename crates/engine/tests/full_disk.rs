//! A disk that is really full under a whole run: a file system of its own, of which nothing
//! is left. The picture goes on, what refuses is counted and said, no warning leaves before
//! it is stored, and all of them leave once there is room.
//!
//! The test runs itself again in a mount namespace where it may mount such a file system.

mod common;

use common::{begin_json, town};
use lapwing_engine::site::Site;
use lapwing_engine::{Hub, Message, Mode, Outputs, RunOptions, Runtime, Snapshot};
use lapwing_model::Warning;
use lapwing_record::{Options, Writer, verify};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const CHILD: &str = "LAPWING_ENGINE_FULL_CHILD";
const TEST: &str = "a_full_disk_costs_no_picture_and_no_warning";

fn rerun(dir: &Path) {
    let script = "mount -t tmpfs -o size=2m tmpfs \"$DIR\"; exec \"$0\" --exact \"$1\" --nocapture";
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-e", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg(TEST)
        .env(CHILD, dir)
        .env("DIR", dir)
        .output();
    match output {
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr).into_owned()
                + &String::from_utf8_lossy(&output.stdout);
            if words.contains("unshare:") || words.contains("mount:") {
                eprintln!("SKIPPED: {TEST}: no mount namespace here: {words}");
                return;
            }
            assert!(output.status.success(), "{words}");
            assert!(words.contains("1 passed"), "{words}");
            // what a person without a map reads
            for said in ["the recording has refused", "outputs have refused"] {
                assert!(words.contains(said), "{said}: {words}");
            }
        }
        Err(error) => eprintln!("SKIPPED: {TEST}: no `unshare` here: {error}"),
    }
}

/// Takes all the room that is left.
fn fill(ballast: &Path) {
    let mut file = fs::File::create(ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    while file.write_all(&[0]).is_ok() {}
}

fn send(runtime: &Runtime, seconds: Range<u32>) {
    for second in seconds {
        let message = Message::Arrival {
            feed: 0,
            received: town::time(second),
            bytes: town::line(second),
        };
        runtime.inbox().send(message).unwrap();
    }
}

/// Waits for a snapshot.
fn until(hub: &Hub, what: &str, done: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let end = Instant::now() + Duration::from_secs(30);
    let mut latest = hub.latest();
    while !done(&latest) {
        assert!(Instant::now() < end, "{what}: {latest:?}");
        latest = hub.wait(latest.revision, Duration::from_millis(200));
    }
    latest
}

/// The documents in an outbox, by name.
fn documents(outbox: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = fs::read_dir(outbox).unwrap().map(|e| e.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "xml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect()
}

#[test]
fn a_full_disk_costs_no_picture_and_no_warning() {
    let home = tempfile::tempdir().unwrap();
    let Some(full) = std::env::var_os(CHILD) else {
        return rerun(home.path());
    };
    let full = Path::new(&full);
    let (near, far) = (full.join("outbox"), home.path().join("outbox"));
    let (warnings, tracks) = (full.join("warnings.jsonl"), full.join("tracks.jsonl"));
    let text = town::site(
        false,
        &[
            ("cap", &near),
            ("cap", &far),
            ("warnings", &warnings),
            ("tracks", &tracks),
        ],
    );
    let site = Site::parse(&text, "test").unwrap();
    let state = full.join("state.db");
    let recording = full.join("recording");
    // few bytes may wait in memory, so that entries are refused too and not only their sync
    let options = Options {
        unsynced_bytes: 10_000,
        ..Options::default()
    };
    let log = Writer::create(&recording, &options).unwrap();
    let outputs = Outputs::open(&site, &state).unwrap();
    let runtime = Runtime::spawn(
        begin_json(&text, Some(log)),
        outputs,
        RunOptions {
            mode: Mode::Live,
            speed: None,
            wall_clock: false,
            report_faults: true,
        },
    )
    .unwrap();
    let at = |second: u32| {
        move |s: &Snapshot| s.time().is_some_and(|t| t >= town::time(second)) && s.revision > 0
    };
    send(&runtime, 0..10);
    until(&runtime.hub, "the first pictures", at(5));

    let ballast = full.join("ballast");
    fill(&ballast);
    send(&runtime, 10..200);
    let shown = until(&runtime.hub, "pictures on a full disk", at(195));
    assert!(!shown.warnings.is_empty(), "whoever looks is warned");
    let (refused, said) = shown.log_trouble.clone();
    assert!(refused > 0, "{said:?}");
    assert!(said.unwrap().contains(".seg"));
    let (refused, said) = shown.output_trouble.clone();
    assert!(refused > 100, "each picture's lines are refused: {refused}");
    assert!(said.unwrap().contains(full.to_str().unwrap()));
    for outbox in [&near, &far] {
        assert!(documents(outbox).is_empty(), "it left before it was stored");
    }

    fs::remove_file(&ballast).unwrap();
    send(&runtime, 200..230);
    until(&runtime.hub, "pictures on a mended disk", at(225));
    let finished = runtime.stop().unwrap();
    let decided: Vec<Warning> = finished.core.warnings().cloned().collect();
    assert_eq!(finished.failure, None);
    assert!(verify(&recording).unwrap().is_sound());

    // one id, every version of it once, the same bytes wherever they are
    let ids: BTreeSet<&str> = decided.iter().map(|w| w.id.0.as_str()).collect();
    assert_eq!(ids.len(), 1, "{decided:?}");
    let store = rusqlite::Connection::open(&state).unwrap();
    let mut query = store
        .prepare("SELECT version, json, cap_id, cap_xml FROM warning ORDER BY version")
        .unwrap();
    let rows: Vec<(u32, String, String, Vec<u8>)> = query
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let versions: Vec<u32> = rows.iter().map(|r| r.0).collect();
    assert!(versions.len() >= 3, "{versions:?}");
    let last = decided.iter().map(|w| w.version).max().unwrap();
    assert_eq!(versions, (1..=last).collect::<Vec<_>>());
    let expected: BTreeMap<String, Vec<u8>> = rows
        .iter()
        .map(|(_, _, id, xml)| (format!("{id}.cap.xml"), xml.clone()))
        .collect();
    assert!(documents(&near) == expected && documents(&far) == expected);
    let lines: String = rows.iter().map(|r| r.1.clone() + "\n").collect();
    assert_eq!(fs::read_to_string(&warnings).unwrap(), lines);
    // no line of the tracks is torn, though some were refused half-way
    for line in fs::read_to_string(&tracks).unwrap().lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

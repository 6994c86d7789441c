//! A replay shows what was shown: the same digest on any number of threads, from the
//! captures or from their recording, with the map or without.

mod support;

use std::path::Path;
use support::town::Town;
use support::{
    Running, captures, data, digest, digest_line, eventually, lapwing, run, simulate, stderr,
};

const HEADLESS: [&str; 4] = ["--headless", "--speed", "max", "--digest"];
const SERVED: [&str; 5] = ["--speed", "max", "--digest", "--listen", "127.0.0.1:0"];

/// The digest that a replay with the map ends with, once it has played out and is stopped.
fn served_digest(arguments: &[&str]) -> String {
    let running = Running::start(lapwing().args(arguments).args(SERVED));
    eventually("the end of the input", || {
        let status = running.get("/api/v1/status");
        assert_eq!(status["mode"], "replay");
        (status["ended"] == true).then_some(())
    });
    digest_line(&running.terminate())
}

/// The digest of a replay, which is the same with the map and without.
fn digest_both_ways(arguments: &[&str]) -> String {
    let headless = digest(&[arguments, &HEADLESS].concat());
    assert_eq!(headless, served_digest(arguments), "{arguments:?}");
    headless
}

#[test]
fn replays_end_in_the_same_digest_on_any_number_of_threads_and_from_a_recording() {
    let dir = tempfile::tempdir().unwrap();
    simulate(dir.path(), 60);
    let site = dir.path().join("site.toml");
    let site = site.to_str().unwrap();
    let captures = captures(dir.path());
    let recording = dir.path().join("recording");
    let recording = recording.to_str().unwrap();
    let mut base = vec!["replay"];
    base.extend(captures.iter().map(String::as_str));
    base.extend(["--site", site, "--date", "2026-06-01"]);
    base.extend(HEADLESS);
    let one = digest(&[&base[..], &["--threads", "1", "--record", recording]].concat());
    assert_eq!(one, digest(&[&base[..], &["--threads", "4"]].concat()));
    for threads in ["1", "3"] {
        let again = [&["replay", recording, "--threads", threads][..], &HEADLESS].concat();
        assert_eq!(one, digest(&again), "{threads} threads");
    }
    assert_eq!(one, served_digest(&["replay", recording]));
    let verified = run(&["verify", recording, "--format", "json"]);
    assert!(verified.status.success(), "{}", stderr(&verified));
    // another input, another digest
    let mut fewer = vec!["replay", captures[0].as_str()];
    fewer.extend(&base[base.len() - 8..]);
    assert_ne!(one, digest(&fewer));
}

#[test]
fn a_replay_with_the_map_shows_what_one_without_it_decides() {
    let dir = tempfile::tempdir().unwrap();
    simulate(dir.path(), 60);
    let site = dir.path().join("site.toml");
    let dated = ["--site", site.to_str().unwrap(), "--date", "2026-06-01"];
    let captures = captures(dir.path());
    let all: Vec<&str> = captures.iter().map(String::as_str).collect();
    // each kind of capture by itself, then all of them merged
    let mut seen = std::collections::BTreeSet::new();
    for ending in [".ff", ".csv", ".jsonl"] {
        let path = captures.iter().find(|path| path.ends_with(ending));
        let path = path.unwrap_or_else(|| panic!("no {ending}: {captures:?}"));
        seen.insert(digest_both_ways(&[&["replay", path][..], &dated].concat()));
    }
    seen.insert(digest_both_ways(&[&["replay"], &all[..], &dated].concat()));
    assert_eq!(seen.len(), 4, "different inputs, different pictures");
}

#[test]
fn the_shared_recording_shows_the_same_with_the_map() {
    let Some(path) = data("asterix/atc_cat062_063_065_30min.ff") else {
        return;
    };
    digest_both_ways(&["replay", path.to_str().unwrap()]);
}

/// A run that was killed has no end in its recording: what was still waiting for its turn
/// when it died stays waiting, with the map as without.
#[test]
fn the_recording_of_a_killed_run_shows_the_same_with_the_map() {
    let dir = tempfile::tempdir().unwrap();
    let town = Town::new(dir.path());
    let running = town.start();
    town.attack(0..120);
    eventually("a warning in the outbox", || {
        (!town.outbox().is_empty()).then_some(())
    });
    // what has come is durable within 200 ms
    std::thread::sleep(std::time::Duration::from_millis(400));
    running.kill();
    let recording = town.runs()[0].join("recording");
    digest_both_ways(&["replay", path_str(&recording)]);
}

fn path_str(path: &Path) -> &str {
    path.to_str().unwrap()
}

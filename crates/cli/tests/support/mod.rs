//! What the tests of the command line share: the binary, its runs, and files to feed it.
#![allow(dead_code)] // each test binary uses its own part

mod running;
pub(crate) mod town;

#[allow(unused_imports)] // likewise
pub(crate) use running::{Running, ask};

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// The binary under test.
pub(crate) fn lapwing() -> Command {
    Command::new(env!("CARGO_BIN_EXE_lapwing"))
}

/// Runs to the end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    lapwing().args(arguments).output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The last line of standard output, which is a digest.
pub(crate) fn digest_line(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    let out = stdout(output);
    let line = out.lines().last().unwrap_or_default().to_owned();
    assert!(line.starts_with("digest sha256:"), "{out}");
    assert_eq!(line.len(), "digest sha256:".len() + 64);
    line
}

/// The digest that a headless replay ends with.
pub(crate) fn digest(arguments: &[&str]) -> String {
    digest_line(&run(arguments))
}

/// A file of the recordings to test against; says loudly when it is not there.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("LAPWING_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there; set LAPWING_DATA", path.display());
    None
}

/// Simulates the demo's island for a while into a directory.
pub(crate) fn simulate(dir: &Path, seconds: u32) {
    let out = dir.to_str().unwrap();
    let duration = seconds.to_string();
    let output = run(&[
        "simulate",
        "merrow-demo",
        "--seed",
        "3",
        "--duration",
        &duration,
        "--out",
        out,
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
}

/// The captures that a simulation left in a directory.
pub(crate) fn captures(dir: &Path) -> Vec<String> {
    let mut found: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path().to_str().unwrap().to_owned())
        .filter(|p| {
            [".ff", ".csv", ".jsonl"].iter().any(|e| p.ends_with(e)) && !p.ends_with("truth.jsonl")
        })
        .collect();
    found.sort();
    found
}

/// A port that was free a moment ago.
pub(crate) fn free_udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Waits until `done` gives something.
pub(crate) fn eventually<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(
            Instant::now() < end,
            "{what} did not happen within a minute"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The payloads of a Final Format file.
pub(crate) fn payloads(bytes: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while rest.len() > 12 {
        let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        out.push(&rest[8..length - 4]);
        rest = &rest[length..];
    }
    out
}

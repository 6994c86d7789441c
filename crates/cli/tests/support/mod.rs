//! What the tests of the command line share.
#![allow(dead_code)] // each test binary uses its own part

use std::io::Read;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
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

/// A port that was free a moment ago.
pub(crate) fn free_udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A `lapwing run` or the like that is stopped when the test ends.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(
            command
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        )
    }

    /// Asks it to stop, as a service manager does; gives what it said on standard error.
    pub(crate) fn terminate(mut self) -> String {
        self.signal("TERM");
        let end = Instant::now() + Duration::from_secs(30);
        while self.0.try_wait().unwrap().is_none() {
            assert!(Instant::now() < end, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut said = String::new();
        self.0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        said
    }

    /// Kills it where it stands.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    fn signal(&self, name: &str) {
        let done = Command::new("kill")
            .args([&format!("-{name}"), &self.0.id().to_string()])
            .status()
            .unwrap();
        assert!(done.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
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
        std::thread::sleep(Duration::from_millis(50));
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

//! One town, one staring radar, and something that flies straight at the town.

use super::{Running, eventually, free_udp_port, lapwing};
use std::collections::{BTreeMap, BTreeSet};
use std::net::UdpSocket;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The radar and the place, as the engine's tests have them too.
const SCENE: &str = include_str!("../../../engine/tests/common/town.toml");

/// A site in a directory of its own, fed by datagrams.
pub(crate) struct Town {
    pub(crate) dir: PathBuf,
    port: u16,
    socket: UdpSocket,
    exercise: bool,
    outbox: String,
    tail: String,
}

impl Town {
    /// A live site; nothing is written yet but its file.
    pub(crate) fn new(dir: &Path) -> Self {
        let town = Self {
            dir: dir.to_owned(),
            port: free_udp_port(),
            socket: UdpSocket::bind("127.0.0.1:0").unwrap(),
            exercise: false,
            outbox: "outbox".to_owned(),
            tail: String::new(),
        };
        town.write();
        town
    }

    /// Says whether it is an exercise.
    pub(crate) fn set_exercise(&mut self, exercise: bool) {
        self.exercise = exercise;
        self.write();
    }

    /// Names another outbox in its directory.
    pub(crate) fn set_outbox(&mut self, name: &str) {
        name.clone_into(&mut self.outbox);
        self.write();
    }

    /// Edits the site file: more of it, or a comment.
    pub(crate) fn edit(&mut self, more: &str) {
        self.tail += more;
        self.write();
    }

    fn write(&self) {
        let text = format!(
            "[site]\nname = \"town\"\nexercise = {}\n{SCENE}\
             [[feed]]\nid = \"lines\"\nkind = \"json\"\naddress = \"127.0.0.1:{}\"\n\
             [[output]]\nkind = \"cap\"\npath = {:?}\n{}",
            self.exercise,
            self.port,
            self.dir.join(&self.outbox).to_str().unwrap(),
            self.tail
        );
        std::fs::write(self.dir.join("town.toml"), text).unwrap();
    }

    /// `lapwing run` of it.
    pub(crate) fn command(&self) -> Command {
        let mut command = lapwing();
        command
            .arg("run")
            .arg(self.dir.join("town.toml"))
            .arg("--data")
            .arg(self.dir.join("data"));
        command
    }

    /// Starts it without a map, and waits for its feed.
    pub(crate) fn start(&self) -> Running {
        Running::listening(self.command().arg("--headless"), self.port)
    }

    /// Starts it with a map on a free port, and waits for its feed.
    pub(crate) fn start_served(&self) -> Running {
        Running::listening(self.command().args(["--listen", "127.0.0.1:0"]), self.port)
    }

    /// Sends the attack's lines of these seconds, one a millisecond.
    pub(crate) fn attack(&self, seconds: Range<u32>) {
        for second in seconds {
            self.send(second);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Sends the attack's lines of the first seconds, and waits for a warning; gives what is in the
    /// outbox.
    pub(crate) fn attack_until_warned(&self, seconds: Range<u32>) -> BTreeMap<String, Vec<u8>> {
        self.attack(seconds);
        eventually("a warning in the outbox", || {
            let found = self.outbox();
            (!found.is_empty()).then_some(found)
        })
    }

    /// Sends later ones, and waits for more in the outbox than there was.
    pub(crate) fn attack_until_more(
        &self,
        seconds: Range<u32>,
        before: &BTreeMap<String, Vec<u8>>,
    ) {
        self.attack(seconds);
        eventually("a later version", || {
            (self.outbox().len() > before.len()).then_some(())
        });
    }

    /// Sends the line of a second.
    pub(crate) fn send(&self, second: u32) {
        self.socket
            .send_to(line(second).as_bytes(), ("127.0.0.1", self.port))
            .unwrap();
    }

    /// What is in the outbox: file name to bytes.
    pub(crate) fn outbox(&self) -> BTreeMap<String, Vec<u8>> {
        documents(&self.dir.join(&self.outbox))
    }

    /// The directories of its runs, oldest first.
    pub(crate) fn runs(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = std::fs::read_dir(self.dir.join("data/runs"))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        found.sort();
        found
    }
}

/// The radar's line of a second: something comes from the north at 50 m/s, on a day in the past.
pub(crate) fn line(second: u32) -> String {
    let time = format!("2026-06-01T21:{:02}:{:02}Z", second / 60, second % 60);
    let range_m = 30_000.0 - 50.0 * f64::from(second);
    format!(
        r#"{{"sensor":"radar","time":"{time}","measurement":{{"kind":"polar","range_m":{range_m},"azimuth_deg":0.0,"elevation_deg":0.5}},"rcs_dbsm":-13.0}}"#
    )
}

/// The CAP documents in a directory: file name to bytes.
pub(crate) fn documents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with(".cap.xml"))
        .map(|path| {
            (
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect()
}

/// The warnings that documents speak of: the identifier holds the warning's id and its time
/// of issue, then the version.
pub(crate) fn issued(documents: &BTreeMap<String, Vec<u8>>) -> BTreeSet<&str> {
    documents
        .keys()
        .map(|name| name.rsplit_once("-v").unwrap().0)
        .collect()
}

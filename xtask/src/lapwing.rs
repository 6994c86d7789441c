//! The `lapwing` binary: building it, and running its demo in the background for tests and pictures.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace;

/// How long the demo may take until it answers.
const START_MAX: Duration = Duration::from_secs(60);

/// Cargo's profiles, as far as they matter here.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// Quick to run.
    Release,
}

/// Builds the binary and gives its path.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    let mut command = Command::new(workspace::cargo());
    command
        .args(["build", "--package", "lapwing-cli"])
        .current_dir(workspace::root());
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            command.arg("--release");
            "release"
        }
    };
    process::run(&mut command)?;
    Ok(workspace::target().join(folder).join("lapwing"))
}

/// Whether this binary has a demo that can be told where to listen.
pub(crate) fn has_demo(binary: &Path) -> bool {
    process::output_of(Command::new(binary).args(["demo", "--help"]))
        .is_some_and(|help| help.contains("--listen"))
}

/// A demo that runs until this is dropped.
pub(crate) struct Demo {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Demo {
    /// Starts a demo on a free port with fresh data, and waits until it serves.
    pub(crate) fn start(binary: &Path, extra: &[String]) -> Result<Self> {
        let scratch = workspace::scratch();
        let data = scratch.join("demo-data");
        if data.exists() {
            fs::remove_dir_all(&data)
                .with_context(|| format!("cannot clear {}", data.display()))?;
        }
        fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
        let log = scratch.join("demo.log");
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let address = free_address()?;
        let child = Command::new(binary)
            .arg("demo")
            .args(["--listen", &address.to_string(), "--data"])
            .arg(&data)
            .args(extra)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let mut demo = Self {
            child,
            address,
            log,
        };
        demo.wait_until_it_serves()?;
        Ok(demo)
    }

    /// Where it serves the map.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What is wrong with it: it ended, or a thread of it panicked.
    pub(crate) fn trouble(&mut self) -> Option<String> {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let what = match self.child.try_wait() {
            Ok(Some(status)) => format!("the demo ended by itself with {status}"),
            Err(error) => format!("the demo is lost: {error}"),
            Ok(None) if log.contains("panicked at") => "a thread of the demo panicked".to_owned(),
            Ok(None) => return None,
        };
        Some(format!(
            "{what}; {} ends:\n{}",
            self.log.display(),
            tail(&log)
        ))
    }

    fn wait_until_it_serves(&mut self) -> Result<()> {
        let start = Instant::now();
        while !answers(self.address) {
            if let Some(trouble) = self.trouble() {
                bail!("{trouble}");
            }
            if start.elapsed() > START_MAX {
                let log = fs::read_to_string(&self.log).unwrap_or_default();
                bail!(
                    "the demo does not answer at {} after {} s; {} ends:\n{}",
                    self.url(),
                    START_MAX.as_secs(),
                    self.log.display(),
                    tail(&log)
                );
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already, and nothing better can be done about a child that will not.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?)
}

/// Whether an HTTP server answers there with success.
fn answers(address: SocketAddr) -> bool {
    let second = Duration::from_secs(1);
    let Ok(mut stream) = TcpStream::connect_timeout(&address, second) else {
        return false;
    };
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut head = [0; 12];
    stream.set_read_timeout(Some(second)).is_ok()
        && stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut head).is_ok()
        && head == *b"HTTP/1.1 200"
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serve_once(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 512];
            let _ = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn only_success_counts_as_an_answer() {
        assert!(answers(serve_once("HTTP/1.1 200 OK\r\n\r\n")));
        assert!(!answers(serve_once(
            "HTTP/1.1 500 Internal Server Error\r\n\r\n"
        )));
        assert!(!answers(serve_once("")));
        assert!(!answers(free_address().unwrap()));
    }

    #[test]
    fn a_demo_that_dies_is_told_with_its_last_words() {
        // `sh demo --listen …` complains that there is no script of that name, and ends.
        let error = Demo::start(Path::new("/bin/sh"), &[]).err().unwrap();
        let text = error.to_string();
        assert!(text.contains("ended by itself"), "{text}");
        assert!(text.contains("demo"), "{text}");
    }

    #[test]
    fn the_tail_is_the_last_forty_lines() {
        let log: String = (0..100).map(|n| format!("line {n}\n")).collect();
        let tail = tail(&log);
        assert!(tail.starts_with("line 60\n") && tail.ends_with("line 99"));
    }
}

//! A `lapwing` that goes on until it is told to stop: what it says, what it serves.

use super::eventually;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A `lapwing run` or the like that is killed when the test ends.
pub(crate) struct Running {
    child: Child,
    said: Arc<Mutex<Vec<u8>>>,
    listener: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        // read as it comes: a full pipe would stop the program under test
        let listener = std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = stderr.read(&mut chunk) {
                heard.lock().unwrap().extend(&chunk[..length]);
            }
        });
        Self {
            child,
            said,
            listener: Some(listener),
        }
    }

    /// The same, once its feed listens on this port.
    pub(crate) fn listening(command: &mut Command, port: u16) -> Self {
        let running = Self::start(command);
        eventually("the socket", || UdpSocket::bind(("127.0.0.1", port)).err());
        running
    }

    /// What it has said on standard error so far.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().unwrap()).into_owned()
    }

    /// Waits until it has said something.
    pub(crate) fn until_said(&self, text: &str) {
        eventually(text, || self.said().contains(text).then_some(()));
    }

    /// Where its map is.
    pub(crate) fn address(&self) -> SocketAddr {
        eventually("the address of the map", || {
            let said = self.said();
            let (_, rest) = said.split_once("the map is at http://")?;
            let (address, _) = rest.split_once(' ')?;
            address.parse().ok()
        })
    }

    /// The JSON at a path of the API.
    pub(crate) fn get(&self, path: &str) -> serde_json::Value {
        let (code, body) = ask(self.address(), "GET", path, "").unwrap();
        assert_eq!(code, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Asks it to stop, as a service manager does; gives what it left.
    pub(crate) fn terminate(mut self) -> Output {
        let done = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(done.success());
        let end = Instant::now() + Duration::from_secs(30);
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut stdout = Vec::new();
        let mut pipe = self.child.stdout.take().unwrap();
        pipe.read_to_end(&mut stdout).unwrap();
        self.listener.take().unwrap().join().unwrap();
        let stderr = self.said.lock().unwrap().clone();
        Output {
            status,
            stdout,
            stderr,
        }
    }

    /// Kills it where it stands.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request; the code and body of the answer. An error where the server has gone.
pub(crate) fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> std::io::Result<(u16, String)> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(Duration::from_secs(20)))?;
    write!(
        connection,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let code = code.ok_or(std::io::ErrorKind::UnexpectedEof)?;
    Ok((code, body.to_owned()))
}

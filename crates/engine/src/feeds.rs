//! Live feeds: a thread for each socket that hands datagrams on as they come. A full
//! queue costs the newest datagrams, and their number is entered in the recording.

use crate::entry::Entry;
use crate::runtime::{Message, wall_clock};
use crate::site::{FeedSpec, Source};
use crate::udp::{PATIENCE, listen};
use lapwing_ingest::Capture;
use std::io::Read;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;
use thiserror::Error;

/// Waits between attempts to connect: the first and the longest.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// Why a feed cannot start.
#[derive(Debug, Error)]
pub enum FeedStartError {
    /// The address cannot be listened on.
    #[error("feed `{feed}`: {address}: {source}{mend}")]
    Listen {
        /// Which feed.
        feed: String,
        /// Which address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
        /// How to mend it.
        mend: &'static str,
    },
    /// The file cannot be read.
    #[error("feed `{feed}`: {path}: {reason}")]
    File {
        /// Which feed.
        feed: String,
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system has no thread to give.
    #[error("feed `{feed}`: no thread: {source}")]
    Thread {
        /// Which feed.
        feed: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// The threads of the feeds.
pub struct Feeds {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Feeds {
    /// Starts every feed; `feeds` are in the order of their numbers.
    ///
    /// # Errors
    /// The first feed that cannot start: an address in use, a file that cannot be read.
    pub fn start(feeds: &[FeedSpec], inbox: &SyncSender<Message>) -> Result<Self, FeedStartError> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut running = Self {
            stop: Arc::clone(&stop),
            threads: Vec::new(),
        };
        for (number, feed) in (0_u16..).zip(feeds) {
            let inbox = inbox.clone();
            let stop = Arc::clone(&stop);
            let work: Box<dyn FnOnce() + Send> = match &feed.source {
                Source::Udp { address, interface } => {
                    let socket = listen(*address, *interface).map_err(|source| {
                        let mend = match source.kind() {
                            std::io::ErrorKind::AddrInUse => {
                                "; another program listens there: stop it or choose another port"
                            }
                            std::io::ErrorKind::AddrNotAvailable => {
                                "; no interface of this machine has that address"
                            }
                            std::io::ErrorKind::PermissionDenied => {
                                "; ports below 1024 need privileges: choose a higher one"
                            }
                            _ => "",
                        };
                        FeedStartError::Listen {
                            feed: feed.id.clone(),
                            address: *address,
                            source,
                            mend,
                        }
                    })?;
                    Box::new(move || datagrams(&socket, number, &inbox, &stop))
                }
                Source::Tcp { address } => {
                    let (name, address) = (feed.id.clone(), address.clone());
                    Box::new(move || stream(&name, &address, number, &inbox, &stop))
                }
                Source::File(path) => {
                    let failed = |reason: String| FeedStartError::File {
                        feed: feed.id.clone(),
                        path: path.clone(),
                        reason,
                    };
                    let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
                    Capture::parse(&bytes).map_err(|e| failed(e.to_string()))?;
                    Box::new(move || capture(&bytes, number, &inbox, &stop))
                }
                Source::Internal => continue,
            };
            let thread = std::thread::Builder::new()
                .name(format!("feed {}", feed.id))
                .spawn(work)
                .map_err(|source| FeedStartError::Thread {
                    feed: feed.id.clone(),
                    source,
                })?;
            running.threads.push(thread);
        }
        Ok(running)
    }

    /// Stops every feed; what they have handed on stays in the queue.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            // a feed that panicked has nothing more to say
            let _ = thread.join();
        }
    }
}

/// Hands a datagram on; a full queue costs it, and is noted as soon as there is room.
fn offer(inbox: &SyncSender<Message>, message: Message, feed: u16, dropped: &mut u64) -> bool {
    note_dropped(inbox, feed, dropped);
    match inbox.try_send(message) {
        Ok(()) => true,
        Err(TrySendError::Full(_)) => {
            *dropped += 1;
            true
        }
        Err(TrySendError::Disconnected(_)) => false,
    }
}

/// Enters the number of datagrams dropped, as soon as there is room for it.
fn note_dropped(inbox: &SyncSender<Message>, feed: u16, dropped: &mut u64) {
    if *dropped == 0 {
        return;
    }
    let count = *dropped;
    let note = Message::Entry(wall_clock(), Entry::Dropped { feed, count });
    if inbox.try_send(note).is_ok() {
        *dropped = 0;
    }
}

fn datagrams(socket: &UdpSocket, feed: u16, inbox: &SyncSender<Message>, stop: &AtomicBool) {
    let mut buffer = vec![0; 65_536];
    let mut dropped = 0;
    while !stop.load(Ordering::Relaxed) {
        // a time-out, or an error that another host's reply caused: listen on
        let Ok(length) = socket.recv(&mut buffer) else {
            note_dropped(inbox, feed, &mut dropped);
            continue;
        };
        let message = Message::Arrival {
            feed,
            received: wall_clock(),
            bytes: buffer.get(..length).unwrap_or_default().to_vec(),
        };
        if !offer(inbox, message, feed, &mut dropped) {
            return;
        }
    }
}

fn stream(name: &str, address: &str, feed: u16, inbox: &SyncSender<Message>, stop: &AtomicBool) {
    let mut wait = RECONNECT.0;
    let mut said = false;
    while !stop.load(Ordering::Relaxed) {
        let mut heard = false;
        match connect(address) {
            Ok(mut connection) => {
                if !said {
                    eprintln!("feed {name}: connected to {address}");
                }
                let mut buffer = vec![0; 16_384];
                while !stop.load(Ordering::Relaxed) {
                    match connection.read(&mut buffer) {
                        Ok(0) => break,
                        Ok(length) => {
                            wait = RECONNECT.0;
                            heard = true;
                            let message = Message::Arrival {
                                feed,
                                received: wall_clock(),
                                bytes: buffer.get(..length).unwrap_or_default().to_vec(),
                            };
                            // the sender waits in its own queue when ours is full
                            if inbox.send(message).is_err() {
                                return;
                            }
                        }
                        Err(e) if is_timeout(&e) => {}
                        Err(_) => break,
                    }
                }
            }
            Err(error) => {
                if !said {
                    eprintln!("feed {name}: {address}: {error}; trying again");
                }
            }
        }
        // told once; a server that hangs up at once is not asked again at once
        said = !heard;
        let mut left = wait;
        while left > Duration::ZERO && !stop.load(Ordering::Relaxed) {
            std::thread::sleep(left.min(PATIENCE));
            left = left.saturating_sub(PATIENCE);
        }
        wait = (wait * 2).min(RECONNECT.1);
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::WouldBlock
            | std::io::ErrorKind::TimedOut
            | std::io::ErrorKind::Interrupted
    )
}

fn connect(address: &str) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "no address of that name");
    for candidate in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&candidate, Duration::from_secs(5)) {
            Ok(connection) => {
                connection.set_read_timeout(Some(PATIENCE))?;
                return Ok(connection);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn capture(bytes: &[u8], feed: u16, inbox: &SyncSender<Message>, stop: &AtomicBool) {
    // it was parsed once before this thread began
    let Ok(capture) = Capture::parse(bytes) else {
        return;
    };
    for frame in capture.frames {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let message = Message::Arrival {
            feed,
            received: wall_clock(),
            bytes: frame.bytes.into_owned(),
        };
        if inbox.send(message).is_err() {
            return;
        }
    }
}

//! What all routes share: the hub, the way into the pipeline, and who is looking.

use crate::frame::Rendered;
use crate::options::ServerOptions;
use crate::problem::Problem;
use axum::http::StatusCode;
use lapwing_engine::{Hub, Message, Mode, Snapshot, wall_clock};
use lapwing_model::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};

/// Streams at once.
pub(crate) const CLIENTS_MAX: usize = 64;
/// Between two frames at least.
const FRAME_EVERY: Duration = Duration::from_millis(250);
/// The pipeline has this long to answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);

pub(crate) struct Shared {
    pub(crate) options: ServerOptions,
    pub(crate) hub: Arc<Hub>,
    pub(crate) started: Instant,
    /// The snapshot that the streams show; moves at most every [`FRAME_EVERY`].
    pub(crate) shown: watch::Receiver<Arc<Snapshot>>,
    /// Turns true when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) seats: Arc<Semaphore>,
    pub(crate) frames: AtomicU64,
    pub(crate) slow_clients: AtomicU64,
    inbox: SyncSender<Message>,
    rendered: Mutex<Option<Arc<Rendered>>>,
    moved: Mutex<(Option<Timestamp>, Instant)>,
}

impl Shared {
    pub(crate) fn new(
        options: ServerOptions,
        hub: Arc<Hub>,
        inbox: SyncSender<Message>,
        shown: watch::Receiver<Arc<Snapshot>>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            options,
            hub,
            started: Instant::now(),
            shown,
            stopping,
            seats: Arc::new(Semaphore::new(CLIENTS_MAX)),
            frames: AtomicU64::new(0),
            slow_clients: AtomicU64::new(0),
            inbox,
            rendered: Mutex::new(None),
            moved: Mutex::new((None, Instant::now())),
        }
    }

    /// How many streams are open.
    pub(crate) fn clients(&self) -> usize {
        CLIENTS_MAX.saturating_sub(self.seats.available_permits())
    }

    /// A snapshot's rows, made once however many look.
    pub(crate) fn rendered(&self, snapshot: &Arc<Snapshot>) -> Arc<Rendered> {
        let mut rendered = self.rendered.lock().unwrap_or_else(PoisonError::into_inner);
        match &*rendered {
            Some(last) if Arc::ptr_eq(&last.snapshot, snapshot) => Arc::clone(last),
            _ => {
                let new = Arc::new(Rendered::new(Arc::clone(snapshot)));
                *rendered = Some(Arc::clone(&new));
                new
            }
        }
    }

    /// Age of the picture, s: in a live picture by the clock, else since its time last moved.
    pub(crate) fn picture_age_s(&self, snapshot: &Snapshot) -> Option<f64> {
        let time = snapshot.time()?;
        if snapshot.mode == Mode::Live {
            return Some(wall_clock().seconds_since(time));
        }
        Some(self.note_time(snapshot).elapsed().as_secs_f64())
    }

    /// When the picture's time was first seen to be what it is.
    fn note_time(&self, snapshot: &Snapshot) -> Instant {
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        if moved.0 != snapshot.time() {
            *moved = (snapshot.time(), Instant::now());
        }
        moved.1
    }

    /// Follows the hub until nobody listens: runs in a thread of its own, because the hub waits by blocking.
    pub(crate) fn follow_hub(&self, show: &watch::Sender<Arc<Snapshot>>) {
        let mut revision = show.borrow().revision;
        while !*self.stopping.borrow() {
            let snapshot = self.hub.wait(revision, FRAME_EVERY);
            if snapshot.revision > revision {
                revision = snapshot.revision;
                self.note_time(&snapshot);
                show.send_replace(snapshot);
                std::thread::sleep(FRAME_EVERY);
            }
        }
    }

    /// Asks the pipeline and waits for its answer.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        location: &str,
        question: impl FnOnce(SyncSender<T>) -> Message,
    ) -> Result<T, Problem> {
        let (reply, answer) = sync_channel(1);
        let mut message = question(reply);
        let deadline = tokio::time::Instant::now() + ANSWER_MAX;
        // the inbox is full while a recording is played as fast as it can be: a place falls free soon
        while let Err(error) = self.inbox.try_send(message) {
            match error {
                TrySendError::Full(back) if tokio::time::Instant::now() < deadline => {
                    message = back;
                }
                _ => return Err(Problem::unavailable(location)),
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let patience = deadline.saturating_duration_since(tokio::time::Instant::now());
        tokio::task::spawn_blocking(move || answer.recv_timeout(patience))
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| {
                Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the pipeline took the request but has not answered in time",
                    location,
                    "it may still be carried out: look at the result before you repeat it",
                )
            })
    }

    pub(crate) fn count_frame(&self) {
        self.frames.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_slow_client(&self) {
        self.slow_clients.fetch_add(1, Ordering::Relaxed);
    }
}

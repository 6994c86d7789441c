//! The thread that owns a run: takes messages in the order in which they come,
//! drives the sequencer, lets out what was decided, and shows it.

use crate::core::{FeedFault, Head, Outcome};
use crate::entry::{Entry, Operator};
use crate::hub::{Hub, Mode, ShownSensor, Snapshot};
use crate::outputs::Outputs;
use crate::picture::Picture;
use crate::sequencer::{Finished, Sequencer};
use crate::trails::Trails;
use lapwing_model::{Timestamp, Warning};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Messages that may wait for the thread.
const INBOX_MAX: usize = 65_536;
/// What was taken is made durable at least this often.
const SYNC_EVERY: Duration = Duration::from_millis(200);
/// A run without a viewer's need shows pictures no oftener than this.
const SHOW_EVERY: Duration = Duration::from_millis(40);
/// The head is made anew no oftener than this, and takes no more than one part in
/// [`HEAD_REST`] + 1 of the thread's time however much is held back.
const HEAD_EVERY: Duration = Duration::from_millis(100);
/// A rest after each head of so many times what it took.
const HEAD_REST: u32 = 3;
/// What refuses is said on standard error at once, and again no oftener than this.
const COMPLAIN_EVERY: Duration = Duration::from_secs(10);
/// Faults kept to be shown.
const FAULTS_SHOWN_MAX: u64 = 20;

/// Something for the thread to take.
pub enum Message {
    /// A datagram or chunk of a feed.
    Arrival {
        /// Number of the feed.
        feed: u16,
        /// When it was received.
        received: Timestamp,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Any other entry.
    Entry(Timestamp, Entry),
    /// An operator acts, and waits for the answer.
    Operator(Operator, SyncSender<Result<Warning, String>>),
    /// Somebody wants a warning's CAP document.
    Cap(String, SyncSender<Result<Option<Vec<u8>>, String>>),
    /// The input has come to its end; what it led to stays on show.
    InputEnded,
    /// A recording has been played to its last entry: nothing is added to what it decided.
    PlayedOut,
    /// Stop.
    Stop,
}

/// How a run is shown and paced.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// What kind of picture it is.
    pub mode: Mode,
    /// How fast a replay or simulation runs, for display.
    pub speed: Option<f64>,
    /// Whether the clock on the wall is the input's own (feeds), or not (replay, simulation).
    pub wall_clock: bool,
    /// Whether faults are printed on standard error as they come.
    pub report_faults: bool,
}

/// A running pipeline.
pub struct Runtime {
    /// Where its newest snapshot lies.
    pub hub: Arc<Hub>,
    inbox: SyncSender<Message>,
    thread: JoinHandle<Finished>,
}

/// The clock on the wall. Read here and at the transports, nowhere deeper.
#[must_use]
pub fn wall_clock() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

impl Runtime {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn spawn(
        sequencer: Sequencer,
        outputs: Outputs,
        options: RunOptions,
    ) -> std::io::Result<Self> {
        let (inbox, messages) = sync_channel(INBOX_MAX);
        let hub = Arc::new(Hub::new(options.mode));
        let shown = Arc::clone(&hub);
        let trails = Trails::with_lag(sequencer.site().trail_lag_s);
        let thread = std::thread::Builder::new()
            .name("pipeline".into())
            .spawn(move || {
                let mut pipeline = Pipeline {
                    sequencer,
                    outputs,
                    options,
                    hub: shown,
                    picture: None,
                    head: None,
                    head_due: Instant::now(),
                    trails,
                    shown_at: Instant::now(),
                    shown_stale: true,
                    ended: false,
                    faults: 0,
                    notices: 0,
                    complained: [Complaint::default(); 2],
                };
                pipeline.run(&messages);
                pipeline.finish()
            })?;
        Ok(Self { hub, inbox, thread })
    }

    /// Where messages go in.
    #[must_use]
    pub fn inbox(&self) -> SyncSender<Message> {
        self.inbox.clone()
    }

    /// Whether the thread has ended, which without a stop it should not.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Stops the thread and gives what is left; an end that is not clean gives none.
    #[must_use]
    pub fn stop(self) -> Option<Finished> {
        // a thread that has ended already has nothing to be told
        let _ = self.inbox.send(Message::Stop);
        self.thread.join().ok()
    }
}

struct Pipeline {
    sequencer: Sequencer,
    outputs: Outputs,
    options: RunOptions,
    hub: Arc<Hub>,
    picture: Option<Arc<Picture>>,
    head: Option<Arc<Head>>,
    head_due: Instant,
    trails: Trails,
    shown_at: Instant,
    shown_stale: bool,
    ended: bool,
    faults: u64,
    notices: u64,
    /// Of the recording, of the outputs.
    complained: [Complaint; 2],
}

/// What was said last of something that refuses.
#[derive(Clone, Copy, Debug, Default)]
struct Complaint {
    count: u64,
    at: Option<Instant>,
}

impl Pipeline {
    fn run(&mut self, messages: &Receiver<Message>) {
        let tick = Duration::from_secs_f64(self.sequencer.site().tick_s.max(0.1));
        let mut next_tick = Instant::now() + tick;
        let mut synced = Instant::now();
        self.show();
        loop {
            let now = Instant::now();
            let patience = next_tick
                .saturating_duration_since(now)
                .min(SYNC_EVERY.saturating_sub(synced.elapsed()))
                .max(Duration::from_millis(1));
            match messages.recv_timeout(patience) {
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if synced.elapsed() >= SYNC_EVERY {
                self.sequencer.sync();
                synced = Instant::now();
                self.complain(false);
            }
            let now = Instant::now();
            if now >= next_tick {
                next_tick = now + tick;
                if self.options.wall_clock {
                    self.accept(wall_clock(), &Entry::Tick);
                }
                self.shown_stale = true;
            }
            self.shown_stale |= now >= self.head_due && self.sequencer.core().holds_back();
            if self.shown_stale && self.shown_at.elapsed() >= SHOW_EVERY {
                self.show();
            }
        }
    }

    fn now(&self) -> Timestamp {
        if self.options.wall_clock {
            wall_clock()
        } else {
            self.sequencer.core().committed().unwrap_or_default()
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Arrival {
                feed,
                received,
                bytes,
            } => {
                let first = self.sequencer.arrival_in_parts(received, feed, &bytes);
                self.let_out_all(received, first);
            }
            Message::Entry(received, entry) => {
                self.accept(received, &entry);
            }
            Message::Operator(operator, reply) => {
                let now = self.now();
                let mut outcome = self
                    .sequencer
                    .accept_in_parts(now, &Entry::Operator(operator));
                let answer = match &outcome.operator {
                    Some(Ok(warning)) => Ok(warning.clone()),
                    Some(Err(error)) => Err(error.to_string()),
                    None => Err("the action was not taken".to_owned()),
                };
                outcome.faults.clear();
                self.let_out(outcome);
                self.show();
                // whoever asked may have gone
                let _ = reply.send(answer);
            }
            Message::Cap(id, reply) => {
                let _ = reply.send(self.outputs.cap_xml(&id).map_err(|e| e.to_string()));
            }
            Message::InputEnded => {
                let received = self.sequencer.core().committed().unwrap_or_default();
                self.accept(received, &Entry::End);
                self.ended = true;
                self.show();
            }
            Message::PlayedOut => {
                self.ended = true;
                self.show();
            }
            Message::Stop => {}
        }
    }

    fn accept(&mut self, received: Timestamp, entry: &Entry) {
        let first = self.sequencer.accept_in_parts(received, entry);
        self.let_out_all(received, first);
    }

    /// Lets out one part after the other, and shows how it goes where that takes long.
    fn let_out_all(&mut self, received: Timestamp, first: Outcome) {
        self.let_out(first);
        while let Some(part) = self.sequencer.next_part(received) {
            self.let_out(part);
            if self.shown_at.elapsed() >= SHOW_EVERY {
                self.show();
            }
        }
    }

    fn let_out(&mut self, mut outcome: Outcome) {
        for fault in outcome.faults.drain(..) {
            self.report(&fault);
        }
        for word in outcome.notices.drain(..) {
            self.notices += 1;
            if self.options.report_faults && self.notices <= FAULTS_SHOWN_MAX {
                eprintln!("feed {word}");
            }
        }
        self.outputs
            .take(&outcome, self.sequencer.core(), self.sequencer.site());
        for picture in outcome.pictures {
            self.trails.update(&picture);
            self.picture = Some(Arc::new(picture));
            self.shown_stale = true;
        }
    }

    fn report(&mut self, fault: &FeedFault) {
        self.faults += 1;
        if !self.options.report_faults || self.faults > FAULTS_SHOWN_MAX {
            return;
        }
        eprintln!("feed {fault}");
        if self.faults == FAULTS_SHOWN_MAX {
            eprintln!("further faults are counted in lapwing_errors_total at /metrics");
        }
    }

    /// Makes the head anew if that is due; else the last one stays as long as it is one.
    fn look_ahead(&mut self) {
        let Some(picture) = &self.picture else { return };
        let began = Instant::now();
        if began >= self.head_due {
            self.head = self.sequencer.core().head(picture).map(Arc::new);
            self.head_due = began + (HEAD_EVERY.max(began.elapsed() * (HEAD_REST + 1)));
        }
        self.head = self.head.take().filter(|head| head.time > picture.time);
    }

    /// Says what the recording and the outputs refused: nobody may be looking at the map.
    fn complain(&mut self, at_once: bool) {
        if !self.options.report_faults {
            return;
        }
        let (log, log_error) = self.sequencer.log_trouble();
        let (output, output_error) = self.outputs.trouble();
        let troubles = [
            (
                "the recording has refused",
                log,
                log_error.map(str::to_owned),
            ),
            ("outputs have refused", output, output_error),
        ];
        for (said, (what, count, error)) in self.complained.iter_mut().zip(troubles) {
            let due = at_once || said.at.is_none_or(|at| at.elapsed() >= COMPLAIN_EVERY);
            if count > said.count && due {
                eprintln!("{what} {count} times: {}", error.unwrap_or_default());
                *said = Complaint {
                    count,
                    at: Some(Instant::now()),
                };
            }
        }
    }

    fn show(&mut self) {
        self.look_ahead();
        let core = self.sequencer.core();
        let sensors = core
            .health()
            .into_iter()
            .filter_map(|health| {
                let spec = core.sensors().get(health.sensor)?.clone();
                let registration = core.registration(health.sensor);
                Some(ShownSensor {
                    spec,
                    health,
                    registration,
                })
            })
            .collect();
        let (log_failures, log_error) = self.sequencer.log_trouble();
        self.hub.show(Snapshot {
            revision: 0,
            mode: self.options.mode,
            speed: self.options.speed,
            ended: self.ended,
            picture: self.picture.clone(),
            head: self.head.clone(),
            sensors: Arc::new(sensors),
            warnings: Arc::new(core.warnings().cloned().collect()),
            trails: self.trails.clone(),
            counters: *core.counters(),
            tracker: core.tracker_counters(),
            log_trouble: (log_failures, log_error.map(str::to_owned)),
            output_trouble: self.outputs.trouble(),
        });
        self.shown_at = Instant::now();
        self.shown_stale = false;
    }

    fn finish(mut self) -> Finished {
        let now = self.now();
        if !self.ended {
            self.accept(now, &Entry::End);
        }
        self.complain(true);
        self.sequencer.close()
    }
}

//! The core: entries in the sequencer's order in, pictures out. It reads no clock
//! and no file; the same entries give the same pictures, to the last bit, on any
//! number of threads.

mod decide;
mod head;
mod said;
mod wires;

pub use head::Head;
pub use said::{FeedFault, FeedWord};
pub use wires::{adapters, wire_word};

use crate::counters::Counters;
use crate::entry::{Entry, Operator, Start};
use crate::picture::{Picture, SensorHealth, SensorState};
use crate::site::Site;
use crate::watermark::Watermarks;
use lapwing_forecast::Forecaster;
use lapwing_ingest::{Adapter, FeedError, LookAssembler, LookReports, Observation, SensorTable};
use lapwing_model::{Forecast, NANOS_PER_S, SensorId, Timestamp, Track, Warning, WarningId};
use lapwing_track::{SensorRegistration, Tracker};
use lapwing_warn::{WarnError, Warner};

/// Without a datagram for this long (s of receipt) time passes by the clock of receipt.
const SILENCE_S: f64 = 10.0;
/// A gap in the data longer than this is leapt over instead of ticked through, s.
const GAP_S: f64 = 3600.0;

/// A report that applies this long after it was received has a wrong clock, s.
const AHEAD_S: f64 = 60.0;
/// Times outside these are no times of a report: 1970 to 2200.
const TIMES: std::ops::Range<Timestamp> = Timestamp(0)..Timestamp(7_258_118_400 * NANOS_PER_S);

struct Feed {
    id: String,
    adapter: Adapter,
    last_received: Option<Timestamp>,
    /// Whether its dates come from the time of receipt.
    dated_by_receipt: bool,
}

/// What an entry led to, or a part of it: an entry after a silence may decide thousands of
/// pictures, which are then handed on one at a time.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Pictures decided, in order.
    pub pictures: Vec<Picture>,
    /// A version of a warning that an operator's action made, or why it made none.
    pub operator: Option<Result<Warning, WarnError>>,
    /// What could not be read.
    pub faults: Vec<FeedFault>,
    /// What else is to be said of the feeds, each thing once a run.
    pub notices: Vec<FeedWord>,
}

/// How far pictures are to be decided.
#[derive(Clone, Copy)]
struct LeadsTo {
    mark: Timestamp,
    /// Whether the sectors that are still open get their turn then.
    closes: bool,
}

/// The core.
pub struct Core {
    sensors: SensorTable,
    feeds: Vec<Feed>,
    watermarks: Watermarks,
    lateness_ns: i64,
    tick_ns: i64,
    /// What has not had its turn yet.
    pending: Vec<Observation>,
    committed: Option<Timestamp>,
    /// Where the entry taken last leads, as long as not all its pictures are decided.
    leads_to: Option<LeadsTo>,
    last_tick: Option<Timestamp>,
    assembler: LookAssembler,
    tracker: Tracker,
    forecaster: Forecaster,
    warner: Warner,
    pool: Option<rayon::ThreadPool>,
    last_heard: Vec<(Option<Timestamp>, u64)>,
    counters: Counters,
    looks: Vec<LookReports>,
    observations: Vec<Observation>,
    errors: Vec<FeedError>,
}

impl Core {
    /// The core of a run.
    ///
    /// `threads` is how many the forecasts may use; it changes no output.
    #[must_use]
    pub fn new(site: &Site, start: &Start, threads: usize) -> Self {
        let feeds: Vec<Feed> = adapters(site, start)
            .into_iter()
            .zip(&start.feeds)
            .map(|(adapter, feed)| Feed {
                id: feed.id.clone(),
                adapter,
                last_received: None,
                dated_by_receipt: feed.date.is_none(),
            })
            .collect();
        let mut warner = Warner::new(site.node, site.warning, site.places.clone(), start.exercise);
        warner.restore(start.warnings.iter().cloned());
        let mut tracker = Tracker::new(site.tracker.clone());
        for (from, air) in &site.airs {
            tracker.set_air(*from, *air);
        }
        Self {
            sensors: SensorTable::new(site.sensors.clone()),
            watermarks: Watermarks::new(feeds.len()),
            feeds,
            lateness_ns: (site.lateness_s * NANOS_PER_S as f64) as i64,
            tick_ns: ((site.tick_s * NANOS_PER_S as f64) as i64).max(1),
            pending: Vec::new(),
            committed: None,
            leads_to: None,
            last_tick: None,
            assembler: LookAssembler::default(),
            tracker,
            forecaster: Forecaster::new(site.forecast, site.places.clone()),
            warner,
            pool: (threads > 1)
                .then(|| {
                    rayon::ThreadPoolBuilder::new()
                        .num_threads(threads)
                        .build()
                        .ok()
                })
                .flatten(),
            last_heard: Vec::new(),
            counters: Counters::default(),
            looks: Vec::new(),
            observations: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Every sensor known, of the site and of the feeds.
    #[must_use]
    pub const fn sensors(&self) -> &SensorTable {
        &self.sensors
    }

    /// What was counted.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What the tracker counted.
    #[must_use]
    pub fn tracker_counters(&self) -> lapwing_track::Counters {
        self.tracker.counters()
    }

    /// What is known of a sensor's constant errors.
    #[must_use]
    pub fn registration(&self, sensor: SensorId) -> Option<SensorRegistration> {
        self.tracker.registration(sensor)
    }

    /// Every warning in force or lately ended.
    pub fn warnings(&self) -> impl Iterator<Item = &Warning> {
        self.warner.warnings()
    }

    /// The forecasts of a track for every place.
    #[must_use]
    pub fn forecast_all_places(&self, track: &Track) -> Vec<Forecast> {
        self.forecaster.forecast_all_places(track)
    }

    /// How far a feed's own data has come.
    #[must_use]
    pub fn reached(&self, feed: u16) -> Option<Timestamp> {
        self.watermarks.reached(usize::from(feed))
    }

    /// The time of the last picture.
    #[must_use]
    pub const fn committed(&self) -> Option<Timestamp> {
        self.committed
    }

    /// How every sensor fares at the last picture.
    #[must_use]
    pub fn health(&self) -> Vec<SensorHealth> {
        let now = self.watermarks.lead().or(self.committed);
        self.sensors
            .iter()
            .map(|(sensor, spec)| {
                let (last, reports) = self
                    .last_heard
                    .get(sensor.index())
                    .copied()
                    .unwrap_or((None, 0));
                let state = match (last, now) {
                    (None, _) | (_, None) => SensorState::Never,
                    (Some(last), Some(now)) if now.seconds_since(last) <= spec.silent_after_s => {
                        SensorState::Alive
                    }
                    _ => SensorState::Silent,
                };
                SensorHealth {
                    sensor,
                    state,
                    last,
                    reports,
                }
            })
            .collect()
    }

    /// Takes a datagram or chunk: the commonest entry, without making an [`Entry`] of it.
    /// Decides at most one picture; the others come by [`Core::go_on`].
    pub fn arrival(
        &mut self,
        sequence: u64,
        received: Timestamp,
        feed: u16,
        bytes: &[u8],
        outcome: &mut Outcome,
    ) {
        self.catch_up(outcome);
        let index = usize::from(feed);
        let Some(state) = self.feeds.get_mut(index) else {
            self.counters.unknown_feed += 1;
            return;
        };
        state.last_received = Some(received);
        let by_receipt = state.dated_by_receipt;
        self.counters.datagrams += 1;
        self.counters.bytes += bytes.len() as u64;
        let undefined_before = state.adapter.undefined_blocks();
        state.adapter.push(
            sequence,
            received,
            bytes,
            &mut self.sensors,
            &mut self.observations,
            &mut self.errors,
        );
        self.counters.undefined += state.adapter.undefined_blocks() - undefined_before;
        self.counters.errors += self.errors.len() as u64;
        let notices = state.adapter.take_notices().into_iter();
        outcome.notices.extend(notices.map(|notice| FeedWord {
            feed: state.id.clone(),
            sequence,
            notice,
        }));
        outcome
            .faults
            .extend(self.errors.drain(..).map(|error| FeedFault {
                feed: state.id.clone(),
                sequence,
                error,
            }));
        self.learn_sensors();
        let mut ready = std::mem::take(&mut self.observations);
        let mut accepted = Vec::with_capacity(ready.len());
        for observation in ready.drain(..) {
            let time = observation.time();
            // an input without times of receipt says 1970
            let ahead = by_receipt && received.0 > 0 && time.seconds_since(received) > AHEAD_S;
            if ahead || !TIMES.contains(&time) {
                self.counters.stray_times += 1;
                continue;
            }
            self.counters.stray_times +=
                self.watermarks.take(index, observation, &mut accepted) as u64;
        }
        self.observations = ready;
        for observation in accepted {
            self.heard(&observation);
            self.wait(observation);
        }
        self.advance(outcome);
    }

    /// Takes the next entry of the sequencer's order. Decides at most one picture; the others
    /// come by [`Core::go_on`].
    pub fn apply(
        &mut self,
        sequence: u64,
        received: Timestamp,
        entry: &Entry,
        outcome: &mut Outcome,
    ) {
        self.catch_up(outcome);
        match entry {
            Entry::Arrival { feed, bytes } => {
                self.arrival(sequence, received, *feed, bytes, outcome);
            }
            Entry::Tick => self.tick(received, outcome),
            Entry::Dropped { count, .. } => self.counters.dropped += count,
            Entry::Operator(operator) => {
                outcome.operator = Some(self.operate(operator));
            }
            Entry::End => self.end(outcome),
            Entry::Start(_) | Entry::Warning(_) | Entry::Picture { .. } => {}
        }
    }

    /// Decides the next picture that the entry taken last leads to; says whether there was one.
    pub fn go_on(&mut self, outcome: &mut Outcome) -> bool {
        while let Some(LeadsTo { mark, closes }) = self.leads_to {
            if let Some(tick) = self.next_tick(mark) {
                let picture = self.commit(tick);
                outcome.pictures.push(picture);
                return true;
            }
            self.leads_to = None;
            if closes {
                self.close_looks(mark);
            }
        }
        false
    }

    /// Decides what the entry before leads to, where nobody has asked for it: the order of
    /// entries holds whoever drives the core.
    fn catch_up(&mut self, outcome: &mut Outcome) {
        while self.go_on(outcome) {}
    }

    fn lead_to(&mut self, mark: Timestamp, closes: bool, outcome: &mut Outcome) {
        self.leads_to = Some(LeadsTo { mark, closes });
        self.go_on(outcome);
    }

    fn learn_sensors(&mut self) {
        for id in self.sensors.take_changed() {
            if let Some(spec) = self.sensors.get(id) {
                self.tracker.set_sensor(id, spec.clone());
            }
        }
        self.last_heard.resize(self.sensors.len(), (None, 0));
        self.counters.sensors_refused = self.sensors.refused();
    }

    fn heard(&mut self, observation: &Observation) {
        let is_report = matches!(observation, Observation::Report(_));
        self.counters.reports += u64::from(is_report);
        if let Some((last, reports)) = self.last_heard.get_mut(observation.sensor().index()) {
            *last = Some(last.map_or(observation.time(), |l| l.max(observation.time())));
            *reports += u64::from(is_report);
        }
    }

    fn wait(&mut self, observation: Observation) {
        if self.committed.is_some_and(|t| observation.time() <= t) {
            // it stays in the recording; the picture it belonged to has been shown
            self.counters.late += 1;
            return;
        }
        self.pending.push(observation);
    }

    /// Decides every picture whose time has come.
    fn advance(&mut self, outcome: &mut Outcome) {
        if let Some(mark) = self.watermarks.mark() {
            self.lead_to(mark + -self.lateness_ns, false, outcome);
        }
    }

    /// The tick of the next picture, if it is due by `mark`.
    fn next_tick(&self, mark: Timestamp) -> Option<Timestamp> {
        let next = match self.committed {
            Some(t) => Timestamp(t.0.checked_add(self.tick_ns)?),
            None => align_up(self.first_pending()?, self.tick_ns),
        };
        let is_gap =
            mark.seconds_since(next) > GAP_S && self.first_pending().is_none_or(|t| t > next);
        let tick = if is_gap {
            let first = self.first_pending().unwrap_or(mark);
            align_up(first.min(mark), self.tick_ns).max(next)
        } else {
            next
        };
        (tick <= mark).then_some(tick)
    }

    fn first_pending(&self) -> Option<Timestamp> {
        self.pending.iter().map(Observation::time).min()
    }

    /// Takes everything up to `tick` in an order that depends on content alone, and
    /// decides the picture.
    fn commit(&mut self, tick: Timestamp) -> Picture {
        let previous = self.committed.unwrap_or(Timestamp::MIN);
        self.committed = Some(tick);
        let mut due: Vec<Observation> = Vec::new();
        self.pending.retain_mut(|o| {
            if o.time() > tick {
                return true;
            }
            let taken = Observation::Heartbeat {
                sensor: o.sensor(),
                time: o.time(),
            };
            due.push(std::mem::replace(o, taken));
            false
        });
        let names = &self.sensors;
        due.sort_by(|a, b| a.canonical_cmp(b, |id| names.name(id)));
        for observation in due {
            self.assembler
                .push(observation, &self.sensors, &mut self.looks);
        }
        self.take_looks();
        self.picture(tick, previous)
    }

    fn take_looks(&mut self) {
        for (look, reports) in self.looks.drain(..) {
            self.counters.looks += 1;
            self.tracker.step(&look, &reports);
        }
    }

    /// Time passes by the clock of receipt when no feed says anything.
    fn tick(&mut self, now: Timestamp, outcome: &mut Outcome) {
        let last = self.feeds.iter().filter_map(|f| f.last_received).max();
        if let (Some(last), Some(lead)) = (last, self.watermarks.lead()) {
            let silent_s = now.seconds_since(last);
            if silent_s > SILENCE_S {
                // the first tick of a silence moves on by one, the others by what has passed
                let passed_ns = self.last_tick.map_or(self.tick_ns, |t| (now - t).max(0));
                let base = self.committed.map_or(lead, |t| t.max(lead));
                self.watermarks.pass((lead + passed_ns).max(base));
            }
        }
        self.last_tick = Some(now);
        self.advance(outcome);
    }

    fn operate(&mut self, operator: &Operator) -> Result<Warning, WarnError> {
        let now = self.committed.unwrap_or_default();
        match operator {
            Operator::Acknowledge { warning, by } => {
                self.warner
                    .acknowledge(now, &WarningId(warning.clone()), by)
            }
            Operator::Cancel {
                warning,
                by,
                reason,
            } => self
                .warner
                .cancel(now, &WarningId(warning.clone()), by, reason),
        }
    }

    fn end(&mut self, outcome: &mut Outcome) {
        let mut held = Vec::new();
        self.counters.stray_times += self.watermarks.finish(&mut held) as u64;
        for observation in held {
            self.heard(&observation);
            self.wait(observation);
        }
        let waiting = self.pending.iter().map(Observation::time).max();
        let Some(last) = waiting.or(self.committed) else {
            return;
        };
        self.lead_to(align_up(last, self.tick_ns), true, outcome);
    }

    /// Sectors that were still open get their turn in one more picture.
    fn close_looks(&mut self, last: Timestamp) {
        self.assembler.finish(&self.sensors, &mut self.looks);
        if !self.looks.is_empty() {
            self.take_looks();
            self.leads_to = Some(LeadsTo {
                mark: last + self.tick_ns,
                closes: false,
            });
        }
    }
}

fn align_up(time: Timestamp, step_ns: i64) -> Timestamp {
    let down = time.0.div_euclid(step_ns).saturating_mul(step_ns);
    Timestamp(if down == time.0 {
        down
    } else {
        down.saturating_add(step_ns)
    })
}

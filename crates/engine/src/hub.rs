//! What the running pipeline shows to those who look: always the newest snapshot,
//! whole, never half of one.

use crate::core::Head;
use crate::counters::Counters;
use crate::picture::{Picture, SensorHealth};
use crate::trails::Trails;
use lapwing_model::{Forecast, SensorSpec, Timestamp, Track, TrackId, Warning};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What kind of picture it is: nobody may mistake one for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Sensors, now.
    Live,
    /// A recording or capture.
    Replay,
    /// An exercise or simulation.
    Exercise,
}

impl Mode {
    /// The word used in every file and on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Replay => "replay",
            Self::Exercise => "exercise",
        }
    }
}

/// One sensor as it is shown.
#[derive(Clone, Debug)]
pub struct ShownSensor {
    /// What is known of it.
    pub spec: SensorSpec,
    /// How it fares.
    pub health: SensorHealth,
    /// Its constant errors, as far as they are known; none for what has none to find.
    pub registration: Option<lapwing_track::SensorRegistration>,
}

/// Everything to show at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Goes up with every snapshot.
    pub revision: u64,
    /// What kind of picture it is.
    pub mode: Mode,
    /// How fast a replay or simulation runs; absent when live or as fast as it can.
    pub speed: Option<f64>,
    /// Whether the input has ended.
    pub ended: bool,
    /// The picture; absent until the first.
    pub picture: Option<Arc<Picture>>,
    /// The provisional head beyond the picture, where something is held back.
    pub head: Option<Arc<Head>>,
    /// Every sensor, by index.
    pub sensors: Arc<Vec<ShownSensor>>,
    /// Every warning in force or lately ended.
    pub warnings: Arc<Vec<Warning>>,
    /// Where the tracks have been.
    pub trails: Trails,
    /// What the core counted.
    pub counters: Counters,
    /// What the tracker counted.
    pub tracker: lapwing_track::Counters,
    /// How often the recording refused, and what it said last.
    pub log_trouble: (u64, Option<String>),
    /// How often an output refused, and what it said last.
    pub output_trouble: (u64, Option<String>),
}

impl Snapshot {
    /// A snapshot before the first picture.
    #[must_use]
    pub fn empty(mode: Mode) -> Self {
        Self {
            revision: 0,
            mode,
            speed: None,
            ended: false,
            picture: None,
            head: None,
            sensors: Arc::default(),
            warnings: Arc::default(),
            trails: Trails::with_lag(0.0),
            counters: Counters::default(),
            tracker: lapwing_track::Counters::default(),
            log_trouble: (0, None),
            output_trouble: (0, None),
        }
    }

    /// The track of an id, or the one that is shown for it, and its forecasts.
    #[must_use]
    pub fn track(&self, id: TrackId) -> Option<(&Track, &[Forecast])> {
        let picture = self.picture.as_ref()?;
        let own = picture.tracks.iter().position(|t| t.id == id);
        let index = own.or_else(|| picture.tracks.iter().position(|t| t.answers_to(id)))?;
        let forecasts = picture.forecasts.get(index)?;
        Some((picture.tracks.get(index)?, forecasts))
    }

    /// The time of the picture.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        self.picture.as_ref().map(|p| p.time)
    }
}

/// Where the newest snapshot lies.
#[derive(Debug)]
pub struct Hub {
    latest: Mutex<Arc<Snapshot>>,
    changed: Condvar,
}

impl Hub {
    /// A hub that shows an empty picture.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self {
            latest: Mutex::new(Arc::new(Snapshot::empty(mode))),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Snapshot>> {
        // an Arc is whole whatever happened to the thread that held the lock
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest snapshot.
    #[must_use]
    pub fn latest(&self) -> Arc<Snapshot> {
        Arc::clone(&self.lock())
    }

    /// Shows a snapshot; its revision is set here.
    pub fn show(&self, mut snapshot: Snapshot) {
        let mut latest = self.lock();
        snapshot.revision = latest.revision + 1;
        *latest = Arc::new(snapshot);
        drop(latest);
        self.changed.notify_all();
    }

    /// Waits for a snapshot newer than `revision`, at most `patience`; gives the newest there is.
    #[must_use]
    pub fn wait(&self, revision: u64, patience: Duration) -> Arc<Snapshot> {
        let guard = self.lock();
        let (guard, _) = self
            .changed
            .wait_timeout_while(guard, patience, |latest| latest.revision <= revision)
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&guard)
    }
}

//! The one sequencer: numbers everything that can change an output, logs it first,
//! and only then lets the core have it. What the core decides is logged behind it.

use crate::core::{Core, Outcome};
use crate::entry::{self, Entry, EntryError, Start};
use crate::picture::PictureDigest;
use crate::site::{Site, SiteError};
use lapwing_model::Timestamp;
use lapwing_record::{Reader, RecordError, Writer};
use std::collections::VecDeque;
use std::path::Path;
use thiserror::Error;

/// Why a recording cannot be played.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The recording itself.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// An entry of it.
    #[error("entry {sequence}: {source}")]
    Entry {
        /// Its number.
        sequence: u64,
        /// What is wrong.
        source: EntryError,
    },
    /// The site it was made with.
    #[error("the recorded site file is refused by this version: {0}")]
    Site(String),
    /// What is decided now is not what was decided then.
    #[error(
        "the picture at {time} (entry {sequence}) is not the recorded one: another version of Lapwing made it, or the recording has a gap"
    )]
    Diverged {
        /// Number of the picture's entry.
        sequence: u64,
        /// The picture's time.
        time: Timestamp,
    },
    /// It does not begin with a start.
    #[error(
        "the recording holds no start of a run; it was cut at its beginning or is not Lapwing's"
    )]
    NoStart,
}

impl From<Vec<SiteError>> for ReplayError {
    fn from(errors: Vec<SiteError>) -> Self {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Self::Site(lines.join("; "))
    }
}

/// Numbers, logs, and drives the core.
pub struct Sequencer {
    core: Core,
    site: Site,
    start: Start,
    log: Option<Writer>,
    next: u64,
    digest: PictureDigest,
    payload: Vec<u8>,
    log_failures: u64,
    log_error: Option<String>,
    /// What the last entry led to: pictures, and warnings before the picture of theirs.
    decided: Vec<Entry>,
    /// After a replay: what was decided at its end and is not in the recording.
    unrecorded: Vec<(Timestamp, Entry)>,
}

impl Sequencer {
    /// Begins a run; with a log, the start is its first entry and is on disk when this returns.
    ///
    /// # Errors
    /// The log refuses the start.
    pub fn begin(
        site: Site,
        start: Start,
        threads: usize,
        mut log: Option<Writer>,
        now: Timestamp,
    ) -> Result<Self, RecordError> {
        let mut payload = Vec::new();
        let mut next = 0;
        if let Some(log) = &mut log {
            let entry = Entry::Start(start.clone());
            entry.write(&mut payload);
            next = log.append(entry.kind(), now.0, &payload)? + 1;
            log.sync()?;
        }
        Ok(Self {
            core: Core::new(&site, &start, threads),
            site,
            start,
            log,
            next,
            digest: PictureDigest::default(),
            payload,
            log_failures: 0,
            log_error: None,
            decided: Vec::new(),
            unrecorded: Vec::new(),
        })
    }

    /// Plays a recording; `each` is given every part of every outcome with its entry's time of receipt and
    /// says whether to go on.
    ///
    /// Gives the sequencer as it stood at the end, without a log.
    ///
    /// # Errors
    /// The recording cannot be read, or holds what this version does not know.
    pub fn replay(
        dir: &Path,
        threads: usize,
        mut each: impl FnMut(&Self, Timestamp, Outcome) -> bool,
    ) -> Result<Self, ReplayError> {
        let mut reader = Reader::open(dir)?;
        let mut sequencer: Option<Self> = None;
        let mut expected: VecDeque<(Timestamp, Entry)> = VecDeque::new();
        'entries: while let Some(found) = reader.next_entry()? {
            let received = Timestamp(found.time_ns);
            let sequence = found.seq;
            let entry = Entry::read(found.kind, found.payload)
                .map_err(|source| ReplayError::Entry { sequence, source })?;
            if let Entry::Start(start) = entry {
                let site = Site::parse(&start.site, "recorded site")?;
                expected.clear();
                sequencer = Some(Self::begin(site, start, threads, None, received)?);
                continue;
            }
            match &entry {
                Entry::Picture { time, .. } => {
                    while let Some((_, Entry::Warning(_))) = expected.front() {
                        expected.pop_front();
                    }
                    if expected.pop_front().map(|(_, decided)| decided) != Some(entry.clone()) {
                        return Err(ReplayError::Diverged {
                            sequence,
                            time: *time,
                        });
                    }
                }
                // a picture's digest covers its warnings
                Entry::Warning(_) => {
                    if let Some((_, Entry::Warning(_))) = expected.front() {
                        expected.pop_front();
                    }
                }
                _ => {}
            }
            if entry.is_decision() {
                continue;
            }
            let Some(running) = &mut sequencer else {
                return Err(ReplayError::NoStart);
            };
            running.next = sequence;
            let mut part = Some(running.accept_in_parts(received, &entry));
            while let Some(outcome) = part {
                expected.extend(running.decided.drain(..).map(|d| (received, d)));
                if !each(running, received, outcome) {
                    break 'entries;
                }
                part = running.next_part(received);
            }
        }
        let mut sequencer = sequencer.ok_or(ReplayError::NoStart)?;
        sequencer.unrecorded = expected.into();
        Ok(sequencer)
    }

    /// Goes on with a log after a replay of it. What was decided from its last entries and did
    /// not get into it, because the run before was killed in between, is entered now.
    pub fn resume(&mut self, log: Writer) {
        self.next = log.next_seq();
        self.log = Some(log);
        for (received, decided) in std::mem::take(&mut self.unrecorded) {
            self.append(received, &decided);
        }
        self.sync();
    }

    /// Takes a datagram or chunk, and gives all it led to at once.
    pub fn arrival(&mut self, received: Timestamp, feed: u16, bytes: &[u8]) -> Outcome {
        let mut outcome = self.arrival_in_parts(received, feed, bytes);
        self.gather(received, &mut outcome);
        outcome
    }

    /// Takes any entry, and gives all it led to at once.
    pub fn accept(&mut self, received: Timestamp, entry: &Entry) -> Outcome {
        let mut outcome = self.accept_in_parts(received, entry);
        self.gather(received, &mut outcome);
        outcome
    }

    /// Takes a datagram or chunk, and gives the first part of what it led to, with one
    /// picture at most: after a silence it may be thousands of pictures, too many to hold at
    /// once. [`Sequencer::next_part`] gives the others.
    pub fn arrival_in_parts(&mut self, received: Timestamp, feed: u16, bytes: &[u8]) -> Outcome {
        if self.log.is_some() {
            self.payload.clear();
            entry::arrival(&mut self.payload, feed, bytes);
            self.append_payload(2, received);
        } else {
            self.next += 1;
        }
        let mut outcome = Outcome::default();
        self.core
            .arrival(self.next - 1, received, feed, bytes, &mut outcome);
        self.decided.clear();
        self.decide(received, &outcome);
        outcome
    }

    /// Takes any entry, and gives the first part of what it led to, with one picture at most.
    pub fn accept_in_parts(&mut self, received: Timestamp, entry: &Entry) -> Outcome {
        self.append(received, entry);
        let mut outcome = Outcome::default();
        self.core
            .apply(self.next - 1, received, entry, &mut outcome);
        self.decided.clear();
        self.decide(received, &outcome);
        outcome
    }

    /// The next part of what the last entry led to, which was received at `received`; what
    /// nobody asks for comes with the next entry.
    pub fn next_part(&mut self, received: Timestamp) -> Option<Outcome> {
        let mut outcome = Outcome::default();
        if !self.core.go_on(&mut outcome) {
            return None;
        }
        self.decide(received, &outcome);
        Some(outcome)
    }

    fn gather(&mut self, received: Timestamp, outcome: &mut Outcome) {
        while let Some(mut part) = self.next_part(received) {
            outcome.pictures.append(&mut part.pictures);
        }
    }

    fn append(&mut self, received: Timestamp, entry: &Entry) {
        if self.log.is_some() {
            self.payload.clear();
            entry.write(&mut self.payload);
            self.append_payload(entry.kind(), received);
        } else {
            self.next += 1;
        }
    }

    fn append_payload(&mut self, kind: u16, received: Timestamp) {
        let Some(log) = &mut self.log else { return };
        match log.append(kind, received.0, &self.payload) {
            Ok(sequence) => self.next = sequence + 1,
            Err(error) => {
                // people are warned even when the disk is full; that the recording has a
                // gap is counted and shown
                self.next += 1;
                self.log_failures += 1;
                self.log_error = Some(error.to_string());
            }
        }
    }

    fn decide(&mut self, received: Timestamp, outcome: &Outcome) {
        for picture in &outcome.pictures {
            self.digest.update(picture);
            for warning in &picture.warnings {
                self.decided_warning(warning);
            }
            self.decided.push(Entry::Picture {
                time: picture.time,
                digest: self.digest.value(),
            });
        }
        if let Some(Ok(warning)) = &outcome.operator {
            self.decided_warning(warning);
        }
        if self.log.is_none() {
            return;
        }
        let mut decided = std::mem::take(&mut self.decided);
        for entry in &decided {
            self.append(received, entry);
        }
        // people are told only of what is on the disk
        if decided.iter().any(|d| matches!(d, Entry::Warning(_))) {
            self.sync();
        }
        // entered: the next part of what the same input led to comes behind it
        decided.clear();
        self.decided = decided;
    }

    fn decided_warning(&mut self, warning: &lapwing_model::Warning) {
        match serde_json::to_vec(warning) {
            Ok(bytes) => self.decided.push(Entry::Warning(bytes)),
            Err(error) => {
                self.log_failures += 1;
                self.log_error = Some(error.to_string());
            }
        }
    }

    /// Makes what was logged durable.
    pub fn sync(&mut self) {
        if let Some(log) = &mut self.log
            && let Err(error) = log.sync()
        {
            self.log_failures += 1;
            self.log_error = Some(error.to_string());
        }
    }

    /// Closes the log and gives what is left; the caller has sent the [`Entry::End`].
    #[must_use]
    pub fn close(mut self) -> Finished {
        let failure = self
            .log
            .take()
            .and_then(|log| log.close().err())
            .map(|error| error.to_string());
        Finished {
            digest: self.digest.text(),
            core: self.core,
            failure,
        }
    }

    /// The core, to look at.
    #[must_use]
    pub const fn core(&self) -> &Core {
        &self.core
    }

    /// The site of the run.
    #[must_use]
    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// How the run began.
    #[must_use]
    pub const fn start(&self) -> &Start {
        &self.start
    }

    /// The digest of every picture so far.
    #[must_use]
    pub fn digest(&self) -> String {
        self.digest.text()
    }

    /// How often the log refused, and what it said last.
    #[must_use]
    pub fn log_trouble(&self) -> (u64, Option<&str>) {
        (self.log_failures, self.log_error.as_deref())
    }
}

/// What is left when a run has ended.
pub struct Finished {
    /// The digest of every picture.
    pub digest: String,
    /// The core as it stood.
    pub core: Core,
    /// Why the log could not be closed.
    pub failure: Option<String>,
}

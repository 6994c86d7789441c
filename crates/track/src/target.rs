//! One track of the tracker's own: state, existence, class evidence, what it has
//! been told, and who has looked at it.

use crate::TrackerConfig;
use crate::classify::ClassEvidence;
use crate::existence::Existence;
use crate::motion::Gaussian;
pub(crate) use crate::mover::{Match, Mover};
use lapwing_model::{
    Claims, Contributor, Measurement, Origin, Report, SensorId, Timestamp, Track, TrackClaim,
    TrackId,
};
use nalgebra::Vector6;

/// Most different claims a track keeps.
const HEARD_MAX: usize = 8;

/// Whether a report measures height.
pub(crate) fn measures_height(measurement: &Measurement) -> bool {
    match measurement {
        Measurement::Polar {
            elevation_rad,
            height_m,
            ..
        } => elevation_rad.is_some() || height_m.is_some(),
        Measurement::Position { height_sigma_m, .. } => height_sigma_m.is_some(),
        _ => false,
    }
}

/// A claim that came with measurements (a transponder's reply, say).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) kind: &'static str,
    pub(crate) value: String,
    count: u32,
}

/// Everything a claim says, as kind and value.
pub(crate) fn spoken(claims: &Claims) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if let Some(address) = claims.icao24 {
        all.push(("icao24", format!("{address:06x}")));
    }
    if let Some(callsign) = &claims.callsign {
        all.push(("callsign", callsign.clone()));
    }
    if let Some(code) = claims.mode_3a {
        all.push(("mode_3a", format!("{code:04o}")));
    }
    if let Some(serial) = &claims.remote_id {
        all.push(("remote_id", serial.clone()));
    }
    all
}

#[derive(Clone, Copy, Debug)]
struct Test {
    sensor: SensorId,
    time: Timestamp,
    /// The factor of the miss; `None` for a detection.
    miss: Option<f64>,
}

/// A track from measurements.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) id: TrackId,
    pub(crate) mover: Mover,
    pub(crate) existence: Existence,
    birth_existence: f64,
    established: bool,
    pub(crate) confirmed: bool,
    pub(crate) evidence: ClassEvidence,
    contributors: Vec<Contributor>,
    tests: Vec<Test>,
    heard: Vec<Heard>,
    first_seen: Timestamp,
    last_seen: Timestamp,
    last_evidence: Timestamp,
    reports: u64,
}

impl Target {
    pub(crate) fn new(
        id: TrackId,
        mover: Mover,
        existence: f64,
        report: &Report,
        looked_at: Timestamp,
    ) -> Self {
        let mut new = Self {
            id,
            existence: Existence::new(existence, report.time),
            birth_existence: existence,
            established: false,
            confirmed: false,
            evidence: ClassEvidence::default(),
            contributors: Vec::new(),
            tests: Vec::new(),
            heard: Vec::new(),
            first_seen: report.time,
            last_seen: report.time,
            last_evidence: report.time,
            reports: 0,
            mover,
        };
        new.note(report, looked_at);
        new
    }

    /// Bookkeeping of a report that this track has taken.
    fn note(&mut self, report: &Report, looked_at: Timestamp) {
        self.reports += 1;
        self.last_seen = self.last_seen.max(report.time);
        self.last_evidence = self.last_evidence.max(report.time);
        self.record(Test {
            sensor: report.sensor,
            time: looked_at,
            miss: None,
        });
        // the first report of all says nothing of speed
        let speed_mps = self.mover.ground_speed_mps();
        if self.reports > 2 {
            self.evidence
                .add(report.rcs_dbsm, report.class_log_likelihoods, speed_mps);
        } else {
            self.evidence
                .add_without_speed(report.rcs_dbsm, report.class_log_likelihoods);
        }
        let classes = self.evidence.probabilities(self.mover.speed_sigma_mps());
        self.mover.behave(&classes);
        match self
            .contributors
            .binary_search_by_key(&report.sensor, |c| c.sensor)
        {
            Ok(at) => {
                self.contributors[at].time = self.contributors[at].time.max(report.time);
                self.contributors[at].reports += 1;
            }
            Err(at) => self.contributors.insert(
                at,
                Contributor {
                    sensor: report.sensor,
                    time: report.time,
                    reports: 1,
                },
            ),
        }
        if !report.claims.is_empty() {
            for (kind, value) in spoken(&report.claims) {
                let known = self
                    .heard
                    .iter_mut()
                    .find(|h| h.kind == kind && h.value == value);
                if let Some(known) = known {
                    known.count = known.count.saturating_add(1);
                } else if self.heard.len() < HEARD_MAX {
                    self.heard.push(Heard {
                        kind,
                        value,
                        count: 1,
                    });
                }
            }
        }
    }

    fn record(&mut self, test: Test) {
        match self.tests.iter_mut().find(|t| t.sensor == test.sensor) {
            Some(known) => *known = test,
            None => self.tests.push(test),
        }
    }

    /// Whether `sensor` has tested it within half a revisit before `at`.
    pub(crate) fn tested(&self, sensor: SensorId, at: Timestamp, revisit_s: f64) -> bool {
        self.tests
            .iter()
            .any(|t| t.sensor == sensor && at.seconds_since(t.time).abs() < revisit_s / 2.0)
    }

    /// Update with a report of the density that `found` says; `detection` is its
    /// probability, `density` that of clutter and new things there.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn take(
        &mut self,
        config: &TrackerConfig,
        report: &Report,
        found: &Match,
        looked_at: Timestamp,
        revisit_s: f64,
        detection: f64,
        log_density: f64,
    ) {
        let (sensor, time) = (report.sensor, report.time);
        self.existence.advance(config, self.last_evidence, time);
        // the neighbouring sector had it missed: this is the same visit
        if let Some(factor) = self
            .tests
            .iter()
            .find(|t| t.sensor == sensor && looked_at.seconds_since(t.time).abs() < revisit_s / 2.0)
            .and_then(|t| t.miss)
        {
            self.existence.take_back(factor);
        }
        self.existence
            .detect(detection, (found.log_likelihood - log_density).exp());
        self.mover
            .accept(found, measures_height(&report.measurement));
        self.note(report, looked_at);
    }

    /// Looked at by `sensor` and not reported.
    pub(crate) fn miss(
        &mut self,
        config: &TrackerConfig,
        sensor: SensorId,
        at: Timestamp,
        detection: f64,
    ) {
        self.existence.advance(config, self.last_evidence, at);
        let factor = self.existence.miss(detection);
        self.last_evidence = self.last_evidence.max(at);
        self.record(Test {
            sensor,
            time: at,
            miss: Some(factor),
        });
    }

    /// Whether it is confirmed, and surely flies somewhere rather than stand.
    pub(crate) fn is_moving(&self) -> bool {
        let speed_mps = self.mover.ground_speed_mps();
        self.confirmed && speed_mps > 8.0 && speed_mps > 3.0 * self.mover.speed_sigma_mps()
    }

    /// Pass the confirmation threshold where due; whether it was passed now.
    pub(crate) fn judge(&mut self, config: &TrackerConfig) -> bool {
        let r = self.existence.probability();
        if r > config.delete_existence * 3.0 {
            self.established = true;
        }
        let passes = !self.confirmed && r >= config.confirm_existence;
        self.confirmed |= passes;
        passes
    }

    /// Whether it should be deleted. A newborn may begin below the threshold; it is
    /// given the misses that take it to a seventh of what it was born with.
    pub(crate) fn is_over(&self, config: &TrackerConfig, now: Timestamp) -> bool {
        let floor = if self.established {
            config.delete_existence
        } else {
            config.delete_existence.min(0.15 * self.birth_existence)
        };
        let too_fast = self.reports > 2 && self.mover.ground_speed_mps() > config.speed_max_mps;
        self.existence.at(config, self.last_evidence, now) < floor
            || now.seconds_since(self.last_seen) > config.coast_s
            || too_fast
    }

    pub(crate) fn existence_at(&self, config: &TrackerConfig, at: Timestamp) -> f64 {
        self.existence.at(config, self.last_evidence, at)
    }

    /// How strongly a report's identity speaks for this track: log-likelihood.
    pub(crate) fn identity(&self, claims: &Claims) -> f64 {
        let Some(address) = claims.icao24 else {
            return 0.0;
        };
        let address = format!("{address:06x}");
        let mut known = self.heard.iter().filter(|h| h.kind == "icao24").peekable();
        if known.peek().is_none() {
            0.0
        } else if known.any(|h| h.value == address) {
            2.0
        } else {
            -2.0
        }
    }

    /// The track at `at`, without what self-reports say of it.
    pub(crate) fn track(&self, config: &TrackerConfig, at: Timestamp) -> Track {
        let output = self.mover.output(config, at);
        let existence = self.existence_at(config, at);
        let total = |kind: &str| -> u32 {
            self.heard
                .iter()
                .filter(|h| h.kind == kind)
                .map(|h| h.count)
                .fold(0, u32::saturating_add)
        };
        Track {
            id: self.id,
            time: at,
            origin: Origin::Tracker,
            position: output.position,
            height: output.height,
            velocity_mps: output.velocity_mps,
            covariance: output.covariance,
            existence,
            existence_independent: existence,
            confirmed: self.confirmed,
            classes: self.evidence.probabilities(output.speed_sigma_mps),
            claims: self
                .heard
                .iter()
                .map(|h| TrackClaim {
                    kind: h.kind.into(),
                    value: h.value.clone(),
                    trust: f64::from(h.count) / (f64::from(total(h.kind)) + 1.0),
                })
                .collect(),
            contributors: self.contributors.clone(),
            first_seen: self.first_seen,
            last_seen: self.last_seen,
        }
    }
}

/// Mahalanobis distance squared, horizontal position and velocity, of two states in
/// one chart, with a floor of what two sensors' registration may differ by.
pub(crate) fn horizontal_distance_2(a: &Gaussian, b: &Gaussian, floor: (f64, f64)) -> f64 {
    const AXES: [usize; 4] = [0, 1, 3, 4];
    let apart: Vector6<f64> = a.mean - b.mean;
    let sum = a.covariance + b.covariance;
    let mut s = nalgebra::Matrix4::zeros();
    let mut d = nalgebra::Vector4::zeros();
    for (i, from) in AXES.into_iter().enumerate() {
        d[i] = apart[from];
        for (j, to) in AXES.into_iter().enumerate() {
            s[(i, j)] = sum[(from, to)];
        }
        let extra = if i < 2 { floor.0 } else { floor.1 };
        s[(i, i)] += extra * extra;
    }
    s.try_inverse()
        .map_or(f64::INFINITY, |inverse| (d.transpose() * inverse * d)[0])
}

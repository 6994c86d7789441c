//! One thing of the tracker's own, under one hypothesis: state, class evidence, what it has
//! been told, and who has looked at it.

use crate::TrackerConfig;
use crate::classify::ClassEvidence;
use crate::existence;
use crate::measure::Model;
use crate::motion::Gaussian;
pub(crate) use crate::mover::Mover;
use crate::told;
use lapwing_model::{
    Claims, Contributor, Measurement, Origin, Report, SensorId, Timestamp, Track, TrackClaim,
    TrackId,
};
use nalgebra::Vector6;

/// Most different claims a track keeps.
const HEARD_MAX: usize = 8;
/// Most arrays of which it is known what they hear of it.
const SOURCES_MAX: usize = 16;

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

/// How much people have said of a thing, as log-likelihoods.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Testimony {
    /// All of them.
    pub(crate) all: f64,
    /// Those of whom next to nothing was known.
    pub(crate) new: f64,
}

/// How a sensor last looked at it.
#[derive(Clone, Copy, Debug)]
struct Test {
    sensor: SensorId,
    time: Timestamp,
    /// The probability of detection of the miss; `None` for a detection.
    miss: Option<f64>,
}

/// What the look at hand finds of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// Probability that the look reports it; 0 where it cannot.
    pub(crate) detection: f64,
    /// Whether silence of this look is a test.
    pub(crate) tested: bool,
    /// Reports in its gate, and their log-likelihoods.
    pub(crate) hits: Vec<(u32, f64)>,
    /// The report that goes on with what an array has heard of it.
    pub(crate) continued: Option<u32>,
}

/// What a hypothesis holds of a thing from measurements, given that it exists: which
/// reports it has taken is the hypothesis, so all it was told and by whom goes with it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) mover: Mover,
    /// When its hypothesis' existence applies.
    pub(crate) existence_at: Timestamp,
    pub(crate) evidence: ClassEvidence,
    pub(crate) found: Found,
    /// The last report that it took: sensor, end of the look, place in the look.
    pub(crate) took: Option<(SensorId, Timestamp, usize)>,
    contributors: Vec<Contributor>,
    tests: Vec<Test>,
    heard: Vec<Heard>,
    /// What it is to each array that heard it: the source that its last bearing there would
    /// be of were it false (see `nuisance`).
    sources: Vec<(SensorId, u32)>,
    first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
    last_evidence: Timestamp,
    pub(crate) reports: u64,
    pub(crate) testimony: Testimony,
}

impl Target {
    pub(crate) fn new(mover: Mover, report: &Report, looked_at: Timestamp) -> Self {
        let mut new = Self {
            existence_at: report.time,
            evidence: ClassEvidence::default(),
            found: Found::default(),
            took: None,
            contributors: Vec::new(),
            tests: Vec::new(),
            heard: Vec::new(),
            sources: Vec::new(),
            first_seen: report.time,
            last_seen: report.time,
            last_evidence: report.time,
            reports: 0,
            testimony: Testimony::default(),
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
        self.contribute(report.sensor, report.time);
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

    /// A node that hears an engine half the time at `range_50_m` has reported it from
    /// `distance_m` away: not all things are heard so far.
    pub(crate) fn audible_at(&mut self, range_50_m: f64, distance_m: f64) {
        self.evidence.hear(range_50_m, distance_m);
        let classes = self.evidence.probabilities(self.mover.speed_sigma_mps());
        self.mover.behave(&classes);
    }

    /// Note that what an array hears as `source` is this thing.
    pub(crate) fn make(&mut self, sensor: SensorId, source: u32) {
        self.sources.retain(|known| known.0 != sensor);
        if self.sources.len() >= SOURCES_MAX {
            self.sources.remove(0);
        }
        self.sources.push((sensor, source));
    }

    /// Whether what an array hears as `source` was this thing, last.
    pub(crate) fn makes(&self, sensor: SensorId, source: u32) -> bool {
        self.sources.contains(&(sensor, source))
    }

    fn contribute(&mut self, sensor: SensorId, time: Timestamp) {
        match self
            .contributors
            .binary_search_by_key(&sensor, |c| c.sensor)
        {
            Ok(at) => {
                self.contributors[at].time = self.contributors[at].time.max(time);
                self.contributors[at].reports += 1;
            }
            Err(at) => self.contributors.insert(
                at,
                Contributor {
                    sensor,
                    time,
                    reports: 1,
                },
            ),
        }
    }

    /// A sensor that gives no direction speaks of it: it is there, and no better placed.
    pub(crate) fn heard_by(&mut self, sensor: SensorId, time: Timestamp) {
        self.last_evidence = self.last_evidence.max(time);
        self.contribute(sensor, time);
    }

    fn record(&mut self, test: Test) {
        match self.tests.iter_mut().find(|t| t.sensor == test.sensor) {
            Some(known) => *known = test,
            None => self.tests.push(test),
        }
    }

    /// How `sensor` has tested it within half a revisit before `at`: not, or with which
    /// probability of detection it was missed, none where it was detected.
    pub(crate) fn tested(
        &self,
        sensor: SensorId,
        at: Timestamp,
        revisit_s: f64,
    ) -> Option<Option<f64>> {
        self.tests
            .iter()
            .find(|t| t.sensor == sensor && at.seconds_since(t.time).abs() < revisit_s / 2.0)
            .map(|t| t.miss)
    }

    /// The same thing after a report that was its own.
    pub(crate) fn taken(
        &self,
        config: &TrackerConfig,
        (index, report): (usize, &Report),
        model: &Model<'_>,
        looked_at: Timestamp,
    ) -> Self {
        let mut new = self.clone();
        new.found = Found::default();
        new.took = Some((report.sensor, looked_at, index));
        if let Some(found) = self.mover.matched(config, model, report.time) {
            new.mover.consider(config, model, report.time);
            new.mover
                .accept(&found, measures_height(&report.measurement));
        }
        new.note(report, looked_at);
        new
    }

    /// The same thing, looked at and not reported.
    pub(crate) fn miss(&mut self, sensor: SensorId, at: Timestamp) {
        self.found.hits.clear();
        if std::mem::take(&mut self.found.tested) {
            self.last_evidence = self.last_evidence.max(at);
            let miss = Some(std::mem::take(&mut self.found.detection));
            self.record(Test {
                sensor,
                time: at,
                miss,
            });
        }
        self.found.detection = 0.0;
        self.found.continued = None;
    }

    /// One for several hypotheses of a thing: the heaviest's history, the moments of all.
    pub(crate) fn merged(config: &TrackerConfig, parts: &[(f64, &Self)]) -> Option<Self> {
        let (_, heaviest) = parts.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
        let mut new = (*heaviest).clone();
        new.found = Found::default();
        let movers: Vec<(f64, &Mover)> = parts.iter().map(|(w, t)| (*w, &t.mover)).collect();
        new.mover = heaviest.mover.merged(config, &movers);
        Some(new)
    }

    /// What is left at `at` of the existence of its hypothesis.
    pub(crate) fn existence_left(&self, config: &TrackerConfig, at: Timestamp) -> f64 {
        existence::left(config, self.last_evidence, self.existence_at, at)
    }

    /// How long from `existence_at` more than `share` of the existence is left, s.
    pub(crate) fn time_until(&self, config: &TrackerConfig, share: f64) -> f64 {
        existence::time_until(config, self.last_evidence, self.existence_at, share)
    }

    /// Whether it surely flies somewhere rather than stand.
    pub(crate) fn is_moving(&self) -> bool {
        let speed_mps = self.mover.ground_speed_mps();
        speed_mps > 8.0 && speed_mps > 3.0 * self.mover.speed_sigma_mps()
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

    /// The track at `at`, without what self-reports say of it; `existence` of its own time.
    pub(crate) fn track(
        &self,
        config: &TrackerConfig,
        at: Timestamp,
        (id, existence): (TrackId, f64),
        followed: bool,
        told: bool,
    ) -> Track {
        let output = self.mover.output(config, at);
        let existence = existence * self.existence_left(config, at);
        let c = &output.covariance;
        let there = existence * told::near(c[0][0], c[0][1], c[1][1]);
        let total = |kind: &str| -> u32 {
            self.heard
                .iter()
                .filter(|h| h.kind == kind)
                .map(|h| h.count)
                .fold(0, u32::saturating_add)
        };
        Track {
            id,
            time: at,
            origin: Origin::Tracker,
            position: output.position,
            height: output.height,
            velocity_mps: output.velocity_mps,
            covariance: output.covariance,
            existence,
            existence_independent: existence,
            confirmed: told && told::tell(true, there, config.confirm_existence),
            followed,
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
            modes: Some(output.modes),
            parts: Vec::new(),
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

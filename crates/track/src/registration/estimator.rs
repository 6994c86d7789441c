//! One sensor's constant errors: a robust start over a window of residuals, then a
//! random walk with a χ² gate.
//!
//! The model is (`z` measured, the rest of the reference at the stated time)
//!
//! ```text
//! z_r  = (1 + κ) r + b_r + ṙ Δt − ∂r/∂q · δ + noise
//! z_az = az + b_az + ȧz Δt − ∂az/∂q · δ + noise
//! ```
//!
//! with θ = (b_r, κ, b_az, Δt, δ_E, δ_N): range, scale, azimuth, time, and how far the
//! sensor stands from where it is said to. The window is solved by [`super::robust`];
//! from there on θ is a random walk, updated in the manner of Kalman (1960), and an
//! observation outside the gate (99.9 %) is counted and left out. When most are
//! outside, the sensor has been turned or moved, and a new window is begun.
//!
//! An aircraft whose residuals keep to one side while all others agree speaks
//! falsely of itself: its mean is tested, and it is heard no more.

use super::robust::{Observation, Row, dot, solve};
use lapwing_model::Timestamp;
use std::collections::BTreeMap;

/// Number of parameters of a sensor.
pub(crate) const PARAMETERS: usize = 6;
/// The window is solved again after so many more.
const EVERY: usize = 20;
/// χ² bounds of one and two components, 99.9 %.
const GATE: [f64; 3] = [0.0, 10.83, 13.82];
/// Observations over which the share outside the gate is watched.
const WATCHED: u32 = 64;
/// A window is not older than this, s of data.
const WINDOW_AGE_S: f64 = 7_200.0;
/// Longest time that the random walk is given at once, s.
const STEP_S: f64 = 600.0;
/// A reference needs so many observations before it is judged.
const JUDGED_AFTER: f64 = 8.0;
/// Its mean is false beyond this, standard deviations.
const FALSE_BEYOND: f64 = 4.5;
/// References remembered at once, and for how long, s.
const REMEMBERED: usize = 512;
const REMEMBERED_S: f64 = 900.0;

/// Drift of each parameter in an hour, standard deviations of physical units:
/// 1 m, 1e-5, 0.005°, 3 ms, 0.1 m.
pub(crate) const WALK_PER_SQRT_H: [f64; PARAMETERS] = [1.0, 1e-5, 8.7e-5, 3e-3, 0.1, 0.1];

/// What became of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Used,
    Outlier,
    /// Of a reference that is not believed, or not numbers.
    Refused,
}

/// How one reference's residuals have been.
#[derive(Clone, Copy, Debug)]
struct Heard {
    sums: [f64; 2],
    count: f64,
    last: Timestamp,
    is_false: bool,
}

/// The estimate of a sensor, in physical units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) theta: [f64; PARAMETERS],
    pub(crate) covariance: [[f64; PARAMETERS]; PARAMETERS],
}

#[derive(Clone, Debug)]
pub(crate) struct Estimator {
    /// Standard deviations of the priors; 0: a parameter that this sensor has not.
    prior: [f64; PARAMETERS],
    /// Observations of the start window, least of them, and of different references.
    full: usize,
    least: usize,
    references_min: usize,
    window: Vec<(Timestamp, Observation<PARAMETERS>)>,
    unsolved: usize,
    /// Whether the window is behind it.
    running: bool,
    /// Whether there is an estimate worth applying.
    known: bool,
    x: [f64; PARAMETERS],
    p: [[f64; PARAMETERS]; PARAMETERS],
    noise: [f64; 2],
    last: Option<Timestamp>,
    heard: BTreeMap<u64, Heard>,
    watched: (u32, u32),
    window_outliers: u64,
    pub(crate) used: u64,
    pub(crate) outliers: u64,
    pub(crate) restarts: u64,
}

impl Estimator {
    pub(crate) fn new(
        prior: [f64; PARAMETERS],
        full: usize,
        least: usize,
        references_min: usize,
    ) -> Self {
        let mut p = [[0.0; PARAMETERS]; PARAMETERS];
        for (i, row) in p.iter_mut().enumerate() {
            row[i] = 1.0;
        }
        Self {
            prior,
            full,
            least: least.min(full),
            references_min,
            window: Vec::new(),
            unsolved: 0,
            running: false,
            known: false,
            x: [0.0; PARAMETERS],
            p,
            noise: [1.0; 2],
            last: None,
            heard: BTreeMap::new(),
            watched: (0, 0),
            window_outliers: 0,
            used: 0,
            outliers: 0,
            restarts: 0,
        }
    }

    /// Take in an observation whose derivatives are by physical parameters.
    pub(crate) fn take(
        &mut self,
        mut observation: Observation<PARAMETERS>,
        time: Timestamp,
    ) -> Verdict {
        if !observation.is_usable() {
            return Verdict::Refused;
        }
        for row in observation.rows.iter_mut().flatten() {
            for (h, prior) in row.h.iter_mut().zip(self.prior) {
                *h *= prior;
            }
        }
        if self.running {
            self.run(&observation, time)
        } else {
            self.begin(observation, time)
        }
    }

    /// Whether an observation may be of its reference: within five standard deviations of
    /// what is known of the sensor, or of what was known before, where its address says so.
    pub(crate) fn is_near(&self, observation: &Observation<PARAMETERS>, addressed: bool) -> bool {
        let pairs = observation.rows.iter().zip(self.noise);
        pairs
            .filter_map(|(row, noise)| Some((row.as_ref()?, noise)))
            .all(|(row, noise)| {
                let mut h = row.h;
                for (h, prior) in h.iter_mut().zip(self.prior) {
                    *h *= prior;
                }
                let (innovation, known) = if addressed || !self.known {
                    (row.residual, dot(&h, &h))
                } else {
                    let expected = dot(&h, &self.x);
                    (row.residual - expected, dot(&h, &product(&self.p, &h)))
                };
                innovation * innovation <= 25.0 * (known + row.variance(noise.max(1.0)))
            })
    }

    fn begin(&mut self, observation: Observation<PARAMETERS>, time: Timestamp) -> Verdict {
        if self.window.len() >= self.full {
            self.window.remove(0);
        }
        self.window.push((time, observation));
        self.used += 1;
        self.unsolved += 1;
        if self.window.len() >= self.least && self.unsolved >= EVERY.min(self.least) {
            self.unsolved = 0;
            // a clock that jumps leaves nothing behind
            self.window
                .retain(|(t, _)| time.seconds_since(*t).abs() <= WINDOW_AGE_S);
            self.solve_window(time);
        }
        Verdict::Used
    }

    fn solve_window(&mut self, time: Timestamp) {
        let mut references: Vec<u64> = self.window.iter().map(|(_, o)| o.reference).collect();
        references.sort_unstable();
        references.dedup();
        if references.len() < self.references_min || self.window.len() < self.least {
            return;
        }
        let observations: Vec<_> = self.window.iter().map(|(_, o)| *o).collect();
        let Some(solution) = solve(&observations) else {
            self.window.clear();
            return;
        };
        self.known = true;
        self.x = solution.x;
        self.p = solution.p;
        self.noise = solution.noise;
        self.last = Some(time);
        let outliers = solution.outliers as u64;
        self.outliers = (self.outliers + outliers).saturating_sub(self.window_outliers);
        self.used = (self.used + self.window_outliers).saturating_sub(outliers);
        self.window_outliers = outliers;
        if self.window.len() >= self.full {
            self.running = true;
            self.window = Vec::new();
            self.window_outliers = 0;
            self.watched = (0, 0);
        }
    }

    fn run(&mut self, observation: &Observation<PARAMETERS>, time: Timestamp) -> Verdict {
        self.walk(time);
        let (length_2, components) = self.length_2(observation);
        let inside = length_2 <= GATE[components];
        self.watched.0 += 1;
        self.watched.1 += u32::from(!inside);
        if self.watched.0 >= WATCHED {
            let most = self.watched.1 * 2 > self.watched.0;
            self.watched = (0, 0);
            if most {
                self.restart();
                return Verdict::Outlier;
            }
        }
        if !inside || !length_2.is_finite() {
            self.outliers += 1;
            return Verdict::Outlier;
        }
        if self.is_false(observation, time) {
            self.outliers += 1;
            return Verdict::Refused;
        }
        for (row, noise) in observation.rows.into_iter().zip(self.noise) {
            if let Some(row) = row {
                self.update(&row, row.effective_variance(noise));
            }
        }
        self.used += 1;
        Verdict::Used
    }

    /// Whether this reference's residuals lie to one side of all others'.
    fn is_false(&mut self, observation: &Observation<PARAMETERS>, time: Timestamp) -> bool {
        if self.heard.len() >= REMEMBERED && !self.heard.contains_key(&observation.reference) {
            self.heard
                .retain(|_, h| time.seconds_since(h.last).abs() <= REMEMBERED_S);
            if self.heard.len() >= REMEMBERED {
                self.heard.clear();
            }
        }
        let heard = self.heard.entry(observation.reference).or_insert(Heard {
            sums: [0.0; 2],
            count: 0.0,
            last: time,
            is_false: false,
        });
        heard.last = time;
        heard.count += 1.0;
        for ((row, noise), sum) in observation.rows.iter().zip(self.noise).zip(&mut heard.sums) {
            if let Some(row) = row {
                let ph = product(&self.p, &row.h);
                let spread = dot(&row.h, &ph) + row.effective_variance(noise);
                *sum += row.innovation(&self.x) / spread.sqrt();
            }
        }
        let length_2 = heard.sums.iter().map(|s| s * s).sum::<f64>() / heard.count;
        heard.is_false |= heard.count >= JUDGED_AFTER && length_2 > FALSE_BEYOND * FALSE_BEYOND;
        heard.is_false
    }

    /// The random walk since the last observation; never beyond the prior.
    fn walk(&mut self, time: Timestamp) {
        let elapsed_s = self
            .last
            .map_or(0.0, |last| time.seconds_since(last).clamp(0.0, STEP_S));
        self.last = Some(self.last.map_or(time, |last| {
            // a clock that leaps far back is believed, so that it does not stop the walk
            if last.seconds_since(time) > STEP_S {
                time
            } else {
                last.max(time)
            }
        }));
        for i in 0..PARAMETERS {
            if self.prior[i] > 0.0 {
                let drift = WALK_PER_SQRT_H[i] / self.prior[i];
                self.p[i][i] += drift * drift * elapsed_s / 3_600.0;
            }
            if self.p[i][i] > 1.0 {
                let scale = self.p[i][i].sqrt().recip();
                for k in 0..PARAMETERS {
                    self.p[i][k] *= scale;
                    self.p[k][i] *= scale;
                }
            }
        }
    }

    fn length_2(&self, observation: &Observation<PARAMETERS>) -> (f64, usize) {
        let [first, second] = observation.rows;
        let one = |row: &Row<PARAMETERS>, noise: f64| {
            let ph = product(&self.p, &row.h);
            (
                row.innovation(&self.x),
                dot(&row.h, &ph) + row.variance(noise),
                ph,
            )
        };
        match (first, second) {
            (Some(a), Some(b)) => {
                let (va, saa, ph) = one(&a, self.noise[0]);
                let (vb, sbb, _) = one(&b, self.noise[1]);
                let sab = dot(&b.h, &ph);
                let determinant = saa * sbb - sab * sab;
                let length_2 = (va * va * sbb - 2.0 * va * vb * sab + vb * vb * saa) / determinant;
                (length_2, 2)
            }
            (Some(row), None) => {
                let (v, s, _) = one(&row, self.noise[0]);
                (v * v / s, 1)
            }
            (None, Some(row)) => {
                let (v, s, _) = one(&row, self.noise[1]);
                (v * v / s, 1)
            }
            (None, None) => (f64::INFINITY, 0),
        }
    }

    fn update(&mut self, row: &Row<PARAMETERS>, variance: f64) {
        let ph = product(&self.p, &row.h);
        let s = dot(&row.h, &ph) + variance;
        let innovation = row.innovation(&self.x);
        for i in 0..PARAMETERS {
            self.x[i] += ph[i] / s * innovation;
        }
        for i in 0..PARAMETERS {
            for j in 0..=i {
                // symmetric by construction; a variance of the prior times 1e-12 is no knowledge
                let value = self.p[i][j] - ph[i] * ph[j] / s;
                self.p[i][j] = value;
                self.p[j][i] = value;
            }
            self.p[i][i] = self.p[i][i].max(1e-12);
        }
    }

    fn restart(&mut self) {
        self.running = false;
        self.window.clear();
        self.unsolved = 0;
        self.window_outliers = 0;
        self.heard.clear();
        self.outliers += 1;
        self.restarts += 1;
    }

    /// What is known, once enough is.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        self.known.then(|| self.physical())
    }

    /// Standard deviations of the priors.
    pub(crate) const fn prior(&self) -> [f64; PARAMETERS] {
        self.prior
    }

    /// State and covariance in physical units, also before enough is known.
    pub(crate) fn physical(&self) -> Estimate {
        let mut theta = [0.0; PARAMETERS];
        let mut covariance = [[0.0; PARAMETERS]; PARAMETERS];
        for i in 0..PARAMETERS {
            theta[i] = self.x[i] * self.prior[i];
            for (j, value) in covariance[i].iter_mut().enumerate() {
                *value = self.p[i][j] * self.prior[i] * self.prior[j];
            }
        }
        Estimate { theta, covariance }
    }
}

fn product(p: &[[f64; PARAMETERS]; PARAMETERS], h: &[f64; PARAMETERS]) -> [f64; PARAMETERS] {
    let mut out = [0.0; PARAMETERS];
    for (out, row) in out.iter_mut().zip(p) {
        *out = dot(row, h);
    }
    out
}

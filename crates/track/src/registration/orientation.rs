//! The orientation of one array of microphones or direction finder, from bearings of
//! things whose place others know.
//!
//! A bearing errs by the orientation b, which stays, by noise f that fades as e^{−Δt/T} and
//! by noise that is new each time; with the air moving otherwise than told (w) and a clock
//! that is off (δ), to first order
//!
//! ```text
//! z = az(x(t_e)) + b + f + ∂az/∂w · w − ȧz δ + white
//! ```
//!
//! (b, f, w, δ) is followed by a Kalman filter (1960), with f as a state of its own (Bryson and
//! Johansen 1965): a row of bearings in quick succession tells what it tells, no more. Which
//! bearing is whose is not decided: each is weighed by the chance that it is of a reference
//! that would be heard there, against the chance that it is of none (probabilistic data
//! association, Bar-Shalom and Tse 1975), so a false alarm in the right direction does
//! little harm and an honest bearing far out is not cut off. False alarms go on: a mower is
//! heard again from where it was heard two seconds ago, so what was of none a moment ago
//! makes the next bearing from there likelier to be of none.
//!
//! One clock in fifty is off by seconds, in which a thing passes whole degrees. That is no
//! small δ: filters with the clock off by −5 … 5 s run side by side, and the bearings tell
//! which is right (Magill 1965).
//!
//! An array may be turned. Over every 64 bearings with something near that must be heard, a filter
//! that begins there with any orientation is run beside; where it foretells the bearings
//! better by far (the sequential test of Wald 1945), its orientation is the new one.

use lapwing_geo::wrap_pi;
use lapwing_model::Timestamp;
use nalgebra::{SMatrix, SVector};
use std::f64::consts::TAU;

/// b, f, east and north wind beside what was told, and the clock's error beside the hypothesis.
pub(crate) const STATES: usize = 5;
type State = SVector<f64, STATES>;
type Covariance = SMatrix<f64, STATES, STATES>;

/// Share of clocks that are off, and by how many whole seconds at most.
const CLOCKS_OFF: f64 = 0.02;
const CLOCK_S: i8 = 5;
/// What is left between two such hypotheses, s; a clock that is right is so to milliseconds.
const BETWEEN_S: f64 = 0.4;
/// A hypothesis less probable than this is given up.
const LEAST: f64 = 1e-7;
/// Drift of the orientation, rad a root hour: 0.005°.
const WALK_PER_SQRT_H: f64 = 8.7e-5;
/// How long the wind stays what it is, s.
const WIND_STAYS_S: f64 = 1_800.0;
/// Longest time that passes at once, s.
const STEP_S: f64 = 7_200.0;
/// Bearings over which it is watched whether the array has been turned, and by how much the
/// logarithm of likelihood must favour it: once in a million.
const WATCHED: u32 = 64;
const TURNED_LOG: f64 = 13.8;
/// From this probability of being heard on, a reference ought to be.
const OUGHT: f64 = 0.5;
/// The orientation of an array that has been turned is as good as unknown, rad.
const TURNED_RAD: f64 = 60.0 / 360.0 * TAU;
/// The stated noise counts as much as so many bearings; bounds of true over stated variance.
const STATED_COUNTS: f64 = 100.0;
const NOISE: (f64, f64) = (0.25, 16.0);
/// False alarms that go on are heard again with this probability, at most so many revisits later;
/// as many of them are remembered.
const GOES_ON: f64 = 0.7;
const GOES_ON_REVISITS: f64 = 2.5;
const REMEMBERED: usize = 16;
/// As many revisits' worth of what is expected of other sources counts as known.
const OTHERS_REVISITS: f64 = 300.0;

/// How a sensor's bearings err.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    /// Standard deviation of a bearing about its orientation, rad.
    pub(crate) sigma_rad: f64,
    /// The share of its variance that fades instead of being new each time, and in which time, s.
    pub(crate) fading_share: f64,
    pub(crate) fading_s: f64,
    /// Standard deviation of the wind beside what was told, each axis, m/s.
    pub(crate) wind_mps: f64,
}

/// What a bearing would be if it was of a certain reference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    /// The probability that this reference is heard.
    pub(crate) heard: f64,
    /// Measured less expected azimuth, rad.
    pub(crate) residual_rad: f64,
    /// By the wind that was not told, rad per m/s, and by the clock, rad/s.
    pub(crate) by_wind: [f64; 2],
    pub(crate) by_clock: f64,
    /// Variance that the reference adds, rad², and how many such errors in a row tell as much
    /// as one that is independent.
    pub(crate) variance: f64,
    pub(crate) inflation: f64,
}

#[derive(Clone, Debug)]
struct Hypothesis {
    /// Stated less true time, s.
    off_s: f64,
    log_weight: f64,
    mean: State,
    covariance: Covariance,
    /// The last bearings, and the chance that each was of no reference.
    recent: Vec<(Timestamp, f64, f64)>,
}

/// A bearing, and what is known beside it.
struct Bearing {
    time: Timestamp,
    azimuth_rad: f64,
    /// Density of new false alarms, 1/rad.
    others: f64,
    /// How long what was heard may be heard again, s.
    going_on_s: f64,
    /// True over stated variance of the noise.
    factor: f64,
}

/// An array that was turned, if it was, and what speaks for that.
#[derive(Clone, Debug)]
struct Turned {
    hypothesis: Hypothesis,
    bearings: u32,
    /// Logarithm of its likelihood over that of the array as it was known.
    log_odds: f64,
}

/// A bearing as one hypothesis has it.
struct Weighed {
    log_density: f64,
    /// The chance that it is of a reference.
    of_one: f64,
    /// Its squared length, weighed, in standard deviations.
    length_2: f64,
    /// Whether one ought to be heard.
    ought: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Orientation {
    prior_rad: f64,
    /// Expected bearings of other sources a revisit, before it is known.
    others_expected: f64,
    revisit_s: f64,
    hypotheses: Vec<Hypothesis>,
    begun: Option<Timestamp>,
    last: Option<Timestamp>,
    /// Bearings of other sources.
    others: f64,
    /// Sum of weights, and of squared lengths.
    lengths: (f64, f64),
    turned: Option<Turned>,
    /// Bearings of references since it was begun.
    since: u64,
    pub(crate) used: u64,
    pub(crate) outliers: u64,
    pub(crate) restarts: u64,
}

impl Orientation {
    pub(crate) fn new(prior_rad: f64, others_expected: f64, revisit_s: f64) -> Self {
        Self {
            prior_rad,
            others_expected,
            revisit_s: revisit_s.max(0.1),
            hypotheses: hypotheses(prior_rad),
            begun: None,
            last: None,
            others: 0.0,
            lengths: (0.0, 0.0),
            turned: None,
            since: 0,
            used: 0,
            outliers: 0,
            restarts: 0,
        }
    }

    /// Take a bearing in. `candidates` says what it would be of the references near, if the
    /// sensor's clock was ahead by so many seconds. Returned are those it was compared with.
    pub(crate) fn take(
        &mut self,
        time: Timestamp,
        azimuth_rad: f64,
        noise: &Noise,
        candidates: impl Fn(f64) -> Vec<(u64, Candidate)>,
    ) -> Vec<u64> {
        let others = self.others_per_rad(time);
        let all: Vec<Vec<(u64, Candidate)>> = self
            .hypotheses
            .iter()
            .map(|h| candidates(h.off_s))
            .collect();
        let bearing = Bearing {
            time,
            azimuth_rad,
            others,
            going_on_s: GOES_ON_REVISITS * self.revisit_s,
            factor: self.noise_factor(),
        };
        if all.iter().all(Vec::is_empty) {
            self.others += 1.0;
            for hypothesis in &mut self.hypotheses {
                hypothesis.update(&[], noise, &bearing);
            }
            return Vec::new();
        }
        self.advance(time, noise);
        let mut best = (f64::NEG_INFINITY, None);
        for (hypothesis, candidates) in self.hypotheses.iter_mut().zip(&all) {
            let weighed = hypothesis.update(candidates, noise, &bearing);
            hypothesis.log_weight += weighed.log_density;
            if hypothesis.log_weight > best.0 {
                best = (hypothesis.log_weight, Some((weighed, candidates)));
            }
        }
        let log_density = self.give_up(best.0);
        let Some((weighed, candidates)) = best.1 else {
            return Vec::new();
        };
        self.count(&weighed);
        if weighed.ought {
            self.watch(candidates, noise, &bearing, log_density);
        }
        candidates.iter().map(|(key, _)| *key).collect()
    }

    fn count(&mut self, weighed: &Weighed) {
        self.others += 1.0 - weighed.of_one;
        self.lengths.0 += weighed.of_one;
        self.lengths.1 += weighed.length_2;
        let is_one = weighed.of_one > 0.5;
        self.used += u64::from(is_one);
        self.since += u64::from(is_one);
        self.outliers += u64::from(weighed.ought && !is_one);
    }

    /// Whether the array has been turned: by the candidates of the likeliest clock.
    fn watch(
        &mut self,
        candidates: &[(u64, Candidate)],
        noise: &Noise,
        bearing: &Bearing,
        log_density: f64,
    ) {
        let turned = self.turned.get_or_insert_with(|| {
            let mut hypothesis = Hypothesis::new(0, TURNED_RAD);
            hypothesis.advance(None, noise, bearing.factor);
            Turned {
                hypothesis,
                bearings: 0,
                log_odds: 0.0,
            }
        });
        let weighed = turned.hypothesis.update(candidates, noise, bearing);
        turned.bearings += 1;
        turned.log_odds += weighed.log_density - log_density;
        if turned.bearings >= WATCHED
            && let Some(turned) = self.turned.take()
            && turned.log_odds > TURNED_LOG
        {
            self.begin_anew(&turned.hypothesis);
        }
    }

    fn begin_anew(&mut self, with: &Hypothesis) {
        self.hypotheses = hypotheses(self.prior_rad);
        for hypothesis in &mut self.hypotheses {
            hypothesis.mean[0] = with.mean[0];
            hypothesis.covariance[(0, 0)] = with.covariance[(0, 0)];
        }
        self.turned = None;
        self.lengths = (0.0, 0.0);
        // what looked like other sources was not
        (self.begun, self.others) = (self.last, 0.0);
        (self.since, self.last) = (u64::from(WATCHED), None);
        self.restarts += 1;
    }

    /// Density of bearings that are of no reference, 1/rad, in one revisit.
    fn others_per_rad(&mut self, time: Timestamp) -> f64 {
        let begun = *self.begun.get_or_insert(time);
        let revisits = time.seconds_since(begun).max(0.0) / self.revisit_s;
        (self.others_expected * OTHERS_REVISITS + self.others) / (OTHERS_REVISITS + revisits) / TAU
    }

    /// True over stated variance of the noise, by how long the residuals are.
    fn noise_factor(&self) -> f64 {
        let (weights, lengths) = self.lengths;
        ((STATED_COUNTS + lengths) / (STATED_COUNTS + weights)).clamp(NOISE.0, NOISE.1)
    }

    fn advance(&mut self, time: Timestamp, noise: &Noise) {
        let factor = self.noise_factor();
        let elapsed_s = self
            .last
            .map(|last| time.seconds_since(last).abs().min(STEP_S));
        self.last = Some(time);
        let turned = self.turned.iter_mut().map(|t| &mut t.hypothesis);
        for hypothesis in self.hypotheses.iter_mut().chain(turned) {
            hypothesis.advance(elapsed_s, noise, factor);
        }
    }

    /// Weights that add up to one, without what has become impossible; the logarithm of their
    /// sum before.
    fn give_up(&mut self, best: f64) -> f64 {
        self.hypotheses
            .retain(|h| h.log_weight - best >= LEAST.ln());
        let sum: f64 = self
            .hypotheses
            .iter()
            .map(|h| (h.log_weight - best).exp())
            .sum();
        let log_sum = best + sum.ln();
        for hypothesis in &mut self.hypotheses {
            hypothesis.log_weight -= log_sum;
        }
        if self.hypotheses.is_empty() || !log_sum.is_finite() {
            // numbers failed
            self.hypotheses = hypotheses(self.prior_rad);
            self.since = 0;
            self.restarts += 1;
            return 0.0;
        }
        log_sum
    }

    /// How probable it is that the clock is right.
    #[cfg(test)]
    pub(crate) fn clock_right(&self) -> f64 {
        let right = self.hypotheses.iter().filter(|h| h.off_s == 0.0);
        right.map(|h| h.log_weight.exp()).sum()
    }

    /// How many bearings of references it rests on since it was begun.
    pub(crate) const fn since(&self) -> u64 {
        self.since
    }

    /// The orientation error, rad, and its variance.
    pub(crate) fn estimate(&self) -> (f64, f64) {
        let weighed = || self.hypotheses.iter().map(|h| (h.log_weight.exp(), h));
        let mean: f64 = weighed().map(|(w, h)| w * h.mean[0]).sum();
        let variance: f64 = weighed()
            .map(|(w, h)| w * (h.covariance[(0, 0)] + (h.mean[0] - mean).powi(2)))
            .sum();
        (mean, variance)
    }
}

/// The clock right, or off by whole seconds either way.
fn hypotheses(prior_rad: f64) -> Vec<Hypothesis> {
    (-CLOCK_S..=CLOCK_S)
        .map(|off_s| Hypothesis::new(off_s, prior_rad))
        .collect()
}

impl Hypothesis {
    fn new(off_s: i8, prior_rad: f64) -> Self {
        let (share, between_s) = if off_s == 0 {
            (1.0 - CLOCKS_OFF, 0.0)
        } else {
            (0.5 * CLOCKS_OFF / f64::from(CLOCK_S), BETWEEN_S)
        };
        let mut covariance = Covariance::zeros();
        covariance[(0, 0)] = prior_rad * prior_rad;
        covariance[(4, 4)] = between_s * between_s;
        Self {
            off_s: f64::from(off_s),
            log_weight: share.ln(),
            mean: State::zeros(),
            covariance,
            recent: Vec::new(),
        }
    }

    /// The orientation walks, the fading error fades and the wind changes; the first time both
    /// are what they are anywhere.
    fn advance(&mut self, elapsed_s: Option<f64>, noise: &Noise, factor: f64) {
        let fading = factor * noise.fading_share * noise.sigma_rad * noise.sigma_rad;
        let (fading_s, wind) = (noise.fading_s, noise.wind_mps * noise.wind_mps);
        let elapsed_s = elapsed_s.unwrap_or(f64::INFINITY);
        self.covariance[(0, 0)] +=
            WALK_PER_SQRT_H * WALK_PER_SQRT_H * elapsed_s.min(STEP_S) / 3_600.0;
        for (i, variance, stays_s) in [
            (1, fading, fading_s),
            (2, wind, WIND_STAYS_S),
            (3, wind, WIND_STAYS_S),
        ] {
            let kept = (-elapsed_s / stays_s.max(1e-3)).exp();
            self.mean[i] *= kept;
            self.covariance.row_mut(i).scale_mut(kept);
            self.covariance.column_mut(i).scale_mut(kept);
            self.covariance[(i, i)] += variance * (1.0 - kept * kept);
        }
    }

    /// Density of a source that was heard a moment ago, was of none, and goes on, 1/rad.
    fn going_on_per_rad(&mut self, noise: &Noise, bearing: &Bearing) -> f64 {
        let time = bearing.time;
        self.recent
            .retain(|(then, _, _)| time.seconds_since(*then).abs() <= bearing.going_on_s);
        let excess = self.recent.len().saturating_sub(REMEMBERED);
        self.recent.drain(..excess);
        // both bearings have noise
        let variance = 2.0 * noise.sigma_rad * noise.sigma_rad;
        let of = |(then, azimuth_rad, other): &(Timestamp, f64, f64)| {
            // one look's bearings are of different things
            if *then == time {
                return 0.0;
            }
            let apart = wrap_pi(bearing.azimuth_rad - azimuth_rad);
            other * (-0.5 * apart * apart / variance).exp() / (TAU * variance).sqrt()
        };
        GOES_ON * self.recent.iter().map(of).fold(0.0, f64::max)
    }

    /// The mean and the covariance of the mixture: the bearing is of each candidate, or of none.
    fn update(
        &mut self,
        candidates: &[(u64, Candidate)],
        noise: &Noise,
        bearing: &Bearing,
    ) -> Weighed {
        let white = bearing.factor * (1.0 - noise.fading_share) * noise.sigma_rad.powi(2);
        let others = bearing.others + self.going_on_per_rad(noise, bearing);
        let mut density = others;
        let mut length_2 = 0.0;
        let mut terms = Vec::with_capacity(candidates.len());
        for (_, c) in candidates {
            let h = State::from([1.0, 1.0, c.by_wind[0], c.by_wind[1], -c.by_clock]);
            let ph = self.covariance * h;
            let innovation = c.residual_rad - h.dot(&self.mean);
            let known = h.dot(&ph) + white;
            let s = known + c.variance;
            let d2 = innovation * innovation / s;
            let weight = c.heard * (-0.5 * d2).exp() / (TAU * s).sqrt();
            density += weight;
            length_2 += weight * d2;
            terms.push((weight, ph, innovation, known + c.variance * c.inflation));
        }
        let mut moved = State::zeros();
        let mut spread = Covariance::zeros();
        for (weight, ph, innovation, s) in &terms {
            let weight = weight / density;
            let gain = ph / *s;
            moved += gain * (weight * innovation);
            spread += gain * gain.transpose() * (weight * (innovation * innovation - s));
        }
        self.mean += moved;
        self.covariance += spread - moved * moved.transpose();
        self.covariance = 0.5 * (self.covariance + self.covariance.transpose());
        self.recent
            .push((bearing.time, bearing.azimuth_rad, others / density));
        Weighed {
            log_density: density.ln(),
            of_one: 1.0 - others / density,
            length_2: length_2 / density,
            ought: candidates.iter().any(|(_, c)| c.heard >= OUGHT),
        }
    }
}

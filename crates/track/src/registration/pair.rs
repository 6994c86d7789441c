//! Two radars that see the same things: what differs between them, where no aircraft
//! says where it is.
//!
//! A plot of one radar is the reference of the other's: the residual depends on both
//! sensors' θ, twelve parameters, and the priors of both anchor what the difference cannot
//! tell (Okello and Challa 2004, stacked as one vector). A sensor that ADS-B has registered comes in with its
//! estimate as the prior, so it holds the other in place; one that has not with its own.
//! Estimates from pairs are never another pair's prior: there are no loops in which
//! knowledge could be counted twice.

use super::estimator::{Estimate, PARAMETERS};
use super::geometry::{Reference, Seen};
use super::robust::{Observation, Row, solve};
use lapwing_geo::{LocalFrame, wrap_pi};
use lapwing_model::{Measurement, Report, Timestamp};
use nalgebra::Vector3;

/// Parameters of two sensors.
const BOTH: usize = 2 * PARAMETERS;
/// Pairs of plots kept, and solved anew after so many.
const WINDOW: usize = 300;
const EVERY: usize = 20;
/// Error of the velocity that one plot is moved along to the other's time, m/s.
const VELOCITY_SIGMA_MPS: f64 = 5.0;

/// A radar's last plot of a track.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighted {
    pub(crate) time: Timestamp,
    range_m: f64,
    azimuth_rad: f64,
    range_sigma_m: f64,
    azimuth_sigma_rad: f64,
}

impl Sighted {
    pub(crate) fn new(report: &Report) -> Option<Self> {
        let Measurement::Polar {
            range_m,
            azimuth_rad,
            sigma,
            ..
        } = &report.measurement
        else {
            return None;
        };
        Some(Self {
            time: report.time,
            range_m: *range_m,
            azimuth_rad: *azimuth_rad,
            range_sigma_m: sigma.range_m.max(0.1),
            azimuth_sigma_rad: sigma.azimuth_rad.max(1e-5),
        })
    }
}

/// A plot against the other radar's of the same track; θ of the first, then of the other.
pub(crate) fn compare(
    first: (&Sighted, &LocalFrame),
    other: (&Sighted, &LocalFrame),
    track: &Reference,
) -> Option<Observation<BOTH>> {
    let ((a, frame_a), (b, frame_b)) = (first, other);
    let (q_track, v_b, _) = track.seen(frame_b, b.time.seconds_since(track.time));
    // the plot has no height: the track's
    let sin_el = (q_track.z / q_track.norm()).clamp(-0.5, 0.5);
    let ground_m = b.range_m * (1.0 - sin_el * sin_el).sqrt();
    let (sin_az, cos_az) = b.azimuth_rad.sin_cos();
    let q_b = Vector3::new(ground_m * sin_az, ground_m * cos_az, b.range_m * sin_el);
    let seen_b = Seen::of(&q_b, &v_b)?;
    let (turn, translation) = frame_b.transform_to(frame_a);
    let v_a = turn * v_b;
    let dt_s = a.time.seconds_since(b.time);
    let q_a = turn * q_b + translation + v_a * dt_s;
    let seen_a = Seen::of(&q_a, &v_a)?;
    let along = turn * (q_b / b.range_m);
    let across = turn * Vector3::new(cos_az, -sin_az, 0.0) * ground_m;
    let (range_b, azimuth_b) = (seen_b.range_row(), seen_b.azimuth_row());
    let row = |own: [f64; PARAMETERS], by_q: &Vector3<f64>, residual, sigma: f64| {
        let (by_range, by_azimuth) = (by_q.dot(&along), by_q.dot(&across));
        let mut h = [0.0; BOTH];
        for i in 0..PARAMETERS {
            h[i] = own[i];
            h[PARAMETERS + i] = -(by_range * range_b[i] + by_azimuth * azimuth_b[i]);
        }
        Row {
            h,
            residual,
            sensor_variance: sigma * sigma,
            reference_variance: (by_range * b.range_sigma_m).powi(2)
                + (by_azimuth * b.azimuth_sigma_rad).powi(2)
                + (by_q.norm() * VELOCITY_SIGMA_MPS * dt_s).powi(2),
            sensor_inflation: 1.0,
            reference_inflation: 1.0,
        }
    };
    let range = row(
        seen_a.range_row(),
        &seen_a.by_range,
        a.range_m - seen_a.range_m,
        a.range_sigma_m,
    );
    let azimuth = row(
        seen_a.azimuth_row(),
        &seen_a.by_azimuth,
        wrap_pi(a.azimuth_rad - seen_a.azimuth_rad),
        a.azimuth_sigma_rad,
    );
    let observation = Observation {
        rows: [Some(range), Some(azimuth)],
        reference: track.key,
    };
    observation.is_usable().then_some(observation)
}

/// What is known of a sensor before the pair says anything: estimate of ADS-B, or nothing but a prior.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    pub(crate) theta: [f64; PARAMETERS],
    pub(crate) sigma: [f64; PARAMETERS],
}

/// The comparisons of two sensors, the lower number first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pair {
    window: Vec<Observation<BOTH>>,
    unsolved: usize,
    pub(crate) count: u64,
}

impl Pair {
    /// Take a comparison; `swapped` where the first of it is the pair's second. Whether it is time to solve.
    pub(crate) fn take(&mut self, mut observation: Observation<BOTH>, swapped: bool) -> bool {
        if swapped {
            for row in observation.rows.iter_mut().flatten() {
                row.h.rotate_left(PARAMETERS);
            }
        }
        if self.window.len() >= WINDOW {
            self.window.remove(0);
        }
        self.window.push(observation);
        self.count += 1;
        self.unsolved += 1;
        let due = self.unsolved >= EVERY;
        if due {
            self.unsolved = 0;
        }
        due
    }

    /// The two sensors' estimates, from at least so many plots of so many tracks.
    pub(crate) fn solve(
        &self,
        before: [Before; 2],
        least: usize,
        tracks_min: usize,
    ) -> Option<[Estimate; 2]> {
        let mut tracks: Vec<u64> = self.window.iter().map(|o| o.reference).collect();
        tracks.sort_unstable();
        tracks.dedup();
        if self.window.len() < least || tracks.len() < tracks_min {
            return None;
        }
        let [one, two] = before;
        let mean = |i: usize| {
            let of = if i < PARAMETERS { &one } else { &two };
            (of.theta[i % PARAMETERS], of.sigma[i % PARAMETERS])
        };
        let mut scaled = self.window.clone();
        for row in scaled.iter_mut().flat_map(|o| o.rows.iter_mut().flatten()) {
            for i in 0..BOTH {
                let (theta, sigma) = mean(i);
                row.residual -= row.h[i] * theta;
                row.h[i] *= sigma;
            }
        }
        let solution = solve(&scaled)?;
        Some([0, PARAMETERS].map(|from| {
            let mut estimate = Estimate {
                theta: [0.0; PARAMETERS],
                covariance: [[0.0; PARAMETERS]; PARAMETERS],
            };
            for i in 0..PARAMETERS {
                let (theta, sigma) = mean(from + i);
                estimate.theta[i] = theta + sigma * solution.x[from + i];
                for j in 0..PARAMETERS {
                    let (_, other) = mean(from + j);
                    estimate.covariance[i][j] = sigma * other * solution.p[from + i][from + j];
                }
            }
            estimate
        }))
    }
}

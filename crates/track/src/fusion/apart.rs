//! How far apart two trackers' estimates are, and how much that speaks for one object.
//!
//! The log-likelihood ratio of a track-to-track association (Kaplan, Bar-Shalom and Blair 2008):
//! how probable the difference is if both are of one object, against that the other is one
//! of the objects that fly about here,
//!
//! ```text
//! d² = δᵀ S⁻¹ δ,  S = A + B + floor;    Λ = ln N(δ; 0, S) − ln(density of others at δ)
//! ```
//!
//! over horizontal position and velocity. S leaves out that the errors are correlated,
//! which makes it too large, never too small; the floor is what the registration of two systems may
//! differ by. Height takes no part: half the sensors do not measure it, the others by pressure.

use super::intersect::{Estimate, inverse};
use crate::TrackerConfig;
use crate::motion::{Gaussian, Intensity};
use lapwing_geo::{LocalFrame, wrap_pi};
use lapwing_model::{Timestamp, Track};
use nalgebra::{Matrix4, Matrix6, Vector3, Vector4, Vector6};

/// What the registration of two systems may differ by, m and m/s.
const FLOOR: (f64, f64) = (150.0, 5.0);
/// Objects to a square metre that another estimate may belong to: one in 5 km squared.
const OTHERS_PER_M2: f64 = 1.0 / (5_000.0 * 5_000.0);
/// An estimate vaguer than this says nothing of which object it is, m.
const VAGUE_M: f64 = 1_000.0;
/// χ² with four degrees of freedom, 99.9 %.
const AGREE_GATE: f64 = 18.47;
/// East, north and their rates.
const HORIZONTAL: [usize; 4] = [0, 1, 3, 4];
/// Up and its rate.
const VERTICAL: [usize; 2] = [2, 5];

/// How far apart two estimates are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apart {
    /// Squared Mahalanobis distance, four degrees of freedom.
    pub(super) distance_2: f64,
    /// How much that speaks for one object rather than two, nats.
    pub(super) log_ratio: f64,
}

/// A track's state in the axes of a frame, carried to `at`: straight on, with the noise of what may turn.
pub(super) fn state_in(
    config: &TrackerConfig,
    frame: &LocalFrame,
    track: &Track,
    at: Timestamp,
) -> Gaussian {
    let (rotation, translation) = LocalFrame::new(track.position).transform_to(frame);
    let v = Vector3::from(track.velocity_mps);
    let there = Gaussian {
        mean: Vector6::new(0.0, 0.0, 0.0, v.x, v.y, v.z),
        covariance: Matrix6::from_fn(|i, j| track.covariance[i][j]),
    };
    let mut state = there.transformed(&rotation, &translation);
    let t = at.seconds_since(track.time);
    if t == 0.0 {
        return state;
    }
    let mut carry = Matrix6::identity();
    let mut noise = Matrix6::zeros();
    let q = Intensity::turning(config);
    for axis in 0..3 {
        carry[(axis, axis + 3)] = t;
        let (q, t) = (q.of_axis(axis), t.abs());
        noise[(axis, axis)] = q * t * t * t / 3.0;
        noise[(axis + 3, axis + 3)] = q * t;
        let both = q * t * t / 2.0;
        noise[(axis, axis + 3)] = both;
        noise[(axis + 3, axis)] = both;
    }
    state.mean = carry * state.mean;
    state.covariance = carry * state.covariance * carry.transpose() + noise;
    state
}

fn part<const N: usize>(state: &Gaussian, axes: [usize; N]) -> Estimate<N> {
    Estimate {
        mean: nalgebra::SVector::from_fn(|i, _| state.mean[axes[i]]),
        covariance: nalgebra::SMatrix::from_fn(|i, j| state.covariance[(axes[i], axes[j])]),
    }
}

fn set_part<const N: usize>(state: &mut Gaussian, axes: [usize; N], by: &Estimate<N>) {
    for (i, axis) in axes.into_iter().enumerate() {
        state.mean[axis] = by.mean[i];
        for k in 0..6 {
            state.covariance[(axis, k)] = 0.0;
            state.covariance[(k, axis)] = 0.0;
        }
    }
    for (i, axis) in axes.into_iter().enumerate() {
        for (j, other) in axes.into_iter().enumerate() {
            state.covariance[(axis, other)] = by.covariance[(i, j)];
        }
    }
}

impl Gaussian {
    /// Horizontal position and velocity.
    pub(super) fn horizontal(&self) -> Estimate<4> {
        part(self, HORIZONTAL)
    }

    /// Height and climb.
    pub(super) fn vertical(&self) -> Estimate<2> {
        part(self, VERTICAL)
    }

    /// Puts another horizontal estimate in place; what it has in common with the vertical one is
    /// no longer known and left out.
    pub(super) fn set_horizontal(&mut self, by: &Estimate<4>) {
        set_part(self, HORIZONTAL, by);
    }

    /// The same for the vertical.
    pub(super) fn set_vertical(&mut self, by: &Estimate<2>) {
        set_part(self, VERTICAL, by);
    }
}

/// Whether two estimates in the same axes at the same time can both be right: nothing is allowed
/// for registration, for what is off by that is not to be mixed in.
pub(super) fn agree(a: &Estimate<4>, b: &Estimate<4>) -> bool {
    let apart = a.mean - b.mean;
    inverse(a.covariance + b.covariance).is_some_and(|s| apart.dot(&(s * apart)) <= AGREE_GATE)
}

/// How far apart two estimates in the same axes at the same time are. `None` where one of them
/// is too vague to tell, or has no covariance.
pub(super) fn apart(config: &TrackerConfig, a: &Estimate<4>, b: &Estimate<4>) -> Option<Apart> {
    for e in [a, b] {
        inverse(e.covariance)?;
        if e.covariance[(0, 0)] + e.covariance[(1, 1)] > VAGUE_M * VAGUE_M {
            return None;
        }
    }
    let floor = Vector4::new(FLOOR.0, FLOOR.0, FLOOR.1, FLOOR.1);
    let s = a.covariance + b.covariance + Matrix4::from_diagonal(&floor.component_mul(&floor));
    let root = nalgebra::Cholesky::new(s)?;
    let apart = a.mean - b.mean;
    let distance_2 = apart.dot(&root.solve(&apart));
    let log_det = 2.0 * root.l_dirty().diagonal().map(f64::ln).sum();
    // the difference of two velocities of the population
    let others_mps2 = 2.0 * config.birth_speed_sigma_mps.powi(2);
    let density = OTHERS_PER_M2 / (std::f64::consts::TAU * others_mps2);
    let same = -0.5 * (distance_2 + log_det) - 2.0 * std::f64::consts::TAU.ln();
    distance_2.is_finite().then_some(Apart {
        distance_2,
        log_ratio: same - density.ln(),
    })
}

/// How much the identities of two tracks speak for one object, nats: bounded, for an identity is a
/// claim, and taken once.
pub(super) fn identity(a: &Track, b: &Track) -> f64 {
    const BOUND: f64 = 2.0;
    let mut sum = 0.0_f64;
    for (kind, weight) in [
        ("icao24", 2.0),
        ("remote_id", 2.0),
        ("callsign", 1.0),
        ("mode_3a", 1.0),
    ] {
        let of = |t: &'_ Track| -> Vec<String> {
            let claims = t.claims.iter().filter(|c| c.kind == kind);
            claims.map(|c| c.value.clone()).collect()
        };
        let (a, b) = (of(a), of(b));
        if a.is_empty() || b.is_empty() {
            continue;
        }
        let same = a.iter().any(|value| b.contains(value));
        sum += if same { weight } else { -weight };
    }
    sum.clamp(-BOUND, BOUND)
}

/// How far apart two tracks are, m, roughly: enough to tell which to compare.
pub(super) fn distance_m(a: &Track, b: &Track) -> f64 {
    /// Metres in a radian of latitude, at least.
    const RADIUS_M: f64 = 6_335_000.0;
    let north_m = (a.position.lat_deg - b.position.lat_deg).to_radians() * RADIUS_M;
    let east_rad = wrap_pi((a.position.lon_deg - b.position.lon_deg).to_radians());
    let middle_rad = (0.5 * (a.position.lat_deg + b.position.lat_deg)).to_radians();
    north_m.hypot(east_rad * middle_rad.cos() * RADIUS_M)
}

//! The rate at which a track enters a disc: Rice's formula by quadrature.
//!
//! Time is walked in two gaits: where the boundary lies outside the error
//! ellipse the walk leaps as far as it safely can (nothing can cross), and where
//! it lies inside it steps by a fraction of the time the ellipse needs to pass.

use crate::planar::{Moments, Planar};
use std::f64::consts::{PI, SQRT_2, TAU};

/// Standard deviations beyond which the density is nothing.
const REACH_SIGMAS: f64 = 4.0;
/// Step in time, in units of the passing time of one standard deviation.
const STEP_SIGMAS: f64 = 1.25;
/// Step along the boundary, in units of the smaller standard deviation; the
/// trapezoidal rule is then good to some 1e-3 of the flux.
const ARC_STEP_SIGMAS: f64 = 1.5;
/// Longest step, s: manoeuvres change the ellipse within this.
const STEP_MAX_S: f64 = 40.0;
const ARC_NODES_MAX: usize = 160;
const TIME_NODES_MAX: usize = 600;
/// Where the grid of angles lies with respect to the velocity: the zero of the
/// Bernoulli polynomial B₂, at which the kink of (n·v)⁺ costs the trapezoidal rule
/// nothing to second order.
const KINK_OFFSET: f64 = 0.211_324_865_405_187;

/// Exponent of the density beyond which it is nothing.
const EXPONENT_MAX: f64 = 10.0;
/// Entries a second that add nothing by the last horizon; once a track that moves
/// away is below, it is followed in longer steps.
const RATE_NEGLIGIBLE: f64 = 1e-7;

/// Standard normal distribution function.
pub(crate) fn phi(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// E[(z + N(0,1))⁺] = φ(z) + zΦ(z).
fn positive_part(z: f64) -> f64 {
    if z > 5.0 {
        z
    } else if z < -5.0 {
        0.0
    } else {
        (-0.5 * z * z).exp() / (TAU).sqrt() + z * phi(z)
    }
}

/// Probability that the position is inside the disc of `radius_m` now.
pub(crate) fn inside_now(planar: &Planar, radius_m: f64) -> f64 {
    const NODES: usize = 32;
    let m = planar.moments(0.0);
    let distance = m.mean[0].hypot(m.mean[1]);
    let slack = REACH_SIGMAS * m.sigma_max;
    if distance - radius_m > slack {
        return 0.0;
    }
    if radius_m - distance > slack {
        return 1.0;
    }
    // x along the ellipse's minor axis, so that what remains is smooth in it
    let angle = 0.5 * (2.0 * m.pp.xy).atan2(m.pp.xx - m.pp.yy) + PI / 2.0;
    let (sin, cos) = angle.sin_cos();
    let mx = cos * m.mean[0] + sin * m.mean[1];
    let my = cos * m.mean[1] - sin * m.mean[0];
    let low = (mx - 6.0 * m.sigma_min).max(-radius_m);
    let high = (mx + 6.0 * m.sigma_min).min(radius_m);
    if low >= high {
        return 0.0;
    }
    let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0);
    let step = PI / NODES as f64;
    let sum: f64 = (0..NODES)
        .map(|k| {
            // the sine takes the square root out of the chord at its ends
            let a = -PI / 2.0 + (k as f64 + 0.5) * step;
            let x = middle + half * a.sin();
            let chord = (radius_m * radius_m - x * x).max(0.0).sqrt();
            let z = (x - mx) / m.sigma_min;
            let across = phi((chord - my) / m.sigma_max) - phi((-chord - my) / m.sigma_max);
            (-0.5 * z * z).exp() * across * a.cos()
        })
        .sum();
    (sum * step * half / (m.sigma_min * TAU.sqrt())).clamp(0.0, 1.0)
}

/// Entries a second through the circle of `radius_m`, for the moments at one time.
fn flux(m: &Moments, velocity: [f64; 2], radius_m: f64) -> f64 {
    let determinant = m.pp.determinant();
    let inverse = (
        m.pp.yy / determinant,
        -m.pp.xy / determinant,
        m.pp.xx / determinant,
    );
    // gain Cᵀ S⁻¹ of velocity on position, and the velocity covariance left
    let c = m.pv;
    let gain = [
        [
            c[0][0] * inverse.0 + c[1][0] * inverse.1,
            c[0][0] * inverse.1 + c[1][0] * inverse.2,
        ],
        [
            c[0][1] * inverse.0 + c[1][1] * inverse.1,
            c[0][1] * inverse.1 + c[1][1] * inverse.2,
        ],
    ];
    let left = crate::planar::Symmetric {
        xx: m.vv.xx - gain[0][0] * c[0][0] - gain[0][1] * c[1][0],
        xy: m.vv.xy - gain[0][0] * c[0][1] - gain[0][1] * c[1][1],
        yy: m.vv.yy - gain[1][0] * c[0][1] - gain[1][1] * c[1][1],
    };

    let reach = REACH_SIGMAS * m.sigma_max;
    let distance = m.mean[0].hypot(m.mean[1]);
    let cos_window = (radius_m * radius_m + distance * distance - reach * reach)
        / (2.0 * radius_m * distance).max(1e-9);
    let window = cos_window.clamp(-1.0, 1.0).acos();
    let finest = ARC_STEP_SIGMAS * m.sigma_min / radius_m;
    let (start, step, nodes) = if window > 0.8 * PI {
        let wanted = ((TAU / finest).ceil() as usize).clamp(12, ARC_NODES_MAX);
        let nodes = wanted.next_multiple_of(4);
        let step = TAU / nodes as f64;
        let course = velocity[1].atan2(velocity[0]);
        (course + KINK_OFFSET * step, step, nodes)
    } else {
        let nodes = ((2.0 * window / finest).ceil() as usize).clamp(8, ARC_NODES_MAX);
        let step = 2.0 * window / nodes as f64;
        let toward = m.mean[1].atan2(m.mean[0]);
        (toward - window + 0.5 * step, step, nodes)
    };

    let (step_sin, step_cos) = step.sin_cos();
    let (mut sin, mut cos) = start.sin_cos();
    let mut sum = 0.0;
    for _ in 0..nodes {
        let (dx, dy) = (radius_m * cos - m.mean[0], radius_m * sin - m.mean[1]);
        let wx = inverse.0 * dx + inverse.1 * dy;
        let wy = inverse.1 * dx + inverse.2 * dy;
        let exponent = 0.5 * (dx * wx + dy * wy);
        if exponent < EXPONENT_MAX {
            let vx = velocity[0] + gain[0][0] * dx + gain[0][1] * dy;
            let vy = velocity[1] + gain[1][0] * dx + gain[1][1] * dy;
            let inward = -(cos * vx + sin * vy);
            let variance = left.along([cos, sin]).max(1e-6);
            if inward > 0.0 || inward * inward < 25.0 * variance {
                let spread = variance.sqrt();
                sum += (-exponent).exp() * spread * positive_part(inward / spread);
            }
        }
        (cos, sin) = (
            cos * step_cos - sin * step_sin,
            sin * step_cos + cos * step_sin,
        );
    }
    sum * radius_m * step / (TAU * determinant.sqrt())
}

/// Fills `nodes` with (time, entries a second) from 0 to `end_s`; between two
/// nodes of rate 0 the rate is 0.
pub(crate) fn entry_rate(planar: &Planar, radius_m: f64, end_s: f64, nodes: &mut Vec<(f64, f64)>) {
    nodes.clear();
    let speed = planar.speed();
    let (_, vv_end) = planar.moments(end_s).vv.eigenvalues();
    // no point of the ellipse moves faster than this before the end
    let rate_max = speed + REACH_SIGMAS * vv_end.max(0.0).sqrt();
    let mut t = 0.0;
    let mut quiet = true;
    while nodes.len() < TIME_NODES_MAX {
        let m = planar.moments(t);
        let sigma_v = m.vv.eigenvalues().1.max(0.0).sqrt();
        let passing_s = m.sigma_min / (speed + sigma_v).max(1e-9);
        let distance = m.mean[0].hypot(m.mean[1]);
        let clear = (distance - radius_m).abs() - REACH_SIGMAS * m.sigma_max;
        let step = if clear > 0.0 {
            if !quiet {
                nodes.push((t, 0.0));
                quiet = true;
            }
            (clear / rate_max.max(1e-9)).max(0.25 * passing_s)
        } else {
            if quiet && t > 0.0 {
                nodes.push((t, 0.0));
                // the node just made is the rate here: it is on the ellipse's rim
                quiet = false;
                t += 0.05 * passing_s.min(STEP_MAX_S);
                continue;
            }
            quiet = false;
            let rate = flux(&m, planar.velocity, radius_m);
            nodes.push((t, rate));
            let along = if speed > 1e-3 {
                let n = [planar.velocity[0] / speed, planar.velocity[1] / speed];
                m.pp.along(n).sqrt()
            } else {
                m.sigma_min
            };
            let passing_s = along / (speed + sigma_v).max(1e-9);
            let growing_s = (3.0 * m.sigma_min * m.sigma_min / planar.psd.max(1e-12)).cbrt();
            // the rate now may be anywhere on its slope: begin finely
            let begun = (0.3 * (nodes.len() as f64 + 1.0)).min(1.0);
            let usual = (begun * STEP_SIGMAS * passing_s.min(growing_s)).min(STEP_MAX_S);
            let leaving = m.mean[0] * planar.velocity[0] + m.mean[1] * planar.velocity[1] > 0.0;
            if leaving && rate < RATE_NEGLIGIBLE {
                4.0 * usual
            } else {
                usual
            }
        };
        if t >= end_s {
            break;
        }
        t = (t + step).min(end_s);
    }
}

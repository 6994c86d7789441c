//! The ways of moving: linear models of position and velocity, the same on both axes.
//!
//! * nearly constant velocity: white acceleration of intensity q (Bar-Shalom, Li and Kirubarajan
//!   2001, *Estimation with Applications to Tracking and Navigation*, §6.2.2);
//! * manoeuvre: the same with much more acceleration, which covers turns of unknown rate without
//!   a fifth state;
//! * hover: a velocity that decays and is stirred up again, the integrated Ornstein–Uhlenbeck
//!   process (Uhlenbeck and Ornstein 1930).
//!
//! They alternate as a Markov chain (Blom and Bar-Shalom 1988): a mode lasts a mean time, then
//! each of the others is as likely to follow.

use super::config::{Config, Models};

/// One way of moving, over the time of one scan, per axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mode {
    /// Position gained per unit of velocity, s.
    pub(crate) reach: f64,
    /// Share of the velocity that is kept.
    pub(crate) keep: f64,
    /// Process noise: position variance, covariance, velocity variance.
    pub(crate) noise: [f64; 3],
    /// Velocity variance of a newborn, m²/s².
    pub(crate) newborn_variance: f64,
    /// Probability of the mode in a newborn.
    pub(crate) initial: f64,
}

fn constant_velocity(dt: f64, q: f64) -> (f64, f64, [f64; 3]) {
    let noise = [q * dt * dt * dt / 3.0, q * dt * dt / 2.0, q * dt];
    (dt, 1.0, noise)
}

fn hover(dt: f64, tau: f64, speed_std: f64) -> (f64, f64, [f64; 3]) {
    let keep = (-dt / tau).exp();
    let gone = 1.0 - keep;
    let variance = speed_std * speed_std;
    let noise = [
        variance * tau * tau * (2.0 * dt / tau - 3.0 + 4.0 * keep - keep * keep),
        variance * tau * gone * gone,
        variance * (1.0 - keep * keep),
    ];
    (tau * gone, keep, noise)
}

/// The modes of a configuration.
pub(crate) fn modes(config: &Config) -> Vec<Mode> {
    let speed = config.birth.speed_std;
    let settings = &config.modes;
    let one = |(reach, keep, noise), newborn_std: f64, initial| Mode {
        reach,
        keep,
        noise,
        newborn_variance: newborn_std * newborn_std,
        initial,
    };
    let straight = constant_velocity(config.dt_s, config.q);
    match config.models {
        Models::Single => vec![one(straight, speed, 1.0)],
        Models::Multiple => {
            let [p0, p1, p2] = settings.initial;
            let turning = constant_velocity(config.dt_s, settings.manoeuvre_q);
            let hovering = hover(config.dt_s, settings.hover_time_s, settings.hover_speed_std);
            vec![
                one(straight, speed, p0),
                one(turning, speed, p1),
                one(hovering, settings.hover_speed_std, p2),
            ]
        }
    }
}

/// Probability of going from mode l (row) to mode m (column) in one scan.
pub(crate) fn transition(config: &Config) -> Vec<Vec<f64>> {
    let count = match config.models {
        Models::Single => return vec![vec![1.0]],
        Models::Multiple => 3,
    };
    (0..count)
        .map(|l| {
            let stay = (-config.dt_s / config.modes.sojourn_s[l]).exp();
            (0..count)
                .map(|m| if l == m { stay } else { (1.0 - stay) / 2.0 })
                .collect()
        })
        .collect()
}

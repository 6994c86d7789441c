//! A Gaussian over position and velocity on the plane, with independent axes.
//!
//! With white-noise acceleration of one intensity and a measurement of the position with
//! one error in both axes, a covariance without terms across the axes keeps none
//! (Bar-Shalom, Li and Kirubarajan 2001, §6.2.2): ten numbers are the whole state.

use std::f64::consts::TAU;

/// One axis: position (m) and velocity (m/s) with their covariance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Mean position, m.
    pub position_m: f64,
    /// Mean velocity, m/s.
    pub velocity_mps: f64,
    /// Variance of the position, m².
    pub pp: f64,
    /// Covariance of position and velocity, m²/s.
    pub pv: f64,
    /// Variance of the velocity, m²/s².
    pub vv: f64,
}

/// Both axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanarState {
    /// Along x.
    pub x: Axis,
    /// Along y.
    pub y: Axis,
}

impl Axis {
    /// `dt_s` later under white-noise acceleration of intensity `q`, m²/s³.
    #[must_use]
    pub fn predicted(&self, dt_s: f64, q: f64) -> Self {
        let t = dt_s;
        Self {
            position_m: self.position_m + t * self.velocity_mps,
            velocity_mps: self.velocity_mps,
            pp: self.pp + t * (2.0 * self.pv + t * self.vv) + q * t * t * t / 3.0,
            pv: self.pv + t * self.vv + q * t * t / 2.0,
            vv: self.vv + q * t,
        }
    }

    /// Given the position measured as `z` with variance `r`; Joseph's form is not needed
    /// for one positive scalar.
    fn updated(&self, z: f64, r: f64) -> Self {
        let s = self.pp + r;
        let (kp, kv) = (self.pp / s, self.pv / s);
        let innovation = z - self.position_m;
        Self {
            position_m: self.position_m + kp * innovation,
            velocity_mps: self.velocity_mps + kv * innovation,
            pp: kp * r,
            pv: self.pv * r / s,
            vv: self.vv - kv * self.pv,
        }
    }

    fn merged(parts: impl Iterator<Item = (f64, Self)> + Clone) -> Self {
        let sum: f64 = parts.clone().map(|p| p.0).sum();
        let mean = |of: fn(&Self) -> f64| parts.clone().map(|(w, a)| w * of(&a)).sum::<f64>() / sum;
        let (position_m, velocity_mps) = (mean(|a| a.position_m), mean(|a| a.velocity_mps));
        let mut merged = Self {
            position_m,
            velocity_mps,
            pp: 0.0,
            pv: 0.0,
            vv: 0.0,
        };
        for (w, a) in parts {
            let (dp, dv) = (a.position_m - position_m, a.velocity_mps - velocity_mps);
            merged.pp += w / sum * (a.pp + dp * dp);
            merged.pv += w / sum * (a.pv + dp * dv);
            merged.vv += w / sum * (a.vv + dv * dv);
        }
        merged
    }

    /// Squared Mahalanobis distance of another mean under this covariance.
    fn distance_2(&self, other: &Self) -> f64 {
        let (dp, dv) = (
            other.position_m - self.position_m,
            other.velocity_mps - self.velocity_mps,
        );
        let determinant = self.pp * self.vv - self.pv * self.pv;
        (self.vv * dp * dp - 2.0 * self.pv * dp * dv + self.pp * dv * dv) / determinant
    }
}

impl PlanarState {
    /// `dt_s` later under white-noise acceleration of intensity `q`, m²/s³.
    #[must_use]
    pub fn predicted(&self, dt_s: f64, q: f64) -> Self {
        Self {
            x: self.x.predicted(dt_s, q),
            y: self.y.predicted(dt_s, q),
        }
    }

    /// Given a measured position with variance `r` in each axis, m².
    #[must_use]
    pub fn updated(&self, z: [f64; 2], r: f64) -> Self {
        Self {
            x: self.x.updated(z[0], r),
            y: self.y.updated(z[1], r),
        }
    }

    /// Squared Mahalanobis distance of a measured position, and the log of its density.
    #[must_use]
    pub fn innovation(&self, z: [f64; 2], r: f64) -> (f64, f64) {
        let (sx, sy) = (self.x.pp + r, self.y.pp + r);
        let (dx, dy) = (z[0] - self.x.position_m, z[1] - self.y.position_m);
        let distance_2 = dx * dx / sx + dy * dy / sy;
        (distance_2, -0.5 * (distance_2 + (sx * sy).ln()) - TAU.ln())
    }

    /// One Gaussian of the mean of a mixture, and of its covariance but for the terms across
    /// the axes.
    #[must_use]
    pub fn merged<'a>(parts: impl Iterator<Item = (f64, &'a Self)> + Clone) -> Self {
        Self {
            x: Axis::merged(parts.clone().map(|(w, s)| (w, s.x))),
            y: Axis::merged(parts.map(|(w, s)| (w, s.y))),
        }
    }

    /// Squared Mahalanobis distance of another mean under this covariance.
    #[must_use]
    pub fn distance_2(&self, other: &Self) -> f64 {
        self.x.distance_2(&other.x) + self.y.distance_2(&other.y)
    }
}

impl PlanarState {
    /// At a measured position, standing still.
    pub(super) fn at(z: [f64; 2], variance_m2: f64) -> Self {
        let axis = |position_m| Axis {
            position_m,
            velocity_mps: 0.0,
            pp: variance_m2,
            pv: 0.0,
            vv: variance_m2,
        };
        Self {
            x: axis(z[0]),
            y: axis(z[1]),
        }
    }
}

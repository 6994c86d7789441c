//! Errors of tracks against the objects they are of, and whether the tracks' covariances
//! say how large they are: the normalised estimation error squared (Bar-Shalom, Li and
//! Kirubarajan 2001, *Estimation with Applications to Tracking and Navigation*, §5.4.2).

use crate::moment::Moment;
use lapwing_geo::{Geodetic, LocalFrame};
use lapwing_model::Timestamp;
use nalgebra::{Matrix2, Matrix6, Vector2, Vector6};
use serde::Serialize;
use std::collections::BTreeMap;

/// A mean of normalised errors squared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct NeesMean {
    /// Degrees of freedom: what the mean should be.
    pub dof: u32,
    /// How many errors it is the mean of.
    pub n: u64,
    /// The mean.
    pub mean: Option<f64>,
    /// Where 95 % of such means lie if the covariances are right and the errors
    /// independent; errors of one track at successive times are not quite.
    pub interval_95: Option<[f64; 2]>,
}

/// The mean of one instant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NeesAt {
    /// When.
    pub time: Timestamp,
    /// Of how many tracks.
    pub n: u64,
    /// Mean horizontal one, 2 degrees of freedom.
    pub mean: f64,
}

/// Consistency of the tracks' covariances.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Nees {
    /// Of the horizontal position.
    pub horizontal: NeesMean,
    /// Of position and velocity, where both sides have heights above one datum and velocities.
    pub full: NeesMean,
    /// The horizontal one, instant by instant.
    pub by_time: Vec<NeesAt>,
}

/// Errors of the tracks of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Errors {
    /// How many pairs of track and object, over the instants.
    pub pairs: u64,
    /// Root of the mean square of the horizontal position error, m.
    pub position_rmse_m: Option<f64>,
    /// The same of the horizontal velocity, m/s.
    pub velocity_rmse_mps: Option<f64>,
    /// Normalised horizontal position error squared.
    pub nees_horizontal: NeesMean,
    /// Normalised error squared of position and velocity.
    pub nees_full: NeesMean,
}

/// One pair's errors.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PairError {
    pub(crate) position_m: f64,
    pub(crate) velocity_mps: Option<f64>,
    pub(crate) nees_horizontal: Option<f64>,
    pub(crate) nees_full: Option<f64>,
}

impl PairError {
    pub(crate) fn new(frame: &LocalFrame, object: &Moment, track: &Moment) -> Self {
        // the covariance is in the axes at the track, which meridians turn against the frame's
        let [lat_deg, lon_deg] = object.lat_lon_deg;
        let turn = frame.rotation_to_axes_at(Geodetic::new(lat_deg, lon_deg, 0.0));
        let d = [0, 1, 2].map(|k| track.at_m[k] - object.at_m[k]);
        let position = turn.fixed_view::<2, 2>(0, 0) * Vector2::new(d[0], d[1]);
        let velocity = object
            .velocity_mps
            .zip(track.velocity_mps)
            .map(|(a, b)| [0, 1, 2].map(|k| b[k] - a[k]));
        let heights = object.height_datum.is_some() && object.height_datum == track.height_datum;
        let horizontal = track.covariance.as_ref().and_then(|c| {
            let inverse = Matrix2::new(c[0][0], c[0][1], c[1][0], c[1][1]).cholesky()?;
            Some(position.dot(&inverse.solve(&position)))
        });
        let full = track
            .covariance
            .as_ref()
            .zip(velocity)
            .filter(|_| heights)
            .and_then(|(c, v)| {
                let error = Vector6::new(position.x, position.y, d[2], v[0], v[1], v[2]);
                let inverse = Matrix6::from_fn(|r, k| c[r][k]).cholesky()?;
                Some(error.dot(&inverse.solve(&error)))
            });
        Self {
            position_m: position.norm(),
            velocity_mps: velocity.map(|v| v[0].hypot(v[1])),
            nees_horizontal: horizontal.filter(|x| x.is_finite()),
            nees_full: full.filter(|x| x.is_finite()),
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    n: u64,
    sum: f64,
}

impl Sum {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.n += 1;
            self.sum += value;
        }
    }

    fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum / self.n as f64)
    }

    fn nees(&self, dof: u32) -> NeesMean {
        NeesMean {
            dof,
            n: self.n,
            mean: self.mean(),
            interval_95: (self.n > 0).then(|| interval_95(self.n, dof)),
        }
    }
}

/// Sums from which [`Errors`] are made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ErrorSums {
    position: Sum,
    velocity: Sum,
    horizontal: Sum,
    full: Sum,
}

impl ErrorSums {
    pub(crate) fn add(&mut self, error: &PairError) {
        self.position.add(Some(error.position_m.powi(2)));
        self.velocity.add(error.velocity_mps.map(|v| v.powi(2)));
        self.horizontal.add(error.nees_horizontal);
        self.full.add(error.nees_full);
    }

    pub(crate) fn errors(&self) -> Errors {
        Errors {
            pairs: self.position.n,
            position_rmse_m: self.position.mean().map(f64::sqrt),
            velocity_rmse_mps: self.velocity.mean().map(f64::sqrt),
            nees_horizontal: self.horizontal.nees(2),
            nees_full: self.full.nees(6),
        }
    }
}

/// Errors of every pair, as a whole, by label of the object and of the track, and by time.
#[derive(Default)]
pub(crate) struct Consistency {
    pub(crate) all: ErrorSums,
    pub(crate) by_class: BTreeMap<String, ErrorSums>,
    pub(crate) by_mix: BTreeMap<String, ErrorSums>,
    by_time: Vec<NeesAt>,
}

impl Consistency {
    /// Takes the pairs of one instant.
    pub(crate) fn add<'a>(
        &mut self,
        time: Timestamp,
        pairs: impl Iterator<Item = (&'a Moment, &'a Moment, &'a PairError)>,
    ) {
        let mut now = Sum::default();
        for (object, track, error) in pairs {
            now.add(error.nees_horizontal);
            self.all.add(error);
            of(&mut self.by_class, &object.label).add(error);
            of(&mut self.by_mix, &track.label).add(error);
        }
        if let Some(mean) = now.mean() {
            let n = now.n;
            self.by_time.push(NeesAt { time, n, mean });
        }
    }

    /// Takes a pair with nothing but a claim, which counts by its mix only.
    pub(crate) fn add_claim(&mut self, track: &Moment, error: &PairError) {
        of(&mut self.by_mix, &track.label).add(error);
    }

    pub(crate) fn nees(&mut self) -> Nees {
        let all = self.all.errors();
        Nees {
            horizontal: all.nees_horizontal,
            full: all.nees_full,
            by_time: std::mem::take(&mut self.by_time),
        }
    }
}

/// The entry of a label, which is copied only when it is new.
pub(crate) fn of<'a, T: Default>(map: &'a mut BTreeMap<String, T>, label: &str) -> &'a mut T {
    if !map.contains_key(label) {
        map.insert(label.to_owned(), T::default());
    }
    map.entry(label.to_owned()).or_default()
}

/// Where 95 % of the means of `n` squares with an even number of degrees of freedom lie.
fn interval_95(n: u64, dof: u32) -> [f64; 2] {
    [0.025, 0.975].map(|p| chi_square_quantile(p, n as f64 * f64::from(dof)) / n as f64)
}

/// Quantile of χ² with an even number of degrees of freedom: exact for few, by Wilson and
/// Hilferty 1931 for more than 400 (then within 1e-4 of its value).
fn chi_square_quantile(p: f64, dof: f64) -> f64 {
    if dof > 400.0 {
        // the normal quantile of 0.975
        let z = if p < 0.5 {
            -1.959_963_985
        } else {
            1.959_963_985
        };
        let a = 2.0 / (9.0 * dof);
        return dof * (1.0 - a + z * a.sqrt()).powi(3);
    }
    // 1 − P is a sum of Poisson terms
    let below = |x: f64| {
        let half = x / 2.0;
        let mut term = (-half).exp();
        let mut sum = term;
        for k in 1..(dof / 2.0) as u32 {
            term *= half / f64::from(k);
            sum += term;
        }
        1.0 - sum
    };
    let (mut low, mut high) = (0.0, 2.0 * dof + 20.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if below(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles from the tables.
    #[test]
    fn chi_square_is_the_tables() {
        for (p, dof, expected) in [
            (0.025, 2.0, 0.0506),
            (0.975, 2.0, 7.3778),
            (0.025, 6.0, 1.2373),
            (0.975, 6.0, 14.4494),
            (0.025, 100.0, 74.2219),
            (0.975, 100.0, 129.5612),
            (0.975, 500.0, 563.8515),
            (0.025, 500.0, 439.9360),
        ] {
            let x = chi_square_quantile(p, dof);
            assert!(
                (x - expected).abs() < 1e-4 * expected.max(1.0),
                "{p} {dof}: {x}"
            );
        }
    }
}

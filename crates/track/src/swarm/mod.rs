//! The large-scale filter: a hundred thousand objects and more on a plane, positions measured.
//!
//! A track-oriented marginal multi-Bernoulli filter (Williams 2015) with belief propagation for
//! association (Williams and Lau 2014) and interacting multiple models (Blom and Bar-Shalom
//! 1988), in single precision. `reference` is the same filter written plainly in double
//! precision; docs/speed-tracker.md says where the time goes.
//!
//! | module | one idea |
//! |---|---|
//! | `config`, `modes` | what the filter is told; the ways of moving |
//! | `reference` | the filter, plainly: read it first |
//! | `grid`, `sort` | cells, and detections sorted into them; sorting by cell |
//! | `lanes`, `tracks` | eight numbers at a time; how tracks are kept and sorted |
//! | `predict`, `gate`, `update` | the kernels |
//! | `associate`, `propagate` | components of tracks that compete; solving one |
//! | `filter` | the passes of a scan, and how threads share them |
//! | `scene` | scenes to measure with |

mod associate;
pub(crate) mod config;
mod filter;
mod gate;
mod grid;
mod lanes;
mod modes;
mod predict;
mod propagate;
pub mod reference;
pub mod scene;
mod sort;
mod tracks;
mod update;

pub use config::{Birth, Config, ConfigError, ModeSettings, Models, Prune};

use filter::Filter;
use tracks::PER_MODE;

const SINGLE: usize = PER_MODE + 1;
const MULTIPLE: usize = 3 * PER_MODE + 1;

#[derive(Debug)]
enum Inner {
    Single(Box<Filter<1, SINGLE>>),
    Multiple(Box<Filter<3, MULTIPLE>>),
}

/// Calls the same method whatever the number of modes.
macro_rules! either {
    ($inner:expr, $filter:ident => $value:expr) => {
        match $inner {
            Inner::Single($filter) => $value,
            Inner::Multiple($filter) => $value,
        }
    };
}

/// Detections that were not taken in, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rejected {
    /// Not finite, or farther from the area than 10,000 km.
    pub not_a_position: u64,
    /// Their cell already held as many as one cell takes in one scan.
    pub crowded: u64,
}

/// The filter.
#[derive(Debug)]
pub struct Swarm {
    inner: Inner,
    pool: Option<rayon::ThreadPool>,
}

impl Swarm {
    /// A filter without tracks.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let config = config.checked()?;
        let inner = match config.models {
            Models::Single => Inner::Single(Box::new(Filter::new(config))),
            Models::Multiple => Inner::Multiple(Box::new(Filter::new(config))),
        };
        // without threads to be had the work is done by the caller's, with the same result
        let pool = (config.threads > 1)
            .then(|| rayon::ThreadPoolBuilder::new().num_threads(config.threads))
            .and_then(|builder| builder.build().ok());
        Ok(Self { inner, pool })
    }

    /// Adds tracks that surely exist, as known at the first scan before its detections: states
    /// x, vx, y, vy in m and m/s, and their covariance in that order.
    ///
    /// # Errors
    /// A scan has been taken in; or a state or covariance is not finite or a variance not positive,
    /// and the tracks before it have been added.
    pub fn start(
        &mut self,
        states: &[[f64; 4]],
        covariance: &[[f64; 4]; 4],
    ) -> Result<(), ConfigError> {
        if either!(&self.inner, f => f.scans > 0) {
            return Err(ConfigError::TooLate);
        }
        let is_finite = covariance.iter().flatten().all(|v| v.is_finite());
        let is_positive = (0..4).all(|i| covariance[i][i] > 0.0);
        for (i, state) in states.iter().enumerate() {
            let is_state = state.iter().all(|v| v.is_finite());
            let is_started = is_finite
                && is_positive
                && is_state
                && either!(&mut self.inner, f => f.start(*state, covariance));
            if !is_started {
                return Err(ConfigError::Start(i));
            }
        }
        Ok(())
    }

    /// Takes in one scan: predicts to its time (but for the first), then updates.
    pub fn step(&mut self, detections: &[[f64; 2]]) {
        let inner = &mut self.inner;
        let mut work = || either!(inner, f => f.step(detections));
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Tracks that exist with at least a probability: id, and x, vx, y, vy in m and m/s.
    pub fn estimates(&self, existence_threshold: f64, out: &mut Vec<(u64, [f64; 4])>) {
        out.clear();
        let threshold = existence_threshold as f32;
        either!(&self.inner, f => f.each(threshold, |id, _, state| out.push((id, state))));
    }

    /// Existence probability of each track that the filter keeps, by id.
    pub fn existences(&self, out: &mut Vec<(u64, f64)>) {
        out.clear();
        either!(&self.inner, f => f.each(0.0, |id, r, _| out.push((id, f64::from(r)))));
    }

    /// Possible objects that the next scan will look at.
    #[must_use]
    pub fn tracks(&self) -> usize {
        either!(&self.inner, f => f.len())
    }

    /// Detections that were not taken in, since the start.
    #[must_use]
    pub fn rejected(&self) -> Rejected {
        either!(&self.inner, f => Rejected {
            not_a_position: f.detections.refused,
            crowded: f.detections.crowded,
        })
    }

    /// Memory that the filter holds, bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        either!(&self.inner, f => f.bytes())
    }
}

//! The two filters that a scenario can be run on, behind one face.

use crate::scenario::{Method, MotionModel, Scenario, ScenarioError};
use lapwing_track::planar::{Axis, Birth, Estimator, PlanarConfig, PlanarFilter, PlanarState};
use lapwing_track::swarm::{self, Models, Swarm};

/// Which filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The mixture of hypotheses over clusters.
    Mixture,
    /// The marginal filter, made for very many objects.
    Marginal,
}

/// A filter at work.
pub enum Filter {
    /// See [`Kind::Mixture`].
    Mixture(Box<PlanarFilter>),
    /// See [`Kind::Marginal`]; with the least existence reported.
    Marginal(Box<Swarm>, f64),
}

/// Standard deviations of the priors that the S form starts from: x, vx, y, vy in m and m/s.
pub const START_STD: [f64; 4] = [5.0, 2.0, 5.0, 2.0];

impl Filter {
    /// The filter that a scenario asks for.
    ///
    /// # Errors
    /// A value that the filter cannot do with.
    pub fn new(scenario: &Scenario, kind: Kind, threads: usize) -> Result<Self, ScenarioError> {
        match kind {
            Kind::Mixture => {
                if scenario.motion.model != MotionModel::Cv2 {
                    return Err(ScenarioError::Value {
                        section: "motion",
                        key: "model",
                        value: "\"imm2\"".into(),
                        rule: "\"cv2\" for the mixture; the marginal filter does both",
                    });
                }
                let filter = PlanarFilter::new(mixture(scenario)?);
                Ok(Self::Mixture(Box::new(filter)))
            }
            Kind::Marginal => {
                let swarm =
                    Swarm::new(marginal(scenario, threads)?).map_err(ScenarioError::Filter)?;
                Ok(Self::Marginal(
                    Box::new(swarm),
                    scenario.estimator.existence,
                ))
            }
        }
    }

    /// Add objects that surely exist, before the first scan: x, vx, y, vy.
    ///
    /// # Errors
    /// A state that is no number.
    pub fn start(&mut self, known: &[[f64; 4]]) -> Result<(), ScenarioError> {
        match self {
            Self::Mixture(filter) => {
                let axis = |position_m, velocity_mps, sp: f64, sv: f64| Axis {
                    position_m,
                    velocity_mps,
                    pp: sp * sp,
                    pv: 0.0,
                    vv: sv * sv,
                };
                filter.start(known.iter().map(|s| PlanarState {
                    x: axis(s[0], s[1], START_STD[0], START_STD[1]),
                    y: axis(s[2], s[3], START_STD[2], START_STD[3]),
                }));
                Ok(())
            }
            Self::Marginal(filter, _) => {
                let mut covariance = [[0.0; 4]; 4];
                for (k, std) in START_STD.into_iter().enumerate() {
                    covariance[k][k] = std * std;
                }
                filter
                    .start(known, &covariance)
                    .map_err(ScenarioError::Filter)
            }
        }
    }

    /// Take in a scan.
    pub fn step(&mut self, measured: &[[f64; 2]]) {
        match self {
            Self::Mixture(filter) => filter.step(measured),
            Self::Marginal(filter, _) => filter.step(measured),
        }
    }

    /// The objects reported now: number and position.
    pub fn estimates(&self, out: &mut Vec<(u64, [f64; 2])>) {
        out.clear();
        match self {
            Self::Mixture(filter) => {
                out.extend(filter.estimates().iter().map(|e| (e.id, e.position_m)));
            }
            Self::Marginal(filter, existence) => {
                let mut states = Vec::new();
                filter.estimates(*existence, &mut states);
                out.extend(states.iter().map(|(id, s)| (*id, [s[0], s[2]])));
            }
        }
    }

    /// Measurements that were no positions, or too many at one place.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        match self {
            Self::Mixture(filter) => filter.rejected(),
            Self::Marginal(filter, _) => {
                let rejected = filter.rejected();
                rejected.not_a_position + rejected.crowded
            }
        }
    }
}

fn mixture(scenario: &Scenario) -> Result<PlanarConfig, ScenarioError> {
    let existence = scenario.estimator.existence;
    let budget = &scenario.budget;
    Ok(PlanarConfig {
        dt_s: scenario.motion.dt_s,
        q: scenario.motion.q,
        sigma_m: scenario.measurement.sigma_m,
        detection: scenario.detection.p,
        survival: scenario.survival.p,
        clutter_density: scenario.clutter.mean / scenario.area_m2(),
        area: scenario.clutter.area,
        birth: scenario.birth()?,
        gate: budget.gate,
        hypotheses: budget.hypotheses,
        weight_min: budget.weight_min,
        existence_min: budget.existence_min,
        information_min: budget.information_min,
        alike: budget.alike,
        estimator: match scenario.estimator.method {
            Method::Heaviest => Estimator::Heaviest { existence },
            Method::LeastError => Estimator::LeastError {
                existence,
                cutoff_m: scenario.gospa.c,
            },
        },
    })
}

fn marginal(scenario: &Scenario, threads: usize) -> Result<swarm::Config, ScenarioError> {
    let area_m2 = scenario.area_m2();
    let Birth::Uniform {
        density_per_scan,
        initial_density,
        speed_std_mps,
    } = scenario.birth()?
    else {
        return Err(ScenarioError::Value {
            section: "birth",
            key: "weight",
            value: "given".into(),
            rule: "uniform_per_scan and speed_std for the marginal filter",
        });
    };
    Ok(swarm::Config {
        dt_s: scenario.motion.dt_s,
        q: scenario.motion.q,
        sigma_m: scenario.measurement.sigma_m,
        detection: scenario.detection.p,
        survival: scenario.survival.p,
        clutter_density: scenario.clutter.mean / area_m2,
        area: scenario.clutter.area,
        birth: swarm::Birth {
            uniform_per_scan: density_per_scan * area_m2,
            speed_std: speed_std_mps,
            initial_expected: initial_density * area_m2,
        },
        gate: scenario.budget.gate,
        models: match scenario.motion.model {
            MotionModel::Cv2 => Models::Single,
            MotionModel::Imm2 => Models::Multiple,
        },
        threads,
        ..swarm::Config::default()
    })
}

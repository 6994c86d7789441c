//! The Poisson intensity of what exists and has not been detected yet.

use super::filter::PlanarConfig;
use super::state::{Axis, PlanarState};

/// Where new objects begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Birth {
    /// A Gaussian of position and velocity.
    Gaussian {
        /// Expected number in the first scan.
        initial_weight: f64,
        /// Expected number in each later scan.
        weight: f64,
        /// Its mean and covariance.
        state: PlanarState,
    },
    /// Anywhere alike.
    Uniform {
        /// Expected number a scan and square metre.
        density_per_scan: f64,
        /// Expected number a square metre in the first scan.
        initial_density: f64,
        /// Standard deviation of the velocity in each axis, m/s.
        speed_std_mps: f64,
    },
}

/// The intensity: Gaussian components, and a density that is everywhere the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Undetected {
    components: Vec<(f64, PlanarState)>,
    density: f64,
    scans: u64,
}

impl Undetected {
    /// From the last scan to this one: those that live on have moved, others are born.
    pub(super) fn predict(&mut self, birth: &Birth, survival: f64, dt_s: f64, q: f64) {
        for (weight, state) in &mut self.components {
            *weight *= survival;
            *state = state.predicted(dt_s, q);
        }
        self.density *= survival;
        match birth {
            Birth::Gaussian {
                initial_weight,
                weight,
                state,
            } => {
                let weight = if self.scans == 0 {
                    initial_weight
                } else {
                    weight
                };
                self.components.push((*weight, *state));
            }
            Birth::Uniform {
                density_per_scan,
                initial_density,
                ..
            } => {
                self.density += if self.scans == 0 {
                    initial_density
                } else {
                    density_per_scan
                };
            }
        }
        self.scans += 1;
    }

    /// What a scan without a report leaves, without the components below a weight.
    pub(super) fn thin(&mut self, detection: f64, weight_min: f64) {
        for (weight, _) in &mut self.components {
            *weight *= 1.0 - detection;
        }
        self.components.retain(|(weight, _)| *weight >= weight_min);
        self.density *= 1.0 - detection;
    }

    /// Expected number of undetected objects a square metre at a position.
    pub(super) fn intensity(&self, position_m: [f64; 2]) -> f64 {
        let gaussian: f64 = self
            .components
            .iter()
            .map(|(weight, state)| weight * state.innovation(position_m, 0.0).1.exp())
            .sum();
        gaussian + self.density
    }

    /// Density of undetected objects that would be reported at `z`, per m², and the
    /// state of such an object.
    pub(super) fn arrival(&self, config: &PlanarConfig, z: [f64; 2]) -> (f64, Option<PlanarState>) {
        let PlanarConfig {
            birth,
            detection,
            gate,
            ..
        } = config;
        let variance_m2 = config.sigma_m * config.sigma_m;
        let mut parts: Vec<(f64, PlanarState)> = Vec::new();
        for (weight, state) in &self.components {
            let (distance_2, log_likelihood) = state.innovation(z, variance_m2);
            if distance_2 <= *gate {
                parts.push((
                    detection * weight * log_likelihood.exp(),
                    state.updated(z, variance_m2),
                ));
            }
        }
        if let Birth::Uniform { speed_std_mps, .. } = birth
            && self.density > 0.0
        {
            let axis = |position_m| Axis {
                position_m,
                velocity_mps: 0.0,
                pp: variance_m2,
                pv: 0.0,
                vv: speed_std_mps * speed_std_mps,
            };
            parts.push((
                detection * self.density,
                PlanarState {
                    x: axis(z[0]),
                    y: axis(z[1]),
                },
            ));
        }
        let density = parts.iter().map(|p| p.0).sum();
        let state = match parts.as_slice() {
            [] => None,
            [(_, only)] => Some(*only),
            several => Some(PlanarState::merged(several.iter().map(|(w, s)| (*w, s)))),
        };
        (density, state)
    }
}

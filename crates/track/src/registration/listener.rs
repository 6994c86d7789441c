//! One array's or direction finder's registration: what its bearings are compared with, and
//! what is known of its orientation.

use super::applied::Applied;
use super::config::RegistrationConfig;
use super::estimator::{Estimate, PARAMETERS};
use super::heard::Ear;
use super::orientation::{Noise, Orientation};
use super::radar::Paired;
use super::trail::Trail;
use lapwing_geo::LocalFrame;
use lapwing_model::{Air, Measurement, Report, SensorKind, SensorSpec};
use std::sync::Arc;

/// Bearings that are of no reference, a revisit, at least, and beside new false alarms those
/// that go on: seven in ten, half a minute and more.
const OTHERS_MIN: f64 = 0.01;
const FALSE_GO_ON: f64 = 10.0;
/// What is not known of the wind, each axis, m/s: the gusts where it was told, else all of it.
const WIND_TOLD_MPS: f64 = 1.5;
const WIND_UNTOLD_MPS: f64 = 4.0;

/// The air about the listeners.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    pub(crate) air: Air,
    /// Whether anyone has said what the wind is.
    pub(crate) told: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Listener {
    pub(super) spec: SensorSpec,
    pub(super) frame: LocalFrame,
    pub(super) orientation: Orientation,
    pub(super) applied: Applied,
    least: u64,
    paired: Paired,
}

impl Listener {
    pub(super) fn new(spec: SensorSpec, frame: LocalFrame, c: &RegistrationConfig) -> Self {
        // what the site says of this sensor, else of any
        let prior_rad = if spec.azimuth_bias_sigma_rad > 0.0 {
            spec.azimuth_bias_sigma_rad
        } else {
            c.bearing_sigma_deg.to_radians()
        };
        let others = (FALSE_GO_ON * spec.false_per_revisit).max(OTHERS_MIN);
        Self {
            orientation: Orientation::new(prior_rad, others, spec.revisit_s),
            spec,
            frame,
            applied: Applied::default(),
            least: c.bearings_min as u64,
            paired: Paired::default(),
        }
    }

    /// Compare bearings, as they came, with what should be heard.
    pub(super) fn take(
        &mut self,
        trails: &[Arc<Trail>],
        reports: &[&Report],
        weather: Weather,
        wander_s: f64,
    ) {
        let sound = self.spec.kind == SensorKind::AcousticArray;
        let wind_mps = match (sound, weather.told) {
            (false, _) => 0.0,
            (true, true) => WIND_TOLD_MPS,
            (true, false) => WIND_UNTOLD_MPS,
        };
        let ear = Ear {
            spec: &self.spec,
            frame: &self.frame,
            sound,
            air: weather.air,
        };
        for report in reports {
            let Measurement::Bearing {
                azimuth_rad,
                azimuth_sigma_rad,
                ..
            } = report.measurement
            else {
                continue;
            };
            let noise = Noise {
                sigma_rad: azimuth_sigma_rad.clamp(1e-4, 1.0),
                fading_share: self.spec.azimuth_correlated_share.clamp(0.0, 1.0),
                fading_s: self.spec.azimuth_correlation_s,
                wind_mps,
            };
            let paired = &self.paired;
            let candidates = |off_s: f64| {
                let time = report.time.plus_seconds(-off_s);
                let of = |trail: &Arc<Trail>| {
                    let inflation = paired.inflation(trail.key, report.time, wander_s);
                    let candidate = ear.candidate(azimuth_rad, time, trail, inflation)?;
                    Some((trail.key, candidate))
                };
                trails.iter().filter_map(of).collect()
            };
            let taken = self
                .orientation
                .take(report.time, azimuth_rad, &noise, candidates);
            for reference in taken {
                self.paired.note(reference, report.time);
            }
        }
    }

    /// What is known, once enough bearings were heard.
    pub(super) fn known(&self) -> Option<Estimate> {
        (self.orientation.since() >= self.least).then(|| self.estimate())
    }

    /// What is shown of it.
    pub(super) fn shown(&self) -> Estimate {
        self.applied
            .estimate
            .or(self.known())
            .unwrap_or_else(|| self.estimate())
    }

    fn estimate(&self) -> Estimate {
        let (mean_rad, variance) = self.orientation.estimate();
        let mut theta = [0.0; PARAMETERS];
        let mut covariance = [[0.0; PARAMETERS]; PARAMETERS];
        theta[2] = mean_rad;
        covariance[2][2] = variance;
        Estimate { theta, covariance }
    }
}

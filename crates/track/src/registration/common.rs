//! Tracks that two radars see, where ADS-B has not registered both: each plot is
//! compared with the other radar's last of the same track.

use super::config::RegistrationConfig;
use super::estimator::PARAMETERS;
use super::geometry::Reference;
use super::pair::{self, Before, Pair, Sighted};
use super::radar::Radar;
use lapwing_model::{Report, SensorId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Plots of one track are at most this far apart, s; tracks remembered.
const COMMON_S: f64 = 6.0;
const COMMON_MAX: usize = 4_096;

type Radars = BTreeMap<SensorId, Arc<Radar>>;

#[derive(Clone, Debug, Default)]
pub(super) struct Common {
    tracks: Vec<Reference>,
    /// Each radar's last plot of a common track.
    sighted: BTreeMap<u64, Vec<(SensorId, Sighted)>>,
    pairs: BTreeMap<(SensorId, SensorId), Pair>,
}

impl Common {
    pub(super) fn set_tracks(&mut self, tracks: Vec<Reference>) {
        self.sighted
            .retain(|key, _| tracks.iter().any(|t| t.key == *key));
        self.tracks = tracks;
    }

    /// Compare a radar's plots with other radars' of the same tracks.
    pub(super) fn compare(
        &mut self,
        radars: &mut Radars,
        config: &RegistrationConfig,
        sensor: SensorId,
        reports: &[&Report],
    ) {
        let Some(own) = radars.get(&sensor).filter(|_| !self.tracks.is_empty()) else {
            return;
        };
        let near: Vec<&Reference> = self.tracks.iter().collect();
        let matched = own.paired(&near, reports, 0.0);
        let mut due = Vec::new();
        for (report, observation) in matched {
            let key = observation.reference;
            let track = self.tracks.iter().find(|t| t.key == key);
            let (Some(track), Some(plot)) = (track, Sighted::new(report)) else {
                continue;
            };
            if self.sighted.len() >= COMMON_MAX && !self.sighted.contains_key(&key) {
                self.sighted.clear();
            }
            let sighted = self.sighted.entry(key).or_default();
            for (other, theirs) in sighted.iter().filter(|(id, _)| *id != sensor) {
                let Some(known) = radars.get(other) else {
                    continue;
                };
                let both =
                    own.estimator.estimate().is_some() && known.estimator.estimate().is_some();
                if both || report.time.seconds_since(theirs.time).abs() > COMMON_S {
                    continue;
                }
                let compared = pair::compare((&plot, &own.frame), (theirs, &known.frame), track);
                let Some(compared) = compared else { continue };
                let ids = (sensor.min(*other), sensor.max(*other));
                if self
                    .pairs
                    .entry(ids)
                    .or_default()
                    .take(compared, sensor > *other)
                {
                    due.push(ids);
                }
            }
            sighted.retain(|(id, _)| *id != sensor);
            sighted.push((sensor, plot));
        }
        for ids in due {
            self.solve(radars, config, ids);
        }
    }

    fn solve(
        &self,
        radars: &mut Radars,
        config: &RegistrationConfig,
        (one, two): (SensorId, SensorId),
    ) {
        let before = |id| {
            let estimator = &radars.get(&id)?.estimator;
            Some(match estimator.estimate() {
                Some(e) => Before {
                    theta: e.theta,
                    sigma: std::array::from_fn(|i| e.covariance[i][i].max(0.0).sqrt()),
                },
                None => Before {
                    theta: [0.0; PARAMETERS],
                    sigma: estimator.prior(),
                },
            })
        };
        let (Some(a), Some(b), Some(pair)) =
            (before(one), before(two), self.pairs.get(&(one, two)))
        else {
            return;
        };
        let Some(estimates) = pair.solve([a, b], config.plots_min, config.references_min) else {
            return;
        };
        let count = pair.count;
        for (id, estimate) in [one, two].into_iter().zip(estimates) {
            if let Some(radar) = radars.get_mut(&id)
                && radar.estimator.estimate().is_none()
                && radar.relative.is_none_or(|(_, n)| n <= count)
            {
                Arc::make_mut(radar).relative = Some((estimate, count));
            }
        }
    }
}

//! Things about one place, each a track of its own, for the tests of words and sightings.

use super::MeasuredTracks;
use crate::chart::Chart;
use crate::mixture::{Cluster, Local, Track};
use crate::motion::Gaussian;
use crate::mover::Mover;
use crate::target::Target;
use crate::{Counters, TrackerConfig};
use lapwing_geo::Geodetic;
use lapwing_model::{Claims, Measurement, RawRef, Report, SensorId, Timestamp};
use nalgebra::{Matrix6, Vector6};

pub(crate) const PLACE: Geodetic = Geodetic::new(46.5, -30.0, 0.0);

pub(crate) fn now() -> Timestamp {
    Timestamp::from_seconds(100.0)
}

/// A thing of unknown class east of the place that flies north, and the existence it has.
pub(crate) fn local(east_m: f64, sigma_m: f64, existence: f64) -> Local<Target> {
    let chart = Chart::near(PLACE);
    let (p, v) = (sigma_m * sigma_m, 100.0);
    let state = Gaussian {
        mean: Vector6::new(east_m, 0.0, 200.0, 0.0, 50.0, 0.0),
        covariance: Matrix6::from_diagonal(&Vector6::new(p, p, 1e4, v, v, 1.0)),
    };
    let report = Report {
        sensor: SensorId(1),
        time: now(),
        measurement: Measurement::Presence { level_db: None },
        claims: Claims::default(),
        rcs_dbsm: None,
        class_log_likelihoods: None,
        raw: RawRef::default(),
    };
    Local {
        existence,
        state: Target::new(Mover::new(chart, state, now(), true), &report, now()),
    }
}

pub(crate) fn tracks(locals: Vec<Local<Target>>) -> MeasuredTracks {
    let mut tracks = MeasuredTracks::default();
    for (id, local) in (1..).zip(locals) {
        let locals = vec![local];
        tracks
            .mixture
            .clusters
            .push(Cluster::single(Track { id, locals }));
    }
    tracks.stand(&TrackerConfig::default(), 0, &mut Counters::default());
    tracks
}

pub(crate) fn existences(tracks: &MeasuredTracks) -> Vec<f64> {
    let of = |c: &Cluster<Target>| c.tracks[0].locals[0].existence;
    tracks.mixture.clusters.iter().map(of).collect()
}

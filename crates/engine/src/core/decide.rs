//! What a picture holds beside its tracks: the forecast of each for every place, and the
//! warnings that follow.

use super::Core;
use crate::picture::Picture;
use lapwing_model::{EvidenceKind, Forecast, Origin, Timestamp, Track, Warning};
use lapwing_warn::TrackView;
use rayon::prelude::*;

/// Pairs of track and place, about a microsecond each, from which a tick's forecasts are shared
/// out over threads.
const PAIRS_WORTH_THREADS: usize = 256;

impl Core {
    /// The picture at `tick`: tracks, what each may reach, who is warned.
    pub(super) fn picture(&mut self, tick: Timestamp, previous: Timestamp) -> Picture {
        let tracks = self.tracker.picture(tick);
        let forecaster = &self.forecaster;
        let forecast = |track: &Track| {
            let mut out = Vec::new();
            if track.followed && !forecaster.places().is_empty() {
                forecaster.forecast(track, &mut out);
            }
            out
        };
        // waking other threads costs more than few forecasts do
        let pairs = tracks.len() * forecaster.places().len();
        let forecasts: Vec<Vec<Forecast>> = match &self.pool {
            Some(pool) if pairs >= PAIRS_WORTH_THREADS => {
                pool.install(|| tracks.par_iter().map(forecast).collect())
            }
            _ => tracks.iter().map(forecast).collect(),
        };
        let warnings = self.warn(tick, &tracks, &forecasts);
        let fresh = tracks
            .iter()
            .enumerate()
            .filter(|(_, t)| match t.origin {
                Origin::System => t.time > previous,
                Origin::Tracker | Origin::Claim => t.confirmed,
            })
            .map(|(i, _)| i)
            .collect();
        Picture {
            time: tick,
            forecasts,
            fresh,
            warnings,
            places: self.warner.place_states(),
            tracks,
        }
    }

    fn warn(
        &mut self,
        tick: Timestamp,
        tracks: &[Track],
        forecasts: &[Vec<Forecast>],
    ) -> Vec<Warning> {
        if self.forecaster.places().is_empty() {
            return Vec::new();
        }
        let mut evidence: Vec<(Vec<EvidenceKind>, Vec<String>)> = Vec::with_capacity(tracks.len());
        for track in tracks {
            let mut kinds: Vec<EvidenceKind> = Vec::new();
            let mut names: Vec<String> = Vec::new();
            for contributor in &track.contributors {
                if let Some(spec) = self.sensors.get(contributor.sensor) {
                    kinds.push(spec.kind.evidence());
                    names.push(spec.id.clone());
                }
            }
            kinds.sort_unstable();
            kinds.dedup();
            evidence.push((kinds, names));
        }
        let views: Vec<TrackView<'_>> = tracks
            .iter()
            .zip(forecasts)
            .zip(&evidence)
            .filter(|((track, _), _)| track.followed)
            .map(|((track, forecasts), (evidence, sensors))| TrackView {
                track,
                forecasts,
                evidence,
                sensors,
            })
            .collect();
        self.warner.update(tick, &views)
    }
}

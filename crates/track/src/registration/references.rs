//! Whose place is known: aircraft that say truly where they are, and tracks that a radar holds.
//!
//! Gathered once a second of data. Aircraft whose ADS-B is accurate and borne out by what
//! sensors measure (`claimed` compares; a claim that is displaced is none) serve radars and
//! listeners; tracks that a radar holds serve listeners alone, for whom both keep a trail
//! of the last minute.

use super::geometry::Reference;
use super::trail::Trail;
use lapwing_model::{Class, EvidenceKind, SensorId, SensorKind, Timestamp, Track};
use std::sync::Arc;

/// What a track must be to hold a bearing against: σ, m; speed of what has an engine, m/s;
/// height, m; seen by a radar within, s.
const HELD_SIGMA_M: f64 = 150.0;
const HELD_SPEED_MPS: f64 = 20.0;
const HEARD_HEIGHT_M: f64 = 3_500.0;
const HELD_S: f64 = 8.0;
/// The class of such a track must be as sure as this.
const SURE: f64 = 0.7;
/// Existence without self-reports.
const EXISTS: f64 = 0.9;
/// A track that two radars see: σ at most, m.
const COMMON_SIGMA_M: f64 = 400.0;
/// Trails kept.
const TRAILS_MAX: usize = 1_024;

#[derive(Clone, Debug, Default)]
pub(super) struct References {
    aircraft: Vec<Reference>,
    /// In the order of their keys; shared until changed.
    trails: Vec<Arc<Trail>>,
}

impl References {
    pub(super) fn aircraft(&self) -> &[Reference] {
        &self.aircraft
    }

    pub(super) fn trails(&self) -> &[Arc<Trail>] {
        &self.trails
    }

    /// Take those of now; the trails where someone listens.
    pub(super) fn gather(
        &mut self,
        now: Timestamp,
        claims: &[(Track, f64)],
        tracks: &[Track],
        sigma_max_m: f64,
        listened: bool,
        kind: &impl Fn(SensorId) -> Option<SensorKind>,
    ) {
        let said: Vec<(&Track, Reference)> = claims
            .iter()
            .filter(|(_, sigma_m)| *sigma_m <= sigma_max_m)
            .filter_map(|(track, sigma_m)| {
                let address = track.claim("icao24")?;
                let icao24 = u32::from_str_radix(&address.value, 16).ok();
                Some((track, Reference::new(track, icao24, *sigma_m)?))
            })
            .collect();
        self.aircraft = said.iter().map(|(_, r)| r.clone()).collect();
        if !listened {
            return;
        }
        self.trails.retain(|trail| trail.is_recent(now));
        // aircraft that say where they are come from their own word, not twice
        let says_where = |track: &Track| {
            let address = track.claim("icao24").map(|k| &k.value);
            address.is_some()
                && claims
                    .iter()
                    .any(|(c, _)| c.claim("icao24").map(|k| &k.value) == address)
        };
        let held = tracks
            .iter()
            .filter(|t| t.existence_independent >= EXISTS && may_be_heard(t))
            .filter(|t| radars_of(t, now, kind) > 0 && !says_where(t))
            .filter_map(|t| Some((t, Reference::new(t, None, 0.0)?)));
        for (track, reference) in said.into_iter().chain(held) {
            self.extend(track, reference);
        }
    }

    fn extend(&mut self, track: &Track, reference: Reference) {
        let index = match self.trails.binary_search_by_key(&reference.key, |t| t.key) {
            Ok(index) => index,
            Err(_) if self.trails.len() >= TRAILS_MAX => return,
            Err(index) => {
                self.trails
                    .insert(index, Arc::new(Trail::new(reference.key)));
                index
            }
        };
        if let Some(trail) = self.trails.get_mut(index) {
            let height_m = track.height.map(|h| h.m);
            Arc::make_mut(trail).extend(reference, track.classes, height_m);
        }
    }

    /// Tracks that two radars see.
    pub(super) fn common(
        now: Timestamp,
        tracks: &[Track],
        kind: &impl Fn(SensorId) -> Option<SensorKind>,
    ) -> Vec<Reference> {
        tracks
            .iter()
            .filter(|t| t.existence_independent >= EXISTS)
            .filter(|t| radars_of(t, now, kind) > 1 && sigma_m(t) <= COMMON_SIGMA_M)
            .filter_map(|t| Reference::new(t, None, 0.0))
            .collect()
    }
}

/// How many radars see a track now.
fn radars_of(
    track: &Track,
    now: Timestamp,
    kind: &impl Fn(SensorId) -> Option<SensorKind>,
) -> usize {
    let fresh = track.contributors.iter().filter(|c| {
        kind(c.sensor).is_some_and(|k| k.evidence() == EvidenceKind::Radar)
            && now.seconds_since(c.time).abs() <= HELD_S
    });
    fresh.count()
}

/// Whether a track is well enough known, and of something that is heard: an engine in the
/// air, or a multirotor, which direction finders hear farther than arrays.
fn may_be_heard(track: &Track) -> bool {
    let engine: f64 = [Class::FixedWingDrone, Class::LightAircraft, Class::Airliner]
        .iter()
        .map(|class| track.class_probability(*class))
        .sum();
    let flies = engine >= SURE && track.ground_speed_mps() >= HELD_SPEED_MPS;
    let hovers = track.class_probability(Class::Multirotor) >= SURE;
    track.followed
        && sigma_m(track) <= HELD_SIGMA_M
        && track.height.is_none_or(|h| h.m <= HEARD_HEIGHT_M)
        && (flies || hovers)
}

/// Standard deviation of a track's place, each horizontal axis, m.
fn sigma_m(track: &Track) -> f64 {
    let c = &track.covariance;
    (0.5 * (c[0][0] + c[1][1])).max(0.0).sqrt()
}

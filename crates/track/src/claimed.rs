//! What things say of themselves: ADS-B and Remote ID.
//!
//! A self-report is a claim. It forms a track of its own, keyed by the address or
//! serial it carries, and is never fused with what sensors measured, so a false
//! claim cannot move a measured track or make it more likely to exist. The two are only
//! compared: while position and velocity agree (Mahalanobis distance over both, Bar-Shalom
//! 1981 for the test), the log-odds that the claim speaks of the measured track rise
//! with time; while they differ, they fall. With hysteresis, a claim that is borne out
//! is shown on the measured track instead of as a symbol of its own.
//!
//! Two reports of one address that one aircraft cannot have made are two claims.

use crate::measure::Model;
use crate::measured::MeasuredTracks;
use crate::target::{Mover, horizontal_distance_2, measures_height, spoken};
use crate::{TrackerConfig, classify};
use lapwing_model::{
    Claims, Class, ClassProbabilities, Contributor, Measurement, Origin, Report, SensorId,
    SensorKind, Timestamp, Track, TrackClaim, TrackId,
};
use lapwing_sensing::{height_log_likelihoods, speed_log_likelihoods};
use std::collections::BTreeMap;

/// Log-odds a second of agreement (or disagreement) adds (or takes).
const TRUST_RATE_PER_S: f64 = 0.6;
/// Bound of the log-odds.
const TRUST_MAX: f64 = 4.6;
/// Above this a claim is shown on the measured track alone (0.9).
const HIDE: f64 = 2.2;
/// Below this it is shown as a symbol of its own again (0.5).
const SHOW: f64 = 0.0;
/// Below this it is no longer thought to speak of that track (0.08).
const UNLINK: f64 = -2.5;
/// χ² with four degrees of freedom, 99.9 %.
const AGREE_GATE: f64 = 18.47;
/// What registration may differ by, m and m/s.
const FLOOR: (f64, f64) = (150.0, 5.0);
/// A measured track vaguer than this neither bears out nor contradicts, m.
const VAGUE_M: f64 = 1_000.0;
/// A claim silent for longer is not compared, s.
const STALE_S: f64 = 5.0;
/// A claim silent for longer is no reference for the registration, s.
const FRESH_S: f64 = 2.5;
/// How far from its prediction a report may be and still be the same claim, beside
/// five standard deviations, m.
const SAME_M: f64 = 500.0;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Icao24(u32),
    RemoteId(String),
}

#[derive(Clone, Debug)]
struct ClaimTrack {
    id: TrackId,
    mover: Mover,
    kind: SensorKind,
    claims: Claims,
    contributors: Vec<Contributor>,
    first_seen: Timestamp,
    last_seen: Timestamp,
    reports: u64,
    /// Standard deviation of each axis that it stated last, m.
    stated_sigma_m: f64,
    link: Option<TrackId>,
    /// Log-odds that it speaks of the linked track.
    trust: f64,
    compared: Timestamp,
    hidden: bool,
}

/// What became of a self-report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Started,
    Updated,
    Late,
    Unusable,
}

/// All self-reports' tracks.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClaimTracks {
    by_key: BTreeMap<Key, Vec<ClaimTrack>>,
    swept: Option<Timestamp>,
}

impl ClaimTracks {
    /// Take in a self-report; `new_id` is called when a track starts.
    pub(crate) fn take(
        &mut self,
        config: &TrackerConfig,
        kind: SensorKind,
        report: &Report,
        model: &Model<'_>,
        new_id: impl FnOnce() -> TrackId,
    ) -> Taken {
        let key = match &report.claims {
            Claims {
                icao24: Some(address),
                ..
            } => Key::Icao24(*address),
            Claims {
                remote_id: Some(serial),
                ..
            } => Key::RemoteId(serial.clone()),
            _ => return Taken::Unusable,
        };
        let Measurement::Position {
            position,
            horizontal_sigma_m,
            ..
        } = report.measurement
        else {
            return Taken::Unusable;
        };
        let claimed = self.by_key.entry(key).or_default();
        let same = claimed.iter_mut().find(|c| {
            let state = c.mover.predicted(config, report.time);
            let p = c.mover.chart.frame().to_enu(position);
            let apart = (p - state.position()).fixed_rows::<2>(0).norm();
            let sigma = (state.covariance[(0, 0)] + state.covariance[(1, 1)])
                .max(0.0)
                .sqrt();
            apart <= 5.0 * (sigma + horizontal_sigma_m) + SAME_M
        });
        if let Some(claim) = same {
            if report.time < claim.mover.time {
                return Taken::Late;
            }
            return claim.update(config, report, model);
        }
        let Some((chart, state)) = model.first_state(config) else {
            return Taken::Unusable;
        };
        let height_known = measures_height(&report.measurement);
        claimed.push(ClaimTrack {
            id: new_id(),
            mover: Mover::new(chart, state, report.time, height_known),
            kind,
            claims: report.claims.clone(),
            contributors: vec![Contributor {
                sensor: report.sensor,
                time: report.time,
                reports: 1,
            }],
            first_seen: report.time,
            last_seen: report.time,
            reports: 1,
            stated_sigma_m: horizontal_sigma_m,
            link: None,
            trust: 0.0,
            compared: report.time,
            hidden: false,
        });
        Taken::Started
    }

    /// Compare claims with measured tracks and drop the silent ones; at most once a
    /// second of data.
    pub(crate) fn compare(
        &mut self,
        config: &TrackerConfig,
        measured: &MeasuredTracks,
        now: Timestamp,
    ) {
        if self.swept.is_some_and(|t| now.seconds_since(t) < 1.0) || self.by_key.is_empty() {
            return;
        }
        self.swept = Some(now);
        self.by_key.retain(|_, claims| {
            claims.retain(|c| now.seconds_since(c.last_seen) <= config.claim_expire_s);
            !claims.is_empty()
        });
        let mut linked: Vec<TrackId> = self.all().filter_map(|c| c.link).collect();
        for claim in self.by_key.values_mut().flatten() {
            claim.compare(config, measured, now, &mut linked);
        }
    }

    fn all(&self) -> impl Iterator<Item = &ClaimTrack> {
        self.by_key.values().flatten()
    }

    /// ADS-B that agrees with what sensors measure, each with the standard deviation that it
    /// states. One address in two places is nobody's word while both are heard.
    pub(crate) fn borne_out(&self, config: &TrackerConfig, at: Timestamp) -> Vec<(Track, f64)> {
        let fresh = |c: &&ClaimTrack| at.seconds_since(c.last_seen).abs() <= FRESH_S;
        self.by_key
            .values()
            .filter(|claims| claims.iter().filter(fresh).count() == 1)
            .flatten()
            .filter(fresh)
            .filter(|c| c.kind == SensorKind::Adsb && c.link.is_some() && c.trust > HIDE)
            .map(|c| (c.track(config, at), c.stated_sigma_m))
            .collect()
    }

    /// Put the claims on the measured tracks they speak of, and add the others as
    /// tracks of their own.
    pub(crate) fn picture(&self, config: &TrackerConfig, at: Timestamp, tracks: &mut Vec<Track>) {
        let measured = tracks.len();
        for claim in self.all() {
            if at.seconds_since(claim.last_seen) > config.claim_expire_s {
                continue;
            }
            if let Some(link) = claim.link
                && let Ok(index) = tracks[..measured].binary_search_by_key(&link, |t| t.id)
            {
                claim.speak_for(config, at, &mut tracks[index]);
            }
            if !claim.hidden {
                tracks.push(claim.track(config, at));
            }
        }
    }
}

impl ClaimTrack {
    fn update(&mut self, config: &TrackerConfig, report: &Report, model: &Model<'_>) -> Taken {
        let Some(found) = self.mover.matched(config, model, report.time) else {
            return Taken::Unusable;
        };
        self.mover
            .accept(&found, measures_height(&report.measurement));
        self.reports += 1;
        self.last_seen = self.last_seen.max(report.time);
        if let Measurement::Position {
            horizontal_sigma_m, ..
        } = report.measurement
        {
            self.stated_sigma_m = horizontal_sigma_m;
        }
        let new = &report.claims;
        if new.callsign.is_some() {
            self.claims.callsign.clone_from(&new.callsign);
        }
        self.claims.mode_3a = new.mode_3a.or(self.claims.mode_3a);
        self.note(report.sensor, report.time);
        Taken::Updated
    }

    fn note(&mut self, sensor: SensorId, time: Timestamp) {
        match self
            .contributors
            .binary_search_by_key(&sensor, |c| c.sensor)
        {
            Ok(at) => {
                self.contributors[at].time = time;
                self.contributors[at].reports += 1;
            }
            Err(at) => self.contributors.insert(
                at,
                Contributor {
                    sensor,
                    time,
                    reports: 1,
                },
            ),
        }
    }

    fn compare(
        &mut self,
        config: &TrackerConfig,
        measured: &MeasuredTracks,
        now: Timestamp,
        linked: &mut Vec<TrackId>,
    ) {
        let elapsed_s = now.seconds_since(self.compared).clamp(0.0, 2.0);
        self.compared = now;
        if now.seconds_since(self.last_seen) > STALE_S {
            return;
        }
        if let Some(link) = self.link {
            match measured
                .get(link)
                .map(|t| self.distance_2(config, t.mover, now))
            {
                None => {
                    self.link = None;
                    self.trust = self.trust.min(0.0);
                }
                Some(None) => {}
                Some(Some(d2)) => {
                    let sign = if d2 <= AGREE_GATE { 1.0 } else { -1.0 };
                    self.trust = (self.trust + sign * TRUST_RATE_PER_S * elapsed_s)
                        .clamp(-TRUST_MAX, TRUST_MAX);
                    if self.trust < UNLINK {
                        self.link = None;
                    }
                }
            }
        }
        if self.link.is_none() {
            let nearest = measured
                .iter()
                .filter(|t| t.confirmed && !linked.contains(&t.id))
                .filter(|t| {
                    let apart = t.mover.ecef_at(now).0 - self.mover.ecef_at(now).0;
                    apart.norm() < 20_000.0
                })
                .filter_map(|t| Some((self.distance_2(config, t.mover, now)?, t.id)))
                .filter(|(d2, _)| *d2 <= AGREE_GATE)
                .min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((_, id)) = nearest {
                self.link = Some(id);
                linked.push(id);
            }
        }
        if self.link.is_none() || self.trust < SHOW {
            self.hidden = false;
        } else if self.trust > HIDE {
            self.hidden = true;
        }
    }

    /// Squared distance from a measured track; `None` while that one is too vague.
    fn distance_2(&self, config: &TrackerConfig, other: &Mover, now: Timestamp) -> Option<f64> {
        let theirs = other.predicted(config, now);
        let vague = (theirs.covariance[(0, 0)] + theirs.covariance[(1, 1)])
            .max(0.0)
            .sqrt();
        if vague > VAGUE_M {
            return None;
        }
        let ours = self.mover.seen_from(other, config, now);
        Some(horizontal_distance_2(&ours, &theirs, FLOOR))
    }

    fn trust(&self) -> f64 {
        1.0 / (1.0 + (-self.trust).exp())
    }

    fn spoken(&self) -> impl Iterator<Item = TrackClaim> {
        let trust = self.trust();
        spoken(&self.claims)
            .into_iter()
            .map(move |(kind, value)| TrackClaim {
                kind: kind.into(),
                value,
                trust,
            })
    }

    /// Log-likelihood of each class for a thing that reports itself so.
    fn class_log_likelihoods(&self, config: &TrackerConfig, at: Timestamp) -> [f64; 6] {
        let output = self.mover.output(config, at);
        let [ve, vn, _] = output.velocity_mps;
        let mut l = speed_log_likelihoods(ve.hypot(vn), output.speed_sigma_mps.max(3.0));
        if let Some(height) = output.height {
            for (l, of_height) in l.iter_mut().zip(height_log_likelihoods(height.m, 100.0)) {
                *l += of_height;
            }
        }
        // who carries such a transmitter
        let carried: &[(Class, f64)] = match self.kind {
            SensorKind::Adsb => &[
                (Class::FixedWingDrone, -3.0),
                (Class::Multirotor, -4.0),
                (Class::Bird, -8.0),
            ],
            _ => &[
                (Class::Bird, -8.0),
                (Class::LightAircraft, -4.0),
                (Class::Airliner, -6.0),
            ],
        };
        for (class, penalty) in carried {
            l[*class as usize] += penalty;
        }
        l
    }

    fn classes(&self, config: &TrackerConfig, at: Timestamp) -> ClassProbabilities {
        classify::prior().updated(self.class_log_likelihoods(config, at))
    }

    fn speak_for(&self, config: &TrackerConfig, at: Timestamp, track: &mut Track) {
        for claim in self.spoken() {
            match track
                .claims
                .iter_mut()
                .find(|c| c.kind == claim.kind && c.value == claim.value)
            {
                Some(known) => known.trust = claim.trust,
                None => track.claims.push(claim),
            }
        }
        if self.hidden {
            let mut l = self.class_log_likelihoods(config, at);
            for l in &mut l {
                *l *= self.trust();
            }
            track.classes = track.classes.updated(l);
        }
    }

    fn track(&self, config: &TrackerConfig, at: Timestamp) -> Track {
        let output = self.mover.output(config, at);
        let silent_s = (at.seconds_since(self.last_seen) - STALE_S).max(0.0);
        Track {
            id: self.id,
            time: at,
            origin: Origin::Claim,
            position: output.position,
            height: output.height,
            velocity_mps: output.velocity_mps,
            covariance: output.covariance,
            existence: 0.9 * 0.5_f64.powf(silent_s / config.silence_half_life_s.max(1e-3)),
            existence_independent: 0.0,
            confirmed: self.reports > 1,
            followed: self.reports > 1,
            classes: self.classes(config, at),
            claims: self.spoken().collect(),
            contributors: self.contributors.clone(),
            modes: Some(output.modes),
            parts: Vec::new(),
            first_seen: self.first_seen,
            last_seen: self.last_seen,
        }
    }
}

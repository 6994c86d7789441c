//! System tracks: another tracker's output, taken over as it is.
//!
//! A system track is a posterior, not a measurement; filtering it again as if each
//! update were independent would count its evidence many times over (Bar-Shalom and
//! Campo 1986, on the common process noise of two tracks). So the state and the
//! covariance pass through, keyed by source and track number, each life with an id
//! of its own. Where one is of the same object as another track, the picture shows one for both
//! (`fusion`).

use crate::{TrackerConfig, classify};
use lapwing_model::{
    Claims, Contributor, Measurement, Origin, Report, SystemTrackKey, Timestamp, Track, TrackClaim,
    TrackId, TrackPhase,
};
use std::collections::BTreeMap;

/// What a field of another tracker's track is trusted as: it was correlated there,
/// and is not checked here.
const CORRELATED_ELSEWHERE_TRUST: f64 = 0.95;

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Started,
    Updated,
    Late,
    NotOne,
}

/// All system tracks.
#[derive(Clone, Debug, Default)]
pub(crate) struct SystemTracks {
    /// As they leave, made once a report.
    alive: BTreeMap<SystemTrackKey, Track>,
    ended: Vec<Track>,
    swept: Option<Timestamp>,
}

impl SystemTracks {
    /// The track of a key, while it lives.
    pub(crate) fn get(&self, key: SystemTrackKey) -> Option<&Track> {
        self.alive.get(&key)
    }

    /// Those that live and are confirmed.
    pub(crate) fn confirmed(&self) -> impl Iterator<Item = (SystemTrackKey, &Track)> {
        let alive = self.alive.iter().map(|(key, track)| (*key, track));
        alive.filter(|(_, track)| track.confirmed)
    }

    /// Take over a report; `new_id` is called when a life starts, `last_id` says under which
    /// id one is shown that ends, if at all.
    pub(crate) fn take(
        &mut self,
        config: &TrackerConfig,
        report: &Report,
        new_id: impl FnOnce() -> TrackId,
        last_id: impl Fn(SystemTrackKey, TrackId) -> Option<TrackId>,
    ) -> Taken {
        let (
            Measurement::SystemTrack {
                position,
                height,
                velocity_mps,
                covariance,
            },
            Some((key, phase)),
        ) = (&report.measurement, report.claims.system_track)
        else {
            return Taken::NotOne;
        };
        let (taken, id, first_seen, reports) = match self.alive.get(&key) {
            Some(known) if known.time > report.time => return Taken::Late,
            Some(known) => (
                Taken::Updated,
                known.id,
                known.first_seen,
                known.contributors.first().map_or(0, |c| c.reports),
            ),
            None => (Taken::Started, new_id(), report.time, 0),
        };
        let existence = match phase {
            TrackPhase::Tentative => 0.5,
            TrackPhase::Confirmed | TrackPhase::Ended => 1.0,
        };
        let mut track = Track {
            id,
            time: report.time,
            origin: Origin::System,
            position: *position,
            height: *height,
            velocity_mps: velocity_mps.unwrap_or_default(),
            covariance: rows_of(covariance),
            existence,
            existence_independent: existence,
            confirmed: phase != TrackPhase::Tentative,
            followed: phase != TrackPhase::Tentative,
            classes: classify::prior(),
            claims: claims_of(&report.claims),
            contributors: vec![Contributor {
                sensor: report.sensor,
                time: report.time,
                reports: reports + 1,
            }],
            modes: None,
            parts: Vec::new(),
            first_seen,
            last_seen: report.time,
        };
        if velocity_mps.is_none() {
            // not at rest: nobody has told
            for axis in 3..6 {
                track.covariance[axis] = [0.0; 6];
                track.covariance.iter_mut().for_each(|row| row[axis] = 0.0);
                track.covariance[axis][axis] = config.birth_speed_sigma_mps.powi(2);
            }
        }
        let speed_sigma_mps = (track.covariance[3][3] + track.covariance[4][4])
            .max(0.0)
            .sqrt();
        track.classes = classify::from_speed(track.ground_speed_mps(), speed_sigma_mps);
        if let Some(l) = report.class_log_likelihoods {
            track.classes = track.classes.updated(l);
        }
        if phase == TrackPhase::Ended {
            self.alive.remove(&key);
            if let Some(id) = last_id(key, id) {
                track.id = id;
                self.ended.push(track);
            }
        } else {
            self.alive.insert(key, track);
        }
        taken
    }

    /// Drop what ended or fell silent long before `now`; at most once a second of data.
    pub(crate) fn sweep(&mut self, now: Timestamp, expire_s: f64, ended_s: f64) {
        if self.swept.is_some_and(|t| now.seconds_since(t) < 1.0) {
            return;
        }
        self.swept = Some(now);
        // a picture may be asked for a little after the last look, never long before it
        self.ended
            .retain(|t| now.seconds_since(t.time) <= ended_s + 30.0);
        self.alive
            .retain(|_, t| now.seconds_since(t.time) <= expire_s + 30.0);
    }

    /// The picture at `at`, each state at its own time.
    pub(crate) fn picture(
        &self,
        at: Timestamp,
        expire_s: f64,
        ended_s: f64,
        into: &mut Vec<Track>,
    ) {
        let shown = |t: &&Track, limit_s: f64| at.seconds_since(t.time) <= limit_s;
        into.extend(
            self.alive
                .values()
                .filter(|t| shown(t, expire_s))
                .chain(self.ended.iter().filter(|t| shown(t, ended_s)))
                .cloned(),
        );
    }
}

fn rows_of(numbers: &[f64; 36]) -> [[f64; 6]; 6] {
    let mut rows = [[0.0; 6]; 6];
    for (row, values) in rows.iter_mut().zip(numbers.chunks_exact(6)) {
        row.copy_from_slice(values);
    }
    rows
}

fn claims_of(claims: &Claims) -> Vec<TrackClaim> {
    let mut all = Vec::new();
    let mut push = |kind: &'static str, value: String, trust: f64| {
        all.push(TrackClaim {
            kind: kind.into(),
            value,
            trust,
        });
    };
    if let Some(address) = claims.icao24 {
        push(
            "icao24",
            format!("{address:06x}"),
            CORRELATED_ELSEWHERE_TRUST,
        );
    }
    if let Some(callsign) = &claims.callsign {
        push("callsign", callsign.clone(), CORRELATED_ELSEWHERE_TRUST);
    }
    if let Some(code) = claims.mode_3a {
        push("mode_3a", format!("{code:04o}"), CORRELATED_ELSEWHERE_TRUST);
    }
    if let Some(serial) = &claims.remote_id {
        push("remote_id", serial.clone(), CORRELATED_ELSEWHERE_TRUST);
    }
    if let Some((key, _)) = claims.system_track {
        push("track_number", key.number.to_string(), 1.0);
    }
    all
}

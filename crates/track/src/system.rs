//! System tracks: another tracker's output, taken over as it is.
//!
//! A system track is a posterior, not a measurement; filtering it again as if each
//! update were independent would count its evidence many times over (Bar-Shalom and
//! Campo 1986, on the common process noise of two tracks). So the state and the
//! covariance pass through, keyed by source and track number, each life with an id
//! of its own.

use crate::classify;
use lapwing_geo::{Geodetic, Height};
use lapwing_model::{
    Claims, Contributor, Measurement, Origin, Report, SystemTrackKey, Timestamp, Track, TrackClaim,
    TrackId, TrackPhase,
};
use std::collections::BTreeMap;

/// What a field of another tracker's track is trusted as: it was correlated there,
/// and is not checked here.
const CORRELATED_ELSEWHERE_TRUST: f64 = 0.95;

#[derive(Clone, Debug)]
struct SystemTrack {
    id: TrackId,
    time: Timestamp,
    first_seen: Timestamp,
    reports: u64,
    phase: TrackPhase,
    source: lapwing_model::SensorId,
    position: Geodetic,
    height: Option<Height>,
    velocity_mps: [f64; 3],
    covariance: Box<[f64; 36]>,
    claims: Claims,
    class_log_likelihoods: Option<[f64; 6]>,
}

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
    alive: BTreeMap<SystemTrackKey, SystemTrack>,
    ended: Vec<SystemTrack>,
    swept: Option<Timestamp>,
}

impl SystemTracks {
    /// Take over a report; `new_id` is called when a life starts.
    pub(crate) fn take(&mut self, report: &Report, new_id: impl FnOnce() -> TrackId) -> Taken {
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
            Some(known) => (Taken::Updated, known.id, known.first_seen, known.reports),
            None => (Taken::Started, new_id(), report.time, 0),
        };
        let track = SystemTrack {
            id,
            time: report.time,
            first_seen,
            reports: reports + 1,
            phase,
            source: report.sensor,
            position: *position,
            height: *height,
            velocity_mps: velocity_mps.unwrap_or_default(),
            covariance: covariance.clone(),
            claims: report.claims.clone(),
            class_log_likelihoods: report.class_log_likelihoods,
        };
        if phase == TrackPhase::Ended {
            self.alive.remove(&key);
            self.ended.push(track);
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
        let shown = |t: &&SystemTrack, limit_s: f64| at.seconds_since(t.time) <= limit_s;
        into.extend(
            self.alive
                .values()
                .filter(|t| shown(t, expire_s))
                .chain(self.ended.iter().filter(|t| shown(t, ended_s)))
                .map(SystemTrack::track),
        );
    }
}

impl SystemTrack {
    fn track(&self) -> Track {
        let existence = match self.phase {
            TrackPhase::Tentative => 0.5,
            TrackPhase::Confirmed | TrackPhase::Ended => 1.0,
        };
        let mut covariance = [[0.0; 6]; 6];
        for (row, values) in covariance.iter_mut().zip(self.covariance.chunks_exact(6)) {
            row.copy_from_slice(values);
        }
        let speed_sigma = (covariance[3][3] + covariance[4][4]).max(0.0).sqrt();
        let mut track = Track {
            id: self.id,
            time: self.time,
            origin: Origin::System,
            position: self.position,
            height: self.height,
            velocity_mps: self.velocity_mps,
            covariance,
            existence,
            existence_independent: existence,
            confirmed: self.phase != TrackPhase::Tentative,
            classes: classify::prior(),
            claims: claims_of(&self.claims),
            contributors: vec![Contributor {
                sensor: self.source,
                time: self.time,
                reports: self.reports,
            }],
            first_seen: self.first_seen,
            last_seen: self.time,
        };
        track.classes = classify::from_speed(track.ground_speed_mps(), speed_sigma);
        if let Some(l) = self.class_log_likelihoods {
            track.classes = track.classes.updated(l);
        }
        track
    }
}

fn claims_of(claims: &Claims) -> Vec<TrackClaim> {
    let mut all = Vec::new();
    let mut push = |kind: &str, value: String, trust: f64| {
        all.push(TrackClaim {
            kind: kind.to_owned(),
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

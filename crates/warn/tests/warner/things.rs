//! The one place of these tests, and tracks as lines of a table.

use lapwing_geo::{Area, Geodetic};
use lapwing_model::{
    Arrival, Class, ClassProbabilities, EvidenceKind, Forecast, Motion, Origin, Place, PlaceId,
    Stage, Timestamp, Track, TrackClaim, TrackId, TrackPart, Warning,
};
use lapwing_warn::{TrackView, Warner, WarningPolicy};

pub(crate) const RADAR: &[EvidenceKind] = &[EvidenceKind::Radar];
pub(crate) const T0_S: i64 = 1_795_366_800;

pub(crate) fn at(s: i64) -> Timestamp {
    Timestamp((T0_S + s) * 1_000_000_000)
}

/// One track as a line of a test: what it is, how it is seen, whether it comes.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    pub(crate) counter: u64,
    pub(crate) class: Option<Class>,
    pub(crate) origin: Origin,
    pub(crate) existence: f64,
    pub(crate) evidence: Vec<EvidenceKind>,
    pub(crate) claims: Vec<(&'static str, String, f64)>,
    pub(crate) p: [f64; 4],
    pub(crate) motion: Motion,
    pub(crate) seen_s: f64,
    pub(crate) velocity_sigma_mps: f64,
    /// Counters of the tracks that it is shown for.
    pub(crate) parts: Vec<u64>,
}

impl Default for Thing {
    fn default() -> Self {
        Self {
            counter: 42,
            class: Some(Class::FixedWingDrone),
            origin: Origin::Tracker,
            existence: 0.99,
            evidence: RADAR.to_vec(),
            claims: Vec::new(),
            p: [0.0, 0.2, 0.6, 0.8],
            motion: Motion::Toward,
            seen_s: 60.0,
            velocity_sigma_mps: 2.0,
            parts: Vec::new(),
        }
    }
}

pub(crate) fn places() -> Vec<Place> {
    vec![Place {
        id: PlaceId("harbour".into()),
        name: "North harbour".into(),
        area: Area::disc(Geodetic::new(1.0, 2.0, 0.0), 3_000.0).unwrap(),
        lead_time_s: 300.0,
    }]
}

pub(crate) fn warner(policy: WarningPolicy) -> Warner {
    Warner::new(1, policy, places(), false)
}

/// The default policy, with stages that one picture reaches.
pub(crate) fn at_once() -> WarningPolicy {
    WarningPolicy {
        hold_s: 0.0,
        ..WarningPolicy::default()
    }
}

pub(crate) fn update(warner: &mut Warner, s: i64, things: &[Thing]) -> Vec<Warning> {
    let now = at(s);
    let built: Vec<(Track, Vec<Forecast>)> = things
        .iter()
        .map(|thing| {
            let mut weights = [0.07 / 5.0; 6];
            match thing.class {
                Some(class) => weights[class as usize] = 0.93,
                None => weights = [1.0; 6],
            }
            let id = TrackId {
                node: 1,
                counter: thing.counter,
            };
            let claimed = thing.origin == Origin::Claim;
            let track = Track {
                id,
                time: now,
                origin: thing.origin,
                position: Geodetic::new(1.0, 2.2, 300.0),
                height: None,
                velocity_mps: [-50.0, 0.0, 0.0],
                covariance: std::array::from_fn(|i| {
                    let variance = thing.velocity_sigma_mps.powi(2);
                    std::array::from_fn(|j| if i == j && i > 2 { variance } else { 0.0 })
                }),
                existence: thing.existence,
                existence_independent: if claimed { 0.0 } else { thing.existence },
                confirmed: true,
                followed: true,
                classes: ClassProbabilities::from_weights(weights),
                claims: thing
                    .claims
                    .iter()
                    .map(|(kind, value, trust)| TrackClaim {
                        kind: (*kind).into(),
                        value: value.clone(),
                        trust: *trust,
                    })
                    .collect(),
                contributors: Vec::new(),
                modes: None,
                parts: thing
                    .parts
                    .iter()
                    .map(|counter| TrackPart {
                        id: TrackId {
                            node: 1,
                            counter: *counter,
                        },
                        origin: thing.origin,
                        system: None,
                        weight: 0.5,
                    })
                    .collect(),
                first_seen: now.plus_seconds(-thing.seen_s),
                last_seen: now,
            };
            let forecast = Forecast {
                track: id,
                place: PlaceId("harbour".into()),
                time: now,
                p_within: thing.p,
                arrival: Some(Arrival {
                    p05: at(400),
                    p50: at(450),
                    p95: at(500),
                }),
                closest_approach_m: 0.0,
                closest_approach_s: 450.0,
                motion: thing.motion,
            };
            (track, vec![forecast])
        })
        .collect();
    let sensors = ["radar-north".to_owned(), "radar-east".to_owned()];
    let views: Vec<TrackView<'_>> = built
        .iter()
        .zip(things)
        .map(|((track, forecasts), thing)| TrackView {
            track,
            forecasts,
            evidence: &thing.evidence,
            sensors: &sensors,
        })
        .collect();
    warner.update(now, &views)
}

pub(crate) fn first_stage(thing: Thing) -> Option<Stage> {
    update(&mut warner(at_once()), 0, &[thing])
        .first()
        .map(|w| w.stage)
}

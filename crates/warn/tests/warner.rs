//! Warnings from pictures: evidence, versions, operators, vanished tracks.

use lapwing_geo::{Area, Geodetic};
use lapwing_model::{
    Arrival, Class, ClassProbabilities, EvidenceKind, Forecast, Motion, Origin, Place, PlaceId,
    Stage, Timestamp, Track, TrackClaim, TrackId, TrackPart, Warning, WarningState,
};
use lapwing_warn::{ClassWeights, TrackView, WarnError, Warner, WarningPolicy};
use proptest::prelude::*;

const RADAR: &[EvidenceKind] = &[EvidenceKind::Radar];
const T0_S: i64 = 1_795_366_800;

fn at(s: i64) -> Timestamp {
    Timestamp((T0_S + s) * 1_000_000_000)
}

/// One track as a line of a test: what it is, how it is seen, whether it comes.
#[derive(Clone, Debug)]
struct Thing {
    counter: u64,
    class: Option<Class>,
    origin: Origin,
    existence: f64,
    evidence: Vec<EvidenceKind>,
    claims: Vec<(&'static str, String, f64)>,
    p: [f64; 4],
    motion: Motion,
    seen_s: f64,
    velocity_sigma_mps: f64,
    /// Counters of the tracks that it is shown for.
    parts: Vec<u64>,
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

fn places() -> Vec<Place> {
    vec![Place {
        id: PlaceId("harbour".into()),
        name: "North harbour".into(),
        area: Area::disc(Geodetic::new(1.0, 2.0, 0.0), 3_000.0).unwrap(),
        lead_time_s: 300.0,
    }]
}

fn warner(policy: WarningPolicy) -> Warner {
    Warner::new(1, policy, places(), false)
}

fn update(warner: &mut Warner, s: i64, things: &[Thing]) -> Vec<Warning> {
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

fn first_stage(thing: Thing) -> Option<Stage> {
    update(&mut warner(WarningPolicy::default()), 0, &[thing])
        .first()
        .map(|w| w.stage)
}

#[test]
fn a_site_that_gives_multirotors_a_weight_is_told_of_them_by_advisory() {
    let mut policy = WarningPolicy::default();
    policy.concern.multirotor = 1.0;
    let thing = Thing {
        class: Some(Class::Multirotor),
        p: [0.9, 1.0, 1.0, 1.0],
        ..Thing::default()
    };
    let stages: Vec<Stage> = update(&mut warner(policy), 0, &[thing])
        .iter()
        .map(|w| w.stage)
        .collect();
    assert_eq!(stages, [Stage::Advisory]);
}

#[test]
fn a_track_must_settle_once_before_it_counts() {
    let mut w = warner(WarningPolicy::default());
    let thing = |seen_s: f64, velocity_sigma_mps: f64| Thing {
        seen_s,
        velocity_sigma_mps,
        p: [0.9, 1.0, 1.0, 1.0],
        ..Thing::default()
    };
    for (second, seen_s, sigma_mps, raises) in [
        (0, 4.0, 2.0, false),
        (1, 25.0, 30.0, false),
        (2, 26.0, 5.0, true),
    ] {
        let versions = update(&mut w, second, &[thing(seen_s, sigma_mps)]);
        assert_eq!(!versions.is_empty(), raises, "at {second} s");
    }
    // between two looks its velocity is uncertain again: the threat does not flicker
    update(&mut w, 3, &[thing(27.0, 30.0)]);
    assert!(w.place_states()[0].p_within[0] > 0.5);
}

#[test]
fn a_sky_full_of_birds_is_no_threat_however_many_there_are() {
    let flock: Vec<Thing> = (1..=300)
        .map(|counter| Thing {
            counter,
            class: Some(Class::Bird),
            p: [0.9, 1.0, 1.0, 1.0],
            ..Thing::default()
        })
        .collect();
    assert_eq!(update(&mut warner(WarningPolicy::default()), 0, &flock), []);
}

#[test]
fn what_a_thing_is_and_who_saw_it_decide_how_far_a_warning_may_go() {
    use EvidenceKind::{People, SelfReport, Sound};
    let come = [0.9, 1.0, 1.0, 1.0];
    let claim = |kind, trust| vec![(kind, "4b1812".to_owned(), trust)];
    for (name, thing, expected) in [
        ("drone on radar", Thing::default(), Some(Stage::Act)),
        (
            "unknown on radar",
            Thing {
                class: None,
                p: come,
                ..Thing::default()
            },
            Some(Stage::Act),
        ),
        (
            "unknown far off",
            Thing {
                class: None,
                p: [0.0, 0.0, 0.0, 0.2],
                ..Thing::default()
            },
            Some(Stage::Advisory),
        ),
        (
            "drone heard only",
            Thing {
                evidence: vec![Sound],
                p: come,
                ..Thing::default()
            },
            Some(Stage::Advisory),
        ),
        (
            "drone heard and seen by people",
            Thing {
                evidence: vec![Sound, People],
                ..Thing::default()
            },
            Some(Stage::Act),
        ),
        (
            "flood of sightings",
            Thing {
                evidence: vec![People],
                p: come,
                ..Thing::default()
            },
            Some(Stage::Advisory),
        ),
        (
            "sighting and self-report",
            Thing {
                evidence: vec![People, SelfReport],
                p: come,
                ..Thing::default()
            },
            Some(Stage::Advisory),
        ),
        (
            "multirotor on radar",
            Thing {
                class: Some(Class::Multirotor),
                p: come,
                ..Thing::default()
            },
            None,
        ),
        (
            "bird",
            Thing {
                class: Some(Class::Bird),
                p: come,
                ..Thing::default()
            },
            None,
        ),
        (
            "airliner",
            Thing {
                class: Some(Class::Airliner),
                p: come,
                ..Thing::default()
            },
            None,
        ),
        (
            "unclassified, trusted as aircraft",
            Thing {
                class: None,
                claims: claim("icao24", 0.99),
                p: come,
                ..Thing::default()
            },
            None,
        ),
        (
            "unclassified, address not borne out",
            Thing {
                class: None,
                claims: claim("icao24", 0.1),
                p: come,
                ..Thing::default()
            },
            Some(Stage::Act),
        ),
        (
            "drone that says it is an aircraft",
            Thing {
                claims: claim("icao24", 0.99),
                p: come,
                ..Thing::default()
            },
            Some(Stage::Act),
        ),
        (
            "ghost remote id",
            Thing {
                origin: Origin::Claim,
                claims: claim("remote_id", 0.9),
                p: come,
                ..Thing::default()
            },
            Some(Stage::Advisory),
        ),
        (
            "ghost that lists radar",
            Thing {
                origin: Origin::Claim,
                evidence: vec![EvidenceKind::Radar, Sound],
                p: come,
                ..Thing::default()
            },
            Some(Stage::Advisory),
        ),
        (
            "ads-b traffic",
            Thing {
                origin: Origin::Claim,
                claims: claim("icao24", 0.5),
                class: None,
                p: come,
                ..Thing::default()
            },
            None,
        ),
        (
            "clutter",
            Thing {
                existence: 0.2,
                p: come,
                ..Thing::default()
            },
            None,
        ),
        (
            "passer-by",
            Thing {
                p: [0.0, 0.0, 0.0, 0.1],
                ..Thing::default()
            },
            None,
        ),
    ] {
        assert_eq!(first_stage(thing), expected, "{name}");
    }
}

#[test]
fn the_why_line_is_one_line_whatever_the_claim_says() {
    let thing = Thing {
        claims: vec![("callsign", "A\u{1b}[31m\nB\u{202e}C".into(), 0.25)],
        ..Thing::default()
    };
    let warning = update(&mut warner(WarningPolicy::default()), 0, &[thing]).remove(0);
    assert_eq!(
        warning.why,
        "track 1-42 (fixed wing drone 0.93) seen by radar-north, radar-east; exists 0.99; \
         P(arrive ≤10 min) 0.60; expected 17:07:30Z (17:06:40–17:08:20); says callsign A?[31m?B?C (trust 0.25)"
    );
}

#[test]
fn a_warning_lives_from_advisory_to_one_all_clear() {
    let mut warner = warner(WarningPolicy::default());
    let far = Thing {
        p: [0.0, 0.0, 0.1, 0.3],
        ..Thing::default()
    };
    let nearer = Thing {
        p: [0.0, 0.1, 0.4, 0.5],
        ..Thing::default()
    };
    let near = Thing {
        p: [0.1, 0.4, 0.7, 0.7],
        ..Thing::default()
    };
    let gone = Thing {
        p: [0.0; 4],
        motion: Motion::Away,
        ..Thing::default()
    };
    let mut seen = Vec::new();
    for (s, thing) in [
        (0, &far),
        (1, &far),
        (30, &nearer),
        (31, &far),
        (60, &near),
        (61, &far),
        (100, &gone),
        (239, &gone),
        (240, &gone),
        (241, &gone),
        (300, &gone),
    ] {
        for w in update(&mut warner, s, std::slice::from_ref(thing)) {
            seen.push((s, w.id.0, w.version, w.stage, w.state));
        }
    }
    let id = || "1-w1".to_owned();
    assert_eq!(
        seen,
        vec![
            (0, id(), 1, Stage::Advisory, WarningState::Active),
            (30, id(), 2, Stage::Prepare, WarningState::Active),
            (60, id(), 3, Stage::Act, WarningState::Active),
            (240, id(), 4, Stage::AllClear, WarningState::Ended),
        ]
    );
    // the next one is another warning
    assert_eq!(update(&mut warner, 400, &[near])[0].id.0, "1-w2");
    assert_eq!(warner.warnings().count(), 2);
    assert_eq!(warner.place_states()[0].stage, Some(Stage::Act));
}

#[test]
fn a_track_that_becomes_part_of_another_is_not_counted_beside_it() {
    let p_of = |second: &[Thing]| {
        let pair = [7, 8].map(|counter| Thing {
            counter,
            ..Thing::default()
        });
        let mut warner = warner(WarningPolicy::default());
        assert_eq!(update(&mut warner, 0, &pair).len(), 1);
        update(&mut warner, 10, second);
        warner.place_states()[0].p_within
    };
    let one = |parts: &[u64]| {
        [Thing {
            counter: 7,
            parts: parts.to_vec(),
            ..Thing::default()
        }]
    };
    let mut alone = warner(WarningPolicy::default());
    update(&mut alone, 10, &one(&[]));
    let expected = alone.place_states()[0].p_within;
    assert_eq!(p_of(&one(&[7, 8])), expected);
    assert!(
        p_of(&one(&[]))[3] > expected[3],
        "vanished, it still counts"
    );
}

#[test]
fn a_track_that_vanishes_while_expected_holds_its_warning_until_it_is_overdue() {
    let mut warner = warner(WarningPolicy::default());
    update(&mut warner, 0, &[Thing::default()]);
    for s in [10, 100, 300, 499] {
        assert_eq!(update(&mut warner, s, &[]), vec![], "{s}");
        assert_eq!(warner.place_states()[0].stage, Some(Stage::Act));
    }
    // expected until 500 s: then three low updates
    let ends: Vec<usize> = (501..505)
        .map(|s| update(&mut warner, s, &[]).len())
        .collect();
    assert_eq!(ends, [0, 0, 1, 0]);
}

#[test]
fn a_change_within_the_stage_is_told_at_most_once_a_minute() {
    let mut warner = warner(WarningPolicy::default());
    let p = |p: f64| Thing {
        p: [0.0, 0.2, p, p],
        ..Thing::default()
    };
    let mut versions = Vec::new();
    for (s, thing) in [
        (0, p(0.6)),
        (30, p(0.9)),
        (61, p(0.65)),
        (70, p(0.9)),
        (200, p(0.95)),
        (300, p(0.9)),
    ] {
        versions.extend(
            update(&mut warner, s, &[thing])
                .iter()
                .map(|w| (s, w.version)),
        );
    }
    assert_eq!(versions, [(0, 1), (70, 2)]);
}

#[test]
fn operators_acknowledge_once_and_a_step_up_asks_again() {
    let mut warner = warner(WarningPolicy::default());
    let low = Thing {
        p: [0.0, 0.0, 0.1, 0.3],
        ..Thing::default()
    };
    let id = update(&mut warner, 0, &[low])[0].id.clone();
    let acknowledged = warner.acknowledge(at(5), &id, "Ana\nB").unwrap();
    assert_eq!(
        (acknowledged.version, acknowledged.state),
        (2, WarningState::Acknowledged)
    );
    assert_eq!(acknowledged.acknowledged_by.as_deref(), Some("Ana?B"));
    assert_eq!(warner.acknowledge(at(6), &id, "Ben").unwrap(), acknowledged);
    let raised = update(&mut warner, 10, &[Thing::default()]).remove(0);
    assert_eq!(
        (raised.version, raised.state, raised.acknowledged_by),
        (3, WarningState::Active, None)
    );
}

#[test]
fn a_cancelled_warning_stays_away_unless_it_gets_worse_or_others_come() {
    let advisory = Thing {
        p: [0.0, 0.0, 0.1, 0.3],
        ..Thing::default()
    };
    let act = Thing::default();
    let other = Thing {
        counter: 43,
        ..advisory.clone()
    };
    for (name, s, picture, expected) in [
        ("the same", 20, vec![advisory.clone()], None),
        (
            "the same, nine minutes on",
            550,
            vec![advisory.clone()],
            None,
        ),
        (
            "the same, ten minutes on",
            615,
            vec![advisory.clone()],
            Some(Stage::Advisory),
        ),
        ("worse", 20, vec![act], Some(Stage::Act)),
        (
            "another",
            20,
            vec![advisory.clone(), other],
            Some(Stage::Advisory),
        ),
    ] {
        let mut warner = warner(WarningPolicy::default());
        let id = update(&mut warner, 0, std::slice::from_ref(&advisory))[0]
            .id
            .clone();
        let cancelled = warner
            .cancel(at(10), &id, "Ana", "our own survey flight")
            .unwrap();
        assert_eq!(
            (cancelled.version, cancelled.state),
            (2, WarningState::Cancelled)
        );
        let again = update(&mut warner, s, &picture);
        assert_eq!(again.first().map(|w| w.stage), expected, "{name}");
        assert!(again.iter().all(|w| w.id.0 == "1-w2"), "{name}");
    }
}

#[test]
fn a_dismissed_act_does_not_come_back_through_another_tracks_advisory() {
    let mut warner = warner(WarningPolicy::default());
    let act = Thing::default();
    let other = Thing {
        counter: 43,
        p: [0.0, 0.0, 0.1, 0.3],
        ..Thing::default()
    };
    let id = update(&mut warner, 0, std::slice::from_ref(&act))[0]
        .id
        .clone();
    warner.cancel(at(10), &id, "Ana", "known").unwrap();
    let stages: Vec<_> = (11..20)
        .flat_map(|s| update(&mut warner, s, &[act.clone(), other.clone()]))
        .map(|w| w.stage)
        .collect();
    assert_eq!(stages, [Stage::Advisory]);
}

#[test]
fn actions_on_what_is_not_in_force_are_refused() {
    let mut warner = warner(WarningPolicy::default());
    let id = update(&mut warner, 0, &[Thing::default()])[0].id.clone();
    warner.cancel(at(1), &id, "Ana", "").unwrap();
    let over = WarnError::Over {
        id: id.clone(),
        state: WarningState::Cancelled,
    };
    assert_eq!(warner.cancel(at(2), &id, "Ana", ""), Err(over.clone()));
    assert_eq!(warner.acknowledge(at(2), &id, "Ana"), Err(over));
    for text in ["", "1-w9", "2-w1", "1-w", "1-w-1", "w1"] {
        let id = lapwing_model::WarningId(text.into());
        assert_eq!(
            warner.acknowledge(at(2), &id, "Ana"),
            Err(WarnError::Unknown(text.into()))
        );
    }
}

#[test]
fn after_a_restart_warnings_go_on_and_no_id_is_given_twice() {
    let mut before = warner(WarningPolicy::default());
    update(&mut before, 0, &[Thing::default()]);
    let mut after = warner(WarningPolicy::default());
    after.restore(before.warnings().cloned());
    assert_eq!(update(&mut after, 1, &[Thing::default()]), vec![]);
    let id = after.place_states()[0].warning.clone().unwrap();
    after.cancel(at(2), &id, "Ana", "").unwrap();
    let other = Thing {
        counter: 43,
        ..Thing::default()
    };
    assert_eq!(update(&mut after, 3, &[other])[0].id.0, "1-w2");
}

#[test]
fn the_policy_is_read_whole_or_refused() {
    let policy: WarningPolicy = toml::from_str("min_on_s = 60.0").unwrap();
    assert!((policy.min_on_s - 60.0).abs() < 1e-9 && (policy.act_p10 - 0.5).abs() < 1e-9);
    assert_eq!(policy.alarm, ClassWeights::alarm());
    assert!(toml::from_str::<WarningPolicy>("minimum_on = 60").is_err());
    assert!(toml::from_str::<WarningPolicy>("[alarm]\nbird = 0.1").is_err());
}

fn things() -> impl Strategy<Value = Thing> {
    use EvidenceKind::{Optical, People, Radar, Radio, SelfReport, Sound};
    let kinds =
        prop::sample::subsequence(vec![Radar, Sound, Radio, Optical, People, SelfReport], 0..3);
    let origin = prop::sample::select(vec![Origin::Tracker, Origin::System, Origin::Claim]);
    let motion = prop::sample::select(vec![Motion::Toward, Motion::Passing, Motion::Away]);
    (
        1..4_u64,
        origin,
        kinds,
        0.0..1.0_f64,
        0.0..1.0_f64,
        0.3..1.0_f64,
        motion,
    )
        .prop_map(
            |(counter, origin, evidence, p20, share, existence, motion)| Thing {
                counter,
                origin,
                evidence,
                existence,
                p: [
                    p20 * share * share * share,
                    p20 * share * share,
                    p20 * share,
                    p20,
                ],
                motion,
                ..Thing::default()
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_keeps_the_invariants(
        sequence in prop::collection::vec((prop::collection::vec(things(), 0..3), 1..90_i64), 1..60),
    ) {
        let mut warner = warner(WarningPolicy::default());
        let mut last: std::collections::BTreeMap<String, Warning> = Default::default();
        let mut s = 0;
        for (mut things, wait) in sequence {
            s += wait;
            things.sort_by_key(|t| t.counter);
            things.dedup_by_key(|t| t.counter);
            let allowed = things.iter().any(|t| {
                let independent = t.evidence.iter().filter(|k| **k != EvidenceKind::SelfReport).count();
                t.origin != Origin::Claim && (t.evidence.contains(&EvidenceKind::Radar) || independent >= 2)
            });
            for w in update(&mut warner, s, &things) {
                let before = last.get(&w.id.0);
                prop_assert_eq!(w.version, before.map_or(1, |b| b.version + 1));
                let up = before.is_none_or(|b| b.stage < w.stage);
                match w.stage {
                    Stage::Act | Stage::Prepare if up => prop_assert!(allowed, "{w:?} {things:?}"),
                    Stage::AllClear => prop_assert!(before.is_some_and(|b| b.stage != Stage::AllClear)),
                    _ => {}
                }
                prop_assert!(before.is_none_or(|b| b.stage <= w.stage && b.state != WarningState::Ended));
                prop_assert!(!w.why.is_empty() && !w.why.contains('\n'));
                prop_assert!(w.stage == Stage::AllClear || !w.tracks.is_empty());
                last.insert(w.id.0.clone(), w);
            }
            let in_force = warner.warnings().filter(|w| w.state == WarningState::Active).count();
            prop_assert!(in_force <= 1);
        }
    }
}

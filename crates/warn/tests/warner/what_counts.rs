//! What a thing is, who saw it and how well it is known decide how far a warning may go.

use crate::things::{Thing, at_once, first_stage, update, warner};
use lapwing_model::{Class, EvidenceKind, Origin, Stage};

#[test]
fn a_site_that_gives_multirotors_a_weight_is_told_of_them_by_advisory() {
    let mut policy = at_once();
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
    let mut w = warner(at_once());
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
    assert_eq!(update(&mut warner(at_once()), 0, &flock), []);
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
    let warning = update(&mut warner(at_once()), 0, &[thing]).remove(0);
    assert_eq!(
        warning.why,
        "track 1-42 (fixed wing drone 0.93) seen by radar-north, radar-east; exists 0.99; \
         P(arrive ≤10 min) 0.60; expected 17:07:30Z (17:06:40–17:08:20); says callsign A?[31m?B?C (trust 0.25)"
    );
}

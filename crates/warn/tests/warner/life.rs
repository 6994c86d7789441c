//! A warning from its first version to the all clear.

use crate::things::{Thing, at_once, update, warner};
use lapwing_model::{Motion, Stage, WarningState};
use lapwing_warn::WarningPolicy;

#[test]
fn a_warning_lives_from_advisory_to_one_all_clear() {
    let mut warner = warner(at_once());
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
        let mut warner = warner(at_once());
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
    let mut alone = warner(at_once());
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
    let mut warner = warner(at_once());
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
    let mut warner = warner(at_once());
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
fn a_stage_is_reached_when_its_threshold_has_held_for_longer_than_a_turn_of_a_radar() {
    let mut warner = warner(WarningPolicy::default());
    let p = |p10: f64| Thing {
        p: [0.0, 0.0, p10, 0.3],
        ..Thing::default()
    };
    let (far, nearer, near) = (p(0.1), p(0.4), p(0.7));
    let mut seen = Vec::new();
    for (s, thing) in [
        // one bad plot: two seconds of alarm, and none told
        (0, &near),
        (2, &far),
        // P(20 min) has stood since 0 s
        (5, &far),
        (6, &near),
        (9, &nearer),
        // above prepare since 6 s, above act only until 9 s
        (11, &near),
        (15, &near),
        (16, &near),
    ] {
        let versions = update(&mut warner, s, std::slice::from_ref(thing));
        seen.extend(versions.iter().map(|w| (s, w.stage)));
    }
    assert_eq!(
        seen,
        [(5, Stage::Advisory), (11, Stage::Prepare), (16, Stage::Act)]
    );
}

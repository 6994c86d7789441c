//! What operators may do, and what a restart keeps.

use crate::things::{Thing, at, at_once, update, warner};
use lapwing_model::{Stage, WarningState};
use lapwing_warn::{WarnError, WarningPolicy};

#[test]
fn operators_acknowledge_once_and_a_step_up_asks_again() {
    let mut warner = warner(at_once());
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
        let mut warner = warner(at_once());
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
    let mut warner = warner(at_once());
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
    let mut warner = warner(at_once());
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
    let mut before = warner(at_once());
    update(&mut before, 0, &[Thing::default()]);
    let mut after = warner(at_once());
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
fn a_dismissal_outlasts_one_bad_plot() {
    let mut warner = warner(WarningPolicy::default());
    let p = |p10: f64| Thing {
        p: [0.0, 0.0, p10, 0.3],
        ..Thing::default()
    };
    let (advisory, act) = (p(0.1), p(0.7));
    update(&mut warner, 0, std::slice::from_ref(&advisory));
    let id = update(&mut warner, 5, std::slice::from_ref(&advisory))[0]
        .id
        .clone();
    warner.cancel(at(10), &id, "Ana", "known").unwrap();
    let mut seen = Vec::new();
    for (s, thing) in [
        (20, &act),
        (22, &advisory),
        (30, &advisory),
        (40, &act),
        (44, &act),
        (45, &act),
    ] {
        let versions = update(&mut warner, s, std::slice::from_ref(thing));
        seen.extend(versions.iter().map(|w| (s, w.stage)));
    }
    assert_eq!(seen, [(45, Stage::Act)]);
}

//! The stages of one place: every transition as a line of a table, and what must
//! hold for any sequence of probabilities.

use lapwing_model::{Stage, Timestamp};
use lapwing_warn::{Held, Inputs, Latch, Step, WarningPolicy};
use proptest::prelude::*;

use Stage::{Act, Advisory, Prepare};
use Step::{AllClear, Escalate, Nothing, Raise, Stay};

/// Stage in force, s since it was raised, low updates before; P20, alarm P10, alarm P6, passed; outcome.
type Row = (Option<Stage>, i64, u32, f64, f64, f64, bool, Step);

const TABLE: &[Row] = &[
    // nothing in force: the highest threshold reached counts
    (None, 0, 0, 0.00, 0.00, 0.00, false, Nothing),
    (None, 0, 0, 0.14, 0.00, 0.00, false, Nothing),
    (None, 0, 0, 0.15, 0.00, 0.00, false, Raise(Advisory)),
    (None, 0, 0, 0.90, 0.00, 0.00, false, Raise(Advisory)),
    (None, 0, 0, 0.90, 0.29, 0.00, false, Raise(Advisory)),
    (None, 0, 0, 0.90, 0.30, 0.00, false, Raise(Prepare)),
    (None, 0, 0, 0.90, 0.49, 0.29, false, Raise(Prepare)),
    (None, 0, 0, 0.90, 0.50, 0.00, false, Raise(Act)),
    (None, 0, 0, 0.90, 0.40, 0.30, false, Raise(Act)),
    // up at once
    (
        Some(Advisory),
        0,
        0,
        0.90,
        0.30,
        0.00,
        false,
        Escalate(Prepare),
    ),
    (Some(Advisory), 0, 0, 0.90, 0.50, 0.00, false, Escalate(Act)),
    (Some(Prepare), 0, 0, 0.90, 0.50, 0.00, false, Escalate(Act)),
    (Some(Prepare), 0, 2, 0.90, 0.40, 0.30, false, Escalate(Act)),
    // never down by degrees
    (Some(Act), 999, 0, 0.90, 0.30, 0.00, false, Stay),
    (Some(Act), 999, 0, 0.20, 0.00, 0.00, false, Stay),
    (Some(Prepare), 999, 0, 0.20, 0.00, 0.00, false, Stay),
    (Some(Act), 999, 0, 0.90, 0.60, 0.50, true, Stay),
    // off: low for three updates and three minutes on
    (Some(Advisory), 999, 0, 0.06, 0.00, 0.00, false, Stay),
    (Some(Advisory), 999, 2, 0.06, 0.00, 0.00, false, Stay),
    (Some(Advisory), 999, 0, 0.05, 0.00, 0.00, false, Stay),
    (Some(Advisory), 999, 1, 0.05, 0.00, 0.00, false, Stay),
    (Some(Advisory), 999, 2, 0.05, 0.00, 0.00, false, AllClear),
    (Some(Prepare), 999, 2, 0.05, 0.00, 0.00, false, AllClear),
    (Some(Act), 999, 2, 0.05, 0.00, 0.00, false, AllClear),
    (Some(Act), 179, 2, 0.05, 0.00, 0.00, false, Stay),
    (Some(Act), 180, 2, 0.05, 0.00, 0.00, false, AllClear),
    (Some(Act), 179, 99, 0.05, 0.00, 0.00, false, Stay),
    // off: passed, no need to wait for three updates, but on for three minutes
    (Some(Act), 180, 0, 0.05, 0.00, 0.00, true, AllClear),
    (Some(Act), 179, 0, 0.05, 0.00, 0.00, true, Stay),
    (Some(Act), 180, 0, 0.06, 0.00, 0.00, true, Stay),
    (Some(Advisory), 180, 0, 0.14, 0.00, 0.00, true, Stay),
];

/// The default policy, with stages that one picture reaches.
fn at_once() -> WarningPolicy {
    WarningPolicy {
        hold_s: 0.0,
        ..WarningPolicy::default()
    }
}

#[test]
fn the_table_of_transitions() {
    let policy = at_once();
    for row @ &(stage, since_s, low_updates, p20, alarm_p10, alarm_p6, passed, expected) in TABLE {
        let mut latch = Latch {
            stage,
            raised: Timestamp(0),
            low_updates,
            ..Latch::default()
        };
        let now = Timestamp(since_s * 1_000_000_000);
        let inputs = Inputs {
            p20,
            alarm_p10,
            alarm_p6,
            passed,
        };
        let step = latch.step(&policy, now, &inputs);
        assert_eq!(step, expected, "{row:?}");
        let after = match expected {
            Nothing | AllClear => None,
            Raise(s) | Escalate(s) => Some(s),
            Stay => stage,
        };
        assert_eq!(latch.stage, after, "{row:?}");
        if matches!(expected, Raise(_) | Escalate(_)) {
            assert_eq!((latch.raised, latch.low_updates), (now, 0), "{row:?}");
        }
    }
}

/// Seconds and what is asked for then; what is reached with 5 s to hold.
const HOLDING: &[(i64, Option<Stage>, Option<Stage>)] = &[
    (0, Some(Act), None),
    (4, Some(Act), None),
    // every second or at leisure: what counts is time
    (5, Some(Act), Some(Act)),
    (6, Some(Prepare), Some(Prepare)),
    (7, Some(Act), Some(Prepare)),
    (12, Some(Act), Some(Act)),
    (13, None, None),
    (14, Some(Advisory), None),
    (18, Some(Prepare), None),
    (19, Some(Prepare), Some(Advisory)),
    (23, Some(Prepare), Some(Prepare)),
];

#[test]
fn a_stage_counts_when_it_has_been_asked_for_without_a_break() {
    let mut held = Held::default();
    for &(s, wanted, expected) in HOLDING {
        let reached = held.step(Timestamp(s * 1_000_000_000), wanted, 5.0);
        assert_eq!(reached, expected, "at {s} s");
    }
}

fn inputs() -> impl Strategy<Value = Inputs> {
    // near the thresholds as often as anywhere
    let p = prop_oneof![0.0..1.0_f64, 0.0..0.2_f64, Just(0.0)];
    (p, 0.0..1.0_f64, 0.0..1.0_f64, any::<bool>()).prop_map(|(p20, a, b, passed)| Inputs {
        p20,
        alarm_p10: p20 * a,
        alarm_p6: p20 * a * b,
        passed,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_flaps(sequence in prop::collection::vec((inputs(), 1..60_i64), 1..200)) {
        let policy = at_once();
        let mut latch = Latch::default();
        let mut now_s = 0;
        let mut in_force: Option<(Stage, i64)> = None;
        for (inputs, wait_s) in sequence {
            now_s += wait_s;
            let before = latch;
            match latch.step(&policy, Timestamp(now_s * 1_000_000_000), &inputs) {
                Nothing => prop_assert!(in_force.is_none() && latch.stage.is_none()),
                Raise(stage) => {
                    prop_assert!(in_force.is_none());
                    prop_assert_eq!(Some(stage), inputs.wanted(&policy));
                    in_force = Some((stage, now_s));
                }
                Escalate(stage) => {
                    prop_assert!(in_force.is_some_and(|(s, _)| s < stage));
                    in_force = Some((stage, now_s));
                }
                Stay => prop_assert!(in_force.is_some() && latch.stage == before.stage),
                AllClear => {
                    // only what was in force ends, never sooner than the least time on
                    let (_, since_s) = in_force.take().expect("one all clear a warning");
                    prop_assert!(now_s - since_s >= 180);
                    prop_assert!(inputs.p20 < policy.p_off());
                    prop_assert!(inputs.passed || before.low_updates + 1 >= policy.updates_off);
                }
            }
            prop_assert_eq!(latch.stage, in_force.map(|(s, _)| s));
        }
    }
}

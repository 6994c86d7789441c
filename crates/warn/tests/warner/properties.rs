//! The policy as text, and what holds for any sequence of pictures.

use crate::things::{Thing, at_once, update, warner};
use lapwing_model::{EvidenceKind, Motion, Origin, Stage, Warning, WarningState};
use lapwing_warn::{ClassWeights, WarningPolicy};
use proptest::prelude::*;

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
        let mut warner = warner(at_once());
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

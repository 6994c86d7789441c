//! What evidence allows which stage.

use lapwing_model::{EvidenceKind, Origin, Stage};

/// The highest stage that a track with this origin and these kinds of evidence may cause.
///
/// Prepare and act need radar or two independent kinds of sensor. What a thing
/// says of itself is no independent kind; people alone are one kind and so never
/// suffice; a track from claims alone stays an advisory whatever is listed.
#[must_use]
pub fn highest_stage(origin: Origin, evidence: &[EvidenceKind]) -> Stage {
    if origin == Origin::Claim {
        return Stage::Advisory;
    }
    let mut kinds: Vec<EvidenceKind> = evidence
        .iter()
        .copied()
        .filter(|&kind| kind != EvidenceKind::SelfReport)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.contains(&EvidenceKind::Radar) || kinds.len() >= 2 {
        Stage::Act
    } else {
        Stage::Advisory
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EvidenceKind::{Optical, People, Radar, Radio, SelfReport, Sound};
    use Stage::{Act, Advisory};

    #[test]
    fn the_table_of_evidence() {
        for (origin, evidence, expected) in [
            (Origin::Tracker, &[][..], Advisory),
            (Origin::Tracker, &[SelfReport], Advisory),
            (Origin::Tracker, &[People], Advisory),
            (Origin::Tracker, &[People, People], Advisory),
            (Origin::Tracker, &[People, SelfReport], Advisory),
            (Origin::Tracker, &[Sound], Advisory),
            (Origin::Tracker, &[Sound, SelfReport], Advisory),
            (Origin::Tracker, &[Radio], Advisory),
            (Origin::Tracker, &[Optical], Advisory),
            (Origin::Tracker, &[Radar], Act),
            (Origin::Tracker, &[Radar, SelfReport], Act),
            (Origin::Tracker, &[Sound, Radio], Act),
            (Origin::Tracker, &[Sound, People], Act),
            (Origin::Tracker, &[Sound, Sound], Advisory),
            (Origin::System, &[Radar], Act),
            (Origin::System, &[], Advisory),
            (Origin::Claim, &[], Advisory),
            (Origin::Claim, &[SelfReport], Advisory),
            (Origin::Claim, &[Radar, Sound], Advisory),
        ] {
            assert_eq!(
                highest_stage(origin, evidence),
                expected,
                "{origin:?} {evidence:?}"
            );
        }
    }
}

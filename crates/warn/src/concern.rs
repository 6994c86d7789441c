//! How far a track matters to the people below: by what it may be.
//!
//! A thing that nobody has classified is not thereby harmless (a drone that was
//! tracked but not classified raised no alarm over Tel Aviv in 2024), so the
//! class's posterior counts only as far as it makes harmlessness more probable
//! than not.

use crate::{ClassWeights, WarningPolicy};
use lapwing_model::{Class, Origin, Track};

/// Identities that aircraft give by transponder.
const AIRCRAFT_IDENTITIES: [&str; 2] = ["icao24", "mode_3a"];

/// Existence × concern of a track for one table of weights, in [0, 1].
///
/// - Existence is the one computed without self-reports.
/// - The sum of weighted class probabilities, raised by the benefit of doubt and
///   capped at 1: an unclassified thing counts in full or nearly so.
/// - An aircraft identity that other sensors bear out counts as far as it is
///   trusted (an airport is not warned of its own airliners), unless the thing is
///   more probably a drone than not; so does a Remote ID of what is probably a multirotor.
#[must_use]
pub fn weight(
    track: &Track,
    weights: &ClassWeights,
    benefit_of_doubt: f64,
    policy: &WarningPolicy,
) -> f64 {
    let existence = match track.origin {
        Origin::Claim => return claim_weight(track, policy),
        Origin::Tracker | Origin::System => track.existence_independent,
    };
    if existence.is_nan() || existence < policy.least_existence {
        return 0.0;
    }
    (existence * class_weight(track, weights, benefit_of_doubt) * (1.0 - identified(track)))
        .clamp(0.0, 1.0)
}

fn class_weight(track: &Track, weights: &ClassWeights, benefit_of_doubt: f64) -> f64 {
    let danger: f64 = Class::ALL
        .into_iter()
        .map(|class| track.class_probability(class) * weights.of(class))
        .sum();
    (danger / benefit_of_doubt.max(1e-3)).min(1.0)
}

/// A thing known from its own words only: worth an operator's advisory where it
/// is a drone by its own account; an aircraft's transponder alone is traffic.
fn claim_weight(track: &Track, policy: &WarningPolicy) -> f64 {
    let aircraft = AIRCRAFT_IDENTITIES.iter().any(|k| track.claim(k).is_some());
    let sure = track.existence >= policy.least_existence;
    if policy.claims_raise_advisory && sure && !aircraft {
        (track.existence * class_weight(track, &policy.concern, policy.benefit_of_doubt))
            .clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// Probability that the thing is what it openly says it is.
fn identified(track: &Track) -> f64 {
    let multirotor = track.class_probability(Class::Multirotor);
    let drone = multirotor + track.class_probability(Class::FixedWingDrone);
    let trust = |kinds: &[&str]| {
        kinds
            .iter()
            .filter_map(|kind| track.claim(kind))
            .map(|claim| claim.trust)
            .filter(|trust| trust.is_finite())
            .fold(0.0, f64::max)
            .min(1.0)
    };
    let aircraft = if drone < 0.5 {
        trust(&AIRCRAFT_IDENTITIES)
    } else {
        0.0
    };
    let hobby = if multirotor >= 0.5 {
        trust(&["remote_id"])
    } else {
        0.0
    };
    aircraft.max(hobby)
}

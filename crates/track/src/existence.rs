//! Existence between looks: what time and silence do to it.
//!
//! A hypothesis is a Bernoulli: it is there with probability r, or not. Looks change r in
//! the mixture; between them
//!
//! | event | r becomes |
//! |---|---|
//! | time passes | r · survival^Δt |
//! | time passes and nothing that can see it looks | r · ½^{Δt/half-life}, after a grace |

use crate::TrackerConfig;
use lapwing_model::Timestamp;

/// Greatest probability of detection believed: terrain, masking and processing lose some.
pub(crate) const DETECTION_MAX: f64 = 0.95;

/// What is left at `at` of an existence as of `from`, when something last looked or reported
/// at `evidence`.
pub(crate) fn left(
    config: &TrackerConfig,
    evidence: Timestamp,
    from: Timestamp,
    at: Timestamp,
) -> f64 {
    let dt = at.seconds_since(from).max(0.0);
    let silent_from = evidence.plus_seconds(config.silence_grace_s).max(from);
    let silent = at.seconds_since(silent_from).max(0.0);
    let half_lives = silent / config.silence_half_life_s.max(1e-3);
    config.survival_per_s.clamp(0.0, 1.0).powf(dt) * 0.5_f64.powf(half_lives)
}

/// For how long from `from` no less than `share` is [`left`], s.
pub(crate) fn time_until(
    config: &TrackerConfig,
    evidence: Timestamp,
    from: Timestamp,
    share: f64,
) -> f64 {
    if share.is_nan() || share >= 1.0 {
        return 0.0;
    }
    // of the exponent dt a + silent b, which grows, the time at which it is as wanted
    let wanted = -share.ln();
    let dying_per_s = -config.survival_per_s.clamp(0.0, 1.0).ln();
    let fading_per_s = std::f64::consts::LN_2 / config.silence_half_life_s.max(1e-3);
    let silent_after_s = evidence
        .plus_seconds(config.silence_grace_s)
        .seconds_since(from)
        .max(0.0);
    let heard = dying_per_s * silent_after_s;
    let time_s = if wanted <= heard {
        wanted / dying_per_s
    } else {
        (wanted + fading_per_s * silent_after_s) / (dying_per_s + fading_per_s)
    };
    if time_s.is_nan() {
        0.0
    } else {
        time_s.clamp(0.0, 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_left_until_then_and_no_longer() {
        let config = TrackerConfig::default();
        let at = Timestamp::from_seconds;
        for evidence_s in [-100.0, 0.0, 30.0] {
            for share in [0.999, 0.9, 0.5, 0.1, 1e-3] {
                let (evidence, from) = (at(evidence_s), at(0.0));
                let time_s = time_until(&config, evidence, from, share);
                let before = left(&config, evidence, from, at(time_s - 0.01));
                let after = left(&config, evidence, from, at(time_s + 0.01));
                assert!(
                    before > share && share > after,
                    "{evidence_s} {share} {time_s}"
                );
            }
        }
        assert!(time_until(&config, at(0.0), at(0.0), 1.0) <= 0.0);
        assert!(time_until(&config, at(0.0), at(0.0), f64::NAN) <= 0.0);
    }

    /// Time in one piece or in many gives the same.
    #[test]
    fn time_passes_alike_in_one_step_or_many() {
        let config = TrackerConfig::default();
        let evidence = Timestamp::from_seconds(3.0);
        let at = |k: i32| Timestamp::from_seconds(f64::from(k));
        let many: f64 = (1..=70)
            .map(|k| left(&config, evidence, at(k - 1), at(k)))
            .product();
        let once = left(&config, evidence, at(0), at(70));
        assert!((many - once).abs() < 1e-12);
        assert!(once < 0.05, "{once}");
        assert!((left(&config, evidence, at(70), at(10)) - 1.0).abs() < 1e-12);
    }
}

//! Silence of nodes that listen: what a while without a word says of a track.
//!
//! A closed look of a node that listens (`Detection::Sound`) covers some revisits, each of
//! them a chance to be heard. With P_c(d_k) the probability that a thing of class c is heard
//! in revisit k from d_k, where the track was when it made the sound, and p_c the track's
//! class probabilities, the look misses it with the probability
//!
//! ```text
//! 1 − P_D = Σ_c p_c Π_k (1 − P_c(d_k))
//! ```
//!
//! so each revisit thins existence once: a look begins where the node's last word was. The
//! product takes the revisits as independent, which those of a deaf microphone are not; one
//! look never says more than `DETECTION_MAX`. Airliners are only looked for where they
//! are known to be low. While nobody has said what the wind is, silence counts as in a
//! strong one.

use crate::target::Target;
use lapwing_geo::Ecef;
use lapwing_model::{Air, Class, ClassProbabilities, Detection, Look};
use lapwing_sensing::Coverage;

/// Most revisits of one look.
const REVISITS_MAX: f64 = 32.0;
/// Above this airliners are not heard, m.
const LOW_M: f64 = 3_000.0;
/// The wind that silence reckons with while none was told, m/s.
const WIND_UNTOLD_MPS: f64 = 10.0;
/// Speed of sound, to tell where a source was, m/s.
const SOUND_MPS: f64 = 340.0;

/// Whether a look is one of listening.
pub(crate) const fn listens(look: &Look) -> bool {
    matches!(look.detection, Detection::Sound { .. })
}

/// The air that silence is judged in.
pub(crate) fn air_of_silence(air: Air, told: bool) -> Air {
    if told {
        air
    } else {
        Air {
            wind_east_mps: WIND_UNTOLD_MPS,
            wind_north_mps: 0.0,
            ..air
        }
    }
}

fn is_low(target: &Target) -> bool {
    let mover = &target.mover;
    mover.height_known && mover.chart.height_m(&mover.state.position()) < LOW_M
}

/// What it may be, to an ear: airliners that are not known to be low are as quiet as birds.
pub(crate) fn audible(target: &Target) -> ClassProbabilities {
    let classes = target
        .evidence
        .probabilities(target.mover.speed_sigma_mps());
    if is_low(target) {
        return classes;
    }
    let mut weights = Class::ALL.map(|class| classes.of(class));
    weights[Class::Bird as usize] += weights[Class::Airliner as usize];
    weights[Class::Airliner as usize] = 0.0;
    ClassProbabilities::from_weights(weights)
}

/// How many times the node of a look listened in it.
pub(crate) fn revisits(look: &Look) -> u32 {
    (look.t1.seconds_since(look.t0) / look.revisit_s.max(0.1))
        .round()
        .clamp(1.0, REVISITS_MAX) as u32
}

/// Probability that the node of a look would have heard `target` in some revisit of it;
/// `None` of looks that do not listen.
pub(crate) fn detection(look: &Look, coverage: &Coverage, target: &Target) -> Option<f64> {
    let (node, _) = coverage.bounding_sphere().filter(|_| listens(look))?;
    let revisit_s = look.revisit_s.max(0.1);
    let revisits = revisits(look);
    let mover = &target.mover;
    let mut silence = [1.0; 6];
    for back in 0..revisits {
        let at = look.t1.plus_seconds(-f64::from(back) * revisit_s);
        let away_m = (mover.ecef_at(at).0 - node.0).norm();
        let source: Ecef = mover.ecef_at(at.plus_seconds(-away_m / SOUND_MPS));
        for (silence, heard) in silence.iter_mut().zip(coverage.hearing_by_class(source)?) {
            *silence *= 1.0 - heard;
        }
    }
    if !is_low(target) {
        silence[Class::Airliner as usize] = 1.0;
    }
    let classes = target.evidence.probabilities(mover.speed_sigma_mps());
    let heard = |(class, silence): (&Class, f64)| classes.of(*class) * (1.0 - silence);
    Some(Class::ALL.iter().zip(silence).map(heard).sum())
}

//! What a microphone's word does to the tracks: something is heard here.
//!
//! A word is of any of the things in earshot, or of none of them: it is not assigned. With
//! m_i the probability that track i would have been heard, and Q = (1 − f) Π_c (1 − p_c P_c)
//! Π_i (1 − m_i) that nothing would have been (f a false report, p_c an untracked source: see
//! `sources`), a track stands beside A_i = Q/(1 − m_i), and the word weighs
//!
//! ```text
//! its state x     [1 − A_i (1 − P_D(x))]^w
//! not being       [1 − A_i]^w
//! ```
//!
//! so that what another explains says nothing of this one. A hypothesis of a cluster weighs
//! 1 − A (1 − Π(1 − m)) over the tracks in it, all to the power w. This is Bayes' rule for
//! each Bernoulli with the others at their means. Silence is a missed detection: see `hearing`.
//!
//! No word begins a track. w < 1 is for a node that has just spoken: what fooled it then fools
//! it still.

use super::MeasuredTracks;
use crate::measure::Hearing;
use crate::mixture::{Cluster, Local, NONE};
use crate::target::Target;
use crate::{Counters, TrackerConfig, hearing};
use lapwing_geo::Ecef;
use lapwing_model::{SensorId, Timestamp};

/// A state better known than this share of the range of hearing is not moved by a word.
const INFORMS_SHARE: f64 = 0.1;
/// A word is a track's own where it is likelier its than all else's.
const OWN: f64 = 0.5;
/// Greatest existence that words can give.
const EXISTENCE_MAX: f64 = 0.999;

/// A word of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub(crate) sensor: SensorId,
    pub(crate) time: Timestamp,
    pub(crate) hearing: Hearing,
    /// Beyond this nothing is heard, m.
    pub(crate) reach_m: f64,
    /// How much of it is new: w.
    pub(crate) share: f64,
    /// Probability that nothing but tracks would have been heard.
    pub(crate) others_silent: f64,
}

/// A track in earshot: the probability that each of its hypotheses is heard, if it is there.
struct InEarshot {
    cluster: usize,
    track: usize,
    heard: Vec<f64>,
    /// 1 − m.
    silent: f64,
}

impl Word {
    fn reaches(&self, local: &Local<Target>) -> bool {
        let here = Ecef::from(self.hearing.frame.origin()).0;
        (local.state.mover.ecef_at(self.time).0 - here).norm() < self.reach_m
    }

    /// Bring a hypothesis up to the word's time; the probability that it is heard.
    fn prepare(&self, config: &TrackerConfig, local: &mut Local<Target>) -> f64 {
        if !self.reaches(local) {
            return 0.0;
        }
        bring_up(config, local, self.time);
        let target = &local.state;
        let ahead_s = self.time.seconds_since(target.mover.time);
        let audible = hearing::audible(target);
        let mover = &target.mover;
        self.hearing
            .probability(&mover.chart, &mover.state, ahead_s, &audible)
            .unwrap_or(0.0)
    }

    /// What it says of one hypothesis, beside what else may have been heard.
    fn update(&self, config: &TrackerConfig, local: &mut Local<Target>, heard: f64, beside: f64) {
        let r = local.existence;
        let there = r * (1.0 - beside * (1.0 - heard)).powf(self.share);
        let not = (1.0 - r) * (1.0 - beside).powf(self.share);
        let now = there / (there + not);
        if !now.is_finite() {
            return;
        }
        local.existence = now.min(EXISTENCE_MAX.max(r));
        let own = r * heard / (1.0 - beside * (1.0 - r * heard)).max(f64::MIN_POSITIVE);
        if own > OWN {
            local.state.heard_by(self.sensor, self.time);
        }
        let vague_m = INFORMS_SHARE * self.hearing.range_50_m;
        if local.state.mover.horizontal_sigma_m() > vague_m {
            let audible = hearing::audible(&local.state);
            local
                .state
                .mover
                .soften(config, self.time, |chart, state, back_s| {
                    self.hearing.weigh(chart, state, back_s, &audible, |p| {
                        (1.0 - beside * (1.0 - p)).powf(self.share)
                    })
                });
        }
    }
}

/// Bring a hypothesis' existence up to `time`.
pub(super) fn bring_up(config: &TrackerConfig, local: &mut Local<Target>, time: Timestamp) {
    let target = &mut local.state;
    let at = time.max(target.existence_at);
    local.existence *= target.existence_left(config, at);
    target.existence_at = at;
}

/// Σ over the hypotheses of a cluster of weight × existence × what each has in `each`.
pub(super) fn marginal(cluster: &Cluster<Target>, track: usize, each: &[f64]) -> f64 {
    let mut sum = 0.0;
    let mut weights = 0.0;
    for (global, log_weight) in cluster.log_weights.iter().enumerate() {
        weights += log_weight.exp();
        let choice = usize::from(cluster.choice(global)[track]);
        if let Some((local, p)) = cluster.tracks[track]
            .locals
            .get(choice)
            .zip(each.get(choice))
        {
            sum += log_weight.exp() * local.existence * p;
        }
    }
    sum / weights.max(f64::MIN_POSITIVE)
}

impl MeasuredTracks {
    /// Take in a word. The probability that no track would have been heard: 1 where none is
    /// in earshot.
    pub(crate) fn hear(
        &mut self,
        config: &TrackerConfig,
        word: &Word,
        counters: &mut Counters,
    ) -> f64 {
        let mut near: Vec<InEarshot> = Vec::new();
        for (c, cluster) in self.mixture.clusters.iter_mut().enumerate() {
            for t in 0..cluster.tracks.len() {
                let locals = &mut cluster.tracks[t].locals;
                if !locals.iter().any(|l| word.reaches(l)) {
                    continue;
                }
                let heard: Vec<f64> = locals.iter_mut().map(|l| word.prepare(config, l)).collect();
                let silent = 1.0 - marginal(cluster, t, &heard).clamp(0.0, 0.999_999);
                near.push(InEarshot {
                    cluster: c,
                    track: t,
                    heard,
                    silent,
                });
            }
        }
        let tracks_silent: f64 = near.iter().map(|n| n.silent).product();
        let all_silent = word.others_silent * tracks_silent;
        for part in near.chunk_by(|a, b| a.cluster == b.cluster) {
            let Some(first) = part.first() else { continue };
            let cluster = &mut self.mixture.clusters[first.cluster];
            let others = all_silent / part.iter().map(|n| n.silent).product::<f64>();
            if cluster.log_weights.len() > 1 {
                let says: Vec<f64> = (0..cluster.log_weights.len())
                    .map(|g| {
                        word.share * (1.0 - others * silent_in(cluster, g, part)).max(1e-12).ln()
                    })
                    .collect();
                cluster.weigh(&says);
            }
            for n in part {
                let beside = (all_silent / n.silent).clamp(0.0, 1.0);
                for (local, heard) in cluster.tracks[n.track].locals.iter_mut().zip(&n.heard) {
                    if *heard > 0.0 {
                        word.update(config, local, *heard, beside);
                    }
                }
            }
        }
        if let Some(first) = near.first() {
            self.stand(config, first.cluster, counters);
        }
        tracks_silent
    }
}

/// Probability that of the tracks of a global hypothesis none would have been heard.
fn silent_in(cluster: &Cluster<Target>, global: usize, part: &[InEarshot]) -> f64 {
    let choices = cluster.choice(global);
    part.iter()
        .map(|n| {
            let choice = choices[n.track];
            let local = cluster.tracks[n.track].locals.get(usize::from(choice));
            match local.zip(n.heard.get(usize::from(choice))) {
                Some((local, heard)) if choice != NONE => 1.0 - local.existence * heard,
                _ => 1.0,
            }
        })
        .product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::scene::{PLACE as NODE, existences, local, now, tracks};
    use lapwing_geo::LocalFrame;
    use lapwing_model::Air;

    const RANGE_M: f64 = 2_450.0;

    fn word(share: f64, others_silent: f64) -> Word {
        Word {
            sensor: SensorId(7),
            time: now(),
            hearing: Hearing {
                frame: LocalFrame::new(NODE),
                air: Air::default(),
                range_50_m: RANGE_M,
            },
            reach_m: 5.0 * RANGE_M,
            share,
            others_silent,
        }
    }

    /// Against every combination of two things being there or not and something else having
    /// been heard.
    #[test]
    fn existence_is_that_of_every_combination_written_out() {
        let config = TrackerConfig::default();
        let others_silent = 0.9;
        for (first, second) in [
            ((800.0, 0.3), (1_500.0, 0.6)),
            ((400.0, 0.05), (3_000.0, 0.9)),
        ] {
            let locals = [first, second].map(|(east_m, r)| local(east_m, 50.0, r));
            let word = word(1.0, others_silent);
            let chances = locals.clone().map(|mut l| word.prepare(&config, &mut l));
            let mut tracks = tracks(locals.to_vec());
            let silent = tracks.hear(&config, &word, &mut Counters::default());
            let (mut total, mut there) = (0.0, [0.0; 2]);
            for combination in 0..4 {
                let mut weight = 1.0;
                let mut quiet = others_silent;
                for (i, (_, r)) in [first, second].into_iter().enumerate() {
                    let is = combination >> i & 1 == 1;
                    weight *= if is { r } else { 1.0 - r };
                    quiet *= if is { 1.0 - chances[i] } else { 1.0 };
                }
                total += weight * (1.0 - quiet);
                for (i, sum) in there.iter_mut().enumerate() {
                    if combination >> i & 1 == 1 {
                        *sum += weight * (1.0 - quiet);
                    }
                }
            }
            for (got, sum) in existences(&tracks).into_iter().zip(there) {
                assert!((got - sum / total).abs() < 1e-9, "{got} {}", sum / total);
            }
            let product: f64 = [first, second]
                .into_iter()
                .zip(chances)
                .map(|((_, r), p)| 1.0 - r * p)
                .product();
            assert!((silent - product).abs() < 1e-12);
        }
    }

    #[test]
    fn what_another_track_explains_says_nothing() {
        let config = TrackerConfig::default();
        let raised = |others: Vec<Local<Target>>| {
            let mut all = vec![local(900.0, 50.0, 0.2)];
            all.extend(others);
            let mut tracks = tracks(all);
            tracks.hear(&config, &word(1.0, 0.95), &mut Counters::default());
            existences(&tracks)[0]
        };
        let alone = raised(Vec::new());
        let beside = raised(vec![local(300.0, 50.0, 0.99), local(500.0, 50.0, 0.99)]);
        // half of all unknown things can be heard here: 0.2 · 0.46/(1 − 0.95 · 0.91)
        assert!((0.6..0.75).contains(&alone), "{alone}");
        assert!((0.2..0.3).contains(&beside), "{beside}");
        let far = raised(vec![local(30_000.0, 50.0, 0.99)]);
        assert!((far - alone).abs() < 1e-12);
    }

    /// A word that has nothing new says nothing, and half a word twice says as much as one.
    #[test]
    fn a_share_of_a_word_is_a_power_of_it() {
        let config = TrackerConfig::default();
        let mut counters = Counters::default();
        let odds = |share: f64| {
            let mut tracks = tracks(vec![local(900.0, 50.0, 0.2)]);
            tracks.hear(&config, &word(share, 0.95), &mut counters);
            let r = existences(&tracks)[0];
            (r / (1.0 - r)).ln() - 0.25_f64.ln()
        };
        let [none, half, whole] = [0.0, 0.5, 1.0].map(odds);
        assert!(none.abs() < 1e-12, "{none}");
        assert!((half - 0.5 * whole).abs() < 1e-9, "{half} {whole}");
    }

    #[test]
    fn a_vague_track_is_drawn_near_and_a_placed_one_stays() {
        let config = TrackerConfig::default();
        for (sigma_m, moves) in [(700.0, true), (100.0, false)] {
            let mut tracks = tracks(vec![local(2_600.0, sigma_m, 0.5)]);
            let before = tracks.mixture.clusters[0].tracks[0].locals[0]
                .state
                .mover
                .clone();
            tracks.hear(&config, &word(1.0, 0.95), &mut Counters::default());
            let after = &tracks.mixture.clusters[0].tracks[0].locals[0].state.mover;
            let nearer_m = before.state.mean[0] - after.state.mean[0];
            assert_eq!(nearer_m > 50.0, moves, "{nearer_m}");
            let narrower = after.horizontal_sigma_m() < before.horizontal_sigma_m();
            assert_eq!(narrower, moves);
        }
    }
}

//! What a person's sighting does to the tracks.
//!
//! With π the trust in the person, F(x) how much likelier the direction told is of a thing in
//! state x than any direction (`measure/sighting`), G(c) the same of the category told and a thing
//! of class c, and things sighted as a Poisson process, a sighting is false or of something
//! unknown with the density 1 − π, and of track i with π A_i, A_i = E[r F G]. A track then
//! stands beside B_i = 1 − π + π Σ_{k≠i} A_k, and the sighting weighs
//!
//! ```text
//! its state x     [(B_i + π F(x) G)/B_i]^w
//! not being       1
//! ```
//!
//! so no sighting lowers what a track is believed: that people do not point at a thing says
//! almost nothing. w tempers what people of one place say together (`people`), and a
//! hypothesis' share is cut where it has been told enough: at +3 by new accounts and +5 by
//! all people, as log-likelihoods. A robust likelihood alone would not stop people in league.
//!
//! No sighting begins a track, confirms one, or raises its existence to where another
//! sensor's silence could not undo it.

use super::MeasuredTracks;
use super::heard::{bring_up, marginal};
use crate::measure::Sighting;
use crate::mixture::{Cluster, Local, NONE};
use crate::target::{Target, Testimony};
use crate::{Counters, TrackerConfig};
use lapwing_geo::Ecef;
use lapwing_model::{Class, SensorId, Timestamp};

/// Most that new accounts and all people together may say of a track, log-likelihood.
const NEW_MAX: f64 = 3.0;
const ALL_MAX: f64 = 5.0;
/// A sighting is a track's own where it is likelier its than all else's.
const OWN: f64 = 0.5;
/// People alone raise existence at most to this share of what confirms.
const CONFIRMS_SHARE: f64 = 0.95;
/// A state better known than this is not moved, m.
const PLACED_M: f64 = 100.0;

/// A sighting, and how far it is believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) sensor: SensorId,
    pub(crate) time: Timestamp,
    pub(crate) sighting: Sighting,
    /// Log-likelihood of what they took it for, by class, against any class.
    pub(crate) category: [f64; 6],
    /// Beyond this nobody sees or hears a small aircraft, m.
    pub(crate) reach_m: f64,
    /// π.
    pub(crate) trust: f64,
    /// w.
    pub(crate) share: f64,
    /// Whether next to nothing is known of the account.
    pub(crate) is_new: bool,
}

/// What became of a sighting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Heeded {
    /// Whether any track was told something.
    pub(crate) told: bool,
    /// Where confirmed tracks were about: the probability that one of them was meant.
    pub(crate) meant: Option<f64>,
}

/// A track that may be meant: F·G of each of its hypotheses.
struct Meant {
    cluster: usize,
    track: usize,
    ratios: Vec<f64>,
    /// A.
    mean: f64,
}

impl Said {
    fn reaches(&self, local: &Local<Target>) -> bool {
        let here = Ecef::from(self.sighting.frame.origin()).0;
        (local.state.mover.ecef_at(self.time).0 - here).norm() < self.reach_m
    }

    /// Bring a hypothesis up to the sighting's time; F·G, 0 where nothing can be said.
    fn prepare(&self, config: &TrackerConfig, local: &mut Local<Target>) -> f64 {
        if !self.reaches(local) {
            return 0.0;
        }
        bring_up(config, local, self.time);
        let target = &local.state;
        let ahead_s = self.time.seconds_since(target.mover.time);
        let mover = &target.mover;
        self.sighting
            .mean_ratio(&mover.chart, &mover.state, ahead_s)
            .map_or(0.0, |ratio| ratio * self.category_ratio(target))
    }

    fn category_ratio(&self, target: &Target) -> f64 {
        let classes = target
            .evidence
            .probabilities(target.mover.speed_sigma_mps());
        Class::ALL
            .into_iter()
            .map(|c| classes.of(c) * self.category[c as usize].exp())
            .sum()
    }

    /// What of it a hypothesis may still be told, as a power of its likelihood `gain`.
    fn share_of(&self, testimony: &Testimony, gain: f64) -> f64 {
        let left = ALL_MAX - testimony.all;
        let left = if self.is_new {
            left.min(NEW_MAX - testimony.new)
        } else {
            left
        };
        if gain > 0.0 {
            self.share.min(left.max(0.0) / gain)
        } else {
            self.share
        }
    }

    /// What it says of one hypothesis, beside what else may have been meant; whether anything.
    fn update(
        &self,
        config: &TrackerConfig,
        local: &mut Local<Target>,
        ratio: f64,
        beside: f64,
    ) -> bool {
        let odds = self.trust * ratio / beside;
        let gain = odds.ln_1p();
        let share = self.share_of(&local.state.testimony, gain);
        let says = share * gain;
        if !(says.is_finite() && says > 0.0) {
            return false;
        }
        local.state.testimony.all += says;
        if self.is_new {
            local.state.testimony.new += says;
        }
        let r = local.existence;
        let more = r * says.exp() / (r * says.exp() + 1.0 - r);
        local.existence = more.min(r.max(CONFIRMS_SHARE * config.confirm_existence));
        let own = r * odds / (1.0 + r * odds);
        if own > OWN {
            local.state.heard_by(self.sensor, self.time);
        }
        let category = self.category.map(|l| share * (own * l.exp_m1()).ln_1p());
        local.state.evidence.add_said(category);
        if local.state.mover.horizontal_sigma_m() > PLACED_M {
            let by_class = self.category_ratio(&local.state);
            local
                .state
                .mover
                .soften(config, self.time, |chart, state, back_s| {
                    self.sighting.weigh(chart, state, back_s, |f| {
                        (1.0 + self.trust * f * by_class / beside).powf(share)
                    })
                });
        }
        true
    }
}

impl MeasuredTracks {
    /// Take in a sighting.
    pub(crate) fn sighted(
        &mut self,
        config: &TrackerConfig,
        said: &Said,
        counters: &mut Counters,
    ) -> Heeded {
        let mut near: Vec<Meant> = Vec::new();
        for (c, cluster) in self.mixture.clusters.iter_mut().enumerate() {
            for t in 0..cluster.tracks.len() {
                let locals = &mut cluster.tracks[t].locals;
                if !locals.iter().any(|l| said.reaches(l)) {
                    continue;
                }
                let ratios: Vec<f64> = locals.iter_mut().map(|l| said.prepare(config, l)).collect();
                let mean = marginal(cluster, t, &ratios);
                near.push(Meant {
                    cluster: c,
                    track: t,
                    ratios,
                    mean,
                });
            }
        }
        let total = 1.0 - said.trust + said.trust * near.iter().map(|n| n.mean).sum::<f64>();
        let is_confirmed = |n: &&Meant| {
            let id = self.mixture.clusters[n.cluster].tracks[n.track].id;
            let at = self.entries.binary_search_by_key(&id, |e| e.id);
            at.is_ok_and(|at| self.entries[at].confirmed)
        };
        let confirmed: Vec<f64> = near.iter().filter(is_confirmed).map(|n| n.mean).collect();
        let meant = said.trust * confirmed.iter().sum::<f64>() / total;
        let mut told = false;
        for part in near.chunk_by(|a, b| a.cluster == b.cluster) {
            let Some(first) = part.first() else { continue };
            let cluster = &mut self.mixture.clusters[first.cluster];
            if cluster.log_weights.len() > 1 {
                let of_part: f64 = part.iter().map(|n| n.mean).sum();
                let others = total - said.trust * of_part;
                let says: Vec<f64> = (0..cluster.log_weights.len())
                    .map(|g| {
                        let gain = (said.trust * ratio_in(cluster, g, part) / others).ln_1p();
                        said.cluster_share(cluster, part, gain) * gain
                    })
                    .collect();
                cluster.weigh(&says);
            }
            for n in part {
                let beside = total - said.trust * n.mean;
                for (local, ratio) in cluster.tracks[n.track].locals.iter_mut().zip(&n.ratios) {
                    told |= said.update(config, local, *ratio, beside);
                }
            }
        }
        if let Some(first) = near.first().filter(|_| told) {
            let unconfirming = TrackerConfig {
                confirm_existence: f64::INFINITY,
                ..config.clone()
            };
            self.stand(&unconfirming, first.cluster, counters);
        }
        Heeded {
            told,
            meant: (!confirmed.is_empty()).then_some(meant),
        }
    }
}

impl Said {
    /// The least that any hypothesis of the tracks may still be told.
    fn cluster_share(&self, cluster: &Cluster<Target>, part: &[Meant], gain: f64) -> f64 {
        part.iter()
            .flat_map(|n| &cluster.tracks[n.track].locals)
            .map(|local| self.share_of(&local.state.testimony, gain))
            .fold(self.share, f64::min)
    }
}

/// Σ of r F G over the tracks of a global hypothesis.
fn ratio_in(cluster: &Cluster<Target>, global: usize, part: &[Meant]) -> f64 {
    let choices = cluster.choice(global);
    part.iter()
        .map(|n| {
            let choice = choices[n.track];
            let local = cluster.tracks[n.track].locals.get(usize::from(choice));
            match local.zip(n.ratios.get(usize::from(choice))) {
                Some((local, ratio)) if choice != NONE => local.existence * ratio,
                _ => 0.0,
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::scene::{PLACE, existences, local, now, tracks};
    use lapwing_geo::LocalFrame;

    /// Someone points west of north-west to where the things of these tests were 20 s ago.
    fn said(azimuth_deg: f64, is_new: bool) -> Said {
        Said {
            sensor: SensorId(7),
            time: now(),
            sighting: Sighting {
                frame: LocalFrame::new(PLACE),
                azimuth_rad: azimuth_deg.to_radians(),
                sigma_rad: 20.0_f64.to_radians(),
            },
            category: [0.0; 6],
            reach_m: 4_000.0,
            trust: 1.0 / 3.0,
            share: 1.0,
            is_new,
        }
    }

    fn log_odds(r: f64) -> f64 {
        (r / (1.0 - r)).ln()
    }

    fn tell(all: &mut MeasuredTracks, said: &Said) -> Heeded {
        all.sighted(&TrackerConfig::default(), said, &mut Counters::default())
    }

    /// Against every combination of two things being there or not: what was sighted is one of
    /// those that are there, or false.
    #[test]
    fn existence_is_that_of_every_combination_written_out() {
        let config = TrackerConfig::default();
        let things = [(900.0, 0.3), (1_500.0, 0.2)];
        let locals = things.map(|(east_m, r)| local(east_m, 50.0, r));
        let said = said(120.0, false);
        let ratios = locals.clone().map(|mut l| said.prepare(&config, &mut l));
        assert!(ratios.iter().all(|f| *f > 1.0), "{ratios:?}");
        let (mut total, mut there) = (0.0, [0.0; 2]);
        for combination in 0..4 {
            let mut weight = 1.0;
            let mut density = 1.0 - said.trust;
            for (i, (_, r)) in things.into_iter().enumerate() {
                let is = combination >> i & 1 == 1;
                weight *= if is { r } else { 1.0 - r };
                density += if is { said.trust * ratios[i] } else { 0.0 };
            }
            total += weight * density;
            for (i, sum) in there.iter_mut().enumerate() {
                if combination >> i & 1 == 1 {
                    *sum += weight * density;
                }
            }
        }
        let mut all = tracks(locals.to_vec());
        assert!(tell(&mut all, &said).told);
        for (got, sum) in existences(&all).into_iter().zip(there) {
            assert!((got - sum / total).abs() < 1e-9, "{got} {}", sum / total);
        }
    }

    #[test]
    fn nobody_lowers_existence_by_pointing_elsewhere() {
        let mut all = tracks(vec![local(900.0, 50.0, 0.3)]);
        tell(&mut all, &said(270.0, false));
        let r = existences(&all)[0];
        assert!((0.3..0.32).contains(&r), "{r}");
    }

    /// Whoever says it how often: +3 by new accounts, +5 by all, and never enough to confirm.
    #[test]
    fn people_say_no_more_than_they_may() {
        for (begin, tellers, expected) in [
            (0.01, vec![true], Some(NEW_MAX)),
            (0.01, vec![false], Some(ALL_MAX)),
            (0.01, vec![true, false], Some(ALL_MAX)),
            (0.5, vec![true, false], None),
        ] {
            let mut all = tracks(vec![local(900.0, 50.0, begin)]);
            for is_new in tellers.iter().cycle().take(100 * tellers.len()) {
                tell(&mut all, &said(120.0, *is_new));
            }
            let r = existences(&all)[0];
            match expected {
                Some(gain) => assert!((log_odds(r) - log_odds(begin) - gain).abs() < 1e-6),
                None => assert!((r - CONFIRMS_SHARE * 0.9).abs() < 1e-9, "{r}"),
            }
            assert!(all.iter().all(|seen| !seen.confirmed));
        }
    }

    #[test]
    fn a_vague_track_is_drawn_to_where_they_point_and_a_placed_one_stays() {
        for (sigma_m, moves) in [(300.0, true), (60.0, false)] {
            let mut all = tracks(vec![local(1_500.0, sigma_m, 0.5)]);
            let at = |all: &MeasuredTracks| {
                let mover = &all.mixture.clusters[0].tracks[0].locals[0].state.mover;
                (mover.state.mean.y, mover.horizontal_sigma_m())
            };
            let before = at(&all);
            // it was 1000 m south of here, by what the track says
            tell(&mut all, &said(95.0, false));
            let after = at(&all);
            assert_eq!(after.0 - before.0 > 30.0, moves, "{before:?} {after:?}");
            assert_eq!(after.1 < before.1, moves);
        }
    }

    #[test]
    fn the_category_told_says_what_it_may_be() {
        let drone = |category: [f64; 6]| {
            let mut all = tracks(vec![local(900.0, 50.0, 0.9)]);
            let said = Said {
                category,
                ..said(120.0, false)
            };
            tell(&mut all, &said);
            let target = &all.mixture.clusters[0].tracks[0].locals[0].state;
            let classes = target.evidence.probabilities(1.0);
            classes.of(Class::FixedWingDrone)
        };
        let mut category = [-0.92; 6];
        category[Class::FixedWingDrone as usize] = 1.03;
        assert!(drone(category) > drone([0.0; 6]) + 0.05);
    }
}

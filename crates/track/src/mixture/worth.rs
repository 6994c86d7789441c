//! Which pairs in the gates are worth looking at.
//!
//! Tracks that hardly exist have wide gates, and where they are many their gates hang
//! together all over the sky; most reports in them belong, beyond doubt, to a track that
//! does exist. A pair is left out when an upper bound of its probability is too low.
//!
//! The bound is the first round of belief propagation (Williams and Lau 2014; see
//! `belief`): with w_tj the weight of report j against a miss of track t, all its
//! hypotheses together, the messages begun from ν = 1 rise to their fixed point, so that
//!
//! ```text
//! μ_tj = w_tj / (1 + Σ_{j'≠j} w_tj')      ν_tj = 1 / (1 + Σ_{t'≠t} μ_t'j)
//! ```
//!
//! is too small a claim by the others and w ν too great a weight for the pair.

use super::cluster::{Cluster, NONE};
use super::update::Found;

/// A pair of a track and a report, all hypotheses of the track together.
struct Pair {
    report: u32,
    weight: f64,
    message: f64,
}

/// Take out of `hits`, and of what was `found` of each local hypothesis, the pairs worth
/// less than `least`.
pub(super) fn keep_worthy<S>(
    clusters: &[Cluster<S>],
    reports: u32,
    least: f64,
    found: &mut [Found],
    hits: &mut Vec<(u32, f64)>,
) {
    let reports = reports as usize;
    let mut pairs: Vec<Pair> = Vec::with_capacity(hits.len());
    let mut ends: Vec<usize> = Vec::new();
    let mut claimed = vec![1.0_f64; reports];
    let mut sums = vec![0.0_f64; reports];
    let mut touched: Vec<u32> = Vec::new();
    let mut shares: Vec<f64> = Vec::new();
    let mut firsts: Vec<usize> = Vec::new();
    let mut at = 0;
    for cluster in clusters {
        shares.clear();
        firsts.clear();
        for track in &cluster.tracks {
            firsts.push(shares.len());
            shares.resize(shares.len() + track.locals.len(), 0.0);
        }
        for (global, log_weight) in cluster.log_weights.iter().enumerate() {
            let weight = log_weight.exp();
            for (first, choice) in firsts.iter().zip(cluster.choice(global)) {
                if *choice != NONE {
                    shares[first + usize::from(*choice)] += weight;
                }
            }
        }
        for (track, first) in cluster.tracks.iter().zip(&firsts) {
            let shares = &shares[*first..first + track.locals.len()];
            let mut missed = 1.0 - shares.iter().sum::<f64>().min(1.0);
            for (share, found) in shares.iter().zip(&found[at..]) {
                let weight = share * found.miss.exp();
                missed += weight;
                for (report, gain) in &hits[found.from..found.to] {
                    let sum = &mut sums[*report as usize];
                    if *sum == 0.0 {
                        touched.push(*report);
                    }
                    *sum += (weight * gain.exp()).max(f64::MIN_POSITIVE);
                }
            }
            at += track.locals.len();
            let from = pairs.len();
            let mut total = 1.0;
            for report in touched.drain(..) {
                let sum = std::mem::take(&mut sums[report as usize]);
                let weight = (sum / missed.max(f64::MIN_POSITIVE)).min(1e12);
                total += weight;
                pairs.push(Pair {
                    report,
                    weight,
                    message: 0.0,
                });
            }
            for pair in &mut pairs[from..] {
                pair.message = pair.weight / (total - pair.weight).max(1.0);
                claimed[pair.report as usize] += pair.message;
            }
            ends.push(pairs.len());
        }
    }
    // the number of the last track for which a report is worthy
    let mut worthy = vec![usize::MAX; reports];
    let mut begin = 0;
    let mut end = ends.iter().enumerate();
    let mut at = 0;
    let mut to = 0;
    for track in clusters.iter().flat_map(|c| &c.tracks) {
        let Some((number, end)) = end.next() else {
            return;
        };
        for pair in &pairs[begin..*end] {
            let others = (claimed[pair.report as usize] - pair.message).max(1.0);
            if pair.weight >= least * others {
                worthy[pair.report as usize] = number;
            }
        }
        begin = *end;
        for found in &mut found[at..at + track.locals.len()] {
            let from = to;
            for hit in found.from..found.to {
                if worthy[hits[hit].0 as usize] == number {
                    hits[to] = hits[hit];
                    to += 1;
                }
            }
            (found.from, found.to) = (from, to);
        }
        at += track.locals.len();
    }
    hits.truncate(to);
}

//! Marginal probabilities of association by loopy belief propagation (Williams and Lau
//! 2014, *Approximate evaluation of marginal association probabilities with belief
//! propagation*, Fig. 4), for groups too large for hypotheses.
//!
//! Between track i and report j with weight w_ij against a miss of weight 1 and against
//! a report of clutter or something new of weight 1:
//!
//! ```text
//! μ_ij = w_ij / (1 + Σ_{j'≠j} w_ij' ν_ij')      ν_ij = 1 / (1 + Σ_{i'≠i} μ_i'j)
//! p_ij = w_ij ν_ij / (1 + Σ_j' w_ij' ν_ij')     p_0j = 1 / (1 + Σ_i μ_ij)
//! ```

/// A pair in a gate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) track: usize,
    pub(super) report: usize,
    /// Weight against a miss and an unassociated report.
    pub(super) weight: f64,
}

/// Marginals of association.
#[derive(Clone, Debug)]
pub(super) struct Marginals {
    /// For each pair, in the order given.
    pub(super) pairs: Vec<f64>,
    /// Probability that each track takes no report.
    pub(super) missed: Vec<f64>,
    /// Probability that each report belongs to no track.
    pub(super) unassociated: Vec<f64>,
}

/// Rounds at most; convergence is geometric.
const ROUNDS_MAX: usize = 200;
/// Largest change of a message at which it has converged.
const CONVERGED: f64 = 1e-6;

/// The marginals of `tracks` tracks and `reports` reports.
pub(super) fn marginals(tracks: usize, reports: usize, pairs: &[Pair]) -> Marginals {
    let mut from_report = vec![1.0_f64; pairs.len()];
    let mut from_track = vec![0.0_f64; pairs.len()];
    let mut by_track = vec![0.0_f64; tracks];
    let mut by_report = vec![0.0_f64; reports];
    for _ in 0..ROUNDS_MAX {
        by_track.fill(1.0);
        for (p, nu) in pairs.iter().zip(&from_report) {
            by_track[p.track] += p.weight * nu;
        }
        by_report.fill(1.0);
        for ((p, nu), mu) in pairs.iter().zip(&from_report).zip(&mut from_track) {
            *mu = p.weight / (by_track[p.track] - p.weight * nu).max(1.0);
            by_report[p.report] += *mu;
        }
        let mut change = 0.0_f64;
        for ((p, nu), mu) in pairs.iter().zip(&mut from_report).zip(&from_track) {
            let new = 1.0 / (by_report[p.report] - mu).max(1.0);
            change = change.max((new - *nu).abs());
            *nu = new;
        }
        if change < CONVERGED {
            break;
        }
    }
    by_track.fill(1.0);
    for (p, nu) in pairs.iter().zip(&from_report) {
        by_track[p.track] += p.weight * nu;
    }
    Marginals {
        pairs: pairs
            .iter()
            .zip(&from_report)
            .map(|(p, nu)| p.weight * nu / by_track[p.track])
            .collect(),
        missed: by_track.iter().map(|s| 1.0 / s).collect(),
        unassociated: by_report.iter().map(|s| 1.0 / s).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a tree belief propagation is exact: two tracks, one report between them, one
    /// of the first alone; counted out by hand.
    #[test]
    fn exact_on_a_tree() {
        let pairs = [(0, 0, 3.0), (0, 1, 5.0), (1, 1, 2.0)].map(|(track, report, weight)| Pair {
            track,
            report,
            weight,
        });
        // (miss, miss) 1, (0, miss) 3, (1, miss) 5, (miss, 1) 2, (0, 1) 6
        let total = 1.0 + 3.0 + 5.0 + 2.0 + 6.0;
        let m = marginals(2, 2, &pairs);
        for (found, expected) in m
            .pairs
            .iter()
            .chain(&m.missed)
            .chain(&m.unassociated)
            .zip([9.0, 5.0, 8.0, 3.0, 9.0, 8.0, 4.0])
        {
            assert!(
                (found - expected / total).abs() < 1e-6,
                "{found} {expected}"
            );
        }
    }

    #[test]
    fn near_the_truth_on_a_square() {
        let pairs =
            [(0, 0, 4.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 4.0)].map(|(track, report, weight)| {
                Pair {
                    track,
                    report,
                    weight,
                }
            });
        // miss both 1; one pair 4 + 1 + 1 + 4; two pairs 16 + 1
        let total = 1.0 + 10.0 + 17.0;
        let m = marginals(2, 2, &pairs);
        assert!((m.pairs[0] - 20.0 / total).abs() < 0.05, "{}", m.pairs[0]);
        assert!((m.missed[0] - 6.0 / total).abs() < 0.05, "{}", m.missed[0]);
    }
}

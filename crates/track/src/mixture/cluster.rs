//! Tracks that depend on one another: their hypotheses, alone and together.

/// The choice of a global hypothesis in which a track is no object at all.
pub(crate) const NONE: u16 = u16::MAX;
/// Local hypotheses that one track may have: as many as can be told apart.
pub(super) const LOCALS_MAX: usize = NONE as usize;

/// A single-target hypothesis.
#[derive(Clone, Debug)]
pub(crate) struct Local<S> {
    /// Probability that the object exists, given the hypothesis.
    pub(crate) existence: f64,
    /// Its state, given that it exists.
    pub(crate) state: S,
}

/// An object that may be: begun by a report, known by a number that never changes.
#[derive(Clone, Debug)]
pub(crate) struct Track<S> {
    /// Its number.
    pub(crate) id: u64,
    /// What it may be.
    pub(crate) locals: Vec<Local<S>>,
}

/// Tracks with a common mixture.
#[derive(Clone, Debug)]
pub(crate) struct Cluster<S> {
    /// The tracks, in the order of the columns of the choices.
    pub(crate) tracks: Vec<Track<S>>,
    /// Log weights of the global hypotheses, normalised, the greatest first.
    pub(crate) log_weights: Vec<f64>,
    /// The local hypothesis of each track ([`NONE`] for none) in each global hypothesis,
    /// row by row.
    pub(super) choices: Vec<u16>,
}

impl<S> Cluster<S> {
    /// One track with one hypothesis.
    pub(crate) fn single(track: Track<S>) -> Self {
        Self {
            tracks: vec![track],
            log_weights: vec![0.0],
            choices: vec![0],
        }
    }

    /// One track, each of its hypotheses as likely as the others.
    #[cfg(test)]
    pub(crate) fn undecided(track: Track<S>) -> Self {
        let count = track.locals.len();
        Self {
            tracks: vec![track],
            log_weights: vec![-(count as f64).ln(); count],
            choices: (0..count).map(|c| c as u16).collect(),
        }
    }

    /// Weigh the global hypotheses by what something else than a scan says of each, as
    /// logarithms.
    pub(crate) fn weigh(&mut self, says: &[f64]) {
        for (weight, says) in self.log_weights.iter_mut().zip(says) {
            *weight += says;
        }
        normalise(&mut self.log_weights);
        if self.log_weights.is_sorted_by(|a, b| a >= b) {
            return;
        }
        let mut order: Vec<usize> = (0..self.log_weights.len()).collect();
        order.sort_by(|a, b| self.log_weights[*b].total_cmp(&self.log_weights[*a]));
        self.choices = order
            .iter()
            .flat_map(|g| self.choice(*g).to_vec())
            .collect();
        self.log_weights = order.iter().map(|g| self.log_weights[*g]).collect();
    }

    /// The choices of a global hypothesis.
    pub(crate) fn choice(&self, global: usize) -> &[u16] {
        let width = self.tracks.len();
        &self.choices[global * width..(global + 1) * width]
    }

    /// Whether it holds nothing but one hypothesis of one track.
    pub(crate) fn is_lone(&self) -> bool {
        self.tracks.len() == 1 && self.tracks[0].locals.len() == 1 && self.log_weights.len() == 1
    }

    /// One cluster of two that are independent: the product of their mixtures, of which
    /// the `most` heaviest pairs are kept.
    pub(super) fn joined(mut self, other: Self, most: usize) -> Self {
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        let floor = self.log_weights[0] + other.log_weights[0] - 25.0;
        for (a, wa) in self.log_weights.iter().enumerate() {
            for (b, wb) in other.log_weights.iter().enumerate() {
                // both are sorted: what comes after is lighter still; of n pairs at
                // least as heavy as this one, all are already there
                if wa + wb < floor || (a + 1) * (b + 1) > most {
                    break;
                }
                pairs.push((wa + wb, a, b));
            }
        }
        pairs.sort_by(|x, y| y.0.total_cmp(&x.0));
        pairs.truncate(most.max(1));
        let mut choices =
            Vec::with_capacity(pairs.len() * (self.tracks.len() + other.tracks.len()));
        for (_, a, b) in &pairs {
            choices.extend_from_slice(self.choice(*a));
            choices.extend_from_slice(other.choice(*b));
        }
        self.tracks.extend(other.tracks);
        self.choices = choices;
        self.log_weights = pairs.into_iter().map(|p| p.0).collect();
        normalise(&mut self.log_weights);
        self
    }

    /// The expected sum of a value over the objects of the hypotheses.
    pub(crate) fn expectation(&self, value: impl Fn(&Local<S>) -> f64) -> f64 {
        let mut all = 0.0;
        for (global, log_weight) in self.log_weights.iter().enumerate() {
            let sum: f64 = self
                .tracks
                .iter()
                .zip(self.choice(global))
                .filter_map(|(track, choice)| track.locals.get(usize::from(*choice)))
                .map(&value)
                .sum();
            all += log_weight.exp() * sum;
        }
        all
    }
}

/// Let log weights stand for weights of sum 1.
pub(super) fn normalise(log_weights: &mut [f64]) {
    let greatest = log_weights
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = log_weights.iter().map(|w| (w - greatest).exp()).sum();
    let total = greatest + sum.ln();
    for w in log_weights {
        *w -= total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(id: u64, weights: &[f64]) -> Cluster<()> {
        Cluster {
            tracks: vec![Track {
                id,
                locals: vec![
                    Local {
                        existence: 0.5,
                        state: (),
                    };
                    weights.len()
                ],
            }],
            log_weights: weights.iter().map(|w| w.ln()).collect(),
            choices: (0..weights.len()).map(|c| c as u16).collect(),
        }
    }

    #[test]
    fn the_joint_of_independent_clusters_is_their_product() {
        let joint = cluster(1, &[0.7, 0.3]).joined(cluster(2, &[0.6, 0.4]), 100);
        let found: Vec<(f64, Vec<u16>)> = (0..4)
            .map(|g| {
                let weight = (joint.log_weights[g].exp() * 1e6).round() / 1e6;
                (weight, joint.choice(g).to_vec())
            })
            .collect();
        assert_eq!(
            found,
            [
                (0.42, vec![0, 0]),
                (0.28, vec![0, 1]),
                (0.18, vec![1, 0]),
                (0.12, vec![1, 1]),
            ]
        );
    }

    #[test]
    fn the_heaviest_pairs_are_kept() {
        let joint = cluster(1, &[0.7, 0.3]).joined(cluster(2, &[0.6, 0.4]), 2);
        let rows: Vec<&[u16]> = (0..2).map(|g| joint.choice(g)).collect();
        assert_eq!(rows, [[0, 0], [0, 1]]);
        assert!((joint.log_weights.iter().map(|w| w.exp()).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

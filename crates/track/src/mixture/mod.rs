//! A Poisson multi-Bernoulli mixture over clusters, without knowledge of what a state is.
//!
//! The objects that have been detected at least once are a mixture of multi-Bernoulli
//! densities (Williams 2015, *Marginal multi-Bernoulli filters*; García-Fernández,
//! Williams, Granström and Svensson 2018, *Poisson multi-Bernoulli mixture filter:
//! direct derivation and implementation*, whose terms are used here):
//!
//! | term | here |
//! |---|---|
//! | Bernoulli component, "track" | [`Track`]: begun by one report |
//! | single-target hypothesis | [`Local`]: existence and state, given which reports were its own |
//! | global hypothesis | a row of [`Cluster`]: one local hypothesis of each track, and a weight |
//!
//! The mixture is a product over clusters: tracks whose gates share no report, and that
//! owe each other nothing from before, are independent and are kept apart. A step costs
//! what the ambiguity in it costs, and each cluster has the whole budget of hypotheses.
//!
//! | file | one idea |
//! |---|---|
//! | `cluster` | tracks, their hypotheses, and the joining of clusters |
//! | `enumerate` | the best children of all global hypotheses, by branch and bound |
//! | `murty` | the k best of one hypothesis, where branch and bound would take too long |
//! | `belief` | marginal probabilities by belief propagation, where there are too many tracks for either |
//! | `update` | what a scan does to the mixture |
//! | `worth` | which pairs in the gates are worth looking at |
//! | `table` | the gains of the pairs in a group's gates |
//! | `hypotheses` | the update of a group by global hypotheses |
//! | `marginal` | its update by marginal probabilities |
//! | `reduce` | pruning, merging of what is alike, and falling apart |

mod belief;
mod cluster;
mod enumerate;
mod hypotheses;
mod marginal;
mod murty;
mod reduce;
mod table;
mod update;
mod worth;

pub(crate) use cluster::{Cluster, Local, NONE, Track};
pub(crate) use update::Mixture;

/// What one look at the sky says, in terms of one state at a time.
pub(crate) trait Scan<S> {
    /// Probability that an object in this state is reported by this look; 0 where the
    /// look cannot see.
    fn detection(&self, state: &S) -> f64;

    /// Push (report, log-likelihood of the report given the state) for each report in
    /// the gate of the state.
    fn associate(&self, state: &S, hits: &mut Vec<(u32, f64)>);

    /// The state given that the report is its own.
    fn updated(&self, state: &S, report: u32) -> S;

    /// The state given that it was looked at and not reported.
    fn missed(&self, state: &S) -> S;

    /// The same, in its place.
    fn miss(&self, state: &mut S) {
        *state = self.missed(state);
    }

    /// What the report is when it belongs to no known track.
    fn arrival(&self, report: u32) -> Arrival;

    /// The state of the object that the report would be the first of.
    fn newborn(&self, report: u32) -> S;

    /// One state for several that are weighted (positive weights of any sum), by moments.
    fn merged(&self, parts: &[(f64, &S)]) -> S;

    /// Whether two states are as good as the same.
    fn alike(&self, a: &S, b: &S) -> bool;
}

/// A report as the first of something new, or as clutter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// ln(λ + e): density of clutter and of undetected objects at the report.
    pub(crate) log_density: f64,
    /// e / (λ + e).
    pub(crate) existence: f64,
}

/// How much the mixture may keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Budget {
    /// Global hypotheses of a cluster.
    pub(crate) hypotheses: usize,
    /// Least weight of a global hypothesis in its cluster.
    pub(crate) weight_min: f64,
    /// Least probability of existence of a local hypothesis.
    pub(crate) existence_min: f64,
    /// Tracks with reports in their gates beyond which a group is updated by belief
    /// propagation instead.
    pub(crate) tracks_max: usize,
    /// Nodes that the search for hypotheses may visit in one group before it goes on
    /// with Murty's algorithm.
    pub(crate) nodes_max: usize,
    /// Mutual information, nats, below which parts of a cluster that share no report
    /// are taken for independent.
    pub(crate) information_min: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            hypotheses: 200,
            weight_min: 1e-4,
            existence_min: 1e-5,
            tracks_max: 40,
            nodes_max: 20_000,
            information_min: 1e-2,
        }
    }
}

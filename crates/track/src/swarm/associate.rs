//! Which tracks compete for which detections: the scene falls into components, each solved alone.
//!
//! A track with one candidate that nobody else wants is solved where it stands. All others are
//! grouped by union-find over the detections (Tarjan 1975), each component's tracks and edges
//! side by side and in cell order, so that components can be solved in any order on any number
//! of threads with the same result.

use std::sync::atomic::{AtomicU32, Ordering};

use super::gate::Edge;
use super::propagate::Solver;

/// The edges of a run of consecutive tracks, as one thread found them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    /// The first track.
    pub(crate) first: usize,
    pub(crate) edges: Vec<Edge>,
    /// Per track: where its edges end.
    pub(crate) ends: Vec<u32>,
}

/// A track that competes, within its component.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rival {
    /// Where its edges begin in [`Contest::edges`].
    pub(crate) begin: u32,
    pub(crate) count: u32,
}

/// Tracks that share candidates, directly or through others.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Component {
    rivals: u32,
    edges: u32,
}

/// A track before its component is known in full.
#[derive(Clone, Copy, Debug)]
struct Entry {
    track: u32,
    run: u32,
    begin: u32,
    count: u32,
    root: u32,
}

/// In [`Contest::at`]: the track's edges are where its run found them.
pub(crate) const ALONE: u32 = u32::MAX;

/// All components of a scan. Buffers are kept from scan to scan.
#[derive(Debug, Default)]
pub(crate) struct Contest {
    /// Detections: how many tracks want each.
    wanted: Vec<u32>,
    parent: Vec<u32>,
    /// Per root detection: rivals and edges, then where the next ones go.
    sizes: Vec<Component>,
    entries: Vec<Entry>,
    /// Where each component begins; one more than components.
    components: Vec<Component>,
    pub(crate) rivals: Vec<Rival>,
    pub(crate) edges: Vec<Edge>,
    /// Per track: where its edges begin in `edges`, or [`ALONE`].
    pub(crate) at: Vec<u32>,
    /// Per detection, as bits of a float: probability that it is of no known track.
    pub(crate) unclaimed: Vec<AtomicU32>,
}

fn root(parent: &mut [u32], mut j: u32) -> u32 {
    while parent[j as usize] != j {
        // path halving
        let above = parent[parent[j as usize] as usize];
        parent[j as usize] = above;
        j = above;
    }
    j
}

impl Contest {
    /// Finds the components of a scan's edges.
    pub(crate) fn gather(&mut self, runs: &[Run], tracks: usize, detections: usize) {
        self.wanted.clear();
        self.wanted.resize(detections, 0);
        self.parent.clear();
        self.parent.extend(0..detections as u32);
        self.sizes.clear();
        self.sizes.resize(detections, Component::default());
        self.unclaimed.clear();
        let sure = 1.0_f32.to_bits();
        self.unclaimed
            .resize_with(detections, || AtomicU32::new(sure));
        self.at.clear();
        self.at.resize(tracks, ALONE);

        for edge in runs.iter().flat_map(|run| &run.edges) {
            self.wanted[edge.detection as usize] += 1;
        }
        for run in runs {
            let mut begin = 0;
            for end in &run.ends {
                let edges = &run.edges[begin..*end as usize];
                begin = *end as usize;
                let Some((first, others)) = edges.split_first() else {
                    continue;
                };
                for other in others {
                    let a = root(&mut self.parent, first.detection);
                    let b = root(&mut self.parent, other.detection);
                    self.parent[a.max(b) as usize] = a.min(b);
                }
            }
        }
        self.enter(runs);
        self.arrange(runs);
    }

    /// Lists the tracks that compete and sizes the components.
    fn enter(&mut self, runs: &[Run]) {
        self.entries.clear();
        for (r, run) in runs.iter().enumerate() {
            let mut begin = 0;
            for (i, end) in (run.first..).zip(&run.ends) {
                let count = *end - begin;
                let from = begin;
                begin = *end;
                if count == 0 {
                    continue;
                }
                let first = run.edges[from as usize].detection;
                if count == 1 && self.wanted[first as usize] == 1 {
                    continue;
                }
                let root = root(&mut self.parent, first);
                let size = &mut self.sizes[root as usize];
                size.rivals += 1;
                size.edges += count;
                self.entries.push(Entry {
                    track: i as u32,
                    run: r as u32,
                    begin: from,
                    count,
                    root,
                });
            }
        }
    }

    /// Puts each component's tracks and edges side by side.
    fn arrange(&mut self, runs: &[Run]) {
        self.components.clear();
        let mut next = Component::default();
        for size in &mut self.sizes {
            if size.rivals > 0 {
                self.components.push(next);
                let begin = next;
                next.rivals += size.rivals;
                next.edges += size.edges;
                *size = begin;
            }
        }
        self.components.push(next);
        self.rivals.clear();
        self.rivals.resize(next.rivals as usize, Rival::default());
        self.edges.clear();
        self.edges.resize(next.edges as usize, Edge::default());
        for entry in &self.entries {
            let place = &mut self.sizes[entry.root as usize];
            self.rivals[place.rivals as usize] = Rival {
                begin: place.edges,
                count: entry.count,
            };
            self.at[entry.track as usize] = place.edges;
            let from = &runs[entry.run as usize].edges
                [entry.begin as usize..(entry.begin + entry.count) as usize];
            self.edges[place.edges as usize..][..from.len()].copy_from_slice(from);
            place.rivals += 1;
            place.edges += entry.count;
        }
    }

    /// Solves all components with as many threads as there are solvers: each pair's weight
    /// becomes its probability.
    pub(crate) fn solve(&mut self, solvers: &mut [Solver], is_shared: bool) {
        let Self {
            components,
            rivals,
            edges,
            unclaimed,
            ..
        } = self;
        let all = components.last().copied().unwrap_or_default().edges as usize;
        let detections = unclaimed.len();
        let parts = solvers.len();
        let unclaimed: &[AtomicU32] = unclaimed;
        let rivals: &[Rival] = rivals;
        let work = |solver: &mut Solver, ranges: &[Component], edges: &mut [Edge]| {
            solver.prepare(detections);
            let base = ranges.first().map_or(0, |c| c.edges);
            for range in ranges.windows(2) {
                let [from, to] = [range[0], range[1]];
                let rivals = &rivals[from.rivals as usize..to.rivals as usize];
                let edges = &mut edges[(from.edges - base) as usize..(to.edges - base) as usize];
                solver.solve(rivals, from.edges, edges, unclaimed);
            }
        };
        if !is_shared {
            if let Some(solver) = solvers.first_mut() {
                work(solver, components, edges);
            }
            return;
        }
        rayon::scope(|scope| {
            let mut rest: &mut [Edge] = edges;
            let mut begin = 0;
            for (part, solver) in solvers.iter_mut().enumerate() {
                let target = (all * (part + 1) / parts) as u32;
                let end = if part + 1 == parts {
                    components.len() - 1
                } else {
                    components.partition_point(|c| c.edges < target).max(begin)
                };
                let ranges = &components[begin..=end];
                let length = (components[end].edges - components[begin].edges) as usize;
                let (mine, others) = std::mem::take(&mut rest).split_at_mut(length);
                rest = others;
                begin = end;
                scope.spawn(move |_| work(solver, ranges, mine));
            }
        });
    }

    /// Probability that a detection is of no known track.
    #[inline(always)]
    pub(crate) fn left_of(&self, detection: usize) -> f32 {
        f32::from_bits(self.unclaimed[detection].load(Ordering::Relaxed))
    }

    pub(crate) fn bytes(&self) -> usize {
        (self.wanted.capacity() + self.parent.capacity() + self.at.capacity()) * 4
            + self.unclaimed.capacity() * 4
            + (self.sizes.capacity() + self.components.capacity()) * size_of::<Component>()
            + self.entries.capacity() * size_of::<Entry>()
            + self.rivals.capacity() * size_of::<Rival>()
            + self.edges.capacity() * size_of::<Edge>()
    }
}

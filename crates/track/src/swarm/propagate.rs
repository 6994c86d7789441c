//! The probability of each pair of track and detection within one component.
//!
//! Belief propagation (Williams and Lau 2014) where the component is a tree, for there it is
//! exact, or where it is too large for anything else; enumeration of the joint associations
//! where it is small and has a cycle. Messages are in double precision: one detection may be a
//! million times likelier than all others together, and what the others are worth must survive.

use std::sync::atomic::{AtomicU32, Ordering};

use super::associate::Rival;
use super::config::{ENUMERATE_DETECTIONS_MAX, ENUMERATE_MAX, TOLERANCE, rounds_max};
use super::gate::Edge;

/// Buffers of one thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Solver {
    /// Per detection of the scan: its number in the component being solved, if it is of it.
    local: Vec<u32>,
    /// The component's detections.
    members: Vec<u32>,
    /// Per edge: its detection's number in the component.
    ends: Vec<u32>,
    to_track: Vec<f64>,
    to_detection: Vec<f64>,
    at_detection: Vec<f64>,
    sums: Vec<f64>,
}

impl Solver {
    /// Makes room for a scan's detections.
    pub(crate) fn prepare(&mut self, detections: usize) {
        if self.local.len() < detections {
            self.local.resize(detections, 0);
        }
    }

    /// Solves one component: `edges` are its own, the first of which is number `base`.
    pub(crate) fn solve(
        &mut self,
        rivals: &[Rival],
        base: u32,
        edges: &mut [Edge],
        unclaimed: &[AtomicU32],
    ) {
        self.number(edges);
        let nodes = rivals.len() + self.members.len();
        let is_tree = edges.len() + 1 == nodes;
        let joint = rivals.iter().try_fold(1_usize, |n, r| {
            let n = n * (r.count as usize + 1);
            (n <= ENUMERATE_MAX).then_some(n)
        });
        self.at_detection.clear();
        self.at_detection.resize(self.members.len(), 1.0);
        let is_short = joint.is_some() && self.members.len() <= ENUMERATE_DETECTIONS_MAX;
        if is_tree || !is_short {
            self.propagate(rivals, base, edges);
        } else {
            self.enumerate(rivals, base, edges);
        }
        for (detection, left) in self.members.iter().zip(&self.at_detection) {
            let bits = (*left as f32).to_bits();
            unclaimed[*detection as usize].store(bits, Ordering::Relaxed);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let doubles = [
            &self.to_track,
            &self.to_detection,
            &self.at_detection,
            &self.sums,
        ];
        (self.local.capacity() + self.members.capacity() + self.ends.capacity()) * 4
            + doubles.iter().map(|v| v.capacity() * 8).sum::<usize>()
    }

    fn number(&mut self, edges: &[Edge]) {
        self.members.clear();
        self.ends.clear();
        for edge in edges {
            let known = self.local[edge.detection as usize];
            let is_known = self.members.get(known as usize) == Some(&edge.detection);
            let number = if is_known {
                known
            } else {
                let number = self.members.len() as u32;
                self.local[edge.detection as usize] = number;
                self.members.push(edge.detection);
                number
            };
            self.ends.push(number);
        }
    }

    /// Leaves probabilities in `edges`, and of "no known track" in `at_detection`.
    fn propagate(&mut self, rivals: &[Rival], base: u32, edges: &mut [Edge]) {
        let Self {
            ends,
            to_track,
            to_detection,
            at_detection,
            ..
        } = self;
        to_track.clear();
        to_track.resize(edges.len(), 1.0);
        to_detection.clear();
        to_detection.resize(edges.len(), 0.0);
        for _ in 0..rounds_max(edges.len()) {
            at_detection.fill(1.0);
            for rival in rivals {
                let begin = (rival.begin - base) as usize;
                let range = begin..begin + rival.count as usize;
                let mut sum = 1.0;
                for e in range.clone() {
                    to_detection[e] = f64::from(edges[e].weight) * to_track[e];
                    sum += to_detection[e];
                }
                for e in range {
                    let message = f64::from(edges[e].weight) / (sum - to_detection[e]);
                    to_detection[e] = message;
                    at_detection[ends[e] as usize] += message;
                }
            }
            let mut is_settled = true;
            for ((message, old), end) in to_detection.iter().zip(to_track.iter_mut()).zip(&*ends) {
                let new = 1.0 / (at_detection[*end as usize] - message);
                is_settled &= (new - *old).abs() <= TOLERANCE * *old;
                *old = new;
            }
            if is_settled {
                break;
            }
        }
        at_detection.fill(1.0);
        for rival in rivals {
            let begin = (rival.begin - base) as usize;
            let range = begin..begin + rival.count as usize;
            let mut sum = 1.0;
            for e in range.clone() {
                sum += f64::from(edges[e].weight) * to_track[e];
            }
            for e in range {
                let p = f64::from(edges[e].weight) * to_track[e] / sum;
                at_detection[ends[e] as usize] -= p;
                edges[e].weight = p as f32;
            }
        }
        for left in at_detection {
            *left = left.max(0.0);
        }
    }

    fn enumerate(&mut self, rivals: &[Rival], base: u32, edges: &mut [Edge]) {
        self.sums.clear();
        self.sums.resize(edges.len(), 0.0);
        let total = visit(rivals, base, edges, &self.ends, 0, 1.0, &mut self.sums);
        for ((edge, sum), end) in edges.iter_mut().zip(&self.sums).zip(&self.ends) {
            let p = sum / total;
            edge.weight = p as f32;
            let left = &mut self.at_detection[*end as usize];
            *left = (*left - p).max(0.0);
        }
    }
}

/// Sum of the weights of all joint associations of `rivals` that leave `taken` alone; adds to
/// each edge's sum those that hold it. `taken` has a bit for each detection.
fn visit(
    rivals: &[Rival],
    base: u32,
    edges: &[Edge],
    ends: &[u32],
    taken: u64,
    weight: f64,
    sums: &mut [f64],
) -> f64 {
    let Some((rival, others)) = rivals.split_first() else {
        return weight;
    };
    let mut total = visit(others, base, edges, ends, taken, weight, sums);
    let begin = (rival.begin - base) as usize;
    for e in begin..begin + rival.count as usize {
        let bit = 1_u64 << ends[e];
        if taken & bit == 0 {
            let next = weight * f64::from(edges[e].weight);
            let found = visit(others, base, edges, ends, taken | bit, next, sums);
            sums[e] += found;
            total += found;
        }
    }
    total
}

//! One scan after the other: the passes of the filter, and how threads share them.
//!
//! ```text
//! sort detections ─ gather, predict, gate ─ find components ─ solve them ─ update ─ births, order
//!                   (runs of blocks)                          (runs)      (runs of blocks)
//! ```
//!
//! A pass over tracks is split into runs of whole blocks, and a track's result depends on that
//! track, the detections and its component alone, never on the split: any number of threads gives
//! the same bits.

use std::sync::atomic::Ordering;

use super::associate::{ALONE, Contest, Run};
use super::config::{Background, Config, Thresholds};
use super::gate::{Search, candidates};
use super::grid::{Cell, Detections, Grid};
use super::lanes::LANES;
use super::predict::{Kernel, predict};
use super::propagate::Solver;
use super::tracks::{
    Block, CXX, CXY, CYX, CYY, MU, Order, PER_MODE, PXX, PXY, PYY, SEED, Seed, Tracks, VX, VXX,
    VXY, VY, VYY, X, Y,
};
use super::update::update;

/// The filter with `M` modes and `F` = 15 M + 1 quantities a track.
#[derive(Debug)]
pub(crate) struct Filter<const M: usize, const F: usize> {
    config: Config,
    kernel: Kernel<M>,
    pub(crate) grid: Grid,
    tracks: Tracks<F>,
    /// The scan before, and what the next one is written into.
    spare: Tracks<F>,
    seeds: Vec<Seed>,
    order: Order,
    pub(crate) detections: Detections,
    runs: Vec<Run>,
    contest: Contest,
    solvers: Vec<Solver>,
    undetected: f64,
    next_id: u64,
    pub(crate) scans: u64,
}

/// Tracks or detections that are worth a second thread.
const SHARED_MIN: usize = 2_000;

impl<const M: usize, const F: usize> Filter<M, F> {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            kernel: Kernel::new(&config),
            grid: Grid::new(&config),
            tracks: Tracks::default(),
            spare: Tracks::default(),
            seeds: Vec::new(),
            order: Order::default(),
            detections: Detections::default(),
            runs: vec![Run::default(); config.threads],
            contest: Contest::default(),
            solvers: vec![Solver::default(); config.threads],
            undetected: 0.0,
            next_id: 0,
            scans: 0,
            config,
        }
    }

    /// Adds a track that surely exists; `covariance` in the order x, vx, y, vy.
    pub(crate) fn start(&mut self, state: [f64; 4], covariance: &[[f64; 4]; 4]) -> bool {
        let Some((cell, [x, y])) = self.grid.locate([state[0], state[2]]) else {
            return false;
        };
        let i = self.tracks.len();
        self.tracks.resize(i + 1);
        self.tracks.cells[i] = cell;
        self.tracks.ids[i] = self.next_id;
        self.next_id += 1;
        // this file's order of components is x, y, vx, vy
        let p = |a: usize, b: usize| covariance[[0, 2, 1, 3][a]][[0, 2, 1, 3][b]] as f32;
        let numbers = [
            x,
            y,
            state[1] as f32,
            state[3] as f32,
            p(0, 0),
            p(0, 1),
            p(1, 1),
            p(0, 2),
            p(0, 3),
            p(1, 2),
            p(1, 3),
            p(2, 2),
            p(2, 3),
            p(3, 3),
        ];
        let block = &mut self.tracks.blocks[i / LANES];
        for m in 0..M {
            for (field, number) in numbers.iter().enumerate() {
                block.0[m * PER_MODE + field][i % LANES] = *number;
            }
            block.0[m * PER_MODE + MU][i % LANES] = self.kernel.initial[m];
        }
        block.0[F - 1][i % LANES] = 1.0;
        true
    }

    /// Takes in one scan.
    pub(crate) fn step(&mut self, points: &[[f64; 2]]) {
        let is_first = self.scans == 0;
        self.undetected = if is_first {
            self.config.birth.initial_expected
        } else {
            self.undetected * self.config.survival
        };
        self.undetected += self.config.birth.uniform_per_scan;
        self.scans += 1;
        if is_first {
            self.sort_tracks(0.0);
        }
        let background = Background::of(&self.config, self.undetected);
        let parts = if points.len() < SHARED_MIN {
            1
        } else {
            self.config.threads
        };
        self.detections
            .sort(&self.grid, &self.config, &background, points, parts);
        let is_shared = self.config.threads > 1 && self.order.sources.len() >= SHARED_MIN;
        let thresholds = Thresholds::of(&self.config, &background[0]);
        let search = Search {
            pair_min: thresholds.pair as f32,
            rarity: [&background[0], &background[1]].map(|b| (1.0 / b.weight) as f32),
        };
        self.predict_and_gate(is_first, is_shared, search);
        self.contest
            .gather(&self.runs, self.tracks.len(), self.detections.sorted.len());
        self.contest.solve(&mut self.solvers, is_shared);
        self.update(is_shared);
        self.give_birth(&background, thresholds.birth as f32);
        self.undetected *= 1.0 - self.config.detection;
        self.sort_tracks(thresholds.existence as f32);
    }

    fn sort_tracks(&mut self, existence_min: f32) {
        let is_shared = self.tracks.len() + self.seeds.len() >= SHARED_MIN;
        self.order.sort(
            &self.grid,
            &self.tracks,
            existence_min.max(f32::MIN_POSITIVE),
            &self.seeds,
            if is_shared { self.config.threads } else { 1 },
        );
    }

    /// Blocks in each run.
    fn share(&self, is_shared: bool) -> usize {
        let parts = if is_shared { self.config.threads } else { 1 };
        self.order
            .sources
            .len()
            .div_ceil(LANES)
            .div_ceil(parts)
            .max(1)
    }

    #[inline(never)]
    fn predict_and_gate(&mut self, is_first: bool, is_shared: bool, search: Search) {
        let share = self.share(is_shared);
        let Self {
            tracks: old,
            spare: new,
            order,
            seeds,
            kernel,
            grid,
            detections,
            runs,
            ..
        } = self;
        let (old, order, seeds): (&Tracks<F>, &[u32], &[Seed]) = (old, &order.sources, seeds);
        new.resize(order.len());
        let work = |part: usize,
                    run: &mut Run,
                    blocks: &mut [Block<F>],
                    cells: &mut [Cell],
                    ids: &mut [u64]| {
            run.first = part * share * LANES;
            run.edges.clear();
            run.ends.clear();
            // lanes beyond the last track keep what they have: sound numbers, never read
            let mut gathered = Block::EMPTY;
            let order = &order[run.first..][..cells.len()];
            for (((block, cells), ids), sources) in blocks
                .iter_mut()
                .zip(cells.chunks_mut(LANES))
                .zip(ids.chunks_mut(LANES))
                .zip(order.chunks(LANES))
            {
                for (k, source) in sources.iter().enumerate() {
                    if source & SEED == 0 {
                        let i = *source as usize;
                        let from = &old.blocks[i / LANES].0;
                        let lane = i % LANES;
                        for (to, from) in gathered.0.iter_mut().zip(from) {
                            to[k] = from[lane];
                        }
                        cells[k] = old.cells[i];
                        ids[k] = old.ids[i];
                    } else {
                        let seed = &seeds[(source & !SEED) as usize];
                        sow(kernel, &mut gathered, k, seed);
                        cells[k] = seed.cell;
                        ids[k] = seed.id;
                    }
                }
                if is_first {
                    *block = gathered;
                } else {
                    predict(kernel, &gathered, block);
                }
                candidates(kernel, grid, detections, &search, (block, cells), run);
            }
        };
        let blocks = new.blocks.chunks_mut(share);
        let cells = new.cells.chunks_mut(share * LANES);
        let ids = new.ids.chunks_mut(share * LANES);
        for run in runs.iter_mut() {
            run.edges.clear();
            run.ends.clear();
        }
        let parts = runs.iter_mut().zip(blocks).zip(cells).zip(ids).enumerate();
        if is_shared {
            rayon::scope(|scope| {
                for (part, (((run, blocks), cells), ids)) in parts {
                    scope.spawn(move |_| work(part, run, blocks, cells, ids));
                }
            });
        } else {
            for (part, (((run, blocks), cells), ids)) in parts {
                work(part, run, blocks, cells, ids);
            }
        }
        std::mem::swap(&mut self.tracks, &mut self.spare);
    }

    #[inline(never)]
    fn update(&mut self, is_shared: bool) {
        let share = self.share(is_shared);
        let Self {
            tracks,
            kernel,
            grid,
            detections,
            runs,
            contest,
            ..
        } = self;
        let contest: &Contest = contest;
        let work = |run: &mut Run, blocks: &mut [Block<F>], cells: &mut [Cell]| {
            let mut begin = 0;
            for (number, (block, cells)) in
                blocks.iter_mut().zip(cells.chunks_mut(LANES)).enumerate()
            {
                let first = number * LANES;
                let ends = &run.ends[first..first + cells.len()];
                // alone with one detection: the weight becomes its probability here
                let mut from = begin;
                for (k, end) in ends.iter().enumerate() {
                    let is_alone = contest.at[run.first + first + k] == ALONE;
                    if is_alone && from < *end {
                        let edge = &mut run.edges[from as usize];
                        let left = 1.0 / (1.0 + edge.weight);
                        edge.weight *= left;
                        contest.unclaimed[edge.detection as usize]
                            .store(left.to_bits(), Ordering::Relaxed);
                    }
                    from = *end;
                }
                let found = &run.edges;
                update(kernel, grid, detections, block, cells, |k| {
                    let from = if k == 0 { begin } else { ends[k - 1] };
                    let count = (ends[k] - from) as usize;
                    match contest.at[run.first + first + k] {
                        ALONE => &found[from as usize..][..count],
                        at => &contest.edges[at as usize..][..count],
                    }
                });
                begin = from;
            }
        };
        let blocks = tracks.blocks.chunks_mut(share);
        let cells = tracks.cells.chunks_mut(share * LANES);
        let parts = runs.iter_mut().zip(blocks).zip(cells);
        if is_shared {
            rayon::scope(|scope| {
                for ((run, blocks), cells) in parts {
                    scope.spawn(move |_| work(run, blocks, cells));
                }
            });
        } else {
            for ((run, blocks), cells) in parts {
                work(run, blocks, cells);
            }
        }
    }

    #[inline(never)]
    fn give_birth(&mut self, background: &[Background; 2], existence_min: f32) {
        self.seeds.clear();
        let [inside, outside] = background.map(|b| b.existence as f32);
        let rare_outside = (1.0 / background[1].weight) as f32;
        for (j, detection) in self.detections.sorted.iter().enumerate() {
            let is_outside = detection.rarity == rare_outside;
            let prior = if is_outside { outside } else { inside };
            let existence = prior * self.contest.left_of(j);
            if existence >= existence_min {
                self.seeds.push(Seed {
                    x: detection.x,
                    y: detection.y,
                    cell: detection.cell,
                    existence,
                    id: self.next_id,
                });
                self.next_id += 1;
            }
        }
    }

    /// Calls `found` with each track's id, existence and state x, vx, y, vy in cell order.
    pub(crate) fn each(&self, threshold: f32, mut found: impl FnMut(u64, f32, [f64; 4])) {
        for (i, (id, cell)) in self.tracks.ids.iter().zip(&self.tracks.cells).enumerate() {
            let existence = self.tracks.get(i, F - 1);
            if existence < threshold {
                continue;
            }
            let mut state = [0.0_f32; 4];
            for m in 0..M {
                let probability = self.tracks.get(i, m * PER_MODE + MU);
                for (value, field) in state.iter_mut().zip([X, Y, VX, VY]) {
                    *value += probability * self.tracks.get(i, m * PER_MODE + field);
                }
            }
            let [x, y] = self.grid.position(*cell, state[0], state[1]);
            found(
                *id,
                existence,
                [x, f64::from(state[2]), y, f64::from(state[3])],
            );
        }
        for seed in self.seeds.iter().filter(|s| s.existence >= threshold) {
            let [x, y] = self.grid.position(seed.cell, seed.x, seed.y);
            found(seed.id, seed.existence, [x, 0.0, y, 0.0]);
        }
    }

    /// Tracks that the next scan will look at.
    pub(crate) fn len(&self) -> usize {
        if self.scans == 0 {
            self.tracks.len()
        } else {
            self.order.sources.len()
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let runs = |run: &Run| run.edges.capacity() * 8 + run.ends.capacity() * 4;
        self.tracks.bytes()
            + self.spare.bytes()
            + self.seeds.capacity() * size_of::<Seed>()
            + self.order.bytes()
            + self.detections.bytes()
            + self.contest.bytes()
            + self.runs.iter().map(runs).sum::<usize>()
            + self.solvers.iter().map(Solver::bytes).sum::<usize>()
    }
}

/// Writes out a newborn.
#[inline(always)]
fn sow<const M: usize, const F: usize>(
    kernel: &Kernel<M>,
    block: &mut Block<F>,
    k: usize,
    seed: &Seed,
) {
    for m in 0..M {
        let at = |field: usize| m * PER_MODE + field;
        block.0[at(X)][k] = seed.x;
        block.0[at(Y)][k] = seed.y;
        block.0[at(PXX)][k] = kernel.variance;
        block.0[at(PXY)][k] = 0.0;
        block.0[at(PYY)][k] = kernel.variance;
        block.0[at(VXX)][k] = kernel.newborn_variance[m];
        block.0[at(VXY)][k] = 0.0;
        block.0[at(VYY)][k] = kernel.newborn_variance[m];
        for field in [VX, VY, CXX, CXY, CYX, CYY] {
            block.0[at(field)][k] = 0.0;
        }
        block.0[at(MU)][k] = kernel.initial[m];
    }
    block.0[F - 1][k] = seed.existence;
}

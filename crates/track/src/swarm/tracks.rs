//! How tracks are kept: structure of arrays in blocks of eight, in cell order.
//!
//! A block holds each quantity of eight tracks side by side, so that kernels read whole vectors
//! and a track's quantities lie within a few cache lines. Two sets of blocks take turns: each
//! scan reads one through `order`, the sorted order of its survivors, and writes the other, so
//! that sorting moves nothing by itself.

use super::grid::{Cell, Grid};
use super::lanes::{LANES, Lanes};
use super::sort::{Bands, NOWHERE};

/// Quantities of one mode in a block, and where: position relative to the cell's corner,
/// velocity, covariance, probability.
pub(crate) const PER_MODE: usize = 15;
pub(crate) const X: usize = 0;
pub(crate) const Y: usize = 1;
pub(crate) const VX: usize = 2;
pub(crate) const VY: usize = 3;
/// Position with position.
pub(crate) const PXX: usize = 4;
pub(crate) const PXY: usize = 5;
pub(crate) const PYY: usize = 6;
/// Position (first letter) with velocity (second).
pub(crate) const CXX: usize = 7;
pub(crate) const CXY: usize = 8;
pub(crate) const CYX: usize = 9;
pub(crate) const CYY: usize = 10;
/// Velocity with velocity.
pub(crate) const VXX: usize = 11;
pub(crate) const VXY: usize = 12;
pub(crate) const VYY: usize = 13;
/// Probability of the mode.
pub(crate) const MU: usize = 14;

/// Eight tracks of `F` = modes · 15 + 1 quantities; the last is existence.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Block<const F: usize>(pub(crate) [[f32; LANES]; F]);

impl<const F: usize> Block<F> {
    pub(crate) const EMPTY: Self = Self([[0.0; LANES]; F]);

    #[inline(always)]
    pub(crate) fn lanes(&self, field: usize) -> Lanes {
        Lanes(self.0[field])
    }

    #[inline(always)]
    pub(crate) fn put(&mut self, field: usize, value: Lanes) {
        self.0[field] = value.0;
    }
}

/// A detection that may be an object never seen before: a track not yet written out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) cell: Cell,
    pub(crate) existence: f32,
    pub(crate) id: u64,
}

/// Tracks of one scan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracks<const F: usize> {
    pub(crate) blocks: Vec<Block<F>>,
    pub(crate) cells: Vec<Cell>,
    pub(crate) ids: Vec<u64>,
}

impl<const F: usize> Tracks<F> {
    /// Makes room for `count` tracks; what is in it is written by the caller.
    pub(crate) fn resize(&mut self, count: usize) {
        self.blocks.resize(count.div_ceil(LANES), Block::EMPTY);
        self.cells.resize(count, Cell::default());
        self.ids.resize(count, 0);
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    #[inline(always)]
    pub(crate) fn get(&self, i: usize, field: usize) -> f32 {
        self.blocks[i / LANES].0[field][i % LANES]
    }

    pub(crate) fn bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<Block<F>>()
            + self.cells.capacity() * 4
            + self.ids.capacity() * 8
    }
}

/// In `order`: not a track but a seed.
pub(crate) const SEED: u32 = 1 << 31;

/// The order that the next scan reads tracks in. Buffers are kept from scan to scan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    /// A track's number, or [`SEED`] and a seed's.
    pub(crate) sources: Vec<u32>,
    starts: Vec<u32>,
    bands: Bands,
}

impl Order {
    /// Sorts survivors and seeds by cell; tracks before seeds within a cell.
    pub(crate) fn sort<const F: usize>(
        &mut self,
        grid: &Grid,
        tracks: &Tracks<F>,
        existence_min: f32,
        seeds: &[Seed],
        parts: usize,
    ) {
        let count = tracks.len();
        let cell = |i: usize| {
            let cell = if i < count {
                if tracks.get(i, F - 1) < existence_min {
                    return NOWHERE;
                }
                tracks.cells[i]
            } else {
                seeds[i - count].cell
            };
            grid.index(cell) as u32
        };
        let make = |i: usize| {
            if i < count {
                i as u32
            } else {
                (i - count) as u32 | SEED
            }
        };
        self.bands.sort(
            parts,
            grid.cells(),
            count + seeds.len(),
            u32::MAX,
            cell,
            make,
            &mut self.starts,
            &mut self.sources,
        );
    }

    pub(crate) fn bytes(&self) -> usize {
        (self.sources.capacity() + self.starts.capacity()) * 4 + self.bands.bytes()
    }
}

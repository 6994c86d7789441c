//! Which detections may be of which tracks, and how likely.

use super::associate::Run;
use super::config::{MISS_MIN, RATIO_MAX};
use super::grid::{Cell, Detection, Detections, Grid};
use super::lanes::{LANES, Lanes};
use super::predict::Kernel;
use super::tracks::{Block, MU, PER_MODE, PXX, PXY, PYY, X, Y};
use std::f32::consts::TAU;

/// Innovation covariances of eight tracks in one mode, inverted.
#[derive(Clone, Copy)]
pub(crate) struct Innovation {
    pub(crate) x: Lanes,
    pub(crate) y: Lanes,
    /// S
    pub(crate) sxx: Lanes,
    pub(crate) sxy: Lanes,
    pub(crate) syy: Lanes,
    /// S⁻¹
    pub(crate) ixx: Lanes,
    pub(crate) ixy: Lanes,
    pub(crate) iyy: Lanes,
    /// Probability of the mode / (2π √|S|).
    pub(crate) peak: Lanes,
}

impl Innovation {
    #[inline(always)]
    pub(crate) fn of<const M: usize, const F: usize>(
        kernel: &Kernel<M>,
        block: &Block<F>,
        m: usize,
    ) -> Self {
        let get = |field: usize| block.lanes(m * PER_MODE + field);
        let sxx = get(PXX) + kernel.variance;
        let sxy = get(PXY);
        let syy = get(PYY) + kernel.variance;
        let inverse = Lanes::all(1.0) / (sxx * syy - sxy * sxy);
        Self {
            x: get(X),
            y: get(Y),
            sxx,
            sxy,
            syy,
            ixx: syy * inverse,
            ixy: Lanes::ZERO - sxy * inverse,
            iyy: sxx * inverse,
            peak: get(MU) * inverse.map(f32::sqrt) * (1.0 / TAU),
        }
    }

    /// Of each mode.
    #[inline(always)]
    pub(crate) fn all<const M: usize, const F: usize>(
        kernel: &Kernel<M>,
        block: &Block<F>,
    ) -> [Self; M] {
        let mut all = [Self::of(kernel, block, 0); M];
        for (m, innovation) in all.iter_mut().enumerate().skip(1) {
            *innovation = Self::of(kernel, block, m);
        }
        all
    }

    /// Squared Mahalanobis distance of an innovation of track `k`.
    #[inline(always)]
    fn square(&self, k: usize, dx: f32, dy: f32) -> f32 {
        dx * (dx * self.ixx.0[k] + 2.0 * dy * self.ixy.0[k]) + dy * dy * self.iyy.0[k]
    }

    /// μ N(z; H x, S) of track `k` for an innovation; 0 outside the gate.
    #[inline(always)]
    pub(crate) fn likelihood(&self, k: usize, dx: f32, dy: f32, gate: f32) -> f32 {
        let square = self.square(k, dx, dy);
        if square <= gate {
            self.peak.0[k] * (-0.5 * square).exp()
        } else {
            0.0
        }
    }
}

/// A detection that a track may have caused.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Edge {
    /// Number of the detection in cell order.
    pub(crate) detection: u32,
    /// Weight against a miss and against the background; later, the probability of the pair.
    pub(crate) weight: f32,
}

/// Position of a detection relative to the corner of another cell.
#[inline(always)]
pub(crate) fn relative(grid: &Grid, detection: &Detection, cell: Cell) -> (f32, f32) {
    let columns = (detection.cell.column() - cell.column()) as f32;
    let rows = (detection.cell.row() - cell.row()) as f32;
    (
        detection.x + columns * grid.side,
        detection.y + rows * grid.side,
    )
}

/// What bounds the search for candidates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    /// Weight that a pair must have.
    pub(crate) pair_min: f32,
    /// Largest rarity of a detection inside the area, and anywhere.
    pub(crate) rarity: [f32; 2],
}

/// Squared distances within which mode by mode a detection can be worth looking at: no farther
/// than the gate, nor than where the mode alone weighs its share of the least weight.
#[inline(always)]
fn reaches<const M: usize, const F: usize>(
    kernel: &Kernel<M>,
    grid: &Grid,
    search: &Search,
    modes: &[Innovation; M],
    scale: Lanes,
    cells: &[Cell],
) -> [[f32; LANES]; M] {
    let mut reaches = [[0.0; LANES]; M];
    let share = M as f32 / search.pair_min;
    for (k, cell) in cells.iter().enumerate().take(LANES) {
        let rarity = search.rarity[usize::from(!grid.is_deep(*cell))];
        for (mode, reach) in modes.iter().zip(&mut reaches) {
            // a little more, for the rounding of logarithm and exponential
            let reach_max = 2.0 * (mode.peak.0[k] * scale.0[k] * rarity * share).ln() + 1e-3;
            reach[k] = kernel.gate.min(reach_max);
        }
    }
    reaches
}

/// Appends the candidates of a block's tracks, and where each one's end.
#[inline(always)]
pub(crate) fn candidates<const M: usize, const F: usize>(
    kernel: &Kernel<M>,
    grid: &Grid,
    detections: &Detections,
    search: &Search,
    (block, cells): (&Block<F>, &[Cell]),
    run: &mut Run,
) {
    let modes = Innovation::all::<M, F>(kernel, block);
    let chance = block.lanes(F - 1) * kernel.detection;
    let miss = (Lanes::all(1.0) - chance).max(Lanes::all(MISS_MIN as f32));
    let scale = chance / miss;
    let reaches = reaches::<M, F>(kernel, grid, search, &modes, scale, cells);
    let mut low = [Lanes::all(f32::MAX); 2];
    let mut high = [Lanes::all(f32::MIN); 2];
    for (mode, reach) in modes.iter().zip(&reaches) {
        let reach = Lanes(*reach).max(Lanes::ZERO);
        for (axis, (centre, s)) in [(mode.x, mode.sxx), (mode.y, mode.syy)].iter().enumerate() {
            let half = (*s * reach).map(f32::sqrt);
            low[axis] = low[axis].min(*centre - half);
            high[axis] = high[axis].max(*centre + half);
        }
    }
    for (k, &cell) in cells.iter().enumerate().take(LANES) {
        if reaches.iter().all(|reach| reach[k] <= 0.0) {
            run.ends.push(run.edges.len() as u32);
            continue;
        }
        let columns = [low[0].0[k], high[0].0[k]].map(|x| grid.column_of(cell, x));
        let rows = [low[1].0[k], high[1].0[k]].map(|y| grid.row_of(cell, y));
        for row in rows[0]..=rows[1] {
            let begin = detections.starts[grid.index(Cell::new(columns[0], row))] as usize;
            let end = detections.starts[grid.index(Cell::new(columns[1], row)) + 1] as usize;
            for (j, detection) in (begin..).zip(&detections.sorted[begin..end]) {
                let (x, y) = relative(grid, detection, cell);
                let apart = |mode: &Innovation| (x - mode.x.0[k], y - mode.y.0[k]);
                let is_near = modes.iter().zip(&reaches).any(|(mode, reach)| {
                    let (dx, dy) = apart(mode);
                    mode.square(k, dx, dy) <= reach[k]
                });
                if !is_near {
                    continue;
                }
                let mut likelihood = 0.0;
                for mode in &modes {
                    let (dx, dy) = apart(mode);
                    likelihood += mode.likelihood(k, dx, dy, kernel.gate);
                }
                let weight = likelihood * scale.0[k] * detection.rarity;
                if weight >= search.pair_min {
                    run.edges.push(Edge {
                        detection: j as u32,
                        weight: weight.min(RATIO_MAX as f32),
                    });
                }
            }
        }
        run.ends.push(run.edges.len() as u32);
    }
}

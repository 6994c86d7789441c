//! Which detections may be of which tracks, and how likely.

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

    /// μ N(z; H x, S) of track `k` for an innovation; 0 outside the gate.
    #[inline(always)]
    pub(crate) fn likelihood(&self, k: usize, dx: f32, dy: f32, gate: f32) -> f32 {
        let square = dx * (dx * self.ixx.0[k] + 2.0 * dy * self.ixy.0[k]) + dy * dy * self.iyy.0[k];
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

/// Appends the candidates of the first `count` tracks of a block, and where each one's end.
#[inline(always)]
pub(crate) fn candidates<const M: usize, const F: usize>(
    kernel: &Kernel<M>,
    grid: &Grid,
    detections: &Detections,
    block: &Block<F>,
    cells: &[Cell],
    pair_min: f32,
    edges: &mut Vec<Edge>,
    ends: &mut Vec<u32>,
) {
    let modes: [Innovation; M] = std::array::from_fn(|m| Innovation::of(kernel, block, m));
    let chance = block.lanes(F - 1) * kernel.detection;
    let miss = (Lanes::all(1.0) - chance).max(Lanes::all(super::config::MISS_MIN as f32));
    let scale = chance / miss;
    let mut low = [Lanes::all(f32::MAX); 2];
    let mut high = [Lanes::all(f32::MIN); 2];
    for mode in &modes {
        for (axis, (centre, s)) in [(mode.x, mode.sxx), (mode.y, mode.syy)].iter().enumerate() {
            let half = (*s * kernel.gate).map(f32::sqrt);
            let (from, to) = (*centre - half, *centre + half);
            low[axis] = low[axis].map(|v| -v).max(from.map(|v| -v)).map(|v| -v);
            high[axis] = high[axis].max(to);
        }
    }
    for (k, &cell) in cells.iter().enumerate().take(LANES) {
        let columns = [low[0].0[k], high[0].0[k]].map(|x| grid.column_of(cell, x));
        let rows = [low[1].0[k], high[1].0[k]].map(|y| grid.row_of(cell, y));
        for row in rows[0]..=rows[1] {
            let begin = detections.starts[grid.index(Cell::new(columns[0], row))] as usize;
            let end = detections.starts[grid.index(Cell::new(columns[1], row)) + 1] as usize;
            for (j, detection) in (begin..).zip(&detections.sorted[begin..end]) {
                let (x, y) = relative(grid, detection, cell);
                let mut likelihood = 0.0;
                for mode in &modes {
                    likelihood += mode.likelihood(k, x - mode.x.0[k], y - mode.y.0[k], kernel.gate);
                }
                let weight = likelihood * scale.0[k] * detection.rarity;
                if weight >= pair_min {
                    edges.push(Edge {
                        detection: j as u32,
                        weight: weight.min(super::config::RATIO_MAX as f32),
                    });
                }
            }
        }
        ends.push(edges.len() as u32);
    }
}

//! What a scan's associations make of eight tracks: one Gaussian per mode, and existence.
//!
//! The mixture over the detections and the miss is matched in its first two moments. All its
//! parts share the gain K, so the match needs only the weighted sums of the innovations ν and of
//! their squares, with a_j the probability of "exists, is in this mode, caused j", a_0 of
//! "exists, is in this mode, was missed", A their sum and b = Σ a_j / A:
//!
//! x ← x + K ν̄,  P ← P + K (Σ a_j ν_j ν_jᵀ / A − ν̄ ν̄ᵀ − b S) Kᵀ,  ν̄ = Σ a_j ν_j / A
//!
//! This is the update of the probabilistic data association filter (Bar-Shalom, Daum and Huang
//! 2009), with existence and modes uncertain as well.

use super::config::MISS_MIN;
use super::gate::{Edge, Innovation, relative};
use super::grid::{Cell, Detections, Grid};
use super::lanes::{LANES, Lanes};
use super::predict::Kernel;
use super::tracks::{
    Block, CXX, CXY, CYX, CYY, MU, PER_MODE, PXX, PXY, PYY, VX, VXX, VXY, VY, VYY, X, Y,
};

/// Sums over the detections of one track in each mode.
#[derive(Clone, Copy)]
struct Sums {
    /// Σ a_j
    weight: [f32; LANES],
    /// Σ a_j ν_j
    x: [f32; LANES],
    y: [f32; LANES],
    /// Σ a_j ν_j ν_jᵀ
    xx: [f32; LANES],
    xy: [f32; LANES],
    yy: [f32; LANES],
}

impl Sums {
    const ZERO: Self = Self {
        weight: [0.0; LANES],
        x: [0.0; LANES],
        y: [0.0; LANES],
        xx: [0.0; LANES],
        xy: [0.0; LANES],
        yy: [0.0; LANES],
    };
}

/// Updates a block's tracks, `edges(k)` of which hold the probability of each pair.
#[inline(always)]
pub(crate) fn update<'a, const M: usize, const F: usize>(
    kernel: &Kernel<M>,
    grid: &Grid,
    detections: &Detections,
    block: &mut Block<F>,
    cells: &mut [Cell],
    mut edges: impl FnMut(usize) -> &'a [Edge],
) {
    let modes = Innovation::all::<M, F>(kernel, block);
    let mut sums = [Sums::ZERO; M];
    let mut detected = [0.0; LANES];
    for (k, &cell) in cells.iter().enumerate().take(LANES) {
        for edge in edges(k) {
            let (zx, zy) = relative(grid, &detections.sorted[edge.detection as usize], cell);
            let mut likelihoods = [0.0; M];
            let mut total = 0.0;
            for (mode, likelihood) in modes.iter().zip(&mut likelihoods) {
                if M == 1 {
                    *likelihood = 1.0;
                } else {
                    let (dx, dy) = (zx - mode.x.0[k], zy - mode.y.0[k]);
                    *likelihood = mode.likelihood(k, dx, dy, kernel.gate);
                }
                total += *likelihood;
            }
            detected[k] += edge.weight;
            let share = edge.weight / total;
            for ((mode, sums), likelihood) in modes.iter().zip(&mut sums).zip(likelihoods) {
                let a = share * likelihood;
                let (dx, dy) = (zx - mode.x.0[k], zy - mode.y.0[k]);
                sums.weight[k] += a;
                sums.x[k] += a * dx;
                sums.y[k] += a * dy;
                sums.xx[k] += a * dx * dx;
                sums.xy[k] += a * dx * dy;
                sums.yy[k] += a * dy * dy;
            }
        }
    }

    let one = Lanes::all(1.0);
    let existence = block.lanes(F - 1);
    let miss = (one - existence * kernel.detection).max(Lanes::all(MISS_MIN as f32));
    let still =
        (one - Lanes(detected)).max(Lanes::ZERO) * existence * (1.0 - kernel.detection) / miss;
    for (m, (mode, sums)) in modes.iter().zip(&sums).enumerate() {
        condition(block, m, mode, sums, still);
    }
    let mut total = Lanes::ZERO;
    for m in 0..M {
        total += block.lanes(m * PER_MODE + MU);
    }
    block.put(F - 1, total);
    let inverse = one / total.max(Lanes::all(f32::MIN_POSITIVE));
    for m in 0..M {
        let at = m * PER_MODE + MU;
        block.put(at, block.lanes(at) * inverse);
    }
    rebase::<M, F>(grid, block, cells);
}

/// Matches one mode's moments.
#[inline(always)]
fn condition<const F: usize>(
    block: &mut Block<F>,
    m: usize,
    mode: &Innovation,
    sums: &Sums,
    still: Lanes,
) {
    let at = |field: usize| m * PER_MODE + field;
    let weight = Lanes(sums.weight);
    let total = still * block.lanes(at(MU)) + weight;
    let inverse = Lanes::all(1.0) / total.max(Lanes::all(f32::MIN_POSITIVE));
    let (nx, ny) = (Lanes(sums.x) * inverse, Lanes(sums.y) * inverse);
    let b = weight * inverse;
    let gxx = Lanes(sums.xx) * inverse - nx * nx - b * mode.sxx;
    let gxy = Lanes(sums.xy) * inverse - nx * ny - b * mode.sxy;
    let gyy = Lanes(sums.yy) * inverse - ny * ny - b * mode.syy;
    // T = S⁻¹ G S⁻¹ and S⁻¹ ν̄
    let (ixx, ixy, iyy) = (mode.ixx, mode.ixy, mode.iyy);
    let (hxx, hxy) = (ixx * gxx + ixy * gxy, ixx * gxy + ixy * gyy);
    let (hyx, hyy) = (ixy * gxx + iyy * gxy, ixy * gxy + iyy * gyy);
    let txx = hxx * ixx + hxy * ixy;
    let txy = hxx * ixy + hxy * iyy;
    let tyy = hyx * ixy + hyy * iyy;
    let (ux, uy) = (ixx * nx + ixy * ny, ixy * nx + iyy * ny);
    // rows of P Hᵀ: how x, y, vx, vy go with the measured position
    let get = |field: usize| block.lanes(at(field));
    let rows = [
        (get(PXX), get(PXY)),
        (get(PXY), get(PYY)),
        (get(CXX), get(CYX)),
        (get(CXY), get(CYY)),
    ];
    let turned = rows.map(|(a, b)| (a * txx + b * txy, a * txy + b * tyy));
    let pairs: [(usize, usize, usize); 10] = [
        (PXX, 0, 0),
        (PXY, 0, 1),
        (PYY, 1, 1),
        (CXX, 0, 2),
        (CXY, 0, 3),
        (CYX, 1, 2),
        (CYY, 1, 3),
        (VXX, 2, 2),
        (VXY, 2, 3),
        (VYY, 3, 3),
    ];
    for (field, i, j) in pairs {
        let (ti, rj) = (turned[i], rows[j]);
        let value = block.lanes(at(field)) + ti.0 * rj.0 + ti.1 * rj.1;
        block.put(at(field), value);
    }
    for (field, (a, b)) in [X, Y, VX, VY].into_iter().zip(rows) {
        let value = block.lanes(at(field)) + a * ux + b * uy;
        block.put(at(field), value);
    }
    block.put(at(MU), total);
}

/// Moves each track's origin to the corner of the cell that it has come to.
#[inline(always)]
fn rebase<const M: usize, const F: usize>(grid: &Grid, block: &mut Block<F>, cells: &mut [Cell]) {
    let (mut x, mut y) = (Lanes::ZERO, Lanes::ZERO);
    for m in 0..M {
        let probability = block.lanes(m * PER_MODE + MU);
        x += probability * block.lanes(m * PER_MODE + X);
        y += probability * block.lanes(m * PER_MODE + Y);
    }
    for (k, cell) in cells.iter_mut().enumerate().take(LANES) {
        let new = Cell::new(grid.column_of(*cell, x.0[k]), grid.row_of(*cell, y.0[k]));
        if new != *cell {
            let dx = (new.column() - cell.column()) as f32 * grid.side;
            let dy = (new.row() - cell.row()) as f32 * grid.side;
            for m in 0..M {
                block.0[m * PER_MODE + X][k] -= dx;
                block.0[m * PER_MODE + Y][k] -= dy;
            }
            *cell = new;
        }
    }
}

//! Prediction of eight tracks at a time: interacting multiple models mix, then each moves.
//!
//! Mixing is that of Blom and Bar-Shalom 1988; a mode's covariance after mixing is
//! Σ w (P + x xᵀ) − x̄ x̄ᵀ, taken about the most probable place so that single precision holds.

use super::config::Config;
use super::lanes::Lanes;
use super::modes::{modes, transition};
use super::tracks::{
    Block, CXX, CXY, CYX, CYY, MU, PER_MODE, PXX, PXY, PYY, VX, VXX, VXY, VY, VYY, X, Y,
};

/// The numbers of the kernels, in single precision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel<const M: usize> {
    pub(crate) reach: [f32; M],
    pub(crate) keep: [f32; M],
    pub(crate) noise: [[f32; 3]; M],
    pub(crate) newborn_variance: [f32; M],
    pub(crate) initial: [f32; M],
    pub(crate) transition: [[f32; M]; M],
    pub(crate) survival: f32,
    pub(crate) detection: f32,
    /// Variance of a measured position, m².
    pub(crate) variance: f32,
    pub(crate) gate: f32,
}

impl<const M: usize> Kernel<M> {
    pub(crate) fn new(config: &Config) -> Self {
        let modes = modes(config);
        let rows = transition(config);
        Self {
            reach: std::array::from_fn(|m| modes[m].reach as f32),
            keep: std::array::from_fn(|m| modes[m].keep as f32),
            noise: std::array::from_fn(|m| modes[m].noise.map(|n| n as f32)),
            newborn_variance: std::array::from_fn(|m| modes[m].newborn_variance as f32),
            initial: std::array::from_fn(|m| modes[m].initial as f32),
            transition: std::array::from_fn(|l| std::array::from_fn(|m| rows[l][m] as f32)),
            survival: config.survival as f32,
            detection: config.detection as f32,
            variance: config.sigma_m.powi(2) as f32,
            gate: config.gate as f32,
        }
    }
}

/// Pairs of state components (x, y, vx, vy) and where their covariance lies.
const COVARIANCES: [(usize, usize, usize); 10] = [
    (PXX, X, X),
    (PXY, X, Y),
    (PYY, Y, Y),
    (CXX, X, VX),
    (CXY, X, VY),
    (CYX, Y, VX),
    (CYY, Y, VY),
    (VXX, VX, VX),
    (VXY, VX, VY),
    (VYY, VY, VY),
];

/// Mixes the modes of each track.
#[inline(always)]
fn mix<const M: usize, const F: usize>(kernel: &Kernel<M>, old: &Block<F>, block: &mut Block<F>) {
    // differences from the first mode: small numbers, whose products keep their digits
    let apart =
        |l: usize, component: usize| old.lanes(l * PER_MODE + component) - old.lanes(component);
    for m in 0..M {
        let mut weights = [Lanes::ZERO; M];
        let mut total = Lanes::ZERO;
        for (l, weight) in weights.iter_mut().enumerate() {
            *weight = old.lanes(l * PER_MODE + MU) * kernel.transition[l][m];
            total += *weight;
        }
        let inverse = Lanes::all(1.0) / total.max(Lanes::all(f32::MIN_POSITIVE));
        let mut mean = [Lanes::ZERO; 4];
        for (l, weight) in weights.iter_mut().enumerate() {
            *weight = *weight * inverse;
            if l > 0 {
                for (component, mean) in mean.iter_mut().enumerate() {
                    *mean += *weight * apart(l, component);
                }
            }
        }
        for (at, i, j) in COVARIANCES {
            let mut sum = weights[0] * old.lanes(at);
            for (l, weight) in weights.iter().enumerate().skip(1) {
                let spread = apart(l, i) * apart(l, j);
                sum += *weight * (old.lanes(l * PER_MODE + at) + spread);
            }
            block.put(m * PER_MODE + at, sum - mean[i] * mean[j]);
        }
        for (component, mean) in mean.iter().enumerate() {
            block.put(m * PER_MODE + component, old.lanes(component) + *mean);
        }
        block.put(m * PER_MODE + MU, total);
    }
}

/// Moves mode `m` over one scan.
#[inline(always)]
fn advance<const M: usize, const F: usize>(kernel: &Kernel<M>, block: &mut Block<F>, m: usize) {
    let (t, k) = (kernel.reach[m], kernel.keep[m]);
    let [qp, qc, qv] = kernel.noise[m];
    let at = |field: usize| m * PER_MODE + field;
    let get = |block: &Block<F>, field: usize| block.lanes(at(field));
    let (vx, vy) = (get(block, VX), get(block, VY));
    block.put(at(X), get(block, X) + vx * t);
    block.put(at(Y), get(block, Y) + vy * t);
    block.put(at(VX), vx * k);
    block.put(at(VY), vy * k);
    let (cxx, cxy) = (get(block, CXX), get(block, CXY));
    let (cyx, cyy) = (get(block, CYX), get(block, CYY));
    let (vxx, vxy, vyy) = (get(block, VXX), get(block, VXY), get(block, VYY));
    // P + t (C + Cᵀ) + t² V, and C + t V
    let (dxx, dxy) = (cxx + vxx * t, cxy + vxy * t);
    let (dyx, dyy) = (cyx + vxy * t, cyy + vyy * t);
    block.put(at(PXX), get(block, PXX) + (cxx + dxx) * t + qp);
    block.put(at(PXY), get(block, PXY) + (cyx + dxy) * t);
    block.put(at(PYY), get(block, PYY) + (cyy + dyy) * t + qp);
    block.put(at(CXX), dxx * k + qc);
    block.put(at(CXY), dxy * k);
    block.put(at(CYX), dyx * k);
    block.put(at(CYY), dyy * k + qc);
    block.put(at(VXX), vxx * (k * k) + qv);
    block.put(at(VXY), vxy * (k * k));
    block.put(at(VYY), vyy * (k * k) + qv);
}

/// Predicts eight tracks from one scan to the next.
#[inline(always)]
pub(crate) fn predict<const M: usize, const F: usize>(
    kernel: &Kernel<M>,
    old: &Block<F>,
    block: &mut Block<F>,
) {
    if M > 1 {
        mix(kernel, old, block);
    } else {
        *block = *old;
    }
    for m in 0..M {
        advance(kernel, block, m);
    }
    block.put(F - 1, old.lanes(F - 1) * kernel.survival);
}

//! False reports where they persist: a map of their intensity, learnt while watching.
//!
//! Turbines, roads and breaking waves report again and again from the same places. A map
//! over the measurement space (range and azimuth of a radar, or ground for reported
//! positions) keeps a fading count of the reports that no moving track explains. With n
//! the fading count of a cell, M the fading number of revisits and λ₀ the uniform clutter
//! a revisit spread over the cell, the mean of the gamma posterior is
//!
//! ```text
//! λ = (n + a λ₀)/(M + a)
//! ```
//!
//! false reports a revisit in the cell, a revisits being the weight of the prior (clutter
//! maps by exponential averaging: Nitzberg 1986; gamma–Poisson: Gelman et al. 2013, §2.6).
//! A report is shared between the four nearest cells and a density read from them, both
//! bilinearly, so it does not matter where cells begin.
//!
//! Memory is bounded: of too many cells the emptiest are given up.

use std::collections::BTreeMap;

/// Weight of the uniform prior, revisits.
const PRIOR_REVISITS: f64 = 5.0;
/// Most cells of one map.
const CELLS_MAX: usize = 8_192;
/// Cells emptier than this are given up first.
const EMPTY: f64 = 0.02;

#[derive(Clone, Copy, Debug)]
struct Cell {
    count: f64,
    time_s: f64,
}

/// Where one sensor's false reports persist, over two coordinates.
#[derive(Clone, Debug)]
pub struct ClutterMap {
    size: [f64; 2],
    memory_s: f64,
    revisit_s: f64,
    began_s: Option<f64>,
    cells: BTreeMap<[i32; 2], Cell>,
}

impl ClutterMap {
    /// A map that knows nothing. `size` is that of a cell in the units of the two
    /// coordinates: a little more than the sensor's own errors. Counts fade with
    /// `memory_s`; the sensor looks at the same place every `revisit_s`.
    #[must_use]
    pub fn new(size: [f64; 2], memory_s: f64, revisit_s: f64) -> Self {
        Self {
            size: size.map(|s| s.max(1e-9)),
            memory_s: memory_s.max(1.0),
            revisit_s: revisit_s.max(1e-3),
            began_s: None,
            cells: BTreeMap::new(),
        }
    }

    /// Cells in use.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether nothing was learnt.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The four cells around `at`, and the share of each.
    fn around(&self, at: [f64; 2]) -> Option<[([i32; 2], f64); 4]> {
        let x = at[0] / self.size[0];
        let y = at[1] / self.size[1];
        if !(x.abs() < 1e9 && y.abs() < 1e9) {
            return None;
        }
        let (i, j) = (x.floor(), y.floor());
        let (u, v) = (x - i, y - j);
        let (i, j) = (i as i32, j as i32);
        Some([
            ([i, j], (1.0 - u) * (1.0 - v)),
            ([i + 1, j], u * (1.0 - v)),
            ([i, j + 1], (1.0 - u) * v),
            ([i + 1, j + 1], u * v),
        ])
    }

    /// A report at `at`, at `time_s` of any steady clock, that no moving track explains.
    pub fn learn(&mut self, at: [f64; 2], time_s: f64) {
        let Some(around) = self.around(at).filter(|_| time_s.is_finite()) else {
            return;
        };
        self.began_s.get_or_insert(time_s);
        for (key, share) in around {
            if !self.cells.contains_key(&key) && self.cells.len() >= CELLS_MAX {
                self.make_room(time_s);
            }
            let memory_s = self.memory_s;
            let cell = self.cells.entry(key).or_insert(Cell { count: 0.0, time_s });
            cell.count = cell.count * fade(time_s - cell.time_s, memory_s) + share;
            cell.time_s = cell.time_s.max(time_s);
        }
    }

    /// Give up what has faded and then the emptiest cells, an eighth of all at once: a
    /// sky with more sources than cells is not searched through for each of them.
    fn make_room(&mut self, now_s: f64) {
        let mut left: Vec<(f64, [i32; 2])> = self
            .cells
            .iter()
            .map(|(key, c)| (c.count * fade(now_s - c.time_s, self.memory_s), *key))
            .collect();
        left.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let faded = left.partition_point(|(count, _)| *count <= EMPTY);
        let room = (CELLS_MAX / 8).max((self.cells.len() + 1).saturating_sub(CELLS_MAX));
        for (_, key) in left.into_iter().take(faded.max(room)) {
            self.cells.remove(&key);
        }
    }

    /// Density of false reports at `at`, a revisit and unit of the coordinates, where
    /// `uniform` is the density that the sensor's description gives everywhere. Never less
    /// than that: most cells are empty by chance, and believing them makes noise a thing.
    #[must_use]
    pub fn density(&self, at: [f64; 2], time_s: f64, uniform: f64) -> f64 {
        let (Some(around), Some(began_s)) = (self.around(at), self.began_s) else {
            return uniform;
        };
        let watched_s = (time_s - began_s).max(0.0);
        let revisits = self.memory_s / self.revisit_s * (1.0 - fade(watched_s, self.memory_s));
        let count: f64 = around
            .iter()
            .filter_map(|(key, share)| {
                let cell = self.cells.get(key)?;
                Some(share * cell.count * fade(time_s - cell.time_s, self.memory_s))
            })
            .sum();
        let area = self.size[0] * self.size[1];
        let density = (count / area + PRIOR_REVISITS * uniform) / (revisits + PRIOR_REVISITS);
        density.max(uniform)
    }
}

fn fade(passed_s: f64, memory_s: f64) -> f64 {
    (-passed_s.max(0.0) / memory_s).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: [f64; 2] = [60.0, 0.02];
    const UNIFORM: f64 = 1e-6;

    /// A source that reports every second revisit, and nothing elsewhere: half a report a
    /// revisit under the interpolating kernel there, the prior's rest elsewhere.
    #[test]
    fn a_persistent_source_is_learnt_and_forgotten() {
        let mut map = ClutterMap::new(SIZE, 600.0, 4.0);
        // on a cell's corner the kernel's peak is one cell
        let turbine = [6_000.0, 1.0];
        for k in 0..1_000_u32 {
            map.learn(turbine, 8.0 * f64::from(k));
        }
        let now_s = 8_000.0;
        let there = map.density(turbine, now_s, UNIFORM) * SIZE[0] * SIZE[1];
        assert!((there - 0.5).abs() < 0.03, "{there}");
        let elsewhere = map.density([9_000.0, 1.0], now_s, UNIFORM);
        assert!((elsewhere - UNIFORM).abs() < 1e-18, "{elsewhere}");
        let later = map.density(turbine, now_s + 6_000.0, UNIFORM);
        assert!(
            later < 3e-4 * there / (SIZE[0] * SIZE[1]) + UNIFORM,
            "{later}"
        );
    }

    /// The integral of the density is the number of reports a revisit, wherever they lie
    /// in their cells.
    #[test]
    fn the_map_integrates_to_what_it_was_told() {
        let mut map = ClutterMap::new([1.0, 1.0], 1e9, 1.0);
        for k in 0..100_u32 {
            map.learn([10.3, 20.7], f64::from(k));
        }
        let step = 0.05;
        let mut sum = 0.0;
        for i in 0..160 {
            for j in 0..160 {
                let at = [6.0 + step * f64::from(i), 16.0 + step * f64::from(j)];
                sum += map.density(at, 100.0, 1e-12) * step * step;
            }
        }
        let expected = 100.0 / (100.0 + PRIOR_REVISITS);
        assert!((sum / expected - 1.0).abs() < 0.01, "{sum} {expected}");
    }

    #[test]
    fn what_is_not_learnt_is_as_described() {
        let map = ClutterMap::new(SIZE, 600.0, 4.0);
        assert!((map.density([1.0, 1.0], 5.0, UNIFORM) - UNIFORM).abs() < 1e-18);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn memory_is_bounded_and_densities_are_densities(
            reports in prop::collection::vec((any::<f64>(), any::<f64>(), any::<f64>()), 0..64),
            seed in 0_u32..1_000,
        ) {
            let mut map = ClutterMap::new(SIZE, 600.0, 4.0);
            for (x, y, t) in &reports {
                map.learn([*x, *y], *t);
            }
            for k in 0..3_000_u32 {
                let n = f64::from(k.wrapping_mul(2_654_435_761).wrapping_add(seed) % 100_000);
                map.learn([n, n / 1e4], f64::from(k));
            }
            prop_assert!(map.len() <= CELLS_MAX);
            for (x, y, t) in &reports {
                let density = map.density([*x, *y], *t, UNIFORM);
                prop_assert!(density.is_finite() && density > 0.0);
            }
        }
    }
}

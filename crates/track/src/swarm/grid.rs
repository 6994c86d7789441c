//! The grid that tracks and detections are sorted into.
//!
//! A position is a cell and an offset from the cell's corner, so that single precision suffices
//! on a square of any size: the offset is tens of metres, the cells are whole numbers. What lies
//! beyond the grid belongs to its nearest cell, with a longer offset.

use super::config::{Background, Config};
use super::sort::{Bands, NOWHERE};

/// Most detections that one cell keeps in one scan: beyond it, it is being flooded.
pub(crate) const CELL_MAX: u32 = 64;
/// Cells beyond the area on each side.
const MARGIN: u32 = 16;
/// Cells from the area's edge where no track is thought to see over it; one that is spread so
/// wide that it does so all the same merely misses what is worth little.
const DEEP: i32 = 4;
/// Cells in all.
const CELLS_MAX: f64 = (1_u32 << 24) as f64;
/// Detections farther than this from the area's corner are not of this world, m.
const FAR_M: f64 = 1.0e7;

/// Column and row, 16 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Cell(pub(crate) u32);

impl Cell {
    #[inline(always)]
    pub(crate) fn new(column: i32, row: i32) -> Self {
        Self((row as u32) << 16 | column as u32)
    }

    #[inline(always)]
    pub(crate) fn column(self) -> i32 {
        (self.0 & 0xffff) as i32
    }

    #[inline(always)]
    pub(crate) fn row(self) -> i32 {
        (self.0 >> 16) as i32
    }
}

/// Where the cells lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    origin: [f64; 2],
    /// Side of a cell, m: a power of two, so that cells times side is exact.
    pub(crate) side: f32,
    inverse: f32,
    pub(crate) columns: i32,
    pub(crate) rows: i32,
}

impl Grid {
    /// Cells as large as the gate of a track one scan after its birth.
    pub(crate) fn new(config: &Config) -> Self {
        let [x0, x1, y0, y1] = config.area;
        let spread = 2.0 * config.sigma_m.powi(2) + (config.birth.speed_std * config.dt_s).powi(2);
        let mut side = (config.gate * spread).sqrt().log2().round().exp2();
        side = side.clamp(1e-3, 1e6).log2().round().exp2();
        let count = |width: f64, side: f64| (width / side).ceil() + f64::from(2 * MARGIN);
        while count(x1 - x0, side) * count(y1 - y0, side) > CELLS_MAX
            || count((x1 - x0).max(y1 - y0), side) > 65_000.0
        {
            side *= 2.0;
        }
        let margin = f64::from(MARGIN) * side;
        Self {
            origin: [x0 - margin, y0 - margin],
            side: side as f32,
            inverse: (1.0 / side) as f32,
            columns: count(x1 - x0, side) as i32,
            rows: count(y1 - y0, side) as i32,
        }
    }

    /// Whether everything a few gates around a cell lies inside the area.
    #[inline(always)]
    pub(crate) fn is_deep(&self, cell: Cell) -> bool {
        let rim = MARGIN as i32 + DEEP;
        // one cell fewer on the far side, for the area may end within its last cell
        let is_within = |at: i32, count: i32| at >= rim && at < count - rim - 1;
        is_within(cell.column(), self.columns) && is_within(cell.row(), self.rows)
    }

    pub(crate) fn cells(&self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// Place of a cell in row order.
    #[inline(always)]
    pub(crate) fn index(&self, cell: Cell) -> usize {
        cell.row() as usize * self.columns as usize + cell.column() as usize
    }

    /// The cell of a position, and the offset in it; `None` where it is not finite or too far.
    #[inline]
    pub(crate) fn locate(&self, z: [f64; 2]) -> Option<(Cell, [f32; 2])> {
        let (dx, dy) = (z[0] - self.origin[0], z[1] - self.origin[1]);
        let is_near = dx.abs() <= FAR_M && dy.abs() <= FAR_M;
        if !is_near {
            return None;
        }
        let side = f64::from(self.side);
        let inverse = f64::from(self.inverse);
        // truncation is floor but for what is clamped anyway
        let column = ((dx * inverse) as i32).clamp(0, self.columns - 1);
        let row = ((dy * inverse) as i32).clamp(0, self.rows - 1);
        let x = dx - f64::from(column) * side;
        let y = dy - f64::from(row) * side;
        Some((Cell::new(column, row), [x as f32, y as f32]))
    }

    /// The position of a cell and an offset, m.
    #[inline]
    pub(crate) fn position(&self, cell: Cell, x: f32, y: f32) -> [f64; 2] {
        let side = f64::from(self.side);
        [
            self.origin[0] + f64::from(cell.column()) * side + f64::from(x),
            self.origin[1] + f64::from(cell.row()) * side + f64::from(y),
        ]
    }

    /// Columns or rows that an offset, in cells from cell `from`, comes to.
    #[inline(always)]
    fn steps(&self, offset: f32, from: i32, count: i32) -> i32 {
        let cells = offset * self.inverse;
        // saturates for what is not finite or too far; the processors that we build for have no
        // instruction for floor
        let toward_zero = cells as i32;
        let whole = toward_zero.saturating_sub(i32::from(toward_zero as f32 > cells));
        from.saturating_add(whole).clamp(0, count - 1)
    }

    /// The column of an offset from a cell's corner.
    #[inline(always)]
    pub(crate) fn column_of(&self, cell: Cell, x: f32) -> i32 {
        self.steps(x, cell.column(), self.columns)
    }

    /// The row of an offset from a cell's corner.
    #[inline(always)]
    pub(crate) fn row_of(&self, cell: Cell, y: f32) -> i32 {
        self.steps(y, cell.row(), self.rows)
    }
}

/// A detection in its cell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Detection {
    /// Offset from the cell's corner, m.
    pub(crate) x: f32,
    /// Offset from the cell's corner, m.
    pub(crate) y: f32,
    pub(crate) cell: Cell,
    /// 1 / weight of "of no known track".
    pub(crate) rarity: f32,
}

/// One scan's detections in cell order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Detections {
    pub(crate) sorted: Vec<Detection>,
    /// Where each cell's begin; one more than cells.
    pub(crate) starts: Vec<u32>,
    /// As they came.
    located: Vec<Detection>,
    /// The place of each one's cell in row order.
    places: Vec<u32>,
    bands: Bands,
    /// Refused: not finite or farther than any object.
    pub(crate) refused: u64,
    /// Refused: their cell was full.
    pub(crate) crowded: u64,
}

impl Detections {
    /// Sorts one scan, stable within a cell, with so many threads.
    pub(crate) fn sort(
        &mut self,
        grid: &Grid,
        config: &Config,
        background: &[Background; 2],
        points: &[[f64; 2]],
        parts: usize,
    ) {
        let rarity = background.map(|b| (1.0 / b.weight) as f32);
        let locate = |z: &[f64; 2]| match grid.locate(*z) {
            Some((cell, [x, y])) => {
                let rarity = rarity[usize::from(!config.is_inside(*z))];
                let detection = Detection { x, y, cell, rarity };
                (detection, grid.index(cell) as u32)
            }
            None => (Detection::default(), NOWHERE),
        };
        self.located.resize(points.len(), Detection::default());
        self.places.resize(points.len(), NOWHERE);
        let work = |points: &[[f64; 2]], located: &mut [Detection], places: &mut [u32]| {
            for ((z, located), place) in points.iter().zip(located).zip(places) {
                (*located, *place) = locate(z);
            }
        };
        let share = points.len().div_ceil(parts).max(1);
        let jobs = points
            .chunks(share)
            .zip(self.located.chunks_mut(share))
            .zip(self.places.chunks_mut(share));
        if parts == 1 {
            jobs.for_each(|((points, located), places)| work(points, located, places));
        } else {
            rayon::scope(|scope| {
                for ((points, located), places) in jobs {
                    scope.spawn(move |_| work(points, located, places));
                }
            });
        }
        let (located, places) = (&self.located, &self.places);
        self.refused += places.iter().filter(|p| **p == NOWHERE).count() as u64;
        self.crowded += self.bands.sort(
            parts,
            grid.cells(),
            points.len(),
            CELL_MAX,
            |i| places[i],
            |i| located[i],
            &mut self.starts,
            &mut self.sorted,
        );
    }

    pub(crate) fn bytes(&self) -> usize {
        (self.sorted.capacity() + self.located.capacity()) * size_of::<Detection>()
            + (self.starts.capacity() + self.places.capacity()) * 4
            + self.bands.bytes()
    }
}

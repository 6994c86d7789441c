//! Which points of one set are nearer than a distance to which of another.
//!
//! Both sets are sorted into square cells a little wider than the distance. Walking
//! the first set in cell order, the cells that can hold neighbours only ever move
//! forward in the order of the second, so one merge finds them: no hash, no tree, and
//! memory that grows with the points, never with the pairs.

/// How much wider a cell is than the distance, so that rounding in the division by it
/// cannot push a pair two cells apart.
const WIDER: f64 = 1.0 + 1e-6;

/// Points of one set in cell order.
struct Celled<const D: usize> {
    cells: Vec<[i64; D]>,
    points: Vec<[f64; D]>,
    /// Each one's index in the caller's slice.
    index: Vec<u32>,
}

impl<const D: usize> Celled<D> {
    fn new(points: &[[f64; D]], side: f64) -> Self {
        let mut order: Vec<([i64; D], u32)> = points
            .iter()
            .zip(0_u32..)
            .map(|(point, k)| (point.map(|x| (x / side).floor() as i64), k))
            .collect();
        order.sort_unstable();
        Self {
            points: order.iter().map(|&(_, k)| points[k as usize]).collect(),
            cells: order.iter().map(|&(cell, _)| cell).collect(),
            index: order.iter().map(|&(_, k)| k).collect(),
        }
    }
}

/// Rows (of the first set) and the ranges of columns (of the second) that may be near them.
pub(crate) struct Near<const D: usize> {
    rows: Celled<D>,
    columns: Celled<D>,
    /// `stride` ranges for each row, in columns' cell order.
    ranges: Vec<(u32, u32)>,
    stride: usize,
}

impl<const D: usize> Near<D> {
    /// Prepares the pairs nearer than `distance`, which is positive; at most 2³² points a set.
    pub(crate) fn new(rows: &[[f64; D]], columns: &[[f64; D]], distance: f64) -> Self {
        let side = distance * WIDER;
        let (rows, columns) = (Celled::new(rows, side), Celled::new(columns, side));
        // along the last coordinate the three neighbouring cells lie side by side in the
        // order, so one range serves them; the other coordinates take three ranges each
        let stride = 3_usize.pow(D.saturating_sub(1) as u32);
        let mut from = vec![0_usize; stride];
        let mut to = vec![0_usize; stride];
        let mut ranges = Vec::with_capacity(rows.cells.len() * stride);
        for cell in &rows.cells {
            for which in 0..stride {
                let (mut low, mut digits) = (*cell, which);
                if let Some((last, others)) = low.split_last_mut() {
                    for x in others {
                        *x = x.saturating_add((digits % 3) as i64 - 1);
                        digits /= 3;
                    }
                    *last = last.saturating_sub(1);
                }
                let mut high = low;
                if let Some(last) = high.last_mut() {
                    *last = last.saturating_add(2);
                }
                let (from, to) = (&mut from[which], &mut to[which]);
                while columns.cells.get(*from).is_some_and(|c| *c < low) {
                    *from += 1;
                }
                *to = (*to).max(*from);
                while columns.cells.get(*to).is_some_and(|c| *c <= high) {
                    *to += 1;
                }
                ranges.push((*from as u32, *to as u32));
            }
        }
        Self {
            rows,
            columns,
            ranges,
            stride,
        }
    }

    /// The caller's index of a row and of a column.
    pub(crate) fn original(&self, row: usize, column: usize) -> (usize, usize) {
        (
            self.rows.index[row] as usize,
            self.columns.index[column] as usize,
        )
    }

    /// The caller's index of a row.
    pub(crate) fn original_row(&self, row: usize) -> usize {
        self.rows.index[row] as usize
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows.points.len()
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns.points.len()
    }

    /// The squared distances from a row to every column that may be near it.
    pub(crate) fn squares_from(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let point = self.rows.points[row];
        self.ranges[row * self.stride..(row + 1) * self.stride]
            .iter()
            .flat_map(move |&(from, to)| {
                let from = from as usize;
                self.columns.points[from..to as usize]
                    .iter()
                    .enumerate()
                    .map(move |(k, other)| {
                        let square = point.iter().zip(other).map(|(a, b)| (a - b) * (a - b));
                        (from + k, square.sum())
                    })
            })
    }
}

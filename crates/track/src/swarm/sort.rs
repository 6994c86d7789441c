//! Counting sort by cell, shared among threads by bands of cells.
//!
//! Each thread looks at all items and handles those of its band, so that no two threads write
//! near each other and the outcome is the stable order, whatever their number.

/// Buffers that are kept from scan to scan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bands {
    bands: Vec<Band>,
}

#[derive(Clone, Debug, Default)]
struct Band {
    /// The first cell.
    first: usize,
    /// Items taken.
    total: usize,
    /// Items not taken because their cell was full, in order.
    refused: Vec<u32>,
}

/// Not in any cell.
pub(crate) const NOWHERE: u32 = u32::MAX;

impl Bands {
    /// Puts `make(i)` of each of `count` items with `cell(i)` ≠ [`NOWHERE`] into `out` by cell,
    /// in the order of i within a cell, at most `most` a cell; `starts` becomes where each cell
    /// begins, and one more: the end. Gives how many were too many for their cell.
    #[expect(
        clippy::too_many_arguments,
        reason = "one call, of plain slices and numbers"
    )]
    pub(crate) fn sort<T: Copy + Default + Send>(
        &mut self,
        parts: usize,
        cells: usize,
        count: usize,
        most: u32,
        cell: impl Fn(usize) -> u32 + Sync,
        make: impl Fn(usize) -> T + Sync,
        starts: &mut Vec<u32>,
        out: &mut Vec<T>,
    ) -> u64 {
        starts.resize(cells + 1, 0);
        self.bands.resize(parts, Band::default());
        let width = cells.div_ceil(parts).max(1);
        let tally = |band: &mut Band, starts: &mut [u32]| {
            starts.fill(0);
            band.refused.clear();
            band.total = 0;
            for i in 0..count {
                let at = (cell(i) as usize).wrapping_sub(band.first);
                if let Some(count) = starts.get_mut(at) {
                    if *count < most {
                        *count += 1;
                        band.total += 1;
                    } else {
                        band.refused.push(i as u32);
                    }
                }
            }
        };
        let slices = starts[..cells].chunks_mut(width);
        let mut first = 0;
        for band in &mut self.bands {
            band.total = 0;
            band.refused.clear();
            band.first = first;
            first += width;
        }
        if parts == 1 {
            for (band, starts) in self.bands.iter_mut().zip(slices) {
                tally(band, starts);
            }
        } else {
            rayon::scope(|scope| {
                for (band, starts) in self.bands.iter_mut().zip(slices) {
                    scope.spawn(|_| tally(band, starts));
                }
            });
        }
        let total: usize = self.bands.iter().map(|band| band.total).sum();
        let refused = self
            .bands
            .iter()
            .map(|band| band.refused.len() as u64)
            .sum();
        out.resize(total, T::default());
        starts[cells] = total as u32;

        // each entry walks from its cell's end, back to front, to where its cell begins
        let place = |band: &mut Band, base: usize, starts: &mut [u32], out: &mut [T]| {
            let mut sum = 0;
            for start in starts.iter_mut() {
                sum += *start;
                *start = sum;
            }
            for i in (0..count).rev() {
                let at = (cell(i) as usize).wrapping_sub(band.first);
                if let Some(end) = starts.get_mut(at) {
                    if band.refused.last() == Some(&(i as u32)) {
                        band.refused.pop();
                        continue;
                    }
                    *end -= 1;
                    out[*end as usize] = make(i);
                }
            }
            for start in starts {
                *start += base as u32;
            }
        };
        let slices = starts[..cells].chunks_mut(width);
        let mut rest: &mut [T] = out;
        let mut base = 0;
        let mut jobs = self.bands.iter_mut().zip(slices).map(|(band, starts)| {
            let (mine, others) = std::mem::take(&mut rest).split_at_mut(band.total);
            rest = others;
            let from = base;
            base += band.total;
            (band, from, starts, mine)
        });
        if parts == 1 {
            jobs.for_each(|(band, base, starts, out)| place(band, base, starts, out));
        } else {
            rayon::scope(|scope| {
                for (band, base, starts, out) in &mut jobs {
                    scope.spawn(move |_| place(band, base, starts, out));
                }
            });
        }
        refused
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bands
            .iter()
            .map(|band| band.refused.capacity() * 4)
            .sum()
    }
}

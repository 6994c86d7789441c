//! The assignment of rows to columns that costs least (Jonker and Volgenant 1987,
//! *A shortest augmenting path algorithm*; the successive form of Kuhn's method
//! with dual variables). Kept here because the crates that solve it take whole
//! numbers or bring a matrix library, and it is forty lines.

/// For each row the column assigned to it; every row gets one.
///
/// `cost` is row-major, `rows` ≤ `columns`, finite. O(rows² · columns).
pub(crate) fn assign(cost: &[f64], rows: usize, columns: usize) -> Vec<usize> {
    debug_assert!(rows <= columns && cost.len() == rows * columns);
    // index 0 is the root of each augmentation; rows and columns count from 1
    let mut row_dual = vec![0.0; rows + 1];
    let mut column_dual = vec![0.0; columns + 1];
    let mut row_of = vec![0_usize; columns + 1];
    let mut previous = vec![0_usize; columns + 1];
    for row in 1..=rows {
        row_of[0] = row;
        let mut column = 0;
        let mut slack = vec![f64::INFINITY; columns + 1];
        let mut done = vec![false; columns + 1];
        while row_of[column] != 0 {
            done[column] = true;
            let r = row_of[column];
            let (mut least, mut next) = (f64::INFINITY, 0);
            for j in 1..=columns {
                if done[j] {
                    continue;
                }
                let reduced = cost[(r - 1) * columns + j - 1] - row_dual[r] - column_dual[j];
                if reduced < slack[j] {
                    slack[j] = reduced;
                    previous[j] = column;
                }
                if slack[j] < least {
                    least = slack[j];
                    next = j;
                }
            }
            for j in 0..=columns {
                if done[j] {
                    row_dual[row_of[j]] += least;
                    column_dual[j] -= least;
                } else {
                    slack[j] -= least;
                }
            }
            column = next;
        }
        while column != 0 {
            row_of[column] = row_of[previous[column]];
            column = previous[column];
        }
    }
    let mut column_of = vec![0; rows];
    for (j, &r) in row_of.iter().enumerate().skip(1) {
        if r > 0 {
            column_of[r - 1] = j - 1;
        }
    }
    column_of
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn brute(cost: &[f64], rows: usize, columns: usize, row: usize, used: u32) -> f64 {
        if row == rows {
            return 0.0;
        }
        (0..columns)
            .filter(|j| used & (1 << j) == 0)
            .map(|j| cost[row * columns + j] + brute(cost, rows, columns, row + 1, used | (1 << j)))
            .fold(f64::INFINITY, f64::min)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_assignment_is_cheaper(
            (rows, columns, cost) in (1..6_usize, 0..2_usize).prop_flat_map(|(r, more)| {
                let c = r + more;
                (Just(r), Just(c), prop::collection::vec(prop_oneof![0.0..10.0_f64, Just(5.0)], r * c))
            }),
        ) {
            let column_of = assign(&cost, rows, columns);
            let mut seen = column_of.clone();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), rows);
            let total: f64 = column_of.iter().enumerate().map(|(r, &c)| cost[r * columns + c]).sum();
            prop_assert!((total - brute(&cost, rows, columns, 0, 0)).abs() < 1e-9);
        }
    }
}

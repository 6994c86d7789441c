//! Global nearest neighbour: the pairs of tracks and reports with the greatest sum
//! of gains, each used at most once.
//!
//! The graph of gated pairs falls apart into connected components, each solved by
//! shortest augmenting paths over its own sparse edges (Jonker and Volgenant 1987;
//! Ahuja, Magnanti and Orlin 1993, §12.4). To stay unpaired gains 0, so every
//! row has a column of its own of cost 0, which keeps the problem feasible.

/// A possible pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Edge {
    pub(crate) row: usize,
    pub(crate) column: usize,
    /// Log-likelihood ratio of the pair against both staying unpaired.
    pub(crate) gain: f64,
}

/// The column of each row in the assignment of greatest total gain. Edges that gain
/// nothing are never used.
pub(crate) fn best(rows: usize, columns: usize, edges: &[Edge]) -> Vec<Option<usize>> {
    let mut assigned = vec![None; rows];
    let edges: Vec<Edge> = edges
        .iter()
        .copied()
        .filter(|e| e.gain > 0.0 && e.row < rows && e.column < columns)
        .collect();
    for component in components(rows, columns, &edges) {
        if let [only] = component.as_slice() {
            assigned[only.row] = Some(only.column);
        } else {
            solve(&component, &mut assigned);
        }
    }
    assigned
}

/// Edges by connected component, in the order of each component's first edge.
fn components(rows: usize, columns: usize, edges: &[Edge]) -> Vec<Vec<Edge>> {
    let mut parent: Vec<usize> = (0..rows + columns).collect();
    fn root(parent: &mut [usize], mut node: usize) -> usize {
        while parent[node] != node {
            parent[node] = parent[parent[node]];
            node = parent[node];
        }
        node
    }
    for e in edges {
        let (a, b) = (root(&mut parent, e.row), root(&mut parent, rows + e.column));
        parent[a.max(b)] = a.min(b);
    }
    let mut index = vec![usize::MAX; rows + columns];
    let mut all: Vec<Vec<Edge>> = Vec::new();
    for e in edges {
        let node = root(&mut parent, e.row);
        if index[node] == usize::MAX {
            index[node] = all.len();
            all.push(Vec::new());
        }
        all[index[node]].push(*e);
    }
    all
}

/// Shortest augmenting paths over one component.
fn solve(edges: &[Edge], assigned: &mut [Option<usize>]) {
    let mut rows: Vec<usize> = edges.iter().map(|e| e.row).collect();
    rows.sort_unstable();
    rows.dedup();
    let mut columns: Vec<usize> = edges.iter().map(|e| e.column).collect();
    columns.sort_unstable();
    columns.dedup();
    let (n, m) = (rows.len(), columns.len());
    // adjacency: real columns 0..m, then each row's own column m + row
    let mut adjacent: Vec<Vec<(usize, f64)>> = (0..n).map(|row| vec![(m + row, 0.0)]).collect();
    for e in edges {
        if let (Ok(row), Ok(column)) =
            (rows.binary_search(&e.row), columns.binary_search(&e.column))
        {
            adjacent[row].push((column, -e.gain));
        }
    }
    let mut row_price = vec![0.0_f64; n];
    let mut column_price = vec![0.0_f64; m + n];
    let mut row_of: Vec<Option<usize>> = vec![None; m + n];
    let mut column_of: Vec<Option<usize>> = vec![None; n];
    for start in 0..n {
        // a first price that leaves no reduced cost negative
        row_price[start] = adjacent[start]
            .iter()
            .map(|(column, cost)| cost - column_price[*column])
            .fold(f64::INFINITY, f64::min);
        let mut distance = vec![f64::INFINITY; m + n];
        let mut previous_row = vec![start; m + n];
        let mut settled = vec![false; m + n];
        let (mut row, mut so_far) = (start, 0.0);
        let end = loop {
            for (column, cost) in &adjacent[row] {
                let reduced = (cost - row_price[row] - column_price[*column]).max(0.0);
                if !settled[*column] && so_far + reduced < distance[*column] {
                    distance[*column] = so_far + reduced;
                    previous_row[*column] = row;
                }
            }
            let nearest = (0..m + n)
                .filter(|column| !settled[*column])
                .min_by(|a, b| distance[*a].total_cmp(&distance[*b]));
            // the row's own column is always within reach
            let Some(column) = nearest else { return };
            if !distance[column].is_finite() {
                return;
            }
            so_far = distance[column];
            settled[column] = true;
            match row_of[column] {
                None => break column,
                Some(next) => row = next,
            }
        };
        row_price[start] += so_far;
        for column in 0..m + n {
            if settled[column] && column != end {
                let less = so_far - distance[column];
                column_price[column] -= less;
                if let Some(row) = row_of[column] {
                    row_price[row] += less;
                }
            }
        }
        let mut column = end;
        loop {
            let row = previous_row[column];
            row_of[column] = Some(row);
            let before = column_of[row].replace(column);
            match before {
                Some(next) if row != start => column = next,
                _ => break,
            }
        }
    }
    for (row, column) in column_of.iter().enumerate() {
        assigned[rows[row]] = column.filter(|c| *c < m).map(|c| columns[c]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Greatest total gain by trying everything.
    fn brute_force(row: usize, rows: usize, used: u32, edges: &[Edge]) -> f64 {
        if row == rows {
            return 0.0;
        }
        let mut greatest = brute_force(row + 1, rows, used, edges);
        for e in edges.iter().filter(|e| e.row == row) {
            if used & (1 << e.column) == 0 {
                let rest = brute_force(row + 1, rows, used | 1 << e.column, edges);
                greatest = greatest.max(e.gain + rest);
            }
        }
        greatest
    }

    fn total(assigned: &[Option<usize>], edges: &[Edge]) -> f64 {
        assigned
            .iter()
            .enumerate()
            .filter_map(|(row, column)| {
                let column = (*column)?;
                edges
                    .iter()
                    .filter(|e| e.row == row && e.column == column)
                    .map(|e| e.gain)
                    .max_by(f64::total_cmp)
            })
            .sum()
    }

    #[test]
    fn the_greedy_choice_is_not_taken_where_it_costs_more() {
        let edge = |row, column, gain| Edge { row, column, gain };
        for (edges, expected) in [
            (vec![], vec![None, None]),
            (vec![edge(0, 0, -1.0)], vec![None, None]),
            (
                vec![edge(0, 0, 5.0), edge(0, 1, 4.0), edge(1, 0, 4.5)],
                vec![Some(1), Some(0)],
            ),
            (
                vec![edge(0, 0, 5.0), edge(0, 1, 0.1), edge(1, 0, 1.0)],
                vec![Some(0), None],
            ),
        ] {
            assert_eq!(best(2, 2, &edges), expected, "{edges:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn the_total_is_the_brute_force_optimum(
            rows in 1_usize..6, columns in 1_usize..6,
            gains in prop::collection::vec((any::<bool>(), -3.0..10.0_f64), 36),
        ) {
            let edges: Vec<Edge> = (0..rows)
                .flat_map(|row| (0..columns).map(move |column| (row, column)))
                .zip(&gains)
                .filter(|(_, (kept, _))| *kept)
                .map(|((row, column), (_, gain))| Edge { row, column, gain: *gain })
                .collect();
            let assigned = best(rows, columns, &edges);
            let mut used: Vec<usize> = assigned.iter().flatten().copied().collect();
            used.sort_unstable();
            used.dedup();
            prop_assert_eq!(used.len(), assigned.iter().flatten().count());
            let expected = brute_force(0, rows, 0, &edges);
            prop_assert!((total(&assigned, &edges) - expected).abs() < 1e-9);
        }
    }
}

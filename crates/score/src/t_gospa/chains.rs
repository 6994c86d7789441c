//! A large cluster: a good pairing over time, and how much better one could be.
//!
//! Begun from the best constant pairing and from one pass forward in time that pays for
//! each switch as it comes, it is improved a trajectory at a time: with all others fixed,
//! the best chain of partners for one is a shortest path. No pairing can save more than
//! the sum of the rows' best chains where columns may be shared but cost their price,
//! plus the prices (Lagrange); prices are the duals of each scan's own assignment, moved
//! along the subgradient of that bound.

use super::{Cluster, Solution};
use crate::sparse::{Assignment, NONE, assign_sparse};

/// Scans times edges beyond which a trajectory-wise improvement takes too long.
const WORK_MAX: usize = 200_000_000;
/// Scans times trajectories beyond which it takes too much memory.
const CELLS_MAX: usize = 1 << 26;
const SWEEPS_MAX: usize = 8;
const PRICE_STEPS: usize = 40;

/// The best pairing found. `half` is the cost of beginning or of ending a pair.
pub(super) fn solve(cluster: &Cluster<'_>, half: f64) -> Solution {
    let by_scan = cluster.by_scan();
    let scans = cluster.scans.len();
    let small = scans.saturating_mul(cluster.edges.len()) <= WORK_MAX
        && scans.saturating_mul(cluster.rows + cluster.columns) <= CELLS_MAX;
    let (forward, mut best) = forward(cluster, &by_scan, half);
    let (mut prices, bound) = scan_prices(cluster, &by_scan);
    let gap = |best: &Solution, bound: f64| {
        let gap = bound - best.value(half);
        if gap <= 1e-9 * bound { 0.0 } else { gap }
    };
    if !small {
        best.gap = gap(&best, bound);
        return best;
    }
    let mut ties = [Ties::default(), Ties::default()];
    for (edge, number) in cluster.edges.iter().zip(0_u32..) {
        ties[0].add(edge.row as usize, number);
        ties[1].add(edge.column as usize, number);
    }
    for start in [forward, constant(cluster)] {
        let mut plan = Plan::new(cluster, &start);
        for _ in 0..SWEEPS_MAX {
            let before = plan.value(cluster, half);
            plan.improve(cluster, &ties, half);
            if plan.value(cluster, half) <= before {
                break;
            }
        }
        let found = plan.solution(cluster);
        if found.value(half) > best.value(half) {
            best = found;
        }
    }
    let bound = if scans * cluster.edges.len() <= WORK_MAX / PRICE_STEPS {
        lower_prices(
            cluster,
            &ties[0],
            &mut prices,
            bound,
            best.value(half),
            half,
        )
    } else {
        bound
    };
    best.gap = gap(&best, bound);
    best
}

/// A pair held from one of the cluster's scans up to, not with, another.
struct Held {
    edge: u32,
    from: usize,
    to: usize,
}

/// The pairs of greatest gain if none may ever change.
fn constant(cluster: &Cluster<'_>) -> Vec<Held> {
    let all: Vec<(u32, f64)> = (0..)
        .zip(&cluster.edges)
        .map(|(number, edge)| (number, edge.meetings.iter().map(|m| -m.gain).sum()))
        .collect();
    let to = cluster.scans.len();
    assign(cluster, &all)
        .0
        .into_iter()
        .map(|edge| Held { edge, from: 0, to })
        .collect()
}

/// The edges that cost least together, and the columns' prices (their duals, turned).
fn assign(cluster: &Cluster<'_>, costs: &[(u32, f64)]) -> (Vec<u32>, Vec<(u32, f64)>) {
    let ends = |edge: u32| {
        let edge = &cluster.edges[edge as usize];
        (edge.row, edge.column)
    };
    let mut by_row: Vec<(u32, u32, u32, f64)> = costs
        .iter()
        .map(|&(edge, cost)| {
            let (row, column) = ends(edge);
            (row, column, edge, cost)
        })
        .collect();
    by_row.sort_unstable_by_key(|e| (e.0, e.1));
    let mut columns: Vec<u32> = by_row.iter().map(|e| e.1).collect();
    columns.sort_unstable();
    columns.dedup();
    let rows: Vec<&[(u32, u32, u32, f64)]> = by_row.chunk_by(|a, b| a.0 == b.0).collect();
    let local = |column: u32| columns.partition_point(|&c| c < column);
    let Assignment { column_of, duals } = assign_sparse(rows.len(), columns.len(), |row| {
        rows[row].iter().map(|e| (local(e.1), e.3))
    });
    let chosen = rows
        .iter()
        .zip(&column_of)
        .filter(|(_, column)| **column != NONE)
        .filter_map(|(row, &column)| row.iter().find(|e| e.1 == columns[column as usize]))
        .map(|e| e.2)
        .collect();
    let prices = columns.into_iter().zip(duals.iter().map(|v| -v)).collect();
    (chosen, prices)
}

/// Scan after scan the best assignment, given what changes cost against the last.
fn forward(cluster: &Cluster<'_>, by_scan: &[Vec<(u32, f64)>], half: f64) -> (Vec<Held>, Solution) {
    let mut of_row = vec![NONE; cluster.rows];
    let mut of_column = vec![NONE; cluster.columns];
    let mut used = (vec![false; cluster.rows], vec![false; cluster.columns]);
    let mut since = vec![0; cluster.edges.len()];
    let mut held = Vec::new();
    let mut out = Solution::default();
    for (now, meetings) in by_scan.iter().enumerate() {
        let costs: Vec<(u32, f64)> = meetings
            .iter()
            .map(|&(number, gain)| {
                let edge = &cluster.edges[number as usize];
                let (row, column) = (edge.row as usize, edge.column as usize);
                if of_row[row] == number {
                    return (number, -gain);
                }
                let changes = u32::from(of_row[row] != NONE)
                    + u32::from(of_column[column] != NONE)
                    + u32::from(used.0[row] || used.1[column]);
                (number, f64::from(changes) * half - gain)
            })
            .collect();
        for number in assign(cluster, &costs).0 {
            let edge = &cluster.edges[number as usize];
            let (row, column) = (edge.row as usize, edge.column as usize);
            if of_row[row] == number {
                continue;
            }
            for old in [of_row[row], of_column[column]] {
                if old != NONE {
                    let ended = &cluster.edges[old as usize];
                    of_row[ended.row as usize] = NONE;
                    of_column[ended.column as usize] = NONE;
                    out.changes += 1;
                    held.push(Held {
                        edge: old,
                        from: since[old as usize],
                        to: now,
                    });
                }
            }
            // what neither was paired before may have been a pair from the start
            let again = used.0[row] || used.1[column];
            since[number as usize] = if again { now } else { 0 };
            out.changes += u64::from(again);
            (used.0[row], used.1[column]) = (true, true);
            (of_row[row], of_column[column]) = (number, number);
        }
        for &(number, _) in meetings {
            let edge = &cluster.edges[number as usize];
            if of_row[edge.row as usize] == number {
                let at = edge
                    .meetings
                    .partition_point(|m| m.scan < cluster.scans[now]);
                out.add(&edge.meetings[at]);
            }
        }
    }
    let to = by_scan.len();
    held.extend(of_row.into_iter().filter(|e| *e != NONE).map(|edge| Held {
        edge,
        from: since[edge as usize],
        to,
    }));
    (held, out)
}

/// Prices of the columns, scan by scan, and the gain of each scan's best assignment.
fn scan_prices(cluster: &Cluster<'_>, by_scan: &[Vec<(u32, f64)>]) -> (Vec<Vec<(u32, f64)>>, f64) {
    let mut bound = 0.0;
    let prices = by_scan
        .iter()
        .map(|meetings| {
            let costs: Vec<(u32, f64)> = meetings.iter().map(|&(e, gain)| (e, -gain)).collect();
            let (mut chosen, prices) = assign(cluster, &costs);
            chosen.sort_unstable();
            bound += meetings
                .iter()
                .filter(|m| chosen.binary_search(&m.0).is_ok())
                .map(|m| m.1)
                .sum::<f64>();
            prices
        })
        .collect();
    (prices, bound)
}

/// The edges at each trajectory of one side.
#[derive(Default)]
struct Ties {
    edges: Vec<Vec<u32>>,
}

impl Ties {
    fn add(&mut self, end: usize, edge: u32) {
        if self.edges.len() <= end {
            self.edges.resize(end + 1, Vec::new());
        }
        self.edges[end].push(edge);
    }
}

/// The best chain through `edges` and none, where being in an edge at a scan costs
/// `price(scan, edge)`; the value, and for each scan which edge.
fn chain(
    cluster: &Cluster<'_>,
    edges: &[u32],
    price: impl Fn(usize, u32) -> f64,
    half: f64,
) -> (f64, Vec<u32>) {
    let states = edges.len() + 1;
    let mut value = vec![0.0_f64; states];
    let mut origins: Vec<u32> = Vec::with_capacity(states * cluster.scans.len());
    let mut next = vec![0_usize; edges.len()];
    for (now, scan) in cluster.scans.iter().enumerate() {
        // the last state is none
        let mut best = (f64::NEG_INFINITY, 0);
        for (state, &v) in value[..edges.len()].iter().enumerate() {
            if v > best.0 {
                best = (v, state as u32);
            }
        }
        let none = value[edges.len()];
        let ended = best.0 - half;
        let (through, way) = if now > 0 && ended > none {
            (ended, best.1)
        } else {
            (none, edges.len() as u32)
        };
        for (state, &edge) in edges.iter().enumerate() {
            let mut origin = state as u32;
            if now > 0 && through - half > value[state] {
                value[state] = through - half;
                origin = way;
            }
            let meetings = cluster.edges[edge as usize].meetings;
            if let Some(meeting) = meetings.get(next[state])
                && meeting.scan == *scan
            {
                value[state] += meeting.gain;
                next[state] += 1;
            }
            value[state] -= price(now, edge);
            origins.push(origin);
        }
        value[edges.len()] = through;
        origins.push(way);
    }
    let mut state = (0..states).fold(edges.len(), |b, s| if value[s] > value[b] { s } else { b });
    let best = value[state];
    let mut path = vec![NONE; cluster.scans.len()];
    for (place, origins) in path.iter_mut().zip(origins.chunks(states)).rev() {
        *place = edges.get(state).copied().unwrap_or(NONE);
        state = origins[state] as usize;
    }
    (best, path)
}

/// Who is paired with whom at every scan: for each side, edge by scan and trajectory.
struct Plan {
    width: [usize; 2],
    edge_of: [Vec<u32>; 2],
}

impl Plan {
    fn new(cluster: &Cluster<'_>, held: &[Held]) -> Self {
        let width = [cluster.rows, cluster.columns];
        let mut plan = Self {
            width,
            edge_of: width.map(|w| vec![NONE; w * cluster.scans.len()]),
        };
        for held in held {
            for scan in held.from..held.to {
                plan.set(cluster, scan, held.edge, held.edge);
            }
        }
        plan
    }

    /// Writes `value` at both ends of an edge.
    fn set(&mut self, cluster: &Cluster<'_>, scan: usize, edge: u32, value: u32) {
        let ends = &cluster.edges[edge as usize];
        self.edge_of[0][scan * self.width[0] + ends.row as usize] = value;
        self.edge_of[1][scan * self.width[1] + ends.column as usize] = value;
    }

    /// Gives each trajectory of either side its best chain among what others leave free.
    fn improve(&mut self, cluster: &Cluster<'_>, ties: &[Ties; 2], half: f64) {
        for side in [0, 1] {
            for (end, edges) in ties[side].edges.iter().enumerate() {
                for scan in 0..cluster.scans.len() {
                    let old = self.edge_of[side][scan * self.width[side] + end];
                    if old != NONE {
                        self.set(cluster, scan, old, NONE);
                    }
                }
                let other = 1 - side;
                let taken = |scan: usize, edge: u32| {
                    let ends = &cluster.edges[edge as usize];
                    let partner = if side == 0 { ends.column } else { ends.row };
                    match self.edge_of[other][scan * self.width[other] + partner as usize] {
                        NONE => 0.0,
                        _ => f64::INFINITY,
                    }
                };
                let (_, path) = chain(cluster, edges, taken, half);
                for (scan, &edge) in path.iter().enumerate().filter(|(_, e)| **e != NONE) {
                    self.set(cluster, scan, edge, edge);
                }
            }
        }
    }

    fn value(&self, cluster: &Cluster<'_>, half: f64) -> f64 {
        self.solution(cluster).value(half)
    }

    fn solution(&self, cluster: &Cluster<'_>) -> Solution {
        let rows = self.width[0];
        let mut out = Solution::default();
        for (number, edge) in (0..).zip(&cluster.edges) {
            for meeting in edge.meetings {
                let at = cluster.scans.partition_point(|&s| s < meeting.scan);
                if self.edge_of[0][at * rows + edge.row as usize] == number {
                    out.add(meeting);
                }
            }
        }
        let later = self.edge_of[0].iter().skip(rows);
        out.changes = self.edge_of[0]
            .iter()
            .zip(later)
            .filter(|(a, b)| a != b)
            .map(|(&a, &b)| u64::from(a != NONE) + u64::from(b != NONE))
            .sum();
        out
    }
}

/// Moves the prices so that the bound falls towards `reached`; the least bound found.
fn lower_prices(
    cluster: &Cluster<'_>,
    rows: &Ties,
    prices: &mut Vec<Vec<(u32, f64)>>,
    bound: f64,
    reached: f64,
    half: f64,
) -> f64 {
    let columns = cluster.columns;
    let mut dense = vec![0.0; columns * cluster.scans.len()];
    for (scan, prices) in prices.drain(..).enumerate() {
        for (column, price) in prices {
            dense[scan * columns + column as usize] = price;
        }
    }
    let (mut least, mut stride) = (bound, 1.0);
    for _ in 0..PRICE_STEPS {
        let mut uses = vec![0_u32; dense.len()];
        let mut value: f64 = dense.iter().sum();
        for edges in &rows.edges {
            let place = |scan: usize, edge: u32| {
                scan * columns + cluster.edges[edge as usize].column as usize
            };
            let (best, path) = chain(cluster, edges, |scan, edge| dense[place(scan, edge)], half);
            value += best;
            for (scan, &edge) in path.iter().enumerate().filter(|(_, e)| **e != NONE) {
                uses[place(scan, edge)] += 1;
            }
        }
        if value < least {
            least = value;
        } else {
            stride *= 0.7;
        }
        if least - reached <= 1e-9 * reached.abs().max(1.0) {
            return reached;
        }
        // Polyak's step: as far as the gap would take it, less when that overshoots
        let slack = |(price, uses): (&f64, &u32)| match f64::from(*uses) - 1.0 {
            d if d < 0.0 && *price <= 0.0 => 0.0,
            d => d,
        };
        let norm: f64 = dense.iter().zip(&uses).map(|x| slack(x).powi(2)).sum();
        if norm == 0.0 {
            break;
        }
        let step = stride * (value - reached) / norm;
        for (price, uses) in dense.iter_mut().zip(&uses) {
            *price = (*price + step * slack((price, uses))).max(0.0);
        }
    }
    least
}

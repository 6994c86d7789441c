//! The metric against hand-computed examples and its own axioms.

use lapwing_score::gospa::{GospaParams, gospa, gospa_pairs};
use proptest::prelude::*;

const P: GospaParams = GospaParams {
    c: 8.0,
    p: 2.0,
    alpha: 2.0,
};

#[test]
fn hand_computed() {
    let truth = [[0.0, 0.0], [10.0, 0.0]];
    for (name, estimates, localisation, missed, false_) in [
        ("perfect", vec![[0.0, 0.0], [10.0, 0.0]], 0.0, 0.0, 0.0),
        (
            "perfect, the other way round",
            vec![[10.0, 0.0], [0.0, 0.0]],
            0.0,
            0.0,
            0.0,
        ),
        ("nothing seen", vec![], 0.0, 64.0, 0.0),
        ("one missed", vec![[0.0, 3.0]], 9.0, 32.0, 0.0),
        (
            "one too many",
            vec![[0.0, 3.0], [10.0, 4.0], [50.0, 0.0]],
            25.0,
            0.0,
            32.0,
        ),
        (
            "one of each",
            vec![[0.0, 3.0], [50.0, 0.0]],
            9.0,
            32.0,
            32.0,
        ),
        (
            "just inside the cut-off",
            vec![[0.0, 7.5], [10.0, 0.0]],
            56.25,
            0.0,
            0.0,
        ),
        (
            "at the cut-off",
            vec![[0.0, 8.0], [10.0, 0.0]],
            0.0,
            32.0,
            32.0,
        ),
        // greedy would take (4,0)-(0,0) = 16 and lose the other
        (
            "contested",
            vec![[4.0, 0.0], [-5.0, 0.0]],
            25.0 + 36.0,
            0.0,
            0.0,
        ),
    ] {
        let g = gospa(&truth, &estimates, &P);
        assert_eq!(
            (g.localisation, g.missed, g.false_),
            (localisation, missed, false_),
            "{name}"
        );
    }
}

/// Rahmathullah et al. 2017, section III: with α = 1 a missed and a false object at one
/// place cost c^p like one far pair; the published comparison of α = 1 and α = 2 for one
/// object and none, one and two estimates of which one is Δ away.
#[test]
fn the_published_comparison_of_alpha() {
    let (c, delta) = (8.0_f64, 2.0_f64);
    let truth = [[0.0, 0.0]];
    let near = [delta, 0.0];
    let far = [1e3, 0.0];
    for (alpha, none, one, two) in [
        (1.0, c * c, delta * delta, delta * delta + c * c),
        (2.0, c * c / 2.0, delta * delta, delta * delta + c * c / 2.0),
    ] {
        let params = GospaParams { c, p: 2.0, alpha };
        let total = |estimates: &[[f64; 2]]| gospa(&truth, estimates, &params).total();
        assert_eq!(total(&[]), none);
        assert_eq!(total(&[near]), one);
        assert_eq!(total(&[near, far]), two);
        assert_eq!(total(&[far]), c * c);
    }
}

/// Definition 1, literally: every way to give each of the fewer points a partner.
fn brute(a: &[[f64; 2]], b: &[[f64; 2]], params: &GospaParams) -> f64 {
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    fn best(few: &[[f64; 2]], many: &[[f64; 2]], used: u32, params: &GospaParams) -> f64 {
        let Some((x, rest)) = few.split_first() else {
            return 0.0;
        };
        (0..many.len())
            .filter(|j| used & (1 << j) == 0)
            .map(|j| {
                let d = (x[0] - many[j][0]).hypot(x[1] - many[j][1]).min(params.c);
                d.powf(params.p) + best(rest, many, used | (1 << j), params)
            })
            .fold(f64::INFINITY, f64::min)
    }
    let cardinality = params.c.powf(params.p) / params.alpha * (many.len() - few.len()) as f64;
    (best(few, many, 0, params) + cardinality).powf(1.0 / params.p)
}

fn set() -> impl Strategy<Value = Vec<[f64; 2]>> {
    prop::collection::vec(
        (0.0..20.0_f64, 0.0..20.0_f64).prop_map(|(x, y)| [x, y]),
        0..6,
    )
}

fn params() -> impl Strategy<Value = GospaParams> {
    (
        1.0..15.0_f64,
        1.0..3.0_f64,
        prop_oneof![Just(2.0), 0.2..2.0_f64],
    )
        .prop_map(|(c, p, alpha)| GospaParams { c, p, alpha })
}

/// Points in clumps, from which the grid and the search have something to do.
fn clumps(centres: std::ops::Range<usize>) -> impl Strategy<Value = Vec<[f64; 3]>> {
    let offset = || -1.5..1.5_f64;
    let clump = (-3..3_i32, -3..3_i32, -3..3_i32);
    let point = (clump, offset(), offset(), offset()).prop_map(|((i, j, k), x, y, z)| {
        [
            4.0 * f64::from(i) + x,
            4.0 * f64::from(j) + y,
            4.0 * f64::from(k) + z,
        ]
    });
    prop::collection::vec(point, centres)
}

/// Bellman's recursion over subsets: exact, and nothing like what the library does.
fn by_subsets(truth: &[[f64; 3]], estimates: &[[f64; 3]], params: &GospaParams) -> f64 {
    let worth = params.c.powf(params.p);
    let mut best = vec![0.0_f64; 1 << estimates.len()];
    for x in truth {
        let before = best.clone();
        for used in 0..best.len() {
            for (j, y) in estimates
                .iter()
                .enumerate()
                .filter(|(j, _)| used & (1 << j) != 0)
            {
                let d = (0..3).map(|k| (x[k] - y[k]).powi(2)).sum::<f64>().sqrt();
                let gain = d.min(params.c).powf(params.p) - worth;
                best[used] = best[used].min(before[used & !(1 << j)] + gain);
            }
        }
    }
    let gain = best.last().copied().unwrap_or_default();
    let fewer = truth.len().min(estimates.len()) as f64;
    let more = truth.len().abs_diff(estimates.len()) as f64;
    gain + fewer * worth + more * worth / params.alpha
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_the_definition(a in set(), b in set(), params in params()) {
        let d = gospa(&a, &b, &params).distance(&params);
        prop_assert!((d - brute(&a, &b, &params)).abs() < 1e-9, "{d}");
    }

    #[test]
    fn it_is_a_metric(a in set(), b in set(), c in set(), params in params()) {
        let d = |x: &[[f64; 2]], y: &[[f64; 2]]| gospa(x, y, &params).distance(&params);
        prop_assert!(d(&a, &a) < 1e-9);
        prop_assert!((d(&a, &b) - d(&b, &a)).abs() < 1e-9);
        prop_assert!(d(&a, &c) <= d(&a, &b) + d(&b, &c) + 1e-9);
    }

    #[test]
    fn in_three_dimensions_it_is_the_best_over_subsets(
        a in clumps(0..30), b in clumps(0..10), params in params(),
    ) {
        let expected = by_subsets(&a, &b, &params);
        let g = gospa(&a, &b, &params);
        prop_assert!((g.total() - expected).abs() < 1e-9 * (1.0 + expected), "{} {expected}", g.total());
        let turned = gospa(&b, &a, &params);
        prop_assert!((turned.total() - expected).abs() < 1e-9 * (1.0 + expected));
        prop_assert_eq!(g.assigned + g.missed_count, a.len());
        prop_assert_eq!(g.assigned + g.false_count, b.len());
    }

    #[test]
    fn order_and_place_do_not_matter(a in set(), b in set(), params in params(), by in -1e6..1e6_f64) {
        let moved = |points: &[[f64; 2]]| -> Vec<[f64; 2]> {
            points.iter().rev().map(|p| [p[0] + by, p[1] - by]).collect()
        };
        let (one, two) = (gospa(&a, &b, &params), gospa(&moved(&a), &moved(&b), &params));
        prop_assert!((one.total() - two.total()).abs() < 1e-6 * (1.0 + one.total()));
    }

    #[test]
    fn the_pairs_are_those_that_it_counts(a in set(), b in set(), params in params()) {
        let (g, pairs) = gospa_pairs(&a, &b, &params);
        let sum: f64 = pairs
            .iter()
            .map(|&(i, j)| (a[i][0] - b[j][0]).hypot(a[i][1] - b[j][1]))
            .inspect(|d| assert!(*d < params.c))
            .map(|d| d.powf(params.p))
            .sum();
        prop_assert_eq!(pairs.len(), g.assigned);
        prop_assert!((sum - g.localisation).abs() < 1e-9 * (1.0 + sum));
    }
}

#[test]
fn what_is_not_finite_is_near_nothing() {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308, 0.0];
    let points: Vec<[f64; 2]> = odd
        .iter()
        .flat_map(|&x| odd.iter().map(move |&y| [x, y]))
        .collect();
    let g = gospa(&points, &points, &P);
    assert_eq!(g.assigned, 4);
    assert_eq!(g.missed, 21.0 * 32.0);
}

#[test]
fn a_crowd_at_one_point_take_no_matrix() {
    let crowd = vec![[5.0, 5.0]; 900];
    let other = vec![[5.0, 6.0]; 600];
    let g = gospa(&crowd, &other, &P);
    assert_eq!((g.assigned, g.localisation), (600, 600.0));
    assert_eq!(g.missed_count, 300);
}

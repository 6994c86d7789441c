//! The metric against hand-computed examples and its own axioms.

use lapwing_score::gospa::{GospaParams, gospa};
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
}

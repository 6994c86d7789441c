//! The metric over trajectories against hand-worked examples, its definition written out,
//! and its axioms; the way for large clusters against the exact one.

use lapwing_score::gospa::{GospaParams, gospa};
use lapwing_score::t_gospa::{
    TGospa, TGospaError, TGospaParams, TGospaScans, Trajectories, t_gospa,
};
use proptest::prelude::*;

const P: TGospaParams = TGospaParams {
    c: 10.0,
    p: 2.0,
    gamma: 3.0,
};

/// Trajectories on a line, written as one text each: a digit is a place 1 m a unit, `.` absence.
fn line(texts: &[&str]) -> Trajectories<1> {
    texts
        .iter()
        .zip(0..)
        .map(|(text, id)| {
            let place = |c: char| c.to_digit(10).map(|d| [f64::from(d)]);
            (id, text.chars().map(place).collect())
        })
        .collect()
}

#[test]
fn hand_worked() {
    // (name, truth, tracks, localisation, missed, false, switches); c²/2 = 50, γ² = 9
    for (name, truth, tracks, localisation, missed, false_, switches) in [
        (
            "perfect",
            &["12345"][..],
            &["12345"][..],
            0.0,
            0.0,
            0.0,
            0.0,
        ),
        ("nothing", &[], &[], 0.0, 0.0, 0.0, 0.0),
        ("never seen", &["123"], &[], 0.0, 150.0, 0.0, 0.0),
        ("a false track", &[], &["55"], 0.0, 0.0, 100.0, 0.0),
        ("a metre off", &["1111"], &["2222"], 4.0, 0.0, 0.0, 0.0),
        ("found late", &["11111"], &["..111"], 0.0, 100.0, 0.0, 0.0),
        // the assignment is held over the gap, for nothing
        ("a gap", &["11111"], &["11.11"], 0.0, 50.0, 0.0, 0.0),
        (
            "broken in two",
            &["11111"],
            &["11...", "..111"],
            0.0,
            0.0,
            0.0,
            1.0,
        ),
        (
            "broken in three",
            &["11111"],
            &["1....", ".11..", "...11"],
            0.0,
            0.0,
            0.0,
            2.0,
        ),
        (
            "broken, a scan apart",
            &["11111"],
            &["11...", "...11"],
            0.0,
            50.0,
            0.0,
            1.0,
        ),
        // cheaper to stay 2 m off than to switch (4 < 9), and to switch than 4 m off
        (
            "swapped, near",
            &["1111", "3333"],
            &["1133", "3311"],
            16.0,
            0.0,
            0.0,
            0.0,
        ),
        (
            "swapped, far",
            &["1111", "5555"],
            &["1155", "5511"],
            0.0,
            0.0,
            0.0,
            2.0,
        ),
        // one track takes over from another that goes on falsely: 9 against 162
        (
            "taken over",
            &["0000"],
            &["0099", "..00"],
            0.0,
            0.0,
            100.0,
            1.0,
        ),
    ] {
        let score = t_gospa(&line(truth), &line(tracks), P).unwrap();
        let got = (
            score.localisation,
            score.missed,
            score.false_,
            score.switches,
        );
        assert_eq!(got, (localisation, missed, false_, switches), "{name}");
        assert_eq!(score.switch, 9.0 * score.switches, "{name}");
        assert!(score.is_exact(), "{name}");
    }
}

#[test]
fn a_pair_that_only_ends_is_half_a_switch() {
    // Track 0 follows truth 0, leaves it at the last scan for truth 1, which nothing else sees.
    let truth = line(&["0000", "...9"]);
    let mut tracks = line(&["0009"]);
    let score = t_gospa(&truth, &tracks, P).unwrap();
    // end of (0, 0) and begin of (1, 0): one whole switch, 9, against 50 + 81 for staying
    assert_eq!((score.missed, score.switches), (50.0, 1.0));
    // with a track of truth 1's own, ending (0, 0) costs 4.5 and saves nothing: 81 < 100
    tracks.insert(5, line(&["...9"])[&0].clone());
    let score = t_gospa(&truth, &tracks, P).unwrap();
    assert_eq!((score.localisation, score.switches), (81.0, 0.0));
}

#[test]
fn parameters_are_checked() {
    let new = |c, p, gamma| TGospaScans::new(TGospaParams { c, p, gamma }).err();
    assert_eq!(new(1.0, 1.0, 1.0), None);
    assert_eq!(new(1.0, 1.0, 0.0), Some(TGospaError::Gamma(0.0)));
    assert!(matches!(new(-1.0, 1.0, 1.0), Some(TGospaError::Gospa(_))));
    assert!(matches!(new(1.0, 0.5, 1.0), Some(TGospaError::Gospa(_))));
}

/// The definition written out: all assignments at every scan, all transitions.
fn brute(x: &Trajectories<1>, y: &Trajectories<1>, params: &TGospaParams) -> f64 {
    let place = |of: &Trajectories<1>, i: usize, k: usize| -> Option<f64> {
        of.values().nth(i).and_then(|t| *t.get(k)?).map(|p| p[0])
    };
    let scans = x
        .values()
        .chain(y.values())
        .map(Vec::len)
        .max()
        .unwrap_or(0);
    fn assignments(rows: usize, columns: usize, used: u32) -> Vec<Vec<usize>> {
        if rows == 0 {
            return vec![vec![]];
        }
        // 0 is alone, else the column counted from 1
        (0..=columns)
            .filter(|j| *j == 0 || used & (1 << j) == 0)
            .flat_map(|j| {
                let used = if j == 0 { used } else { used | 1 << j };
                assignments(rows - 1, columns, used)
                    .into_iter()
                    .map(move |mut rest| {
                        rest.insert(0, j);
                        rest
                    })
            })
            .collect()
    }
    let all = assignments(x.len(), y.len(), 0);
    let worth = params.c.powf(params.p);
    let base = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs().min(params.c).powf(params.p),
        (None, None) => 0.0,
        _ => worth / 2.0,
    };
    let cost = |k: usize, pi: &[usize]| -> f64 {
        let rows: f64 = pi
            .iter()
            .enumerate()
            .map(|(i, &j)| {
                base(
                    place(x, i, k),
                    j.checked_sub(1).and_then(|j| place(y, j, k)),
                )
            })
            .sum();
        let columns: f64 = (0..y.len())
            .filter(|j| !pi.contains(&(j + 1)))
            .map(|j| base(None, place(y, j, k)))
            .sum();
        rows + columns
    };
    let switch = |a: &[usize], b: &[usize]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| match (a, b) {
                (a, b) if a == b => 0.0,
                (0, _) | (_, 0) => 0.5,
                _ => 1.0,
            })
            .sum::<f64>()
            * params.gamma.powf(params.p)
    };
    let mut value: Vec<f64> = vec![0.0; all.len()];
    for k in 0..scans {
        value = all
            .iter()
            .map(|to| {
                let before = all
                    .iter()
                    .zip(&value)
                    .map(|(from, v)| if k == 0 { 0.0 } else { v + switch(from, to) })
                    .fold(f64::INFINITY, f64::min);
                before + cost(k, to)
            })
            .collect();
    }
    value
        .into_iter()
        .fold(f64::INFINITY, f64::min)
        .powf(1.0 / params.p)
}

fn set(most: usize, scans: usize) -> impl Strategy<Value = Trajectories<1>> {
    let place = prop::option::weighted(0.8, (0.0..12.0_f64).prop_map(|x| [x]));
    prop::collection::vec(prop::collection::vec(place, 0..=scans), 0..=most)
        .prop_map(|all| (0..).zip(all).collect())
}

fn params() -> impl Strategy<Value = TGospaParams> {
    (1.0..12.0_f64, 1.0..3.0_f64, 0.1..6.0_f64).prop_map(|(c, p, gamma)| TGospaParams {
        c,
        p,
        gamma,
    })
}

fn distance(x: &Trajectories<1>, y: &Trajectories<1>, params: TGospaParams) -> f64 {
    let score: TGospa = t_gospa(x, y, params).unwrap();
    assert!(score.is_exact());
    score.distance(&params)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_the_definition(x in set(3, 6), y in set(3, 6), params in params()) {
        let (d, expected) = (distance(&x, &y, params), brute(&x, &y, &params));
        prop_assert!((d - expected).abs() < 1e-9, "{d} {expected}");
    }

    #[test]
    fn it_is_a_metric(x in set(2, 5), y in set(2, 5), z in set(2, 5), params in params()) {
        prop_assert!(distance(&x, &x, params) < 1e-6);
        prop_assert!((distance(&x, &y, params) - distance(&y, &x, params)).abs() < 1e-9);
        let around = distance(&x, &y, params) + distance(&y, &z, params);
        prop_assert!(distance(&x, &z, params) <= around + 1e-9);
    }

    #[test]
    fn a_single_scan_is_gospa(x in set(5, 1), y in set(5, 1), params in params()) {
        let at = |of: &Trajectories<1>| -> Vec<[f64; 1]> { of.values().filter_map(|t| *t.first()?).collect() };
        let TGospaParams { c, p, .. } = params;
        let g = gospa(&at(&x), &at(&y), &GospaParams { c, p, alpha: 2.0 });
        let t = t_gospa(&x, &y, params).unwrap();
        prop_assert!((g.total() - t.total()).abs() < 1e-9);
        prop_assert_eq!(t.switches, 0.0);
    }

    /// Sets that are too large for the exact way: the bounds hold what GOSPA alone and
    /// never changing give.
    #[test]
    fn large_clusters_are_bounded(x in set(14, 12), y in set(14, 12), gamma in 0.1..6.0_f64) {
        let params = TGospaParams { gamma, ..P };
        let score = t_gospa(&x, &y, params).unwrap();
        let mut scans_alone = 0.0;
        for k in 0..12 {
            let at = |of: &Trajectories<1>| -> Vec<[f64; 1]> {
                of.values().filter_map(|t| *t.get(k)?).collect()
            };
            scans_alone += gospa(&at(&x), &at(&y), &GospaParams { c: P.c, p: P.p, alpha: 2.0 }).total();
        }
        prop_assert!(score.gap >= 0.0);
        let lower = score.total() - score.gap;
        prop_assert!(lower >= scans_alone - 1e-6, "{lower} {scans_alone}");
    }
}

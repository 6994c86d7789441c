//! What must hold of the filter whatever it is told.

use super::estimate::{Estimate, Estimator};
use super::filter::{PlanarConfig, PlanarFilter};
use super::undetected::Birth;
use proptest::prelude::*;

fn config(hypotheses: usize) -> PlanarConfig {
    PlanarConfig {
        dt_s: 1.0,
        q: 0.1,
        sigma_m: 1.0,
        detection: 0.8,
        survival: 0.98,
        clutter_density: 1e-3,
        area: [0.0, 100.0, 0.0, 100.0],
        birth: Birth::Uniform {
            density_per_scan: 1e-4,
            initial_density: 1e-3,
            speed_std_mps: 2.0,
        },
        gate: 20.0,
        hypotheses,
        weight_min: 1e-4,
        existence_min: 1e-5,
        information_min: 1e-2,
        alike: 0.01,
        estimator: Estimator::LeastError {
            existence: 0.4,
            cutoff_m: 10.0,
        },
    }
}

/// Clusters are normalised and sorted, existences are probabilities, every choice is of a
/// local hypothesis that is there, every number is one.
fn assert_sound(filter: &PlanarFilter) {
    let mut ids = Vec::new();
    for cluster in &filter.mixture.clusters {
        let sum: f64 = cluster.log_weights.iter().map(|w| w.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "weights sum to {sum}");
        assert!(cluster.log_weights.is_sorted_by(|a, b| a >= b));
        for (t, track) in cluster.tracks.iter().enumerate() {
            ids.push(track.id);
            for local in &track.locals {
                assert!((0.0..=1.0).contains(&local.existence), "{local:?}");
                for axis in [local.state.x, local.state.y] {
                    assert!(axis.position_m.is_finite() && axis.velocity_mps.is_finite());
                    assert!(axis.pp > 0.0 && axis.vv > 0.0);
                    assert!(axis.pp * axis.vv > axis.pv * axis.pv, "{axis:?}");
                }
            }
            for global in 0..cluster.log_weights.len() {
                let choice = cluster.choice(global)[t];
                let none = choice == crate::mixture::NONE;
                assert!(none || usize::from(choice) < track.locals.len());
            }
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "a track's number is its own");
}

fn scans() -> impl Strategy<Value = Vec<Vec<[f64; 2]>>> {
    let report = [40.0..60.0_f64, 40.0..60.0_f64];
    prop::collection::vec(prop::collection::vec(report, 0..7), 1..8)
}

fn fed(mut filter: PlanarFilter, scans: &[Vec<[f64; 2]>]) -> PlanarFilter {
    for scan in scans {
        filter.step(scan);
        assert_sound(&filter);
    }
    filter
}

fn limited(hypotheses: usize, tracks_max: usize, nodes_max: usize) -> PlanarFilter {
    PlanarFilter::new(config(hypotheses)).with_limits(tracks_max, nodes_max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn sound_whatever_the_budget(
        scans in scans(),
        hypotheses in prop_oneof![Just(1_usize), Just(5), Just(200)],
        tracks_max in prop_oneof![Just(0_usize), Just(3), Just(40)],
        nodes_max in prop_oneof![Just(0_usize), Just(10), Just(20_000)],
    ) {
        let filter = fed(limited(hypotheses, tracks_max, nodes_max), &scans);
        prop_assert!(filter.expected_objects().is_finite());
        prop_assert!(filter.size().2 <= hypotheses * filter.size().0);
    }

    #[test]
    fn the_order_of_reports_changes_nothing(scans in scans(), turn in 0_usize..7) {
        let mut turned = scans.clone();
        for scan in &mut turned {
            let by = turn.min(scan.len());
            scan.rotate_left(by);
        }
        let (a, b) = (fed(limited(200, 40, 20_000), &scans), fed(limited(200, 40, 20_000), &turned));
        prop_assert_eq!(a.estimates(), b.estimates());
        prop_assert_eq!(a.size(), b.size());
    }

    /// Where Murty's ranking takes over from branch and bound, the best stays the best.
    #[test]
    fn the_best_hypothesis_is_found_either_way(scans in scans()) {
        let (whole, ranked) = (limited(1, usize::MAX, usize::MAX), limited(1, usize::MAX, 0));
        let (a, b) = (fed(whole, &scans), fed(ranked, &scans));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9 * b.abs().max(1.0);
        prop_assert!(near(a.expected_objects(), b.expected_objects()));
        prop_assert_eq!(a.estimates().len(), b.estimates().len());
    }

    /// With one track there is no loop, and belief propagation is exact but for what the
    /// budget leaves out; with two it is as near as its messages, which count a rival twice
    /// round the loop.
    #[test]
    fn marginals_are_near_the_hypotheses(
        known in 1_usize..=2,
        scan in prop::collection::vec([45.0..55.0_f64, 45.0..55.0_f64], 0..5),
    ) {
        let first: Vec<[f64; 2]> = [[48.0, 50.0], [52.0, 50.0]][..known].to_vec();
        let scans = [first, scan];
        let (mixed, marginal) = (limited(5_000, 40, usize::MAX), limited(5_000, 0, 0));
        let (a, b) = (fed(mixed, &scans), fed(marginal, &scans));
        let (a, b) = (a.expected_objects(), b.expected_objects());
        let apart = if known == 1 { 2e-3 } else { 0.05 };
        prop_assert!((a - b).abs() < apart * a.max(1.0), "{a} by hypotheses, {b} by marginals");
    }
}

#[test]
fn an_object_keeps_its_number() {
    let mut filter = limited(200, 40, 20_000);
    let mut numbers = Vec::new();
    for k in 0..12 {
        // missed once; a false report passes by
        let own = [20.0 + 2.0 * f64::from(k), 50.0];
        let scan = if k == 6 {
            vec![]
        } else {
            vec![own, [own[0] + 6.0, 56.0 - f64::from(k)]]
        };
        filter.step(&scan);
        assert_sound(&filter);
        let near = |e: &&Estimate| (e.position_m[0] - own[0]).hypot(e.position_m[1] - own[1]) < 4.0;
        numbers.extend(filter.estimates().iter().find(near).map(|e| e.id));
    }
    assert!(numbers.len() >= 9, "{numbers:?}");
    numbers.dedup();
    assert_eq!(numbers.len(), 1, "{numbers:?}");
}

#[test]
fn what_is_no_number_is_counted_and_left_out() {
    let mut filter = limited(200, 40, 20_000);
    let mut clean = limited(200, 40, 20_000);
    for k in 0..4 {
        let own = [50.0 + f64::from(k), 50.0];
        clean.step(&[own]);
        filter.step(&[[f64::NAN, 50.0], own, [50.0, f64::INFINITY], [1e300, 50.0]]);
        assert_sound(&filter);
    }
    assert_eq!(filter.rejected(), 12);
    assert_eq!(filter.estimates(), clean.estimates());
}

/// Ten thousand reports at one point: bounded, counted, and nothing to a track elsewhere.
#[test]
fn a_flood_at_one_point_stays_there() {
    let mut filter = limited(200, 40, 20_000);
    let mut calm = limited(200, 40, 20_000);
    for k in 0..6 {
        let own = [20.0 + f64::from(k), 20.0];
        calm.step(&[own]);
        let mut scan = vec![[70.0, 70.0]; 10_000];
        scan.push(own);
        filter.step(&scan);
        assert_sound(&filter);
        let (_, tracks, _) = filter.size();
        assert!(tracks < 1_000, "{tracks} tracks");
    }
    assert!(filter.rejected() > 50_000, "{}", filter.rejected());
    let at = |filter: &PlanarFilter| {
        let all = filter.estimates();
        let own = all.iter().find(|e| e.position_m[0] < 40.0).copied();
        own.map(|e| (e.position_m, e.velocity_mps))
    };
    let (found, expected) = (at(&filter), at(&calm));
    let ((p, v), (q, w)) = found.zip(expected).expect("the track elsewhere");
    for (a, b) in p.iter().chain(&v).zip(q.iter().chain(&w)) {
        assert!((a - b).abs() < 1e-9, "{found:?} {expected:?}");
    }
}

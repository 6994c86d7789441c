//! Whole runs: what they are scored as, and what they may not depend on.

use lapwing_lab::csv::{Measurements, Truth};
use lapwing_lab::{Hooks, Input, Kind, Options, Outcome, Scenario};
use lapwing_track::swarm::scene::{Scene, SceneConfig};

/// The S scene of `objects`, as tables of one run.
fn scene(objects: usize, scans: u32, seed: u64) -> (Measurements, Truth) {
    let mut scene = Scene::new(SceneConfig::s(objects, 0.0, 0.0, seed));
    let (mut measured, mut truth) = (Measurements::new(), Truth::new());
    for scan in 0..scans {
        if scan > 0 {
            scene.advance();
        }
        measured
            .entry(1)
            .or_default()
            .insert(scan, scene.detections().to_vec());
        let states = scene.ids().iter().zip(scene.states());
        truth.insert(scan, states.map(|(id, s)| (*id as u32, *s)).collect());
    }
    (measured, truth)
}

fn s_n(objects: f64, scans: u32) -> Scenario {
    let mut scenario = Scenario::parse(include_str!("../../../scenarios/s_n.toml")).expect("sound");
    scenario.scans = scans;
    scenario.scaled(objects)
}

type Found = Vec<(u32, Vec<(u64, [f64; 2])>)>;

fn run(
    scenario: &Scenario,
    measurements: &Measurements,
    truth: &Truth,
    kind: Kind,
) -> (Outcome, Found) {
    let mut found = Vec::new();
    let mut ticks = 0.0;
    let outcome = lapwing_lab::run(
        scenario,
        Input::Tables {
            measurements,
            truth,
        },
        &Options {
            kind,
            threads: 1,
            started: false,
            runs: None,
        },
        &mut Hooks {
            processor_s: &mut || {
                ticks += 1e-6;
                ticks
            },
            wall_s: &mut || 0.0,
            each: &mut |_, scan, estimates| found.push((scan, estimates.to_vec())),
        },
    )
    .expect("a sound scenario");
    (outcome, found)
}

/// The estimate at a scan uses what was measured until then, and nothing later.
#[test]
fn a_file_cut_off_gives_the_same_estimates_until_there() {
    let (measured, truth) = scene(20, 30, 3);
    let scenario = s_n(20.0, 30);
    for kind in [Kind::Mixture, Kind::Marginal] {
        let whole = run(&scenario, &measured, &truth, kind).1;
        for cut in [1, 7, 20] {
            let mut early = measured.clone();
            for scans in early.values_mut() {
                scans.retain(|scan, _| *scan <= cut);
            }
            let part = run(&scenario, &early, &truth, kind).1;
            for ((scan, a), (_, b)) in whole.iter().zip(&part).take(cut as usize + 1) {
                assert_eq!(a, b, "scan {scan} of {cut}");
            }
        }
    }
}

/// Reports have no order within a scan.
#[test]
fn the_order_of_reports_in_a_scan_means_nothing() {
    let (measured, truth) = scene(20, 20, 4);
    let scenario = s_n(20.0, 20);
    let expected = run(&scenario, &measured, &truth, Kind::Mixture).1;
    let mut turned = measured;
    for scans in turned.values_mut() {
        for reports in scans.values_mut() {
            reports.reverse();
        }
    }
    assert_eq!(run(&scenario, &turned, &truth, Kind::Mixture).1, expected);
}

/// Ten objects in clutter are found within eight scans and kept: after that fewer than one
/// in twenty is missed or made up.
#[test]
fn objects_are_found_and_kept() {
    for kind in [Kind::Mixture, Kind::Marginal] {
        for seed in [1, 2, 3] {
            let (measured, truth) = scene(10, 40, seed);
            let (outcome, found) = run(&s_n(10.0, 40), &measured, &truth, kind);
            let off: usize = found
                .iter()
                .skip(8)
                .map(|(_, estimates)| estimates.len().abs_diff(10))
                .sum();
            assert!(off <= 16, "{kind:?} {seed}: {off}");
            let late: f64 = outcome.by_scan[10..].iter().map(|g| g * g).sum::<f64>() / 30.0;
            assert!(late.sqrt() < 18.0, "{kind:?} {seed}: {}", late.sqrt());
            assert!((outcome.us_per_scan - 1.0).abs() < 1e-6);
        }
    }
}

/// The parts are parts of the whole, and the figures of scans make that of all.
#[test]
fn the_score_adds_up() {
    let (measured, truth) = scene(10, 25, 9);
    let outcome = run(&s_n(10.0, 25), &measured, &truth, Kind::Mixture).0;
    let parts = outcome.localisation.powi(2) + outcome.missed.powi(2) + outcome.false_.powi(2);
    assert!((parts - outcome.rms_gospa.powi(2)).abs() < 1e-9);
    let scans: f64 = outcome.by_scan.iter().map(|g| g * g).sum();
    let mean = scans / outcome.by_scan.len() as f64;
    assert!((mean - outcome.rms_gospa.powi(2)).abs() < 1e-9);
    assert!(outcome.t_gospa >= outcome.rms_gospa - 1e-9);
}

#[test]
fn what_is_no_position_is_counted_and_nothing_else_stops() {
    let (mut measured, truth) = scene(10, 20, 5);
    let scenario = s_n(10.0, 20);
    let expected = run(&scenario, &measured, &truth, Kind::Mixture).1;
    for scans in measured.values_mut() {
        for reports in scans.values_mut() {
            reports.extend([[f64::NAN, 1.0], [2.0, f64::INFINITY]]);
        }
    }
    let (outcome, found) = run(&scenario, &measured, &truth, Kind::Mixture);
    assert_eq!((outcome.rejected, found), (40, expected));
}

/// Ten thousand reports at one point in one scan: time and memory stay bounded, and the
/// objects elsewhere are where they would have been.
#[test]
fn a_flood_at_one_point_changes_nothing_elsewhere() {
    let (mut measured, truth) = scene(10, 15, 6);
    let scenario = s_n(10.0, 15);
    let expected = run(&scenario, &measured, &truth, Kind::Mixture).1;
    if let Some(reports) = measured.get_mut(&1).and_then(|run| run.get_mut(&9)) {
        reports.extend((0..10_000).map(|k| [5_000.0 + f64::from(k) * 1e-3, 5_000.0]));
    }
    let found = run(&scenario, &measured, &truth, Kind::Mixture).1;
    let at = |found: &Found, scan: usize| -> Vec<[f64; 2]> {
        found[scan]
            .1
            .iter()
            .map(|e| e.1)
            .filter(|p| p[0] < 2_000.0)
            .collect()
    };
    for scan in 0..15 {
        assert_eq!(at(&found, scan), at(&expected, scan), "scan {scan}");
    }
}

//! The large-scale filter against its plain form, on any number of threads, and under bad input.

use lapwing_track::swarm::reference::Reference;
use lapwing_track::swarm::scene::{Scene, SceneConfig};
use lapwing_track::swarm::{Birth, Config, ConfigError, Models, Prune, Rejected, Swarm};
use proptest::prelude::*;

/// The filter's settings for a scene.
fn config(scene: &SceneConfig, models: Models) -> Config {
    let n = scene.objects as f64;
    let side = scene.side_m();
    Config {
        survival: 1.0 - scene.deaths,
        clutter_density: n / (side * side),
        area: [0.0, side, 0.0, side],
        birth: Birth {
            uniform_per_scan: scene.births.max(1e-3) * n,
            speed_std: 14.0,
            initial_expected: n,
        },
        models,
        ..Config::default()
    }
}

/// Id, existence, state of each track, in the order of positions: the filters name newborns in
/// different orders.
fn tracks(swarm: &Swarm) -> Vec<(f64, [f64; 4])> {
    let (mut states, mut existences) = (Vec::new(), Vec::new());
    swarm.estimates(0.0, &mut states);
    swarm.existences(&mut existences);
    let mut all: Vec<_> = states
        .iter()
        .zip(&existences)
        .map(|((_, state), (_, existence))| (*existence, *state))
        .collect();
    all.sort_by(|a, b| a.1[0].total_cmp(&b.1[0]));
    all
}

/// How far the tracks of the plain filter that exist with a chance of at least `least` are from
/// the nearest of the fast one: worst in existence, worst and mean in position (m), their number.
fn compare(swarm: &Swarm, reference: &Reference, least: f64) -> (f64, f64, f64, usize) {
    let ours = tracks(swarm);
    let (mut worst, mut farthest, mut sum, mut count) = (0.0_f64, 0.0_f64, 0.0, 0);
    let states = reference.estimates(0.0);
    for ((_, state), (_, existence, _)) in states.iter().zip(reference.probabilities()) {
        if existence < least {
            continue;
        }
        count += 1;
        let nearest = ours
            .iter()
            .min_by(|a, b| {
                let cost = |t: &(f64, [f64; 4])| {
                    let distance: f64 = t.1.iter().zip(state).map(|(p, q)| (p - q).abs()).sum();
                    distance + 100.0 * (t.0 - existence).abs()
                };
                cost(a).total_cmp(&cost(b))
            })
            .expect("tracks");
        worst = worst.max((nearest.0 - existence).abs());
        let distance = (nearest.1[0] - state[0]).hypot(nearest.1[2] - state[2]);
        farthest = farthest.max(distance);
        sum += distance;
    }
    (worst, farthest, sum / count as f64, count)
}

#[test]
fn the_fast_filter_is_the_plain_one_to_single_precision() {
    for (objects, births, models, seed) in [
        (10, 0.0, Models::Single, 1),
        (50, 0.0, Models::Single, 2),
        (200, 0.01, Models::Single, 3),
        (10, 0.0, Models::Multiple, 4),
        (50, 0.02, Models::Multiple, 5),
        (200, 0.01, Models::Multiple, 6),
    ] {
        let scene_config = SceneConfig::s(objects, births, births, seed);
        let mut scene = Scene::new(scene_config);
        let config = config(&scene_config, models);
        let mut swarm = Swarm::new(config).unwrap();
        let mut reference = Reference::new(config).unwrap();
        for scan in 0..15 {
            if scan > 0 {
                scene.advance();
            }
            swarm.step(scene.detections());
            reference.step(scene.detections());
            let (existence, worst, mean, count) = compare(&swarm, &reference, 0.1);
            let case = format!("{objects} objects, {models:?}, scan {scan}, {count} tracks");
            assert!(count >= objects / 2, "{case}");
            assert!(existence < 2e-3, "{case}: existence differs by {existence}");
            // where tracks are near each other an association amplifies rounding
            assert!(worst < 0.1, "{case}: {worst} m");
            assert!(mean < 0.003, "{case}: {mean} m on average");
        }
    }
}

#[test]
fn started_tracks_are_the_plain_ones_and_keep_their_ids() {
    let scene_config = SceneConfig::s(40, 0.0, 0.0, 9);
    let mut scene = Scene::new(scene_config);
    let mut config = config(&scene_config, Models::Single);
    config.birth = Birth {
        uniform_per_scan: 0.0,
        initial_expected: 0.0,
        ..config.birth
    };
    let prior = scene.prior([5.0, 2.0, 5.0, 2.0]);
    let mut swarm = Swarm::new(config).unwrap();
    let mut reference = Reference::new(config).unwrap();
    let mut covariance = [[0.0; 4]; 4];
    for (i, variance) in [25.0, 4.0, 25.0, 4.0].into_iter().enumerate() {
        covariance[i][i] = variance;
    }
    swarm.start(&prior, &covariance).unwrap();
    reference.start(&prior, [25.0, 4.0, 25.0, 4.0]);
    for scan in 0..30 {
        if scan > 0 {
            scene.advance();
        }
        swarm.step(scene.detections());
        reference.step(scene.detections());
    }
    let mut ours = Vec::new();
    swarm.estimates(0.5, &mut ours);
    ours.sort_by_key(|(id, _)| *id);
    let plain = reference.estimates(0.5);
    assert_eq!(ours.len(), plain.len());
    for ((id, state), (other, expected)) in ours.iter().zip(&plain) {
        assert_eq!(id, other);
        for (a, b) in state.iter().zip(expected) {
            assert!(
                (a - b).abs() < 0.02,
                "track {id}: {state:?}, not {expected:?}"
            );
        }
    }
}

#[test]
fn the_result_is_the_same_to_the_bit_on_any_number_of_threads() {
    for models in [Models::Single, Models::Multiple] {
        let run = |threads: usize| {
            let scene_config = SceneConfig::s(4_000, 0.01, 0.01, 7);
            let mut scene = Scene::new(scene_config);
            let mut swarm = Swarm::new(Config {
                threads,
                ..config(&scene_config, models)
            })
            .unwrap();
            let mut bits = Vec::new();
            let mut estimates = Vec::new();
            for scan in 0..6 {
                if scan > 0 {
                    scene.advance();
                }
                swarm.step(scene.detections());
                swarm.estimates(0.0, &mut estimates);
                bits.extend(estimates.iter().map(|(id, s)| (*id, s.map(f64::to_bits))));
            }
            (bits, swarm.rejected())
        };
        let one = run(1);
        assert!(one.0.len() > 20_000);
        for threads in [2, 3, 7] {
            assert!(run(threads) == one, "{models:?} on {threads} threads");
        }
    }
}

#[test]
fn positions_keep_their_precision_far_from_the_origin() {
    // one object at the far corner of a square of 158 km, followed for 50 scans
    let at = |scan: f64| [158_000.25 - 20.0 * scan, 157_999.75];
    let config = Config {
        area: [0.0, 158_114.0, 0.0, 158_114.0],
        birth: Birth {
            uniform_per_scan: 1e4,
            speed_std: 14.0,
            initial_expected: 1e6,
        },
        ..Config::default()
    };
    let mut swarm = Swarm::new(config).unwrap();
    for scan in 0..50 {
        swarm.step(&[at(f64::from(scan))]);
    }
    let mut found = Vec::new();
    swarm.estimates(0.5, &mut found);
    let [(_, state)] = found[..] else {
        panic!("{} tracks", found.len());
    };
    assert!((state[0] - at(49.0)[0]).abs() < 0.01, "{state:?}");
    assert!((state[2] - at(49.0)[1]).abs() < 0.01, "{state:?}");
    assert!((state[1] + 20.0).abs() < 0.01, "{state:?}");
}

#[test]
fn a_flood_at_one_point_is_counted_and_leaves_tracks_elsewhere_alone() {
    let scene_config = SceneConfig::s(300, 0.0, 0.0, 11);
    let run = |flood: usize| {
        let mut scene = Scene::new(scene_config);
        let mut swarm = Swarm::new(config(&scene_config, Models::Single)).unwrap();
        for scan in 0..24 {
            if scan > 0 {
                scene.advance();
            }
            let mut detections = scene.detections().to_vec();
            if scan >= 16 {
                detections.extend(vec![[100.0, 100.0]; flood]);
            }
            swarm.step(&detections);
        }
        let mut elsewhere = tracks(&swarm);
        elsewhere.retain(|t| t.1[0].hypot(t.1[2]) > 1_000.0);
        (elsewhere, swarm.rejected(), swarm.memory_bytes())
    };
    let (calm, none, memory) = run(0);
    let (flooded, rejected, memory_flooded) = run(10_000);
    assert_eq!(none, Rejected::default());
    assert!(rejected.crowded > 8 * 9_900, "{rejected:?}");
    assert!(memory_flooded < 8 * memory + (4 << 20));
    assert!(calm.len() > 200);
    assert!(calm == flooded, "the flood reached tracks a kilometre away");
}

#[test]
fn settings_that_make_no_filter_are_refused() {
    let good = Config::default();
    assert!(Swarm::new(good).is_ok());
    for bad in [
        Config { dt_s: 0.0, ..good },
        Config {
            sigma_m: f64::NAN,
            ..good
        },
        Config {
            detection: 1.5,
            ..good
        },
        Config {
            clutter_density: -1.0,
            ..good
        },
        Config {
            area: [0.0, 0.0, 0.0, 1.0],
            ..good
        },
        Config {
            area: [0.0, f64::INFINITY, 0.0, 1.0],
            ..good
        },
        Config { threads: 0, ..good },
    ] {
        assert!(Swarm::new(bad).is_err(), "{bad:?}");
    }
    let mut swarm = Swarm::new(good).unwrap();
    let unit = [
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ];
    assert_eq!(
        swarm.start(&[[f64::NAN; 4]], &unit),
        Err(ConfigError::Start(0))
    );
    assert_eq!(
        swarm.start(&[[0.0; 4]], &[[0.0; 4]; 4]),
        Err(ConfigError::Start(0))
    );
    swarm.step(&[]);
    assert_eq!(swarm.start(&[[0.0; 4]], &unit), Err(ConfigError::TooLate));
}

/// Any number that a hostile or broken sensor may send.
fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -1000.0..3000.0,
        1 => any::<f64>(),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => -1e9..1e9,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_detections_leave_finite_tracks_and_are_counted(
        scans in prop::collection::vec(
            prop::collection::vec((coordinate(), coordinate()), 0..60), 1..6),
        is_multiple: bool,
        detection in 0.0..=1.0,
        survival in 0.0..=1.0,
    ) {
        let models = if is_multiple { Models::Multiple } else { Models::Single };
        let config = Config {
            detection,
            survival,
            prune: Prune { existence: 0.0, birth: 0.0 },
            ..config(&SceneConfig::s(40, 0.01, 0.01, 1), models)
        };
        let mut swarm = Swarm::new(config).unwrap();
        let mut bad = 0;
        for scan in &scans {
            let points: Vec<[f64; 2]> = scan.iter().map(|z| [z.0, z.1]).collect();
            bad += points.iter().filter(|z| !(z[0].is_finite() && z[1].is_finite())).count();
            swarm.step(&points);
        }
        prop_assert!(swarm.rejected().not_a_position >= bad as u64);
        for (existence, state) in tracks(&swarm) {
            prop_assert!((0.0..=1.001).contains(&existence), "existence {existence}");
            prop_assert!(state.iter().all(|v| v.is_finite()), "{state:?}");
        }
    }
}

//! Time of one scan of the large-scale filter in the S scene with births and deaths of 1 % a
//! scan, once its tracks have settled. `cargo bench -p lapwing-track --bench swarm`.

use divan::Bencher;
use lapwing_track::swarm::scene::{Scene, SceneConfig};
use lapwing_track::swarm::{Birth, Config, Models, Swarm};

fn main() {
    divan::main();
}

fn scan(bencher: Bencher<'_, '_>, objects: usize, models: Models, threads: usize) {
    let scene_config = SceneConfig::s(objects, 0.01, 0.01, 1);
    let n = objects as f64;
    let side = scene_config.side_m();
    let mut scene = Scene::new(scene_config);
    let mut swarm = Swarm::new(Config {
        survival: 0.99,
        clutter_density: n / (side * side),
        area: [0.0, side, 0.0, side],
        birth: Birth {
            uniform_per_scan: 0.01 * n,
            speed_std: 20.0 / 2.0_f64.sqrt(),
            initial_expected: n,
        },
        models,
        threads,
        ..Config::default()
    })
    .expect("settings");
    for _ in 0..12 {
        swarm.step(scene.detections());
        scene.advance();
    }
    let mut estimates = Vec::new();
    bencher.bench_local(|| {
        swarm.step(scene.detections());
        swarm.estimates(0.5, &mut estimates);
        scene.advance();
        estimates.len()
    });
}

#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 10, sample_size = 1)]
fn single(bencher: Bencher<'_, '_>, objects: usize) {
    scan(bencher, objects, Models::Single, 2);
}

#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 10, sample_size = 1)]
fn multiple(bencher: Bencher<'_, '_>, objects: usize) {
    scan(bencher, objects, Models::Multiple, 2);
}

/// What the two above spend on drawing the scene itself.
#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 10, sample_size = 1)]
fn scene_alone(bencher: Bencher<'_, '_>, objects: usize) {
    let mut scene = Scene::new(SceneConfig::s(objects, 0.01, 0.01, 1));
    bencher.bench_local(|| {
        scene.advance();
        scene.detections().len()
    });
}

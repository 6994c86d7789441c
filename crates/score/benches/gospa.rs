//! GOSPA of many objects: the density of the S_N scenes (25,000 m² an object, c = 30 m),
//! σ = 5 m, every tenth object missed and as many false.

use lapwing_score::gospa::{GospaParams, gospa};
use lapwing_score::t_gospa::{TGospaParams, TGospaScans};

fn main() {
    divan::main();
}

/// Points spread evenly without a generator: the golden ratio's multiples, and their squares.
fn scene(objects: usize) -> (Vec<[f64; 2]>, Vec<[f64; 2]>) {
    let side = (objects as f64 * 25_000.0).sqrt();
    let part = |k: usize, by: f64| (k as f64 * by).fract();
    let truth: Vec<[f64; 2]> = (0..objects)
        .map(|k| {
            [
                part(k, 0.618_033_988_749_894_9) * side,
                part(k * k + k, 0.414_213_562_373_095) * side,
            ]
        })
        .collect();
    let estimates = truth
        .iter()
        .enumerate()
        .map(|(k, p)| {
            if k % 10 == 0 {
                [
                    part(k, 0.302_775_637_731_994_6) * side,
                    part(k, 0.236_067_977_499_789_7) * side,
                ]
            } else {
                let error = |by: f64| 10.0 * (part(k, by) + part(k + 7, by * by) - 1.0);
                [
                    p[0] + error(0.732_050_807_568_877_2),
                    p[1] + error(0.645_751_311_064_590_6),
                ]
            }
        })
        .collect();
    (truth, estimates)
}

#[divan::bench(args = [1_000, 100_000, 1_000_000], sample_count = 3)]
fn of_objects(bencher: divan::Bencher<'_, '_>, objects: usize) {
    let (truth, estimates) = scene(objects);
    let params = GospaParams {
        c: 30.0,
        p: 2.0,
        alpha: 2.0,
    };
    bencher.bench(|| gospa(&truth, &estimates, &params));
}

/// Fifty scans of objects that fly straight at 20 m/s and cross, a tenth of them missed and
/// every track renumbered once: hundreds to thousands of trajectories in one cluster.
#[divan::bench(args = [100, 1_000, 10_000], sample_count = 1)]
fn trajectories_of_objects(bencher: divan::Bencher<'_, '_>, objects: usize) {
    let params = TGospaParams {
        c: 30.0,
        p: 2.0,
        gamma: 6.0,
    };
    bencher.bench(|| {
        let mut scans = TGospaScans::new(params).unwrap();
        for scan in 0..50_u64 {
            let (truth, estimates) = scene(objects);
            let moved = |p: [f64; 2], k: usize| {
                let (sin, cos) = (k as f64 * 2.399_963).sin_cos();
                let way = 20.0 * scan as f64;
                [p[0] + way * cos, p[1] + way * sin]
            };
            let number = |k: usize| k as u64;
            let truth: Vec<(u64, [f64; 2])> = (0..objects)
                .map(|k| (number(k), moved(truth[k], k)))
                .collect();
            let tracks: Vec<(u64, [f64; 2])> = (0..objects)
                .map(|k| {
                    (
                        2 * number(k) + u64::from(scan > number(k) % 50),
                        moved(estimates[k], k),
                    )
                })
                .collect();
            scans.add(&truth, &tracks);
        }
        scans.finish()
    });
}

//! GOSPA of many objects: the density of the S_N scenes (25,000 m² an object, c = 30 m),
//! σ = 5 m, every tenth object missed and as many false.

use lapwing_score::gospa::{GospaParams, gospa};

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

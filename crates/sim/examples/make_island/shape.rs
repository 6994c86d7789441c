//! Outlines in a plane: fractal coasts, and what lies inside them.

use lapwing_sim::random::Random;
use std::f64::consts::TAU;

/// A closed outline, the first corner not repeated; east and north, m.
pub(crate) type Shape = Vec<(f64, f64)>;

/// An ellipse with `corners` jittered corners, each side broken `levels` times at its displaced middle.
pub(crate) fn coast(
    random: &mut Random,
    half_east_m: f64,
    half_north_m: f64,
    corners: usize,
    levels: u32,
    roughness: f64,
) -> Shape {
    let mut shape: Shape = (0..corners)
        .map(|i| {
            let angle = (i as f64 + random.uniform(-0.25, 0.25)) / corners as f64 * TAU;
            let r = random.uniform(0.72, 1.05);
            (
                r * half_east_m * angle.cos(),
                r * half_north_m * angle.sin(),
            )
        })
        .collect();
    for level in 0..levels {
        let mut finer = Vec::with_capacity(shape.len() * 2);
        for i in 0..shape.len() {
            let (a, b) = (shape[i], shape[(i + 1) % shape.len()]);
            finer.push(a);
            finer.push(middle(
                random,
                a,
                b,
                roughness * 0.97_f64.powi(level as i32),
            ));
        }
        shape = finer;
    }
    shape
}

fn middle(random: &mut Random, a: (f64, f64), b: (f64, f64), roughness: f64) -> (f64, f64) {
    let side = random.normal(0.0, roughness).clamp(-0.4, 0.4);
    let along = random.normal(0.5, 0.06).clamp(0.3, 0.7);
    let (de, dn) = (b.0 - a.0, b.1 - a.1);
    (a.0 + along * de - side * dn, a.1 + along * dn + side * de)
}

/// A line from `a` to `b` broken `levels` times at its displaced middles.
pub(crate) fn wiggly(
    random: &mut Random,
    a: (f64, f64),
    b: (f64, f64),
    levels: u32,
    roughness: f64,
) -> Shape {
    let mut line = vec![a, b];
    for level in 0..levels {
        let mut finer = Vec::with_capacity(line.len() * 2);
        for pair in line.windows(2) {
            finer.push(pair[0]);
            let share = roughness * 0.8_f64.powi(level as i32);
            finer.push(middle(random, pair[0], pair[1], share));
        }
        finer.push(b);
        line = finer;
    }
    line
}

/// Stretched and moved so that it just fills ± the given extents.
pub(crate) fn fit(mut shape: Shape, half_east_m: f64, half_north_m: f64) -> Shape {
    let extent = |values: Vec<f64>| {
        let low = values.iter().copied().fold(f64::MAX, f64::min);
        let high = values.iter().copied().fold(f64::MIN, f64::max);
        ((low + high) / 2.0, (high - low) / 2.0)
    };
    let (east, half_e) = extent(shape.iter().map(|p| p.0).collect());
    let (north, half_n) = extent(shape.iter().map(|p| p.1).collect());
    for p in &mut shape {
        *p = (
            (p.0 - east) * half_east_m / half_e,
            (p.1 - north) * half_north_m / half_n,
        );
    }
    shape
}

/// The same outline elsewhere.
pub(crate) fn moved(mut shape: Shape, by: (f64, f64)) -> Shape {
    for p in &mut shape {
        *p = (p.0 + by.0, p.1 + by.1);
    }
    shape
}

/// Mean of the corners.
pub(crate) fn centre_of(shape: &Shape) -> (f64, f64) {
    let n = shape.len() as f64;
    let sum = shape.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
    (sum.0 / n, sum.1 / n)
}

/// A rectangle about a centre, its length along an azimuth.
pub(crate) fn rectangle(
    centre: (f64, f64),
    width_m: f64,
    length_m: f64,
    azimuth_rad: f64,
) -> Shape {
    let (sin, cos) = azimuth_rad.sin_cos();
    [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
        .iter()
        .map(|(across, along)| {
            let (x, y) = (across * width_m, along * length_m);
            (centre.0 + x * cos + y * sin, centre.1 - x * sin + y * cos)
        })
        .collect()
}

/// Whether a point lies inside (even-odd rule).
pub(crate) fn inside(at: (f64, f64), shape: &Shape) -> bool {
    let mut odd = false;
    for i in 0..shape.len() {
        let (a, b) = (shape[i], shape[(i + 1) % shape.len()]);
        if (a.1 > at.1) != (b.1 > at.1) {
            let east = a.0 + (at.1 - a.1) / (b.1 - a.1) * (b.0 - a.0);
            odd ^= at.0 < east;
        }
    }
    odd
}

/// Distance from the outline, m.
pub(crate) fn shore_distance_m(at: (f64, f64), shape: &Shape) -> f64 {
    (0..shape.len())
        .map(|i| {
            let (a, b) = (shape[i], shape[(i + 1) % shape.len()]);
            let (de, dn) = (b.0 - a.0, b.1 - a.1);
            let share =
                (((at.0 - a.0) * de + (at.1 - a.1) * dn) / (de * de + dn * dn)).clamp(0.0, 1.0);
            (at.0 - a.0 - share * de).hypot(at.1 - a.1 - share * dn)
        })
        .fold(f64::MAX, f64::min)
}

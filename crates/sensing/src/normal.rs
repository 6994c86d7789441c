//! The normal distribution.

/// Φ(x) to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).
pub(crate) fn normal_cdf(x: f64) -> f64 {
    const A: [f64; 5] = [
        0.254_829_592,
        -0.284_496_736,
        1.421_413_741,
        -1.453_152_027,
        1.061_405_429,
    ];
    let z = x.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let erfc = A.iter().rev().fold(0.0, |sum, a| (sum + a) * t) * (-z * z).exp();
    if x >= 0.0 {
        1.0 - 0.5 * erfc
    } else {
        0.5 * erfc
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution_is_right_to_a_millionth() {
        for (x, expected) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746),
            (-1.0, 0.158_655_254),
            (3.0, 0.998_650_102),
            (-6.0, 9.866e-10),
        ] {
            assert!((normal_cdf(x) - expected).abs() < 2e-7, "{x}");
        }
    }
}

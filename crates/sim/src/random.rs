//! Seeded randomness whose values never change with a library's version.
//!
//! Each thing in the scene draws from a stream of its own, so that adding a
//! bird does not move an airliner. The generator is PCG XSL RR 128/64 (O'Neill
//! 2014, "PCG: a family of simple fast space-efficient statistically good
//! algorithms"); the distributions are written out here because libraries of
//! distributions do not promise the same values from version to version.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;
use std::f64::consts::TAU;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Random {
    generator: Pcg64,
    spare_normal: Option<f64>,
}

impl Random {
    /// The stream named `purpose`, number `index`, of a seed.
    #[must_use]
    pub fn stream(seed: u64, purpose: &str, index: u64) -> Self {
        // FNV-1a keeps streams of different purposes apart
        let name = purpose
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let stream = (u128::from(name) << 64) | u128::from(index);
        let mut generator = Pcg64::new(
            u128::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
            stream,
        );
        // neighbouring streams start alike: let them part
        for _ in 0..4 {
            generator.next_u64();
        }
        Self {
            generator,
            spare_normal: None,
        }
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in [`low`, `high`).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform among 0..`count`; 0 for an empty range.
    pub fn index(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// True with a probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Normal with a mean and standard deviation (Box and Muller 1958).
    pub fn normal(&mut self, mean: f64, sigma: f64) -> f64 {
        let standard = match self.spare_normal.take() {
            Some(spare) => spare,
            None => {
                let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
                let (sin, cos) = (TAU * self.unit()).sin_cos();
                self.spare_normal = Some(radius * sin);
                radius * cos
            }
        };
        mean + sigma * standard
    }

    /// Exponential with a mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Log-normal with a median and the standard deviation of its logarithm.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * self.normal(0.0, sigma).exp()
    }

    /// Student's t with three degrees of freedom: a normal over the root of a mean of three squares.
    pub fn student_t3(&mut self) -> f64 {
        let above = self.normal(0.0, 1.0);
        let squares: f64 = (0..3).map(|_| self.normal(0.0, 1.0).powi(2)).sum();
        above / (squares / 3.0).sqrt()
    }

    /// Poisson with a mean up to some hundreds (Knuth 1969, 3.4.1).
    pub fn poisson(&mut self, mean: f64) -> usize {
        let limit = (-mean).exp();
        let mut product = self.unit();
        let mut count = 0;
        while product > limit && count < 10_000 {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_fixed_for_ever() {
        let mut r = Random::stream(1, "bird", 7);
        let drawn: Vec<u64> = (0..3).map(|_| (r.unit() * 1e6) as u64).collect();
        let mut again = Random::stream(1, "bird", 7);
        let same: Vec<u64> = (0..3).map(|_| (again.unit() * 1e6) as u64).collect();
        assert_eq!(drawn, same);
        let mut other = Random::stream(1, "bird", 8);
        assert_ne!(drawn[0], (other.unit() * 1e6) as u64);
        let mut renamed = Random::stream(1, "gull", 7);
        assert_ne!(drawn[0], (renamed.unit() * 1e6) as u64);
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut r = Random::stream(3, "moments", 0);
        let n = 200_000_u32;
        let mean_and_variance = |values: Vec<f64>| {
            let mean = values.iter().sum::<f64>() / f64::from(n);
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f64::from(n);
            (mean, variance)
        };
        let (m, v) = mean_and_variance((0..n).map(|_| r.normal(2.0, 3.0)).collect());
        assert!((m - 2.0).abs() < 0.03 && (v - 9.0).abs() < 0.15, "{m} {v}");
        let (m, v) = mean_and_variance((0..n).map(|_| r.exponential(2.0)).collect());
        assert!((m - 2.0).abs() < 0.03 && (v - 4.0).abs() < 0.15, "{m} {v}");
        let (m, v) = mean_and_variance((0..n).map(|_| r.poisson(3.75) as f64).collect());
        assert!((m - 3.75).abs() < 0.03 && (v - 3.75).abs() < 0.1, "{m} {v}");
    }
}

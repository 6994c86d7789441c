//! Figures pooled over seeds, and how far they may be off: the percentile bootstrap over seeds
//! (Efron and Tibshirani 1993, *An Introduction to the Bootstrap*, §13.3), since what happens in
//! one night is not independent.

/// How often the seeds are drawn anew.
const DRAWS: usize = 2_000;

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    /// None for a single seed.
    pub(super) interval: Option<(f64, f64)>,
}

/// Pools what each seed gave by `figure`, which is None where there is nothing to say.
pub(super) fn estimate<T>(
    seeds: &[T],
    figure: impl Fn(&mut dyn Iterator<Item = &T>) -> Option<f64>,
) -> Option<Estimate> {
    let value = figure(&mut seeds.iter())?;
    if seeds.len() < 2 {
        return Some(Estimate {
            value,
            interval: None,
        });
    }
    let mut random = Random(1);
    let mut draws: Vec<f64> = (0..DRAWS)
        .filter_map(|_| {
            let chosen: Vec<usize> = seeds.iter().map(|_| random.below(seeds.len())).collect();
            figure(&mut chosen.iter().map(|&k| &seeds[k]))
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let at = |p: f64| draws[((draws.len() - 1) as f64 * p).round() as usize];
    Some(Estimate {
        value,
        interval: Some((at(0.025), at(0.975))),
    })
}

/// Root of the mean square of all errors.
pub(super) fn rms<'a>(errors: impl Iterator<Item = &'a f64>) -> Option<f64> {
    let (n, sum) = errors.fold((0, 0.0), |(n, sum), e| (n + 1, sum + e * e));
    (n > 0).then(|| (sum / f64::from(n)).sqrt())
}

/// The least value that nine in ten do not exceed; what never happened is beyond all.
pub(super) fn p90(values: impl Iterator<Item = f64>, never: u64) -> Option<f64> {
    let mut all: Vec<f64> = values.collect();
    all.extend((0..never).map(|_| f64::INFINITY));
    all.sort_by(f64::total_cmp);
    let rank = (0.9 * all.len() as f64).ceil() as usize;
    all.get(rank.saturating_sub(1)).copied()
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same interval for the same scores.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_worked() {
        assert_eq!(rms([3.0, 4.0, 0.0, 0.0].iter()), Some(2.5));
        assert_eq!(rms([].iter()), None);
        let ten = || (1..=10).map(f64::from);
        assert_eq!(p90(ten(), 0), Some(9.0));
        // eleven, of which the tenth is the greatest that happened
        assert_eq!(p90(ten(), 1), Some(10.0));
        assert_eq!(p90(ten(), 2), Some(f64::INFINITY));
        assert_eq!(p90(ten().take(0), 0), None);
    }

    #[test]
    fn the_interval_is_that_of_a_mean() {
        let values: Vec<f64> = (0..100).map(|k| f64::from(k % 10)).collect();
        let mean = |v: &mut dyn Iterator<Item = &f64>| {
            let v: Vec<f64> = v.copied().collect();
            Some(v.iter().sum::<f64>() / v.len() as f64)
        };
        let found = estimate(&values, mean).unwrap();
        let (low, high) = found.interval.unwrap();
        assert!((found.value - 4.5).abs() < 1e-12);
        // the standard deviation is 2.872: of the mean of a hundred 0.2872
        assert!((low - (4.5 - 0.563)).abs() < 0.06, "{low}");
        assert!((high - (4.5 + 0.563)).abs() < 0.06, "{high}");
        assert_eq!(estimate(&values[..1], mean).unwrap().interval, None);
        assert_eq!(estimate::<f64>(&[], |_| None), None);
    }
}

//! Wind and temperature through the scene, and what they do to sound.

use crate::random::Random;
use lapwing_model::Timestamp;
use nalgebra::Vector3;

/// Mean wind, m/s, and the mean from 01 to 03 h UTC.
const WIND_MPS: f64 = 4.0;
const STRONG_WIND_MPS: f64 = 10.0;
/// Temperature at 21 h UTC and what it falls by until 5 h, °C.
const EVENING_C: f64 = 12.0;
const FALLS_BY_C: f64 = 6.0;
/// Standard deviation, m/s, and time constant, s, of the gusts.
const GUST_SIGMA_MPS: f64 = 1.5;
const GUST_TAU_S: f64 = 60.0;
/// Wind below which hearing is at its best, and the rise that takes it to 1/e of its range, m/s.
const QUIET_WIND_MPS: f64 = 2.0;
const DEAFENING_MPS: f64 = 8.0;
/// Wind above which there are more false alarms, m/s.
pub(super) const WINDY_MPS: f64 = 6.0;

/// Wind and temperature through the scene.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    gust_mps: f64,
    random: Random,
}

/// The air of one second, the same all over the island.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Air {
    /// Where the air goes, in the scene's frame, m/s.
    pub(crate) wind: Vector3<f64>,
    /// How fast, m/s.
    pub(crate) wind_mps: f64,
    /// Speed of sound in it, m/s.
    pub(crate) sound_mps: f64,
    /// What is left of the range of hearing in a calm.
    pub(crate) quiet: f64,
}

/// Mean wind, m/s from the west, and temperature, °C: what a weather service would say.
pub(crate) fn mean(time: Timestamp) -> (f64, f64) {
    let hour = time.seconds_since(time.midnight()) / 3_600.0;
    let wind_mps = if (1.0..3.0).contains(&hour) {
        STRONG_WIND_MPS
    } else {
        WIND_MPS
    };
    // from 21 h to 5 h, evenly
    let share = ((hour - 21.0).rem_euclid(24.0) / 8.0).min(1.0);
    (wind_mps, EVENING_C - FALLS_BY_C * share)
}

impl Weather {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::stream(seed, "weather", 0);
        Self {
            gust_mps: random.normal(0.0, GUST_SIGMA_MPS),
            random,
        }
    }

    /// The next second's gust: an Ornstein-Uhlenbeck process.
    pub(crate) fn second(&mut self) {
        let keep = (-1.0 / GUST_TAU_S).exp();
        let fresh = GUST_SIGMA_MPS * (1.0 - keep * keep).sqrt();
        self.gust_mps = keep * self.gust_mps + self.random.normal(0.0, fresh);
    }

    /// The air now; `range_factor` multiplies every range of hearing.
    pub(crate) fn air(&self, time: Timestamp, range_factor: f64) -> Air {
        let (mean, celsius) = mean(time);
        let wind_mps = (mean + self.gust_mps).max(0.0);
        // from the west
        let wind = Vector3::new(wind_mps, 0.0, 0.0);
        Air {
            wind,
            wind_mps,
            sound_mps: 331.3 * (1.0 + celsius / 273.15).sqrt(),
            quiet: range_factor * (-(wind_mps - QUIET_WIND_MPS).max(0.0) / DEAFENING_MPS).exp(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_night_cools_and_the_wind_rises_from_one_to_three() {
        let calm = Weather {
            gust_mps: 0.0,
            random: Random::stream(1, "weather", 0),
        };
        for (time, wind_mps, celsius, quiet) in [
            ("2026-06-01T21:00:00Z", 4.0, 12.0, 0.7788),
            ("2026-06-02T00:59:59Z", 4.0, 9.0, 0.7788),
            ("2026-06-02T01:00:00Z", 10.0, 9.0, 0.3679),
            ("2026-06-02T02:59:59Z", 10.0, 7.5, 0.3679),
            ("2026-06-02T03:00:00Z", 4.0, 7.5, 0.7788),
            ("2026-06-02T05:00:00Z", 4.0, 6.0, 0.7788),
        ] {
            let air = calm.air(at(time), 1.0);
            assert_eq!(air.wind, Vector3::new(wind_mps, 0.0, 0.0), "{time}");
            // 20.05 √T (K): the other customary form of the same law
            let sound_mps = 20.05 * (celsius + 273.15_f64).sqrt();
            assert!((air.sound_mps - sound_mps).abs() < 0.15, "{time}: {air:?}");
            assert!((air.quiet - quiet).abs() < 1e-4, "{time}: {air:?}");
        }
        assert_eq!(
            calm.air(at("2026-06-01T21:00:00Z"), 0.5).quiet,
            0.5 * calm.air(at("2026-06-01T21:00:00Z"), 1.0).quiet
        );
    }

    #[test]
    fn gusts_have_their_deviation_and_last_a_minute() {
        let mut weather = Weather::new(5);
        let gusts: Vec<f64> = (0..400_000)
            .map(|_| {
                weather.second();
                weather.gust_mps
            })
            .collect();
        let n = gusts.len() as f64;
        let variance = gusts.iter().map(|g| g * g).sum::<f64>() / n;
        let lagged: f64 = gusts.windows(61).map(|w| w[0] * w[60]).sum::<f64>() / (n - 60.0);
        // 400,000 s hold some 3,300 independent gusts: a deviation's error is 1.2 %, five of them
        assert!((variance.sqrt() / 1.5 - 1.0).abs() < 0.062, "{variance}");
        // after one time constant 1/e is left; five of its errors of 0.025
        assert!(
            (lagged / variance - (-1.0_f64).exp()).abs() < 0.12,
            "{lagged}"
        );
    }
}

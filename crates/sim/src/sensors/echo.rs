//! Whether a radar's echo is detected, and how large it seems.
//!
//! Swerling case 1 (Swerling 1954; `sensing.md` section 3): echo plus noise has a
//! power that is exponential with mean 1 + SNR in units of noise, new on every
//! scan, and is detected above −ln P_FA; hence P_D = P_FA^(1/(1+SNR)). SNR follows
//! the target's cross-section and the fourth power of range.

use crate::random::Random;

/// Probability of false alarm that sets the threshold.
const P_FA: f64 = 1e-6;
/// Cross-section of which the range of 50 % detection speaks, m².
const REFERENCE_RCS_M2: f64 = 0.05;

/// How a radar's echoes come and go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Echoes {
    /// Range of 50 % detection at 0.05 m², m.
    pub(super) range_50_m: f64,
    /// Deviation of the estimate of an echo's cross-section, dB.
    pub(super) rcs_sigma_db: f64,
}

impl Echoes {
    /// Mean signal-to-noise ratio of a cross-section at a range.
    fn snr(&self, rcs_m2: f64, range_m: f64) -> f64 {
        // P_FA^(1/(1+SNR)) = 1/2
        let snr_50 = P_FA.ln() / 0.5_f64.ln() - 1.0;
        snr_50 * rcs_m2 / REFERENCE_RCS_M2 * (self.range_50_m / range_m).powi(4)
    }

    /// The cross-section that a power (in units of noise) at a range speaks of, dBm², with the error of the estimate.
    fn rcs_dbsm(&self, power: f64, range_m: f64, random: &mut Random) -> f64 {
        let rcs_m2 = REFERENCE_RCS_M2 * (power - 1.0) / self.snr(REFERENCE_RCS_M2, range_m);
        10.0 * rcs_m2.log10() + random.normal(0.0, self.rcs_sigma_db)
    }

    /// One scan of something: its estimated cross-section, dBm², if it is detected.
    pub(super) fn draw(&self, rcs_m2: f64, range_m: f64, random: &mut Random) -> Option<f64> {
        let power = random.exponential(1.0 + self.snr(rcs_m2, range_m));
        (power > -P_FA.ln()).then(|| self.rcs_dbsm(power, range_m, random))
    }

    /// The estimated cross-section of noise over the threshold, dBm².
    pub(super) fn draw_false(&self, range_m: f64, random: &mut Random) -> f64 {
        let power = -P_FA.ln() + random.exponential(1.0);
        self.rcs_dbsm(power, range_m, random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ECHOES: Echoes = Echoes {
        range_50_m: 25e3,
        rcs_sigma_db: 3.0,
    };

    #[test]
    fn half_are_detected_at_the_range_of_half_and_nine_in_ten_at_0_62_of_it() {
        let mut random = Random::stream(3, "echo", 0);
        for (share, rcs_m2, expected) in [
            (1.0, 0.05, 0.5),
            (0.62, 0.05, 0.9),
            (1.6, 0.05, 0.0286),
            // ten times the cross-section reaches the fourth root of ten as far
            (1.778, 0.5, 0.5),
        ] {
            let n = 40_000;
            let seen = (0..n)
                .filter(|_| ECHOES.draw(rcs_m2, share * 25e3, &mut random).is_some())
                .count();
            let p = seen as f64 / f64::from(n);
            // four deviations of such a share
            assert!(
                (p - expected).abs() < 0.01,
                "{rcs_m2} m² at {share} R50: {p}"
            );
        }
    }

    #[test]
    fn the_estimate_is_the_echos_cross_section_with_three_decibels() {
        let mut random = Random::stream(4, "echo", 0);
        // so near that everything is detected: an exponential's logarithm is −2.51 dB on average, σ 5.57 dB
        let n = 40_000;
        let drawn: Vec<f64> = (0..n)
            .filter_map(|_| ECHOES.draw(1.0, 1_000.0, &mut random))
            .collect();
        assert_eq!(drawn.len(), n);
        let mean = drawn.iter().sum::<f64>() / n as f64;
        let variance = drawn.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n as f64;
        // four deviations: 0.13 dB of the mean, 0.7 % of 5.57 ⊕ 3 dB twice over for the skew
        assert!((mean + 2.507).abs() < 0.13, "{mean}");
        assert!(
            (variance.sqrt() - 5.57_f64.hypot(3.0)).abs() < 0.14,
            "{variance}"
        );
    }
}

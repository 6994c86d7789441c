//! Radar detection: the probability that a fluctuating target is reported, and
//! the distance at which the Earth hides it.
//!
//! A Swerling 1 target (Swerling 1960, case 1; Mahafza, Radar Systems Analysis,
//! ch. 4) has an exponentially distributed echo from scan to scan, which gives the
//! closed form P_D = P_FA^{1/(1+SNR)}. By the radar equation the mean signal-to-noise
//! ratio is proportional to σ/R⁴; the range of 50 % detection of a reference target
//! fixes the constant.
//!
//! The horizon is that of the 4/3 Earth of standard refraction (Skolnik, Introduction
//! to Radar Systems, §8.2): d = √(2·(4/3)·R_E·h), 4.12 km · √(h/m).

/// Probability that one look reports a Swerling 1 target of `rcs_dbsm` at
/// `range_m`, given that `reference_rcs_dbsm` is reported half the time at
/// `range_50_m` with `p_fa` false alarms a cell.
///
/// 0 where the arguments mean nothing (`p_fa` outside (0, 0.5), a range that is not
/// positive).
#[must_use]
pub fn swerling1_probability(
    p_fa: f64,
    range_50_m: f64,
    reference_rcs_dbsm: f64,
    range_m: f64,
    rcs_dbsm: f64,
) -> f64 {
    if !(p_fa > 0.0 && p_fa < 0.5 && range_50_m > 0.0 && range_m >= 0.0 && rcs_dbsm.is_finite()) {
        return 0.0;
    }
    let snr_50 = p_fa.ln() / 0.5_f64.ln() - 1.0;
    let relative_rcs = 10.0_f64.powf((rcs_dbsm - reference_rcs_dbsm) / 10.0);
    let relative_range = (range_m / range_50_m).max(1e-3);
    let snr = snr_50 * relative_rcs / relative_range.powi(4);
    p_fa.powf(1.0 / (1.0 + snr))
}

/// Distance at which a target at `target_height_m` sinks below the horizon of an
/// antenna at `antenna_height_m`, both above the sea, m. Heights below the sea
/// count as 0.
#[must_use]
pub fn radar_horizon_m(antenna_height_m: f64, target_height_m: f64) -> f64 {
    4_120.0 * (antenna_height_m.max(0.0).sqrt() + target_height_m.max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE_DBSM: f64 = -13.0;

    fn p(range_m: f64, rcs_dbsm: f64) -> f64 {
        swerling1_probability(1e-6, 25_000.0, REFERENCE_DBSM, range_m, rcs_dbsm)
    }

    #[test]
    fn the_reference_target_is_seen_half_the_time_at_range_50() {
        assert!((p(25_000.0, REFERENCE_DBSM) - 0.5).abs() < 1e-12);
    }

    /// R90 = 0.62 · R50 at a false-alarm probability of 1e-6.
    #[test]
    fn ninety_percent_is_reached_at_sixty_two_percent_of_the_range() {
        let r90 = (1..25_000)
            .map(f64::from)
            .rfind(|r| p(*r, REFERENCE_DBSM) >= 0.9)
            .unwrap();
        assert!((r90 / 25_000.0 - 0.6176).abs() < 1e-3, "{r90}");
    }

    /// Twelve decibels are a factor of two in range (R⁴).
    #[test]
    fn range_grows_with_the_fourth_root_of_the_cross_section() {
        let louder = REFERENCE_DBSM + 40.0 * 2.0_f64.log10();
        assert!((p(50_000.0, louder) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn nonsense_is_not_detected() {
        for (p_fa, r50, r) in [(0.0, 1e3, 1e3), (1e-6, 0.0, 1e3), (1e-6, 1e3, f64::NAN)] {
            assert!(swerling1_probability(p_fa, r50, 0.0, r, 0.0) == 0.0);
        }
        assert!(p(1e3, f64::NAN) == 0.0);
    }

    #[test]
    fn the_horizon_is_4_12_km_for_each_root_metre() {
        for (antenna_m, target_m, expected_m) in [
            (0.0, 0.0, 0.0),
            (100.0, 0.0, 41_200.0),
            (25.0, 100.0, 61_800.0),
            (-5.0, 100.0, 41_200.0),
        ] {
            assert!((radar_horizon_m(antenna_m, target_m) - expected_m).abs() < 1e-6);
        }
    }
}

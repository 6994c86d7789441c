//! How well what was measured fits each class, as log-likelihoods in the order of
//! [`Class::ALL`].
//!
//! Each class is a population with a range of speeds and heights and a log-normal
//! radar cross-section (reference populations: one-way drones 50 ± 4 m/s and 0.05 m²;
//! hobby drones 5–15 m/s; birds 8–18 m/s, median 0.005 m² with 6 dB; light aircraft
//! 40–70 m/s, about 2 m²; airliners 70–250 m/s, about 20 m²). A measured value is the
//! population's convolved with the measurement's own Gaussian error; a share of 2 %
//! spread over all values keeps every class recoverable.

use crate::hearing::{audibility, hearing_probability};
use crate::normal::normal_cdf;
use lapwing_model::Class;

/// Share of every population that is like none of its kind.
const ODD_SHARE: f64 = 0.02;

struct Population {
    class: Class,
    /// Speeds over ground, m/s: uniform between these.
    speed_mps: (f64, f64),
    /// Heights above the sea, m: uniform between these.
    height_m: (f64, f64),
    /// Radar cross-section: mean and σ over the population, dBm².
    rcs_dbsm: (f64, f64),
}

const POPULATIONS: [Population; 6] = [
    Population {
        class: Class::FixedWingDrone,
        speed_mps: (38.0, 62.0),
        height_m: (30.0, 3_000.0),
        rcs_dbsm: (-13.0, 3.0),
    },
    Population {
        class: Class::Multirotor,
        speed_mps: (0.0, 15.0),
        height_m: (0.0, 500.0),
        rcs_dbsm: (-17.0, 4.0),
    },
    Population {
        class: Class::Bird,
        speed_mps: (8.0, 18.0),
        height_m: (0.0, 1_500.0),
        rcs_dbsm: (-23.0, 6.0),
    },
    Population {
        class: Class::LightAircraft,
        speed_mps: (40.0, 70.0),
        height_m: (100.0, 4_000.0),
        rcs_dbsm: (3.0, 4.0),
    },
    Population {
        class: Class::Airliner,
        speed_mps: (70.0, 250.0),
        height_m: (0.0, 13_000.0),
        rcs_dbsm: (13.0, 5.0),
    },
    Population {
        class: Class::Other,
        speed_mps: (0.0, 300.0),
        height_m: (0.0, 15_000.0),
        rcs_dbsm: (-10.0, 15.0),
    },
];

/// Log-likelihood of each class for a ground speed measured as `speed_mps` with
/// standard deviation `sigma_mps`.
#[must_use]
pub fn speed_log_likelihoods(speed_mps: f64, sigma_mps: f64) -> [f64; 6] {
    uniform_with_error(speed_mps, sigma_mps.max(1.0), 350.0, |p| p.speed_mps)
}

/// Log-likelihood of each class for a height above the sea measured as `height_m`
/// with standard deviation `sigma_m`.
#[must_use]
pub fn height_log_likelihoods(height_m: f64, sigma_m: f64) -> [f64; 6] {
    uniform_with_error(height_m, sigma_m.max(10.0), 20_000.0, |p| p.height_m)
}

/// Log-likelihood of each class for a radar cross-section whose mean over `reports`
/// reports is `mean_dbsm`, each report erring by `report_sigma_db`.
///
/// The spread of the population is common to all reports of one thing, so more
/// reports sharpen the mean but never beyond the population.
#[must_use]
pub fn rcs_log_likelihoods(mean_dbsm: f64, reports: u64, report_sigma_db: f64) -> [f64; 6] {
    let of_mean = report_sigma_db * report_sigma_db / (reports.max(1) as f64);
    in_class_order(|p| {
        let (mean, sigma) = p.rcs_dbsm;
        let variance = sigma * sigma + of_mean;
        let off = mean_dbsm - mean;
        let density =
            (-0.5 * off * off / variance).exp() / (std::f64::consts::TAU * variance).sqrt();
        with_odd_share(density, 80.0)
    })
}

/// How much less likely than an engine a thing of each class is to be reported by a node that
/// reports an engine at `range_50_m` half the time, when it is `distance_m` away:
/// log-likelihoods. What is louder is not likelier, for its silences are not told.
#[must_use]
pub fn hearing_log_likelihoods(range_50_m: f64, distance_m: f64) -> [f64; 6] {
    let heard = |louder: f64| {
        let heard = hearing_probability(range_50_m * louder, distance_m);
        (1.0 - ODD_SHARE) * heard + ODD_SHARE / 2.0
    };
    Class::ALL.map(|class| (heard(audibility(class)) / heard(1.0)).ln().min(0.0))
}

fn uniform_with_error(
    value: f64,
    sigma: f64,
    odd_span: f64,
    range: impl Fn(&Population) -> (f64, f64),
) -> [f64; 6] {
    in_class_order(|p| {
        let (least, greatest) = range(p);
        let mass = normal_cdf((value - least) / sigma) - normal_cdf((value - greatest) / sigma);
        with_odd_share(mass / (greatest - least), odd_span)
    })
}

fn with_odd_share(density: f64, odd_span: f64) -> f64 {
    if density.is_nan() {
        return 0.0;
    }
    ((1.0 - ODD_SHARE) * density.max(0.0) + ODD_SHARE / odd_span).ln()
}

fn in_class_order(of: impl Fn(&Population) -> f64) -> [f64; 6] {
    let mut all = [0.0; 6];
    for population in &POPULATIONS {
        all[population.class as usize] = of(population);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_model::ClassProbabilities;

    fn best(evidence: &[[f64; 6]]) -> Class {
        evidence
            .iter()
            .fold(ClassProbabilities::default(), |p, l| p.updated(*l))
            .best()
            .0
    }

    #[test]
    fn each_population_is_recognised_by_its_own_middle() {
        for (speed_mps, rcs_dbsm, expected) in [
            (50.0, -13.0, Class::FixedWingDrone),
            (5.0, -17.0, Class::Multirotor),
            (13.0, -24.0, Class::Bird),
            (55.0, 4.0, Class::LightAircraft),
            (180.0, 13.0, Class::Airliner),
        ] {
            let evidence = [
                speed_log_likelihoods(speed_mps, 3.0),
                rcs_log_likelihoods(rcs_dbsm, 10, 3.0),
            ];
            assert_eq!(best(&evidence), expected, "{speed_mps} m/s {rcs_dbsm} dBm²");
        }
    }

    #[test]
    fn nothing_is_impossible_and_nothing_measured_says_nothing() {
        for l in speed_log_likelihoods(5_000.0, 1.0) {
            assert!(l.is_finite());
        }
        let nothing = speed_log_likelihoods(f64::NAN, 1.0);
        assert_eq!(nothing, [0.0; 6]);
        let spread = speed_log_likelihoods(50.0, 1e6);
        assert!(spread.iter().all(|l| (l - spread[0]).abs() < 0.5));
    }
}

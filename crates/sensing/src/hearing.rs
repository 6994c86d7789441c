//! Hearing: the probability that a node reports the sound of an engine.
//!
//! The level of a source falls as L = L0 − 20 log10 d − αd (spherical spreading and
//! absorption by the air; Pierce 1989, §1-11, and ISO 9613-1 for α). A node reports where
//! it exceeds the noise by a threshold, with a Gaussian spread of 4–6 dB for what the
//! ground, the turbulence and the engine's directivity do:
//!
//! ```text
//! P_D = 0.95 Φ((L(d) − noise(wind) − threshold)/σ)
//! ```
//!
//! Source, noise and threshold are told by one number that a site can measure: the range
//! of 50 % detection. Wind raises the noise so that this range falls as
//! e^{−max(0, u − 2 m/s)/8 m/s}.

use crate::normal::normal_cdf;
use lapwing_model::{Air, Class, ClassProbabilities};

/// Greatest probability of detection: machines, masking and processing lose some.
const PROBABILITY_MAX: f64 = 0.95;
/// Spread of the received level, dB.
const SIGMA_DB: f64 = 5.0;
/// Absorption of the low harmonics of a piston engine, dB/m.
const ABSORPTION_DB_M: f64 = 0.002;
/// Φ⁻¹(0.5/0.95): what makes half of all reports at the range of 50 %.
const HALF: f64 = 0.066_012;
/// Wind up to which nothing is lost, and by which more each factor e is lost, m/s.
const WIND_QUIET_MPS: f64 = 2.0;
const WIND_FOLDING_MPS: f64 = 8.0;

/// The range of 50 % detection in the wind of `air`, from that in calm air, m.
#[must_use]
pub fn hearing_range_m(calm_range_50_m: f64, air: &Air) -> f64 {
    let excess = (air.wind_mps() - WIND_QUIET_MPS).max(0.0);
    calm_range_50_m * (-excess / WIND_FOLDING_MPS).exp()
}

/// Probability that a source at `distance_m` is reported by a node that reports it half
/// the time at `range_50_m`. 0 where the arguments mean nothing.
#[must_use]
pub fn hearing_probability(range_50_m: f64, distance_m: f64) -> f64 {
    if !(range_50_m > 0.0 && distance_m >= 0.0) {
        return 0.0;
    }
    let d = distance_m.max(1.0);
    let margin_db = 20.0 * (range_50_m / d).log10() + ABSORPTION_DB_M * (range_50_m - d);
    PROBABILITY_MAX * normal_cdf(margin_db / SIGMA_DB + HALF)
}

/// How much farther than a one-way drone's engine each class is heard (ranges of 50 %:
/// piston engines 3.5 km, multirotors 0.35 km, airliners 8 km); birds are not.
#[must_use]
pub const fn audibility(class: Class) -> f64 {
    match class {
        Class::FixedWingDrone | Class::LightAircraft | Class::Other => 1.0,
        Class::Multirotor => 0.1,
        Class::Airliner => 8.0 / 3.5,
        Class::Bird => 0.0,
    }
}

/// The same for a thing of uncertain class.
#[must_use]
pub fn hearing_probability_of(
    range_50_m: f64,
    distance_m: f64,
    classes: &ClassProbabilities,
) -> f64 {
    Class::ALL
        .iter()
        .map(|class| {
            let range_50_m = range_50_m * audibility(*class);
            classes.of(*class) * hearing_probability(range_50_m, distance_m)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_all_reports_come_at_the_range_of_fifty_percent() {
        for range_m in [350.0, 2_000.0, 3_500.0] {
            assert!((hearing_probability(range_m, range_m) - 0.5).abs() < 1e-6);
            assert!(hearing_probability(range_m, 0.1 * range_m) > 0.94);
            assert!(hearing_probability(range_m, 4.0 * range_m) < 0.01);
        }
    }

    /// Twice as far is 6.02 dB and the absorption less: the value by hand.
    #[test]
    fn the_level_falls_with_the_square_of_the_distance_and_with_the_air() {
        // 3.5 → 7 km: −6.021 dB − 7 dB = −13.021 dB = −2.604 σ, Φ(−2.538) = 0.00557
        let p = hearing_probability(3_500.0, 7_000.0);
        assert!((p - 0.95 * 0.005_57).abs() < 2e-5, "{p}");
    }

    #[test]
    fn wind_deafens() {
        let windy = |mps: f64| hearing_range_m(3_500.0, &Air::new(0.0, mps, 10.0));
        assert!((windy(1.0) - 3_500.0).abs() < 1e-9);
        assert!((windy(10.0) - 3_500.0 / std::f64::consts::E).abs() < 1e-9);
    }

    #[test]
    fn a_bird_is_not_heard_and_nonsense_neither() {
        let bird = ClassProbabilities::from_weights([0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        assert!(hearing_probability_of(3_500.0, 100.0, &bird) == 0.0);
        for (range_m, distance_m) in [(f64::NAN, 1.0), (0.0, 1.0), (1e3, f64::NAN)] {
            assert!(hearing_probability(range_m, distance_m) == 0.0);
        }
    }
}

//! What a track may be, by Bayes' rule over what was measured of it.
//!
//! Speed and mean radar cross-section are summaries of the whole track, so their
//! likelihoods are taken afresh from the summary rather than multiplied report by
//! report: successive reports of one thing are not independent draws from its class.
//! Class likelihoods that a sensor gives (micro-Doppler) are capped at ±3 a dwell and
//! tempered, because successive dwells resemble each other.

use lapwing_model::{Class, ClassProbabilities};
use lapwing_sensing::{hearing_log_likelihoods, rcs_log_likelihoods, speed_log_likelihoods};

/// Standard deviation of one report's radar cross-section, dB.
const RCS_SIGMA_DB: f64 = 3.0;
/// How much one dwell's class likelihood weighs.
const DWELL_TEMPER: f64 = 0.3;
/// Cap of one dwell's class log-likelihoods.
const DWELL_CAP: f64 = 3.0;
/// Cap of all dwells' together.
const DWELLS_CAP: f64 = 12.0;
/// Reports over which speed is averaged.
const SPEED_MEMORY: f64 = 8.0;

/// Birds outnumber everything else that a small-target radar sees; few things are
/// like none of the classes.
pub(crate) fn prior() -> ClassProbabilities {
    let mut weights = [1.0; 6];
    weights[Class::Bird as usize] = 3.0;
    weights[Class::Other as usize] = 0.05;
    ClassProbabilities::from_weights(weights)
}

/// The same of what is seen by a sensor that tells birds apart, or that measures the cross-section
/// of what reflects, because it sees so many of them: thousands to some dozens of small machines in
/// the populations' reference night.
fn among_birds() -> ClassProbabilities {
    let mut weights = [1.0; 6];
    weights[Class::Bird as usize] = 30.0;
    weights[Class::Other as usize] = 0.05;
    ClassProbabilities::from_weights(weights)
}

/// The prior, and a ground speed with its standard deviation, m/s.
pub(crate) fn from_speed(speed_mps: f64, sigma_mps: f64) -> ClassProbabilities {
    prior().updated(speed_log_likelihoods(speed_mps, sigma_mps))
}

/// The evidence of class that a track gathers.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClassEvidence {
    rcs_mean_dbsm: f64,
    rcs_reports: u64,
    speed_mean_mps: f64,
    speed_weight: f64,
    dwells: [f64; 6],
    /// Whether a sensor that tells classes apart has seen it.
    told: bool,
}

impl ClassEvidence {
    /// Mean radar cross-section over the reports that gave one, dBm².
    pub(crate) fn rcs_dbsm(&self) -> Option<f64> {
        (self.rcs_reports > 0).then_some(self.rcs_mean_dbsm)
    }

    /// A report on the track, and the track's ground speed after it.
    pub(crate) fn add(
        &mut self,
        rcs_dbsm: Option<f64>,
        class_log_likelihoods: Option<[f64; 6]>,
        speed_mps: f64,
    ) {
        self.add_without_speed(rcs_dbsm, class_log_likelihoods);
        self.speed_weight = (self.speed_weight + 1.0).min(SPEED_MEMORY);
        self.speed_mean_mps += (speed_mps - self.speed_mean_mps) / self.speed_weight;
    }

    /// A report on a track whose speed is not known yet.
    pub(crate) fn add_without_speed(
        &mut self,
        rcs_dbsm: Option<f64>,
        class_log_likelihoods: Option<[f64; 6]>,
    ) {
        if let Some(rcs) = rcs_dbsm.filter(|r| r.is_finite()) {
            self.rcs_reports += 1;
            self.rcs_mean_dbsm += (rcs - self.rcs_mean_dbsm) / self.rcs_reports as f64;
        }
        if let Some(given) = class_log_likelihoods {
            self.told = true;
            self.dwell(given);
        }
    }

    /// A report of a node that hears an engine half the time at `range_50_m`, and was
    /// `distance_m` away: what is heard far off is no bird.
    pub(crate) fn hear(&mut self, range_50_m: f64, distance_m: f64) {
        self.dwell(hearing_log_likelihoods(range_50_m, distance_m));
    }

    fn dwell(&mut self, given: [f64; 6]) {
        for (sum, l) in self.dwells.iter_mut().zip(given) {
            if l.is_finite() {
                let dwell = DWELL_TEMPER * l.clamp(-DWELL_CAP, DWELL_CAP);
                *sum = (*sum + dwell).clamp(-DWELLS_CAP, DWELLS_CAP);
            }
        }
    }

    /// What a person took it for: log-likelihoods by class, tempered already. It says nothing
    /// of whether birds are told apart.
    pub(crate) fn add_said(&mut self, log_likelihoods: [f64; 6]) {
        for (sum, l) in self.dwells.iter_mut().zip(log_likelihoods) {
            if l.is_finite() {
                *sum = (*sum + l).clamp(-DWELLS_CAP, DWELLS_CAP);
            }
        }
    }

    /// Probabilities given everything so far; `speed_sigma_mps` is the error of the
    /// present ground speed.
    pub(crate) fn probabilities(&self, speed_sigma_mps: f64) -> ClassProbabilities {
        let sees_birds = self.told || self.rcs_reports > 0;
        let mut classes = if sees_birds { among_birds() } else { prior() };
        if self.speed_weight > 0.0 {
            // the length of a velocity that errs by σ on each axis is Rice distributed: its
            // mean is too long by about σ²/2v, which makes every new track look fast
            let speed_mps = (self.speed_mean_mps.powi(2) - speed_sigma_mps.powi(2))
                .max(0.0)
                .sqrt();
            classes = classes.updated(speed_log_likelihoods(speed_mps, speed_sigma_mps));
        }
        if self.rcs_reports > 0 {
            classes = classes.updated(rcs_log_likelihoods(
                self.rcs_mean_dbsm,
                self.rcs_reports,
                RCS_SIGMA_DB,
            ));
        }
        classes.updated(self.dwells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_equal_reports_are_no_more_than_the_population_allows() {
        let mut evidence = ClassEvidence::default();
        for _ in 0..1_000 {
            evidence.add(Some(-13.0), Some([9.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 50.0);
        }
        let p = evidence.probabilities(2.0);
        assert_eq!(p.best().0, Class::FixedWingDrone);
        assert!(p.of(Class::LightAircraft) > 0.0);
        assert!((evidence.rcs_dbsm().unwrap() + 13.0).abs() < 1e-9);
    }

    #[test]
    fn slow_and_small_is_a_bird_and_fast_and_large_an_airliner() {
        for (rcs, speed, expected) in [
            (-25.0, 13.0, Class::Bird),
            (13.0, 200.0, Class::Airliner),
            (-13.0, 50.0, Class::FixedWingDrone),
        ] {
            let mut evidence = ClassEvidence::default();
            for _ in 0..10 {
                evidence.add(Some(rcs), None, speed);
            }
            assert_eq!(evidence.probabilities(3.0).best().0, expected);
        }
    }

    /// What arrays hear from kilometres away is neither a bird nor a multirotor, however slow a
    /// vague track seems; from nearby it may be a multirotor.
    #[test]
    fn what_is_heard_far_off_has_an_engine() {
        let quiet = |distance_m: f64| {
            let mut evidence = ClassEvidence::default();
            for _ in 0..8 {
                evidence.add(None, None, 14.0);
                evidence.hear(2_700.0, distance_m);
            }
            let p = evidence.probabilities(15.0);
            (p.of(Class::Bird), p.of(Class::Multirotor))
        };
        let (bird, multirotor) = quiet(2_000.0);
        assert!(bird < 0.1 && multirotor < 0.1, "{bird} {multirotor}");
        let (bird, multirotor) = quiet(150.0);
        assert!(bird < 0.1 && multirotor > 0.5, "{bird} {multirotor}");
    }
}

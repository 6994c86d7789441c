//! What flies: targets with their paths, drawn before the scene begins.
//!
//! Every route is drawn at random from its own stream; nothing here looks at
//! where sensors can see.

mod birds;
mod civil;
mod hobby;
mod waves;

pub(crate) use civil::PISTON_HEARD_M;

use crate::island::{Island, Plan};
use crate::path::Path;
use crate::random::Random;
use crate::scenario::Scenario;
use lapwing_model::Class;

/// What an aircraft says of itself by radio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transponder {
    pub(crate) icao24: u32,
    pub(crate) callsign: String,
    /// Mode 3/A code, 12 bits.
    pub(crate) mode_3a: u16,
}

/// One thing that flies.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Its name in the truth.
    pub(crate) id: String,
    pub(crate) class: Class,
    pub(crate) path: Path,
    /// Mean radar cross-section, m².
    pub(crate) rcs_m2: f64,
    /// Range at which an array hears it half the time in a calm, m; 0 for the silent.
    pub(crate) heard_m: f64,
    pub(crate) transponder: Option<Transponder>,
    /// Remote ID serial.
    pub(crate) remote_id: Option<String>,
}

/// A Remote ID that says something is where nothing is.
#[derive(Clone, Debug)]
pub(crate) struct Phantom {
    pub(crate) remote_id: String,
    /// Where it is really sent from; the path is what it says.
    pub(crate) emitter: Plan,
    pub(crate) path: Path,
}

/// What routes are drawn from.
pub(crate) struct Scene<'s> {
    pub(crate) scenario: &'s Scenario,
    pub(crate) island: &'s Island,
}

impl Scene<'_> {
    fn stream(&self, purpose: &str, index: usize) -> Random {
        Random::stream(self.scenario.seed, purpose, index as u64)
    }

    /// A random point within the island's ellipse, scaled.
    fn anywhere(&self, random: &mut Random, scale: f64) -> Plan {
        let r = scale * random.unit().sqrt();
        let (sin, cos) = random.uniform(0.0, std::f64::consts::TAU).sin_cos();
        (60e3 * r * sin, 40e3 * r * cos)
    }
}

/// Everything that flies in a scenario, and the false Remote IDs.
pub(crate) fn draw(scene: &Scene<'_>) -> (Vec<Target>, Vec<Phantom>) {
    let mut targets = Vec::new();
    civil::draw(scene, &mut targets);
    let phantoms = hobby::draw(scene, &mut targets);
    waves::draw(scene, &mut targets);
    birds::draw(scene, &mut targets);
    (targets, phantoms)
}

pub(crate) use hobby::HOBBY_TOWN_SPREAD_M;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Chart;
    use crate::island::{CENTRE_DEG, MERROW_GEOJSON};

    /// A night of a seed, without birds unless they are asked for.
    pub(super) struct Night {
        pub(super) scenario: Scenario,
        pub(super) island: Island,
    }

    pub(super) fn night(seed: u64) -> Night {
        let chart = Chart::new(CENTRE_DEG.0, CENTRE_DEG.1);
        let mut scenario = Scenario::merrow_night(seed);
        scenario.traffic.birds = 0;
        Night {
            scenario,
            island: Island::read(MERROW_GEOJSON, &chart).unwrap(),
        }
    }

    pub(super) fn drawn(night: &Night) -> (Vec<Target>, Vec<Phantom>) {
        draw(&Scene {
            scenario: &night.scenario,
            island: &night.island,
        })
    }

    #[test]
    fn aircraft_hobby_drones_and_identities_are_as_many_as_the_table_says() {
        for seed in 1..=5 {
            let (targets, phantoms) = drawn(&night(seed));
            let of = |class: Class| targets.iter().filter(move |t| t.class == class);
            assert_eq!(of(Class::Airliner).count(), 40);
            assert!(of(Class::Airliner).all(|t| t.transponder.is_some()));
            assert_eq!(of(Class::LightAircraft).count(), 30);
            let silent = of(Class::LightAircraft).filter(|t| t.transponder.is_none());
            assert_eq!(silent.count(), 6);
            let mut serials: Vec<_> = of(Class::Multirotor).map(|t| &t.remote_id).collect();
            serials.sort();
            serials.dedup();
            assert_eq!(serials.len(), 25);
            assert_eq!(phantoms.len(), 5);
            let real = |p: &&Phantom| serials.contains(&&Some(p.remote_id.clone()));
            assert_eq!(phantoms.iter().filter(real).count(), 2);
        }
    }

    #[test]
    fn a_cloned_identity_is_said_to_be_four_km_from_its_drone_while_it_flies() {
        for seed in 1..=10 {
            let (targets, phantoms) = drawn(&night(seed));
            let mut clones = 0;
            for phantom in &phantoms {
                let id = Some(phantom.remote_id.clone());
                let real = targets.iter().find(|t| {
                    t.remote_id == id && (t.path.begin_s() - phantom.path.begin_s()).abs() < 1e-9
                });
                let Some(real) = real else { continue };
                clones += 1;
                // pilots fly within some 250 m of themselves, twice over
                for t in 0..600 {
                    let t_s = phantom.path.begin_s() + f64::from(t);
                    let (a, b) = (real.path.at(t_s).at, phantom.path.at(t_s).at);
                    let off_m = (a.0 - b.0).hypot(a.1 - b.1);
                    assert!((off_m - 4_000.0).abs() < 2_200.0, "{off_m}");
                }
            }
            assert_eq!(clones, 2, "seed {seed}");
        }
    }

    #[test]
    fn birds_have_the_cross_sections_speeds_and_flocks_of_the_table() {
        let mut night = night(3);
        night.scenario.traffic = crate::scenario::Traffic {
            birds: 3_000,
            ..night.scenario.traffic
        };
        night.scenario.duration_s = 600.0;
        let (targets, _) = drawn(&night);
        let birds: Vec<&Target> = targets.iter().filter(|t| t.class == Class::Bird).collect();
        assert_eq!(birds.len(), 3_000);
        let decibels: Vec<f64> = birds.iter().map(|b| 10.0 * b.rcs_m2.log10()).collect();
        let mean = decibels.iter().sum::<f64>() / 3_000.0;
        let deviation = (decibels.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 3_000.0).sqrt();
        // 0.005 m² is −23 dBm²; 4.5 deviations of a mean and of a deviation
        assert!(
            (mean + 23.01).abs() < 4.5 * 6.0 / 3_000.0_f64.sqrt(),
            "{mean}"
        );
        assert!(
            (deviation / 6.0 - 1.0).abs() < 4.5 / 6_000.0_f64.sqrt(),
            "{deviation}"
        );
        let mut company = 0;
        for (i, bird) in birds.iter().enumerate() {
            let here = bird.path.at(300.0);
            let speed = here.rate.0.hypot(here.rate.1);
            assert!((7.9..18.1).contains(&speed), "{speed}");
            let near = birds.iter().enumerate().any(|(j, other)| {
                let there = other.path.at(300.0);
                let moving = (there.rate.0 - here.rate.0).hypot(there.rate.1 - here.rate.1);
                i != j
                    && moving < 0.01
                    && (there.at.0 - here.at.0).hypot(there.at.1 - here.at.1) < 250.0
            });
            company += usize::from(near);
        }
        // 15 % fly as one of eight
        assert!((440..=450).contains(&company), "{company}");
    }
}

//! What flies: targets with their paths, drawn before the scene begins.
//!
//! Every route is drawn at random from its own stream; nothing here looks at
//! where sensors can see.

mod birds;
mod civil;
mod hobby;
mod waves;

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

//! Truth, sensors and their errors, as bytes in the real wire formats: an
//! invented island and its traffic, from a seed.
//!
//! | part | what it holds |
//! |---|---|
//! | [`Scenario`] | what is simulated; a TOML form, and those that ship |
//! | [`Simulation`] | the scene in motion: [`Emission`]s in order of time, and the truth |
//! | [`random`] | streams of random numbers that no library's version changes |
//! | [`Chart`] | the plane in which routes are drawn, and what it means on the Earth |
//!
//! Figures follow the reference scenario of the project (section 7 of the models of sensing); where
//! it leaves a choice, the constant's comment says what was chosen. Pure: a seed goes in,
//! bytes come out. It shares no code with the tracker and inverts nothing that the
//! tracker inverts: things move forward along paths, sound is carried forward
//! from where it was made, beams sweep over what is there.
//!
//! # What is and is not modelled
//!
//! Modelled: coast radars (Swerling 1, horizon, constant site errors, false plots, turbines,
//! transponder replies), local radars with micro-Doppler, an ADS-B receiver, Remote ID receivers
//! with false identities, arrays of microphones and single ones (delay, wind, orientation, false
//! alarms, clocks, dead and late nodes), direction finders, people and a flood of false reports,
//! outages. `docs/island.md` names every figure and choice.
//! Not modelled: terrain, plots that merge, sounds that mask one another. Pressure is standard and
//! the geoid lies on the ellipsoid, so that all heights agree but for rounding. Drones fly their
//! speed over ground whatever the wind.
//!
//! Routes are drawn at random; nothing here searches for routes that avoid detection.

mod chart;
mod island;
mod layout;
mod path;
pub mod random;
mod scenario;
mod sensors;
mod simulation;
mod site;
mod traffic;
mod truth;

pub use chart::{Chart, State};
pub use island::{CENTRE_DEG, MERROW_GEOJSON};
pub use scenario::{
    AcousticSettings, DirectionFinderSettings, Excerpt, LocalRadarSettings, MicrophoneSettings,
    RadarSettings, RemoteIdSettings, Scenario, ScenarioError, SightingSettings, Traffic,
    TruthSettings, Waves,
};
pub use sensors::{NodeErrors, RadarBias};
pub use simulation::{Counts, Emission, Event, Simulation};
pub use truth::TruthLine;

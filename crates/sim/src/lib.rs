//! Truth, sensors and their errors, as bytes in the real wire formats: an
//! invented island and its traffic, from a seed.
//!
//! | part | what it holds |
//! |---|---|
//! | [`Scenario`] | what is simulated; a TOML form, and the two that ship |
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
//! Modelled: three coast radars (Swerling 1, horizon, constant site errors, false plots, turbines,
//! transponder replies), an ADS-B receiver, Remote ID receivers with false identities, arrays
//! of microphones (delay, wind, orientation, false alarms, dead and late nodes), outages.
//! Not modelled: terrain, plots that merge, local radars, single microphones, direction finders,
//! people. Pressure is standard and the geoid lies on the ellipsoid, so that all heights agree but
//! for rounding. Drones fly their speed over ground whatever the wind.
//!
//! Routes are drawn at random; nothing here searches for routes that avoid detection.

mod chart;
mod island;
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
    AcousticSettings, RadarSettings, RemoteIdSettings, Scenario, ScenarioError, Traffic,
    TruthSettings, Waves,
};
pub use sensors::RadarBias;
pub use simulation::{Counts, Emission, Event, Simulation};
pub use truth::TruthLine;

//! Tracks and warnings on their way out: JSON lines, CAP 1.2, `aircraft.json`.

mod aircraft;
mod cap;
mod tracks;

pub use aircraft::aircraft_json;
pub use cap::to_cap;
pub use tracks::{track_json, write_track_line};

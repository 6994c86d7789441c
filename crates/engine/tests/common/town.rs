//! One town, one staring radar, and something that flies straight at the town.

use lapwing_model::Timestamp;
use std::fmt::Write;
use std::path::Path;

/// The radar and the place, as the command line's tests have them too.
const SCENE: &str = include_str!("town.toml");

/// A site's text, with these outputs: kind and path.
pub(crate) fn site(exercise: bool, outputs: &[(&str, &Path)]) -> String {
    let mut text = format!("[site]\nname = \"town\"\nexercise = {exercise}\n{SCENE}");
    text += "[[feed]]\nid = \"feed\"\nkind = \"json\"\naddress = \"127.0.0.1:9\"\n";
    for (kind, path) in outputs {
        writeln!(text, "[[output]]\nkind = \"{kind}\"\npath = {path:?}").unwrap();
    }
    text
}

/// The time of a second of the attack.
pub(crate) fn time(second: u32) -> Timestamp {
    Timestamp::from_seconds(1_780_000_000.0 + f64::from(second))
}

/// The radar's line of a second: something comes from the north at 50 m/s.
pub(crate) fn line(second: u32) -> Vec<u8> {
    let range_m = 30_000.0 - 50.0 * f64::from(second);
    let time = time(second);
    format!(
        r#"{{"sensor":"radar","time":"{time}","measurement":{{"kind":"polar","range_m":{range_m},"azimuth_deg":0.0,"elevation_deg":0.5}},"rcs_dbsm":-13.0}}"#
    )
    .into_bytes()
}

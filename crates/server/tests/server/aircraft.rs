//! `aircraft.json` as other maps read it.

use crate::fixture::{Fixture, snapshot};
use serde_json::json;

#[test]
fn confirmed_tracks_with_an_address_are_aircraft() {
    let f = Fixture::start(snapshot());
    let file = f.json("/data/aircraft.json");
    assert_eq!(file["now"], 1_795_366_800.0);
    assert_eq!(file["messages"], 40);
    let aircraft = file["aircraft"].as_array().unwrap();
    assert_eq!(aircraft.len(), 2);
    assert_eq!(
        aircraft[1],
        json!({
            "hex": "3c6602", "type": "adsb_icao", "flight": "GULL2   ", "alt_baro": 984, "gs": 104.7, "track": 111.8,
            "baro_rate": 295, "lat": 54.25, "lon": 10.125, "seen_pos": 0.5, "messages": 12, "seen": 0.5,
        })
    );
}

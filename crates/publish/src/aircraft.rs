//! Tracks with an aircraft address as readsb's `aircraft.json`, for the maps that read it.
//!
//! The form is [`lapwing_modes::readsb`]'s; what is decided here is which tracks appear
//! and which of a track's quantities may go under which of readsb's names: a pressure
//! altitude only as `alt_baro`, a height above the ellipsoid only as `alt_geom`, and
//! nothing that no sensor or claim has given.

use lapwing_geo::HeightDatum;
use lapwing_model::{Origin, Timestamp, Track};
use lapwing_modes::readsb::{
    Aircraft, AircraftJson, BarometricAltitude, feet, feet_per_minute, flight, speed_and_track,
};
use std::collections::BTreeMap;

/// Least trust in an address for a track to appear under it.
const ADDRESS_TRUST_MIN: f64 = 0.5;

/// The confirmed tracks that have an ICAO 24-bit address, one an address: where several
/// tracks have the same, the self-report's, else another tracker's, else our own.
/// `now` is the picture's time, `messages` how many reports have been taken in all.
#[must_use]
pub fn aircraft_json<'a>(
    tracks: impl IntoIterator<Item = &'a Track>,
    now: Timestamp,
    messages: u64,
) -> AircraftJson {
    let mut by_address: BTreeMap<u32, &Track> = BTreeMap::new();
    for track in tracks.into_iter().filter(|t| t.confirmed) {
        let Some(address) = address(track) else {
            continue;
        };
        let shown = by_address.entry(address).or_insert(track);
        if preference(track) < preference(shown) {
            *shown = track;
        }
    }
    AircraftJson {
        now: AircraftJson::seconds(now.0),
        messages,
        aircraft: by_address
            .into_iter()
            .map(|(address, track)| aircraft(address, track, now))
            .collect(),
    }
}

fn address(track: &Track) -> Option<u32> {
    let claim = track
        .claim("icao24")
        .filter(|c| c.trust >= ADDRESS_TRUST_MIN)?;
    u32::from_str_radix(&claim.value, 16)
        .ok()
        .filter(|a| *a <= 0xFF_FFFF)
}

/// The smaller, the rather shown.
const fn preference(track: &Track) -> u8 {
    match track.origin {
        Origin::Claim => 0,
        Origin::System => 1,
        Origin::Tracker => 2,
    }
}

fn aircraft(address: u32, track: &Track, now: Timestamp) -> Aircraft {
    let [ve_mps, vn_mps, vu_mps] = track.velocity_mps;
    let (gs, course) = speed_and_track(ve_mps, vn_mps);
    let age_s = rounded(now.seconds_since(track.last_seen).max(0.0), 1e3);
    let height = track.height;
    let pressure = height.filter(|h| h.datum == HeightDatum::Pressure);
    // to the ellipsoid is exact from the ellipsoid, and good to some metres from the sea
    let geometric = height
        .filter(|h| matches!(h.datum, HeightDatum::Ellipsoid | HeightDatum::Msl))
        .map(|_| track.position.height_m);
    let rate = Some(feet_per_minute(vu_mps)).filter(|_| vu_mps.is_finite());
    Aircraft {
        hex: format!("{address:06x}"),
        kind: Some(match track.origin {
            Origin::Claim => "adsb_icao",
            Origin::System | Origin::Tracker => "other",
        }),
        flight: track.claim("callsign").map(|c| flight(&c.value)),
        alt_baro: pressure.map(|h| BarometricAltitude::Feet(feet(h.m))),
        alt_geom: geometric.map(feet),
        gs: Some(gs),
        track: course,
        baro_rate: rate.filter(|_| pressure.is_some()),
        geom_rate: rate.filter(|_| geometric.is_some()),
        lat: Some(rounded(track.position.lat_deg, 1e6)),
        lon: Some(rounded(track.position.lon_deg, 1e6)),
        seen: age_s,
        seen_pos: Some(age_s),
        messages: track.contributors.iter().map(|c| c.reports).sum(),
        ..Aircraft::default()
    }
}

fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_geo::{Geodetic, Height};
    use lapwing_model::{ClassProbabilities, Contributor, SensorId, TrackClaim, TrackId};
    use serde_json::json;

    fn track(counter: u64, origin: Origin, claims: &[(&'static str, &str, f64)]) -> Track {
        Track {
            id: TrackId { node: 1, counter },
            time: Timestamp::from_seconds(1_000.0),
            origin,
            position: Geodetic::new(50.123_456_78, 8.5, 3_100.0),
            height: Some(Height::new(3_048.0, HeightDatum::Pressure)),
            velocity_mps: [-100.0, 0.0, -4.226_56],
            covariance: [[0.0; 6]; 6],
            existence: 0.99,
            existence_independent: 0.0,
            confirmed: true,
            followed: true,
            classes: ClassProbabilities::default(),
            claims: claims
                .iter()
                .map(|&(kind, value, trust)| TrackClaim {
                    kind: kind.into(),
                    value: value.into(),
                    trust,
                })
                .collect(),
            contributors: vec![Contributor {
                sensor: SensorId(0),
                time: Timestamp::from_seconds(999.0),
                reports: 7,
            }],
            modes: None,
            parts: Vec::new(),
            first_seen: Timestamp::from_seconds(900.0),
            last_seen: Timestamp::from_seconds(999.0),
        }
    }

    #[test]
    fn quantities_go_under_readsbs_names_in_its_units() {
        let claims = [("icao24", "3c6666", 0.9), ("callsign", "DLH4AB", 0.9)];
        let barometric = track(1, Origin::Claim, &claims);
        let mut geometric = track(2, Origin::System, &[("icao24", "00000a", 0.9)]);
        geometric.height = Some(Height::new(3_050.0, HeightDatum::Msl));
        let file = aircraft_json(
            [&barometric, &geometric],
            Timestamp::from_seconds(1_000.5),
            12,
        );
        assert_eq!(
            serde_json::to_value(file).unwrap(),
            json!({"now": 1000.5, "messages": 12, "aircraft": [
                {"hex": "00000a", "type": "other", "alt_geom": 10171, "gs": 194.4, "track": 270.0, "geom_rate": -832,
                 "lat": 50.123_457, "lon": 8.5, "seen": 1.5, "seen_pos": 1.5, "messages": 7},
                {"hex": "3c6666", "type": "adsb_icao", "flight": "DLH4AB  ", "alt_baro": 10000, "gs": 194.4, "track": 270.0,
                 "baro_rate": -832, "lat": 50.123_457, "lon": 8.5, "seen": 1.5, "seen_pos": 1.5, "messages": 7},
            ]})
        );
    }

    #[test]
    fn only_confirmed_tracks_with_a_trusted_address_appear_and_each_address_once() {
        let own = track(1, Origin::Tracker, &[("icao24", "abcdef", 0.9)]);
        let said = track(2, Origin::Claim, &[("icao24", "abcdef", 0.6)]);
        let doubted = track(3, Origin::Tracker, &[("icao24", "000001", 0.1)]);
        let nameless = track(4, Origin::Claim, &[("callsign", "X", 0.9)]);
        let garbled = track(5, Origin::Claim, &[("icao24", "12345678", 0.9)]);
        let mut tentative = track(6, Origin::Claim, &[("icao24", "000002", 0.9)]);
        tentative.confirmed = false;
        let file = aircraft_json(
            [&own, &said, &doubted, &nameless, &garbled, &tentative],
            Timestamp::from_seconds(1_000.0),
            0,
        );
        let shown: Vec<_> = file
            .aircraft
            .iter()
            .map(|a| (a.hex.as_str(), a.kind))
            .collect();
        assert_eq!(shown, [("abcdef", Some("adsb_icao"))]);
    }
}

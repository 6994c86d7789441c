//! `aircraft.json` in readsb's form, which maps such as tar1090 read every second.
//!
//! Field names, units and omission of what is unknown follow wiedehopf/readsb, README-json.md, section "aircraft.json". Only
//! fields that this project can fill are here.

use serde::{Serialize, Serializer};

use crate::message::{Address, EmitterCategory};
use crate::squitter::{FOOT_M, FOOT_PER_MINUTE_MPS, KNOT_MPS};

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AircraftJson {
    /// When the file was made, s since 1970 UTC.
    pub now: f64,
    /// Mode S messages taken in since the start.
    pub messages: u64,
    /// Aircraft heard lately.
    pub aircraft: Vec<Aircraft>,
}

impl AircraftJson {
    /// The time for `now` from UTC nanoseconds.
    #[must_use]
    pub fn seconds(time_ns: i64) -> f64 {
        (time_ns.div_euclid(1_000_000)) as f64 / 1000.0
    }
}

/// `alt_baro`: feet, or the word `ground`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarometricAltitude {
    /// On the ground.
    Ground,
    /// Pressure altitude, ft.
    Feet(i32),
}

impl Serialize for BarometricAltitude {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Ground => serializer.serialize_str("ground"),
            Self::Feet(feet) => serializer.serialize_i32(*feet),
        }
    }
}

/// One aircraft. Absent fields are left out of the JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Aircraft {
    /// Address, six hexadecimal digits, after `~` where it is not ICAO's: see [`hex`].
    pub hex: String,
    /// Source of the data: [`Address::readsb_type`].
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Callsign, padded to 8 characters as readsb does: see [`flight`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flight: Option<String>,
    /// Pressure altitude, ft, or `ground`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt_baro: Option<BarometricAltitude>,
    /// Height above the WGS 84 ellipsoid, ft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt_geom: Option<i32>,
    /// Speed over ground, kt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gs: Option<f64>,
    /// True track over ground, degrees, 0 to below 360.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track: Option<f64>,
    /// Rate of pressure altitude, ft/min.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baro_rate: Option<i32>,
    /// Rate of ellipsoid height, ft/min.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geom_rate: Option<i32>,
    /// Emitter category, "A0" to "D7".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<EmitterCategory>,
    /// WGS 84 latitude, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// WGS 84 longitude, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// Navigation integrity category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nic: Option<u8>,
    /// Containment radius, m; 0 where unknown, as readsb does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rc: Option<u32>,
    /// Age of the position, s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_pos: Option<f64>,
    /// Navigation accuracy category for position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nac_p: Option<u8>,
    /// Messages from this aircraft.
    pub messages: u64,
    /// Age of the last message, s.
    pub seen: f64,
    /// Recent mean signal level, dBFS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rssi: Option<f64>,
}

/// `hex` of an address.
#[must_use]
pub fn hex(icao24: u32, address: Address) -> String {
    let mark = if address.is_icao() { "" } else { "~" };
    format!("{mark}{:06x}", icao24 & 0xFF_FFFF)
}

/// `flight` of a callsign.
#[must_use]
pub fn flight(callsign: &str) -> String {
    format!("{callsign:<8}")
}

/// Metres to whole feet.
#[must_use]
pub fn feet(height_m: f64) -> i32 {
    (height_m / FOOT_M).round() as i32
}

/// m/s to whole ft/min.
#[must_use]
pub fn feet_per_minute(rate_mps: f64) -> i32 {
    (rate_mps / FOOT_PER_MINUTE_MPS).round() as i32
}

/// Velocity east and north (m/s) to `gs` (kt) and `track` (degrees), rounded as readsb does; no track where it stands still.
#[must_use]
pub fn speed_and_track(ve_mps: f64, vn_mps: f64) -> (f64, Option<f64>) {
    let speed_kt = (ve_mps.hypot(vn_mps) / KNOT_MPS * 10.0).round() / 10.0;
    let track_deg = (ve_mps.atan2(vn_mps).to_degrees() * 100.0).round() / 100.0;
    let track_deg = if track_deg < 0.0 {
        track_deg + 360.0
    } else {
        track_deg
    };
    (speed_kt, (speed_kt > 0.0).then_some(track_deg))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_fields_are_left_out_and_present_ones_have_readsbs_names_and_units() {
        let (gs, track) = speed_and_track(-100.0, 0.0);
        let full = Aircraft {
            hex: hex(0x3C_6666, Address::AdsbIcao),
            kind: Some(Address::AdsbIcao.readsb_type()),
            flight: Some(flight("DLH4AB")),
            alt_baro: Some(BarometricAltitude::Feet(feet(3048.0))),
            alt_geom: Some(feet(3100.0)),
            gs: Some(gs),
            track,
            baro_rate: Some(feet_per_minute(-4.226_56)),
            category: Some(EmitterCategory {
                set: 'A',
                number: 3,
            }),
            lat: Some(50.5),
            lon: Some(8.25),
            nic: Some(8),
            rc: Some(186),
            seen_pos: Some(0.4),
            nac_p: Some(10),
            messages: 12,
            seen: 0.1,
            rssi: Some(-12.5),
            geom_rate: None,
        };
        let bare = Aircraft {
            hex: hex(0xABC, Address::TisbOther),
            alt_baro: Some(BarometricAltitude::Ground),
            ..Aircraft::default()
        };
        let file = AircraftJson {
            now: AircraftJson::seconds(1_698_140_962_119_999_999),
            messages: 99,
            aircraft: vec![full, bare],
        };
        let json = serde_json::to_value(&file).expect("serialises");
        assert_eq!(
            json,
            serde_json::json!({
                "now": 1_698_140_962.119, "messages": 99,
                "aircraft": [
                    {"hex": "3c6666", "type": "adsb_icao", "flight": "DLH4AB  ", "alt_baro": 10000, "alt_geom": 10171, "gs": 194.4,
                     "track": 270.0, "baro_rate": -832, "category": "A3", "lat": 50.5, "lon": 8.25, "nic": 8, "rc": 186, "seen_pos": 0.4,
                     "nac_p": 10, "messages": 12, "seen": 0.1, "rssi": -12.5},
                    {"hex": "~000abc", "alt_baro": "ground", "messages": 0, "seen": 0.0},
                ]
            })
        );
        assert_eq!(speed_and_track(0.0, 0.0), (0.0, None));
    }
}

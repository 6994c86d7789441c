//! Extended squitters (DF17) as an aircraft would send them, for the simulator.
//!
//! Written from the formulas, not from the decoder, so that a mistake in one shows against the other: compact position reports by
//! ICAO Doc 9871 C.2.6 (zones NL from the closed form, not from a table), message layouts by its tables A-2-5 (airborne), A-2-6
//! (surface), A-2-8 (identification), A-2-9 (velocity) and C-2-101 (operational status), parity by [`crate::parity`].

use std::f64::consts::PI;

use crate::message::{Altitude, AltitudeDatum, EmitterCategory, VerticalRate};
use crate::parity;

/// What cannot be said in a squitter.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum EncodeError {
    /// Address 0, or of more than 24 bits.
    #[error("address {0:x} is not 1 to ffffff")]
    Address(u32),
    /// Latitude or longitude that is no number or out of range.
    #[error("position {0}°, {1}° is not on the globe")]
    Position(f64, f64),
    /// Height outside −1,000 to 50,175 ft.
    #[error("height {0} m is not within −304.8 to 15,293.3 m")]
    Height(f64),
    /// A type code that does not go with the message or the height's datum.
    #[error("type code {0} does not go with this message")]
    TypeCode(u8),
    /// Velocity component outside ±1,021 kt, or speed on the ground outside 0 to 175 kt.
    #[error("speed {0} m/s is out of range")]
    Speed(f64),
    /// Rate of climb outside ±32,576 ft/min.
    #[error("rate of climb {0} m/s is out of range")]
    VerticalRate(f64),
    /// A track angle that is no number.
    #[error("track angle {0}° is not an angle")]
    Track(f64),
    /// A callsign longer than 8 characters or with others than A–Z, 0–9 and space.
    #[error("a callsign has at most 8 characters of A–Z, 0–9 and space")]
    Callsign,
    /// A category set outside A–D or a category outside its range.
    #[error("category or its set is out of range")]
    Category,
}

const FOOT_M: f64 = 0.3048;
const KNOT_MPS: f64 = 1852.0 / 3600.0;

/// Capability field: level 2 transponder, in the air and on the ground (Annex 10 Vol. IV 3.1.2.5.2.2.1).
const AIRBORNE: u8 = 5;
const ON_GROUND: u8 = 4;

/// A 56-bit message field, filled from its most significant bit.
#[derive(Default)]
struct Fields {
    bits: u64,
    filled: u32,
}

impl Fields {
    fn put(mut self, value: u32, width: u32) -> Self {
        self.bits = self.bits << width | u64::from(value) & ((1 << width) - 1);
        self.filled += width;
        self
    }

    fn squitter(self, icao24: u32, capability: u8) -> Result<[u8; 14], EncodeError> {
        debug_assert_eq!(self.filled, 56);
        if icao24 == 0 || icao24 > 0xFF_FFFF {
            return Err(EncodeError::Address(icao24));
        }
        let mut frame = [0; 14];
        let address = icao24.to_be_bytes().into_iter().skip(1);
        let message = self.bits.to_be_bytes().into_iter().skip(1);
        let bytes = std::iter::once(17 << 3 | capability)
            .chain(address)
            .chain(message);
        frame
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = from);
        let (data, parity_field) = frame.split_at_mut(11);
        let remainder = parity::remainder(data).to_be_bytes();
        parity_field
            .iter_mut()
            .zip(remainder.iter().skip(1))
            .for_each(|(to, from)| *to = *from);
        Ok(frame)
    }
}

/// Number of longitude zones at a latitude: closed form of ICAO Doc 9871 C.2.6.2 with 15 latitude zones a quadrant.
fn longitude_zones(lat_deg: f64) -> f64 {
    let lat_deg = lat_deg.abs();
    if lat_deg > 87.0 {
        return 1.0;
    }
    if lat_deg == 87.0 {
        return 2.0;
    }
    let ratio = (1.0 - (PI / 30.0).cos()) / lat_deg.to_radians().cos().powi(2);
    (2.0 * PI / (1.0 - ratio).acos()).floor()
}

/// The low 17 bits of latitude and longitude within their zones; `bits` is 17 (airborne) or 19 (surface).
fn compact(lat_deg: f64, lon_deg: f64, odd: bool, bits: i32) -> Result<(u32, u32), EncodeError> {
    if !(-90.0..=90.0).contains(&lat_deg) || !(-180.0..=180.0).contains(&lon_deg) {
        return Err(EncodeError::Position(lat_deg, lon_deg));
    }
    let parity = if odd { 1.0 } else { 0.0 };
    let steps = 2f64.powi(bits);
    let zone_lat_deg = 360.0 / (60.0 - parity);
    let lat_steps = (steps * lat_deg.rem_euclid(zone_lat_deg) / zone_lat_deg + 0.5).floor();
    // The receiver takes the number of zones from the rounded latitude, so must the sender.
    let sent_lat_deg = zone_lat_deg * (lat_steps / steps + (lat_deg / zone_lat_deg).floor());
    let zone_lon_deg = 360.0 / (longitude_zones(sent_lat_deg) - parity).max(1.0);
    let lon_steps = (steps * lon_deg.rem_euclid(zone_lon_deg) / zone_lon_deg + 0.5).floor();
    Ok((lat_steps as u32 & 0x1_FFFF, lon_steps as u32 & 0x1_FFFF))
}

/// Height in steps of 25 ft from −1,000 ft, with the Q bit set; 0 says that it is unknown.
fn altitude_code(altitude: Option<Altitude>) -> Result<u32, EncodeError> {
    let Some(Altitude { height_m, .. }) = altitude else {
        return Ok(0);
    };
    let steps = ((height_m / FOOT_M + 1000.0) / 25.0).round();
    if !(0.0..=2047.0).contains(&steps) {
        return Err(EncodeError::Height(height_m));
    }
    let steps = steps as u32;
    Ok((steps & 0x7F0) << 1 | 0x10 | steps & 0xF)
}

/// An airborne position message.
///
/// `type_code` states the integrity: 9–18 with pressure altitude (or none), 20–22 with ellipsoid height; 9 / 20 is the best (7.5 m).
/// Aircraft send even and odd alternately, about twice a second.
///
/// # Errors
/// Values that the message cannot hold.
pub fn airborne_position(
    icao24: u32,
    (lat_deg, lon_deg): (f64, f64),
    altitude: Option<Altitude>,
    type_code: u8,
    odd: bool,
) -> Result<[u8; 14], EncodeError> {
    let fits = match altitude.map(|altitude| altitude.datum) {
        Some(AltitudeDatum::Ellipsoid) => matches!(type_code, 20..=22),
        Some(AltitudeDatum::Pressure) => matches!(type_code, 9..=18),
        None => matches!(type_code, 9..=18 | 20..=22),
    };
    if !fits {
        return Err(EncodeError::TypeCode(type_code));
    }
    let (lat, lon) = compact(lat_deg, lon_deg, odd, 17)?;
    Fields::default()
        .put(type_code.into(), 5)
        .put(0, 3)
        .put(altitude_code(altitude)?, 12)
        .put(0, 1)
        .put(odd.into(), 1)
        .put(lat, 17)
        .put(lon, 17)
        .squitter(icao24, AIRBORNE)
}

/// A surface position message. `type_code` 5–8 states the integrity, 5 the best; the track is in degrees clockwise from true north.
///
/// # Errors
/// Values that the message cannot hold.
pub fn surface_position(
    icao24: u32,
    (lat_deg, lon_deg): (f64, f64),
    ground_speed_mps: Option<f64>,
    ground_track_deg: Option<f64>,
    type_code: u8,
    odd: bool,
) -> Result<[u8; 14], EncodeError> {
    if !matches!(type_code, 5..=8) {
        return Err(EncodeError::TypeCode(type_code));
    }
    let movement = ground_speed_mps.map_or(Ok(0), movement_code)?;
    let track = match ground_track_deg {
        Some(track_deg) if !track_deg.is_finite() => return Err(EncodeError::Track(track_deg)),
        Some(track_deg) => (track_deg.rem_euclid(360.0) / (360.0 / 128.0)).round() as u32 & 0x7F,
        None => 0,
    };
    let (lat, lon) = compact(lat_deg, lon_deg, odd, 19)?;
    Fields::default()
        .put(type_code.into(), 5)
        .put(movement, 7)
        .put(ground_track_deg.is_some().into(), 1)
        .put(track, 7)
        .put(0, 1)
        .put(odd.into(), 1)
        .put(lat, 17)
        .put(lon, 17)
        .squitter(icao24, ON_GROUND)
}

/// The movement field: steps that grow with the speed (ICAO Doc 9871 A.2.3.3.1).
fn movement_code(speed_mps: f64) -> Result<u32, EncodeError> {
    let knots = speed_mps / KNOT_MPS;
    if !(0.0..175.0).contains(&knots) {
        return Err(EncodeError::Speed(speed_mps));
    }
    let step = |from_code: f64, from_knots: f64, size: f64| {
        (from_code + ((knots - from_knots) / size).floor()) as u32
    };
    Ok(match knots {
        _ if knots < 0.125 => 1,
        _ if knots < 1.0 => step(2.0, 0.125, 0.125),
        _ if knots < 2.0 => step(9.0, 1.0, 0.25),
        _ if knots < 15.0 => step(13.0, 2.0, 0.5),
        _ if knots < 70.0 => step(39.0, 15.0, 1.0),
        _ if knots < 100.0 => step(94.0, 70.0, 2.0),
        _ => step(109.0, 100.0, 5.0),
    })
}

/// A velocity over ground message (subtype 1): east, north and up; `nac_v` 0–4 states the accuracy (1: 10 m/s, 4: 0.3 m/s).
///
/// # Errors
/// Values that the message cannot hold.
pub fn airborne_velocity(
    icao24: u32,
    ve_mps: f64,
    vn_mps: f64,
    vertical_rate: Option<VerticalRate>,
    nac_v: u8,
) -> Result<[u8; 14], EncodeError> {
    let (west, east_west) = component(ve_mps)?;
    let (south, north_south) = component(vn_mps)?;
    let (barometric, down, rate) = match vertical_rate {
        None => (0, 0, 0),
        Some(VerticalRate { up_mps, datum }) => {
            let steps = (up_mps.abs() / (64.0 * FOOT_M / 60.0)).round();
            if !(0.0..=509.0).contains(&steps) {
                return Err(EncodeError::VerticalRate(up_mps));
            }
            (
                u32::from(datum == AltitudeDatum::Pressure),
                u32::from(up_mps < 0.0),
                steps as u32 + 1,
            )
        }
    };
    Fields::default()
        .put(19, 5)
        .put(1, 3)
        .put(0, 2)
        .put(nac_v.min(4).into(), 3)
        .put(west, 1)
        .put(east_west, 10)
        .put(south, 1)
        .put(north_south, 10)
        .put(barometric, 1)
        .put(down, 1)
        .put(rate, 9)
        .put(0, 10)
        .squitter(icao24, AIRBORNE)
}

/// Sign and size + 1 of a velocity component in knots.
fn component(speed_mps: f64) -> Result<(u32, u32), EncodeError> {
    let knots = (speed_mps.abs() / KNOT_MPS).round();
    if !(0.0..=1021.0).contains(&knots) {
        return Err(EncodeError::Speed(speed_mps));
    }
    Ok((u32::from(speed_mps < 0.0), knots as u32 + 1))
}

/// An identification message.
///
/// # Errors
/// A callsign or category that the message cannot hold.
pub fn identification(
    icao24: u32,
    callsign: &str,
    category: EmitterCategory,
) -> Result<[u8; 14], EncodeError> {
    let type_code = match category.set {
        'A' => 4,
        'B' => 3,
        'C' => 2,
        'D' => 1,
        _ => return Err(EncodeError::Category),
    };
    if category.number > 7 {
        return Err(EncodeError::Category);
    }
    if callsign.len() > 8 {
        return Err(EncodeError::Callsign);
    }
    let mut fields = Fields::default()
        .put(type_code, 5)
        .put(category.number.into(), 3);
    for character in callsign.bytes().chain(std::iter::repeat(b' ')).take(8) {
        let code = match character {
            b'A'..=b'Z' => character - b'A' + 1,
            b'0'..=b'9' | b' ' => character,
            _ => return Err(EncodeError::Callsign),
        };
        fields = fields.put(code.into(), 6);
    }
    fields.squitter(icao24, AIRBORNE)
}

/// An operational status message of version 2 (DO-260B) equipment in the air: says the accuracy of the positions, `nac_p` 0–11
/// ([`crate::accuracy::nac_p_epu_m`]), with source integrity level 3. Aircraft send it every 2.5 s.
///
/// # Errors
/// An address that is none.
pub fn operational_status(icao24: u32, nac_p: u8) -> Result<[u8; 14], EncodeError> {
    Fields::default()
        .put(31, 5)
        .put(0, 3)
        .put(0, 16)
        .put(0, 16)
        .put(2, 3)
        .put(0, 1)
        .put(nac_p.min(11).into(), 4)
        .put(2, 2)
        .put(3, 2)
        .put(1, 1)
        .put(0, 3)
        .squitter(icao24, AIRBORNE)
}

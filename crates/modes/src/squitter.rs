//! One extended squitter on its own: parity, whose address, and the fields of its 56-bit message, without any memory.
//!
//! Fields are read by `rs1090`; this file checks what surrounds them (ICAO Annex 10 Vol. IV 3.1.2.8.6–7) and turns them into SI
//! units. Three of its readings are mended here, each with a test: the source of the vertical rate (bit 36 of the message: 0 is
//! geometric, 1 barometric, ICAO Doc 9871 table A-2-9), the supersonic velocity's unit (4 kt), and the saturated or absent
//! values that it gives as numbers.

use rs1090::decode::adsb::ME;
use rs1090::decode::bds::bds05::{AirbornePosition as RawAirborne, Source};
use rs1090::decode::bds::bds06::SurfacePosition as RawSurface;
use rs1090::decode::bds::bds08::{AircraftIdentification, Typecode};
use rs1090::decode::bds::bds09::{AirborneVelocity, AirborneVelocitySubType};
use rs1090::decode::bds::bds65::{
    ADSBVersionAirborne, ADSBVersionSurface, AircraftOperationStatus,
};
use rs1090::decode::cpr::CPRFormat;
use rs1090::prelude::DekuContainerRead;
use serde::Serialize;

use crate::accuracy::nac_v_error_mps;
use crate::message::{
    Address, Altitude, AltitudeDatum, EmitterCategory, Identification, Velocity, VerticalRate,
};
use crate::parity;

pub(crate) const FOOT_M: f64 = 0.3048;
pub(crate) const KNOT_MPS: f64 = 1852.0 / 3600.0;
pub(crate) const FOOT_PER_MINUTE_MPS: f64 = FOOT_M / 60.0;

/// Why a frame gave no squitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Mode A/C or a short frame: never an extended squitter.
    #[error("{0} bytes; an extended squitter has 14")]
    Length(usize),
    /// A downlink format other than 17 and 18.
    #[error("downlink format {0} is not an extended squitter (17, 18)")]
    Format(u8),
    /// A DF18 control field whose message is not in the ADS-B layout (TIS-B coarse position and management, reserved).
    #[error("DF18 control field {0} is not in the ADS-B layout")]
    ControlField(u8),
    /// Damaged on the way.
    #[error("parity check failed (syndrome {0:06x})")]
    Parity(u32),
    /// Address zero, which nobody may have.
    #[error("address 000000 is not an address")]
    Address,
    /// The message field does not have the layout of its type code.
    #[error("bytes 4 to 10: the message of type code {0} is not laid out as it should be")]
    Payload(u8),
}

/// A compact position report: 17 bits each of latitude and longitude within a zone (DO-260B 2.2.3.2.3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cpr {
    /// Odd (59 latitude zones) or even (60).
    pub odd: bool,
    /// Fraction of the latitude zone, in 2⁻¹⁷.
    pub lat: u32,
    /// Fraction of the longitude zone, in 2⁻¹⁷.
    pub lon: u32,
}

/// Fields of an airborne position message (type codes 9–18, 20–22).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AirbornePosition {
    /// Height, where known.
    pub altitude: Option<Altitude>,
    /// NIC supplement B (version 2; single antenna flag before).
    pub nic_b: bool,
    /// The position within its zone.
    pub cpr: Cpr,
}

/// Fields of a surface position message (type codes 5–8).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SurfacePosition {
    /// Speed over ground, m/s; absent when unknown or 175 kt and more.
    pub ground_speed_mps: Option<f64>,
    /// Track or heading, degrees clockwise from the north that the operational status names (true unless it says magnetic).
    pub ground_track_deg: Option<f64>,
    /// The position within its zone (of a quarter of the airborne size).
    pub cpr: Cpr,
}

/// What the receiver keeps of an operational status message (type code 31).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OperationalStatus {
    /// ADS-B version: 0 (DO-260), 1 (DO-260A), 2 (DO-260B) or later.
    pub version: u8,
    /// NIC supplement A.
    pub nic_a: bool,
    /// NIC supplement C; only surface status messages carry it.
    pub nic_c: bool,
    /// Navigation accuracy category for position.
    pub nac_p: u8,
    /// Whether angles refer to magnetic north.
    pub magnetic: bool,
}

/// The message field.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Airborne position.
    AirbornePosition(AirbornePosition),
    /// Surface position.
    SurfacePosition(SurfacePosition),
    /// Velocity over ground; `None` where the message carries none (airspeed, or not known).
    Velocity(Option<Velocity>),
    /// Callsign and category.
    Identification(Identification),
    /// Version, accuracy.
    OperationalStatus(OperationalStatus),
    /// A type code that is not decoded further.
    Other,
}

/// One decoded extended squitter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Squitter {
    /// The 24-bit address.
    pub icao24: u32,
    /// What kind of address it is.
    pub address: Address,
    /// Type code, 0–31: the first five bits of the message field.
    pub type_code: u8,
    /// The message field.
    pub body: Body,
}

/// Decodes one frame.
///
/// # Errors
/// The first thing that keeps the frame from being an undamaged extended squitter in the ADS-B layout.
pub fn decode(frame: &[u8]) -> Result<Squitter, FrameError> {
    let Ok([first, a0, a1, a2, message @ .., _, _, _]) = <&[u8; 14]>::try_from(frame) else {
        return Err(FrameError::Length(frame.len()));
    };
    let (format, control) = (first >> 3, first & 0x07);
    if !matches!(format, 17 | 18) {
        return Err(FrameError::Format(format));
    }
    match parity::syndrome(frame) {
        Some(0) => {}
        syndrome => return Err(FrameError::Parity(syndrome.unwrap_or(0))),
    }
    let icao24 = u32::from_be_bytes([0, *a0, *a1, *a2]);
    if icao24 == 0 {
        return Err(FrameError::Address);
    }
    let &[type_byte, ..] = message;
    let type_code = type_byte >> 3;
    let address = address(format, control, type_code, message)?;
    // Reading fields bit by bit costs nearly all of the time: only where something will be made of them.
    if matches!(type_code, 0 | 23..=30) {
        return Ok(Squitter {
            icao24,
            address,
            type_code,
            body: Body::Other,
        });
    }
    let (_, fields) =
        ME::from_bytes((message.as_slice(), 0)).map_err(|_| FrameError::Payload(type_code))?;
    let is_rebroadcast = format == 18 && control >= 2;
    let body = match fields {
        ME::BDS05 { inner, .. } => Body::AirbornePosition(airborne(&inner, is_rebroadcast)),
        ME::BDS06 { inner, .. } => Body::SurfacePosition(surface(&inner)),
        ME::BDS08 { inner, .. } => Body::Identification(identification(&inner, message)),
        ME::BDS09(inner) => Body::Velocity(velocity(&inner, message, is_rebroadcast)),
        ME::BDS65(inner) => operational_status(&inner).map_or(Body::Other, Body::OperationalStatus),
        _ => Body::Other,
    };
    Ok(Squitter {
        icao24,
        address,
        type_code,
        body,
    })
}

/// DF18's control field, and the ICAO/Mode A flag (IMF), which lies elsewhere in each message type.
fn address(
    format: u8,
    control: u8,
    type_code: u8,
    message: &[u8; 7],
) -> Result<Address, FrameError> {
    if format == 17 {
        return Ok(Address::AdsbIcao);
    }
    let [b0, b1, b2, ..] = *message;
    let imf = match type_code {
        5..=8 => b2 & 0x08 != 0,
        9..=18 | 20..=22 => b0 & 0x01 != 0,
        19 => b1 & 0x80 != 0,
        _ => false,
    };
    match (control, imf) {
        (0, _) => Ok(Address::AdsbIcaoNonTransponder),
        (1, _) => Ok(Address::AdsbOther),
        (2, false) => Ok(Address::TisbIcao),
        (2, true) => Ok(Address::TisbTrackfile),
        (5, _) => Ok(Address::TisbOther),
        (6, false) => Ok(Address::AdsrIcao),
        (6, true) => Ok(Address::AdsrOther),
        _ => Err(FrameError::ControlField(control)),
    }
}

fn airborne(raw: &RawAirborne, is_rebroadcast: bool) -> AirbornePosition {
    let datum = match raw.source {
        Source::Barometric => AltitudeDatum::Pressure,
        Source::Gnss => AltitudeDatum::Ellipsoid,
    };
    AirbornePosition {
        altitude: raw.alt.map(|feet| Altitude {
            height_m: f64::from(feet) * FOOT_M,
            datum,
        }),
        // Rebroadcasts carry IMF in this place.
        nic_b: !is_rebroadcast && raw.saf_or_nicb == Some(1),
        cpr: Cpr {
            odd: raw.parity == CPRFormat::Odd,
            lat: raw.lat_cpr,
            lon: raw.lon_cpr,
        },
    }
}

fn surface(raw: &RawSurface) -> SurfacePosition {
    SurfacePosition {
        ground_speed_mps: raw
            .groundspeed
            .filter(|knots| *knots < 175.0)
            .map(|knots| knots * KNOT_MPS),
        ground_track_deg: raw.track,
        cpr: Cpr {
            odd: raw.parity == CPRFormat::Odd,
            lat: raw.lat_cpr,
            lon: raw.lon_cpr,
        },
    }
}

fn identification(raw: &AircraftIdentification, message: &[u8; 7]) -> Identification {
    // rs1090 leaves out spaces wherever they are; a blank inside marks a callsign that was not filled in properly.
    let characters = message
        .iter()
        .skip(1)
        .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    let blanks = (0..8).map(|place| (characters >> (42 - 6 * place)) & 0x3F == 0x20);
    let inner_blank = blanks.skip_while(|blank| !blank).any(|blank| !blank);
    let callsign = Some(raw.callsign.clone()).filter(|text| {
        !inner_blank && !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric())
    });
    let set = match raw.tc {
        Typecode::A => 'A',
        Typecode::B => 'B',
        Typecode::C => 'C',
        Typecode::D => 'D',
    };
    Identification {
        callsign,
        category: EmitterCategory {
            set,
            number: raw.ca,
        },
    }
}

fn velocity(raw: &AirborneVelocity, message: &[u8; 7], is_rebroadcast: bool) -> Option<Velocity> {
    let AirborneVelocitySubType::GroundSpeedDecoding(ground) = &raw.velocity else {
        return None;
    };
    let unit_kt = if raw.subtype == 2 { 4.0 } else { 1.0 };
    // Raw 0 (unknown) comes out as −1 before the sign, raw 1023 (more than can be said) as 1022.
    let component = |signed_kt: f64, sign: i16| {
        let size_kt = signed_kt * f64::from(sign);
        (0.0..1022.0)
            .contains(&size_kt)
            .then_some(signed_kt * unit_kt * KNOT_MPS)
    };
    let ve_mps = component(ground.ew_vel, ground.ew_sign.value())?;
    let vn_mps = component(ground.ns_vel, ground.ns_sign.value())?;
    let [_, _, _, _, b4, ..] = *message;
    let datum = if b4 & 0x10 != 0 {
        AltitudeDatum::Pressure
    } else {
        AltitudeDatum::Ellipsoid
    };
    let vertical_rate = raw
        .vertical_rate
        .filter(|feet_per_minute| feet_per_minute.abs() < 510 * 64)
        .map(|feet_per_minute| VerticalRate {
            up_mps: f64::from(feet_per_minute) * FOOT_PER_MINUTE_MPS,
            datum,
        });
    Some(Velocity {
        ve_mps,
        vn_mps,
        vertical_rate,
        accuracy_95_mps: nac_v_error_mps(raw.nac_v),
        // TIS-B and ADS-R put other things here.
        ellipsoid_minus_pressure_m: raw
            .geo_minus_baro
            .filter(|feet| !is_rebroadcast && feet.abs() < 126 * 25)
            .map(|feet| f64::from(feet) * FOOT_M),
    })
}

fn operational_status(raw: &AircraftOperationStatus) -> Option<OperationalStatus> {
    let status = match raw {
        AircraftOperationStatus::Airborne(airborne) => {
            let version = airborne.version.version_number();
            match airborne.version {
                ADSBVersionAirborne::DOC9871AppendixB(v1) => OperationalStatus {
                    version,
                    nic_a: v1.nic_s == 1,
                    nic_c: false,
                    nac_p: v1.nac_p,
                    magnetic: v1.horizontal_reference_direction == 1,
                },
                ADSBVersionAirborne::DOC9871AppendixC(v2) => OperationalStatus {
                    version,
                    nic_a: v2.nic_a == 1,
                    nic_c: false,
                    nac_p: v2.nac_p,
                    magnetic: v2.horizontal_reference_direction == 1,
                },
                _ => return None,
            }
        }
        AircraftOperationStatus::Surface(surface) => {
            let version = surface.version.version_number();
            match surface.version {
                ADSBVersionSurface::DOC9871AppendixB(v1) => OperationalStatus {
                    version,
                    nic_a: v1.nic_s == 1,
                    nic_c: false,
                    nac_p: v1.nac_p,
                    magnetic: v1.horizontal_reference_direction == 1,
                },
                ADSBVersionSurface::DOC9871AppendixC(v2) => OperationalStatus {
                    version,
                    nic_a: v2.nic_a == 1,
                    nic_c: surface.capability_class.nic_c == 1,
                    nac_p: v2.nac_p,
                    magnetic: v2.horizontal_reference_direction == 1,
                },
                _ => return None,
            }
        }
        AircraftOperationStatus::Reserved { .. } => return None,
    };
    Some(status)
}

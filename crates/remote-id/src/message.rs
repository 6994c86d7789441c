//! The messages but for location (F3411-22a, tables 2 to 10).

use crate::fields::{height_m, hex, position, text, u8_at, u16_at, u32_at};
use crate::{Location, Problem, Reason};
use serde::Serialize;

/// Seconds from the epoch of Unix to that of Remote ID, 2019-01-01 00:00 UTC.
const EPOCH_S: i64 = 1_546_300_800;

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Who it is.
    BasicId(BasicId),
    /// Where it is.
    Location(Location),
    /// A page of a signature.
    Auth(Auth),
    /// What it is about.
    SelfId(SelfId),
    /// Where its operator is, and what it is part of.
    System(System),
    /// Who operates it.
    OperatorId(OperatorId),
}

/// Which kind of id a drone has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    /// None.
    None,
    /// Serial number (ANSI/CTA-2063-A).
    SerialNumber,
    /// Registration with an authority.
    Registration,
    /// Given by a traffic management system, a UUID.
    Utm,
    /// Of this flight.
    Session,
    /// A code that the standard reserves.
    Reserved(u8),
}

/// What kind of aircraft it says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aircraft {
    /// It does not say.
    Undeclared,
    /// Aeroplane.
    Aeroplane,
    /// Helicopter or multirotor.
    Rotorcraft,
    /// Gyroplane.
    Gyroplane,
    /// Takes off vertically and flies on wings.
    HybridLift,
    /// Flaps its wings.
    Ornithopter,
    /// Glider.
    Glider,
    /// Kite.
    Kite,
    /// Free balloon.
    FreeBalloon,
    /// Captive balloon.
    CaptiveBalloon,
    /// Airship.
    Airship,
    /// Parachute, or falling.
    Parachute,
    /// Rocket.
    Rocket,
    /// Powered from the ground.
    Tethered,
    /// An obstacle on the ground.
    Obstacle,
    /// Something else.
    Other,
}

impl Aircraft {
    const ALL: [Self; 16] = [
        Self::Undeclared,
        Self::Aeroplane,
        Self::Rotorcraft,
        Self::Gyroplane,
        Self::HybridLift,
        Self::Ornithopter,
        Self::Glider,
        Self::Kite,
        Self::FreeBalloon,
        Self::CaptiveBalloon,
        Self::Airship,
        Self::Parachute,
        Self::Rocket,
        Self::Tethered,
        Self::Obstacle,
        Self::Other,
    ];
}

/// Who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BasicId {
    /// Which kind of id.
    pub kind: IdKind,
    /// What it says it is.
    pub aircraft: Aircraft,
    /// The id: text, or hexadecimal digits of a UUID or session id; what is no printable ASCII
    /// in text is `?`.
    pub id: String,
}

/// A page of a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Auth {
    /// Code of the kind of signature.
    pub kind: u8,
    /// Which page.
    pub page: AuthPage,
}

/// What a page of a signature holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthPage {
    /// The first: how many octets in how many pages, and when signed, seconds since 1970 UTC.
    First {
        /// Index of the last page, at most 15.
        last_page: u8,
        /// Octets of the signature over all pages.
        length: u8,
        /// When, seconds since 1970, UTC; `None` if it does not say.
        time_s: Option<i64>,
        /// The first 17 octets of it.
        data: [u8; 17],
    },
    /// A later one.
    Later {
        /// Its index, 1 to 15.
        page: u8,
        /// The next 23 octets.
        data: [u8; 23],
    },
}

/// What it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SelfId {
    /// Code of the kind: 0 text, 1 an emergency, 2 more of the status.
    pub kind: u8,
    /// The words, of people or of the drone: never to be trusted as markup.
    pub text: String,
}

/// What an operator's position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorPlace {
    /// Where it took off.
    TakeOff,
    /// Where the operator is now.
    Live,
    /// A fixed place.
    Fixed,
    /// A code that the standard reserves.
    Reserved(u8),
}

/// Where the operator is, and what the drone is part of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct System {
    /// What the operator's position is.
    pub place: OperatorPlace,
    /// Latitude and longitude on WGS 84, degrees.
    pub operator: Option<(f64, f64)>,
    /// Height of the operator above the WGS 84 ellipsoid, m.
    pub operator_height_m: Option<f64>,
    /// How many aircraft fly there.
    pub area_count: u16,
    /// Radius about the position within which they do, m.
    pub area_radius_m: f64,
    /// Greatest and least height there above the ellipsoid, m.
    pub area_ceiling_m: Option<f64>,
    /// Likewise.
    pub area_floor_m: Option<f64>,
    /// In the European classification: category and class codes, 0 undefined.
    pub eu: Option<(u8, u8)>,
    /// When, seconds since 1970, UTC; `None` if it does not say.
    pub time_s: Option<i64>,
}

/// Who operates it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorId {
    /// Code of the kind; 0 is a registration.
    pub kind: u8,
    /// The registration.
    pub id: String,
}

fn time_s(seconds: u32) -> Option<i64> {
    (seconds > 0).then_some(EPOCH_S + i64::from(seconds))
}

fn part<const N: usize>(octets: &[u8], at: usize) -> [u8; N] {
    octets
        .get(at..at + N)
        .and_then(|part| part.try_into().ok())
        .unwrap_or([0; N])
}

impl Message {
    /// Reads one message of 25 octets that is no pack.
    pub(crate) fn read(octets: &[u8; crate::MESSAGE_OCTETS]) -> Result<Self, Problem> {
        let second = octets[1];
        match octets[0] >> 4 {
            0 => Ok(Self::BasicId(basic_id(octets))),
            1 => Location::read(octets).map(Self::Location),
            2 => Ok(Self::Auth(Auth {
                kind: second >> 4,
                page: match second & 15 {
                    0 => AuthPage::First {
                        last_page: octets[2] & 15,
                        length: octets[3],
                        time_s: time_s(u32_at(octets, 4)),
                        data: part(octets, 8),
                    },
                    page => AuthPage::Later {
                        page,
                        data: part(octets, 2),
                    },
                },
            })),
            3 => Ok(Self::SelfId(SelfId {
                kind: second,
                text: text(&octets[2..]),
            })),
            4 => system(octets).map(Self::System),
            5 => Ok(Self::OperatorId(OperatorId {
                kind: second,
                id: text(&octets[2..22]),
            })),
            15 => Err(Problem::new(0, Reason::Nested)),
            other => Err(Problem::new(0, Reason::MessageType(other))),
        }
    }
}

fn basic_id(octets: &[u8; crate::MESSAGE_OCTETS]) -> BasicId {
    let bytes = &octets[2..22];
    let (kind, id) = match octets[1] >> 4 {
        0 => (IdKind::None, text(bytes)),
        1 => (IdKind::SerialNumber, text(bytes)),
        2 => (IdKind::Registration, text(bytes)),
        // 16 octets of a UUID
        3 => (IdKind::Utm, hex(&bytes[..16])),
        4 => (IdKind::Session, hex(bytes)),
        other => (IdKind::Reserved(other), hex(bytes)),
    };
    BasicId {
        kind,
        aircraft: Aircraft::ALL[usize::from(octets[1] & 15)],
        id,
    }
}

fn system(octets: &[u8]) -> Result<System, Problem> {
    let flags = u8_at(octets, 1);
    let operator = position(octets, 2).map_err(|()| Problem::new(2, Reason::Position))?;
    let eu = u8_at(octets, 17);
    Ok(System {
        place: match flags & 3 {
            0 => OperatorPlace::TakeOff,
            1 => OperatorPlace::Live,
            2 => OperatorPlace::Fixed,
            other => OperatorPlace::Reserved(other),
        },
        operator,
        operator_height_m: height_m(octets, 18),
        area_count: u16_at(octets, 10),
        area_radius_m: f64::from(u8_at(octets, 12)) * 10.0,
        area_ceiling_m: height_m(octets, 13),
        area_floor_m: height_m(octets, 15),
        eu: (flags >> 2 & 7 == 1).then_some((eu >> 4, eu & 15)),
        time_s: time_s(u32_at(octets, 20)),
    })
}

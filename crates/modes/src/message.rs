//! What an aircraft said, in SI units with the datum named: the output of this crate.
//!
//! Everything here is a claim by its sender (or, for TIS-B, by a ground station) and is to be treated as one.

use serde::Serialize;

/// Whose address a squitter carries, and who sent it (ICAO Annex 10 Vol. IV 3.1.2.8.7: DF17, and DF18 by its control field CF).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// DF17: a transponder with its 24-bit ICAO address.
    AdsbIcao,
    /// DF18 CF 0: equipment that cannot be interrogated, with an ICAO address.
    AdsbIcaoNonTransponder,
    /// DF18 CF 1: anonymous, ground vehicle or fixed obstacle address.
    AdsbOther,
    /// DF18 CF 2: position from a ground surveillance system (TIS-B), ICAO address.
    TisbIcao,
    /// DF18 CF 5: TIS-B with an address that is not ICAO's.
    TisbOther,
    /// DF18 CF 2 with IMF 1: TIS-B track file number in place of an address.
    TisbTrackfile,
    /// DF18 CF 6: rebroadcast of another link's ADS-B, ICAO address.
    AdsrIcao,
    /// DF18 CF 6 with IMF 1: the same with another address.
    AdsrOther,
}

impl Address {
    /// Whether the 24 bits are an address that ICAO's states assign.
    #[must_use]
    pub const fn is_icao(self) -> bool {
        matches!(
            self,
            Self::AdsbIcao | Self::AdsbIcaoNonTransponder | Self::TisbIcao | Self::AdsrIcao
        )
    }

    /// readsb's word for it (its `type` field).
    #[must_use]
    pub const fn readsb_type(self) -> &'static str {
        match self {
            Self::AdsbIcao => "adsb_icao",
            Self::AdsbIcaoNonTransponder => "adsb_icao_nt",
            Self::AdsbOther => "adsb_other",
            Self::TisbIcao => "tisb_icao",
            Self::TisbOther => "tisb_other",
            Self::TisbTrackfile => "tisb_trackfile",
            Self::AdsrIcao => "adsr_icao",
            Self::AdsrOther => "adsr_other",
        }
    }
}

/// What a height is measured from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AltitudeDatum {
    /// Pressure altitude: the height in the ICAO standard atmosphere (1013.25 hPa) at the measured pressure.
    Pressure,
    /// Height above the WGS 84 ellipsoid, from satellites.
    Ellipsoid,
}

/// A height and its datum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Altitude {
    /// Height, m; resolution 7.62 m (25 ft) or 30.48 m (100 ft).
    pub height_m: f64,
    /// What it is measured from.
    pub datum: AltitudeDatum,
}

/// A position claim.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Position {
    /// WGS 84 latitude, degrees; quantised to 5 m (airborne) or 1.3 m (surface).
    pub lat_deg: f64,
    /// WGS 84 longitude, degrees, in [−180, 180).
    pub lon_deg: f64,
    /// Height; absent on the ground and where the aircraft did not know it.
    pub altitude: Option<Altitude>,
    /// Whether it came as a surface position message.
    pub on_ground: bool,
    /// Radius around the position that holds the true one with 95 % probability, m; see [`crate::accuracy`]. Absent where the aircraft did not say.
    pub accuracy_95_m: Option<f64>,
    /// Navigation integrity category, 0–11 (version 0 equipment: NUCp, 0–9).
    pub nic: u8,
    /// Containment radius, m, beyond which the position lies with less than the integrity level's probability (1e-3 to 1e-7 per hour).
    pub containment_m: Option<f64>,
    /// Navigation accuracy category for position, 0–11, as last received from this aircraft.
    pub nac_p: Option<u8>,
    /// Speed over ground, m/s; only surface messages carry it with the position.
    pub ground_speed_mps: Option<f64>,
    /// Track over ground (some vehicles: heading), degrees clockwise from true north; only in surface messages, and absent
    /// where the aircraft refers it to magnetic north.
    pub ground_track_deg: Option<f64>,
}

/// A rate of climb and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct VerticalRate {
    /// Upward, m/s; resolution 0.325 m/s (64 ft/min).
    pub up_mps: f64,
    /// Of which height it is the rate.
    pub datum: AltitudeDatum,
}

/// A velocity claim (over ground; airspeed messages are counted, not given).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Velocity {
    /// Towards true east, m/s; resolution 0.514 m/s (1 kt), four times that above 1,021 kt.
    pub ve_mps: f64,
    /// Towards true north, m/s; resolution as for east.
    pub vn_mps: f64,
    /// Rate of climb, where known.
    pub vertical_rate: Option<VerticalRate>,
    /// 95 % bound of the horizontal velocity error, m/s, from NACv ([`crate::accuracy`]); absent where unknown.
    pub accuracy_95_mps: Option<f64>,
    /// Ellipsoid height less pressure altitude, m; resolution 7.62 m.
    pub ellipsoid_minus_pressure_m: Option<f64>,
}

/// Emitter category: set A–D by type code 4–1, number 0–7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EmitterCategory {
    /// 'A' (aircraft), 'B' (gliders, balloons, unmanned: B6), 'C' (ground vehicles, obstacles) or 'D' (reserved).
    pub set: char,
    /// 0 (no information) to 7.
    pub number: u8,
}

impl std::fmt::Display for EmitterCategory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.set, self.number)
    }
}

impl Serialize for EmitterCategory {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An identification claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identification {
    /// Flight or registration as entered by the crew: A–Z and 0–9, up to 8; absent where empty or not of those characters.
    pub callsign: Option<String>,
    /// Emitter category.
    pub category: EmitterCategory,
}

/// One of the three kinds of claim.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Where.
    Position(Position),
    /// How fast.
    Velocity(Velocity),
    /// Who.
    Identification(Identification),
}

/// One claim with its sender and time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// Time of applicability, UTC nanoseconds since 1970: that of the frame which completed the claim.
    pub time_ns: i64,
    /// The 24-bit address; assigned by ICAO's states only if [`Address::is_icao`].
    pub icao24: u32,
    /// What kind of address it is.
    pub address: Address,
    /// The claim.
    #[serde(flatten)]
    pub kind: MessageKind,
}

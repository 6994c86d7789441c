//! From compact position reports to places, and which of them to believe.
//!
//! A report says where within a zone; which zone follows from an even and an odd report together (global decoding) or from a place
//! known to be near (local decoding): DO-260B 2.2.3.2.3.7 and appendix A.1.7, done by `rs1090`. One damaged or foreign report in
//! a pair puts an aircraft hundreds of kilometres off, so a place is believed only where it agrees with the places before:
//!
//! - with a recent believed place, the report is decoded near it, must lie within reach of it, and where a pair is at hand the
//!   pair must say the same;
//! - without one, or for a place out of reach, two pairs that share no report must agree.

use rs1090::decode::bds::bds05::{AirbornePosition, Source, SurveillanceStatus};
use rs1090::decode::bds::bds06::SurfacePosition;
use rs1090::decode::cpr::{self, CPRFormat, Position};

use crate::squitter::Cpr;

const NS_PER_S: f64 = 1e9;
/// Even and odd reports further apart than this do not make a pair (DO-260B A.1.7.7: 10 s airborne).
const PAIR_AGE_NS: u64 = 10_000_000_000;
/// A believed place older than this no longer helps: at 600 m/s it is 36 km away, far inside a zone.
const FIX_AGE_AIRBORNE_NS: u64 = 60_000_000_000;
/// Parked aircraft may be silent for long, and move little.
const FIX_AGE_SURFACE_NS: u64 = 300_000_000_000;
/// Two pairs further apart than this do not confirm each other.
const CANDIDATE_AGE_NS: u64 = 30_000_000_000;
/// Allowed besides speed × time: errors of the reports and of their times (1 s of delay at 300 m/s, three times over).
const SLACK_M: f64 = 1_000.0;
/// Reach without a known speed: Mach 1.8 at altitude.
const SPEED_MAX_MPS: f64 = 600.0;
/// Reach on the ground.
const SPEED_SURFACE_MPS: f64 = 120.0;
/// The same report decoded near a place and by a pair gives the same point up to rounding.
const SAME_M: f64 = 100.0;

/// A place and its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fix {
    pub(crate) time_ns: i64,
    pub(crate) lat_deg: f64,
    pub(crate) lon_deg: f64,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    time_ns: i64,
    number: u64,
    cpr: Cpr,
    on_ground: bool,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    fix: Fix,
    /// Numbers of the even and the odd report that gave it.
    pair: [u64; 2],
}

/// Why a report gave no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoFix {
    /// More reports are needed.
    Waiting,
    /// It does not agree with what was believed before.
    Implausible,
    /// A surface report, and no place known to be near.
    NoReference,
}

/// The position state of one aircraft.
#[derive(Clone, Debug, Default)]
pub(crate) struct PositionGate {
    even: Option<Heard>,
    odd: Option<Heard>,
    heard: u64,
    believed: Option<Fix>,
    candidate: Option<Candidate>,
}

impl PositionGate {
    /// Whether a place has been believed.
    pub(crate) const fn has_fix(&self) -> bool {
        self.believed.is_some()
    }

    /// Takes an airborne report; `speed_mps` is the aircraft's speed as it last said.
    pub(crate) fn airborne(
        &mut self,
        time_ns: i64,
        cpr: Cpr,
        speed_mps: Option<f64>,
    ) -> Result<Fix, NoFix> {
        let other = self.hear(time_ns, cpr, false);
        // Quick enough for an aircraft that accelerates or turns downwind after it spoke of its speed.
        let reach_mps = speed_mps.map_or(SPEED_MAX_MPS, |speed| {
            (1.5 * speed + 60.0).min(SPEED_MAX_MPS)
        });
        let pair = other
            .filter(|other| other.time_ns.abs_diff(time_ns) <= PAIR_AGE_NS)
            .and_then(|other| Some((cpr_global(other.cpr, cpr)?, other)))
            .map(|((lat_deg, lon_deg), other)| {
                (
                    Fix {
                        time_ns,
                        lat_deg,
                        lon_deg,
                    },
                    self.numbers(cpr, other),
                )
            });
        let near = self
            .believed
            .filter(|fix| fix.time_ns.abs_diff(time_ns) <= FIX_AGE_AIRBORNE_NS);
        if let Some(near) = near
            && let Some(fix) = local(cpr, time_ns, near, false)
            && within_reach(near, fix, reach_mps)
            && pair.is_none_or(|(by_pair, _)| distance_m(by_pair, fix) <= SAME_M)
        {
            return Ok(self.believe(fix));
        }
        let Some((fix, numbers)) = pair else {
            return Err(if near.is_some() {
                NoFix::Implausible
            } else {
                NoFix::Waiting
            });
        };
        self.confirm(fix, numbers, reach_mps)
            .ok_or(if near.is_some() {
                NoFix::Implausible
            } else {
                NoFix::Waiting
            })
    }

    /// Takes a surface report; `reference` is a place (latitude, longitude, degrees) known to be within 45 NM, such as the receiver's own.
    pub(crate) fn surface(
        &mut self,
        time_ns: i64,
        cpr: Cpr,
        reference: Option<(f64, f64)>,
    ) -> Result<Fix, NoFix> {
        let other = self.hear(time_ns, cpr, true);
        let near = self
            .believed
            .filter(|fix| fix.time_ns.abs_diff(time_ns) <= FIX_AGE_SURFACE_NS);
        if let Some(near) = near
            && let Some(fix) = local(cpr, time_ns, near, true)
            && within_reach(near, fix, SPEED_SURFACE_MPS)
        {
            return Ok(self.believe(fix));
        }
        let Some((lat_deg, lon_deg)) = reference else {
            return Err(if near.is_some() {
                NoFix::Implausible
            } else {
                NoFix::NoReference
            });
        };
        let reference = Fix {
            time_ns,
            lat_deg,
            lon_deg,
        };
        // A wrong zone shows itself by even and odd reports that disagree: their zones differ in size.
        let pair = other
            .filter(|other| other.time_ns.abs_diff(time_ns) <= CANDIDATE_AGE_NS)
            .and_then(|other| {
                let fix = local(cpr, time_ns, reference, true)?;
                let before = local(other.cpr, other.time_ns, reference, true)?;
                within_reach(before, fix, SPEED_SURFACE_MPS)
                    .then(|| (fix, self.numbers(cpr, other)))
            });
        let Some((fix, numbers)) = pair else {
            return Err(NoFix::Waiting);
        };
        self.confirm(fix, numbers, SPEED_SURFACE_MPS)
            .ok_or(NoFix::Waiting)
    }

    /// Keeps the report and gives the latest one of the other parity, if it is of the same kind.
    fn hear(&mut self, time_ns: i64, cpr: Cpr, on_ground: bool) -> Option<Heard> {
        self.heard += 1;
        let heard = Heard {
            time_ns,
            number: self.heard,
            cpr,
            on_ground,
        };
        let (own, other) = if cpr.odd {
            (&mut self.odd, self.even)
        } else {
            (&mut self.even, self.odd)
        };
        *own = Some(heard);
        other.filter(|other| other.on_ground == on_ground)
    }

    fn numbers(&self, latest: Cpr, other: Heard) -> [u64; 2] {
        if latest.odd {
            [other.number, self.heard]
        } else {
            [self.heard, other.number]
        }
    }

    fn confirm(&mut self, fix: Fix, pair: [u64; 2], reach_mps: f64) -> Option<Fix> {
        if let Some(candidate) = self.candidate
            && candidate.fix.time_ns.abs_diff(fix.time_ns) <= CANDIDATE_AGE_NS
        {
            if candidate
                .pair
                .iter()
                .zip(pair)
                .any(|(before, now)| *before == now)
            {
                return None;
            }
            if within_reach(candidate.fix, fix, reach_mps) {
                return Some(self.believe(fix));
            }
        }
        self.candidate = Some(Candidate { fix, pair });
        None
    }

    fn believe(&mut self, fix: Fix) -> Fix {
        self.believed = Some(fix);
        self.candidate = None;
        fix
    }
}

fn within_reach(from: Fix, to: Fix, speed_mps: f64) -> bool {
    let elapsed_s = to.time_ns.abs_diff(from.time_ns) as f64 / NS_PER_S;
    distance_m(from, to) <= SLACK_M + speed_mps * elapsed_s
}

/// Great-circle distance on a sphere, m: 0.5 % is far finer than the gate.
fn distance_m(a: Fix, b: Fix) -> f64 {
    let position = |fix: Fix| Position {
        latitude: fix.lat_deg,
        longitude: fix.lon_deg,
    };
    cpr::distance_nm(&position(a), &position(b)) * 1852.0
}

fn cpr_global(before: Cpr, latest: Cpr) -> Option<(f64, f64)> {
    cpr::airborne_position(&raw_airborne(before), &raw_airborne(latest)).map(normalised)
}

fn local(report: Cpr, time_ns: i64, near: Fix, on_ground: bool) -> Option<Fix> {
    let position = if on_ground {
        cpr::surface_position_with_reference(&raw_surface(report), near.lat_deg, near.lon_deg)
    } else {
        cpr::airborne_position_with_reference(&raw_airborne(report), near.lat_deg, near.lon_deg)
    };
    let (lat_deg, lon_deg) = normalised(position?);
    Some(Fix {
        time_ns,
        lat_deg,
        lon_deg,
    })
}

/// Decoding near the antimeridian may step over it.
fn normalised(position: Position) -> (f64, f64) {
    (
        position.latitude,
        (position.longitude + 180.0).rem_euclid(360.0) - 180.0,
    )
}

fn parity(odd: bool) -> CPRFormat {
    if odd { CPRFormat::Odd } else { CPRFormat::Even }
}

fn raw_airborne(report: Cpr) -> AirbornePosition {
    AirbornePosition {
        nuc_p: 0,
        ss: SurveillanceStatus::NoCondition,
        saf_or_nicb: None,
        alt: None,
        source: Source::Barometric,
        time_sync: false,
        parity: parity(report.odd),
        lat_cpr: report.lat,
        lon_cpr: report.lon,
        latitude: None,
        longitude: None,
    }
}

fn raw_surface(report: Cpr) -> SurfacePosition {
    SurfacePosition {
        nuc_p: 0,
        groundspeed: None,
        track_status: false,
        track: None,
        t: false,
        parity: parity(report.odd),
        lat_cpr: report.lat,
        lon_cpr: report.lon,
        latitude: None,
        longitude: None,
    }
}

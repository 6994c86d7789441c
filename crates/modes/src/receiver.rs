//! The memory between squitters: per aircraft the last position reports, its speed and its accuracy, bounded and expiring.
//!
//! Positions need memory (zones, see `gate`), and so do their accuracy (NACp and the ADS-B version come in another message). One
//! [`Receiver`] serves one stream whose times do not jump; its state follows only from the frames and times given to it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::accuracy::{NicSupplements, nac_p_epu_m, nic, nuc_p, nuc_p_containment_m};
use crate::gate::{Fix, NoFix, PositionGate};
use crate::message::{Altitude, Message, MessageKind, Position, Velocity};
use crate::squitter::{self, Body, FrameError, OperationalStatus, Squitter};

const SECOND_NS: i64 = 1_000_000_000;
/// How often (in message time) silent aircraft are looked for.
const SWEEP_NS: i64 = 10 * SECOND_NS;
/// A speed older than this says nothing about reach.
const SPEED_AGE_NS: u64 = 60_000_000_000;

/// What a [`Receiver`] may keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceiverSettings {
    /// Where the antenna is, WGS 84 (latitude, longitude), degrees: lets aircraft on the ground within 45 NM be placed
    /// that were not heard in flight.
    pub reference_deg: Option<(f64, f64)>,
    /// Most aircraft kept at once.
    pub aircraft_max: usize,
    /// An aircraft not heard for this long is forgotten, ns.
    pub silence_max_ns: i64,
}

impl Default for ReceiverSettings {
    fn default() -> Self {
        Self {
            reference_deg: None,
            aircraft_max: 8192,
            silence_max_ns: 600 * SECOND_NS,
        }
    }
}

/// What became of the frames; every frame is in exactly one of the counters after `frames`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Frames given.
    pub frames: u64,
    /// Mode A/C and Mode S frames other than extended squitters in the ADS-B layout.
    pub other_formats: u64,
    /// Extended squitters with failed parity.
    pub parity_failed: u64,
    /// Undamaged squitters whose fields could not be read, or with address zero.
    pub payload_refused: u64,
    /// Squitters of types that are not decoded, or without content (airspeed, velocity unknown).
    pub other_types: u64,
    /// Operational status messages taken in.
    pub statuses: u64,
    /// Positions given out.
    pub positions: u64,
    /// Velocities given out.
    pub velocities: u64,
    /// Identifications given out.
    pub identifications: u64,
    /// Position reports that need more before they give a place.
    pub positions_waiting: u64,
    /// Position reports that contradicted what was believed.
    pub positions_implausible: u64,
    /// Surface reports without a place known to be near.
    pub surface_without_reference: u64,
    /// Squitters of a new aircraft for which there was no room.
    pub table_full: u64,
}

#[derive(Clone, Debug, Default)]
struct Aircraft {
    heard_ns: i64,
    gate: PositionGate,
    status: Option<OperationalStatus>,
    speed: Option<(i64, f64)>,
}

/// Address, and whether it is ICAO's: others may coincide with an aircraft's.
type Key = (u32, bool);

/// Turns Mode S frames of one stream into claims.
#[derive(Clone, Debug)]
pub struct Receiver {
    settings: ReceiverSettings,
    aircraft: BTreeMap<Key, Aircraft>,
    counters: Counters,
    latest_ns: i64,
    swept_ns: i64,
}

impl Receiver {
    /// A receiver that has heard nothing.
    #[must_use]
    pub const fn new(settings: ReceiverSettings) -> Self {
        Self {
            settings,
            aircraft: BTreeMap::new(),
            counters: Counters {
                frames: 0,
                other_formats: 0,
                parity_failed: 0,
                payload_refused: 0,
                other_types: 0,
                statuses: 0,
                positions: 0,
                velocities: 0,
                identifications: 0,
                positions_waiting: 0,
                positions_implausible: 0,
                surface_without_reference: 0,
                table_full: 0,
            },
            latest_ns: i64::MIN,
            swept_ns: i64::MIN,
        }
    }

    /// What became of the frames so far.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many aircraft are kept.
    #[must_use]
    pub fn aircraft_count(&self) -> usize {
        self.aircraft.len()
    }

    /// Takes one frame (2, 7 or 14 bytes) that was true at `time_ns` (UTC nanoseconds since 1970); gives the claim it completes, if any.
    pub fn receive(&mut self, time_ns: i64, frame: &[u8]) -> Option<Message> {
        self.counters.frames += 1;
        match squitter::decode(frame) {
            Ok(squitter) => self.take(time_ns, squitter),
            Err(error) => {
                let counter = match error {
                    FrameError::Length(_) | FrameError::Format(_) | FrameError::ControlField(_) => {
                        &mut self.counters.other_formats
                    }
                    FrameError::Parity(_) => &mut self.counters.parity_failed,
                    FrameError::Address | FrameError::Payload(_) => {
                        &mut self.counters.payload_refused
                    }
                };
                *counter += 1;
                None
            }
        }
    }

    fn take(&mut self, time_ns: i64, squitter: Squitter) -> Option<Message> {
        let Squitter {
            icao24,
            address,
            type_code,
            body,
        } = squitter;
        let reference_deg = self.settings.reference_deg;
        if !self.make_room(time_ns, (icao24, address.is_icao())) {
            self.counters.table_full += 1;
            return None;
        }
        let aircraft = self
            .aircraft
            .entry((icao24, address.is_icao()))
            .or_default();
        aircraft.heard_ns = aircraft.heard_ns.max(time_ns);
        let kind = match body {
            Body::AirbornePosition(fields) => {
                let speed_mps = aircraft
                    .speed
                    .filter(|(at_ns, _)| at_ns.abs_diff(time_ns) <= SPEED_AGE_NS)
                    .map(|(_, speed)| speed);
                let fix = aircraft.gate.airborne(time_ns, fields.cpr, speed_mps);
                let quality = Quality::new(type_code, aircraft.status, fields.nic_b);
                self.counters
                    .place(fix)
                    .map(|fix| MessageKind::Position(quality.position(fix, fields.altitude, false)))
            }
            Body::SurfacePosition(fields) => {
                let fix = aircraft.gate.surface(time_ns, fields.cpr, reference_deg);
                let quality = Quality::new(type_code, aircraft.status, false);
                let is_magnetic = aircraft.status.is_some_and(|status| status.magnetic);
                self.counters.place(fix).map(|fix| {
                    MessageKind::Position(Position {
                        ground_speed_mps: fields.ground_speed_mps,
                        ground_track_deg: fields.ground_track_deg.filter(|_| !is_magnetic),
                        ..quality.position(fix, None, true)
                    })
                })
            }
            Body::Velocity(Some(velocity)) => {
                aircraft.speed = Some((time_ns, speed_mps(&velocity)));
                self.counters.velocities += 1;
                Some(MessageKind::Velocity(velocity))
            }
            Body::Identification(identification) => {
                self.counters.identifications += 1;
                Some(MessageKind::Identification(identification))
            }
            Body::OperationalStatus(status) => {
                aircraft.status = Some(status);
                self.counters.statuses += 1;
                None
            }
            Body::Velocity(None) | Body::Other => {
                self.counters.other_types += 1;
                None
            }
        };
        Some(Message {
            time_ns,
            icao24,
            address,
            kind: kind?,
        })
    }

    /// Forgets silent aircraft now and then, and sees to it that `key` may be kept.
    fn make_room(&mut self, time_ns: i64, key: Key) -> bool {
        self.latest_ns = self.latest_ns.max(time_ns);
        if self.latest_ns.saturating_sub(self.swept_ns) >= SWEEP_NS {
            self.swept_ns = self.latest_ns;
            let oldest_ns = self.latest_ns.saturating_sub(self.settings.silence_max_ns);
            self.aircraft
                .retain(|_, aircraft| aircraft.heard_ns >= oldest_ns);
        }
        if self.aircraft.len() < self.settings.aircraft_max || self.aircraft.contains_key(&key) {
            return true;
        }
        // Invented addresses must not push out aircraft that have shown where they are.
        let placeless = self
            .aircraft
            .iter()
            .filter(|(_, aircraft)| !aircraft.gate.has_fix());
        let Some(victim) = placeless
            .min_by_key(|(key, aircraft)| (aircraft.heard_ns, **key))
            .map(|(key, _)| *key)
        else {
            return false;
        };
        self.aircraft.remove(&victim);
        true
    }
}

impl Counters {
    fn place(&mut self, fix: Result<Fix, NoFix>) -> Option<Fix> {
        let counter = match fix {
            Ok(_) => &mut self.positions,
            Err(NoFix::Waiting) => &mut self.positions_waiting,
            Err(NoFix::Implausible) => &mut self.positions_implausible,
            Err(NoFix::NoReference) => &mut self.surface_without_reference,
        };
        *counter += 1;
        fix.ok()
    }
}

fn speed_mps(velocity: &Velocity) -> f64 {
    velocity.ve_mps.hypot(velocity.vn_mps)
}

/// What a position message and the aircraft's last status together say about its quality.
struct Quality {
    nic: u8,
    containment_m: Option<f64>,
    nac_p: Option<u8>,
    accuracy_95_m: Option<f64>,
}

impl Quality {
    fn new(type_code: u8, status: Option<OperationalStatus>, nic_b: bool) -> Self {
        // Without a status message an aircraft is to be taken for version 0 (ICAO Doc 9871: version 0 sends none).
        let Some(status) = status.filter(|status| status.version > 0) else {
            let (nuc_p, accuracy_95_m) = nuc_p(type_code);
            return Self {
                nic: nuc_p,
                containment_m: nuc_p_containment_m(nuc_p),
                nac_p: None,
                accuracy_95_m,
            };
        };
        let supplements = NicSupplements {
            a: status.nic_a,
            b: nic_b,
            c: status.nic_c,
        };
        let (nic, containment_m) = nic(type_code, status.version, supplements);
        Self {
            nic,
            containment_m,
            nac_p: Some(status.nac_p),
            accuracy_95_m: nac_p_epu_m(status.nac_p),
        }
    }

    fn position(&self, fix: Fix, altitude: Option<Altitude>, on_ground: bool) -> Position {
        Position {
            lat_deg: fix.lat_deg,
            lon_deg: fix.lon_deg,
            altitude,
            on_ground,
            accuracy_95_m: self.accuracy_95_m,
            nic: self.nic,
            containment_m: self.containment_m,
            nac_p: self.nac_p,
            ground_speed_mps: None,
            ground_track_deg: None,
        }
    }
}

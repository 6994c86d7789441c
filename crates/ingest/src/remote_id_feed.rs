//! Frames with Remote ID into reports: what drones say of themselves.
//!
//! One drone's messages come from one address, each kind in its turn: a position becomes a
//! report under the best id that the address has given (serial number before session, traffic
//! management, registration), so that several ids are one drone. A position whose address has
//! not said who it is waits for nothing longer than [`UNNAMED_S`]; then it goes under its address.

use crate::time_of_day::Anchor;
use crate::{FeedError, Observation, SensorTable};
use lapwing_geo::{Geodetic, Height, HeightDatum, VerticalReference};
use lapwing_model::{Claims, Measurement, RawRef, Report, SensorKind, Timestamp};
use lapwing_remote_id::bluetooth::Advertisement;
use lapwing_remote_id::{BasicId, IdKind, Location, Message, Status, link};
use std::collections::BTreeMap;

/// 95 % radius of a two-dimensional normal distribution in standard deviations of one axis, and
/// of a one-dimensional one.
const SIGMAS_OF_95: f64 = 2.448;
const SIGMAS_OF_95_HEIGHT: f64 = 1.96;
/// Taken where a drone does not say how accurate it is, m.
const UNSTATED_ACCURACY_95_M: f64 = 100.0;
/// Speeds are told in steps of a quarter of a metre a second; accuracies of codes, m/s.
const UNSTATED_SPEED_95_MPS: f64 = 5.0;
/// A position under no id is held back for this long after its address was first heard, s:
/// every drone says who it is at least every 3 s.
const UNNAMED_S: f64 = 3.0;
/// A stated time farther than this from the receipt is not believed, s.
const STRAY_S: f64 = 30.0;
/// Senders remembered at once, and for how long unheard, s.
const SENDERS_MAX: usize = 4_096;
const REMEMBERED_S: f64 = 60.0;
const HOUR_S: f64 = 3_600.0;

#[derive(Clone, Debug)]
struct Sender {
    first: Timestamp,
    last: Timestamp,
    ids: Vec<BasicId>,
    /// The last that it said of where it is.
    located: Option<Location>,
}

/// The state of one feed of frames.
pub(crate) struct RemoteIdFeed {
    /// Of a capture without dates: receipts count from here.
    begin: Option<Timestamp>,
    sensor_name: String,
    vertical: VerticalReference,
    senders: BTreeMap<[u8; 6], Sender>,
}

impl RemoteIdFeed {
    pub(crate) fn new(anchor: Anchor, sensor_name: String, vertical: VerticalReference) -> Self {
        Self {
            begin: match anchor {
                Anchor::Receipt => None,
                Anchor::Date(midnight) => Some(midnight),
            },
            sensor_name,
            vertical,
            senders: BTreeMap::new(),
        }
    }

    pub(crate) fn push(
        &mut self,
        sequence: u64,
        received: Timestamp,
        bytes: &[u8],
        sensors: &mut SensorTable,
        out: &mut Vec<Observation>,
        errors: &mut Vec<FeedError>,
    ) {
        let Some((link, octets)) = bytes.split_first_chunk::<2>() else {
            return errors.push(FeedError {
                offset: 0,
                reason: "a frame of Remote ID begins with its link type".into(),
            });
        };
        let found = match link::frame(u16::from_le_bytes(*link), octets) {
            Ok(Some(found)) => found,
            // other frames of the same band
            Ok(None) => return,
            Err(problem) => {
                return errors.push(FeedError {
                    offset: problem.offset + 2,
                    reason: problem.reason.to_string(),
                });
            }
        };
        for problem in &found.heard.problems {
            errors.push(FeedError {
                offset: problem.offset + 2,
                reason: problem.reason.to_string(),
            });
        }
        let received = self.begin.map_or(received, |begin| {
            // only the time of day of an undated receipt counts
            Timestamp(begin.0 + received.0.rem_euclid(86_400 * lapwing_model::NANOS_PER_S))
        });
        self.hear(sequence, received, &found, sensors, out);
    }

    fn hear(
        &mut self,
        sequence: u64,
        received: Timestamp,
        found: &Advertisement,
        sensors: &mut SensorTable,
        out: &mut Vec<Observation>,
    ) {
        let Some(address) = found.address else { return };
        if self.senders.len() >= SENDERS_MAX && !self.senders.contains_key(&address) {
            self.senders
                .retain(|_, s| received.seconds_since(s.last) < REMEMBERED_S);
            if self.senders.len() >= SENDERS_MAX {
                return;
            }
        }
        let sender = self.senders.entry(address).or_insert(Sender {
            first: received,
            last: received,
            ids: Vec::new(),
            located: None,
        });
        if received.seconds_since(sender.last) > REMEMBERED_S {
            // addresses are given anew: another drone, perhaps
            sender.ids.clear();
            sender.first = received;
        }
        sender.last = received;
        let mut location = None;
        for message in &found.heard.messages {
            match message {
                Message::BasicId(id) if id.kind != IdKind::None && !id.id.is_empty() => {
                    match sender.ids.iter_mut().find(|known| known.kind == id.kind) {
                        Some(known) => known.clone_from(id),
                        None => sender.ids.push(id.clone()),
                    }
                }
                Message::Location(l) => location = Some(*l),
                _ => {}
            }
        }
        // a message is sent again until the next one: it says nothing new
        let Some(location) = location.filter(|l| sender.located != Some(*l)) else {
            return;
        };
        let named = best(&sender.ids);
        if named.is_none() && received.seconds_since(sender.first) < UNNAMED_S {
            return;
        }
        sender.located = Some(location);
        if matches!(location.status, Status::Ground) {
            // what stands on the ground is no part of the low sky
            return;
        }
        let Some(measurement) = measurement(&location, &self.vertical) else {
            return;
        };
        let id = named.map_or_else(|| unnamed(address), |id| id.id.clone());
        let sensor = sensors.by_name_or_kind(&self.sensor_name, SensorKind::RemoteId);
        let late_s = sensors.get(sensor).map_or(0.0, |s| s.time_bias_s);
        let time = applies(&location, received).plus_seconds(-late_s);
        out.push(Observation::Report(Report {
            sensor,
            time,
            measurement,
            claims: Claims {
                remote_id: Some(id),
                ..Claims::default()
            },
            rcs_dbsm: None,
            // what it says it is weighs nothing: a claim cannot prove itself
            class_log_likelihoods: None,
            raw: RawRef {
                sequence,
                record: 0,
            },
        }));
    }
}

/// The id by which most will know it.
fn best(ids: &[BasicId]) -> Option<&BasicId> {
    let rank = |id: &&BasicId| match id.kind {
        IdKind::SerialNumber => 0,
        IdKind::Session => 1,
        IdKind::Utm => 2,
        IdKind::Registration => 3,
        IdKind::None | IdKind::Reserved(_) => 4,
    };
    ids.iter().min_by_key(rank)
}

fn unnamed(address: [u8; 6]) -> String {
    let octets: Vec<String> = address.iter().map(|o| format!("{o:02x}")).collect();
    format!("address {}", octets.join(":"))
}

/// The full hour nearest to the receipt, and the seconds since it; the receipt where that is stray.
fn applies(location: &Location, received: Timestamp) -> Timestamp {
    let Some(since_s) = location.since_hour_s else {
        return received;
    };
    let hour_ns = 3_600 * lapwing_model::NANOS_PER_S;
    let into_s = received.0.rem_euclid(hour_ns) as f64 / lapwing_model::NANOS_PER_S as f64;
    let ahead_s = (since_s - into_s + HOUR_S / 2.0).rem_euclid(HOUR_S) - HOUR_S / 2.0;
    if ahead_s.abs() > STRAY_S {
        return received;
    }
    received.plus_seconds(ahead_s)
}

fn measurement(location: &Location, vertical: &VerticalReference) -> Option<Measurement> {
    let (lat_deg, lon_deg) = location.position?;
    let pressure = || {
        Some(Height::new(
            location.pressure_height_m?,
            HeightDatum::Pressure,
        ))
    };
    let height = location
        .ellipsoid_height_m
        .map(|m| Height::new(m, HeightDatum::Ellipsoid))
        .or_else(pressure)
        .map(|height| vertical.to_ellipsoid_m(height));
    let accuracy_m = location
        .vertical_accuracy_m
        .unwrap_or(UNSTATED_ACCURACY_95_M);
    let (height_m, height_sigma_m) = match height {
        Some((m, added)) => (m, Some(added.hypot(accuracy_m / SIGMAS_OF_95_HEIGHT))),
        None => (0.0, None),
    };
    let position = Geodetic::new(lat_deg, lon_deg, height_m).checked().ok()?;
    let velocity_mps = location
        .speed_mps
        .zip(location.track_deg)
        .map(|(v, track)| {
            let track = track.to_radians();
            [
                v * track.sin(),
                v * track.cos(),
                location.climb_mps.unwrap_or(0.0),
            ]
        });
    let accuracy_m = location
        .horizontal_accuracy_m
        .unwrap_or(UNSTATED_ACCURACY_95_M);
    let speed_mps = location.speed_accuracy_mps.unwrap_or(UNSTATED_SPEED_95_MPS);
    Some(Measurement::Position {
        position,
        horizontal_sigma_m: (accuracy_m / SIGMAS_OF_95).max(1.0),
        height_sigma_m,
        velocity_mps,
        velocity_sigma_mps: (speed_mps / SIGMAS_OF_95).max(0.25),
    })
}

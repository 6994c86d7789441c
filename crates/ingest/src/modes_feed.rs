//! Mode S streams into reports: what aircraft say of themselves.

use crate::capture::Wire;
use crate::time_of_day::Anchor;
use crate::{FeedError, Observation, SensorTable};
use lapwing_geo::{Geodetic, Height, HeightDatum, VerticalReference};
use lapwing_model::{Claims, Measurement, RawRef, Report, SensorId, SensorKind, Timestamp};
use lapwing_modes::{
    AltitudeDatum, BeastClock, CounterKind, Deframed, Frame, Message, MessageKind, Receiver,
    ReceiverSettings, avr, beast, timed_csv,
};
use std::collections::BTreeMap;

/// 95 % radius of a two-dimensional normal distribution in standard deviations of one axis.
const SIGMAS_OF_95: f64 = 2.448;
/// Taken where an aircraft does not say how accurate it is, m.
const UNSTATED_ACCURACY_95_M: f64 = 500.0;
/// A velocity or callsign is joined to positions for this long, s.
const JOIN_S: f64 = 10.0;
/// Aircraft remembered at once.
const AIRCRAFT_MAX: usize = 8192;

enum Deframer {
    Beast(beast::Deframer),
    Avr(avr::Deframer),
    TimedCsv(timed_csv::Deframer),
}

#[derive(Clone, Debug, Default)]
struct Heard {
    velocity: Option<(Timestamp, [f64; 3])>,
    callsign: Option<String>,
    last: Timestamp,
}

/// The state of one Mode S stream.
pub(crate) struct ModesFeed {
    deframer: Deframer,
    clock: BeastClock,
    receipt: bool,
    receiver: Receiver,
    heard: BTreeMap<u32, Heard>,
    sensor_name: String,
    vertical: VerticalReference,
}

impl ModesFeed {
    pub(crate) fn new(
        wire: Wire,
        anchor: Anchor,
        sensor_name: String,
        vertical: VerticalReference,
        reference_deg: Option<(f64, f64)>,
    ) -> Self {
        let deframer = match wire {
            Wire::Avr => Deframer::Avr(avr::Deframer::default()),
            Wire::TimedCsv => Deframer::TimedCsv(timed_csv::Deframer::default()),
            _ => Deframer::Beast(beast::Deframer::default()),
        };
        let (clock, receipt) = match anchor {
            Anchor::Receipt => (BeastClock::new(CounterKind::Ticks12Mhz), true),
            Anchor::Date(midnight) => (
                BeastClock::anchored(CounterKind::Ticks12Mhz, midnight.0),
                false,
            ),
        };
        Self {
            deframer,
            clock,
            receipt,
            receiver: Receiver::new(ReceiverSettings {
                reference_deg,
                ..ReceiverSettings::default()
            }),
            heard: BTreeMap::new(),
            sensor_name,
            vertical,
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
        let mut frames: Vec<Frame> = Vec::new();
        let mut record = 0_u32;
        let sink = |deframed: Deframed| match deframed {
            Deframed::Frame(frame) => frames.push(frame),
            Deframed::Skipped(skipped) => errors.push(FeedError {
                offset: usize::try_from(skipped.offset).unwrap_or(usize::MAX),
                reason: format!("{} bytes skipped: {}", skipped.bytes, skipped.reason),
            }),
        };
        match &mut self.deframer {
            Deframer::Beast(d) => d.push(bytes, sink),
            Deframer::Avr(d) => d.push(bytes, sink),
            Deframer::TimedCsv(d) => d.push(bytes, sink),
        }
        let sensor = sensors.by_name_or_kind(&self.sensor_name, SensorKind::Adsb);
        let late_s = sensors.get(sensor).map_or(0.0, |s| s.time_bias_s);
        for frame in frames {
            let time_ns = match (frame.time_ns, frame.counter) {
                (Some(ns), _) => ns,
                (None, Some(counter)) if self.receipt => {
                    self.clock.time_at_receipt(counter, received.0)
                }
                (None, Some(counter)) => self.clock.time(counter),
                (None, None) => received.0,
            };
            if let Some(message) = self.receiver.receive(time_ns, frame.payload()) {
                let raw = RawRef { sequence, record };
                if let Some(mut report) = self.take(sensor, message, raw) {
                    report.time = report.time.plus_seconds(-late_s);
                    out.push(Observation::Report(report));
                }
            }
            record = record.saturating_add(1);
        }
    }

    fn take(&mut self, sensor: SensorId, message: Message, raw: RawRef) -> Option<Report> {
        let time = Timestamp(message.time_ns);
        if self.heard.len() >= AIRCRAFT_MAX && !self.heard.contains_key(&message.icao24) {
            self.heard.retain(|_, h| time.seconds_since(h.last) < 60.0);
            if self.heard.len() >= AIRCRAFT_MAX {
                return None;
            }
        }
        let heard = self.heard.entry(message.icao24).or_default();
        heard.last = heard.last.max(time);
        match message.kind {
            MessageKind::Velocity(v) => {
                let up = v.vertical_rate.map_or(0.0, |r| r.up_mps);
                heard.velocity = Some((time, [v.ve_mps, v.vn_mps, up]));
                None
            }
            MessageKind::Identification(id) => {
                heard.callsign = id.callsign;
                None
            }
            MessageKind::Position(p) => {
                // what moves on the ground is no part of the low sky
                if p.on_ground {
                    return None;
                }
                let height = p.altitude.map(|a| {
                    let datum = match a.datum {
                        AltitudeDatum::Pressure => HeightDatum::Pressure,
                        AltitudeDatum::Ellipsoid => HeightDatum::Ellipsoid,
                    };
                    self.vertical.to_ellipsoid_m(Height::new(a.height_m, datum))
                });
                let (height_m, height_sigma_m) = match height {
                    Some((m, added)) => (m, Some(added.hypot(15.0))),
                    None => (0.0, None),
                };
                let position = Geodetic::new(p.lat_deg, p.lon_deg, height_m)
                    .checked()
                    .ok()?;
                let accuracy = p.accuracy_95_m.unwrap_or(UNSTATED_ACCURACY_95_M);
                let velocity = heard
                    .velocity
                    .filter(|(at, _)| time.seconds_since(*at).abs() < JOIN_S);
                Some(Report {
                    sensor,
                    time,
                    measurement: Measurement::Position {
                        position,
                        horizontal_sigma_m: (accuracy / SIGMAS_OF_95).max(3.0),
                        height_sigma_m,
                        velocity_mps: velocity.map(|(_, v)| v),
                        velocity_sigma_mps: 2.0,
                    },
                    claims: Claims {
                        icao24: Some(message.icao24),
                        callsign: heard.callsign.clone(),
                        ..Claims::default()
                    },
                    rcs_dbsm: None,
                    class_log_likelihoods: None,
                    raw,
                })
            }
        }
    }
}

//! The vocabulary that every other crate speaks, in the order data flows:
//! a [`Report`] is one sensor's statement about one thing at one time, a
//! [`Look`] says where and when a sensor could have seen, a [`Track`] is what
//! the tracker believes, a [`Forecast`] which [`Place`] it may reach and when,
//! a [`Warning`] what people are told.
//!
//! No input or output, no clock. Angles inside are radians clockwise from true
//! north; the JSON forms carry degrees and say so in the key.

mod air;
mod class;
mod forecast;
mod ids;
mod look;
mod measurement;
mod place;
mod report;
mod report_json;
mod sensor;
mod time;
mod track;
mod warning;

pub use air::Air;
pub use class::{Class, ClassProbabilities};
pub use forecast::{Arrival, Forecast, HORIZONS_MIN, Motion};
pub use ids::{SensorId, TrackId, TrackIdError};
pub use look::{Clutter, Detection, Footprint, Look};
pub use measurement::{Measurement, PolarSigma};
pub use place::{Place, PlaceId};
pub use report::{Claims, RawRef, Report, SystemTrackKey, TrackPhase};
pub use report_json::{ClaimsJson, MeasurementJson, ReportJson, ReportJsonError};
pub use sensor::{EvidenceKind, SensorKind, SensorSpec};
pub use time::{NANOS_PER_S, TimeError, Timestamp};
pub use track::{Contributor, ModeProbabilities, Origin, Track, TrackClaim, TrackPart};
pub use warning::{Stage, Warning, WarningId, WarningState};

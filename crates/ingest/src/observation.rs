//! What an adapter makes of bytes: timed observations, not yet looks, so that
//! they can be put in order of time first.

use lapwing_model::{Measurement, Report, SensorId, Timestamp};
use std::cmp::Ordering;

/// One timed thing that a feed said.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are reports; a box would cost every one of them an allocation"
)]
pub enum Observation {
    /// A report.
    Report(Report),
    /// A rotating radar's antenna passed this azimuth.
    Sector {
        /// The radar.
        sensor: SensorId,
        /// When.
        time: Timestamp,
        /// Azimuth at which a sector begins, rad clockwise from true north.
        azimuth_rad: f64,
        /// Time of a whole turn, s, where it was said.
        turn_s: Option<f64>,
    },
    /// A sensor is alive and was looking, though it reported nothing.
    Heartbeat {
        /// The sensor.
        sensor: SensorId,
        /// When.
        time: Timestamp,
    },
}

impl Observation {
    /// Who said it.
    #[must_use]
    pub const fn sensor(&self) -> SensorId {
        match self {
            Self::Report(report) => report.sensor,
            Self::Sector { sensor, .. } | Self::Heartbeat { sensor, .. } => *sensor,
        }
    }

    /// When it applies.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        match self {
            Self::Report(report) => report.time,
            Self::Sector { time, .. } | Self::Heartbeat { time, .. } => *time,
        }
    }

    /// An order that depends on content alone, never on arrival: time, then the
    /// sensor's name, then the kind (a report belongs to the sector that ends now),
    /// then the measured numbers.
    #[must_use]
    pub fn canonical_cmp<'a>(
        &self,
        other: &Self,
        name_of: impl Fn(SensorId) -> &'a str,
    ) -> Ordering {
        self.time()
            .cmp(&other.time())
            .then_with(|| name_of(self.sensor()).cmp(name_of(other.sensor())))
            .then_with(|| self.rank().cmp(&other.rank()))
            .then_with(|| {
                let (a, b) = (self.numbers(), other.numbers());
                a.iter()
                    .zip(&b)
                    .map(|(x, y)| x.total_cmp(y))
                    .find(|o| o.is_ne())
                    .unwrap_or(Ordering::Equal)
            })
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Report(_) => 0,
            Self::Heartbeat { .. } => 1,
            Self::Sector { .. } => 2,
        }
    }

    fn numbers(&self) -> [f64; 5] {
        match self {
            Self::Sector { azimuth_rad, .. } => [*azimuth_rad, 0.0, 0.0, 0.0, 0.0],
            Self::Heartbeat { .. } => [0.0; 5],
            Self::Report(report) => {
                let track = report
                    .claims
                    .system_track
                    .map_or(-1.0, |(key, _)| f64::from(key.number));
                let address = report.claims.icao24.map_or(-1.0, f64::from);
                match &report.measurement {
                    Measurement::Position { position, .. }
                    | Measurement::SystemTrack { position, .. } => [
                        track,
                        address,
                        position.lat_deg,
                        position.lon_deg,
                        position.height_m,
                    ],
                    Measurement::Polar {
                        range_m,
                        azimuth_rad,
                        elevation_rad,
                        ..
                    } => [
                        *range_m,
                        *azimuth_rad,
                        elevation_rad.unwrap_or(-9.0),
                        address,
                        0.0,
                    ],
                    Measurement::Bearing {
                        azimuth_rad,
                        elevation_rad,
                        ..
                    } => [
                        *azimuth_rad,
                        elevation_rad.unwrap_or(-9.0),
                        address,
                        0.0,
                        0.0,
                    ],
                    Measurement::TimeDifference {
                        difference_s,
                        other_position,
                        ..
                    } => [
                        *difference_s,
                        other_position.lat_deg,
                        other_position.lon_deg,
                        0.0,
                        0.0,
                    ],
                    Measurement::Presence { level_db } => {
                        [level_db.unwrap_or(-999.0), 0.0, 0.0, 0.0, 0.0]
                    }
                }
            }
        }
    }
}

//! A track: what is believed of one thing, as it leaves the tracker.

use crate::{Class, ClassProbabilities, SensorId, SystemTrackKey, Timestamp, TrackId};
use lapwing_geo::{Geodetic, Height};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Where a track's state comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Lapwing's own tracker, from sensors that measure.
    Tracker,
    /// Another tracker's system track, taken over as it is.
    System,
    /// Nothing but what the thing says of itself.
    Claim,
}

/// A claim, and how far other sensors bear it out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackClaim {
    /// `icao24`, `callsign`, `mode_3a`, `remote_id`, `track_number`.
    pub kind: Cow<'static, str>,
    /// As text; addresses in lower-case hex.
    pub value: String,
    /// Probability that it speaks of this track.
    pub trust: f64,
}

/// A sensor that has contributed to a track.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributor {
    /// The sensor.
    pub sensor: SensorId,
    /// Its last report on this track.
    pub time: Timestamp,
    /// How many reports it has contributed.
    pub reports: u64,
}

/// How it flies: a probability for each motion model of the filter, summing to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModeProbabilities {
    /// Straight on at nearly constant velocity.
    pub straight: f64,
    /// In a turn to the left.
    pub left: f64,
    /// In a turn to the right.
    pub right: f64,
    /// Hovering, or coming to rest.
    pub hover: f64,
}

/// One of the estimates of different trackers that a track is shown for.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackPart {
    /// The id that it has, or had, when shown by itself.
    pub id: TrackId,
    /// Where it comes from.
    pub origin: Origin,
    /// The other tracker and its number, for a system track.
    pub system: Option<SystemTrackKey>,
    /// Its share in the state, in [0, 1]; 0 while it is too old for one, or disagrees.
    pub weight: f64,
}

/// What is believed of one thing at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Its id, for as long as it lives.
    pub id: TrackId,
    /// When the state applies.
    pub time: Timestamp,
    /// Where the state comes from.
    pub origin: Origin,
    /// Position, height above the ellipsoid.
    pub position: Geodetic,
    /// The height to show, with its own datum; absent where nothing measured one.
    pub height: Option<Height>,
    /// Velocity east, north, up in the axes at the position, m/s.
    pub velocity_mps: [f64; 3],
    /// Covariance of east, north, up (m) and their rates (m/s), row-major, axes at the position.
    pub covariance: [[f64; 6]; 6],
    /// Probability that it exists.
    pub existence: f64,
    /// The same, computed without self-reports.
    pub existence_independent: f64,
    /// Whether it is told as a thing that is there: that it exists, and near where it is said to
    /// be, is likely enough.
    pub confirmed: bool,
    /// Whether it is followed as one thing: its existence has once passed the confirmation
    /// threshold. What is followed and not confirmed coasts, or is placed too vaguely to be told.
    pub followed: bool,
    /// What it may be.
    pub classes: ClassProbabilities,
    /// How it flies; not known of another tracker's tracks.
    pub modes: Option<ModeProbabilities>,
    /// What it, or others, say it is.
    pub claims: Vec<TrackClaim>,
    /// Who has contributed, by sensor.
    pub contributors: Vec<Contributor>,
    /// The estimates it was made of, where they are several or the only one left was known
    /// by another id before; else empty.
    pub parts: Vec<TrackPart>,
    /// When the first report on it was made.
    pub first_seen: Timestamp,
    /// When the last report on it was made.
    pub last_seen: Timestamp,
}

impl Track {
    /// Whether it is, or is shown for, the track of this id.
    #[must_use]
    pub fn answers_to(&self, id: TrackId) -> bool {
        self.id == id || self.parts.iter().any(|part| part.id == id)
    }

    /// Ground speed, m/s.
    #[must_use]
    pub fn ground_speed_mps(&self) -> f64 {
        self.velocity_mps[0].hypot(self.velocity_mps[1])
    }

    /// Course over ground, rad clockwise from true north, in [0, 2π).
    #[must_use]
    pub fn course_rad(&self) -> f64 {
        lapwing_geo::wrap_two_pi(self.velocity_mps[0].atan2(self.velocity_mps[1]))
    }

    /// The claim of a kind that is trusted most.
    #[must_use]
    pub fn claim(&self, kind: &str) -> Option<&TrackClaim> {
        self.claims
            .iter()
            .filter(|c| c.kind == kind)
            .max_by(|a, b| a.trust.total_cmp(&b.trust))
    }

    /// Probability of one class.
    #[must_use]
    pub fn class_probability(&self, class: Class) -> f64 {
        self.classes.of(class)
    }

    /// The horizontal 95 % error ellipse: semi-axes in m, azimuth of the longer
    /// in degrees clockwise from true north, in [0, 180).
    #[must_use]
    pub fn ellipse_95(&self) -> (f64, f64, f64) {
        // χ² with two degrees of freedom, 95 %
        const SCALE: f64 = 5.991_464_547_107_979;
        let (a, b, d) = (
            self.covariance[0][0],
            self.covariance[0][1],
            self.covariance[1][1],
        );
        let mean = (a + d) / 2.0;
        let spread = ((a - d) / 2.0).hypot(b);
        let major = (SCALE * (mean + spread)).max(0.0).sqrt();
        let minor = (SCALE * (mean - spread)).max(0.0).sqrt();
        let from_east_rad = 0.5 * (2.0 * b).atan2(a - d);
        let azimuth_deg = (90.0 - from_east_rad.to_degrees()).rem_euclid(180.0);
        (major, minor, azimuth_deg)
    }
}

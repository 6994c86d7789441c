//! A picture: everything the core decided at one tick.

use lapwing_model::{Forecast, SensorId, Timestamp, Track, Warning};
use lapwing_warn::PlaceState;
use sha2::{Digest as _, Sha256};

/// What the core decided at one tick of the data's own time.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The tick.
    pub time: Timestamp,
    /// Every track, by id: the tracker's own predicted to `time`, system tracks as last reported.
    pub tracks: Vec<Track>,
    /// For each of `tracks`, its forecasts (places that are not out of the question).
    pub forecasts: Vec<Vec<Forecast>>,
    /// Index in `tracks` of those that are new or changed since the last picture.
    pub fresh: Vec<usize>,
    /// Versions of warnings decided now.
    pub warnings: Vec<Warning>,
    /// The state of every place, in the site's order.
    pub places: Vec<PlaceState>,
}

/// How a sensor fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SensorState {
    /// It reported, or gave a sign of life, lately.
    Alive,
    /// It has been heard, but not lately.
    Silent,
    /// It has never been heard.
    Never,
}

impl SensorState {
    /// The word used in every file and on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Silent => "silent",
            Self::Never => "never",
        }
    }
}

/// A sensor's health at a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SensorHealth {
    /// The sensor.
    pub sensor: SensorId,
    /// How it fares.
    pub state: SensorState,
    /// When it last said anything, in its own time.
    pub last: Option<Timestamp>,
    /// How many reports it has made.
    pub reports: u64,
}

/// A running SHA-256 over all pictures: two runs with the same digest showed the
/// same tracks and warnings, to the last bit.
#[derive(Clone, Debug, Default)]
pub struct PictureDigest {
    hash: Sha256,
    buffer: Vec<u8>,
}

impl PictureDigest {
    /// Takes the next picture: the fresh tracks with every bit of their state, and the warnings.
    pub fn update(&mut self, picture: &Picture) {
        let b = &mut self.buffer;
        b.clear();
        b.extend(picture.time.0.to_le_bytes());
        for track in picture.fresh.iter().filter_map(|i| picture.tracks.get(*i)) {
            b.extend(track.id.node.to_le_bytes());
            b.extend(track.id.counter.to_le_bytes());
            b.extend(track.time.0.to_le_bytes());
            let state = [
                track.position.lat_deg,
                track.position.lon_deg,
                track.position.height_m,
                track.existence,
                track.existence_independent,
            ];
            let height = track.height.map_or(f64::NAN, |h| h.m);
            for value in state
                .iter()
                .chain(&track.velocity_mps)
                .chain(track.covariance.iter().flatten())
                .chain(track.classes.as_array())
                .chain([&height])
            {
                b.extend(value.to_bits().to_le_bytes());
            }
            b.push(u8::from(track.confirmed));
            for claim in &track.claims {
                b.extend(claim.kind.as_bytes());
                b.extend(claim.value.as_bytes());
                b.extend(claim.trust.to_bits().to_le_bytes());
            }
            for contributor in &track.contributors {
                b.extend(contributor.sensor.0.to_le_bytes());
                b.extend(contributor.time.0.to_le_bytes());
                b.extend(contributor.reports.to_le_bytes());
            }
            if let Some(m) = track.modes {
                for p in [m.straight, m.left, m.right, m.hover] {
                    b.extend(p.to_bits().to_le_bytes());
                }
            }
            for part in &track.parts {
                b.extend(part.id.node.to_le_bytes());
                b.extend(part.id.counter.to_le_bytes());
                b.extend(part.weight.to_bits().to_le_bytes());
            }
        }
        for forecast in picture.forecasts.iter().flatten() {
            for p in forecast.p_within {
                b.extend(p.to_bits().to_le_bytes());
            }
        }
        for warning in &picture.warnings {
            if serde_json::to_writer(&mut *b, warning).is_err() {
                b.push(0);
            }
        }
        self.hash.update(&*b);
    }

    /// The digest of all pictures so far.
    #[must_use]
    pub fn value(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    /// The same as `sha256:` and 64 hex digits.
    #[must_use]
    pub fn text(&self) -> String {
        let hex: String = self.value().iter().map(|b| format!("{b:02x}")).collect();
        format!("sha256:{hex}")
    }
}

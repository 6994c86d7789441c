//! What watches in a scenario: figures of `sensing.md` section 7 where it has them.

use super::check::{Check, count, share, span, within};
use serde::{Deserialize, Serialize};

/// Coast radars (rotating), after `sensing.md` section 7.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RadarSettings {
    /// Azimuths from the island's centre at whose coast a radar stands, degrees from true north.
    pub azimuth_deg: Vec<f64>,
    /// A turn of the antenna, s.
    pub turn_s: f64,
    /// Instrumented range, m.
    pub range_max_m: f64,
    /// Range of 50 % detection at 0.05 m², m.
    pub range_50_m: f64,
    /// Standard deviation of range, m.
    pub range_sigma_m: f64,
    /// Standard deviation of azimuth, degrees.
    pub azimuth_sigma_deg: f64,
    /// Standard deviation of the site's constant range error, m.
    pub range_bias_sigma_m: f64,
    /// Standard deviation of the site's constant azimuth error, degrees.
    pub azimuth_bias_sigma_deg: f64,
    /// Standard deviation of the site's constant error of time, s.
    pub time_bias_sigma_s: f64,
    /// Mean number of false plots a turn.
    pub false_per_turn: f64,
    /// Standard deviation of a plot's amplitude, dB.
    pub amplitude_sigma_db: f64,
}

impl Default for RadarSettings {
    fn default() -> Self {
        Self {
            azimuth_deg: vec![-30.0, 12.0, 62.0],
            turn_s: 4.0,
            range_max_m: 60e3,
            range_50_m: 25e3,
            range_sigma_m: 20.0,
            azimuth_sigma_deg: 0.7,
            range_bias_sigma_m: 30.0,
            azimuth_bias_sigma_deg: 0.3,
            time_bias_sigma_s: 0.2,
            false_per_turn: 15.0,
            amplitude_sigma_db: 3.0,
        }
    }
}

/// Acoustic arrays, after `sensing.md` sections 1 and 7.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AcousticSettings {
    /// Arrays in the coastal band of 10 km, on a grid of 2.5 km (or as close as their number needs).
    pub coastal: u32,
    /// Arrays inland, on a grid of 5 km (or as close as their number needs).
    pub inland: u32,
    /// Azimuths from the island's centre between which coastal arrays stand, degrees from true north.
    pub coastal_azimuth_deg: [f64; 2],
    /// From one heartbeat of a silent array to the next, s.
    pub heartbeat_s: f64,
    /// Share of arrays that never say anything.
    pub dead_share: f64,
    /// Multiplies every range of hearing: of arrays, of microphones and of people.
    pub range_factor: f64,
}

impl Default for AcousticSettings {
    fn default() -> Self {
        Self {
            coastal: 12,
            inland: 0,
            coastal_azimuth_deg: [0.0, 40.0],
            heartbeat_s: 10.0,
            dead_share: 0.0,
            range_factor: 1.0,
        }
    }
}

/// Remote ID receivers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RemoteIdSettings {
    /// Receivers; one in eight is a mast with 3 km of range, the others have 1 km.
    pub receivers: u32,
    /// Share of messages lost.
    pub lost_share: f64,
    /// Identities of drones that do not exist.
    pub ghosts: u32,
    /// Identities of real drones, sent from 4 km away as well.
    pub clones: u32,
}

impl Default for RemoteIdSettings {
    fn default() -> Self {
        Self {
            receivers: 16,
            lost_share: 0.2,
            ghosts: 0,
            clones: 0,
        }
    }
}

/// Staring radars that look everywhere once a second, near the places that matter most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LocalRadarSettings {
    /// How many.
    pub count: u32,
    /// From one look to the next, s.
    pub period_s: f64,
    /// Instrumented range, m.
    pub range_max_m: f64,
    /// Range of 50 % detection at 0.05 m², m.
    pub range_50_m: f64,
    /// Standard deviation of range, m.
    pub range_sigma_m: f64,
    /// Standard deviation of azimuth, degrees.
    pub azimuth_sigma_deg: f64,
    /// Standard deviation of elevation, degrees.
    pub elevation_sigma_deg: f64,
    /// Standard deviation of range rate, m/s.
    pub range_rate_sigma_mps: f64,
    /// Mean number of false plots a look.
    pub false_per_look: f64,
    /// Standard deviation of the estimate of a plot's radar cross-section, dB.
    pub rcs_sigma_db: f64,
    /// How well one dwell's micro-Doppler tells machines from birds: area under the curve.
    pub class_auc: f64,
}

impl Default for LocalRadarSettings {
    fn default() -> Self {
        Self {
            count: 0,
            period_s: 1.0,
            range_max_m: 12e3,
            range_50_m: 6e3,
            range_sigma_m: 10.0,
            azimuth_sigma_deg: 1.0,
            elevation_sigma_deg: 2.0,
            range_rate_sigma_mps: 0.3,
            false_per_look: 0.1,
            rcs_sigma_db: 3.0,
            class_auc: 0.95,
        }
    }
}

/// Single microphones: heard or not, and how loud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MicrophoneSettings {
    /// How many.
    pub count: u32,
    /// From one heartbeat of a silent microphone to the next, s.
    pub heartbeat_s: f64,
    /// Share that never say anything.
    pub dead_share: f64,
}

impl Default for MicrophoneSettings {
    fn default() -> Self {
        Self {
            count: 0,
            heartbeat_s: 10.0,
            dead_share: 0.0,
        }
    }
}

/// Direction finders for the radio of drones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DirectionFinderSettings {
    /// How many.
    pub count: u32,
    /// Farthest emitter that is heard, m.
    pub range_max_m: f64,
    /// Standard deviation of a bearing, degrees.
    pub azimuth_sigma_deg: f64,
    /// Standard deviation of a station's constant error, degrees.
    pub azimuth_bias_sigma_deg: f64,
    /// Chance a second to detect a hobby drone in range.
    pub detect_hobby: f64,
    /// Chance a second to detect a one-way drone in range.
    pub detect_one_way: f64,
    /// From one heartbeat of a silent station to the next, s.
    pub heartbeat_s: f64,
}

impl Default for DirectionFinderSettings {
    fn default() -> Self {
        Self {
            count: 0,
            range_max_m: 8e3,
            azimuth_sigma_deg: 3.0,
            azimuth_bias_sigma_deg: 2.0,
            detect_hobby: 0.6,
            detect_one_way: 0.05,
            heartbeat_s: 10.0,
        }
    }
}

/// People who report what they hear and see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SightingSettings {
    /// How many people could report.
    pub people: u32,
    /// Share of them awake.
    pub awake_share: f64,
    /// Reports a minute of one who hears something.
    pub per_minute: f64,
    /// Hearing of a person over that of an array.
    pub hearing: f64,
    /// Reports of the flood, from `flood_accounts` accounts within `flood_s` from 02:10 UTC on.
    pub flood_reports: u32,
    /// Its accounts.
    pub flood_accounts: u32,
    /// Its length, s.
    pub flood_s: f64,
}

impl Default for SightingSettings {
    fn default() -> Self {
        Self {
            people: 0,
            awake_share: 0.3,
            per_minute: 0.02,
            hearing: 0.5,
            flood_reports: 0,
            flood_accounts: 40,
            flood_s: 60.0,
        }
    }
}

const SIGMA_DEG: (f64, f64) = (0.0, 10.0);
const SIGMA_DEG_EXPECTED: &str = "between 0 and 10 degrees";
const HEARTBEAT_S: (f64, f64) = (2.0, 600.0);
const HEARTBEAT_EXPECTED: &str = "between 2 and 600 s";
const FALSE_PLOTS: (f64, f64) = (0.0, 500.0);
const FALSE_EXPECTED: &str = "between 0 and 500";
const DECIBELS: (f64, f64) = (0.0, 20.0);
const DECIBELS_EXPECTED: &str = "between 0 and 20 dB";
const ERROR_M: (f64, f64) = (0.0, 1e3);
const ERROR_EXPECTED: &str = "between 0 and 1000 m";
const RANGE_M: (f64, f64) = (100.0, 400e3);
const RANGE_EXPECTED: &str = "between 0.1 and 400 km";

impl RadarSettings {
    pub(super) fn checks(&self) -> Vec<Check> {
        vec![
            within(
                "radar.azimuth_deg",
                self.azimuth_deg.len() as f64,
                (0.0, 100.0),
                "at most 100 radars",
            ),
            within(
                "radar.turn_s",
                self.turn_s,
                (1.0, 60.0),
                "between 1 and 60 s",
            ),
            within(
                "radar.range_max_m",
                self.range_max_m,
                (1e3, 400e3),
                "between 1 and 400 km",
            ),
            within("radar.range_50_m", self.range_50_m, RANGE_M, RANGE_EXPECTED),
            within(
                "radar.range_sigma_m",
                self.range_sigma_m,
                ERROR_M,
                ERROR_EXPECTED,
            ),
            within(
                "radar.azimuth_sigma_deg",
                self.azimuth_sigma_deg,
                SIGMA_DEG,
                SIGMA_DEG_EXPECTED,
            ),
            within(
                "radar.range_bias_sigma_m",
                self.range_bias_sigma_m,
                ERROR_M,
                ERROR_EXPECTED,
            ),
            within(
                "radar.azimuth_bias_sigma_deg",
                self.azimuth_bias_sigma_deg,
                SIGMA_DEG,
                SIGMA_DEG_EXPECTED,
            ),
            within(
                "radar.time_bias_sigma_s",
                self.time_bias_sigma_s,
                (0.0, 5.0),
                "between 0 and 5 s",
            ),
            within(
                "radar.false_per_turn",
                self.false_per_turn,
                FALSE_PLOTS,
                FALSE_EXPECTED,
            ),
            within(
                "radar.amplitude_sigma_db",
                self.amplitude_sigma_db,
                DECIBELS,
                DECIBELS_EXPECTED,
            ),
        ]
    }
}

impl LocalRadarSettings {
    pub(super) fn checks(&self) -> Vec<Check> {
        vec![
            within(
                "local_radar.count",
                self.count.into(),
                (0.0, 6.0),
                "at most 6, the number of places",
            ),
            within(
                "local_radar.period_s",
                self.period_s,
                (0.2, 4.0),
                "between 0.2 and 4 s",
            ),
            within(
                "local_radar.range_max_m",
                self.range_max_m,
                RANGE_M,
                RANGE_EXPECTED,
            ),
            within(
                "local_radar.range_50_m",
                self.range_50_m,
                RANGE_M,
                RANGE_EXPECTED,
            ),
            within(
                "local_radar.range_sigma_m",
                self.range_sigma_m,
                ERROR_M,
                ERROR_EXPECTED,
            ),
            within(
                "local_radar.azimuth_sigma_deg",
                self.azimuth_sigma_deg,
                SIGMA_DEG,
                SIGMA_DEG_EXPECTED,
            ),
            within(
                "local_radar.elevation_sigma_deg",
                self.elevation_sigma_deg,
                SIGMA_DEG,
                SIGMA_DEG_EXPECTED,
            ),
            within(
                "local_radar.range_rate_sigma_mps",
                self.range_rate_sigma_mps,
                (0.0, 20.0),
                "between 0 and 20 m/s",
            ),
            within(
                "local_radar.false_per_look",
                self.false_per_look,
                FALSE_PLOTS,
                FALSE_EXPECTED,
            ),
            within(
                "local_radar.rcs_sigma_db",
                self.rcs_sigma_db,
                DECIBELS,
                DECIBELS_EXPECTED,
            ),
            within(
                "local_radar.class_auc",
                self.class_auc,
                (0.5, 0.9999),
                "between 0.5 and 0.9999",
            ),
        ]
    }
}

impl AcousticSettings {
    pub(super) fn checks(&self) -> Vec<Check> {
        let mut all = vec![
            count("acoustic.coastal", self.coastal.into()),
            count("acoustic.inland", self.inland.into()),
            within(
                "acoustic.heartbeat_s",
                self.heartbeat_s,
                HEARTBEAT_S,
                HEARTBEAT_EXPECTED,
            ),
            share("acoustic.dead_share", self.dead_share),
            within(
                "acoustic.range_factor",
                self.range_factor,
                (0.0, 5.0),
                "between 0 and 5",
            ),
        ];
        all.extend(span(
            "acoustic.coastal_azimuth_deg",
            self.coastal_azimuth_deg,
            (-180.0, 180.0),
            "two azimuths within ±180 degrees, the lesser first",
        ));
        all
    }
}

impl MicrophoneSettings {
    pub(super) fn checks(&self) -> Vec<Check> {
        vec![
            count("microphone.count", self.count.into()),
            within(
                "microphone.heartbeat_s",
                self.heartbeat_s,
                HEARTBEAT_S,
                HEARTBEAT_EXPECTED,
            ),
            share("microphone.dead_share", self.dead_share),
        ]
    }
}

impl DirectionFinderSettings {
    pub(super) fn checks(&self) -> Vec<Check> {
        vec![
            count("direction_finder.count", self.count.into()),
            within(
                "direction_finder.range_max_m",
                self.range_max_m,
                RANGE_M,
                RANGE_EXPECTED,
            ),
            within(
                "direction_finder.azimuth_sigma_deg",
                self.azimuth_sigma_deg,
                SIGMA_DEG,
                SIGMA_DEG_EXPECTED,
            ),
            within(
                "direction_finder.azimuth_bias_sigma_deg",
                self.azimuth_bias_sigma_deg,
                SIGMA_DEG,
                SIGMA_DEG_EXPECTED,
            ),
            share("direction_finder.detect_hobby", self.detect_hobby),
            share("direction_finder.detect_one_way", self.detect_one_way),
            within(
                "direction_finder.heartbeat_s",
                self.heartbeat_s,
                HEARTBEAT_S,
                HEARTBEAT_EXPECTED,
            ),
        ]
    }
}

impl RemoteIdSettings {
    pub(super) fn checks(&self) -> Vec<Check> {
        vec![
            count("remote_id.receivers", self.receivers.into()),
            share("remote_id.lost_share", self.lost_share),
            count("remote_id.ghosts", self.ghosts.into()),
            count("remote_id.clones", self.clones.into()),
        ]
    }
}

impl SightingSettings {
    pub(super) fn checks(&self) -> Vec<Check> {
        vec![
            count("sighting.people", self.people.into()),
            share("sighting.awake_share", self.awake_share),
            within(
                "sighting.per_minute",
                self.per_minute,
                (0.0, 12.0),
                "between 0 and 12",
            ),
            within(
                "sighting.hearing",
                self.hearing,
                (0.0, 5.0),
                "between 0 and 5",
            ),
            count("sighting.flood_reports", self.flood_reports.into()),
            within(
                "sighting.flood_accounts",
                self.flood_accounts.into(),
                (1.0, 20_000.0),
                "between 1 and 20000",
            ),
            within(
                "sighting.flood_s",
                self.flood_s,
                (1.0, 3_600.0),
                "between 1 and 3600 s",
            ),
        ]
    }
}

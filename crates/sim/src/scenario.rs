//! What is simulated: a scenario file (TOML, unknown keys are errors) and the
//! two that come with the program.

use lapwing_model::Timestamp;
use serde::Deserialize;
use thiserror::Error;

/// Why a scenario cannot be run.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ScenarioError {
    /// The text is not a scenario; the parser's message names line and key.
    #[error("scenario: {0}")]
    Syntax(String),
    /// A value is outside what it can be.
    #[error("scenario: {key} = {value} is not {expected}")]
    Value {
        /// Which key.
        key: &'static str,
        /// What it held.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// The island's file is damaged.
    #[error("the island's GeoJSON: {0}")]
    Island(String),
}

/// What is simulated. Times in seconds count from `start`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Name of the site.
    pub name: String,
    /// Everything random follows from it.
    pub seed: u64,
    /// The scene's first moment, UTC.
    pub start: Timestamp,
    /// How long it lasts, s.
    pub duration_s: f64,
    /// Whether the site says that all this is an exercise.
    pub exercise: bool,
    /// When the first unidentified drones set out, s.
    pub first_wave_s: f64,
    /// Those drones.
    pub waves: Waves,
    /// Everything else that flies.
    pub traffic: Traffic,
    /// The coast radars.
    pub radar: RadarSettings,
    /// The arrays of microphones.
    pub acoustic: AcousticSettings,
    /// The Remote ID receivers.
    pub remote_id: RemoteIdSettings,
    /// What truth lines are written.
    pub truth: TruthSettings,
    /// Sensors that fail for a while: one radar from 01:30 to 02:00, 15 % of the arrays from
    /// 02:00 to 03:00, and 10 % of the nodes 10–40 s late all the time (clock times, UTC).
    pub outages: bool,
}

/// Unidentified fixed-wing drones that come in from the sea.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Waves {
    /// Drones in each wave.
    pub sizes: Vec<u32>,
    /// From one wave to the next, s.
    pub interval_s: f64,
    /// Least and greatest distance off the coast at which they start, m.
    pub offshore_m: [f64; 2],
    /// Azimuths from the island's centre on which they start, degrees from true north.
    pub azimuth_deg: [f64; 2],
    /// Mean and standard deviation of the speed over ground, m/s.
    pub speed_mps: [f64; 2],
    /// Least and greatest height above the ellipsoid, m.
    pub height_m: [f64; 2],
    /// Greatest number of waypoints on the way.
    pub waypoints_max: u32,
    /// Standard deviation of a waypoint's distance from the straight way, m.
    pub lateral_sigma_m: f64,
    /// Rate of turn, degrees/s.
    pub turn_rate_dps: f64,
    /// Radar cross-section, mean of Swerling case 1, m².
    pub rcs_m2: f64,
    /// Pairs that fly closer than 300 m.
    pub pairs: u32,
    /// How many end over the sea.
    pub vanish_at_sea: u32,
}

/// Traffic other than the waves.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Traffic {
    /// Airline flights over the whole time, with ADS-B.
    pub airliners: u32,
    /// Flights of light aircraft over the whole time.
    pub light_aircraft: u32,
    /// Share of them without transponder.
    pub silent_share: f64,
    /// Hobby drones.
    pub hobby_drones: u32,
    /// Birds, around the radars.
    pub birds: u32,
    /// Share of the birds in flocks.
    pub flock_share: f64,
    /// Wind turbines in each park.
    pub turbines: Vec<u32>,
}

/// Coast radars (rotating), after `sensing.md` section 7.
#[derive(Clone, Debug, PartialEq, Deserialize)]
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

/// Acoustic arrays, after `sensing.md` sections 1 and 7.
#[derive(Clone, Debug, PartialEq, Deserialize)]
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
    /// Multiplies every range of hearing.
    pub range_factor: f64,
}

/// Remote ID receivers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
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

/// What truth lines are written, once a second.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TruthSettings {
    /// Whether birds are among them.
    pub birds: bool,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "Merrow".into(),
            seed: 1,
            // 2026-06-01T21:00:00Z
            start: Timestamp(1_780_347_600_000_000_000),
            duration_s: 3_600.0,
            exercise: true,
            first_wave_s: 120.0,
            waves: Waves::default(),
            traffic: Traffic::default(),
            radar: RadarSettings::default(),
            acoustic: AcousticSettings::default(),
            remote_id: RemoteIdSettings::default(),
            truth: TruthSettings::default(),
            outages: false,
        }
    }
}

impl Default for Waves {
    fn default() -> Self {
        Self {
            sizes: vec![8, 6, 8],
            interval_s: 1_200.0,
            offshore_m: [16e3, 28e3],
            azimuth_deg: [0.0, 45.0],
            speed_mps: [50.0, 4.0],
            height_m: [80.0, 400.0],
            waypoints_max: 3,
            lateral_sigma_m: 4e3,
            turn_rate_dps: 3.0,
            rcs_m2: 0.05,
            pairs: 1,
            vanish_at_sea: 0,
        }
    }
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            airliners: 14,
            light_aircraft: 10,
            silent_share: 0.2,
            hobby_drones: 25,
            birds: 300,
            flock_share: 0.15,
            turbines: vec![12],
        }
    }
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

impl Default for TruthSettings {
    fn default() -> Self {
        Self { birds: true }
    }
}

impl Scenario {
    /// The hour that `lapwing demo` shows: waves start nearer and birds are fewer than in the night.
    #[must_use]
    pub fn merrow_demo(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// The night of 21:00 to 05:00 that scoring runs.
    #[must_use]
    pub fn merrow_night(seed: u64) -> Self {
        Self {
            name: "Merrow Night".into(),
            seed,
            duration_s: 28_800.0,
            first_wave_s: 7_200.0,
            waves: Waves {
                sizes: vec![6, 10, 8],
                interval_s: 7_200.0,
                offshore_m: [60e3, 90e3],
                lateral_sigma_m: 15e3,
                pairs: 4,
                vanish_at_sea: 3,
                ..Waves::default()
            },
            traffic: Traffic {
                airliners: 40,
                light_aircraft: 30,
                birds: 3_000,
                turbines: vec![25, 25],
                ..Traffic::default()
            },
            acoustic: AcousticSettings {
                coastal: 452,
                inland: 188,
                coastal_azimuth_deg: [-180.0, 180.0],
                dead_share: 0.05,
                ..AcousticSettings::default()
            },
            remote_id: RemoteIdSettings {
                receivers: 80,
                ghosts: 3,
                clones: 2,
                ..RemoteIdSettings::default()
            },
            truth: TruthSettings { birds: false },
            outages: true,
            ..Self::default()
        }
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// Text that is not TOML, an unknown key, a value outside its range.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self =
            toml::from_str(text).map_err(|e| ScenarioError::Syntax(e.to_string()))?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Checks every value.
    ///
    /// # Errors
    /// The first value outside its range.
    pub fn check(&self) -> Result<(), ScenarioError> {
        let w = &self.waves;
        let r = &self.radar;
        let many = 20_000.0;
        let shares = "between 0 and 1";
        let counts = "at most 20000";
        let checks = [
            (
                "duration_s",
                self.duration_s,
                1.0,
                7.0 * 86_400.0,
                "between 1 s and 7 days",
            ),
            ("first_wave_s", self.first_wave_s, 0.0, 1e7, "0 or later"),
            (
                "waves.sizes",
                w.sizes.iter().map(|n| f64::from(*n)).sum(),
                0.0,
                many,
                counts,
            ),
            ("waves.interval_s", w.interval_s, 0.0, 1e7, "0 or more"),
            (
                "waves.offshore_m",
                w.offshore_m[0],
                0.0,
                w.offshore_m[1],
                "two lengths, the lesser first",
            ),
            (
                "waves.offshore_m",
                w.offshore_m[1],
                0.0,
                150e3,
                "at most 150000 m",
            ),
            (
                "waves.speed_mps",
                w.speed_mps[0],
                15.0,
                120.0,
                "between 15 and 120 m/s",
            ),
            (
                "waves.speed_mps",
                w.speed_mps[1],
                0.0,
                0.2 * w.speed_mps[0],
                "at most a fifth of the mean",
            ),
            (
                "waves.height_m",
                w.height_m[0],
                10.0,
                w.height_m[1],
                "two heights from 10 m, the lesser first",
            ),
            ("waves.height_m", w.height_m[1], 10.0, 5e3, "at most 5000 m"),
            (
                "waves.lateral_sigma_m",
                w.lateral_sigma_m,
                0.0,
                50e3,
                "between 0 and 50000 m",
            ),
            (
                "waves.turn_rate_dps",
                w.turn_rate_dps,
                0.5,
                30.0,
                "between 0.5 and 30 degrees/s",
            ),
            (
                "waves.rcs_m2",
                w.rcs_m2,
                1e-4,
                100.0,
                "between 0.0001 and 100 m²",
            ),
            (
                "waves.waypoints_max",
                w.waypoints_max.into(),
                0.0,
                20.0,
                "at most 20",
            ),
            (
                "traffic.airliners",
                self.traffic.airliners.into(),
                0.0,
                many,
                counts,
            ),
            (
                "traffic.light_aircraft",
                self.traffic.light_aircraft.into(),
                0.0,
                many,
                counts,
            ),
            (
                "traffic.hobby_drones",
                self.traffic.hobby_drones.into(),
                0.0,
                many,
                counts,
            ),
            (
                "traffic.birds",
                self.traffic.birds.into(),
                0.0,
                many,
                counts,
            ),
            (
                "traffic.silent_share",
                self.traffic.silent_share,
                0.0,
                1.0,
                shares,
            ),
            (
                "traffic.flock_share",
                self.traffic.flock_share,
                0.0,
                1.0,
                shares,
            ),
            (
                "traffic.turbines",
                self.traffic.turbines.iter().map(|n| f64::from(*n)).sum(),
                0.0,
                many,
                counts,
            ),
            (
                "radar.azimuth_deg",
                r.azimuth_deg.len() as f64,
                0.0,
                100.0,
                "at most 100 radars",
            ),
            ("radar.turn_s", r.turn_s, 1.0, 60.0, "between 1 and 60 s"),
            (
                "radar.range_max_m",
                r.range_max_m,
                1e3,
                400e3,
                "between 1 and 400 km",
            ),
            (
                "radar.range_50_m",
                r.range_50_m,
                100.0,
                400e3,
                "between 0.1 and 400 km",
            ),
            (
                "radar.range_sigma_m",
                r.range_sigma_m,
                0.0,
                1e3,
                "between 0 and 1000 m",
            ),
            (
                "radar.azimuth_sigma_deg",
                r.azimuth_sigma_deg,
                0.0,
                10.0,
                "between 0 and 10 degrees",
            ),
            (
                "radar.range_bias_sigma_m",
                r.range_bias_sigma_m,
                0.0,
                1e3,
                "between 0 and 1000 m",
            ),
            (
                "radar.azimuth_bias_sigma_deg",
                r.azimuth_bias_sigma_deg,
                0.0,
                10.0,
                "between 0 and 10 degrees",
            ),
            (
                "radar.time_bias_sigma_s",
                r.time_bias_sigma_s,
                0.0,
                5.0,
                "between 0 and 5 s",
            ),
            (
                "radar.false_per_turn",
                r.false_per_turn,
                0.0,
                500.0,
                "between 0 and 500",
            ),
            (
                "radar.amplitude_sigma_db",
                r.amplitude_sigma_db,
                0.0,
                20.0,
                "between 0 and 20 dB",
            ),
            (
                "acoustic.coastal",
                self.acoustic.coastal.into(),
                0.0,
                many,
                counts,
            ),
            (
                "acoustic.inland",
                self.acoustic.inland.into(),
                0.0,
                many,
                counts,
            ),
            (
                "acoustic.heartbeat_s",
                self.acoustic.heartbeat_s,
                2.0,
                600.0,
                "between 2 and 600 s",
            ),
            (
                "acoustic.dead_share",
                self.acoustic.dead_share,
                0.0,
                1.0,
                shares,
            ),
            (
                "acoustic.range_factor",
                self.acoustic.range_factor,
                0.0,
                5.0,
                "between 0 and 5",
            ),
            (
                "remote_id.receivers",
                self.remote_id.receivers.into(),
                0.0,
                many,
                counts,
            ),
            (
                "remote_id.lost_share",
                self.remote_id.lost_share,
                0.0,
                1.0,
                shares,
            ),
            (
                "remote_id.ghosts",
                self.remote_id.ghosts.into(),
                0.0,
                many,
                counts,
            ),
            (
                "remote_id.clones",
                self.remote_id.clones.into(),
                0.0,
                many,
                counts,
            ),
        ];
        for (key, value, low, high, expected) in checks {
            if !(low..=high).contains(&value) {
                return Err(ScenarioError::Value {
                    key,
                    value,
                    expected,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_scenarios_are_valid_and_start_at_nine() {
        for scenario in [Scenario::merrow_demo(1), Scenario::merrow_night(1)] {
            assert_eq!(scenario.check(), Ok(()));
            assert_eq!(scenario.start.to_string(), "2026-06-01T21:00:00Z");
        }
    }

    #[test]
    fn a_scenario_file_overrides_defaults_and_refuses_what_it_does_not_know() {
        let s = Scenario::from_toml("seed = 9\n[waves]\nsizes = [2]\n").unwrap();
        assert_eq!((s.seed, s.waves.sizes.clone()), (9, vec![2]));
        assert_eq!(s.radar, RadarSettings::default());
        for (text, expected) in [
            ("sede = 9", "unknown field `sede`"),
            ("[radar]\nturn = 3", "unknown field `turn`"),
            ("start = \"now\"", "not an RFC 3339 time"),
            ("duration_s = -1", "duration_s = -1 is not between"),
            ("[waves]\noffshore_m = [9.0, 3.0]", "the lesser first"),
            ("[traffic]\nsilent_share = nan", "silent_share = NaN"),
        ] {
            let error = Scenario::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

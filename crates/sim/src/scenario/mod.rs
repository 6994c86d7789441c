//! What is simulated: a scenario file (TOML, unknown keys are errors) and the
//! ones that come with the program.
//!
//! A file says only what differs from its `base`: `demo` (the hour that `lapwing
//! demo` shows, and what a file without `base` changes) or `night`. An
//! `[excerpt]` runs a part of the scene, in time and in space, without drawing
//! another one.

mod check;
mod excerpt;
mod flying;
mod watching;

pub use excerpt::Excerpt;
pub use flying::{Traffic, Waves};
pub use watching::{
    AcousticSettings, DirectionFinderSettings, LocalRadarSettings, MicrophoneSettings,
    RadarSettings, RemoteIdSettings, SightingSettings,
};

use check::{Check, within};
use lapwing_model::Timestamp;
use serde::{Deserialize, Serialize};
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Sensors that fail for a while: one radar from 01:30 to 02:00, 15 % of the arrays from
    /// 02:00 to 03:00, and 10 % of the nodes 10–40 s late all the time (clock times, UTC).
    pub outages: bool,
    /// How late a report may be and still count, as the site file says it, s.
    pub lateness_s: f64,
    /// Those drones.
    pub waves: Waves,
    /// Everything else that flies.
    pub traffic: Traffic,
    /// The coast radars.
    pub radar: RadarSettings,
    /// The local radars.
    pub local_radar: LocalRadarSettings,
    /// The arrays of microphones.
    pub acoustic: AcousticSettings,
    /// The single microphones.
    pub microphone: MicrophoneSettings,
    /// The direction finders.
    pub direction_finder: DirectionFinderSettings,
    /// The Remote ID receivers.
    pub remote_id: RemoteIdSettings,
    /// The people.
    pub sighting: SightingSettings,
    /// What truth lines are written.
    pub truth: TruthSettings,
    /// The part of the scene that is run; all of it without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<Excerpt>,
}

/// What truth lines are written, once a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TruthSettings {
    /// Whether birds are among them.
    pub birds: bool,
}

impl Default for TruthSettings {
    fn default() -> Self {
        Self { birds: true }
    }
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
            outages: false,
            lateness_s: 2.0,
            waves: Waves::default(),
            traffic: Traffic::default(),
            radar: RadarSettings::default(),
            local_radar: LocalRadarSettings::default(),
            acoustic: AcousticSettings::default(),
            microphone: MicrophoneSettings::default(),
            direction_finder: DirectionFinderSettings::default(),
            remote_id: RemoteIdSettings::default(),
            sighting: SightingSettings::default(),
            truth: TruthSettings::default(),
            excerpt: None,
        }
    }
}

/// The scenarios that come with the program beside `demo` and `night`.
const SHIPPED: [(&str, &str); 4] = [
    (
        "night-half-hearing",
        include_str!("../../scenarios/night-half-hearing.toml"),
    ),
    (
        "night-no-coast-radars",
        include_str!("../../scenarios/night-no-coast-radars.toml"),
    ),
    ("wave", include_str!("../../scenarios/wave.toml")),
    (
        "wave-quiet",
        include_str!("../../scenarios/wave-quiet.toml"),
    ),
];

impl Scenario {
    /// The names that [`Self::shipped`] knows.
    pub const SHIPPED: [&str; 6] = [
        "demo",
        "night",
        SHIPPED[0].0,
        SHIPPED[1].0,
        SHIPPED[2].0,
        SHIPPED[3].0,
    ];

    /// A scenario that comes with the program; `merrow-` before its name changes nothing.
    #[must_use]
    pub fn shipped(name: &str) -> Option<Self> {
        match name.strip_prefix("merrow-").unwrap_or(name) {
            "demo" => Some(Self::merrow_demo(1)),
            "night" => Some(Self::merrow_night(1)),
            other => SHIPPED
                .iter()
                .find(|(known, _)| *known == other)
                .and_then(|(_, text)| Self::from_toml(text).ok()),
        }
    }

    /// The hour that `lapwing demo` shows: waves start nearer and birds are fewer than in the night.
    #[must_use]
    pub fn merrow_demo(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// The night of 21:00 to 05:00 that scoring runs: `sensing.md` section 7, whole.
    #[must_use]
    pub fn merrow_night(seed: u64) -> Self {
        Self {
            name: "Merrow Night".into(),
            seed,
            duration_s: 28_800.0,
            first_wave_s: 7_200.0,
            outages: true,
            lateness_s: 5.0,
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
                birds_anywhere: 0.3,
                turbines: vec![25, 25],
                ..Traffic::default()
            },
            local_radar: LocalRadarSettings {
                count: 4,
                ..LocalRadarSettings::default()
            },
            acoustic: AcousticSettings {
                coastal: 452,
                inland: 188,
                coastal_azimuth_deg: [-180.0, 180.0],
                dead_share: 0.05,
                ..AcousticSettings::default()
            },
            microphone: MicrophoneSettings {
                count: 1_500,
                dead_share: 0.05,
                ..MicrophoneSettings::default()
            },
            direction_finder: DirectionFinderSettings {
                count: 6,
                ..DirectionFinderSettings::default()
            },
            remote_id: RemoteIdSettings {
                receivers: 80,
                ghosts: 3,
                clones: 2,
                ..RemoteIdSettings::default()
            },
            sighting: SightingSettings {
                people: 6_000,
                flood_reports: 300,
                ..SightingSettings::default()
            },
            truth: TruthSettings { birds: false },
            ..Self::default()
        }
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// Text that is not TOML, an unknown key, a value outside its range.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        let syntax = |e: &dyn std::fmt::Display| ScenarioError::Syntax(e.to_string());
        let head: Head = toml::from_str(text).map_err(|e| syntax(&e))?;
        let mut rest = text.to_owned();
        if let Some(base) = &head.base {
            // blanked, so that mistakes further down are still named with their lines
            let end = base.span().end;
            let start = text[..base.span().start].rfind('\n').map_or(0, |at| at + 1);
            rest.replace_range(start..end, &" ".repeat(end - start));
        }
        let scenario: Self = toml::from_str(&rest).map_err(|e| syntax(&e))?;
        let scenario = match head.base.map_or(Base::Demo, toml::Spanned::into_inner) {
            Base::Demo => scenario,
            Base::Night => {
                let mut all =
                    toml::Table::try_from(Self::merrow_night(1)).map_err(|e| syntax(&e))?;
                overlay(&mut all, rest.parse().map_err(|e| syntax(&e))?);
                all.try_into().map_err(|e| syntax(&e))?
            }
        };
        scenario.check()?;
        Ok(scenario)
    }

    /// The scenario as a file that [`Self::from_toml`] reads back, every value written out.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // numbers, words and lists of them: there is nothing in it that TOML cannot hold
        toml::to_string(self).unwrap_or_default()
    }

    /// First and last moment that are run, s since `start`.
    #[must_use]
    pub fn window_s(&self) -> (f64, f64) {
        self.excerpt
            .as_ref()
            .map_or((0.0, self.duration_s), |excerpt| {
                excerpt.window_s(self.duration_s)
            })
    }

    /// Checks every value.
    ///
    /// # Errors
    /// The first value outside its range.
    pub fn check(&self) -> Result<(), ScenarioError> {
        let mut all: Vec<Check> = vec![
            within(
                "duration_s",
                self.duration_s,
                (1.0, 7.0 * 86_400.0),
                "between 1 s and 7 days",
            ),
            within("first_wave_s", self.first_wave_s, (0.0, 1e7), "0 or later"),
            within(
                "lateness_s",
                self.lateness_s,
                (0.0, 600.0),
                "between 0 and 600 s",
            ),
        ];
        all.extend(self.waves.checks());
        all.extend(self.traffic.checks());
        all.extend(self.radar.checks());
        all.extend(self.local_radar.checks());
        all.extend(self.acoustic.checks());
        all.extend(self.microphone.checks());
        all.extend(self.direction_finder.checks());
        all.extend(self.remote_id.checks());
        all.extend(self.sighting.checks());
        if let Some(excerpt) = &self.excerpt {
            all.extend(excerpt.checks(self.duration_s));
        }
        all.iter().try_for_each(Check::verdict)
    }
}

/// What a scenario file changes.
#[derive(Deserialize)]
struct Head {
    base: Option<toml::Spanned<Base>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Base {
    Demo,
    Night,
}

/// Puts what is written over what is there, table by table.
fn overlay(all: &mut toml::Table, written: toml::Table) {
    for (key, value) in written {
        match (all.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => overlay(below, above),
            (_, value) => {
                all.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_scenarios_are_valid_and_start_at_nine() {
        for name in Scenario::SHIPPED {
            let scenario = Scenario::shipped(name).unwrap();
            assert_eq!(scenario.check(), Ok(()));
            assert_eq!(scenario.start.to_string(), "2026-06-01T21:00:00Z");
        }
        assert_eq!(
            Scenario::shipped("merrow-night"),
            Some(Scenario::merrow_night(1))
        );
        assert_eq!(Scenario::shipped("nowhere"), None);
    }

    #[test]
    fn the_variants_differ_from_the_night_in_one_thing_each() {
        let night = Scenario::merrow_night(1);
        let mut half = Scenario::shipped("night-half-hearing").unwrap();
        assert_eq!(half.acoustic.range_factor, 0.5);
        half.acoustic.range_factor = 1.0;
        assert_eq!(half, night);
        let mut blind = Scenario::shipped("night-no-coast-radars").unwrap();
        assert!(blind.radar.azimuth_deg.is_empty());
        blind.radar = RadarSettings::default();
        assert_eq!(blind, night);
        let mut wave = Scenario::shipped("wave").unwrap();
        assert!(wave.excerpt.take().is_some());
        assert_eq!(wave, night);
    }

    #[test]
    fn a_scenario_file_overrides_defaults_and_refuses_what_it_does_not_know() {
        let s = Scenario::from_toml("seed = 9\n[waves]\nsizes = [2]\n").unwrap();
        assert_eq!((s.seed, s.waves.sizes.clone()), (9, vec![2]));
        assert_eq!(s.radar, RadarSettings::default());
        for (text, expected) in [
            ("sede = 9", "unknown field `sede`"),
            ("[radar]\nturn = 3", "unknown field `turn`"),
            (
                "base = \"night\"\n[radar]\nturn = 3",
                "unknown field `turn`",
            ),
            ("base = \"dusk\"", "unknown variant `dusk`"),
            ("start = \"now\"", "not an RFC 3339 time"),
            ("duration_s = -1", "duration_s = -1 is not between"),
            ("[waves]\noffshore_m = [9.0, 3.0]", "the lesser first"),
            ("[traffic]\nsilent_share = nan", "silent_share = NaN"),
            ("[excerpt]\nfrom_s = 4000", "excerpt.from_s = 4000 is not"),
            ("[excerpt]\nradius_m = 4000", "excerpt.lat_deg"),
        ] {
            let error = Scenario::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_over_the_night_changes_only_what_it_names() {
        let text = "base = \"night\"\nseed = 4\n[acoustic]\nrange_factor = 0.5\n";
        let mut expected = Scenario::merrow_night(4);
        expected.acoustic.range_factor = 0.5;
        assert_eq!(Scenario::from_toml(text), Ok(expected.clone()));
        assert_eq!(Scenario::from_toml(&expected.to_toml()), Ok(expected));
    }
}

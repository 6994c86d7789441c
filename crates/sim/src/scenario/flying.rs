//! What flies in a scenario.

use super::check::{Check, count, share, span, within};
use serde::{Deserialize, Serialize};

/// Unidentified fixed-wing drones that come in from the sea.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// Traffic other than the waves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Birds.
    pub birds: u32,
    /// Share of them that live anywhere on the island; the others live near the shore under the
    /// coast radars of the reference scenario, whether those stand there or not.
    pub birds_anywhere: f64,
    /// Share of the birds in flocks.
    pub flock_share: f64,
    /// Wind turbines in each park.
    pub turbines: Vec<u32>,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            airliners: 14,
            light_aircraft: 10,
            silent_share: 0.2,
            hobby_drones: 25,
            birds: 300,
            birds_anywhere: 0.0,
            flock_share: 0.15,
            turbines: vec![12],
        }
    }
}

impl Waves {
    pub(super) fn checks(&self) -> Vec<Check> {
        let mut all = vec![
            count(
                "waves.sizes",
                self.sizes.iter().map(|n| f64::from(*n)).sum(),
            ),
            within("waves.interval_s", self.interval_s, (0.0, 1e7), "0 or more"),
            within(
                "waves.speed_mps",
                self.speed_mps[0],
                (15.0, 120.0),
                "between 15 and 120 m/s",
            ),
            within(
                "waves.speed_mps",
                self.speed_mps[1],
                (0.0, 0.2 * self.speed_mps[0]),
                "at most a fifth of the mean",
            ),
            within(
                "waves.lateral_sigma_m",
                self.lateral_sigma_m,
                (0.0, 60e3),
                "between 0 and 60000 m",
            ),
            within(
                "waves.turn_rate_dps",
                self.turn_rate_dps,
                (0.5, 45.0),
                "between 0.5 and 45 degrees/s",
            ),
            within(
                "waves.rcs_m2",
                self.rcs_m2,
                (1e-5, 1e3),
                "between 0.00001 and 1000 m²",
            ),
            within(
                "waves.waypoints_max",
                self.waypoints_max.into(),
                (0.0, 50.0),
                "at most 50",
            ),
        ];
        all.extend(span(
            "waves.offshore_m",
            self.offshore_m,
            (0.0, 150e3),
            "two lengths to 150000 m, the lesser first",
        ));
        all.extend(span(
            "waves.azimuth_deg",
            self.azimuth_deg,
            (-360.0, 360.0),
            "two azimuths within ±360 degrees, the lesser first",
        ));
        all.extend(span(
            "waves.height_m",
            self.height_m,
            (10.0, 5e3),
            "two heights from 10 to 5000 m, the lesser first",
        ));
        all
    }
}

impl Traffic {
    pub(super) fn checks(&self) -> Vec<Check> {
        vec![
            count("traffic.airliners", self.airliners.into()),
            count("traffic.light_aircraft", self.light_aircraft.into()),
            count("traffic.hobby_drones", self.hobby_drones.into()),
            count("traffic.birds", self.birds.into()),
            share("traffic.silent_share", self.silent_share),
            share("traffic.flock_share", self.flock_share),
            share("traffic.birds_anywhere", self.birds_anywhere),
            count(
                "traffic.turbines",
                self.turbines.iter().map(|n| f64::from(*n)).sum(),
            ),
        ]
    }
}

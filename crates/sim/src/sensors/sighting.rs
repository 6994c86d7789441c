//! People who report what they hear, and a flood of made-up reports.
//!
//! A person who hears something may look up and point at it; the report comes
//! later, from a telephone that is some way off in direction and in place
//! (`sensing.md` section 2). Each account is a sensor of the site, at the place
//! that its telephone states.

use super::{
    Sent, SiteSensor, Station, World, azimuth_rad, json_line, rounded, whole_milliseconds,
};
use crate::chart::Chart;
use crate::island::Plan;
use crate::random::Random;
use crate::scenario::SightingSettings;
use lapwing_geo::Geodetic;
use lapwing_model::{ClaimsJson, Class, MeasurementJson, ReportJson, SensorKind};
use nalgebra::Vector3;
use std::f64::consts::TAU;

/// How often it is asked whether a person reports, s.
const PERIOD_S: f64 = 5.0;
/// Deviation of a telephone's compass, degrees.
const COMPASS_SIGMA_DEG: f64 = 10.0;
/// Scale of a pointing's Student t₃ error, degrees: least and greatest.
const POINTING_DEG: (f64, f64) = (8.0, 12.0);
/// Error of a telephone's position, each axis, m: least and greatest deviation.
const POSITION_SIGMA_M: (f64, f64) = (5.0, 30.0);
/// Elevations: bias and deviation, degrees.
const ELEVATION_BIAS_DEG: f64 = 10.0;
const ELEVATION_SIGMA_DEG: f64 = 12.0;
/// From looking to reporting: median, s, and deviation of the logarithm.
const DELAY_S: (f64, f64) = (20.0, 0.8);
/// From reporting to arriving, s.
const NETWORK_S: (f64, f64) = (0.5, 2.0);
/// What people can say it was, and how often they are right; the rest spreads over the others.
const CATEGORIES: [Class; 4] = [
    Class::FixedWingDrone,
    Class::Multirotor,
    Class::LightAircraft,
    Class::Airliner,
];
const RIGHT: f64 = 0.7;
/// How far about its target the accounts of the flood claim to stand, m, and how well they agree, degrees.
const FLOOD_SPREAD_M: f64 = 2_500.0;
const FLOOD_SIGMA_DEG: f64 = 4.0;
/// The thing that the flood makes up: speed, m/s, and height, m.
const FLOOD_SPEED_MPS: f64 = 50.0;
const FLOOD_HEIGHT_M: f64 = 200.0;

/// Where a person is.
#[derive(Clone, Debug)]
pub(crate) struct Stand {
    pub(crate) number: usize,
    pub(crate) at: Plan,
}

struct Person {
    id: String,
    station: Station,
    stated: Geodetic,
    compass_deg: f64,
    pointing_deg: f64,
    phase_s: f64,
    random: Random,
}

struct Account {
    id: String,
    station: Station,
}

/// A line that someone will send.
struct Planned {
    at_s: f64,
    account: usize,
    azimuth_deg: f64,
    elevation_deg: f64,
    network_s: f64,
}

pub(crate) struct Sightings {
    people: Vec<Person>,
    settings: SightingSettings,
    feed: usize,
    accounts: Vec<Account>,
    /// In order of time.
    flood: Vec<Planned>,
}

/// What the flood makes up: over which town, and when it begins, s since the scene's start.
pub(crate) struct Flood {
    pub(crate) town: Plan,
    pub(crate) from_s: f64,
    /// Number of the first account, after the people's.
    pub(crate) first: usize,
}

impl Sightings {
    pub(crate) fn new(
        seed: u64,
        chart: &Chart,
        stands: Vec<Stand>,
        feed: usize,
        settings: &SightingSettings,
        flood: Option<&Flood>,
    ) -> Self {
        let people = stands
            .into_iter()
            .map(|stand| {
                let mut random = Random::stream(seed, "person", stand.number as u64);
                let sigma_m = random.uniform(POSITION_SIGMA_M.0, POSITION_SIGMA_M.1);
                let stated = (
                    stand.at.0 + random.normal(0.0, sigma_m),
                    stand.at.1 + random.normal(0.0, sigma_m),
                );
                Person {
                    id: name(stand.number),
                    station: Station::new(chart, stand.at, 2.0),
                    stated: Station::new(chart, stated, 2.0).position,
                    compass_deg: random.normal(0.0, COMPASS_SIGMA_DEG),
                    pointing_deg: random.uniform(POINTING_DEG.0, POINTING_DEG.1),
                    phase_s: random.uniform(0.0, PERIOD_S),
                    random,
                }
            })
            .collect();
        let (accounts, flood) =
            flood.map_or_else(Default::default, |f| plan_flood(seed, chart, settings, f));
        Self {
            people,
            settings: settings.clone(),
            feed,
            accounts,
            flood,
        }
    }

    pub(crate) fn site(&self) -> Vec<SiteSensor> {
        let people = self.people.iter().map(|p| (&p.id, p.stated));
        let accounts = self.accounts.iter().map(|a| (&a.id, a.station.position));
        people
            .chain(accounts)
            .map(|(id, position)| SiteSensor {
                id: id.clone(),
                kind: SensorKind::Sighting,
                position,
                keys: vec![
                    // compass, and a Student t₃ whose deviation is √3 of its scale
                    ("azimuth_sigma_deg", 20.0),
                    ("elevation_sigma_deg", 15.0),
                    ("range_max_m", 4_000.0),
                ],
                sac_sic: None,
            })
            .collect()
    }

    /// Names of the accounts of the flood.
    pub(crate) fn flood_accounts(&self) -> impl Iterator<Item = &str> {
        self.accounts.iter().map(|a| a.id.as_str())
    }

    /// Each person's name, stated position and compass error, degrees.
    pub(crate) fn people(&self) -> impl Iterator<Item = (&str, Geodetic, f64)> {
        self.people
            .iter()
            .map(|p| (p.id.as_str(), p.stated, p.compass_deg))
    }

    /// One second of the people's lives, from `t_s`.
    pub(crate) fn second(&mut self, world: &World<'_>, t_s: f64, out: &mut Vec<Sent>) {
        let chance = self.settings.per_minute / 60.0 * PERIOD_S;
        for person in &mut self.people {
            let since = (t_s - person.phase_s).rem_euclid(PERIOD_S);
            let at_s = t_s + (PERIOD_S - since).rem_euclid(PERIOD_S);
            if at_s >= t_s + 1.0 {
                continue;
            }
            for loud in world.loud {
                let distance_m = person.station.distance_m(loud.at);
                if distance_m < self.settings.hearing * loud.half_m && person.random.chance(chance)
                {
                    out.extend(person.report(world, loud.index, at_s, self.feed));
                }
            }
        }
        let first = self.flood.partition_point(|line| line.at_s < t_s);
        let count = self.flood[first..].partition_point(|line| line.at_s < t_s + 1.0);
        for planned in &self.flood[first..first + count] {
            let id = &self.accounts[planned.account].id;
            let aim = (planned.azimuth_deg, planned.elevation_deg);
            let bytes = line(world, id, planned.at_s, aim, Class::FixedWingDrone);
            out.extend(bytes.map(|bytes| Sent {
                time: world.time(planned.at_s + planned.network_s),
                feed: self.feed,
                bytes,
            }));
        }
    }
}

impl Person {
    /// They look up at `at_s`, and report it some time later as if it were then.
    fn report(&mut self, world: &World<'_>, index: usize, at_s: f64, feed: usize) -> Option<Sent> {
        let view = self.station.view(world.point(index, at_s));
        let random = &mut self.random;
        let azimuth_deg = azimuth_rad(view).to_degrees()
            + self.compass_deg
            + self.pointing_deg * random.student_t3();
        let elevation_deg = (view.z / view.norm()).asin().to_degrees()
            + ELEVATION_BIAS_DEG
            + random.normal(0.0, ELEVATION_SIGMA_DEG);
        let truly = world.targets[index].class;
        let category = if random.chance(RIGHT) || !CATEGORIES.contains(&truly) {
            truly
        } else {
            let others: Vec<Class> = CATEGORIES.into_iter().filter(|c| *c != truly).collect();
            others[random.index(others.len())]
        };
        let delay_s = random.log_normal(DELAY_S.0, DELAY_S.1);
        let network_s = random.uniform(NETWORK_S.0, NETWORK_S.1);
        let said_s = at_s + delay_s;
        line(
            world,
            &self.id,
            said_s,
            (azimuth_deg, elevation_deg),
            category,
        )
        .map(|bytes| Sent {
            time: world.time(said_s + network_s),
            feed,
            bytes,
        })
    }
}

/// A line of a person: the direction, and what the category says for each class.
fn line(
    world: &World<'_>,
    id: &str,
    said_s: f64,
    (azimuth_deg, elevation_deg): (f64, f64),
    category: Class,
) -> Option<Vec<u8>> {
    let wrong = (1.0 - RIGHT) / (CATEGORIES.len() - 1) as f64;
    let even = 1.0 / CATEGORIES.len() as f64;
    json_line(&ReportJson {
        sensor: id.to_owned(),
        time: whole_milliseconds(world.time(said_s)),
        measurement: MeasurementJson::Bearing {
            azimuth_deg: rounded(azimuth_deg.rem_euclid(360.0), 0),
            azimuth_sigma_deg: None,
            elevation_deg: Some(rounded(elevation_deg.clamp(0.0, 90.0), 0)),
            elevation_sigma_deg: None,
        },
        claims: ClaimsJson::default(),
        rcs_dbsm: None,
        class_log_likelihoods: CATEGORIES
            .into_iter()
            .map(|class| {
                let chance = if class == category { RIGHT } else { wrong };
                (class, rounded((chance / even).ln(), 3))
            })
            .collect(),
    })
}

/// Accounts that agree on a thing that does not exist, on its way over a town.
fn plan_flood(
    seed: u64,
    chart: &Chart,
    settings: &SightingSettings,
    flood: &Flood,
) -> (Vec<Account>, Vec<Planned>) {
    let mut random = Random::stream(seed, "flood", 0);
    let accounts: Vec<Account> = (0..settings.flood_accounts as usize)
        .map(|i| {
            let at = (
                flood.town.0 + random.normal(0.0, FLOOD_SPREAD_M),
                flood.town.1 + random.normal(0.0, FLOOD_SPREAD_M),
            );
            Account {
                id: name(flood.first + i),
                station: Station::new(chart, at, 2.0),
            }
        })
        .collect();
    let heading = random.uniform(0.0, TAU);
    let middle_s = flood.from_s + 0.5 * settings.flood_s;
    let thing = |t_s: f64| -> Vector3<f64> {
        let along_m = FLOOD_SPEED_MPS * (t_s - middle_s);
        chart.point(
            flood.town.0 + along_m * heading.sin(),
            flood.town.1 + along_m * heading.cos(),
            FLOOD_HEIGHT_M,
        )
    };
    let mut planned: Vec<Planned> = (0..settings.flood_reports as usize)
        .map(|i| {
            let at_s = flood.from_s + random.uniform(0.0, settings.flood_s);
            // every account takes part
            let account = i % accounts.len();
            let view = accounts[account].station.view(thing(at_s));
            Planned {
                at_s,
                account,
                azimuth_deg: azimuth_rad(view).to_degrees() + random.normal(0.0, FLOOD_SIGMA_DEG),
                elevation_deg: (view.z / view.norm()).asin().to_degrees(),
                network_s: random.uniform(NETWORK_S.0, NETWORK_S.1),
            }
        })
        .collect();
    planned.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    (accounts, planned)
}

fn name(number: usize) -> String {
    format!("person-{:04}", number + 1)
}

#[cfg(test)]
mod tests {
    use super::super::rig::{
        Rig, assert_count, assert_normal, assert_share, median, target, wrapped_deg,
    };
    use super::*;
    use std::collections::BTreeMap;

    fn people(rig: &Rig, count: usize, per_minute: f64) -> Sightings {
        let settings = SightingSettings {
            per_minute,
            ..SightingSettings::default()
        };
        let stands = (0..count)
            .map(|number| Stand {
                number,
                at: (0.0, 0.0),
            })
            .collect();
        Sightings::new(6, &rig.chart, stands, 0, &settings, None)
    }

    /// 45° up in the north-east, within hearing of everyone.
    fn overhead(class: Class) -> Rig {
        Rig::new(vec![target(class, (500.0, 500.0, 707.1), 0.0)])
    }

    #[test]
    fn they_report_at_their_rate_if_they_hear_it() {
        let rig = overhead(Class::FixedWingDrone);
        let mut all = people(&rig, 500, 0.02);
        let said = rig.run((0, 3_000), |world, t, out| all.second(world, t, out));
        assert_count(said.len(), 0.02 * 50.0 * 500.0);
        // half as far as an array hears: 1750 m for a piston engine
        for (north_m, heard) in [(1_700.0, true), (1_800.0, false)] {
            let rig = Rig::new(vec![target(
                Class::FixedWingDrone,
                (0.0, north_m, 10.0),
                0.0,
            )]);
            let mut all = people(&rig, 500, 1.0);
            let said = rig.run((0, 60), |world, t, out| all.second(world, t, out));
            assert_eq!(!said.is_empty(), heard, "{north_m}");
        }
    }

    #[test]
    fn they_err_as_telephones_and_people_do() {
        let rig = overhead(Class::FixedWingDrone);
        let mut all = people(&rig, 2_000, 12.0);
        let compass: BTreeMap<String, f64> = all
            .people()
            .map(|(id, _, compass_deg)| (id.to_owned(), compass_deg))
            .collect();
        let compasses: Vec<f64> = compass.values().copied().collect();
        assert_normal(&compasses, 0.0, 10.0);
        let said = rig.run((0, 10), |world, t, out| all.second(world, t, out));
        assert_eq!(said.len(), 4_000);
        let mut offs = Vec::new();
        let mut elevations = Vec::new();
        for line in &said {
            let (azimuth_deg, elevation_deg) = line.bearing().unwrap();
            offs.push(wrapped_deg(
                azimuth_deg - 45.0 - compass[&line.report.sensor],
            ));
            elevations.push(elevation_deg.unwrap());
        }
        // half of a Student t₃ lies within 0.765 scales, nine in ten within 2.353; scales of 8 to 12°
        let within = |deg: f64| offs.iter().filter(|o| o.abs() < deg).count();
        assert_share(within(7.65), offs.len(), 0.5);
        assert_share(within(23.53), offs.len(), 0.897);
        assert_normal(&elevations, 55.0, 12.0);
    }

    #[test]
    fn reports_come_after_a_log_normal_delay() {
        let rig = Rig::new(vec![target(Class::FixedWingDrone, (0.0, 500.0, 50.0), 0.0)]);
        let mut all = people(&rig, 3_000, 12.0);
        let said = rig.run((0, 5), |world, t, out| all.second(world, t, out));
        // everyone is asked once in these five seconds, evenly over them
        let delays: Vec<f64> = said.iter().map(|line| line.time_s() - 2.5).collect();
        let middle = median(delays.clone());
        assert!((middle - 20.0).abs() < 1.8, "{middle}");
        let late = delays
            .iter()
            .filter(|d| **d > 20.0 * (0.8_f64 * 1.2816).exp())
            .count();
        assert_share(late, delays.len(), 0.1);
        for line in &said {
            assert!((0.49..2.01).contains(&(line.arrives_s - line.time_s())));
        }
    }

    #[test]
    fn seven_in_ten_say_rightly_what_it_is() {
        let rig = overhead(Class::LightAircraft);
        let mut all = people(&rig, 2_000, 12.0);
        let said = rig.run((0, 40), |world, t, out| all.second(world, t, out));
        let right = said
            .iter()
            .filter(|line| line.report.class_log_likelihoods[&Class::LightAircraft] > 0.0)
            .count();
        assert_share(right, said.len(), 0.7);
    }

    #[test]
    fn telephones_are_five_to_thirty_metres_off() {
        let rig = Rig::new(Vec::new());
        let all = people(&rig, 4_000, 0.02);
        let frame = rig.chart.frame();
        let east: Vec<f64> = all.people().map(|(_, at, _)| frame.to_enu(at).x).collect();
        // the deviation of a normal whose own is even in 5 to 30: √((30³ − 5³)/75)
        let expected = ((27_000.0_f64 - 125.0) / 75.0).sqrt();
        let (mean, deviation) = super::super::rig::mean_and_deviation(&east);
        assert!(mean.abs() < 4.5 * expected / 4_000.0_f64.sqrt(), "{mean}");
        assert!((deviation / expected - 1.0).abs() < 0.07, "{deviation}");
    }
}

//! Where sensors and turbines stand: drawn once, before the scene begins, on
//! what the island is, never on what flies over it.

use crate::chart::Chart;
use crate::island::{Island, Plan};
use crate::random::Random;
use crate::scenario::Scenario;
use crate::sensors::{Radar, Stand, Station};
use crate::traffic::HOBBY_TOWN_SPREAD_M;
use std::f64::consts::TAU;

/// Height of a coast radar's antenna above the ellipsoid, m.
const RADAR_HEIGHT_M: f64 = 110.0;
/// How far inside the coast it stands, m.
const INSHORE_M: f64 = 600.0;
/// Height of a local radar's antenna above the ellipsoid, m.
const LOCAL_RADAR_HEIGHT_M: f64 = 40.0;
/// Of a direction finder's mast.
const FINDER_HEIGHT_M: f64 = 35.0;
/// Of arrays and of microphones.
const ARRAY_HEIGHT_M: f64 = 25.0;
const MICROPHONE_HEIGHT_M: f64 = 10.0;
/// Of a Remote ID receiver.
const RECEIVER_HEIGHT_M: f64 = 30.0;
/// Of a turbine's hub.
const HUB_M: f64 = 100.0;
/// Places that local radars stand by, in the order in which they get one.
const LOCAL_RADAR_PLACES: [&str; 6] = [
    "airport",
    "port",
    "refinery",
    "power-station",
    "hospital",
    "ferry-lane",
];
/// Deviation of people's homes from the middle of their town, m.
const TOWN_SPREAD_M: f64 = 1_300.0;
/// Share of the microphones that stand in towns.
const MICROPHONES_IN_TOWNS: f64 = 0.5;

/// A piece of the island: its middle and radius, m.
pub(crate) type Disc = (Plan, f64);

/// Draws where things stand.
pub(crate) struct Layout<'s> {
    pub(crate) scenario: &'s Scenario,
    pub(crate) island: &'s Island,
    pub(crate) chart: &'s Chart,
    /// Outside it no sensor exists.
    pub(crate) piece: Option<Disc>,
}

pub(crate) fn inside(piece: Option<Disc>, at: Plan) -> bool {
    piece.is_none_or(|(middle, radius_m)| (at.0 - middle.0).hypot(at.1 - middle.1) <= radius_m)
}

impl Layout<'_> {
    fn stream(&self, purpose: &str, index: usize) -> Random {
        Random::stream(self.scenario.seed, purpose, index as u64)
    }

    /// Those inside the piece; each keeps its number.
    fn stations(&self, plans: Vec<Plan>, height_m: f64) -> Vec<(usize, Station)> {
        plans
            .into_iter()
            .enumerate()
            .filter(|(_, at)| inside(self.piece, *at))
            .map(|(i, at)| (i, Station::new(self.chart, at, height_m)))
            .collect()
    }

    /// On the coast, at the azimuths that the scenario names.
    pub(crate) fn coast_radars(&self) -> Vec<(usize, Station)> {
        let plans = self.scenario.radar.azimuth_deg.iter();
        let plans = plans.map(|azimuth_deg| coast_point(self.island, *azimuth_deg));
        self.stations(plans.collect(), RADAR_HEIGHT_M)
    }

    /// A little beside the places that matter most.
    pub(crate) fn local_radars(&self) -> Vec<(usize, Station)> {
        let plans = LOCAL_RADAR_PLACES
            .iter()
            .take(self.scenario.local_radar.count as usize)
            .enumerate()
            .map(|(i, place)| {
                let (east, north) = self.island.centre_of(place).unwrap_or((0.0, 0.0));
                let azimuth = self.stream("local-radar-site", i).uniform(0.0, TAU);
                (
                    east + 1_000.0 * azimuth.sin(),
                    north + 1_000.0 * azimuth.cos(),
                )
            });
        self.stations(plans.collect(), LOCAL_RADAR_HEIGHT_M)
    }

    /// Half of them about the town where most hobby drones fly, so that bearings cross, the rest at the next towns.
    pub(crate) fn direction_finders(&self) -> Vec<(usize, Station)> {
        let towns: Vec<Plan> = self.island.towns().map(|t| t.centre).collect();
        let count = self.scenario.direction_finder.count as usize;
        let about = count.div_ceil(2);
        let plans = (0..count).map(|i| {
            let mut random = self.stream("direction-finder-site", i);
            if i < about {
                let azimuth = TAU * (i as f64 + 0.3 * random.unit()) / about as f64;
                (
                    towns[0].0 + 2_500.0 * azimuth.sin(),
                    towns[0].1 + 2_500.0 * azimuth.cos(),
                )
            } else {
                let town = towns[(i - about + 1) % towns.len()];
                (
                    town.0 + random.normal(0.0, 500.0),
                    town.1 + random.normal(0.0, 500.0),
                )
            }
        });
        self.stations(plans.collect(), FINDER_HEIGHT_M)
    }

    /// Half of them about the town where most hobby drones fly, the rest over the other towns.
    pub(crate) fn remote_id_receivers(&self) -> Vec<(usize, Station)> {
        let towns: Vec<Plan> = self.island.towns().map(|t| t.centre).collect();
        let count = self.scenario.remote_id.receivers as usize;
        let plans = (0..count).map(|i| {
            let mut random = self.stream("rid-site", i);
            let town = if i < count.div_ceil(2) {
                0
            } else {
                (i - count.div_ceil(2) + 1) % towns.len()
            };
            // the mast in the middle, the others about it
            let spread_m = if i % 8 == 0 {
                200.0
            } else {
                1.2 * HOBBY_TOWN_SPREAD_M
            };
            (
                towns[town].0 + random.normal(0.0, spread_m),
                towns[town].1 + random.normal(0.0, spread_m),
            )
        });
        self.stations(plans.collect(), RECEIVER_HEIGHT_M)
    }

    /// Half of them in towns, by their people, the rest anywhere on land.
    pub(crate) fn microphones(&self) -> Vec<(usize, Station)> {
        let count = self.scenario.microphone.count as usize;
        let in_towns = (count as f64 * MICROPHONES_IN_TOWNS) as usize;
        let plans = (0..count).map(|i| {
            let mut random = self.stream("microphone-site", i);
            // as good as always the first few draws lie on land
            for _ in 0..100 {
                let at = if i < in_towns {
                    self.home(&mut random)
                } else {
                    let r = random.unit().sqrt();
                    let (sin, cos) = random.uniform(0.0, TAU).sin_cos();
                    (60e3 * r * sin, 40e3 * r * cos)
                };
                if self.island.on_land(at) {
                    return at;
                }
            }
            (0.0, 0.0)
        });
        self.stations(plans.collect(), MICROPHONE_HEIGHT_M)
    }

    /// Where someone lives: a town by its people, then a place in it.
    fn home(&self, random: &mut Random) -> Plan {
        let all: f64 = self.island.towns().map(|t| t.population).sum();
        let mut left = random.uniform(0.0, all);
        let town = self.island.towns().find(|town| {
            left -= town.population;
            left <= 0.0
        });
        let (east, north) = town.map_or((0.0, 0.0), |t| t.centre);
        (
            east + random.normal(0.0, TOWN_SPREAD_M),
            north + random.normal(0.0, TOWN_SPREAD_M),
        )
    }

    /// Those of the people who are awake.
    pub(crate) fn people(&self) -> Vec<Stand> {
        let settings = &self.scenario.sighting;
        let awake = (f64::from(settings.people) * settings.awake_share).round() as usize;
        (0..awake)
            .map(|number| Stand {
                number,
                at: self.home(&mut self.stream("home", number)),
            })
            .filter(|stand| inside(self.piece, stand.at))
            .collect()
    }

    /// A town of the larger ones, over which the flood makes something up.
    pub(crate) fn flooded_town(&self) -> Plan {
        let towns: Vec<Plan> = self.island.towns().map(|t| t.centre).collect();
        let mut random = self.stream("flood-town", 0);
        towns[random.index(towns.len().min(20))]
    }

    /// Arrays on grids with a jitter of 300 m: 2.5 km in the coastal band of 10 km, 5 km inland.
    pub(crate) fn arrays(&self) -> Vec<(usize, Station)> {
        let settings = &self.scenario.acoustic;
        let mut random = self.stream("array-site", 0);
        let mut grid = |step_m: f64, coastal: bool| {
            let n = (62e3 / step_m) as i32;
            let mut all = Vec::new();
            for i in -n..=n {
                for j in -n..=n {
                    let at = (
                        f64::from(i) * step_m + random.normal(0.0, 300.0),
                        f64::from(j) * step_m + random.normal(0.0, 300.0),
                    );
                    if !self.island.on_land(at) {
                        continue;
                    }
                    let shore_m = self.island.shore_distance_m(at);
                    let azimuth_deg = at.0.atan2(at.1).to_degrees();
                    let [from, to] = settings.coastal_azimuth_deg;
                    let in_band = shore_m < 10e3 && (from..=to).contains(&azimuth_deg);
                    let wanted = if coastal { in_band } else { shore_m >= 10e3 };
                    if wanted {
                        all.push((shore_m, at));
                    }
                }
            }
            all
        };
        // a coast with fewer points than wanted takes a slightly closer grid
        let mut fitted = |mut step_m: f64, coastal: bool, wanted: u32| {
            let mut all = grid(step_m, coastal);
            while all.len() < wanted as usize && step_m > 500.0 {
                step_m *= 0.98;
                all = grid(step_m, coastal);
            }
            // those nearest to the shore hear most of the sea
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            all.truncate(wanted as usize);
            all
        };
        let coastal = fitted(2_500.0, true, settings.coastal);
        let inland = fitted(5_000.0, false, settings.inland);
        let plans = coastal.into_iter().chain(inland).map(|(_, at)| at);
        self.stations(plans.collect(), ARRAY_HEIGHT_M)
    }

    /// Parks of turbines: the first off the north coast, the second inland.
    pub(crate) fn add_turbines(&self, radars: &mut [Radar]) {
        for (park, count) in self.scenario.traffic.turbines.iter().enumerate() {
            let mut random = self.stream("turbines", park);
            let azimuth = random.uniform(-20.0, 60.0).to_radians();
            let coast_m = self.island.coast_range_m(azimuth);
            let r = if park % 2 == 0 {
                coast_m + 6_000.0
            } else {
                0.6 * coast_m
            };
            let (sin, cos) = azimuth.sin_cos();
            let columns = f64::from(*count).sqrt().ceil() as u32;
            for i in 0..*count {
                let (column, row) = (f64::from(i % columns), f64::from(i / columns));
                let (x, y) = (
                    600.0 * (column - f64::from(columns) / 2.0) + random.normal(0.0, 40.0),
                    600.0 * row + random.normal(0.0, 40.0),
                );
                let at = (r * sin + x * cos + y * sin, r * cos - x * sin + y * cos);
                let rcs_m2 = random.log_normal(30.0, 1.0);
                if inside(self.piece, at) {
                    let point = self.chart.point(at.0, at.1, HUB_M);
                    for radar in &mut *radars {
                        radar.add_turbine(point, HUB_M, rcs_m2);
                    }
                }
            }
        }
    }
}

/// Where a radar stands on the coast at an azimuth from the island's centre.
pub(crate) fn coast_point(island: &Island, azimuth_deg: f64) -> Plan {
    let (sin, cos) = azimuth_deg.to_radians().sin_cos();
    let r = island.coast_range_m(azimuth_deg.to_radians()) - INSHORE_M;
    (r * sin, r * cos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::island::{CENTRE_DEG, MERROW_GEOJSON};

    fn with<T>(seed: u64, look: impl FnOnce(&Layout<'_>) -> T) -> T {
        let chart = Chart::new(CENTRE_DEG.0, CENTRE_DEG.1);
        let island = Island::read(MERROW_GEOJSON, &chart).unwrap();
        look(&Layout {
            scenario: &Scenario::merrow_night(seed),
            island: &island,
            chart: &chart,
            piece: None,
        })
    }

    #[test]
    fn arrays_stand_on_land_in_the_band_and_inland() {
        with(1, |layout| {
            let arrays = layout.arrays();
            assert_eq!(arrays.len(), 640);
            let plan = |s: &Station| layout.chart.plan(s.position.lat_deg, s.position.lon_deg);
            for (i, station) in &arrays {
                let at = plan(station);
                assert!(layout.island.on_land(at));
                let shore_m = layout.island.shore_distance_m(at);
                assert_eq!(shore_m < 10.05e3, *i < 452, "{i}: {shore_m}");
            }
            // a neighbour at about a step of the grid, less its jitter
            for (coastal, step_m) in [(true, 2_500.0), (false, 5_000.0)] {
                let plans: Vec<Plan> = arrays
                    .iter()
                    .filter(|(i, _)| (*i < 452) == coastal)
                    .map(|(_, s)| plan(s))
                    .collect();
                let mut nearest: Vec<f64> = plans
                    .iter()
                    .map(|a| {
                        plans
                            .iter()
                            .map(|b| (a.0 - b.0).hypot(a.1 - b.1))
                            .filter(|d| *d > 0.0)
                            .fold(f64::MAX, f64::min)
                    })
                    .collect();
                nearest.sort_by(f64::total_cmp);
                let middle = nearest[nearest.len() / 2];
                eprintln!("coastal {coastal}: half have a neighbour within {middle:.0} m");
                assert!((0.6 * step_m..1.1 * step_m).contains(&middle), "{middle}");
            }
        });
    }

    #[test]
    fn people_and_half_the_microphones_live_where_people_live() {
        with(2, |layout| {
            let people = layout.people();
            assert_eq!(people.len(), 1_800);
            let all: f64 = layout.island.towns().map(|t| t.population).sum();
            let first = layout.island.towns().next().unwrap();
            let near = |at: Plan| (at.0 - first.centre.0).hypot(at.1 - first.centre.1) < 3_000.0;
            let here = people.iter().filter(|p| near(p.at)).count();
            // 93 % of those of the largest town live within its disc; no other town is as near
            let expected = 1_800.0 * first.population / all * 0.93;
            let off = (here as f64 - expected).abs();
            assert!(off < 4.5 * expected.sqrt(), "{here} {expected}");
            assert_eq!(layout.microphones().len(), 1_500);
            assert_eq!(layout.direction_finders().len(), 6);
            assert_eq!(layout.local_radars().len(), 4);
            assert_eq!(layout.remote_id_receivers().len(), 80);
        });
    }
}

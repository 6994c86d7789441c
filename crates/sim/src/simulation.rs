//! The scene in motion: second by second every sensor says what it would, and
//! what was said leaves in order of time.

use crate::chart::Chart;
use crate::island::{CENTRE_DEG, Island, MERROW_GEOJSON, Plan};
use crate::random::Random;
use crate::scenario::{Scenario, ScenarioError};
use crate::sensors::{
    Acoustic, AdsbReceiver, Radar, RadarBias, RemoteIdNet, Sent, Station, Weather, World,
};
use crate::site::{self, SiteFeed};
use crate::traffic::{self, HOBBY_TOWN_SPREAD_M, Phantom, Scene, Target};
use crate::truth::{self, TruthLine};
use lapwing_geo::Geodetic;
use lapwing_model::{Class, Timestamp};
use nalgebra::Vector3;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Height of a radar's antenna above the ellipsoid, m.
const RADAR_HEIGHT_M: f64 = 110.0;
/// The same of the mast of the ADS-B receiver.
const ADSB_HEIGHT_M: f64 = 60.0;
/// Of a turbine's hub.
const HUB_M: f64 = 100.0;

/// Bytes that leave a sensor: one datagram (ASTERIX), one chunk (Beast) or one line (`Report` JSON).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emission {
    /// When they arrive.
    pub time: Timestamp,
    /// On which feed of [`Simulation::site`].
    pub feed: String,
    /// What arrives.
    pub bytes: Vec<u8>,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Bytes arrive.
    Emission(Emission),
    /// A second begins: where everything truly is (see [`crate::TruthSettings`]).
    Truth(Vec<TruthLine>),
}

/// How many there are of what in a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Radars, acoustic arrays, Remote ID receivers.
    pub sensors: (usize, usize, usize),
    /// Targets of each class, in the order of [`Class::ALL`]; each flight of a hobby drone counts.
    pub targets: [usize; 6],
    /// False Remote IDs.
    pub phantoms: usize,
    /// Places.
    pub places: usize,
}

/// A running scenario. As an iterator it gives the emissions alone.
pub struct Simulation {
    scenario: Scenario,
    chart: Chart,
    island: Island,
    targets: Vec<Target>,
    phantoms: Vec<Phantom>,
    radars: Vec<Radar>,
    adsb: AdsbReceiver,
    remote_id: RemoteIdNet,
    acoustic: Acoustic,
    weather: Weather,
    feeds: Vec<SiteFeed>,
    /// Targets by their first moment, latest first: they are taken from the end.
    coming: Vec<usize>,
    flying: Vec<usize>,
    second: u64,
    queue: BinaryHeap<Reverse<(Timestamp, u64)>>,
    waiting: std::collections::BTreeMap<u64, Sent>,
    sequence: u64,
    truth_due: bool,
}

impl Simulation {
    /// Draws the scene.
    ///
    /// # Errors
    /// A value outside its range.
    pub fn new(scenario: &Scenario) -> Result<Self, ScenarioError> {
        scenario.check()?;
        let scenario = scenario.clone();
        let seed = scenario.seed;
        let chart = Chart::new(CENTRE_DEG.0, CENTRE_DEG.1);
        let island = Island::read(MERROW_GEOJSON, &chart).map_err(ScenarioError::Island)?;

        let radar_plans: Vec<Plan> = scenario
            .radar
            .azimuth_deg
            .iter()
            .map(|azimuth_deg| {
                let (sin, cos) = azimuth_deg.to_radians().sin_cos();
                let r = island.coast_range_m(azimuth_deg.to_radians()) - 600.0;
                (r * sin, r * cos)
            })
            .collect();
        let mut feeds = Vec::new();
        let mut feed = |id: String, kind: &'static str, sensor: Option<String>| {
            feeds.push(SiteFeed { id, kind, sensor });
            feeds.len() - 1
        };
        let at_clock = |from_h: f64, to_h: f64| {
            // hours after the midnight that follows the start
            let midnight = scenario.start.midnight().plus_seconds(86_400.0);
            let s = |h: f64| {
                midnight
                    .plus_seconds(h * 3_600.0)
                    .seconds_since(scenario.start)
            };
            scenario.outages.then(|| (s(from_h), s(to_h)))
        };
        let mut radars = Vec::new();
        for (i, plan) in radar_plans.iter().enumerate() {
            let id = format!("radar-{}", i + 1);
            let feed = feed(id.clone(), "asterix", Some(id));
            let station = Station::new(&chart, *plan, RADAR_HEIGHT_M);
            let outage_s = if i == 1 { at_clock(1.5, 2.0) } else { None };
            radars.push(Radar::new(
                seed,
                i,
                station,
                feed,
                &scenario.radar,
                outage_s,
            ));
        }
        add_turbines(&scenario, &island, &chart, &mut radars);

        let airport = island.centre_of("airport").unwrap_or((0.0, 0.0));
        let adsb_feed = feed("adsb".into(), "beast", Some("adsb-1".into()));
        let adsb = AdsbReceiver::new(
            seed,
            Station::new(&chart, airport, ADSB_HEIGHT_M),
            adsb_feed,
        );
        let remote_id = RemoteIdNet::new(
            seed,
            remote_id_stations(&scenario, &island, &chart),
            scenario.remote_id.lost_share,
            feed("remote-id".into(), "json", None),
        );
        let acoustic = Acoustic::new(
            seed,
            array_stations(&scenario, &island, &chart),
            feed("acoustic".into(), "json", None),
            &scenario.acoustic,
            at_clock(2.0, 3.0),
        );

        let (targets, phantoms) = traffic::draw(&Scene {
            scenario: &scenario,
            island: &island,
            radars: &radar_plans,
        });
        let mut coming: Vec<usize> = (0..targets.len()).collect();
        coming.sort_by(|a, b| {
            let begin = |i: &usize| targets[*i].path.begin_s();
            begin(b).total_cmp(&begin(a)).then(b.cmp(a))
        });
        Ok(Self {
            weather: Weather::new(seed),
            scenario,
            chart,
            island,
            targets,
            phantoms,
            radars,
            adsb,
            remote_id,
            acoustic,
            feeds,
            coming,
            flying: Vec::new(),
            second: 0,
            queue: BinaryHeap::new(),
            waiting: std::collections::BTreeMap::new(),
            sequence: 0,
            truth_due: true,
        })
    }

    /// The site file that belongs to the scenario: its sensors with the errors
    /// their owners know of, its feeds and its places.
    ///
    /// The feeds' address is `internal`: the program that runs the scene hands the emissions over itself.
    #[must_use]
    pub fn site(&self) -> String {
        self.site_text(|_| "internal".to_owned())
    }

    /// The same site with its feeds received from sockets: one port a feed, from `first_port`
    /// on, in the order in which the file names them.
    #[must_use]
    pub fn site_on(&self, host: &str, first_port: u16) -> String {
        self.site_text(|i| format!("{host}:{}", usize::from(first_port) + i))
    }

    fn site_text(&self, address: impl Fn(usize) -> String) -> String {
        let mut sensors: Vec<_> = self.radars.iter().map(Radar::site).collect();
        sensors.push(self.adsb.site());
        sensors.extend(self.remote_id.site());
        sensors.extend(self.acoustic.site());
        site::text(
            &self.scenario.name,
            self.scenario.exercise,
            &sensors,
            &self.feeds,
            address,
            &self.island,
        )
    }

    /// What happens next, truth included; `None` when the scene is over.
    pub fn next_event(&mut self) -> Option<Event> {
        self.advance(true)
    }

    fn advance(&mut self, with_truth: bool) -> Option<Event> {
        loop {
            let now = self.time(self.second as f64);
            if let Some(emission) = self.due(now) {
                return Some(Event::Emission(emission));
            }
            if self.second as f64 >= self.scenario.duration_s {
                // what is still on its way arrives
                return self.due(Timestamp(i64::MAX)).map(Event::Emission);
            }
            if self.truth_due && with_truth {
                self.truth_due = false;
                return Some(Event::Truth(self.lines_at(now, self.scenario.truth.birds)));
            }
            self.step();
        }
    }

    /// Where everything truly is at a time, birds included.
    #[must_use]
    pub fn truth_at(&self, time: Timestamp) -> Vec<TruthLine> {
        self.lines_at(time, true)
    }

    /// The scene's first moment.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.scenario.start
    }

    /// Its last.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.time(self.scenario.duration_s)
    }

    /// Each radar with its position and the constant errors that the site is not told.
    pub fn radar_biases(&self) -> impl Iterator<Item = (&str, Geodetic, RadarBias)> {
        self.radars
            .iter()
            .map(|r| (r.id.as_str(), r.station.position, r.bias))
    }

    /// How many there are of what.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut targets = [0; 6];
        for target in &self.targets {
            targets[target.class as usize] += 1;
        }
        Counts {
            sensors: (
                self.radars.len(),
                self.acoustic.site().len(),
                self.remote_id.site().len(),
            ),
            targets,
            phantoms: self.phantoms.len(),
            places: self.island.places.len(),
        }
    }

    fn time(&self, t_s: f64) -> Timestamp {
        self.scenario.start.plus_seconds(t_s)
    }

    fn lines_at(&self, time: Timestamp, birds: bool) -> Vec<TruthLine> {
        let t_s = time.seconds_since(self.scenario.start);
        self.targets
            .iter()
            .filter(|target| target.path.alive(t_s) && (birds || target.class != Class::Bird))
            .map(|target| truth::line(&self.chart, target, time, t_s))
            .collect()
    }

    /// The earliest emission waiting, if it leaves by `until`.
    fn due(&mut self, until: Timestamp) -> Option<Emission> {
        let Reverse((time, _)) = self.queue.peek()?;
        if *time > until {
            return None;
        }
        let Reverse((time, sequence)) = self.queue.pop()?;
        let sent = self.waiting.remove(&sequence)?;
        Some(Emission {
            time,
            feed: self.feeds[sent.feed].id.clone(),
            bytes: sent.bytes,
        })
    }

    /// One second of every sensor.
    fn step(&mut self) {
        let t_s = self.second as f64;
        while let Some(&index) = self.coming.last()
            && self.targets[index].path.begin_s() < t_s + 1.0
        {
            self.coming.pop();
            self.flying.push(index);
        }
        self.flying
            .retain(|index| self.targets[*index].path.end_s() > t_s);
        let alive: Vec<(usize, Vector3<f64>)> = self
            .flying
            .iter()
            .map(|&index| {
                let (east, north, height) = self.targets[index].path.at(t_s).at;
                (index, self.chart.point(east, north, height))
            })
            .collect();
        let world = World {
            chart: &self.chart,
            targets: &self.targets,
            phantoms: &self.phantoms,
            alive: &alive,
            start: self.scenario.start,
        };
        let mut sent = Vec::new();
        self.weather.second();
        for radar in &mut self.radars {
            radar.second(&world, t_s, &mut sent);
        }
        self.adsb.second(&world, t_s, &mut sent);
        self.remote_id.second(&world, t_s, &mut sent);
        self.acoustic.second(&world, &self.weather, t_s, &mut sent);
        for sent in sent {
            self.queue.push(Reverse((sent.time, self.sequence)));
            self.waiting.insert(self.sequence, sent);
            self.sequence += 1;
        }
        self.second += 1;
        self.truth_due = true;
    }
}

impl Iterator for Simulation {
    type Item = Emission;

    fn next(&mut self) -> Option<Emission> {
        // truth that no one reads is not made
        match self.advance(false)? {
            Event::Emission(emission) => Some(emission),
            Event::Truth(_) => None,
        }
    }
}

/// Parks of turbines: the first off the north coast, the second inland.
fn add_turbines(scenario: &Scenario, island: &Island, chart: &Chart, radars: &mut [Radar]) {
    for (park, count) in scenario.traffic.turbines.iter().enumerate() {
        let mut random = Random::stream(scenario.seed, "turbines", park as u64);
        let azimuth = random.uniform(-20.0, 60.0).to_radians();
        let coast_m = island.coast_range_m(azimuth);
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
            let at = chart.point(
                r * sin + x * cos + y * sin,
                r * cos - x * sin + y * cos,
                HUB_M,
            );
            let rcs_m2 = random.log_normal(30.0, 1.0);
            for radar in &mut *radars {
                radar.add_turbine(at, HUB_M, rcs_m2);
            }
        }
    }
}

/// Half of the receivers about the town where most hobby drones fly, the rest over the other towns.
fn remote_id_stations(scenario: &Scenario, island: &Island, chart: &Chart) -> Vec<Station> {
    let towns: Vec<Plan> = island.towns().map(|t| t.centre).collect();
    let count = scenario.remote_id.receivers as usize;
    (0..count)
        .map(|i| {
            let mut random = Random::stream(scenario.seed, "rid-site", i as u64);
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
            let at = (
                towns[town].0 + random.normal(0.0, spread_m),
                towns[town].1 + random.normal(0.0, spread_m),
            );
            Station::new(chart, at, 30.0)
        })
        .collect()
}

/// Arrays on grids with a jitter of 300 m: 2.5 km in the coastal band of 10 km, 5 km inland.
fn array_stations(scenario: &Scenario, island: &Island, chart: &Chart) -> Vec<Station> {
    let settings = &scenario.acoustic;
    let mut random = Random::stream(scenario.seed, "array-site", 0);
    let mut grid = |step_m: f64, coastal: bool| {
        let n = (62e3 / step_m) as i32;
        let mut all = Vec::new();
        for i in -n..=n {
            for j in -n..=n {
                let at = (
                    f64::from(i) * step_m + random.normal(0.0, 300.0),
                    f64::from(j) * step_m + random.normal(0.0, 300.0),
                );
                if !island.on_land(at) {
                    continue;
                }
                let shore_m = island.shore_distance_m(at);
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
    coastal
        .into_iter()
        .chain(inland)
        .map(|(_, at)| Station::new(chart, at, 25.0))
        .collect()
}

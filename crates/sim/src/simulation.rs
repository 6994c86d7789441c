//! The scene in motion: second by second every sensor says what it would, and
//! what was said leaves in order of time.

use crate::chart::Chart;
use crate::island::{CENTRE_DEG, Island, MERROW_GEOJSON};
use crate::layout::{Disc, Layout, inside};
use crate::scenario::{Scenario, ScenarioError};
use crate::sensors::{
    Acoustic, AdsbReceiver, DirectionFinders, Flood, LocalRadar, Microphones, NodeErrors, Radar,
    RadarBias, RemoteIdNet, Sent, Sightings, Station, Upkeep, Weather, World, local_radar_name,
    loud, mean_air,
};
use crate::site::{self, SiteFeed};
use crate::traffic::{self, Phantom, Scene, Target};
use crate::truth::{self, TruthLine};
use lapwing_geo::Geodetic;
use lapwing_model::{Class, Timestamp};
use nalgebra::Vector3;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Height of the mast of the ADS-B receiver above the ellipsoid, m.
const ADSB_HEIGHT_M: f64 = 60.0;
/// Which coast radar fails, and from when to when: hours after the midnight that follows the start.
const FAILING_RADAR: usize = 1;
const RADAR_OUTAGE_H: (f64, f64) = (1.5, 2.0);
/// When the arrays of the outage are silent, and when the flood begins, in the same hours.
const ARRAY_OUTAGE_H: (f64, f64) = (2.0, 3.0);
const FLOOD_H: f64 = 2.0 + 10.0 / 60.0;
/// The forecast goes by hours, and no farther than a day.
const HOUR_S: f64 = 3_600.0;
const FORECAST_HOURS_MAX: usize = 24;

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
    /// Coast radars, acoustic arrays, Remote ID receivers.
    pub sensors: (usize, usize, usize),
    /// Local radars.
    pub local_radars: usize,
    /// Single microphones.
    pub microphones: usize,
    /// Direction finders.
    pub direction_finders: usize,
    /// Accounts of people: those awake, and those of the flood.
    pub accounts: (usize, usize),
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
    local_radars: Vec<LocalRadar>,
    acoustic: Acoustic,
    microphones: Microphones,
    direction_finders: DirectionFinders,
    sightings: Sightings,
    weather: Weather,
    /// Outside it nothing is, where the scenario says so.
    piece: Option<Disc>,
    /// First moment and last, s since the scene's start.
    window_s: (f64, f64),
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

        let disc = scenario.excerpt.as_ref().and_then(|e| e.disc());
        let piece = disc.map(|(lat, lon, radius_m)| (chart.plan(lat, lon), radius_m));
        let window_s = scenario.window_s();
        let layout = Layout {
            scenario: &scenario,
            island: &island,
            chart: &chart,
            piece,
        };
        let mut feeds = Vec::new();
        let mut feed = |id: String, kind: &'static str, sensor: Option<String>| {
            feeds.push(SiteFeed { id, kind, sensor });
            feeds.len() - 1
        };
        let at_clock = |hours: f64| {
            let midnight = scenario.start.midnight().plus_seconds(86_400.0);
            midnight
                .plus_seconds(hours * 3_600.0)
                .seconds_since(scenario.start)
        };
        let outage = |(from_h, to_h): (f64, f64)| {
            scenario.outages.then(|| (at_clock(from_h), at_clock(to_h)))
        };
        let mut radars: Vec<Radar> = layout
            .coast_radars()
            .into_iter()
            .map(|(i, station)| {
                let id = format!("radar-{}", i + 1);
                let feed = feed(id.clone(), "asterix", Some(id));
                let outage_s = outage(RADAR_OUTAGE_H).filter(|_| i == FAILING_RADAR);
                Radar::new(seed, i, station, feed, &scenario.radar, outage_s)
            })
            .collect();
        layout.add_turbines(&mut radars);
        let airport = island.centre_of("airport").unwrap_or((0.0, 0.0));
        let adsb_feed = feed("adsb".into(), "beast", Some("adsb-1".into()));
        let adsb = AdsbReceiver::new(
            seed,
            Station::new(&chart, airport, ADSB_HEIGHT_M),
            adsb_feed,
        );
        let remote_id = RemoteIdNet::new(
            seed,
            layout.remote_id_receivers(),
            scenario.remote_id.lost_share,
            feed("remote-id".into(), "json", None),
        );
        let upkeep = Upkeep {
            heartbeat_s: scenario.acoustic.heartbeat_s,
            dead_share: scenario.acoustic.dead_share,
            late: scenario.outages,
            outage_s: outage(ARRAY_OUTAGE_H),
            from_s: window_s.0,
        };
        let acoustic = Acoustic::new(
            seed,
            layout.arrays(),
            feed("acoustic".into(), "json", None),
            upkeep,
        );
        // a feed that no sensor speaks on would hold up everyone's clock
        let mut optional = |id: &str, count: u32| {
            if count > 0 {
                feed(id.into(), "json", None)
            } else {
                usize::MAX
            }
        };
        let microphones = Microphones::new(
            seed,
            layout.microphones(),
            optional("microphones", scenario.microphone.count),
            Upkeep {
                heartbeat_s: scenario.microphone.heartbeat_s,
                dead_share: scenario.microphone.dead_share,
                // the outage is the arrays'
                outage_s: None,
                ..upkeep
            },
        );
        let direction_finders = DirectionFinders::new(
            seed,
            layout.direction_finders(),
            optional("direction-finders", scenario.direction_finder.count),
            &scenario.direction_finder,
            window_s.0,
        );
        let stands = layout.people();
        let flood = (scenario.sighting.flood_reports > 0).then(|| Flood {
            town: layout.flooded_town(),
            from_s: at_clock(FLOOD_H),
            first: (f64::from(scenario.sighting.people) * scenario.sighting.awake_share).round()
                as usize,
        });
        let sightings = Sightings::new(
            seed,
            &chart,
            stands,
            optional("sightings", scenario.sighting.people),
            &scenario.sighting,
            flood.as_ref(),
        );
        let local_radars = layout
            .local_radars()
            .into_iter()
            .map(|(i, station)| {
                let feed = feed(local_radar_name(i), "json", None);
                LocalRadar::new(seed, i, station, feed, &scenario.local_radar)
            })
            .collect();

        let (targets, phantoms) = traffic::draw(&Scene {
            scenario: &scenario,
            island: &island,
        });
        let mut coming: Vec<usize> = (0..targets.len()).collect();
        coming.sort_by(|a, b| {
            let begin = |i: &usize| targets[*i].path.begin_s();
            begin(b).total_cmp(&begin(a)).then(b.cmp(a))
        });
        let mut weather = Weather::new(seed);
        // an excerpt has the air that the whole scene has
        for _ in 0..window_s.0 as u64 {
            weather.second();
        }
        Ok(Self {
            weather,
            scenario,
            chart,
            island,
            targets,
            phantoms,
            radars,
            adsb,
            remote_id,
            local_radars,
            acoustic,
            microphones,
            direction_finders,
            sightings,
            piece,
            window_s,
            feeds,
            coming,
            flying: Vec::new(),
            second: window_s.0 as u64,
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
        sensors.extend(self.local_radars.iter().map(LocalRadar::site));
        sensors.extend(self.acoustic.site());
        sensors.extend(self.microphones.site());
        sensors.extend(self.direction_finders.site());
        sensors.extend(self.sightings.site());
        site::text(
            &site::Head {
                name: &self.scenario.name,
                exercise: self.scenario.exercise,
                lateness_s: self.scenario.lateness_s,
                air: self.forecast(),
            },
            &sensors,
            &self.feeds,
            address,
            &self.island,
        )
    }

    /// What a weather service would have said before: the mean of each hour, no gust.
    fn forecast(&self) -> Vec<(Timestamp, (f64, f64))> {
        let end = self.time(self.window_s.1);
        let mut hours = Vec::new();
        let mut from = self.time(self.window_s.0);
        while from < end && hours.len() < FORECAST_HOURS_MAX {
            let since_s = from.seconds_since(from.midnight()).rem_euclid(HOUR_S);
            let next = from.plus_seconds(HOUR_S - since_s);
            let middle = from.plus_seconds((HOUR_S - since_s) / 2.0);
            hours.push((from, mean_air(middle)));
            from = next;
        }
        hours
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
            if self.second as f64 >= self.window_s.1 {
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

    /// Where everything truly is at a time, birds included; in an excerpt, what is in its piece of the island.
    #[must_use]
    pub fn truth_at(&self, time: Timestamp) -> Vec<TruthLine> {
        self.lines_at(time, true)
    }

    /// The first moment that is run.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.time(self.window_s.0)
    }

    /// The last.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.time(self.window_s.1)
    }

    /// Each array with the errors that the site is not told.
    pub fn array_errors(&self) -> impl Iterator<Item = &NodeErrors> {
        self.acoustic.errors()
    }

    /// The same of the single microphones.
    pub fn microphone_errors(&self) -> impl Iterator<Item = &NodeErrors> {
        self.microphones.errors()
    }

    /// Each direction finder with its position and constant error, degrees, which the site is not told.
    pub fn direction_finder_biases(&self) -> impl Iterator<Item = (&str, Geodetic, f64)> {
        self.direction_finders.biases()
    }

    /// Each person awake with the position that the telephone states and its compass error, degrees.
    pub fn people(&self) -> impl Iterator<Item = (&str, Geodetic, f64)> {
        self.sightings.people()
    }

    /// The accounts that make up the flood.
    pub fn flood_accounts(&self) -> impl Iterator<Item = &str> {
        self.sightings.flood_accounts()
    }

    /// The identities that are sent from where no such drone is.
    pub fn phantom_ids(&self) -> impl Iterator<Item = &str> {
        self.phantoms.iter().map(|p| p.remote_id.as_str())
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
            local_radars: self.local_radars.len(),
            microphones: self.microphones.errors().count(),
            direction_finders: self.direction_finders.biases().count(),
            accounts: (
                self.sightings.people().count(),
                self.sightings.flood_accounts().count(),
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
            .filter(|target| self.is_in_piece(target, t_s))
            .map(|target| truth::line(&self.chart, target, time, t_s))
            .collect()
    }

    fn is_in_piece(&self, target: &Target, t_s: f64) -> bool {
        let (east, north, _) = target.path.at(t_s).at;
        inside(self.piece, (east, north))
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
            .filter_map(|&index| {
                let (east, north, height) = self.targets[index].path.at(t_s).at;
                inside(self.piece, (east, north))
                    .then(|| (index, self.chart.point(east, north, height)))
            })
            .collect();
        self.weather.second();
        let air = self
            .weather
            .air(self.time(t_s), self.scenario.acoustic.range_factor);
        let loud = loud(&self.targets, &alive, &air, t_s);
        let world = World {
            chart: &self.chart,
            targets: &self.targets,
            phantoms: &self.phantoms,
            alive: &alive,
            loud: &loud,
            air: &air,
            start: self.scenario.start,
        };
        let mut sent = Vec::new();
        for radar in &mut self.radars {
            radar.second(&world, t_s, &mut sent);
        }
        for radar in &mut self.local_radars {
            radar.second(&world, t_s, &mut sent);
        }
        self.adsb.second(&world, t_s, &mut sent);
        self.remote_id.second(&world, t_s, &mut sent);
        self.acoustic.second(&world, t_s, &mut sent);
        self.microphones.second(&world, t_s, &mut sent);
        self.direction_finders.second(&world, t_s, &mut sent);
        self.sightings.second(&world, t_s, &mut sent);
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

//! The scene as a whole: repeatable, in order, with the traffic it promises.

use lapwing_geo::{Area, Geodetic, Polygon};
use lapwing_model::{Class, Timestamp};
use lapwing_sim::{Event, Scenario, Simulation};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

fn short(seed: u64, duration_s: f64) -> Simulation {
    let scenario = Scenario {
        duration_s,
        ..Scenario::merrow_demo(seed)
    };
    Simulation::new(&scenario).unwrap()
}

fn digest(simulation: Simulation) -> Vec<u8> {
    let mut hash = Sha256::new();
    for emission in simulation {
        hash.update(emission.time.0.to_le_bytes());
        hash.update(emission.feed.as_bytes());
        hash.update(&emission.bytes);
    }
    hash.finalize().to_vec()
}

/// Places of the site text: what a drone may reach.
fn places(site: &str) -> Vec<(String, Area)> {
    let site: toml::Table = site.parse().unwrap();
    site["place"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| {
            let number = |key: &str| place.get(key).and_then(toml::Value::as_float);
            let area = match place.get("polygon") {
                Some(polygon) => {
                    let corners = polygon.as_array().unwrap().iter().map(|c| {
                        Geodetic::new(c[1].as_float().unwrap(), c[0].as_float().unwrap(), 0.0)
                    });
                    Area::Polygon(Polygon::new(corners.collect()).unwrap())
                }
                None => {
                    let centre =
                        Geodetic::new(number("lat_deg").unwrap(), number("lon_deg").unwrap(), 0.0);
                    Area::disc(centre, number("radius_m").unwrap()).unwrap()
                }
            };
            (place["id"].as_str().unwrap().to_owned(), area)
        })
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let first = digest(short(11, 180.0));
    assert_eq!(first, digest(short(11, 180.0)));
    assert_ne!(first, digest(short(12, 180.0)));
}

#[test]
fn asking_for_the_truth_changes_no_byte() {
    let mut watched = short(11, 60.0);
    let mut bytes = Vec::new();
    while let Some(event) = watched.next_event() {
        if let Event::Emission(emission) = event {
            bytes.push(emission);
        }
    }
    assert_eq!(bytes, short(11, 60.0).collect::<Vec<_>>());
}

#[test]
fn emissions_leave_in_order_of_time_on_feeds_of_the_site() {
    let simulation = short(2, 120.0);
    let site: toml::Table = simulation.site().parse().unwrap();
    let feeds: BTreeSet<String> = site["feed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feed| feed["id"].as_str().unwrap().to_owned())
        .collect();
    let mut last = Timestamp::MIN;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for emission in simulation {
        assert!(emission.time >= last);
        last = emission.time;
        assert!(feeds.contains(&emission.feed), "{}", emission.feed);
        *seen.entry(emission.feed).or_default() += 1;
    }
    // every feed speaks; 32 sectors a turn of 4 s
    assert_eq!(seen.len(), feeds.len(), "{seen:?}");
    assert!((955..=965).contains(&seen["radar-1"]), "{seen:?}");
}

#[test]
fn the_site_names_three_radars_and_all_places() {
    let simulation = short(1, 60.0);
    let text = simulation.site();
    let site: toml::Table = text.parse().unwrap();
    let sensors = site["sensor"].as_array().unwrap();
    let radars: Vec<_> = sensors
        .iter()
        .filter(|s| s["kind"].as_str() == Some("radar"))
        .collect();
    assert_eq!(radars.len(), 3);
    for radar in radars {
        assert_eq!(radar["radar_constant_db"].as_float(), Some(80.0));
        assert!(radar["sac"].is_integer() && radar["sic"].is_integer());
        // a site is not told its constant errors
        assert!(radar.get("range_bias_m").is_none() && radar.get("time_bias_s").is_none());
    }
    let places = places(&text);
    assert_eq!(places.len(), 66);
    let polygons = places
        .iter()
        .filter(|(_, area)| matches!(area, Area::Polygon(_)));
    assert_eq!(polygons.count(), 6);
    assert_eq!(simulation.counts().sensors, (3, 12, 16));
    let on_sockets: toml::Table = simulation.site_on("127.0.0.1", 38_100).parse().unwrap();
    for (i, feed) in on_sockets["feed"].as_array().unwrap().iter().enumerate() {
        let expected = format!("127.0.0.1:{}", 38_100 + i);
        assert_eq!(feed["address"].as_str(), Some(expected.as_str()));
        assert_eq!(site["feed"][i]["address"].as_str(), Some("internal"));
    }
}

#[test]
fn the_night_is_as_full_as_the_reference_scenario() {
    let simulation = Simulation::new(&Scenario::merrow_night(1)).unwrap();
    let counts = simulation.counts();
    assert_eq!(counts.sensors, (3, 640, 80));
    let of = |class: Class| counts.targets[class as usize];
    assert_eq!(of(Class::FixedWingDrone), 24);
    assert_eq!(of(Class::Airliner), 40);
    assert_eq!(of(Class::LightAircraft), 30);
    assert_eq!(of(Class::Bird), 3_000);
    assert_eq!(counts.phantoms, 5);
}

#[test]
fn a_wave_reaches_a_place_within_ten_minutes_of_setting_out() {
    for seed in 1..=5 {
        let scenario = Scenario::merrow_demo(seed);
        let simulation = Simulation::new(&scenario).unwrap();
        let places = places(&simulation.site());
        let mut entered = BTreeSet::new();
        for second in 0..600 {
            let t = simulation
                .start()
                .plus_seconds(scenario.first_wave_s + f64::from(second));
            for line in simulation.truth_at(t) {
                if line.class != Class::FixedWingDrone {
                    continue;
                }
                let at = Geodetic::new(line.lat_deg, line.lon_deg, 0.0);
                for (id, area) in &places {
                    if area.contains(at) {
                        entered.insert((line.target.clone(), id.clone()));
                    }
                }
            }
        }
        eprintln!("seed {seed}: {entered:?}");
        assert!(!entered.is_empty(), "seed {seed}: no drone in any place");
    }
}

#[test]
fn nothing_unidentified_flies_before_the_first_wave() {
    let scenario = Scenario::merrow_demo(3);
    let simulation = Simulation::new(&scenario).unwrap();
    let drones = |s: f64| {
        simulation
            .truth_at(simulation.start().plus_seconds(s))
            .iter()
            .filter(|line| line.class == Class::FixedWingDrone)
            .count()
    };
    assert_eq!(drones(119.0), 0);
    assert_eq!(drones(181.0), scenario.waves.sizes[0] as usize);
}

#[test]
fn everything_moves_as_its_kind_does() {
    // least and greatest speed over ground, greatest rate of climb, m/s; greatest height, m
    let limits = |class: Class| match class {
        Class::FixedWingDrone => (38.0, 62.0, 0.2, 401.0),
        Class::Multirotor => (0.0, 15.1, 4.1, 120.0),
        Class::Bird => (7.9, 18.1, 8.0, 415.0),
        Class::LightAircraft => (34.0, 63.0, 4.5, 1_150.0),
        _ => (60.0, 250.0, 20.0, 11_500.0),
    };
    let mut before: BTreeMap<String, Geodetic> = BTreeMap::new();
    let mut simulation = short(4, 900.0);
    let mut checked = 0;
    while let Some(event) = simulation.next_event() {
        let Event::Truth(lines) = event else { continue };
        let mut now = BTreeMap::new();
        for line in lines {
            let (slow, fast, climb, high) = limits(line.class);
            let speed = line.ve_mps.hypot(line.vn_mps);
            assert!(speed >= slow && speed <= fast, "{line:?}");
            assert!(line.vu_mps.abs() < climb, "{line:?}");
            assert!(line.height_m > 5.0 && line.height_m < high, "{line:?}");
            let at = Geodetic::new(line.lat_deg, line.lon_deg, 0.0);
            // along the ellipsoid below: 10 km up this is 0.2 % less
            if let Some(was) = before.get(&line.target) {
                let moved = lapwing_geo::distance_m(*was, at);
                assert!(moved < fast * 1.01 + 0.1, "{moved} m in a second: {line:?}");
                checked += 1;
            }
            now.insert(line.target.clone(), at);
        }
        before = now;
    }
    assert!(checked > 100_000, "{checked}");
}

#[test]
fn a_fifth_of_the_light_aircraft_are_silent() {
    let simulation = Simulation::new(&Scenario::merrow_demo(1)).unwrap();
    let light = simulation.counts().targets[Class::LightAircraft as usize];
    assert_eq!(light, 10);
    let mut addresses = BTreeSet::new();
    for emission in simulation {
        if emission.feed == "adsb" {
            let mut deframer = lapwing_modes::beast::Deframer::new();
            deframer.push(&emission.bytes, |event| {
                if let lapwing_modes::Deframed::Frame(frame) = event {
                    let squitter = lapwing_modes::squitter::decode(frame.payload()).unwrap();
                    addresses.insert(squitter.icao24);
                }
            });
        }
    }
    // the block's first 14 addresses are airliners', the 10 after them light aircraft's
    let light = addresses
        .iter()
        .filter(|address| **address > 0x00F0_0000 + 14)
        .count();
    assert_eq!(light, 8, "{addresses:x?}");
}

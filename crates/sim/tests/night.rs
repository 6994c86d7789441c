//! The night of `sensing.md` section 7 as it leaves the simulator: outages, the flood, rates, and
//! that an excerpt is a part of the whole.

use lapwing_model::{MeasurementJson, ReportJson, Timestamp};
use lapwing_sim::{Emission, Event, Excerpt, Scenario, Simulation};
use std::collections::{BTreeMap, BTreeSet};

/// The night without what the test does not ask of: nothing flies, nothing listens.
fn empty(seed: u64) -> Scenario {
    let mut scenario = Scenario::merrow_night(seed);
    scenario.waves.sizes.clear();
    let traffic = &mut scenario.traffic;
    (traffic.airliners, traffic.light_aircraft) = (0, 0);
    (traffic.hobby_drones, traffic.birds) = (0, 0);
    traffic.turbines.clear();
    scenario.radar.azimuth_deg.clear();
    scenario.local_radar.count = 0;
    (scenario.acoustic.coastal, scenario.acoustic.inland) = (0, 0);
    scenario.microphone.count = 0;
    scenario.direction_finder.count = 0;
    scenario.remote_id.receivers = 0;
    scenario.sighting.people = 0;
    scenario.sighting.flood_reports = 0;
    scenario
}

/// The whole island from one moment to another, `h:mm` after the midnight of the night.
fn clock((from_h, from_min): (f64, f64), (to_h, to_min): (f64, f64)) -> Option<Excerpt> {
    let from_s = (3.0 + from_h) * 3_600.0 + from_min * 60.0;
    let to_s = (3.0 + to_h) * 3_600.0 + to_min * 60.0;
    Some(Excerpt {
        from_s,
        duration_s: Some(to_s - from_s),
        ..Excerpt::default()
    })
}

fn time(text: &str) -> Timestamp {
    format!("2026-06-02T{text}Z").parse().unwrap()
}

fn report(emission: &Emission) -> ReportJson {
    serde_json::from_slice(&emission.bytes).unwrap()
}

fn emissions(scenario: &Scenario) -> Vec<Emission> {
    Simulation::new(scenario).unwrap().collect()
}

#[test]
fn one_coast_radar_is_silent_from_half_past_one_to_two() {
    let mut scenario = empty(1);
    scenario.radar = Scenario::merrow_night(1).radar;
    scenario.excerpt = clock((1.0, 29.0), (2.0, 1.0));
    let mut times: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for emission in emissions(&scenario) {
        times.entry(emission.feed).or_default().push(emission.time);
    }
    for (radar, expected_s) in [("radar-1", 0.13), ("radar-2", 1_800.0), ("radar-3", 0.13)] {
        let gap = times[radar]
            .windows(2)
            .max_by_key(|w| w[1].0 - w[0].0)
            .unwrap();
        let gap_s = gap[1].seconds_since(gap[0]);
        assert!((gap_s - expected_s).abs() < 0.3, "{radar}: {gap_s}");
        if radar == "radar-2" {
            assert!(
                gap[0].seconds_since(time("01:30:00")).abs() < 0.3,
                "{gap:?}"
            );
            assert!(
                gap[1].seconds_since(time("02:00:00")).abs() < 0.3,
                "{gap:?}"
            );
        }
    }
}

#[test]
fn some_arrays_are_silent_from_two_to_three_and_the_others_are_not() {
    let mut scenario = empty(2);
    scenario.acoustic.coastal = 100;
    scenario.excerpt = clock((1.0, 58.0), (3.0, 2.0));
    let simulation = Simulation::new(&scenario).unwrap();
    let errors: Vec<_> = simulation.array_errors().cloned().collect();
    let mut times: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for emission in simulation {
        let report = report(&emission);
        let clock_s = errors
            .iter()
            .find(|e| e.id == report.sensor)
            .unwrap()
            .clock_s;
        let times = times.entry(report.sensor).or_default();
        times.push(report.time.plus_seconds(-clock_s));
    }
    let mut out = 0;
    for array in &errors {
        let Some(times) = times.get(&array.id) else {
            assert!(array.dead, "{array:?}");
            continue;
        };
        let mut sorted = times.clone();
        sorted.sort();
        let gaps = sorted.windows(2).map(|w| w[1].seconds_since(w[0]));
        let longest_s = gaps.fold(0.0, f64::max);
        if array.in_outage {
            out += 1;
            assert!((3_598.0..3_613.0).contains(&longest_s), "{longest_s}");
        } else {
            // a heartbeat every 10 s
            assert!(longest_s < 10.1, "{longest_s}");
        }
    }
    assert!((4..=27).contains(&out), "{out}");
}

#[test]
fn the_flood_is_three_hundred_reports_of_forty_accounts_in_the_minute_from_ten_past_two() {
    for seed in [1, 2] {
        let mut scenario = empty(seed);
        scenario.sighting = Scenario::merrow_night(seed).sighting;
        scenario.excerpt = clock((2.0, 5.0), (2.0, 15.0));
        let simulation = Simulation::new(&scenario).unwrap();
        let accounts: BTreeSet<String> = simulation.flood_accounts().map(str::to_owned).collect();
        let site = simulation.site();
        let flood: Vec<ReportJson> = simulation.map(|e| report(&e)).collect();
        assert_eq!(flood.len(), 300);
        let senders: BTreeSet<String> = flood.iter().map(|r| r.sensor.clone()).collect();
        assert_eq!(senders, accounts);
        assert_eq!(senders.len(), 40);
        for line in &flood {
            assert!(
                (time("02:10:00")..time("02:11:00")).contains(&line.time),
                "{line:?}"
            );
            assert!(site.contains(&format!("id = \"{}\"", line.sensor)));
        }
        // they agree: at one moment the bearings of all pass within half a kilometre of one point
        let first = flood[0].time;
        let same_time = flood
            .iter()
            .filter(|r| r.time.seconds_since(first).abs() < 5.0);
        assert!(same_time.count() > 10);
    }
}

#[test]
fn arrays_and_microphones_raise_false_alarms_at_their_rates_in_calm_and_wind() {
    // reports an hour: each alarm once, and 7 in 10 for 30 s more, every 2 s
    let repeats = 1.0 + 0.7 / ((2.0_f64 / 30.0).exp() - 1.0);
    for (from, to, per_h) in [
        ((22.0 - 24.0, 0.0), (22.0 - 24.0, 20.0), None),
        ((1.0, 30.0), (1.0, 50.0), Some(15.0)),
    ] {
        let mut scenario = empty(4);
        scenario.acoustic.coastal = 400;
        scenario.microphone.count = 400;
        scenario.excerpt = clock(from, to);
        let (mut bearings, mut presences) = (0_u32, 0_u32);
        let simulation = Simulation::new(&scenario).unwrap();
        let alive = |dead: usize| 400.0 - dead as f64;
        let arrays = alive(simulation.array_errors().filter(|e| e.dead).count());
        let microphones = alive(simulation.microphone_errors().filter(|e| e.dead).count());
        for emission in simulation {
            match report(&emission).measurement {
                MeasurementJson::Bearing { .. } => bearings += 1,
                MeasurementJson::Presence { .. } => presences += 1,
                MeasurementJson::Heartbeat {} => {}
                other => panic!("{other:?}"),
            }
        }
        let expected = 6.0 / 3.0 * microphones;
        let off = f64::from(presences) - expected;
        assert!(off.abs() < 4.5 * expected.sqrt(), "{presences} {expected}");
        let in_an_hour = f64::from(bearings) * 3.0 / arrays / repeats;
        match per_h {
            // in a mean of 10 m/s with gusts of 1.5 the air is nearly always above 6; alarms of many
            // reports each scatter: 2,000 of them in a third of an hour
            Some(per_h) => assert!((in_an_hour / per_h - 1.0).abs() < 0.15, "{in_an_hour}"),
            // at 4 m/s gusts lift it above 6 now and then
            None => assert!((3.2..8.0).contains(&in_an_hour), "{in_an_hour}"),
        }
    }
}

#[test]
fn an_excerpt_is_a_part_of_the_whole() {
    let whole = Simulation::new(&Scenario::merrow_night(5)).unwrap();
    let mut scenario = Scenario::merrow_night(5);
    scenario.excerpt = Scenario::shipped("wave").unwrap().excerpt;
    let mut part = Simulation::new(&scenario).unwrap();
    // the same arrays with the same errors, fewer of them
    let all: BTreeMap<String, _> = whole.array_errors().map(|e| (e.id.clone(), e)).collect();
    let few: Vec<_> = part.array_errors().cloned().collect();
    assert!((20..400).contains(&few.len()), "{}", few.len());
    for array in &few {
        assert_eq!(&array, all.get(&array.id).unwrap());
    }
    let all: BTreeSet<&str> = whole.people().map(|(id, ..)| id).collect();
    assert!(part.people().all(|(id, ..)| all.contains(id)));
    // the same things in the same places
    let at = part.start().plus_seconds(600.0);
    let everything: BTreeMap<String, _> = whole
        .truth_at(at)
        .into_iter()
        .map(|line| (line.target.clone(), line))
        .collect();
    let here = part.truth_at(at);
    assert!(
        here.len() > 20 && here.len() < everything.len() / 2,
        "{}",
        here.len()
    );
    for line in &here {
        assert_eq!(Some(line), everything.get(&line.target));
    }
    // and only in its time
    let (start, end) = (part.start(), part.end());
    assert_eq!(end.seconds_since(start), 900.0);
    let mut truths = 0;
    while let Some(event) = part.next_event() {
        match event {
            Event::Truth(lines) => {
                truths += 1;
                assert!(lines.iter().all(|l| (start..end).contains(&l.time)));
            }
            Event::Emission(emission) => {
                // the latest come 40 s and some seconds of their way later
                let late_s = emission.time.seconds_since(end);
                assert!(emission.time >= start && late_s < 300.0, "{late_s}");
            }
        }
    }
    assert_eq!(truths, 900);
}

#[test]
fn the_site_names_every_sensor_and_tells_none_of_its_errors() {
    let mut scenario = Scenario::merrow_night(1);
    scenario.traffic.birds = 0;
    let simulation = Simulation::new(&scenario).unwrap();
    let counts = simulation.counts();
    assert_eq!(counts.sensors, (3, 640, 80));
    assert_eq!((counts.local_radars, counts.microphones), (4, 1_500));
    assert_eq!(
        (counts.direction_finders, counts.accounts),
        (6, (1_800, 40))
    );
    let site: toml::Table = simulation.site().parse().unwrap();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for sensor in site["sensor"].as_array().unwrap() {
        *kinds
            .entry(sensor["kind"].as_str().unwrap().into())
            .or_default() += 1;
        for key in ["azimuth_bias_deg", "range_bias_m", "time_bias_s"] {
            // how late the receiver of self-reports is, is known
            let known = sensor["kind"].as_str() == Some("adsb") && key == "time_bias_s";
            assert!(known || sensor.get(key).is_none(), "{sensor}");
        }
    }
    let expected = [
        ("acoustic_array", 640),
        ("adsb", 1),
        ("direction_finder", 6),
        ("microphone", 1_500),
        ("radar", 3),
        ("remote_id", 80),
        ("sighting", 1_840),
        ("staring_radar", 4),
    ];
    assert_eq!(kinds, expected.map(|(k, n)| (k.to_owned(), n)).into());
    // the forecast of the night's eight hours: the means, no gust
    let told: Vec<(&str, f64, f64)> = site["air"]
        .as_array()
        .unwrap()
        .iter()
        .map(|air| {
            assert_eq!(air["wind_from_deg"].as_float(), Some(270.0));
            let number = |key: &str| air[key].as_float().unwrap();
            let from = air["from"].as_str().unwrap();
            (from, number("wind_mps"), number("temperature_c"))
        })
        .collect();
    assert_eq!(told.len(), 8);
    assert_eq!(told[0], ("2026-06-01T21:00:00Z", 4.0, 11.6));
    assert_eq!(told[3].1, 4.0);
    assert_eq!(told[4], ("2026-06-02T01:00:00Z", 10.0, 8.6));
    assert_eq!(told[6].1, 4.0);
}

#[test]
fn a_variant_changes_nothing_but_what_it_says() {
    let at = |simulation: &Simulation| simulation.truth_at(time("00:10:00"));
    let mut night = Scenario::merrow_night(3);
    night.traffic.birds = 200;
    let whole = Simulation::new(&night).unwrap();
    let mut blind = night.clone();
    blind.radar.azimuth_deg.clear();
    let blind = Simulation::new(&blind).unwrap();
    assert_eq!(at(&whole), at(&blind));
    assert!(whole.array_errors().eq(blind.array_errors()));
    assert_eq!(blind.counts().sensors.0, 0);
    let mut deaf = night;
    deaf.acoustic.range_factor = 0.5;
    let deaf = Simulation::new(&deaf).unwrap();
    assert_eq!(at(&whole), at(&deaf));
    assert!(whole.array_errors().eq(deaf.array_errors()));
}

#[test]
fn every_family_speaks_in_the_wave_and_its_bytes_are_the_same_however_they_are_asked_for() {
    let mut scenario = Scenario::shipped("wave").unwrap();
    if let Some(excerpt) = &mut scenario.excerpt {
        excerpt.duration_s = Some(120.0);
    }
    let at_once = emissions(&scenario);
    let feeds: BTreeSet<&str> = at_once.iter().map(|e| e.feed.as_str()).collect();
    assert!(
        feeds.contains("acoustic") && feeds.contains("microphones"),
        "{feeds:?}"
    );
    let mut in_turns = Vec::new();
    let mut simulation = Simulation::new(&scenario).unwrap();
    for turn in 0.. {
        // now with the truth, now without, and looking about in between
        let next = if turn % 3 == 0 {
            simulation.next()
        } else {
            match simulation.next_event() {
                Some(Event::Truth(_)) => continue,
                Some(Event::Emission(emission)) => Some(emission),
                None => None,
            }
        };
        let Some(next) = next else { break };
        if turn % 500 == 0 {
            let _ = simulation.truth_at(next.time);
        }
        in_turns.push(next);
    }
    assert_eq!(at_once, in_turns);
    scenario.seed = 2;
    assert_ne!(at_once, emissions(&scenario));
}

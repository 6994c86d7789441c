//! `[registration]` of a site file, and that what is learnt of the sensors comes out the same
//! however it is run.

use lapwing_engine::site::{FeedSpec, Site};
use lapwing_engine::{Entry, Sequencer, Start, StartFeed, wire_word};
use lapwing_ingest::Wire;
use lapwing_record::{Options, Writer};
use lapwing_sim::{Excerpt, Scenario, Simulation};
use lapwing_track::{RegistrationMode, SensorRegistration};

#[test]
fn a_section_sets_it_and_mistakes_are_named() {
    let site = |section: &str| Site::parse(&format!("[site]\nname = \"x\"\n{section}"), "x.toml");
    let mode = |section| site(section).unwrap().tracker.registration.mode;
    assert_eq!(mode(""), RegistrationMode::On);
    let frozen = "[registration]\nmode = \"frozen\"";
    assert_eq!(mode(frozen), RegistrationMode::Frozen);
    assert_eq!(
        mode("[registration]\nmode = \"off\""),
        RegistrationMode::Off
    );
    for (section, line, key) in [
        ("[registration]\nbias = 3", 4, "registration.bias"),
        (
            "[registration]\n\ntime_sigma_s = -1",
            5,
            "registration.time_sigma_s",
        ),
        ("[registration]\nplots_min = 0", 4, "registration.plots_min"),
        ("[tracker]\nregistration = 3", 4, "tracker.registration"),
    ] {
        let errors = site(section).unwrap_err();
        assert_eq!(errors[0].key, key, "{:?}", errors[0]);
        assert_eq!(errors[0].line, Some(line), "{:?}", errors[0]);
    }
    assert!(site("[registration]\nmode = \"of\"").is_err());
}

/// Seven minutes about the airport in which airliners with ADS-B land over the arrays.
fn airport(seed: u64) -> Scenario {
    let mut scenario = Scenario::merrow_night(seed);
    scenario.traffic.birds = 0;
    scenario.traffic.hobby_drones = 0;
    scenario.remote_id.ghosts = 0;
    scenario.remote_id.clones = 0;
    scenario.microphone.count = 0;
    scenario.direction_finder.count = 0;
    scenario.sighting.people = 0;
    scenario.excerpt = Some(Excerpt {
        from_s: 2_880.0,
        duration_s: Some(420.0),
        lat_deg: Some(46.34),
        lon_deg: Some(-29.46),
        radius_m: Some(14_000.0),
    });
    scenario
}

fn run(scenario: &Scenario, section: &str, threads: usize, log: Option<Writer>) -> Sequencer {
    let mut simulation = Simulation::new(scenario).unwrap();
    let site = Site::parse(&(simulation.site() + section), "airport").unwrap();
    let feed = |feed: &FeedSpec| StartFeed {
        id: feed.id.clone(),
        wire: wire_word(feed.wire.unwrap_or(Wire::Asterix)).to_owned(),
        date: None,
        sensor: feed.sensor.clone(),
    };
    let start = Start {
        format: 1,
        program: "test".into(),
        site: site.text.clone(),
        feeds: site.feeds.iter().map(feed).collect(),
        exercise: true,
        warnings: Vec::new(),
    };
    let names: Vec<String> = site.feeds.iter().map(|feed| feed.id.clone()).collect();
    let mut sequencer = Sequencer::begin(site, start, threads, log, simulation.start()).unwrap();
    let mut last = simulation.start();
    for emission in &mut simulation {
        last = emission.time;
        let number = names.iter().position(|name| *name == emission.feed);
        sequencer.arrival(last, number.unwrap() as u16, &emission.bytes);
    }
    sequencer.accept(last, &Entry::End);
    sequencer
}

/// What is known of every array, to the last bit.
fn arrays(sequencer: &Sequencer, scenario: &Scenario) -> Vec<SensorRegistration> {
    let simulation = Simulation::new(scenario).unwrap();
    let core = sequencer.core();
    let of = |id: &str| core.registration(core.sensors().by_name(id)?);
    simulation
        .array_errors()
        .filter_map(|array| of(&array.id))
        .collect()
}

#[test]
fn what_is_learnt_and_shown_is_the_same_on_any_number_of_threads_and_in_a_replay() {
    let scenario = airport(1);
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("recording");
    let log = Writer::create(&recording, &Options::default()).unwrap();
    let mut one = run(&scenario, "", 1, Some(log));
    one.sync();
    let (digest, learnt) = (one.digest(), arrays(&one, &scenario));
    drop(one.close());
    let applied = learnt.iter().filter(|r| r.applied).count();
    assert!(applied >= 5, "{applied} of {} arrays", learnt.len());

    for threads in [1, 4] {
        let replayed = Sequencer::replay(&recording, threads, |_, _, _| true).unwrap();
        assert_eq!(replayed.digest(), digest, "{threads} threads");
        assert_eq!(arrays(&replayed, &scenario), learnt);
    }
    let four = run(&scenario, "", 4, None);
    assert_eq!(four.digest(), digest);
    // it is part of what the digest covers
    let off = run(&scenario, "\n[registration]\nmode = \"off\"\n", 1, None);
    assert_ne!(off.digest(), digest);
    assert!(arrays(&off, &scenario).is_empty());
}

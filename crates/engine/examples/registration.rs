//! What the registration knows of the island's sensors after some hours, against what
//! the simulator knows of them:
//!
//! ```sh
//! cargo run --release -p lapwing-engine --example registration -- 1 2.0
//! ```
//!
//! The arguments are seed, hours, and optionally `aircraft`: of all that flies only what has a crew, of
//! all that listens only radars, arrays and the ADS-B receiver, for an answer in minutes.

use lapwing_engine::site::Site;
use lapwing_engine::{Entry, Sequencer, Start, StartFeed, wire_word};
use lapwing_ingest::Wire;
use lapwing_model::Timestamp;
use lapwing_sim::{Scenario, Simulation};
use lapwing_track::SensorRegistration;
use std::collections::BTreeMap;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let seed = words.next().map_or(Ok(1), |text| text.parse())?;
    let hours: f64 = words.next().map_or(Ok(2.0), |text| text.parse())?;
    let mut scenario = Scenario::merrow_night(seed);
    if words.next().as_deref() == Some("aircraft") {
        scenario.traffic.birds = 0;
        scenario.traffic.hobby_drones = 0;
        scenario.remote_id.ghosts = 0;
        scenario.remote_id.clones = 0;
        scenario.microphone.count = 0;
        scenario.direction_finder.count = 0;
        scenario.sighting.people = 0;
    }
    let mut simulation = Simulation::new(&scenario)?;
    let site = Site::parse(&simulation.site(), "island").map_err(|e| e[0].to_string())?;
    let start = Start {
        format: 1,
        program: "registration".into(),
        site: site.text.clone(),
        feeds: site
            .feeds
            .iter()
            .map(|feed| StartFeed {
                id: feed.id.clone(),
                wire: wire_word(feed.wire.unwrap_or(Wire::Asterix)).to_owned(),
                date: None,
                sensor: feed.sensor.clone(),
            })
            .collect(),
        exercise: true,
        warnings: Vec::new(),
    };
    let numbers: BTreeMap<String, u16> = (0..)
        .zip(&site.feeds)
        .map(|(number, feed)| (feed.id.clone(), number))
        .collect();
    let mut sequencer = Sequencer::begin(site, start, 1, None, simulation.start())?;
    let begun = Instant::now();
    let end = simulation.start().plus_seconds(3_600.0 * hours);
    let mut last = Timestamp::MIN;
    let mut next_h = 0.5;
    while let Some(emission) = simulation.next() {
        if emission.time > end {
            break;
        }
        last = emission.time;
        if let Some(feed) = numbers.get(&emission.feed) {
            sequencer.arrival(emission.time, *feed, &emission.bytes);
        }
        let passed_h = hours - end.seconds_since(emission.time) / 3_600.0;
        if passed_h >= next_h {
            let took_s = begun.elapsed().as_secs_f64();
            println!("--- after {next_h} h ({took_s:.0} s)");
            next_h += 0.5;
            radars(&simulation, &sequencer);
        }
    }
    sequencer.accept(last, &Entry::End);
    println!("--- at the end");
    radars(&simulation, &sequencer);
    arrays(&simulation, &sequencer);
    Ok(())
}

fn found(sequencer: &Sequencer, name: &str) -> Option<SensorRegistration> {
    let core = sequencer.core();
    core.registration(core.sensors().by_name(name)?)
}

fn radars(simulation: &Simulation, sequencer: &Sequencer) {
    println!("radar    azimuth error ± σ (°)  range (m)        time (ms)       plots, outliers");
    for (name, _, truth) in simulation.radar_biases() {
        let Some(r) = found(sequencer, name) else {
            continue;
        };
        let (Some(range), Some(time)) = (r.range_m, r.time_s) else {
            continue;
        };
        println!(
            "{name:8} {:+.3} ± {:.3}       {:+6.1} ± {:4.1}   {:+6.1} ± {:4.1}   {} {} {}",
            (r.azimuth_rad.value - truth.azimuth_rad).to_degrees(),
            r.azimuth_rad.sigma.to_degrees(),
            range.value - truth.range_m,
            range.sigma,
            1e3 * (time.value - truth.time_s),
            1e3 * time.sigma,
            r.used,
            r.outliers,
            if r.applied { "" } else { "not applied" },
        );
    }
}

fn arrays(simulation: &Simulation, sequencer: &Sequencer) {
    let (mut before, mut after, mut stated, mut nees) = (0.0, 0.0, 0.0, 0.0);
    let (mut heard, mut count, mut within, mut restarts) = (0, 0, 0, 0);
    for array in simulation.array_errors() {
        let Some(r) = found(sequencer, &array.id) else {
            continue;
        };
        heard += usize::from(r.used > 0);
        restarts += r.restarts;
        if r.used < 60 {
            continue;
        }
        let off_deg = r.azimuth_rad.value.to_degrees() - array.azimuth_deg;
        before += array.azimuth_deg.powi(2);
        after += off_deg * off_deg;
        stated += r.azimuth_rad.sigma.to_degrees().powi(2);
        nees += (off_deg / r.azimuth_rad.sigma.to_degrees()).powi(2);
        within += usize::from(off_deg.abs() <= 1.0);
        count += 1;
    }
    let n = f64::from(count).max(1.0);
    println!(
        "arrays: {heard} with bearings, {count} with 60 or more; of these rms {:.2}° before, {:.2}° after, {within} within 1°, stated {:.2}° rms, NEES {:.2}, {restarts} restarts",
        (before / n).sqrt(),
        (after / n).sqrt(),
        (stated / n).sqrt(),
        nees / n,
    );
}

//! How much faster than real time a shipped scenario runs, and what it sends:
//!
//! ```sh
//! cargo run --release -p lapwing-sim --example pace -- demo 1
//! ```

use lapwing_sim::{Scenario, Simulation};
use std::collections::BTreeMap;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let name = words.next().unwrap_or_else(|| "demo".into());
    let seed = words.next().map_or(Ok(1), |text| text.parse())?;
    let scenario = match name.as_str() {
        "night" => Scenario::merrow_night(seed),
        _ => Scenario::merrow_demo(seed),
    };
    let begun = Instant::now();
    let simulation = Simulation::new(&scenario)?;
    println!("{:?}", simulation.counts());
    println!("drawn in {:.2} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let mut sent: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for emission in simulation {
        let entry = sent.entry(emission.feed).or_default();
        entry.0 += 1;
        entry.1 += emission.bytes.len() as u64;
    }
    let took_s = begun.elapsed().as_secs_f64();
    for (feed, (count, bytes)) in sent {
        println!("{feed}: {count} emissions, {bytes} bytes");
    }
    println!(
        "{} s of {name} in {took_s:.2} s: {:.0} times real time",
        scenario.duration_s,
        scenario.duration_s / took_s
    );
    Ok(())
}

//! `lapwing demo`: an invented island's evening, through the real decoders, live on
//! the map.

use crate::arguments::Demo;
use crate::commands::simulate::site_of;
use crate::inputs::sequencer;
use crate::serve;
use crate::shutdown::Shutdown;
use anyhow::{Context, Result};
use lapwing_engine::site::Site;
use lapwing_engine::{
    Message, Mode, Outputs, Pacer, RunOptions, Runtime, Start, StartFeed, wall_clock, wire_word,
};
use lapwing_ingest::Wire;
use lapwing_record::{Options, Writer};
use lapwing_sim::{Event, MERROW_GEOJSON, Scenario, Simulation};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::mpsc::SyncSender;

pub(crate) fn run(arguments: &Demo) -> Result<()> {
    serve::check(arguments.listen.listen)?;
    let mut simulation = Simulation::new(&Scenario::merrow_demo(arguments.seed))?;
    let site = site_of(&simulation)?;
    let data = match &arguments.data {
        Some(dir) => dir.clone(),
        None => std::env::temp_dir().join(format!(
            "lapwing-demo-{}",
            wall_clock().to_string().replace(':', "-")
        )),
    };
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let recording = data.join("recording");
    let log = Writer::create(&recording, &Options::default())
        .with_context(|| format!("cannot record into {}", recording.display()))?;
    let truth = arguments
        .truth
        .as_ref()
        .map(|path| {
            File::create(path)
                .map(BufWriter::new)
                .with_context(|| format!("cannot write {}", path.display()))
        })
        .transpose()?;
    let sequencer = sequencer(site.clone(), start_of(&site), arguments.threads, Some(log))?;
    let outputs = Outputs::open(&site, &data.join("state.db"))?;
    let shutdown = Shutdown::on_signals()?;
    let runtime = Runtime::spawn(
        sequencer,
        outputs,
        RunOptions {
            mode: Mode::Exercise,
            speed: arguments.speed.0,
            wall_clock: false,
            report_faults: true,
        },
    )?;
    let inbox = runtime.inbox();
    let numbers: BTreeMap<String, u16> = (0..)
        .zip(&site.feeds)
        .map(|(number, feed)| (feed.id.clone(), number))
        .collect();
    let stop = shutdown.clone();
    let speed = arguments.speed.0;
    let player = std::thread::spawn(move || {
        play(&mut simulation, &numbers, speed, &inbox, truth, &stop);
    });
    eprintln!("recording into {}", recording.display());
    let finished = serve::until_shutdown(
        arguments.listen.listen,
        &site,
        Some(MERROW_GEOJSON),
        runtime,
        &shutdown,
    )?;
    // the player ends with the pipeline it feeds
    let _ = player.join();
    if let Some(failure) = finished.failure {
        anyhow::bail!("the recording was not closed: {failure}");
    }
    eprintln!(
        "play it back: lapwing replay {} --speed 4",
        recording.display()
    );
    Ok(())
}

/// How a run over a simulation's feeds begins: everything it warns of is an exercise.
fn start_of(site: &Site) -> Start {
    Start {
        format: 1,
        program: env!("CARGO_PKG_VERSION").to_owned(),
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
    }
}

fn play(
    simulation: &mut Simulation,
    numbers: &BTreeMap<String, u16>,
    speed: Option<f64>,
    inbox: &SyncSender<Message>,
    mut truth: Option<BufWriter<File>>,
    stop: &Shutdown,
) {
    let mut pacer = Pacer::new(speed);
    while let Some(event) = simulation.next_event() {
        match event {
            Event::Emission(emission) => {
                let Some(&feed) = numbers.get(&emission.feed) else {
                    continue;
                };
                if !stop.sleep(pacer.wait(emission.time)) {
                    break;
                }
                let message = Message::Arrival {
                    feed,
                    received: emission.time,
                    bytes: emission.bytes,
                };
                if inbox.send(message).is_err() {
                    break;
                }
            }
            Event::Truth(lines) => {
                if let Some(file) = &mut truth {
                    for line in lines {
                        if let Err(error) = writeln!(file, "{}", line.to_json()) {
                            eprintln!("truth: {error}");
                        }
                    }
                }
            }
        }
    }
    if let Some(mut file) = truth
        && let Err(error) = file.flush()
    {
        eprintln!("truth: {error}");
    }
    // the pipeline may have been stopped meanwhile
    let _ = inbox.send(Message::InputEnded);
}

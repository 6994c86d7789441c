//! `lapwing lab`: the tracker on an abstract scenario.

use crate::arguments::{Format, Lab, LabFilter};
use crate::progress::Progress;
use anyhow::{Context, Result, bail};
use lapwing_lab::scenario::Scenario;
use lapwing_lab::{Hooks, Input, Kind, Options, Outcome, csv};
use lapwing_track::swarm::scene::SceneConfig;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

pub(crate) fn run(arguments: &Lab) -> Result<()> {
    let scenario = Scenario::parse(&read(&arguments.scenario)?)
        .with_context(|| arguments.scenario.display().to_string())?;
    let kind = match (arguments.filter, arguments.generate) {
        (Some(LabFilter::Marginal), _) | (None, Some(_)) => Kind::Marginal,
        (Some(LabFilter::Mixture), _) | (None, None) => Kind::Mixture,
    };
    let options = Options {
        kind,
        threads: usize::from(arguments.threads),
        started: arguments.started,
        runs: arguments.runs,
    };
    let mut estimates = arguments
        .estimates
        .as_deref()
        .map(Estimates::create)
        .transpose()?;
    let outcome = if let Some(objects) = arguments.generate {
        let (scenario, scene) = generated(scenario, arguments, objects)?;
        go(
            &scenario,
            Input::Generated(scene),
            &options,
            1,
            &mut estimates,
        )?
    } else if let Some(path) = &arguments.s_file {
        let scene = csv::s_scene(&read(path)?).with_context(|| path.display().to_string())?;
        let objects = scene.truth.values().map(Vec::len).max().unwrap_or(0);
        let scenario = scenario.scaled(objects as f64);
        let scenario = if arguments.started {
            scenario.without_births()
        } else {
            scenario
        };
        go(&scenario, Input::Scene(&scene), &options, 1, &mut estimates)?
    } else if let (Some(measurements), Some(truth)) = (&arguments.measurements, &arguments.truth) {
        let name = measurements.display().to_string();
        let measured = csv::measurements(&read(measurements)?).with_context(|| name.clone())?;
        let (first, last) = arguments.runs.unwrap_or((0, u32::MAX));
        let runs = measured.range(first..=last).count();
        if runs == 0 {
            bail!("{name} has no run from {first} to {last}");
        }
        let truth = csv::truth(&read(truth)?).with_context(|| truth.display().to_string())?;
        let input = Input::Tables {
            measurements: &measured,
            truth: &truth,
        };
        go(&scenario, input, &options, runs, &mut estimates)?
    } else {
        bail!("give --measurements and --truth, or --s-file, or --generate");
    };
    if let Some(estimates) = estimates {
        estimates.finish()?;
    }
    match arguments.format {
        Format::Text => print!("{}", table(&outcome)),
        Format::Json => println!("{}", serde_json::to_string(&outcome)?),
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The scenario of a made scene, and the scene.
fn generated(scenario: Scenario, arguments: &Lab, objects: u32) -> Result<(Scenario, SceneConfig)> {
    for (name, share) in [("births", arguments.births), ("deaths", arguments.deaths)] {
        if !(0.0..1.0).contains(&share) {
            bail!("--{name} {share}: at least 0, below 1");
        }
    }
    let scene = SceneConfig::s(
        objects as usize,
        arguments.births,
        arguments.deaths,
        arguments.seed,
    );
    let mut scenario = scenario.scaled(f64::from(objects));
    if arguments.started {
        scenario = scenario.without_births();
    }
    if arguments.births > 0.0 {
        scenario.birth.uniform_per_scan = Some(arguments.births * f64::from(objects));
    }
    if arguments.deaths > 0.0 {
        scenario.survival.p = 1.0 - arguments.deaths;
    }
    if let Some(scans) = arguments.scans {
        scenario.scans = scans;
    }
    Ok((scenario, scene))
}

fn go(
    scenario: &Scenario,
    input: Input<'_>,
    options: &Options,
    runs: usize,
    estimates: &mut Option<Estimates>,
) -> Result<Outcome> {
    let mut progress = Progress::new(runs * scenario.scans as usize, "scans");
    let start = Instant::now();
    let mut done = 0;
    let mut failure = None;
    let outcome = lapwing_lab::run(
        scenario,
        input,
        options,
        &mut Hooks {
            processor_s: &mut processor_s,
            wall_s: &mut || start.elapsed().as_secs_f64(),
            each: &mut |run, scan, found| {
                done += 1;
                progress.at(done);
                if let (Some(file), None) = (estimates.as_mut(), &failure) {
                    failure = file.write(run, scan, found).err();
                }
            },
        },
    )?;
    match failure {
        Some(error) => Err(error).context("cannot write the estimates"),
        None => Ok(outcome),
    }
}

/// Processor time of this process, all threads, s.
fn processor_s() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

struct Estimates(BufWriter<File>);

impl Estimates {
    fn create(path: &Path) -> Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut file = BufWriter::new(file);
        writeln!(file, "run,scan,x,y").context("cannot write the estimates")?;
        Ok(Self(file))
    }

    fn write(&mut self, run: u32, scan: u32, found: &[(u64, [f64; 2])]) -> std::io::Result<()> {
        for (_, [x, y]) in found {
            writeln!(self.0, "{run},{scan},{x:.4},{y:.4}")?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        self.0.flush().context("cannot write the estimates")
    }
}

fn table(o: &Outcome) -> String {
    let mut text = String::new();
    let bound = if o.t_gospa_exact { "" } else { " (at most)" };
    let rows = [
        ("RMS GOSPA", format!("{:.4} m", o.rms_gospa)),
        ("  localisation", format!("{:.4} m", o.localisation)),
        ("  missed", format!("{:.4} m", o.missed)),
        ("  false", format!("{:.4} m", o.false_)),
        ("RMS T-GOSPA", format!("{:.4} m{bound}", o.t_gospa)),
        ("switches a run", format!("{:.2}", o.switches)),
        ("processor time", format!("{:.1} µs a scan", o.us_per_scan)),
        ("wall time", format!("{:.1} µs a scan", o.wall_us_per_scan)),
        ("runs, scans", format!("{}, {}", o.runs, o.scans)),
        ("not taken in", format!("{} measurements", o.rejected)),
    ];
    for (name, value) in rows {
        // writing to a string cannot fail
        let _ = writeln!(text, "{name:<16} {value}");
    }
    text
}

//! Runs the large-scale filter over a scene and prints its accuracy and time per scan.
//!
//! ```text
//! cargo run --release -p lapwing-track --example swarm -- --objects 100000 --births 0.01 --deaths 0.01
//! ```

use lapwing_score::gospa::{Gospa, GospaParams, gospa};
use lapwing_track::swarm::reference::Reference;
use lapwing_track::swarm::scene::{Scene, SceneConfig};
use lapwing_track::swarm::{Birth, Config, Models, Prune, Swarm};
use std::process::ExitCode;
use std::time::Instant;

const HELP: &str = "\
--objects N        objects, and clutter per scan (1000)
--births P         share of N that appears per scan (0)
--deaths P         probability of an object's end per scan (0)
--scans K          scans (50)
--seed S           of the scene (1); --seeds K repeats for K seeds
--csv FILE         an S_N file in place of the generator (gives N)
--started          the tracks are given at the first scan
--models M         single or multiple (single)
--threads T        (1)
--gate D2          squared gate (20)
--prune R          existence below which a track ends (0.005)
--prune-birth R    existence below which none begins (0.005)
--assume-births P  share of births that the filter expects (as drawn)
--survival P       survival that the filter expects (1 - deaths)
--threshold R      existence from which a track counts (0.5)
--from K           scans before K are not scored (0)
--score-every K    scores each K-th scan (1)
--reference        the plain filter in double precision";

#[derive(Clone, Debug)]
struct Options {
    scene: SceneConfig,
    scans: usize,
    seeds: u64,
    csv: Option<String>,
    started: bool,
    models: Models,
    threads: usize,
    gate: f64,
    prune: Prune,
    threshold: f64,
    from: usize,
    score_every: usize,
    reference: bool,
    survival: Option<f64>,
    assumed_births: Option<f64>,
}

fn options() -> Result<Options, String> {
    let mut o = Options {
        scene: SceneConfig::s(1000, 0.0, 0.0, 1),
        scans: 50,
        seeds: 1,
        csv: None,
        started: false,
        models: Models::Single,
        threads: 1,
        gate: Config::default().gate,
        prune: Config::default().prune,
        threshold: 0.5,
        from: 0,
        score_every: 1,
        reference: false,
        survival: None,
        assumed_births: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--started" => o.started = true,
            "--reference" => o.reference = true,
            "--help" => return Err(HELP.to_owned()),
            _ => {
                let text = words
                    .next()
                    .ok_or(format!("{word} needs a value\n{HELP}"))?;
                let number = || text.parse::<f64>().map_err(|e| format!("{word}: {e}"));
                match word.as_str() {
                    "--objects" => o.scene.objects = number()? as usize,
                    "--births" => o.scene.births = number()?,
                    "--deaths" => o.scene.deaths = number()?,
                    "--scans" => o.scans = number()? as usize,
                    "--seed" => o.scene.seed = number()? as u64,
                    "--seeds" => o.seeds = number()? as u64,
                    "--csv" => o.csv = Some(text.clone()),
                    "--models" if text == "multiple" => o.models = Models::Multiple,
                    "--models" => o.models = Models::Single,
                    "--threads" => o.threads = number()? as usize,
                    "--gate" => o.gate = number()?,
                    "--prune" => o.prune.existence = number()?,
                    "--prune-birth" => o.prune.birth = number()?,
                    "--threshold" => o.threshold = number()?,
                    "--from" => o.from = number()? as usize,
                    "--score-every" => o.score_every = number()? as usize,
                    "--assume-births" => o.assumed_births = Some(number()?),
                    "--survival" => o.survival = Some(number()?),
                    _ => return Err(format!("{word} is unknown\n{HELP}")),
                }
            }
        }
    }
    Ok(o)
}

/// One scan: what was there, what was seen.
struct Scan {
    truth: Vec<[f64; 2]>,
    detections: Vec<[f64; 2]>,
}

/// Scans, one after the other, and the prior at the first.
enum Source {
    Drawn(Box<Scene>),
    Read(std::vec::IntoIter<Scan>),
}

impl Source {
    fn next(&mut self, scan: usize) -> Option<Scan> {
        match self {
            Self::Drawn(scene) => {
                if scan > 0 {
                    scene.advance();
                }
                Some(Scan {
                    truth: scene.states().iter().map(|s| [s[0], s[2]]).collect(),
                    detections: scene.detections().to_vec(),
                })
            }
            Self::Read(scans) => scans.next(),
        }
    }
}

fn read(path: &str) -> Result<(Vec<[f64; 4]>, Vec<Scan>), String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    let mut prior = Vec::new();
    let mut scans: Vec<Scan> = Vec::new();
    for (at, line) in text.lines().enumerate().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |k: usize| -> f64 {
            let field = fields.get(k).copied().unwrap_or_default();
            field.parse().unwrap_or(0.0)
        };
        let scan = number(1) as usize;
        while scans.len() <= scan {
            scans.push(Scan {
                truth: Vec::new(),
                detections: Vec::new(),
            });
        }
        match fields[0] {
            "init" => prior.push([number(2), number(3), number(4), number(5)]),
            "truth" => scans[scan].truth.push([number(2), number(4)]),
            "det" => scans[scan].detections.push([number(2), number(4)]),
            other => return Err(format!("{path}:{}: kind {other}", at + 1)),
        }
    }
    Ok((prior, scans))
}

enum Filter {
    Plain(Box<Reference>),
    Fast(Box<Swarm>),
}

impl Filter {
    fn new(config: Config, is_plain: bool) -> Result<Self, String> {
        let filter = if is_plain {
            Reference::new(config).map(|f| Self::Plain(Box::new(f)))
        } else {
            Swarm::new(config).map(|f| Self::Fast(Box::new(f)))
        };
        filter.map_err(|e| e.to_string())
    }

    fn start(&mut self, prior: &[[f64; 4]]) -> Result<(), String> {
        let variance = [25.0, 4.0, 25.0, 4.0];
        match self {
            Self::Plain(filter) => filter.start(prior, variance),
            Self::Fast(filter) => {
                let mut covariance = [[0.0; 4]; 4];
                for (i, v) in variance.into_iter().enumerate() {
                    covariance[i][i] = v;
                }
                filter
                    .start(prior, &covariance)
                    .map_err(|e| e.to_string())?;
            }
        }
        Ok(())
    }

    fn step(&mut self, detections: &[[f64; 2]], threshold: f64, out: &mut Vec<(u64, [f64; 4])>) {
        match self {
            Self::Plain(filter) => {
                filter.step(detections);
                *out = filter.estimates(threshold);
            }
            Self::Fast(filter) => {
                filter.step(detections);
                filter.estimates(threshold, out);
            }
        }
    }

    fn size(&self) -> String {
        match self {
            Self::Plain(_) => String::new(),
            Self::Fast(filter) => format!(
                ", {} tracks, {:.1} MiB",
                filter.tracks(),
                filter.memory_bytes() as f64 / f64::from(1 << 20)
            ),
        }
    }
}

/// Processor time of all threads of this process so far, s; 0 where the system does not tell.
fn processor_s() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let ns = |path: std::path::PathBuf| -> Option<f64> {
        let text = std::fs::read_to_string(path.join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    tasks
        .flatten()
        .filter_map(|task| ns(task.path()))
        .sum::<f64>()
        * 1e-9
}

fn run(o: &Options) -> Result<(f64, usize), String> {
    let (prior, mut source, objects) = match &o.csv {
        Some(path) => {
            let (prior, scans) = read(path)?;
            let objects = prior.len();
            (prior, Source::Read(scans.into_iter()), objects)
        }
        None => {
            let mut scene = Scene::new(o.scene);
            let prior = scene.prior([5.0, 2.0, 5.0, 2.0]);
            (prior, Source::Drawn(Box::new(scene)), o.scene.objects)
        }
    };
    let side = SceneConfig { objects, ..o.scene }.side_m();
    let n = objects as f64;
    let config = Config {
        survival: o.survival.unwrap_or(1.0 - o.scene.deaths),
        clutter_density: n / (side * side),
        area: [0.0, side, 0.0, side],
        birth: Birth {
            uniform_per_scan: o.assumed_births.unwrap_or(o.scene.births) * n,
            speed_std: o.scene.speed_mps / 2.0_f64.sqrt(),
            initial_expected: if o.started { 0.0 } else { n },
        },
        gate: o.gate,
        prune: o.prune,
        models: o.models,
        threads: o.threads,
        ..Config::default()
    };
    let mut filter = Filter::new(config, o.reference)?;
    if o.started {
        filter.start(&prior)?;
    }
    let params = GospaParams {
        c: 30.0,
        p: 2.0,
        alpha: 2.0,
    };
    let (mut sum, mut scored, mut time) = (Gospa::default(), 0, 0.0);
    let (mut estimates, mut slowest, mut busy) = (Vec::new(), 0.0_f64, Vec::new());
    for scan in 0..o.scans {
        let Some(Scan { truth, detections }) = source.next(scan) else {
            break;
        };
        let (before, processor) = (Instant::now(), processor_s());
        filter.step(&detections, o.threshold, &mut estimates);
        let elapsed = before.elapsed().as_secs_f64();
        slowest = elapsed.max(slowest);
        time += elapsed;
        busy.push(processor_s() - processor);
        if scan >= o.from && scan % o.score_every == 0 {
            let points: Vec<[f64; 2]> = estimates.iter().map(|e| [e.1[0], e.1[2]]).collect();
            let g = gospa(&truth, &points, &params);
            sum.localisation += g.localisation;
            sum.missed += g.missed;
            sum.false_ += g.false_;
            scored += 1;
        }
    }
    let rms = |part: f64| (part / f64::from(scored) / n).sqrt();
    println!(
        "N {objects}: GOSPA/sqrt(N) {:.4} (localisation {:.4}, missed {:.4}, false {:.4}), {:.3} ms a scan (slowest {:.3}), \
         processor {:.3} ms (median {:.3}){}",
        rms(sum.total()),
        rms(sum.localisation),
        rms(sum.missed),
        rms(sum.false_),
        time / o.scans as f64 * 1e3,
        slowest * 1e3,
        busy.iter().sum::<f64>() / o.scans as f64 * 1e3,
        median(&mut busy) * 1e3,
        filter.size(),
    );
    Ok((sum.total() / f64::from(scored) / n, objects))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn main() -> ExitCode {
    let work = || -> Result<(), String> {
        let mut o = options()?;
        let mut squares = 0.0;
        for _ in 0..o.seeds {
            squares += run(&o)?.0;
            o.scene.seed += 1;
        }
        println!(
            "over {} seeds: {:.4}",
            o.seeds,
            (squares / o.seeds as f64).sqrt()
        );
        Ok(())
    };
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::from(2)
        }
    }
}

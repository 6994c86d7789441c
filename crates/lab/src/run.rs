//! A scenario from its first scan to its last, over all runs, with score and time.

use crate::csv::{Measurements, SScene, Truth};
use crate::filter::{Filter, Kind, START_STD};
use crate::scenario::{Scenario, ScenarioError};
use lapwing_score::gospa::{Gospa, gospa};
use lapwing_score::t_gospa::{TGospa, TGospaParams, TGospaScans};
use lapwing_score::{GospaParams, GospaSeries};
use lapwing_track::swarm::scene::{Scene, SceneConfig};
use serde::Serialize;

/// Where scans come from.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// Tables of several runs over one truth.
    Tables {
        /// Positions by run and scan.
        measurements: &'a Measurements,
        /// True states by scan.
        truth: &'a Truth,
    },
    /// One scene with priors.
    Scene(&'a SScene),
    /// A scene made as it goes.
    Generated(SceneConfig),
}

/// What a run is made with.
pub struct Options {
    /// Which filter.
    pub kind: Kind,
    /// Threads of the marginal filter.
    pub threads: usize,
    /// Whether the objects of the first scan are known.
    pub started: bool,
    /// First and last run, both in.
    pub runs: Option<(u32, u32)>,
}

/// An object reported: number and position, m.
pub type Reported = (u64, [f64; 2]);

/// Clocks and listeners: the library itself reads no time and writes no file.
pub struct Hooks<'a> {
    /// Processor time of all threads so far, s.
    pub processor_s: &'a mut dyn FnMut() -> f64,
    /// Time on the wall, s.
    pub wall_s: &'a mut dyn FnMut() -> f64,
    /// Called after each scan: run, scan, estimates.
    pub each: &'a mut dyn FnMut(u32, u32, &[Reported]),
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Root of the mean square of GOSPA over scans and runs, m.
    pub rms_gospa: f64,
    /// Its part from distances, m.
    pub localisation: f64,
    /// Its part from objects without a track, m.
    pub missed: f64,
    /// Its part from tracks without an object, m.
    #[serde(rename = "false")]
    pub false_: f64,
    /// Number of the first scan in `by_scan`.
    pub first_scan: u32,
    /// Root of the mean square of GOSPA over the runs, scan by scan, m.
    pub by_scan: Vec<f64>,
    /// Root of the mean square of T-GOSPA over scans and runs, m.
    pub t_gospa: f64,
    /// Whether every assignment in it is the best there is.
    pub t_gospa_exact: bool,
    /// Switches of identity a run, halves for a beginning or an end.
    pub switches: f64,
    /// Processor time of update, estimate, prune and predict, µs a scan.
    pub us_per_scan: f64,
    /// The same on the wall, µs a scan.
    pub wall_us_per_scan: f64,
    /// Runs.
    pub runs: u32,
    /// Scans of all runs.
    pub scans: u64,
    /// Measurements that were not taken in.
    pub rejected: u64,
}

/// What is scored over all runs.
struct Scores {
    params: GospaParams,
    t_params: TGospaParams,
    series: GospaSeries,
    trajectories: Option<TGospa>,
    processor_s: f64,
    wall_s: f64,
    scans: u64,
    rejected: u64,
}

/// Run the scenario.
///
/// # Errors
/// A scenario that the filter cannot do with.
pub fn run(
    scenario: &Scenario,
    input: Input<'_>,
    options: &Options,
    hooks: &mut Hooks<'_>,
) -> Result<Outcome, ScenarioError> {
    let gospa = &scenario.gospa;
    let params = GospaParams {
        c: gospa.c,
        p: gospa.p,
        alpha: gospa.alpha,
    };
    let mut scores = Scores {
        params,
        t_params: TGospaParams {
            c: gospa.c,
            p: gospa.p,
            gamma: gospa.gamma.unwrap_or(gospa.c / 5.0),
        },
        series: GospaSeries::new(params),
        trajectories: None,
        processor_s: 0.0,
        wall_s: 0.0,
        scans: 0,
        rejected: 0,
    };
    let mut runs = 0;
    match input {
        Input::Tables {
            measurements,
            truth,
        } => {
            let (first, last) = options.runs.unwrap_or((0, u32::MAX));
            for (run, scans) in measurements.range(first..=last) {
                let filter = Filter::new(scenario, options.kind, options.threads)?;
                scores.run(scenario, filter, *run, hooks, |scan, _| {
                    let measured = scans.get(&scan).cloned().unwrap_or_default();
                    (measured, points(truth, scan))
                })?;
                runs += 1;
            }
        }
        Input::Scene(scene) => {
            let mut filter = Filter::new(scenario, options.kind, options.threads)?;
            if options.started {
                filter.start(&scene.init)?;
            }
            scores.run(scenario, filter, 1, hooks, |scan, _| {
                let measured = scene.detections.get(&scan).cloned().unwrap_or_default();
                (measured, points(&scene.truth, scan))
            })?;
            runs = 1;
        }
        Input::Generated(config) => {
            let mut filter = Filter::new(scenario, options.kind, options.threads)?;
            let mut scene = Scene::new(config);
            if options.started {
                filter.start(&scene.prior(START_STD))?;
            }
            scores.run(scenario, filter, 1, hooks, |_, is_first| {
                if !is_first {
                    scene.advance();
                }
                let truth = scene
                    .ids()
                    .iter()
                    .zip(scene.states())
                    .map(|(id, s)| (*id, [s[0], s[2]]))
                    .collect();
                (scene.detections().to_vec(), truth)
            })?;
            runs = 1;
        }
    }
    Ok(scores.outcome(scenario, runs))
}

/// Who is where at a scan: number and position.
type Points = Vec<Reported>;

fn points(truth: &Truth, scan: u32) -> Points {
    truth
        .get(&scan)
        .into_iter()
        .flatten()
        .map(|(target, s)| (u64::from(*target), [s[0], s[2]]))
        .collect()
}

impl Scores {
    fn run(
        &mut self,
        scenario: &Scenario,
        mut filter: Filter,
        run: u32,
        hooks: &mut Hooks<'_>,
        mut scan_of: impl FnMut(u32, bool) -> (Vec<[f64; 2]>, Points),
    ) -> Result<(), ScenarioError> {
        let mut trajectories =
            TGospaScans::new(self.t_params).map_err(|e| ScenarioError::Value {
                section: "gospa",
                key: "gamma",
                value: format!("{:?}", self.t_params.gamma),
                rule: match e {
                    _ if self.t_params.gamma > 0.0 => "c and p that make a metric",
                    _ => "a positive number of metres",
                },
            })?;
        let mut estimates = Vec::new();
        for at in 0..scenario.scans {
            let scan = scenario.first_scan + at;
            let (measured, truth) = scan_of(scan, at == 0);
            let (processor, wall) = ((hooks.processor_s)(), (hooks.wall_s)());
            filter.step(&measured);
            filter.estimates(&mut estimates);
            self.processor_s += (hooks.processor_s)() - processor;
            self.wall_s += (hooks.wall_s)() - wall;
            self.scans += 1;
            (hooks.each)(run, scan, &estimates);
            self.series
                .add(at as usize, &score(&truth, &estimates, &self.params));
            trajectories.add(&truth, &estimates);
        }
        self.rejected += filter.rejected();
        let found = trajectories.finish();
        match &mut self.trajectories {
            Some(all) => all.merge(&found),
            none => *none = Some(found),
        }
        Ok(())
    }

    fn outcome(&self, scenario: &Scenario, runs: u32) -> Outcome {
        let mean = self.series.mean();
        let trajectories = self
            .trajectories
            .as_ref()
            .map(|t| t.mean(&self.t_params))
            .unwrap_or_default();
        let scans = self.scans.max(1) as f64;
        Outcome {
            rms_gospa: mean.rms_gospa,
            localisation: mean.localisation,
            missed: mean.missed,
            false_: mean.false_,
            first_scan: scenario.first_scan,
            by_scan: self.series.by_scan().iter().map(|m| m.rms_gospa).collect(),
            t_gospa: trajectories.rms,
            t_gospa_exact: trajectories.exact,
            switches: trajectories.switches / f64::from(runs.max(1)),
            us_per_scan: self.processor_s * 1e6 / scans,
            wall_us_per_scan: self.wall_s * 1e6 / scans,
            runs,
            scans: self.scans,
            rejected: self.rejected,
        }
    }
}

fn score(truth: &Points, estimates: &Points, params: &GospaParams) -> Gospa {
    let of = |points: &Points| -> Vec<[f64; 2]> { points.iter().map(|p| p.1).collect() };
    gospa(&of(truth), &of(estimates), params)
}

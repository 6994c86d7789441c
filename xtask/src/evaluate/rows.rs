//! The targets of the tracker, and how each figure is made from the scores.

use std::fmt::Write as _;

use serde_json::Value;

use super::statistics::{Estimate, estimate, p90, rms};

/// One scene of one seed.
pub(super) struct Outcome {
    pub(super) scene: String,
    pub(super) seed: u64,
    pub(super) score: Value,
}

/// Everything that one run gave.
#[derive(Default)]
pub(super) struct Results {
    pub(super) scores: Vec<Outcome>,
    /// By seed, what the registration's example printed.
    pub(super) registrations: Vec<(u64, String)>,
}

/// The scores of one seed.
struct Seed<'a> {
    scores: Vec<(&'a str, &'a Value)>,
    registration: Option<&'a str>,
}

/// A row of the table.
struct Row {
    measure: &'static str,
    limits: (f64, f64),
    decimals: usize,
    value: fn(&[Seed<'_>]) -> (Option<Estimate>, usize),
}

impl Row {
    const fn new(
        measure: &'static str,
        limits: (f64, f64),
        decimals: usize,
        value: fn(&[Seed<'_>]) -> (Option<Estimate>, usize),
    ) -> Self {
        Self {
            measure,
            limits,
            decimals,
            value,
        }
    }

    /// The limits in words.
    fn target(&self) -> String {
        match self.limits {
            ALL => "1".to_owned(),
            (low, high) if low > 0.0 => format!("{low}–{high}"),
            (_, high) => format!("≤ {high}"),
        }
    }
}

/// A share that is to be all.
const ALL: (f64, f64) = (1.0, 1.0);

const fn at_most(limit: f64) -> (f64, f64) {
    (0.0, limit)
}

const DRONE: &[&str] = &["fixed_wing_drone"];
const MACHINES: &[&str] = &[
    "fixed_wing_drone",
    "light_aircraft",
    "airliner",
    "multirotor",
];

/// A bird's track near a machine that has none is taken for the machine's.
const BIRDLESS: &[&str] = &[
    "wave-quiet",
    "acoustic-calm",
    "acoustic-half",
    "acoustic-windy",
    "wave-half-hearing",
    "wave-no-coast-radars",
    "wave-registered",
];

/// The tracker's rows of the table of targets, in its order.
const ROWS: &[Row] = &[
    Row::new(
        "acoustic only: within hearing to confirmed, p90, calm (s)",
        at_most(55.0),
        0,
        |seeds| heard(seeds, "acoustic-calm"),
    ),
    Row::new("the same, windy (s)", at_most(75.0), 0, |seeds| {
        heard(seeds, "acoustic-windy")
    }),
    Row::new(
        "acoustic only, calm: position RMSE 30 s after confirmation (m)",
        at_most(150.0),
        0,
        |seeds| samples(seeds, "acoustic-calm", "since_confirmed", 0, DRONE),
    ),
    Row::new("the same, 60 s after (m)", at_most(90.0), 0, |seeds| {
        samples(seeds, "acoustic-calm", "since_confirmed", 1, DRONE)
    }),
    Row::new(
        "radar alone: position RMSE up to 8 km (m)",
        at_most(60.0),
        0,
        |seeds| range(seeds, 0, "radar_alone"),
    ),
    Row::new("the same, up to 25 km (m)", at_most(130.0), 0, |seeds| {
        range(seeds, 1, "radar_alone")
    }),
    Row::new(
        "radar and others, no self-report: up to 8 km (m)",
        at_most(60.0),
        0,
        |seeds| range(seeds, 0, "with_radar"),
    ),
    Row::new("the same, up to 25 km (m)", at_most(130.0), 0, |seeds| {
        range(seeds, 1, "with_radar")
    }),
    Row::new(
        "position RMSE 45 s after the end of a turn of 45° or more (m)",
        at_most(100.0),
        0,
        |seeds| samples(seeds, "", "after_turn", 2, MACHINES),
    ),
    Row::new("mean NEES, horizontal position", (1.6, 2.6), 2, |seeds| {
        nees(seeds, &[])
    }),
    Row::new(
        "the same where no birds fly, which the truth leaves out",
        (1.6, 2.6),
        2,
        |seeds| nees(seeds, BIRDLESS),
    ),
    Row::new(
        "false confirmed unknown aircraft (1/h)",
        at_most(0.1),
        1,
        |seeds| false_aircraft(seeds, "", "tracks"),
    ),
    Row::new(
        "of them never near any object (1/h)",
        at_most(0.1),
        1,
        |seeds| false_aircraft(seeds, "", "never_of_an_object"),
    ),
    Row::new(
        "false when first confirmed (1/h)",
        at_most(0.1),
        1,
        |seeds| false_aircraft(seeds, "", "at_confirmation"),
    ),
    Row::new(
        "registration: rms azimuth error of the coast radars (°)",
        at_most(0.05),
        3,
        |seeds| radars(seeds, 1),
    ),
    Row::new(
        "registration: rms time error of the coast radars (ms)",
        at_most(30.0),
        1,
        |seeds| radars(seeds, 7),
    ),
    Row::new(
        "registration: arrays with 60 bearings that are within 1° (share)",
        ALL,
        2,
        arrays,
    ),
];

/// Both tables as Markdown, the second by scene.
pub(super) fn table(results: &Results, before: Option<&Results>, about: &str) -> String {
    let own = by_seed(results);
    let other = before.map(by_seed);
    let mut out = format!("{about}\n\n| measure | target | ");
    if other.is_some() {
        out.push_str("before | ");
    }
    out.push_str("reached (95 %) | n | met |\n|---|---|");
    out.push_str(if other.is_some() {
        "---|---|---|---|\n"
    } else {
        "---|---|---|\n"
    });
    for row in ROWS {
        let (found, n) = (row.value)(&own);
        let _ = write!(out, "| {} | {} | ", row.measure, row.target());
        if let Some(other) = &other {
            let _ = write!(out, "{} | ", shown((row.value)(other).0, row.decimals));
        }
        let verdict = found.map_or("not measured", |e| verdict(e, row.limits));
        let _ = writeln!(out, "{} | {n} | {verdict} |", shown(found, row.decimals));
    }
    out.push_str("\nBy scene, all seeds:\n\n");
    out.push_str("| scene | hours | NEES | position RMSE (m) | completeness | false aircraft (1/h) | never near anything | when first confirmed | after their object's end | min/h | within hearing to confirmed, p90 (s) |\n");
    out.push_str("|---|---|---|---|---|---|---|---|---|---|---|\n");
    let mut scenes: Vec<&str> = results.scores.iter().map(|o| o.scene.as_str()).collect();
    scenes.dedup();
    for scene in scenes {
        let _ = writeln!(out, "{}", scene_row(results, &own, scene));
    }
    out
}

fn scene_row(results: &Results, seeds: &[Seed<'_>], scene: &str) -> String {
    let all = || results.scores.iter().filter(|o| o.scene == scene);
    let sum = |path: &str| -> f64 { all().filter_map(|o| number(&o.score, path)).sum() };
    let (pairs, squares) = all()
        .filter_map(|o| {
            let n = number(&o.score, "/nees/horizontal/n")?;
            Some((n, n * number(&o.score, "/position_rmse_m")?.powi(2)))
        })
        .fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    let n = all().count().max(1) as f64;
    format!(
        "| {scene} | {:.2} | {} | {:.0} | {:.2} | {} | {} of {} | {} | {} | {:.2} | {} |",
        sum("/hours"),
        shown(nees(seeds, &[scene]).0, 2),
        (squares / pairs).sqrt(),
        sum("/siap/completeness") / n,
        shown(false_aircraft(seeds, scene, "tracks").0, 1),
        sum("/false_aircraft/never_of_an_object"),
        sum("/false_aircraft/tracks"),
        sum("/false_aircraft/at_confirmation"),
        sum("/false_aircraft/outlived"),
        sum("/false_aircraft/minutes_per_hour") / n,
        shown(heard(seeds, scene).0, 0),
    )
}

fn by_seed(results: &Results) -> Vec<Seed<'_>> {
    let mut seeds: Vec<u64> = results.scores.iter().map(|o| o.seed).collect();
    seeds.extend(results.registrations.iter().map(|r| r.0));
    seeds.sort_unstable();
    seeds.dedup();
    seeds
        .into_iter()
        .map(|seed| Seed {
            scores: results
                .scores
                .iter()
                .filter(|o| o.seed == seed)
                .map(|o| (o.scene.as_str(), &o.score))
                .collect(),
            registration: results
                .registrations
                .iter()
                .find(|r| r.0 == seed)
                .map(|r| r.1.as_str()),
        })
        .collect()
}

fn shown(estimate: Option<Estimate>, decimals: usize) -> String {
    let number = |x: f64| {
        if x.is_finite() {
            format!("{x:.decimals$}")
        } else {
            "never".to_owned()
        }
    };
    match estimate {
        None => "–".to_owned(),
        Some(e) => match e.interval {
            Some((low, high)) => {
                format!("{} ({} to {})", number(e.value), number(low), number(high))
            }
            None => number(e.value),
        },
    }
}

/// Met only if the whole interval is.
fn verdict(estimate: Estimate, limits: (f64, f64)) -> &'static str {
    let within = |x: f64| limits.0 <= x && x <= limits.1;
    let (low, high) = estimate
        .interval
        .unwrap_or((estimate.value, estimate.value));
    match (within(estimate.value), within(low) && within(high)) {
        (true, true) => "yes",
        (true, false) => "not surely",
        (false, _) => "no",
    }
}

fn number(value: &Value, path: &str) -> Option<f64> {
    value.pointer(path).and_then(Value::as_f64)
}

impl Seed<'_> {
    /// Scores of a scene; of all where none is named.
    fn of(&self, scene: &str) -> impl Iterator<Item = &Value> {
        self.scores
            .iter()
            .filter(move |(name, _)| scene.is_empty() || *name == scene)
            .map(|(_, score)| *score)
    }
}

fn numbers(value: Option<&Value>) -> impl Iterator<Item = f64> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
}

fn heard(seeds: &[Seed<'_>], scene: &str) -> (Option<Estimate>, usize) {
    let path = "/situations/fixed_wing_drone/hearing";
    let each: Vec<(Vec<f64>, u64)> = seeds
        .iter()
        .map(|seed| {
            let all = || seed.of(scene).filter_map(|s| s.pointer(path));
            let delays = all().flat_map(|h| numbers(h.get("delays_s"))).collect();
            let never = all().filter_map(|h| h.get("never")?.as_u64()).sum();
            (delays, never)
        })
        .collect();
    let n = each.iter().map(|e| e.0.len() + e.1 as usize).sum();
    let figure = |seeds: &mut dyn Iterator<Item = &(Vec<f64>, u64)>| {
        let (mut delays, mut never) = (Vec::new(), 0);
        for seed in seeds {
            delays.extend(&seed.0);
            never += seed.1;
        }
        p90(delays.into_iter(), never)
    };
    (estimate(&each, figure), n)
}

fn samples(
    seeds: &[Seed<'_>],
    scene: &str,
    what: &str,
    which: usize,
    classes: &[&str],
) -> (Option<Estimate>, usize) {
    let each: Vec<Vec<f64>> = seeds
        .iter()
        .map(|seed| {
            let all = seed.of(scene).flat_map(|score| {
                classes.iter().flat_map(move |class| {
                    let path = format!("/situations/{class}/{what}/{which}/errors_m");
                    numbers(score.pointer(&path)).collect::<Vec<_>>()
                })
            });
            all.collect()
        })
        .collect();
    let n = each.iter().map(Vec::len).sum();
    let figure = |seeds: &mut dyn Iterator<Item = &Vec<f64>>| rms(seeds.flatten());
    (estimate(&each, figure), n)
}

/// Weighted sums of each seed, of which the ratio is the figure.
fn ratio(each: &[(f64, f64)]) -> Option<Estimate> {
    estimate(each, |seeds| {
        let (above, below) = seeds.fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        (below > 0.0).then(|| above / below)
    })
}

fn range(seeds: &[Seed<'_>], which: usize, mix: &str) -> (Option<Estimate>, usize) {
    let each: Vec<(f64, f64)> = seeds
        .iter()
        .map(|seed| {
            let (mut squares, mut pairs) = (0.0, 0.0);
            for score in seed.of("") {
                for class in MACHINES {
                    let path = format!("/situations/{class}/by_radar_range/{which}/{mix}");
                    let n = number(score, &format!("{path}/pairs"));
                    let rmse = number(score, &format!("{path}/position_rmse_m"));
                    if let Some((n, rmse)) = n.zip(rmse) {
                        squares += n * rmse * rmse;
                        pairs += n;
                    }
                }
            }
            (squares, pairs)
        })
        .collect();
    let n = each.iter().map(|e| e.1).sum::<f64>() as usize;
    let root = |x: f64| x.max(0.0).sqrt();
    let found = ratio(&each).map(|e| Estimate {
        value: root(e.value),
        interval: e.interval.map(|(low, high)| (root(low), root(high))),
    });
    (found, n)
}

/// Of some scenes; of all where none are named.
fn nees(seeds: &[Seed<'_>], scenes: &[&str]) -> (Option<Estimate>, usize) {
    let each: Vec<(f64, f64)> = seeds
        .iter()
        .map(|seed| {
            seed.scores
                .iter()
                .filter(|(name, _)| scenes.is_empty() || scenes.contains(name))
                .filter_map(|(_, score)| {
                    let n = number(score, "/nees/horizontal/n")?;
                    Some((n * number(score, "/nees/horizontal/mean")?, n))
                })
                .fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1))
        })
        .collect();
    (ratio(&each), each.iter().map(|e| e.1).sum::<f64>() as usize)
}

fn false_aircraft(seeds: &[Seed<'_>], scene: &str, which: &str) -> (Option<Estimate>, usize) {
    let path = format!("/false_aircraft/{which}");
    let each: Vec<(f64, f64)> = seeds
        .iter()
        .map(|seed| {
            let sum = |path: &str| seed.of(scene).filter_map(|s| number(s, path)).sum();
            (sum(&path), sum("/hours"))
        })
        .collect();
    (ratio(&each), each.iter().map(|e| e.0).sum::<f64>() as usize)
}

/// What is printed last of the radars, by column.
fn radars(seeds: &[Seed<'_>], column: usize) -> (Option<Estimate>, usize) {
    let each: Vec<Vec<f64>> = seeds
        .iter()
        .filter_map(|seed| Some(at_the_end(seed.registration?, column)))
        .collect();
    let n = each.iter().map(Vec::len).sum();
    let figure = |seeds: &mut dyn Iterator<Item = &Vec<f64>>| rms(seeds.flatten());
    (estimate(&each, figure), n)
}

fn at_the_end(text: &str, column: usize) -> Vec<f64> {
    let end = text.rsplit("--- at the end").next().unwrap_or_default();
    end.lines()
        .filter(|line| line.starts_with("radar-"))
        .filter_map(|line| line.split_whitespace().nth(column)?.parse().ok())
        .collect()
}

fn arrays(seeds: &[Seed<'_>]) -> (Option<Estimate>, usize) {
    let each: Vec<(f64, f64)> = seeds
        .iter()
        .filter_map(|seed| arrays_within(seed.registration?))
        .collect();
    (ratio(&each), each.iter().map(|e| e.1).sum::<f64>() as usize)
}

/// How many of the arrays with sixty bearings are within a degree, and of how many.
fn arrays_within(text: &str) -> Option<(f64, f64)> {
    let line = text.lines().rfind(|line| line.starts_with("arrays:"))?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let within = words.iter().position(|word| *word == "within")?;
    Some((
        words.get(within.checked_sub(1)?)?.parse().ok()?,
        words.get(4)?.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome(seed: u64, delays: &[f64], never: u64, nees: (u64, f64)) -> Outcome {
        let score = json!({
            "hours": 0.25,
            "nees": {"horizontal": {"n": nees.0, "mean": nees.1}},
            "false_aircraft": {"tracks": seed, "never_of_an_object": 0, "at_confirmation": 0,
                "outlived": 0, "minutes_per_hour": 0.0},
            "situations": {"fixed_wing_drone": {
                "hearing": {"delays_s": delays, "never": never},
                "since_confirmed": [{"errors_m": [30.0, 40.0]}, {"errors_m": [50.0]}],
                "by_radar_range": [{"radar_alone": {"pairs": 3, "position_rmse_m": 20.0}}],
            }},
        });
        Outcome {
            scene: "acoustic-calm".into(),
            seed,
            score,
        }
    }

    #[test]
    fn figures_are_pooled_over_seeds() {
        let results = Results {
            scores: vec![
                outcome(1, &[10.0, 20.0], 0, (10, 1.0)),
                outcome(2, &[30.0], 1, (30, 3.0)),
            ],
            registrations: Vec::new(),
        };
        let seeds = by_seed(&results);
        let value = |found: (Option<Estimate>, usize)| (found.0.map(|e| e.value), found.1);
        assert_eq!(
            value(heard(&seeds, "acoustic-calm")),
            (Some(f64::INFINITY), 4)
        );
        assert_eq!(value(nees(&seeds, &[])), (Some(2.5), 40));
        // three in half an hour
        assert_eq!(value(false_aircraft(&seeds, "", "tracks")), (Some(6.0), 3));
        assert_eq!(value(range(&seeds, 0, "radar_alone")), (Some(20.0), 6));
        assert_eq!(
            value(samples(&seeds, "", "since_confirmed", 1, DRONE)),
            (Some(50.0), 2)
        );
        let table = table(&results, Some(&results), "now");
        assert!(table.contains("| never ("), "{table}");
        assert!(table.contains("| not measured |"), "{table}");
    }

    #[test]
    fn a_target_is_met_with_its_whole_interval() {
        let of = |value, low, high| {
            let interval = Some((low, high));
            verdict(Estimate { value, interval }, (1.6, 2.6))
        };
        assert_eq!(of(2.0, 1.7, 2.5), "yes");
        assert_eq!(of(2.0, 1.5, 2.5), "not surely");
        assert_eq!(of(2.7, 2.5, 2.9), "no");
        let single = Estimate {
            value: 2.0,
            interval: None,
        };
        assert_eq!(verdict(single, (1.6, 2.6)), "yes");
    }

    #[test]
    fn the_last_of_what_the_registration_printed_is_read() {
        let text = "--- after 1 h (290 s)\n\
            radar-1  +0.500 ± 0.022         -7.1 ±  5.7    -25.2 ± 24.5   3183 0 \n\
            --- at the end\n\
            radar    azimuth error ± σ (°)  range (m)        time (ms)       plots, outliers\n\
            radar-1  +0.002 ± 0.022         -7.1 ±  5.7    -25.2 ± 24.5   3183 0 \n\
            radar-2  -0.006 ± 0.011         -0.4 ±  2.7    +12.0 ± 12.2   4884 10 \n\
            arrays: 520 with bearings, 197 with 60 or more; of these rms 2.97° before, 2.69° after, 95 within 1°, NEES 2.14\n";
        assert_eq!(at_the_end(text, 1), [0.002, -0.006]);
        assert_eq!(at_the_end(text, 7), [-25.2, 12.0]);
        assert_eq!(arrays_within(text), Some((95.0, 197.0)));
    }
}

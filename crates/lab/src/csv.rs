//! The tables that scenarios come in: measurements, truth, and the form that holds both.

use std::collections::BTreeMap;
use thiserror::Error;

/// What is wrong with a table.
#[derive(Debug, Error, PartialEq)]
pub enum CsvError {
    /// The first line is not the header.
    #[error("line 1: the header is {found:?}, expected {expected:?}")]
    Header {
        /// What it is.
        found: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A line with more or fewer fields.
    #[error("line {line}: {found} fields, expected {expected}")]
    Fields {
        /// Number of the line, from 1.
        line: usize,
        /// How many.
        found: usize,
        /// How many there must be.
        expected: usize,
    },
    /// A field that is no number.
    #[error("line {line}, column {column}: {found:?} is not {expected}")]
    Field {
        /// Number of the line, from 1.
        line: usize,
        /// Name of the column.
        column: &'static str,
        /// What it is.
        found: String,
        /// What it must be.
        expected: &'static str,
    },
}

/// Lines of a table with their numbers, the header checked and taken off.
fn lines<'a>(
    text: &'a str,
    header: &'static str,
) -> Result<impl Iterator<Item = (usize, &'a str)>, CsvError> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(n, line)| (n + 1, line.trim()));
    let found = lines.next().map_or("", |l| l.1);
    if found.trim_start_matches('\u{feff}') != header {
        return Err(CsvError::Header {
            found: found.chars().take(80).collect(),
            expected: header,
        });
    }
    Ok(lines.filter(|(_, line)| !line.is_empty()))
}

fn fields<const N: usize>(line: usize, text: &str) -> Result<[&str; N], CsvError> {
    let mut all = [""; N];
    let mut found = 0;
    for field in text.split(',') {
        if let Some(slot) = all.get_mut(found) {
            *slot = field.trim();
        }
        found += 1;
    }
    if found == N {
        Ok(all)
    } else {
        Err(CsvError::Fields {
            line,
            found,
            expected: N,
        })
    }
}

fn whole(line: usize, column: &'static str, text: &str) -> Result<u32, CsvError> {
    text.parse().map_err(|_| CsvError::Field {
        line,
        column,
        found: text.chars().take(40).collect(),
        expected: "a whole number",
    })
}

/// A number; one that is infinite or none is let through, for the filter counts those.
fn number(line: usize, column: &'static str, text: &str) -> Result<f64, CsvError> {
    text.parse().map_err(|_| CsvError::Field {
        line,
        column,
        found: text.chars().take(40).collect(),
        expected: "a number",
    })
}

/// Positions by run and scan, in the order of the file.
pub type Measurements = BTreeMap<u32, BTreeMap<u32, Vec<[f64; 2]>>>;

/// True states `[x, vx, y, vy]` by target, by scan.
pub type Truth = BTreeMap<u32, Vec<(u32, [f64; 4])>>;

/// Read measurements: `run,scan,x,y`, m.
///
/// # Errors
/// The first line that is not of the form.
pub fn measurements(text: &str) -> Result<Measurements, CsvError> {
    let mut all = Measurements::new();
    for (line, text) in lines(text, "run,scan,x,y")? {
        let [run, scan, x, y] = fields(line, text)?;
        all.entry(whole(line, "run", run)?)
            .or_default()
            .entry(whole(line, "scan", scan)?)
            .or_default()
            .push([number(line, "x", x)?, number(line, "y", y)?]);
    }
    Ok(all)
}

/// Read truth: `scan,target,x,vx,y,vy`, m and m/s.
///
/// # Errors
/// The first line that is not of the form.
pub fn truth(text: &str) -> Result<Truth, CsvError> {
    let mut all = Truth::new();
    for (line, text) in lines(text, "scan,target,x,vx,y,vy")? {
        let [scan, target, x, vx, y, vy] = fields(line, text)?;
        all.entry(whole(line, "scan", scan)?).or_default().push((
            whole(line, "target", target)?,
            [
                number(line, "x", x)?,
                number(line, "vx", vx)?,
                number(line, "y", y)?,
                number(line, "vy", vy)?,
            ],
        ));
    }
    Ok(all)
}

/// A scene of the S form: priors at its first scan, truth and detections by scan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SScene {
    /// Priors `[x, vx, y, vy]`.
    pub init: Vec<[f64; 4]>,
    /// True states; a target's number is its place in the scan's list, from 1.
    pub truth: Truth,
    /// Detections by scan.
    pub detections: BTreeMap<u32, Vec<[f64; 2]>>,
}

/// Read a scene: `kind,scan,x,vx,y,vy` with kind `init`, `truth` or `det`.
///
/// # Errors
/// The first line that is not of the form.
pub fn s_scene(text: &str) -> Result<SScene, CsvError> {
    let mut scene = SScene::default();
    for (line, text) in lines(text, "kind,scan,x,vx,y,vy")? {
        let [kind, scan, x, vx, y, vy] = fields(line, text)?;
        let scan = whole(line, "scan", scan)?;
        let position = [number(line, "x", x)?, number(line, "y", y)?];
        if kind == "det" {
            scene.detections.entry(scan).or_default().push(position);
            continue;
        }
        let state = [
            position[0],
            number(line, "vx", vx)?,
            position[1],
            number(line, "vy", vy)?,
        ];
        match kind {
            "init" => scene.init.push(state),
            "truth" => {
                let of_scan = scene.truth.entry(scan).or_default();
                of_scan.push((of_scan.len() as u32 + 1, state));
            }
            _ => {
                return Err(CsvError::Field {
                    line,
                    column: "kind",
                    found: kind.chars().take(40).collect(),
                    expected: "init, truth or det",
                });
            }
        }
    }
    Ok(scene)
}

//! What exists and has not been detected yet: a Poisson intensity on a grid.
//!
//! Things appear everywhere alike and are gone from their cell after a while (rate μ: 5.5 km
//! at 50 m/s are two minutes), so the intensity where no sensor looks settles at birth/μ. That
//! is deliberately little: in its first turn a radar should not take clutter for things. Every closed look multiplies it by 1 − P_D where it
//! reached (García-Fernández et al. 2018, Eq. 14): where radars look often, what is left are
//! those that came since, and a first report there is more likely clutter than at the edge of
//! coverage or in the first turn.
//!
//! Cells are 0.05° of latitude high and about as wide. They are kept only where something
//! looks; between looks λ(t + Δt) = λ∞ + (λ(t) − λ∞) e^{−μΔt}.

use crate::TrackerConfig;
use crate::existence::DETECTION_MAX;
use lapwing_geo::{Ecef, Geodetic};
use lapwing_model::Timestamp;
use lapwing_sensing::Coverage;
use std::collections::BTreeMap;

/// Height of a cell, degrees of latitude.
const CELL_DEG: f64 = 0.05;
/// Rate at which things leave a cell, 1/s.
const LEAVE_PER_S: f64 = 1.0 / 110.0;
/// Most cells kept; a look over more thins those it can.
const CELLS_MAX: usize = 200_000;
/// Most cells that one look is asked about.
const CELLS_OF_LOOK_MAX: i64 = 20_000;

type Key = (i32, i32);

/// The intensity of undetected things.
#[derive(Clone, Debug, Default)]
pub(crate) struct Undetected {
    /// Things a square kilometre, and when.
    cells: BTreeMap<Key, (f64, Timestamp)>,
}

/// Cells round the Earth in the row of a latitude.
fn columns(row: i32) -> f64 {
    let middle = ((f64::from(row) + 0.5) * CELL_DEG).to_radians();
    (360.0 / CELL_DEG * middle.cos()).max(1.0).round()
}

fn key(position: Geodetic) -> Key {
    let row = (position.lat_deg.clamp(-90.0, 90.0) / CELL_DEG).floor() as i32;
    let turn = position.lon_deg.rem_euclid(360.0) / 360.0;
    (row, (turn * columns(row)).floor() as i32)
}

fn middle((row, column): Key, height_m: f64) -> Geodetic {
    let lon_deg = (f64::from(column) + 0.5) / columns(row) * 360.0;
    Geodetic::new((f64::from(row) + 0.5) * CELL_DEG, lon_deg, height_m)
}

fn vanish_per_s(config: &TrackerConfig) -> f64 {
    LEAVE_PER_S - config.survival_per_s.clamp(1e-6, 1.0).ln()
}

/// What an intensity becomes in `dt_s`.
fn later(config: &TrackerConfig, per_km2: f64, dt_s: f64) -> f64 {
    let vanish = vanish_per_s(config);
    let settled = config.birth_per_km2_s.max(0.0) / vanish;
    settled + (per_km2 - settled) * (-vanish * dt_s.max(0.0)).exp()
}

impl Undetected {
    /// Undetected things a square kilometre at `position`.
    pub(crate) fn per_km2(&self, config: &TrackerConfig, position: Ecef, at: Timestamp) -> f64 {
        match self.cells.get(&key(position.into())) {
            Some((per_km2, time)) => later(config, *per_km2, at.seconds_since(*time)),
            None => config.birth_per_km2_s.max(0.0) / vanish_per_s(config),
        }
    }

    /// A closed look has gone over: what it could see and did not report is less likely
    /// there.
    pub(crate) fn thin(&mut self, config: &TrackerConfig, coverage: &Coverage, at: Timestamp) {
        let Some((centre, radius_m)) = coverage.bounding_sphere() else {
            return;
        };
        let centre: Geodetic = centre.into();
        if !(centre.lat_deg.is_finite() && centre.lon_deg.is_finite() && radius_m.is_finite()) {
            return;
        }
        let half_deg = radius_m / 111_000.0;
        let row = |lat_deg: f64| (lat_deg.clamp(-90.0, 89.99) / CELL_DEG).floor() as i32;
        let (south, north) = (
            row(centre.lat_deg - half_deg),
            row(centre.lat_deg + half_deg),
        );
        let mut asked = 0_i64;
        for row in south..=north {
            let n = columns(row);
            let narrow = ((f64::from(row) + 0.5) * CELL_DEG)
                .to_radians()
                .cos()
                .max(0.01);
            let half = (half_deg / narrow / 360.0 * n).min(n / 2.0);
            let at_column = centre.lon_deg.rem_euclid(360.0) / 360.0 * n;
            for column in (at_column - half).floor() as i64..=(at_column + half).floor() as i64 {
                asked += 1;
                if asked > CELLS_OF_LOOK_MAX {
                    return;
                }
                let key = (row, column.rem_euclid(n as i64) as i32);
                self.look(config, coverage, key, at);
            }
        }
    }

    fn look(&mut self, config: &TrackerConfig, coverage: &Coverage, key: Key, at: Timestamp) {
        let place = Ecef::from(middle(key, config.birth_height_m));
        // without the guard band: neighbouring sectors share no cell
        if !coverage.reaches(place, 0.0) {
            return;
        }
        let detection = coverage
            .probability_ignoring_edges(place, None)
            .clamp(0.0, DETECTION_MAX);
        if detection <= 0.0 || (self.cells.len() >= CELLS_MAX && !self.cells.contains_key(&key)) {
            return;
        }
        let settled = config.birth_per_km2_s.max(0.0) / vanish_per_s(config);
        let cell = self.cells.entry(key).or_insert((settled, at));
        let now = later(config, cell.0, at.seconds_since(cell.1));
        *cell = (now * (1.0 - detection), cell.1.max(at));
    }

    /// The number of cells kept.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.cells.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_geo::destination;
    use lapwing_model::{Clutter, Detection, Footprint, Look, SensorId, SensorKind, SensorSpec};

    const RADAR: Geodetic = Geodetic::new(55.0, -4.0, 60.0);

    fn coverage(probability: f64) -> Coverage {
        let look = Look {
            sensor: SensorId(0),
            sequence: 0,
            t0: Timestamp(0),
            t1: Timestamp(0),
            footprint: Footprint::Sector {
                centre: RADAR,
                azimuth_from_rad: 0.0,
                azimuth_width_rad: std::f64::consts::TAU,
                range_limits_m: (0.0, 30_000.0),
            },
            guard_m: 0.0,
            detection: Detection::Constant { probability },
            clutter: Clutter { expected: 1.0 },
            revisit_s: 4.0,
            closed: true,
        };
        Coverage::new(&look, &SensorSpec::of_kind("r", SensorKind::Radar))
    }

    /// The recursion against its sum, written out: what came in the last four seconds, what
    /// came before that and was missed once, and so on.
    #[test]
    fn looking_often_leaves_what_came_since() {
        let config = TrackerConfig::default();
        let mut undetected = Undetected::default();
        let inside = Ecef::from(destination(RADAR, 1.0, 10_000.0));
        let outside = Ecef::from(destination(RADAR, 1.0, 50_000.0));
        let unseen = undetected.per_km2(&config, inside, Timestamp(0));
        for turn in 0..100 {
            let at = Timestamp::from_seconds(4.0 * f64::from(turn));
            undetected.thin(&config, &coverage(0.8), at);
        }
        let now = Timestamp::from_seconds(400.0);
        let came = config.birth_per_km2_s * 4.0;
        let expected: f64 = (0..60).map(|k| came * 0.2_f64.powi(k)).sum();
        let got = undetected.per_km2(&config, inside, now);
        assert!((got / expected - 1.0).abs() < 0.05, "{got} {expected}");
        assert!((undetected.per_km2(&config, outside, now) / unseen - 1.0).abs() < 1e-9);
        assert!(unseen > 10.0 * got);
        // about π 30² km² in cells of 31 km²
        assert!(
            (60..130).contains(&undetected.len()),
            "{}",
            undetected.len()
        );
    }
}

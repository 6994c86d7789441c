//! A workbench for the tests of single sensors: things that hang in the air or fly straight, in air of one's
//! choice.

use super::{Air, Sent, Station, World, loud};
use crate::chart::Chart;
use crate::path::PathBuilder;
use crate::traffic::Target;
use lapwing_model::{Class, MeasurementJson, ReportJson, Timestamp};
use nalgebra::Vector3;

pub(super) struct Rig {
    pub(super) chart: Chart,
    pub(super) targets: Vec<Target>,
    pub(super) air: Air,
}

/// Air without wind at 12 °C in which everything is heard at its full range.
pub(super) fn still() -> Air {
    Air {
        wind: Vector3::zeros(),
        wind_mps: 0.0,
        sound_mps: 338.5,
        quiet: 1.0,
    }
}

/// Something that is at a place (east, north, height; m) at the start and moves north at a speed.
pub(super) fn target(class: Class, at: (f64, f64, f64), speed_mps: f64) -> Target {
    let start = (at.0, at.1 - 1e3 * speed_mps, at.2);
    let mut route = PathBuilder::new(-1e3, start, 0.0, speed_mps);
    route.straight(1e6, at.2, speed_mps);
    let heard_m = match class {
        Class::Airliner => 8_000.0,
        Class::Multirotor => 350.0,
        Class::Bird => 0.0,
        _ => 3_500.0,
    };
    Target {
        id: "target".into(),
        class,
        path: route.finish().unwrap(),
        rcs_m2: 0.05,
        heard_m,
        transponder: None,
        remote_id: None,
    }
}

impl Rig {
    pub(super) fn new(targets: Vec<Target>) -> Self {
        Self {
            chart: Chart::new(46.5, -30.0),
            targets,
            air: still(),
        }
    }

    pub(super) fn station(&self, at: (f64, f64)) -> Station {
        Station::new(&self.chart, at, 0.0)
    }

    /// `count` stations at one place, numbered.
    pub(super) fn stations(&self, at: (f64, f64), count: usize) -> Vec<(usize, Station)> {
        (0..count).map(|i| (i, self.station(at))).collect()
    }

    /// The world in the second from `t_s`.
    pub(super) fn second<T>(&self, t_s: f64, look: impl FnOnce(&World<'_>) -> T) -> T {
        let alive: Vec<(usize, Vector3<f64>)> = (0..self.targets.len())
            .map(|i| {
                let (east, north, height) = self.targets[i].path.at(t_s).at;
                (i, self.chart.point(east, north, height))
            })
            .collect();
        let loud = loud(&self.targets, &alive, &self.air, t_s);
        look(&World {
            chart: &self.chart,
            targets: &self.targets,
            phantoms: &[],
            alive: &alive,
            loud: &loud,
            air: &self.air,
            start: Timestamp(0),
        })
    }

    /// Everything a sensor says in the seconds from `from_s` to `to_s`.
    pub(super) fn run(
        &self,
        (from_s, to_s): (u32, u32),
        mut each: impl FnMut(&World<'_>, f64, &mut Vec<Sent>),
    ) -> Vec<Said> {
        let mut sent = Vec::new();
        for second in from_s..to_s {
            let t_s = f64::from(second);
            self.second(t_s, |world| each(world, t_s, &mut sent));
        }
        sent.iter()
            .map(|s| Said {
                report: serde_json::from_slice(&s.bytes).unwrap(),
                arrives_s: s.time.as_seconds(),
            })
            .collect()
    }
}

/// A line, and when it came.
pub(super) struct Said {
    pub(super) report: ReportJson,
    pub(super) arrives_s: f64,
}

impl Said {
    pub(super) fn time_s(&self) -> f64 {
        self.report.time.as_seconds()
    }

    /// Azimuth and elevation, degrees, of a bearing.
    pub(super) fn bearing(&self) -> Option<(f64, Option<f64>)> {
        match self.report.measurement {
            MeasurementJson::Bearing {
                azimuth_deg,
                elevation_deg,
                ..
            } => Some((azimuth_deg, elevation_deg)),
            _ => None,
        }
    }

    pub(super) fn is_heartbeat(&self) -> bool {
        matches!(self.report.measurement, MeasurementJson::Heartbeat {})
    }
}

pub(super) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

/// Fails unless so many of `n` are within 4.5 deviations of a binomial count (7 in a million by chance).
#[track_caller]
pub(super) fn assert_share(hits: usize, n: usize, expected: f64) {
    let n = n as f64;
    let off = hits as f64 - n * expected;
    let allowed = 4.5 * (n * expected * (1.0 - expected)).sqrt() + 1e-9;
    assert!(
        off.abs() <= allowed,
        "{hits} of {n}, expected {}",
        n * expected
    );
}

/// Fails unless a normal sample's mean and deviation are within 4.5 of their own deviations.
#[track_caller]
pub(super) fn assert_normal(values: &[f64], mean: f64, deviation: f64) {
    let n = values.len() as f64;
    let (m, d) = mean_and_deviation(values);
    assert!(
        (m - mean).abs() <= 4.5 * deviation / n.sqrt(),
        "mean {m} of {n}, expected {mean}"
    );
    let allowed = 4.5 / (2.0 * n).sqrt();
    assert!(
        (d / deviation - 1.0).abs() <= allowed,
        "deviation {d} of {n}, expected {deviation}"
    );
}

/// Fails unless a count of rare events is within 4.5 deviations of its Poisson mean.
#[track_caller]
pub(super) fn assert_count(count: usize, expected: f64) {
    let off = (count as f64 - expected).abs();
    assert!(off <= 4.5 * expected.sqrt(), "{count}, expected {expected}");
}

/// The median of some values.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Degrees in [−180, 180).
pub(super) fn wrapped_deg(degrees: f64) -> f64 {
    lapwing_geo::wrap_pi(degrees.to_radians()).to_degrees()
}

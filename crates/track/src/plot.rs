//! A report ready to be paired: where it lies along the key that plots are sorted by, and how
//! dense clutter and things not yet detected are at it, in its own measurement space.

use crate::TrackerConfig;
use crate::chart::Chart;
use crate::existence::DETECTION_MAX;
use crate::measure::{Model, Polar};
use crate::measured::Looker;
use crate::motion::Gaussian;
use crate::nuisance::{self, Alarm};
use crate::undetected::Undetected;
use lapwing_geo::{Ecef, Geodetic, wrap_pi};
use lapwing_model::{Look, Measurement, Report};
use lapwing_sensing::{Coverage, hearing_range_m};

/// Least probability of detection of a thing that was in fact reported.
pub(crate) const DETECTION_MIN: f64 = 0.1;
/// Half-width of the prefilter, standard deviations.
pub(crate) const PREFILTER_SIGMAS: f64 = 5.0;
/// Area that a sensor's false reports are spread over when its footprint is not known, m².
const UNKNOWN_AREA_M2: f64 = 1e10;
/// Spans that false reports are spread over in the components beside position:
/// elevation (rad), range rate and velocity (m/s), height (m).
const SPAN_ELEVATION_RAD: f64 = 0.8;
const SPAN_RATE_MPS: f64 = 200.0;
const SPAN_HEIGHT_M: f64 = 12_000.0;

/// A report ready to be paired.
pub(crate) struct Plot<'a> {
    pub(crate) report: &'a Report,
    /// Its place in the look.
    pub(crate) index: usize,
    pub(crate) model: Model<'a>,
    /// Sorting key: slant range for polar reports, metres north for positions.
    pub(crate) key_m: f64,
    /// Log-density of clutter and new things at the report, in its measurement space.
    pub(crate) log_density: f64,
    /// Greatest range of the sensor, m.
    range_max_m: f64,
    /// The state that it gives a new thing; none where it alone gives none.
    pub(crate) first: Option<(Chart, Gaussian)>,
    /// Share of new things in that density.
    pub(crate) share_new: f64,
    /// What it is if it is a false bearing.
    pub(crate) alarm: Option<Alarm>,
    /// The range at which its sensor hears an engine half the time in the present air, m.
    pub(crate) hearing_m: Option<f64>,
}

/// Where a hypothesis may be in the look.
pub(crate) struct Place {
    pub(crate) polar: Option<Polar>,
    pub(crate) north_m: f64,
    pub(crate) reach_m: f64,
    /// Reach along the line of sight, with the height's part, m.
    pub(crate) reach_range_m: f64,
}

impl<'a> Plot<'a> {
    pub(crate) fn new(
        config: &TrackerConfig,
        look: &Look,
        coverage: &Coverage,
        sensor: Looker<'_>,
        undetected: &Undetected,
        (index, report): (usize, &'a Report),
    ) -> Option<Self> {
        let mut setting = sensor.setting;
        if let Some(estimate) = sensor.registered {
            setting.sigmas = estimate.left(&report.measurement);
        }
        let model = Model::new(&report.measurement, sensor.spec, sensor.frame)?.in_setting(setting);
        let expected = look.clutter.expected.max(0.0);
        let alarm = sensor.alarms.get(index).copied().flatten();
        // things a square metre that this look detects for the first time
        let first = model.first_state(config);
        let new_per_m2 = match &first {
            Some((chart, state)) if coverage.is_known() => {
                let at = Ecef(chart.ecef(&state.position()));
                let detection = coverage
                    .probability_ignoring_edges(at, report.rcs_dbsm)
                    .clamp(DETECTION_MIN, DETECTION_MAX);
                detection * undetected.per_km2(config, at, report.time) * 1e-6
            }
            // who knows where it looks not, knows only how many come between two looks
            _ => config.birth_per_km2_s.max(0.0) * look.revisit_s.max(0.1) * 1e-6,
        };
        let (key_m, clutter, new, span) = match &report.measurement {
            Measurement::Polar {
                range_m,
                elevation_rad,
                range_rate_mps,
                height_m,
                ..
            } => {
                let (least_m, greatest_m) = sensor.spec.range_limits_m;
                let extent = coverage
                    .polar_extent()
                    .unwrap_or(((greatest_m - least_m).max(1.0), std::f64::consts::TAU));
                let mut span = 1.0;
                if elevation_rad.is_some() {
                    span *= SPAN_ELEVATION_RAD;
                }
                if range_rate_mps.is_some() {
                    span *= SPAN_RATE_MPS;
                }
                if height_m.is_some() {
                    span *= SPAN_HEIGHT_M;
                }
                (
                    *range_m,
                    expected / (extent.0 * extent.1),
                    new_per_m2 * range_m.max(100.0),
                    span,
                )
            }
            Measurement::Position {
                position,
                height_sigma_m,
                velocity_mps,
                ..
            } => {
                let area_m2 = coverage.area_m2().unwrap_or(UNKNOWN_AREA_M2);
                let axes = if height_sigma_m.is_some() { 3 } else { 2 };
                let mut span = 1.0;
                if height_sigma_m.is_some() {
                    span *= SPAN_HEIGHT_M;
                }
                if velocity_mps.is_some() {
                    span *= SPAN_RATE_MPS.powi(axes);
                }
                (north_m(*position), expected / area_m2, new_per_m2, span)
            }
            Measurement::Bearing {
                elevation_rad,
                elevation_sigma_rad,
                ..
            } if alarm.is_some() => {
                let density = alarm.map_or(0.0, |alarm| alarm.density);
                let low = elevation_rad.map_or(1.0, |angle| {
                    nuisance::elevation_density(angle, *elevation_sigma_rad)
                });
                (f64::INFINITY, density * low, 0.0, 1.0)
            }
            Measurement::Bearing { elevation_rad, .. } => {
                let mut span = std::f64::consts::TAU;
                if elevation_rad.is_some() {
                    span *= SPAN_ELEVATION_RAD;
                }
                // a source that is not tracked is as likely as a false one
                (f64::INFINITY, expected.max(0.01) + 0.1, 0.0, span)
            }
            _ => return None,
        };
        let clutter = sensor
            .clutter
            .map_or(clutter, |map| map.density(report, clutter));
        let density = (clutter + new).max(1e-30);
        Some(Self {
            report,
            index,
            model,
            key_m,
            first,
            log_density: (density / span).ln(),
            range_max_m: sensor.spec.range_limits_m.1,
            share_new: (new / density).clamp(0.0, 1.0),
            alarm,
            hearing_m: (sensor.spec.range_50_m)
                .filter(|_| alarm.is_some())
                .map(|range_m| hearing_range_m(range_m, &sensor.setting.air)),
        })
    }

    /// A state of no meaning at the sensor, for what starts none.
    pub(crate) fn nowhere(&self) -> (Chart, Gaussian) {
        let state = Gaussian {
            mean: nalgebra::Vector6::zeros(),
            covariance: nalgebra::Matrix6::identity(),
        };
        (Chart::near(self.model.frame.origin()), state)
    }

    /// The place of the report, in steps of a few of its standard deviations: what lies in one
    /// cell cannot be told apart.
    pub(crate) fn cell(&self) -> (u8, i64, i64) {
        let step = |value: f64, step: f64| (value / step.max(1e-9)).floor() as i64;
        let (a, b) = match &self.report.measurement {
            Measurement::Polar {
                range_m,
                azimuth_rad,
                sigma,
                ..
            } => (
                step(*range_m, 3.0 * sigma.range_m.max(10.0)),
                step(*azimuth_rad, 3.0 * sigma.azimuth_rad.max(1e-3)),
            ),
            Measurement::Position {
                position,
                horizontal_sigma_m,
                ..
            } => {
                let metres = 3.0 * horizontal_sigma_m.max(10.0);
                (
                    step(north_m(*position), metres),
                    step(position.lon_deg * 60_000.0, metres),
                )
            }
            Measurement::Bearing {
                azimuth_rad,
                azimuth_sigma_rad,
                ..
            } => (0, step(*azimuth_rad, azimuth_sigma_rad.max(1e-3))),
            _ => (0, 0),
        };
        (self.kind(), a, b)
    }

    /// Kinds of measurement that are paired apart.
    pub(crate) fn kind(&self) -> u8 {
        match self.report.measurement {
            Measurement::Polar { .. } => 0,
            Measurement::Position { .. } => 1,
            _ => 2,
        }
    }

    /// Whether a candidate is near enough for the exact test.
    pub(crate) fn near(&self, candidate: &Place) -> bool {
        match (&self.report.measurement, candidate.polar) {
            (
                Measurement::Polar {
                    azimuth_rad, sigma, ..
                },
                Some(polar),
            ) => {
                let across_m = wrap_pi(azimuth_rad - polar.azimuth_rad()).abs() * polar.ground_m;
                across_m
                    <= candidate.reach_m + PREFILTER_SIGMAS * sigma.azimuth_rad * polar.ground_m
            }
            (Measurement::Position { position, .. }, _) => {
                (north_m(*position) - candidate.north_m).abs() <= candidate.reach_m + 1_000.0
            }
            (_, Some(polar)) => polar.range_m <= self.range_max_m,
            _ => false,
        }
    }
}

/// A coordinate that sorts positions from south to north, m.
pub(crate) fn north_m(position: Geodetic) -> f64 {
    position.lat_deg * 111_000.0
}

/// Whether every number of a report is one, and one that can be: no error is negative, no
/// place beyond the air, no speed beyond reason.
pub(crate) fn is_finite(report: &Report) -> bool {
    // a comparison with what is no number fails
    let within = |values: &[f64], most: f64| values.iter().all(|v| v.abs() <= most);
    let errors = |values: &[f64], most: f64| values.iter().all(|v| (0.0..=most).contains(v));
    let angles = |values: &[f64]| within(values, 100.0);
    let place = |p: &Geodetic| {
        within(&[p.lat_deg], 90.0) && within(&[p.lon_deg], 540.0) && within(&[p.height_m], 1e6)
    };
    match &report.measurement {
        Measurement::Polar {
            range_m,
            azimuth_rad,
            elevation_rad,
            range_rate_mps,
            height_m,
            sigma,
        } => {
            let (height_m, height_sigma_m) = height_m.unwrap_or_default();
            *range_m > 0.0
                && within(&[*range_m, height_m], 1e7)
                && angles(&[*azimuth_rad, elevation_rad.unwrap_or_default()])
                && within(&[range_rate_mps.unwrap_or_default()], 1e5)
                && errors(&[sigma.azimuth_rad, sigma.elevation_rad], 100.0)
                && errors(&[sigma.range_m, sigma.range_rate_mps, height_sigma_m], 1e6)
        }
        Measurement::Position {
            position,
            horizontal_sigma_m,
            height_sigma_m,
            velocity_mps,
            velocity_sigma_mps,
        } => {
            place(position)
                && errors(
                    &[
                        *horizontal_sigma_m,
                        height_sigma_m.unwrap_or_default(),
                        *velocity_sigma_mps,
                    ],
                    1e6,
                )
                && within(&velocity_mps.unwrap_or_default(), 1e5)
        }
        Measurement::Bearing {
            azimuth_rad,
            elevation_rad,
            azimuth_sigma_rad,
            elevation_sigma_rad,
        } => {
            angles(&[*azimuth_rad, elevation_rad.unwrap_or_default()])
                && errors(&[*azimuth_sigma_rad, *elevation_sigma_rad], 100.0)
        }
        Measurement::Presence { level_db } => level_db.is_none_or(f64::is_finite),
        Measurement::TimeDifference {
            other_position,
            difference_s,
            sigma_s,
            ..
        } => place(other_position) && within(&[*difference_s], 1e4) && errors(&[*sigma_s], 1e4),
        Measurement::SystemTrack {
            position,
            velocity_mps,
            covariance,
            ..
        } => {
            let finite = |values: &[f64]| values.iter().all(|v| v.is_finite());
            finite(&[position.lat_deg, position.lon_deg, position.height_m])
                && finite(&velocity_mps.unwrap_or_default())
                && finite(covariance.as_slice())
        }
    }
}

//! Forecasts of every track for every place that it may reach.

use crate::arrival::ArrivalDistribution;
use crate::entry::{entry_rate, inside_now};
use crate::planar::{Planar, Symmetric};
use lapwing_geo::{Ecef, Geodetic, LocalFrame};
use lapwing_model::{Arrival, Forecast, HORIZONS_MIN, Motion, Place, Track};
use rstar::RTree;
use rstar::primitives::GeomWithData;
use serde::Deserialize;

/// Mean radius of the Earth, m: turns chords into arcs, where 0.5 % is plenty.
const EARTH_RADIUS_M: f64 = 6_371_009.0;
/// A position is never taken as better known than this, m.
const POSITION_SIGMA_FLOOR_M: f64 = 1.0;
/// A velocity is never taken as better known than this, m/s.
const VELOCITY_SIGMA_FLOOR_MPS: f64 = 0.05;
/// Greater speeds and covariances (m², m²/s, m²/s²) are not states of anything that flies.
const SPEED_MAX_MPS: f64 = 10_000.0;
const COVARIANCE_MAX: f64 = 1e14;

/// How forecasts are made.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForecastConfig {
    /// Power spectral density of the acceleration by which things manoeuvre, in
    /// each horizontal axis, m²/s³: after t seconds it adds √(q·t³/3) m to the
    /// position's standard deviation.
    pub acceleration_psd: f64,
    /// Pairs of track and place whose probability within the last horizon is
    /// below this are out of the question.
    pub least_probability: f64,
}

impl Default for ForecastConfig {
    fn default() -> Self {
        Self {
            acceleration_psd: 0.1,
            least_probability: 0.001,
        }
    }
}

/// Forecasts for a fixed list of places.
#[derive(Clone, Debug)]
pub struct Forecaster {
    config: ForecastConfig,
    places: Vec<Place>,
    /// Centre at height 0 in Earth-fixed axes, and radius of the covering disc, m.
    discs: Vec<([f64; 3], f64)>,
    index: RTree<GeomWithData<[f64; 3], usize>>,
    radius_max_m: f64,
}

/// What one call needs of a track, in the axes at its ground point.
struct Prepared {
    frame: LocalFrame,
    ground: [f64; 3],
    planar: Planar,
    nodes: Vec<(f64, f64)>,
    slopes: Vec<f64>,
}

impl Forecaster {
    /// A forecaster for these places; their order is the order of every answer.
    #[must_use]
    pub fn new(config: ForecastConfig, places: Vec<Place>) -> Self {
        let discs: Vec<_> = places
            .iter()
            .map(|place| {
                let ground = Geodetic {
                    height_m: 0.0,
                    ..place.area.centre()
                };
                let Ecef(p) = ground.into();
                ([p.x, p.y, p.z], place.area.circumradius_m())
            })
            .collect();
        let index = RTree::bulk_load(
            discs
                .iter()
                .enumerate()
                .map(|(k, &(centre, _))| GeomWithData::new(centre, k))
                .collect(),
        );
        let radius_max_m = discs.iter().map(|d| d.1).fold(0.0, f64::max);
        Self {
            config,
            places,
            discs,
            index,
            radius_max_m,
        }
    }

    /// The places, in the order given.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Appends to `out` a forecast for every place that is not out of the question
    /// within the last horizon, in order of the places.
    ///
    /// A track whose state is not finite or beyond anything that flies has no forecast.
    pub fn forecast(&self, track: &Track, out: &mut Vec<Forecast>) {
        let Some(mut prepared) = self.prepare(track) else {
            return;
        };
        let end_s = horizons_s()[HORIZONS_MIN.len() - 1];
        let end = prepared.planar.moments(end_s);
        // five standard deviations beyond the path, which is longest at the end
        let reach_m = prepared.planar.speed() * end_s + 5.0 * end.sigma_max;
        let range_m = reach_m + self.radius_max_m;
        let mut candidates: Vec<usize> = self
            .index
            .locate_within_distance(prepared.ground, range_m * range_m)
            .map(|found| found.data)
            .collect();
        candidates.sort_unstable();
        out.extend(candidates.into_iter().filter_map(|place| {
            let forecast = self.pair(track, &mut prepared, place);
            (forecast.p_within[HORIZONS_MIN.len() - 1] >= self.config.least_probability)
                .then_some(forecast)
        }));
    }

    /// Forecasts for every place, however far, in order of the places.
    ///
    /// A track whose state is not finite or beyond anything that flies has none.
    #[must_use]
    pub fn forecast_all_places(&self, track: &Track) -> Vec<Forecast> {
        let Some(mut prepared) = self.prepare(track) else {
            return Vec::new();
        };
        (0..self.places.len())
            .map(|place| self.pair(track, &mut prepared, place))
            .collect()
    }

    fn prepare(&self, track: &Track) -> Option<Prepared> {
        let within = |v: f64, limit: f64| v.abs() <= limit;
        let sound = track.velocity_mps.iter().all(|&v| within(v, SPEED_MAX_MPS))
            && (track.covariance.iter().flatten()).all(|&c| within(c, COVARIANCE_MAX))
            && track.position.checked().is_ok();
        if !sound {
            return None;
        }
        let ground = Geodetic {
            height_m: 0.0,
            ..track.position
        };
        let Ecef(p) = ground.into();
        let c = &track.covariance;
        let floor = |m: Symmetric, sigma: f64| {
            let lift = (sigma * sigma - m.eigenvalues().0).max(0.0);
            m.plus_diagonal(lift)
        };
        let block = |i: usize, j: usize| Symmetric {
            xx: c[i][i],
            xy: c[i][j],
            yy: c[j][j],
        };
        let pp = floor(block(0, 1), POSITION_SIGMA_FLOOR_M);
        let vv = floor(block(3, 4), VELOCITY_SIGMA_FLOOR_MPS);
        // a correlation beyond 1 is a slip of the tracker's rounding
        let correlated = |value: f64, p: f64, v: f64| {
            let limit = 0.999 * (p * v).sqrt();
            value.clamp(-limit, limit)
        };
        Some(Prepared {
            frame: LocalFrame::new(ground),
            ground: [p.x, p.y, p.z],
            planar: Planar {
                position: [0.0; 2],
                velocity: [track.velocity_mps[0], track.velocity_mps[1]],
                pp,
                pv: [
                    [
                        correlated(c[0][3], pp.xx, vv.xx),
                        correlated(c[0][4], pp.xx, vv.yy),
                    ],
                    [
                        correlated(c[1][3], pp.yy, vv.xx),
                        correlated(c[1][4], pp.yy, vv.yy),
                    ],
                ],
                vv,
                psd: self.config.acceleration_psd.max(0.0),
            },
            nodes: Vec::new(),
            slopes: Vec::new(),
        })
    }

    fn pair(&self, track: &Track, prepared: &mut Prepared, place: usize) -> Forecast {
        let (centre, radius_m) = self.discs[place];
        let mut planar = prepared.planar;
        planar.position = track_from_place(&prepared.frame, prepared.ground, centre);
        let times_s = horizons_s();
        let inside = inside_now(&planar, radius_m);
        entry_rate(
            &planar,
            radius_m,
            times_s[times_s.len() - 1],
            &mut prepared.nodes,
        );
        let distribution = ArrivalDistribution::new(inside, &prepared.nodes, &mut prepared.slopes);
        let p_within = distribution.within(times_s);
        let total = p_within[times_s.len() - 1];
        let arrival = (total >= self.config.least_probability).then(|| {
            let [p05, p50, p95] = distribution
                .quantiles(total, [0.05, 0.5, 0.95])
                .map(|s| track.time.plus_seconds(s));
            Arrival { p05, p50, p95 }
        });
        let closest_approach_s = planar.closest_approach_s();
        let [x, y] = planar.moments(closest_approach_s).mean;
        let closest_approach_m = (x.hypot(y) - radius_m).max(0.0);
        let inside_by_mean = planar.position[0].hypot(planar.position[1]) <= radius_m;
        let motion = if inside_by_mean || (closest_approach_s > 0.0 && closest_approach_m == 0.0) {
            Motion::Toward
        } else if closest_approach_s > 0.0 {
            Motion::Passing
        } else {
            Motion::Away
        };
        Forecast {
            track: track.id,
            place: self.places[place].id.clone(),
            time: track.time,
            p_within,
            arrival,
            closest_approach_m,
            closest_approach_s,
            motion,
        }
    }
}

fn horizons_s() -> [f64; 4] {
    HORIZONS_MIN.map(|minutes| f64::from(minutes) * 60.0)
}

/// Where the track is as seen from the place, in the axes at the track: the
/// direction of the tangent plane, the length of the arc over the ground.
fn track_from_place(frame: &LocalFrame, ground: [f64; 3], centre: [f64; 3]) -> [f64; 2] {
    let [x, y, z] = centre;
    let enu = frame.from_ecef(Ecef([x, y, z].into()));
    let chord =
        ((x - ground[0]).powi(2) + (y - ground[1]).powi(2) + (z - ground[2]).powi(2)).sqrt();
    let arc = chord * (1.0 + (chord / EARTH_RADIUS_M).powi(2) / 24.0);
    let flat = enu.x.hypot(enu.y);
    let scale = if flat > 1e-3 { arc / flat } else { 1.0 };
    [-enu.x * scale, -enu.y * scale]
}

//! Where the hypotheses of a cluster may be, in a few numbers side by side with those of all
//! others: what most looks need to know of most clusters.
//!
//! A look reaches few clusters of many. Asking each hypothesis costs a walk through its state;
//! a bound over all of a cluster, kept in a row of its own, is read in order and rules most of
//! them out. With t the time since the bound was made, p and v of the first hypothesis:
//!
//! ```text
//! |p_i(t) − p(t)| ≤ apart + t apart'            σ_i(t) ≤ σ + t σ' + √(2q/3) t^{3/2} + aside(t)
//! ```
//!
//! It never leaves out what the exact test of [`Looking::find`](crate::looking::Looking::find)
//! lets in: a property test holds one against the other.

use crate::TrackerConfig;
use crate::mixture::Cluster;
use crate::motion::Intensity;
use crate::plot::PREFILTER_SIGMAS;
use crate::target::Target;
use lapwing_geo::Ecef;
use lapwing_model::Timestamp;
use lapwing_sensing::Envelope;
use nalgebra::Vector3;

/// For rounding, m.
const SLACK_M: f64 = 1.0;

/// A bound of where a cluster's hypotheses are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whereabouts {
    at: Timestamp,
    position_m: Vector3<f64>,
    velocity_mps: Vector3<f64>,
    /// Distance of the other hypotheses, and its growth.
    apart_m: f64,
    apart_mps: f64,
    /// How far the hypotheses' own times lie from `at`, s.
    lag_s: f64,
    sigma_m: f64,
    sigma_mps: f64,
    sideways_mps2: f64,
    speed_mps: f64,
}

/// What of a look decides how near is near.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) envelope: Option<Envelope>,
    /// Middle of the reports' times, and half their span, s.
    pub(crate) middle: Timestamp,
    pub(crate) span_s: f64,
    pub(crate) guard_m: f64,
    noise: f64,
}

impl Window {
    pub(crate) fn new(
        config: &TrackerConfig,
        envelope: Option<Envelope>,
        (middle, span_s): (Timestamp, f64),
        guard_m: f64,
    ) -> Self {
        Self {
            envelope,
            middle,
            span_s,
            guard_m,
            noise: (2.0 * Intensity::turning(config).horizontal / 3.0).sqrt(),
        }
    }
}

impl Whereabouts {
    pub(crate) fn of(cluster: &Cluster<Target>) -> Self {
        let mut movers = cluster
            .tracks
            .iter()
            .flat_map(|t| &t.locals)
            .map(|l| &l.state.mover);
        let Some(first) = movers.clone().next() else {
            // of nothing nothing is near
            return Self {
                at: Timestamp(0),
                position_m: Vector3::repeat(f64::INFINITY),
                velocity_mps: Vector3::zeros(),
                apart_m: 0.0,
                apart_mps: 0.0,
                lag_s: 0.0,
                sigma_m: 0.0,
                sigma_mps: 0.0,
                sideways_mps2: 0.0,
                speed_mps: 0.0,
            };
        };
        let at = first.time;
        let (Ecef(position_m), velocity_mps) = (first.ecef_at(at), first.ecef_velocity());
        let mut new = Self {
            at,
            position_m,
            velocity_mps,
            apart_m: 0.0,
            apart_mps: 0.0,
            lag_s: 0.0,
            sigma_m: 0.0,
            sigma_mps: 0.0,
            sideways_mps2: 0.0,
            speed_mps: 0.0,
        };
        // what is no number must not be lost in a comparison: it makes everything near
        let most = |a: f64, b: f64| if a >= b { a } else { b };
        for mover in &mut movers {
            let (sigma_m, sigma_mps) = mover.horizontal_growth();
            new.apart_m = most(new.apart_m, (mover.ecef_at(at).0 - position_m).norm());
            let apart_mps = (mover.ecef_velocity() - velocity_mps).norm();
            new.apart_mps = most(new.apart_mps, apart_mps);
            new.lag_s = most(new.lag_s, at.seconds_since(mover.time).abs());
            new.sigma_m = most(new.sigma_m, sigma_m);
            new.sigma_mps = most(new.sigma_mps, sigma_mps);
            new.sideways_mps2 = most(new.sideways_mps2, mover.sideways_mps2());
            new.speed_mps = most(new.speed_mps, mover.ground_speed_mps());
        }
        new
    }

    /// Whether the look may have to do with a hypothesis of the cluster.
    pub(crate) fn may_be_in(&self, window: &Window) -> bool {
        let Some(envelope) = &window.envelope else {
            return true;
        };
        let dt_s = window.middle.seconds_since(self.at);
        let apart_m = self.apart_m + dt_s.abs() * self.apart_mps;
        let t = dt_s.abs() + self.lag_s;
        let aside_m = (0.25 * self.sideways_mps2 * t * t).min(self.speed_mps * t);
        let sigma_m = self.sigma_m + t * self.sigma_mps + window.noise * t * t.sqrt() + aside_m;
        let reach_m =
            PREFILTER_SIGMAS * sigma_m + window.span_s * (self.speed_mps + 50.0) + 50.0 + apart_m;
        let margin_m = window.guard_m + reach_m * (1.0 + 1e-9) + SLACK_M;
        !envelope.misses(Ecef(self.position_m + self.velocity_mps * dt_s), margin_m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Chart;
    use crate::mixture::{Local, Track};
    use crate::motion::Gaussian;
    use crate::mover::Mover;
    use lapwing_geo::{Geodetic, destination};
    use lapwing_model::{
        Claims, Clutter, Detection, Footprint, Look, Measurement, RawRef, Report, SensorId,
        SensorKind, SensorSpec,
    };
    use lapwing_sensing::Coverage;
    use nalgebra::{Matrix6, Vector6};
    use proptest::prelude::*;

    const RADAR: Geodetic = Geodetic::new(55.0, -4.0, 60.0);

    fn target(azimuth: f64, range_m: f64, v: [f64; 2], sigmas: [f64; 2], time_s: f64) -> Target {
        let mut place = destination(RADAR, azimuth, range_m);
        place.height_m = 400.0;
        let chart = Chart::near(place);
        let p = chart.frame().to_enu(place);
        let mut covariance = Matrix6::identity();
        for axis in 0..3 {
            covariance[(axis, axis)] = sigmas[0].powi(2);
            covariance[(axis + 3, axis + 3)] = sigmas[1].powi(2);
            covariance[(axis, axis + 3)] = 0.9 * sigmas[0] * sigmas[1];
            covariance[(axis + 3, axis)] = 0.9 * sigmas[0] * sigmas[1];
        }
        let mean = Vector6::new(p.x, p.y, p.z, v[0], v[1], 0.0);
        let time = Timestamp::from_seconds(time_s);
        let mover = Mover::new(chart, Gaussian { mean, covariance }, time, true);
        let report = Report {
            sensor: SensorId(0),
            time,
            measurement: Measurement::Presence { level_db: None },
            claims: Claims::default(),
            rcs_dbsm: None,
            class_log_likelihoods: None,
            raw: RawRef::default(),
        };
        Target::new(mover, &report, time)
    }

    proptest! {
        /// Hypotheses of one cluster here and there, of different ages: what the bound leaves
        /// out, none of them reaches by the exact test.
        #[test]
        fn what_is_left_out_is_out_of_every_hypothesis_reach(
            things in prop::collection::vec((
                0.0..0.5_f64, 5_000.0..60_000.0_f64, [-60.0..60.0_f64, -60.0..60.0_f64],
                [5.0..900.0_f64, 0.5..30.0_f64], -5.0..5.0_f64), 1..5),
            look_s in 0.0..40.0_f64,
            from in 0.0..6.2_f64,
            width in 0.1..6.2_f64,
            span_s in 0.0..2.0_f64,
        ) {
            let look = Look {
                sensor: SensorId(0),
                sequence: 0,
                t0: Timestamp::from_seconds(look_s),
                t1: Timestamp::from_seconds(look_s),
                footprint: Footprint::Sector {
                    centre: RADAR,
                    azimuth_from_rad: from,
                    azimuth_width_rad: width,
                    range_limits_m: (500.0, 40_000.0),
                },
                guard_m: 100.0,
                detection: Detection::Constant { probability: 0.9 },
                clutter: Clutter { expected: 1.0 },
                revisit_s: 4.0,
                closed: true,
            };
            let coverage = Coverage::new(&look, &SensorSpec::of_kind("r", SensorKind::Radar));
            let config = TrackerConfig::default();
            let window = Window::new(&config, coverage.envelope(), (look.t1, span_s), look.guard_m);
            let locals: Vec<Local<Target>> = things
                .into_iter()
                .map(|(azimuth, range_m, v, sigmas, time_s)| Local {
                    existence: 0.5,
                    state: target(azimuth, range_m, v, sigmas, time_s),
                })
                .collect();
            let cluster = Cluster::undecided(Track { id: 1, locals });
            if !Whereabouts::of(&cluster).may_be_in(&window) {
                for local in &cluster.tracks[0].locals {
                    let mover = &local.state.mover;
                    let (horizontal_m, _) = mover.spread_m(&config, look.t1);
                    let moves_m = span_s * (mover.ground_speed_mps() + 50.0);
                    let reach_m = PREFILTER_SIGMAS * horizontal_m + moves_m + 50.0;
                    let at = mover.ecef_at(look.t1);
                    prop_assert!(!coverage.reaches(at, look.guard_m + reach_m));
                }
            }
        }
    }

    #[test]
    fn what_is_behind_a_sector_is_left_out_and_what_is_in_it_is_not() {
        let spec = SensorSpec::of_kind("r", SensorKind::Radar);
        let config = TrackerConfig::default();
        let cluster = |azimuth: f64| {
            let state = target(azimuth, 20_000.0, [10.0, 0.0], [50.0, 3.0], 0.0);
            Cluster::single(Track {
                id: 1,
                locals: vec![Local {
                    existence: 0.5,
                    state,
                }],
            })
        };
        for (from, found) in [(0.8, true), (1.2, false), (3.0, false)] {
            let look = Look {
                sensor: SensorId(0),
                sequence: 0,
                t0: Timestamp(0),
                t1: Timestamp::from_seconds(4.0),
                footprint: Footprint::Sector {
                    centre: RADAR,
                    azimuth_from_rad: from,
                    azimuth_width_rad: 0.4,
                    range_limits_m: (500.0, 40_000.0),
                },
                guard_m: 100.0,
                detection: Detection::Constant { probability: 0.9 },
                clutter: Clutter { expected: 1.0 },
                revisit_s: 4.0,
                closed: true,
            };
            let coverage = Coverage::new(&look, &spec);
            let window = Window::new(&config, coverage.envelope(), (look.t1, 0.1), look.guard_m);
            let near = Whereabouts::of(&cluster(1.0)).may_be_in(&window);
            assert_eq!(near, found, "{from}");
        }
    }
}

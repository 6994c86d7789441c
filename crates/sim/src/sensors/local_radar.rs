//! A staring radar near a place: range, azimuth, elevation and range rate of
//! everything at once, an estimate of its size, and what its micro-Doppler says.
//!
//! The log-likelihood ratio of machine against bird is normal with equal
//! variances, the mean ± half the variance (so that it is a ratio of
//! likelihoods); the area under the curve gives the deviation by
//! AUC = Φ(d/√2) (Green and Swets 1966). Half its variance wanders slowly, as the
//! same wing beats or the same propeller turns from dwell to dwell.

use super::echo::Echoes;
use super::{Sent, SiteSensor, Station, World, above_horizon, azimuth_rad, rounded};
use crate::random::Random;
use crate::scenario::LocalRadarSettings;
use lapwing_geo::wrap_two_pi;
use lapwing_model::{ClaimsJson, Class, MeasurementJson, ReportJson, SensorKind};
use std::collections::BTreeMap;
use std::f64::consts::TAU;

/// Nearer than this nothing is seen, m.
const RANGE_MIN_M: f64 = 100.0;
/// From a look to its lines, s.
const PROCESSING_S: f64 = 0.15;
/// Log-likelihoods are capped here.
const CAP: f64 = 3.0;
/// Time constant of the wandering half of a log-likelihood's variance, s.
const WANDER_TAU_S: f64 = 10.0;
/// Range rates of false plots, m/s: whatever moves in the wind.
const FALSE_RATE_SIGMA_MPS: f64 = 3.0;
/// Classes that a propeller, rotor or turbine gives away.
const MACHINES: [Class; 4] = [
    Class::FixedWingDrone,
    Class::Multirotor,
    Class::LightAircraft,
    Class::Airliner,
];

pub(crate) struct LocalRadar {
    id: String,
    station: Station,
    feed: usize,
    settings: LocalRadarSettings,
    echoes: Echoes,
    /// Deviation of the log-likelihood ratio.
    separation: f64,
    phase_s: f64,
    /// The wandering part of each target's ratio, in deviations, and when it was last drawn.
    wander: BTreeMap<usize, (f64, f64)>,
    random: Random,
}

impl LocalRadar {
    pub(crate) fn new(
        seed: u64,
        number: usize,
        station: Station,
        feed: usize,
        settings: &LocalRadarSettings,
    ) -> Self {
        let mut random = Random::stream(seed, "local-radar", number as u64);
        Self {
            id: name(number),
            station,
            feed,
            settings: settings.clone(),
            echoes: Echoes {
                range_50_m: settings.range_50_m,
                rcs_sigma_db: settings.rcs_sigma_db,
            },
            separation: separation(settings.class_auc),
            phase_s: random.uniform(0.0, settings.period_s),
            wander: BTreeMap::new(),
            random,
        }
    }

    pub(crate) fn site(&self) -> SiteSensor {
        let s = &self.settings;
        SiteSensor {
            id: self.id.clone(),
            kind: SensorKind::StaringRadar,
            position: self.station.position,
            sac_sic: None,
            keys: vec![
                ("range_sigma_m", s.range_sigma_m.max(1.0)),
                ("azimuth_sigma_deg", s.azimuth_sigma_deg.max(0.01)),
                ("elevation_sigma_deg", s.elevation_sigma_deg.max(0.01)),
                ("range_rate_sigma_mps", s.range_rate_sigma_mps.max(0.01)),
                ("range_min_m", RANGE_MIN_M),
                ("range_max_m", s.range_max_m),
                ("revisit_s", s.period_s),
                ("range_50_m", s.range_50_m),
                ("false_per_revisit", s.false_per_look),
            ],
        }
    }

    /// One second of the radar's life, from `t_s`.
    pub(crate) fn second(&mut self, world: &World<'_>, t_s: f64, out: &mut Vec<Sent>) {
        let period_s = self.settings.period_s;
        let mut look = ((t_s - self.phase_s) / period_s).ceil();
        loop {
            let at_s = self.phase_s + look * period_s;
            if at_s >= t_s + 1.0 {
                break;
            }
            self.look(world, at_s, out);
            look += 1.0;
        }
        self.wander
            .retain(|_, (_, drawn_s)| t_s - *drawn_s < 5.0 * WANDER_TAU_S);
    }

    fn look(&mut self, world: &World<'_>, at_s: f64, out: &mut Vec<Sent>) {
        let reach_m = self.settings.range_max_m + 500.0;
        for &(index, near) in world.alive {
            if self.station.distance_m(near) > reach_m || !world.targets[index].path.alive(at_s) {
                continue;
            }
            let state = world.state(index, at_s);
            let view = self.station.view(state.position_m);
            let range_m = view.norm();
            let target = &world.targets[index];
            let (_, _, height_m) = target.path.at(at_s).at;
            if !(RANGE_MIN_M..=self.settings.range_max_m).contains(&range_m)
                || !above_horizon(range_m, self.station.position.height_m, height_m)
            {
                continue;
            }
            let Some(rcs_dbsm) = self.echoes.draw(target.rcs_m2, range_m, &mut self.random) else {
                continue;
            };
            let rate_mps = self.station.turned(state.velocity_mps).dot(&view) / range_m;
            let ratio = self.ratio(index, at_s, target.class != Class::Bird);
            let true_plot = Plot {
                range_m,
                azimuth_deg: azimuth_rad(view).to_degrees(),
                elevation_deg: (view.z / range_m).asin().to_degrees(),
                rate_mps,
                rcs_dbsm,
                ratio,
            };
            let plot = self.blurred(true_plot);
            out.extend(self.line(world, at_s, Some(&plot)));
        }
        for _ in 0..self.random.poisson(self.settings.false_per_look) {
            let range_m = self.random.uniform(RANGE_MIN_M, self.settings.range_max_m);
            let plot = Plot {
                range_m,
                azimuth_deg: self.random.uniform(0.0, TAU).to_degrees(),
                elevation_deg: self.random.exponential(5.0),
                rate_mps: self.random.normal(0.0, FALSE_RATE_SIGMA_MPS),
                rcs_dbsm: self.echoes.draw_false(range_m, &mut self.random),
                // nothing beats and nothing turns: as often like the one as like the other
                ratio: self.random.normal(0.0, 1.0),
            };
            out.extend(self.line(world, at_s, Some(&plot)));
        }
        out.extend(self.line(world, at_s, None));
    }

    /// The log-likelihood ratio of machine against bird of one dwell on a target.
    fn ratio(&mut self, index: usize, at_s: f64, machine: bool) -> f64 {
        let fresh = self.random.normal(0.0, 1.0);
        let wander = match self.wander.get(&index) {
            None => fresh,
            Some((value, drawn_s)) => {
                let keep = (-(at_s - drawn_s) / WANDER_TAU_S).exp();
                keep * value + (1.0 - keep * keep).sqrt() * fresh
            }
        };
        self.wander.insert(index, (wander, at_s));
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let noise = half * wander + half * self.random.normal(0.0, 1.0);
        let d = self.separation;
        let mean = if machine { 0.5 * d * d } else { -0.5 * d * d };
        mean + d * noise
    }

    fn blurred(&mut self, plot: Plot) -> Plot {
        let s = &self.settings;
        Plot {
            range_m: (plot.range_m + self.random.normal(0.0, s.range_sigma_m)).max(0.0),
            azimuth_deg: plot.azimuth_deg + self.random.normal(0.0, s.azimuth_sigma_deg),
            elevation_deg: plot.elevation_deg + self.random.normal(0.0, s.elevation_sigma_deg),
            rate_mps: plot.rate_mps + self.random.normal(0.0, s.range_rate_sigma_mps),
            ..plot
        }
    }

    /// The line of a plot; without one, of the end of a look.
    fn line(&self, world: &World<'_>, at_s: f64, plot: Option<&Plot>) -> Option<Sent> {
        let mut report = ReportJson {
            sensor: self.id.clone(),
            time: super::whole_milliseconds(world.time(at_s)),
            measurement: MeasurementJson::Heartbeat {},
            claims: ClaimsJson::default(),
            rcs_dbsm: None,
            class_log_likelihoods: BTreeMap::new(),
        };
        if let Some(plot) = plot {
            let azimuth = wrap_two_pi(plot.azimuth_deg.to_radians()).to_degrees();
            report.measurement = MeasurementJson::Polar {
                range_m: rounded(plot.range_m, 1),
                azimuth_deg: rounded(azimuth, 3),
                elevation_deg: Some(rounded(plot.elevation_deg.clamp(-90.0, 90.0), 3)),
                range_rate_mps: Some(rounded(plot.rate_mps, 2)),
            };
            report.rcs_dbsm = Some(rounded(plot.rcs_dbsm, 1));
            // half for the one and half against the other: their difference is the ratio
            let half = rounded(plot.ratio.clamp(-CAP, CAP) / 2.0, 3);
            report.class_log_likelihoods = MACHINES
                .into_iter()
                .map(|class| (class, half))
                .chain([(Class::Bird, -half)])
                .collect();
        }
        super::json_line(&report).map(|bytes| Sent {
            time: world.time(at_s + PROCESSING_S),
            feed: self.feed,
            bytes,
        })
    }
}

#[derive(Clone, Copy)]
struct Plot {
    range_m: f64,
    azimuth_deg: f64,
    elevation_deg: f64,
    rate_mps: f64,
    rcs_dbsm: f64,
    ratio: f64,
}

pub(crate) fn name(number: usize) -> String {
    format!("local-radar-{}", number + 1)
}

/// The d of AUC = Φ(d/√2), by halving an interval of Φ's own integral.
fn separation(auc: f64) -> f64 {
    // Φ(x) − ½ by the trapezoidal rule on the density: 1e-7 is enough for a setting
    let phi = |x: f64| {
        let n = 2_000;
        let step = x / f64::from(n);
        let density = |t: f64| (-0.5 * t * t).exp() / TAU.sqrt();
        let inner: f64 = (1..n).map(|i| density(f64::from(i) * step)).sum();
        0.5 + step * (inner + 0.5 * (density(0.0) + density(x)))
    };
    let (mut low, mut high) = (0.0, 8.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if phi(middle) < auc {
            low = middle;
        } else {
            high = middle;
        }
    }
    low * std::f64::consts::SQRT_2
}

#[cfg(test)]
mod tests {
    use super::super::rig::{Rig, Said, assert_normal, assert_share, target};
    use super::*;

    fn said(rig: &Rig, number: usize, seconds: u32) -> Vec<Said> {
        let settings = LocalRadarSettings {
            false_per_look: 0.0,
            ..LocalRadarSettings::default()
        };
        let station = rig.station((0.0, 0.0));
        let mut radar = LocalRadar::new(7, number, station, 0, &settings);
        rig.run((0, seconds), |world, t, out| radar.second(world, t, out))
    }

    fn plots(said: &[Said]) -> Vec<[f64; 4]> {
        said.iter()
            .filter_map(|line| match line.report.measurement {
                MeasurementJson::Polar {
                    range_m,
                    azimuth_deg,
                    elevation_deg,
                    range_rate_mps,
                } => Some([range_m, azimuth_deg, elevation_deg?, range_rate_mps?]),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn it_looks_once_a_second_and_says_so() {
        let said = said(&Rig::new(Vec::new()), 0, 100);
        assert_eq!(said.len(), 100);
        assert!(said.iter().all(Said::is_heartbeat));
        for pair in said.windows(2) {
            assert!((pair[1].time_s() - pair[0].time_s() - 1.0).abs() < 0.002);
        }
    }

    #[test]
    fn half_are_seen_at_six_kilometres_with_the_errors_of_the_table() {
        let rig = Rig::new(vec![target(
            Class::FixedWingDrone,
            (0.0, 5_990.0, 300.0),
            0.0,
        )]);
        let plots_far = plots(&said(&rig, 0, 8_000));
        assert_share(plots_far.len(), 8_000, 0.5);
        let rig = Rig::new(vec![target(
            Class::FixedWingDrone,
            (1_000.0, 0.0, 500.0),
            0.0,
        )]);
        let near = plots(&said(&rig, 1, 4_000));
        assert_share(near.len(), 4_000, 0.999);
        let column = |i: usize| near.iter().map(|p| p[i]).collect::<Vec<f64>>();
        let slant_m = 1_000.0_f64.hypot(500.0);
        assert_normal(&column(0), slant_m, 10.0);
        assert_normal(&column(1), 90.0, 1.0);
        assert_normal(&column(2), 500.0_f64.atan2(1_000.0).to_degrees(), 2.0);
        assert_normal(&column(3), 0.0, 0.3);
    }

    #[test]
    fn range_rate_is_the_speed_along_the_line_of_sight() {
        let rig = Rig::new(vec![target(
            Class::FixedWingDrone,
            (0.0, 1_000.0, 2.0),
            30.0,
        )]);
        let rates: Vec<f64> = plots(&said(&rig, 2, 60)).iter().map(|p| p[3]).collect();
        assert_normal(&rates, 30.0, 0.3);
    }

    #[test]
    fn micro_doppler_tells_machines_from_birds_with_that_area_under_the_curve() {
        let ratios = |class: Class| -> Vec<f64> {
            let rig = Rig::new(vec![target(class, (0.0, 1_000.0, 200.0), 0.0)]);
            (0..60)
                .flat_map(|radar| said(&rig, radar, 50))
                .filter_map(|line| {
                    let of = |class| line.report.class_log_likelihoods.get(&class).copied();
                    Some(of(Class::FixedWingDrone)? - of(Class::Bird)?)
                })
                .collect()
        };
        let (drones, birds) = (ratios(Class::FixedWingDrone), ratios(Class::Bird));
        assert!(drones.len() > 2_900 && birds.len() > 2_900);
        let mut wins = 0.0;
        for d in &drones {
            for b in &birds {
                wins += if d > b {
                    1.0
                } else if d == b {
                    0.5
                } else {
                    0.0
                };
            }
        }
        let area = wins / (drones.len() * birds.len()) as f64;
        // dwells correlate: some 600 independent ones, a deviation of 0.006; ties at the cap cost 0.002
        assert!((area - 0.95).abs() < 0.02, "{area}");
        assert!(drones.iter().chain(&birds).all(|r| r.abs() <= 3.001));
        // 45 % of the drones' are at the cap
        let capped = drones.iter().filter(|r| **r > 2.999).count() as f64 / drones.len() as f64;
        assert!((capped - 0.45).abs() < 0.08, "{capped}");
    }

    #[test]
    fn false_plots_come_at_their_rate() {
        let rig = Rig::new(Vec::new());
        let settings = LocalRadarSettings::default();
        let mut radar = LocalRadar::new(7, 0, rig.station((0.0, 0.0)), 0, &settings);
        let said = rig.run((0, 20_000), |world, t, out| radar.second(world, t, out));
        super::super::rig::assert_count(plots(&said).len(), 2_000.0);
    }

    #[test]
    fn the_area_under_the_curve_gives_the_separation() {
        // tables of the normal distribution: Φ(1.644854) = 0.95
        assert!((separation(0.95) - 1.644_854 * 2.0_f64.sqrt()).abs() < 1e-5);
        assert!(separation(0.5).abs() < 1e-9);
    }
}

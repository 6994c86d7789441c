//! A rotating coast radar: who is in the beam when, what echo comes back, what
//! is measured, and false plots. What is detected is the [`Echoes`]' business; the
//! power drawn there is also what the plot's amplitude tells.

use super::echo::Echoes;
use super::radar_wire::{self, Reply, SectorEnd};
use super::{Sent, SiteSensor, Station, World, above_horizon, azimuth_rad};
use crate::random::Random;
use crate::scenario::RadarSettings;
use lapwing_model::SensorKind;
use nalgebra::Vector3;
use std::f64::consts::TAU;

/// RCS (dBm²) = amplitude (dBm) + 40 log₁₀ range (m) − this.
pub(crate) const RADAR_CONSTANT_DB: f64 = 80.0;
/// Sectors in a turn.
pub(super) const SECTORS: u32 = 32;
/// Above this elevation nothing is seen, rad.
const CONE_OF_SILENCE_RAD: f64 = 45.0 * TAU / 360.0;
/// Nearer than this nothing is seen, m.
const RANGE_MIN_M: f64 = 200.0;
/// From the end of a sector to its datagram, s.
const PROCESSING_S: f64 = 0.05;
/// Chance that a transponder's reply is received.
const REPLY: f64 = 0.98;

/// A radar's constant errors, which the site is not told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RadarBias {
    /// Measured less true range, m.
    pub range_m: f64,
    /// Measured less true azimuth, rad.
    pub azimuth_rad: f64,
    /// Stated less true time, s.
    pub time_s: f64,
}

#[derive(Clone, Debug)]
struct Turbine {
    at: Vector3<f64>,
    rcs_m2: f64,
}

/// A plot before it is put into bytes.
#[derive(Clone, Debug)]
pub(super) struct Echo {
    /// When the beam was there, s since the scene's start.
    pub(super) t_s: f64,
    pub(super) range_m: f64,
    pub(super) azimuth_rad: f64,
    /// Amplitude of the echo, dBm; none if only the transponder was heard.
    pub(super) amplitude_dbm: Option<f64>,
    pub(super) reply: Option<Reply>,
}

/// One radar.
pub(crate) struct Radar {
    pub(crate) id: String,
    pub(crate) station: Station,
    pub(crate) bias: RadarBias,
    pub(crate) sac_sic: (u8, u8),
    feed: usize,
    settings: RadarSettings,
    echoes: Echoes,
    /// When the antenna first passes north, s since the scene's start.
    north_s: f64,
    turbines: Vec<Turbine>,
    open: Vec<Echo>,
    outage_s: Option<(f64, f64)>,
    random: Random,
}

impl Radar {
    pub(crate) fn new(
        seed: u64,
        number: usize,
        station: Station,
        feed: usize,
        settings: &RadarSettings,
        outage_s: Option<(f64, f64)>,
    ) -> Self {
        let mut site = Random::stream(seed, "radar-site", number as u64);
        Self {
            id: format!("radar-{}", number + 1),
            station,
            bias: RadarBias {
                range_m: site.normal(0.0, settings.range_bias_sigma_m),
                azimuth_rad: site
                    .normal(0.0, settings.azimuth_bias_sigma_deg)
                    .to_radians(),
                time_s: site.normal(0.0, settings.time_bias_sigma_s),
            },
            sac_sic: (77, number as u8 + 1),
            feed,
            north_s: site.uniform(0.0, settings.turn_s),
            settings: settings.clone(),
            echoes: Echoes {
                range_50_m: settings.range_50_m,
                rcs_sigma_db: settings.amplitude_sigma_db,
            },
            turbines: Vec::new(),
            open: Vec::new(),
            outage_s,
            random: Random::stream(seed, "radar", number as u64),
        }
    }

    /// A wind turbine: a fixed cell that gives a plot every other turn.
    pub(crate) fn add_turbine(&mut self, at: Vector3<f64>, height_m: f64, rcs_m2: f64) {
        let distance_m = self.station.distance_m(at);
        if distance_m < self.settings.range_max_m
            && above_horizon(distance_m, self.station.position.height_m, height_m)
        {
            self.turbines.push(Turbine { at, rcs_m2 });
        }
    }

    pub(crate) fn site(&self) -> SiteSensor {
        let s = &self.settings;
        SiteSensor {
            id: self.id.clone(),
            kind: SensorKind::Radar,
            position: self.station.position,
            sac_sic: Some(self.sac_sic),
            keys: vec![
                ("range_sigma_m", s.range_sigma_m.max(1.0)),
                ("azimuth_sigma_deg", s.azimuth_sigma_deg.max(0.01)),
                ("range_bias_sigma_m", s.range_bias_sigma_m.max(0.0)),
                ("azimuth_bias_sigma_deg", s.azimuth_bias_sigma_deg.max(0.0)),
                ("time_bias_sigma_s", s.time_bias_sigma_s.max(0.0)),
                ("range_max_m", s.range_max_m),
                ("revisit_s", s.turn_s),
                ("range_50_m", s.range_50_m),
                ("false_per_revisit", s.false_per_turn),
                ("radar_constant_db", RADAR_CONSTANT_DB),
            ],
        }
    }

    /// Where the antenna's encoder stands at a time, rad.
    fn encoder_rad(&self, t_s: f64) -> f64 {
        TAU * ((t_s - self.north_s) / self.settings.turn_s).rem_euclid(1.0)
    }

    /// The amplitude of an echo whose cross-section is estimated so, dBm.
    fn amplitude_dbm(rcs_dbsm: f64, range_m: f64) -> f64 {
        rcs_dbsm - 40.0 * range_m.log10() + RADAR_CONSTANT_DB
    }

    /// When within [t, t + 1 s) the beam passes something that moves as `view` says, in the station's axes.
    fn crossing_s(&self, t_s: f64, view: impl Fn(f64) -> Vector3<f64>) -> Option<f64> {
        let turn_s = self.settings.turn_s;
        let after = |t: f64| {
            let encoded = azimuth_rad(view(t)) + self.bias.azimuth_rad;
            lapwing_geo::wrap_two_pi(encoded - self.encoder_rad(t_s)) / TAU * turn_s
        };
        let first = after(t_s);
        if first > 1.2 && first < turn_s - 0.2 {
            return None;
        }
        // the thing moves far slower than the beam: this settles in two steps
        let mut dt = if first > turn_s - 0.2 {
            first - turn_s
        } else {
            first
        };
        for _ in 0..3 {
            let next = after(t_s + dt);
            dt = if next > 0.5 * turn_s {
                next - turn_s
            } else {
                next
            };
        }
        (0.0..1.0).contains(&dt).then_some(t_s + dt)
    }

    fn measure(
        &mut self,
        t_s: f64,
        view: Vector3<f64>,
        rcs_m2: f64,
        reply: Option<Reply>,
    ) -> Option<Echo> {
        let range_m = view.norm();
        if range_m < RANGE_MIN_M
            || range_m > self.settings.range_max_m
            || (view.z / range_m).asin() > CONE_OF_SILENCE_RAD
        {
            return None;
        }
        let heard = self.echoes.draw(rcs_m2, range_m, &mut self.random);
        let reply = reply.filter(|_| self.random.chance(REPLY));
        if heard.is_none() && reply.is_none() {
            return None;
        }
        let amplitude_dbm = heard.map(|rcs_dbsm| Self::amplitude_dbm(rcs_dbsm, range_m));
        let s = &self.settings;
        let (range_sigma_m, azimuth_sigma_rad) =
            (s.range_sigma_m, s.azimuth_sigma_deg.to_radians());
        Some(Echo {
            t_s,
            range_m: (range_m + self.bias.range_m + self.random.normal(0.0, range_sigma_m))
                .max(0.0),
            azimuth_rad: azimuth_rad(view)
                + self.bias.azimuth_rad
                + self.random.normal(0.0, azimuth_sigma_rad),
            amplitude_dbm,
            reply,
        })
    }

    /// One second of the radar's life, from `t_s`.
    pub(crate) fn second(&mut self, world: &World<'_>, t_s: f64, out: &mut Vec<Sent>) {
        let reach_m = self.settings.range_max_m + 500.0;
        for &(index, at) in world.alive {
            if self.station.distance_m(at) > reach_m {
                continue;
            }
            let Some(crossing_s) =
                self.crossing_s(t_s, |t| self.station.view(world.point(index, t)))
            else {
                continue;
            };
            let target = &world.targets[index];
            if !target.path.alive(crossing_s) {
                continue;
            }
            let (_, _, height_m) = target.path.at(crossing_s).at;
            let view = self.station.view(world.point(index, crossing_s));
            if !above_horizon(view.norm(), self.station.position.height_m, height_m) {
                continue;
            }
            let reply = target.transponder.as_ref().map(|t| Reply {
                transponder: t.clone(),
                height_m,
            });
            if let Some(echo) = self.measure(crossing_s, view, target.rcs_m2, reply) {
                self.open.push(echo);
            }
        }
        for i in 0..self.turbines.len() {
            let Turbine { at, rcs_m2 } = self.turbines[i].clone();
            let view = self.station.view(at);
            if let Some(crossing_s) = self.crossing_s(t_s, |_| view)
                && self.random.chance(0.5)
                && let Some(echo) = self.measure(crossing_s, view, rcs_m2, None)
            {
                self.open.push(echo);
            }
        }
        self.false_plots(t_s);
        self.open.sort_by(|a, b| a.t_s.total_cmp(&b.t_s));
        self.send_sectors(world, t_s, out);
    }

    /// Noise over the threshold: as likely in every cell, so uniform in range and azimuth.
    fn false_plots(&mut self, t_s: f64) {
        let mean = self.settings.false_per_turn / self.settings.turn_s;
        for _ in 0..self.random.poisson(mean) {
            let at_s = t_s + self.random.unit();
            let range_m = self.random.uniform(RANGE_MIN_M, self.settings.range_max_m);
            let rcs_dbsm = self.echoes.draw_false(range_m, &mut self.random);
            let amplitude_dbm = Some(Self::amplitude_dbm(rcs_dbsm, range_m));
            self.open.push(Echo {
                t_s: at_s,
                range_m,
                azimuth_rad: self.encoder_rad(at_s),
                amplitude_dbm,
                reply: None,
            });
        }
    }

    fn send_sectors(&mut self, world: &World<'_>, t_s: f64, out: &mut Vec<Sent>) {
        let sector_s = self.settings.turn_s / f64::from(SECTORS);
        let first = ((t_s - self.north_s) / sector_s).ceil() as i64;
        for number in first.. {
            let end_s = self.north_s + number as f64 * sector_s;
            if end_s >= t_s + 1.0 {
                break;
            }
            let ready = self.open.partition_point(|echo| echo.t_s < end_s);
            let echoes: Vec<Echo> = self.open.drain(..ready).collect();
            let down = |(from, to): (f64, f64)| (from..to).contains(&end_s);
            if self.outage_s.is_some_and(down) {
                continue;
            }
            let end = SectorEnd {
                time: world.time(end_s + self.bias.time_s),
                sector: number.rem_euclid(i64::from(SECTORS)) as u32,
                turn_s: self.settings.turn_s,
            };
            let stated = |echo: &Echo| world.time(echo.t_s + self.bias.time_s);
            if let Some(bytes) = radar_wire::datagram(self.sac_sic, &echoes, stated, &end) {
                out.push(Sent {
                    time: world.time(end_s + PROCESSING_S),
                    feed: self.feed,
                    bytes,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rig::assert_normal;
    use super::*;
    use crate::chart::Chart;

    fn radar(settings: &RadarSettings) -> Radar {
        let station = Station::new(&Chart::new(46.5, -30.0), (0.0, 0.0), 100.0);
        Radar::new(3, 0, station, 0, settings, None)
    }

    #[test]
    fn the_beam_passes_everything_once_a_turn() {
        let radar = radar(&RadarSettings::default());
        for start_deg in 0..72 {
            let start = f64::from(start_deg) * 5.0_f64.to_radians();
            let moving = |t: f64| {
                let azimuth = start + 0.005 * t;
                Vector3::new(8e3 * azimuth.sin(), 8e3 * azimuth.cos(), 0.0)
            };
            let crossings: Vec<f64> = (0..400)
                .filter_map(|t| radar.crossing_s(f64::from(t), moving))
                .collect();
            for pair in crossings.windows(2) {
                // a thing that moves with the beam is met a little later each turn
                let turn_s = 4.0 / (1.0 - 0.005 * 4.0 / TAU);
                assert!((pair[1] - pair[0] - turn_s).abs() < 1e-6, "{pair:?}");
            }
            assert!((98..=100).contains(&crossings.len()), "{}", crossings.len());
        }
    }

    #[test]
    fn constant_errors_are_as_large_as_the_table_says() {
        let station = Station::new(&Chart::new(46.5, -30.0), (0.0, 0.0), 100.0);
        let settings = RadarSettings::default();
        let biases: Vec<RadarBias> = (0..2_000)
            .map(|seed| Radar::new(seed, 1, station.clone(), 0, &settings, None).bias)
            .collect();
        let all = |of: fn(&RadarBias) -> f64| biases.iter().map(of).collect::<Vec<f64>>();
        assert_normal(&all(|b| b.range_m), 0.0, 30.0);
        assert_normal(&all(|b| b.azimuth_rad.to_degrees()), 0.0, 0.3);
        assert_normal(&all(|b| b.time_s), 0.0, 0.2);
    }

    #[test]
    fn a_turbine_gives_a_plot_every_other_turn() {
        let rig = super::super::rig::Rig::new(Vec::new());
        let settings = RadarSettings {
            false_per_turn: 0.0,
            ..RadarSettings::default()
        };
        let station = Station::new(&rig.chart, (0.0, 0.0), 100.0);
        let mut radar = Radar::new(3, 0, station, 0, &settings, None);
        let turbines = 25;
        for i in 0..turbines {
            let at = rig.chart.point(10e3, 500.0 * f64::from(i), 100.0);
            radar.add_turbine(at, 100.0, 30.0);
        }
        let mut out = Vec::new();
        for t in 0..1_200 {
            rig.second(f64::from(t), |world| {
                radar.second(world, f64::from(t), &mut out);
            });
        }
        let plots: usize = out
            .iter()
            .flat_map(|sent| lapwing_asterix::blocks(&sent.bytes).flatten())
            .filter(|block| block.category == 48)
            .map(|block| {
                lapwing_asterix::typed::views::<lapwing_asterix::typed::cat048::View>(block).count()
            })
            .sum();
        // 300 turns; a hundredth of the echoes fall below the threshold
        super::super::rig::assert_share(plots, 300 * turbines as usize, 0.5);
    }
}

//! Observations in order of time into looks: a rotating radar's sectors (from its
//! service messages, else from its plots' azimuths), a staring sensor's instants, the
//! silence of nodes that listen (see [`words`]), and single reports of sources whose
//! silence says nothing.

use crate::words::{self, Words};
use crate::{Observation, SensorTable};
use lapwing_model::{
    Clutter, Detection, EvidenceKind, Footprint, Look, Measurement, Report, SensorId, SensorKind,
    SensorSpec, Timestamp,
};
use std::collections::BTreeMap;
use std::f64::consts::TAU;

/// Sectors of a turn when a radar sends no sector messages.
const SECTORS_OF_A_TURN: f64 = 32.0;
/// Radar cross-section that a site's `range_50_m` speaks of: 0.05 m², in dBm².
const REFERENCE_RCS_DBSM: f64 = -13.010_299_956_639_81;
/// Probability of false alarm a resolution cell, for the slope of detection against range.
const P_FA: f64 = 1e-6;

#[derive(Clone, Debug, Default)]
struct SensorState {
    sequence: u64,
    pending: Vec<Report>,
    /// Where and when the open sector began.
    open: Option<(Timestamp, f64)>,
    has_sector_messages: bool,
    turn_s: Option<f64>,
    words: Words,
}

/// Puts observations together into looks.
#[derive(Clone, Debug, Default)]
pub struct LookAssembler {
    sensors: BTreeMap<SensorId, SensorState>,
}

/// A look, and the reports made in it.
pub type LookReports = (Look, Vec<Report>);

impl LookAssembler {
    /// Takes the next observation in order of time; appends the looks it completes.
    pub fn push(
        &mut self,
        observation: Observation,
        sensors: &SensorTable,
        out: &mut Vec<LookReports>,
    ) {
        let id = observation.sensor();
        let Some(spec) = sensors.get(id) else { return };
        let state = self.sensors.entry(id).or_default();
        match observation {
            Observation::Report(report) => match spec.kind {
                SensorKind::Radar => state.plot(id, spec, report, out),
                SensorKind::StaringRadar => {
                    if state.pending.last().is_some_and(|p| p.time != report.time) {
                        state.close_instant(id, spec, out);
                    }
                    state.pending.push(report);
                }
                _ => {
                    let time = report.time;
                    state.words.said(time);
                    let look = state.look(id, spec, time, time, Footprint::Unknown, 0.0);
                    out.push((look, vec![report]));
                }
            },
            Observation::Sector {
                time,
                azimuth_rad,
                turn_s,
                ..
            } => {
                state.has_sector_messages = true;
                state.turn_s = turn_s.or(state.turn_s);
                state.close_sector(id, spec, time, azimuth_rad, out);
            }
            Observation::Heartbeat { time, .. } => {
                if spec.kind == SensorKind::StaringRadar {
                    if state.pending.is_empty() {
                        let footprint = disc(spec);
                        let look =
                            state.look(id, spec, time, time, footprint, spec.false_per_revisit);
                        out.push((look, Vec::new()));
                    } else {
                        state.close_instant(id, spec, out);
                    }
                } else if let Some(silent_s) = state.words.silent_s(spec, time)
                    && let Some((footprint, detection)) = words::earshot(spec)
                {
                    let from = time.plus_seconds(-silent_s);
                    let mut look = state.look(id, spec, from, time, footprint, 0.0);
                    look.detection = detection;
                    out.push((look, Vec::new()));
                }
            }
        }
    }

    /// Closes what is still open, when no more observations can come: reports
    /// count, silence does not.
    pub fn finish(&mut self, sensors: &SensorTable, out: &mut Vec<LookReports>) {
        for (&id, state) in &mut self.sensors {
            if let Some(spec) = sensors.get(id) {
                state.flush(id, spec, out);
            }
        }
    }
}

impl SensorState {
    fn look(
        &mut self,
        sensor: SensorId,
        spec: &SensorSpec,
        t0: Timestamp,
        t1: Timestamp,
        footprint: Footprint,
        expected_false: f64,
    ) -> Look {
        let sequence = self.sequence;
        self.sequence += 1;
        Look {
            sensor,
            sequence,
            t0,
            t1,
            footprint,
            guard_m: 4.0 * spec.range_sigma_m,
            detection: detection(spec),
            clutter: Clutter {
                expected: expected_false,
            },
            revisit_s: self.turn_s.unwrap_or(spec.revisit_s),
            closed: true,
        }
    }

    fn flush(&mut self, id: SensorId, spec: &SensorSpec, out: &mut Vec<LookReports>) {
        let (Some(first), Some(last)) = (self.pending.first(), self.pending.last()) else {
            return;
        };
        let (t0, t1) = (first.time, last.time);
        let expected = self.pending.len() as f64;
        let look = self.look(id, spec, t0, t1, Footprint::Unknown, expected);
        out.push((look, std::mem::take(&mut self.pending)));
    }

    fn close_instant(&mut self, id: SensorId, spec: &SensorSpec, out: &mut Vec<LookReports>) {
        let Some(time) = self.pending.last().map(|p| p.time) else {
            return;
        };
        let look = self.look(id, spec, time, time, disc(spec), spec.false_per_revisit);
        out.push((look, std::mem::take(&mut self.pending)));
    }

    /// A plot of a rotating radar; without sector messages its azimuth moves the sweep.
    fn plot(
        &mut self,
        id: SensorId,
        spec: &SensorSpec,
        report: Report,
        out: &mut Vec<LookReports>,
    ) {
        let turn_s = self.turn_s.unwrap_or(spec.revisit_s);
        let sweep_lost = self
            .open
            .is_none_or(|(t, _)| report.time.seconds_since(t) > turn_s);
        if self.has_sector_messages && sweep_lost {
            // the sector messages have stopped: the plots must carry on without them
            self.flush(id, spec, out);
            self.has_sector_messages = false;
            self.open = None;
        }
        if !self.has_sector_messages
            && let Measurement::Polar { azimuth_rad, .. } = report.measurement
        {
            match self.open {
                None => self.open = Some((report.time, azimuth_rad)),
                Some((_, from)) => {
                    let progress = lapwing_geo::wrap_two_pi(azimuth_rad - from);
                    // plots a little out of azimuth order look like a nearly whole turn
                    if (TAU / SECTORS_OF_A_TURN..TAU * 0.9).contains(&progress) {
                        self.close_sector(id, spec, report.time, azimuth_rad, out);
                    }
                }
            }
        }
        self.pending.push(report);
    }

    fn close_sector(
        &mut self,
        id: SensorId,
        spec: &SensorSpec,
        time: Timestamp,
        azimuth_rad: f64,
        out: &mut Vec<LookReports>,
    ) {
        let turn_s = self.turn_s.unwrap_or(spec.revisit_s);
        let expected_false = spec.false_per_revisit;
        match (self.open, spec.position) {
            (Some((t0, from)), Some(centre)) if time.seconds_since(t0) < 0.75 * turn_s => {
                let width = lapwing_geo::wrap_two_pi(azimuth_rad - from);
                let footprint = Footprint::Sector {
                    centre,
                    azimuth_from_rad: from,
                    azimuth_width_rad: width,
                    range_limits_m: spec.range_limits_m,
                };
                let look = self.look(id, spec, t0, time, footprint, expected_false * width / TAU);
                out.push((look, std::mem::take(&mut self.pending)));
            }
            // sector messages were lost, or the radar's position is unknown: where it
            // looked cannot be said
            _ => self.flush(id, spec, out),
        }
        self.open = Some((time, azimuth_rad));
    }
}

fn disc(spec: &SensorSpec) -> Footprint {
    spec.position
        .map_or(Footprint::Unknown, |centre| Footprint::Disc {
            centre,
            radius_m: spec.range_limits_m.1,
        })
}

fn detection(spec: &SensorSpec) -> Detection {
    let hears = spec.kind.evidence() == EvidenceKind::Sound;
    match spec.range_50_m.filter(|_| !hears) {
        Some(range_50_m) => Detection::Swerling1 {
            p_fa: P_FA,
            range_50_m,
            reference_rcs_dbsm: REFERENCE_RCS_DBSM,
            antenna_height_m: spec.position.map_or(0.0, |p| p.height_m),
        },
        None => Detection::Constant {
            probability: spec.detection_probability,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_geo::Geodetic;
    use lapwing_model::{Claims, PolarSigma, RawRef};

    fn radar_table() -> SensorTable {
        let mut spec = SensorSpec::of_kind("north", SensorKind::Radar);
        spec.position = Some(Geodetic::new(46.0, -30.0, 50.0));
        SensorTable::new(vec![spec])
    }

    fn plot(time_s: f64, azimuth_deg: f64) -> Observation {
        Observation::Report(Report {
            sensor: SensorId(0),
            time: Timestamp::from_seconds(time_s),
            measurement: Measurement::Polar {
                range_m: 10_000.0,
                azimuth_rad: f64::to_radians(azimuth_deg),
                elevation_rad: None,
                range_rate_mps: None,
                height_m: None,
                sigma: PolarSigma {
                    range_m: 20.0,
                    azimuth_rad: 0.01,
                    elevation_rad: 0.0,
                    range_rate_mps: 0.0,
                },
            },
            claims: Claims::default(),
            rcs_dbsm: None,
            class_log_likelihoods: None,
            raw: RawRef::default(),
        })
    }

    fn sector(time_s: f64, azimuth_deg: f64) -> Observation {
        Observation::Sector {
            sensor: SensorId(0),
            time: Timestamp::from_seconds(time_s),
            azimuth_rad: f64::to_radians(azimuth_deg),
            turn_s: None,
        }
    }

    fn looks(observations: Vec<Observation>) -> Vec<(f64, f64, usize)> {
        let table = radar_table();
        let mut assembler = LookAssembler::default();
        let mut out = Vec::new();
        for observation in observations {
            assembler.push(observation, &table, &mut out);
        }
        assembler.finish(&table, &mut out);
        out.iter()
            .map(|(look, reports)| match look.footprint {
                Footprint::Sector {
                    azimuth_from_rad,
                    azimuth_width_rad,
                    ..
                } => (
                    azimuth_from_rad.to_degrees().round(),
                    azimuth_width_rad.to_degrees().round(),
                    reports.len(),
                ),
                _ => (-1.0, -1.0, reports.len()),
            })
            .collect()
    }

    #[test]
    fn sectors_come_from_the_service_messages() {
        let seen = looks(vec![
            sector(0.0, 0.0),
            plot(0.1, 5.0),
            sector(0.5, 45.0),
            sector(1.0, 90.0),
            plot(1.2, 100.0),
            plot(1.3, 110.0),
            sector(1.5, 135.0),
        ]);
        assert_eq!(seen, [(0.0, 45.0, 1), (45.0, 45.0, 0), (90.0, 45.0, 2)]);
    }

    #[test]
    fn a_lost_sector_message_makes_the_footprint_unknown() {
        let seen = looks(vec![sector(0.0, 0.0), plot(0.1, 5.0), sector(3.9, 351.0)]);
        assert_eq!(seen, [(-1.0, -1.0, 1)]);
    }

    #[test]
    fn when_the_service_messages_stop_the_plots_carry_on() {
        let seen = looks(vec![
            sector(0.0, 0.0),
            sector(0.5, 45.0),
            plot(0.6, 50.0),
            plot(5.0, 90.0),
            plot(5.5, 135.0),
            plot(6.0, 180.0),
        ]);
        assert_eq!(
            seen,
            [
                (0.0, 45.0, 0),
                (-1.0, -1.0, 1),
                (90.0, 45.0, 1),
                (135.0, 45.0, 1),
                (-1.0, -1.0, 1)
            ]
        );
    }

    #[test]
    fn without_service_messages_the_plots_move_the_sweep() {
        let seen = looks(vec![
            plot(0.0, 350.0),
            plot(0.05, 352.0),
            plot(0.04, 349.0),
            plot(0.2, 8.0),
            plot(0.9, 90.0),
        ]);
        assert_eq!(seen, [(350.0, 18.0, 3), (8.0, 82.0, 1), (-1.0, -1.0, 1)]);
    }
}

//! Clutter where it persists, of one sensor: see `lapwing_sensing::ClutterMap`.
//!
//! Polar reports are mapped over range and azimuth in cells a little wider than the
//! sensor's errors, positions over the ground. A report is learnt some revisits after it came:
//! by then a track that took it has shown whether it is confirmed and moves, and what such a
//! track explains is not learnt. Everything else is, so that a turbine is known after a few
//! turns, what stands on it never becomes likely, and a thing does not grow clutter around its
//! own first reports.
//!
//! Until then, and where false reports crowd without staying (a flock), the reports around speak
//! for themselves: more in one turn than things come together are a density of clutter,
//! as in the nonparametric filters (Bar-Shalom and Li 1995, §3.4), so that a wind farm in a radar's first
//! turns is not taken for what flies from one turbine to the next. A crowd is as dense at its edge
//! as inside, where a circle around a report is half empty: a report is judged by the fullest circle
//! around any of its neighbours of the last visit.

use lapwing_model::{Measurement, Report, SensorSpec, Timestamp, TrackId};
use lapwing_sensing::ClutterMap;
use std::collections::VecDeque;

/// How long the past counts, s.
const MEMORY_S: f64 = 900.0;
/// Width of a cell, standard deviations of the measurement.
const CELL_SIGMAS: f64 = 3.0;
/// Revisits that a report waits for a track to explain it.
const WAIT_REVISITS: f64 = 6.0;
/// Most reports that wait; beyond, the oldest are learnt at once.
const WAITING_MAX: usize = 8_192;
/// Radius in which reports of the last turn crowd, m: wide enough that what flies is found
/// inside after a turn.
const CROWD_M: f64 = 1_500.0;
/// Reports of a turn in one such circle that need no explanation: a pair, and one that is
/// false.
const CROWD_MIN: f64 = 3.0;
/// Between so many turns ago a place was looked at once: what rotates and what looks everywhere at
/// once visit it a turn apart.
const VISITS: (f64, f64) = (0.5, 1.5);
/// Most reports of a turn that are kept.
const TURN_MAX: usize = 4_096;
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_000.0;

#[derive(Clone, Copy, Debug)]
struct Crowding {
    time: Timestamp,
    /// Over the ground from the sensor, m.
    at: [f64; 2],
    /// How many of the same visit are around it, itself among them.
    around: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Clutter {
    polar: ClutterMap,
    ground: ClutterMap,
    wait_s: f64,
    waiting: VecDeque<(Timestamp, Place, TrackId)>,
    turn_s: f64,
    /// The last turn's reports that nothing known to fly explains.
    turn: VecDeque<Crowding>,
}

impl Clutter {
    /// Whether false reports of this kind of sensor stay where they are: those of radars do.
    pub(crate) fn is_learnt(spec: &SensorSpec) -> bool {
        use lapwing_model::SensorKind::{Radar, StaringRadar};
        matches!(spec.kind, Radar | StaringRadar)
    }

    pub(crate) fn new(spec: &SensorSpec, revisit_s: f64) -> Self {
        let range_m = CELL_SIGMAS * spec.range_sigma_m.max(1.0);
        let azimuth_rad = CELL_SIGMAS * spec.azimuth_sigma_rad.max(1e-4);
        Self {
            polar: ClutterMap::new([range_m, azimuth_rad], MEMORY_S, revisit_s),
            ground: ClutterMap::new([range_m; 2], MEMORY_S, revisit_s),
            wait_s: WAIT_REVISITS * revisit_s.clamp(0.1, 10.0),
            waiting: VecDeque::new(),
            turn_s: revisit_s.clamp(0.1, 60.0),
            turn: VecDeque::new(),
        }
    }

    /// A report, and the track that took it, if any; learnt at once where there is none.
    /// `flies`: whether that is known to be something that moves.
    pub(crate) fn hear(&mut self, report: &Report, by: Option<TrackId>, flies: bool) {
        let Some(place) = place(&report.measurement) else {
            return;
        };
        if let Place::Polar([range_m, azimuth_rad]) = place
            && !flies
        {
            let at = [range_m * azimuth_rad.sin(), range_m * azimuth_rad.cos()];
            if self.turn.len() >= TURN_MAX {
                self.turn.pop_front();
            }
            let mut around = 1;
            let half_s = VISITS.0 * self.turn_s;
            for other in self.turn.iter_mut().filter(|c| c.is_near(at)) {
                if report.time.seconds_since(other.time).abs() <= half_s {
                    other.around += 1;
                    around += 1;
                }
            }
            self.turn.push_back(Crowding {
                time: report.time,
                at,
                around,
            });
        }
        match by {
            None => self.learn(report.time, &place),
            Some(id) => self.waiting.push_back((report.time, place, id)),
        }
        if self.waiting.len() > WAITING_MAX
            && let Some((time, place, _)) = self.waiting.pop_front()
        {
            self.learn(time, &place);
        }
    }

    /// Learn what has waited long enough, except what `explains`.
    pub(crate) fn settle(&mut self, now: Timestamp, explains: impl Fn(TrackId) -> bool) {
        let turn_s = VISITS.1 * self.turn_s;
        self.turn
            .retain(|c| now.seconds_since(c.time).abs() <= turn_s);
        while let Some((time, _, _)) = self.waiting.front() {
            if now.seconds_since(*time).abs() < self.wait_s {
                return;
            }
            if let Some((time, place, id)) = self.waiting.pop_front()
                && !explains(id)
            {
                self.learn(time, &place);
            }
        }
    }

    /// Density of the crowd that a place is part of, of the last visit's reports, beyond what needs
    /// no explanation.
    fn crowd_per_m2(&self, [range_m, azimuth_rad]: [f64; 2], time: Timestamp) -> f64 {
        let at = [range_m * azimuth_rad.sin(), range_m * azimuth_rad.cos()];
        let (least_s, most_s) = (VISITS.0 * self.turn_s, VISITS.1 * self.turn_s);
        let (mut count, mut fullest) = (0, 0);
        for other in self.turn.iter().filter(|c| c.is_near(at)) {
            let age_s = time.seconds_since(other.time).abs();
            if age_s > least_s && age_s <= most_s {
                count += 1;
                fullest = other.around.max(fullest);
            }
        }
        let around = f64::from(fullest.max(count));
        (around - CROWD_MIN).max(0.0) / (std::f64::consts::PI * CROWD_M * CROWD_M)
    }

    fn learn(&mut self, time: Timestamp, place: &Place) {
        let time_s = seconds(time);
        match place {
            Place::Polar(at) => self.polar.learn(*at, time_s),
            Place::Ground(at) => self.ground.learn(*at, time_s),
        }
    }

    /// Density of false reports at a report, where it would be `uniform` without the map.
    pub(crate) fn density(&self, report: &Report, uniform: f64) -> f64 {
        let time_s = seconds(report.time);
        match place(&report.measurement) {
            Some(Place::Polar(at)) => {
                let mapped = self.polar.density(at, time_s, uniform);
                mapped.max(self.crowd_per_m2(at, report.time) * at[0])
            }
            Some(Place::Ground(at)) => self.ground.density(at, time_s, uniform),
            None => uniform,
        }
    }
}

impl Crowding {
    fn is_near(&self, [x, y]: [f64; 2]) -> bool {
        (self.at[0] - x).powi(2) + (self.at[1] - y).powi(2) < CROWD_M * CROWD_M
    }
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Polar([f64; 2]),
    Ground([f64; 2]),
}

fn place(measurement: &Measurement) -> Option<Place> {
    match measurement {
        Measurement::Polar {
            range_m,
            azimuth_rad,
            ..
        } => Some(Place::Polar([*range_m, *azimuth_rad])),
        Measurement::Position { position, .. } => {
            let by_longitude_m = DEGREE_M * position.lat_deg.to_radians().cos();
            Some(Place::Ground([
                position.lon_deg * by_longitude_m,
                position.lat_deg * DEGREE_M,
            ]))
        }
        _ => None,
    }
}

fn seconds(time: Timestamp) -> f64 {
    time.seconds_since(Timestamp(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_model::{Claims, PolarSigma, RawRef, SensorId, SensorKind};

    fn plot(seconds: f64, range_m: f64, azimuth_rad: f64) -> Report {
        Report {
            sensor: SensorId(0),
            time: Timestamp::from_seconds(seconds),
            measurement: Measurement::Polar {
                range_m,
                azimuth_rad,
                elevation_rad: None,
                range_rate_mps: None,
                height_m: None,
                sigma: PolarSigma {
                    range_m: 30.0,
                    azimuth_rad: 0.01,
                    elevation_rad: 0.0,
                    range_rate_mps: 0.0,
                },
            },
            claims: Claims::default(),
            rcs_dbsm: None,
            class_log_likelihoods: None,
            raw: RawRef::default(),
        }
    }

    /// Twelve plots of a farm in one turn: nine more than need no explanation, over π 1.5² km²;
    /// none of it elsewhere, a turn later, or where all of them are known to fly.
    #[test]
    fn a_crowd_is_clutter_from_the_next_turn_on() {
        let uniform = 4e-5;
        let id = TrackId {
            node: 1,
            counter: 1,
        };
        for (flies, expected) in [(false, 9.0 / 7.0686e6 * 20_000.0), (true, uniform)] {
            let spec = SensorSpec::of_kind("r", SensorKind::Radar);
            let mut clutter = Clutter::new(&spec, 4.0);
            for k in 0..12_u32 {
                let range_m = 20_000.0 + 40.0 * f64::from(k);
                clutter.hear(&plot(0.0, range_m, 1.0), Some(id), flies);
            }
            clutter.settle(Timestamp::from_seconds(0.1), |_| flies);
            let at = |range_m| clutter.density(&plot(4.0, range_m, 1.0), uniform);
            let there = at(20_000.0);
            assert!((there / expected - 1.0).abs() < 1e-3, "{there}");
            assert!((at(24_000.0) / uniform - 1.0).abs() < 1e-9);
            clutter.settle(Timestamp::from_seconds(8.0), |_| flies);
            assert!(clutter.turn.is_empty());
        }
    }

    /// Twenty-five turbines 600 m apart in one turn: at the corner, where a circle is three quarters
    /// empty, they are taken for as dense as about its neighbours inside.
    #[test]
    fn a_crowd_is_as_dense_at_its_edge_as_inside() {
        let spec = SensorSpec::of_kind("r", SensorKind::Radar);
        let mut clutter = Clutter::new(&spec, 4.0);
        let place = |i: u32, j: u32| {
            let (x, y) = (600.0 * f64::from(i), 20_000.0 + 600.0 * f64::from(j));
            (x.hypot(y), x.atan2(y))
        };
        for i in 0..5 {
            for j in 0..5 {
                let (range_m, azimuth_rad) = place(i, j);
                clutter.hear(&plot(0.0, range_m, azimuth_rad), None, false);
            }
        }
        clutter.settle(Timestamp::from_seconds(0.1), |_| false);
        let per_m2 = |i, j| {
            let (range_m, azimuth_rad) = place(i, j);
            let at = Timestamp::from_seconds(4.0);
            clutter.crowd_per_m2([range_m, azimuth_rad], at)
        };
        // 21 are within 1.5 km of the middle one, 16 of the second nearest to the corner's reach
        let area_m2 = std::f64::consts::PI * CROWD_M * CROWD_M;
        assert!((per_m2(2, 2) * area_m2 - 18.0).abs() < 1e-9);
        assert!(per_m2(0, 0) > 0.7 * per_m2(2, 2), "{}", per_m2(0, 0));
    }

    /// Four things seen every second by what looks everywhere at once are four, not eight.
    #[test]
    fn a_crowd_is_of_one_visit() {
        let mut spec = SensorSpec::of_kind("r", SensorKind::StaringRadar);
        spec.revisit_s = 1.0;
        let mut clutter = Clutter::new(&spec, 1.0);
        for second in 0..4_u32 {
            let seconds = f64::from(second);
            for k in 0..4_u32 {
                let range_m = 3_000.0 + 100.0 * f64::from(k);
                clutter.hear(&plot(seconds, range_m, 1.0), None, false);
            }
            clutter.settle(Timestamp::from_seconds(seconds), |_| false);
        }
        let expected = 1.0 / (std::f64::consts::PI * CROWD_M * CROWD_M);
        // of the visit before, whether or not the one at hand is in already
        for seconds in [3.0, 4.0] {
            let at = Timestamp::from_seconds(seconds);
            let crowd = clutter.crowd_per_m2([3_000.0, 1.0], at) / expected;
            assert!((crowd - 1.0).abs() < 1e-9, "at {seconds} s: {crowd}");
        }
    }
}

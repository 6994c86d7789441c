//! A path: where something is at every moment of its life, as legs of straight
//! flight and of turns at a constant rate.
//!
//! Being a function of time and not a stepped state, a path can be asked where
//! its thing was when a sound now heard was made, with no inverse and no error
//! of interpolation.

use std::f64::consts::PI;

/// One leg: constant turn rate, constant acceleration along the path, constant climb.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Leg {
    /// Start, s since the scenario's start.
    start_s: f64,
    east_m: f64,
    north_m: f64,
    height_m: f64,
    /// Clockwise from the plane's north, rad.
    heading_rad: f64,
    speed_mps: f64,
    acceleration_mps2: f64,
    turn_rate_rps: f64,
    climb_mps: f64,
}

/// Place in the planning plane and its rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Planned {
    /// East, north, height above the ellipsoid, m.
    pub(crate) at: (f64, f64, f64),
    /// Their rates, m/s.
    pub(crate) rate: (f64, f64, f64),
}

impl Leg {
    fn at(&self, dt_s: f64) -> Planned {
        let (sin0, cos0) = self.heading_rad.sin_cos();
        let height_m = self.height_m + self.climb_mps * dt_s;
        if self.turn_rate_rps == 0.0 {
            let along_m = dt_s * (self.speed_mps + 0.5 * self.acceleration_mps2 * dt_s);
            let speed = self.speed_mps + self.acceleration_mps2 * dt_s;
            Planned {
                at: (
                    self.east_m + along_m * sin0,
                    self.north_m + along_m * cos0,
                    height_m,
                ),
                rate: (speed * sin0, speed * cos0, self.climb_mps),
            }
        } else {
            let radius_m = self.speed_mps / self.turn_rate_rps;
            let (sin1, cos1) = (self.heading_rad + self.turn_rate_rps * dt_s).sin_cos();
            Planned {
                at: (
                    self.east_m + radius_m * (cos0 - cos1),
                    self.north_m + radius_m * (sin1 - sin0),
                    height_m,
                ),
                rate: (self.speed_mps * sin1, self.speed_mps * cos1, self.climb_mps),
            }
        }
    }

    fn heading_at(&self, dt_s: f64) -> f64 {
        lapwing_geo::wrap_two_pi(self.heading_rad + self.turn_rate_rps * dt_s)
    }
}

/// Where something is from its first moment to its last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    legs: Vec<Leg>,
    end_s: f64,
}

impl Path {
    /// First moment, s since the scenario's start.
    pub(crate) fn begin_s(&self) -> f64 {
        self.legs.first().map_or(self.end_s, |leg| leg.start_s)
    }

    /// Last moment, s since the scenario's start.
    pub(crate) fn end_s(&self) -> f64 {
        self.end_s
    }

    /// Whether it exists at a time.
    pub(crate) fn alive(&self, t_s: f64) -> bool {
        self.begin_s() <= t_s && t_s < self.end_s
    }

    /// Where it is; before the first moment and after the last, where the first or last leg leads.
    pub(crate) fn at(&self, t_s: f64) -> Planned {
        let next = self.legs.partition_point(|leg| leg.start_s <= t_s);
        let leg = &self.legs[next.saturating_sub(1)];
        leg.at(t_s - leg.start_s)
    }

    /// The same path cut short.
    pub(crate) fn cut(mut self, end_s: f64) -> Self {
        self.end_s = self.end_s.min(end_s);
        self
    }
}

/// Draws a path leg by leg.
#[derive(Clone, Debug)]
pub(crate) struct PathBuilder {
    legs: Vec<Leg>,
    now_s: f64,
    planned: Planned,
    heading_rad: f64,
    speed_mps: f64,
}

impl PathBuilder {
    /// Starts at a time, place (east, north, height), heading and speed.
    pub(crate) fn new(start_s: f64, at: (f64, f64, f64), heading_rad: f64, speed_mps: f64) -> Self {
        Self {
            legs: Vec::new(),
            now_s: start_s,
            planned: Planned {
                at,
                rate: (0.0, 0.0, 0.0),
            },
            heading_rad,
            speed_mps,
        }
    }

    /// The time reached, s.
    pub(crate) fn now_s(&self) -> f64 {
        self.now_s
    }

    /// East and north reached, m.
    pub(crate) fn east_north_m(&self) -> (f64, f64) {
        (self.planned.at.0, self.planned.at.1)
    }

    /// Height reached, m.
    pub(crate) fn height_m(&self) -> f64 {
        self.planned.at.2
    }

    fn push(&mut self, duration_s: f64, acceleration_mps2: f64, turn_rate_rps: f64, climb: f64) {
        if duration_s.is_nan() || duration_s <= 0.0 {
            return;
        }
        let leg = Leg {
            start_s: self.now_s,
            east_m: self.planned.at.0,
            north_m: self.planned.at.1,
            height_m: self.planned.at.2,
            heading_rad: self.heading_rad,
            speed_mps: self.speed_mps,
            acceleration_mps2,
            turn_rate_rps,
            climb_mps: climb,
        };
        self.planned = leg.at(duration_s);
        self.heading_rad = leg.heading_at(duration_s);
        self.speed_mps += acceleration_mps2 * duration_s;
        self.now_s += duration_s;
        self.legs.push(leg);
    }

    /// Straight on for a time, changing height and speed evenly.
    pub(crate) fn straight(&mut self, duration_s: f64, to_height_m: f64, to_speed_mps: f64) {
        self.push(
            duration_s,
            (to_speed_mps - self.speed_mps) / duration_s,
            0.0,
            (to_height_m - self.planned.at.2) / duration_s,
        );
    }

    /// Straight on for a distance, changing height and speed evenly.
    pub(crate) fn straight_for_m(&mut self, distance_m: f64, to_height_m: f64, to_speed_mps: f64) {
        let duration_s = 2.0 * distance_m / (self.speed_mps + to_speed_mps);
        self.straight(duration_s, to_height_m, to_speed_mps);
    }

    /// Level turn to a heading, the short way round.
    pub(crate) fn turn_to(&mut self, heading_rad: f64, rate_rps: f64) {
        let turn = lapwing_geo::wrap_pi(heading_rad - self.heading_rad);
        self.push(turn.abs() / rate_rps, 0.0, rate_rps.copysign(turn), 0.0);
    }

    /// Turns until the nose points at a place, then flies to within `stop_m` of it,
    /// reaching a height and speed there. Stays put where the place lies inside the turn.
    pub(crate) fn fly_to(
        &mut self,
        (east_m, north_m): (f64, f64),
        rate_rps: f64,
        to_height_m: f64,
        to_speed_mps: f64,
        stop_m: f64,
    ) {
        let bearing = |from: (f64, f64)| (east_m - from.0).atan2(north_m - from.1);
        let radius_m = self.speed_mps / rate_rps;
        let side = lapwing_geo::wrap_pi(bearing(self.east_north_m()) - self.heading_rad);
        let hand = 1.0_f64.copysign(side);
        let (sin, cos) = self.heading_rad.sin_cos();
        let centre = (
            self.planned.at.0 + hand * radius_m * cos,
            self.planned.at.1 - hand * radius_m * sin,
        );
        let distance_m = (east_m - centre.0).hypot(north_m - centre.1);
        if distance_m <= radius_m {
            return;
        }
        // the tangent from the place to the circle of the turn
        let tangent_rad = bearing(centre) + hand * (radius_m / distance_m).asin();
        let mut turn = hand * lapwing_geo::wrap_two_pi(hand * (tangent_rad - self.heading_rad));
        // a rounding error ahead of the nose is not a whole turn
        if turn.abs() > 2.0 * PI - 1e-6 {
            turn = 0.0;
        }
        self.push(turn.abs() / rate_rps, 0.0, rate_rps.copysign(turn), 0.0);
        let ahead_m = (east_m - self.planned.at.0).hypot(north_m - self.planned.at.1) - stop_m;
        self.straight_for_m(ahead_m, to_height_m, to_speed_mps);
    }

    /// The path drawn; `None` if nothing was.
    pub(crate) fn finish(self) -> Option<Path> {
        (!self.legs.is_empty()).then_some(Path {
            legs: self.legs,
            end_s: self.now_s,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_route_passes_every_waypoint_without_a_jump() {
        let mut random = Random::stream(5, "test", 0);
        for _ in 0..200 {
            let speed = random.uniform(20.0, 80.0);
            let mut route = PathBuilder::new(
                100.0,
                (0.0, 0.0, 200.0),
                random.uniform(0.0, 2.0 * PI),
                speed,
            );
            let mut passed = Vec::new();
            for _ in 0..4 {
                let target = (random.uniform(-30e3, 30e3), random.uniform(-30e3, 30e3));
                let before = route.now_s();
                route.fly_to(target, 3.0_f64.to_radians(), 250.0, speed, 0.0);
                if route.now_s() > before {
                    passed.push((route.now_s(), target));
                }
            }
            let path = route.finish().unwrap();
            for (t, (east, north)) in passed {
                let p = path.at(t);
                assert!(
                    (p.at.0 - east).hypot(p.at.1 - north) < 0.01,
                    "{t}: {p:?} is not at {east} {north}"
                );
            }
            let mut t = path.begin_s();
            while t + 1.0 < path.end_s() {
                let (a, b) = (path.at(t), path.at(t + 1.0));
                let moved = (b.at.0 - a.at.0).hypot(b.at.1 - a.at.1);
                assert!(
                    moved < speed * 1.001 && moved > speed * 0.99,
                    "{moved} {speed}"
                );
                let turned =
                    lapwing_geo::wrap_pi(b.rate.0.atan2(b.rate.1) - a.rate.0.atan2(a.rate.1));
                assert!(turned.abs() < 3.001_f64.to_radians(), "{turned}");
                t += 1.0;
            }
        }
    }

    #[test]
    fn rates_are_the_derivatives_of_places() {
        let mut route = PathBuilder::new(0.0, (1_000.0, -500.0, 300.0), 0.4, 60.0);
        route.straight(100.0, 500.0, 90.0);
        route.turn_to(2.5, 0.05);
        route.fly_to((40e3, 10e3), 0.03, 800.0, 70.0, 0.0);
        let path = route.finish().unwrap();
        for i in 0..(path.end_s() as usize) {
            let t = i as f64 + 0.37;
            let (a, b, m) = (path.at(t - 1e-3), path.at(t + 1e-3), path.at(t));
            for (from, to, rate) in [
                (a.at.0, b.at.0, m.rate.0),
                (a.at.1, b.at.1, m.rate.1),
                (a.at.2, b.at.2, m.rate.2),
            ] {
                assert!(((to - from) / 2e-3 - rate).abs() < 0.05, "at {t}");
            }
        }
    }
}

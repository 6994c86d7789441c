//! How things of a class fly: how often they turn or stop, for how long, and how hard.
//!
//! The modes of a track form a Markov chain in continuous time, so reports may come at
//! any interval: with the generator G (off the diagonal the rates of change, rows summing
//! to 0) the probabilities of change over t are exp(G t) (Norris 1997, §2.1). While the
//! class is uncertain, the rates are the means over the classes: the hazard of a
//! mixture.
//!
//! A turn's rate follows from the sideways acceleration, ω = a/v: things that fly turn by
//! banking, and all of them mostly by 15° to 25°, so one figure serves a bird of 13 m/s (11°/s),
//! a drone of 50 m/s (3°/s) and an airliner (1 to 3°/s).

use crate::TrackerConfig;
use lapwing_model::{Class, ClassProbabilities};
use nalgebra::Matrix4;

/// Number of modes.
pub(crate) const MODES: usize = 4;
/// Nearly constant velocity.
pub(crate) const STRAIGHT: usize = 0;
/// Coordinated turn to the left (anticlockwise from above).
pub(crate) const LEFT: usize = 1;
/// Coordinated turn to the right.
pub(crate) const RIGHT: usize = 2;
/// Hovering or slow: velocity reverts to none.
pub(crate) const HOVER: usize = 3;

/// Below this speed a turn is no sharper, m/s.
const SLOW_MPS: f64 = 8.0;
/// Greatest rate of a turn, rad/s.
const RATE_MAX_RAD_S: f64 = 0.35;

/// How things of a class fly.
struct Habit {
    class: Class,
    /// Turns in a given time, as a multiple of the configured.
    turns: f64,
    /// Length of a turn, as a multiple of the configured.
    turn_length: f64,
    /// Sideways acceleration in a turn, m/s².
    sideways_mps2: f64,
    /// Stops in the time of a configured turn, and the length of one, s; none for what
    /// cannot hover.
    stops: Option<(f64, f64)>,
}

const HABITS: [Habit; 6] = [
    Habit {
        class: Class::FixedWingDrone,
        turns: 1.0,
        turn_length: 1.0,
        sideways_mps2: 2.6,
        stops: None,
    },
    Habit {
        class: Class::Multirotor,
        turns: 10.0,
        turn_length: 0.4,
        sideways_mps2: 2.5,
        stops: Some((10.0, 40.0)),
    },
    Habit {
        class: Class::Bird,
        turns: 8.0,
        turn_length: 0.6,
        sideways_mps2: 2.0,
        stops: None,
    },
    Habit {
        class: Class::LightAircraft,
        turns: 3.0,
        turn_length: 1.5,
        sideways_mps2: 2.9,
        stops: None,
    },
    Habit {
        class: Class::Airliner,
        turns: 1.0,
        turn_length: 2.0,
        sideways_mps2: 3.5,
        stops: None,
    },
    Habit {
        class: Class::Other,
        turns: 1.0,
        turn_length: 1.0,
        sideways_mps2: 2.6,
        stops: Some((2.0, 60.0)),
    },
];

/// How a thing of uncertain class flies: means over its classes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Behaviour {
    /// Multiples of the configured rates at which turns begin and end, and stops begin.
    turns_begin: f64,
    turns_end: f64,
    stops_begin: f64,
    /// Rate at which stops end, 1/s.
    stops_end: f64,
    sideways_mps2: f64,
}

impl Behaviour {
    /// Of a thing with these class probabilities.
    pub(crate) fn of(classes: &ClassProbabilities) -> Self {
        let mut mean = Self {
            turns_begin: 0.0,
            turns_end: 0.0,
            stops_begin: 0.0,
            stops_end: 0.0,
            sideways_mps2: 0.0,
        };
        let mut can_stop = 0.0;
        for habit in &HABITS {
            let p = classes.of(habit.class);
            mean.turns_begin += p * habit.turns;
            mean.turns_end += p / habit.turn_length;
            mean.sideways_mps2 += p * habit.sideways_mps2;
            if let Some((stops, for_s)) = habit.stops {
                mean.stops_begin += p * stops;
                mean.stops_end += p / for_s;
                can_stop += p;
            }
        }
        // given that it hovers it is something that can
        if can_stop > 0.0 {
            mean.stops_end /= can_stop;
        }
        mean
    }

    /// Rate of a turn at this ground speed, rad/s.
    pub(crate) fn turn_rate_rad_s(&self, speed_mps: f64) -> f64 {
        (self.sideways_mps2 / speed_mps.max(SLOW_MPS)).min(RATE_MAX_RAD_S)
    }

    /// Sideways acceleration of a turn, m/s².
    pub(crate) const fn sideways_mps2(&self) -> f64 {
        self.sideways_mps2
    }

    /// Rates of change from mode (row) to mode (column), 1/s.
    pub(crate) fn generator(&self, config: &TrackerConfig) -> Matrix4<f64> {
        let turn = self.turns_begin / config.manoeuvre_every_s.max(1e-3);
        let end = self.turns_end / config.manoeuvre_lasts_s.max(1e-3);
        let stop = self.stops_begin / config.manoeuvre_every_s.max(1e-3);
        let go = self.stops_end;
        Matrix4::new(
            -(turn + stop),
            turn / 2.0,
            turn / 2.0,
            stop,
            end,
            -end,
            0.0,
            0.0,
            end,
            0.0,
            -end,
            0.0,
            go,
            0.0,
            0.0,
            -go,
        )
    }

    /// Probability of being in mode (column) `dt_s` after mode (row).
    pub(crate) fn transition(&self, config: &TrackerConfig, dt_s: f64) -> [[f64; MODES]; MODES] {
        let p = exponential(&(self.generator(config) * dt_s.max(0.0)));
        std::array::from_fn(|i| std::array::from_fn(|j| p[(i, j)]))
    }
}

/// e^G of a generator times a time, by scaling and squaring a Taylor series (Moler and
/// Van Loan 2003, method 3); rows sum to 1.
fn exponential(g: &Matrix4<f64>) -> Matrix4<f64> {
    let greatest = g.diagonal().amax();
    let mut halvings = 0;
    let mut scale = 1.0;
    while greatest * scale > 0.25 && halvings < 60 {
        scale *= 0.5;
        halvings += 1;
    }
    let g = g * scale;
    let one = Matrix4::identity();
    // Horner: 1 + G(1 + G/2(1 + G/3(1 + G/4(1 + G/5(1 + G/6)))))
    let mut p = one + g / 6.0;
    for k in [5.0, 4.0, 3.0, 2.0, 1.0] {
        p = one + g * p / k;
    }
    for _ in 0..halvings {
        p = p * p;
    }
    for mut row in p.row_iter_mut() {
        row.apply(|x| *x = x.max(0.0));
        let sum = row.sum();
        row /= sum;
    }
    p
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(class: Class) -> ClassProbabilities {
        let mut weights = [0.0; 6];
        weights[class as usize] = 1.0;
        ClassProbabilities::from_weights(weights)
    }

    #[test]
    fn each_class_turns_and_stops_as_it_can() {
        let config = TrackerConfig::default();
        for (class, hovers, speed_mps, rate_deg_s) in [
            (Class::FixedWingDrone, false, 50.0, 2.5..3.5),
            (Class::Multirotor, true, 10.0, 10.0..20.0),
            (Class::Bird, false, 13.0, 7.0..12.0),
            (Class::LightAircraft, false, 55.0, 2.5..3.5),
            (Class::Airliner, false, 150.0, 1.0..2.0),
        ] {
            let behaviour = Behaviour::of(&only(class));
            let p = behaviour.transition(&config, 4.0);
            assert_eq!(p[STRAIGHT][HOVER] > 1e-3, hovers, "{class:?}");
            let rate = behaviour.turn_rate_rad_s(speed_mps).to_degrees();
            assert!(rate_deg_s.contains(&rate), "{class:?}: {rate}");
        }
    }

    /// One long step is many short ones (Chapman and Kolmogorov), and a short one is the
    /// generator itself.
    #[test]
    fn time_in_one_step_or_many_gives_the_same_chain() {
        let config = TrackerConfig::default();
        let behaviour = Behaviour::of(&ClassProbabilities::default());
        let g = behaviour.generator(&config);
        let matrix = |dt_s: f64| {
            let p = behaviour.transition(&config, dt_s);
            Matrix4::from_fn(|i, j| p[i][j])
        };
        assert!(((matrix(1e-4) - Matrix4::identity()) / 1e-4 - g).norm() < 1e-4);
        let mut many = Matrix4::identity();
        for dt_s in [0.3, 4.0, 0.7, 15.0, 40.0] {
            many *= matrix(dt_s);
        }
        assert!((many - matrix(60.0)).norm() < 1e-7);
        let settled = matrix(1e5);
        assert!((settled * g).norm() < 1e-9);
        for dt_s in [0.0, 1.0, 1e9] {
            for row in behaviour.transition(&config, dt_s) {
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                assert!(row.iter().all(|p| *p >= 0.0));
            }
        }
    }
}

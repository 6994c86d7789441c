//! What must hold for every flight, whatever its numbers.

mod common;

use common::{CENTRE, Flight};
use lapwing_forecast::{ForecastConfig, Forecaster};
use lapwing_geo::{Area, destination};
use lapwing_model::{Motion, Place, PlaceId};
use proptest::prelude::*;

fn flights() -> impl Strategy<Value = Flight> {
    (
        (0.0..60_000.0_f64, 0.0..std::f64::consts::TAU),
        (0.0..250.0_f64, 0.0..std::f64::consts::TAU),
        (1.0..3_000.0_f64, 1.0..3_000.0_f64),
        (0.1..20.0_f64, 0.1..20.0_f64),
        -0.95..0.95_f64,
        50.0..8_000.0_f64,
        0.0..1.0_f64,
    )
        .prop_map(|(p, v, sp, sv, correlation, radius_m, psd)| Flight {
            position_m: [p.0 * p.1.cos(), p.0 * p.1.sin()],
            velocity_mps: [v.0 * v.1.cos(), v.0 * v.1.sin()],
            sigma_position_m: [sp.0, sp.1],
            sigma_velocity_mps: [sv.0, sv.1],
            correlation,
            radius_m,
            psd,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn probabilities_rise_with_the_horizon_and_quantiles_are_ordered(flight in flights()) {
        let f = flight.forecast();
        prop_assert!(f.p_within.windows(2).all(|w| w[0] <= w[1]), "{f:?}");
        prop_assert!(f.p_within.iter().all(|p| (0.0..=1.0).contains(p)), "{f:?}");
        prop_assert!(f.closest_approach_m >= 0.0 && f.closest_approach_s >= 0.0);
        if let Some(a) = f.arrival {
            prop_assert!(f.time <= a.p05 && a.p05 <= a.p50 && a.p50 <= a.p95, "{a:?}");
            prop_assert!(a.p95.as_seconds() <= 1_200.0 + 1e-6);
        }
    }

    #[test]
    fn a_quarter_turn_of_everything_changes_nothing(flight in flights()) {
        let turn = |[x, y]: [f64; 2]| [-y, x];
        let turned = Flight {
            position_m: turn(flight.position_m),
            velocity_mps: turn(flight.velocity_mps),
            sigma_position_m: [flight.sigma_position_m[1], flight.sigma_position_m[0]],
            sigma_velocity_mps: [flight.sigma_velocity_mps[1], flight.sigma_velocity_mps[0]],
            ..flight
        };
        let (a, b) = (flight.forecast(), turned.forecast());
        for (p, q) in a.p_within.into_iter().zip(b.p_within) {
            // the ellipsoid is not round: meridians converge by some tenths of a degree
            prop_assert!((p - q).abs() < 0.015, "{a:?} {b:?}");
        }
    }

    #[test]
    fn hostile_numbers_give_no_forecast_and_no_panic(
        value in prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1e300), Just(1e300), Just(-1.0)],
        row in 0..6_usize, column in 0..6_usize,
    ) {
        let flight = Flight::default();
        let mut track = flight.track();
        track.covariance[row][column] = value;
        for f in flight.forecaster().forecast_all_places(&track) {
            prop_assert!(f.p_within.iter().all(|p| (0.0..=1.0).contains(p)), "{f:?}");
        }
    }
}

#[test]
fn motion_is_told_from_the_expected_path() {
    for (position_m, velocity_mps, expected) in [
        ([0.0, -20_000.0], [0.0, 50.0], Motion::Toward),
        ([2_900.0, -20_000.0], [0.0, 50.0], Motion::Toward),
        ([3_200.0, -20_000.0], [0.0, 50.0], Motion::Passing),
        ([0.0, -20_000.0], [0.0, -50.0], Motion::Away),
        ([0.0, -20_000.0], [50.0, -0.1], Motion::Away),
        ([0.0, -1_000.0], [0.0, -50.0], Motion::Toward),
    ] {
        let flight = Flight {
            position_m,
            velocity_mps,
            ..Flight::default()
        };
        assert_eq!(flight.forecast().motion, expected, "{flight:?}");
    }
}

#[test]
fn closest_approach_is_from_the_edge() {
    let flight = Flight {
        position_m: [5_000.0, -20_000.0],
        ..Flight::default()
    };
    let f = flight.forecast();
    assert!((f.closest_approach_s - 400.0).abs() < 1.0, "{f:?}");
    assert!((f.closest_approach_m - 2_000.0).abs() < 20.0, "{f:?}");
}

#[test]
fn the_prefilter_leaves_out_only_what_is_out_of_the_question() {
    let flight = Flight::default();
    let places: Vec<Place> = (0..400)
        .map(|k: i32| {
            let (ring, spoke) = (k / 20, k % 20);
            let at = destination(CENTRE, f64::from(spoke) * 0.314, f64::from(ring) * 15_000.0);
            Place {
                id: PlaceId(format!("p{k}")),
                name: String::new(),
                area: Area::disc(at, 500.0 + 200.0 * f64::from(ring)).unwrap(),
                lead_time_s: 0.0,
            }
        })
        .collect();
    let config = ForecastConfig::default();
    let forecaster = Forecaster::new(config, places);
    let mut near = Vec::new();
    forecaster.forecast(&flight.track(), &mut near);
    let expected: Vec<_> = forecaster
        .forecast_all_places(&flight.track())
        .into_iter()
        .filter(|f| f.p_within[3] >= config.least_probability)
        .collect();
    assert!(near.len() > 5 && near.len() < 200, "{}", near.len());
    assert_eq!(near, expected);
}

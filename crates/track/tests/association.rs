//! Which report is whose: crossings, close pairs, clutter, floods.

mod common;

use common::*;
use lapwing_geo::{Geodetic, LocalFrame, destination, distance_m};
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};
use nalgebra::Vector3;
use std::collections::BTreeSet;
use std::time::Instant;

/// Tracks that were the nearest confirmed one to each thing at some time after `from_s`.
fn ids_of(
    truth: &dyn Fn(f64) -> Vec<Geodetic>,
    seed: u64,
    seconds: f64,
    windows: &[std::ops::Range<f64>; 2],
) -> Vec<[BTreeSet<u64>; 2]> {
    let mut tracker = Tracker::new(TrackerConfig::default());
    let mut radar = Radar::new(0, SITE);
    radar.clutter_per_turn = 15.0;
    let mut found = vec![[BTreeSet::new(), BTreeSet::new()]; truth(0.0).len()];
    run(
        &mut tracker,
        &mut [radar],
        seed,
        seconds,
        truth,
        |tracker, t| {
            for (window, range) in windows.iter().enumerate() {
                if !range.contains(&t) {
                    continue;
                }
                let tracks = confirmed(tracker, t);
                for (thing, at) in truth(t).into_iter().enumerate() {
                    let nearest = tracks
                        .iter()
                        .map(|track| (distance_m(track.position, at), track.id.counter))
                        .filter(|(off, _)| *off < 600.0)
                        .min_by(|a, b| a.0.total_cmp(&b.0));
                    found[thing][window].extend(nearest.map(|n| n.1));
                }
            }
        },
    );
    found
}

fn east_north(e: f64, n: f64) -> Geodetic {
    let from = destination(SITE, 30.0_f64.to_radians(), 8_000.0);
    LocalFrame::new(from).to_geodetic(Vector3::new(e, n, 400.0))
}

/// Two things pass each other at 300 m, 8 km from a radar of 20 m and 0.7°: each keeps the
/// number that it had.
#[test]
fn two_that_pass_at_300_m_keep_their_ids() {
    let truth = |t: f64| {
        let along = 50.0 * (t - 80.0);
        vec![east_north(along, 150.0), east_north(-along, -150.0)]
    };
    let mut kept = 0;
    for seed in 0..10 {
        let found = ids_of(&truth, 40 + seed, 140.0, &[50.0..60.0, 120.0..140.0]);
        let whole = found
            .iter()
            .all(|[before, after]| before.len() == 1 && before == after);
        kept += u32::from(whole);
    }
    eprintln!("kept: {kept} of 10");
    assert!(kept >= 9, "{kept}");
}

/// Two in company 400 m apart, across the line of sight: two tracks all the way.
#[test]
fn a_close_pair_is_two() {
    let truth = |t: f64| {
        let along = 50.0 * t - 4_000.0;
        vec![east_north(along, 0.0), east_north(along, 400.0)]
    };
    let mut two = 0;
    for seed in 0..10 {
        let found = ids_of(&truth, 70 + seed, 150.0, &[60.0..100.0, 120.0..150.0]);
        let all: BTreeSet<u64> = found.iter().flat_map(|f| f[1].iter().copied()).collect();
        two += u32::from(all.len() == 2 && found.iter().all(|f| f[1].len() == 1));
    }
    eprintln!("two and the same two: {two} of 10");
    assert!(two >= 8, "{two}");
}

#[test]
fn half_an_hour_of_clutter_confirms_nothing() {
    for seed in 0..4 {
        let mut radar = Radar::new(0, SITE);
        radar.clutter_per_turn = 15.0;
        let mut tracker = Tracker::new(TrackerConfig::default());
        run(
            &mut tracker,
            &mut [radar],
            900 + seed,
            1_800.0,
            |_| vec![],
            |_, _| {},
        );
        let counters = tracker.counters();
        assert!(counters.births > 3_000, "{counters:?}");
        assert_eq!(counters.confirmations, 0, "seed {seed}");
    }
}

/// Ten thousand reports at one point every turn: counted, quick, and of no effect on a thing
/// elsewhere.
#[test]
fn ten_thousand_reports_at_one_point_change_nothing_elsewhere() {
    let truth = flight(destination(SITE, 1.0, 15_000.0), 200.0, 50.0);
    let run_it = |flood: usize| {
        let mut radar = Radar::new(0, SITE);
        let mut tracker = Tracker::new(TrackerConfig::default());
        tracker.set_sensor(radar.id, radar.spec.clone());
        let mut rng = Rng(5);
        let mut slowest_s = 0.0_f64;
        for k in 0..160_u32 {
            let t = f64::from(k) * 0.5;
            let (look, mut reports) = radar.sector(&mut rng, t, &[truth(t + 0.25)]);
            if look.sequence % 8 == 4 {
                let Footprint::Sector {
                    azimuth_from_rad, ..
                } = look.footprint
                else {
                    unreachable!()
                };
                for _ in 0..flood {
                    reports.push(Report {
                        sensor: look.sensor,
                        time: look.t0,
                        measurement: Measurement::Polar {
                            range_m: 9_000.0,
                            azimuth_rad: azimuth_from_rad + 0.4,
                            elevation_rad: None,
                            range_rate_mps: None,
                            height_m: None,
                            sigma: radar.sigma(),
                        },
                        claims: Claims::default(),
                        rcs_dbsm: None,
                        class_log_likelihoods: None,
                        raw: RawRef::default(),
                    });
                }
            }
            let began = Instant::now();
            tracker.step(&look, &reports);
            slowest_s = slowest_s.max(began.elapsed().as_secs_f64());
        }
        let here = truth(80.0);
        let mut tracks = tracker.picture(at(80.0));
        let all = tracks.len();
        tracks.retain(|track| distance_m(track.position, here) < 1_000.0);
        let states: Vec<String> = tracks
            .iter()
            .map(|t| format!("{:?} {:?} {}", t.position, t.covariance, t.existence))
            .collect();
        (states, all, slowest_s, tracker.counters())
    };
    let (alone, ..) = run_it(0);
    let (flooded, tracks, slowest_s, counters) = run_it(10_000);
    eprintln!("{tracks} tracks, slowest look {slowest_s:.2} s, {counters:?}");
    assert_eq!(alone.len(), 1);
    assert_eq!(alone, flooded);
    assert!(tracks < 100, "{tracks}");
    assert!(counters.reports_flooded > 90_000);
    assert!(slowest_s < 2.0, "{slowest_s}");
}

//! What sensors send, read back by the decoders and held against the truth.
//!
//! The oracle for radar geometry is `lapwing_geo`'s own frame at the antenna applied to
//! the truth's latitudes, longitudes and heights: another way than the simulator's.

use lapwing_asterix::typed::{self, cat034, cat048};
use lapwing_asterix::{Editions, blocks, decode_datagram};
use lapwing_geo::{Geodetic, LocalFrame, wrap_pi};
use lapwing_model::{MeasurementJson, ReportJson, Timestamp};
use lapwing_modes::{Deframed, MessageKind, Receiver, ReceiverSettings, beast};
use lapwing_sim::{Scenario, Simulation, TruthLine};
use nalgebra::Vector3;
use std::collections::BTreeMap;

/// The demo without anything that is no target, so that every plot has a truth.
fn clean(seed: u64, duration_s: f64) -> Scenario {
    let mut scenario = Scenario {
        duration_s,
        ..Scenario::merrow_demo(seed)
    };
    scenario.traffic.birds = 0;
    scenario.traffic.turbines.clear();
    scenario.radar.false_per_turn = 0.0;
    scenario
}

fn at_time_of_day(near: Timestamp, seconds: f64) -> Timestamp {
    let same_day = near.midnight().plus_seconds(seconds);
    let off_days = (near.seconds_since(same_day) / 86_400.0).round();
    same_day.plus_seconds(off_days * 86_400.0)
}

fn position(line: &TruthLine) -> Geodetic {
    Geodetic::new(line.lat_deg, line.lon_deg, line.height_m)
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

struct Fit {
    range_m: f64,
    azimuth_rad: f64,
    target: TruthLine,
    plot: cat048::View,
}

/// Each plot of a run less its nearest truth, in the radar's own polar coordinates; constant errors removed.
fn fits(scenario: &Scenario) -> Vec<Fit> {
    let reference = Simulation::new(scenario).unwrap();
    let radars: BTreeMap<&str, _> = reference
        .radar_biases()
        .map(|(id, at, bias)| (id, (LocalFrame::new(at), bias)))
        .collect();
    let mut all = Vec::new();
    for emission in Simulation::new(scenario).unwrap() {
        let Some((frame, bias)) = radars.get(emission.feed.as_str()) else {
            continue;
        };
        for block in blocks(&emission.bytes) {
            let block = block.unwrap();
            if block.category != 48 {
                continue;
            }
            for plot in typed::views::<cat048::View>(block) {
                let plot = plot.unwrap();
                let time = at_time_of_day(emission.time, plot.time_of_day_s.unwrap())
                    .plus_seconds(-bias.time_s);
                let range_m = plot.range_m.unwrap() - bias.range_m;
                let azimuth_rad = plot.azimuth_deg.unwrap().to_radians() - bias.azimuth_rad;
                let best = reference
                    .truth_at(time)
                    .into_iter()
                    .map(|target| {
                        let v: Vector3<f64> = frame.to_enu(position(&target));
                        let off_m = range_m - v.norm();
                        let off_rad = wrap_pi(azimuth_rad - v.x.atan2(v.y));
                        (off_m, off_rad, target)
                    })
                    .min_by(|a, b| {
                        let d =
                            |f: &(f64, f64, TruthLine)| (f.0 / 20.0).hypot(f.1.to_degrees() / 0.7);
                        d(a).total_cmp(&d(b))
                    });
                let (range_m, azimuth_rad, target) = best.unwrap();
                all.push(Fit {
                    range_m,
                    azimuth_rad,
                    target,
                    plot,
                });
            }
        }
    }
    all
}

#[test]
fn every_plot_is_as_far_from_its_truth_as_the_radar_errs() {
    let fits = fits(&clean(5, 500.0));
    assert!(fits.len() > 1_500, "{}", fits.len());
    for fit in &fits {
        let sigmas = (fit.range_m / 20.0).hypot(fit.azimuth_rad.to_degrees() / 0.7);
        assert!(sigmas < 6.0, "{sigmas} sigmas from {:?}", fit.target);
    }
    let ranges: Vec<f64> = fits.iter().map(|f| f.range_m).collect();
    let azimuths: Vec<f64> = fits.iter().map(|f| f.azimuth_rad.to_degrees()).collect();
    let (mean, deviation) = mean_and_deviation(&ranges);
    let n = (fits.len() as f64).sqrt();
    // five deviations of the mean; 1/256 NM and 1/128 s add 2 m
    assert!(mean.abs() < 5.0 * 20.0 / n + 0.5, "{mean}");
    assert!((deviation - 20.1).abs() < 20.0 * 4.0 / n, "{deviation}");
    let (mean, deviation) = mean_and_deviation(&azimuths);
    assert!(mean.abs() < 5.0 * 0.7 / n, "{mean}");
    assert!((deviation - 0.7).abs() < 0.7 * 4.0 / n, "{deviation}");
}

#[test]
fn a_plots_amplitude_tells_the_cross_section() {
    let fits = fits(&clean(6, 500.0));
    let of_airliners: Vec<f64> = fits
        .iter()
        .filter(|f| f.target.target.starts_with("airliner"))
        .filter_map(|f| {
            let rcs_dbsm =
                f64::from(f.plot.psr_amplitude_dbm?) + 40.0 * f.plot.range_m?.log10() - 80.0;
            Some(10_f64.powf(rcs_dbsm / 10.0))
        })
        .collect();
    let (mean, _) = mean_and_deviation(&of_airliners);
    // 20 m² on average over the fluctuation; 3 dB of normal error raise a mean by exp(σ²/2), σ = 0.69
    let expected = 20.0 * (0.5 * (0.3 * std::f64::consts::LN_10).powi(2)).exp();
    let n = (of_airliners.len() as f64).sqrt();
    assert!(n > 15.0, "{n}");
    assert!(
        (mean / expected - 1.0).abs() < 4.0 * 1.5 / n,
        "{mean} {expected} {n}"
    );
}

#[test]
fn transponders_reply_and_the_silent_do_not() {
    let fits = fits(&clean(7, 300.0));
    let (mut replies, mut unanswered) = (0_u32, 0_u32);
    for fit in &fits {
        let answered = fit.plot.mode_3a.is_some();
        assert_eq!(answered, fit.plot.address.is_some());
        assert_eq!(answered, fit.plot.callsign.is_some());
        if fit.target.target.starts_with("drone") {
            assert!(
                !answered && fit.plot.detection_type == Some(1),
                "{:?}",
                fit.plot
            );
        }
        if !fit.target.target.starts_with("airliner") {
            continue;
        }
        if answered {
            let level_m = fit.plot.flight_level.unwrap() * 30.48;
            let off_m = level_m - fit.target.height_m;
            assert!(off_m.abs() < 12.0, "{off_m} {:?}", fit.target);
            replies += 1;
        } else {
            assert_eq!(fit.plot.detection_type, Some(1));
            unanswered += 1;
        }
    }
    assert!(replies > 200, "{replies}");
    // one reply in fifty is lost
    let lost = f64::from(unanswered) / f64::from(replies + unanswered);
    assert!(lost > 0.0 && lost < 0.06, "{unanswered} of {replies}");
}

#[test]
fn every_datagram_decodes_and_its_sector_closes_it() {
    let scenario = Scenario {
        duration_s: 240.0,
        ..Scenario::merrow_demo(8)
    };
    let mut last: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let (mut plots, mut turns) = (0, 0);
    for emission in Simulation::new(&scenario).unwrap() {
        if !emission.feed.starts_with("radar") {
            continue;
        }
        let decoded = decode_datagram(&emission.bytes, &Editions::newest());
        assert!(decoded.errors().is_empty(), "{:?}", decoded.errors());
        let mut sector = None;
        let mut times = Vec::new();
        for block in blocks(&emission.bytes) {
            let block = block.unwrap();
            if block.category == 48 {
                for plot in typed::views::<cat048::View>(block) {
                    let plot = plot.unwrap();
                    times.push((plot.time_of_day_s.unwrap(), plot.azimuth_deg.unwrap()));
                }
            } else {
                for message in typed::views::<cat034::View>(block) {
                    let message = message.unwrap();
                    assert_eq!(message.rotation_period_s, Some(4.0));
                    match message.message_type {
                        Some(cat034::SECTOR_CROSSING) => {
                            sector = message.time_of_day_s.zip(message.sector_azimuth_deg);
                        }
                        Some(cat034::NORTH_MARKER) => turns += 1,
                        other => panic!("{other:?}"),
                    }
                }
            }
        }
        let (end_s, edge_deg) = sector.unwrap();
        if let Some((begin_s, from_deg)) = last.insert(emission.feed.clone(), (end_s, edge_deg)) {
            assert!((end_s - begin_s - 0.125).abs() < 0.009, "{begin_s} {end_s}");
            let width = (edge_deg - from_deg).rem_euclid(360.0);
            assert!((width - 11.25).abs() < 1e-9, "{from_deg} {edge_deg}");
        }
        for (time_s, azimuth_deg) in times {
            assert!(
                (-0.009..=0.134).contains(&(end_s - time_s)),
                "{time_s} {end_s}"
            );
            // within the sector, but for 5 deviations of the measured azimuth
            let behind = wrap_pi((edge_deg - azimuth_deg).to_radians()).to_degrees();
            assert!(behind > -3.6 && behind < 11.25 + 3.6, "{behind}");
            plots += 1;
        }
    }
    assert!((177..=183).contains(&turns), "{turns}");
    // at least the false plots and the turbines: 3 × 60 × 15
    assert!(plots > 2_700, "{plots}");
}

#[test]
fn false_plots_come_at_their_rate() {
    let mut scenario = clean(9, 800.0);
    scenario.traffic = lapwing_sim::Traffic {
        airliners: 0,
        light_aircraft: 0,
        hobby_drones: 0,
        birds: 0,
        turbines: vec![],
        ..scenario.traffic
    };
    scenario.waves.sizes.clear();
    scenario.radar.false_per_turn = 15.0;
    let mut plots = 0_u32;
    for emission in Simulation::new(&scenario).unwrap() {
        for block in blocks(&emission.bytes).flatten() {
            if block.category == 48 {
                plots += typed::views::<cat048::View>(block).count() as u32;
            }
        }
    }
    // 3 radars, 200 turns: 9,000 ± 5 deviations
    assert!((8_525..=9_475).contains(&plots), "{plots}");
}

#[test]
fn compact_positions_are_within_15_m_of_the_truth() {
    let scenario = clean(10, 400.0);
    let reference = Simulation::new(&scenario).unwrap();
    let mut receiver = Receiver::new(ReceiverSettings::default());
    let mut deframer = beast::Deframer::new();
    let mut offs = Vec::new();
    let mut last_counter = 0;
    for emission in Simulation::new(&scenario).unwrap() {
        if emission.feed != "adsb" {
            continue;
        }
        let sent = emission.time.plus_seconds(-0.3);
        deframer.push(&emission.bytes, |event| {
            let Deframed::Frame(frame) = event else {
                panic!("{event:?}")
            };
            let counter = frame.counter.unwrap();
            assert!(counter > last_counter, "the counter runs backwards");
            last_counter = counter;
            let Some(message) = receiver.receive(sent.0, frame.payload()) else {
                return;
            };
            let MessageKind::Position(said) = message.kind else {
                return;
            };
            let at = Geodetic::new(said.lat_deg, said.lon_deg, 0.0);
            let off_m = reference
                .truth_at(sent)
                .iter()
                .map(|line| {
                    lapwing_geo::distance_m(at, Geodetic::new(line.lat_deg, line.lon_deg, 0.0))
                })
                .fold(f64::MAX, f64::min);
            assert!(off_m < 75.0, "{off_m} m from any truth");
            offs.push(off_m * off_m);
        });
    }
    assert_eq!(
        receiver.counters().parity_failed + receiver.counters().positions_implausible,
        0
    );
    assert!(offs.len() > 1_000, "{}", offs.len());
    let rms = (offs.iter().sum::<f64>() / offs.len() as f64).sqrt();
    assert!((12.0..19.0).contains(&rms), "{rms}");
}

#[test]
fn arrays_speak_at_least_every_twelve_seconds_and_hear_what_is_near() {
    let mut scenario = Scenario::merrow_demo(2);
    scenario.duration_s = 900.0;
    scenario.traffic.birds = 0;
    let mut last: BTreeMap<String, Timestamp> = BTreeMap::new();
    let (mut bearings, mut identities) = (0, 0);
    for emission in Simulation::new(&scenario).unwrap() {
        if !matches!(emission.feed.as_str(), "acoustic" | "remote-id") {
            continue;
        }
        let report: ReportJson = serde_json::from_slice(&emission.bytes).unwrap();
        match report.measurement {
            MeasurementJson::Bearing { .. } => bearings += 1,
            MeasurementJson::Position { .. } => {
                assert!(report.claims.remote_id.is_some());
                identities += 1;
            }
            MeasurementJson::Heartbeat {} => {}
            other => panic!("{other:?}"),
        }
        if emission.feed == "acoustic" {
            let before = last.entry(report.sensor).or_insert(report.time);
            // latency mixes the order a little
            let gap_s = report.time.seconds_since(*before);
            assert!(gap_s < 12.1 + 8.0, "{gap_s}");
            *before = (*before).max(report.time);
        }
    }
    assert_eq!(last.len(), 12);
    assert!(bearings > 100, "{bearings}");
    assert!(identities > 1_000, "{identities}");
}

//! Self-reports never touch what sensors see; system tracks pass through.

mod common;

use common::*;
use lapwing_geo::{Geodetic, destination, distance_m};
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};

const ADSB: u32 = 9;

fn adsb(seconds: f64, position: Geodetic) -> Report {
    let mut report = position_report(ADSB, seconds, position, 15.0);
    report.claims.icao24 = Some(0x40_62_1d);
    report.claims.callsign = Some("LAP123".to_owned());
    report
}

fn start() -> Geodetic {
    let mut p = destination(SITE, 20.0_f64.to_radians(), 15_000.0);
    p.height_m = 600.0;
    p
}

/// Radar, with a claim shifted by `shift_m(t)` to the east; after every second.
fn scene(with_claim: bool, shift_m: impl Fn(f64) -> f64, mut each: impl FnMut(f64, &[Track])) {
    let mut tracker = Tracker::new(TrackerConfig::default());
    tracker.set_sensor(
        SensorId(ADSB),
        SensorSpec::of_kind("adsb", SensorKind::Adsb),
    );
    let mut radar = Radar::new(0, SITE);
    tracker.set_sensor(radar.id, radar.spec.clone());
    let truth = flight(start(), 200.0, 60.0);
    let mut rng = Rng(5);
    for k in 0..360_u32 {
        let t = f64::from(k) * 0.5;
        let (look, reports) = radar.sector(&mut rng, t, &[truth(t + 0.25)]);
        tracker.step(&look, &reports);
        if k % 2 == 1 {
            let now = t + 0.5;
            if with_claim {
                let east = std::f64::consts::FRAC_PI_2;
                let claimed = destination(truth(now), east, shift_m(now));
                tracker.step(
                    &receiver_look(ADSB, u64::from(k), now),
                    &[adsb(now, claimed)],
                );
            }
            each(now, &tracker.picture(at(now)));
        }
    }
}

fn shown(tracks: &[Track], origin: Origin) -> Vec<&Track> {
    tracks
        .iter()
        .filter(|t| t.origin == origin && t.confirmed)
        .collect()
}

#[test]
fn an_honest_claim_is_shown_on_the_measured_track_alone() {
    let mut last = Vec::new();
    scene(true, |_| 0.0, |_, tracks| last = tracks.to_vec());
    assert!(shown(&last, Origin::Claim).is_empty());
    let measured = shown(&last, Origin::Tracker);
    assert_eq!(measured.len(), 1);
    let claim = measured[0].claim("icao24").unwrap();
    assert_eq!(claim.value, "40621d");
    assert!(claim.trust > 0.9);
    assert!(
        measured[0]
            .contributors
            .iter()
            .all(|c| c.sensor == SensorId(0))
    );
}

/// A cloned identity 4 km off, from the start or drifting there.
#[test]
fn a_displaced_claim_never_moves_the_measured_track_nor_its_existence() {
    let mut alone = Vec::new();
    scene(false, |_| 0.0, |_, t| alone.push(t.to_vec()));
    let shifts: [fn(f64) -> f64; 2] = [|_| 4_000.0, |t| (80.0 * (t - 90.0)).clamp(0.0, 4_000.0)];
    for shift in shifts {
        let mut k = 0;
        let mut last = Vec::new();
        let mut trusts = Vec::new();
        scene(true, shift, |now, tracks| {
            let mine = shown(tracks, Origin::Tracker);
            let theirs = shown(&alone[k], Origin::Tracker);
            assert_eq!(mine.len(), theirs.len(), "at {now}");
            for (a, b) in mine.iter().zip(theirs) {
                assert_eq!(a.position, b.position, "at {now}");
                assert_eq!(a.covariance, b.covariance, "at {now}");
                assert!(
                    a.existence_independent
                        .total_cmp(&b.existence_independent)
                        .is_eq()
                );
            }
            for claim in tracks.iter().filter(|t| t.origin == Origin::Claim) {
                assert!(claim.existence_independent == 0.0);
            }
            trusts.push(
                mine.first()
                    .and_then(|t| t.claim("icao24"))
                    .map_or(0.0, |c| c.trust),
            );
            k += 1;
            last = tracks.to_vec();
        });
        // both are shown, 4 km apart, and no trust is left
        let (mine, claims) = (shown(&last, Origin::Tracker), shown(&last, Origin::Claim));
        assert_eq!((mine.len(), claims.len()), (1, 1));
        let apart = distance_m(mine[0].position, claims[0].position);
        assert!((apart - 4_000.0).abs() < 300.0, "{apart}");
        assert!(trusts.last().unwrap() < &0.1, "{trusts:?}");
        assert!(claims[0].claims[0].trust <= 0.5);
    }
}

fn system_report(number: u32, seconds: f64, phase: TrackPhase) -> Report {
    let source = SensorId(3);
    Report {
        sensor: source,
        time: at(seconds),
        measurement: Measurement::SystemTrack {
            position: destination(SITE, 1.0, 100.0 * seconds),
            height: None,
            velocity_mps: Some([84.0, 54.0, 0.0]),
            covariance: Box::new([1.0; 36]),
        },
        claims: Claims {
            callsign: Some("LAP7".to_owned()),
            system_track: Some((SystemTrackKey { source, number }, phase)),
            ..Claims::default()
        },
        rcs_dbsm: None,
        class_log_likelihoods: None,
        raw: RawRef::default(),
    }
}

#[test]
fn a_system_track_lives_ends_once_and_returns_as_another() {
    let mut tracker = Tracker::new(TrackerConfig::default());
    tracker.set_sensor(
        SensorId(3),
        SensorSpec::of_kind("atc", SensorKind::SystemTracker),
    );
    let mut step = |seconds: f64, phase| {
        let look = receiver_look(3, seconds as u64, seconds);
        tracker.step(&look, &[system_report(17, seconds, phase)]);
        tracker.picture(at(seconds))
    };
    let first = step(0.0, TrackPhase::Tentative);
    assert!((first[0].existence - 0.5).abs() < 1e-12 && !first[0].confirmed);
    let second = step(4.0, TrackPhase::Confirmed);
    assert_eq!(second[0].id, first[0].id);
    assert!((second[0].existence_independent - 1.0).abs() < 1e-12);
    assert_eq!(second[0].claim("track_number").unwrap().value, "17");
    assert_eq!(second[0].claim("callsign").unwrap().value, "LAP7");
    let ended = step(8.0, TrackPhase::Ended);
    assert_eq!((ended.len(), ended[0].time), (1, at(8.0)));
    assert!(tracker.picture(at(14.0)).is_empty());
    let look = receiver_look(3, 20, 20.0);
    tracker.step(&look, &[system_report(17, 20.0, TrackPhase::Confirmed)]);
    let again = tracker.picture(at(20.0));
    assert_ne!(again[0].id, first[0].id);
    assert_eq!(tracker.picture(at(49.0)).len(), 1);
    assert!(tracker.picture(at(51.0)).is_empty(), "expires by silence");
}

/// Odd input is counted, never taken and never a panic.
#[test]
fn odd_input_is_counted() {
    let mut tracker = Tracker::new(TrackerConfig::default());
    tracker.set_sensor(SensorId(0), SensorSpec::of_kind("r", SensorKind::Radar));
    let look = receiver_look(0, 0, 10.0);
    let polar = |range_m| Report {
        measurement: Measurement::Polar {
            range_m,
            azimuth_rad: 1.0,
            elevation_rad: None,
            range_rate_mps: None,
            height_m: None,
            sigma: PolarSigma {
                range_m: 0.0,
                azimuth_rad: 0.0,
                elevation_rad: 0.0,
                range_rate_mps: 0.0,
            },
        },
        ..position_report(0, 9.0, SITE, 10.0)
    };
    // no position of the sensor; not a number; of another sensor; long before the look
    tracker.step(&look, &[polar(1_000.0)]);
    tracker.step(&look, &[polar(f64::NAN), polar(-1.0)]);
    tracker.step(&look, &[position_report(1, 9.0, SITE, 10.0)]);
    tracker.step(&look, &[position_report(0, -5_000.0, SITE, 10.0)]);
    // a sensor that was never described
    tracker.step(
        &receiver_look(5, 0, 10.0),
        &[position_report(5, 9.0, SITE, 10.0)],
    );
    let counters = tracker.counters();
    assert_eq!(counters.reports_unplaced, 2);
    assert_eq!(counters.reports_invalid, 3);
    assert_eq!(counters.reports_late, 1);
    assert_eq!((counters.births, counters.reports_used), (0, 0));
    assert!(tracker.picture(Timestamp::MIN).is_empty());
    tracker.step(&look, &[position_report(0, 9.0, SITE, 0.0)]);
    for time in [Timestamp::MIN, at(0.0), Timestamp(i64::MAX)] {
        let _ = tracker.picture(time);
    }
}

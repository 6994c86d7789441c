//! Own tracks and other trackers' tracks of one object: shown once, never counted twice,
//! never dragged away.

mod common;

use common::*;
use lapwing_geo::{Geodetic, LocalFrame, destination, distance_m};
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Another tracker, and a second one.
const ATC: u32 = 7;
const NAVY: u32 = 8;
/// Seconds between its messages.
const EVERY_S: f64 = 4.0;

fn tracker() -> Tracker {
    let mut tracker = Tracker::new(TrackerConfig::default());
    for source in [ATC, NAVY] {
        let spec = SensorSpec::of_kind(format!("system-{source}"), SensorKind::SystemTracker);
        tracker.set_sensor(SensorId(source), spec);
    }
    tracker
}

/// A state as another tracker sends it.
fn said(source: u32, number: u32, track: &Track, phase: TrackPhase) -> Report {
    let mut covariance = Box::new([0.0; 36]);
    for (number, value) in covariance.iter_mut().zip(track.covariance.iter().flatten()) {
        *number = *value;
    }
    let source = SensorId(source);
    Report {
        sensor: source,
        time: track.time,
        measurement: Measurement::SystemTrack {
            position: track.position,
            height: track.height,
            velocity_mps: Some(track.velocity_mps),
            covariance,
        },
        claims: Claims {
            system_track: Some((SystemTrackKey { source, number }, phase)),
            ..Claims::default()
        },
        rcs_dbsm: None,
        class_log_likelihoods: None,
        raw: RawRef::default(),
    }
}

/// A state made up: `sigma_m` of position, 3 m/s of velocity.
fn state(seconds: f64, position: Geodetic, velocity_mps: [f64; 3], sigma_m: f64) -> Track {
    let mut covariance = [[0.0; 6]; 6];
    for (axis, row) in covariance.iter_mut().enumerate() {
        row[axis] = if axis < 3 { sigma_m * sigma_m } else { 9.0 };
    }
    Track {
        id: TrackId {
            node: 0,
            counter: 0,
        },
        time: at(seconds),
        origin: Origin::System,
        position,
        height: None,
        velocity_mps,
        covariance,
        existence: 1.0,
        existence_independent: 1.0,
        confirmed: true,
        followed: true,
        classes: ClassProbabilities::default(),
        modes: None,
        claims: Vec::new(),
        contributors: Vec::new(),
        parts: Vec::new(),
        first_seen: at(seconds),
        last_seen: at(seconds),
    }
}

fn tell(tracker: &mut Tracker, source: u32, seconds: f64, reports: &[Report]) {
    let look = receiver_look(source, (seconds * 10.0) as u64, seconds);
    tracker.step(&look, reports);
}

fn shown(tracker: &Tracker, seconds: f64) -> Vec<Track> {
    let mut tracks = tracker.picture(at(seconds));
    let ids: BTreeSet<_> = tracks.iter().map(|t| t.id).collect();
    assert_eq!(ids.len(), tracks.len(), "an id twice at {seconds}");
    tracks.retain(|t| t.confirmed);
    tracks
}

fn part(track: &Track, origin: Origin) -> Option<&TrackPart> {
    track.parts.iter().find(|p| p.origin == origin)
}

fn start() -> Geodetic {
    let mut p = destination(SITE, 20.0_f64.to_radians(), 15_000.0);
    p.height_m = 600.0;
    p
}

/// We and another tracker: both hear the plots of radar 0, each those of a radar of its own besides.
/// Every 4 s the other says where its track is, altered by `alter`; `each` sees ours after every second.
fn scene(
    seed: u64,
    seconds: u32,
    alter: impl Fn(f64, Track) -> Option<Track>,
    mut each: impl FnMut(f64, &Tracker, Geodetic),
) {
    let truth = flight(start(), 200.0, 60.0);
    let mut rng = Rng(seed);
    let mut radars = [
        Radar::new(0, SITE),
        Radar::new(1, destination(SITE, 1.5, 12_000.0)),
        Radar::new(2, destination(SITE, 5.5, 12_000.0)),
    ];
    let (mut ours, mut theirs) = (tracker(), tracker());
    for radar in &radars {
        ours.set_sensor(radar.id, radar.spec.clone());
        theirs.set_sensor(radar.id, radar.spec.clone());
    }
    for k in 0..2 * seconds {
        let t = f64::from(k) * 0.5;
        for (number, radar) in radars.iter_mut().enumerate() {
            let (look, reports) = radar.sector(&mut rng, t, &[truth(t + 0.25)]);
            if number != 1 {
                theirs.step(&look, &reports);
            }
            if number != 2 {
                ours.step(&look, &reports);
            }
        }
        let now = t + 0.5;
        if now % EVERY_S == 0.0
            && let Some(track) = confirmed(&theirs, now).first()
            && let Some(altered) = alter(now, track.clone())
        {
            let report = said(ATC, 42, &altered, TrackPhase::Confirmed);
            tell(&mut ours, ATC, now, &[report]);
        }
        if k % 2 == 1 {
            each(now, &ours, truth(now));
        }
    }
}

#[test]
fn what_two_trackers_follow_is_one_object_that_names_both() {
    let mut ids = BTreeSet::new();
    scene(
        11,
        120,
        |_, t| Some(t),
        |now, ours, _| {
            let tracks = shown(ours, now);
            if now < 50.0 {
                return;
            }
            assert_eq!(tracks.len(), 1, "at {now}: {tracks:?}");
            let one = &tracks[0];
            ids.insert(one.id);
            assert_eq!((one.origin, one.time), (Origin::Tracker, at(now)));
            assert!(one.modes.is_some(), "the own filter's");
            let sensors: Vec<u32> = one.contributors.iter().map(|c| c.sensor.0).collect();
            assert_eq!(sensors, [0, 1, ATC]);
            let (own, system) = (
                part(one, Origin::Tracker).unwrap(),
                part(one, Origin::System).unwrap(),
            );
            assert!((own.weight + system.weight - 1.0).abs() < 1e-12);
            assert_eq!(system.system.unwrap().number, 42);
            assert!(one.answers_to(own.id) && one.answers_to(system.id));
            assert_eq!(one.claim("track_number").unwrap().value, "42");
            assert!(one.existence <= 1.0);
        },
    );
    assert_eq!(ids.len(), 1, "one id throughout");
}

/// Squared horizontal position error over what the covariance allows.
fn nees(track: &Track, truth: Geodetic) -> f64 {
    let e = LocalFrame::new(track.position).to_enu(truth);
    let [a, b, d] = [
        track.covariance[0][0],
        track.covariance[0][1],
        track.covariance[1][1],
    ];
    (d * e.x * e.x - 2.0 * b * e.x * e.y + a * e.y * e.y) / (a * d - b * b)
}

#[test]
fn the_state_of_both_is_no_surer_than_it_is_right() {
    let (mut sum, mut square, mut alone, mut shares, mut n) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for seed in 0..60 {
        let mut lone = BTreeMap::new();
        scene(
            seed,
            100,
            |_, _| None,
            |now, ours, truth| {
                if now % 20.0 == 0.0 && now > 50.0 {
                    lone.insert(now as u32, distance_m(shown(ours, now)[0].position, truth));
                }
            },
        );
        scene(
            seed,
            100,
            |_, t| Some(t),
            |now, ours, truth| {
                if now % 20.0 == 0.0 && now > 50.0 {
                    let tracks = shown(ours, now);
                    let one = &tracks[0];
                    sum += nees(one, truth);
                    square += distance_m(one.position, truth).powi(2);
                    alone += lone[&(now as u32)].powi(2);
                    shares += part(one, Origin::System).map_or(0.0, |p| p.weight);
                    n += 1.0;
                }
            },
        );
    }
    let (mean, rmse_m, alone_m) = (sum / n, f64::sqrt(square / n), f64::sqrt(alone / n));
    eprintln!(
        "mean NEES of 2: {mean:.2}; RMSE {rmse_m:.1} m, own alone {alone_m:.1} m; share of the other {:.2}",
        shares / n
    );
    // χ² of 2 · 60 degrees of freedom over 60 seeds, 99.9 %: samples of one seed resemble each other
    assert!(mean < 2.0 + 3.09 * f64::sqrt(2.0 * 2.0 / 60.0), "{mean}");
    assert!((0.2..0.8).contains(&(shares / n)), "both have a share");
    assert!(rmse_m < alone_m, "{rmse_m} {alone_m}");
}

/// Another tracker's track that drifts away from the object, and comes back.
#[test]
fn a_track_that_leaves_takes_nothing_with_it() {
    let away = |now: f64| ((now - 60.0) * 100.0).clamp(0.0, 4_000.0) * f64::from(now < 200.0);
    let mut alone = BTreeMap::new();
    scene(
        5,
        260,
        |_, _| None,
        |now, ours, _| {
            alone.insert(now as u32, shown(ours, now));
        },
    );
    let mut counts = BTreeMap::new();
    let mut first_id = None;
    scene(
        5,
        260,
        |now, mut t| {
            t.position = destination(t.position, 0.3, away(now));
            Some(t)
        },
        |now, ours, _| {
            let tracks = shown(ours, now);
            if now < 50.0 {
                return;
            }
            counts.insert(now as u32, tracks.len());
            let lone = &alone[&(now as u32)][0];
            let of_both = tracks.iter().find(|t| t.answers_to(lone.id)).unwrap();
            let id = *first_id.get_or_insert(of_both.id);
            // from where it differs by more than chance, ours is as if the other were not there
            if (75.0..200.0).contains(&now) {
                assert_eq!(of_both.position, lone.position, "at {now}");
                assert_eq!(of_both.covariance, lone.covariance, "at {now}");
            } else {
                assert!(
                    distance_m(of_both.position, lone.position) < 300.0,
                    "at {now}"
                );
                assert_eq!(of_both.id, id, "at {now}");
            }
        },
    );
    assert_eq!(counts[&59], 1);
    assert!((90..200).all(|s| counts[&s] == 2), "{counts:?}");
    assert!((230..260).all(|s| counts[&s] == 1), "{counts:?}");
}

/// What stands in a track of another tracker, flying east at 60 m/s.
fn eastward(seconds: f64, lat_offset_m: f64, sigma_m: f64) -> Track {
    let from = destination(start(), 0.0, lat_offset_m);
    let position = destination(from, std::f64::consts::FRAC_PI_2, 60.0 * seconds);
    state(seconds, position, [60.0, 0.0, 0.0], sigma_m)
}

#[test]
fn an_address_alone_never_makes_two_tracks_one() {
    let mut tracker = tracker();
    for k in 0..60 {
        let t = EVERY_S * f64::from(k);
        for (source, apart_m) in [(ATC, 0.0), (NAVY, 3_000.0)] {
            let mut report = said(
                source,
                1,
                &eastward(t, apart_m, 50.0),
                TrackPhase::Confirmed,
            );
            report.claims.icao24 = Some(0x40_62_1d);
            tell(&mut tracker, source, t, &[report]);
        }
        assert_eq!(shown(&tracker, t).len(), 2);
    }
}

#[test]
fn two_other_trackers_of_one_object_are_one_and_whoever_stays_keeps_the_id() {
    let mut tracker = tracker();
    let mut first = None;
    for k in 0..40 {
        let t = EVERY_S * f64::from(k);
        let phase = |last| {
            if k == last {
                TrackPhase::Ended
            } else {
                TrackPhase::Confirmed
            }
        };
        if k <= 20 {
            let report = said(ATC, 1, &eastward(t, 0.0, 50.0), phase(20));
            tell(&mut tracker, ATC, t, &[report]);
        }
        if k >= 2 {
            let report = said(NAVY, 9, &eastward(t + 1.0, 60.0, 50.0), phase(39));
            tell(&mut tracker, NAVY, t + 1.0, &[report]);
        }
        let tracks = shown(&tracker, t + 1.0);
        let id = *first.get_or_insert(tracks[0].id);
        if k < 8 {
            continue;
        }
        assert_eq!(tracks.len(), 1, "at {t}: {tracks:?}");
        assert_eq!(tracks[0].id, id, "at {t}");
        assert_eq!(tracks[0].origin, Origin::System);
        assert_eq!(tracks[0].time, at(t + 1.0), "as last reported");
        let truth = eastward(t + 1.0, 30.0, 1.0).position;
        if k < 20 {
            assert_eq!(tracks[0].parts.len(), 2);
            let sigma_m = tracks[0].covariance[0][0].sqrt();
            assert!(
                sigma_m > 45.0,
                "equal and unknown: no surer than either, {sigma_m}"
            );
            assert!(distance_m(tracks[0].position, truth) < 40.0);
        }
    }
    assert!(shown(&tracker, 170.0).is_empty(), "both have ended");
}

#[test]
fn neighbours_are_told_apart_whoever_is_named_first() {
    // a pair that flies side by side, 700 m apart, seen by two trackers with 150 m of error
    let mut tracker = tracker();
    let mut rng = Rng(3);
    for k in 0..50 {
        let t = EVERY_S * f64::from(k);
        for (source, numbers) in [(ATC, [1, 2]), (NAVY, [2, 1])] {
            let mut reports = Vec::new();
            for (number, offset_m) in numbers.into_iter().zip([0.0, 700.0]) {
                let track = eastward(t, offset_m + 60.0 * rng.normal(), 150.0);
                reports.push(said(source, number, &track, TrackPhase::Confirmed));
            }
            tell(&mut tracker, source, t, &reports);
        }
        if k < 10 {
            continue;
        }
        let tracks = shown(&tracker, t);
        assert_eq!(tracks.len(), 2, "at {t}");
        for track in &tracks {
            let numbers: Vec<u32> = track
                .parts
                .iter()
                .filter_map(|p| p.system.map(|k| k.number))
                .collect();
            assert!(
                numbers == [1, 2] || numbers == [2, 1],
                "at {t}: {numbers:?}"
            );
        }
    }
}

/// Two trackers that send a thousand tracks each at one place, and one thing elsewhere.
#[test]
fn a_flood_at_one_place_stays_there() {
    let mut tracker = tracker();
    for k in 0..5 {
        let t = EVERY_S * f64::from(k);
        for source in [ATC, NAVY] {
            let mut reports: Vec<Report> = (1..=1_000)
                .map(|number| {
                    let track = eastward(t, f64::from(number % 7), 50.0);
                    said(source, number, &track, TrackPhase::Confirmed)
                })
                .collect();
            let apart = eastward(t, 50_000.0, 50.0);
            reports.push(said(source, 5_000, &apart, TrackPhase::Confirmed));
            tell(&mut tracker, source, t, &reports);
        }
    }
    let tracks = shown(&tracker, 17.0);
    assert!(
        tracks.iter().all(|t| t.parts.len() <= 2),
        "one of each tracker"
    );
    let apart: Vec<&Track> = tracks
        .iter()
        .filter(|t| t.position.lat_deg > start().lat_deg + 0.3)
        .collect();
    assert_eq!(apart.len(), 1);
    assert_eq!(apart[0].parts.len(), 2);
}

#[test]
fn it_can_be_switched_off() {
    let mut tracker = Tracker::new(TrackerConfig {
        fuse_system_tracks: false,
        ..TrackerConfig::default()
    });
    for source in [ATC, NAVY] {
        let spec = SensorSpec::of_kind(format!("s-{source}"), SensorKind::SystemTracker);
        tracker.set_sensor(SensorId(source), spec);
    }
    for k in 0..20 {
        let t = EVERY_S * f64::from(k);
        for source in [ATC, NAVY] {
            let report = said(source, 1, &eastward(t, 0.0, 50.0), TrackPhase::Confirmed);
            tell(&mut tracker, source, t, &[report]);
        }
        assert_eq!(shown(&tracker, t).len(), 2);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever another tracker sends: what leaves is finite, and the own track stays where it is.
    #[test]
    fn no_message_of_another_tracker_moves_ours_far(
        values in prop::collection::vec(prop_oneof![-1e6..1e6_f64, Just(0.0), Just(1e300), Just(f64::NAN)], 36),
        scale in 0.0..3.0_f64, offset_m in 0.0..5_000.0_f64,
    ) {
        scene(5, 40, |now, mut t| {
            if now > 24.0 {
                for (row, odd) in t.covariance.iter_mut().zip(values.chunks(6)) {
                    for (value, odd) in row.iter_mut().zip(odd) {
                        *value = *value * scale + if now > 32.0 { *odd } else { 0.0 };
                    }
                }
                t.position = destination(t.position, 1.0, offset_m);
            }
            Some(t)
        }, |now, ours, truth| {
            for track in shown(ours, now) {
                assert!(track.position.lat_deg.is_finite() && track.position.lon_deg.is_finite());
                assert!(track.velocity_mps.iter().all(|v| v.is_finite()));
                if track.origin == Origin::Tracker {
                    assert!(distance_m(track.position, truth) < 1_500.0, "at {now}");
                }
            }
        });
    }
}

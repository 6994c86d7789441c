//! Near and far, after confirmation, after turns, within hearing, and what is not there: on
//! scenes small enough to work out by hand, in metres from a point on the equator.

use lapwing_score::situations::{ClassSituations, Samples};
use lapwing_score::{Disc, Score, ScoreParams, TrackPoint, score_tracks};

const METRES_PER_DEG: f64 = 111_319.490_793;

/// At whole seconds, metres east and north; drones, tracks held by a radar 5 km away.
fn point(id: &str, second: usize, at: [f64; 2]) -> TrackPoint {
    TrackPoint {
        time: format!("2026-11-22T21:{:02}:{:02}Z", second / 60, second % 60)
            .parse()
            .unwrap(),
        id: id.into(),
        // a degree of latitude is 110,574 m there
        lat_deg: at[1] / 110_574.275_82,
        lon_deg: at[0] / METRES_PER_DEG,
        height: None,
        velocity_mps: Some([0.0, 10.0, 0.0]),
        covariance: None,
        label: "radar".into(),
        confirmed: true,
        bird: false,
        sensor_range_m: Some(5_000.0),
    }
}

/// A target called `a`, standing at the origin, east by what `east_m` says.
fn target(seconds: usize, change: impl Fn(usize, &mut TrackPoint)) -> Vec<TrackPoint> {
    let at = |second| {
        let mut point = point("a", second, [0.0; 2]);
        point.label = "fixed_wing_drone".into();
        change(second, &mut point);
        point
    };
    (0..seconds).map(at).collect()
}

/// A track, at each second so far east.
fn track(id: &str, from: usize, seconds: usize, east_m: impl Fn(usize) -> f64) -> Vec<TrackPoint> {
    (from..seconds)
        .map(|second| point(id, second, [east_m(second), 0.0]))
        .collect()
}

fn score(truth: &[TrackPoint], tracks: &[TrackPoint]) -> Score {
    score_tracks(tracks, truth, &ScoreParams::default()).unwrap()
}

fn drones(score: &Score) -> &ClassSituations {
    &score.situations["fixed_wing_drone"]
}

fn metres(samples: &Samples) -> Vec<f64> {
    samples.errors_m.iter().map(|e| e.round()).collect()
}

#[test]
fn a_sample_is_taken_so_long_after_the_first_track() {
    // confirmed at 10 s, as far off as the second says
    let truth = target(100, |_, _| {});
    let s = score(&truth, &track("1", 10, 100, |second| second as f64));
    let since = &drones(&s).since_confirmed;
    assert_eq!(
        since.iter().map(metres).collect::<Vec<_>>(),
        [[40.0], [70.0]]
    );
    assert!(since.iter().all(|s| s.lost == 0));
    // the track ends at 50 s: there is none at 60 s after
    let s = score(&truth, &track("1", 10, 50, |second| second as f64));
    let since = &drones(&s).since_confirmed;
    assert_eq!(metres(&since[0]), [40.0]);
    assert_eq!((since[1].errors_m.len(), since[1].lost), (0, 1));
    // the truth ends before: nothing is known
    let truth = target(50, |_, _| {});
    let s = score(&truth, &track("1", 10, 50, |_| 0.0));
    assert_eq!(drones(&s).since_confirmed[1].lost, 0);
}

#[test]
fn ranges_are_those_of_the_nearest_radar_and_self_reports_do_not_help() {
    let truth = target(10, |_, _| {});
    // (mix, range, rms of radar alone up to 8 and 25 km, of all with a radar)
    for (mix, range_m, alone, with) in [
        (
            "radar",
            5_000.0,
            [Some(30.0), Some(30.0)],
            [Some(30.0), Some(30.0)],
        ),
        ("radar", 9_000.0, [None, Some(30.0)], [None, Some(30.0)]),
        ("radar", 26_000.0, [None; 2], [None; 2]),
        ("radar+sound", 5_000.0, [None; 2], [Some(30.0), Some(30.0)]),
        ("radar+self_report", 5_000.0, [None; 2], [None; 2]),
    ] {
        let mut tracks = track("1", 0, 10, |_| 30.0);
        for point in &mut tracks {
            point.label = mix.into();
            point.sensor_range_m = Some(range_m);
        }
        let s = score(&truth, &tracks);
        let rmse = |e: Option<f64>| e.map(f64::round);
        let ranges = &drones(&s).by_radar_range;
        assert_eq!(
            [0, 1].map(|k: usize| rmse(ranges[k].radar_alone.position_rmse_m)),
            alone,
            "{mix} {range_m}"
        );
        assert_eq!(
            [0, 1].map(|k: usize| rmse(ranges[k].with_radar.position_rmse_m)),
            with,
            "{mix} {range_m}"
        );
    }
}

/// A target whose course is `turn_deg` by the second, 10 m/s.
fn turning(seconds: usize, course_deg: impl Fn(usize) -> f64) -> Vec<TrackPoint> {
    target(seconds, |second, point| {
        let (sin, cos) = course_deg(second).to_radians().sin_cos();
        point.velocity_mps = Some([10.0 * sin, 10.0 * cos, 0.0]);
    })
}

#[test]
fn errors_after_a_turn_count_from_its_end() {
    // 3° a second from 20 s to 20 s + turn / 3
    let course = |turn: f64| move |second: usize| (3.0 * (second as f64 - 20.0)).clamp(0.0, turn);
    let own = |second: usize| second as f64;
    // 48° end at 36 s: 15, 30 and 45 s later
    let s = score(&turning(100, course(48.0)), &track("1", 0, 100, own));
    let after: Vec<_> = drones(&s).after_turn.iter().map(metres).collect();
    assert_eq!(after, [[51.0], [66.0], [81.0]]);
    // 42° are no turn
    let s = score(&turning(100, course(42.0)), &track("1", 0, 100, own));
    assert!(
        drones(&s)
            .after_turn
            .iter()
            .all(|s| s.errors_m.is_empty() && s.lost == 0)
    );
    // through north, over 360°
    let through = |second: usize| 330.0 + course(60.0)(second);
    let s = score(&turning(100, through), &track("1", 0, 100, own));
    assert_eq!(metres(&drones(&s).after_turn[0]), [55.0]);
    // another turn from 60 s on: what was waited for at 66 s is not taken
    let again = |second: usize| course(48.0)(second) + (3.0 * (second as f64 - 60.0)).max(0.0);
    let s = score(&turning(100, again), &track("1", 0, 100, own));
    let after: Vec<_> = drones(&s).after_turn.iter().map(metres).collect();
    assert_eq!(after, [vec![51.0], vec![], vec![]]);
    // the track was lost in the turn
    let s = score(&turning(100, course(48.0)), &track("1", 0, 30, own));
    assert_eq!(drones(&s).after_turn.iter().map(|s| s.lost).sum::<u64>(), 3);
    // there was none to lose
    let s = score(&turning(100, course(48.0)), &track("1", 30, 100, own));
    assert!(drones(&s).after_turn[0].errors_m.is_empty());
}

#[test]
fn hearing_begins_where_a_listener_is_near() {
    let near_from = |from: usize| {
        move |second: usize, point: &mut TrackPoint| {
            point.sensor_range_m = Some(if second < from { 4_000.0 } else { 3_000.0 });
        }
    };
    // (near from, track from, length, delays, never)
    for (near, track_from, seconds, delays, never) in [
        (20, 50, 200, vec![30.0], 0),
        (20, 10, 200, vec![0.0], 0),
        (20, 200, 200, vec![], 1),
        // too short to tell
        (20, 200, 100, vec![], 0),
        // there from the first
        (0, 50, 200, vec![], 0),
        (300, 50, 200, vec![], 0),
    ] {
        let truth = target(seconds, near_from(near));
        let s = score(&truth, &track("1", track_from, seconds, |_| 0.0));
        let hearing = &drones(&s).hearing;
        assert_eq!(
            (&hearing.delays_s, hearing.never),
            (&delays, never),
            "{near} {track_from} {seconds}"
        );
    }
}

#[test]
fn what_is_not_there_is_counted_once_a_track() {
    let truth = target(61, |_, _| {});
    let mut tracks = track("its own", 0, 61, |_| 30.0);
    // beyond the gate from 31 s on: 30 s of the minute
    tracks.extend(track(
        "strays",
        0,
        61,
        |s| {
            if s <= 30 { 400.0 } else { 600.0 }
        },
    ));
    tracks.extend(track("nothing", 51, 61, |_| 5_000.0));
    let harmless = |name: &str, change: fn(&mut TrackPoint)| {
        let mut points = track(name, 0, 61, |_| 9_000.0);
        points.iter_mut().for_each(change);
        points
    };
    tracks.extend(harmless("bird", |p| p.bird = true));
    tracks.extend(harmless("tentative", |p| p.confirmed = false));
    tracks.extend(harmless("claim", |p| p.label = "self_report".into()));
    let s = score(&truth, &tracks).false_aircraft;
    assert_eq!((s.tracks, s.never_of_an_object), (2, 1));
    // 60 s are scored, 30 + 10 s of them such
    assert!((s.per_hour - 120.0).abs() < 1e-6, "{s:?}");
    assert!((s.minutes_per_hour - 40.0).abs() < 1e-6, "{s:?}");
}

/// Drones on straight lines: one lands, one goes on, one flies out of where the truth is known.
#[test]
fn what_is_false_is_told_by_when_it_is() {
    let seconds = 61;
    let mut truth = target(seconds, |_, _| {});
    let elsewhere = |id: &str, until: usize, north_m: f64| {
        let mut points = track(id, 0, until, |_| 0.0);
        for point in &mut points {
            point.lat_deg = north_m / 110_574.275_82;
            point.label = "fixed_wing_drone".into();
        }
        points
    };
    truth.extend(elsewhere("lands", 30, 4_000.0));
    truth.extend(elsewhere("leaves", 30, 9_800.0));
    truth.sort_by_key(|p| p.time);
    let at_north = |id: &str, from: usize, north_m: f64| {
        let mut points = track(id, from, seconds, |_| 0.0);
        for point in &mut points {
            point.lat_deg = north_m / 110_574.275_82;
        }
        points
    };
    let mut tracks = at_north("of the landed", 0, 4_000.0);
    tracks.extend(at_north("of the gone", 0, 9_800.0));
    tracks.extend(at_north("never", 10, 2_000.0));
    // comes near after ten seconds, strays from the living
    tracks.extend(track("late", 0, seconds, |s| {
        if s < 10 { 800.0 } else { 100.0 }
    }));
    tracks.extend(track("strays", 0, seconds, |s| {
        if s < 50 { 100.0 } else { 800.0 }
    }));
    tracks.sort_by_key(|p| p.time);
    let disc = Disc {
        lat_deg: 0.0,
        lon_deg: 0.0,
        radius_m: 10_000.0,
    };
    for (truth_within, all) in [(Some(disc), 4), (None, 5)] {
        let params = ScoreParams {
            truth_within,
            ..ScoreParams::default()
        };
        let s = score_tracks(&tracks, &truth, &params)
            .unwrap()
            .false_aircraft;
        assert_eq!(
            (s.tracks, s.never_of_an_object, s.at_confirmation),
            (all, 1, 2)
        );
        // where the piece is not told, what leaves it is taken for over
        assert_eq!(s.outlived, all - 3);
    }
}

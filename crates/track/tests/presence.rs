//! Microphones without direction: they raise what other sensors have begun, and nothing else.

use lapwing_geo::{Geodetic, destination};
use lapwing_model::{
    Air, Claims, Clutter, Detection, Footprint, Look, Measurement, PolarSigma, RawRef, Report,
    SensorId, SensorKind, SensorSpec, Timestamp, Track,
};
use lapwing_track::{Tracker, TrackerConfig};

const RADAR: SensorId = SensorId(0);
const HOME: Geodetic = Geodetic::new(46.5, -30.0, 0.0);
/// The thing comes from the north at this speed along the road, and was here at 0 s.
const SPEED_MPS: f64 = 50.0;
const FROM_M: f64 = 12_000.0;

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(1_000.0 + seconds)
}

fn range_at(seconds: f64) -> f64 {
    FROM_M - SPEED_MPS * seconds
}

/// A node for every kilometre of the road.
fn node(number: u32) -> SensorId {
    SensorId(1 + number)
}

fn tracker() -> Tracker {
    let mut tracker = Tracker::new(TrackerConfig::default());
    tracker.set_air(at(-100.0), Air::new(0.0, 0.0, 15.0));
    let mut radar = SensorSpec::of_kind("radar", SensorKind::StaringRadar);
    radar.position = Some(HOME);
    tracker.set_sensor(RADAR, radar);
    for number in 0..12 {
        let mut mic = SensorSpec::of_kind(format!("mic-{number}"), SensorKind::Microphone);
        mic.position = Some(destination(HOME, 0.0, 1_000.0 * f64::from(number)));
        mic.range_50_m = Some(2_450.0);
        mic.false_per_revisit = 6.0 / 1_800.0;
        tracker.set_sensor(node(number), mic);
    }
    tracker
}

fn report(sensor: SensorId, seconds: f64, measurement: Measurement) -> Report {
    Report {
        sensor,
        time: at(seconds),
        measurement,
        claims: Claims::default(),
        rcs_dbsm: None,
        class_log_likelihoods: None,
        raw: RawRef::default(),
    }
}

fn look(sensor: SensorId, seconds: f64, expected_false: f64) -> Look {
    Look {
        sensor,
        sequence: 0,
        t0: at(seconds),
        t1: at(seconds),
        footprint: Footprint::Unknown,
        guard_m: 100.0,
        detection: Detection::Constant { probability: 0.9 },
        clutter: Clutter {
            expected: expected_false,
        },
        revisit_s: 2.0,
        closed: true,
    }
}

/// Three plots of a radar with many false ones, and no more.
fn begin(tracker: &mut Tracker) {
    for second in [0.0, 2.0, 4.0] {
        let plot = Measurement::Polar {
            range_m: range_at(second),
            azimuth_rad: 0.0,
            elevation_rad: None,
            range_rate_mps: None,
            height_m: None,
            sigma: PolarSigma {
                range_m: 30.0,
                azimuth_rad: 0.003,
                elevation_rad: 0.03,
                range_rate_mps: 0.5,
            },
        };
        tracker.step(&look(RADAR, second, 40.0), &[report(RADAR, second, plot)]);
    }
}

fn says(tracker: &mut Tracker, number: u32, seconds: f64) {
    let heard = Measurement::Presence { level_db: None };
    let sensor = node(number);
    tracker.step(
        &look(sensor, seconds, 0.0),
        &[report(sensor, seconds, heard)],
    );
}

/// The surest track at a time.
fn surest(tracker: &Tracker, seconds: f64) -> Option<Track> {
    let picture = tracker.picture(at(seconds));
    picture
        .into_iter()
        .max_by(|a, b| a.existence.total_cmp(&b.existence))
}

/// Each node hears it while it is nearer than 1.5 km, or rather while what `seen_m` says of
/// where it is would be.
fn along_the_road(tracker: &mut Tracker, seen_m: impl Fn(f64) -> f64) {
    for second in (34..60).step_by(2) {
        let t = f64::from(second);
        for number in 0..12 {
            if (seen_m(t) - 1_000.0 * f64::from(number)).abs() < 1_500.0 {
                says(tracker, number, t + 0.01 * f64::from(number));
            }
        }
    }
}

#[test]
fn microphones_along_a_road_raise_a_track_that_goes_along_it() {
    let (mut heard, mut alone, mut wrong) = (tracker(), tracker(), tracker());
    for tracker in [&mut heard, &mut alone, &mut wrong] {
        begin(tracker);
    }
    // nothing has looked since: ever less of it is left
    let begun = surest(&alone, 34.0).unwrap();
    let r = begun.existence;
    assert!((0.1..0.5).contains(&r), "{r}");
    along_the_road(&mut heard, range_at);
    // as many words of nodes at the other end of the road, 8 km from it
    along_the_road(&mut wrong, |t| range_at(t) - 8_000.0);
    let raised = surest(&heard, 50.0).unwrap();
    assert!(raised.existence > 0.9, "{}", raised.existence);
    assert_eq!(raised.id, begun.id);
    let microphones = raised.contributors.iter().filter(|c| c.sensor != RADAR);
    assert!(microphones.count() >= 4);
    for (other, name) in [(&alone, "alone"), (&wrong, "wrong")] {
        let left = surest(other, 50.0).map_or(0.0, |t| t.existence);
        assert!(left < r, "{name}: {left}");
    }
}

#[test]
fn microphones_alone_begin_nothing() {
    let mut tracker = tracker();
    along_the_road(&mut tracker, range_at);
    assert!(tracker.picture(at(60.0)).is_empty());
    let counters = tracker.counters();
    assert_eq!((counters.births, counters.reports_used), (0, 0));
    assert!(counters.reports_gated_out > 30, "{counters:?}");
}

/// What one node repeats is not new each time: three hundred words in a minute are worth
/// little more than the first ones.
#[test]
fn a_node_that_floods_says_little_more_than_once() {
    let odds_after = |words: u32| {
        let mut tracker = tracker();
        begin(&mut tracker);
        for word in 0..words {
            says(&mut tracker, 11, 5.0 + 0.02 * f64::from(word));
        }
        let r = surest(&tracker, 12.0).unwrap().existence;
        (r / (1.0 - r)).ln()
    };
    let [none, one, many] = [0, 1, 300].map(odds_after);
    assert!(one > none + 1.0, "{none} {one}");
    assert!(many < one + 1.0, "{one} {many}");
}

#[test]
fn equal_words_give_equal_bits() {
    let run = || {
        let mut tracker = tracker();
        begin(&mut tracker);
        along_the_road(&mut tracker, range_at);
        format!("{:?}", tracker.picture(at(60.0)))
    };
    assert_eq!(run(), run());
}

#[test]
fn a_node_of_which_nobody_said_how_far_it_hears_says_nothing() {
    let mut tracker = tracker();
    let mut mic = SensorSpec::of_kind("mic", SensorKind::Microphone);
    mic.position = Some(HOME);
    tracker.set_sensor(node(0), mic);
    says(&mut tracker, 0, 1.0);
    assert_eq!(tracker.counters().reports_ignored, 1);
}

//! Our radar and another tracker follow one thing: one track, one forecast, one warning.

mod common;

use common::{start_of_feeds, town};
use lapwing_asterix::{RecordBuilder, encode_block};
use lapwing_engine::site::Site;
use lapwing_engine::{Entry, Picture, Sequencer};
use lapwing_geo::{Geodetic, LocalFrame};
use lapwing_model::{NANOS_PER_S, Origin, Timestamp, Track};
use nalgebra::Vector3;
use std::collections::BTreeSet;

const DAY_NS: i64 = 86_400 * NANOS_PER_S;
const SECONDS: u32 = 240;
/// Between the other tracker's messages.
const EVERY_S: u32 = 4;

fn sequencer() -> Sequencer {
    let text = town::site(false, &[])
        + "[[sensor]]\nid = \"centre\"\nkind = \"system_tracker\"\nsac = 1\nsic = 2\n\
           [tracker]\nlateness_s = 6.0\n";
    let site = Site::parse(&text, "test").unwrap();
    let midnight = Timestamp(town::time(0).0.div_euclid(DAY_NS) * DAY_NS);
    let feeds = [
        ("feed", "json", None),
        ("centre", "asterix", Some(midnight)),
    ];
    let start = start_of_feeds(&site, &feeds);
    Sequencer::begin(site, start, 1, None, Timestamp(0)).unwrap()
}

/// What the other tracker says of the thing that `town::line` measures: 40 m beside it.
fn message(second: u32) -> Vec<u8> {
    let range_m = 30_000.0 - 50.0 * f64::from(second);
    let (sin, cos) = 0.5_f64.to_radians().sin_cos();
    let enu = Vector3::new(40.0, range_m * cos, range_m * sin);
    let place = LocalFrame::new(Geodetic::new(46.0, -30.0, 20.0)).to_geodetic(enu);
    let time_of_day_s = town::time(second).0.rem_euclid(DAY_NS) as f64 / NANOS_PER_S as f64;
    let mut record = RecordBuilder::newest(62).unwrap();
    for (path, value) in [
        ("010/SAC", 1.0),
        ("010/SIC", 2.0),
        ("040", 77.0),
        ("070", time_of_day_s),
        ("105/LAT", place.lat_deg),
        ("105/LON", place.lon_deg),
        ("185/VX", 0.0),
        ("185/VY", -50.0),
        ("500/APC/X", 60.0),
        ("500/APC/Y", 60.0),
        ("500/ATV/X", 3.0),
        ("500/ATV/Y", 3.0),
    ] {
        record.set(path, value).unwrap();
    }
    record.touch("080/CNF").unwrap();
    let mut datagram = Vec::new();
    encode_block([&record.build()], &mut datagram).unwrap();
    datagram
}

/// Plays the attack; within a second whoever `first` names comes first.
fn play(first: Origin) -> (String, Vec<Picture>) {
    let mut s = sequencer();
    let mut pictures = Vec::new();
    for second in 0..SECONDS {
        let mut due = vec![(0, town::line(second))];
        if second % EVERY_S == 0 {
            due.push((1, message(second)));
        }
        if first == Origin::System {
            due.reverse();
        }
        for (feed, bytes) in due {
            let outcome = s.arrival(town::time(second), feed, &bytes);
            assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
            pictures.extend(outcome.pictures);
        }
    }
    pictures.extend(s.accept(Timestamp(0), &Entry::End).pictures);
    assert_eq!(s.core().counters().late, 0);
    (s.digest(), pictures)
}

#[test]
fn one_thing_is_one_track_and_warned_of_once() {
    let (digest, pictures) = play(Origin::Tracker);
    let mut warnings = BTreeSet::new();
    let mut named = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for picture in &pictures {
        for warning in &picture.warnings {
            warnings.insert(warning.id.clone());
            named.extend(warning.tracks.iter().copied());
            assert_eq!(warning.tracks.len(), 1, "{warning:?}");
        }
        if picture.time < town::time(30) {
            continue;
        }
        let confirmed: Vec<&Track> = picture.tracks.iter().filter(|t| t.confirmed).collect();
        assert_eq!(confirmed.len(), 1, "at {}: {confirmed:?}", picture.time);
        assert_eq!(confirmed[0].parts.len(), 2, "at {}", picture.time);
        assert_eq!(confirmed[0].origin, Origin::Tracker);
        ids.insert(confirmed[0].id);
        let forecasts = picture.forecasts.iter().filter(|f| !f.is_empty()).count();
        assert!(forecasts <= 1, "at {}", picture.time);
    }
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(warnings.len(), 1, "the town is warned, once: {warnings:?}");
    assert_eq!(named, ids);
    assert_eq!(play(Origin::System).0, digest, "whoever comes first");
}

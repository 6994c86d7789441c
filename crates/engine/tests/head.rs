//! The head of the picture: it holds what is younger than the lateness, and nothing that is
//! committed knows of it.

mod common;

use common::{begin_json, start_of_feeds};
use lapwing_engine::site::Site;
use lapwing_engine::{Entry, Head, Picture, Sequencer};
use lapwing_model::Timestamp;

const SITE: &str = "[site]\nname = \"x\"\n[[sensor]]\nid = \"mast\"\nkind = \"remote_id\"\n\
                    [tracker]\nlateness_s = 2.0\ntick_s = 1.0\n";
/// Flown east a second, degrees of longitude.
const SPEED_DEG_S: f64 = 0.001;
/// Reports a second of each of the things.
const PER_SECOND: u32 = 4;

fn longitude_deg(time: Timestamp) -> f64 {
    -30.0 + SPEED_DEG_S * time.as_seconds()
}

/// Two things for 20 s, and a third one whose only report comes at the very end.
fn reports() -> Vec<(Timestamp, Vec<u8>)> {
    let mut all = Vec::new();
    let mut say = |time: Timestamp, lat_deg: f64, name: &str| {
        let line = format!(
            r#"{{"sensor":"mast","time":"{time}","measurement":{{"kind":"position","lat_deg":{lat_deg},"lon_deg":{},"sigma_m":3.0}},"claims":{{"remote_id":"{name}"}}}}"#,
            longitude_deg(time)
        );
        all.push((time, line.into_bytes()));
    };
    for step in 0..20 * PER_SECOND {
        let time = Timestamp::from_seconds(100.0 + f64::from(step) / f64::from(PER_SECOND));
        say(time, 46.0, "A");
        say(time, 46.5, "B");
    }
    say(Timestamp::from_seconds(119.9), 47.0, "late comer");
    all
}

/// The same with neighbours within the lateness exchanged: blocks of a second, each reversed.
fn permuted() -> Vec<(Timestamp, Vec<u8>)> {
    let mut all = reports();
    let last = all.len() - 1;
    for block in all[..last].chunks_mut(2 * PER_SECOND as usize) {
        block.reverse();
    }
    all
}

/// Plays reports; gives the digest, the last picture and the head as they stand before the end.
fn play(reports: Vec<(Timestamp, Vec<u8>)>, heads: bool) -> (String, Picture, Head) {
    let mut s = begin_json(SITE, None);
    let mut last = None;
    let mut made = 0;
    let received = Timestamp::from_seconds(120.0);
    for (_, bytes) in reports {
        for picture in s.arrival(received, 0, &bytes).pictures {
            last = Some(picture);
        }
        if heads && let Some(picture) = &last {
            made += usize::from(s.core().head(picture).is_some());
        }
    }
    assert_eq!(made > 100, heads, "{made} heads");
    let last = last.unwrap();
    let head = s.core().head(&last).unwrap();
    s.accept(Timestamp(0), &Entry::End);
    (s.digest(), last, head)
}

#[test]
fn what_is_committed_is_the_same_with_and_without_heads_and_in_any_order() {
    let (digest, ..) = play(reports(), false);
    assert_eq!(play(reports(), true).0, digest);
    assert_eq!(play(permuted(), false).0, digest);
    assert_eq!(play(permuted(), true).0, digest);
}

#[test]
fn the_head_holds_what_is_younger_than_the_lateness() {
    let (_, picture, head) = play(reports(), true);
    assert_eq!(picture.time, Timestamp::from_seconds(117.0));
    assert_eq!(head.time, Timestamp::from_seconds(119.9));
    let error_deg = |tracks: &[lapwing_model::Track], time: Timestamp| {
        tracks
            .iter()
            .map(|t| (t.position.lon_deg - longitude_deg(time)).abs())
            .fold(0.0, f64::max)
    };
    // 3 m are some 0.00004 degrees; the committed picture is 2.9 s of flight behind
    assert!(error_deg(&head.tracks, head.time) < 0.000_1);
    assert!(error_deg(&picture.tracks, head.time) > 0.002);
    for track in &head.tracks {
        let newest = track.contributors.iter().map(|c| c.time).max().unwrap();
        assert_eq!(newest, Timestamp::from_seconds(119.75), "{:?}", track.id);
    }
}

#[test]
fn the_head_does_not_depend_on_the_order_and_names_no_track_that_is_not_committed() {
    let (_, picture, head) = play(reports(), false);
    let (_, _, other) = play(permuted(), true);
    assert_eq!(head.tracks, other.tracks);
    let ids = |tracks: &[lapwing_model::Track]| tracks.iter().map(|t| t.id).collect::<Vec<_>>();
    assert_eq!(ids(&head.tracks), ids(&picture.tracks));
    assert_eq!(head.tracks.len(), 2, "the third began within the lateness");
}

#[test]
fn a_fast_clock_does_not_push_the_head_ahead_of_a_feed_that_keeps_up() {
    let site = Site::parse(SITE, "test").unwrap();
    let start = start_of_feeds(&site, &[("honest", "json", None), ("fast", "json", None)]);
    let mut s = Sequencer::begin(site, start, 1, None, Timestamp(0)).unwrap();
    let mut last = None;
    for (time, bytes) in reports() {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let ahead = text
            .replace(&time.to_string(), &time.plus_seconds(30.0).to_string())
            .replace("\"A\"", "\"C\"");
        for (feed, bytes) in [(0, bytes), (1, ahead.into_bytes())] {
            last = s.arrival(time, feed, &bytes).pictures.pop().or(last);
        }
    }
    let head = s.core().head(&last.unwrap()).unwrap();
    assert_eq!(head.time, Timestamp::from_seconds(119.9));
}

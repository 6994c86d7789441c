//! A report's own time is hostile too: whatever it says, the picture goes on, nothing
//! loops, and honest reports keep their place in it.

mod common;

use common::begin_json;
use lapwing_engine::{Entry, Outcome, Sequencer};
use lapwing_model::Timestamp;

const SITE: &str = "[site]\nname = \"x\"\n[[sensor]]\nid = \"mast\"\nkind = \"remote_id\"\n";

fn sequencer() -> Sequencer {
    begin_json(SITE, None)
}

fn line(time: &str) -> String {
    format!(
        r#"{{"sensor":"mast","time":"{time}","measurement":{{"kind":"position","lat_deg":46.0,"lon_deg":-30.0,"sigma_m":5.0}},"claims":{{"remote_id":"A"}}}}"#
    )
}

/// Honest lines, one a second, each received when it was said.
fn honest(sequencer: &mut Sequencer, seconds: std::ops::Range<u32>) -> Vec<Outcome> {
    seconds
        .map(|s| {
            let time = format!("2026-06-01T21:00:{s:02}Z");
            sequencer.arrival(time.parse().unwrap(), 0, line(&time).as_bytes())
        })
        .collect()
}

#[test]
fn a_wrong_time_costs_itself_and_nothing_else() {
    for wrong in [
        "2262-04-11T23:47:16.8Z",
        "2199-12-31T23:59:59Z",
        "2027-06-01T21:00:05Z",
        "2026-06-01T23:00:05Z",
        "1969-12-31T23:59:59Z",
        "1677-09-21T00:12:44Z",
    ] {
        let mut s = sequencer();
        honest(&mut s, 0..5);
        for _ in 0..7 {
            s.arrival(
                "2026-06-01T21:00:05Z".parse().unwrap(),
                0,
                line(wrong).as_bytes(),
            );
        }
        honest(&mut s, 5..30);
        let outcome = s.accept(Timestamp(0), &Entry::End);
        assert!(
            outcome.pictures.len() < 100,
            "{wrong}: {}",
            outcome.pictures.len()
        );
        let counters = s.core().counters();
        assert_eq!(
            counters.late + counters.stray_times,
            7,
            "{wrong}: {counters:?}"
        );
        assert!(
            s.core()
                .committed()
                .unwrap()
                .to_string()
                .starts_with("2026-06-01T21:00:")
        );
    }
}

#[test]
fn a_file_of_nothing_but_extreme_times_comes_to_its_end() {
    for time in [
        "2262-04-11T23:47:16.8Z",
        "1970-01-01T00:00:00Z",
        "2199-12-31T23:59:59Z",
    ] {
        let mut s = sequencer();
        let mut pictures = 0;
        for _ in 0..3 {
            pictures += s
                .arrival(Timestamp(0), 0, line(time).as_bytes())
                .pictures
                .len();
        }
        pictures += s.accept(Timestamp(0), &Entry::End).pictures.len();
        assert!(pictures < 10, "{time}: {pictures}");
    }
}

//! Real radar plots enter as plots: measured by a radar that stands somewhere, looked
//! for sector by sector, never taken for system tracks.

mod common;

use common::{data, play};
use lapwing_engine::site::Site;
use lapwing_ingest::Capture;
use lapwing_model::Origin;

/// The radars of the capture, which does not say where they stand but for one.
fn site() -> Site {
    let mut text = String::from("[site]\nname = \"captures\"\n");
    for (n, sic) in [11, 12, 13, 14, 201, 204, 205].iter().enumerate() {
        text += &format!(
            "[[sensor]]\nid = \"r{sic}\"\nkind = \"radar\"\nlat_deg = {}\nlon_deg = 16.0\nheight_m = 100.0\nheight_datum = \"msl\"\nsac = 25\nsic = {sic}\nrange_max_m = 470000\n",
            43 + n
        );
    }
    Site::parse(&text, "test").unwrap()
}

#[test]
fn plots_of_a_capture_are_tracked_as_plots() {
    let Some(path) = data("asterix/cat_034_048.pcap") else {
        return;
    };
    let bytes = std::fs::read(path).unwrap();
    let capture = Capture::parse(&bytes).unwrap();
    let mut faults = Vec::new();
    let mut origins = Vec::new();
    let sequencer = play(&site(), &capture, 1, None, |_, outcome| {
        faults.extend(outcome.faults.iter().map(ToString::to_string));
        for picture in &outcome.pictures {
            origins = picture.tracks.iter().map(|t| t.origin).collect();
        }
    });
    assert_eq!(faults, Vec::<String>::new());
    let counters = sequencer.core().counters();
    // 128 plots in half a second, no two of one aircraft by one radar: each begins a track
    assert!(counters.reports > 100, "{counters:?}");
    let tracker = sequencer.core().tracker_counters();
    assert!(tracker.births > 50, "{tracker:?}");
    assert_eq!(tracker.system_births, 0);
    assert!(!origins.is_empty());
    assert!(origins.iter().all(|o| *o == Origin::Tracker), "{origins:?}");
}

#[test]
fn plots_of_a_radar_without_a_position_are_told_with_the_remedy() {
    let Some(path) = data("asterix/cat048.raw") else {
        return;
    };
    let bytes = std::fs::read(path).unwrap();
    let capture = Capture::parse(&bytes).unwrap();
    let mut faults = Vec::new();
    play(&Site::bare("test"), &capture, 1, None, |_, outcome| {
        faults.extend(outcome.faults.iter().map(ToString::to_string));
    });
    assert_eq!(faults.len(), 1);
    assert!(
        faults[0].contains("has no position") && faults[0].contains("[[sensor]]"),
        "{faults:?}"
    );
}

//! With `claims_in_association` off, what reports claim is shown and changes nothing.

mod common;

use common::*;
use lapwing_geo::destination;
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};

/// Two aircraft that cross under a radar whose plots carry addresses, or none.
fn pictures(claims_in_association: bool, with_addresses: bool) -> Vec<Vec<Track>> {
    let mut tracker = Tracker::new(TrackerConfig {
        claims_in_association,
        ..TrackerConfig::default()
    });
    let mut radar = Radar::new(0, SITE);
    tracker.set_sensor(radar.id, radar.spec.clone());
    let mut one = destination(SITE, 20.0_f64.to_radians(), 9_000.0);
    one.height_m = 600.0;
    let mut two = destination(one, 90.0_f64.to_radians(), 3_000.0);
    two.height_m = 600.0;
    let truths = [flight(one, 135.0, 60.0), flight(two, 225.0, 60.0)];
    let mut rng = Rng(11);
    (0..160_u32)
        .map(|k| {
            let t = f64::from(k) * 0.5;
            let now: Vec<_> = truths.iter().map(|truth| truth(t + 0.25)).collect();
            let (look, mut reports) = radar.sector(&mut rng, t, &now);
            for (n, report) in (k..).zip(&mut reports).filter(|_| with_addresses) {
                report.claims.icao24 = Some(0x40_0000 + n % 2);
            }
            tracker.step(&look, &reports);
            tracker.picture(at(t + 0.5))
        })
        .collect()
}

fn states(pictures: &[Vec<Track>]) -> Vec<Vec<(TrackId, [f64; 3], f64)>> {
    let state = |t: &Track| {
        let p = t.position;
        (t.id, [p.lat_deg, p.lon_deg, p.height_m], t.existence)
    };
    pictures
        .iter()
        .map(|tracks| tracks.iter().map(state).collect())
        .collect()
}

#[test]
fn blind_association_gives_the_tracks_of_nameless_plots_and_still_shows_the_names() {
    let nameless = pictures(true, false);
    let blind = pictures(false, true);
    assert_eq!(states(&blind), states(&nameless));
    let shows = |pictures: &[Vec<Track>]| {
        let last = pictures.last().unwrap();
        last.iter().any(|t| t.claim("icao24").is_some())
    };
    assert!(shows(&blind) && !shows(&nameless));
    // the scene is one in which names would have mattered
    assert_ne!(states(&pictures(true, true)), states(&nameless));
}

//! A feed that makes up every source address there is costs bounded memory, and the
//! sensors that the site names go on as if nothing had happened.

use lapwing_engine::site::Site;
use lapwing_engine::{Outcome, SensorState, Sequencer, Start, StartFeed};
use lapwing_ingest::SELF_NAMED_MAX;
use lapwing_model::Timestamp;

const SITE: &str = r#"
[site]
name = "x"
[[sensor]]
id = "hill"
kind = "radar"
lat_deg = 46.0
lon_deg = -30.0
height_m = 50.0
height_datum = "ellipsoid"
sac = 200
sic = 200
"#;

/// A block of CAT034 north markers (EUROCONTROL-SPEC-0149-2b: items 010, 000, 030).
fn north_markers(sources: &[(u8, u8)], time_of_day_s: u32) -> Vec<u8> {
    let [_, t2, t1, t0] = (time_of_day_s * 128).to_be_bytes();
    let length = u16::try_from(3 + 7 * sources.len()).unwrap();
    let mut block = vec![34];
    block.extend(length.to_be_bytes());
    for &(sac, sic) in sources {
        block.extend([0b1110_0000, sac, sic, 1, t2, t1, t0]);
    }
    block
}

fn take(sequencer: &mut Sequencer, sources: &[(u8, u8)], second: u32) -> Outcome {
    let received = Timestamp::from_seconds(f64::from(second));
    sequencer.arrival(received, 0, &north_markers(sources, second))
}

#[test]
fn made_up_sources_are_refused_and_counted_and_the_sites_own_go_on() {
    let site = Site::parse(SITE, "test").unwrap();
    let start = Start {
        format: 1,
        program: "test".into(),
        site: site.text.clone(),
        feeds: vec![StartFeed {
            id: "f".into(),
            wire: "asterix".into(),
            date: Some(Timestamp(0)),
            sensor: None,
        }],
        exercise: false,
        warnings: Vec::new(),
    };
    let mut s = Sequencer::begin(site, start, 1, None, Timestamp(0)).unwrap();
    let mut errors = 0;
    for sac in 0..=255 {
        let made_up: Vec<(u8, u8)> = (0..=255).map(|sic| (sac, sic)).collect();
        errors += take(&mut s, &made_up, 1_000 + u32::from(sac) / 64)
            .faults
            .len();
    }
    assert!(take(&mut s, &[(200, 200)], 1_005).faults.is_empty());

    let refused = 65_535 - SELF_NAMED_MAX;
    assert_eq!(s.core().sensors().len(), 1 + SELF_NAMED_MAX);
    assert_eq!(s.core().counters().sensors_refused, refused as u64);
    assert_eq!(errors, refused, "each is told");
    let hill = s.core().health()[0];
    assert_eq!(hill.state, SensorState::Alive);
    assert_eq!(hill.last, Some(Timestamp::from_seconds(1_005.0)));
}

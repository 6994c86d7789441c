//! False sources that go on confirm nothing, whatever else is false beside them.

mod common;

use common::*;
use lapwing_geo::{Geodetic, LocalFrame, destination, wrap_two_pi};
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};

/// Where mopeds, mowers and false plots seem to be.
fn somewhere() -> Geodetic {
    Geodetic {
        height_m: 20.0,
        ..destination(SITE, 0.7, 9_000.0)
    }
}

/// Four arrays around it, 2 km off.
fn arrays() -> Vec<Geodetic> {
    [0.3, 1.9, 3.4, 5.1]
        .map(|azimuth| destination(somewhere(), azimuth, 2_000.0))
        .to_vec()
}

fn hears(place: Geodetic) -> SensorSpec {
    let mut spec = SensorSpec::of_kind("array", SensorKind::AcousticArray);
    spec.position = Some(place);
    spec.range_50_m = Some(3_500.0);
    spec.azimuth_correlated_share = 0.5;
    spec.false_per_revisit = 0.002;
    spec
}

/// What the array at `place` makes of a source that stands in the direction of `source`.
fn alarm(id: u32, seconds: f64, place: Geodetic, source: Geodetic, rng: &mut Rng) -> Report {
    let q = LocalFrame::new(place).to_enu(source);
    Report {
        measurement: Measurement::Bearing {
            azimuth_rad: wrap_two_pi(q.x.atan2(q.y) + 0.07 * rng.normal()),
            elevation_rad: Some(0.14 * rng.normal()),
            azimuth_sigma_rad: 0.07,
            elevation_sigma_rad: 0.14,
        },
        ..position_report(id, seconds, source, 1.0)
    }
}

fn listening(id: u32, revisit: u32, seconds: f64) -> Look {
    Look {
        revisit_s: 2.0,
        ..receiver_look(id, u64::from(revisit), seconds)
    }
}

/// A mower sounds for two minutes; in the middle of that two false plots fall near one
/// another in its direction.
#[test]
fn a_false_source_that_goes_on_does_not_confirm_two_false_plots() {
    for seed in 0..4 {
        // where so much appears that two plots are not nothing
        let mut tracker = Tracker::new(TrackerConfig {
            birth_per_km2_s: 5e-6,
            ..TrackerConfig::default()
        });
        let place = arrays()[0];
        tracker.set_sensor(SensorId(1), hears(place));
        let mut radar = Radar::new(0, SITE);
        radar.clutter_per_turn = 15.0;
        // so far out that a miss says little
        radar.detection = 0.3;
        let mut mower = Rng(seed);
        let mut revisit = 0;
        run(
            &mut tracker,
            std::slice::from_mut(&mut radar),
            seed,
            40.0,
            |_| Vec::new(),
            |_, _| {},
        );
        let mut rng = Rng(100 + seed);
        let mut most = 0.0_f64;
        for eighth in 80..200_u32 {
            let t = 0.5 * f64::from(eighth);
            while 2.0 * f64::from(revisit) < t {
                let at_s = 2.0 * f64::from(revisit);
                let report = alarm(1, at_s, place, somewhere(), &mut mower);
                if at_s >= 40.0 {
                    tracker.step(&listening(1, revisit, at_s), &[report]);
                }
                revisit += 1;
            }
            let (look, mut reports) = radar.sector(&mut rng, t, &[]);
            let q = radar.frame.to_enu(somewhere());
            let azimuth = wrap_two_pi(q.x.atan2(q.y));
            if let Footprint::Sector {
                azimuth_from_rad: from,
                azimuth_width_rad: width,
                ..
            } = look.footprint
                && (80.0..88.0).contains(&t)
                && (from..from + width).contains(&azimuth)
            {
                reports.push(radar.polar(look.t1, q.norm() + t - 80.0, azimuth, None));
            }
            // after that the radar is silent, and only the mower is left
            if t < 88.0 {
                tracker.step(&look, &reports);
            }
            let here = LocalFrame::new(somewhere());
            let surest = (tracker.picture(at(t)).into_iter())
                .filter(|track| here.to_enu(track.position).norm() < 4_000.0)
                .map(|track| track.existence)
                .fold(0.0, f64::max);
            most = most.max(surest);
        }
        eprintln!("seed {seed}: existence up to {most:.2}");
        assert!(most < 0.9, "seed {seed}: {most}");
    }
}

/// Sources in one place after another begin to sound, each for one array and so that all seem
/// to come from one point: however long they go on together, nothing is there.
#[test]
fn standing_sources_that_cross_are_no_aircraft() {
    for seed in 0..2 {
        let mut rng = Rng(seed);
        let mut tracker = Tracker::new(TrackerConfig::default());
        for (id, place) in arrays().into_iter().enumerate() {
            tracker.set_sensor(SensorId(id as u32), hears(place));
        }
        for revisit in 0..100_u32 {
            let t = 2.0 * f64::from(revisit);
            for (id, place) in arrays().into_iter().enumerate() {
                if t < 40.0 * id as f64 {
                    continue;
                }
                let report = alarm(id as u32, t, place, somewhere(), &mut rng);
                tracker.step(&listening(id as u32, revisit, t), &[report]);
            }
            assert!(confirmed(&tracker, t).is_empty(), "seed {seed} at {t}");
        }
    }
}

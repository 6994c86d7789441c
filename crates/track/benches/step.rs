//! Time of a step: a radar's sector of 100 plots among 2,000 tracks, and a system track's
//! update. `cargo bench -p lapwing-track`.

#[path = "../tests/common/mod.rs"]
mod common;

use common::*;
use lapwing_geo::{Geodetic, destination};
use lapwing_model::*;
use lapwing_track::{Tracker, TrackerConfig};
use std::f64::consts::TAU;

fn main() {
    divan::main();
}

fn places(rng: &mut Rng, n: usize) -> Vec<(Geodetic, f64, f64)> {
    (0..n)
        .map(|_| {
            let range_m = 39_000.0 * rng.uniform().sqrt();
            let mut p = destination(SITE, TAU * rng.uniform(), range_m);
            p.height_m = 300.0;
            (p, TAU * rng.uniform(), 8.0 + 10.0 * rng.uniform())
        })
        .collect()
}

/// 2,000 birds followed for eight turns; then the next sector, of about 250 tracks.
fn world() -> (Tracker, Look, Vec<Report>) {
    let mut rng = Rng(1);
    let birds = places(&mut rng, 2_000);
    let truth = |t: f64| -> Vec<Geodetic> {
        birds
            .iter()
            .map(|(p, azimuth, speed)| destination(*p, *azimuth, speed * t))
            .collect()
    };
    let mut radar = Radar::new(0, SITE);
    radar.clutter_per_turn = 15.0;
    radar.detection = 0.9;
    let mut tracker = Tracker::new(TrackerConfig::default());
    tracker.set_sensor(radar.id, radar.spec.clone());
    for k in 0..64_u32 {
        let t = f64::from(k) * 0.5;
        let (look, reports) = radar.sector(&mut rng, t, &truth(t + 0.25));
        tracker.step(&look, &reports);
    }
    let (look, mut reports) = radar.sector(&mut rng, 32.0, &truth(32.25));
    reports.truncate(100);
    (tracker, look, reports)
}

#[divan::bench(sample_count = 50)]
fn sector_of_100_plots_among_2000_tracks(bencher: divan::Bencher<'_, '_>) {
    let (tracker, look, reports) = world();
    eprintln!("{} tracks", tracker.picture(look.t1).len());
    bencher
        .with_inputs(|| tracker.clone())
        .bench_values(|mut tracker| {
            tracker.step(&look, &reports);
            tracker
        });
}

#[divan::bench(sample_count = 20)]
fn picture_of_2000_tracks(bencher: divan::Bencher<'_, '_>) {
    let (tracker, look, _) = world();
    bencher.bench(|| tracker.picture(look.t1));
}

#[divan::bench(sample_count = 50)]
fn thousand_system_tracks_one_a_look(bencher: divan::Bencher<'_, '_>) {
    let mut tracker = Tracker::new(TrackerConfig::default());
    let source = SensorId(3);
    tracker.set_sensor(
        source,
        SensorSpec::of_kind("atc", SensorKind::SystemTracker),
    );
    let steps: Vec<(Look, Report)> = (0..1_000_u32)
        .map(|number| {
            let mut report = position_report(3, 0.0, SITE, 1.0);
            report.measurement = Measurement::SystemTrack {
                position: SITE,
                height: None,
                velocity_mps: Some([100.0, 0.0, 0.0]),
                covariance: Box::new([1.0; 36]),
            };
            let key = SystemTrackKey { source, number };
            report.claims.system_track = Some((key, TrackPhase::Confirmed));
            (receiver_look(3, 0, 0.0), report)
        })
        .collect();
    bencher
        .with_inputs(|| tracker.clone())
        .bench_values(|mut tracker| {
            for (look, report) in &steps {
                tracker.step(look, std::slice::from_ref(report));
            }
            tracker
        });
}

//! The error budget of the frames, over a theatre of 1,000 × 1,000 km, against
//! two independent libraries: sguaba's own local frame and geographiclib's
//! geodesics.

use geographiclib_rs::{DirectGeodesic, Geodesic, InverseGeodesic};
use lapwing_geo::{Ecef, Geodetic, LocalFrame, distance_m};
use nalgebra::Vector3;
use sguaba::systems::{Ecef as SguabaEcef, Wgs84};
use sguaba::{Coordinate, math::RigidBodyTransform, system};
use uom::si::angle::degree;
use uom::si::f64::{Angle, Length};
use uom::si::length::meter;

system!(struct TheatreNed using NED);

const ORIGIN: Geodetic = Geodetic::new(56.5, 14.0, 35.0);

/// Points every 100 km over the theatre, at heights from the sea to an airliner's.
fn theatre() -> impl Iterator<Item = Geodetic> {
    let geodesic = Geodesic::wgs84();
    (-5..=5).flat_map(move |east| {
        (-5..=5).map(move |north| {
            let (e, n) = (f64::from(east) * 1e5, f64::from(north) * 1e5);
            let (lat_deg, lon_deg): (f64, f64) = geodesic.direct(
                ORIGIN.lat_deg,
                ORIGIN.lon_deg,
                e.atan2(n).to_degrees(),
                e.hypot(n),
            );
            let height_m = f64::from((east + 5) * 11 + north + 5) * 100.0;
            Geodetic::new(lat_deg, lon_deg, height_m)
        })
    })
}

fn wgs84(g: Geodetic) -> Wgs84 {
    Wgs84::builder()
        .latitude(Angle::new::<degree>(g.lat_deg))
        .unwrap()
        .longitude(Angle::new::<degree>(g.lon_deg))
        .altitude(Length::new::<meter>(g.height_m))
        .build()
}

#[test]
fn local_coordinates_equal_sguabas_over_the_theatre() {
    let frame = LocalFrame::new(ORIGIN);
    // SAFETY: this is the definition of `TheatreNed`
    #[allow(unsafe_code)]
    let oracle: RigidBodyTransform<SguabaEcef, TheatreNed> =
        unsafe { RigidBodyTransform::ecef_to_ned_at(&wgs84(ORIGIN)) };
    let mut worst_m: f64 = 0.0;
    for point in theatre() {
        let ours = frame.to_enu(point);
        let theirs = oracle.transform(Coordinate::<SguabaEcef>::from_wgs84(&wgs84(point)));
        let [n, e, d] = theirs.to_cartesian().map(|l| l.get::<meter>());
        worst_m = worst_m.max((ours - Vector3::new(e, n, -d)).norm());
    }
    assert!(worst_m < 1e-6, "worst difference {worst_m} m");
}

#[test]
fn a_position_survives_the_way_into_a_frame_and_out() {
    let frame = LocalFrame::new(ORIGIN);
    let mut worst_m: f64 = 0.0;
    for point in theatre() {
        let back = frame.to_geodetic(frame.to_enu(point));
        worst_m = worst_m.max(distance_m(point, back).hypot(point.height_m - back.height_m));
    }
    assert!(worst_m < 1e-6, "worst difference {worst_m} m");
}

/// The chord between two points at the same height follows from the geodesic
/// between them to the third order; over 1 km the difference is below a micrometre.
#[test]
fn short_lengths_in_a_far_frame_equal_geodesics() {
    let frame = LocalFrame::new(ORIGIN);
    let geodesic = Geodesic::wgs84();
    for point in theatre() {
        let ground = Geodetic {
            height_m: 0.0,
            ..point
        };
        for azimuth_deg in [0.0, 73.0, 155.0, 250.0] {
            let (lat_deg, lon_deg): (f64, f64) =
                geodesic.direct(ground.lat_deg, ground.lon_deg, azimuth_deg, 1_000.0);
            let other = Geodetic::new(lat_deg, lon_deg, 0.0);
            let chord_m = (frame.to_enu(other) - frame.to_enu(ground)).norm();
            assert!((chord_m - 1_000.0).abs() < 1e-5, "{chord_m} m at {point:?}");
        }
    }
}

#[test]
fn speed_and_course_hold_to_a_tenth_of_a_per_cent_over_the_theatre() {
    let frame = LocalFrame::new(ORIGIN);
    let geodesic = Geodesic::wgs84();
    for point in theatre() {
        let ground = Geodetic {
            height_m: 0.0,
            ..point
        };
        let (speed_mps, azimuth_deg, dt_s) = (50.0_f64, 37.0_f64, 1.0);
        let step = speed_mps * dt_s / 2.0;
        let at = |signed_m: f64| {
            let (lat_deg, lon_deg): (f64, f64) =
                geodesic.direct(ground.lat_deg, ground.lon_deg, azimuth_deg, signed_m);
            frame.to_enu(Geodetic::new(lat_deg, lon_deg, 0.0))
        };
        let velocity = (at(step) - at(-step)) / dt_s;
        let enu = frame.rotation_to_axes_at(ground) * velocity;
        assert!((enu.xy().norm() / speed_mps - 1.0).abs() < 1e-6);
        assert!((enu.x.atan2(enu.y).to_degrees() - azimuth_deg).abs() < 1e-3);
        assert!(enu.z.abs() < 1e-3);
    }
}

#[test]
fn frames_chain_without_loss() {
    let far = {
        let (lat_deg, lon_deg): (f64, f64) =
            Geodesic::wgs84().direct(ORIGIN.lat_deg, ORIGIN.lon_deg, 60.0, 700_000.0);
        LocalFrame::new(Geodetic::new(lat_deg, lon_deg, 0.0))
    };
    let near = LocalFrame::new(ORIGIN);
    let (rotation, translation) = near.transform_to(&far);
    for point in theatre() {
        let through = rotation * near.to_enu(point) + translation;
        assert!((through - far.to_enu(point)).norm() < 1e-6);
    }
}

#[test]
fn the_corners_of_the_world_convert() {
    for (lat_deg, lon_deg) in [
        (90.0, 0.0),
        (-90.0, 0.0),
        (0.0, 180.0),
        (0.0, -180.0),
        (45.0, 179.999_999),
        (0.0, 0.0),
    ] {
        let point = Geodetic::new(lat_deg, lon_deg, 1_234.5);
        let back = Geodetic::from(Ecef::from(point));
        let between: f64 = Geodesic::wgs84().inverse(lat_deg, lon_deg, back.lat_deg, back.lon_deg);
        assert!(between < 1e-6, "{point:?} came back as {back:?}");
        assert!((back.height_m - 1_234.5).abs() < 1e-6);
    }
}

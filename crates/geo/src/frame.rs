//! Rigid frames: Earth-fixed, and the east-north-up tangent frame at an origin.

use crate::Geodetic;
use nalgebra::{Matrix3, Vector3};
use sguaba::Coordinate;
use sguaba::systems::{Ecef as EcefSystem, Wgs84, XyzComponents};
use uom::si::angle::degree;
use uom::si::f64::{Angle, Length};
use uom::si::length::meter;

/// A position in the Earth-centred, Earth-fixed frame of WGS 84, m.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ecef(pub Vector3<f64>);

impl From<Geodetic> for Ecef {
    /// A latitude outside ±90° is taken as the nearer pole.
    fn from(g: Geodetic) -> Self {
        let built = Wgs84::builder()
            .latitude(Angle::new::<degree>(g.lat_deg.clamp(-90.0, 90.0)))
            .map(|b| {
                b.longitude(Angle::new::<degree>(g.lon_deg))
                    .altitude(Length::new::<meter>(g.height_m))
                    .build()
            });
        // only a latitude that is not a number is refused: it has no position to lose
        built.map_or(Self(Vector3::repeat(f64::NAN)), |wgs84| {
            let [x, y, z] = Coordinate::<EcefSystem>::from_wgs84(&wgs84).to_cartesian();
            Self(Vector3::new(
                x.get::<meter>(),
                y.get::<meter>(),
                z.get::<meter>(),
            ))
        })
    }
}

impl From<Ecef> for Geodetic {
    fn from(Ecef(p): Ecef) -> Self {
        let wgs84 = Coordinate::<EcefSystem>::build(XyzComponents {
            x: Length::new::<meter>(p.x),
            y: Length::new::<meter>(p.y),
            z: Length::new::<meter>(p.z),
        })
        .to_wgs84();
        Self::new(
            wgs84.latitude().get::<degree>(),
            wgs84.longitude().get::<degree>(),
            wgs84.altitude().get::<meter>(),
        )
    }
}

/// The east-north-up frame of the plane that touches the ellipsoid's normal at
/// an origin; a rigid transform of the Earth-fixed frame, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalFrame {
    origin: Geodetic,
    origin_ecef: Vector3<f64>,
    /// Rows are the unit vectors east, north and up in Earth-fixed axes.
    ecef_to_enu: Matrix3<f64>,
}

impl LocalFrame {
    /// The frame whose origin is `origin`.
    #[must_use]
    pub fn new(origin: Geodetic) -> Self {
        Self {
            origin,
            origin_ecef: Ecef::from(origin).0,
            ecef_to_enu: enu_axes(origin),
        }
    }

    /// Where the frame's origin is.
    #[must_use]
    pub const fn origin(&self) -> Geodetic {
        self.origin
    }

    /// East, north and up of a position, m.
    #[must_use]
    pub fn to_enu(&self, position: Geodetic) -> Vector3<f64> {
        self.ecef_to_enu * (Ecef::from(position).0 - self.origin_ecef)
    }

    /// The position at `enu_m` in this frame.
    #[must_use]
    pub fn to_geodetic(&self, enu_m: Vector3<f64>) -> Geodetic {
        Ecef(self.origin_ecef + self.ecef_to_enu.transpose() * enu_m).into()
    }

    /// Earth-fixed coordinates of `enu_m` in this frame, m.
    #[must_use]
    pub fn to_ecef(&self, enu_m: Vector3<f64>) -> Ecef {
        Ecef(self.origin_ecef + self.ecef_to_enu.transpose() * enu_m)
    }

    /// Coordinates in this frame of an Earth-fixed position, m.
    #[must_use]
    pub fn from_ecef(&self, ecef: Ecef) -> Vector3<f64> {
        self.ecef_to_enu * (ecef.0 - self.origin_ecef)
    }

    /// The rotation that takes this frame's vectors (velocities, and with it
    /// covariances) into the east-north-up axes at `position`.
    #[must_use]
    pub fn rotation_to_axes_at(&self, position: Geodetic) -> Matrix3<f64> {
        enu_axes(position) * self.ecef_to_enu.transpose()
    }

    /// The rigid transform into `other`: rotation R and translation t with
    /// p_other = R · p_self + t, v_other = R · v_self.
    #[must_use]
    pub fn transform_to(&self, other: &Self) -> (Matrix3<f64>, Vector3<f64>) {
        let rotation = other.ecef_to_enu * self.ecef_to_enu.transpose();
        let translation = other.ecef_to_enu * (self.origin_ecef - other.origin_ecef);
        (rotation, translation)
    }
}

/// Unit vectors east, north, up (rows) at a position, in Earth-fixed axes.
fn enu_axes(at: Geodetic) -> Matrix3<f64> {
    let (sin_lat, cos_lat) = at.lat_deg.to_radians().sin_cos();
    let (sin_lon, cos_lon) = at.lon_deg.to_radians().sin_cos();
    Matrix3::new(
        -sin_lon,
        cos_lon,
        0.0,
        -sin_lat * cos_lon,
        -sin_lat * sin_lon,
        cos_lat,
        cos_lat * cos_lon,
        cos_lat * sin_lon,
        sin_lat,
    )
}

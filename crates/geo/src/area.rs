//! Areas on the ground: discs and polygons, checked when they are made so that
//! nothing later needs to ask whether a polygon crosses itself.

use crate::{Geodetic, LocalFrame, distance_m};
use geo::{Contains, LineString, Point, Validation};
use nalgebra::Vector3;
use thiserror::Error;

/// A simple polygon on the ground, with its vertices in a local frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon {
    vertices: Vec<Geodetic>,
    frame: LocalFrame,
    local: geo::Polygon<f64>,
    circumradius_m: f64,
}

/// Why something is not an area.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum AreaError {
    /// Fewer than three different corners.
    #[error("a polygon needs at least 3 different corners, this has {0}")]
    TooFewCorners(usize),
    /// A corner is not a position.
    #[error("corner {index}: {source}")]
    Corner {
        /// Which corner, from 0.
        index: usize,
        /// What is wrong with it.
        source: crate::PositionError,
    },
    /// The boundary crosses or touches itself.
    #[error("the polygon's boundary crosses itself ({0}); list the corners once around, in order")]
    CrossesItself(String),
    /// The radius is not a positive length.
    #[error("radius {0} m is not between 1 and 1000000 m")]
    Radius(f64),
}

impl Polygon {
    /// A polygon from its corners, once around in either direction, with or
    /// without the first repeated at the end.
    ///
    /// # Errors
    /// Fewer than three corners, a corner that is not a position, a boundary that crosses itself.
    pub fn new(mut corners: Vec<Geodetic>) -> Result<Self, AreaError> {
        if corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        if corners.len() < 3 {
            return Err(AreaError::TooFewCorners(corners.len()));
        }
        for (index, corner) in corners.iter().enumerate() {
            corner
                .checked()
                .map_err(|source| AreaError::Corner { index, source })?;
        }
        let rough = LocalFrame::new(corners[0]);
        let centre = corners
            .iter()
            .map(|&c| rough.to_enu(c))
            .sum::<Vector3<f64>>()
            / corners.len() as f64;
        let mut origin = rough.to_geodetic(centre);
        origin.height_m = 0.0;
        let frame = LocalFrame::new(origin);
        let points: Vec<_> = corners
            .iter()
            .map(|&c| {
                let p = frame.to_enu(c);
                (p.x, p.y)
            })
            .collect();
        let circumradius_m = points.iter().map(|p| p.0.hypot(p.1)).fold(0.0, f64::max);
        let local = geo::Polygon::new(LineString::from(points), Vec::new());
        if let Err(error) = local.check_validation() {
            return Err(AreaError::CrossesItself(error.to_string()));
        }
        Ok(Self {
            vertices: corners,
            frame,
            local,
            circumradius_m,
        })
    }

    /// The corners, once around, the first not repeated.
    #[must_use]
    pub fn corners(&self) -> &[Geodetic] {
        &self.vertices
    }
}

/// A place's or warned area's extent on the ground.
#[derive(Clone, Debug, PartialEq)]
pub enum Area {
    /// A disc.
    Disc {
        /// Its centre.
        centre: Geodetic,
        /// Its radius along the ellipsoid, m.
        radius_m: f64,
    },
    /// A polygon.
    Polygon(Polygon),
}

impl Area {
    /// A disc, checked.
    ///
    /// # Errors
    /// A centre that is not a position or a radius outside 1 m to 1,000 km.
    pub fn disc(centre: Geodetic, radius_m: f64) -> Result<Self, AreaError> {
        centre
            .checked()
            .map_err(|source| AreaError::Corner { index: 0, source })?;
        if !(1.0..=1_000_000.0).contains(&radius_m) {
            return Err(AreaError::Radius(radius_m));
        }
        Ok(Self::Disc { centre, radius_m })
    }

    /// The centre of the disc, or of the polygon's corners, at height 0.
    #[must_use]
    pub fn centre(&self) -> Geodetic {
        match self {
            Self::Disc { centre, .. } => *centre,
            Self::Polygon(p) => p.frame.origin(),
        }
    }

    /// The radius about [`Area::centre`] that covers the area, m.
    #[must_use]
    pub fn circumradius_m(&self) -> f64 {
        match self {
            Self::Disc { radius_m, .. } => *radius_m,
            Self::Polygon(p) => p.circumradius_m,
        }
    }

    /// Whether the ground point below a position lies inside.
    #[must_use]
    pub fn contains(&self, position: Geodetic) -> bool {
        match self {
            Self::Disc { centre, radius_m } => distance_m(*centre, position) <= *radius_m,
            Self::Polygon(p) => {
                let local = p.frame.to_enu(Geodetic {
                    height_m: 0.0,
                    ..position
                });
                p.local.contains(&Point::new(local.x, local.y))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corners(points: &[(f64, f64)]) -> Vec<Geodetic> {
        points
            .iter()
            .map(|&(lon_deg, lat_deg)| Geodetic::new(lat_deg, lon_deg, 0.0))
            .collect()
    }

    #[test]
    fn a_bow_tie_is_refused_with_its_reason() {
        let bow_tie = corners(&[(0.0, 0.0), (0.1, 0.1), (0.1, 0.0), (0.0, 0.1)]);
        let error = Polygon::new(bow_tie).unwrap_err();
        assert!(matches!(error, AreaError::CrossesItself(_)), "{error}");
    }

    #[test]
    fn a_square_contains_its_middle_and_not_its_neighbour() {
        let square = Polygon::new(corners(&[
            (0.0, 50.0),
            (0.1, 50.0),
            (0.1, 50.1),
            (0.0, 50.1),
        ]))
        .unwrap();
        let area = Area::Polygon(square);
        assert!(area.contains(Geodetic::new(50.05, 0.05, 2_000.0)));
        assert!(!area.contains(Geodetic::new(50.05, 0.15, 0.0)));
        assert!(
            (area.circumradius_m() - 6_606.0).abs() < 60.0,
            "{}",
            area.circumradius_m()
        );
    }

    #[test]
    fn areas_from_outside_are_checked() {
        assert_eq!(
            Polygon::new(corners(&[(0.0, 0.0), (1.0, 1.0), (0.0, 0.0)])),
            Err(AreaError::TooFewCorners(2))
        );
        assert!(Area::disc(Geodetic::new(0.0, 0.0, 0.0), f64::NAN).is_err());
        assert!(Area::disc(Geodetic::new(99.0, 0.0, 0.0), 10.0).is_err());
    }
}

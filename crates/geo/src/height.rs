//! Heights never travel without their datum: a pressure altitude of 300 m and
//! 300 m above the ellipsoid can be 100 m apart, which is a house or a mast.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a height is measured from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeightDatum {
    /// Above the WGS 84 ellipsoid (what GNSS computes).
    Ellipsoid,
    /// Above mean sea level (the geoid).
    Msl,
    /// Pressure altitude, ISA 1013.25 hPa.
    Pressure,
    /// Above the ground below.
    Ground,
}

impl HeightDatum {
    /// The word used in every file and on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ellipsoid => "ellipsoid",
            Self::Msl => "msl",
            Self::Pressure => "pressure",
            Self::Ground => "ground",
        }
    }
}

impl fmt::Display for HeightDatum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A height in metres and what it is measured from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Height {
    /// Metres above `datum`.
    pub m: f64,
    /// What `m` is measured from.
    pub datum: HeightDatum,
}

impl Height {
    /// `m` metres above `datum`.
    #[must_use]
    pub const fn new(m: f64, datum: HeightDatum) -> Self {
        Self { m, datum }
    }
}

/// How a site turns heights of other datums into heights above the ellipsoid.
///
/// One value a site is right for theatres of a few hundred kilometres to within
/// the figures in [`VerticalReference::to_ellipsoid_m`], which the caller adds to
/// the height's own error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerticalReference {
    /// Height of mean sea level above the ellipsoid (the geoid's undulation N), m.
    pub geoid_undulation_m: f64,
    /// Pressure altitude less height above mean sea level, m: (1013.25 − QNH) · 8.23 m/hPa.
    pub pressure_offset_m: f64,
    /// Height of the ground above mean sea level, m.
    pub ground_msl_m: f64,
}

impl Default for VerticalReference {
    fn default() -> Self {
        Self {
            geoid_undulation_m: 0.0,
            pressure_offset_m: 0.0,
            ground_msl_m: 0.0,
        }
    }
}

impl VerticalReference {
    /// Height above the ellipsoid, and the standard deviation that the
    /// conversion itself adds, both in metres.
    ///
    /// The added deviations: none for the ellipsoid; 5 m for mean sea level (slope
    /// of the geoid across a theatre); 60 m for pressure (8 hPa between the site's
    /// QNH and the truth at 1 σ); 30 m for ground (relief).
    #[must_use]
    pub fn to_ellipsoid_m(&self, height: Height) -> (f64, f64) {
        match height.datum {
            HeightDatum::Ellipsoid => (height.m, 0.0),
            HeightDatum::Msl => (height.m + self.geoid_undulation_m, 5.0),
            HeightDatum::Pressure => (
                height.m - self.pressure_offset_m + self.geoid_undulation_m,
                60.0,
            ),
            HeightDatum::Ground => (height.m + self.ground_msl_m + self.geoid_undulation_m, 30.0),
        }
    }

    /// Height above mean sea level of a height above the ellipsoid, m.
    #[must_use]
    pub fn to_msl_m(&self, ellipsoid_m: f64) -> f64 {
        ellipsoid_m - self.geoid_undulation_m
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_datum_is_shifted_by_its_own_reference() {
        let site = VerticalReference {
            geoid_undulation_m: 40.0,
            pressure_offset_m: 82.3,
            ground_msl_m: 10.0,
        };
        for (datum, expected_m) in [
            (HeightDatum::Ellipsoid, 300.0),
            (HeightDatum::Msl, 340.0),
            (HeightDatum::Pressure, 257.7),
            (HeightDatum::Ground, 350.0),
        ] {
            let (m, _) = site.to_ellipsoid_m(Height::new(300.0, datum));
            assert!((m - expected_m).abs() < 1e-9, "{datum}: {m}");
        }
    }
}

//! Coverage: whether a look reached a position, and with what probability the
//! sensor reports a thing there.
//!
//! The test runs for every track in every look, so a [`Coverage`] is made once a
//! look and then works on Earth-fixed coordinates: one rotation, one square root and
//! one arctangent a position.

use crate::{
    audibility, hearing_probability, hearing_range_m, radar_horizon_m, swerling1_probability,
};
use lapwing_geo::{Ecef, Geodetic, LocalFrame, wrap_pi, wrap_two_pi};
use lapwing_model::{Air, Class, Detection, Footprint, Look, SensorSpec};
use std::f64::consts::{FRAC_PI_2, TAU};

/// Mean radius of the Earth, m: enough for how far it curves away below a beam.
const EARTH_RADIUS_M: f64 = 6_371_000.0;

/// A look, made ready to be asked about many positions.
#[derive(Clone, Debug)]
pub struct Coverage {
    shape: Shape,
    guard_m: f64,
    detection: Detection,
}

#[derive(Clone, Debug)]
enum Shape {
    Sector {
        frame: LocalFrame,
        middle_rad: f64,
        half_width_rad: f64,
        range_limits_m: (f64, f64),
    },
    Disc {
        frame: LocalFrame,
        radius_m: f64,
    },
    Unknown,
}

/// A convex body that holds a footprint, quick to be asked: a ball about the sensor and the
/// half-spaces of a sector's edges.
#[derive(Clone, Copy, Debug)]
pub struct Envelope {
    centre: nalgebra::Vector3<f64>,
    radius_m: f64,
    /// Outward normals of planes through the centre, Earth-fixed; zero for none.
    edges: [nalgebra::Vector3<f64>; 2],
}

impl Envelope {
    /// Whether nothing within `margin_m` of `position` can lie in the footprint. Where this
    /// is so [`Coverage::reaches`] says so too; not the other way round.
    #[must_use]
    pub fn misses(&self, position: Ecef, margin_m: f64) -> bool {
        let p = position.0 - self.centre;
        let reach_m = self.radius_m + margin_m;
        p.norm_squared() > reach_m * reach_m
            || self.edges[0].dot(&p) > margin_m
            || self.edges[1].dot(&p) > margin_m
    }
}

impl Coverage {
    /// The coverage of `look` by the sensor that `spec` describes. The range limits
    /// of the specification bound those of the look.
    #[must_use]
    pub fn new(look: &Look, spec: &SensorSpec) -> Self {
        let shape = match &look.footprint {
            Footprint::Sector {
                centre,
                azimuth_from_rad,
                azimuth_width_rad,
                range_limits_m,
            } => {
                let half_width_rad = (azimuth_width_rad.clamp(0.0, TAU)) / 2.0;
                Shape::Sector {
                    frame: LocalFrame::new(*centre),
                    middle_rad: azimuth_from_rad + half_width_rad,
                    half_width_rad,
                    range_limits_m: (
                        range_limits_m.0.max(spec.range_limits_m.0),
                        range_limits_m.1.min(spec.range_limits_m.1),
                    ),
                }
            }
            Footprint::Disc { centre, radius_m } => Shape::Disc {
                frame: LocalFrame::new(*centre),
                radius_m: *radius_m,
            },
            Footprint::Unknown => Shape::Unknown,
        };
        Self {
            shape,
            guard_m: look.guard_m.max(0.0),
            detection: look.detection,
        }
    }

    /// Whether anything can be said about where the look reached.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        !matches!(self.shape, Shape::Unknown)
    }

    /// Whether `position` lies in the footprint or within the guard band around it.
    /// Nothing lies in an unknown footprint.
    #[must_use]
    pub fn contains(&self, position: Ecef) -> bool {
        self.reaches(position, self.guard_m)
    }

    /// Whether anything within `margin_m` of `position` could lie in the footprint.
    #[must_use]
    pub fn reaches(&self, position: Ecef, margin_m: f64) -> bool {
        match &self.shape {
            Shape::Sector {
                frame,
                middle_rad,
                half_width_rad,
                range_limits_m: (least, greatest),
            } => {
                let p = frame.from_ecef(position);
                let range_m = p.norm();
                if !(range_m >= least - margin_m && range_m <= greatest + margin_m) {
                    return false;
                }
                let ground_m = p.x.hypot(p.y);
                // overhead, every azimuth is within the margin
                if ground_m <= margin_m {
                    return true;
                }
                let off_rad = wrap_pi(p.x.atan2(p.y) - middle_rad).abs();
                off_rad <= half_width_rad + (margin_m / ground_m).asin()
            }
            Shape::Disc { frame, radius_m } => {
                frame.from_ecef(position).norm() <= radius_m + margin_m
            }
            Shape::Unknown => false,
        }
    }

    /// Probability that the look reports a thing of `rcs_dbsm` at `position`, given
    /// that it is there: 0 outside the footprint and its guard band, and below the
    /// radar's horizon. Without a radar cross-section, that of the reference target.
    #[must_use]
    pub fn probability_of_detection(&self, position: Ecef, rcs_dbsm: Option<f64>) -> f64 {
        if !self.contains(position) {
            return 0.0;
        }
        self.probability_ignoring_edges(position, rcs_dbsm)
    }

    /// The same for a thing that is known to have been looked at (it was reported),
    /// wherever the footprint's edges are said to be.
    #[must_use]
    pub fn probability_ignoring_edges(&self, position: Ecef, rcs_dbsm: Option<f64>) -> f64 {
        match self.detection {
            Detection::Constant { probability } => probability.clamp(0.0, 1.0),
            Detection::Sound { range_50_m } => match &self.shape {
                Shape::Sector { frame, .. } | Shape::Disc { frame, .. } => {
                    hearing_probability(range_50_m, frame.from_ecef(position).norm())
                }
                Shape::Unknown => 0.5,
            },
            Detection::Swerling1 {
                p_fa,
                range_50_m,
                reference_rcs_dbsm,
                antenna_height_m,
            } => {
                let (Shape::Sector { frame, .. } | Shape::Disc { frame, .. }) = &self.shape else {
                    return 0.5;
                };
                let p = frame.from_ecef(position);
                let ground_m = p.x.hypot(p.y);
                let above_antenna_m = p.z + ground_m * ground_m / (2.0 * EARTH_RADIUS_M);
                if ground_m > radar_horizon_m(antenna_height_m, antenna_height_m + above_antenna_m)
                {
                    return 0.0;
                }
                swerling1_probability(
                    p_fa,
                    range_50_m,
                    reference_rcs_dbsm,
                    p.norm(),
                    rcs_dbsm.unwrap_or(reference_rcs_dbsm),
                )
            }
        }
    }

    /// The same coverage in this air: wind deafens what hears, and changes nothing else.
    #[must_use]
    pub fn in_air(mut self, air: &Air) -> Self {
        if let Detection::Sound { range_50_m } = &mut self.detection {
            *range_50_m = hearing_range_m(*range_50_m, air);
        }
        self
    }

    /// Of a look that heard, or heard nothing: the probability that a thing of each class
    /// whose sound comes from `position` is reported, in the order of [`Class::ALL`]; 0
    /// outside the footprint. `None` of looks that do not hear.
    #[must_use]
    pub fn hearing_by_class(&self, position: Ecef) -> Option<[f64; 6]> {
        let (Detection::Sound { range_50_m }, Shape::Disc { frame, .. }) =
            (self.detection, &self.shape)
        else {
            return None;
        };
        if !self.contains(position) {
            return Some([0.0; 6]);
        }
        let distance_m = frame.from_ecef(position).norm();
        Some(
            Class::ALL.map(|class| hearing_probability(range_50_m * audibility(class), distance_m)),
        )
    }

    /// The measurement space that the look's false reports are spread over: range (m)
    /// and azimuth (rad) for a sector, `None` for a disc or an unknown footprint.
    #[must_use]
    pub fn polar_extent(&self) -> Option<(f64, f64)> {
        match &self.shape {
            Shape::Sector {
                half_width_rad,
                range_limits_m: (least, greatest),
                ..
            } => Some((
                (greatest - least.max(0.0)).max(1.0),
                (2.0 * half_width_rad).max(1e-3),
            )),
            Shape::Disc { .. } | Shape::Unknown => None,
        }
    }

    /// Ground area of the footprint, m²; `None` where it is unknown.
    #[must_use]
    pub fn area_m2(&self) -> Option<f64> {
        match &self.shape {
            Shape::Sector {
                half_width_rad,
                range_limits_m: (least, greatest),
                ..
            } => Some((half_width_rad * (greatest * greatest - least.max(0.0).powi(2))).max(1.0)),
            Shape::Disc { radius_m, .. } => {
                Some((std::f64::consts::PI * radius_m * radius_m).max(1.0))
            }
            Shape::Unknown => None,
        }
    }

    /// A body that holds the footprint; `None` where it is unknown.
    #[must_use]
    pub fn envelope(&self) -> Option<Envelope> {
        match &self.shape {
            Shape::Sector {
                frame,
                middle_rad,
                half_width_rad,
                range_limits_m: (_, greatest),
            } => {
                let normal = |azimuth_rad: f64| {
                    let level = nalgebra::Vector3::new(azimuth_rad.sin(), azimuth_rad.cos(), 0.0);
                    frame.to_ecef(level).0 - Ecef::from(frame.origin()).0
                };
                // wider than half a turn it is not convex: the ball alone holds it
                let edges = if *half_width_rad <= FRAC_PI_2 {
                    let aside_rad = half_width_rad + FRAC_PI_2;
                    [
                        normal(middle_rad - aside_rad),
                        normal(middle_rad + aside_rad),
                    ]
                } else {
                    [nalgebra::Vector3::zeros(); 2]
                };
                Some(Envelope {
                    centre: Ecef::from(frame.origin()).0,
                    radius_m: *greatest,
                    edges,
                })
            }
            Shape::Disc { frame, radius_m } => Some(Envelope {
                centre: Ecef::from(frame.origin()).0,
                radius_m: *radius_m,
                edges: [nalgebra::Vector3::zeros(); 2],
            }),
            Shape::Unknown => None,
        }
    }

    /// Centre and radius of a sphere that holds the footprint, m.
    #[must_use]
    pub fn bounding_sphere(&self) -> Option<(Ecef, f64)> {
        match &self.shape {
            Shape::Sector {
                frame,
                middle_rad,
                half_width_rad,
                range_limits_m: (_, greatest),
            } => {
                // narrower than a right angle, half the range holds the sector
                let (ahead_m, radius_m) = if *half_width_rad <= std::f64::consts::FRAC_PI_4 {
                    let ahead_m = greatest / (2.0 * half_width_rad.cos());
                    (ahead_m, ahead_m)
                } else {
                    (0.0, *greatest)
                };
                let azimuth_rad = wrap_two_pi(*middle_rad);
                let centre = frame.to_ecef(nalgebra::Vector3::new(
                    ahead_m * azimuth_rad.sin(),
                    ahead_m * azimuth_rad.cos(),
                    0.0,
                ));
                // a beam also reaches up: things overhead lie beside the flat sector
                Some((centre, radius_m.hypot(20_000.0_f64.min(*greatest))))
            }
            Shape::Disc { frame, radius_m } => Some((Ecef::from(frame.origin()), *radius_m)),
            Shape::Unknown => None,
        }
    }
}

/// Probability that `look` of the sensor `spec` reports a thing of `rcs_dbsm` at
/// `position`: see [`Coverage::probability_of_detection`], which is the form to use
/// for many positions.
#[must_use]
pub fn probability_of_detection(
    look: &Look,
    spec: &SensorSpec,
    position: Geodetic,
    rcs_dbsm: f64,
) -> f64 {
    Coverage::new(look, spec).probability_of_detection(position.into(), Some(rcs_dbsm))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_geo::destination;
    use lapwing_model::{Clutter, SensorId, SensorKind, Timestamp};
    use proptest::prelude::*;

    const RADAR: Geodetic = Geodetic::new(55.0, -4.0, 60.0);

    fn look(footprint: Footprint, detection: Detection) -> Look {
        Look {
            sensor: SensorId(0),
            sequence: 0,
            t0: Timestamp(0),
            t1: Timestamp(0),
            footprint,
            guard_m: 100.0,
            detection,
            clutter: Clutter { expected: 1.0 },
            revisit_s: 4.0,
            closed: true,
        }
    }

    fn sector(from_deg: f64, width_deg: f64) -> Footprint {
        Footprint::Sector {
            centre: RADAR,
            azimuth_from_rad: from_deg.to_radians(),
            azimuth_width_rad: width_deg.to_radians(),
            range_limits_m: (500.0, 40_000.0),
        }
    }

    fn at(azimuth_deg: f64, range_m: f64, height_m: f64) -> Geodetic {
        let mut p = destination(RADAR, azimuth_deg.to_radians(), range_m);
        p.height_m = height_m;
        p
    }

    fn spec() -> SensorSpec {
        SensorSpec::of_kind("r", SensorKind::Radar)
    }

    #[test]
    fn a_sector_holds_what_lies_between_its_azimuths_and_ranges() {
        let constant = Detection::Constant { probability: 0.8 };
        for (from, width, azimuth, range_m, expected) in [
            (350.0, 20.0, 0.0, 10_000.0, 0.8),
            (350.0, 20.0, 359.0, 10_000.0, 0.8),
            (350.0, 20.0, 15.0, 10_000.0, 0.0),
            // 100 m of guard band are 0.57° at 10 km
            (350.0, 20.0, 10.5, 10_000.0, 0.8),
            (350.0, 20.0, 10.7, 10_000.0, 0.0),
            (350.0, 20.0, 0.0, 40_050.0, 0.8),
            (350.0, 20.0, 0.0, 41_000.0, 0.0),
            (350.0, 20.0, 0.0, 300.0, 0.0),
            (0.0, 360.0, 180.0, 10_000.0, 0.8),
            (90.0, 270.0, 45.0, 10_000.0, 0.0),
        ] {
            let p = probability_of_detection(
                &look(sector(from, width), constant),
                &spec(),
                at(azimuth, range_m, 100.0),
                0.0,
            );
            assert!(
                (p - expected).abs() < 1e-12,
                "{from}+{width}: {azimuth}° {range_m} m gave {p}"
            );
        }
    }

    #[test]
    fn the_earth_hides_what_is_below_the_horizon() {
        let swerling = Detection::Swerling1 {
            p_fa: 1e-6,
            range_50_m: 1e6,
            reference_rcs_dbsm: 0.0,
            antenna_height_m: 16.0,
        };
        let look = look(sector(0.0, 360.0), swerling);
        // antenna 16 m, target 16 m above the sea: 33 km
        let sea_m = RADAR.height_m - 16.0;
        for (range_m, seen) in [(32_000.0, true), (34_000.0, false)] {
            let p = probability_of_detection(&look, &spec(), at(70.0, range_m, sea_m + 16.0), 0.0);
            assert_eq!(p > 0.5, seen, "{range_m}: {p}");
        }
    }

    #[test]
    fn an_unknown_footprint_says_nothing() {
        let look = look(Footprint::Unknown, Detection::Constant { probability: 0.9 });
        assert!(probability_of_detection(&look, &spec(), RADAR, 0.0) == 0.0);
        assert!(Coverage::new(&look, &spec()).area_m2().is_none());
    }

    /// At 3.5 km in calm air half of all engines are heard, at a tenth of that half of all
    /// multirotors; 10 m/s of wind divide ranges by e.
    #[test]
    fn a_listening_look_hears_by_class_and_wind() {
        let footprint = Footprint::Disc {
            centre: RADAR,
            radius_m: 8_000.0,
        };
        let sound = Detection::Sound {
            range_50_m: 3_500.0,
        };
        let look = look(footprint, sound);
        for (class, wind_mps, range_m) in [
            (Class::FixedWingDrone, 0.0, 3_500.0),
            (Class::Multirotor, 0.0, 350.0),
            (Class::FixedWingDrone, 10.0, 3_500.0 / std::f64::consts::E),
        ] {
            let coverage = Coverage::new(&look, &spec()).in_air(&Air::new(1.0, wind_mps, 10.0));
            let here = Ecef::from(at(70.0, range_m, RADAR.height_m));
            let p = coverage.hearing_by_class(here).unwrap()[class as usize];
            assert!((p - 0.5).abs() < 2e-4, "{class:?} {wind_mps}: {p}");
            let beyond = Ecef::from(at(70.0, 8_200.0, RADAR.height_m));
            assert_eq!(coverage.hearing_by_class(beyond), Some([0.0; 6]));
        }
        assert!(
            Coverage::new(&super::tests::look(sector(0.0, 90.0), sound), &spec())
                .hearing_by_class(Ecef::from(RADAR))
                .is_none()
        );
    }

    proptest! {
        #[test]
        fn what_the_envelope_misses_is_out_of_reach(
            from in 0.0..360.0, width in 1.0..360.0, disc in any::<bool>(),
            azimuth in 0.0..360.0, range_m in 10.0..60_000.0, height_m in 0.0..15_000.0,
            margin_m in 0.0..9_000.0,
        ) {
            let footprint = if disc {
                Footprint::Disc { centre: RADAR, radius_m: 20_000.0 }
            } else {
                sector(from, width)
            };
            let look = look(footprint, Detection::Constant { probability: 1.0 });
            let coverage = Coverage::new(&look, &spec());
            let p = Ecef::from(at(azimuth, range_m, height_m));
            let envelope = coverage.envelope().unwrap();
            if envelope.misses(p, margin_m + 0.001) {
                prop_assert!(!coverage.reaches(p, margin_m));
            }
            // and it is of use: what is far from a sector's back and sides is missed
            let off = wrap_pi((azimuth - from - width / 2.0).to_radians()).abs();
            if !disc && width < 180.0 && off > width.to_radians() / 2.0 + 1.0 && off < 2.0 {
                prop_assert!(envelope.misses(p, 0.5 * range_m - 1.0));
            }
        }

        #[test]
        fn the_bounding_sphere_holds_the_footprint(
            from in 0.0..360.0, width in 1.0..360.0,
            azimuth in 0.0..360.0, range_m in 500.0..40_000.0, height_m in 0.0..15_000.0,
        ) {
            let look = look(sector(from, width), Detection::Constant { probability: 1.0 });
            let coverage = Coverage::new(&look, &spec());
            let p = Ecef::from(at(azimuth, range_m, height_m));
            if coverage.reaches(p, 0.0) {
                let (centre, radius_m) = coverage.bounding_sphere().unwrap();
                prop_assert!((p.0 - centre.0).norm() <= radius_m + 1.0);
            }
        }
    }
}

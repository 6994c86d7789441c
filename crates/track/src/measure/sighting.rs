//! A person points: which way, some time ago, with a telephone's compass.
//!
//! A person sees or hears a thing, takes out a telephone and says where it is: where it was
//! δ before the report, δ log-normal. The direction errs by the compass and by the
//! pointing, whose tails are long (Student t₃). With β the bearing of the thing at a
//! moment, the density of an azimuth against that of any azimuth at all is
//!
//! ```text
//! F(x) = 2π ∫ t₃(az − β(x, t − δ); s) p(δ) dδ
//! ```
//!
//! Elevations are told too high and are left out. What F does to the tracks is told in
//! `measured/sighted`, and who is believed how far in `people`.

use super::soft::{SoftUpdate, softened};
use crate::chart::Chart;
use crate::motion::Gaussian;
use lapwing_geo::LocalFrame;
use nalgebra::Vector3;
use std::f64::consts::{PI, TAU};

/// Five equally likely delays of a log-normal with median 20 s and σ = 0.8: the middles of
/// its fifths, s.
const DELAYS_S: [f64; 5] = [7.174, 13.147, 20.0, 30.426, 55.757];
/// A state vaguer than this share of its distance is left alone: the quadrature would not
/// resolve the direction.
const VAGUE_SHARE: f64 = 0.5;

/// What a person said of a direction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighting {
    /// Where they stand.
    pub(crate) frame: LocalFrame,
    /// Clockwise from true north.
    pub(crate) azimuth_rad: f64,
    /// Standard deviation of the azimuth, compass and pointing together.
    pub(crate) sigma_rad: f64,
}

impl Sighting {
    /// F of a thing that is at `position` now with `velocity`, both in the person's frame.
    fn ratio(&self, position: &Vector3<f64>, velocity: &Vector3<f64>) -> f64 {
        // Student t₃ deviates by √3 of its scale
        let scale = self.sigma_rad / 3.0_f64.sqrt();
        let each = DELAYS_S.map(|delay_s| {
            let was = position - velocity * delay_s;
            let off = (self.azimuth_rad - was.x.atan2(was.y) + PI).rem_euclid(TAU) - PI;
            let x = off / scale;
            TAU * 2.0 / (PI * 3.0_f64.sqrt() * scale) / (1.0 + x * x / 3.0).powi(2)
        });
        each.iter().sum::<f64>() / DELAYS_S.len() as f64
    }

    /// F averaged over where a thing may be; `ahead_s` is how much later than the state the
    /// report was made. `None` as of [`Sighting::weigh`].
    pub(crate) fn mean_ratio(&self, chart: &Chart, state: &Gaussian, ahead_s: f64) -> Option<f64> {
        self.weigh(chart, state, ahead_s, |f| f).map(|u| u.evidence)
    }

    /// The state weighed with `likelihood` of F; `None` where it is too vague.
    pub(crate) fn weigh(
        &self,
        chart: &Chart,
        state: &Gaussian,
        ahead_s: f64,
        likelihood: impl Fn(f64) -> f64,
    ) -> Option<SoftUpdate> {
        let (rotation, translation) = chart.into_frame(&self.frame);
        let velocity = rotation * state.velocity();
        let here = |p: &Vector3<f64>| rotation * p + translation + velocity * ahead_s;
        let spread = state.covariance.fixed_view::<2, 2>(0, 0).trace();
        let distance_m = here(&state.position()).xy().norm();
        if spread.max(0.0).sqrt() > VAGUE_SHARE * distance_m {
            return None;
        }
        softened(state, |p| likelihood(self.ratio(&here(p), &velocity)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_geo::Geodetic;
    use nalgebra::{Matrix6, Vector6};

    const HOME: Geodetic = Geodetic::new(46.5, -30.0, 0.0);

    fn pointing(azimuth_deg: f64) -> Sighting {
        Sighting {
            frame: LocalFrame::new(HOME),
            azimuth_rad: azimuth_deg.to_radians(),
            sigma_rad: 20.0_f64.to_radians(),
        }
    }

    fn state(position: (f64, f64), velocity: (f64, f64), sigma_m: f64) -> Gaussian {
        let (p, v) = (sigma_m * sigma_m, 9.0);
        Gaussian {
            mean: Vector6::new(position.0, position.1, 200.0, velocity.0, velocity.1, 0.0),
            covariance: Matrix6::from_diagonal(&Vector6::new(p, p, 1e4, v, v, 1.0)),
        }
    }

    /// Against the integral over a fine grid of the logarithm of the delay, with the density
    /// of the t distribution from its definition by gamma functions, Γ(2)/(√(3π) Γ(3/2)).
    #[test]
    fn the_direction_is_averaged_over_the_delay() {
        let gamma = 1.0 / ((3.0 * PI).sqrt() * 0.5 * PI.sqrt());
        let scale = (20.0_f64 / 3.0_f64.sqrt()).to_radians();
        for (x, v) in [
            ((1_500.0, 1_500.0), (0.0, -50.0)),
            ((-800.0, 900.0), (30.0, 0.0)),
        ] {
            for azimuth_deg in [0.0, 30.0, 60.0, 315.0] {
                let told = pointing(azimuth_deg);
                let (mut sum, mut weights) = (0.0, 0.0);
                for i in -500..=500 {
                    let z = f64::from(i) * 0.01;
                    let delay_s = 20.0 * (0.8 * z).exp();
                    let weight = (-0.5 * z * z).exp();
                    let (east, north) = (x.0 - v.0 * delay_s, x.1 - v.1 * delay_s);
                    let off = (told.azimuth_rad - east.atan2(north) + PI).rem_euclid(TAU) - PI;
                    let t = gamma * (1.0 + (off / scale).powi(2) / 3.0).powi(-2);
                    sum += weight * TAU * t / scale;
                    weights += weight;
                }
                let position = Vector3::new(x.0, x.1, 200.0);
                let got = told.ratio(&position, &Vector3::new(v.0, v.1, 0.0));
                let expected = sum / weights;
                let close = (got / expected).ln().abs() < 0.25;
                assert!(close, "{azimuth_deg}° {x:?}: {got} {expected}");
            }
        }
    }

    #[test]
    fn over_the_circle_it_is_one_on_average() {
        let of = |azimuth_deg: i32| {
            let at = Vector3::new(900.0, -300.0, 0.0);
            pointing(f64::from(azimuth_deg)).ratio(&at, &Vector3::new(0.0, 40.0, 0.0))
        };
        let mean = (0..360).map(of).sum::<f64>() / 360.0;
        // the tails beyond half a turn are cut
        assert!((0.98..1.0).contains(&mean), "{mean}");
    }

    #[test]
    fn a_state_is_drawn_to_where_the_arm_points_and_a_near_vague_one_stays() {
        let chart = Chart::near(HOME);
        let drawn = |at: (f64, f64), sigma_m: f64| {
            let before = state(at, (0.0, 0.0), sigma_m);
            let after = pointing(0.0).weigh(&chart, &before, 0.0, |f| 0.5 + 0.5 * f)?;
            Some(before.mean.x - after.state.mean.x)
        };
        assert!(drawn((500.0, 2_000.0), 500.0).unwrap() > 50.0);
        assert!(drawn((-500.0, 2_000.0), 500.0).unwrap() < -50.0);
        assert!(drawn((100.0, 500.0), 500.0).is_none());
    }
}

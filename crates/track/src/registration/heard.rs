//! What a bearing would be if it was of a reference: from where its sound comes, and how
//! likely it is to be heard at all.
//!
//! A sound made at e is at t = e + τ a sphere of radius cτ about x(e) + wτ. The moment is
//! found by iteration on the reference's own trail (τ ← |x(t − τ) + wτ − s|/c, which draws
//! together as speed over c), so that turns since then do no harm. What cannot be heard
//! is no candidate: an airliner high above, or an aircraft twenty kilometres away in
//! whose direction there is always some false alarm. A direction finder hears the
//! drone's own transmitter, now.

use super::orientation::Candidate;
use super::trail::{Placed, Trail};
use lapwing_geo::{LocalFrame, wrap_pi};
use lapwing_model::{Air, Class, SensorSpec, Timestamp};
use lapwing_sensing::{audibility, hearing_probability, hearing_range_m};
use nalgebra::Vector3;

/// Range at which half is heard of a sensor that does not say, m (`sensing.md` section 1).
const RANGE_50_M: f64 = 3_500.0;
/// What is heard less often is no candidate.
const HEARD_MIN: f64 = 0.02;
/// Beyond so many ranges of 50 % it is (5 dB of spread, 20 dB a decade and the air's absorption).
const REACH: f64 = 2.2;
/// Sound in great cold, m/s, and how far off a clock may be, s: how far a thing may have flown.
const SLOW_SOUND_MPS: f64 = 300.0;
const CLOCK_OFF_S: f64 = 6.0;
/// Nearer than so many standard deviations of its place an azimuth is no Gaussian number.
const SIGMAS_MIN: f64 = 4.0;
/// Nor nearer than this on the ground, m.
const GROUND_MIN_M: f64 = 100.0;
/// Steps to the moment of emission: 60 m/s over 340 m/s to the eighth are 1e-6 of the delay.
const STEPS: usize = 8;

/// Something that listens.
#[derive(Clone, Copy)]
pub(crate) struct Ear<'s> {
    pub(crate) spec: &'s SensorSpec,
    pub(crate) frame: &'s LocalFrame,
    /// Whether it hears sound, which is slow, or radio.
    pub(crate) sound: bool,
    pub(crate) air: Air,
}

impl Ear<'_> {
    /// What a bearing taken at `time` would be of a reference; `None` where it would not be heard.
    pub(crate) fn candidate(
        &self,
        azimuth_rad: f64,
        time: Timestamp,
        trail: &Trail,
        inflation: f64,
    ) -> Option<Candidate> {
        if self.is_far(trail)? {
            return None;
        }
        let (place, delay_s) = self.heard_from(time, trail)?;
        let heard = self.probability(trail, place.position.norm());
        if heard < HEARD_MIN {
            return None;
        }
        let wind = Vector3::new(self.air.wind_east_mps, self.air.wind_north_mps, 0.0);
        let image = place.position + wind * delay_s;
        let ground_2 = image.x * image.x + image.y * image.y;
        let by = Vector3::new(image.y, -image.x, 0.0) / ground_2;
        let across_2 = place.covariance[(0, 0)].max(place.covariance[(1, 1)]);
        if ground_2 < (SIGMAS_MIN * SIGMAS_MIN * across_2).max(GROUND_MIN_M * GROUND_MIN_M) {
            return None;
        }
        let candidate = Candidate {
            heard,
            residual_rad: wrap_pi(azimuth_rad - image.x.atan2(image.y)),
            by_wind: [delay_s * by.x, delay_s * by.y],
            by_clock: by.dot(&place.velocity),
            variance: (by.transpose() * place.covariance * by)[0].max(0.0),
            inflation,
        };
        let finite = candidate.residual_rad.is_finite()
            && candidate.variance.is_finite()
            && candidate.by_clock.is_finite();
        finite.then_some(candidate)
    }

    /// Whether a reference was nowhere near for as long as sound takes; the cheap test first.
    fn is_far(&self, trail: &Trail) -> Option<bool> {
        let last = trail.last()?;
        let reach = Class::ALL
            .iter()
            .filter(|class| trail.audible(**class) > 0.0)
            .map(|class| audibility(*class))
            .fold(0.0, f64::max);
        let heard_m = REACH * reach * self.spec.range_50_m.unwrap_or(RANGE_50_M);
        let heard_m = heard_m.max(if self.sound {
            0.0
        } else {
            self.spec.range_limits_m.1
        });
        let flown_m = last.speed_mps() * (heard_m / SLOW_SOUND_MPS + CLOCK_OFF_S);
        Some(last.distance_m(self.frame) > heard_m + flown_m)
    }

    /// Where the reference was when it made what is heard at `time`, and how long ago.
    fn heard_from(&self, time: Timestamp, trail: &Trail) -> Option<(Placed, f64)> {
        if !self.sound {
            return Some((trail.at(time, self.frame)?, 0.0));
        }
        let sound_mps = self.air.sound_mps();
        let wind = Vector3::new(self.air.wind_east_mps, self.air.wind_north_mps, 0.0);
        let mut delay_s = trail.last()?.distance_m(self.frame) / sound_mps;
        for _ in 0..STEPS {
            let place = trail.at(time.plus_seconds(-delay_s), self.frame)?;
            delay_s = (place.position + wind * delay_s).norm() / sound_mps;
        }
        let place = trail.at(time.plus_seconds(-delay_s), self.frame)?;
        Some((place, delay_s))
    }

    fn probability(&self, trail: &Trail, distance_m: f64) -> f64 {
        if !self.sound {
            // one-way drones hardly transmit, aircraft not on these bands
            let within = distance_m <= self.spec.range_limits_m.1;
            let chance = self.spec.detection_probability * trail.audible(Class::Multirotor);
            return if within { chance } else { 0.0 };
        }
        let calm_m = self.spec.range_50_m.unwrap_or(RANGE_50_M);
        let range_50_m = hearing_range_m(calm_m, &self.air);
        let of = |class: &Class| {
            let range_50_m = range_50_m * audibility(*class);
            trail.audible(*class) * hearing_probability(range_50_m, distance_m)
        };
        Class::ALL.iter().map(of).sum()
    }
}

//! What an operator may choose: thresholds, times and weights.

use lapwing_model::Class;
use serde::Deserialize;

/// A weight in [0, 1] for each class; a file that gives the table gives all of it.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassWeights {
    /// Fixed-wing drone.
    pub fixed_wing_drone: f64,
    /// Multirotor.
    pub multirotor: f64,
    /// Bird or flock.
    pub bird: f64,
    /// Light aircraft or helicopter.
    pub light_aircraft: f64,
    /// Airliner.
    pub airliner: f64,
    /// Anything else.
    pub other: f64,
}

impl ClassWeights {
    /// What matters to an advisory. Hobby multirotors do not: over a town they are
    /// there every evening. A site that wants to be told of them (an airport) gives
    /// them a weight.
    #[must_use]
    pub const fn concern() -> Self {
        Self {
            fixed_wing_drone: 1.0,
            multirotor: 0.0,
            bird: 0.0,
            light_aircraft: 0.05,
            airliner: 0.0,
            other: 1.0,
        }
    }

    /// What matters to prepare and act: of the drones the fixed-wing only, so
    /// that hobby multirotors never cause more than an advisory.
    #[must_use]
    pub const fn alarm() -> Self {
        Self {
            fixed_wing_drone: 1.0,
            multirotor: 0.0,
            bird: 0.0,
            light_aircraft: 0.0,
            airliner: 0.0,
            other: 1.0,
        }
    }

    /// The weight of a class, held to [0, 1].
    #[must_use]
    pub const fn of(&self, class: Class) -> f64 {
        let weight = match class {
            Class::FixedWingDrone => self.fixed_wing_drone,
            Class::Multirotor => self.multirotor,
            Class::Bird => self.bird,
            Class::LightAircraft => self.light_aircraft,
            Class::Airliner => self.airliner,
            Class::Other => self.other,
        };
        // clamp would keep a NaN
        if weight > 0.0 { weight.min(1.0) } else { 0.0 }
    }
}

/// When warnings are raised and ended.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WarningPolicy {
    /// Advisory when P(within 20 min) reaches this.
    pub advisory_p20: f64,
    /// Prepare when P(within 10 min) reaches this.
    pub prepare_p10: f64,
    /// Act when P(within 10 min) reaches this …
    pub act_p10: f64,
    /// … or P(within 6 min) reaches this.
    pub act_p6: f64,
    /// A stage is reached when its threshold has been for so long without a break, s:
    /// longer than a turn of a surveillance radar, so that no single plot raises it.
    pub hold_s: f64,
    /// Off below this fraction of the advisory's threshold.
    pub off_factor: f64,
    /// For so many updates in a row.
    pub updates_off: u32,
    /// And no sooner than this after the last step up, s.
    pub min_on_s: f64,
    /// Weights of the classes for an advisory.
    pub concern: ClassWeights,
    /// Weights of the classes for prepare and act.
    pub alarm: ClassWeights,
    /// How sure the class must make us that a thing is harmless before it counts
    /// less: below this probability of being a concern, in proportion.
    pub benefit_of_doubt: f64,
    /// The same for prepare and act, which ask more of people.
    pub benefit_of_doubt_alarm: f64,
    /// Tracks that exist with less probability than this are left out.
    pub least_existence: f64,
    /// Tracks that matter less than this are left out: a sky full of birds, each of
    /// which might just be something else, is no threat.
    pub least_concern: f64,
    /// Tracks seen for less time than this are left out, s: a course and a class take
    /// a few looks to settle, and a warning that is withdrawn is worse than one that
    /// comes some seconds later.
    pub least_age_s: f64,
    /// Tracks whose velocity is known less well than this (standard deviation of each
    /// horizontal axis), m/s, are left out: neither their course nor their class,
    /// which rests on speed, says anything yet.
    pub velocity_sigma_max_mps: f64,
    /// Whether a track known only from its own Remote ID may raise an advisory.
    pub claims_raise_advisory: bool,
    /// After a cancellation the same tracks raise nothing at that stage for this long, s.
    pub quiet_after_cancel_s: f64,
    /// Within a stage, at most one new version in this time, s.
    pub refresh_s: f64,
    /// And only if a probability has changed by this much …
    pub refresh_probability: f64,
    /// … or the expected arrival by this much, s, or the weightiest track is another.
    pub refresh_arrival_s: f64,
    /// Ended and cancelled warnings stay in the list for this long, s.
    pub keep_ended_s: f64,
}

impl Default for WarningPolicy {
    fn default() -> Self {
        Self {
            advisory_p20: 0.15,
            prepare_p10: 0.3,
            act_p10: 0.5,
            act_p6: 0.3,
            hold_s: 5.0,
            off_factor: 0.4,
            updates_off: 3,
            min_on_s: 180.0,
            concern: ClassWeights::concern(),
            alarm: ClassWeights::alarm(),
            benefit_of_doubt: 0.4,
            benefit_of_doubt_alarm: 0.6,
            least_existence: 0.5,
            least_concern: 0.3,
            least_age_s: 20.0,
            velocity_sigma_max_mps: 7.0,
            claims_raise_advisory: true,
            quiet_after_cancel_s: 600.0,
            refresh_s: 60.0,
            refresh_probability: 0.2,
            refresh_arrival_s: 120.0,
            keep_ended_s: 3_600.0,
        }
    }
}

impl WarningPolicy {
    /// P(within 20 min) below which nothing threatens any more.
    #[must_use]
    pub fn p_off(&self) -> f64 {
        self.off_factor * self.advisory_p20
    }
}

//! What threatens one place: each track's share, and their sum.

use crate::concern::weight;
use crate::evidence::highest_stage;
use crate::{Inputs, TrackView, WarningPolicy};
use lapwing_forecast::place_probability;
use lapwing_model::{Arrival, Forecast, Motion, Stage, Timestamp, Track, TrackId};

/// A share with less probability than this is not among a warning's grounds.
const SHARE_LEAST: f64 = 0.05;

/// Whether a track has been seen long enough, and its velocity is known well enough,
/// for its course and class to mean something.
pub(crate) fn is_settled(track: &Track, policy: &WarningPolicy) -> bool {
    let age_s = track.last_seen.seconds_since(track.first_seen);
    let velocity_variance = (track.covariance[3][3] + track.covariance[4][4]) / 2.0;
    age_s >= policy.least_age_s && velocity_variance <= policy.velocity_sigma_max_mps.powi(2)
}

/// One track's share in the threat to a place.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) track: TrackId,
    /// Existence × concern for an advisory.
    pub(crate) concern: f64,
    /// The same for prepare and act; 0 where the evidence does not allow them.
    pub(crate) alarm: f64,
    pub(crate) p_within: [f64; 4],
    pub(crate) arrival: Option<Arrival>,
    pub(crate) motion: Motion,
    /// The why-line's material: index of the view and of its forecast; none once the track is lost.
    pub(crate) source: Option<(usize, usize)>,
    /// For a lost track: until when it is still expected.
    pub(crate) expected_until: Timestamp,
}

impl Share {
    pub(crate) fn of(
        view: &TrackView<'_>,
        forecast: &Forecast,
        source: (usize, usize),
        policy: &WarningPolicy,
    ) -> Option<Self> {
        let track = view.track;
        let concern = weight(track, &policy.concern, policy.benefit_of_doubt, policy);
        let alarm = if highest_stage(track.origin, view.evidence) >= Stage::Act {
            weight(track, &policy.alarm, policy.benefit_of_doubt_alarm, policy)
        } else {
            0.0
        };
        if concern.max(alarm) < policy.least_concern {
            return None;
        }
        let last_horizon_s = f64::from(lapwing_model::HORIZONS_MIN[3]) * 60.0;
        Some(Self {
            track: track.id,
            concern,
            alarm,
            p_within: forecast.p_within,
            arrival: forecast.arrival,
            motion: forecast.motion,
            source: Some(source),
            expected_until: forecast
                .arrival
                .map_or(forecast.time.plus_seconds(last_horizon_s), |a| a.p95),
        })
    }

    /// Probability of mattering and arriving within the last horizon.
    pub(crate) fn p20(&self) -> f64 {
        self.concern.max(self.alarm) * self.p_within[3]
    }

    /// Orders shares: the probable and the near first.
    fn rank(&self) -> f64 {
        self.concern.max(self.alarm) * self.p_within.iter().sum::<f64>()
    }
}

/// The shares of one place, the weightiest first, and what they add up to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Threat {
    pub(crate) shares: Vec<Share>,
    /// Probability that anything that matters comes within, per horizon.
    pub(crate) p_within: [f64; 4],
    pub(crate) inputs: Inputs,
}

impl Threat {
    pub(crate) fn new(mut shares: Vec<Share>) -> Self {
        shares.sort_by(|a, b| b.rank().total_cmp(&a.rank()).then(a.track.cmp(&b.track)));
        let sum = |horizon: usize, weigh: fn(&Share) -> f64| {
            let pairs: Vec<(f64, f64)> = shares
                .iter()
                .map(|s| (weigh(s), s.p_within[horizon]))
                .collect();
            place_probability(&pairs)
        };
        let p_within = [0, 1, 2, 3].map(|h| sum(h, |s| s.concern.max(s.alarm)));
        let inputs = Inputs {
            p20: p_within[3],
            alarm_p10: sum(2, |s| s.alarm),
            alarm_p6: sum(1, |s| s.alarm),
            passed: !shares.is_empty() && shares.iter().all(|s| s.motion == Motion::Away),
        };
        Self {
            shares,
            p_within,
            inputs,
        }
    }

    /// The shares that a warning of this stage rests on, the weightiest first: for
    /// prepare and act those whose evidence allows them come before all others;
    /// what adds next to nothing is left out.
    pub(crate) fn grounds(&self, stage: Stage) -> Vec<&Share> {
        let counts = |s: &&Share| s.p20() >= SHARE_LEAST;
        let alarms = |s: &Share| stage == Stage::Advisory || s.alarm > 0.0;
        let first = self.shares.iter().filter(|s| alarms(s));
        let second = self.shares.iter().filter(|s| !alarms(s));
        let all: Vec<&Share> = first.chain(second).collect();
        let counted: Vec<&Share> = all.iter().copied().filter(counts).collect();
        if counted.is_empty() { all } else { counted }
    }

    /// The threat without some tracks.
    pub(crate) fn without(&self, tracks: &[TrackId]) -> Self {
        Self::new(
            self.shares
                .iter()
                .filter(|s| !tracks.contains(&s.track))
                .cloned()
                .collect(),
        )
    }
}

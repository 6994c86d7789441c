//! How far time has come, told by the reports themselves: one watermark a feed,
//! and the picture follows the slowest feed that still keeps up.
//!
//! A single report with a time far ahead must not carry the picture with it and make
//! every honest report late: a leap is held back until the feed confirms it.

use lapwing_ingest::Observation;
use lapwing_model::Timestamp;

/// A feed this far behind the leading one no longer holds the picture back, s.
const STALLED_S: f64 = 10.0;
/// A step forward larger than this must be confirmed, s.
const LEAP_S: f64 = 60.0;
/// A step of the lead counts for no more than this towards another feed's stalling, s.
const STEP_MAX_S: f64 = 1.0;
/// By so many observations in a row.
const LEAP_CONFIRMED_BY: usize = 5;

#[derive(Clone, Debug, Default)]
struct FeedTime {
    latest: Option<Timestamp>,
    /// What had passed when it last spoke: whether it keeps up is a matter of when it
    /// speaks, not of what its clock says.
    heard_at_s: f64,
    held: Vec<Observation>,
}

/// The watermarks of all feeds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watermarks {
    feeds: Vec<FeedTime>,
    lead: Option<Timestamp>,
    /// How far the lead has come, counting no step of it for more than [`STEP_MAX_S`]:
    /// one feed's fast clock must not make all others look stalled.
    passed_s: f64,
}

impl Watermarks {
    pub(crate) fn new(feeds: usize) -> Self {
        Self {
            feeds: vec![FeedTime::default(); feeds],
            lead: None,
            passed_s: 0.0,
        }
    }

    /// Takes an observation of a feed; gives back what may enter the picture now, and how
    /// many that were held turned out to be no more than stray times.
    pub(crate) fn take(
        &mut self,
        feed: usize,
        observation: Observation,
        out: &mut Vec<Observation>,
    ) -> usize {
        let time = observation.time();
        let Some(state) = self.feeds.get_mut(feed) else {
            return 1;
        };
        let leaps = self
            .lead
            .is_some_and(|lead| time.seconds_since(lead) > LEAP_S);
        let mut stray = 0;
        if leaps {
            state.held.push(observation);
            // those that confirm a leap must agree with one another
            let newest = time;
            let before = state.held.len();
            state
                .held
                .retain(|o| o.time().seconds_since(newest).abs() <= LEAP_S);
            stray = before - state.held.len();
            if state.held.len() < LEAP_CONFIRMED_BY {
                return stray;
            }
            for held in std::mem::take(&mut state.held) {
                advance(&mut state.latest, held.time());
                self.passed_s += lead_step_s(&mut self.lead, held.time());
                out.push(held);
            }
            state.heard_at_s = self.passed_s;
            return stray;
        }
        stray += state.held.len();
        state.held.clear();
        advance(&mut state.latest, time);
        self.passed_s += lead_step_s(&mut self.lead, time);
        state.heard_at_s = self.passed_s;
        out.push(observation);
        stray
    }

    /// Moves time on when no feed does.
    pub(crate) fn pass(&mut self, to: Timestamp) {
        if self.lead.is_some() {
            // silence stalls every feed alike
            self.passed_s += STALLED_S;
            advance(&mut self.lead, to);
        }
    }

    /// How far a feed's own data has come.
    pub(crate) fn reached(&self, feed: usize) -> Option<Timestamp> {
        self.feeds.get(feed)?.latest
    }

    /// The latest time any feed has spoken of.
    pub(crate) const fn lead(&self) -> Option<Timestamp> {
        self.lead
    }

    /// The time up to which no feed that keeps up will speak any more, lateness aside.
    pub(crate) fn mark(&self) -> Option<Timestamp> {
        let lead = self.lead?;
        self.feeds
            .iter()
            .filter_map(|feed| Some((feed.latest?, feed.heard_at_s)))
            .filter(|(latest, heard_at_s)| {
                self.passed_s - heard_at_s < STALLED_S && lead.seconds_since(*latest) <= LEAP_S
            })
            .map(|(latest, _)| latest)
            .min()
            .or(Some(lead))
    }

    /// What is still held back, when no more will come: the last words of each feed,
    /// which nothing has contradicted. Gives how many were too few to believe.
    pub(crate) fn finish(&mut self, out: &mut Vec<Observation>) -> usize {
        let mut stray = 0;
        let alone = self.lead.is_none();
        for state in &mut self.feeds {
            let held = std::mem::take(&mut state.held);
            if held.len() < 2 && !alone {
                stray += held.len();
                continue;
            }
            for held in held {
                advance(&mut state.latest, held.time());
                advance(&mut self.lead, held.time());
                out.push(held);
            }
        }
        stray
    }
}

/// Moves the lead on; gives what that counts for.
fn lead_step_s(lead: &mut Option<Timestamp>, to: Timestamp) -> f64 {
    let step_s = lead.map_or(0.0, |from| to.seconds_since(from));
    advance(lead, to);
    step_s.clamp(0.0, STEP_MAX_S)
}

fn advance(slot: &mut Option<Timestamp>, to: Timestamp) {
    *slot = Some(slot.map_or(to, |at| at.max(to)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_model::SensorId;

    fn beat(s: f64) -> Observation {
        Observation::Heartbeat {
            sensor: SensorId(0),
            time: Timestamp::from_seconds(s),
        }
    }

    fn mark_s(w: &Watermarks) -> f64 {
        w.mark().unwrap().as_seconds()
    }

    #[test]
    fn the_slowest_feed_that_keeps_up_holds_the_mark() {
        let mut w = Watermarks::new(3);
        let mut out = Vec::new();
        w.take(0, beat(100.0), &mut out);
        w.take(1, beat(97.0), &mut out);
        assert_eq!(mark_s(&w), 97.0);
        for second in 101..=112 {
            w.take(0, beat(f64::from(second)), &mut out);
        }
        assert_eq!(mark_s(&w), 112.0, "feed 1 has stalled");
    }

    #[test]
    fn a_feed_with_a_fast_clock_does_not_outrun_one_that_keeps_speaking() {
        let mut w = Watermarks::new(2);
        let mut out = Vec::new();
        for second in 0..60 {
            w.take(0, beat(f64::from(second)), &mut out);
            w.take(1, beat(f64::from(second) + 30.0), &mut out);
            assert_eq!(mark_s(&w), f64::from(second));
        }
    }

    #[test]
    fn a_feed_that_seldom_speaks_is_no_leap_beside_one_that_often_does() {
        let mut w = Watermarks::new(2);
        let mut out = Vec::new();
        for second in 0..400 {
            w.take(0, beat(f64::from(second)), &mut out);
            if second % 90 == 0 {
                assert_eq!(w.take(1, beat(f64::from(second)), &mut out), 0);
            }
        }
        assert_eq!(out.len(), 405, "none is held back");
    }

    #[test]
    fn leaps_that_contradict_one_another_confirm_nothing() {
        let mut w = Watermarks::new(1);
        let mut out = Vec::new();
        w.take(0, beat(100.0), &mut out);
        for leap in 1..20 {
            w.take(0, beat(100.0 + 1e5 * f64::from(leap)), &mut out);
        }
        assert_eq!(mark_s(&w), 100.0);
        assert_eq!(w.finish(&mut out), 1);
    }

    #[test]
    fn a_single_leap_moves_nothing_and_a_confirmed_one_does() {
        let mut w = Watermarks::new(1);
        let mut out = Vec::new();
        w.take(0, beat(100.0), &mut out);
        w.take(0, beat(40_000.0), &mut out);
        assert_eq!(w.take(0, beat(101.0), &mut out), 1, "one stray time");
        assert_eq!(mark_s(&w), 101.0);
        for i in 0..5 {
            w.take(0, beat(500.0 + f64::from(i)), &mut out);
        }
        assert_eq!(mark_s(&w), 504.0);
        assert_eq!(out.len(), 7, "nothing of a real gap is lost");
    }

    #[test]
    fn time_passes_in_silence() {
        let mut w = Watermarks::new(1);
        w.take(0, beat(100.0), &mut Vec::new());
        w.pass(Timestamp::from_seconds(130.0));
        assert_eq!(mark_s(&w), 130.0);
    }
}

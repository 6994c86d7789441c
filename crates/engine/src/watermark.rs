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
/// By so many observations in a row.
const LEAP_CONFIRMED_BY: usize = 5;

#[derive(Clone, Debug, Default)]
struct FeedTime {
    latest: Option<Timestamp>,
    held: Vec<Observation>,
}

/// The watermarks of all feeds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watermarks {
    feeds: Vec<FeedTime>,
    lead: Option<Timestamp>,
}

impl Watermarks {
    pub(crate) fn new(feeds: usize) -> Self {
        Self {
            feeds: vec![FeedTime::default(); feeds],
            lead: None,
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
        let leaps = state
            .latest
            .or(self.lead)
            .is_some_and(|near| time.seconds_since(near) > LEAP_S);
        let mut stray = 0;
        if leaps {
            state.held.push(observation);
            if state.held.len() < LEAP_CONFIRMED_BY {
                return 0;
            }
            for held in std::mem::take(&mut state.held) {
                advance(&mut state.latest, held.time());
                advance(&mut self.lead, held.time());
                out.push(held);
            }
            return 0;
        }
        if !state.held.is_empty() {
            stray = state.held.len();
            state.held.clear();
        }
        advance(&mut state.latest, time);
        advance(&mut self.lead, time);
        out.push(observation);
        stray
    }

    /// Moves time on when no feed does.
    pub(crate) fn pass(&mut self, to: Timestamp) {
        if self.lead.is_some() {
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
            .filter_map(|feed| feed.latest)
            .filter(|latest| lead.seconds_since(*latest) < STALLED_S)
            .min()
            .or(Some(lead))
    }

    /// What is still held back, when no more will come.
    pub(crate) fn finish(&mut self, out: &mut Vec<Observation>) {
        for state in &mut self.feeds {
            for held in std::mem::take(&mut state.held) {
                advance(&mut state.latest, held.time());
                advance(&mut self.lead, held.time());
                out.push(held);
            }
        }
    }
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
        w.take(0, beat(108.0), &mut out);
        assert_eq!(mark_s(&w), 108.0, "feed 1 has stalled");
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

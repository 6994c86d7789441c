//! Paces what is played to a multiple of its own time.

use lapwing_model::Timestamp;
use std::time::{Duration, Instant};

/// A gap in what is played is waited out for at most this long.
const GAP_MAX: Duration = Duration::from_secs(5);

/// A step back larger than this is no disorder but a clock that began anew, such as a
/// Final Format capture past midnight whose day byte stays 0, s.
const BACK_MAX_S: f64 = 60.0;

/// Lets time pass as it passed when what is played was received.
#[derive(Debug)]
pub struct Pacer {
    speed: Option<f64>,
    last: Option<(Timestamp, Instant)>,
}

impl Pacer {
    /// `speed` times as fast; as fast as possible without one.
    #[must_use]
    pub const fn new(speed: Option<f64>) -> Self {
        Self { speed, last: None }
    }

    /// How long to wait before what was received at `time` is due.
    pub fn wait(&mut self, time: Timestamp) -> Duration {
        let Some(speed) = self.speed else {
            return Duration::ZERO;
        };
        let now = Instant::now();
        let Some((last, at)) = self.last else {
            self.last = Some((time, now));
            return Duration::ZERO;
        };
        let ahead_s = time.seconds_since(last);
        if ahead_s < -BACK_MAX_S {
            self.last = Some((time, at));
            return at.saturating_duration_since(now);
        }
        let step = Duration::try_from_secs_f64((ahead_s / speed).max(0.0))
            .unwrap_or(GAP_MAX)
            .min(GAP_MAX);
        let due = at + step;
        self.last = Some((time.max(last), due));
        due.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_at_sixty_fold_is_a_second() {
        let mut pacer = Pacer::new(Some(60.0));
        assert_eq!(pacer.wait(Timestamp::from_seconds(0.0)), Duration::ZERO);
        let wait = pacer.wait(Timestamp::from_seconds(60.0));
        assert!(wait <= Duration::from_secs(1) && wait > Duration::from_millis(900));
        assert_eq!(
            Pacer::new(None).wait(Timestamp::from_seconds(1e9)),
            Duration::ZERO
        );
    }

    #[test]
    fn what_follows_midnight_is_paced_although_its_clock_began_anew() {
        let mut pacer = Pacer::new(Some(1.0));
        assert_eq!(
            pacer.wait(Timestamp::from_seconds(86_399.0)),
            Duration::ZERO
        );
        assert_eq!(pacer.wait(Timestamp::from_seconds(0.0)), Duration::ZERO);
        for (second, least_s) in [(1.0, 0.9), (3.0, 2.9)] {
            let wait_s = pacer.wait(Timestamp::from_seconds(second)).as_secs_f64();
            assert!((least_s..=second).contains(&wait_s), "{second}: {wait_s}");
        }
    }

    #[test]
    fn disorder_costs_no_time_and_gains_none() {
        let mut pacer = Pacer::new(Some(1.0));
        for (second, most_s) in [(100.0, 0.0), (102.0, 2.0), (98.0, 2.0), (103.0, 3.0)] {
            let wait_s = pacer.wait(Timestamp::from_seconds(second)).as_secs_f64();
            assert!(
                (most_s - 0.1..=most_s).contains(&wait_s),
                "{second}: {wait_s}"
            );
        }
    }

    #[test]
    fn a_gap_is_not_waited_out() {
        let mut pacer = Pacer::new(Some(1.0));
        let _ = pacer.wait(Timestamp::from_seconds(0.0));
        assert!(pacer.wait(Timestamp::from_seconds(1e6)) <= GAP_MAX);
    }
}

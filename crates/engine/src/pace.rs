//! Paces what is played to a multiple of its own time.

use lapwing_model::Timestamp;
use std::time::{Duration, Instant};

/// A gap in what is played is waited out for at most this long.
const GAP_MAX: Duration = Duration::from_secs(5);

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
        let step_s = (time.seconds_since(last) / speed).max(0.0);
        let step = Duration::try_from_secs_f64(step_s)
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
    fn a_gap_is_not_waited_out() {
        let mut pacer = Pacer::new(Some(1.0));
        let _ = pacer.wait(Timestamp::from_seconds(0.0));
        assert!(pacer.wait(Timestamp::from_seconds(1e6)) <= GAP_MAX);
    }
}

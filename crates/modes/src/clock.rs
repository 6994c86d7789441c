//! From a receiver's counter to UTC.
//!
//! A Beast counter says precisely when frames came relative to each other, but (at 12 MHz) not when in civil time; the receipt
//! of a chunk says when in civil time, but only roughly: the network adds 0 to some seconds, never less than nothing. So the
//! offset between the two is the smallest difference seen, let grow slowly because the receiver's oscillator drifts.
//! Radarcape counters hold GPS time of day and lack only the date.

const TICKS_WRAP: i64 = 1 << 48;
const NS_PER_DAY: i64 = 86_400_000_000_000;

/// The counter value ("MLAT" in its low bytes) with which readsb marks results of multilateration: it is no time.
pub const MLAT_COUNTER: u64 = 0xFF00_4D4C_4154;

/// How fast the smallest offset may grow again: beyond the 100 ppm of a poor oscillator.
const DRIFT_PPM: i64 = 200;

/// A receipt this much later than the counter says means that the counter was restarted, not that the network was slow.
const RESTART_NS: i64 = 10_000_000_000;

/// What the 48-bit counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterKind {
    /// Ticks of 12 MHz since the receiver's start; wraps after 271 days.
    Ticks12Mhz,
    /// Radarcape: upper 18 bits seconds since UTC midnight, lower 30 bits nanoseconds.
    GpsTimeOfDay,
}

/// Maps one receiver's counter to UTC nanoseconds since 1970. Deterministic in its calls.
#[derive(Clone, Debug)]
pub struct BeastClock {
    kind: CounterKind,
    /// Counter unwrapped to nanoseconds at the last frame, since the first one's counter epoch.
    last_ns: Option<i64>,
    last_counter: u64,
    remainder_ticks: i64,
    offset_ns: Option<i64>,
    anchor_ns: i64,
    restarts: u64,
}

impl BeastClock {
    /// A clock for a feed or file of which the caller knows when its chunks were received: use [`Self::time_at_receipt`].
    #[must_use]
    pub const fn new(kind: CounterKind) -> Self {
        Self::anchored(kind, 0)
    }

    /// A clock for a file without times: use [`Self::time`]. `anchor_ns` (UTC nanoseconds since 1970) is given to the first
    /// frame (12 MHz), or names the day it fell on (GPS time of day).
    #[must_use]
    pub const fn anchored(kind: CounterKind, anchor_ns: i64) -> Self {
        Self {
            kind,
            last_ns: None,
            last_counter: 0,
            remainder_ticks: 0,
            offset_ns: None,
            anchor_ns,
            restarts: 0,
        }
    }

    /// How often the counter was found restarted.
    #[must_use]
    pub const fn restarts(&self) -> u64 {
        self.restarts
    }

    /// Time of a frame with this counter in a file without times of receipt, UTC nanoseconds.
    ///
    /// Wraps (12 MHz) and midnights (GPS) are followed as long as frames are less than half a wrap (136 days; 12 hours) apart.
    /// A counter of zero or [`MLAT_COUNTER`] gets the previous frame's time.
    pub fn time(&mut self, counter: u64) -> i64 {
        if is_no_time(counter) {
            return self.current().unwrap_or(self.anchor_ns);
        }
        let relative_ns = self.unwrap(counter);
        let anchor_ns = self.anchor_ns;
        let kind = self.kind;
        let offset_ns = *self.offset_ns.get_or_insert_with(|| match kind {
            CounterKind::Ticks12Mhz => anchor_ns.saturating_sub(relative_ns),
            CounterKind::GpsTimeOfDay => {
                anchor_ns.div_euclid(NS_PER_DAY).saturating_mul(NS_PER_DAY)
            }
        });
        relative_ns.saturating_add(offset_ns)
    }

    /// Time of a frame with this counter in a chunk received at `receipt_ns` (UTC nanoseconds); never later than the receipt (12 MHz).
    ///
    /// 12 MHz: the first frame gets the receipt itself, and later ones become more accurate as chunks with little delay arrive.
    /// GPS: the day is the one that brings the time within 12 hours of the receipt. A counter that marks no time gets the receipt.
    pub fn time_at_receipt(&mut self, counter: u64, receipt_ns: i64) -> i64 {
        if is_no_time(counter) {
            return receipt_ns;
        }
        if self.kind == CounterKind::GpsTimeOfDay {
            let of_day_ns = gps_of_day_ns(counter);
            let ahead = receipt_ns
                .saturating_sub(of_day_ns)
                .saturating_add(NS_PER_DAY / 2);
            return ahead
                .div_euclid(NS_PER_DAY)
                .saturating_mul(NS_PER_DAY)
                .saturating_add(of_day_ns);
        }
        let before_ns = self.last_ns;
        let relative_ns = self.unwrap(counter);
        let seen_ns = receipt_ns.saturating_sub(relative_ns);
        let offset_ns = match (self.offset_ns, before_ns) {
            (Some(offset_ns), Some(before_ns)) => {
                let elapsed_ns = relative_ns.saturating_sub(before_ns).max(0);
                let grown_ns = offset_ns.saturating_add(elapsed_ns / 1_000_000 * DRIFT_PPM);
                if seen_ns.saturating_sub(grown_ns) > RESTART_NS {
                    self.restarts += 1;
                    seen_ns
                } else {
                    grown_ns.min(seen_ns)
                }
            }
            _ => seen_ns,
        };
        self.offset_ns = Some(offset_ns);
        relative_ns.saturating_add(offset_ns)
    }

    fn current(&self) -> Option<i64> {
        Some(self.last_ns?.saturating_add(self.offset_ns?))
    }

    fn unwrap(&mut self, counter: u64) -> i64 {
        let relative_ns = match self.kind {
            CounterKind::Ticks12Mhz => {
                let last_ns = self.last_ns.unwrap_or(0);
                let step = if self.last_ns.is_some() {
                    wrapped_difference(counter, self.last_counter)
                } else {
                    0
                };
                // 250 ns are three ticks; the rest is carried so that rounding does not add up.
                let ticks = step + self.remainder_ticks;
                self.remainder_ticks = ticks.rem_euclid(3);
                last_ns.saturating_add(ticks.div_euclid(3) * 250)
            }
            CounterKind::GpsTimeOfDay => {
                let of_day_ns = gps_of_day_ns(counter);
                match self.last_ns {
                    Some(last_ns) => {
                        let behind = last_ns
                            .saturating_sub(of_day_ns)
                            .saturating_add(NS_PER_DAY / 2);
                        behind
                            .div_euclid(NS_PER_DAY)
                            .saturating_mul(NS_PER_DAY)
                            .saturating_add(of_day_ns)
                    }
                    None => of_day_ns,
                }
            }
        };
        self.last_counter = counter;
        self.last_ns = Some(relative_ns);
        relative_ns
    }
}

const fn is_no_time(counter: u64) -> bool {
    counter == 0 || counter == MLAT_COUNTER
}

fn gps_of_day_ns(counter: u64) -> i64 {
    let seconds = (counter >> 30) & 0x3_FFFF;
    let nanoseconds = counter & 0x3FFF_FFFF;
    i64::try_from(seconds * 1_000_000_000 + nanoseconds).unwrap_or(0)
}

/// Signed ticks from `before` to `after`, the shorter way round the 48-bit circle.
fn wrapped_difference(after: u64, before: u64) -> i64 {
    let forward = i64::try_from(after.wrapping_sub(before) & (TICKS_WRAP as u64 - 1)).unwrap_or(0);
    if forward >= TICKS_WRAP / 2 {
        forward - TICKS_WRAP
    } else {
        forward
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 12_000_000;
    const NS: i64 = 1_000_000_000;

    #[test]
    fn ticks_follow_the_wrap_and_do_not_accumulate_rounding() {
        let mut clock = BeastClock::anchored(CounterKind::Ticks12Mhz, 1_000 * NS);
        let start = (1 << 48) - SECOND;
        assert_eq!(clock.time(start), 1_000 * NS);
        assert_eq!(clock.time(SECOND), 1_002 * NS);
        assert_eq!(clock.time(start), 1_000 * NS);
        for tick in 1..=SECOND {
            let time = clock.time((start + tick) & ((1 << 48) - 1));
            if tick == SECOND {
                // The counter value 0 marks no time: it repeats the frame before.
                assert!((time - 1_001 * NS).abs() <= 250, "{time}");
            }
        }
        assert_eq!(clock.time(SECOND), 1_002 * NS);
    }

    #[test]
    fn the_least_delayed_chunk_sets_the_time() {
        let mut clock = BeastClock::new(CounterKind::Ticks12Mhz);
        // Truth: counter 0 s at 500 s; delays 3 s, 0.1 s, 2 s.
        for (second, delay_ns, error_ns) in [
            (1, 3 * NS, 3 * NS),
            (2, NS / 10, NS / 10),
            (3, 2 * NS, NS / 10),
        ] {
            let truth_ns = (500 + second) * NS;
            let time_ns = clock.time_at_receipt(second as u64 * SECOND, truth_ns + delay_ns);
            assert!(
                (time_ns - truth_ns - error_ns).abs() <= 400_000,
                "{second}: {time_ns}"
            );
        }
        // The receiver restarts: its counter begins anew, while receipts go on.
        assert_eq!(clock.time_at_receipt(SECOND, 700 * NS), 700 * NS);
        assert_eq!(clock.restarts(), 1);
        assert_eq!(clock.time_at_receipt(MLAT_COUNTER, 701 * NS), 701 * NS);
    }

    #[test]
    fn gps_time_of_day_takes_the_day_from_the_receipt_or_the_anchor() {
        let midnight = 19_000 * NS_PER_DAY;
        let counter = |seconds: u64| seconds << 30 | 5;
        let mut clock = BeastClock::new(CounterKind::GpsTimeOfDay);
        assert_eq!(
            clock.time_at_receipt(counter(86_399), midnight + NS),
            midnight - NS + 5
        );
        assert_eq!(
            clock.time_at_receipt(counter(1), midnight + 2 * NS),
            midnight + NS + 5
        );
        let mut clock = BeastClock::anchored(CounterKind::GpsTimeOfDay, midnight + 3 * NS);
        assert_eq!(clock.time(counter(86_399)), midnight + 86_399 * NS + 5);
        assert_eq!(clock.time(counter(1)), midnight + 86_401 * NS + 5);
        assert_eq!(clock.time(counter(86_399)), midnight + 86_399 * NS + 5);
    }
}

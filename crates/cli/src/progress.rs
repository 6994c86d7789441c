//! Progress of long work, on standard error, when a person watches.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_millis(250);

/// A line that is written over and over.
pub(crate) struct Progress {
    watched: bool,
    total: usize,
    what: &'static str,
    last: Instant,
    drawn: bool,
}

impl Progress {
    pub(crate) fn new(total: usize, what: &'static str) -> Self {
        Self {
            watched: std::io::stderr().is_terminal(),
            total,
            what,
            last: Instant::now(),
            drawn: false,
        }
    }

    pub(crate) fn at(&mut self, done: usize) {
        if !self.watched || self.last.elapsed() < EVERY {
            return;
        }
        self.last = Instant::now();
        self.drawn = true;
        let per_cent = 100 * done / self.total.max(1);
        eprint!("\r{done} of {} {} ({per_cent} %)   ", self.total, self.what);
        // a terminal that cannot be written to shows no progress, and that is all
        let _ = std::io::stderr().flush();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn {
            eprint!("\r\x1b[K");
        }
    }
}

//! Lines of a file of tracks that are none: one that cannot be somewhere is no reason to
//! leave a night unscored, and none to keep quiet about it.

use anyhow::{Context, Result};
use lapwing_score::LineError;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::path::Path;

/// What was passed over, and that something was not.
#[derive(Default)]
pub(super) struct PassedOver {
    good: Cell<usize>,
    bad: Cell<usize>,
    first: RefCell<Option<LineError>>,
}

impl PassedOver {
    /// The line, unless it is to be passed over.
    pub(super) fn sift<T>(&self, line: Result<T, LineError>) -> Option<Result<T, LineError>> {
        match line {
            Err(error) if !error.unread => {
                self.bad.set(self.bad.get() + 1);
                self.first.borrow_mut().get_or_insert(error);
                None
            }
            line => {
                self.good.set(self.good.get() + 1);
                Some(line)
            }
        }
    }

    /// Says how many; a file without a good line is an error.
    pub(super) fn tell(&self, path: &Path) -> Result<()> {
        let Some(first) = self.first.take() else {
            return Ok(());
        };
        if self.good.get() == 0 {
            return Err(first).with_context(|| path.display().to_string());
        }
        let (path, bad) = (path.display(), self.bad.get());
        eprintln!("{path}: {bad} lines are no tracks and were not scored; the first is {first}");
        Ok(())
    }

    /// A score as JSON, with how many lines are not in it.
    pub(super) fn with(&self, mut score: Value) -> String {
        if let Value::Object(keys) = &mut score {
            keys.insert("bad_track_lines".to_owned(), self.bad.get().into());
        }
        score.to_string()
    }
}

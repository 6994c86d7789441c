//! When to warn, how urgently, on what evidence, and when to stop.
//!
//! A pure state machine for each place: time, tracks, forecasts and operators'
//! actions go in, new versions of warnings come out. It reads no clock and sends
//! nothing; the same inputs in the same order give the same warnings.
//!
//! | from | to | when |
//! |---|---|---|
//! | nothing | advisory, prepare or act | the threshold of that stage is reached (the highest one counts) |
//! | a stage | a higher one | its threshold is reached, at once |
//! | a stage | a lower one | never: people are not told to relax by degrees |
//! | any stage | all clear | P(20 min) stays below 0.4 × the advisory's threshold for 3 updates, or everything has passed; and 3 min since the last step up; once |
//! | any stage | cancelled | an operator withdraws it |
//!
//! Thresholds (`WarningPolicy`): advisory P₂₀ ≥ 0.15, prepare P₁₀ ≥ 0.3, act
//! P₁₀ ≥ 0.5 or P₆ ≥ 0.3, where P is the probability that anything that matters
//! comes within the place. What may count towards a stage is decided in
//! [`evidence`](mod@evidence) and [`concern`](mod@concern).
//!
//! # Choices
//! - After an operator cancelled a warning, the same tracks raise none at the same
//!   or a lower stage for that place for 10 min; a higher stage, or other tracks
//!   that suffice by themselves, do.
//! - A step up takes an acknowledged warning back to unacknowledged.
//! - A track that vanishes while it was expected keeps its last probability until
//!   the 95 % arrival time it had has passed: not being seen is not being gone.
//! - Within a stage a new version is made only when the picture has changed
//!   enough to matter, and at most once a minute.

pub mod concern;
pub mod evidence;
mod policy;
mod threat;
mod transition;
mod warner;
mod why;

pub use policy::{ClassWeights, WarningPolicy};
pub use transition::{Held, Inputs, Latch, Step};
pub use warner::{PlaceState, TrackView, WarnError, Warner};
pub use why::why_line;

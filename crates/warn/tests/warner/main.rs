//! Warnings from pictures: evidence, versions, operators, vanished tracks.

mod life;
mod operators;
mod properties;
mod things;
mod what_counts;

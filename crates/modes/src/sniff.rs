//! Which of the forms a file or stream has, by its content: users' file names say nothing dependable.

use crate::{avr, beast, timed_csv};

/// A form in which Mode S frames come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputForm {
    /// Beast binary ([`crate::beast`]).
    Beast,
    /// AVR text lines ([`crate::avr`]).
    Avr,
    /// Rows of UTC seconds and hexadecimal ([`crate::timed_csv`]).
    TimedCsv,
}

impl InputForm {
    /// The form of a file or stream, from its first bytes (a few hundred suffice; 4 KiB are looked at); `None` if it is none of these.
    #[must_use]
    pub fn recognise(bytes: &[u8]) -> Option<Self> {
        if avr::looks_like_avr(bytes) {
            Some(Self::Avr)
        } else if timed_csv::looks_like_timed_csv(bytes) {
            Some(Self::TimedCsv)
        } else if beast::looks_like_beast(bytes) {
            Some(Self::Beast)
        } else {
            None
        }
    }
}

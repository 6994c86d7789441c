//! Mode S and ADS-B (1090 MHz extended squitter): bytes ⇄ typed messages.
//!
//! The way through, each step usable alone:
//!
//! 1. framing: [`beast::Deframer`], [`avr::Deframer`] and [`timed_csv::Deframer`] cut arbitrary chunks of bytes
//!    into [`Frame`]s and say which bytes they skipped, and why; [`InputForm::recognise`] tells the forms apart by content;
//! 2. time: [`BeastClock`] maps the receiver's counter to UTC;
//! 3. payload: [`squitter::decode`] reads one frame on its own (parity, address, fields);
//! 4. [`Receiver`] keeps a little state per aircraft and turns frames into positions, velocities and identifications.
//!
//! The other direction: [`encode`] makes squitters for the simulator (it shares no code with the decoder) and
//! [`readsb`] writes the `aircraft.json` that existing maps read.
//!
//! Nothing here reads a clock, opens a socket or holds global state. SBS (BaseStation) text, which carries decoded fields and
//! not frames, is not read yet: it would be a fourth form of [`InputForm`] that goes straight to [`Message`].

pub mod accuracy;
pub mod avr;
pub mod beast;
mod clock;
pub mod encode;
mod frame;
mod gate;
mod hex;
mod message;
pub mod parity;
pub mod readsb;
mod receiver;
mod sniff;
pub mod squitter;
pub mod timed_csv;

pub use clock::{BeastClock, CounterKind, MLAT_COUNTER};
pub use frame::{Deframed, Frame, FrameLength, SkipReason, Skipped};
pub use message::{
    Address, Altitude, AltitudeDatum, EmitterCategory, Identification, Message, MessageKind,
    Position, Velocity, VerticalRate,
};
pub use receiver::{Counters, Receiver, ReceiverSettings};
pub use sniff::InputForm;

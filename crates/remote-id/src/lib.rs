//! Remote ID: what drones say of themselves by radio, as ASTM F3411-22a (§5.4) and EN 4709-002
//! set it out, and the frames that carry it.
//!
//! A drone sends **messages** of 25 octets: who it is ([`BasicId`], of which it may have several),
//! where it is and how it moves ([`Location`]), where its operator is ([`System`]), what it is
//! about ([`SelfId`]), the operator's registration ([`OperatorId`]) and signatures ([`Auth`]). By
//! Bluetooth 4 each travels alone; by Bluetooth 5, Wi-Fi beacon and Wi-Fi Aware (NAN) up to nine
//! travel in a **pack**.
//!
//! - [`decode`] reads one message or pack.
//! - [`bluetooth::advertisement`] and [`wifi::frame`] find them in frames; [`link`] takes off what
//!   captures put before those.
//!
//! Every message is a claim: nothing in it is signed unless the receiver checks [`Auth`].
//!
//! Octets are hostile: lengths and counts that lie give an error and what could be read before it;
//! nothing panics, and no more is kept than nine messages a frame.
//!
//! ```
//! use lapwing_remote_id::{Message, decode};
//!
//! let mut octets = [0; 25];
//! octets[..4].copy_from_slice(&[0x02, 0x12, b'1', b'5']);
//! let heard = decode(&octets);
//! let Some(Message::BasicId(id)) = heard.messages.first() else { unreachable!() };
//! assert_eq!(id.id, "15");
//! ```

pub mod bluetooth;
mod fields;
pub mod link;
mod location;
mod message;
mod pack;
pub mod wifi;

pub use location::{HeightReference, Location, Status};
pub use message::{
    Aircraft, Auth, AuthPage, BasicId, IdKind, Message, OperatorId, OperatorPlace, SelfId, System,
};
pub use pack::{Heard, MESSAGES_MAX, decode};

use thiserror::Error;

/// Octets of a message.
pub const MESSAGE_OCTETS: usize = 25;

/// What is wrong with some octets, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("octet {offset}: {reason}")]
pub struct Problem {
    /// Octets from the start of what was given.
    pub offset: usize,
    /// What is wrong there.
    pub reason: Reason,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// It ends before it should.
    #[error("it ends after {have} of {need} octets")]
    Truncated {
        /// How many there are.
        have: usize,
        /// How many there should be.
        need: usize,
    },
    /// A message type that the standard does not know.
    #[error("message type {0} is not known")]
    MessageType(u8),
    /// A pack says that its messages have another size.
    #[error("a pack says its messages have {0} octets, not 25")]
    MessageSize(u8),
    /// A pack says that it has more messages than it may.
    #[error("a pack says it has {0} messages; at most nine are allowed")]
    MessageCount(u8),
    /// A pack in a pack.
    #[error("a pack lies in a pack")]
    Nested,
    /// A coordinate beyond the globe.
    #[error("a position lies beyond ±90°, ±180°")]
    Position,
    /// An element or attribute says that it is longer than what is left.
    #[error("an element says it has {says} octets; {left} are left")]
    Length {
        /// What it says.
        says: usize,
        /// What is left.
        left: usize,
    },
    /// Header of a captured frame that is none.
    #[error("the capture's header of the frame does not fit")]
    Header,
    /// A frame that failed its check sum, as the receiver says.
    #[error("the receiver says that the frame is damaged")]
    Damaged,
}

impl Problem {
    pub(crate) const fn new(offset: usize, reason: Reason) -> Self {
        Self { offset, reason }
    }

    pub(crate) const fn after(self, octets: usize) -> Self {
        Self {
            offset: self.offset + octets,
            ..self
        }
    }
}

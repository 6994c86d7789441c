//! One message, or a pack of several (F3411-22a, table 11).
//!
//! A pack's count and the length of what carries it are two statements of the same thing, and
//! either may lie; the lesser holds, and the difference is an error.

use crate::{MESSAGE_OCTETS, Message, Problem, Reason};

/// Most messages of a pack.
pub const MESSAGES_MAX: usize = 9;

/// What some octets held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// The messages that could be read, at most nine, in order.
    pub messages: Vec<Message>,
    /// What could not.
    pub problems: Vec<Problem>,
}

/// Reads one message or pack; octets beyond it are left alone.
#[must_use]
pub fn decode(octets: &[u8]) -> Heard {
    let mut heard = Heard::default();
    match octets.first().map(|first| first >> 4) {
        Some(15) => pack(octets, &mut heard),
        _ => one(octets, 0, &mut heard),
    }
    heard
}

fn one(octets: &[u8], offset: usize, heard: &mut Heard) {
    match octets.first_chunk::<MESSAGE_OCTETS>() {
        Some(message) => match Message::read(message) {
            Ok(message) => heard.messages.push(message),
            Err(problem) => heard.problems.push(problem.after(offset)),
        },
        None => {
            let reason = Reason::Truncated {
                have: octets.len(),
                need: MESSAGE_OCTETS,
            };
            heard.problems.push(Problem::new(offset, reason));
        }
    }
}

fn pack(octets: &[u8], heard: &mut Heard) {
    let &[_, size, count, ref messages @ ..] = octets else {
        let reason = Reason::Truncated {
            have: octets.len(),
            need: 3,
        };
        return heard.problems.push(Problem::new(0, reason));
    };
    if usize::from(size) != MESSAGE_OCTETS {
        return heard
            .problems
            .push(Problem::new(1, Reason::MessageSize(size)));
    }
    if usize::from(count) > MESSAGES_MAX {
        heard
            .problems
            .push(Problem::new(2, Reason::MessageCount(count)));
    }
    let count = usize::from(count).min(MESSAGES_MAX);
    let mut rest = messages;
    for k in 0..count {
        let offset = 3 + k * MESSAGE_OCTETS;
        one(rest, offset, heard);
        let Some((_, after)) = rest.split_at_checked(MESSAGE_OCTETS) else {
            // said once: the rest is not there either
            return;
        };
        rest = after;
    }
}

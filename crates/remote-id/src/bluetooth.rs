//! Bluetooth Low Energy: packets of the link layer and the advertising data in them (Bluetooth Core
//! Specification 5.4, vol. 6 part B §2.3; Core Specification Supplement 11, part A §1.11).

use crate::pack::{Heard, decode};
use crate::{Problem, Reason};

/// Access address of advertising channels.
pub(crate) const ADVERTISING: u32 = 0x8E89_BED6;
/// Service data of a 16-bit UUID, that of ASTM Remote ID, and the code of its application.
const SERVICE_DATA: u8 = 0x16;
const UUID: [u8; 2] = [0xFA, 0xFF];
const APPLICATION: u8 = 0x0D;
/// Advertising PDUs with an address and data: undirected of three kinds, and a scan's response.
const LEGACY: [u8; 4] = [0, 2, 4, 6];
const EXTENDED: u8 = 7;

/// Remote ID in an advertisement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Advertisement {
    /// The sender's address as it is written, which may be random and change.
    pub address: Option<[u8; 6]>,
    /// Counter of messages, which tells repetitions.
    pub counter: Option<u8>,
    /// What it says.
    pub heard: Heard,
}

/// Remote ID in advertising data: structures of length, type and octets. `None` if there is none.
#[must_use]
pub fn advertising_data(octets: &[u8]) -> Option<(u8, Heard)> {
    let mut at = 0;
    // each step is at least one octet
    while let Some((&length, rest)) = octets.get(at..).and_then(<[u8]>::split_first) {
        let length = usize::from(length);
        if length == 0 {
            // early termination: the rest is padding
            return None;
        }
        let (structure, short) = match rest.get(..length) {
            Some(structure) => (structure, None),
            None => (
                rest,
                Some(Problem::new(
                    at,
                    Reason::Length {
                        says: length,
                        left: rest.len(),
                    },
                )),
            ),
        };
        if let [SERVICE_DATA, a, b, APPLICATION, counter, message @ ..] = structure
            && [*a, *b] == UUID
        {
            let mut heard = decode(message);
            for problem in &mut heard.problems {
                *problem = problem.after(at + 6);
            }
            heard.problems.extend(short);
            return Some((*counter, heard));
        }
        at += 1 + length;
    }
    None
}

/// Remote ID in an advertising PDU, from its header, without the check sum. `None` if it is
/// another's.
#[must_use]
pub fn advertisement(pdu: &[u8]) -> Option<Advertisement> {
    let &[first, length, ref payload @ ..] = pdu else {
        return None;
    };
    let payload = payload.get(..usize::from(length)).unwrap_or(payload);
    let kind = first & 15;
    let (address, data, before) = if LEGACY.contains(&kind) {
        let (address, data) = payload.split_first_chunk::<6>()?;
        (Some(*address), data, 8)
    } else if kind == EXTENDED {
        let (&head, rest) = payload.split_first()?;
        let header = rest.get(..usize::from(head & 63))?;
        let data = rest.get(header.len()..)?;
        let address = match header {
            [flags, fields @ ..] if flags & 1 != 0 => fields.first_chunk::<6>().copied(),
            _ => None,
        };
        (address, data, 3 + header.len())
    } else {
        return None;
    };
    let (counter, mut heard) = advertising_data(data)?;
    for problem in &mut heard.problems {
        *problem = problem.after(before);
    }
    Some(Advertisement {
        // least significant octet first by radio
        address: address.map(|mut a| {
            a.reverse();
            a
        }),
        counter: Some(counter),
        heard,
    })
}

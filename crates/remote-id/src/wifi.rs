//! Wi-Fi: beacons with a vendor's element (IEEE 802.11-2020 §9.4.2.25) and service discovery frames
//! of Wi-Fi Aware (Wi-Fi Alliance, Neighbor Awareness Networking 3.2, §9.5).

use crate::bluetooth::Advertisement;
use crate::pack::{Heard, decode};
use crate::{Problem, Reason};

const HEADER_OCTETS: usize = 24;
/// Frame control of management frames: beacon, probe response, action.
const BEACON: u8 = 0x80;
const PROBE_RESPONSE: u8 = 0x50;
const ACTION: u8 = 0xD0;
/// Timestamp, interval and capabilities before a beacon's elements.
const BEACON_FIXED: usize = 12;
const VENDOR: u8 = 221;
/// ASD-STAN's identifier and its type of Remote ID.
const REMOTE_ID: [u8; 4] = [0xFA, 0x0B, 0xBC, 0x0D];
/// Public action, vendor specific, Wi-Fi Alliance, NAN service discovery.
const SERVICE_DISCOVERY: [u8; 6] = [0x04, 0x09, 0x50, 0x6F, 0x9A, 0x13];
const SERVICE_DESCRIPTOR: u8 = 0x03;
/// First octets of SHA-256 of `org.opendroneid.remoteid`.
const SERVICE: [u8; 6] = [0x88, 0x69, 0x19, 0x9D, 0x92, 0x09];
/// Bits of a descriptor's control.
const MATCHING: u8 = 1 << 2;
const RESPONSE: u8 = 1 << 3;
const INFO: u8 = 1 << 4;
const BINDING: u8 = 1 << 6;

/// Remote ID in an 802.11 frame, from its frame control. `None` if it is another's.
#[must_use]
pub fn frame(octets: &[u8]) -> Option<Advertisement> {
    let address = octets.get(10..16)?.try_into().ok()?;
    // a high-throughput control field follows where the order bit is set
    let extra = if octets.get(1)? & 0x80 != 0 { 4 } else { 0 };
    let start = HEADER_OCTETS + extra;
    let body = octets.get(start..)?;
    let (counter, heard) = match octets.first()? {
        &BEACON | &PROBE_RESPONSE => elements(body.get(BEACON_FIXED..)?, start + BEACON_FIXED)?,
        &ACTION => discovery(
            body.strip_prefix(&SERVICE_DISCOVERY)?,
            start + SERVICE_DISCOVERY.len(),
        )?,
        _ => return None,
    };
    Some(Advertisement {
        address: Some(address),
        counter,
        heard,
    })
}

/// Counter and messages, which begin `offset` octets into what was given.
fn counted(octets: &[u8], offset: usize) -> (Option<u8>, Heard) {
    let Some((&counter, message)) = octets.split_first() else {
        let reason = Reason::Truncated { have: 0, need: 1 };
        let heard = Heard {
            messages: Vec::new(),
            problems: vec![Problem::new(offset, reason)],
        };
        return (None, heard);
    };
    let mut heard = decode(message);
    for problem in &mut heard.problems {
        *problem = problem.after(offset + 1);
    }
    (Some(counter), heard)
}

/// What a length field says, held to what there is.
fn held(octets: &[u8], says: usize, at: usize) -> (&[u8], Option<Problem>) {
    match octets.get(..says) {
        Some(part) => (part, None),
        None => {
            let left = octets.len();
            (
                octets,
                Some(Problem::new(at, Reason::Length { says, left })),
            )
        }
    }
}

fn elements(octets: &[u8], offset: usize) -> Option<(Option<u8>, Heard)> {
    let mut at = 0;
    while let Some(&[kind, length]) = octets.get(at..at + 2) {
        let body = octets.get(at + 2..)?;
        let (element, short) = held(body, usize::from(length), offset + at);
        if kind == VENDOR
            && let Some(message) = element.strip_prefix(&REMOTE_ID)
        {
            let (counter, mut heard) = counted(message, offset + at + 2 + REMOTE_ID.len());
            heard.problems.extend(short);
            return Some((counter, heard));
        }
        at += 2 + usize::from(length);
    }
    None
}

fn discovery(octets: &[u8], offset: usize) -> Option<(Option<u8>, Heard)> {
    let mut at = 0;
    while let Some(&[kind, low, high]) = octets.get(at..at + 3) {
        let length = usize::from(u16::from_le_bytes([low, high]));
        let body = octets.get(at + 3..)?;
        let (attribute, short) = held(body, length, offset + at);
        if kind == SERVICE_DESCRIPTOR
            && let Some(found) = descriptor(attribute, offset + at + 3)
        {
            let (counter, mut heard) = found;
            heard.problems.extend(short);
            return Some((counter, heard));
        }
        at += 3 + length;
    }
    None
}

fn descriptor(octets: &[u8], offset: usize) -> Option<(Option<u8>, Heard)> {
    let rest = octets.strip_prefix(&SERVICE)?;
    let &[_, _, control, ..] = rest else {
        return None;
    };
    let mut at = SERVICE.len() + 3;
    if control & BINDING != 0 {
        at += 2;
    }
    for filter in [MATCHING, RESPONSE] {
        if control & filter != 0 {
            at += 1 + usize::from(*octets.get(at)?);
        }
    }
    if control & INFO == 0 {
        return None;
    }
    let says = usize::from(*octets.get(at)?);
    let (info, short) = held(octets.get(at + 1..)?, says, offset + at);
    let (counter, mut heard) = counted(info, offset + at + 1);
    heard.problems.extend(short);
    Some((counter, heard))
}

//! What captures put before a frame: radiotap, and the headers of Bluetooth sniffers
//! (link types of tcpdump.org, LINKTYPE_…).

use crate::bluetooth::{ADVERTISING, Advertisement, advertisement};
use crate::{Problem, Reason, wifi};

/// Frames of 802.11 without a header.
pub const IEEE802_11: u16 = 105;
/// Frames of 802.11 after a radiotap header.
pub const IEEE802_11_RADIOTAP: u16 = 127;
/// Packets of the Bluetooth Low Energy link layer.
pub const BLUETOOTH_LE_LL: u16 = 251;
/// The same after a header with channel and signal.
pub const BLUETOOTH_LE_LL_WITH_PHDR: u16 = 256;
/// The same as nRF Sniffer writes them.
pub const NORDIC_BLE: u16 = 272;

/// Whether frames of this link type are read.
#[must_use]
pub const fn is_known(link: u16) -> bool {
    matches!(
        link,
        IEEE802_11 | IEEE802_11_RADIOTAP | BLUETOOTH_LE_LL | BLUETOOTH_LE_LL_WITH_PHDR | NORDIC_BLE
    )
}

/// Remote ID in a captured frame; `None` if it carries something else.
///
/// # Errors
/// The capture's own header of the frame does not fit, or says that the frame is damaged.
pub fn frame(link: u16, octets: &[u8]) -> Result<Option<Advertisement>, Problem> {
    let header = Problem::new(0, Reason::Header);
    let (skipped, found) = match link {
        IEEE802_11 => (0, wifi::frame(octets)),
        IEEE802_11_RADIOTAP => {
            let &[_, _, low, high, ..] = octets else {
                return Err(header);
            };
            let length = usize::from(u16::from_le_bytes([low, high]));
            (length, wifi::frame(octets.get(length..).ok_or(header)?))
        }
        BLUETOOTH_LE_LL => (0, packet(octets, false)),
        BLUETOOTH_LE_LL_WITH_PHDR => {
            let &[_, _, _, _, _, _, _, _, low, high, ref rest @ ..] = octets else {
                return Err(header);
            };
            // the PHY in the two highest bits: 2 is coded
            let flags = u16::from_le_bytes([low, high]);
            (10, packet(rest, flags >> 14 == 2))
        }
        NORDIC_BLE => {
            // board, length, version, counter, type; then its own length, flags, …
            let Some(&[length, flags]) = octets.get(7..9) else {
                return Err(header);
            };
            let start = 7 + usize::from(length);
            if flags & 1 == 0 {
                return Err(Problem::new(8, Reason::Damaged));
            }
            let rest = octets.get(start..).ok_or(header)?;
            (start, packet(rest, flags >> 4 & 7 == 2))
        }
        _ => return Err(header),
    };
    Ok(found.map(|mut found| {
        for problem in &mut found.heard.problems {
            *problem = problem.after(skipped);
        }
        found
    }))
}

/// A packet of the link layer: access address, on a coded PHY which coding, PDU, check sum.
fn packet(octets: &[u8], coded: bool) -> Option<Advertisement> {
    let (address, rest) = octets.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*address) != ADVERTISING {
        return None;
    }
    let skipped = usize::from(coded);
    let mut found = advertisement(rest.get(skipped..)?)?;
    for problem in &mut found.heard.problems {
        *problem = problem.after(4 + skipped);
    }
    Some(found)
}

//! UDP payloads out of libpcap and pcapng captures.

use crate::capture::{Capture, CaptureError, CaptureFormat, Frame, Wire};
use crate::wrapped::with_length_and_time;
use etherparse::{SlicedPacket, TransportSlice};
use lapwing_model::{NANOS_PER_S, Timestamp};
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};
use std::borrow::Cow;

/// Which of the two, from the first four bytes.
pub(crate) fn recognise(bytes: &[u8]) -> Option<CaptureFormat> {
    match bytes.first_chunk::<4>()? {
        [0xA1, 0xB2, 0xC3, 0xD4]
        | [0xD4, 0xC3, 0xB2, 0xA1]
        | [0xA1, 0xB2, 0x3C, 0x4D]
        | [0x4D, 0x3C, 0xB2, 0xA1] => Some(CaptureFormat::Pcap),
        [0x0A, 0x0D, 0x0D, 0x0A] => Some(CaptureFormat::PcapNg),
        _ => None,
    }
}

struct Interface {
    link: Linktype,
    /// Ticks a second, and seconds to add.
    resolution: u64,
    offset_s: i64,
}

/// Takes a capture apart; damage ends it, and says so.
pub(crate) fn parse(bytes: &[u8], format: CaptureFormat) -> Capture<'_> {
    let mut out = Out {
        frames: Vec::new(),
        radio: None,
        errors: Vec::new(),
    };
    let mut interfaces: Vec<Interface> = Vec::new();
    let mut nanoseconds = false;
    // 1 MiB holds the largest block any tool writes; a larger one is an error below
    let mut offset = 0;
    let mut reader = match create_reader(1 << 20, bytes) {
        Ok(reader) => reader,
        Err(error) => {
            out.fail(
                0,
                format!("the header cannot be read ({error:?}); capture again"),
            );
            return out.capture(format);
        }
    };
    loop {
        match reader.next() {
            Ok((length, block)) => {
                match block {
                    PcapBlockOwned::LegacyHeader(header) => {
                        nanoseconds = header.is_nanosecond_precision();
                        interfaces.push(Interface {
                            link: header.network,
                            resolution: 0,
                            offset_s: 0,
                        });
                    }
                    PcapBlockOwned::Legacy(packet) => {
                        let fraction =
                            i64::from(packet.ts_usec) * if nanoseconds { 1 } else { 1000 };
                        let time = i64::from(packet.ts_sec) * NANOS_PER_S + fraction;
                        let link = interfaces.first().map_or(Linktype::ETHERNET, |i| i.link);
                        out.packet(offset, link, Some(Timestamp(time)), packet.data);
                    }
                    PcapBlockOwned::NG(Block::SectionHeader(_)) => interfaces.clear(),
                    PcapBlockOwned::NG(Block::InterfaceDescription(idb)) => {
                        interfaces.push(Interface {
                            link: idb.linktype,
                            resolution: idb.ts_resolution().unwrap_or(1_000_000),
                            offset_s: idb.ts_offset(),
                        });
                    }
                    PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                        let interface = usize::try_from(packet.if_id)
                            .ok()
                            .and_then(|i| interfaces.get(i));
                        match interface {
                            Some(interface) => {
                                let (s, fraction) =
                                    packet.decode_ts(0, interface.resolution.max(1));
                                let ns = u128::from(fraction) * 1_000_000_000
                                    / u128::from(interface.resolution.max(1));
                                let time = i64::from(s)
                                    .saturating_add(interface.offset_s)
                                    .saturating_mul(NANOS_PER_S)
                                    .saturating_add(i64::try_from(ns).unwrap_or(0));
                                out.packet(
                                    offset,
                                    interface.link,
                                    Some(Timestamp(time)),
                                    packet.packet_data(),
                                );
                            }
                            None => out.fail(
                                offset,
                                format!(
                                    "packet of interface {}, which is not described",
                                    packet.if_id
                                ),
                            ),
                        }
                    }
                    PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                        let link = interfaces.first().map_or(Linktype::ETHERNET, |i| i.link);
                        out.packet(offset, link, None, packet.data);
                    }
                    PcapBlockOwned::NG(_) => {}
                }
                offset += length;
                reader.consume(length);
            }
            Err(PcapError::Eof) => break,
            Err(PcapError::Incomplete(_)) => {
                if reader.reader_exhausted() || reader.refill().is_err() {
                    out.fail(
                        offset,
                        "the capture ends inside a packet; what came before it is kept".into(),
                    );
                    break;
                }
            }
            Err(error) => {
                out.fail(
                    offset,
                    format!("not a capture block ({error:?}); the rest is not read"),
                );
                break;
            }
        }
    }
    out.capture(format)
}

struct Out {
    frames: Vec<Frame<'static>>,
    /// Whether they are of 802.11 or Bluetooth, once one is there.
    radio: Option<bool>,
    errors: Vec<CaptureError>,
}

impl Out {
    fn fail(&mut self, offset: usize, reason: String) {
        self.errors.push(CaptureError { offset, reason });
    }

    fn packet(&mut self, offset: usize, link: Linktype, time: Option<Timestamp>, data: &[u8]) {
        let radio = u16::try_from(link.0)
            .ok()
            .filter(|link| lapwing_remote_id::link::is_known(*link));
        if *self.radio.get_or_insert(radio.is_some()) != radio.is_some() {
            return self.fail(
                offset,
                format!("link type {} does not go with those before: radio and network captures are read apart", link.0),
            );
        }
        if let Some(link) = radio {
            return self.frames.push(Frame {
                received: time,
                bytes: Cow::Owned([&link.to_le_bytes()[..], data].concat()),
            });
        }
        let sliced = match link {
            Linktype::ETHERNET => SlicedPacket::from_ethernet(data),
            Linktype::LINUX_SLL => SlicedPacket::from_linux_sll(data),
            Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 => SlicedPacket::from_ip(data),
            // a 4-byte address family in the byte order of the capturing machine, then IP
            Linktype::NULL | Linktype::LOOP => {
                SlicedPacket::from_ip(data.get(4..).unwrap_or_default())
            }
            other => {
                return self.fail(
                    offset,
                    format!(
                        "link type {} carries no UDP that Lapwing reads; capture Ethernet, Linux cooked or raw IP, or 802.11 or Bluetooth LE for Remote ID",
                        other.0
                    ),
                );
            }
        };
        match sliced {
            // other traffic in the capture is not an error
            Ok(packet) => {
                if let Some(TransportSlice::Udp(udp)) = packet.transport {
                    let payload = udp.payload();
                    let bytes = with_length_and_time(payload).unwrap_or_else(|| payload.to_vec());
                    self.frames.push(Frame {
                        received: time,
                        bytes: Cow::Owned(bytes),
                    });
                }
            }
            Err(error) => self.fail(offset, format!("packet cannot be read: {error}")),
        }
    }

    fn capture(self, format: CaptureFormat) -> Capture<'static> {
        let wire = match self.frames.iter().find(|f| !f.bytes.is_empty()) {
            Some(_) if self.radio == Some(true) => Wire::RemoteId,
            Some(f) if f.bytes.first() == Some(&b'{') => Wire::ReportJson,
            Some(f) if lapwing_modes::beast::looks_like_beast(&f.bytes) => Wire::Beast,
            _ => Wire::Asterix,
        };
        Capture {
            format,
            wire,
            dated: self.frames.iter().any(|f| f.received.is_some()),
            frames: self.frames,
            errors: self.errors,
        }
    }
}

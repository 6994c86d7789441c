//! Datagrams of the recordings that lie beside the repository, by whatever wraps them there.
#![allow(dead_code, reason = "each test program uses a part")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of recordings, or `None` with a loud word on standard error.
pub(crate) fn data() -> Option<PathBuf> {
    let folder = match std::env::var_os("LAPWING_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    }
    .join("asterix");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "SKIPPED: no recordings at {} (set LAPWING_DATA)",
        folder.display()
    );
    None
}

/// All recordings' datagrams by file name.
pub(crate) fn captures(folder: &Path) -> Vec<(String, Vec<Vec<u8>>)> {
    let mut paths: Vec<_> = [folder.to_owned(), folder.join("libasterix")]
        .iter()
        .flat_map(|f| fs::read_dir(f).unwrap().map(|e| e.unwrap().path()))
        .filter(|p| p.is_file())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|p| {
            (
                p.file_name().unwrap().to_str().unwrap().to_owned(),
                datagrams(p),
            )
        })
        .collect()
}

/// The datagrams of one file.
pub(crate) fn datagrams(path: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(path).unwrap();
    match path.extension().and_then(|e| e.to_str()).unwrap() {
        "ff" => final_format(&bytes),
        "pcap" if path.ends_with("cat_001_002.pcap") => {
            pcap(&bytes).iter().flat_map(|d| oradis(d)).collect()
        }
        "pcap" => pcap(&bytes),
        "pcapng" => pcapng(&bytes),
        "gps" => gps(&bytes),
        _ => vec![bytes],
    }
}

fn final_format(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    while bytes.len() > 12 {
        let len = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
        assert_eq!(bytes[len - 4..len], [0xA5; 4]);
        out.push(bytes[8..len - 4].to_vec());
        bytes = &bytes[len..];
    }
    out
}

fn pcap(bytes: &[u8]) -> Vec<Vec<u8>> {
    let little = bytes[0] == 0xD4 || bytes[0] == 0x4D;
    let (mut at, mut out) = (24, Vec::new());
    while at + 16 <= bytes.len() {
        let len = word(bytes, at + 8, little);
        out.extend(udp(&bytes[at + 16..at + 16 + len]));
        at += 16 + len;
    }
    out
}

fn pcapng(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut at, mut out) = (0, Vec::new());
    while at + 12 <= bytes.len() {
        let (kind, len) = (word(bytes, at, true), word(bytes, at + 4, true));
        if kind == 6 {
            let captured = word(bytes, at + 20, true);
            out.extend(udp(&bytes[at + 28..at + 28 + captured]));
        }
        at += len;
    }
    out
}

fn word(bytes: &[u8], at: usize, little: bool) -> usize {
    let octets = bytes[at..at + 4].try_into().unwrap();
    (if little {
        u32::from_le_bytes(octets)
    } else {
        u32::from_be_bytes(octets)
    }) as usize
}

/// The payload of a UDP datagram over IPv4 over Ethernet.
fn udp(frame: &[u8]) -> Option<Vec<u8>> {
    let ip = frame.strip_prefix(&frame[..12])?.strip_prefix(&[8, 0])?;
    let header = usize::from(ip[0] & 15) * 4;
    (ip[9] == 17).then(|| {
        let len = usize::from(u16::from_be_bytes([ip[header + 4], ip[header + 5]]));
        ip[header + 8..header + len].to_vec()
    })
}

/// Pairs of a 6-octet header (length counting itself, time) and a data block.
fn oradis(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    while bytes.len() > 6 {
        let len = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
        out.push(bytes[6..len].to_vec());
        bytes = &bytes[len..];
    }
    out
}

/// 2,200 octets of header, then data blocks that the recorder each closed with 10 octets of its own.
fn gps(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut at, mut out) = (2200, Vec::new());
    while let Some(&[_, high, low]) = bytes.get(at..at + 3) {
        let len = usize::from(u16::from_be_bytes([high, low]));
        out.push(bytes[at..at + len].to_vec());
        at += len + 10;
    }
    out
}

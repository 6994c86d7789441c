//! Every record of every recording: read without fault, and written back to the same bytes.
mod common;

use lapwing_asterix::*;
use std::collections::BTreeMap;

#[test]
fn every_capture() {
    let Some(folder) = common::data() else { return };
    let editions = Editions::newest();
    for (name, datagrams) in common::captures(&folder) {
        let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
        let mut errors = Vec::new();
        for (frame, datagram) in datagrams.iter().enumerate() {
            let decoded = decode_datagram(datagram, &editions);
            for e in decoded.errors() { errors.push(format!("frame {frame} {e}")); }
            for record in decoded.records() {
                *counts.entry(record.category()).or_default() += 1;
                if record.is_complete() {
                    let bytes = RecordTree::from(record).encode().unwrap();
                    assert_eq!(bytes, record.raw(), "{name}");
                }
            }
        }
        eprintln!("{name} {} {counts:?} {} {:?}", datagrams.len(), errors.len(), &errors[..errors.len().min(5)]);
    }
}
#[test]
fn show() {
    let Some(folder) = common::data() else { return };
    for (name, datagrams) in common::captures(&folder) {
        for d in datagrams.iter().take(2) {
            let decoded = decode_datagram(d, &Editions::newest());
            for record in decoded.records().take(2) {
                let mut out = Vec::new();
                record_to_json(&record, Values::Scaled, &mut out);
                eprintln!("{name} {} {}", record.category(), String::from_utf8(out).unwrap());
            }
        }
    }
}

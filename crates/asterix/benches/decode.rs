//! How fast the half hour of system tracks is read: `cargo bench -p lapwing-asterix`.
//!
//! Counts records, so that divan prints records a second. Without the recording it says so and stops.

use divan::{Bencher, black_box, counter::ItemsCount};
use lapwing_asterix::{
    Buffer, Editions, Item, RecordTree, Value, Values, blocks, decode_datagram, decode_with,
    record_to_json, records,
    typed::{self, cat062, cat063, cat065},
};
use std::path::Path;

fn main() {
    if load().is_empty() {
        eprintln!("SKIPPED: no recording (set LAPWING_DATA)");
        return;
    }
    divan::main();
}

fn load() -> Vec<Vec<u8>> {
    let folder = std::env::var_os("LAPWING_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        Into::into,
    );
    let bytes =
        std::fs::read(folder.join("asterix/atc_cat062_063_065_30min.ff")).unwrap_or_default();
    let mut rest = &bytes[..];
    let mut out = Vec::new();
    while let Some(&[high, low]) = rest.first_chunk::<2>() {
        let len = usize::from(u16::from_be_bytes([high, low]));
        out.push(rest[8..len - 4].to_vec());
        rest = &rest[len..];
    }
    out
}

fn count(datagrams: &[Vec<u8>]) -> ItemsCount {
    let editions = Editions::newest();
    ItemsCount::new(
        datagrams
            .iter()
            .map(|d| decode_datagram(d, &editions).records().len())
            .sum::<usize>(),
    )
}

/// Every element's scaled value, folded into one number so that none can be skipped.
#[inline(always)]
fn fold(sum: f64, item: &Item<'_>) -> f64 {
    match item.value() {
        Some(Value::Text(text)) => sum + text.len() as f64,
        Some(Value::Bytes(bytes)) => sum + bytes.len() as f64,
        Some(Value::Quantity(value)) => sum + value,
        Some(Value::Unsigned(value)) => sum + value as i64 as f64,
        Some(value) => sum + value.number().unwrap_or(0.0),
        None => fold_all(sum, item.children()),
    }
}

#[inline(never)]
fn fold_all<'a>(sum: f64, items: impl Iterator<Item = Item<'a>>) -> f64 {
    items.fold(sum, |sum, item| fold(sum, &item))
}

/// All items, all values.
#[divan::bench]
fn all_items(bencher: Bencher) {
    let datagrams = load();
    let editions = Editions::newest();
    bencher.counter(count(&datagrams)).bench_local(|| {
        let (mut buffer, mut sum) = (Buffer::default(), 0.0);
        for datagram in &datagrams {
            let decoded = decode_with(datagram, &editions, buffer);
            for record in decoded.records() {
                sum = fold_all(sum, record.items());
            }
            buffer = decoded.into_buffer();
        }
        sum
    });
}

/// Boundaries of all records and items, checked to the last length.
#[divan::bench]
fn structure(bencher: Bencher) {
    let datagrams = load();
    let editions = Editions::newest();
    bencher.counter(count(&datagrams)).bench_local(|| {
        let mut buffer = Buffer::default();
        for datagram in &datagrams {
            let decoded = decode_with(datagram, &editions, buffer);
            black_box(decoded.records().len());
            buffer = decoded.into_buffer();
        }
    });
}

/// The typed views of all three categories.
#[divan::bench]
fn typed_views(bencher: Bencher) {
    let datagrams = load();
    bencher.counter(count(&datagrams)).bench_local(|| {
        for datagram in &datagrams {
            for block in blocks(datagram).flatten() {
                match block.category {
                    62 => typed::views::<cat062::View>(block).for_each(|v| drop(black_box(v))),
                    63 => typed::views::<cat063::View>(block).for_each(|v| drop(black_box(v))),
                    65 => typed::views::<cat065::View>(block).for_each(|v| drop(black_box(v))),
                    _ => {}
                }
            }
        }
    });
}

/// Raw record slices.
#[divan::bench]
fn raw_records(bencher: Bencher) {
    let datagrams = load();
    let editions = Editions::newest();
    bencher.counter(count(&datagrams)).bench_local(|| {
        for datagram in &datagrams {
            for block in blocks(datagram).flatten() {
                if let Some(edition) = editions.edition(block.category) {
                    records(block, edition).for_each(|r| drop(black_box(r)));
                }
            }
        }
    });
}

/// All items as JSON.
#[divan::bench(args = [Values::Scaled, Values::Raw, Values::Full])]
fn json(bencher: Bencher, values: Values) {
    let datagrams = load();
    let editions = Editions::newest();
    bencher.counter(count(&datagrams)).bench_local(|| {
        let (mut buffer, mut out) = (Buffer::default(), Vec::new());
        for datagram in &datagrams {
            let decoded = decode_with(datagram, &editions, buffer);
            for record in decoded.records() {
                out.clear();
                record_to_json(&record, values, &mut out);
                black_box(&out);
            }
            buffer = decoded.into_buffer();
        }
    });
}

/// To owned trees and back to bytes.
#[divan::bench]
fn decode_and_encode(bencher: Bencher) {
    let datagrams = load();
    let editions = Editions::newest();
    bencher.counter(count(&datagrams)).bench_local(|| {
        let mut out = Vec::new();
        for datagram in &datagrams {
            for record in decode_datagram(datagram, &editions).records() {
                out.clear();
                RecordTree::from(record).encode_into(&mut out).ok();
                black_box(&out);
            }
        }
    });
}

//! How fast the recording takes entries: `cargo bench -p lapwing-record`.

use divan::counter::{BytesCount, ItemsCount};
use lapwing_record::{Options, Reader, Writer, verify};

const ENTRIES: u64 = 200_000;
const PAYLOAD_BYTES: usize = 100;

fn main() {
    divan::main();
}

fn write(dir: &std::path::Path, sync_every: u64) {
    let mut writer = Writer::create(dir, &Options::default()).expect("creates");
    let payload = [0x5A; PAYLOAD_BYTES];
    for seq in 0..ENTRIES {
        writer.append(1, seq as i64, &payload).expect("appends");
        if seq % sync_every == sync_every - 1 {
            writer.sync().expect("syncs");
        }
    }
    writer.close().expect("closes");
}

#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 5, sample_size = 1)]
fn append_with_a_sync_every(bencher: divan::Bencher, sync_every: u64) {
    bencher
        .counter(ItemsCount::new(ENTRIES))
        .counter(BytesCount::new(ENTRIES * PAYLOAD_BYTES as u64))
        .with_inputs(|| {
            tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("temporary directory")
        })
        .bench_refs(|home| write(home.path(), sync_every));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn read_back(bencher: divan::Bencher) {
    let home = tempfile::tempdir().expect("temporary directory");
    write(home.path(), 10_000);
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| {
        let mut reader = Reader::open(home.path()).expect("opens");
        let mut count = 0_u64;
        while reader.next_entry().expect("is sound").is_some() {
            count += 1;
        }
        assert_eq!(count, ENTRIES);
    });
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn verify_all(bencher: divan::Bencher) {
    let home = tempfile::tempdir().expect("temporary directory");
    write(home.path(), 10_000);
    bencher
        .counter(ItemsCount::new(ENTRIES))
        .bench(|| assert!(verify(home.path()).expect("reads").is_sound()));
}

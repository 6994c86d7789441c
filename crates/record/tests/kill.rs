//! `kill -9` at any moment, a hundred times over the same recording: what was acknowledged is
//! there.
//!
//! The writer is this test binary run again, told apart by an environment variable.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use lapwing_record::{Options, Reader, Writer, verify};

const CHILD: &str = "LAPWING_RECORD_KILL_CHILD";
const KILLS: u64 = 100;

/// Content that its number alone decides, of 0 to 699 bytes.
fn payload(seq: u64) -> Vec<u8> {
    let len = seq.wrapping_mul(2_654_435_761) % 700;
    (0..len).map(|i| (seq + i * 13) as u8).collect()
}

fn options() -> Options {
    Options {
        segment_bytes: 200_000,
        unsynced_bytes: 30_000,
        ..Options::default()
    }
}

/// Appends for ever, and says after each sync which number is safe.
fn write_until_killed(dir: &Path) -> ! {
    let opened = if dir.exists() {
        Writer::open(dir, &options()).map(|(writer, _)| writer)
    } else {
        Writer::create(dir, &options())
    };
    let mut writer = opened.expect("the recording opens after a kill");
    let mut out = std::io::stdout().lock();
    loop {
        let seq = writer.next_seq();
        writer
            .append(seq as u16, seq as i64, &payload(seq))
            .expect("appends");
        if seq.is_multiple_of(17) {
            let safe = writer.sync().expect("syncs").expect("has entries");
            writeln!(out, "safe {safe}").expect("the parent listens");
            out.flush().expect("the parent listens");
        }
    }
}

#[test]
fn what_was_acknowledged_survives_a_hundred_kills() {
    if let Some(dir) = std::env::var_os(CHILD) {
        write_until_killed(Path::new(&dir));
    }
    let home = tempfile::tempdir().expect("temporary directory");
    let dir = home.path().join("killed.lapwing");
    let mut seed = 20_261_122_u64;
    let (mut safe, mut cuts, mut unsealed) = (None, 0, 0);
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().expect("has a path"))
            .args([
                "--exact",
                "what_was_acknowledged_survives_a_hundred_kills",
                "--nocapture",
            ])
            .env(CHILD, &dir)
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let lines = BufReader::new(child.stdout.take().expect("piped"));
        let listener = std::thread::spawn(move || {
            lines
                .lines()
                .map_while(Result::ok)
                .filter_map(|line| line.strip_prefix("safe ")?.parse::<u64>().ok())
                .last()
        });
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // From before it has opened the recording to well into its writing.
        std::thread::sleep(Duration::from_micros(1_000 + (seed >> 33) % 120_000));
        child.kill().expect("is running");
        child.wait().expect("ends");
        safe = listener.join().expect("listens").or(safe);
        if !dir.join("00000000.seg").exists() {
            std::fs::remove_dir_all(&dir).ok();
            assert_eq!(safe, None);
            continue;
        }
        let report = verify(&dir).expect("is readable");
        assert!(report.is_sound(), "kill {kill}: {report:?}");
        assert!(
            report.entries > safe.unwrap_or(0) || safe.is_none(),
            "kill {kill}: {safe:?} was acknowledged, {} entries are there",
            report.entries
        );
        // Reopening is the child's work the next time; every third time it is ours.
        if kill % 3 == 0 {
            let (writer, recovery) = Writer::open(&dir, &options()).expect("opens");
            assert_eq!(writer.next_seq(), report.entries);
            cuts += u64::from(recovery.cut.is_some());
            unsealed += recovery.unsealed_entries;
        }
    }
    let mut count = 0;
    for entry in Reader::open(&dir).expect("opens") {
        let entry = entry.expect("is sound");
        assert_eq!(entry.seq, count);
        assert_eq!((entry.kind, entry.time_ns), (count as u16, count as i64));
        assert!(entry.payload == payload(count), "{count}");
        count += 1;
    }
    let safe = safe.expect("something was acknowledged");
    assert!(count > safe);
    eprintln!(
        "{KILLS} kills: {count} entries, {safe} the last acknowledged, {cuts} tails cut, \
         {unsealed} whole entries kept that were never acknowledged"
    );
}

//! A disk that is really full: a file system of 256 KiB of its own, and a file-size limit.
//!
//! Both run this test binary again in a place where the limit holds.

use std::fs;
use std::path::Path;
use std::process::Command;

use lapwing_record::{Options, Reader, RecordError, Writer, verify};

const CHILD: &str = "LAPWING_RECORD_FULL_CHILD";

/// Appends until the disk refuses; gives how many entries were taken.
fn fill(writer: &mut Writer) -> (u64, RecordError) {
    loop {
        let seq = writer.next_seq();
        let result = writer
            .append(1, seq as i64, &[seq as u8; 1_000])
            .and_then(|_| writer.sync());
        if let Err(error) = result {
            return (writer.next_seq(), error);
        }
        assert!(seq < 10_000, "the disk never filled");
    }
}

fn rerun(test: &str, dir: &Path, script: &str) {
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-e", "-c", script])
        .arg(std::env::current_exe().expect("has a path"))
        .arg(test)
        .env(CHILD, dir)
        .env("DIR", dir)
        .output();
    match output {
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr).into_owned()
                + &String::from_utf8_lossy(&output.stdout);
            if words.contains("unshare:") || words.contains("mount:") {
                eprintln!("SKIPPED: {test}: no mount namespace here: {words}");
                return;
            }
            assert!(output.status.success(), "{words}");
            assert!(words.contains("1 passed"), "{words}");
        }
        Err(error) => eprintln!("SKIPPED: {test}: no `unshare` here: {error}"),
    }
}

#[test]
fn a_full_file_system_is_survived() {
    let test = "a_full_file_system_is_survived";
    let Some(mount) = std::env::var_os(CHILD) else {
        let home = tempfile::tempdir().expect("temporary directory");
        let script =
            "mount -t tmpfs -o size=256k tmpfs \"$DIR\"; exec \"$0\" --exact \"$1\" --nocapture";
        return rerun(test, home.path(), script);
    };
    let mount = Path::new(&mount);
    let ballast = mount.join("ballast");
    fs::write(&ballast, vec![0; 100_000]).expect("fits");
    let dir = mount.join("r.lapwing");
    // Small segments, so that making the next one is refused too.
    for segment_bytes in [20_000, 1_000_000] {
        let options = Options {
            segment_bytes,
            unsynced_bytes: 50_000,
            ..Options::default()
        };
        let mut writer = Writer::create(&dir, &options).expect("fits");
        let (taken, error) = fill(&mut writer);
        assert!(error.is_full(), "{error:?}");
        assert!(error.to_string().contains(".seg"), "{error}");
        let safe = writer.acknowledged().expect("some went in") + 1;
        // While it is full: what is acknowledged can be read, and there is no ragged end.
        let report = verify(&dir).expect("readable");
        assert!(report.is_sound());
        assert_eq!((report.entries, report.torn_tail), (safe, None));
        fs::remove_file(&ballast).expect("removes");
        assert_eq!(writer.sync().expect("there is room again"), Some(taken - 1));
        let more = writer.append(1, 0, b"on we go").expect("takes");
        assert_eq!(more, taken);
        writer.close().expect("closes");
        let entries: Vec<_> = Reader::open(&dir)
            .expect("opens")
            .map(|entry| entry.expect("is sound"))
            .collect();
        assert_eq!(entries.len() as u64, taken + 1);
        for entry in &entries[..taken as usize] {
            assert_eq!(entry.payload, [entry.seq as u8; 1_000]);
        }
        fs::remove_dir_all(&dir).expect("removes");
        fs::write(&ballast, vec![0; 100_000]).expect("fits");
    }
}

#[test]
fn a_file_size_limit_is_an_error_not_a_death() {
    let test = "a_file_size_limit_is_an_error_not_a_death";
    let Some(dir) = std::env::var_os(CHILD) else {
        let home = tempfile::tempdir().expect("temporary directory");
        // The signal that comes with the limit would end the process; a service ignores it.
        let script = "trap '' XFSZ; ulimit -f 40; exec \"$0\" --exact \"$1\" --nocapture";
        return rerun(test, home.path(), script);
    };
    let options = Options::default();
    let mut writer = Writer::create(&dir, &options).expect("fits");
    let (_, error) = fill(&mut writer);
    assert!(error.is_full(), "{error:?}");
    let safe = writer.acknowledged().expect("some went in") + 1;
    let (_, again) = fill(&mut writer);
    assert!(again.is_full(), "{again:?}");
    drop(writer);
    let report = verify(&dir).expect("readable");
    assert_eq!((report.entries, report.torn_tail), (safe, None));
}

//! The real writer on a disk that fails, forgets and loses power, at random but from a seed.
//!
//! The model of a disk: a write may stop half-way; a failed sync forgets any of the sectors it
//! should have kept, and says so only once; at a loss of power any subset of the sectors written
//! since the last good sync is there, the rest as it was or zero; a new file whose directory was
//! not synced may be gone.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::storage::{Disk, SegmentFile};
use crate::{Options, Reader, RecordError, Writer, verify};

const SECTOR_BYTES: usize = 64;

struct Random(u64);

impl Random {
    /// SplitMix64 (Steele, Lea and Flood 2014).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

#[derive(Clone, Default)]
struct Contents {
    now: Vec<u8>,
    synced: Vec<u8>,
    named: bool,
}

struct State {
    random: Random,
    /// One operation in this many fails; 0: none.
    fault_rate: u64,
    files: BTreeMap<PathBuf, Contents>,
    faults: u64,
}

impl State {
    fn fails(&mut self) -> bool {
        let fails = self.fault_rate != 0 && self.random.one_in(self.fault_rate);
        self.faults += u64::from(fails);
        fails
    }

    fn store(&self, path: &Path) {
        fs::write(path, &self.files[path].now).expect("test directory is writable");
    }
}

#[derive(Clone)]
struct FaultyDisk(Arc<Mutex<State>>);

struct FaultyFile {
    path: PathBuf,
    state: Arc<Mutex<State>>,
}

impl FaultyDisk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0
            .lock()
            .expect("no test thread panics while holding it")
    }

    fn lose_power(&self) {
        let mut state = self.state();
        let State { random, files, .. } = &mut *state;
        files.retain(|path, file| {
            if !file.named && random.one_in(2) {
                fs::remove_file(path).expect("it was made");
                return false;
            }
            file.now = half_kept(random, file);
            file.synced = file.now.clone();
            file.named = true;
            true
        });
        for path in state.files.keys() {
            state.store(path);
        }
    }
}

fn half_kept(random: &mut Random, file: &Contents) -> Vec<u8> {
    let mut kept = file.synced.clone();
    if random.one_in(2) {
        kept.resize(file.now.len(), 0);
    }
    for start in (0..kept.len()).step_by(SECTOR_BYTES) {
        let end = kept.len().min(start + SECTOR_BYTES);
        if let Some(new) = file.now.get(start..end).filter(|_| random.one_in(2)) {
            kept[start..end].copy_from_slice(new);
        }
    }
    kept
}

impl Disk for FaultyDisk {
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        let mut state = self.state();
        if state.fails() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.files.insert(path.to_path_buf(), Contents::default());
        state.store(path);
        drop(state);
        self.open(path)
    }

    fn open(&mut self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        Ok(Box::new(FaultyFile {
            path: path.to_path_buf(),
            state: Arc::clone(&self.0),
        }))
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        if state.fails() {
            return Err(io::Error::other("remove refused"));
        }
        state.files.remove(path);
        fs::remove_file(path)
    }

    fn sync_dir(&mut self, _: &Path) -> io::Result<()> {
        let mut state = self.state();
        if state.fails() {
            return Err(io::Error::other("directory sync refused"));
        }
        for file in state.files.values_mut() {
            file.named = true;
        }
        Ok(())
    }
}

impl SegmentFile for FaultyFile {
    fn write_all_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock().expect("not poisoned");
        let fails = state.fails();
        let taken = if fails {
            state.random.below(bytes.len() as u64 + 1) as usize
        } else {
            bytes.len()
        };
        let file = state.files.get_mut(&self.path).expect("made before");
        let end = offset as usize + taken;
        file.now.resize(file.now.len().max(end), 0);
        file.now[offset as usize..end].copy_from_slice(&bytes[..taken]);
        state.store(&self.path);
        if fails {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.state.lock().expect("not poisoned");
        let fails = state.fails();
        let State { random, files, .. } = &mut *state;
        let file = files.get_mut(&self.path).expect("made before");
        if fails {
            file.now = half_kept(random, file);
        }
        file.synced = file.now.clone();
        state.store(&self.path);
        if fails {
            return Err(io::Error::other("sync refused"));
        }
        Ok(())
    }

    fn cut(&mut self, len_bytes: u64) -> io::Result<()> {
        let mut state = self.state.lock().expect("not poisoned");
        if state.fails() {
            return Err(io::Error::other("cut refused"));
        }
        let file = state.files.get_mut(&self.path).expect("made before");
        file.now.resize(len_bytes as usize, 0);
        state.store(&self.path);
        Ok(())
    }
}

type Row = (i64, u16, Vec<u8>);

fn rows(dir: &Path) -> Vec<Row> {
    Reader::open(dir)
        .expect("opens")
        .map(|entry| entry.expect("is sound"))
        .map(|entry| (entry.time_ns, entry.kind, entry.payload))
        .collect()
}

/// One recording's life of a few generations; what is acknowledged must be there after each.
fn live(seed: u64, lose_power: bool, fault_rate: u64) -> u64 {
    let home = tempfile::tempdir().expect("a temporary directory");
    let dir = home.path().join("x.lapwing");
    let disk = FaultyDisk(Arc::new(Mutex::new(State {
        random: Random(seed),
        fault_rate: 0,
        files: BTreeMap::new(),
        faults: 0,
    })));
    let options = Options {
        segment_bytes: 2000,
        unsynced_bytes: 700,
        created_ns: 5,
        note: b"seeded".to_vec(),
    };
    let mut random = Random(!seed);
    let mut taken: Vec<Row> = Vec::new();
    let mut writer =
        Writer::create_on(Box::new(disk.clone()), &dir, &options).expect("no faults yet");
    for _ in 0..4 {
        disk.state().fault_rate = fault_rate;
        let mut safe = taken.len() as u64;
        for _ in 0..random.below(60) {
            let len = random.below(300) as usize;
            let row: Row = (
                random.next() as i64,
                random.next() as u16,
                vec![random.next() as u8; len],
            );
            if let Ok(seq) = writer.append(row.1, row.0, &row.2) {
                assert_eq!(seq, taken.len() as u64, "seed {seed}");
                taken.push(row);
            }
            if random.one_in(5) {
                writer.sync().ok();
            }
            safe = writer.acknowledged().map_or(0, |seq| seq + 1).max(safe);
        }
        disk.state().fault_rate = 0;
        if random.one_in(4) {
            writer.close().expect("no faults any more");
            safe = taken.len() as u64;
        } else {
            drop(writer);
        }
        if lose_power {
            disk.lose_power();
        }
        let found = rows(&dir);
        assert!(
            found.len() as u64 >= safe,
            "seed {seed}: {} < {safe}",
            found.len()
        );
        assert_eq!(found[..], taken[..found.len()], "seed {seed}");
        let opened = Writer::open_on(Box::new(disk.clone()), &dir, &options);
        let (again, recovery) = opened.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(recovery.next_seq, found.len() as u64, "seed {seed}");
        assert_eq!(rows(&dir), found, "seed {seed}");
        let report = verify(&dir).expect("readable");
        assert!(report.is_sound(), "seed {seed}: {report:?}");
        assert_eq!(
            (report.torn_tail, report.unsealed_entries),
            (None, 0),
            "seed {seed}"
        );
        assert_eq!(report.head, again.head(), "seed {seed}");
        taken.truncate(found.len());
        writer = again;
    }
    drop(writer);
    disk.state().faults
}

#[test]
fn survives_refusals() {
    let faults: u64 = (0..150).map(|seed| live(seed, false, 6)).sum();
    assert!(faults > 1000, "{faults}");
}

#[test]
fn survives_loss_of_power() {
    for seed in 0..150 {
        live(seed, true, 0);
    }
}

#[test]
fn survives_refusals_and_loss_of_power() {
    for seed in 1000..1150 {
        live(seed, true, 8);
    }
}

#[test]
fn an_error_names_the_file_and_the_way_out() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let disk = FaultyDisk(Arc::new(Mutex::new(State {
        random: Random(1),
        fault_rate: 1,
        files: BTreeMap::new(),
        faults: 0,
    })));
    disk.state().fault_rate = 0;
    let mut writer = Writer::create_on(Box::new(disk.clone()), home.path(), &Options::default())
        .expect("no faults yet");
    writer.append(1, 1, b"kept").expect("fits");
    disk.state().fault_rate = 1;
    let error = writer.sync().expect_err("the disk refuses");
    assert!(error.is_full(), "{error:?}");
    let words = error.to_string();
    for part in ["00000000.seg", "free space", "nothing acknowledged is lost"] {
        assert!(words.contains(part), "{words}");
    }
    disk.state().fault_rate = 0;
    assert_eq!(writer.sync().expect("there is room again"), Some(0));
    assert!(matches!(
        Writer::create(home.path(), &Options::default()),
        Err(RecordError::Locked { .. })
    ));
}

//! The recording: everything that came in and every decision, in one order, on disk.
//!
//! Replay, evidence and the promise "what was acknowledged is there" all rest on this log, so it
//! is built for the worst moment: the process is killed, the machine loses power, the disk fills
//! up, or a bit on it turns over.
//!
//! # What is on disk
//!
//! A recording is a directory (by custom `NAME.lapwing/`) of segments `00000000.seg`,
//! `00000001.seg`, … and a file `LOCK` that keeps a second writer out. A segment is a header and
//! then frames; the bytes are described in [`format`].
//!
//! - An **entry** frame carries one payload with its sequence number (0, 1, 2, … without a gap
//!   over all segments), a time and a kind. The kind and the payload mean nothing to this crate.
//! - A **seal** frame is written by every [`Writer::sync`]. It carries the SHA-256 of the previous
//!   seal's hash and of every byte since: the hash chain.
//!
//! Every frame has CRC-32C sums, which find damage; the chain finds replacement. Hashing runs over
//! whole batches rather than entry by entry, so that an entry costs its bytes and no more.
//!
//! # What is promised
//!
//! - An entry whose sequence number [`Writer::sync`] has returned survives the process, and, as
//!   far as the disk keeps its own promises, the machine.
//! - [`Writer::open`] cuts a torn tail and says what it cut. It refuses to cut anything that can
//!   be shown to have been acknowledged: that is damage, and a matter for a person.
//! - After a failed write or sync the writer rewrites everything since the last good sync from
//!   memory. It never trusts the system's cache after an error (Rebello et al. 2020, "Can
//!   applications recover from fsync failures?", USENIX ATC).
//!
//! # What is not promised
//!
//! The chain has no key. Whoever can write the directory can write a new, consistent recording,
//! or take whole batches off the end; keep [`Report::head`] elsewhere to notice that. Damage
//! inside the very last batch cannot be told from a torn tail unless [`Writer::close`] ran.
//!
//! # Example
//!
//! ```
//! # fn main() -> Result<(), lapwing_record::RecordError> {
//! use lapwing_record::{Options, Reader, Writer, verify};
//!
//! let dir = std::env::temp_dir().join(format!("lapwing-doc-{}.lapwing", std::process::id()));
//! let mut writer = Writer::create(&dir, &Options::default())?;
//! writer.append(1, 1_000_000_000, b"a raw datagram")?;
//! assert_eq!(writer.sync()?, Some(0));
//! writer.close()?;
//!
//! for entry in Reader::open(&dir)? {
//!     let entry = entry?;
//!     assert_eq!((entry.seq, entry.kind, &entry.payload[..]), (0, 1, &b"a raw datagram"[..]));
//! }
//! assert!(verify(&dir)?.is_sound());
//! # std::fs::remove_dir_all(&dir).ok();
//! # Ok(())
//! # }
//! ```

mod error;
pub mod format;
mod layout;
mod reader;
mod recovery;
mod scan;
mod storage;
mod tail;
mod verify;
mod writer;

#[cfg(test)]
mod fault_tests;

pub use error::{Corruption, Reason, RecordError};
pub use format::{Hash, MAX_NOTE_BYTES, MAX_PAYLOAD_BYTES};
pub use reader::{Entry, EntryRef, Reader};
pub use recovery::Recovery;
pub use scan::TornTail;
pub use verify::{Report, verify};
pub use writer::{Options, Writer};

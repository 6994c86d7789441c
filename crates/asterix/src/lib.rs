//! ASTERIX, the surveillance data exchange format of EUROCONTROL: every category and edition there is
//! a definition of, decoded and encoded by the same tables.
//!
//! # A primer
//!
//! A **datagram** (or file) is a chain of **data blocks**, each of one **category** (048: reports of one
//! radar, 062: system tracks, …). A block holds **records**; a record opens with presence bits (FSPEC)
//! and holds the **items** they name ("010", "040"). Which bit is which item, and what an item looks
//! like, is set out per category in **editions**; [`Editions`] says which to read with, the newest
//! unless told otherwise, and [`EditionFinder`] finds out which sources write an older one. Items are elements, groups, extended by flag bits, repetitive, compound, or
//! bytes with a length; [`Item`] walks any of them by name.
//!
//! Three ways in, from convenient to fast:
//!
//! - [`decode_datagram`] gives every [`Record`] and every [`DecodeError`]; items are read by path, or
//!   written as JSON by [`record_to_json`].
//! - [`typed`] views give the items a tracker needs in SI units.
//! - [`blocks`] and [`records`] give raw record bytes.
//!
//! And out: [`RecordBuilder`] makes records by names and scaled values, [`RecordTree`] turns any decoded
//! record into something to change and [`RecordTree::encode`] again (to the same bytes, if nothing is
//! changed), [`encode_block`] makes data blocks; [`typed::cat048::Plot`] and [`typed::cat034::Message`]
//! write a radar's reports without the detour.
//!
//! ```
//! use lapwing_asterix::{Editions, RecordBuilder, decode_datagram, encode_block};
//!
//! // A system track, written …
//! let mut track = RecordBuilder::newest(62)?;
//! track.set("010/SAC", 25)?.set("010/SIC", 100)?.set("070", 45_827.5)?.set("040", 17)?;
//! track.set("105/LAT", 47.8125)?.set("105/LON", 11.5)?.set("185/VX", -51.25)?.set("185/VY", 170.0)?;
//! let mut datagram = Vec::new();
//! encode_block([&track.build()], &mut datagram)?;
//!
//! // … and read.
//! let decoded = decode_datagram(&datagram, &Editions::newest());
//! assert!(decoded.errors().is_empty());
//! let record = decoded.records().next().unwrap();
//! assert_eq!((record.category(), record.source()), (62, Some((25, 100))));
//! assert_eq!(record.path("105/LAT").and_then(|item| item.number()), Some(47.8125));
//! # Ok::<(), lapwing_asterix::EncodeError>(())
//! ```
//!
//! # What it holds to
//!
//! - Bytes are hostile: no panic, no endless loop; memory stays within a fixed multiple of the input.
//!   A malformed record gives the items before the fault, and an error with offset, item and reason;
//!   the rest of its block is lost (nothing says where the next record starts), the next block is read.
//! - Presence bits for which the edition has no item, and extensions beyond it, are faults: what follows
//!   cannot be found.
//! - A reserved expansion field that does not follow its definition stays bytes, with an error; without
//!   a definition, and special purpose fields always, it is bytes.
//! - Text is given without trailing spaces; 6-bit codes without a character are left out of it.
//! - Definitions set ranges for some quantities; they are not checked.

mod block;
mod builder;
mod decode;
mod definition;
mod editions;
mod encode;
mod error;
mod finder;
mod item;
mod json;
#[cfg(test)]
mod random;
mod select;
mod tables;
mod tree;
pub mod typed;
mod value;
mod wire;

pub use block::{Block, Blocks, Records, blocks, looks_like_asterix, records, write_block};
pub use builder::{Input, RecordBuilder};
pub use decode::{Buffer, Decoded, Record, decode_datagram, decode_with};
pub use definition::{Category, Content, Def, Edition, Expansion, Field, ItemDef, Profile, Table};
pub use editions::{Editions, UnknownEdition};
pub use encode::encode_block;
pub use error::{DecodeError, EncodeError, Reason};
pub use finder::{EditionFinder, Finding};
pub use item::{Children, Item, Shape};
pub use json::{Values, item_to_json, record_to_json};
pub use select::Selection;
pub use tables::{categories, category, is_known};
pub use tree::{RecordTree, Tree};
pub use value::{Text, Value};

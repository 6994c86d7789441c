//! ASTERIX, the surveillance data exchange format of EUROCONTROL: every category and edition there is
//! a definition of, decoded and encoded by the same tables.
mod block;
mod builder;
mod decode;
mod definition;
mod editions;
mod encode;
mod error;
mod item;
mod json;
#[cfg(test)]
mod random;
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
pub use item::{Children, Item, Shape};
pub use json::{Values, item_to_json, record_to_json};
pub use tables::{categories, category, is_known};
pub use tree::{RecordTree, Tree};
pub use value::{Text, Value};

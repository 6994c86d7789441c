//! From a datagram to records: where each record and item lies, which edition reads it, what is wrong.
//!
//! Decoding fixes only the boundaries (16 octets a top-level item, none for what is inside); values
//! are read from the raw bytes on demand through [`Item`]. So memory is bounded by a fixed multiple
//! of the input (some 40 times at worst, for records of a single one-octet item; about 3 times for
//! real traffic), and a [`Buffer`] can be used again.

use crate::{
    block::{Block, blocks},
    definition::{Edition, Expansion, ItemDef, Profile},
    editions::Editions,
    error::{DecodeError, Fault, Reason},
    item::{Item, Key},
    wire,
};

/// Where a top-level item lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) item: &'static ItemDef,
    /// From the record's start.
    start: u16,
    len: u16,
    pub(crate) frn: u16,
    /// An expansion field that follows its definition.
    pub(crate) expanded: bool,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    edition: &'static Edition,
    expansion: Option<&'static Expansion>,
    start: usize,
    spans_start: usize,
    len: u16,
    spans_len: u16,
    profile: u8,
    complete: bool,
}

/// Memory that one decode can hand to the next.
#[derive(Debug, Default)]
pub struct Buffer {
    entries: Vec<Entry>,
    spans: Vec<Span>,
    errors: Vec<DecodeError>,
}

/// A decoded datagram.
#[derive(Debug)]
pub struct Decoded<'a> {
    bytes: &'a [u8],
    buffer: Buffer,
}

/// Decodes all data blocks of a datagram.
///
/// Never fails as a whole: what could be read is in [`Decoded::records`], what could not in
/// [`Decoded::errors`]. After a malformed record the next data block is read.
pub fn decode_datagram<'a>(bytes: &'a [u8], editions: &Editions) -> Decoded<'a> {
    decode_with(bytes, editions, Buffer::default())
}

/// [`decode_datagram`] using the memory of an earlier decode ([`Decoded::into_buffer`]).
pub fn decode_with<'a>(bytes: &'a [u8], editions: &Editions, mut buffer: Buffer) -> Decoded<'a> {
    buffer.entries.clear();
    buffer.spans.clear();
    buffer.errors.clear();
    for block in blocks(bytes) {
        match block {
            Ok(block) => decode_block(block, editions, &mut buffer),
            Err(error) => buffer.errors.push(error),
        }
    }
    Decoded { bytes, buffer }
}

fn decode_block(block: Block, editions: &Editions, buffer: &mut Buffer) {
    let category = block.category;
    let Some(chosen) = editions.edition(category) else {
        buffer
            .errors
            .push(Fault::new(0, Reason::UnknownCategory).at(block.offset, category));
        return;
    };
    let mut at = 0;
    while let Some(rest) = block.body.get(at..).filter(|r| !r.is_empty()) {
        let start = block.offset + 3 + at;
        let edition = editions.for_record(chosen, rest);
        let expansion = editions.expansion_of(edition);
        let spans_start = buffer.spans.len();
        let Buffer { spans, errors, .. } = buffer;
        let (len, profile, fault) = wire::walk(edition, rest, |frn, item, item_start, bytes| {
            let mut expanded = false;
            if item.code == ItemDef::RE
                && let Some(expansion) = expansion
                && let Some((_, payload)) = bytes.split_first().filter(|(_, p)| !p.is_empty())
            {
                match expand(expansion, payload) {
                    Ok(()) => expanded = true,
                    Err(fault) => {
                        errors.push(fault.within(item_start + 1, "RE").at(start, category));
                    }
                }
            }
            // Blocks, and so items, are shorter than 65,536 octets: nothing is cut off.
            spans.push(Span {
                item,
                start: item_start as u16,
                len: bytes.len() as u16,
                frn: frn as u16,
                expanded,
            });
        });
        let complete = fault.is_none();
        if let Some(fault) = fault {
            buffer.errors.push(fault.at(start, category));
        }
        let spans_len = buffer.spans.len() - spans_start;
        let len = if complete { len } else { rest.len() };
        if complete || spans_len > 0 {
            buffer.entries.push(Entry {
                edition,
                expansion,
                start,
                spans_start,
                len: len as u16,
                spans_len: spans_len as u16,
                profile: profile as u8,
                complete,
            });
        }
        at += len;
    }
}

/// Whether an expansion field's payload follows its definition from first to last octet.
fn expand(expansion: &Expansion, payload: &[u8]) -> Result<(), Box<Fault>> {
    match wire::measure(expansion.def, payload) {
        Ok(len) if len == payload.len() => Ok(()),
        Ok(len) => Err(Fault::new(len, Reason::Expansion)),
        Err(mut fault) => {
            fault.reason = Reason::Expansion;
            Err(fault)
        }
    }
}

impl<'a> Decoded<'a> {
    /// The records in the order of the bytes, malformed ones as far as they could be read.
    pub fn records(&self) -> impl ExactSizeIterator<Item = Record<'_>> {
        self.buffer.entries.iter().map(|entry| Record {
            raw: self
                .bytes
                .get(entry.start..entry.start + usize::from(entry.len))
                .unwrap_or_default(),
            spans: self
                .buffer
                .spans
                .get(entry.spans_start..entry.spans_start + usize::from(entry.spans_len))
                .unwrap_or_default(),
            entry,
        })
    }

    /// What could not be read, in the order of the bytes.
    pub fn errors(&self) -> &[DecodeError] {
        &self.buffer.errors
    }

    /// Gives the memory back for the next decode.
    pub fn into_buffer(self) -> Buffer {
        self.buffer
    }
}

/// One decoded record.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    raw: &'a [u8],
    pub(crate) spans: &'a [Span],
    entry: &'a Entry,
}

impl<'a> Record<'a> {
    /// Category.
    pub fn category(&self) -> u8 {
        self.entry.edition.category
    }

    /// The edition the record was read with.
    pub fn edition(&self) -> &'static Edition {
        self.entry.edition
    }

    /// The definition the reserved expansion field was read with, if there is one.
    pub fn expansion(&self) -> Option<&'static Expansion> {
        self.entry.expansion
    }

    /// The user application profile the record was read with.
    pub fn profile(&self) -> Option<&'static Profile> {
        self.entry
            .edition
            .profiles
            .get(usize::from(self.entry.profile))
    }

    pub(crate) fn profile_index(&self) -> usize {
        usize::from(self.entry.profile)
    }

    /// The record's bytes; for a malformed record, to the end of its data block.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Octets from the start of the datagram to the record.
    pub fn offset(&self) -> usize {
        self.entry.start
    }

    /// Whether all items of the record could be read.
    pub fn is_complete(&self) -> bool {
        self.entry.complete
    }

    /// The value that cases in other items refer to.
    fn key(&self) -> Key {
        let Some(frn) = self.entry.edition.key_item else {
            return Key::NONE;
        };
        let Some(span) = self.spans.iter().find(|s| s.frn == frn) else {
            return Key::NONE;
        };
        Key::new(wire::bits(self.bytes(span), 0, span.item.def.bits))
    }

    fn bytes(&self, span: &Span) -> &'a [u8] {
        let start = usize::from(span.start);
        self.raw
            .get(start..start + usize::from(span.len))
            .unwrap_or_default()
    }

    fn item(&self, span: &Span, key: Key) -> Item<'a> {
        let bytes = self.bytes(span);
        match (span.expanded, self.entry.expansion) {
            (true, Some(expansion)) => Item::new(
                span.item.name,
                expansion.def,
                bytes.get(1..).unwrap_or_default(),
                key,
            ),
            _ => Item::new(span.item.name, span.item.def, bytes, key),
        }
    }

    /// The items present, in the order of the bytes.
    pub fn items(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let (record, key) = (*self, self.key());
        self.spans.iter().map(move |span| record.item(span, key))
    }

    /// The bytes of each item present, with its definition.
    pub fn item_bytes(&self) -> impl Iterator<Item = (&'static ItemDef, &'a [u8])> + use<'a> {
        let record = *self;
        self.spans
            .iter()
            .map(move |span| (span.item, record.bytes(span)))
    }

    /// The item named `name` ("010").
    pub fn get(&self, name: &str) -> Option<Item<'a>> {
        let span = self.spans.iter().find(|s| s.item.name == name)?;
        Some(self.item(span, self.key()))
    }

    /// The item or subitem at a path of names, repetitions by 0-based index: "380/ADR", "510/0/IDENT".
    pub fn path(&self, path: &str) -> Option<Item<'a>> {
        let mut words = path.split('/');
        let item = self.get(words.next()?)?;
        words.try_fold(item, |item, word| item.get(word))
    }

    /// Data source (SAC, SIC) from item 010.
    pub fn source(&self) -> Option<(u8, u8)> {
        let span = self.spans.iter().find(|s| s.item.code == 10)?;
        let [sac, sic] = *self.bytes(span).first_chunk::<2>()?;
        Some((sac, sic))
    }

    /// Octets of presence bits at the record's start.
    pub(crate) fn fspec_octets(&self) -> usize {
        wire::Fspec::read(self.raw, None).map_or(0, |f| f.octets.len())
    }
}

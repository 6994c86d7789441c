//! Which edition a source writes, found from its data.
//!
//! Records do not name their edition, and systems in service write old ones. A source whose data
//! blocks cannot be read with the edition in force, but to the last octet and with sensible values
//! with another, is read with that other one from then on. The newest edition is never doubted for
//! a block that it can read, and a source that turns out to follow it after all goes back to it.
//!
//! The method is ours: no standard says how to tell. What a wrong edition gives away is that lengths
//! do not add up, spare bits are set (they shall be zero: EUROCONTROL SPEC-0149 Part 1, ed. 3.1,
//! clause 4.3), characters are none, latitudes lie beyond the poles and days have more than 86,400 s.

use crate::{
    block::{Block, records, write_block},
    decode::{Record, decode_datagram},
    definition::{Content, Edition},
    editions::Editions,
    item::Item,
    tables,
};
use std::{collections::BTreeMap, fmt};

/// Blocks in a row that must follow another edition before a source that was read well is doubted.
const DOUBTED_AFTER: u8 = 3;
/// Times that a source may turn out to follow the first edition after all; then it keeps it.
const REVERTED_MAX: u8 = 2;
/// Sources, by category, that are watched; others are read with the edition in force.
const SOURCES_MAX: usize = 1024;

/// Category, SAC and SIC.
type Key = (u8, u8, u8);

/// A choice of editions that learns from the data which source writes an older one.
///
/// The same blocks in the same order give the same choices. A block that the edition in force can
/// read costs one pass over its lengths, another one at most one decode an edition of its category.
///
/// ```
/// use lapwing_asterix::{EditionFinder, Editions, blocks};
/// // Category 062 in the draft edition 0.17: latitude and longitude in 24 bits each.
/// let datagram = [62, 0, 17, 0b1011_1000, 1, 2, 70, 80, 0, 0, 9, 0x20, 0, 0, 8, 0, 0];
/// let mut finder = EditionFinder::new(Editions::newest());
/// for block in blocks(&datagram) {
///     let block = block?;
///     let found = finder.observe(block, |_| true).unwrap();
///     assert_eq!((found.source, found.edition.name), ((1, 2), "0.17"));
///     assert_eq!(finder.for_block(block).unwrap().name, "0.17");
/// }
/// # Ok::<(), lapwing_asterix::DecodeError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct EditionFinder {
    /// The choice at the start and what was found since.
    editions: Editions,
    sources: BTreeMap<Key, Standing>,
    /// The source whose block was read well last: the common case needs no look into the map.
    last_well: Option<Key>,
}

/// What is known of a source.
#[derive(Debug, Clone, Default)]
struct Standing {
    /// Whether the first choice could read a block of it.
    read_well: bool,
    /// An edition that its last blocks followed instead, and how many.
    suspected: Option<(&'static Edition, u8)>,
    found: Option<&'static Edition>,
    reverted: u8,
}

/// An edition that a source is read with from now on.
#[derive(Debug, Clone, Copy)]
pub struct Finding {
    /// SAC and SIC.
    pub source: (u8, u8),
    /// What it is read with.
    pub edition: &'static Edition,
    /// What it was read with.
    pub instead_of: &'static Edition,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((sac, sic), category) = (self.source, self.edition.category);
        write!(
            f,
            "category {category:03} of source {sac}/{sic} is read with edition {}, which its records follow, from here on; they do not follow edition {}",
            self.edition.name, self.instead_of.name
        )
    }
}

impl EditionFinder {
    /// Begins with this choice; editions chosen in it by name are kept to.
    pub fn new(editions: Editions) -> Self {
        Self {
            editions,
            ..Self::default()
        }
    }

    /// The choice, with what was found so far.
    pub fn editions(&self) -> &Editions {
        &self.editions
    }

    /// The edition in force for a block: by its first record's source.
    #[inline]
    pub fn for_block(&self, block: Block<'_>) -> Option<&'static Edition> {
        let chosen = self.editions.edition(block.category)?;
        Some(self.editions.for_record(chosen, block.body))
    }

    /// Looks at a block before it is decoded with [`EditionFinder::editions`]; says when its source
    /// is read with another edition from here on. Only editions that `reads` are considered.
    pub fn observe(
        &mut self,
        block: Block<'_>,
        reads: impl Fn(&Edition) -> bool,
    ) -> Option<Finding> {
        if self.editions.is_chosen(block.category) {
            return None;
        }
        let first = self.editions.edition(block.category)?;
        let (sac, sic) = Editions::source_of(first, block.body)?;
        let key = (block.category, sac, sic);
        let well = lengths_add_up(first, block);
        if well && self.last_well == Some(key) {
            return None;
        }
        self.learn(key, first, block, well, reads)
    }

    fn learn(
        &mut self,
        key: Key,
        first: &'static Edition,
        block: Block<'_>,
        well: bool,
        reads: impl Fn(&Edition) -> bool,
    ) -> Option<Finding> {
        let (category, sac, sic) = key;
        let source = (sac, sic);
        let is_full = self.sources.len() >= SOURCES_MAX;
        if is_full && !self.sources.contains_key(&key) {
            return None;
        }
        let standing = self.sources.entry(key).or_default();
        if standing.found.is_none() && self.editions.source(key).is_some() {
            return None; // chosen by name
        }
        if let Some(found) = standing.found {
            // Some blocks can be read either way.
            if !well || follows(found, source, block) {
                return None;
            }
            standing.found = None;
            standing.suspected = None;
            standing.read_well = true;
            standing.reverted += 1;
            self.editions.set_source(key, None);
            return Some(Finding {
                source,
                edition: first,
                instead_of: found,
            });
        }
        if well {
            standing.read_well = true;
            standing.suspected = None;
            self.last_well = Some(key);
            return None;
        }
        // A found source must be looked at, however well its blocks can be read.
        self.last_well = self.last_well.filter(|last| *last != key);
        if standing.reverted >= REVERTED_MAX {
            return None;
        }
        let other = tables::category(category)?
            .editions()
            .iter()
            .rev()
            .find(|e| e.name != first.name && reads(e) && follows(e, source, block));
        let Some(&other) = other else {
            standing.suspected = None;
            return None;
        };
        let in_a_row = match standing.suspected {
            Some((edition, blocks)) if edition.name == other.name => blocks + 1,
            _ => 1,
        };
        standing.suspected = Some((other, in_a_row));
        if standing.read_well && in_a_row < DOUBTED_AFTER {
            return None;
        }
        standing.found = Some(other);
        self.editions.set_source(key, Some(other));
        Some(Finding {
            source,
            edition: other,
            instead_of: first,
        })
    }
}

#[inline]
fn lengths_add_up(edition: &'static Edition, block: Block<'_>) -> bool {
    records(block, edition).all(|record| record.is_ok())
}

/// Whether a block is, to the last octet and with sensible values, what this edition says.
#[cold]
fn follows(edition: &'static Edition, source: (u8, u8), block: Block<'_>) -> bool {
    if !lengths_add_up(edition, block) {
        return false;
    }
    let mut datagram = Vec::with_capacity(block.body.len() + 3);
    if write_block(&mut datagram, block.category, block.body).is_err() {
        return false;
    }
    let decoded = decode_datagram(&datagram, &Editions::only(edition));
    decoded.errors().is_empty()
        && decoded
            .records()
            .all(|record| record.source() == Some(source) && is_sensible(&record))
}

fn is_sensible(record: &Record<'_>) -> bool {
    record
        .items()
        .all(|item| !is_beyond_midnight(&item) && has_sensible_values(&item))
}

/// Whether an item in the form of a time of day lies beyond the day's end.
fn is_beyond_midnight(item: &Item<'_>) -> bool {
    item.def().fixed_bits() == Some(24)
        && item.unit() == Some("s")
        && item.number().is_some_and(|seconds| seconds >= 86_400.0)
}

fn has_sensible_values(item: &Item<'_>) -> bool {
    match item.content() {
        // Two octets of padding are as customary as spaces.
        Some(Content::Ascii) => item
            .bytes()
            .is_none_or(|text| text.iter().all(|c| matches!(c, 0 | b' '..=b'~'))),
        Some(Content::Icao) => item.raw().is_none_or(is_icao_text),
        Some(Content::Quantity { .. }) if item.name().starts_with("LAT") => {
            item.number().is_some_and(|degrees| degrees.abs() <= 90.0)
        }
        Some(Content::Quantity { .. }) if item.name().starts_with("LON") => {
            item.number().is_some_and(|degrees| degrees.abs() <= 180.0)
        }
        Some(_) => true,
        None if item.is_spare() => item.raw().is_none_or(|bits| bits == 0),
        None => item
            .children_with_spare()
            .all(|(_, child)| has_sensible_values(&child)),
    }
}

/// Whether 48 bits are eight 6-bit characters; all zero where there are none.
fn is_icao_text(raw: u64) -> bool {
    raw == 0 || (0..8).all(|at| matches!((raw >> (6 * at)) & 0x3F, 1..=26 | 32 | 48..=57))
}

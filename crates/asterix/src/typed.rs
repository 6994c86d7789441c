//! Fast views: the items a pipeline needs, in SI units, as plain fields, without allocation.
//!
//! A view is filled while the record's boundaries are found, in one pass over the bytes; items it
//! does not hold are skipped by the same tables that drive the general decoder. Angles are degrees
//! (bearings clockwise from north as the sensor knows it), ranges metres (1 NM = 1,852 m), speeds
//! metres per second, times of day seconds since midnight UTC. Flight levels stay hundreds of feet of
//! pressure altitude: they are not lengths above anything.
//!
//! ```
//! use lapwing_asterix::{blocks, typed::{self, cat034}};
//! let datagram = [34, 0, 11, 0xF0, 1, 2, 1, 0, 0, 128, 0];
//! let block = blocks(&datagram).next().unwrap()?;
//! for view in typed::views::<cat034::View>(block) {
//!     assert_eq!(view?.time_of_day_s, Some(1.0));
//! }
//! # Ok::<(), lapwing_asterix::DecodeError>(())
//! ```

pub mod cat021;
pub mod cat034;
pub mod cat048;
pub mod cat062;
pub mod cat063;
pub mod cat065;
mod write;

use crate::{
    block::Block,
    decode::Record,
    definition::Edition,
    error::{DecodeError, Fault, Reason},
    tables, wire,
};

/// Metres in a nautical mile.
pub const NM_M: f64 = 1852.0;
/// Metres in a foot.
pub const FT_M: f64 = 0.3048;
/// Metres per second in a nautical mile per second.
const NM_PER_S_MPS: f64 = NM_M;

/// Who sent a record: system area code and system identification code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// System area code.
    pub sac: u8,
    /// System identification code.
    pub sic: u8,
}

/// A typed view of one category's records.
pub trait TypedView: Default {
    /// The category.
    const CATEGORY: u8;

    /// Whether the edition's items are laid out as the view reads them.
    fn reads(edition: &Edition) -> bool {
        edition.category == Self::CATEGORY
    }

    /// Takes over one item, by its number (10 for "010") and bytes.
    fn item(&mut self, code: u16, bytes: &[u8]);

    /// The same for an item of a draft edition, where the view [reads](Self::reads) one.
    fn draft_item(&mut self, code: u16, bytes: &[u8]) {
        self.item(code, bytes);
    }

    /// Reads one record at the start of `data` with the newest edition.
    ///
    /// # Errors
    /// If the record is malformed; offsets count from the start of `data`.
    #[inline]
    fn parse(data: &[u8]) -> Result<Self, DecodeError> {
        let newest = tables::category(Self::CATEGORY).and_then(|c| c.newest());
        let edition =
            newest.ok_or_else(|| Fault::new(0, Reason::UnknownCategory).at(0, Self::CATEGORY))?;
        Self::parse_prefix(data, edition).map(|(view, _)| view)
    }

    /// Reads one record at the start of `data`; also gives the octets it took.
    ///
    /// # Errors
    /// If the record is malformed or the edition is not one that the view reads.
    #[inline]
    fn parse_prefix(data: &[u8], edition: &'static Edition) -> Result<(Self, usize), DecodeError> {
        if !Self::reads(edition) {
            return Err(Fault::new(0, Reason::UnknownCategory).at(0, edition.category));
        }
        let mut view = Self::default();
        let (len, _, fault) = if edition.is_draft() {
            wire::walk(edition, data, |_, item, _, bytes| {
                view.draft_item(item.code, bytes);
            })
        } else {
            wire::walk(edition, data, |_, item, _, bytes| {
                view.item(item.code, bytes);
            })
        };
        match fault {
            Some(fault) => Err(fault.at(0, Self::CATEGORY)),
            None => Ok((view, len)),
        }
    }

    /// The view of a decoded record, with what could be read of it; `None` if it is of another
    /// category or an edition that the view does not read.
    fn from_record(record: &Record<'_>) -> Option<Self> {
        let mut view = Self::default();
        let is_draft = record.edition().is_draft();
        record
            .item_bytes()
            .for_each(|(item, bytes)| match is_draft {
                true => view.draft_item(item.code, bytes),
                false => view.item(item.code, bytes),
            });
        Self::reads(record.edition()).then_some(view)
    }
}

/// Views of a block's records, read with the newest edition. Ends after the first malformed record.
pub fn views<V: TypedView>(block: Block<'_>) -> Views<'_, V> {
    Views {
        block,
        at: 0,
        edition: tables::category(V::CATEGORY).and_then(|c| c.newest()),
        view: std::marker::PhantomData,
    }
}

/// Views of a block's records, read with this edition.
pub fn views_with<'a, V: TypedView>(block: Block<'a>, edition: &'static Edition) -> Views<'a, V> {
    Views {
        block,
        at: 0,
        edition: Some(edition),
        view: std::marker::PhantomData,
    }
}

/// See [`views`].
#[derive(Debug, Clone)]
pub struct Views<'a, V> {
    block: Block<'a>,
    at: usize,
    edition: Option<&'static Edition>,
    view: std::marker::PhantomData<V>,
}

impl<V: TypedView> Iterator for Views<'_, V> {
    type Item = Result<V, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.block.body.get(self.at..).filter(|r| !r.is_empty())?;
        let edition = self.edition.filter(|_| self.block.category == V::CATEGORY);
        let parsed = match edition {
            Some(edition) => V::parse_prefix(rest, edition),
            None => Err(Fault::new(0, Reason::UnknownCategory).at(0, self.block.category)),
        };
        match parsed {
            Ok((view, len)) => {
                self.at += len;
                Some(Ok(view))
            }
            Err(mut error) => {
                error.offset += self.block.offset + 3 + self.at;
                self.at = self.block.body.len();
                Some(Err(error))
            }
        }
    }
}

#[inline]
fn u8_at(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

#[inline]
fn i8_at(data: &[u8], at: usize) -> Option<i8> {
    data.get(at).map(|octet| *octet as i8)
}

#[inline]
fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

#[inline]
fn i16_at(data: &[u8], at: usize) -> Option<i16> {
    Some(i16::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

#[inline]
fn u24_at(data: &[u8], at: usize) -> Option<u32> {
    let [a, b, c] = *data.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes([0, a, b, c]))
}

#[inline]
fn i24_at(data: &[u8], at: usize) -> Option<i32> {
    Some((u24_at(data, at)? << 8) as i32 >> 8)
}

#[inline]
fn i32_at(data: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

#[inline]
fn source(data: &[u8]) -> Option<Source> {
    Some(Source {
        sac: u8_at(data, 0)?,
        sic: u8_at(data, 1)?,
    })
}

/// Seconds since midnight, from 24 bits of 1/128 s.
#[inline]
fn time_of_day_s(data: &[u8]) -> Option<f64> {
    Some(f64::from(u24_at(data, 0)?) / 128.0)
}

/// Degrees from 16 bits of 360/2¹⁶.
#[inline]
fn bearing_deg(data: &[u8], at: usize) -> Option<f64> {
    Some(f64::from(u16_at(data, at)?) * (360.0 / 65536.0))
}

/// Two's complement value of the low `bits` bits.
#[inline]
fn signed(value: u16, bits: u32) -> i16 {
    let shift = 16 - bits;
    ((value << shift) as i16) >> shift
}

/// 48 bits of eight 6-bit characters.
#[inline]
fn callsign(data: &[u8], at: usize) -> Option<crate::value::Text> {
    wire::bits(data, at as u32 * 8, 48).map(|raw| crate::value::Text::icao(raw, 48))
}

/// The subitems of a compound item whose subitems have these widths in octets (0: ends the walk),
/// by 0-based index.
#[inline]
fn subitems(data: &[u8], widths: &[u8], mut each: impl FnMut(usize, &[u8])) {
    let Some(fspec) = wire::Fspec::read(data, None) else {
        return;
    };
    let mut at = fspec.octets.len();
    for index in fspec.indices() {
        let width = widths.get(index).map_or(0, |w| usize::from(*w));
        let Some(bytes) = data.get(at..at + width).filter(|_| width > 0) else {
            return;
        };
        each(index, bytes);
        at += width;
    }
}

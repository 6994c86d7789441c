//! An owned record: what a decoded one becomes to be changed, and what an encoder starts from.
//!
//! A tree says everything the bytes said, also what a reader would not miss: presence bits longer
//! than needed, extended parts that hold only zeros, spare bits that are set. So encoding the tree of
//! a decoded record gives the same bytes.

use crate::{
    decode::Record,
    definition::{Def, Edition, Expansion, Kind},
    encode,
    error::EncodeError,
    item::{Item, Shape},
};

/// A part of a record. Fields are held by their index in the definition, in ascending order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Tree {
    /// An element's bit pattern.
    Bits(u64),
    /// An item without definition (without its length octet), or an element wider than 64 bits.
    Bytes(Vec<u8>),
    /// Group, extended or compound item; the pairs of random field sequencing.
    Fields {
        /// At least so many octets of presence bits (compound), or in all (extended).
        octets: usize,
        /// Index in the definition, and content. Absent fields of groups are zero.
        present: Vec<(u16, Tree)>,
    },
    /// Repetitions.
    List(Vec<Tree>),
}

impl Tree {
    /// An element without a value or a structure without content, to be filled.
    pub(crate) fn empty(def: &Def) -> Self {
        match &def.kind {
            Kind::Element(_) | Kind::Spare | Kind::Case { .. } if def.bits <= 64 => Tree::Bits(0),
            Kind::Element(_) | Kind::Spare | Kind::Case { .. } => {
                Tree::Bytes(vec![0; def.bits.div_ceil(8) as usize])
            }
            Kind::Explicit => Tree::Bytes(Vec::new()),
            Kind::Counted { .. } | Kind::Chained(_) => Tree::List(Vec::new()),
            Kind::Group(_) | Kind::Extended { .. } | Kind::Compound { .. } | Kind::Sequence(_) => {
                Tree::Fields {
                    octets: 0,
                    present: Vec::new(),
                }
            }
        }
    }

    /// The bit pattern of the field with this index; absent fields are zero.
    pub(crate) fn field_bits(present: &[(u16, Tree)], index: u16) -> u64 {
        match present.iter().find(|(i, _)| *i == index) {
            Some((_, Tree::Bits(raw))) => *raw,
            _ => 0,
        }
    }
}

impl From<Item<'_>> for Tree {
    fn from(item: Item<'_>) -> Self {
        match item.shape() {
            Shape::Element => match item.raw() {
                Some(raw) => Tree::Bits(raw),
                None => Tree::Bytes(item.bytes().unwrap_or_default().to_vec()),
            },
            Shape::Bytes => Tree::Bytes(item.bytes().unwrap_or_default().to_vec()),
            Shape::List => Tree::List(item.children().map(Tree::from).collect()),
            Shape::Fields | Shape::Sequence => Tree::Fields {
                octets: item.leading_octets(),
                present: item
                    .children_with_spare()
                    .filter(|(_, child)| !(child.name().is_empty() && child.raw() == Some(0)))
                    .map(|(index, child)| (index as u16, Tree::from(child)))
                    .collect(),
            },
        }
    }
}

/// An owned record of one edition.
#[derive(Debug, Clone)]
pub struct RecordTree {
    pub(crate) edition: &'static Edition,
    pub(crate) expansion: Option<&'static Expansion>,
    pub(crate) profile: usize,
    /// At least so many octets of presence bits.
    pub(crate) fspec_octets: usize,
    /// FSPEC index and content, ascending.
    pub(crate) items: Vec<(u16, Tree)>,
    /// The bytes of a malformed record, which the items do not say in full.
    pub(crate) verbatim: Option<Vec<u8>>,
}

impl RecordTree {
    /// Category.
    pub fn category(&self) -> u8 {
        self.edition.category
    }

    /// The edition whose structure the tree follows.
    pub fn edition(&self) -> &'static Edition {
        self.edition
    }

    /// The record's bytes, appended to `out`.
    ///
    /// # Errors
    /// If the tree does not follow the definition; `out` is then left as it was.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        encode::record(self, out)
    }

    /// The record's bytes.
    ///
    /// # Errors
    /// If the tree does not follow the definition.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::new();
        self.encode_into(&mut out)?;
        Ok(out)
    }
}

/// The items that could be read, as an owned tree. That of a malformed record encodes to the bytes it
/// came from; once a [`RecordBuilder`](crate::RecordBuilder) has taken it over, to its items only.
impl From<Record<'_>> for RecordTree {
    fn from(record: Record<'_>) -> Self {
        Self {
            edition: record.edition(),
            expansion: record.expansion(),
            profile: record.profile_index(),
            fspec_octets: if record.is_complete() {
                record.fspec_octets()
            } else {
                0
            },
            verbatim: (!record.is_complete()).then(|| record.raw().to_vec()),
            items: record
                .spans
                .iter()
                .zip(record.items())
                .map(|(s, item)| (s.frn, Tree::from(item)))
                .collect(),
        }
    }
}

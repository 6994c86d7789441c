//! What can be wrong with bytes to decode and with values to encode, and where.

use std::fmt;

/// One fault found while decoding; reading goes on with the next data block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// Octets from the start of the datagram to where the fault was noticed.
    pub offset: usize,
    /// Category of the data block, where it could be read.
    pub category: Option<u8>,
    /// Path of the item being read ("380/BDSDATA"); empty for faults of blocks and records.
    pub item: String,
    /// What is wrong.
    pub reason: Reason,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {}", self.offset)?;
        if let Some(category) = self.category {
            write!(f, ", category {category:03}")?;
        }
        if !self.item.is_empty() {
            write!(f, ", item {}", self.item)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for DecodeError {}

/// What is wrong with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The data ends inside the block header, record or item.
    #[error("the data ends early")]
    Truncated,
    /// A data block's length is below its header's or beyond the datagram.
    #[error("data block length {0} does not fit")]
    BlockLength(u16),
    /// There is no definition for the category.
    #[error("no definition for this category")]
    UnknownCategory,
    /// A record without any item.
    #[error("record without items")]
    EmptyRecord,
    /// A presence bit (1-based field reference number) is set that has no item in this edition.
    #[error("presence bit {0} has no item in this edition")]
    UndefinedField(u16),
    /// An extension bit asks for more parts than this edition defines.
    #[error("extended beyond this edition's definition")]
    Overextended,
    /// An explicit length of 0 (it counts its own octet).
    #[error("explicit length of zero")]
    ZeroLength,
    /// The expansion field does not follow its definition; it is kept as bytes.
    #[error("expansion field does not follow its definition")]
    Expansion,
}

/// A fault inside an item, relative to the item's start.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    /// Names from the innermost out.
    pub(crate) path: Vec<&'static str>,
    pub(crate) reason: Reason,
}

impl Fault {
    #[cold]
    pub(crate) fn new(offset: usize, reason: Reason) -> Box<Self> {
        Box::new(Self {
            offset,
            path: Vec::new(),
            reason,
        })
    }

    /// The same fault seen from an enclosing structure.
    #[cold]
    pub(crate) fn within(mut self: Box<Self>, offset: usize, name: &'static str) -> Box<Self> {
        self.offset += offset;
        if !name.is_empty() {
            self.path.push(name);
        }
        self
    }

    #[cold]
    pub(crate) fn at(&self, offset: usize, category: u8) -> DecodeError {
        let mut item = String::new();
        for name in self.path.iter().rev() {
            if !item.is_empty() {
                item.push('/');
            }
            item.push_str(name);
        }
        DecodeError {
            offset: offset + self.offset,
            category: Some(category),
            item,
            reason: self.reason,
        }
    }
}

/// Why a value or tree cannot be encoded. Paths are those given by the caller.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// No item or subitem of that name in this edition.
    #[error("{0}: no such item in this edition")]
    UnknownPath(String),
    /// The value does not fit the element's bits, or is not a finite number.
    #[error("{path}: {value} does not fit")]
    OutOfRange {
        /// Path of the element.
        path: String,
        /// The value as given.
        value: String,
    },
    /// Text where a number is needed or the like.
    #[error("{0}: this kind of value does not suit the element")]
    WrongKind(String),
    /// A tree that does not follow the definition.
    #[error("the tree does not follow the definition of item {0}")]
    Shape(&'static str),
    /// More repetitions, or more bytes, than the length field can say.
    #[error("item {0}: too long for its length field")]
    TooLong(&'static str),
    /// A data block longer than 65,535 octets.
    #[error("data block longer than 65,535 octets")]
    BlockTooLong,
    /// No definition for the category.
    #[error("no definition for category {0}")]
    UnknownCategory(u8),
}

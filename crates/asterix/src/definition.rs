//! What a category's items look like on the wire: the vocabulary shared by decoder and encoder.
//!
//! One [`Def`] is one node of the structure (element, group, extended item …); definitions are
//! built once from the tables in `src/tables/` and live for the program. Structure kinds follow
//! EUROCONTROL SPEC-0149 Part 1 (ASTERIX), ed. 3.1, clause 4.3.

/// Meanings of an element's values, in ascending order of value as the definition lists them.
#[derive(Debug)]
pub struct Table {
    pub(crate) rows: Box<[(u32, &'static str)]>,
}

impl Table {
    /// The meaning of `value`, if the definition gives one.
    pub fn meaning(&self, value: u64) -> Option<&'static str> {
        self.rows
            .iter()
            .find(|(v, _)| u64::from(*v) == value)
            .map(|(_, meaning)| *meaning)
    }

    /// All values with their meanings.
    pub fn rows(&self) -> &[(u32, &'static str)] {
        &self.rows
    }
}

/// How an element's bits are to be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Content {
    /// Bits without further meaning (identifiers, addresses, flags without a table).
    Raw,
    /// A whole number; two's complement if signed.
    Integer {
        /// Two's complement.
        signed: bool,
    },
    /// One of a table of meanings.
    Table(&'static Table),
    /// `raw · numerator / denominator` in `unit`.
    Quantity {
        /// Two's complement.
        signed: bool,
        /// Numerator of the least significant bit's weight.
        numerator: f64,
        /// Denominator of the least significant bit's weight.
        denominator: f64,
        /// `numerator / denominator` if multiplying by it rounds as the division does, that is if the
        /// denominator is a power of two.
        step: Option<f64>,
        /// Unit as the definition writes it ("NM", "FL", "°", …); empty if none.
        unit: &'static str,
    },
    /// 8-bit characters.
    Ascii,
    /// 6-bit characters (ICAO Annex 10 volume IV, 3.1.2.9.1.2).
    Icao,
    /// 3-bit octal digits, as of Mode 3/A codes.
    Octal,
    /// A Mode S Comm-B register.
    Bds,
}

/// A named (or, if the name is empty, spare) part of a group or extended item.
#[derive(Debug)]
pub struct Field {
    /// Name as in the definition; empty for spare bits.
    pub name: &'static str,
    pub(crate) def: &'static Def,
    /// Offset in bits from the start of the enclosing group or item.
    pub(crate) bit: u32,
}

/// The fields up to one extension bit of an extended item.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) fields: std::ops::Range<u16>,
    /// Octets from the item's start to this part's end.
    pub(crate) end: u32,
    /// Whether the part's last bit says that another part follows.
    pub(crate) extends: bool,
}

/// What decides which alternative of a case applies.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Selector {
    /// The field with this index in the same group.
    Sibling(u16),
    /// The record's key item (e.g. the message type, 000).
    Key,
}

/// Structure of an item or a part of it.
#[derive(Debug)]
pub(crate) enum Kind {
    Element(Content),
    Spare,
    Group(Box<[Field]>),
    Extended {
        fields: Box<[Field]>,
        parts: Box<[Part]>,
    },
    /// Repetitions counted by a leading number of this many octets.
    Counted {
        octets: u8,
        inner: &'static Def,
    },
    /// Repetitions each ended by an extension bit.
    Chained(&'static Def),
    /// Length octet (counting itself), then bytes.
    Explicit,
    /// Presence bits, then the subitems present. `fspec` octets if fixed, else extension bits.
    Compound {
        fspec: Option<u8>,
        fields: Box<[Option<Field>]>,
    },
    /// Alternatives of equal width chosen by other fields; falls back to `default`.
    Case {
        selectors: Box<[Selector]>,
        choices: Box<[Choice]>,
        default: &'static Def,
    },
    /// Random field sequencing: a count, then pairs of field number and item.
    Sequence(Box<[Option<&'static ItemDef>]>),
}

/// The selectors' values that choose an alternative, and the alternative.
pub(crate) type Choice = (Box<[u32]>, &'static Def);

/// One node of a definition's structure.
#[derive(Debug)]
pub struct Def {
    pub(crate) kind: Kind,
    /// Width where it does not depend on the data, else 0.
    pub(crate) bits: u32,
}

impl Def {
    /// Width in bits where it does not depend on the data.
    pub fn fixed_bits(&self) -> Option<u32> {
        (self.bits > 0).then_some(self.bits)
    }

    /// Replaces a case by the alternative that the field values choose.
    pub(crate) fn resolve(
        &'static self,
        key: Option<u32>,
        sibling: impl Fn(u16) -> Option<u64>,
    ) -> &'static Def {
        let Kind::Case {
            selectors,
            choices,
            default,
        } = &self.kind
        else {
            return self;
        };
        let chosen = choices.iter().find(|(wanted, _)| {
            wanted.len() == selectors.len()
                && wanted.iter().zip(selectors).all(|(wanted, selector)| {
                    let value = match *selector {
                        Selector::Sibling(index) => sibling(index),
                        Selector::Key => key.map(u64::from),
                    };
                    value == Some(u64::from(*wanted))
                })
        });
        // A case inside a case is not in use; one step resolves.
        chosen.map_or(*default, |(_, def)| def)
    }
}

/// A data item of a category: its name ("010"), title and structure.
#[derive(Debug)]
pub struct ItemDef {
    /// Name as in the definition: "010", "RE", "SP"; "RFS" for random field sequencing.
    pub name: &'static str,
    /// Short title; empty where there is none.
    pub title: &'static str,
    /// The name as a number for quick matching: 10 for "010"; see [`ItemDef::RE`] and its like.
    pub code: u16,
    pub(crate) def: &'static Def,
}

impl ItemDef {
    /// [`ItemDef::code`] of the reserved expansion field.
    pub const RE: u16 = 1001;
    /// [`ItemDef::code`] of the special purpose field.
    pub const SP: u16 = 1002;
    /// [`ItemDef::code`] of the random field sequencing pseudo-item.
    pub const RFS: u16 = 1003;

    /// The item's structure.
    pub fn def(&self) -> &'static Def {
        self.def
    }
}

/// A user application profile: which item each bit of the FSPEC stands for.
#[derive(Debug)]
pub struct Profile {
    /// Name where the category has several ("plot", "track"), else "-".
    pub name: &'static str,
    pub(crate) items: Box<[Option<&'static ItemDef>]>,
}

impl Profile {
    /// The items in the order of their FSPEC bits; `None` for bits without an item.
    pub fn items(&self) -> impl Iterator<Item = Option<&'static ItemDef>> + '_ {
        self.items.iter().copied()
    }

    /// Index of the item named `name`.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.items
            .iter()
            .position(|i| i.is_some_and(|i| i.name == name))
    }
}

/// One edition of a category.
#[derive(Debug)]
pub struct Edition {
    /// Category number.
    pub category: u8,
    /// Edition as in the definition: "1.21".
    pub name: &'static str,
    /// Date of publication, YYYY-MM-DD; "unknown" for a draft.
    pub date: &'static str,
    pub(crate) profiles: Box<[Profile]>,
    /// With several profiles: FSPEC index of the item whose first field chooses, and which value
    /// chooses which profile.
    pub(crate) profile_case: Option<ProfileCase>,
    /// FSPEC index of the item that cases elsewhere in the record refer to.
    pub(crate) key_item: Option<u16>,
}

/// How one of several profiles is chosen.
#[derive(Debug)]
pub(crate) struct ProfileCase {
    pub(crate) frn: usize,
    /// Where in the item the choosing field lies, and its width.
    pub(crate) bit: u32,
    pub(crate) bits: u32,
    pub(crate) choices: Box<[(u32, usize)]>,
}

impl Edition {
    /// The user application profiles: one, except where the category has variations.
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// Whether it is from before the category's first published edition.
    pub fn is_draft(&self) -> bool {
        self.name.starts_with("0.")
    }
}

/// One edition of the definition of a category's reserved expansion field.
#[derive(Debug)]
pub struct Expansion {
    /// Category number.
    pub category: u8,
    /// Edition as in the definition: "1.13".
    pub name: &'static str,
    /// Date of publication, YYYY-MM-DD.
    pub date: &'static str,
    pub(crate) def: &'static Def,
}

/// All that is known of one category.
#[derive(Debug)]
pub struct Category {
    /// Category number.
    pub number: u8,
    pub(crate) editions: Box<[&'static Edition]>,
    pub(crate) expansions: Box<[&'static Expansion]>,
}

impl Category {
    /// Editions, oldest first; never empty.
    pub fn editions(&self) -> &[&'static Edition] {
        &self.editions
    }

    /// Editions of the reserved expansion field's definition, oldest first; often empty.
    pub fn expansions(&self) -> &[&'static Expansion] {
        &self.expansions
    }

    /// The edition with this name.
    pub fn edition(&self, name: &str) -> Option<&'static Edition> {
        self.editions.iter().find(|e| e.name == name).copied()
    }

    /// The newest edition.
    pub fn newest(&self) -> Option<&'static Edition> {
        self.editions.last().copied()
    }
}

//! Records by item names: `builder.set("040/RHO", 12.5)?`.
//!
//! Paths are item and subitem names joined by `/`; a repetition is its 0-based index ("030/0"),
//! one past the last adds one.

use crate::{
    definition::{Content, Def, Edition, Expansion, Field, ItemDef, Kind},
    editions::Editions,
    error::EncodeError,
    tables,
    tree::{RecordTree, Tree},
    value::icao_code,
};

/// A value to be encoded: numbers in the element's unit, text for character elements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Input<'a> {
    /// A number in the element's unit; rounded to its resolution.
    Number(f64),
    /// A whole number in the element's unit.
    Integer(i64),
    /// Characters; padded with spaces (octal digits: must be as many as the element holds).
    Text(&'a str),
    /// Bytes of an item without definition, or of an element wider than 64 bits.
    Bytes(&'a [u8]),
}

macro_rules! input_from {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for Input<'_> {
            fn from(value: $from) -> Self { Input::$variant(value.into()) }
        }
    )*};
}
input_from! { f64 => Number, f32 => Number, i64 => Integer, i32 => Integer, i16 => Integer, u8 => Integer, u16 => Integer, u32 => Integer, bool => Integer }

impl<'a> From<&'a str> for Input<'a> {
    fn from(value: &'a str) -> Self {
        Input::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Input<'a> {
    fn from(value: &'a [u8]) -> Self {
        Input::Bytes(value)
    }
}

/// Builds one record.
///
/// ```
/// # use lapwing_asterix::{RecordBuilder, encode_block, decode_datagram, Editions};
/// let mut builder = RecordBuilder::newest(48)?;
/// builder.set("010/SAC", 1)?.set("010/SIC", 2)?.set("140", 3600.5)?;
/// builder.set("040/RHO", 12.5)?.set("040/THETA", 90.0)?.set("070/MODE3A", "1234")?;
/// let mut datagram = Vec::new();
/// encode_block([&builder.build()], &mut datagram)?;
/// let decoded = decode_datagram(&datagram, &Editions::newest());
/// let record = decoded.records().next().unwrap();
/// assert_eq!(record.path("040/RHO").unwrap().number(), Some(12.5));
/// # Ok::<(), lapwing_asterix::EncodeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RecordBuilder {
    tree: RecordTree,
}

impl RecordBuilder {
    /// A record of this edition (its first profile) without items; an expansion field is set by the
    /// names of the newest definition there is, of a draft edition as bytes.
    pub fn new(edition: &'static Edition) -> Self {
        let expansion = Editions::newest().expansion_of(edition);
        Self {
            tree: RecordTree {
                edition,
                expansion,
                profile: 0,
                fspec_octets: 0,
                items: Vec::new(),
                verbatim: None,
            },
        }
    }

    /// A record of the newest edition of `category`.
    ///
    /// # Errors
    /// If there is no definition for the category.
    pub fn newest(category: u8) -> Result<Self, EncodeError> {
        let edition = tables::category(category).and_then(|c| c.newest());
        edition
            .map(Self::new)
            .ok_or(EncodeError::UnknownCategory(category))
    }

    /// Starts from a record.
    pub fn from_tree(tree: RecordTree) -> Self {
        Self {
            tree: RecordTree {
                verbatim: None,
                ..tree
            },
        }
    }

    /// Names an expansion field's subitems by this definition, or none: then it is bytes.
    #[must_use]
    pub fn with_expansion(mut self, expansion: Option<&'static Expansion>) -> Self {
        self.tree.expansion = expansion;
        self
    }

    /// Uses the profile with this name ("track"). The item that tells a decoder so is to be set as well.
    ///
    /// # Errors
    /// If the edition has no such profile.
    pub fn with_profile(mut self, name: &str) -> Result<Self, EncodeError> {
        let profiles = self.tree.edition.profiles();
        let index = profiles.iter().position(|p| p.name == name);
        self.tree.profile = index.ok_or_else(|| EncodeError::UnknownPath(name.to_owned()))?;
        Ok(self)
    }

    /// Sets an element from a value in its unit. Where another field decides how the element is to be
    /// read (380/IAS), set that one first.
    ///
    /// # Errors
    /// If the path is unknown, the value does not fit, or is of the wrong kind.
    pub fn set<'i>(
        &mut self,
        path: &str,
        value: impl Into<Input<'i>>,
    ) -> Result<&mut Self, EncodeError> {
        let value = value.into();
        self.place(path, |def, tree| {
            *tree = convert(def, value, path)?;
            Ok(())
        })
    }

    /// Sets an element's bit pattern.
    ///
    /// # Errors
    /// If the path is unknown or not an element, or the bits do not fit.
    pub fn set_raw(&mut self, path: &str, raw: u64) -> Result<&mut Self, EncodeError> {
        self.place(path, |def, tree| match def.kind {
            Kind::Element(_) if def.bits <= 64 => {
                if def.bits < 64 && raw >> def.bits != 0 {
                    return Err(out_of_range(path, &raw));
                }
                *tree = Tree::Bits(raw);
                Ok(())
            }
            _ => Err(EncodeError::WrongKind(path.to_owned())),
        })
    }

    /// Makes an item or subitem present, with zeros or without content.
    ///
    /// # Errors
    /// If the path is unknown.
    pub fn touch(&mut self, path: &str) -> Result<&mut Self, EncodeError> {
        self.place(path, |_, _| Ok(()))
    }

    /// The record.
    pub fn build(self) -> RecordTree {
        self.tree
    }

    fn place(
        &mut self,
        path: &str,
        act: impl FnOnce(&'static Def, &mut Tree) -> Result<(), EncodeError>,
    ) -> Result<&mut Self, EncodeError> {
        let unknown = || EncodeError::UnknownPath(path.to_owned());
        let mut words = path.split('/');
        let name = words.next().unwrap_or_default();
        let profile = self
            .tree
            .edition
            .profiles
            .get(self.tree.profile)
            .ok_or_else(unknown)?;
        let frn = profile.position(name).ok_or_else(unknown)?;
        let item = profile
            .items
            .get(frn)
            .copied()
            .flatten()
            .ok_or_else(unknown)?;
        let words: Vec<_> = words.collect();
        let def = match self.tree.expansion {
            Some(expansion) if item.code == ItemDef::RE && !words.is_empty() => expansion.def,
            _ => item.def,
        };
        let key = self
            .tree
            .items
            .iter()
            .find(|(f, _)| Some(*f) == self.tree.edition.key_item);
        let key = match key {
            Some((_, Tree::Bits(raw))) => u32::try_from(*raw).ok(),
            _ => None,
        };
        // A path that turns out wrong half-way leaves no trace.
        let before = self.tree.items.clone();
        let tree = entry(&mut self.tree.items, frn as u16, def);
        let result =
            descend(def, tree, &words, key, &unknown).and_then(|(def, tree)| act(def, tree));
        if let Err(error) = result {
            self.tree.items = before;
            return Err(error);
        }
        Ok(self)
    }
}

/// The child with this index, inserted in order if it is absent.
fn entry<'t>(present: &'t mut Vec<(u16, Tree)>, index: u16, def: &Def) -> &'t mut Tree {
    let at = present.partition_point(|(i, _)| *i < index);
    if present.get(at).is_none_or(|(i, _)| *i != index) {
        present.insert(at, (index, Tree::empty(def)));
    }
    // In range: found there, or just inserted there.
    &mut present[at].1
}

fn descend<'t>(
    def: &'static Def,
    tree: &'t mut Tree,
    words: &[&str],
    key: Option<u32>,
    unknown: &dyn Fn() -> EncodeError,
) -> Result<(&'static Def, &'t mut Tree), EncodeError> {
    let Some((word, words)) = words.split_first() else {
        return Ok((def, tree));
    };
    match (&def.kind, tree) {
        (Kind::Group(fields) | Kind::Extended { fields, .. }, Tree::Fields { present, .. }) => {
            let index = fields
                .iter()
                .position(|f| f.name == *word && !word.is_empty())
                .ok_or_else(unknown)?;
            let field: &'static Field = fields.get(index).ok_or_else(unknown)?;
            let def = field
                .def
                .resolve(key, |sibling| Some(Tree::field_bits(present, sibling)));
            descend(def, entry(present, index as u16, def), words, key, unknown)
        }
        (Kind::Compound { fields, .. }, Tree::Fields { present, .. }) => {
            let named = |f: &Option<Field>| f.as_ref().is_some_and(|f| f.name == *word);
            let index = fields.iter().position(named).ok_or_else(unknown)?;
            let field = fields
                .get(index)
                .and_then(Option::as_ref)
                .ok_or_else(unknown)?;
            descend(
                field.def,
                entry(present, index as u16, field.def),
                words,
                key,
                unknown,
            )
        }
        (Kind::Counted { inner, .. } | Kind::Chained(inner), Tree::List(list)) => {
            let index: usize = word.parse().map_err(|_| unknown())?;
            if index == list.len() {
                list.push(Tree::empty(inner));
            }
            descend(
                inner,
                list.get_mut(index).ok_or_else(unknown)?,
                words,
                key,
                unknown,
            )
        }
        _ => Err(unknown()),
    }
}

fn out_of_range(path: &str, value: &dyn std::fmt::Display) -> EncodeError {
    EncodeError::OutOfRange {
        path: path.to_owned(),
        value: value.to_string(),
    }
}

fn convert(def: &Def, value: Input<'_>, path: &str) -> Result<Tree, EncodeError> {
    let wrong = || EncodeError::WrongKind(path.to_owned());
    let content = match (&def.kind, value) {
        (Kind::Explicit, Input::Bytes(bytes)) => return Ok(Tree::Bytes(bytes.to_vec())),
        (Kind::Element(_), Input::Bytes(bytes))
            if bytes.len() * 8 == def.bits as usize && def.bits > 64 =>
        {
            return Ok(Tree::Bytes(bytes.to_vec()));
        }
        (Kind::Element(content), _) => content,
        _ => return Err(wrong()),
    };
    let (scale, signed) = match content {
        Content::Quantity {
            signed,
            numerator,
            denominator,
            ..
        } => ((*denominator, *numerator), *signed),
        Content::Integer { signed } => ((1.0, 1.0), *signed),
        Content::Raw | Content::Table(_) | Content::Bds => ((1.0, 1.0), false),
        Content::Ascii | Content::Icao | Content::Octal => {
            let Input::Text(text) = value else {
                return Err(wrong());
            };
            return characters(content, def.bits, text).ok_or_else(|| out_of_range(path, &text));
        }
    };
    let steps: i128 = match value {
        Input::Integer(whole) if scale == (1.0, 1.0) => whole.into(),
        Input::Integer(whole) => {
            scaled(whole as f64, scale).ok_or_else(|| out_of_range(path, &whole))?
        }
        Input::Number(number) => {
            scaled(number, scale).ok_or_else(|| out_of_range(path, &number))?
        }
        Input::Text(_) | Input::Bytes(_) => return Err(wrong()),
    };
    let width = def.bits.min(64);
    let (min, max) = if signed {
        (-(1i128 << (width - 1)), (1 << (width - 1)) - 1)
    } else {
        (0, (1 << width) - 1)
    };
    if !(min..=max).contains(&steps) {
        return Err(match value {
            Input::Number(number) => out_of_range(path, &number),
            _ => out_of_range(path, &steps),
        });
    }
    Ok(Tree::Bits(steps as u64 & (u64::MAX >> (64 - width))))
}

/// The nearest number of least significant bits.
fn scaled(value: f64, (denominator, numerator): (f64, f64)) -> Option<i128> {
    let steps = (value * denominator / numerator).round();
    (steps.abs() < 2f64.powi(65)).then_some(steps as i128)
}

fn characters(content: &Content, bits: u32, text: &str) -> Option<Tree> {
    let (per_character, pad) = match content {
        Content::Icao => (6, Some(b' ')),
        Content::Octal => (3, None),
        _ => (8, Some(b' ')),
    };
    let room = (bits / per_character) as usize;
    let mut codes = Vec::with_capacity(room);
    for character in text.chars() {
        let latin1 = u8::try_from(u32::from(character)).ok()?;
        codes.push(match content {
            Content::Icao => icao_code(latin1)?,
            Content::Octal => latin1.checked_sub(b'0').filter(|d| *d < 8)?,
            _ => latin1,
        });
    }
    while codes.len() < room {
        codes.push(pad?);
    }
    if codes.len() > room {
        return None;
    }
    if bits > 64 {
        return Some(Tree::Bytes(codes));
    }
    Some(Tree::Bits(codes.iter().fold(0, |sum, code| {
        sum << per_character | u64::from(*code)
    })))
}

//! A decoded item as a tree, read from the raw bytes on demand without allocation.

use crate::{
    definition::{Content, Def, Field, ItemDef, Kind},
    value::{Text, Value},
    wire::{self, Fspec, FspecIndices},
};

/// The value of the record's key item, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key(u32);

impl Key {
    pub(crate) const NONE: Self = Self(u32::MAX);

    pub(crate) fn new(value: Option<u64>) -> Self {
        Self(
            value
                .and_then(|v| u32::try_from(v).ok())
                .unwrap_or(u32::MAX),
        )
    }

    pub(crate) fn get(self) -> Option<u32> {
        (self.0 != u32::MAX).then_some(self.0)
    }
}

/// An item, subitem, repetition or element of a decoded record.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    name: &'static str,
    def: &'static Def,
    data: &'a [u8],
    /// Where in `data` it starts, for what has a fixed width.
    bit: u32,
    key: Key,
}

/// What an item consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A value.
    Element,
    /// Named subitems: group, extended or compound.
    Fields,
    /// Repetitions without names.
    List,
    /// Bytes without definition.
    Bytes,
    /// Items by random field sequencing: any items in any order.
    Sequence,
}

impl<'a> Item<'a> {
    /// `data` is exactly what [`wire::measure`] found.
    pub(crate) fn new(name: &'static str, def: &'static Def, data: &'a [u8], key: Key) -> Self {
        Self {
            name,
            def: def.resolve(key.get(), |_| None),
            data,
            bit: 0,
            key,
        }
    }

    /// Name as in the definition; empty for a repetition.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The structure.
    pub fn def(&self) -> &'static Def {
        self.def
    }

    /// What the item consists of.
    #[inline]
    pub fn shape(&self) -> Shape {
        match self.def.kind {
            Kind::Group(_) | Kind::Extended { .. } | Kind::Compound { .. } => Shape::Fields,
            Kind::Counted { .. } | Kind::Chained(_) => Shape::List,
            Kind::Explicit => Shape::Bytes,
            Kind::Sequence(_) => Shape::Sequence,
            Kind::Element(_) | Kind::Spare | Kind::Case { .. } => Shape::Element,
        }
    }

    /// How an element's bits are to be read; `None` for structures.
    pub fn content(&self) -> Option<&'static Content> {
        match &self.def.kind {
            Kind::Element(content) => Some(content),
            _ => None,
        }
    }

    /// An element's unsigned bit pattern; `None` for structures and elements wider than 64 bits.
    #[inline]
    pub fn raw(&self) -> Option<u64> {
        match self.def.kind {
            Kind::Element(_) | Kind::Spare => wire::bits(self.data, self.bit, self.def.bits),
            _ => None,
        }
    }

    /// Whether these are bits without a meaning.
    pub(crate) fn is_spare(&self) -> bool {
        matches!(self.def.kind, Kind::Spare)
    }

    /// The bytes of an item without definition (without its length octet), or those that a wide
    /// element occupies.
    pub fn bytes(&self) -> Option<&'a [u8]> {
        match self.def.kind {
            Kind::Explicit => self.data.get(1..),
            Kind::Element(_) => {
                let end = (self.bit + self.def.bits).div_ceil(8);
                self.data.get((self.bit / 8) as usize..end as usize)
            }
            _ => None,
        }
    }

    /// The value of an element (scaled to its unit) or of an item without definition.
    #[inline]
    pub fn value(&self) -> Option<Value<'a>> {
        let content = match &self.def.kind {
            Kind::Element(content) => content,
            Kind::Explicit => return self.data.get(1..).map(Value::Bytes),
            _ => return None,
        };
        let Some(raw) = wire::bits(self.data, self.bit, self.def.bits) else {
            return match content {
                Content::Ascii => self.bytes().map(|b| Value::Text(Text::ascii(b))),
                _ => self.bytes().map(Value::Bytes),
            };
        };
        Some(Value::read(content, raw, self.def.bits))
    }

    /// The unit of a quantity; empty if the definition names none.
    pub fn unit(&self) -> Option<&'static str> {
        match self.content()? {
            Content::Quantity { unit, .. } => Some(unit),
            _ => None,
        }
    }

    /// What the value means, where the definition has a table.
    pub fn meaning(&self) -> Option<&'static str> {
        match self.content()? {
            Content::Table(table) => table.meaning(self.raw()?),
            _ => None,
        }
    }

    /// The scaled value as a number, where it is one.
    pub fn number(&self) -> Option<f64> {
        self.value()?.number()
    }

    /// The subitem with this name, or the repetition with this 0-based index.
    pub fn get(&self, name: &str) -> Option<Item<'a>> {
        match self.shape() {
            Shape::List => self.children().nth(name.parse().ok()?),
            _ => self.children().find(|c| c.name == name),
        }
    }

    /// Subitems or repetitions in the order of the bytes; spare and extension bits are left out.
    #[inline]
    pub fn children(&self) -> Children<'a> {
        let state = match &self.def.kind {
            Kind::Group(fields) => State::Fields {
                fields,
                group: *self,
            },
            Kind::Extended { fields, parts } => {
                let last = parts.iter().find(|p| p.end as usize >= self.data.len());
                let end = last.map_or(fields.len(), |p| usize::from(p.fields.end));
                State::Fields {
                    fields: fields.get(..end).unwrap_or_default(),
                    group: *self,
                }
            }
            Kind::Compound { fspec, fields } => match Fspec::read(self.data, *fspec) {
                Some(presence) => State::Compound {
                    fields,
                    indices: presence.indices(),
                    rest: self.data.get(presence.octets.len()..).unwrap_or_default(),
                },
                None => State::Done,
            },
            Kind::Counted { octets, inner } => State::Repeat {
                inner,
                left: wire::count(self.data, *octets).unwrap_or(0),
                rest: self.data.get(usize::from(*octets)..).unwrap_or_default(),
            },
            Kind::Chained(inner) => {
                let step = (inner.bits as usize + 1) / 8;
                State::Repeat {
                    inner,
                    left: self.data.len() / step.max(1),
                    rest: self.data,
                }
            }
            Kind::Sequence(items) => State::Sequence {
                items,
                left: self.data.first().copied().unwrap_or(0),
                rest: self.data.get(1..).unwrap_or_default(),
            },
            Kind::Element(_) | Kind::Spare | Kind::Explicit | Kind::Case { .. } => State::Done,
        };
        Children {
            state,
            key: self.key,
            index: 0,
        }
    }

    /// [`Item::children`] with spare bits, and each child's index in the definition.
    pub(crate) fn children_with_spare(&self) -> impl Iterator<Item = (usize, Item<'a>)> {
        let mut children = self.children();
        std::iter::from_fn(move || children.advance(true))
    }

    /// Presence-bit octets of a compound item; octets of an extended one.
    pub(crate) fn leading_octets(&self) -> usize {
        match &self.def.kind {
            Kind::Compound { fspec, .. } => {
                Fspec::read(self.data, *fspec).map_or(0, |f| f.octets.len())
            }
            Kind::Extended { .. } => self.data.len(),
            _ => 0,
        }
    }
}

/// See [`Item::children`].
#[derive(Debug, Clone)]
pub struct Children<'a> {
    state: State<'a>,
    key: Key,
    index: usize,
}

#[derive(Debug, Clone)]
enum State<'a> {
    Fields {
        fields: &'static [Field],
        group: Item<'a>,
    },
    Repeat {
        inner: &'static Def,
        left: usize,
        rest: &'a [u8],
    },
    Compound {
        fields: &'static [Option<Field>],
        indices: FspecIndices<'a>,
        rest: &'a [u8],
    },
    Sequence {
        items: &'static [Option<&'static ItemDef>],
        left: u8,
        rest: &'a [u8],
    },
    Done,
}

impl<'a> Children<'a> {
    #[inline]
    fn advance(&mut self, with_spare: bool) -> Option<(usize, Item<'a>)> {
        let key = self.key;
        match &mut self.state {
            State::Fields { fields, group } => loop {
                let index = self.index;
                let field = fields.get(index)?;
                self.index += 1;
                if field.name.is_empty() && !with_spare {
                    continue;
                }
                return Some((index, field_item(field, fields, *group, key)));
            },
            State::Repeat { inner, left, rest } => {
                *left = left.checked_sub(1)?;
                let index = self.index;
                self.index += 1;
                let len = if inner.bits > 0 {
                    (inner.bits as usize).div_ceil(8)
                } else {
                    wire::measure(inner, rest).ok()?
                };
                let (data, after) = rest.split_at_checked(len)?;
                *rest = after;
                Some((
                    index,
                    Item {
                        name: "",
                        def: inner,
                        data,
                        bit: 0,
                        key,
                    },
                ))
            }
            State::Compound {
                fields,
                indices,
                rest,
            } => {
                let index = indices.next()?;
                let field = fields.get(index)?.as_ref()?;
                let (data, after) = rest.split_at_checked(wire::measure(field.def, rest).ok()?)?;
                *rest = after;
                Some((
                    index,
                    Item {
                        name: field.name,
                        def: field.def,
                        data,
                        bit: 0,
                        key,
                    },
                ))
            }
            State::Sequence { items, left, rest } => {
                *left = left.checked_sub(1)?;
                let (&frn, after) = rest.split_first()?;
                let index = usize::from(frn).checked_sub(1)?;
                let item = (*items.get(index)?)?;
                let (data, after) = after.split_at_checked(wire::measure(item.def, after).ok()?)?;
                *rest = after;
                Some((
                    index,
                    Item {
                        name: item.name,
                        def: item.def,
                        data,
                        bit: 0,
                        key,
                    },
                ))
            }
            State::Done => None,
        }
    }
}

impl<'a> Iterator for Children<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        Some(self.advance(false)?.1)
    }

    /// Runs over a group's fields without stepping through the iterator's state: where the time of
    /// reading all values goes.
    #[inline]
    fn fold<B, F: FnMut(B, Item<'a>) -> B>(mut self, init: B, mut f: F) -> B {
        let mut sum = init;
        if let State::Fields { fields, group } = self.state {
            for field in fields.get(self.index..).unwrap_or_default() {
                if !field.name.is_empty() {
                    sum = f(sum, field_item(field, fields, group, self.key));
                }
            }
            return sum;
        }
        while let Some((_, item)) = self.advance(false) {
            sum = f(sum, item);
        }
        sum
    }
}

/// A field of a group, with a case resolved.
#[inline]
fn field_item<'a>(
    field: &'static Field,
    fields: &'static [Field],
    group: Item<'a>,
    key: Key,
) -> Item<'a> {
    let def = if matches!(field.def.kind, Kind::Case { .. }) {
        field.def.resolve(key.get(), |sibling| {
            let sibling = fields.get(usize::from(sibling))?;
            wire::bits(group.data, group.bit + sibling.bit, sibling.def.bits)
        })
    } else {
        field.def
    };
    Item {
        name: field.name,
        def,
        data: group.data,
        bit: group.bit + field.bit,
        key,
    }
}

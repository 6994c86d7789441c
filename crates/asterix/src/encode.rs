//! From trees to bytes. The inverse of the decoder, driven by the same definitions.

use crate::{
    block::write_block,
    definition::{Def, Field, ItemDef, Kind},
    error::EncodeError,
    tree::{RecordTree, Tree},
};

/// Octets with a position in bits.
struct Bits<'o> {
    out: &'o mut Vec<u8>,
    /// Bits of the last octet in use; 0 if it is full.
    used: u32,
}

impl Bits<'_> {
    /// Appends the low `width` ≤ 64 bits.
    fn put(&mut self, value: u64, width: u32) {
        let mut left = width;
        while left > 0 {
            if self.used == 0 {
                self.out.push(0);
            }
            let take = left.min(8 - self.used);
            let chunk = (value >> (left - take)) as u8 & (0xFF >> (8 - take));
            if let Some(last) = self.out.last_mut() {
                *last |= chunk << (8 - self.used - take);
            }
            self.used = (self.used + take) % 8;
            left -= take;
        }
    }
}

/// The number of the record's key item.
fn key(record: &RecordTree) -> Option<u32> {
    match record
        .items
        .iter()
        .find(|(frn, _)| Some(*frn) == record.edition.key_item)?
    {
        (_, Tree::Bits(raw)) => u32::try_from(*raw).ok(),
        _ => None,
    }
}

pub(crate) fn record(record: &RecordTree, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    if let Some(bytes) = &record.verbatim {
        out.extend_from_slice(bytes);
        return Ok(());
    }
    let start = out.len();
    let result = record_items(record, out);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

fn record_items(record: &RecordTree, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let Some(profile) = record.edition.profiles.get(record.profile) else {
        return Err(EncodeError::UnknownCategory(record.edition.category));
    };
    fspec(
        out,
        record.items.iter().map(|(frn, _)| *frn),
        None,
        record.fspec_octets,
    );
    let key = key(record);
    for (frn, tree) in &record.items {
        let Some(Some(item)) = profile.items.get(usize::from(*frn)) else {
            return Err(EncodeError::Shape(profile.name));
        };
        match (record.expansion, tree) {
            (Some(expansion), Tree::Fields { .. }) if item.code == ItemDef::RE => {
                let at = out.len();
                out.push(0);
                whole(item.name, expansion.def, tree, key, out)?;
                let len =
                    u8::try_from(out.len() - at).map_err(|_| EncodeError::TooLong(item.name))?;
                if let Some(octet) = out.get_mut(at) {
                    *octet = len;
                }
            }
            _ => whole(item.name, item.def, tree, key, out)?,
        }
    }
    Ok(())
}

/// Presence bits for these ascending indices.
fn fspec(
    out: &mut Vec<u8>,
    indices: impl Iterator<Item = u16>,
    fixed: Option<u8>,
    octets_min: usize,
) {
    let start = out.len();
    let per_octet = if fixed.is_some() { 8 } else { 7 };
    let len = usize::from(fixed.unwrap_or(0)).max(octets_min).max(1);
    out.resize(start + len, 0);
    for index in indices {
        let (octet, bit) = (
            usize::from(index) / per_octet,
            usize::from(index) % per_octet,
        );
        if out.len() <= start + octet {
            out.resize(start + octet + 1, 0);
        }
        if let Some(octet) = out.get_mut(start + octet) {
            *octet |= 0x80 >> bit;
        }
    }
    if fixed.is_none() {
        let last = out.len() - 1;
        for octet in out.get_mut(start..last).unwrap_or_default() {
            *octet |= 1;
        }
    }
}

/// Encodes what starts and ends at an octet's boundary.
fn whole(
    name: &'static str,
    def: &'static Def,
    tree: &Tree,
    key: Option<u32>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let shape = || EncodeError::Shape(name);
    match (&def.kind, tree) {
        (Kind::Extended { fields, parts }, Tree::Fields { octets, present }) => {
            let last = present.last().map_or(0, |(index, _)| *index);
            let mut bits = Bits { out, used: 0 };
            let mut parts = parts.iter().peekable();
            while let Some(part) = parts.next() {
                for index in part.fields.clone() {
                    field(name, fields, index, present, key, &mut bits)?;
                }
                let more = parts.peek().is_some()
                    && (part.fields.end <= last || (part.end as usize) < *octets);
                if part.extends {
                    bits.put(more.into(), 1);
                }
                if !more {
                    break;
                }
            }
            Ok(())
        }
        (
            Kind::Compound {
                fspec: fixed,
                fields,
            },
            Tree::Fields { octets, present },
        ) => {
            fspec(
                out,
                present.iter().map(|(index, _)| *index),
                *fixed,
                *octets,
            );
            for (index, tree) in present {
                let Some(Some(field)) = fields.get(usize::from(*index)) else {
                    return Err(shape());
                };
                whole(field.name, field.def, tree, key, out)?;
            }
            Ok(())
        }
        (Kind::Counted { octets, inner }, Tree::List(list)) => {
            let count = (list.len() as u64).to_be_bytes();
            let (zeros, count) = count
                .split_at_checked(8 - usize::from(*octets))
                .ok_or_else(shape)?;
            if zeros.iter().any(|octet| *octet != 0) {
                return Err(EncodeError::TooLong(name));
            }
            out.extend_from_slice(count);
            list.iter()
                .try_for_each(|tree| whole(name, inner, tree, key, out))
        }
        (Kind::Chained(inner), Tree::List(list)) if !list.is_empty() => {
            let mut bits = Bits { out, used: 0 };
            for (index, tree) in list.iter().enumerate() {
                fixed(name, inner, tree, key, &mut bits)?;
                bits.put((index + 1 < list.len()).into(), 1);
            }
            Ok(())
        }
        (Kind::Explicit, Tree::Bytes(bytes)) => {
            out.push(u8::try_from(bytes.len() + 1).map_err(|_| EncodeError::TooLong(name))?);
            out.extend_from_slice(bytes);
            Ok(())
        }
        (Kind::Sequence(items), Tree::Fields { present, .. }) => {
            out.push(u8::try_from(present.len()).map_err(|_| EncodeError::TooLong(name))?);
            for (index, tree) in present {
                let Some(Some(item)) = items.get(usize::from(*index)) else {
                    return Err(shape());
                };
                out.push(u8::try_from(*index + 1).map_err(|_| EncodeError::TooLong(name))?);
                whole(item.name, item.def, tree, key, out)?;
            }
            Ok(())
        }
        (Kind::Element(_) | Kind::Spare | Kind::Group(_) | Kind::Case { .. }, _) => {
            fixed(name, def, tree, key, &mut Bits { out, used: 0 })
        }
        _ => Err(shape()),
    }
}

/// Encodes what has a fixed width in bits.
fn fixed(
    name: &'static str,
    def: &'static Def,
    tree: &Tree,
    key: Option<u32>,
    bits: &mut Bits<'_>,
) -> Result<(), EncodeError> {
    let shape = || EncodeError::Shape(name);
    match (&def.kind, tree) {
        (Kind::Element(_) | Kind::Spare, Tree::Bits(raw)) if def.bits <= 64 => {
            if def.bits < 64 && raw >> def.bits != 0 {
                return Err(EncodeError::OutOfRange {
                    path: name.to_owned(),
                    value: raw.to_string(),
                });
            }
            bits.put(*raw, def.bits);
            Ok(())
        }
        (Kind::Element(_), Tree::Bytes(bytes)) if bytes.len() * 8 == def.bits as usize => {
            bytes.iter().for_each(|octet| bits.put((*octet).into(), 8));
            Ok(())
        }
        (Kind::Group(fields), Tree::Fields { present, .. }) => (0..fields.len() as u16)
            .try_for_each(|index| field(name, fields, index, present, key, bits)),
        _ => Err(shape()),
    }
}

fn field(
    name: &'static str,
    fields: &'static [Field],
    index: u16,
    present: &[(u16, Tree)],
    key: Option<u32>,
    bits: &mut Bits<'_>,
) -> Result<(), EncodeError> {
    let Some(field) = fields.get(usize::from(index)) else {
        return Err(EncodeError::Shape(name));
    };
    let def = field
        .def
        .resolve(key, |sibling| Some(Tree::field_bits(present, sibling)));
    match present.iter().find(|(i, _)| *i == index) {
        Some((_, tree)) => fixed(field.name, def, tree, key, bits),
        None => {
            (0..def.bits).for_each(|_| bits.put(0, 1));
            Ok(())
        }
    }
}

/// Appends a data block with these records of one category to `out`.
///
/// # Errors
/// If a record does not follow its definition, the categories differ, or the block is too long.
pub fn encode_block<'r>(
    records: impl IntoIterator<Item = &'r RecordTree>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let (mut body, mut category) = (Vec::new(), None);
    for record in records {
        if *category.get_or_insert(record.category()) != record.category() {
            return Err(EncodeError::UnknownCategory(record.category()));
        }
        record.encode_into(&mut body)?;
    }
    category.map_or(Ok(()), |category| write_block(out, category, &body))
}

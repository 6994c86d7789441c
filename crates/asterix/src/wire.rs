//! The bit level: presence bits, bit fields, and how long an item is.
//!
//! Everything that depends on untrusted lengths is decided here, once; what reads values afterwards
//! walks data that [`measure`] has accepted, and still checks every access.

use crate::{
    definition::{Def, Edition, ItemDef, Kind, Profile},
    error::{Fault, Reason},
};

/// The presence bits that open a record or a compound item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fspec<'a> {
    pub(crate) octets: &'a [u8],
    extends: bool,
}

impl<'a> Fspec<'a> {
    /// Reads presence bits of a fixed number of octets, or as many as the extension bits say.
    #[inline]
    pub(crate) fn read(data: &'a [u8], fixed: Option<u8>) -> Option<Self> {
        let len = match fixed {
            Some(octets) => usize::from(octets),
            None => data.iter().position(|octet| octet & 1 == 0)? + 1,
        };
        Some(Self {
            octets: data.get(..len)?,
            extends: fixed.is_none(),
        })
    }

    /// 0-based field indices of the bits set, ascending.
    #[inline]
    pub(crate) fn indices(self) -> FspecIndices<'a> {
        FspecIndices {
            rest: self.octets,
            mask: 0,
            base: 0,
            next_base: 0,
            extends: self.extends,
        }
    }
}

/// See [`Fspec::indices`].
#[derive(Debug, Clone)]
pub(crate) struct FspecIndices<'a> {
    rest: &'a [u8],
    mask: u8,
    base: usize,
    next_base: usize,
    extends: bool,
}

impl Iterator for FspecIndices<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.mask == 0 {
            let (&octet, rest) = self.rest.split_first()?;
            self.rest = rest;
            self.base = self.next_base;
            (self.mask, self.next_base) = if self.extends {
                (octet & 0xFE, self.base + 7)
            } else {
                (octet, self.base + 8)
            };
        }
        let lead = self.mask.leading_zeros();
        self.mask &= !(0x80 >> lead);
        Some(self.base + lead as usize)
    }
}

/// The unsigned value of `width` ≤ 64 bits that start `bit` bits into `data`; `None` past the end.
#[inline]
pub(crate) fn bits(data: &[u8], bit: u32, width: u32) -> Option<u64> {
    let (start, skip) = ((bit / 8) as usize, bit % 8);
    if width == 0 || width > 64 {
        return None;
    }
    if skip + width <= 64
        && let Some(chunk) = data.get(start..).and_then(|d| d.first_chunk::<8>())
    {
        return Some((u64::from_be_bytes(*chunk) << skip) >> (64 - width));
    }
    let end = ((bit + width + 7) >> 3) as usize;
    let octets = data.get(start..end)?;
    // Most items end within eight octets; short ones are the common case.
    let value = match *octets {
        [a] => u64::from(a),
        [a, b] => u64::from(u16::from_be_bytes([a, b])),
        [a, b, c] => u64::from(u32::from_be_bytes([0, a, b, c])),
        [a, b, c, d] => u64::from(u32::from_be_bytes([a, b, c, d])),
        _ => return bits_slow(octets, skip, width),
    };
    let below = octets.len() as u32 * 8 - skip - width;
    Some(value >> below & (u64::MAX >> (64 - width)))
}

fn bits_slow(octets: &[u8], skip: u32, width: u32) -> Option<u64> {
    let value = octets
        .iter()
        .fold(0u128, |value, octet| value << 8 | u128::from(*octet));
    let below = (octets.len() as u32 * 8).checked_sub(skip + width)?;
    Some((value >> below) as u64 & (u64::MAX >> (64 - width)))
}

/// Octets that `def` occupies at the start of `data`.
#[inline]
pub(crate) fn measure(def: &Def, data: &[u8]) -> Result<usize, Box<Fault>> {
    if def.bits > 0 {
        let len = (def.bits / 8) as usize;
        return if len <= data.len() {
            Ok(len)
        } else {
            Err(Fault::new(data.len(), Reason::Truncated))
        };
    }
    measure_variable(def, data)
}

fn measure_variable(def: &Def, data: &[u8]) -> Result<usize, Box<Fault>> {
    let truncated = || Fault::new(data.len(), Reason::Truncated);
    match &def.kind {
        Kind::Extended { parts, .. } => {
            for part in parts {
                let last = *data.get(part.end as usize - 1).ok_or_else(truncated)?;
                if !part.extends || last & 1 == 0 {
                    return Ok(part.end as usize);
                }
            }
            let end = parts.last().map_or(0, |p| p.end as usize);
            Err(Fault::new(end, Reason::Overextended))
        }
        Kind::Counted { octets, inner } => {
            let mut at = usize::from(*octets);
            let count = count(data, *octets).ok_or_else(truncated)?;
            if inner.bits > 0 {
                let end = at + count * (inner.bits / 8) as usize;
                return if end <= data.len() {
                    Ok(end)
                } else {
                    Err(truncated())
                };
            }
            for _ in 0..count {
                at += measure(inner, data.get(at..).ok_or_else(truncated)?)
                    .map_err(|f| f.within(at, ""))?;
            }
            Ok(at)
        }
        Kind::Chained(inner) => {
            let step = (inner.bits as usize + 1) / 8;
            let mut at = step;
            while data.get(at - 1).ok_or_else(truncated)? & 1 == 1 {
                at += step;
            }
            Ok(at)
        }
        Kind::Explicit => match data.first() {
            None => Err(truncated()),
            Some(0) => Err(Fault::new(0, Reason::ZeroLength)),
            Some(&len) if usize::from(len) <= data.len() => Ok(usize::from(len)),
            Some(_) => Err(truncated()),
        },
        Kind::Compound { fspec, fields } => {
            let fspec = Fspec::read(data, *fspec).ok_or_else(truncated)?;
            let mut at = fspec.octets.len();
            for index in fspec.indices() {
                let Some(Some(field)) = fields.get(index) else {
                    return Err(Fault::new(0, undefined(index)));
                };
                let rest = data.get(at..).ok_or_else(truncated)?;
                at += measure(field.def, rest).map_err(|f| f.within(at, field.name))?;
            }
            Ok(at)
        }
        Kind::Sequence(items) => {
            let count = *data.first().ok_or_else(truncated)?;
            let mut at = 1;
            for _ in 0..count {
                let frn = usize::from(*data.get(at).ok_or_else(truncated)?);
                let Some(Some(item)) = frn.checked_sub(1).and_then(|i| items.get(i)) else {
                    return Err(Fault::new(at, Reason::UndefinedField(frn as u16)));
                };
                at += 1;
                let rest = data.get(at..).ok_or_else(truncated)?;
                at += measure(item.def, rest).map_err(|f| f.within(at, item.name))?;
            }
            Ok(at)
        }
        // Fixed widths that are not whole octets never stand alone.
        Kind::Element(_) | Kind::Spare | Kind::Group(_) | Kind::Case { .. } => Err(truncated()),
    }
}

/// The leading count of a repetitive item.
#[inline]
pub(crate) fn count(data: &[u8], octets: u8) -> Option<usize> {
    let head = data.get(..usize::from(octets))?;
    Some(
        head.iter()
            .fold(0, |sum: usize, octet| sum << 8 | usize::from(*octet)),
    )
}

fn undefined(index: usize) -> Reason {
    Reason::UndefinedField(u16::try_from(index + 1).unwrap_or(u16::MAX))
}

/// Walks one record at the start of `data`, giving each item's FSPEC index, definition and bytes
/// as (start, length). Returns the octets read and the profile, and the fault that ended it early.
#[inline]
pub(crate) fn walk<'a>(
    edition: &'static Edition,
    data: &'a [u8],
    mut each: impl FnMut(usize, &'static ItemDef, usize, &'a [u8]),
) -> (usize, usize, Option<Box<Fault>>) {
    let mut chosen = 0;
    let Some(mut profile) = edition.profiles.first() else {
        return (0, 0, Some(Fault::new(0, Reason::UnknownCategory)));
    };
    let Some(fspec) = Fspec::read(data, None) else {
        return (0, 0, Some(Fault::new(data.len(), Reason::Truncated)));
    };
    let mut at = fspec.octets.len();
    for index in fspec.indices() {
        let Some(Some(item)) = profile.items.get(index).copied() else {
            return (at, chosen, Some(Fault::new(0, undefined(index))));
        };
        let rest = data.get(at..).unwrap_or_default();
        let len = match measure(item.def, rest) {
            Ok(len) => len,
            Err(fault) => return (at, chosen, Some(fault.within(at, item.name))),
        };
        let bytes = rest.get(..len).unwrap_or_default();
        each(index, item, at, bytes);
        at += len;
        if let Some(case) = &edition.profile_case
            && case.frn == index
        {
            (chosen, profile) = choose(edition, bytes).unwrap_or((chosen, profile));
        }
    }
    let fault = (at == fspec.octets.len()).then(|| Fault::new(0, Reason::EmptyRecord));
    (at, chosen, fault)
}

#[cold]
fn choose<'e>(edition: &'e Edition, item: &[u8]) -> Option<(usize, &'e Profile)> {
    let case = edition.profile_case.as_ref()?;
    let value = bits(item, case.bit, case.bits)?;
    let (_, index) = case.choices.iter().find(|(v, _)| u64::from(*v) == value)?;
    Some((*index, edition.profiles.get(*index)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_fields() {
        let data = [0b1010_0101, 0xFF, 0x00, 0x81, 1, 2, 3, 4, 5, 6];
        for (bit, width, expected) in [
            (0, 1, Some(1)),
            (1, 3, Some(0b010)),
            (4, 12, Some(0x5FF)),
            (8, 64, Some(0xFF00_8101_0203_0405)),
            (4, 64, Some(0x5FF0_0810_1020_3040)),
            (72, 8, Some(6)),
            (73, 8, None),
            (80, 1, None),
        ] {
            assert_eq!(bits(&data, bit, width), expected, "{bit} {width}");
        }
    }

    #[test]
    fn presence_bits() {
        let fspec = Fspec::read(&[0x81, 0x01, 0x40, 0xFF], None).unwrap();
        assert_eq!(fspec.octets.len(), 3);
        assert_eq!(fspec.indices().collect::<Vec<_>>(), [0, 15]);
        assert!(Fspec::read(&[0x81], None).is_none());
        let fixed = Fspec::read(&[0x81], Some(1)).unwrap();
        assert_eq!(fixed.indices().collect::<Vec<_>>(), [0, 7]);
    }
}

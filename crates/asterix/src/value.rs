//! Element values: numbers scaled to their unit, characters as text.

use crate::definition::Content;
use std::{fmt, ops::Deref};

/// The value of an element, scaled to its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Unscaled bits, unsigned integers, table values, Comm-B registers.
    Unsigned(u64),
    /// Signed integers.
    Signed(i64),
    /// Quantities, in the definition's unit.
    Quantity(f64),
    /// Characters; trailing spaces are left out.
    Text(Text),
    /// Bytes without definition, and elements wider than 64 bits.
    Bytes(&'a [u8]),
}

impl Value<'_> {
    #[inline]
    pub(crate) fn read(content: &Content, raw: u64, bits: u32) -> Self {
        match content {
            Content::Quantity {
                signed,
                numerator,
                denominator,
                step,
                ..
            } => {
                let number = match signed {
                    true => extend(raw, bits) as f64,
                    // One instruction where the top bit is free, as it is in all definitions.
                    false if bits < 64 => raw as i64 as f64,
                    false => raw as f64,
                };
                Value::Quantity(match step {
                    Some(step) => number * step,
                    // Dividing last keeps decimal fractions (1/100) correctly rounded.
                    None => number * numerator / denominator,
                })
            }
            Content::Integer { signed: true } => Value::Signed(extend(raw, bits)),
            Content::Ascii => Value::Text(Text::ascii_bits(raw, bits)),
            Content::Icao => Value::Text(Text::icao(raw, bits)),
            Content::Octal => Value::Text(Text::octal(raw, bits)),
            Content::Raw
            | Content::Table(_)
            | Content::Integer { signed: false }
            | Content::Bds => Value::Unsigned(raw),
        }
    }

    /// The value as a number, where it is one.
    pub fn number(&self) -> Option<f64> {
        match *self {
            Value::Unsigned(v) => Some(v as f64),
            Value::Signed(v) => Some(v as f64),
            Value::Quantity(v) => Some(v),
            Value::Text(_) | Value::Bytes(_) => None,
        }
    }
}

/// Reads `bits` bits as two's complement.
#[inline]
pub(crate) fn extend(raw: u64, bits: u32) -> i64 {
    let shift = 64 - bits.clamp(1, 64);
    ((raw << shift) as i64) >> shift
}

/// A short text, held without allocation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// Room for 12 characters of Latin-1 in UTF-8.
    octets: [u8; 24],
    len: u8,
}

impl Text {
    const EMPTY: Self = Self {
        octets: [0; 24],
        len: 0,
    };

    fn push(&mut self, octet: u8) {
        if let Some(slot) = self.octets.get_mut(usize::from(self.len)) {
            *slot = octet;
            self.len += 1;
        }
    }

    /// Characters above 127 are read as Latin-1.
    fn push_latin1(&mut self, octet: u8) {
        if octet < 0x80 {
            self.push(octet);
        } else if usize::from(self.len) + 2 <= self.octets.len() {
            self.push(0xC0 | octet >> 6);
            self.push(0x80 | octet & 0x3F);
        }
    }

    fn trimmed(mut self) -> Self {
        while self.len > 0 && self.octets.get(usize::from(self.len) - 1) == Some(&b' ') {
            self.len -= 1;
        }
        self
    }

    pub(crate) fn ascii(bytes: &[u8]) -> Self {
        let mut text = Self::EMPTY;
        for octet in bytes {
            text.push_latin1(*octet);
        }
        text.trimmed()
    }

    #[inline(never)]
    fn ascii_bits(raw: u64, bits: u32) -> Self {
        let mut text = Self::EMPTY;
        for at in (0..bits / 8).rev() {
            text.push_latin1((raw >> (8 * at)) as u8);
        }
        text.trimmed()
    }

    /// 6-bit characters: A–Z are 1–26, space 32, digits 48–57; other codes have no character and
    /// are left out (ICAO Annex 10 volume IV, table 3-9).
    #[inline(never)]
    pub(crate) fn icao(raw: u64, bits: u32) -> Self {
        let mut text = Self::EMPTY;
        for at in (0..bits / 6).rev() {
            match (raw >> (6 * at)) as u8 & 0x3F {
                letter @ 1..=26 => text.push(b'A' + letter - 1),
                same @ (32 | 48..=57) => text.push(same),
                _ => {}
            }
        }
        text.trimmed()
    }

    #[inline(never)]
    pub(crate) fn octal(raw: u64, bits: u32) -> Self {
        let mut text = Self::EMPTY;
        for at in (0..bits / 3).rev() {
            text.push(b'0' + ((raw >> (3 * at)) as u8 & 7));
        }
        text
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let octets = self.octets.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(octets).unwrap_or_default()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

/// The 6-bit code of a character, if it has one.
pub(crate) fn icao_code(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A' + 1),
        b' ' | b'0'..=b'9' => Some(character),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (text, expected) in [
            (Text::icao(0x3040_5336_0820, 48), "LDASM"),
            (Text::icao(0, 48), ""),
            (Text::octal(0o1234, 12), "1234"),
            (Text::octal(0o0007, 12), "0007"),
            (Text::ascii(b"LOWW  "), "LOWW"),
            (Text::ascii(&[b'M', 0xFC]), "Mü"),
        ] {
            assert_eq!(text.as_str(), expected);
        }
    }

    #[test]
    fn sign_extension() {
        for (raw, bits, expected) in [
            (0x3FFF, 14, -1),
            (0x1FFF, 14, 8191),
            (1, 1, -1),
            (u64::MAX, 64, -1),
        ] {
            assert_eq!(extend(raw, bits), expected, "{raw:x}/{bits}");
        }
    }
}

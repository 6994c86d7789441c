//! Records as JSON, written straight into a byte buffer.
//!
//! Groups, extended and compound items are objects keyed by the definition's subitem names,
//! repetitive items arrays, items without definition (and elements wider than 64 bits) strings of
//! lower-case hex digits. Spare and extension bits are left out. Random field sequencing is an array
//! of objects of one item each.

use crate::{
    decode::Record,
    definition::Content,
    item::{Item, Shape},
    select::Selection,
    value::Value,
};

/// How element values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Values {
    /// Numbers in the definition's unit, characters as text.
    #[default]
    Scaled,
    /// Unsigned bit patterns.
    Raw,
    /// An object: `raw`, `value`, and where there are any `unit` and `meaning`.
    Full,
}

/// Appends `{"010":{…},…}`, the record's items, to `out`.
///
/// ```
/// # use lapwing_asterix::{Editions, Values, decode_datagram, record_to_json};
/// let decoded = decode_datagram(&[34, 0, 11, 0xF0, 1, 2, 1, 0, 0, 128, 0], &Editions::newest());
/// # assert!(decoded.errors().is_empty(), "{:?}", decoded.errors());
/// let mut json = Vec::new();
/// record_to_json(&decoded.records().next().unwrap(), Values::Scaled, &mut json);
/// assert_eq!(json, br#"{"010":{"SAC":1,"SIC":2},"000":1,"030":1.0,"020":0.0}"#);
/// ```
pub fn record_to_json(record: &Record<'_>, values: Values, out: &mut Vec<u8>) {
    object(record.items(), &Selection::default(), values, out);
}

/// [`record_to_json`] of what is wanted.
pub(crate) fn selected(record: &Record<'_>, wanted: &Selection, values: Values, out: &mut Vec<u8>) {
    object(record.items(), wanted, values, out);
}

/// Appends one item's value to `out`.
pub fn item_to_json(item: &Item<'_>, values: Values, out: &mut Vec<u8>) {
    part(item, &Selection::default(), values, out);
}

fn part(item: &Item<'_>, wanted: &Selection, values: Values, out: &mut Vec<u8>) {
    match item.shape() {
        Shape::Element => element(item, values, out),
        Shape::Fields => object(item.children(), wanted, values, out),
        Shape::List => array(item.children(), out, |child, out| {
            part(child, wanted, values, out);
        }),
        Shape::Sequence => {
            array(item.children(), out, |child, out| {
                object(std::iter::once(*child), wanted, values, out);
            });
        }
        Shape::Bytes => hex(item.bytes().unwrap_or_default(), out),
    }
}

fn object<'a>(
    items: impl Iterator<Item = Item<'a>>,
    wanted: &Selection,
    values: Values,
    out: &mut Vec<u8>,
) {
    let mut separator = b'{';
    items.for_each(|item| {
        let Some(wanted) = wanted.of(item.name()) else {
            return;
        };
        out.push(separator);
        out.push(b'"');
        // Names are letters and digits (the code generator sees to it).
        out.extend_from_slice(item.name().as_bytes());
        out.extend_from_slice(b"\":");
        part(&item, wanted, values, out);
        separator = b',';
    });
    if separator == b'{' {
        out.push(b'{');
    }
    out.push(b'}');
}

fn array<'a>(
    items: impl Iterator<Item = Item<'a>>,
    out: &mut Vec<u8>,
    write: impl Fn(&Item<'a>, &mut Vec<u8>),
) {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(&item, out);
    }
    out.push(b']');
}

fn element(item: &Item<'_>, values: Values, out: &mut Vec<u8>) {
    if values == Values::Scaled {
        return scaled(item, out);
    }
    let raw = |out: &mut Vec<u8>| match item.raw() {
        Some(raw) => integer(raw, out),
        None => hex(item.bytes().unwrap_or_default(), out),
    };
    if values == Values::Raw {
        return raw(out);
    }
    out.extend_from_slice(b"{\"raw\":");
    raw(out);
    out.extend_from_slice(b",\"value\":");
    scaled(item, out);
    if let Some(unit) = item.unit().filter(|u| !u.is_empty()) {
        out.extend_from_slice(b",\"unit\":");
        string(unit, out);
    }
    if let Some(meaning) = item.meaning() {
        out.extend_from_slice(b",\"meaning\":");
        string(meaning, out);
    }
    out.push(b'}');
}

fn scaled(item: &Item<'_>, out: &mut Vec<u8>) {
    match item.value() {
        Some(Value::Unsigned(v)) => integer(v, out),
        Some(Value::Signed(v)) => integer(v, out),
        Some(Value::Quantity(v)) => quantity(v, item.content(), out),
        Some(Value::Text(text)) => string(&text, out),
        Some(Value::Bytes(bytes)) => hex(bytes, out),
        None => out.extend_from_slice(b"null"),
    }
}

/// Whole numbers where the least significant bit is one, so that a column keeps one type.
fn quantity(value: f64, content: Option<&Content>, out: &mut Vec<u8>) {
    if let Some(Content::Quantity { denominator, .. }) = content
        && *denominator == 1.0
    {
        return integer(value as i64, out);
    }
    out.extend_from_slice(zmij::Buffer::new().format(value).as_bytes());
}

fn integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    let digit = |nibble: u8| {
        if nibble < 10 {
            b'0' + nibble
        } else {
            b'a' + nibble - 10
        }
    };
    out.push(b'"');
    for octet in bytes {
        out.push(digit(octet >> 4));
        out.push(digit(octet & 15));
    }
    out.push(b'"');
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for octet in text.bytes() {
        match octet {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', octet]),
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                let nibble = octet & 15;
                out.push(b'0' + (octet >> 4));
                out.push(if nibble < 10 {
                    b'0' + nibble
                } else {
                    b'a' + nibble - 10
                });
            }
            _ => out.push(octet),
        }
    }
    out.push(b'"');
}

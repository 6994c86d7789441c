//! Tests with random records of every definition: every category, edition, profile and expansion.

use crate::{
    RecordBuilder, RecordTree, Tree, Values, blocks, categories, decode_datagram,
    definition::{Def, Edition, Expansion, Kind},
    editions::Editions,
    encode_block, looks_like_asterix, record_to_json,
    typed::{TypedView, cat021, cat034, cat048, cat062, cat063, cat065},
};
use proptest::prelude::*;

/// SplitMix64 (Steele, Lea, Flood 2014): enough to draw bits for tests.
struct Draw(u64);

impl Draw {
    fn bits(&mut self, width: u32) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) >> (64 - width)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.bits(32) as usize) % end
    }
}

/// A random tree of the very form the decoder gives.
fn tree(def: &'static Def, key: Option<u32>, draw: &mut Draw) -> Tree {
    match &def.kind {
        Kind::Element(_) | Kind::Spare if def.bits <= 64 => Tree::Bits(draw.bits(def.bits)),
        Kind::Element(_) | Kind::Spare => {
            Tree::Bytes((0..def.bits / 8).map(|_| draw.bits(8) as u8).collect())
        }
        Kind::Case { .. } => tree(def.resolve(key, |_| None), key, draw),
        Kind::Group(fields) => Tree::Fields {
            octets: 0,
            present: present(fields, key, draw),
        },
        Kind::Extended { fields, parts } => {
            let part = &parts[draw.below(parts.len())];
            let fields = &fields[..usize::from(part.fields.end)];
            Tree::Fields {
                octets: part.end as usize,
                present: present(fields, key, draw),
            }
        }
        Kind::Counted { inner, .. } => {
            Tree::List((0..draw.below(4)).map(|_| tree(inner, key, draw)).collect())
        }
        Kind::Chained(inner) => Tree::List(
            (0..1 + draw.below(3))
                .map(|_| tree(inner, key, draw))
                .collect(),
        ),
        Kind::Explicit => Tree::Bytes((0..draw.below(20)).map(|_| draw.bits(8) as u8).collect()),
        Kind::Compound { fspec, fields } => {
            let mut present = Vec::new();
            for (index, field) in fields.iter().enumerate() {
                if let Some(field) = field.as_ref().filter(|_| draw.bits(1) == 1) {
                    present.push((index as u16, tree(field.def, key, draw)));
                }
            }
            let needed = present
                .last()
                .map_or(1, |(last, _)| usize::from(*last) / 7 + 1);
            // Now and then longer than needed, which a decoder has to keep.
            let octets = fspec.map_or(needed + usize::from(draw.bits(3) == 0), usize::from);
            Tree::Fields { octets, present }
        }
        Kind::Sequence(items) => {
            let mut present = Vec::new();
            for _ in 0..draw.below(4) {
                let index = draw.below(items.len());
                if let Some(item) = items[index] {
                    present.push((index as u16, tree(item.def, key, draw)));
                }
            }
            Tree::Fields { octets: 0, present }
        }
    }
}

fn present(fields: &'static [crate::Field], key: Option<u32>, draw: &mut Draw) -> Vec<(u16, Tree)> {
    let mut present: Vec<(u16, Tree)> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let def = field
            .def
            .resolve(key, |sibling| Some(Tree::field_bits(&present, sibling)));
        let tree = tree(def, key, draw);
        if !(field.name.is_empty() && tree == Tree::Bits(0)) {
            present.push((index as u16, tree));
        }
    }
    present
}

fn record(
    edition: &'static Edition,
    expansion: Option<&'static Expansion>,
    profile: usize,
    draw: &mut Draw,
) -> RecordTree {
    let mut items = Vec::new();
    let mut key = None;
    for (frn, item) in edition.profiles[profile].items.iter().enumerate() {
        let case = edition.profile_case.as_ref().filter(|case| case.frn == frn);
        let Some(item) = item.filter(|_| case.is_some() || draw.bits(1) == 1) else {
            continue;
        };
        let def = match expansion {
            Some(expansion) if item.name == "RE" => expansion.def,
            _ => item.def,
        };
        let mut content = tree(def, key, draw);
        if let Some(case) = case {
            let fitting: Vec<_> = case.choices.iter().filter(|(_, p)| *p == profile).collect();
            let wanted = Tree::Bits(fitting[draw.below(fitting.len())].0.into());
            match &mut content {
                Tree::Fields { present, .. } => present[0].1 = wanted,
                element => *element = wanted,
            }
        }
        if let (true, Tree::Bits(raw)) = (edition.key_item == Some(frn as u16), &content) {
            key = Some(*raw as u32);
        }
        items.push((frn as u16, content));
    }
    let needed = items
        .last()
        .map_or(1, |(last, _)| usize::from(*last) / 7 + 1);
    let fspec_octets = needed + usize::from(draw.bits(3) == 0);
    RecordTree {
        edition,
        expansion,
        profile,
        fspec_octets,
        items,
        verbatim: None,
    }
}

/// Calls `check` with random records of every definition.
fn every_definition(rounds: u64, mut check: impl FnMut(&Editions, &RecordTree)) {
    for category in categories() {
        let expansions: Vec<_> = match category.expansions() {
            [] => vec![None],
            some => some.iter().map(|e| Some(*e)).chain([None]).collect(),
        };
        for edition in category.editions() {
            for expansion in &expansions {
                for profile in 0..edition.profiles.len() {
                    let mut editions = Editions::newest();
                    editions.choose(category.number, edition.name).unwrap();
                    editions
                        .choose_expansion(category.number, expansion.map(|e| e.name))
                        .unwrap();
                    for seed in 0..rounds {
                        let record = record(edition, *expansion, profile, &mut Draw(seed));
                        if !record.items.is_empty() {
                            check(&editions, &record);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn encode_decode_encode() {
    let (mut checked, mut too_long) = (0, 0);
    every_definition(100, |editions, record| {
        let name = format!(
            "category {:03} edition {}",
            record.category(),
            record.edition.name
        );
        let mut datagram = Vec::new();
        match encode_block([record], &mut datagram) {
            // Expansion fields drawn beyond the 254 octets that their length can say.
            Err(crate::EncodeError::TooLong("RE")) => return too_long += 1,
            result => result.unwrap(),
        }
        let decoded = decode_datagram(&datagram, editions);
        assert_eq!(decoded.errors(), [], "{name}");
        let again = RecordTree::from(decoded.records().next().unwrap());
        assert_eq!(again.items, record.items, "{name}");
        assert_eq!(again.profile, record.profile, "{name}");
        assert_eq!(again.encode().unwrap(), datagram[3..], "{name}");
        assert!(RecordBuilder::from_tree(again).build().encode().unwrap() == datagram[3..]);
        let mut json = Vec::new();
        for values in [Values::Scaled, Values::Raw, Values::Full] {
            json.clear();
            record_to_json(&decoded.records().next().unwrap(), values, &mut json);
            serde_json::from_slice::<serde_json::Value>(&json)
                .unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        checked += 1;
    });
    assert!(
        checked > 9_000 && too_long * 100 < checked,
        "{checked} checked, {too_long} too long"
    );
}

/// Setting every element of a decoded record to its own scaled value leaves the bytes as they are.
#[test]
fn scaled_values_survive() {
    fn set(builder: &mut RecordBuilder, path: &str, item: crate::Item<'_>) {
        use crate::{Content, Shape, Value};
        match (item.shape(), item.value()) {
            (Shape::Element, Some(Value::Unsigned(v))) => drop(builder.set_raw(path, v).unwrap()),
            (Shape::Element, Some(Value::Signed(v))) => drop(builder.set(path, v).unwrap()),
            (Shape::Element, Some(Value::Quantity(v))) => drop(builder.set(path, v).unwrap()),
            (Shape::Element, Some(Value::Text(v)))
                if matches!(item.content(), Some(Content::Octal)) =>
            {
                builder.set(path, &*v).unwrap();
            }
            (Shape::Element, Some(Value::Bytes(v))) => drop(builder.set(path, v).unwrap()),
            // Random bits are seldom proper text.
            (Shape::Element, _) => drop(item.raw().map(|raw| builder.set_raw(path, raw).unwrap())),
            (Shape::List, _) => {
                item.children()
                    .enumerate()
                    .for_each(|(i, child)| set(builder, &format!("{path}/{i}"), child));
            }
            (Shape::Fields, _) => {
                item.children()
                    .for_each(|child| set(builder, &format!("{path}/{}", child.name()), child));
            }
            (Shape::Bytes | Shape::Sequence, _) => {}
        }
    }
    every_definition(5, |editions, record| {
        let mut datagram = Vec::new();
        if encode_block([record], &mut datagram).is_err() {
            return;
        }
        let decoded = decode_datagram(&datagram, editions);
        let decoded = decoded.records().next().unwrap();
        let mut builder = RecordBuilder::from_tree(decoded.into());
        decoded
            .items()
            .for_each(|item| set(&mut builder, item.name(), item));
        assert_eq!(builder.build().encode().unwrap(), datagram[3..]);
    });
}

/// What any bytes must stand: no panic, bounded memory, every record's bytes given back.
fn survives(bytes: &[u8]) {
    fn view<V: TypedView>(bytes: &[u8]) {
        for block in blocks(bytes).flatten() {
            crate::typed::views::<V>(block).for_each(drop);
        }
        let _ = V::parse(bytes);
    }
    looks_like_asterix(bytes);
    let decoded = decode_datagram(bytes, &Editions::newest());
    let mut items = 0;
    for record in decoded.records() {
        items += record.items().count();
        for values in [Values::Scaled, Values::Raw, Values::Full] {
            let mut json = Vec::new();
            record_to_json(&record, values, &mut json);
            serde_json::from_slice::<serde_json::Value>(&json).unwrap();
        }
        assert_eq!(RecordTree::from(record).encode().unwrap(), record.raw());
    }
    assert!(items <= bytes.len() && decoded.errors().len() <= bytes.len() + 1);
    view::<cat021::View>(bytes);
    view::<cat034::View>(bytes);
    view::<cat048::View>(bytes);
    view::<cat062::View>(bytes);
    view::<cat063::View>(bytes);
    view::<cat065::View>(bytes);
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }

    #[test]
    fn mutated_records(
        which in any::<proptest::sample::Index>(),
        seed in any::<u64>(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let all: Vec<_> = categories().collect();
        let category = all[which.index(all.len())];
        let mut draw = Draw(seed);
        let edition = category.newest().unwrap();
        let profile = draw.below(edition.profiles.len());
        let records: Vec<_> = (0..3)
            .map(|_| record(edition, category.expansions().last().copied(), profile, &mut draw))
            .collect();
        let mut bytes = Vec::new();
        if encode_block(&records, &mut bytes).is_ok() {
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
                let len = (bytes.len() as u16).to_be_bytes();
                if let Some(field) = bytes.get_mut(1..3) {
                    field.copy_from_slice(&len);
                }
            }
            for (at, value) in changes {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = value;
                }
            }
            survives(&bytes);
        }
    }
}

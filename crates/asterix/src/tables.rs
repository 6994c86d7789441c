//! Reads the committed tables into definitions, one category at its first use.
//!
//! `src/tables/catNNN.txt` are generated (`cargo xtask`, asterix code generation) from the
//! machine-readable definitions of asterix-specs; see `NOTICE.md` for their licence. One line is one
//! fact; lines refer to earlier ones of the same kind by index, so equal parts of several editions
//! are written once:
//!
//! ```text
//! C 062                           category
//! t 0 Plot|1 Track                table
//! e12 o                           node: element, bits, content (r raw, u/i integer, tN table N, a ASCII,
//!                                 c ICAO, o octal, b Comm-B register, U/S quantity with scale and unit)
//! g SAC=0 SIC=0 -4                node: group of fields; -4 is four spare bits
//! x TYP=2 SIM=3 -                 node: extended; - is an extension bit
//! c COM=3 - ADR=4                 node: compound; - is an unused bit; c1: fixed FSPEC of one octet
//! n1 7 | f 7                      node: repetitive, counted by one octet | by extension bits
//! y | yre | ysp                   node: explicit length
//! k @0 0:12 *:14                  node: alternatives by the sibling field 0 (or by an item: k 000 …)
//! i 010 5 Data Source Identifier  item: name, node, title
//! A 1.4 2022-08-18 020/TYP 0:plot edition, date, choice of profile by an item or its field
//! V plot 0 3 - rfs                profile of the edition above: items in FSPEC order
//! X 1.3 2023-02-13 61             expansion: edition, date, node
//! ```

use crate::definition::{
    Category, Content, Def, Edition, Expansion, Field, ItemDef, Kind, Part, Profile, ProfileCase,
    Selector, Table,
};
use std::sync::OnceLock;

macro_rules! categories {
    ($($number:literal $file:literal),* $(,)?) => {
        const TEXTS: &[(u8, &str)] = &[$(($number, include_str!(concat!("tables/cat", $file, ".txt")))),*];
    };
}

categories! {
    1 "001", 2 "002", 4 "004", 7 "007", 8 "008", 9 "009", 10 "010", 11 "011", 15 "015", 16 "016",
    17 "017", 18 "018", 19 "019", 20 "020", 21 "021", 23 "023", 25 "025", 32 "032", 34 "034",
    48 "048", 62 "062", 63 "063", 65 "065", 150 "150", 205 "205", 240 "240", 247 "247",
}

/// Parsed once; the same for every caller, so no state in the sense that matters.
static PARSED: [OnceLock<Option<Category>>; TEXTS.len()] = [const { OnceLock::new() }; TEXTS.len()];

/// Position in [`TEXTS`] plus one, or 0.
const SLOTS: [u8; 256] = {
    let mut slots = [0; 256];
    let mut i = 0;
    while i < TEXTS.len() {
        slots[TEXTS[i].0 as usize] = i as u8 + 1;
        i += 1;
    }
    slots
};

/// The definitions of a category, if there are any.
pub fn category(number: u8) -> Option<&'static Category> {
    let slot = usize::from(*SLOTS.get(usize::from(number))?).checked_sub(1)?;
    PARSED
        .get(slot)?
        .get_or_init(|| parse(TEXTS.get(slot)?.1))
        .as_ref()
}

/// Whether there are definitions for a category; cheaper than [`category`].
pub fn is_known(number: u8) -> bool {
    SLOTS.get(usize::from(number)).is_some_and(|slot| *slot > 0)
}

/// All categories there are definitions for, in ascending order.
pub fn categories() -> impl Iterator<Item = &'static Category> {
    TEXTS.iter().filter_map(|(number, _)| category(*number))
}

/// Fields, the parts between extension bits, and the total width in bits.
type Layout = (Box<[Field]>, Box<[Part]>, u32);

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

#[derive(Default)]
struct Parser {
    category: u8,
    tables: Vec<&'static Table>,
    nodes: Vec<&'static Def>,
    items: Vec<&'static ItemDef>,
    /// Top-level item that cases refer to, if any did so far.
    key_item: Option<&'static str>,
    editions: Vec<Edition>,
    expansions: Vec<&'static Expansion>,
    /// The case line of the edition at hand: selecting path, then `value:profile`.
    profile_case: Vec<Option<&'static str>>,
}

fn parse(text: &'static str) -> Option<Category> {
    let mut parser = Parser::default();
    for line in text.lines() {
        parser.line(line)?;
    }
    let Parser {
        category,
        mut editions,
        profile_case,
        key_item,
        expansions,
        ..
    } = parser;
    for (edition, case) in editions.iter_mut().zip(profile_case) {
        let first = edition.profiles.first()?;
        if let Some(case) = case {
            edition.profile_case = Some(choose_profile(case, &edition.profiles)?);
        } else if edition.profiles.len() != 1 {
            return None;
        }
        edition.key_item = key_item
            .and_then(|name| first.position(name))
            .and_then(|i| u16::try_from(i).ok());
    }
    Some(Category {
        number: category,
        editions: editions.into_iter().map(|e| leak(e) as &Edition).collect(),
        expansions: expansions.into(),
    })
}

fn choose_profile(case: &'static str, profiles: &[Profile]) -> Option<ProfileCase> {
    let mut words = case.split(' ');
    let path = words.next()?;
    let (item, field) = path
        .split_once('/')
        .map_or((path, None), |(item, field)| (item, Some(field)));
    let frn = profiles.first()?.position(item)?;
    // The item must stand at the same bit everywhere, or it could not choose.
    if profiles.iter().any(|p| p.position(item) != Some(frn)) {
        return None;
    }
    let def = (*profiles.first()?.items.get(frn)?)?.def;
    let (bit, bits) = match (&def.kind, field) {
        (Kind::Extended { fields, .. } | Kind::Group(fields), Some(name)) => {
            let field = fields.iter().find(|f| f.name == name)?;
            (field.bit, field.def.bits)
        }
        (Kind::Element(_), None) => (0, def.bits),
        _ => return None,
    };
    let mut choices = Vec::new();
    for word in words {
        let (value, name) = word.split_once(':')?;
        choices.push((
            value.parse().ok()?,
            profiles.iter().position(|p| p.name == name)?,
        ));
    }
    Some(ProfileCase {
        frn,
        bit,
        bits,
        choices: choices.into(),
    })
}

impl Parser {
    fn line(&mut self, line: &'static str) -> Option<()> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (kind, argument) = word.split_at_checked(1)?;
        match kind {
            "C" => self.category = rest.parse().ok()?,
            "t" => {
                let rows = rest.split('|').map(|row| {
                    let (value, meaning) = row.split_once(' ')?;
                    Some((value.parse().ok()?, meaning))
                });
                self.tables.push(leak(Table {
                    rows: rows.collect::<Option<_>>()?,
                }));
            }
            "i" => {
                let (name, rest) = rest.split_once(' ')?;
                let (node, title) = rest.split_once(' ').unwrap_or((rest, ""));
                let code = match name {
                    "RE" | "REF" => ItemDef::RE,
                    "SP" | "SPF" => ItemDef::SP,
                    number => number.parse().ok()?,
                };
                let def = self.node(node)?;
                self.items.push(leak(ItemDef {
                    name,
                    title,
                    code,
                    def,
                }));
            }
            "A" => {
                let mut words = rest.splitn(3, ' ');
                self.editions.push(Edition {
                    category: self.category,
                    name: words.next()?,
                    date: words.next()?,
                    profiles: Box::default(),
                    profile_case: None,
                    key_item: None,
                });
                self.profile_case.push(words.next());
            }
            "V" => {
                let profile = self.profile(rest)?;
                let edition = self.editions.last_mut()?;
                let mut profiles = std::mem::take(&mut edition.profiles).into_vec();
                profiles.push(profile);
                edition.profiles = profiles.into();
            }
            "X" => {
                let mut words = rest.split(' ');
                let (name, date) = (words.next()?, words.next()?);
                let def = self.node(words.next()?)?;
                self.expansions.push(leak(Expansion {
                    category: self.category,
                    name,
                    date,
                    def,
                }));
            }
            _ => {
                let def = self.structure(kind, argument, rest)?;
                self.nodes.push(leak(def));
            }
        }
        Some(())
    }

    fn node(&self, index: &str) -> Option<&'static Def> {
        self.nodes.get(index.parse::<usize>().ok()?).copied()
    }

    fn profile(&self, rest: &'static str) -> Option<Profile> {
        let mut words = rest.split(' ');
        let name = words.next()?;
        let words: Vec<_> = words.collect();
        let item = |word: &str| -> Option<Option<&'static ItemDef>> {
            match word {
                "-" | "rfs" => Some(None),
                index => Some(Some(self.items.get(index.parse::<usize>().ok()?).copied()?)),
            }
        };
        let mut items = words.iter().map(|w| item(w)).collect::<Option<Vec<_>>>()?;
        if let Some(at) = words.iter().position(|w| *w == "rfs") {
            let def = leak(Def {
                kind: Kind::Sequence(items.clone().into()),
                bits: 0,
            });
            *items.get_mut(at)? = Some(leak(ItemDef {
                name: "RFS",
                title: "Random Field Sequencing",
                code: ItemDef::RFS,
                def,
            }));
        }
        Some(Profile {
            name,
            items: items.into(),
        })
    }

    fn structure(&mut self, kind: &str, argument: &'static str, rest: &'static str) -> Option<Def> {
        let variable = |kind| Some(Def { kind, bits: 0 });
        match kind {
            "e" => {
                let content = self.content(rest)?;
                Some(Def {
                    kind: Kind::Element(content),
                    bits: argument.parse().ok()?,
                })
            }
            "g" => {
                let (fields, _, bits) = self.fields(rest)?;
                Some(Def {
                    kind: Kind::Group(fields),
                    bits,
                })
            }
            "x" => {
                let (fields, parts, _) = self.fields(rest)?;
                variable(Kind::Extended { fields, parts })
            }
            "c" => {
                let fspec = if argument.is_empty() {
                    None
                } else {
                    Some(argument.parse().ok()?)
                };
                let field = |word: &'static str| match word {
                    "-" => Some(None),
                    word => {
                        let (name, node) = word.split_once('=')?;
                        Some(Some(Field {
                            name,
                            def: self.node(node)?,
                            bit: 0,
                        }))
                    }
                };
                variable(Kind::Compound {
                    fspec,
                    fields: rest.split(' ').map(field).collect::<Option<_>>()?,
                })
            }
            "n" => variable(Kind::Counted {
                octets: argument.parse().ok()?,
                inner: self.node(rest)?,
            }),
            "f" => variable(Kind::Chained(self.node(rest)?)),
            "y" => variable(Kind::Explicit),
            "k" => self.case(rest),
            _ => None,
        }
    }

    fn content(&self, text: &'static str) -> Option<Content> {
        Some(match text.split_at_checked(1)? {
            ("r", _) => Content::Raw,
            ("u", _) => Content::Integer { signed: false },
            ("i", _) => Content::Integer { signed: true },
            ("a", _) => Content::Ascii,
            ("c", _) => Content::Icao,
            ("o", _) => Content::Octal,
            ("b", _) => Content::Bds,
            ("t", index) => Content::Table(self.tables.get(index.parse::<usize>().ok()?).copied()?),
            (sign, scale) => {
                let (scale, unit) = scale
                    .trim_start()
                    .split_once(' ')
                    .unwrap_or((scale.trim_start(), ""));
                let (numerator, denominator) = scale.split_once('/')?;
                let (numerator, denominator) =
                    (numerator.parse().ok()?, denominator.parse::<u64>().ok()?);
                let exact = denominator.is_power_of_two();
                let denominator = denominator as f64;
                let step = exact.then_some(numerator / denominator);
                Content::Quantity {
                    signed: sign == "S",
                    numerator,
                    denominator,
                    step,
                    unit,
                }
            }
        })
    }

    /// Fields of a group or extended item, the parts between extension bits, and the total width.
    fn fields(&self, rest: &'static str) -> Option<Layout> {
        let (mut fields, mut parts, mut bit, mut first) = (Vec::new(), Vec::new(), 0, 0);
        for word in rest.split(' ') {
            if word == "-" {
                bit += 1;
                let next = u16::try_from(fields.len()).ok()?;
                parts.push(Part {
                    fields: first..next,
                    end: bit / 8,
                    extends: true,
                });
                first = next;
                continue;
            }
            let (name, def) = match word.split_once('=') {
                Some((name, node)) => (name, self.node(node)?),
                None => {
                    let bits = word.strip_prefix('-')?.parse().ok()?;
                    (
                        "",
                        leak(Def {
                            kind: Kind::Spare,
                            bits,
                        }) as &Def,
                    )
                }
            };
            fields.push(Field { name, def, bit });
            bit += def.bits;
        }
        let next = u16::try_from(fields.len()).ok()?;
        if first < next {
            parts.push(Part {
                fields: first..next,
                end: bit / 8,
                extends: false,
            });
        }
        Some((fields.into(), parts.into(), bit))
    }

    fn case(&mut self, rest: &'static str) -> Option<Def> {
        let mut words = rest.split(' ');
        let mut selectors = Vec::new();
        for selector in words.next()?.split(',') {
            selectors.push(match selector.strip_prefix('@') {
                Some(index) => Selector::Sibling(index.parse().ok()?),
                None => {
                    self.key_item = Some(selector);
                    Selector::Key
                }
            });
        }
        let (mut choices, mut default, mut bits) = (Vec::new(), None, 0);
        for word in words {
            let (values, node) = word.split_once(':')?;
            let def = self.node(node)?;
            bits = def.bits;
            if values == "*" {
                default = Some(def);
            } else {
                choices.push((
                    values
                        .split(',')
                        .map(|v| v.parse().ok())
                        .collect::<Option<_>>()?,
                    def,
                ));
            }
        }
        let default = default.unwrap_or_else(|| {
            leak(Def {
                kind: Kind::Element(Content::Raw),
                bits,
            })
        });
        Some(Def {
            kind: Kind::Case {
                selectors: selectors.into(),
                choices: choices.into(),
                default,
            },
            bits,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_understood() {
        for (number, text) in TEXTS {
            let mut parser = Parser::default();
            for (index, line) in text.lines().enumerate() {
                assert!(
                    parser.line(line).is_some(),
                    "category {number:03} line {}: {line}",
                    index + 1
                );
            }
            assert_eq!(category(*number).map(|c| c.number), Some(*number));
        }
    }
}

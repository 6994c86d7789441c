//! From outlines to the table text: structurally equal nodes are written once and shared.
//!
//! Editions of one category differ in a few items, so sharing keeps all of them within a few
//! kilobytes. The form is read by `crates/asterix/src/tables.rs`, whose header describes it.

use super::outline::Line;
use anyhow::{Context, Result, bail, ensure};
use std::{collections::HashMap, fmt::Write};

/// Collects the nodes, items and editions of one category.
pub struct Writer {
    text: String,
    tables: HashMap<String, usize>,
    nodes: HashMap<String, usize>,
    items: HashMap<String, usize>,
    /// Names of the fields of the groups around the place at hand, outermost first.
    siblings: Vec<Vec<String>>,
}

struct Shape {
    node: usize,
    /// Width where it does not depend on the data.
    bits: Option<u32>,
}

impl Writer {
    pub fn new(category: u8) -> Self {
        Self {
            text: format!("C {category:03}\n"),
            tables: HashMap::new(),
            nodes: HashMap::new(),
            items: HashMap::new(),
            siblings: Vec::new(),
        }
    }

    pub fn finish(self) -> String {
        self.text
    }

    pub fn edition(&mut self, lines: &[Line]) -> Result<()> {
        let (edition, date) = heading(lines)?;
        let mut by_name = HashMap::new();
        for item in &section(lines, "items")?.children {
            let (name, title) = named(item.text)?;
            let shape = self
                .structure(&item.children)
                .with_context(|| format!("item {name}"))?;
            ensure!(
                shape.bits.is_none_or(|b| b % 8 == 0),
                "item {name} is not whole octets"
            );
            let line = format!("i {name} {} {title}", shape.node);
            by_name.insert(
                name.to_owned(),
                intern(&mut self.items, &mut self.text, line),
            );
        }
        let profile = |line: &Line| -> Result<String> {
            let mut out = String::new();
            for entry in &line.children {
                match entry.text {
                    "-" | "rfs" => write!(out, " {}", entry.text)?,
                    name => write!(
                        out,
                        " {}",
                        by_name
                            .get(name)
                            .with_context(|| format!("profile names {name}"))?
                    )?,
                }
            }
            Ok(out)
        };
        if let Ok(uap) = section(lines, "uap") {
            writeln!(self.text, "A {edition} {date}\nV -{}", profile(uap)?)?;
            return Ok(());
        }
        let uaps = section(lines, "uaps")?;
        let case = uaps
            .children
            .iter()
            .find_map(|l| Some((l.text.strip_prefix("case ")?, l)))
            .context("no case")?;
        write!(self.text, "A {edition} {date} {}", case.0)?;
        for choice in &case.1.children {
            let (value, name) = choice.text.split_once(": ").context("case without value")?;
            write!(self.text, " {value}:{name}")?;
        }
        self.text.push('\n');
        for variation in &section(&uaps.children, "variations")?.children {
            writeln!(self.text, "V {}{}", variation.text, profile(variation)?)?;
        }
        Ok(())
    }

    pub fn expansion(&mut self, lines: &[Line]) -> Result<()> {
        let (edition, date) = heading(lines)?;
        let body = lines
            .iter()
            .position(|l| l.text.starts_with("compound"))
            .context("no body")?;
        let shape = self.structure(&lines[body..])?;
        writeln!(self.text, "X {edition} {date} {}", shape.node)?;
        Ok(())
    }

    fn node(&mut self, line: String, bits: Option<u32>) -> Shape {
        Shape {
            node: intern(&mut self.nodes, &mut self.text, line),
            bits,
        }
    }

    /// The structure among an item's children (titles and prose are gone, so it stands alone).
    fn structure(&mut self, lines: &[Line]) -> Result<Shape> {
        let [line] = lines else {
            bail!("expected one structure, found {}", lines.len())
        };
        let (word, rest) = line.text.split_once(' ').unwrap_or((line.text, ""));
        match (word, rest) {
            ("element", bits) => self.element(bits.parse()?, &line.children),
            ("group", "") => {
                let (fields, bits) = self.fields(&line.children)?;
                let bits = bits.context("group of variable width")?;
                Ok(self.node(format!("g{fields}"), Some(bits)))
            }
            ("extended", "") => {
                let (fields, bits) = self.fields(&line.children)?;
                ensure!(
                    bits.is_some_and(|b| b % 8 == 0),
                    "extended item is not whole octets"
                );
                Ok(self.node(format!("x{fields}"), None))
            }
            ("compound", fspec_octets) => {
                let (fields, _) = self.fields(&line.children)?;
                Ok(self.node(format!("c{fspec_octets}{fields}"), None))
            }
            ("repetitive", "fx") => {
                let inner = self.structure(&line.children)?;
                ensure!(
                    inner.bits.is_some_and(|b| b % 8 == 7),
                    "no room for the extension bit"
                );
                Ok(self.node(format!("f {}", inner.node), None))
            }
            ("repetitive", octets) => {
                let inner = self.structure(&line.children)?;
                ensure!(
                    inner.bits.is_none_or(|b| b % 8 == 0),
                    "repetition is not whole octets"
                );
                Ok(self.node(format!("n{} {}", octets.parse::<u8>()?, inner.node), None))
            }
            ("explicit", kind) => Ok(self.node(format!("y{kind}"), None)),
            ("case", path) => {
                let mut bits = None;
                let choices = self.choices(&line.children, |writer, lines| {
                    let shape = writer.structure(lines)?;
                    ensure!(
                        bits.is_none_or(|b| Some(b) == shape.bits),
                        "alternatives differ in width"
                    );
                    bits = Some(shape.bits.context("alternative of variable width")?);
                    Ok(shape.node)
                })?;
                Ok(self.node(format!("k{}{choices}", self.selector(path)?), bits))
            }
            other => bail!("unknown structure {other:?}"),
        }
    }

    fn element(&mut self, bits: u32, lines: &[Line]) -> Result<Shape> {
        let [line] = lines else {
            bail!("expected one content, found {}", lines.len())
        };
        if let Some(path) = line.text.strip_prefix("case ") {
            let choices = self.choices(&line.children, |writer, lines| {
                Ok(writer.element(bits, lines)?.node)
            })?;
            return Ok(self.node(format!("k{}{choices}", self.selector(path)?), Some(bits)));
        }
        let content = match line.text {
            "raw" => "r".to_owned(),
            "table" => format!("t{}", self.table(&line.children)?),
            "string ascii" => {
                ensure!(bits <= 96, "text too long for the decoder's buffer");
                "a".to_owned()
            }
            "string icao" => "c".to_owned(),
            "string octal" => "o".to_owned(),
            text if text.starts_with("bds") => "b".to_owned(),
            text if text.starts_with("unsigned integer") => "u".to_owned(),
            text if text.starts_with("signed integer") => "i".to_owned(),
            text => {
                let (sign, rest) = text.split_once(" quantity ").context("unknown content")?;
                let (lsb, rest) = rest.split_once(" \"").context("quantity without unit")?;
                let (unit, _limits) = rest.split_once('"').context("unit not closed")?;
                let (numerator, denominator) = fraction(lsb)?;
                let kind = match sign {
                    "signed" => 'S',
                    "unsigned" => 'U',
                    _ => bail!("unknown sign {sign}"),
                };
                format!("{kind} {numerator}/{denominator} {unit}")
                    .trim_end()
                    .to_owned()
            }
        };
        Ok(self.node(format!("e{bits} {content}"), Some(bits)))
    }

    fn table(&mut self, rows: &[Line]) -> Result<usize> {
        let mut line = String::from("t");
        for row in rows {
            ensure!(row.children.is_empty(), "table row goes on");
            let (value, meaning) = row
                .text
                .split_once(':')
                .context("table row without value")?;
            ensure!(!meaning.contains('|'), "separator in a meaning");
            write!(
                line,
                "{}{} {}",
                if line == "t" { ' ' } else { '|' },
                value.parse::<u32>()?,
                meaning.trim()
            )?;
        }
        Ok(intern(&mut self.tables, &mut self.text, line))
    }

    /// ` NAME=node` for each named child, ` -N` for spare bits, ` -` for a gap in a compound, and
    /// ` /` for the extension bit of an extended item; with the total width where it is fixed.
    fn fields(&mut self, lines: &[Line]) -> Result<(String, Option<u32>)> {
        let named_or_spare = lines.iter().filter(|l| l.text != "-");
        self.siblings.push(
            named_or_spare
                .map(|l| l.text.split(' ').next().unwrap_or_default().to_owned())
                .collect(),
        );
        let mut out = String::new();
        let mut total = Some(0);
        for line in lines {
            let bits = if line.text == "-" {
                out.push_str(" -");
                Some(1)
            } else if let Some(bits) = line.text.strip_prefix("spare ") {
                write!(out, " -{bits}")?;
                Some(bits.parse()?)
            } else {
                let (name, _title) = named(line.text)?;
                let shape = self
                    .structure(&line.children)
                    .with_context(|| name.to_owned())?;
                write!(out, " {name}={}", shape.node)?;
                shape.bits
            };
            total = total.zip(bits).map(|(a, b)| a + b);
        }
        self.siblings.pop();
        Ok((out, total))
    }

    /// What a case looks at: ` @2` for the field with index 2 of the same group, ` 000` for an item.
    fn selector(&self, path: &str) -> Result<String> {
        let mut out = String::new();
        for path in path.trim_matches(['(', ')']).split(", ") {
            out.push(if out.is_empty() { ' ' } else { ',' });
            match path.rsplit_once('/') {
                None => out.push_str(path),
                Some((_, name)) => {
                    let siblings = self.siblings.last().context("case outside a group")?;
                    let index = siblings
                        .iter()
                        .position(|s| s == name)
                        .context("case looks outside its group")?;
                    write!(out, "@{index}")?;
                }
            }
        }
        Ok(out)
    }

    fn choices(
        &mut self,
        lines: &[Line],
        mut node: impl FnMut(&mut Self, &[Line]) -> Result<usize>,
    ) -> Result<String> {
        let mut out = String::new();
        for line in lines {
            let value = line.text.strip_suffix(':').context("case without value")?;
            let value = if value == "default" {
                "*".to_owned()
            } else {
                value.replace(['(', ')', ' '], "")
            };
            write!(out, " {value}:{}", node(self, &line.children)?)?;
        }
        Ok(out)
    }
}

fn intern(seen: &mut HashMap<String, usize>, text: &mut String, line: String) -> usize {
    if let Some(&index) = seen.get(&line) {
        return index;
    }
    let index = seen.len();
    text.push_str(&line);
    text.push('\n');
    seen.insert(line, index);
    index
}

fn heading<'a>(lines: &'a [Line]) -> Result<(&'a str, &'a str)> {
    let find = |word| {
        lines
            .iter()
            .find_map(|l| l.text.strip_prefix(word))
            .with_context(|| format!("no {word}"))
    };
    Ok((find("edition ")?, find("date ")?))
}

fn section<'a, 'b>(lines: &'b [Line<'a>], word: &str) -> Result<&'b Line<'a>> {
    lines
        .iter()
        .find(|l| l.text == word)
        .with_context(|| format!("no {word}"))
}

/// Splits `NAME "title"`.
fn named(text: &str) -> Result<(&str, &str)> {
    let (name, title) = text
        .split_once(' ')
        .with_context(|| format!("no title in {text:?}"))?;
    ensure!(
        name.bytes().all(|b| b.is_ascii_alphanumeric()),
        "unexpected name {name}"
    );
    let title = title
        .trim()
        .strip_prefix('"')
        .and_then(|t| t.strip_suffix('"'))
        .context("title not quoted")?;
    Ok((name, title))
}

/// `360/2^16` as (360, 65536).
fn fraction(text: &str) -> Result<(u64, u64)> {
    let whole = |t: &str| -> Result<u64> {
        match t.split_once('^') {
            Some((base, exponent)) => base
                .parse::<u64>()?
                .checked_pow(exponent.parse()?)
                .context("scaling factor too large"),
            None => Ok(t.parse()?),
        }
    };
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    Ok((whole(numerator)?, whole(denominator)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::outline;

    #[test]
    fn scaling_factors() {
        for (text, expected) in [
            ("360/2^16", (360, 65536)),
            ("25", (25, 1)),
            ("1/10^6", (1, 1_000_000)),
        ] {
            assert_eq!(fraction(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn equal_nodes_are_shared_and_prose_is_dropped() {
        let text = "edition 1.0\ndate 2020-01-01\nitems\n    010 \"Id\"\n        definition\n            Words.\n        \
                    group\n            A \"\"\n                element 8\n                    raw\n            B \"\"\n                \
                    element 8\n                    raw\n\nuap\n    010\n    -\n";
        let mut writer = Writer::new(7);
        writer.edition(&outline::parse(text)).unwrap();
        assert_eq!(
            writer.finish(),
            "C 007\ne8 r\ng A=0 B=0\ni 010 1 Id\nA 1.0 2020-01-01\nV - 0 -\n"
        );
    }
}

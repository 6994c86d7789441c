//! `lapwing asterix`: the categories and editions there are definitions of, and their items.

use crate::arguments::{Asterix, Format};
use anyhow::{Context, Result, bail};
use lapwing_asterix::{Category, Edition, Profile, categories, category};
use serde_json::json;
use std::io::{self, Write};

pub(crate) fn run(arguments: &Asterix) -> Result<()> {
    let mut out = io::stdout().lock();
    match &arguments.category {
        None => list(&mut out, arguments.format)?,
        Some(text) => items(&mut out, text, arguments.format)?,
    }
    out.flush()?;
    Ok(())
}

fn list(out: &mut impl Write, format: Format) -> Result<()> {
    if format == Format::Text {
        writeln!(out, "category  newest  all editions (expansion field)")?;
    }
    for category in categories() {
        let number = category.number;
        let editions: Vec<&str> = category.editions().iter().map(|e| e.name).collect();
        let expansions: Vec<&str> = category.expansions().iter().map(|e| e.name).collect();
        let newest = category.newest().map(|e| e.name).unwrap_or_default();
        match format {
            Format::Json => writeln!(
                out,
                "{}",
                json!({ "cat": number, "newest": newest, "editions": editions, "expansions": expansions })
            )?,
            Format::Text => {
                let expansions = match expansions.as_slice() {
                    [] => String::new(),
                    some => format!("  ({})", some.join(" ")),
                };
                writeln!(
                    out,
                    "{number:03}       {newest:<6}  {}{expansions}",
                    editions.join(" ")
                )?;
            }
        }
    }
    Ok(())
}

fn items(out: &mut impl Write, text: &str, format: Format) -> Result<()> {
    let edition = named(text)?;
    for profile in edition.profiles() {
        match format {
            Format::Json => writeln!(out, "{}", as_json(edition, profile))?,
            Format::Text => as_text(out, edition, profile)?,
        }
    }
    Ok(())
}

/// `62`, or `62=1.18`.
fn named(text: &str) -> Result<&'static Edition> {
    let (number, wanted) = match text.split_once('=') {
        Some((number, edition)) => (number, Some(edition)),
        None => (text, None),
    };
    let Ok(number) = number.parse::<u8>() else {
        bail!("{text}: write a category such as 62, or with its edition as 62=1.18");
    };
    let definitions = category(number).with_context(|| {
        format!("category {number:03} has no definition; `lapwing asterix` lists those that have")
    })?;
    let found = match wanted {
        Some(name) => definitions.edition(name),
        None => definitions.newest(),
    };
    found.with_context(|| {
        let wanted = wanted.unwrap_or_default();
        format!(
            "category {number:03} has no edition {wanted:?}; it has {}",
            known(definitions)
        )
    })
}

fn known(category: &Category) -> String {
    let names: Vec<&str> = category.editions().iter().map(|e| e.name).collect();
    names.join(", ")
}

/// The items at their 1-based field reference numbers.
fn numbered(profile: &Profile) -> impl Iterator<Item = (usize, &'static str, &'static str)> {
    (1..)
        .zip(profile.items())
        .filter_map(|(frn, item)| item.map(|item| (frn, item.name, item.title)))
}

fn as_json(edition: &Edition, profile: &Profile) -> serde_json::Value {
    let items: Vec<_> = numbered(profile)
        .map(|(frn, name, title)| json!({ "frn": frn, "name": name, "title": title }))
        .collect();
    let profile = Some(profile.name).filter(|name| *name != "-");
    json!({
        "cat": edition.category, "edition": edition.name, "date": edition.date,
        "profile": profile, "items": items,
    })
}

fn as_text(out: &mut impl Write, edition: &Edition, profile: &Profile) -> io::Result<()> {
    let profile_name = match profile.name {
        "-" => String::new(),
        name => format!(", profile {name}"),
    };
    writeln!(
        out,
        "category {:03}, edition {} ({}){profile_name}",
        edition.category, edition.name, edition.date
    )?;
    for (frn, name, title) in numbered(profile) {
        writeln!(out, "{frn:>4}  {name:<4}{title}")?;
    }
    Ok(())
}

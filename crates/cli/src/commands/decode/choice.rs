//! Which ASTERIX records and items are printed: `--filter`, and the columns of CSV.

use anyhow::{Result, bail};
use lapwing_asterix::{Editions, Record, Selection, categories, category};
use std::io::Write;

/// What `--filter` asks for.
#[derive(Default)]
pub(super) struct Choice {
    /// None of them: all.
    categories: Vec<u8>,
    /// As written, in order.
    paths: Vec<String>,
    pub(super) items: Selection,
}

impl Choice {
    /// Conditions such as `cat=62,item=070`, of one option or several.
    pub(super) fn parse(filters: &[String]) -> Result<Self> {
        let mut choice = Self::default();
        for condition in filters.iter().flat_map(|f| f.split(',')).map(str::trim) {
            match condition.split_once('=').map(|(k, v)| (k.trim(), v.trim())) {
                Some(("cat", number)) => match number.parse() {
                    Ok(number) => choice.categories.push(number),
                    Err(_) => {
                        bail!("--filter {condition}: `{number}` is no category; write it as cat=62")
                    }
                },
                Some(("item", path)) if !path.is_empty() => {
                    choice.items.add(path);
                    choice.paths.push(path.to_owned());
                }
                _ => bail!(
                    "--filter {condition}: conditions are cat= (a category) and item= (an item or a part of \
                     one), as in cat=62,item=070,item=105/LAT"
                ),
            }
        }
        choice.check()?;
        Ok(choice)
    }

    /// An item that no edition of any chosen category has would print nothing, and no word why.
    fn check(&self) -> Result<()> {
        for number in &self.categories {
            if category(*number).is_none() {
                bail!(
                    "category {number:03} has no definition; `lapwing asterix` lists those that have"
                );
            }
        }
        let chosen = || {
            categories()
                .filter(|c| self.categories.is_empty() || self.categories.contains(&c.number))
        };
        for path in &self.paths {
            let mut items = chosen()
                .flat_map(|c| c.editions())
                .flat_map(|e| e.profiles())
                .flat_map(|p| p.items().flatten());
            if !items.any(|item| item.leaves(path).is_some()) {
                let of = match self.categories.as_slice() {
                    [] => "any category".to_owned(),
                    some => {
                        let names: Vec<String> =
                            some.iter().map(|n| format!("category {n:03}")).collect();
                        names.join(" or ")
                    }
                };
                bail!(
                    "--filter item={path}: there is no such item in {of}; `lapwing asterix 62` lists those of 62"
                );
            }
        }
        Ok(())
    }

    /// Whether a record is printed: of a category asked for, with an item asked for.
    pub(super) fn holds(&self, record: &Record<'_>) -> bool {
        let category = record.category();
        (self.categories.is_empty() || self.categories.contains(&category))
            && self.items.touches(record)
    }
}

/// The columns of CSV: the items asked for, taken apart as far as a cell holds one value.
pub(super) struct Columns(Vec<String>);

impl Columns {
    pub(super) fn of(choice: &Choice, editions: &Editions) -> Result<Self> {
        let [number] = choice.categories.as_slice() else {
            bail!(
                "--format csv is for items of one category: name them, as in --filter cat=62,item=070,item=105"
            );
        };
        if choice.paths.is_empty() {
            bail!(
                "--format csv needs items for its columns: add them, as in --filter cat={number},item=070"
            );
        }
        let Some(edition) = editions.edition(*number) else {
            bail!("category {number:03} has no definition");
        };
        let mut columns: Vec<String> = Vec::new();
        for path in &choice.paths {
            let mut items = edition.profiles().iter().flat_map(|p| p.items().flatten());
            let Some(leaves) = items.find_map(|item| item.leaves(path)) else {
                bail!(
                    "edition {} of category {number:03} has no item {path}; --edition chooses another",
                    edition.name
                );
            };
            columns.extend(leaves);
        }
        Ok(Self(columns))
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn write_header(&self, out: &mut impl Write) -> Result<()> {
        let mut row = csv::WriterBuilder::new().from_writer(out);
        row.write_record(
            ["frame", "time", "cat", "edition"]
                .into_iter()
                .chain(self.paths()),
        )?;
        row.flush()?;
        Ok(())
    }
}

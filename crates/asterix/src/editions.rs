//! Which edition of each category (and expansion field) to read with.

use crate::{
    definition::{Edition, Expansion},
    tables,
};
use std::collections::BTreeMap;

/// A choice of editions; the default is the newest of everything.
#[derive(Debug, Clone, Default)]
pub struct Editions {
    editions: BTreeMap<u8, &'static Edition>,
    /// `None`: expansion fields of that category stay bytes.
    expansions: BTreeMap<u8, Option<&'static Expansion>>,
    /// By category, SAC and SIC.
    sources: BTreeMap<(u8, u8, u8), &'static Edition>,
}

/// An edition that is not among the definitions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no edition {edition:?} of category {category:03} (known: {known})")]
pub struct UnknownEdition {
    /// Category asked for.
    pub category: u8,
    /// Edition asked for.
    pub edition: String,
    /// Editions there are, comma-separated; empty if the category is unknown.
    pub known: String,
}

impl Editions {
    /// Newest edition of everything.
    pub fn newest() -> Self {
        Self::default()
    }

    /// Reads `category` with this edition ("1.18").
    ///
    /// # Errors
    /// If there is no such edition.
    pub fn choose(&mut self, category: u8, edition: &str) -> Result<&mut Self, UnknownEdition> {
        self.editions.insert(category, find(category, edition)?);
        Ok(self)
    }

    /// Reads `category` with this edition where the data source (item 010) is SAC/SIC.
    ///
    /// # Errors
    /// If there is no such edition.
    pub fn choose_for_source(
        &mut self,
        (sac, sic): (u8, u8),
        category: u8,
        edition: &str,
    ) -> Result<&mut Self, UnknownEdition> {
        self.sources
            .insert((category, sac, sic), find(category, edition)?);
        Ok(self)
    }

    /// Reads the reserved expansion field of `category` with this edition of its definition, or
    /// keeps it as bytes (`None`).
    ///
    /// # Errors
    /// If there is no such edition.
    pub fn choose_expansion(
        &mut self,
        category: u8,
        edition: Option<&str>,
    ) -> Result<&mut Self, UnknownEdition> {
        let expansions = tables::category(category).map_or(&[][..], |c| c.expansions());
        let chosen = match edition {
            None => None,
            Some(name) => Some(
                expansions
                    .iter()
                    .find(|e| e.name == name)
                    .copied()
                    .ok_or_else(|| {
                        let known = expansions
                            .iter()
                            .map(|e| e.name)
                            .collect::<Vec<_>>()
                            .join(", ");
                        UnknownEdition {
                            category,
                            edition: name.to_owned(),
                            known,
                        }
                    })?,
            ),
        };
        self.expansions.insert(category, chosen);
        Ok(self)
    }

    /// The edition to read a category with, where nothing is known of the source.
    #[inline]
    pub fn edition(&self, category: u8) -> Option<&'static Edition> {
        if !self.editions.is_empty()
            && let Some(edition) = self.editions.get(&category)
        {
            return Some(edition);
        }
        tables::category(category)?.newest()
    }

    /// The definition to read a category's reserved expansion field with.
    #[inline]
    pub fn expansion(&self, category: u8) -> Option<&'static Expansion> {
        if !self.expansions.is_empty()
            && let Some(expansion) = self.expansions.get(&category)
        {
            return *expansion;
        }
        tables::category(category)?.expansions.last().copied()
    }

    /// The definition to read a record's reserved expansion field with: none by default for a draft
    /// edition, as the definitions are for published ones.
    #[inline]
    pub(crate) fn expansion_of(&self, edition: &Edition) -> Option<&'static Expansion> {
        if edition.is_draft() && !self.expansions.contains_key(&edition.category) {
            return None;
        }
        self.expansion(edition.category)
    }

    /// The edition for the record at the start of `record`, given the category's own choice: item
    /// 010, where it comes first, says from which source it is.
    #[inline]
    pub(crate) fn for_record(&self, chosen: &'static Edition, record: &[u8]) -> &'static Edition {
        if self.sources.is_empty() {
            chosen
        } else {
            self.by_source(chosen, record).unwrap_or(chosen)
        }
    }

    fn by_source(&self, chosen: &'static Edition, record: &[u8]) -> Option<&'static Edition> {
        let (sac, sic) = Self::source_of(chosen, record)?;
        self.source((chosen.category, sac, sic))
    }

    /// SAC and SIC of the record at the start of `record`, where item 010 comes first.
    #[inline]
    pub(crate) fn source_of(chosen: &'static Edition, record: &[u8]) -> Option<(u8, u8)> {
        let fspec = crate::wire::Fspec::read(record, None)?;
        let first = fspec.indices().next()?;
        let item = chosen.profiles.first()?.items.get(first).copied()??;
        if item.code != 10 {
            return None;
        }
        let [sac, sic] = *record.get(fspec.octets.len()..)?.first_chunk::<2>()?;
        Some((sac, sic))
    }

    /// A choice of this one edition.
    pub(crate) fn only(edition: &'static Edition) -> Self {
        Self {
            editions: BTreeMap::from([(edition.category, edition)]),
            ..Self::default()
        }
    }

    /// Whether an edition of the category was chosen by name.
    #[inline]
    pub(crate) fn is_chosen(&self, category: u8) -> bool {
        self.editions.contains_key(&category)
    }

    /// The edition for a category, SAC and SIC of its own.
    #[inline]
    pub(crate) fn source(&self, key: (u8, u8, u8)) -> Option<&'static Edition> {
        self.sources.get(&key).copied()
    }

    pub(crate) fn set_source(&mut self, key: (u8, u8, u8), edition: Option<&'static Edition>) {
        match edition {
            Some(edition) => self.sources.insert(key, edition),
            None => self.sources.remove(&key),
        };
    }
}

fn find(category: u8, edition: &str) -> Result<&'static Edition, UnknownEdition> {
    let definitions = tables::category(category);
    definitions.and_then(|c| c.edition(edition)).ok_or_else(|| {
        let known = definitions.map(|c| {
            c.editions()
                .iter()
                .map(|e| e.name)
                .collect::<Vec<_>>()
                .join(", ")
        });
        UnknownEdition {
            category,
            edition: edition.to_owned(),
            known: known.unwrap_or_default(),
        }
    })
}

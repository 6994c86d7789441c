//! What every part of the check of a site file needs: where a mistake stands, and
//! the tests that many keys share.

use super::SiteError;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;

pub(super) struct Checker<'a> {
    pub(super) text: &'a str,
    pub(super) file: &'a str,
    pub(super) errors: Vec<(usize, SiteError)>,
}

impl Checker<'_> {
    fn line(&self, at: usize) -> usize {
        let head = self.text.get(..at.min(self.text.len())).unwrap_or("");
        head.bytes().filter(|b| *b == b'\n').count() + 1
    }

    pub(super) fn fail(
        &mut self,
        span: Range<usize>,
        key: &str,
        what: impl Into<String>,
        mend: &str,
    ) {
        let error = SiteError {
            file: self.file.to_owned(),
            line: Some(self.line(span.start)),
            key: key.to_owned(),
            what: what.into(),
            mend: mend.to_owned(),
        };
        self.errors.push((span.start, error));
    }

    pub(super) fn ids<'f>(&mut self, key: &str, ids: impl Iterator<Item = &'f Spanned<String>>) {
        let mut seen = BTreeSet::new();
        for id in ids {
            if id.get_ref().is_empty() || id.get_ref().chars().any(char::is_control) {
                self.fail(
                    id.span(),
                    &format!("{key}.id"),
                    "an id must be visible text",
                    "give it a short name",
                );
            } else if !seen.insert(id.get_ref()) {
                self.fail(
                    id.span(),
                    &format!("{key}.id"),
                    format!("`{}` is already the id of another {key}", id.get_ref()),
                    "give each its own id",
                );
            }
        }
    }

    pub(super) fn number(
        &mut self,
        key: &str,
        value: Option<&Spanned<f64>>,
        allowed: std::ops::RangeInclusive<f64>,
    ) -> Option<f64> {
        let value = value?;
        let v = *value.get_ref();
        if allowed.contains(&v) {
            return Some(v);
        }
        self.fail(
            value.span(),
            key,
            format!(
                "{v} is not between {} and {}",
                allowed.start(),
                allowed.end()
            ),
            "",
        );
        None
    }

    /// One of the tables that another crate defines; `None` (and an error) if it is wrong.
    pub(super) fn section<T: DeserializeOwned + Default>(
        &mut self,
        key: &str,
        table: Option<(Range<usize>, toml::Table)>,
    ) -> T {
        let Some((span, table)) = table else {
            return T::default();
        };
        let keys: Vec<String> = table.keys().cloned().collect();
        match table.try_into() {
            Ok(value) => value,
            Err(error) => {
                let message = error.message().to_owned();
                // the offending key stands in back-quotes in the message
                let named = keys.iter().find(|k| message.contains(&format!("`{k}`")));
                let at = named
                    .and_then(|k| self.key_in(&span, k))
                    .unwrap_or(span.start);
                let key = named.map_or_else(|| key.to_owned(), |k| format!("{key}.{k}"));
                self.fail(at..at, &key, message, "");
                T::default()
            }
        }
    }

    /// Where a key of a table is written.
    pub(super) fn key_in(&self, span: &Range<usize>, key: &str) -> Option<usize> {
        let body = self.text.get(span.start..)?;
        let mut offset = span.start;
        for line in body.split_inclusive('\n') {
            if line.trim_start().starts_with(key) {
                return Some(offset);
            }
            offset += line.len();
        }
        None
    }
}

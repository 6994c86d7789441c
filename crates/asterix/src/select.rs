//! Which items and subitems of a record are wanted, by paths of names.

use crate::decode::Record;
use crate::definition::{Def, Field, ItemDef, Kind};

/// Items and subitems chosen by paths such as `105`, `105/LAT` or `510/IDENT`; of a repetitive item
/// the names hold for each repetition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// In order of choice; a part without parts of its own is wanted whole.
    parts: Vec<(String, Selection)>,
}

impl Selection {
    /// Adds what is at a path, whole.
    ///
    /// ```
    /// # use lapwing_asterix::{Editions, Selection, Values, decode_datagram, record_to_json};
    /// let mut wanted = Selection::default();
    /// wanted.add("010/SIC");
    /// wanted.add("030");
    /// let decoded = decode_datagram(&[34, 0, 11, 0xF0, 1, 2, 1, 0, 0, 128, 0], &Editions::newest());
    /// let record = decoded.records().next().unwrap();
    /// let mut json = Vec::new();
    /// wanted.to_json(&record, Values::Scaled, &mut json);
    /// assert_eq!(json, br#"{"010":{"SIC":2},"030":1.0}"#);
    /// ```
    pub fn add(&mut self, path: &str) {
        let (name, rest) = match path.split_once('/') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let known = self.parts.iter().position(|(own, _)| own == name);
        match (known, rest) {
            // wanted whole already
            (Some(at), _) if self.parts[at].1.is_whole() => {}
            (Some(at), Some(rest)) => self.parts[at].1.add(rest),
            (Some(at), None) => self.parts[at].1 = Self::default(),
            (None, rest) => {
                let mut part = Self::default();
                if let Some(rest) = rest {
                    part.add(rest);
                }
                self.parts.push((name.to_owned(), part));
            }
        }
    }

    /// Whether everything is wanted.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.parts.is_empty()
    }

    /// What is wanted of the part with this name; `None` if it is not.
    pub(crate) fn of(&self, name: &str) -> Option<&Self> {
        if self.is_whole() {
            return Some(self);
        }
        let part = self.parts.iter().find(|(own, _)| own == name);
        part.map(|(_, part)| part)
    }

    /// Whether a record has an item that something is wanted of.
    #[must_use]
    pub fn touches(&self, record: &Record<'_>) -> bool {
        self.is_whole()
            || self
                .parts
                .iter()
                .any(|(name, _)| record.get(name).is_some())
    }

    /// Appends `{"010":{…},…}`, what is wanted of the record, to `out`.
    pub fn to_json(&self, record: &Record<'_>, values: crate::Values, out: &mut Vec<u8>) {
        crate::json::selected(record, self, values, out);
    }
}

impl ItemDef {
    /// Paths below this item, itself included, that hold one value or what only JSON can show
    /// (repetitions, bytes, alternatives): `105` gives `105/LAT` and `105/LON`. `path` leads to a
    /// part of it; `None` where it has no such part.
    #[must_use]
    pub fn leaves(&self, path: &str) -> Option<Vec<String>> {
        let mut words = path.split('/');
        if words.next() != Some(self.name) {
            return None;
        }
        let def = words.try_fold(self.def, part)?;
        let mut out = Vec::new();
        leaves(def, path, &mut out);
        Some(out)
    }
}

fn fields(def: &Def) -> Option<Vec<&Field>> {
    let fields: Vec<&Field> = match &def.kind {
        Kind::Group(fields) | Kind::Extended { fields, .. } => fields.iter().collect(),
        Kind::Compound { fields, .. } => fields.iter().flatten().collect(),
        _ => return None,
    };
    Some(fields.into_iter().filter(|f| !f.name.is_empty()).collect())
}

/// The part of a structure with this name. Repetitions are passed through: their parts can be
/// asked for, each repetition has them.
fn part(def: &'static Def, name: &str) -> Option<&'static Def> {
    match &def.kind {
        Kind::Counted { inner, .. } | Kind::Chained(inner) => part(inner, name),
        _ => fields(def)?
            .into_iter()
            .find(|f| f.name == name)
            .map(|f| f.def),
    }
}

fn leaves(def: &Def, path: &str, out: &mut Vec<String>) {
    match fields(def) {
        Some(fields) if !matches!(def.kind, Kind::Counted { .. } | Kind::Chained(_)) => {
            for field in fields {
                leaves(field.def, &format!("{path}/{}", field.name), out);
            }
        }
        _ => out.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category;

    fn leaves_of(number: u8, path: &str) -> Option<Vec<String>> {
        let item = category(number)?.newest()?.profiles()[0]
            .items()
            .flatten()
            .find(|i| Some(i.name) == path.split('/').next())?;
        item.leaves(path)
    }

    #[test]
    fn items_fall_into_what_a_cell_can_hold() {
        for (number, path, expected) in [
            (62, "070", Some(vec!["070"])),
            (62, "105", Some(vec!["105/LAT", "105/LON"])),
            (62, "105/LON", Some(vec!["105/LON"])),
            (62, "380/ADR", Some(vec!["380/ADR"])),
            // repetitions are one
            (62, "510", Some(vec!["510"])),
            (62, "510/IDENT", Some(vec!["510/IDENT"])),
            (62, "105/ALT", None),
            (62, "999", None),
        ] {
            let expected: Option<Vec<String>> =
                expected.map(|e| e.into_iter().map(str::to_owned).collect());
            assert_eq!(leaves_of(number, path), expected, "{path}");
        }
        let compound = leaves_of(62, "380").unwrap();
        assert!(
            compound.len() > 30 && compound.contains(&"380/ID".to_owned()),
            "{compound:?}"
        );
    }

    #[test]
    fn a_whole_item_holds_its_parts() {
        let mut a = Selection::default();
        for path in ["105/LAT", "105", "105/LON"] {
            a.add(path);
        }
        let mut b = Selection::default();
        b.add("105");
        assert_eq!(a, b);
        assert!(a.of("105").is_some_and(Selection::is_whole) && a.of("010").is_none());
    }
}

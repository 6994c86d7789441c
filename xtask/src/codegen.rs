//! Code generation: machine-readable definitions in, committed tables out.
//!
//! The repository must build without the definitions beside it, so their facts (names, bit widths,
//! scaling, units, table meanings, structure) are committed in a compact form that
//! `lapwing-asterix` reads at run time. Descriptive sentences are left behind.
//! Input: the asterix-specs text form (`catNNN/cat-E.ast`, `catNNN/ref-E.ast`).

mod emit;
mod outline;

use anyhow::{Context, Result, bail, ensure};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Writes one `catNNN.txt` into `out_dir` for every category folder of `specs_dir`.
///
/// Output depends on the input only (no dates, no host names), so a second run changes nothing.
pub fn asterix(specs_dir: &Path, out_dir: &Path) -> Result<()> {
    let mut categories: BTreeMap<u8, PathBuf> = BTreeMap::new();
    for entry in
        fs::read_dir(specs_dir).with_context(|| format!("reading {}", specs_dir.display()))?
    {
        let path = entry?.path();
        let Some(number) = path
            .file_name()
            .and_then(|n| n.to_str())
            .and_then(|n| n.strip_prefix("cat"))
            .and_then(|n| n.parse::<u8>().ok())
        else {
            continue;
        };
        categories.insert(number, path);
    }
    ensure!(
        !categories.is_empty(),
        "no category folders in {}",
        specs_dir.display()
    );
    fs::create_dir_all(out_dir)?;
    for (number, folder) in categories {
        let mut writer = emit::Writer::new(number);
        for (is_expansion, path) in editions(&folder)? {
            let text = fs::read_to_string(&path)?;
            let lines = outline::parse(&text);
            let added = if is_expansion {
                writer.expansion(&lines)
            } else {
                writer.edition(&lines)
            };
            added.with_context(|| path.display().to_string())?;
        }
        fs::write(out_dir.join(format!("cat{number:03}.txt")), writer.finish())?;
    }
    Ok(())
}

/// The definition files of one category, categories before expansions, oldest edition first.
fn editions(folder: &Path) -> Result<Vec<(bool, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path
            .file_name()
            .and_then(|n| n.to_str())
            .and_then(|n| n.strip_suffix(".ast"))
        else {
            continue;
        };
        let (is_expansion, edition) = match (name.strip_prefix("cat-"), name.strip_prefix("ref-")) {
            (Some(edition), _) => (false, edition),
            (_, Some(edition)) => (true, edition),
            _ => bail!("unexpected definition file {}", path.display()),
        };
        let (major, minor) = edition
            .split_once('.')
            .context("edition is not MAJOR.MINOR")?;
        found.push((
            is_expansion,
            major.parse::<u16>()?,
            minor.parse::<u16>()?,
            path,
        ));
    }
    found.sort();
    Ok(found
        .into_iter()
        .map(|(is_expansion, _, _, path)| (is_expansion, path))
        .collect())
}

//! Code generation: machine-readable definitions in, committed tables out.
//!
//! The repository must build without the definitions beside it, so their facts (names, bit widths,
//! scaling, units, table meanings, structure) are committed in a compact form that
//! `lapwing-asterix` reads at run time. Descriptive sentences are left behind.
//! Input: the asterix-specs text form (`catNNN/cat-E.ast`, `catNNN/ref-E.ast`), from several folders:
//! asterix-specs has the published editions, `crates/asterix/definitions` those that it lacks.

mod emit;
mod outline;

use anyhow::{Context, Result, bail, ensure};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Writes one `catNNN.txt` into `out_dir` for every category that has a folder in any of `specs_dirs`.
///
/// Output depends on the input only (no dates, no host names), so a second run changes nothing.
pub fn asterix(specs_dirs: &[&Path], out_dir: &Path) -> Result<()> {
    let mut categories: BTreeMap<u8, Vec<PathBuf>> = BTreeMap::new();
    for specs_dir in specs_dirs {
        category_folders(specs_dir, &mut categories)?;
    }
    fs::create_dir_all(out_dir)?;
    for (number, folders) in categories {
        let mut writer = emit::Writer::new(number);
        for (is_expansion, path) in editions(&folders)? {
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

fn category_folders(specs_dir: &Path, categories: &mut BTreeMap<u8, Vec<PathBuf>>) -> Result<()> {
    let mut found = 0;
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
        categories.entry(number).or_default().push(path);
        found += 1;
    }
    ensure!(found > 0, "no category folders in {}", specs_dir.display());
    Ok(())
}

/// The definition files of one category, categories before expansions, oldest edition first.
fn editions(folders: &[PathBuf]) -> Result<Vec<(bool, PathBuf)>> {
    let mut found = Vec::new();
    for entry in folders
        .iter()
        .map(fs::read_dir)
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
    {
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

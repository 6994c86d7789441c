//! Takes the built web map into the binary: copies `web/dist` beside the other build
//! products (so that a rebuild of the map cannot pull files away under the compiler)
//! and writes a table of them. Without a built map the table is empty.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let web = root.join("../../web");
    let dist = web.join("dist");
    println!("cargo:rerun-if-changed=build.rs");

    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        println!("cargo:rerun-if-changed={}", dist.display());
        list(&dist, "", &mut files)?;
        files.sort();
    } else if web.is_dir() {
        // cargo would rebuild every time for a path that is not there: the folder above will do
        println!("cargo:rerun-if-changed={}", web.display());
    }

    let mut table = String::from("&[\n");
    for (index, name) in files.iter().enumerate() {
        let bytes = fs::read(dist.join(name))?;
        let copy = out.join(format!("asset-{index}"));
        fs::write(&copy, &bytes)?;
        let mut hash = DefaultHasher::new();
        hash.write(&bytes);
        writeln!(
            table,
            "    Asset {{ path: {:?}, tag: \"\\\"{:016x}\\\"\", bytes: include_bytes!({:?}) }},",
            format!("/{name}"),
            hash.finish(),
            copy.display().to_string(),
        )
        .map_err(io::Error::other)?;
    }
    table.push(']');
    fs::write(out.join("assets.rs"), table)
}

fn list(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let name = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push(name);
        }
    }
    Ok(())
}

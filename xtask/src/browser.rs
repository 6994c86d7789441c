//! The system's Chromium: found, or installed where that is possible.
//!
//! A browser that a package manager keeps up to date, rather than a download of our own.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace;

const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];

/// The path of a Chromium; `$CHROMIUM` first, and installed through apt when there is none.
pub(crate) fn find_or_install() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        let named = PathBuf::from(named);
        if !workspace::is_executable(&named) {
            bail!("$CHROMIUM is {}, which is no program", named.display());
        }
        return Ok(named);
    }
    if let Some(found) = workspace::find_program(&NAMES) {
        return Ok(found);
    }
    if !may_install() {
        bail!(
            "no Chromium on the PATH: install one (on Debian: apt-get install chromium), or say \
             where it is with CHROMIUM=/path/to/chrome"
        );
    }
    println!("no Chromium on the PATH: installing it through apt");
    if apt_get(&["install"]).is_err() {
        // A fresh machine has no package lists yet.
        process::run(apt().arg("update"))?;
        apt_get(&["install"])?;
    }
    workspace::find_program(&NAMES)
        .ok_or_else(|| anyhow::anyhow!("apt installed chromium, but it is not on the PATH"))
}

fn apt_get(verb: &[&str]) -> Result<()> {
    process::run(apt().args(verb).args([
        "--yes",
        "--no-install-recommends",
        "chromium",
        // Without any font a page has no text to look at.
        "fonts-liberation",
    ]))
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq");
    command
}

fn may_install() -> bool {
    let is_root =
        process::output_of(Command::new("id").arg("-u")).is_some_and(|user| user.trim() == "0");
    is_root && workspace::find_program(&["apt-get"]).is_some()
}

/// Tells a child where the browser is.
pub(crate) fn name_to(command: &mut Command, browser: &Path) {
    command.env("CHROMIUM", browser);
}

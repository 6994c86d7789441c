//! The web map's part of the build: Node, the packages, the bundle that the binary embeds.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::stamp::Stamp;
use crate::workspace;

/// The oldest Node that the map's tools run on.
const NODE_MAJOR_MIN: u32 = 20;

/// Whether a step had anything to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It was done now.
    Done,
    /// Its inputs are those of the last time.
    Unchanged,
}

/// An error, in words for a person, unless Node and npm are there and new enough.
pub(crate) fn require_node() -> Result<()> {
    let mend = format!("install Node {NODE_MAJOR_MIN} or newer (https://nodejs.org)");
    let Some(version) = process::output_of(Command::new("node").arg("--version")) else {
        bail!("Node is not on the PATH: {mend}");
    };
    match major(&version) {
        Some(found) if found >= NODE_MAJOR_MIN => {}
        _ => bail!("Node is too old ({}): {mend}", version.trim()),
    }
    if workspace::find_program(&["npm"]).is_none() {
        bail!("npm, which comes with Node, is not on the PATH: {mend}");
    }
    Ok(())
}

fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// An npm command in `web/` that asks nothing and fetches nothing but packages.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command
        .args(arguments)
        .current_dir(workspace::web())
        .env("npm_config_audit", "false")
        .env("npm_config_fund", "false")
        .env("npm_config_update_notifier", "false")
        // The tests use the system's Chromium.
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    command
}

/// Installs the packages of `package-lock.json`, unless they are.
pub(crate) fn install() -> Result<Step> {
    let web = workspace::web();
    let stamp = Stamp::new(
        web.join("node_modules/.lapwing-installed"),
        &[web.join("package-lock.json")],
    )?;
    if stamp.is_fresh() {
        return Ok(Step::Unchanged);
    }
    if let Err(refused) = process::run(&mut npm(&["ci"])) {
        // A lock file written against a registry mirror without every platform's optional packages
        // is incomplete to `ci`, though what it does list is pinned; `--no-save` keeps to that.
        eprintln!("warning: {refused:#}; trying npm install, which takes what the lock file lists");
        process::run(&mut npm(&["install", "--no-save"]))?;
    }
    stamp.set()?;
    Ok(Step::Done)
}

/// Builds `web/dist`, unless it was built from the same sources and packages.
pub(crate) fn build() -> Result<Step> {
    let web = workspace::web();
    let stamp = Stamp::new(
        web.join("node_modules/.lapwing-built"),
        std::slice::from_ref(&web),
    )?;
    if stamp.is_fresh() && web.join("dist/index.html").is_file() {
        return Ok(Step::Unchanged);
    }
    process::run(&mut npm(&["run", "build"]))?;
    stamp.set()?;
    Ok(Step::Done)
}

/// Whether `web/package.json` has a script of that name.
pub(crate) fn has_script(name: &str) -> Result<bool> {
    let file = workspace::web().join("package.json");
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let package: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("in {}", file.display()))?;
    Ok(package["scripts"][name].is_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.1"), Some(8));
        assert_eq!(major("command not found"), None);
    }
}

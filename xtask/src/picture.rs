//! `cargo xtask picture`: the README's picture, taken from the running demo by a script in `web/`.

use std::path::{self, Path};
use std::process::Command;

use anyhow::{Context, Result};

use crate::browser;
use crate::lapwing::{self, Demo, Profile};
use crate::process;
use crate::web;
use crate::workspace;

/// Takes the picture; the demo's clock runs `speed` times as fast as ours.
pub(crate) fn run(out: &Path, speed: f64) -> Result<()> {
    let out = path::absolute(out).with_context(|| format!("no such place: {}", out.display()))?;
    web::require_node()?;
    let chromium = browser::find_or_install()?;
    web::install()?;
    web::build()?;
    let binary = lapwing::build(Profile::Release)?;

    let mut demo = Demo::start(&binary, &["--speed".to_owned(), speed.to_string()])?;
    let mut script = Command::new("node");
    script
        .arg("scripts/picture.mjs")
        .arg(&out)
        .current_dir(workspace::web())
        .env("LAPWING_URL", demo.url());
    browser::name_to(&mut script, &chromium);
    let taken = process::run(&mut script);
    if let Some(trouble) = demo.trouble() {
        taken.context(trouble)?;
    } else {
        taken?;
    }
    println!("{}", out.display());
    Ok(())
}

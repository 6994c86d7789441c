//! `lapwing check`: what is wrong with a site file, and where.

use crate::arguments::{Check, Format};
use anyhow::{Context, Result, bail};
use lapwing_engine::site::Site;

pub(crate) fn run(arguments: &Check) -> Result<()> {
    let name = arguments.site.display().to_string();
    let text =
        std::fs::read_to_string(&arguments.site).with_context(|| format!("cannot read {name}"))?;
    let checked = Site::parse(&text, &name);
    match (arguments.format, &checked) {
        (Format::Text, Ok(site)) => println!(
            "{name}: {} sensors, {} feeds, {} places, {} areas, {} outputs: nothing wrong",
            site.sensors.len(),
            site.feeds.len(),
            site.places.len(),
            site.areas.len(),
            site.outputs.len()
        ),
        (Format::Text, Err(errors)) => {
            for error in errors {
                println!("{error}");
            }
        }
        (Format::Json, _) => {
            let findings: Vec<serde_json::Value> = checked
                .as_ref()
                .err()
                .into_iter()
                .flatten()
                .map(|e| {
                    serde_json::json!({
                        "file": e.file, "line": e.line, "key": e.key, "what": e.what, "mend": e.mend,
                    })
                })
                .collect();
            println!("{}", serde_json::json!({ "errors": findings }));
        }
    }
    match checked {
        Ok(_) => Ok(()),
        Err(errors) => bail!("{} wrong in {name}", errors.len()),
    }
}

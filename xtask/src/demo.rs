//! `cargo xtask demo`: from a fresh clone to a moving map in one command.
//!
//! Each step does nothing when its inputs are those of the last time, so a second run starts at once.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::lapwing::{self, Profile};
use crate::web::{self, Step};

/// Where `lapwing demo` listens unless told otherwise.
const LISTEN_DEFAULT: &str = "127.0.0.1:8090";

/// Builds what is needed and becomes `lapwing demo`.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let start = Instant::now();
    if let Err(error) = web::require_node() {
        eprintln!("warning: {error}");
        eprintln!("warning: the demo runs, but its page only says how to build the map\n");
    } else {
        println!("map: installing packages and building");
        let steps = [web::install()?, web::build()?];
        if steps == [Step::Unchanged; 2] {
            println!("map: unchanged since the last build");
        }
    }
    println!("binary: building (the first time takes some minutes)");
    let binary = lapwing::build(Profile::Release)?;

    println!("ready after {:.1} s", start.elapsed().as_secs_f64());
    println!("\n    map: http://{}\n", listen(arguments));
    // Becoming the demo, not its parent: a signal to this process is a signal to the demo.
    let error = Command::new(&binary).arg("demo").args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", binary.display()))
}

/// The address in the arguments, else the default.
fn listen(arguments: &[OsString]) -> String {
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    words
        .iter()
        .find_map(|word| word.strip_prefix("--listen="))
        .or_else(|| {
            let flag = words.iter().position(|word| word == "--listen")?;
            words.get(flag + 1).map(AsRef::as_ref)
        })
        .unwrap_or(LISTEN_DEFAULT)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_one_that_the_demo_will_use() {
        for (arguments, expected) in [
            (&[][..], "127.0.0.1:8090"),
            (&["--speed", "4"], "127.0.0.1:8090"),
            (
                &["--listen", "127.0.0.1:9000", "--seed", "2"],
                "127.0.0.1:9000",
            ),
            (&["--seed=2", "--listen=127.0.0.1:9001"], "127.0.0.1:9001"),
            (&["--listen"], "127.0.0.1:8090"),
        ] {
            let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
            assert_eq!(listen(&arguments), expected, "{arguments:?}");
        }
    }
}

//! `cargo xtask`: the project's own automation, in the project's own language.
//!
//! One program instead of a folder of shell scripts, so that what runs on a laptop is what runs in
//! CI. Each verb has a module; what they share (finding the workspace, running a child, hashing
//! what a build depends on) has one each too. The idea of an `xtask` crate is rust-analyzer's.

mod bench;
mod browser;
// Written as a library would be, so that it can become one.
#[allow(unreachable_pub)]
mod codegen;
mod conformance;
mod count;
mod demo;
mod document;
mod evaluate;
mod lapwing;
mod picture;
mod process;
mod stages;
mod stamp;
mod summary;
mod test;
mod web;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own automation.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run every check and test, stage by stage; the last line is the sum of all runners.
    ///
    /// Example: cargo xtask test --only rust,web
    Test(test::Options),
    /// Build what is needed (the map included), start `lapwing demo` and print the map's address.
    ///
    /// Example: cargo xtask demo -- --speed 4
    Demo {
        /// Passed on to `lapwing demo`.
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Check the rules that the compiler does not: dependency direction, purity, file length.
    Tidy,
    /// Turn machine-readable definitions into the tables that are committed.
    Codegen {
        #[command(subcommand)]
        what: Codegen,
    },
    /// Check the dependencies against the advisory database (needs the network).
    Advisories,
    /// Run every benchmark and print one table.
    Bench {
        /// Passed on to the benchmarks, for example a name to filter by.
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Measure the tracker on the invented island against its targets, into docs/evaluation.md.
    ///
    /// Example: cargo xtask evaluate --seeds 1:5 --registration 2
    Evaluate(evaluate::Options),
    /// Compare decoders with independent ones, into docs/conformance.md (needs Python and its index).
    ///
    /// Example: cargo xtask conformance atc_cat062_063_065_30min.ff
    Conformance(conformance::Options),
    /// Take the README's picture from the running demo.
    ///
    /// Example: cargo xtask picture docs/picture.png
    Picture {
        /// Where the PNG goes.
        out: PathBuf,
        /// How fast the demo's clock runs, so that its night gets interesting soon.
        #[arg(long, default_value_t = 4.0)]
        speed: f64,
    },
}

#[derive(Subcommand)]
enum Codegen {
    /// The ASTERIX categories, into `crates/asterix/src/tables`.
    ///
    /// Example: cargo xtask codegen asterix --specs ../shared/specs/asterix
    Asterix {
        /// The folder of definitions (`catNNN/cat-E.ast`).
        #[arg(long, env = "LAPWING_SPECS")]
        specs: Option<PathBuf>,
    },
}

fn codegen_asterix(specs: Option<PathBuf>) -> anyhow::Result<()> {
    let root = workspace::root();
    let specs = specs.unwrap_or_else(|| root.join("../shared/specs/asterix"));
    let out = root.join("crates/asterix/src/tables");
    let own = root.join("crates/asterix/definitions");
    codegen::asterix(&[&specs, &own], &out)?;
    println!(
        "{} and {} -> {}",
        specs.display(),
        own.display(),
        out.display()
    );
    Ok(())
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Test(options) => return test::run(&options),
        Verb::Demo { arguments } => demo::run(&arguments),
        Verb::Tidy => test::tidy(),
        Verb::Codegen {
            what: Codegen::Asterix { specs },
        } => codegen_asterix(specs),
        Verb::Advisories => test::advisories(),
        Verb::Bench { arguments } => bench::run(&arguments),
        Verb::Conformance(options) => conformance::run(&options),
        Verb::Evaluate(options) => evaluate::run(&options),
        Verb::Picture { out, speed } => picture::run(&out, speed),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

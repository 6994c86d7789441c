//! The one binary: the command line over the engine, the server and the offline
//! tools. It exits with 0 when the work was done, 1 when it failed, 2 when the words
//! were wrong.

mod arguments;
mod commands;
mod inputs;
mod progress;
mod serve;
mod shutdown;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = arguments::Cli::parse();
    match commands::run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // a reader that has seen enough closes the pipe: that is no failure
            if let Some(io) = error.downcast_ref::<std::io::Error>()
                && io.kind() == std::io::ErrorKind::BrokenPipe
            {
                return ExitCode::SUCCESS;
            }
            eprintln!("lapwing: {error:#}");
            ExitCode::FAILURE
        }
    }
}

//! One file a command.

mod asterix;
mod check;
mod decode;
mod demo;
mod lab;
mod replay;
mod run;
mod score;
mod simulate;
mod track;
mod verify;

use crate::arguments::Command;
use anyhow::Result;

pub(crate) fn run(command: Command) -> Result<()> {
    match command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Decode(arguments) => decode::run(&arguments),
        Command::Track(arguments) => track::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Score(arguments) => score::run(&arguments),
        Command::Lab(arguments) => lab::run(&arguments),
        Command::Asterix(arguments) => asterix::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
    }
}

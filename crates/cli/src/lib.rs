//! The commands of `gradflow`, for its program and for one that does them in several processes at once.

#![forbid(unsafe_code)]

mod commands;
mod crew;
mod failure;
mod input;
mod interrupt;
mod output;
mod overrides;
mod report;
mod scores;
mod written;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};

use crate::commands::Command;

pub use commands::evaluate::{Args as EvaluateArgs, run as evaluate};
pub use commands::predict::{Args as PredictArgs, run as predict};
pub use commands::train::{Args as TrainArgs, run as train};
pub use crew::{Alone, Crew};
pub use failure::{note, report};

/// Neural networks from tables and pictures: look at the data, train, predict.
///
/// A first session: `gradflow new DATA.csv`, `gradflow train DATA.ron`, `gradflow predict DATA.safetensors ROWS.csv`.
///
/// Exit codes: 0 if all went well, 1 for an error, 2 for a wrong use of the command, 130 after Ctrl-C.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    long_about,
    max_term_width = 100,
    arg_required_else_help = true
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

/// The program `gradflow`: does what the command line says, and tells errors.
pub fn main() -> ExitCode {
    report(Args::parse().command.run(Args::command))
}

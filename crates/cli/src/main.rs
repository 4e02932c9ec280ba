//! The command `gradflow`.

#![forbid(unsafe_code)]

mod commands;
mod failure;
mod input;
mod interrupt;
mod output;
mod overrides;
mod report;
mod scores;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};

use crate::commands::Command;

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

fn main() -> ExitCode {
    failure::report(Args::parse().command.run(Args::command))
}

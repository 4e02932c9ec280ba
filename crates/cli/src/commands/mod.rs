//! One file for each command.

mod check;
mod completions;
mod convert;
pub(crate) mod evaluate;
mod export;
mod import;
mod inspect;
mod new;
pub(crate) mod predict;
pub(crate) mod train;
mod tune;

use anyhow::Result;
use clap::Subcommand;

use crate::Alone;

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(new::Args),
    Check(check::Args),
    Convert(convert::Args),
    Train(train::Args),
    Evaluate(evaluate::Args),
    Predict(predict::Args),
    Inspect(inspect::Args),
    Export(export::Args),
    Import(import::Args),
    Tune(tune::Args),
    Completions(completions::Args),
}

impl Command {
    /// Does it; completions are made of the whole command.
    pub(crate) fn run(self, whole: impl FnOnce() -> clap::Command) -> Result<()> {
        match self {
            Self::New(args) => new::run(args),
            Self::Check(args) => check::run(args),
            Self::Convert(args) => convert::run(&args),
            Self::Train(args) => train::run(args, &Alone),
            Self::Evaluate(args) => evaluate::run(args, &Alone),
            Self::Predict(args) => predict::run(args, &Alone),
            Self::Inspect(args) => inspect::run(&args),
            Self::Export(args) => export::run(&args),
            Self::Import(args) => import::run(args),
            Self::Tune(args) => tune::run(args),
            Self::Completions(args) => completions::run(&args, whole()),
        }
    }
}

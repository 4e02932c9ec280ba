//! The command `gradflow-mpi`: what `gradflow` does, in several processes at once.

use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, anyhow};
use clap::{Parser, Subcommand};
use gradflow::{Evaluation, Model, Run, Samples, TrainingError};
use gradflow_cli::{Crew, EvaluateArgs, PredictArgs, TrainArgs};
use gradflow_mpi::Ranks;

/// Data-parallel training, evaluation and prediction over MPI: `mpirun -n 4 gradflow-mpi train EXPERIMENT.ron`.
///
/// The result has the bits of `gradflow` for any number of processes and threads. Each process evaluates its share of the pieces of a
/// mini-batch, so that there must be as many pieces as processes at least: `protocol: (…, pieces: 12)` suits 1, 2, 3, 4, 6 and 12. All processes
/// read the same files; the first writes, and saves a checkpoint after each epoch.
///
/// Exit codes: 0 if all went well, 1 for an error, 2 for a wrong use of the command.
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

/// What can be done.
#[derive(Debug, Subcommand)]
enum Command {
    /// Trains as an experiment says, and saves the model.
    Train(TrainArgs),
    /// Says how good a model is on data whose answers are known; each process predicts its share.
    Evaluate(EvaluateArgs),
    /// Predicts from raw rows or pictures; each process its share, and the first writes all in order.
    Predict(PredictArgs),
}

fn main() -> ExitCode {
    let ranks = match Ranks::start() {
        Ok(ranks) => ranks,
        Err(error) => return gradflow_cli::report(Err(error.into())),
    };
    let ending = watch(&ranks);
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            if ranks.is_first() {
                // Where even that cannot be written, the code is all there is.
                let _ = error.print();
            }
            ending.store(true, Ordering::Release);
            ranks.wait();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let all = All(&ranks);
    let done = match args.command {
        Command::Train(args) => gradflow_cli::train(args, &all),
        Command::Evaluate(args) => gradflow_cli::evaluate(args, &all),
        Command::Predict(args) => gradflow_cli::predict(args, &all),
    };
    ending.store(true, Ordering::Release);
    let code = match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<Agreed>() {
            Ok(Agreed(Some(error))) => gradflow_cli::report(Err(error)),
            Ok(Agreed(None)) => ExitCode::FAILURE,
            Err(alone) => {
                // The lower ranks speak first, and end the others.
                let turn = ranks.rank().min(4) as u64;
                std::thread::sleep(Duration::from_secs(turn));
                gradflow_cli::report(Err(alone));
                ranks.abort()
            }
        },
    };
    // `mpirun` ends all when the first ends with an error: not before it is told.
    ranks.wait();
    code
}

/// When one process dies, `mpirun` asks the others to end. The first one says what happened, unless all have been told, and are ending.
fn watch(ranks: &Ranks) -> Arc<AtomicBool> {
    let first = ranks.is_first();
    let ending = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&ending);
    // Where it cannot be watched for, the process ends as it always does.
    let _ = ctrlc::set_handler(move || {
        if first && !told.load(Ordering::Acquire) {
            let error = anyhow!(
                "the training was ended from outside: a process died, or the job was stopped. The last checkpoint is whole: the same command \
                 with --resume goes on from it, in any number of processes"
            );
            gradflow_cli::report(Err(error));
        }
        std::process::exit(1);
    });
    ending
}

/// All ranks do the command.
struct All<'r>(&'r Ranks);

impl Crew for All<'_> {
    fn is_alone(&self) -> bool {
        false
    }

    fn place(&self) -> (usize, usize) {
        (self.0.rank(), self.0.size())
    }

    fn gather(&self, own: Vec<u8>) -> Vec<u8> {
        self.0.gather(own)
    }

    fn evaluate(&self, model: &Model<f32>, data: Samples<'_, f32>) -> Result<Evaluation> {
        Ok(model.evaluate_together(data, &mut self.0.together())?)
    }

    fn join<'a>(&'a self, run: Run<'a, f32>) -> Result<Run<'a, f32>, TrainingError> {
        let (pieces, ranks) = (run.protocol().pieces, self.0.size());
        if self.is_first() && pieces < ranks {
            gradflow_cli::note(&format!(
                "of {ranks} processes {} have nothing to do, since a mini-batch has pieces: {pieces}; `--set protocol.pieces=12` suits 2, 3, 4 and 6",
                ranks - pieces
            ));
        }
        run.reduce(self.0.reduce())
    }

    fn agree<R>(&self, result: Result<R>) -> Result<R> {
        let speaks = self.0.first_failed(result.is_err());
        let Some(speaks) = speaks else {
            return result;
        };
        let own = result.err().filter(|_| speaks == self.0.rank());
        Err(anyhow!(Agreed(own)))
    }
}

/// All ranks know that one of them failed; that one has the error.
#[derive(Debug)]
struct Agreed(Option<anyhow::Error>);

impl fmt::Display for Agreed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(error) => error.fmt(f),
            None => f.write_str("another process failed"),
        }
    }
}

impl std::error::Error for Agreed {}

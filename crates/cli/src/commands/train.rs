//! `gradflow train`.

mod keep;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Result, anyhow};
use gradflow::optim::Schedule;
use gradflow::{
    End, Epoch, Experiment, ExperimentError, History, Known, Outcome, ProgressBar, Run, Trial,
};
use gradflow_report::Recorder;
use serde::Serialize;

use self::keep::Keep;
use crate::Crew;
use crate::commands::check::rate::curvature_of;
use crate::failure::Interrupted;
use crate::interrupt::Interrupt;
use crate::output::stdout;
use crate::overrides::{Overrides, files};
use crate::report;
use crate::scores::{Closing, summary};
use crate::written::{Written, beside};

/// Trains as an experiment says, and saves the model.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The experiment.
    experiment: PathBuf,
    /// Where the model is saved; by default beside the experiment, with the end `.safetensors`.
    #[arg(long, value_name = "MODEL")]
    out: Option<PathBuf>,
    /// Goes on where a training was interrupted.
    #[arg(long)]
    resume: bool,
    /// Writes a report of the training into this folder, `report.html`.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// One line of JSON for each epoch, and one for the result.
    #[arg(long)]
    json: bool,
    /// Threads; 0 stands for all cores. The result has the same bits for any number.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    #[command(flatten)]
    overrides: Overrides,
    /// Replaces a model, or the checkpoint of an interrupted training, that is there already.
    #[arg(long)]
    force: bool,
}

/// Trains, saves the model and tells the result; with others, if there are any.
///
/// # Errors
/// What could not be done.
pub fn run(args: Args, crew: &impl Crew) -> Result<()> {
    let plan = crew.agree(Plan::of(&args, crew));
    let mut plan = plan?;
    let mut recorder = plan.page.as_ref().map(|_| Recorder::default());
    let history = train(&args, &plan.keep, &mut plan.trial, recorder.as_mut(), crew)?;
    // The others have the same model; one is saved and judged.
    crew.agree(match crew.is_first() {
        true => plan.finish(&args, history, recorder.as_ref()),
        false => Ok(()),
    })
}

/// What is to be done.
struct Plan {
    trial: Trial<f32>,
    model: PathBuf,
    page: Option<PathBuf>,
    keep: Keep,
}

impl Plan {
    /// Reads experiment and data; who writes files makes sure that they can be written.
    fn of(args: &Args, crew: &impl Crew) -> Result<Self> {
        let experiment = args.overrides.open(&args.experiment)?;
        let model = match &args.out {
            Some(out) => out.clone(),
            None => beside(&args.experiment, "safetensors")?,
        };
        let keep = Keep::of(&experiment, &model, crew.is_alone());
        let mut page = None;
        if crew.is_first() {
            let mut written = Written::beside(&files(&args.experiment, &experiment));
            written.add(&model, "the model", args.force)?;
            page = report::page(args.report.as_deref(), args.force, &mut written)?;
            keep.check(args.resume, args.force, &mut written)?;
        }
        Ok(Self {
            trial: experiment.trial::<f32>(args.threads, &Known::new())?,
            model,
            page,
            keep,
        })
    }

    /// Saves the model, and tells how good it is.
    fn finish(self, args: &Args, history: History, recorder: Option<&Recorder<f32>>) -> Result<()> {
        let trial = self.trial;
        trial.model.save(&self.model)?;
        if let (Some(page), Some(recorder)) = (&self.page, recorder) {
            report::of_training(page, &trial, &history, recorder, args.force)?;
        }
        let outcome = trial.outcome(history)?;
        self.keep.finished()?;
        told(args, &outcome, &self.model)
    }
}

/// Trains to the end, or until Ctrl-C comes.
fn train(
    args: &Args,
    keep: &Keep,
    trial: &mut Trial<f32>,
    recorder: Option<&mut Recorder<f32>>,
    crew: &impl Crew,
) -> Result<History> {
    let experiment = trial.experiment.clone();
    let of = |error| -> ExperimentError { experiment.explain(error) };
    let interrupt = Interrupt::watch();
    let unsaid = Arc::new(OnceLock::new());
    let run = crew.agree(begin(args, keep, trial, (recorder, &unsaid), crew));
    let mut run = run?;
    while run.step().map_err(of)?.is_some() {
        let unsaid = unsaid.get();
        if interrupt.came() || unsaid.is_some() {
            let epochs = run.epochs().len();
            if !keep.each_epoch {
                run = run.checkpoint(&keep.path, usize::MAX).map_err(of)?;
            }
            run.save().map_err(of)?;
            drop(run);
            let saved = format!(
                "after {epochs} epochs; `{}` is saved: the same command with --resume goes on",
                keep.path.display()
            );
            return Err(match unsaid {
                Some(error) => anyhow!("{error} {saved}"),
                None => Interrupted(format!("interrupted {saved}")).into(),
            });
        }
    }
    let history = run.finish().map_err(of)?;
    crew.agree(match history.end {
        End::Diverged { reason, .. } => Err(anyhow!(
            "the training {}{}; `gradflow check` finds a rate, and `--set rate=…` sets it",
            history.end,
            excess(trial, reason.rate).unwrap_or_default()
        )),
        _ => Ok(history),
    })
}

/// How far a rate stands above the one up to which the rule is stable on the first mini-batch and the first parameters, where theory
/// knows that and it is above.
fn excess(trial: &mut Trial<f32>, rate: f64) -> Option<String> {
    let first = trial.model.network().initialise(trial.experiment.seed);
    trial.model.set_theta(first.ok()?).ok()?;
    let rule = &trial.experiment.protocol.descent.rule;
    let found = curvature_of(trial).ok()??;
    let times = rule
        .clone()
        .with_rate(rate)
        .stability(found.estimate)
        .share()?;
    let told = |x: f64| match (0.01..1e4).contains(&x) {
        true => format!("{x:.2}"),
        false => format!("{x:.1e}"),
    };
    (times > 1.0 && times.is_finite()).then(|| {
        format!(
            "; the rate is {} times the stability estimate, {}",
            told(times),
            told(rate / times)
        )
    })
}

/// The run before its first step, with those who are told of it; why the progress could not be written, where it could not, will stand in `unsaid`.
fn begin<'a>(
    args: &Args,
    keep: &Keep,
    trial: &'a mut Trial<f32>,
    (recorder, unsaid): (Option<&'a mut Recorder<f32>>, &Arc<OnceLock<String>>),
    crew: &'a impl Crew,
) -> Result<Run<'a, f32>> {
    let experiment = trial.experiment.clone();
    let of = |error| -> ExperimentError { experiment.explain(error) };
    let layers = trial.model.network().summary().to_string();
    let samples = trial.train.len();
    let mut run = crew.join(trial.run()?).map_err(of)?;
    if crew.is_first() {
        if !args.json {
            let note = unfitting(&experiment, samples);
            let lines = [Some(layers), note].into_iter().flatten();
            written_out(lines).map_err(|error| anyhow!("{} before the training", lost(&error)))?;
        }
        run = run.watch(ProgressBar::new());
        if let Some(recorder) = recorder {
            run = run.watch(recorder);
        }
        if args.json {
            let alone = crew.is_alone();
            let unsaid = Arc::clone(unsaid);
            run = run.observe(move |epoch| {
                // Who reads no more ends the training, but others would wait for this process.
                if let (Err(error), true) = (json_line(&Line::Epoch(epoch)), alone) {
                    unsaid.get_or_init(|| lost(&error));
                }
                core::ops::ControlFlow::Continue(())
            });
        }
        if keep.each_epoch {
            run = run.checkpoint(&keep.path, 1).map_err(of)?;
        }
    }
    if args.resume {
        let resumed = run.resume_from(&keep.path);
        resumed.map_err(|error| keep.refused(error, &experiment))?;
    }
    Ok(run)
}

/// What is said of progress that cannot be written. It is no error of writing any more: a pipe that nobody reads would pass for a success, without
/// a model.
fn lost(error: &anyhow::Error) -> String {
    format!("the progress cannot be written ({error})")
}

fn written_out(lines: impl Iterator<Item = String>) -> Result<()> {
    let mut out = stdout();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

/// A note on a schedule that ends long before the training or long behind it.
fn unfitting(experiment: &Experiment, samples: usize) -> Option<String> {
    let protocol = &experiment.protocol;
    let (Schedule::Cosine { steps, .. } | Schedule::Polynomial { steps, .. }) =
        protocol.descent.schedule
    else {
        return None;
    };
    let batches = samples.div_ceil(protocol.batch.max(1));
    let all = protocol.epochs.saturating_mul(batches);
    let fits = all / 2 <= steps && steps / 2 <= all;
    (!fits).then(|| {
        format!(
            "note: the rate has its last value after {steps} steps, but the training takes {all}: --set protocol.descent.schedule.steps={all} fits the schedule"
        )
    })
}

/// A line of `--json`.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Epoch(&'a Epoch),
    Result(Summary<'a>),
}

#[derive(Serialize)]
struct Summary<'a> {
    model: &'a Path,
    end: String,
    best: Option<usize>,
    seconds: f64,
    train: &'a gradflow::Evaluation,
    validation: Option<&'a gradflow::Evaluation>,
    test: Option<&'a gradflow::Evaluation>,
}

fn json_line(line: &Line<'_>) -> Result<()> {
    let mut out = stdout();
    serde_json::to_writer(&mut out, line)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// The result, in words or as JSON.
fn told(args: &Args, outcome: &Outcome<f32>, model: &Path) -> Result<()> {
    let Outcome {
        history,
        train,
        validation,
        test,
        ..
    } = outcome;
    let (validation, test) = (validation.as_ref(), test.as_ref());
    if args.json {
        return json_line(&Line::Result(Summary {
            model,
            end: history.end.to_string(),
            best: history.best,
            seconds: history.seconds,
            train,
            validation,
            test,
        }));
    }
    let mut out = stdout();
    for note in &history.notes {
        writeln!(out, "{note}")?;
    }
    writeln!(out, "{}", history.end)?;
    let mut closing = Closing::default();
    let parts = [
        ("train", Some(train)),
        ("validation", validation),
        ("test", test),
    ];
    for (part, evaluation) in parts {
        if let Some(evaluation) = evaluation {
            writeln!(out, "{part}: {}", summary(evaluation))?;
        }
        closing.part(part, evaluation);
    }
    writeln!(out, "{} is saved", model.display())?;
    closing.number("cost", test.or(validation).unwrap_or(train).cost);
    closing.seconds(history.seconds);
    writeln!(out, "{}", closing.line())?;
    Ok(out.flush()?)
}

//! Trainings of candidates, several at a time.

use core::cmp::Ordering;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering as Memory};

use anyhow::Result;
use gradflow::{End, Evaluation, Experiment, ExperimentError, Known};

use crate::failure::Interrupted;
use crate::interrupt::Interrupt;
use crate::overrides::{Setting, apply};
use crate::scores::{Closing, score};

/// What all candidates have in common.
pub(crate) struct Work<'a> {
    pub(crate) experiment: &'a Experiment,
    /// Parts of the cross-validation; 0 and 1 stand for the parts of the experiment.
    pub(crate) folds: usize,
    /// Trainings at a time.
    pub(crate) jobs: usize,
    pub(crate) interrupt: &'a Interrupt,
}

/// A candidate and what came of it.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) settings: Vec<Setting>,
    /// What the score is.
    pub(crate) name: &'static str,
    /// Mean and deviation over the parts; none if a training diverged.
    score: Option<[f64; 2]>,
    cost: f64,
    seconds: f64,
}

/// What one training comes to.
struct Fold {
    evaluation: Option<Evaluation>,
    seconds: f64,
}

/// Trains all candidates on all parts.
pub(crate) fn try_all(work: &Work<'_>, candidates: &[Vec<Setting>]) -> Result<Vec<Tried>> {
    let experiments = candidates
        .iter()
        .map(|settings| apply(work.experiment.clone(), settings));
    let experiments = experiments.collect::<Result<Vec<Experiment>, _>>()?;
    let folds = work.folds.max(1);
    let count = experiments.len().saturating_mul(folds);
    let shared = Shared {
        next: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
        results: Mutex::new((0..count).map(|_| None).collect()),
    };
    std::thread::scope(|scope| {
        for _ in 0..work.jobs.min(count).max(1) {
            scope.spawn(|| shared.serve(work, &experiments, folds));
        }
    });
    if work.interrupt.came() {
        return Err(Interrupted("interrupted: nothing is written".into()).into());
    }
    let results = shared.results.into_inner();
    let results = results.unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut all = Vec::with_capacity(count);
    for result in results.into_iter().flatten() {
        all.push(result?);
    }
    let pairs = candidates.iter().zip(all.chunks(folds));
    Ok(pairs
        .map(|(settings, folds)| Tried::of(settings, folds))
        .collect())
}

/// What the threads share.
struct Shared {
    next: AtomicUsize,
    failed: AtomicBool,
    results: Mutex<Vec<Option<Result<Fold, ExperimentError>>>>,
}

impl Shared {
    /// Takes one training after another, until none is left.
    fn serve(&self, work: &Work<'_>, experiments: &[Experiment], folds: usize) {
        let count = experiments.len() * folds;
        loop {
            let job = self.next.fetch_add(1, Memory::Relaxed);
            if job >= count || work.interrupt.came() || self.failed.load(Memory::Relaxed) {
                return;
            }
            let result = train(&experiments[job / folds], job % folds, work);
            if result.is_err() {
                self.failed.store(true, Memory::Relaxed);
            }
            let mut results = self.results.lock().unwrap_or_else(|lock| lock.into_inner());
            results[job] = Some(result);
            let done = results.iter().flatten().count();
            progress(done, count);
        }
    }
}

/// How many trainings are done, where somebody looks on.
fn progress(done: usize, count: usize) {
    let mut err = std::io::stderr().lock();
    if err.is_terminal() {
        let end = if done == count { "\n" } else { "" };
        // It is only for those who look on.
        let _ = write!(err, "\r{done} of {count} trainings{end}").and_then(|()| err.flush());
    }
}

/// One training with one part held out.
fn train(experiment: &Experiment, fold: usize, work: &Work<'_>) -> Result<Fold, ExperimentError> {
    let known = Known::new();
    let mut prepared = match work.folds {
        0 | 1 => experiment.trial::<f32>(1, &known)?,
        k => experiment.fold::<f32>(fold, k, 1, &known)?,
    };
    let of = |error| experiment.explain(error);
    let mut run = prepared.run()?;
    while run.step().map_err(of)?.is_some() {
        if work.interrupt.came() {
            break;
        }
    }
    let diverged = matches!(run.end(), Some(End::Diverged { .. }));
    let history = run.stop();
    let seconds = history.seconds;
    let outcome = prepared.outcome(history)?;
    let evaluation = outcome.test.or(outcome.validation).unwrap_or(outcome.train);
    Ok(Fold {
        evaluation: (!diverged).then_some(evaluation),
        seconds,
    })
}

impl Tried {
    fn of(settings: &[Setting], folds: &[Fold]) -> Self {
        let scored = |fold: &Fold| fold.evaluation.as_ref().and_then(score);
        let scores: Option<Vec<(&str, f64)>> = folds.iter().map(scored).collect();
        let costs = folds.iter().filter_map(|fold| fold.evaluation.as_ref());
        let costs: Vec<f64> = costs.map(|evaluation| evaluation.cost).collect();
        let first = folds.iter().find_map(scored);
        let values = scores.map(|all| all.iter().map(|(_, value)| *value).collect::<Vec<_>>());
        Self {
            settings: settings.to_vec(),
            name: first.map_or("score", |(name, _)| name),
            score: values.as_deref().map(mean_and_deviation),
            cost: mean_and_deviation(&costs)[0],
            seconds: folds.iter().map(|fold| fold.seconds).sum(),
        }
    }

    /// The better one comes first: the higher score, of equal ones the lower cost.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let key = |one: &Self| one.score.map_or(f64::NEG_INFINITY, |[mean, _]| mean);
        let by_cost = self.cost.total_cmp(&other.cost);
        key(other).total_cmp(&key(self)).then(by_cost)
    }

    /// Mean, deviation, cost, seconds.
    pub(crate) fn columns(&self) -> [String; 4] {
        let [mean, deviation] = match self.score {
            Some(score) => score.map(|x| format!("{x:.4}")),
            None => ["diverged".to_owned(), String::new()],
        };
        let cost = format!("{:.4}", self.cost);
        [mean, deviation, cost, format!("{:.2}", self.seconds)]
    }

    /// The closing line.
    pub(crate) fn closing(&self) -> String {
        let mut closing = Closing::default();
        if let Some([mean, _]) = self.score {
            closing.number(&format!("mean_{}", self.name), mean);
        }
        closing.number("cost", self.cost);
        closing.seconds(self.seconds);
        closing.line()
    }
}

/// Mean and standard deviation; NaN for none.
fn mean_and_deviation(values: &[f64]) -> [f64; 2] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|x| (x - mean).powi(2));
    [mean, (squares.sum::<f64>() / n).sqrt()]
}

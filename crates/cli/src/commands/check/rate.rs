//! Which rate suits an experiment.

use anyhow::Result;
use gradflow::optim::{Curvature, Schedule, curvature};
use gradflow::{Arena, Batch, Protocol, Risk, Trial};

use super::gradient::targets;

/// Steps of the test.
const STEPS: usize = 120;

/// The smallest and the largest rate.
const RANGE: [f64; 2] = [1e-6, 10.0];

/// How much of the old a mean of costs keeps.
const MEMORY: f64 = 0.8;

/// The rate-range test (Smith 2017): a short training whose rate grows from step to step. The rate that is told is a tenth of the one at which
/// the mean cost was lowest before it rose.
pub(crate) fn range(trial: &Trial<f32>) -> Result<String> {
    let mut copy = trial.clone();
    let said = copy.experiment.protocol.descent.rule.rate();
    let protocol = &mut copy.experiment.protocol;
    let factor = (RANGE[1] / RANGE[0]).powf(1.0 / (STEPS - 1) as f64);
    let mut descent = protocol.descent.clone();
    descent.rule = descent.rule.with_rate(RANGE[0]);
    descent.schedule = Schedule::Exponential { factor };
    let steps = copy.train.len().div_ceil(protocol.batch.max(1)).max(1);
    *protocol = Protocol {
        epochs: STEPS.div_ceil(steps),
        by_epoch: Schedule::Constant,
        plateau: None,
        early_stopping: None,
        descent,
        ..protocol.clone()
    };
    copy.validation = None;
    let experiment = copy.experiment.clone();
    let of = |error| experiment.explain(error);
    let mut run = copy.run()?;
    let (mut mean, mut weight, mut costs) = (0.0, 0.0, Vec::new());
    while let Some(step) = run.step().map_err(of)? {
        mean = MEMORY * mean + (1.0 - MEMORY) * step.cost;
        weight = MEMORY * weight + (1.0 - MEMORY);
        costs.push((step.rate, mean / weight));
        let lowest = costs
            .iter()
            .map(|(_, cost)| *cost)
            .fold(f64::INFINITY, f64::min);
        if costs.len() >= STEPS || mean / weight > 4.0 * lowest {
            break;
        }
    }
    let first = costs.first().map_or(f64::INFINITY, |(_, cost)| *cost);
    let lowest = costs.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    Ok(match lowest {
        Some((rate, cost)) if *cost < first => format!(
            "the experiment has {said}; in a test of {} steps with a growing rate the cost fell from {first:.4} to {cost:.4} up to a rate of {rate:.1e}: about {:.1e} will do",
            costs.len(),
            rate / 10.0
        ),
        _ => format!(
            "the experiment has {said}; with no rate of a test of {} steps did the cost fall",
            costs.len()
        ),
    })
}

/// How the rule behaves on the largest curvature of a mini-batch, with the first parameters.
pub(crate) fn stability(trial: &Trial<f32>) -> Result<String> {
    let rule = &trial.experiment.protocol.descent.rule;
    Ok(match curvature_of(trial)? {
        Some(found) => rule.stability(found.estimate).to_string(),
        None => "the curvature of the first mini-batch is not finite".into(),
    })
}

/// The largest curvature of the first mini-batch, with the parameters that the model has; nothing if it is not finite.
pub(crate) fn curvature_of(trial: &Trial<f32>) -> Result<Option<Curvature>> {
    /// Gradients of the power iteration.
    const ITERATIONS: usize = 30;
    let model = &trial.model;
    let samples = trial.experiment.protocol.batch.min(trial.train.len());
    let part = trial.train.first(samples)?;
    let y = targets(model, &part)?;
    let mut arena = Arena::training(model.network(), part.len())?;
    let y = Batch::new(&y, model.network().output().len())?;
    let mut risk = Risk::new(model, part.inputs(), y, &mut arena)?;
    Ok(curvature(&mut risk, model.theta(), ITERATIONS).ok())
}

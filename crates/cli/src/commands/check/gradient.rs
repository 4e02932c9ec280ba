//! The gradient beside differences.

use anyhow::{Result, bail};
use gradflow::data::Targets;
use gradflow::gradcheck::GradCheck;
use gradflow::optim::Objective as _;
use gradflow::{Arena, Batch, Dataset, Experiment, Known, Model, Risk};

/// Samples of the mini-batch.
const SAMPLES: usize = 8;

/// Parameters that are looked at, spread over all of them.
const PARAMETERS: usize = 200;

/// Compares the gradient of the first mini-batch with differences, in double precision; a sentence on what came of it.
pub(crate) fn check(experiment: &Experiment) -> Result<String> {
    let trial = experiment.trial::<f64>(1, &Known::new())?;
    let model = trial.model;
    let samples = SAMPLES.min(trial.train.len());
    let part = trial.train.first(samples)?;
    let y = targets(&model, &part)?;
    let outputs = model.network().output().len();
    let mut arena = Arena::training(model.network(), part.len())?;
    let mut risk = Risk::new(&model, part.inputs(), Batch::new(&y, outputs)?, &mut arena)?;

    let theta = model.theta();
    let mut gradient = vec![0.0; theta.len()];
    risk.value_and_gradient(theta, &mut gradient);
    let every = theta.len().div_ceil(PARAMETERS).max(1);
    let places: Vec<usize> = (0..theta.len()).step_by(every).collect();
    let some = |of: &[f64]| places.iter().map(|i| of[*i]).collect::<Vec<_>>();
    let mut point = theta.to_vec();
    let along = |q: &[f64]| {
        for (i, q) in places.iter().zip(q) {
            point[*i] = *q;
        }
        risk.value(&point)
    };
    match GradCheck::new().check(along, &some(theta), &some(&gradient)) {
        Ok(report) => Ok(format!(
            "right, {} of {} parameters beside differences, {}",
            report.checked,
            theta.len(),
            match report.worst.map_or(0.0, |worst| worst.relative_error) {
                0.0 => "equal within their rounding".to_owned(),
                error => format!("largest relative error {error:.1e}"),
            }
        )),
        Err(error) => bail!("the gradient is not that of the cost: {error}"),
    }
}

/// The targets as the cost reads them, sample after sample.
pub(super) fn targets<T: gradflow::Real>(model: &Model<T>, data: &Dataset<T>) -> Result<Vec<T>> {
    let outputs = model.network().output().len();
    Ok(match data.targets() {
        Targets::Values(values) => values.data().to_vec(),
        Targets::Classes { labels, .. } => {
            let mut y = vec![T::ZERO; labels.len() * outputs];
            for (label, y) in labels.iter().zip(y.chunks_exact_mut(outputs)) {
                model.cost().encode(*label, y);
            }
            y
        }
    })
}

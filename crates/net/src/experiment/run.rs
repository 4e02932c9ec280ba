//! From an experiment to a trained model.

use gradflow_kernels::Real;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::place::locate;
use super::{Experiment, ExperimentError, Prepare};
use crate::file::Known;
use crate::{
    Evaluation, History, Model, ModelError, Network, NetworkError, Observer, Run, Samples,
    TrainingError,
};

/// What is wrong with a field.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// What an experiment comes to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome<T: Real> {
    /// The trained model; it takes raw rows.
    pub model: Model<T>,
    /// The epochs, and how the run ended.
    pub history: History,
    /// The model on the training part.
    pub train: Evaluation,
    /// The model on the validation part, if there is one.
    pub validation: Option<Evaluation>,
    /// The model on the test part, if there is one.
    pub test: Option<Evaluation>,
}

impl Experiment {
    /// Does the experiment on so many threads, 0 for all cores; the bits do not depend on it. With a checkpoint that is there already, the run goes
    /// on from it.
    ///
    /// # Errors
    /// [`ExperimentError::Meaning`] with the place of the field that cannot be done.
    pub fn run<T: Real + Serialize + DeserializeOwned>(
        &self,
        threads: usize,
    ) -> Result<Outcome<T>, ExperimentError> {
        self.run_with(threads, &Known::new(), Unwatched)
    }

    /// [`Experiment::run`] with layers, activations, losses and features of the user's, and somebody who is told of steps and
    /// epochs.
    ///
    /// # Errors
    /// As [`Experiment::run`].
    pub fn run_with<T: Real + Serialize + DeserializeOwned>(
        &self,
        threads: usize,
        known: &Known<T>,
        observer: impl Observer<T>,
    ) -> Result<Outcome<T>, ExperimentError> {
        let data = self.data.open(|path| self.resolve(path));
        let (data, test) = data.map_err(|error| self.fault("data", error))?;
        let parts = self.split.apply(data, test);
        let parts = parts.map_err(|error| self.fault("split", error))?;
        let steps = self.prepare.iter().map(|step| match step {
            Prepare::Features(map) => Prepare::Features(map.clone().resolve(known.maps())),
            step => step.clone(),
        });
        let parts = parts.prepare(&steps.collect::<Vec<_>>());
        let parts = parts.map_err(|error| self.fault("prepare", error))?;
        let mut model = self.model(parts.train.shape().dims(), known)?;
        model = model.with_threads(threads);

        let of = |error| self.misfit(error);
        let mut samples = Samples::from(&parts.train);
        if let Some(augment) = &self.augment {
            let augmented = samples.augmented(augment.clone());
            samples = augmented.map_err(|error| self.fault("augment", error))?;
        }
        let mut run = Run::new(self.protocol.clone(), &mut model, samples).map_err(of)?;
        if let Some(validation) = &parts.validation {
            run = run.validate(validation).map_err(of)?;
        }
        if let Some(path) = &self.checkpoint {
            let (path, of) = (self.resolve(path), |error| self.fault("checkpoint", error));
            run = run.checkpoint(&path, 1).map_err(of)?;
            if path.exists() {
                run.resume_from(&path).map_err(of)?;
            }
        }
        let history = run.watch(observer).finish().map_err(of)?;
        let evaluate = |part: &_| {
            model
                .evaluate(part)
                .map_err(|error| self.fault("data", error))
        };
        Ok(Outcome {
            train: evaluate(&parts.train)?,
            validation: parts.validation.as_ref().map(evaluate).transpose()?,
            test: parts.test.as_ref().map(evaluate).transpose()?,
            history,
            model,
        })
    }

    /// The network with its first parameters.
    fn model<T: Real>(
        &self,
        input: [usize; 3],
        known: &Known<T>,
    ) -> Result<Model<T>, ExperimentError> {
        let network = Network::from_recipes(input, &self.network, known.layers());
        let network = network.map_err(|error| match &error {
            NetworkError::Layer(layer) => {
                let path = layer.path.clone();
                self.fault_at("network", &path, error)
            }
            _ => self.fault("network", error),
        })?;
        let cost = known
            .cost(&self.cost)
            .map_err(|error| self.fault("cost", error))?;
        Model::new(network, cost, self.seed).map_err(|error| self.fault("cost", error))
    }

    /// An error of a run, at the field that it comes from.
    fn misfit(&self, error: TrainingError) -> ExperimentError {
        let last = self.network.len().saturating_sub(1);
        match &error {
            TrainingError::Data { error: cause, .. } => match cause {
                ModelError::Classes { .. } | ModelError::OutputSize { .. } => {
                    self.fault_at("network", &[last], error)
                }
                ModelError::Cost(_) => self.fault("cost", error),
                _ => self.fault("data", error),
            },
            _ => self.fault("protocol", error),
        }
    }

    /// An error of a field, with its place.
    fn fault(&self, field: &str, error: impl Into<Fault>) -> ExperimentError {
        self.fault_at(field, &[], error)
    }

    fn fault_at(&self, field: &str, path: &[usize], error: impl Into<Fault>) -> ExperimentError {
        let text = &self.origin.text;
        let (line, column) = match text.is_empty() {
            true => (0, 0),
            false => locate(text, field, path),
        };
        let path: String = path.iter().map(|index| format!("[{index}]")).collect();
        ExperimentError::Meaning {
            path: self.origin.path.clone(),
            line,
            column,
            field: format!("{field}{path}"),
            error: error.into(),
        }
    }
}

/// Nobody.
struct Unwatched;

impl<T: Real> Observer<T> for Unwatched {
    fn epoch(&mut self, _: &crate::Epoch) -> core::ops::ControlFlow<()> {
        core::ops::ControlFlow::Continue(())
    }
}

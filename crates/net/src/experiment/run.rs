//! From an experiment to a trained model.

use gradflow_data::AnyDataset;
use gradflow_kernels::Real;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::place::{line, locate};
use super::{Experiment, ExperimentError, Outcome};
use crate::checks::{check_cost, check_outputs};
use crate::file::Known;
use crate::memory::check_room;
use crate::{
    DataRole, Model, ModelError, Network, NetworkError, Observer, Samples, Source as _,
    TrainingError,
};

/// What is wrong with a field.
type Fault = Box<dyn std::error::Error + Send + Sync>;

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
        let mut trial = self.trial(threads, known)?;
        let mut run = trial.run()?;
        if let Some(path) = self.checkpoint_path() {
            let of = |error| self.fault("checkpoint", error);
            run = run.checkpoint(&path, 1).map_err(of)?;
            if path.exists() {
                run.resume_from(&path).map_err(of)?;
            }
        }
        let history = run.watch(observer).finish();
        trial.outcome(history.map_err(|error| self.explain(error))?)
    }

    /// The network with its first parameters, for these samples.
    pub(super) fn model<T: Real>(
        &self,
        train: &AnyDataset<T>,
        known: &Known<T>,
    ) -> Result<Model<T>, ExperimentError> {
        let input = train.shape().dims();
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
        let samples = Samples::from(train);
        // Parameters by the million are not drawn for a training that cannot be.
        check_cost(&network, &cost).map_err(|error| self.fault("cost", error))?;
        check_outputs(&network, &cost, samples.targets()).map_err(|error| {
            self.explain(TrainingError::Data {
                role: DataRole::Training,
                error,
            })
        })?;
        self.check_memory(&network, samples.len())?;
        Model::new(network, cost, self.seed).map_err(|error| self.fault("cost", error))
    }

    /// Whether there may be memory for the training: the parameters, a copy of them, their gradient, and the passes of a mini-batch.
    fn check_memory<T: Real>(
        &self,
        network: &Network<T>,
        samples: usize,
    ) -> Result<(), ExperimentError> {
        let piece = self.protocol.batch.min(samples) / self.protocol.pieces.max(1);
        let room = network.spec().train;
        let pass = room.fixed.saturating_add(room.each.saturating_mul(piece));
        let len = network.parameters().saturating_mul(3).saturating_add(pass);
        check_room::<T>(len, "the parameters and what trains them")
            .map_err(|error| self.fault("network", error))
    }

    /// An error of a run, at the field of the experiment that it comes from; for those who drive the run themselves.
    pub fn explain(&self, error: TrainingError) -> ExperimentError {
        let last = self.network.len().saturating_sub(1);
        match &error {
            TrainingError::Data { error: cause, .. } => match cause {
                ModelError::Classes { .. } | ModelError::OutputSize { .. } => {
                    self.fault_at("network", &[last], error)
                }
                ModelError::Cost(_) => self.fault("cost", error),
                _ => self.fault("data", error),
            },
            TrainingError::Checkpoint { .. } if self.checkpoint.is_some() => {
                self.fault("checkpoint", error)
            }
            _ => self.fault("protocol", error),
        }
    }

    /// An error of a field, with its place.
    pub(super) fn fault(&self, field: &str, error: impl Into<Fault>) -> ExperimentError {
        self.fault_at(field, &[], error)
    }

    fn fault_at(&self, field: &str, path: &[usize], error: impl Into<Fault>) -> ExperimentError {
        let text = &self.origin.text;
        let inside: String = path.iter().map(|index| format!("[{index}]")).collect();
        let whole = format!("{field}{inside}");
        let set = self.origin.set_in(&whole);
        let (at, column) = match text.is_empty() || !set.is_empty() {
            true => (0, 0),
            false => locate(text, field, path),
        };
        ExperimentError::Meaning {
            path: self.origin.path.clone(),
            line: at,
            column,
            quote: line(text, at),
            field: whole,
            set,
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

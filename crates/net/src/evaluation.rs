//! How good a model is on a data set.

use gradflow_data::Targets;
use gradflow_kernels::Real;

use crate::memory::reserve;
use crate::metrics::{mean_absolute_error, r_squared};
use crate::minibatch::encode;
use crate::model::CHUNK;
use crate::{Arena, ConfusionMatrix, Model, ModelError, Network, Samples, Validation};

/// Cost and metrics of a model on a data set; see [`Model::evaluate`].
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Number of samples.
    pub samples: usize,
    /// Mean cost (19); with weights, `sum w_s L_s / sum w_s`.
    pub cost: f64,
    /// Which class was taken for which; `None` for a data set without labels.
    pub confusion: Option<ConfusionMatrix>,
    /// Mean of `|zeta(p) - y|` over components and samples; `None` for a data set with labels.
    pub mean_absolute_error: Option<f64>,
    /// `R^2` of each output component, `None` where the targets do not vary; empty for a data set with labels.
    pub r_squared: Vec<Option<f64>>,
}

impl Evaluation {
    /// Fraction of samples whose label was predicted; `None` for a data set without labels.
    pub fn accuracy(&self) -> Option<f64> {
        self.confusion.as_ref().map(ConfusionMatrix::accuracy)
    }
}

/// The memory of an evaluation: outputs and targets of some samples at a time.
#[derive(Debug)]
pub(crate) struct Judge<T: Real> {
    arena: Arena<T>,
    p: Vec<T>,
    y: Vec<T>,
}

impl<T: Real> Judge<T> {
    /// For data sets of so many samples.
    pub(crate) fn new(network: &Network<T>, samples: usize) -> Result<Self, ModelError> {
        let arena = Arena::prediction(network, samples.min(CHUNK))?;
        let len = arena.capacity() * network.output().len();
        Ok(Self {
            arena,
            p: reserve(len, "outputs")?,
            y: reserve(len, "targets")?,
        })
    }

    /// The mean cost on samples that suit the model, and each sample's `zeta` for whoever looks at it.
    fn pass(
        &mut self,
        model: &Model<T>,
        samples: &Samples<'_, T>,
        mut look: impl FnMut(usize, &[T]),
    ) -> Result<f64, ModelError> {
        let (input, output) = (model.network().input(), model.network().output());
        let (data, n) = (samples.data(), samples.data().len());
        let (size, step, mut cost) = (output.len(), self.arena.capacity(), 0.0);
        for start in (0..n).step_by(step) {
            let count = step.min(n - start);
            let x = input.columns(&data.inputs().data()[start * input.len()..], count);
            let mut p = output.columns_mut(&mut self.p, count);
            model.outputs_into(x, p.reborrow(), &mut self.arena)?;
            let y = match data.targets() {
                Targets::Values(values) => &values.data()[start * size..],
                Targets::Classes { labels, classes } => {
                    let labels = &labels[start..][..count];
                    encode(model.cost(), classes, labels, &mut self.y, size)?;
                    &self.y
                }
            };
            let weights = samples.weights().map(|weights| &weights[start..][..count]);
            let y = output.columns(y, count);
            cost += model.cost().value(p.as_batch(), y, weights, 1.0 / n as f64);
            model.cost().map(p.reborrow());
            for (s, zeta) in p.as_batch().iter().enumerate() {
                look(start + s, zeta);
            }
        }
        Ok(cost)
    }

    /// Cost and accuracy, after an epoch.
    pub(crate) fn brief(
        &mut self,
        model: &Model<T>,
        samples: &Samples<'_, T>,
    ) -> Result<Validation, ModelError> {
        let labels = samples.data().labels();
        let mut hits = 0_usize;
        let cost = self.pass(model, samples, |s, zeta| {
            let right = labels.is_some_and(|labels| labels[s] == model.cost().class_of(zeta));
            hits += usize::from(right);
        })?;
        Ok(Validation {
            cost,
            accuracy: labels.map(|labels| hits as f64 / labels.len() as f64),
        })
    }

    /// Everything.
    pub(crate) fn whole(
        &mut self,
        model: &Model<T>,
        samples: &Samples<'_, T>,
    ) -> Result<Evaluation, ModelError> {
        let (data, size) = (samples.data(), model.network().output().len());
        let (mut predicted, mut outputs) = (Vec::new(), Vec::new());
        let labelled = data.labels().is_some();
        let cost = self.pass(model, samples, |_, zeta| {
            if labelled {
                predicted.push(model.cost().class_of(zeta));
            } else {
                outputs.extend(zeta.iter().map(|v| v.to_f64()));
            }
        })?;
        let confusion = match (data.labels(), data.classes()) {
            (Some(labels), Some(classes)) => {
                let confusion = ConfusionMatrix::new(classes, &predicted, labels)?;
                Some(confusion.with_names(data.class_names()))
            }
            _ => None,
        };
        let (mut absolute, mut determination) = (None, Vec::new());
        if let Targets::Values(values) = data.targets() {
            let targets: Vec<f64> = values.data().iter().map(|y| y.to_f64()).collect();
            absolute = Some(mean_absolute_error(&outputs, &targets)?);
            for a in 0..size {
                let component =
                    |v: &[f64]| -> Vec<f64> { v.iter().skip(a).step_by(size).copied().collect() };
                determination.push(r_squared(&component(&outputs), &component(&targets))?);
            }
        }
        Ok(Evaluation {
            samples: data.len(),
            cost,
            confusion,
            mean_absolute_error: absolute,
            r_squared: determination,
        })
    }
}

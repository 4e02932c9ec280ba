//! The pass over a data set that judges a model.

use gradflow_data::{Schema, Targets};
use gradflow_kernels::Real;

use crate::memory::{refused, reserve};
use crate::metrics::{MultiLabelTally, ProbabilityTally, rank, regression_scores, roc_auc};
use crate::minibatch::encode;
use crate::model::CHUNK;
use crate::{
    Arena, ConfusionMatrix, Evaluation, Model, ModelError, Network, Samples, Source, Validation,
};

/// The memory of an evaluation: outputs and targets of some samples at a time.
#[derive(Debug)]
pub(crate) struct Judge<T: Real> {
    arena: Arena<T>,
    p: Vec<T>,
    y: Vec<T>,
}

impl<T: Real> Model<T> {
    /// Cost and metrics on a data set, usually one held out: `&Dataset`, or [`Samples`] with weights.
    ///
    /// # Errors
    /// [`ModelError`] if the samples or targets of the data set are of another size than the network's, or a target is one for
    /// which the loss is not defined.
    pub fn evaluate<'d>(&self, data: impl Into<Samples<'d, T>>) -> Result<Evaluation, ModelError>
    where
        T: 'd,
    {
        let samples = data.into();
        self.check_source(&samples)?;
        Judge::new(self.network(), samples.len())?.whole(self, &samples)
    }
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
        let (mut hits, mut all) = (0.0, 0.0);
        let cost = self.pass(model, samples, |s, zeta| {
            let right = labels.is_some_and(|labels| labels[s] == model.cost().class_of(zeta));
            let weight = samples.weights().map_or(1.0, |weights| weights[s].to_f64());
            hits += weight * f64::from(right);
            all += weight;
        })?;
        Ok(Validation {
            cost,
            accuracy: labels.map(|_| hits / all),
        })
    }

    /// Everything.
    pub(crate) fn whole(
        &mut self,
        model: &Model<T>,
        samples: &Samples<'_, T>,
    ) -> Result<Evaluation, ModelError> {
        let data = samples.data();
        let weights = samples.weights();
        let weights: Option<Vec<f64>> = weights.map(|w| w.iter().map(|w| w.to_f64()).collect());
        let weights = weights.as_deref();
        let evaluation = match data.targets() {
            Targets::Classes { labels, classes } => {
                let mut classified = Classified::new(model, labels, classes)?;
                let cost = self.pass(model, samples, |s, zeta| {
                    classified.add(zeta, labels[s], weights.map_or(1.0, |weights| weights[s]));
                })?;
                let evaluation = classified.finish(labels, classes, weights, cost)?;
                let learnt = model.schema().and_then(Schema::class_names);
                let names = data.class_names().or(learnt);
                let confusion = evaluation.confusion;
                Evaluation {
                    confusion: confusion.map(|c| c.with_names(names)),
                    ..evaluation
                }
            }
            Targets::Values(values) => {
                let (size, targets) = (values.size(), values.data());
                let mut outputs = room(targets.len())?;
                let mut answers = answers(model, targets).then(|| MultiLabelTally::new(size));
                let cost = self.pass(model, samples, |s, zeta| {
                    outputs.extend_from_slice(zeta);
                    if let Some(tally) = &mut answers {
                        let weight = weights.map_or(1.0, |weights| weights[s]);
                        tally.add(zeta, &targets[s * size..][..size], weight);
                    }
                })?;
                Evaluation {
                    cost,
                    regression: Some(regression_scores(size, &outputs, targets, weights)?),
                    multi_label: answers.map(|tally| tally.scores()),
                    ..Evaluation::default()
                }
            }
        };
        Ok(Evaluation {
            samples: data.len(),
            ..evaluation
        })
    }
}

/// What is gathered about samples with labels.
struct Classified<'m, T: Real> {
    model: &'m Model<T>,
    predicted: Vec<usize>,
    /// Scores of the classes, to be ranked; empty where there are too many.
    scores: Vec<T>,
    ranked: bool,
    probabilities: Option<ProbabilityTally>,
    /// The weight of the samples whose label comes first, second, … of the outputs.
    ranks: Vec<f64>,
    weight: f64,
}

impl<'m, T: Real> Classified<'m, T> {
    fn new(model: &'m Model<T>, labels: &[usize], classes: usize) -> Result<Self, ModelError> {
        let outputs = model.network().output().len();
        let ranked = classes <= Evaluation::RANKED && (outputs == 1 || outputs == classes);
        let scores = if ranked {
            labels.len().saturating_mul(outputs)
        } else {
            0
        };
        let tops = if outputs == classes {
            classes.min(Evaluation::TOP)
        } else {
            0
        };
        Ok(Self {
            model,
            predicted: room(labels.len())?,
            scores: room(scores)?,
            ranked,
            probabilities: model.is_distribution().then(ProbabilityTally::new),
            ranks: vec![0.0; tops],
            weight: 0.0,
        })
    }

    fn add(&mut self, zeta: &[T], label: usize, weight: f64) {
        self.predicted.push(self.model.cost().class_of(zeta));
        self.weight += weight;
        if self.ranked {
            self.scores.extend_from_slice(zeta);
        }
        if let Some(tally) = &mut self.probabilities {
            tally.add(zeta, label, weight);
        }
        if !self.ranks.is_empty()
            && let Some(sum) = self.ranks.get_mut(rank(zeta, label))
        {
            *sum += weight;
        }
    }

    fn finish(
        self,
        labels: &[usize],
        classes: usize,
        weights: Option<&[f64]>,
        cost: f64,
    ) -> Result<Evaluation, ModelError> {
        let rankable = self.ranked && !self.scores.iter().any(|v| v.is_nan());
        let area = rankable.then(|| roc_auc(classes, &self.scores, labels, weights));
        let mut sum = 0.0;
        let tops = self.ranks.iter().map(|weight| {
            sum += weight;
            sum / self.weight
        });
        let confusion = ConfusionMatrix::weighted(classes, &self.predicted, labels, weights)?;
        Ok(Evaluation {
            cost,
            confusion: Some(confusion),
            top_k: tops.collect(),
            roc_auc: area.transpose()?.flatten(),
            probabilities: self.probabilities.map(|tally| tally.scores()),
            ..Evaluation::default()
        })
    }
}

/// Whether outputs and targets are answers, yes or no.
fn answers<T: Real>(model: &Model<T>, targets: &[T]) -> bool {
    model.is_probable() && targets.iter().all(|y| *y == T::ZERO || *y == T::ONE)
}

/// Room for so many, or an error that says how many bytes were wanted.
fn room<E>(len: usize) -> Result<Vec<E>, ModelError> {
    let mut room = Vec::new();
    let reserved = room.try_reserve_exact(len);
    reserved.map_err(|_| refused::<E>(len, "the outputs of a data set"))?;
    Ok(room)
}

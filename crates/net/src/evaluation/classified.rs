//! What is gathered about samples with labels.

use gradflow_kernels::Real;

use super::seen::{Seen, room};
use crate::metrics::{ProbabilityTally, rank, roc_auc};
use crate::{ConfusionMatrix, Evaluation, Model, ModelError};

/// What is gathered about samples with labels.
pub(super) struct Classified<'m, T: Real> {
    model: &'m Model<T>,
    classes: usize,
    confusion: ConfusionMatrix,
    /// Outputs, labels and weights, to be ranked; empty where there are too many.
    scores: Vec<T>,
    labels: Vec<usize>,
    weights: Vec<f64>,
    ranked: bool,
    probabilities: Option<ProbabilityTally>,
    /// The weight of the samples whose label comes first, second, … of the outputs.
    ranks: Vec<f64>,
    weight: f64,
}

impl<'m, T: Real> Classified<'m, T> {
    /// For so many samples.
    pub(super) fn new(
        model: &'m Model<T>,
        samples: usize,
        classes: usize,
    ) -> Result<Self, ModelError> {
        let outputs = model.network().output().len();
        let scores = samples.saturating_mul(outputs);
        let ranked = classes <= Evaluation::RANKED
            && scores <= Evaluation::AT_ONCE
            && (outputs == 1 || outputs == classes);
        let kept = if ranked { samples } else { 0 };
        let tops = if outputs == classes {
            classes.min(Evaluation::TOP)
        } else {
            0
        };
        Ok(Self {
            model,
            classes,
            confusion: ConfusionMatrix::new(classes, &[], &[])?,
            scores: room(if ranked { scores } else { 0 })?,
            labels: room(kept)?,
            weights: room(kept)?,
            ranked,
            probabilities: model.is_distribution().then(ProbabilityTally::new),
            ranks: vec![0.0; tops],
            weight: 0.0,
        })
    }

    pub(super) fn add(&mut self, seen: &Seen<'_, T>) -> Result<(), ModelError> {
        let &Seen {
            zeta,
            label,
            weight,
            ..
        } = seen;
        let predicted = self.model.cost().class_of(zeta);
        self.confusion.note(label, predicted, weight)?;
        self.weight += weight;
        if self.ranked {
            self.scores.extend_from_slice(zeta);
            self.labels.push(label);
            self.weights.push(weight);
        }
        if let Some(tally) = &mut self.probabilities {
            tally.add(zeta, label, weight);
        }
        if !self.ranks.is_empty()
            && let Some(sum) = self.ranks.get_mut(rank(zeta, label))
        {
            *sum += weight;
        }
        Ok(())
    }

    pub(super) fn finish(
        self,
        names: Option<&[String]>,
        cost: f64,
    ) -> Result<Evaluation, ModelError> {
        let rankable = self.ranked && !self.scores.iter().any(|v| v.is_nan());
        let weights = Some(&*self.weights);
        let area = rankable.then(|| roc_auc(self.classes, &self.scores, &self.labels, weights));
        let mut sum = 0.0;
        let tops = self.ranks.iter().map(|weight| {
            sum += weight;
            sum / self.weight
        });
        Ok(Evaluation {
            cost,
            confusion: Some(self.confusion.with_names(names)),
            top_k: tops.collect(),
            roc_auc: area.transpose()?.flatten(),
            probabilities: self.probabilities.map(|tally| tally.scores()),
            ..Evaluation::default()
        })
    }
}

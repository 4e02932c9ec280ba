//! The pass over a data set that judges a model.

use gradflow_data::Schema;
use gradflow_kernels::Real;

use super::classified::Classified;
use super::seen::Seen;
use super::valued::Valued;
use crate::memory::{filled, reserve};
use crate::minibatch::encode;
use crate::model::CHUNK;
use crate::text::excerpt;
use crate::{
    Arena, Evaluation, Model, ModelError, Network, Samples, Source, TargetKind, TargetsMut,
    Validation,
};

/// The memory of an evaluation: samples, outputs and targets of a part at a time.
#[derive(Debug)]
pub(crate) struct Judge<T: Real> {
    arena: Arena<T>,
    /// Inputs that are not in memory.
    x: Vec<T>,
    p: Vec<T>,
    y: Vec<T>,
    labels: Vec<usize>,
}

impl<T: Real> Model<T> {
    /// Cost and metrics on a data set, usually one held out: `&Dataset`, `&DiskDataset`, or [`Samples`] with weights.
    ///
    /// # Errors
    /// [`ModelError`] if the samples or targets of the data set are of another size than the network's, or a target is one for
    /// which the loss is not defined; [`ModelError::Disk`] if samples cannot be read.
    pub fn evaluate<'d>(&self, data: impl Into<Samples<'d, T>>) -> Result<Evaluation, ModelError>
    where
        T: 'd,
    {
        let mut samples = data.into();
        self.check_source(&samples)?;
        Judge::new(self.network(), samples.len())?.whole(self, &mut samples)
    }
}

impl<T: Real> Judge<T> {
    /// For data sets of so many samples.
    pub(crate) fn new(network: &Network<T>, samples: usize) -> Result<Self, ModelError> {
        let arena = Arena::prediction(network, samples.min(CHUNK))?;
        let step = arena.capacity();
        let len = step * network.output().len();
        Ok(Self {
            arena,
            x: Vec::new(),
            p: reserve(len, "outputs")?,
            y: reserve(len, "targets")?,
            labels: filled(0, step, "labels")?,
        })
    }

    /// Takes `count` samples from `start` on: targets as the cost reads them, and inputs that are not in memory.
    fn take(
        &mut self,
        model: &Model<T>,
        samples: &mut Samples<'_, T>,
        (start, count): (usize, usize),
    ) -> Result<(), ModelError> {
        let (input, output) = (model.network().input(), model.network().output());
        let (kind, size) = (samples.targets(), output.len());
        let resident = samples.in_memory().is_some();
        let targets = match kind {
            TargetKind::Classes(_) => TargetsMut::Classes(&mut self.labels[..count]),
            TargetKind::Values(_) => TargetsMut::Values(&mut self.y[..count * size]),
        };
        if resident {
            samples.read_targets(start, targets, model.workers());
        } else {
            let len = self.arena.capacity() * input.len();
            if self.x.len() < len {
                self.x = reserve(len, "inputs")?;
            }
            let x = &mut self.x[..count * input.len()];
            samples.read(start, x, targets, model.workers())?;
        }
        match kind {
            TargetKind::Classes(classes) => {
                let labels = &self.labels[..count];
                encode(model.cost(), classes, labels, &mut self.y, size)
            }
            TargetKind::Values(_) if resident => Ok(()),
            TargetKind::Values(_) => {
                Ok((model.cost()).check_targets(output.columns(&self.y, count))?)
            }
        }
    }

    /// The mean cost on samples that suit the model, and each sample for whoever looks at it.
    fn pass(
        &mut self,
        model: &Model<T>,
        samples: &mut Samples<'_, T>,
        mut look: impl FnMut(Seen<'_, T>) -> Result<(), ModelError>,
    ) -> Result<f64, ModelError> {
        let (input, output) = (model.network().input(), model.network().output());
        let classes = matches!(samples.targets(), TargetKind::Classes(_));
        let (n, step, mut cost) = (samples.len(), self.arena.capacity(), 0.0);
        for start in (0..n).step_by(step) {
            let count = step.min(n - start);
            self.take(model, samples, (start, count))?;
            let x = match samples.in_memory() {
                Some(data) => &data.inputs().data()[start * input.len()..],
                None => &self.x,
            };
            let mut p = output.columns_mut(&mut self.p, count);
            model.outputs_into(input.columns(x, count), p.reborrow(), &mut self.arena)?;
            let weights = samples.weights().map(|weights| &weights[start..][..count]);
            let y = output.columns(&self.y, count);
            cost += model.cost().value(p.as_batch(), y, weights, 1.0 / n as f64);
            model.cost().map(p.reborrow());
            for (s, (zeta, y)) in p.as_batch().iter().zip(y.iter()).enumerate() {
                look(Seen {
                    zeta,
                    label: if classes { self.labels[s] } else { 0 },
                    y,
                    weight: weights.map_or(1.0, |weights| weights[s].to_f64()),
                })?;
            }
        }
        Ok(cost)
    }

    /// Cost and accuracy, after an epoch.
    pub(crate) fn brief(
        &mut self,
        model: &Model<T>,
        samples: &mut Samples<'_, T>,
    ) -> Result<Validation, ModelError> {
        let classes = matches!(samples.targets(), TargetKind::Classes(_));
        let (mut hits, mut all) = (0.0, 0.0);
        let cost = self.pass(model, samples, |seen| {
            let right = classes && seen.label == model.cost().class_of(seen.zeta);
            hits += seen.weight * f64::from(right);
            all += seen.weight;
            Ok(())
        })?;
        Ok(Validation {
            cost,
            accuracy: classes.then_some(hits / all),
        })
    }

    /// Everything.
    pub(crate) fn whole(
        &mut self,
        model: &Model<T>,
        samples: &mut Samples<'_, T>,
    ) -> Result<Evaluation, ModelError> {
        let n = samples.len();
        let evaluation = match samples.targets() {
            TargetKind::Classes(classes) => {
                let mut classified = Classified::new(model, n, classes)?;
                let cost = self.pass(model, samples, |seen| classified.add(&seen))?;
                let learnt = model.schema().and_then(Schema::class_names);
                let names = samples.schema().and_then(Schema::class_names).or(learnt);
                classified.finish(names, cost)?
            }
            TargetKind::Values(size) => {
                let mut valued = Valued::new(model, n, size)?;
                let cost = self.pass(model, samples, |seen| {
                    valued.add(&seen);
                    Ok(())
                })?;
                let judged = valued.finish(samples.weights().is_some(), cost)?;
                in_own_units(judged, samples.schema())?
            }
        };
        Ok(Evaluation {
            samples: n,
            ..evaluation
        })
    }
}

/// Errors in the units that the target values had before they were scaled, with their names.
fn in_own_units(
    mut evaluation: Evaluation,
    schema: Option<&Schema>,
) -> Result<Evaluation, ModelError> {
    let Some((schema, scales)) = schema.and_then(|schema| Some((schema, schema.target_scales()?)))
    else {
        return Ok(evaluation);
    };
    if let Some(scores) = &mut evaluation.regression {
        *scores = scores.in_units(&scales)?;
    }
    let (names, units) = (schema.target_names(), schema.units());
    if names.is_some() || units.is_some() {
        let of = |texts: Option<&[String]>, a: usize| Some(excerpt(texts?.get(a)?));
        let name = |a: usize| of(names, a).unwrap_or_else(|| format!("output {a}"));
        let named = (0..scales.len()).map(|a| match of(units, a) {
            Some(unit) if !unit.is_empty() => format!("{} ({unit})", name(a)),
            _ => name(a),
        });
        evaluation.target_names = named.collect();
    }
    Ok(evaluation)
}

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

/// The processes that evaluate a model together, each with the outputs of its share of the samples. All have the same model and samples, and come
/// to the same numbers.
pub trait Together<T> {
    /// The number of this process, from 0, and how many there are.
    fn place(&self) -> (usize, usize);

    /// Of as many parts of equal length as there are processes, this one has filled its own; it gets those of the others.
    fn exchange(&mut self, parts: &mut [T]);
}

/// One process.
struct OnItsOwn;

impl<T> Together<T> for OnItsOwn {
    fn place(&self) -> (usize, usize) {
        (0, 1)
    }

    fn exchange(&mut self, _: &mut [T]) {}
}

/// The memory of an evaluation: samples, outputs and targets of a part at a time.
#[derive(Debug)]
pub(crate) struct Judge<T: Real> {
    arena: Arena<T>,
    /// Inputs that are not in memory.
    x: Vec<T>,
    /// Outputs of a part for each process.
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
        self.evaluate_together(data, &mut OnItsOwn)
    }

    /// The same with others, who call it too: each predicts its share of the samples, and all come to the result of [`evaluate`](Self::evaluate), bit for
    /// bit. Targets are read by everybody.
    ///
    /// ```
    /// use gradflow::{Activation, Cost, Dataset, Model, Network, Together};
    ///
    /// /// One of one; others would send their parts here.
    /// struct One;
    ///
    /// impl Together<f32> for One {
    ///     fn place(&self) -> (usize, usize) {
    ///         (0, 1)
    ///     }
    ///
    ///     fn exchange(&mut self, _parts: &mut [f32]) {}
    /// }
    ///
    /// let data = Dataset::<f32>::regression(1, vec![0.0, 1.0], 1, vec![0.0, 2.0])?;
    /// let network = Network::builder(1).dense(1, Activation::Identity).build()?;
    /// let model = Model::new(network, Cost::regression(), 1)?;
    /// assert_eq!(model.evaluate_together(&data, &mut One)?, model.evaluate(&data)?);
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`evaluate`](Self::evaluate). The others, who may meet none, wait in [`Together::exchange`].
    pub fn evaluate_together<'d>(
        &self,
        data: impl Into<Samples<'d, T>>,
        with: &mut dyn Together<T>,
    ) -> Result<Evaluation, ModelError>
    where
        T: 'd,
    {
        let mut samples = data.into();
        self.check_source(&samples)?;
        let processes = with.place().1.max(1);
        Judge::new(self.network(), samples.len(), processes)?.whole(self, &mut samples, with)
    }
}

impl<T: Real> Judge<T> {
    /// For data sets of so many samples, that are predicted by so many processes.
    pub(crate) fn new(
        network: &Network<T>,
        samples: usize,
        processes: usize,
    ) -> Result<Self, ModelError> {
        let arena = Arena::prediction(network, samples.min(CHUNK))?;
        let step = arena.capacity();
        let len = step * network.output().len();
        Ok(Self {
            arena,
            x: Vec::new(),
            p: filled(T::ZERO, len.saturating_mul(processes), "outputs")?,
            y: reserve(len, "targets")?,
            labels: filled(0, step, "labels")?,
        })
    }

    /// Predicts `count` samples from `start` on into the part of this process, which takes every so many samples of the data; and takes their
    /// targets, of samples that are read.
    fn predict(
        &mut self,
        model: &Model<T>,
        samples: &mut Samples<'_, T>,
        (start, count): (usize, usize),
        (own, further): (usize, usize),
    ) -> Result<(), ModelError> {
        let (input, output) = (model.network().input(), model.network().output());
        let (step, kind) = (self.arena.capacity(), samples.targets());
        let x = match samples.in_memory() {
            Some(data) => &data.inputs().data()[start * input.len()..],
            None => {
                let len = step * input.len();
                if self.x.len() < len {
                    self.x = reserve(len, "inputs")?;
                }
                let targets = room(kind, count, &mut self.labels, &mut self.y, output.len());
                let x = &mut self.x[..count * input.len()];
                samples.read(start, x, targets, further, model.workers())?;
                &self.x
            }
        };
        let p = &mut self.p[own * step * output.len()..];
        model.outputs_into(
            input.columns(x, count),
            output.columns_mut(p, count),
            &mut self.arena,
        )
    }

    /// Takes the targets of `count` samples from `start` on, as the cost reads them; `read` says that they are in their place already.
    fn take(
        &mut self,
        model: &Model<T>,
        samples: &mut Samples<'_, T>,
        (start, count): (usize, usize),
        read: bool,
    ) -> Result<(), ModelError> {
        let output = model.network().output();
        let (kind, size) = (samples.targets(), output.len());
        let resident = samples.in_memory().is_some();
        if resident || !read {
            let targets = room(kind, count, &mut self.labels, &mut self.y, size);
            samples.read_targets(start, targets, model.workers())?;
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
        with: &mut dyn Together<T>,
        mut look: impl FnMut(Seen<'_, T>) -> Result<(), ModelError>,
    ) -> Result<f64, ModelError> {
        let output = model.network().output();
        let classes = matches!(samples.targets(), TargetKind::Classes(_));
        let (n, step, mut cost) = (samples.len(), self.arena.capacity(), 0.0);
        let (own, processes) = with.place();
        let round = step.saturating_mul(processes);
        let count = |start: usize| step.min(n - start);
        for first in (0..n).step_by(round) {
            let start = first.saturating_add(own.saturating_mul(step));
            if start < n {
                self.predict(model, samples, (start, count(start)), (own, round))?;
            }
            with.exchange(&mut self.p);
            let parts = (first..n.min(first.saturating_add(round))).step_by(step);
            for (part, start) in parts.enumerate() {
                let count = count(start);
                self.take(model, samples, (start, count), processes == 1)?;
                let p = &mut self.p[part * step * output.len()..];
                let mut p = output.columns_mut(p, count);
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
        let cost = self.pass(model, samples, &mut OnItsOwn, |seen| {
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
    fn whole(
        &mut self,
        model: &Model<T>,
        samples: &mut Samples<'_, T>,
        with: &mut dyn Together<T>,
    ) -> Result<Evaluation, ModelError> {
        let n = samples.len();
        let evaluation = match samples.targets() {
            TargetKind::Classes(classes) => {
                let mut classified = Classified::new(model, n, classes)?;
                let cost = self.pass(model, samples, with, |seen| classified.add(&seen))?;
                let learnt = model.schema().and_then(Schema::class_names);
                let names = samples.schema().and_then(Schema::class_names).or(learnt);
                classified.finish(names, cost)?
            }
            TargetKind::Values(size) => {
                let mut valued = Valued::new(model, n, size)?;
                let cost = self.pass(model, samples, with, |seen| {
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

/// Room for the targets of so many samples.
fn room<'a, T>(
    kind: TargetKind,
    count: usize,
    labels: &'a mut [usize],
    values: &'a mut [T],
    size: usize,
) -> TargetsMut<'a, T> {
    match kind {
        TargetKind::Classes(_) => TargetsMut::Classes(&mut labels[..count]),
        TargetKind::Values(_) => TargetsMut::Values(&mut values[..count * size]),
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

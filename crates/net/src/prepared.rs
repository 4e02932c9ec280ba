//! A model made ready for many predictions.

use core::ops::Range;
use std::sync::Arc;

use gradflow_kernels::{Aligned, ConvPlan, DenseLayer, DenseStack, Real};
use gradflow_layers::{Chain, Cx, Describe, Layer, Own, Plan};

use crate::checks::check_size;
use crate::memory::aligned;
use crate::{Arena, Model, ModelError};

/// Samples up to which each one by itself is faster than all of them in one product.
const FEW: usize = 2;

/// A model made ready for predictions: [folded](Model::folded), the weights of dense layers and convolutions in the order in which they are read, all
/// memory taken. Made by [`Model::prepare`].
///
/// It is a copy: what becomes of the model later does not reach it.
///
/// # Real time
/// With [one thread](Model::with_threads), [`Prepared::predict_into`] neither allocates, nor locks, nor makes a system call, nor starts a
/// thread. Kernels of convolutions and of large batches keep scratch memory for each thread: a thread that did not prepare the model calls
/// [`Prepared::warm_up`] once before. Layers and activations of the user's do what they do.
///
/// # Rounding
/// Predictions are those of the model but for rounding: dense layers add up in another order, and normalisation is in the weights. Each
/// output of a layer of `k` inputs is within `2 (k + 1) e sum_c |w_ac x_c|` of the model's for the same inputs of the layer (the bias is one
/// of the terms, `e` is the type's epsilon); one sample and many of them are added up in different orders too. The same samples in the same
/// call give the same bits, for any number of threads.
///
/// ```
/// use gradflow::{Activation, Cost, Model, Network};
///
/// let network = Network::<f32>::builder(3)
///     .dense(8, Activation::Tanh)
///     .dense(2, Activation::Identity)
///     .build()?;
/// let model = Model::new(network, Cost::classification(), 1)?.with_threads(1);
/// let mut prepared = model.prepare(1)?;
/// let (x, mut p) = ([0.5, -1.0, 2.0], [0.0; 2]);
/// prepared.predict_into(&x, &mut p)?;
/// assert!((p[0] - model.predict(&x)?[0]).abs() < 1e-6);
/// # Ok::<(), gradflow::Error>(())
/// ```
#[derive(Debug)]
pub struct Prepared<T: Real> {
    model: Model<T>,
    steps: Vec<Step<T>>,
    /// Memory for batches.
    arena: Arena<T>,
    batch: usize,
    /// What steps hand to one another, in turn, for a few samples.
    between: [Aligned<T>; 2],
    scratch: Aligned<T>,
}

/// Some layers in a row.
#[derive(Debug)]
enum Step<T: Real> {
    Stack(DenseStack<T>),
    Conv(Box<ConvPlan<T>>),
    Layers {
        chain: Box<Chain<T>>,
        theta: Range<usize>,
        state: Range<usize>,
    },
}

impl<T: Real> Model<T> {
    /// Makes the model ready for predictions of up to `batch` samples at a time (larger batches are cut into such pieces): what does not
    /// depend on the samples is done here, once.
    ///
    /// # Errors
    /// [`ModelError::Memory`].
    pub fn prepare(&self, batch: usize) -> Result<Prepared<T>, ModelError> {
        let batch = batch.max(1);
        let model = self.folded()?;
        let steps = steps(&model);
        let arena = Arena::prediction(model.network(), batch)?;
        let widest = steps.iter().map(|step| FEW * step.outputs()).max();
        let between = || aligned(widest.unwrap_or(0), "the outputs of layers");
        let scratch = steps.iter().map(Step::scratch).max();
        let mut prepared = Prepared {
            between: [between()?, between()?],
            scratch: aligned(scratch.unwrap_or(0), "the activations of a batch")?,
            model,
            steps,
            arena,
            batch,
        };
        prepared.warm_up()?;
        Ok(prepared)
    }
}

impl<T: Real> Prepared<T> {
    /// Samples that one pass takes.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The model as it predicts: folded.
    pub fn model(&self) -> &Model<T> {
        &self.model
    }

    /// Computes the predictions `zeta(p(x))` of whole samples, one after the other in `x`, into memory of the caller. See
    /// [real time](Prepared#real-time) for what it does not do.
    ///
    /// # Errors
    /// [`ModelError::Inputs`] if `x` is not whole samples, at least one; [`ModelError::Room`] if `out` is not as long as their outputs.
    pub fn predict_into(&mut self, x: &[T], out: &mut [T]) -> Result<(), ModelError> {
        let network = self.model.network();
        let (input, output) = (network.input(), network.output());
        let samples = match x.len() {
            len if len == input.len() => 1,
            len if len > 0 && len.is_multiple_of(input.len()) => len / input.len(),
            came => {
                let expected = input.len();
                return Err(ModelError::Inputs { expected, came });
            }
        };
        let expected = samples.saturating_mul(output.len());
        check_size(expected, out.len(), |expected, came| ModelError::Room {
            expected,
            came,
        })?;
        if samples <= FEW {
            self.by_steps(samples, x, out);
        } else if self.batch <= FEW {
            let few = x.chunks(FEW * input.len());
            for (x, out) in few.zip(out.chunks_mut(FEW * output.len())) {
                self.by_steps(x.len() / input.len(), x, out);
            }
        } else {
            let (x, out) = (input.columns(x, samples), output.columns_mut(out, samples));
            self.model.outputs_into(x, out, &mut self.arena)?;
        }
        let (cost, output) = (self.model.cost(), self.model.network().output());
        cost.map(output.columns_mut(out, samples));
        Ok(())
    }

    /// Predicts from zeros, so that the calling thread has the scratch memory that the kernels need.
    ///
    /// # Errors
    /// [`ModelError::Memory`].
    pub fn warm_up(&mut self) -> Result<(), ModelError> {
        let network = self.model.network();
        let (input, output) = (network.input().len(), network.output().len());
        for samples in [1, self.batch] {
            let x = aligned(input.saturating_mul(samples), "a batch of zeros")?;
            let mut out = aligned(output.saturating_mul(samples), "their outputs")?;
            self.predict_into(&x, &mut out)?;
        }
        Ok(())
    }

    /// One step after the other, for a few samples.
    fn by_steps(&mut self, samples: usize, x: &[T], out: &mut [T]) {
        let own = self.model.own();
        let cx = Cx::predict(self.model.workers());
        let [to, from] = &mut self.between;
        let (mut to, mut from) = (&mut **to, &mut **from);
        let last = self.steps.len() - 1;
        for (i, step) in self.steps.iter().enumerate() {
            let x = if i == 0 {
                x
            } else {
                &from[..samples * step.inputs()]
            };
            let p = if i == last {
                &mut *out
            } else {
                &mut to[..samples * step.outputs()]
            };
            match step {
                Step::Stack(stack) => stack.apply(x, p, &mut self.scratch),
                Step::Conv(plan) => plan.apply(x, p),
                Step::Layers {
                    chain,
                    theta,
                    state,
                } => {
                    let own = Own {
                        theta: &own.theta[theta.clone()],
                        state: &own.state[state.clone()],
                    };
                    let (input, output) = (chain.spec().input, chain.spec().output);
                    let (x, p) = (input.columns(x, samples), output.columns_mut(p, samples));
                    chain.forward(own, x, p, &mut self.scratch, cx);
                }
            }
            core::mem::swap(&mut to, &mut from);
        }
    }
}

impl<T: Real> Step<T> {
    fn inputs(&self) -> usize {
        match self {
            Self::Stack(stack) => stack.sizes().0,
            Self::Conv(plan) => plan.sizes().0,
            Self::Layers { chain, .. } => chain.spec().input.len(),
        }
    }

    fn outputs(&self) -> usize {
        match self {
            Self::Stack(stack) => stack.sizes().1,
            Self::Conv(plan) => plan.sizes().1,
            Self::Layers { chain, .. } => chain.spec().output.len(),
        }
    }

    /// Scratch for a few samples.
    fn scratch(&self) -> usize {
        match self {
            Self::Stack(stack) => stack.scratch_len(),
            Self::Conv(_) => 0,
            Self::Layers { chain, .. } => chain.spec().predict.of(FEW),
        }
    }
}

/// The layers of a folded model: convolutions, runs of dense layers, and runs of others.
fn steps<T: Real>(model: &Model<T>) -> Vec<Step<T>> {
    let chain = model.network().chain();
    let mut runs = Runs {
        steps: Vec::new(),
        dense: Vec::new(),
        first: 0,
    };
    for (index, layer) in chain.layers().enumerate() {
        match plan(model, index, &**layer) {
            Some(Plan::Dense(dense)) => {
                if runs.dense.is_empty() {
                    runs.end(chain, index);
                }
                runs.dense.push(dense);
            }
            Some(Plan::Conv(plan)) => {
                runs.end(chain, index);
                runs.steps.push(Step::Conv(plan));
                runs.first = index + 1;
            }
            _ if !runs.dense.is_empty() => runs.end(chain, index),
            _ => {}
        }
    }
    runs.end(chain, chain.layers().len());
    runs.steps
}

/// Steps so far, and layers from `first` on that are in none: all dense, or none with a plan.
struct Runs<'m, T: Real> {
    steps: Vec<Step<T>>,
    dense: Vec<DenseLayer<'m, T>>,
    first: usize,
}

impl<T: Real> Runs<'_, T> {
    /// Makes a step of the layers before `end` that are in none.
    fn end(&mut self, chain: &Chain<T>, end: usize) {
        if self.first < end {
            let stack = DenseStack::new(&self.dense).map(Step::Stack);
            let step = stack.or_else(|| some_layers(chain, self.first..end));
            self.steps.extend(step);
        }
        self.dense.clear();
        self.first = end;
    }
}

/// What a layer computes once.
fn plan<'m, T: Real>(
    model: &'m Model<T>,
    index: usize,
    layer: &dyn Layer<T>,
) -> Option<Plan<'m, T>> {
    let chain = model.network().chain();
    let own = model.own();
    layer.plan(Own {
        theta: &own.theta[chain.range(index)?],
        state: &own.state[chain.state_range(index)?],
    })
}

/// Some of a chain's layers as a chain.
fn some_layers<T: Real>(chain: &Chain<T>, layers: Range<usize>) -> Option<Step<T>> {
    let range = |of: &dyn Fn(usize) -> Option<Range<usize>>| {
        let (first, last) = (of(layers.start)?, of(layers.end - 1)?);
        Some(first.start..last.end)
    };
    let theta = range(&|layer| chain.range(layer))?;
    let state = range(&|layer| chain.state_range(layer))?;
    let some: Vec<Arc<dyn Layer<T>>> = (chain.layers().skip(layers.start))
        .take(layers.len())
        .cloned()
        .collect();
    let input = some.first()?.spec().input;
    let chain = Box::new(Chain::new(input, some).ok()?);
    Some(Step::Layers {
        chain,
        theta,
        state,
    })
}

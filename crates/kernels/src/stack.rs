//! Dense layers in a row, packed once for many predictions.

mod pack;
mod single;
#[cfg(test)]
mod tests;

use crate::aligned::Aligned;
use crate::cpu::{self, Level};
use crate::sums::LONG;
use crate::{Real, Unary};
use pack::{packed_len, padded};

/// A dense layer `p = f(w x + b)` that is to be packed: `w` is `[outputs, inputs]`, row-major.
#[derive(Debug, Clone, Copy)]
pub struct DenseLayer<'a, T> {
    /// The weights.
    pub weight: &'a [T],
    /// The biases, as many as outputs.
    pub bias: &'a [T],
    /// The activation.
    pub function: Unary<T>,
}

/// Dense layers in a row (17), (18) with their weights in the order in which predictions read them: one call computes all layers, plans
/// nothing and allocates nothing.
///
/// Each output is a sum of at most eight running sums, which begin with the bias and 0: in any case its error is at most
/// `(k + 1) eps sum_l |w_l x_l|` for `k` inputs, the bias included in the sum.
///
/// ```
/// use gradflow_kernels::{DenseLayer, DenseStack, Unary};
///
/// let first = DenseLayer { weight: &[1.0, 1.0, 0.0, -1.0], bias: &[0.5, 0.0], function: Unary::Relu };
/// let last = DenseLayer { weight: &[2.0, 3.0], bias: &[0.0], function: Unary::Identity };
/// let stack = DenseStack::new(&[first, last]).ok_or("no such stack")?;
/// let mut scratch = vec![0.0_f32; stack.scratch_len()];
/// let mut p = [0.0; 2];
/// stack.apply(&[1.0, 2.0, 0.0, -1.0], &mut p, &mut scratch); // two samples
/// assert_eq!(p, [2.0 * 3.5, 2.0 * 0.0 + 3.0 * 1.0]);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug)]
pub struct DenseStack<T> {
    layers: Vec<Layer<T>>,
    /// Weights and biases of all layers.
    numbers: Aligned<T>,
    /// Inputs of the first layer and outputs of the last.
    inputs: usize,
    outputs: usize,
    /// The longest output, as it is padded.
    widest: usize,
}

/// A layer, and where its numbers begin.
#[derive(Debug, Clone, Copy)]
struct Layer<T> {
    inputs: usize,
    outputs: usize,
    /// Outputs with what is missing to whole panels.
    padded: usize,
    weights: usize,
    biases: usize,
    function: Unary<T>,
}

impl<T: Real> DenseStack<T> {
    /// Packs the layers, each of which reads what the one before puts out.
    ///
    /// `None` if there are none, one has no inputs or outputs or more inputs than sums of its kind keep their digits for (6144), sizes do
    /// not fit together, or there is no memory.
    pub fn new(layers: &[DenseLayer<'_, T>]) -> Option<Self> {
        let (mut made, mut len, mut widest) = (Vec::new(), 0_usize, 0);
        for layer in layers {
            let outputs = layer.bias.len();
            let inputs = layer.weight.len().checked_div(outputs)?;
            let reads = made.last().map_or(inputs, |last: &Layer<T>| last.outputs);
            let fits = inputs * outputs == layer.weight.len() && reads == inputs;
            if !fits || inputs == 0 || inputs > LONG {
                return None;
            }
            let biases = len.checked_add(packed_len::<T>(inputs, outputs)?)?;
            made.push(Layer {
                inputs,
                outputs,
                padded: padded::<T>(outputs),
                weights: len,
                biases,
                function: layer.function,
            });
            len = biases.checked_add(padded::<T>(outputs))?;
            widest = widest.max(padded::<T>(outputs));
        }
        let mut numbers = Aligned::zeros(len)?;
        for (to, from) in made.iter().zip(layers) {
            pack::pack(from.weight, to.inputs, &mut numbers[to.weights..to.biases]);
            numbers[to.biases..][..to.outputs].copy_from_slice(from.bias);
        }
        Some(Self {
            inputs: made.first()?.inputs,
            outputs: made.last()?.outputs,
            layers: made,
            numbers,
            widest,
        })
    }

    /// Numbers of an input and of an output sample.
    pub fn sizes(&self) -> (usize, usize) {
        (self.inputs, self.outputs)
    }

    /// Numbers of scratch that [`DenseStack::apply`] needs.
    pub fn scratch_len(&self) -> usize {
        2 * self.widest
    }

    /// Computes the outputs `p` of whole samples `x`, one after the other. Each of them reads all weights.
    ///
    /// # Panics
    /// If these are not as many samples of the stack's sizes, or the scratch is shorter than [`DenseStack::scratch_len`].
    pub fn apply(&self, x: &[T], p: &mut [T], scratch: &mut [T]) {
        self.apply_at(cpu::level(), x, p, scratch);
    }

    fn apply_at(&self, level: Level, x: &[T], p: &mut [T], scratch: &mut [T]) {
        assert!(
            scratch.len() >= self.scratch_len(),
            "scratch of a dense stack"
        );
        if x.len() == self.inputs {
            assert_eq!(p.len(), self.outputs, "outputs of a dense stack");
            return single::single(level, self, x, p, scratch);
        }
        let samples = x.len() / self.inputs;
        assert!(
            x.len() == samples * self.inputs && Some(p.len()) == samples.checked_mul(self.outputs),
            "{} inputs and {} outputs of a dense stack of sizes {:?}",
            x.len(),
            p.len(),
            self.sizes()
        );
        let outputs = p.chunks_exact_mut(self.outputs);
        for (x, p) in x.chunks_exact(self.inputs).zip(outputs) {
            single::single(level, self, x, p, scratch);
        }
    }

    /// Weights and biases of a layer.
    #[inline(always)]
    fn numbers(&self, layer: &Layer<T>) -> (&[T], &[T]) {
        let numbers = &*self.numbers;
        let biases = &numbers[layer.biases..][..layer.padded];
        (&numbers[layer.weights..layer.biases], biases)
    }
}

//! Value and gradient of a cost.

use gradflow_kernels::Real;
use gradflow_tensor::{Batch, BatchMut};

use crate::columns::{OutputColumns, Shares};
use crate::entrywise::Entry;
use crate::terms::{Plain, Smoothed, Terms, Weighted};
use crate::{Cost, Loss, Output, chain_rule, criterion, entrywise, logistic, softmax};

/// Elements that [`Cost::value`] can place on the stack; larger samples cost it an allocation.
const STACK: usize = 512;

impl Cost {
    /// `share sum_s w_s L_s` of the outputs `p` (before `zeta`) for the targets `y`, with `L_s` as in (22) and `w_s = 1`
    /// without sample weights. With a share of `1/|B|` it is the cost (19) of the batch; pieces of a batch add up.
    ///
    /// A NaN in `p` gives NaN, unless a weight of zero leaves it out; so does a share that is not finite.
    ///
    /// # Panics
    /// If sizes disagree; [`check_batch`](Cost::check_batch) finds out beforehand.
    pub fn value<T: Real>(
        &self,
        p: Batch<'_, T>,
        y: Batch<'_, T>,
        weights: Option<&[T]>,
        share: f64,
    ) -> f64 {
        self.assert_sizes(p, y, weights);
        let n = p.size();
        let shares = self.shares(n, weights, share);
        // The passes are those of the gradient, which lands in a buffer that is dropped.
        let mut stack = [T::ZERO; STACK];
        let mut heap = Vec::new();
        let buffer = if n <= STACK {
            &mut stack[..STACK / n * n]
        } else {
            heap.resize(n, T::ZERO);
            &mut heap[..]
        };
        let len = buffer.len();
        let blocks = p.data().chunks(len).zip(y.data().chunks(len));
        let mut sum = nothing(share);
        for (block, (p, y)) in blocks.enumerate() {
            let shares = shares.after(block * (len / n));
            let p_bar = &mut buffer[..p.len()];
            sum += self.sum(OutputColumns {
                shares,
                n,
                p,
                y,
                p_bar,
            });
        }
        sum
    }

    /// The cost (19), and its gradient with respect to `p` into `p_bar`, which is overwritten.
    ///
    /// Equations (30)-(33), each output map and loss in one fused form; nothing is allocated.
    ///
    /// # Panics
    /// If sizes disagree; see [`value`](Cost::value), also for NaN.
    pub fn value_and_gradient<T: Real>(
        &self,
        p: Batch<'_, T>,
        y: Batch<'_, T>,
        weights: Option<&[T]>,
        share: f64,
        mut p_bar: BatchMut<'_, T>,
    ) -> f64 {
        self.assert_sizes(p, y, weights);
        self.assert_sizes(p, p_bar.as_batch(), None);
        let columns = OutputColumns {
            shares: self.shares(p.size(), weights, share),
            n: p.size(),
            p: p.data(),
            y: y.data(),
            p_bar: p_bar.data(),
        };
        nothing(share) + self.sum(columns)
    }

    /// What each sample counts for, over `n_out` where (22) says so.
    fn shares<'a, T>(&self, n: usize, weights: Option<&'a [T]>, share: f64) -> Shares<'a, T> {
        let components = if self.loss().is_entrywise() { n } else { 1 };
        Shares {
            weights,
            scale: share / components as f64,
        }
    }

    fn assert_sizes<T>(&self, p: Batch<'_, T>, y: Batch<'_, T>, sample_weights: Option<&[T]>) {
        assert!(
            y.size() == p.size() && y.data().len() == p.data().len(),
            "outputs of size {}, targets or gradient of another size or number",
            p.size(),
        );
        assert!(
            sample_weights.is_none_or(|w| w.len() == p.samples()),
            "as many sample weights as samples"
        );
        assert!(
            self.weights().is_none_or(|w| w.len() == p.size()),
            "as many component weights as outputs"
        );
    }

    /// [`value_and_gradient`](Cost::value_and_gradient) of samples whose sizes have been checked.
    #[inline(always)]
    fn sum<T: Real>(&self, columns: OutputColumns<'_, T>) -> f64 {
        let n = columns.n;
        if self.label_smoothing() > 0.0 {
            return self.entropies(self.smoothed(n), n, columns);
        }
        if let Some(weights) = self.weights() {
            return self.others(Weighted(weights), n, columns);
        }
        // Where neither components nor samples differ in weight, one long column does for many short ones.
        let long = match columns.shares.weights {
            None => columns.p.len().max(1),
            Some(_) => n,
        };
        self.others(Plain, long, columns)
    }

    /// The cross-entropies; `long` is the length of columns where components do not mix.
    fn entropies<T: Real>(
        &self,
        terms: impl Terms<T>,
        long: usize,
        columns: OutputColumns<'_, T>,
    ) -> f64 {
        match (self.loss(), self.output()) {
            (Loss::CategoricalCrossEntropy, _) => softmax::categorical(columns, terms),
            (_, Output::Softmax) => softmax::cross_entropy(columns, terms),
            (_, Output::Identity) => {
                (columns.of_length(long)).entrywise(terms, entrywise::cross_entropy)
            }
            (_, Output::Logistic) => logistic::cross_entropy(columns.of_length(long), terms),
        }
    }

    /// All losses, without label smoothing.
    fn others<T: Real>(
        &self,
        terms: impl Terms<T>,
        long: usize,
        columns: OutputColumns<'_, T>,
    ) -> f64 {
        let output = self.output();
        match self.loss() {
            Loss::CrossEntropy | Loss::CategoricalCrossEntropy => {
                self.entropies(terms, long, columns)
            }
            Loss::SquaredError => difference(output, long, columns, terms, entrywise::squared),
            Loss::Huber { delta } => {
                let delta = T::from_f64(*delta);
                difference(output, long, columns, terms, |d| entrywise::huber(delta, d))
            }
            Loss::AbsoluteError => difference(output, long, columns, terms, entrywise::absolute),
            Loss::Quantile { tau } => {
                let tau = *tau;
                difference(output, long, columns, terms, |d| {
                    entrywise::quantile(tau, d)
                })
            }
            Loss::Hinge => (columns.of_length(long)).entrywise(terms, entrywise::hinge),
            Loss::Custom(loss) => chain_rule::custom(loss, output, columns, terms),
            Loss::Criterion(criterion) => criterion::sum(&**criterion, columns),
        }
    }

    /// Smoothed targets of `n` outputs, and the weights.
    fn smoothed<T: Real>(&self, n: usize) -> Smoothed<'_, T> {
        let classes = match self.output() {
            Output::Softmax => n as f64,
            Output::Identity | Output::Logistic => 2.0,
        };
        let s = self.label_smoothing();
        Smoothed {
            weights: self.weights(),
            keep: T::from_f64(1.0 - s),
            add: T::from_f64(s / classes),
        }
    }
}

/// A loss of `d = zeta - y`, component by component, through any output map.
#[inline(always)]
fn difference<T: Real>(
    output: Output,
    long: usize,
    columns: OutputColumns<'_, T>,
    terms: impl Terms<T>,
    entry: impl Fn(T) -> Entry<T>,
) -> f64 {
    match output {
        Output::Identity => (columns.of_length(long)).entrywise(terms, |p, y| entry(p - y)),
        Output::Logistic => logistic::difference(columns.of_length(long), terms, entry),
        Output::Softmax => softmax::difference(columns, terms, entry),
    }
}

/// What a sum over samples starts from: 0, or NaN where a share does not exist, such as `1/|B|` of an empty batch.
fn nothing(share: f64) -> f64 {
    if share.is_finite() { 0.0 } else { f64::NAN }
}

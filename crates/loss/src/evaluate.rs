//! Value and gradient of a cost.

use gradflow_kernels::Real;
use gradflow_tensor::{Batch, BatchMut};

use crate::logistic::{Kind, logistic_column};
use crate::{Cost, Loss, Output, entrywise, softmax};

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
        let shares = Shares::new(self, p.size(), weights, share);
        // The passes are those of the gradient, which lands in a buffer that is dropped.
        let mut stack = [T::ZERO; STACK];
        let mut heap = Vec::new();
        let buffer = if n <= STACK {
            &mut stack[..STACK - STACK % n]
        } else {
            heap.resize(n, T::ZERO);
            &mut heap[..]
        };
        let len = buffer.len();
        let blocks = p.data().chunks(len).zip(y.data().chunks(len));
        let mut sum = shares.nothing();
        for (block, (p, y)) in blocks.enumerate() {
            let shares = shares.after(block * (len / n));
            sum += self.sum(shares, n, p, y, &mut buffer[..p.len()]);
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
        let shares = Shares::new(self, p.size(), weights, share);
        shares.nothing() + self.sum(shares, p.size(), p.data(), y.data(), p_bar.data())
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

    fn sum<T: Real>(
        &self,
        shares: Shares<'_, T>,
        n: usize,
        p: &[T],
        y: &[T],
        p_bar: &mut [T],
    ) -> f64 {
        match self.weights() {
            None => self.weighted_sum(|_| T::ONE, shares, n, p, y, p_bar),
            Some(w) => self.weighted_sum(|a| T::from_f64(w[a]), shares, n, p, y, p_bar),
        }
    }

    fn weighted_sum<T: Real>(
        &self,
        weight: impl Fn(usize) -> T + Copy,
        shares: Shares<'_, T>,
        n: usize,
        p: &[T],
        y: &[T],
        p_bar: &mut [T],
    ) -> f64 {
        use entrywise::{column, for_each_column};
        use softmax::for_each_sample;
        // Where neither components nor samples differ in weight, one long column does for many short ones.
        let long = self.weights().is_none() && shares.weights.is_none();
        let size = if long { p.len().max(1) } else { n };
        let share = |s| shares.of(s);
        match (self.output(), self.loss()) {
            (Output::Identity, Loss::SquaredError) => {
                let each = |f, p: &[T], y: &[T], p_bar: &mut [T]| {
                    column(|a| entrywise::squared(p[a], y[a]), weight, f, p_bar)
                };
                for_each_column(size, share, each, p, y, p_bar)
            }
            (Output::Identity, Loss::CrossEntropy) => {
                let each = |f, p: &[T], y: &[T], p_bar: &mut [T]| {
                    column(|a| entrywise::cross_entropy(p[a], y[a]), weight, f, p_bar)
                };
                for_each_column(size, share, each, p, y, p_bar)
            }
            (Output::Logistic, loss @ (Loss::SquaredError | Loss::CrossEntropy)) => {
                let kind = match loss {
                    Loss::SquaredError => Kind::Squared,
                    _ => Kind::CrossEntropy,
                };
                let each = |f, p: &[T], y: &[T], p_bar: &mut [T]| {
                    logistic_column(kind, weight, f, p, y, p_bar)
                };
                for_each_column(size, share, each, p, y, p_bar)
            }
            (Output::Softmax, Loss::SquaredError) => {
                for_each_sample(n, share, p, y, p_bar, |s| softmax::squared(s, weight))
            }
            (Output::Softmax, Loss::CrossEntropy) => {
                for_each_sample(n, share, p, y, p_bar, |s| softmax::cross_entropy(s, weight))
            }
            (Output::Softmax, Loss::CategoricalCrossEntropy) => {
                for_each_sample(n, share, p, y, p_bar, |s| softmax::categorical(s, weight))
            }
            _ => f64::NAN,
        }
    }
}

/// What each sample counts for in the cost: `w_s / sum_s w_s`, over `n_out` where (22) says so.
#[derive(Debug, Clone, Copy)]
struct Shares<'a, T> {
    weights: Option<&'a [T]>,
    scale: f64,
}

impl<'a, T: Real> Shares<'a, T> {
    fn new(cost: &Cost, n: usize, weights: Option<&'a [T]>, share: f64) -> Self {
        let components = if cost.loss().is_entrywise() {
            n as f64
        } else {
            1.0
        };
        Self {
            weights,
            scale: share / components,
        }
    }

    #[inline(always)]
    fn of(&self, s: usize) -> f64 {
        match self.weights {
            None => self.scale,
            Some(weights) => weights[s].to_f64() * self.scale,
        }
    }

    /// The shares of the samples from the given one on.
    fn after(self, samples: usize) -> Self {
        Self {
            weights: self.weights.map(|weights| &weights[samples..]),
            ..self
        }
    }

    /// What a sum over samples starts from: 0, or NaN where a mean does not exist.
    fn nothing(&self) -> f64 {
        if self.scale.is_finite() {
            0.0
        } else {
            f64::NAN
        }
    }
}

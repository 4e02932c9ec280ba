//! A linear layer and its cost over all samples: value, gradient and curvature, each in one walk over the data.

use core::ops::Range;

use gradflow_kernels::{Finish, Operand, Real, Unary, Workers, product};
use gradflow_loss::{Cost, Loss, Output};
use gradflow_tensor::{Batch, BatchMut};

use crate::ModelError;
use crate::memory::{filled, reserve};

/// Most stretches among which samples are shared: their number depends on the data alone.
const STRETCHES: usize = 32;
/// Least samples of a stretch.
const LEAST: usize = 256;
/// Bytes of the samples that a block reads twice, so that the second time they are near.
const BLOCK_BYTES: usize = 32 * 1024;

/// `z = W x + b` for each sample, and the cost of all of them.
pub(super) struct Linear<'a, T> {
    inputs: usize,
    outputs: usize,
    cost: &'a Cost,
    x: &'a [T],
    y: &'a [T],
    weights: Option<&'a [T]>,
    share: f64,
    workers: &'a Workers,
    stretches: Vec<Stretch<T>>,
    /// Whether `z` has become what the second derivative needs.
    curved: bool,
    sums: Vec<f64>,
}

/// Samples one after another that one thread walks over.
struct Stretch<T> {
    samples: Range<usize>,
    /// Samples of a block.
    block: usize,
    value: f64,
    /// `sum_s r_s x_s^T` for each output, then `sum_s r_s`.
    sums: Vec<f64>,
    /// Outputs of all samples, or what the second derivative makes of them.
    z: Vec<T>,
    /// Residuals of a block.
    r: Vec<T>,
    /// Sums of a block.
    sum: Vec<T>,
}

impl<'a, T: Real> Linear<'a, T> {
    /// For inputs `x` and targets `y`, whose sizes the caller has compared.
    pub(super) fn new(
        cost: &'a Cost,
        x: Batch<'a, T>,
        y: Batch<'a, T>,
        weights: Option<&'a [T]>,
        workers: &'a Workers,
    ) -> Result<Self, ModelError> {
        let (samples, inputs, outputs) = (x.samples(), x.size(), y.size());
        let block = (BLOCK_BYTES / (size_of::<T>() * inputs)).clamp(16, LEAST);
        let each = samples
            .div_ceil(STRETCHES)
            .max(LEAST)
            .next_multiple_of(block);
        let what = "the sums of a logistic regression";
        let numbers = outputs.saturating_mul(inputs.saturating_add(1));
        let stretch = |first: usize| -> Result<Stretch<T>, ModelError> {
            let samples = first..samples.min(first + each);
            Ok(Stretch {
                block,
                value: 0.0,
                sums: filled(0.0, numbers, what)?,
                z: reserve(samples.len().saturating_mul(outputs), what)?,
                r: reserve(block.saturating_mul(outputs), what)?,
                sum: reserve(outputs.saturating_mul(inputs), what)?,
                samples,
            })
        };
        Ok(Self {
            inputs,
            outputs,
            cost,
            x: x.data(),
            y: y.data(),
            weights,
            share: 1.0 / samples as f64,
            workers,
            stretches: (0..samples)
                .step_by(each)
                .map(stretch)
                .collect::<Result<_, _>>()?,
            curved: false,
            sums: filled(0.0, numbers, what)?,
        })
    }

    /// The mean cost, and its gradient: that in `W`, one output after another, then that in `b`.
    pub(super) fn value_and_gradient(&mut self, w: &[T], b: &[T]) -> (f64, &[f64]) {
        self.curved = false;
        let (cost, y, weights, share) = (self.cost, self.y, self.weights, self.share);
        let k = self.outputs;
        self.walk(w, b, |rows, z, r| {
            z.copy_from_slice(r);
            let weights = weights.map(|w| &w[rows.clone()]);
            let y = columns(&y[rows.start * k..rows.end * k], k);
            let r = BatchMut::new(r, k).expect("whole samples");
            cost.value_and_gradient(columns(z, k), y, weights, share, r)
        });
        let value = self.stretches.iter().map(|stretch| stretch.value).sum();
        (value, &self.sums)
    }

    /// The product of the second derivative, where the gradient was taken last, with `(w, b)`; nothing if there is no
    /// closed form of it.
    pub(super) fn curvature(&mut self, w: &[T], b: &[T]) -> Option<&[f64]> {
        let k = self.outputs;
        let softmax = self.cost.output() == Output::Softmax;
        if softmax && *self.cost.loss() == Loss::SquaredError {
            return None;
        }
        if !self.curved {
            self.bend();
            self.curved = true;
        }
        let (weights, share) = (self.weights, self.share);
        self.walk(w, b, |rows, z, r| {
            if softmax {
                let samples = z.chunks_exact(k).zip(r.chunks_exact_mut(k));
                for (s, (p, u)) in rows.zip(samples) {
                    let weight = weights.map_or(share, |w| w[s].to_f64() * share);
                    soft(p, u, T::from_f64(weight));
                }
            } else {
                r.iter_mut().zip(z).for_each(|(u, d)| *u *= *d);
            }
            0.0
        });
        Some(&self.sums)
    }

    /// Turns outputs into what the second derivative needs: its diagonal, or the probabilities of a soft-max.
    fn bend(&mut self) {
        let (cost, y, weights, share, k) =
            (self.cost, self.y, self.weights, self.share, self.outputs);
        let squared = *cost.loss() == Loss::SquaredError;
        let work = y.len().saturating_mul(40);
        self.workers
            .for_each_chunk(&mut self.stretches, 1, work, |_, stretch| {
                for stretch in stretch {
                    let (z, first) = (&mut stretch.z[..], stretch.samples.start);
                    if cost.output() == Output::Softmax {
                        cost.map(BatchMut::new(z, k).expect("whole samples"));
                        continue;
                    }
                    Unary::Logistic.apply(z);
                    for (i, p) in z.iter_mut().enumerate() {
                        let weight = weights.map_or(share, |w| w[first + i].to_f64() * share);
                        *p = diagonal(*p, y[first + i], squared) * T::from_f64(weight);
                    }
                }
            });
    }

    /// Walks over all samples, block after block: `r = W x + b`, then what `each` makes of the kept outputs and of `r`, then the
    /// sums of `r x^T` and `r`. Blocks and stretches are added in their order.
    fn walk(
        &mut self,
        w: &[T],
        b: &[T],
        each: impl Fn(Range<usize>, &mut [T], &mut [T]) -> f64 + Sync,
    ) {
        let (n, k, x) = (self.inputs, self.outputs, self.x);
        let work = x.len().saturating_mul(4 * k);
        let alone = Workers::inline();
        self.workers
            .for_each_chunk(&mut self.stretches, 1, work, |_, stretches| {
                for stretch in stretches {
                    stretch.value = 0.0;
                    stretch.sums.fill(0.0);
                    let first = stretch.samples.start;
                    for start in stretch.samples.clone().step_by(stretch.block) {
                        let rows = start..stretch.samples.end.min(start + stretch.block);
                        let m = rows.len();
                        let x = &x[rows.start * n..rows.end * n];
                        let z = &mut stretch.z[(rows.start - first) * k..(rows.end - first) * k];
                        let r = &mut stretch.r[..m * k];
                        let bias = Finish::Bias(b, Unary::Identity);
                        product(
                            (m, k, n),
                            Operand::plain(x),
                            Operand::transposed(w),
                            r,
                            bias,
                            &alone,
                        );
                        stretch.value += each(rows, z, r);
                        let (left, sum) = (Operand::transposed(&*r), &mut stretch.sum[..]);
                        product(
                            (k, n, m),
                            left,
                            Operand::plain(x),
                            sum,
                            Finish::Overwrite,
                            &alone,
                        );
                        let (of_w, of_b) = stretch.sums.split_at_mut(k * n);
                        of_w.iter_mut()
                            .zip(sum)
                            .for_each(|(all, x)| *all += x.to_f64());
                        for r in r.chunks_exact(k) {
                            of_b.iter_mut()
                                .zip(r)
                                .for_each(|(all, r)| *all += r.to_f64());
                        }
                    }
                }
            });
        self.sums.fill(0.0);
        for stretch in &self.stretches {
            self.sums
                .iter_mut()
                .zip(&stretch.sums)
                .for_each(|(all, x)| *all += x);
        }
    }

    /// Whether the outputs of the last gradient put every sample strictly on the side of its class. The caller has asked for
    /// no curvature since.
    pub(super) fn separates(&self) -> bool {
        let k = self.outputs;
        self.stretches.iter().all(|stretch| {
            let y = &self.y[stretch.samples.start * k..stretch.samples.end * k];
            stretch
                .z
                .chunks_exact(k)
                .zip(y.chunks_exact(k))
                .all(|(z, y)| right(z, y))
        })
    }
}

/// Whether the sample is strictly on the side of its class.
fn right<T: Real>(z: &[T], y: &[T]) -> bool {
    let half = T::from_f64(0.5);
    match z {
        [z] => *z != T::ZERO && (*z > T::ZERO) == (y[0] > half),
        _ => {
            let class = y.iter().position(|y| *y > half).unwrap_or(0);
            let others = z.iter().enumerate().filter(|(a, _)| *a != class);
            others.into_iter().all(|(_, other)| z[class] > *other)
        }
    }
}

/// The second derivative of a sample's cost in `z`, from `p = sigma(z)`.
fn diagonal<T: Real>(p: T, y: T, squared: bool) -> T {
    let slope = p * (T::ONE - p);
    if squared {
        slope * slope + (p - y) * slope * (T::ONE - p - p)
    } else {
        slope
    }
}

/// `u <- weight p * (u - <p, u>)`: the soft-max's (33).
fn soft<T: Real>(p: &[T], u: &mut [T], weight: T) {
    let mean: T = p.iter().zip(&*u).map(|(p, u)| *p * *u).sum();
    u.iter_mut()
        .zip(p)
        .for_each(|(u, p)| *u = weight * *p * (*u - mean));
}

/// Samples of `k` numbers each.
fn columns<T>(data: &[T], k: usize) -> Batch<'_, T> {
    Batch::new(data, k).expect("whole samples")
}

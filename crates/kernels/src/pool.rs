//! Maximum and average pooling and their gradients.
//!
//! Pooling moves numbers rather than computing with them, so plain loops do. The window of 2 x 2 with stride 2 of most
//! networks has loops of its own that compilers vectorise: without a branch, and over a whole plane, because rows are
//! shorter than an unrolled loop. Its even rows and its odd rows are therefore copied to each other's side first.

use crate::dispatch::kernel;
use crate::elementwise::copy;
use crate::scratch::with_scratch;
use crate::simd::Simd;
use crate::sizes::{checked, count};
use crate::{Real, Workers, cpu};

/// The sizes of a pooling; a sample is stored flat by (41): depth, vertical, horizontal.
///
/// Output `(i, j, k)` has the window of input plane `i` that starts at `(j stride_v, k stride_h)`. Whoever builds
/// a shape checks that every window lies inside the input ([`PoolShape::is_valid`]), the kernels panic otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolShape {
    /// Input `[depth, vertical, horizontal]`.
    pub input: [usize; 3],
    /// Output `[depth, vertical, horizontal]`, of the same depth.
    pub output: [usize; 3],
    /// Window `[vertical, horizontal]`.
    pub window: [usize; 2],
    /// Stride `[vertical, horizontal]`; windows overlap where it is less than the window.
    pub stride: [usize; 2],
}

impl PoolShape {
    /// Elements of one input sample.
    ///
    /// # Panics
    /// If no slice can hold so many.
    pub fn input_len(&self) -> usize {
        count("an input sample", self.input)
    }

    /// Elements of one output sample.
    ///
    /// # Panics
    /// If no slice can hold so many.
    pub fn output_len(&self) -> usize {
        count("an output sample", self.output)
    }

    /// Whether the kernels take these sizes: none is 0, depths agree, every window lies inside the input, and a sample
    /// can be held by a slice. The kernels panic on others.
    pub fn is_valid(&self) -> bool {
        let inside = |d: usize| {
            let reach = (self.output[d + 1].checked_sub(1))
                .and_then(|last| last.checked_mul(self.stride[d]))
                .and_then(|start| start.checked_add(self.window[d]));
            self.window[d] > 0
                && self.stride[d] > 0
                && reach.is_some_and(|reach| reach <= self.input[d + 1])
        };
        // An output has at most as many positions as the input, and a window too.
        let depths = self.input[0] > 0 && self.input[0] == self.output[0];
        depths && inside(0) && inside(1) && checked(self.input).is_some()
    }

    /// The lengths of an input and of an output sample, after all checks, and how many samples there are.
    ///
    /// # Panics
    /// If the shape is not valid, or `x` and `p` are not equally many whole samples.
    fn check(&self, x: usize, p: usize) -> [usize; 3] {
        assert!(self.is_valid(), "incompatible sizes of a pool: {self:?}");
        let (n_in, n_out) = (self.input_len(), self.output_len());
        let samples = x / n_in;
        assert_eq!(x, samples * n_in, "input of {self:?}");
        let len = count("an output", [samples, n_out]);
        assert_eq!(p, len, "output of {self:?}");
        [n_in, n_out, samples]
    }

    /// Comparisons or additions of one pass over so many samples, or the largest number.
    fn work(&self, samples: usize) -> usize {
        [self.output_len(), self.window[0], self.window[1]]
            .iter()
            .fold(samples, |work, size| work.saturating_mul(*size))
    }

    /// Elements of an input plane and of an output plane.
    fn planes(&self) -> (usize, usize) {
        (
            self.input[1] * self.input[2],
            self.output[1] * self.output[2],
        )
    }

    /// Calls `f(k, start)` for every output position `k` of a plane and the start of its window.
    #[inline(always)]
    fn for_each_window(&self, mut f: impl FnMut(usize, usize)) {
        let [_, ov, oh] = self.output;
        for j in 0..ov {
            for k in 0..oh {
                f(
                    j * oh + k,
                    j * self.stride[0] * self.input[2] + k * self.stride[1],
                );
            }
        }
    }

    /// The indices of the window at `start`, row-major.
    #[inline(always)]
    fn window_at(&self, start: usize) -> impl Iterator<Item = usize> {
        let ([wv, wh], ih) = (self.window, self.input[2]);
        (0..wv).flat_map(move |b| (0..wh).map(move |c| start + b * ih + c))
    }

    /// Whether the windows are those of the loops without branches.
    fn is_two_by_two(&self) -> bool {
        self.window == [2, 2] && self.stride == [2, 2]
    }

    /// Elements of the scratch of a plane: what its windows hold, if they are 2 x 2.
    fn scratch_len(&self) -> usize {
        if self.is_two_by_two() {
            4 * self.output[1] * self.output[2]
        } else {
            0
        }
    }
}

/// Whether `y` takes the place of the maximum `m`, which comes before it: a NaN does, a tie does not.
#[inline(always)]
fn beats<T: Real>(y: T, m: T) -> bool {
    (y > m) | (y.is_nan() & !m.is_nan())
}

/// The winner of a window of 2 x 2, and whether it is in the second row, in the second place of its row.
#[inline(always)]
fn max_of_four<T: Real>(a: [T; 2], b: [T; 2]) -> (T, bool, [bool; 2]) {
    let right = [beats(a[1], a[0]), beats(b[1], b[0])];
    let max = |x: [T; 2], right: bool| if right { x[1] } else { x[0] };
    let (top, bottom) = (max(a, right[0]), max(b, right[1]));
    let low = beats(bottom, top);
    (if low { bottom } else { top }, low, right)
}

/// Copies what windows of 2 x 2 hold: their upper halves, then their lower halves.
#[inline(always)]
fn gather<'a, T: Real, S: Simd<T>>(
    s: S,
    shape: &PoolShape,
    plane: &[T],
    scratch: &'a mut [T],
) -> [&'a [[T; 2]]; 2] {
    let ([_, _, ih], [_, ov, oh]) = (shape.input, shape.output);
    let (upper, lower) = scratch.split_at_mut(2 * ov * oh);
    let rows = (upper.chunks_exact_mut(2 * oh)).zip(lower.chunks_exact_mut(2 * oh));
    for (rows, (upper, lower)) in plane.chunks(2 * ih).zip(rows) {
        copy(s, &rows[..2 * oh], upper);
        copy(s, &rows[ih..][..2 * oh], lower);
    }
    [upper.as_chunks().0, lower.as_chunks().0]
}

/// The inverse of [`gather`]; elements that no window holds become 0.
#[inline(always)]
fn scatter<T: Real, S: Simd<T>>(s: S, shape: &PoolShape, scratch: &[T], plane: &mut [T]) {
    let ([_, _, ih], [_, ov, oh]) = (shape.input, shape.output);
    let (upper, lower) = scratch.split_at(2 * ov * oh);
    let rows = (upper.chunks_exact(2 * oh)).zip(lower.chunks_exact(2 * oh));
    for (plane, (upper, lower)) in plane.chunks_mut(2 * ih).zip(rows) {
        copy(s, upper, plane);
        plane[2 * oh..ih].fill(T::ZERO);
        copy(s, lower, &mut plane[ih..]);
        plane[ih + 2 * oh..].fill(T::ZERO);
    }
    plane[2 * ov * ih..].fill(T::ZERO);
}

kernel! {
    /// One sample of [`max_pool_forward`].
    fn max_forward<T, S>(s: S; shape: &PoolShape, x: &[T], p: &mut [T], scratch: &mut [T]) {
        let (n_in, n_out) = shape.planes();
        for (x, p) in x.chunks_exact(n_in).zip(p.chunks_exact_mut(n_out)) {
            if shape.is_two_by_two() {
                let [upper, lower] = gather(s, shape, x, scratch);
                for ((p, a), b) in p.iter_mut().zip(upper).zip(lower) {
                    *p = max_of_four(*a, *b).0;
                }
            } else {
                shape.for_each_window(|k, start| {
                    p[k] = shape
                        .window_at(start)
                        .map(|i| x[i])
                        .fold(x[start], |m, y| if beats(y, m) { y } else { m });
                });
            }
        }
    }
}

/// The largest element of every window, for every sample of `x`, `samples x input` to `samples x output`:
/// `p_ijk = max_bc x_{i, b + j s_v, c + k s_h}`. A NaN in a window is its maximum.
///
/// # Panics
/// If the shape is not valid, or a slice is not as long as it says.
pub fn max_pool_forward<T: Real>(shape: &PoolShape, x: &[T], p: &mut [T], workers: &Workers) {
    let [n_in, n_out, samples] = shape.check(x.len(), p.len());
    let level = cpu::level();
    workers.for_each_chunk(p, n_out, shape.work(samples), |s, p| {
        with_scratch(shape.scratch_len(), |scratch| {
            max_forward(level, shape, &x[s * n_in..][..n_in], p, scratch);
        });
    });
}

kernel! {
    /// One sample of [`max_pool_backward`].
    fn max_backward<T, S>(
        s: S; shape: &PoolShape, x: &[T], p_bar: &[T], x_bar: &mut [T], scratch: &mut [T], winners: &mut [u32],
    ) {
        let (n_in, n_out) = shape.planes();
        let planes = x.chunks_exact(n_in).zip(p_bar.chunks_exact(n_out));
        x_bar.fill(T::ZERO);
        for ((x, p_bar), x_bar) in planes.zip(x_bar.chunks_exact_mut(n_in)) {
            if shape.is_two_by_two() {
                let windows = gather(s, shape, x, scratch);
                share_maxima(shape, windows, p_bar, x_bar, winners);
            } else {
                shape.for_each_window(|k, start| {
                    let winner = shape
                        .window_at(start)
                        .fold(start, |m, i| if beats(x[i], x[m]) { i } else { m });
                    x_bar[winner] += p_bar[k];
                });
            }
        }
    }
}

/// Gives each gradient of a plane to the winner of its window of 2 x 2, in two loops: the first is vectorised, the
/// second has no branch, which nothing could predict.
#[inline(always)]
fn share_maxima<T: Real>(
    shape: &PoolShape,
    [upper, lower]: [&[[T; 2]]; 2],
    p_bar: &[T],
    x_bar: &mut [T],
    winners: &mut [u32],
) {
    let ([_, _, ih], oh) = (shape.input, shape.output[2]);
    for ((winner, a), b) in winners.iter_mut().zip(upper).zip(lower) {
        let (_, low, right) = max_of_four(*a, *b);
        let right = (low & right[1]) | (!low & right[0]);
        *winner = 2 * u32::from(low) + u32::from(right);
    }
    let places = [0, 1, ih, ih + 1];
    let rows = (winners.chunks_exact(oh)).zip(p_bar.chunks_exact(oh));
    for (x_bar, (winners, p_bar)) in x_bar.chunks_mut(2 * ih).zip(rows) {
        for (k, (winner, bar)) in winners.iter().zip(p_bar).enumerate() {
            x_bar[2 * k + places[*winner as usize % 4]] = *bar;
        }
    }
}

/// The gradient through [`max_pool_forward`]: `x_bar`, overwritten, from `p_bar = dL/dp` and the input `x`.
///
/// The maximum of each window takes its whole gradient; on a tie the first in row-major order does, and so does
/// the first NaN. Where windows overlap, their shares add up.
///
/// # Panics
/// If the shape is not valid, or a slice is not as long as it says.
pub fn max_pool_backward<T: Real>(
    shape: &PoolShape,
    x: &[T],
    p_bar: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let [n_in, n_out, samples] = shape.check(x_bar.len(), p_bar.len());
    assert_eq!(x.len(), x_bar.len(), "input of {shape:?}");
    let level = cpu::level();
    workers.for_each_chunk(x_bar, n_in, shape.work(samples), |s, x_bar| {
        let (x, p_bar) = (&x[s * n_in..][..n_in], &p_bar[s * n_out..][..n_out]);
        with_scratch(shape.scratch_len(), |scratch| {
            with_scratch(shape.scratch_len() / 4, |winners| {
                max_backward(level, shape, x, p_bar, x_bar, scratch, winners);
            });
        });
    });
}

kernel! {
    /// One sample of [`avg_pool_forward`].
    fn avg_forward<T, S>(s: S; shape: &PoolShape, x: &[T], p: &mut [T], scratch: &mut [T]) {
        let (n_in, n_out) = shape.planes();
        let share = T::ONE / T::from_f64((shape.window[0] * shape.window[1]) as f64);
        for (x, p) in x.chunks_exact(n_in).zip(p.chunks_exact_mut(n_out)) {
            if shape.is_two_by_two() {
                let [upper, lower] = gather(s, shape, x, scratch);
                for ((p, a), b) in p.iter_mut().zip(upper).zip(lower) {
                    *p = share * ((a[0] + a[1]) + (b[0] + b[1]));
                }
            } else {
                shape.for_each_window(|k, start| {
                    p[k] = share * shape.window_at(start).map(|i| x[i]).sum::<T>();
                });
            }
        }
    }
}

/// The average of every window, for every sample of `x`, `samples x input` to `samples x output`:
/// `p_ijk = (sum_bc x_{i, b + j s_v, c + k s_h}) / (w_v w_h)`.
///
/// # Panics
/// If the shape is not valid, or a slice is not as long as it says.
pub fn avg_pool_forward<T: Real>(shape: &PoolShape, x: &[T], p: &mut [T], workers: &Workers) {
    let [n_in, n_out, samples] = shape.check(x.len(), p.len());
    let level = cpu::level();
    workers.for_each_chunk(p, n_out, shape.work(samples), |s, p| {
        with_scratch(shape.scratch_len(), |scratch| {
            avg_forward(level, shape, &x[s * n_in..][..n_in], p, scratch);
        });
    });
}

kernel! {
    /// One sample of [`avg_pool_backward`].
    fn avg_backward<T, S>(s: S; shape: &PoolShape, p_bar: &[T], x_bar: &mut [T], scratch: &mut [T]) {
        let (n_in, n_out) = shape.planes();
        let share = T::ONE / T::from_f64((shape.window[0] * shape.window[1]) as f64);
        for (p_bar, x_bar) in p_bar.chunks_exact(n_out).zip(x_bar.chunks_exact_mut(n_in)) {
            if shape.is_two_by_two() {
                let (upper, lower) = scratch.split_at_mut(2 * n_out);
                for (pair, bar) in upper.as_chunks_mut().0.iter_mut().zip(p_bar) {
                    *pair = [share * *bar; 2];
                }
                lower.copy_from_slice(upper);
                scatter(s, shape, scratch, x_bar);
            } else {
                x_bar.fill(T::ZERO);
                shape.for_each_window(|k, start| {
                    let bar = share * p_bar[k];
                    shape.window_at(start).for_each(|i| x_bar[i] += bar);
                });
            }
        }
    }
}

/// The gradient through [`avg_pool_forward`]: `x_bar`, overwritten, from `p_bar = dL/dp`.
///
/// Every element of a window takes an equal share of its gradient; where windows overlap, shares add up.
///
/// # Panics
/// If the shape is not valid, or a slice is not as long as it says.
pub fn avg_pool_backward<T: Real>(
    shape: &PoolShape,
    p_bar: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let [n_in, n_out, samples] = shape.check(x_bar.len(), p_bar.len());
    let level = cpu::level();
    workers.for_each_chunk(x_bar, n_in, shape.work(samples), |s, x_bar| {
        with_scratch(shape.scratch_len(), |scratch| {
            avg_backward(level, shape, &p_bar[s * n_out..][..n_out], x_bar, scratch);
        });
    });
}

#[cfg(test)]
mod tests;

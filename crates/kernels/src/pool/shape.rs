//! The sizes of a pooling, and what follows from them.

use core::ops::Range;

use crate::scratch::with_scratch;
use crate::sizes::{checked, count};
use crate::sums::CHAIN;
use crate::{Real, Workers};

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

    /// The lengths of an input and of an output sample, after all checks.
    ///
    /// # Panics
    /// If the shape is not valid, or `x` and `p` are not equally many whole samples.
    pub(super) fn check(&self, x: usize, p: usize) -> [usize; 2] {
        assert!(self.is_valid(), "incompatible sizes of a pool: {self:?}");
        let (n_in, n_out) = (self.input_len(), self.output_len());
        let samples = x / n_in;
        assert_eq!(x, samples * n_in, "input of {self:?}");
        let len = count("an output", [samples, n_out]);
        assert_eq!(p, len, "output of {self:?}");
        [n_in, n_out]
    }

    /// Calls `pass(s, out, scratch)` with each sample `s` of `out`, of `len` elements, and `scratch` numbers.
    pub(super) fn each_sample<T: Real>(
        &self,
        out: &mut [T],
        len: usize,
        scratch: usize,
        workers: &Workers,
        pass: impl Fn(usize, &mut [T], &mut [T]) + Sync,
    ) {
        let work = self.work(out.len() / len);
        workers.for_each_chunk(out, len, work, |s, out| {
            with_scratch(scratch, |scratch| pass(s, out, scratch));
        });
    }

    /// Comparisons or additions of one pass over so many samples, or the largest number.
    pub(super) fn work(&self, samples: usize) -> usize {
        [self.output_len(), self.window[0], self.window[1]]
            .iter()
            .fold(samples, |work, size| work.saturating_mul(*size))
    }

    /// Elements of an input plane and of an output plane.
    pub(super) fn planes(&self) -> (usize, usize) {
        (
            self.input[1] * self.input[2],
            self.output[1] * self.output[2],
        )
    }

    /// Windows that an element lies in, at most.
    pub(super) fn overlaps(&self) -> usize {
        let across = |d: usize| {
            self.window[d]
                .div_ceil(self.stride[d])
                .min(self.output[d + 1])
        };
        across(0) * across(1)
    }

    /// Calls `f(k, start)` for every output position `k` of a plane and the start of its window.
    #[inline(always)]
    pub(super) fn for_each_window(&self, mut f: impl FnMut(usize, usize)) {
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
    pub(super) fn window_at(&self, start: usize) -> impl Iterator<Item = usize> {
        self.rows_at(start).flatten()
    }

    /// The indices of the window at `start`, row by row.
    #[inline(always)]
    pub(super) fn rows_at(&self, start: usize) -> impl Iterator<Item = Range<usize>> {
        let ([wv, wh], ih) = (self.window, self.input[2]);
        (0..wv).map(move |b| start + b * ih..start + b * ih + wh)
    }

    /// Whether the windows are those of the loops without branches.
    pub(super) fn is_two_by_two(&self) -> bool {
        self.window == [2, 2] && self.stride == [2, 2]
    }

    /// Elements of the scratch of a forward pass: what the windows of a plane hold, if they are 2 x 2.
    pub(super) fn scratch_len(&self) -> usize {
        if self.is_two_by_two() {
            4 * self.output[1] * self.output[2]
        } else {
            0
        }
    }

    /// The same for a backward pass, which keeps what a plane of long sums loses.
    pub(super) fn backward_scratch_len(&self) -> usize {
        if self.overlaps() > CHAIN {
            self.planes().0
        } else {
            self.scratch_len()
        }
    }
}

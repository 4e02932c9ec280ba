//! The sizes of a pooling, and what follows from them.

use core::ops::Range;

use crate::scratch::with_scratch;
use crate::sizes::{checked, count};
use crate::sums::CHAIN;
use crate::{Real, Workers};

/// The sizes of a pooling; a sample is stored flat by (41): depth, vertical, horizontal.
///
/// Output `(i, j, k)` has the window of input plane `i` that starts at `(j stride_v - pad_v, k stride_h - pad_h)`; what of it leaves
/// the input is left out. Whoever builds a shape checks that no window lies outside entirely ([`PoolShape::is_valid`]), the
/// kernels panic otherwise.
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
    /// From one element of a window to the next `[vertical, horizontal]`.
    pub dilation: [usize; 2],
    /// Rows and columns in front of and behind the input, `[vertical, horizontal]`.
    pub padding: [[usize; 2]; 2],
}

/// The elements of a window that lie in a plane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells {
    /// The first of them.
    pub(super) start: usize,
    rows: usize,
    cols: usize,
    row_step: usize,
    col_step: usize,
    /// Elements of the window in the plane with its padding.
    pub(super) padded: usize,
}

impl Cells {
    /// Their number.
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.rows * self.cols
    }

    /// Their indices, row-major.
    #[inline(always)]
    pub(super) fn indices(&self) -> impl Iterator<Item = usize> + use<> {
        let Self {
            start,
            rows,
            cols,
            row_step,
            col_step,
            ..
        } = *self;
        (0..rows).flat_map(move |b| (0..cols).map(move |c| start + b * row_step + c * col_step))
    }

    /// Runs of neighbours that hold them, if they are neighbours in their rows.
    #[inline(always)]
    pub(super) fn runs(&self) -> Option<impl Iterator<Item = Range<usize>> + use<>> {
        let Self {
            start,
            rows,
            cols,
            row_step,
            col_step,
            ..
        } = *self;
        // Whole rows, one after another, are one run.
        let (rows, cols) = if cols == row_step {
            (1, rows * cols)
        } else {
            (rows, cols)
        };
        let run = move |b: usize| start + b * row_step..start + b * row_step + cols;
        (col_step == 1 || cols == 1).then(|| (0..rows).map(run))
    }
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

    /// Whether the kernels take these sizes: none is 0, depths agree, every window meets the input, and a sample can be
    /// held by a slice. The kernels panic on others.
    pub fn is_valid(&self) -> bool {
        let meets = |d: usize| {
            let (input, dilation, [front, behind]) =
                (self.input[d + 1], self.dilation[d], self.padding[d]);
            let last = (self.output[d + 1].checked_sub(1)?).checked_mul(self.stride[d])?;
            let reach = (self.window[d].checked_sub(1)?).checked_mul(dilation)?;
            last.checked_add(reach)?.checked_add(1)?;
            let padded = input.checked_add(front)?;
            padded.checked_add(behind)?;
            // The steps of a window do not leap over the input.
            let steps = front == 0 || dilation <= input;
            Some(self.stride[d] > 0 && dilation > 0 && steps && reach >= front && last < padded)
        };
        let depths = self.input[0] > 0 && self.input[0] == self.output[0];
        let meet = meets(0) == Some(true) && meets(1) == Some(true);
        depths && meet && checked(self.input).is_some() && checked(self.output).is_some()
    }

    /// Whether every window lies inside the input, without gaps.
    fn is_plain(&self) -> bool {
        let inside = |d: usize| {
            let last = (self.output[d + 1] - 1) * self.stride[d];
            self.dilation[d] == 1
                && self.padding[d][0] == 0
                && last + self.window[d] <= self.input[d + 1]
        };
        inside(0) && inside(1)
    }

    /// Of window `j` in one direction: its first element in the input, and how many elements lie in the input and in the
    /// input with its padding.
    #[inline(always)]
    fn along(&self, d: usize, j: usize) -> [usize; 3] {
        let (size, dilation, [front, behind]) = (self.window[d], self.dilation[d], self.padding[d]);
        let (start, input) = (j * self.stride[d], self.input[d + 1]);
        if start >= front && start - front + (size - 1) * dilation < input {
            return [start - front, size, size];
        }
        let outside = front.saturating_sub(start).div_ceil(dilation);
        let first = start + outside * dilation - front;
        let inside = (size - outside).min((input - 1 - first) / dilation + 1);
        let padded = size.min((input + front + behind - 1 - start) / dilation + 1);
        [first, inside, padded]
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
            let reach = (self.window[d] - 1) * self.dilation[d] + 1;
            reach.div_ceil(self.stride[d]).min(self.output[d + 1])
        };
        across(0) * across(1)
    }

    /// Calls `f(k, cells)` for every output position `k` of a plane and the elements of its window.
    #[inline(always)]
    pub(super) fn for_each_window(&self, mut f: impl FnMut(usize, Cells)) {
        let ([_, ov, oh], ih) = (self.output, self.input[2]);
        for j in 0..ov {
            let [row, rows, padded_rows] = self.along(0, j);
            for k in 0..oh {
                let [col, cols, padded_cols] = self.along(1, k);
                let cells = Cells {
                    start: row * ih + col,
                    rows,
                    cols,
                    row_step: ih.saturating_mul(self.dilation[0]),
                    col_step: self.dilation[1],
                    padded: padded_rows * padded_cols,
                };
                f(j * oh + k, cells);
            }
        }
    }

    /// Whether the windows are those of the loops without branches.
    pub(super) fn is_two_by_two(&self) -> bool {
        self.window == [2, 2] && self.stride == [2, 2] && self.is_plain()
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

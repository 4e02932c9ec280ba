//! The sizes of a convolution, and the offsets that follow from them.

use super::layout;
use crate::Real;
use crate::cpu::Level;
use crate::scratch::with_scratch;
use crate::sizes::count;

/// The sizes of a convolution; a sample is stored flat by (41): depth, vertical, horizontal.
///
/// Compatible iff `(input + 2 padding - filter)` is `(output - 1) stride` in both directions; whoever builds one
/// checks that, the kernels panic otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    /// Input `[depth, vertical, horizontal]`.
    pub input: [usize; 3],
    /// Output `[depth, vertical, horizontal]`.
    pub output: [usize; 3],
    /// Filter `[vertical, horizontal]`.
    pub filter: [usize; 2],
    /// Stride `[vertical, horizontal]`.
    pub stride: [usize; 2],
    /// Zero padding on each side `[vertical, horizontal]`.
    pub padding: [usize; 2],
}

impl ConvShape {
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

    /// Elements of the filter array `f[output depth][input depth][vertical][horizontal]`.
    ///
    /// # Panics
    /// If no slice can hold so many.
    pub fn filter_len(&self) -> usize {
        let [vertical, horizontal] = self.filter;
        let sizes = [self.output[0], self.input[0], vertical, horizontal];
        count("a filter array", sizes)
    }

    /// Floating-point operations of one pass over one sample, or the largest number.
    pub fn work(&self) -> usize {
        let [od, ov, oh] = self.output;
        let [fv, fh] = self.filter;
        [od, ov, oh, self.input[0], fv, fh]
            .iter()
            .fold(2, |work: usize, size| work.saturating_mul(*size))
    }

    /// How many samples of a shape that has been checked are `x` and `p` together.
    ///
    /// # Panics
    /// If they are not equally many whole samples.
    pub(super) fn samples(&self, x: usize, p: usize) -> usize {
        let samples = x / self.input_len();
        assert_eq!(x, samples * self.input_len(), "input of {self:?}");
        let len = count("an output", [samples, self.output_len()]);
        assert_eq!(p, len, "output of {self:?}");
        samples
    }

    /// Products in one output: the elements of the filter of one output channel.
    pub(super) fn taps(&self) -> usize {
        self.input[0] * self.filter[0] * self.filter[1]
    }

    /// Samples of a task: enough work to be worth handing over.
    pub(super) fn group(&self) -> usize {
        (64 * 1024 / self.work().max(1)).max(1)
    }

    /// Numbers in the filters with output channels in blocks of `width`.
    pub(super) fn blocked_taps(&self, width: usize) -> usize {
        self.output[0].next_multiple_of(width) * self.taps()
    }

    /// The same with the biases.
    pub(super) fn blocked_len(&self, width: usize) -> usize {
        self.output[0].next_multiple_of(width) * (self.taps() + 1)
    }

    /// Height and width of the input with its padding.
    pub(super) fn padded(&self) -> [usize; 2] {
        [0, 1].map(|d| self.input[d + 1] + 2 * self.padding[d])
    }

    /// Elements of one input sample with its padding.
    pub(super) fn padded_len(&self) -> usize {
        let [height, width] = self.padded();
        self.input[0] * height * width
    }

    /// Calls `f` with a sample and its padding.
    pub(super) fn with_padding<T: Real>(&self, level: Level, x: &[T], f: impl FnOnce(&[T])) {
        if self.padding == [0, 0] {
            return f(x);
        }
        with_scratch(self.padded_len(), |padded: &mut [T]| {
            let plane = [self.input[1], self.input[2]];
            layout::pad(level, plane, self.padding, x, padded);
            f(padded);
        });
    }

    /// The offset in a padded sample of each `a, b, c`.
    pub(super) fn taps_at(&self, terms: &mut [u32]) {
        let ([id, _, _], [fv, fh], [height, width]) = (self.input, self.filter, self.padded());
        let mut terms = terms.iter_mut();
        for a in 0..id {
            for b in 0..fv {
                for (c, term) in (0..fh).zip(&mut terms) {
                    *term = ((a * height + b) * width + c) as u32;
                }
            }
        }
    }

    /// The offset in a padded sample of each output position.
    pub(super) fn positions_at(&self, positions: &mut [u32]) {
        let ([_, ov, oh], [sv, sh], [_, width]) = (self.output, self.stride, self.padded());
        let mut positions = positions.iter_mut();
        for j in 0..ov {
            for (k, position) in (0..oh).zip(&mut positions) {
                *position = (j * sv * width + k * sh) as u32;
            }
        }
    }

    /// Checks what memory safety rests on.
    pub(super) fn check(&self) {
        assert!(
            self.is_valid(),
            "incompatible sizes of a convolution: {self:?}"
        );
    }

    /// Whether the kernels take these sizes: they belong together, and offsets fit into 32 bits (about a billion
    /// elements in a padded sample or in the filters). The kernels panic on others.
    pub fn is_valid(&self) -> bool {
        let fits = |d: usize| {
            let reach = (self.output[d + 1].checked_sub(1)?)
                .checked_mul(self.stride[d])?
                .checked_add(self.filter[d])?;
            let padded = self.padding[d]
                .checked_mul(2)?
                .checked_add(self.input[d + 1])?;
            (reach == padded && self.filter[d] > 0 && self.stride[d] > 0).then_some(padded)
        };
        // Every array of the kernels is at most four times as long: with its border, `delta` may be twice as high and
        // twice as wide as the input.
        let len = || {
            let padded = fits(0)?.checked_mul(fits(1)?)?;
            let depths = self.input[0].checked_mul(self.output[0])?;
            let filters = self.filter[0].checked_mul(self.filter[1])?;
            let planes = self.input[0].max(self.output[0]).checked_mul(padded)?;
            planes.max(depths.checked_mul(filters)?).checked_mul(4)
        };
        len().is_some_and(|n| n > 0 && n <= u32::MAX as usize)
    }
}

//! The sizes of a convolution, and the offsets that follow from them.

use crate::both::both;
use core::ops::Range;

use super::layout;
use crate::Real;
use crate::cpu::Level;
use crate::scratch::with_scratch;
use crate::sizes::count;

/// The sizes of a convolution; a sample is stored flat by (41): depth, vertical, horizontal.
///
/// Compatible iff `(output - 1) stride + (filter - 1) dilation + 1` is at most the input with its padding in both directions (what is
/// left is not read), and the groups divide both depths; whoever builds one checks that, the kernels panic otherwise.
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
    /// From one place of the filter to the next `[vertical, horizontal]`.
    pub dilation: [usize; 2],
    /// Zeros in front and behind, `[vertical, horizontal]`.
    pub padding: [[usize; 2]; 2],
    /// Blocks of channels: each block of outputs reads the block of inputs of its number.
    pub groups: usize,
}

/// The channels of one group of a convolution that has been checked, in samples of all channels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) shape: &'a ConvShape,
    pub(super) group: usize,
}

impl Part<'_> {
    /// The part of an input sample.
    fn input(&self) -> Range<usize> {
        self.of(self.shape.input)
    }

    /// The part of an output sample.
    fn output(&self) -> Range<usize> {
        self.of(self.shape.output)
    }

    fn of(&self, [depth, vertical, horizontal]: [usize; 3]) -> Range<usize> {
        let len = depth / self.shape.groups * vertical * horizontal;
        self.group * len..(self.group + 1) * len
    }

    /// The parts of all input samples from the first given on.
    pub(super) fn inputs<'a, T>(&self, x: &'a [T], first: usize) -> impl Iterator<Item = &'a [T]> {
        let (n_in, part) = (self.shape.input_len(), self.input());
        x[first * n_in..]
            .chunks_exact(n_in)
            .map(move |x| &x[part.clone()])
    }

    /// The same of input samples that are written.
    pub(super) fn inputs_mut<'a, T>(&self, x: &'a mut [T]) -> impl Iterator<Item = &'a mut [T]> {
        let part = self.input();
        x.chunks_exact_mut(self.shape.input_len())
            .map(move |x| &mut x[part.clone()])
    }

    /// The parts of all output samples from the first given on.
    pub(super) fn outputs<'a, T>(&self, p: &'a [T], first: usize) -> impl Iterator<Item = &'a [T]> {
        let (n_out, part) = (self.shape.output_len(), self.output());
        p[first * n_out..]
            .chunks_exact(n_out)
            .map(move |p| &p[part.clone()])
    }

    /// The same of output samples that are written.
    pub(super) fn outputs_mut<'a, T>(&self, p: &'a mut [T]) -> impl Iterator<Item = &'a mut [T]> {
        let part = self.output();
        p.chunks_exact_mut(self.shape.output_len())
            .map(move |p| &mut p[part.clone()])
    }
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

    /// Elements of the filter array `f[output depth][input depth / groups][vertical][horizontal]`.
    ///
    /// # Panics
    /// If no slice can hold so many.
    pub fn filter_len(&self) -> usize {
        let [vertical, horizontal] = self.filter;
        let depth = self.input[0] / self.groups.max(1);
        let sizes = [self.output[0], depth, vertical, horizontal];
        count("a filter array", sizes)
    }

    /// Floating-point operations of one pass over one sample, or the largest number.
    pub fn work(&self) -> usize {
        let [od, ov, oh] = self.output;
        let [fv, fh] = self.filter;
        [od, ov, oh, self.input[0] / self.groups.max(1), fv, fh]
            .iter()
            .fold(2, |work: usize, size| work.saturating_mul(*size))
    }

    /// The same convolution with strides and dilations that are no longer than the padded input, where they do not matter; products of
    /// them stay numbers.
    pub(super) fn bounded(&self) -> Self {
        let padded = self.padded();
        let bounded = |steps: [usize; 2]| both(|d| steps[d].min(padded[d]));
        Self {
            stride: bounded(self.stride),
            dilation: bounded(self.dilation),
            ..*self
        }
    }

    /// The convolution of one group.
    pub(super) fn part(&self) -> Self {
        let depth = |[depth, v, h]: [usize; 3]| [depth / self.groups, v, h];
        Self {
            input: depth(self.input),
            output: depth(self.output),
            groups: 1,
            ..*self
        }
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

    /// Products in one output, of a shape of one group: the elements of the filter of one output channel.
    pub(super) fn taps(&self) -> usize {
        self.input[0] * self.filter[0] * self.filter[1]
    }

    /// Samples of a task: enough work to be worth handing over.
    pub(super) fn task(&self) -> usize {
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
        both(|d| self.input[d + 1] + self.padding[d][0] + self.padding[d][1])
    }

    /// Elements of one input sample with its padding.
    pub(super) fn padded_len(&self) -> usize {
        let [height, width] = self.padded();
        self.input[0] * height * width
    }

    /// Calls `f` with a sample and its padding.
    pub(super) fn with_padding<T: Real>(&self, level: Level, x: &[T], f: impl FnOnce(&[T])) {
        if self.padding == [[0, 0]; 2] {
            return f(x);
        }
        with_scratch(self.padded_len(), |padded: &mut [T]| {
            let plane = [self.input[1], self.input[2]];
            let front = self.padding.map(|[front, _]| front);
            layout::pad(level, plane, front, self.padded(), x, padded);
            f(padded);
        });
    }

    /// The offset in a padded sample of each `a, b, c`.
    pub(super) fn taps_at(&self, terms: &mut [u32]) {
        let ([id, _, _], [fv, fh], [height, width]) = (self.input, self.filter, self.padded());
        let [dv, dh] = self.dilation;
        let mut terms = terms.iter_mut();
        for a in 0..id {
            for b in 0..fv {
                for (c, term) in (0..fh).zip(&mut terms) {
                    *term = ((a * height + b * dv) * width + c * dh) as u32;
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
            let reach = (self.output[d + 1].checked_sub(1)?).checked_mul(self.stride[d])?;
            let filter = (self.filter[d].checked_sub(1)?).checked_mul(self.dilation[d])?;
            let reach = reach.checked_add(filter)?.checked_add(1)?;
            let [front, behind] = self.padding[d];
            let padded = self.input[d + 1].checked_add(front)?.checked_add(behind)?;
            (reach <= padded && self.stride[d] > 0 && self.dilation[d] > 0).then_some(padded)
        };
        let divides = |depth: usize| self.groups > 0 && depth.is_multiple_of(self.groups);
        if self.input.contains(&0) || !divides(self.input[0]) || !divides(self.output[0]) {
            return false;
        }
        // Every array of the kernels is at most four times as long: with its border, `delta` may be twice as high and
        // twice as wide as the input.
        let len = || {
            let padded = fits(0)?.checked_mul(fits(1)?)?;
            let depths = self.input[0].checked_mul(self.output[0])?;
            let filters = self.filter[0].checked_mul(self.filter[1])?;
            let planes = self.input[0].max(self.output[0]).checked_mul(padded)?;
            let filters = (depths / self.groups).checked_mul(filters)?;
            planes.max(filters).checked_mul(4)
        };
        len().is_some_and(|n| n > 0 && n <= u32::MAX as usize)
    }
}

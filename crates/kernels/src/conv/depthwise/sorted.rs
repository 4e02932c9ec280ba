//! A padded sample whose columns are sorted by their remainder modulo the stride.

use crate::Real;
use crate::conv::shape::ConvShape;
use crate::dispatch::kernel;
use crate::scratch::with_scratch;

/// How it lies in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sorted<'a> {
    shape: &'a ConvShape,
    /// Columns of one remainder.
    run: usize,
    /// Numbers of a row.
    pub(super) pitch: usize,
    /// Numbers of a plane.
    pub(super) plane: usize,
}

impl<'a> Sorted<'a> {
    pub(super) fn new(shape: &'a ConvShape) -> Self {
        let [height, width] = shape.padded();
        let run = width.div_ceil(shape.stride[1]);
        let pitch = run * shape.stride[1];
        Self {
            shape,
            run,
            pitch,
            plane: height * pitch,
        }
    }

    /// The offset of each place of the filter.
    pub(super) fn taps_at(&self, terms: &mut [u32]) {
        let ([fv, fh], [dv, dh], sh) =
            (self.shape.filter, self.shape.dilation, self.shape.stride[1]);
        let mut terms = terms.iter_mut();
        for b in 0..fv {
            for (c, term) in (0..fh).zip(&mut terms) {
                let column = c * dh % sh * self.run + c * dh / sh;
                *term = (b * dv * self.pitch + column) as u32;
            }
        }
    }

    /// Calls `f` with a sample as it is sorted, and at least `slack` numbers behind it.
    pub(super) fn with<T: Real>(&self, slack: usize, x: &[T], f: impl FnOnce(&[T])) {
        let shape = self.shape;
        if shape.padding == [[0, 0]; 2] && shape.stride[1] == 1 && slack == 0 {
            return f(x);
        }
        let len = shape.input[0] * self.plane;
        with_scratch(len + slack, |sorted: &mut [T]| {
            sorted[len..].fill(T::ZERO);
            sort(self, x, &mut sorted[..len]);
            f(sorted);
        });
    }
}

kernel! {
    fn sort<T>(sorted: &Sorted<'_>, x: &[T], to: &mut [T]) {
        let shape = sorted.shape;
        let ([_, iv, ih], [top, _], [left, _]) = (shape.input, shape.padding[0], shape.padding[1]);
        let (stride, pitch) = (shape.stride[1], sorted.pitch);
        to.fill(T::ZERO);
        for (x, to) in x.chunks_exact(iv * ih).zip(to.chunks_exact_mut(sorted.plane)) {
            let rows = to[top * pitch..].chunks_exact_mut(pitch);
            for (x, to) in x.chunks_exact(ih).zip(rows) {
                if stride == 1 {
                    to[left..][..ih].copy_from_slice(x);
                    continue;
                }
                for rest in 0..stride {
                    // The first column of this remainder that is no padding.
                    let first = (rest + stride - left % stride) % stride;
                    if first >= ih {
                        continue;
                    }
                    let to = &mut to[rest * sorted.run + (first + left) / stride..];
                    let x = &x[first..];
                    if stride == 2 {
                        // A loop of its own, which compilers vectorise.
                        let (pairs, last) = x.as_chunks::<2>();
                        to.iter_mut().zip(pairs).for_each(|(to, [x, _])| *to = *x);
                        to[pairs.len()..].iter_mut().zip(last).for_each(|(to, x)| *to = *x);
                    } else {
                        to.iter_mut().zip(x.iter().step_by(stride)).for_each(|(to, x)| *to = *x);
                    }
                }
            }
        }
    }
}

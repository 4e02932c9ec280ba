//! Equation (38).

use super::Depthwise;
use super::correlate::{Positions, Terms, correlate};
use super::sorted::Sorted;
use crate::scratch::{with_plain, with_scratch};
use crate::{Real, Unary, Workers};

/// (38) for samples of sizes that have been checked.
pub(in crate::conv) fn forward<T: Real>(
    this: Depthwise<'_>,
    [filters, biases]: [&[T]; 2],
    x: &[T],
    p: &mut [T],
    f: Unary<T>,
    workers: &Workers,
) {
    let (shape, level) = (this.shape, this.level);
    let ([_, rows, cols], sorted) = (shape.output, Sorted::new(shape));
    let (n_in, n_out) = (shape.input_len(), shape.output_len());
    let (floor, rest) = match f {
        Unary::Relu => (T::ZERO, Unary::Identity),
        f => (-T::INFINITY, f),
    };
    let work = (p.len() / n_out).saturating_mul(shape.work());
    let (pitch, width) = (sorted.pitch * shape.stride[0], this.width::<T>(cols));
    with_plain(this.taps(), |offsets: &mut [u32]| {
        sorted.taps_at(offsets);
        let terms = Terms {
            offsets,
            filters,
            biases,
            sharing: this.multiplier(),
            part: sorted.plane,
        };
        Positions::with([rows, cols], pitch, width, |positions| {
            let excess = positions.excess(cols);
            workers.for_each_chunk(p, this.task() * n_out, work, |i, p| {
                let x = x[i * this.task() * n_in..].chunks_exact(n_in);
                for (x, p) in x.zip(p.chunks_exact_mut(n_out)) {
                    sorted.with(excess, x, |x| {
                        if excess == 0 {
                            return correlate(level, positions, terms, floor, x, p);
                        }
                        // Rows are shorter than a vector.
                        with_scratch(shape.output[0] * positions.len(), |z: &mut [T]| {
                            correlate(level, positions, terms, floor, x, z);
                            let rows = z.chunks_exact(cols + excess);
                            for (p, z) in p.chunks_exact_mut(cols).zip(rows) {
                                p.copy_from_slice(&z[..cols]);
                            }
                        });
                    });
                    rest.apply(p);
                }
            });
        });
    });
}

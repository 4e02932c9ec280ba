//! Equation (38): checks, the choice of kernels, and how samples are shared.

use super::channels::forward as channels;
use super::choice::{Choice, Lanes};
use super::positions::forward as positions;
use super::shape::ConvShape;
use crate::scratch::with_plain;
use crate::sums::RUN;
use crate::{Real, Unary, Workers};

/// `p = f(sum filter * x + bias)` for every sample of `x`, `samples x input` to `samples x output`: equation (38),
/// a cross-correlation.
///
/// ```text
/// p_ijk = f(sum_abc filter_iabc x_{a, b + j s_v, c + k s_h} + bias_i)
/// ```
///
/// # Panics
/// If the shape is incompatible in itself, or a slice is not as long as it says.
pub fn conv_forward<T: Real>(
    shape: &ConvShape,
    filter: &[T],
    bias: &[T],
    x: &[T],
    p: &mut [T],
    f: Unary<T>,
    workers: &Workers,
) {
    shape.check();
    let choice = Choice::forward::<T>(shape);
    forward_by(choice, filter, bias, x, p, f, workers);
}

/// [`conv_forward`] by a given choice, for a shape that has been checked.
pub(super) fn forward_by<T: Real>(
    choice: Choice<'_>,
    filter: &[T],
    bias: &[T],
    x: &[T],
    p: &mut [T],
    f: Unary<T>,
    workers: &Workers,
) {
    let shape = choice.shape;
    let (n_in, n_out) = (shape.input_len(), shape.output_len());
    let samples = shape.samples(x.len(), p.len());
    assert_eq!(filter.len(), shape.filter_len(), "filter of {shape:?}");
    assert_eq!(bias.len(), shape.output[0], "bias of {shape:?}");
    let (group, work) = (shape.group(), samples.saturating_mul(shape.work()));
    // With positions in the lanes, ReLU is taken while the sums are in registers, if these are complete.
    let (floor, rest) = match (choice.lanes, f) {
        (Lanes::Positions, Unary::Relu) if shape.taps() <= RUN => (T::ZERO, Unary::Identity),
        _ => (-T::INFINITY, f),
    };
    let mut share = |sample: &(dyn Fn(&[T], &mut [T]) + Sync)| {
        workers.for_each_chunk(p, group * n_out, work, |g, p| {
            let x = x[g * group * n_in..].chunks_exact(n_in);
            for (x, p) in x.zip(p.chunks_exact_mut(n_out)) {
                shape.with_padding(choice.level, x, |x| sample(x, p));
                rest.apply(p);
            }
        });
    };
    with_plain(shape.taps(), |terms: &mut [u32]| {
        shape.taps_at(terms);
        match choice.lanes {
            Lanes::Channels => channels::with_packed(choice, filter, bias, |packed| {
                channels::with_tiles(choice, terms, |tiles| {
                    share(&|x, p| channels::add_up(choice, tiles, packed, x, p));
                });
            }),
            Lanes::Positions => {
                positions::with_packed(choice, terms, filter, bias, floor, |packed| {
                    share(&|x, p| packed.add_up(x, p));
                })
            }
        }
    });
}

//! Equation (38): checks, the choice of kernels, and how samples are shared.

use super::channels::forward as by_channels;
use super::choice::{Choice, Lanes};
use super::depthwise::{self, Depthwise};
use super::positions::forward as positions;
use super::shape::{ConvShape, Part};
use crate::scratch::with_plain;
use crate::sums::RUN;
use crate::{Real, Unary, Workers};

/// `p = f(sum filter * x + bias)` for every sample of `x`, `samples x input` to `samples x output`: equation (38),
/// a cross-correlation.
///
/// ```text
/// p_ijk = f(sum_abc filter_iabc x_{a, b r_v + j s_v, c r_h + k s_h} + bias_i)
/// ```
///
/// with a dilation `r`. Of groups, each block of output channels reads its block of input channels.
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
    let shape = &shape.bounded();
    shape.samples(x.len(), p.len());
    assert_eq!(filter.len(), shape.filter_len(), "filter of {shape:?}");
    assert_eq!(bias.len(), shape.output[0], "bias of {shape:?}");
    if let Some(all) = Depthwise::of(shape) {
        return depthwise::forward(all, [filter, bias], x, p, f, workers);
    }
    let part = shape.part();
    let choice = Choice::forward::<T>(&part);
    let filters = filter.chunks_exact(part.filter_len());
    let biases = bias.chunks_exact(part.output[0]);
    for (group, (filter, bias)) in filters.zip(biases).enumerate() {
        let channels = Part { shape, group };
        forward_by(choice, channels, [filter, bias], x, p, f, workers);
    }
}

/// The least value of sums, and the function that is left for them: with positions in the lanes, ReLU is taken while the sums are in
/// registers, if these are complete.
pub(super) fn fused<T: Real>(choice: Choice<'_>, f: Unary<T>) -> (T, Unary<T>) {
    match (choice.lanes, f) {
        (Lanes::Positions, Unary::Relu) if choice.shape.taps() <= RUN => (T::ZERO, Unary::Identity),
        _ => (-T::INFINITY, f),
    }
}

/// The [`conv_forward`] of one group by a given choice, for sizes that have been checked.
pub(super) fn forward_by<T: Real>(
    choice: Choice<'_>,
    channels: Part<'_>,
    [filter, bias]: [&[T]; 2],
    x: &[T],
    p: &mut [T],
    f: Unary<T>,
    workers: &Workers,
) {
    let shape = choice.shape;
    let samples = p.len() / channels.shape.output_len();
    let (task, work) = (shape.task(), samples.saturating_mul(shape.work()));
    let (floor, rest) = fused(choice, f);
    let mut share = |sample: &(dyn Fn(&[T], &mut [T]) + Sync)| {
        workers.for_each_chunk(p, task * channels.shape.output_len(), work, |i, p| {
            let x = channels.inputs(x, i * task);
            for (x, p) in x.zip(channels.outputs_mut(p)) {
                shape.with_padding(choice.level, x, |x| sample(x, p));
                rest.apply(p);
            }
        });
    };
    with_plain(shape.taps(), |terms: &mut [u32]| {
        shape.taps_at(terms);
        match choice.lanes {
            Lanes::Channels => by_channels::with_packed(choice, filter, bias, |packed| {
                by_channels::with_tiles(choice, terms, |tiles| {
                    share(&|x, p| by_channels::add_up(choice, tiles, packed, x, p));
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

//! Equation (45) without the slope: checks, and how samples are shared.

use super::channels::backward_input::with_packed;
use super::choice::Choice;
use super::depthwise::{self, Depthwise};
use super::shape::{ConvShape, Part};
use crate::{Real, Workers};

/// `x_bar = sum filter * delta`, overwritten: equation (45) without the slope.
///
/// ```text
/// x_bar_abc = sum_ijk filter_{i, a, b', c'} delta_ijk over all b' r_v + j s_v = b and c' r_h + k s_h = c
/// ```
///
/// with a dilation `r`; of groups, over the output channels of the block that reads `a`.
///
/// # Panics
/// If the shape is incompatible in itself, or a slice is not as long as it says.
pub fn conv_backward_input<T: Real>(
    shape: &ConvShape,
    filter: &[T],
    delta: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    shape.check();
    let shape = &shape.bounded();
    shape.samples(x_bar.len(), delta.len());
    assert_eq!(filter.len(), shape.filter_len(), "filter of {shape:?}");
    if let Some(all) = Depthwise::of(shape) {
        return depthwise::backward_input(all, filter, delta, x_bar, workers);
    }
    let part = shape.part();
    let choice = Choice::backward_input::<T>(&part);
    for (group, filter) in filter.chunks_exact(part.filter_len()).enumerate() {
        let channels = Part { shape, group };
        backward_input_by(choice, channels, filter, delta, x_bar, workers);
    }
}

/// The [`conv_backward_input`] of one group by a given choice, for sizes that have been checked.
pub(super) fn backward_input_by<T: Real>(
    choice: Choice<'_>,
    channels: Part<'_>,
    filter: &[T],
    delta: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let shape = choice.shape;
    let n_in = channels.shape.input_len();
    let samples = x_bar.len() / n_in;
    let (task, work) = (shape.task(), samples.saturating_mul(shape.work()));
    with_packed(choice, filter, |packed| {
        workers.for_each_chunk(x_bar, task * n_in, work, |i, x_bar| {
            let delta = channels.outputs(delta, i * task);
            for (delta, x_bar) in delta.zip(channels.inputs_mut(x_bar)) {
                packed.add_up(delta, x_bar);
            }
        });
    });
}

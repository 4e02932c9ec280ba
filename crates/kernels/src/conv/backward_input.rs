//! Equation (45) without the slope: checks, and how samples are shared.

use super::channels::backward_input::with_packed;
use super::choice::Choice;
use super::shape::ConvShape;
use crate::{Real, Workers};

/// `x_bar = sum filter * delta`, overwritten: equation (45) without the slope.
///
/// ```text
/// x_bar_abc = sum_ijk filter_{i, a, b - j s_v, c - k s_h} delta_ijk
/// ```
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
    let choice = Choice::backward_input::<T>(shape);
    backward_input_by(choice, filter, delta, x_bar, workers);
}

/// [`conv_backward_input`] by a given choice, for a shape that has been checked.
pub(super) fn backward_input_by<T: Real>(
    choice: Choice<'_>,
    filter: &[T],
    delta: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let shape = choice.shape;
    let (n_in, n_out) = (shape.input_len(), shape.output_len());
    let samples = shape.samples(x_bar.len(), delta.len());
    assert_eq!(filter.len(), shape.filter_len(), "filter of {shape:?}");
    let (group, work) = (shape.group(), samples.saturating_mul(shape.work()));
    with_packed(choice, filter, |packed| {
        workers.for_each_chunk(x_bar, group * n_in, work, |g, x_bar| {
            let delta = delta[g * group * n_out..].chunks_exact(n_out);
            for (delta, x_bar) in delta.zip(x_bar.chunks_exact_mut(n_in)) {
                packed.add_up(delta, x_bar);
            }
        });
    });
}

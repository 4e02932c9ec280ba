//! Generators of networks for property tests (feature `strategies`).

use gradflow_layers::{Activation, AvgPool, Conv, LayerError, MaxPool};
use gradflow_tensor::Shape;
use proptest::prelude::*;

use crate::{Network, NetworkBuilder};

/// What decides one layer before the dense ones: its kind and numbers that choose among the sizes that fit.
type Choice = (u8, [u16; 3], Activation);

/// Random networks in `f64`: up to two convolutions or poolings (filters up to the input, strides 1 to 4 also beyond the
/// filter, padding), then one to three dense layers that expand or shrink, with activations of the given list.
///
/// The last layer has the given activation and between `outputs` numbers of outputs.
pub fn network(
    activations: Vec<Activation>,
    last: Activation,
    outputs: core::ops::RangeInclusive<usize>,
) -> impl Strategy<Value = Network<f64>> {
    let activation = proptest::sample::select(activations);
    let choice = (0..4_u8, any::<[u16; 3]>(), activation.clone());
    let dense = proptest::collection::vec((1..=7_usize, activation), 0..=2);
    (
        [1..=2_usize, 3..=7, 3..=7],
        proptest::collection::vec(choice, 0..=2),
        dense,
        outputs,
    )
        .prop_map(move |(input, choices, dense, outputs)| {
            let mut builder = Network::builder(input);
            for choice in choices {
                builder = add(builder, &choice);
            }
            for (outputs, activation) in dense {
                builder = builder.dense(outputs, activation);
            }
            builder.dense(outputs, last.clone()).build()
        })
        .prop_filter_map("every layer fits by construction", Result::ok)
}

/// Adds a convolution or a pooling whose sizes fit what arrives at it.
fn add(builder: NetworkBuilder<f64>, (kind, numbers, activation): &Choice) -> NetworkBuilder<f64> {
    match kind {
        0 => builder
            .layer(|input| MaxPool::strided(input, window(input, numbers), stride(input, numbers))),
        1 => builder
            .layer(|input| AvgPool::strided(input, window(input, numbers), stride(input, numbers))),
        _ => builder.layer(|input| convolution(input, numbers, activation)),
    }
}

fn convolution(
    input: Shape<3>,
    numbers: &[u16; 3],
    activation: &Activation,
) -> Result<Conv, LayerError> {
    let filters = 1 + usize::from(numbers[2]) % 3;
    Conv::strided(
        input,
        filters,
        window(input, numbers),
        stride(input, numbers),
        activation.clone(),
    )
}

/// A filter no larger than the input, `[vertical, horizontal]`.
fn window(input: Shape<3>, numbers: &[u16; 3]) -> [usize; 2] {
    let [_, vertical, horizontal] = input.dims();
    [
        1 + usize::from(numbers[0]) % vertical,
        1 + usize::from(numbers[1]) % horizontal,
    ]
}

/// A stride of 1 to 4 in each direction that leaves no remainder.
fn stride(input: Shape<3>, numbers: &[u16; 3]) -> [usize; 2] {
    let [_, vertical, horizontal] = input.dims();
    let [fv, fh] = window(input, numbers);
    let fit = |room: usize, number: u16| {
        let fitting: Vec<usize> = (1..=4).filter(|s| room.is_multiple_of(*s)).collect();
        fitting[usize::from(number >> 8) % fitting.len()]
    };
    [
        fit(vertical - fv, numbers[0]),
        fit(horizontal - fh, numbers[1]),
    ]
}

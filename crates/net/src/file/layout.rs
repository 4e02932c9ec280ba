//! How other programs lay out the numbers of a layer.

use gradflow_layers::Recipe;
use gradflow_tensor::Shape;

/// Where the numbers of a block stand in the tensor of another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// In the same places.
    Same,
    /// Keras's `kernel [in, out]` of a dense layer that reads this shape, a picture with its channels last.
    Dense(Shape<3>),
    /// Keras's `kernel [v, h, in, out]` of a convolution with filters `[out, in, v, h]`.
    Conv([usize; 4]),
    /// Keras's `kernel [v, h, in, multiplier]` of a depthwise convolution with filters `[in multiplier, 1, v, h]`.
    Depthwise([usize; 4]),
}

impl Layout {
    /// What it is called in a table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::Dense(_) => "from [in, out]",
            Self::Conv(_) => "from [v, h, in, out]",
            Self::Depthwise(_) => "from [v, h, in, multiplier]",
        }
    }

    /// The place in the other tensor of element `i` of the block.
    pub(super) fn place(self, i: usize, len: usize) -> usize {
        match self {
            Self::Same => i,
            Self::Dense(shape) => {
                let [channels, vertical, horizontal] = shape.dims();
                let (out, x) = (i / shape.len(), i % shape.len());
                let (channel, at) = (x / (vertical * horizontal), x % (vertical * horizontal));
                (at * channels + channel) * (len / shape.len()) + out
            }
            Self::Conv([outs, ins, v, h]) => {
                let (out, i) = (i / (ins * v * h), i % (ins * v * h));
                let (channel, at) = (i / (v * h), i % (v * h));
                (at * ins + channel) * outs + out
            }
            // A filter's number is that of its channel times the multiplier, and its own: as in the last two dimensions there.
            Self::Depthwise([filters, _, v, h]) => {
                let (filter, at) = (i / (v * h), i % (v * h));
                at * filters + filter
            }
        }
    }
}

/// The name in a file of what another program calls `leaf`.
pub(super) fn leaf(leaf: &str) -> &str {
    match leaf.strip_suffix(":0").unwrap_or(leaf) {
        "kernel" | "depthwise_kernel" | "gamma" => "weight",
        "beta" => "bias",
        "moving_mean" => "running_mean",
        "moving_variance" => "running_var",
        other => other,
    }
}

/// Whether a tensor is nothing of the network's: a count of batches, the state of a generator.
pub(super) fn is_aside(leaf: &str) -> bool {
    matches!(leaf, "num_batches_tracked" | "seed_generator_state")
}

/// How a tensor is laid out that another program calls `leaf`, has these dimensions and should become a block of those; or the dimensions
/// that were expected.
pub(super) fn layout(
    recipe: &Recipe,
    leaf: &str,
    input: Option<Shape<3>>,
    dims: &[usize],
    came: &[u64],
) -> Result<Layout, Vec<usize>> {
    let same = |expected: &[usize]| {
        let pairs = came.iter().zip(expected);
        came.len() == expected.len() && pairs.into_iter().all(|(a, b)| *a == *b as u64)
    };
    let keras = leaf.starts_with("kernel") || leaf.starts_with("depthwise_kernel");
    let (layout, expected) = match (keras, recipe, dims, input) {
        (true, Recipe::Dense { .. }, [out, ins], Some(shape)) => {
            (Layout::Dense(shape), vec![*ins, *out])
        }
        (true, Recipe::Conv { .. }, &[out, ins, v, h], _) => {
            (Layout::Conv([out, ins, v, h]), vec![v, h, ins, out])
        }
        (true, Recipe::Depthwise { multiplier, .. }, &[filters, one, v, h], _) => {
            let channels = filters / (*multiplier).max(1);
            let expected = vec![v, h, channels, *multiplier];
            (Layout::Depthwise([filters, one, v, h]), expected)
        }
        _ => (Layout::Same, dims.to_vec()),
    };
    if same(&expected) {
        return Ok(layout);
    }
    // In one dimension, others leave the vertical one out.
    let flat = match (layout, dims) {
        (Layout::Same, &[out, ins, 1, h]) => same(&[out, ins, h]),
        (Layout::Conv(_) | Layout::Depthwise(_), &[_, _, 1, _]) => same(&expected[1..]),
        _ => false,
    };
    match flat {
        true => Ok(layout),
        false => Err(expected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_indices() {
        // A dense layer of 2 outputs on a picture [3, 2, 2]: ours [out, c, v, h], theirs [v, h, c, out].
        let shape = Shape::new([3, 2, 2]).expect("small");
        let (layout, len) = (Layout::Dense(shape), 24);
        for (i, [out, c, v, h]) in indices([2, 3, 2, 2]) {
            assert_eq!(layout.place(i, len), ((v * 2 + h) * 3 + c) * 2 + out);
        }
        for (i, [out, c, v, h]) in indices([2, 3, 4, 5]) {
            let place = ((v * 5 + h) * 3 + c) * 2 + out;
            assert_eq!(Layout::Conv([2, 3, 4, 5]).place(i, 120), place);
        }
        // 3 channels of 2 filters each.
        for (i, [filter, _, v, h]) in indices([6, 1, 4, 5]) {
            let (c, m) = (filter / 2, filter % 2);
            let place = ((v * 5 + h) * 3 + c) * 2 + m;
            assert_eq!(Layout::Depthwise([6, 1, 4, 5]).place(i, 120), place);
        }
    }

    fn indices(dims: [usize; 4]) -> impl Iterator<Item = (usize, [usize; 4])> {
        let [_, b, c, d] = dims;
        let len = dims.iter().product();
        (0..len).map(move |i| (i, [i / (b * c * d), i / (c * d) % b, i / d % c, i % d]))
    }
}

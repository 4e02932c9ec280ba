//! Windows that slide over a picture: what convolution and pooling have in common.

use gradflow_tensor::Shape;

use crate::LayerError;

/// Sizes of a sliding window, all `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) layer: &'static str,
    pub(crate) size: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 2],
}

impl Window {
    /// The output shape of depth `depth`, by `o = (i + 2 pad - f)/s + 1` in both directions (38).
    pub(crate) fn output(&self, input: Shape<3>, depth: usize) -> Result<Shape<3>, LayerError> {
        let Self {
            layer,
            size: window,
            stride,
            padding,
        } = *self;
        let [_, vertical, horizontal] = input.dims();
        let shape_error = |source| LayerError::Shape { layer, source };
        Shape::new(window).map_err(shape_error)?;
        if stride.contains(&0) {
            return Err(LayerError::ZeroStride {
                layer,
                window,
                stride,
            });
        }
        let too_large = LayerError::TooLarge {
            layer,
            window,
            input: input.dims(),
            padding,
        };
        let mut output = [0; 2];
        let mut remainder = [0; 2];
        for (axis, size) in [vertical, horizontal].into_iter().enumerate() {
            let padded = padding[axis]
                .checked_mul(2)
                .and_then(|pad| size.checked_add(pad));
            // A padded size that overflows is no shape either.
            let padded = padded.ok_or_else(|| shape_error(overflow(input, padding)))?;
            let room = padded
                .checked_sub(window[axis])
                .ok_or_else(|| too_large.clone())?;
            output[axis] = room / stride[axis] + 1;
            remainder[axis] = room % stride[axis];
        }
        if remainder != [0, 0] {
            return Err(LayerError::Remainder {
                layer,
                window,
                stride,
                input: input.dims(),
                padding,
                remainder,
            });
        }
        Shape::new([depth, output[0], output[1]]).map_err(shape_error)
    }
}

fn overflow(input: Shape<3>, padding: [usize; 2]) -> gradflow_tensor::ShapeError {
    gradflow_tensor::ShapeError::TooLarge {
        dims: [&input.dims()[..], &padding].concat(),
    }
}

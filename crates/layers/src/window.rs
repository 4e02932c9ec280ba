//! Windows that slide over a picture: what convolution and pooling have in common.

use gradflow_tensor::{Shape, ShapeError};

use crate::{LayerError, LayerFault};

/// Sizes of a sliding window, all `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) layer: &'static str,
    pub(crate) size: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 2],
}

impl Window {
    /// `conv 5x5`, for errors that have nothing to do with the stride.
    fn name(&self) -> String {
        format!("{} {}x{}", self.layer, self.size[0], self.size[1])
    }

    /// `conv 5x5, stride 3x3`, with the padding if there is any.
    fn name_with_stride(&self) -> String {
        let ([s_v, s_h], [p_v, p_h]) = (self.stride, self.padding);
        let name = format!("{}, stride {s_v}x{s_h}", self.name());
        if self.padding == [0, 0] {
            name
        } else {
            format!("{name}, padding {p_v}x{p_h}")
        }
    }

    pub(crate) fn shape_error(&self, error: ShapeError) -> LayerError {
        LayerError::new(self.layer, error.into())
    }

    /// The output shape of depth `depth`, by `o = (i + 2 pad - f)/s + 1` in both directions (38).
    pub(crate) fn output(&self, input: Shape<3>, depth: usize) -> Result<Shape<3>, LayerError> {
        let (stride, padding) = (self.stride, self.padding);
        Shape::new(self.size).map_err(|error| self.shape_error(error))?;
        if stride.contains(&0) {
            let fault = LayerFault::ZeroStride { stride };
            return Err(LayerError::new(self.name_with_stride(), fault));
        }
        let mut output = [0; 2];
        let mut remainder = [0; 2];
        for axis in 0..2 {
            let padded = padding[axis]
                .checked_mul(2)
                .and_then(|pad| input.dims()[axis + 1].checked_add(pad));
            // A padded size that overflows is no shape either.
            let padded = padded.ok_or_else(|| self.shape_error(overflow(input, padding)))?;
            let room = padded.checked_sub(self.size[axis]).ok_or_else(|| {
                let fault = LayerFault::TooLarge {
                    window: self.size,
                    input,
                    padding,
                };
                LayerError::new(self.name(), fault)
            })?;
            output[axis] = room / stride[axis] + 1;
            remainder[axis] = room % stride[axis];
        }
        if remainder != [0, 0] {
            let fault = LayerFault::Remainder {
                input,
                remainder,
                way_out: self.way_out(input, remainder),
            };
            return Err(LayerError::new(self.name_with_stride(), fault));
        }
        Shape::new([depth, output[0], output[1]]).map_err(|error| self.shape_error(error))
    }

    /// Paddings and inputs that leave no remainder: `pad by 1, or use an input of 28 or 30`, `pad by 1x0` where the
    /// directions differ.
    fn way_out(&self, input: Shape<3>, remainder: [usize; 2]) -> String {
        let [_, vertical, horizontal] = input.dims();
        let sizes = [vertical, horizontal];
        let both = |of: [usize; 2]| {
            if sizes[0] == sizes[1] && of[0] == of[1] {
                of[0].to_string()
            } else {
                format!("{}x{}", of[0], of[1])
            }
        };
        let mut ways = Vec::new();
        // Padding adds an even number: it is of use only where that can make up for the remainder.
        if self.layer == "conv"
            && let [Some(v), Some(h)] = [0, 1].map(|axis| self.padding_that_fits(axis, remainder))
        {
            ways.push(if v == h {
                format!("pad by {v}")
            } else {
                format!("pad by {v}x{h}")
            });
        }
        let smaller = [0, 1].map(|axis| sizes[axis].checked_sub(remainder[axis]));
        let larger = [0, 1].map(|axis| {
            let missing = if remainder[axis] == 0 {
                0
            } else {
                self.stride[axis] - remainder[axis]
            };
            sizes[axis].saturating_add(missing)
        });
        match smaller {
            [Some(v), Some(h)] if v > 0 && h > 0 => ways.push(format!(
                "use an input of {} or {}",
                both([v, h]),
                both(larger)
            )),
            _ => ways.push(format!("use an input of {}", both(larger))),
        }
        ways.join(", or ")
    }

    /// The least padding, no less than the present one, that leaves no remainder in one direction.
    fn padding_that_fits(&self, axis: usize, remainder: [usize; 2]) -> Option<usize> {
        let (stride, remainder) = (self.stride[axis], remainder[axis]);
        // remainder + 2 more = 0 modulo the stride, which some `more` below the stride solves, or none.
        let missing = (stride - remainder) % stride;
        let more = if missing.is_multiple_of(2) {
            missing / 2
        } else if !stride.is_multiple_of(2) {
            missing.checked_add(stride)? / 2
        } else {
            return None;
        };
        self.padding[axis].checked_add(more)
    }
}

fn overflow(input: Shape<3>, padding: [usize; 2]) -> ShapeError {
    ShapeError::TooLarge {
        dims: [&input.dims()[..], &padding].concat(),
    }
}

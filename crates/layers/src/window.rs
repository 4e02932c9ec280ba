//! Windows that slide over a picture: what convolution and pooling have in common.

use gradflow_tensor::{Shape, ShapeError};

use crate::{LayerError, LayerFault};

/// Sizes of a window that slides over a picture, all `[vertical, horizontal]`. A plain `[vertical, horizontal]` stands for a window of
/// that size with stride 1 and no padding.
///
/// ```
/// use gradflow_layers::{Activation, Conv, Describe, Window};
/// use gradflow_tensor::Shape;
///
/// let input = Shape::new([1, 28, 28])?;
/// let window = Window { stride: [2, 2], padding: [1, 1], ..Window::from([4, 4]) };
/// let layer = Conv::new(input, 8, window, Activation::Relu)?;
/// assert_eq!(layer.spec().output.dims(), [8, 14, 14]); // (28 + 2 * 1 - 4) / 2 + 1
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its size; of a convolution, that of a filter.
    pub size: [usize; 2],
    /// How far it moves each time.
    pub stride: [usize; 2],
    /// So many zeros on each side of the picture.
    pub padding: [usize; 2],
}

impl From<[usize; 2]> for Window {
    fn from(size: [usize; 2]) -> Self {
        Self {
            size,
            stride: [1, 1],
            padding: [0, 0],
        }
    }
}

/// A window of a layer of this name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slide {
    pub(crate) layer: &'static str,
    pub(crate) window: Window,
}

impl Slide {
    /// `conv 5x5`, for errors that have nothing to do with the stride.
    fn name(&self) -> String {
        let [v, h] = self.window.size;
        format!("{} {v}x{h}", self.layer)
    }

    /// `conv 5x5, stride 3x3`, with the padding if there is any.
    fn name_with_stride(&self) -> String {
        let ([s_v, s_h], [p_v, p_h]) = (self.window.stride, self.window.padding);
        let name = format!("{}, stride {s_v}x{s_h}", self.name());
        if self.window.padding == [0, 0] {
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
        let (stride, padding) = (self.window.stride, self.window.padding);
        if self.window.size.contains(&0) {
            let fault = LayerFault::ZeroSize {
                size: self.window.size,
            };
            return Err(LayerError::new(self.layer, fault));
        }
        if depth == 0 {
            return Err(LayerError::new(self.name(), LayerFault::NoOutputs));
        }
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
            let room = padded.checked_sub(self.window.size[axis]).ok_or_else(|| {
                let fault = LayerFault::TooLarge {
                    window: self.window.size,
                    input,
                    padding,
                    way_out: self.size_that_fits(input),
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
                self.window.stride[axis] - remainder[axis]
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

    /// Paddings and sizes that are not larger than the input: `pad by 1, or use a size of at most 4x4`.
    fn size_that_fits(&self, input: Shape<3>) -> String {
        let [_, vertical, horizontal] = input.dims();
        let sizes = [vertical, horizontal];
        let most = [0, 1].map(|axis| {
            let both = self.window.padding[axis].saturating_mul(2);
            sizes[axis].saturating_add(both)
        });
        let most = format!("use a size of at most {}x{}", most[0], most[1]);
        if self.layer != "conv" {
            return most;
        }
        let pad = [0, 1].map(|axis| {
            let missing = self.window.size[axis].saturating_sub(sizes[axis]);
            missing.div_ceil(2).max(self.window.padding[axis])
        });
        match pad[0] == pad[1] {
            true => format!("pad by {}, or {most}", pad[0]),
            false => format!("pad by {}x{}, or {most}", pad[0], pad[1]),
        }
    }

    /// The least padding, no less than the present one, that leaves no remainder in one direction.
    fn padding_that_fits(&self, axis: usize, remainder: [usize; 2]) -> Option<usize> {
        let (stride, remainder) = (self.window.stride[axis], remainder[axis]);
        // remainder + 2 more = 0 modulo the stride, which some `more` below the stride solves, or none.
        let missing = (stride - remainder) % stride;
        let more = if missing.is_multiple_of(2) {
            missing / 2
        } else if !stride.is_multiple_of(2) {
            missing.checked_add(stride)? / 2
        } else {
            return None;
        };
        self.window.padding[axis].checked_add(more)
    }
}

fn overflow(input: Shape<3>, padding: [usize; 2]) -> ShapeError {
    ShapeError::TooLarge {
        dims: [&input.dims()[..], &padding].concat(),
    }
}

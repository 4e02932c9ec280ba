//! Where a window of a layer goes on an input: outputs, padding on each side, and what fits if it does not.

use gradflow_tensor::{Shape, ShapeError};

use crate::window::{Padding, Remainder, Window};
use crate::{LayerError, LayerFault};

/// A window of a layer of this name, whose stride is usually this.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slide {
    layer: &'static str,
    window: Window,
    pub(crate) stride: [usize; 2],
}

/// How a window goes over an input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fit {
    pub(crate) output: Shape<3>,
    /// Rows and columns in front of and behind the input, `[vertical, horizontal]`.
    pub(crate) padding: [[usize; 2]; 2],
    /// The same with what windows beyond the padding read.
    pub(crate) read: [[usize; 2]; 2],
}

/// One direction of it.
#[derive(Debug, Clone, Copy)]
struct Along {
    output: usize,
    padding: [usize; 2],
    behind: usize,
    remainder: usize,
}

/// Why there is none.
enum Misfit {
    Overflow,
    TooLarge,
}

impl Slide {
    pub(crate) fn new(layer: &'static str, window: Window, usual: [usize; 2]) -> Self {
        let stride = window.stride.unwrap_or(usual);
        Self {
            layer,
            window,
            stride,
        }
    }

    /// `conv 5x5`, for errors that have nothing to do with the stride.
    fn name(&self) -> String {
        let [v, h] = self.window.size;
        let name = format!("{} {v}x{h}", self.layer);
        match self.window.dilation {
            [1, 1] => name,
            [v, h] => format!("{name}, dilation {v}x{h}"),
        }
    }

    /// `conv 5x5, stride 3x3`, with the padding if there is any.
    fn name_with_stride(&self) -> String {
        let [v, h] = self.stride;
        let name = format!("{}, stride {v}x{h}", self.name());
        match self.window.padding.is_none() {
            true => name,
            false => format!("{name}, padding {}", self.window.padding),
        }
    }

    pub(crate) fn refuse(&self, fault: LayerFault) -> LayerError {
        LayerError::new(self.name_with_stride(), fault)
    }

    fn too_large(&self, input: Shape<3>) -> LayerError {
        let padding = match self.window.padding {
            Padding::Both(both) => both.to_vec(),
            Padding::Sides { front, behind } => [front, behind].concat(),
            Padding::Same | Padding::Causal => [self.window.size, self.window.dilation].concat(),
        };
        let dims = [&input.dims()[..], &padding].concat();
        LayerError::new(self.layer, ShapeError::TooLarge { dims }.into())
    }

    /// The output of depth `depth`, by `o = (i + front + behind - (f - 1) r - 1)/s + 1` in both directions (38).
    pub(crate) fn fit(&self, input: Shape<3>, depth: usize) -> Result<Fit, LayerError> {
        let Window { size, dilation, .. } = self.window;
        if size.contains(&0) {
            return Err(LayerError::new(self.layer, LayerFault::ZeroSize { size }));
        }
        if depth == 0 {
            return Err(LayerError::new(self.name(), LayerFault::NoOutputs));
        }
        if dilation.contains(&0) {
            return Err(LayerError::new(
                self.name(),
                LayerFault::ZeroDilation { dilation },
            ));
        }
        let stride = self.stride;
        if stride.contains(&0) {
            return Err(self.refuse(LayerFault::ZeroStride { stride }));
        }
        let along = |axis: usize| {
            self.along(axis, input.dims()[axis + 1])
                .map_err(|misfit| match misfit {
                    // A padded size that overflows is no shape either.
                    Misfit::Overflow => self.too_large(input),
                    Misfit::TooLarge => {
                        let fault = LayerFault::TooLarge {
                            window: size,
                            input,
                            padding: self.window.padding,
                            way_out: self.size_that_fits(input),
                        };
                        LayerError::new(self.name(), fault)
                    }
                })
        };
        let along = [along(0)?, along(1)?];
        let remainder = along.map(|along| along.remainder);
        if remainder != [0, 0] {
            return Err(self.refuse(LayerFault::Remainder {
                input,
                padding: self.window.padding,
                remainder,
                way_out: self.way_out(input, remainder),
            }));
        }
        let output = Shape::new([depth, along[0].output, along[1].output])
            .map_err(|error| LayerError::new(self.layer, error.into()))?;
        Ok(Fit {
            output,
            padding: along.map(|along| along.padding),
            read: along.map(|along| [along.padding[0], along.behind]),
        })
    }

    fn along(&self, axis: usize, input: usize) -> Result<Along, Misfit> {
        let reach = self.window.reach(axis).ok_or(Misfit::Overflow)?;
        let stride = self.stride[axis];
        let pads = self.window.pads(axis, stride, input);
        let [front, behind] = pads.ok_or(Misfit::Overflow)?;
        let after = input.checked_add(front).ok_or(Misfit::Overflow)?;
        let padded = after.checked_add(behind).ok_or(Misfit::Overflow)?;
        let room = padded.checked_sub(reach).ok_or(Misfit::TooLarge)?;
        let (mut output, mut remainder) = (room / stride + 1, room % stride);
        match (self.window.padding, self.window.remainder) {
            // ceil(input / stride) outputs, whatever is left over.
            (Padding::Same | Padding::Causal, _) | (_, Remainder::Floor) => remainder = 0,
            (_, Remainder::Refuse) => {}
            (_, Remainder::Ceil) => {
                output = room.div_ceil(stride) + 1;
                let start = (output - 1).checked_mul(stride);
                if start.is_none_or(|start| start >= after) {
                    output -= 1;
                }
                remainder = 0;
            }
        }
        let end = ((output - 1).checked_mul(stride)).and_then(|start| start.checked_add(reach));
        let end = end.ok_or(Misfit::Overflow)?;
        Ok(Along {
            output,
            padding: [front, behind],
            behind: behind.max(end.saturating_sub(after)),
            remainder,
        })
    }

    /// Paddings, windows and inputs that leave no remainder: `pad by 1, or use a filter of 3x3 or 6x6, or an input of 26x26 or
    /// 29x29`.
    fn way_out(&self, input: Shape<3>, remainder: [usize; 2]) -> String {
        let [_, vertical, horizontal] = input.dims();
        let (sizes, stride) = ([vertical, horizontal], self.stride);
        // Padding adds an even number: it is of use only where that can make up for the remainder.
        let padding = match [0, 1].map(|axis| self.padding_that_fits(axis, remainder)) {
            [Some(v), Some(h)] if self.is_conv() && v == h => format!("pad by {v}, or "),
            [Some(v), Some(h)] if self.is_conv() => format!("pad by {v}x{h}, or "),
            _ => String::new(),
        };
        let missing = [0, 1].map(|axis| match remainder[axis] {
            0 => 0,
            rest => stride[axis] - rest,
        });
        // What is left over is added to the window; or it shrinks, so far that nothing is left out between two windows.
        let size = self.window.size;
        let smaller = [0, 1].map(|axis| {
            let less = size[axis].checked_sub(missing[axis])?;
            (missing[axis] == 0 || less >= stride[axis]).then_some(less)
        });
        let larger = [0, 1].map(|axis| size[axis].saturating_add(remainder[axis]));
        let windows = either(smaller, larger);
        let smaller =
            [0, 1].map(|axis| sizes[axis].checked_sub(remainder[axis]).filter(|n| *n > 0));
        let larger = [0, 1].map(|axis| sizes[axis].saturating_add(missing[axis]));
        let inputs = either(smaller, larger);
        // A pooling layer moves by its own size unless told otherwise.
        let windows = match (self.window.dilation, self.is_conv()) {
            ([1, 1], true) => format!("a filter of {windows}, or "),
            ([1, 1], false) => {
                let [v, h] = stride;
                format!("a window of {windows} with stride {v}x{h}, or ")
            }
            // A dilated window grows by leaps.
            _ => String::new(),
        };
        format!(
            "{padding}use {windows}an input of {inputs}, or choose `Remainder::Floor` or `Ceil`"
        )
    }

    fn is_conv(&self) -> bool {
        self.layer == "conv"
    }

    /// Paddings and sizes that are not larger than the input: `pad by 1, or use a filter of at most 4x4`.
    fn size_that_fits(&self, input: Shape<3>) -> String {
        let [_, vertical, horizontal] = input.dims();
        let sizes = [vertical, horizontal];
        let [front, behind] = self.sides();
        let most = [0, 1].map(|axis| {
            let padded = sizes[axis]
                .saturating_add(front[axis])
                .saturating_add(behind[axis]);
            (padded - 1) / self.window.dilation[axis] + 1
        });
        let what = if self.is_conv() { "filter" } else { "window" };
        let most = format!("use a {what} of at most {}x{}", most[0], most[1]);
        if !self.is_conv() {
            return most;
        }
        let pad = [0, 1].map(|axis| {
            let reach = self.window.reach(axis).unwrap_or(usize::MAX);
            let missing = reach.saturating_sub(sizes[axis]);
            missing.div_ceil(2).max(front[axis])
        });
        match pad[0] == pad[1] {
            true => format!("pad by {}, or {most}", pad[0]),
            false => format!("pad by {}x{}, or {most}", pad[0], pad[1]),
        }
    }

    /// Padding that was given as numbers.
    fn sides(&self) -> [[usize; 2]; 2] {
        match self.window.padding {
            Padding::Both(both) => [both; 2],
            Padding::Sides { front, behind } => [front, behind],
            Padding::Same | Padding::Causal => [[0, 0]; 2],
        }
    }

    /// The least padding, no less than the present one, that leaves no remainder in one direction.
    fn padding_that_fits(&self, axis: usize, remainder: [usize; 2]) -> Option<usize> {
        let Padding::Both(padding) = self.window.padding else {
            return None;
        };
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
        padding[axis].checked_add(more)
    }
}

/// `26x26 or 29x29`, or the larger one alone.
fn either(smaller: [Option<usize>; 2], larger: [usize; 2]) -> String {
    let larger = format!("{}x{}", larger[0], larger[1]);
    match smaller {
        [Some(v), Some(h)] => format!("{v}x{h} or {larger}"),
        _ => larger,
    }
}

//! Steps over a few buffers.

use gradflow::Shape;
use gradflow::layers::{Activation, Padding, Window};

/// A buffer, by number; the first is the input.
pub(crate) type Buffer = usize;

/// The raw input.
pub(crate) const INPUT: Buffer = 0;

/// What a prediction does.
pub(crate) struct Plan {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) steps: Vec<Step>,
    /// Elements of each buffer; that of the input takes no memory.
    pub(crate) buffers: Vec<usize>,
    pub(crate) result: Buffer,
    pub(crate) classes: Vec<String>,
}

/// From one buffer to another, which may be the same.
pub(crate) struct Step {
    pub(crate) what: String,
    pub(crate) from: Buffer,
    pub(crate) to: Buffer,
    pub(crate) op: Op,
}

/// What a step computes, with its constants.
pub(crate) enum Op {
    /// Weights `[in][out]`, biases.
    Dense {
        weights: Vec<Vec<f32>>,
        biases: Vec<f32>,
    },
    /// Filters `[out][in/groups][vertical][horizontal]`, flat.
    Conv {
        slide: Slide,
        groups: usize,
        filters: Vec<f32>,
        biases: Vec<f32>,
    },
    MaxPool(Slide),
    AvgPool {
        slide: Slide,
        padded: bool,
    },
    Upsample {
        input: [usize; 3],
        factor: [usize; 2],
    },
    Activation {
        len: usize,
        activation: Activation,
    },
    /// `(x - offset) factor + shift` of each channel, all of so many positions.
    Scale {
        positions: usize,
        offset: Vec<f32>,
        factor: Vec<f32>,
        shift: Vec<f32>,
    },
    LayerNorm {
        gain: Vec<f32>,
        shift: Vec<f32>,
        epsilon: f32,
    },
    /// Copies elements to a place in the other buffer.
    Copy {
        len: usize,
        at: usize,
    },
    /// Adds elements to those of the other buffer.
    Add {
        len: usize,
    },
    Softmax {
        len: usize,
    },
}

/// A window over an input.
#[derive(Clone, Copy)]
pub(crate) struct Slide {
    pub(crate) input: [usize; 3],
    pub(crate) output: [usize; 3],
    pub(crate) size: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) dilation: [usize; 2],
    pub(crate) front: [usize; 2],
    pub(crate) behind: [usize; 2],
}

impl Slide {
    pub(crate) fn new(
        window: Window,
        usual: [usize; 2],
        input: Shape<3>,
        output: Shape<3>,
    ) -> Self {
        let (input, output) = (input.dims(), output.dims());
        let stride = window.stride.unwrap_or(usual);
        let side = |d: usize| -> [usize; 2] {
            let reach = (window.size[d] - 1) * window.dilation[d] + 1;
            match window.padding {
                Padding::Both(both) => [both[d]; 2],
                Padding::Sides { front, behind } => [front[d], behind[d]],
                Padding::Causal => [reach - 1, 0],
                Padding::Same => {
                    let last = (output[d + 1] - 1) * stride[d];
                    let total = (last + reach).saturating_sub(input[d + 1]);
                    [total / 2, total - total / 2]
                }
            }
        };
        let sides = [side(0), side(1)];
        Self {
            input,
            output,
            size: window.size,
            stride,
            dilation: window.dilation,
            front: sides.map(|[front, _]| front),
            behind: sides.map(|[_, behind]| behind),
        }
    }
}

//! Steps over a few buffers.

use gradflow::Shape;
use gradflow::layers::{Activation, Window};

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
        // A network was built with this window: it has its numbers.
        let sides = [0, 1].map(|axis| {
            let pads = window.pads(axis, stride[axis], input[axis + 1]);
            pads.unwrap_or_default()
        });
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

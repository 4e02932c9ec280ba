//! Steps over a few buffers.

use gradflow::Shape;
use gradflow::data::Encoding;
use gradflow::layers::{Activation, Window};

/// A buffer, by number; the first is the input.
pub(crate) type Buffer = usize;

/// What is read.
pub(crate) const INPUT: Buffer = 0;

/// The name of a buffer in a source.
pub(crate) fn buffer(buffer: Buffer) -> String {
    match buffer {
        INPUT => "x".to_owned(),
        buffer => format!("b{buffer}"),
    }
}

/// What a function does, in steps of one kind.
#[derive(Debug)]
pub(crate) struct Plan<O = Op> {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) steps: Vec<Step<O>>,
    /// Elements of each buffer; that of the input takes no memory.
    pub(crate) buffers: Vec<usize>,
    pub(crate) result: Buffer,
}

/// From one buffer to another, which may be the same.
#[derive(Debug)]
pub(crate) struct Step<O = Op> {
    pub(crate) what: String,
    pub(crate) from: Buffer,
    pub(crate) to: Buffer,
    pub(crate) op: O,
}

/// What a step computes in floating point, with its constants.
#[derive(Debug)]
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
    /// Columns of a raw row to features.
    Columns(Vec<Encoding>),
}

/// How many features a column becomes.
pub(crate) fn features(column: &Encoding) -> usize {
    match column {
        Encoding::Filled { flag, .. } => 1 + usize::from(*flag),
        Encoding::OneHot { values, flag, .. } => values.len() + usize::from(*flag),
        _ => 1,
    }
}

impl Op {
    /// Elements of the other buffer that are known after it.
    pub(crate) fn end(&self) -> usize {
        match self {
            Self::Dense { biases, .. } => biases.len(),
            Self::Conv { slide, .. } | Self::MaxPool(slide) | Self::AvgPool { slide, .. } => {
                slide.output.iter().product()
            }
            Self::Upsample { input, factor } => {
                input.iter().product::<usize>() * factor[0] * factor[1]
            }
            Self::Scale {
                positions, offset, ..
            } => positions * offset.len(),
            Self::LayerNorm { gain, .. } => gain.len(),
            Self::Columns(columns) => columns.iter().map(features).sum(),
            Self::Copy { len, at } => at + len,
            Self::Activation { len, .. } | Self::Add { len } | Self::Softmax { len } => *len,
        }
    }
}

/// A window over an input.
#[derive(Debug, Clone, Copy)]
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

    /// Elements of a plane of the input.
    pub(crate) fn plane(&self) -> usize {
        self.input[1] * self.input[2]
    }

    /// The windows in order: row and column of the output.
    pub(crate) fn places(&self) -> impl Iterator<Item = [usize; 2]> + use<> {
        let [_, vertical, horizontal] = self.output;
        (0..vertical).flat_map(move |j| (0..horizontal).map(move |k| [j, k]))
    }

    /// The elements of a window that lie inside: which of the window, and where in a plane of the input.
    pub(crate) fn taps(&self, place: [usize; 2]) -> impl Iterator<Item = (usize, usize)> + '_ {
        let along = move |axis: usize, tap: usize| {
            let at = place[axis] * self.stride[axis] + tap * self.dilation[axis];
            at.checked_sub(self.front[axis])
                .filter(|at| *at < self.input[axis + 1])
        };
        let rows = (0..self.size[0]).filter_map(move |b| Some((b, along(0, b)?)));
        rows.flat_map(move |(b, row)| {
            (0..self.size[1]).filter_map(move |c| {
                let column = along(1, c)?;
                Some((b * self.size[1] + c, row * self.input[2] + column))
            })
        })
    }

    /// How many elements of a window a mean is taken over, with the padding or without.
    pub(crate) fn count(&self, place: [usize; 2], padded: bool) -> usize {
        let along = |axis: usize| {
            let start = place[axis] * self.stride[axis];
            let all = self.input[axis + 1] + self.front[axis] + self.behind[axis];
            let inside = |tap: &usize| start + tap * self.dilation[axis] < all;
            (0..self.size[axis]).filter(inside).count()
        };
        match padded {
            true => along(0) * along(1),
            false => self.taps(place).count(),
        }
    }
}

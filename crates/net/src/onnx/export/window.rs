//! Convolutions and pools, with padding in numbers.

use gradflow_layers::Window;
use gradflow_tensor::Shape;

use super::writer::{Value, Writer, int, ints};
use crate::onnx::proto::AttributeProto;

/// A window on an input, `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    window: Window,
    stride: [usize; 2],
    input: [usize; 2],
    output: [usize; 2],
    front: [usize; 2],
    behind: [usize; 2],
    /// What the windows read behind the input: more than the padding where a remainder asked for one window more.
    read: [usize; 2],
}

impl Place {
    /// A window, whose stride is usually this, between an input and an output that it was built for.
    pub(super) fn new(
        window: &Window,
        usual: [usize; 2],
        input: Shape<3>,
        output: Shape<3>,
    ) -> Self {
        let sizes = |shape: Shape<3>| [shape.dims()[1], shape.dims()[2]];
        let (input, output) = (sizes(input), sizes(output));
        let stride = window.stride.unwrap_or(usual);
        // A network was built with this window: it has its numbers.
        let pads = [0, 1].map(|a| window.pads(a, stride[a], input[a]).unwrap_or_default());
        let [front, behind] = [0, 1].map(|side| pads.map(|pads| pads[side]));
        let read = [0, 1].map(|a| {
            let end = (output[a] - 1) * stride[a] + window.reach(a).unwrap_or_default();
            end.saturating_sub(input[a] + front[a])
        });
        Self {
            window: *window,
            stride,
            input,
            output,
            front,
            behind,
            read,
        }
    }

    /// With so much padding in front and behind.
    fn attributes(&self, front: [usize; 2], behind: [usize; 2]) -> Vec<AttributeProto> {
        vec![
            ints("kernel_shape", self.window.size),
            ints("strides", self.stride),
            ints("dilations", self.window.dilation),
            ints("pads", front.into_iter().chain(behind)),
        ]
    }

    /// Padding for those who read no further than they need to; the padding as it was described gives the same outputs, if it is not less.
    fn pads(&self) -> [[usize; 2]; 2] {
        [self.front, self.read]
    }

    /// Elements of a window at each place in one direction that lie in `low..high` of the input.
    fn counts(&self, axis: usize, before: usize, after: usize) -> Vec<usize> {
        let (front, end) = (
            self.front[axis],
            self.front[axis] + self.input[axis] + after,
        );
        let inside = |at: &usize| *at + before >= front && *at < end;
        let window = |start: usize| {
            let steps = 0..self.window.size[axis];
            steps.map(move |i| start + i * self.window.dilation[axis])
        };
        (0..self.output[axis])
            .map(|o| window(o * self.stride[axis]).filter(inside).count())
            .collect()
    }
}

/// Writes a convolution; filters and biases are constants of these names.
pub(super) fn conv(
    to: &mut Writer,
    at: &str,
    place: &Place,
    groups: usize,
    input: [&str; 3],
) -> String {
    let [front, behind] = place.pads();
    let mut attributes = place.attributes(front, behind);
    attributes.push(int("group", groups as i64));
    to.node(at, "Conv", &input, attributes)
}

/// Whether padding is less than the window, which others ask of pools.
fn less(place: &Place, pads: [[usize; 2]; 2]) -> bool {
    let fits = |axis: usize| pads.iter().all(|pad| pad[axis] < place.window.size[axis]);
    fits(0) && fits(1)
}

/// Writes rows and columns of a value around a picture.
fn pad(to: &mut Writer, at: &str, x: &str, [front, behind]: [[usize; 2]; 2], value: f64) -> String {
    let pads = [0, 0, front[0], front[1], 0, 0, behind[0], behind[1]];
    let pads = to.integers(format!("{at}.pads"), &[8], pads);
    let value = to.scalar(format!("{at}.padding"), value);
    to.node(at, "Pad", &[x, &pads, &value], Vec::new())
}

/// Writes a max-pool.
pub(super) fn max_pool(to: &mut Writer, at: &str, place: &Place, x: &str) -> String {
    let pads = place.pads();
    if less(place, pads) {
        let [front, behind] = pads;
        return to.node(at, "MaxPool", &[x], place.attributes(front, behind));
    }
    let padded = pad(to, at, x, pads, f64::NEG_INFINITY);
    to.node(at, "MaxPool", &[&padded], place.attributes([0; 2], [0; 2]))
}

/// Writes an average pool.
pub(super) fn avg_pool(
    to: &mut Writer,
    at: &str,
    place: &Place,
    count_padding: bool,
    x: &Value,
) -> String {
    let [front, read] = place.pads();
    // Nothing is read beyond what counts.
    let inside = !count_padding || (0..2).all(|a| read[a] <= place.behind[a]);
    if inside && less(place, [front, read]) {
        let mut attributes = place.attributes(front, read);
        attributes.push(int("count_include_pad", i64::from(count_padding)));
        return to.node(at, "AveragePool", &[&x.name], attributes);
    }
    sums(to, at, place, count_padding, x)
}

/// An average pool as what it is, sums divided by numbers of elements: for windows that the operator does not have.
fn sums(to: &mut Writer, at: &str, place: &Place, count_padding: bool, x: &Value) -> String {
    let depth = x.shape.dims()[0];
    let [v, h] = place.window.size;
    let ones = (0..depth * v * h).map(|_| 1.0);
    let ones = to.constant(format!("{at}.ones"), &[depth, 1, v, h], ones);
    let zeros = to.constant(format!("{at}.zeros"), &[depth], (0..depth).map(|_| 0.0));
    let sums = conv(to, at, place, depth, [&x.name, &ones, &zeros]);
    let counts = [0, 1].map(|axis| match count_padding {
        true => place.counts(axis, place.front[axis], place.behind[axis]),
        false => place.counts(axis, 0, 0),
    });
    let [down, across] = &counts;
    let counts = down
        .iter()
        .flat_map(|v| across.iter().map(move |h| (v * h) as f64));
    let dims = [1, place.output[0], place.output[1]];
    let counts = to.constant(format!("{at}.counts"), &dims, counts);
    to.node(at, "Div", &[&sums, &counts], Vec::new())
}

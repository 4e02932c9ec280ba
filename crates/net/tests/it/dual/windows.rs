//! Windows that slide over pictures, as section 6 of the mathematics has them.

use super::network::{Oracle, Samples};
use super::number::{Number, sum};
use gradflow::layers::{Padding, Remainder, Window};

/// One direction of a window: how many there are, how far apart their elements, where the first begins.
struct Axis {
    outputs: usize,
    stride: usize,
    dilation: usize,
    size: usize,
    front: usize,
    input: usize,
    /// Input and padding end here, counted from the first element of the padding.
    end: usize,
}

impl Axis {
    fn new(input: usize, axis: usize, window: &Window, usual: [usize; 2]) -> Self {
        let (size, dilation) = (window.size[axis], window.dilation[axis]);
        let stride = window.stride.unwrap_or(usual)[axis];
        let reach = (size - 1) * dilation + 1;
        let same = input.div_ceil(stride);
        let (outputs, front, behind) = match window.padding {
            Padding::Same => {
                let total = ((same - 1) * stride + reach).saturating_sub(input);
                (same, total / 2, total - total / 2)
            }
            Padding::Causal => (same, (size - 1) * dilation, 0),
            Padding::Both(both) => {
                let outputs = outputs(input, both[axis], both[axis], reach, stride, window);
                (outputs, both[axis], both[axis])
            }
            Padding::Sides { front, behind } => {
                let (front, behind) = (front[axis], behind[axis]);
                let outputs = outputs(input, front, behind, reach, stride, window);
                (outputs, front, behind)
            }
        };
        Self {
            outputs,
            stride,
            dilation,
            size,
            front,
            input,
            end: front + input + behind,
        }
    }

    /// What the window `j` reads: its elements `b`, where they lie from the first element of the padding on, and which element
    /// of the input they are, if they are one.
    fn reads(&self, j: usize) -> impl Iterator<Item = (usize, usize, Option<usize>)> {
        (0..self.size).map(move |b| {
            let place = b * self.dilation + j * self.stride;
            let element = place.checked_sub(self.front).filter(|x| *x < self.input);
            (b, place, element)
        })
    }
}

fn outputs(
    input: usize,
    front: usize,
    behind: usize,
    reach: usize,
    stride: usize,
    window: &Window,
) -> usize {
    let room = input + front + behind - reach;
    match window.remainder {
        Remainder::Refuse => {
            assert_eq!(room % stride, 0, "a remainder that is not refused");
            room / stride + 1
        }
        Remainder::Floor => room / stride + 1,
        Remainder::Ceil => {
            let outputs = room.div_ceil(stride) + 1;
            let late = (outputs - 1) * stride >= input + front;
            outputs - usize::from(late)
        }
    }
}

/// An element of a window in a channel: its place `(b, c)` in the window, whether input or padding is there, and the input.
type Element = ([usize; 2], bool, Option<usize>);

/// For every output of a channel, in row-major order, the elements of its window.
fn windows(
    input: [usize; 2],
    window: &Window,
    usual: [usize; 2],
) -> ([usize; 2], Vec<Vec<Element>>) {
    let [v, h] = [0, 1].map(|axis| Axis::new(input[axis], axis, window, usual));
    let mut all = Vec::new();
    for j in 0..v.outputs {
        for k in 0..h.outputs {
            let mut elements = Vec::new();
            for (b, row, x) in v.reads(j) {
                for (c, column, y) in h.reads(k) {
                    let exists = row < v.end && column < h.end;
                    let index = x.zip(y).map(|(x, y)| x * h.input + y);
                    elements.push(([b, c], exists, index));
                }
            }
            all.push(elements);
        }
    }
    ([v.outputs, h.outputs], all)
}

impl<D: Number> Oracle<D> {
    /// (38) with dilation, padding and groups: `z_ijk = sum_abc f_iabc x_{a, b r + j s, c r + k s} + b_i`.
    pub(crate) fn conv(
        &mut self,
        x: Samples<D>,
        filters: usize,
        groups: usize,
        window: &Window,
    ) -> Samples<D> {
        let [depth, vertical, horizontal] = x.shape;
        let ([o_v, o_h], windows) = windows([vertical, horizontal], window, [1, 1]);
        let (inside, positions) = (depth / groups, vertical * horizontal);
        let [f_v, f_h] = window.size;
        let f = self.take(filters * inside * f_v * f_h);
        let bias = self.take(filters);
        x.map([filters, o_v, o_h], |x| {
            let mut z = Vec::new();
            for i in 0..filters {
                let first = i / (filters / groups) * inside;
                for elements in &windows {
                    let mut sum = bias[i];
                    for ([b, c], _, index) in elements {
                        let Some(index) = index else { continue };
                        for a in 0..inside {
                            let filter = ((i * inside + a) * f_v + b) * f_h + c;
                            sum = sum + f[filter] * x[(first + a) * positions + index];
                        }
                    }
                    z.push(sum);
                }
            }
            z
        })
    }

    /// The largest element of each window; of several the first one. Two of them that lie close are a kink.
    pub(crate) fn max_pool(&mut self, x: Samples<D>, window: &Window) -> Samples<D> {
        self.pool(x, window, |oracle, inside, _| {
            let mut largest = inside[0];
            for x in inside {
                if x.value() > largest.value() {
                    largest = *x;
                }
            }
            inside.iter().for_each(|x| oracle.kink(largest - *x));
            largest
        })
    }

    /// The mean of each window over its elements inside the input, or over the padding too.
    pub(crate) fn avg_pool(
        &mut self,
        x: Samples<D>,
        window: &Window,
        count_padding: bool,
    ) -> Samples<D> {
        self.pool(x, window, |_, inside, exist| {
            let count = if count_padding { exist } else { inside.len() };
            sum(inside.iter().copied()) / D::from(count as f64)
        })
    }

    /// `f` of the elements of each window inside the input, and of how many there are with padding.
    fn pool(
        &mut self,
        x: Samples<D>,
        window: &Window,
        f: impl Fn(&mut Self, &[D], usize) -> D,
    ) -> Samples<D> {
        let [depth, vertical, horizontal] = x.shape;
        let ([o_v, o_h], windows) = windows([vertical, horizontal], window, window.size);
        x.map([depth, o_v, o_h], |x| {
            let channels = x.chunks(vertical * horizontal);
            let mut p = Vec::new();
            for channel in channels {
                for elements in &windows {
                    let inside: Vec<D> = (elements.iter())
                        .filter_map(|(_, _, index)| Some(channel[(*index)?]))
                        .collect();
                    let exist = elements.iter().filter(|(_, exists, _)| *exists).count();
                    p.push(f(self, &inside, exist));
                }
            }
            p
        })
    }
}

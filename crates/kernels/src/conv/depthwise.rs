//! Convolutions of every channel on its own: each group has one input channel.
//!
//! There is nothing to share between channels, so positions of a row stand in the lanes, for any stride: the columns of a padded
//! sample are sorted by their remainder modulo the stride, and then each place of the filter reads neighbours. All three
//! passes are sums of planes times numbers; their tiles are single rows of those of [`super::positions`].
//!
//! | pass | planes | numbers |
//! |---|---|---|
//! | (38) forward | `x`, sorted | filter |
//! | (45) input gradient, for each phase of the stride | `delta` in its frame | filter |
//! | (47) filter gradient | `x`, sorted; `delta` | (sums of products) |

mod backward_filter;
mod backward_input;
mod correlate;
mod forward;
mod sorted;

use super::shape::ConvShape;
use super::widths::widths;
use crate::cpu::Level;
use crate::sums::RUN;
use crate::{Real, cpu};

pub(super) use backward_filter::backward_filter;
pub(super) use backward_input::backward_input;
pub(super) use forward::forward;

/// A depthwise convolution, of a shape that has been checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Depthwise<'a> {
    pub(super) shape: &'a ConvShape,
    pub(super) level: Level,
}

impl<'a> Depthwise<'a> {
    /// If the shape is one, of sums that are not long.
    pub(super) fn of(shape: &'a ConvShape) -> Option<Self> {
        Self::at(cpu::level(), shape)
    }

    pub(super) fn at(level: Level, shape: &'a ConvShape) -> Option<Self> {
        let multiplier = shape.output[0] / shape.groups;
        let is = shape.groups > 1
            && shape.input[0] == shape.groups
            && shape.filter[0] * shape.filter[1] * multiplier <= RUN;
        is.then_some(Self { shape, level })
    }

    /// Output channels that read one input channel.
    fn multiplier(&self) -> usize {
        self.shape.output[0] / self.shape.groups
    }

    fn taps(&self) -> usize {
        self.shape.filter[0] * self.shape.filter[1]
    }

    /// Numbers in a vector for rows of a length: the width that leaves fewer lanes idle, the larger on a tie.
    fn width<T: Real>(&self, row: usize) -> usize {
        let [whole, half] = widths(self.level, T::ZERO);
        if row.next_multiple_of(half) < row.next_multiple_of(whole) {
            half
        } else {
            whole
        }
    }

    /// Samples of a task: enough work to be worth handing over.
    fn task(&self) -> usize {
        self.shape.task()
    }
}

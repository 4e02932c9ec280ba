//! Steps in fixed point.

use super::number::{End, Format};
use crate::plan::{Plan, Slide};
use crate::planner::Names;
use crate::writer::Number;

/// A model in fixed point, piece by piece.
#[derive(Debug)]
pub(crate) struct Pieces {
    /// From raw inputs to what the network reads, in floating point.
    pub(crate) before: Plan,
    pub(crate) network: Network,
    /// From the network's outputs to the prediction, in floating point.
    pub(crate) after: Plan,
    pub(crate) names: Names,
}

/// A network in fixed point.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) plan: Plan<Op>,
    /// What each buffer's elements are.
    pub(crate) numbers: Vec<Number>,
    pub(crate) input: Format,
    pub(crate) output: Format,
}

/// What a step computes, with its constants. Sums are exact.
#[derive(Debug)]
pub(crate) enum Op {
    /// `b + sum w x`, weights `[out][in]`; the input's zero is in the biases.
    Dense {
        weights: Vec<Vec<i32>>,
        biases: Vec<i64>,
        end: End,
    },
    /// `b + sum f (x - zero)`, filters `[out][in/groups][vertical][horizontal]`, flat.
    Conv {
        slide: Slide,
        groups: usize,
        filters: Vec<i32>,
        biases: Vec<i64>,
        zero: i32,
        end: End,
    },
    /// `w x + b` of each channel, all of so many positions, to a place in the other buffer.
    Scale {
        positions: usize,
        at: usize,
        weights: Vec<i32>,
        biases: Vec<i64>,
        end: End,
    },
    MaxPool(Slide),
    /// `sum (x - zero)`; the end has a multiplier for each number of elements that a window has, or one for all.
    AvgPool {
        slide: Slide,
        padded: bool,
        zero: i32,
        end: End,
    },
    Upsample {
        input: [usize; 3],
        factor: [usize; 2],
    },
    Table {
        len: usize,
        table: Table,
    },
    Copy {
        len: usize,
        at: usize,
    },
    /// `w u + b` of each element, with `u` of [`Normal`].
    LayerNorm {
        normal: Normal,
        weights: Vec<i32>,
        biases: Vec<i64>,
        end: End,
    },
    /// `v x + w p + b` in the other buffer, whose element is `p`.
    Add {
        len: usize,
        weights: [i32; 2],
        bias: i64,
        end: End,
    },
}

/// Distances from the mean over the root of the sum of their squares: with `n` elements and `d = (n x - sum x) / part`,
/// `u = one d / sqrt(sum d^2 + epsilon)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Normal {
    pub(crate) part: i64,
    /// At least 1.
    pub(crate) epsilon: i64,
    pub(crate) one: i64,
}

/// The largest whole number whose square is at most this.
pub(crate) fn root(of: i64) -> i64 {
    let (mut rest, mut root, mut bit) = (of, 0, 1 << 62);
    while bit > 0 {
        if rest >= root + bit {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
        bit >>= 2;
    }
    root
}

/// The values of an activation.
#[derive(Debug)]
pub(crate) enum Table {
    /// For each number of 8 bits, from -128 on.
    Each(Vec<i32>, Format),
    /// At `-32768 + 128 i`, between which is interpolated.
    Between(Vec<i32>, Format),
}

impl Table {
    /// Of numbers of 16 bits, so many bits say where between two values they lie.
    pub(crate) const BITS: u32 = 7;

    pub(crate) fn values(&self) -> (&[i32], Format) {
        match self {
            Self::Each(values, to) | Self::Between(values, to) => (values, *to),
        }
    }

    pub(crate) fn value(&self, x: i32) -> i32 {
        match self {
            Self::Each(values, _) => values[(x + 128) as usize],
            Self::Between(values, _) => {
                let place = x + 32768;
                let (at, part) = ((place >> Self::BITS) as usize, place & 127);
                (values[at] * (128 - part) + values[at + 1] * part + 64) >> Self::BITS
            }
        }
    }
}

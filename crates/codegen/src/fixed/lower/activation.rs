//! Activations in fixed point: straight pieces in whole numbers, others as tables.

use gradflow::layers::Activation;

use crate::fixed::number::{Format, Range};
use crate::fixed::plan::Table;
use crate::writer::Number;

/// An activation of straight pieces: `z`, times a slope where it is negative, between two values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) slope: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Piece {
    /// The number itself.
    pub(super) const WHOLE: Self = Self {
        slope: 1.0,
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    pub(super) fn of(activation: &Activation) -> Option<Self> {
        let whole = Self::WHOLE;
        Some(match activation {
            Activation::Identity => whole,
            Activation::Relu => Self { low: 0.0, ..whole },
            Activation::LeakyRelu(slope) => Self {
                slope: *slope,
                ..whole
            },
            Activation::HardTanh => Self {
                low: -1.0,
                high: 1.0,
                ..whole
            },
            _ => return None,
        })
    }
}

/// The part of a range outside of which an activation's values are those at its ends, but for half a step of their format.
pub(super) fn narrowed(activation: &Activation, [low, high]: Range, half: f64) -> Range {
    const PARTS: u32 = 4096;
    let place = |i: u32| low + (high - low) * f64::from(i) / f64::from(PARTS);
    let differs = |i: &u32, end: f64| (activation.value(place(*i)) - end).abs() > half / 2.0;
    let [first, last] = [low, high].map(|end| activation.value(end));
    let from = (0..=PARTS).find(|i| differs(i, first));
    let to = (0..=PARTS).rev().find(|i| differs(i, last));
    match (from, to) {
        (Some(from), Some(to)) => [place(from.saturating_sub(1)), place((to + 1).min(PARTS))],
        // It is the same everywhere.
        _ => [low, high],
    }
}

/// The values of an activation of numbers of one format, as numbers of another.
pub(super) fn table(activation: &Activation, x: Format, to: Format) -> Table {
    let value = |q: i32| to.whole(activation.value(x.value(q)));
    match x.number {
        Number::I8 => Table::Each((-128..128).map(value).collect(), to),
        _ => {
            let knots = (-32768..=32768).step_by(1 << Table::BITS);
            Table::Between(knots.map(value).collect(), to)
        }
    }
}

//! Weights, biases and multipliers of steps.

use super::activation::Piece;
use crate::CodegenError;
use crate::fixed::number::{End, Fixed, Format, Multiplier};
use crate::fixed::plan::{Normal, Op};
use crate::plan::Slide;
use crate::writer::Number;

/// What one output or channel is made with.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) weights: Vec<i32>,
    pub(super) bias: i64,
    /// What a weight of 1 stands for.
    pub(super) scale: f64,
}

impl Row {
    /// The number itself.
    pub(super) fn unit() -> Self {
        Self {
            weights: vec![1],
            bias: 0,
            scale: 1.0,
        }
    }

    /// Weights up to `most`, and a bias in units of the products with the input.
    pub(super) fn new(weights: &[f64], bias: f64, x: Format, (most, fixed): (i32, Fixed)) -> Self {
        let largest = weights.iter().fold(0f64, |m, w| m.max(w.abs()));
        // A bias that would not fit makes the weights coarser.
        let scale = (largest / f64::from(most)).max(bias.abs() / (x.scale * fixed.most_bias()));
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let weights = weights.iter().map(|w| (w / scale).round() as i32);
        Self {
            weights: weights.collect(),
            bias: (bias / (x.scale * scale)).round() as i64,
            scale,
        }
    }
}

/// The rows of a step.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) weights: Vec<Vec<i32>>,
    pub(super) biases: Vec<i64>,
    scales: Vec<f64>,
    /// No sum is larger, nor a part of one.
    most: i64,
}

impl Rows {
    /// For inputs less their zero.
    pub(super) fn new(rows: Vec<Row>, x: Format) -> Self {
        Self::within(rows, x.reach())
    }

    /// For inputs as they are: the zero is taken into the biases.
    pub(super) fn folded(mut rows: Vec<Row>, x: Format) -> Self {
        for row in &mut rows {
            let all: i64 = row.weights.iter().map(|w| i64::from(*w)).sum();
            row.bias = row.bias.saturating_sub(all.saturating_mul(x.zero.into()));
        }
        Self::within(rows, i64::from(x.high.max(-x.low)))
    }

    fn within(rows: Vec<Row>, reach: i64) -> Self {
        let sum = |row: &Row| {
            let all: i64 = row.weights.iter().map(|w| i64::from(w.abs())).sum();
            (row.bias.saturating_abs()).saturating_add(all.saturating_mul(reach))
        };
        Self {
            most: rows.iter().map(sum).max().unwrap_or_default(),
            scales: rows.iter().map(|row| row.scale).collect(),
            biases: rows.iter().map(|row| row.bias).collect(),
            weights: rows.into_iter().map(|row| row.weights).collect(),
        }
    }

    pub(super) fn end(
        &self,
        what: &str,
        [x, to]: [Format; 2],
        piece: Piece,
    ) -> Result<End, CodegenError> {
        let reals = self.scales.iter().map(|scale| x.scale * scale / to.scale);
        end(what, self.most, reals.collect(), to, piece)
    }
}

/// How sums of at most so much end, each a so-and-so many-th of a step of the result.
fn end(
    what: &str,
    most: i64,
    reals: Vec<f64>,
    to: Format,
    piece: Piece,
) -> Result<End, CodegenError> {
    // Multipliers keep 15 bits at least.
    if most >= 1 << 47 {
        return Err(CodegenError::Fixed {
            layer: what.to_owned(),
            reason: "its sums are too long",
        });
    }
    let of = |slope: f64| -> Vec<Multiplier> {
        let reals = reals.iter().map(|real| Multiplier::new(real * slope, most));
        let mut multipliers: Vec<Multiplier> = reals.collect();
        if multipliers.iter().all(|m| *m == multipliers[0]) {
            multipliers.truncate(1);
        }
        multipliers
    };
    Ok(End {
        sums: match most < 1 << 31 {
            true => Number::I32,
            false => Number::I64,
        },
        multipliers: of(1.0),
        below: match piece.slope == 1.0 {
            true => Vec::new(),
            false => of(piece.slope),
        },
        to,
        low: to.whole(piece.low),
        high: to.whole(piece.high),
    })
}

/// A mean over windows.
pub(super) fn averaged(
    what: &str,
    slide: &Slide,
    padded: bool,
    [x, to]: [Format; 2],
    piece: Piece,
) -> Result<Op, CodegenError> {
    let all = slide.size[0] * slide.size[1];
    let mut counts: Vec<usize> = slide.places().map(|at| slide.count(at, padded)).collect();
    counts.sort_unstable();
    counts.dedup();
    if counts.first() == Some(&0) {
        return Err(CodegenError::Fixed {
            layer: what.to_owned(),
            reason: "a window has no element of the input",
        });
    }
    // A multiplier for each count that there may be, if there is more than one.
    let counts = match counts[..] {
        [one] => vec![one],
        _ => (1..=all).collect(),
    };
    let reals = counts.iter().map(|n| x.scale / to.scale / *n as f64);
    let most = x.reach().saturating_mul(all as i64);
    Ok(Op::AvgPool {
        slide: *slide,
        padded,
        zero: x.zero,
        end: end(what, most, reals.collect(), to, piece)?,
    })
}

/// Distances from the mean in units of the standard deviation, times a gain.
pub(super) fn normed(
    what: &str,
    [gain, shift]: [&[f32]; 2],
    (epsilon, fixed): (f32, Fixed),
    [x, to]: [Format; 2],
    piece: Piece,
) -> Result<Op, CodegenError> {
    let n = gain.len() as f64;
    // The sum of the squares stays below 2^61.
    let largest = n * f64::from(x.high - x.low);
    let most = (2f64.powi(61) / n).sqrt();
    let part = (largest / most).ceil().max(1.0);
    let unit = x.scale / n * part;
    let epsilon = n * f64::from(epsilon) / unit / unit;
    let normal = Normal {
        part: part as i64,
        epsilon: epsilon.round().clamp(1.0, 2f64.powi(60)) as i64,
        one: match fixed {
            Fixed::Int8 => 1 << 14,
            Fixed::Int16 => 1 << 22,
        },
    };
    let scaled = Format {
        number: Number::I32,
        scale: n.sqrt() / normal.one as f64,
        zero: 0,
        low: -(normal.one as i32),
        high: normal.one as i32,
    };
    let rows = gain.iter().zip(shift).map(|(gain, shift)| {
        let most = (Fixed::Int16.most(), fixed);
        Row::new(&[f64::from(*gain)], f64::from(*shift), scaled, most)
    });
    let rows = Rows::new(rows.collect(), scaled);
    Ok(Op::LayerNorm {
        normal,
        end: rows.end(what, [scaled, to], piece)?,
        weights: rows.weights.concat(),
        biases: rows.biases,
    })
}

/// The sum of two: both are brought to one scale first.
pub(super) fn added(
    what: &str,
    len: usize,
    [x, p, to]: [Format; 3],
    piece: Piece,
) -> Result<Op, CodegenError> {
    let largest = x.scale.max(p.scale);
    let weights = [x, p].map(|format| {
        let share = format.scale / largest;
        (share * f64::from(Fixed::Int16.most())).round() as i32
    });
    let part = |weight: i32, zero: i32| i64::from(weight) * i64::from(zero);
    let bias = -(part(weights[0], x.zero) + part(weights[1], p.zero));
    let most = [x, p].into_iter().zip(weights);
    let most = most.map(|(format, w)| i64::from(w) * i64::from(format.high.max(-format.low)));
    let real = largest / f64::from(Fixed::Int16.most()) / to.scale;
    Ok(Op::Add {
        len,
        weights,
        bias,
        end: end(what, most.sum::<i64>() + bias.abs(), vec![real], to, piece)?,
    })
}

/// What a step without a form in fixed point is called.
pub(super) fn no_form(what: &str) -> CodegenError {
    CodegenError::Fixed {
        layer: what.to_owned(),
        reason: "it has no form in whole numbers",
    }
}

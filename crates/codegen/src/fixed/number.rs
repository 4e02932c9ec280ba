//! Whole numbers that stand for real ones, and how sums of products become such numbers again.

use crate::writer::Number;

/// The numbers of a network in fixed point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixed {
    /// Weights of 8 bits with a scale for each output or channel; values of 8 bits with a scale and a zero for each layer, those of the
    /// network's output of 16; sums of 32 bits.
    Int8,
    /// Weights and values of 16 bits, sums of 64.
    Int16,
}

impl Fixed {
    /// The number of an element.
    pub(crate) fn number(self) -> Number {
        match self {
            Self::Int8 => Number::I8,
            Self::Int16 => Number::I16,
        }
    }

    /// The largest weight.
    pub(crate) fn most(self) -> i32 {
        match self {
            Self::Int8 => 127,
            Self::Int16 => 32767,
        }
    }

    /// The largest bias: that sums fit, whatever the inputs.
    pub(crate) fn most_bias(self) -> f64 {
        match self {
            Self::Int8 => 2f64.powi(29),
            Self::Int16 => 2f64.powi(45),
        }
    }
}

/// Least and largest value.
pub(crate) type Range = [f64; 2];

/// What whole numbers `q` of a buffer stand for: `scale (q - zero)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Format {
    pub(crate) number: Number,
    /// A number of `f32`, greater than 0.
    pub(crate) scale: f64,
    pub(crate) zero: i32,
    pub(crate) low: i32,
    pub(crate) high: i32,
}

impl Format {
    /// That of numbers of 8 or 16 bits for values between these; 0 is always met.
    pub(crate) fn of(number: Number, [low, high]: Range) -> Self {
        let (low, high) = (low.min(0.0), high.max(0.0));
        let positive = |scale: f64| match f64::from(scale as f32) {
            scale if scale > 0.0 => scale,
            _ => 1.0,
        };
        if number == Number::I8 {
            let scale = positive((high - low) / 255.0);
            let zero = (-128.0 - low / scale).round().clamp(-128.0, 127.0) as i32;
            let (low, high) = (-128, 127);
            return Self {
                number,
                scale,
                zero,
                low,
                high,
            };
        }
        Self {
            number: Number::I16,
            scale: positive(high.max(-low) / 32767.0),
            zero: 0,
            low: -32768,
            high: 32767,
        }
    }

    /// The multiplier and the summand that make `floor(x multiplier + summand)` the distance from the lowest number.
    pub(crate) fn steps(&self) -> [f32; 2] {
        let summand = f64::from(self.zero - self.low) + 0.5;
        [(1.0 / self.scale) as f32, summand as f32]
    }

    /// The nearest whole number.
    pub(crate) fn whole(&self, value: f64) -> i32 {
        let q = (value / self.scale).round() + f64::from(self.zero);
        q.clamp(f64::from(self.low), f64::from(self.high)) as i32
    }

    pub(crate) fn value(&self, q: i32) -> f64 {
        self.scale * f64::from(q - self.zero)
    }

    /// The largest distance from the zero.
    pub(crate) fn reach(&self) -> i64 {
        let (low, high) = (self.zero - self.low, self.high - self.zero);
        i64::from(low.max(high))
    }
}

/// A real factor as `factor / 2^shift`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Multiplier {
    pub(crate) factor: i32,
    pub(crate) shift: u32,
}

impl Multiplier {
    /// That of a factor from 0 for sums of at most so much, as exact as 31 bits and products below `2^62` allow.
    pub(crate) fn new(real: f64, sums: i64) -> Self {
        let bits = (sums.max(1).leading_zeros() - 2).clamp(2, 31);
        // Larger ones make any sum but 0 the largest number.
        let real = real.min(2f64.powi(bits as i32 - 2));
        let mut shift = bits;
        let mut scaled = real * 2f64.powi(shift as i32);
        while scaled.round() >= 2f64.powi(bits as i32) {
            scaled /= 2.0;
            shift -= 1;
        }
        while shift < 61 && scaled * 2.0 < 2f64.powi(bits as i32) - 1.0 {
            scaled *= 2.0;
            shift += 1;
        }
        Self {
            factor: scaled.round() as i32,
            shift,
        }
    }

    /// `sum factor / 2^shift`, rounded to the nearest whole number, halves up.
    pub(crate) fn of(self, sum: i64) -> i64 {
        (sum * i64::from(self.factor) + (1 << (self.shift - 1))) >> self.shift
    }
}

/// How sums become numbers again: times a multiplier for each row, or one for all, to a number between two.
#[derive(Debug, Clone)]
pub(crate) struct End {
    /// The number of sums.
    pub(crate) sums: Number,
    pub(crate) multipliers: Vec<Multiplier>,
    /// The multipliers of negative sums, if they are others.
    pub(crate) below: Vec<Multiplier>,
    pub(crate) to: Format,
    pub(crate) low: i32,
    pub(crate) high: i32,
}

impl End {
    /// The number that a sum becomes.
    pub(crate) fn of(&self, row: usize, sum: i64) -> i32 {
        let multipliers = match sum < 0 && !self.below.is_empty() {
            true => &self.below,
            false => &self.multipliers,
        };
        let row = if multipliers.len() == 1 { 0 } else { row };
        let whole = multipliers[row].of(sum) + i64::from(self.to.zero);
        whole.clamp(i64::from(self.low), i64::from(self.high)) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multipliers_are_within_half_of_their_last_bit() {
        for sums in [1, 255, 1 << 20, (1 << 31) - 1, 1 << 40, 1 << 45] {
            for exponent in -60..10 {
                let real = 1.37 * 2f64.powi(exponent);
                let multiplier = Multiplier::new(real, sums);
                assert!(multiplier.factor >= 0 && (1..62).contains(&multiplier.shift));
                assert!(sums.checked_mul(i64::from(multiplier.factor)).is_some());
                let came = multiplier.of(sums) as f64;
                let bits = f64::from((sums.leading_zeros() - 2).min(31));
                let error = sums as f64 * real * 2f64.powf(-bits) + 0.5;
                let met = real * 2f64.powf(2.0 - bits) <= 1.0;
                assert!(
                    !met || (came - sums as f64 * real).abs() <= error,
                    "{real} {sums}"
                );
                assert_eq!(multiplier.of(0), 0);
            }
        }
        assert_eq!(Multiplier::new(0.0, 10).of(10), 0);
        let half = Multiplier::new(0.5, 10);
        assert_eq!([-3, -1, 1, 3].map(|sum| half.of(sum)), [-1, 0, 1, 2]);
    }

    #[test]
    fn formats_meet_zero_and_their_ends() {
        for range in [
            [0.0, 6.0],
            [-1.0, 3.0],
            [-5.0, -2.0],
            [0.0, 0.0],
            [-1e-30, 1e30],
        ] {
            for number in [Number::I8, Number::I16] {
                let format = Format::of(number, range);
                assert_eq!(format.value(format.whole(0.0)), 0.0);
                for end in range {
                    let error = (format.value(format.whole(end)) - end).abs();
                    assert!(error <= 0.51 * format.scale, "{range:?}: {end} {error}");
                }
            }
        }
    }
}

//! Numbers of twice double precision, scaled by a power of two: the reference for double precision.

use core::ops::{Add, Div, Mul, Neg, Sub};

/// `(high + low) 2^exponent` with `|low|` at most half a unit in the last place of `high`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Double {
    high: f64,
    low: f64,
    exponent: i32,
}

/// `ln 2` to about 32 digits: the second part is what the first leaves over.
const LN_2: Double = Double {
    high: core::f64::consts::LN_2,
    low: 2.319_046_813_846_3e-17,
    exponent: 0,
};

/// `x 2^n` without an intermediate overflow.
fn scale(x: f64, n: i32) -> f64 {
    let part = n / 4;
    (0..3).fold(x, |x, _| x * 2f64.powi(part)) * 2f64.powi(n - 3 * part)
}

/// Distance of `got` from `exact` in units of the last place.
pub(super) fn ulps(got: f64, exact: Double) -> f64 {
    let nearest = scale(exact.high, exact.exponent);
    if got.is_nan() && nearest.is_nan() || got == nearest && exact.low == 0.0 {
        return 0.0;
    }
    if got.is_infinite() || nearest.is_infinite() {
        return if got == nearest { 0.0 } else { f64::INFINITY };
    }
    // All of it in units of 2^exponent, where nothing is denormal.
    let last = (exponent_of(exact.high) + exact.exponent).max(-1022) - 52;
    let difference = (scale(got, -exact.exponent) - exact.high) - exact.low;
    let distance = (difference / scale(1.0, last - exact.exponent)).abs();
    if distance.is_nan() {
        f64::INFINITY
    } else {
        distance
    }
}

/// The exponent of a number's leading bit, also of a denormal one.
fn exponent_of(x: f64) -> i32 {
    let biased = |x: f64| (x.to_bits() >> 52 & 0x7ff) as i32 - 1023;
    if x.abs() < f64::MIN_POSITIVE {
        biased(x * 2f64.powi(64)) - 64
    } else {
        biased(x)
    }
}

impl From<f64> for Double {
    fn from(x: f64) -> Self {
        // Far from underflow and overflow, where products would lose their lower half.
        let exponent = if x == 0.0 || !x.is_finite() {
            0
        } else {
            exponent_of(x)
        };
        Self {
            high: scale(x, -exponent),
            low: 0.0,
            exponent,
        }
    }
}

impl Double {
    pub(super) fn new(high: f64, low: f64, exponent: i32) -> Self {
        let sum = high + low;
        let low = if sum.is_finite() {
            low - (sum - high)
        } else {
            0.0
        };
        Self {
            high: sum,
            low,
            exponent,
        }
    }

    /// The same number with the given exponent.
    fn at(self, exponent: i32) -> Self {
        let n = (self.exponent - exponent).clamp(-3000, 3000);
        Self {
            high: scale(self.high, n),
            low: scale(self.low, n),
            exponent,
        }
    }

    /// `e^r - 1` by its series, for `|r| < 1`.
    fn exp_m1_series(r: Self) -> Self {
        let mut sum = Self::from(0.0);
        for k in (1..34).rev() {
            sum = (sum + Self::from(1.0)) * r / Self::from(f64::from(k));
        }
        sum
    }

    pub(super) fn exp(x: f64) -> Self {
        if x.is_nan() || x.abs() > 2000.0 {
            return Self::from(x.exp());
        }
        let n = (x / core::f64::consts::LN_2).round();
        let r = Self::from(x) - Self::from(n) * LN_2;
        let e = Self::exp_m1_series(r) + Self::from(1.0);
        Self {
            exponent: e.exponent + n as i32,
            ..e
        }
    }

    pub(super) fn is_negative(self) -> bool {
        self.high < 0.0
    }

    /// `e^x - 1`
    pub(super) fn exp_m1(x: f64) -> Self {
        if x.abs() < 0.5 {
            Self::exp_m1_series(Self::from(x))
        } else {
            Self::exp(x) - Self::from(1.0)
        }
    }

    /// `ln x` by one step of Newton's method from double precision.
    pub(super) fn ln(x: f64) -> Self {
        let y = x.ln();
        if !y.is_finite() {
            return Self::from(y);
        }
        let d = Self::from(x) * Self::exp(-y) - Self::from(1.0);
        Self::from(y) + (d - d * d / Self::from(2.0))
    }

    /// `ln(1 + u)` for `u` in `[0, 1]`, likewise.
    fn ln_1p(u: Self) -> Self {
        let y = scale(u.high, u.exponent).ln_1p();
        if y < 1e-20 {
            return u;
        }
        let d = (u - Self::exp_m1(y)) * Self::exp(-y);
        Self::from(y) + (d - d * d / Self::from(2.0))
    }

    pub(super) fn tanh(x: f64) -> Self {
        if x == 0.0 || x.is_nan() || x.abs() > 100.0 {
            return Self::from(x.tanh());
        }
        let e = Self::exp_m1(2.0 * x);
        e / (e + Self::from(2.0))
    }

    pub(super) fn logistic(x: f64) -> Self {
        if x.is_nan() || x.abs() > 2000.0 {
            return Self::from(1.0 / (1.0 + (-x).exp()));
        }
        let e = Self::exp(-x.abs());
        let one = Self::from(1.0);
        (if x < 0.0 { e } else { one }) / (one + e)
    }

    pub(super) fn softplus(x: f64) -> Self {
        if x.is_nan() || x.abs() > 2000.0 {
            return Self::from(if x < 0.0 { 0.0 } else { x });
        }
        Self::ln_1p(Self::exp(-x.abs())) + Self::from(x.max(0.0))
    }

    pub(super) fn soft_sign(x: f64) -> Self {
        if x.is_infinite() {
            return Self::from(x.signum());
        }
        Self::from(x) / (Self::from(1.0) + Self::from(x.abs()))
    }

    pub(super) fn soft_logistic(x: f64) -> Self {
        if x.is_infinite() {
            return Self::from(f64::from(x > 0.0));
        }
        let t = Self::from(0.5) / (Self::from(1.0) + Self::from(x.abs()));
        if x < 0.0 { t } else { Self::from(1.0) - t }
    }

    pub(super) fn signed_square(x: f64) -> Self {
        if !x.is_finite() {
            return Self::from(x);
        }
        let x = Self::from(x);
        x * (x * x + Self::from(1.0)).sqrt()
    }

    /// One step of Newton's method from double precision.
    fn sqrt(self) -> Self {
        let even = self.at(self.exponent & !1);
        let root = Self::new(even.high.sqrt(), 0.0, even.exponent / 2);
        (root + even / root) / Self::from(2.0)
    }
}

/// The sum and what its rounding has lost.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let c = sum - a;
    (sum, (a - (sum - c)) + (b - c))
}

impl Add for Double {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        // At the larger exponent, so that only digits far behind the last one can be lost.
        let (a, b) = (self, other);
        let exponent = match (a.high == 0.0, b.high == 0.0) {
            (true, _) => b.exponent,
            (_, true) => a.exponent,
            _ => a.exponent.max(b.exponent),
        };
        let (a, b) = (a.at(exponent), b.at(exponent));
        let (high, error) = two_sum(a.high, b.high);
        let (low, rest) = two_sum(a.low, b.low);
        let sum = Self::new(high, error + low, exponent);
        Self::new(sum.high, sum.low + rest, exponent)
    }
}

impl Neg for Double {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            high: -self.high,
            low: -self.low,
            exponent: self.exponent,
        }
    }
}

impl Sub for Double {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Double {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let high = self.high * other.high;
        let error = self.high.mul_add(other.high, -high);
        let low = error + (self.high * other.low + self.low * other.high);
        Self::new(high, low, self.exponent + other.exponent)
    }
}

impl Div for Double {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let exponent = self.exponent - other.exponent;
        let first = self.high / other.high;
        let rest = self
            - other
                * Self {
                    high: first,
                    low: 0.0,
                    exponent,
                };
        let second = scale(rest.high, rest.exponent - self.exponent) / other.high;
        let rest = rest
            - other
                * Self {
                    high: second,
                    low: 0.0,
                    exponent,
                };
        let third = scale(rest.high, rest.exponent - self.exponent) / other.high;
        Self::new(first, second, exponent)
            + Self {
                high: third,
                low: 0.0,
                exponent,
            }
    }
}

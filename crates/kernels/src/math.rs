//! Elementary functions of vectors, free of branches.
//!
//! Every function is written once, on the vector operations of a level's token; the levels differ in
//! nothing but the rounding of `a b + c`. Errors are at most 2 units in the last place over the whole range, denormal
//! results included; values at the ends are exact, and a NaN gives a NaN.
//!
//! Largest errors of `f32`, found by trying all numbers in the critical ranges, in units in the last place: exp 0.98,
//! ln 0.84, tanh 1.52, logistic 1.97, softplus 1.96.
//!
//! Method: an argument is reduced by a multiple of `ln 2`, which becomes the exponent, and a polynomial does the
//! rest; its coefficients minimise the largest relative error of the function.

mod format;
pub(crate) mod gate;
#[cfg(test)]
mod tests;

pub(crate) use format::Format;

use crate::number::Number;
use crate::simd::Simd;

/// `e^x`
#[inline(always)]
pub(crate) fn exp<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    exp_below_overflow(s, s.min(s.splat(T::EXP_ENDS.1), x))
}

/// `e^x` for `x` at most the upper end of [`Format::EXP_ENDS`].
#[inline(always)]
fn exp_below_overflow<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    let (n, start, r) = reduce(s, s.max(s.splat(T::EXP_ENDS.0), x));
    let [e, one, two] = exp_factors(s, n, start, r, s.mul(n, s.splat(-T::LN_2.1)));
    s.mul(s.mul(e, one), two)
}

/// `e^x` as a product of three numbers, where `start + low` is `x - n ln 2` and `r` is that rounded. The first is close to 1; the
/// others are powers of two, since `2^n` itself may be too large or too small: only the last product can be inexact.
#[inline(always)]
fn exp_factors<T: Number, S: Simd<T>>(s: S, n: S::V, start: S::V, r: S::V, low: S::V) -> [S::V; 3] {
    // As 1 + r + r^2 q, with what `r` has lost to rounding put back.
    let rest = s.mul_add(s.mul(r, r), polynomial(s, r, T::EXP), low);
    let e = s.add(s.splat(T::ONE), s.add(start, rest));
    let half = round(s, n, T::from_f64(0.5));
    [e, power_of_two(s, half), power_of_two(s, s.sub(n, half))]
}

/// `x = n ln 2 + r` with an integer `n` and `|r| <= ln 2 / 2` (but for rounding): `n`, the exact difference of `x` and
/// `n LN_2.0`, and `r`.
#[inline(always)]
fn reduce<T: Number, S: Simd<T>>(s: S, x: S::V) -> (S::V, S::V, S::V) {
    let n = round(s, x, T::LOG2_E);
    // The product is exact without being fused: the constant ends in enough zero bits.
    let start = s.mul_add(n, s.splat(-T::LN_2.0), x);
    (n, start, s.mul_add(n, s.splat(-T::LN_2.1), start))
}

/// The integer nearest to `x factor`: numbers of the size of `ROUND` have no digits after the point.
#[inline(always)]
fn round<T: Number, S: Simd<T>>(s: S, x: S::V, factor: T) -> S::V {
    let shift = s.splat(T::ROUND);
    s.sub(s.mul_add(x, s.splat(factor), shift), shift)
}

/// `2^n` for an integer `n` that is the exponent of a normal number.
#[inline(always)]
fn power_of_two<T: Number, S: Simd<T>>(s: S, n: S::V) -> S::V {
    // The biased exponent stands in the lowest bits of the sum.
    s.bits_to_exponent(s.add(n, s.splat(T::ROUND + T::BIAS)))
}

/// `e^r - 1` for `|r| <= ln 2 / 2`
#[inline(always)]
fn exp_m1_reduced<T: Number, S: Simd<T>>(s: S, r: S::V) -> S::V {
    s.mul_add(s.mul(r, r), polynomial(s, r, T::EXP), r)
}

/// `e^x` where it is a normal number, rounded twice.
#[inline(always)]
fn exp_normal<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    let (n, _, r) = reduce(s, x);
    let power = power_of_two(s, n);
    s.mul_add(power, exp_m1_reduced(s, r), power)
}

/// `ln x`
#[inline(always)]
pub(crate) fn ln<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    let zero = s.zero();
    let (scale, exponent) = T::NORMALISE;
    let normal = s.splat(T::MIN_POSITIVE);
    let shift = s.select_less(x, normal, s.splat(exponent), zero);
    let (m, n) = split(s, s.select_less(x, normal, s.mul(x, s.splat(scale)), x));
    let n = s.sub(n, shift);
    let f = s.sub(m, s.splat(T::ONE));
    let (square, rest) = ln_1p_parts(s, f, T::LN);
    let rest = s.mul_add(n, s.splat(T::LN_2.1), rest);
    let y = s.mul_add(n, s.splat(T::LN_2.0), s.sub(f, s.sub(square, rest)));
    // What is not finite stands for itself, and nothing else is left of 0.
    let y = s.select_less(x, s.splat(T::INFINITY), y, x);
    let y = s.select_less(x, zero, s.splat(T::NAN), y);
    s.select_less(abs(s, x), s.splat(T::LEAST), s.splat(-T::INFINITY), y)
}

/// `m` in `[sqrt 1/2, sqrt 2)` and an integer `n` with `x = m 2^n`, for positive, normal `x`.
#[inline(always)]
fn split<T: Number, S: Simd<T>>(s: S, x: S::V) -> (S::V, S::V) {
    // The sum carries into the exponent where the mantissa is at least that of sqrt 1/2.
    let bits = s.bits_add(x, s.splat(T::ONE_LESS_ROOT));
    let m = s.bits_add(s.bits_and(bits, s.splat(T::MANTISSA)), s.splat(T::ROOT));
    // An integer in the mantissa of 2^p stands for itself: a conversion that every level has.
    let n = s.bits_or(s.bits_from_exponent(bits), s.splat(T::WHOLE));
    (m, s.sub(n, s.splat(T::WHOLE + T::BIAS)))
}

/// `f^2/2` and `rest` in `ln(1 + f) = f - (f^2/2 - rest)`, where the leading terms are rounded least. With
/// `t = f/(2+f)`, `ln(1+f) = 2 atanh t` and `rest = t (f^2/2 + t^2 (2/3 + 2/5 t^2 + ..))`.
#[inline(always)]
fn ln_1p_parts<T: Number, S: Simd<T>>(s: S, f: S::V, coefficients: &[T]) -> (S::V, S::V) {
    let t = s.div(f, s.add(f, s.splat(T::from_f64(2.0))));
    let t2 = s.mul(t, t);
    let square = s.mul(s.mul(s.splat(T::from_f64(0.5)), f), f);
    let rest = s.mul_add(t2, polynomial(s, t2, coefficients), square);
    (square, s.mul(t, rest))
}

/// `tanh x`: its series below [`Format::TANH_SMALL`], beyond it `1 - 2 e / (1 + e)` with `e = e^(-2|x|)`, where the
/// difference hides the errors of the quotient; and the sign of `x`.
#[inline(always)]
pub(crate) fn tanh<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    let one = s.splat(T::ONE);
    let a = s.min(s.splat(T::TANH_END), abs(s, x));
    let a2 = s.mul(a, a);
    let small = s.mul_add(s.mul(a, a2), polynomial(s, a2, T::TANH), a);

    let e = exp_normal(s, s.mul(s.splat(T::from_f64(-2.0)), a));
    let large = s.sub(one, s.div(s.add(e, e), s.add(one, e)));

    let value = s.select_less(a, s.splat(T::TANH_SMALL), small, large);
    s.bits_or(value, s.bits_and(x, s.splat(-T::ZERO)))
}

/// `1 / (1 + e^-x)`, as `e^x / (1 + e^x)` for negative `x`.
#[inline(always)]
pub(crate) fn logistic<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    let one = s.splat(T::ONE);
    let e = exp_below_overflow(s, minus_abs(s, x));
    let sum = s.add(one, e);
    let lost = s.add(s.sub(one, sum), e);
    let p = s.div(s.select_less(x, s.zero(), e, one), sum);
    // What rounding took from the sum costs `p lost / sum`, where 1 / sum is `p`, or `1 - p` for negative `x`.
    let reciprocal = s.select_less(x, s.zero(), s.sub(one, p), p);
    s.sub(p, s.mul(s.mul(p, lost), reciprocal))
}

/// `tanh x` of fewer operations, within 6 units in the last place, as a quotient of polynomials; the accurate one where the format has none.
#[inline(always)]
pub(crate) fn fast_tanh<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    let Some((end, numerator, denominator)) = T::FAST_TANH else {
        return tanh(s, x);
    };
    let x = clip(s, end, x);
    let t = s.mul(x, x);
    let p = s.mul(x, polynomial(s, t, numerator));
    clip(s, T::ONE, s.div(p, polynomial(s, t, denominator)))
}

/// `x` from `-end` to `end`.
#[inline(always)]
pub(crate) fn clip<T: Number, S: Simd<T>>(s: S, end: T, x: S::V) -> S::V {
    s.min(s.splat(end), s.max(s.splat(-end), x))
}

/// `1 / (1 + e^-x)` of fewer operations, within 4 units in the last place down to the smallest normal number, where it ends.
#[inline(always)]
pub(crate) fn fast_logistic<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    let one = s.splat(T::ONE);
    let e = exp_normal(s, s.max(s.splat(T::EXP_NORMAL), minus_abs(s, x)));
    s.div(s.select_less(x, s.zero(), e, one), s.add(one, e))
}

/// `ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)`
#[inline(always)]
pub(crate) fn softplus<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    let e = exp_below_overflow(s, minus_abs(s, x));
    let (square, rest) = ln_1p_parts(s, e, T::LN_1P);
    let m = s.max(s.zero(), x);
    // m + e, and what rounding takes from it.
    let sum = s.add(m, e);
    let back = s.sub(sum, m);
    let lost = s.add(s.sub(m, s.sub(sum, back)), s.sub(e, back));
    let y = s.sub(sum, s.sub(s.sub(square, rest), lost));
    // An infinite sum has lost a NaN.
    s.select_less(m, s.splat(T::INFINITY), y, m)
}

/// `1 - e^-x` for `x >= 0`, the slope of the softplus from its value; with a small relative error near 0.
#[inline(always)]
pub(crate) fn one_minus_exp<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    let x = s.min(s.splat(T::from_f64(2.0) * T::TANH_END), x);
    let (n, _, r) = reduce(s, minus_abs(s, x));
    let power = power_of_two(s, n);
    // 2^n (e^r - 1) + (2^n - 1), where the product and the difference are exact.
    let rest = s.sub(power, s.splat(T::ONE));
    abs(s, s.mul_add(power, exp_m1_reduced(s, r), rest))
}

/// `e^x - 1` for `x <= 0`; the sign of a zero is lost.
#[inline(always)]
pub(crate) fn exp_m1_negative<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    s.sub(s.zero(), one_minus_exp(s, abs(s, x)))
}

/// `|x|`
#[inline(always)]
pub(crate) fn abs<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    s.bits_and(x, s.splat(T::ALL_BUT_SIGN))
}

/// `-|x|`
#[inline(always)]
fn minus_abs<T: Number, S: Simd<T>>(s: S, x: S::V) -> S::V {
    s.bits_or(x, s.splat(-T::ZERO))
}

/// `c_0 + c_1 x + c_2 x^2 + ..`, even and odd terms apart, which halves the chain of dependent operations.
#[inline(always)]
fn polynomial<T: Number, S: Simd<T>>(s: S, x: S::V, c: &[T]) -> S::V {
    let [lower @ .., low, high] = c else {
        unreachable!("every table has two coefficients and more");
    };
    let x2 = s.mul(x, x);
    let (mut high, mut low) = (s.splat(*high), s.splat(*low));
    // Horner's scheme in x^2, whose two sums change places at each coefficient.
    for c in lower.iter().rev() {
        (high, low) = (low, s.mul_add(high, x2, s.splat(*c)));
    }
    s.mul_add(high, x, low)
}

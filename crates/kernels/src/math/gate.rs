//! Functions `z g(z)` with a gate `g` that rises from 0 to 1, and their slopes `g + z g'`.
//!
//! Each returns `[value, slope]`; what is not used costs nothing.

use super::{abs, exp_factors, minus_abs, polynomial, reduce};
use crate::number::Number;
use crate::simd::Simd;

/// `z / (1 + e^-z)`
#[inline(always)]
pub(crate) fn silu<T: Number, S: Simd<T>>(s: S, z: S::V) -> [S::V; 2] {
    // Where `z e^z` is 0.
    let near = clamp(s, z, -T::EXP_ENDS.0 * T::from_f64(1.0625));
    logistic_gate(s, z, [near, near, near])
}

/// `z / (1 + e^-w)` with `w = sqrt(8/pi) (z + 0.044715 z^3)`, that is `z/2 (1 + tanh(w/2))`
#[inline(always)]
pub(crate) fn gelu_tanh<T: Number, S: Simd<T>>(s: S, z: S::V) -> [S::V; 2] {
    /// `sqrt(8/pi)`
    const FIRST: f64 = 1.595_769_121_605_730_8;
    let [first, third, slope] = [FIRST, 0.044_715 * FIRST, 3.0 * 0.044_715 * FIRST];
    let near = clamp(s, z, T::GELU_ENDS.0);
    let square = s.mul(near, near);
    let by_z = |third: f64| {
        let third = s.splat(T::from_f64(third));
        s.mul(s.mul_add(square, third, s.splat(T::from_f64(first))), near)
    };
    logistic_gate(s, z, [near, by_z(third), by_z(slope)])
}

/// `z / (1 + e^-w)` for `near`, which is `z` but for huge ones, `w` of the sign of `z`, and `z w'`
#[inline(always)]
fn logistic_gate<T: Number, S: Simd<T>>(s: S, z: S::V, [near, w, z_w_bar]: [S::V; 3]) -> [S::V; 2] {
    let (one, zero) = (s.splat(T::ONE), s.zero());
    let (n, start, r) = reduce(s, minus_abs(s, w));
    let low = s.mul(n, s.splat(-T::LN_2.1));
    let [m, half, rest] = exp_factors(s, n, start, r, low);
    let e = s.mul(s.mul(m, half), rest);
    let part = s.div(one, s.add(one, e));
    // For negative z, e^w / (1 + e^w). The power of two comes last, as e^w may be denormal where z e^w is not.
    let product = s.mul(s.mul(s.mul(near, m), half), part);
    let value = s.select_less(z, zero, s.mul(product, rest), s.mul(z, part));
    // g (1 + z w' (1 - g))
    let small = s.mul(e, part);
    let gate = s.select_less(z, zero, small, part);
    let other = s.select_less(z, zero, part, small);
    [value, s.mul(gate, s.mul_add(z_w_bar, other, one))]
}

/// `z Phi(z)`, where `Phi` is the distribution function of the normal distribution. With `a = |z|`, `Phi(-a) = e^(-a^2/2) q(a)`.
#[inline(always)]
pub(crate) fn gelu<T: Number, S: Simd<T>>(s: S, z: S::V) -> [S::V; 2] {
    /// `1 / sqrt(2 pi)`
    const DENSITY: f64 = 0.398_942_280_401_432_7;
    let (one, zero) = (s.splat(T::ONE), s.zero());
    let a = s.min(s.splat(T::GELU_ENDS.1), abs(s, z));
    // a^2 in two parts, the first of which is exact: e^-x would turn a rounding of x into x roundings.
    let upper = s.bits_and(a, s.splat(T::UPPER_HALF));
    let lower = s.mul(s.sub(a, upper), s.add(a, upper));
    let minus_half = s.splat(T::from_f64(-0.5));
    let (n, start, _) = reduce(s, s.mul(minus_half, s.mul(upper, upper)));
    let low = s.mul_add(n, s.splat(-T::LN_2.1), s.mul(minus_half, lower));
    let [m, half, rest] = exp_factors(s, n, start, s.add(start, low), low);
    let (k, coefficients) = T::NORMAL_TAIL;
    let part = s.div(one, s.add(a, s.splat(k)));
    let t = s.mul(s.sub(a, s.splat(k)), part);
    let q = s.mul(polynomial(s, t, coefficients), part);

    let e = s.mul(s.mul(m, half), rest);
    let above = s.mul(z, s.sub(one, s.mul(e, q)));
    let below = s.mul(s.mul(s.mul(s.mul(a, m), half), q), rest);
    let below = s.bits_or(below, s.splat(-T::ZERO));
    let value = s.select_less(z, zero, below, above);
    // Phi(z) + z phi(z), which for -z is 1 less that
    let density = s.mul(a, s.splat(T::from_f64(DENSITY)));
    let tail = s.mul(e, s.sub(q, density));
    [value, s.select_less(z, zero, tail, s.sub(one, tail))]
}

/// `z clip((z + 3)/6, 0, 1)`; at the kinks, the slope of the middle.
#[inline(always)]
pub(crate) fn hard_swish<T: Number, S: Simd<T>>(s: S, z: S::V) -> [S::V; 2] {
    let [three, six] = [3.0, 6.0].map(|x| s.splat(T::from_f64(x)));
    let (one, zero) = (s.splat(T::ONE), s.zero());
    let minus = s.sub(zero, three);
    let gate = s.min(one, s.max(zero, s.div(s.add(z, three), six)));
    // Minus infinity would give a NaN.
    let value = s.mul(s.max(minus, z), gate);
    let middle = s.div(s.add(s.add(z, z), three), six);
    let slope = s.select_less(z, minus, zero, middle);
    [value, s.select_less(three, z, one, slope)]
}

/// `z`, but not beyond `+-end`; a NaN stays.
#[inline(always)]
fn clamp<T: Number, S: Simd<T>>(s: S, z: S::V, end: T) -> S::V {
    s.max(s.splat(-end), s.min(s.splat(end), z))
}

//! Losses of one component, and columns of them.

use gradflow_kernels::Real;

use crate::sums::times;

/// Lanes of the sum of values: independent sums let the processor add several at once.
const LANES: usize = 4;

/// The loss of one component and its derivative.
pub(crate) type Entry<T> = (T, T);

/// `sum_a w_a l~_a`, and `p_bar_a = factor w_a l~'_a`, where `entry(a)` is the loss of component `a` and its derivative.
#[inline(always)]
pub(crate) fn column<T: Real>(
    entry: impl Fn(usize) -> Entry<T>,
    weight: impl Fn(usize) -> T,
    factor: T,
    p_bar: &mut [T],
) -> f64 {
    let n = p_bar.len();
    let mut sums = [0.0; LANES];
    let mut each = |a: usize, lane: usize| {
        let (value, slope) = entry(a);
        let w = weight(a);
        sums[lane] += times(w, value).to_f64();
        p_bar[a] = factor * times(w, slope);
    };
    let whole = n - n % LANES;
    for a in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            each(a + lane, lane);
        }
    }
    for a in whole..n {
        each(a, a - whole);
    }
    sums.iter().sum()
}

/// `1/2 d^2`, `d = v - y`. Equation (21).
#[inline(always)]
pub(crate) fn squared<T: Real>(d: T) -> Entry<T> {
    (T::from_f64(0.5) * d * d, d)
}

/// `1/2 d^2` for `|d| <= delta`, else `delta (|d| - delta/2)`.
#[inline(always)]
pub(crate) fn huber<T: Real>(delta: T, d: T) -> Entry<T> {
    let size = d.abs();
    let inside = size <= delta;
    let (near, far) = (squared(d), delta * (size - T::from_f64(0.5) * delta));
    if inside { near } else { (far, sign(d) * delta) }
}

/// `|d|`
#[inline(always)]
pub(crate) fn absolute<T: Real>(d: T) -> Entry<T> {
    (d.abs(), sign(d))
}

/// `(1 - tau) d` for `d = v - y > 0`, else `-tau d`.
#[inline(always)]
pub(crate) fn quantile<T: Real>(tau: f64, d: T) -> Entry<T> {
    let factor = if d > T::ZERO { 1.0 - tau } else { tau };
    let factor = T::from_f64(factor);
    (factor * d.abs(), factor * sign(d))
}

/// 1 or -1; what is neither positive nor negative, zero or NaN, stays what it is.
#[inline(always)]
fn sign<T: Real>(d: T) -> T {
    if d > T::ZERO {
        T::ONE
    } else if d < T::ZERO {
        -T::ONE
    } else {
        d
    }
}

/// `max(0, 1 - y' v)`, `y' = 2 y - 1`; a NaN stays one.
#[inline(always)]
pub(crate) fn hinge<T: Real>(v: T, y: T) -> Entry<T> {
    let side = y + y - T::ONE;
    let margin = T::ONE - side * v;
    if margin > T::ZERO {
        (margin, -side)
    } else if margin <= T::ZERO {
        (T::ZERO, T::ZERO)
    } else {
        (margin, margin)
    }
}

/// `-y log p - (1 - y) log(1 - p)`, Equation (21), without the terms whose factor is zero.
#[inline(always)]
pub(crate) fn cross_entropy<T: Real>(p: T, y: T) -> Entry<T> {
    let (mut value, mut slope) = (T::ZERO, T::ZERO);
    if y != T::ZERO {
        value += -y * p.ln();
        slope += -y / p;
    }
    if y != T::ONE {
        let not = T::ONE - y;
        value += -not * (-p).ln_1p();
        slope += not / (T::ONE - p);
    }
    (value, slope)
}
